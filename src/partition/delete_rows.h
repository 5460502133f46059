/*
 * delete_rows.h
 *	  Retention of tables without partitions: expired rows are deleted, some at a time.
 */
#ifndef ELT_PARTITION_DELETE_ROWS_H
#define ELT_PARTITION_DELETE_ROWS_H

#include "postgres.h"
#include "partition/policy.h"

/*
 * Delete up to so many expired rows that nobody holds and all pipelines have read; with dry_run only
 * count them. Returns how many.
 */
extern int64 DeleteExpiredRows(const Policy *policy, int at_most, bool dry_run);
/* The statement of one batch by the job, or NULL. */
extern char *DeleteBatchStatement(const Policy *policy);
/*
 * By the job: batch after batch, each in a transaction, with pauses. Ends when nothing is left, or
 * when a standby lags behind or vacuum has not come along, until the next maintenance. Adds to
 * *done. Returns the error, or NULL.
 */
extern ErrorData *DeleteInBatches(Oid relation, int64 *done);

#endif
