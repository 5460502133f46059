/*
 * toplevel.c
 *	  Execute a statement through a top-level portal.
 */
#include "base/compat.h"
#include "base/toplevel.h"

#include "access/xact.h"
#include "base/lock.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/guc.h"
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
RunStatement(const char *sql)
{
	Portal		portal = CreateNewPortal();
	List	   *statements = pg_parse_query(sql);
	RawStmt    *raw = linitial_node(RawStmt, statements);
	QueryCompletion completion;

	if (list_length(statements) != 1)
		elog(ERROR, "not one statement: %s", sql);
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

	debug_query_string = sql;
	pgstat_report_activity(STATE_RUNNING, sql);
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	MemoryContextSwitchTo(cxt);
	RunStatement(sql);
	CommitTransactionCommand();
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
	debug_query_string = NULL;
	MemoryContextDelete(cxt);
}

/* An outer level of SPI would be popped by the commit of a statement. */
bool
CanRunTopLevel(void)
{
	Oid			user;
	int			context;

	GetUserIdAndSecContext(&user, &context);
	return context == 0 && !SPI_inside_nonatomic_context();
}

typedef struct Statement
{
	Oid			role;
	char	   *lock_timeout;
	const char *sql;
	MemoryContext cxt;
} Statement;

/* No restriction of the role: a transaction must not begin inside of one. */
static void
RunInTransaction(const Statement *s)
{
	StartTransactionCommand();
	SetConfigOption("lock_timeout", s->lock_timeout, PGC_USERSET, PGC_S_SESSION);
	SetUserIdAndSecContext(s->role, 0);
	MemoryContextSwitchTo(s->cxt);
	RunStatement(s->sql);
	CommitTransactionCommand();
}

/* As SPI does for the commit of a procedure, whose own portal stays active. */
static ErrorData *
AttemptStatement(const Statement *s, MemoryContext caller)
{
	ErrorData  *volatile error = NULL;

	ForgetPortalSnapshots();
	CommitTransactionCommand();
	PG_TRY();
	{
		RunInTransaction(s);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		AbortCurrentTransaction();
	}
	PG_END_TRY();
	return error;
}

ErrorData *
RunTopLevelAs(Oid role, int lock_timeout_ms, const char *sql)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext cxt = AllocSetContextCreate(caller, "elt statement", ALLOCSET_DEFAULT_SIZES);
	char	   *timeout_before = pstrdup(GetConfigOption("lock_timeout", false, false));
	Statement	s = {role, psprintf("%d", lock_timeout_ms), sql, cxt};
	Oid			user;
	int			context;
	ErrorData  *error;

	GetUserIdAndSecContext(&user, &context);
	SPI_finish();
	error = AttemptStatement(&s, caller);
	SetUserIdAndSecContext(user, context);
	StartTransactionCommand();
	SetConfigOption("lock_timeout", timeout_before, PGC_USERSET, PGC_S_SESSION);
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(cxt);
	XactIsoLevel = XACT_READ_COMMITTED;
	if (error != NULL)
		SessionLocksRegain();
	return error;
}
