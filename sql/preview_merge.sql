-- elt.preview_merge: the result of a merge before it is executed.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = warning;
CREATE SERVER preview_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE preview_owner;
GRANT elt_admin TO preview_owner;
GRANT USAGE ON FOREIGN SERVER preview_api TO preview_owner;
CREATE SCHEMA preview_test AUTHORIZATION preview_owner;
SET ROLE preview_owner;
SET search_path = preview_test;
CREATE FUNCTION answer(source regclass, body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (SET query %L)', source,
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END
$$;

CREATE FOREIGN TABLE item_api (id int, name text, price numeric, pieces int, version int, op text)
	SERVER preview_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('item', 'item_api', 'item', '{id}', options => $${"sequence_by": ["version"], "delete_when": "op = 'd'",
	"insert_only_columns": ["name"], "load": "full", "absent": "delete", "max_delete_percent": 100}$$);
SELECT elt.preview_merge('item');
SELECT elt.preview_merge(NULL);
SELECT elt.preview_merge('item', NULL);
SELECT answer('item_api', '[{"id":1,"name":"tea","price":3.5,"pieces":7,"version":1},{"id":2,"name":"jam","price":4,"version":2},
	{"id":3,"name":"rye","price":2,"version":1},{"id":4,"name":"ale","price":1,"version":1},{"id":9,"name":"oil","version":1}]');
CALL elt.run('item');

-- One of each class
SELECT elt.add_check('item', 'cheap', 'price < 100');
SELECT elt.add_check('item', 'positive', 'price > 0', 'drop');
SELECT answer('item_api', '[{"id":1,"name":"chai","price":3.50,"pieces":8,"version":2},{"id":2,"name":"jam","price":5,"version":1},
	{"id":3,"name":"rye","price":2.00,"version":1},{"id":4,"version":2,"op":"d"},{"id":5,"name":"fig","price":1,"version":1},
	{"id":5,"name":"figs","price":1,"version":2},{"id":6,"price":100,"version":1},{"id":7,"price":0,"version":1},
	{"id":null,"version":1},{"id":8,"price":1},{"id":8,"price":"dear","version":1}]');
CALL elt.pull('item');
CREATE TABLE before AS SELECT ctid::text AS c, xmin::text AS x, * FROM item;
BEGIN;
SELECT * FROM elt.preview_merge('item');
SELECT pg_current_xact_id_if_assigned() IS NULL AS wrote_nothing;
COMMIT;
SELECT class, rows FROM elt.preview_merge('item', 0);
SELECT count(*) AS touched FROM (TABLE before EXCEPT SELECT ctid::text, xmin::text, * FROM item) AS t;
SELECT elt.add_check('item', 'known', 'id < 5', 'fail');
SELECT * FROM elt.preview_merge('item');
SELECT elt.drop_check('item', 'known');
SELECT * FROM elt.merge('item') \gset
SELECT :rows_read AS read, :rows_inserted AS ins, :rows_updated AS upd, :rows_unchanged AS unch, :rows_deleted AS del,
	:rows_stale AS stale, :rows_duplicate AS dup, :rows_quarantined AS quar, :rows_dropped AS drop, :rows_removed AS removed;
SELECT * FROM elt.preview_merge('item');
SELECT answer('item_api', '[{"id":1,"name":"chai","price":3.50,"pieces":8,"version":2}]');
SELECT elt.alter_pipeline('item', options => '{"min_rows_percent": 0}');
CALL elt.pull('item');
SELECT * FROM elt.preview_merge('item', 2);
SELECT elt.alter_pipeline('item', options => '{"max_delete_percent": 10}');
SELECT * FROM elt.preview_merge('item', 1);

-- Appending: with a key and without; a window's rows
CREATE FOREIGN TABLE log_api (id int, note text, at timestamptz) SERVER preview_api
	OPTIONS (path '/echo', query 'body=', window '1 day', window_column 'at');
ALTER FOREIGN TABLE log_api OPTIONS (SET query 'from={window_start}&body=');
CREATE FUNCTION answer_log(body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE log_api OPTIONS (SET query %L)',
		'from={window_start}&body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END
$$;
SELECT elt.create_pipeline(name, 'log_api', name, key, strategy, start_at => '2024-01-01',
	options => jsonb_build_object('publication_delay', now() - timestamptz '2024-01-01 12:00')) FROM (VALUES
	('log_key', '{id}'::text[], 'append'), ('day_key', '{id}', 'replace_window'), ('day_rows', '{}', 'replace_window')) AS p(name, key, strategy);
SELECT answer_log('[{"id":1,"note":"a","at":"2024-01-01"},{"id":2,"note":"b","at":"2024-01-01"},{"id":2,"note":"b","at":"2024-01-01"}]');
CALL elt.run('log_key');
CALL elt.run('day_key');
CALL elt.run('day_rows');
SELECT answer_log('[{"id":2,"note":"b","at":"2024-01-01"},{"id":1,"note":"c","at":"2024-01-01"},{"id":3,"note":"d","at":"2024-01-01"}]');
CALL elt.pull('log_key');
CALL elt.pull('day_key');
CALL elt.pull('day_rows');
SELECT p.* FROM (VALUES (1, 'log_key'), (2, 'day_key'), (3, 'day_rows')) AS n(nr, name), elt.preview_merge(name) AS p;
SELECT name, rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch, rows_duplicate AS dup, rows_removed AS removed
FROM (VALUES ('log_key'), ('day_key'), ('day_rows')) AS n(name), elt.merge(name);

-- A history
CREATE FOREIGN TABLE place_api (id int, city text, at timestamptz, op text) SERVER preview_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('place', 'place_api', 'dim_place', '{id}', 'scd2', options => $${"sequence_by": ["at"], "delete_when": "op = 'd'"}$$);
SELECT answer('place_api', '[{"id":1,"city":"Bonn","at":"2024-01-01"},{"id":2,"city":"Kiel","at":"2024-01-01"},{"id":3,"city":"Gent","at":"2024-01-01"},
	{"id":1,"city":"Ulm","at":"2024-03-01"}]');
CALL elt.run('place');
SELECT answer('place_api', '[{"id":1,"city":"Jena","at":"2024-02-01"},{"id":1,"city":"Ulm","at":"2024-03-01"},{"id":2,"op":"d","at":"2024-02-01"},
	{"id":2,"city":"Kiel","at":"2024-01-15"},{"id":3,"city":"Zug","at":"2024-01-01"},{"id":4,"city":"Rom","at":"2024-01-01"},{"id":4,"city":"Rom","at":"2024-01-01"}]');
CALL elt.pull('place');
SELECT * FROM elt.preview_merge('place');
SELECT * FROM elt.merge('place') \gset
SELECT :rows_read AS read, :rows_inserted AS ins, :rows_updated AS upd, :rows_unchanged AS unch, :rows_deleted AS del,
	:rows_stale AS stale, :rows_duplicate AS dup, :rows_quarantined AS quar, :rows_dropped AS drop, :rows_removed AS removed;

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name IN ('item', 'log_key', 'day_key', 'day_rows', 'place') ORDER BY name;
RESET ROLE;
DROP SERVER preview_api CASCADE;
DROP SCHEMA preview_test CASCADE;
DROP OWNED BY preview_owner;
DROP ROLE preview_owner;
