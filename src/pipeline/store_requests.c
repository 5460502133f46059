/*
 * store_requests.c
 *	  The requests of a run on their way into elt.request_log.
 *
 * They go along with the transaction at hand, many at a time: they cost no commit of their own,
 * and what becomes of the slice or the batch is nothing to them.
 */
#include "base/compat.h"
#include "pipeline/execution.h"

#include "base/attempt.h"
#include "catalog/request_log.h"
#include "source/request_log.h"

/* A run ends soon, whatever has piled up; the maintenance job forgets the rest. */
#define PRUNED_AT_ONCE 5000

static void
Store(void *arg)
{
	Execution  *e = arg;
	RequestLog *log = PullRequestLog(e->pull);
	const char *rows = RequestLogRows(log);

	if (rows == NULL)
		return;
	RequestLogInsert(e->pipeline, e->run->id, rows);
	RequestLogEmpty(log);
}

ErrorData *
StoreRequests(Execution *e)
{
	return RequestLogIsDue(PullRequestLog(e->pull)) ? Attempt(Store, e) : NULL;
}

void
StoreLastRequests(Execution *e)
{
	if (e->pull != NULL)
		Store(e);
	(void) RequestLogPrune(PRUNED_AT_ONCE);
}
