/*
 * iso.h
 *	  Times as text that every session reads alike.
 */
#ifndef ELT_ISO_H
#define ELT_ISO_H

#include "postgres.h"

/*
 * A date, timestamp or timestamptz as ISO 8601, whatever DateStyle says: other styles name time
 * zones by abbreviations of which one may mean another zone when it is read.
 */
extern char *IsoText(Datum value, Oid type);

#endif
