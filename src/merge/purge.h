/*
 * purge.h
 *	  Delete tombstones whose retention has expired.
 *
 * A tombstone keeps a late update from restoring its row, so it must be kept longer than the
 * longest replay of the source: an older row that arrives after the purge is inserted.
 */
#ifndef ELT_MERGE_PURGE_H
#define ELT_MERGE_PURGE_H

#include "postgres.h"
#include "catalog/pipeline.h"
#include "datatype/timestamp.h"
#include "merge/shape.h"

/* What a pipeline's target loses: the tombstones that were loaded before. */
extern TimestampTz PurgeCutoff(const Pipeline *p);
/* How many those are; unless dry_run they are deleted. */
extern int64 PurgeTombstones(const Pipeline *p, TimestampTz before, bool dry_run);

/* Where none are kept: the statement that deletes those of the batch, or NULL. */
extern char *PurgeStagedSql(const MergeShape *shape);
/* Run it. */
extern void PurgeStaged(const MergeShape *shape);

#endif
