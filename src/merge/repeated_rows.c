/*
 * repeated_rows.c
 *	  Keep the staged rows whose key another row of the batch has in a work table.
 *
 * They are looked up by TID, and the other rows are told from them by a hashed subplan: neither
 * depends on the join methods that a merge allows the planner.
 */
#include "base/compat.h"
#include "merge/repeated_rows.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "load/work.h"
#include "miscadmin.h"
#include "utils/array.h"

/* In a smaller batch, or as a greater part of it, they are sorted with the rest. */
#define MIN_ROWS		5000
#define MAX_PART		4
/* What the planner thinks that a hashed TID takes, and more. */
#define HASHED_BYTES	100

#define WORK			"repeated"
#define COLUMNS			"tid tid"
#define FIRST_TIDS		256

/* Beyond work_mem the planner would not hash them. */
static int64
MostHashed(void)
{
	return (int64) Max(work_mem, maintenance_work_mem) * 1024 / HASHED_BYTES;
}

RepeatedRows *
RepeatedRowsBegin(int64 rows)
{
	RepeatedRows *repeated = palloc0(sizeof(RepeatedRows));

	repeated->most = rows < MIN_ROWS ? 0 : Min(rows / MAX_PART, MostHashed());
	repeated->tids = palloc(FIRST_TIDS * sizeof(ItemPointerData));
	return repeated;
}

static void
MakeRoom(RepeatedRows *repeated)
{
	int64		n = repeated->count;

	if (n >= FIRST_TIDS && (n & (n - 1)) == 0)
		repeated->tids = repalloc_huge(repeated->tids, 2 * n * sizeof(ItemPointerData));
}

void
RepeatedRowsAdd(RepeatedRows *repeated, ItemPointer tid)
{
	if (repeated->count < repeated->most)
	{
		MakeRoom(repeated);
		repeated->tids[repeated->count] = *tid;
	}
	repeated->count++;
}

static bool
AreWorthIt(const RepeatedRows *repeated)
{
	return repeated != NULL && repeated->count > 0 && repeated->count <= repeated->most;
}

static ArrayType *
TidArray(const RepeatedRows *repeated)
{
	Datum	   *tids = palloc(repeated->count * sizeof(Datum));

	for (int64 i = 0; i < repeated->count; i++)
		tids[i] = PointerGetDatum(&repeated->tids[i]);
	return construct_array(tids, repeated->count, TIDOID, sizeof(ItemPointerData), false,
						   TYPALIGN_SHORT);
}

void
RepeatedRowsStore(RepeatedRows *repeated, const MergeShape *shape)
{
	const Pipeline *p = shape->pipeline;
	Sql			q;

	if (!AreWorthIt(repeated))
		return;
	WorkTableBegin(p, WORK, COLUMNS);
	repeated->table = WorkTable(p, WORK);
	SqlBegin(&q, psprintf("INSERT INTO %s SELECT unnest($1)", repeated->table));
	SqlAdd(&q, TIDARRAYOID, PointerGetDatum(TidArray(repeated)), false);
	SqlDo(&q, p->owner);
}

void
RepeatedRowsEnd(const RepeatedRows *repeated, const MergeShape *shape)
{
	if (RepeatedRowsAreApart(repeated))
		WorkTableEnd(shape->pipeline, WORK);
}

void
RepeatedRowsText(RepeatedRows *repeated, const MergeShape *shape, StringInfo text)
{
	if (!AreWorthIt(repeated))
		return;
	repeated->table = WorkTable(shape->pipeline, WORK);
	appendStringInfo(text, "-- A merge finds these rows by hashes of their keys.\n"
					 "CREATE UNLOGGED TABLE IF NOT EXISTS %s (" COLUMNS ");\n"
					 "INSERT INTO %s\n"
					 "SELECT tid FROM (SELECT ctid AS tid, count(*) OVER (PARTITION BY %s) AS n\n"
					 "\tFROM %s WHERE NOT (%s)) AS r\nWHERE n > 1;\n",
					 repeated->table, repeated->table, ColumnList(shape->keys, NULL),
					 shape->staging, KeyIsNull(shape));
}

void
RepeatedRowsEndText(const RepeatedRows *repeated, StringInfo text)
{
	if (RepeatedRowsAreApart(repeated))
		appendStringInfo(text, "\nTRUNCATE %s;", repeated->table);
}

bool
RepeatedRowsAreApart(const RepeatedRows *repeated)
{
	return repeated != NULL && repeated->table != NULL;
}

char *
IsRepeated(const RepeatedRows *repeated)
{
	return psprintf("ctid = ANY (ARRAY(SELECT w.tid FROM %s AS w))", repeated->table);
}

char *
IsNotRepeated(const RepeatedRows *repeated)
{
	return psprintf("ctid NOT IN (SELECT w.tid FROM %s AS w)", repeated->table);
}
