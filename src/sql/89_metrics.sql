-- Metrics in the words of OpenMetrics. The views below have a row for each thing that is measured: its
-- labels, then its values; src/ops/metric_table.c says which metric each column is.

CREATE FUNCTION elt_catalog.tally_run()
RETURNS trigger
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_tally_run';
COMMENT ON FUNCTION elt_catalog.tally_run IS 'count a run that ends, or what is added to one that has ended';

CREATE TRIGGER tally_run AFTER UPDATE ON elt_catalog.run FOR EACH ROW
	WHEN (NEW.state NOT IN ('queued', 'running') AND (OLD.state, OLD.requests, OLD.bytes, OLD.rows_read, OLD.rows_removed)
		IS DISTINCT FROM (NEW.state, NEW.requests, NEW.bytes, NEW.rows_read, NEW.rows_removed))
	EXECUTE FUNCTION elt_catalog.tally_run();
COMMENT ON TRIGGER tally_run ON elt_catalog.run IS 'count a run that ends';

CREATE FUNCTION elt_catalog.budgets(
	OUT server oid,
	OUT in_flight int,
	OUT rate_left double precision,
	OUT reported_left bigint,
	OUT paused_seconds double precision,
	OUT quota_since timestamptz,
	OUT quota_spent bigint)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_budgets';
COMMENT ON FUNCTION elt_catalog.budgets IS 'requests in flight and what is left of the budget of each server of this database in use';

CREATE FUNCTION elt_catalog.processes(OUT scheduler boolean, OUT workers int, OUT max_workers int)
RETURNS record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_processes';
COMMENT ON FUNCTION elt_catalog.processes IS 'whether this database has a scheduler, and workers in use and allowed in all databases';

-- The counts of runs in progress are those of the run until it ends. Sums of integers as float8 are exact.
CREATE VIEW elt_catalog.pipeline_metrics AS
WITH tally AS (
	SELECT pipeline_id, succeeded, partial, failed, cancelled, abandoned, skipped, retries, requests, bytes,
		rows_inserted, rows_updated, rows_unchanged, rows_deleted, rows_stale, rows_duplicate, rows_quarantined,
		rows_dropped, rows_refused, rows_removed, ran_count, ran_us, ran_1, ran_2, ran_3, ran_4, ran_5, ran_6,
		last_success_at
	FROM elt_catalog.run_tally
	UNION ALL
	SELECT r.pipeline_id, 0, 0, 0, 0, 0, 0, 0, r.requests, r.bytes,
		r.rows_inserted, r.rows_updated, r.rows_unchanged, r.rows_deleted, r.rows_stale, r.rows_duplicate, r.rows_quarantined,
		r.rows_dropped, r.rows_refused, r.rows_removed, 0, 0, 0, 0, 0, 0, 0, 0, NULL
	FROM elt_catalog.run r WHERE r.state IN ('queued', 'running')
	UNION ALL
	SELECT t.pipeline_id, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		t.rows_inserted, t.rows_updated, t.rows_unchanged, t.rows_deleted, t.rows_stale, t.rows_duplicate, t.rows_quarantined,
		t.rows_dropped, t.rows_refused, t.rows_removed, 0, 0, 0, 0, 0, 0, 0, 0, NULL
	FROM elt_catalog.run r JOIN elt_catalog.run_target t ON t.run_id = r.id WHERE r.state IN ('queued', 'running')
), total AS (
	SELECT pipeline_id, sum(succeeded::float8) AS succeeded, sum(partial::float8) AS partial, sum(failed::float8) AS failed,
		sum(cancelled::float8) AS cancelled, sum(abandoned::float8) AS abandoned, sum(skipped::float8) AS skipped,
		sum(retries::float8) AS retries, sum(requests::float8) AS requests, sum(bytes::float8) AS bytes,
		sum(rows_inserted::float8) AS rows_inserted, sum(rows_updated::float8) AS rows_updated,
		sum(rows_unchanged::float8) AS rows_unchanged, sum(rows_deleted::float8) AS rows_deleted,
		sum(rows_stale::float8) AS rows_stale, sum(rows_duplicate::float8) AS rows_duplicate,
		sum(rows_quarantined::float8) AS rows_quarantined, sum(rows_dropped::float8) AS rows_dropped,
		sum(rows_refused::float8) AS rows_refused, sum(rows_removed::float8) AS rows_removed,
		sum(ran_count::float8) AS ran_count, sum(ran_us::float8) AS ran_us, sum(ran_1::float8) AS ran_1,
		sum(ran_2::float8) AS ran_2, sum(ran_3::float8) AS ran_3, sum(ran_4::float8) AS ran_4, sum(ran_5::float8) AS ran_5,
		sum(ran_6::float8) AS ran_6, max(last_success_at) AS last_success_at
	FROM tally GROUP BY pipeline_id
), loaded AS (
	SELECT pipeline_id, min(window_end) AS loaded_until FROM elt_catalog.cursor WHERE isfinite(window_end) GROUP BY pipeline_id
)
SELECT p.name AS pipeline,
	CASE WHEN root THEN coalesce(t.succeeded, 0) END AS succeeded, CASE WHEN root THEN coalesce(t.failed, 0) END AS failed,
	nullif(t.partial, 0) AS partial, nullif(t.cancelled, 0) AS cancelled, nullif(t.abandoned, 0) AS abandoned,
	nullif(t.skipped, 0) AS skipped,
	CASE WHEN root THEN coalesce(t.retries, 0) END AS retries, CASE WHEN root THEN coalesce(t.requests, 0) END AS requests,
	CASE WHEN root THEN coalesce(t.bytes, 0) END AS bytes,
	coalesce(t.rows_inserted, 0) AS rows_inserted, coalesce(t.rows_quarantined, 0) AS rows_quarantined,
	nullif(t.rows_updated, 0) AS rows_updated, nullif(t.rows_unchanged, 0) AS rows_unchanged, nullif(t.rows_deleted, 0) AS rows_deleted,
	nullif(t.rows_stale, 0) AS rows_stale, nullif(t.rows_duplicate, 0) AS rows_duplicate, nullif(t.rows_dropped, 0) AS rows_dropped,
	nullif(t.rows_refused, 0) AS rows_refused, nullif(t.rows_removed, 0) AS rows_removed,
	CASE WHEN root THEN coalesce(t.ran_count, 0) END AS ran_count, coalesce(t.ran_us, 0) AS ran_us, coalesce(t.ran_1, 0) AS ran_1,
	coalesce(t.ran_2, 0) AS ran_2, coalesce(t.ran_3, 0) AS ran_3, coalesce(t.ran_4, 0) AS ran_4, coalesce(t.ran_5, 0) AS ran_5,
	coalesce(t.ran_6, 0) AS ran_6,
	CASE WHEN root THEN coalesce(f.failures, 0) END AS failures,
	date_part('epoch', t.last_success_at) AS last_success,
	date_part('epoch', coalesce(t.last_success_at, p.created_at) + p.max_staleness) AS success_due,
	date_part('epoch', l.loaded_until) AS loaded_until,
	CASE WHEN root THEN (p.paused OR EXISTS (SELECT FROM elt_catalog.home h WHERE h.paused_at IS NOT NULL))::int END AS paused,
	CASE WHEN root THEN coalesce(f.suspended_until > clock_timestamp(), false)::int END AS suspended
FROM (SELECT id, name, paused, created_at, max_staleness, parent_id IS NULL AS root FROM elt_catalog.pipeline) p
LEFT JOIN total t ON t.pipeline_id = p.id
LEFT JOIN elt_catalog.failure f ON f.pipeline_id = p.id
LEFT JOIN loaded l ON l.pipeline_id = p.id;
COMMENT ON VIEW elt_catalog.pipeline_metrics IS 'measures of each pipeline';

CREATE VIEW elt_catalog.queue_metrics AS
SELECT date_part('epoch', elt_catalog.ticked_at()) AS ticked,
	EXISTS (SELECT FROM elt_catalog.home WHERE paused_at IS NOT NULL)::int AS paused,
	s.scheduler::int AS scheduler, s.workers, s.max_workers,
	o.queued, o.running,
	CASE WHEN NOT EXISTS (SELECT FROM elt_catalog.home WHERE paused_at IS NOT NULL) THEN date_part('epoch', o.oldest) END AS oldest,
	(SELECT count(*) FROM elt_catalog.slot WHERE state = 'waiting') AS slots_waiting,
	w.waited_count, w.waited_us, w.waited_1, w.waited_2, w.waited_3, w.waited_4, w.waited_5
FROM elt_catalog.processes() s,
	(SELECT count(*) FILTER (WHERE r.state = 'queued') AS queued, count(*) FILTER (WHERE r.state = 'running') AS running,
		min(greatest(r.not_before, r.enqueued_at)) FILTER (WHERE r.state = 'queued' AND NOT p.paused
			AND coalesce(greatest(r.not_before, f.suspended_until), r.enqueued_at) <= clock_timestamp()) AS oldest
		FROM elt_catalog.run r JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id
		LEFT JOIN elt_catalog.failure f ON f.pipeline_id = p.id WHERE r.state IN ('queued', 'running')) o,
	(SELECT coalesce(sum(waited_count), 0) AS waited_count, coalesce(sum(waited_us), 0) AS waited_us, coalesce(sum(waited_1), 0) AS waited_1,
		coalesce(sum(waited_2), 0) AS waited_2, coalesce(sum(waited_3), 0) AS waited_3, coalesce(sum(waited_4), 0) AS waited_4,
		coalesce(sum(waited_5), 0) AS waited_5
		FROM elt_catalog.run_tally) w;
COMMENT ON VIEW elt_catalog.queue_metrics IS 'measures of the scheduler and its queue';

CREATE VIEW elt_catalog.pool_metrics AS
SELECT pool, max_runs, running, queued FROM elt.pools;
COMMENT ON VIEW elt_catalog.pool_metrics IS 'measures of each pool';

CREATE VIEW elt_catalog.request_metrics AS
SELECT server AS foreign_server, verdict, sum(took_count) AS requests FROM elt_catalog.request_tally GROUP BY server, verdict;
COMMENT ON VIEW elt_catalog.request_metrics IS 'measures of the requests to each server, by verdict';

CREATE VIEW elt_catalog.server_metrics AS
SELECT s.srvname AS foreign_server, t.bytes, t.took_count, coalesce(t.took_us, 0) AS took_us, coalesce(t.took_1, 0) AS took_1,
	coalesce(t.took_2, 0) AS took_2, coalesce(t.took_3, 0) AS took_3, coalesce(t.took_4, 0) AS took_4, coalesce(t.took_5, 0) AS took_5,
	coalesce(t.took_6, 0) AS took_6, coalesce(t.took_7, 0) AS took_7,
	b.in_flight, b.rate_left, b.reported_left, b.paused_seconds,
	o.quota, greatest(o.quota - greatest(CASE WHEN b.quota_since >= o.since THEN b.quota_spent END, q.spent, 0), 0) AS quota_left
FROM pg_foreign_server s
JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw AND w.fdwname = 'elt_http'
LEFT JOIN (SELECT server, sum(bytes) AS bytes, sum(took_count) AS took_count, sum(took_us) AS took_us, sum(took_1) AS took_1,
		sum(took_2) AS took_2, sum(took_3) AS took_3, sum(took_4) AS took_4, sum(took_5) AS took_5, sum(took_6) AS took_6,
		sum(took_7) AS took_7
	FROM elt_catalog.request_tally GROUP BY server) t ON t.server = s.srvname
LEFT JOIN LATERAL (SELECT split_part(v.quota, '/', 1)::float8 AS quota,
		date_trunc(CASE split_part(v.quota, '/', 2) WHEN 'h' THEN 'hour' WHEN 'd' THEN 'day' ELSE 'month' END, clock_timestamp(),
			coalesce(v.zone, 'UTC')) AS since
	FROM (SELECT max(x.option_value) FILTER (WHERE x.option_name = 'quota') AS quota,
			max(x.option_value) FILTER (WHERE x.option_name = 'quota_time_zone') AS zone
		FROM pg_options_to_table(s.srvoptions) x) v) o ON true
LEFT JOIN elt_catalog.budgets() b ON b.server = s.oid
LEFT JOIN elt_catalog.quota q ON q.server = s.srvname AND q.period_start >= o.since
WHERE t.server IS NOT NULL OR b.server IS NOT NULL OR o.quota IS NOT NULL;
COMMENT ON VIEW elt_catalog.server_metrics IS 'measures of each server that is or was sent requests, or has a quota';

CREATE VIEW elt_catalog.partition_metrics AS
SELECT y.relation::text AS relation, coalesce(l.ahead, 0) AS ahead
FROM elt_catalog.policy y
LEFT JOIN (SELECT relation, count(*) AS ahead FROM elt_catalog.partition
	WHERE state = 'attached' AND lower_bound > statement_timestamp() GROUP BY relation) l ON l.relation = y.relation
WHERE y.partition_premake > 0 AND y.partition_interval IS NOT NULL;
COMMENT ON VIEW elt_catalog.partition_metrics IS 'measures of each partitioned table';

CREATE VIEW elt_catalog.health_metrics AS
SELECT h.severity, h.subject, count(*) AS rows FROM elt.health h GROUP BY h.severity, h.subject;
COMMENT ON VIEW elt_catalog.health_metrics IS 'number of rows of elt.health by subject';

CREATE FUNCTION elt_catalog.metrics(
	OUT name text,
	OUT type text,
	OUT help text,
	OUT labels jsonb,
	OUT value double precision)
RETURNS SETOF record
LANGUAGE C VOLATILE ROWS 10000
AS 'MODULE_PATHNAME', 'elt_metrics';
COMMENT ON FUNCTION elt_catalog.metrics IS 'metrics of this database';
GRANT EXECUTE ON FUNCTION elt_catalog.metrics TO elt_admin, elt_operator, elt_reader;

CREATE VIEW elt.metrics AS
SELECT m.name, m.type, m.help, m.labels, m.value FROM elt_catalog.metrics() m;
COMMENT ON VIEW elt.metrics IS 'metrics of this database for a monitoring system, in the words of OpenMetrics';
COMMENT ON COLUMN elt.metrics.name IS 'name of the sample; of a histogram with _bucket, _count and _sum';
COMMENT ON COLUMN elt.metrics.type IS 'gauge, counter or histogram';
COMMENT ON COLUMN elt.metrics.help IS 'what is measured';
COMMENT ON COLUMN elt.metrics.labels IS 'labels as a JSON object of strings';
COMMENT ON COLUMN elt.metrics.value IS 'the value; times are seconds, and points in time seconds since 1970';

CREATE FUNCTION elt.metrics_text()
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_metrics_text';
COMMENT ON FUNCTION elt.metrics_text IS 'return elt.metrics as text of OpenMetrics';
