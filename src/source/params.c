/*
 * params.c
 *	  Parse the params of requests, and build combinations of them.
 */
#include "base/compat.h"
#include "source/params.h"

#include "base/iso.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

static char *
JsonString(const char *text)
{
	StringInfoData buf;

	initStringInfo(&buf);
	escape_json(&buf, text);
	return buf.data;
}

ParamValue *
ParamFromText(char *text)
{
	ParamValue *value = palloc(sizeof(ParamValue));

	value->text = text;
	value->json = JsonString(text);
	return value;
}

/* Numbers and booleans: JSON writes them as they are. */
static ParamValue *
MakeBare(char *text)
{
	ParamValue *value = palloc(sizeof(ParamValue));

	value->text = text;
	value->json = text;
	return value;
}

static ParamValue *
FromJson(const char *name, const JsonbValue *json)
{
	switch (json->type)
	{
		case jbvString:
			return ParamFromText(pnstrdup(json->val.string.val, json->val.string.len));
		case jbvNumeric:
			return MakeBare(DatumGetCString(DirectFunctionCall1(numeric_out,
																NumericGetDatum(json->val.numeric))));
		case jbvBool:
			return MakeBare(pstrdup(json->val.boolean ? "true" : "false"));
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("value of param \"%s\" must be a string, number or boolean",
							name),
					 errhint("Specify {\"%s\": \"value\"} or {\"%s\": [\"value\", \"value\"]}.",
							 name, name)));
	}
}

typedef struct Ranked
{
	ParamValue *value;
	int			rank;			/* place in the list */
} Ranked;

static int
CompareValues(const void *a, const void *b)
{
	const Ranked *left = a;
	const Ranked *right = b;
	int			order = strcmp(left->value->json, right->value->json);

	return order != 0 ? order : left->rank - right->rank;
}

List *
ParamUnique(List *values)
{
	int			n = list_length(values);
	Ranked	   *sorted = palloc(sizeof(Ranked) * Max(n, 1));
	bool	   *repeated = palloc0(Max(n, 1));
	List	   *result = NIL;

	for (int i = 0; i < n; i++)
	{
		sorted[i].value = list_nth(values, i);
		sorted[i].rank = i;
	}
	qsort(sorted, n, sizeof(Ranked), CompareValues);
	for (int i = 1; i < n; i++)
		repeated[sorted[i].rank] =
			strcmp(sorted[i].value->json, sorted[i - 1].value->json) == 0;
	for (int i = 0; i < n; i++)
		if (!repeated[i])
			result = lappend(result, list_nth(values, i));
	return result;
}

static List *
FromJsonArray(const char *name, JsonbContainer *array)
{
	JsonbIterator *it = JsonbIteratorInit(array);
	JsonbIteratorToken token;
	JsonbValue	element;
	List	   *values = NIL;

	while ((token = JsonbIteratorNext(&it, &element, true)) != WJB_DONE)
		if (token == WJB_ELEM)
			values = lappend(values, FromJson(name, &element));
	return ParamUnique(values);
}

List *
ParamValuesOf(const char *params_json, const char *name)
{
	Jsonb	   *params = DatumGetJsonbP(DirectFunctionCall1(jsonb_in,
															CStringGetDatum(params_json)));
	JsonbValue *value = getKeyJsonValueFromContainer(&params->root, name, strlen(name), NULL);

	if (value == NULL || value->type == jbvNull)
		return NIL;
	if (value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data))
		return FromJsonArray(name, value->val.binary.data);
	return list_make1(FromJson(name, value));
}

char *
ParamText(const char *params_json, const char *name)
{
	List	   *values = ParamValuesOf(params_json, name);

	return values == NIL ? NULL : ((ParamValue *) linitial(values))->text;
}

ParamValue *
ParamFromDatum(Datum value, Oid type)
{
	char		buf[MAXDATELEN + 1];

	switch (getBaseType(type))
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			JsonEncodeDateTime(buf, value, getBaseType(type), NULL);
			return ParamFromText(pstrdup(buf));
		case INTERVALOID:
			return ParamFromText(IntervalText(DatumGetIntervalP(value)));
		case BOOLOID:
			return MakeBare(pstrdup(DatumGetBool(value) ? "true" : "false"));
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return MakeBare(TextOfValue(type, value));
		default:
			return ParamFromText(TextOfValue(type, value));
	}
}

/* As jsonb prints it: the same combination always has the same text. */
static char *
Canonical(const char *json)
{
	Datum		jsonb = DirectFunctionCall1(jsonb_in, CStringGetDatum(json));

	return DatumGetCString(DirectFunctionCall1(jsonb_out, jsonb));
}

/* One combination: the value at place choice[i] of the i-th list. */
static char *
CombinationText(List *names, List *values, const int *choice)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < list_length(names); i++)
	{
		ParamValue *value = list_nth(list_nth(values, i), choice[i]);

		appendStringInfoString(&buf, i == 0 ? "{" : ", ");
		escape_json(&buf, list_nth(names, i));
		appendStringInfo(&buf, ": %s", value->json);
	}
	appendStringInfoString(&buf, names == NIL ? "{}" : "}");
	return Canonical(buf.data);
}

/* Count up, the last list fastest; false when all combinations have been seen. */
static bool
NextChoice(List *values, int *choice)
{
	for (int i = list_length(values) - 1; i >= 0; i--)
	{
		if (++choice[i] < list_length(list_nth(values, i)))
			return true;
		choice[i] = 0;
	}
	return false;
}

static bool
HasEmptyList(List *values)
{
	ListCell   *lc;

	foreach(lc, values)
		if (lfirst(lc) == NIL)
			return true;
	return false;
}

List *
ParamCombinations(List *names, List *values)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "elt params", ALLOCSET_SMALL_SIZES);
	int		   *choice = palloc0(sizeof(int) * Max(list_length(names), 1));
	List	   *combinations = NIL;

	if (HasEmptyList(values))
		return NIL;
	do
	{
		char	   *text;

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(scratch);
		MemoryContextSwitchTo(scratch);
		text = CombinationText(names, values, choice);
		MemoryContextSwitchTo(caller);
		combinations = lappend(combinations, pstrdup(text));
	} while (NextChoice(values, choice));
	MemoryContextDelete(scratch);
	return combinations;
}
