-- Children: further tables from the responses of a pipeline, in step with its rows.
\getenv replay ELT_REPLAY
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER child_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE SCHEMA child_test;
SET search_path = child_test;
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER child_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION answers(slice text, body text) RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM script WHERE id = 'child-' || slice
		AND responses = jsonb_build_array(jsonb_build_object('body', body))::text$$;
-- What became of the rows of the last run, by target.
CREATE VIEW outcome AS
SELECT pipeline, rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch,
	rows_deleted AS del, rows_stale AS stale, rows_duplicate AS dup, rows_quarantined AS quar, rows_dropped AS drop,
	rows_refused AS refused, rows_removed AS removed
FROM elt.run_targets WHERE run_id = (SELECT max(run_id) FROM elt.runs);

-- Orders, their lines, and the customer that each has.
CREATE FOREIGN TABLE order_api (id int, at timestamptz, note text)
	SERVER child_api OPTIONS (path '/script/child-orders', records '$.orders[*]');
CREATE FOREIGN TABLE line_api (order_id int OPTIONS (path '$.orders[*].id'), line int OPTIONS (lineage 'index'),
	sku text, n int)
	SERVER child_api OPTIONS (path '/script/child-orders', records '$.orders[*].lines[*]');
CREATE FOREIGN TABLE customer_api (id int, name text)
	SERVER child_api OPTIONS (path '/script/child-orders', records '$.orders[*].customer');
SELECT elt.create_pipeline('orders', 'order_api', 'orders', '{id}', options => '{"sequence_by": ["at"]}');
SELECT elt.add_child('orders', 'line_api', 'lines', '{order_id,line}', '{order_id}');
SELECT elt.add_child('orders', 'customer_api', 'customers', '{id}', options => '{"strategy": "upsert"}');
\d lines
SELECT name, source, target, key, strategy, options, parent_pipeline, parent_key FROM elt.pipelines WHERE name ~ '^orders' ORDER BY name;

SELECT answers('orders', '{"orders":[
	{"id":1,"at":"2024-01-01T10:00Z","lines":[{"sku":"a","n":1},{"sku":"b","n":2}],"customer":{"id":7,"name":"Ann"}},
	{"id":2,"at":"2024-01-01T10:00Z","lines":[{"sku":"c","n":3}],"customer":{"id":8,"name":"Bob"}},
	{"id":3,"at":"2024-01-01T10:00Z","customer":{"id":7,"name":"Ann"}}]}') \gset
CALL elt.run('orders');
TABLE outcome;
SELECT id, at, note FROM orders ORDER BY 1;
SELECT order_id, line, sku, n FROM lines ORDER BY 1, 2;
SELECT id, name FROM customers ORDER BY 1;

-- Lists that lost lines, changed, are empty, null or absent; an order that did not come keeps its lines.
SELECT answers('orders', '{"orders":[
	{"id":1,"at":"2024-01-02T10:00Z","lines":[{"sku":"a","n":5}],"customer":{"id":7,"name":"Ann"}},
	{"id":3,"at":"2024-01-01T10:00Z","lines":[{"sku":"d","n":1},{"sku":"e","n":1}],"customer":null},
	{"id":4,"at":"2024-01-02T10:00Z","lines":null},
	{"id":5,"at":"2024-01-02T10:00Z","lines":[]}]}') \gset
CALL elt.run('orders');
TABLE outcome;
SELECT order_id, line, sku, n FROM lines ORDER BY 1, 2;
SELECT array_agg(ctid::text || xmin ORDER BY ctid) AS before FROM lines \gset
SELECT answers('orders', '{"orders": [
	{"id":1,"at":"2024-01-02T10:00Z","lines":[{"sku":"a","n":5}]},
	{"id":3,"at":"2024-01-01T10:00Z","lines":[{"sku":"d","n":1},{"sku":"e","n":1}]}]}') \gset
CALL elt.run('orders');
TABLE outcome;
SELECT array_agg(ctid::text || xmin ORDER BY ctid) = :'before' AS untouched FROM lines;
SELECT answers('orders', '{"orders":[{"id":1,"at":"2024-01-02T10:00Z"},{"id":3,"at":"2024-01-01T10:00Z","lines":[]}]}') \gset
CALL elt.run('orders');
TABLE outcome;
SELECT order_id, line, sku, n FROM lines ORDER BY 1, 2;

-- An order that is stale, and one that lost against another version in the batch, change no lines.
SELECT answers('orders', '{"orders":[
	{"id":1,"at":"2024-01-01T10:00Z","lines":[{"sku":"old","n":1}],"customer":{"id":7,"name":"Anna"}},
	{"id":2,"at":"2024-01-03T10:00Z","lines":[{"sku":"c","n":4}],"customer":{"id":8,"name":"Bob"}},
	{"id":2,"at":"2024-01-02T10:00Z","lines":[{"sku":"lost","n":1},{"sku":"lost","n":2}],"customer":{"id":9,"name":"Cid"}}]}') \gset
CALL elt.run('orders');
TABLE outcome;
SELECT order_id, line, sku, n FROM lines ORDER BY 1, 2;
SELECT id, name FROM customers ORDER BY 1;

-- What is wrong with a line is told with the key of its order, whose missing lines then stay.
SELECT answers('orders', '{"orders":[
	{"id":1,"at":"2024-01-04T10:00Z","lines":[{"sku":"a","n":1},{"sku":"b","n":2},{"sku":"c","n":3}]},
	{"id":2,"at":"2024-01-04T10:00Z","lines":[{"sku":"c","n":4}]}]}') \gset
CALL elt.run('orders');
SELECT answers('orders', '{"orders":[
	{"id":1,"at":"2024-01-05T10:00Z","lines":[{"sku":"a","n":"many"},{"sku":"b","n":9}]},
	{"id":2,"at":"2024-01-05T10:00Z","lines":{"sku":"c","n":4}},
	{"id":"x","at":"2024-01-05T10:00Z","lines":[{"sku":"x","n":1}]},
	7]}') \gset
SET client_min_messages = notice;
CALL elt.run('orders');
SET client_min_messages = warning;
TABLE outcome;
SELECT pipeline, stage, reason, column_name, message, parent_key, raw FROM elt.rejects ORDER BY reject_id;
SELECT order_id, line, sku, n FROM lines ORDER BY 1, 2;

-- Checks: of orders, whose lines go the same way, and of lines.
SELECT elt.add_check('orders', 'no_bad_note', $$note <> 'bad'$$);
SELECT elt.add_check('orders', 'no_test', $$note <> 'test'$$, 'drop');
SELECT elt.add_check('orders_lines', 'positive', 'n > 0');
SELECT elt.add_check('orders_lines', 'no_test', $$sku <> 'test'$$, 'drop');
SELECT elt.add_check('orders_lines', 'not_huge', 'n < 1000', 'fail');
SELECT answers('orders', '{"orders":[
	{"id":1,"at":"2024-01-06T10:00Z","note":"bad","lines":[{"sku":"q","n":1}]},
	{"id":2,"at":"2024-01-06T10:00Z","note":"test","lines":[{"sku":"t","n":1},{"sku":"t","n":-1}]},
	{"id":6,"at":"2024-01-06T10:00Z","lines":[{"sku":"ok","n":1},{"sku":"test","n":1},{"sku":"bad","n":-1}]}]}') \gset
CALL elt.run('orders');
TABLE outcome;
SELECT pipeline, stage, reason, checks, message, parent_key, raw FROM elt.rejects ORDER BY reject_id;
SELECT pipeline, check_name, action, rows_checked, rows_failed FROM elt.check_results
WHERE run_id = (SELECT max(run_id) FROM elt.runs) ORDER BY 1, 2;
SELECT order_id, line, sku, n FROM lines ORDER BY 1, 2;
-- A check that fails the child's batch fails that of all; then it lands as it is.
SELECT answers('orders', '{"orders":[{"id":6,"at":"2024-01-07T10:00Z","note":"late","lines":[{"sku":"ok","n":5000}]}]}') \gset
\set VERBOSITY terse
CALL elt.run('orders');
\set VERBOSITY default
TABLE outcome;
SELECT note FROM orders WHERE id = 6;
SELECT check_name, verdict FROM elt.validate('orders_lines') WHERE check_name = 'not_huge';
SELECT elt.drop_check('orders_lines', 'not_huge') \gset
SELECT rows_read, rows_updated FROM elt.merge('orders');
TABLE outcome;
SELECT order_id, line, sku, n FROM lines WHERE order_id = 6;
SELECT step, rows_in, rows_out FROM elt.steps WHERE run_id = (SELECT max(run_id) FROM elt.runs) ORDER BY started_at, step;

-- One by one: a batch is staged for all, and children do not go ways of their own.
CALL elt.pull('orders');
SELECT _record, _parent, line, sku FROM elt_staging.orders_lines;
SELECT count(*) FROM elt.preview('orders_lines');
CALL elt.run('orders_lines');
CALL elt.pull('orders_lines');
SELECT elt.merge('orders_lines');
SELECT class, rows, key, stored, staged FROM elt.preview_merge('orders_lines');
SELECT elt.pause('orders_lines');
SELECT elt.reset_pipeline('orders_lines');
SELECT elt.drop_pipeline('orders_lines');
SELECT elt.drop_child('orders');
SELECT elt.drop_child('nothing');
SELECT elt.drop_child('nothing', true);
SELECT elt.alter_pipeline('orders_lines', schedule => '* * * * *');
SELECT elt.alter_pipeline('orders_lines', options => '{"max_reject_percent": 20}');

-- elt.metrics counts the rows of each.
SELECT pipeline, outcome, t.rows, m.value FROM (SELECT pipeline, outcome, sum(n)::float8 AS rows
	FROM elt.run_targets r, LATERAL (VALUES ('inserted', rows_inserted), ('updated', rows_updated), ('unchanged', rows_unchanged),
		('deleted', rows_deleted), ('stale', rows_stale), ('duplicate', rows_duplicate), ('quarantined', rows_quarantined),
		('dropped', rows_dropped), ('refused', rows_refused), ('removed', rows_removed)) v(outcome, n) GROUP BY 1, 2) t
LEFT JOIN (SELECT labels ->> 'pipeline' AS pipeline, labels ->> 'outcome' AS outcome, value FROM elt.metrics
	WHERE name = 'elt_pipeline_rows_total') m USING (pipeline, outcome)
WHERE t.rows <> coalesce(m.value, 0) OR pipeline IN ('orders', 'orders_lines') AND outcome = 'inserted' ORDER BY pipeline, outcome;

-- Definitions.
SELECT elt.rename_pipeline('orders_customers', 'buyers');
SELECT statement FROM elt.pipeline_sql('orders') WITH ORDINALITY AS s(statement, n) WHERE n > 3 ORDER BY n;
SELECT elt.drop_child('buyers');
SELECT elt.drop_pipeline('orders');
SELECT count(*) FROM elt.pipelines WHERE name ~ '^orders' OR name = 'buyers';
SELECT count(*) FROM pg_class WHERE relnamespace = 'elt_staging'::regnamespace AND relname ~ '^(orders|buyers)';
DROP SCHEMA child_test CASCADE;
DROP SERVER child_api CASCADE;
