/*
 * legal_hold.h
 *	  Holds on the rows of a time range, which retention must keep.
 */
#ifndef ELT_PARTITION_LEGAL_HOLD_H
#define ELT_PARTITION_LEGAL_HOLD_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* Place a hold of the current user on rows from lower to before upper. Returns its ID. */
extern int64 HoldRows(Oid relation, TimestampTz lower, TimestampTz upper, const char *reason);

#endif
