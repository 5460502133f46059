/*
 * decode.h
 *	  Pages become typed rows.
 */
#ifndef ELT_DECODE_DECODE_H
#define ELT_DECODE_DECODE_H

#include "postgres.h"
#include "access/attnum.h"
#include "decode/byte_source.h"
#include "decode/row_batch.h"

typedef enum DecodeFormat
{
	DECODE_DEFAULT,				/* as the type's input function reads it */
	DECODE_UNIX,				/* seconds since 1970, with decimals */
	DECODE_UNIX_MS,
	DECODE_PATTERN				/* a to_timestamp pattern */
} DecodeFormat;

typedef enum DecodeFraming
{
	DECODE_DOCUMENT,			/* the page is one JSON value */
	DECODE_DOCUMENTS,			/* any number of values, one after another */
	DECODE_LINES				/* one value per line; a broken line is a reject */
} DecodeFraming;

typedef struct DecodeColumn
{
	AttrNumber	attnum;
	const char *path;			/* NULL: the column's own name */
	DecodeFormat format;
	const char *pattern;		/* for DECODE_PATTERN */
	const char *time_zone;		/* where times without an offset were read; NULL: UTC */
	const char *constant;		/* value of a param column when DecoderOpen gives none */
	bool		optional;		/* a header may lack its field */
	bool		is_param;		/* holds a request parameter: never read from the page */
	bool		is_line;		/* holds the number of the line on which its record begins */
	bool		is_list;		/* holds the name of the list that its record stands in */
	bool		is_arrival;		/* holds a number that rises from record to record */
} DecodeColumn;

typedef struct DecodeSpec
{
	TupleDesc	desc;
	const char *records;		/* NULL: the root's elements if it is an array, else $; or
								 * several paths, separated by commas */
	int			ncolumns;
	DecodeColumn *columns;		/* attributes without one are null */
	size_t		record_memory;	/* bytes that one record may need; 0: 64 MB */
	int			max_depth;		/* 0: 1000 */
	DecodeFraming framing;
	const struct CsvOptions *csv;	/* how to read CSV; NULL: the page is JSON */
} DecodeSpec;

typedef struct Decoder Decoder;

/* Checks the specification, with errors that name the column. Lives in the current context. */
extern Decoder *DecoderCreate(const DecodeSpec *spec);

/* Error unless path is one that a column or records can have; what names it in the error. */
extern void DecodePathCheck(const char *path, const char *what);
/* The same of each path that records can be made of. */
extern void DecodeRecordsCheck(const char *records, const char *what);

/* Begin a page. param_values[attnum - 1], or NULL for none; both must outlive the page. */
extern void DecoderOpen(Decoder *decoder, ByteSource *source, const char **param_values);

/*
 * Add rows and rejects to the batch. True: it is full, or what it holds is all that stood before
 * a fault; hand it on, reset it and call again. False: the page has ended; the batch may hold
 * rows all the same. A page that is not what the specification says is an error.
 */
extern bool DecoderFill(Decoder *decoder, RowBatch *batch);

/* Records seen in this page so far, rejected ones included. */
extern int64 DecoderRecords(Decoder *decoder);

/*
 * Set present[attnum - 1] of the columns whose path led to something in this page, be it null;
 * the others stay as they are. Columns that are not read from the page are always present.
 */
extern void DecoderMarkPresent(Decoder *decoder, bool *present);

/* The text of the first record since the sample was forgotten, at most 8 kB of it; or NULL. */
extern const char *DecoderSample(Decoder *decoder);
extern void DecoderForgetSample(Decoder *decoder);

#endif
