/*
 * json_fuzz.c
 *	  Any bytes at all: the reader must neither crash nor depend on where chunks end.
 *
 * The tokens of a text are hashed whole and in chunks of a size that the input chooses, read and
 * skipped, marked and with a head kept; everything must agree. Strings are unescaped, and a
 * fault's excerpt must be valid UTF-8.
 */
#include "postgres.h"

#include "decode/json_reader.h"
#include "decode/json_scan.h"
#include "decode/json_string.h"

#define MAX_DEPTH 50
#define MEMORY 100000

typedef struct Input
{
	const char *data;
	size_t		len;
	size_t		chunk;
	size_t		at;
	char	   *copy;			/* a heap copy of each chunk: the sanitizer watches its ends */
} Input;

static bool
NextChunk(void *state, const char **data, size_t *len)
{
	Input	   *in = state;
	size_t		n = Min(in->len - in->at, in->chunk);

	free(in->copy);
	in->copy = NULL;
	if (n == 0)
		return false;
	in->copy = palloc(n);
	memcpy(in->copy, in->data + in->at, n);
	in->at += n;
	*data = in->copy;
	*len = n;
	return true;
}

static void
Check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static uint64
Mix(uint64 hash, const void *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ ((const unsigned char *) data)[i]) * UINT64CONST(0x100000001b3);
	return hash;
}

static void
CheckUtf8(const char *s, size_t len, const char *what)
{
	const char *end = s + len;

	while (s < end)
	{
		int			n = Utf8Length((unsigned char) *s);

		Check(n > 0 && end - s >= n && Utf8Valid(s, n), what);
		s += n;
	}
}

static uint64
Unescape(JsonReader *r, uint64 hash)
{
	char	   *out = palloc(r->len);
	size_t		len;

	if (JsonUnescape(r->text, r->len, out, &len))
	{
		Check(len <= r->len, "unescaped text is not longer");
		hash = Mix(hash, out, len);
		if (r->tainted < 0)
			CheckUtf8(out, len, "unescaped text is UTF-8");
	}
	free(out);
	return hash;
}

static uint64
FaultHash(JsonReader *r)
{
	JsonFault	fault;

	JsonGetFault(r, &fault);
	CheckUtf8(fault.excerpt, strlen(fault.excerpt), "excerpt is UTF-8");
	return Mix(Mix(fault.offset + (fault.line << 40), fault.what, strlen(fault.what)),
			   fault.excerpt, strlen(fault.excerpt));
}

static JsonReader *
OpenReader(Input *in, JsonFraming framing, size_t chunk)
{
	static JsonReader *reader = NULL;
	static ByteSource source = {.next = NextChunk};

	if (reader == NULL)
		reader = JsonReaderCreate(MEMORY, MAX_DEPTH);
	in->at = 0;
	in->chunk = chunk;
	source.state = in;
	JsonReaderOpen(reader, &source, framing);
	return reader;
}

static uint64
ReadAll(Input *in, JsonFraming framing, size_t chunk)
{
	JsonReader *r = OpenReader(in, framing, chunk);
	uint64		hash = 0;
	int			lines = 0;
	int64		last_line = 0;	/* with a value on it */

	for (;;)
	{
		JsonToken	token = JsonNext(r);

		hash = hash * 31 + token;
		if (token == JSON_ERROR)
		{
			hash = hash * 31 + FaultHash(r);
			if (framing != JSON_LINES || ++lines > 1000)
				break;
			JsonSkipLine(r);
			continue;
		}
		if (token == JSON_END)
			break;
		Check(JsonDepth(r) <= MAX_DEPTH, "depth is bounded");
		if (framing == JSON_LINES && JsonDepth(r) == 0)
		{
			Check(JsonLine(r) > last_line, "a line has one value");
			last_line = JsonLine(r);
		}
		if (token >= JSON_KEY)
			hash = Mix(hash, r->text, r->len);
		if (token == JSON_KEY || token == JSON_STRING)
			hash = Unescape(r, hash);
	}
	return hash * 31 + r->tainted;
}

/* Values at the second level are skipped, marked or have a head, in turn. */
static uint64
ReadParts(Input *in, size_t chunk)
{
	JsonReader *r = OpenReader(in, JSON_MANY, chunk);
	uint64		hash = 0;

	for (int turn = 0;; turn++)
	{
		JsonToken	token = JsonNext(r);
		bool		container = token == JSON_OBJECT_START || token == JSON_ARRAY_START;
		int64		mark;
		int64		full_len;
		size_t		len;
		const char *text;

		hash = hash * 31 + token;
		if (token == JSON_ERROR || token == JSON_END)
			break;
		if (!container || turn % 4 == 0)
			continue;
		if (turn % 4 == 1)
		{
			hash = hash * 31 + JsonSkipRest(r);
			continue;
		}
		JsonHeadStart(r, turn % JSON_HEADS, 10);
		mark = JsonMark(r);
		if (JsonSkipRest(r) == JSON_ERROR)
			break;
		text = JsonMarked(r, mark, &len);
		Check(text[0] == '{' || text[0] == '[', "a marked text begins with its bracket");
		hash = Mix(hash, text, len);
		text = JsonHead(r, turn % JSON_HEADS, &len, &full_len);
		Check(len <= 10, "a head is bounded");
		hash = Mix(hash, text, len) + full_len;
	}
	return hash * 31 + JsonOffset(r);
}

static bool
SkipAll(Input *in, size_t chunk)
{
	JsonReader *r = OpenReader(in, JSON_ONE, chunk);
	JsonToken	token;

	do
	{
		token = JsonSkip(r);
	} while (token != JSON_END && token != JSON_ERROR);
	return token == JSON_END && r->tainted < 0;
}

static bool
AcceptAll(Input *in)
{
	JsonReader *r = OpenReader(in, JSON_ONE, in->len + 1);
	JsonToken	token;
	bool		finite = true;

	do
	{
		token = JsonNext(r);
		finite &= token != JSON_NONFINITE;
	} while (token != JSON_END && token != JSON_ERROR);
	return token == JSON_END && r->tainted < 0 && finite;
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Input		in = {0};
	size_t		chunk;

	if (size < 1)
		return 0;
	chunk = 1 + data[size - 1] % 23;
	in.data = (const char *) data;
	in.len = size - 1;
	for (JsonFraming framing = JSON_ONE; framing <= JSON_LINES; framing++)
		Check(ReadAll(&in, framing, size) == ReadAll(&in, framing, chunk), "chunks do not matter");
	Check(ReadParts(&in, size) == ReadParts(&in, chunk), "chunks do not matter to parts");
	Check(SkipAll(&in, chunk) == AcceptAll(&in), "skipping validates");
	free(in.copy);
	return 0;
}
