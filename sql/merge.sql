-- Merging a staged batch: rows are classified, and only those that differ are written.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA merge_test;
SET search_path = merge_test;
CREATE SERVER merge_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', conditional 'false');

-- What the source answers from now on.
CREATE FUNCTION answer(source regclass, body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (SET query %L)', source,
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END
$$;

-- What becomes of a batch.
CREATE VIEW outcome AS
SELECT pipeline, rows_read AS read, rows_inserted AS ins, rows_updated AS upd,
	rows_unchanged AS unch, rows_duplicate AS dup, rows_quarantined AS quar
FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);

-- One table, one key column
CREATE FOREIGN TABLE meter_api (id int, value numeric, note text, detail json)
	SERVER merge_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('meter', 'meter_api', 'meter', '{id}');
\d meter
\t on
\pset format unaligned
SELECT elt.merge_sql('meter');
SELECT answer('meter_api', '[{"id":1,"value":1.0,"note":"a","detail":{"x":1}},
	{"id":2,"value":null,"note":"","detail":null}, {"id":3,"value":3}]') \g /dev/null
CALL elt.pull('meter');
SELECT elt.merge_sql('meter');
\t off
\pset format aligned
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged FROM elt.merge('meter');
SELECT id, value, note, detail, _run_id IS NULL AS no_run, _loaded_at <= now() AS loaded FROM meter ORDER BY id;
SELECT elt.merge('meter');

-- The same again: no row is touched.
SELECT array_agg(ctid::text || xmin ORDER BY id) AS before FROM meter \gset
CALL elt.run('meter');
TABLE outcome;
SELECT array_agg(ctid::text || xmin ORDER BY id) = :'before' AS untouched FROM meter;

-- NULL and '' differ, 1.0 and 1.00 do not, json is compared as it is written.
SELECT answer('meter_api', '[{"id":1,"value":1.00,"note":"a","detail":{"x":1}},
	{"id":2,"value":null,"note":null,"detail":null}, {"id":3,"value":3,"detail":{}}]');
CALL elt.run('meter');
TABLE outcome;
SELECT id, value, note, detail, _run_id = (SELECT max(run_id) FROM elt.runs) AS rewritten
FROM meter ORDER BY id;

-- Of a key that comes twice the row that arrived last counts, also when it is no change.
SELECT answer('meter_api', '[{"id":1,"value":5,"note":"first"}, {"id":1,"value":1.0,"note":"a","detail":{"x":1}},
	{"id":4,"value":1}, {"id":4,"value":2}, {"id":4,"value":3}, {"id":3,"value":8}, {"id":3,"value":9}]');
CALL elt.run('meter');
TABLE outcome;
SELECT id, value, note FROM meter ORDER BY id;

-- A row without its key goes to quarantine, the others land.
SELECT answer('meter_api', '[{"value":5,"note":"no key"}, {"id":5,"value":5}, {"id":null,"value":6}]');
CALL elt.run('meter');
TABLE outcome;
SELECT stage, reason, column_name, message, raw FROM elt.rejects WHERE pipeline = 'meter' ORDER BY reject_id;

-- Nothing but rows without a key, and nothing at all
SELECT answer('meter_api', '[{"value":5}]');
CALL elt.run('meter');
TABLE outcome;
SELECT answer('meter_api', '[]');
CALL elt.run('meter');
TABLE outcome;

-- A key of several columns, of which one partitions the target
CREATE FOREIGN TABLE power_api (country text, kind text, ts timestamptz, mw float8)
	SERVER merge_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('power', 'power_api', 'power', '{country,kind,ts}',
	partition_by => 'ts', partition_interval => '1 month');
\d power
SELECT answer('power_api', '[{"country":"de","kind":"wind","ts":"2024-01-31T23:45:00Z","mw":1},
	{"country":"de","kind":"wind","ts":"2024-02-01T00:00:00Z","mw":2},
	{"country":"fr","kind":"wind","ts":"2024-02-01T00:00:00Z","mw":3}]');
CALL elt.run('power');
TABLE outcome;
SELECT answer('power_api', '[{"country":"de","kind":"wind","ts":"2024-02-01T00:00:00Z","mw":2},
	{"country":"fr","kind":"wind","ts":"2024-02-01T00:00:00Z","mw":4},
	{"country":"fr","kind":"wind","ts":"2024-02-01T01:00:00Z","mw":5}]');
CALL elt.pull('power');
\t on
\pset format unaligned
SELECT elt.merge_sql('power');
\t off
\pset format aligned
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged FROM elt.merge('power');
SELECT tableoid::regclass, country, kind, ts, mw FROM power ORDER BY ts, country;

-- Names that need quotes, a target with nothing beside its key
CREATE FOREIGN TABLE "Odd ""api" ("Id" int, "select" text) SERVER merge_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('odd', '"Odd ""api"', '"Odd ""target"', '{select,Id}');
SELECT answer('"Odd ""api"', '[{"Id":1,"select":"x"}, {"Id":1,"select":"x"}, {"Id":1,"select":"y"}]');
CALL elt.pull('odd');
\t on
\pset format unaligned
SELECT elt.merge_sql('odd');
\t off
\pset format aligned
CALL elt.run('odd');
TABLE outcome;
CALL elt.run('odd');
TABLE outcome;

-- Equality that calls different values equal hides no change.
CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN code AS text CHECK (length(VALUE) < 10);
CREATE FOREIGN TABLE loose_api (id code, name text COLLATE no_case, at timestamptz, tags text[], doc jsonb)
	SERVER merge_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('loose', 'loose_api', 'loose', '{id}');
SELECT answer('loose_api', '[{"id":"a","name":"tea","at":"2024-01-01T00:00:00Z","doc":{"b":1,"a":2}}]');
CALL elt.run('loose');
SELECT answer('loose_api', '[{"id":"a","name":"Tea","at":"2024-01-01T01:00:00+01:00","doc":{"a":2,"b":1.0}}]');
CALL elt.run('loose');
TABLE outcome;
SELECT id, name, doc FROM loose;
SELECT answer('loose_api', '[{"id":"a","name":"Tea","at":"2024-01-01T01:00:00+01:00","doc":{"b":1.0,"a":2}}]');
CALL elt.run('loose');
TABLE outcome;

-- A target that does not fit: every difference at once, with the way out
CREATE TABLE unfit (id bigint, value numeric GENERATED ALWAYS AS (1) STORED, note text,
	must int NOT NULL, _run_id bigint);
SELECT elt.create_pipeline('unfit', 'meter_api', 'unfit', '{id}');
CREATE VIEW no_table AS SELECT 1 AS id;
SELECT elt.create_pipeline('unfit', 'meter_api', 'no_table', '{id}');
SELECT elt.create_pipeline('unfit', 'power_api', 'unfit2', '{country,kind}', partition_by => 'ts',
	partition_interval => '1 month');
SELECT elt.create_pipeline('unfit', 'meter_api', 'no_schema.unfit2', '{id}');
CREATE FOREIGN TABLE reserved_api (id int, _run_id int) SERVER merge_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('unfit', 'reserved_api', 'unfit2', '{id}');
CREATE FOREIGN TABLE unequal_api (id point) SERVER merge_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('unfit', 'unequal_api', 'unfit2', '{id}');
SELECT to_regclass('unfit2');

-- One that fits, with columns of its own
CREATE TABLE fits (own text DEFAULT 'mine', id int PRIMARY KEY, note text, value numeric, detail json,
	_loaded_at timestamptz, _run_id bigint, hits int NOT NULL DEFAULT 0);
SELECT elt.create_pipeline('fits', 'meter_api', 'fits', '{id}');
SELECT answer('meter_api', '[{"id":1,"value":1,"note":"a"}]');
CALL elt.run('fits');
UPDATE fits SET own = 'changed', hits = 5;
SELECT answer('meter_api', '[{"id":1,"value":2,"note":"a"}]');
CALL elt.run('fits');
SELECT own, id, note, value, hits FROM fits;

-- A column that the source gains is not left out in silence.
ALTER FOREIGN TABLE meter_api ADD COLUMN unit text;
\set VERBOSITY terse
CALL elt.run('fits');
\set VERBOSITY default
SELECT state, sqlstate, error, detail, hint FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);
ALTER TABLE fits ADD COLUMN unit text;
SELECT answer('meter_api', '[{"id":1,"value":2,"note":"a","unit":"kWh"}]');
CALL elt.run('fits');
SELECT own, id, note, value, unit FROM fits;

-- Random batches leave what applying their rows one by one leaves.
CREATE FOREIGN TABLE random_api (a int, b text, value numeric, note text)
	SERVER merge_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('random', 'random_api', 'random_target', '{a,b}');
CREATE TABLE one_by_one (a int, b text, value numeric, note text, PRIMARY KEY (a, b));
CREATE TABLE batch (n int, a int, b text, value numeric, note text);
SET client_min_messages = error;
DO $$
DECLARE
	r batch;
BEGIN
	PERFORM setseed(0.5);
	FOR i IN 1 .. 40 LOOP
		TRUNCATE batch;
		INSERT INTO batch SELECT n, (random() * 6)::int, chr(97 + (random() * 3)::int),
			nullif((random() * 3)::int, 0), CASE WHEN random() < 0.3 THEN repeat('x', (random() * 2)::int) END
		FROM generate_series(1, (random() * 30)::int) n;
		FOR r IN SELECT * FROM batch ORDER BY n LOOP
			INSERT INTO one_by_one VALUES (r.a, r.b, r.value, r.note)
			ON CONFLICT (a, b) DO UPDATE SET value = excluded.value, note = excluded.note;
		END LOOP;
		PERFORM answer('random_api', (SELECT coalesce(json_agg(row_to_json(x) ORDER BY n), '[]')::text FROM batch x));
		CALL elt.run('random');
		IF EXISTS ((TABLE one_by_one EXCEPT SELECT a, b, value, note FROM random_target)
			UNION ALL (SELECT a, b, value, note FROM random_target EXCEPT TABLE one_by_one)) THEN
			RAISE EXCEPTION 'batch % differs', i;
		END IF;
	END LOOP;
END
$$;
RESET client_min_messages;
SELECT count(*) > 20 AS many FROM random_target;
SELECT count(*) AS runs, sum(rows_inserted) = (SELECT count(*) FROM random_target) AS inserted_once,
	sum(rows_updated) > 0 AS updated, sum(rows_unchanged) > 0 AS unchanged, sum(rows_duplicate) > 0 AS duplicate
FROM elt.runs WHERE pipeline = 'random';

-- Every row that was read is somewhere.
SELECT bool_and(rows_read = rows_inserted + rows_updated + rows_unchanged + rows_duplicate
	+ rows_quarantined + rows_dropped) AS adds_up
FROM elt.runs WHERE pipeline IN ('meter', 'power', 'odd', 'loose', 'fits', 'random');

-- Names that our statements use themselves are the user's as well.
CREATE FOREIGN TABLE letters (n int, k int, s int, t int, r int) SERVER merge_api
	OPTIONS (path '/echo', query 'body=');
SELECT answer('letters', '[{"n": 1, "k": 1, "s": 1, "t": 1, "r": 1}, {"n": 2, "k": 1, "s": 1, "t": 1, "r": 1}]');
SELECT elt.create_pipeline('letters', 'letters', 'letters_target', '{n,k,s,t,r}');
CALL elt.run('letters');
SELECT elt.drop_pipeline('letters');

SELECT elt.merge_sql('nobody');
SELECT elt.merge_sql(NULL);

SELECT elt.drop_pipeline(p.name) FROM elt.pipelines p WHERE p.name IN ('meter', 'power', 'odd', 'loose', 'fits', 'random') ORDER BY 1;
SELECT elt.drop_policy('power');
SET client_min_messages = warning;
DROP SCHEMA merge_test CASCADE;
DROP SERVER merge_api;
