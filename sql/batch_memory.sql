-- Keys of a batch beyond elt.batch_memory, and keys with equal hashes: the same result.
SET client_min_messages = error;
SET timezone = 'UTC';
CREATE SCHEMA memory_test;
SET search_path = memory_test;
SELECT current_setting('data_directory') || '/elt_memory_test' AS root \gset
SELECT format('cat >/dev/null; mkdir -p %s', :'root') AS mkdir, :'root' || '/rows.csv' AS rows,
	:'root' || '/few.csv' AS few \gset
COPY (SELECT 1) TO PROGRAM :'mkdir';
CREATE SERVER memory_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE rows_api (id text, n bigint, amount numeric, note text)
	SERVER memory_files OPTIONS (glob 'rows.csv', settle '0', on_change 'merge');
-- Two clusters of n with one row far between, repeated keys that agree and that differ, keys with a NULL
COPY (
	SELECT 'id ' || k % 7 AS id,
		CASE WHEN i = 500 THEN 400000000 WHEN i % 1000 = 7 THEN NULL WHEN k < 50000 THEN k * 3 ELSE 1000000000 + k * 3 END AS n,
		k % 90000 AS amount, CASE WHEN i % 100 = 0 THEN 'late' ELSE 'note' END AS note
	FROM (SELECT i, CASE WHEN i % 50 = 0 THEN i - 1 - i % 3 ELSE i END AS k FROM generate_series(1, 100000) i) g
) TO :'rows' (FORMAT csv, HEADER);
SELECT elt.create_pipeline('in_memory', 'rows_api', 'in_memory', '{id,n}');
-- An index of its own keeps the first load from being one that builds the key afterwards.
CREATE INDEX ON in_memory (note);
SELECT elt.create_pipeline('on_disk', 'rows_api', 'on_disk', '{id,n}');
SELECT elt.add_check(p, 'one_amount', 'UNIQUE (amount)', 'warn'),
	elt.add_check(p, 'one_row', 'UNIQUE NULLS NOT DISTINCT (id, n, note)', 'drop'),
	elt.add_check(p, 'one_key', 'UNIQUE (id, n, note, amount)', 'quarantine')
FROM unnest('{in_memory,on_disk}'::text[]) p;

CREATE VIEW statements AS
SELECT p, regexp_replace(elt.merge_sql(p), 'in_memory|on_disk', 'p', 'g') AS sql FROM unnest('{in_memory,on_disk}'::text[]) p;
CREATE VIEW outcome AS
SELECT pipeline, state, rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch,
	rows_duplicate AS dup, rows_conflicting AS conf, rows_quarantined AS quar, rows_dropped AS dropped FROM elt.runs
WHERE pipeline IN ('in_memory', 'on_disk', 'few') ORDER BY run_id;

CALL elt.pull('in_memory');
-- What SQL says of the same rows
SELECT count(*) FILTER (WHERE a > 1) AS one_amount, count(*) FILTER (WHERE r > 1) AS one_row,
	count(*) FILTER (WHERE k > 1 AND n IS NOT NULL) AS one_key
FROM (
	SELECT n, row_number() OVER (PARTITION BY amount ORDER BY ctid) AS a, row_number() OVER (PARTITION BY id, n, note ORDER BY ctid) AS r,
		row_number() OVER (PARTITION BY id, n, note, amount ORDER BY ctid) AS k FROM elt_staging.in_memory) s;
SELECT check_name, rows_failed FROM elt.validate('in_memory') ORDER BY 1;
SELECT count(*) FROM (SELECT id, n FROM elt_staging.in_memory WHERE n IS NOT NULL GROUP BY 1, 2) k;
SELECT regexp_matches(sql, 'n BETWEEN ''(\d+)''::bigint AND ''(\d+)''::bigint', 'g') FROM statements WHERE p = 'in_memory';
CALL elt.run('in_memory');

SET elt.batch_memory = '64kB';
CALL elt.pull('on_disk');
SELECT count(*) FROM elt_catalog.staged_check WHERE pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = 'on_disk');
SELECT check_name, rows_failed FROM elt.validate('on_disk') ORDER BY 1;
CALL elt.run('on_disk');
SELECT * FROM outcome;
SELECT count(*) FROM (SELECT id, n, amount, note FROM in_memory EXCEPT ALL SELECT id, n, amount, note FROM on_disk) d;
SELECT count(*) FROM (
	SELECT raw, reason, checks FROM elt.rejects WHERE pipeline = 'in_memory'
	EXCEPT ALL SELECT raw, reason, checks FROM elt.rejects WHERE pipeline = 'on_disk') d;
SELECT count(*), count(DISTINCT reason) FROM elt.rejects WHERE pipeline = 'on_disk';

-- Once more, with other values and keys that repeat, to disk and by SQL
SELECT elt.drop_check(p, c) FROM unnest('{in_memory,on_disk}'::text[]) p, unnest('{one_amount,one_row,one_key}'::text[]) c;
COPY (SELECT 'id ' || i / 4 % 7 AS id, i / 4 AS n, i % 90000 AS amount, 'again ' || i % 2 AS note FROM generate_series(1, 100000) i)
	TO :'rows' (FORMAT csv, HEADER);
CALL elt.run('on_disk');
RESET elt.batch_memory;
CALL elt.run('in_memory');
SELECT * FROM outcome OFFSET 2;
SELECT count(*) FROM (SELECT id, n, amount, note FROM in_memory EXCEPT ALL SELECT id, n, amount, note FROM on_disk) d;

-- A type all of whose values have the same hash
CREATE TYPE dull;
CREATE FUNCTION dull_in(cstring) RETURNS dull LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION dull_out(dull) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE dull (INPUT = dull_in, OUTPUT = dull_out, LIKE = int4);
CREATE FUNCTION dull_eq(dull, dull) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4eq';
CREATE FUNCTION dull_lt(dull, dull) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4lt';
CREATE FUNCTION dull_le(dull, dull) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4le';
CREATE FUNCTION dull_gt(dull, dull) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4gt';
CREATE FUNCTION dull_ge(dull, dull) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4ge';
CREATE FUNCTION dull_cmp(dull, dull) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp';
CREATE FUNCTION dull_hash(dull) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT 1';
CREATE FUNCTION dull_hash(dull, bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS 'SELECT 0::bigint';
CREATE OPERATOR = (LEFTARG = dull, RIGHTARG = dull, FUNCTION = dull_eq, HASHES, MERGES, COMMUTATOR = =);
CREATE OPERATOR < (LEFTARG = dull, RIGHTARG = dull, FUNCTION = dull_lt);
CREATE OPERATOR <= (LEFTARG = dull, RIGHTARG = dull, FUNCTION = dull_le);
CREATE OPERATOR > (LEFTARG = dull, RIGHTARG = dull, FUNCTION = dull_gt);
CREATE OPERATOR >= (LEFTARG = dull, RIGHTARG = dull, FUNCTION = dull_ge);
CREATE OPERATOR CLASS dull_ops DEFAULT FOR TYPE dull USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 dull_cmp(dull, dull);
CREATE OPERATOR CLASS dull_ops DEFAULT FOR TYPE dull USING hash AS
	OPERATOR 1 =, FUNCTION 1 dull_hash(dull), FUNCTION 2 dull_hash(dull, bigint);
CREATE FOREIGN TABLE few_api (n dull, other dull, note text) SERVER memory_files OPTIONS (glob 'few.csv', settle '0', on_change 'merge');
COPY (SELECT i - (i % 10 = 0)::int AS n, CASE WHEN i % 20 <> 3 THEN i % 300 END AS other, 'note ' || i % 20 AS note FROM generate_series(1, 400) i)
	TO :'few' (FORMAT csv, HEADER);
SELECT elt.create_pipeline('few', 'few_api', 'few', '{n}');
SELECT elt.add_check('few', 'one_other', 'UNIQUE (other)', 'warn');
SELECT elt.add_check('few', 'one_of_two', 'UNIQUE NULLS NOT DISTINCT (other, note)', 'warn');
CALL elt.pull('few');
SELECT check_name, rows_failed FROM elt.validate('few') ORDER BY 1;
SELECT count(*) FILTER (WHERE a > 1) AS one_of_two, count(*) FILTER (WHERE o > 1 AND other IS NOT NULL) AS one_other
FROM (
	SELECT other, row_number() OVER (PARTITION BY other, note ORDER BY ctid) AS a,
		row_number() OVER (PARTITION BY other ORDER BY ctid) AS o FROM elt_staging.few) s;
CALL elt.run('few');
SELECT * FROM outcome WHERE pipeline = 'few';
SELECT count(*), count(DISTINCT n), min(note) FROM few;

SELECT elt.drop_pipeline(p) FROM unnest('{in_memory,on_disk,few}'::text[]) p;
DROP SCHEMA memory_test CASCADE;
DROP SERVER memory_files;
