-- What a person looks at first: the state of each pipeline, and what needs somebody.

CREATE VIEW elt.pipeline_status AS
SELECT p.name AS pipeline,
	CASE
		WHEN a.oid IS NULL THEN 'ownerless'
		WHEN p.paused OR h.paused_at IS NOT NULL THEN 'paused'
		WHEN o.state = 'running' THEN 'running'
		WHEN f.suspended_until > clock_timestamp() THEN 'suspended'
		WHEN o.state = 'queued' THEN 'queued'
		WHEN w.pipeline_id IS NOT NULL THEN 'waiting'
		WHEN last.state IS NULL THEN 'never run'
		WHEN last.state IN ('succeeded', 'skipped') THEN 'ok'
		ELSE last.state
	END AS state,
	ok.finished_at AS last_success_at,
	clock_timestamp() - ok.finished_at AS age,
	p.max_staleness,
	p.max_staleness < clock_timestamp() - coalesce(ok.finished_at, p.created_at) AS late,
	last.run_id AS last_run_id, last.rows_read, last.rows_quarantined, last.error,
	coalesce(f.failures, 0) AS failures,
	s.next_slot,
	CASE
		WHEN a.oid IS NULL THEN 'a new owner'
		WHEN p.paused THEN 'elt.resume'
		WHEN h.paused_at IS NOT NULL THEN 'elt.resume_all'
		WHEN f.suspended_until > clock_timestamp() THEN format('the next try at %s', f.suspended_until)
		WHEN o.state = 'queued' THEN 'a place in elt.queue'
		WHEN s.kind = 'files' THEN 'new files'
		ELSE v.waits_for
	END AS waits_for
FROM elt_catalog.pipeline p
CROSS JOIN (SELECT max(o.paused_at) AS paused_at FROM elt_catalog.home o) h
LEFT JOIN pg_catalog.pg_authid a ON a.oid = p.owner
LEFT JOIN elt_catalog.failure f ON f.pipeline_id = p.id
LEFT JOIN elt_catalog.schedule s ON s.pipeline_id = p.id
LEFT JOIN (SELECT DISTINCT ON (r.pipeline_id) r.pipeline_id, r.id AS run_id, r.state FROM elt_catalog.run r
	WHERE r.state IN ('queued', 'running') ORDER BY r.pipeline_id, r.state = 'queued', r.id) o ON o.pipeline_id = p.id
LEFT JOIN (SELECT DISTINCT t.pipeline_id FROM elt_catalog.slot t WHERE t.state = 'waiting') w ON w.pipeline_id = p.id
LEFT JOIN elt_catalog.waits_for_parents() v ON v.pipeline_id = p.id
LEFT JOIN LATERAL (SELECT r.id AS run_id, r.state, r.rows_read, r.rows_quarantined, r.error FROM elt_catalog.run r
	WHERE r.pipeline_id = p.id AND r.state NOT IN ('queued', 'running')
	ORDER BY r.id DESC LIMIT 1) last ON true
LEFT JOIN (SELECT y.pipeline_id, max(y.last_success_at) AS finished_at FROM elt_catalog.run_tally y GROUP BY y.pipeline_id) ok
	ON ok.pipeline_id = p.id
WHERE p.parent_id IS NULL
ORDER BY p.name;
COMMENT ON VIEW elt.pipeline_status IS 'state of each pipeline, its last run, and what it waits for';
COMMENT ON COLUMN elt.pipeline_status.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.pipeline_status.state IS 'ownerless (the role was dropped), paused, running, suspended, queued, waiting, never run, ok, or the state of its last run';
COMMENT ON COLUMN elt.pipeline_status.last_success_at IS 'end of the last run that succeeded';
COMMENT ON COLUMN elt.pipeline_status.age IS 'time since then';
COMMENT ON COLUMN elt.pipeline_status.max_staleness IS 'age that it must not exceed; null: any';
COMMENT ON COLUMN elt.pipeline_status.late IS 'whether it exceeds that; null: it may';
COMMENT ON COLUMN elt.pipeline_status.last_run_id IS 'ID of the last run that has ended';
COMMENT ON COLUMN elt.pipeline_status.rows_read IS 'rows that this run received';
COMMENT ON COLUMN elt.pipeline_status.rows_quarantined IS 'rows that it sent to quarantine';
COMMENT ON COLUMN elt.pipeline_status.error IS 'its error; null: none';
COMMENT ON COLUMN elt.pipeline_status.failures IS 'number of runs that failed in a row';
COMMENT ON COLUMN elt.pipeline_status.next_slot IS 'next time at which its schedule starts a run';
COMMENT ON COLUMN elt.pipeline_status.waits_for IS 'what its next run waits for; null: its time';

CREATE FUNCTION elt_catalog.ticked_at()
RETURNS timestamptz
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_ticked_at';
COMMENT ON FUNCTION elt_catalog.ticked_at IS 'when elt.tick was last called in this database; null: not since the server was started';
GRANT EXECUTE ON FUNCTION elt_catalog.ticked_at TO elt_admin, elt_operator, elt_reader;

CREATE VIEW elt.health AS
WITH status AS MATERIALIZED (SELECT s.pipeline, s.state, s.last_success_at, s.max_staleness, s.late, s.last_run_id, s.error,
	s.failures, s.waits_for FROM elt.pipeline_status s)
SELECT v.severity, v.subject, v.pipeline, v.message, v.statement
FROM (
	SELECT 'error' AS severity, 'run' AS subject, s.pipeline,
		format('%s: run %s ended as %s: %s', s.pipeline, s.last_run_id, s.state, coalesce(s.error,
			CASE s.state WHEN 'partial' THEN 'slices that failed before are not requested again yet' ELSE 'no error was recorded' END)) AS message,
		format('SELECT error, detail, hint FROM elt.runs WHERE run_id = %s', s.last_run_id) AS statement
	FROM status s WHERE s.state IN ('failed', 'partial', 'abandoned')
	UNION ALL
	SELECT 'error', 'owner', CASE o.kind WHEN 'pipeline' THEN o.name END,
		format('%s %s does nothing: its owner, the role with OID %s, was dropped', o.kind, o.name, o.owner::oid), o.statement
	FROM (
		SELECT 'pipeline' AS kind, p.name, p.owner, format('SELECT elt.alter_pipeline(%L, owner => %L)', p.name, current_user) AS statement
		FROM elt_catalog.pipeline p
		UNION ALL SELECT 'alert', a.name, a.owner, format('SELECT elt.drop_alert(%L)', a.name) FROM elt_catalog.alert a
		UNION ALL SELECT 'alert channel', c.name, c.owner, format('SELECT elt.drop_alert_channel(%L)', c.name) FROM elt_catalog.alert_channel c
		UNION ALL SELECT 'consumer', u.name, u.owner, format('SELECT elt.drop_consumer(%L)', u.name) FROM elt_catalog.consumer u
	) o WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_authid r WHERE r.oid = o.owner)
	UNION ALL
	SELECT 'warning', 'retry', s.pipeline, format('%s: run %s ended as %s, and is tried again at %s (attempt %s of %s): %s', s.pipeline, l.id,
			l.state, date_trunc('second', coalesce(r.not_before, r.enqueued_at)), r.attempt, p.max_attempts, coalesce(l.error, 'no error was recorded')),
		format('SELECT error, detail, hint FROM elt.runs WHERE run_id = %s', l.id)
	FROM status s
	JOIN elt_catalog.pipeline p ON p.name = s.pipeline
	JOIN elt_catalog.run r ON r.pipeline_id = p.id AND r.state = 'queued'
	JOIN elt_catalog.run l ON l.id = r.retry_of
	WHERE s.state = 'queued'
	UNION ALL
	SELECT 'warning', 'files', p.name, format('%s: %s to be moved or deleted: %s', p.name,
			CASE WHEN count(*) = 1 THEN '1 file stays where it is, though it is'
				ELSE format('%s files stay where they are, though they are', count(*)) END,
			coalesce(min(f.first_error), 'no run has tried since, or another pipeline has to read them first')),
		format('SELECT name, first_error FROM elt.files WHERE pipeline = %L AND state = %L', p.name, 'disposing')
	FROM elt_catalog.file f JOIN elt_catalog.pipeline p ON p.id = f.pipeline_id
	WHERE f.state = 'disposing' AND (f.first_error IS NOT NULL OR coalesce(f.landed_at, f.seen_at) < clock_timestamp() - interval '1 day')
		AND NOT EXISTS (SELECT FROM elt_catalog.run r WHERE r.pipeline_id = p.id AND r.state = 'running')
	GROUP BY p.name
	UNION ALL
	SELECT 'warning', 'files', p.name, format('%s: %s: %s', p.name,
			CASE WHEN count(*) = 1 THEN '1 rejected file is not read again until it or the definition changes'
				ELSE format('%s rejected files are not read again until they or the definition change', count(*)) END, min(f.first_error)),
		format('SELECT name, first_error FROM elt.files WHERE pipeline = %L AND state = %L', p.name, 'rejected')
	FROM elt_catalog.file f JOIN elt_catalog.pipeline p ON p.id = f.pipeline_id
	WHERE f.state = 'rejected' GROUP BY p.name
	UNION ALL
	SELECT 'error', 'suspension', s.pipeline,
		format('%s: suspended after %s failures, tried again at %s: %s', s.pipeline, f.failures, f.suspended_until, s.error),
		format('SELECT elt.resume(%L)', s.pipeline)
	FROM status s
	JOIN elt_catalog.pipeline p ON p.name = s.pipeline
	JOIN elt_catalog.failure f ON f.pipeline_id = p.id
	WHERE s.state = 'suspended'
	UNION ALL
	SELECT 'error', 'staleness', s.pipeline,
		format('%s: last success %s, which is later than max_staleness %s allows', s.pipeline,
			coalesce(s.last_success_at::text, 'never'), s.max_staleness),
		CASE WHEN s.waits_for IS NULL THEN format('SELECT elt.enqueue(%L)', s.pipeline)
			ELSE format('SELECT state, waits_for FROM elt.pipeline_status WHERE pipeline = %L', s.pipeline) END
	FROM status s WHERE s.late AND s.state NOT IN ('paused', 'suspended')
	UNION ALL
	SELECT 'warning', 'order', c.pipeline, format('%s waits: %s', c.pipeline, c.waits_for),
		'SELECT pipeline, state, error FROM elt.pipeline_status'
	FROM status c WHERE c.waits_for ~ '(failed|was partial|was cancelled|was abandoned|was skipped|is paused)'
	UNION ALL
	SELECT 'error', 'clock', NULL,
		CASE WHEN t.at IS NULL THEN 'schedules start no runs: nothing has called elt.tick since the server was started'
			ELSE format('schedules start no runs: nothing has called elt.tick since %s', t.at) END,
		CASE WHEN current_setting('cron.database_name', true) <> current_database()
			THEN format('SELECT cron.schedule_in_database(%L, %L, %L, %L) -- in database %s', format('elt:%s:tick', current_database()),
				'* * * * *', 'SELECT elt.tick()', current_database(), current_setting('cron.database_name', true))
			ELSE 'SELECT * FROM cron.job_run_details ORDER BY start_time DESC LIMIT 10' END
	FROM (SELECT elt_catalog.ticked_at() AS at) t
	WHERE EXISTS (SELECT FROM elt_catalog.schedule c JOIN elt_catalog.pipeline p ON p.id = c.pipeline_id
		WHERE c.kind = 'cron' AND NOT p.paused AND c.next_slot < clock_timestamp() - interval '3 minutes')
		AND coalesce(t.at < clock_timestamp() - interval '3 minutes', true)
	UNION ALL
	SELECT 'warning', 'pause', NULL, format('all pipelines have been paused since %s', h.paused_at), 'SELECT elt.resume_all()'
	FROM (SELECT max(o.paused_at) AS paused_at FROM elt_catalog.home o) h WHERE h.paused_at IS NOT NULL
	UNION ALL
	SELECT 'warning', 'restore', NULL, format('the database was restored or copied at %s, and its pipelines are paused', h.restored_at),
		'SELECT elt.resume(name) FROM elt.pipelines WHERE parent_pipeline IS NULL'
	FROM (SELECT max(o.restored_at) AS restored_at FROM elt_catalog.home o) h WHERE h.restored_at IS NOT NULL
	UNION ALL
	SELECT 'error', 'maintenance', NULL, format('maintenance step %s%s has failed since %s: %s', m.step,
		coalesce(' of ' || m.relation::text, ''), m.first_at, m.message), 'SELECT * FROM elt.maintenance_errors'
	FROM elt.maintenance_errors m
	UNION ALL
	SELECT 'warning', 'deletes', d.pipeline, format('%s: %s deletes of run %s await approval: %s', d.pipeline, count(*), d.run_id, min(d.reason)),
		format('SELECT elt.approve_deletes(%s)', d.run_id)
	FROM elt.pending_deletes d GROUP BY d.pipeline, d.run_id
	UNION ALL
	SELECT 'warning', 'field', d.pipeline,
		format(CASE d.kind WHEN 'missing' THEN '%s: field %s has been missing since %s' WHEN 'new' THEN '%s: field %s has come without a column since %s'
			ELSE '%s: field %s has had values that its column refuses since %s' END, d.pipeline, d.field, d.first_seen)
			|| CASE WHEN d.kind = 'new' AND p.on_new_field = 'add' AND p.max_new_columns <= (SELECT count(*) FROM elt_catalog.drift a
				WHERE a.pipeline_id = p.id AND a.kind = 'new' AND a.applied_at > now() - interval '1 day')
				THEN format(', and the %s columns of a day (max_new_columns) have been added', p.max_new_columns) ELSE '' END,
		format('SELECT field, kind, records, sample, proposal FROM elt.drift WHERE pipeline = %L', d.pipeline)
	FROM elt.drift d JOIN elt_catalog.pipeline p ON p.name = d.pipeline WHERE d.ended_at IS NULL
	UNION ALL
	SELECT 'warning', 'consumer', NULL,
		format('consumer %s has not read the changes of %s since %s, and they are kept until it has', c.consumer, c.target,
			date_trunc('second', now() - c.lag)),
		format('SELECT elt.drop_consumer(%L)', c.consumer)
	FROM elt.consumers c
	JOIN elt_catalog.change_log l ON l.relation = c.target
	JOIN elt_catalog.policy y ON y.relation = l.log
	WHERE c.lag > y.retain
	UNION ALL
	SELECT 'error', 'change log', p.name,
		format('%s: changes of table %s fail, because tables of its change log were dropped', p.name, l.relation),
		format('SELECT elt.alter_pipeline(%L, options => %L)', p.name, '{"change_log": null}')
	FROM elt_catalog.change_log l JOIN elt_catalog.pipeline p ON p.target = l.relation
	WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = l.relation)
		AND (SELECT count(*) FROM pg_class c WHERE c.oid IN (l.log, l.commits)) < 2
	UNION ALL
	SELECT 'error', 'alert', NULL, format('%s messages to channel %s failed, the last one at %s: %s', count(*), d.channel, max(d.tried_at),
			(array_agg(d.error ORDER BY d.id DESC))[1]),
		format('SELECT elt.test_alert_channel(%L)', d.channel)
	FROM elt_catalog.alert_delivery d
	WHERE d.state = 'failed' AND NOT EXISTS (SELECT FROM elt_catalog.alert_delivery n
		WHERE n.channel = d.channel AND n.state = 'sent' AND n.sent_at > d.tried_at)
	GROUP BY d.channel
	UNION ALL
	SELECT 'warning', 'slices', p.name, format('%s: %s slices fail, the first one %s times: %s', p.name, count(*), max(c.failures), min(c.error)),
		format('SELECT params, window_start, error, next_try_at FROM elt.slices WHERE pipeline = %L AND state = %L', p.name, 'failed')
	FROM elt_catalog.slice c JOIN elt_catalog.pipeline p ON p.id = c.pipeline_id
	WHERE c.failures > 2 AND c.state = 'failed' AND NOT c.gone GROUP BY p.name
	UNION ALL
	SELECT 'warning', 'rejects', p.name, CASE WHEN o.expired
			THEN format('%s: %s rejects were still open when reject_retention ended, and are deleted', p.name, sum(o.rows))
			ELSE format('%s: %s rejects are not kept, because a batch has more than max_rejects_kept of one reason', p.name, sum(o.rows)) END,
		CASE WHEN o.expired THEN format('SELECT elt.alter_pipeline(%L, options => %L)', p.name, '{"reject_retention": "1 year"}')
			ELSE format('SELECT run_id, rejects_not_kept FROM elt.runs WHERE pipeline = %L AND rejects_not_kept > 0', p.name) END
	FROM elt_catalog.reject_overflow o JOIN elt_catalog.pipeline p ON p.id = o.pipeline_id
	WHERE o.open GROUP BY p.id, p.name, o.expired
) v
ORDER BY v.severity, v.subject, v.pipeline;
COMMENT ON VIEW elt.health IS 'what needs a person, with the statement to run next; empty: nothing does';
COMMENT ON COLUMN elt.health.severity IS 'error or warning';
COMMENT ON COLUMN elt.health.subject IS 'run, owner, retry, suspension, staleness, order, clock, pause, restore, maintenance, deletes, field, consumer, change log, alert, slices, files or rejects';
COMMENT ON COLUMN elt.health.pipeline IS 'name of the pipeline; null: it concerns all';
COMMENT ON COLUMN elt.health.message IS 'what is wrong';
COMMENT ON COLUMN elt.health.statement IS 'statement that repairs it or shows more';

CREATE FUNCTION elt_catalog.pipeline_named(name text)
RETURNS text
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'elt_pipeline_named';
COMMENT ON FUNCTION elt_catalog.pipeline_named IS 'return the name of a pipeline, or raise an error if there is none';
GRANT EXECUTE ON FUNCTION elt_catalog.pipeline_named TO elt_admin, elt_operator, elt_reader;

CREATE FUNCTION elt.explain_pipeline(pipeline text)
RETURNS SETOF text
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT l.line
	FROM elt_catalog.pipeline_named(explain_pipeline.pipeline) k(name)
	JOIN elt.pipelines p ON p.name = k.name
	LEFT JOIN elt.pipeline_status s ON s.pipeline = p.name
	LEFT JOIN elt.schedules c ON c.pipeline = p.name
	CROSS JOIN LATERAL (SELECT jsonb_object_agg(o.option, coalesce(p.options -> o.option, o.default_value)) AS value
		FROM elt.pipeline_options o) v
	CROSS JOIN LATERAL (VALUES
		(1, format('Pipeline %s loads from %s into %s by %s%s, as %s.', p.name, p.source, p.target, p.strategy,
			CASE WHEN p.key = '{}' THEN '' ELSE ' on ' || array_to_string(p.key, ', ') END, p.owner)),
		(2, CASE WHEN p.parent_pipeline IS NOT NULL THEN format('It is a child: runs of %s load it.', p.parent_pipeline) END),
		(3, (SELECT format('The same responses also load %s.', string_agg(format('%s into %s', u.name, u.target), ', ' ORDER BY u.name))
			FROM elt.pipelines u WHERE u.parent_pipeline = p.name HAVING count(*) > 0)),
		(4, (SELECT format('It requests each combination of %s.', string_agg(format('%s (%s)', v.key, v.value), ' and ' ORDER BY v.key))
			FROM jsonb_each_text(p.params) v HAVING count(*) > 0)),
		(5, CASE
			WHEN p.options ->> 'load' = 'full' THEN 'Each run requests everything.'
			WHEN p.cursor IS NOT NULL THEN format('It is loaded up to %s, and each run continues there%s.', p.cursor,
				CASE WHEN p.lookback > interval '0' THEN format(', less %s', p.lookback) ELSE '' END)
			WHEN p.start_at IS NOT NULL THEN format('Nothing is loaded yet; the first run begins at %s.', p.start_at)
			ELSE 'Each run requests what is new since the last one.' END),
		(6, (SELECT format('It is checked by %s.', string_agg(format('%s (%s)', k.name, k.action), ', ' ORDER BY k.name))
			FROM elt.checks k WHERE k.pipeline = p.name AND k.enabled HAVING count(*) > 0)),
		(7, (SELECT format('The target has a partition for each %s of %s%s.', y.partition_interval, y.partition_column,
				coalesce(format('; after %s it is %s', y.retain, CASE y.retain_action WHEN 'drop' THEN 'dropped' WHEN 'archive' THEN 'archived' WHEN 'compress' THEN 'compressed' WHEN 'pack' THEN 'packed' ELSE 'detached' END), ''))
			FROM elt.policies y WHERE y.relation = p.target)),
		(8, CASE
			WHEN s.waits_for = 'new files' THEN 'It runs when files have arrived.'
			WHEN p.schedule IS NOT NULL THEN format('Its schedule is %s%s; the next run is at %s.', p.schedule,
				CASE WHEN c.schedule_time_zone = 'UTC' THEN '' ELSE ' in ' || c.schedule_time_zone END, coalesce(c.next_slot::text, 'no time yet'))
			WHEN c.after <> '{}' THEN format('It runs whenever %s of %s have %s.',
				CASE p.options ->> 'after_rule' WHEN 'any' THEN 'any' ELSE 'all' END, array_to_string(c.after, ', '),
				CASE p.options ->> 'after_rule' WHEN 'always' THEN 'ended' ELSE 'succeeded' END)
			WHEN p.parent_pipeline IS NULL THEN 'It has no schedule: it runs when it is called or queued.' END),
		(9, CASE WHEN p.schedule IS NOT NULL AND c.after <> '{}' THEN format('At each time it waits for %s.', array_to_string(c.after, ', ')) END),
		(10, CASE WHEN p.parent_pipeline IS NULL THEN format('A queued run that fails is tried %s times in all, again after %s%s.',
			v.value ->> 'max_attempts', v.value ->> 'retry_period',
			CASE v.value ->> 'suspend_after' WHEN '0' THEN '' ELSE format('; after %s failures in a row the pipeline is suspended',
				v.value ->> 'suspend_after') END) END),
		(97, CASE
			WHEN s.state = 'never run' THEN 'It has never run.'
			WHEN s.last_run_id IS NOT NULL THEN format('Its last run is %s: %s, %s rows read, %s rejected%s.', s.last_run_id,
				(SELECT r.state FROM elt.runs r WHERE r.run_id = s.last_run_id), s.rows_read, s.rows_quarantined, coalesce('; ' || s.error, '')) END),
		(98, CASE WHEN s.state <> 'never run' THEN format('It is %s%s.', s.state, coalesce(', and waits for: ' || s.waits_for, '')) END),
		(99, CASE WHEN s.late THEN format('It is late: its last success was %s ago, and max_staleness is %s.', s.age, s.max_staleness) END)
	UNION ALL
		SELECT 11, format('%s is %s: %s.', o.option, p.options -> o.option, o.description)
		FROM elt.pipeline_options o
		WHERE p.options ? o.option AND o.option <> ALL ('{load,after,after_rule,schedule_time_zone,retain_action,max_attempts,retry_period,suspend_after}')
	) l(n, line)
	WHERE l.line IS NOT NULL
	ORDER BY l.n, l.line;
END;
COMMENT ON FUNCTION elt.explain_pipeline IS 'return in words what a pipeline does, when it runs, and what its state is, a sentence per row';
