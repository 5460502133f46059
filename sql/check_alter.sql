-- Conditions on the number of rows that violate a check, and changes of checks.
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA alter_check_test;
SET search_path = alter_check_test;
CREATE TABLE item (id int, n int);
SELECT elt.create_pipeline('altered', 'item', 'alter_check_test.items', '{id}');
\set VERBOSITY terse

-- Of the number and the percentage; without them, the action decides.
CREATE FUNCTION verdict() RETURNS TABLE (action text, warn_if text, fail_if text, failed bigint, verdict text) LANGUAGE sql AS $$
	SELECT k.action, k.warn_if, k.fail_if, r.rows_failed, r.verdict FROM elt.check_results r JOIN elt.checks k ON k.pipeline = r.pipeline AND k.name = r.check_name
	WHERE r.pipeline = 'altered' AND r.check_name = 'few' AND r.run_id = (SELECT max(run_id) FROM elt.runs) $$;
INSERT INTO item SELECT i, i FROM generate_series(1, 20) i;
SELECT elt.add_check('altered', 'few', 'n > 3', 'quarantine', warn_if => '> 5', fail_if => 'percent > 50', description => 'three are expected');
CALL elt.run('altered');
SELECT * FROM verdict();
SELECT count(*) FROM items;
SELECT elt.alter_check('altered', 'few', 'n > 6');
CALL elt.run('altered');
SELECT * FROM verdict();
UPDATE item SET n = 1 WHERE id <= 11;
CALL elt.run('altered');
SELECT * FROM verdict();
SELECT count(*), max(n) FILTER (WHERE id = 11) AS eleven FROM items;
SELECT count(*) FROM elt.rejects WHERE run_id = (SELECT max(run_id) FROM elt.runs);
SELECT elt.alter_check('altered', 'few', action => 'warn', warn_if => '', fail_if => '>= 12');
CALL elt.run('altered');
SELECT * FROM verdict();
SELECT elt.alter_check('altered', 'few', action => 'fail', warn_if => '> 100');
CALL elt.run('altered');
SELECT * FROM verdict();
SELECT elt.alter_check('altered', 'few', fail_if => '');
CALL elt.run('altered');
SELECT * FROM verdict();
SELECT check_name, rows_failed, verdict FROM elt.validate('altered');

-- Off and on again.
SELECT elt.alter_check('altered', 'few', enabled => false);
CALL elt.run('altered');
SELECT count(*) FROM elt.check_results WHERE run_id = (SELECT max(run_id) FROM elt.runs);
SELECT name, enabled, description FROM elt.checks WHERE pipeline = 'altered';
SELECT s FROM elt.pipeline_sql('altered') AS s WHERE s LIKE '%\_check(%';
SELECT elt.alter_check('altered', 'few', enabled => true, description => '');
CALL elt.run('altered');
SELECT * FROM verdict();

-- Of a batch: another measure forgets what was measured.
SELECT elt.add_batch_check('altered', 'size', elt.deviation('count(*)'), warn_if => '> 3');
SELECT elt.alter_check('altered', 'few', enabled => false);
CALL elt.run('altered');
SELECT count(evidence) FROM elt_catalog.check_result WHERE check_name = 'size';
SELECT elt.alter_check('altered', 'size', fail_if => '> 5');
SELECT count(evidence) FROM elt_catalog.check_result WHERE check_name = 'size';
SELECT elt.alter_check('altered', 'size', elt.row_count(), warn_if => '', fail_if => '> 10');
SELECT count(evidence) FROM elt_catalog.check_result WHERE check_name = 'size';
CALL elt.run('altered');
SELECT name, expression, action, warn_if, fail_if FROM elt.checks WHERE pipeline = 'altered';

-- What cannot be.
SELECT elt.alter_check('altered', 'size', fail_if => '');
SELECT elt.alter_check('altered', 'size', action => 'warn');
SELECT elt.alter_check('altered', 'size', 'n > 1');
SELECT elt.alter_check('altered', 'few', 'm > 1');
SELECT elt.alter_check('altered', 'few', action => 'burn');
SELECT elt.alter_check('altered', 'few', fail_if => '>');
SELECT elt.alter_check('altered', 'none', enabled => true);
SELECT elt.alter_check('nobody', 'few', enabled => true);
SELECT elt.alter_check('altered', NULL);
SELECT elt.add_check('altered', 'y', 'n > 1', warn_if => 'n > 1');
\set VERBOSITY default
SELECT elt.add_check('altered', 'y', 'n > 1', warn_if => '> 1 AND valeu < 2');
SELECT elt.add_check('altered', 'y', 'n > 1', warn_if => '> 1 AND (');
\set VERBOSITY terse

-- Who defines the pipeline switches checks; what is evaluated comes from its owner.
CREATE ROLE check_admin;
GRANT elt_admin TO check_admin;
SET ROLE check_admin;
SELECT elt.alter_check('altered', 'few', enabled => true, description => 'mine');
SELECT elt.alter_check('altered', 'few', 'n > 2');
SELECT elt.alter_check('altered', 'few', fail_if => '> 2');
RESET ROLE;
SELECT elt.drop_pipeline('altered');
DROP SCHEMA alter_check_test CASCADE;
REVOKE elt_admin FROM check_admin;
DROP ROLE check_admin;
