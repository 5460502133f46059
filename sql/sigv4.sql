-- Requests signed with AWS Signature Version 4: the replay server computes every signature anew.
CREATE SCHEMA sigv4_test;
SET search_path = sigv4_test;
SET client_min_messages = warning;
SET elt.retry_base = '2ms';
\getenv replay ELT_REPLAY
CREATE SERVER sigv4_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '2', headers 'X-Amz-Target:  Orders.List   All');

CREATE USER MAPPING FOR PUBLIC SERVER sigv4_api OPTIONS (auth 'aws_sigv4', access_key 'AKIDEXAMPLE', secret_key 's3cr3t', region 'eu-west-1');
CREATE USER MAPPING FOR PUBLIC SERVER sigv4_api OPTIONS (auth 'aws_sigv4', access_key 'AKIDEXAMPLE', secret_key 's3cr3t', region 'eu/west', service 's3');
CREATE USER MAPPING FOR PUBLIC SERVER sigv4_api OPTIONS (auth 'aws_sigv4', access_key 'AKIDEXAMPLE', secret_key 's3cr3t', region 'eu-west-1', service 's3', token 's3cr3t');

CREATE USER MAPPING FOR PUBLIC SERVER sigv4_api OPTIONS (auth 'aws_sigv4', access_key 'AKIDEXAMPLE',
	secret_key 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region 'eu-west-1', service 'execute-api');
CREATE FUNCTION told(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE m text; d text; answer text;
BEGIN
	EXECUTE statement INTO answer;
	RETURN NEXT answer;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL;
	RETURN NEXT regexp_replace(m || '; ' || d, '127.0.0.1:\d+', 'replay', 'g');
END $$;

-- A query in any order, with names that begin alike, encoded characters and values that are absent
CREATE FOREIGN TABLE got (who jsonb, query jsonb, text text OPTIONS (param 'text'), name text OPTIONS (param 'name'))
	SERVER sigv4_api OPTIONS (path '/sigv4/{name}/x', query 'b={text}&a-b=1&a=2&ab=3&a=1&A=%7e%2f+&empty=&none', records '$');
SELECT who, query - 'b' AS query, query->>'b' AS b FROM got WHERE name = 'plain' AND text = 'plain';
SELECT query->>'b' AS b FROM got WHERE name = 'a b/c' AND text = 'é & ü = (1*2) "~" 100%';
SELECT query->>'b' AS b FROM got WHERE name = 'é:$,' AND text = '';
SELECT count(*), count(*) FILTER (WHERE told = text) AS same
FROM (SELECT n, translate(md5(n::text), '0123456789', ' %&=?/#~*:') FROM generate_series(1, 100) n) v (n, text),
	LATERAL told(format('SELECT query->>''b'' FROM sigv4_test.got WHERE text = %L AND name = %L', v.text, reverse(v.text))) told;
CREATE FOREIGN TABLE root (who jsonb) SERVER sigv4_api OPTIONS (path '/sigv4/', records '$');
SELECT who FROM root;

-- S3 reads paths another way
ALTER USER MAPPING FOR PUBLIC SERVER sigv4_api OPTIONS (SET service 's3');
SELECT who->>'service' AS service, query->>'b' AS b FROM got WHERE name = 'a b/é' AND text = 'x';

-- A body, and temporary credentials
ALTER USER MAPPING FOR PUBLIC SERVER sigv4_api OPTIONS (SET service 'dynamodb', ADD session_token 's3cr3t/session+token==');
CREATE FOREIGN TABLE posted (who jsonb, method text, body text, text text OPTIONS (param 'text'), token text OPTIONS (param 'token'))
	SERVER sigv4_api OPTIONS (path '/sigv4/posted', query 'token={token}', method 'POST', body '{"text": "{text}"}', records '$');
SELECT who->'signed' AS signed, method, body FROM posted WHERE text = 'é "quoted"' AND token = 's3cr3t/session+token==';

-- What is signed otherwise is refused, and nothing of the key is told
SELECT * FROM told($$SELECT body FROM sigv4_test.posted WHERE text = 'x' AND token = 'another'$$);
ALTER USER MAPPING FOR PUBLIC SERVER sigv4_api OPTIONS (SET secret_key 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEYS', DROP session_token);
SELECT substring(t, '.*: SignatureDoesNotMatch') AS told, t ~ 'AKIDEXAMPLE|wJalr' AS tells FROM told($$SELECT who FROM sigv4_test.root$$) t;
ALTER USER MAPPING FOR PUBLIC SERVER sigv4_api OPTIONS (SET access_key 'AKIDANOTHER');
SELECT * FROM told($$SELECT who FROM sigv4_test.root$$);

-- A redirect would need another signature
CREATE FOREIGN TABLE moved (who jsonb) SERVER sigv4_api OPTIONS (path '/echo', query 'status=302&header=Location:/sigv4/', records '$');
SELECT * FROM told($$SELECT who FROM sigv4_test.moved$$);

DROP SERVER sigv4_api CASCADE;
DROP SCHEMA sigv4_test CASCADE;
