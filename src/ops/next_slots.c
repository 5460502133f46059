/*
 * next_slots.c
 *	  elt.next_slots: when a schedule comes next.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/recurrence.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#define MAX_SLOTS 100000

static void
CheckArguments(FunctionCallInfo fcinfo)
{
	RequireArg(fcinfo, 0, "schedule");
	RequireArg(fcinfo, 1, "time_zone");
	RequireArg(fcinfo, 2, "slots");
	RequireArg(fcinfo, 3, "after");
	if (PG_GETARG_INT32(2) < 0 || PG_GETARG_INT32(2) > MAX_SLOTS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("slots must be between 0 and %d", MAX_SLOTS)));
	if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(3)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("after must be finite")));
}

static void
ReadSchedule(FunctionCallInfo fcinfo, Recurrence *r)
{
	/* a continuous schedule has no slots, whatever its delay */
	Interval	delay = {.time = USECS_PER_SEC};

	RecurrenceParse(text_to_cstring(PG_GETARG_TEXT_PP(0)),
					text_to_cstring(PG_GETARG_TEXT_PP(1)), &delay, r);
}

PG_FUNCTION_INFO_V1(elt_next_slots);
Datum
elt_next_slots(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Recurrence	r;
	TimestampTz slot;

	CheckArguments(fcinfo);
	ReadSchedule(fcinfo, &r);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	slot = PG_GETARG_TIMESTAMPTZ(3);
	for (int i = 0; i < PG_GETARG_INT32(2) && r.kind != RECUR_CONTINUOUS; i++)
	{
		bool		isnull = false;
		Datum		value;

		CHECK_FOR_INTERRUPTS();
		if (!RecurrenceNext(&r, slot, &slot))
			break;
		value = TimestampTzGetDatum(slot);
		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}
