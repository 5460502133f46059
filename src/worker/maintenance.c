/*
 * maintenance.c
 *	  Steps of the maintenance job: partitions ahead of time, retention, tombstones, old requests,
 *	  runs and rejects, days ahead.
 *
 * Each table has transactions of its own, each of a limited number of partitions, so that no table
 * can keep another from being maintained. The error of a step is kept in elt.maintenance_errors
 * until the step succeeds.
 */
#include "base/compat.h"

#include "access/xact.h"
#include "base/attempt.h"
#include "base/extension.h"
#include "base/progress.h"
#include "base/sql.h"
#include "base/sql_name.h"
#include "base/toplevel.h"
#include "catalog/change_log.h"
#include "catalog/run_history.h"
#include "catalog/home.h"
#include "catalog/maintenance_error.h"
#include "catalog/maintenance_run.h"
#include "catalog/pipeline.h"
#include "catalog/reject_retention.h"
#include "catalog/request_log_table.h"
#include "change/change_part.h"
#include "merge/purge.h"
#include "partition/busy.h"
#include "partition/maintain.h"
#include "partition/retention.h"
#include "partition/split_finish.h"
#include "partition/split_state.h"
#include "star/date_dimension.h"
#include "utils/memutils.h"

/* In one transaction; each is locked until it ends, with all of its indexes. */
#define PARTITIONS_AT_A_TIME 50
#define REQUESTS_AT_A_TIME 100000
#define RUNS_AT_A_TIME 10000
#define REJECTS_AT_A_TIME 100000

/* A landing in the same table may take long; the purge is made another time. */
#define PURGE_LOCK_TIMEOUT_MS 2000

typedef struct Step
{
	const char *name;
	List	   *(*relations) (void);	/* Oid; NULL: the step is of no table */
	bool		(*some) (Oid relation); /* do a bounded part of it; is there more? */
	bool		needed;			/* when it fails the steps behind it are left out */
	/* In place of some: it commits. */
	ErrorData  *(*whole) (Oid relation, bool top_level, int64 *partitions, int64 *rows);
} Step;

/* What a maintenance has done, for elt.maintenance_runs. */
typedef struct Tally
{
	int64		id;
	int64		created;
	int64		removed;
	int64		rows;
	int64		errors;
} Tally;

static Tally tally;

static bool
RotateSome(Oid relation)
{
	int			created = MaintainSome(relation, PARTITIONS_AT_A_TIME, PartitionsRotate);

	tally.created += created;
	return created > 0;
}

static List *
TargetsThatForget(void)
{
	List	   *targets = NIL;
	ListCell   *lc;

	foreach(lc, PipelinesThatForget(InvalidOid))
		targets = lappend_oid(targets, ((Pipeline *) lfirst(lc))->target);
	return targets;
}

static void
Purge(void *arg)
{
	const Pipeline *p = arg;

	(void) PurgeTombstones(p, PurgeCutoff(p), false);
}

static bool
PurgeTarget(Oid target)
{
	ListCell   *lc;

	foreach(lc, PipelinesThatForget(target))
		WithLockTimeout(PURGE_LOCK_TIMEOUT_MS, Purge, lfirst(lc));
	return false;
}

static bool
PruneSome(Oid relation)
{
	return RequestLogPrune(REQUESTS_AT_A_TIME) == REQUESTS_AT_A_TIME;
}

static bool
PruneHistory(Oid relation)
{
	return HistoryPrune(RUNS_AT_A_TIME) == RUNS_AT_A_TIME;
}

static bool
ExpireRejects(Oid relation)
{
	return RejectsExpire(REJECTS_AT_A_TIME) == REJECTS_AT_A_TIME;
}

static bool
PruneCommits(Oid target)
{
	ChangeCommitsPrune(target);
	return false;
}

static bool
ForgetDroppedLogs(Oid relation)
{
	ChangeLogForgetDropped();
	return false;
}

static bool
ExtendDates(Oid dimension)
{
	DateDimensionExtend(dimension);
	return false;
}

static bool
CheckMayBegin(Oid relation)
{
	(void) HomeSettle();
	HomeCheck();
	return false;
}

/* Partitions ahead come first and stay, whatever becomes of the rest. */
static const Step steps[] = {
	{"begin", NULL, CheckMayBegin, true},
	{"partitions", RelationsWithPolicy, RotateSome},
	{"retention", RelationsWithPolicy, .whole = RetentionRun},
	{"splits", RelationsSplitting, .whole = SplitsFinish},
	{"tombstones", TargetsThatForget, PurgeTarget},
	{"request_log", NULL, PruneSome},
	{"history", NULL, PruneHistory},
	{"rejects", NULL, ExpireRejects},
	{"change_logs", NULL, ForgetDroppedLogs},
	{"change_commits", ChangeLogTargets, PruneCommits},
	{"dates", DateDimensions, ExtendDates},
};

/* One step of one table. */
typedef struct Turn
{
	const Step *step;
	bool		top_level;		/* statements can be executed there */
	Oid			relation;
	List	   *relations;		/* Oid, of the whole step */
	bool		more;
	ErrorData  *error;
	MemoryContext cxt;			/* of the maintenance */
	MemoryContext scratch;		/* of a part of the turn */
} Turn;

static void
ListRelations(void *arg)
{
	Turn	   *turn = arg;
	List	   *relations = turn->step->relations();
	MemoryContext old = MemoryContextSwitchTo(turn->cxt);

	turn->relations = list_copy(relations);
	MemoryContextSwitchTo(old);
}

static void
DoSome(void *arg)
{
	Turn	   *turn = arg;

	turn->more = turn->step->some(turn->relation);
}

static void
WarnOfBeginning(const Turn *turn)
{
	const ErrorData *error = turn->error;
	const char *table = OidIsValid(turn->relation) ?
		psprintf(" of table \"%s\"", RelationLabel(turn->relation)) : "";

	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("maintenance step \"%s\"%s failed: %s", turn->step->name, table, error->message),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 errhint("Use SELECT * FROM elt.maintenance_errors to list the errors of steps that "
					 "have not succeeded since.")));
}

static void
Record(void *arg)
{
	Turn	   *turn = arg;

	if (turn->error == NULL)
	{
		MaintenanceErrorClear(turn->relation, turn->step->name);
		return;
	}
	tally.errors++;
	if (MaintenanceErrorWrite(turn->relation, turn->step->name, turn->error))
		WarnOfBeginning(turn);
}

/* In a context of its own: each part looks at all partitions that the table has. */
static void
RunParts(Turn *turn)
{
	do
	{
		MemoryContextReset(turn->scratch);
		MemoryContextSwitchTo(turn->scratch);
		turn->more = false;
		turn->error = AttemptAndCommit(DoSome, turn);
	} while (turn->error == NULL && turn->more);
}

static void
RunTurn(Turn *turn)
{
	if (turn->step->whole != NULL)
	{
		MemoryContextReset(turn->scratch);
		MemoryContextSwitchTo(turn->scratch);
		turn->error = turn->step->whole(turn->relation, turn->top_level, &tally.removed, &tally.rows);
	}
	else
		RunParts(turn);
	(void) AttemptAndCommit(Record, turn);
}
/* False when the steps behind it must not begin. */
static bool
RunStep(const Step *step, bool top_level, MemoryContext scratch)
{
	Turn		turn = {step, top_level, .cxt = MemoryContextGetParent(scratch), .scratch = scratch};
	ListCell   *lc;

	MemoryContextSwitchTo(scratch);
	if (step->relations == NULL)
	{
		RunTurn(&turn);
		return turn.error == NULL || !step->needed;
	}
	turn.error = AttemptAndCommit(ListRelations, &turn);
	if (turn.error != NULL)
		(void) AttemptAndCommit(Record, &turn);
	foreach(lc, turn.relations)
	{
		turn.relation = lfirst_oid(lc);
		RunTurn(&turn);
	}
	return true;
}

static void
BeginRun(void *arg)
{
	tally = (Tally) {MaintenanceRunBegin()};
}

static void
EndRun(void *arg)
{
	MaintenanceRunEnd(tally.id, tally.created, tally.removed, tally.rows, tally.errors);
}

static void
RunSteps(bool top_level, MemoryContext cxt)
{
	bool		go_on = true;

	(void) AttemptAndCommit(BeginRun, NULL);
	for (int i = 0; go_on && i < lengthof(steps); i++)
	{
		MemoryContext scratch = AllocSetContextCreate(cxt, "elt maintenance",
													  ALLOCSET_DEFAULT_SIZES);

		ProgressPhase(steps[i].name);
		go_on = RunStep(&steps[i], top_level, scratch);
		MemoryContextSwitchTo(cxt);
		MemoryContextDelete(scratch);
	}
	(void) AttemptAndCommit(EndRun, NULL);
}

/*
 * elt_catalog.maintain()
 *		All steps of all tables, one after the other; commits as it goes.
 */
PG_FUNCTION_INFO_V1(elt_maintain);
Datum
elt_maintain(PG_FUNCTION_ARGS)
{
	MemoryContext cxt = AllocSetContextCreate(PortalContext, "elt maintenance",
											  ALLOCSET_DEFAULT_SIZES);
	bool		top_level = CanRunTopLevel();

	CheckCanCommit(fcinfo, "elt_catalog.maintain");
	ExtensionCheckVersion();
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	ProgressBegin(0, "", "maintenance");
	PG_TRY();
	{
		RunSteps(top_level, cxt);
	}
	PG_FINALLY();
	{
		ProgressEnd();
	}
	PG_END_TRY();
	SPI_finish();
	PG_RETURN_VOID();
}
