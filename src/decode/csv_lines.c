/*
 * csv_lines.c
 *	  Lines of a CSV page that are no records: above the first one, and comments.
 */
#include "postgres.h"

#include "decode/csv_reader_private.h"

#define DELIMITER_LINE 8		/* bytes of "sep=;" with quotes, and its line end */

static void
SkipByteOrderMark(CsvReader *r)
{
	while (r->end - r->start < 3 && !r->at_end)
		CsvRefill(r);
	if (r->end - r->start < 3 || memcmp(r->start, "\xEF\xBB\xBF", 3) != 0)
		return;
	r->start += 3;
	r->offset += 3;
}

static void
SetMarks(CsvReader *r, const CsvDialect *dialect, const char *delimiter, size_t len)
{
	bool		quotes = dialect->quote != '\0';

	memcpy(r->delimiter, delimiter, len);
	r->delimiter_len = Max(len, 1);
	r->marks.delimiter = len > 0 ? delimiter[0] : '\0';
	r->marks.quote = quotes ? dialect->quote : r->marks.delimiter;
	r->marks.escape = quotes ? dialect->escape : r->marks.delimiter;
	r->delimiter_marks = 0;
	for (int i = 1; i < r->delimiter_len; i++)
		r->delimiter_marks += delimiter[i] == r->marks.delimiter || delimiter[i] == r->marks.escape;
}

/* Past what is left of this line, which is not kept. */
static void
SkipLine(CsvReader *r)
{
	const char *p;

	for (;;)
	{
		for (p = r->start; p < r->end && *p != '\n' && *p != '\r'; p++)
			;
		r->offset += p - r->start;
		r->start = unconstify(char *, p);
		if (r->at_end || (p < r->end && (*p == '\n' || p + 1 < r->end)))
			break;
		CsvRefill(r);
	}
	p = r->start;
	if (p == r->end)
		return;
	r->start += *p == '\r' && p + 1 < r->end && p[1] == '\n' ? 2 : 1;
	r->offset += r->start - p;
	r->line++;
}

/* What spreadsheets understand: a first line sep=; or "sep=;" that says the delimiter. */
static bool
TakeDelimiterLine(CsvReader *r, const CsvDialect *dialect)
{
	char		line[DELIMITER_LINE + 1] = {0};
	size_t		len;
	const char *p;
	char		delimiter;

	while ((size_t) (r->end - r->start) < DELIMITER_LINE && !r->at_end)
		CsvRefill(r);
	len = Min((size_t) (r->end - r->start), DELIMITER_LINE);
	memcpy(line, r->start, len);
	p = line + (line[0] == '"');
	if (pg_strncasecmp(p, "sep=", 4) != 0)
		return false;
	delimiter = p[4];
	if (delimiter < ' ' && delimiter != '\t')
		return false;
	if (isalnum((unsigned char) delimiter) || delimiter == dialect->quote || delimiter == '"')
		return false;
	p += 5;
	if (line[0] == '"' && *p++ != '"')
		return false;
	if (*p != '\r' && *p != '\n' && p != line + len)
		return false;
	SetMarks(r, dialect, &delimiter, 1);
	r->named_delimiter = delimiter;
	SkipLine(r);
	return true;
}

void
CsvReaderOpen(CsvReader *r, const CsvDialect *dialect, ByteSource *source)
{
	int			lines = 0;

	SetMarks(r, dialect, dialect->delimiter, strlen(dialect->delimiter));
	r->comment = dialect->comment;
	r->named_delimiter = '\0';
	r->source = source;
	r->rest_len = 0;
	r->at_end = false;
	r->start = r->end = r->buf;
	r->offset = 0;
	r->line = 1;
	r->records = 0;
	if (dialect->has_bom)
		SkipByteOrderMark(r);
	if (dialect->names_delimiter && TakeDelimiterLine(r, dialect))
		lines++;
	for (; lines < dialect->skip_lines && !(r->at_end && r->start == r->end); lines++)
		SkipLine(r);
	CsvStartScan(r);
}

void
CsvPassComments(CsvReader *r)
{
	bool		moved = false;

	for (;;)
	{
		if (r->start == r->end)
		{
			CsvRefill(r);
			moved = true;
		}
		if (r->start == r->end || *r->start != r->comment)
			break;
		SkipLine(r);
		moved = true;
	}
	if (moved)
		CsvStartScan(r);
}

char
CsvNamedDelimiter(const CsvReader *r)
{
	return r->named_delimiter;
}
