/*
 * enqueue_on_change.c
 *	  A trigger function that queues a run when a statement has changed a table.
 *
 * The statement only leaves a note, which no other transaction waits for; the scheduler queues the
 * run when it has been committed. That a pipeline may be run is checked when the trigger is created,
 * by the right to call this function.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/pipeline.h"
#include "commands/trigger.h"
#include "executor/spi.h"

static const char *
PipelineOfTrigger(FunctionCallInfo fcinfo)
{
	const TriggerData *data = (const TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("elt.enqueue_on_change must be called as a trigger"),
				 errhint("Use CREATE TRIGGER ... AFTER INSERT OR UPDATE OR DELETE ON ... FOR EACH "
						 "STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('pipeline').")));
	if (!TRIGGER_FIRED_AFTER(data->tg_event) || data->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" must be an AFTER trigger with the name of a pipeline as its "
						"only argument", data->tg_trigger->tgname)));
	return data->tg_trigger->tgargs[0];
}

/* Who changes a table is not to fail because a pipeline is gone. */
static void
NoteChange(const char *pipeline)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.change (pipeline_id)"
				 " select coalesce(root_id, id) from elt_catalog.pipeline where name = $1");
	SqlAddText(&q, pipeline);
	if (SqlDo(&q, AsCatalog()) == 0)
		ereport(WARNING,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("pipeline \"%s\" does not exist: nothing was queued", pipeline),
				 errhint("Drop the trigger, or create it again for another pipeline.")));
	else
		WakeSchedulerAtCommit();
}

PG_FUNCTION_INFO_V1(elt_enqueue_on_change);
Datum
elt_enqueue_on_change(PG_FUNCTION_ARGS)
{
	const char *pipeline = PipelineOfTrigger(fcinfo);

	SPI_connect();
	NoteChange(pipeline);
	SPI_finish();
	return PointerGetDatum(NULL);
}
