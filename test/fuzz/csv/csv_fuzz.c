/*
 * csv_fuzz.c
 *	  Any bytes at all: the CSV reader must agree with a plain one, whatever the chunks.
 *
 * The plain reader goes from byte to byte and is written for nothing but being obvious. The
 * last three bytes of an input choose chunks and dialect.
 */
#include "postgres.h"

#include "decode/csv_reader.h"

#define MEMORY (1 << 20)

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

/* ---- the plain reader ---- */

typedef struct Plain
{
	const CsvDialect *dialect;
	const char *delimiter;
	const char *text;
	size_t		len;
	size_t		at;
	int64		line;

	/* the record */
	size_t		start;
	size_t		end;
	int64		start_line;
	bool		fault;
	int			nfields;
	char	   *values;			/* each with a byte before it: quoted or not; \xFF ends them */
	size_t		nvalues;
} Plain;

static int
At(const Plain *p, size_t i)
{
	return i < p->len ? (unsigned char) p->text[i] : -1;
}

static bool
IsLineEnd(int ch)
{
	return ch == '\n' || ch == '\r';
}

static bool
IsQuote(const Plain *p, int ch)
{
	return p->dialect->quote != '\0' && ch == (unsigned char) p->dialect->quote;
}

/* Is there a delimiter at this byte? */
static bool
IsDelimiter(const Plain *p, size_t i)
{
	size_t		len = strlen(p->delimiter);

	return i + len <= p->len && memcmp(p->text + i, p->delimiter, len) == 0;
}

static void
Put(Plain *p, char ch)
{
	p->values[p->nvalues++] = ch;
}

static void
PassLineEnd(Plain *p)
{
	if (At(p, p->at) == -1)
		return;
	p->at += At(p, p->at) == '\r' && At(p, p->at + 1) == '\n' ? 2 : 1;
	p->line++;
}

static void
PassLine(Plain *p)
{
	while (At(p, p->at) != -1 && !IsLineEnd(At(p, p->at)))
		p->at++;
}

/* False: there is no closing quote. */
static bool
ReadQuoted(Plain *p)
{
	unsigned char escape = p->dialect->escape;

	for (p->at++; At(p, p->at) != -1; p->at++)
	{
		int			ch = At(p, p->at);
		int			next = At(p, p->at + 1);

		if (ch == escape && (IsQuote(p, next) || next == escape))
			Put(p, p->text[++p->at]);
		else if (IsQuote(p, ch))
		{
			p->at++;
			return true;
		}
		else
		{
			if (ch == '\n' || (ch == '\r' && next != '\n'))
				p->line++;
			Put(p, ch);
		}
	}
	return false;
}

static void
ReadUnquoted(Plain *p)
{
	while (At(p, p->at) != -1 && !IsLineEnd(At(p, p->at)) && !IsDelimiter(p, p->at))
	{
		p->fault |= IsQuote(p, At(p, p->at));
		Put(p, p->text[p->at++]);
	}
}

/* False: a quote is open at the end. */
static bool
ReadFields(Plain *p)
{
	for (;;)
	{
		bool		quoted = IsQuote(p, At(p, p->at));

		Put(p, quoted ? 'q' : 'u');
		if (quoted && !ReadQuoted(p))
			return false;
		if (!quoted)
			ReadUnquoted(p);
		Put(p, '\xFF');
		p->nfields++;
		p->fault |= At(p, p->at) != -1 && !IsLineEnd(At(p, p->at)) &&
			!IsDelimiter(p, p->at);
		if (p->fault)
			PassLine(p);
		if (!IsDelimiter(p, p->at))
			return true;
		p->at += strlen(p->delimiter);
	}
}

/* A first line sep=; names the delimiter; it is a line as those that are skipped. */
static int
PlainDelimiterLine(Plain *p, char *named)
{
	size_t		begin = p->at;
	size_t		at = begin + (At(p, begin) == '"');
	int			ch = At(p, at + 4);

	if (at + 4 >= p->len || strncasecmp(p->text + at, "sep=", 4) != 0)
		return 0;
	if ((ch < ' ' && ch != '\t') || ch > 127 || isalnum(ch) || ch == '"' || IsQuote(p, ch))
		return 0;
	at += 5;
	if (At(p, begin) == '"' && At(p, at++) != '"')
		return 0;
	if (At(p, at) != -1 && !IsLineEnd(At(p, at)))
		return 0;
	named[0] = ch;
	p->delimiter = named;
	p->at = at;
	PassLineEnd(p);
	return 1;
}

static void
PlainBegin(Plain *p, char *named)
{
	int			lines = p->dialect->names_delimiter ? PlainDelimiterLine(p, named) : 0;

	for (; lines < p->dialect->skip_lines; lines++)
	{
		PassLine(p);
		PassLineEnd(p);
	}
}

static bool
PlainNext(Plain *p)
{
	while (p->dialect->comment != '\0' && At(p, p->at) == p->dialect->comment)
	{
		PassLine(p);
		PassLineEnd(p);
	}
	if (p->at == p->len)
		return false;
	p->start = p->at;
	p->start_line = p->line;
	p->nfields = 0;
	p->nvalues = 0;
	p->fault = false;
	if (!ReadFields(p))
	{
		p->fault = true;
		p->at = p->start;
		p->line = p->start_line;
		PassLine(p);
	}
	p->end = p->at;
	PassLineEnd(p);
	return true;
}

/* ---- the comparison ---- */

static void
CheckValues(CsvReader *r, const CsvRecord *record, const Plain *p)
{
	size_t		at = 0;

	Check(record->nfields == p->nfields, "as many fields");
	for (int i = 0; i < record->nfields; i++)
	{
		const CsvField *field = &record->fields[i];
		size_t		len;
		const char *value = CsvUnescape(r, field, &len);

		Check(at + len + 2 <= p->nvalues, "values as long");
		Check(p->values[at] == (field->quoted ? 'q' : 'u'), "quoted alike");
		Check(memcmp(p->values + at + 1, value, len) == 0, "values alike");
		Check(p->values[at + 1 + len] == '\xFF', "values end alike");
		at += len + 2;
	}
	Check(at == p->nvalues, "all values");
}

static bool
IsPlain(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if (s[i] == '\0' || (s[i] & 0x80))
			return false;
	}
	return true;
}

static void
Compare(Input *in, const CsvDialect *dialect)
{
	ByteSource	source = {NextChunk, NULL, in};
	CsvReader  *r = CsvReaderCreate(MEMORY);
	Plain		p = {.dialect = dialect, .delimiter = dialect->delimiter, .text = in->data,
	.len = in->len, .line = 1};
	char		named[2] = {0};
	CsvRecord	record;
	int64		number = 0;

	p.values = palloc(3 * in->len + 8);
	if (dialect->has_bom && in->len >= 3 && memcmp(in->data, "\xEF\xBB\xBF", 3) == 0)
		p.at = 3;
	PlainBegin(&p, named);
	in->at = 0;
	CsvReaderOpen(r, dialect, &source);
	while (PlainNext(&p))
	{
		CsvResult	result = CsvNext(r, &record);

		Check(result == (p.fault ? CSV_FAULT : CSV_RECORD), "faults alike");
		Check(record.offset == (int64) p.start && record.len == p.end - p.start, "same place");
		Check(memcmp(record.text, in->data + p.start, record.len) == 0, "same text");
		Check(record.line == p.start_line, "same line");
		Check(record.number == ++number, "same number");
		Check(!record.plain || IsPlain(record.text, record.len), "plain is plain");
		if (!p.fault)
			CheckValues(r, &record, &p);
	}
	Check(CsvNext(r, &record) == CSV_END && CsvNext(r, &record) == CSV_END, "same end");
	free(p.values);
	CsvReaderFree(r);
}

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const delimiters[] = {",", ";", "\t", "|", "||", "|-", "#;#", "\xC2\xA7"};
	static const char quotes[] = "\"'\"\0";
	static const char escapes[] = "\0\0\\'";
	CsvDialect	dialect = {0};
	Input		in = {0};

	if (size < 3)
		return 0;
	in.data = (const char *) data;
	in.len = size - 3;
	in.chunk = 1 + data[size - 1] % 70;
	dialect.delimiter = delimiters[data[size - 2] % 8];
	dialect.quote = quotes[data[size - 2] / 8 % 4];
	dialect.escape = escapes[data[size - 2] / 32 % 4];
	if (dialect.escape == '\0')
		dialect.escape = dialect.quote;
	dialect.has_bom = data[size - 3] % 2;
	dialect.comment = data[size - 3] / 2 % 2 ? '#' : '\0';
	dialect.names_delimiter = data[size - 3] / 4 % 2;
	dialect.skip_lines = data[size - 3] / 8 % 4;
	Compare(&in, &dialect);
	in.chunk = size;
	Compare(&in, &dialect);
	free(in.copy);
	return 0;
}
