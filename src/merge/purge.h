/*
 * purge.h
 *	  Tombstones that nobody needs any more.
 *
 * A tombstone keeps a late update from bringing its row back, so it must outlive the longest
 * replay of the source: what is older than it and comes after the purge is a new row.
 */
#ifndef ELT_MERGE_PURGE_H
#define ELT_MERGE_PURGE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "datatype/timestamp.h"

/* What a pipeline's target loses: the tombstones that were loaded before. */
extern TimestampTz PurgeCutoff(const Pipeline *p);
/* How many those are; unless dry_run they are deleted. */
extern int64 PurgeTombstones(const Pipeline *p, TimestampTz before, bool dry_run);

#endif
