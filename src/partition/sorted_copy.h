/*
 * sorted_copy.h
 *	  Copy the rows of a table in an order, and tell whether the copy has them.
 */
#ifndef ELT_PARTITION_SORTED_COPY_H
#define ELT_PARTITION_SORTED_COPY_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "sink/row_hash.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

/*
 * Copy the rows that the snapshot sees, sorted by columns (char *), into a new table of the same shape,
 * where everybody sees them at once. Returns their sum.
 */
extern RowSum CopySorted(Relation from, Relation to, Snapshot snapshot, List *columns);
/* The sum of the rows of a table. */
extern RowSum SumOfRows(Relation table, Snapshot snapshot);

#endif
