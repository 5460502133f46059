/*
 * replayed_settle.c
 *	  Settle replayed rejects: where many that follow one another have one state, by one row about
 *	  all of them.
 */
#include "base/compat.h"
#include "catalog/replayed.h"

#include "base/sql.h"
#include "base/sql_numbers.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

/* Fewer rejects than that are settled one by one. */
#define STRETCH_REJECTS 16

/* What has become of a reject. */
typedef enum Fate
{
	FATE_REPLAYED, FATE_SUPERSEDED, FATE_FAILED
} Fate;

static const char *const state_names[] = {
	[FATE_REPLAYED] = "replayed",
	[FATE_SUPERSEDED] = "superseded"
};

typedef struct Settled
{
	int64		id;
	Fate		fate;
} Settled;

/* Some numbers in the order of being passed. */
typedef struct Barrier
{
	SqlNumbers	ids;
	int64		at;
} Barrier;

/* Rejects that are settled each by its own row, so many at once. */
#define AT_ONCE 10000

typedef struct Alone
{
	int			count;
	int64		ids[AT_ONCE];
} Alone;

typedef struct Settling
{
	const Pipeline *pipeline;
	int64		run_id;
	TimestampTz now;
	Settled    *rejects;		/* by id */
	int64		count;
	Barrier		others;			/* open rejects, these among them */
	Barrier		stretches;		/* the first ids of those that are known */
	Alone		alone[FATE_FAILED];
} Settling;

static int
CompareSettled(const void *a, const void *b)
{
	int64		left = ((const Settled *) a)->id;
	int64		right = ((const Settled *) b)->id;

	return left < right ? -1 : left > right;
}

static void
SortById(Settling *s, const SqlNumbers *failed)
{
	const Replayed *r = s->pipeline->replayed;

	s->count = r->count;
	s->rejects = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(Settled) * Max(s->count, 1));
	for (int64 i = 0; i < s->count; i++)
		s->rejects[i] = (Settled) {r->ids[i], r->superseded[i] ? FATE_SUPERSEDED : FATE_REPLAYED};
	qsort(s->rejects, s->count, sizeof(Settled), CompareSettled);
	for (int64 i = 0; i < failed->count; i++)
	{
		Settled		key = {failed->columns[0][i]};
		Settled    *found = bsearch(&key, s->rejects, s->count, sizeof(Settled), CompareSettled);

		Assert(found != NULL);
		found->fate = FATE_FAILED;
	}
}

static void
ReadBarrier(Barrier *barrier, const Pipeline *p, const char *query)
{
	Sql			q;

	SqlBegin(&q, query);
	SqlAddInt4(&q, p->id);
	barrier->ids = SqlRunNumbers(&q, AsCatalog());
	barrier->at = 0;
}

/* Is one of the numbers between these? Both rise from call to call. */
static bool
Stands(Barrier *barrier, int64 after, int64 before)
{
	while (barrier->at < barrier->ids.count && barrier->ids.columns[0][barrier->at] <= after)
		barrier->at++;
	return barrier->at < barrier->ids.count && barrier->ids.columns[0][barrier->at] < before;
}

/* The first reject behind the stretch that begins with this one. */
static int64
EndOfStretch(Settling *s, int64 at)
{
	int64		end = at + 1;

	while (end < s->count && s->rejects[end].fate == s->rejects[at].fate &&
		   !Stands(&s->others, s->rejects[end - 1].id, s->rejects[end].id) &&
		   !Stands(&s->stretches, s->rejects[end - 1].id, s->rejects[end].id))
		end++;
	return end;
}

static void
AddResolved(Sql *q, const Settling *s)
{
	SqlAddInt8(q, s->run_id);
	SqlAddTime(q, s->now);
	SqlAddOid(q, REGROLEOID, GetUserId());
}

static void
SettleStretch(Settling *s, int64 at, int64 end)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.reject_settled (pipeline_id, first_id, last_id, state,"
				 " run_id, settled_at, settled_by) values ($1, $2, $3, $4, $5, $6, $7)");
	SqlAddInt4(&q, s->pipeline->id);
	SqlAddInt8(&q, s->rejects[at].id);
	SqlAddInt8(&q, s->rejects[end - 1].id);
	SqlAddText(&q, state_names[s->rejects[at].fate]);
	AddResolved(&q, s);
	SqlDo(&q, AsCatalog());
}

static void
SettleAlone(Settling *s, Fate fate)
{
	Alone	   *alone = &s->alone[fate];
	Sql			q;

	if (alone->count == 0)
		return;
	SqlBegin(&q,
			 "update elt_catalog.reject j set state = $3, attempts = j.attempts + 1,"
			 " resolved_run_id = $4, resolved_at = $5, resolved_by = $6"
			 " where j.pipeline_id = $1 and j.id = any ($2) and j.state in ('new', 'fixed')");
	SqlAddInt4(&q, s->pipeline->id);
	SqlAddInt8Array(&q, alone->ids, alone->count);
	SqlAddText(&q, state_names[fate]);
	AddResolved(&q, s);
	ReplayedCheckCount(s->pipeline, SqlDo(&q, AsCatalog()), alone->count);
	alone->count = 0;
}

static void
SettleLater(Settling *s, int64 at, int64 end)
{
	Fate		fate = s->rejects[at].fate;

	for (int64 i = at; i < end; i++)
	{
		Alone	   *alone = &s->alone[fate];

		alone->ids[alone->count++] = s->rejects[i].id;
		if (alone->count == AT_ONCE)
			SettleAlone(s, fate);
	}
}

/* Count those from at to end, and settle them or put them aside. */
static void
TakeStretch(Settling *s, int64 at, int64 end, ReplayCounts *counts)
{
	int64		n = end - at;

	if (s->rejects[at].fate == FATE_FAILED)
		return;
	if (s->rejects[at].fate == FATE_REPLAYED)
		counts->replayed += n;
	else
		counts->superseded += n;
	if (n >= STRETCH_REJECTS)
		SettleStretch(s, at, end);
	else
		SettleLater(s, at, end);
}

void
ReplayedSettleLanded(const Pipeline *p, int64 run_id, SqlNumbers *failed, ReplayCounts *counts)
{
	Settling   *s = palloc0(sizeof(Settling));

	s->pipeline = p;
	s->run_id = run_id;
	s->now = GetCurrentTimestamp();
	SortById(s, failed);
	SqlNumbersFree(failed);
	ReadBarrier(&s->stretches, p, "select first_id from elt_catalog.reject_settled"
				" where pipeline_id = $1 order by 1");
	if (!p->replayed->is_all)
		ReadBarrier(&s->others, p, "select id from elt_catalog.open_reject"
					" where pipeline_id = $1 order by 1");
	for (int64 at = 0, end; at < s->count; at = end)
	{
		end = EndOfStretch(s, at);
		TakeStretch(s, at, end, counts);
	}
	for (Fate fate = FATE_REPLAYED; fate < FATE_FAILED; fate++)
		SettleAlone(s, fate);
	pfree(s->rejects);
}
