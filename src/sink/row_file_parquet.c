/*
 * row_file_parquet.c
 *	  Rows as the contents of a Parquet file.
 */
#include "base/compat.h"
#include "sink/row_file.h"

#include "base/extension.h"
#include "parquet/parquet_write.h"
#include "sink/shred.h"

typedef struct ParquetRowFile
{
	Shredder   *shredder;
	ParquetWriter *writer;
} ParquetRowFile;

static void
Write(void *arg, const char *data, size_t len)
{
	OutputAppend(arg, data, len);
}

static void
Begin(RowFile *file)
{
	ParquetRowFile *own = palloc0(sizeof(ParquetRowFile));
	ParquetWriteOptions options = {
		.codec = file->options->codec,
		.level = file->options->level,
		.use_delta = !file->options->is_compatible,
		.group_rows = file->options->group_rows,
		.group_bytes = file->options->group_bytes,
		.created_by = "pg_elt version " ELT_VERSION,
	};

	own->shredder = ShredderFor(file->desc, file->options->null_unrepresentable);
	own->writer = ParquetWriteBegin(own->shredder->root, &options, Write, file->output);
	ShredderSetFile(own->shredder, own->writer);
	file->own = own;
}

static void
Add(RowFile *file, const Datum *values, const bool *nulls)
{
	ParquetRowFile *own = file->own;

	ShredRow(own->shredder, values, nulls);
	ParquetWriteRow(own->writer);
}

static void
End(RowFile *file)
{
	ParquetRowFile *own = file->own;

	ParquetWriteEnd(own->writer);
	ShredderTellNulled(own->shredder);
}

const RowFormat ParquetRows = {
	.name = "parquet",
	.suffix = ".parquet",
	.is_packed = true,
	.begin = Begin,
	.add = Add,
	.end = End,
};
