/*
 * replay_patch.c
 *	  What somebody has written in place of values of a reject, or of its text.
 */
#include "base/compat.h"
#include "pipeline/replay_patch.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

char *
PatchedRow(const ReplayedReject *j)
{
	Sql			q;
	char	   *row;

	if (j->patch == NULL)
		return j->raw;
	SqlBegin(&q, "select (case jsonb_typeof($2) when 'string' then ($2 #>> '{}')::jsonb"
			 " else $1::jsonb || $2 end)::text");
	SqlAddText(&q, j->raw);
	SqlAddJsonb(&q, j->patch);
	SqlRun(&q, GetUserId());
	row = SqlText(&q, 0, 1);
	SqlDone(&q);
	return row;
}

char *
PatchText(const JsonbValue *value)
{
	if (value->type == jbvNull)
		return NULL;
	if (value->type == jbvString)
		return pnstrdup(value->val.string.val, value->val.string.len);
	return JsonbToCString(NULL, &JsonbValueToJsonb(unconstify(JsonbValue *, value))->root, 0);
}

static AttrNumber
ColumnNamed(Oid source, const char *name)
{
	AttrNumber	attnum = get_attnum(source, name);

	if (attnum <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of the patch does not exist in source \"%s\"", name,
						RelationLabel(source)),
				 errhint("Specify the name of the column, not that of the field in the record.")));
	return attnum;
}

void
PatchCheckColumns(Oid source, Jsonb *patch)
{
	JsonbIterator *it = JsonbIteratorInit(&patch->root);
	JsonbValue	v;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			(void) ColumnNamed(source, pnstrdup(v.val.string.val, v.val.string.len));
	}
}

PatchedValue *
PatchedValues(const SourceDefinition *source, Jsonb *patch, int *count)
{
	PatchedValue *values = palloc(sizeof(PatchedValue) * Max(JB_ROOT_COUNT(patch), 1));
	JsonbIterator *it = JsonbIteratorInit(&patch->root);
	JsonbValue	v;
	JsonbIteratorToken token;

	*count = 0;
	while ((token = JsonbIteratorNext(&it, &v, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			values[*count].attnum = ColumnNamed(source->relid, pnstrdup(v.val.string.val, v.val.string.len));
		else if (token == WJB_VALUE)
			values[(*count)++].text = PatchText(&v);
	}
	return values;
}

const char **
ParamsWithout(const SourceDefinition *source, const char **given, const PatchedValue *patched,
			  int npatched)
{
	int			natts = source->desc->natts;
	const char **params = palloc(sizeof(char *) * Max(natts, 1));

	memcpy(params, given, sizeof(char *) * natts);
	for (int i = 0; i < npatched; i++)
		params[patched[i].attnum - 1] = NULL;
	return params;
}
