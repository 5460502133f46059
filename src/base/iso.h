/*
 * iso.h
 *	  Times and spans of time as text that every session reads alike.
 */
#ifndef ELT_BASE_ISO_H
#define ELT_BASE_ISO_H

#include "postgres.h"
#include "utils/timestamp.h"

/*
 * A date, timestamp or timestamptz as ISO 8601, whatever DateStyle says: other styles name time
 * zones by abbreviations of which one may mean another zone when it is read.
 */
extern char *IsoText(Datum value, Oid type);

/* "1 mon 10 days", whatever IntervalStyle says. */
extern char *IntervalText(const Interval *interval);

#endif
