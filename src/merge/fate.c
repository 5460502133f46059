/*
 * fate.c
 *	  Let the staged rows of children share what became of their parents.
 */
#include "base/compat.h"
#include "merge/fate.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "catalog/staged.h"
#include "lib/stringinfo.h"
#include "load/withheld.h"
#include "load/work.h"
#include "merge/join_settings.h"
#include "merge/strategy.h"
#include "merge/target.h"
#include "utils/builtins.h"
#include "utils/guc.h"

/* Work tables. */
#define GONE "gone"
#define SCOPE "scope"

#define FATE_COLUMNS "_record bigint, _fate pg_catalog.text"

static char *
Fates(const Pipeline *p)
{
	return WorkTable(p, WORK_FATE);
}

static char *
Gone(const Pipeline *p)
{
	return WorkTable(p, GONE);
}

void
FatesBegin(const Pipeline *parent)
{
	if (!parent->is_parent)
		return;
	WorkTableBegin(parent, WORK_FATE, FATE_COLUMNS);
	if (parent->key != NIL)
		WorkTableBegin(parent, GONE, ColumnDefinitions(SourceShape(parent)->keys));
}

void
FatesEnd(const Pipeline *parent)
{
	if (!parent->is_parent)
		return;
	WorkTableEnd(parent, WORK_FATE);
	if (parent->key != NIL)
		WorkTableEnd(parent, GONE);
}

/* ---- of a parent ---- */

/* Keys whose newest row is a delete are gone even if their rows stay as tombstones. */
static char *
DeletedKeys(const MergeShape *parent)
{
	return psprintf("INSERT INTO %s\nSELECT DISTINCT %s FROM %s AS s\nJOIN %s AS f USING (_record)\n"
					"WHERE f._fate = 'deleted'", Gone(parent->pipeline),
					ColumnList(parent->keys, "s"), parent->staging, Fates(parent->pipeline));
}

void
FatesJudge(const MergeShape *parent, const MergeCounts *counts)
{
	const Pipeline *p = parent->pipeline;
	const MergeStrategy *strategy = MergeStrategyOf(p);
	char	   *fates;
	int			guc_level;

	if (!p->is_parent || strategy->fates == NULL)
		return;
	if (!strategy->keeps_history && counts->duplicate == 0 && counts->stale == 0 &&
		parent->deleted == NULL)
		return;
	fates = strategy->fates(parent);
	if (fates == NULL)
		return;
	guc_level = HashJoinsApply();
	SqlExec(psprintf("INSERT INTO %s\nSELECT _record, _fate FROM (%s) AS x WHERE _fate IS NOT NULL",
					 Fates(p), fates), p->owner);
	if (parent->deleted != NULL)
		SqlExec(DeletedKeys(parent), p->owner);
	AtEOXact_GUC(true, guc_level);
}

void
FatesFindGone(const MergeShape *parent, const char *absent)
{
	const Pipeline *p = parent->pipeline;
	const MergeStrategy *strategy = MergeStrategyOf(p);

	if (!p->is_parent || p->key == NIL)
		return;
	if (absent != NULL)
		SqlExec(psprintf("INSERT INTO %s SELECT %s FROM %s", Gone(p),
						 ColumnList(parent->keys, NULL), absent), p->owner);
	if (strategy->removed_keys != NULL)
		SqlExec(psprintf("INSERT INTO %s\n%s", Gone(p), strategy->removed_keys(parent)),
				p->owner);
}

void
FatesAddGone(const MergeShape *parent, const char *keys, int64 run_id)
{
	const Pipeline *p = parent->pipeline;
	Sql			q;

	SqlBegin(&q, psprintf("INSERT INTO %s\nSELECT %s FROM %s AS a\n"
						  "WHERE EXISTS (SELECT FROM %s AS t WHERE %s AND %s\n"
						  "\tAND coalesce(t._run_id, 0) <= $1)", Gone(p),
						  ColumnList(parent->keys, "a"), keys, parent->target,
						  KeyMatch(parent, "t", "a"), MergeStrategyOf(p)->live(parent)));
	SqlAddInt8(&q, run_id);
	SqlDo(&q, p->owner);
}

/* ---- of a child ---- */

/* "t.order_id = g.id AND ...": a row of the child and the key of its parent. */
static char *
ParentMatch(const MergeShape *child, const Pipeline *parent, const char *row, const char *key)
{
	List	   *holders = ColumnsNamed(child, child->pipeline->parent_key);
	List	   *keys = SourceShape(parent)->keys;
	StringInfoData match;
	ListCell   *h;
	ListCell   *k;

	initStringInfo(&match);
	forboth(h, holders, k, keys)
	{
		MergeColumn *holder = lfirst(h);
		MergeColumn *column = lfirst(k);

		AppendItem(&match, " AND ", "%s.%s %s %s.%s", row, holder->name, column->equals, key,
				   column->name);
	}
	return match.data;
}

static void
CountFate(MergeCounts *counts, const char *fate, int64 rows)
{
	if (strcmp(fate, "stale") == 0)
		counts->stale += rows;
	else if (strcmp(fate, "duplicate") == 0)
		counts->duplicate += rows;
	else if (strcmp(fate, "deleted") == 0)
		counts->deleted += rows;
	else if (strcmp(fate, "dropped") == 0)
		counts->dropped += rows;
	else
		elog(ERROR, "unknown fate \"%s\"", fate);
}

static void
InheritFates(const Pipeline *child, const Pipeline *parent, MergeCounts *counts)
{
	const char *kept = "";
	Sql			q;

	if (child->is_parent)
		kept = psprintf(", kept AS (\n\tINSERT INTO %s SELECT * FROM gone\n)", Fates(child));

	SqlBegin(&q, psprintf("WITH gone AS (\n\tDELETE FROM %s AS c USING %s AS f\n"
						  "\tWHERE f._record = c._parent\n\tRETURNING c._record, f._fate\n)%s\n"
						  "SELECT _fate, count(*) FROM gone GROUP BY _fate",
						  PipelineStaging(child), Fates(parent), kept));
	SqlRun(&q, child->owner);
	for (uint64 i = 0; i < q.processed; i++)
		CountFate(counts, SqlText(&q, i, 1), SqlInt8(&q, i, 2, NULL));
	SqlDone(&q);
}

static const Offence parent_rejected = {
	.reason = "parent",
	.message = "the row of its parent was rejected"
};

/* Their parents were quarantined, or were no rows at all. */
static BadRows *
RowsWithoutParent(const Pipeline *child, const Pipeline *parent)
{
	BadRows    *bad = BadRowsBegin();
	Sql			q;

	SqlBegin(&q, psprintf("SELECT c.ctid FROM %s AS c WHERE NOT EXISTS\n"
						  "\t(SELECT FROM %s AS s WHERE s._record = c._parent) ORDER BY 1",
						  PipelineStaging(child), PipelineStaging(parent)));
	SqlRun(&q, child->owner);
	for (uint64 i = 0; i < q.processed; i++)
		BadRowsAdd(bad, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)),
				   &parent_rejected);
	SqlDone(&q);
	return bad;
}

BadRows *
FatesParentless(const MergeShape *child, const MergeShape *parent)
{
	const MergeStrategy *strategy = MergeStrategyOf(parent->pipeline);
	BadRows    *bad = BadRowsBegin();
	Sql			q;

	SqlBegin(&q, psprintf("SELECT s.ctid FROM %s AS s WHERE NOT EXISTS\n"
						  "\t(SELECT FROM %s AS t WHERE %s AND %s) ORDER BY 1", child->staging,
						  parent->target, ParentMatch(child, parent->pipeline, "s", "t"),
						  strategy->live ? strategy->live(parent) : "true"));
	SqlRun(&q, child->pipeline->owner);
	for (uint64 i = 0; i < q.processed; i++)
		BadRowsAdd(bad, (ItemPointer) DatumGetPointer(SqlDatum(&q, i, 1, NULL)),
				   &parent_rejected);
	SqlDone(&q);
	return bad;
}

/* In quarantine, but not withheld: what has no parent that lands is in no list that is replaced. */
static int64
QuarantineOrphans(const Pipeline *child, const Pipeline *parent, int64 run_id)
{
	BadRows    *orphans = RowsWithoutParent(child, parent);

	if (orphans->count == 0)
		return 0;
	BadRowsQuarantine(orphans, child, run_id, StagedRead(child)->batch, "merge");
	BadRowsForget(orphans, child);
	return orphans->count;
}

/* The same for rows that a check has taken out. */
static void
ForgetWithheld(const Pipeline *child, const Pipeline *parent)
{
	char	   *withheld = WithheldRows(child);

	if (withheld != NULL)
		SqlExec(psprintf("DELETE FROM %s AS w WHERE NOT EXISTS (SELECT FROM %s AS s\n"
						 "\tWHERE s._record = w._parent\n"
						 "\tAND NOT EXISTS (SELECT FROM %s AS f WHERE f._record = w._parent))",
						 withheld, PipelineStaging(parent), Fates(parent)), child->owner);
}

void
FatesInherit(const Pipeline *child, const Pipeline *parent, bool complete, int64 run_id,
			 MergeCounts *counts)
{
	int			guc_level = HashJoinsApply();

	InheritFates(child, parent, counts);
	if (!complete)
		counts->quarantined += QuarantineOrphans(child, parent, run_id);
	ForgetWithheld(child, parent);
	AtEOXact_GUC(true, guc_level);
}

bool
FatesAnyGone(const Pipeline *parent)
{
	Sql			q;

	if (parent->key == NIL)
		return false;
	SqlBegin(&q, psprintf("SELECT FROM %s LIMIT 1", Gone(parent)));
	return SqlDo(&q, AsCatalog()) > 0;
}

void
FatesInheritGone(const MergeShape *child, const Pipeline *parent)
{
	const Pipeline *p = child->pipeline;

	if (p->parent_key == NIL || !p->is_parent || p->key == NIL || !FatesAnyGone(parent))
		return;
	SqlExec(psprintf("INSERT INTO %s\nSELECT %s FROM %s AS t JOIN %s AS g ON %s", Gone(p),
					 ColumnList(child->keys, "t"), child->target, Gone(parent),
					 ParentMatch(child, parent, "t", "g")), p->owner);
}

static char *
RemoveSql(const MergeShape *child, const Pipeline *parent)
{
	char	   *match = ParentMatch(child, parent, "t", "g");

	if (child->deleted == NULL)
		return psprintf("DELETE FROM %s AS t USING %s AS g\nWHERE %s", child->target,
						Gone(parent), match);
	return psprintf("UPDATE %s AS t SET _deleted = true, _run_id = $1, _loaded_at = now()\n"
					"FROM %s AS g\nWHERE %s AND t._deleted IS NOT TRUE", child->target,
					Gone(parent), match);
}

int64
FatesRemoveOrphans(const MergeShape *child, const Pipeline *parent, int64 run_id)
{
	const Pipeline *p = child->pipeline;
	Sql			q;

	if (p->parent_key == NIL || !FatesAnyGone(parent))
		return 0;
	SqlBegin(&q, RemoveSql(child, parent));
	SqlAddInt8(&q, run_id);
	return SqlDo(&q, p->owner);
}

/* ---- scopes ---- */

static bool
HasScopes(const Pipeline *child)
{
	return child->parent_key != NIL && child->replace_by != NIL;
}

/* Rows of the child that came, but whose keys are not known. */
static char *
UnknownRows(const MergeShape *child)
{
	const Pipeline *p = child->pipeline;
	const char *withheld = WithheldRows(p);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT parent_record AS _parent FROM elt_catalog.staged_reject\n"
					 "\t\tWHERE pipeline_id = %d", p->id);
	if (child->keys == NIL)
		return sql.data;
	appendStringInfo(&sql, "\n\t\tUNION ALL SELECT _parent FROM %s WHERE %s", child->staging,
					 KeyIsNull(child));
	if (withheld != NULL)
		appendStringInfo(&sql, "\n\t\tUNION ALL SELECT _parent FROM %s WHERE %s", withheld,
						 KeyIsNull(child));
	return sql.data;
}

/* A list of which a record was rejected says nothing of the rows that it lacks. */
static char *
ScopesSql(const MergeShape *child, const Pipeline *parent)
{
	const char *keys = ColumnList(SourceShape(parent)->keys, "s");

	return psprintf("INSERT INTO %s\nSELECT %s, bool_and(NOT EXISTS (SELECT\n"
					"\tFROM (%s) AS r WHERE r._parent = s._record))\n"
					"FROM %s AS s\nWHERE NOT EXISTS (SELECT FROM %s AS f WHERE f._record = s._record)\n"
					"GROUP BY %s", WorkTable(child->pipeline, SCOPE), keys, UnknownRows(child),
					PipelineStaging(parent), Fates(parent), keys);
}

void
FatesFillScopes(const MergeShape *child, const Pipeline *parent)
{
	const Pipeline *p = child->pipeline;
	int			guc_level;

	if (!HasScopes(p))
		return;
	guc_level = HashJoinsApply();
	WorkTableBegin(p, SCOPE, psprintf("%s, _whole boolean",
									  ColumnDefinitions(ColumnsNamed(child, p->parent_key))));
	if (TargetMayHaveRows(p->target))
		SqlExec(ScopesSql(child, parent), AsCatalog());
	AtEOXact_GUC(true, guc_level);
}

char *
FatesScopes(const MergeShape *child)
{
	const Pipeline *p = child->pipeline;

	if (!HasScopes(p))
		return NULL;
	return psprintf("SELECT %s, _whole FROM %s", ColumnList(ColumnsNamed(child, p->parent_key), NULL),
					WorkTable(p, SCOPE));
}
