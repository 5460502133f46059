-- Files of the server as foreign tables: options, formats, lineage, containment, pipelines.
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET statement_timeout = '60s';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA file_test;
SET search_path = file_test;

-- A directory of this cluster's own; what it is called is nobody's business in the output.
SELECT current_setting('data_directory') || '/elt_file_test' AS root \gset
CREATE FUNCTION shell(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'cat >/dev/null; ' || command);
END $$;
CREATE FUNCTION put(name text, content bytea) RETURNS void LANGUAGE sql AS $$
	SELECT shell(format('mkdir -p "$(dirname "%1$s/elt_file_test/%2$s")" && printf %%s %3$s | base64 -d >"%1$s/elt_file_test/%2$s"',
		current_setting('data_directory'), name, replace(encode(content, 'base64'), E'\n', ''))) $$;
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE sql AS
$$ SELECT put(name, convert_to(content, 'UTF8')) $$;
CREATE FUNCTION in_root(command text) RETURNS void LANGUAGE sql AS
$$ SELECT shell(format('cd %s/elt_file_test && %s', current_setting('data_directory'), command)) $$;
-- What a statement says, with the directory taken out.
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
		current_setting('data_directory'), '...');
END $$;
-- What a scan did, with whole row counts as before 18.
CREATE FUNCTION measured(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
		RETURN NEXT regexp_replace(line, '(rows=\d+)\.00', '\1');
	END LOOP;
END $$;

SELECT put('sales/2024-01.csv', E'id,name,price,sold_at\r\n1,"Smith, J.",9.90,2024-01-05T10:00:00Z\r\n2,"5"" pipe",0.5,2024-01-06 11:30:00+02\r\n');
SELECT put('sales/2024-02.csv', E'sold_at,id,price,name,note\n2024-02-01,3,,"",x\n2024-02-02,4,1e2,"two\nlines",y');

-- Servers
SELECT says(format('CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root %L)', 'data'));
SELECT says('CREATE SERVER files FOREIGN DATA WRAPPER elt_file');
SELECT says(format('CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (url %L)', '/'));
CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

-- Tables
CREATE FOREIGN TABLE sales (
	id int,
	name text,
	price numeric,
	sold_at timestamptz OPTIONS (time_zone 'Europe/Berlin'),
	_file text OPTIONS (lineage 'file'),
	_line bigint OPTIONS (lineage 'line')
) SERVER files OPTIONS (glob 'sales/*.csv', settle '0', on_change 'merge');
SELECT * FROM sales;
SELECT id FROM sales WHERE _file = 'sales/2024-02.csv';
SELECT id FROM sales WHERE _file IN ('sales/2024-01.csv', 'nowhere.csv', '../postgresql.conf');
SELECT id FROM sales WHERE _file = ANY ('{}');
SELECT _file, count(*), sum(price) FROM sales GROUP BY 1 ORDER BY 1;
PREPARE of_file(text) AS SELECT id FROM sales WHERE _file = $1;
EXECUTE of_file('sales/2024-01.csv');
SELECT a.id, b.id AS other FROM sales a JOIN sales b ON a._line = b._line AND a.id < b.id ORDER BY 1, 2;
SELECT id FROM sales ORDER BY id LIMIT 1;
EXPLAIN (COSTS OFF) SELECT * FROM sales WHERE _file = 'sales/2024-01.csv' AND id > 1;
SELECT measured('SELECT * FROM sales');

-- Options
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (SET glob '/etc/*')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (SET glob '../*')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (SET glob 'a/../../b')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (DROP glob)$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (format 'orc')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (compression 'lzma')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (delimiter '')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (delimiter '"')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (null 'a,b')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (encoding 'EBCDIC')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (records '$.x')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (format 'jsonl', header 'true')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (delimeter ';')$$);
SELECT says($$ALTER FOREIGN TABLE sales OPTIONS (root '/')$$);
SELECT says($$ALTER FOREIGN TABLE sales ALTER _line OPTIONS (SET lineage 'row')$$);
SELECT says($$ALTER FOREIGN TABLE sales ALTER _line OPTIONS (path 'x')$$);
CREATE FOREIGN TABLE wrong (id text OPTIONS (lineage 'line')) SERVER files OPTIONS (glob 'sales/*.csv');
SELECT says('SELECT * FROM wrong');
DROP FOREIGN TABLE wrong;
CREATE FOREIGN TABLE wrong (id text OPTIONS (path 'x')) SERVER files OPTIONS (glob 'sales/*.csv', header 'false');
SELECT says('SELECT * FROM wrong');
DROP FOREIGN TABLE wrong;
CREATE FOREIGN TABLE wrong (id int, nr int) SERVER files OPTIONS (glob 'sales/*.csv');
SELECT says('SELECT * FROM wrong');
DROP FOREIGN TABLE wrong;

-- Formats
SELECT put('noheader.txt', E'\'it\\\'s\'|NULL|1\n\'NULL\'||2\n');
CREATE FOREIGN TABLE piped (_line int OPTIONS (lineage 'line'), a text, b text, n int) SERVER files
	OPTIONS (glob 'noheader.txt', header 'false', delimiter '|', quote '''', escape '\', null 'NULL');
SELECT * FROM piped;
SELECT put('latin.csv', '\x6b65790a5afc726963680a'::bytea);
CREATE FOREIGN TABLE latin (key text) SERVER files OPTIONS (glob 'latin.csv', encoding 'LATIN1');
SELECT * FROM latin;
SELECT put('orders.json', '{"data": [{"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}]},
	{"id": 2, "lines": [{"sku": "c"}]}], "at": "2024-01-01"}');
CREATE FOREIGN TABLE orders (id int OPTIONS (path '$.data[*].id'), sku text, at date OPTIONS (path '$.at'),
	_line bigint OPTIONS (lineage 'line'), _file text OPTIONS (lineage 'file'))
	SERVER files OPTIONS (glob '*.json', format 'json', records '$.data[*].lines[*]');
SELECT * FROM orders;
SELECT in_root('mkdir packed && gzip -nc orders.json >packed/orders.json.gz');
ALTER FOREIGN TABLE orders OPTIONS (SET glob 'packed/*');
SELECT * FROM orders;
SELECT put('events.jsonl', E'{"id": 1, "tags": {"a": 1}}\n\n{"id": 2}\n');
CREATE FOREIGN TABLE events (id int, tags jsonb, _line bigint OPTIONS (lineage 'line'))
	SERVER files OPTIONS (glob 'events.jsonl', format 'jsonl');
SELECT * FROM events;

-- What COPY writes comes back as it was
CREATE TABLE written (i int, big bigint, n numeric, f float8, b bool, t text, v varchar(9), c char(4), d date,
	ts timestamp, tz timestamptz, u uuid, j jsonb, a text[], e bytea, iv interval);
INSERT INTO written SELECT i - 50, i * 10000000000, (i - 50) / 7.0, exp(i - 50.0), i % 3 = 0,
	CASE i % 9 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN ',' WHEN 3 THEN '"' WHEN 4 THEN E'a\nb' WHEN 5 THEN E'\r\n'
		WHEN 6 THEN ' é 😀 ' WHEN 7 THEN '\.' ELSE repeat('"x",', i) END,
	left(md5(i::text), 9), i::text, '2024-01-01'::date + i * 100, '2024-01-01'::timestamp + i * interval '1.000001 h',
	'2024-01-01'::timestamptz - i * interval '7.5 d', md5(i::text)::uuid, jsonb_build_object('k"', i, 'l', E'\n'),
	ARRAY['a', NULL, i::text, 'b,"c'], decode(md5(i::text), 'hex'), i * interval '1 d 2 s'
FROM generate_series(0, 99) i;
INSERT INTO written VALUES (NULL);
INSERT INTO written VALUES (0, -1, 'NaN', 'Infinity', false, 'NULL', '', '', 'infinity', '-infinity', 'infinity');
SELECT :'root' || '/written.csv' AS written, :'root' || '/quoted.csv' AS quoted \gset
COPY written TO :'written' (FORMAT csv, HEADER);
COPY written TO :'quoted' (FORMAT csv, HEADER, FORCE_QUOTE *, DELIMITER ';', NULL 'null');
CREATE FOREIGN TABLE read_back (i int, big bigint, n numeric, f float8, b bool, t text, v varchar(9), c char(4), d date,
	ts timestamp, tz timestamptz, u uuid, j jsonb, a text[], e bytea, iv interval) SERVER files OPTIONS (glob 'written.csv');
(TABLE written EXCEPT ALL TABLE read_back) UNION ALL (TABLE read_back EXCEPT ALL TABLE written);
ALTER FOREIGN TABLE read_back OPTIONS (SET glob 'quoted.csv', delimiter ';', null 'null');
(TABLE written EXCEPT ALL TABLE read_back) UNION ALL (TABLE read_back EXCEPT ALL TABLE written);
SELECT count(*) FROM read_back;

-- Bad records are errors that name them; nothing is padded or cut
SELECT put('bad/count.csv', E'a,b\n1,2\n3\n');
SELECT put('bad/quote.csv', E'a,b\n1,"2\n3,4\n');
SELECT put('bad/type.csv', E'a,b\n1,x\n');
SELECT put('bad/bytes.csv', '\x612c620a312cff0a'::bytea);
CREATE FOREIGN TABLE bad (a int, b int, _file text OPTIONS (lineage 'file')) SERVER files OPTIONS (glob 'bad/*.csv');
SELECT says(format('SELECT * FROM bad WHERE _file = %L', 'bad/' || f || '.csv')) FROM unnest('{bytes,count,quote,type}'::text[]) f;

-- Which files
SELECT put('glob/a.csv', E'k\n1\n'), put('glob/b.csv', E'k\n2\n'), put('glob/.hidden.csv', E'k\n3\n'),
	put('glob/sub/c.csv', E'k\n4\n'), put('glob/sub/deep/d.csv', E'k\n5\n'), put('glob/b.txt', E'k\n6\n');
SELECT in_root('mkdir glob/dir.csv');
CREATE FOREIGN TABLE globbed (k int, _file text OPTIONS (lineage 'file')) SERVER files OPTIONS (glob 'x', settle '0', on_change 'merge');
CREATE FUNCTION files_of(glob text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE globbed OPTIONS (SET glob %L)', glob);
	SELECT string_agg(_file || '=' || k, ' ') INTO result FROM globbed;
	RETURN result;
END $$;
SELECT g, files_of(g) FROM unnest('{glob/*.csv,glob/?.*,glob/[b-z].csv,glob/*/*.csv,glob/**/*.csv,**/d.csv,
	glob/**,glob/sub/c.csv,glob/.*.csv,glob/none*.csv,none/*.csv}'::text[]) g;
SELECT says($$SELECT files_of('glob/none.csv')$$);
SELECT says($$SELECT files_of('glob/sub')$$);

-- Nothing outside the directory is readable, however it is named
SELECT in_root('mkdir -p esc && ln -s /etc esc/etc && ln -s ../../postgresql.conf esc/conf.csv && ln -s /etc/passwd esc/passwd.csv && ln -s ../glob esc/inside && mkfifo esc/pipe.csv && ln -s nothing esc/broken.csv && ln -s /dev/zero esc/zero.csv');
SELECT f, says(format('SELECT files_of(%L)', f)) FROM unnest('{esc/conf.csv,esc/passwd.csv,esc/etc/passwd,esc/pipe.csv,
	esc/broken.csv,esc/zero.csv,esc/passwd*}'::text[]) f;
SELECT files_of('esc/etc/*'), files_of('esc/**/passwd'), files_of('esc/inside/*.csv');
SELECT in_root('rm -r esc');

-- The directory itself may be a link
SELECT in_root('ln -s glob link');
CREATE SERVER linked FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
ALTER SERVER linked OPTIONS (SET root '/nowhere/at/all');
CREATE FOREIGN TABLE via_link (k int) SERVER linked OPTIONS (glob '*.csv');
SELECT says('SELECT * FROM via_link');
SELECT :'root' || '/link' AS link \gset
ALTER SERVER linked OPTIONS (SET root :'link');
SELECT * FROM via_link;
DROP SERVER linked CASCADE;

-- Compression, by the first bytes of each file
SELECT in_root('mkdir zip && gzip -nc sales/2024-01.csv >zip/a.gz && zstd -q sales/2024-02.csv -o zip/b.zst && cp sales/2024-01.csv zip/c.gz');
CREATE FOREIGN TABLE zipped (id int, name text, _file text OPTIONS (lineage 'file')) SERVER files OPTIONS (glob 'zip/*');
SELECT * FROM zipped;
SELECT in_root('cat zip/a.gz >zip/d.gz && printf "id,name,price,sold_at\n7,last,1,2024-01-01\n" | sed 1d | gzip -nc >>zip/d.gz');
SELECT id FROM zipped WHERE _file = 'zip/d.gz';
-- Zeros behind a member are padding.
SELECT in_root('(cat zip/a.gz; head -c 300000 /dev/zero; printf "8,last,1,2024-01-01\n" | gzip -nc; printf "\0") >zip/e.gz');
SELECT id FROM zipped WHERE _file = 'zip/e.gz';
SELECT in_root('zstd -q -c sales/2024-01.csv >zip/e.zst && printf "8,last,1,2024-01-01\n" | zstd -q -c >>zip/e.zst');
SELECT id FROM zipped WHERE _file = 'zip/e.zst';
SELECT in_root('head -c 60 zip/a.gz >zip/f.gz && head -c 60 zip/b.zst >zip/g.zst && (cat zip/a.gz; echo rubbish) >zip/h.gz && printf "\037\213rubbish" >zip/i.gz && : >zip/j.csv');
SELECT f, split_part(says(format('SELECT * FROM zipped WHERE _file = %L', f)), E'\n', 1) FROM unnest('{zip/f.gz,zip/g.zst,zip/h.gz,zip/i.gz,zip/j.csv}'::text[]) f;
ALTER FOREIGN TABLE zipped OPTIONS (compression 'gzip');
SELECT f, says(format('SELECT * FROM zipped WHERE _file = %L', f)) FROM unnest('{zip/b.zst,zip/c.gz,zip/j.csv}'::text[]) f;
ALTER FOREIGN TABLE zipped OPTIONS (SET compression 'none');
SELECT split_part(says($$SELECT * FROM zipped WHERE _file = 'zip/a.gz'$$), E'\n', 1);
ALTER FOREIGN TABLE zipped OPTIONS (DROP compression);
-- A small archive of much
SELECT in_root('(echo id,name; yes 1,x | head -c 40000000) | gzip -nc >zip/bomb.gz');
ALTER SERVER files OPTIONS (max_file_bytes '10MB');
SELECT says($$SELECT count(*) FROM zipped WHERE _file = 'zip/bomb.gz'$$);
ALTER SERVER files OPTIONS (SET max_file_bytes '100MB');
SELECT count(*) FROM zipped WHERE _file = 'zip/bomb.gz';

-- Who may
CREATE ROLE file_test_user;
GRANT pg_read_all_settings TO file_test_user;
GRANT USAGE ON FOREIGN DATA WRAPPER elt_file TO file_test_user;
GRANT USAGE ON FOREIGN SERVER files TO file_test_user;
GRANT USAGE, CREATE ON SCHEMA file_test TO file_test_user;
SET ROLE file_test_user;
SELECT says($$CREATE SERVER mine FOREIGN DATA WRAPPER elt_file OPTIONS (root '/etc')$$);
CREATE FOREIGN TABLE theirs (k int) SERVER files OPTIONS (glob 'glob/a.csv');
SELECT * FROM theirs;
SELECT says('SELECT * FROM sales');
RESET ROLE;
GRANT pg_read_server_files TO file_test_user;
SET ROLE file_test_user;
CREATE SERVER mine FOREIGN DATA WRAPPER elt_file OPTIONS (root '/etc');
RESET ROLE;
DROP OWNED BY file_test_user;
DROP ROLE file_test_user;

-- Pipelines: a slice is a file, a bad record goes to quarantine, a bad file fails alone
SELECT elt.create_pipeline('sales_files', 'file_test.sales', 'file_test.sales_landed', '{id}');
CALL elt.run('sales_files');
SELECT id, name, price, sold_at, _file, _line FROM sales_landed ORDER BY id;
SELECT params, state, rows, rejected, bytes FROM elt.slices WHERE pipeline = 'sales_files' ORDER BY params::text;
SELECT put('sales/2024-03.csv', E'id,name,price,sold_at\n5,a,1,2024-03-01\nsix,b,2,2024-03-02\n7,c,3\n8,"d" e,4,2024-03-04\n9,f,5,2024-03-05\n');
CALL elt.run('sales_files');
SELECT id FROM sales_landed ORDER BY id;
SELECT record, byte_offset, reason, column_name, message, raw FROM elt.rejects WHERE pipeline = 'sales_files' ORDER BY record;
SELECT elt.alter_pipeline('sales_files', params => '{"file": ["sales/2024-02.csv"]}');
CALL elt.run('sales_files');
SELECT says($$SELECT elt.alter_pipeline('sales_files', params => '{"file": ["../postgresql.conf"]}')$$);
SELECT says($$SELECT elt.alter_pipeline('sales_files', params => '{"country": "de"}')$$);
SELECT elt.drop_pipeline('sales_files');
CREATE TABLE none_landed (k int PRIMARY KEY, _file text);
SELECT files_of('glob/none*.csv');
SELECT elt.create_pipeline('no_files', 'file_test.globbed', 'file_test.landed_of_none', '{k}');
CALL elt.run('no_files');
SELECT files_of('glob/*.csv');
SELECT put('glob/c.csv', E'k\n3\nfour\n'), in_root('head -c 20 zip/a.gz >glob/d.csv');
CALL elt.run('no_files');
SELECT * FROM elt.preview('no_files', 1);
SELECT params, state, sqlstate FROM elt.slices WHERE pipeline = 'no_files' ORDER BY params::text;
SELECT elt.drop_pipeline('no_files');

-- A full load of files is one of the files that the pipeline names when it lands
SELECT put('full/a.csv', E'k\n1\n2\n'), put('full/b.csv', E'k\n3\n');
CREATE FOREIGN TABLE unnamed (k int) SERVER files OPTIONS (glob 'full/*.csv', settle '0', on_change 'merge');
CREATE FOREIGN TABLE named (k int, _file text OPTIONS (lineage 'file')) SERVER files OPTIONS (glob 'full/*.csv', settle '0', on_change 'merge');
SELECT elt.create_pipeline('full_unnamed', 'file_test.unnamed', 'file_test.full_unnamed', '{k}', options => '{"load": "full", "absent": "delete"}');
SELECT elt.create_pipeline('full_named', 'file_test.named', 'file_test.full_named', '{k}', options => '{"load": "full", "absent": "delete",
	"max_delete_percent": 100, "min_rows_percent": 0}');
CALL elt.run('full_unnamed');
CALL elt.run('full_named');
SELECT says($$SELECT elt.alter_pipeline('full_unnamed', params => '{"file": ["full/a.csv"]}')$$);
SELECT elt.alter_pipeline('full_named', params => '{"file": ["full/a.csv"]}');
CALL elt.pull('full_named');
SELECT elt.alter_pipeline('full_named', params => '{}');
SELECT says($$SELECT elt.merge('full_named')$$);
SELECT elt.alter_pipeline('full_named', params => '{"file": ["full/a.csv"]}');
CALL elt.run('full_named');
SELECT k, _file FROM full_named ORDER BY k;
ALTER TABLE full_named DROP COLUMN _file;
ALTER FOREIGN TABLE named DROP COLUMN _file;
CALL elt.run('full_named');
SELECT count(*) FROM full_named;
SELECT elt.drop_pipeline('full_named'), elt.drop_pipeline('full_unnamed');

-- Errors speak of files, and a file without even a header is told
SELECT put('told/a.csv', E'k\n1\n'), put('told/b.csv', ''), put('told/c.csv.gz', '');
SELECT in_root('gzip -c told/b.csv >told/c.csv.gz');
SELECT put('told/bad.csv', E'k\nx\n'), put('told/bad.json', '[{"k": 1');
CREATE FUNCTION context_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; context text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, context = PG_EXCEPTION_CONTEXT;
	RETURN message || E'\n' || split_part(context, E'\n', 1);
END $$;
CREATE FOREIGN TABLE told (k int, _file text OPTIONS (lineage 'file')) SERVER files OPTIONS (glob 'told/?.csv*', settle '0', on_change 'merge');
CREATE FOREIGN TABLE bad_csv (k int) SERVER files OPTIONS (glob 'told/bad.csv');
CREATE FOREIGN TABLE bad_json (k int) SERVER files OPTIONS (glob 'told/bad.json', format 'json');
SELECT context_of('TABLE file_test.' || t) FROM unnest('{bad_csv,bad_json}'::text[]) AS t;
TABLE told;
SELECT elt.create_pipeline('told', 'file_test.told', 'file_test.told_landed', '{k,_file}');
CALL elt.run('told');
SELECT params, state, rows, http_status FROM elt.slices WHERE pipeline = 'told';
SELECT put('told/b.csv', E'k\n2\n');
CALL elt.run('told');
SELECT params, state, rows FROM elt.slices WHERE pipeline = 'told';
SELECT k, _file FROM told_landed ORDER BY k;
SELECT elt.drop_pipeline('told');

-- Small files share transactions, whatever becomes of one of them.
SELECT in_root('mkdir small; for i in $(seq -w 120); do (echo k,v; echo $i,a; echo x$i,b; echo 1$i,c) >small/$i.csv; done; echo wrong >small/060.csv');
CREATE SEQUENCE seen;
CREATE FUNCTION see() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN nextval('file_test.seen') <> 1150 OR pg_terminate_backend(pg_backend_pid());
END $$;
CREATE DOMAIN seen_int AS int CHECK (file_test.see());
CREATE FOREIGN TABLE small (k seen_int, v text, _file text OPTIONS (lineage 'file'))
	SERVER files OPTIONS (glob 'small/*.csv', settle '0', on_change 'merge');
SELECT elt.create_pipeline(p, 'file_test.small', 'file_test.' || p, '{k}', options => '{"max_attempts": 1}') FROM unnest('{small_lots,small_apart}'::text[]) p;
CREATE VIEW small_slices AS
SELECT pipeline, params, state, rows, rejected, bytes, error FROM elt.slices WHERE pipeline LIKE 'small%';
SET client_min_messages = error;
SELECT pg_current_xact_id()::text::bigint AS before \gset
CALL elt.pull('small_lots');
-- A transaction for each file and one for its rows would be more.
SELECT pg_current_xact_id()::text::bigint - :before BETWEEN 120 AND 180 AS shared;
-- A worker that is terminated among the files of one transaction
SELECT setval('seen', 1000);
\set VERBOSITY sqlstate
CALL elt.wait(elt.enqueue('small_lots'));
\set VERBOSITY terse
SELECT nextval('seen') < 1200 AS early;
SELECT count(*) FROM small_lots;
CALL elt.run('small_lots');
SET elt.batch_slices = 1;
CALL elt.run('small_apart');
RESET elt.batch_slices;
SET client_min_messages = warning;
SELECT state, count(*), sum(rows) AS rows, sum(rejected) AS rejected, max(error) AS error FROM small_slices WHERE pipeline = 'small_lots' GROUP BY state ORDER BY state;
SELECT count(*) AS differing FROM (SELECT params, state, rows, rejected, bytes, error FROM small_slices WHERE pipeline = 'small_lots'
	EXCEPT ALL SELECT params, state, rows, rejected, bytes, error FROM small_slices WHERE pipeline = 'small_apart') d;
SELECT (SELECT count(*) FROM small_lots), (SELECT count(*) FROM (SELECT k, v, _file FROM small_lots EXCEPT ALL SELECT k, v, _file FROM small_apart) d) AS differing;
SELECT elt.drop_pipeline(p) FROM unnest('{small_lots,small_apart}'::text[]) p;

-- Tens of megabytes with one bad record in the middle
SELECT in_root('(echo id,name; seq 1 1000000 | sed "s/.*/&,a name that makes the row some fifty bytes long &/; 500000s/^/x/") >large.csv');
CREATE FOREIGN TABLE large (id int, name text, _line bigint OPTIONS (lineage 'line')) SERVER files OPTIONS (glob 'large.csv', settle '0', on_change 'merge');
SELECT elt.create_pipeline('large_file', 'file_test.large', 'file_test.large_landed', '{id}');
CALL elt.pull('large_file');
SELECT count(*), min(id), max(id), sum(id::bigint), count(*) FILTER (WHERE _line = id + 1) AS lines FROM elt_staging.large_file;
SELECT record, byte_offset, reason, column_name, raw FROM elt_catalog.staged_reject;
SELECT elt.drop_pipeline('large_file');
SET statement_timeout = '5ms';
SELECT count(*) FROM large;
SET statement_timeout = '60s';

-- However a scan ends, its files are closed
CREATE FUNCTION open_files() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM pg_ls_dir('/proc/self/fd') $$;
CREATE FUNCTION many_ends(n int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. n LOOP
		PERFORM says(s) FROM unnest(ARRAY['SELECT * FROM bad', 'SELECT * FROM large LIMIT 1',
			$q$SELECT * FROM zipped WHERE _file = 'zip/f.gz'$q$, 'SELECT * FROM zipped LIMIT 1',
			$q$SELECT * FROM zipped WHERE _file = 'zip/g.zst'$q$, 'SELECT * FROM wrong_file',
			'SELECT count(*) FROM orders, sales']) s;
	END LOOP;
	RETURN open_files();
END $$;
CREATE FOREIGN TABLE wrong_file (id int) SERVER files OPTIONS (glob 'no such file');
SELECT many_ends(2) AS before \gset
SELECT many_ends(50) - :before < 10 AS no_file_stays_open;

SELECT shell('rm -r ' || current_setting('data_directory') || '/elt_file_test');
SELECT says('SELECT * FROM sales');
SET client_min_messages = error;
DROP SERVER files CASCADE;
DROP SCHEMA file_test CASCADE;
