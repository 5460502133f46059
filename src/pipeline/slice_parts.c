/*
 * slice_parts.c
 *	  A slice that is staged part by part.
 */
#include "base/compat.h"
#include "pipeline/slice_parts.h"

#include "base/attempt.h"
#include "base/progress.h"
#include "pipeline/child_load.h"
#include "pipeline/family_rows.h"
#include "pipeline/fields.h"

void
PartsBegin(Execution *e)
{
	e->parts = NO_SLICE_PARTS;
	ChildrenResetSlice(e);
	e->told_records = e->told_requests = e->told_bytes = e->told_pages = 0;
}

bool
PartsAreVoid(const Execution *e)
{
	return e->in_parts && (e->pulled.anew || e->pulled.verdict != VERDICT_SUCCESS);
}

void
PartsForget(const Execution *e)
{
	FamilyRowsForget(e, e->pipeline, &e->parts.counts);
	ChildrenForgetSlice(e);
}

void
PartsEndCounts(Execution *e, bool kept)
{
	if (e->checks != NULL)
		NativeChecksEndSlice(e->checks, kept);
	FieldsEndSlice(e->fields, kept);
	ChildrenEndCounts(e, kept);
}

static void
Forget(void *arg)
{
	PartsForget(arg);
}

ErrorData *
PartsGiveUp(Execution *e)
{
	ErrorData  *error = Attempt(Forget, e);

	if (error != NULL)
		return error;
	CommitPhase();
	PartsEndCounts(e, false);
	e->in_parts = false;
	return NULL;
}

void
PartsTell(Execution *e)
{
	int64		records = e->parts.counts.rows + e->parts.counts.rejected;
	int64		bytes = PulledBytes(&e->pulled);
	int64		pages = e->pulled.before.pages + list_length(e->pulled.pages);

	ProgressAdd(records - e->told_records, bytes - e->told_bytes, pages - e->told_pages,
				e->pulled.requests - e->told_requests);
	e->told_records = records;
	e->told_bytes = bytes;
	e->told_pages = pages;
	e->told_requests = e->pulled.requests;
}
