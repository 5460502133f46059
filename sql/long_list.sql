-- Lists that are staged in parts: they land like a single response, or not at all.
CREATE SCHEMA long_test;
SET search_path = long_test;
SET timezone = 'UTC';
SET elt.retry_base = '2ms';
SET client_min_messages = error;
\getenv replay ELT_REPLAY
CREATE SERVER long_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '2');

-- The same lists in one piece and in parts: rows, counts, rejects and facts
CREATE TABLE way (name text PRIMARY KEY, options text);
INSERT INTO way VALUES
	('page', $$paginate 'page_number', limit_param 'limit', page_size '40', pages_path '$.pages'$$),
	('offset', $$paginate 'offset', limit_param 'limit', page_size '40', total_path '$.total'$$),
	('empty', $$paginate 'page_number', limit_param 'limit', page_size '50', stop_on 'empty_page'$$),
	('cursor', $$query 'cursor=', paginate 'cursor', limit_param 'limit', page_size '40', cursor_path '$.next_cursor'$$),
	('url', $$query 'limit=40', paginate 'next_url', next_path '$.next'$$),
	('last', $$paginate 'last_record', limit_param 'limit', page_size '40', cursor_param 'since_id', record_id_path 'id', has_more_path '$.has_more'$$);
CREATE TABLE piece (name text PRIMARY KEY, way text, part text);
INSERT INTO piece SELECT 'long_' || part || '_' || name, name, part FROM way, unnest('{whole,parts}'::text[]) part;
\set ECHO none
SELECT format($$CREATE FOREIGN TABLE %s_api (id int, name text, amount numeric(4,2)) SERVER long_api OPTIONS (path '/items', records '$.items[*]', %s)$$,
	p.name, options) FROM piece p JOIN way w ON w.name = p.way \gexec
SELECT elt.create_pipeline(name, name || '_api', 'long_test.' || name, '{id}', options => '{"max_reject_percent": 80}') FROM piece \g /dev/null
SELECT elt.add_check(name, 'even', 'id % 2 = 0 OR id < 20', 'warn') FROM piece \g /dev/null
SELECT format('CALL elt.run(%L)', name) FROM piece WHERE part = 'whole' ORDER BY name \gexec
SET elt.page_memory = '1kB';
SELECT format('CALL elt.run(%L)', name) FROM piece WHERE part = 'parts' ORDER BY name \gexec
\set ECHO all
SELECT split_part(s.pipeline, '_', 3) AS way, count(DISTINCT (state, complete, attempts, s.rows, rejected, bytes)) AS kinds_of_facts,
	min(s.rows) AS rows, min(rejected) AS rejected
FROM elt.slices s WHERE pipeline LIKE 'long%' GROUP BY 1 ORDER BY 1;
CREATE FUNCTION differing(way text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	answer bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM (SELECT id, name, amount FROM long_test.long_whole_%1$s EXCEPT ALL SELECT id, name, amount FROM long_test.long_parts_%1$s) d', way)
		INTO answer;
	RETURN answer;
END $$;
SELECT sum(differing(name)) AS rows_that_differ FROM way;
-- rejects by their place and text, checks by their counts, and what the answers carried
SELECT count(*) AS rejects, count(DISTINCT facts) = count(*) / 2 AS same FROM (
	SELECT row(split_part(pipeline, '_', 3), record, byte_offset, reason, message, raw)::text AS facts FROM elt.rejects WHERE pipeline LIKE 'long%') r;
SELECT split_part(p.name, '_', 3) AS way, count(DISTINCT s.body_hash) AS hashes, count(DISTINCT rows_failed) AS kinds_of_results, min(rows_failed) AS warned
FROM elt_catalog.pipeline p JOIN elt_catalog.slice s ON s.pipeline_id = p.id JOIN elt.check_results r ON r.pipeline = p.name
WHERE p.name LIKE 'long%' GROUP BY 1 ORDER BY 1;

-- Unchanged: what was staged meanwhile goes
CREATE FOREIGN TABLE same_api (id int, name text) SERVER long_api OPTIONS (path '/items', records '$.items[*]',
	paginate 'offset', limit_param 'limit', page_size '40', total_path '$.total');
SELECT elt.create_pipeline('long_same', 'same_api', 'long_test.same', '{id}');
CALL elt.run('long_same');
CALL elt.run('long_same');
SELECT count(*) FROM elt_staging.long_same;
SELECT slices_landed, slices_unchanged FROM elt.runs WHERE pipeline = 'long_same' ORDER BY run_id;
SELECT state, s.rows, unchanged_at > landed_at AS unchanged FROM elt.slices s WHERE pipeline = 'long_same';

-- Lists that fail, contradict themselves or have to be begun anew in the middle
CREATE FOREIGN TABLE control (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER long_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}', records '$');
CREATE FUNCTION page(ids int[], total int, next text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('json', jsonb_build_object('items', (SELECT jsonb_agg(jsonb_build_object('id', CASE WHEN i < 0 THEN to_jsonb('bad ' || i) ELSE to_jsonb(i) END)) FROM unnest(ids) i),
		'total', total, 'next', next, 'pad', repeat('x', 1500))) $$;
CREATE FUNCTION play(id text, VARIADIC answers jsonb[]) RETURNS void LANGUAGE sql AS $$
	SELECT FROM long_test.control s WHERE s.id = play.id AND s.responses = array_to_json(answers)::text $$;
CREATE FOREIGN TABLE script (name text OPTIONS (param 'name'), id int) SERVER long_api OPTIONS (path '/script/{name}', records '$.items[*]',
	paginate 'cursor', cursor_path '$.next', total_path '$.total', restart_on '409');
SELECT elt.create_pipeline('long_script', 'script', 'long_test.script_rows', '{name,id}', options => '{"max_reject_percent": 50}',
	params => '{"name": ["long_anew", "long_cut", "long_gone", "long_refused", "long_restart", "long_unproven", "long_whole"]}');
SELECT play('long_anew', page('{1,2,-3}', 4, 'b'), page('{3}', 5, 'c'), page('{11,-12}', 4, 'd'), page('{13,14}', 4, NULL));
SELECT play('long_cut', page('{1,-2}', 6, 'b'), page('{3,4}', 6, 'c'), jsonb_build_object('body', '{"total": 6, "next": "d", "pad": "' || repeat('x', 1500) || '", "items": [{"id": 5}, {"id": 6,}]}'), page('{7}', 6, NULL));
SELECT play('long_gone', page('{1,-2}', 6, 'b'), page('{3,4}', 6, 'c'), '{"status": 404, "body": "gone"}');
SELECT play('long_refused', page('{-1,-2,-3,-4,-5,-6,-7,-8,-9,-10,-11,-12}', 24, 'b'), page('{-13,-14,-15,-16,-17,-18,-19,-20,-21,-22,-23,-24}', 24, NULL));
SELECT play('long_restart', page('{1,-2}', 4, 'b'), page('{3}', 4, 'c'), '{"status": 409}', page('{21,22}', 4, 'd'), page('{23,24}', 4, NULL));
SELECT play('long_unproven', page('{1,-2}', 4, 'b'), page('{3}', 4, NULL));
SELECT play('long_whole', page('{1,-2}', 4, 'b'), page('{3,4}', 4, NULL));
CALL elt.pull('long_script');
SELECT name, array_agg(id ORDER BY id) FROM elt_staging.long_script GROUP BY 1 ORDER BY 1;
SELECT s.params->>'name' AS name, count(*) AS rejects FROM elt_catalog.staged_reject s JOIN elt_catalog.pipeline p ON p.id = s.pipeline_id AND p.name = 'long_script' GROUP BY 1 ORDER BY 1;
SELECT records, present_fields FROM elt_catalog.staged_batch b JOIN elt_catalog.pipeline p ON p.id = b.pipeline_id AND p.name = 'long_script';
SELECT rows_read, rows_inserted, rows_quarantined FROM elt.merge('long_script');
SELECT s.params->>'name' AS name, state, complete, requests, s.rows, rejected, sqlstate, rtrim(left(error, 60)) AS error
FROM elt_catalog.slice s JOIN elt_catalog.pipeline p ON p.id = s.pipeline_id AND p.name = 'long_script'
CROSS JOIN LATERAL (SELECT count(*) AS requests FROM elt.request_log q WHERE q.params = s.params AND q.pipeline = p.name) q ORDER BY 1;
-- What landed of them
SELECT name, array_agg(id ORDER BY id) FROM script_rows GROUP BY 1 ORDER BY 1;

-- A page that cannot be decoded: what comes after it is not asked for any more, or of no use
CREATE FOREIGN TABLE linked (name text OPTIONS (param 'name'), id int) SERVER long_api OPTIONS (path '/script/{name}', query 'page=1', records '$.items[*]', paginate 'link_header');
SELECT elt.create_pipeline('long_linked', 'linked', 'long_test.linked_rows', '{name,id}', params => '{"name": ["long_broken", "long_sound"]}');
SELECT play('long_broken', page('{1,-2}', 6, NULL) || '{"headers": {"Link": "<?page=2>; rel=next"}}', '{"body": "{\"items\": [{\"id\": 5}, {\"id\": 6,}]}", "headers": {"Link": "<?page=3>; rel=next"}}',
	page('{7}', 6, NULL) || '{"headers": {"Link": "<?page=4>; rel=next"}}', page('{8}', 6, NULL));
SELECT play('long_sound', page('{1,2}', 6, NULL) || '{"headers": {"Link": "<?page=2>; rel=next"}}', page('{3,4}', 6, NULL));
CALL elt.run('long_linked');
SELECT name, id FROM linked_rows ORDER BY id;
SELECT params->>'name' AS name, state, s.rows, rejected, sqlstate FROM elt.slices s WHERE pipeline = 'long_linked';
SELECT count(*) FROM elt.rejects WHERE pipeline = 'long_linked';

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name LIKE 'long%' \g /dev/null
DROP SERVER long_api CASCADE;
DROP SCHEMA long_test CASCADE;
