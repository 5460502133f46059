/*
 * child_load.c
 *	  Stage the rows of children from the pages of the pipeline that runs.
 *
 * A row carries the number of the parent's record that contains its own, by which it shares the fate
 * of the parent's row. Where a page is decoded once more for a child, the decoders count these
 * records independently of each other, so their counts are compared after each page.
 */
#include "base/compat.h"
#include "pipeline/child_load.h"

#include "base/errors.h"
#include "catalog/staged.h"
#include "check/compile.h"
#include "check/declared_check.h"
#include "load/source_view.h"
#include "load/staging.h"
#include "merge/checked_shape.h"
#include "pipeline/child_check.h"
#include "pipeline/family_rows.h"
#include "pipeline/fields.h"
#include "pipeline/slice_error.h"
#include "pipeline/source_rights.h"
#include "source/computed.h"

/* ---- the run ---- */

static ChildLoad *
LoadOf(const Execution *e, int32 id)
{
	ListCell   *lc;

	foreach(lc, e->children)
		if (((ChildLoad *) lfirst(lc))->pipeline->id == id)
			return lfirst(lc);
	return NULL;
}

static Decoder *
ParentDecoder(const Execution *e, const ChildLoad *child)
{
	return child->parent == NULL ? e->reader.decoder : child->parent->decoder;
}

/* The sources of the pipeline and of the parents in between. */
static List *
AncestorSources(const Execution *e, const ChildLoad *child)
{
	List	   *sources = NIL;

	for (const ChildLoad *p = child->parent; p != NULL; p = p->parent)
		sources = lcons(p->source, sources);
	return lcons(e->source, sources);
}

/* As rows they are complete. */
static void
CompleteRows(ChildLoad *child)
{
	if (child->decoder == NULL)
		return;
	if (child->computed != NULL)
		ComputedFill(child->computed, child->rows);
	SliceReaderTellFile(&child->execution->reader, child->source, child->params, child->rows);
}

/* What was decoded of a page. */
static void
TakeRows(ChildLoad *child)
{
	const Execution *e = child->execution;

	CompleteRows(child);
	child->taken += FamilyRowsWrite(e, child->writer, child->rows, &child->first_reject);
	RowBatchReset(child->rows);
}

/* The same in passing, while the parent's records are decoded. */
static void
TakeAttached(void *state)
{
	ChildLoad  *child = state;

	SourceMaskRejects(child->execution->source, child->rows);
	TakeRows(child);
}

static ChildLoad *
ReadChild(Execution *e, Pipeline *p)
{
	ChildLoad  *child = palloc0(sizeof(ChildLoad));

	SourceCheckReadable(p->source, p->owner);
	child->execution = e;
	child->pipeline = p;
	child->source = SourceDefinitionOf(p);
	child->parent = LoadOf(e, p->parent_id);
	child->staged = child->staging = NO_STAGE_COUNTS;
	child->decoder = ChildDecoder(p, child->source, AncestorSources(e, child));
	child->rows = RowBatchCreate(child->source->desc, e->rows->capacity);
	child->rows->raw_limit = p->reject_raw_bytes;
	child->rows->numbered = true;
	if (child->decoder == NULL)
		return child;
	child->computed = ComputedCreate(child->source);
	DecoderRelate(ParentDecoder(e, child), child->decoder);
	child->is_attached = DecoderAttach(ParentDecoder(e, child), child->decoder, child->rows,
									   TakeAttached, child);
	return child;
}

void
ChildrenRead(Execution *e)
{
	ListCell   *lc;

	foreach(lc, PipelineDescendants(e->pipeline))
		e->children = lappend(e->children, ReadChild(e, lfirst(lc)));
	if (e->children != NIL)
		e->rows->numbered = true;
}

/* Those that come as rows fill their batches with those of the pipeline. */
void
ChildrenAttach(Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		ChildLoad  *child = lfirst(lc);

		if (child->decoder == NULL)
			PullAttach(e->pull, child->source, child->rows);
	}
}

static void
VerifyChild(Execution *e, const ChildLoad *child)
{
	const ChildLoad *parent = child->parent;

	ChildCheckKey(parent == NULL ? e->pipeline : parent->pipeline,
				  parent == NULL ? e->source : parent->source, child->pipeline, child->source);
	SourceViewEnsure(child->pipeline);
	(void) MergeShapeOf(child->pipeline, child->source);
	ChecksVerify(child->pipeline);
}

void
ChildrenVerify(Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
		VerifyChild(e, lfirst(lc));
}

void
ChildrenPlan(Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		ChildLoad  *child = lfirst(lc);

		child->range = PlanRangeOf(child->pipeline, e->source, 0);
	}
}

/* ---- the batch ---- */

static void
BeginChild(Execution *e, ChildLoad *child)
{
	const Pipeline *p = child->pipeline;

	StagingCheckSource(p, child->rows->desc);
	StagingEnsure(p);
	StagingTruncate(p);
	StagedBegin(p, e->run->id, e->batch, NULL);
	child->checks = ChecksCompile(p);
	child->writer = StageWriterCreate(p, e->run->id, &child->range, child->checks,
									  child->rows->desc);
	child->fields = FieldsBegin(p, child->source, child->decoder);
}

void
ChildrenBegin(Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
		BeginChild(e, lfirst(lc));
}

void
ChildrenComplete(Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		const ChildLoad *child = lfirst(lc);

		ChecksStage(child->pipeline, child->checks);
		FieldsStage(child->fields, child->pipeline, e->source);
		FieldsStageRows(child->fields, child->pipeline, PullRowFields(e->pull, child->source));
		StagedComplete(child->pipeline);
	}
}

/* ---- a slice ---- */

void
ChildrenOpenSlice(Execution *e, bool continued)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		ChildLoad  *child = lfirst(lc);

		StageWriterOpen(child->writer, e->pulled.slice, e->loaded_at);
		child->staging = child->staged;
		if (continued || child->decoder == NULL)
			continue;
		child->params = SourceParamValues(child->source, e->pulled.slice);
		DecoderBegin(child->decoder);
	}
}

/* A file may be written to while it is read. */
static void
CheckSamePage(const Execution *e, const ChildLoad *child, int64 bytes)
{
	if (SliceReaderPageBytes(&e->reader) == bytes &&
		DecoderParents(child->decoder) == DecoderRecords(ParentDecoder(e, child)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ELT_BAD_PAGE),
			 errmsg("could not relate the records of child \"%s\" to those of its parent",
					child->pipeline->name),
			 errdetail("The parent has %lld records in %lld bytes, the child sees %lld in %lld bytes.",
					   (long long) DecoderRecords(ParentDecoder(e, child)), (long long) bytes,
					   (long long) DecoderParents(child->decoder),
					   (long long) SliceReaderPageBytes(&e->reader)),
			 errhint("If it is a file, do not change it while it is read.")));
}

static void
OpenPage(Execution *e, ChildLoad *child)
{
	StageWriterNumber(child->writer, child->records,
					  child->parent == NULL ? e->records : child->parent->records);
	RowBatchReset(child->rows);
	child->taken = 0;
	if (child->is_attached)
		SliceReaderJoin(&e->reader, child->source, child->decoder, child->params);
}

void
ChildrenOpenPage(Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
		OpenPage(e, lfirst(lc));
}

static void
ReadAgain(Execution *e, ChildLoad *child)
{
	int64		bytes = SliceReaderPageBytes(&e->reader);
	bool		more;

	SliceReaderAgain(&e->reader, child->source, child->decoder, child->params);
	do
	{
		more = SourceFill(e->source, child->decoder, child->rows);
		TakeRows(child);
	} while (more);
	CheckSamePage(e, child, bytes);
}

int64
ChildrenAddPage(Execution *e)
{
	int64		taken = 0;
	ListCell   *lc;

	foreach(lc, e->children)
	{
		ChildLoad  *child = lfirst(lc);

		if (child->decoder == NULL)
			TakeRows(child);
		else if (child->is_attached)
		{
			DecoderFinishAttached(child->decoder);
			TakeAttached(child);
		}
		else
			ReadAgain(e, child);
		FieldsAddPage(child->fields);
		taken += child->taken;
	}
	/* rows of a stream have numbers that rise from page to page */
	if (e->children == NIL || e->reader.decoder == NULL)
		return taken;
	foreach(lc, e->children)
		((ChildLoad *) lfirst(lc))->records += DecoderRecords(((ChildLoad *) lfirst(lc))->decoder);
	e->records += DecoderRecords(e->reader.decoder);
	return taken;
}

void
ChildrenCloseSlice(Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		ChildLoad  *child = lfirst(lc);

		StageWriterClose(child->writer, &child->staging);
	}
}

/* Without the rows of a slice that has failed after all. */
static void
TakeRowsBack(const Execution *e, ChildLoad *child)
{
	if (child->staging.rows == 0)
		return;
	StagingForget(child->pipeline, e->loaded_at, child->staging.first_block);
	child->staging.rows = 0;
}

static void
RecordChild(Execution *e, ChildLoad *child, const SliceResult *of_parent)
{
	SliceResult result = *of_parent;
	const StageCounts *counts = &child->staging;

	if (strcmp(result.state, "failed") == 0)
		TakeRowsBack(e, child);
	else if (!child->source->is_stream && RejectedAll(counts))
		ThrowErrorData(ChildFailure(child->pipeline,
									AllRejected(counts->undecoded, child->first_reject)));
	result.rows = counts->rows;
	result.rejected = counts->rejected;
	result.undecoded = counts->undecoded;
	result.requests = result.bytes = 0;
	StagedAddSlice(child->pipeline, &result);
	e->child_rows += counts->rows + counts->rejected;
}

void
ChildrenRecordSlice(Execution *e, const SliceResult *result)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		ChildLoad  *child = lfirst(lc);

		if (e->pulled.verdict != VERDICT_SUCCESS)
			child->staging = child->staged;
		RecordChild(e, child, result);
	}
}

void
ChildrenKeepStaged(Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		ChildLoad  *child = lfirst(lc);

		child->staged = child->staging;
	}
}

void
ChildrenResetSlice(Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		ChildLoad  *child = lfirst(lc);

		child->staged = child->staging = NO_STAGE_COUNTS;
		child->first_reject = NULL;
	}
}

void
ChildrenForgetSlice(const Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		const ChildLoad *child = lfirst(lc);

		FamilyRowsForget(e, child->pipeline, &child->staged);
	}
}

void
ChildrenEndCounts(Execution *e, bool kept)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		ChildLoad  *child = lfirst(lc);

		if (child->checks != NULL)
			NativeChecksEndSlice(child->checks, kept);
		FieldsEndSlice(child->fields, kept);
	}
}

void
ChildrenFailWithParents(const Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
	{
		const Pipeline *child = ((ChildLoad *) lfirst(lc))->pipeline;

		StagingTruncate(child);
		StagedFailWithParent(child, e->pipeline);
	}
}

void
ChildrenGiveBack(const Execution *e)
{
	ListCell   *lc;

	foreach(lc, e->children)
		StagingGiveBack(((ChildLoad *) lfirst(lc))->pipeline);
}
