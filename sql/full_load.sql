-- Full loads: every run requests everything, and rows missing from a complete load are deleted.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = ISO;
SET elt.retry_base = 1;
CREATE SERVER full_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE full_owner;
GRANT elt_admin TO full_owner;
CREATE ROLE full_reader;
CREATE ROLE full_operator;
GRANT elt_operator TO full_operator;
GRANT elt_reader TO full_reader;
GRANT USAGE ON FOREIGN SERVER full_api TO full_owner;
CREATE SCHEMA full_test AUTHORIZATION full_owner;
SET ROLE full_owner;
SET search_path = full_test;

-- What the source answers from now on, by shop
CREATE FOREIGN TABLE script_of (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER full_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION answer(shop text, body text, status int DEFAULT 200) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM script_of s WHERE s.id = 'full_' || shop
		AND s.responses = json_build_array(json_build_object('status', status, 'body', body))::text;
END
$$;
-- Items of these numbers, each with a price of its number
CREATE FUNCTION stock(shop text, VARIADIC ids int[]) RETURNS void LANGUAGE sql AS $$
	SELECT answer(shop, coalesce(json_agg(json_build_object('id', id, 'price', id)), '[]')::text) FROM unnest(ids) AS id
$$;
CREATE VIEW outcome AS
SELECT kind, state, batches AS b, rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch,
	rows_quarantined AS quar, rows_dropped AS drop, rows_removed AS removed, pending_deletes AS pending,
	regexp_replace(detail, '.*\n', '') AS detail
FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);

CREATE FOREIGN TABLE item_api (shop text OPTIONS (param 'shop'), id int, price numeric)
	SERVER full_api OPTIONS (path '/script/full_{shop}');

-- What cannot tell what is gone is refused.
SELECT elt.create_pipeline('item', 'item_api', 'item', '{shop,id}', params => '{"shop": ["a"]}', options => '{"load": "half"}');
SELECT elt.create_pipeline('item', 'item_api', 'item', '{shop,id}', params => '{"shop": ["a"]}',
	options => '{"load": "full", "absent": "perish"}');
SELECT elt.create_pipeline('item', 'item_api', 'item', '{shop,id}', params => '{"shop": ["a"]}', options => '{"absent": "delete"}');
SELECT elt.create_pipeline('item', 'item_api', 'item', '{shop,id}', params => '{"shop": ["a"]}',
	options => '{"load": "full", "cursor_column": "id"}');
CREATE FOREIGN TABLE bare_api (id int, price numeric) SERVER full_api OPTIONS (path '/script/full_{shop}');
\set VERBOSITY default
SELECT elt.create_pipeline('item', 'bare_api', 'item', '{id}', params => '{"shop": ["a"]}',
	options => '{"load": "full", "absent": "delete"}');
\set VERBOSITY terse

-- One batch, whatever its size; the next run asks for everything again.
SELECT elt.create_pipeline('item', 'item_api', 'item', '{shop,id}', params => '{"shop": ["a", "b"]}',
	options => '{"load": "full", "absent": "delete", "batch_rows": 1, "max_delete_percent": 30}');
SELECT stock('a', 1, 2, 3, 4), stock('b', 1, 2, 3, 4, 5, 6);
CALL elt.run('item');
TABLE outcome;
CALL elt.run('item');
TABLE outcome;
SELECT count(*) AS cursors FROM elt.cursors WHERE pipeline = 'item';
CALL elt.run('item', '2024-01-01', '2024-01-02');
SELECT elt.enqueue('item', '2024-01-01', '2024-01-02');
SELECT elt.backfill('item', '2024-01-01', '2024-01-02');

-- What is gone from the load goes from the target.
SELECT stock('a', 1, 2, 4);
CALL elt.run('item');
TABLE outcome;
SELECT shop, array_agg(id ORDER BY id) AS ids FROM item GROUP BY shop ORDER BY shop;

-- Not when too many would go: what came lands, the deletes are pending.
SELECT stock('b', 1, 2, 7), stock('a', 1, 2, 4);
CALL elt.run('item');
TABLE outcome;
SELECT pipeline, run_id = (SELECT max(run_id) FROM elt.runs) AS last_run, key, reason FROM elt.pending_deletes;
SELECT regexp_replace(hint, '\d+', 'N') AS hint FROM elt.runs WHERE pipeline = 'item' ORDER BY run_id DESC LIMIT 1;

-- The next complete load takes its place: one is back, one more is gone.
SELECT stock('b', 1, 2, 3, 7), stock('a', 1, 2);
CALL elt.run('item');
SELECT key, reason FROM elt.pending_deletes;

-- An incomplete one deletes nothing, but takes out what came back.
SELECT answer('a', 'gone', 404), stock('b', 1, 2, 3, 4, 7);
CALL elt.run('item');
TABLE outcome;
SELECT key FROM elt.pending_deletes;

-- Pending deletes are carried out once, by who may run the pipeline.
SELECT run_id AS pending FROM elt.pending_deletes LIMIT 1 \gset
RESET ROLE;
SET ROLE full_reader;
SELECT count(*) FROM elt.pending_deletes;
SELECT elt.approve_deletes(:pending);
SET ROLE full_operator;
SELECT elt.approve_deletes(:pending);
RESET ROLE;
SET ROLE full_owner;
SELECT elt.approve_deletes(0);
SELECT elt.discard_deletes(0);
SELECT elt.approve_deletes(NULL);
SELECT shop, array_agg(id ORDER BY id) AS ids FROM item GROUP BY shop ORDER BY shop;
SELECT rows_removed, pending_deletes FROM elt.runs WHERE run_id = :pending;

-- A row that somebody else has written since stays.
SELECT stock('a', 1, 2, 3), stock('b', 1);
CALL elt.run('item');
UPDATE item SET _run_id = _run_id + 1000000 WHERE shop = 'b' AND id = 2;
SELECT elt.approve_deletes(run_id) FROM elt.pending_deletes GROUP BY run_id;
SELECT shop, array_agg(id ORDER BY id) AS ids FROM item GROUP BY shop ORDER BY shop;
DELETE FROM item WHERE shop = 'b' AND id = 2;

-- An empty load, and a combination without a row, delete nothing by themselves.
SELECT stock('a', VARIADIC '{}'), stock('b', VARIADIC '{}');
CALL elt.run('item');
SELECT key, reason FROM elt.pending_deletes;
SELECT elt.alter_pipeline('item', options => '{"max_delete_percent": 100, "min_rows_percent": 0}');
CALL elt.run('item');
TABLE outcome;
SELECT stock('a', 1, 2, 3);
CALL elt.run('item');
SELECT key, reason FROM elt.pending_deletes;
SELECT elt.discard_deletes(run_id) FROM elt.pending_deletes GROUP BY run_id;
SELECT count(*) FROM elt.pending_deletes;
SELECT shop, array_agg(id ORDER BY id) AS ids FROM item GROUP BY shop ORDER BY shop;

-- Fewer rows than a share of those of the last complete load
SELECT stock('b', 1, 2, 3, 4, 5, 6, 7, 8, 9);
CALL elt.run('item');
SELECT elt.alter_pipeline('item', options => '{"min_rows_percent": 80}');
SELECT stock('b', 1, 2, 3, 4, 5, 6);
CALL elt.run('item');
SELECT DISTINCT reason FROM elt.pending_deletes;
SELECT elt.alter_pipeline('item', options => '{"min_rows_percent": 70}');
CALL elt.run('item');
TABLE outcome;
SELECT count(*) FROM elt.pending_deletes;

-- A shop that is no longer asked for keeps its rows; so does one whose answer is refused.
SELECT elt.alter_pipeline('item', params => '{"shop": ["b"]}', options => '{"min_rows_percent": 0}');
SELECT stock('b', 1, 2, 3);
CALL elt.run('item');
TABLE outcome;
SELECT shop, array_agg(id ORDER BY id) AS ids FROM item GROUP BY shop ORDER BY shop;
SELECT answer('b', '[{"id":1,"price":"dear"},{"id":2,"price":2}]');
CALL elt.run('item');
SELECT key, reason FROM elt.pending_deletes;
SELECT answer('b', '[{"id":null,"price":1},{"id":2,"price":2}]');
CALL elt.run('item');
SELECT key, reason FROM elt.pending_deletes;

-- A row that a check takes out is not gone.
SELECT elt.add_check('item', 'cheap', 'price < 100', 'quarantine');
SELECT elt.add_check('item', 'positive', 'price > 0', 'drop');
SELECT answer('b', '[{"id":1,"price":100},{"id":2,"price":0}]');
CALL elt.run('item');
TABLE outcome;
SELECT id, price FROM item WHERE shop = 'b' ORDER BY id;
SELECT elt.add_check('item', 'few', 'id < 2', 'fail');
CALL elt.run('item');
SELECT elt.drop_check('item', 'few');

-- By hand, in two steps
SELECT stock('b', 1, 3);
CALL elt.pull('item');
SELECT rows_read, rows_inserted, rows_unchanged, rows_removed FROM elt.merge('item');

-- A row that the target's policies keep is told.
SELECT elt.create_pipeline('kept', 'item_api', 'kept', '{shop,id}', params => '{"shop": ["k"]}',
	options => '{"load": "full", "absent": "delete", "max_delete_percent": 100}');
SELECT stock('k', 1, 2, 3);
CALL elt.run('kept');
ALTER TABLE kept ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY kept_select ON kept FOR SELECT USING (true);
CREATE POLICY kept_insert ON kept FOR INSERT WITH CHECK (true);
CREATE POLICY kept_update ON kept FOR UPDATE USING (true);
SELECT stock('k', 1, 2);
CALL elt.run('kept');
TABLE outcome;
CREATE POLICY kept_delete ON kept FOR DELETE USING (true);
CALL elt.run('kept');
TABLE outcome;
-- Policies that hide rows of the target make the merge take them for new ones.
ALTER POLICY kept_select ON kept USING (id > 1);
CALL elt.run('kept');
ALTER POLICY kept_select ON kept USING (true);
CREATE POLICY kept_few ON kept AS RESTRICTIVE USING (id > 1);
CALL elt.run('kept');
DROP POLICY kept_few ON kept;
CALL elt.run('kept');
SELECT elt.drop_pipeline('kept');

-- A list that the source counts otherwise than it came proves nothing.
CREATE FOREIGN TABLE paged_api (shop text OPTIONS (param 'shop'), id int, price numeric) SERVER full_api OPTIONS
	(path '/script/full_{shop}', records '$.items[*]', paginate 'page_number', page_size '2',
	stop_on 'short_page', total_path '$.total');
SELECT elt.create_pipeline('paged', 'paged_api', 'paged', '{shop,id}', params => '{"shop": ["p"]}',
	options => '{"load": "full", "absent": "delete", "max_delete_percent": 100}');
SELECT answer('p', '{"total": 1, "items": [{"id":1,"price":1}]}');
CALL elt.run('paged');
SELECT answer('p', '{"total": 2, "items": [{"id":2,"price":1}]}');
CALL elt.run('paged');
TABLE outcome;

-- Windows: only within those that were asked for, and never one that is not published.
CREATE FOREIGN TABLE day_api (shop text OPTIONS (param 'shop'), id int, at timestamptz) SERVER full_api OPTIONS
	(path '/script/full_{shop}', query 'from={window_start}&to={window_end}', window '1 year', window_column 'at',
	not_yet_on '404', empty_on '410');
SELECT elt.create_pipeline('day', 'day_api', 'day', '{shop,id}', params => '{"shop": ["d"]}', start_at => '2022-01-01',
	options => jsonb_build_object('publication_delay', now() - timestamptz '2023-06-01', 'load', 'full', 'absent', 'delete',
	'max_delete_percent', 100, 'min_rows_percent', 0, 'max_future', '100 years'));
SELECT answer('d', '[{"id":1,"at":"2022-03-01"},{"id":2,"at":"2023-03-01"},{"id":3,"at":"2024-03-01"}]');
CALL elt.run('day');
SELECT id, at FROM day ORDER BY id;
SELECT answer('d', '[{"id":4,"at":"2023-04-01"}]');
CALL elt.run('day');
TABLE outcome;
SELECT id, at FROM day ORDER BY id;
SELECT answer('d', '', 404);
CALL elt.run('day');
TABLE outcome;
SELECT elt.alter_pipeline('day', start_at => '2023-01-01');
SELECT answer('d', '[{"id":6,"at":"2023-04-01"}]');
CALL elt.pull('day');
\t on
\pset format unaligned
SELECT regexp_replace(elt.merge_sql('day'), '-- The merge.*', '');
\t off
\pset format aligned
SELECT answer('d', '[{"id":5,"at":"2023-05-01"}]');
CALL elt.run('day');
SELECT id, at FROM day ORDER BY id;

-- Where deletes leave tombstones, absence does too; a key that comes back lives again.
CREATE FOREIGN TABLE soft_api (shop text OPTIONS (param 'shop'), id int, price numeric, changed int, op text)
	SERVER full_api OPTIONS (path '/script/full_{shop}');
SELECT elt.create_pipeline('soft', 'soft_api', 'soft', '{id}', params => '{"shop": ["s"]}', options => $${"sequence_by": ["changed"],
	"delete_when": "op = 'd'", "load": "full", "absent": "delete", "max_delete_percent": 50}$$);
SELECT answer('s', '[{"id":1,"changed":1},{"id":2,"changed":1},{"id":3,"changed":1}]');
CALL elt.run('soft');
SELECT answer('s', '[{"id":1,"changed":1},{"id":2,"changed":2,"op":"d"}]');
CALL elt.run('soft');
TABLE outcome;
SELECT id, _deleted FROM soft ORDER BY id;
CALL elt.run('soft');
TABLE outcome;
SELECT answer('s', '[{"id":1,"changed":1},{"id":3,"changed":1}]');
CALL elt.run('soft');
SELECT id FROM soft_live ORDER BY id;

-- A key of several types survives while its delete is pending.
CREATE FOREIGN TABLE odd_api (shop text OPTIONS (param 'shop'), "Id" numeric, "at" timestamptz, "select" text, f float8, d date)
	SERVER full_api OPTIONS (path '/script/full_{shop}');
SELECT elt.create_pipeline('odd', 'odd_api', '"Odd"', '{Id,at,select,f,d}', params => '{"shop": ["o"]}',
	options => '{"load": "full", "absent": "delete"}');
SELECT answer('o', '[{"Id":1.10,"at":"2024-01-01T00:00:00.123456Z","select":"it''s \"x\" \\ y","f":0.1,"d":"2024-02-29"},{"Id":2,"at":"2024-01-01","select":"","f":1e-300,"d":"0044-03-15"}]');
CALL elt.run('odd');
SELECT answer('o', '[]');
CALL elt.run('odd');
SET timezone = 'Asia/Tokyo';
SELECT elt.approve_deletes(run_id) FROM elt.pending_deletes GROUP BY run_id;
SET timezone = 'UTC';
SELECT count(*) FROM "Odd";

-- Work tables stay, empty, as long as their pipeline.
SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relname LIKE '%$absent' AND relkind = 'r' ORDER BY 1;
SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name IN ('item', 'paged', 'day', 'soft', 'odd') ORDER BY name;
SELECT relname FROM pg_class WHERE relname LIKE '%$absent' AND relkind = 'r';
RESET ROLE;
SELECT count(*) FROM elt_catalog.pending_load;
DROP SERVER full_api CASCADE;
DROP SCHEMA full_test CASCADE;
DROP OWNED BY full_owner, full_reader, full_operator;
DROP ROLE full_owner, full_reader, full_operator;
