/*
 * parquet_read_index.h
 *	  The page index of a column in a row group of a Parquet file: where its pages are, and their bounds.
 */
#ifndef ELT_PARQUET_PARQUET_READ_INDEX_H
#define ELT_PARQUET_PARQUET_READ_INDEX_H

#include "postgres.h"
#include "parquet/parquet_read_footer.h"

typedef struct ParquetPagePlace
{
	int64		offset;
	int64		first_row;		/* of the row group */
	ParquetBounds bounds;		/* none where the file has none */
	bool		all_null;
} ParquetPagePlace;

typedef struct ParquetPageIndex
{
	int			npages;
	ParquetPagePlace *pages;	/* in their order */
} ParquetPageIndex;

/*
 * Read that of a chunk of a row group with nrows rows, in the current memory context; with bounds only if
 * they are asked for. NULL: it has none, or one that contradicts itself.
 */
extern ParquetPageIndex *ParquetReadPageIndex(const ParquetFile *file, const ParquetChunk *chunk, int64 nrows,
											  bool with_bounds);

/* The page of a row. */
extern const ParquetPagePlace *ParquetPageOfRow(const ParquetPageIndex *index, int64 row);

#endif
