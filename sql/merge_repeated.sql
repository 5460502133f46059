-- Batches in which few keys repeat: their rows are sorted apart. The outcome is that of sorting all of them.
SET client_min_messages = error;
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA repeated_test;
SET search_path = repeated_test;
SELECT current_setting('data_directory') || '/elt_repeated_test' AS root \gset
SELECT format('cat >/dev/null; mkdir -p %s', :'root') AS mkdir, :'root' || '/rows.csv' AS rows \gset
COPY (SELECT 1) TO PROGRAM :'mkdir';
CREATE SERVER repeated_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE rows_api (id text, n int, version int, gone boolean, at date, a numeric, b text)
	SERVER repeated_files OPTIONS (glob 'rows.csv', settle '0', on_change 'merge');

-- 6,000 rows; each tenth key has two or three, which agree, differ, or have the same version; some lack a key.
CREATE FUNCTION rows_of(batch int) RETURNS TABLE (id text, n int, version int, gone boolean, at date, a numeric, b text) LANGUAGE sql AS $$
SELECT 'id ' || k % 7 || repeat('-', 150), CASE WHEN i % 997 = 0 THEN NULL ELSE k END, batch * 3 + i * 7 % 5, i % 31 = 0, date '2024-01-01' + batch * 3 + i * 7 % 5,
	CASE WHEN i % 3 = 0 THEN 0 ELSE i END % 50 + batch, CASE WHEN i % 40 = 0 THEN NULL ELSE 'b ' || i % 4 END
FROM (SELECT i, CASE WHEN i % 20 IN (0, 1, 2) AND i % 3 > 0 THEN i / 60 * 60 ELSE i END + batch * 2500 AS k FROM generate_series(1, 6000) i) g
$$;
-- One pipeline looks at repeated keys alone, the other has no memory to know them.
CREATE FUNCTION declare(what text, strategy text, options jsonb) RETURNS void LANGUAGE sql AS $$
SELECT elt.create_pipeline(what || side, 'rows_api', what || side, '{id,n}', strategy, options => options)
FROM unnest('{_apart,_plain}'::text[]) side;
$$;
SELECT declare('upsert', 'upsert', '{}');
SELECT declare('first', 'append', '{}');
SELECT declare('some', 'upsert', '{"insert_only_columns": ["b", "gone"]}');
SELECT declare('ordered', 'upsert', '{"sequence_by": ["version"]}');
SELECT declare('deleting', 'upsert', '{"sequence_by": ["version", "a"], "delete_when": "gone"}');
SELECT declare('history', 'scd2', '{"sequence_by": ["at"]}');
SELECT declare('ruled', 'upsert', '{}');
CREATE RULE nothing AS ON DELETE TO ruled_apart DO ALSO SELECT 1;
CREATE RULE nothing AS ON DELETE TO ruled_plain DO ALSO SELECT 1;
CREATE VIEW all_pipelines AS
SELECT name, split_part(name, '_', 1) AS what FROM elt.pipelines WHERE name ~ '_(apart|plain)$';

COPY (SELECT * FROM rows_of(0)) TO :'rows' (FORMAT csv, HEADER);
SELECT format('CALL elt.pull(%L)', name) FROM all_pipelines WHERE name LIKE '%apart' ORDER BY name \gexec
SELECT what, elt.merge_sql(name) ~ 'ctid NOT IN' AS apart FROM all_pipelines WHERE name LIKE '%apart' ORDER BY name;
SELECT elt.merge_sql('upsert_apart') AS statements \gset
BEGIN;
DELETE FROM elt_staging.upsert_apart WHERE n IS NULL;
:statements
SELECT count(*), count(*) = (SELECT count(DISTINCT (id, n)) FROM rows_of(0) WHERE n IS NOT NULL) AS all FROM upsert_apart;
ROLLBACK;

-- Each pipeline lands three batches: the first into an empty target, the others over some of the keys.
SELECT format('CALL elt.run(%L)', name) FROM all_pipelines WHERE name LIKE '%apart' ORDER BY name \gexec
SET elt.batch_memory = '64kB';
SELECT format('CALL elt.run(%L)', name) FROM all_pipelines WHERE name LIKE '%plain' ORDER BY name \gexec
COPY (SELECT * FROM rows_of(1)) TO :'rows' (FORMAT csv, HEADER);
CALL elt.pull('upsert_plain');
SELECT elt.merge_sql('upsert_plain') ~ 'ctid NOT IN' AS apart;
SELECT format('CALL elt.run(%L)', name) FROM all_pipelines WHERE name LIKE '%plain' ORDER BY name \gexec
RESET elt.batch_memory;
SELECT format('CALL elt.run(%L)', name) FROM all_pipelines WHERE name LIKE '%apart' ORDER BY name \gexec
COPY (SELECT * FROM rows_of(1) UNION ALL SELECT * FROM rows_of(0) WHERE a = 7) TO :'rows' (FORMAT csv, HEADER);
SELECT format('CALL elt.run(%L)', name) FROM all_pipelines WHERE name LIKE '%apart' ORDER BY name \gexec
SET elt.batch_memory = '64kB';
SELECT format('CALL elt.run(%L)', name) FROM all_pipelines WHERE name LIKE '%plain' ORDER BY name \gexec
RESET elt.batch_memory;

CREATE VIEW outcome AS
SELECT split_part(pipeline, '_', 1) AS what, split_part(pipeline, '_', 2) AS side,
	row_number() OVER (PARTITION BY pipeline ORDER BY run_id) AS batch, rows_read AS read, rows_inserted AS ins,
	rows_updated AS upd, rows_unchanged AS unch, rows_deleted AS del, rows_stale AS stale, rows_duplicate AS dup,
	rows_conflicting AS conf, rows_quarantined AS quar, rows_dropped AS dropped
FROM elt.runs WHERE pipeline IN (SELECT name FROM all_pipelines) AND rows_read > 0;
SELECT * FROM outcome WHERE side = 'apart' ORDER BY what, batch;
SELECT count(*) AS differing FROM (
	SELECT what, batch, read, ins, upd, unch, del, stale, dup, conf, quar, dropped FROM outcome WHERE side = 'apart' EXCEPT ALL
	SELECT what, batch, read, ins, upd, unch, del, stale, dup, conf, quar, dropped FROM outcome WHERE side = 'plain') d;
CREATE FUNCTION rows_in(what text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT to_jsonb(t) - ''{_run_id,_loaded_at,_sk}''::text[] FROM %I AS t', what);
END $$;
SELECT what, (SELECT count(*) FROM rows_in(what || '_apart')) AS rows,
	(SELECT count(*) FROM (SELECT rows_in(what || '_apart') EXCEPT ALL SELECT rows_in(what || '_plain')) d) AS differing
FROM (SELECT DISTINCT what FROM all_pipelines) p ORDER BY what;
SELECT count(*) AS differing FROM (
	SELECT split_part(pipeline, '_', 1), raw, reason FROM elt.rejects WHERE pipeline LIKE '%\_apart' EXCEPT ALL
	SELECT split_part(pipeline, '_', 1), raw, reason FROM elt.rejects WHERE pipeline LIKE '%\_plain') d;
-- What is apart during a merge is empty after it.
SELECT count(*) FROM elt_staging."upsert_apart$repeated";

SELECT elt.drop_pipeline(name) FROM all_pipelines ORDER BY name;
SELECT to_regclass('elt_staging."upsert_apart$repeated"');
DROP SCHEMA repeated_test CASCADE;
DROP SERVER repeated_files;
