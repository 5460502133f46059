/*
 * toplevel.c
 *	  Execute a statement through a top-level portal.
 */
#include "base/compat.h"
#include "worker/toplevel.h"

#include "access/xact.h"
#include "pgstat.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

static List *
PlanStatement(RawStmt *raw, const char *sql)
{
	List	   *plans;

	PushActiveSnapshot(GetTransactionSnapshot());
	plans = pg_plan_queries(pg_analyze_and_rewrite_fixedparams(raw, sql, NULL, 0, NULL),
							sql, CURSOR_OPT_PARALLEL_OK, NULL);
	PopActiveSnapshot();
	return plans;
}

static void
RunStatement(RawStmt *raw, const char *sql)
{
	Portal		portal = CreatePortal("", true, true);
	QueryCompletion completion;

	portal->visible = false;
	PortalDefineQuery(portal, NULL, sql, CreateCommandTag(raw->stmt),
					  PlanStatement(raw, sql), NULL);
	PortalStart(portal, NULL, 0, InvalidSnapshot);
	(void) PortalRunToEnd(portal, None_Receiver, &completion);
	PortalDrop(portal, false);
}

void
RunTopLevel(const char *sql)
{
	MemoryContext cxt = AllocSetContextCreate(TopMemoryContext, "elt statement",
											  ALLOCSET_DEFAULT_SIZES);
	List	   *statements;

	debug_query_string = sql;
	pgstat_report_activity(STATE_RUNNING, sql);
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	MemoryContextSwitchTo(cxt);
	statements = pg_parse_query(sql);
	if (list_length(statements) != 1)
		elog(ERROR, "not one statement: %s", sql);
	RunStatement(linitial_node(RawStmt, statements), sql);
	CommitTransactionCommand();
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
	debug_query_string = NULL;
	MemoryContextDelete(cxt);
}
