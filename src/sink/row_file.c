/*
 * row_file.c
 *	  Rows as the contents of a file, in one of the formats of exports.
 */
#include "base/compat.h"
#include "sink/row_file.h"

#include "utils/memutils.h"

static const RowFormat *const formats[] = {&ParquetRows, &CsvRows, &JsonRows};

const RowFormat *
RowFormatNamed(const char *name)
{
	for (int i = 0; i < lengthof(formats); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

RowFile *
RowFileBegin(const RowFormat *format, const RowFileOptions *options, TupleDesc desc,
			 OutputFile *output)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "elt export file",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(cxt);
	RowFile    *file = palloc0(sizeof(RowFile));

	file->format = format;
	file->options = options;
	file->desc = desc;
	file->output = output;
	file->cxt = cxt;
	file->row_cxt = AllocSetContextCreate(cxt, "elt export row", ALLOCSET_DEFAULT_SIZES);
	format->begin(file);
	MemoryContextSwitchTo(caller);
	return file;
}

void
RowFileAdd(RowFile *file, const Datum *values, const bool *nulls)
{
	MemoryContext caller = MemoryContextSwitchTo(file->row_cxt);

	file->rows++;
	file->format->add(file, values, nulls);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(file->row_cxt);
}

int64
RowFileEnd(RowFile *file)
{
	MemoryContext caller = MemoryContextSwitchTo(file->cxt);
	int64		rows = file->rows;

	file->format->end(file);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(file->cxt);
	return rows;
}
