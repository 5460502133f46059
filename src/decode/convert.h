/*
 * convert.h
 *	  Convert the text of a value to a Datum of its column's type.
 */
#ifndef ELT_DECODE_CONVERT_H
#define ELT_DECODE_CONVERT_H

#include "postgres.h"
#include "fmgr.h"
#include "nodes/nodes.h"
#include "pgtime.h"
#include "base/compat.h"
#include "decode/decode_spec.h"
#include "decode/row_batch.h"
#include "datatype/timestamp.h"

struct TimePattern;
struct DateShape;

typedef enum ConvertKind
{
	CONVERT_INPUT,				/* only by the type's input function */
	CONVERT_INT2,
	CONVERT_INT4,
	CONVERT_INT8,
	CONVERT_FLOAT4,
	CONVERT_FLOAT8,
	CONVERT_NUMERIC,
	CONVERT_BOOL,
	CONVERT_TEXT,				/* and varchar */
	CONVERT_BPCHAR,
	CONVERT_DATE,
	CONVERT_TIMESTAMP,
	CONVERT_TIMESTAMPTZ,
	CONVERT_UUID,
	CONVERT_JSON,
	CONVERT_JSONB
} ConvertKind;

typedef struct Converter
{
	ConvertKind kind;
	bool		takes_json;		/* json or jsonb: the value's text as it stands in the page */
	bool		takes_whole;	/* an integer, or a domain over one */
	bool		ascii_only;		/* the database is not UTF-8: other text is for the slow path */
	DecodeFormat format;
	struct TimePattern *pattern;	/* compiled, or NULL when only to_timestamp reads it */
	const char *pattern_text;
	pg_tz	   *tz;				/* where times without an offset were read */

	struct DateShape *dates;	/* where its text holds dates or times, or NULL */

	int			attindex;		/* attnum - 1 */
	const char *column;
	Oid			type;
	int32		typmod;
	bool		byval;
	int16		typlen;
	FmgrInfo	input;
	Oid			ioparam;
} Converter;

/* Why an input function refused a value. */
typedef struct ConvertFault
{
	int			sqlstate;
	char	   *message;
} ConvertFault;

extern void ConverterInit(Converter *c, Form_pg_attribute att, const DecodeColumn *column);

/*
 * The common forms of the common types, in the batch's memory. False: not one of them, and
 * the slow path decides. s is valid UTF-8.
 */
extern bool ConvertFast(const Converter *c, RowBatch *batch, const char *s, size_t len,
						Datum *value);

/* A time since 1970 as the column's type; false when it has to be rounded or does not fit. */
extern bool InstantToColumn(const Converter *c, TimestampTz instant, Datum *value);

/* Session settings that the meaning of a text depends on. */
typedef struct ReadingRules
{
	pg_tz	   *tz;
	int			date_style;
	int			date_order;
	int			interval_style;
	bool		array_nulls;
	int			xml_option;
} ReadingRules;

extern void ReadingSave(ReadingRules *rules);
extern void ReadingRestore(const ReadingRules *rules);

/*
 * Call the type's input function, which may raise an error. These change the session's settings,
 * which the caller saves before a series of values and restores afterwards, also after an error.
 */
extern Datum ConvertSlow(Converter *c, const char *text);

#if HAVE_SOFT_INPUT_ERRORS
/* The same, with soft errors in escontext where the input function supports them. */
extern Datum ConvertSlowSoft(Converter *c, const char *text, Node *escontext);
#endif

#endif
