/*
 * drop.c
 *	  Drop pipelines and children, with all that is kept of them, but not their sources and targets.
 */
#include "base/compat.h"

#include "base/arguments.h"
#include "base/errors.h"
#include "base/sql.h"
#include "catalog/command.h"
#include "catalog/order.h"
#include "catalog/schedule.h"
#include "catalog/staged.h"
#include "load/source_view.h"
#include "load/staging.h"
#include "load/work.h"

PG_FUNCTION_INFO_V1(elt_drop_pipeline);
PG_FUNCTION_INFO_V1(elt_drop_child);

static bool
IsAbsent(const char *name)
{
	bool		absent;

	SPI_connect();
	absent = !PipelineExists(name);
	SPI_finish();
	if (absent)
		ereport(NOTICE, (errmsg("pipeline \"%s\" does not exist, skipping", name)));
	return absent;
}

static void
DropPipeline(const Pipeline *p)
{
	OrderCheckDrop(p);
	ScheduleStop(p);
	StagedForget(p);
	StagingDrop(p);
	SourceViewDrop(p);
	WorkTablesDrop(p);
	PipelineExec(p, "delete from elt_catalog.request_log where pipeline_id = $1");
	PipelineExec(p, "delete from elt_catalog.reject where pipeline_id = $1");
	PipelineExec(p, "delete from elt_catalog.pipeline where id = $1");
	StagingRelease(p->owner);
}

static void
DropFamily(Pipeline *p)
{
	List	   *family = PipelineFamily(p);

	for (int i = list_length(family) - 1; i >= 0; i--)
		DropPipeline(list_nth(family, i));
}

Datum
elt_drop_pipeline(PG_FUNCTION_ARGS)
{
	RequireArg(fcinfo, 0, "pipeline name");
	RequireArg(fcinfo, 1, "if_exists");
	if (PG_GETARG_BOOL(1) && IsAbsent(TextArg(fcinfo, 0)))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	DropFamily(CommandBeginLocked(fcinfo, PipelineCheckMayDefineRoot));
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

static void
CheckIsChild(const Pipeline *p)
{
	if (p->parent_id == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("pipeline \"%s\" is not a child", p->name),
				 errhint("Use elt.drop_pipeline to drop it with its children.")));
}

/* Rows that were staged with those of the child are numbered, and read under another definition. */
static void
StageAnew(Pipeline *root)
{
	ListCell   *lc;

	foreach(lc, PipelineFamily(root))
	{
		StagedForget(lfirst(lc));
		StagingEnsure(lfirst(lc));
	}
}

/*
 * elt.drop_child(pipeline, if_exists)
 *		Its target is filled by its parent no more; children of its own go with it.
 */
Datum
elt_drop_child(PG_FUNCTION_ARGS)
{
	Pipeline   *p;
	int32		root_id;

	RequireArg(fcinfo, 0, "pipeline name");
	RequireArg(fcinfo, 1, "if_exists");
	if (PG_GETARG_BOOL(1) && IsAbsent(TextArg(fcinfo, 0)))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	p = CommandBeginLocked(fcinfo, PipelineCheckMayDefine);
	CheckIsChild(p);
	root_id = p->root_id;
	DropFamily(p);
	StageAnew(PipelineById(root_id));
	SPI_finish();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}
