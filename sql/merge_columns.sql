-- Upsert of some columns: update_columns and insert_only_columns.
\getenv replay ELT_REPLAY
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER columns_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', conditional 'false');
CREATE ROLE columns_owner;
GRANT elt_admin TO columns_owner;
GRANT USAGE ON FOREIGN SERVER columns_api TO columns_owner;
CREATE SCHEMA columns_test AUTHORIZATION columns_owner;
SET ROLE columns_owner;
SET search_path = columns_test;
CREATE FOREIGN TABLE items_api (answer text OPTIONS (param 'answer'), id int, price int, label text, version int, op text)
	SERVER columns_api OPTIONS (path '/echo', query 'body={answer}');

-- What cannot be written or left is refused.
SELECT elt.create_pipeline('items', 'items_api', 'items', '{id}', params => '{"answer": ["[]"]}',
	options => '{"update_columns": ["price"], "insert_only_columns": ["label"]}');
SELECT elt.create_pipeline('items', 'items_api', 'items', '{id}', params => '{"answer": ["[]"]}',
	options => '{"update_columns": ["price", "cost"]}');
SELECT elt.create_pipeline('items', 'items_api', 'items', '{id}', params => '{"answer": ["[]"]}',
	options => '{"insert_only_columns": ["id"]}');
SELECT elt.create_pipeline('items', 'items_api', 'items', '{id}', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["version"], "insert_only_columns": ["label", "version"]}');
SELECT elt.create_pipeline('items', 'items_api', 'items', '{id}', 'scd2', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["version"], "update_columns": ["price"]}');

CREATE FUNCTION lands(pipeline text, body text) RETURNS text LANGUAGE sql AS
	$$SELECT elt.alter_pipeline(pipeline, params => jsonb_build_object('answer', jsonb_build_array(body)))$$;
CREATE VIEW outcome AS
SELECT rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch,
	rows_deleted AS del, rows_stale AS stale, rows_duplicate AS dup
FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);

-- An update writes the price and nothing else; a new key gets all, other columns their defaults.
CREATE TABLE items (id int PRIMARY KEY, answer text, price int, label text, version int, op text,
	stock int NOT NULL DEFAULT 7, _run_id bigint, _loaded_at timestamptz);
SELECT elt.create_pipeline('items', 'items_api', 'items', '{id}', params => '{"answer": ["[]"]}',
	options => '{"update_columns": ["price"]}');
SELECT lands('items', '[{"id":1,"price":10,"label":"tea"},{"id":2,"price":20,"label":"jam"}]') \gset
CALL elt.run('items');
UPDATE items SET stock = 3, label = 'Tea' WHERE id = 1;
SELECT lands('items', '[{"id":1,"price":11,"label":"coffee"},{"id":2,"price":20,"label":"honey"},{"id":3,"price":30,"label":"rye"}]') \gset
CALL elt.run('items');
TABLE outcome;
SELECT id, price, label, stock, _run_id IS DISTINCT FROM max(_run_id) OVER () AS older FROM items ORDER BY id;
CALL elt.pull('items');
\t on
\pset format unaligned
SELECT elt.merge_sql('items');
\t off
\pset format aligned
-- Of a key that is new and comes twice the later row is the price, the earlier one what only an insert writes.
SELECT lands('items', '[{"id":4,"price":40,"label":"first"},{"id":4,"price":41,"label":"second"}]') \gset
CALL elt.run('items');
TABLE outcome;
SELECT id, price, label FROM items WHERE id = 4;
SELECT elt.drop_pipeline('items');

-- The sequence advances with rows that change nothing else, so that what is older stays stale.
SELECT elt.create_pipeline('ordered', 'items_api', 'ordered', '{id}', params => '{"answer": ["[]"]}',
	options => $${"sequence_by": ["version"], "delete_when": "op = 'd'", "insert_only_columns": ["label", "op", "answer"]}$$);
SELECT lands('ordered', '[{"id":1,"price":5,"label":"first","version":1}]') \gset
CALL elt.run('ordered');
SELECT lands('ordered', '[{"id":1,"price":5,"label":"third","version":3}]') \gset
CALL elt.run('ordered');
TABLE outcome;
SELECT lands('ordered', '[{"id":1,"price":7,"label":"second","version":2}]') \gset
CALL elt.run('ordered');
TABLE outcome;
SELECT id, price, label, version FROM ordered;
SELECT lands('ordered', '[{"id":1,"price":5,"label":"again","version":3}]') \gset
CALL elt.run('ordered');
TABLE outcome;
-- A delete and a return
SELECT lands('ordered', '[{"id":1,"op":"d","version":4}]') \gset
CALL elt.run('ordered');
TABLE outcome;
SELECT count(*) FROM ordered_live;
SELECT lands('ordered', '[{"id":1,"price":9,"label":"fifth","version":5}]') \gset
CALL elt.run('ordered');
SELECT id, price, label, version FROM ordered_live;
CALL elt.pull('ordered');
SELECT lands('ordered', '[{"id":2,"price":2,"label":"b","version":2},{"id":2,"price":1,"label":"a","version":1}]') \gset
CALL elt.pull('ordered');
\t on
\pset format unaligned
SELECT elt.merge_sql('ordered');
\t off
\pset format aligned
CALL elt.run('ordered');
SELECT id, price, label, version FROM ordered_live ORDER BY id;
SELECT elt.drop_pipeline('ordered');

-- An update that writes nothing: keys that are there stay as they are.
SELECT elt.create_pipeline('kept', 'items_api', 'kept', '{id}', params => '{"answer": ["[]"]}',
	options => '{"insert_only_columns": ["answer", "price", "label", "version", "op"]}');
SELECT lands('kept', '[{"id":1,"price":5}]') \gset
CALL elt.run('kept');
SELECT lands('kept', '[{"id":1,"price":6},{"id":2,"price":2}]') \gset
CALL elt.run('kept');
TABLE outcome;
SELECT id, price FROM kept ORDER BY id;
SELECT elt.drop_pipeline('kept');

-- One by one, or in batches of any size: random rows in the order of their versions end the same.
SELECT elt.create_pipeline('random', 'items_api', 'random_target', '{id}', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["version"], "update_columns": ["price"]}');
CREATE TABLE one_by_one (id int PRIMARY KEY, price int, label text, version int);
DO $$
DECLARE
	batch jsonb;
	r record;
	v int := 0;
BEGIN
	PERFORM setseed(0.7);
	FOR i IN 1 .. 25 LOOP
		batch := '[]';
		FOR n IN 1 .. 1 + (random() * 12)::int LOOP
			v := v + 1;
			batch := batch || jsonb_build_object('id', (random() * 9)::int, 'price', nullif((random() * 3)::int, 0),
				'label', chr(97 + (random() * 5)::int), 'version', v);
		END LOOP;
		FOR r IN SELECT * FROM jsonb_to_recordset(batch) AS x(id int, price int, label text, version int) LOOP
			INSERT INTO one_by_one VALUES (r.id, r.price, r.label, r.version)
			ON CONFLICT (id) DO UPDATE SET price = excluded.price, version = excluded.version;
		END LOOP;
		PERFORM lands('random', batch::text);
		CALL elt.run('random');
		IF EXISTS ((TABLE one_by_one EXCEPT SELECT id, price, label, version FROM random_target)
			UNION ALL (SELECT id, price, label, version FROM random_target EXCEPT TABLE one_by_one)) THEN
			RAISE EXCEPTION 'batch % differs', i;
		END IF;
	END LOOP;
END
$$;
SELECT count(*) FROM random_target;
SELECT sum(rows_updated) > 0 AS updated, sum(rows_duplicate) > 0 AS duplicate FROM elt.runs WHERE pipeline = 'random';

SELECT elt.drop_pipeline('random');
RESET ROLE;
DROP SERVER columns_api CASCADE;
DROP SCHEMA columns_test CASCADE;
REVOKE ALL ON SCHEMA elt_staging FROM columns_owner;
DROP ROLE columns_owner;
