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
#include "catalog/request_log_table.h"
#include "source/request_log.h"

/*
 * A run ends soon, whatever has piled up, and forgets more than it has added: so the log does not
 * grow without the maintenance job.
 */
#define PRUNED_AT_LEAST 5000
#define PRUNED_PER_ADDED 2

static void
Store(void *arg)
{
	Execution  *e = arg;
	RequestLog *log = PullRequestLog(e->pull);
	const char *rows = RequestLogRows(log);

	if (rows == NULL)
		return;
	e->requests_logged += RequestLogInsert(e->pipeline, e->run->id, rows);
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
	(void) RequestLogPrune(PRUNED_AT_LEAST + PRUNED_PER_ADDED * e->requests_logged);
}
