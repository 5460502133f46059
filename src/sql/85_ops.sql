-- Schedules and pools.

CREATE FUNCTION elt.tick()
RETURNS int
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_tick';
COMMENT ON FUNCTION elt.tick IS 'queue the runs of schedules that have come due; called each minute by pg_cron, and harmless more often; returns the number of runs queued';

CREATE FUNCTION elt.next_slots(
	schedule text,
	time_zone text DEFAULT 'UTC',
	slots int DEFAULT 5,
	after timestamptz DEFAULT now())
RETURNS SETOF timestamptz
LANGUAGE C STABLE ROWS 5
AS 'MODULE_PATHNAME', 'elt_next_slots';
COMMENT ON FUNCTION elt.next_slots IS 'return the next times at which a schedule would start a run; none for a continuous one';

CREATE FUNCTION elt.pause_all()
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_pause_all';
COMMENT ON FUNCTION elt.pause_all IS 'pause all pipelines of this database: no run starts until elt.resume_all; returns false if they were already paused';

CREATE FUNCTION elt.resume_all()
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_resume_all';
COMMENT ON FUNCTION elt.resume_all IS 'end elt.pause_all; pipelines that are paused by themselves stay so; returns false if there was nothing to end';

CREATE PROCEDURE elt_catalog.must_commit(caller text)
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_must_commit';
COMMENT ON PROCEDURE elt_catalog.must_commit IS 'raise an error unless the caller, a procedure that commits, can do so';

CREATE PROCEDURE elt.drain(timeout interval DEFAULT '1 minute', INOUT ended bigint DEFAULT NULL, INOUT stopped bigint DEFAULT NULL)
LANGUAGE plpgsql
AS $drain$
DECLARE
	deadline timestamptz := pg_catalog.clock_timestamp() + timeout;
	begun bigint;
	run record;
BEGIN
	IF timeout IS NULL THEN
		RAISE null_value_not_allowed USING MESSAGE = 'timeout must not be null';
	END IF;
	IF timeout < interval '0' THEN
		RAISE invalid_parameter_value USING MESSAGE = 'timeout must not be negative';
	END IF;
	CALL elt_catalog.must_commit('elt.drain');
	PERFORM elt.pause_all();
	COMMIT;
	begun := (SELECT pg_catalog.count(*) FROM elt.runs r WHERE r.state = 'running');
	stopped := 0;
	-- What ends by itself may do so. Then it is asked to stop after complete slices, then to stop at once.
	FOR patience IN 0 .. 2 LOOP
		WHILE pg_catalog.clock_timestamp() < deadline
			AND EXISTS (SELECT FROM elt.runs r WHERE r.state = 'running') LOOP
			COMMIT;
			PERFORM pg_catalog.pg_sleep(0.1);
		END LOOP;
		EXIT WHEN patience = 2;
		FOR run IN SELECT r.run_id FROM elt.runs r WHERE r.state = 'running' LOOP
			PERFORM elt.cancel(run.run_id, queue_rest => patience = 0);
			stopped := stopped + (patience = 0)::int;
		END LOOP;
		COMMIT;
		deadline := pg_catalog.clock_timestamp() + interval '10 seconds';
	END LOOP;
	ended := begun - stopped;
	FOR run IN SELECT r.run_id, r.pipeline FROM elt.runs r WHERE r.state = 'running' LOOP
		RAISE WARNING 'run % of pipeline "%" does not stop', run.run_id, run.pipeline
			USING HINT = 'See SELECT pid, phase, waits_for_lock FROM elt.progress, and use pg_terminate_backend.';
	END LOOP;
END
$drain$;
COMMENT ON PROCEDURE elt.drain IS 'pause all pipelines as elt.pause_all does, wait until their runs have ended, and stop those that have not after a time; returns how many runs ended by themselves and how many were stopped, of which those of the queue are queued again';

CREATE FUNCTION elt.set_pool(pool text, max_runs int)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_set_pool';
COMMENT ON FUNCTION elt.set_pool IS 'create a pool, or change how many workers run its pipelines at the same time; returns its name';

CREATE FUNCTION elt.drop_pool(pool text, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_pool';
COMMENT ON FUNCTION elt.drop_pool IS 'drop a pool that no pipeline is in; returns its name';

-- A function, so that a query of a view is not planned with all of this.
CREATE FUNCTION elt_catalog.waits_for_parents(OUT pipeline_id int, OUT waits_for text)
RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER ROWS 10
BEGIN ATOMIC
	SELECT p.id, string_agg(CASE
		WHEN a.paused THEN format('%s is paused', a.name)
		WHEN r.id IS NULL THEN format('%s has not run', a.name)
		WHEN r.state IN ('queued', 'running') THEN format('run %s of %s is %s', r.id, a.name, r.state)
		WHEN r.state = 'succeeded' THEN format('%s has not run for a later time', a.name)
		ELSE format('run %s of %s %s: %s', r.id, a.name,
			CASE r.state WHEN 'failed' THEN 'failed' ELSE 'was ' || r.state END, coalesce(r.error, r.detail, 'see elt.runs'))
		END, '; ' ORDER BY a.name)
	FROM (SELECT w.pipeline_id AS id FROM elt_catalog.slot w WHERE w.state = 'waiting'
		UNION SELECT s.pipeline_id FROM elt_catalog.schedule s WHERE s.kind = 'after') p(id)
	LEFT JOIN (SELECT d.id, array_agg(b.id) AS parents FROM elt_catalog.pipeline d, unnest(d.after) u(name)
		JOIN elt_catalog.pipeline b ON b.name = u.name GROUP BY d.id) d ON d.id = p.id
	LEFT JOIN LATERAL (SELECT o.slot, o.state, o.parents FROM elt_catalog.slot o WHERE o.pipeline_id = p.id
		ORDER BY o.slot DESC LIMIT 1) l ON true
	CROSS JOIN LATERAL unnest(coalesce(l.parents, d.parents)) u(id)
	JOIN elt_catalog.pipeline a ON a.id = u.id
	LEFT JOIN LATERAL (SELECT n.id, n.state, n.error, n.detail, n.slot, n.enqueued_at FROM elt_catalog.run n WHERE n.pipeline_id = a.id
		AND n.kind IN ('incremental', 'full') ORDER BY n.id DESC LIMIT 1) r ON true
	WHERE (l.state = 'waiting' OR r.state IS DISTINCT FROM 'succeeded')
		AND NOT (r.state = 'succeeded' AND l.state = 'waiting' AND coalesce(r.slot, r.enqueued_at) >= l.slot)
	GROUP BY p.id;
END;
COMMENT ON FUNCTION elt_catalog.waits_for_parents IS 'pipelines that are held by those that they run after, and why';
GRANT EXECUTE ON FUNCTION elt_catalog.waits_for_parents TO elt_admin, elt_operator, elt_reader;

CREATE VIEW elt.schedules AS
SELECT p.name AS pipeline, p.schedule, p.schedule_time_zone, p.catch_up,
	p.paused OR h.paused_at IS NOT NULL AS paused,
	s.next_slot,
	CASE WHEN s.next_slot IS NOT NULL AND s.kind <> 'continuous' THEN ARRAY(
		SELECT n FROM elt.next_slots(p.schedule, p.schedule_time_zone, 3, s.next_slot) n) END AS later_slots,
	l.slot AS last_slot, l.state AS last_state, l.run_id AS last_run_id, p.priority, p.pool,
	p.after, w.waits_for, coalesce(f.failures, 0) AS failures, f.suspended_until
FROM elt_catalog.pipeline p
CROSS JOIN (SELECT max(o.paused_at) AS paused_at FROM elt_catalog.home o) h
LEFT JOIN elt_catalog.schedule s ON s.pipeline_id = p.id
LEFT JOIN elt_catalog.failure f ON f.pipeline_id = p.id
LEFT JOIN elt_catalog.waits_for_parents() w ON w.pipeline_id = p.id
LEFT JOIN LATERAL (SELECT o.slot, o.state, o.run_id, o.parents FROM elt_catalog.slot o WHERE o.pipeline_id = p.id
	ORDER BY o.slot DESC LIMIT 1) l ON true
WHERE p.schedule IS NOT NULL OR p.after <> '{}'
ORDER BY s.next_slot, p.name;
COMMENT ON VIEW elt.schedules IS 'pipelines that run by a schedule or after others, and when they run next';
COMMENT ON COLUMN elt.schedules.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.schedules.schedule IS 'its schedule; null: it runs whenever its parents have succeeded';
COMMENT ON COLUMN elt.schedules.schedule_time_zone IS 'time zone of the schedule';
COMMENT ON COLUMN elt.schedules.catch_up IS 'which missed slots run: none, last or all';
COMMENT ON COLUMN elt.schedules.paused IS 'whether it is paused, by itself or with all others';
COMMENT ON COLUMN elt.schedules.next_slot IS 'next time at which it runs; null: it has no schedule, or must be resumed first';
COMMENT ON COLUMN elt.schedules.later_slots IS 'the three times after that; null: it has no schedule, or a continuous one';
COMMENT ON COLUMN elt.schedules.last_slot IS 'last time at which it was to run; null: none yet';
COMMENT ON COLUMN elt.schedules.last_state IS 'what became of that, as in elt.slots';
COMMENT ON COLUMN elt.schedules.last_run_id IS 'run that stands for it; null: none';
COMMENT ON COLUMN elt.schedules.priority IS 'of several runs that are due, higher ones start first';
COMMENT ON COLUMN elt.schedules.after IS 'pipelines that it waits for or follows';
COMMENT ON COLUMN elt.schedules.waits_for IS 'which of these hold it, and why; null: none';
COMMENT ON COLUMN elt.schedules.failures IS 'number of runs that failed in a row';
COMMENT ON COLUMN elt.schedules.suspended_until IS 'when a run is tried again, as too many have failed; null: it is not suspended';
COMMENT ON COLUMN elt.schedules.pool IS 'pool that limits runs at the same time; null: none';

CREATE VIEW elt.slots AS
SELECT p.name AS pipeline, s.slot, s.first_slot, s.state, s.run_id, s.decided_at
FROM elt_catalog.slot s JOIN elt_catalog.pipeline p ON p.id = s.pipeline_id
ORDER BY s.slot, p.name;
COMMENT ON VIEW elt.slots IS 'what became of each time at which a schedule was to start a run, oldest first';
COMMENT ON COLUMN elt.slots.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.slots.slot IS 'time that the schedule named';
COMMENT ON COLUMN elt.slots.first_slot IS 'first of the times that it stands for: itself, or an earlier one that was missed';
COMMENT ON COLUMN elt.slots.state IS 'queued: a run was queued; coalesced: a run that waited already stands for it; missed: none, as option catch_up says; waiting: its parents are not done; superseded: it waited until a later one came, which stands for it; suspended: none, as too many runs had failed in a row';
COMMENT ON COLUMN elt.slots.run_id IS 'ID of the run; null: none';
COMMENT ON COLUMN elt.slots.decided_at IS 'when that was decided';

CREATE VIEW elt.pools AS
SELECT l.name AS pool, l.max_runs,
	count(r.id) FILTER (WHERE r.state = 'running') AS running,
	count(r.id) FILTER (WHERE r.state = 'queued') AS queued
FROM elt_catalog.pool l
LEFT JOIN elt_catalog.pipeline p ON p.pool = l.name
LEFT JOIN elt_catalog.run r ON r.pipeline_id = p.id AND r.state IN ('queued', 'running')
GROUP BY l.name
ORDER BY l.name;
COMMENT ON VIEW elt.pools IS 'pools, which limit how many of their pipelines run at the same time';
COMMENT ON COLUMN elt.pools.pool IS 'name of the pool';
COMMENT ON COLUMN elt.pools.max_runs IS 'limit of runs at the same time';
COMMENT ON COLUMN elt.pools.running IS 'number of runs in progress';
COMMENT ON COLUMN elt.pools.queued IS 'number of queued runs';

CREATE FUNCTION elt_catalog.adopt_jobs()
RETURNS void
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_adopt_jobs';
COMMENT ON FUNCTION elt_catalog.adopt_jobs IS 'take over the pg_cron jobs of an earlier version';

SELECT elt_catalog.adopt_jobs();
