-- Pagination: each method, the rule that ends the list, and inconsistent lists.
CREATE SCHEMA paging_test;
SET search_path = paging_test;
SET timezone = 'UTC';
SET elt.retry_base = '2ms';
\getenv replay ELT_REPLAY
CREATE SERVER paging_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '2');

-- Declared wrongly
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'magic');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (page_param 'p');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'page_number');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'page_number', stop_on 'never');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'page_number', stop_on 'short_page');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'page_number', total_path '$.a', page_size '10');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'page_number', total_path '$.a', max_pages '0');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'page_number', total_path '$.a..b');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'page_number', total_path 'header X: Y');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'page_number', total_path '$.a', cursor_param 'c');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'offset', total_path '$.a', page_param 'p');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'cursor');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'next_url');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'last_record', record_id_path 'id');
CREATE FOREIGN TABLE refused (id int) SERVER paging_api OPTIONS (paginate 'last_record', record_id_path '$.id', has_more_path '$.more');

-- 250 items, 30 to a page
CREATE FOREIGN TABLE by_page (id int, name text) SERVER paging_api OPTIONS (path '/items', records '$.items[*]',
	paginate 'page_number', limit_param 'limit', page_size '30', pages_path '$.pages');
CREATE FOREIGN TABLE by_total (id int, name text) SERVER paging_api OPTIONS (path '/items', records '$.items[*]',
	paginate 'page_number', limit_param 'limit', page_size '30', total_path '$.total');
CREATE FOREIGN TABLE by_empty (id int, name text) SERVER paging_api OPTIONS (path '/items', records '$.items[*]',
	paginate 'page_number', limit_param 'limit', page_size '50', stop_on 'empty_page');
CREATE FOREIGN TABLE by_offset (id int, name text) SERVER paging_api OPTIONS (path '/items', records '$.items[*]',
	paginate 'offset', limit_param 'limit', page_size '30', total_path '$.total', has_more_path '$.has_more');
CREATE FOREIGN TABLE by_cursor (id int, name text) SERVER paging_api OPTIONS (path '/items', query 'cursor=', records '$.items[*]',
	paginate 'cursor', limit_param 'limit', page_size '30', cursor_path '$.next_cursor');
CREATE FOREIGN TABLE by_url (id int, name text) SERVER paging_api OPTIONS (path '/items', query 'limit=30', records '$.items[*]',
	paginate 'next_url', next_path '$.next');
CREATE FOREIGN TABLE by_link (id int, name text) SERVER paging_api OPTIONS (path '/items', query 'shape=array&limit=30', paginate 'link_header');
CREATE FOREIGN TABLE by_last (id int, name text) SERVER paging_api OPTIONS (path '/items', records '$.items[*]',
	paginate 'last_record', limit_param 'limit', page_size '30', cursor_param 'since_id', record_id_path 'id', has_more_path '$.has_more');
CREATE FOREIGN TABLE by_short (id int, name text) SERVER paging_api OPTIONS (path '/items', query 'shape=array',
	paginate 'last_record', limit_param 'limit', page_size '30', cursor_param 'since_id', record_id_path 'id', stop_on 'short_page');

CREATE FUNCTION requests(relation text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE format('EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) SELECT * FROM paging_test.%I', relation) LOOP
		IF line ~ 'Requests Made' THEN RETURN trim(line); END IF;
	END LOOP;
END $$;
CREATE FUNCTION counted(relation text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
	EXECUTE format('SELECT concat_ws('' '', count(*), count(DISTINCT id), min(id), max(id)) FROM paging_test.%I', relation) INTO answer;
	RETURN answer;
END $$;
SELECT t, counted(t), requests(t) FROM unnest('{by_page,by_total,by_empty,by_offset,by_cursor,by_url,by_link,by_last,by_short}'::text[]) t;
SELECT array_agg(id) = array_agg(id ORDER BY id) AS in_order FROM by_link;

-- Bounds: reaching max_pages is an error, being done by then is not
ALTER FOREIGN TABLE by_link OPTIONS (ADD max_pages '9');
SELECT counted('by_link');
ALTER FOREIGN TABLE by_link OPTIONS (SET max_pages '8');
\set VERBOSITY terse
SELECT counted('by_link');
\set VERBOSITY default

-- Lists that cannot be trusted
CREATE FOREIGN TABLE script (id int, name text OPTIONS (param 'name'), answers text OPTIONS (param 'answers'))
	SERVER paging_api OPTIONS (path '/script/{name}', query 'responses={answers}', records '$.items[*]',
	paginate 'cursor', cursor_path '$.next', has_more_path '$.more');
CREATE FUNCTION told(name text, answers text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
	EXECUTE 'SELECT array_agg(id)::text FROM paging_test.script WHERE name = $1 AND answers = $2' INTO answer USING name, answers;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS answer = MESSAGE_TEXT;
	RETURN SQLSTATE || ' ' || regexp_replace(answer, 'http://127.0.0.1:\d+', 'replay');
END $$;
SELECT told('p1', '[{"json": {"items": [{"id": 1}], "next": "b", "more": true}}, {"json": {"items": [{"id": 2}], "next": "c", "more": false}}]');
SELECT told('p2', '[{"json": {"items": [{"id": 1}], "next": "b"}}, {"status": 503}, {"json": {"items": [{"id": 2}], "next": null}}]');
SELECT told('loop_of_1', '[{"json": {"items": [{"id": 1}], "next": "a"}}]');
SELECT told('loop_of_3', '[{"json": {"items": [{"id": 1}], "next": "a"}}, {"json": {"items": [], "next": "b"}}, {"json": {"items": [], "next": "c"}}, {"json": {"items": [], "next": "a"}}]');
SELECT told('promise', '[{"json": {"items": [{"id": 1}], "next": null, "more": true}}]');
SELECT told('neither', '[{"json": {"items": [{"id": 1}], "next": null, "more": "perhaps"}}]');
SELECT told('later_error', '[{"json": {"items": [{"id": 1}], "next": "b"}}, {"status": 404, "body": "gone"}]');
SELECT told('later_html', '[{"json": {"items": [{"id": 1}], "next": "b"}}, {"html": true}]');
SELECT told('later_cut', '[{"json": {"items": [{"id": 1}], "next": "b"}}, {"body": "{\"items\": ["}]');
SELECT told('nothing', '[{"status": 204}]');
SELECT told('end_by_204', '[{"json": {"items": [{"id": 1}], "next": "b"}}, {"status": 204}]');
ALTER FOREIGN TABLE script OPTIONS (SET paginate 'next_url', DROP cursor_path, ADD next_path '$.next');
SELECT told('other_origin', '[{"json": {"items": [{"id": 1}], "next": "http://169.254.169.254/latest"}}]');
SELECT told('no_url', '[{"json": {"items": [{"id": 1}], "next": "http://["}}]');
ALTER FOREIGN TABLE script OPTIONS (SET paginate 'page_number', DROP next_path, DROP has_more_path, ADD total_path '$.total');
SELECT told('total_text', '[{"json": {"items": [{"id": 1}], "total": "2"}}, {"json": {"items": [{"id": 2}]}}]');
SELECT told('total_absent', '[{"json": {"items": [{"id": 1}]}}]');
SELECT told('total_word', '[{"json": {"items": [{"id": 1}], "total": "many"}}]');
SELECT told('total_lies', '[{"json": {"items": [{"id": 1}], "total": 5}}, {"json": {"items": [], "total": 5}}]');
SELECT told('ignored', '[{"json": {"items": [{"id": 1}], "total": 5}}]');
ALTER FOREIGN TABLE script OPTIONS (SET total_path 'header X-WP-Total');
SELECT told('in_header', '[{"json": {"items": [{"id": 1}]}, "headers": {"x-wp-total": "2"}}, {"json": {"items": [{"id": 2}]}}]');

-- Link headers: several relations in one, in any case, targets and titles with commas
CREATE SERVER paging_control FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE control (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER paging_control OPTIONS (path '/_control/script', query 'id={id}&responses={responses}', records '$');
CREATE FOREIGN TABLE linked (id int, name text OPTIONS (param 'name')) SERVER paging_api
	OPTIONS (path '/script/{name}', query 'page=1', paginate 'link_header');
SELECT id FROM control WHERE id = 'relations' AND responses = '[{"json": [{"id": 1}], "headers": {"LINK": "</other?a=<b>; title=\"rel=next, <x>\"; rel=prev, <?page=2,3>; REL=\"last NEXT\"; title=\"<z>; rel=next\", </x>; rel=first"}}, {"json": [{"id": 2}], "headers": {"link": "<?page=3>;rel=next"}}, {"json": [{"id": 3}], "headers": {"Link": "<{?since}>; rel=\"first\", </p>; rel=\"prev\""}}]';
SELECT id FROM linked WHERE name = 'relations';
SELECT id FROM control WHERE id = 'to_itself' AND responses = '[{"json": [{"id": 1}], "headers": {"Link": "<?page=1>; rel=next"}}]';
\set VERBOSITY terse
SELECT id FROM linked WHERE name = 'to_itself';
SELECT id FROM control WHERE id = 'no_link' AND responses = '[{"json": [{"id": 1}], "headers": {"Link": "?page=2; rel=next"}}]';
SELECT id FROM linked WHERE name = 'no_link';
\set VERBOSITY default

-- Folded over lines, as RFC 7230 still allows in answers
SELECT id FROM control WHERE id = 'folded' AND responses = '[{"json": [{"id": 1}], "headers": {"Link": "<?page=0>; rel=prev,\r\n <?page=2>;\r\n\trel=next"}}, {"json": [{"id": 2}]}]';
SELECT id FROM linked WHERE name = 'folded';
-- Without paginate a list is one page, whatever the answer offers.
ALTER FOREIGN TABLE linked OPTIONS (SET paginate 'none');
SELECT id FROM control WHERE id = 'offered' AND responses = '[{"json": [{"id": 1}], "headers": {"Link": "<?page=2>; rel=next"}}, {"json": [{"id": 2}]}]';
SELECT id FROM linked WHERE name = 'offered';

-- A server that gives fewer records than it was asked for: no record is passed by, none comes twice.
CREATE FOREIGN TABLE sent (url text, path text OPTIONS (param 'path')) SERVER paging_control
	OPTIONS (path '/_control/requests', query 'path={path}', records '$.requests[*]');
CREATE FOREIGN TABLE capped (id int, name text OPTIONS (param 'name')) SERVER paging_api OPTIONS (path '/script/{name}', records '$.items[*]',
	paginate 'offset', limit_param 'limit', page_size '100', total_path '$.total');
SELECT id FROM control WHERE id = 'by_offset' AND responses = '[{"json": {"items": [{"id": 1}, {"id": 2}], "total": 5}}, {"json": {"items": [{"id": 3}, {"id": 4}], "total": 5}}, {"json": {"items": [{"id": 5}], "total": 5}}]';
SELECT array_agg(id) FROM capped WHERE name = 'by_offset';
SELECT substring(url FROM '[?].*') AS asked FROM sent WHERE path = '/script/by_offset';
ALTER FOREIGN TABLE capped OPTIONS (SET paginate 'page_number');
SELECT id FROM control WHERE id = 'by_page' AND responses = '[{"json": {"items": [{"id": 1}, {"id": 2}], "total": 5}}, {"json": {"items": [{"id": 3}, {"id": 4}], "total": 5}}, {"json": {"items": [{"id": 5}], "total": 5}}]';
SELECT array_agg(id) FROM capped WHERE name = 'by_page';
SELECT substring(url FROM '[?].*') AS asked FROM sent WHERE path = '/script/by_page';
-- A server that repeats its last page, full as it is, instead of an empty one
ALTER FOREIGN TABLE capped OPTIONS (DROP total_path, ADD stop_on 'empty_page');
SELECT id FROM control WHERE id = 'repeats' AND responses = '[{"json": {"items": [{"id": 1}]}}, {"json": {"items": [{"id": 2}]}}]';
\set VERBOSITY terse
SELECT id FROM capped WHERE name = 'repeats';
ALTER FOREIGN TABLE capped OPTIONS (SET paginate 'offset');
SELECT id FROM control WHERE id = 'repeats' AND responses = '[{"json": {"items": [{"id": 1}]}}, {"json": {"items": [{"id": 2}]}}]';
SELECT id FROM capped WHERE name = 'repeats';
\set VERBOSITY default

-- A path that leads past the value, or a URL that is none, ends no list.
CREATE FOREIGN TABLE cursor_nested (id int, name text OPTIONS (param 'name')) SERVER paging_api
	OPTIONS (path '/script/{name}', records '$.items[*]', paginate 'cursor', cursor_path '$.next');
CREATE FOREIGN TABLE url_nested (id int, name text OPTIONS (param 'name')) SERVER paging_api
	OPTIONS (path '/script/{name}', records '$.items[*]', paginate 'next_url', next_path '$.next');
SELECT id FROM control WHERE id = 'past' AND responses = '[{"json": {"items": [{"id": 1}], "next": {"href": "?page=2"}}}, {"json": {"items": [{"id": 2}], "next": null}}]';
SELECT id FROM control WHERE id = 'no_url' AND responses = '[{"json": {"items": [{"id": 1}], "next": "file:///etc/passwd"}}]';
\set VERBOSITY terse
SELECT id FROM cursor_nested WHERE name = 'past';
SELECT id FROM control WHERE id = 'past' AND responses = '[{"json": {"items": [{"id": 1}], "next": [{"href": "?page=2"}]}}, {"json": {"items": [{"id": 2}], "next": null}}]';
SELECT id FROM url_nested WHERE name = 'past';
SELECT id FROM url_nested WHERE name = 'no_url';
\set VERBOSITY default

-- A pipeline lands whole lists or nothing of them
CREATE FOREIGN TABLE source (id int, kind text OPTIONS (param 'kind'), name text) SERVER paging_api
	OPTIONS (path '/script/pipe_{kind}', records '$.items[*]', paginate 'cursor', cursor_path '$.next');
SELECT id FROM control WHERE id = 'pipe_a' AND responses = '[{"json": {"items": [{"id": 1}, {"id": 2}], "next": "b"}}, {"json": {"items": [{"id": 3}, {"id": "x"}], "next": ""}}]';
SELECT id FROM control WHERE id = 'pipe_b' AND responses = '[{"json": {"items": [{"id": 1}, {"id": 2}], "next": "b"}}, {"json": {"items": [{"id": 3}], "next": "b"}}]';
SELECT elt.create_pipeline('paging_list', source => 'source', target => 'paging_test.list', key => '{kind,id}', params => '{"kind": ["a", "b"]}');
\set VERBOSITY terse
CALL elt.run('paging_list');
\set VERBOSITY default
SELECT kind, id FROM list ORDER BY kind, id;
SELECT params, state, rows, rejected, error FROM elt.slices WHERE pipeline = 'paging_list';
SELECT reason, raw FROM elt.rejects WHERE pipeline = 'paging_list';
-- A preview asks for the first slice alone.
SELECT count(*) AS asked FROM sent WHERE path = '/script/pipe_b' \gset
SELECT * FROM elt.preview('paging_list', 3);
SELECT count(*) - :asked AS asked FROM sent WHERE path = '/script/pipe_b';
SELECT elt.drop_pipeline('paging_list');

SET client_min_messages = warning;
DROP SERVER paging_api, paging_control CASCADE;
DROP SCHEMA paging_test CASCADE;
