/*
 * parquet_read_values.h
 *	  Decode the values of a page, a vector at a time.
 */
#ifndef ELT_PARQUET_PARQUET_READ_VALUES_H
#define ELT_PARQUET_PARQUET_READ_VALUES_H

#include "postgres.h"
#include "parquet/parquet_read_delta.h"
#include "parquet/parquet_read_page.h"
#include "parquet/parquet_read_runs.h"
#include "parquet/parquet_read_schema.h"

/* Values of a vector, at most. */
#define PARQUET_VECTOR 1024

typedef struct ParquetBytes
{
	const char *data;
	int			len;
} ParquetBytes;

/* Values of one type: numbers and others of a fixed width, or byte arrays. */
typedef struct ParquetArray
{
	int			n;
	int			width;			/* bytes of each, at no special alignment; 0: byte arrays */
	const char *fixed;
	const ParquetBytes *bytes;
} ParquetArray;

/* The values of a column that pages refer to by number. */
typedef struct ParquetDictionary
{
	ParquetArray values;
	uint64		serial;			/* another one for each dictionary */
} ParquetDictionary;

/* A vector is values, or numbers of those of a dictionary. */
typedef struct ParquetVector
{
	int			n;
	ParquetArray values;
	const uint32 *indexes;		/* NULL: values */
	const ParquetDictionary *dictionary;
} ParquetVector;

typedef struct ParquetValues
{
	const ParquetNode *leaf;
	const char *column;			/* for messages */
	size_t		memory;
	ParquetEncoding encoding;
	const char *at;				/* of PLAIN: the next value */
	const char *end;
	int64		next;			/* number of the next value, of encodings that look it up */
	int64		nvalues;		/* in the page, where it matters; nulls may be included */
	ParquetRuns runs;
	ParquetDelta delta;
	ParquetDelta suffixes;		/* lengths of those of DELTA_BYTE_ARRAY */
	const ParquetDictionary *dictionary;

	int32	   *lengths;		/* of all byte arrays of the page, of DELTA encodings */
	int64		lengths_room;
	int32	   *prefixes;
	int64		prefixes_room;
	ParquetBuffer last;			/* the last value of DELTA_BYTE_ARRAY */
	size_t		last_len;
	ParquetBuffer text;			/* values that were put together */

	/* the vector */
	char	   *fixed;			/* PARQUET_VECTOR values */
	ParquetBytes *bytes;
	uint32	   *indexes;
} ParquetValues;

/* Values of a leaf; memory is that of the current context. */
extern ParquetValues *ParquetValuesCreate(const ParquetNode *leaf, const char *column, size_t memory);
/* Begin with those of a page, of which nvalues are not null, or fewer. dictionary may be NULL. */
extern void ParquetValuesOpen(ParquetValues *values, ParquetEncoding encoding, const char *data, size_t len,
							  int64 nvalues, const ParquetDictionary *dictionary);
/* The next n values, at most PARQUET_VECTOR; valid until the next call. */
extern void ParquetValuesRead(ParquetValues *values, int n, ParquetVector *vector);

/* The values of a page that is a dictionary, in memory of the current context. */
extern ParquetDictionary *ParquetReadDictionary(const ParquetNode *leaf, const char *column, size_t memory,
												const ParquetPage *page);

#endif
