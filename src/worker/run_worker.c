/*
 * run_worker.c
 *	  Main function of the worker that executes one run, the maintenance, or looks for alerts or files.
 */
#include "base/compat.h"

#include "access/xact.h"
#include "base/errors.h"
#include "base/toplevel.h"
#include "base/wake.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pipeline/execute.h"
#include "storage/ipc.h"
#include "worker/connect.h"
#include "worker/pool.h"

extern PGDLLEXPORT void elt_run_worker_main(Datum arg);

static PoolTicket ticket;
static Oid	database;

static void
LeaveAtExit(int code, Datum arg)
{
	PoolLeave(&ticket);
	WakeScheduler(database);
	WakeWaiters();
}

static const char *
StatementOf(int64 run_id)
{
	if (run_id == ALERT_RUN)
		return "call elt_catalog.send_alerts()";
	if (run_id == FILES_RUN)
		return "call elt_catalog.look_for_files()";
	return run_id == MAINTENANCE_RUN ? "call elt_catalog.maintain()" :
		psprintf("call elt_catalog.execute_run(" INT64_FORMAT ")", run_id);
}

/* Execute one run and exit. Whatever ends this process early is seen by the scheduler. */
void
elt_run_worker_main(Datum arg)
{
	int64		run_id;

	memcpy(&ticket, MyBgworkerEntry->bgw_extra, sizeof(ticket));
	if (!PoolTake(&ticket, &database, &run_id))
		proc_exit(0);
	before_shmem_exit(LeaveAtExit, (Datum) 0);

	ConnectProcess(database);
	ActAsExtensionOwner();
	RunTopLevel(StatementOf(run_id));
	proc_exit(0);
}

/* The worker's statement: so that the run has the same surroundings as CALL elt.run. */
PG_FUNCTION_INFO_V1(elt_execute_run);
Datum
elt_execute_run(PG_FUNCTION_ARGS)
{
	RequireArg(fcinfo, 0, "run_id");
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	ExecuteRun(PG_GETARG_INT64(0));
	SPI_finish();
	PG_RETURN_VOID();
}
