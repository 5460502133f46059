-- Which foreign tables can be children of which pipelines, and what is kept of them.
\getenv replay ELT_REPLAY
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER add_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE SERVER add_other FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE add_owner;
GRANT USAGE ON FOREIGN SERVER add_api TO add_owner;
CREATE SCHEMA add_test AUTHORIZATION add_owner;
SET search_path = add_test;
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER add_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION answers(slice text, body text) RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM script WHERE id = 'add-' || slice
		AND responses = jsonb_build_array(jsonb_build_object('body', body))::text$$;

CREATE FOREIGN TABLE order_api (shop text OPTIONS (param 'shop'), id bigint, day date OPTIONS (format 'DD.MM.YYYY'))
	SERVER add_api OPTIONS (path '/script/add-{shop}', records '$.orders[*]', paginate 'page_number', page_param 'p', limit_param 'l', page_size '2', pages_path '$.pages');
CREATE FOREIGN TABLE line_api (shop text OPTIONS (param 'shop'), order_id bigint OPTIONS (path '$.orders[*].id'), sku text,
	n int)
	SERVER add_api OPTIONS (path '/script/add-{shop}', records '$.orders[*].lines[*]', paginate 'page_number', page_param 'p', limit_param 'l', page_size '2', pages_path '$.pages');
SELECT elt.create_pipeline('add_orders', 'order_api', 'orders', '{shop,id}', params => '{"shop": ["a"]}');
CREATE FUNCTION refused(options text, records text DEFAULT '$.orders[*].lines[*]', columns text DEFAULT
	'shop text OPTIONS (param ''shop''), order_id bigint OPTIONS (path ''$.orders[*].id''), sku text, n int',
	server text DEFAULT 'add_api', parent_key text[] DEFAULT '{shop,order_id}', child jsonb DEFAULT '{}', parent text DEFAULT 'add_orders')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text;
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE bad (%s) SERVER %I OPTIONS (%s%s)', columns, server, options,
		CASE WHEN records <> '' THEN format(', records %L', records) ELSE '' END);
	PERFORM elt.add_child(parent, 'bad', 'bad_lines', '{shop,order_id,sku}', parent_key, child);
	RETURN 'it is accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
\set same '$$path ''/script/add-{shop}'', paginate ''page_number'', page_param ''p'', limit_param ''l'', page_size ''2'', pages_path ''$.pages''$$'
\pset format unaligned
\t on
-- The request
SELECT refused($$path '/script/other-{shop}', paginate 'page_number', page_param 'p', limit_param 'l', page_size '2', pages_path '$.pages'$$);
SELECT refused($$path '/script/add-{shop}'$$);
SELECT refused(:same || $$, method 'POST'$$);
SELECT refused(:same, server => 'add_other');
-- The records
SELECT refused(:same, records => '$.orders[*]');
SELECT refused(:same, records => '$.lines[*]');
SELECT refused(:same, records => '$.orders[*].lines[*], $.orders[*].gifts[*]');
SELECT refused(:same, records => '');
-- The key of the parent
SELECT refused(:same, parent_key => '{}');
SELECT refused(:same, parent_key => '{order_id}');
SELECT refused(:same, parent_key => '{shop,order_id,sku}');
SELECT refused(:same, parent_key => '{shop,order_no}');
SELECT refused(:same, columns => $$shop text OPTIONS (param 'shop'), order_id bigint, sku text$$);
SELECT refused(:same, columns => $$shop text OPTIONS (param 'shop'), order_id int OPTIONS (path '$.orders[*].id'), sku text$$);
-- What a child can do
SELECT refused(:same, child => '{"strategy": "scd2"}');
SELECT refused(:same, child => '{"strategy": "replace_window"}');
SELECT refused(:same, child => '{"replace_by": ["shop"]}');
SELECT refused(:same, child => '{"schedule": "* * * * *"}');
SELECT refused(:same, child => '{"load": "full"}');
SELECT refused(:same, child => '{"batch_rows": 10}');
SELECT refused(:same, child => '{"partition_by": "n"}');
SELECT refused(:same, parent => 'nothing');
\t off
\pset format aligned
-- What has no nested lists has no children; what has no key has none that know of it.
CREATE FOREIGN TABLE pair_api (shop text OPTIONS (param 'shop'), id bigint, v int OPTIONS (path 'vs[*]'))
	SERVER add_api OPTIONS (path '/script/add-{shop}', records '$.orders[*]', paginate 'page_number', page_param 'p', limit_param 'l', page_size '2', pages_path '$.pages');
SELECT elt.create_pipeline('add_pairs', 'pair_api', 'pairs', '{shop,id,v}', params => '{"shop": ["a"]}');
SELECT elt.add_child('add_pairs', 'line_api', 'pair_lines', '{shop,order_id,sku}', '{}', '{"strategy": "append"}');
CREATE TABLE plain (id bigint PRIMARY KEY, at timestamptz);
SELECT elt.create_pipeline('add_plain', 'plain', 'copied', '{id}');
SELECT elt.add_child('add_plain', 'line_api', 'plain_lines', '{}', '{}', '{"strategy": "append"}');
SELECT elt.add_child('add_orders', 'plain', 'plain_lines', '{id}', '{}', '{"strategy": "upsert"}');
SELECT elt.drop_pipeline('add_plain');
CREATE FOREIGN TABLE log_api (id bigint, at timestamptz) SERVER add_api OPTIONS (path '/script/add-log', query 'd={window_start}',
	records '$.orders[*]', window '1 day', window_column 'at', window_format 'YYYY-MM-DD');
CREATE FOREIGN TABLE log_line_api (order_id bigint OPTIONS (path '$.orders[*].id'), at timestamptz OPTIONS (path '$.orders[*].at'), sku text)
	SERVER add_api OPTIONS (path '/script/add-log', query 'd={window_start}',
	records '$.orders[*].lines[*]', window '1 day', window_column 'at', window_format 'YYYY-MM-DD');
SELECT elt.create_pipeline('add_log', 'log_api', 'logged', strategy => 'append', start_at => '2024-01-01',
	options => jsonb_build_object('publication_delay', now() - '2024-01-02'));
SELECT elt.add_child('add_log', 'log_line_api', 'log_lines', '{}', '{order_id}', '{"strategy": "append"}');
SELECT elt.add_child('add_log', 'log_line_api', 'log_lines');
SELECT elt.add_child('add_log', 'log_line_api', 'log_lines', options => '{"strategy": "append"}');
SELECT elt.add_child('add_orders', 'line_api', 'add_lines', options => '{"strategy": "append"}');
SELECT elt.add_child(NULL, 'line_api', 'x');
SELECT elt.add_child('add_log', NULL, 'x');
SELECT elt.add_child('add_log', 'line_api', NULL);

-- The parent's key has an order, whatever the call says; names are found for all.
SELECT elt.add_child('add_orders', 'line_api', 'lines', '{shop,order_id,sku}', '{order_id,shop}');
SELECT elt.add_child('add_orders', 'line_api', '"Lines!"', '{shop,order_id,sku}', '{shop,order_id}');
CREATE SCHEMA add_two;
SELECT elt.add_child('add_orders', 'line_api', 'add_two.lines', '{shop,order_id,sku}', '{shop,order_id}');
SELECT elt.add_child('add_orders', 'line_api', 'a_name_that_is_so_long_that_it_has_to_be_cut_off', '{shop,order_id,sku}', '{shop,order_id}');
SELECT elt.add_child('add_orders', 'line_api', 'a_name_that_is_so_long_that_it_has_to_be_cut_off_too', '{shop,order_id,sku}', '{shop,order_id}');
SELECT name, target, parent_pipeline, parent_key FROM elt.pipelines WHERE parent_pipeline IS NOT NULL ORDER BY name;
SELECT elt.drop_child(name) FROM elt.pipelines WHERE parent_pipeline = 'add_orders' AND name <> 'add_orders_lines' ORDER BY name;

-- Pages are those of the parents' list, whatever their lists have.
SELECT count(*) FROM script WHERE id = 'add-a' AND responses = (SELECT jsonb_agg(jsonb_build_object('body', body)) FROM unnest(ARRAY[
	'{"pages": 3, "orders": [{"id": 1, "day": "01.02.2024", "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 1}, {"sku": "c", "n": 1}]}, {"id": 2, "lines": []}]}',
	'{"pages": 3, "orders": [{"id": 3}, {"lines": [{"sku": "d", "n": 1}], "id": 4}]}', '{"pages": 3, "orders": [{"id": 5}]}']) AS body)::text \gset
CALL elt.run('add_orders');
SELECT answers('log', '{"orders": [{"id": 1, "at": "2024-01-01T01:00Z", "lines": [{"sku": "a"}, {"sku": "a"}]}, {"id": 1, "at": "2024-01-01T01:00Z", "lines": [{"sku": "a"}]}]}') \gset
CALL elt.run('add_log');
CALL elt.run('add_log');
SELECT pipeline, rows_read, rows_inserted FROM elt.run_targets WHERE pipeline LIKE 'add\_%' ORDER BY run_id, 1;
SELECT shop, order_id, sku FROM lines ORDER BY 1, 2, 3;
SELECT count(*), count(DISTINCT (order_id, sku)) FROM log_lines;

-- A run compares the requests again.
ALTER FOREIGN TABLE line_api OPTIONS (SET page_size '3');
CALL elt.run('add_orders');
ALTER FOREIGN TABLE line_api OPTIONS (SET page_size '2');
ALTER FOREIGN TABLE line_api ALTER order_id OPTIONS (SET path 'id');
CALL elt.run('add_orders');
ALTER FOREIGN TABLE line_api ALTER order_id OPTIONS (SET path '$.orders[*].id');
-- A child loads from another table as any pipeline does, and follows names.
CREATE FOREIGN TABLE line_api_2 (shop text OPTIONS (param 'shop'), order_no bigint OPTIONS (path '$.orders[*].id'), sku text,
	n int)
	SERVER add_api OPTIONS (path '/script/add-{shop}', records '$.orders[*].lines[*]', paginate 'page_number', page_param 'p', limit_param 'l', page_size '2', pages_path '$.pages');
ALTER TABLE lines RENAME order_id TO order_no;
SELECT elt.alter_pipeline('add_orders_lines', source => 'line_api_2', renamed_columns => '{"order_id": "order_no"}');
SELECT key, parent_key FROM elt.pipelines WHERE name = 'add_orders_lines';
SELECT answers('a', '{"pages": 1, "orders": [{"id": 1, "lines": [{"sku": "c", "n": 1}]}]}') \gset
CALL elt.run('add_orders');
SELECT order_no, sku FROM lines ORDER BY 1, 2;

-- The owner of the parent owns its children, and only who may be that role can add one.
GRANT SELECT ON ALL TABLES IN SCHEMA add_test TO add_owner;
ALTER TABLE orders OWNER TO add_owner;
ALTER TABLE lines OWNER TO add_owner;
SELECT elt.alter_pipeline('add_orders_lines', owner => 'add_owner');
SELECT elt.alter_pipeline('add_orders', owner => 'add_owner');
SELECT name, owner FROM elt.pipelines WHERE name LIKE 'add\_orders%' ORDER BY 1;
SELECT answers('a', '{"pages": 1, "orders": [{"id": 1, "lines": [{"sku": "c", "n": 2}, {"sku": "d", "n": 1}]}, {"id": 3}]}') \gset
CALL elt.run('add_orders');
SELECT order_no, sku, n FROM lines ORDER BY 1, 2;
SELECT viewname, viewowner FROM pg_views WHERE schemaname = 'elt_staging' AND viewname LIKE 'add\_orders%' ORDER BY 1;
DROP FOREIGN TABLE line_api_2;
CREATE ROLE add_stranger;
GRANT elt_admin TO add_stranger;
GRANT USAGE ON SCHEMA add_test TO add_stranger;
SET ROLE add_stranger;
SELECT elt.add_child('add_orders', 'add_test.line_api', 'add_test.mine', '{shop,order_id,sku}', '{shop,order_id}');
SELECT elt.drop_child('add_orders_lines');
RESET ROLE;
DROP FOREIGN TABLE line_api_2 CASCADE;
CALL elt.run('add_orders');

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name IN ('add_orders', 'add_pairs', 'add_log') ORDER BY 1;
DROP SCHEMA add_two CASCADE;
DROP SCHEMA add_test CASCADE;
DROP SERVER add_api CASCADE;
DROP SERVER add_other CASCADE;
DROP ROLE add_owner;
DROP OWNED BY add_stranger;
DROP ROLE add_stranger;
