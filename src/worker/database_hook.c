/*
 * database_hook.c
 *	  Make the extension's processes leave a database before a statement that they would block.
 *
 * DROP, RENAME, SET TABLESPACE and use as a template fail while any process is connected. So the
 * scheduler is asked to exit and run workers are terminated, when the caller has the right to the
 * statement; the database is held until the statement ends, successfully or not, and then checked
 * again. A terminated run is repaired by the next scheduler.
 *
 * DROP EXTENSION locks what a run has locked, in another order. So the same is done for it, and the
 * pipelines are locked first: a run of a session makes it fail rather than deadlock.
 */
#include "base/compat.h"
#include "worker/database_hook.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "base/attempt.h"
#include "base/extension.h"
#include "base/lock.h"
#include "base/shmem.h"
#include "base/sql.h"
#include "base/wake.h"
#include "catalog/cron_job.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "worker/database_slot.h"
#include "worker/pool.h"

#define LEAVE_TIMEOUT_MS 10000
#define LOOK_AGAIN_MS 100

static ProcessUtility_hook_type next_hook = NULL;

/* Everything that a ProcessUtility hook passes on. */
typedef struct Call
{
	PlannedStmt *statement;
	const char *query;
	bool		read_only_tree;
	ProcessUtilityContext context;
	ParamListInfo params;
	QueryEnvironment *environment;
	DestReceiver *dest;
	QueryCompletion *completion;
} Call;

static void
PassOn(const Call *c)
{
	ProcessUtility_hook_type next = next_hook ? next_hook : standard_ProcessUtility;

	next(c->statement, c->query, c->read_only_tree, c->context, c->params, c->environment,
		 c->dest, c->completion);
}

static DefElem *
FindOption(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, name) == 0)
			return option;
	}
	return NULL;
}

static const char *
TemplateOf(CreatedbStmt *create)
{
	DefElem    *option = FindOption(create->options, "template");

	return option != NULL && option->arg != NULL ? defGetString(option) : "template1";
}

/* The database that must be empty for this statement, or NULL. */
static const char *
MustBeEmpty(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_DropdbStmt:
			return ((DropdbStmt *) statement)->dbname;
		case T_CreatedbStmt:
			return TemplateOf((CreatedbStmt *) statement);
		case T_AlterDatabaseStmt:
			if (FindOption(((AlterDatabaseStmt *) statement)->options, "tablespace") != NULL)
				return ((AlterDatabaseStmt *) statement)->dbname;
			return NULL;
		case T_RenameStmt:
			if (((RenameStmt *) statement)->renameType == OBJECT_DATABASE)
				return ((RenameStmt *) statement)->subname;
			return NULL;
		default:
			return NULL;
	}
}

static bool
MayCreateDatabases(void)
{
	HeapTuple	role = SearchSysCache1(AUTHOID, ObjectIdGetDatum(GetUserId()));
	bool		may = HeapTupleIsValid(role) && ((Form_pg_authid) GETSTRUCT(role))->rolcreatedb;

	if (HeapTupleIsValid(role))
		ReleaseSysCache(role);
	return may;
}

static bool
IsTemplate(Oid database)
{
	HeapTuple	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(database));
	bool		is = HeapTupleIsValid(tuple) && ((Form_pg_database) GETSTRUCT(tuple))->datistemplate;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return is;
}

/* The server checks for itself; this keeps others from ending runs by a refused statement. */
static bool
MayEmpty(Node *statement, Oid database)
{
	if (superuser() || OwnsDatabase(database, GetUserId()))
		return true;
	return IsA(statement, CreatedbStmt) && IsTemplate(database) && MayCreateDatabases();
}

static void
WaitUntilEmpty(Oid database)
{
	TimestampTz deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(),
													   LEAVE_TIMEOUT_MS);
	ConditionVariable *changed = &Shared()->changed;

	ConditionVariablePrepareToSleep(changed);
	while (!DatabaseIsEmpty(database) && GetCurrentTimestamp() < deadline)
	{
		PoolTerminate(database);
		WakeScheduler(database);
		(void) ConditionVariableTimedSleep(changed, LOOK_AGAIN_MS, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
}

static void
LetGo(int code, Datum database)
{
	DatabaseLetGo(DatumGetObjectId(database));
}

static void
PassOnWhileEmpty(const Call *c, Oid database)
{
	PG_ENSURE_ERROR_CLEANUP(LetGo, ObjectIdGetDatum(database));
	{
		WaitUntilEmpty(database);
		PassOn(c);
	}
	PG_END_ENSURE_ERROR_CLEANUP(LetGo, ObjectIdGetDatum(database));
	if (IsA(c->statement->utilityStmt, DropdbStmt))
		DatabaseIsGone(database);
	LetGo(0, ObjectIdGetDatum(database));
}

/* A pipeline that a session runs. */
typedef struct RunInTheWay
{
	char	   *pipeline;		/* NULL: none */
	int			pid;
} RunInTheWay;

static void
LockPipelines(void *arg)
{
	RunInTheWay *in_the_way = arg;
	Sql			q;

	SqlBegin(&q, "select id, name from elt_catalog.pipeline where parent_id is null order by id");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed && in_the_way->pipeline == NULL; i++)
	{
		int32		id = SqlInt4(&q, i, 1, NULL);

		if (TransactionLockTry(LOCK_PIPELINE, id))
			continue;
		in_the_way->pipeline = SqlText(&q, i, 2);
		in_the_way->pid = LockHolder(LOCK_PIPELINE, id);
	}
	SqlDone(&q);
}

/* Objects of another version, or none, are no reason to refuse. */
static void
RefuseIfRunning(void)
{
	RunInTheWay in_the_way = {NULL};
	MemoryContext caller = CurrentMemoryContext;

	SPI_connect();
	(void) Attempt(LockPipelines, &in_the_way);
	if (in_the_way.pipeline != NULL)
		in_the_way.pipeline = MemoryContextStrdup(caller, in_the_way.pipeline);
	SPI_finish();
	if (in_the_way.pipeline != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("cannot drop extension pg_elt while pipeline \"%s\" is running",
						in_the_way.pipeline),
				 errdetail("Process %d executes it.", in_the_way.pid),
				 errhint("Use CALL elt.drain(), or pg_terminate_backend(%d), and try again.",
						 in_the_way.pid)));
}

static void
PassOnDrop(const Call *c)
{
	if (!superuser() && !has_privs_of_role(GetUserId(), ExtensionOwner()))
	{
		PassOn(c);
		return;
	}
	if (!IsPreloaded() || !DatabaseHold(MyDatabaseId))
	{
		RefuseIfRunning();
		CronJobRemoveAll();
		PassOn(c);
		return;
	}
	PG_ENSURE_ERROR_CLEANUP(LetGo, ObjectIdGetDatum(MyDatabaseId));
	{
		WaitUntilEmpty(MyDatabaseId);
		RefuseIfRunning();
		CronJobRemoveAll();
		PassOn(c);
	}
	PG_END_ENSURE_ERROR_CLEANUP(LetGo, ObjectIdGetDatum(MyDatabaseId));
	LetGo(0, ObjectIdGetDatum(MyDatabaseId));
}

static void
PassOnDatabaseStatement(const Call *c, const char *name)
{
	Node	   *statement = c->statement->utilityStmt;
	Oid			database = get_database_oid(name, true);
	bool		in_block = IsTransactionBlock() && !IsA(statement, RenameStmt);

	if (in_block || !OidIsValid(database) || database == MyDatabaseId ||
		!MayEmpty(statement, database) || !DatabaseHold(database))
		PassOn(c);
	else
		PassOnWhileEmpty(c, database);

	if (IsA(statement, CreatedbStmt) && OidIsValid(database) && DatabaseIsInstalled(database))
	{
		CommandCounterIncrement();
		AskForLookAtCommit(get_database_oid(((CreatedbStmt *) statement)->dbname, true));
	}
}

static bool
DropsExtension(Node *statement)
{
	ListCell   *lc;

	if (!IsA(statement, DropStmt) || ((DropStmt *) statement)->removeType != OBJECT_EXTENSION)
		return false;
	foreach(lc, ((DropStmt *) statement)->objects)
		if (strcmp(strVal(lfirst(lc)), "pg_elt") == 0)
			return OidIsValid(get_extension_oid("pg_elt", true));
	return false;
}

/* Only ever a reason to look: the scheduler finds out what happened. */
static bool
MayDropExtension(Node *statement)
{
	if (IsA(statement, DropStmt))
		return ((DropStmt *) statement)->removeType == OBJECT_EXTENSION ||
			((DropStmt *) statement)->removeType == OBJECT_SCHEMA;
	return IsA(statement, DropOwnedStmt);
}

static bool
CommitsPrepared(Node *statement)
{
	return IsA(statement, TransactionStmt) &&
		((TransactionStmt *) statement)->kind == TRANS_STMT_COMMIT_PREPARED;
}

static void
WatchUtility(PlannedStmt *pstmt, const char *query, bool read_only_tree,
			 ProcessUtilityContext context, ParamListInfo params,
			 QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion)
{
	Call		call = {pstmt, query, read_only_tree, context, params, environment, dest,
	completion};
	Node	   *statement = pstmt->utilityStmt;
	const char *must_be_empty = MustBeEmpty(statement);
	bool		may_drop = MayDropExtension(statement);
	bool		commits_prepared = CommitsPrepared(statement);

	if (must_be_empty != NULL)
	{
		PassOnDatabaseStatement(&call, must_be_empty);
		return;
	}
	if (DropsExtension(statement))
		PassOnDrop(&call);
	else
		PassOn(&call);
	if (may_drop)
		WakeSchedulerAtCommit();
	if (commits_prepared)
		WakeScheduler(MyDatabaseId);
}

void
DatabaseHookInit(void)
{
	next_hook = ProcessUtility_hook;
	ProcessUtility_hook = WatchUtility;
}
