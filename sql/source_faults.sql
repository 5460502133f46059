-- Invalid responses: their verdict, retries, and messages.
CREATE SCHEMA source_test;
SET search_path = source_test;
SET timezone = 'UTC';
SET elt.retry_base = '2ms';
\getenv replay ELT_REPLAY

CREATE SERVER source_replay FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', timeout '2s', stall_timeout '1s');

-- A script of answers: each request takes the next one
CREATE FOREIGN TABLE script (a int, id text OPTIONS (param 'id'), answers text OPTIONS (param 'answers')) SERVER source_replay
	OPTIONS (path '/script/{id}', query 'responses={answers}');
CREATE SERVER source_control FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE counters (requests int, path text OPTIONS (param 'path')) SERVER source_control
	OPTIONS (path '/_control/counters', query 'path={path}', records '$');

CREATE FOREIGN TABLE reset (ignored text OPTIONS (path 'nothing')) SERVER source_control OPTIONS (path '/_control/reset');
SELECT count(*) AS reset FROM reset;

-- What became of a request: "rows" or the error, and how many requests the server saw
CREATE FUNCTION ask(id text, answers text) RETURNS TABLE (item text, value text) LANGUAGE plpgsql AS $$
DECLARE
	found text;
	code text;
	message text;
	details text;
	hints text;
	address text := '(http://)?"?[0-9.]+(:|" port )[0-9]+';
	vague text := '(waited|after) [0-9.]+ (s$|bytes$)';
	instant text := '[0-9-]{10} [0-9:]{8}\+00';
BEGIN
	BEGIN
		EXECUTE 'SELECT array_agg(a)::text FROM script WHERE id = $1 AND answers = $2' INTO found USING id, answers;
		RETURN QUERY VALUES ('rows', found);
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
			details = PG_EXCEPTION_DETAIL, hints = PG_EXCEPTION_HINT;
		RETURN QUERY SELECT i, regexp_replace(regexp_replace(regexp_replace(t, instant, 'then'), address, 'replay'), 'responses=[^ ]*\.', 'responses=... .')
			FROM (VALUES ('sqlstate', code), ('message', regexp_replace(message, vague, '\1 ... \2')),
				('detail', CASE WHEN details ~ '^Slice' THEN regexp_replace(details, '^Slice .*} was', 'Slice ... was') ELSE details END),
				('hint', hints)) v (i, t) WHERE t <> '';
	END;
	RETURN QUERY SELECT 'requests', c.requests::text FROM counters c WHERE c.path = '/script/' || id;
END $$;

SELECT * FROM ask('fine', '[{"json": [{"a": 1}, {"a": 2}]}]');

-- Temporary: asked again, five times in all
SELECT * FROM ask('burst', '[{"status": 503}, {"status": 502}, {"status": 500}, {"status": 504}, {"json": [{"a": 1}]}]');
SELECT * FROM ask('down', '[{"status": 503, "body": "we are\n\tdown", "content_type": "text/plain"}]');
SELECT * FROM ask('timeout408', '[{"status": 408}, {"status": 425}, {"json": [{"a": 1}]}]');
SELECT * FROM ask('cut', '[{"json": [{"a": 1}], "cut": 5}, {"json": [{"a": 1}]}]');
SELECT * FROM ask('always_cut', '[{"json": [{"a": 1}], "cut": 5}]');
SELECT * FROM ask('reset', '[{"json": [{"a": 1}], "reset": true}, {"json": [{"a": 1}]}]');
ALTER SERVER source_replay OPTIONS (ADD max_attempts '2');
SELECT * FROM ask('twice', '[{"status": 500}]');
SELECT * FROM ask('hang', '[{"hang": 30}, {"json": [{"a": 1}]}]');
ALTER SERVER source_replay OPTIONS (DROP max_attempts);

-- 429: the wait that the server asks for, unless it is longer than one waits
SELECT * FROM ask('limited', '[{"status": 429}, {"status": 429, "headers": {"Retry-After": "0"}}, {"json": [{"a": 1}]}]');
SELECT extract(epoch FROM clock_timestamp()) AS started \gset
SELECT * FROM ask('retry_after', '[{"status": 429, "headers": {"Retry-After": "1"}}, {"json": [{"a": 1}]}]');
SELECT extract(epoch FROM clock_timestamp()) - :started >= 1 AS waited;
SET elt.max_retry_wait = '500ms';
SELECT * FROM ask('too_long', '[{"status": 503, "headers": {"Retry-After": "3600"}}]');
-- so does the last answer, and a date; a date in the past is no wait
SELECT * FROM ask('too_long_at_last', '[{"status": 503}, {"status": 503, "headers": {"Retry-After": "Tue, 01 Jan 2999 00:00:00 GMT"}}]');
SELECT * FROM ask('past', '[{"status": 503, "headers": {"Retry-After": "Tue, 01 Jan 2019 00:00:00 GMT"}}, {"json": [{"a": 1}]}]');
-- a 429 pauses the server for everyone, so the second one is not even sent
CREATE SERVER source_paused FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE paused (a int, status text OPTIONS (param 'status')) SERVER source_paused
	OPTIONS (path '/echo', query 'type=application/json&body=[]&status={status}&header=Retry-After:%203600');
CREATE FUNCTION ask_paused(status text) RETURNS TABLE (item text, value text) LANGUAGE plpgsql AS $$
DECLARE
	message text;
	hints text;
BEGIN
	PERFORM FROM paused p WHERE p.status = ask_paused.status;
	RETURN QUERY VALUES ('no error', '');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hints = PG_EXCEPTION_HINT;
	RETURN QUERY SELECT i, regexp_replace(t, '[0-9-]{10} [0-9:]{8}\+00', 'then') FROM (VALUES ('message', message), ('hint', hints)) v (i, t);
END $$;
SELECT * FROM ask_paused('200');
SELECT * FROM ask_paused('429');
SELECT * FROM ask_paused('200');
RESET elt.max_retry_wait;

-- Not temporary: told at once, with what came
SELECT * FROM ask('bad_request', '[{"status": 400, "body": "''xx'' is not the code for an available country", "content_type": "text/plain"}]');
SELECT * FROM ask('invalid', '[{"status": 422, "json": {"detail": [{"loc": ["query", "x"], "msg": "Input should be a valid boolean", "type": "bool_parsing"}]}}]');
SELECT * FROM ask('forbidden', '[{"status": 403, "body": "who are you?", "content_type": "text/plain"}]');
SELECT * FROM ask('not_found', '[{"status": 404, "json": {"detail": "Not Found"}}]');
SELECT * FROM ask('nothing', '[{"status": 404, "body": "", "content_type": "text/plain"}]');
SELECT * FROM ask('not_implemented', '[{"status": 501, "body": "never", "content_type": "text/plain"}]');
SELECT * FROM ask('redirected', '[{"status": 302, "headers": {"Location": "http://127.0.0.2:1/elsewhere"}}]');
SELECT * FROM ask('long', jsonb_build_array(jsonb_build_object('status', 400, 'body', repeat('no ', 200), 'content_type', 'text/plain'))::text);

-- A web page is no data, whatever status and content type say
SELECT * FROM ask('html', '[{"html": true}]');
SELECT * FROM ask('html_as_json', '[{"body": "\n <html>sign in</html>", "content_type": "application/json"}]');
-- the content type does not matter where the body is what it should be
SELECT * FROM ask('wrong_type', '[{"body": "[{\"a\": 1}]", "content_type": "text/html"}]');

-- Success without rows
SELECT * FROM ask('no_content', '[{"status": 204, "body": ""}]');
SELECT * FROM ask('empty_array', '[{"json": []}]');

-- not_yet and empty as declared; anything else still fails
ALTER FOREIGN TABLE script OPTIONS (ADD not_yet_on '404 text/plain; 202', ADD empty_on '404 application/json "no meters"');
SELECT * FROM ask('not_yet', '[{"status": 404, "body": "no content available", "content_type": "text/plain; charset=utf-8"}]');
SELECT * FROM ask('accepted', '[{"status": 202, "json": []}]');
SELECT * FROM ask('no_meters', '[{"status": 404, "json": {"detail": "no meters here"}}]');
SELECT * FROM ask('other_404', '[{"status": 404, "json": {"detail": "Not Found"}}]');
SELECT * FROM ask('retried_not_yet', '[{"status": 503}, {"status": 404, "body": "no content available", "content_type": "text/plain"}]');
ALTER FOREIGN TABLE script OPTIONS (SET not_yet_on '404 "content available"; 503', DROP empty_on);
SELECT * FROM ask('by_body', '[{"status": 404, "body": "no content available", "content_type": "text/html"}]');
SELECT * FROM ask('declared_503', '[{"status": 503}]');
ALTER FOREIGN TABLE script OPTIONS (DROP not_yet_on);

-- Bodies that break off or are not JSON are refused by name; the good answer before them does not help
SELECT * FROM ask('truncated', '[{"body": "[{\"a\": 1}, {\"a\":", "content_type": "application/json"}]');
SELECT * FROM ask('not_json', '[{"body": "a,b\n1,2", "content_type": "text/csv"}]');
SELECT * FROM ask('bad_record', '[{"json": [{"a": 1}, {"a": "many"}]}]');
SELECT * FROM ask('too_big', '[{"json": [{"a": 99999999999}]}]');

-- Limits of the server
ALTER SERVER source_replay OPTIONS (ADD max_response_bytes '40B', ADD max_attempts '1');
SELECT * FROM ask('oversized', '[{"json": [{"a": 1}, {"a": 2}, {"a": 3}, {"a": 4}, {"a": 5}]}]');
ALTER SERVER source_replay OPTIONS (SET max_response_bytes '1GB', SET timeout '300ms');
SELECT * FROM ask('slow', '[{"json": [{"a": 1}], "delay": 5}]');
ALTER SERVER source_replay OPTIONS (SET timeout '20s', SET stall_timeout '1s');
SELECT * FROM ask('stalled', '[{"json": [{"a": 1}], "drip": 0.2}]');
ALTER SERVER source_replay OPTIONS (DROP allow_private);
SELECT * FROM ask('private', '[{"json": []}]');

-- A statement that is cancelled stops waiting
ALTER SERVER source_replay OPTIONS (ADD allow_private 'true');
SET statement_timeout = '300ms';
SELECT * FROM script WHERE id = 'cancelled' AND answers = '[{"hang": 60}]';
RESET statement_timeout;
SELECT * FROM ask('after_cancel', '[{"json": [{"a": 1}]}]');

SET client_min_messages = warning;
DROP SERVER source_replay CASCADE;
DROP SERVER source_control CASCADE;
DROP SERVER source_paused CASCADE;
DROP SCHEMA source_test CASCADE;
