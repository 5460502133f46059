/*
 * csv_shape.c
 *	  Records with other numbers of fields than the header has.
 *
 * Empty fields behind the last one are trailing separators. Everything else is as declared: nulls in
 * place of missing fields, or a reject.
 */
#include "postgres.h"

#include "decode/csv_private.h"
#include "utils/memutils.h"

void
CsvReserveFilled(CsvDecoder *d, int nfields)
{
	if (nfields <= d->maxfilled)
		return;
	if (d->filled != NULL)
		pfree(d->filled);
	d->filled = MemoryContextAllocHuge(GetMemoryChunkContext(d), nfields * sizeof(CsvField));
	d->maxfilled = nfields;
}

static bool
AreEmpty(const CsvField *fields, int n)
{
	for (int i = 0; i < n; i++)
		if (fields[i].len > 0 || fields[i].quoted)
			return false;
	return true;
}

bool
CsvCompleteRecord(CsvDecoder *d)
{
	CsvRecord  *record = &d->record;

	if (record->nfields > d->nfields)
		return d->may_have_more ||
			AreEmpty(record->fields + d->nfields, record->nfields - d->nfields);
	if (record->nfields < d->needed && !d->options.fill_missing)
		return false;
	CsvReserveFilled(d, d->nfields);
	memcpy(d->filled, record->fields, record->nfields * sizeof(CsvField));
	for (int i = record->nfields; i < d->nfields; i++)
		d->filled[i] = (CsvField) {.text = d->null, .len = d->null_len};
	record->fields = d->filled;
	return true;
}
