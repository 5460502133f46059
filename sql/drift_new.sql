-- Fields that are new, values that a type refuses, and what is done about them.
\set VERBOSITY terse
SET timezone = 'UTC';
CREATE SCHEMA drift_new;
SET search_path = drift_new;
SELECT current_setting('data_directory') || '/elt_drift_test' AS root \gset
CREATE SERVER drift_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT %L) TO PROGRAM %L', replace(encode(convert_to(content, 'UTF8'), 'base64'), E'\n', ''),
		format('mkdir -p %1$s/elt_drift_test && base64 -d >%1$s/elt_drift_test/%2$s', current_setting('data_directory'), name));
END $$;
-- Records first to last, each with these members beside its id.
CREATE FUNCTION records(first int, last int, members text DEFAULT '') RETURNS text LANGUAGE sql AS
$$ SELECT '[' || string_agg(format('{"id": %s%s}', n, members), ',' ORDER BY n) || ']' FROM generate_series(first, last) AS n $$;
CREATE VIEW drift AS
SELECT field, kind, ended_at IS NOT NULL AS ended, applied_at IS NOT NULL AS applied, records, left(sample, 60) AS sample, proposal FROM elt.drift ORDER BY kind, field COLLATE "C";
-- Columns of source and target, and how pipelines are defined.
CREATE VIEW definitions AS
SELECT md5(string_agg(a::text, ' ' ORDER BY a::text)) FROM (SELECT attrelid, attname, atttypid, atttypmod, attfdwoptions, attisdropped FROM pg_attribute
	WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'drift_new'::regnamespace AND relkind IN ('r', 'f')) UNION ALL
	SELECT id::oid, name, 0, 0, track_columns, false FROM elt_catalog.pipeline) a;

CREATE FOREIGN TABLE orders_in (id bigint, n int, city text OPTIONS (path 'address.city')) SERVER drift_files OPTIONS (glob 'orders*.json', format 'json', settle '0', on_change 'merge');
SELECT put('orders1.json', records(1, 3, ', "n": 1, "old": true, "address": {"city": "Graz"}'));
SELECT elt.create_pipeline('orders', 'orders_in', 'orders', '{id}');
CALL elt.run('orders');
-- What the first batch has is not new.
SELECT * FROM drift;
SELECT md5 AS before FROM definitions \gset

-- One row for each field, and one warning; nothing is altered.
SELECT put('orders2.json', records(4, 8, ', "old": false, "n": 2, "note": "x", "address": {"city": "Linz", "zip": "04020"}, "total": 1.50'));
CALL elt.run('orders');
SELECT * FROM drift;
SELECT put('orders3.json', records(9, 10, ', "n": 2, "note": null, "address": {"zip": "1"}, "size": {"w": 1}, "at": "2024-01-01T00:00:00Z"'));
CALL elt.run('orders');
SELECT * FROM drift;
SELECT subject, message ~ 'has come without a column' AS new, count(*) FROM elt.health WHERE pipeline = 'orders' GROUP BY 1, 2;
SELECT md5 = :'before' AS as_before FROM definitions;

-- Followed when somebody says so.
SELECT elt.apply_drift('orders', 'address.zip');
SELECT elt.apply_drift('orders', 'address.zip');
SELECT elt.apply_drift('orders', NULL);
\d orders_in
SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE attrelid = 'orders'::regclass AND attnum > 0 ORDER BY attnum;
SELECT put('orders4.json', records(11, 12, ', "n": 2, "address": {"city": "Wels", "zip": "04600"}'));
CALL elt.run('orders');
SELECT id, n, city, address_zip FROM orders ORDER BY id DESC LIMIT 3;
SELECT field, ended, applied FROM drift WHERE field = 'address.zip';

-- Fields that need no column are added from the next batch on, at most max_new_columns a day.
SELECT elt.alter_pipeline('orders', options => '{"on_new_field": "add", "max_new_columns": 3}');
SELECT put('orders5.json', records(13, 14, ', "n": 2, "note": "y", "total": 2, "at": "2024-01-02T00:00:00Z", "a.b": 1, "address": {"city": "Wels", "zip": "1"}'));
CALL elt.run('orders');
SELECT id, n, city, address_zip, address_zip, note, total FROM orders WHERE id > 12 ORDER BY id;
SELECT field, ended, applied, records FROM drift WHERE kind = 'new';
SELECT elt.alter_pipeline('orders', options => '{"max_new_columns": 0}');

-- What landed before is requested again.
SELECT elt.backfill_column('orders', 'nothing');
SELECT elt.backfill_column('orders', NULL);
SELECT elt.reset_pipeline('orders') > 0 AS again;
CALL elt.run('orders');
SELECT count(*), count(note), count(total) FROM orders;

-- A type is widened only when somebody says so.
SELECT elt.alter_pipeline('orders', options => '{"on_new_field": "ignore"}');
SELECT md5 AS before FROM definitions \gset
SELECT put('orders6.json', '[' || trim('[]' FROM records(15, 16, ', "n": 3000000000')) || ',' || trim('[]' FROM records(17, 20, ', "n": 1')) || ']');
CALL elt.run('orders');
SELECT field, kind, records, sample, proposal ~ 'changes column n to bigint, rewrites \d+ .* of drift_new.orders' AS proposal FROM drift WHERE kind = 'type';
SELECT put('orders7.json', '[' || trim('[]' FROM records(21, 21, ', "n": 1.5')) || ',' || trim('[]' FROM records(22, 30, ', "n": 1')) || ']');
CALL elt.run('orders');
SELECT field, kind, records, proposal ~ 'to numeric' AS proposal FROM drift WHERE kind = 'type';
SELECT put('orders8.json', '[' || trim('[]' FROM records(31, 31, ', "n": "many"')) || ',' || trim('[]' FROM records(32, 39, ', "n": 1')) || ']');
CALL elt.run('orders');
SELECT md5 = :'before' AS as_before FROM definitions;
SELECT elt.apply_drift('orders', 'n');
SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attname = 'n' AND attrelid IN ('orders'::regclass, 'orders_in'::regclass);
SELECT count(*) FROM elt.replay_rejects('orders');
SELECT n FROM orders WHERE id IN (15, 21) ORDER BY id;

-- A key under another name fails the batch, and is followed without loss.
SELECT put('orders9.json', replace(records(40, 42, ', "n": 1'), '"id"', '"orderId"'));
SELECT elt.alter_pipeline('orders', options => '{"on_new_field": "record"}');
\set VERBOSITY default
CALL elt.run('orders');
\set VERBOSITY terse
SELECT count(*) FROM orders WHERE id >= 40;
ALTER FOREIGN TABLE orders_in ALTER COLUMN id OPTIONS (ADD path 'orderId');
SELECT elt.reload_file('orders', 'orders9.json');
CALL elt.run('orders');
SELECT count(*) FROM orders WHERE id >= 40;
SELECT elt.drop_pipeline('orders');

-- A column that is added to a history opens no version.
CREATE FOREIGN TABLE people_in (id int, city text, at timestamptz) SERVER drift_files OPTIONS (glob 'people.json', format 'json', settle '0', on_change 'merge');
SELECT put('people.json', '[{"id": 1, "city": "Ulm", "at": "2024-01-01"}, {"id": 2, "city": "Bonn", "at": "2024-01-01"}]');
SELECT elt.create_pipeline('people', 'people_in', 'people', '{id}', 'scd2', options => '{"sequence_by": ["at"], "on_new_field": "add"}');
CALL elt.run('people');
SELECT put('people.json', '[{"id": 1, "city": "Ulm", "at": "2024-01-01", "mood": "fine"}, {"id": 2, "city": "Bonn", "at": "2024-01-01", "mood": "so so"}]');
CALL elt.run('people');
SELECT put('people.json', '[{"id": 1, "city": "Ulm", "at": "2024-01-01", "mood": "fine" }, {"id": 2, "city": "Bonn", "at": "2024-01-01", "mood": "so so"}, {"id": 3, "city": "Linz", "at": "2024-01-01", "mood": "new"}]');
CALL elt.run('people');
SELECT id, city, mood, is_current FROM people ORDER BY id, valid_from;
SELECT put('people.json', '[{"id": 1, "city": "Graz", "at": "2024-02-01", "mood": "better"}]');
CALL elt.run('people');
SELECT id, city, mood, is_current FROM people ORDER BY id, valid_from;
SELECT elt.drop_pipeline('people');

-- Lists of children are not new; fields in them are theirs.
CREATE FOREIGN TABLE bills (id int) SERVER drift_files OPTIONS (glob 'bills.json', format 'json', records '$.bills[*]', settle '0', on_change 'merge');
CREATE FOREIGN TABLE lines (bill int OPTIONS (path '$.bills[*].id'), sku text) SERVER drift_files OPTIONS (glob 'bills.json', format 'json', records '$.bills[*].lines[*]', settle '0', on_change 'merge');
SELECT put('bills.json', '{"bills": [{"id": 1}]}');
SELECT elt.create_pipeline('bills', 'bills', 'bills_out', '{id}');
SELECT elt.add_child('bills', 'lines', 'lines_out', '{bill,sku}', '{bill}');
CALL elt.run('bills');
SELECT put('bills.json', '{"bills": [{"id": 1, "lines": [{"sku": "a", "n": 1}]}]}');
CALL elt.run('bills');
SELECT put('bills.json', '{"bills": [{"id": 1, "vat": 1, "lines": [{"sku": "a", "n": 1, "extra": "x"}]}]}');
CALL elt.run('bills');
SELECT d.pipeline, d.field, d.kind, d.records FROM elt.drift d ORDER BY 1, 2;
SELECT elt.drop_pipeline('bills');

-- Fields of a header.
CREATE FOREIGN TABLE sheet (id int, name text) SERVER drift_files OPTIONS (glob 'sheet.csv', settle '0', on_change 'merge');
SELECT put('sheet.csv', E'id,name\n1,a\n');
SELECT elt.create_pipeline('sheet', 'sheet', 'sheet_out', '{id}', options => '{"on_new_field": "add"}');
CALL elt.run('sheet');
SELECT put('sheet.csv', E'id,Shop No,name\n1,7,a\n2,8,b\n');
CALL elt.run('sheet');
SELECT put('sheet.csv', E'id,Shop No,name\n1,7,a\n2,8,c\n');
CALL elt.run('sheet');
SELECT id, name, shop_no FROM sheet_out ORDER BY id;
-- A header without it is accepted still.
SELECT put('sheet.csv', E'id,name\n3,d\n');
CALL elt.run('sheet');
SELECT id, name, shop_no FROM sheet_out ORDER BY id;
SELECT elt.drop_pipeline('sheet');

-- Rights, and a source that others use too.
CREATE FOREIGN TABLE shared (id int) SERVER drift_files OPTIONS (glob 'shared.json', format 'json', settle '0', on_change 'merge');
SELECT put('shared.json', '[{"id": 1}]');
SELECT elt.create_pipeline('one', 'shared', 'one_out', '{id}', options => '{"on_new_field": "add"}');
SELECT elt.create_pipeline('two', 'shared', 'two_out', '{id}');
CALL elt.run('one');
SELECT put('shared.json', '[{"id": 1, "x": 1}]');
CALL elt.run('one');
CALL elt.run('one');
SELECT elt.drop_pipeline('two');
SELECT elt.apply_drift('one', 'x');
SELECT elt.drop_pipeline('one');

-- 10,000 names: 100 are recorded, the others counted.
CREATE FOREIGN TABLE wild (id int) SERVER drift_files OPTIONS (glob 'wild.json', format 'json', settle '0', on_change 'merge');
SELECT put('wild.json', records(1, 2));
SELECT elt.create_pipeline('wild', 'wild', 'wild_out', '{id}');
CALL elt.run('wild');
SELECT put('wild.json', (SELECT '[' || string_agg(format('{"id": %s, "key%s": 1, "k%s": {}}', n, n, n), ',') || ']' FROM generate_series(1, 5000) n));
SET client_min_messages = error;
CALL elt.run('wild');
SELECT put('wild.json', (SELECT '[' || string_agg(format('{"id": %s, "key%s": 1, "k%s": {}}', n, -n, n), ',') || ']' FROM generate_series(1, 5000) n));
CALL elt.run('wild');
RESET client_min_messages;
SELECT count(*) FILTER (WHERE field <> '*') AS recorded, max(records) FILTER (WHERE field = '*') AS others FROM drift;
SELECT elt.drop_pipeline('wild');

-- However many pages a batch has, 20 records show what a field is like.
CREATE FOREIGN TABLE pages (id int) SERVER drift_files OPTIONS (glob 'page*.json', format 'json', settle '0');
SELECT put('page0.json', records(1, 2));
SELECT elt.create_pipeline('pages', 'pages', 'pages_out', '{id}');
CALL elt.run('pages');
SELECT count(put(format('page%s.json', n), replace(records(n, n + 4), '"id"', '"no"'))) FROM generate_series(1, 12) n;
CALL elt.run('pages');
SELECT new_fields -> 'fields' AS fields, jsonb_array_length(new_fields -> 'samples') AS samples FROM elt_catalog.staged_batch JOIN elt_catalog.pipeline ON id = pipeline_id WHERE name = 'pages';
SELECT elt.drop_pipeline('pages');

-- Random drifts against a model: which fields are told, in how many records, and no column changes.
CREATE FOREIGN TABLE random_in (id int, f1 int) SERVER drift_files OPTIONS (glob 'random.json', format 'json', settle '0', on_change 'merge');
CREATE TABLE batches (i int, field text, records bigint);
CREATE PROCEDURE make_batch(seed float8, i int) LANGUAGE plpgsql AS $$
DECLARE
	batch jsonb;
BEGIN
	PERFORM setseed(seed);
	SELECT jsonb_agg(r) INTO batch FROM (
		SELECT jsonb_object_agg(CASE WHEN f = 0 THEN 'id' ELSE 'f' || f END, CASE WHEN f = 0 THEN n ELSE (random() * 9)::int END) AS r
		FROM generate_series(1, 6) n, LATERAL (SELECT 0 UNION ALL SELECT f FROM generate_series(1, 8) f WHERE f = 1 OR random() < 0.05 * i + n * 0) x(f) GROUP BY n) r(r);
	PERFORM put('random.json', batch::text);
	INSERT INTO batches SELECT i, k, count(*) FROM jsonb_array_elements(batch) e, jsonb_object_keys(e) k GROUP BY k;
END $$;
SELECT elt.create_pipeline('random', 'random_in', 'random_out', '{id}');
SELECT md5 AS before FROM definitions \gset
SET client_min_messages = error;
CALL make_batch(0.1, 1);
CALL elt.run('random');
CALL make_batch(0.2, 4);
CALL elt.run('random');
CALL make_batch(0.3, 8);
CALL elt.run('random');
CALL make_batch(0.4, 12);
CALL elt.run('random');
RESET client_min_messages;
SELECT md5 = :'before' AS as_before FROM definitions;
WITH model AS (SELECT field, sum(records) AS records FROM batches b WHERE field NOT IN ('id', 'f1') AND field NOT IN (SELECT field FROM batches WHERE i = 1) GROUP BY field)
SELECT count(*) > 2 AS some, bool_and(m.records IS NOT DISTINCT FROM d.records) AS as_model FROM model m FULL JOIN (SELECT field, records FROM drift) d USING (field);
SELECT elt.drop_pipeline('random');

-- The view of the rows that are not deleted gets the column, and one that somebody has changed stays.
CREATE FOREIGN TABLE marked_in (id bigint, seen int, gone boolean) SERVER drift_files OPTIONS (glob 'marked*.json', format 'json', settle '0');
SELECT elt.create_pipeline('marked', 'marked_in', 'marked', '{id}', options => '{"sequence_by": ["seen"], "delete_when": "gone", "on_new_field": "add"}');
SELECT put('marked1.json', records(1, 2, ', "seen": 1, "gone": false'));
CALL elt.run('marked');
SELECT put('marked2.json', records(3, 3, ', "seen": 1, "gone": false, "From": "x"'));
CALL elt.run('marked');
SELECT put('marked3.json', records(4, 4, ', "seen": 1, "gone": false, "From": "y"'));
CALL elt.run('marked');
SELECT * FROM marked_live WHERE false;
SELECT count(*) FROM marked_live WHERE "from" IS NOT NULL;
GRANT SELECT ON marked_live TO elt_reader WITH GRANT OPTION;
COMMENT ON VIEW marked_live IS 'live';
SELECT put('marked4.json', records(5, 5, ', "seen": 3000000000, "gone": false') );
SET client_min_messages = error;
SELECT elt.alter_pipeline('marked', options => '{"max_reject_percent": 100}');
CALL elt.run('marked');
RESET client_min_messages;
SELECT elt.apply_drift('marked', 'seen');
SELECT format_type(atttypid, NULL), relacl::text ~ 'elt_reader=r\*' AS granted, obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
	WHERE c.oid = 'marked_live'::regclass AND attname = 'seen';
CREATE OR REPLACE VIEW marked_live AS SELECT id, seen, gone, _run_id, _loaded_at, "from", upper("from") AS big FROM marked WHERE _deleted IS NOT TRUE;
SELECT elt.alter_pipeline('marked', options => '{"on_new_field": "record"}');
SELECT put('marked5.json', records(6, 6, ', "seen": 1, "gone": false, "extra": 1'));
CALL elt.run('marked');
SELECT elt.apply_drift('marked', 'extra');
SELECT * FROM marked_live WHERE false;
SELECT elt.drop_pipeline('marked');

-- Refused values are told, but no type is proposed where none is to change.
CREATE FOREIGN TABLE strict_in (id int, n int) SERVER drift_files OPTIONS (glob 'strict*.json', format 'json', settle '0');
SELECT elt.create_pipeline('strict', 'strict_in', 'strict', '{id}', options => '{"on_type_change": "reject", "max_reject_percent": 100}');
SELECT put('strict1.json', '[{"id": 1, "n": 1}, {"id": 2, "n": 3000000000}]');
SET client_min_messages = error;
CALL elt.run('strict');
SELECT field, kind, records, sample, proposal FROM drift;
SELECT elt.apply_drift('strict', 'n');
SELECT elt.alter_pipeline('strict', options => '{"on_type_change": "propose"}');
SELECT put('strict2.json', '[{"id": 3, "n": 1}, {"id": 4, "n": 3000000000}]');
CALL elt.run('strict');
SELECT field, kind, records, proposal ~ 'to bigint' AS proposal FROM drift;
SELECT elt.drop_pipeline('strict');

-- A batch with new fields can be held until there are columns for them.
CREATE FOREIGN TABLE held_in (id bigint) SERVER drift_files OPTIONS (glob 'held*.json', format 'json', settle '0', on_change 'merge');
SELECT put('held1.json', records(1, 2));
SELECT elt.create_pipeline('held', 'held_in', 'held', '{id}', options => '{"on_new_field": "hold"}');
CALL elt.run('held');
SELECT put('held2.json', records(3, 4, ', "n": 1, "note": "new"'));
\set VERBOSITY default
CALL elt.run('held');
\set VERBOSITY terse
SELECT count(*) FROM held;
SELECT elt.apply_drift('held', field) FROM elt.drift WHERE pipeline = 'held' ORDER BY field;
CALL elt.run('held');
SELECT id, n, note FROM held ORDER BY id;
SELECT elt.drop_pipeline('held');

SET client_min_messages = warning;
DROP SCHEMA drift_new CASCADE;
DROP SERVER drift_files;
