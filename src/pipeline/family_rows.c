/*
 * family_rows.c
 *	  Staged rows of a slice, of the pipeline that runs or of a child.
 */
#include "base/compat.h"
#include "pipeline/family_rows.h"

#include "catalog/truncated.h"
#include "load/staging.h"
#include "miscadmin.h"
#include "source/truncation.h"

/* Older rows may come in a later batch. */
static void
RememberTruncation(const Execution *e)
{
	const struct Truncation *truncation = e->reader.truncation;

	if (truncation != NULL && TruncationIsNew(truncation))
		TruncatedAdd(e->pipeline, TruncationAsJson(truncation));
}

int64
FamilyRowsWrite(const Execution *e, StageWriter *writer, RowBatch *rows, char **first_reject)
{
	int64		decoded = rows->nrows + list_length(rows->rejects);

	if (*first_reject == NULL && rows->rejects != NIL)
		*first_reject = MemoryContextStrdup(e->batch_cxt,
											((RowReject *) linitial(rows->rejects))->message);
	StageWriterAdd(writer, rows);
	RememberTruncation(e);
	CHECK_FOR_INTERRUPTS();
	return decoded;
}

void
FamilyRowsForget(const Execution *e, const Pipeline *p, const StageCounts *counts)
{
	if (counts->rows > 0)
		StagingForget(p, e->loaded_at, counts->first_block);
	if (counts->rejected > 0)
		StagedForgetRejected(p, e->parts.slice);
}
