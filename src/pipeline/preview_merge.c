/*
 * preview_merge.c
 *	  SQL function that previews the merge of a staged batch: one row for each class, then
 *	  samples.
 */
#include "base/compat.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "catalog/command.h"
#include "catalog/full_load.h"
#include "catalog/truncated.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "load/staging.h"
#include "merge/late_truncation.h"
#include "merge/preview.h"
#include "pipeline/land.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

PG_FUNCTION_INFO_V1(elt_preview_merge);

static Datum
JsonOrNull(const char *json, bool *isnull)
{
	*isnull = json == NULL;
	return json == NULL ? (Datum) 0 : DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
}

static void
ShowSample(ReturnSetInfo *result, const PreviewSample *sample)
{
	Datum		values[5] = {CStringGetTextDatum(sample->class)};
	bool		nulls[5] = {false, true};

	values[2] = JsonOrNull(sample->key, &nulls[2]);
	values[3] = JsonOrNull(sample->stored, &nulls[3]);
	values[4] = JsonOrNull(sample->staged, &nulls[4]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
ShowCount(ReturnSetInfo *result, const char *class, int64 rows)
{
	Datum		values[5] = {CStringGetTextDatum(class), Int64GetDatum(rows)};
	bool		nulls[5] = {false, false, true, true, true};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
ShowClass(ReturnSetInfo *result, const MergePreview *preview, const char *class, int64 rows)
{
	ListCell   *lc;

	if (rows == 0)
		return;
	ShowCount(result, class, rows);
	foreach(lc, preview->samples)
	{
		const PreviewSample *sample = lfirst(lc);

		if (strcmp(sample->class, class) == 0)
			ShowSample(result, sample);
	}
}

static void
Show(ReturnSetInfo *result, const MergePreview *preview)
{
	const MergeCounts *c = &preview->counts;

	if (preview->refused != NULL)
		return;
	ShowCount(result, "read", c->read);
	ShowClass(result, preview, "inserted", c->inserted);
	ShowClass(result, preview, "updated", c->updated);
	ShowClass(result, preview, "unchanged", c->unchanged);
	ShowClass(result, preview, "deleted", c->deleted);
	ShowClass(result, preview, "stale", c->stale);
	ShowClass(result, preview, "duplicate", c->duplicate);
	ShowClass(result, preview, "conflicting", c->conflicting);
	ShowClass(result, preview, "quarantined", c->quarantined);
	ShowClass(result, preview, "dropped", c->dropped);
	ShowClass(result, preview, "removed", c->removed);
	ShowClass(result, preview, "pending_deletes", c->pending);
}

/* What elt.merge would say. */
static void
Tell(const Pipeline *p, const MergePreview *preview)
{
	if (preview->refused != NULL)
		ereport(WARNING,
				(errcode(ERRCODE_ELT_CHECK_FAILED),
				 errmsg("pipeline \"%s\": %s", p->name, preview->refused),
				 errdetail("The batch would not be merged.")));
	if (preview->unproven != NULL)
		ereport(NOTICE,
				(errmsg("pipeline \"%s\": nothing would be deleted: %s", p->name,
						preview->unproven)));
	if (preview->doubt != NULL)
		ereport(NOTICE,
				(errmsg("pipeline \"%s\": some missing rows would not be deleted", p->name),
				 errdetail_internal("%s", preview->doubt)));
	if (preview->guards != NULL)
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("pipeline \"%s\": deletes would be left pending", p->name),
				 errdetail_internal("%s", preview->guards)));
}

/* What a preview stages or lands before it looks, which is undone. */
typedef struct Look
{
	const Pipeline *pipeline;
	const Pipeline *child;		/* or NULL */
	int			samples;
	MergePreview *preview;
} Look;

static void
LookAtChild(void *arg)
{
	Look	   *look = arg;
	const Pipeline *root = look->pipeline;

	StagingHold(root);
	look->preview = LandLook(root, SourceDefinitionOf(root), StagingBatchCounted(root), look->child,
							 look->samples);
}

static void
LookPastTruncations(void *arg)
{
	Look	   *look = arg;
	const Pipeline *p = look->pipeline;
	const SourceDefinition *source = SourceDefinitionOf(p);
	StagedBatch batch = *StagingBatchCounted(p);

	batch.rows += LateTruncationStage(p, source);
	look->preview = MergeLook(p, source, &batch, look->samples);
}

static MergePreview *
LookAndUndo(void (*function) (void *arg), Look look)
{
	ErrorData  *error = AttemptAndUndo(function, &look);

	if (error != NULL)
		ThrowErrorData(error);
	return look.preview;
}

/* Which of its rows land depends on what becomes of its parents', so those land first. */
static MergePreview *
PreviewChild(const Pipeline *child, int samples)
{
	Pipeline   *root = PipelineLock(PipelineById(child->root_id)->name, PipelineCheckMayRun);

	FullLoadTake(root);
	return LookAndUndo(LookAtChild, (Look) {root, child, samples});
}

static MergePreview *
Preview(Pipeline *p, int samples)
{
	if (p->parent_id != 0)
		return PreviewChild(p, samples);
	FullLoadTake(p);
	if (TruncationsTold(p) != NIL)
		return LookAndUndo(LookPastTruncations, (Look) {p, NULL, samples});
	return MergeLook(p, SourceDefinitionOf(p), StagingBatchCounted(p), samples);
}

Datum
elt_preview_merge(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	MergePreview *preview;

	RequireArg(fcinfo, 1, "samples");
	InitMaterializedSRF(fcinfo, 0);
	p = CommandBeginLocked(fcinfo, PipelineCheckMayOperate);
	preview = Preview(p, Max(PG_GETARG_INT32(1), 0));
	Tell(p, preview);
	Show((ReturnSetInfo *) fcinfo->resultinfo, preview);
	SPI_finish();
	return (Datum) 0;
}
