-- What requests say: headers, forms, places in a body, and exports that take several requests.
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET client_min_messages = warning;
CREATE SCHEMA requests_test;
SET search_path = requests_test;
\getenv replay ELT_REPLAY
CREATE SERVER requests_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '1', headers E'Accept: application/json\nX-Server: yes');
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text; hint text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN regexp_replace(concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, '')),
		'127.0.0.1:\d+', 'replay', 'g');
END $$;

-- Headers with values of the request
CREATE FOREIGN TABLE with_headers (
	headers jsonb, account text OPTIONS (param 'account'), at timestamptz OPTIONS (param 'window_start'))
	SERVER requests_api OPTIONS (path '/reflect', records '$',
	headers E'X-Account: <{account}>\naccept: text/csv\nX-From: {window_start}', window '1 day', window_column 'at', window_format 'YYYY-MM-DD');
SELECT headers ->> 'x-account' AS account, headers ->> 'accept' AS accept, headers ->> 'x-server' AS server, headers ->> 'x-from' AS from
FROM with_headers WHERE account = 'a b&ü' AND at >= '2024-01-01' AND at < '2024-01-02';
SELECT says($$SELECT * FROM with_headers WHERE account = E'a\nX-Evil: 1' AND at >= '2024-01-01' AND at < '2024-01-02'$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (headers 'Authorization: Bearer {token}')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (headers 'X-A: {b')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (headers 'Content-Length: 5')$$);
CREATE FOREIGN TABLE no_column (a int) SERVER requests_api OPTIONS (path '/reflect', headers 'X-A: {b}');
SELECT says('SELECT * FROM no_column');

-- Forms and multipart bodies
CREATE FOREIGN TABLE form (
	body text, type text OPTIONS (path 'headers."content-type"'), method text, account text OPTIONS (param 'account'))
	SERVER requests_api OPTIONS (path '/reflect', method 'POST', records '$', body_format 'form', body 'a=1%202&account={account}');
SELECT method, type, body FROM form WHERE account = 'x&y=ü "z"';
ALTER FOREIGN TABLE form OPTIONS (SET body_format 'multipart');
SELECT method, regexp_replace(type, '\d+', 'N') AS type, regexp_replace(replace(body, E'\r', ''), 'elt-\d+', 'elt-N', 'g') AS body
FROM form WHERE account = 'x&y=ü "z"';
-- Some fields as files
ALTER FOREIGN TABLE form OPTIONS (ADD file_parts 'account  accounts.csv text/csv, a empty.bin');
SELECT regexp_replace(replace(body, E'\r', ''), 'elt-\d+', 'elt-N', 'g') AS body FROM form WHERE account = E'id;name\n1;"ü"\n';
SELECT says(format($$ALTER FOREIGN TABLE form OPTIONS (SET file_parts %L)$$, parts)) FROM unnest(ARRAY['account', 'account a b/c d', 'b x.csv',
	'account a"b.csv', 'account x.csv text', 'account x.csv /csv', 'account x.csv text/', '', 'account x.csv,', 'accoun x.csv']) AS parts;
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (method 'POST', body_format 'form', body 'a=1', file_parts 'a x.csv')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (method 'POST', body_format 'multipart', file_parts 'a x.csv')$$);
ALTER FOREIGN TABLE form OPTIONS (DROP file_parts);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (body_format 'form', body 'a=1')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (method 'POST', body_format 'form', body 'a = 1')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (method 'POST', body_format 'form', body 'a={b')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (method 'POST', body 'a=1')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (method 'POST', body_format 'xml')$$);

-- Credentials are fields of a form
CREATE USER MAPPING FOR CURRENT_USER SERVER requests_api OPTIONS (auth 'body', body '{"client": "me & you", "secret": "s3cret-s3cret", "n": 5}');
ALTER FOREIGN TABLE form OPTIONS (SET body_format 'form');
SELECT body FROM form WHERE account = 'x';
DROP USER MAPPING FOR CURRENT_USER SERVER requests_api;

-- Pagination at any place of a body, numbers as numbers
CREATE FOREIGN TABLE graphql (
	id int, script text OPTIONS (param 'script'), since text OPTIONS (param 'since'))
	SERVER requests_api OPTIONS (path '/script/{script}', method 'POST',
	body '{"query": "query ($since: String, $after: String) { orders(since: $since, after: $after) { nodes { id } } }", "variables": {"since": "{since}", "after": null}}',
	records '$.data.orders.nodes[*]', fail_on '200 $.errors',
	paginate 'cursor', cursor_param '$.variables.after', cursor_path '$.data.orders.pageInfo.endCursor',
	has_more_path '$.data.orders.pageInfo.hasNextPage', limit_param '$.variables.page.first', page_size '2');
CREATE FUNCTION control(action text, arguments text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; python3 -c %s %s %s',
		'"import sys, urllib.request as r; r.urlopen(r.Request(sys.argv[1], sys.argv[2].encode()))"',
		current_setting('requests_test.replay') || '/_control/' || action, '''' || replace(arguments, '''', '''\''''') || ''''));
END $$;
SELECT set_config('requests_test.replay', :'replay', false) IS NOT NULL AS set;
SELECT control('script', jsonb_build_object('id', 'graphql', 'responses', '[
	{"json": {"data": {"orders": {"nodes": [{"id": 1}, {"id": 2}], "pageInfo": {"endCursor": "c2", "hasNextPage": true}}}}},
	{"json": {"data": {"orders": {"nodes": [{"id": 3}], "pageInfo": {"endCursor": 3, "hasNextPage": true}}}}},
	{"json": {"data": {"orders": {"nodes": [{"id": 4}], "pageInfo": {"endCursor": null, "hasNextPage": false}}}}}]'::jsonb)::text);
SELECT id FROM graphql WHERE script = 'graphql' AND since = 'a "b"';
CREATE FOREIGN TABLE asked (body text, url text, method text) SERVER requests_api OPTIONS (path '/_control/requests', query 'last=20', records '$.requests[*]');
SELECT body::jsonb -> 'variables' AS variables FROM asked WHERE url = '/script/graphql';
SELECT control('script', '{"id": "failed", "responses": [{"json": {"data": null, "errors": [{"message": "no such field"}]}}]}');
SELECT says($$SELECT id FROM graphql WHERE script = 'failed' AND since = ''$$);
ALTER FOREIGN TABLE graphql OPTIONS (SET cursor_param '$.query.after');
SELECT control('script', '{"id": "misplaced", "responses": [{"json": {"data": {"orders": {"nodes": [{"id": 1}], "pageInfo": {"endCursor": "c2", "hasNextPage": true}}}}}]}');
SELECT says($$SELECT id FROM graphql WHERE script = 'misplaced' AND since = ''$$);
SELECT says($$ALTER FOREIGN TABLE graphql OPTIONS (SET cursor_param '$.a[*]')$$);
SELECT says($$ALTER FOREIGN TABLE graphql OPTIONS (SET cursor_param '$.a..b')$$);
SELECT says($$ALTER FOREIGN TABLE graphql OPTIONS (ADD paging_in 'query')$$);
CREATE FOREIGN TABLE form_pages (id int) SERVER requests_api OPTIONS (path '/script/form_pages', method 'POST', body_format 'form',
	body 'page=1&q=x', records '$.rows[*]', paginate 'page_number', has_more_path '$.more');
SELECT control('script', '{"id": "form_pages", "responses": [{"json": {"rows": [{"id": 1}], "more": true}}, {"json": {"rows": [{"id": 2}], "more": false}}]}');
SELECT id FROM form_pages;
SELECT body FROM asked WHERE url = '/script/form_pages';

-- Exports
CREATE FOREIGN TABLE export (id int, name text, script text OPTIONS (param 'script'), day text OPTIONS (param 'day'))
	SERVER requests_api OPTIONS (submit_path '/script/{script}', method 'POST', body '{"day": "{day}"}', job_path '$.id',
	poll_path '/script/{job}', ready_on '200 $.status="done"', fail_on '200 $.status="failed"', download_path '$.url',
	format 'csv', poll_interval '10ms', poll_limit '2s');
SELECT control('script', '{"id": "submit", "responses": [{"status": 202, "json": {"id": "job 7"}}]}');
SELECT control('script', '{"id": "job 7", "responses": [{"json": {"status": "running"}}, {"json": {"status": "running"}}, {"json": {"status": "done", "url": "/script/csv?signature=geheim"}}]}');
SELECT control('script', '{"id": "csv", "responses": [{"body": "id,name\n1,a\n2,b\n", "content_type": "text/csv"}]}');
SELECT id, name, day FROM export WHERE script = 'submit' AND day = '2024-01-01';
SELECT method, url, body FROM asked WHERE url LIKE '/script/submit%' OR url LIKE '/script/job%' OR url LIKE '/script/csv%';

SELECT elt.create_pipeline('requests_export', source => 'export', target => 'requests_test.landed', key => '{id}',
	params => '{"script": "submit", "day": "2024-01-02"}');
SELECT control('script', '{"id": "job 7", "responses": [{"json": {"status": "running"}}, {"json": {"status": "done", "url": "/script/csv?signature=geheim"}}]}');
CALL elt.run('requests_export');
SELECT id, name, day FROM landed ORDER BY id;
SELECT count(*), bool_or(url LIKE '%geheim%') AS told FROM elt.request_log WHERE pipeline = 'requests_export' AND url LIKE '%/script/%';

-- One that does not become ready, or fails
SELECT control('script', '{"id": "job 7", "responses": [{"json": {"status": "running"}}]}');
ALTER FOREIGN TABLE export OPTIONS (SET poll_limit '50ms');
CALL elt.run('requests_export');
SELECT state FROM elt.slices WHERE pipeline = 'requests_export';
SELECT says($$SELECT id FROM export WHERE script = 'submit' AND day = 'x'$$);
SELECT control('script', '{"id": "job 7", "responses": [{"json": {"status": "failed"}}]}');
SELECT says($$SELECT id FROM export WHERE script = 'submit' AND day = 'x'$$);
SELECT control('script', '{"id": "no_job", "responses": [{"json": {"status": "queued"}}]}');
SELECT says($$SELECT id FROM export WHERE script = 'no_job' AND day = 'x'$$);
SELECT control('script', '{"id": "job 7", "responses": [{"json": {"status": "done"}}]}');
SELECT says($$SELECT id FROM export WHERE script = 'submit' AND day = 'x'$$);

-- A download from elsewhere
SELECT control('script', '{"id": "job 7", "responses": [{"json": {"status": "done", "url": "https://files.example.com/x.csv?signature=geheim"}}]}');
SELECT says($$SELECT id FROM export WHERE script = 'submit' AND day = 'x'$$);
SELECT replace(:'replay', '127.0.0.1', 'localhost') AS elsewhere \gset
ALTER SERVER requests_api OPTIONS (ADD download_origin :'elsewhere');
CREATE USER MAPPING FOR CURRENT_USER SERVER requests_api OPTIONS (auth 'bearer', token 'geheim-geheim');
ALTER FOREIGN TABLE export OPTIONS (SET format 'json', ADD records '$', SET poll_limit '2s');
ALTER FOREIGN TABLE export ADD COLUMN headers jsonb, ALTER COLUMN name OPTIONS (ADD path 'method');
SELECT control('script', jsonb_build_object('id', 'job 7', 'responses', jsonb_build_array(
	jsonb_build_object('json', jsonb_build_object('status', 'done', 'url', :'elsewhere' || '/reflect?signature=geheim'))))::text);
SELECT name, headers ? 'authorization' AS has_token, headers ? 'x-server' AS has_header, headers ->> 'user-agent' AS agent
FROM export WHERE script = 'submit' AND day = 'x';
SELECT control('script', jsonb_build_object('id', 'job 7', 'responses', jsonb_build_array(
	jsonb_build_object('json', jsonb_build_object('status', 'done', 'url', '/reflect'))))::text);
SELECT name, headers ? 'authorization' AS has_token, headers ? 'x-server' AS has_header FROM export WHERE script = 'submit' AND day = 'x';
DROP USER MAPPING FOR CURRENT_USER SERVER requests_api;

-- The answer that is ready is the data
ALTER FOREIGN TABLE export OPTIONS (DROP download_path, SET records '$.rows[*]', SET poll_path 'header X-Poll');
ALTER FOREIGN TABLE export ALTER COLUMN name OPTIONS (DROP path);
SELECT control('script', '{"id": "submit", "responses": [{"json": {"id": 5}, "headers": {"X-Poll": "/script/poll"}}]}');
SELECT control('script', '{"id": "poll", "responses": [{"status": 202, "json": {}}, {"json": {"status": "done", "rows": [{"id": 5, "name": "five"}]}}]}');
SELECT id, name FROM export WHERE script = 'submit' AND day = 'x';

-- What is no such declaration
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (poll_path '/a')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (submit_path '/a')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (submit_path '/a', poll_path '/b')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (submit_path '/a', poll_path '/b/{job}', ready_on '200')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (submit_path '/a', path '/c', poll_path '/b', ready_on '200')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (submit_path '/a', poll_path 'b', ready_on 'done')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (submit_path '/a', poll_path '/b', ready_on '200', paginate 'link_header')$$);
SELECT says($$CREATE FOREIGN TABLE refused (a int) SERVER requests_api OPTIONS (submit_path '/a', poll_path '/b', ready_on '200', poll_limit 'soon')$$);
SELECT says(format('ALTER SERVER requests_api OPTIONS (SET download_origin %L)', 'https://files.example.com/a'));

-- A proxy, which hides what a name stands for
CREATE ROLE requests_plain;
GRANT USAGE ON FOREIGN DATA WRAPPER elt_http TO requests_plain;
GRANT USAGE, CREATE ON SCHEMA requests_test TO requests_plain;
SET ROLE requests_plain;
SELECT says($$CREATE SERVER proxied FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', proxy 'http://127.0.0.1:1')$$);
RESET ROLE;
SELECT says(format('CREATE SERVER proxied FOREIGN DATA WRAPPER elt_http OPTIONS (url %L, proxy %L)', 'http://api.example.com', 'http://me:pw@proxy'));
SELECT says(format('CREATE SERVER proxied FOREIGN DATA WRAPPER elt_http OPTIONS (url %L, proxy %L)', 'http://api.example.com', 'socks5://proxy'));
CREATE SERVER proxied FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://api.example.com', proxy :'replay', max_attempts '1');
CREATE FOREIGN TABLE through_proxy (host text OPTIONS (path 'headers.host'), proxied text OPTIONS (path 'headers."proxy-authorization"')) SERVER proxied OPTIONS (path '/reflect', records '$');
SELECT host FROM through_proxy;
CREATE USER MAPPING FOR CURRENT_USER SERVER proxied OPTIONS (auth 'none', proxy_user 'me', proxy_password 'geheim');
SELECT proxied FROM through_proxy;
SELECT says($$ALTER USER MAPPING FOR CURRENT_USER SERVER proxied OPTIONS (DROP proxy_password)$$);
ALTER SERVER proxied OPTIONS (SET url 'http://10.0.0.1');
SELECT says('SELECT * FROM through_proxy');
ALTER SERVER proxied OPTIONS (SET url 'http://0x7f.1');
SELECT says('SELECT * FROM through_proxy');
ALTER SERVER proxied OPTIONS (SET url 'http://LocalHost.');
SELECT says('SELECT * FROM through_proxy');
ALTER SERVER proxied OPTIONS (SET url 'http://[::1]:5432');
SELECT says('SELECT * FROM through_proxy');
ALTER SERVER proxied OPTIONS (SET url 'http://api.example.com');
ALTER SERVER proxied OWNER TO requests_plain;
SELECT says('SELECT * FROM through_proxy');

SELECT elt.drop_pipeline('requests_export');
DROP SCHEMA requests_test CASCADE;
DROP OWNED BY requests_plain CASCADE;
DROP ROLE requests_plain;
DROP SERVER requests_api CASCADE;
