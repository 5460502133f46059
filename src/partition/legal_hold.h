/*
 * legal_hold.h
 *	  Holds on the rows of a time range, which retention must keep.
 */
#ifndef ELT_PARTITION_LEGAL_HOLD_H
#define ELT_PARTITION_LEGAL_HOLD_H

#include "postgres.h"
#include "partition/parts.h"

/* Place a hold of the current user on the rows of a range. Returns its ID. */
extern int64 HoldRows(Oid relation, const Part *range, const char *reason);

#endif
