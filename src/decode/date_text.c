/*
 * date_text.c
 *	  Reject ambiguous dates in columns without a format.
 *
 * The input functions guess the century of two-digit years, and read three numbers in the order
 * of DateStyle. Such dates require a format. Words such as "now" are rejected for times as well.
 * The elements of arrays, ranges and composite values are checked one by one.
 */
#include "base/compat.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "decode/date_text.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

typedef enum ShapeKind
{
	SHAPE_DATE,
	SHAPE_TIME,					/* of a day that is not said */
	SHAPE_TIMETZ,
	SHAPE_ARRAY,
	SHAPE_RANGE,
	SHAPE_MULTIRANGE,
	SHAPE_RECORD
} ShapeKind;

struct DateShape
{
	ShapeKind	kind;
	DateShape  *part;			/* of an array or range */
	List	   *fields;			/* of a record: a shape each, or NULL */
};

/* ---- types ---- */

static DateShape *
NewShape(ShapeKind kind, DateShape *part)
{
	DateShape  *shape;

	if (part == NULL && kind >= SHAPE_ARRAY && kind != SHAPE_RECORD)
		return NULL;
	shape = palloc0(sizeof(DateShape));
	shape->kind = kind;
	shape->part = part;
	return shape;
}

static DateShape *
RecordShape(Oid type)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	DateShape  *shape = NewShape(SHAPE_RECORD, NULL);
	bool		dates = false;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		DateShape  *field;

		if (att->attisdropped)
			continue;
		field = DateShapeOf(att->atttypid);
		dates |= field != NULL;
		shape->fields = lappend(shape->fields, field);
	}
	ReleaseTupleDesc(desc);
	return dates ? shape : NULL;
}

DateShape *
DateShapeOf(Oid type)
{
	Oid			base = getBaseType(type);

	check_stack_depth();
	if (base == DATEOID || base == TIMESTAMPOID || base == TIMESTAMPTZOID)
		return NewShape(SHAPE_DATE, NULL);
	if (base == TIMEOID)
		return NewShape(SHAPE_TIME, NULL);
	if (base == TIMETZOID)
		return NewShape(SHAPE_TIMETZ, NULL);
	if (OidIsValid(get_element_type(base)))
		return NewShape(SHAPE_ARRAY, DateShapeOf(get_element_type(base)));
	if (type_is_range(base))
		return NewShape(SHAPE_RANGE, DateShapeOf(get_range_subtype(base)));
	if (type_is_multirange(base))
		return NewShape(SHAPE_MULTIRANGE, DateShapeOf(get_multirange_range(base)));
	if (get_typtype(base) == TYPTYPE_COMPOSITE)
		return RecordShape(base);
	return NULL;
}

/* ---- a date ---- */

static int
LongestNumber(const char *s)
{
	int			longest = 0;

	while (*s != '\0')
	{
		int			n = strspn(s, "0123456789");

		longest = Max(longest, n);
		s += Max(n, 1);
	}
	return longest;
}

/* Three numbers, of which the first is no year. */
static bool
HasOtherOrder(const char *field)
{
	return strspn(field, "0123456789") < 3 && field[strspn(field, "0123456789-/.")] == '\0' &&
		LongestNumber(field) >= 3;
}

/* How many digits the fields give the year: 0 when there is no date in numbers, 2, or more. */
static int
YearDigits(char **fields, const int *types, int nfields)
{
	int			digits = 0;

	for (int i = 0; i < nfields; i++)
	{
		int			n = types[i] == DTK_DATE ? LongestNumber(fields[i]) :
			types[i] == DTK_NUMBER ? (int) strspn(fields[i], "0123456789") : 0;

		if (n == 0)
			continue;
		/* without a date before it, a number is one if it is long enough: YYMMDD, YYDDD */
		if (types[i] == DTK_NUMBER && (n == 5 || n == 6))
			return digits > 2 ? digits : 2;
		digits = Max(digits, n < 3 ? 2 : n);
	}
	return digits;
}

/* A word for a day that is another one tomorrow. */
static bool
IsRelative(const char *field)
{
	static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};

	for (int i = 0; i < lengthof(words); i++)
		if (pg_strcasecmp(field, words[i]) == 0)
			return true;
	return false;
}

/* Error if what the text means is another thing tomorrow. */
static void
CheckRelative(const char *text, const char *what, char **fields, const int *types, int nfields)
{
	for (int i = 0; i < nfields; i++)
	{
		if (types[i] == DTK_STRING && IsRelative(fields[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
					 errmsg("%s \"%s\" is relative to the current time", what, text)));
	}
}

/* A zone, or the day that decides its offset. */
static bool
HasZone(char **fields, const int *types, int nfields)
{
	for (int i = 0; i < nfields; i++)
	{
		int			value;
		int			word = types[i] == DTK_STRING ? DecodeSpecial(i, fields[i], &value) : AMPM;

		if (types[i] == DTK_TZ || types[i] == DTK_DATE || (word != AMPM && word != ISOTIME))
			return true;
	}
	return false;
}

/* The offset of the column's zone would be the one of the day on which the time is read. */
static void
CheckOffset(const char *text, char **fields, const int *types, int nfields)
{
	long		offset;

	if (HasZone(fields, types, nfields) || pg_get_timezone_offset(session_timezone, &offset))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("time \"%s\" without a UTC offset is ambiguous in time zone \"%s\"", text,
					pg_get_timezone_name(session_timezone))));
}

static void
CheckTime(const char *text, bool zoned)
{
	char		buf[MAXDATELEN + 1];
	char	   *fields[MAXDATEFIELDS];
	int			types[MAXDATEFIELDS];
	int			nfields;

	if (ParseDateTime(text, buf, sizeof(buf), fields, types, MAXDATEFIELDS, &nfields) != 0)
		return;
	CheckRelative(text, "time", fields, types, nfields);
	if (zoned)
		CheckOffset(text, fields, types, nfields);
}

static void
CheckDate(const char *text)
{
	char		buf[MAXDATELEN + 1];
	char	   *fields[MAXDATEFIELDS];
	int			types[MAXDATEFIELDS];
	int			nfields;

	if (ParseDateTime(text, buf, sizeof(buf), fields, types, MAXDATEFIELDS, &nfields) != 0)
		return;
	for (int i = 0; i < nfields; i++)
	{
		if (types[i] == DTK_DATE && HasOtherOrder(fields[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
					 errmsg("date \"%s\" is not in the order year, month, day; its column "
							"requires a format", text)));
	}
	CheckRelative(text, "date", fields, types, nfields);
	if (YearDigits(fields, types, nfields) == 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
				 errmsg("date \"%s\" has a two-digit year; its column requires a format", text)));
}

/* ---- parts ---- */

/*
 * The texts between *p and one of the closing marks, where *p then is: separated by commas, with
 * the quotes of ranges and composite values. NULL for what is empty.
 */
static List *
SplitQuoted(const char **p, const char *closing)
{
	List	   *parts = NIL;

	for (;;)
	{
		char	   *part = palloc(strlen(*p) + 1);
		size_t		len = 0;
		bool		quoted = false;
		bool		empty = true;

		for (; **p != '\0' && (quoted || (**p != ',' && strchr(closing, **p) == NULL)); (*p)++)
		{
			empty = false;
			if (**p == '"' && quoted && (*p)[1] == '"')
				part[len++] = *(*p)++;
			else if (**p == '"')
				quoted = !quoted;
			else if (**p == '\\' && (*p)[1] != '\0')
				part[len++] = *++(*p);
			else
				part[len++] = **p;
		}
		part[len] = '\0';
		parts = lappend(parts, empty ? NULL : part);
		if (**p != ',')
			return parts;
		(*p)++;
	}
}

static void
CheckParts(const DateShape *part, List *texts)
{
	ListCell   *lc;

	foreach(lc, texts)
	{
		if (lfirst(lc) != NULL)
			DateTextCheck(part, lfirst(lc));
	}
}

static void
CheckArray(const DateShape *part, const char *literal)
{
	Datum		array = OidInputFunctionCall(F_ARRAY_IN, unconstify(char *, literal), TEXTOID, -1);
	Datum	   *items;
	bool	   *nulls;
	int			n;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls,
					  &n);
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			DateTextCheck(part, TextDatumGetCString(items[i]));
	}
}

/* One range, or all that a multirange holds. */
static void
CheckRanges(const DateShape *part, const char *text)
{
	for (const char *p = text; (p = strpbrk(p, "[(")) != NULL;)
	{
		p++;
		CheckParts(part, SplitQuoted(&p, "])"));
	}
}

static void
CheckRecord(const DateShape *shape, const char *text)
{
	const char *p = strchr(text, '(');
	List	   *texts;
	ListCell   *field;
	ListCell   *value;

	if (p == NULL)
		return;
	p++;
	texts = SplitQuoted(&p, ")");
	forboth(field, shape->fields, value, texts)
	{
		if (lfirst(field) != NULL && lfirst(value) != NULL)
			DateTextCheck(lfirst(field), lfirst(value));
	}
}

void
DateTextCheck(const DateShape *shape, const char *text)
{
	check_stack_depth();
	switch (shape->kind)
	{
		case SHAPE_DATE:
			CheckDate(text);
			break;
		case SHAPE_TIME:
		case SHAPE_TIMETZ:
			CheckTime(text, shape->kind == SHAPE_TIMETZ);
			break;
		case SHAPE_ARRAY:
			CheckArray(shape->part, text);
			break;
		case SHAPE_RANGE:
			CheckRanges(shape->part, text);
			break;
		case SHAPE_MULTIRANGE:
			CheckRanges(shape->part->part, text);
			break;
		case SHAPE_RECORD:
			CheckRecord(shape, text);
			break;
	}
}
