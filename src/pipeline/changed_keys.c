/*
 * changed_keys.c
 *	  Keys that a pipeline has landed since a transform has seen it last.
 *
 * Each landing writes rows with a later time of loading than those before it, and leaves rows alone
 * that are as they were.
 */
#include "base/compat.h"
#include "pipeline/changed_keys.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/type_text.h"
#include "catalog/command.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(elt_changed_keys);
PG_FUNCTION_INFO_V1(elt_changed_since);

/* What elt.changed_keys returns in this session. */
typedef struct Scope
{
	List	   *parents;		/* Parent *, of the transform that is planned or run; NIL: of none */
	bool		some;			/* no more of a parent than are of use */
	bool		exceeded;		/* one had more */
} Scope;

static Scope scope;

static void
Within(Scope *inner, void (*fn) (void *arg), void *arg)
{
	Scope		outer = scope;

	scope = *inner;
	PG_TRY();
	{
		fn(arg);
		*inner = scope;
	}
	PG_FINALLY();
	{
		scope = outer;
	}
	PG_END_TRY();
}

void
WithChangedKeys(List *parents, void (*fn) (void *arg), void *arg)
{
	Scope		inner = {parents};

	Within(&inner, fn, arg);
}

bool
WithSomeChangedKeys(List *parents, void (*fn) (void *arg), void *arg)
{
	Scope		inner = {parents, true};

	Within(&inner, fn, arg);
	return !inner.exceeded;
}

static const char *
SinceOf(const char *pipeline)
{
	ListCell   *lc;

	foreach(lc, scope.parents)
	{
		const Parent *parent = lfirst(lc);

		if (strcmp(parent->pipeline->name, pipeline) == 0)
			return parent->since;
	}
	return NULL;
}

char *
ChangedKeysSql(const Parent *parent, List *columns)
{
	char	   *sql = psprintf("select distinct %s from %s as t", QuotedColumns(columns, "t"),
							   QuotedRelation(parent->pipeline->target));

	if (parent->since == NULL)
		return sql;
	return psprintf("%s where t._loaded_at > %s::timestamptz", sql,
					quote_literal_cstr(parent->since));
}

/* As JSON, which is written for each key only once. */
static char *
KeysAsJsonSql(const Parent *parent)
{
	List	   *key = parent->pipeline->key;
	bool		some = scope.some && parent->since != NULL;

	return psprintf("select %s from (%s%s) as t", ColumnsAsJson(key, "t"),
					ChangedKeysSql(parent, key),
					some ? psprintf(" limit %d", MAX_CHANGED_KEYS + 1) : "");
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
	SqlBegin(&q, KeysAsJsonSql(&parent));
	SqlRun(&q, caller);
	scope.exceeded |= scope.some && q.processed > MAX_CHANGED_KEYS;
	for (uint64 i = 0; i < q.processed; i++)
	{
		bool		isnull;
		Datum		key = SqlDatum(&q, i, 1, &isnull);

		tuplestore_putvalues(result->setResult, result->setDesc, &key, &isnull);
	}
	SPI_finish();
	return (Datum) 0;
}

/*
 * elt.changed_since(pipeline)
 *		Within a transform, the time of loading after which rows of the target have changed since its
 *		last run; elsewhere, and where everything is read, -infinity.
 */
Datum
elt_changed_since(PG_FUNCTION_ARGS)
{
	const Pipeline *p;
	const char *since;

	RequireArg(fcinfo, 0, "pipeline name");
	SPI_connect();
	p = PipelineByName(TextArg(fcinfo, 0));
	since = SinceOf(p->name);
	SPI_finish();
	if (since == NULL)
		PG_RETURN_TIMESTAMPTZ(DT_NOBEGIN);
	PG_RETURN_DATUM(ValueOfText(TIMESTAMPTZOID, -1, since));
}
