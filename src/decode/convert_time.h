/*
 * convert_time.h
 *	  Convert text to dates and times without the input functions. False: the input function
 *	  decides.
 */
#ifndef ELT_DECODE_CONVERT_TIME_H
#define ELT_DECODE_CONVERT_TIME_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "pgtime.h"
#include "utils/date.h"

typedef struct TimePattern TimePattern;

/* Which instant a local time means that comes twice, because clocks are set back. */
typedef enum AmbiguousTime
{
	AMBIGUOUS_SECOND,			/* as the input functions read it */
	AMBIGUOUS_FIRST,
	AMBIGUOUS_ORDER				/* what the values before tell: the slow path knows them */
} AmbiguousTime;

/* YYYY-MM-DD */
extern bool TextToDate(const char *s, size_t len, DateADT *value);
/* YYYY-MM-DD[{T| }HH:MM[:SS[.ffffff]][Z|+HH[[:]MM]]]; with an offset, an instant. */
extern bool TextToTimestamp(const char *s, size_t len, int32 typmod, Timestamp *value);
extern bool TextToTimestampTz(const char *s, size_t len, int32 typmod, pg_tz *tz,
							  AmbiguousTime ambiguous, TimestampTz *value);

/* Seconds (scale 6) or milliseconds (scale 3) since 1970. */
extern bool TextToInstant(const char *s, size_t len, int scale, TimestampTz *value);
/* The local time in tz at an instant; false when it is out of range. */
extern bool LocalTime(TimestampTz instant, pg_tz *tz, Timestamp *local);
extern DateADT DateOfTimestamp(Timestamp ts);

/* NULL for a pattern with anything but digits and separators. */
extern TimePattern *TimePatternCompile(const char *pattern);
/*
 * A local time; false when the text does not have exactly the pattern's form. loose: days, months,
 * hours and so on may have one digit where two are written.
 */
extern bool TextToTime(const char *s, size_t len, const TimePattern *pattern, bool loose,
					   Timestamp *value);

/* The instant at which a clock in tz shows it. */
extern bool InstantOf(Timestamp local, pg_tz *tz, AmbiguousTime ambiguous, TimestampTz *value);
/* Does a clock in tz show it twice? Then these are the instants; *first is invalid otherwise. */
extern bool ComesTwice(Timestamp local, pg_tz *tz, TimestampTz *first, TimestampTz *second);

#endif
