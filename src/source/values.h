/*
 * values.h
 *	  Parse option values such as '10s', '2/s', '1GB' and 'Europe/Berlin'.
 *
 * Every parser returns false for an invalid value and never throws, so the validator can report
 * the error.
 */
#ifndef ELT_SOURCE_VALUES_H
#define ELT_SOURCE_VALUES_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "pgtime.h"

extern bool ParseDuration(const char *text, int *milliseconds); /* 250ms, 10s, 2min, 1h */
extern bool ParseRate(const char *text, double *per_second, int *burst);	/* 2/s, 90/min, 500/h */
extern bool ParseBytes(const char *text, int64 *bytes); /* 64kB, 10MB, 1GB */
extern bool ParseCount(const char *text, int min, int max, int *count);
extern pg_tz *ParseTimeZone(const char *text);	/* NULL: unknown */
extern Interval *ParseWindow(const char *text, const char **problem);	/* NULL: *problem says why */

#endif
