-- Strategy scd2: every version of a row, whatever the order in which they come.
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
	sequence_by => '{changed_at}', track_columns => '{town}');
SELECT elt.create_pipeline('customers', 'customers', 'dim_customer', '{id}', 'scd2', params => '{"answer": ["[]"]}',
	sequence_by => '{changed_at}', deletes => 'forget');
SELECT elt.create_pipeline('customers', 'customers', 'dim_customer', '{id}', 'upsert', params => '{"answer": ["[]"]}',
	track_columns => '{city}');
SELECT elt.create_pipeline('customers', 'customers', 'dim_customer', '{id}', 'scd2', params => '{"answer": ["[]"]}',
	sequence_by => '{changed_at}', partition_by => 'changed_at', partition_interval => '1 month');

-- A role without more rights than these owns all of it.
SELECT elt.create_pipeline('customers', 'customers', 'dim_customer', '{id}', 'scd2', params => '{"answer": ["[]"]}',
	sequence_by => '{changed_at,position}', delete_when => $$op = 'd'$$, track_columns => '{city}');
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

SELECT elt.drop_pipeline('customers');
RESET ROLE;
DROP SERVER history CASCADE;
DROP SCHEMA scd2_test CASCADE;
REVOKE ALL ON SCHEMA elt_staging FROM scd2_owner;
DROP ROLE scd2_owner;
