-- Strategy replace: within each combination of the replace_by columns that a batch holds, the target
-- becomes what came.
\getenv replay ELT_REPLAY
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER scope_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE SCHEMA scope_test;
SET search_path = scope_test;
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER scope_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION answers(slice text, body text) RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM script WHERE id = 'scope-' || slice
		AND responses = jsonb_build_array(CASE body WHEN 'fails' THEN '{"status": 400}'
			WHEN 'later' THEN '{"status": 404, "body": "not yet", "content_type": "text/plain"}'
			WHEN 'nothing' THEN '{"status": 404, "body": "{}", "content_type": "application/json"}'
			ELSE jsonb_build_object('body', body) END)::text$$;
CREATE VIEW outcome AS
SELECT state, slices_landed AS landed, rows_read AS read, rows_inserted AS ins, rows_updated AS upd,
	rows_unchanged AS unch, rows_duplicate AS dup, rows_quarantined AS quar, rows_dropped AS drop, rows_removed AS removed, detail
FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);

-- The lines of orders, all in one list: an order that came has just the lines that came.
CREATE FOREIGN TABLE line_api (order_id int, line int, sku text, n int)
	SERVER scope_api OPTIONS (path '/script/scope-lines');
SELECT elt.create_pipeline('lines', 'line_api', 'lines', '{order_id,line}', 'replace', options => '{"replace_by": ["order_id"]}');
\d lines
SELECT answers('lines', '[{"order_id":1,"line":1,"sku":"a","n":1},{"order_id":1,"line":2,"sku":"b","n":1},{"order_id":2,"line":1,"sku":"c","n":1}]') \gset
CALL elt.run('lines');
TABLE outcome;
SELECT array_agg(ctid::text || xmin ORDER BY ctid) AS before FROM lines \gset
CALL elt.run('lines');
TABLE outcome;
SELECT array_agg(ctid::text || xmin ORDER BY ctid) = :'before' AS untouched FROM lines;
SELECT answers('lines', '[{"order_id":1,"line":1,"sku":"a","n":2},{"order_id":1,"line":3,"sku":"d","n":1},{"order_id":3,"line":1,"sku":"e","n":1}]') \gset
CALL elt.pull('lines');
\t on
\pset format unaligned
SELECT elt.merge_sql('lines');
\t off
\pset format aligned
SELECT class, rows, key, stored, staged FROM elt.preview_merge('lines');
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged, rows_removed FROM elt.merge('lines');
SELECT order_id, line, sku, n FROM lines ORDER BY 1, 2;
SELECT elt.drop_pipeline('lines') \gset

-- Without a key rows are counted, and no values are values too.
SELECT elt.create_pipeline('bag', 'line_api', 'bag', '{}', 'replace', options => '{"replace_by": ["order_id"]}');
\d bag
SELECT answers('lines', '[{"order_id":1,"sku":"a"},{"order_id":1,"sku":"a"},{"order_id":1,"sku":"b"},{"order_id":2,"sku":"c"},{"sku":"x"},{"sku":"y"}]') \gset
CALL elt.run('bag');
TABLE outcome;
SELECT answers('lines', '[{"order_id":1,"sku":"a"},{"order_id":1,"sku":"b"},{"sku":"y"},{"sku":"z"}]') \gset
CALL elt.pull('bag');
\t on
\pset format unaligned
SELECT elt.merge_sql('bag');
\t off
\pset format aligned
SELECT class, rows, key, stored, staged FROM elt.preview_merge('bag');
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged, rows_removed FROM elt.merge('bag');
SELECT order_id, sku FROM bag ORDER BY 1, 2;
SELECT elt.drop_pipeline('bag') \gset

RESET ROLE;
DROP SERVER scope_api CASCADE;
DROP SCHEMA scope_test CASCADE;
