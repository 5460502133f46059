-- Access tokens: fetched once, replaced when an answer says that they have expired.
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

DROP SERVER oauth_api, oauth_control CASCADE;
DROP SCHEMA oauth_test CASCADE;
