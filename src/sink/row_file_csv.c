/*
 * row_file_csv.c
 *	  Rows as CSV: a header, null without quotes, an empty string with them, as COPY writes it.
 */
#include "base/compat.h"
#include "sink/row_file.h"

#include "base/type_text.h"
#include "sink/packed_output.h"
#include "sink/value_text.h"

typedef struct CsvRowFile
{
	PackedOutput *packed;
	FmgrInfo   *outputs;		/* of each column */
} CsvRowFile;

/* Text that looks like the end of data of COPY is quoted too. */
static bool
NeedsQuotes(const char *text, bool is_only)
{
	return text[0] == '\0' || strpbrk(text, ",\"\r\n") != NULL ||
		(is_only && strcmp(text, "\\.") == 0);
}

static void
AddCell(StringInfo to, const char *text, bool is_only)
{
	if (!NeedsQuotes(text, is_only))
	{
		appendStringInfoString(to, text);
		return;
	}
	appendStringInfoChar(to, '"');
	for (const char *s = text; *s != '\0'; s++)
	{
		if (*s == '"')
			appendStringInfoChar(to, '"');
		appendStringInfoChar(to, *s);
	}
	appendStringInfoChar(to, '"');
}

static void
AddHeader(RowFile *file, StringInfo to)
{
	for (int i = 0; i < file->desc->natts; i++)
	{
		const char *name = NameStr(TupleDescAttr(file->desc, i)->attname);

		if (i > 0)
			appendStringInfoChar(to, ',');
		AddCell(to, Utf8Of(name), file->desc->natts == 1);
	}
	appendStringInfoChar(to, '\n');
}

static void
Begin(RowFile *file)
{
	CsvRowFile *own = palloc0(sizeof(CsvRowFile));

	own->packed = PackedOutputBegin(file->output, file->options->codec, file->options->level);
	own->outputs = palloc0(sizeof(FmgrInfo) * file->desc->natts);
	for (int i = 0; i < file->desc->natts; i++)
		OutputFunctionOf(TupleDescAttr(file->desc, i)->atttypid, &own->outputs[i]);
	AddHeader(file, PackedOutputText(own->packed));
	file->own = own;
}

static void
Add(RowFile *file, const Datum *values, const bool *nulls)
{
	CsvRowFile *own = file->own;
	StringInfo	to = PackedOutputText(own->packed);

	for (int i = 0; i < file->desc->natts; i++)
	{
		if (i > 0)
			appendStringInfoChar(to, ',');
		if (!nulls[i])
			AddCell(to, Utf8Of(OutputFunctionCall(&own->outputs[i], values[i])),
					file->desc->natts == 1);
	}
	appendStringInfoChar(to, '\n');
	PackedOutputFlush(own->packed);
}

static void
End(RowFile *file)
{
	PackedOutputEnd(((CsvRowFile *) file->own)->packed);
}

const RowFormat CsvRows = {
	.name = "csv",
	.suffix = ".csv",
	.begin = Begin,
	.add = Add,
	.end = End,
};
