-- Each row is a line of TAP.
\set ON_ERROR_STOP 1
SET client_min_messages = warning;
CREATE SERVER counter FOREIGN DATA WRAPPER elt_counting;
CREATE FOREIGN TABLE counts (name text OPTIONS (param 'name'), n int) SERVER counter OPTIONS (up_to '5');

CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'none';
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate || ' ' || sqlerrm;
END $$;

CREATE FUNCTION plan_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || statement LOOP
		plan := plan || line || ' ';
	END LOOP;
	RETURN plan;
END $$;

CREATE FUNCTION says(truth boolean, what text) RETURNS text LANGUAGE sql
AS $$ SELECT CASE WHEN truth THEN 'ok - ' ELSE 'not ok - ' END || what $$;

SELECT says((SELECT array_agg(name || n ORDER BY name, n) FROM counts WHERE name IN ('a', 'b') AND n < 3)
	= '{a1,a2,b1,b2}', 'a SELECT reads it');
SELECT says(plan_of($$SELECT * FROM counts WHERE name = 'a'$$) LIKE '%rows=5 %Counts To: 5%',
	'EXPLAIN tells of it, with its own guess of rows');
SELECT says(error_of($$SELECT * FROM counts WHERE name = 'broken'$$) = '58030 the counter is broken',
	'a failure reads as the kind says');
SELECT says(error_of($$ALTER FOREIGN TABLE counts OPTIONS (SET up_to 'many')$$)
	= 'HV024 invalid value "many" for option "up_to"', 'its options are checked');
SELECT says(error_of($$CREATE SERVER other FOREIGN DATA WRAPPER elt_counting OPTIONS (url 'http://x')$$)
	= 'HV00D invalid option "url"', 'and those of another kind refused');
SELECT elt.create_pipeline('counted', 'counts', 'counted', '{name,n}', params => '{"name": ["a", "b"]}') AS made \gset
CALL elt.run('counted');
SELECT says((SELECT count(*) FROM counted) = 10, 'a pipeline lands it');
SELECT says((SELECT count(*) FROM elt.request_log) = 0, 'and logs no requests');
SELECT elt.alter_pipeline('counted', params => '{"name": ["c", "broken"]}') AS made \gset
SELECT says(error_of($$SELECT elt.alter_pipeline('counted', params => '{"name": ["c"], "colour": ["red"]}')$$)
	LIKE '22023 foreign table % has no param "colour"', 'an unknown param is refused');
SELECT says(error_of($$CREATE FOREIGN TABLE bad (n int) SERVER counter OPTIONS (window '1 day')$$)
	= 'HV002 option "window" needs option "window_column"', 'it has windows, whose options are checked');
SELECT says(error_of($$CREATE FOREIGN TABLE bad (n int) SERVER counter
	OPTIONS (window '1 day', window_column 'n', cursor_column 'n')$$)
	= 'HV00D options "window" and "cursor_column" exclude each other', 'and cursors, instead of them');
CREATE FOREIGN TABLE wrong (n int) SERVER counter OPTIONS (window '1 day', window_column 'n');
SELECT says(error_of($$SELECT * FROM wrong$$)
	LIKE '42804 window_column "n" of foreign table % has type integer', 'of columns of the right type');
CREATE FOREIGN TABLE days (n int, at timestamptz) SERVER counter
	OPTIONS (up_to '2', window '1 day', window_column 'at', window_time_zone 'Europe/Berlin');
SELECT elt.create_pipeline('days', 'days', 'days_t', '{n,at}', start_at => '2024-01-01') AS made \gset
CALL elt.run('days', '2024-01-01 00:00+01', '2024-01-04 00:00+01');
SELECT says((SELECT array_agg(DISTINCT at ORDER BY at) FROM days_t)
	= '{2023-12-31 23:00+00,2024-01-01 23:00+00,2024-01-02 23:00+00}', 'a pipeline asks for each window');
\set ON_ERROR_STOP 0
CALL elt.run('counted');
SELECT says((SELECT count(*) FROM counted WHERE name = 'c') = 5, 'a slice that fails leaves the others alone');
