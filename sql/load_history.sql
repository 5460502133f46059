-- Histories whose times are those of loads: history_by => 'load'.
\getenv seed ELT_SEED
\if :{?seed}
\else
\set seed 1
\endif
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA load_history;
SET search_path = load_history;
CREATE TABLE product (id int, name text, price numeric, gone bool);
CREATE VIEW outcome AS SELECT rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch, rows_duplicate AS dup,
	rows_deleted AS del, rows_dropped AS dropped, rows_removed AS removed, pending_deletes AS pending
FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);
-- A load as if it had begun at another time
CREATE PROCEDURE load_at(name text, at timestamptz) LANGUAGE plpgsql AS $$
BEGIN
	CALL elt.pull(name);
	UPDATE elt_catalog.staged_batch SET started_at = at;
	PERFORM elt.merge(name);
	COMMIT;
END $$;

-- What does not fit
CREATE FUNCTION create_history(options jsonb, strategy text DEFAULT 'scd2') RETURNS text LANGUAGE sql AS $$
	SELECT elt.create_pipeline('history', 'product', 'load_history.dim', '{id}', strategy, options => options) $$;
SELECT create_history('{"history_by": "load"}', 'upsert');
SELECT create_history('{"history_by": "day"}');
SELECT create_history('{}');
SELECT create_history('{"history_by": "load", "sequence_by": ["name"]}');
SELECT create_history('{"history_by": "load", "late_horizon": "1 day"}');
SELECT create_history('{"history_by": "load", "late_policy": "quarantine"}');
SELECT create_history('{"history_by": "load", "deletes": "mark"}');
SELECT create_history('{"history_by": "load", "track_columns": ["prise"]}');
SELECT create_history('{"history_by": "load", "track_columns": ["id"]}');
CREATE TABLE dim (id int);
SELECT create_history('{"history_by": "load"}');
DROP TABLE dim;

-- What a load has for the first time, or otherwise than before, is true since the load began.
SELECT create_history('{"history_by": "load", "track_columns": ["price"], "load": "full", "absent": "delete", "max_delete_percent": 100, "min_rows_percent": 0}');
SELECT elt.alter_pipeline('history', options => '{"history_by": "event"}');
SELECT elt.alter_pipeline('history', options => '{"late_horizon": "1 day"}');
\d dim
SELECT relname FROM pg_class WHERE relnamespace = 'load_history'::regnamespace AND relname LIKE 'dim%' AND relkind = 'r' ORDER BY 1;
INSERT INTO product VALUES (1, 'salt', 1), (2, 'rice', 2);
CALL load_at('history', '2024-01-01');
TABLE outcome;
-- unchanged: nothing is written
CALL load_at('history', '2024-01-02');
TABLE outcome;
UPDATE product SET price = 3 WHERE id = 2;
UPDATE product SET name = 'sea salt' WHERE id = 1;
INSERT INTO product VALUES (3, 'tea', 9);
CALL load_at('history', '2024-01-03');
TABLE outcome;
-- missing, back, back with another price
DELETE FROM product WHERE id <> 1;
CALL load_at('history', '2024-01-04');
TABLE outcome;
CALL load_at('history', '2024-01-05');
TABLE outcome;
INSERT INTO product VALUES (2, 'rice', 3), (3, 'tea', 8);
CALL load_at('history', '2024-01-06');
TABLE outcome;
SELECT _sk, id, name, price, valid_from, valid_to, is_current FROM dim ORDER BY id, valid_from;
SELECT _batch, id, _old_sk, _new_sk, valid_from, valid_to FROM dim_restated ORDER BY _batch, id;
SELECT count(DISTINCT _run_id) AS runs, bool_and(_loaded_at > '2024-02-01') AS loaded FROM dim;

-- The clock is set back, and stands still: the history goes on.
UPDATE product SET price = price + 1;
CALL load_at('history', '2024-01-05 12:00');
UPDATE product SET price = price + 1;
CALL load_at('history', '2024-01-06');
DELETE FROM product WHERE id = 3;
CALL load_at('history', '2024-01-06');
INSERT INTO product VALUES (3, 'tea', 10);
CALL load_at('history', '2024-01-01');
CALL load_at('history', '2024-01-01');
TABLE outcome;
SELECT id, price, valid_from, valid_to FROM dim WHERE valid_to > '2024-01-05 12:00' ORDER BY id, valid_from;

-- A run: its time is that of its beginning, for what came and for what is gone.
DELETE FROM product WHERE id = 3;
UPDATE product SET price = 7 WHERE id = 2;
CALL elt.run('history');
SELECT d.id, d.valid_from = r.started_at AS begins, d.valid_to = r.started_at AS ends FROM dim AS d, elt.runs AS r
WHERE r.run_id = (SELECT max(run_id) FROM elt.runs WHERE pipeline = 'history') AND r.started_at IN (valid_from, valid_to) ORDER BY id, valid_from;

-- A load that fails changes nothing; the next one has its own time.
UPDATE product SET price = -1 WHERE id = 2;
SELECT elt.add_check('history', 'price', 'price >= 0', 'fail');
CALL elt.run('history');
SELECT count(*) FROM dim WHERE price < 0;
UPDATE product SET price = 8 WHERE id = 2;
CALL load_at('history', '2124-01-01');
-- Refused, then landed after all: it began when it began.
UPDATE product SET price = -1 WHERE id = 2;
CALL elt.run('history');
SELECT elt.drop_check('history', 'price');
UPDATE elt_catalog.staged_batch SET started_at = '2124-01-02';
SELECT rows_inserted FROM elt.merge('history');
-- The same batch cannot land twice, and loaded again it changes nothing.
SELECT elt.merge('history');
CALL load_at('history', '2124-01-03');
TABLE outcome;
SELECT price, valid_from, valid_to FROM dim WHERE id = 2 AND valid_to > '2124-01-01' ORDER BY valid_from;

-- A load of nothing deletes when somebody approves, as of the load.
DELETE FROM product;
CALL load_at('history', '2124-02-01');
TABLE outcome;
SELECT elt.approve_deletes(run_id) FROM elt.pending_deletes WHERE pipeline = 'history' GROUP BY run_id;
SELECT id, valid_to FROM dim WHERE valid_to > '2124-01-04' ORDER BY id;

-- Two rows of a key: the last one counts.
INSERT INTO product VALUES (4, 'oil', 1), (4, 'oil', 2);
CALL load_at('history', '2124-03-01');
TABLE outcome;
SELECT price, valid_from FROM dim WHERE id = 4;
SELECT elt.merge_sql('history') LIKE '%CREATE UNLOGGED TABLE IF NOT EXISTS elt_staging.%' AS finds_absent,
	elt.merge_sql('history') LIKE '%observed%' AS has_log;

-- A history of events does not go on as one by load, nor the other way round.
SELECT elt.drop_pipeline('history');
SELECT create_history('{"sequence_by": ["valid"]}') FROM (SELECT) AS x;
CREATE VIEW dated AS SELECT *, timestamptz '2024-01-01' AS at FROM product;
SELECT elt.create_pipeline('history', 'dated', 'load_history.dim', '{id}', 'scd2', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('history', 'dated', 'load_history.events', '{id}', 'scd2', options => '{"sequence_by": ["at"]}');
SELECT elt.drop_pipeline('history');
SELECT elt.create_pipeline('history', 'product', 'load_history.events', '{id}', 'scd2', options => '{"history_by": "load"}');
DROP TABLE dim, dim_restated;

-- Random loads, full and incremental ones, against what each of them said. What is there is compared at the time of each load.
CREATE FUNCTION kept(name text) RETURNS TABLE (id int, price numeric, deleted bool, sk bigint, begins timestamptz, ends timestamptz) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT id, price, %s, _sk, valid_from, valid_to FROM load_history.d_%s',
		CASE name WHEN 'mark' THEN '_deleted' ELSE 'false' END, name);
END $$;
SELECT elt.create_pipeline('h_' || name, 'product', 'load_history.d_' || name, '{id}', 'scd2',
	options => '{"history_by": "load", "track_columns": ["price"]}'::jsonb || options)
FROM (VALUES ('full', '{"load": "full", "absent": "delete", "max_delete_percent": 100, "min_rows_percent": 0}'::jsonb),
	('mark', '{"load": "full", "absent": "delete", "max_delete_percent": 100, "min_rows_percent": 0, "deletes": "mark", "delete_when": "gone"}'),
	('told', '{"delete_when": "gone"}'),
	('deaf', '{"delete_when": "gone", "deletes": "ignore", "first_valid_from": "-infinity"}')) AS p(name, options);
SELECT elt.add_check('h_told', 'even', 'price <> 3', 'quarantine');
CREATE TABLE said (name text, id int, price numeric, PRIMARY KEY (name, id));
CREATE TABLE saved (round int, name text, id int, price numeric);
CREATE TABLE verdict (round int, name text, problem text);
CREATE TABLE compared (round int, name text, at timestamptz, back bool);

CREATE FUNCTION change(round int, seed int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setseed(((seed * 7919 + round * 104729) % 1000003) / 1000003.0);
	DELETE FROM product WHERE random() < 0.15;
	UPDATE product SET gone = random() < 0.15;
	UPDATE product SET price = floor(random() * 5) WHERE random() < 0.3;
	UPDATE product SET name = 'n' || floor(random() * 3) WHERE random() < 0.3;
	INSERT INTO product SELECT g, 'new', floor(random() * 5), random() < 0.1 FROM generate_series(1, 12) AS g
	WHERE NOT EXISTS (SELECT FROM product WHERE id = g) AND (random() < 0.4 OR NOT EXISTS (SELECT FROM product));
END $$;
-- What the rows of a load say
CREATE FUNCTION say(pipeline text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE last ON COMMIT DROP AS SELECT * FROM product
	WHERE pipeline <> 'told' OR price <> 3;
	IF pipeline IN ('mark', 'told') THEN
		DELETE FROM said AS s USING last AS l WHERE s.name = pipeline AND s.id = l.id AND l.gone;
	END IF;
	IF pipeline IN ('full', 'mark') THEN
		DELETE FROM said AS s WHERE s.name = pipeline AND NOT EXISTS (SELECT FROM last AS l WHERE l.id = s.id);
	END IF;
	INSERT INTO said SELECT pipeline, id, price FROM last WHERE pipeline = 'full' OR gone IS NOT TRUE
	ON CONFLICT (name, id) DO UPDATE SET price = excluded.price;
	DROP TABLE last;
END $$;
CREATE FUNCTION land(nr int, pipeline text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz := timestamptz '2024-01-01' + nr * interval '1 hour';
	back bool := nr % 5 = 3;
	saw jsonb;
	did jsonb;
BEGIN
	IF back THEN
		began := began - nr / 5 * interval '1 hour';
	END IF;
	UPDATE elt_catalog.staged_batch SET started_at = began;
	SELECT jsonb_object_agg(class, rows) INTO saw FROM elt.preview_merge('h_' || pipeline, 3) WHERE rows IS NOT NULL;
	PERFORM elt.merge('h_' || pipeline);
	SELECT jsonb_object_agg(replace(key, 'rows_', ''), value) INTO did FROM elt.runs AS r, jsonb_each(to_jsonb(r))
	WHERE r.run_id = (SELECT max(run_id) FROM elt.runs WHERE runs.pipeline = 'h_' || land.pipeline)
		AND (key LIKE 'rows\_%' OR key = 'pending_deletes') AND (value <> '0' OR key = 'rows_read');
	INSERT INTO verdict SELECT nr, pipeline, format('the preview said %s, the merge %s', saw, did) WHERE saw IS DISTINCT FROM did;
	PERFORM say(pipeline);
	INSERT INTO saved SELECT nr, pipeline, id, price FROM said WHERE name = pipeline;
	INSERT INTO verdict SELECT nr, pipeline, 'current rows' FROM (
		(SELECT id, price FROM said WHERE name = pipeline EXCEPT SELECT id, price FROM kept(pipeline) WHERE ends = 'infinity' AND NOT deleted)
		UNION ALL
		(SELECT id, price FROM kept(pipeline) WHERE ends = 'infinity' AND NOT deleted EXCEPT SELECT id, price FROM said WHERE name = pipeline)) AS d LIMIT 1;
	-- facts of a time that is known already, and of the time until the next load
	PERFORM elt.apply_restatements('h_' || pipeline, 'fact_' || pipeline, 'sk', 'ts');
	EXECUTE format('INSERT INTO fact_%s SELECT f.id, f.ts, coalesce((SELECT sk FROM kept(%L) AS k WHERE k.id = f.id AND f.ts >= begins AND f.ts < ends), -1)
		FROM (SELECT floor(1 + random() * 12) AS id, %L::timestamptz + (random() * 1.5 - 0.5) * interval ''1 hour'' AS ts FROM generate_series(1, 3)) AS f',
		pipeline, pipeline, began);
	INSERT INTO compared VALUES (nr, pipeline, began, back);
END $$;
SELECT format('CREATE TABLE fact_%s (id int, ts timestamptz, sk bigint)', name) FROM unnest('{full,mark,told,deaf}'::text[]) AS name \gexec
TRUNCATE product;
\set ECHO none
SET client_min_messages = error;
SELECT format('DO $do$ BEGIN PERFORM load_history.change(%s, %s); END $do$', round, :seed) AS a,
	'CALL elt.pull(''h_full'')' AS b, format('DO $do$ BEGIN PERFORM load_history.land(%s, ''full''); END $do$', round) AS c,
	'CALL elt.pull(''h_mark'')' AS d, format('DO $do$ BEGIN PERFORM load_history.land(%s, ''mark''); END $do$', round) AS e,
	'CALL elt.pull(''h_told'')' AS f, format('DO $do$ BEGIN PERFORM load_history.land(%s, ''told''); END $do$', round) AS g,
	'CALL elt.pull(''h_deaf'')' AS h, format('DO $do$ BEGIN PERFORM load_history.land(%s, ''deaf''); END $do$', round) AS i
FROM generate_series(1, 20) AS round \gexec
\set ECHO all
-- Between the time that a clock which was set back told and the true one, loads are not told apart.
CREATE VIEW versions AS SELECT name, k.* FROM unnest('{full,mark,told,deaf}'::text[]) AS name, kept(name) AS k;
CREATE VIEW loads AS SELECT c.* FROM compared AS c WHERE NOT back AND NOT EXISTS (SELECT FROM compared AS b
	WHERE b.back AND b.name = c.name AND b.at <= c.at AND b.round > c.round);
INSERT INTO verdict SELECT min(round), name, 'the history has something else at the time of a load' FROM (
	(SELECT l.round, l.name, s.id, s.price FROM loads AS l JOIN saved AS s USING (round, name)
	EXCEPT SELECT l.round, l.name, v.id, v.price FROM loads AS l JOIN versions AS v ON v.name = l.name AND begins <= l.at AND l.at < ends AND NOT v.deleted)
	UNION ALL
	(SELECT l.round, l.name, v.id, v.price FROM loads AS l JOIN versions AS v ON v.name = l.name AND begins <= l.at AND l.at < ends
	WHERE NOT v.deleted AND (isfinite(begins) OR EXISTS (SELECT FROM saved AS s WHERE s.name = l.name AND s.id = v.id AND s.round <= l.round))
	EXCEPT SELECT l.round, l.name, s.id, s.price FROM loads AS l JOIN saved AS s USING (round, name))) AS d GROUP BY name;
INSERT INTO verdict SELECT 0, name, 'versions overlap' FROM versions AS a JOIN versions AS b USING (name, id)
WHERE a.sk <> b.sk AND a.begins < b.ends AND b.begins < a.ends GROUP BY name;
INSERT INTO verdict SELECT 0, name, 'a version is not new' FROM (SELECT *, lag(ends) OVER w AS ended, lag(price) OVER w AS cost, lag(deleted) OVER w AS was_deleted
	FROM versions WINDOW w AS (PARTITION BY name, id ORDER BY begins)) AS v
WHERE begins = ended AND cost IS NOT DISTINCT FROM price AND deleted = was_deleted GROUP BY name;
SELECT elt.apply_restatements('h_' || name, 'fact_' || name, 'sk', 'ts') IS NOT NULL AS applied FROM unnest('{full,mark,told,deaf}'::text[]) AS name;
INSERT INTO verdict SELECT 0, name, 'a fact has another version' FROM (SELECT 'full' AS name, * FROM fact_full UNION ALL SELECT 'mark', * FROM fact_mark
	UNION ALL SELECT 'told', * FROM fact_told UNION ALL SELECT 'deaf', * FROM fact_deaf) AS f
WHERE sk <> coalesce((SELECT v.sk FROM versions AS v WHERE v.name = f.name AND v.id = f.id AND ts >= begins AND ts < ends), -1) GROUP BY name;
-- A row here names the seed that finds it again: ELT_SEED=... test/run --only regress --test load_history
SELECT :'seed' AS seed, round, name, problem FROM verdict ORDER BY round, name LIMIT 10;
SELECT name, count(*), count(*) FILTER (WHERE back) > 1 AS back, (SELECT count(*) > 5 FROM loads AS l WHERE l.name = c.name) AS compared,
	(SELECT count(*) > 40 FROM versions AS v WHERE v.name = c.name) AS many FROM compared AS c GROUP BY name ORDER BY name;

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name LIKE 'h\_%' ORDER BY name \g /dev/null
DROP SCHEMA load_history CASCADE;
