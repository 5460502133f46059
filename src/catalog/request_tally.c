/*
 * request_tally.c
 *	  Count the requests of a run by server and verdict.
 */
#include "base/compat.h"
#include "catalog/request_tally.h"

#include "base/sql.h"
#include "utils/timestamp.h"

/* In seconds: what took_1 and following of elt_catalog.request_tally count. */
static const double bounds[REQUEST_BOUNDS] = {0.1, 0.25, 0.5, 1, 2.5, 10, 30};

void
RequestCountAdd(RequestCount *count, int64 bytes, int64 microseconds)
{
	count->bytes += bytes;
	count->count++;
	count->microseconds += Max(microseconds, 0);
	for (int i = 0; i < REQUEST_BOUNDS; i++)
		if (microseconds <= bounds[i] * USECS_PER_SEC)
			count->within[i]++;
}

void
RequestTallyAdd(const char *server, List *counts)
{
	ListCell   *lc;

	foreach(lc, counts)
	{
		const RequestCount *count = lfirst(lc);
		Sql			q;

		SqlBeginKept(&q,
					 "insert into elt_catalog.request_tally"
					 " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
		SqlAddName(&q, server);
		SqlAddText(&q, count->verdict);
		SqlAddInt8(&q, count->bytes);
		SqlAddInt8(&q, count->count);
		SqlAddInt8(&q, count->microseconds);
		for (int i = 0; i < REQUEST_BOUNDS; i++)
			SqlAddInt8(&q, count->within[i]);
		SqlDo(&q, AsCatalog());
	}
}
