/*
 * reserved.h
 *	  Column names that a source cannot have, because merges use them.
 */
#ifndef ELT_MERGE_RESERVED_H
#define ELT_MERGE_RESERVED_H

#include "postgres.h"

/* Error when the source has a column of such a name. */
extern void ReservedNamesCheck(Oid source);

#endif
