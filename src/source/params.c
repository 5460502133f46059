#include "base/compat.h"
#include "source/params.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"

static char *
JsonString(const char *text)
{
	StringInfoData buf;

	initStringInfo(&buf);
	escape_json(&buf, text);
	return buf.data;
}

static ParamValue *
MakeString(char *text)
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
			return MakeString(pnstrdup(json->val.string.val, json->val.string.len));
		case jbvNumeric:
			return MakeBare(DatumGetCString(DirectFunctionCall1(numeric_out,
																NumericGetDatum(json->val.numeric))));
		case jbvBool:
			return MakeBare(pstrdup(json->val.boolean ? "true" : "false"));
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("param \"%s\" has a value that is no text, number or boolean",
							name),
					 errhint("Write {\"%s\": \"value\"} or {\"%s\": [\"value\", \"value\"]}.",
							 name, name)));
	}
}

List *
ParamAppendOnce(List *values, ParamValue *value)
{
	ListCell   *lc;

	foreach(lc, values)
		if (strcmp(((ParamValue *) lfirst(lc))->json, value->json) == 0)
			return values;
	return lappend(values, value);
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
			values = ParamAppendOnce(values, FromJson(name, &element));
	return values;
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
	Oid			output;
	bool		varlena;

	switch (getBaseType(type))
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			JsonEncodeDateTime(buf, value, getBaseType(type), NULL);
			return MakeString(pstrdup(buf));
		case BOOLOID:
			return MakeBare(pstrdup(DatumGetBool(value) ? "true" : "false"));
		case INT2OID:
		case INT4OID:
		case INT8OID:
			getTypeOutputInfo(type, &output, &varlena);
			return MakeBare(OidOutputFunctionCall(output, value));
		default:
			getTypeOutputInfo(type, &output, &varlena);
			return MakeString(OidOutputFunctionCall(output, value));
	}
}

/* As jsonb prints it: the same combination always has the same text. */
static char *
Canonical(const char *json)
{
	Datum		jsonb = DirectFunctionCall1(jsonb_in, CStringGetDatum(json));

	return DatumGetCString(DirectFunctionCall1(jsonb_out, jsonb));
}

static List *
WithEachValue(List *prefixes, const char *name, List *values)
{
	List	   *result = NIL;
	ListCell   *prefix;
	ListCell   *value;

	foreach(prefix, prefixes)
		foreach(value, values)
			result = lappend(result,
							 psprintf("%s%s%s: %s", (char *) lfirst(prefix),
									  *(char *) lfirst(prefix) ? ", " : "", JsonString(name),
									  ((ParamValue *) lfirst(value))->json));
	return result;
}

List *
ParamCombinations(List *names, List *values)
{
	List	   *combinations = list_make1("");
	ListCell   *name;
	ListCell   *choice;

	forboth(name, names, choice, values)
		combinations = WithEachValue(combinations, lfirst(name), lfirst(choice));
	foreach(name, combinations)
		lfirst(name) = Canonical(psprintf("{%s}", (char *) lfirst(name)));
	return combinations;
}
