/*
 * row_order.h
 *	  The order in which the rows of a partition that is rewritten come.
 */
#ifndef ELT_PARTITION_ROW_ORDER_H
#define ELT_PARTITION_ROW_ORDER_H

#include "postgres.h"
#include "nodes/pg_list.h"

/* Of a sample. */
#define SAMPLE_PAGES 256

typedef struct RowOrder
{
	const char *name;			/* "time": the partition column first; "key": last */
	List	   *columns;		/* char * */
	int64		sample_bytes;	/* of the sample in this order, compressed; -1: not measured */
} RowOrder;

/*
 * The order by this name; NULL: the one in which a sample of the partition compresses better, where
 * time is preferred unless key saves a tenth, because a BRIN index finds ranges of time only then.
 */
extern RowOrder *RowOrderOf(Oid part, const char *column, const char *name);
/* "FROM table AS elt_sample WHERE ...": rows of a partition that lie together. */
extern char *SampleClause(Oid part);
/*
 * Columns (char *) of the key of a table other than this one: of a unique index, or else of the widest
 * one.
 */
extern List *OtherKeyColumns(Oid relid, const char *column);
/* Error unless it is the name of one; NULL is. */
extern void RowOrderCheckName(const char *name);

#endif
