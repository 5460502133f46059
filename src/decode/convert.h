/*
 * convert.h
 *	  Text of a value becomes a Datum of its column's type.
 */
#ifndef ELT_CONVERT_H
#define ELT_CONVERT_H

#include "postgres.h"
#include "fmgr.h"
#include "nodes/nodes.h"
#include "pgtime.h"
#include "base/compat.h"
#include "decode/decode.h"
#include "decode/row_batch.h"

struct TimePattern;

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

/* Whatever the type's input function says, which may be an error. */
extern Datum ConvertSlow(Converter *c, const char *text);

#if HAVE_SOFT_INPUT_ERRORS
/* The same, with refusals saved in escontext by input functions that can. */
extern Datum ConvertSlowSoft(Converter *c, const char *text, Node *escontext);
#endif

#endif
