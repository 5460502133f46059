-- Rows that a constraint of the target refuses go to quarantine, whatever the strategy, and only they; what is
-- no fault of a row fails the batch and keeps the cursor.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT current_setting('data_directory') || '/elt_refused_test' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA refused_test;
SET search_path = refused_test;
CREATE SERVER refused_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE rows (id int, at date, n int, boss int, s text) SERVER refused_files OPTIONS (glob 'rows*.csv', settle '0', on_change 'merge', format 'csv');
CREATE FUNCTION put(query text, file text DEFAULT 'rows1.csv') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (%s) TO %L (FORMAT csv, HEADER)', query, current_setting('data_directory') || '/elt_refused_test/' || file);
END $$;
-- 400 rows; what is wrong with one of them is in s
CREATE TABLE given AS
SELECT i AS id, '2024-01-01'::date + i % 40 AS at, i AS n, NULL::int AS boss, 'fine ' || i AS s FROM generate_series(1, 400) i;
UPDATE given SET n = -1, s = 'check' WHERE id = 7;
UPDATE given SET n = NULL, s = 'not null' WHERE id = 100;
UPDATE given SET n = 102, s = 'unique, in the batch' WHERE id = 103;
UPDATE given SET boss = 999, s = 'foreign key' WHERE id = 200;
UPDATE given SET boss = 400 WHERE id = 201;
UPDATE given SET s = 'too long for it' WHERE id = 250;
UPDATE given SET at = '2025-01-01', s = 'partition' WHERE id = 300;
UPDATE given SET s = 'trigger' WHERE id = 301;
SELECT put('TABLE given');
CREATE DOMAIN short AS text CHECK (VALUE <> 'too long for it');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF new.s = 'trigger' THEN
		RAISE EXCEPTION 'refused by a trigger' USING errcode = current_setting('refused_test.errcode');
	END IF;
	RETURN new;
END $$;
SET refused_test.errcode = '22023';
-- Tables of one's own, partitioned where the key allows that; a row refers to another one of its batch.
CREATE TABLE t_upsert (id int PRIMARY KEY, at date, n int NOT NULL CHECK (n > 0) UNIQUE, boss int REFERENCES t_upsert DEFERRABLE INITIALLY DEFERRED,
	s text, _run_id bigint, _loaded_at timestamptz, EXCLUDE USING hash (s WITH =), CHECK (s::short IS NOT NULL));
CREATE TABLE t_append (LIKE t_upsert, UNIQUE (id, at), CHECK (n > 0), UNIQUE (n, at)) PARTITION BY RANGE (at);
CREATE TABLE t_append_2024 PARTITION OF t_append FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE t_replace (LIKE t_upsert, UNIQUE (id), CHECK (n > 0), UNIQUE (n));
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON t_upsert FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON t_append FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT elt.create_pipeline('refused_upsert', 'rows', 't_upsert', '{id}', options => '{"max_future": "10 years"}');
SELECT elt.create_pipeline('refused_append', 'rows', 't_append', '{id,at}', 'append', options => '{"max_future": "10 years"}');
SELECT elt.create_pipeline('refused_replace', 'rows', 't_replace', '{id}', 'replace', options => '{"replace_by": ["at"], "max_future": "10 years"}');
SELECT elt.create_pipeline('refused_history', 'rows', 't_history', '{id}', 'scd2', options => '{"sequence_by": ["at"], "max_future": "10 years"}');
ALTER TABLE t_history ADD CHECK (n > 0), ALTER n SET NOT NULL, ADD CHECK (s::short IS NOT NULL);
CALL elt.run('refused_upsert');
CALL elt.run('refused_append');
CALL elt.run('refused_replace');
CALL elt.run('refused_history');
SELECT pipeline, raw::jsonb ->> 'id' AS id, raw::jsonb ->> 's' AS wrong, stage, reason, column_name, sqlstate, message
FROM elt.rejects WHERE pipeline LIKE 'refused%' ORDER BY pipeline, (raw::jsonb ->> 'id')::int;
SELECT pipeline, state, rows_read, rows_inserted, rows_quarantined FROM elt.runs WHERE pipeline LIKE 'refused%' ORDER BY 1;
SELECT (SELECT count(*) FROM t_upsert) AS upserted, (SELECT count(*) FROM t_append) AS appended,
	(SELECT count(*) FROM t_replace) AS replaced, (SELECT count(*) FROM t_history) AS history;
SELECT count(*) AS work_tables_with_rows FROM pg_class WHERE relnamespace = 'elt_staging'::regnamespace AND relname LIKE 'refused%$refused' AND pg_relation_size(oid) > 0;

-- They land when the table takes them.
ALTER TABLE t_upsert DROP CONSTRAINT t_upsert_n_check, DROP CONSTRAINT t_upsert_s_check;
SELECT rejects, replayed, rejected FROM elt.replay_rejects('refused_upsert');
SELECT raw::jsonb ->> 'id' AS id, state, attempts FROM elt.rejects WHERE pipeline = 'refused_upsert' ORDER BY 1;

-- No fault of a row: a trigger that says so, and what there is too much of.
SET refused_test.errcode = 'P0001';
SELECT put($$SELECT 1001 AS id, '2024-01-01' AS at, 1001 AS n, NULL AS boss, 'trigger' AS s$$, 'rows2.csv');
CALL elt.run('refused_append');
SELECT state, sqlstate, rows_read FROM elt.runs WHERE pipeline = 'refused_append' ORDER BY run_id DESC LIMIT 1;
SET refused_test.errcode = '22023';
SELECT elt.reset_pipeline('refused_append') > 0 AS reset;
CALL elt.run('refused_append');
SELECT state, rows_read, rows_quarantined FROM elt.runs WHERE pipeline = 'refused_append' ORDER BY run_id DESC LIMIT 1;
\set VERBOSITY terse
SELECT elt.reset_pipeline('refused_replace') > 0 AS reset;
SELECT put($$SELECT 1 AS id, '2024-01-01' AS at, 1 AS n, NULL AS boss, 'one' AS s$$);
SELECT put($$SELECT i AS id, '2024-12-01' AS at, -i AS n, NULL AS boss, i AS s FROM generate_series(2001, 2900) i$$, 'rows3.csv');
CALL elt.run('refused_replace');
SELECT state, rows_read FROM elt.runs WHERE pipeline = 'refused_replace' ORDER BY run_id DESC LIMIT 1;
SELECT count(*) FROM elt.rejects WHERE pipeline = 'refused_replace';

-- A row of a child that its table refuses goes alone; rows of the parent and of its other children land. Of a parent that is
-- refused the children's rows go too.
CREATE FOREIGN TABLE bill (id int, s text) SERVER refused_files OPTIONS (glob 'bills.json', settle '0', on_change 'merge', format 'json', records '$[*]');
CREATE FOREIGN TABLE item (bill int OPTIONS (path '$[*].id'), no int, n int) SERVER refused_files OPTIONS (glob 'bills.json', settle '0', on_change 'merge', format 'json', records '$[*].items[*]');
CREATE TABLE t_bill (id int PRIMARY KEY, s text CHECK (s <> 'refused'), _run_id bigint, _loaded_at timestamptz);
CREATE TABLE t_item (bill int, no int, n int CHECK (n > 0), _run_id bigint, _loaded_at timestamptz, PRIMARY KEY (bill, no));
SELECT elt.create_pipeline('refused_bill', 'bill', 't_bill', '{id}'), elt.add_child('refused_bill', 'item', 't_item', '{bill,no}', '{bill}');
COPY (SELECT json_agg(json_build_object('id', i, 's', CASE i WHEN 20 THEN 'refused' ELSE 'fine' END, 'items', (SELECT json_agg(json_build_object('no', j, 'n', CASE WHEN i = 10 AND j = 2 THEN -1 ELSE j END)) FROM generate_series(1, 3) j)))
	FROM generate_series(1, 60) i) TO PROGRAM 'cat > elt_refused_test/bills.json';
CALL elt.run('refused_bill');
SELECT pipeline, reason, stage, sqlstate, raw FROM elt.rejects WHERE pipeline LIKE 'refused_bill%' ORDER BY pipeline, reject_id;
SELECT pipeline, rows_read, rows_inserted, rows_quarantined FROM elt.run_targets WHERE pipeline LIKE 'refused_bill%' ORDER BY 1;
SELECT (SELECT count(*) FROM t_bill) AS bills, (SELECT count(*) FROM t_item) AS items;
ALTER TABLE t_bill DROP CONSTRAINT t_bill_s_check;
ALTER TABLE t_item DROP CONSTRAINT t_item_n_check;
SELECT replayed, rejected FROM elt.replay_rejects('refused_bill');
SELECT replayed, rejected FROM elt.replay_rejects('refused_bill_t_item');
SELECT (SELECT count(*) FROM t_bill) AS bills, (SELECT count(*) FROM t_item) AS items;

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name LIKE 'refused%' AND parent_pipeline IS NULL ORDER BY name;
DROP SCHEMA refused_test CASCADE;
DROP SERVER refused_files CASCADE;
