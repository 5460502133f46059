/*
 * change_commit.c
 *	  The time of a transaction's changes, and the order in which others may read them.
 *
 * All changes of a transaction have one time, that of its commit: it is written with a row of its own
 * just before. Numbers are drawn from a sequence, so that of two changes of one row the later one has
 * the greater number, but a transaction that commits late has numbers less than those that others have
 * read. Until it ends it holds a lock on a number that it drew before all others, and readers stop
 * there.
 */
#include "base/compat.h"
#include "change/change_commit.h"

#include "access/xact.h"
#include "base/lock.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "catalog/pg_type.h"
#include "commands/async.h"
#include "commands/sequence.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#define CHANNEL "elt_changes"

/* A statement, while its triggers log what it has changed. */
typedef struct Statement
{
	int			depth;			/* of triggers */
	CommandId	command;
	int			logged;			/* bits of its kinds of changes */
	int64		begin;			/* its changes have greater numbers */
	int64		nested;			/* those of statements within it, or 0 */
} Statement;

/* Of one log. */
typedef struct Commit
{
	Oid			relation;
	Oid			log;
	Oid			commits;
	int64		lock;
	int64		id;
	TimestampTz began;
	List	   *runs;			/* int64 * */
	List	   *statements;		/* Statement *, one of each depth */
	List	   *nested;			/* Statement *, those of triggers since the last one that was not */
} Commit;

static List *pending = NIL;		/* Commit *, in TopTransactionContext */
static int64 landing_run = 0;
static bool callback_set = false;

/* A transaction can end a log and begin another one of the same target. */
static Commit *
Pending(const ChangeLog *log)
{
	ListCell   *lc;

	foreach(lc, pending)
		if (((Commit *) lfirst(lc))->log == log->log)
			return lfirst(lc);
	return NULL;
}

bool
ChangedHere(Oid relation)
{
	ListCell   *lc;

	foreach(lc, pending)
		if (((Commit *) lfirst(lc))->relation == relation)
			return true;
	return false;
}

/* False when savepoints have taken all changes back. */
static bool
WriteTime(const Commit *commit, TimestampTz at)
{
	Sql			q;

	SqlBegin(&q, psprintf("INSERT INTO %s (_commit_id, _began_at, _committed_at) SELECT $1, $2, $3 "
						  "WHERE EXISTS (SELECT FROM %s WHERE _change_id > $1 AND _commit_id = $1)",
						  QuotedRelation(commit->commits), QuotedRelation(commit->log)));
	SqlAddInt8(&q, commit->id);
	SqlAddTime(&q, commit->began);
	SqlAddTime(&q, at);
	return SqlDo(&q, RelationOwner(commit->commits)) > 0;
}

/* A name has at most 63 bytes, of which each becomes six at most. */
static void
Notify(const Commit *commit, int64 run_id)
{
	StringInfoData payload;

	initStringInfo(&payload);
	appendStringInfoString(&payload, "{\"target\": ");
	escape_json(&payload, RelationLabel(commit->relation));
	if (run_id != 0)
		appendStringInfo(&payload, ", \"run_id\": " INT64_FORMAT "}", run_id);
	else
		appendStringInfoString(&payload, ", \"run_id\": null}");
	Async_Notify(CHANNEL, payload.data);
}

/* A prepared transaction cannot notify. */
static void
Finish(const Commit *commit, TimestampTz at, bool notifies)
{
	ListCell   *lc;

	if (get_rel_name(commit->commits) == NULL)
		return;
	if (WriteTime(commit, at) && notifies)
		foreach(lc, commit->runs)
			Notify(commit, *(int64 *) lfirst(lc));
}

static void
FinishAll(bool notifies)
{
	TimestampTz at = GetCurrentTimestamp();
	ListCell   *lc;

	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	foreach(lc, pending)
		Finish(lfirst(lc), at, notifies);
	PopActiveSnapshot();
	SPI_finish();
}

static void
AtEnd(XactEvent event, void *arg)
{
	if ((event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE) && pending != NIL)
		FinishAll(event == XACT_EVENT_PRE_COMMIT);
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
	{
		pending = NIL;
		landing_run = 0;
	}
}

static void
SetCallback(void)
{
	if (!callback_set)
		RegisterXactCallback(AtEnd, NULL);
	callback_set = true;
}

static void
AddRun(Commit *commit)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	int64	   *run;
	ListCell   *lc;

	foreach(lc, commit->runs)
		if (*(int64 *) lfirst(lc) == landing_run)
			break;
	if (lc == NULL)
	{
		run = palloc(sizeof(int64));
		*run = landing_run;
		commit->runs = lappend(commit->runs, run);
	}
	MemoryContextSwitchTo(old);
}

static Commit *
NewCommit(const ChangeLog *log)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	Commit	   *commit = palloc0(sizeof(Commit));

	commit->relation = log->relation;
	commit->log = log->log;
	commit->commits = log->commits;
	commit->lock = nextval_internal(log->numbers, false);
	commit->began = GetCurrentTimestamp();
	pending = lappend(pending, commit);
	MemoryContextSwitchTo(old);
	return commit;
}

/* A savepoint that was rolled back has taken the lock with it. */
int64
ChangeCommitId(const ChangeLog *log)
{
	Commit	   *commit = Pending(log);

	SetCallback();
	if (commit == NULL)
		commit = NewCommit(log);
	AddRun(commit);
	TransactionLockNumber(log->log, commit->lock);
	if (commit->id == 0)
		commit->id = nextval_internal(log->numbers, false);
	return commit->id;
}

static Statement *
StatementOf(Commit *commit, int depth)
{
	MemoryContext old;
	Statement  *statement;
	ListCell   *lc;

	foreach(lc, commit->statements)
		if (((Statement *) lfirst(lc))->depth == depth)
			return lfirst(lc);
	old = MemoryContextSwitchTo(TopTransactionContext);
	statement = palloc0(sizeof(Statement));
	statement->depth = depth;
	commit->statements = lappend(commit->statements, statement);
	MemoryContextSwitchTo(old);
	return statement;
}

static void
RememberNested(Commit *commit, const Statement *statement)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	Statement  *nested = palloc(sizeof(Statement));

	*nested = *statement;
	commit->nested = lappend(commit->nested, nested);
	MemoryContextSwitchTo(old);
}

/* Those that began later have ended, since this one is at its end. */
static void
FindNested(const Commit *commit, Statement *statement)
{
	ListCell   *lc;

	foreach(lc, commit->nested)
	{
		const Statement *nested = lfirst(lc);

		if (nested->command > statement->command &&
			(statement->nested == 0 || nested->begin < statement->nested))
			statement->nested = nested->begin;
	}
}

static void
ForgetNested(Commit *commit)
{
	list_free_deep(commit->nested);
	commit->nested = NIL;
}

/*
 * All triggers of a statement have its snapshot, which no other statement of that depth has. One that is
 * called again has rows of another time: those that foreign keys have changed.
 */
StatementChanges
ChangesOfStatement(const ChangeLog *log, int kind)
{
	Commit	   *commit = Pending(log);
	int			depth = DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, 0));
	Statement  *statement = StatementOf(commit, depth);
	CommandId	command = GetActiveSnapshot()->curcid;
	bool		is_same = statement->logged != 0 && statement->command == command &&
		(statement->logged & kind) == 0;

	if (!is_same)
	{
		statement->command = command;
		statement->logged = statement->nested = 0;
		statement->begin = nextval_internal(log->numbers, false);
	}
	statement->logged |= kind;
	FindNested(commit, statement);
	if (depth > 1)
		RememberNested(commit, statement);
	else
		ForgetNested(commit);
	return (StatementChanges)
	{
		.begin = statement->begin, .is_first = !is_same, .nested = statement->nested
	};
}

void
ChangesAreOfRun(int64 run_id)
{
	SetCallback();
	landing_run = run_id;
}

int64
RunOfChanges(void)
{
	return landing_run;
}

/* The number that is drawn here is nobody's. */
int64
SettledChange(const ChangeLog *log)
{
	int64		drawn = nextval_internal(log->numbers, false);

	return LeastLockedNumber(log->log, drawn);
}
