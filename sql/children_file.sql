-- Children of records in files: broken lines, text that is none, lists of a million, files that change.
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA child_file;
SET search_path = child_file;
SELECT current_setting('data_directory') || '/elt_child_file' AS root \gset
CREATE FUNCTION shell(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'cat >/dev/null; mkdir -p elt_child_file; cd elt_child_file && ' || command);
END $$;
CREATE FUNCTION put(name text, content bytea) RETURNS void LANGUAGE sql AS $$
	SELECT shell(format('printf %%s %s | base64 -d >%s', replace(encode(content, 'base64'), E'\n', ''), name)) $$;
SELECT shell('true');
CREATE SERVER child_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE VIEW outcome AS
SELECT pipeline, rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch, rows_quarantined AS quar, rows_removed AS removed
FROM elt.run_targets WHERE run_id = (SELECT max(run_id) FROM elt.runs);

-- Lines of a file, of which each is an order
CREATE FOREIGN TABLE order_file (id int, name text, file text OPTIONS (lineage 'file'), line int OPTIONS (lineage 'line'))
	SERVER child_files OPTIONS (glob '*.jsonl', settle '0', on_change 'merge', format 'jsonl');
CREATE FOREIGN TABLE line_file (order_id int OPTIONS (path '$.id'), line int OPTIONS (lineage 'index'), sku text, file text OPTIONS (lineage 'file'))
	SERVER child_files OPTIONS (glob '*.jsonl', settle '0', on_change 'merge', format 'jsonl', records '$.lines[*]');
SELECT elt.create_pipeline('f_orders', 'order_file', 'orders', '{id}');
SELECT elt.add_child('f_orders', 'line_file', 'lines', '{order_id,line}', '{order_id}');
SELECT put('a.jsonl', convert_to(E'{"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}]}\n{"id": 2, "lines": [{"sku"\n{"lines": [{"sku": "c"}], "id": 3}\n\n'
	'{"id": 4, "name": NaN, "lines": [{"sku": "d"}]}\n{"id": 5, "lines": [{"sku": "e"}, {"sku": NaN}]}\n{"id": 6, "name": "', 'UTF8')
	|| '\xff'::bytea || convert_to(E'", "lines": [{"sku": "f"}]}\n[7]\n{"id": 8, "lines": [7, {"sku": "h"}]}\n{"id": 9, "lines": "none"}\n', 'UTF8'));
CALL elt.run('f_orders');
TABLE outcome;
SELECT id, line FROM orders ORDER BY 1;
SELECT order_id, line, sku FROM lines ORDER BY 1, 2;
SELECT pipeline, reason, record, message, parent_key FROM elt.rejects WHERE pipeline LIKE 'f\_%' ORDER BY pipeline, reason, record, message, parent_key::text;

-- Of an order that two files hold, the lines of the version that stays are stored.
SELECT put('b.jsonl', convert_to(E'{"id": 1, "lines": [{"sku": "b1"}]}\n', 'UTF8'));
CALL elt.run('f_orders');
SELECT order_id, line, sku, file FROM lines WHERE order_id = 1 ORDER BY 1, 2;
SELECT elt.drop_pipeline('f_orders') \gset
SELECT shell('rm *.jsonl');

-- By default the records are the elements of the root, or the root.
CREATE FOREIGN TABLE any_file (id int) SERVER child_files OPTIONS (glob '*.json', settle '0', on_change 'merge', format 'json');
CREATE FOREIGN TABLE of_list (id int OPTIONS (path '$[*].id'), n int) SERVER child_files OPTIONS (glob '*.json', settle '0', on_change 'merge', format 'json', records '$[*].lines[*]');
CREATE FOREIGN TABLE of_one (id int OPTIONS (path '$.id'), n int) SERVER child_files OPTIONS (glob '*.json', settle '0', on_change 'merge', format 'json', records '$.lines[*]');
CREATE FOREIGN TABLE by_name (id int OPTIONS (path '$.id'), name text OPTIONS (path 'key'), n int OPTIONS (path 'value.n'), place int OPTIONS (lineage 'index'))
	SERVER child_files OPTIONS (glob '*.json', settle '0', on_change 'merge', format 'json', records '$.lines.keyvalue()');
SELECT put('list.json', '[{"id": 1, "lines": [{"n": 1}, {"n": 2}]}, {"lines": [{"n": 3}], "id": 2}]'::bytea);
SELECT elt.create_pipeline('f_any', 'any_file', 'anything', '{id}');
SELECT elt.add_child('f_any', 'of_list', 'listed', '{id,n}', '{id}');
CALL elt.run('f_any');
SELECT id, n FROM listed ORDER BY 1, 2;
-- A transform follows the rows of a child, and that some have gone.
CREATE VIEW listed_now AS SELECT id, n FROM listed;
SELECT elt.create_pipeline('f_transform', 'listed_now', 'transformed', '{id,n}',
	options => '{"load": "full", "absent": "delete", "max_delete_percent": 100, "changes_of": ["f_any_listed"]}');
CALL elt.run('f_transform');
SELECT put('list.json', '[{"id": 1, "lines": [{"n": 1}]}, {"lines": [{"n": 3}, {"n": 4}], "id": 2}]'::bytea);
CALL elt.run('f_any');
CALL elt.run('f_transform');
SELECT id, n FROM transformed ORDER BY 1, 2;
SELECT elt.drop_pipeline('f_transform') \gset
DROP VIEW listed_now;
SELECT elt.drop_child('f_any_listed') \gset
SELECT put('list.json', '{"lines": [{"n": 1}, {"n": 2}], "id": 7}'::bytea);
SELECT elt.add_child('f_any', 'of_one', 'single', '{id,n}', '{id}');
CALL elt.run('f_any');
SELECT id, n FROM single ORDER BY 1, 2;
-- A single record without its list is no fault of the page.
SELECT put('list.json', '{"id": 7}'::bytea);
CALL elt.run('f_any');
TABLE outcome;
SELECT elt.drop_child('f_any_single') \gset
SELECT put('list.json', '{"id": 8, "lines": {"a": {"n": 1}, "b": {"n": 2}}}'::bytea);
SELECT elt.add_child('f_any', 'by_name', 'named', '{id,name}', '{id}');
CALL elt.run('f_any');
SELECT id, name, n, place FROM named ORDER BY 1, 2;
SELECT elt.drop_child('f_any_named') \gset

-- Lines that are no lists are records of the parent, which it rejects.
CREATE FOREIGN TABLE any_line (id int) SERVER child_files OPTIONS (glob '*.jsonl', settle '0', format 'jsonl');
CREATE FOREIGN TABLE of_line (id int OPTIONS (path '$[*].id'), n int) SERVER child_files OPTIONS (glob '*.jsonl', settle '0', format 'jsonl', records '$[*].lines[*]');
SELECT put('lists.jsonl', E'[{"id": 1, "lines": [{"n": 1}]}, {"id": 2, "lines": [{"n": 2}]}]\nnull\n7\n[null, {"id": 3, "lines": [{"n": 3}]}]\n'::bytea);
SELECT elt.create_pipeline('f_lists', 'any_line', 'line_parents', '{id}');
SELECT elt.add_child('f_lists', 'of_line', 'line_children', '{id,n}', '{id}');
CALL elt.run('f_lists');
SELECT id, n FROM line_children ORDER BY 1;
SELECT record, message FROM elt.rejects WHERE pipeline = 'f_lists' ORDER BY 1;
SELECT elt.drop_pipeline('f_lists') \gset
SELECT shell('rm *.jsonl');

-- A list of a million, within constant memory
SELECT shell($$awk 'BEGIN { printf "[{\"id\": 1, \"lines\": ["; for (i = 1; i < 1000000; i++) printf "{\"n\": %d}, ", i; print "{\"n\": 0}]}, {\"id\": 2}]" }' >list.json$$);
SELECT elt.add_child('f_any', 'of_list', 'listed', '{id,n}', '{id}');
SET elt.record_memory = '1MB';
CALL elt.pull('f_any');
RESET elt.record_memory;
SELECT count(*), count(DISTINCT n), count(DISTINCT _parent) FROM elt_staging.f_any_listed;
-- In a batch of which all records of a child are refused, the slice fails for all.
SELECT shell($$awk 'BEGIN { printf "[{\"id\": 1, \"lines\": ["; for (i = 1; i < 30; i++) printf "{\"n\": \"x\"}, "; print "{\"n\": \"x\"}]}, {\"id\": 2}]" }' >list.json$$);
\set VERBOSITY terse
CALL elt.run('f_any');
\set VERBOSITY default
TABLE outcome;
SELECT count(*) FROM anything WHERE id = 1;
-- CSV has no nested lists.
CREATE FOREIGN TABLE csv_file (id int) SERVER child_files OPTIONS (glob '*.csv', settle '0', on_change 'merge');
CREATE FOREIGN TABLE csv_lines (id int, n int OPTIONS (lineage 'index')) SERVER child_files OPTIONS (glob '*.csv', settle '0', on_change 'merge');
SELECT elt.create_pipeline('f_csv', 'csv_file', 'of_csv', '{id}');
SELECT elt.add_child('f_csv', 'csv_file', 'of_csv_lines', '{id}', '{id}');
SELECT elt.add_child('f_csv', 'csv_lines', 'of_csv_lines', '{id}', '{id}');

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name IN ('f_any', 'f_csv') ORDER BY 1;
SELECT shell('rm -r ../elt_child_file');
DROP SCHEMA child_file CASCADE;
DROP SERVER child_files CASCADE;
