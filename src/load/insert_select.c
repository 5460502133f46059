/*
 * insert_select.c
 *	  Stage rows of a source by its own INSERT ... SELECT.
 */
#include "base/compat.h"
#include "load/insert_select.h"

#include "access/relation.h"
#include "base/item_list.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "load/reject.h"
#include "load/staging.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

/* ---- the table ---- */

char *
InsertSelectInto(const Pipeline *p, TupleDesc row)
{
	StringInfoData into;

	initStringInfo(&into);
	appendStringInfoString(&into, QuotedColumns(ColumnNamesOf(row), NULL));
	AppendItem(&into, ", ", STAGING_RUN_COLUMN ", " STAGING_TIME_COLUMN);
	return psprintf("%s (%s)", PipelineStaging(p), into.data);
}

/* Checks that it fits, and keeps it so; returns the first block that new rows can come to. */
static BlockNumber
HoldStaging(const InsertSelect *s)
{
	Relation	staging = StagingOpen(s->pipeline, s->rows->desc);
	BlockNumber blocks = RelationGetNumberOfBlocks(staging);

	relation_close(staging, NoLock);
	return blocks == 0 ? 0 : blocks - 1;
}

/* ---- times out of range ---- */

/* The column as an instant, as the writer reads it: a time without a zone is one of UTC. */
static char *
InstantOf(const InsertSelect *s)
{
	Form_pg_attribute att = TupleDescAttr(s->rows->desc, s->range->attnum - 1);
	const char *name = quote_identifier(NameStr(att->attname));

	if (att->atttypid == TIMESTAMPTZOID)
		return pstrdup(name);
	return psprintf("(%s::timestamp at time zone 'UTC')", name);
}

/* Some rows whose times are out of range, taken out of the staging table; returns how many. */
static int
TakeOutOfRange(const InsertSelect *s, BlockNumber first_block, Sql *q)
{
	char	   *at = InstantOf(s);
	const char *table = PipelineStaging(s->pipeline);

	SqlBegin(q, psprintf("delete from %s where ctid = any (array(select ctid from %s"
						 " where ctid >= '(%u,0)' and " STAGING_TIME_COLUMN " = $1"
						 " and (%s not between $2 and $3 or not isfinite(%s))"
						 " and (not $4 or %s < $5 or %s >= $6) limit $7)) returning %s",
						 table, table, first_block, at, at, at, at,
						 QuotedColumns(ColumnNamesOf(s->rows->desc), NULL)));
	SqlAddTime(q, s->loaded_at);
	SqlAddTime(q, s->range->oldest);
	SqlAddTime(q, s->range->newest);
	SqlAddBool(q, s->pulled->slice->has_window);
	SqlAddTime(q, s->pulled->slice->window_start);
	SqlAddTime(q, s->pulled->slice->window_end);
	SqlAddInt8(q, s->rows->capacity);
	return SqlRun(q, s->pipeline->owner);
}

static void
ReadRow(RowBatch *rows, Sql *q, uint64 at)
{
	int			row = RowBatchAdd(rows, 0);
	int			column = 1;

	for (int i = 0; i < rows->desc->natts; i++)
	{
		bool		isnull;
		Datum		value;

		if (TupleDescAttr(rows->desc, i)->attisdropped)
			continue;
		value = SqlDatum(q, at, column++, &isnull);
		if (!isnull)
			RowBatchPut(rows, row, i + 1, value);
	}
}

/* Older rows than those that are kept have another name. */
static const char *
ReasonOf(const InsertSelect *s, Datum value)
{
	Form_pg_attribute att = TupleDescAttr(s->rows->desc, s->range->attnum - 1);

	return s->range->oldest_is_retention && RowTimeIsBefore(att->atttypid, value, s->range->oldest)
		? "expired" : "out_of_range";
}

static void
RejectOutOfRange(const InsertSelect *s, BlockNumber first_block, StageCounts *counts)
{
	RowBatch   *rows = s->rows;
	int			found;
	Sql			q;

	if (s->range->attnum == 0)
		return;
	do
	{
		MemoryContext old;

		RowBatchReset(rows);
		found = TakeOutOfRange(s, first_block, &q);
		old = MemoryContextSwitchTo(rows->cxt);
		for (int row = 0; row < found; row++)
		{
			ReadRow(rows, &q, row);
			RejectRow(rows, row, s->range->attnum,
					  ReasonOf(s, rows->values[row * rows->desc->natts + s->range->attnum - 1]));
		}
		counts->rows -= found;
		counts->rejected += StageRejects(s->pipeline, s->pulled->slice, rows->rejects, 0);
		MemoryContextSwitchTo(old);
		SqlDone(&q);
	} while (found == rows->capacity);
}

/* ---- rows ---- */

static void
NoteRejects(const InsertSelect *s, List *rejects, StageCounts *counts, char **first_reject)
{
	int64		n = StageRejects(s->pipeline, s->pulled->slice, rejects, 0);

	counts->rejected += n;
	counts->undecoded += n;
	if (n > 0 && *first_reject == NULL)
		*first_reject = pstrdup(((RowReject *) linitial(rejects))->message);
}

bool
InsertSelectNext(const InsertSelect *s, StageCounts *counts, char **first_reject)
{
	StageOrder	order = {InsertSelectInto(s->pipeline, s->rows->desc), s->run_id, s->loaded_at,
	s->limit};
	BlockNumber first_block = HoldStaging(s);
	bool		more;

	more = PullStage(s->pull, s->pulled, &order);
	counts->rows += order.rows;
	counts->first_block = Min(counts->first_block, first_block);
	NoteRejects(s, order.rejects, counts, first_reject);
	RejectOutOfRange(s, first_block, counts);
	return more;
}
