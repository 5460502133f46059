/*
 * parquet_read_column.h
 *	  Read a column of a row group of a Parquet file: levels and values, a vector at a time.
 */
#ifndef ELT_PARQUET_PARQUET_READ_COLUMN_H
#define ELT_PARQUET_PARQUET_READ_COLUMN_H

#include "postgres.h"
#include "parquet/parquet_read_values.h"

typedef struct ParquetReader
{
	const ParquetNode *leaf;
	char	   *name;			/* for messages */

	/* what has been read: entries of def and rep, and the values of those that are not null */
	int			n;
	bool		no_nulls;		/* every entry has a value; def says nothing then */
	uint8	   *def;			/* levels, by entry; a value has that of the leaf */
	uint8	   *rep;			/* 0 everywhere unless the leaf is in a list */
	ParquetVector vector;

	/* private */
	MemoryContext cxt;			/* of its buffers */
	ParquetPages pages;
	ParquetChunk chunk;
	int64		entries;		/* of the chunk, in pages so far */
	int32		left;			/* entries of the page that have not been read */
	ParquetRuns def_runs;
	ParquetRuns rep_runs;
	ParquetValues *values;
	MemoryContext dictionary_cxt;	/* of the chunk's */
	ParquetDictionary *dictionary;
} ParquetReader;

/* Columns live in the current memory context; those of no file yet are zero. */
extern void ParquetReaderInit(ParquetReader *column, const ParquetNode *leaf, size_t memory);

/* Begin with a chunk. Dictionaries of the one before are gone then. */
extern void ParquetReaderOpen(ParquetReader *column, const ParquetFile *file, const ParquetChunk *chunk);

/* How many entries are left in the page at hand, or in the next one that has any; 0 at the end. */
extern int	ParquetReaderReady(ParquetReader *column);
/* The same where the row group must have some. */
extern int	ParquetReaderNeed(ParquetReader *column);
/* Read n entries, not more than there are in the page nor in a vector. */
extern void ParquetReaderRead(ParquetReader *column, int n);
/* Read past n entries. */
extern void ParquetReaderPass(ParquetReader *column, int64 n);
/* Go on with the page at an offset of the file; the next entries are its. */
extern void ParquetReaderSeek(ParquetReader *column, int64 offset);

#endif
