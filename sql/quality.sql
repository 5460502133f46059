-- What checks have found: shares, keys of rows, and quality by day.
SET timezone = 'UTC';
SET client_min_messages = error;
CREATE SCHEMA quality_test;
SET search_path = quality_test;
SELECT current_setting('data_directory') || '/elt_quality_test' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SERVER quality_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE item (id int, part text, n int, at timestamptz) SERVER quality_files OPTIONS (glob 'item.csv', settle '0', on_change 'merge', format 'csv');
SELECT elt.create_pipeline('items', 'item', 'quality_test.items', '{id,part}');
SELECT elt.add_check('items', name, expression, action) FROM (VALUES
	('warned', 'n < 5', 'warn'), ('quarantined', 'n < 9', 'quarantine'), ('by_sql', 'n * 2 < 18', 'warn'), ('one_part', elt.is_unique('{part}'), 'warn'), ('"a b"', elt.not_null('n'), 'drop'),
	('passes', 'n IS NOT NULL OR id > 0', 'fail')) AS c(name, expression, action);
SELECT elt.add_batch_check('items', 'enough', elt.row_count(), fail_if => '< 1');
SELECT elt.add_batch_check('items', 'fresh', elt.freshness('at'), warn_if => '> 60');
SELECT elt.add_batch_check('items', 'usual', elt.deviation('count(*)'), fail_if => '> 1');
DO $$
BEGIN
	EXECUTE format('COPY (SELECT i AS id, ''p'' || i / 2 AS part, nullif(i, 4) AS n, ''2024-01-01'' AS at FROM generate_series(1, 10) i UNION ALL SELECT 1, ''p0'', 1, ''2024-01-01'') TO %L (FORMAT csv, HEADER)',
		current_setting('data_directory') || '/elt_quality_test/item.csv');
END $$;
CALL elt.run('items');
SELECT check_name, dimension, rows_checked, rows_failed, percent_failed, verdict, sample_keys FROM elt.check_results WHERE pipeline = 'items';
SELECT rows_read, rows_quarantined, rows_dropped, rows_duplicate, slices_landed FROM elt.runs WHERE pipeline = 'items';
UPDATE elt_catalog.run SET started_at = '2024-05-01 20:00+00', finished_at = '2024-05-01 20:00+00', slices_failed = 1, slices_not_yet = 3 WHERE pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = 'items');
UPDATE elt_catalog.check_result SET checked_at = '2024-05-01 20:00+00' WHERE pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = 'items');
SELECT * FROM elt.quality WHERE pipeline = 'items';
-- By hand: completeness of "a b", enough and 1 slice of 2; validity of by_sql, passes, quarantined, warned and 2 of 11 quarantined; uniqueness of one_part
-- and no duplicate of 11; timeliness of fresh, warned, and 1 slice of 4.
SELECT round((10 / 11.0 + 1 + 1 / 2.0) / 3 * 100, 2) AS completeness, round(((9 / 11.0) + 1 + 9 / 11.0 + 5 / 11.0 + 9 / 11.0) / 5 * 100, 2) AS validity,
	round((6 / 11.0 + 10 / 11.0) / 2 * 100, 2) AS uniqueness, round((0.5 + 0.25) / 2 * 100, 2) AS timeliness;

-- Keys are data: who may not read the target does not see them.
CREATE ROLE quality_reader;
GRANT elt_reader TO quality_reader;
SET ROLE quality_reader;
SELECT count(sample_keys), count(rows_failed) FROM elt.check_results WHERE pipeline = 'items';
RESET ROLE;
-- Rows that break nothing but a native check that warns are counted without being looked for; then their keys are.
SELECT count(elt.drop_check('items', name)) FROM elt.checks WHERE pipeline = 'items' AND name <> 'warned';
SELECT elt.reload_file('items', 'item.csv');
CALL elt.run('items');
SELECT check_name, rows_failed, sample_keys FROM elt.check_results WHERE pipeline = 'items' ORDER BY run_id DESC LIMIT 1;

-- What expressions tell.
SELECT e, elt_catalog.check_dimension(e) FROM unnest(ARRAY[elt.not_null('a b'), elt.is_unique('{a}'), ' unique nulls not distinct (a)', elt.in_range('a', '1'), elt.null_ratio('a'), elt.duplicates('{a,b}'),
	elt.row_count(), elt.deviation('count(*)'), elt.gaps('at', '1 hour'), elt.freshness('at'), elt.psi('a'), 'a IS NOT NULL AND b > 1', 'max(a)']) AS e;
SELECT elt.drop_pipeline('items');
DROP SCHEMA quality_test CASCADE;
DROP SERVER quality_files;
REVOKE elt_reader FROM quality_reader;
DROP ROLE quality_reader;
