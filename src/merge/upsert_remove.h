/*
 * upsert_remove.h
 *	  Delete absent rows of an upsert target, or turn them into tombstones.
 */
#ifndef ELT_MERGE_UPSERT_REMOVE_H
#define ELT_MERGE_UPSERT_REMOVE_H

#include "postgres.h"
#include "merge/strategy.h"

extern char *UpsertLive(const MergeShape *shape);
extern int64 UpsertRemove(const MergeShape *shape, const Removal *removal);

#endif
