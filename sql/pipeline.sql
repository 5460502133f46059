-- A pipeline from its declaration to landed rows, in this session: CALL elt.run.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = ISO;
SET elt.retry_base = 1;

CREATE SERVER shop FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE SCHEMA shop_api;
CREATE SCHEMA shop;

-- Every request is answered with the next of the responses that it carries.
CREATE FOREIGN TABLE shop_api.orders (
	script text OPTIONS (param 'script'),
	id bigint,
	item text,
	price numeric(8,2),
	ordered_at timestamptz OPTIONS (path 'at')
) SERVER shop OPTIONS (path '/script/pipeline', query 'responses={script}');

-- What cannot be a pipeline is refused with its reason.
SELECT elt.create_pipeline(NULL, 'shop_api.orders', 'shop.orders');
SELECT elt.create_pipeline('Orders', 'shop_api.orders', 'shop.orders', '{id}');
SELECT elt.create_pipeline('orders', 'pg_class', 'shop.orders', '{id}');
SELECT elt.create_pipeline('orders', 'shop_api.orders', 'shop.orders');
SELECT elt.create_pipeline('orders', 'shop_api.orders', 'shop.orders', '{nr}');
SELECT elt.create_pipeline('orders', 'shop_api.orders', 'shop.orders', '{id}', 'scd2');
SELECT elt.create_pipeline('orders', 'shop_api.orders', 'shop.orders', '{id}');
SELECT elt.create_pipeline('orders', 'shop_api.orders', 'shop.orders', '{id}',
	params => '{"script": ["[]"], "shop": [1]}');
SELECT elt.create_pipeline('orders', 'shop_api.orders', 'shop.orders', '{id}',
	params => '{"script": ["[]"]}', retain => '1 year');
SELECT elt.create_pipeline('orders', 'shop_api.orders', 'shop.orders', '{id}',
	params => '{"script": ["[]"]}', lookback => '-1 day');
CALL elt.run('orders');
CALL elt.run(NULL);

SELECT jsonb_build_object('script', jsonb_build_array(jsonb_build_array(
	-- 1: three rows
	jsonb_build_object('body', '[{"id":1,"item":"tea","price":3.50,"at":"2024-01-01T10:00:00Z"},'
		'{"id":2,"item":"jam","price":4.25,"at":"2024-01-01T11:00:00+01:00"},'
		'{"id":3,"item":null,"price":1}]'),
	-- 2: the same again
	jsonb_build_object('body', '[{"id":1,"item":"tea","price":3.50,"at":"2024-01-01T10:00:00Z"},'
		'{"id":2,"item":"jam","price":4.25,"at":"2024-01-01T11:00:00+01:00"},'
		'{"id":3,"item":null,"price":1}]'),
	-- 3: one revised, one new, one twice
	jsonb_build_object('body', '[{"id":1,"item":"tea","price":3.75,"at":"2024-01-01T10:00:00Z"},'
		'{"id":4,"item":"bun","price":0.5},{"id":4,"item":"bun","price":0.55}]'),
	-- 4: rows that do not fit, and one that does
	jsonb_build_object('body', '[{"id":5,"item":"pie","price":"cheap"},{"id":6,"price":12345678},'
		'{"id":null,"item":"nothing","price":1},{"id":7,"item":"rye","price":2}]'),
	-- 5: busy twice, then well
	jsonb_build_object('status', 503, 'body', 'busy'),
	jsonb_build_object('status', 429, 'body', 'slow down'),
	jsonb_build_object('body', '[{"id":8,"item":"ale","price":2}]'),
	-- 6: what is not an answer
	jsonb_build_object('status', 404, 'body', '{"detail":"Not Found"}'),
	-- 7
	jsonb_build_object('content_type', 'text/html', 'body', '<html><body>please log in</body></html>'),
	-- 8
	jsonb_build_object('body', '[{"id":9,"item":"fig"},{"id":10,"item":'),
	-- 9: well again
	jsonb_build_object('body', '[{"id":9,"item":"fig","price":1}]')
)::text)) AS params \gset

SELECT elt.create_pipeline('orders', source => 'shop_api.orders', target => 'shop.orders',
	key => '{id}', params => :'params');
SELECT elt.create_pipeline('orders', source => 'shop_api.orders', target => 'shop.orders',
	key => '{id}', params => :'params');
\d shop.orders
SELECT name, source, target, strategy, key, paused, last_state FROM elt.pipelines;

-- The whole way.
CALL elt.run('orders');
SELECT id, item, price, ordered_at, _run_id IS NOT NULL AS has_run FROM shop.orders ORDER BY id;

-- Nothing new: nothing is written.
SELECT array_agg(ctid ORDER BY id) AS before FROM shop.orders \gset
CALL elt.run('orders');
SELECT array_agg(ctid ORDER BY id) = :'before' AS untouched FROM shop.orders;

-- A revision changes the revised row; of a key that comes twice the last one counts.
CALL elt.run('orders');
SELECT id, item, price FROM shop.orders ORDER BY id;

-- Rows that do not fit go to quarantine with their text; the others land.
CALL elt.run('orders');
SELECT stage, reason, column_name, sqlstate, left(raw, 40) AS raw FROM elt.rejects ORDER BY reject_id;
SELECT id, item FROM shop.orders WHERE id >= 5;

-- A busy server is asked again; what is not an answer fails, and says what came.
CALL elt.run('orders');
CALL elt.run('orders');
CALL elt.run('orders');
CALL elt.run('orders');
SELECT state, attempts, http_status, sqlstate,
	regexp_replace(error, '127.0.0.1:\d+', 'HOST', 'g') AS error FROM elt.slices;
CALL elt.run('orders');
SELECT state, sqlstate, error FROM elt.slices;

-- Every run adds up.
SELECT run_id - min(run_id) OVER () + 1 AS run, state, requests, rows_read, rows_inserted,
	rows_updated, rows_unchanged, rows_duplicate, rows_quarantined, sqlstate
FROM elt.runs WHERE pipeline = 'orders' ORDER BY run_id;
SELECT batch, step, rows_in, rows_out FROM elt.steps
WHERE run_id = (SELECT max(run_id) FROM elt.runs) ORDER BY started_at;

-- A batch in two steps: pull, look, merge.
SELECT elt.merge('orders');
SELECT elt.alter_pipeline('orders', params => jsonb_build_object('script', '['
	'{"body": "[{\"id\":20,\"item\":\"oil\",\"price\":9}]"}]'));
CALL elt.pull('orders');
SELECT id, item, price FROM elt_staging.orders;
SELECT rows_read, rows_inserted FROM elt.merge('orders');
SELECT elt.merge('orders');
SELECT elt.preview('orders');

-- A procedure commits, so it cannot be part of a transaction.
BEGIN;
CALL elt.run('orders');
ROLLBACK;
CREATE FUNCTION run_it() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL elt.run('orders'); END $$;
SELECT run_it();
DROP FUNCTION run_it();
DO $$ BEGIN CALL elt.run('orders'); END $$;

-- Paused is paused.
SELECT elt.pause('orders'), elt.pause('orders');
CALL elt.run('orders');
SELECT elt.resume('orders'), elt.resume('orders');

-- The caller is who he was, after success and after failure.
SELECT current_user = session_user AS same_user, current_setting('search_path') AS search_path;

SELECT elt.drop_pipeline('orders');
SELECT elt.drop_pipeline('orders');
SELECT elt.drop_pipeline('orders', if_exists => true);
SELECT count(*) AS target_stays FROM shop.orders;
SELECT count(*) AS state_goes FROM elt.slices;
SELECT to_regclass('elt_staging.orders') AS staging_goes;

DROP SERVER shop CASCADE;
DROP SCHEMA shop_api, shop CASCADE;
