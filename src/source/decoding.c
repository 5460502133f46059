#include "base/compat.h"
#include "decode/decode.h"
#include "source/definition.h"

static void
SetFormat(DecodeColumn *column, const char *format)
{
	column->format = DECODE_PATTERN;
	if (format == NULL)
		column->format = DECODE_DEFAULT;
	else if (strcmp(format, "unix") == 0)
		column->format = DECODE_UNIX;
	else if (strcmp(format, "unix_ms") == 0)
		column->format = DECODE_UNIX_MS;
	else
		column->pattern = format;
}

static DecodeColumn
ColumnSpec(const SourceColumn *source)
{
	DecodeColumn column = {0};

	column.attnum = source->attnum;
	column.path = source->path;
	column.time_zone = source->time_zone;
	column.is_param = source->param != NULL;
	SetFormat(&column, source->format);
	return column;
}

Decoder *
SourceDecoder(const SourceDefinition *def)
{
	DecodeSpec	spec = {0};

	spec.desc = def->desc;
	spec.records = def->records;
	spec.ncolumns = def->ncolumns;
	spec.columns = palloc0(sizeof(DecodeColumn) * Max(def->ncolumns, 1));
	for (int i = 0; i < def->ncolumns; i++)
		spec.columns[i] = ColumnSpec(&def->columns[i]);
	return DecoderCreate(&spec);
}
