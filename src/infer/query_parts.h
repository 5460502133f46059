/*
 * query_parts.h
 *	  The parameters of a query string, as they are written.
 */
#ifndef ELT_INFER_QUERY_PARTS_H
#define ELT_INFER_QUERY_PARTS_H

#include "postgres.h"
#include "nodes/pg_list.h"

typedef struct QueryPart
{
	char	   *name;
	char	   *value;			/* NULL: it has none */
} QueryPart;

extern List *QueryPartsRead(const char *query); /* of QueryPart * */
extern char *QueryPartsText(List *parts);
/* The first part with one of these names; NULL: there is none. */
extern QueryPart *QueryPartFind(List *parts, const char *const *names, int n);

#endif
