-- Operations: schedules, pools.

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
LANGUAGE C STABLE
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

CREATE VIEW elt.schedules AS
SELECT p.name AS pipeline, p.schedule, p.schedule_time_zone, p.catch_up,
	p.paused OR h.paused_at IS NOT NULL AS paused,
	s.next_slot,
	CASE WHEN s.next_slot IS NOT NULL AND s.kind <> 'continuous' THEN ARRAY(
		SELECT n FROM elt.next_slots(p.schedule, p.schedule_time_zone, 3, s.next_slot) n) END AS later_slots,
	l.slot AS last_slot, l.state AS last_state, l.run_id AS last_run_id, p.priority, p.pool
FROM elt_catalog.pipeline p
CROSS JOIN elt_catalog.home h
LEFT JOIN elt_catalog.schedule s ON s.pipeline_id = p.id
LEFT JOIN LATERAL (SELECT * FROM elt_catalog.slot o WHERE o.pipeline_id = p.id
	ORDER BY o.slot DESC LIMIT 1) l ON true
WHERE p.schedule IS NOT NULL
ORDER BY s.next_slot, p.name;
COMMENT ON VIEW elt.schedules IS 'pipelines with a schedule, and when they run next';
COMMENT ON COLUMN elt.schedules.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.schedules.schedule IS 'its schedule';
COMMENT ON COLUMN elt.schedules.schedule_time_zone IS 'time zone of the schedule';
COMMENT ON COLUMN elt.schedules.catch_up IS 'which missed slots run: none, last or all';
COMMENT ON COLUMN elt.schedules.paused IS 'whether it is paused, by itself or with all others';
COMMENT ON COLUMN elt.schedules.next_slot IS 'next time at which it runs; null: resume it first';
COMMENT ON COLUMN elt.schedules.later_slots IS 'the three times after that; null: it is continuous';
COMMENT ON COLUMN elt.schedules.last_slot IS 'last time at which it was to run; null: none yet';
COMMENT ON COLUMN elt.schedules.last_state IS 'what became of that, as in elt.slots';
COMMENT ON COLUMN elt.schedules.last_run_id IS 'run that stands for it; null: none';
COMMENT ON COLUMN elt.schedules.priority IS 'of several runs that are due, higher ones start first';
COMMENT ON COLUMN elt.schedules.pool IS 'pool that limits runs at the same time; null: none';

CREATE VIEW elt.slots AS
SELECT p.name AS pipeline, s.slot, s.first_slot, s.state, s.run_id, s.decided_at
FROM elt_catalog.slot s JOIN elt_catalog.pipeline p ON p.id = s.pipeline_id
ORDER BY s.slot, p.name;
COMMENT ON VIEW elt.slots IS 'what became of each time at which a schedule was to start a run, oldest first';
COMMENT ON COLUMN elt.slots.pipeline IS 'name of the pipeline';
COMMENT ON COLUMN elt.slots.slot IS 'time that the schedule named';
COMMENT ON COLUMN elt.slots.first_slot IS 'first of the times that it stands for: itself, or an earlier one that was missed';
COMMENT ON COLUMN elt.slots.state IS 'queued: a run was queued; coalesced: a run that waited already stands for it; missed: none, as option catch_up says';
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
