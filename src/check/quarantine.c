/*
 * quarantine.c
 *	  Move staged rows to quarantine, with the violated checks and the slice of each.
 */
#include "base/compat.h"
#include "check/quarantine.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/sql_numbers.h"
#include "catalog/pg_type.h"
#include "catalog/reject_overflow.h"
#include "catalog/replayed.h"
#include "lib/stringinfo.h"
#include "load/staging.h"
#include "load/withheld.h"
#include "load/work.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Rows whose JSON is in memory at a time. */
#define CHUNK_ROWS 1000

/* Stands between check names in one text; no name contains it. */
#define NAME_SEPARATOR "\x1f"

#define FIRST_CAPACITY 64

/* What says of a row of the batch which slice it is of: _loaded_at, in a replay _record. */
#define SLICES_OF_ROWS \
	"left join (select params, window_start, window_end, loaded_at, null::bigint as reject_id " \
	"from elt_catalog.staged_slice where pipeline_id = $1) s on s.loaded_at = r.mark"

/* Each row of a replay is of the slice of its reject; of a million each is looked up (OFFSET). */
#define SLICES_OF_REPLAYED \
	"left join lateral (select j.params, j.window_start, j.window_end, j.loaded_at, v.reject_id " \
	"from elt_catalog.staged_replay v join elt_catalog.reject j on j.id = v.reject_id " \
	"where v.pipeline_id = $1 and v.n = r.mark offset 0) s on true"

BadRows *
BadRowsBegin(void)
{
	BadRows    *bad = palloc(sizeof(BadRows));

	bad->count = 0;
	bad->capacity = FIRST_CAPACITY;
	bad->rows = palloc(sizeof(BadRow) * bad->capacity);
	return bad;
}

void
BadRowsAdd(BadRows *bad, ItemPointer tid, const Offence *offence)
{
	if (bad->count == bad->capacity)
	{
		bad->capacity *= 2;
		bad->rows = repalloc_huge(bad->rows, sizeof(BadRow) * bad->capacity);
	}
	bad->rows[bad->count].tid = *tid;
	bad->rows[bad->count++].offence = offence;
}

/* They stand in a part of the table, which alone is read. */
#define HAS_TID "ctid = ANY ($1) AND %sctid BETWEEN $2 AND $3"

static void
AddTids(Sql *q, const BadRow *rows, int n)
{
	Datum	   *tids = palloc(sizeof(Datum) * n);

	for (int i = 0; i < n; i++)
		tids[i] = PointerGetDatum(&rows[i].tid);
	SqlAdd(q, TIDARRAYOID,
		   PointerGetDatum(construct_array(tids, n, TIDOID, sizeof(ItemPointerData), false,
										   TYPALIGN_SHORT)), false);
	SqlAdd(q, TIDOID, tids[0], false);
	SqlAdd(q, TIDOID, tids[n - 1], false);
}

/* In the order of ctid, which is the order of rows; with the mark of each, a time or a number. */
static List *
RowsAsJson(const Pipeline *p, const BadRow *rows, int n, int64 *marks)
{
	const char *mark = p->replayed != NULL ? STAGING_RECORD_COLUMN : STAGING_TIME_COLUMN;
	List	   *json = NIL;
	Sql			q;

	SqlBegin(&q, psprintf("SELECT row_to_json((SELECT r.*::record FROM (SELECT %s) AS r))::text, "
						  "s.%s FROM %s AS s WHERE s." HAS_TID,
						  QuotedColumns(ColumnNames(p->source), "s"), mark, PipelineStaging(p), "s."));
	AddTids(&q, rows, n);
	if (SqlRun(&q, p->owner) != n)
		elog(ERROR, "staged rows of pipeline \"%s\" changed while they were checked", p->name);
	for (int i = 0; i < n; i++)
	{
		json = lappend(json, SqlText(&q, i, 1));
		marks[i] = DatumGetInt64(SqlDatum(&q, i, 2, NULL));
	}
	SqlDone(&q);
	return json;
}

static char *
JoinedNames(List *names)
{
	StringInfoData joined;
	ListCell   *lc;

	initStringInfo(&joined);
	foreach(lc, names)
		appendStringInfo(&joined, "%s%s", joined.len > 0 ? NAME_SEPARATOR : "",
						 (char *) lfirst(lc));
	return joined.data;
}

static void
AddOffences(Sql *q, const BadRow *rows, int n)
{
	List	   *reasons = NIL;
	List	   *messages = NIL;
	List	   *columns = NIL;
	List	   *checks = NIL;
	List	   *sqlstates = NIL;

	for (int i = 0; i < n; i++)
	{
		const Offence *offence = rows[i].offence;

		reasons = lappend(reasons, unconstify(char *, offence->reason));
		messages = lappend(messages, unconstify(char *, offence->message));
		columns = lappend(columns, unconstify(char *, offence->column ? offence->column : ""));
		checks = lappend(checks, JoinedNames(offence->checks));
		sqlstates = lappend(sqlstates,
							pstrdup(offence->sqlstate ? SqlStateText(offence->sqlstate) : ""));
	}
	SqlAddTextArray(q, reasons);
	SqlAddTextArray(q, messages);
	SqlAddTextArray(q, columns);
	SqlAddTextArray(q, checks);
	SqlAddTextArray(q, sqlstates);
}

#define INSERT_REJECTS \
	"insert into elt_catalog.reject (pipeline_id, run_id, batch, params, window_start, window_end, " \
	"stage, reason, message, column_name, checks, sqlstate, raw, loaded_at, replay_of) " \
	"select $1, $2, $3, s.params, nullif(s.window_start, '-infinity'), " \
	"nullif(s.window_end, 'infinity'), $4, r.reason, r.message, nullif(r.column_name, ''), " \
	"string_to_array(nullif(r.checks, ''), e'\\x1f'), nullif(r.sqlstate, ''), r.raw, s.loaded_at, " \
	"s.reject_id from unnest($5, $6, $7, $8, $9, $10, $11) with ordinality " \
	"as r(reason, message, column_name, checks, sqlstate, raw, mark, n) "

static void
AddMarks(Sql *q, const Pipeline *p, int64 *marks, int n)
{
	List	   *times = NIL;

	if (p->replayed != NULL)
	{
		SqlAddInt8Array(q, marks, n);
		return;
	}
	for (int i = 0; i < n; i++)
		times = lappend(times, (TimestampTz *) &marks[i]);
	SqlAddTimeArray(q, times);
}

static void
QuarantineChunk(const Pipeline *p, int64 run_id, int32 batch, const char *stage,
				const BadRow *rows, int n)
{
	int64	   *marks = palloc(sizeof(int64) * n);
	List	   *raw = RowsAsJson(p, rows, n, marks);
	Sql			q;

	if (p->replayed != NULL)
		SqlBeginKept(&q, INSERT_REJECTS SLICES_OF_REPLAYED " order by r.n");
	else
		SqlBeginKept(&q, INSERT_REJECTS SLICES_OF_ROWS " order by r.n");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	SqlAddInt4(&q, batch);
	SqlAddText(&q, stage);
	AddOffences(&q, rows, n);
	SqlAddTextArray(&q, raw);
	AddMarks(&q, p, marks, n);
	SqlDo(&q, AsCatalog());
}

static void
DoByTid(const BadRows *bad, const Pipeline *p, const char *statement)
{
	for (int64 at = 0; at < bad->count; at += CHUNK_ROWS)
	{
		Sql			q;

		SqlBegin(&q, statement);
		AddTids(&q, bad->rows + at, (int) Min(CHUNK_ROWS, bad->count - at));
		SqlDo(&q, p->owner);
	}
}

/* ---- rows that are not kept ---- */

typedef struct ReasonCount
{
	const char *reason;
	int64		kept;
} ReasonCount;

static ReasonCount *
CountOfReason(List **counts, const char *reason)
{
	ReasonCount *count;
	ListCell   *lc;

	foreach(lc, *counts)
		if (strcmp(((ReasonCount *) lfirst(lc))->reason, reason) == 0)
			return lfirst(lc);
	count = palloc0(sizeof(ReasonCount));
	count->reason = reason;
	*counts = lappend(*counts, count);
	return count;
}

/* The first ones of each reason are kept. */
static BadRows *
RowsKept(const BadRows *bad, const Pipeline *p, BadRows **others)
{
	BadRows    *kept = BadRowsBegin();
	List	   *counts = NIL;

	*others = BadRowsBegin();
	for (int64 i = 0; i < bad->count; i++)
	{
		const BadRow *row = &bad->rows[i];
		ReasonCount *count = CountOfReason(&counts, row->offence->reason);
		BadRows    *to = count->kept++ < p->max_rejects_kept ? kept : *others;

		BadRowsAdd(to, unconstify(ItemPointerData *, &row->tid), row->offence);
	}
	return kept;
}

static List *
ReasonsOf(const BadRow *rows, int n)
{
	List	   *reasons = NIL;

	for (int i = 0; i < n; i++)
		reasons = lappend(reasons, unconstify(char *, rows[i].offence->reason));
	return reasons;
}

static void
CountChunk(const Pipeline *p, int64 run_id, int32 batch, const char *stage, const BadRow *rows,
		   int n)
{
	List	   *columns[3] = {NIL, NIL, NIL};
	Sql			q;

	SqlBegin(&q, psprintf("SELECT to_json(s." STAGING_TIME_COLUMN ") #>> '{}', r.reason, count(*)::text "
						  "FROM %s AS s JOIN unnest($1, $4) AS r(tid, reason) ON s.ctid = r.tid "
						  "WHERE s." HAS_TID " GROUP BY 1, 2", PipelineStaging(p), "s."));
	AddTids(&q, rows, n);
	SqlAddTextArray(&q, ReasonsOf(rows, n));
	SqlRun(&q, p->owner);
	for (uint64 i = 0; i < q.processed; i++)
		for (int column = 0; column < lengthof(columns); column++)
			columns[column] = lappend(columns[column], SqlText(&q, i, column + 1));
	SqlDone(&q);
	OverflowCount(p, run_id, batch, stage, columns[0], columns[1], columns[2]);
}

/* What is replayed has been kept, and stays. */
static bool
IsCapped(const BadRows *bad, const Pipeline *p)
{
	return p->replayed == NULL && bad->count > p->max_rejects_kept;
}

typedef void (*ChunkTaker) (const Pipeline *p, int64 run_id, int32 batch, const char *stage,
							const BadRow *rows, int n);

static void
TakeChunks(const BadRows *bad, const Pipeline *p, int64 run_id, int32 batch, const char *stage,
		   ChunkTaker take)
{
	MemoryContext chunk_context = AllocSetContextCreate(CurrentMemoryContext,
														"elt quarantine chunk",
														ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(chunk_context);

	for (int64 at = 0; at < bad->count; at += CHUNK_ROWS)
	{
		take(p, run_id, batch, stage, bad->rows + at, (int) Min(CHUNK_ROWS, bad->count - at));
		MemoryContextReset(chunk_context);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(chunk_context);
}

void
BadRowsQuarantine(const BadRows *bad, const Pipeline *p, int64 run_id, int32 batch,
				  const char *stage)
{
	BadRows    *others;

	if (bad->count > 0 && p->replayed != NULL)
		ReplayedStore(p);
	if (IsCapped(bad, p))
	{
		bad = RowsKept(bad, p, &others);
		TakeChunks(others, p, run_id, batch, stage, CountChunk);
		OverflowWarn(p, others->count);
	}
	TakeChunks(bad, p, run_id, batch, stage, QuarantineChunk);
}

void
BadRowsForget(const BadRows *bad, const Pipeline *p)
{
	DoByTid(bad, p, psprintf("DELETE FROM %s WHERE " HAS_TID, PipelineStaging(p), ""));
}

void
BadRowsDelete(const BadRows *bad, const Pipeline *p)
{
	if (bad->count == 0)
		return;
	if (p->replace_by == NIL)
		BadRowsForget(bad, p);
	else
		DoByTid(bad, p, WithheldTake(p, psprintf(HAS_TID, "")));
}

void
BadRowsTell(const BadRows *bad, const Pipeline *p, const char *fate)
{
	if (p->is_parent)
		DoByTid(bad, p, psprintf("INSERT INTO %s SELECT _record, %s FROM %s WHERE " HAS_TID,
								 WorkTable(p, WORK_FATE), quote_literal_cstr(fate),
								 PipelineStaging(p), ""));
}
