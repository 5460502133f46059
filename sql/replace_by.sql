-- Strategy replace: within each combination of the replace_by columns that a batch holds, the target
-- becomes what came.
\getenv replay ELT_REPLAY
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER scope_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE SCHEMA scope_test;
SET search_path = scope_test;
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER scope_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION answers(slice text, body text) RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM script WHERE id = 'scope-' || slice
		AND responses = jsonb_build_array(CASE body WHEN 'fails' THEN '{"status": 400}'
			WHEN 'later' THEN '{"status": 404, "body": "not yet", "content_type": "text/plain"}'
			WHEN 'nothing' THEN '{"status": 404, "body": "{}", "content_type": "application/json"}'
			ELSE jsonb_build_object('body', body) END)::text$$;
CREATE VIEW outcome AS
SELECT state, slices_landed AS landed, rows_read AS read, rows_inserted AS ins, rows_updated AS upd,
	rows_unchanged AS unch, rows_duplicate AS dup, rows_quarantined AS quar, rows_dropped AS drop, rows_removed AS removed,
	regexp_replace(detail, 'http://[^/]*', '') AS detail
FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);

-- The lines of orders, all in one list: an order that came has just the lines that came.
CREATE FOREIGN TABLE line_api (order_id int, line int, sku text, n int)
	SERVER scope_api OPTIONS (path '/script/scope-lines');
SELECT elt.create_pipeline('lines', 'line_api', 'lines', '{order_id,line}', 'replace', options => '{"replace_by": ["order_id"]}');
\d lines
SELECT answers('lines', '[{"order_id":1,"line":1,"sku":"a","n":1},{"order_id":1,"line":2,"sku":"b","n":1},{"order_id":2,"line":1,"sku":"c","n":1}]') \gset
CALL elt.run('lines');
TABLE outcome;
SELECT array_agg(ctid::text || xmin ORDER BY ctid) AS before FROM lines \gset
CALL elt.run('lines');
TABLE outcome;
SELECT array_agg(ctid::text || xmin ORDER BY ctid) = :'before' AS untouched FROM lines;
SELECT answers('lines', '[{"order_id":1,"line":1,"sku":"a","n":2},{"order_id":1,"line":3,"sku":"d","n":1},{"order_id":3,"line":1,"sku":"e","n":1}]') \gset
CALL elt.pull('lines');
\t on
\pset format unaligned
SELECT elt.merge_sql('lines');
\t off
\pset format aligned
SELECT class, rows, key, stored, staged FROM elt.preview_merge('lines');
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged, rows_removed FROM elt.merge('lines');
SELECT order_id, line, sku, n FROM lines ORDER BY 1, 2;
SELECT elt.drop_pipeline('lines') \gset

-- Without a key rows are counted, and no values are values too.
SELECT elt.create_pipeline('bag', 'line_api', 'bag', '{}', 'replace', options => '{"replace_by": ["order_id"]}');
\d bag
SELECT answers('lines', '[{"order_id":1,"sku":"a"},{"order_id":1,"sku":"a"},{"order_id":1,"sku":"b"},{"order_id":2,"sku":"c"},{"sku":"x"},{"sku":"y"}]') \gset
CALL elt.run('bag');
TABLE outcome;
SELECT answers('lines', '[{"order_id":1,"sku":"a"},{"order_id":1,"sku":"b"},{"sku":"y"},{"sku":"z"}]') \gset
CALL elt.pull('bag');
\t on
\pset format unaligned
SELECT elt.merge_sql('bag');
\t off
\pset format aligned
SELECT class, rows, key, stored, staged FROM elt.preview_merge('bag');
SELECT rows_read, rows_inserted, rows_updated, rows_unchanged, rows_removed FROM elt.merge('bag');
SELECT order_id, sku FROM bag ORDER BY 1, 2;
SELECT elt.drop_pipeline('bag') \gset

-- What does not fit is refused.
CREATE FOREIGN TABLE area_api (area text OPTIONS (param 'area'), kind text OPTIONS (param 'kind'), at timestamptz, id int, price numeric, detail json)
	SERVER scope_api OPTIONS (path '/script/scope-{area}-{kind}', empty_on '404 application/json', not_yet_on '404 text/plain');
CREATE FOREIGN TABLE day_api (area text OPTIONS (param 'area'), at timestamptz, id int)
	SERVER scope_api OPTIONS (path '/script/scope-{area}', query 'day={window_start}', window '1 day', window_column 'at');
CREATE FOREIGN TABLE since_api (area text OPTIONS (param 'area'), at timestamptz, id int)
	SERVER scope_api OPTIONS (path '/script/scope-{area}', query 'since={cursor}', cursor_column 'at');
CREATE FOREIGN TABLE token_api (area text OPTIONS (param 'area'), id int) SERVER scope_api
	OPTIONS (path '/script/scope-{area}', records '$.rows[*]', paginate 'next_url', next_path '$.next', resume_path '$.delta');
CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE FOREIGN TABLE loose_api (name text COLLATE any_case, point point) SERVER scope_api OPTIONS (path '/script/scope-loose');
CREATE FUNCTION declares(source regclass, options text, key text[] DEFAULT '{}', strategy text DEFAULT 'replace') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	PERFORM elt.create_pipeline('refused', source, 'refused', key, strategy, start_at => '2024-01-01',
		params => CASE WHEN source = 'area_api'::regclass THEN '{"area": ["x", "y"], "kind": ["a", "b"]}' WHEN source::text IN ('line_api', 'loose_api') THEN '{}'
			ELSE '{"area": ["x"]}' END::jsonb, options => options::jsonb);
	PERFORM elt.drop_pipeline('refused');
	DROP TABLE refused;
	RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END
$$;
\pset format unaligned
\t on
SELECT declares('line_api', '{}');
SELECT declares('line_api', '{"replace_by": []}');
SELECT declares('line_api', '{"replace_by": ["order_id", "line", "order_id"]}');
SELECT declares('line_api', '{"replace_by": ["order"]}');
SELECT declares('line_api', '{"replace_by": ["ctid"]}');
SELECT declares('line_api', '{"replace_by": "order_id"}');
SELECT declares('line_api', '{"replace_by": ["order_id"]}', '{order_id,line}', 'upsert');
SELECT declares('day_api', '{"replace_by": ["id"]}', '{}', 'replace_window');
SELECT declares('area_api', '{"replace_by": ["detail"]}');
SELECT declares('loose_api', '{"replace_by": ["name"]}');
SELECT declares('loose_api', '{"replace_by": ["point"]}');
-- Options of other strategies
SELECT declares('line_api', format('{"replace_by": ["order_id"], %s}', o), '{order_id,line}')
FROM unnest('{"\"sequence_by\": [\"n\"]","\"delete_when\": \"n = 0\"","\"update_columns\": [\"n\"]","\"insert_only_columns\": [\"n\"]","\"track_columns\": [\"n\"]","\"load\": \"full\", \"absent\": \"delete\""}'::text[]) AS o;
-- Answers that are parts of the scopes
SELECT declares('area_api', '{"replace_by": ["area"]}');
SELECT declares('day_api', '{"replace_by": ["area"]}');
SELECT declares('since_api', '{"replace_by": ["area"]}', '{id}');
SELECT declares('token_api', '{"replace_by": ["area"]}', '{id}');
-- and those that may be whole
SELECT declares('area_api', '{"replace_by": ["kind", "area"]}');
SELECT declares('area_api', '{"replace_by": ["area", "id"]}');
SELECT declares('day_api', '{"replace_by": ["area", "id"]}');
SELECT declares('since_api', '{"replace_by": ["area"], "load": "full"}', '{id}');
SELECT declares('since_api', '{"replace_by": ["id"]}', '{id}');
SELECT declares('token_api', '{"replace_by": ["id"]}', '{id}');
\t off
\pset format aligned

-- The params of a request determine a scope: one that is empty, or said to be, has no rows; what failed, is not published or
-- was not requested stays as it is.
SELECT elt.create_pipeline('areas', 'area_api', 'areas', '{area,kind,id}', 'replace', params => '{"area": ["x", "y"], "kind": ["a", "b"]}',
	options => '{"replace_by": ["kind", "area"]}');
SELECT answers('x-a', '[{"id":1,"price":1},{"id":2,"price":2}]'), answers('x-b', '[{"id":1,"price":1}]'),
	answers('y-a', '[{"id":1,"price":1}]'), answers('y-b', '[{"id":1,"price":1}]') \gset
CALL elt.run('areas');
INSERT INTO areas (area, kind, id) VALUES ('z', 'a', 1), ('x', 'c', 1), ('x', 'a', 9);
SELECT answers('x-a', '[{"id":2,"price":3}]'), answers('x-b', '[]'), answers('y-a', 'nothing'), answers('y-b', 'later') \gset
CALL elt.pull('areas');
\t on
\pset format unaligned
-- PostgreSQL 15 writes the name of type json with its schema, later ones without it.
SELECT replace(elt.merge_sql('areas'), 'pg_catalog.json,', 'json,');
\t off
\pset format aligned
SELECT rows_read, rows_updated, rows_removed FROM elt.merge('areas');
SELECT area, kind, id, price FROM areas ORDER BY 1, 2, 3;
SELECT answers('x-a', 'fails'), answers('x-b', '[{"id":5}]'), answers('y-b', '[]') \gset
\set VERBOSITY terse
CALL elt.run('areas');
\set VERBOSITY default
TABLE outcome;
SELECT area, kind, id, price FROM areas ORDER BY 1, 2, 3;
-- Nothing of it is there: nothing is deleted.
SELECT answers('x-a', 'fails'), answers('x-b', 'fails'), answers('y-a', 'fails'), answers('y-b', 'fails') \gset
\set VERBOSITY terse
CALL elt.run('areas');
\set VERBOSITY default
SELECT count(*) FROM areas;
SELECT elt.drop_pipeline('areas') \gset

-- A row in quarantine, or one that a check has dropped, is not missing. If a record's key is not known, it may be any row of its
-- slice, so none of these is deleted.
CREATE FOREIGN TABLE part_api (part text OPTIONS (param 'part'), order_id int, line int, sku text, n int)
	SERVER scope_api OPTIONS (path '/script/scope-{part}');
CREATE FUNCTION declare_part(name text, key text[], more jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
	SELECT elt.create_pipeline(name, 'part_api', name, key, 'replace', params => '{"part": ["p", "q"]}',
		options => '{"replace_by": ["order_id"]}' || more) $$;
SELECT declare_part('doubt', '{order_id,line}'), declare_part('doubt_rows', '{}');
SELECT elt.add_check(name, 'low', 'n < 5'), elt.add_check(name, 'no_three', 'n <> 3', 'drop') FROM elt.pipelines WHERE name LIKE 'doubt%' ORDER BY name;
SELECT answers('p', '[{"order_id":1,"line":1,"n":1},{"order_id":1,"line":2,"n":1},{"order_id":1,"line":3,"n":1},{"order_id":2,"line":1,"n":1},{"order_id":2,"line":2,"n":1}]'),
	answers('q', '[{"order_id":3,"line":1,"n":1},{"order_id":3,"line":2,"n":1}]') \gset
CALL elt.run('doubt');
CALL elt.run('doubt_rows');
INSERT INTO doubt_rows (part, order_id, line, n) VALUES ('p', 1, 7, 9), ('p', 1, 8, 3);
SELECT answers('p', '[{"order_id":1,"line":1,"n":9},{"order_id":1,"line":2,"n":3},{"order_id":2,"line":1,"n":1},{"order_id":1,"line":7,"n":9},{"order_id":1,"line":8,"n":3}]'),
	answers('q', '[{"order_id":3,"line":1,"n":1},{"order_id":3,"line":9,"n":1},{"order_id":3,"line":2,"n":"x"}]') \gset
SET client_min_messages = notice;
CALL elt.pull('doubt');
SELECT class, rows FROM elt.preview_merge('doubt', 0) WHERE rows IS NOT NULL;
SELECT rows_read, rows_inserted, rows_unchanged, rows_removed, rows_quarantined, rows_dropped FROM elt.merge('doubt');
RESET client_min_messages;
SET client_min_messages = warning;
TABLE outcome;
SELECT order_id, line, n FROM doubt ORDER BY 1, 2;
-- Without a key, rows that equal it stay, and an answer in doubt only adds rows.
CALL elt.pull('doubt_rows');
SELECT class, rows FROM elt.preview_merge('doubt_rows', 0) WHERE rows IS NOT NULL;
\t on
\pset format unaligned
SELECT regexp_replace(elt.merge_sql('doubt_rows'), '{"[^}]*}', '{...}');
\t off
\pset format aligned
SELECT rows_read, rows_inserted, rows_unchanged, rows_removed, rows_quarantined, rows_dropped FROM elt.merge('doubt_rows');
SELECT order_id, line, n FROM doubt_rows ORDER BY 1, 2;
-- A row without a key, which the merge finds
SELECT answers('p', '[{"order_id":1,"line":1,"n":1},{"order_id":1,"n":1}]'), answers('q', '[{"order_id":3,"line":1,"n":1}]') \gset
CALL elt.run('doubt');
TABLE outcome;
SELECT order_id, line, n FROM doubt ORDER BY 1, 2;
-- The next answer of which all rows are known decides.
SELECT answers('p', '[{"order_id":1,"line":1,"n":1}]') \gset
CALL elt.run('doubt');
TABLE outcome;
SELECT order_id, line, n FROM doubt ORDER BY 1, 2;
-- A check that fails the batch leaves all as it is, and nothing behind.
SELECT elt.add_check('doubt', 'none', 'n > 1', 'fail') \gset
SELECT answers('p', '[{"order_id":1,"line":2,"n":9}]') \gset
\set VERBOSITY terse
CALL elt.run('doubt');
\set VERBOSITY default
SELECT order_id, line, n FROM doubt ORDER BY 1, 2;
SELECT count(*) FROM elt_staging."doubt$withheld";
SELECT elt.drop_pipeline('doubt'), elt.drop_pipeline('doubt_rows') \gset

-- Of two windows with rows of one scope the newer one counts, also when the older one has failed before.
CREATE FOREIGN TABLE changed_api (order_id int, line int, at timestamptz) SERVER scope_api
	OPTIONS (path '/script/scope-changed-{window_start}', window '1 day', window_column 'at', window_format 'DD');
SELECT elt.create_pipeline('changed', 'changed_api', 'changed', '{order_id,line}', 'replace', start_at => '2024-01-01', lookback => '5 days',
	options => '{"replace_by": ["order_id"]}');
SELECT answers('changed-01', 'fails'), answers('changed-02', '[{"order_id":1,"line":2,"at":"2024-01-02"}]') \gset
\set VERBOSITY terse
CALL elt.run('changed', '2024-01-01', '2024-01-03');
\set VERBOSITY default
SELECT answers('changed-01', '[{"order_id":1,"line":1,"at":"2024-01-01"},{"order_id":2,"line":1,"at":"2024-01-01"}]') \gset
CALL elt.run('changed', '2024-01-01', '2024-01-03');
TABLE outcome;
SELECT order_id, line, at FROM changed ORDER BY 1, 2;
SELECT elt.drop_pipeline('changed') \gset

-- A list that is not proven complete deletes nothing, and the run says so.
CREATE FOREIGN TABLE list_api (order_id int, line int) SERVER scope_api
	OPTIONS (path '/script/scope-list', records '$.rows[*]', paginate 'page_number', total_path '$.total', page_size '10', stop_on 'short_page');
SELECT elt.create_pipeline('list', 'list_api', 'list', '{order_id,line}', 'replace', options => '{"replace_by": ["order_id"]}');
SELECT answers('list', '{"total":2,"rows":[{"order_id":1,"line":1},{"order_id":1,"line":2}]}') \gset
CALL elt.run('list');
SELECT answers('list', '{"total":2,"rows":[{"order_id":1,"line":3}]}') \gset
SET client_min_messages = notice;
SET elt.retry_base = 1;
CALL elt.run('list');
SET client_min_messages = warning;
TABLE outcome;
SELECT order_id, line FROM list ORDER BY 2;
SELECT elt.drop_pipeline('list') \gset

-- A key that moves to another scope is moved, whether its former scope came or not.
SELECT declare_part('moving', '{line}');
SELECT answers('p', '[{"order_id":1,"line":1},{"order_id":1,"line":2},{"order_id":2,"line":3},{"order_id":4,"line":4}]'), answers('q', '[]') \gset
CALL elt.run('moving');
SELECT answers('p', '[{"order_id":1,"line":1},{"order_id":2,"line":2},{"order_id":3,"line":3},{"order_id":2,"line":4}]') \gset
CALL elt.run('moving');
TABLE outcome;
SELECT order_id, line FROM moving ORDER BY 2;
-- Rows without a value are of one scope.
SELECT answers('p', '[{"line":1},{"line":2}]') \gset
CALL elt.run('moving');
SELECT answers('p', '[{"line":2},{"order_id":2,"line":5}]') \gset
CALL elt.run('moving');
TABLE outcome;
SELECT order_id, line FROM moving ORDER BY 2;
SELECT elt.drop_pipeline('moving') \gset

-- Of several slices with rows of one scope the last one counts, in a batch and in one after the other.
SELECT declare_part('together', '{line}'), declare_part('apart', '{line}', '{"batch_rows": 1}'), declare_part('apart_rows', '{}', '{"batch_rows": 1}');
SELECT answers('p', '[{"order_id":1,"line":1},{"order_id":1,"line":2},{"order_id":2,"line":3}]'), answers('q', '[{"order_id":1,"line":2},{"order_id":1,"line":4}]') \gset
CALL elt.pull('together');
SELECT class, rows FROM elt.preview_merge('together', 0) WHERE rows IS NOT NULL;
SELECT rows_read, rows_inserted, rows_duplicate FROM elt.merge('together');
SELECT order_id, line FROM together ORDER BY 2;
CALL elt.run('apart');
TABLE outcome;
SELECT order_id, line FROM apart ORDER BY 2;
CALL elt.run('apart_rows');
TABLE outcome;
SELECT order_id, line FROM apart_rows ORDER BY 2;
SELECT elt.drop_pipeline('together'), elt.drop_pipeline('apart'), elt.drop_pipeline('apart_rows') \gset

-- A slice is never cut, not even where a run could continue from a page.
SELECT elt.create_pipeline('tokens', 'token_api', 'tokens', '{id}', 'replace', params => '{"area": ["pages"]}', options => '{"replace_by": ["id"], "batch_rows": 1}');
SELECT answers('pages', format('{"rows":[{"id":1},{"id":2}],"next":"%s/script/scope-more","delta":null}', :'replay')),
	answers('more', '{"rows":[{"id":3}],"delta":"t"}') \gset
CALL elt.run('tokens');
SELECT rows_in FROM elt.steps WHERE pipeline = 'tokens' AND step = 'merge' ORDER BY batch;
SELECT elt.drop_pipeline('tokens') \gset

-- Files: the rows of each are those that it had last. A file that is empty has none, and one that is gone keeps its rows.
SELECT current_setting('data_directory') || '/elt_replace_by' AS root \gset
CREATE FUNCTION put(name text, VARIADIC lines text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; mkdir -p "%1$s/elt_replace_by" && cd "%1$s/elt_replace_by" && printf %%s %2$s | base64 -d >%3$s',
		current_setting('data_directory'), replace(encode(convert_to(array_to_string(lines, E'\n') || E'\n', 'UTF8'), 'base64'), E'\n', ''), name));
END
$$;
CREATE FUNCTION take_away(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; rm "%s/elt_replace_by/%s"', current_setting('data_directory'), name));
END
$$;
CREATE SERVER scope_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE sale_files (sku text, n int, _file text OPTIONS (lineage 'file')) SERVER scope_files OPTIONS (glob '*.csv', settle '0', on_change 'merge');
SELECT put('a.csv', 'sku,n', 'a,1', 'a,1', 'b,2'), put('b.csv', 'sku,n', 'c,3'), put('c.csv', 'sku,n', 'd,4'), put('d.csv', 'sku,n', 'e,5') \gset
SELECT elt.create_pipeline('file_rows', 'sale_files', 'file_rows', '{}', 'replace', options => '{"replace_by": ["_file"]}');
SELECT elt.create_pipeline('file_keys', 'sale_files', 'file_keys', '{sku}', 'replace', options => '{"replace_by": ["_file"]}');
SET client_min_messages = error;
CALL elt.run('file_rows');
CALL elt.run('file_keys');
SELECT put('a.csv', 'sku,n', 'a,1', 'b,3'), put('b.csv', 'sku,n', 'c,3', 'f,6,7'), put('c.csv', 'sku,n'), take_away('d.csv'), put('e.csv', 'sku,n', 'g,5') \gset
CALL elt.run('file_rows');
TABLE outcome;
CALL elt.run('file_keys');
TABLE outcome;
SET client_min_messages = warning;
SELECT _file, sku, n FROM file_rows ORDER BY 1, 2, 3;
SELECT _file, sku, n FROM file_keys ORDER BY 1, 2, 3;
SELECT elt.drop_pipeline('file_rows'), elt.drop_pipeline('file_keys') \gset
DROP SERVER scope_files CASCADE;

-- Partitions: their column in the scope limits what is read, as does the scope's own.
CREATE FOREIGN TABLE shift_api (day date, shop int, name text) SERVER scope_api OPTIONS (path '/script/scope-shifts');
SELECT elt.create_pipeline('shifts', 'shift_api', 'shifts', '{day,shop,name}', 'replace', options => '{"replace_by": ["shop", "day"]}',
	partition_by => 'day', partition_interval => '1 month');
SELECT elt.create_pipeline('shops', 'shift_api', 'shops', '{}', 'replace', options => '{"replace_by": ["shop"]}',
	partition_by => 'day', partition_interval => '1 month');
SELECT answers('shifts', '[{"day":"2024-01-01","shop":1,"name":"a"},{"day":"2024-01-01","shop":1,"name":"b"},{"day":"2024-02-01","shop":1,"name":"a"},{"day":"2024-01-01","shop":2,"name":"c"}]') \gset
CALL elt.run('shifts');
CALL elt.run('shops');
SELECT answers('shifts', '[{"day":"2024-01-01","shop":1,"name":"b"},{"day":"2024-03-01","shop":1,"name":"d"}]') \gset
CALL elt.run('shifts');
TABLE outcome;
CALL elt.run('shops');
TABLE outcome;
SELECT tableoid::regclass, day, shop, name FROM shifts ORDER BY 2, 3, 4;
SELECT tableoid::regclass, day, shop, name FROM shops ORDER BY 2, 3, 4;
SELECT elt.drop_pipeline('shifts'), elt.drop_pipeline('shops') \gset

-- A table of one's own: a generated column, a cascade, a trigger that keeps rows, policies
CREATE ROLE scope_owner;
GRANT elt_admin TO scope_owner;
GRANT USAGE ON FOREIGN SERVER scope_api TO scope_owner;
GRANT ALL ON SCHEMA scope_test TO scope_owner;
GRANT ALL ON ALL TABLES IN SCHEMA scope_test TO scope_owner;
CREATE TABLE own (order_id int, line int, sku text, n int, twice int GENERATED ALWAYS AS (n * 2) STORED, kept bool DEFAULT false,
	_run_id bigint, _loaded_at timestamptz, UNIQUE (line, order_id));
CREATE TABLE note (order_id int, line int, note text, FOREIGN KEY (line, order_id) REFERENCES own (line, order_id) ON DELETE CASCADE);
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN OLD.kept THEN NULL ELSE OLD END; END $$;
CREATE TRIGGER keep BEFORE DELETE ON own FOR EACH ROW EXECUTE FUNCTION keep();
GRANT ALL ON own, note TO scope_owner;
SET ROLE scope_owner;
SELECT elt.create_pipeline('own', 'line_api', 'own', '{order_id,line}', 'replace', options => '{"replace_by": ["order_id"]}');
SELECT answers('lines', '[{"order_id":1,"line":1,"n":1},{"order_id":1,"line":2,"n":2},{"order_id":1,"line":3,"n":3}]') \gset
CALL elt.run('own');
INSERT INTO note VALUES (1, 2, 'goes'), (1, 1, 'stays');
UPDATE own SET kept = true WHERE line = 3;
SELECT answers('lines', '[{"order_id":1,"line":1,"n":5}]') \gset
CALL elt.run('own');
TABLE outcome;
SELECT order_id, line, n, twice, kept FROM own ORDER BY 2;
SELECT note FROM note;
RESET ROLE;
DROP TRIGGER keep ON own;
ALTER TABLE own ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON own FOR SELECT USING (true);
CREATE POLICY no_kept ON own FOR DELETE USING (NOT kept);
CREATE POLICY writes ON own FOR INSERT WITH CHECK (true);
CREATE POLICY changes ON own FOR UPDATE USING (true);
SELECT answers('lines', '[{"order_id":1,"line":4,"n":5}]') \gset
SET ROLE scope_owner;
CALL elt.run('own');
TABLE outcome;
SELECT order_id, line, n, twice, kept FROM own ORDER BY 2;
SELECT elt.drop_pipeline('own') \gset
RESET ROLE;

-- Changes of the source: a column that is renamed, or gone
SELECT elt.create_pipeline('renamed', 'line_api', 'renamed', '{order_id,line}', 'replace', options => '{"replace_by": ["order_id"]}');
SELECT options FROM elt.pipelines WHERE name = 'renamed';
SELECT line FROM elt.pipeline_sql('renamed') AS line WHERE line LIKE '%replace_by%';
SELECT elt.alter_pipeline('renamed', options => '{"replace_by": ["line"]}');
CREATE FOREIGN TABLE order_api (ord int OPTIONS (path 'order_id'), line int, sku text, n int) SERVER scope_api OPTIONS (path '/script/scope-lines');
ALTER TABLE renamed RENAME order_id TO ord;
SELECT elt.alter_pipeline('renamed', source => 'order_api', renamed_columns => '{"order_id": "ord"}');
SELECT options FROM elt.pipelines WHERE name = 'renamed';
CALL elt.run('renamed');
TABLE outcome;
ALTER FOREIGN TABLE order_api DROP COLUMN ord;
CALL elt.run('renamed');
SELECT elt.drop_pipeline('renamed') \gset

-- Many scopes: an index finds the rows of few of them, the first load of all builds the key afterwards.
CREATE FOREIGN TABLE many_api (grp int, id int, value int) SERVER scope_api OPTIONS (path '/script/scope-many');
SELECT elt.create_pipeline('many', 'many_api', 'many', '{grp,id}', 'replace', options => '{"replace_by": ["grp"]}');
SELECT elt.create_pipeline('many_rows', 'many_api', 'many_rows', '{}', 'replace', options => '{"replace_by": ["grp"]}');
CREATE FUNCTION stage(staged text, rows text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
	of int := (SELECT id FROM elt_catalog.pipeline WHERE name = staged);
	run bigint;
BEGIN
	EXECUTE format('TRUNCATE elt_staging.%I', staged);
	INSERT INTO elt_catalog.run (pipeline_id, kind, state, requested_by) VALUES (of, 'pull', 'running', current_user::regrole) RETURNING id INTO run;
	EXECUTE format('INSERT INTO elt_staging.%I (grp, id, value, _run_id, _loaded_at) SELECT grp, id, value, %s, ''2024-01-01'' FROM (%s) r(grp, id, value)', staged, run, rows);
	GET DIAGNOSTICS n = ROW_COUNT;
	INSERT INTO elt_catalog.staged_slice (pipeline_id, window_start, window_end, state, complete, attempts, tried_at, requests, loaded_at, rows, rejected, bytes)
	VALUES (of, '-infinity', 'infinity', 'landed', true, 1, now(), 1, '2024-01-01', n, 0, 0);
	INSERT INTO elt_catalog.staged_batch (pipeline_id, run_id, batch, definition_version, complete) VALUES (of, run, 1, 1, true);
END
$$;
CREATE FUNCTION settings(pipeline text) RETURNS SETOF text LANGUAGE sql AS
	$$SELECT line FROM regexp_split_to_table(elt.merge_sql(pipeline), '\n') AS line WHERE line ~ '^SET|^REINDEX|^MERGE|^WITH|BETWEEN'$$;
SELECT stage(name, 'SELECT n / 10, n % 10, n FROM generate_series(0, 39999) n') FROM unnest('{many,many_rows}'::text[]) AS name;
SELECT settings('many');
SELECT rows_read, rows_inserted FROM elt.merge('many');
SELECT rows_read, rows_inserted FROM elt.merge('many_rows');
SELECT stage(name, 'SELECT n / 10, n % 10, n FROM generate_series(5000, 5099) n WHERE n % 10 < 9') FROM unnest('{many,many_rows}'::text[]) AS name;
SELECT settings('many');
SELECT settings('many_rows');
SELECT rows_read, rows_unchanged, rows_removed FROM elt.merge('many');
SELECT rows_read, rows_unchanged, rows_removed FROM elt.merge('many_rows');
SELECT stage(name, 'SELECT n / 10, n % 10, n FROM generate_series(0, 39999) n WHERE n % 10 < 9') FROM unnest('{many,many_rows}'::text[]) AS name;
SELECT settings('many');
SELECT settings('many_rows');
SELECT rows_read, rows_unchanged, rows_removed FROM elt.merge('many');
SELECT rows_read, rows_unchanged, rows_removed FROM elt.merge('many_rows');
SELECT count(*) FROM many;
SELECT elt.drop_pipeline('many'), elt.drop_pipeline('many_rows') \gset

DROP SERVER scope_api CASCADE;
DROP SCHEMA scope_test CASCADE;
DROP OWNED BY scope_owner;
DROP ROLE scope_owner;
