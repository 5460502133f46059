/*
 * statement_trigger.c
 *	  Triggers that are called once for a statement, and the rows that it has changed.
 */
#include "base/compat.h"
#include "base/statement_trigger.h"

#include "executor/spi.h"

const TriggerData *
StatementTriggerOf(FunctionCallInfo fcinfo, const char *function)
{
	const TriggerData *data = (const TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_STATEMENT(data->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s must be called by the triggers that pg_elt creates", function)));
	return data;
}

bool
TransitionHasRows(Tuplestorestate *rows)
{
	return rows != NULL && tuplestore_tuple_count(rows) > 0;
}

bool
StatementChangesNothing(const TriggerData *data)
{
	return !TRIGGER_FIRED_BY_TRUNCATE(data->tg_event) && !TransitionHasRows(data->tg_oldtable) &&
		!TransitionHasRows(data->tg_newtable);
}

void
StatementRowsRegister(const TriggerData *data)
{
	if (SPI_register_trigger_data(unconstify(TriggerData *, data)) != SPI_OK_TD_REGISTER)
		elog(ERROR, "changed rows cannot be read");
}
