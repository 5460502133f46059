/*
 * table_sum.h
 *	  Number and hash of the rows of a query, to compare them with others.
 */
#ifndef ELT_SINK_TABLE_SUM_H
#define ELT_SINK_TABLE_SUM_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "sink/row_hash.h"

/* Of all rows that the current user sees. desc: set to their columns, or NULL. */
extern RowSum QuerySum(const char *query, TupleDesc *desc);

#endif
