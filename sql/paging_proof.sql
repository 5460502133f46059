-- Detection of incomplete lists: counted records, contradictions, and the rows that land.
CREATE SCHEMA proof_test;
SET search_path = proof_test;
SET timezone = 'UTC';
SET elt.retry_base = '2ms';
\getenv replay ELT_REPLAY
CREATE SERVER proof_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE control (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER proof_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}', records '$');
CREATE FOREIGN TABLE sent (url text, body text, path text OPTIONS (param 'path'))
	SERVER proof_api OPTIONS (path '/_control/requests', query 'path={path}', records '$.requests[*]');
-- What the server answers from now on, one page after the other; the last one repeats.
CREATE FUNCTION answers(name text, VARIADIC pages jsonb[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM proof_test.control WHERE id = 'proof_' || name AND responses = (
		SELECT jsonb_agg(CASE WHEN p ? 'status' THEN p ELSE jsonb_build_object('json', p) END ORDER BY n)::text
		FROM unnest(pages) WITH ORDINALITY AS u(p, n));
END $$;
CREATE FUNCTION asked(name text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT coalesce(nullif(body, ''), substring(url FROM '[?](.*)')) FROM proof_test.sent WHERE path = '/script/proof_' || name $$;

-- The source counts orders, whatever lines they have.
CREATE FUNCTION orders(first int, last int, lines int, more jsonb DEFAULT '{}') RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('data', coalesce((SELECT jsonb_agg(jsonb_build_object('id', o,
		'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('line', o * 10 + l)), '[]') FROM generate_series(1, lines) l),
		'fees', '[{"line": 1}]'::jsonb)) FROM generate_series(first, last) o), '[]')) || more $$;
CREATE FOREIGN TABLE by_total (line int, name text OPTIONS (param 'name')) SERVER proof_api
	OPTIONS (path '/script/proof_{name}', records '$.data[*].lines[*]', paginate 'page_number', total_path '$.total');
SELECT answers('total', orders(1, 5, 2, '{"total": 10}'), orders(6, 10, 2, '{"total": 10}'));
SELECT count(*) FROM by_total WHERE name = 'total';
SELECT answers('by_offset', orders(1, 5, 2, '{"total": 15}'), orders(6, 10, 2, '{"total": 15}'), orders(11, 15, 2, '{"total": 15}'));
ALTER FOREIGN TABLE by_total OPTIONS (SET paginate 'offset');
SELECT count(*) FROM by_total WHERE name = 'by_offset';
SELECT * FROM asked('by_offset');
ALTER FOREIGN TABLE by_total OPTIONS (SET paginate 'page_number', DROP total_path, ADD pages_path '$.pages');
SELECT answers('pages', orders(1, 5, 2, '{"pages": 2}'), orders(6, 10, 2, '{"pages": 2}'));
SELECT count(*) FROM by_total WHERE name = 'pages';
ALTER FOREIGN TABLE by_total OPTIONS (DROP pages_path, ADD stop_on 'empty_page');
SELECT answers('empty', orders(1, 5, 0), orders(6, 10, 2), orders(1, 0, 0));
SELECT count(*) FROM by_total WHERE name = 'empty';
ALTER FOREIGN TABLE by_total OPTIONS (SET stop_on 'short_page', ADD page_size '5');
SELECT answers('short', orders(1, 5, 0), orders(6, 10, 2), orders(11, 11, 1));
SELECT count(*) FROM by_total WHERE name = 'short';
-- Several lists of the same orders count them once, elements of an object count like those of an array.
CREATE FOREIGN TABLE several (line int, name text OPTIONS (param 'name')) SERVER proof_api OPTIONS (path '/script/proof_{name}',
	records '$.data[*].lines[*], $.data[*].fees[*]', paginate 'page_number', total_path '$.total');
SELECT answers('several', orders(1, 5, 2, '{"total": 10}'), orders(6, 10, 2, '{"total": 10}'));
SELECT count(*) FROM several WHERE name = 'several';
CREATE FOREIGN TABLE keyed (line int, name text OPTIONS (param 'name')) SERVER proof_api OPTIONS (path '/script/proof_{name}',
	records '$.data.keyvalue().value.lines[*]', paginate 'page_number', total_path '$.total');
SELECT answers('keyed', '{"data": {"a": {"lines": [{"line": 1}, {"line": 2}]}, "b": {"lines": []}}, "total": 3}',
	'{"data": {"c": {"lines": [{"line": 3}]}}, "total": 3}');
SELECT array_agg(line) FROM keyed WHERE name = 'keyed';
-- A root that is no array is one record.
CREATE FOREIGN TABLE root (id int, name text OPTIONS (param 'name')) SERVER proof_api
	OPTIONS (path '/script/proof_{name}', paginate 'page_number', total_path 'header X-Total');
SELECT answers('root', '{"status": 200, "json": {"id": 1}, "headers": {"X-Total": "2"}}', '{"status": 200, "json": {"id": 2}}');
SELECT array_agg(id) FROM root WHERE name = 'root';

-- Totals as JSON writes whole numbers; anything else is none.
CREATE FOREIGN TABLE item (id int, name text OPTIONS (param 'name')) SERVER proof_api
	OPTIONS (path '/script/proof_{name}', records '$.items[*]', paginate 'page_number', total_path '$.total');
CREATE FUNCTION told(name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
	EXECUTE 'SELECT array_agg(id)::text FROM proof_test.item WHERE name = $1' INTO answer USING name;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS answer = MESSAGE_TEXT;
	RETURN answer;
END $$;
-- through text: jsonb would write 1e0 as 1
CREATE FUNCTION told_of_text(total text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM proof_test.control WHERE id = 'proof_number' AND responses = json_build_array(
		json_build_object('body', '{"items": [{"id": 1}], "total": ' || total || '}'),
		json_build_object('body', '{"items": [{"id": 2}], "total": ' || total || '}'))::text;
	RETURN proof_test.told('number');
END $$;
SELECT t, told_of_text(t) FROM unnest('{2,2.0,0.2e1,20e-1,200E-2,"\"2\"","\"2.0\"","2.000000000000000000000000000000"}'::text[]) AS t;
SELECT t, told_of_text(t) FROM unnest('{2.5,2.0000000000000000000001,-2,1e-1,"\"2 of 2\"","\"\"",true,9223372036854775808,1e400}'::text[]) AS t;

-- A list that moves while it is paged is asked for anew from its first page.
SELECT answers('moves', '{"items": [{"id": 1}, {"id": 2}, {"id": 3}], "total": 6}', '{"items": [{"id": 5}, {"id": 6}], "total": 5}',
	'{"items": [{"id": 1}, {"id": 3}, {"id": 4}], "total": 5}', '{"items": [{"id": 5}, {"id": 6}], "total": 5}');
SELECT told('moves');
SELECT * FROM asked('moves');
-- Where rows have been returned before the end of the list was seen, that is an error.
SELECT answers('moves_read', '{"items": [{"id": 1}, {"id": 2}, {"id": 3}], "total": 6}', '{"items": [{"id": 5}, {"id": 6}], "total": 5}',
	'{"items": [{"id": 1}, {"id": 3}, {"id": 4}], "total": 5}', '{"items": [{"id": 5}, {"id": 6}], "total": 5}');
SELECT id FROM item WHERE name = 'moves_read' LIMIT 5;
-- Twice, then what came is taken, with a warning that names why; also when it grows.
SELECT answers('goes_on', '{"items": [{"id": 1}, {"id": 2}], "total": 4}', '{"items": [{"id": 2}, {"id": 3}], "total": 5}',
	'{"items": [{"id": 1}, {"id": 2}], "total": 5}', '{"items": [{"id": 4}, {"id": 5}], "total": 4}',
	'{"items": [{"id": 1}, {"id": 2}], "total": 4}', '{"items": [{"id": 4}, {"id": 5}], "total": 3}');
SELECT told('goes_on');
SELECT count(*) AS requests FROM asked('goes_on');
-- More records than the total, or fewer at the end of the list
SELECT answers('too_many', '{"items": [{"id": 1}, {"id": 2}, {"id": 3}], "total": 2}');
SELECT told('too_many');
ALTER FOREIGN TABLE item OPTIONS (SET paginate 'cursor', ADD cursor_path '$.next');
SELECT answers('too_few', '{"items": [{"id": 1}], "total": 2, "next": null}');
SELECT told('too_few');
SELECT answers('ended', '{"items": [{"id": 1}], "total": 2, "next": "a"}', '{"status": 204}', '{"items": [{"id": 1}], "total": 2, "next": "a"}',
	'{"items": [{"id": 2}], "total": 2}');
SELECT told('ended');
SELECT count(*) AS requests FROM asked('ended');
ALTER FOREIGN TABLE item OPTIONS (SET paginate 'page_number', DROP cursor_path, DROP total_path, ADD pages_path '$.pages');
SELECT answers('pages', '{"items": [{"id": 1}, {"id": 2}], "pages": 3}', '{"items": [{"id": 4}], "pages": 2}',
	'{"items": [{"id": 1}, {"id": 3}], "pages": 2}', '{"items": [{"id": 4}], "pages": 2}');
SELECT told('pages');
-- While one rule promises more, pages are asked for; that another one disagrees is told.
ALTER FOREIGN TABLE item OPTIONS (DROP pages_path, ADD total_path '$.total', ADD has_more_path '$.more');
SELECT answers('disagree', '{"items": [{"id": 1}], "total": 1, "more": true}', '{"items": [{"id": 1}], "total": 1, "more": true}',
	'{"items": [{"id": 1}], "total": 1, "more": true}', '{"items": [{"id": 2}], "total": 1, "more": false}');
SELECT told('disagree');
SELECT answers('refused', '{"items": [{"id": 1}], "total": 3, "more": false}', '{"items": [{"id": 1}], "total": 3, "more": false}',
	'{"items": [{"id": 1}], "total": 3, "more": false}', '{"status": 404, "body": "no such page"}');
SELECT told('refused');

-- A first page that is short is no end: the server may hold its pages smaller than was asked for.
ALTER FOREIGN TABLE item OPTIONS (DROP has_more_path, DROP total_path, ADD stop_on 'short_page', ADD limit_param 'limit', ADD page_size '5');
SELECT answers('capped', '{"items": [{"id": 1}, {"id": 2}, {"id": 3}]}', '{"items": [{"id": 4}, {"id": 5}, {"id": 6}]}',
	'{"items": [{"id": 7}, {"id": 8}]}', '{"items": [{"id": 9}]}');
SELECT told('capped');
SELECT * FROM asked('capped');
SELECT answers('whole', '{"items": [{"id": 1}]}', '{"items": []}');
SELECT told('whole'), (SELECT count(*) FROM asked('whole')) AS requests;
SELECT answers('beyond', '{"items": [{"id": 1}]}', '{"status": 404, "body": "Invalid page."}');
SELECT told('beyond'), (SELECT count(*) FROM asked('beyond')) AS requests;
SELECT answers('nothing', '{"items": []}');
SELECT told('nothing'), (SELECT count(*) FROM asked('nothing')) AS requests;
SELECT answers('same', '{"items": [{"id": 1}]}');
SELECT told('same');
SELECT answers('down', '{"items": [{"id": 1}]}', '{"status": 500}');
SELECT told('down');
-- A later page that is short is the end, and a total overrules a short page.
SELECT answers('full', '{"items": [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}, {"id": 5}]}', '{"items": [{"id": 6}]}');
SELECT told('full'), (SELECT count(*) FROM asked('full')) AS requests;
ALTER FOREIGN TABLE item OPTIONS (ADD total_path '$.total');
SELECT answers('overruled', '{"items": [{"id": 1}, {"id": 2}], "total": 3}', '{"items": [{"id": 3}], "total": 3}');
SELECT told('overruled');

-- What a body gets back is what the page had: a number is no text, and false is no cursor.
CREATE FOREIGN TABLE posted (id int, name text OPTIONS (param 'name')) SERVER proof_api OPTIONS (path '/script/proof_{name}', method 'POST',
	body '{}', records '$.items[*]', paginate 'cursor', cursor_path '$.next', has_more_path '$.more', resume_path '$.next');
SELECT answers('typed', '{"items": [{"id": 1}], "next": 2, "more": true}', '{"items": [{"id": 2}], "next": "3", "more": true}',
	'{"items": [{"id": 3}], "next": false, "more": false}');
SELECT array_agg(id) FROM posted WHERE name = 'typed';
SELECT * FROM asked('typed');
ALTER FOREIGN TABLE posted OPTIONS (SET paginate 'last_record', DROP cursor_path, DROP resume_path, ADD record_id_path 'id');
SELECT answers('last', '{"items": [{"id": 1}], "more": true}', '{"items": [{"id": 2}], "more": false}');
SELECT array_agg(id) FROM posted WHERE name = 'last';
SELECT * FROM asked('last');
ALTER FOREIGN TABLE posted OPTIONS (SET paginate 'cursor', DROP record_id_path, DROP has_more_path, ADD cursor_path '$.next');
SELECT answers('false', '{"items": [{"id": 1}], "next": false}');
SELECT array_agg(id) FROM posted WHERE name = 'false';
SELECT answers('true', '{"items": [{"id": 1}], "next": true}');
\set VERBOSITY terse
SELECT array_agg(id) FROM posted WHERE name = 'true';
\set VERBOSITY default
-- The next run too goes on with what the page had.
ALTER FOREIGN TABLE posted OPTIONS (ADD has_more_path '$.more', ADD resume_path '$.next');
SELECT elt.create_pipeline('proof_resume', 'posted', 'proof_test.resumed', '{id}', params => '{"name": ["a", "b", "c"]}');
SELECT answers('a', '{"items": [{"id": 1}], "next": 7, "more": false}');
SELECT answers('b', '{"items": [{"id": 2}], "next": "7", "more": false}');
SELECT answers('c', '{"items": [{"id": 3}], "next": "x\"7", "more": false}');
CALL elt.run('proof_resume');
SELECT params, position FROM elt.cursors WHERE pipeline = 'proof_resume';
CALL elt.run('proof_resume');
SELECT name, asked('' || name) FROM unnest('{a,b,c}'::text[]) AS name;
SELECT elt.drop_pipeline('proof_resume');

-- What lands of a list that is not proven complete: a row that it lacks is no row that is gone.
CREATE VIEW outcome AS SELECT pipeline, state, rows_read, rows_removed, detail FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);
CREATE FOREIGN TABLE list (id int, at timestamptz OPTIONS (path 'at'), name text OPTIONS (param 'name')) SERVER proof_api OPTIONS (
	path '/script/proof_{name}', records '$.items[*]', paginate 'offset', total_path '$.total');
CREATE FUNCTION items(ids int[], total int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('total', total, 'items', jsonb_agg(jsonb_build_object('id', id, 'at', '2024-01-01T00:00:00Z'))) FROM unnest(ids) AS id $$;
SELECT elt.create_pipeline('proof_full', 'list', 'proof_test.full_list', '{id}', params => '{"name": ["full"]}',
	options => '{"load": "full", "absent": "delete", "max_delete_percent": 100, "min_rows_percent": 0}');
SELECT elt.create_pipeline('proof_upsert', 'list', 'proof_test.upsert_list', '{id}', params => '{"name": ["upsert"]}');
SELECT answers(name, items('{1,2,3,4,5}', 10), items('{6,7,8,9,10}', 10)) FROM unnest('{full,upsert}'::text[]) AS name;
CALL elt.run('proof_full');
CALL elt.run('proof_upsert');
SELECT answers(name, items('{1,2,3,4,5}', 10), items('{7,8,9,10}', 9), items('{1,2,3,4,5}', 10), items('{7,8,9,10}', 9),
	items('{1,2,3,4,5}', 10), items('{7,8,9,10}', 9)) FROM unnest('{full,upsert}'::text[]) AS name;
CALL elt.run('proof_full');
TABLE outcome;
SELECT array_agg(id ORDER BY id) FROM full_list;
CALL elt.run('proof_upsert');
TABLE outcome;
SELECT array_agg(id ORDER BY id) FROM upsert_list;
SELECT state, complete, unproven, rows FROM elt.slices WHERE pipeline = 'proof_upsert';
-- Proven again, it deletes, and nothing is told any more.
SELECT answers(name, items('{1,3,4,5,6}', 9), items('{7,8,9,10}', 9)) FROM unnest('{full,upsert}'::text[]) AS name;
CALL elt.run('proof_full');
TABLE outcome;
SELECT array_agg(id ORDER BY id) FROM full_list;
CALL elt.run('proof_upsert');
TABLE outcome;
SELECT state, complete, unproven FROM elt.slices WHERE pipeline = 'proof_upsert';
-- In two steps the run that pulls says it.
SELECT answers('upsert', items('{1,2}', 1));
CALL elt.pull('proof_upsert');
SELECT rows_read FROM elt.merge('proof_upsert');
TABLE outcome;
SELECT elt.drop_pipeline('proof_full'), elt.drop_pipeline('proof_upsert');
-- A window is not replaced by what may be a part of it; the others are.
CREATE FOREIGN TABLE day (id int, at timestamptz, name text OPTIONS (param 'name')) SERVER proof_api OPTIONS (path '/script/proof_{name}',
	query 'from={window_start}', records '$.items[*]', paginate 'offset', total_path '$.total', window '1 year', window_column 'at');
SELECT elt.create_pipeline('proof_window', 'day', 'proof_test.days', strategy => 'replace_window', params => '{"name": ["day", "other_day"]}',
	start_at => '2024-01-01');
SELECT answers('day', items('{1,2,3}', 5), items('{4,5}', 5));
SELECT answers('other_day', items('{1,2,3}', 3));
CALL elt.run('proof_window', '2024-01-01', '2025-01-01');
SELECT answers('day', items('{1,2,3}', 5), items('{5}', 4), items('{1,2,3}', 5), items('{5}', 4), items('{1,2,3}', 5), items('{5}', 4));
SELECT answers('other_day', items('{1,3}', 2));
CALL elt.run('proof_window', '2024-01-01', '2025-01-01');
SELECT name, array_agg(id ORDER BY id) FROM days GROUP BY name;
SELECT params, state, complete, error FROM elt.slices WHERE pipeline = 'proof_window';
SELECT elt.drop_pipeline('proof_window');

SET client_min_messages = warning;
DROP SERVER proof_api CASCADE;
DROP SCHEMA proof_test CASCADE;
