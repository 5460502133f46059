#include "base/compat.h"
#include "live/live_scan.h"

#include "commands/explain.h"
#include EXPLAIN_FORMAT_HEADER
#include EXPLAIN_STATE_HEADER
#include "nodes/nodeFuncs.h"
#include "source/file_source.h"
#include "source/request.h"

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

static char *
FirstUrl(const LiveScan *scan)
{
	PageState	first;
	RequestProblem problem;

	if (scan->slices == NIL)
		return RequestTemplate(scan->def);
	PagingBegin(scan->def->paging, &first, NULL, false);
	return unconstify(char *, RequestBuild(scan->def, linitial(scan->slices), &first.ask,
										   &problem)->shown_url);
}

static void
ExplainFiles(ForeignScanState *node, ExplainState *es)
{
	LiveScan   *scan = node->fdw_state;

	ExplainPropertyText("Glob", scan->def->file->glob, es);
	if (!CanPlanSlices(node, scan))
		return;
	if (!es->analyze || scan->started)
		ScanPlanSlices(node);
	ExplainPropertyInteger("Files", NULL, list_length(scan->slices), es);
	ExplainPropertyInteger("Bytes", "B", FileBytes(scan->def, scan->slices), es);
	if (es->analyze)
		ExplainPropertyInteger("Bytes Decoded", "B", ScanTotals(scan).bytes, es);
}

void
ExplainLiveScan(ForeignScanState *node, ExplainState *es)
{
	LiveScan   *scan = node->fdw_state;
	PullTotals	totals = ScanTotals(scan);

	if (scan->def->file != NULL)
	{
		ExplainFiles(node, es);
		return;
	}
	if (!CanPlanSlices(node, scan))
	{
		ExplainPropertyText("URL", RequestTemplate(scan->def), es);
		return;
	}
	if (!es->analyze || scan->started)
		ScanPlanSlices(node);
	ExplainPropertyText("URL", FirstUrl(scan), es);
	ExplainPropertyInteger("Requests", NULL, list_length(scan->slices), es);
	if (!es->analyze)
		return;
	ExplainPropertyInteger("Requests Made", NULL, totals.requests, es);
	ExplainPropertyInteger("Attempts", NULL, totals.attempts, es);
	ExplainPropertyInteger("Bytes", "B", totals.bytes, es);
}
