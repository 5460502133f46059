/*
 * param_match.c
 *	  Condition on rows of a target by combinations of params.
 */
#include "base/compat.h"
#include "merge/param_match.h"

#include "base/item_list.h"
#include "source/params.h"
#include "utils/builtins.h"

/* The column that carries a param; the source's definition has one for each. */
static MergeColumn *
ParamColumn(const MergeShape *shape, const char *param)
{
	const SourceDefinition *source = shape->source;

	for (int i = 0; i < source->ncolumns; i++)
		if (source->columns[i].param != NULL && strcmp(source->columns[i].param, param) == 0)
			return linitial(ColumnsNamed(shape, list_make1(source->columns[i].name)));
	elog(ERROR, "no column carries param \"%s\"", param);
}

/* "t.country", or "(t.country, t.area)". */
static char *
ParamColumns(const MergeShape *shape, const char *alias)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, shape->source->params)
		columns = lappend(columns, ParamColumn(shape, lfirst(lc)));
	return psprintf(list_length(columns) == 1 ? "%s" : "(%s)", ColumnList(columns, alias));
}

/* "'de'::text", or "('de'::text, '10'::integer)". */
static char *
ParamValues(const MergeShape *shape, const char *combination)
{
	StringInfoData values;
	ListCell   *lc;

	initStringInfo(&values);
	foreach(lc, shape->source->params)
		AppendItem(&values, ", ", "%s::%s",
				   quote_literal_cstr(ParamText(combination, lfirst(lc))),
				   ParamColumn(shape, lfirst(lc))->type);
	return psprintf(list_length(shape->source->params) == 1 ? "%s" : "(%s)", values.data);
}

char *
ParamMatch(const MergeShape *shape, const char *alias, List *combinations)
{
	StringInfoData values;
	ListCell   *lc;

	if (list_length(combinations) == 1)
		return psprintf("%s = %s", ParamColumns(shape, alias),
						ParamValues(shape, linitial(combinations)));
	initStringInfo(&values);
	foreach(lc, combinations)
		AppendItem(&values, ", ", "%s", ParamValues(shape, lfirst(lc)));
	return psprintf("%s IN (%s)", ParamColumns(shape, alias), values.data);
}
