-- Live SELECT: params from WHERE, rows from several responses, EXPLAIN.
CREATE SCHEMA source_test;
SET search_path = source_test;
SET timezone = 'UTC';
SET datestyle = 'ISO';
\getenv replay ELT_REPLAY

CREATE SERVER source_replay FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', concurrency '4');

-- A query's plan without the address of the server, and without what differs between server versions:
-- how an InitPlan's result is called (17), decimals of row counts and disabled nodes (18)
CREATE FUNCTION plan(query text, options text DEFAULT 'COSTS OFF') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE format('EXPLAIN (%s) %s', options, query) LOOP
		line := regexp_replace(line, 'http://[0-9.]+:[0-9]+', 'http://replay');
		line := regexp_replace(line, '\(actual time=[0-9.]+ ', '(actual ');
		line := replace(replace(line, ' (returns $0)', ''), '$0', '(InitPlan 1).col1');
		line := regexp_replace(line, '(rows=\d+)\.00', '\1');
		RETURN NEXT regexp_replace(line, '\n *"Disabled": false,', '');
	END LOOP;
END $$;

-- The error of a query without the address of the server
CREATE FUNCTION failure(query text) RETURNS TABLE (item text, value text) LANGUAGE plpgsql AS $$
DECLARE
	code text;
	message text;
	details text;
	hints text;
	address text := 'http://[0-9.]+:[0-9]+';
BEGIN
	EXECUTE query;
	RETURN QUERY VALUES ('no error', query);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		details = PG_EXCEPTION_DETAIL, hints = PG_EXCEPTION_HINT;
	RETURN QUERY SELECT * FROM (VALUES ('sqlstate', code), ('message', message),
		('detail', regexp_replace(details, address, 'http://replay')), ('hint', hints)) v (i, t) WHERE t <> '';
END $$;

-- Without params: the root array's elements are rows
CREATE FOREIGN TABLE plain (id int, name text) SERVER source_replay
	OPTIONS (path '/echo', query 'type=application/json&body=%5B{{%22id%22:1,%22name%22:%22one%22}},{{%22id%22:2}}%5D');
SELECT * FROM plain;
SELECT plan('SELECT * FROM plain');

-- The param's value is sent percent-encoded and comes back as a column
CREATE FOREIGN TABLE echo (id int, name text, asked text OPTIONS (param 'body')) SERVER source_replay
	OPTIONS (path '/echo', query 'type=application/json&body={body}');
SELECT * FROM echo WHERE asked = '[{"id": 3, "name": "ü & {x} + %41"}]';
SELECT asked, count(*), sum(id) FROM echo WHERE asked IN ('[{"id":1}]', '[{"id":2},{"id":3}]', '[]', '[{"id":2},{"id":3}]')
	GROUP BY asked ORDER BY asked;
SELECT * FROM echo WHERE '[{"id":4}]' = asked AND id > 4;
SELECT id FROM echo WHERE asked = ANY (ARRAY(SELECT format('[{"id":%s}]', i) FROM generate_series(1, 25) i)) ORDER BY id OFFSET 20;
SELECT id FROM echo WHERE asked = (SELECT '[{"id":5}]');
SELECT id FROM echo WHERE asked = NULL;
SELECT id FROM echo WHERE asked = ANY (NULL);
SELECT id FROM echo WHERE asked IN (NULL, '[{"id":6}]');
SELECT count(*) FROM echo WHERE asked = '[{"id":1}]' AND asked = '[{"id":2}]';
PREPARE by_body AS SELECT id FROM echo WHERE asked = $1;
EXECUTE by_body('[{"id":7}]');
SET plan_cache_mode = force_generic_plan;
EXECUTE by_body('[{"id":8}]');
EXECUTE by_body(NULL);
RESET plan_cache_mode;
DEALLOCATE by_body;

-- LIMIT stops early, a rescan asks again, a view passes its clauses on
SELECT id FROM echo WHERE asked IN ('[{"id":1},{"id":2}]', '[{"id":3}]') LIMIT 1;
-- and what is asked for follows what is read
SELECT bool_or(line ~ 'Requests Made: 1$') AS one_request FROM plan(
	$$SELECT id FROM echo WHERE asked = ANY (ARRAY(SELECT format('[{"id":%s}]', i) FROM generate_series(1, 25) i)) LIMIT 1$$,
	'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') AS line;
-- page by page where a list may not be read to its end
CREATE FOREIGN TABLE paged (id int) SERVER source_replay OPTIONS (path '/items', query 'total=50&limit=5',
	records '$.items[*]', paginate 'next_url', next_path '$.next');
SELECT line FROM plan('SELECT id FROM paged LIMIT 1', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') AS line
WHERE line ~ 'Requests Made';
SELECT line FROM plan('SELECT id FROM paged LIMIT 12', 'ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF') AS line
WHERE line ~ 'Requests Made';
SELECT count(*), sum(id) FROM (SELECT id FROM paged LIMIT 1000) p;
SELECT count(*), sum(id) FROM paged;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM echo WHERE asked = ANY (ARRAY(SELECT format('[{"id":%s}]', i) FROM generate_series(1, 25) i));
CREATE FOREIGN TABLE counted (requests int, path text OPTIONS (param 'path')) SERVER source_replay
	OPTIONS (path '/_control/counters', query 'path={path}', records '$');
SELECT requests AS before FROM counted WHERE path = '/echo' \gset
FETCH 1 FROM c;
SELECT requests - :before AS requests FROM counted WHERE path = '/echo';
FETCH 1 FROM c;
SELECT requests - :before AS requests FROM counted WHERE path = '/echo';
FETCH 5 FROM c;
SELECT requests - :before <= 15 AS few_requests FROM counted WHERE path = '/echo';
FETCH ALL FROM c;
SELECT requests - :before AS requests FROM counted WHERE path = '/echo';
COMMIT;
SELECT o.i, e.id FROM generate_series(1, 2) o (i), LATERAL
	(SELECT id FROM echo WHERE asked = format('[{"id":%s}]', 1) OFFSET 0) e ORDER BY 1;
CREATE VIEW echo_view AS SELECT id * 10 AS ten, asked FROM echo;
SELECT * FROM echo_view WHERE asked = '[{"id":9}]';
SELECT a.id, b.id FROM echo a JOIN echo b ON a.id = b.id - 1 WHERE a.asked = '[{"id":1}]' AND b.asked = '[{"id":2}]';

-- What is missing is told with the clause to write
SELECT * FROM echo;
SELECT * FROM echo WHERE asked LIKE '[%';
SELECT * FROM echo WHERE asked = '[]' OR id = 1;
SELECT * FROM echo WHERE asked = name;
SELECT * FROM echo JOIN (VALUES ('[]')) v (a) ON asked = a;

-- Params of several types; every combination is asked for
CREATE FOREIGN TABLE reflect (
	url text,
	n int OPTIONS (param 'n'),
	flag boolean OPTIONS (param 'flag'),
	day date OPTIONS (param 'day'),
	code varchar(10) OPTIONS (param 'code')
) SERVER source_replay OPTIONS (path '/reflect/{code}', query 'n={n}&flag={flag}&day={day}');
ALTER FOREIGN TABLE reflect OPTIONS (SET path '/reflect', SET query 'n={n}&flag={flag}&day={day}&code={code}', ADD records '$');
SELECT url FROM reflect WHERE n = 5 AND flag AND day = '2024-02-29' AND code = 'a/b';
SELECT n, flag, day, code FROM reflect WHERE n IN (1, 2) AND NOT flag AND day IN ('2024-01-01', '2024-01-02') AND code = 'x' ORDER BY 1, 3;
SELECT url FROM reflect WHERE n = 5::bigint AND flag = true AND day = date '2024-01-01' + 1 AND code = ANY ('{q}'::text[]);
SELECT url, code FROM reflect WHERE n = 6 AND flag AND day = '2024-02-29' AND code = '';
SELECT * FROM reflect WHERE n = 99999999999 AND flag AND day = '2024-02-29' AND code = 'a';
SELECT * FROM reflect WHERE n = 1;

-- EXPLAIN: the first request, how many there will be, and how many there were
SELECT plan($$SELECT * FROM reflect WHERE n IN (1, 2, 3) AND flag AND day = '2024-02-29' AND code IN ('a', 'b')$$);
SELECT plan($$SELECT id FROM echo WHERE asked = (SELECT '[]')$$);
SELECT plan($$SELECT id FROM echo WHERE asked IN ('[{"id":1}]', '[{"id":2}]')$$,
	'ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF');
CREATE FOREIGN TABLE retried (id int) SERVER source_replay OPTIONS (path '/script/explained',
	query 'responses=[{{%22status%22:503}},{{%22json%22:[{{%22id%22:1}}]}}]');
SET elt.retry_base = '1ms';
SELECT plan('SELECT * FROM retried', 'ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF');
RESET elt.retry_base;
SELECT plan($$SELECT id FROM echo WHERE asked = '[]'$$, 'COSTS OFF, FORMAT JSON');
-- estimates: more values, more rows
SELECT plan($$SELECT id FROM echo WHERE asked IN ('a', 'b', 'c')$$, 'COSTS ON');
SELECT plan($$SELECT id FROM plain$$, 'COSTS ON');

-- Windows as columns, rows outside a window are rechecked against WHERE
CREATE FOREIGN TABLE daily (
	id int,
	ts timestamptz,
	day date OPTIONS (param 'window_start'),
	until timestamptz OPTIONS (param 'window_end'),
	last text OPTIONS (param 'window_last')
) SERVER source_replay OPTIONS (
	path '/echo', query 'type=application/json&from={window_start}&body=%5B{{%22id%22:1,%22ts%22:%22{window_start}T00:00%2B01%22}},{{%22id%22:2,%22ts%22:%22{window_last}T12:00%2B01%22}}%5D',
	window '1 day', window_column 'ts', window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin');
SELECT * FROM daily WHERE ts >= '2024-01-01 00:00+01' AND ts < '2024-01-03 00:00+01' ORDER BY ts;
SELECT * FROM daily WHERE ts > '2024-01-01 00:00+01' AND ts < '2024-01-02 00:00+01' ORDER BY ts;

-- Arrays side by side, ancestors, and what becomes of arrays that differ in length
CREATE FOREIGN TABLE series (
	ts timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'),
	name text,
	value numeric OPTIONS (path 'data[*]'),
	unit text OPTIONS (path '$.unit'),
	doc text OPTIONS (param 'doc')
) SERVER source_replay OPTIONS (path '/echo', query 'type=application/json&body={doc}', records '$.series[*]');
SELECT ts, name, value, unit FROM series WHERE doc = '{"unix_seconds": [1704067200, 1704070800], "unit": "MW",
	"series": [{"name": "Solar", "data": [0, 18446744073709551616]}, {"name": "Wind / onshore", "data": [null, -1.50]}]}';
SELECT ts, name, value FROM series WHERE doc = '{"series": [{"name": "a", "data": [1, 2]}, {"name": "b", "data": [1]}], "unix_seconds": [0, 1]}';
SELECT ts, name, value FROM series WHERE doc = '{"no_series": []}';
SELECT ts, name FROM series WHERE doc = '{"unix_seconds": [0], "series": [{"name": {"en": "a"}, "data": [1]}]}';
ALTER FOREIGN TABLE series OPTIONS (SET records '$.series');
SELECT ts, name FROM series WHERE doc = '{"unix_seconds": [0], "series": [{"name": "a", "data": [1]}]}';

-- Several requests are in flight, never more than allowed; order is that of the list
CREATE FOREIGN TABLE control (reset text, requests int, max_in_flight int, connections int, what text OPTIONS (param 'what'),
	action text OPTIONS (param 'action')) SERVER source_replay
	OPTIONS (path '/_control/{action}', query 'what={what}', records '$');
CREATE FOREIGN TABLE slow (id int, n int OPTIONS (param 'n')) SERVER source_replay OPTIONS (
	path '/echo', query 'type=application/json&body=%5B{{%22id%22:{n}}}%5D&fault={{%22delay%22:0.05}}');
SELECT reset FROM control WHERE action = 'reset' AND what = 'counters';
SELECT count(*), sum(id), array_agg(id) = array_agg(id ORDER BY n) AS in_order FROM slow
	WHERE n = ANY (ARRAY(SELECT generate_series(1, 30)));
SELECT requests, max_in_flight, connections <= 4 AS reused FROM control WHERE action = 'counters' AND what = 'all';
ALTER SERVER source_replay OPTIONS (SET concurrency '1');
SELECT reset FROM control WHERE action = 'reset' AND what = 'counters';
SELECT count(*) FROM slow WHERE n IN (1, 2, 3, 4);
SELECT requests, max_in_flight FROM control WHERE action = 'counters' AND what = 'all';

-- The rate holds: eight requests at five a second, of which five may start at once
ALTER SERVER source_replay OPTIONS (SET rate_limit '300/min', SET concurrency '8');
SELECT extract(epoch FROM clock_timestamp()) AS started \gset
SELECT count(*) FROM slow WHERE n = ANY (ARRAY(SELECT generate_series(1, 8)));
SELECT extract(epoch FROM clock_timestamp()) - :started >= 0.5 AS waited;

-- What the server sends along
ALTER SERVER source_replay OPTIONS (SET rate_limit '10000/s', ADD user_agent 'pg_elt test', ADD headers E'Accept: application/json\nX-Version: 2');
CREATE FOREIGN TABLE sent (method text, agent text OPTIONS (path 'headers."user-agent"'), accept text OPTIONS (path 'headers.accept'),
	version text OPTIONS (path 'headers."x-version"')) SERVER source_replay OPTIONS (path '/reflect', records '$');
SELECT * FROM sent;
ALTER FOREIGN TABLE sent OPTIONS (ADD method 'POST');
SELECT method FROM sent;

-- A table that may not be read is not asked for
CREATE ROLE source_test_reader;
GRANT USAGE ON SCHEMA source_test TO source_test_reader;
SET ROLE source_test_reader;
SELECT * FROM plain;
RESET ROLE;
GRANT SELECT ON plain TO source_test_reader;
SET ROLE source_test_reader;
SELECT count(*) FROM plain;
RESET ROLE;
INSERT INTO plain VALUES (1, 'x');

-- Two scans of one server in one query do not wait for each other's place.
CREATE SERVER narrow FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', concurrency '1');
CREATE FOREIGN TABLE source_test.numbers (n text OPTIONS (param 'n'), id int)
	SERVER narrow OPTIONS (path '/echo', query 'body=[{{%22id%22:{n}}}]');
SET statement_timeout = '20s';
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT a.id, b.id FROM source_test.numbers a, source_test.numbers b WHERE a.n IN ('1', '2', '3') AND b.n IN ('4', '5')
ORDER BY 1, 2;
RESET statement_timeout;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;

-- A list within the response that "records" does not name: a warning says so, unless a field was found or need not be there.
CREATE FOREIGN TABLE nested (id int, name text, n int OPTIONS (expression '5'), asked text OPTIONS (param 'asked')) SERVER source_replay
	OPTIONS (path '/echo', query 'body=%7B%22data%22%3A%5B%7B%22id%22%3A1%2C%22other%22%3A2%7D%2C%7B%22id%22%3A2%7D%5D%7D&asked={asked}');
SELECT * FROM nested WHERE asked = 'a';
SELECT count(*) FROM nested WHERE asked IN ('a', 'b');
SELECT * FROM nested WHERE asked = 'a' LIMIT 1;
ALTER FOREIGN TABLE nested OPTIONS (ADD records '$.data[*]');
SELECT id FROM nested WHERE asked = 'a';
ALTER FOREIGN TABLE nested DROP COLUMN id;
SELECT * FROM nested WHERE asked = 'a';
ALTER FOREIGN TABLE nested ALTER name OPTIONS (ADD optional 'true');
SELECT * FROM nested WHERE asked = 'a';
ALTER FOREIGN TABLE nested OPTIONS (SET query 'body=%7B%22data%22%3A%5B%5D%7D&asked={asked}');
ALTER FOREIGN TABLE nested ALTER name OPTIONS (DROP optional);
SELECT * FROM nested WHERE asked = 'a';

SET client_min_messages = warning;
DROP SERVER source_replay, narrow CASCADE;
DROP SCHEMA source_test CASCADE;
DROP ROLE source_test_reader;
