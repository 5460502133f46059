/*
 * retention.h
 *	  Apply the chain of retention to the partitions of a table.
 */
#ifndef ELT_PARTITION_RETENTION_H
#define ELT_PARTITION_RETENTION_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "partition/part_work.h"
#include "partition/policy.h"

/* Wait for the turn of the transaction to change a table's partitions; one session has it at a time. */
extern void RetentionTakeTurn(const Policy *policy);
/* What is due (PartWork *), the oldest first; never of the newest partition. */
extern List *RetentionDue(const Policy *policy);
/* Record that an action begins, that its next step is done; true when that was the last one. */
extern void RetentionBegin(PartWork *work);
extern bool RetentionStepDone(PartWork *work, const PartStep *step);
/* All steps of an action in the caller's transaction. */
extern void RetentionDo(PartWork *work);

/*
 * By the job: each step of each partition in a transaction of its own, and what PostgreSQL
 * allows at the top level alone there, if the job is; or rows, where there are no partitions. Adds
 * what it has done with to *partitions and *rows. Returns the first error, or NULL: one
 * partition's does not keep the next one from going on, unless the table is locked.
 */
extern ErrorData *RetentionRun(Oid relation, bool top_level, int64 *partitions, int64 *rows);
extern void RetentionInit(void);

/* elt.detach_timeout, milliseconds */
extern int	detach_timeout;

#endif
