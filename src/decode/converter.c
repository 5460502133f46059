/*
 * converter.c
 *	  What the values of a column are converted with, from its type and options.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "decode/container.h"
#include "decode/convert.h"
#include "decode/date_text.h"
#include "decode/spelling.h"
#include "decode/time_order.h"
#include "decode/time_patterns.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static ConvertKind
KindOf(Oid type)
{
	switch (type)
	{
		case INT2OID:
			return CONVERT_INT2;
		case INT4OID:
			return CONVERT_INT4;
		case INT8OID:
			return CONVERT_INT8;
		case FLOAT4OID:
			return CONVERT_FLOAT4;
		case FLOAT8OID:
			return CONVERT_FLOAT8;
		case NUMERICOID:
			return CONVERT_NUMERIC;
		case BOOLOID:
			return CONVERT_BOOL;
		case TEXTOID:
		case VARCHAROID:
			return CONVERT_TEXT;
		case BPCHAROID:
			return CONVERT_BPCHAR;
		case DATEOID:
			return CONVERT_DATE;
		case TIMESTAMPOID:
			return CONVERT_TIMESTAMP;
		case TIMESTAMPTZOID:
			return CONVERT_TIMESTAMPTZ;
		case UUIDOID:
			return CONVERT_UUID;
		case JSONOID:
			return CONVERT_JSON;
		case JSONBOID:
			return CONVERT_JSONB;
		default:
			return CONVERT_INPUT;
	}
}

static pg_tz *
FindTimeZone(const char *name, const char *column)
{
	pg_tz	   *tz = pg_tzset(name ? name : "UTC");

	if (tz == NULL || !pg_tz_acceptable(tz))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" of column \"%s\" not recognized", name, column),
				 errhint("The view pg_timezone_names lists the valid names.")));
	return tz;
}

static bool
TakesFormat(const Converter *c)
{
	switch (c->format)
	{
		case DECODE_DEFAULT:
			return true;
		case DECODE_UNIX:
		case DECODE_UNIX_MS:
		case DECODE_PATTERN:
			return c->kind == CONVERT_DATE || c->kind == CONVERT_TIMESTAMP ||
				c->kind == CONVERT_TIMESTAMPTZ;
		case DECODE_BASE64:
		case DECODE_HEX:
			return c->type == BYTEAOID;
		default:
			return c->type == INTERVALOID;
	}
}

static const char *
TypesOfFormat(DecodeFormat format)
{
	switch (format)
	{
		case DECODE_BASE64:
		case DECODE_HEX:
			return "Only columns of type bytea can have this format.";
		case DECODE_UNIX:
		case DECODE_UNIX_MS:
		case DECODE_PATTERN:
			return "Only columns of type date, timestamp or timestamp with time zone can have a "
				"format.";
		default:
			return "Only columns of type interval can have this format.";
	}
}

static void
CheckFormat(const Converter *c)
{
	if (TakesFormat(c))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("column \"%s\" of type %s cannot have option \"format\"", c->column,
					format_type_with_typemod(c->type, c->typmod)),
			 errhint("%s", TypesOfFormat(c->format))));
}

static void
SetAmbiguous(Converter *c, const char *ambiguous)
{
	if (ambiguous == NULL)
		return;
	if (c->kind != CONVERT_TIMESTAMPTZ || c->format == DECODE_UNIX || c->format == DECODE_UNIX_MS)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of type %s cannot have option \"ambiguous\"", c->column,
						format_type_with_typemod(c->type, c->typmod)),
				 errhint("Only columns of type timestamp with time zone whose times are local can "
						 "have it.")));
	if (strcmp(ambiguous, "first") == 0)
		c->ambiguous = AMBIGUOUS_FIRST;
	else if (strcmp(ambiguous, "order") == 0)
	{
		c->ambiguous = AMBIGUOUS_ORDER;
		c->order = TimeOrderCreate();
	}
}

void
ConverterInit(Converter *c, Form_pg_attribute att, const DecodeColumn *column)
{
	Oid			base = getBaseType(att->atttypid);
	Oid			input;

	memset(c, 0, sizeof(*c));
	c->attindex = att->attnum - 1;
	c->column = pstrdup(NameStr(att->attname));
	c->type = att->atttypid;
	c->typmod = att->atttypmod;
	c->byval = att->attbyval;
	c->typlen = att->attlen;
	c->kind = KindOf(att->atttypid);
	c->takes_json = base == JSONOID || base == JSONBOID;
	c->takes_whole = base == INT2OID || base == INT4OID || base == INT8OID;
	c->checks_null = get_typtype(att->atttypid) == TYPTYPE_DOMAIN &&
		DomainHasConstraints(att->atttypid);
	c->ascii_only = GetDatabaseEncoding() != PG_UTF8;
	c->format = column->format;
	c->tz = FindTimeZone(column->time_zone, c->column);
	CheckFormat(c);
	SetAmbiguous(c, column->spelling.ambiguous);
	if (c->format == DECODE_PATTERN)
		c->patterns = TimePatternsCompile(column->pattern);
	c->spelling = SpellingCreate(&column->spelling, base, c->column);
	c->dates = DateShapeOf(att->atttypid);
	getTypeInputInfo(att->atttypid, &input, &c->ioparam);
	fmgr_info(input, &c->input);
}

static Converter *
CopyOf(const Converter *c)
{
	Converter  *copy = palloc(sizeof(Converter));

	memcpy(copy, c, sizeof(Converter));
	return copy;
}

Converter *
ConverterOfLiterals(const Converter *c)
{
	Converter  *literals;

	if (c->spelling == NULL)
		return NULL;
	literals = CopyOf(c);
	literals->spelling = SpellingOfLiterals(c->spelling);
	return literals;
}

/* A type that an extension brought, and that does not keep a text as it is, may read JSON. */
static bool
MayReadJson(Oid type)
{
	char		category;
	bool		preferred;

	if (type < FirstNormalObjectId || get_typtype(type) != TYPTYPE_BASE)
		return false;
	get_type_category_preferred(type, &category, &preferred);
	return category != TYPCATEGORY_STRING;
}

Converter *
ConverterOfContainers(const Converter *c)
{
	struct Container *container = c->takes_json ? NULL : ContainerOf(c->type);
	Converter  *containers;

	if (c->takes_json || (container == NULL && !MayReadJson(getBaseType(c->type))))
		return NULL;
	containers = CopyOf(c);
	containers->spelling = NULL;
	containers->container = container;
	return containers;
}

void
ConverterRestart(Converter *c)
{
	if (c->order != NULL)
		TimeOrderRestart(c->order);
}
