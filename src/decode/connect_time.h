/*
 * connect_time.h
 *	  Dates and times as numbers, as Kafka Connect has them.
 */
#ifndef ELT_DECODE_CONNECT_TIME_H
#define ELT_DECODE_CONNECT_TIME_H

#include "postgres.h"
#include "lib/stringinfo.h"

/* Each appends a text of ISO 8601; false: the number is out of range. */

/* Of days since 1970. */
extern bool AppendDays(StringInfo out, int64 days);
/* Of ticks, of so many nanoseconds, since then. */
extern bool AppendInstant(StringInfo out, int64 ticks, int64 tick);
/* Is it what PostgreSQL's JDBC driver has for an infinite time? */
extern bool InstantIsInfinite(int64 ticks);
/* Of hours, minutes and seconds, perhaps more than a day of them. */
extern void AppendClockTime(StringInfo out, int64 ticks, int64 tick);

/* Are all digits those of microseconds? */
extern bool TicksAreMicros(int64 ticks, int64 tick);

#endif
