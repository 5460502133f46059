/*
 * changed_keys.c
 *	  Keys that a pipeline has landed since a transform has seen it last.
 *
 * Each landing writes rows with a later time of loading than those before it, and leaves rows alone
 * that are as they were.
 */
#include "base/compat.h"
#include "pipeline/changed_keys.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/command.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pipeline/arguments.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(elt_changed_keys);

/* Of the transform that this session is planning or running; NIL: of none. */
static List *current_parents = NIL;

void
WithChangedKeys(List *parents, void (*fn) (void *arg), void *arg)
{
	List	   *outer = current_parents;

	current_parents = parents;
	PG_TRY();
	{
		fn(arg);
	}
	PG_FINALLY();
	{
		current_parents = outer;
	}
	PG_END_TRY();
}

static const char *
SinceOf(const char *pipeline)
{
	ListCell   *lc;

	foreach(lc, current_parents)
	{
		const Parent *parent = lfirst(lc);

		if (strcmp(parent->pipeline->name, pipeline) == 0)
			return parent->since;
	}
	return NULL;
}

char *
ChangedRowsSql(const Parent *parent, const char *columns)
{
	char	   *sql = psprintf("select distinct %s from %s as t", columns,
							   QuotedRelation(parent->pipeline->target));

	if (parent->since == NULL)
		return sql;
	return psprintf("%s where t._loaded_at > %s::timestamptz", sql,
					quote_literal_cstr(parent->since));
}

/*
 * elt.changed_keys(pipeline)
 *		Within a transform, keys that have landed since its last run; elsewhere all keys. The caller
 *		needs SELECT on the target.
 */
Datum
elt_changed_keys(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid			caller = GetUserId();
	Parent		parent = {NULL};
	Sql			q;

	RequireArg(fcinfo, 0, "pipeline name");
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	SPI_connect();
	parent.pipeline = PipelineByName(TextArg(fcinfo, 0));
	parent.since = unconstify(char *, SinceOf(parent.pipeline->name));
	SqlBegin(&q, ChangedRowsSql(&parent, ColumnsAsJson(parent.pipeline->key, "t")));
	SqlRun(&q, caller);
	for (uint64 i = 0; i < q.processed; i++)
	{
		bool		isnull;
		Datum		key = SqlDatum(&q, i, 1, &isnull);

		tuplestore_putvalues(result->setResult, result->setDesc, &key, &isnull);
	}
	SPI_finish();
	return (Datum) 0;
}
