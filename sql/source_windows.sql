-- The grid of windows and the format of their bounds, as EXPLAIN shows them without requests.
CREATE SCHEMA source_test;
SET search_path = source_test;
SET timezone = 'UTC';
SET datestyle = 'ISO';

CREATE SERVER source_api FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com');

-- "requests: first URL" of a query
CREATE FUNCTION asked(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	url text;
	requests text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		url := coalesce(url, substring(line FROM 'URL: https://api.example.com(.*)'));
		requests := coalesce(requests, substring(line FROM 'Requests: (.*)'));
	END LOOP;
	RETURN coalesce(requests, '?') || ': ' || replace(url, '%3A', ':');
END $$;

-- The windows of a span, one line per request: each is asked for alone
CREATE FUNCTION windows(step text, zone text, format text, first timestamptz, last timestamptz)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz := first;
	seen text;
	line text;
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE w (ts timestamptz) SERVER source_api OPTIONS (
		query ''{window_start}|{window_end}|{window_last}'', window %L, window_column ''ts'',
		window_format %L, window_time_zone %L)', step, format, zone);
	WHILE at < last LOOP
		line := asked(format('SELECT * FROM w WHERE ts = %L', at));
		IF line IS DISTINCT FROM seen THEN
			RETURN NEXT line;
		END IF;
		seen := line;
		at := at + interval '5 minutes';
	END LOOP;
	RETURN NEXT asked(format('SELECT * FROM w WHERE ts >= %L AND ts < %L', first, last));
	DROP FOREIGN TABLE w;
END $$;

-- Days are local: 23 and 25 hours long where clocks change, and begin at another UTC hour
SELECT windows('1 day', 'Europe/Berlin', 'iso', '2024-03-30 00:00+01', '2024-04-02 00:00+02');
SELECT windows('1 day', 'Europe/Berlin', 'YYYY-MM-DD', '2024-10-26 00:00+02', '2024-10-29 00:00+01');
SELECT windows('1 day', 'Europe/Berlin', 'unix', '2024-10-26 00:00+02', '2024-10-29 00:00+01');
SELECT windows('1 day', 'UTC', 'unix_ms', '2024-01-01', '2024-01-03');
SELECT windows('1 day', 'Europe/Berlin', 'YYYY-MM-DD"T"HH24:MI:SSOF', '2024-03-31 00:00+01', '2024-04-01 00:00+02');

-- Midnight does not exist in Beirut on this day, and happens in no zone of Samoa's lost day
SELECT windows('1 day', 'Asia/Beirut', 'iso', '2024-03-29 22:00+00', '2024-04-01 21:00+00');
SELECT windows('1 day', 'Pacific/Apia', 'iso', '2011-12-29 10:00+00', '2011-12-31 10:00+00');
-- Clocks in St. John's went back from 00:01 to 23:01 of the day before
SELECT windows('1 day', 'America/St_Johns', 'iso', '2009-10-31 02:30+00', '2009-11-02 03:30+00');

-- Hours of the 23-hour and the 25-hour day; six hours are cut at midnight
SELECT windows('1 hour', 'Europe/Berlin', 'HH24', '2024-03-31 00:00+01', '2024-03-31 05:00+02');
SELECT windows('1 hour', 'Europe/Berlin', 'iso', '2024-10-27 01:00+02', '2024-10-27 04:00+01');
SELECT windows('6 hours', 'Europe/Berlin', 'iso', '2024-03-31 00:00+01', '2024-04-01 00:00+02');
SELECT windows('6 hours', 'Europe/Berlin', 'iso', '2024-10-27 00:00+02', '2024-10-28 00:00+01');
SELECT windows('1 hour', 'Asia/Kolkata', 'iso', '2024-01-01 00:00+00', '2024-01-01 02:00+00');
SELECT windows('15 minutes', 'UTC', 'YYYY-MM-DD HH24:MI', '2024-01-01 00:07', '2024-01-01 00:40');

-- Seven days begin on Monday
CREATE FOREIGN TABLE w (ts timestamptz) SERVER source_api OPTIONS (query '{window_start}|{window_end}|{window_last}',
	window '7 days', window_column 'ts', window_format 'Dy YYYY-MM-DD');
SELECT asked($$SELECT * FROM w WHERE ts = '2024-01-07 23:59'$$), asked($$SELECT * FROM w WHERE ts = '2024-01-08'$$),
	asked($$SELECT * FROM w WHERE ts = '1999-12-31'$$);
-- Months, quarters, years
ALTER FOREIGN TABLE w OPTIONS (SET window '1 month', SET window_format 'YYYY-MM', ADD window_time_zone 'Europe/Berlin');
SELECT asked($$SELECT * FROM w WHERE ts >= '2024-01-31 22:59' AND ts < '2024-02-01'$$),
	asked($$SELECT * FROM w WHERE ts = '1999-12-31 23:30'$$);
ALTER FOREIGN TABLE w OPTIONS (SET window '3 months', SET window_format 'YYYY-MM-DD');
SELECT asked($$SELECT * FROM w WHERE ts = '2024-02-29'$$), asked($$SELECT * FROM w WHERE ts = '1969-12-24'$$);
ALTER FOREIGN TABLE w OPTIONS (SET window '1 year', SET window_format 'YYYY');
SELECT asked($$SELECT * FROM w WHERE ts BETWEEN '2022-06-01' AND '2024-06-01'$$);
DROP FOREIGN TABLE w;

-- Bounds are widened outward to whole windows, whatever clauses say them
CREATE FOREIGN TABLE w (ts timestamptz) SERVER source_api OPTIONS (query '{window_start}',
	window '1 day', window_column 'ts', window_format 'YYYY-MM-DD');
SELECT asked($$SELECT * FROM w WHERE ts >= '2024-01-01' AND ts < '2024-01-04'$$);
SELECT asked($$SELECT * FROM w WHERE ts >= '2024-01-01' AND ts <= '2024-01-04'$$);
SELECT asked($$SELECT * FROM w WHERE ts BETWEEN '2024-01-01 12:00' AND '2024-01-03 12:00'$$);
SELECT asked($$SELECT * FROM w WHERE '2024-01-01 12:00' < ts AND '2024-01-03 12:00' > ts$$);
SELECT asked($$SELECT * FROM w WHERE ts > '2024-01-01' AND ts < '2024-01-09' AND ts > '2024-01-03' AND ts < '2024-01-05'$$);
SELECT asked($$SELECT * FROM w WHERE ts >= date '2024-01-01' AND ts < timestamp '2024-01-03'$$);
SELECT asked($$SELECT * FROM w WHERE ts > '2024-01-05' AND ts < '2024-01-01'$$);
SELECT asked($$SELECT * FROM w WHERE ts >= '2024-01-01' AND ts < NULL$$);
SET timezone = 'America/New_York';
SELECT asked($$SELECT * FROM w WHERE ts >= '2024-01-01' AND ts < '2024-01-02'$$);
SET timezone = 'UTC';
SELECT asked($$SELECT * FROM w WHERE ts >= (SELECT min(d) FROM generate_series(timestamptz '2024-01-01', '2024-01-02', '1 day') d) AND ts < '2024-01-05'$$);
PREPARE from_to AS SELECT * FROM w WHERE ts >= $1 AND ts < $2;
SELECT asked($$EXECUTE from_to('2024-01-01', '2024-01-03')$$);
SET plan_cache_mode = force_generic_plan;
SELECT asked($$EXECUTE from_to('2024-01-01', '2024-01-06')$$);
RESET plan_cache_mode;
DEALLOCATE from_to;
-- A bound that is missing, or infinite
SELECT asked($$SELECT * FROM w$$);
SELECT asked($$SELECT * FROM w WHERE ts >= '2024-01-01'$$);
SELECT asked($$SELECT * FROM w WHERE ts < '2024-01-01'$$);
SELECT asked($$SELECT * FROM w WHERE ts >= '-infinity' AND ts < '2024-01-01'$$);
SELECT asked($$SELECT * FROM w WHERE ts >= '0001-01-01' AND ts < '9999-01-01'$$);
-- clock_timestamp() changes while the query runs: no bound
SELECT asked($$SELECT * FROM w WHERE ts >= '2024-01-01' AND ts < clock_timestamp()$$);
DROP FOREIGN TABLE w;

-- Columns without a time zone are about the window's zone
CREATE FOREIGN TABLE w (day date, at timestamp) SERVER source_api OPTIONS (query '{window_start}',
	window '1 day', window_column 'day', window_time_zone 'Europe/Berlin');
SELECT asked($$SELECT * FROM w WHERE day = '2024-01-02'$$);
SELECT asked($$SELECT * FROM w WHERE day BETWEEN '2024-01-01' AND '2024-01-03'$$);
SELECT asked($$SELECT * FROM w WHERE day >= '2024-01-01' AND day < '2024-01-03'$$);
SELECT asked($$SELECT * FROM w WHERE day >= timestamptz '2024-01-01 12:00' AND day < timestamptz '2024-01-03 12:00'$$);
ALTER FOREIGN TABLE w OPTIONS (SET window_column 'at');
SELECT asked($$SELECT * FROM w WHERE at >= '2024-01-01' AND at < '2024-01-02 00:00:01'$$);
ALTER FOREIGN TABLE w OPTIONS (SET window '6 hours', SET window_column 'day');
SELECT asked($$SELECT * FROM w WHERE day = '2024-03-31'$$);

-- An end in the future is now, where the API wants it so; a window that is over is asked for whole
CREATE FOREIGN TABLE open (ts timestamptz) SERVER source_api OPTIONS (query '{window_start}|{window_end}|{window_last}',
	window '1 year', window_column 'ts', window_format 'YYYY', window_clamp 'true');
SELECT asked($$SELECT * FROM open WHERE ts = now()$$) = format('1: ?%1$s|%1$s|%1$s', to_char(now(), 'YYYY')) AS ends_now,
	asked($$SELECT * FROM open WHERE ts = '2020-02-02'$$), asked($$SELECT * FROM open WHERE ts = now() + interval '3 years'$$)
	= format('1: ?%1$s|%1$s|%1$s', to_char(now() + interval '3 years', 'YYYY')) AS never_before_its_start;
ALTER FOREIGN TABLE open OPTIONS (SET window_clamp 'false');
SELECT asked($$SELECT * FROM open WHERE ts = now()$$)
	= format('1: ?%1$s|%2$s|%1$s', to_char(now(), 'YYYY'), to_char(now() + interval '1 year', 'YYYY')) AS ends_later;

SET client_min_messages = warning;
DROP SERVER source_api CASCADE;
DROP SCHEMA source_test CASCADE;
