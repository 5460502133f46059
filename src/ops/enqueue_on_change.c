/*
 * enqueue_on_change.c
 *	  A trigger function that queues a run when a statement has changed a table.
 *
 * The statement only leaves a note, which no other transaction waits for; the scheduler queues the
 * run when it has been committed, and with a second argument when notes of so many rows have come since
 * the last run was queued. That a pipeline may be run is checked when the trigger is created, by the
 * right to call this function.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/pipeline.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

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
	if (!TRIGGER_FIRED_AFTER(data->tg_event) || data->tg_trigger->tgnargs < 1 ||
		data->tg_trigger->tgnargs > 2)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" must be an AFTER trigger with the arguments pipeline and, if "
						"wanted, rows", data->tg_trigger->tgname)));
	return data->tg_trigger->tgargs[0];
}

/* 0: any number of rows is worth a run. */
static int64
LeastRows(const Trigger *trigger)
{
	int64		rows;

	if (trigger->tgnargs < 2)
		return 0;
	rows = DatumGetInt64(DirectFunctionCall1(int8in, CStringGetDatum(trigger->tgargs[1])));
	if (rows < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of rows of trigger \"%s\" must be at least 1", trigger->tgname)));
	return rows;
}

static int64
ChangedRows(const TriggerData *data)
{
	Tuplestorestate *changed = data->tg_newtable != NULL ? data->tg_newtable : data->tg_oldtable;

	if (TRIGGER_FIRED_FOR_ROW(data->tg_event))
		return 1;
	if (changed == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" cannot count rows without a transition table",
						data->tg_trigger->tgname),
				 errhint("Create one trigger for each event: AFTER INSERT ON ... REFERENCING NEW "
						 "TABLE AS changed FOR EACH STATEMENT, and likewise for UPDATE, and with OLD "
						 "TABLE for DELETE.")));
	return tuplestore_tuple_count(changed);
}

/* Who changes a table is not to fail because a pipeline is gone. */
static void
NoteChange(const char *pipeline, int64 rows, int64 at_least)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.change (pipeline_id, rows, at_least)"
				 " select coalesce(root_id, id), $2, $3 from elt_catalog.pipeline where name = $1");
	SqlAddText(&q, pipeline);
	SqlAddInt8(&q, rows);
	SqlAddInt8(&q, at_least);
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
	const TriggerData *data = (const TriggerData *) fcinfo->context;
	int64		at_least = LeastRows(data->tg_trigger);
	int64		rows = at_least > 0 ? ChangedRows(data) : 0;

	if (at_least > 0 && rows == 0)
		return PointerGetDatum(NULL);
	SPI_connect();
	NoteChange(pipeline, rows, at_least);
	SPI_finish();
	return PointerGetDatum(NULL);
}
