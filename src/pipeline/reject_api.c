/*
 * reject_api.c
 *	  SQL functions that replay, fix and discard rejects.
 */
#include "base/compat.h"

#include "access/htup_details.h"
#include "access/xlog.h"
#include "base/arguments.h"
#include "base/attempt.h"
#include "base/errors.h"
#include "catalog/command.h"
#include "catalog/home.h"
#include "catalog/reject_change.h"
#include "catalog/reject_overflow.h"
#include "catalog/run.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pipeline/replay.h"
#include "pipeline/replay_patch.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

PG_FUNCTION_INFO_V1(elt_replay_rejects);
PG_FUNCTION_INFO_V1(elt_fix_reject);
PG_FUNCTION_INFO_V1(elt_discard_rejects);

#define REPLAY_COLUMNS 5

typedef struct ReplayCall
{
	const Pipeline *pipeline;
	RejectSet	set;
	ReplayCounts counts;
} ReplayCall;

static void
ReplayOnce(void *arg)
{
	ReplayCall *call = arg;

	(void) Replay(call->pipeline, &call->set, &call->counts);
}

static void
PreviewReplay(ReplayCall *call)
{
	ErrorData  *error = AttemptAndUndo(ReplayOnce, call);

	if (error != NULL)
		ThrowErrorData(error);
}

static HeapTupleHeader
CountsAsRow(TupleDesc desc, int64 run_id, const ReplayCounts *counts)
{
	Datum		values[REPLAY_COLUMNS] = {
		Int64GetDatum(run_id), Int64GetDatum(counts->rejects), Int64GetDatum(counts->replayed),
		Int64GetDatum(counts->superseded), Int64GetDatum(counts->rejected)
	};
	bool		nulls[REPLAY_COLUMNS] = {run_id == 0};

	return SPI_returntuple(heap_form_tuple(desc, values, nulls), desc);
}

/*
 * elt.replay_rejects(pipeline, condition, preview)
 *		Land open rejects under today's definition, in the caller's transaction.
 */
Datum
elt_replay_rejects(PG_FUNCTION_ARGS)
{
	ReplayCall	call = {NULL};
	TupleDesc	desc;
	int64		run_id = 0;
	HeapTupleHeader row;

	PreventCommandDuringRecovery("elt.replay_rejects()");
	RequireArg(fcinfo, 2, "preview");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	call.pipeline = CommandBeginLocked(fcinfo, PipelineCheckMayOperate);
	call.set.condition = TextArgOrNull(fcinfo, 1);
	if (PG_GETARG_BOOL(2))
		PreviewReplay(&call);
	else
	{
		PipelineCheckNotPaused(call.pipeline);
		run_id = Replay(call.pipeline, &call.set, &call.counts);
	}
	row = CountsAsRow(desc, run_id, &call.counts);
	SPI_finish();
	PG_RETURN_HEAPTUPLEHEADER(row);
}

static void
CheckMayFix(const Pipeline *p)
{
	PipelineCheckMayActAsOwner(p, "fix a reject of");
}

static void
CheckIsPatch(Jsonb *patch)
{
	JsonbValue	text;

	if (JB_ROOT_IS_OBJECT(patch) && JB_ROOT_COUNT(patch) > 0)
		return;
	if (JB_ROOT_IS_SCALAR(patch) && JsonbExtractScalar(&patch->root, &text) &&
		text.type == jbvString)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("patch must be a JSON object or a string"),
			 errhint("Specify values by column, such as {\"price\": 3}, or the corrected text of "
					 "the record as a JSON string.")));
}

static void
TellIfOpen(int64 id, const char *state, const char *message)
{
	if (strcmp(state, "new") == 0)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("reject %lld was rejected again: %s", (long long) id, message),
				 errhint("Specify values as their types read them. If the record itself is invalid, "
						 "specify its corrected text as a JSON string.")));
}

/*
 * elt.fix_reject(reject_id, patch)
 *		Change values of a reject and replay it; what it was is kept.
 */
Datum
elt_fix_reject(PG_FUNCTION_ARGS)
{
	ReplayCall	call = {NULL};
	MemoryContext caller = CurrentMemoryContext;
	Jsonb	   *patch;
	char	   *message;
	char	   *state;
	text	   *result;

	PreventCommandDuringRecovery("elt.fix_reject()");
	RequireArg(fcinfo, 0, "reject_id");
	RequireArg(fcinfo, 1, "patch");
	patch = PG_GETARG_JSONB_P(1);
	CheckIsPatch(patch);
	call.set.id = PG_GETARG_INT64(0);
	SPI_connect();
	call.pipeline = PipelineLock(PipelineById(RejectPipeline(call.set.id))->name, CheckMayFix);
	PipelineCheckNotPaused(call.pipeline);
	PatchCheckColumns(call.pipeline->source, patch);
	RejectPatch(call.pipeline, call.set.id,
				JsonbToCString(NULL, &patch->root, VARSIZE(patch)));
	(void) Replay(call.pipeline, &call.set, &call.counts);
	state = RejectState(call.set.id, &message);
	TellIfOpen(call.set.id, state, message);
	MemoryContextSwitchTo(caller);
	result = cstring_to_text(state);
	SPI_finish();
	PG_RETURN_TEXT_P(result);
}

static void
CheckIsReason(const char *reason)
{
	if (strspn(reason, " \t\r\n") == strlen(reason))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("reason must not be empty"),
				 errhint("Specify why the rejects will never land; it is shown in the column "
						 "resolution of elt.rejects.")));
}

/*
 * elt.discard_rejects(pipeline, condition, reason)
 *		Settle open rejects that nobody will land.
 */
Datum
elt_discard_rejects(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	RejectSet	set = {NULL};
	int64		discarded;

	RequireArg(fcinfo, 2, "reason");
	CheckIsReason(TextArgOrNull(fcinfo, 2));
	p = CommandBeginLocked(fcinfo, PipelineCheckMayOperate);
	set.condition = TextArgOrNull(fcinfo, 1);
	discarded = RejectsDiscard(p, &set, TextArgOrNull(fcinfo, 2));
	if (set.condition == NULL)
		OverflowDiscard(p);
	SPI_finish();
	PG_RETURN_INT64(discarded);
}
