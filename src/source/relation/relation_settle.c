/*
 * relation_settle.c
 *	  Up to where no row can still appear.
 *
 * A transaction takes a cursor's value, of a sequence or of a clock, before it commits, so rows can
 * appear below the greatest value that is there. Therefore a run first notes that value, then which
 * transactions are running, and reads when they have ended: what begins later takes greater values.
 * If some go on for longer than elt.settle_timeout, rows are read all the same, but the position
 * stays below what those transactions may have taken: at the start of the oldest when the cursor is
 * a time, else where it is. So such rows are read again instead of being missed.
 */
#include "base/compat.h"
#include "source/relation/relation_settle.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "base/type_text.h"
#include "catalog/pg_type.h"
#include "source/cursor.h"
#include "source/relation/relation_running.h"
#include "source/relation/relation_start.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

static int	settle_timeout = 2000;

void
RelationSettleInit(void)
{
	DefineCustomIntVariable("elt.settle_timeout",
							"Sets the maximum time that a run waits for transactions that may still "
							"write rows below its cursor.",
							"After it, the rows are read and the cursor stays where it is.",
							&settle_timeout, settle_timeout, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS, NULL, NULL, NULL);
}

static Datum
CopyCursor(const SourceDefinition *def, Datum value)
{
	const OrderColumn *cursor = ((const RelationSource *) def->own)->order;

	return datumCopy(value, cursor->typbyval, cursor->typlen);
}

/* ---- what is there ---- */

static void
NoteGreatest(RelationPull *pull)
{
	const SourceDefinition *def = pull->base.def;
	const RelationSource *relation = def->own;
	bool		isnull = true;
	Datum		value;
	Sql			q;

	SqlBegin(&q, psprintf("select m, m::text from (select max(t.%s) as m from %s as t%s) as x",
						  relation->order[0].name, relation->table, CursorIsTime(def) ?
						  psprintf(" where isfinite(t.%s)", relation->order[0].name) : ""));
	SqlRun(&q, relation->owner);
	value = SqlDatum(&q, 0, 1, &isnull);
	pull->settling.has_greatest = !isnull;
	if (!isnull)
	{
		pull->settling.greatest = CopyCursor(def, value);
		pull->settling.greatest_text = SqlText(&q, 0, 2);
	}
	SqlDone(&q);
}

static void
WarnOfGoingBack(const RelationPull *pull)
{
	const SourceDefinition *def = pull->base.def;
	const Slice *slice = linitial(pull->base.slices);
	Datum		position;

	if (slice->position == NULL || !pull->settling.has_greatest)
		return;
	position = ValueOfText(def->cursor_type, -1, slice->position);
	if (RelationCompare(def, pull->settling.greatest, position) >= 0)
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("cursor column \"%s\" of source \"%s\" has gone back from %s to %s",
					def->cursor_column, def->relation, slice->position,
					pull->settling.greatest_text),
			 errdetail("Rows below the cursor are not read."),
			 errhint("If values begin anew, use SELECT elt.reset_pipeline(%s).",
					 quote_literal_cstr(((const RelationSource *) def->own)->pipeline))));
}

/* ---- what is safe ---- */

/*
 * A time of the column's type that no later instant is before: where clocks are put back, local
 * times come again.
 */
static Datum
LeastTime(const SourceDefinition *def, TimestampTz instant)
{
	const RelationSource *relation = def->own;
	Datum		value;
	Sql			q;

	if (def->cursor_type == TIMESTAMPTZOID)
		return TimestampTzGetDatum(instant);
	SqlBegin(&q, psprintf("select min(at at time zone $2)::%s from (select $1 union all"
						  " select * from generate_series(date_bin('15 min', $1, '2000-01-01 00:00+00')"
						  " + interval '15 min', $1 + interval '3 hours', interval '15 min')) t(at)",
						  format_type_be(def->cursor_type)));
	SqlAddTime(&q, instant);
	SqlAddText(&q, pg_get_timezone_name(def->cursor_style.zone));
	SqlRun(&q, relation->owner);
	value = CopyCursor(def, SqlDatum(&q, 0, 1, NULL));
	SqlDone(&q);
	return value;
}

/* The greatest value, but no time that is still to come; instant DT_NOEND: any has come. */
static void
SetSafe(RelationPull *pull, TimestampTz instant)
{
	const SourceDefinition *def = pull->base.def;
	Settling   *settling = &pull->settling;

	settling->has_safe = settling->has_greatest;
	settling->safe = settling->greatest;
	if (settling->has_safe && CursorIsTime(def))
	{
		Datum		least = LeastTime(def, Min(instant, GetCurrentTimestamp()));

		if (RelationCompare(def, least, settling->safe) < 0)
			settling->safe = least;
	}
	settling->done = true;
}

static void
GiveUp(RelationPull *pull, TimestampTz oldest)
{
	const SourceDefinition *def = pull->base.def;

	if (CursorIsTime(def) && !TIMESTAMP_IS_NOBEGIN(oldest))
		SetSafe(pull, oldest);
	pull->settling.done = true;
	ereport(LOG,
			(errmsg("pipeline \"%s\": %d transactions that may write rows below its cursor were still "
					"running after elt.settle_timeout",
					((const RelationSource *) def->own)->pipeline,
					list_length(pull->settling.running)),
			 errdetail("The rows that they write are read by a later run.")));
}

/* ---- waiting ---- */

static List *
CopyNames(List *names, List *among)
{
	List	   *copies = NIL;
	ListCell   *lc;

	foreach(lc, names)
		if (among == NIL || NamesContain(among, lfirst(lc)))
			copies = lappend(copies, pstrdup(lfirst(lc)));
	return copies;
}

static void
Begin(RelationPull *pull, MemoryContext scratch)
{
	const RelationSource *relation = pull->base.def->own;
	Settling   *settling = &pull->settling;
	RunningTransactions now;

	settling->begun = true;
	settling->deadline = GetCurrentTimestamp() + settle_timeout * INT64CONST(1000);
	NoteGreatest(pull);
	WarnOfGoingBack(pull);
	if (!relation->can_settle)
	{
		SetSafe(pull, DT_NOEND);
		return;
	}
	MemoryContextSwitchTo(scratch);
	now = RunningTransactionsOf(pull->base.def);
	MemoryContextSwitchTo(pull->base.cxt);
	settling->clock = now.clock;
	settling->running = CopyNames(now.names, NIL);
	if (settling->running == NIL)
		SetSafe(pull, now.clock);
}

static void
LookAgain(RelationPull *pull, MemoryContext scratch)
{
	Settling   *settling = &pull->settling;
	RunningTransactions now;

	MemoryContextSwitchTo(scratch);
	now = RunningTransactionsOf(pull->base.def);
	MemoryContextSwitchTo(pull->base.cxt);
	settling->running = now.names == NIL ? NIL : CopyNames(settling->running, now.names);
	if (settling->running == NIL)
		SetSafe(pull, settling->clock);
	else if (GetCurrentTimestamp() >= settling->deadline)
		GiveUp(pull, Min(now.oldest, settling->clock));
}

/* A row without a time is in no window. */
static void
WarnOfNulls(const RelationPull *pull)
{
	const SourceDefinition *def = pull->base.def;
	const RelationSource *relation = def->own;
	Sql			q;

	SqlBegin(&q, psprintf("select from %s as t where t.%s is null limit 1", relation->table,
						  quote_identifier(def->window_column)));
	if (SqlDo(&q, relation->owner) > 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("source \"%s\" has rows whose window column \"%s\" is null", def->relation,
						def->window_column),
				 errdetail("They are in no window, and are not read."),
				 errhint("Use a view that gives them a time.")));
}

bool
RelationIsSettled(Pull *base)
{
	RelationPull *pull = (RelationPull *) base;
	MemoryContext scratch;

	if (base->def->window != NULL && !pull->settling.done)
	{
		pull->settling.done = true;
		WarnOfNulls(pull);
	}
	if (base->def->cursor_column == NULL || base->slices == NIL || pull->settling.done)
		return true;
	scratch = AllocSetContextCreate(base->cxt, "elt settling", ALLOCSET_SMALL_SIZES);
	if (pull->settling.begun)
		LookAgain(pull, scratch);
	else
		Begin(pull, scratch);
	MemoryContextDelete(scratch);
	return pull->settling.done;
}
