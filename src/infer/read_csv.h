/*
 * read_csv.h
 *	  Read a sample of CSV, or the rows of a workbook, into a shape.
 */
#ifndef ELT_INFER_READ_CSV_H
#define ELT_INFER_READ_CSV_H

#include "postgres.h"
#include "infer/sample_shape.h"

typedef struct CsvSample
{
	ShapeNode  *record;			/* fields are its members, by name */
	int			nfields;
	const char *delimiter;		/* of CSV */
	const char *encoding;		/* NULL: UTF-8, or told by a mark */
	bool		has_header;
	int			header_line;	/* on which it stands, from 1 */
	bool		has_twins;		/* two fields have the same name, so they are known by number */
	bool		is_ragged;		/* some records are shorter than the header */
	int64		records;
} CsvSample;

/* text is the beginning of a file, complete or cut. delimiter NULL: find it. */
extern CsvSample *ReadCsvSample(const char *text, size_t len, const char *delimiter,
								const char *encoding, int64 limit);
extern CsvSample *ReadSheetSample(ByteSource *source, const char *sheet, int64 limit);

#endif
