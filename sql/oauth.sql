-- Access tokens are requested once, and replaced when they have expired.
CREATE SCHEMA oauth_test;
SET search_path = oauth_test;
SET client_min_messages = warning;
SET elt.retry_base = '2ms';
\getenv replay ELT_REPLAY
CREATE SERVER oauth_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '2');
CREATE SERVER oauth_control FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE realm (
	exchanges int, refused int, refresh text, spent jsonb, realm text OPTIONS (param 'realm'), expire text OPTIONS (param 'expire')
) SERVER oauth_control OPTIONS (path '/_control/oauth', query 'realm={realm}&expire={expire}', records '$');
CREATE FOREIGN TABLE asked (requests jsonb OPTIONS (path '$.requests'), path text OPTIONS (param 'path'))
	SERVER oauth_control OPTIONS (path '/_control/requests', query 'path={path}', records '$');
CREATE FOREIGN TABLE fault (id int, path text OPTIONS (param 'path'), status int OPTIONS (param 'status'))
	SERVER oauth_control OPTIONS (path '/_control/fault', query 'path={path}&status={status}', records '$');
CREATE FUNCTION exchanges(of_realm text) RETURNS int LANGUAGE sql AS
	$$SELECT exchanges FROM oauth_test.realm WHERE realm = of_realm AND expire = ''$$;
CREATE FUNCTION told(statement text) RETURNS TABLE (what text, text text) LANGUAGE plpgsql AS $$
DECLARE m text; d text; h text; answer text;
BEGIN
	EXECUTE statement INTO answer;
	RETURN QUERY VALUES ('answer', answer);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
	RETURN QUERY SELECT v.w, regexp_replace(v.t, '127.0.0.1:\d+', 'replay', 'g')
		FROM (VALUES ('message', m), ('detail', d), ('hint', h)) v (w, t) WHERE v.t <> '';
END $$;
-- a mapping for the realm of the test, whose token URL says how the server behaves
\set mapping 'CREATE USER MAPPING FOR PUBLIC SERVER oauth_api OPTIONS (auth \'oauth2\', client_id \'me\', client_secret \'s3cr3t-client\', token_url :\'token_url\')'

-- A token that lasts three requests, and a list of five pages: one more token on the way
\set token_url :replay '/oauth/pages/token?lives=3'
:mapping;
CREATE FOREIGN TABLE pages (id int) SERVER oauth_api OPTIONS (path '/oauth/pages/items', query 'total=50', records '$.items[*]',
	paginate 'page_number', limit_param 'limit', page_size '10', pages_path '$.pages');
SELECT count(*), count(DISTINCT id), max(id) FROM pages;
SELECT exchanges('pages');
-- a list of twenty: every page may have one
ALTER FOREIGN TABLE pages OPTIONS (SET query 'total=200');
SELECT count(*), count(DISTINCT id), max(id) FROM pages;
SELECT exchanges('pages');
DROP USER MAPPING FOR PUBLIC SERVER oauth_api;

-- The authorization server may fail for a moment as well, or for good
\set token_url :replay '/oauth/down/token'
:mapping;
ALTER FOREIGN TABLE pages OPTIONS (SET path '/oauth/down/items', SET query 'total=50');
SELECT id > 0 AS fails FROM fault WHERE path = '/oauth/down/token' AND status = 503;
SELECT count(*) FROM pages;
SELECT exchanges('down');
SELECT refresh FROM realm WHERE realm = 'down' AND expire = '1';
SELECT id > 0 AS fails FROM fault WHERE path = '/oauth/down/token' AND status = 403;
SELECT * FROM told('SELECT count(*) FROM oauth_test.pages');
SELECT exchanges('down');
DROP USER MAPPING FOR PUBLIC SERVER oauth_api;

-- Several requests in flight with the same dead token: one new token for all
\set token_url :replay '/oauth/many/token'
:mapping;
CREATE FOREIGN TABLE many (total int OPTIONS (param 'total'), id int) SERVER oauth_api
	OPTIONS (path '/oauth/many/items', query 'total={total}', records '$.items[*]');
SELECT count(*) FROM many WHERE total = 1;
SELECT refresh FROM realm WHERE realm = 'many' AND expire = '1';
SELECT total, count(*) FROM many WHERE total IN (1, 2, 3, 4, 5, 6, 7, 8) GROUP BY total ORDER BY total;
SELECT exchanges('many');
DROP USER MAPPING FOR PUBLIC SERVER oauth_api;

-- An answer that is not 401 may mean the same, if the table says so
\set token_url :replay '/oauth/codes/token'
:mapping;
CREATE FOREIGN TABLE codes (id int, refuse text OPTIONS (param 'refuse'), code text OPTIONS (param 'code')) SERVER oauth_api
	OPTIONS (path '/oauth/codes/items', query 'total=1&refuse={refuse}&code={code}', records '$.items[*]',
	refresh_token_on '403 $.error="TOKEN_EXPIRED"; 400 "invalid_token"; 200 $.error', fail_on '401 $.error="REVOKED"');
SELECT id FROM codes WHERE refuse = '403' AND code = 'TOKEN_EXPIRED';
SELECT refresh FROM realm WHERE realm = 'codes' AND expire = '1';
SELECT id FROM codes WHERE refuse = '403' AND code = 'TOKEN_EXPIRED';
SELECT refresh FROM realm WHERE realm = 'codes' AND expire = '1';
SELECT id FROM codes WHERE refuse = '400' AND code = 'invalid_token';
SELECT refresh FROM realm WHERE realm = 'codes' AND expire = '1';
SELECT id FROM codes WHERE refuse = '200' AND code = 'expired';
SELECT exchanges('codes');
-- what matches no rule, or one that fails, is no reason for a new token
SELECT refresh FROM realm WHERE realm = 'codes' AND expire = '1';
SELECT * FROM told($$SELECT id FROM oauth_test.codes WHERE refuse = '403' AND code = 'FORBIDDEN'$$);
SELECT * FROM told($$SELECT id FROM oauth_test.codes WHERE refuse = '401' AND code = 'REVOKED'$$);
SELECT exchanges('codes');
DROP USER MAPPING FOR PUBLIC SERVER oauth_api;
-- one new token, no more
\set token_url :replay '/oauth/codes/token?lives=0'
:mapping;
SELECT * FROM told($$SELECT id FROM oauth_test.codes WHERE refuse = '200' AND code = 'expired'$$);
SELECT exchanges('codes');
DROP USER MAPPING FOR PUBLIC SERVER oauth_api;
-- and none without OAuth2
SELECT * FROM told($$SELECT id FROM oauth_test.codes WHERE refuse = '400' AND code = 'invalid_token'$$);


-- A refresh token: what belongs to it
CREATE USER MAPPING FOR PUBLIC SERVER oauth_api OPTIONS (auth 'oauth2', grant 'magic');
CREATE USER MAPPING FOR PUBLIC SERVER oauth_api OPTIONS (auth 'oauth2', grant 'refresh_token', token_url :'replay', client_id 'me');
CREATE USER MAPPING FOR PUBLIC SERVER oauth_api OPTIONS (auth 'oauth2', token_url :'replay', client_id 'me', client_secret 's3cr3t', refresh_token 's3cr3t');
CREATE USER MAPPING FOR PUBLIC SERVER oauth_api OPTIONS (auth 'oauth2', grant 'refresh_token', token_url :'replay', client_id 'me', refresh_token E's3cr3t\n');
CREATE USER MAPPING FOR PUBLIC SERVER oauth_api OPTIONS (auth 'oauth2', grant 'refresh_token', token_url :'replay', client_id 'me', refresh_token 's3cr3t', rotates 'maybe');
CREATE USER MAPPING FOR PUBLIC SERVER oauth_api OPTIONS (auth 'bearer', grant 'refresh_token', token 's3cr3t');
CREATE USER MAPPING FOR PUBLIC SERVER oauth_api OPTIONS (auth 'oauth2', grant 'client_credentials', token_url :'replay', client_id 'me', client_secret 's3cr3t');
DROP USER MAPPING FOR PUBLIC SERVER oauth_api;

-- It is spent by a run, and by nothing that may be rolled back
\set token_url :replay '/oauth/one/token?rotates=1'
CREATE USER MAPPING FOR PUBLIC SERVER oauth_api OPTIONS (auth 'oauth2', grant 'refresh_token', token_url :'token_url', client_id 'me', refresh_token 'one-refresh-1');
CREATE FOREIGN TABLE one (id int, name text) SERVER oauth_api OPTIONS (path '/oauth/one/items', query 'total=30', records '$.items[*]',
	paginate 'page_number', limit_param 'limit', page_size '10', pages_path '$.pages');
CREATE VIEW stored AS SELECT usename, split_part(o, '=', 2) AS refresh_token FROM pg_user_mappings, unnest(umoptions) o
	WHERE srvname = 'oauth_api' AND o LIKE 'refresh_token=%' ORDER BY usename;
SELECT elt.create_pipeline('oauth_one', 'one', 'oauth_test.one_landed', '{id}');
SELECT * FROM told('SELECT count(*) FROM oauth_test.one');
SELECT * FROM told($$SELECT count(*) FROM elt.preview('oauth_one', 3)$$);
SELECT exchanges('one');
SET client_min_messages = notice;
CALL elt.run('oauth_one');
SET client_min_messages = warning;
SELECT exchanges, refused, refresh, spent FROM realm WHERE realm = 'one' AND expire = '';
SELECT * FROM stored;
-- now the access token is at hand, here
SELECT count(*) FROM one;
SELECT count(*) FROM elt.preview('oauth_one', 3);
SELECT exchanges('one');
-- until it expires
SELECT refresh FROM realm WHERE realm = 'one' AND expire = '1';
SELECT * FROM told('SELECT count(*) FROM oauth_test.one');
CALL elt.pull('oauth_one');
SELECT * FROM stored;
SELECT exchanges, refused, refresh, spent FROM realm WHERE realm = 'one' AND expire = '';
SELECT r->>'body' AS asked, r->'headers'->>'authorization' AS authorization_
FROM asked, jsonb_path_query(requests, '$[*]') r WHERE path = '/oauth/one/token';

-- Expired on the way, at every third page: the run goes on where it was
\set token_url :replay '/oauth/short/token?rotates=2&lives=2'
CREATE USER MAPPING FOR CURRENT_USER SERVER oauth_api OPTIONS (auth 'oauth2', grant 'refresh_token', token_url :'token_url', client_id 'me',
	client_secret 's3cr3t-client', refresh_token 'short-refresh-1');
ALTER FOREIGN TABLE one OPTIONS (SET path '/oauth/short/items', SET query 'total=70');
CALL elt.run('oauth_one');
SELECT count(*), max(id) FROM one_landed;
SELECT exchanges, refused, refresh, jsonb_array_length(spent) AS spent FROM realm WHERE realm = 'short' AND expire = '';
SELECT DISTINCT r->>'body' LIKE '%client_%' AS in_body, convert_from(decode(substr(r->'headers'->>'authorization', 7), 'base64'), 'utf8') AS client
FROM asked, jsonb_path_query(requests, '$[*]') r WHERE path = '/oauth/short/token';
-- the mapping that was read is the one that is written
SELECT refresh_token FROM stored ORDER BY 1;
-- one that is spent
ALTER USER MAPPING FOR CURRENT_USER SERVER oauth_api OPTIONS (SET refresh_token 'short-refresh-1');
SELECT refresh FROM realm WHERE realm = 'short' AND expire = '1';
\set VERBOSITY sqlstate
CALL elt.run('oauth_one');
\set VERBOSITY default
SELECT regexp_replace(error, '127.0.0.1:\d+', 'replay') AS error FROM elt.runs WHERE pipeline = 'oauth_one' ORDER BY run_id DESC LIMIT 1;
DROP USER MAPPING FOR CURRENT_USER SERVER oauth_api;

-- Several slices in flight while tokens expire: none is lost, and none is asked for with a spent token
\set token_url :replay '/oauth/slices/token?rotates=1&lives=15'
CREATE USER MAPPING FOR CURRENT_USER SERVER oauth_api OPTIONS (auth 'oauth2', grant 'refresh_token', token_url :'token_url', client_id 'me',
	refresh_token 'slices-refresh-1');
CREATE FOREIGN TABLE slices (total int OPTIONS (param 'total'), id int) SERVER oauth_api
	OPTIONS (path '/oauth/slices/items', query 'total={total}', records '$.items[*]');
SELECT elt.create_pipeline('oauth_slices', 'slices', 'oauth_test.slices_landed', '{total,id}',
	params => jsonb_build_object('total', (SELECT jsonb_agg(n::text) FROM generate_series(1, 40) n)));
CALL elt.run('oauth_slices');
SELECT count(DISTINCT total), count(*) FROM slices_landed;
SELECT refused, exchanges FROM realm WHERE realm = 'slices' AND expire = '';
-- when no token is taken, one new one is tried for all slices together
\set token_url :replay '/oauth/slices/token?rotates=1&lives=0'
ALTER USER MAPPING FOR CURRENT_USER SERVER oauth_api OPTIONS (SET token_url :'token_url');
SELECT exchanges('slices') AS before \gset
\set VERBOSITY sqlstate
CALL elt.run('oauth_slices');
\set VERBOSITY default
SELECT state, count(*) FROM elt.slices WHERE pipeline = 'oauth_slices' GROUP BY state;
SELECT exchanges('slices') - :before AS exchanges;
SELECT elt.drop_pipeline('oauth_slices');
DROP USER MAPPING FOR CURRENT_USER SERVER oauth_api;

-- One that can be used again and again may be used by a SELECT
\set token_url :replay '/oauth/keep/token?rotates=0'
CREATE USER MAPPING FOR CURRENT_USER SERVER oauth_api OPTIONS (auth 'oauth2', grant 'refresh_token', token_url :'token_url', client_id 'me',
	refresh_token 'keep-refresh-1', rotates 'false');
ALTER FOREIGN TABLE one OPTIONS (SET path '/oauth/keep/items', SET query 'total=20');
SELECT count(*) FROM one;
SELECT exchanges, refused, refresh, spent FROM realm WHERE realm = 'keep' AND expire = '';
DROP USER MAPPING FOR CURRENT_USER SERVER oauth_api;

-- allow_private is for the server's own origin: who may only use it cannot have its neighbours asked for tokens
CREATE ROLE oauth_user;
GRANT USAGE ON SCHEMA oauth_test TO oauth_user;
GRANT USAGE ON FOREIGN SERVER oauth_api TO oauth_user;
GRANT SELECT ON pages TO oauth_user;
ALTER FOREIGN TABLE pages OPTIONS (SET path '/oauth/user/items', SET query 'total=50');
\set token_url :replay '/oauth/user/token'
SET ROLE oauth_user;
CREATE USER MAPPING FOR CURRENT_USER SERVER oauth_api OPTIONS (auth 'oauth2', client_id 'me', client_secret 's3cr3t-client',
	token_url 'http://127.0.0.1:1/token');
SELECT * FROM told('SELECT count(*) FROM oauth_test.pages');
ALTER USER MAPPING FOR CURRENT_USER SERVER oauth_api OPTIONS (SET token_url :'token_url');
SELECT count(*) FROM pages;
RESET ROLE;
GRANT elt_admin TO oauth_user;
ALTER USER MAPPING FOR oauth_user SERVER oauth_api OPTIONS (SET token_url 'http://127.0.0.1:1/token');
SET ROLE oauth_user;
SELECT * FROM told('SELECT count(*) FROM oauth_test.pages');
RESET ROLE;
DROP USER MAPPING FOR oauth_user SERVER oauth_api;
DROP OWNED BY oauth_user;
DROP ROLE oauth_user;

SELECT elt.drop_pipeline('oauth_one');
DROP SERVER oauth_api, oauth_control CASCADE;
DROP SCHEMA oauth_test CASCADE;
