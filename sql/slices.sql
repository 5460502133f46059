-- Windows and cursors: each combination of params advances independently, and slices that failed or
-- were not published are requested again.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET timezone = 'Europe/Berlin';
SET datestyle = ISO;
SET elt.retry_base = 1;

CREATE SERVER replay FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');

-- The server's clock and faults are set through foreign tables as well.
CREATE SCHEMA control;
CREATE FOREIGN TABLE control.now (value text OPTIONS (param 'now'))
	SERVER replay OPTIONS (path '/_control/now', query 'now={now}');
CREATE FOREIGN TABLE control.revision (value text OPTIONS (param 'value'))
	SERVER replay OPTIONS (path '/_control/revision', query 'value={value}');
CREATE FOREIGN TABLE control.fault (path text OPTIONS (param 'path'), query text OPTIONS (param 'query'),
	times text OPTIONS (param 'times'), status text OPTIONS (param 'status'))
	SERVER replay OPTIONS (path '/_control/fault',
		query 'path={path}&query={query}&times={times}&status={status}&body=broken');
CREATE FOREIGN TABLE control.reset (ignored text OPTIONS (path 'nothing'))
	SERVER replay OPTIONS (path '/_control/reset');
SELECT count(*) FROM control.reset;

CREATE FOREIGN TABLE public_power (
	country text OPTIONS (param 'country'),
	ts timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'),
	production_type text OPTIONS (path 'name'),
	power_mw float8 OPTIONS (path 'data[*]')
) SERVER replay OPTIONS (path '/public_power',
	query 'country={country}&start={window_start}&end={window_last}',
	records '$.production_types[*]', window '1 day', window_column 'ts',
	window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin', not_yet_on '404 text/plain');

-- Days relative to today; noon for the server, so that today has begun and is not over.
SELECT current_date AS today, (current_date + time '12:00')::timestamptz AS noon \gset
SELECT count(*) FROM control.now WHERE value = :'noon';
CREATE VIEW day_slices AS
SELECT params->>'country' AS country, window_start::date - :'today' AS day, state, complete,
	attempts, http_status, rows > 0 AS has_rows, error
FROM elt.slices ORDER BY 1, 2;
CREATE VIEW day_cursors AS
SELECT params->>'country' AS country, window_end::date - :'today' AS day FROM elt.cursors
ORDER BY 1;

-- Windows need a beginning, params need values.
SELECT elt.create_pipeline('power', 'public_power', 'power', '{country,production_type,ts}',
	params => '{"country": ["de", "fr"]}');
SELECT elt.create_pipeline('power', 'public_power', 'power', '{country,production_type,ts}',
	start_at => '2024-01-01');
SELECT elt.create_pipeline('power', 'public_power', 'power', '{country,production_type,ts}',
	params => '{"country": ["de", "fr"]}', start_at => '2024-01-01',
	partition_by => 'ts', partition_interval => '1 month');

-- A span of days around a change of clocks: every row is a time of a series, no more, no less.
CALL elt.run('power', '2024-03-31', '2024-04-02');
SELECT params, window_start, window_end, state, complete,
	rows = (SELECT count(DISTINCT ts) * count(DISTINCT production_type) FROM power p
		WHERE p.country = s.params->>'country' AND p.ts >= s.window_start AND p.ts < s.window_end)
	AS rows_are_times_by_series
FROM elt.slices s;
SELECT country, ts::date AS day, count(DISTINCT ts) AS points FROM power GROUP BY 1, 2 ORDER BY 1, 2;
-- Gaps are a query: nothing landed between the two spans.
CALL elt.run('power', '2024-04-04', '2024-04-05');
SELECT params, window_end AS gap_from, next_start AS gap_to
FROM (SELECT params, window_end, lead(window_start) OVER (PARTITION BY params ORDER BY window_start) AS next_start
	FROM elt.slices WHERE state IN ('landed', 'empty')) landed
WHERE next_start > window_end ORDER BY 1::text;
-- A span leaves the cursors alone.
SELECT count(*) FROM elt.cursors;
SELECT elt.drop_pipeline('power');
TRUNCATE power;

-- What is new: three whole days and the open one. From here on counts depend on the day, so
-- what runs say is not shown.
SET client_min_messages = error;
SELECT elt.create_pipeline('power', 'public_power', 'power', '{country,production_type,ts}',
	params => '{"country": ["de", "fr"]}', start_at => :'today'::date - 3, lookback => '1 day',
	partition_by => 'ts', partition_interval => '1 month');

-- A look at what would come writes nothing.
SELECT count(*) FROM elt.preview('power', 1);
SELECT count(*) FROM elt.cursors;

-- fr fails on its second day: de moves on, fr stops before that day, later days land all the same.
SELECT count(*) FROM control.fault WHERE path = '/public_power' AND times = '1' AND status = '400'
	AND query = 'country=fr&start=' || :'today'::date - 2;
CALL elt.run('power');
SELECT * FROM day_slices;
SELECT * FROM day_cursors;
SELECT state, slices_landed, slices_not_yet, slices_failed FROM elt.runs;

-- The next run asks for the failed day, for one day of lookback and for today.
SELECT max(run_id) AS run FROM elt.runs \gset
CALL elt.run('power');
SELECT country, day, state, attempts FROM day_slices;
SELECT * FROM day_cursors;
SELECT state, slices_landed, slices_unchanged, requests, rows_inserted > 0 AS inserted, rows_updated
FROM elt.runs WHERE run_id > :run;

-- A revision changes exactly the revised rows: six series of each day that is asked again.
SELECT max(run_id) AS run FROM elt.runs \gset
CREATE TABLE before AS SELECT * FROM power;
SELECT count(*) FROM control.revision WHERE value = '1';
CALL elt.run('power');
SELECT r.rows_inserted, r.rows_updated = (SELECT count(*) FROM before b JOIN power p
		USING (country, production_type, ts) WHERE b.power_mw IS DISTINCT FROM p.power_mw) AS exact,
	r.rows_updated = (SELECT count(*) FROM power WHERE _run_id = r.run_id) AS stamped,
	r.rows_updated > 0 AS some, r.rows_unchanged > r.rows_updated AS most_unchanged
FROM elt.runs r WHERE run_id > :run;

-- A day that is not published yet stays open until it is.
-- Params that are no longer asked for hold back no cursor.
SELECT elt.alter_pipeline('power', options => '{"publication_delay": "-1 day"}', params => '{"country": ["de"]}');
SELECT * FROM day_cursors;
CALL elt.run('power');
SELECT day, state, http_status FROM day_slices WHERE country = 'de' AND day >= 0;
SELECT state, slices_not_yet FROM elt.runs ORDER BY run_id DESC LIMIT 1;
-- One that stays so beyond not_yet_limit fails and says so, and is asked for all the same.
SELECT elt.alter_pipeline('power', options => '{"not_yet_limit": "1 day"}');
CALL elt.run('power');
SELECT day, state, error FROM day_slices WHERE country = 'de' AND day > 0;
SELECT elt.alter_pipeline('power', options => '{"not_yet_limit": "1 microsecond"}');
CALL elt.run('power');
SELECT day, state, error FROM day_slices WHERE country = 'de' AND day > 0;
SELECT state, slices_not_yet, slices_failed FROM elt.runs ORDER BY run_id DESC LIMIT 1;
SELECT sqlstate FROM elt.slices WHERE state = 'failed';
SELECT * FROM day_cursors WHERE country = 'de';
SELECT count(*) FROM control.now WHERE value = (:'noon'::timestamptz + interval '2 days')::text;
CALL elt.run('power');
SELECT day, state, http_status FROM day_slices WHERE country = 'de' AND day >= 0;
SELECT * FROM day_cursors WHERE country = 'de';

-- Go back two days: they are asked again, and what was revised meanwhile is updated.
SELECT elt.reset_pipeline('power', :'today'::date - 2);
SELECT * FROM day_cursors WHERE country = 'de';
CALL elt.run('power');
SELECT rows_inserted, rows_updated, rows_unchanged > 0 AS unchanged FROM elt.runs
ORDER BY run_id DESC LIMIT 1;

-- Back to a time inside a window, or before the first one: cursors stand where windows begin.
SELECT elt.reset_pipeline('power', :'today'::date - 1 + time '13:45') > 0 AS reopened;
SELECT * FROM day_cursors WHERE country = 'de';
CALL elt.run('power');
SELECT * FROM day_cursors WHERE country = 'de';
SELECT elt.reset_pipeline('power', NULL);
SELECT elt.reset_pipeline('power', '-infinity') > 0 AS reopened;
CALL elt.run('power');
SELECT * FROM day_cursors WHERE country = 'de';

-- Windows have a first one and a last one.
SELECT elt.create_pipeline('for_ever', 'public_power', 'slices_for_ever', '{ts}', start_at => '-infinity');
SELECT elt.alter_pipeline('power', start_at => 'infinity');
SELECT elt.enqueue('power', '2024-01-01', 'infinity');
SELECT elt.backfill('power', '-infinity', '2024-01-01');
-- A later start_at asks for nothing that has landed already; an earlier one fills the gap.
SELECT elt.alter_pipeline('power', start_at => :'today'::date - 5, options => '{"publication_delay": "0"}');
CALL elt.run('power');
SELECT count(*) FILTER (WHERE state = 'landed') AS landed, min(day) FROM day_slices
WHERE country = 'de';

SELECT elt.drop_pipeline('power');
SELECT count(*) FROM control.reset;
DROP VIEW day_slices, day_cursors;
DROP TABLE power, before;
DROP SERVER replay CASCADE;
DROP SCHEMA control CASCADE;

-- A clock that was ahead: windows up to its date have landed without a row. When it is right again they are asked
-- for, once they are over; so are they where a row that comes twice would be there twice.
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE SERVER ahead_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE ahead_months (month date OPTIONS (param 'window_start'), n int) SERVER ahead_api
	OPTIONS (path '/echo', query 'body=%5B%7B%22n%22%3A1%7D%5D&month={window_start}', window '1 month', window_column 'month', window_format 'YYYY-MM-DD');
SELECT elt.create_pipeline('ahead', 'ahead_months', 'ahead', '{month}', start_at => date_trunc('month', now()) - interval '2 months'),
	elt.create_pipeline('ahead_once', 'ahead_months', 'ahead_once', strategy => 'append', start_at => date_trunc('month', now()) - interval '2 months');
CALL elt.run('ahead');
CALL elt.run('ahead_once');
SELECT pipeline, window_end = date_trunc('month', now()) AS at_this_month FROM elt.cursors WHERE pipeline LIKE 'ahead%' ORDER BY 1;
INSERT INTO elt_catalog.slice AS s (pipeline_id, window_start, window_end, state, complete, definition_version, first_tried_at, tried_at)
SELECT p.id, m, m + interval '1 month', 'empty', true, 1, m + interval '1 month', m + interval '1 month'
FROM elt_catalog.pipeline p, generate_series(date_trunc('month', now()), now() + interval '6 months', interval '1 month') m WHERE p.name LIKE 'ahead%'
ON CONFLICT (pipeline_id, params, window_start) DO UPDATE SET complete = true, rows = 0, state = 'empty';
UPDATE elt_catalog.cursor c SET window_end = date_trunc('month', now()) + interval '7 months', position = 'ahead'
FROM elt_catalog.pipeline p WHERE p.id = c.pipeline_id AND p.name LIKE 'ahead%';
CALL elt.run('ahead');
CALL elt.run('ahead_once');
SELECT pipeline, window_end = date_trunc('month', now()) AS at_this_month FROM elt.cursors WHERE pipeline LIKE 'ahead%' ORDER BY 1;
SELECT pipeline, count(*) FILTER (WHERE complete AND window_end > now()) AS believed, count(*) FILTER (WHERE state = 'landed') AS landed
FROM elt.slices WHERE pipeline LIKE 'ahead%' GROUP BY 1 ORDER BY 1;
SELECT elt.drop_pipeline('ahead'), elt.drop_pipeline('ahead_once');
DROP TABLE ahead, ahead_once;
DROP SERVER ahead_api CASCADE;
