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
#include "decode/convert_time.h"
#include "decode/decode_spec.h"
#include "decode/row_batch.h"
#include "datatype/timestamp.h"

struct Container;
struct DateShape;
struct Spelling;
struct TimeOrder;
struct TimePatterns;

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
	bool		checks_null;	/* a domain that may refuse null */
	bool		ascii_only;		/* the database is not UTF-8: other text is for the slow path */
	DecodeFormat format;
	struct TimePatterns *patterns;	/* of DECODE_PATTERN */
	pg_tz	   *tz;				/* where times without an offset were read */
	AmbiguousTime ambiguous;	/* what a local time is that comes twice there */
	struct TimeOrder *order;	/* of AMBIGUOUS_ORDER: where the values before stood */

	struct Spelling *spelling;	/* how texts are written; NULL: as the type reads them */
	struct Container *container;	/* its texts are arrays and objects of JSON; or NULL */

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

/* The same column for numbers, true and false of JSON; NULL when they are as its texts. */
extern Converter *ConverterOfLiterals(const Converter *c);
/* The same for objects and arrays of JSON; NULL when its type holds none, or is json itself. */
extern Converter *ConverterOfContainers(const Converter *c);

/* Another sequence of values begins. */
extern void ConverterRestart(Converter *c);

/*
 * The common forms of the common types, in the batch's memory. False: not one of them, and
 * the slow path decides. s is valid UTF-8.
 */
extern bool ConvertFast(const Converter *c, RowBatch *batch, const char *s, size_t len,
						Datum *value);

/* The same of a text whose column has a spelling, which may say that it is null. */
extern bool ConvertSpelled(const Converter *c, RowBatch *batch, const char *s, size_t len,
						   Datum *value, bool *isnull);

static inline bool
ConvertText(const Converter *c, RowBatch *batch, const char *s, size_t len, Datum *value,
			bool *isnull)
{
	*isnull = false;
	if (unlikely(c->spelling != NULL))
		return ConvertSpelled(c, batch, s, len, value, isnull);
	return ConvertFast(c, batch, s, len, value);
}

/* An integer as the column's type; false when it does not fit. */
extern bool IntegerToColumn(const Converter *c, int64 v, Datum *value);

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
/* Until they are restored: dates as ISO 8601, times in this zone. */
extern void ReadingSet(pg_tz *tz);

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
