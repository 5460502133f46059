/*
 * budget_report.c
 *	  What is left of the budgets of servers, for metrics.
 */
#include "base/compat.h"

#include "base/budget_slot.h"
#include "base/extension.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/timestamp.h"

#define BUDGET_COLUMNS 7

static void
PutBudget(ReturnSetInfo *result, const BudgetSlot *slot, int64 now)
{
	Datum		values[BUDGET_COLUMNS];
	bool		nulls[BUDGET_COLUMNS] = {false};
	int			i = 0;

	values[i++] = ObjectIdGetDatum(slot->server);
	values[i++] = Int32GetDatum(slot->in_flight);
	nulls[i] = slot->per_second <= 0;
	values[i++] = Float8GetDatum(BudgetSlotTokens(slot, now));
	nulls[i] = now >= slot->resets_at;
	values[i++] = Int64GetDatum(slot->remaining);
	values[i++] = Float8GetDatum(Max(slot->paused_until - now, 0) / 1e6);
	nulls[i] = nulls[i + 1] = slot->quota_since == 0;
	values[i++] = TimestampTzGetDatum(slot->quota_since);
	values[i++] = Int64GetDatum(slot->quota_spent);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

PG_FUNCTION_INFO_V1(elt_budgets);
Datum
elt_budgets(PG_FUNCTION_ARGS)
{
	BudgetSlot *copy = palloc(sizeof(BudgetSlot) * MAX_BUDGETS);
	instr_time	now;

	ExtensionCheckVersion();
	InitMaterializedSRF(fcinfo, 0);
	LockShared();
	memcpy(copy, Shared()->budgets, sizeof(BudgetSlot) * MAX_BUDGETS);
	UnlockShared();
	INSTR_TIME_SET_CURRENT(now);
	for (int i = 0; i < MAX_BUDGETS; i++)
		if (OidIsValid(copy[i].server) && copy[i].database == MyDatabaseId)
			PutBudget((ReturnSetInfo *) fcinfo->resultinfo, &copy[i],
					  (int64) INSTR_TIME_GET_MICROSEC(now));
	return (Datum) 0;
}
