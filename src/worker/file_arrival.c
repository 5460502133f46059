/*
 * file_arrival.c
 *	  Queue a run when files have arrived: elt_catalog.look_for_files.
 *
 * A folder is listed by a worker of its own, because a listing may take long or hang, which is nothing
 * for the scheduler. As long as nothing has arrived, nothing is written.
 */
#include "base/compat.h"
#include "worker/file_arrival.h"

#include "base/attempt.h"
#include "base/extension.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/home.h"
#include "catalog/queue.h"
#include "catalog/schedule.h"
#include "fmgr.h"
#include "pipeline/arrived.h"
#include "utils/timestamp.h"

/* Who has the queued run locked in an open transaction is not waited for longer. */
#define LONGEST_WAIT_MS 200

static TimestampTz begun_at = 0;	/* by this scheduler */

void
FilesLookBegins(void)
{
	begun_at = GetCurrentTimestamp();
}

/* A time that lies ahead was that of a clock that was set back since. */
bool
FilesLookTime(TimestampTz *when)
{
	TimestampTz now = GetCurrentTimestamp();
	int64		delay;

	if (!ScheduleFilesDelay(&delay))
		return false;
	*when = begun_at > now ? now : begun_at + delay;
	return true;
}

/* ---- in the worker ---- */

typedef struct Look
{
	int32		pipeline_id;
	bool		arrived;
} Look;

static void
LookForFiles(void *arg)
{
	Look	   *look = arg;

	look->arrived = FilesHaveArrived(PipelineById(look->pipeline_id));
}

static void
QueueRun(void *arg)
{
	const Look *look = arg;
	bool		coalesced;

	(void) QueueAddSlot(look->pipeline_id, "schedule", GetCurrentTimestamp(), &coalesced);
	WakeSchedulerAtCommit();
}

/*
 * Without the lock of the pipeline, which a session may want to run. A folder that cannot be listed is an
 * error of the run that says so.
 */
static void
LookAndQueue(Look *look)
{
	ErrorData  *error = AttemptAndUndo(LookForFiles, look);

	if (error != NULL && error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	if (error != NULL || look->arrived)
		(void) AttemptWithin(LONGEST_WAIT_MS, QueueRun, look);
	CommitPhase();
}

/*
 * elt_catalog.look_for_files()
 *		Commits as it goes.
 */
PG_FUNCTION_INFO_V1(elt_look_for_files);
Datum
elt_look_for_files(PG_FUNCTION_ARGS)
{
	List	   *awaited;
	ListCell   *lc;

	CheckCanCommit(fcinfo, "elt_catalog.look_for_files");
	ExtensionCheckVersion();
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	(void) HomeSettle();
	awaited = ScheduleFilesAwaited();
	foreach(lc, awaited)
	{
		Look		look = {lfirst_int(lc)};

		LookAndQueue(&look);
	}
	SPI_finish();
	PG_RETURN_VOID();
}
