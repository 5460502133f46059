/*
 * rewrite.h
 *	  Rewrite a table sorted and dense while others use it.
 */
#ifndef ELT_PARTITION_REWRITE_H
#define ELT_PARTITION_REWRITE_H

#include "postgres.h"
#include "nodes/pg_list.h"

typedef struct Rewrite
{
	Oid			relid;
	List	   *columns;		/* char *, by which the rows are sorted */
	List	   *dropped;		/* indexes (Oid) that go */
	char	   *brin;			/* name of the index that comes in their place, or NULL */
	List	   *brin_columns;	/* char * */
	int			lock_timeout_ms;
	int64		rows;			/* filled in */
} Rewrite;

/*
 * The table stays the same object, with everything that belongs to it: its rows and its other indexes
 * come into new files. Raises an error when anything is in the way, or when a row was written meanwhile.
 */
extern void RewriteTable(Rewrite *r);

#endif
