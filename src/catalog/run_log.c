/*
 * run_log.c
 *	  A line of JSON in the server log for the start and the end of each run.
 */
#include "base/compat.h"
#include "catalog/run_log.h"

#include "base/attempt.h"
#include "base/sql.h"
#include "utils/guc.h"

typedef enum LogFormat
{
	LOG_AS_TEXT,
	LOG_AS_JSON
} LogFormat;

static const struct config_enum_entry formats[] = {
	{"text", LOG_AS_TEXT, false},
	{"json", LOG_AS_JSON, false},
	{NULL, 0, false}
};

static int	format = LOG_AS_TEXT;

void
RunLogInit(void)
{
	DefineCustomEnumVariable("elt.log_format",
							 "Sets how runs are reported in the server log: as text, if a worker's run "
							 "fails, or as a line of JSON at the start and at the end of each run.",
							 NULL, &format, LOG_AS_TEXT, formats, PGC_SUSET, 0, NULL, NULL, NULL);
}

bool
RunLogIsJson(void)
{
	return format == LOG_AS_JSON;
}

static void
Write(void *arg)
{
	Sql			q;
	char	   *line;

	SqlBegin(&q,
			 "select json_strip_nulls(json_build_object('event', case r.state"
			 " when 'running' then 'run_started' when 'queued' then 'run_postponed'"
			 " else 'run_ended' end, 'run_id', r.id, 'pipeline', p.name,"
			 " 'kind', r.kind, 'origin', r.origin, 'attempt', r.attempt, 'retry_of', r.retry_of,"
			 " 'slot', r.slot, 'state', r.state,"
			 " 'seconds', round(date_part('epoch', r.finished_at - r.started_at)::numeric, 3),"
			 " 'batches', r.batches, 'slices_landed', r.slices_landed,"
			 " 'slices_unchanged', r.slices_unchanged,"
			 " 'slices_not_yet', r.slices_not_yet, 'slices_failed', r.slices_failed,"
			 " 'requests', r.requests, 'bytes', r.bytes, 'rows_read', r.rows_read,"
			 " 'rows_inserted', r.rows_inserted, 'rows_updated', r.rows_updated,"
			 " 'rows_unchanged', r.rows_unchanged, 'rows_deleted', r.rows_deleted,"
			 " 'rows_quarantined', r.rows_quarantined, 'rows_dropped', r.rows_dropped,"
			 " 'rows_removed', r.rows_removed, 'sqlstate', r.sqlstate, 'error', r.error))"
			 " from elt_catalog.run r join elt_catalog.pipeline p on p.id = r.pipeline_id"
			 " where r.id = $1");
	SqlAddInt8(&q, *(const int64 *) arg);
	line = SqlDoText(&q, AsCatalog());
	if (line != NULL)
		ereport(LOG, (errmsg_internal("%s", line)));
}

/* What is only told must not keep a run from going on. */
void
RunLog(int64 run_id)
{
	if (RunLogIsJson())
		(void) Attempt(Write, &run_id);
}
