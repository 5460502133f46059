/*
 * load_history_sql.c
 *	  Statements of a history whose times are those of loads.
 *
 * Such a history needs no log: loads land one after the other, so a row can only end the version of
 * its key that was the last one, and begin another. One statement probes that version for each row,
 * keeps the rows that change something, and writes from them.
 *
 * A version begins when its load did, but always after the version before it: clocks are set back,
 * and two batches of a run, or two runs of a clock that stands still, began at the same time.
 */
#include "base/compat.h"
#include "merge/load_history_sql.h"

#include "base/item_list.h"
#include "lib/stringinfo.h"
#include "merge/scd2_append.h"
#include "merge/scd2_work.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

char *
LoadHistoryStaged(const Scd2 *scd, const char *rows)
{
	const char *deleted = scd->shape->deleted ? "s._deleted" : "false";

	return psprintf("SELECT %s%s, s._run_id, s._loaded_at, %s AS _deleted\n\tFROM %s",
					ColumnList(scd->shape->keys, "s"), Scd2More(scd->attributes, "s"), deleted, rows);
}

static char *
Differ(List *columns)
{
	if (columns == NIL)
		return "false";
	return psprintf("(%s) IS DISTINCT FROM (%s)", Comparable(columns, "d"), Comparable(columns, "s"));
}

/*
 * Each row with the last version of its key. _is_open: that one has not ended; _is_there: and it is
 * not one that marks a delete.
 */
static void
AppendFound(StringInfo sql, const Scd2 *scd, const char *newest)
{
	const char *open = "coalesce(d.valid_to = 'infinity', false)";

	appendStringInfo(sql, "WITH newest AS (\n\t%s\n), found AS (\n"
					 "\tSELECT s.*, d._sk AS _sk, d.valid_from AS _from, d.valid_to AS _ends,\n"
					 "\t\t%s AS _is_open, %s%s AS _is_there,\n"
					 "\t\t%s AS _differs, %s AS _touches\n", newest, open, open,
					 scd->marks ? " AND NOT d._deleted" : "", Differ(scd->tracked),
					 Differ(scd->untracked));
	appendStringInfo(sql, "\tFROM newest AS s\n"
					 "\tLEFT JOIN LATERAL (SELECT * FROM %s AS d WHERE %s\n"
					 "\t\tORDER BY d.valid_to DESC LIMIT 1) AS d ON true\n)",
					 scd->shape->target, KeyMatch(scd->shape, "d", "s"));
}

/* The name of a count, as a preview knows it. */
static char *
Class(const Scd2 *scd)
{
	const char *deleted = "f._is_there";

	if (scd->marks)
		deleted = "f._is_there OR f._sk IS NULL";
	return psprintf("CASE\n\t\t\tWHEN f._deleted THEN %s\n"
					"\t\t\tWHEN NOT f._is_there OR f._differs THEN 'inserted'\n"
					"\t\t\tWHEN f._touches THEN 'updated' ELSE 'unchanged' END",
					scd->ignores ? "'dropped'" :
					psprintf("CASE WHEN %s THEN 'deleted' ELSE 'unchanged' END", deleted));
}

/* A microsecond after what the key's history has last, at the earliest. */
static char *
Begins(const Scd2 *scd, TimestampTz at)
{
	char	   *begins = psprintf("greatest(%s::timestamptz, CASE WHEN f._is_open THEN f._from\n"
								  "\t\t\tELSE f._ends END + interval '1 microsecond')",
								  quote_literal_cstr(timestamptz_to_str(at)));

	if (!scd->first_is_infinite)
		return begins;
	return psprintf("CASE WHEN f._sk IS NULL AND NOT f._deleted THEN '-infinity'\n"
					"\t\t\tELSE %s END", begins);
}

static void
AppendClassified(StringInfo sql, const Scd2 *scd, TimestampTz at)
{
	const char *opens = scd->marks ? "c._class <> 'updated'" : "c._class = 'inserted'";

	appendStringInfo(sql, ", classified AS MATERIALIZED (\n\tSELECT c.*,\n"
					 "\t\tCASE WHEN c._is_open THEN c._sk END AS _old_sk,\n"
					 "\t\tCASE WHEN %s THEN %s END AS _new_sk\n"
					 "\tFROM (SELECT f.*, %s AS _begins,\n\t\t%s AS _class\n"
					 "\t\tFROM found AS f) AS c\n"
					 "\tWHERE c._class IN ('inserted', 'updated', 'deleted')\n)",
					 opens, Scd2NextKey(scd), Begins(scd, at), Class(scd));
}

#define MAKES_VERSION "c._class <> 'updated'"

static void
AppendClosed(StringInfo sql, const Scd2 *scd)
{
	appendStringInfo(sql, ", closed AS (\n\tUPDATE %s AS d SET valid_to = c._begins,\n"
					 "\t\t_run_id = c._run_id, _loaded_at = c._loaded_at\n"
					 "\tFROM classified AS c WHERE " MAKES_VERSION " AND d._sk = c._old_sk\n)",
					 scd->shape->target);
}

static void
AppendTouched(StringInfo sql, const Scd2 *scd)
{
	ListCell   *lc;

	if (scd->untracked == NIL)
		return;
	appendStringInfo(sql, ", touched AS (\n\tUPDATE %s AS d SET ", scd->shape->target);
	foreach(lc, scd->untracked)
	{
		const char *name = ((MergeColumn *) lfirst(lc))->name;

		appendStringInfo(sql, "%s = c.%s, ", name, name);
	}
	appendStringInfoString(sql, "_run_id = c._run_id, _loaded_at = c._loaded_at\n"
						   "\tFROM classified AS c WHERE c._class = 'updated' AND d._sk = c._old_sk\n)");
}

char *
LoadHistorySql(const Scd2 *scd, const char *newest, TimestampTz at)
{
	StringInfoData sql;

	initStringInfo(&sql);
	AppendFound(&sql, scd, newest);
	AppendClassified(&sql, scd, at);
	AppendClosed(&sql, scd);
	AppendTouched(&sql, scd);
	Scd2AppendOpened(&sql, scd, "");
	Scd2AppendRestated(&sql, scd, "classified AS c WHERE " MAKES_VERSION);
	appendStringInfo(&sql, "\nSELECT count(*) FILTER (WHERE _class = 'inserted') AS inserted,\n"
					 "\tcount(*) FILTER (WHERE _class = 'updated') AS updated,\n"
					 "\tcount(*) FILTER (WHERE _class = 'deleted') AS deleted,\n"
					 "\tcount(*) FILTER (WHERE _class <> 'updated' AND _begins > %s::timestamptz) AS later,\n"
					 "\t%s AS dropped\nFROM classified",
					 quote_literal_cstr(timestamptz_to_str(at)),
					 scd->ignores ? "(SELECT count(*) FROM newest WHERE _deleted)" : "0::bigint");
	return sql.data;
}

char *
LoadHistoryPreviewSql(const Scd2 *scd, const char *newest)
{
	const MergeShape *shape = scd->shape;
	StringInfoData sql;

	initStringInfo(&sql);
	AppendFound(&sql, scd, newest);
	appendStringInfo(&sql, "\nSELECT %s AS _class, 1::bigint AS _n, %s,\n"
					 "\tf.*::record AS _s, t.*::record AS _t\nFROM found AS f\n"
					 "LEFT JOIN %s AS t ON t._sk = f._sk AND f._is_there", Class(scd),
					 ColumnList(shape->keys, "f"), shape->target);
	return sql.data;
}
