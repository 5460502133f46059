/*
 * replace_differing.c
 *	  Find what a batch changes in its scopes by one join, and write only that.
 *
 * The staged rows and the stored ones of their scopes are joined in full: rows that are new or
 * changed, and keys that are gone, are kept in work tables. The keys are deleted and the rows
 * merged, each by a plan for as many as there are. A row whose key is stored in another scope is
 * new to the join, and an update to the merge.
 */
#include "base/compat.h"
#include "merge/replace_differing.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "lib/stringinfo.h"
#include "load/work.h"
#include "merge/join_settings.h"
#include "merge/replaced_delete.h"
#include "merge/staged_scopes.h"
#include "merge/strategy.h"
#include "utils/guc.h"

#define ABSENT		"absent"
#define DIFFERING	"differing"

bool
ReplaceDifferingFits(const MergeShape *shape, const BatchFacts *facts)
{
	return shape->replace_by != NIL && facts->rows - facts->null_keys == facts->keys;
}

/* ---- the work tables ---- */

static char *
DifferingColumns(const MergeShape *shape)
{
	return psprintf("%s, _run_id bigint, _loaded_at timestamp with time zone",
					ColumnDefinitions(shape->columns));
}

static char *
Absent(const MergeShape *shape)
{
	return WorkTable(shape->pipeline, ABSENT);
}

/* The merge of what differs. */
static MergeShape
DifferingShape(const MergeShape *shape)
{
	MergeShape	differing = *shape;

	differing.staging = WorkTable(shape->pipeline, DIFFERING);
	return differing;
}

static BatchFacts
DifferingFacts(const BatchFacts *facts, int64 rows)
{
	BatchFacts	differing = *facts;

	differing.rows = differing.keys = rows;
	differing.null_keys = 0;
	differing.repeated = NULL;
	differing.values = NULL;
	return differing;
}

/* ---- statements ---- */

/* "coalesce(s.a, t.a) AS a, s.b": the staged row, or the key of one that is not there. */
static char *
JoinedColumns(const MergeShape *shape)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, shape->columns)
	{
		MergeColumn *column = lfirst(lc);

		if (column->key)
			AppendItem(&list, ", ", "coalesce(s.%s, t.%s) AS %s", column->name, column->name,
					   column->name);
		else
			AppendItem(&list, ", ", "s.%s", column->name);
	}
	return list.data;
}

static char *
StoredRows(const MergeShape *shape, const Replaced *r)
{
	char	   *stays = r->stays == NULL ? "" : psprintf(", %s AS _stays", r->stays);

	return psprintf("SELECT %s%s\n\t\tFROM %s", ColumnList(shape->columns, "t"), stays,
					ReplacedRows(shape, r));
}

/* Of a stored row whose key no staged row has. */
static char *
IsGone(const MergeShape *shape, const Replaced *r)
{
	char	   *gone = r->stays == NULL ? "true" : "t._stays IS NOT TRUE";

	if (r->withheld == NULL)
		return gone;
	return psprintf("%s AND NOT EXISTS (SELECT FROM %s AS w WHERE %s)", gone, r->withheld,
					KeyMatch(shape, "t", "w"));
}

static char *
FindSql(const MergeShape *shape, const Replaced *r)
{
	const MergeColumn *key = linitial(shape->keys);
	char	   *columns = ColumnList(shape->columns, NULL);
	char	   *keys = ColumnList(shape->keys, NULL);
	char	   *differ = ValuesDiffer(shape, "t", "s");
	char	   *is_absent = ColumnIsNull(key, "s");
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "WITH %sdiffering AS MATERIALIZED (\n"
					 "\tSELECT %s, s._run_id, s._loaded_at, %s AS _is_absent\n"
					 "\tFROM %s AS s FULL JOIN (\n\t\t%s\n\t) AS t ON %s\n"
					 "\tWHERE CASE WHEN %s THEN %s\n\t\tELSE %s",
					 ReplacedWith(r, ", "), JoinedColumns(shape), is_absent, shape->staging,
					 StoredRows(shape, r), KeyMatch(shape, "t", "s"), is_absent, IsGone(shape, r),
					 ColumnIsNull(key, "t"));
	if (differ != NULL)
		appendStringInfo(&sql, " OR %s", differ);
	appendStringInfo(&sql, " END\n), absent AS (\n"
					 "\tINSERT INTO %s (%s) SELECT %s FROM differing WHERE _is_absent\n\tRETURNING 1\n"
					 "), changed AS (\n"
					 "\tINSERT INTO %s (%s, _run_id, _loaded_at)\n"
					 "\tSELECT %s, _run_id, _loaded_at FROM differing WHERE NOT _is_absent\n"
					 "\tRETURNING 1\n)\n"
					 "SELECT (SELECT count(*) FROM changed) AS changed,\n"
					 "\t(SELECT count(*) FROM absent) AS absent", Absent(shape), keys, keys,
					 WorkTable(shape->pipeline, DIFFERING), columns, columns);
	return sql.data;
}

static char *
DeleteSql(const MergeShape *shape)
{
	return ReplacedDeleteSql(shape, "", psprintf("\tDELETE FROM %s AS t USING %s AS a WHERE %s",
												 shape->target, Absent(shape),
												 KeyMatch(shape, "t", "a")));
}

char *
ReplaceDifferingSql(const MergeShape *shape, const BatchFacts *facts)
{
	const Replaced *r = facts->replaced;
	MergeShape	differing = DifferingShape(shape);
	BatchFacts	few = DifferingFacts(facts, facts->keys);
	StringInfoData text;

	(void) MergeSettings(&differing, &few);
	initStringInfo(&text);
	appendStringInfo(&text, "-- What differs, and the keys that are gone.\n"
					 "CREATE UNLOGGED TABLE IF NOT EXISTS %s (%s);\n"
					 "CREATE UNLOGGED TABLE IF NOT EXISTS %s (%s);\n", differing.staging,
					 DifferingColumns(shape), Absent(shape), ColumnDefinitions(shape->keys));
	MergeSettingsText(&text, ScopeSettings(r->probes));
	appendStringInfo(&text, "%s;\n-- Planned for as many as there are; here, as if all differed.\n",
					 FindSql(shape, r));
	if (r->probes)
		MergeSettingsText(&text, ScanSettings());
	MergeSettingsText(&text, JoinSettings(few.probes));
	appendStringInfo(&text, "%s;\n%s;\nTRUNCATE %s, %s", DeleteSql(shape),
					 UpsertStrategy.sql(&differing, &few), differing.staging, Absent(shape));
	return text.data;
}

/* ---- landing ---- */

static void
Find(const MergeShape *shape, const Replaced *r, int64 *changed, int64 *absent)
{
	const Pipeline *p = shape->pipeline;
	int			guc_level = MergeSettingsApply(ScopeSettings(r->probes));
	Sql			q;

	WorkTableBegin(p, DIFFERING, DifferingColumns(shape));
	WorkTableBegin(p, ABSENT, ColumnDefinitions(shape->keys));
	SqlBegin(&q, FindSql(shape, r));
	SqlRun(&q, p->owner);
	*changed = SqlInt8(&q, 0, 1, NULL);
	*absent = SqlInt8(&q, 0, 2, NULL);
	SqlDone(&q);
	AtEOXact_GUC(true, guc_level);
}

static int64
Delete(const MergeShape *shape, const Replaced *r, int64 absent)
{
	int			guc_level;
	int64		removed;

	if (absent == 0)
		return 0;
	guc_level = MergeSettingsApply(JoinSettings(ProbesCostLess(shape, NULL, NULL, absent)));
	removed = ReplacedDelete(shape, r, DeleteSql(shape));
	AtEOXact_GUC(true, guc_level);
	StagedScopesTellKept(shape->pipeline, absent - removed);
	return removed;
}

static void
Merge(const MergeShape *shape, const BatchFacts *facts, int64 changed, MergeCounts *counts)
{
	MergeShape	differing = DifferingShape(shape);
	BatchFacts	few = DifferingFacts(facts, changed);
	int			guc_level;

	if (changed == 0)
		return;
	guc_level = MergeSettingsApply(MergeSettings(&differing, &few));
	UpsertStrategy.land(&differing, &few, counts);
	AtEOXact_GUC(true, guc_level);
}

void
ReplaceDifferingLand(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	const Pipeline *p = shape->pipeline;
	int64		changed;
	int64		absent;

	Find(shape, facts->replaced, &changed, &absent);
	counts->removed += Delete(shape, facts->replaced, absent);
	Merge(shape, facts, changed, counts);
	counts->unchanged += facts->keys - changed;
	WorkTableEnd(p, DIFFERING);
	WorkTableEnd(p, ABSENT);
}
