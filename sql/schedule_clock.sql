-- Slots where clocks are changed by law, and the ledger of slots where a clock is set by hand.
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA clocks;
SET search_path = clocks, public;

-- A year of slots, against the minutes of it as clocks in the zone show them: those that the schedules name, and
-- since offsets are multiples of half an hour, what is half an hour from them. In Lord Howe clocks change by half an
-- hour, at Troll by two hours.
CREATE UNLOGGED TABLE minutes AS
SELECT zone, m.*, date_part('hour', local) AS hour, date_part('minute', local) AS minute
FROM unnest('{Europe/Berlin,America/New_York,Australia/Lord_Howe,Asia/Kolkata,Antarctica/Troll}'::text[]) AS zone,
	LATERAL (
		SELECT at, local, lag(local) OVER w + (at - lag(at) OVER w) AS reached,
			local <= max(local) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS second_time
		FROM generate_series(timestamptz '2023-12-31', '2025-01-01', '1 hour') AS utc_hour,
			unnest('{0 min,10 min,15 min,20 min,30 min,40 min,45 min,50 min}'::interval[]) AS utc_minute,
			LATERAL (SELECT utc_hour + utc_minute) AS a (at), timezone(zone, at) AS local
		WINDOW w AS (ORDER BY at)) m;
CREATE TABLE schedules (schedule text, minutes float8[], hours float8[], every_hour boolean);
INSERT INTO schedules VALUES
	('30 2 * * *', '{30}', '{2}', false),
	('*/20 * * * *', '{0,20,40}', (SELECT array_agg(h) FROM generate_series(0, 23) h), true),
	('15 1-3 * * *', '{15}', '{1,2,3}', false);
CREATE TABLE named AS SELECT schedule, every_hour, hour, minute FROM schedules, unnest(hours) AS hour, unnest(minutes) AS minute;

-- What is named by an hour that comes twice runs the first time; what is left out, once when that begins.
CREATE TABLE expected AS
SELECT zone, schedule, at, bool_or(second_time) AS second_time, bool_or(left_out) AS left_out
FROM (
	SELECT zone, schedule, at, second_time, false AS left_out
	FROM minutes JOIN named USING (hour, minute)
	WHERE every_hour OR NOT second_time
	UNION ALL
	SELECT zone, schedule, at, false, true
	FROM minutes m, generate_series(reached, local - interval '5 minutes', '5 minutes') AS missing
		JOIN named n ON n.hour = date_part('hour', missing) AND n.minute = date_part('minute', missing)
	WHERE reached < local AND NOT every_hour) slots
WHERE at > '2024-01-01' AND at < '2025-01-01' GROUP BY 1, 2, 3;

CREATE TABLE found AS
SELECT zone, schedule, at
FROM (SELECT DISTINCT zone FROM minutes) z, schedules,
	elt.next_slots(schedule, zone, CASE WHEN every_hour THEN 26500 ELSE 1200 END, '2024-01-01') AS at
WHERE at < '2025-01-01';

SELECT zone, schedule, count(e.at) AS slots, count(*) FILTER (WHERE left_out) AS left_out,
	count(*) FILTER (WHERE second_time) AS second_time, count(*) - count(f.at) AS not_found, count(*) - count(e.at) AS not_expected
FROM expected e FULL JOIN found f USING (zone, schedule, at) GROUP BY 1, 2 ORDER BY 1, 2;
-- a call that begins anywhere continues as one that began before
SELECT count(*) AS steps, count(*) FILTER (WHERE n IS DISTINCT FROM following) AS differ
FROM (SELECT *, lead(at) OVER (PARTITION BY zone, schedule ORDER BY at) AS following FROM expected WHERE schedule <> '*/20 * * * *') e,
	elt.next_slots(schedule, zone, 1, at) AS n
WHERE following IS NOT NULL;

-- Clocks that are set: instead of the server's, all that has been decided is moved the other way.
CREATE TABLE src (id int PRIMARY KEY);
SELECT elt.create_pipeline(p, source => 'src', target => 'clocks.' || p, key => '{id}') FROM unnest('{clock_all,clock_last}'::text[]) AS p;
CREATE TABLE clock (ahead interval);
INSERT INTO clock VALUES ('0');
CREATE PROCEDURE set_clock(by interval) LANGUAGE sql AS $$
	UPDATE clock SET ahead = ahead + by;
	UPDATE elt_catalog.slot SET slot = slot + interval '1000 years';
	UPDATE elt_catalog.slot SET slot = slot - interval '1000 years' - by, first_slot = first_slot - by;
	UPDATE elt_catalog.run SET slot = slot - by WHERE slot IS NOT NULL;
	UPDATE elt_catalog.schedule SET next_slot = next_slot - by, decided_slot = decided_slot - by, decided_at = decided_at - by;
$$;
-- Until nothing is due, or so often: each run has ended before the next call.
CREATE PROCEDURE tick(times int DEFAULT 400) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. times LOOP
		PERFORM elt.tick();
		UPDATE elt_catalog.run SET state = 'succeeded' WHERE slot IS NOT NULL AND state = 'queued';
		EXIT WHEN NOT EXISTS (SELECT FROM elt.schedules WHERE next_slot <= now());
	END LOOP;
END $$;
-- Hours since the beginning, whatever the clock shows.
CREATE VIEW ledger AS
SELECT s.pipeline, extract(epoch FROM s.slot - date_trunc('minute', now()) + ahead)::int / 3600 AS slot,
	extract(epoch FROM s.first_slot - date_trunc('minute', now()) + ahead)::int / 3600 AS first_slot, s.state, s.run_id
FROM elt.slots s, clock WHERE s.pipeline LIKE 'clock%';

BEGIN;
SELECT elt.alter_pipeline('clock_' || c, schedule => format('%s * * * *', extract(minute FROM now())),
	options => jsonb_build_object('catch_up', c)) FROM unnest('{all,last}'::text[]) AS c;
CALL set_clock('1 hour');
CALL tick();
CALL set_clock('1 hour');
CALL tick();
SELECT pipeline, slot, state FROM ledger ORDER BY 1, 2;
-- back by two hours: what ran does not run again, the next one does
CALL set_clock('-2 hours');
CALL tick();
SELECT pipeline, extract(epoch FROM next_slot - date_trunc('minute', now()) + ahead)::int / 3600 AS next FROM elt.schedules, clock
WHERE pipeline LIKE 'clock%' ORDER BY 1;
CALL set_clock('1 hour');
CALL tick();
CALL set_clock('1 hour');
CALL tick();
SELECT pipeline, slot, state FROM ledger ORDER BY 1, 2;
CALL set_clock('1 hour');
CALL tick();
SELECT pipeline, slot, state FROM ledger ORDER BY 1, 2;
ROLLBACK;

-- Down for three hours, then back by two: while all are made up for, and when one stood for the others.
BEGIN;
SELECT elt.alter_pipeline('clock_' || c, schedule => format('%s * * * *', extract(minute FROM now())),
	options => jsonb_build_object('catch_up', c)) FROM unnest('{all,last}'::text[]) AS c;
CALL set_clock('3 hours');
CALL tick(1);
CALL set_clock('-2 hours');
CALL tick();
SELECT pipeline, first_slot, slot FROM ledger ORDER BY 1, 3;
CALL set_clock('1 hour');
CALL tick();
CALL set_clock('2 hours');
CALL tick();
SELECT pipeline, first_slot, slot FROM ledger ORDER BY 1, 3;
ROLLBACK;

-- Forth and back at random, at times before all is made up for: every hour that any clock has shown is decided, and
-- has run once, or one run has stood for it. By more than three hours it is taken for a correction: what another has
-- stood for comes again, and what ran does not.
BEGIN;
CREATE TABLE shown (hour int);
CREATE PROCEDURE wander(furthest_back int) LANGUAGE plpgsql AS $$
DECLARE
	latest interval;
BEGIN
	UPDATE clock SET ahead = '0';
	TRUNCATE shown;
	PERFORM elt.alter_pipeline('clock_' || c, schedule => format('%s * * * *', extract(minute FROM now())),
		options => jsonb_build_object('catch_up', c)) FROM unnest('{all,last}'::text[]) AS c;
	FOR i IN 1 .. 30 LOOP
		CALL set_clock(make_interval(hours => floor(random() * (2 * furthest_back + 3))::int - furthest_back));
		CALL tick(1 + floor(random() * 3)::int);
		INSERT INTO shown SELECT extract(epoch FROM ahead)::int / 3600 FROM clock;
	END LOOP;
	latest := (SELECT make_interval(hours => max(hour)) - max(ahead) FROM shown, clock);
	CALL set_clock(latest);
	CALL tick();
END $$;
CREATE VIEW verdict AS
SELECT pipeline, min(first_slot) AS first, max(slot) - (SELECT max(hour) FROM shown) AS last,
	(SELECT count(*) FROM shown s WHERE s.hour > 0 AND NOT EXISTS (SELECT FROM ledger o
		WHERE o.pipeline = l.pipeline AND s.hour BETWEEN o.first_slot AND o.slot)) AS left_out,
	sum(slot - first_slot + 1) > max(slot) - min(first_slot) + 1 AS stood_for_and_ran, max(slot - first_slot) > 0 AS stood_for,
	count(*) - count(DISTINCT run_id) AS without_run,
	(SELECT count(*) - count(DISTINCT r.slot) FROM elt.runs r WHERE r.pipeline = l.pipeline) AS ran_twice
FROM ledger l GROUP BY 1 ORDER BY 1;
SELECT setseed(0.5) IS NULL AS seeded;
SAVEPOINT start;
CALL wander(3);
SELECT max(hour) > 20 AS went_on, count(*) > count(DISTINCT hour) AS came_back FROM shown;
SELECT * FROM verdict;
ROLLBACK TO SAVEPOINT start;
CALL wander(12);
SELECT max(hour) > 20 AS went_on, count(*) > count(DISTINCT hour) AS came_back FROM shown;
SELECT * FROM verdict;
ROLLBACK;

SELECT elt.drop_pipeline(p) FROM unnest('{clock_all,clock_last}'::text[]) AS p;
DROP SCHEMA clocks CASCADE;
