/*
 * replaced_delete.c
 *	  Delete rows that a batch replaces, and count those that its own run has written.
 */
#include "base/compat.h"
#include "merge/replaced_delete.h"

#include "base/sql.h"
#include "merge/staged_scopes.h"

char *
ReplacedDeleteSql(const MergeShape *shape, const char *with, const char *statement)
{
	return psprintf("WITH %sremoved AS (\n%s\n\tRETURNING t._run_id\n)\n"
					"SELECT count(*) AS removed,\n\tcount(*) FILTER (WHERE %s) AS again\nFROM removed",
					with, statement, ReplacedIsOfRun(shape));
}

int64
ReplacedDelete(const MergeShape *shape, const Replaced *r, const char *sql)
{
	const Pipeline *p = shape->pipeline;
	int64		removed;
	Sql			q;

	SqlBegin(&q, sql);
	SqlRun(&q, p->owner);
	removed = SqlInt8(&q, 0, 1, NULL);
	if (r->may_repeat)
		StagedScopesTellRepeated(p, SqlInt8(&q, 0, 2, NULL));
	SqlDone(&q);
	return removed;
}
