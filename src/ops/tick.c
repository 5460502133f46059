/*
 * tick.c
 *	  elt.tick: from slots that have come to queued runs.
 *
 * A schedule whose pipeline somebody has locked, to queue a run in an open transaction for example,
 * is not waited for: its slot is decided by the next call. Slots that were not decided in time, since
 * the server was down or nothing called, are made up for as option catch_up says.
 */
#include "base/compat.h"
#include "ops/tick.h"

#include "base/attempt.h"
#include "base/errors.h"
#include "base/extension.h"
#include "base/shmem.h"
#include "base/tick_time.h"
#include "base/wake.h"
#include "catalog/home.h"
#include "catalog/order.h"
#include "catalog/queue.h"
#include "catalog/schedule.h"
#include "executor/spi.h"
#include "ops/turn.h"
#include "utils/timestamp.h"

#define LONGEST_WAIT_MS 200

/* A slot that is decided later than this was missed. */
#define LATE_AFTER_MS (5 * 60 * 1000)

/* The clock differs by more only when it was set. */
#define CLOCK_TOLERANCE_MS (60 * 1000)

/* As in cron: by more it was wrong before, and what it shows counts at once. */
#define LONGEST_REPEAT_MS (3 * 60 * 60 * 1000)

typedef struct Decision
{
	const DueSchedule *due;
	TimestampTz now;
	Recurrence	recurrence;
	int			queued;
} Decision;

static bool
IsLate(const Decision *d, TimestampTz slot)
{
	return TimestampDifferenceExceeds(slot, d->now, LATE_AFTER_MS);
}

/* Queue its run, or let the one that waits stand for it; false when it has to wait itself. */
static bool
QueueRun(Decision *d, TimestampTz first, TimestampTz slot)
{
	bool		coalesced = false;
	int64		run_id;

	if (d->due->waits)
	{
		SlotWait(d->due->pipeline_id, slot, first, NIL);
		return true;
	}
	run_id = QueueAddSlot(d->due->pipeline_id, "schedule", slot, &coalesced);
	if (run_id == 0)
		return false;
	if (d->recurrence.kind != RECUR_CONTINUOUS)
		SlotRecord(d->due->pipeline_id, slot, first, coalesced ? "coalesced" : "queued", run_id);
	if (!coalesced)
		d->queued++;
	return true;
}

/* That it was decided before shows that the clock was set back since. */
static bool
Settle(Decision *d, TimestampTz first, TimestampTz slot, bool run)
{
	if (SlotIsDecided(d->due->pipeline_id, slot))
		return true;
	if (run && !d->due->suspended)
		return QueueRun(d, first, slot);
	SlotRecord(d->due->pipeline_id, slot, first, run ? "suspended" : "missed", 0);
	return true;
}

/* One after the other, each when the run of the one before no longer waits. */
static void
DecideFirst(Decision *d, TimestampTz first, TimestampTz last)
{
	if (QueueHasWaiting(d->due->pipeline_id) || SlotIsWaiting(d->due->pipeline_id))
		ScheduleFallBehind(d->due);
	else if (Settle(d, first, first, true))
		ScheduleAdvance(d->due, &d->recurrence, first, first < last);
}

static void
DecideLast(Decision *d, TimestampTz first, TimestampTz last)
{
	bool		run = strcmp(d->due->catch_up, "none") != 0 || !IsLate(d, last);

	if (Settle(d, first, last, run))
		ScheduleAdvance(d->due, &d->recurrence, last, false);
}

/*
 * The clock was set back. All slots before the next one are decided, by themselves or by another that
 * stands for them, so none of them comes again.
 */
static void
FollowClock(Decision *d)
{
	if (d->recurrence.kind == RECUR_CONTINUOUS ||
		TimestampDifferenceExceeds(d->now, d->due->decided_at, LONGEST_REPEAT_MS))
		ScheduleAdvance(d->due, &d->recurrence, d->now, false);
	else
		ScheduleAwait(d->due);
}

static void
Decide(void *arg)
{
	Decision   *d = arg;
	TimestampTz first = d->due->next_slot;
	TimestampTz last = first;

	RecurrenceParse(d->due->schedule, d->due->time_zone, d->due->max_delay, &d->recurrence);
	if (TimestampDifferenceExceeds(d->now, d->due->decided_at, CLOCK_TOLERANCE_MS) && first > d->now)
	{
		FollowClock(d);
		return;
	}
	if (d->recurrence.kind == RECUR_CONTINUOUS)
	{
		if (d->due->suspended || QueueRun(d, d->now, d->now))
			ScheduleAdvance(d->due, &d->recurrence, d->now, false);
		return;
	}
	(void) RecurrenceLast(&d->recurrence, first, d->now, &last);
	if (strcmp(d->due->catch_up, "all") == 0)
		DecideFirst(d, first, last);
	else
		DecideLast(d, first, last);
}

/* What somebody has locked is decided another time; anything else is wrong with this one alone. */
static int
TryDecide(const DueSchedule *due, TimestampTz now)
{
	Decision	d = {due, now};
	ErrorData  *error = AttemptWithin(LONGEST_WAIT_MS, Decide, &d);

	if (error == NULL)
		return d.queued;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("could not decide the schedule of pipeline \"%s\": %s", due->pipeline,
						error->message)));
	return 0;
}

int
Tick(bool timers)
{
	TimestampTz now = GetCurrentTimestamp();
	ListCell   *lc;
	int			queued = 0;

	foreach(lc, ScheduleDue(now, timers))
		queued += TryDecide(lfirst(lc), now);
	queued += TakeTurns();
	if (queued > 0)
		WakeSchedulerAtCommit();
	return queued;
}

PG_FUNCTION_INFO_V1(elt_ticked_at);
Datum
elt_ticked_at(PG_FUNCTION_ARGS)
{
	TimestampTz at = TickTime();

	if (at == 0)
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMPTZ(at);
}

/*
 * elt.tick()
 *		Called each minute, by pg_cron or any other clock.
 */
PG_FUNCTION_INFO_V1(elt_tick);
Datum
elt_tick(PG_FUNCTION_ARGS)
{
	int			queued;

	RequirePreload("elt.tick");
	ExtensionCheckVersion();
	SPI_connect();
	(void) HomeSettle();
	TickNote();
	queued = Tick(false);
	SPI_finish();
	PG_RETURN_INT32(queued);
}
