-- Parquet files: what a table reads of them, values that do not fit, IMPORT FOREIGN SCHEMA, damaged files.
SET intervalstyle = 'postgres';
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET statement_timeout = '60s';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA parquet_test;
SET search_path = parquet_test;

SELECT current_setting('data_directory') || '/elt_parquet' AS root \gset
SELECT set_config('parquet_test.root', :'root', false) IS NULL AS unset;
CREATE FUNCTION in_root(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; mkdir -p "%1$s" && cd "%1$s" && { %2$s; }',
		current_setting('parquet_test.root'), command));
END $$;
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; state text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
	RETURN replace(concat_ws(E'\n', state || ': ' || message, nullif(detail, ''), nullif(hint, '')),
		current_setting('parquet_test.root'), '...');
END $$;
SELECT in_root('rm -rf *');
CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

-- What was exported is read, whatever the types
CREATE TYPE place AS (city text, zip int);
\set columns 'id int, small smallint, big bigint, price numeric(10,2), long numeric(30,5), ratio float8, part real, flag bool, name text, code varchar(5), bytes bytea, key uuid, day date, at timestamptz, local timestamp, clock time, detail jsonb, tags text[], numbers int[], place place'
CREATE TABLE item (:columns);
INSERT INTO item VALUES
	(1, -32768, 9223372036854775807, 12345678.90, 1234567890123456789012345.12345, 'NaN', 1.5, true, 'Zoë', 'abcde', '\x00ff',
		'00000000-0000-0000-0000-000000000001', '0001-01-01', '2024-02-29 23:59:59.999999+00', '1970-01-01', '23:59:59.999999',
		'{"a": [1, null]}', '{a,NULL,"",b}', '{}', '(Wien,1010)'),
	(2, 32767, -9223372036854775808, -0.01, -0.00001, '-Infinity', -0.0, false, '', '', '', NULL, '9999-12-31',
		'1900-01-01', '9999-12-31 23:59:59.999999', '00:00', 'null', NULL, '{1,NULL,3}', '(,)');
INSERT INTO item (id) VALUES (3);
SELECT rows FROM elt.export('SELECT * FROM item ORDER BY id', 'lake', 'items/item.parquet');
IMPORT FOREIGN SCHEMA parquet FROM SERVER lake INTO parquet_test OPTIONS (glob 'items/*.parquet');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'items'::regclass AND attnum > 0 ORDER BY attnum;
CREATE FOREIGN TABLE typed (:columns) SERVER lake OPTIONS (glob 'items/*.parquet', format 'parquet', settle '0');
SELECT i.id, t.id IS NOT NULL AS same FROM item i LEFT JOIN typed t ON i::text = t::text ORDER BY 1;
\pset format unaligned
SELECT * FROM typed ORDER BY id;
\pset format aligned

-- Only what is asked for is read, also of no column at all
SELECT count(*) FROM typed;
CREATE FOREIGN TABLE narrow (id int, missing int) SERVER lake OPTIONS (glob 'items/*.parquet', format 'parquet');
SELECT sum(id) FROM narrow;
SELECT says('SELECT missing FROM narrow');
ALTER FOREIGN TABLE narrow ALTER missing OPTIONS (ADD optional 'true');
SELECT * FROM narrow WHERE id = 1;

-- Paths into groups, positions, other types by their text
CREATE FOREIGN TABLE paths (city text OPTIONS (path 'place.city'), place jsonb, line int OPTIONS (lineage 'line'),
	file text OPTIONS (lineage 'file'), id text, at text, day text, price float8, flag text, numbers jsonb, tags text,
	key text, local text, big numeric(30,2), clock interval)
	SERVER lake OPTIONS (glob 'items/*.parquet', format 'parquet');
\pset format unaligned
SELECT * FROM paths;
\pset format aligned

-- JSON within lists and groups is JSON, and zeros keep their sign
CREATE TYPE noted AS (note jsonb, ratio float8);
SELECT rows FROM elt.export($$SELECT ARRAY['[1,  null]'::json, 'null', '"x"', NULL] AS notes, ROW('{"a": 1}', -0.0::float8)::noted AS noted,
	ARRAY['-0'::float8, 0] AS zeros, ARRAY['\x6162'::bytea, ''] AS bytes$$, 'lake', 'noted.parquet', verify => true);
CREATE FOREIGN TABLE noted_file (notes json[], noted noted, zeros float8[], list jsonb OPTIONS (path 'notes'), parts jsonb OPTIONS (path 'noted'),
	texts text[] OPTIONS (path 'notes'), bytes bytea[], words text[] OPTIONS (path 'bytes')) SERVER lake OPTIONS (glob 'noted.parquet', format 'parquet');
\pset format unaligned
SELECT * FROM noted_file;
\pset format aligned

-- What does not fit is an error in a SELECT, and a reject in a pipeline
CREATE TABLE mixed AS SELECT i AS id, CASE WHEN i % 3 = 0 THEN 70000 ELSE i END AS n, CASE WHEN i = 4 THEN 'x' ELSE i::text END AS t,
	'{"i": 1}'::jsonb AS j, ARRAY[i] AS a FROM generate_series(1, 7) AS i;
SELECT rows FROM elt.export('SELECT * FROM mixed ORDER BY id', 'lake', 'mixed.parquet');
CREATE DOMAIN even AS int CHECK (VALUE % 5 <> 0);
CREATE FOREIGN TABLE strict (id even, n smallint, t int, j jsonb, a int[])
	SERVER lake OPTIONS (glob 'mixed.parquet', format 'parquet', settle '0');
SELECT says('SELECT * FROM strict');
SELECT says('SELECT a FROM strict WHERE t = 4');
SELECT elt.create_pipeline('strict', 'strict', 'parquet_test.strict_target', '{id}');
CALL elt.run('strict');
SELECT id, n, t, j, a FROM strict_target ORDER BY id;
SELECT params ->> 'file' AS file, column_name, reason, message, raw FROM elt.rejects WHERE pipeline = 'strict' ORDER BY raw;
CREATE FOREIGN TABLE shapes (a int) SERVER lake OPTIONS (glob 'mixed.parquet', format 'parquet');
SELECT says('SELECT a FROM shapes');

-- Fields of several files
SELECT rows FROM elt.export('SELECT 1 AS a, 2::bigint AS b', 'lake', 'many/1.parquet');
SELECT rows FROM elt.export('SELECT 3 AS a, ''c'' AS "C d"', 'lake', 'many/2.parquet');
IMPORT FOREIGN SCHEMA parquet LIMIT TO (both_files) FROM SERVER lake INTO parquet_test OPTIONS (glob 'many/*.parquet', "table" 'both_files');
\d both_files
SELECT * FROM both_files ORDER BY a;
SELECT rows FROM elt.export('SELECT ''x'' AS a', 'lake', 'many/3.parquet');
SELECT says($$IMPORT FOREIGN SCHEMA parquet FROM SERVER lake INTO parquet_test OPTIONS (glob 'many/*.parquet')$$);
SELECT says('SELECT a FROM both_files ORDER BY a');
ALTER FOREIGN TABLE both_files ADD COLUMN file text OPTIONS (lineage 'file'), OPTIONS (ADD settle '0');
SELECT elt.create_pipeline('both_files', 'both_files', 'parquet_test.both_target', '{file,a}');
CALL elt.run('both_files');
SELECT a, file FROM both_target ORDER BY a;
SELECT params ->> 'file' AS file, column_name, message FROM elt.rejects WHERE pipeline = 'both_files';
SELECT elt.drop_pipeline('both_files');
SELECT says($$IMPORT FOREIGN SCHEMA parquet FROM SERVER lake INTO parquet_test OPTIONS (glob '*.parquet')$$);
SELECT says($$IMPORT FOREIGN SCHEMA parquet FROM SERVER lake INTO parquet_test OPTIONS (glob 'none/*.parquet')$$);
SELECT says($$IMPORT FOREIGN SCHEMA parquet FROM SERVER lake INTO parquet_test OPTIONS (glob '../x.parquet')$$);
SELECT says($$IMPORT FOREIGN SCHEMA parquet FROM SERVER lake INTO parquet_test OPTIONS (glob 'x.parquet', other '1')$$);
SELECT says($$IMPORT FOREIGN SCHEMA parquet FROM SERVER lake INTO parquet_test$$);
SELECT says($$IMPORT FOREIGN SCHEMA csv FROM SERVER lake INTO parquet_test$$);

-- With another compression around it, or in an archive: by a temporary file
SELECT in_root('mkdir packed; gzip -c many/1.parquet > packed/1.parquet.gz; zstd -q many/1.parquet -o packed/1.zst; cd many;'
	'python3 -m zipfile -c ../packed/both.zip 1.parquet 2.parquet; tar czf ../packed/tar.gz 1.parquet');
CREATE FOREIGN TABLE packed (a int, b int OPTIONS (optional 'true'), file text OPTIONS (lineage 'file'), member text OPTIONS (lineage 'member'))
	SERVER lake OPTIONS (glob 'packed/[1b]*', format 'parquet', settle '0');
SELECT * FROM packed ORDER BY file, member;
SELECT elt.create_pipeline('packed', 'packed', 'parquet_test.packed_target', '{file,a}');
CALL elt.run('packed');
SELECT file, member, a FROM packed_target ORDER BY file, member;
IMPORT FOREIGN SCHEMA parquet FROM SERVER lake INTO parquet_test OPTIONS (glob 'packed/[1b]*', "table" 'imported');
SELECT attname, attfdwoptions FROM pg_attribute WHERE attrelid = 'imported'::regclass AND attnum > 0 ORDER BY attnum;
ALTER FOREIGN TABLE packed OPTIONS (SET glob 'packed/tar.gz');
SELECT says('SELECT a FROM packed');
SELECT rows FROM elt.export('SELECT md5(i::text) AS a FROM generate_series(1, 50000) AS i', 'lake', 'packed/large');
SELECT in_root('gzip packed/large');
CREATE FOREIGN TABLE large (a text) SERVER lake OPTIONS (glob 'packed/large.gz', format 'parquet');
SELECT count(*), md5(string_agg(a, '')) = (SELECT md5(string_agg(md5(i::text), '')) FROM generate_series(1, 50000) AS i) AS same FROM large;
SET temp_file_limit = '100kB';
SELECT says('SELECT a FROM large');
RESET temp_file_limit;
ALTER SERVER lake OPTIONS (ADD max_file_bytes '200kB');
SELECT says('SELECT a FROM large');
ALTER SERVER lake OPTIONS (DROP max_file_bytes);
SELECT elt.drop_pipeline('packed');

-- Row groups by several processes: each row comes once
SELECT sum(rows) FROM generate_series(1, 4) AS n, elt.export(format('SELECT %s * 100000 + i AS id, md5(i::text) AS name, i AS line FROM generate_series(1, %s) AS i',
	n, n * n * 3000), 'lake', format('parts/%s.parquet', n), row_group_rows => 1000);
CREATE FOREIGN TABLE parts (id int, name text, line int, file text OPTIONS (lineage 'file'), row int OPTIONS (lineage 'line'))
	SERVER lake OPTIONS (glob 'parts/*', format 'parquet');
CREATE FUNCTION processes(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	node text;
BEGIN
	FOR node IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		IF node ~ 'Gather|Foreign Scan|Planned' THEN
			RETURN NEXT regexp_replace(node, '^[ >-]+| Merge', '', 'g');
		END IF;
	END LOOP;
END $$;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_material = off;
CREATE VIEW counted AS SELECT count(*), count(DISTINCT id) AS ids, count(*) FILTER (WHERE row = line) AS lines, sum(id::bigint), count(DISTINCT file) AS files FROM parts;
SELECT processes('TABLE counted');
TABLE counted;
SET parallel_leader_participation = off;
TABLE counted;
SELECT count(*), min(id), max(id) FROM parts WHERE id BETWEEN 205500 AND 400010;
SELECT processes('SELECT count(*) FROM parts WHERE file = (SELECT ''parts/3.parquet'') AND id > (SELECT 310000)');
SELECT count(*), min(id) FROM parts WHERE file = (SELECT 'parts/3.parquet') AND id > (SELECT 310000);
RESET parallel_leader_participation;
SELECT processes('SELECT count(*) FROM parts a JOIN parts b ON a.id = b.id');
SELECT count(*) FROM parts a JOIN parts b ON a.id = b.id;
SELECT * FROM (SELECT file, count(*) FROM parts GROUP BY file ORDER BY file) AS counts RIGHT JOIN (VALUES (1), (2), (3)) AS v (x) ON true ORDER BY x, file;
SELECT x, count FROM (VALUES (1), (2)) AS v (x), LATERAL (SELECT count(*) FROM parts WHERE id > x * 300000) AS c;
SELECT count(*) FROM (SELECT id FROM parts LIMIT 5) AS s;
SELECT count(*) FROM (VALUES (1), (2)) AS v (x) LEFT JOIN (SELECT id FROM parts LIMIT 40000) AS s ON true;
CREATE ROLE parquet_reader;
GRANT USAGE ON SCHEMA parquet_test TO parquet_reader;
GRANT SELECT ON counted, parts TO parquet_reader;
SET ROLE parquet_reader;
SELECT count = ids AS same FROM counted;
SELECT says('SELECT count(*) FROM parts');
RESET ROLE;
DROP OWNED BY parquet_reader;
DROP ROLE parquet_reader;
CREATE FOREIGN TABLE narrow_parts (name int, id int) SERVER lake OPTIONS (glob 'parts/*', format 'parquet');
SELECT left(says('SELECT count(name) FROM narrow_parts'), 31);
CREATE FOREIGN TABLE checked_parts (id even) SERVER lake OPTIONS (glob 'parts/*', format 'parquet');
SELECT processes('SELECT count(*) FROM checked_parts');
CREATE FOREIGN TABLE computed_parts (id int, twice int OPTIONS (expression 'id * 2')) SERVER lake OPTIONS (glob 'parts/*', format 'parquet');
SELECT processes('SELECT count(*) FROM computed_parts');
SELECT rows FROM elt.export('SELECT ''{"a": 1}''::jsonb AS j, 2 AS n', 'lake', 'side.csv', format => 'csv');
CREATE FOREIGN TABLE side (j jsonb, n int, twice int OPTIONS (expression 'n * 2')) SERVER lake OPTIONS (glob 'side.csv');
SELECT count(*), (SELECT max(twice) FROM side), (SELECT max(j ->> 'a') FROM side) FROM parts;
RESET enable_material;
RESET min_parallel_table_scan_size;
RESET parallel_tuple_cost;
RESET parallel_setup_cost;
RESET max_parallel_workers_per_gather;

-- Files that are damaged, or none
SELECT in_root('mkdir bad; printf PAR1 > bad/short; : > bad/empty; head -c 500 mixed.parquet > bad/cut; gzip -c mixed.parquet | head -c 12 > bad/gzip; tar cf bad/tar mixed.parquet;'
	'cp mixed.parquet bad/behind; echo >> bad/behind; (head -c -4 mixed.parquet; printf PARE) > bad/encrypted;'
	'(head -c -8 mixed.parquet; printf ''\377\377\377\177PAR1'') > bad/footer; head -c 60 /dev/zero > bad/zero');
CREATE FOREIGN TABLE bad (id int, file text OPTIONS (lineage 'file')) SERVER lake OPTIONS (glob 'bad/*', format 'parquet');
SELECT file, says(format('SELECT id FROM bad WHERE file = %L', 'bad/' || file))
FROM unnest('{short,empty,cut,gzip,tar,behind,encrypted,footer,zero}'::text[]) AS file;
SELECT says('CREATE FOREIGN TABLE wrong (a int) SERVER lake OPTIONS (glob ''x'', format ''parquet'', delimiter '';'')');

SELECT elt.drop_pipeline('strict');
SELECT in_root('rm -rf *');
DROP SERVER lake CASCADE;
DROP SCHEMA parquet_test CASCADE;
