-- Checks: valid expressions, and the rows that violate them.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA check_test;
SET search_path = check_test;
CREATE SERVER check_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE order_api (id int, qty int, price numeric, sku text)
	SERVER check_api OPTIONS (path '/echo', query 'body=');
CREATE FUNCTION answer(body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE order_api OPTIONS (SET query %L)',
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END
$$;
SELECT elt.create_pipeline('shop_order', 'order_api', 'shop_order', '{id}');

-- What is no check is refused when it is added, at its own text.
SELECT elt.add_check('shop_order', 'x', 'quantity > 0');
SELECT elt.add_check('shop_order', 'x', 'qty + 1');
SELECT elt.add_check('shop_order', 'x', 'qty >');
SELECT elt.add_check('shop_order', 'x', '');
SELECT elt.add_check('shop_order', 'x', 'qty > 0) OR (true');
SELECT elt.add_check('shop_order', 'x', 'qty > 0, true');
SELECT elt.add_check('shop_order', 'x', 'qty > 0 AS ok');
SELECT elt.add_check('shop_order', 'x', 'true FROM pg_class');
SELECT elt.add_check('shop_order', 'x', 'true UNION SELECT false');
SELECT elt.add_check('shop_order', 'x', 'qty > 0; DROP TABLE shop_order');
SELECT elt.add_check('shop_order', 'x', 'qty > (SELECT 0)');
SELECT elt.add_check('shop_order', 'x', 'max(qty) > 0');
SELECT elt.add_check('shop_order', 'x', 'row_number() OVER () > 0');
SELECT elt.add_check('shop_order', 'x', 'generate_series(1, qty) > 0');
SELECT elt.add_check('shop_order', 'x', 'random() < 0.5');
SELECT elt.add_check('shop_order', 'x', 'ctid IS NOT NULL');
SELECT elt.add_check('shop_order', 'x', 'tableoid IS NOT NULL');
SELECT elt.add_check('shop_order', 'x', 'shop_order IS NOT NULL');
SELECT elt.add_check('shop_order', 'x', '_run_id > 0');
SELECT elt.add_check('shop_order', 'x', 'qty > $1');
CREATE FUNCTION is_sku(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 ~ '^[A-Z]-\d+$' $$;
SELECT elt.add_check('shop_order', 'x', 'is_sku(sku)');
SELECT elt.add_check('shop_order', 'x', 'qty > 0', 'ignore');
SELECT elt.add_check('shop_order', '', 'qty > 0');
SELECT elt.add_check('nobody', 'x', 'qty > 0');
SELECT elt.add_check('shop_order', 'x', NULL);
SELECT count(*) FROM elt.checks;

-- One of each action; a comment at the end does no harm.
SELECT elt.add_check('shop_order', 'known_sku', 'check_test.is_sku(sku)', 'warn');
SELECT elt.add_check('shop_order', 'some', 'qty > 0 -- at least one');
SELECT elt.add_check('shop_order', 'some', 'qty > 1');
SELECT elt.add_check('shop_order', 'cheap', 'shop_order.price < 100', 'drop');
SELECT elt.add_check('shop_order', 'sane', 'qty < 1000', 'fail');
SELECT pipeline, name, expression, action FROM elt.checks;

-- Before anything is staged there is nothing to validate.
SELECT * FROM elt.validate('shop_order');

-- Rows that break none, one and several; NULL breaks nothing.
SELECT answer('[{"id":1,"qty":1,"price":10,"sku":"A-1"}, {"id":2,"qty":0,"price":10,"sku":"A-2"},
	{"id":3,"qty":1,"price":100,"sku":"A-3"}, {"id":4,"qty":-1,"price":200,"sku":"four"},
	{"id":5,"qty":1,"price":1,"sku":"five"}, {"id":6,"qty":null,"price":null,"sku":null}]');
CALL elt.pull('shop_order');
SELECT * FROM elt.validate('shop_order');
SELECT count(*) FROM elt.check_results;
SELECT rows_read, rows_inserted, rows_quarantined, rows_dropped FROM elt.merge('shop_order');
SELECT id, qty, price, sku FROM shop_order ORDER BY id;
SELECT stage, reason, checks, message, raw FROM elt.rejects WHERE pipeline = 'shop_order' ORDER BY reject_id;
SELECT check_name, action, rows_checked, rows_failed, verdict FROM elt.check_results;

-- One row breaks a check whose action is fail: nothing lands, the batch waits.
SELECT answer('[{"id":7,"qty":1000,"price":1,"sku":"A-7"}, {"id":8,"qty":0,"price":1,"sku":"A-8"},
	{"id":9,"qty":1,"price":1,"sku":"A-9"}]');
\set VERBOSITY terse
CALL elt.run('shop_order');
\set VERBOSITY default
SELECT state, sqlstate, error FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);
SELECT count(*) FROM shop_order WHERE id > 6;
SELECT reason, checks, raw FROM elt.rejects
WHERE run_id = (SELECT max(run_id) FROM elt.runs) ORDER BY reject_id;
SELECT * FROM elt.validate('shop_order');

-- The check is mended, the same batch lands.
SELECT elt.drop_check('shop_order', 'sane');
SELECT elt.drop_check('shop_order', 'sane');
SELECT elt.drop_check('shop_order', 'sane', if_exists => true);
SELECT rows_read, rows_inserted, rows_quarantined, rows_dropped FROM elt.merge('shop_order');
SELECT id FROM shop_order WHERE id > 6 ORDER BY id;

-- An expression that raises an error is broken by the rows that do it, among many that do not.
SELECT elt.add_check('shop_order', 'share', '100 / qty >= 0');
SELECT elt.drop_check('shop_order', 'some');
SELECT answer((SELECT json_agg(json_build_object('id', i, 'qty', CASE WHEN i % 100 = 0 THEN 0 ELSE 1 END,
	'price', 1))::text FROM generate_series(1, 300) i));
CALL elt.run('shop_order');
SELECT reason, message, raw FROM elt.rejects WHERE run_id = (SELECT max(run_id) FROM elt.runs) ORDER BY reject_id;
SELECT check_name, rows_checked, rows_failed FROM elt.check_results
WHERE run_id = (SELECT max(run_id) FROM elt.runs) ORDER BY 1;

-- An error that is not the data's ends the run.
CREATE FUNCTION broken(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
	$$ BEGIN RETURN nowhere.at_all($1); END $$;
SELECT elt.add_check('shop_order', 'broken', 'check_test.broken(qty)');
\set VERBOSITY terse
CALL elt.run('shop_order');
\set VERBOSITY default
SELECT elt.drop_check('shop_order', 'broken');

-- Many rows in quarantine at once
CREATE FOREIGN TABLE big_api (order_id int, store text, qty int)
	SERVER check_api OPTIONS (path '/big', query 'records=2500');
SELECT elt.create_pipeline('big_order', 'big_api', 'big_order', '{order_id}', options => '{"max_reject_percent": 100}');
SELECT elt.add_check('big_order', 'few', 'order_id > 2400');
CALL elt.run('big_order');
SELECT count(*), count(DISTINCT raw), min(reason) FROM elt.rejects WHERE pipeline = 'big_order';
SELECT count(*), min(order_id) FROM big_order;

-- A staged row that goes away while checks are tried row by row, here by a check that raises for row 3.
CREATE FUNCTION take_away() RETURNS void LANGUAGE plpgsql AS $$BEGIN DELETE FROM elt_staging.going WHERE id = 2; END$$;
CREATE FUNCTION check_taking(id int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
	$$BEGIN PERFORM check_test.take_away(); RETURN 1 / (id - 3) < 2; END$$;
SELECT answer('[{"id": 1}, {"id": 2}, {"id": 3}]');
SELECT elt.create_pipeline('going', 'order_api', 'going', '{id}');
SELECT elt.add_check('going', 'taking', 'check_test.check_taking(id)', 'warn');
CALL elt.pull('going');
SELECT * FROM elt.merge('going');
SELECT count(*) FROM elt_staging.going;
SELECT elt.drop_pipeline('going');

SELECT elt.drop_pipeline('big_order');
SELECT elt.drop_pipeline('shop_order');
SELECT count(*) FROM elt.checks;
SET client_min_messages = warning;
DROP SCHEMA check_test CASCADE;
DROP SERVER check_api;
