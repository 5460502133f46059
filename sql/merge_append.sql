-- Strategy append: rows are added once, by key or by window, and never changed.
\getenv replay ELT_REPLAY
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER append_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE append_owner;
GRANT elt_admin TO append_owner;
GRANT USAGE ON FOREIGN SERVER append_api TO append_owner;
CREATE SCHEMA append_test AUTHORIZATION append_owner;
SET ROLE append_owner;
SET search_path = append_test;
CREATE FOREIGN TABLE click_api (id int, page text, seen int)
	SERVER append_api OPTIONS (path '/echo', query 'body=');
CREATE FUNCTION lands(body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE click_api OPTIONS (SET query %L)',
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END
$$;
-- What the server answers for each day, a script per day
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER append_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION answers(day text, body text) RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM script WHERE id = 'log-' || day
		AND responses = jsonb_build_array(CASE WHEN body = 'fails' THEN '{"status": 400}'
			WHEN body = 'later' THEN '{"status": 404, "body": "not yet", "content_type": "text/plain"}'
			ELSE jsonb_build_object('body', body) END)::text$$;
CREATE FOREIGN TABLE log_api (at timestamptz, line text)
	SERVER append_api OPTIONS (path '/script/log-{window_start}', window '1 day', window_column 'at',
		window_format 'YYYY-MM-DD', not_yet_on '404 text/plain');
CREATE VIEW outcome AS
SELECT state, slices_landed AS landed, rows_read AS read, rows_inserted AS ins, rows_unchanged AS unch,
	rows_duplicate AS dup, rows_quarantined AS quar
FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);

-- With a key: rows whose key is there stay as they are, whatever comes.
SELECT elt.create_pipeline('clicks', 'click_api', 'clicks', '{id}', 'append');
\d clicks
SELECT lands('[{"id":1,"page":"a","seen":1},{"id":2,"page":"b","seen":1}]') \gset
CALL elt.run('clicks');
TABLE outcome;
SELECT lands('[{"id":1,"page":"a","seen":1},{"id":2,"page":"b","seen":2},{"id":3,"page":"c","seen":1},
	{"id":3,"page":"c","seen":2},{"id":4,"page":"d"},{"id":4,"page":"d"},{"page":"e"}]') \gset
SELECT array_agg(ctid::text || xmin ORDER BY id) AS before FROM clicks \gset
CALL elt.pull('clicks');
\t on
\pset format unaligned
SELECT elt.merge_sql('clicks');
\t off
\pset format aligned
SELECT rows_read, rows_inserted, rows_unchanged, rows_duplicate, rows_quarantined FROM elt.merge('clicks');
SELECT id, page, seen FROM clicks ORDER BY id;
SELECT array_agg(ctid::text || xmin ORDER BY id) = :'before' AS untouched FROM clicks WHERE id < 3;
SELECT reason, column_name, raw FROM elt.rejects WHERE pipeline = 'clicks';
CALL elt.run('clicks');
TABLE outcome;
SELECT lands('[]') \gset
CALL elt.run('clicks');
TABLE outcome;

-- A table that is there must have the key.
CREATE TABLE no_key (id int, page text, seen int, _run_id bigint, _loaded_at timestamptz);
SELECT elt.create_pipeline('no_key', 'click_api', 'no_key', '{id}', 'append');
SELECT elt.drop_pipeline('clicks') \gset

-- Without a key each window lands once. What could make it land again is refused.
SELECT elt.create_pipeline('clicks', 'click_api', 'clicks2', strategy => 'append');
SELECT elt.create_pipeline('log', 'log_api', 'log', strategy => 'append', start_at => '2024-01-01', lookback => '1 day');
SELECT elt.create_pipeline('log', 'log_api', 'log', strategy => 'append', start_at => '2024-01-01', options => '{"load": "full"}');
SELECT elt.create_pipeline('log', 'log_api', 'log', '{at}', strategy => 'append', start_at => '2024-01-01', options => '{"sequence_by": ["line"]}');
SELECT elt.create_pipeline('log', 'log_api', 'log', strategy => 'append', start_at => '2024-01-01', options => '{"update_columns": ["line"]}');
SELECT elt.create_pipeline('log', 'log_api', 'log', strategy => 'add', start_at => '2024-01-01');
CREATE FOREIGN TABLE odd_api (_is_new timestamptz) SERVER append_api
	OPTIONS (path '/script/log-{window_start}', window '1 day', window_column '_is_new', window_format 'YYYY-MM-DD');
SELECT elt.create_pipeline('log', 'odd_api', 'log', strategy => 'append', start_at => '2024-01-01');

SELECT elt.create_pipeline('log', 'log_api', 'log', strategy => 'append', start_at => '2024-01-01');
SELECT elt.alter_pipeline('log', lookback => '1 hour');
SELECT elt.alter_pipeline('log', lookback => '0');
\d log
SELECT answers('2024-01-01', '[{"at":"2024-01-01T01:00:00Z","line":"a"},{"at":"2024-01-01T01:00:00Z","line":"a"}]'),
	answers('2024-01-02', 'fails'), answers('2024-01-03', 'later'), answers('2024-01-04', '[{"at":"2024-01-04T04:00:00Z","line":"d"}]') \gset
\set VERBOSITY terse
CALL elt.run('log', '2024-01-01', '2024-01-05');
\set VERBOSITY default
TABLE outcome;
SELECT at, line FROM log ORDER BY at;
-- The same span again asks for what has not landed, and for nothing else.
SELECT answers('2024-01-02', '[{"at":"2024-01-02T02:00:00Z","line":"b"},{"line":"lost"}]'), answers('2024-01-03', 'later') \gset
CALL elt.run('log', '2024-01-01', '2024-01-05');
TABLE outcome;
SELECT reason, column_name FROM elt.rejects WHERE pipeline = 'log';
SELECT answers('2024-01-03', '[{"at":"2024-01-03T03:00:00Z","line":"c"}]') \gset
CALL elt.run('log', '2024-01-01', '2024-01-05');
TABLE outcome;
SET client_min_messages = notice;
CALL elt.run('log', '2024-01-01', '2024-01-05');
SET client_min_messages = warning;
SELECT at, line FROM log ORDER BY at;

-- A window that is still open is not asked for, since it would be asked again.
SELECT answers(current_date::text, json_build_array(json_build_object('at', current_date, 'line', 'today'))::text) \gset
CALL elt.run('log', current_date::text::timestamptz, current_date + interval '1 day');
SELECT count(*) FROM log WHERE line = 'today';
SELECT elt.alter_pipeline('log', options => '{"publication_delay": "-1 day"}') \gset
CALL elt.run('log', current_date::text::timestamptz, current_date + interval '1 day');
CALL elt.run('log', current_date::text::timestamptz, current_date + interval '1 day');
SELECT count(*) FROM log WHERE line = 'today';
SELECT elt.alter_pipeline('log', options => '{"publication_delay": "0"}') \gset

-- A row of another window would come with that window too: its batch is refused, and stays staged.
SELECT answers('2024-01-05', '[{"at":"2024-01-05T05:00:00Z","line":"e"},{"at":"2024-01-06T00:00:00Z","line":"f"}]'),
	answers('2024-01-06', '[{"at":"2024-01-06T00:00:00Z","line":"f"}]') \gset
CALL elt.run('log', '2024-01-05', '2024-01-07');
SELECT window_start, state FROM elt.slices WHERE pipeline = 'log' AND window_start BETWEEN '2024-01-05' AND '2024-01-07';
SELECT answers('2024-01-05', '[{"at":"2024-01-05T05:00:00Z","line":"e"}]') \gset
CALL elt.run('log', '2024-01-05', '2024-01-07');
SELECT at, line FROM log WHERE at BETWEEN '2024-01-05' AND '2024-01-07' ORDER BY at;

-- Windows of another length would meet some that have landed.
ALTER FOREIGN TABLE log_api OPTIONS (SET window '1 month');
CALL elt.run('log', '2024-01-01', '2024-02-01');
ALTER FOREIGN TABLE log_api OPTIONS (SET window '1 day');

-- A reset would add again what is there.
SELECT elt.reset_pipeline('log');
SELECT elt.reset_pipeline('log', '2024-01-04 15:00+00');
DELETE FROM log WHERE at >= '2024-01-04';
SELECT elt.reset_pipeline('log', '2024-01-04 15:00+00');
CALL elt.run('log', '2024-01-01', '2024-01-07');
TABLE outcome;
SELECT at, line FROM log ORDER BY at;
SELECT elt.reset_pipeline('log', 'infinity');
TRUNCATE log;
SELECT elt.reset_pipeline('log') > 0 AS reopened;
\t on
\pset format unaligned
SELECT elt.merge_sql('log');
\t off
\pset format aligned
SELECT elt.drop_pipeline('log') \gset

-- Random events, each sent several times in shuffled batches: the first of each key stays.
SELECT elt.create_pipeline('random', 'click_api', 'random_target', '{id,page}', 'append');
CREATE TABLE must (id int, page text, seen int, PRIMARY KEY (id, page));
SET client_min_messages = error;
DO $$
DECLARE
	batch jsonb;
	r record;
BEGIN
	PERFORM setseed(0.3);
	FOR i IN 1 .. 25 LOOP
		SELECT coalesce(jsonb_agg(jsonb_build_object('id', (random() * 9)::int, 'page', chr(97 + (random() * 3)::int),
			'seen', nullif((random() * 4)::int, 0))), '[]') INTO batch FROM generate_series(1, (random() * 20)::int);
		FOR r IN SELECT * FROM jsonb_to_recordset(batch) AS x(id int, page text, seen int) LOOP
			INSERT INTO must VALUES (r.id, r.page, r.seen) ON CONFLICT DO NOTHING;
		END LOOP;
		PERFORM lands(batch::text);
		CALL elt.run('random');
		IF EXISTS ((TABLE must EXCEPT SELECT id, page, seen FROM random_target)
			UNION ALL (SELECT id, page, seen FROM random_target EXCEPT TABLE must)) THEN
			RAISE EXCEPTION 'batch % differs', i;
		END IF;
	END LOOP;
END
$$;
SELECT count(*) > 20 AS many FROM random_target;
SET client_min_messages = warning;
SELECT bool_or(rows_duplicate > 0) AS duplicate, bool_or(rows_unchanged > 0) AS unchanged FROM elt.runs WHERE pipeline = 'random';

SELECT elt.drop_pipeline('random') \gset

-- Whatever is late or is asked for again, each row of a day is there once, and equal ones as often as they were sent.
SELECT elt.create_pipeline('once', 'log_api', 'once', strategy => 'append', start_at => '2024-01-01', options => jsonb_build_object('batch_rows', 5,
	'publication_delay', now() - '2024-01-11'));
CREATE TABLE sent AS SELECT timestamptz '2024-01-01' + d * interval '1 day' + n / 2 * interval '1 hour' AS at, 'line ' || n / 3 AS line
FROM generate_series(0, 9) d, generate_series(1, 1 + d % 4) n;
DO $$
DECLARE
	d int;
	low timestamptz;
BEGIN
	PERFORM setseed(0.6);
	FOR i IN 1 .. 20 LOOP
		FOR d IN 0 .. 9 LOOP
			PERFORM answers((date '2024-01-01' + d)::text, CASE WHEN i < 20 AND random() < 0.5 THEN 'later'
				ELSE (SELECT json_agg(s)::text FROM sent s WHERE s.at >= date '2024-01-01' + d AND s.at < date '2024-01-01' + d + 1) END);
		END LOOP;
		low := timestamptz '2024-01-01' + floor(random() * 10) * interval '1 day';
		IF i = 20 OR random() < 0.5 THEN
			CALL elt.run('once');
		ELSE
			CALL elt.run('once', low, low + (1 + floor(random() * 4)) * interval '1 day');
		END IF;
	END LOOP;
END
$$;
SELECT count(*) AS missing_or_twice FROM ((TABLE sent EXCEPT ALL SELECT at, line FROM once) UNION ALL (SELECT at, line FROM once EXCEPT ALL TABLE sent)) x;
SELECT count(*) > 10 AS many, bool_or(batches > 1) AS cut FROM elt.runs WHERE pipeline = 'once';
SELECT elt.drop_pipeline('once') \gset
RESET ROLE;
DROP SERVER append_api CASCADE;
DROP SCHEMA append_test CASCADE;
REVOKE ALL ON SCHEMA elt_staging FROM append_owner;
DROP ROLE append_owner;
