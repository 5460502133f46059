/*
 * parquet_read_page.h
 *	  The pages of a column in a row group of a Parquet file.
 */
#ifndef ELT_PARQUET_PARQUET_READ_PAGE_H
#define ELT_PARQUET_PARQUET_READ_PAGE_H

#include "postgres.h"
#include "parquet/parquet_read_footer.h"

typedef struct ParquetPage
{
	ParquetPageType type;
	int32		nvalues;		/* entries, nulls included */
	ParquetEncoding encoding;
	bool		is_v2;
	ParquetEncoding def_encoding;	/* of version 1 */
	ParquetEncoding rep_encoding;

	/* of version 2; in version 1 levels are at the beginning of the data */
	const char *rep;
	size_t		rep_len;
	const char *def;
	size_t		def_len;

	const char *data;			/* decompressed; until the next page is read */
	size_t		len;
} ParquetPage;

/* A buffer that grows up to a limit. */
typedef struct ParquetBuffer
{
	char	   *bytes;
	size_t		size;
} ParquetBuffer;

typedef struct ParquetPages
{
	const ParquetFile *file;
	const ParquetChunk *chunk;
	const char *column;			/* for messages */
	int64		next;			/* offset of the next page */
	int64		end;			/* of the chunk */

	/* bytes of the file */
	ParquetBuffer window;
	int64		window_start;
	size_t		window_len;

	ParquetBuffer plain;		/* a page that was decompressed */
} ParquetPages;

/* Memory of a former chunk is used again; the first time it is zero. */
extern void ParquetPagesOpen(ParquetPages *pages, const ParquetFile *file, const ParquetChunk *chunk,
							 const char *column);
/* The next page of data or a dictionary; false at the end of the chunk. */
extern bool ParquetPagesNext(ParquetPages *pages, ParquetPage *page);
/* Go on with the page at this offset of the file. */
extern void ParquetPagesSeek(ParquetPages *pages, int64 offset);

extern void ParquetReserve(ParquetBuffer *buffer, size_t size, size_t limit, const char *part);

#endif
