/*
 * slice_error.c
 *	  Errors that concern a single slice, and their messages.
 */
#include "base/compat.h"
#include "pipeline/slice_error.h"

#include "base/errors.h"
#include "mb/pg_wchar.h"
#include "pipeline/execution.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define MAX_PARAMS_SHOWN 100

/* Fewer that are all refused may be bad luck. */
#define MANY_RECORDS 20

bool
IsSliceFault(const ErrorData *error)
{
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_SYSTEM_ERROR:
		case ERRCODE_INTERNAL_ERROR:
		case ERRCODE_TRANSACTION_ROLLBACK:
			/* what is declared has changed, or is not allowed any more: for every slice alike */
		case ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE:
		case ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION:
			return false;
		default:
			return error->elevel == ERROR;
	}
}

bool
IsTemporary(const ErrorData *error)
{
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_CONNECTION_EXCEPTION ||
		error->sqlerrcode == ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION ||
		error->sqlerrcode == ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION;
}

char *
SliceErrorText(const ErrorData *error)
{
	if (error->detail == NULL)
		return pstrdup(error->message);
	return psprintf("%s: %s", error->message, error->detail);
}

ErrorData *
StepError(int sqlerrcode, const char *message, const char *detail, const char *hint)
{
	ErrorData  *error = palloc0(sizeof(ErrorData));

	error->elevel = ERROR;
	error->sqlerrcode = sqlerrcode;
	error->message = pstrdup(message);
	error->detail = detail ? pstrdup(detail) : NULL;
	error->hint = hint ? pstrdup(hint) : NULL;
	error->assoc_context = CurrentMemoryContext;
	return error;
}

ErrorData *
CopyErrorTo(MemoryContext cxt, const ErrorData *error)
{
	MemoryContext old = MemoryContextSwitchTo(cxt);
	ErrorData  *copy = StepError(error->sqlerrcode, error->message, error->detail,
								 error->hint);

	copy->context = error->context ? pstrdup(error->context) : NULL;
	MemoryContextSwitchTo(old);
	return copy;
}

ErrorData *
PulledError(const PulledSlice *pulled)
{
	const char *state = pulled->sqlstate;

	return StepError(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]),
					 pulled->error, pulled->detail, pulled->hint);
}

/* Params can be long; a message names them, elt.slices has them whole. */
static char *
ShortParams(const char *params)
{
	int			len = strlen(params);

	if (len <= MAX_PARAMS_SHOWN)
		return pstrdup(params);
	return psprintf("%.*s...", pg_mbcliplen(params, len, MAX_PARAMS_SHOWN), params);
}

char *
SliceName(const Slice *slice)
{
	char	   *start;

	if (!slice->has_window)
		return ShortParams(slice->params);
	start = pstrdup(timestamptz_to_str(slice->window_start));
	return psprintf("%s from %s to %s", ShortParams(slice->params), start,
					timestamptz_to_str(slice->window_end));
}

bool
RejectedAll(const StageCounts *counts)
{
	return counts->undecoded >= MANY_RECORDS && counts->undecoded >= counts->rejected &&
		counts->rows == 0;
}

ErrorData *
ChildFailure(const Pipeline *child, const ErrorData *error)
{
	return StepError(error->sqlerrcode, psprintf("child \"%s\": %s", child->name, error->message),
					 error->detail, error->hint);
}

ErrorData *
AllRejected(int64 records, const char *first)
{
	return StepError(ERRCODE_ELT_TOO_MANY_REJECTED,
					 psprintf(ngettext("%lld record was received and rejected (all_rejected)",
									   "all %lld records were rejected (all_rejected)", records),
							  (long long) records),
					 first ? psprintf("The first error was: %s", first) : NULL,
					 "Use SELECT * FROM elt.rejects to see them.");
}

/* Is it a file that is not read again as it is? */
static bool
IsRejectedFile(const Execution *e)
{
	return e->source->files != NULL && !PipelineLoadsAll(e->pipeline) && e->pulled.file_state == NULL;
}

/* The hint of an error, and where to look for what failed. */
static char *
FailureHint(const Execution *e, const ErrorData *error)
{
	return psprintf("%s%sUse SELECT * FROM elt.slices WHERE pipeline = %s AND state = 'failed' "
					"to list every failed slice; %s.",
					error->hint ? error->hint : "", error->hint ? " " : "",
					quote_literal_cstr(e->pipeline->name),
					IsRejectedFile(e) ?
					"a rejected file is read again when it or the foreign table has changed" :
					"the next run requests them again");
}

ErrorData *
BatchFailure(const Execution *e, const ErrorData *error)
{
	const Pipeline *p = e->pipeline;

	return StepError(error->sqlerrcode,
					 psprintf("pipeline \"%s\": %s", p->name, error->message), error->detail,
					 FailureHint(e, error));
}

ErrorData *
SliceFailure(const Execution *e, const Slice *slice, const ErrorData *error)
{
	const Pipeline *p = e->pipeline;
	bool		only_one = !slice->has_window && strcmp(slice->params, "{}") == 0;
	char	   *message = only_one
		? psprintf("pipeline \"%s\": %s", p->name, error->message)
		: psprintf("pipeline \"%s\": slice %s failed: %s", p->name, SliceName(slice),
				   error->message);

	return StepError(error->sqlerrcode, message, error->detail, FailureHint(e, error));
}

void
NoteSliceFailure(Execution *e, const Slice *slice, const ErrorData *error)
{
	MemoryContext old;

	e->slices_failed++;
	if (e->slice_error != NULL)
		return;
	old = MemoryContextSwitchTo(e->cxt);
	e->slice_error = SliceFailure(e, slice, error);
	MemoryContextSwitchTo(old);
}
