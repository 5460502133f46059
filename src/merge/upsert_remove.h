/*
 * upsert_remove.h
 *	  Deletes that no row asked for: a tombstone where the target keeps them, else the row goes.
 */
#ifndef ELT_MERGE_UPSERT_REMOVE_H
#define ELT_MERGE_UPSERT_REMOVE_H

#include "postgres.h"
#include "merge/strategy.h"

extern char *UpsertLive(const MergeShape *shape);
extern int64 UpsertRemove(const MergeShape *shape, const Removal *removal);

#endif
