/*
 * row_file.h
 *	  Rows as the contents of a file, in one of the formats of exports.
 */
#ifndef ELT_SINK_ROW_FILE_H
#define ELT_SINK_ROW_FILE_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "parquet/parquet_format.h"
#include "sink/output.h"

#define DEFAULT_GROUP_ROWS 1000000
#define DEFAULT_GROUP_BYTES (INT64CONST(64) * 1024 * 1024)

typedef struct RowFileOptions
{
	ParquetCodec codec;			/* of whole files as well, where the format has no pages */
	int			level;			/* of the codec; 0: its own */
	int64		group_rows;		/* of a row group of Parquet */
	int64		group_bytes;	/* of its compressed pages */
	bool		is_compatible;	/* only encodings that old readers of Parquet know */
	bool		null_unrepresentable;	/* write null for what the format has no value for */
} RowFileOptions;

struct RowFile;

typedef struct RowFormat
{
	const char *name;
	const char *suffix;			/* of file names, with its dot */
	bool		is_packed;		/* compressed by the format itself */
	/* Set own, for rows of file->desc. */
	void		(*begin) (struct RowFile *file);
	void		(*add) (struct RowFile *file, const Datum *values, const bool *nulls);
	void		(*end) (struct RowFile *file);
} RowFormat;

typedef struct RowFile
{
	const RowFormat *format;
	const RowFileOptions *options;
	TupleDesc	desc;
	OutputFile *output;
	MemoryContext cxt;			/* of the file */
	MemoryContext row_cxt;		/* add is called in it; reset after each row */
	int64		rows;
	void	   *own;
} RowFile;

extern const RowFormat ParquetRows;
extern const RowFormat CsvRows;
extern const RowFormat JsonRows;

/* NULL when there is none of the name. */
extern const RowFormat *RowFormatNamed(const char *name);

/* The file's memory is a child of the current context. */
extern RowFile *RowFileBegin(const RowFormat *format, const RowFileOptions *options,
							 TupleDesc desc, OutputFile *output);
/* Values are only needed during the call. */
extern void RowFileAdd(RowFile *file, const Datum *values, const bool *nulls);
/* Write what is left; the file and its memory are gone. Returns the number of rows. */
extern int64 RowFileEnd(RowFile *file);

#endif
