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
	LIKE '22023 foreign table "%" has no param "colour"', 'an unknown param is refused');
SELECT says(error_of($$CREATE FOREIGN TABLE bad (n int) SERVER counter OPTIONS (window '1 day')$$)
	= 'HV002 option "window" requires option "window_column"', 'it has windows, whose options are checked');
SELECT says(error_of($$CREATE FOREIGN TABLE bad (n int) SERVER counter
	OPTIONS (window '1 day', window_column 'n', cursor_column 'n')$$)
	= 'HV00D options "window" and "cursor_column" are mutually exclusive', 'and cursors, instead of them');
CREATE FOREIGN TABLE wrong (n int) SERVER counter OPTIONS (window '1 day', window_column 'n');
SELECT says(error_of($$SELECT * FROM wrong$$)
	LIKE '42804 window_column "n" of source "%" cannot have type integer', 'of columns of the right type');
CREATE FOREIGN TABLE days (n int, at timestamptz) SERVER counter
	OPTIONS (up_to '2', window '1 day', window_column 'at', window_time_zone 'Europe/Berlin');
SELECT elt.create_pipeline('days', 'days', 'days_t', '{n,at}', start_at => '2024-01-01') AS made \gset
CALL elt.run('days', '2024-01-01 00:00+01', '2024-01-04 00:00+01');
SELECT says((SELECT array_agg(DISTINCT at ORDER BY at) FROM days_t)
	= '{2023-12-31 23:00+00,2024-01-01 23:00+00,2024-01-02 23:00+00}', 'a pipeline asks for each window');
\set ON_ERROR_STOP 0
CALL elt.run('counted');
SELECT says((SELECT count(*) FROM counted WHERE name = 'c') = 5, 'a slice that fails leaves the others alone');

-- Positions: the text of the last page whose rows landed, per combination of params
ALTER FOREIGN TABLE counts OPTIONS (SET up_to '10');
SELECT elt.alter_pipeline('counted', params => '{"name": ["c", "d"]}') AS made \gset
CREATE VIEW standing AS SELECT string_agg(params ->> 'name' || ' ' || position, ', ' ORDER BY params) AS now
	FROM elt.cursors WHERE pipeline = 'counted' AND params ->> 'name' IN ('c', 'd');
SELECT says((SELECT now FROM standing) = 'c up to 5', 'a landing keeps the position of the last page');
CALL elt.run('counted');
SELECT says((SELECT now FROM standing) = 'c up to 10, d up to 10', 'which moves with the next one');
SELECT says((SELECT array_agg(rows ORDER BY params) FROM elt.slices WHERE pipeline = 'counted' AND params ->> 'name' IN ('c', 'd'))
	= '{5,10}', 'and each combination goes on from its own');
SELECT says((SELECT count(*) FROM counted WHERE name = 'c') = 10, 'without a gap');
ALTER FOREIGN TABLE counts OPTIONS (SET up_to '12');
SELECT elt.add_check('counted', 'small', 'n < 11', action => 'fail') AS made \gset
CALL elt.run('counted');
SELECT says((SELECT now FROM standing) = 'c up to 10, d up to 10', 'a batch that does not land leaves it');
SELECT elt.drop_check('counted', 'small') AS made \gset
CALL elt.run('counted');
SELECT says((SELECT now FROM standing) = 'c up to 12, d up to 12'
	AND (SELECT count(*) FROM counted WHERE name = 'd') = 12, 'and the next run brings what it lacked');
CALL elt.run('counted');
SELECT says((SELECT now FROM standing) = 'c up to 12, d up to 12', 'no page, no other position');
SELECT says((SELECT count(*) FROM counts WHERE name = 'c') = 12, 'a SELECT knows none');
ALTER FOREIGN TABLE counts OPTIONS (SET up_to '27');
SELECT elt.alter_pipeline('counted', params => '{"name": ["c", "d"]}', options => '{"batch_rows": 5}') AS made \gset
SELECT elt.add_check('counted', 'small', 'n < 25', action => 'fail') AS made \gset
CALL elt.run('counted');
SELECT says((SELECT now FROM standing) = 'c up to 24, d up to 12', 'a batch ends after a page with a position');
SELECT says((SELECT array_agg(NOT complete) FROM elt.slices WHERE pipeline = 'counted' AND params ->> 'name' = 'c')
	= '{true}', 'which is no whole slice');
SELECT elt.drop_check('counted', 'small') AS made \gset
CALL elt.run('counted');
SELECT says((SELECT now FROM standing) = 'c up to 27, d up to 27'
	AND (SELECT count(*) FROM counted WHERE name IN ('c', 'd')) = 54, 'and the rest comes with the next ones');
SELECT says((SELECT (state, slices_landed, rows_read, batches) = ('succeeded', 4, 18, 4) FROM elt.runs WHERE pipeline = 'counted'
	ORDER BY run_id DESC LIMIT 1), 'each of which counts what it landed');

-- Rows instead of pages
\set ON_ERROR_STOP 1
CREATE SERVER clock FOREIGN DATA WRAPPER elt_ticking;
CREATE FOREIGN TABLE ticks (name text OPTIONS (param 'name'), gone int, n int, at timestamptz) SERVER clock OPTIONS (up_to '2500');
ALTER FOREIGN TABLE ticks DROP COLUMN gone;
SET timezone = 'UTC';
SELECT says((SELECT count(*) = 5000 AND count(DISTINCT n) = 2500 AND count(DISTINCT name) = 2
	AND max(at) = '2000-01-02 17:40' FROM ticks WHERE name IN ('a', 'b')), 'a SELECT reads rows');
SELECT says(plan_of($$SELECT * FROM ticks WHERE name = 'a'$$) LIKE '%rows=2500 %Ticks: 2500%', 'EXPLAIN tells of them');
SELECT says((SELECT count(*) FROM (SELECT FROM ticks WHERE name = 'a' LIMIT 3) t) = 3, 'a SELECT may stop among them');
SELECT says((SELECT count(*) FROM (VALUES ('a'), ('b')) v(name), LATERAL (SELECT FROM ticks t WHERE t.name = v.name LIMIT 1200) t)
	= 2400, 'and begin again');
ALTER FOREIGN TABLE ticks OPTIONS (ADD unfit '1700');
SELECT says(error_of($$SELECT count(*) FROM ticks WHERE name = 'a'$$) LIKE '% could not convert record 1700 to a row: the tick is no row',
	'one that is no row is an error of the SELECT');
SELECT elt.create_pipeline('ticked', 'ticks', 'ticked', '{name,n,at}', params => '{"name": ["a", "b"]}',
	start_at => '2000-01-01 00:03', partition_by => 'at', partition_interval => '1 month') AS made \gset
SELECT says((SELECT array_agg(p ->> 'n') FROM elt.preview('ticked', 3) p) = '{1,2,3}', 'a preview shows rows');
\set ON_ERROR_STOP 0
CALL elt.run('ticked');
SELECT says((SELECT count(*) = 4994 AND min(n) = 3 AND max(n) = 2500 FROM ticked), 'a pipeline lands rows');
SELECT says((SELECT string_agg(params ->> 'name' || ' ' || record || ' ' || reason, ', ' ORDER BY params, record) FROM elt.rejects
	WHERE pipeline = 'ticked') = 'a 1 out_of_range, a 2 out_of_range, a 1700 parse, b 1 out_of_range, b 2 out_of_range, b 1700 parse',
	'what is refused has the number of its record');
ALTER FOREIGN TABLE ticks OPTIONS (SET up_to '2600');
CALL elt.run('ticked');
SELECT says((SELECT sum(rows) FROM elt.slices WHERE pipeline = 'ticked') = 200
	AND (SELECT count(*) FROM ticked) = 5194, 'and goes on from the position of the last row');
SELECT says((SELECT array_agg(position) FROM elt.cursors WHERE pipeline = 'ticked') = '{2600,2600}', 'which is kept');
SELECT says((SELECT count(*) FROM elt.drift WHERE pipeline = 'ticked') = 0, 'rows lack no fields');
ALTER FOREIGN TABLE ticks OPTIONS (SET up_to '7300');
ALTER FOREIGN TABLE ticks OPTIONS (SET unfit '5000');
SELECT elt.alter_pipeline('ticked', params => '{"name": ["a"]}', options => '{"batch_rows": 1500}') AS made \gset
CALL elt.run('ticked');
SELECT says((SELECT max(batch) FROM elt.steps WHERE pipeline = 'ticked') = 3,
	'batches of rows end as well');
SELECT says((SELECT count(*) = 7296 AND max(n) = 7300 FROM ticked WHERE name = 'a')
	AND (SELECT count(*) FROM elt.rejects WHERE pipeline = 'ticked' AND params ->> 'name' = 'a') = 4, 'and nothing gets lost between them');
SELECT elt.create_pipeline('once', 'ticks', 'once', '{name,n,at}', params => '{"name": ["a"]}', options => '{"batch_rows": 3000}',
	start_at => '2000-01-01 00:03', partition_by => 'at', partition_interval => '1 month') AS made \gset
CALL elt.run('once');
SELECT says((SELECT max(batch) FROM elt.steps WHERE pipeline = 'once') = 3
	AND (SELECT array_agg(record ORDER BY record) FROM elt.rejects WHERE pipeline = 'once') = '{1,2,5000}',
	'a later one leaves the rejects of those before it');
CALL elt.pull('once');
SELECT says((SELECT array_agg(position) FROM elt.cursors WHERE pipeline = 'once') = '{7300}', 'staging alone moves nothing');
