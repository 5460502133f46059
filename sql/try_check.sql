-- What a check would catch, and which checks the data suggests.
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA try_test;
SET search_path = try_test;
CREATE TABLE "Sale" (id int, code text, country text, amount numeric(8,2), sold_at timestamptz, due date, note text);
INSERT INTO "Sale" SELECT i, 'A-' || 1000 + i, (ARRAY['de', 'fr', 'it''s'])[i % 3 + 1], i / 2.0, '2024-01-01'::timestamptz + i * interval '1 hour',
	'9999-01-01'::date - i, CASE WHEN i > 3 THEN md5(i::text) END FROM generate_series(1, 200) i;
SELECT elt.create_pipeline('tried', '"Sale"', 'try_test.sales', '{id}');
SELECT * FROM elt.try_check('tried', 'amount > 2');
CALL elt.run('tried');
SELECT * FROM elt.try_check('tried', 'amount > 2');
SELECT * FROM elt.try_check('tried', 'tried.amount > 2 -- two', samples => 1);
SELECT * FROM elt.try_check('tried', 'amount > 2', samples => 0);
SELECT * FROM elt.try_check('tried', 'UNIQUE (country, note)', 2);
SELECT * FROM elt.try_check('tried', 'UNIQUE (country) IN TARGET', 1);
CREATE TABLE country (code text);
INSERT INTO country VALUES ('de'), ('fr');
SELECT * FROM elt.try_check('tried', elt.refers_to('{country}', 'country', '{code}'), 2);
SELECT * FROM elt.try_check('tried', '100 / (id - 5) > 0');
-- What would be caught is caught.
INSERT INTO "Sale" SELECT i, 'A-1', 'xx', 1 FROM generate_series(201, 210) i;
CALL elt.pull('tried');
CREATE TEMP TABLE tried AS SELECT e AS expression, t.* FROM unnest(ARRAY['amount > 2', 'code <> ''A-1''', elt.is_unique('{code}'), elt.is_unique('{code}', true), elt.refers_to('{country}', 'country', '{code}'), elt.not_null('sold_at')]) e,
	elt.try_check('tried', e) t WHERE rows_of = 'batch';
SELECT elt.add_check('tried', 'c' || row_number() OVER (), expression) FROM tried;
SELECT c.expression, t.rows_checked = v.rows_checked AND t.rows_failed = v.rows_failed AS same, v.rows_failed
FROM elt.validate('tried') v JOIN elt.checks c ON c.name = v.check_name AND c.pipeline = 'tried' JOIN tried t USING (expression);
SELECT count(elt.drop_check('tried', name)) FROM elt.checks WHERE pipeline = 'tried';
DELETE FROM "Sale" WHERE id > 200;
\set VERBOSITY terse
SELECT elt.try_check('tried', 'amont > 2');
SELECT elt.try_check('nobody', 'amount > 2');
CREATE ROLE try_admin;
GRANT elt_admin TO try_admin;
SET ROLE try_admin;
SELECT elt.try_check('tried', 'amount > 2');
SELECT elt.propose_checks('tried');
RESET ROLE;

-- By run: what each of the last ones has written and nobody since.
INSERT INTO "Sale" SELECT i, 'A-1', 'xx', 1 FROM generate_series(201, 210) i;
CALL elt.run('tried');
INSERT INTO "Sale" SELECT i, 'A-1', 'de', i FROM generate_series(211, 214) i;
UPDATE "Sale" SET amount = 0 WHERE id = 201;
CALL elt.run('tried');
CREATE FUNCTION by_run(expression text) RETURNS TABLE (of text, rows_checked bigint, rows_failed bigint, sample_keys jsonb, message text) LANGUAGE sql AS $$
	SELECT CASE WHEN rows_of LIKE 'run %' THEN 'run ' || row_number() OVER (ORDER BY rows_of LIKE 'run %' DESC, -substring(rows_of FROM '\d+')::bigint) ELSE rows_of END, rows_checked, rows_failed, sample_keys, message
	FROM elt.try_check('tried', expression, samples => 2, runs => 2) WHERE rows_of <> 'batch' $$;
SELECT e, t.* FROM unnest(ARRAY['amount > 2', elt.is_unique('{code}'), elt.refers_to('{country}', 'country', '{code}'), '100 / (id - 5) > 0']) e, by_run(e) t;
SELECT _run_id = max(_run_id) OVER () AS last, count(*), count(*) FILTER (WHERE NOT amount > 2) AS amount, count(*) - count(DISTINCT code) AS code FROM sales
WHERE _run_id IN (SELECT run_id FROM elt.runs WHERE pipeline = 'tried' ORDER BY run_id DESC LIMIT 2) GROUP BY _run_id ORDER BY 1 DESC;
DELETE FROM sales WHERE id > 200;
DELETE FROM "Sale" WHERE id > 200;

-- Proposals hold for all rows, and are statements that add them.
SELECT check_name, expression, evidence FROM elt.propose_checks('tried');
SELECT statement FROM elt.propose_checks('tried') WHERE check_name = 'known_country';
SELECT bool_and(t.rows_failed = 0) AS hold, count(*) > 5 AS some FROM elt.propose_checks('tried') p, elt.try_check('tried', p.expression) t WHERE t.rows_of = 'target';
SELECT statement FROM elt.propose_checks('tried') \gexec
SELECT count(*) FROM elt.propose_checks('tried');
CALL elt.run('tried');
SELECT DISTINCT verdict FROM elt.check_results WHERE pipeline = 'tried';
SELECT count(*) FROM elt.propose_checks('nobody');
SELECT elt.drop_pipeline('tried');
DROP SCHEMA try_test CASCADE;
REVOKE elt_admin FROM try_admin;
DROP ROLE try_admin;
