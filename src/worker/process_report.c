/*
 * process_report.c
 *	  Which processes there are, for metrics.
 */
#include "base/compat.h"

#include "access/htup_details.h"
#include "base/extension.h"
#include "base/shmem.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "worker/pool.h"

static bool
HasScheduler(void)
{
	const DatabaseSlot *slot;
	bool		has;

	LockShared();
	slot = FindDatabaseSlot(MyDatabaseId, false);
	has = slot != NULL && slot->scheduler != 0;
	UnlockShared();
	return has;
}

PG_FUNCTION_INFO_V1(elt_processes);
Datum
elt_processes(PG_FUNCTION_ARGS)
{
	TupleDesc	desc;
	Datum		values[3];
	bool		nulls[3] = {false};

	ExtensionCheckVersion();
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = BoolGetDatum(HasScheduler());
	values[1] = Int32GetDatum(PoolSize() - PoolRoom());
	values[2] = Int32GetDatum(PoolSize());
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}
