/*
 * absence_sql.c
 *	  Statements that find the keys missing from a full load.
 */
#include "base/compat.h"
#include "merge/absence_sql.h"

#include "load/work.h"
#include "utils/builtins.h"

static char *
Work(const MergeShape *shape)
{
	return WorkTable(shape->pipeline, ABSENT);
}

char *
AbsentColumns(const MergeShape *shape)
{
	return psprintf("%s, _key pg_catalog.jsonb", ColumnDefinitions(shape->keys));
}

/* Rows of the target as t, in scope, whose keys the batch lacks. */
static char *
FromAbsent(const MergeShape *shape, const char *live, const char *scope)
{
	return psprintf("FROM %s AS t\nWHERE %s%s\n"
					"\tAND NOT EXISTS (SELECT FROM %s AS s WHERE %s)", shape->target, live, scope,
					shape->staging, KeyMatch(shape, "t", "s"));
}

char *
AbsentCount(const MergeShape *shape, const char *live, const char *scope)
{
	return psprintf("SELECT count(*)\n%s", FromAbsent(shape, live, scope));
}

char *
AbsentFind(const MergeShape *shape, const char *live, const char *scope)
{
	return psprintf("INSERT INTO %s (%s, _key)\nSELECT %s, %s\n%s", Work(shape),
					ColumnList(shape->keys, NULL), ColumnList(shape->keys, "t"),
					KeyAsJson(shape, "t"), FromAbsent(shape, live, scope));
}

char *
AbsentRows(const MergeShape *shape, const char *live, const char *scope)
{
	return psprintf("SELECT 'removed' AS _class, 1::bigint AS _n, %s,\n"
					"\tNULL::record AS _s, t.*::record AS _t\n%s",
					ColumnList(shape->keys, "t"), FromAbsent(shape, live, scope));
}

char *
LiveCount(const MergeShape *shape, const char *live, const char *scope)
{
	return psprintf("SELECT count(*) FROM %s AS t\nWHERE %s%s", shape->target, live, scope);
}

char *
NullKeyCount(const MergeShape *shape)
{
	return psprintf("SELECT count(*) FROM %s WHERE %s", shape->staging, KeyIsNull(shape));
}

char *
AbsentUnpack(const MergeShape *shape)
{
	return psprintf("UPDATE %s AS w SET (%s) = ROW(%s)\n"
					"FROM %s AS j, jsonb_to_record(j._key) AS k(%s)\nWHERE w.ctid = j.ctid",
					Work(shape), ColumnList(shape->keys, NULL), ColumnList(shape->keys, "k"),
					Work(shape), ColumnDefinitions(shape->keys));
}

char *
AbsentKeepStaged(const MergeShape *shape)
{
	return psprintf("DELETE FROM %s AS w\nWHERE NOT EXISTS (SELECT FROM %s AS s WHERE %s)",
					Work(shape), shape->staging, KeyMatch(shape, "s", "w"));
}
