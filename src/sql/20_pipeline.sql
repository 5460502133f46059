-- Pipelines: declare, run, watch.

CREATE FUNCTION elt.create_pipeline(
	name text,
	source regclass,
	target text,
	key text[] DEFAULT '{}',
	strategy text DEFAULT 'upsert',
	params jsonb DEFAULT '{}',
	start_at timestamptz DEFAULT NULL,
	lookback interval DEFAULT '0',
	schedule text DEFAULT NULL,
	partition_by text DEFAULT NULL,
	partition_interval interval DEFAULT NULL,
	retain interval DEFAULT NULL,
	options jsonb DEFAULT '{}')
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_create_pipeline';
COMMENT ON FUNCTION elt.create_pipeline IS 'create a pipeline from a source relation to a target table, which is created if absent; see elt.pipeline_options for options; returns its name';

CREATE FUNCTION elt.alter_pipeline(
	name text,
	params jsonb DEFAULT NULL,
	start_at timestamptz DEFAULT NULL,
	lookback interval DEFAULT NULL,
	schedule text DEFAULT NULL,
	retain interval DEFAULT NULL,
	options jsonb DEFAULT NULL,
	owner regrole DEFAULT NULL,
	source regclass DEFAULT NULL,
	renamed_columns jsonb DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_alter_pipeline';
COMMENT ON FUNCTION elt.alter_pipeline IS 'change the given arguments and options of a pipeline; null in options resets one to its default; returns its name';

CREATE FUNCTION elt.rename_pipeline(name text, new_name text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_rename_pipeline';
COMMENT ON FUNCTION elt.rename_pipeline IS 'rename a pipeline with its state, history, staging table and schedule; returns the new name';

CREATE FUNCTION elt.drop_pipeline(name text, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_pipeline';
COMMENT ON FUNCTION elt.drop_pipeline IS 'drop a pipeline with its state, history, staging table and schedule, but not its source and target; returns its name';

CREATE FUNCTION elt.add_child(
	pipeline text,
	source regclass,
	target text,
	key text[] DEFAULT '{}',
	parent_key text[] DEFAULT '{}',
	options jsonb DEFAULT '{}')
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_add_child';
COMMENT ON FUNCTION elt.add_child IS 'load another table from the responses of a pipeline: source is a foreign table with the same request and other records, parent_key its columns that hold the key of the pipeline''s rows; returns the name of the child';

CREATE FUNCTION elt.drop_child(pipeline text, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_child';
COMMENT ON FUNCTION elt.drop_child IS 'drop a child with its children, counts and staging tables, but not its source and target; returns its name';

CREATE FUNCTION elt.reset_pipeline(pipeline text, reset_to timestamptz DEFAULT '-infinity')
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_reset_pipeline';
COMMENT ON FUNCTION elt.reset_pipeline IS 'move all cursors back to a time, or to the start, so that the next run requests everything from there; returns the number of slices to request again';

CREATE FUNCTION elt.pause(pipeline text)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_pause';
COMMENT ON FUNCTION elt.pause IS 'pause a pipeline: no run starts until elt.resume; returns false if it was already paused';

CREATE FUNCTION elt.resume(pipeline text)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_resume';
COMMENT ON FUNCTION elt.resume IS 'resume a pipeline that is paused, or suspended after failures; returns false if it was neither';

CREATE PROCEDURE elt.run(pipeline text, window_from timestamptz DEFAULT NULL, window_to timestamptz DEFAULT NULL)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_run';
COMMENT ON PROCEDURE elt.run IS 'pull, check and merge what is new, or the windows of a time range, in this session; commits after each step';

CREATE PROCEDURE elt.pull(pipeline text)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_pull';
COMMENT ON PROCEDURE elt.pull IS 'pull one batch into the staging table, for elt.validate and elt.merge';

CREATE FUNCTION elt.merge(
	pipeline text,
	OUT run_id bigint,
	OUT batches int,
	OUT slices_landed bigint,
	OUT slices_unchanged bigint,
	OUT slices_not_yet bigint,
	OUT slices_failed bigint,
	OUT requests bigint,
	OUT bytes bigint,
	OUT rows_read bigint,
	OUT rows_inserted bigint,
	OUT rows_updated bigint,
	OUT rows_unchanged bigint,
	OUT rows_deleted bigint,
	OUT rows_stale bigint,
	OUT rows_duplicate bigint,
	OUT rows_conflicting bigint,
	OUT rows_quarantined bigint,
	OUT rows_dropped bigint,
	OUT rows_refused bigint,
	OUT pending_deletes bigint,
	OUT rows_removed bigint)
RETURNS record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_merge';
COMMENT ON FUNCTION elt.merge IS 'check and merge the staged batch in this transaction; returns the counts of its run, as elt.runs shows them';

CREATE FUNCTION elt.preview(pipeline text, n int DEFAULT 10)
RETURNS SETOF jsonb
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_preview';
COMMENT ON FUNCTION elt.preview IS 'request the next slice and return up to n of its rows as they would be staged; writes nothing';

CREATE FUNCTION elt.changed_keys(pipeline text)
RETURNS SETOF jsonb
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_changed_keys';
COMMENT ON FUNCTION elt.changed_keys IS 'return the keys that a pipeline has landed since the last run of the transform that calls it, else all keys, as JSON objects; needs SELECT on its target';

CREATE FUNCTION elt.changed_since(pipeline text)
RETURNS timestamptz
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'elt_changed_since';
COMMENT ON FUNCTION elt.changed_since IS 'return the _loaded_at after which rows of the target of a pipeline have changed since the last run of the transform that calls it, else -infinity';

CREATE FUNCTION elt.explain_source(
	pipeline text,
	OUT statement text,
	OUT late_rows text,
	OUT parents text[])
RETURNS record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_explain_source';
COMMENT ON FUNCTION elt.explain_source IS 'return the first statement by which the next run would read a table or view, how rows of transactions that commit late are found, and the pipelines whose targets it reads';

CREATE FUNCTION elt.pipeline_sql(pipeline text)
RETURNS SETOF text
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'elt_pipeline_sql';
COMMENT ON FUNCTION elt.pipeline_sql IS 'return the statements that define a pipeline, with its server and source but without secrets, one per row; in another database they define the same';

CREATE FUNCTION elt_catalog.pipeline_options(
	OUT option text,
	OUT type text,
	OUT default_value jsonb,
	OUT valid_values text,
	OUT strategies text[],
	OUT load text,
	OUT alterable boolean,
	OUT argument boolean,
	OUT description text)
RETURNS SETOF record
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'elt_pipeline_options';
COMMENT ON FUNCTION elt_catalog.pipeline_options IS 'list of pipeline options';
GRANT EXECUTE ON FUNCTION elt_catalog.pipeline_options TO elt_admin, elt_operator, elt_reader;

CREATE VIEW elt.pipeline_options AS
SELECT o.option, o.type, o.default_value, o.valid_values, o.strategies, o.load, o.alterable,
	o.argument, o.description
FROM elt_catalog.pipeline_options() o;
COMMENT ON VIEW elt.pipeline_options IS 'options of pipelines: first the arguments of elt.create_pipeline, then the keys of its argument options';
COMMENT ON COLUMN elt.pipeline_options.option IS 'name of the option';
COMMENT ON COLUMN elt.pipeline_options.type IS 'data type of its value';
COMMENT ON COLUMN elt.pipeline_options.default_value IS 'default, as a value in options; null: not set';
COMMENT ON COLUMN elt.pipeline_options.valid_values IS 'valid values or range; null: any value of the type';
COMMENT ON COLUMN elt.pipeline_options.strategies IS 'strategies to which it applies; null: all';
COMMENT ON COLUMN elt.pipeline_options.load IS 'kind of load to which it applies; null: both';
COMMENT ON COLUMN elt.pipeline_options.alterable IS 'whether elt.alter_pipeline can change it';
COMMENT ON COLUMN elt.pipeline_options.argument IS 'whether it is an argument of its own';
COMMENT ON COLUMN elt.pipeline_options.description IS 'what it does';

CREATE VIEW elt.pipelines AS
SELECT p.name, p.source, p.target, p.key, p.strategy, p.params, p.start_at, p.lookback, p.schedule,
	p.partition_by, y.partition_interval, y.retain, o.options, p.owner, p.paused,
	last.state AS last_state, last.finished_at AS last_finished_at,
	ok.finished_at AS last_success_at, c.cursor, u.name AS parent_pipeline, p.parent_key
FROM elt_catalog.pipeline p
LEFT JOIN elt_catalog.policy y ON y.relation = p.target AND p.partition_by IS NOT NULL
LEFT JOIN LATERAL (SELECT coalesce(jsonb_object_agg(t.option, s.stored -> t.option), '{}') AS options
	FROM (SELECT to_jsonb(p) || coalesce(to_jsonb(y), '{}') AS stored) s, elt_catalog.pipeline_options() t
	WHERE NOT t.argument AND s.stored ? t.option AND (p.parent_id IS NULL OR t.option <> 'replace_by')
		AND s.stored -> t.option IS DISTINCT FROM coalesce(t.default_value, 'null')) o ON true
LEFT JOIN LATERAL (SELECT state, finished_at FROM elt_catalog.run r
	WHERE r.pipeline_id = coalesce(p.root_id, p.id) ORDER BY r.id DESC LIMIT 1) last ON true
LEFT JOIN LATERAL (SELECT finished_at FROM elt_catalog.run r
	WHERE r.pipeline_id = coalesce(p.root_id, p.id) AND r.state = 'succeeded'
	ORDER BY r.id DESC LIMIT 1) ok ON true
LEFT JOIN elt_catalog.pipeline u ON u.id = p.parent_id
LEFT JOIN LATERAL (SELECT coalesce(min(window_end)::text, (array_agg(position ORDER BY moved_at))[1]) AS cursor
	FROM elt_catalog.cursor k WHERE k.pipeline_id = p.id) c ON true;
COMMENT ON VIEW elt.pipelines IS 'definition of each pipeline, its last run, and how far it has been loaded';
COMMENT ON COLUMN elt.pipelines.name IS 'name of the pipeline';
COMMENT ON COLUMN elt.pipelines.source IS 'relation from which it loads';
COMMENT ON COLUMN elt.pipelines.target IS 'table into which it loads';
COMMENT ON COLUMN elt.pipelines.key IS 'columns that identify a row; {}: none';
COMMENT ON COLUMN elt.pipelines.strategy IS 'how a batch is merged into the target';
COMMENT ON COLUMN elt.pipelines.params IS 'values requested for each param, in all combinations';
COMMENT ON COLUMN elt.pipelines.start_at IS 'time from which it loads';
COMMENT ON COLUMN elt.pipelines.lookback IS 'how far behind the cursor each run starts';
COMMENT ON COLUMN elt.pipelines.schedule IS 'when it runs; null: only when it is called or queued';
COMMENT ON COLUMN elt.pipelines.partition_by IS 'column of the partitions; null: not partitioned';
COMMENT ON COLUMN elt.pipelines.partition_interval IS 'interval of a partition';
COMMENT ON COLUMN elt.pipelines.retain IS 'age at which partitions expire; null: never';
COMMENT ON COLUMN elt.pipelines.options IS 'options that differ from their default';
COMMENT ON COLUMN elt.pipelines.owner IS 'role whose privileges apply to its relations';
COMMENT ON COLUMN elt.pipelines.paused IS 'whether runs are refused until elt.resume';
COMMENT ON COLUMN elt.pipelines.last_state IS 'state of the last run';
COMMENT ON COLUMN elt.pipelines.last_finished_at IS 'end of the last run';
COMMENT ON COLUMN elt.pipelines.last_success_at IS 'end of the last run that succeeded';
COMMENT ON COLUMN elt.pipelines.cursor IS 'with windows: time up to which all params have landed; with a cursor: its position, of several params that of the one that moved longest ago';
COMMENT ON COLUMN elt.pipelines.parent_pipeline IS 'pipeline of which it is a child (elt.add_child); null: it is none';
COMMENT ON COLUMN elt.pipelines.parent_key IS 'of a child: columns that hold the key of its parent';

CREATE VIEW elt.runs AS
SELECT r.id AS run_id, p.name AS pipeline, r.kind, r.state, r.origin, r.attempt, r.enqueued_at,
	r.started_at, r.finished_at, coalesce(r.finished_at, clock_timestamp()) - r.started_at AS duration,
	r.pid, r.window_from, r.window_to, r.batches, r.slices_landed,
	r.slices_unchanged, r.slices_not_yet, r.slices_failed, r.requests, r.bytes, r.rows_read,
	r.rows_inserted, r.rows_updated, r.rows_unchanged, r.rows_deleted, r.rows_stale, r.rows_duplicate,
	r.rows_conflicting, r.rows_quarantined,
	r.rows_dropped, r.rows_refused, r.pending_deletes, r.rows_removed, r.partitions, r.sqlstate, r.error, r.detail, r.hint,
	r.slot,
	(SELECT coalesce(sum(o.rows), 0)::bigint FROM elt_catalog.reject_overflow o
		WHERE o.run_id = r.id AND NOT o.expired) AS rejects_not_kept
FROM elt_catalog.run r JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id
ORDER BY r.id;
COMMENT ON VIEW elt.runs IS 'runs with their state, counts and error, oldest first';
COMMENT ON COLUMN elt.runs.run_id IS 'ID of the run';
COMMENT ON COLUMN elt.runs.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.runs.kind IS 'incremental, full, window, backfill, pull, merge or replay';
COMMENT ON COLUMN elt.runs.state IS 'queued, running, succeeded, partial, failed, cancelled, abandoned or skipped';
COMMENT ON COLUMN elt.runs.origin IS 'call, queue, schedule, after, change or retry';
COMMENT ON COLUMN elt.runs.attempt IS 'number of the attempt, from 1';
COMMENT ON COLUMN elt.runs.enqueued_at IS 'when it was queued or called';
COMMENT ON COLUMN elt.runs.started_at IS 'when it started';
COMMENT ON COLUMN elt.runs.finished_at IS 'when it ended; null: not yet';
COMMENT ON COLUMN elt.runs.duration IS 'from its start to its end, or until now';
COMMENT ON COLUMN elt.runs.pid IS 'process ID of its server process';
COMMENT ON COLUMN elt.runs.window_from IS 'start of the time range; null: what is due';
COMMENT ON COLUMN elt.runs.window_to IS 'end of the time range, exclusive';
COMMENT ON COLUMN elt.runs.batches IS 'number of batches landed';
COMMENT ON COLUMN elt.runs.slices_landed IS 'number of slices landed';
COMMENT ON COLUMN elt.runs.slices_unchanged IS 'those whose response was unchanged';
COMMENT ON COLUMN elt.runs.slices_not_yet IS 'number of slices not published yet';
COMMENT ON COLUMN elt.runs.slices_failed IS 'number of slices that failed';
COMMENT ON COLUMN elt.runs.requests IS 'number of requests';
COMMENT ON COLUMN elt.runs.bytes IS 'bytes received, decompressed';
COMMENT ON COLUMN elt.runs.rows_read IS 'rows received';
COMMENT ON COLUMN elt.runs.rows_inserted IS 'rows inserted into the target';
COMMENT ON COLUMN elt.runs.rows_updated IS 'rows of the target updated';
COMMENT ON COLUMN elt.runs.rows_unchanged IS 'rows equal to the stored ones';
COMMENT ON COLUMN elt.runs.rows_deleted IS 'rows that are deletes (delete_when)';
COMMENT ON COLUMN elt.runs.rows_stale IS 'rows older than the stored ones';
COMMENT ON COLUMN elt.runs.rows_duplicate IS 'rows ignored for another row of their key';
COMMENT ON COLUMN elt.runs.rows_conflicting IS 'rows_duplicate that differ from that row';
COMMENT ON COLUMN elt.runs.rows_quarantined IS 'rows sent to quarantine, elt.rejects';
COMMENT ON COLUMN elt.runs.rows_dropped IS 'rows discarded by checks';
COMMENT ON COLUMN elt.runs.rows_refused IS 'rows of batches refused as a whole';
COMMENT ON COLUMN elt.runs.pending_deletes IS 'deletes of missing rows awaiting approval';
COMMENT ON COLUMN elt.runs.rows_removed IS 'rows deleted as missing from the load';
COMMENT ON COLUMN elt.runs.partitions IS 'partitions created';
COMMENT ON COLUMN elt.runs.sqlstate IS 'SQLSTATE of the error';
COMMENT ON COLUMN elt.runs.error IS 'message of the error';
COMMENT ON COLUMN elt.runs.detail IS 'details of the error, or notes on the run';
COMMENT ON COLUMN elt.runs.hint IS 'what to do';
COMMENT ON COLUMN elt.runs.slot IS 'time of the schedule that it stands for; null: none';
COMMENT ON COLUMN elt.runs.rejects_not_kept IS 'rejects beyond max_rejects_kept, of which only this number is known';

CREATE VIEW elt.run_targets AS
SELECT r.id AS run_id, p.name AS pipeline, p.target, t.rows_read, t.rows_inserted, t.rows_updated,
	t.rows_unchanged, t.rows_deleted, t.rows_stale, t.rows_duplicate, t.rows_conflicting,
	t.rows_quarantined, t.rows_dropped, t.rows_refused, t.rows_removed
FROM elt_catalog.run r
CROSS JOIN LATERAL (
	SELECT r.pipeline_id, r.rows_read, r.rows_inserted, r.rows_updated, r.rows_unchanged,
		r.rows_deleted, r.rows_stale, r.rows_duplicate, r.rows_conflicting, r.rows_quarantined,
		r.rows_dropped, r.rows_refused, r.rows_removed
	UNION ALL
	SELECT c.pipeline_id, c.rows_read, c.rows_inserted, c.rows_updated, c.rows_unchanged,
		c.rows_deleted, c.rows_stale, c.rows_duplicate, c.rows_conflicting, c.rows_quarantined,
		c.rows_dropped, c.rows_refused, c.rows_removed
	FROM elt_catalog.run_target c WHERE c.run_id = r.id) t
JOIN elt_catalog.pipeline p ON p.id = t.pipeline_id
ORDER BY r.id, p.id;
COMMENT ON VIEW elt.run_targets IS 'row counts of each run by target: that of the pipeline, then those of its children';
COMMENT ON COLUMN elt.run_targets.run_id IS 'ID of the run';
COMMENT ON COLUMN elt.run_targets.pipeline IS 'name of the pipeline or child';
COMMENT ON COLUMN elt.run_targets.target IS 'table into which it loads';
COMMENT ON COLUMN elt.run_targets.rows_read IS 'number of rows received; the sum of the rows_ counts but conflicting and removed';
COMMENT ON COLUMN elt.run_targets.rows_inserted IS 'rows inserted into the target';
COMMENT ON COLUMN elt.run_targets.rows_updated IS 'rows of the target updated';
COMMENT ON COLUMN elt.run_targets.rows_unchanged IS 'rows equal to the stored ones, not written';
COMMENT ON COLUMN elt.run_targets.rows_deleted IS 'rows that delete a row of the target, or whose parent does';
COMMENT ON COLUMN elt.run_targets.rows_stale IS 'rows that are older than the stored ones, or whose parent is';
COMMENT ON COLUMN elt.run_targets.rows_duplicate IS 'rows ignored in favor of another row of their key, or whose parent was';
COMMENT ON COLUMN elt.run_targets.rows_conflicting IS 'those of rows_duplicate that differ from the row that landed';
COMMENT ON COLUMN elt.run_targets.rows_quarantined IS 'rows sent to quarantine, elt.rejects, those of a quarantined parent included';
COMMENT ON COLUMN elt.run_targets.rows_dropped IS 'rows discarded by checks, or with their parent';
COMMENT ON COLUMN elt.run_targets.rows_refused IS 'rows of batches that were refused as a whole';
COMMENT ON COLUMN elt.run_targets.rows_removed IS 'rows of the target deleted because they are missing from the load or their parent is gone';

CREATE VIEW elt.steps AS
SELECT s.run_id, p.name AS pipeline, s.batch, s.step, s.started_at,
	s.finished_at - s.started_at AS duration, s.rows_in, s.rows_out, s.detail
FROM elt_catalog.step s
JOIN elt_catalog.run r ON r.id = s.run_id
JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id
ORDER BY s.run_id, s.batch, s.started_at;
COMMENT ON VIEW elt.steps IS 'steps of each run, by batch';
COMMENT ON COLUMN elt.steps.run_id IS 'ID of the run';
COMMENT ON COLUMN elt.steps.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.steps.batch IS 'number of the batch within its run, from 1';
COMMENT ON COLUMN elt.steps.step IS 'pull, prepare, check or merge';
COMMENT ON COLUMN elt.steps.started_at IS 'when it started';
COMMENT ON COLUMN elt.steps.duration IS 'time that it took';
COMMENT ON COLUMN elt.steps.rows_in IS 'number of rows given to the step';
COMMENT ON COLUMN elt.steps.rows_out IS 'number of rows that it passed on';
COMMENT ON COLUMN elt.steps.detail IS 'further counts, as JSON';

CREATE VIEW elt.slices AS
SELECT p.name AS pipeline, s.params, s.window_start, s.window_end, s.state,
	s.complete AND s.unproven IS NULL AS complete, s.unproven, s.attempts, s.tried_at, s.landed_at, s.unchanged_at, s.rows, s.rejected,
	s.bytes, s.http_status, s.sqlstate, s.error, s.next_try_at, s.run_id
FROM elt_catalog.slice s JOIN elt_catalog.pipeline p ON p.id = s.pipeline_id
WHERE NOT s.gone
ORDER BY p.name, s.params, s.window_start;
COMMENT ON VIEW elt.slices IS 'requested slices, each a combination of params and a window, and their state';
COMMENT ON COLUMN elt.slices.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.slices.params IS 'combination of params; {} without params';
COMMENT ON COLUMN elt.slices.window_start IS 'start of the window; -infinity without windows';
COMMENT ON COLUMN elt.slices.window_end IS 'end of the window, exclusive; infinity without windows';
COMMENT ON COLUMN elt.slices.state IS 'landed, empty, not_yet or failed';
COMMENT ON COLUMN elt.slices.complete IS 'whether it is over and fully received';
COMMENT ON COLUMN elt.slices.unproven IS 'why its list may be incomplete, or null';
COMMENT ON COLUMN elt.slices.attempts IS 'number of attempts in all';
COMMENT ON COLUMN elt.slices.tried_at IS 'when it was last requested';
COMMENT ON COLUMN elt.slices.landed_at IS 'when it last landed';
COMMENT ON COLUMN elt.slices.unchanged_at IS 'when found unchanged since; null: never';
COMMENT ON COLUMN elt.slices.rows IS 'number of rows landed';
COMMENT ON COLUMN elt.slices.rejected IS 'number of rows rejected';
COMMENT ON COLUMN elt.slices.bytes IS 'size of the response, decompressed';
COMMENT ON COLUMN elt.slices.http_status IS 'HTTP status of the last response';
COMMENT ON COLUMN elt.slices.sqlstate IS 'SQLSTATE of the last failure';
COMMENT ON COLUMN elt.slices.error IS 'message of the last failure';
COMMENT ON COLUMN elt.slices.next_try_at IS 'runs skip it until then; null: when due';
COMMENT ON COLUMN elt.slices.run_id IS 'run that requested it last';

CREATE VIEW elt.request_log AS
SELECT q.at, q.run_id, p.name AS pipeline, q.params, q.window_start, q.window_end, q.page,
	q.attempt, q.method, q.url, q.http_status, q.verdict, q.failure, q.error, q.bytes, q.redirects,
	q.dns_ms, q.connect_ms, q.tls_ms, q.first_byte_ms, q.total_ms, q.reused_connection,
	q.http_version
FROM elt_catalog.request_log q JOIN elt_catalog.pipeline p ON p.id = q.pipeline_id
ORDER BY q.at;
COMMENT ON VIEW elt.request_log IS 'recent HTTP requests, with secrets as ***: time, slice, response, duration of each phase';
COMMENT ON COLUMN elt.request_log.at IS 'when the request was sent';
COMMENT ON COLUMN elt.request_log.run_id IS 'run that sent it';
COMMENT ON COLUMN elt.request_log.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.request_log.params IS 'params of the slice; null: token request';
COMMENT ON COLUMN elt.request_log.window_start IS 'start of the window of the slice';
COMMENT ON COLUMN elt.request_log.window_end IS 'end of the window of the slice, exclusive';
COMMENT ON COLUMN elt.request_log.page IS 'number of the page within the slice, from 1';
COMMENT ON COLUMN elt.request_log.attempt IS 'number of the attempt for this page, from 1';
COMMENT ON COLUMN elt.request_log.method IS 'HTTP method';
COMMENT ON COLUMN elt.request_log.url IS 'URL before redirects, with secrets as ***';
COMMENT ON COLUMN elt.request_log.http_status IS 'HTTP status of the last response; null: none';
COMMENT ON COLUMN elt.request_log.verdict IS 'success, unchanged, empty, not_yet, retry, rate_limited, restart, refresh_token or fail';
COMMENT ON COLUMN elt.request_log.failure IS 'cause, such as resolve, connect or timeout';
COMMENT ON COLUMN elt.request_log.error IS 'the error, or the start of a body that is not data';
COMMENT ON COLUMN elt.request_log.bytes IS 'size of the body, decompressed';
COMMENT ON COLUMN elt.request_log.redirects IS 'number of redirects followed';
COMMENT ON COLUMN elt.request_log.dns_ms IS 'name resolution, in milliseconds';
COMMENT ON COLUMN elt.request_log.connect_ms IS 'TCP connection, in milliseconds';
COMMENT ON COLUMN elt.request_log.tls_ms IS 'TLS handshake, in milliseconds';
COMMENT ON COLUMN elt.request_log.first_byte_ms IS 'time until the first byte of the response, in milliseconds';
COMMENT ON COLUMN elt.request_log.total_ms IS 'total time, in milliseconds';
COMMENT ON COLUMN elt.request_log.reused_connection IS 'whether an open connection was used';
COMMENT ON COLUMN elt.request_log.http_version IS 'HTTP version of the response';

CREATE VIEW elt.cursors AS
SELECT p.name AS pipeline, c.params, c.position, c.window_end, c.moved_at, c.run_id
FROM elt_catalog.cursor c JOIN elt_catalog.pipeline p ON p.id = c.pipeline_id
ORDER BY p.name, c.params;
COMMENT ON VIEW elt.cursors IS 'how far each combination of params of a pipeline has been loaded';
COMMENT ON COLUMN elt.cursors.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.cursors.params IS 'combination of params; {} without params';
COMMENT ON COLUMN elt.cursors.position IS 'end of a window, value of cursor_column, or token';
COMMENT ON COLUMN elt.cursors.window_end IS 'end of the last window; null without windows';
COMMENT ON COLUMN elt.cursors.moved_at IS 'when it last moved';
COMMENT ON COLUMN elt.cursors.run_id IS 'run that moved it';

CREATE VIEW elt.quotas AS
SELECT q.server, q.period_start, q.spent, q.saved_at
FROM elt_catalog.quota q
ORDER BY q.server;
COMMENT ON VIEW elt.quotas IS 'requests spent of each server''s quota, as of the last batch';
COMMENT ON COLUMN elt.quotas.server IS 'foreign server with a quota';
COMMENT ON COLUMN elt.quotas.period_start IS 'start of the current period';
COMMENT ON COLUMN elt.quotas.spent IS 'number of requests in this period';
COMMENT ON COLUMN elt.quotas.saved_at IS 'when the number was stored';

CREATE VIEW elt_catalog.reject_gap AS
SELECT pipeline_id, last_id AS after, lead(first_id, 1, 9223372036854775807) OVER (PARTITION BY pipeline_id ORDER BY first_id) AS before
FROM elt_catalog.reject_settled
UNION ALL
SELECT p.id, 0, coalesce((SELECT min(z.first_id) FROM elt_catalog.reject_settled z WHERE z.pipeline_id = p.id), 9223372036854775807)
FROM elt_catalog.pipeline p;
COMMENT ON VIEW elt_catalog.reject_gap IS 'between which IDs rejects are not settled by stretches';

CREATE VIEW elt_catalog.open_reject AS
SELECT j.*
FROM elt_catalog.reject_gap g
JOIN elt_catalog.reject j ON j.pipeline_id = g.pipeline_id AND j.id > g.after AND j.id < g.before
WHERE j.state IN ('new', 'fixed');
COMMENT ON VIEW elt_catalog.open_reject IS 'rejects that are not settled, found between the stretches that are';

-- Three parts, so that a condition on the state of open ones finds their index.
CREATE VIEW elt_catalog.reject_state AS
SELECT j.*, j.state AS state_now, j.attempts AS attempts_now, j.resolved_run_id AS run_now, j.resolved_at AS at_now, j.resolved_by AS by_now
FROM elt_catalog.reject j
WHERE j.state NOT IN ('new', 'fixed')
UNION ALL
SELECT j.*, j.state, j.attempts, j.resolved_run_id, j.resolved_at, j.resolved_by
FROM elt_catalog.reject j
WHERE j.state IN ('new', 'fixed') AND NOT EXISTS (SELECT FROM elt_catalog.reject_settled z
	WHERE z.pipeline_id = j.pipeline_id AND j.id BETWEEN z.first_id AND z.last_id)
UNION ALL
SELECT j.*, z.state, j.attempts + 1, z.run_id, z.settled_at, z.settled_by
FROM elt_catalog.reject_settled z
JOIN elt_catalog.reject j ON j.pipeline_id = z.pipeline_id AND j.id BETWEEN z.first_id AND z.last_id AND j.state IN ('new', 'fixed');
COMMENT ON VIEW elt_catalog.reject_state IS 'rejects with what their stretches say of them';

-- What a record has, and a message may repeat, is for those who may read the target.
CREATE VIEW elt.rejects AS
SELECT j.id AS reject_id, p.name AS pipeline, j.run_id, j.stage, j.reason, j.checks,
	j.column_name, CASE WHEN p.readable THEN j.message END AS message, CASE WHEN p.readable THEN j.raw END AS raw,
	j.params, j.window_start, j.window_end, j.record,
	j.byte_offset, j.sqlstate, j.rejected_at, j.state_now AS state, j.attempts_now AS attempts, j.whole,
	CASE WHEN p.readable THEN j.ancestors END AS ancestors, CASE WHEN p.readable THEN j.header END AS header,
	CASE WHEN p.readable THEN j.patch END AS patch,
	j.fixed_by, j.fixed_at, j.run_now AS resolved_run_id, j.at_now AS resolved_at, j.by_now AS resolved_by, j.resolution,
	CASE WHEN p.readable THEN j.parent_key END AS parent_key
FROM elt_catalog.reject_state j
JOIN (SELECT id, name, coalesce(pg_catalog.has_table_privilege(target, 'SELECT'), false)
		OR pg_catalog.pg_has_role(owner::oid, 'USAGE') AS readable
	FROM elt_catalog.pipeline OFFSET 0) p ON p.id = j.pipeline_id
ORDER BY j.id;
COMMENT ON VIEW elt.rejects IS 'quarantine: rejected rows with their raw text, reason, run and time';
COMMENT ON COLUMN elt.rejects.reject_id IS 'ID of the reject';
COMMENT ON COLUMN elt.rejects.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.rejects.run_id IS 'run that rejected the row';
COMMENT ON COLUMN elt.rejects.stage IS 'parse, range, check or merge';
COMMENT ON COLUMN elt.rejects.reason IS 'reason code, or the first check that the row violates';
COMMENT ON COLUMN elt.rejects.checks IS 'all checks that the row violates';
COMMENT ON COLUMN elt.rejects.column_name IS 'column that could not be filled';
COMMENT ON COLUMN elt.rejects.message IS 'what is wrong; this, raw, ancestors, header, patch and parent_key are null for roles that may not read the target';
COMMENT ON COLUMN elt.rejects.raw IS 'text of the record, or the row as JSON';
COMMENT ON COLUMN elt.rejects.params IS 'params of its slice';
COMMENT ON COLUMN elt.rejects.window_start IS 'start of the window of its slice';
COMMENT ON COLUMN elt.rejects.window_end IS 'end of the window of its slice, exclusive';
COMMENT ON COLUMN elt.rejects.record IS 'number of the record within its page or file, from 1';
COMMENT ON COLUMN elt.rejects.byte_offset IS 'position of the record in its page or file, in bytes';
COMMENT ON COLUMN elt.rejects.sqlstate IS 'SQLSTATE of the error';
COMMENT ON COLUMN elt.rejects.rejected_at IS 'when it was rejected';
COMMENT ON COLUMN elt.rejects.state IS 'open: new, fixed; settled: replayed, superseded (newer rows have its key, or its slice has landed again), discarded';
COMMENT ON COLUMN elt.rejects.attempts IS 'number of replays';
COMMENT ON COLUMN elt.rejects.whole IS 'whether raw is all of the record, unaltered, so that it can be replayed';
COMMENT ON COLUMN elt.rejects.ancestors IS 'JSON object of the columns whose values stand outside of the record';
COMMENT ON COLUMN elt.rejects.header IS 'CSV header above the record';
COMMENT ON COLUMN elt.rejects.patch IS 'what elt.fix_reject changed: values by column, or a string in place of raw';
COMMENT ON COLUMN elt.rejects.fixed_by IS 'role that changed it';
COMMENT ON COLUMN elt.rejects.fixed_at IS 'when it was changed';
COMMENT ON COLUMN elt.rejects.resolved_run_id IS 'run that settled it';
COMMENT ON COLUMN elt.rejects.resolved_at IS 'when it was settled';
COMMENT ON COLUMN elt.rejects.resolved_by IS 'role that settled it';
COMMENT ON COLUMN elt.rejects.resolution IS 'reason given to elt.discard_rejects';
COMMENT ON COLUMN elt.rejects.parent_key IS 'of a row of a child: key of its parent, if known';

CREATE VIEW elt.drift AS
SELECT p.name AS pipeline, d.field, d.kind, d.first_seen, d.last_seen, d.ended_at, d.records,
	CASE WHEN p.readable THEN d.sample END AS sample, d.proposal, d.applied_at
FROM elt_catalog.drift d
JOIN (SELECT id, name, coalesce(pg_catalog.has_table_privilege(target, 'SELECT'), false)
		OR pg_catalog.pg_has_role(owner::oid, 'USAGE') AS readable
	FROM elt_catalog.pipeline OFFSET 0) p ON p.id = d.pipeline_id
ORDER BY p.name, d.first_seen, d.field;
COMMENT ON VIEW elt.drift IS 'how what the source delivers differs from what is declared, each field with a sample record';
COMMENT ON COLUMN elt.drift.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.drift.field IS 'path of the field; * of kind new: fields beyond the first 100';
COMMENT ON COLUMN elt.drift.kind IS 'missing: it is declared and no longer delivered; new: it is delivered and no column reads it; type: its column refuses some values';
COMMENT ON COLUMN elt.drift.first_seen IS 'first batch of which this is true';
COMMENT ON COLUMN elt.drift.last_seen IS 'last such batch';
COMMENT ON COLUMN elt.drift.ended_at IS 'when it ended; null: it goes on';
COMMENT ON COLUMN elt.drift.records IS 'number of these records';
COMMENT ON COLUMN elt.drift.sample IS 'text of the first of them; null for roles that may not read the target';
COMMENT ON COLUMN elt.drift.proposal IS 'statement that follows the change; null: none is proposed';
COMMENT ON COLUMN elt.drift.applied_at IS 'when that was done';

CREATE FUNCTION elt.apply_drift(pipeline text, field text)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_apply_drift';
COMMENT ON FUNCTION elt.apply_drift IS 'follow a change in elt.drift: add a column for a new field to the foreign table and the target, or change a column to a wider type; returns its name';

CREATE FUNCTION elt.backfill_column(pipeline text, column_name name)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_backfill_column';
COMMENT ON FUNCTION elt.backfill_column IS 'queue a run that requests again what has landed, to fill a column that was added; returns its run_id';
