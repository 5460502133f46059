-- Checks of a batch as a whole: measures, conditions on their values, and what becomes of the batch.
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA batch_check_test;
SET search_path = batch_check_test;
SELECT current_setting('data_directory') || '/elt_batch_check_test' AS root \gset
\setenv ROOT :root
CREATE TABLE sale (id int PRIMARY KEY, shop text, sold_at timestamptz, amount numeric(10,2), total numeric);
SELECT elt.create_pipeline('sales', 'sale', 'batch_check_test.sales', '{id}', options => '{"load": "full"}');
CREATE VIEW result AS SELECT batch, check_name, action, rows_checked, rows_failed, value, verdict, message FROM elt.check_results
WHERE run_id = (SELECT max(run_id) FROM elt.check_results WHERE pipeline = 'sales') AND pipeline = 'sales' ORDER BY batch, check_name;

-- What builders write.
CREATE TABLE built AS
SELECT * FROM (VALUES
	('rows', elt.row_count()), ('nulls', elt.null_ratio('shop')), ('twice', elt.duplicates('{shop,sold_at}')),
	('age', elt.freshness('sold_at')), ('holes', elt.gaps('sold_at', '1 hour', '{shop}')), ('all_holes', elt.gaps('sold_at', '1 hour')),
	('balance', elt.difference('sum(amount)', 'SELECT sum(amount) FROM batch_check_test.ledger')),
	('control', elt.difference('sum(amount)', 'max(total)')), ('unusual', elt.deviation(elt.row_count())), ('shift', elt.psi('amount', 3)),
	('columns', elt.schema_differences('{"id": "integer", "shop": "text", "sold_at": "timestamp with time zone", "amount": "numeric(10,2)", "total": "text", "gone": "text"}'))
) AS b(name, measure);
SELECT * FROM built;

-- What is no measure, no condition, or no scope.
CREATE FUNCTION said(measure text, warn_if text DEFAULT NULL, fail_if text DEFAULT '> 0', scope text DEFAULT 'batch') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	PERFORM elt.add_batch_check('sales', 'x', measure, warn_if, fail_if, scope);
	RETURN 'added, ' || elt.drop_check('sales', 'x') || ' dropped';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' / ', SQLSTATE, SQLERRM, nullif(hint, ''));
END $$;
SELECT m AS measure, said(m) FROM unnest(ARRAY['amount', 'count(*', 'count(*), 1', 'count(*) FROM batch', 'count(*); DROP TABLE sale', 'sum(price)',
	'max(shop)', 'max(sold_at)', 'bool_and(amount > 0)', 'own()', '(SELECT count(*) FROM sale)', '', 'deviation()', 'deviation(amount)', 'deviation(count(*), 0)',
	'deviation(count(*), 1 + 1)', 'deviation(count(*), 5, 6)', 'psi(shop)', 'psi(count(*))', '(WITH d AS (DELETE FROM batch_check_test.sale RETURNING 1) SELECT count(*) FROM d)', 'count(*) + 1)']) AS m;
SELECT c AS condition, said('count(*)', fail_if => c) FROM unnest(ARRAY['< ', '100', '> ''a''', '> 1; DROP TABLE sale', 'val < 3', '']) AS c;
SELECT said('count(*)', fail_if => NULL), said('count(*)', scope => 'row'), said('count(*)', scope => 'days');
SELECT elt.add_batch_check('sales', '', 'count(*)', fail_if => '> 1');
\set VERBOSITY default
SELECT elt.add_batch_check('sales', 'x', 'count(*) + sum(é)', fail_if => '> 1');
SELECT elt.add_batch_check('sales', 'x', 'deviation(sum(prize), 4)', fail_if => '> 1');
\set VERBOSITY terse
SELECT count(*) FROM elt.checks WHERE pipeline = 'sales';

-- Values of the builders' measures, beside those of other statements.
CREATE TABLE ledger (amount numeric);
INSERT INTO ledger VALUES (100), (20.5);
INSERT INTO sale SELECT i, CASE WHEN i % 4 > 0 THEN chr(97 + i % 3) END, '2024-01-01'::timestamptz + (i / 3 + CASE WHEN i > 10 THEN 2 ELSE 0 END) * interval '1 hour',
	i, 200 FROM generate_series(1, 20) i;
UPDATE sale SET sold_at = now() - interval '90 seconds' WHERE id = 20;
SELECT elt.add_batch_check('sales', name, measure, warn_if => 'value IS NULL') FROM built;
SELECT elt.add_check('sales', 'small', 'amount < 1000');
CALL elt.run('sales');
SELECT * FROM result WHERE check_name <> 'age';
SELECT value BETWEEN 90 AND 3600 AS age FROM result WHERE check_name = 'age';
SELECT count(*) AS rows, avg((shop IS NULL)::int) AS nulls, count(*) - count(DISTINCT (shop, sold_at)) AS twice, sum(amount) - 120.5 AS balance, sum(amount) - 200 AS control FROM sale;
SELECT count(*) AS holes FROM sale s WHERE EXISTS (SELECT FROM sale n WHERE n.shop IS NOT DISTINCT FROM s.shop AND n.sold_at > s.sold_at)
	AND NOT EXISTS (SELECT FROM sale n WHERE n.shop IS NOT DISTINCT FROM s.shop AND n.id <> s.id AND n.sold_at BETWEEN s.sold_at AND s.sold_at + interval '1 hour');
SELECT count(elt.drop_check('sales', name)) FROM built;

-- Warned and failed; rows of a failed batch wait, and so do rejects and the target.
SELECT elt.add_batch_check('sales', 'enough', elt.row_count(), warn_if => 'NOT BETWEEN 20 AND 30', fail_if => '< 15', description => 'twenty shops report');
SELECT elt.add_batch_check('sales', 'average', 'avg(amount)', warn_if => ' > 10 -- too much', fail_if => 'value > 100 OR value < 1');
CALL elt.run('sales');
SELECT * FROM result;
DELETE FROM sale WHERE id > 10;
UPDATE sale SET amount = 2000 WHERE id = 10;
\set VERBOSITY default
CALL elt.run('sales');
\set VERBOSITY terse
SELECT * FROM result;
SELECT state, sqlstate, rows_read, rows_quarantined, rows_refused, rows_inserted FROM elt.runs WHERE pipeline = 'sales' ORDER BY run_id DESC LIMIT 1;
SELECT count(*), max(amount) FROM sales;
SELECT reason, raw::jsonb ->> 'id' AS id FROM elt.rejects WHERE pipeline = 'sales';
SELECT check_name, action, rows_checked, rows_failed, verdict, value FROM elt.validate('sales') ORDER BY 1;
SELECT * FROM elt.merge('sales') \gset
SELECT * FROM elt.preview_merge('sales');
SELECT elt.drop_check('sales', 'enough');
SELECT elt.drop_check('sales', 'average');
SELECT rows_read, rows_updated, rows_unchanged, rows_quarantined FROM elt.merge('sales');

-- A measure that raises an error is not passed; the others are measured.
SELECT elt.add_batch_check('sales', 'one', 'count(*) / (count(*) - 10)', fail_if => '> 1');
SELECT elt.add_batch_check('sales', 'two', '1 / (count(*) - 10)', warn_if => '> 1');
SELECT elt.add_batch_check('sales', 'three', 'count(*)', fail_if => '> 20', warn_if => '1 / (value - 10) > 1');
CALL elt.run('sales');
SELECT check_name, value, verdict, message FROM result WHERE check_name <> 'small';
-- An error that is no data error is one of the run.
CREATE FUNCTION locked() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE lock_not_available; END $$;
SELECT elt.drop_check('sales', name) FROM elt.checks WHERE pipeline = 'sales' ORDER BY name;
SELECT elt.add_batch_check('sales', 'locked', 'batch_check_test.locked() + count(*)', fail_if => '> 1');
CALL elt.run('sales');
SELECT sqlstate, error FROM elt.runs WHERE pipeline = 'sales' ORDER BY run_id DESC LIMIT 1;
SELECT elt.drop_check('sales', 'locked');

-- Deviation: no verdict under seven batches, refused batches are no points, and weekdays by themselves where they are enough.
SELECT elt.add_batch_check('sales', 'unusual', elt.deviation('count(*)', 30), fail_if => 'NOT BETWEEN -3 AND 3');
CREATE PROCEDURE load(n int) LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM sale;
	INSERT INTO sale SELECT i, 'a', '2024-01-01', i FROM generate_series(1, n) i;
END $$;
CREATE FUNCTION judged() RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', value, verdict, message) FROM result WHERE check_name = 'unusual' $$;
CALL load(100);
CALL elt.run('sales');
SELECT judged();
CALL load(104);
CALL elt.run('sales');
CALL load(96);
CALL elt.run('sales');
CALL load(102);
CALL elt.run('sales');
CALL load(98);
CALL elt.run('sales');
CALL elt.run('sales');
CALL load(500);
CALL elt.run('sales');
SELECT judged();
CALL elt.run('sales');
SELECT judged();
CALL load(98);
CALL elt.run('sales');
SELECT judged();
CALL load(40);
CALL elt.run('sales');
SELECT judged();
WITH v(x) AS (VALUES (100), (104), (96), (102), (98), (98), (500), (98)), m AS (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY x) AS m FROM v)
SELECT round(((40 - m) / greatest(1.4826 * (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(x - m)) FROM v), 0.01 * m))::numeric, 2) FROM m;
UPDATE elt_catalog.check_result SET checked_at = checked_at - interval '1 day' WHERE check_name = 'unusual' AND evidence ->> 'measured' <> '98';
UPDATE elt_catalog.check_result c SET evidence = jsonb_set(evidence, '{measured}', '"40"'), checked_at = now() - n * interval '7 days', verdict = 'passed'
FROM (SELECT run_id, row_number() OVER (ORDER BY run_id) AS n FROM elt_catalog.check_result WHERE check_name = 'unusual') r
WHERE r.run_id = c.run_id AND check_name = 'unusual' AND n <= 7;
CALL elt.run('sales');
SELECT judged();

-- A check of the same name that is added later knows nothing of the former.
SELECT elt.drop_check('sales', 'unusual');
SELECT elt.add_batch_check('sales', 'unusual', elt.deviation('avg(amount)'), fail_if => '> 3');
CALL elt.run('sales');
SELECT judged();
SELECT elt.drop_check('sales', 'unusual');

-- Drift of a distribution; 0.01 of it is what an exact computation may differ.
SELECT elt.add_batch_check('sales', 'unusual', elt.psi('amount', 2), warn_if => '> 0.1', fail_if => '> 0.25');
CREATE FUNCTION psi(before numeric[], after numeric[]) RETURNS numeric LANGUAGE sql AS $$
	WITH bound AS (SELECT percentile_disc('{0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9}'::float8[]) WITHIN GROUP (ORDER BY x) AS b FROM unnest(before) x),
	share AS (SELECT greatest(avg((width_bucket(x, b) = k)::int), 0.0001) AS e, (SELECT greatest(avg((width_bucket(y, b) = k)::int), 0.0001) FROM unnest(after) y) AS a
		FROM unnest(before) x, bound, generate_series(0, 9) k GROUP BY k, b)
	SELECT sum((a - e) * ln(a / e)) FROM share $$;
CREATE PROCEDURE fill(n int, shift int) LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM sale;
	INSERT INTO sale SELECT i, 'a', '2024-01-01', (i * 7919) % 1000 + shift FROM generate_series(1, n) i;
END $$;
CALL fill(999, 0);
CALL elt.run('sales');
SELECT judged();
CALL fill(2000, 0);
CALL elt.run('sales');
SELECT judged();
CALL fill(999, 0);
CALL elt.run('sales');
SELECT judged();
SELECT array_agg((i * 7919) % 1000) AS before FROM (SELECT generate_series(1, 2000) UNION ALL SELECT generate_series(1, 999)) AS g(i) \gset
CALL fill(2000, 60);
CALL elt.run('sales');
SELECT verdict, abs(value - psi(:'before', (SELECT array_agg(amount) FROM sale))) < 0.01 AS near FROM result;
CALL fill(2000, 130);
CALL elt.run('sales');
SELECT verdict FROM result;
CALL fill(2000, 400);
CALL elt.run('sales');
SELECT verdict FROM result;
UPDATE sale SET amount = 5;
CALL elt.run('sales');
SELECT verdict FROM result;
UPDATE sale SET amount = NULL;
CALL elt.run('sales');
SELECT judged();
SELECT elt.drop_check('sales', 'unusual');

-- By batch, those before have landed; by run, nothing has.
CREATE FUNCTION batches() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM elt.steps WHERE step = 'pull' AND run_id = (SELECT max(run_id) FROM elt.runs WHERE pipeline = 'parts') $$;
CREATE TABLE part (id int PRIMARY KEY, n int);
INSERT INTO part SELECT i, i FROM generate_series(1, 10) i;
SELECT elt.create_pipeline('parts', 'part', 'batch_check_test.parts', '{id}', options => '{"batch_rows": 4, "cursor_column": "id"}');
SELECT elt.add_batch_check('parts', 'most', 'max(n)', fail_if => '> 7');
CALL elt.run('parts');
SELECT batch, value, verdict FROM elt.check_results WHERE pipeline = 'parts' ORDER BY run_id, batch;
SELECT count(*), (SELECT position FROM elt.cursors WHERE pipeline = 'parts') FROM parts;
SELECT elt.drop_check('parts', 'most');
SELECT elt.add_batch_check('parts', 'most', 'max(n)', fail_if => '> 9', scope => 'run');
SELECT elt.reset_pipeline('parts');
CALL elt.run('parts');
SELECT batches(), count(*), (SELECT position FROM elt.cursors WHERE pipeline = 'parts') FROM parts;
UPDATE part SET n = 0;
CALL elt.run('parts');
SELECT batches(), count(*), (SELECT position FROM elt.cursors WHERE pipeline = 'parts') FROM parts;
SELECT name, expression, action, scope, warn_if, fail_if, description FROM elt.checks WHERE pipeline = 'parts';

-- A measure runs as the pipeline's owner, who is restricted, and follows the columns' names.
CREATE ROLE batch_check_owner;
GRANT USAGE, CREATE ON SCHEMA batch_check_test TO batch_check_owner;
GRANT elt_admin TO batch_check_owner;
CREATE TABLE secret (a int);
CREATE FUNCTION changes() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE t (); RETURN 1; END $$;
SET ROLE batch_check_owner;
CREATE TABLE mine (id int, "a b" int);
INSERT INTO mine VALUES (1, 2);
SELECT elt.create_pipeline('mine', 'mine', 'batch_check_test.mine_target', '{id}');
SELECT elt.add_batch_check('mine', 'who', $$sum("a b") + (SELECT max(batch."a b") FROM batch) + (current_user = 'batch_check_owner')::int$$, fail_if => '= 0');
RESET ROLE;
CALL elt.run('mine');
SELECT value, verdict FROM elt.check_results WHERE pipeline = 'mine';
ALTER TABLE mine RENAME "a b" TO c;
ALTER TABLE mine_target RENAME "a b" TO c;
CALL elt.run('mine');
SELECT elt.alter_pipeline('mine', renamed_columns => '{"a b": "c"}');
CALL elt.run('mine');
SELECT expression FROM elt.checks WHERE pipeline = 'mine';
SELECT elt.add_batch_check('mine', 'secret', '(SELECT count(*) FROM batch_check_test.secret) + count(*)', fail_if => '> 100');
CALL elt.run('mine');
SELECT elt.drop_check('mine', 'secret');
SELECT elt.add_batch_check('mine', 'changes', 'batch_check_test.changes() + count(*)', fail_if => '> 100');
CALL elt.run('mine');
SET ROLE batch_check_owner;
SELECT elt.add_batch_check('sales', 'foreign', 'count(*)', fail_if => '> 100');
RESET ROLE;
SELECT s FROM elt.pipeline_sql('parts') AS s WHERE s::text LIKE '%batch_check(%';

-- What a child's batch fails for, its parent's fails for as well.
\! mkdir -p "$ROOT"
DO $$
BEGIN
	EXECUTE format('COPY (SELECT %L) TO %L', '[{"id": 1, "lines": [{"n": 1}, {"n": 2}]}, {"id": 2}]',
		current_setting('data_directory') || '/elt_batch_check_test/orders.json');
END $$;
CREATE SERVER batch_check_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE tree (id int) SERVER batch_check_files OPTIONS (glob 'orders.json', settle '0', on_change 'merge', format 'json', records '$[*]');
CREATE FOREIGN TABLE leaf (id int OPTIONS (path '$[*].id'), n int) SERVER batch_check_files OPTIONS (glob 'orders.json', settle '0', on_change 'merge', format 'json', records '$[*].lines[*]');
SELECT elt.create_pipeline('tree', 'tree', 'batch_check_test.trees', '{id}');
SELECT elt.add_child('tree', 'leaf', 'batch_check_test.leaves', '{id,n}', '{id}') AS leaf \gset
SELECT elt.add_batch_check(:'leaf', 'orphans', elt.difference('count(DISTINCT id)', 'SELECT 2'), fail_if => '<> 0', scope => 'run');
CALL elt.run('tree');
SELECT (SELECT count(*) FROM trees) AS trees, (SELECT count(*) FROM leaves) AS leaves;
SELECT pipeline, check_name, rows_checked, value, verdict FROM elt.check_results WHERE pipeline IN ('tree', :'leaf');
SELECT elt.drop_check(:'leaf', 'orphans');
CALL elt.run('tree');
SELECT (SELECT count(*) FROM trees) AS trees, (SELECT count(*) FROM leaves) AS leaves;
SELECT elt.drop_pipeline('tree');

SELECT elt.drop_pipeline(p) FROM unnest('{sales,parts,mine}'::text[]) AS p;
SET client_min_messages = error;
DROP SCHEMA batch_check_test CASCADE;
DROP SERVER batch_check_files;
REVOKE elt_admin FROM batch_check_owner;
DROP ROLE batch_check_owner;
