/*
 * scd2_append.c
 *	  The common case of a history: rows that are newer than all that is known of their key.
 *
 * Such a row can only end the current version and begin one, so that no history needs to be
 * computed again: one statement probes the log for each row, and the current version for each row
 * that changes it, in the order of the key, which is the order of their indexes. When the newest
 * row itself arrives again only the current version is read. Keys of which the batch has one row
 * are handled here; older rows, and keys with several rows, go to the work table "left" for
 * scd2_sql.c. Both ways give the same history: a key goes one or the other.
 *
 * The log determines the current version. Where the target differs, it has been changed by hand:
 * such a row is marked lost, and its key's history is computed again.
 *
 * Two states are the same when their hashes and their tracked values are equal: the hash alone
 * would hide a change of 1 in 2^64.
 */
#include "base/compat.h"
#include "merge/scd2_append.h"

#include "base/sql.h"
#include "lib/stringinfo.h"
#include "merge/join_settings.h"
#include "merge/scd2_work.h"
#include "merge/sequence.h"
#include "utils/builtins.h"
#include "utils/guc.h"

/* Where all values are tracked the two hashes are one; OFFSET 0 has it computed once. */
static char *
StateHash(const Scd2 *scd)
{
	return scd->untracked == NIL ? "_row_hash" : Scd2RowHash(scd->tracked);
}

char *
Scd2StagedStates(const Scd2 *scd, const char *alone)
{
	const MergeShape *shape = scd->shape;

	return psprintf("SELECT *, CASE WHEN NOT _deleted THEN %s END AS _hash,\n"
					"\t\t%s AS _alone\n\tFROM (SELECT %s, _run_id, _loaded_at, %s AS _deleted,\n"
					"\t\t%s AS _row_hash FROM %s ORDER BY %s OFFSET 0) AS e%s",
					StateHash(scd), alone, ColumnList(shape->columns, NULL),
					shape->deleted ? shape->deleted : "false", Scd2RowHash(scd->attributes),
					shape->staging, ColumnList(shape->keys, NULL),
					scd->ignores ? "\n\tWHERE NOT _deleted" : "");
}

static void
AppendStaged(StringInfo sql, const Scd2 *scd, const BatchFacts *facts)
{
	const char *alone = "true";

	if (facts->rows - facts->null_keys != facts->keys)
		alone = psprintf("count(*) OVER (PARTITION BY %s) = 1",
						 ColumnList(scd->shape->keys, NULL));
	appendStringInfo(sql, "WITH staged AS (\n\t%s\n)", Scd2StagedStates(scd, alone));
}

/* Values that the newest row of a version decides without beginning one. */
static List *
TouchedValues(const Scd2 *scd)
{
	return scd->marks ? scd->attributes : scd->untracked;
}

/* The sequence beyond the time, and what decides between rows that are equal in it. */
static char *
SameRow(const Scd2 *scd)
{
	const char *staged = SequenceList(scd->shape, 1, "s", "");
	const char *same = "(s._deleted, s._hash, s._row_hash)\n"
		"\t\t\tIS NOT DISTINCT FROM (o._deleted, o._hash, o._row_hash)";

	if (*staged == '\0')
		return pstrdup(same);
	return psprintf("(%s) = (%s) AND %s", staged, SequenceList(scd->shape, 1, "o", ""), same);
}

/*
 * _newest: the row is newer than the log; _again: it is the newest row of the log; _differs: the
 * state is not that one.
 */
static void
AppendCompared(StringInfo sql, const Scd2 *scd)
{
	const char *time = scd->time->name;

	appendStringInfo(sql, ", compared AS (\n\tSELECT s.*, o._deleted IS NULL AS _first,\n"
					 "\t\to._deleted AS _was_deleted,\n"
					 "\t\ts._alone AND (o._deleted IS NULL OR o.%s < s.%s) AS _newest,\n"
					 "\t\ts._alone AND o.%s = s.%s AND %s AS _again,\n"
					 "\t\to._deleted IS NULL OR %s AS _differs\n"
					 "\tFROM staged AS s\n"
					 "\tLEFT JOIN LATERAL (SELECT * FROM %s AS o WHERE %s\n"
					 "\t\tORDER BY o.%s DESC LIMIT 1) AS o ON true\n)",
					 time, time, time, time, SameRow(scd), Scd2StatesDiffer(scd, "s", "o"),
					 scd->observed,
					 KeyMatch(scd->shape, "o", "s"), time);
}

/*
 * _appends, _stays: the row goes this way, into the log or as one that it has, since the current
 * version is the one that is expected.
 */
static void
AppendFound(StringInfo sql, const Scd2 *scd)
{
	const char *expected = scd->marks ? "true" : "(NOT c._was_deleted)";
	const char *time = scd->time->name;

	appendStringInfo(sql, ", found AS (\n\tSELECT c.*, d._sk AS _old_sk,\n"
					 "\t\tc._newest AND (c._first OR (d._sk IS NOT NULL) = %s\n"
					 "\t\t\tAND (c._differs OR d._altered IS NOT TRUE)) AS _appends,\n"
					 "\t\tc._again AND (d._sk IS NOT NULL) = %s\n"
					 "\t\t\tAND d._altered IS NOT TRUE AS _stays\n"
					 "\tFROM compared AS c\n", expected, expected);
	appendStringInfo(sql, "\tLEFT JOIN LATERAL (SELECT d._sk, d.valid_from > c.%s OR %s AS _altered\n"
					 "\t\tFROM %s AS d WHERE %s AND d.valid_to = 'infinity'\n"
					 "\t\tAND (c._newest AND NOT c._first OR c._again) OFFSET 0) AS d ON true\n)",
					 time, Scd2VersionDiffers(scd, "d", "c"), scd->shape->target,
					 KeyMatch(scd->shape, "d", "c"));
}

static void
AppendClassified(StringInfo sql, const Scd2 *scd)
{
	const char *begins = psprintf("f.%s", scd->time->name);

	if (scd->first_is_infinite)
		begins = psprintf("CASE WHEN f._first AND NOT f._deleted THEN '-infinity' ELSE %s END",
						  begins);
	appendStringInfo(sql, ", classified AS MATERIALIZED (\n\tSELECT f.*, %s AS _begins,\n"
					 "\t\tCASE WHEN f._appends AND f._differs%s\n\t\t\tTHEN %s END AS _new_sk\n"
					 "\tFROM found AS f\n)",
					 begins, scd->marks ? "" : " AND NOT f._deleted", Scd2NextKey(scd));
}

static void
AppendLeft(StringInfo sql, const Scd2 *scd)
{
	const char *columns = Scd2ObservationColumns(scd, NULL);

	appendStringInfo(sql, ", remaining AS (\n\tINSERT INTO %s (%s, _lost)\n"
					 "\tSELECT %s, _newest FROM classified\n"
					 "\tWHERE NOT (_appends OR _stays)\n)",
					 Scd2Work(scd, "left"), columns, columns);
}

static void
AppendObserved(StringInfo sql, const Scd2 *scd)
{
	const char *columns = Scd2ObservationColumns(scd, NULL);

	appendStringInfo(sql, ", observed AS (\n\tINSERT INTO %s (%s)\n"
					 "\tSELECT %s FROM classified WHERE _appends\n)",
					 scd->observed, columns, columns);
}

static void
AppendClosed(StringInfo sql, const Scd2 *scd)
{
	const char *time = scd->time->name;

	appendStringInfo(sql, ", closed AS (\n\tUPDATE %s AS d SET valid_to = c.%s,\n"
					 "\t\t_run_id = c._run_id, _loaded_at = c._loaded_at\n"
					 "\tFROM classified AS c WHERE c._appends AND c._differs AND d._sk = c._old_sk\n)",
					 scd->shape->target, time);
}

static void
AppendTouched(StringInfo sql, const Scd2 *scd)
{
	List	   *values = TouchedValues(scd);
	ListCell   *lc;

	if (values == NIL)
		return;
	appendStringInfo(sql, ", touched AS (\n\tUPDATE %s AS d SET ", scd->shape->target);
	foreach(lc, values)
	{
		const char *name = ((MergeColumn *) lfirst(lc))->name;

		appendStringInfo(sql, "%s = c.%s, ", name, name);
	}
	appendStringInfo(sql, "_run_id = c._run_id, _loaded_at = c._loaded_at\n"
					 "\tFROM classified AS c WHERE c._appends AND NOT c._differs AND d._sk = c._old_sk\n"
					 "\t\tAND (%s) IS DISTINCT FROM (%s)\n)",
					 Comparable(values, "d"), Comparable(values, "c"));
}

void
Scd2AppendOpened(StringInfo sql, const Scd2 *scd, const char *more)
{
	const char *columns = psprintf("%s%s%s%s, _run_id, _loaded_at",
								   ColumnList(scd->shape->keys, NULL),
								   Scd2More(scd->attributes, NULL), more,
								   scd->marks ? ", _deleted" : "");

	appendStringInfo(sql, ", opened AS (\n\tINSERT INTO %s (_sk, valid_from, %s)\n"
					 "\tOVERRIDING SYSTEM VALUE\n"
					 "\tSELECT _new_sk, _begins, %s FROM classified WHERE _new_sk IS NOT NULL\n)",
					 scd->shape->target, columns, columns);
}

void
Scd2AppendRestated(StringInfo sql, const Scd2 *scd, const char *rows)
{
	const char *keys = ColumnList(scd->shape->keys, NULL);

	appendStringInfo(sql, ", restated AS (\n"
					 "\tINSERT INTO %s (_batch, %s, _old_sk, _new_sk, valid_from, valid_to,\n"
					 "\t\t_run_id, _loaded_at)\n"
					 "\tSELECT (SELECT coalesce(max(_batch), 0) + 1 FROM %s), %s,\n"
					 "\t\tcoalesce(_old_sk, -1), coalesce(_new_sk, -1), _begins, 'infinity',\n"
					 "\t\t_run_id, _loaded_at\n\tFROM %s\n)",
					 scd->restated, keys, scd->restated, keys, rows);
}

char *
Scd2AppendSql(const Scd2 *scd, const BatchFacts *facts)
{
	StringInfoData sql;

	initStringInfo(&sql);
	AppendStaged(&sql, scd, facts);
	AppendCompared(&sql, scd);
	AppendFound(&sql, scd);
	AppendClassified(&sql, scd);
	AppendLeft(&sql, scd);
	AppendObserved(&sql, scd);
	AppendClosed(&sql, scd);
	AppendTouched(&sql, scd);
	Scd2AppendOpened(&sql, scd, ", _hash");
	Scd2AppendRestated(&sql, scd, "classified\n"
					   "\tWHERE _appends AND _differs AND (_old_sk IS NOT NULL OR _new_sk IS NOT NULL)");
	appendStringInfoString(&sql, "\nSELECT count(*) FILTER (WHERE _appends AND _differs\n"
						   "\t\tAND NOT _deleted) AS inserted,\n"
						   "\tcount(*) FILTER (WHERE _stays OR _appends AND NOT _differs\n"
						   "\t\tAND NOT _deleted) AS unchanged,\n"
						   "\tcount(*) FILTER (WHERE _appends AND _deleted) AS deleted,\n"
						   "\tcount(*) FILTER (WHERE NOT (_appends OR _stays)) AS remaining\n"
						   "FROM classified");
	return sql.data;
}

void
Scd2Append(const Scd2 *scd, const BatchFacts *facts, AppendCounts *counts)
{
	int			guc_level = MergeSettingsApply(JoinSettings(true));
	Sql			q;

	SqlBegin(&q, Scd2AppendSql(scd, facts));
	SqlRun(&q, scd->shape->pipeline->owner);
	counts->inserted = SqlInt8(&q, 0, 1, NULL);
	counts->unchanged = SqlInt8(&q, 0, 2, NULL);
	counts->deleted = SqlInt8(&q, 0, 3, NULL);
	counts->left = SqlInt8(&q, 0, 4, NULL);
	SqlDone(&q);
	AtEOXact_GUC(true, guc_level);
}
