/*
 * late_truncation.c
 *	  Delete staged rows that are older than a truncation of their table.
 *
 * When the truncation was read, their keys may have been in neither the target nor the staging table.
 * A delete of them at its place in the order has the merge treat them as if they had been.
 */
#include "base/compat.h"
#include "merge/late_truncation.h"

#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/truncated.h"
#include "lib/stringinfo.h"
#include "load/staging_shape.h"
#include "merge/late.h"
#include "merge/sequence.h"
#include "merge/shape.h"
#include "source/event_landing.h"

static bool
AppliesTruncations(const SourceDefinition *source)
{
	return source->envelope != NULL && source->envelope->on_truncate == TRUNCATE_APPLY &&
		source->landing != NULL && !source->landing->is_log;
}

/* Rows of the staging table's type from the JSON that the array $1 has. */
static char *
ToldRows(const MergeShape *shape)
{
	return psprintf("unnest($1) AS j(told) CROSS JOIN LATERAL jsonb_populate_record(NULL::%s, j.told::jsonb)"
					" AS r", shape->staging);
}

static List *
KeepNewest(const MergeShape *shape, List *told)
{
	const Pipeline *p = shape->pipeline;
	char	   *newest;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT j.told FROM %s ORDER BY %s LIMIT 1", ToldRows(shape),
						  SequenceList(shape, 0, "r", " DESC NULLS LAST")));
	SqlAddTextArray(&q, told);
	newest = SqlDoText(&q, p->owner);
	TruncatedKeepOnly(p, newest);
	return list_make1(newest);
}

/*
 * Returns the truncations within late_horizon. The others have no effect, because rows from before them are
 * refused as too late; the newest of them stays in the catalogue, for all, in case the horizon is extended.
 */
static List *
KeepTimely(const MergeShape *shape, List *told)
{
	char	   *query = TooLateQuery(Scd2Of(shape), "j.told", ToldRows(shape), "r");
	List	   *late;
	Sql			q;

	if (query == NULL)
		return told;
	SqlBegin(&q, psprintf("%s ORDER BY %s", query, SequenceList(shape, 0, "r", " DESC")));
	SqlAddTextArray(&q, told);
	late = SqlDoTexts(&q, shape->pipeline->owner);
	if (list_length(late) > 1)
		TruncatedForget(shape->pipeline, list_copy_tail(late, 1));
	return NamesWithout(told, late);
}

/* A table without a history needs only the newest one. */
static List *
Needed(const MergeShape *shape, List *told)
{
	if (shape->source->landing->keeps_history)
		return KeepTimely(shape, told);
	return list_length(told) > 1 ? KeepNewest(shape, told) : told;
}

/* The columns of a delete: its key is that of the rows k, all else is told of the truncation r. */
static char *
DeleteColumns(const MergeShape *shape)
{
	StringInfoData list;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, shape->columns)
	{
		const MergeColumn *column = lfirst(lc);

		AppendItem(&list, ", ", "%s.%s", column->key ? "k" : "r", column->name);
	}
	return list.data;
}

/* The oldest row o spares the search where all are newer, as they mostly are. */
static char *
StageText(const MergeShape *shape)
{
	const char *staging = shape->staging;
	const char *row = SequenceList(shape, 0, "s", "");
	const char *told = SequenceList(shape, 0, "r", "");
	const char *keys = ColumnList(shape->keys, "s");
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "INSERT INTO %s (%s, " STAGING_RUN_COLUMN ", " STAGING_TIME_COLUMN ")"
					 " SELECT %s, k." STAGING_RUN_COLUMN ", k." STAGING_TIME_COLUMN " FROM %s",
					 staging, ColumnList(shape->columns, NULL), DeleteColumns(shape), ToldRows(shape));
	appendStringInfo(&sql, " JOIN (SELECT %s FROM %s AS s WHERE (%s) IS NOT NULL ORDER BY %s LIMIT 1) AS o"
					 " ON (%s) < (%s)", row, staging, row, row, SequenceList(shape, 0, "o", ""), told);
	appendStringInfo(&sql, " CROSS JOIN LATERAL (SELECT %s, max(s." STAGING_RUN_COLUMN ") AS "
					 STAGING_RUN_COLUMN ", max(s." STAGING_TIME_COLUMN ") AS "
					 STAGING_TIME_COLUMN " FROM %s AS s"
					 " WHERE (%s) < (%s) GROUP BY %s) AS k", keys, staging, row, told, keys);
	appendStringInfo(&sql, " WHERE NOT EXISTS (SELECT FROM %s AS d WHERE %s AND (%s) = (%s))", staging,
					 KeyMatch(shape, "d", "k"), SequenceList(shape, 0, "d", ""), told);
	return sql.data;
}

int64
LateTruncationStage(const Pipeline *p, const SourceDefinition *source)
{
	MergeShape *shape;
	List	   *told;
	Sql			q;

	if (!AppliesTruncations(source) || p->sequence_by == NIL)
		return 0;
	told = TruncationsTold(p);
	if (told == NIL)
		return 0;
	shape = SourceShape(p);
	shape->source = source;
	told = Needed(shape, told);
	SqlBegin(&q, StageText(shape));
	SqlAddTextArray(&q, told);
	return SqlDo(&q, p->owner);
}
