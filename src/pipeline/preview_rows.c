/*
 * preview_rows.c
 *	  The rows that the next slice would stage, without staging them.
 *
 * The whole fetch happens in the caller's statement, like any SELECT from a foreign table.
 */
#include "base/compat.h"

#include "access/relation.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/row_json.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/type_owner.h"
#include "catalog/command.h"
#include "catalog/pipeline_option.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pipeline/execution.h"
#include "pipeline/slice_error.h"
#include "utils/acl.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(elt_preview);

typedef struct Preview
{
	Pipeline   *pipeline;
	ReturnSetInfo *result;
	int			left;			/* rows that may still be shown */
	MemoryContext cxt;
} Preview;

static void
ShowRow(Preview *preview, RowBatch *rows, int row)
{
	int			at = row * rows->desc->natts;
	char	   *json = RowAsJson(rows->desc, rows->values + at, rows->isnull + at);
	Datum		value = DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
	bool		isnull = false;

	tuplestore_putvalues(preview->result->setResult, preview->result->setDesc, &value, &isnull);
	preview->left--;
}

/* For the session alone: refused rows do not go into the server's log. */
static void
ShowRejects(List *rejects)
{
	ListCell   *lc;

	foreach(lc, rejects)
	{
		RowReject  *r = lfirst(lc);

		ereport(WARNING_CLIENT_ONLY,
				(errcode(r->sqlstate ? r->sqlstate : ERRCODE_DATA_EXCEPTION),
				 errmsg("record %lld would be quarantined: %s", (long long) r->record,
						r->message),
				 errdetail_internal("%s", r->raw ? r->raw : "")));
	}
}

static void
ShowPage(Preview *preview, Execution *e)
{
	bool		more = true;

	while (more && preview->left > 0)
	{
		RowBatchReset(e->rows);
		more = SliceReaderFill(&e->reader, e->rows);
		ShowRejects(e->rows->rejects);
		for (int row = 0; row < e->rows->nrows && preview->left > 0; row++)
			ShowRow(preview, e->rows, row);
	}
}

static void
ShowPages(Preview *preview, Execution *e)
{
	SliceReaderOpen(&e->reader, e->pull, &e->pulled);
	while (preview->left > 0 && SliceReaderNextPage(&e->reader))
		ShowPage(preview, e);
}

static void
ShowNextSlice(void *arg)
{
	Preview    *preview = arg;
	Execution  *e = palloc0(sizeof(Execution));

	e->pipeline = preview->pipeline;
	e->cxt = preview->cxt;
	PlanReadSource(e);
	PlanRun(e);
	if (!PullNext(e->pull, &e->pulled))
		ereport(NOTICE, (errmsg("nothing is due for pipeline \"%s\"", e->pipeline->name)));
	else if (e->pulled.verdict == VERDICT_FAIL)
		ThrowErrorData(SliceFailure(e, e->pulled.slice, PulledError(&e->pulled)));
	else if (e->pulled.verdict != VERDICT_SUCCESS)
		ereport(NOTICE,
				(errmsg("slice %s has no rows yet", SliceName(e->pulled.slice))));
	else
		ShowPages(preview, e);
	PullClose(e->pull);
}

static void
RefuseStrangeCode(const Pipeline *p, const char *column, Oid stranger)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to preview pipeline \"%s\"", p->name),
			 errdetail("Column \"%s\" of its source has a type owned by role \"%s\", whose checks "
					   "would run with the privileges of the pipeline's owner \"%s\".", column,
					   GetUserNameFromId(stranger, true), GetUserNameFromId(p->owner, true)),
			 errhint("Only the owner and members of that role may preview it.")));
}

/*
 * Nobody lends the rights of a pipeline's owner to the code of a third role. The source is
 * locked, so that its columns stay what they are.
 */
static void
CheckStrangeCode(const Pipeline *p)
{
	Relation	source;

	if (has_privs_of_role(GetUserId(), p->owner))
		return;
	source = RelationOpen(p->source, AccessShareLock);
	for (int i = 0; i < RelationGetDescr(source)->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(source), i);
		Oid			stranger = InvalidOid;

		if (!att->attisdropped)
			stranger = TypeStrangeOwner(att->atttypid, p->owner);
		if (OidIsValid(stranger))
			RefuseStrangeCode(p, NameStr(att->attname), stranger);
	}
	relation_close(source, NoLock);
}

/* A child's rows are in what the pipeline requests that runs for it. */
static void
RequestAsRoot(Pipeline *p)
{
	const Pipeline *root;

	if (p->parent_id == 0)
		return;
	root = PipelineById(p->root_id);
	for (int i = 0; i < PipelineOptionCount; i++)
	{
		const PipelineOption *o = &PipelineOptions[i];
		bool		isnull;
		Datum		value = PipelineOptionGet(o, root, &isnull);

		if (o->traits & OPTION_RUN)
			PipelineOptionPut(o, p, value, isnull);
	}
}

Datum
elt_preview(PG_FUNCTION_ARGS)
{
	Preview		preview = {0};

	RequireArg(fcinfo, 1, "n");
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	preview.pipeline = CommandBegin(fcinfo, PipelineCheckMayOperate);
	PipelineCheckSource(preview.pipeline);
	RequestAsRoot(preview.pipeline);
	CheckStrangeCode(preview.pipeline);
	preview.result = (ReturnSetInfo *) fcinfo->resultinfo;
	preview.left = PG_GETARG_INT32(1);
	preview.cxt = CurrentMemoryContext;
	RunAs(preview.pipeline->owner, ShowNextSlice, &preview);
	SPI_finish();
	return (Datum) 0;
}
