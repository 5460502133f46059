/*
 * json_reader.c
 *	  Read tokens of a JSON text that arrives in chunks.
 */
#include "postgres.h"

#include "decode/json_private.h"
#include "decode/json_scalar.h"

JsonReader *
JsonReaderCreate(size_t memory, int max_depth)
{
	Reader	   *r = palloc0(sizeof(Reader));

	r->w.cxt = CurrentMemoryContext;
	r->w.memory = memory;
	r->max_depth = max_depth;
	r->objects = palloc0((max_depth / 64 + 1) * sizeof(uint64));
	r->state = FAILED;
	return &r->token;
}

void
JsonReaderOpen(JsonReader *reader, ByteSource *source, JsonFraming framing)
{
	Reader	   *r = Private(reader);

	JsonWindowOpen(&r->w, source);
	r->framing = framing;
	r->state = AT_TOP;
	r->depth = 0;
	r->in_object = false;
	r->any_value = r->truncated = r->at_start = false;
	reader->text = NULL;
	reader->len = 0;
	reader->tainted = reader->nonfinite = -1;
}

void
JsonReaderMoveTo(JsonReader *reader, int64 offset, int64 line)
{
	Private(reader)->w.base_offset = offset;
	Private(reader)->w.base_line = line;
}

/* ---- faults ---- */

/* At cur, with the byte that is there. */
static pg_noinline JsonToken
Unexpected(Reader *r)
{
	r->state = FAILED;
	if (r->w.too_large)
		strlcpy(r->what, "value too large", sizeof(r->what));
	else if (!JsonNeed(&r->w, 1))
	{
		r->truncated = !r->w.too_large;
		strlcpy(r->what, "unexpected end", sizeof(r->what));
	}
	else if (*r->w.cur > ' ' && *r->w.cur < 0x7F)
		snprintf(r->what, sizeof(r->what), "unexpected \"%c\"", *r->w.cur);
	else if (*r->w.cur == '\n' && r->framing == JSON_LINES)
		strlcpy(r->what, "unexpected end of line", sizeof(r->what));
	else
		snprintf(r->what, sizeof(r->what), "unexpected byte 0x%02X", (unsigned char) *r->w.cur);
	return JSON_ERROR;
}

static JsonToken
TooDeep(Reader *r)
{
	r->state = FAILED;
	snprintf(r->what, sizeof(r->what), "nesting deeper than %d levels", r->max_depth);
	return JSON_ERROR;
}

/* ---- structure ---- */

/* The value of a line has ended: cur stays behind it, or goes to what should not follow. */
static bool
LineEnds(Reader *r)
{
	int			n = 1;

	for (; JsonNeed(&r->w, n); n++)
	{
		char		c = r->w.cur[n - 1];

		if (c == '\n')
			return true;
		if (c == ' ' || c == '\t' || c == '\r')
			continue;
		r->w.cur += n - 1;
		return false;
	}
	return !r->w.too_large;
}

/* A value has ended at cur. */
static pg_attribute_always_inline bool
EndValue(Reader *r)
{
	if (likely(r->depth > 0))
	{
		r->state = AFTER_VALUE;
		return true;
	}
	r->state = AT_TOP;
	return r->framing != JSON_LINES || LineEnds(r);
}

static pg_noinline bool
SkipSpaceSlowly(Reader *r)
{
	for (;;)
	{
		if (r->w.cur == r->w.end)
		{
			if (!JsonRefill(&r->w))
				return false;
			continue;
		}
		if (*r->w.cur > ' ')
			return true;
		if (*r->w.cur == '\n')
		{
			if (r->framing == JSON_LINES && r->state != AT_TOP)
				return true;
		}
		else if (*r->w.cur != ' ' && *r->w.cur != '\r' && *r->w.cur != '\t')
			return true;
		r->w.cur++;
	}
}

/* To the next byte that is not white space; false when there is none. */
static pg_attribute_always_inline bool
SkipSpace(Reader *r)
{
	return likely(r->w.cur < r->w.end && *r->w.cur > ' ') || SkipSpaceSlowly(r);
}

static inline void
SetLevel(Reader *r, bool object)
{
	uint64		bit = UINT64CONST(1) << (r->depth & 63);

	if (object)
		r->objects[r->depth >> 6] |= bit;
	else
		r->objects[r->depth >> 6] &= ~bit;
	r->in_object = object;
}

static inline JsonToken
Open(Reader *r, bool object)
{
	if (r->depth >= r->max_depth)
		return TooDeep(r);
	r->depth++;
	SetLevel(r, object);
	r->w.cur++;
	r->state = object ? AT_FIRST_KEY : AT_FIRST_ELEMENT;
	return object ? JSON_OBJECT_START : JSON_ARRAY_START;
}

static inline JsonToken
Close(Reader *r, bool keep)
{
	JsonToken	token = r->in_object ? JSON_OBJECT_END : JSON_ARRAY_END;

	r->w.tok = keep ? r->w.cur : NULL;
	r->w.cur++;
	r->depth--;
	r->in_object = (r->objects[r->depth >> 6] >> (r->depth & 63)) & 1;
	return likely(EndValue(r)) ? token : Unexpected(r);
}

/* The text from tok to cur, less trim bytes at each end. */
static pg_attribute_always_inline bool
SetText(Reader *r, int trim)
{
	if (r->w.tok == NULL)
		return true;
	r->token.text = r->w.tok + trim;
	r->token.len = r->w.cur - r->w.tok - 2 * trim;
	r->w.too_large = r->token.len > r->w.memory;
	return !r->w.too_large;
}

static void
NoteNonfinite(Reader *r, int64 offset)
{
	/* a caller that skips does not see the token */
	int64	   *noted = r->w.tok == NULL ? &r->token.tainted : &r->token.nonfinite;

	if (*noted < 0)
		*noted = offset;
}

static pg_noinline JsonToken
ReadWord(Reader *r, const char *word, JsonToken token)
{
	if (!JsonScanWord(r, word) || !EndValue(r) || !SetText(r, 0))
		return Unexpected(r);
	if (token == JSON_NONFINITE)
		NoteNonfinite(r, JsonOffsetOf(&r->w, r->w.cur) - strlen(word));
	return token;
}

static pg_attribute_always_inline JsonToken
ReadNumber(Reader *r)
{
	if (!JsonScanNumber(r) || !EndValue(r) || !SetText(r, 0))
		return Unexpected(r);
	return JSON_NUMBER;
}

static pg_attribute_always_inline JsonToken
ReadString(Reader *r)
{
	r->w.cur++;
	if (!JsonScanString(r) || !EndValue(r) || !SetText(r, 1))
		return Unexpected(r);
	return JSON_STRING;
}

/* A value begins at cur, unless it is something else. */
static pg_attribute_always_inline JsonToken
ReadValue(Reader *r, bool keep)
{
	r->w.tok = keep ? r->w.cur : NULL;
	switch (*r->w.cur)
	{
		case '"':
			return ReadString(r);
		case '-':
			if (JsonNeed(&r->w, 2) && r->w.cur[1] == 'I')
				return ReadWord(r, "-Infinity", JSON_NONFINITE);
			return ReadNumber(r);
		case '0':
		case '1':
		case '2':
		case '3':
		case '4':
		case '5':
		case '6':
		case '7':
		case '8':
		case '9':
			return ReadNumber(r);
		case '{':
			return Open(r, true);
		case '[':
			return Open(r, false);
		case 't':
			return ReadWord(r, "true", JSON_TRUE);
		case 'f':
			return ReadWord(r, "false", JSON_FALSE);
		case 'n':
			return ReadWord(r, "null", JSON_NULL);
		case 'N':
			return ReadWord(r, "NaN", JSON_NONFINITE);
		case 'I':
			return ReadWord(r, "Infinity", JSON_NONFINITE);
		default:
			return Unexpected(r);
	}
}

static pg_attribute_always_inline JsonToken
ReadKey(Reader *r, bool keep)
{
	r->w.tok = keep ? r->w.cur : NULL;
	if (*r->w.cur != '"')
		return Unexpected(r);
	r->w.cur++;
	if (!JsonScanString(r) || !SetText(r, 1))
		return Unexpected(r);
	r->state = AT_COLON;
	return JSON_KEY;
}

/* A byte order mark may stand before the text. */
static void
SkipMark(Reader *r)
{
	r->w.tok = NULL;
	if (JsonNeed(&r->w, 3) && memcmp(r->w.cur, "\xEF\xBB\xBF", 3) == 0)
		r->w.cur += 3;
}

static pg_noinline JsonToken
Top(Reader *r, bool keep)
{
	bool		first;
	JsonToken	token;

	if (!r->any_value && r->w.base_offset == 0 && r->w.cur == r->w.start)
		SkipMark(r);
	if (!SkipSpace(r))
	{
		if (r->any_value || r->framing != JSON_ONE)
			return JSON_END;
		r->at_start = true;
		return Unexpected(r);
	}
	if (r->any_value && r->framing == JSON_ONE)
		return Unexpected(r);
	first = !r->any_value;
	r->any_value = true;
	token = ReadValue(r, keep);
	r->at_start = first && token == JSON_ERROR;
	return token;
}

/* Behind a value within a container: a comma and the next one, or the end. */
static pg_attribute_always_inline JsonToken
AfterValue(Reader *r, bool keep)
{
	if (*r->w.cur != ',')
	{
		if (*r->w.cur != (r->in_object ? '}' : ']'))
			return Unexpected(r);
		return Close(r, keep);
	}
	r->w.cur++;
	if (!SkipSpace(r))
		return Unexpected(r);
	return r->in_object ? ReadKey(r, keep) : ReadValue(r, keep);
}

/* Behind a key. */
static pg_attribute_always_inline JsonToken
AtColon(Reader *r, bool keep)
{
	if (*r->w.cur != ':')
		return Unexpected(r);
	r->w.cur++;
	if (!SkipSpace(r))
		return Unexpected(r);
	return ReadValue(r, keep);
}

static pg_attribute_always_inline JsonToken
Advance(Reader *r, bool keep)
{
	r->w.tok = NULL;
	if (r->state == AT_TOP)
		return Top(r, keep);
	if (r->state == FAILED)
		return JSON_ERROR;
	if (!SkipSpace(r))
		return Unexpected(r);
	switch (r->state)
	{
		case AFTER_VALUE:
			return AfterValue(r, keep);
		case AT_COLON:
			return AtColon(r, keep);
		case AT_FIRST_KEY:
			return *r->w.cur == '}' ? Close(r, keep) : ReadKey(r, keep);
		default:
			return *r->w.cur == ']' ? Close(r, keep) : ReadValue(r, keep);
	}
}

JsonToken
JsonNext(JsonReader *reader)
{
	return Advance(Private(reader), true);
}

JsonToken
JsonSkipRest(JsonReader *reader)
{
	Reader	   *r = Private(reader);
	int			outside = r->depth - 1;
	JsonToken	token;

	do
	{
		token = Advance(r, false);
	} while (token != JSON_ERROR && r->depth > outside);
	return token;
}

JsonToken
JsonSkip(JsonReader *reader)
{
	JsonToken	token = Advance(Private(reader), false);

	if (token == JSON_OBJECT_START || token == JSON_ARRAY_START)
		return JsonSkipRest(reader);
	return token;
}

bool
JsonSkipText(JsonReader *reader, const char *text, size_t len)
{
	Reader	   *r = Private(reader);
	size_t		space = 1;

	if (r->state != AT_COLON || len > PG_INT32_MAX - 2 || !JsonNeed(&r->w, (int) len + 2) ||
		r->w.cur[0] != ':')
		return false;
	space += r->w.cur[1] == ' ';
	if (memcmp(r->w.cur + space, text, len) != 0)
		return false;
	r->w.tok = NULL;
	r->w.cur += space + len;
	r->state = AFTER_VALUE;
	return true;
}

void
JsonSkipLine(JsonReader *reader)
{
	Reader	   *r = Private(reader);
	const char *newline = NULL;

	r->w.tok = r->w.mark = NULL;
	r->w.marks = 0;
	r->w.too_large = r->truncated = r->at_start = false;
	while (newline == NULL && JsonNeed(&r->w, 1))
	{
		newline = memchr(r->w.cur, '\n', r->w.end - r->w.cur);
		r->w.cur = newline ? newline + 1 : r->w.end;
	}
	r->state = AT_TOP;
	r->depth = 0;
	r->in_object = false;
}
