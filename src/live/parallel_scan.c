/*
 * parallel_scan.c
 *	  A live SELECT by several processes, each of which reads some parts of the files.
 *
 * The leader lists the files, so that all processes have the same. Workers have the user, the settings and
 * the snapshot of the leader, and check rights as it does.
 */
#include "base/compat.h"
#include "live/parallel_scan.h"

#include <math.h>

#include "access/parallel.h"
#include "base/type_parallel.h"
#include "live/file_turns.h"
#include "live/live_scan.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "source/kind.h"
#include "utils/dsa.h"

#define BYTES_PER_ROW 100		/* of a table that has the rows */

/* In shared memory. */
struct SharedScan
{
	dsa_pointer files;			/* InvalidDsaPointer: there are no workers */
	pg_atomic_uint64 bytes;		/* that workers have read */
};

/* ---- planning ---- */

static bool
ColumnsAreParallelSafe(const SourceDefinition *def)
{
	for (int i = 0; i < def->ncolumns; i++)
		if (def->columns[i].expression != NULL || !TypeIsParallelSafe(def->columns[i].type))
			return false;
	return true;
}

static bool
IsParallelSafe(PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte)
{
	SourceDefinition *def = SourceDefinitionRead(rte->relid);

	return def->files != NULL && def->takes_bounds && def->window == NULL && def->cursor_column == NULL &&
		ColumnsAreParallelSafe(def);
}

/* As for a table, of which the leader reads less the more workers it has. */
static double
ShareOfOne(int workers)
{
	double		leader = 1.0 - 0.3 * workers;

	return 1.0 / (workers + (parallel_leader_participation && leader > 0 ? leader : 0));
}

void
ParallelPathAdd(PlannerInfo *root, RelOptInfo *rel, double rows, Cost startup, Cost total)
{
	double		pages = ceil(rows * BYTES_PER_ROW / BLCKSZ);
	int			workers;
	double		share;
	Path	   *path;

	if (!rel->consider_parallel || rel->lateral_relids != NULL)
		return;
	workers = compute_parallel_worker(rel, pages, -1, max_parallel_workers_per_gather);
	if (workers <= 0)
		return;
	share = ShareOfOne(workers);
	path = (Path *) PlainForeignPath(root, rel, startup, startup + (total - startup) * share);
	path->rows = clamp_row_est(path->rows * share);
	path->parallel_aware = true;
	path->parallel_workers = workers;
	add_partial_path(rel, path);
}

/* ---- execution ---- */

static Size
EstimateShared(ForeignScanState *node, ParallelContext *pcxt)
{
	return sizeof(SharedScan);
}

/* Without an area there are no workers. */
static void
ShareFiles(ForeignScanState *node)
{
	LiveScan   *scan = node->fdw_state;

	scan->shared->files = InvalidDsaPointer;
	scan->turns = NULL;
	if (scan->area == NULL)
		return;
	scan->started = false;
	ScanPlanSlices(node);
	scan->shared->files = FileTurnsShare(scan->area, scan->slices);
	scan->turns = FileTurnsBegin(scan->area, scan->shared->files);
}

static void
InitializeShared(ForeignScanState *node, ParallelContext *pcxt, void *coordinate)
{
	LiveScan   *scan = node->fdw_state;

	scan->shared = coordinate;
	scan->area = node->ss.ps.state->es_query_dsa;
	scan->is_over = false;
	pg_atomic_init_u64(&scan->shared->bytes, 0);
	ShareFiles(node);
}

/* The workers have ended. */
static void
ReInitializeShared(ForeignScanState *node, ParallelContext *pcxt, void *coordinate)
{
	LiveScan   *scan = node->fdw_state;

	if (DsaPointerIsValid(scan->shared->files))
		dsa_free(scan->area, scan->shared->files);
	ShareFiles(node);
}

static void
InitializeWorker(ForeignScanState *node, shm_toc *toc, void *coordinate)
{
	LiveScan   *scan = node->fdw_state;

	scan->shared = coordinate;
	scan->turns = FileTurnsBegin(node->ss.ps.state->es_query_dsa, scan->shared->files);
}

/* The shared memory is going to be released. */
static void
Shutdown(ForeignScanState *node)
{
	LiveScan   *scan = node->fdw_state;

	if (scan == NULL || scan->shared == NULL)
		return;
	if (IsParallelWorker())
		pg_atomic_fetch_add_u64(&scan->shared->bytes, ScanTotals(scan).bytes);
	else
		scan->totals.bytes += pg_atomic_read_u64(&scan->shared->bytes);
	scan->shared = NULL;
	scan->turns = NULL;
	scan->is_over = true;
}

void
ParallelRoutines(FdwRoutine *routine)
{
	routine->IsForeignScanParallelSafe = IsParallelSafe;
	routine->EstimateDSMForeignScan = EstimateShared;
	routine->InitializeDSMForeignScan = InitializeShared;
	routine->ReInitializeDSMForeignScan = ReInitializeShared;
	routine->InitializeWorkerForeignScan = InitializeWorker;
	routine->ShutdownForeignScan = Shutdown;
}
