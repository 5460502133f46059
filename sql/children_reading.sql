-- Children that are read while their parents are read find what a second reading of the page finds. A parent whose columns
-- look into the same member requires the latter.
SET timezone = 'UTC';
SET client_min_messages = error;
CREATE SCHEMA reading_test;
SET search_path = reading_test;
SELECT current_setting('data_directory') || '/elt_reading' AS root \gset
CREATE FUNCTION put(content bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; mkdir -p elt_reading; printf %%s %s | base64 -d >elt_reading/shops.json',
		replace(encode(content, 'base64'), E'\n', '')));
END $$;
SELECT put('');
CREATE SERVER reading_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

CREATE FUNCTION family(name text, more text DEFAULT '', line_more text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	o text := 'SERVER reading_files OPTIONS (glob ''shops.json'', settle ''0'', on_change ''merge'', format ''json'', records ''$.shops[*].orders[*]';
	upsert jsonb := '{"strategy": "upsert", "max_reject_percent": 100}';
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE %I (id int, note text%s) %s'')', name || '_o', more, o);
	EXECUTE format('CREATE FOREIGN TABLE %I (region int OPTIONS (path ''$.region''), shop int OPTIONS (path ''$.shops[*].name''),
		id int OPTIONS (path ''$.shops[*].orders[*].id''), nr int OPTIONS (lineage ''index''), row int OPTIONS (lineage ''line''), n int,
		f int OPTIONS (path ''n'', expression ''value::int * 2'')%s) %s.lines[*]'')', name || '_l', line_more, o);
	EXECUTE format('CREATE FOREIGN TABLE %I (id int OPTIONS (path ''$.shops[*].orders[*].id''), n int OPTIONS (path ''$.shops[*].orders[*].lines[*].n''),
		nr int OPTIONS (lineage ''index''), w int OPTIONS (path ''w[*]'')) %s.lines[*].parts.list[*]'')', name || '_p', o);
	EXECUTE format('CREATE FOREIGN TABLE %I (id int OPTIONS (path ''$.shops[*].orders[*].id''), nr int OPTIONS (lineage ''index''), name text)
		%s.buyer'')', name || '_b', o);
	PERFORM elt.create_pipeline(name, name || '_o', name || '_orders', '{id}', options => '{"max_reject_percent": 100}');
	RETURN NEXT elt.add_child(name, name || '_l', name || '_lines', '{shop,id,nr}', '{id}', upsert);
	RETURN NEXT elt.add_child(name || '_lines', name || '_p', name || '_parts', '{id,n,nr,w}', '{}', upsert);
	RETURN NEXT elt.add_child(name, name || '_b', name || '_buyers', '{id,nr}', '{}', upsert);
END $$;
SELECT family('once');
SELECT family('twice', $$, x int OPTIONS (path 'lines.x', optional 'true'), y int OPTIONS (path 'buyer.x', optional 'true')$$,
	$$, x int OPTIONS (path 'parts.x', optional 'true')$$);
CREATE VIEW landed AS SELECT way, to_jsonb(r) - '{_run_id,_loaded_at,x,y}'::text[] AS row FROM (VALUES (1), (2)) AS w(way), LATERAL (
	SELECT 'order' AS t, to_jsonb(o) AS r FROM once_orders AS o WHERE way = 1 UNION ALL SELECT 'order', to_jsonb(o) FROM twice_orders AS o WHERE way = 2
	UNION ALL SELECT 'line', to_jsonb(o) FROM once_lines AS o WHERE way = 1 UNION ALL SELECT 'line', to_jsonb(o) FROM twice_lines AS o WHERE way = 2
	UNION ALL SELECT 'part', to_jsonb(o) FROM once_parts AS o WHERE way = 1 UNION ALL SELECT 'part', to_jsonb(o) FROM twice_parts AS o WHERE way = 2
	UNION ALL SELECT 'buyer', to_jsonb(o) FROM once_buyers AS o WHERE way = 1 UNION ALL SELECT 'buyer', to_jsonb(o) FROM twice_buyers AS o WHERE way = 2) AS r
UNION ALL SELECT 1 + (pipeline ~ '^twice')::int, jsonb_build_object('pipeline', replace(pipeline, 'twice', 'once'), 'reason', reason, 'record', record, 'column', column_name,
	'message', message, 'raw', CASE WHEN record > 0 THEN raw END, 'parent', parent_key) FROM elt.rejects WHERE pipeline ~ '^(once|twice)'
UNION ALL SELECT 1 + (pipeline ~ '^twice')::int, jsonb_build_object('state', state, 'error', regexp_replace(replace(error, 'twice', 'once'), ' records are.*', '')) FROM elt.runs
WHERE pipeline ~ '^(once|twice)';
CREATE FUNCTION differing() RETURNS TABLE (rows bigint, rejects bigint, differ bigint) LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM landed WHERE way = 1 AND row ? 't' OR way = 1 AND row ? 'id'), (SELECT count(*) FROM elt.rejects WHERE pipeline ~ '^once'),
	(SELECT count(*) FROM ((SELECT row FROM landed WHERE way = 1 EXCEPT ALL SELECT row FROM landed WHERE way = 2)
		UNION ALL (SELECT row FROM landed WHERE way = 2 EXCEPT ALL SELECT row FROM landed WHERE way = 1)) AS d) $$;

-- In order, keys after lists, members of all kinds in the place of lists, and values that are none
SELECT put(convert_to($$
{"shops": [
 {"name": 1, "orders": [
  {"id": 1, "note": "a", "buyer": {"name": "A"}, "lines": [{"n": 1, "parts": {"list": [{"w": [1, 2]}, {"w": [3]}]}}, {"n": 2, "parts": null}]},
  {"lines": [{"parts": {"list": [{"w": [4]}, {"w": 5}]}, "n": 3}, {"n": "x", "parts": {"list": [{"w": [6]}]}}], "buyer": null, "id": 2},
  {"id": 3, "lines": null, "buyer": [], "note": "\u0000"}, {"id": 4, "lines": {"n": 1}, "buyer": 7}, {"id": "five", "lines": [{"n": 5}]}, 6, null,
  {"id": 7, "note": NaN, "buyer": {"name": "G"}, "lines": [{"n": 7}, {"n": NaN, "parts": {"list": [{"w": [7, NaN]}]}}, 7, null, [], {"n": 8, "parts": {"list": 7}}]},
  {"id": 8, "junk": [NaN], "lines": [{"n": 9, "junk": NaN}]}, {"id": 9, "lines": [{"n": 10, "parts": [{"list": [{"w": [1]}]}]}]}, {"lines": [{"n": 11}]}]},
 {"orders": [{"buyer": {"name": "J"}, "lines": [{"n": 12}], "id": 10, "note": "late"}], "name": 2}, {"orders": [{"id": 11, "lines": [{"n": 13}]}]}],
 "region": 5}$$, 'UTF8'));
CALL elt.run('once');
CALL elt.run('twice');
SELECT * FROM differing();
SELECT region, shop, id, nr, row, n, f FROM once_lines ORDER BY id, nr;
SELECT id, n, nr, w FROM once_parts ORDER BY id, n, nr, w;
SELECT pipeline, reason, record, column_name, message, parent_key FROM elt.rejects WHERE pipeline ~ '^once' ORDER BY pipeline, reason, record, message;
-- Text that is none in a record, its lists, and what children take from it
SELECT put(convert_to('{"region": 1, "shops": [{"name": 1, "orders": [{"id": 1, "note": "', 'UTF8') || '\xff' || convert_to('", "lines": [{"n": 1}]}, {"id": 2, "lines": [{"n": 1, "junk": "', 'UTF8')
	|| '\xff' || convert_to('"}, {"n": 2}]}, {"lines": [{"n": 3, "parts": {"list": [{"w": [1], "junk": "', 'UTF8') || '\xfe' || convert_to('"}, {"w": [2]}]}}], "id": "', 'UTF8')
	|| '\xff' || convert_to('"}, {"id": 4, "lines": [{"parts": {"list": [{"w": [5]}]}, "n": "', 'UTF8') || '\xfe' || convert_to('"}]}, {"id": 5, "lines": [{"n": 6}]}]}]}', 'UTF8'));
CALL elt.run('once');
CALL elt.run('twice');
SELECT * FROM differing();
-- Lists that are longer than a batch of rows
\set file :root '/shops.json'
COPY (SELECT '{"region": 1, "shops": [' || string_agg(format('{"name": %s, "orders": [{"id": 1%1$s, "lines": %s}, {"lines": %2$s, "id": 2%1$s}]}', s,
	(SELECT json_agg(json_build_object('n', CASE WHEN n % 100 <> 7 THEN n::text ELSE 'no' END, 'parts', json_build_object('list', json_build_array(json_build_object('w', array[n, n])))))
	FROM generate_series(1, 1500 * s) AS n)), ',') || ']}' FROM generate_series(1, 2) AS s) TO :'file';
CALL elt.run('once');
CALL elt.run('twice');
SELECT * FROM differing();
SELECT count(*), max(nr) FROM once_lines WHERE id > 10;
-- Pages that fail: members that a child needs come twice, and text that ends too early
SELECT put('{"shops": [{"name": 1, "orders": [{"id": 1, "lines": [{"n": 1}], "lines": []}]}]}');
CALL elt.run('once');
CALL elt.run('twice');
SELECT put('{"shops": [{"name": 1, "orders": [{"id": 1, "lines": [{"n": 1}], "id": 2}]}]}');
CALL elt.run('once');
CALL elt.run('twice');
SELECT put('{"shops": [{"name": 1, "orders": [{"id": 1, "lines": [{"n": 1, "parts": {"list": [{"w": [1');
CALL elt.run('once');
CALL elt.run('twice');
SELECT * FROM differing();
SELECT error FROM elt.runs WHERE pipeline = 'once' AND state = 'failed' ORDER BY run_id;

SELECT elt.drop_pipeline(name) FROM unnest('{once,twice}'::text[]) AS name;
COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; rm -r elt_reading';
DROP SCHEMA reading_test CASCADE;
DROP SERVER reading_files CASCADE;
