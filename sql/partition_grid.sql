-- Where partitions begin and end over ten years, against local times that SQL lists.
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA grid_test;
SET search_path = grid_test;
CREATE TABLE zones (zone text);
INSERT INTO zones VALUES ('UTC'), ('Europe/Berlin'), ('America/New_York'), ('Asia/Kolkata'), ('Australia/Lord_Howe');
-- Days and months begin at local midnights, weeks on Mondays.
CREATE VIEW local_spans AS
SELECT zone, i.step, g AT TIME ZONE zone AS lower_bound, (g + i.step) AT TIME ZONE zone AS upper_bound
FROM zones, (VALUES (interval '1 day'), ('7 days'), ('1 month'), ('3 months'), ('1 year')) i(step),
	generate_series(CASE step WHEN '7 days' THEN timestamp '2014-12-29' ELSE '2015-01-01' END, '2025-01-01', step) g;
-- Parts of a day are counted from midnight UTC.
CREATE VIEW short_spans AS
SELECT zone, i.step, g AS lower_bound, g + i.step AS upper_bound
FROM zones, (VALUES (interval '1 hour'), ('6 hours')) i(step),
	generate_series(timestamptz '2015-01-01', '2025-01-01', step) g;
SELECT zone, step, count(*), count(*) FILTER (WHERE (s.lower_bound, s.upper_bound) <> (e.lower_bound, e.upper_bound)) AS wrong
FROM (TABLE local_spans UNION ALL TABLE short_spans) e,
	LATERAL (SELECT e.lower_bound WHERE step >= '1 day' UNION ALL SELECT e.upper_bound - interval '1 microsecond') AS v(at),
	elt_catalog.partition_span(v.at, e.step, e.zone) s
GROUP BY 1, 2 ORDER BY 1, 2;
-- Each span ends where the next one begins.
SELECT count(*) FROM (SELECT upper_bound, lead(lower_bound) OVER (PARTITION BY zone, step ORDER BY lower_bound) AS next FROM local_spans) s
WHERE upper_bound <> next;
SELECT elt_catalog.partition_span(now(), '7 hours', 'UTC');
SELECT elt_catalog.partition_span(now(), '1 day', 'Europe/Atlantis');
SET client_min_messages = warning;
DROP SCHEMA grid_test CASCADE;
