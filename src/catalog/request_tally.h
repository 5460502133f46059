/*
 * request_tally.h
 *	  Totals of the requests to each server, which outlive the request log.
 */
#ifndef ELT_CATALOG_REQUEST_TALLY_H
#define ELT_CATALOG_REQUEST_TALLY_H

#include "postgres.h"
#include "nodes/pg_list.h"

#define REQUEST_BOUNDS 7

/* Requests with the same verdict. */
typedef struct RequestCount
{
	const char *verdict;		/* a constant */
	int64		bytes;
	int64		count;
	int64		microseconds;
	int64		within[REQUEST_BOUNDS]; /* those that took at most so long */
} RequestCount;

extern void RequestCountAdd(RequestCount *count, int64 bytes, int64 microseconds);

/* Add rows of RequestCount *; waits for nobody. */
extern void RequestTallyAdd(const char *server, List *counts);

#endif
