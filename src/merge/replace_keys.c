/*
 * replace_keys.c
 *	  Replace rows by their keys: delete those whose keys are gone, then upsert.
 */
#include "base/compat.h"
#include "merge/replace_keys.h"

#include "access/relation.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/staged.h"
#include "lib/stringinfo.h"
#include "merge/join_settings.h"
#include "merge/replace_differing.h"
#include "merge/replaced_delete.h"
#include "merge/staged_scopes.h"
#include "merge/strategy.h"
#include "utils/guc.h"
#include "utils/rel.h"

/* Conditions on a row that is to go, because no row that came has its key. */
static char *
IsAbsent(const MergeShape *shape, const Replaced *r)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "WHERE %s\n", r->match);
	if (r->stays != NULL)
		appendStringInfo(&sql, "\tAND (%s) IS NOT TRUE\n", r->stays);
	appendStringInfo(&sql, "\tAND NOT EXISTS (SELECT FROM %s AS s WHERE %s)", shape->staging,
					 KeyMatch(shape, "t", "s"));
	if (r->withheld != NULL)
		appendStringInfo(&sql, "\n\tAND NOT EXISTS (SELECT FROM %s AS w WHERE %s)", r->withheld,
						 KeyMatch(shape, "t", "w"));
	return sql.data;
}

/* A SELECT from the rows t that are to go. */
static char *
SelectAbsent(const MergeShape *shape, const Replaced *r, const char *what)
{
	return psprintf("%s%sSELECT %s\nFROM %s AS t%s\n%s", r->with ? "WITH " : "",
					ReplacedWith(r, "\n"), what, shape->target, ReplacedFrom(r),
					IsAbsent(shape, r));
}

/* Rows of the windows whose keys are gone. */
static char *
DeleteSql(const MergeShape *shape, const Replaced *r)
{
	return psprintf("DELETE FROM %s AS t%s\n%s", shape->target, r->with ? " USING scope AS c" : "",
					IsAbsent(shape, r));
}

/* Of scopes it returns how many there were, and how many of them this run had written. */
static char *
RemoveSql(const MergeShape *shape, const Replaced *r)
{
	if (r->with == NULL)
		return DeleteSql(shape, r);
	return ReplacedDeleteSql(shape, ReplacedWith(r, ", "), DeleteSql(shape, r));
}

/* The removal is planned by what the scopes are, the upsert after it by what the batch is. */
char *
ReplaceKeysSql(const MergeShape *shape, const BatchFacts *facts)
{
	const Replaced *r = facts->replaced;
	StringInfoData text;

	if (facts->first_load)
		return UpsertStrategy.sql(shape, facts);
	if (ReplaceDifferingFits(shape, facts))
		return ReplaceDifferingSql(shape, facts);
	initStringInfo(&text);
	MergeSettingsText(&text, ScopeSettings(r->probes));
	appendStringInfo(&text, "%s;\n", RemoveSql(shape, r));
	if (r->probes)
		MergeSettingsText(&text, ScanSettings());
	MergeSettingsText(&text, JoinSettings(facts->probes));
	appendStringInfoString(&text, UpsertStrategy.sql(shape, facts));
	return text.data;
}

/* PostgreSQL passes over rows that a policy or a trigger keeps without a word. */
static bool
MayKeepRows(Oid target)
{
	Relation	rel = RelationOpen(target, AccessShareLock);
	bool		may = rel->rd_rel->relrowsecurity ||
		(rel->trigdesc != NULL && rel->trigdesc->trig_delete_before_row);

	relation_close(rel, NoLock);
	return may;
}

static int64
CountAbsent(const MergeShape *shape, const Replaced *r)
{
	Sql			q;

	SqlBegin(&q, SelectAbsent(shape, r, "count(*)"));
	return SqlDoInt8(&q, shape->pipeline->owner);
}

static int64
Remove(const MergeShape *shape, const Replaced *r)
{
	char	   *sql = RemoveSql(shape, r);

	return r->with == NULL ? SqlExec(sql, shape->pipeline->owner) : ReplacedDelete(shape, r, sql);
}

static void
RemoveAbsent(const MergeShape *shape, const Replaced *r, MergeCounts *counts)
{
	int			guc_level = MergeSettingsApply(ScopeSettings(r->probes));

	counts->removed += Remove(shape, r);
	if (MayKeepRows(shape->pipeline->target))
		StagedScopesTellKept(shape->pipeline, CountAbsent(shape, r));
	AtEOXact_GUC(true, guc_level);
}

void
ReplaceKeysLand(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	if (!facts->first_load && ReplaceDifferingFits(shape, facts))
	{
		ReplaceDifferingLand(shape, facts, counts);
		return;
	}
	if (!facts->first_load)
		RemoveAbsent(shape, facts->replaced, counts);
	if (facts->keys > 0)
		UpsertStrategy.land(shape, facts, counts);
}

char *
ReplaceKeysPreview(const MergeShape *shape, const Replaced *r)
{
	char	   *removed = psprintf("'removed' AS _class, 1::bigint AS _n, %s,\n"
								   "\tNULL::record AS _s, t.*::record AS _t",
								   ColumnList(shape->keys, "t"));

	return psprintf("%s\nUNION ALL\n%s", SelectAbsent(shape, r, removed),
					UpsertStrategy.preview(shape));
}

char *
ReplaceKeysRemoved(const MergeShape *shape)
{
	return SelectAbsent(shape, MergeStrategyOf(shape->pipeline)->replaced(shape),
						ColumnList(shape->keys, "t"));
}
