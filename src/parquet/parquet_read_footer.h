/*
 * parquet_read_footer.h
 *	  The footer of a Parquet file that is read: its schema, and where the columns of its row groups are.
 */
#ifndef ELT_PARQUET_PARQUET_READ_FOOTER_H
#define ELT_PARQUET_PARQUET_READ_FOOTER_H

#include "postgres.h"
#include "parquet/parquet_read_schema.h"

/* Where the bytes of a file come from. */
typedef struct ParquetFile
{
	int64		size;
	/* Exactly these bytes, which lie within size; raises an error when they cannot be had. */
	void		(*read) (void *state, char *buffer, size_t len, int64 offset);
	void	   *state;
	size_t		memory;			/* that a page, or the footer, may need at most */
} ParquetFile;

/* Bounds of the values of a chunk or page, as plain values without a length. NULL: not known. */
typedef struct ParquetBounds
{
	const char *min;
	size_t		min_len;
	const char *max;
	size_t		max_len;
	int64		nulls;			/* -1: not known */
} ParquetBounds;

/* The values of a leaf in a row group. */
typedef struct ParquetChunk
{
	ParquetCodec codec;
	int64		nvalues;		/* nulls included */
	int64		start;			/* where its pages are */
	int64		len;
	int64		first_page;		/* behind a dictionary */
	ParquetBounds bounds;
	int64		column_index;	/* offset of bounds by page; 0: none */
	int32		column_index_len;
	int64		offset_index;	/* offset of places of pages; 0: none */
	int32		offset_index_len;
	bool		ordered;		/* bounds of pages are in the order of the type */
} ParquetChunk;

typedef struct ParquetFooter
{
	ParquetSchema schema;
	int64		nrows;
	int			ngroups;
	int64		start;			/* its offset: nothing else of the file is behind it */

	/* private */
	ThriftReader next;			/* row group */
	int			ngiven;
	bool	   *ordered;		/* by leaf: bounds are in the order of the type */
} ParquetFooter;

/* Read the footer of a file, in the current memory context. */
extern ParquetFooter *ParquetReadFooter(const ParquetFile *file);

/*
 * The next row group: its number of rows, and the chunks of the leaves (numbers, rising). False: there
 * are no more.
 */
extern bool ParquetNextGroup(ParquetFooter *footer, int64 *nrows, const int *leaves, int nleaves,
							 ParquetChunk *chunks);

#endif
