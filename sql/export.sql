-- Exports: rows of a query as files, with the rights of the caller, and all of them or none.
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET statement_timeout = '60s';
\set VERBOSITY terse
CREATE SCHEMA export_test;
SET search_path = export_test;

SELECT current_setting('data_directory') || '/elt_export' AS root \gset
SELECT set_config('export_test.root', :'root', false) IS NULL AS unset;
CREATE TEMP TABLE said (line text);
CREATE FUNCTION in_root(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE said;
	EXECUTE format('COPY said FROM PROGRAM %L WITH (FORMAT csv, DELIMITER E''\x01'', QUOTE E''\x02'')',
		format('mkdir -p "%1$s" && cd "%1$s" && { %2$s; }', current_setting('export_test.root'), command));
	RETURN QUERY TABLE said;
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
		current_setting('export_test.root'), '...');
END $$;
-- every file below the root, hidden ones too
CREATE VIEW files AS SELECT in_root AS file FROM in_root('find . -mindepth 1 | LC_ALL=C sort');
SELECT in_root('rm -rf *');
CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

CREATE TABLE item (id int, name text, price numeric(10,2), sold timestamptz, tags text[], detail jsonb);
INSERT INTO item VALUES
	(1, 'plain', 1.50, '2024-01-01 12:00', '{a,b}', '{"k": [1, 2]}'),
	(2, 'comma, "quote"', NULL, '2024-02-01 00:00:00.000001', '{}', 'null'),
	(3, E'line\nbreak', 0, NULL, NULL, NULL),
	(4, '', -1, 'infinity', '{NULL,""}', '"x"'),
	(5, NULL, 12345678.90, '2024-03-01', '{ä}', '{}');

-- The lines that a file has, whatever the settings of the session
SELECT file, rows, bytes, sha256 = (SELECT encode(sha256(pg_read_binary_file('elt_export/' || file)), 'hex')) AS sha256
FROM elt.export('item', 'lake', 'out/item.csv', format => 'csv');
SELECT in_root('cat out/item.csv');
SELECT rows FROM elt.export('SELECT * FROM item ORDER BY id DESC', 'lake', 'out/item.jsonl', format => 'jsonl');
SELECT in_root('cat out/item.jsonl');
SET timezone = 'Asia/Tokyo';
SET datestyle = 'German';
SET bytea_output = 'escape';
SET intervalstyle = 'iso_8601';
SET extra_float_digits = 0;
SELECT rows FROM elt.export($$SELECT '2024-06-01 12:00 UTC'::timestamptz AS at, '2024-06-01'::date AS day,
	'\x00ff'::bytea AS bytes, '1 day 2 hours'::interval AS age, 0.1::float8 + 0.2::float8 AS float;$$, 'lake', 'style.csv', format => 'csv');
SELECT current_setting('datestyle'), '2024-06-01 12:00 UTC'::timestamptz AS unchanged;
SELECT in_root('cat style.csv');
RESET extra_float_digits;
RESET intervalstyle;
RESET bytea_output;
SET datestyle = 'ISO';
SET timezone = 'UTC';

-- Compressed as the name says, or as asked
SELECT rows FROM elt.export('SELECT 1 AS a', 'lake', 'packed.csv.gz', format => 'csv');
SELECT in_root('gzip -dc packed.csv.gz');
SELECT rows FROM elt.export('SELECT 1 AS a', 'lake', 'packed.jsonl.zst', format => 'jsonl');
SELECT in_root('zstd -qdc packed.jsonl.zst');
SELECT rows FROM elt.export('SELECT g AS a FROM generate_series(1, 100000) g', 'lake', 'asked.csv', format => 'csv', compression => 'gzip');
SELECT in_root('gzip -dc <asked.csv | tail -n 1');

SELECT low.bytes > high.bytes AS gzip, fast.bytes > slow.bytes AS zstd
FROM (VALUES ('SELECT md5(g::text) AS a, g % 100 AS b, repeat(g::text, 20) AS c FROM generate_series(1, 20000) g')) AS q(query),
	elt.export(query, 'lake', 'level1.csv', format => 'csv', compression => 'gzip', compression_level => 1) AS low,
	elt.export(query, 'lake', 'level9.csv', format => 'csv', compression => 'gzip', compression_level => 9) AS high,
	elt.export(query, 'lake', 'level1.parquet', compression_level => 1) AS fast,
	elt.export(query, 'lake', 'level19.parquet', compression_level => 19) AS slow;

-- Names that are taken
SELECT says($$SELECT elt.export('SELECT 2 AS a', 'lake', 'packed.csv.gz', format => 'csv')$$);
SELECT * FROM elt.export('SELECT 2 AS a', 'lake', 'packed.csv.gz', format => 'csv', if_exists => 'skip');
SELECT in_root('gzip -dc packed.csv.gz');
SELECT rows FROM elt.export('SELECT 2 AS a', 'lake', 'packed.csv.gz', format => 'csv', if_exists => 'replace');
SELECT in_root('gzip -dc packed.csv.gz');
SELECT * FROM files;

-- An error leaves nothing, not even the folders that were made
SELECT says($$SELECT elt.export('SELECT 1 / (3 - g) FROM generate_series(1, 3) g', 'lake', 'new/er/error.parquet')$$);
SELECT says($$SELECT elt.export('SELECT repeat(''x'', 1000) || pg_sleep(0) || 1 / (300000 - g) FROM generate_series(1, 300000) g', 'lake', 'out/error.csv', format => 'csv')$$);
SET statement_timeout = '50ms';
SELECT elt.export('SELECT pg_sleep(10)::text FROM generate_series(1, 3)', 'lake', 'new/cancelled.csv', format => 'csv');
SET statement_timeout = '60s';
SELECT count(*) FROM files WHERE file ~ 'new|error|[.]elt$';

-- A directory in which the server may not write
SELECT in_root('mkdir shut && chmod 555 shut');
SELECT says(format($$SELECT elt.export('SELECT 1 AS a', 'lake', 'shut/%s', format => 'csv')$$, name)) FROM unnest('{new.csv,new/new.csv}'::text[]) AS name;
SELECT in_root('rmdir shut');

-- Folders by values of columns, the files of each in the order of the query, and a manifest last
CREATE VIEW sale AS
SELECT g AS id, date '2024-01-01' + g % 3 AS day, CASE g % 4 WHEN 0 THEN 'north/east' WHEN 1 THEN 'süd' WHEN 2 THEN 'a=b %' END AS region,
	repeat('x', g) AS note
FROM generate_series(1, 12) g;
SELECT file, rows FROM elt.export('SELECT * FROM sale ORDER BY id DESC;', 'lake', 'sales', format => 'csv', partition_by => '{day,region}');
SELECT in_root('cat sales/_manifest.json | sed "s/\"bytes\": [0-9]*, \"sha256\": \"[0-9a-f]*\"/.../" | head -n 3');
SELECT in_root('cat "sales/day=2024-01-02/region=süd/"part*');
SELECT sum(rows) AS rows FROM elt.export('sale', 'lake', 'hive', partition_by => '{day,region}');
CREATE FOREIGN TABLE sale_again (id int, note text, day date OPTIONS (lineage 'partition day'), region text OPTIONS (lineage 'partition region'))
	SERVER lake OPTIONS (glob 'hive/**/*.parquet', format 'parquet', settle '0');
SELECT count(*) AS others FROM ((SELECT id, day, region, note FROM sale_again EXCEPT TABLE sale) UNION ALL (TABLE sale EXCEPT SELECT id, day, region, note FROM sale_again)) AS o;
DROP FOREIGN TABLE sale_again;
SELECT says($$SELECT elt.export('sale', 'lake', 'sales', partition_by => '{day}')$$);
SELECT file FROM elt.export('sale', 'lake', 'sales', partition_by => '{day}', if_exists => 'skip');
SELECT file, rows FROM elt.export('SELECT * FROM sale WHERE id < 8', 'lake', 'sales', format => 'csv', partition_by => '{day}', if_exists => 'replace');
SELECT * FROM files WHERE file ~ 'sales';
SELECT in_root('mkdir cut && echo "{\"files" >cut/_manifest.json');
SELECT says($$SELECT elt.export('sale', 'lake', 'cut', partition_by => '{day}', if_exists => 'replace')$$);
SELECT in_root('rm -r cut');
-- The manifest is the last: here a file does not get its name, because a directory has it
SELECT in_root('mkdir -p last/day=2/part-00001.parquet && echo "{\"files\": []}" >last/_manifest.json');
SELECT says($$SELECT elt.export('SELECT g AS id, g AS day FROM generate_series(1, 2) AS g', 'lake', 'last', partition_by => '{day}', if_exists => 'replace')$$);
SELECT in_root('cat last/_manifest.json');
SELECT in_root('rm -r last');
SELECT rows FROM elt.export('SELECT * FROM sale WHERE false', 'lake', 'empty', partition_by => '{day}');
SELECT in_root('cat empty/_manifest.json');
SELECT says(format($$SELECT elt.export('sale', 'lake', %s)$$, arguments))
FROM (VALUES ($$'out', partition_by => '{day}', if_exists => 'replace'$$), ($$'new', partition_by => '{dya}'$$), ($$'new', partition_by => '{day,day}'$$),
	($$'new', partition_by => '{id,day,region,note}'$$)) AS a(arguments);
SELECT says($$SELECT elt.export('SELECT id, CASE WHEN id < 5 THEN id ELSE 1 / (id - 9) END AS n FROM sale', 'lake', 'new', partition_by => '{id}')$$);
SELECT says($$SELECT elt.export('SELECT 1 AS a, '''' AS b', 'lake', 'new', partition_by => '{b}')$$);
SELECT count(*) FROM files WHERE file ~ 'new|[.]elt$';

-- Files are read back before they have their name
CREATE TYPE export_pair AS (a int, b text);
CREATE TABLE rich AS SELECT g AS id, 'n' || g AS name, (g / 4.0)::numeric(10,2) AS price, now() - g * interval '1 hour' AS at, ARRAY[g, NULL] AS list,
	ROW(g, 'x')::export_pair AS pair, jsonb_build_object('g', g) AS doc, CASE WHEN g % 2 = 0 THEN 'nan'::float8 ELSE -0.0::float8 END AS f, g % 3 AS part
FROM generate_series(1, 3000) g;
SELECT format, sum(rows) AS rows, count(*) AS files
FROM (VALUES ('parquet', NULL), ('csv', 'gzip'), ('jsonl', 'zstd'), ('jsonl', 'none')) AS v(format, compression),
	elt.export('SELECT * FROM rich, (VALUES (1), (2)) AS twice', 'lake', concat('verified/', format, compression), format => format, partition_by => '{part}',
		compression => compression, verify => true) GROUP BY format ORDER BY format;
SELECT says($$SELECT elt.export('SELECT E''{"a":\n1}''::json AS doc', 'lake', 'new.jsonl', format => 'jsonl', verify => true)$$);
SELECT rows FROM elt.export('SELECT E''{"a":\n1}''::json AS doc', 'lake', 'lines.jsonl', format => 'jsonl');
SELECT in_root('cat lines.jsonl');
SELECT says($$SELECT elt.export('item', 'lake', 'new.parquet', verify => true, on_unrepresentable => 'null')$$);
SELECT says($$SELECT elt.export('SELECT 1 AS a, 2 AS a', 'lake', 'new.csv', format => 'csv')$$);
SELECT says($$SELECT elt.export('SELECT FROM item', 'lake', 'new.csv', format => 'csv')$$);

-- Archives: sorted by the key, verified, restored
CREATE TABLE kept (day date, id int, amount numeric, amounts numeric[], gone int, exact numeric(10,3), note text, PRIMARY KEY (id, day));
ALTER TABLE kept DROP COLUMN gone;
INSERT INTO kept SELECT date '2024-01-01' + g % 7, 1000 - g, g / 3.0, ARRAY[g * 1e40, NULL], g / 8.0, repeat('n', g) FROM generate_series(1, 900) g;
SELECT file, rows FROM elt.make_archive('kept', 'lake', 'archive/kept.parquet');
CREATE FOREIGN TABLE restored (day date, id int, amount numeric, amounts numeric[], exact numeric(10,3), note text)
	SERVER lake OPTIONS (glob 'archive/*.parquet', format 'parquet', settle '0');
SELECT count(*), sum(amount) = (SELECT sum(amount) FROM kept) AS amounts FROM restored;
CREATE FOREIGN TABLE no_csv (id int) SERVER lake OPTIONS (glob 'archive/*.parquet');
SELECT says('SELECT * FROM no_csv');
DROP FOREIGN TABLE no_csv;
SELECT count(*) FROM (TABLE restored EXCEPT TABLE kept) AS other;
SELECT count(*) FROM (SELECT id, lag(id) OVER () AS before FROM restored) AS r WHERE id < before;
SELECT says($$SELECT elt.make_archive('kept', 'lake', 'archive/kept.parquet')$$);
INSERT INTO kept VALUES ('infinity', 0, 1, NULL, 1, 'x');
SELECT says($$SELECT elt.make_archive('kept', 'lake', 'archive/new.parquet')$$);
DROP FOREIGN TABLE restored;
SELECT count(*) FROM files WHERE file ~ 'new|[.]elt$';

-- What Parquet has no value for
SELECT says($$SELECT elt.export('item', 'lake', 'item.parquet')$$);
SELECT says($$SELECT elt.export('SELECT sum(price) AS total FROM item', 'lake', 'total.parquet')$$);
SELECT says(format($$SELECT elt.export(%L, 'lake', 'no.parquet')$$, 'SELECT ' || expression || ' AS c'))
FROM (VALUES ('1e20::numeric(25,2) / 3'), ('''NaN''::numeric(5,2)'), ('''0044-03-15 BC''::date'), ('''-infinity''::date'), ('time ''24:00'''),
	('''{{1,2},{3,4}}''::int[]'), ('''[0:1]={1,2}''::int[]'), ('ROW(1, 2)'), ('1e60::numeric(60,0)'), ('ARRAY[''infinity''::timestamp]')) AS e(expression);
SELECT rows FROM elt.export('item', 'lake', 'item.parquet', on_unrepresentable => 'null');
SELECT rows FROM elt.export('SELECT 1 / 3.0 AS third, 0.5 AS half', 'lake', 'half.parquet', on_unrepresentable => 'null');

-- What is no query
SELECT says(format($$SELECT elt.export(%L, 'lake', 'no.csv', format => 'csv')$$, query))
FROM (VALUES ('no_such_table'), ('SELECT FROM WHERE'), (''), ('SELECT 1; SELECT 2'), ('DELETE FROM item'), ('DROP TABLE item'), ('SELECT 1 INTO one'),
	('WITH gone AS (DELETE FROM item RETURNING id) SELECT * FROM gone')) AS q(query);
SELECT count(*) AS kept FROM item;
SELECT says($$SELECT elt.export('SELECT 1', 'lake', 'no.csv', $$ || arguments || ')')
FROM (VALUES ($$format => 'xlsx'$$), ($$compression => 'brotli'$$), ($$format => 'csv', compression => 'snappy'$$), ($$if_exists => 'append'$$),
	($$encoding => 'split'$$), ($$on_unrepresentable => 'zero'$$), ($$compression_level => 20$$), ($$compression => 'gzip', compression_level => 0$$),
	($$compression => 'snappy', compression_level => 1$$), ($$format => 'csv', row_group_rows => 10$$), ($$row_group_rows => 0$$),
	($$row_group_bytes => 1000$$)) AS a(arguments);
SELECT replace(says(format($$SELECT elt.export('SELECT 1', 'lake', %L)$$, path)), repeat('n', 256), 'nnn') AS says
FROM (VALUES (''), ('../up.parquet'), ('/tmp/up.parquet'), ('a//b'), ('a/./b'), (repeat('n', 256))) AS p(path);
SELECT in_root('ln -s .. outside');
SELECT says($$SELECT elt.export('SELECT 1', 'lake', 'outside/no.parquet')$$);

-- Rights: those of the caller, on the data and on the files of the server
CREATE ROLE export_writer;
GRANT elt_operator TO export_writer;
GRANT USAGE ON SCHEMA export_test TO export_writer;
SET ROLE export_writer;
SELECT says($$SELECT elt.export('SELECT 1 AS a', 'lake', 'rights.parquet')$$);
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER lake TO export_writer;
SET ROLE export_writer;
SELECT says($$SELECT elt.export('SELECT 1 AS a', 'lake', 'rights.parquet')$$);
RESET ROLE;
GRANT pg_write_server_files TO export_writer;
SET ROLE export_writer;
SELECT says($$SELECT elt.export('item', 'lake', 'rights.parquet')$$);
SELECT rows FROM elt.export('SELECT 1 AS a', 'lake', 'rights.parquet');
RESET ROLE;
CREATE SERVER web FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://example.com');
SELECT says($$SELECT elt.export('SELECT 1', 'web', 'no.parquet')$$);
SELECT says($$SELECT elt.export('SELECT 1', 'nowhere', 'no.parquet')$$);

DROP OWNED BY export_writer;
DROP ROLE export_writer;
DROP SERVER web;
DROP SERVER lake;
SELECT in_root('rm -rf * .[!.]*');
SET client_min_messages = warning;
DROP SCHEMA export_test CASCADE;
DROP TABLE said;
