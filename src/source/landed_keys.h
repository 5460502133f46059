/*
 * landed_keys.h
 *	  The keys of the rows that a pipeline has: those that have landed, and those that are staged.
 */
#ifndef ELT_SOURCE_LANDED_KEYS_H
#define ELT_SOURCE_LANDED_KEYS_H

#include "postgres.h"
#include "executor/tuptable.h"
#include "source/definition.h"

typedef struct LandedKeys LandedKeys;

/*
 * Look for the values of these columns, in the current memory context. landed: the target and a condition,
 * as in "t WHERE true"; NULL: there is no target. staging: the name of the table.
 */
extern LandedKeys *LandedKeysFind(const SourceDefinition *def, int ncolumns, const AttrNumber *columns,
								  const char *landed, const char *staging, Oid role);

/* The values of the next one. NULL: there are no more, and they are released. */
extern TupleTableSlot *LandedKeysNext(LandedKeys *keys);

#endif
