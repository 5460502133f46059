/*
 * reserved.h
 *	  Names that columns of a source cannot have, because a merge gives them to its own.
 */
#ifndef ELT_MERGE_RESERVED_H
#define ELT_MERGE_RESERVED_H

#include "postgres.h"

/* Error when the source has a column of such a name. */
extern void ReservedNamesCheck(Oid source);

#endif
