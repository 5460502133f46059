/*
 * fdw.c
 *	  elt_http as PostgreSQL sees it: the validator, and the plan of a live SELECT.
 */
#include "base/compat.h"

#include "access/reloptions.h"
#include "foreign/fdwapi.h"
#include "live/live_scan.h"
#include "live/quals.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "source/definition.h"
#include "source/file_source.h"
#include "source/options.h"

/* Guesses: what one answer holds, and what asking costs beside reading a disk page. */
#define ROWS_PER_REQUEST 1000
#define COST_PER_REQUEST 1000.0

/* What planning found out about the table, in RelOptInfo.fdw_private. */
typedef struct LivePlan
{
	List	   *narrowings;
	double		requests;
	double		rows;			/* before the remaining clauses */
} LivePlan;

PG_FUNCTION_INFO_V1(elt_http_handler);
PG_FUNCTION_INFO_V1(elt_http_validator);
PG_FUNCTION_INFO_V1(elt_file_handler);
PG_FUNCTION_INFO_V1(elt_file_validator);

Datum
elt_http_validator(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		PG_RETURN_VOID();
	OptionsCheck(PG_ARGISNULL(0) ? NIL : untransformRelOptions(PG_GETARG_DATUM(0)),
				 PG_GETARG_OID(1));
	PG_RETURN_VOID();
}

Datum
elt_file_validator(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1))
		PG_RETURN_VOID();
	FileOptionsCheck(PG_ARGISNULL(0) ? NIL : untransformRelOptions(PG_GETARG_DATUM(0)),
					 PG_GETARG_OID(1));
	PG_RETURN_VOID();
}

static bool
IsNarrowedBy(List *narrowings, RestrictInfo *clause)
{
	ListCell   *lc;

	foreach(lc, narrowings)
	{
		Narrowing  *n = lfirst(lc);

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

static void
GetRelSize(PlannerInfo *root, RelOptInfo *rel, Oid foreigntable)
{
	SourceDefinition *def = SourceDefinitionRead(foreigntable);
	LivePlan  *state = palloc0(sizeof(LivePlan));
	List	   *remaining;

	state->narrowings = NarrowingsFind(def, rel);
	state->requests = NarrowedRequests(root, def, state->narrowings);
	remaining = RemainingClauses(rel->baserestrictinfo, state->narrowings);
	state->rows = def->file ? FileRowsGuess(def) : state->requests * ROWS_PER_REQUEST;
	rel->rows = clamp_row_est(state->rows *
							  clauselist_selectivity(root, remaining, 0, JOIN_INNER, NULL));
	rel->fdw_private = state;
}

static void
GetPaths(PlannerInfo *root, RelOptInfo *rel, Oid foreigntable)
{
	LivePlan  *state = rel->fdw_private;
	double		rows = state->rows;
	Cost		total = state->requests * COST_PER_REQUEST + rows * cpu_tuple_cost +
		rows * rel->baserestrictcost.per_tuple;

	add_path(rel, (Path *) PlainForeignPath(root, rel, COST_PER_REQUEST, total));
}

static ForeignScan *
GetPlan(PlannerInfo *root, RelOptInfo *rel, Oid foreigntable, ForeignPath *best_path,
		List *tlist, List *scan_clauses, Plan *outer_plan)
{
	LivePlan  *state = rel->fdw_private;

	return make_foreignscan(tlist, extract_actual_clauses(scan_clauses, false), rel->relid,
							NarrowingsExprs(state->narrowings),
							NarrowingsPack(state->narrowings), NIL, NIL, outer_plan);
}

static FdwRoutine *
LiveSelect(void)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = GetRelSize;
	routine->GetForeignPaths = GetPaths;
	routine->GetForeignPlan = GetPlan;
	ScanRoutines(routine);
	return routine;
}

Datum
elt_http_handler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(LiveSelect());
}

Datum
elt_file_handler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(LiveSelect());
}
