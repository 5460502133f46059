/*
 * infer_window.h
 *	  Times in a query that a pipeline should fill in.
 */
#ifndef ELT_INFER_INFER_WINDOW_H
#define ELT_INFER_INFER_WINDOW_H

#include "postgres.h"
#include "infer/layout.h"

typedef struct InferredWindow
{
	List	   *options;		/* char *, of the foreign table; NIL: there is none */
	char	   *start;			/* of the sample, for start_at; NULL */
	bool		is_cursor;		/* the query has one bound, and the column is a cursor */
	char	   *reason;
	char	   *doubt;
} InferredWindow;

/* Values in the query (QueryPart *) become placeholders. */
extern InferredWindow InferWindow(const InferredTable *table, List *query);

#endif
