/*
 * compression.h
 *	  What was done to a partition that is compressed, as the ledger keeps it.
 */
#ifndef ELT_PARTITION_COMPRESSION_H
#define ELT_PARTITION_COMPRESSION_H

#include "postgres.h"
#include "nodes/pg_list.h"

typedef struct Compression
{
	const char *form;			/* "sorted" or "packed" */
	List	   *order_by;		/* char *, columns by which the rows were sorted */
	List	   *indexes;		/* char *, statements that make the indexes again which were dropped */
	List	   *brins;			/* char *, quoted names of those in their place */
	int64		rows;
	int64		bytes_before;
	int64		bytes_after;
} Compression;

/* To and from the text of a jsonb object. */
extern char *CompressionText(const Compression *c);
extern Compression *CompressionOf(const char *text);

#endif
