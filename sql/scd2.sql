-- Strategy scd2: every version of a row, in any order of arrival.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER history FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', conditional 'false');
CREATE ROLE scd2_owner;
GRANT elt_admin TO scd2_owner;
GRANT USAGE ON FOREIGN SERVER history TO scd2_owner;
CREATE SCHEMA scd2_test AUTHORIZATION scd2_owner;
SET ROLE scd2_owner;
SET search_path = scd2_test;
CREATE FOREIGN TABLE customers (answer text OPTIONS (param 'answer'), id bigint, city text, note text,
	changed_at timestamptz, position bigint, op text)
	SERVER history OPTIONS (path '/echo', query 'body={answer}');

-- What does not fit is refused.
SELECT elt.create_pipeline('customers', 'customers', 'dim_customer', '{id}', 'scd2', params => '{"answer": ["[]"]}');
SELECT elt.create_pipeline('customers', 'customers', 'dim_customer', '{id}', 'scd2', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["changed_at"], "track_columns": ["town"]}');
SELECT elt.create_pipeline('customers', 'customers', 'dim_customer', '{id}', 'scd2', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["changed_at"], "deletes": "forget"}');
SELECT elt.create_pipeline('customers', 'customers', 'dim_customer', '{id}', 'upsert', params => '{"answer": ["[]"]}',
	options => '{"track_columns": ["city"]}');
SELECT elt.create_pipeline('customers', 'customers', 'dim_customer', '{id}', 'scd2', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["changed_at"]}', partition_by => 'changed_at', partition_interval => '1 month');

-- A role without more rights than these owns all of it.
SELECT elt.create_pipeline('customers', 'customers', 'dim_customer', '{id}', 'scd2', params => '{"answer": ["[]"]}',
	options => $${"sequence_by": ["changed_at", "position"], "delete_when": "op = 'd'", "track_columns": ["city"]}$$);
\d dim_customer
CREATE FUNCTION answer(body text) RETURNS text LANGUAGE sql AS
	$$SELECT elt.alter_pipeline('customers', params => jsonb_build_object('answer', jsonb_build_array(body)))$$;

-- In order, then one between them that comes late, then all again.
SELECT answer('[{"id":1,"city":"Bonn","changed_at":"2024-01-01","position":1},
	{"id":1,"city":"Ulm","changed_at":"2024-03-01","position":3},
	{"id":2,"city":"Kiel","changed_at":"2024-01-01","position":1},
	{"id":2,"op":"d","changed_at":"2024-02-01","position":2}]') \gset
CALL elt.run('customers');
SELECT id, city, valid_from, valid_to, is_current FROM dim_customer ORDER BY id, valid_from;
CREATE TABLE fact_order (order_id int, id bigint, ordered_at timestamptz, customer_sk bigint);
INSERT INTO fact_order SELECT n, 1, t, (SELECT _sk FROM dim_customer d WHERE d.id = 1 AND t >= valid_from AND t < valid_to)
FROM (VALUES (1, timestamptz '2024-01-15'), (2, '2024-02-15'), (3, '2024-03-15')) AS o(n, t);
SELECT answer('[{"id":1,"city":"Jena","changed_at":"2024-02-01","position":2}]') \gset
CALL elt.run('customers');
SELECT id, city, valid_from, valid_to, is_current FROM dim_customer WHERE id = 1 ORDER BY valid_from;
SELECT elt.apply_restatements('customers', 'fact_order', 'customer_sk', 'ordered_at');
SELECT order_id, city FROM fact_order JOIN dim_customer d ON d._sk = customer_sk ORDER BY order_id;
SELECT elt.apply_restatements('customers', 'fact_order', 'customer_sk', 'ordered_at');
CALL elt.run('customers');
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged, rows_deleted, rows_stale, rows_duplicate
FROM elt.runs WHERE pipeline = 'customers' ORDER BY run_id;

-- The statements
CALL elt.pull('customers');
SELECT elt.merge_sql('customers');
SELECT rows_read, rows_inserted, rows_unchanged FROM elt.merge('customers');
SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'scd2_test' ORDER BY 1;

-- What was changed by hand is put right by the rows that are asked for again, whichever rows these are.
CREATE FUNCTION versions() RETURNS text LANGUAGE sql AS
	$$SELECT string_agg(concat_ws(' ', id, city, valid_from::date, valid_to::date), ', ' ORDER BY id, valid_from) FROM dim_customer$$;
CREATE VIEW last_run AS SELECT rows_inserted, rows_updated, rows_unchanged, rows_deleted FROM elt.runs
	WHERE pipeline = 'customers' ORDER BY run_id DESC LIMIT 1;
SELECT answer('[{"id":1,"city":"Bonn","changed_at":"2024-01-01","position":1},
	{"id":1,"city":"Jena","changed_at":"2024-02-01","position":2},
	{"id":1,"city":"Ulm","changed_at":"2024-03-01","position":3},
	{"id":2,"city":"Kiel","changed_at":"2024-01-01","position":1},
	{"id":2,"op":"d","changed_at":"2024-02-01","position":2}]') \gset
TRUNCATE dim_customer, dim_customer_observed, dim_customer_restated, fact_order;
CALL elt.run('customers');
SELECT versions() AS before \gset
TRUNCATE dim_customer;
SELECT elt.reset_pipeline('customers');
CALL elt.run('customers');
TABLE last_run;
SELECT versions() = :'before' AS is_whole;
DELETE FROM dim_customer WHERE city IN ('Jena', 'Kiel');
UPDATE dim_customer SET city = 'by hand' WHERE city = 'Ulm';
CALL elt.pull('customers');
SELECT class, rows FROM elt.preview_merge('customers') WHERE rows IS NOT NULL ORDER BY 1;
SELECT rows_inserted, rows_updated, rows_unchanged, rows_deleted FROM elt.merge('customers');
SELECT versions() = :'before' AS is_whole;
-- Also by those that are newer than all of their key
DELETE FROM dim_customer WHERE id = 1;
SELECT answer('[{"id":1,"city":"Ulm","changed_at":"2024-04-01","position":4}]') \gset
CALL elt.run('customers');
SELECT versions() = :'before' AS is_whole;
DELETE FROM dim_customer WHERE id = 1 AND is_current;
SELECT answer('[{"id":1,"city":"Rom","changed_at":"2024-05-01","position":5}]') \gset
CALL elt.run('customers');
SELECT id, city, valid_from, valid_to FROM dim_customer WHERE id = 1 ORDER BY valid_from;
-- And by the newest row of a key that comes again alone.
SELECT answer('[{"id":1,"city":"Rom","changed_at":"2024-05-01","position":5},
	{"id":2,"op":"d","changed_at":"2024-02-01","position":2}]') \gset
SELECT versions() AS before \gset
CALL elt.run('customers');
CALL elt.run('customers');
TABLE last_run;
UPDATE dim_customer SET city = 'by hand' WHERE is_current;
CALL elt.run('customers');
TABLE last_run;
UPDATE dim_customer SET valid_from = '2024-06-01' WHERE is_current;
CALL elt.run('customers');
TABLE last_run;
DELETE FROM dim_customer WHERE is_current;
UPDATE dim_customer SET valid_to = 'infinity' WHERE id = 2;
CALL elt.run('customers');
TABLE last_run;
SELECT versions() = :'before' AS is_whole;

-- A session that runs often grows no larger: work tables are not made again.
CREATE VIEW work_table AS SELECT string_agg(oid::text, ' ' ORDER BY relname) AS oids, sum(pg_relation_size(oid)) AS bytes,
	count(*) FROM pg_class WHERE relname LIKE 'customers$%' AND relkind = 'r';
RESET ROLE;
CREATE FUNCTION scd2_test.kept() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS
	$$SELECT sum(used_bytes) FROM pg_catalog.pg_backend_memory_contexts WHERE name = 'CacheMemoryContext'$$;
SET ROLE scd2_owner;
\set run 'UPDATE dim_customer SET city = \'by hand\' WHERE id = 1; CALL elt.run(\'customers\');'
:run :run :run :run :run
SELECT oids, kept() AS kept FROM work_table \gset
:run :run :run :run :run :run :run :run :run :run
SELECT count, oids = :'oids' AS same, bytes, kept() - :kept < 5000 AS no_growth FROM work_table;
-- They follow their source, and go with their pipeline.
ALTER FOREIGN TABLE customers ALTER note TYPE varchar(50);
ALTER TABLE dim_customer ALTER note TYPE varchar(50);
:run
SELECT format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = 'elt_staging."customers$event"'::regclass AND attname = 'note';

-- Who may read the history may call its function; one that is missing is made with the next change of options.
CREATE VIEW callers AS SELECT string_agg(CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, ', ' ORDER BY grantee::regrole::text)
	FROM pg_proc, aclexplode(proacl) WHERE proname = 'dim_customer_as_of' AND pronamespace = 'scd2_test'::regnamespace;
TABLE callers;
GRANT SELECT ON dim_customer TO pg_monitor;
TABLE callers;
GRANT SELECT ON ALL TABLES IN SCHEMA scd2_test TO pg_checkpoint;
TABLE callers;
REVOKE SELECT ON dim_customer FROM pg_monitor;
TABLE callers;
DROP FUNCTION dim_customer_as_of;
SELECT elt.alter_pipeline('customers', options => '{"change_log": null}');
TABLE callers;
-- A function of somebody else, and a name that is taken in other ways, hinder nobody.
CREATE FUNCTION mine_as_of(moment timestamptz) RETURNS SETOF dim_customer LANGUAGE sql AS 'SELECT * FROM scd2_test.dim_customer';
ALTER TABLE dim_customer RENAME TO dim_person;
SELECT count(*) = (SELECT count(*) FROM dim_person WHERE is_current) AS same FROM dim_customer_as_of(now());
SELECT proname, prosrc FROM pg_proc WHERE prorettype = 'dim_person'::regtype ORDER BY 1;
ALTER TABLE dim_person RENAME TO dim_customer;

SELECT elt.drop_pipeline('customers');
SELECT count FROM work_table;
RESET ROLE;
DROP SERVER history CASCADE;
DROP SCHEMA scd2_test CASCADE;
REVOKE ALL ON SCHEMA elt_staging FROM scd2_owner;
DROP ROLE scd2_owner;
