-- Response rules by status, content type, header, text of the body, or a path in it.
CREATE SCHEMA rules_test;
SET search_path = rules_test;
SET elt.retry_base = '2ms';
\getenv replay ELT_REPLAY
CREATE SERVER rules_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '2');

CREATE FOREIGN TABLE refused (a int) SERVER rules_api OPTIONS (fail_on '200 $.a..b');
CREATE FOREIGN TABLE refused (a int) SERVER rules_api OPTIONS (fail_on '200 $.a $.b');
CREATE FOREIGN TABLE refused (a int) SERVER rules_api OPTIONS (retry_on '200 x-a=b x-c=d');
CREATE FOREIGN TABLE refused (a int) SERVER rules_api OPTIONS (retry_on '200 $.a="b');
CREATE FOREIGN TABLE refused (a int) SERVER rules_api OPTIONS (rate_limited_on 'x-remaining=0');

CREATE FOREIGN TABLE script (a int, id text OPTIONS (param 'id'), answers text OPTIONS (param 'answers')) SERVER rules_api
	OPTIONS (path '/script/{id}', query 'responses={answers}', records '$.rows[*]',
	not_yet_on '200 $.state="pending"; 200 $."odd = name"=7', rate_limited_on '403 x-ratelimit-remaining=0',
	retry_on '400 application/json $.code="NOT_READY"', fail_on '200 $.error', empty_on '404 $.code = 40; 200 x-empty="yes, it is"');
CREATE FUNCTION told(id text, answers text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
	EXECUTE 'SELECT array_agg(a)::text FROM rules_test.script WHERE id = $1 AND answers = $2' INTO answer USING id, answers;
	RETURN coalesce(answer, 'no rows');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS answer = MESSAGE_TEXT;
	RETURN SQLSTATE || ' ' || regexp_replace(answer, '\d{2,} s$', '... s');
END $$;
SET client_min_messages = warning;
SELECT told('data', '[{"json": {"rows": [{"a": 1}], "error": null}}]');
SELECT told('no_error', '[{"json": {"rows": [{"a": 1}], "error": false, "state": "done"}}]');
SELECT told('error', '[{"json": {"error": true, "reason": "Hourly API request limit exceeded."}}]');
SELECT told('pending', '[{"json": {"state": "pending", "error": "later"}}]');
SELECT told('number', '[{"json": {"odd = name": 7, "error": 1}}]');
SELECT told('other_number', '[{"json": {"odd = name": 70, "rows": [{"a": 1}]}}]');
SELECT told('ready_later', '[{"status": 400, "json": {"code": "NOT_READY"}}, {"json": {"rows": [{"a": 1}]}}]');
SELECT told('never_ready', '[{"status": 400, "json": {"code": "NOT_READY"}}]');
SELECT told('wrong', '[{"status": 400, "json": {"code": "WRONG"}}]');
SELECT told('text', '[{"status": 400, "body": "{\"code\": \"NOT_READY\"}", "content_type": "text/plain"}]');
SELECT told('gone', '[{"status": 404, "json": {"code": 40}}]');
SELECT told('not_found', '[{"status": 404, "json": {"code": 41}}]');
SELECT told('not_json', '[{"status": 404, "body": "nothing"}]');
SELECT told('by_header', '[{"json": {"rows": [{"a": 1}]}, "headers": {"X-Empty": "Yes, it is"}}]');
SELECT told('forbidden', '[{"status": 403, "headers": {"X-RateLimit-Remaining": "5"}}]');
SELECT told('limited', '[{"status": 403, "headers": {"X-RateLimit-Remaining": "0"}}, {"json": {"rows": [{"a": 1}]}}]');
SELECT extract(epoch FROM clock_timestamp()) AS started \gset
SELECT told('until_reset', '[{"status": 403, "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}}, {"json": {"rows": [{"a": 1}]}}]');
SELECT extract(epoch FROM clock_timestamp()) - :started BETWEEN 0.9 AND 10 AS waited;
SELECT told('far_reset', format('[{"status": 403, "headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "%s"}}]',
	(extract(epoch FROM now()) + 3600)::bigint));
-- in the table's order
DROP SERVER rules_api CASCADE;
CREATE SERVER rules_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '2');
CREATE FOREIGN TABLE script (a int, id text OPTIONS (param 'id'), answers text OPTIONS (param 'answers')) SERVER rules_api
	OPTIONS (path '/script/{id}', query 'responses={answers}', records '$.rows[*]', fail_on '200 $.error', not_yet_on '200 $.state="pending"');
SELECT told('part', '[{"status": 206, "json": {"rows": [{"a": 1}]}}]');
ALTER FOREIGN TABLE script OPTIONS (ADD success_on '206; 404 $.rows');
SELECT told('wanted_part', '[{"status": 206, "json": {"rows": [{"a": 1}]}}]');
SELECT told('gone_but_data', '[{"status": 404, "json": {"rows": [{"a": 2}]}}]');
SELECT told('really_gone', '[{"status": 404, "json": {}}]');
SELECT told('pending2', '[{"json": {"state": "pending", "error": "later"}}]');
-- however many they are
SELECT format('ALTER FOREIGN TABLE script OPTIONS (ADD empty_on %L)', string_agg('200 $.empty.reason' || i, '; ' ORDER BY i))
FROM generate_series(1, 40) i \gexec
SELECT told('first_of_many', '[{"json": {"empty": {"reason1": "none"}}}]');
SELECT told('last_of_many', '[{"json": {"empty": {"reason40": "none"}}}]');
SELECT told('none_of_many', '[{"json": {"empty": {"reason41": "none"}, "rows": [{"a": 3}]}}]');
DROP SERVER rules_api CASCADE;
DROP SCHEMA rules_test CASCADE;
