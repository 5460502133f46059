/*
 * store_requests.c
 *	  Write the requests of a run to elt.request_log.
 *
 * They are written in batches within the current transaction, so they cost no commit of their own.
 * The outcome of the slice or the batch does not matter.
 */
#include "base/compat.h"
#include "pipeline/execution.h"

#include "base/attempt.h"
#include "catalog/request_log_table.h"
#include "catalog/request_tally.h"
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
	RequestTallyAdd(e->source->server_name, RequestLogCounts(log));
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
