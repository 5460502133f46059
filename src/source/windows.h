/*
 * windows.h
 *	  Compute the grid of windows, and format their bounds.
 *
 * A grid is a set of boundaries: the local midnights that begin a month or day unit, or steps
 * of elapsed time from each local midnight. A window is what lies between two neighbours, so
 * windows never overlap and leave no gap, whatever the zone's clocks do.
 */
#ifndef ELT_SOURCE_WINDOWS_H
#define ELT_SOURCE_WINDOWS_H

#include "postgres.h"
#include "source/definition.h"

/* The last boundary at or before ts, and the first one after it. */
extern TimestampTz WindowFloor(const Interval *step, pg_tz *zone, TimestampTz ts);
extern TimestampTz WindowNext(const Interval *step, pg_tz *zone, TimestampTz ts);

/* A local date's first instant. */
extern TimestampTz LocalMidnight(pg_tz *zone, int julian_day);

/* The instant of a zone's local time. */
extern TimestampTz LocalInstant(pg_tz *zone, Timestamp local);

/* The style that an option names: iso (also NULL), unix, unix_ms, else a to_char pattern. */
extern TimeStyle TimeStyleOf(char *name, pg_tz *zone);

/* ts as a request writes it, cut to the finest field that the style has. */
extern char *TimeText(const TimeStyle *style, TimestampTz ts);
extern char *WindowBoundText(const SourceDefinition *def, TimestampTz ts);

/* Is it a placeholder for a window bound: window_start, window_end, window_last? */
extern bool IsWindowName(const char *name);
extern char *WindowText(const SourceDefinition *def, const Slice *slice, const char *name);

#endif
