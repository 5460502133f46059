-- Authentication: user mappings, the requests they result in, and that no secret is shown.
CREATE SCHEMA auth_test;
SET search_path = auth_test;
SET elt.retry_base = '2ms';
\getenv replay ELT_REPLAY
CREATE SERVER auth_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '2');

-- What a mapping may hold; values are not repeated
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (token 's3cr3t-token');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'magic');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'bearer');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'bearer', token '');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'bearer', token E's3cr3t\nX-Evil: 1');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'bearer', tokn 's3cr3t');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'bearer', token 's3cr3t', "user" 'me');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'basic', "user" 'me');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'basic', "user" 'm:e', password 's3cr3t');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'header', header 'Content-Length', value 's3cr3t');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'header', header 'X Key', value 's3cr3t');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'query', value 's3cr3t');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'body', body '{"secret": s3cr3t}');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'body', body '{"secret": {"a": "s3cr3t"}}');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'oauth2', token_url 'ftp://x/', client_id 'me', client_secret 's3cr3t');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'oauth2', client_id 'me', client_secret 's3cr3t');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'none', client_cert 's3cr3t');
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'none', client_cert '-----BEGIN C----- -----END C-----');

-- What reaches the server
CREATE FOREIGN TABLE seen (
	authorization_ text OPTIONS (path '$.headers.authorization'),
	key text OPTIONS (path '$.headers."x-api-key"'),
	query jsonb OPTIONS (path '$.query'), body text OPTIONS (path '$.body')
) SERVER auth_api OPTIONS (path '/reflect', query 'a=1', records '$');
SELECT * FROM seen;
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'basic', "user" 'me', password 's3cr3t-password');
SELECT authorization_ = 'Basic ' || encode('me:s3cr3t-password', 'base64') AS basic, key, query FROM seen;
ALTER USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (SET auth 'bearer');
DROP USER MAPPING FOR PUBLIC SERVER auth_api;
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'bearer', token 's3cr3t-token');
SELECT * FROM seen;
-- the role's own mapping comes before that for PUBLIC
CREATE USER MAPPING FOR CURRENT_USER SERVER auth_api OPTIONS (auth 'header', header 'X-API-Key', value 's3cr3t key');
SELECT * FROM seen;
DROP USER MAPPING FOR CURRENT_USER SERVER auth_api;
DROP USER MAPPING FOR PUBLIC SERVER auth_api;
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'query', param 'api key', value 's3cr3t&=?value');
SELECT * FROM seen;
CREATE FUNCTION explained() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXPLAIN SELECT * FROM auth_test.seen LOOP
		RETURN NEXT regexp_replace(line, '127.0.0.1:\d+', 'replay');
	END LOOP;
END $$;
SELECT * FROM explained() e WHERE e ~ 'URL';

-- In a body
CREATE FOREIGN TABLE posted (
	method text, body text, country text OPTIONS (param 'country'), n int OPTIONS (param 'n'), content_type text OPTIONS (path '$.headers."content-type"')
) SERVER auth_api OPTIONS (path '/reflect', method 'POST', records '$',
	body '{"country": "{country}", "n": {n}, "nested": {"a": {}}}');
DROP USER MAPPING FOR PUBLIC SERVER auth_api;
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'body', body '{"client_id": "s3cr3t-id", "secret": "s3cr3t\"quoted"}');
SELECT * FROM posted WHERE country = 'a"b' AND n = 7;
ALTER FOREIGN TABLE posted OPTIONS (SET body '{"country": "{country}", "n": {country}, "x": {n}}');
\set VERBOSITY terse
SELECT * FROM posted WHERE country = '1, "evil": 2' AND n = 7;
\set VERBOSITY default
ALTER FOREIGN TABLE posted OPTIONS (SET body '[1]');
ALTER FOREIGN TABLE posted OPTIONS (DROP method);

-- Answers that repeat the secret: it is not told
CREATE FOREIGN TABLE echo (a int, text text OPTIONS (param 'text'), status int OPTIONS (param 'status'))
	SERVER auth_api OPTIONS (path '/echo', query 'body={text}&status={status}&type=text/plain');
DROP USER MAPPING FOR PUBLIC SERVER auth_api;
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'query', param 'key', value 's3cr3t/value');
CREATE FUNCTION told(statement text) RETURNS TABLE (what text, text text) LANGUAGE plpgsql AS $$
DECLARE m text; d text; h text; c text;
BEGIN
	EXECUTE statement;
	RETURN QUERY VALUES ('none', 'no error');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, c = PG_EXCEPTION_CONTEXT;
	RETURN QUERY SELECT v.w, regexp_replace(v.t, '127.0.0.1:\d+', 'replay')
		FROM (VALUES ('message', m), ('detail', d), ('hint', h), ('context', c)) v (w, t) WHERE v.t <> '' AND v.w <> 'context' OR v.t ~ 's3cr3t';
END $$;
SELECT * FROM told($$SELECT * FROM auth_test.echo WHERE text = 'wrong key s3cr3t/value, that is s3cr3t%2Fvalue' AND status = 401$$);
SELECT * FROM told($$SELECT * FROM auth_test.echo WHERE text = repeat('x', 190) || 's3cr3t/value' AND status = 403$$);
SELECT * FROM told($$SELECT * FROM auth_test.echo WHERE text = '[{"a": s3cr3t/value}]' AND status = 200$$);
SELECT * FROM told($$SELECT * FROM auth_test.echo WHERE text = '[{"a": "s3cr3t/value"}]' AND status = 200$$);

-- OAuth2: one token for many requests, another one when it is refused, once
\set answer '[{"json": {"access_token": "s3cr3t-access-1", "expires_in": 3600, "token_type": "bearer"}}, {"json": {"access_token": "s3cr3t-access-2", "expires_in": "3600"}}, {"status": 400, "json": {"error": "invalid_client", "hint": "not s3cr3t-client"}}]'
CREATE SERVER auth_control FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER auth_control OPTIONS (path '/_control/script', query 'id={id}&responses={responses}', records '$');
CREATE FOREIGN TABLE counters (requests int, path text OPTIONS (param 'path'))
	SERVER auth_control OPTIONS (path '/_control/counters', query 'path={path}', records '$');
CREATE FOREIGN TABLE asked (requests jsonb OPTIONS (path '$.requests'), path text OPTIONS (param 'path'))
	SERVER auth_control OPTIONS (path '/_control/requests', query 'path={path}', records '$');
SELECT id FROM script WHERE id = 'auth_token' AND responses = :'answer';
DROP USER MAPPING FOR PUBLIC SERVER auth_api;
\set token_url :replay '/script/auth_token'
CREATE USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (auth 'oauth2', token_url :'token_url',
	client_id 'me:1', client_secret 's3cr3t-client', scope 'read all');
SELECT authorization_ FROM seen;
SELECT authorization_ FROM seen;
SELECT requests FROM counters WHERE path = '/script/auth_token';
SELECT r->>'method' AS method, r->>'body' AS body,
	convert_from(decode(substr(r->'headers'->>'authorization', 7), 'base64'), 'utf8') AS client
FROM asked, jsonb_path_query(requests, '$[*]') r WHERE path = '/script/auth_token';
CREATE FOREIGN TABLE expiring (a int, id text OPTIONS (param 'id'), answers text OPTIONS (param 'answers'))
	SERVER auth_api OPTIONS (path '/script/{id}', query 'responses={answers}');
SELECT a FROM expiring WHERE id = 'auth_expiring' AND answers = '[{"status": 401}, {"json": [{"a": 1}]}]';
SELECT requests FROM counters WHERE path = '/script/auth_token';
SELECT n, s.authorization_ FROM generate_series(1, 3) n, LATERAL (SELECT authorization_ FROM seen OFFSET n * 0) s ORDER BY n;
SELECT * FROM told($$SELECT * FROM auth_test.expiring WHERE id = 'auth_refused' AND answers = '[{"status": 401}]'$$);
SELECT requests FROM counters WHERE path = '/script/auth_token';

-- A token answer is one JSON object: cut short, followed by more, out of range or no object is none
SELECT id FROM script WHERE id = 'auth_answers' AND responses = '[
	{"body": "{\"access_token\": \"t\"", "content_type": "application/json"},
	{"body": "{\"access_token\": \"t\"} x", "content_type": "application/json"},
	{"body": "{\"access_token\": \"t\", \"expires_in\": 99999999999999999999}", "content_type": "application/json"},
	{"body": "[\"access_token\"]", "content_type": "application/json"},
	{"body": "{\"access_token\": [\"t\"]}", "content_type": "application/json"},
	{"body": "{\"access_token\": \"t\\u0000\"}", "content_type": "application/json"},
	{"body": "null", "content_type": "application/json"},
	{"status": 400, "body": "{\"error\": \"invalid_scope\", \"error_description\": \"all\\nis too much\"}"},
	{"status": 400, "body": "{\"error\": {\"code\": 7}}"}]';
\set token_url :replay '/script/auth_answers'
ALTER USER MAPPING FOR PUBLIC SERVER auth_api OPTIONS (SET token_url :'token_url');
SELECT n, t.text FROM generate_series(1, 9) n, LATERAL told('SELECT authorization_, ' || n || ' FROM auth_test.seen') t
WHERE what = 'message' ORDER BY n;

-- A role without a mapping neither sees the secret nor uses it; a view lends its owner's
DROP USER MAPPING FOR PUBLIC SERVER auth_api;
CREATE USER MAPPING FOR CURRENT_USER SERVER auth_api OPTIONS (auth 'bearer', token 's3cr3t-token');
CREATE ROLE auth_reader;
GRANT USAGE ON SCHEMA auth_test TO auth_reader;
GRANT USAGE ON FOREIGN SERVER auth_api TO auth_reader;
CREATE VIEW lent AS SELECT authorization_ FROM seen;
GRANT SELECT ON seen, lent TO auth_reader;
SET ROLE auth_reader;
SELECT authorization_ FROM seen;
SELECT * FROM lent;
SELECT umoptions FROM pg_user_mappings WHERE srvname = 'auth_api';
SELECT umoptions FROM pg_user_mapping;
RESET ROLE;

DROP OWNED BY auth_reader;
DROP ROLE auth_reader;
SET client_min_messages = warning;
DROP SERVER auth_api, auth_control CASCADE;
DROP SCHEMA auth_test CASCADE;

-- Short strings of a body are masked as whole values only.
SET search_path = public;
CREATE SERVER mask_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE USER MAPPING FOR PUBLIC SERVER mask_api OPTIONS (auth 'body', body '{"v": "2", "secret": "s3cr3t-long"}');
CREATE FOREIGN TABLE masked (text text OPTIONS (param 'text'), id bigint) SERVER mask_api
	OPTIONS (path '/echo', method 'POST', body '{}', query 'type=application/json&body={text}');
SELECT elt.create_pipeline('masked', 'masked', 'masked_target', '{id}', params => jsonb_build_object('text', jsonb_build_array(
	'[{"id":1},{"id":"x2","a":2.22,"b":"2","c":"s3cr3t-long","d":"ts3cr3t-lon","e":"2024"}]')));
CALL elt.run('masked');
SELECT raw FROM elt.rejects WHERE pipeline = 'masked';
SELECT elt.drop_pipeline('masked');
DROP TABLE masked_target;
DROP SERVER mask_api CASCADE;
