/*
 * text_source.c
 *	  The text of a page as UTF-8, where it is written in UTF-16 or UTF-32.
 *
 * ICU converts. What is no character becomes a byte that is not valid in UTF-8, so that it rejects
 * the record that contains it.
 */
#include "postgres.h"

#include "decode/text_source.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>
#include <unicode/ucnv_err.h>

#include "base/errors.h"
#include "base/handle.h"

#define MARK_BYTES	4
#define OUT_BYTES	(64 * 1024)
#define PIVOT_UNITS 4096

struct TextSource
{
	MemoryContext cxt;
	ByteSource	source;			/* what the caller reads */
	ByteSource *bytes;
	TextForm	declared;
	TextForm	form;
	bool		began;			/* the mark has been looked for */

	/* the beginning of the page that has been looked at */
	char		head[MARK_BYTES];
	size_t		nhead;
	const char *chunk;			/* what follows it */
	size_t		chunk_len;

	/* conversion */
	TextForm	opened;			/* what the converter reads */
	UConverter *from;			/* NULL until it is needed */
	UConverter *to;
	char	   *out;
	UChar	   *pivot;
	UChar	   *pivot_source;
	UChar	   *pivot_target;
	const char *in;				/* what is to be converted next */
	size_t		in_len;
	bool		at_end;			/* of the bytes */
	bool		done;			/* all of it has been converted */
};

static const char *const form_names[] = {
	[TEXT_UTF16] = "UTF16",
	[TEXT_UTF16LE] = "UTF16LE",
	[TEXT_UTF16BE] = "UTF16BE",
	[TEXT_UTF32] = "UTF32",
	[TEXT_UTF32LE] = "UTF32LE",
	[TEXT_UTF32BE] = "UTF32BE",
};

/* Does the name spell this one, with or without hyphens? */
static bool
IsSpelled(const char *name, const char *form)
{
	for (; *name != '\0'; name++)
	{
		if (*name == '-' || *name == '_')
			continue;
		if (pg_toupper((unsigned char) *name) != (unsigned char) *form)
			return false;
		form++;
	}
	return *form == '\0';
}

bool
TextFormByName(const char *name, TextForm *form)
{
	for (int i = TEXT_UTF16; i < lengthof(form_names); i++)
		if (IsSpelled(name, form_names[i]))
		{
			*form = i;
			return true;
		}
	return false;
}

const char *
TextFormName(TextForm form)
{
	return form_names[form];
}

/* ---- the beginning of a page ---- */

/* As many bytes as a mark may have; they are copied only if the first chunk has fewer. */
static const char *
LookAtHead(TextSource *t, size_t *len)
{
	t->nhead = t->chunk_len = 0;
	while (t->nhead < MARK_BYTES && t->bytes->next(t->bytes->state, &t->chunk, &t->chunk_len))
	{
		size_t		n = Min(MARK_BYTES - t->nhead, t->chunk_len);

		if (t->nhead == 0 && t->chunk_len >= MARK_BYTES)
		{
			*len = t->chunk_len;
			return t->chunk;
		}
		memcpy(t->head + t->nhead, t->chunk, n);
		t->nhead += n;
		t->chunk += n;
		t->chunk_len -= n;
	}
	*len = t->nhead;
	return t->head;
}

static TextForm
FormOfMark(const char *head, size_t len, size_t *mark)
{
	static const struct
	{
		const char *mark;
		size_t		len;
		TextForm	form;
	}			marks[] = {
		{"\xFF\xFE\0\0", 4, TEXT_UTF32LE}, {"\0\0\xFE\xFF", 4, TEXT_UTF32BE},
		{"\xEF\xBB\xBF", 3, TEXT_UTF8}, {"\xFF\xFE", 2, TEXT_UTF16LE}, {"\xFE\xFF", 2, TEXT_UTF16BE},
	};

	for (int i = 0; i < lengthof(marks); i++)
		if (len >= marks[i].len && memcmp(head, marks[i].mark, marks[i].len) == 0)
		{
			*mark = marks[i].form == TEXT_UTF8 ? 0 : marks[i].len;
			return marks[i].form;
		}
	*mark = 0;
	return TEXT_BYTES;
}

static void
CheckOrderIsKnown(const TextSource *t)
{
	if (t->form != TEXT_UTF16 && t->form != TEXT_UTF32)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("page has no byte order mark, which encoding \"%s\" requires",
					TextFormName(t->form)),
			 errhint("Set option \"encoding\" to '%sLE' or '%sBE'.", TextFormName(t->form),
					 TextFormName(t->form))));
}

/* ---- conversion; ICU's callbacks never throw ---- */

/* A unit that no valid text has alone passes through the pivot, and is what the next one meets. */
static void
OnInvalidIn(const void *context, UConverterToUnicodeArgs *args, const char *units, int32_t len,
			UConverterCallbackReason reason, UErrorCode *status)
{
	static const UChar alone = 0xDC00;

	if (reason > UCNV_IRREGULAR)
		return;
	*status = U_ZERO_ERROR;
	ucnv_cbToUWriteUChars(args, &alone, 1, 0, status);
}

static void
OnInvalidOut(const void *context, UConverterFromUnicodeArgs *args, const UChar *units, int32_t len,
			 UChar32 point, UConverterCallbackReason reason, UErrorCode *status)
{
	static const char invalid = TEXT_INVALID;

	if (reason > UCNV_IRREGULAR)
		return;
	*status = U_ZERO_ERROR;
	ucnv_cbFromUWriteBytes(args, &invalid, 1, 0, status);
}

static void
CheckIcu(UErrorCode status)
{
	if (U_FAILURE(status))
		ereport(ERROR,
				(errcode(status == U_MEMORY_ALLOCATION_ERROR ? ERRCODE_OUT_OF_MEMORY :
						 ERRCODE_INTERNAL_ERROR),
				 errmsg("could not convert text with ICU: %s", u_errorName(status))));
}

static void
CloseConverters(void *arg)
{
	TextSource *t = arg;

	ucnv_close(t->from);
	ucnv_close(t->to);
	t->from = t->to = NULL;
}

static UConverter *
OpenConverter(const char *name)
{
	UErrorCode	status = U_ZERO_ERROR;
	UConverter *converter = ucnv_open(name, &status);

	CheckIcu(status);
	return converter;
}

static void
PrepareConverters(TextSource *t)
{
	static const char *const icu_names[] = {
		[TEXT_UTF16LE] = "UTF-16LE",
		[TEXT_UTF16BE] = "UTF-16BE",
		[TEXT_UTF32LE] = "UTF-32LE",
		[TEXT_UTF32BE] = "UTF-32BE",
	};
	UErrorCode	status = U_ZERO_ERROR;

	if (t->out == NULL)
	{
		t->out = MemoryContextAlloc(t->cxt, OUT_BYTES);
		t->pivot = MemoryContextAlloc(t->cxt, PIVOT_UNITS * sizeof(UChar));
		ReleaseWithContext(t->cxt, CloseConverters, t);
	}
	t->pivot_source = t->pivot_target = t->pivot;
	if (t->from != NULL && t->opened == t->form)
	{
		ucnv_reset(t->from);
		ucnv_reset(t->to);
		return;
	}
	CloseConverters(t);
	t->from = OpenConverter(icu_names[t->form]);
	t->to = OpenConverter("UTF-8");
	t->opened = t->form;
	ucnv_setToUCallBack(t->from, OnInvalidIn, NULL, NULL, NULL, &status);
	ucnv_setFromUCallBack(t->to, OnInvalidOut, NULL, NULL, NULL, &status);
	CheckIcu(status);
}

/* ---- the source ---- */

static bool
NextBytes(TextSource *t, const char **data, size_t *len)
{
	if (t->nhead > 0)
	{
		*data = t->head;
		*len = t->nhead;
		t->nhead = 0;
		return true;
	}
	if (t->chunk_len > 0)
	{
		*data = t->chunk;
		*len = t->chunk_len;
		t->chunk_len = 0;
		return true;
	}
	return t->bytes->next(t->bytes->state, data, len);
}

static void
ConvertSome(TextSource *t, char **target)
{
	UErrorCode	status = U_ZERO_ERROR;
	const char *end = t->in + t->in_len;

	ucnv_convertEx(t->to, t->from, target, t->out + OUT_BYTES, &t->in, end, t->pivot,
				   &t->pivot_source, &t->pivot_target, t->pivot + PIVOT_UNITS, false, t->at_end,
				   &status);
	t->in_len = end - t->in;
	t->done = t->at_end && status != U_BUFFER_OVERFLOW_ERROR;
	if (status != U_BUFFER_OVERFLOW_ERROR)
		CheckIcu(status);
}

static bool
NextConverted(TextSource *t, const char **data, size_t *len)
{
	char	   *target = t->out;

	while (target == t->out && !t->done)
	{
		if (t->in_len == 0 && !t->at_end)
			t->at_end = !NextBytes(t, &t->in, &t->in_len);
		if (t->at_end)
			t->in_len = 0;
		ConvertSome(t, &target);
	}
	*data = t->out;
	*len = target - t->out;
	return *len > 0;
}

/* The bytes that follow the mark are the first to be converted. */
static void
BeginConversion(TextSource *t, size_t mark)
{
	t->at_end = t->done = false;
	t->in = t->head;
	t->in_len = 0;
	PrepareConverters(t);
	if (t->nhead == 0)
	{
		t->chunk += mark;
		t->chunk_len -= mark;
		return;
	}
	memmove(t->head, t->head + mark, t->nhead - mark);
	t->nhead -= mark;
}

static void
Begin(TextSource *t)
{
	size_t		len;
	size_t		mark;
	const char *head = LookAtHead(t, &len);

	t->began = true;
	t->form = FormOfMark(head, len, &mark);
	if (t->form == TEXT_BYTES && len > 0)
		t->form = t->declared;
	CheckOrderIsKnown(t);
	if (t->form > TEXT_UTF8)
		BeginConversion(t, mark);
}

static bool
Next(void *state, const char **data, size_t *len)
{
	TextSource *t = state;

	if (!t->began)
		Begin(t);
	return t->form > TEXT_UTF8 ? NextConverted(t, data, len) : NextBytes(t, data, len);
}

static void
Rewind(void *state)
{
	TextSource *t = state;

	t->bytes->rewind(t->bytes->state);
	t->began = false;
}

TextSource *
TextSourceCreate(void)
{
	TextSource *t = palloc0(sizeof(TextSource));

	t->cxt = CurrentMemoryContext;
	t->source.next = Next;
	t->source.rewind = Rewind;
	t->source.state = t;
	return t;
}

ByteSource *
TextSourceOpen(TextSource *t, ByteSource *bytes, TextForm declared)
{
	t->bytes = bytes;
	t->declared = declared;
	t->began = false;
	return &t->source;
}

TextForm
TextSourceForm(TextSource *t)
{
	if (!t->began)
		Begin(t);
	return t->form;
}
