/*
 * live_scan.c
 *	  Execution callbacks of a live SELECT.
 */
#include "base/compat.h"
#include "live/live_scan.h"

#include "base/errors.h"
#include "executor/executor.h"
#include "live/file_turns.h"
#include "live/file_wishes.h"
#include "live/quals.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "source/kind.h"
#include "source/slices.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define ROWS_PER_FILL 1024
#define EXCERPT_BYTES 500

/* Columns with an expression may need any of the others. */
static void
ReadUsedColumns(LiveScan *scan, List *columns)
{
	Bitmapset  *used = NULL;
	ListCell   *lc;

	if (scan->reader.decoder == NULL || scan->reader.computed != NULL)
		return;
	foreach(lc, columns)
		if (lfirst_int(lc) > 0)
			used = bms_add_member(used, lfirst_int(lc));
	DecoderReadOnly(scan->reader.decoder, used);
}

static void
BeginScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	LiveScan   *scan = palloc0(sizeof(LiveScan));
	List	   *narrowings = list_copy_tail(plan->fdw_private, 2);
	List	   *exprs = list_truncate(list_copy(plan->fdw_exprs), list_length(narrowings));

	scan->def = SourceDefinitionRead(RelationGetRelid(node->ss.ss_currentRelation));
	SourceAuthenticate(scan->def, ForeignScanUser(node));
	scan->may_stop = intVal(linitial(plan->fdw_private));
	scan->narrowings = NarrowingsUnpack(narrowings, exprs);
	scan->states = ExecInitExprList(exprs, (PlanState *) node);
	scan->def->filter = FileWishesBegin(scan->def, list_copy_tail(plan->fdw_exprs, list_length(exprs)),
										&node->ss);
	scan->start_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt live select",
											ALLOCSET_DEFAULT_SIZES);
	scan->slice_cxt = AllocSetContextCreate(CurrentMemoryContext, "elt live slice",
											ALLOCSET_DEFAULT_SIZES);
	node->fdw_state = scan;
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	SliceReaderInit(&scan->reader, scan->def);
	ReadUsedColumns(scan, lsecond(plan->fdw_private));
	scan->rows = RowBatchCreate(scan->def->desc, ROWS_PER_FILL);
	scan->found = FoundBegin(scan->def);
}

/* Not in BeginScan: the values may come from a subquery, which is ready only now. */
void
ScanPlanSlices(ForeignScanState *node)
{
	LiveScan   *scan = node->fdw_state;
	MemoryContext old;

	if (scan->started)
		return;
	old = MemoryContextSwitchTo(scan->start_cxt);
	scan->slices = scan->turns != NULL ? FileTurnsSlices(scan->turns) :
		NarrowedSlices(scan->def, scan->narrowings, scan->states, node->ss.ps.ps_ExprContext);
	scan->started = true;
	MemoryContextSwitchTo(old);
}

static void
StartScan(ForeignScanState *node)
{
	LiveScan   *scan = node->fdw_state;
	MemoryContext old;

	ScanPlanSlices(node);
	old = MemoryContextSwitchTo(scan->start_cxt);
	if (scan->reader.decoder != NULL && scan->def->takes_bounds)
		DecoderNarrow(scan->reader.decoder,
					  NarrowedBounds(scan->narrowings, scan->states, node->ss.ps.ps_ExprContext));
	scan->pull = PullOpen(scan->def, scan->slices);
	PullAsRead(scan->pull);
	if (scan->may_stop)
		PullInParts(scan->pull);
	if (scan->turns != NULL)
		PullChoose(scan->pull, FileTurnsNext, scan->turns);
	if (scan->reader.decoder != NULL)
		DecoderTake(scan->reader.decoder, scan->turns != NULL ? FileTurnsTake : NULL, scan->turns);
	MemoryContextSwitchTo(old);
}

static void
OpenAnswer(LiveScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->slice_cxt);

	if (scan->turns != NULL)
		FileTurnsCheck(scan->turns, scan->def, scan->pulled.slice, PulledFile(&scan->pulled));
	SliceReaderOpen(&scan->reader, scan->pull, &scan->pulled);
	scan->answer_open = true;
	MemoryContextSwitchTo(old);
}

static void
CloseAnswer(LiveScan *scan)
{
	if (scan->pulled.slice == NULL)
		return;
	PullRelease(scan->pull, &scan->pulled);
	MemoryContextReset(scan->slice_cxt);
	scan->answer_open = scan->page_open = false;
}

static bool
NextPage(LiveScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->slice_cxt);

	scan->page_open = scan->answer_open && SliceReaderNextPage(&scan->reader);
	MemoryContextSwitchTo(old);
	return scan->page_open;
}

static void
WarnOfUnproven(const LiveScan *scan)
{
	if (scan->pulled.unproven != NULL)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("could not verify that the list of slice %s of foreign table \"%s\" is "
						"complete", SourceMask(scan->def,
											   SliceText(scan->def, scan->pulled.slice)),
						scan->def->relation),
				 errdetail("Repeated requests returned inconsistent lists: %s.",
						   scan->pulled.unproven)));
}

/* A list that contradicts itself is asked for anew, but rows of it have been returned already. */
static void
CheckNotAnew(const LiveScan *scan)
{
	if (scan->pulled.anew)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("list of slice %s of foreign table \"%s\" changed while it was read",
						SourceMask(scan->def, SliceText(scan->def, scan->pulled.slice)),
						scan->def->relation),
				 errhint("Run the query again. Without LIMIT and outside of a cursor a list is "
						 "read completely before its first row is returned.")));
}

/* Go on to the next page or answer; false after the last one. */
static bool
NextAnswer(LiveScan *scan)
{
	if (NextPage(scan))
		return true;
	if (scan->turns != NULL && scan->answer_open)
		FileTurnsEnd(scan->turns);
	CloseAnswer(scan);
	if (!PullNext(scan->pull, &scan->pulled))
		return false;
	CheckNotAnew(scan);
	switch (scan->pulled.verdict)
	{
		case VERDICT_SUCCESS:
			WarnOfUnproven(scan);
			OpenAnswer(scan);
			break;
		case VERDICT_EMPTY:
			break;
		case VERDICT_NOT_YET:
			ereport(NOTICE,
					(errmsg("slice %s of foreign table \"%s\" is not published yet",
							SliceText(scan->def, scan->pulled.slice),
							scan->def->relation)));
			break;
		default:
			PulledRaise(&scan->pulled);
	}
	return true;
}

static void
TellSlice(void *arg)
{
	LiveScan   *scan = arg;

	scan->def->kind->tell_page(scan->def, &scan->pulled, scan->reader.page);
}

static char *
RecordExcerpt(const char *raw)
{
	int			length = strlen(raw);

	if (length <= EXCERPT_BYTES)
		return pstrdup(raw);
	return psprintf("%.*s...", pg_mbcliplen(raw, length, EXCERPT_BYTES), raw);
}

/* What may be declared otherwise, if this is how records are; NULL: it is rather the record. */
static const char *
AdviceForReject(const RowReject *reject)
{
	switch (reject->sqlstate)
	{
		case ERRCODE_DATATYPE_MISMATCH:
			return "Check option \"path\" of the column, or use type jsonb.";
		case ERRCODE_CARDINALITY_VIOLATION:
			return "Use an array type for an element that repeats.";
		case ERRCODE_ARRAY_SUBSCRIPT_ERROR:
			return "Check which columns have [*] in option \"path\".";
		case ERRCODE_BAD_COPY_FILE_FORMAT:
			return "Check option \"records\" of the foreign table, or the options of its format.";
		default:
			break;
	}
	/* nothing was read before it */
	if (reject->column != NULL && reject->record == 1)
		return "If other records are like this one, change the type of the column, or its option "
			"\"path\" or \"format\".";
	return NULL;
}

static char *
HintForReject(const RowReject *reject)
{
	const char *advice = AdviceForReject(reject);

	if (advice == NULL)
		return "Use a pipeline to load the valid rows and keep this record in elt.rejects.";
	return psprintf("%s A pipeline loads the valid rows and keeps this record in elt.rejects.", advice);
}

static void
CheckNoRejects(const LiveScan *scan)
{
	RowReject  *reject;

	if (scan->rows->rejects == NIL)
		return;
	reject = linitial(scan->rows->rejects);
	ereport(ERROR,
			(errcode(reject->sqlstate ? reject->sqlstate : ERRCODE_ELT_BAD_PAGE),
			 reject->column ?
			 errmsg("could not convert record " INT64_FORMAT " for column \"%s\": %s",
					reject->record, reject->column, reject->message) :
			 errmsg("could not convert record " INT64_FORMAT " to a row: %s", reject->record,
					reject->message),
			 reject->raw ? errdetail("The record is: %s", RecordExcerpt(reject->raw)) : 0,
			 errhint("%s", HintForReject(reject))));
}

static void
FillRows(LiveScan *scan)
{
	ErrorContextCallback context = {error_context_stack, TellSlice, scan};

	error_context_stack = &context;
	RowBatchReset(scan->rows);
	scan->next_row = 0;
	scan->page_open = SliceReaderFill(&scan->reader, scan->rows);
	CheckNoRejects(scan);
	if (!scan->page_open)
		FoundAddPage(scan->found, scan->reader.decoder);
	error_context_stack = context.previous;
}

/* Make sure that a row is at hand; false when there are no more. */
static bool
HaveRow(LiveScan *scan)
{
	while (scan->next_row >= scan->rows->nrows)
	{
		CHECK_FOR_INTERRUPTS();
		if (scan->page_open)
			FillRows(scan);
		else if (!NextAnswer(scan))
		{
			FoundCheck(scan->found);
			return false;
		}
	}
	return true;
}

static TupleTableSlot *
IterateScan(ForeignScanState *node)
{
	LiveScan   *scan = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	int			natts = slot->tts_tupleDescriptor->natts;

	ExecClearTuple(slot);
	if (scan->is_over)
		return slot;
	if (scan->pull == NULL)
		StartScan(node);
	if (!HaveRow(scan))
		return slot;
	memcpy(slot->tts_values, scan->rows->values + (size_t) scan->next_row * natts,
		   natts * sizeof(Datum));
	memcpy(slot->tts_isnull, scan->rows->isnull + (size_t) scan->next_row * natts,
		   natts * sizeof(bool));
	scan->next_row++;
	return ExecStoreVirtualTuple(slot);
}

PullTotals
ScanTotals(const LiveScan *scan)
{
	PullTotals	totals = scan->totals;

	if (scan->pull != NULL)
	{
		totals.attempts += PullTotalsOf(scan->pull)->attempts;
		totals.requests += PullTotalsOf(scan->pull)->requests;
		totals.bytes += PullTotalsOf(scan->pull)->bytes;
	}
	return totals;
}

static void
StopScan(LiveScan *scan)
{
	scan->totals = ScanTotals(scan);
	if (scan->pull != NULL)
	{
		CloseAnswer(scan);
		PullClose(scan->pull);
	}
	scan->pull = NULL;
	scan->started = false;
	scan->page_open = false;
	scan->slices = NIL;
	MemoryContextReset(scan->start_cxt);
}

static void
ReScan(ForeignScanState *node)
{
	LiveScan   *scan = node->fdw_state;

	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	StopScan(scan);
	scan->is_over = false;
	RowBatchReset(scan->rows);
	scan->next_row = 0;
}

static void
EndScan(ForeignScanState *node)
{
	LiveScan   *scan = node->fdw_state;

	if (scan != NULL)
		StopScan(scan);
}

void
ScanRoutines(FdwRoutine *routine)
{
	routine->BeginForeignScan = BeginScan;
	routine->IterateForeignScan = IterateScan;
	routine->ReScanForeignScan = ReScan;
	routine->EndForeignScan = EndScan;
	routine->ExplainForeignScan = ExplainLiveScan;
}
