/*
 * parquet_write_footer.h
 *	  What a Parquet file says of its contents at its end.
 */
#ifndef ELT_PARQUET_PARQUET_WRITE_FOOTER_H
#define ELT_PARQUET_PARQUET_WRITE_FOOTER_H

#include "postgres.h"
#include "parquet/parquet_write_column.h"

/* One column of a row group. */
typedef struct WrittenChunk
{
	int64		offset;			/* of its first byte in the file */
	int64		data_offset;	/* of its first page with values */
	bool		has_dictionary;
	int64		nlevels;
	int64		nulls;
	int64		raw_bytes;		/* without compression, headers included */
	int64		bytes;
	int			npages[PARQUET_BYTE_STREAM_SPLIT + 1];	/* by encoding */
	bool		has_bounds;
	Bounds	   *bounds;			/* if it has them */
	int64		column_index;	/* within the column indexes of the file */
	int			column_index_len;	/* 0: it has none */
	int64		offset_index;
	int			offset_index_len;
} WrittenChunk;

typedef struct WrittenGroup
{
	int64		rows;
	WrittenChunk *chunks;		/* of each column */
} WrittenGroup;

/* Count a page that begins here in the file. */
extern void WrittenChunkAdd(WrittenChunk *chunk, const ColumnWriter *column,
							const WrittenPage *page);

/* Of the pages of a row group, the first of which begins at data_offset. */
extern void ParquetWriteColumnIndex(const ColumnWriter *column, WriteBuffer *to);
extern void ParquetWriteOffsetIndex(const ColumnWriter *column, int64 data_offset,
									WriteBuffer *to);

typedef struct WrittenFooter
{
	const WrittenField *root;
	ColumnWriter *columns;
	int			ncolumns;
	ParquetCodec codec;
	const char *created_by;
	List	   *groups;			/* of WrittenGroup */
	int64		rows;
	int64		column_indexes; /* where they begin in the file */
	int64		offset_indexes;
} WrittenFooter;

extern void ParquetWriteFooter(const WrittenFooter *footer, WriteBuffer *to);

#endif
