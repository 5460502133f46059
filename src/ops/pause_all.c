/*
 * pause_all.c
 *	  elt.pause_all and elt.resume_all: no pipeline of this database starts a run in between.
 *
 * Pipelines that were paused by themselves stay so.
 */
#include "base/compat.h"

#include "base/errors.h"
#include "base/extension.h"
#include "base/identity.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/home.h"
#include "catalog/schedule.h"
#include "miscadmin.h"

static void
CheckMayPauseAll(void)
{
	if (MayActFor(ExtensionOwner(), true))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to pause or resume all pipelines"),
			 errhint("Only members of elt_admin or elt_operator may do that.")));
}

/* Returns whether that changed anything. */
static bool
SetPausedAll(bool paused)
{
	bool		changed;

	ExtensionCheckVersion();
	CheckMayPauseAll();
	SPI_connect();
	(void) HomeSettle();
	changed = SqlExec(paused ?
					  "update elt_catalog.home set paused_at = clock_timestamp()"
					  " where paused_at is null" :
					  "update elt_catalog.home set paused_at = null where paused_at is not null",
					  AsCatalog()) > 0;
	if (changed && !paused)
		ScheduleStartAll();
	WakeSchedulerAtCommit();
	SPI_finish();
	return changed;
}

PG_FUNCTION_INFO_V1(elt_pause_all);
Datum
elt_pause_all(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(SetPausedAll(true));
}

PG_FUNCTION_INFO_V1(elt_resume_all);
Datum
elt_resume_all(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(SetPausedAll(false));
}
