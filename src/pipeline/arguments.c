/*
 * arguments.c
 *	  Convert the arguments of SQL functions to C values.
 */
#include "base/compat.h"
#include "pipeline/arguments.h"

#include "base/time_span.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

char *
TextArg(FunctionCallInfo fcinfo, int n, const char *otherwise)
{
	if (!PG_ARGISNULL(n))
		return text_to_cstring(PG_GETARG_TEXT_PP(n));
	return otherwise == NULL ? NULL : pstrdup(otherwise);
}

Interval *
IntervalArg(FunctionCallInfo fcinfo, int n, const Interval *otherwise)
{
	Interval   *copy;

	if (!PG_ARGISNULL(n))
	{
		copy = PG_GETARG_INTERVAL_P(n);
		if (INTERVAL_NOT_FINITE(copy))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("an interval of a pipeline must be finite"),
					 errhint("Leave the argument out where there shall be no limit.")));
		if (IntervalIsTooLong(copy))
			ereport(ERROR,
					(errcode(ERRCODE_INTERVAL_FIELD_OVERFLOW),
					 errmsg("an interval of a pipeline must not exceed 1000 years")));
		return copy;
	}
	if (otherwise == NULL)
		return NULL;
	copy = palloc(sizeof(Interval));
	*copy = *otherwise;
	return copy;
}

int32
Int4Arg(FunctionCallInfo fcinfo, int n, int32 otherwise)
{
	return PG_ARGISNULL(n) ? otherwise : PG_GETARG_INT32(n);
}

int64
Int8Arg(FunctionCallInfo fcinfo, int n, int64 otherwise)
{
	return PG_ARGISNULL(n) ? otherwise : PG_GETARG_INT64(n);
}

double
DoubleArg(FunctionCallInfo fcinfo, int n, double otherwise)
{
	return PG_ARGISNULL(n) ? otherwise : PG_GETARG_FLOAT8(n);
}

char *
JsonArg(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		return pstrdup("{}");
	return DatumGetCString(DirectFunctionCall1(jsonb_out, PG_GETARG_DATUM(n)));
}

List *
NamesArg(FunctionCallInfo fcinfo, int n)
{
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	List	   *result = NIL;

	if (PG_ARGISNULL(n))
		return NIL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT,
					  &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("an array of column names must not contain nulls")));
		result = lappend(result, TextDatumGetCString(elements[i]));
	}
	return result;
}

void
AddArg(Sql *q, FunctionCallInfo fcinfo, int n, Oid type)
{
	SqlAdd(q, type, PG_ARGISNULL(n) ? (Datum) 0 : PG_GETARG_DATUM(n), PG_ARGISNULL(n));
}

void
CheckFinite(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (!PG_ARGISNULL(n) && TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(n)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be infinite", name),
				 errhint("Write a time, such as '2024-01-01'.")));
}

void
CheckNotNegative(const Interval *interval, const char *name)
{
	Interval	zero = {0};

	if (interval == NULL)
		return;
	if (DatumGetInt32(DirectFunctionCall2(interval_cmp, IntervalPGetDatum(interval),
										  IntervalPGetDatum(&zero))) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", name)));
}

void
CheckPositive(int64 value, const char *name)
{
	if (value <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be greater than zero", name)));
}

void
CheckOnMissingField(const char *value)
{
	if (strcmp(value, "warn") == 0 || strcmp(value, "hold") == 0 || strcmp(value, "ignore") == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for parameter \"on_missing_field\": \"%s\"", value),
			 errhint("Valid values are \"warn\", \"hold\" and \"ignore\".")));
}

void
CheckPercent(double value, const char *name)
{
	if (value >= 0 && value <= 100)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be from 0 to 100", name)));
}
