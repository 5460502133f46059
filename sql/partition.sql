-- Partitions by time: policies, made ahead, made for a batch, removed by retention.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA part_test;
SET search_path = part_test;

-- What a policy refuses
CREATE TABLE plain (ts timestamptz);
CREATE TABLE listed (ts timestamptz) PARTITION BY LIST (ts);
CREATE TABLE two (ts timestamptz, id int) PARTITION BY RANGE (ts, id);
CREATE TABLE numbered (id int) PARTITION BY RANGE (id);
CREATE TABLE event (ts timestamptz NOT NULL, id int NOT NULL, note text DEFAULT 'none', PRIMARY KEY (ts, id))
	PARTITION BY RANGE (ts);
SELECT elt.set_policy(NULL);
SELECT elt.set_policy('plain', 'ts', '1 day');
SELECT elt.set_policy('listed', 'ts', '1 day');
SELECT elt.set_policy('two', 'ts', '1 day');
SELECT elt.set_policy('numbered', 'id', '1 day');
SELECT elt.set_policy('event', 'id', '1 day');
SELECT elt.set_policy('event');
SELECT elt.set_policy('event', 'ts', '1 month 1 day');
SELECT elt.set_policy('event', 'ts', '-1 day');
SELECT elt.set_policy('event', 'ts', '7 hours');
SELECT elt.set_policy('event', 'ts', '24 hours');
SELECT elt.set_policy('event', 'ts', '30 seconds');
SELECT elt.set_policy('event', 'ts', '1 day', 'Europe/Atlantis');
SELECT elt.set_policy('event', 'ts', '1 day', partition_premake => -1);
SELECT elt.set_policy('event', 'ts', '1 day', retain => '0');
SELECT elt.set_policy('event', 'ts', '1 day', retain => '30');
SELECT elt.set_policy('event', 'ts', '15 minutes', retain => '365');
SELECT elt.set_policy('event', 'ts', '1 day', retention => '[{"after": "90", "do": "drop"}]');
SELECT elt.set_policy('event', 'ts', '1 day', archive_server => 'nowhere');
SELECT elt.set_policy('event', 'ts', '1 day', archive_path => '../up');
SELECT elt.set_policy('event', 'ts', '1 day', archive_format => 'tar');
SELECT elt.set_policy('event', 'ts', '1 day', retain_action => 'burn');
SELECT * FROM elt.rotate_partitions('event');
SELECT * FROM elt.policies;

-- Made ahead: the current interval and premake more, once.
ALTER TABLE event REPLICA IDENTITY FULL;
CREATE INDEX event_note ON event (note);
GRANT SELECT ON event TO elt_reader;
GRANT INSERT, UPDATE ON event TO elt_operator WITH GRANT OPTION;
SELECT elt.set_policy('event', 'ts', '1 month', 'Europe/Berlin', partition_premake => 2);
SELECT count(*), min(lower_bound) <= now() AS covers_now, max(upper_bound) > now() + interval '2 months' AS ahead
FROM elt.rotate_partitions('event');
SELECT count(*) FROM elt.rotate_partitions('event');
SELECT count(*) FROM elt.rotate_partitions();
SELECT bool_and(partition = 'event_p' || to_char(lower_bound AT TIME ZONE 'Europe/Berlin', 'YYYYMMDD')) AS named,
	bool_and(extract(day FROM lower_bound AT TIME ZONE 'Europe/Berlin') = 1) AS local_months,
	bool_and(upper_bound = coalesce(next, upper_bound)) AS contiguous, bool_and(state = 'attached') AS attached
FROM (SELECT *, lead(lower_bound) OVER (ORDER BY lower_bound) AS next FROM elt.partitions
	WHERE relation = 'event'::regclass) p;
SELECT DISTINCT c.relacl = p.relacl AS same_privileges, c.relreplident, array_agg(i.indisprimary ORDER BY i.indisprimary) AS indexes,
	(SELECT count(*) FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c') AS checks
FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_index i ON i.indrelid = c.oid
JOIN pg_class p ON p.oid = h.inhparent
WHERE h.inhparent = 'event'::regclass GROUP BY c.oid, p.oid;
SELECT relation, partition_column, partition_interval, partition_time_zone, partition_premake, retain, retain_action, lock_timeout
FROM elt.policies;

-- What is null stays as it was.
SELECT elt.set_policy('event', retain => '3 months');
SELECT elt.set_policy('event', partition_premake => 0);
SELECT partition_interval, partition_time_zone, partition_premake, retain, retain_action FROM elt.policies;

-- Retention: what ends by the cutoff goes, made by whomever; never the newest.
CREATE TABLE event_old PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE event_older PARTITION OF event FOR VALUES FROM (MINVALUE) TO ('2019-01-01');
INSERT INTO event VALUES ('2020-01-15', 1);
SELECT * FROM elt.apply_retention('event', dry_run => true);
SELECT count(*) FROM event;
SELECT * FROM elt.apply_retention('event');
SELECT count(*) FROM event;
SELECT to_regclass('event_old'), to_regclass('event_older');
SELECT * FROM elt.apply_retention('event');
SELECT partition, state FROM elt.partitions WHERE state <> 'attached' ORDER BY 1;

-- Detached partitions stay as tables.
SELECT elt.set_policy('event', retain_action => 'detach');
CREATE TABLE event_p20200101 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
INSERT INTO event VALUES ('2020-01-15', 1);
SELECT * FROM elt.apply_retention();
SELECT count(*) FROM event;
SELECT count(*) FROM event_p20200101;
SELECT partition, state FROM elt.partitions WHERE state = 'detached';

CREATE TABLE newest (ts date) PARTITION BY RANGE (ts);
SELECT elt.set_policy('newest', 'ts', '1 day', retain => '1 day');
CREATE TABLE newest_1 PARTITION OF newest FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
CREATE TABLE newest_2 PARTITION OF newest FOR VALUES FROM ('2020-01-02') TO ('2020-01-03');
SELECT * FROM elt.apply_retention('newest');

-- The cutoff is rounded down to a whole interval of the policy's zone.
SELECT elt.set_policy('newest', 'ts', '1 month', 'Pacific/Auckland', partition_premake => 0, retain => '1 month');
CREATE TABLE newest_edge (LIKE newest);
DO $$
DECLARE
	first timestamp := date_trunc('month', now() AT TIME ZONE 'Pacific/Auckland') - interval '1 month';
BEGIN
	EXECUTE format('ALTER TABLE newest ATTACH PARTITION newest_edge FOR VALUES FROM (%L) TO (%L)',
		first - interval '1 month', first);
END
$$;
SELECT count(*) FROM elt.rotate_partitions('newest');
SELECT partition FROM elt.apply_retention('newest', true);

-- Time stamps without zone, and parts of a day
CREATE TABLE local_time (ts timestamp) PARTITION BY RANGE (ts);
SELECT elt.set_policy('local_time', 'ts', '6 hours', 'Europe/Berlin');
SELECT elt.set_policy('local_time', 'ts', '6 hours', partition_premake => 1);
SELECT count(*), bool_and(partition ~ '^local_time_p\d{8}_(00|06|12|18)00$') FROM elt.rotate_partitions('local_time');
SELECT elt.set_policy('newest', 'ts', '6 hours');

-- A long name keeps its end, two long names do not meet.
CREATE TABLE a_table_whose_name_is_as_long_as_postgresql_lets_a_name_be_xy_1 (ts timestamptz) PARTITION BY RANGE (ts);
CREATE TABLE a_table_whose_name_is_as_long_as_postgresql_lets_a_name_be_xy_2 (ts timestamptz) PARTITION BY RANGE (ts);
SELECT elt.set_policy('a_table_whose_name_is_as_long_as_postgresql_lets_a_name_be_xy_1', 'ts', '1 day', partition_premake => 0);
SELECT elt.set_policy('a_table_whose_name_is_as_long_as_postgresql_lets_a_name_be_xy_2', 'ts', '1 day', partition_premake => 0);
SELECT count(DISTINCT partition), min(length(partition)), max(length(partition)),
	bool_and(partition ~ '_[0-9a-f]{8}_p\d{8}$') FROM elt.rotate_partitions();

-- A name that is taken by another table
CREATE TABLE taken (ts timestamptz) PARTITION BY RANGE (ts);
DO $$ BEGIN EXECUTE format('CREATE TABLE taken_p%s ()', to_char(now(), 'YYYYMMDD')); END $$;
SELECT elt.set_policy('taken', 'ts', '1 day', partition_premake => 0);
SELECT partition = 'taken_p' || to_char(now(), 'YYYYMMDD') || '_2' FROM elt.rotate_partitions('taken');

-- Storage options come from the latest partition; privileges stay behind where rows are protected.
CREATE TABLE guarded (ts timestamptz) PARTITION BY RANGE (ts);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON guarded TO elt_reader;
CREATE TABLE guarded_old PARTITION OF guarded FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')
	WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
SELECT elt.set_policy('guarded', 'ts', '1 day', partition_premake => 0);
SELECT count(*) FROM elt.rotate_partitions('guarded');
SELECT reloptions, relacl FROM pg_class WHERE relname ~ '^guarded_p';

SELECT elt.drop_policy('guarded');
SELECT elt.drop_policy('guarded');
-- A message quotes a qualified name once.
CREATE TABLE "My Table" (ts timestamptz) PARTITION BY RANGE (ts);
SELECT elt.drop_policy('"My Table"');
SELECT elt.set_policy('"My Table"');
DROP TABLE "My Table";
SELECT elt.drop_policy('guarded', if_exists => true);
SELECT elt.drop_policy(NULL);

-- Only the owner maintains a table.
CREATE ROLE part_test_user;
GRANT USAGE ON SCHEMA part_test, elt TO part_test_user;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA elt TO part_test_user;
SET ROLE part_test_user;
SELECT elt.set_policy('event', partition_premake => 1);
SELECT * FROM elt.rotate_partitions('event');
SELECT * FROM elt.apply_retention('event');
SELECT elt.drop_policy('event');
SELECT count(*) FROM elt.rotate_partitions();
RESET ROLE;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA elt FROM part_test_user;
REVOKE ALL ON SCHEMA part_test, elt FROM part_test_user;
DROP ROLE part_test_user;

-- Made for a batch: what its rows need and what is not there yet.
CREATE SERVER part_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE reading_api (ts timestamptz, mw int) SERVER part_api OPTIONS (path '/echo', query 'body=');
CREATE FUNCTION answer(VARIADIC times timestamptz[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE reading_api OPTIONS (SET query %L)', 'body=' || regexp_replace(
		encode(convert_to((SELECT json_agg(json_build_object('ts', t, 'mw', 1))::text FROM unnest(times) t), 'UTF8'),
		'hex'), '(..)', '%\1', 'g'));
END
$$;
CREATE VIEW made AS SELECT partition, lower_bound, upper_bound FROM elt.partitions
	WHERE relation = to_regclass('reading') ORDER BY lower_bound;
SELECT elt.create_pipeline('reading', 'reading_api', 'reading', '{ts}', partition_by => 'ts',
	partition_interval => '1 day', options => '{"partition_time_zone": "Europe/Berlin"}');
-- both clock changes, with hours on either side of local midnight
SELECT answer('2024-03-30 22:59Z', '2024-03-30 23:00Z', '2024-03-31 21:59Z', '2024-03-31 22:00Z',
	'2024-10-26 22:00Z', '2024-10-27 22:59Z', '2024-10-27 23:00Z');
CALL elt.run('reading');
SELECT partition, lower_bound, upper_bound, upper_bound - lower_bound AS span FROM made;
SELECT tableoid::regclass AS partition, ts FROM reading ORDER BY ts;
CALL elt.run('reading');
SELECT count(*) FROM made;

-- Another interval holds from now on, between what is there.
SELECT elt.set_policy('reading', partition_interval => '1 month', partition_time_zone => 'UTC');
SELECT answer('2024-03-01 00:00Z', '2024-03-31 23:00Z', '2024-10-31 12:00Z', '2024-12-31 12:00Z');
CALL elt.run('reading');
SELECT * FROM made;
SELECT count(*), count(DISTINCT tableoid) FROM reading;

-- Time zones with two midnights in one night
SELECT elt.create_pipeline('havana', 'reading_api', 'havana', '{ts}', partition_by => 'ts',
	partition_interval => '1 day', options => '{"partition_time_zone": "America/Havana"}');
SELECT answer('2010-10-31 04:12Z', '2010-10-31 05:12Z');
CALL elt.run('havana');
SELECT partition, lower_bound, upper_bound, upper_bound - lower_bound AS span FROM elt.partitions
WHERE relation = 'havana'::regclass;

-- Windows that retention would empty at once are not asked for, unless somebody names them.
CREATE FOREIGN TABLE day_api (at timestamptz) SERVER part_api OPTIONS (path '/echo',
	query 'body=%5B%7B%22at%22:%22{window_start}T12:00Z%22%7D%5D&type=application/json',
	window '1 day', window_column 'at', window_format 'YYYY-MM-DD');
SELECT date_trunc('day', now()) AS today \gset
\set VERBOSITY terse
SELECT elt.create_pipeline('daily', 'day_api', 'daily', '{at}', start_at => :'today'::timestamptz - interval '20 days',
	partition_by => 'at', partition_interval => '1 day', options => '{"partition_premake": 0}', retain => '3 days');
CALL elt.run('daily');
SELECT :'today' - window_start AS ago, state FROM elt.slices WHERE pipeline = 'daily' ORDER BY window_start;
SELECT :'today' - window_end AS ago FROM elt.cursors WHERE pipeline = 'daily';
-- A cursor that stayed behind goes on at what is kept.
SELECT elt.reset_pipeline('daily', :'today'::timestamptz - interval '10 days');
CALL elt.run('daily');
SELECT :'today' - window_end AS ago FROM elt.cursors WHERE pipeline = 'daily';
-- Named, they land until retention is next applied.
SELECT :'today'::timestamptz - interval '8 days' AS from, :'today'::timestamptz - interval '7 days' AS to \gset
CALL elt.run('daily', :'from', :'to');
SELECT count(*) FROM daily;
SELECT action FROM elt.apply_retention('daily');
SELECT count(*) FROM daily;
SELECT elt.alter_pipeline('daily', retain => '19 days');
SELECT elt.alter_pipeline('daily', retain => '1 year');
SELECT elt.drop_pipeline('daily');
\set VERBOSITY default

-- A pipeline keeps its target's policy.
SELECT elt.drop_policy('havana');

SELECT elt.drop_pipeline('reading'), elt.drop_pipeline('havana');
SELECT count(elt.drop_policy(relation)) FROM elt.policies;
SET client_min_messages = warning;
DROP SCHEMA part_test CASCADE;
DROP SERVER part_api;
SELECT count(*) FROM elt.partitions;
