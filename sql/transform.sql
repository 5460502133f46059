-- Transforms: views over what pipelines have landed, restricted to what has changed.
SET timezone = 'UTC';
SET client_min_messages = notice;
CREATE SCHEMA tr;
SET search_path = tr, public;
CREATE TABLE order_rows (id int PRIMARY KEY, customer int, product int, amount int, gone boolean DEFAULT false);
CREATE TABLE customer_rows (id int PRIMARY KEY, name text);
INSERT INTO order_rows SELECT n, n % 7, n % 5, n * 10 FROM generate_series(1, 40) AS n;
INSERT INTO customer_rows SELECT n, 'customer ' || n FROM generate_series(0, 6) AS n;
SELECT elt.create_pipeline('tr_orders', source => 'order_rows', target => 'tr.orders', key => '{id}');
SELECT elt.create_pipeline('tr_customers', source => 'customer_rows', target => 'tr.customers', key => '{id}',
	options => '{"load": "full", "absent": "delete", "max_delete_percent": 100, "min_rows_percent": 0}');
CALL elt.run('tr_orders');
CALL elt.run('tr_customers');

CREATE VIEW big_orders AS SELECT o.id, o.product, o.amount * 2 AS double, c.name FROM orders o JOIN customers c ON c.id = o.customer WHERE NOT o.gone;
CREATE VIEW product_sums AS SELECT product, count(*) AS n, sum(amount) AS amount FROM orders WHERE NOT gone GROUP BY product;
SELECT elt.create_pipeline('facts', source => 'big_orders', target => 'tr.facts', key => '{id}',
	options => $${"load": "full", "absent": "delete", "max_delete_percent": 100, "changes_of": ["tr_orders", "tr_customers"],
	"key_map": "SELECT id FROM tr.orders WHERE id IN (SELECT (k ->> 'id')::int FROM elt.changed_keys('tr_orders') k) OR customer IN (SELECT (k ->> 'id')::int FROM elt.changed_keys('tr_customers') k)"}$$);
SELECT elt.create_pipeline('sums', source => 'product_sums', target => 'tr.sums', key => '{product}',
	options => $${"load": "full", "absent": "delete", "max_delete_percent": 100, "changes_of": ["tr_orders"],
	"key_map": "SELECT product FROM tr.orders WHERE _loaded_at > elt.changed_since('tr_orders')"}$$);
SELECT elt.create_pipeline('facts_whole', source => 'big_orders', target => 'tr.facts_whole', key => '{id}',
	options => '{"load": "full", "absent": "delete", "max_delete_percent": 100, "min_rows_percent": 0}');
SELECT elt.create_pipeline('sums_whole', source => 'product_sums', target => 'tr.sums_whole', key => '{product}',
	options => '{"load": "full", "absent": "delete", "max_delete_percent": 100, "min_rows_percent": 0}');
CALL elt.run('facts');
CALL elt.run('sums');
SELECT parents, late_rows FROM elt.explain_source('facts');
-- changes are found by an index
SELECT indexdef FROM pg_indexes WHERE schemaname = 'tr' AND indexdef LIKE '%loaded_at%' ORDER BY indexdef;
SELECT elt.changed_since('tr_orders');

-- nothing has changed
CALL elt.run('facts');
CALL elt.run('sums');

-- some has
UPDATE order_rows SET amount = 1 WHERE id = 3;
UPDATE order_rows SET gone = true WHERE id = 8;
UPDATE customer_rows SET name = 'new' WHERE id = 6;
INSERT INTO order_rows VALUES (100, 1, 9, 5);
CALL elt.run('tr_orders');
CALL elt.run('tr_customers');
CALL elt.run('facts');
CALL elt.run('sums');
SELECT count(*) FROM elt.changed_keys('tr_orders');
UPDATE order_rows SET gone = true WHERE product = 9;
CALL elt.run('tr_orders');
SELECT statement FROM elt.explain_source('sums');
CALL elt.run('sums');
-- a pull by itself, and its merge
CALL elt.pull('facts');
SELECT rows_read, rows_removed FROM elt.merge('facts');

-- what was staged before other rows have landed, and lands after them, is not missed
UPDATE order_rows SET amount = 77 WHERE id = 5;
CALL elt.pull('tr_orders');
UPDATE orders SET _loaded_at = clock_timestamp() WHERE id = 1;
CALL elt.run('sums');
SELECT rows_updated FROM elt.merge('tr_orders');
CALL elt.run('sums');
SELECT count(*) FROM (SELECT product, amount FROM product_sums EXCEPT SELECT product, amount FROM sums) AS missed;

-- nor are rejects that are replayed, whose rows are as old as their slice
SELECT elt.add_check('tr_orders', 'small', 'amount < 1000');
SELECT elt.alter_pipeline('tr_orders', options => '{"max_reject_percent": 100}');
UPDATE order_rows SET amount = CASE id WHEN 6 THEN 6000 ELSE 71 END WHERE id IN (6, 7);
CALL elt.run('tr_orders');
CALL elt.run('sums');
SELECT elt.drop_check('tr_orders', 'small');
SELECT replayed FROM elt.replay_rejects('tr_orders');
CALL elt.run('sums');
SELECT count(*) FROM (SELECT product, amount FROM product_sums EXCEPT SELECT product, amount FROM sums) AS missed;
CALL elt.run('sums');

-- what cannot be told makes everything be read
CREATE OR REPLACE VIEW product_sums AS SELECT product, count(*) AS n, sum(amount) + 1 AS amount FROM orders WHERE NOT gone GROUP BY product;
CALL elt.run('sums');
TRUNCATE orders;
\set VERBOSITY terse
CALL elt.run('sums');
\set VERBOSITY default
CALL elt.run('tr_orders');
CALL elt.run('sums');
SELECT elt.rename_pipeline('tr_orders', 'tr_orders_2');
SELECT options -> 'changes_of' AS changes_of FROM elt.pipelines WHERE name = 'sums';
SELECT elt.rename_pipeline('tr_orders_2', 'tr_orders');
CALL elt.run('facts');

-- deletes that are pending stay so when other keys change; what has come back is not deleted
SET client_min_messages = error;
CREATE TABLE few_rows (id int PRIMARY KEY, v int);
INSERT INTO few_rows SELECT n, n FROM generate_series(1, 8) AS n;
SELECT elt.create_pipeline('tr_few', source => 'few_rows', target => 'tr.few', key => '{id}', options => '{"load": "full", "absent": "delete", "max_delete_percent": 100}');
CALL elt.run('tr_few');
CREATE VIEW few_source AS SELECT id, v FROM few;
SELECT elt.create_pipeline('few_copy', source => 'few_source', target => 'tr.few_copy', key => '{id}', options => '{"load": "full", "absent": "delete", "changes_of": ["tr_few"]}');
CALL elt.run('few_copy');
DELETE FROM few_rows WHERE id < 4;
CALL elt.run('tr_few');
CALL elt.run('few_copy');
UPDATE few_rows SET v = 50 WHERE id = 5;
INSERT INTO few_rows VALUES (3, 3);
CALL elt.run('tr_few');
CALL elt.run('few_copy');
SELECT rows_read, rows_updated, rows_unchanged FROM elt.runs WHERE pipeline = 'few_copy' ORDER BY run_id DESC LIMIT 1;
SELECT key, reason FROM elt.pending_deletes WHERE pipeline = 'few_copy' ORDER BY key;
SELECT elt.approve_deletes(run_id) FROM elt.pending_deletes WHERE pipeline = 'few_copy' GROUP BY run_id;
SELECT (SELECT array_agg(id ORDER BY id) FROM few_copy) = (SELECT array_agg(id ORDER BY id) FROM few_source) AS same;
-- as many rows have gone as in a run that was purged since
SELECT elt.alter_pipeline('few_copy', options => '{"max_delete_percent": 100}');
DELETE FROM few_rows WHERE id IN (3, 4, 5);
CALL elt.run('tr_few');
DELETE FROM elt_catalog.run AS r USING elt_catalog.pipeline AS p WHERE p.id = r.pipeline_id AND p.name = 'tr_few' AND rows_removed = 3
	AND r.id < (SELECT max(run_id) FROM elt.runs);
SELECT sum(rows_removed) FROM elt.runs WHERE pipeline = 'tr_few';
CALL elt.run('few_copy');
SELECT (SELECT array_agg(id ORDER BY id) FROM few_copy) = (SELECT array_agg(id ORDER BY id) FROM few_source) AS same;

-- a target that was truncated and filled again
TRUNCATE few;
DELETE FROM few_rows WHERE id = 6;
CALL elt.run('tr_few');
CALL elt.run('few_copy');
SELECT (SELECT array_agg(id ORDER BY id) FROM few_copy) = (SELECT array_agg(id ORDER BY id) FROM few_source) AS same;

-- random changes: restricted and whole transforms agree after every round
SET client_min_messages = error;
SELECT setseed(0.18);
\getenv soak ELT_SOAK
SELECT CASE WHEN :'soak' = '' OR :'soak' = ':soak' THEN 5 ELSE 300 END AS rounds \gset
CREATE TABLE disagreements (round int, what text, n bigint);
\set ECHO none
SELECT s FROM generate_series(1, :rounds) AS r, unnest(ARRAY[
	'UPDATE order_rows SET amount = (random() * 100)::int, gone = random() < 0.2 WHERE random() < 0.1',
	'UPDATE order_rows SET customer = (random() * 7)::int WHERE random() < 0.05',
	'INSERT INTO order_rows SELECT (SELECT max(id) FROM order_rows) + n, (random() * 7)::int, (random() * 9)::int, n FROM generate_series(1, (random() * 3)::int) AS n',
	'UPDATE customer_rows SET name = name || ''x'' WHERE random() < 0.2',
	'DELETE FROM customer_rows WHERE random() < 0.03',
	'INSERT INTO customer_rows SELECT n, ''again'' FROM generate_series(0, 7) AS n WHERE random() < 0.1 ON CONFLICT DO NOTHING',
	format('CALL elt.run(%L)', CASE WHEN r % 3 = 0 THEN 'tr_customers' ELSE 'tr_orders' END),
	format('CALL elt.run(%L)', CASE WHEN r % 2 = 0 THEN 'tr_customers' ELSE 'tr_orders' END),
	'CALL elt.run(''facts'')', 'CALL elt.run(''sums'')', 'CALL elt.run(''facts_whole'')', 'CALL elt.run(''sums_whole'')',
	format('INSERT INTO disagreements SELECT %s, ''facts'', count(*) FROM ((SELECT id, product, double, name FROM facts EXCEPT SELECT id, product, double, name FROM facts_whole)
		UNION ALL (SELECT id, product, double, name FROM facts_whole EXCEPT SELECT id, product, double, name FROM facts)) d', r),
	format('INSERT INTO disagreements SELECT %s, ''sums'', count(*) FROM ((SELECT product, n, amount FROM sums EXCEPT SELECT product, n, amount FROM sums_whole)
		UNION ALL (SELECT product, n, amount FROM sums_whole EXCEPT SELECT product, n, amount FROM sums)) d', r)]) AS s \gexec
\set ECHO all
SET client_min_messages = warning;
SELECT what, count(*) > 0 AS rounds, sum(n) AS disagreements FROM disagreements GROUP BY what ORDER BY what;
SELECT bool_or(rows_read < 10 AND state = 'succeeded') AS some_restricted FROM elt.runs WHERE pipeline = 'facts';

-- what is refused
SELECT elt.create_pipeline('bad', source => 'big_orders', target => 'tr.bad', key => '{id}', options => '{"load": "full", "changes_of": ["nobody"]}');
SELECT elt.create_pipeline('bad', source => 'big_orders', target => 'tr.bad', key => '{id}', options => '{"changes_of": ["tr_orders"]}');
SELECT elt.create_pipeline('bad', source => 'product_sums', target => 'tr.bad', key => '{product}', options => '{"load": "full", "changes_of": ["tr_orders"]}');
SELECT elt.create_pipeline('bad', source => 'big_orders', target => 'tr.bad', key => '{id}', options => '{"load": "full", "key_map": "SELECT 1 AS id"}');
SELECT elt.create_pipeline('bad', source => 'big_orders', target => 'tr.bad', key => '{id}', options => '{"load": "full", "changes_of": ["tr_orders"], "key_map": "SELECT 1 AS product"}');
SELECT elt.create_pipeline('bad', source => 'big_orders', target => 'tr.bad', key => '{id}', options => '{"load": "full", "changes_of": ["tr_orders"], "key_map": "DELETE FROM tr.orders RETURNING id"}');
SELECT * FROM elt.changed_keys('nobody');
CREATE VIEW order_ids AS SELECT id FROM orders;
SELECT elt.create_pipeline('ids', source => 'order_ids', target => 'tr.ids', key => '{id}', options => '{"load": "full", "changes_of": ["tr_orders"]}');
CALL elt.run('ids');
DO $$ BEGIN PERFORM elt.drop_pipeline('tr_orders'); END $$;
CALL elt.run('ids');


-- a table that the owner does not own gets no index
CREATE TABLE many_rows (id int PRIMARY KEY, part int);
INSERT INTO many_rows SELECT n, n % 3 FROM generate_series(1, 10) AS n;
SELECT elt.create_pipeline('tr_many', source => 'many_rows', target => 'tr.many', key => '{id}', options => '{"load": "full"}');
SET client_min_messages = notice;
CALL elt.run('tr_many');
CREATE VIEW many_ids AS SELECT id FROM many;
CREATE ROLE tr_owner;
GRANT elt_admin TO tr_owner;
GRANT USAGE, CREATE ON SCHEMA tr TO tr_owner;
GRANT SELECT ON many, many_ids TO tr_owner;
SET ROLE tr_owner;
SELECT elt.create_pipeline('many_ids', source => 'tr.many_ids', target => 'tr.many_ids_t', key => '{id}', options => '{"load": "full", "changes_of": ["tr_many"]}');
CALL elt.run('many_ids');
RESET ROLE;

-- more keys than are worth it
CREATE VIEW parts AS SELECT part, count(*) AS n FROM many GROUP BY part;
SELECT elt.create_pipeline('parts', source => 'parts', target => 'tr.parts_t', key => '{part}',
	options => '{"load": "full", "changes_of": ["tr_many"], "key_map": "SELECT id % 3 AS part FROM (SELECT (k ->> ''id'')::int AS id FROM elt.changed_keys(''tr_many'') k) k"}');
CALL elt.run('parts');
INSERT INTO many_rows SELECT n, n % 3 FROM generate_series(11, 100011) AS n;
CALL elt.run('tr_many');
CALL elt.run('parts');
SELECT part, n FROM parts_t ORDER BY part;

DO $$ BEGIN PERFORM elt.drop_pipeline(name) FROM elt.pipelines; END $$;
DROP OWNED BY tr_owner;
DROP ROLE tr_owner;
SELECT relname FROM pg_class WHERE relnamespace = 'elt_staging'::regnamespace;
SET client_min_messages = warning;
DROP SCHEMA tr CASCADE;
