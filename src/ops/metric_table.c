/*
 * metric_table.c
 *	  The metrics of elt.metrics.
 *
 * Names are as OpenMetrics has them: base units, _total added to counters. What may grow with the
 * rows of a table is no label.
 */
#include "base/compat.h"
#include "ops/metric.h"

static const char *const states[] = {
	"succeeded", "partial", "failed", "cancelled", "abandoned", "skipped", NULL
};
static const char *const outcomes[] = {
	"inserted", "updated", "unchanged", "deleted", "stale", "duplicate", "quarantined", "dropped",
	"refused", "removed", NULL
};
static const char *const run_seconds[] = {
	"1.0", "10.0", "60.0", "300.0", "1800.0", "7200.0", NULL
};
static const char *const wait_seconds[] = {"1.0", "10.0", "60.0", "600.0", "3600.0", NULL};
static const char *const request_seconds[] = {
	"0.1", "0.25", "0.5", "1.0", "2.5", "10.0", "30.0", NULL
};

static const Metric pipeline_metrics[] = {
	{"elt_pipeline_runs", METRIC_COUNTER, "Runs that have ended, by state.", "", "state", states},
	{"elt_pipeline_retries", METRIC_COUNTER,
	"Runs that repeated one which had failed.", "retries"},
	{"elt_pipeline_requests", METRIC_COUNTER, "Requests made.", "requests"},
	{"elt_pipeline_received_bytes", METRIC_COUNTER, "Bytes received, decompressed.", "bytes"},
	{"elt_pipeline_rows", METRIC_COUNTER,
	"Rows, by what became of them.", "rows_", "outcome", outcomes},
	{"elt_pipeline_run_duration_seconds", METRIC_HISTOGRAM,
	"Time from the start of a run to its end.", "ran", "le", run_seconds},
	{"elt_pipeline_failures_in_a_row", METRIC_GAUGE,
	"Failed runs since the last success.", "failures"},
	{"elt_pipeline_paused", METRIC_GAUGE, "Whether the pipeline is paused.", "paused"},
	{"elt_pipeline_suspended", METRIC_GAUGE,
	"Whether the pipeline is suspended after failures.", "suspended"},
	{"elt_pipeline_last_success_timestamp_seconds", METRIC_GAUGE,
	"End of the last run that succeeded.", "last_success"},
	{"elt_pipeline_success_due_timestamp_seconds", METRIC_GAUGE,
	"When the last success becomes older than max_staleness.", "success_due"},
	{"elt_pipeline_loaded_until_timestamp_seconds", METRIC_GAUGE,
	"Time up to which all params have been loaded.", "loaded_until"},
};

static const Metric queue_metrics[] = {
	{"elt_tick_timestamp_seconds", METRIC_GAUGE, "When elt.tick was last called.", "ticked"},
	{"elt_paused", METRIC_GAUGE, "Whether elt.pause_all holds all pipelines.", "paused"},
	{"elt_scheduler_up", METRIC_GAUGE,
	"Whether the scheduler of this database runs.", "scheduler"},
	{"elt_workers_busy", METRIC_GAUGE, "Workers in use, in all databases.", "workers"},
	{"elt_workers_max", METRIC_GAUGE,
	"Workers that elt.max_workers allows, in all databases.", "max_workers"},
	{"elt_runs_queued", METRIC_GAUGE, "Runs that wait in the queue.", "queued"},
	{"elt_runs_running", METRIC_GAUGE, "Runs in progress.", "running"},
	{"elt_queue_oldest_timestamp_seconds", METRIC_GAUGE,
	"Since when the run that waits longest could have begun.", "oldest"},
	{"elt_slots_waiting", METRIC_GAUGE,
	"Times of schedules that wait for other pipelines.", "slots_waiting"},
	{"elt_queue_wait_seconds", METRIC_HISTOGRAM,
	"Time that runs waited in the queue after they were due.", "waited", "le", wait_seconds},
};

static const Metric pool_metrics[] = {
	{"elt_pool_runs_max", METRIC_GAUGE,
	"Runs of the pool that may be in progress at the same time.", "max_runs"},
	{"elt_pool_runs_running", METRIC_GAUGE, "Runs of the pool in progress.", "running"},
	{"elt_pool_runs_queued", METRIC_GAUGE, "Runs of the pool that wait.", "queued"},
};

static const Metric request_metrics[] = {
	{"elt_server_requests", METRIC_COUNTER, "Requests to the server, by verdict.", "requests"},
};

static const Metric server_metrics[] = {
	{"elt_server_received_bytes", METRIC_COUNTER,
	"Bytes received from the server, decompressed.", "bytes"},
	{"elt_server_request_duration_seconds", METRIC_HISTOGRAM,
	"Time from a request to the end of its response.", "took", "le", request_seconds},
	{"elt_server_requests_in_flight", METRIC_GAUGE,
	"Requests that wait for a response.", "in_flight"},
	{"elt_server_rate_left", METRIC_GAUGE,
	"Requests that rate_limit allows at once.", "rate_left"},
	{"elt_server_reported_left", METRIC_GAUGE,
	"Requests that the server has said are left.", "reported_left"},
	{"elt_server_pause_left_seconds", METRIC_GAUGE,
	"How long the server still wants no request.", "paused_seconds"},
	{"elt_server_quota", METRIC_GAUGE, "Requests that the quota allows in its period.", "quota"},
	{"elt_server_quota_left", METRIC_GAUGE,
	"Requests of the quota that are left in the current period.", "quota_left"},
};

static const Metric partition_metrics[] = {
	{"elt_partitions_ahead", METRIC_GAUGE, "Partitions that begin later than now.", "ahead"},
};

static const Metric health_metrics[] = {
	{"elt_health_rows", METRIC_GAUGE, "Rows of elt.health: what needs a person.", "rows"},
};

const MetricView MetricViews[] = {
	{"select * from elt_catalog.pipeline_metrics", 1, pipeline_metrics, lengthof(pipeline_metrics)},
	{"select * from elt_catalog.queue_metrics", 0, queue_metrics, lengthof(queue_metrics)},
	{"select * from elt_catalog.pool_metrics", 1, pool_metrics, lengthof(pool_metrics)},
	{"select * from elt_catalog.request_metrics", 2, request_metrics, lengthof(request_metrics)},
	{"select * from elt_catalog.server_metrics", 1, server_metrics, lengthof(server_metrics)},
	{"select * from elt_catalog.partition_metrics", 1, partition_metrics, lengthof(partition_metrics)},
	{"select * from elt_catalog.health_metrics", 2, health_metrics, lengthof(health_metrics)},
};

const int	MetricViewCount = lengthof(MetricViews);
