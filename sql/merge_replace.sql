-- Strategy replace_window: the rows of each window are replaced by those loaded for it.
\getenv replay ELT_REPLAY
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER replace_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE replace_owner;
GRANT elt_admin TO replace_owner;
CREATE ROLE replace_operator IN ROLE elt_operator, elt_reader;
GRANT USAGE ON FOREIGN SERVER replace_api TO replace_owner;
CREATE SCHEMA replace_test AUTHORIZATION replace_owner;
SET ROLE replace_owner;
SET search_path = replace_test;
-- What the server answers for each day and country, a script per slice
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER replace_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION answers(slice text, body text) RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM script WHERE id = 'sales-' || slice
		AND responses = jsonb_build_array(CASE body WHEN 'fails' THEN '{"status": 400}'
			WHEN 'later' THEN '{"status": 404, "body": "not yet", "content_type": "text/plain"}'
			WHEN 'nothing' THEN '{"status": 404, "body": "{}", "content_type": "application/json"}'
			ELSE jsonb_build_object('body', body) END)::text$$;
CREATE FOREIGN TABLE sale_api (country text OPTIONS (param 'country'), at timestamptz, item text, price numeric, detail json)
	SERVER replace_api OPTIONS (path '/script/sales-{country}-{window_start}', window '1 day', window_column 'at',
		window_format 'YYYY-MM-DD', not_yet_on '404 text/plain', empty_on '404 application/json');
CREATE VIEW outcome AS
SELECT state, slices_landed AS landed, rows_read AS read, rows_inserted AS ins, rows_updated AS upd,
	rows_unchanged AS unch, rows_duplicate AS dup, rows_quarantined AS quar, rows_removed AS removed
FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);

-- What does not fit is refused.
CREATE FOREIGN TABLE all_api (at timestamptz) SERVER replace_api OPTIONS (path '/echo', query 'body=[]');
SELECT elt.create_pipeline('sales', 'all_api', 'sales', strategy => 'replace_window');
SELECT elt.create_pipeline('sales', 'sale_api', 'sales', strategy => 'replace_window', start_at => '2024-01-01',
	params => '{"country": ["de"]}', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('sales', 'sale_api', 'sales', '{item}', strategy => 'replace_window', start_at => '2024-01-01',
	params => '{"country": ["de"]}', options => '{"delete_when": "price IS NULL"}');
SELECT elt.create_pipeline('sales', 'sale_api', 'sales', '{item}', strategy => 'replace_window', start_at => '2024-01-01',
	params => '{"country": ["de"]}', options => '{"update_columns": ["price"]}');
CREATE FOREIGN TABLE hour_api (at timestamp) SERVER replace_api
	OPTIONS (path '/script/{window_start}', window '1 hour', window_column 'at', window_time_zone 'Europe/Berlin');
SELECT elt.create_pipeline('sales', 'hour_api', 'sales', strategy => 'replace_window', start_at => '2024-01-01');
CREATE FOREIGN TABLE date_api (at date) SERVER replace_api
	OPTIONS (path '/script/{window_start}', window '1 hour', window_column 'at');
SELECT elt.create_pipeline('sales', 'date_api', 'sales', strategy => 'replace_window', start_at => '2024-01-01');
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE FOREIGN TABLE loose_api (at timestamptz, name text OPTIONS (param 'name') COLLATE any_case) SERVER replace_api
	OPTIONS (path '/script/{name}-{window_start}', window '1 day', window_column 'at');
SELECT elt.create_pipeline('sales', 'loose_api', 'sales', strategy => 'replace_window', start_at => '2024-01-01',
	params => '{"name": ["a"]}');
-- A param that no column carries is refused by the foreign table.
CREATE FOREIGN TABLE uncarried_api (at timestamptz) SERVER replace_api
	OPTIONS (path '/script/{name}-{window_start}', window '1 day', window_column 'at');
SELECT elt.create_pipeline('sales', 'uncarried_api', 'sales', strategy => 'replace_window', start_at => '2024-01-01',
	params => '{"name": ["a"]}');

-- Without a key: rows are compared as they are, however often they come.
SELECT elt.create_pipeline('sales', 'sale_api', 'sales', strategy => 'replace_window', start_at => '2024-01-01',
	params => '{"country": ["de", "fr"]}');
\d sales
SELECT answers('de-2024-01-01', '[{"at":"2024-01-01T01:00:00Z","item":"tea","price":1},{"at":"2024-01-01T01:00:00Z","item":"tea","price":1},
	{"at":"2024-01-01T02:00:00Z","item":"jam","detail":{"a":1}}]'),
	answers('de-2024-01-02', '[{"at":"2024-01-02T00:00:00Z","item":"rye"}]'),
	answers('fr-2024-01-01', '[{"at":"2024-01-01T01:00:00Z","item":"tea","price":1}]'),
	answers('fr-2024-01-02', '[{"at":"2024-01-02T01:00:00Z","item":"tea","price":1}]') \gset
CALL elt.run('sales', '2024-01-01', '2024-01-03');
TABLE outcome;
-- The same again: no row is touched.
SELECT array_agg(ctid::text || xmin ORDER BY ctid) AS before FROM sales \gset
CALL elt.run('sales', '2024-01-01', '2024-01-03');
TABLE outcome;
SELECT array_agg(ctid::text || xmin ORDER BY ctid) = :'before' AS untouched FROM sales;
-- One of two equal rows goes, one changes, one comes; 1.0 is 1, and json is compared as it is written.
SELECT answers('de-2024-01-01', '[{"at":"2024-01-01T01:00:00Z","item":"tea","price":1.0},
	{"at":"2024-01-01T02:00:00Z","item":"jam","detail":{"a": 1}},{"at":"2024-01-01T03:00:00Z","item":"oat","price":null}]') \gset
CALL elt.run('sales', '2024-01-01', '2024-01-03');
TABLE outcome;
SELECT country, at, item, price, detail, _run_id = max(_run_id) OVER () AS latest FROM sales ORDER BY at, country, item;
-- More of the same, and a window that is empty: because it has no rows, because the source says so.
SELECT answers('de-2024-01-01', '[{"at":"2024-01-01T02:00:00Z","item":"jam","detail":{"a": 1}},
	{"at":"2024-01-01T02:00:00Z","item":"jam","detail":{"a": 1}},{"at":"2024-01-01T02:00:00Z","item":"jam","detail":{"a": 1}}]'),
	answers('de-2024-01-02', '[]'), answers('fr-2024-01-02', 'nothing') \gset
CALL elt.run('sales', '2024-01-01', '2024-01-03');
TABLE outcome;
SELECT country, at, item, price, detail, _run_id = max(_run_id) OVER () AS latest FROM sales ORDER BY at, country, item;
SELECT window_start, state FROM elt.slices WHERE pipeline = 'sales' AND params->>'country' = 'fr' ORDER BY 1;
-- A slice that failed, or is not published yet, leaves its window as it is; the others are exchanged.
SELECT answers('de-2024-01-01', 'fails'), answers('fr-2024-01-01', 'later'),
	answers('de-2024-01-02', '[{"at":"2024-01-02T05:00:00Z","item":"ale"}]') \gset
\set VERBOSITY terse
CALL elt.run('sales', '2024-01-01', '2024-01-03');
\set VERBOSITY default
TABLE outcome;
SELECT country, at, item FROM sales ORDER BY at, country, item;
-- Other windows, other params and rows without a time are nobody's here.
INSERT INTO sales (country, at, item) VALUES ('de', '2023-12-31 23:59:59.999999Z', 'before'), ('de', '2024-01-03', 'after'), ('it', '2024-01-02', 'elsewhere'),
	(NULL, '2024-01-02', 'nowhere'), ('de', NULL, 'never'), ('de', '2024-01-02 23:59:59.999999Z', 'astray');
CALL elt.run('sales', '2024-01-02', '2024-01-03');
TABLE outcome;
SELECT country, at, item FROM sales WHERE item IN ('before', 'after', 'elsewhere', 'nowhere', 'never', 'astray', 'ale') ORDER BY item;

-- A row beside the window of its slice refuses the batch, also when that row lies in another's window.
SELECT answers('de-2024-01-01', '[{"at":"2024-01-01T01:00:00Z","item":"tea"},{"at":"2024-01-02T00:00:00Z","item":"rye"}]'),
	answers('fr-2024-01-01', '[]'), answers('de-2024-01-02', '[{"at":"2024-01-02T00:00:00Z","item":"rye"}]') \gset
CALL elt.run('sales', '2024-01-01', '2024-01-03');
SELECT count(*) FROM sales WHERE item = 'rye';
-- Unless a check drops it, which knows the window when the source's columns carry it.
CREATE FOREIGN TABLE edge_api (low timestamptz OPTIONS (param 'window_start'), high timestamptz OPTIONS (param 'window_end'), at timestamptz, item text)
	SERVER replace_api OPTIONS (path '/script/sales-de-{window_start}', window '1 day', window_column 'at', window_format 'YYYY-MM-DD');
SELECT elt.create_pipeline('edges', 'edge_api', 'edges', strategy => 'replace_window', start_at => '2024-01-01');
SELECT elt.add_check('edges', 'inside', 'at >= low AND at < high', 'drop') \gset
CALL elt.run('edges', '2024-01-01', '2024-01-03');
SELECT rows_read, rows_inserted, rows_dropped FROM elt.runs WHERE pipeline = 'edges';
SELECT low, at, item FROM edges ORDER BY at;
SELECT elt.drop_pipeline('edges') \gset
-- One without a time goes to quarantine.
SELECT answers('de-2024-01-01', '[{"at":"2024-01-01T01:00:00Z","item":"tea"},{"item":"lost"}]') \gset
CALL elt.run('sales', '2024-01-01', '2024-01-02');
TABLE outcome;
SELECT reason, column_name, raw FROM elt.rejects WHERE pipeline = 'sales';

SELECT elt.drop_pipeline('sales') \gset

-- The statements, of windows that follow each other and of windows with a gap between them
SELECT elt.create_pipeline('gaps', 'sale_api', 'gaps', strategy => 'replace_window', start_at => '2024-01-01',
	params => '{"country": ["de", "fr", "it"]}', options => jsonb_build_object('publication_delay', now() - '2024-01-04'));
SELECT answers(c || '-2024-01-' || d, format('[{"at":"2024-01-%s","item":%s}]', d, to_json(c)))
FROM unnest('{de,fr,it}'::text[]) c, unnest('{01,02,03}'::text[]) d ORDER BY 1;
INSERT INTO gaps (country, at, item) VALUES ('fr', '2024-01-02', 'stays'), ('it', '2024-01-02', 'goes');
SELECT answers('fr-2024-01-02', 'fails') \gset
\set VERBOSITY terse
CALL elt.pull('gaps');
\set VERBOSITY default
\t on
\pset format unaligned
SELECT elt.merge_sql('gaps');
\t off
\pset format aligned
SELECT rows_read, rows_inserted, rows_unchanged, rows_removed FROM elt.merge('gaps');
SELECT country, at, item FROM gaps ORDER BY country, at;
SELECT elt.drop_pipeline('gaps') \gset
-- Several params are compared together.
CREATE FOREIGN TABLE pair_api (area text OPTIONS (param 'area'), kind int OPTIONS (param 'kind'), at timestamptz)
	SERVER replace_api OPTIONS (path '/script/pair-{area}-{kind}', query 'day={window_start}', window '1 day', window_column 'at', window_format 'YYYY-MM-DD');
SELECT elt.create_pipeline('pairs', 'pair_api', 'pairs', strategy => 'replace_window', start_at => '2024-01-01',
	params => '{"area": ["x", "o''y"], "kind": [1]}', options => jsonb_build_object('publication_delay', now() - '2024-01-02'));
SELECT count(*) FROM script WHERE id IN ('pair-x-1', 'pair-o''y-1') AND responses = '[{"body": "[]"}]';
INSERT INTO pairs (area, kind, at) VALUES ('x', 1, '2024-01-01'), ('x', 2, '2024-01-01'), ('z', 1, '2024-01-01'), ('o''y', 1, '2024-01-01');
CALL elt.pull('pairs');
\t on
\pset format unaligned
SELECT substring(elt.merge_sql('pairs') FROM 'WHERE (t.at[^\n]*)');
\t off
\pset format aligned
SELECT rows_read, rows_removed FROM elt.merge('pairs');
SELECT area, kind FROM pairs ORDER BY 1;
SELECT elt.drop_pipeline('pairs') \gset

-- With a key: the same key with other values is an update, also of a row that stood in another window.
CREATE FOREIGN TABLE order_api (at timestamptz, id int, price int)
	SERVER replace_api OPTIONS (path '/script/sales-{window_start}', window '1 day', window_column 'at', window_format 'YYYY-MM-DD');
SELECT elt.create_pipeline('orders', 'order_api', 'orders', '{id}', strategy => 'replace_window', start_at => '2024-01-01');
\d orders
SELECT answers('2024-01-01', '[{"at":"2024-01-01","id":1,"price":1},{"at":"2024-01-01","id":2,"price":2},{"at":"2024-01-01","id":3,"price":3}]'),
	answers('2024-01-02', '[{"at":"2024-01-02","id":4,"price":4}]') \gset
CALL elt.run('orders', '2024-01-01', '2024-01-03');
TABLE outcome;
SELECT array_agg(ctid::text || xmin ORDER BY ctid) AS before FROM orders \gset
CALL elt.run('orders', '2024-01-01', '2024-01-03');
TABLE outcome;
SELECT array_agg(ctid::text || xmin ORDER BY ctid) = :'before' AS untouched FROM orders;
SELECT answers('2024-01-01', '[{"at":"2024-01-01","id":1,"price":1},{"at":"2024-01-01","id":2,"price":9},{"at":"2024-01-01","id":2,"price":7},
	{"at":"2024-01-01","price":7}]'),
	answers('2024-01-02', '[{"at":"2024-01-02","id":3,"price":3},{"at":"2024-01-02","id":5,"price":5}]') \gset
CALL elt.run('orders', '2024-01-01', '2024-01-03');
TABLE outcome;
SELECT at, id, price FROM orders ORDER BY id;
-- A row that goes makes room for what the target's own unique index holds.
CREATE UNIQUE INDEX ON orders (price);
SELECT answers('2024-01-01', '[{"at":"2024-01-01","id":8,"price":1}]') \gset
-- An operator runs it, with the owner's rights on the target.
SET ROLE replace_operator;
CALL elt.run('orders', '2024-01-01', '2024-01-02');
SELECT elt.merge_sql('orders') LIKE 'SET LOCAL%' AS shown;
SET ROLE replace_owner;
TABLE outcome;
SELECT answers('2024-01-01', '[]'), answers('2024-01-02', '[]') \gset
CALL elt.run('orders', '2024-01-01', '2024-01-03');
TABLE outcome;
SELECT count(*) FROM orders;
\t on
\pset format unaligned
SELECT elt.merge_sql('orders');
\t off
\pset format aligned
SELECT elt.drop_pipeline('orders') \gset

-- Partitioned by the window's column, of which a batch takes two windows at most; windows are never cut.
SELECT elt.create_pipeline('parts', 'order_api', 'parts', strategy => 'replace_window', start_at => '2024-01-01', options => '{"batch_rows": 2}',
	partition_by => 'at', partition_interval => '1 day');
SELECT answers('2024-01-01', '[{"at":"2024-01-01","id":1},{"at":"2024-01-01","id":1},{"at":"2024-01-01","id":2}]'),
	answers('2024-01-02', '[{"at":"2024-01-02","id":1}]'), answers('2024-01-03', '[{"at":"2024-01-03","id":1}]') \gset
CALL elt.run('parts', '2024-01-01', '2024-01-04');
SELECT batches, rows_read, rows_inserted FROM elt.runs WHERE pipeline = 'parts';
SELECT answers('2024-01-01', '[{"at":"2024-01-01","id":1},{"at":"2024-01-01","id":2}]'), answers('2024-01-02', '[]'), answers('2024-01-03', '[{"at":"2024-01-03","id":3}]') \gset
CALL elt.run('parts', '2024-01-01', '2024-01-04');
TABLE outcome;
SELECT tableoid::regclass, at, id FROM parts ORDER BY at, id;
SELECT elt.drop_pipeline('parts') \gset

-- An answer that is the same as before lands all the same: the window becomes what it says.
SELECT elt.create_pipeline('tagged', 'order_api', 'tagged', strategy => 'replace_window', start_at => '2024-01-01',
	options => jsonb_build_object('publication_delay', now() - '2024-01-01 23:59'));
SELECT count(*) FROM script WHERE id = 'sales-2024-01-01' AND responses = '[{"body": "[{\"at\":\"2024-01-01\",\"id\":1}]", "headers": {"ETag": "\"v1\""}}]';
CALL elt.run('tagged');
UPDATE tagged SET id = 2;
CALL elt.run('tagged');
SELECT slices_landed, slices_unchanged, rows_read, rows_inserted, rows_removed FROM elt.runs WHERE pipeline = 'tagged' ORDER BY run_id;
SELECT at, id FROM tagged;

-- Windows that overlap, since the source's were changed while one of the old was open, are refused.
RESET ROLE;
INSERT INTO elt_catalog.staged_batch (pipeline_id, run_id, batch, definition_version, complete)
SELECT p.id, max(r.id), 1, p.definition_version, true FROM elt_catalog.pipeline p JOIN elt_catalog.run r ON r.pipeline_id = p.id WHERE p.name = 'tagged' GROUP BY p.id;
INSERT INTO elt_catalog.staged_slice (pipeline_id, window_start, window_end, state, complete, attempts, tried_at, requests, rows, rejected, bytes)
SELECT b.pipeline_id, s, e, 'empty', true, 1, now(), 1, 0, 0, 0
FROM elt_catalog.staged_batch b, (VALUES (timestamptz '2024-01-01', timestamptz '2024-01-08'), ('2024-01-02', '2024-01-03')) w(s, e)
WHERE b.pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = 'tagged');
SET ROLE replace_owner;
SELECT elt.merge('tagged');
SELECT count(*) FROM tagged;
SELECT elt.drop_pipeline('tagged') \gset

-- Times without a zone are those of the windows' zone, also when its clocks change.
CREATE FOREIGN TABLE local_api (at timestamp OPTIONS (path 'at'), day date OPTIONS (path 'day'), id int)
	SERVER replace_api OPTIONS (path '/script/sales-{window_start}', window '1 day', window_column 'at', window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin');
SELECT elt.create_pipeline('local', 'local_api', 'local', strategy => 'replace_window', start_at => '2024-03-30');
SELECT answers('2024-03-31', '[{"at":"2024-03-31T00:00:00","id":1},{"at":"2024-03-31T23:59:59","id":2}]'),
	answers('2024-04-01', '[{"at":"2024-04-01T00:00:00","id":3}]') \gset
CALL elt.run('local', '2024-03-31 00:00+01', '2024-04-02 00:00+02');
TABLE outcome;
SELECT answers('2024-03-31', '[{"at":"2024-03-31T23:59:59","id":2}]') \gset
CALL elt.run('local', '2024-03-31 00:00+01', '2024-04-01 00:00+02');
TABLE outcome;
SELECT at, id FROM local ORDER BY id;
SELECT elt.drop_pipeline('local') \gset
ALTER FOREIGN TABLE local_api OPTIONS (SET window_column 'day');
SELECT elt.create_pipeline('days', 'local_api', 'days', strategy => 'replace_window', start_at => '2024-03-30');
SELECT answers('2024-03-31', '[{"day":"2024-03-31","id":1},{"day":"2024-03-31","id":2}]'), answers('2024-04-01', '[{"day":"2024-04-01","id":3}]') \gset
CALL elt.run('days', '2024-03-31 00:00+01', '2024-04-02 00:00+02');
SELECT answers('2024-03-31', '[{"day":"2024-03-31","id":2}]') \gset
CALL elt.run('days', '2024-03-31 00:00+01', '2024-04-01 00:00+02');
TABLE outcome;
SELECT day, id FROM days ORDER BY id;
SELECT elt.drop_pipeline('days') \gset

RESET ROLE;
DROP SERVER replace_api CASCADE;
DROP SCHEMA replace_test CASCADE;
REVOKE ALL ON SCHEMA elt_staging FROM replace_owner;
DROP ROLE replace_owner, replace_operator;
