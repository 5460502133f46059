-- Any relation as a source.
SET timezone = 'UTC';
SET client_min_messages = notice;
CREATE SCHEMA rel;
SET search_path = rel, public;
CREATE TABLE orders (id bigint PRIMARY KEY, customer int, amount numeric(10,2), changed_at timestamptz);
INSERT INTO orders SELECT n, n % 5, n * 1.5, '2024-01-01'::timestamptz + n * interval '1 minute' FROM generate_series(1, 10) AS n;

-- whole
SELECT elt.create_pipeline('copy', source => 'orders', target => 'rel.copy', key => '{id}');
CALL elt.run('copy');
CALL elt.run('copy');
UPDATE orders SET amount = 0 WHERE id = 3;
CALL elt.run('copy');
SELECT count(*), sum(amount) FROM copy;
SELECT jsonb_pretty(p - 'changed_at') FROM elt.preview('copy', 2) AS p;
SELECT string_agg(p ->> 'id', ',') FROM elt.preview('copy', 3) AS p;

-- in batches
SELECT elt.alter_pipeline('copy', options => '{"batch_rows": 4}');
CALL elt.run('copy');
SELECT batch, rows_in, rows_out FROM elt.steps WHERE pipeline = 'copy' AND step = 'pull' ORDER BY run_id DESC, batch LIMIT 3;

-- everything that can be selected from
CREATE VIEW view_source AS SELECT id, amount * 2 AS double FROM orders;
CREATE MATERIALIZED VIEW mat_source AS SELECT id, amount FROM orders;
CREATE TABLE part_source (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF part_source FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
INSERT INTO part_source VALUES (1, '2024-01-05'), (2, '2024-01-06');
SELECT elt.create_pipeline('from_' || s, source => ('rel.' || s)::regclass, target => 'rel.of_' || s, key => '{id}')
FROM unnest('{view_source,mat_source,part_source}'::text[]) AS s;
CALL elt.run('from_view_source');
CALL elt.run('from_mat_source');
CALL elt.run('from_part_source');
CREATE SEQUENCE seq_source;
\set VERBOSITY default
SELECT elt.create_pipeline('bad', source => 'seq_source', target => 'rel.bad', key => '{id}');
SELECT elt.create_pipeline('bad', source => 'orders', target => 'rel.bad', key => '{id}', params => '{"a": [1]}');
SELECT elt.create_pipeline('bad', source => 'orders', target => 'rel.bad', key => '{ids}');
SELECT elt.create_pipeline('bad', source => 'orders', target => 'rel.orders', key => '{id}');

-- by a cursor: NULL cursors come with every run, equal ones are not split
CREATE TABLE events (id int PRIMARY KEY, at timestamptz, note text);
INSERT INTO events SELECT n, CASE WHEN n > 8 THEN NULL ELSE '2024-01-01'::timestamptz + (n / 4) * interval '1 hour' END, 'x'
FROM generate_series(1, 10) AS n;
SELECT elt.create_pipeline('events', source => 'events', target => 'rel.events_t', key => '{id}',
	options => '{"cursor_column": "at", "batch_rows": 3}');
CALL elt.run('events');
SELECT position FROM elt.cursors WHERE pipeline = 'events';
SELECT count(*) FROM events_t;
INSERT INTO events VALUES (20, '2024-01-02'), (21, '2023-01-01');
CALL elt.run('events');
SELECT position FROM elt.cursors WHERE pipeline = 'events';
-- one that moves is read again, one that moves below the cursor is not
UPDATE events SET at = '2024-01-03', note = 'moved' WHERE id = 1;
UPDATE events SET note = 'unseen' WHERE id = 2;
CALL elt.run('events');
SELECT id, note FROM events_t WHERE id IN (1, 2) ORDER BY id;
SELECT elt.alter_pipeline('events', lookback => '3 days');
CALL elt.run('events');
SELECT id, note FROM events_t WHERE id IN (1, 2) ORDER BY id;
SELECT elt.alter_pipeline('events', lookback => '0');
-- a time that is still to come lands, and does not move the cursor
INSERT INTO events VALUES (22, now() + interval '1 hour');
CALL elt.run('events');
SELECT position::timestamptz < now() AS before_now FROM elt.cursors WHERE pipeline = 'events';
SELECT elt.reset_pipeline('events', '2024-01-01 01:00+00');
SELECT position FROM elt.cursors WHERE pipeline = 'events';
-- going back is told
DELETE FROM events WHERE at > '2024-01-01';
CALL elt.run('events');

-- times without a time zone are those of source_time_zone; where clocks are put back they come again
CREATE TABLE local_times (id int PRIMARY KEY, at timestamp, day date);
INSERT INTO local_times VALUES (1, '2024-06-01 12:00', '2024-06-01'), (2, '2024-06-01 13:00', '2024-06-02');
SELECT elt.create_pipeline('local_' || c, source => 'local_times', target => 'rel.local_' || c, key => '{id}', start_at => '2024-06-01 10:30+00',
	options => jsonb_build_object('cursor_column', c, 'source_time_zone', 'Europe/Berlin'))
FROM unnest('{at,day}'::text[]) AS c;
CALL elt.run('local_at');
CALL elt.run('local_day');
SELECT pipeline, position FROM elt.cursors WHERE pipeline LIKE 'local%' ORDER BY pipeline;
INSERT INTO local_times VALUES (3, now() AT TIME ZONE 'Europe/Berlin' + interval '30 min', now() AT TIME ZONE 'Europe/Berlin' + interval '2 days');
CALL elt.run('local_at');
CALL elt.run('local_day');
SELECT bool_and(position::timestamp <= clock_timestamp() AT TIME ZONE 'Europe/Berlin') AS not_to_come FROM elt.cursors WHERE pipeline LIKE 'local%';
SELECT elt.create_pipeline('zone', source => 'local_times', target => 'rel.zone_t', key => '{id}',
	options => '{"cursor_column": "at", "source_time_zone": "Nowhere/Else"}');

-- clocks are put back within half an hour: times of the hour that comes again are read
SELECT 'XST0XDT-1,J1/0,J' || extract(doy FROM put_back) - (extract(doy FROM put_back) > 59 AND extract(day FROM date_trunc('year', put_back) + interval '59 days') = 29)::int
	|| '/' || to_char(put_back, 'HH24:MI') AS zone, put_back - interval '59 min' AS again
FROM (SELECT date_bin('15 min', now(), '2000-01-01') AT TIME ZONE 'UTC' + interval '1 hour 30 min') AS x(put_back) \gset
CREATE TABLE autumn (id int PRIMARY KEY, at timestamp);
INSERT INTO autumn VALUES (1, now() AT TIME ZONE :'zone');
SELECT elt.create_pipeline('autumn', source => 'autumn', target => 'rel.autumn_t', key => '{id}',
	options => jsonb_build_object('cursor_column', 'at', 'source_time_zone', :'zone'));
CALL elt.run('autumn');
INSERT INTO autumn VALUES (2, :'again');
SELECT max(at) FILTER (WHERE id = 2) < max(at) FILTER (WHERE id = 1) AS earlier FROM autumn;
CALL elt.run('autumn');

-- by windows
CREATE TABLE readings (at timestamptz, meter int, v int, PRIMARY KEY (at, meter));
INSERT INTO readings SELECT '2024-03-30 12:00+00'::timestamptz + h * interval '6 hours', m, h FROM generate_series(0, 11) AS h, generate_series(1, 2) AS m;
SELECT elt.create_pipeline('readings', source => 'readings', target => 'rel.readings_t', key => '{at,meter}', strategy => 'replace_window', start_at => '2024-03-30 00:00+01',
	options => '{"window_interval": "1 day", "window_column": "at", "source_time_zone": "Europe/Berlin", "batch_rows": 3}');
CALL elt.run('readings', '2024-03-30 00:00+01', '2024-04-02 00:00+02');
SELECT window_start, window_end, rows FROM elt.slices WHERE pipeline = 'readings' ORDER BY window_start;
DELETE FROM readings WHERE at = '2024-03-31 12:00+00';
UPDATE readings SET v = 100 WHERE at = '2024-03-31 18:00+00';
CALL elt.run('readings', '2024-03-31 00:00+01', '2024-04-01 00:00+02');
SELECT count(*), max(v) FROM readings_t;
SELECT statement FROM elt.explain_source('readings');
CREATE VIEW timeless AS SELECT NULLIF(at, '2024-03-30 12:00+00') AS at, meter, v FROM readings;
SELECT elt.create_pipeline('timeless', source => 'timeless', target => 'rel.timeless_t', key => '{at,meter}', start_at => '2024-03-30 00:00+00',
	options => '{"window_interval": "1 day", "window_column": "at"}');
CALL elt.run('timeless', '2024-03-30', '2024-03-31');

-- what makes no sense
SELECT elt.create_pipeline('bad', source => 'readings', target => 'rel.bad', strategy => 'replace_window', options => '{"cursor_column": "at"}');
SELECT elt.create_pipeline('bad', source => 'readings', target => 'rel.bad', key => '{at,meter}', options => '{"window_interval": "1 day"}');
SELECT elt.create_pipeline('bad', source => 'readings', target => 'rel.bad', key => '{at,meter}', options => '{"window_interval": "1 day", "window_column": "v"}');
SELECT elt.create_pipeline('bad', source => 'readings', target => 'rel.bad', key => '{at,meter}', options => '{"window_interval": "1 day", "window_column": "at"}');
SELECT elt.create_pipeline('bad', source => 'readings', target => 'rel.bad', key => '{at,meter}', options => '{"window_interval": "1 day", "window_column": "at", "cursor_column": "at"}');
SELECT elt.create_pipeline('bad', source => 'readings', target => 'rel.bad', key => '{at,meter}', options => '{"window_interval": "1 month 1 day", "window_column": "at"}');
SELECT elt.create_pipeline('bad', source => 'readings', target => 'rel.bad', key => '{at,meter}', options => '{"load": "full", "cursor_column": "at"}');
SELECT elt.create_pipeline('bad', source => 'readings', target => 'rel.bad', strategy => 'append', options => '{"cursor_column": "at"}');

-- a cursor of another type: numbers have no lookback, gaps do not matter
CREATE TABLE numbered (id bigint PRIMARY KEY, v int);
INSERT INTO numbered SELECT n * 7, n FROM generate_series(1, 6) AS n;
SELECT elt.create_pipeline('numbered', source => 'numbered', target => 'rel.numbered_t', key => '{id}',
	options => '{"cursor_column": "id", "batch_rows": 2}');
CALL elt.run('numbered');
SELECT statement, late_rows, parents FROM elt.explain_source('numbered') \gx
SELECT position FROM elt.cursors WHERE pipeline = 'numbered';
INSERT INTO numbered VALUES (50, 8), (41, 9);
CALL elt.run('numbered');
SELECT string_agg(id::text, ' ' ORDER BY id) FROM numbered_t;
SELECT elt.reset_pipeline('numbered', '2024-01-01');
SELECT elt.alter_pipeline('numbered', lookback => '1 day');
CALL elt.run('numbered', '2024-01-01', '2024-02-01');

-- rows whose key repeats: a batch ends behind all of one key
CREATE VIEW repeated AS SELECT n / 4 AS k, n AS v FROM generate_series(1, 14) AS n;
SELECT elt.create_pipeline('repeated', source => 'repeated', target => 'rel.repeated_t', key => '{k}', options => '{"batch_rows": 2}');
CALL elt.run('repeated');

-- a materialized view that is refreshed between two batches
CREATE TABLE mat_base (id int PRIMARY KEY, v int);
INSERT INTO mat_base SELECT n, n FROM generate_series(1, 10) AS n;
CREATE MATERIALIZED VIEW mat AS SELECT * FROM mat_base;
SELECT elt.create_pipeline('mat', source => 'mat', target => 'rel.mat_t', key => '{id}', options => '{"batch_rows": 4}');
CREATE FUNCTION refresh() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF (SELECT count(*) FROM rel.mat_t) = 4 THEN REFRESH MATERIALIZED VIEW rel.mat; END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER refresh AFTER INSERT ON mat_t FOR EACH STATEMENT EXECUTE FUNCTION refresh();
UPDATE mat_base SET v = -v;
DELETE FROM mat_base WHERE id = 7;
INSERT INTO mat_base VALUES (0, 0), (11, -11);
CALL elt.run('mat');
SELECT string_agg(id || ':' || v, ' ' ORDER BY id) FROM mat_t;
CALL elt.run('mat');
SELECT string_agg(id || ':' || v, ' ' ORDER BY id) FROM mat_t;

-- a statement needs no more memory at its last row than at its first
CREATE FUNCTION own_memory() RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)')::int $$;
CREATE VIEW long_source AS SELECT n AS id, CASE WHEN n % 30000 = 0 THEN rel.own_memory() END AS kb FROM (SELECT generate_series(1, 300000) AS n) AS s;
SELECT elt.create_pipeline('long', source => 'long_source', target => 'rel.long_t', key => '{id}', options => '{"load": "full"}');
CALL elt.pull('long');
SELECT count(kb) AS measured, max(kb) - min(kb) < 1000 AS flat FROM elt_staging.long;

-- by ranges of the key; what has landed before a run was stopped does not come again
CREATE TABLE ranged (id int PRIMARY KEY, v int);
INSERT INTO ranged SELECT n, n FROM generate_series(1, 1000) AS n;
SELECT elt.create_pipeline('ranged', source => 'ranged', target => 'rel.ranged_t', key => '{id}', options => '{"key_ranges": 4, "batch_rows": 300}');
SELECT statement FROM elt.explain_source('ranged');
SELECT elt.add_check('ranged', 'small', 'v < 900', action => 'fail');
\set VERBOSITY terse
CALL elt.run('ranged');
\set VERBOSITY default
SELECT position FROM elt.cursors WHERE pipeline = 'ranged';
SELECT count(*), max(id) FROM ranged_t;
SELECT elt.drop_check('ranged', 'small');
INSERT INTO ranged VALUES (0, 0), (2000, 0);
CALL elt.run('ranged');
CALL elt.run('ranged');
SELECT count(*), max(id) FROM ranged_t;
-- a full load in between reads everything
SELECT elt.add_check('ranged', 'small', 'v < 900', action => 'fail');
\set VERBOSITY terse
CALL elt.run('ranged');
\set VERBOSITY default
SELECT elt.drop_check('ranged', 'small');
SELECT elt.alter_pipeline('ranged', options => '{"full_every": "1 microsecond"}');
CALL elt.run('ranged');
SELECT elt.alter_pipeline('ranged', options => '{"full_every": null}');
CALL elt.run('ranged');
TRUNCATE ranged;
CALL elt.run('ranged');
CREATE VIEW ranged_view AS SELECT NULLIF(n, 30) AS id, '2024-01-01'::timestamptz + n * interval '1 hour' AS at, 10 / (n - 40) AS v FROM generate_series(1, 100) AS n;
SELECT elt.create_pipeline('ranged_view', source => 'ranged_view', target => 'rel.ranged_view_t', key => '{at,id}', options => '{"key_ranges": 3}');
CALL elt.run('ranged_view');
SELECT reason, message, raw::jsonb -> 'id' AS id FROM elt.rejects WHERE pipeline = 'ranged_view' ORDER BY reason;
SELECT position FROM elt.cursors WHERE pipeline = 'ranged_view';
SELECT elt.create_pipeline('bad', source => 'ranged', target => 'rel.bad', key => '{id}', options => '{"key_ranges": 1}');
SELECT elt.create_pipeline('bad', source => 'ranged', target => 'rel.bad', key => '{id}', options => '{"key_ranges": 4, "cursor_column": "v"}');
SELECT elt.create_pipeline('bad', source => 'events', target => 'rel.bad', key => '{note}', options => '{"key_ranges": 4}');
SELECT elt.create_pipeline('bad', source => 'ranged', target => 'rel.bad', key => '{id}', options => '{"key_ranges": 4, "load": "full"}');

-- a row that cannot be read is rejected, the others land
CREATE TABLE texts (id int PRIMARY KEY, v text);
INSERT INTO texts SELECT n, CASE WHEN n IN (7, 1300, 1301) THEN 'x' || n ELSE n::text END FROM generate_series(1, 2500) AS n;
CREATE VIEW cast_texts AS SELECT id, v::int AS v FROM texts;
SELECT elt.create_pipeline('casts', source => 'cast_texts', target => 'rel.casts', key => '{id}');
CALL elt.run('casts');
SELECT stage, reason, column_name, sqlstate, message, raw FROM elt.rejects WHERE pipeline = 'casts' ORDER BY raw;
SELECT elt.create_pipeline('casts_full', source => 'cast_texts', target => 'rel.casts_full', key => '{id}', options => '{"load": "full", "absent": "delete"}');
CALL elt.run('casts_full');
SELECT elt.create_pipeline('casts_keyless', source => 'cast_texts', target => 'rel.casts_keyless', strategy => 'append');
CALL elt.run('casts_keyless');
UPDATE texts SET v = id WHERE id IN (7, 1300, 1301);
CALL elt.run('casts');
CALL elt.run('casts_full');
SELECT count(*) FROM casts_full;
DELETE FROM texts WHERE id = 7;
CALL elt.run('casts_full');

-- values become those of the target as in an INSERT; one that cannot rejects its row
CREATE TABLE wide (id int PRIMARY KEY, big bigint, amount numeric, note text, at timestamptz);
INSERT INTO wide SELECT n, CASE WHEN n = 7 THEN 3000000000 ELSE n END, n + 0.126, CASE WHEN n = 9 THEN 'much too long' ELSE 'x' || n END, '2024-01-01'
FROM generate_series(1, 20) AS n;
CREATE TABLE narrow (id int PRIMARY KEY, big int, amount numeric(10,2), note varchar(5), at date, _run_id bigint, _loaded_at timestamptz);
SELECT elt.create_pipeline('narrow', source => 'wide', target => 'rel.narrow', key => '{id}');
CALL elt.run('narrow');
CALL elt.run('narrow');
SELECT id, big, amount, note, at FROM narrow ORDER BY id LIMIT 2;
SELECT reason, message, raw FROM elt.rejects WHERE pipeline = 'narrow' ORDER BY raw;
ALTER TABLE wide ALTER note TYPE int USING length(note);
CALL elt.run('narrow');
ALTER TABLE narrow ALTER note TYPE int USING 1;
ALTER TABLE wide ALTER note TYPE text, DROP amount;
CALL elt.run('narrow');
SELECT elt.create_pipeline('bad', source => 'numbered', target => 'rel.narrow', key => '{id}');

-- checks and times out of range reject as always
CREATE TABLE measured (id int, at timestamptz, v int, PRIMARY KEY (id, at));
INSERT INTO measured VALUES (1, '2024-01-01', 1), (2, '1999-01-01', 2), (3, 'infinity', 3), (4, '2024-01-02', -4), (5, '2024-01-03', 5);
SELECT elt.create_pipeline('measured', source => 'measured', target => 'rel.measured_t', key => '{id,at}', start_at => '2024-01-01',
	partition_by => 'at', partition_interval => '1 month');
SELECT elt.add_check('measured', 'positive', 'v > 0', action => 'quarantine');
SELECT native FROM elt.checks WHERE pipeline = 'measured';
CALL elt.run('measured');
SELECT stage, reason, message, raw::jsonb -> 'id' AS id FROM elt.rejects WHERE pipeline = 'measured' ORDER BY id;

-- rights
CREATE ROLE rel_owner;
GRANT USAGE, CREATE ON SCHEMA rel TO rel_owner;
GRANT elt_admin TO rel_owner;
CREATE TABLE secrets (id int PRIMARY KEY, open text, secret text);
INSERT INTO secrets VALUES (1, 'a', 'b');
SET ROLE rel_owner;
SELECT elt.create_pipeline('secrets', source => 'rel.secrets', target => 'rel.secrets_t', key => '{id}');
RESET ROLE;
GRANT SELECT (id, open) ON secrets TO rel_owner;
SET ROLE rel_owner;
SELECT elt.create_pipeline('secrets', source => 'rel.secrets', target => 'rel.secrets_t', key => '{id}');
RESET ROLE;
GRANT SELECT (secret) ON secrets TO rel_owner;
SET ROLE rel_owner;
SELECT elt.create_pipeline('secrets', source => 'rel.secrets', target => 'rel.secrets_t', key => '{id}');
CALL elt.run('secrets');
RESET ROLE;
REVOKE SELECT (secret) ON secrets FROM rel_owner;
CALL elt.run('secrets');
SELECT current_user = session_user AS same;

DO $$ BEGIN PERFORM elt.drop_pipeline(name) FROM elt.pipelines; END $$;
DROP OWNED BY rel_owner;
DROP ROLE rel_owner;
SELECT relname FROM pg_class WHERE relnamespace = 'elt_staging'::regnamespace;
SET client_min_messages = warning;
DROP SCHEMA rel CASCADE;
