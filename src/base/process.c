/*
 * process.c
 *	  Identify processes by pid and start time, because pids are reused.
 */
#include "base/compat.h"
#include "base/process.h"

#include "utils/backend_status.h"

bool
ProcessIsAlive(int pid, TimestampTz backend_start)
{
	int			n;

	pgstat_clear_backend_activity_snapshot();
	n = pgstat_fetch_stat_numbackends();
	for (int i = 1; i <= n; i++)
	{
		PgBackendStatus *status = &BackendStatusEntry(i)->backendStatus;

		if (status->st_procpid == pid &&
			status->st_proc_start_timestamp == backend_start)
			return true;
	}
	return false;
}
