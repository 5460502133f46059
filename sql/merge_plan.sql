-- Plans of a merge: key ranges without the gaps of the batch, chunks, or the other statement.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = warning;
CREATE SCHEMA plan_test;
SET search_path = plan_test;
CREATE SERVER plan_api FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:1', allow_private 'true');
CREATE FOREIGN TABLE readings_api (ts timestamptz, series int, value int) SERVER plan_api;

-- As elt.pull leaves them.
CREATE FUNCTION stage(what text, rows text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	new_run bigint;
	n bigint;
BEGIN
	EXECUTE format('TRUNCATE elt_staging.%I; INSERT INTO elt_staging.%1$I SELECT r.*, 1, now() FROM (%s) AS r', what, rows);
	EXECUTE format('SELECT count(*) FROM elt_staging.%I', what) INTO n;
	INSERT INTO elt_catalog.run (pipeline_id, kind, state, requested_by)
	SELECT id, 'pull', 'running', current_user::regrole FROM elt_catalog.pipeline WHERE name = what
	RETURNING id INTO new_run;
	INSERT INTO elt_catalog.staged_batch (pipeline_id, run_id, batch, definition_version, complete)
	SELECT pipeline_id, id, 1, 1, true FROM elt_catalog.run WHERE id = new_run;
	INSERT INTO elt_catalog.staged_slice (pipeline_id, window_start, window_end, state, complete, attempts,
		tried_at, requests, rows, rejected, bytes)
	SELECT pipeline_id, '-infinity', 'infinity', 'landed', true, 1, now(), 1, n, 0, 0 FROM elt_catalog.run WHERE id = new_run;
	RETURN n;
END
$$;
-- What a merge's statements say about ranges, line by line.
CREATE FUNCTION ranges(what text) RETURNS SETOF text LANGUAGE sql AS $$
SELECT replace(replace(btrim(line, E'\t '), '::timestamp with time zone', ''), ' 00:00:00+00', '') FROM string_to_table(elt.merge_sql(what), E'\n') AS line WHERE line LIKE '%BETWEEN%'
$$;
CREATE FUNCTION readings(first timestamptz, n int) RETURNS TABLE (ts timestamptz, series int, value int) LANGUAGE sql AS $$
SELECT first + i / 10 * interval '15 min', i % 10, i FROM generate_series(0, n - 1) AS i
$$;

SELECT elt.create_pipeline('readings', 'readings_api', 'readings', '{ts,series}');
-- One row that is years late, then rows of several times
SELECT stage('readings', $$SELECT * FROM readings('2024-01-01', 2000) UNION ALL SELECT '2001-01-01', 0, 0$$);
SELECT * FROM ranges('readings');
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged FROM elt.merge('readings');
SELECT stage('readings', $$SELECT * FROM readings('2024-01-01', 1000) UNION ALL SELECT * FROM readings('2024-01-20', 1000)
	UNION ALL SELECT '2001-01-01', 0, 1 UNION ALL SELECT '1850-01-01', 0, 1 UNION ALL SELECT '-infinity', 0, 0$$);
SELECT * FROM ranges('readings');
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged FROM elt.merge('readings');
-- A key that comes twice, a key that is missing: the rows of the batch still tell where it lies.
SELECT stage('readings', $$SELECT * FROM readings('2024-01-01', 1000) UNION ALL SELECT * FROM readings('2024-01-01', 500)
	UNION ALL SELECT '2001-01-01', 0, 1 UNION ALL SELECT '1900-01-01', NULL, 1$$);
SELECT * FROM ranges('readings');
SELECT rows_read, rows_inserted, rows_unchanged, rows_duplicate, rows_quarantined FROM elt.merge('readings');
-- A few rows are found one by one, wherever they lie.
SELECT stage('readings', $$SELECT * FROM readings('2024-01-01', 100) UNION ALL SELECT '2001-01-01', 0, 1$$);
SELECT * FROM ranges('readings');
SELECT rows_unchanged FROM elt.merge('readings');

-- Numbers as keys: all of them are integers inside, or one range.
CREATE FOREIGN TABLE numbers_api (a smallint, b date, c numeric, value int) SERVER plan_api;
SELECT elt.create_pipeline('by_small', 'numbers_api', 'by_small', '{a}'),
	elt.create_pipeline('by_date', 'numbers_api', 'by_date', '{b}'),
	elt.create_pipeline('by_numeric', 'numbers_api', 'by_numeric', '{c}');
SELECT p, stage(p, $$SELECT CASE i WHEN 0 THEN -32768 ELSE i END, CASE i WHEN 0 THEN 'infinity' ELSE date '2024-01-01' + i END,
	CASE i WHEN 0 THEN 'NaN' ELSE i / 100.0 END, i FROM generate_series(0, 1500) AS i$$)
FROM unnest('{by_small,by_date,by_numeric}'::text[]) AS p;
SELECT p, r FROM unnest('{by_small,by_date,by_numeric}'::text[]) AS p, ranges(p) AS r;
SELECT p, rows_inserted FROM unnest('{by_small,by_date,by_numeric}'::text[]) AS p, elt.merge(p);

-- Scattered over many partitions: chunks of the batch, each with the partitions of its own.
SELECT elt.create_pipeline('parts', 'readings_api', 'parts', '{series,ts}', partition_by => 'ts', partition_interval => '1 month');
DO $$ BEGIN FOR m IN 0 .. 29 LOOP
	EXECUTE format('CREATE TABLE parts_%s PARTITION OF parts FOR VALUES FROM (%L) TO (%L)', m,
		timestamptz '2022-01-01' + m * interval '1 month', timestamptz '2022-01-01' + (m + 1) * interval '1 month');
END LOOP; END $$;
INSERT INTO parts SELECT '2022-01-01'::timestamptz + i / 4 * interval '28 min', i % 4, i, 0, now() FROM generate_series(0, 160000) AS i;
CREATE TABLE batch AS SELECT ts, series, CASE WHEN n % 2 = 0 THEN value + 1 ELSE value END AS value
	FROM (SELECT *, row_number() OVER (ORDER BY ts, series) AS n FROM parts) AS x WHERE n % 64 IN (1, 8)
	UNION ALL SELECT ts + interval '1 min', series, -1 FROM parts WHERE value % 64 = 1;
CREATE TABLE expected AS SELECT ts, series, coalesce(b.value, p.value) AS value FROM parts AS p FULL JOIN batch AS b USING (ts, series);
SELECT stage('parts', 'SELECT * FROM batch ORDER BY hashint4(value)');
SELECT count(*) / 2 AS chunks, count(DISTINCT line) AS lines FROM ranges('parts') AS line;
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged FROM elt.merge('parts');
SELECT count(*) AS differences FROM (
	(TABLE expected EXCEPT ALL SELECT ts, series, value FROM parts)
	UNION ALL (SELECT ts, series, value FROM parts EXCEPT ALL TABLE expected)) AS d;
-- The same with every row twice, of which the later one is new
SELECT stage('parts', 'SELECT * FROM batch UNION ALL SELECT ts, series, value + 7 FROM batch');
SELECT count(*) / 2 AS chunks FROM ranges('parts') AS line;
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged, rows_duplicate FROM elt.merge('parts');
SELECT count(*) FILTER (WHERE p.value = b.value + 7) = count(*) AS later FROM batch AS b JOIN parts AS p USING (ts, series);
-- The same with a few of them twice
SELECT stage('parts', 'SELECT * FROM batch UNION ALL SELECT ts, series, value + 9 FROM batch WHERE value % 20 = 0');
SELECT count(*) / 2 AS chunks, bool_or(elt.merge_sql('parts') ~ 'ctid NOT IN') AS apart FROM ranges('parts') AS line;
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged, rows_duplicate FROM elt.merge('parts');
SELECT count(*) FILTER (WHERE p.value = b.value + CASE WHEN b.value % 20 = 0 THEN 9 ELSE 0 END) = count(*) AS later
FROM batch AS b JOIN parts AS p USING (ts, series);

-- Triggers see what a merge writes.
CREATE TABLE seen (op text, n bigint);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO plan_test.seen SELECT TG_OP, count(*) FROM written;
	RETURN NULL;
END
$$;
CREATE TRIGGER inserts AFTER INSERT ON readings REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION see();
CREATE TRIGGER updates AFTER UPDATE ON readings REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION see();
SELECT stage('readings', $$SELECT ts, series, -1 FROM readings('2024-01-01', 40) UNION ALL SELECT * FROM readings('2025-01-01', 20)$$);
SELECT rows_inserted, rows_updated FROM elt.merge('readings');
TABLE seen ORDER BY op;

-- MERGE refuses a table with rules.
CREATE RULE keep AS ON DELETE TO readings DO INSTEAD NOTHING;
SELECT stage('readings', $$SELECT * FROM readings('2024-01-01 01:00', 2000) UNION ALL SELECT '2001-01-01', 0, 1$$);
SELECT elt.merge_sql('readings') ~ 'WITH classified' AS classified;
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged FROM elt.merge('readings');

SELECT elt.drop_pipeline(p.name) FROM elt.pipelines p WHERE p.name IN ('readings', 'by_small', 'by_date', 'by_numeric', 'parts')
ORDER BY p.name;
SELECT elt.drop_policy('parts');
DROP SCHEMA plan_test CASCADE;
DROP SERVER plan_api;
