/*
 * csv_reader.c
 *	  Read records of a CSV text that arrives in chunks of any size.
 *
 * The current record is contiguous in one buffer. When its end is missing, at least as many
 * bytes as it has are appended, and it is parsed again from its beginning: so no state is kept
 * across chunks, and a record of n bytes still costs O(n).
 *
 * Special bytes are searched 64 at a time: mask has a bit for each one in the current block that
 * has not been processed.
 */
#include "postgres.h"

#include "decode/csv_reader.h"

#include "decode/csv_reader_private.h"

/* How the parse of a record ended. */
typedef enum Parse
{
	PARSE_DONE,
	PARSE_MORE,					/* its end is not in the buffer */
	PARSE_OPEN_QUOTE			/* nor is the end of a quoted field */
} Parse;

CsvReader *
CsvReaderCreate(size_t memory)
{
	CsvReader  *r = palloc0(sizeof(CsvReader));

	r->cxt = CurrentMemoryContext;
	r->memory = memory;
	r->size = FIRST_SIZE;
	r->buf = palloc0(r->size + CSV_BLOCK);
	r->maxfields = 64;
	r->fields = palloc0(r->maxfields * sizeof(CsvField));
	return r;
}

void
CsvReaderFree(CsvReader *r)
{
	pfree(r->buf);
	pfree(r->fields);
	if (r->scratch)
		pfree(r->scratch);
	pfree(r);
}

/* ---- the buffer ---- */

static void
GrowBuffer(CsvReader *r)
{
	size_t		kept = r->end - r->start;
	size_t		size = Min(r->size * 2, r->memory + FIRST_SIZE);
	char	   *buf = MemoryContextAllocExtended(r->cxt, size + CSV_BLOCK,
												 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	memcpy(buf, r->start, kept);
	pfree(r->buf);
	r->buf = buf;
	r->size = size;
	r->start = buf;
	r->end = buf + kept;
}

static void
MakeRoom(CsvReader *r)
{
	size_t		kept = r->end - r->start;

	if (kept > r->size / 2 && r->size < r->memory + FIRST_SIZE)
	{
		GrowBuffer(r);
		return;
	}
	memmove(r->buf, r->start, kept);
	r->start = r->buf;
	r->end = r->buf + kept;
}

static void
TakeChunk(CsvReader *r)
{
	size_t		n = Min(r->rest_len, r->size - (r->end - r->buf));

	memcpy(r->end, r->rest, n);
	r->end += n;
	r->rest += n;
	r->rest_len -= n;
}

void
CsvRefill(CsvReader *r)
{
	size_t		wanted;

	MakeRoom(r);
	wanted = Min(Max((size_t) (r->end - r->start) * 2, 1), r->size);
	while ((size_t) (r->end - r->start) < wanted && !r->at_end)
	{
		if (r->rest_len == 0)
			r->at_end = !r->source->next(r->source->state, &r->rest, &r->rest_len);
		if (r->at_end)
			r->rest_len = 0;
		else
			TakeChunk(r);
	}
}

static void
LoadBlock(CsvReader *r)
{
	size_t		left = r->end - r->block;
	uint64		odd;

	r->mask = CsvScanBlock(&r->marks, r->block, &odd);
	if (left < CSV_BLOCK)
	{
		uint64		real = (UINT64CONST(1) << left) - 1;

		r->mask &= real;
		odd &= real;
	}
	r->block_odd = odd != 0;
	r->odd |= r->block_odd;
}

void
CsvStartScan(CsvReader *r)
{
	r->block = r->start;
	r->odd = false;
	LoadBlock(r);
}

/* ---- the scan ---- */

/* The next byte that means something, or NULL behind the last one in the buffer. */
static inline const char *
NextMark(CsvReader *r)
{
	const char *p;

	while (r->mask == 0)
	{
		if (r->end - r->block <= CSV_BLOCK)
			return NULL;
		r->block += CSV_BLOCK;
		LoadBlock(r);
	}
	p = r->block + __builtin_ctzll(r->mask);
	r->mask &= r->mask - 1;
	return p;
}

/* Is a CR the last byte that is known? Whether LF follows decides what it is. */
static inline bool
IsCut(const CsvReader *r, const char *p)
{
	return p + 1 == r->end && !r->at_end;
}

/* Past a line end at p, which a CRLF's mark for LF must not follow. */
static inline const char *
PassLineEnd(CsvReader *r, const char *p)
{
	r->newlines++;
	if (*p == '\r' && p + 1 < r->end && p[1] == '\n')
		return NextMark(r) + 1;
	return p + 1;
}

/* False: so many fields do not fit into the memory. */
static pg_noinline bool
GrowFields(CsvReader *r)
{
	if (r->maxfields * 2 * sizeof(CsvField) > Max(r->memory, (size_t) FIRST_SIZE))
		return false;
	r->fields = repalloc_huge(r->fields, 2 * r->maxfields * sizeof(CsvField));
	memset(r->fields + r->maxfields, 0, r->maxfields * sizeof(CsvField));
	r->maxfields *= 2;
	return true;
}

static pg_attribute_always_inline bool
AddField(CsvReader *r, const char *text, const char *end, bool quoted, bool escaped)
{
	CsvField   *field;

	if (unlikely(r->nfields == r->maxfields) && !GrowFields(r))
		return false;
	field = &r->fields[r->nfields++];
	field->text = text;
	field->len = end - text;
	field->quoted = quoted;
	field->escaped = escaped;
	return true;
}

/*
 * The closing quote of a field whose text begins at p; NULL when it is not in the buffer.
 */
static const char *
FindClosingQuote(CsvReader *r, bool *escaped)
{
	const char *p;

	while ((p = NextMark(r)) != NULL)
	{
		if (*p == '\n' || *p == '\r')
		{
			if (*p == '\r' && IsCut(r, p))
				return NULL;
			(void) PassLineEnd(r, p);
		}
		else if (*p == r->marks.escape && p + 1 < r->end &&
				 (p[1] == r->marks.quote || p[1] == r->marks.escape))
		{
			*escaped = true;
			(void) NextMark(r);
		}
		else if (*p == r->marks.escape && IsCut(r, p))
			return NULL;
		else if (*p == r->marks.quote)
			return p;
	}
	return NULL;
}

/* ---- a record ---- */

typedef struct Ending
{
	const char *text_end;		/* behind the record's last byte */
	const char *next;			/* behind its line end */
	const char *fault;			/* or NULL */
} Ending;

/* To the end of the line in which a fault was found. */
static Parse
PassFaultyLine(CsvReader *r, Ending *ending)
{
	const char *p;

	while ((p = NextMark(r)) != NULL)
	{
		if (*p != '\n' && *p != '\r')
			continue;
		if (*p == '\r' && IsCut(r, p))
			return PARSE_MORE;
		ending->text_end = p;
		ending->next = PassLineEnd(r, p);
		return PARSE_DONE;
	}
	ending->text_end = ending->next = r->end;
	return r->at_end ? PARSE_DONE : PARSE_MORE;
}

static Parse
EndRecord(CsvReader *r, const char *p, Ending *ending)
{
	if (*p == '\r' && IsCut(r, p))
		return PARSE_MORE;
	ending->text_end = p;
	ending->next = PassLineEnd(r, p);
	return PARSE_DONE;
}

/* Is there a whole delimiter of several bytes, of which p is the first? *cut: it may yet come. */
static bool
IsWholeDelimiter(const CsvReader *r, const char *p, bool *cut)
{
	size_t		known = Min(r->end - p, r->delimiter_len);
	bool		same = memcmp(p, r->delimiter, known) == 0;

	*cut = same && known < r->delimiter_len && !r->at_end;
	return same && known == r->delimiter_len;
}

/* What follows a closing quote: PARSE_DONE with *mark at a delimiter, or NULL behind the record. */
static Parse
EndQuotedField(CsvReader *r, const char *quote, const char **mark, Ending *ending)
{
	const char *p = quote + 1;
	bool		delimited;
	bool		cut = false;

	*mark = NULL;
	if (p == r->end)
	{
		ending->text_end = ending->next = p;
		return r->at_end ? PARSE_DONE : PARSE_MORE;
	}
	delimited = *p == r->marks.delimiter;
	if (unlikely(r->delimiter_len > 1) && delimited)
		delimited = IsWholeDelimiter(r, p, &cut);
	if (cut)
		return PARSE_MORE;
	if (!delimited && *p != '\n' && *p != '\r')
	{
		ending->fault = "unexpected text after closing quote";
		return PassFaultyLine(r, ending);
	}
	*mark = NextMark(r);
	if (delimited)
		return PARSE_DONE;
	*mark = NULL;
	return EndRecord(r, p, ending);
}

/* The mark that ends an unquoted field; escapes mean nothing outside quotes. */
static inline const char *
NextUnquotedMark(CsvReader *r)
{
	const char *p;

	do
		p = NextMark(r);
	while (p != NULL && *p == r->marks.escape && *p != r->marks.quote &&
		   *p != r->marks.delimiter);
	return p;
}

/*
 * A field whose quote was just read, and what follows it: *mark as EndQuotedField sets it.
 */
static Parse
ParseQuotedField(CsvReader *r, const char *text, const char **mark, Ending *ending)
{
	bool		escaped = false;
	const char *quote = FindClosingQuote(r, &escaped);

	*mark = NULL;
	if (quote == NULL)
		return PARSE_OPEN_QUOTE;
	if (!AddField(r, text, quote, true, escaped))
		return PARSE_MORE;
	return EndQuotedField(r, quote, mark, ending);
}

/* The last field of the record, which ends at p: a line end, or behind the last byte. */
static Parse
ParseLastField(CsvReader *r, const char *text, const char *p, Ending *ending)
{
	if (p == r->end)
	{
		ending->text_end = ending->next = p;
		return r->at_end && AddField(r, text, p, false, false) ? PARSE_DONE : PARSE_MORE;
	}
	return AddField(r, text, p, false, false) ? EndRecord(r, p, ending) : PARSE_MORE;
}

/* The same where delimiters have several bytes: NULL also when one may be cut. */
static const char *
NextOfSeveral(CsvReader *r)
{
	const char *p;
	bool		cut;

	while ((p = NextUnquotedMark(r)) != NULL && *p == r->marks.delimiter)
	{
		if (IsWholeDelimiter(r, p, &cut))
			return p;
		if (cut)
			return NULL;
	}
	return p;
}

/* Where the text behind a delimiter begins, whose marks have no meaning of their own. */
static const char *
PassDelimiter(CsvReader *r, const char *p)
{
	for (int i = 0; i < r->delimiter_marks; i++)
		(void) NextMark(r);
	return p + r->delimiter_len;
}

/* several: delimiters have more than one byte. */
static pg_attribute_always_inline Parse
ParseFields(CsvReader *r, Ending *ending, bool several)
{
	const char *text = r->start;

	r->nfields = 0;
	r->newlines = 0;
	ending->fault = NULL;
	for (;;)
	{
		const char *p = several ? NextOfSeveral(r) : NextUnquotedMark(r);

		if (p == NULL)
			return ParseLastField(r, text, r->end, ending);
		if (*p == r->marks.delimiter)
		{
			if (!AddField(r, text, p, false, false))
				return PARSE_MORE;
		}
		else if (*p != r->marks.quote)
			return ParseLastField(r, text, p, ending);
		else if (p == text)
		{
			Parse		parse = ParseQuotedField(r, p + 1, &p, ending);

			if (p == NULL)
				return parse;
		}
		else
		{
			ending->fault = "unexpected quote in unquoted field";
			return PassFaultyLine(r, ending);
		}
		text = several ? PassDelimiter(r, p) : p + 1;
	}
}

static pg_noinline Parse
ParseOfSeveral(CsvReader *r, Ending *ending)
{
	return ParseFields(r, ending, true);
}

static inline Parse
ParseRecord(CsvReader *r, Ending *ending)
{
	if (unlikely(r->delimiter_len > 1))
		return ParseOfSeveral(r, ending);
	return ParseFields(r, ending, false);
}

/*
 * The record with an open quote is its first line; what follows is read again. False when that
 * line has no end.
 */
static bool
CutAtFirstLine(CsvReader *r, Ending *ending)
{
	const char *p = r->start;

	while (p < r->end && *p != '\n' && *p != '\r')
		p++;
	ending->fault = r->at_end ? "unterminated quoted field" :
		"unterminated quoted field within elt.record_memory";
	ending->text_end = ending->next = p;
	r->newlines = 0;
	if (p == r->end)
		return r->at_end;
	r->newlines = 1;
	ending->next = *p == '\r' && p + 1 < r->end && p[1] == '\n' ? p + 2 : p + 1;
	return true;
}

static void
TellRecord(CsvReader *r, const Ending *ending, CsvRecord *record)
{
	record->text = r->start;
	record->len = ending->text_end - r->start;
	record->offset = r->offset;
	record->line = r->line;
	record->number = ++r->records;
	record->plain = !r->odd;
	record->nfields = r->nfields;
	record->fields = r->fields;
	record->fault = ending->fault;
}

static void
PassRecord(CsvReader *r, const Ending *ending, bool rescan)
{
	r->offset += ending->next - r->start;
	r->line += r->newlines;
	r->start = unconstify(char *, ending->next);
	if (rescan)
		CsvStartScan(r);
	else
		r->odd = r->block_odd;
}

static CsvResult
TellTooLarge(CsvReader *r, CsvRecord *record)
{
	Ending		ending = {r->end, r->end, NULL};

	r->nfields = 0;
	TellRecord(r, &ending, record);
	return CSV_TOO_LARGE;
}

CsvResult
CsvNext(CsvReader *r, CsvRecord *record)
{
	Ending		ending;
	Parse		parse;

	if (unlikely(r->comment != '\0'))
		CsvPassComments(r);
	if (r->start == r->end)
	{
		CsvRefill(r);
		if (r->start == r->end)
			return CSV_END;
		CsvStartScan(r);
	}
	while ((parse = ParseRecord(r, &ending)) != PARSE_DONE)
	{
		if ((size_t) (r->end - r->start) > r->memory || r->at_end)
			break;
		CsvRefill(r);
		CsvStartScan(r);
	}
	if (parse == PARSE_MORE)
		return TellTooLarge(r, record);
	if (parse == PARSE_OPEN_QUOTE && !CutAtFirstLine(r, &ending))
		return TellTooLarge(r, record);
	TellRecord(r, &ending, record);
	PassRecord(r, &ending, parse == PARSE_OPEN_QUOTE);
	return record->fault ? CSV_FAULT : CSV_RECORD;
}

const char *
CsvUnescape(CsvReader *r, const CsvField *field, size_t *len)
{
	char	   *to;

	*len = field->len;
	if (!field->escaped)
		return field->text;
	if (field->len > r->scratch_size)
	{
		if (r->scratch)
			pfree(r->scratch);
		r->scratch_size = Max(field->len, 1024);
		r->scratch = MemoryContextAllocHuge(r->cxt, r->scratch_size);
	}
	to = r->scratch;
	for (size_t i = 0; i < field->len; i++)
	{
		const char *p = field->text + i;

		if (*p == r->marks.escape && i + 1 < field->len &&
			(p[1] == r->marks.quote || p[1] == r->marks.escape))
			p = field->text + ++i;
		*to++ = *p;
	}
	*len = to - r->scratch;
	return r->scratch;
}
