/*
 * conflict.c
 *	  Rows of one key in one batch that differ, where nothing determines which of them is newer.
 *
 * Only keys with several rows are compared.
 */
#include "base/compat.h"
#include "merge/conflict.h"

#include "base/sql.h"
#include "merge/join_settings.h"
#include "utils/guc.h"

/* The staged rows of keys that repeat, as s. */
static char *
RepeatedRowsFrom(const MergeShape *shape, const RepeatedRows *repeated)
{
	char	   *keys = ColumnList(shape->keys, NULL);

	if (RepeatedRowsAreApart(repeated))
		return psprintf("%s AS s WHERE s.%s", shape->staging, IsRepeated(repeated));
	return psprintf("%s AS s JOIN (SELECT %s FROM %s GROUP BY %s HAVING count(*) > 1) AS r\n"
					"\t\tON %s", shape->staging, keys, shape->staging, keys,
					KeyMatch(shape, "s", "r"));
}

static char *
ConflictSql(const MergeShape *shape, const RepeatedRows *repeated, bool first_counts)
{
	const char *keys = ColumnList(shape->keys, "s");
	const char *row = psprintf("ROW(%s)::text COLLATE \"C\"", Comparable(shape->values, "s"));

	return psprintf("SELECT count(*), min(_key COLLATE \"C\") FROM (\n"
					"\tSELECT %s::text AS _key, %s AS _s,\n"
					"\t\tfirst_value(%s) OVER (PARTITION BY %s ORDER BY s.ctid%s) AS _kept\n"
					"\tFROM %s) AS c\nWHERE _s <> _kept",
					KeyAsJson(shape, "s"), row, row, keys, first_counts ? "" : " DESC",
					RepeatedRowsFrom(shape, repeated));
}

static void
WarnOfConflicts(const Pipeline *p, int64 conflicts, const char *key, bool first_counts)
{
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg_plural("pipeline \"%s\": %lld row conflicts with another row of the same key "
						   "in the batch",
						   "pipeline \"%s\": %lld rows conflict with other rows of the same key "
						   "in the batch", conflicts, p->name, (long long) conflicts),
			 first_counts ? errdetail("The first row of each key is used. One such key is %s.", key)
			 : errdetail("The last row of each key is used. One such key is %s.", key),
			 strcmp(p->history_by, "load") == 0
			 ? errhint("Add the columns that distinguish the rows to the key.")
			 : errhint("Specify in sequence_by the columns that determine which row is newer, or "
					   "add the columns that distinguish the rows to the key.")));
}

int64
CountConflicts(const MergeShape *shape, const RepeatedRows *repeated, bool first_counts)
{
	Sql			q;
	int64		conflicts;
	int			guc_level;

	if (shape->sequence != NIL)
		return 0;
	guc_level = HashJoinsApply();
	SqlBegin(&q, OverStaged(shape, ConflictSql(shape, repeated, first_counts)));
	SqlRun(&q, shape->pipeline->owner);
	conflicts = SqlInt8(&q, 0, 1, NULL);
	if (conflicts > 0)
		WarnOfConflicts(shape->pipeline, conflicts, SqlText(&q, 0, 2), first_counts);
	SqlDone(&q);
	AtEOXact_GUC(true, guc_level);
	return conflicts;
}
