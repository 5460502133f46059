-- Checks that are evaluated while rows are loaded: their results are those of SQL.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA native_test;
SET search_path = native_test;
CREATE SERVER native_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE order_api (id int, qty int, price numeric, share float8, sku text, note text, day date, tags jsonb)
	SERVER native_api OPTIONS (path '/echo', query 'body=');
CREATE FUNCTION answer(body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE order_api OPTIONS (SET query %L)',
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END
$$;
SELECT elt.create_pipeline('orders', 'order_api', 'orders', '{id}');

-- Every kind of condition, as it is and in a form that only SQL evaluates.
CREATE TABLE conditions (name text, condition text);
INSERT INTO conditions VALUES
	('not_null', 'sku IS NOT NULL'), ('truth', '(qty > 1) IS NOT FALSE'), ('range', 'qty BETWEEN 1 AND 99'), ('numeric', 'price >= 0 AND price < 1000'),
	('float', 'share <> ''NaN'' AND share <= 1'), ('set', 'sku IN (''A-1'', ''A-2'', ''B-10'')'),
	('not_in', 'qty NOT IN (5, 6, NULL)'), ('length', 'length(note) <= 3'), ('prefix', 'sku LIKE ''A-%'''),
	('regex', 'sku ~ ''^[A-Z]-\d+$'''), ('day', 'day >= ''2024-01-01'''), ('clock', 'day < ''tomorrow'''), ('logic', 'qty > 0 OR NOT (note = ''x'')'),
	('columns', 'id > qty'), ('distinct', 'note IS DISTINCT FROM ''bad''');
SELECT count(elt.add_check('orders', 'native_' || name, condition, 'warn')) FROM conditions;
SELECT count(elt.add_check('orders', 'sql_' || name, format('(%s) AND pg_backend_pid() > 0', condition), 'warn'))
FROM conditions;
SELECT name, native FROM elt.checks WHERE pipeline = 'orders' ORDER BY name COLLATE "C";

SELECT answer((SELECT json_agg(json_build_object('id', i,
	'qty', (ARRAY[NULL, 0, 1, 5, 99, 100, -7])[1 + i % 7],
	'price', (ARRAY[NULL, '0', '0.00', '999.999', '1000', '-1', '1e30'])[1 + i / 2 % 7],
	'share', (ARRAY[NULL, '1', '-0', '0.1', '2'])[1 + i / 3 % 5],
	'sku', (ARRAY[NULL, '', 'A-1', 'A-', 'B-10', 'B-1é', E'A-1\n', 'A-٣'])[1 + i / 5 % 8],
	'note', (ARRAY[NULL, '', 'x', 'bad', 'été', 'éééé', 'abcd'])[1 + i / 7 % 7],
	'day', (ARRAY[NULL, '2024-01-01', '2023-12-31', 'infinity', '-infinity'])[1 + i / 11 % 5]))::text
	FROM generate_series(1, 120) i));
\set VERBOSITY terse
SET client_min_messages = error;
CALL elt.run('orders');
RESET client_min_messages;
\set VERBOSITY default
SELECT n.check_name, n.rows_checked, n.rows_failed, n.rows_failed = s.rows_failed AS same
FROM elt.check_results n
JOIN elt.check_results s ON s.run_id = n.run_id AND s.check_name = 'sql_' || substr(n.check_name, 8)
ORDER BY n.check_name COLLATE "C";

-- A row that breaks both kinds shows both, in the order of the checks.
SELECT count(elt.drop_check('orders', name)) FROM elt.checks WHERE pipeline = 'orders';
SELECT elt.add_check('orders', 'positive', 'qty > 0', 'drop');
SELECT elt.add_check('orders', 'even', 'qty % 2 = 0', 'quarantine');
SELECT elt.add_check('orders', 'noted', 'note <> ''bad''', 'quarantine');
SELECT elt.add_check('orders', 'share', '1 / qty >= 0', 'warn');
SELECT elt.add_check('orders', 'sku', 'sku ~ ''^A''', 'warn');
SELECT name, action, native FROM elt.checks WHERE pipeline = 'orders';
SELECT answer('[{"id":1,"qty":2,"note":"fine","sku":"A"}, {"id":2,"qty":-1,"note":"bad"}, {"id":3,"qty":-2},
	{"id":4,"qty":1,"sku":"B"}, {"id":5,"qty":4,"note":"bad","sku":"B"}, {"id":6,"qty":0}, {"id":7},
	{"id":8,"qty":2,"sku":"B"}]');
CALL elt.pull('orders');
SELECT id, _failed FROM elt_staging.orders ORDER BY id;
SELECT r.name, c.bit, c.rows_failed FROM elt_catalog.staged_check c JOIN elt_catalog.check_rule r ON r.id = c.rule_id
ORDER BY c.bit;
SELECT * FROM elt.validate('orders');
SELECT rows_read, rows_quarantined, rows_dropped FROM elt.merge('orders');
SELECT reason, checks, message, raw::json->>'id' AS id FROM elt.rejects WHERE pipeline = 'orders' ORDER BY id;
SELECT count(*) FROM elt_catalog.staged_check;

-- A check that is added after the pull, and one that is dropped.
CALL elt.pull('orders');
SELECT elt.drop_check('orders', 'noted');
SELECT elt.drop_check('orders', 'positive');
SELECT elt.add_check('orders', 'late', 'id <> 8', 'drop');
SELECT * FROM elt.validate('orders');
SELECT rows_read, rows_quarantined, rows_dropped FROM elt.merge('orders');

-- One that fails, and then is no more.
SELECT count(elt.drop_check('orders', name)) FROM elt.checks WHERE pipeline = 'orders';
SELECT elt.add_check('orders', 'few', 'qty < 4', 'fail');
\set VERBOSITY terse
CALL elt.run('orders');
\set VERBOSITY default
SELECT reason, checks, raw::json->>'id' AS id FROM elt.rejects WHERE run_id = (SELECT max(run_id) FROM elt.runs);
SELECT * FROM elt.validate('orders');
SELECT elt.drop_check('orders', 'few');
SELECT rows_read, rows_quarantined, rows_dropped FROM elt.merge('orders');

-- Uniqueness: what it may say
SELECT elt.add_check('orders', 'x', 'UNIQUE (nothing)');
SELECT elt.add_check('orders', 'x', 'UNIQUE ()');
SELECT elt.add_check('orders', 'x', 'UNIQUE (id) INCLUDE (qty)');
SELECT elt.add_check('orders', 'x', 'UNIQUE (id), DROP COLUMN qty');
SELECT elt.add_check('orders', 'x', 'UNIQUE (id); DROP TABLE orders');
SELECT elt.add_check('orders', 'x', 'UNIQUE (id) AND true');
SELECT elt.add_check('orders', 'x', 'unique (qty + 1)');
ALTER FOREIGN TABLE order_api ADD COLUMN doc json;
SELECT elt.add_check('orders', 'x', 'UNIQUE (doc)');
ALTER FOREIGN TABLE order_api DROP COLUMN doc;

-- and which rows break it: those after the first; a null is equal to none, unless it is said to be.
SELECT elt.add_check('orders', 'one_sku', 'UNIQUE (sku, price)');
SELECT elt.add_check('orders', 'one_note', 'unique nulls not distinct ("note")', 'warn');
SELECT elt.add_check('orders', 'one_tags', 'UNIQUE (tags)', 'warn');
SELECT name, expression, native FROM elt.checks WHERE pipeline = 'orders';
SELECT answer('[{"id":1,"sku":"a","price":1,"note":"n","tags":{"a":1,"b":2}}, {"id":2,"sku":"a","price":1.00,"tags":{"b":2,"a":1}},
	{"id":3,"sku":"a","note":"n"}, {"id":4,"sku":"a"}, {"id":5,"sku":"b","price":1}, {"id":6,"sku":"a","price":1.0,"tags":{}}]');
CALL elt.pull('orders');
SELECT * FROM elt.validate('orders');
SELECT rows_read, rows_quarantined FROM elt.merge('orders');
SELECT reason, checks, message, raw::json->>'id' AS id FROM elt.rejects
WHERE pipeline = 'orders' AND run_id = (SELECT max(run_id) FROM elt.runs) ORDER BY id;

-- Values of all slices of a batch count; a slice that is taken back takes its values back.
CREATE FOREIGN TABLE slice_api (id int, sku text, tail text OPTIONS (param 'tail'))
	SERVER native_api OPTIONS (path '/echo', query 'body=%5B%7B%22id%22:1,%22sku%22:%22a%22%7D,%7B%22id%22:2,%22sku%22:%22b%22%7D{tail}');
SELECT elt.create_pipeline('slices', 'slice_api', 'slices', '{id,tail}', params => '{"tail": ["]", " ]", "  ]"]}');
SELECT elt.add_check('slices', 'one_sku', 'UNIQUE (sku)', 'drop');
CALL elt.pull('slices');
SELECT check_name, rows_checked, rows_failed FROM elt.validate('slices');
SELECT bit, rows_failed FROM elt_catalog.staged_check;
SELECT elt.alter_pipeline('slices', params => '{"tail": [",", "]", " ]"]}');
\set VERBOSITY terse
CALL elt.pull('slices');
\set VERBOSITY default
SELECT check_name, rows_checked, rows_failed FROM elt.validate('slices');
SELECT bit, rows_failed FROM elt_catalog.staged_check;
SELECT rows_read, rows_inserted, rows_dropped FROM elt.merge('slices');
SELECT id, sku, tail FROM slices ORDER BY 1, 2, 3;

-- Each batch is unique for itself.
SELECT elt.alter_pipeline('slices', params => '{"tail": ["]", " ]", "  ]"]}', options => '{"batch_rows": 1}');
\set VERBOSITY terse
CALL elt.run('slices');
\set VERBOSITY default
SELECT batch, check_name, rows_checked, rows_failed FROM elt.check_results
WHERE run_id = (SELECT max(run_id) FROM elt.runs) ORDER BY batch;

-- More values than elt.batch_memory holds
SELECT elt.drop_pipeline('slices');
CREATE FOREIGN TABLE big_api (order_id int, store text, customer text)
	SERVER native_api OPTIONS (path '/big', query 'records=40000');
SELECT elt.create_pipeline('big_orders', 'big_api', 'big_orders', '{order_id}');
SELECT elt.add_check('big_orders', 'one_order', 'UNIQUE (order_id)', 'fail');
SELECT elt.add_check('big_orders', 'one_customer', 'UNIQUE (customer)', 'warn');
SELECT elt.add_check('big_orders', 'store', 'store ~ ''^store-\d{2}$''', 'fail');
SET client_min_messages = error;
CALL elt.pull('big_orders');
CREATE TEMP TABLE in_memory AS SELECT * FROM elt.validate('big_orders');
SELECT count(*) FROM elt_catalog.staged_check;
SET elt.batch_memory = '1MB';
CALL elt.pull('big_orders');
RESET elt.batch_memory;
RESET client_min_messages;
SELECT count(*) FROM elt_catalog.staged_check;
SELECT check_name, rows_checked, rows_failed, rows_failed = m.rows_failed AS same
FROM elt.validate('big_orders') v JOIN in_memory m USING (check_name, rows_checked, rows_failed);

-- A column that changes its type changes what is native.
ALTER FOREIGN TABLE big_api ALTER COLUMN store TYPE "char";
SELECT elt.drop_pipeline('big_orders');
SELECT elt.create_pipeline('big_orders', 'big_api', 'other_orders', '{order_id}');
SELECT elt.add_check('big_orders', 'store', 'store = ''s''', 'fail');
SELECT name, native FROM elt.checks WHERE pipeline = 'big_orders';
ALTER FOREIGN TABLE big_api ALTER COLUMN store TYPE text;
ALTER TABLE other_orders ALTER COLUMN store TYPE text;
SET client_min_messages = error;
CALL elt.pull('big_orders');
RESET client_min_messages;
SELECT name, native FROM elt.checks WHERE pipeline = 'big_orders';

SELECT elt.drop_pipeline('big_orders');
SELECT elt.drop_pipeline('orders');
SET client_min_messages = warning;
DROP SCHEMA native_test CASCADE;
DROP SERVER native_api;
