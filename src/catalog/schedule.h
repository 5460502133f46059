/*
 * schedule.h
 *	  How far the schedule of each pipeline is decided, and the slots that were.
 *
 * A pipeline with a schedule has a row in elt_catalog.schedule: slots up to decided_slot are
 * decided, next_slot is the one that comes next. What became of a slot is in elt_catalog.slot, whose
 * primary key lets no slot be decided twice. SPI must be connected.
 */
#ifndef ELT_CATALOG_SCHEDULE_H
#define ELT_CATALOG_SCHEDULE_H

#include "postgres.h"
#include "base/recurrence.h"
#include "catalog/pipeline.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"

/* A schedule with a slot to be decided. */
typedef struct DueSchedule
{
	int32		pipeline_id;
	char	   *pipeline;		/* its name */
	char	   *schedule;
	char	   *time_zone;
	Interval   *max_delay;
	char	   *catch_up;		/* none, last, all */
	TimestampTz next_slot;		/* infinity: none comes */
	TimestampTz decided_at;
	bool		suspended;		/* for having failed too often */
	bool		waits;			/* its slots wait for others: order.h */
} DueSchedule;

/* What schedules want, those of paused pipelines included. */
typedef struct ScheduleOutlook
{
	TimestampTz next_timer;		/* -infinity: the clock was set back; infinity: none comes */
	bool		beside;			/* some have runs beside elt.max_workers */
	bool		files;			/* some wait for files */
} ScheduleOutlook;

/* Raises an error unless it is valid, and where nothing would make it start runs. */
extern void ScheduleCheck(const Pipeline *p);
/*
 * Begin the schedule of a pipeline, or its turns after others, from now on; slots that have passed are
 * not made up for. Ends it where it has neither.
 */
extern void ScheduleApply(const Pipeline *p);
/* The same for all that are not paused. */
extern void ScheduleStartAll(void);
/* End it; harmless when there is none. */
extern void ScheduleStop(const Pipeline *p);

/*
 * Schedules (DueSchedule *) with a slot that has come, locked; those that another transaction
 * decides are left out. timers: only those that wait for no call of elt.tick.
 */
extern List *ScheduleDue(TimestampTz now, bool timers);
/* Without their pipelines, and so cheap: tells whether the more exact questions are worth asking. */
extern void ScheduleGlance(TimestampTz now, ScheduleOutlook *outlook);
/* When a timer comes next, if one does. */
extern bool ScheduleNextTimer(TimestampTz *when);
/* How often to look for files, in microseconds; false: nothing waits for any. */
extern bool ScheduleFilesDelay(int64 *delay);
/* The pipelines (ids) that wait for them. */
extern List *ScheduleFilesAwaited(void);
/* Slots up to this one are decided; behind: later ones have come too. */
extern void ScheduleAdvance(const DueSchedule *due, const Recurrence *r, TimestampTz decided,
							bool behind);
/* Nothing is to be decided before the next slot, whatever the clock has shown. */
extern void ScheduleAwait(const DueSchedule *due);
/* Its slot has come and waits for the end of a run. */
extern void ScheduleFallBehind(const DueSchedule *due);
extern bool SlotIsDecided(int32 pipeline_id, TimestampTz slot);
/* Record what became of a slot, and of those since first that it stands for; run_id 0: no run. */
extern void SlotRecord(int32 pipeline_id, TimestampTz slot, TimestampTz first, const char *state,
					   int64 run_id);

#endif
