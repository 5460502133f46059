/*
 * csv_unknown.c
 *	  Fields of a header that no column reads.
 */
#include "postgres.h"

#include "decode/csv_private.h"

static bool
HasColumn(const CsvDecoder *d, int field)
{
	for (int i = 0; i < d->ncolumns; i++)
		if (d->columns[i].kind == COLUMN_FIELD && d->columns[i].field == field)
			return true;
	return false;
}

/* The header is kept as text, in UTF-8. */
static CsvResult
ReadAgain(const CsvDecoder *d, CsvReader *reader, CsvRecord *header)
{
	CsvDialect	dialect = d->options.dialect;

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

	if (d->header == NULL || d->records == 0 || d->options.layout != CSV_DELIMITED)
		return;
	reader = CsvReaderCreate(d->record_memory);
	if (ReadAgain(d, reader, &header) == CSV_RECORD)
		for (int i = 0; i < Min(header.nfields, UNKNOWN_MEMBERS); i++)
		{
			size_t		len = header.fields[i].len;
			const char *name = header.fields[i].text;

			if (header.fields[i].escaped)
				name = CsvUnescape(reader, &header.fields[i], &len);
			if (len > 0 && !HasColumn(d, i))
				sink(state, pnstrdup(name, len), d->records);
		}
	CsvReaderFree(reader);
}
