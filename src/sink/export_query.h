/*
 * export_query.h
 *	  Run the query of an export with the rights of the current user, row by row.
 */
#ifndef ELT_SINK_EXPORT_QUERY_H
#define ELT_SINK_EXPORT_QUERY_H

#include "postgres.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"

typedef struct RowConsumer
{
	/* Called once, before rows come. */
	void		(*begin) (struct RowConsumer *consumer, TupleDesc desc);
	void		(*row) (struct RowConsumer *consumer, const Datum *values, const bool *nulls);
} RowConsumer;

/*
 * Rows with equal values in the columns sort_by (char *) come one after the other, and otherwise as
 * the query orders them.
 */
extern void ExportQueryRun(const char *query, List *sort_by, RowConsumer *consumer);

/* The query for what is a relation's name or a query. */
extern char *ExportQueryOf(const char *text);

#endif
