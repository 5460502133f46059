/*
 * explain.c
 *	  EXPLAIN of a live SELECT.
 */
#include "base/compat.h"
#include "live/live_scan.h"

#include "commands/explain.h"
#include EXPLAIN_FORMAT_HEADER
#include EXPLAIN_STATE_HEADER
#include "nodes/nodeFuncs.h"
#include "source/kind.h"

/* A value that is known only when the query runs: of a subquery, or of a generic plan. */
static bool
IsUnknownValue(Node *node, void *context)
{
	EState	   *estate = context;

	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind != PARAM_EXTERN ||
			estate->es_param_list_info == NULL;
	return expression_tree_walker(node, IsUnknownValue, context);
}

static bool
CanPlanSlices(ForeignScanState *node, const LiveScan *scan)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;

	return scan->started ||
		!expression_tree_walker((Node *) plan->fdw_exprs, IsUnknownValue,
								node->ss.ps.state);
}

void
ExplainLiveScan(ForeignScanState *node, ExplainState *es)
{
	LiveScan   *scan = node->fdw_state;
	PullTotals	totals = ScanTotals(scan);
	ScanFacts	facts = {CanPlanSlices(node, scan)};

	if (facts.planned && (!es->analyze || scan->started))
		ScanPlanSlices(node);
	facts.slices = scan->slices;
	if (es->analyze)
		facts.totals = &totals;
	scan->def->kind->explain(scan->def, &facts, es);
}
