/*
 * view_reader.h
 *	  Pipelines that read a table through views.
 */
#ifndef ELT_PARTITION_VIEW_READER_H
#define ELT_PARTITION_VIEW_READER_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "partition/parts.h"
#include "partition/policy.h"

/*
 * A pipeline that has not read all that a view shows of a partition, or NULL. Where no column of the
 * view is the partition column, of the whole table.
 */
extern char *ViewReaderOf(const Policy *policy, const Part *part);
/*
 * Conditions (char *) for what all such pipelines have read of a table without partitions: by the
 * cursor's column in the table, or false.
 */
extern List *ReadThroughViews(Oid relation);

#endif
