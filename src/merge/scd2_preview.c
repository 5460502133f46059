/*
 * scd2_preview.c
 *	  Preview what a staged batch would do to a history.
 *
 * The log as it would be, for the keys that the batch changes, determines which rows open a
 * version: those whose tracked columns differ from the observation before.
 */
#include "base/compat.h"
#include "merge/scd2_preview.h"

#include "lib/stringinfo.h"
#include "merge/scd2_absence.h"
#include "merge/scd2_append.h"
#include "merge/scd2_sql.h"

static void
AppendOpened(StringInfo sql, const Scd2 *scd)
{
	const char *keys = ColumnList(scd->shape->keys, NULL);
	const char *time = scd->time->name;
	const char *staged = psprintf("(SELECT *, false AS _lost FROM (%s) AS l) AS l",
								Scd2StagedStates(scd, "true"));

	appendStringInfo(sql, "WITH event AS MATERIALIZED (\n"
					 "\tSELECT *, max(%s) OVER (PARTITION BY %s) = %s AS _is_last FROM (\n%s\n\t) AS f\n"
					 "), accepted AS (\n"
					 "\tSELECT %s, %s, _deleted, _hash, _fate FROM event\n"
					 "\tWHERE _fate IN (" SCD2_ACCEPTED ")\n", time, keys, time, Scd2Fates(scd, staged),
					 keys, time);
	appendStringInfo(sql, "), timeline AS (\n"
					 "\tSELECT * FROM accepted\n\tUNION ALL\n"
					 "\tSELECT %s, o.%s, o._deleted, o._hash, NULL FROM %s AS o\n"
					 "\tWHERE EXISTS (SELECT FROM accepted AS a WHERE %s)\n"
					 "\t\tAND NOT EXISTS (SELECT FROM accepted AS a WHERE %s AND a.%s = o.%s)\n",
					 ColumnList(scd->shape->keys, "o"), time, scd->observed,
					 KeyMatch(scd->shape, "a", "o"), KeyMatch(scd->shape, "a", "o"), time, time);
	appendStringInfo(sql, "), opened AS (\n"
					 "\tSELECT %s, %s, _fate, lag(_deleted) OVER w IS NULL OR (_deleted, _hash)\n"
					 "\t\tIS DISTINCT FROM (lag(_deleted) OVER w, lag(_hash) OVER w) AS _opens\n"
					 "\tFROM timeline WINDOW w AS (PARTITION BY %s ORDER BY %s)\n)\n", keys, time,
					 keys, time);
}

/* A full load has the last word on whether a key is there. */
static char *
Settled(const Scd2 *scd)
{
	if (!PipelineDeletesAbsent(scd->shape->pipeline))
		return "";
	return psprintf("\t\tWHEN e._is_last AND e._fate IN ('unchanged', 'stale')\n"
					"\t\t\tAND e._deleted = (%s)\n"
					"\t\t\tTHEN CASE WHEN e._deleted THEN 'deleted' ELSE 'inserted' END\n",
					ColumnIsNotNull(linitial(scd->shape->keys), "t"));
}

static void
AppendIgnored(StringInfo sql, const Scd2 *scd)
{
	const MergeShape *shape = scd->shape;

	if (scd->ignores)
		appendStringInfo(sql, "\nUNION ALL\nSELECT 'dropped', 1, %s, s, NULL FROM %s AS s WHERE %s",
						 ColumnList(shape->keys, "s"), shape->staging, shape->deleted);
}

char *
Scd2Preview(const MergeShape *shape)
{
	Scd2	   *scd = Scd2Of(shape);
	const char *time = scd->time->name;
	StringInfoData sql;

	initStringInfo(&sql);
	AppendOpened(&sql, scd);
	appendStringInfo(&sql, "SELECT CASE\n%s\t\tWHEN e._fate = 'stale' THEN 'stale'\n"
					 "\t\tWHEN e._fate = 'unchanged' THEN 'unchanged'\n"
					 "\t\tWHEN e._deleted THEN 'deleted'\n"
					 "\t\tWHEN NOT o._opens THEN 'unchanged'\n"
					 "\t\tWHEN e._fate IN ('new', 'missing') THEN 'inserted' ELSE 'updated' END AS _class,\n"
					 "\t1::bigint AS _n, %s, e.*::record AS _s, t.*::record AS _t\n"
					 "FROM event AS e\nLEFT JOIN opened AS o ON %s AND o.%s = e.%s\n"
					 "\tAND o._fate IS NOT NULL\nLEFT JOIN %s AS t ON %s AND %s", Settled(scd),
					 ColumnList(shape->keys, "e"), KeyMatch(shape, "o", "e"), time, time,
					 shape->target, KeyMatch(shape, "t", "e"), Scd2Live(shape));
	AppendIgnored(&sql, scd);
	return sql.data;
}
