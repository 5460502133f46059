/*
 * decode_spec.h
 *	  The specification of a decoder: where the records of a page are, and their columns.
 */
#ifndef ELT_DECODE_DECODE_SPEC_H
#define ELT_DECODE_DECODE_SPEC_H

#include "postgres.h"
#include "access/attnum.h"
#include "access/tupdesc.h"
#include "decode/envelope.h"
#include "fmgr.h"
#include "nodes/pg_list.h"

typedef enum DecodeFormat
{
	DECODE_DEFAULT,				/* as the type's input function reads it */
	DECODE_UNIX,				/* seconds since 1970, with decimals */
	DECODE_UNIX_MS,
	DECODE_BASE64,				/* of bytea */
	DECODE_HEX,
	DECODE_MILLISECONDS,		/* numbers of a unit, of interval */
	DECODE_SECONDS,
	DECODE_MINUTES,
	DECODE_HOURS,
	DECODE_DAYS,
	DECODE_WEEKS,
	DECODE_MONTHS,
	DECODE_YEARS,
	DECODE_PATTERN				/* to_timestamp patterns */
} DecodeFormat;

/* How the text of values is written, as in the options of a column. NULL: not said. */
typedef struct ValueSpelling
{
	const char *decimal;		/* the mark before the fraction of a number */
	const char *grouping;		/* the mark between groups of three digits */
	const char *currency;		/* signs beside a number, separated by | */
	const char *percent;		/* what 12 % is: fraction (0.12) or number (12) */
	const char *true_words;		/* separated by | */
	const char *false_words;
	const char *nulls;			/* texts of a null, separated by | */
	bool		trim;			/* spaces around a value are not part of it */
	const char *ambiguous;		/* a local time that comes twice: first, second or order */
} ValueSpelling;

/* Rows are wanted whose value of a column compares with this one as a strategy of btrees says. */
typedef struct DecodeBound
{
	AttrNumber	attnum;
	int			strategy;
	Datum		value;			/* not null */
	FmgrInfo	compare;		/* the column's value with it */
	Oid			collation;
} DecodeBound;

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
	int			first;			/* number of the field, or the first character of fixed width; 0: none */
	int			last;			/* of fixed width, the last character; 0: that of the line */
	DecodeFormat format;
	const char *pattern;		/* for DECODE_PATTERN; several are separated by | */
	ValueSpelling spelling;
	const char *time_zone;		/* where times without an offset were read; NULL: UTC */
	const char *constant;		/* value of a param column when DecoderOpen gives none */
	bool		is_raw;			/* objects and arrays are texts, too */
	bool		optional;		/* a header may lack its field */
	bool		is_param;		/* holds a request parameter: never read from the page */
	bool		fixed;			/* of a param: the page has a field for it that is not read */
	bool		is_line;		/* holds the number of the line on which its record begins */
	bool		is_list;		/* holds the name of the list that its record stands in */
	bool		is_arrival;		/* holds a number that rises from record to record */
	bool		is_key;			/* holds the name of the member that its record is the value of */
	bool		is_index;		/* holds the position of its record in its list, from 1 */
	EventRole	role;			/* of an event: what it takes beside values of the row */
	bool		identifies;		/* is part of the key by which rows are told apart */
	struct ConnectColumn *connect;	/* set while an event's columns are prepared */
} DecodeColumn;

typedef struct DecodeSpec
{
	TupleDesc	desc;
	const char *records;		/* NULL: the root's elements if it is an array, else $; or
								 * several paths, separated by commas */
	bool		header_row;		/* records are arrays, and the first names their fields */
	const char *header_path;	/* the same, and the names are here; or NULL */
	bool		records_optional;	/* none when a member on the way to them is absent */
	int			ncolumns;
	DecodeColumn *columns;		/* attributes without one are null */
	size_t		record_memory;	/* bytes that one record may need; 0: 64 MB */
	int			max_depth;		/* 0: 1000 */
	DecodeFraming framing;
	const struct CsvOptions *csv;	/* how to read CSV; NULL: the page is JSON or XML */
	bool		is_xml;
	bool		is_parquet;
	const EnvelopeSpec *envelope;	/* records are events of change; NULL: they are rows */
	List	   *ancestors;		/* of a child: records (char *, may be NULL) of the first parent, ...,
								 * of its own; NIL: it is none */
} DecodeSpec;

#endif
