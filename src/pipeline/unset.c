/*
 * unset.c
 *	  Options of a pipeline that are set back to what they are unless given.
 *
 * An argument that is NULL leaves what it is about as it is, so it cannot say that a limit goes.
 */
#include "base/compat.h"
#include "pipeline/unset.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "merge/strategy_check.h"
#include "partition/policy_set.h"
#include "utils/jsonb.h"

#define UNSET(column) \
	"update elt_catalog.pipeline set " column " = default, changed_at = clock_timestamp()" \
	" where id = $1"

/* Each means by its absence that there is no limit. */
static const struct
{
	const char *name;
	const char *statement;		/* NULL: it is the policy's */
}			options[] = {
	{"fail_after", UNSET("fail_after")},
	{"late_horizon", UNSET("late_horizon")},
	{"not_yet_limit", UNSET("not_yet_limit")},
	{"retain", NULL},
	{"tombstone_retention", UNSET("tombstone_retention")},
};

static void
Unset(const Pipeline *p, const char *statement)
{
	if (statement == NULL)
		PolicyKeepForEver(p->target);
	else
		PipelineExec(p, statement);
}

static void
UnsetOption(const Pipeline *p, const char *name)
{
	for (int i = 0; i < lengthof(options); i++)
		if (strcmp(options[i].name, name) == 0)
		{
			Unset(p, options[i].statement);
			return;
		}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" cannot be set to null", name),
			 errhint("fail_after, late_horizon, not_yet_limit, retain and tombstone_retention "
					 "can: then there is no limit.")));
}

static void
CheckIsNull(const char *name, const char *type)
{
	if (strcmp(type, "null") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" must be null", name),
				 errhint("A value is an argument of elt.alter_pipeline.")));
}

bool
UnsetsOption(FunctionCallInfo fcinfo, int n, const char *name)
{
	JsonbValue	found;

	return !PG_ARGISNULL(n) && JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(n)) &&
		getKeyJsonValueFromContainer(&PG_GETARG_JSONB_P(n)->root, name, strlen(name),
									 &found) != NULL;
}

void
UnsetOptions(FunctionCallInfo fcinfo, int n, const Pipeline *p)
{
	Sql			q;

	if (PG_ARGISNULL(n))
		return;
	if (!JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(n)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options must be a JSON object"),
				 errhint("For example '{\"retain\": null}'.")));
	SqlBegin(&q, "select key, jsonb_typeof(value) from jsonb_each($1) order by key");
	SqlAdd(&q, JSONBOID, PG_GETARG_DATUM(n), false);
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		CheckIsNull(SqlText(&q, i, 1), SqlText(&q, i, 2));
		UnsetOption(p, SqlText(&q, i, 1));
	}
	SqlDone(&q);
	if (p->late_horizon != NULL)
		StrategyOptionsChanged(PipelineById(p->id));
}
