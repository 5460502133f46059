/*
 * overdue.c
 *	  Find and terminate workers that have outlived max_runtime.
 */
#include "base/compat.h"
#include "catalog/overdue.h"

#include <signal.h>

#include "base/process.h"
#include "base/sql.h"

/* A worker executes one run, and begins when it is started. */
#define OVERDUE_AT \
	"(r.backend_start + p.max_runtime + least(p.max_runtime, interval '30 seconds'))"
#define EXECUTING \
	" from elt_catalog.run r join elt_catalog.pipeline p on p.id = r.pipeline_id" \
	" where r.state = 'running' and r.origin <> 'call' and p.max_runtime is not null"

static void
Terminate(int pid, int64 run_id, const char *pipeline)
{
	static int64 warned_of = 0;

	if (run_id != warned_of)
		ereport(WARNING,
				(errmsg("run %lld of pipeline \"%s\" has not ended at max_runtime: terminating its "
						"worker", (long long) run_id, pipeline),
				 errhint("SQL of the pipeline, such as on_landed, may catch the cancellation.")));
	warned_of = run_id;
	(void) kill(pid, SIGTERM);
}

void
OverdueTerminate(void)
{
	Sql			q;

	SqlBeginKept(&q,
				 "select r.id, r.pid, r.backend_start, p.name" EXECUTING
				 " and " OVERDUE_AT " <= clock_timestamp()");
	SqlRun(&q, AsCatalog());
	for (uint64 i = 0; i < q.processed; i++)
	{
		int			pid = SqlInt4(&q, i, 2, NULL);

		if (ProcessIsAlive(pid, SqlTime(&q, i, 3, NULL)))
			Terminate(pid, SqlInt8(&q, i, 1, NULL), SqlText(&q, i, 4));
	}
	SqlDone(&q);
}

bool
OverdueNext(TimestampTz *when)
{
	Sql			q;
	bool		isnull;

	SqlBeginKept(&q,
				 "select min(greatest(" OVERDUE_AT ", clock_timestamp() + interval '1 second'))"
				 EXECUTING);
	SqlRun(&q, AsCatalog());
	*when = SqlTime(&q, 0, 1, &isnull);
	SqlDone(&q);
	return !isnull;
}
