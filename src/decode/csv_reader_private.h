/*
 * csv_reader_private.h
 *	  What the parts of the CSV reader share.
 */
#ifndef ELT_DECODE_CSV_READER_PRIVATE_H
#define ELT_DECODE_CSV_READER_PRIVATE_H

#include "postgres.h"
#include "decode/csv_reader.h"
#include "decode/csv_scan.h"

/* The fuzzer makes it small. */
#ifndef FIRST_SIZE
#define FIRST_SIZE (512 * 1024)
#endif

struct CsvReader
{
	MemoryContext cxt;
	CsvMarks	marks;
	char		delimiter[CSV_MAX_DELIMITER];	/* all of it; the mark is its first byte */
	int			delimiter_len;
	int			delimiter_marks;	/* other bytes of it that are marks */
	char		named_delimiter;	/* by the first line of the page; or \0 */
	char		comment;
	size_t		memory;

	ByteSource *source;
	const char *rest;			/* part of the chunk that is not in the buffer */
	size_t		rest_len;
	bool		at_end;			/* the source has no more */

	char	   *buf;			/* CSV_BLOCK readable bytes follow it */
	size_t		size;
	char	   *start;			/* of the next record */
	char	   *end;
	int64		offset;			/* of start in the page */
	int64		line;			/* at start */
	int64		records;

	/* where the scan stands */
	const char *block;
	uint64		mask;
	bool		block_odd;		/* the block has bytes that are not plain */
	bool		odd;			/* and so has this record, or its neighbours */

	/* the record */
	int			nfields;
	int			maxfields;
	CsvField   *fields;
	int64		newlines;		/* in it, its end included */

	char	   *scratch;
	size_t		scratch_size;
};

/* Twice as much as there was, or all that there is, or all that the buffer holds. */
extern void CsvRefill(CsvReader *r);
/* Scan from the beginning of the record. */
extern void CsvStartScan(CsvReader *r);

/* csv_lines.c: lines of comment before the next record. */
extern void CsvPassComments(CsvReader *r);

#endif
