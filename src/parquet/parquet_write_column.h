/*
 * parquet_write_column.h
 *	  One column of a Parquet file that is written: values become pages, pages a column chunk.
 *
 * A value comes with its levels. The definition level tells how many of the optional and repeated
 * fields above and at the leaf are there; below the maximum there is no value. The repetition level
 * tells which repeated field it continues; 0 begins a row.
 */
#ifndef ELT_PARQUET_PARQUET_WRITE_COLUMN_H
#define ELT_PARQUET_PARQUET_WRITE_COLUMN_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "parquet/compress.h"
#include "parquet/parquet_write_bounds.h"
#include "parquet/parquet_write_buffer.h"
#include "parquet/parquet_write_dictionary.h"
#include "parquet/parquet_write_field.h"

/* What the columns of a writer share. */
typedef struct ParquetPageMaker
{
	Compressor *compressor;
	bool		use_delta;
	size_t		page_bytes;		/* of values, before they are encoded */
	size_t		page_levels;
	size_t		dictionary_bytes;
	MemoryContext group_cxt;	/* of finished pages */
	WriteBuffer raw;			/* a page before it is compressed */
	WriteBuffer packed[2];		/* the best encoding so far, and one that is tried */
	WriteBuffer numbers;		/* levels as numbers */
	WriteBuffer plain;			/* values that were in a dictionary */
	bool		has_full_page;	/* a column wants to end its page at the end of the row */
	int64		group_bytes;	/* of finished pages */
	int64		rows;			/* of the row group, complete ones */
} ParquetPageMaker;

typedef struct WrittenPage
{
	char	   *data;			/* header and contents */
	size_t		len;
	size_t		raw_len;		/* the same, if it were not compressed */
	ParquetEncoding encoding;
	int64		first_row;
	int64		nlevels;
	int64		nulls;
	Bounds		bounds;
} WrittenPage;

typedef enum ColumnState
{
	COLUMN_TRIES,				/* the first page will tell whether a dictionary pays */
	COLUMN_NUMBERS,				/* values are numbers in the dictionary */
	COLUMN_VALUES
} ColumnState;

typedef struct ColumnWriter
{
	ParquetPageMaker *maker;
	const WrittenField *field;
	List	   *path;			/* of char *, names from below the root to the leaf */
	int			max_def;
	int			max_rep;
	int			width;			/* bytes of each value; 0: their length comes first */
	BoundOrder	order;
	ColumnState state;
	ParquetEncoding encoding;	/* of values */

	/* the open page */
	WriteBuffer defs;			/* a byte each */
	WriteBuffer reps;
	WriteBuffer values;			/* as PLAIN has them, but booleans as bytes */
	WriteBuffer numbers;		/* uint32, in the dictionary */
	int64		nvalues;
	size_t		plain_bytes;	/* of its values */
	int64		first_row;

	/* the row group */
	Dictionary	dictionary;
	List	   *pages;			/* of WrittenPage */
} ColumnWriter;

extern void ColumnWriterInit(ColumnWriter *column, ParquetPageMaker *maker,
							 const WrittenField *field, MemoryContext cxt);
extern void ColumnWriterEndPage(ColumnWriter *column);
/* The page of the dictionary, or NULL when no page has numbers. */
extern WrittenPage *ColumnWriterDictionary(ColumnWriter *column);
/* Forget the pages, whose memory goes with group_cxt. */
extern void ColumnWriterNextGroup(ColumnWriter *column);

/* A value that is text, bytes, or a number in native order. */
extern void ParquetPut(ColumnWriter *column, int rep, int def, const char *data, size_t len);
extern void ParquetPutNull(ColumnWriter *column, int rep, int def);

static inline bool
ColumnWriterIsFull(const ColumnWriter *column)
{
	const ParquetPageMaker *maker = column->maker;

	return column->defs.len >= maker->page_levels || column->plain_bytes >= maker->page_bytes ||
		(column->state != COLUMN_VALUES &&
		 column->dictionary.plain.len >= maker->dictionary_bytes);
}

#endif
