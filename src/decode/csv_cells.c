/*
 * csv_cells.c
 *	  Rows of sheets as CSV text, and errors in their cells.
 *
 * A row has no text in its page. For people, and for a replay of rejects, it is written as CSV, where
 * an error is not quoted and a string that looks like one is.
 */
#include "postgres.h"

#include "decode/csv_private.h"

#include "decode/spelling.h"
#include "lib/stringinfo.h"

/* Does an unquoted text begin as an error such as #N/A or a formula without a value? */
static bool
LooksWrong(const char *text, size_t len)
{
	return len > 0 && (text[0] == '#' || text[0] == '=');
}

static bool
NeedsQuotes(const CsvField *field)
{
	if (LooksWrong(field->text, field->len))
		return true;
	for (size_t i = 0; i < field->len; i++)
		if (strchr(",\"\r\n", field->text[i]) != NULL)
			return true;
	return false;
}

static void
AppendQuoted(StringInfo text, const CsvField *field)
{
	appendStringInfoChar(text, '"');
	for (size_t i = 0; i < field->len; i++)
	{
		if (field->text[i] == '"')
			appendStringInfoChar(text, '"');
		appendStringInfoChar(text, field->text[i]);
	}
	appendStringInfoChar(text, '"');
}

const char *
CsvRecordText(CsvDecoder *d, size_t *len)
{
	StringInfoData text;

	*len = d->record.len;
	if (d->sheet == NULL)
		return d->record.text;
	initStringInfo(&text);
	for (int i = 0; i < d->record.nfields; i++)
	{
		const CsvField *field = &d->record.fields[i];

		if (i > 0)
			appendStringInfoChar(&text, ',');
		if (!field->error && !field->absent && NeedsQuotes(field))
			AppendQuoted(&text, field);
		else
			appendBinaryStringInfo(&text, field->text, field->len);
	}
	*len = text.len;
	return text.data;
}

void
CsvMarkErrors(CsvDecoder *d)
{
	d->record.has_errors = false;
	for (int i = 0; i < d->record.nfields; i++)
	{
		CsvField   *field = &d->record.fields[i];

		field->error = !field->quoted && LooksWrong(field->text, field->len);
		d->record.has_errors |= field->error;
	}
}

/* Does the column take the text of the error as null? */
static bool
IsNullOf(CsvDecoder *d, const CsvColumn *c, const CsvField *field)
{
	char	   *buffer;
	const char *text;
	size_t		len;

	if (CsvIsNull(d, field))
		return true;
	if (c->converter.spelling == NULL)
		return false;
	buffer = palloc(field->len + SPELLING_GROWTH);
	return SpellingRead(c->converter.spelling, field->text, field->len, buffer, &text,
						&len) == SPELLED_NULL;
}

static void
RejectCell(CsvDecoder *d, const CsvColumn *c, const CsvField *field)
{
	char	   *text = CsvShownText(d, field->text, field->len);
	char	   *message;

	if (field->text[0] == '=')
		message = psprintf("column \"%s\": the cell has no value for its formula \"%s\"",
						   c->converter.column, text);
	else if (field->text[0] == '#')
		message = psprintf("column \"%s\": the cell has the error \"%s\"", c->converter.column, text);
	else
		message = psprintf("column \"%s\": the cell has a format of dates, but %s is none",
						   c->converter.column, text);
	CsvReject(d, c->converter.column, "parse", ERRCODE_INVALID_TEXT_REPRESENTATION, message);
}

bool
CsvAcceptCells(CsvDecoder *d)
{
	for (int i = 0; d->record.has_errors && i < d->ncolumns; i++)
	{
		const CsvColumn *c = &d->columns[i];
		const CsvField *field;

		if (c->kind != COLUMN_FIELD)
			continue;
		field = &d->record.fields[c->field];
		if (!field->error || IsNullOf(d, c, field))
			continue;
		RejectCell(d, c, field);
		return false;
	}
	return true;
}
