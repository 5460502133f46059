/*
 * time_patterns.h
 *	  The to_timestamp patterns of a column, which are tried in order.
 */
#ifndef ELT_DECODE_TIME_PATTERNS_H
#define ELT_DECODE_TIME_PATTERNS_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "decode/convert_time.h"

typedef struct TimePatterns
{
	const char *list;			/* as declared */
	int			n;
	const char **texts;
	TimePattern **compiled;		/* NULL: only to_timestamp reads it */
} TimePatterns;

/* Of a list that is separated by |. */
extern TimePatterns *TimePatternsCompile(const char *list);

/*
 * A local time whose text has exactly the form of one of them; false: a pattern before that one is
 * for to_timestamp, or none fits.
 */
extern bool TextToPatternTime(const char *s, size_t len, const TimePatterns *patterns,
							  Timestamp *value);

/*
 * Does the text have the separators of a pattern? to_timestamp does not mind which they are, so
 * that of several patterns the first would take texts that are meant for another one.
 */
extern bool SeparatorsFit(const char *text, const char *pattern);

/* Does the pattern read an offset, so that it means an instant? */
extern bool PatternHasOffset(const char *pattern);

#endif
