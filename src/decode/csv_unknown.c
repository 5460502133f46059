/*
 * csv_unknown.c
 *	  Fields of a header that no column reads.
 */
#include "postgres.h"

#include "decode/csv_private.h"

/* A field that occurs more than once cannot be told by its name. */
static bool
IsTwin(const CsvRecord *header, int field)
{
	const CsvField *one = &header->fields[field];

	for (int i = 0; i < header->nfields; i++)
		if (i != field && header->fields[i].len == one->len &&
			memcmp(header->fields[i].text, one->text, one->len) == 0)
			return true;
	return false;
}

static bool
HasColumn(const CsvDecoder *d, int field)
{
	for (int i = 0; i < d->ncolumns; i++)
		if (d->columns[i].kind == COLUMN_FIELD && d->columns[i].field == field)
			return true;
	return false;
}

/* The header is kept as text, in UTF-8; that of a sheet as plain CSV. */
static CsvResult
ReadAgain(const CsvDecoder *d, CsvReader *reader, CsvRecord *header)
{
	CsvDialect	dialect = d->options.dialect;

	if (d->options.layout == CSV_SHEET)
	{
		dialect.delimiter = ",";
		dialect.quote = dialect.escape = '"';
	}
	dialect.has_bom = false;
	dialect.skip_lines = 0;
	dialect.comment = '\0';
	dialect.names_delimiter = true;
	CsvReaderOpen(reader, &dialect, MemoryByteSource(d->header, strlen(d->header)));
	return CsvNext(reader, header);
}

void
CsvDecoderTakeUnknown(CsvDecoder *d, UnknownSink sink, void *state)
{
	CsvReader  *reader;
	CsvRecord	header;

	if (d->header == NULL || d->records == 0 || d->options.layout == CSV_FIXED)
		return;
	reader = CsvReaderCreate(d->record_memory);
	if (ReadAgain(d, reader, &header) == CSV_RECORD)
		for (int i = 0; i < Min(header.nfields, UNKNOWN_MEMBERS); i++)
		{
			size_t		len = header.fields[i].len;
			const char *name = header.fields[i].text;

			if (header.fields[i].escaped)
				name = CsvUnescape(reader, &header.fields[i], &len);
			if (len > 0 && !HasColumn(d, i) && !IsTwin(&header, i))
				sink(state, pnstrdup(name, len), d->records);
		}
	CsvReaderFree(reader);
}
