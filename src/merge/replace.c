/*
 * replace.c
 *	  Replace the rows of whole scopes or windows by the staged rows.
 *
 * Rows that are on both sides are not touched. With a key this is an upsert, after the rows of the
 * scopes whose keys are gone were deleted. Without one, both sides are counted as multisets of
 * rows: only rows that one side has more often are written. Rows of a scope are deleted before
 * others are inserted, so that no unique index of the target sees duplicates.
 */
#include "base/compat.h"
#include "merge/strategy.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "lib/stringinfo.h"
#include "load/withheld.h"
#include "merge/join_settings.h"
#include "merge/plain_target.h"
#include "merge/replace_by.h"
#include "merge/replace_differing.h"
#include "merge/replace_keys.h"
#include "merge/replace_source.h"
#include "merge/replaced.h"
#include "merge/staged_scopes.h"
#include "merge/staged_windows.h"
#include "merge/target.h"

static bool
ScopesAreProbed(const MergeShape *shape, const BatchFacts *facts, const Replaced *r)
{
	return r->found_by_index && ProbesCostLess(shape, r->range, r->range_column, facts->rows);
}

/* Rows are joined by a hash that no statistics know of: the planner would rather sort both sides. */
static List *
ReplaceSettings(const MergeShape *shape, BatchFacts *facts)
{
	Replaced   *r = MergeStrategyOf(shape->pipeline)->replaced(shape);

	r->probes = ScopesAreProbed(shape, facts, r);
	facts->replaced = r;
	if (shape->keys != NIL)
		return ReplaceDifferingFits(shape, facts) ? CommonSettings() : MergeSettings(shape, facts);
	return list_concat(CommonSettings(), ScopeSettings(r->probes));
}

/* "alias.a, alias.b::text AS b": values by which two rows are the same or not. */
static char *
ComparedColumns(const MergeShape *shape, const char *alias)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, shape->values)
	{
		MergeColumn *column = lfirst(lc);

		appendStringInfo(&list, "%s.%s", alias, column->name);
		if (*column->cast != '\0')
			appendStringInfo(&list, "%s AS %s", column->cast, column->name);
		appendStringInfoString(&list, ", ");
	}
	return list.data;
}

/* Is there a row that its absence does not delete? */
static bool
SomeStay(const Replaced *r)
{
	return r->stays != NULL || r->withheld != NULL;
}

/* ", x AS _stays" of a side whose rows must stay, or of both. */
static char *
Stays(const Replaced *r, const char *condition)
{
	if (!SomeStay(r))
		return "";
	return psprintf(", %s", condition != NULL ? condition : "false");
}

/* Rows that were taken out are on neither side, and what equals them stays. */
static char *
WithheldSide(const MergeShape *shape, const Replaced *r)
{
	if (r->withheld == NULL)
		return "";
	return psprintf("\t\tUNION ALL\n\t\tSELECT %sNULL, NULL, true FROM %s AS w\n",
					ComparedColumns(shape, "w"), r->withheld);
}

/* Both sides as multisets: each row with how often it is there, and a staged one to copy. */
static char *
Sides(const MergeShape *shape, const Replaced *r)
{
	char	   *columns = ColumnList(shape->values, NULL);
	bool		some_stay = SomeStay(r);

	return psprintf("\tSELECT %s, min(_at) AS _at, sum(_is_staged) AS _staged,\n"
					"\t\tsum(1 - _is_staged) AS _stored%s\n"
					"\tFROM (\n"
					"\t\tSELECT %ss.ctid AS _at, 1 AS _is_staged%s%s FROM %s AS s\n"
					"\t\tUNION ALL\n"
					"\t\tSELECT %sNULL, 0%s FROM %s\n%s"
					"\t) AS r\n"
					"\tGROUP BY %s", columns, some_stay ? ", bool_or(_stays) AS _stays" : "",
					ComparedColumns(shape, "s"), Stays(r, NULL), some_stay ? " AS _stays" : "",
					shape->staging, ComparedColumns(shape, "t"), Stays(r, r->stays),
					ReplacedRows(shape, r), WithheldSide(shape, r), columns);
}

static void
AppendDiffering(StringInfo sql, const MergeShape *shape, const Replaced *r)
{
	appendStringInfo(sql, "WITH %sdiffering AS MATERIALIZED (\n%s\n"
					 "\tHAVING sum(_is_staged) <> sum(1 - _is_staged)", ReplacedWith(r, ", "),
					 Sides(shape, r));
	if (SomeStay(r))
		appendStringInfoString(sql, "\n\t\tAND (sum(_is_staged) > sum(1 - _is_staged)"
							   " OR NOT bool_or(_stays))");
	appendStringInfoString(sql, "\n)");
}

/* What the removal joins beside what differs: of the scopes those that lose rows. */
static char *
FromLosing(const Replaced *r)
{
	if (r->by == NULL)
		return pstrdup(ReplacedFrom(r));
	return psprintf(", (\n\t\tSELECT DISTINCT %s FROM differing WHERE _stored > _staged) AS c", r->by);
}

/*
 * Of rows that become fewer but not none all go, and what stays is inserted again: equal rows
 * cannot be told apart without a system column.
 */
static void
AppendExchange(StringInfo sql, const MergeShape *shape, const Replaced *r)
{
	char	   *columns = ColumnList(shape->columns, NULL);
	char	   *stored = Comparable(shape->values, "t");
	char	   *differing = ColumnList(shape->values, "d");

	appendStringInfo(sql, ", removed AS (\n"
					 "\tDELETE FROM %s AS t USING differing AS d%s\n"
					 "\tWHERE %s\n\t\tAND d._stored > d._staged\n"
					 "\t\tAND %s = %s\n"
					 "\t\tAND (%s) IS NOT DISTINCT FROM (%s)\n"
					 "\tRETURNING %s\n)",
					 shape->target, FromLosing(r), r->match, RowHash(shape->values, "t"),
					 RowHash(shape->values, "d"), stored, differing, r->may_repeat ? "t._run_id" : "1");
	appendStringInfo(sql, ", inserted AS (\n"
					 "\tINSERT INTO %s (%s, _run_id, _loaded_at)\n"
					 "\tSELECT %s, s._run_id, s._loaded_at\n"
					 "\tFROM differing AS d JOIN %s AS s ON s.ctid = d._at,\n"
					 "\t\tgenerate_series(1, d._staged - CASE WHEN d._stored < d._staged"
					 " THEN d._stored ELSE 0 END)\n"
					 "\tWHERE s.ctid = ANY (ARRAY(SELECT _at FROM differing WHERE _staged > 0))\n"
					 "\t\tAND (SELECT count(*) FROM removed) >= 0\n"
					 "\tRETURNING 1\n)",
					 shape->target, columns, ColumnList(shape->columns, "s"), shape->staging);
}

static char *
MultisetSql(const MergeShape *shape, const Replaced *r)
{
	StringInfoData sql;

	initStringInfo(&sql);
	AppendDiffering(&sql, shape, r);
	AppendExchange(&sql, shape, r);
	appendStringInfoString(&sql, "\nSELECT coalesce(sum(_staged - _stored) FILTER"
						   " (WHERE _staged > _stored), 0)::bigint AS inserted,\n"
						   "\tcoalesce(sum(_stored - _staged) FILTER"
						   " (WHERE _stored > _staged), 0)::bigint AS removed,\n"
						   "\tcoalesce(sum(_stored) FILTER"
						   " (WHERE _stored > _staged), 0)::bigint AS to_delete,\n"
						   "\t(SELECT count(*) FROM removed) AS deleted");
	if (r->may_repeat)
		appendStringInfo(&sql, ",\n\t(SELECT count(*) FROM removed WHERE %s) AS again",
						 ReplacedIsOfRun(shape));
	appendStringInfoString(&sql, "\nFROM differing");
	return sql.data;
}

static char *
ReplaceSql(const MergeShape *shape, const BatchFacts *facts)
{
	return shape->keys == NIL ? MultisetSql(shape, facts->replaced) : ReplaceKeysSql(shape, facts);
}

/* Rows that another session changed after both sides were counted. */
static void
CheckNoneChanged(const MergeShape *shape, int64 to_delete, int64 deleted)
{
	if (to_delete == deleted)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg_plural("%lld row of table \"%s\" was changed concurrently while it was "
						   "replaced",
						   "%lld rows of table \"%s\" were changed concurrently while they were "
						   "replaced",
						   to_delete - deleted, (long long) (to_delete - deleted),
						   RelationLabel(shape->pipeline->target)),
			 errhint("Retry the merge.")));
}

static void
LandMultiset(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	Sql			q;
	int64		inserted;

	SqlBegin(&q, MultisetSql(shape, facts->replaced));
	SqlRun(&q, shape->pipeline->owner);
	CheckNoneChanged(shape, SqlInt8(&q, 0, 3, NULL), SqlInt8(&q, 0, 4, NULL));
	inserted = SqlInt8(&q, 0, 1, NULL);
	counts->inserted += inserted;
	counts->unchanged += facts->rows - inserted;
	counts->removed += SqlInt8(&q, 0, 2, NULL);
	if (facts->replaced->may_repeat)
		StagedScopesTellRepeated(shape->pipeline, SqlInt8(&q, 0, 5, NULL));
	SqlDone(&q);
}

static void
ReplaceLand(const MergeShape *shape, const BatchFacts *facts, MergeCounts *counts)
{
	if (shape->keys == NIL)
		LandMultiset(shape, facts, counts);
	else
		ReplaceKeysLand(shape, facts, counts);
	if (shape->replace_by == NIL)
		return;
	if (!facts->first_load)
		StagedScopesTellDoubt(shape->pipeline, facts->replaced);
	WithheldForget(shape->pipeline);
}

static char *
MultisetPreview(const MergeShape *shape, const Replaced *r)
{
	const char *goes = SomeStay(r) ? " AND NOT _stays" : "";

	return psprintf("WITH %sside AS (\n%s\n)\n"
					"SELECT 'inserted' AS _class, _staged - _stored AS _n, side.*::record AS _s,\n"
					"\tNULL::record AS _t\n"
					"FROM side WHERE _staged > _stored\nUNION ALL\n"
					"SELECT 'removed', _stored - _staged, NULL, side.*::record\n"
					"FROM side WHERE _stored > _staged%s\nUNION ALL\n"
					"SELECT 'unchanged', least(_staged, _stored), side.*::record, side.*::record\n"
					"FROM side WHERE least(_staged, _stored) > 0", ReplacedWith(r, ", "),
					Sides(shape, r), goes);
}

static char *
ReplacePreview(const MergeShape *shape)
{
	Replaced   *r = MergeStrategyOf(shape->pipeline)->replaced(shape);

	return shape->keys == NIL ? MultisetPreview(shape, r) : ReplaceKeysPreview(shape, r);
}

static char *
ReplaceFates(const MergeShape *shape)
{
	return shape->keys == NIL ? NULL : UpsertStrategy.fates(shape);
}

static Replaced *
ReplacedWindows(const MergeShape *shape)
{
	Replaced   *r = palloc0(sizeof(Replaced));

	r->match = StagedWindowsCover(shape, "t");
	return r;
}

/* Without an index a batch that exchanges windows or scopes would read the whole table. */
static Oid
EnsureWithWindows(const char *target_name, const Pipeline *p, const SourceDefinition *source)
{
	return TargetEnsure(target_name, p, list_make1(source->window_column));
}

static Oid
EnsureWithScopes(const char *target_name, const Pipeline *p, const SourceDefinition *source)
{
	return TargetEnsure(target_name, p, p->replace_by);
}

const MergeStrategy ReplaceStrategy = {
	.name = "replace",
	.inserts_first = true,
	.cuts_no_slice = true,
	.takes_empty = true,
	.check_source = ReplaceByCheck,
	.ensure_target = EnsureWithScopes,
	.check_target = PlainTargetCheck,
	.replaced = StagedScopes,
	.superseded = SupersededRows,
	.settings = ReplaceSettings,
	.sql = ReplaceSql,
	.land = ReplaceLand,
	.preview = ReplacePreview,
	.fates = ReplaceFates,
	.removed_keys = ReplaceKeysRemoved,
};

const MergeStrategy ReplaceWindowStrategy = {
	.name = "replace_window",
	.replaces_windows = true,
	.takes_empty = true,
	.check_source = ReplaceCheckSource,
	.ensure_target = EnsureWithWindows,
	.check_target = PlainTargetCheck,
	.replaced = ReplacedWindows,
	.settings = ReplaceSettings,
	.unfit = TimelessRows,
	.check = StagedWindowsCheck,
	.sql = ReplaceSql,
	.land = ReplaceLand,
	.preview = ReplacePreview,
	.fates = ReplaceFates,
	.removed_keys = ReplaceKeysRemoved,
};
