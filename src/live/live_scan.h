/*
 * live_scan.h
 *	  A live SELECT while it runs.
 */
#ifndef ELT_LIVE_LIVE_SCAN_H
#define ELT_LIVE_LIVE_SCAN_H

#include "postgres.h"
#include "foreign/fdwapi.h"
#include "live/found.h"
#include "nodes/execnodes.h"
#include "source/definition.h"
#include "source/slice_reader.h"

struct FileTurns;
typedef struct SharedScan SharedScan;

typedef struct LiveScan
{
	SourceDefinition *def;
	List	   *narrowings;
	List	   *states;			/* ExprState *, one per narrowing */
	bool		may_stop;		/* not all rows may be wanted */
	bool		started;
	List	   *slices;			/* known once started */
	Pull	   *pull;
	PulledSlice pulled;			/* the answer at hand */
	SliceReader reader;			/* of it */
	RowBatch   *rows;
	int			next_row;		/* of rows, not yet handed out */
	bool		answer_open;	/* it may hold more pages */
	bool		page_open;		/* the page at hand may hold more rows */
	Found	   *found;			/* in the pages read so far */
	PullTotals	totals;			/* of scans that a rescan ended */
	SharedScan *shared;			/* with other processes; NULL: it is not */
	struct dsa_area *area;		/* of the leader, or NULL */
	struct FileTurns *turns;	/* the files and parts of this process; NULL: all of them */
	bool		is_over;		/* it has left the shared memory */
	MemoryContext start_cxt;	/* from the first row to the next rescan */
	MemoryContext slice_cxt;	/* reset between answers */
} LiveScan;

/* Fill in the callbacks of execution and EXPLAIN. */
extern void ScanRoutines(FdwRoutine *routine);

/* Work out the slices, if that has not been done. */
extern void ScanPlanSlices(ForeignScanState *node);

/* What was asked, over all rescans. */
extern PullTotals ScanTotals(const LiveScan *scan);

/* In explain.c */
extern void ExplainLiveScan(ForeignScanState *node, struct ExplainState *es);

#endif
