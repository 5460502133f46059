/*
 * scd2_absence.c
 *	  A full load of a history is a snapshot: rows missing from it are closed, rows in it are
 *	  open, as of its start.
 *
 * Each of these is an observation of its own, at the time when the load began: a row of the source
 * that was gone may return with its original time. It is never earlier than what is known of its
 * key, so that a source whose clock is ahead cannot keep a deleted row open.
 */
#include "base/compat.h"
#include "merge/scd2_absence.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "catalog/full_load.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "merge/scd2_sql.h"
#include "merge/scd2_work.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

char *
Scd2Live(const MergeShape *shape)
{
	return strcmp(shape->pipeline->deletes, "mark") == 0
		? "t.is_current AND NOT t._deleted" : "t.is_current";
}

/* As a value of the column that tells when a row became true; without a zone it is UTC's. */
static char *
TimeLiteral(const Scd2 *scd, TimestampTz time)
{
	const Pipeline *p = scd->shape->pipeline;
	Oid			type = get_atttype(p->source, get_attnum(p->source, linitial(p->sequence_by)));
	char	   *literal = psprintf("%s::timestamptz",
								   quote_literal_cstr(timestamptz_to_str(time)));

	if (type == TIMESTAMPTZOID)
		return literal;
	return psprintf("(%s AT TIME ZONE 'UTC')::%s", literal, scd->time->type);
}

/* The last observation of each key of a table k, as o. */
static char *
LastObserved(const Scd2 *scd, const char *keys)
{
	const char *time = scd->time->name;

	return psprintf("%s AS k\nCROSS JOIN LATERAL (SELECT * FROM %s AS o WHERE %s\n"
					"\tORDER BY o.%s DESC LIMIT 1) AS o", keys, scd->observed,
					KeyMatch(scd->shape, "o", "k"), time);
}

/* ---- deletes ---- */

/* The source's columns, with the time put in the place of the observation's. */
static char *
ColumnsAt(const Scd2 *scd, const char *time)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, scd->shape->columns)
	{
		MergeColumn *column = lfirst(lc);

		if (column == scd->time)
			AppendItem(&list, ", ", "greatest(o.%s, %s)", column->name, time);
		else
			AppendItem(&list, ", ", "o.%s", column->name);
	}
	return list.data;
}

static char *
DeleteEvents(const Scd2 *scd, const Removal *removal)
{
	const char *time = scd->time->name;
	const char *seen = TimeLiteral(scd, removal->at);
	const char *newer = "";

	if (removal->unless_newer)
		newer = psprintf("\nWHERE coalesce(o._run_id, 0) <= " INT64_FORMAT, removal->run_id);
	return psprintf("INSERT INTO %s (%s, _run_id, _loaded_at, _deleted, _row_hash, _fate, _is_tie)\n"
					"SELECT %s, " INT64_FORMAT ", now(), true, o._row_hash,\n"
					"\tCASE WHEN o.%s >= %s THEN 'changed' ELSE 'new' END, false\n"
					"FROM %s%s", Scd2Work(scd, "event"), ColumnList(scd->shape->columns, NULL),
					ColumnsAt(scd, seen), removal->run_id, time, seen,
					LastObserved(scd, removal->keys), newer);
}

int64
Scd2Remove(const MergeShape *shape, const Removal *removal)
{
	Scd2	   *scd = Scd2Of(shape);
	Oid			owner = shape->pipeline->owner;
	int64		removed;

	Scd2BeginHistory(scd);
	removed = SqlExec(DeleteEvents(scd, removal), owner);
	if (removed > 0)
		Scd2RunSteps(Scd2Write(scd), owner);
	Scd2EndHistory(scd);
	return removed;
}

/* ---- what the load says of the present ---- */

/*
 * The last event of each key where the history says otherwise: the key is there, and closed, or
 * it is deleted, and open. Both come of observations later than the row, of earlier loads.
 */
static char *
Contradicted(const Scd2 *scd)
{
	const char *keys = ColumnList(scd->shape->keys, NULL);
	const char *time = scd->time->name;

	return psprintf("(SELECT e._at, e._fate, e._deleted\n"
					"\tFROM (SELECT DISTINCT ON (%s) %s, _deleted, _fate, ctid AS _at\n"
					"\t\tFROM %s ORDER BY %s, %s DESC) AS e\n"
					"\tLEFT JOIN %s AS t ON %s AND %s\n"
					"\tWHERE e._deleted = (%s)) AS r", keys, keys,
					Scd2Work(scd, "event"), keys, time, scd->shape->target,
					KeyMatch(scd->shape, "t", "e"), Scd2Live(scd->shape),
					ColumnIsNotNull(linitial(scd->shape->keys), "t"));
}

/* They were counted as what they were to the log: what was not written to it is now. */
static int64
CountContradicted(const Scd2 *scd, MergeCounts *counts)
{
	Sql			q;
	int64		unchanged;
	int64		stale;
	int64		deleted;
	int64		all;

	SqlBegin(&q, psprintf("SELECT count(*) FILTER (WHERE _fate = 'unchanged'),\n"
						  "\tcount(*) FILTER (WHERE _fate = 'stale'),\n"
						  "\tcount(*) FILTER (WHERE _fate IN ('unchanged', 'stale') AND _deleted),\n"
						  "\tcount(*)\nFROM %s", Contradicted(scd)));
	SqlRun(&q, scd->shape->pipeline->owner);
	unchanged = SqlInt8(&q, 0, 1, NULL);
	stale = SqlInt8(&q, 0, 2, NULL);
	deleted = SqlInt8(&q, 0, 3, NULL);
	all = SqlInt8(&q, 0, 4, NULL);
	SqlDone(&q);
	counts->unchanged -= unchanged;
	counts->stale -= stale;
	counts->deleted += deleted;
	counts->inserted += unchanged + stale - deleted;
	return all;
}

static char *
KeepContradicted(const Scd2 *scd)
{
	return psprintf("DELETE FROM %s AS f\nWHERE NOT EXISTS (SELECT FROM %s WHERE r._at = f.ctid)",
					Scd2Work(scd, "event"), Contradicted(scd));
}

static char *
MoveContradicted(const Scd2 *scd, const char *start)
{
	const char *event = Scd2Work(scd, "event");
	const char *time = scd->time->name;

	return psprintf("UPDATE %s AS e SET %s = greatest(o.%s, %s),\n"
					"\t_fate = CASE WHEN o.%s >= %s THEN 'changed' ELSE 'new' END\n"
					"FROM %s\nWHERE %s", event, time, time, start, time, start,
					LastObserved(scd, event), KeyMatch(scd->shape, "e", "k"));
}

static char *
EmptyWorkTables(const Scd2 *scd)
{
	return psprintf("TRUNCATE %s, %s, %s", Scd2Work(scd, "affected"), Scd2Work(scd, "had"),
					Scd2Work(scd, "wanted"));
}

void
Scd2Settle(const Scd2 *scd, MergeCounts *counts)
{
	const Pipeline *p = scd->shape->pipeline;
	List	   *statements;

	if (CountContradicted(scd, counts) == 0)
		return;
	statements = list_make3(KeepContradicted(scd), EmptyWorkTables(scd),
							MoveContradicted(scd, TimeLiteral(scd, FullLoadRead(p)->started)));
	SqlExecAll(statements, p->owner);
	Scd2RunSteps(Scd2Write(scd), p->owner);
}
