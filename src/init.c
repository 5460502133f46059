/*
 * init.c
 *	  Initialize the library when it is loaded.
 */
#include "base/compat.h"

#include "base/shmem.h"
#include "base/transition_capture.h"
#include "catalog/owner_in_use.h"
#include "catalog/run_log.h"
#include "load/batch_memory.h"
#include "partition/default_part.h"
#include "partition/retention.h"
#include "pipeline/batch_bounds.h"
#include "pipeline/lock_wait.h"
#include "source/settings.h"
#include "star/star_planner.h"
#include "transport/curl.h"
#include "transport/file.h"
#include "utils/guc.h"
#include "worker/worker.h"

PG_MODULE_MAGIC;

extern void _PG_init(void);

void
_PG_init(void)
{
	ShmemInit();
	TransitionCaptureInit();
	CurlTransportInit();
	FileTransportInit();
	SourceInit();
	BatchMemoryInit();
	RetentionInit();
	DefaultPartInit();
	BatchBoundsInit();
	LockWaitInit();
	OwnerInUseInit();
	RunLogInit();
	StarPlannerInit();
	WorkerInit();
	MarkGUCPrefixReserved("elt");
}
