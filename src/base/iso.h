/*
 * iso.h
 *	  Times and spans of time as text that every session reads alike.
 */
#ifndef ELT_BASE_ISO_H
#define ELT_BASE_ISO_H

#include "postgres.h"
#include "utils/timestamp.h"

/*
 * A date, timestamp or timestamptz as ISO 8601, regardless of DateStyle: the time zone
 * abbreviations of other styles are ambiguous.
 */
extern char *IsoText(Datum value, Oid type);

/* "1 mon 10 days", regardless of IntervalStyle. */
extern char *IntervalText(const Interval *interval);

#endif
