/*
 * prepare.c
 *	  Second step: create the partitions that the staged batch needs, before it lands.
 *
 * Each one is created in a short transaction of its own; an unused one is harmless. A wrong
 * timestamp must not create thousands: outside of the requested windows at most max_new_partitions
 * are created.
 */
#include "base/compat.h"
#include "pipeline/execution.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/sql.h"
#include "catalog/change_log.h"
#include "change/change_part.h"
#include "partition/partition.h"
#include "pipeline/child_load.h"
#include "pipeline/prepare.h"
#include "utils/timestamp.h"

static int64
CountOutsideWindows(const Pipeline *p, List *missing)
{
	int64		outside = 0;
	ListCell   *lc;

	foreach(lc, missing)
	{
		PartitionBounds *b = lfirst(lc);
		Sql			q;

		SqlBegin(&q,
				 "select from elt_catalog.staged_slice where pipeline_id = $1"
				 " and window_start > '-infinity' and window_start < $3 and window_end > $2"
				 " limit 1");
		SqlAddInt4(&q, p->id);
		SqlAddTime(&q, b->lower);
		SqlAddTime(&q, b->upper);
		if (SqlDo(&q, AsCatalog()) == 0)
			outside++;
	}
	return outside;
}

List *
PrepareFindMissing(const Pipeline *p)
{
	List	   *missing;
	int64		outside;

	missing = PartitionsMissing(p);
	if (list_length(missing) <= p->max_new_partitions)
		return missing;
	outside = CountOutsideWindows(p, missing);
	if (outside > p->max_new_partitions)
		ereport(ERROR,
				(errcode(ERRCODE_ELT_TOO_MANY_PARTITIONS),
				 errmsg("pipeline \"%s\": batch requires %lld new partitions outside of the "
						"requested windows", p->name, (long long) outside),
				 errdetail("At most %d can be created (max_new_partitions).",
						   p->max_new_partitions),
				 errhint("Check table \"elt_staging.%s\" for timestamps out of range, or raise "
						 "the limit with elt.alter_pipeline.", p->name)));
	return missing;
}

#define MADE_AT_A_TIME 100

typedef struct Missing
{
	const Execution *e;
	const Pipeline *pipeline;	/* at hand: that of the run, or a child */
	List	   *bounds;			/* PartitionBounds * */
	PartitionBounds *current;
	List	   *made;			/* char *, that the run does not list yet */
	int			created;		/* of all targets */
} Missing;

static void
FindMissing(void *arg)
{
	Missing    *m = arg;

	m->bounds = PrepareFindMissing(m->pipeline);
}

/* Each writes the whole array of the run anew. */
static void
RecordMade(void *arg)
{
	Missing    *m = arg;

	if (m->made != NIL)
		RunAddPartitions(m->e->run->id, m->made);
	m->made = NIL;
}

static void
MakePartition(void *arg)
{
	Missing    *m = arg;
	const Pipeline *p = m->pipeline;

	if (PartitionCreate(p->target, m->current))
		m->made = lappend(m->made, psprintf("[%s, %s)",
											pstrdup(timestamptz_to_str(m->current->lower)),
											pstrdup(timestamptz_to_str(m->current->upper))));
	if (list_length(m->made) >= MADE_AT_A_TIME || m->current == llast(m->bounds))
		RecordMade(m);
}

/* Those of the change log, so that the landing itself makes none. */
static void
MakeLogPartitions(void *arg)
{
	const ChangeLog *log = ChangeLogOf(((Missing *) arg)->pipeline->target);

	if (log != NULL)
		ChangePartsAhead(log);
}

static void
RecordPrepare(void *arg)
{
	Missing    *m = arg;

	RunAddStep(m->e->run->id, m->e->batch, "prepare", m->e->step_started, 0, m->created);
}

/* The partitions of one target. */
static ErrorData *
PrepareTarget(Missing *m)
{
	ErrorData  *error = Attempt(FindMissing, m);
	ListCell   *lc;

	if (error != NULL)
		return error;
	foreach(lc, m->bounds)
	{
		m->current = lfirst(lc);
		error = Attempt(MakePartition, m);
		if (error != NULL)
		{
			(void) Attempt(RecordMade, m);
			return error;
		}
		CommitPhase();
	}
	m->created += list_length(m->bounds);
	if (m->pipeline->change_log != NULL)
		error = AttemptAndCommit(MakeLogPartitions, m);
	return error;
}

ErrorData *
PrepareBatch(Execution *e)
{
	Missing		m = {e, e->pipeline};
	ErrorData  *error = PrepareTarget(&m);
	ListCell   *lc;

	foreach(lc, e->children)
	{
		m.pipeline = ((ChildLoad *) lfirst(lc))->pipeline;
		if (error == NULL)
			error = PrepareTarget(&m);
	}
	if (error == NULL)
		error = Attempt(RecordPrepare, &m);
	if (error == NULL)
		CommitPhase();
	return error;
}
