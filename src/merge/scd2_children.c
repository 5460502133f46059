/*
 * scd2_children.c
 *	  Which rows of a history's batch are the newest of their keys.
 *
 * A history keeps all versions of a row, its children only those of the current one: of a batch
 * that brings several versions, or one that is late, older ones are stale for their children.
 */
#include "base/compat.h"
#include "merge/scd2_children.h"

#include "lib/stringinfo.h"
#include "merge/scd2_shape.h"
#include "merge/scd2_work.h"
#include "merge/sequence.h"

/*
 * The log has an observation of another batch that is newer. A load of everything that deletes what
 * it lacks has the current version of each row.
 */
static char *
IsLate(const Scd2 *scd)
{
	const char *time = scd->time->name;

	if (PipelineDeletesAbsent(scd->shape->pipeline))
		return "false";
	return psprintf("EXISTS (SELECT FROM %s AS o WHERE %s AND o.%s > s.%s\n"
					"\t\tAND o._run_id IS DISTINCT FROM s._run_id)", scd->observed,
					KeyMatch(scd->shape, "o", "s"), time, time);
}

/* As the merge decides between rows of one time: a delete, then the smaller hash. */
static char *
Order(const Scd2 *scd)
{
	const MergeShape *shape = scd->shape;

	return psprintf("%s, %s DESC, %s, r.ctid DESC", SequenceList(shape, 0, "r", " DESC"),
					shape->deleted ? shape->deleted : "false", Scd2RowHash(scd->attributes));
}

char *
Scd2ChildFates(const MergeShape *shape)
{
	Scd2	   *scd = Scd2Of(shape);
	char	   *keys = ColumnList(shape->keys, "r");
	const char *time = scd->time->name;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT s._record, CASE WHEN s.%s < s._newest OR %s THEN 'stale'\n"
					 "\tWHEN s._n > 1 THEN 'duplicate' WHEN s._deleted THEN %s END AS _fate\n", time,
					 IsLate(scd), scd->ignores ? "'dropped'" : "'deleted'");
	appendStringInfo(&sql, "FROM (SELECT r.*, %s AS _deleted, max(r.%s) OVER (PARTITION BY %s) AS _newest,\n"
					 "\trow_number() OVER (PARTITION BY %s ORDER BY %s) AS _n FROM %s AS r) AS s",
					 shape->deleted ? shape->deleted : "false", time, keys, keys, Order(scd),
					 shape->staging);
	return sql.data;
}
