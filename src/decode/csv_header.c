/*
 * csv_header.c
 *	  Read the header of a CSV page, and find the fields of the columns in it.
 */
#include "postgres.h"

#include "decode/csv_private.h"

#include "base/errors.h"
#include "mb/pg_wchar.h"
#include "parquet/parquet_format.h"

#define HEADER_SHOWN 1000		/* bytes of a header that an error shows */
#define HEADER_SEARCHED 1000	/* records among which a header is looked for */

static const char *
HeaderWord(const CsvDecoder *d)
{
	return d->sheet != NULL ? "header of the sheet" : "CSV header";
}

static char *
HeaderShown(CsvDecoder *d)
{
	size_t		len;
	const char *text = CsvRecordText(d, &len);

	return CsvShownText(d, text, Min(len, HEADER_SHOWN));
}

static bool
IsNamed(CsvDecoder *d, const CsvField *field, const char *name)
{
	size_t		len;
	size_t		utf8_len;
	size_t		done;
	const char *text = CsvUnescape(d->reader, field, &len);

	text = ToUtf8(d->transcoder, text, len, &utf8_len, &done);
	return done == len && utf8_len == strlen(name) && memcmp(text, name, utf8_len) == 0;
}

static bool
IsParquet(const CsvDecoder *d)
{
	const CsvField *first = &d->record.fields[0];

	return d->record.nfields > 0 && first->len >= PARQUET_MAGIC_SIZE &&
		memcmp(first->text, PARQUET_MAGIC, PARQUET_MAGIC_SIZE) == 0;
}

static int
DetailOfMissing(CsvDecoder *d)
{
	if (IsParquet(d))
		return errdetail("It is a Parquet file.");
	return errdetail("The header is: %s", HeaderShown(d));
}

static int
HintOfMissing(const CsvDecoder *d)
{
	if (IsParquet(d))
		return errhint("Set option format 'parquet' of the foreign table.");
	if (d->record.nfields == 1 && d->sheet == NULL)
		return errhint("Set option \"delimiter\" if another character separates the fields, or option "
					   "\"path\" of the column to the exact name in the header.");
	return errhint("Set option \"path\" of the column to the exact name in the header, or set option "
				   "header 'false' for files without a header.");
}

/* Which field has this name, or -1 of an optional one; an error when none has, or several have. */
static int
FindField(CsvDecoder *d, const CsvColumn *c)
{
	const char *name = c->name;
	int			found = -1;

	if (GetDatabaseEncoding() != PG_UTF8)
		name = pg_server_to_any(name, strlen(name), PG_UTF8);
	for (int i = 0; i < d->record.nfields; i++)
	{
		if (!IsNamed(d, &d->record.fields[i], name))
			continue;
		if (found >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_ELT_BAD_PAGE),
					 errmsg("field \"%s\" occurs more than once in the %s", c->name, HeaderWord(d)),
					 errdetail("The header is: %s", HeaderShown(d)),
					 errhint("Set option \"position\" of the column to the number of the field, "
							 "from 1.")));
		found = i;
	}
	if (found < 0 && !c->optional)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_BAD_PAGE),
				 errmsg("field \"%s\" for column \"%s\" not found in the %s", c->name,
						c->converter.column, HeaderWord(d)),
				 DetailOfMissing(d), HintOfMissing(d)));
	return found;
}

/* The field at the declared place. */
static int
FieldAt(CsvDecoder *d, const CsvColumn *c)
{
	if (c->first <= d->record.nfields)
		return c->first - 1;
	if (!c->optional)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_BAD_PAGE),
				 errmsg("field %d for column \"%s\" not found in the %s", c->first,
						c->converter.column, HeaderWord(d)),
				 errdetail("The header has %d field%s: %s", d->record.nfields,
						   d->record.nfields == 1 ? "" : "s", HeaderShown(d))));
	return -1;
}

static void
FindColumn(CsvDecoder *d, CsvColumn *c)
{
	if (c->kind != COLUMN_FIELD && c->kind != COLUMN_ABSENT)
		return;
	c->field = c->first > 0 ? FieldAt(d, c) : FindField(d, c);
	c->kind = c->field < 0 ? COLUMN_ABSENT : COLUMN_FIELD;
}

/* The text of a field, for an error. */
static char *
FieldShown(CsvDecoder *d, int place)
{
	const CsvField *field = &d->record.fields[place];

	return CsvShownText(d, field->text, Min(field->len, HEADER_SHOWN));
}

pg_attribute_noreturn()
static void
RaiseNotExact(CsvDecoder *d, int place, const CsvColumn *expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 expected != NULL ?
			 errmsg("field %d of the %s is \"%s\", not \"%s\"", place + 1, HeaderWord(d),
					FieldShown(d, place), expected->name) :
			 errmsg("field %d of the %s, \"%s\", has no column", place + 1, HeaderWord(d),
					FieldShown(d, place)),
			 errdetail("The header is: %s", HeaderShown(d)),
			 errhint("If fields may come in another order, or without a column, set option "
					 "\"header_match\" to 'name'.")));
	pg_unreachable();
}

/* Several columns may have the same field. */
static void
CheckIsExact(CsvDecoder *d)
{
	int			place = 0;

	for (int i = 0; i < d->ncolumns; i++)
	{
		const CsvColumn *c = &d->columns[i];

		if (c->kind != COLUMN_FIELD || c->field < place)
			continue;
		if (c->field > place)
			RaiseNotExact(d, place, c);
		place++;
	}
	if (place < d->needed)
		RaiseNotExact(d, place, NULL);
}

/* ---- lines above the header ---- */

static bool
HasField(CsvDecoder *d, const CsvColumn *c)
{
	const char *name = pg_server_to_any(c->name, strlen(c->name), PG_UTF8);

	for (int i = 0; i < d->record.nfields; i++)
		if (IsNamed(d, &d->record.fields[i], name))
			return true;
	return false;
}

/* Has the record the names of all columns that must have a field, and of one at least? */
static bool
IsHeader(CsvDecoder *d)
{
	bool		found = false;

	for (int i = 0; i < d->ncolumns; i++)
	{
		const CsvColumn *c = &d->columns[i];

		if (c->kind != COLUMN_FIELD && c->kind != COLUMN_ABSENT)
			continue;
		if (c->first > 0)
			continue;
		if (HasField(d, c))
			found = true;
		else if (!c->optional)
			return false;
	}
	return found;
}

/* Lines that are no CSV may stand above a header. */
static CsvResult
SearchHeader(CsvDecoder *d)
{
	CsvResult	result = CSV_END;
	int			searched = 0;

	while (searched++ < HEADER_SEARCHED)
	{
		result = CsvRead(d);
		if (result == CSV_END || result == CSV_TOO_LARGE)
			break;
		if (result == CSV_RECORD && IsHeader(d))
			return CSV_RECORD;
	}
	if (result == CSV_END && searched == 1)
		return CSV_END;
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("page has no line with the names of all columns"),
			 searched > HEADER_SEARCHED ?
			 errdetail("The first %d lines were searched.", HEADER_SEARCHED) : 0,
			 errhint("Set option \"path\" of a column to the exact name in the header, or "
					 "\"optional\" if not every header has it.")));
}

static CsvResult
FirstRecord(CsvDecoder *d)
{
	CsvResult	result;

	do
		result = CsvRead(d);
	while (result == CSV_RECORD && d->record.len == 0);
	return result;
}

static void
RaiseNoHeader(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("page is empty"),
			 errdetail("CSV begins with a header.")));
}

/* How many fields every record must have: what follows the last name is a trailing separator. */
static int
NamedFields(const CsvRecord *header)
{
	int			n = header->nfields;

	while (n > 1 && header->fields[n - 1].len == 0)
		n--;
	return n;
}

/* A record is of no use without it, nor it without a line above that names the delimiter. */
static void
KeepHeader(CsvDecoder *d)
{
	size_t		len;
	size_t		done;
	size_t		full;
	const char *raw = CsvRecordText(d, &full);
	const char *text = ToUtf8(d->transcoder, raw, full, &len, &done);
	char		delimiter = CsvNamedDelimiter(d->reader);
	MemoryContext old;

	if (done < full || (GetDatabaseEncoding() != PG_UTF8 && !d->record.plain))
		return;
	old = MemoryContextSwitchTo(d->page_cxt);
	if (delimiter != '\0')
		d->header = psprintf("sep=%c\n%.*s", delimiter, (int) len, text);
	else
		d->header = pnstrdup(text, len);
	MemoryContextSwitchTo(old);
}

void
CsvReadHeader(CsvDecoder *d)
{
	CsvResult	result = d->options.find_header ? SearchHeader(d) : FirstRecord(d);

	d->header_read = true;
	d->ended = result == CSV_END;
	if (d->ended && d->options.needs_header)
		RaiseNoHeader();
	if (d->ended)
		return;
	if (result != CSV_RECORD)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_BAD_PAGE),
				 errmsg("CSV header is not valid: %s",
						result == CSV_FAULT ? d->record.fault : "unexpected end of data"),
				 errdetail("The page begins with: %s", HeaderShown(d))));
	for (int i = 0; i < d->ncolumns; i++)
		FindColumn(d, &d->columns[i]);
	d->nfields = d->record.nfields;
	d->needed = NamedFields(&d->record);
	if (d->options.exact_header)
		CheckIsExact(d);
	KeepHeader(d);
}

/* ---- without a header ---- */

void
CsvNumberFields(CsvDecoder *d)
{
	int			nfields = 0;

	for (int i = 0; i < d->ncolumns; i++)
	{
		CsvColumn  *c = &d->columns[i];

		if (c->kind != COLUMN_FIELD && !c->fixed)
			continue;
		c->field = nfields++;
		if (c->first == 0 || d->options.layout == CSV_FIXED)
			continue;
		c->field = c->first - 1;
		nfields = Max(nfields - 1, c->first);
		d->may_have_more = true;
	}
	d->nfields = d->needed = nfields;
}
