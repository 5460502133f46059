/*
 * parquet_write.h
 *	  Write rows as a Parquet file, from its first byte to its last.
 *
 *		writer = ParquetWriteBegin(&schema, &options, write, file);
 *		for each row:
 *			for each leaf of the schema:
 *				ParquetPut(ParquetWriterColumn(writer, i), ...);
 *			ParquetWriteRow(writer);
 *		ParquetWriteEnd(writer);
 *
 * A row group is kept in memory, compressed, until it is complete. All goes with the memory context
 * that was current in ParquetWriteBegin.
 */
#ifndef ELT_PARQUET_PARQUET_WRITE_H
#define ELT_PARQUET_PARQUET_WRITE_H

#include "postgres.h"
#include "parquet/parquet_write_column.h"
#include "parquet/parquet_write_field.h"

typedef void (*ParquetWrite) (void *arg, const char *data, size_t len);

typedef struct ParquetWriteOptions
{
	ParquetCodec codec;
	int			level;			/* of the codec; 0: its own */
	bool		use_delta;
	int64		group_rows;
	int64		group_bytes;	/* of compressed pages */
	const char *created_by;
} ParquetWriteOptions;

typedef struct ParquetWriter ParquetWriter;

/* The children of root are the columns. */
extern ParquetWriter *ParquetWriteBegin(const WrittenField *root,
										const ParquetWriteOptions *options, ParquetWrite write,
										void *arg);
/* The nth leaf of the schema, in the order of the fields. */
extern ColumnWriter *ParquetWriterColumn(ParquetWriter *writer, int n);
/* All leaves have their values of the row. */
extern void ParquetWriteRow(ParquetWriter *writer);
extern void ParquetWriteEnd(ParquetWriter *writer);

#endif
