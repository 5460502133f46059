/*
 * merge_turn.h
 *	  Serialize other writers to a target with the merges into it.
 */
#ifndef ELT_MERGE_MERGE_TURN_H
#define ELT_MERGE_MERGE_TURN_H

#include "postgres.h"
#include "catalog/pipeline.h"

/*
 * Let no other merge into the same target begin before the transaction ends, and no trigger or
 * constraint wait for its end.
 */
extern void MergeBegin(const Pipeline *p);

#endif
