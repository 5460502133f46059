-- Incremental loading from the greatest value that has landed.
CREATE SCHEMA cursor_test;
SET search_path = cursor_test;
SET timezone = 'UTC';
SET datestyle = ISO;
SET elt.retry_base = '2ms';
\getenv replay ELT_REPLAY
CREATE SERVER cursor_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '1');

-- Declared wrongly
CREATE FOREIGN TABLE refused (a int) SERVER cursor_api OPTIONS (cursor_start '0');
CREATE FOREIGN TABLE refused (a int) SERVER cursor_api OPTIONS (cursor_column 'a', window '1 day', window_column 'a');
CREATE FOREIGN TABLE refused (a int) SERVER cursor_api OPTIONS (cursor_column 'a', cursor_time_zone 'Mars');
CREATE FOREIGN TABLE wrong (at timestamptz, f float8, p int OPTIONS (param 'p'), n int) SERVER cursor_api
	OPTIONS (path '/reflect', query 'p={p}&since={cursor}');
\set VERBOSITY terse
SELECT * FROM wrong;
ALTER FOREIGN TABLE wrong OPTIONS (ADD cursor_column 'ta');
SELECT * FROM wrong;
ALTER FOREIGN TABLE wrong OPTIONS (SET cursor_column 'f');
SELECT * FROM wrong;
ALTER FOREIGN TABLE wrong OPTIONS (SET cursor_column 'p');
SELECT * FROM wrong;
ALTER FOREIGN TABLE wrong OPTIONS (SET cursor_column 'n', ADD cursor_format 'unix');
SELECT * FROM wrong;
ALTER FOREIGN TABLE wrong OPTIONS (SET cursor_column 'at', SET query 'p={p}');
SELECT * FROM wrong;
\set VERBOSITY default

-- A SELECT says itself from where on, and how it is written is the table's matter.
CREATE FOREIGN TABLE asked (asked text OPTIONS (path 'query.since'), at timestamptz, day date, n bigint, name text)
	SERVER cursor_api OPTIONS (path '/reflect', query 'since={cursor}', cursor_column 'at');
SELECT asked FROM asked;
CREATE FUNCTION asks(clause text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN SELECT * FROM cursor_test.asked WHERE ' || clause LOOP
		IF line ~ 'URL' THEN RETURN substring(line FROM 'since=.*'); END IF;
	END LOOP;
END $$;
SELECT clause, asks(clause) FROM unnest(ARRAY['at >= ''2024-03-01 12:34:56.789+00''', 'at > ''2024-03-01''', '''2024-03-01'' <= at',
	'at = ''2024-03-01''', 'at >= date ''2024-03-01'' AND at < ''2024-04-01''', 'at >= now() - now() + ''2024-03-01''::timestamptz']) clause;
SELECT asks('at < ''2024-03-01''');
SELECT asks('at >= ''-infinity''');
ALTER FOREIGN TABLE asked OPTIONS (ADD cursor_start '1970');
SELECT asks('true'), asks('at >= ''2024-03-01''');
ALTER FOREIGN TABLE asked OPTIONS (ADD cursor_format 'unix');
SELECT asks('at >= ''2024-03-01''');
ALTER FOREIGN TABLE asked OPTIONS (SET cursor_format 'unix_ms');
SELECT asks('at >= ''2024-03-01''');
ALTER FOREIGN TABLE asked OPTIONS (SET cursor_format 'YYYY-MM-DD HH24:MI', ADD cursor_time_zone 'Europe/Berlin');
SELECT asks('at >= ''2024-07-01''');
ALTER FOREIGN TABLE asked OPTIONS (SET cursor_column 'day', SET cursor_format 'YYYY-MM-DD');
SELECT asks('day >= ''2024-07-01'''), asks('day > timestamp ''2024-07-01 13:00''');
ALTER FOREIGN TABLE asked OPTIONS (SET cursor_column 'n', DROP cursor_format, DROP cursor_time_zone, SET cursor_start '0');
SELECT asks('n > 41'), asks('n >= 5000000000'), asks('true');
ALTER FOREIGN TABLE asked OPTIONS (SET cursor_column 'name');
SELECT asks('name >= ''a b&c''');

-- A pipeline needs to know where to begin, and a key.
CREATE FOREIGN TABLE items (id int, name text, amount numeric, updated_at timestamptz, asked text OPTIONS (param 'cursor'))
	SERVER cursor_api OPTIONS (path '/items', query 'total=20&since={cursor}', records '$.items[*]', cursor_column 'updated_at',
	paginate 'page_number', limit_param 'limit', page_size '7', pages_path '$.pages');
CREATE FUNCTION declared(options text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
	EXECUTE format('SELECT elt.create_pipeline(''items'', ''cursor_test.items'', ''cursor_test.landed'', %s)', options);
	PERFORM elt.drop_pipeline('items');
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT declared($$key => '{id}'$$);
SELECT declared($$key => '{id}', start_at => '2024-01-01', options => '{"cursor_column": "id"}'$$);
ALTER FOREIGN TABLE items OPTIONS (SET cursor_column 'id', SET query 'total=20&since_id={cursor}');
SELECT declared($$key => '{id}', start_at => '2024-01-01'$$);
ALTER FOREIGN TABLE items OPTIONS (ADD cursor_start '0');
SELECT declared($$key => '{id}', lookback => '1 day'$$);
SELECT elt.create_pipeline('numbers', 'cursor_test.items', 'cursor_test.landed', '{id}');
SELECT elt.alter_pipeline('numbers', lookback => '1 day');
SELECT elt.alter_pipeline('numbers', lookback => '0');
SELECT elt.drop_pipeline('numbers');
ALTER FOREIGN TABLE items OPTIONS (DROP cursor_start, DROP cursor_column, SET query 'total=20');
ALTER FOREIGN TABLE items ALTER asked OPTIONS (DROP param);
SELECT declared($$key => '{id}', options => '{"cursor_column": "id"}'$$);
SELECT declared($$key => '{id}', lookback => '1 day'$$);
ALTER FOREIGN TABLE items ALTER asked OPTIONS (ADD param 'cursor');
ALTER FOREIGN TABLE items OPTIONS (ADD cursor_column 'updated_at', SET query 'total=20&since={cursor}');

-- From start_at, then from the last row on: it comes again and is unchanged.
SELECT elt.create_pipeline('items', 'cursor_test.items', 'cursor_test.landed', '{id}', start_at => '2024-01-01 00:05');
CALL elt.run('items');
SELECT min(id), max(id), count(*), min(asked) AS asked FROM landed;
SELECT params, position, window_end FROM elt.cursors WHERE pipeline = 'items';
SELECT elt.preview('items', 1) ->> 'asked' AS asks_next;
CALL elt.run('items');
ALTER FOREIGN TABLE items OPTIONS (SET query 'total=30&since={cursor}');
CALL elt.run('items');
SELECT position FROM elt.cursors WHERE pipeline = 'items';
-- lookback, but never before start_at; the cursor does not go back with it
SELECT elt.alter_pipeline('items', lookback => '5 minutes');
CALL elt.run('items');
SELECT elt.alter_pipeline('items', lookback => '1 day');
SELECT elt.preview('items', 1) ->> 'asked' AS asks_next;
SELECT position FROM elt.cursors WHERE pipeline = 'items';
SELECT elt.alter_pipeline('items', lookback => '0');

-- A row that is refused does not move it: it is asked for again until it is welcome.
SELECT elt.add_check('items', 'not_33', 'id <> 33', action => 'quarantine');
ALTER FOREIGN TABLE items OPTIONS (SET query 'total=33&since={cursor}');
CALL elt.run('items');
SELECT position FROM elt.cursors WHERE pipeline = 'items';
SELECT elt.drop_check('items', 'not_33');
CALL elt.run('items');
SELECT position FROM elt.cursors WHERE pipeline = 'items';
-- Nor does a batch that fails as a whole, a slice that fails, or a batch that is only staged.
SELECT elt.add_check('items', 'none', 'id < 34', action => 'fail');
ALTER FOREIGN TABLE items OPTIONS (SET query 'total=40&since={cursor}');
\set VERBOSITY terse
CALL elt.run('items');
SELECT elt.drop_check('items', 'none');
ALTER FOREIGN TABLE items OPTIONS (SET path '/echo', SET query 'status=404&since={cursor}');
CALL elt.run('items');
\set VERBOSITY default
ALTER FOREIGN TABLE items OPTIONS (SET path '/items', SET query 'total=40&since={cursor}');
CALL elt.pull('items');
SELECT position FROM elt.cursors WHERE pipeline = 'items';
SELECT rows_inserted, rows_unchanged FROM elt.merge('items');
SELECT position FROM elt.cursors WHERE pipeline = 'items';

-- Back to a time, or to the start
SELECT elt.reset_pipeline('items', '2024-01-01 00:10');
SELECT position FROM elt.cursors WHERE pipeline = 'items';
SELECT elt.preview('items', 1) ->> 'asked' AS asks_next;
SELECT elt.reset_pipeline('items', '2030-01-01');
SELECT position FROM elt.cursors WHERE pipeline = 'items';
SELECT elt.reset_pipeline('items');
SELECT elt.preview('items', 1) ->> 'asked' AS asks_next;
SELECT elt.alter_pipeline('items', start_at => '2024-01-01 00:20');
SELECT elt.preview('items', 1) ->> 'asked' AS asks_next;
-- A full load begins at the start each time, and keeps no cursor.
SELECT elt.create_pipeline('whole', 'cursor_test.items', 'cursor_test.whole', '{id}', options => '{"load": "full"}', start_at => '2024-01-01 00:05');
CALL elt.run('whole');
SELECT elt.preview('whole', 1) ->> 'asked' AS asks_next;
SELECT count(*) FROM elt.cursors WHERE pipeline = 'whole';
SELECT elt.drop_pipeline('whole');
-- A span of time means nothing here.
CALL elt.run('items', '2024-01-01', '2024-01-02');
-- The table's cursor is another one now.
ALTER FOREIGN TABLE items OPTIONS (SET cursor_column 'id', ADD cursor_start '0', SET query 'total=40&since_id={cursor}');
\set VERBOSITY terse
CALL elt.run('items');
SELECT elt.drop_pipeline('items');
TRUNCATE landed;

-- A number, in numbers' order
SELECT elt.create_pipeline('items', 'cursor_test.items', 'cursor_test.landed', '{id}');
ALTER FOREIGN TABLE items OPTIONS (SET query 'total=9&since_id={cursor}');
CALL elt.run('items');
ALTER FOREIGN TABLE items OPTIONS (SET query 'total=12&since_id={cursor}');
CALL elt.run('items');
CALL elt.run('items');
SELECT position FROM elt.cursors WHERE pipeline = 'items';
SELECT cursor FROM elt.pipelines WHERE name = 'items';
SELECT elt.reset_pipeline('items', '2024-01-01');
SELECT elt.drop_pipeline('items');

-- Per combination of params; NULL, infinite and far values land and move nothing; texts are in byte order.
CREATE FOREIGN TABLE mixed (
	region int OPTIONS (param 'region'), answer text OPTIONS (param 'answer'), asked text OPTIONS (param 'cursor'),
	id int, at timestamp, name text
) SERVER cursor_api OPTIONS (path '/echo', query 'body={answer}&type=application/json&region={region}&since={cursor}',
	cursor_column 'at', cursor_start 'begin', cursor_format 'YYYY-MM-DD HH24:MI:SS', cursor_time_zone 'Europe/Berlin');
CREATE TABLE answers (region int, answer text);
INSERT INTO answers VALUES (1, '[{"id": 1, "at": "2024-03-01T10:00:00", "name": "b"}, {"id": 2, "at": null, "name": "Z"}, {"id": 3, "at": "infinity"}]'),
	(2, '[{"id": 4, "at": "2024-05-01T10:00:00.5", "name": "é"}, {"id": 5, "at": "9999-12-31", "name": "z"}]'), (3, '[]');
SELECT elt.create_pipeline('mixed', 'cursor_test.mixed', 'cursor_test.mixed_rows', '{region,id}',
	options => '{"params_query": "SELECT region, answer FROM cursor_test.answers"}');
CALL elt.run('mixed');
SELECT params ->> 'region' AS region, position FROM elt.cursors WHERE pipeline = 'mixed';
CALL elt.run('mixed');
SELECT region, id, at, asked FROM mixed_rows ORDER BY 1, 2;
-- A time without a zone is one of the cursor's, whatever the session's.
SELECT elt.create_pipeline('ahead', 'cursor_test.mixed', 'cursor_test.ahead_rows', '{region,id}', options => '{"max_future": "1 hour"}',
	params => jsonb_build_object('region', '[4]'::jsonb, 'answer', jsonb_build_array(format('[{"id": 1, "at": "2024-03-01"}, {"id": 2, "at": "%s"}]',
		to_char(now() AT TIME ZONE 'Europe/Berlin' + interval '3 hours', 'YYYY-MM-DD"T"HH24:MI:SS')))));
SET TimeZone = 'Asia/Tokyo';
CALL elt.run('ahead');
SET TimeZone = 'UTC';
SELECT position FROM elt.cursors WHERE pipeline = 'ahead';
SELECT elt.drop_pipeline('ahead');
ALTER FOREIGN TABLE mixed OPTIONS (SET cursor_start '2024-02-02 00:00');
-- A combination that comes back goes on from where it was.
CREATE TABLE saved AS TABLE answers;
DELETE FROM answers WHERE region < 3;
CALL elt.run('mixed');
INSERT INTO answers SELECT * FROM saved WHERE region < 3;
CALL elt.run('mixed');
SELECT elt.reset_pipeline('mixed', '2024-04-01');
SELECT params ->> 'region' AS region, position FROM elt.cursors WHERE pipeline = 'mixed';
SELECT elt.drop_pipeline('mixed');
ALTER FOREIGN TABLE mixed OPTIONS (SET cursor_column 'name', SET cursor_start '', DROP cursor_format, DROP cursor_time_zone);
SELECT elt.create_pipeline('mixed', 'cursor_test.mixed', 'cursor_test.mixed_rows', '{region,id}',
	options => '{"params_query": "SELECT region, answer FROM cursor_test.answers"}');
CALL elt.run('mixed');
SELECT params ->> 'region' AS region, position FROM elt.cursors WHERE pipeline = 'mixed';
SELECT elt.drop_pipeline('mixed');

DROP SERVER cursor_api CASCADE;
DROP SCHEMA cursor_test CASCADE;
