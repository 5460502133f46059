-- elt.request_log: every request of every run, also of failed slices and batches.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET datestyle = ISO;
SET timezone = 'UTC';
SET elt.retry_base = 1;
CREATE SCHEMA request_log;
SET search_path = request_log;
DELETE FROM elt_catalog.request_log;

CREATE SERVER logged FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', timeout '2s');
CREATE SERVER control FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER control OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION play(id text, VARIADIC answers jsonb[]) RETURNS void LANGUAGE sql AS $$
	SELECT FROM request_log.script s WHERE s.id = play.id AND s.responses = array_to_json(answers)::text $$;
CREATE VIEW shown AS
SELECT params, page, attempt AS try, method, regexp_replace(url, '^http://[^/]*', '') AS url, http_status, verdict, failure,
	regexp_replace(error, '"[0-9.]+" port [0-9]+', 'replay') AS error, bytes
FROM elt.request_log ORDER BY at;

CREATE USER MAPPING FOR CURRENT_USER SERVER logged OPTIONS (auth 'query', param 'key', value 'hush-hush-hush');
CREATE FOREIGN TABLE feed (id int) SERVER logged OPTIONS (path '/script/feed', query 'a=1', rate_limited_on '403');
SELECT elt.create_pipeline('feed', 'request_log.feed', 'request_log.feed_rows', '{id}');
-- Attempts, also those that repeat a secret
SELECT play('feed', '{"status": 503, "body": "hush-hush-hush is tired"}', '{"json": [{"id": 1}], "cut": 4}',
	'{"status": 403, "headers": {"Retry-After": "0.01"}}', '{"json": [{"id": 1}], "headers": {"ETag": "\"v\""}}');
CALL elt.run('feed');
-- Nothing new
CALL elt.run('feed');
SELECT * FROM shown;
-- The facts of a transfer
SELECT count(*) AS requests, count(DISTINCT run_id) AS runs, bool_and(at BETWEEN now() - interval '1 hour' AND clock_timestamp()) AS recent,
	bool_and(total_ms >= first_byte_ms AND first_byte_ms >= 0) AS timed, bool_and(tls_ms = 0) AS plain,
	bool_or(reused_connection) AS reused, array_agg(DISTINCT http_version) AS versions
FROM elt.request_log WHERE failure IS NULL;
DELETE FROM elt_catalog.request_log;

-- A slice that fails, rows that fit nothing, a batch that is refused
SELECT elt.reset_pipeline('feed');
SELECT play('feed', '{"status": 404, "body": "no hush-hush-hush here"}', '{"body": "not JSON"}', '{"json": [{"id": 7}]}');
CALL elt.run('feed');
CALL elt.run('feed');
SELECT elt.add_check('feed', 'small', 'id < 5', action => 'fail');
CALL elt.run('feed');
SELECT * FROM shown;
SELECT r.state, count(q.at) AS requests FROM elt.runs r LEFT JOIN elt.request_log q USING (run_id)
	WHERE r.pipeline = 'feed' GROUP BY r.run_id, r.state ORDER BY r.run_id;
DELETE FROM elt_catalog.request_log;

-- Slices that were asked for and not handed out when the run ended
CREATE FOREIGN TABLE parts (part text OPTIONS (param 'part'), id int) SERVER logged OPTIONS (path '/script/part{part}');
SELECT elt.create_pipeline('parts', 'request_log.parts', 'request_log.part_rows', '{part,id}', params => '{"part": [1, 2]}');
SELECT play('part1', '{"hang": 30}');
SELECT play('part2', '{"json": [{"id": 2}]}');
SET statement_timeout = '1s';
CALL elt.run('parts');
RESET statement_timeout;
SELECT state FROM elt.runs WHERE pipeline = 'parts';
SELECT * FROM shown;
DELETE FROM elt_catalog.request_log;

-- Pages and windows
CREATE FOREIGN TABLE pages (id bigint, amount numeric) SERVER logged OPTIONS (path '/items',
	query 'total=3', records '$.items[*]', paginate 'page_number', limit_param 'limit', page_size '2', pages_path '$.pages');
SELECT elt.create_pipeline('pages', 'request_log.pages', 'request_log.page_rows', '{id}');
CALL elt.run('pages');
CREATE FOREIGN TABLE daily (id int, at timestamptz) SERVER logged
	OPTIONS (path '/echo', query 'body=[]&type=application/json&day={window_start}', window '1 day', window_column 'at');
SELECT elt.create_pipeline('daily', 'request_log.daily', 'request_log.daily_rows', '{id}', start_at => '2024-01-01');
CALL elt.run('daily', '2024-01-01', '2024-01-03');
SELECT params, window_start, window_end, page, attempt, http_status FROM elt.request_log ORDER BY pipeline DESC, window_start, page;
DELETE FROM elt_catalog.request_log;

-- Where an access token comes from
DROP USER MAPPING FOR CURRENT_USER SERVER logged;
SELECT play('token', '{"status": 400, "body": "cs-hush-hush is wrong"}', '{"json": {"access_token": "at-hush-hush"}}');
SELECT :'replay' || '/script/token' AS token_url \gset
CREATE USER MAPPING FOR CURRENT_USER SERVER logged OPTIONS (auth 'oauth2', token_url :'token_url', client_id 'me', client_secret 'cs-hush-hush');
SELECT elt.drop_check('feed', 'small');
\set VERBOSITY sqlstate
CALL elt.run('feed');
\set VERBOSITY terse
CALL elt.run('feed');
SELECT * FROM shown;
SELECT count(*) FROM elt_catalog.request_log q WHERE q::text ~ 'hush';

-- A live SELECT writes nothing
SELECT count(*) FROM feed;
SELECT count(*) FROM elt.preview('feed');
SELECT count(*) FROM elt.request_log;

-- It ages away: with every run, and with maintenance
UPDATE elt_catalog.request_log SET at = at - interval '8 days';
CALL elt.run('feed');
SELECT count(*) FROM elt.request_log;
UPDATE elt_catalog.request_log SET at = at - interval '8 days';
CALL elt_catalog.maintain();
SELECT count(*) FROM elt.request_log;
-- a run does not take long over it, and forgets more than it adds
CALL elt.run('feed');
INSERT INTO elt_catalog.request_log SELECT q.* FROM elt_catalog.request_log q, generate_series(1, 5999);
UPDATE elt_catalog.request_log SET at = at - interval '8 days';
CALL elt.run('feed');
SELECT count(*) FILTER (WHERE at < now() - interval '7 days') AS old, count(*) FROM elt.request_log;
CALL elt_catalog.maintain();
SELECT count(*) FROM elt.request_log;
DELETE FROM elt_catalog.request_log;
-- or is not kept at all
SET elt.request_log_retention = 0;
CALL elt.run('feed');
SELECT count(*) FROM elt.request_log;
RESET elt.request_log_retention;
CALL elt.run('feed');
SELECT count(*) FROM elt.request_log;
-- A pipeline takes its requests along
SELECT elt.drop_pipeline(name) FROM elt.pipelines ORDER BY name;
SELECT count(*) FROM elt_catalog.request_log;
SET client_min_messages = warning;
DROP SCHEMA request_log CASCADE;
DROP SERVER logged CASCADE;
DROP SERVER control;
