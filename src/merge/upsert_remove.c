/*
 * upsert_remove.c
 *	  Delete absent rows of an upsert target, or turn them into tombstones.
 */
#include "base/compat.h"
#include "merge/upsert_remove.h"

#include "base/sql.h"

char *
UpsertLive(const MergeShape *shape)
{
	return shape->deleted != NULL ? "t._deleted IS NOT TRUE" : "true";
}

/* A row that was written after the load is another one, of the same key. */
static const char *
Still(const Removal *removal)
{
	return removal->unless_newer ? "\n\tAND coalesce(t._run_id, 0) <= $1" : "";
}

static char *
RemoveSql(const MergeShape *shape, const Removal *removal)
{
	char	   *match = KeyMatch(shape, "t", "a");

	if (shape->deleted == NULL)
		return psprintf("DELETE FROM %s AS t USING %s AS a\nWHERE %s%s", shape->target,
						removal->keys, match, Still(removal));
	return psprintf("UPDATE %s AS t SET _deleted = true, _run_id = $1, _loaded_at = now()\n"
					"FROM %s AS a\nWHERE %s AND t._deleted IS NOT TRUE%s", shape->target, removal->keys,
					match, Still(removal));
}

int64
UpsertRemove(const MergeShape *shape, const Removal *removal)
{
	Sql			q;

	SqlBegin(&q, RemoveSql(shape, removal));
	SqlAddInt8(&q, removal->run_id);
	return SqlDo(&q, shape->pipeline->owner);
}
