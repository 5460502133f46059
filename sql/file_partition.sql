-- Values in the names of directories, and files that a WHERE clause leaves out by their names.
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET statement_timeout = '60s';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA partition_test;
SET search_path = partition_test;

SELECT current_setting('data_directory') || '/elt_partition_test' AS root \gset
CREATE FUNCTION in_root(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; mkdir -p %1$s/elt_partition_test && cd %1$s/elt_partition_test && %2$s',
		current_setting('data_directory'), command));
END $$;
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; state text; context text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
		state = RETURNED_SQLSTATE, context = PG_EXCEPTION_CONTEXT;
	RETURN replace(concat_ws(E'\n', state || ': ' || message, nullif(detail, ''), nullif(hint, ''), split_part(context, E'\n', 1)),
		current_setting('data_directory'), '...');
END $$;
-- How many files a query reads, as it is planned and as it runs.
CREATE FUNCTION reads(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT json, TIMING off, COSTS off, SUMMARY off) ' || query INTO plan;
	RETURN format('%s files, %s bytes', jsonb_path_query_first(plan::jsonb, '$.**."Files"'), jsonb_path_query_first(plan::jsonb, '$.**."Bytes Decoded"'));
END $$;

SELECT in_root($$for dt in 2024-01-01 2024-01-02 2024-02-01; do for shop in graz linz; do
	mkdir -p "dt=$dt/shop=$shop"; n=$((n + 1)); (echo id; echo $n) >"dt=$dt/shop=$shop/part.csv"; done; done
	mkdir -p "dt=2024-03-01/shop=a%2Fb%" dt=2024-03-01/shop=__HIVE_DEFAULT_PARTITION__
	(echo id; echo 7) >"dt=2024-03-01/shop=a%2Fb%/part.csv"; (echo id; echo 8) >dt=2024-03-01/shop=__HIVE_DEFAULT_PARTITION__/part.csv$$);
CREATE SERVER partitioned FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE src (id int, day date OPTIONS (lineage 'partition dt'), shop text OPTIONS (lineage 'partition shop'), file text OPTIONS (lineage 'file'))
	SERVER partitioned OPTIONS (glob '**/*.csv', settle '0');
SELECT * FROM src ORDER BY id;

-- Any condition on them leaves out files, and whole directories are not opened: these could not be.
SELECT in_root('chmod 0 dt=2024-02-01 dt=2024-03-01/*');
SELECT says('SELECT * FROM src');
SELECT id FROM src WHERE day < '2024-01-31';
SELECT id FROM src WHERE day = ANY ('{2024-01-02,2023-01-01}');
SELECT id FROM src WHERE day BETWEEN '2024-01-01' AND date '2024-01-01' + 1 AND (shop LIKE 'g%' OR day = '2024-01-02');
SELECT id FROM src WHERE extract(month FROM day) = 1 AND file LIKE '%shop=linz%';
SELECT in_root('chmod 755 dt=2024-02-01 dt=2024-03-01/*');
SELECT q, reads('SELECT * FROM src WHERE ' || q) FROM unnest(ARRAY['true', 'day < ''2024-02-01''', 'shop = ''graz''', 'shop IS NULL', 'shop = ''a/b%''', 'day > ''2025-01-01''',
	'day = (SELECT min(d) FROM (VALUES (date ''2024-01-01''), (''2024-01-02'')) AS v(d))', 'file LIKE ''dt=2024-02%''', 'id = 1', 'day = ''2024-01-01'' AND random() < 2']) q;
-- The other side of a join has its own value for each row.
SELECT d, n FROM (VALUES (date '2024-01-01'), ('2024-03-01')) AS v(d), LATERAL (SELECT count(*) AS n FROM src WHERE day = d OFFSET 0) AS s ORDER BY 1;
PREPARE of_day(date) AS SELECT id FROM src WHERE day >= $1 ORDER BY id;
SET plan_cache_mode = force_generic_plan;
EXECUTE of_day('2024-02-01');
EXECUTE of_day('2024-03-01');
RESET plan_cache_mode;
-- What a view with a barrier keeps back is not shown to functions that may tell it.
CREATE FUNCTION tells(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE WARNING 'told %', $1; RETURN true; END $$;
CREATE VIEW graz WITH (security_barrier) AS SELECT * FROM src WHERE shop = 'graz';
SELECT id FROM graz WHERE tells(shop);

-- Codes that are no text stand for themselves.
SELECT in_root('mkdir "dt=2024-04-01" "dt=2024-04-01/shop=%FF%2F" && (echo id; echo 9) >"dt=2024-04-01/shop=%FF%2F/part.csv"');
SELECT id, shop FROM src WHERE day = '2024-04-01';
SELECT in_root('rm -r "dt=2024-04-01"');

-- A file outside of such a directory, and a value that is none, are errors of theirs.
SELECT in_root('mkdir -p dt=today/shop=graz; (echo id; echo 9) >dt=today/shop=graz/part.csv; (echo id; echo 10) >dt=2024-01-01/part.csv');
SELECT in_root('mkdir -p dt=x');
SELECT says('SELECT * FROM src WHERE day > current_date');
SELECT in_root('rmdir dt=x');
SELECT says('SELECT * FROM src'), says('SELECT * FROM src WHERE day > ''2024-01-01''');
SELECT elt.create_pipeline('partitioned', 'partition_test.src', 'partition_test.landed', strategy => 'append');
SET client_min_messages = error;
CALL elt.run('partitioned');
SET client_min_messages = warning;
SELECT id, day, shop FROM landed ORDER BY id;
SELECT name, state, first_error FROM elt.files WHERE pipeline = 'partitioned' AND state <> 'landed' ORDER BY name;
SELECT split_part(hint, '; ', -1) AS next FROM elt.runs WHERE pipeline = 'partitioned';
SELECT elt.drop_pipeline('partitioned');
SELECT says(format('ALTER FOREIGN TABLE src ALTER shop OPTIONS (SET lineage %L)', l)) FROM unnest('{partition,"partition ","partition a=b","partition a/b"}'::text[]) l;
SELECT says($$ALTER FOREIGN TABLE src ALTER shop OPTIONS (ADD format 'unix')$$);

-- Rejects keep what is told of their file, and are replayed with it.
SELECT in_root($$rm -r *; mkdir -p p=1; python3 -c '
import zipfile
with zipfile.ZipFile("p=1/a.zip", "w") as out:
    out.writestr("1.csv", "id,v\n1,a\nx,b\n")
    out.writestr("2.csv", "id,v\ny,c\n2,d\nz,e\n")
    out.writestr("3.json", "[]")
with zipfile.ZipFile("p=1/j.zip", "w") as out:
    out.writestr("1.json", "{\"shop\": \"g\\u00e4\", \"lines\": [{\"id\": 1, \"v\": \"a\"}, {\"id\": \"x\", \"v\": \"b\"}]}")
' && touch -d '2024-01-01 12:00 UTC' p=1/*$$);
CREATE FOREIGN TABLE packed (id int, v text, p int OPTIONS (lineage 'partition p'), member text OPTIONS (lineage 'member'), bytes bigint OPTIONS (lineage 'size'),
	changed timestamptz OPTIONS (lineage 'modified'), line int OPTIONS (lineage 'line')) SERVER partitioned OPTIONS (glob '*/a.zip', settle '0', members '*.csv');
SELECT elt.create_pipeline('packed', 'partition_test.packed', 'partition_test.packed_landed', strategy => 'append');
SET datestyle = 'German';
CALL elt.run('packed');
SET datestyle = 'ISO';
SELECT message, raw FROM elt.rejects WHERE pipeline = 'packed' ORDER BY 1, 2;
ALTER FOREIGN TABLE packed ALTER id OPTIONS (null 'x|y');
SELECT elt.fix_reject(reject_id, '{"id": 3, "member": "mine"}') FROM elt.rejects WHERE pipeline = 'packed' AND raw ~ '^z';
SELECT rejects, replayed, rejected FROM elt.replay_rejects('packed');
SELECT id, v, p, member, bytes = (SELECT size FROM elt.files WHERE pipeline = 'packed') AS size, changed, line FROM packed_landed ORDER BY v;
SELECT elt.drop_pipeline('packed');
CREATE FOREIGN TABLE lines (shop text OPTIONS (path '$.shop'), id int, v text, member text OPTIONS (lineage 'member'))
	SERVER partitioned OPTIONS (glob '*/j.zip', settle '0', format 'json', records '$.lines[*]');
SELECT elt.create_pipeline('lines', 'partition_test.lines', 'partition_test.lines_landed', '{id}');
CALL elt.run('lines');
SELECT elt.fix_reject(reject_id, '{"id": 2}') FROM elt.rejects WHERE pipeline = 'lines';
SELECT shop, id, v, member FROM lines_landed ORDER BY id;
SELECT elt.drop_pipeline('lines');

-- Children have these columns too.
SELECT in_root($$python3 -c '
import zipfile
with zipfile.ZipFile("p=1/c.zip", "w") as out:
    out.writestr("1.json", "[{\"id\": 1, \"lines\": [{\"n\": 1}, {\"n\": \"x\"}]}]")
    out.writestr("2.json", "[{\"id\": 2, \"lines\": [{\"n\": 2}]}]")
'$$);
CREATE FOREIGN TABLE orders (id int, member text OPTIONS (lineage 'member')) SERVER partitioned OPTIONS (glob '*/c.zip', settle '0', format 'json', records '$[*]');
CREATE FOREIGN TABLE order_lines (id int OPTIONS (path '$[*].id'), n int, p int OPTIONS (lineage 'partition p'), member text OPTIONS (lineage 'member'))
	SERVER partitioned OPTIONS (glob '*/c.zip', settle '0', format 'json', records '$[*].lines[*]');
SELECT elt.create_pipeline('orders', 'partition_test.orders', 'partition_test.orders_landed', '{id}');
SELECT elt.add_child('orders', 'partition_test.order_lines', 'partition_test.lines_of_orders', '{id,n}', '{id}');
CALL elt.run('orders');
SELECT id, n, p, member FROM lines_of_orders ORDER BY 1, 2;
SELECT message FROM elt.rejects WHERE pipeline = 'orders_lines_of_orders';
SELECT elt.fix_reject(reject_id, '{"n": 3}') FROM elt.rejects WHERE pipeline = 'orders_lines_of_orders';
SELECT id, n, p, member FROM lines_of_orders ORDER BY 1, 2;
SELECT elt.drop_pipeline('orders');

SELECT in_root('chmod -R 755 . && rm -r ../elt_partition_test');
SET client_min_messages = error;
DROP SERVER partitioned CASCADE;
DROP SCHEMA partition_test CASCADE;
