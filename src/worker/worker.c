/*
 * worker.c
 *	  Register the background workers.
 */
#include "base/compat.h"
#include "worker/worker.h"

#include "miscadmin.h"
#include "worker/database_hook.h"
#include "worker/launcher.h"
#include "worker/pool.h"
#include "worker/scheduler.h"

void
WorkerInit(void)
{
	PoolInit();
	SchedulerInit();
	if (!process_shared_preload_libraries_in_progress)
		return;
	DatabaseHookInit();
	LauncherInit();
}
