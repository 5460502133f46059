/*
 * fdw.c
 *	  Callbacks of the foreign-data wrappers that plan a live SELECT.
 */
#include "base/compat.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "foreign/fdwapi.h"
#include "live/file_wishes.h"
#include "live/import_schema.h"
#include "live/live_scan.h"
#include "live/parallel_scan.h"
#include "live/quals.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "source/definition.h"
#include "source/kind.h"

/* A guess: what asking costs beside reading a disk page. */
#define COST_PER_REQUEST 1000.0

/* What planning found out about the table, in RelOptInfo.fdw_private. */
typedef struct LivePlan
{
	SourceDefinition *def;
	List	   *narrowings;
	double		requests;
	double		rows;			/* before the remaining clauses */
	bool		may_stop;		/* not all rows may be wanted */
} LivePlan;

PG_FUNCTION_INFO_V1(elt_live_handler);

static bool
IsNarrowedBy(List *narrowings, RestrictInfo *clause)
{
	ListCell   *lc;

	foreach(lc, narrowings)
	{
		Narrowing  *n = lfirst(lc);

		if (n->kind == NARROW_VALUE)
			continue;
		if (n->kind != NARROW_WINDOW && IsA(clause->clause, OpExpr) &&
			list_member_ptr(((OpExpr *) clause->clause)->args, n->value))
			return true;
		if (n->kind != NARROW_WINDOW && IsA(clause->clause, ScalarArrayOpExpr) &&
			list_member_ptr(((ScalarArrayOpExpr *) clause->clause)->args, n->value))
			return true;
	}
	return false;
}

/* The clauses that still sort out rows: one that became part of the request lets all pass. */
static List *
RemainingClauses(List *clauses, List *narrowings)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
		if (!IsNarrowedBy(narrowings, lfirst_node(RestrictInfo, lc)))
			result = lappend(result, lfirst(lc));
	return result;
}

/* LIMIT or a cursor; a sort reads all rows whatever comes after it. */
static bool
MayStop(const PlannerInfo *root)
{
	return root->tuple_fraction > 0 && root->parse->sortClause == NIL;
}

/* Files that are not wanted have no rows. */
static double
GuessRows(SourceDefinition *def, RelOptInfo *rel, double requests)
{
	List	   *wishes = FileWishesFind(def, rel, rel->baserestrictinfo);
	EState	   *estate;
	double		rows;

	if (wishes == NIL)
		return def->kind->guess_rows(def, requests);
	estate = CreateExecutorState();
	def->filter = FileWishesPlan(def, wishes, rel->relid, estate);
	rows = def->kind->guess_rows(def, requests);
	def->filter = NULL;
	FreeExecutorState(estate);
	return rows;
}

static void
GetRelSize(PlannerInfo *root, RelOptInfo *rel, Oid foreigntable)
{
	SourceDefinition *def = SourceDefinitionRead(foreigntable);
	LivePlan   *state = palloc0(sizeof(LivePlan));
	List	   *remaining;

	state->def = def;
	state->narrowings = NarrowingsFind(def, rel);
	state->requests = NarrowedRequests(root, def, state->narrowings);
	state->may_stop = MayStop(root);
	remaining = RemainingClauses(rel->baserestrictinfo, state->narrowings);
	state->rows = GuessRows(def, rel, state->requests);
	rel->rows = clamp_row_est(state->rows *
							  clauselist_selectivity(root, remaining, 0, JOIN_INNER, NULL));
	rel->fdw_private = state;
}

static void
GetPaths(PlannerInfo *root, RelOptInfo *rel, Oid foreigntable)
{
	LivePlan   *state = rel->fdw_private;
	double		rows = state->rows;
	Cost		total = state->requests * COST_PER_REQUEST + rows * cpu_tuple_cost +
		rows * rel->baserestrictcost.per_tuple;

	add_path(rel, (Path *) PlainForeignPath(root, rel, COST_PER_REQUEST, total));
	ParallelPathAdd(root, rel, rows, COST_PER_REQUEST, total);
}

/* Numbers of the columns that the query uses; with a whole row all of them. */
static List *
UsedColumns(const RelOptInfo *rel)
{
	Bitmapset  *used = NULL;
	List	   *columns = NIL;
	ListCell   *lc;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &used);
	foreach(lc, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, rel->relid, &used);
	for (int i = rel->min_attr; i <= rel->max_attr; i++)
		if (bms_is_member(i - FirstLowInvalidHeapAttributeNumber, used) ||
			(i > 0 && bms_is_member(-FirstLowInvalidHeapAttributeNumber, used)))
			columns = lappend_int(columns, i);
	return columns;
}

static ForeignScan *
GetPlan(PlannerInfo *root, RelOptInfo *rel, Oid foreigntable, ForeignPath *best_path,
		List *tlist, List *scan_clauses, Plan *outer_plan)
{
	LivePlan   *state = rel->fdw_private;
	List	   *wishes = FileWishesFind(state->def, rel, scan_clauses);

	return make_foreignscan(tlist, extract_actual_clauses(scan_clauses, false), rel->relid,
							list_concat(NarrowingsExprs(state->narrowings), wishes),
							lcons(makeInteger(state->may_stop),
								  lcons(UsedColumns(rel), NarrowingsPack(state->narrowings))),
							NIL, NIL, outer_plan);
}

/* Of every wrapper of ours. */
Datum
elt_live_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = GetRelSize;
	routine->GetForeignPaths = GetPaths;
	routine->GetForeignPlan = GetPlan;
	routine->ImportForeignSchema = ImportSchema;
	ScanRoutines(routine);
	ParallelRoutines(routine);
	PG_RETURN_POINTER(routine);
}
