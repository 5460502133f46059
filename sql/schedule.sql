-- Schedules: what they may be, when they come, and what elt.tick makes of it. Everything that could
-- start a run is in transactions that roll back.
SET timezone = 'UTC';
SET client_min_messages = notice;
CREATE SCHEMA sched;
SET search_path = sched, public;
CREATE TABLE src (id int PRIMARY KEY);
SELECT elt.create_pipeline(p, source => 'src', target => 'sched.' || p, key => '{id}') FROM unnest('{a,b,c}'::text[]) AS p;

-- times
SELECT elt.next_slots('@hourly', slots => 2, after => '2026-01-01 00:30');
SELECT elt.next_slots('*/20 6-7 * jan mon-tue', slots => 2, after => '2026-01-01');
SELECT elt.next_slots('0 0 29 2 *', slots => 2, after => '2096-03-01');
SELECT elt.next_slots('0 12 $ * *', slots => 3, after => '2024-01-31 12:00');
SELECT elt.next_slots('0 0 13 * 5', slots => 3, after => '2026-02-12');
SELECT elt.next_slots('every 90 seconds', slots => 2, after => '2026-01-01 00:00:01');
SELECT count(*) FROM elt.next_slots('continuous');

-- an hour that never comes: when it would have begun; one that comes twice: the first time
SELECT elt.next_slots('30 2 * * *', 'Europe/Berlin', 2, '2026-03-28 12:00');
SELECT elt.next_slots('30 2 * * *', 'Europe/Berlin', 2, '2026-10-24 12:00');
-- every hour: all that match
SELECT elt.next_slots('30 * * * *', 'Europe/Berlin', 3, '2026-03-29 00:00');
SELECT elt.next_slots('30 * * * *', 'Europe/Berlin', 4, '2026-10-24 23:00');

-- what is refused
\set VERBOSITY default
SELECT elt.next_slots('0 0 3 * * *');
SELECT elt.next_slots('0 0 3');
SELECT elt.next_slots('60 * * * *');
SELECT elt.next_slots('5/15 * * * *');
SELECT elt.next_slots('30-10 * * * *');
SELECT elt.next_slots('0 0 * * monday');
SELECT elt.next_slots('daily at noon or so');
SELECT elt.next_slots('@reboot');
SELECT elt.next_slots('30 seconds');
SELECT elt.next_slots('every 1 day');
SELECT elt.next_slots('every half hour');
SELECT elt.next_slots('@daily', 'Europe/Bonn');
SELECT elt.next_slots('@daily', 'right/Europe/Berlin');
SELECT elt.next_slots('every 1 hour', 'Europe/Berlin');
SELECT elt.alter_pipeline('a', schedule => '0 0 30 2 *');
SELECT elt.alter_pipeline('a', schedule => '0 0 3 * * *');
SELECT elt.alter_pipeline('a', options => '{"schedule_time_zone": "Europe/Bonn"}');
SELECT elt.alter_pipeline('a', schedule => 'continuous', options => '{"max_delay": "1 day"}');
BEGIN;
SELECT elt.add_batch_check('a', 'rows', elt.row_count(), fail_if => '= 0', scope => 'run');
SELECT elt.alter_pipeline('a', schedule => 'continuous');
ROLLBACK;
BEGIN;
SELECT elt.alter_pipeline('a', schedule => 'continuous');
SELECT elt.add_batch_check('a', 'rows', elt.row_count(), fail_if => '= 0', scope => 'run');
ROLLBACK;
SELECT elt.alter_pipeline('a', options => '{"catch_up": "some"}');
SELECT elt.alter_pipeline('a', options => '{"pool": "nowhere"}');
SELECT elt.next_slots('@daily', slots => -1);
SELECT elt.next_slots('@daily', after => 'infinity');
\set VERBOSITY terse

-- A slot is decided once. It is put back in time, as if it had come.
CREATE PROCEDURE come(pipeline text, slot timestamptz) LANGUAGE sql AS $$
	UPDATE elt_catalog.schedule s SET next_slot = slot, decided_at = clock_timestamp()
	FROM elt_catalog.pipeline p WHERE p.id = s.pipeline_id AND p.name = pipeline;
$$;
CREATE VIEW decided AS
SELECT s.pipeline, now() - s.slot < '10 minutes' AS recent, s.slot > s.first_slot AS more, s.state, r.origin, r.state AS run,
	r.slot = s.slot AS same
FROM elt.slots s LEFT JOIN elt.runs r USING (run_id) WHERE s.pipeline IN ('a', 'b', 'c') ORDER BY s.pipeline, s.slot;

BEGIN;
SELECT elt.alter_pipeline('a', schedule => format('%s * * * *', extract(minute FROM now())));
SELECT schedule_time_zone, catch_up, paused, next_slot > now(), later_slots[1] - next_slot, last_slot FROM elt.schedules WHERE pipeline = 'a';
SELECT elt.tick();
CALL come('a', date_trunc('minute', now()));
SELECT elt.tick();
SELECT elt.tick();
CALL come('a', date_trunc('minute', now()));
SELECT elt.tick();
SELECT * FROM decided;
-- the next one comes while that run waits, which then stands for both
UPDATE elt_catalog.slot SET slot = slot - interval '1 hour', first_slot = first_slot - interval '1 hour';
UPDATE elt_catalog.run SET slot = slot - interval '1 hour' WHERE slot IS NOT NULL;
CALL come('a', date_trunc('minute', now()));
SELECT elt.tick();
SELECT * FROM decided;
-- a run of a window stands for none: the slot waits for its end
UPDATE elt_catalog.slot SET slot = slot - interval '1 hour', first_slot = first_slot - interval '1 hour';
UPDATE elt_catalog.run SET window_from = '2024-01-01', window_to = '2024-01-02' WHERE slot IS NOT NULL;
CALL come('a', date_trunc('minute', now()));
SELECT elt.tick();
UPDATE elt_catalog.run SET state = 'succeeded' WHERE slot IS NOT NULL;
SELECT elt.tick();
SELECT state, run FROM decided;
ROLLBACK;

-- three slots were missed: none of them runs, the last, or all, one after the other
BEGIN;
SELECT elt.alter_pipeline(p, schedule => format('%s * * * *', extract(minute FROM now() - interval '30 minutes')),
	options => jsonb_build_object('catch_up', c))
FROM (VALUES ('a', 'none'), ('b', 'last'), ('c', 'all')) AS v(p, c);
CALL come('a', date_trunc('minute', now()) - interval '150 minutes');
CALL come('b', date_trunc('minute', now()) - interval '150 minutes');
CALL come('c', date_trunc('minute', now()) - interval '150 minutes');
CREATE VIEW missed AS
SELECT pipeline, date_trunc('minute', now()) - slot AS ago, slot - first_slot AS since, state FROM elt.slots WHERE pipeline IN ('a', 'b', 'c') ORDER BY 1, 2 DESC;
SELECT elt.tick(), elt.tick();
SELECT * FROM missed;
UPDATE elt_catalog.run SET state = 'succeeded' WHERE slot IS NOT NULL;
SELECT elt.tick(), elt.tick();
UPDATE elt_catalog.run SET state = 'succeeded' WHERE slot IS NOT NULL;
SELECT elt.tick(), elt.tick();
SELECT * FROM missed;
SELECT bool_and(next_slot > now()) FROM elt.schedules;
-- the clock is set back by a year
UPDATE elt_catalog.schedule SET next_slot = next_slot + interval '1 year', decided_slot = now() + interval '1 year', decided_at = now() + interval '1 year';
SELECT elt.tick();
SELECT bool_and(next_slot BETWEEN now() AND now() + interval '1 hour') FROM elt.schedules;
ROLLBACK;

-- paused
BEGIN;
SELECT elt.alter_pipeline('a', schedule => format('%s * * * *', extract(minute FROM now())));
SELECT elt.pause('a');
CALL come('a', date_trunc('minute', now()));
SELECT elt.tick();
SELECT elt.resume('a');
SELECT elt.tick();
SELECT elt.pause_all(), elt.pause_all();
CALL come('a', date_trunc('minute', now()));
\set VERBOSITY default
SELECT elt.tick(), elt.enqueue('a') IS NULL;
\set VERBOSITY terse
SELECT paused FROM elt.schedules WHERE pipeline = 'a';
SELECT elt.resume_all(), elt.resume_all();
SELECT elt.tick();
SELECT * FROM decided;
ROLLBACK;

-- intervals and continuous schedules are the scheduler's; no job is needed for them
BEGIN;
SELECT elt.alter_pipeline('a', schedule => 'every 1 hour'), elt.alter_pipeline('b', schedule => 'continuous', options => '{"max_delay": "1 hour"}');
SELECT count(*) FROM cron.job WHERE jobname LIKE 'elt:%';
CALL come('a', date_trunc('hour', now()));
SELECT elt.tick();
SELECT pipeline, schedule, next_slot > now(), later_slots IS NULL FROM elt.schedules ORDER BY pipeline;
SELECT elt.alter_pipeline('a', schedule => '@daily');
SELECT schedule, command FROM cron.job WHERE jobname LIKE 'elt:%';
SELECT elt.alter_pipeline('a', schedule => '');
SELECT count(*) FROM cron.job WHERE jobname LIKE 'elt:%';
ROLLBACK;

-- pools and priorities
SELECT elt.set_pool('', 1);
SELECT elt.set_pool('narrow', 0);
SELECT elt.set_pool('narrow', 3), elt.set_pool('narrow', 1);
SELECT elt.alter_pipeline(p, options => '{"pool": "narrow"}') FROM unnest('{a,b}'::text[]) AS p;
SELECT elt.drop_pool('narrow');
SELECT elt.drop_pool('nowhere');
SELECT elt.drop_pool('nowhere', if_exists => true);
BEGIN;
SELECT elt.enqueue('a') > 0, elt.enqueue('b') > 0, elt.enqueue('c') > 0;
SELECT elt.alter_pipeline('c', options => '{"priority": 5}');
SELECT pipeline, waits_for FROM elt.queue;
UPDATE elt_catalog.run SET state = 'running' WHERE id = (SELECT run_id FROM elt.queue WHERE pipeline = 'a');
SELECT * FROM elt.pools;
SELECT pipeline, waits_for, detail FROM elt.queue;
ROLLBACK;
SELECT elt.alter_pipeline(p, options => '{"pool": null}') FROM unnest('{a,b}'::text[]) AS p;
SELECT elt.drop_pool('narrow');

SELECT elt.drop_pipeline(p) FROM unnest('{a,b,c}'::text[]) AS p;
SET client_min_messages = warning;
DROP SCHEMA sched CASCADE;
