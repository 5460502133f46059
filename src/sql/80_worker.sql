-- Processes: the queue, waiting, progress.

CREATE FUNCTION elt.enqueue(pipeline text, window_from timestamptz DEFAULT NULL, window_to timestamptz DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_enqueue';
COMMENT ON FUNCTION elt.enqueue IS 'queue a run, which a background worker starts when this transaction commits; returns its ID, or that of the run already queued; null if the pipeline is paused';

CREATE FUNCTION elt.backfill(pipeline text, window_from timestamptz, window_to timestamptz)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_backfill';
COMMENT ON FUNCTION elt.backfill IS 'queue a run that requests all windows of a time range again, after the runs that are due; returns its ID';

CREATE FUNCTION elt.cancel(run_id bigint, queue_rest boolean DEFAULT false)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_cancel';
COMMENT ON FUNCTION elt.cancel IS 'cancel a queued or running run: complete slices land first, a second call ends it at once; with queue_rest a run that the queue has started is queued again; returns false if it has ended already';

CREATE PROCEDURE elt.wait(run_id bigint, timeout interval DEFAULT NULL)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_wait';
COMMENT ON PROCEDURE elt.wait IS 'wait until a run has ended, and raise its error if it failed: CALL elt.wait(elt.enqueue(''p'')); cannot be called in a transaction block';

CREATE FUNCTION elt_catalog.progress(
	OUT run_id bigint,
	OUT pipeline text,
	OUT kind text,
	OUT phase text,
	OUT pid int,
	OUT slices_done bigint,
	OUT slices_total bigint,
	OUT rows bigint,
	OUT bytes bigint,
	OUT requests bigint,
	OUT started_at timestamptz,
	OUT pages bigint)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_progress';
COMMENT ON FUNCTION elt_catalog.progress IS 'counters of the runs and the maintenance in progress in this database';
GRANT EXECUTE ON FUNCTION elt_catalog.progress TO elt_admin, elt_operator, elt_reader;

CREATE VIEW elt.progress AS
SELECT g.run_id, g.pipeline, g.kind, g.phase, g.pid, g.slices_done, g.slices_total,
	round(100.0 * g.slices_done / g.slices_total, 1) AS percent,
	g.rows, g.bytes, g.requests, g.pages, g.started_at,
	clock_timestamp() - g.started_at AS running_for,
	CASE WHEN g.slices_done > 0
		THEN (clock_timestamp() - g.started_at)
			* ((g.slices_total - g.slices_done)::float8 / g.slices_done)
		WHEN l.took > clock_timestamp() - g.started_at THEN l.took - (clock_timestamp() - g.started_at)
	END AS time_left,
	nullif(pg_blocking_pids(g.pid), '{}') AS waits_for,
	w.lock AS waits_for_lock
FROM elt_catalog.progress() g
LEFT JOIN elt_catalog.run r ON r.id = g.run_id
LEFT JOIN LATERAL (SELECT o.finished_at - o.started_at AS took FROM elt_catalog.run o
	WHERE o.pipeline_id = r.pipeline_id AND o.kind = r.kind AND o.state = 'succeeded' ORDER BY o.id DESC LIMIT 1) l ON true
LEFT JOIN LATERAL (
	SELECT CASE
		WHEN l.locktype = 'userlock' AND l.classid = 3 THEN format('landing in %s', l.objid::regclass)
		WHEN l.relation IS NOT NULL THEN format('%s on %s', l.mode, l.relation::regclass)
		ELSE format('%s on a %s', l.mode, l.locktype)
	END AS lock
	FROM pg_locks l WHERE l.pid = g.pid AND NOT l.granted LIMIT 1) w ON true
ORDER BY g.run_id;
COMMENT ON VIEW elt.progress IS 'runs and maintenance in progress, and what blocks them';
COMMENT ON COLUMN elt.progress.run_id IS 'ID of the run; null: maintenance';
COMMENT ON COLUMN elt.progress.pipeline IS 'name of the pipeline; null: maintenance';
COMMENT ON COLUMN elt.progress.kind IS 'kind of the run, as in elt.runs';
COMMENT ON COLUMN elt.progress.phase IS 'pull, prepare or land, or step of the maintenance';
COMMENT ON COLUMN elt.progress.pid IS 'process ID of the server process';
COMMENT ON COLUMN elt.progress.slices_done IS 'number of completed slices';
COMMENT ON COLUMN elt.progress.slices_total IS 'number of slices of the run';
COMMENT ON COLUMN elt.progress.percent IS 'share of completed slices, in percent';
COMMENT ON COLUMN elt.progress.rows IS 'number of rows read so far';
COMMENT ON COLUMN elt.progress.bytes IS 'bytes received so far, decompressed';
COMMENT ON COLUMN elt.progress.requests IS 'number of requests so far';
COMMENT ON COLUMN elt.progress.pages IS 'number of pages received so far; 0: the source has none';
COMMENT ON COLUMN elt.progress.started_at IS 'when it started';
COMMENT ON COLUMN elt.progress.running_for IS 'time since its start';
COMMENT ON COLUMN elt.progress.time_left IS 'estimated from the time of the completed slices; before the first one, from that of the last run of its kind';
COMMENT ON COLUMN elt.progress.waits_for IS 'process IDs that block it; null: none';
COMMENT ON COLUMN elt.progress.waits_for_lock IS 'lock that it waits for';

CREATE VIEW elt.queue AS
SELECT r.id AS run_id, p.name AS pipeline, r.kind, r.origin, r.attempt, r.retry_of,
	r.enqueued_at, r.not_before, r.window_from, r.window_to,
	w.waits_for,
	CASE w.waits_for
		WHEN 'resume' THEN CASE WHEN p.paused THEN 'the pipeline is paused' ELSE 'all pipelines are paused' END
		WHEN 'time' THEN format('it starts at %s', r.not_before)
		WHEN 'run' THEN format('run %s of the same pipeline', o.id)
		WHEN 'suspension' THEN format('%s runs failed in a row: the next one is tried at %s', f.failures, f.suspended_until)
		WHEN 'pool' THEN format('another run in pool "%s"', p.pool)
		ELSE 'a free worker'
	END AS detail
FROM elt_catalog.run r
JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id
CROSS JOIN (SELECT max(o.paused_at) AS paused_at FROM elt_catalog.home o) h
LEFT JOIN elt_catalog.failure f ON f.pipeline_id = p.id
LEFT JOIN elt_catalog.pool l ON l.name = p.pool
LEFT JOIN LATERAL (SELECT n.id FROM elt_catalog.run n
	WHERE n.pipeline_id = r.pipeline_id AND n.state = 'running' ORDER BY n.id LIMIT 1) o ON true
CROSS JOIN LATERAL (SELECT CASE
	WHEN p.paused OR h.paused_at IS NOT NULL THEN 'resume'
	WHEN r.not_before > clock_timestamp() AND r.postponed_at <= clock_timestamp() THEN 'time'
	WHEN o.id IS NOT NULL THEN 'run'
	WHEN r.origin NOT IN ('call', 'queue') AND f.suspended_until > clock_timestamp() THEN 'suspension'
	WHEN l.max_runs <= (SELECT count(*) FROM elt_catalog.run n
		JOIN elt_catalog.pipeline q ON q.id = n.pipeline_id
		WHERE n.state = 'running' AND q.pool = p.pool) THEN 'pool'
	ELSE 'worker'
END AS waits_for) w
WHERE r.state = 'queued'
ORDER BY r.kind = 'backfill', p.priority DESC, coalesce(r.not_before, r.enqueued_at), r.id;
COMMENT ON VIEW elt.queue IS 'queued runs in the order of their start, and what each waits for';
COMMENT ON COLUMN elt.queue.run_id IS 'queued run';
COMMENT ON COLUMN elt.queue.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.queue.kind IS 'kind of the run, as in elt.runs';
COMMENT ON COLUMN elt.queue.origin IS 'call, queue, schedule, after, change or retry';
COMMENT ON COLUMN elt.queue.attempt IS 'number of the attempt, from 1';
COMMENT ON COLUMN elt.queue.retry_of IS 'run that it replaces; null: none';
COMMENT ON COLUMN elt.queue.enqueued_at IS 'when it was queued';
COMMENT ON COLUMN elt.queue.not_before IS 'earliest start; null: at once';
COMMENT ON COLUMN elt.queue.window_from IS 'start of the requested time range; null: all that is due';
COMMENT ON COLUMN elt.queue.window_to IS 'end of the requested time range, exclusive';
COMMENT ON COLUMN elt.queue.waits_for IS 'resume: its pipeline is paused; time: it is delayed; run: another run of its pipeline; suspension: its last runs failed; pool: another run in its pool; worker: a free worker';
COMMENT ON COLUMN elt.queue.detail IS 'the same in words';

CREATE PROCEDURE elt_catalog.execute_run(run_id bigint)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_execute_run';
COMMENT ON PROCEDURE elt_catalog.execute_run IS 'execute one queued run; called by background workers';

CREATE PROCEDURE elt_catalog.look_for_files()
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_look_for_files';
COMMENT ON PROCEDURE elt_catalog.look_for_files IS 'queue the runs of pipelines with a continuous schedule for which files have arrived; called by a background worker';

CREATE PROCEDURE elt_catalog.maintain()
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_maintain';
COMMENT ON PROCEDURE elt_catalog.maintain IS 'create partitions in advance, apply retention, and delete old tombstones, requests and runs; commits as it goes; called by the maintenance job';

CREATE FUNCTION elt_catalog.wake()
RETURNS void
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_wake';
COMMENT ON FUNCTION elt_catalog.wake IS 'make the launcher look for the extension in this database at commit';

SELECT elt_catalog.wake();
