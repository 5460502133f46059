/*
 * option_value.c
 *	  Convert the value of a pipeline option from JSON and check its range.
 */
#include "base/compat.h"
#include "pipeline/option_value.h"

#include "base/sql.h"
#include "base/time_span.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

static void
pg_attribute_noreturn()
ReportInvalid(const PipelineOption *o, const char *shown, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for option \"%s\": %s", o->name, shown),
			 errhint("%s", hint)));
}

static void
pg_attribute_noreturn()
ReportOutOfRange(const PipelineOption *o, const char *shown)
{
	ReportInvalid(o, shown, psprintf("Valid values are %s.", PipelineOptionRange(o)));
}

/* ---- JSON ---- */

static char *
TextOfJson(const JsonbValue *value)
{
	Jsonb	   *json = JsonbValueToJsonb(unconstify(JsonbValue *, value));

	return JsonbToCString(NULL, &json->root, VARSIZE(json));
}

static void
pg_attribute_noreturn()
ReportKind(const PipelineOption *o, const JsonbValue *value, const char *kind)
{
	ReportInvalid(o, TextOfJson(value), psprintf("The value must be %s.", kind));
}

static char *
StringOfJson(const PipelineOption *o, const JsonbValue *value)
{
	if (value->type != jbvString)
		ReportKind(o, value, o->type == INTERVALOID ? "a string, such as \"1 day\"" :
				   o->type == TIMESTAMPTZOID ? "a string, such as \"2024-01-01\"" : "a string");
	return pnstrdup(value->val.string.val, value->val.string.len);
}

/* Says of which option a text is that its type's input function refuses. */
static void
NameOption(void *arg)
{
	errcontext("pipeline option \"%s\"", ((const PipelineOption *) arg)->name);
}

static Datum
ReadText(const PipelineOption *o, char *text)
{
	ErrorContextCallback naming = {error_context_stack, NameOption, unconstify(PipelineOption *, o)};
	Datum		value;

	error_context_stack = &naming;
	value = ValueOfText(o->type, -1, text);
	error_context_stack = naming.previous;
	return value;
}

static bool
IsInteger(Numeric number)
{
	return DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(number),
											DirectFunctionCall2(numeric_trunc, NumericGetDatum(number),
																Int32GetDatum(0))));
}

static bool
IsWithin(Numeric number, int64 min, int64 max)
{
	return DatumGetBool(DirectFunctionCall2(numeric_ge, NumericGetDatum(number),
											NumericGetDatum(int64_to_numeric(min)))) &&
		DatumGetBool(DirectFunctionCall2(numeric_le, NumericGetDatum(number),
										 NumericGetDatum(int64_to_numeric(max))));
}

static Datum
NumberOfJson(const PipelineOption *o, const JsonbValue *value)
{
	Numeric		number;

	if (value->type != jbvNumeric)
		ReportKind(o, value, "a number");
	number = value->val.numeric;
	if (o->type != FLOAT8OID && !IsInteger(number))
		ReportKind(o, value, "an integer");
	if (!IsWithin(number, o->min, o->max))
		ReportOutOfRange(o, TextOfJson(value));
	return DirectFunctionCall1(o->type == INT4OID ? numeric_int4 :
							   o->type == INT8OID ? numeric_int8 : numeric_float8,
							   NumericGetDatum(number));
}

static bool
IsContainer(const JsonbValue *value, bool array)
{
	return value->type == jbvBinary &&
		(array ? JsonContainerIsArray(value->val.binary.data) :
		 JsonContainerIsObject(value->val.binary.data));
}

static Datum
NamesOfJson(const PipelineOption *o, const JsonbValue *value)
{
	List	   *names = NIL;
	uint32		n;

	if (!IsContainer(value, true))
		ReportKind(o, value, "an array of strings");
	n = JsonContainerSize(value->val.binary.data);
	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(value->val.binary.data, i);

		if (element->type != jbvString)
			ReportKind(o, value, "an array of strings");
		names = lappend(names, StringOfJson(o, element));
	}
	return TextArrayDatum(names);
}

static Datum
ObjectOfJson(const PipelineOption *o, const JsonbValue *value)
{
	if (!IsContainer(value, false))
		ReportKind(o, value, "an object");
	return JsonbPGetDatum(JsonbValueToJsonb(unconstify(JsonbValue *, value)));
}

Datum
OptionValueOfJson(const PipelineOption *o, const JsonbValue *value)
{
	switch (o->type)
	{
		case TEXTARRAYOID:
			return NamesOfJson(o, value);
		case JSONBOID:
			return ObjectOfJson(o, value);
		case TEXTOID:
		case INTERVALOID:
		case TIMESTAMPTZOID:
			return ReadText(o, StringOfJson(o, value));
		default:
			return NumberOfJson(o, value);
	}
}

/* ---- ranges ---- */

static char *
Quoted(const char *text)
{
	StringInfoData quoted;

	initStringInfo(&quoted);
	escape_json(&quoted, text);
	return quoted.data;
}

static void
CheckText(const PipelineOption *o, const char *text)
{
	if (o->values[0] == NULL)
		return;
	for (int i = 0; i < lengthof(o->values) && o->values[i] != NULL; i++)
		if (strcmp(o->values[i], text) == 0)
			return;
	ReportOutOfRange(o, Quoted(text));
}

static void
CheckNames(const PipelineOption *o, Datum names)
{
	if (array_contains_nulls(DatumGetArrayTypeP(names)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("option \"%s\" must not contain nulls", o->name)));
}

static void
CheckInterval(const PipelineOption *o, Datum interval)
{
	char	   *shown = Quoted(DatumGetCString(DirectFunctionCall1(interval_out, interval)));
	int			sign;

	if (INTERVAL_NOT_FINITE(DatumGetIntervalP(interval)))
		ReportInvalid(o, shown, "The value must be finite.");
	if (IntervalIsTooLong(DatumGetIntervalP(interval)))
		ReportInvalid(o, shown, "The value must not exceed 1000 years.");
	sign = IntervalSign(DatumGetIntervalP(interval));
	if ((sign < 0 && (o->traits & (OPTION_NOT_NEGATIVE | OPTION_POSITIVE))) ||
		(sign == 0 && (o->traits & OPTION_POSITIVE)))
		ReportOutOfRange(o, shown);
}

static void
CheckTime(const PipelineOption *o, Datum time)
{
	if (TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(time)))
		ReportInvalid(o, Quoted(DatumGetCString(DirectFunctionCall1(timestamptz_out, time))),
					  "Specify a time, for example '2024-01-01'.");
}

static void
CheckObject(const PipelineOption *o, Datum json)
{
	Jsonb	   *value = DatumGetJsonbP(json);

	if (!JB_ROOT_IS_OBJECT(value))
		ReportInvalid(o, JsonbToCString(NULL, &value->root, VARSIZE(value)),
					  "The value must be a JSON object.");
}

void
OptionCheckValue(const PipelineOption *o, Datum value)
{
	switch (o->type)
	{
		case TEXTOID:
			CheckText(o, TextDatumGetCString(value));
			break;
		case TEXTARRAYOID:
			CheckNames(o, value);
			break;
		case INTERVALOID:
			CheckInterval(o, value);
			break;
		case TIMESTAMPTZOID:
			CheckTime(o, value);
			break;
		case JSONBOID:
			CheckObject(o, value);
			break;
		default:
			break;
	}
}
