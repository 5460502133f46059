-- One request for each row of a query, and what happens when some of them fail.
CREATE SCHEMA params_test;
SET search_path = params_test;
SET timezone = 'UTC';
SET datestyle = ISO;
SET elt.retry_base = '2ms';
\getenv replay ELT_REPLAY
CREATE SERVER params_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '1');

-- /echo answers what it is told to, so each request says which parent it was for.
CREATE FOREIGN TABLE children (
	parent int OPTIONS (param 'parent'), kind text OPTIONS (param 'kind'), n int
) SERVER params_api OPTIONS (path '/echo',
	query 'body=%7B%22n%22:{parent}%7D&type=application/json&kind={kind}');
CREATE TABLE parents (parent int, since date, wanted bool DEFAULT true);
INSERT INTO parents SELECT n, '2024-01-01' FROM generate_series(1, 4) n;

-- What cannot be a source of params
CREATE FUNCTION declared(query text, params jsonb DEFAULT '{"kind": ["a", "b"]}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
	PERFORM elt.create_pipeline('children', 'params_test.children', 'params_test.landed', '{parent,kind}',
		params => declared.params, options => jsonb_build_object('params_query', query));
	PERFORM elt.drop_pipeline('children');
	RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT declared('SELECT parent FROM params_test.parents');
SELECT declared('SELECT parent FROM parents');
SELECT declared('SELECT parent FRM params_test.parents');
SELECT declared('SELECT parent, since FROM params_test.parents');
SELECT declared('SELECT since::text AS kind FROM params_test.parents', '{}');
SELECT declared('SELECT parent, ''x'' AS kind FROM params_test.parents');
SELECT declared('SELECT parent, parent FROM params_test.parents');
SELECT declared('SELECT parent FROM params_test.parents', '{"kind": ["a"], "colour": ["red"]}');
SELECT declared('INSERT INTO params_test.parents VALUES (9) RETURNING parent');
SELECT declared('WITH gone AS (DELETE FROM params_test.parents RETURNING parent) SELECT parent FROM gone');
SELECT declared('SELECT 1 AS parent; SELECT 2 AS parent');
SELECT declared('SHOW work_mem');
SELECT declared('');

-- A label says what rows are of, and no request asks with it.
ALTER FOREIGN TABLE children ADD COLUMN place text OPTIONS (param 'place');
SELECT declared('SELECT parent FROM params_test.parents', '{"kind": ["a"], "place": ["x"]}');
SELECT elt.create_pipeline('labelled', 'params_test.children', 'params_test.labelled', '{parent,kind}', params => '{"kind": ["a"]}',
	options => '{"params_query": "SELECT parent, ''place '' || parent AS place FROM params_test.parents"}');
CALL elt.run('labelled');
SELECT parent, n, place FROM labelled ORDER BY parent;
SELECT elt.drop_pipeline('labelled');
SELECT n, place FROM children WHERE parent = 1 AND kind = 'a';
SELECT n, place FROM children WHERE parent = 1 AND kind = 'a' AND place IN ('here', 'there');
ALTER FOREIGN TABLE children ADD COLUMN misspelt text OPTIONS (param 'knd');
SELECT declared('SELECT parent FROM params_test.parents');
ALTER FOREIGN TABLE children DROP COLUMN place, DROP COLUMN misspelt;

-- Rows that repeat are asked for once; params gives what the query does not.
SELECT elt.create_pipeline('children', 'params_test.children', 'params_test.landed', '{parent,kind}',
	params => '{"kind": ["a", "b"]}', options => '{"params_query": "SELECT parent FROM params_test.parents WHERE wanted"}');
INSERT INTO parents VALUES (4, '2024-01-01');
CALL elt.run('children');
SELECT parent, kind, n FROM landed ORDER BY 1, 2;
-- A row that no longer comes is not asked for, and what it brought stays.
UPDATE parents SET wanted = parent > 2;
INSERT INTO parents VALUES (5, '2024-01-01');
CALL elt.run('children');
SELECT count(*), count(DISTINCT parent) FROM landed;
-- No rows: nothing to ask for
UPDATE parents SET wanted = false;
CALL elt.run('children');
SELECT state, slices_landed FROM elt.runs WHERE pipeline = 'children' ORDER BY run_id;
-- What the rows say is checked when the run asks
SELECT elt.alter_pipeline('children', options => '{"params_query": "SELECT nullif(parent, 3) AS parent FROM params_test.parents"}');
CALL elt.run('children');
SELECT elt.alter_pipeline('children', options => '{"params_query": "SELECT since::text AS parent FROM params_test.parents"}');
\set VERBOSITY terse
CALL elt.run('children');
SELECT elt.alter_pipeline('children', options => '{"params_query": "SELECT n AS parent FROM generate_series(1, 200001) n"}', params => '{"kind": "a"}');
CALL elt.run('children');
-- A function of the query cannot write either.
CREATE SEQUENCE touched;
CREATE FUNCTION touching() RETURNS int LANGUAGE sql AS 'INSERT INTO params_test.parents VALUES (10) RETURNING 10';
SELECT elt.alter_pipeline('children', options => '{"params_query": "SELECT params_test.touching() AS parent"}');
CALL elt.run('children');
SELECT elt.alter_pipeline('children', options => '{"params_query": "SELECT nextval(''params_test.touched'') AS parent"}');
CALL elt.run('children');
SELECT count(*) FROM parents WHERE parent = 10;
\set VERBOSITY default
-- The query runs as the owner, whoever calls.
CREATE ROLE params_owner;
GRANT USAGE ON SCHEMA params_test TO params_owner;
GRANT CREATE ON SCHEMA params_test TO params_owner;
GRANT SELECT ON children TO params_owner;
GRANT USAGE ON FOREIGN SERVER params_api TO params_owner;
GRANT USAGE ON SCHEMA elt TO params_owner;
SELECT elt.drop_pipeline('children');
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA elt TO params_owner;
SET ROLE params_owner;
SELECT elt.create_pipeline('owned', 'params_test.children', 'params_test.owned', '{parent,kind}',
	params => '{"kind": "a"}', options => '{"params_query": "SELECT parent FROM params_test.parents"}');
RESET ROLE;
\set VERBOSITY terse
CALL elt.run('owned');
GRANT SELECT ON parents TO params_owner;
CALL elt.run('owned');
\set VERBOSITY default
-- An admin may change a pipeline, but not read with its owner's rights.
CREATE ROLE params_admin;
GRANT elt_admin TO params_admin;
SET ROLE params_admin;
SELECT elt.alter_pipeline('owned', params => '{"kind": "b"}');
SELECT elt.alter_pipeline('owned', options => '{"params_query": "SELECT 1 AS parent"}');
RESET ROLE;
DROP ROLE params_admin;
-- Back to a list
SELECT elt.alter_pipeline('owned', options => '{"params_query": ""}');
SELECT elt.alter_pipeline('owned', options => '{"params_query": ""}', params => '{"kind": "a", "parent": [7]}');
CALL elt.run('owned');
SELECT parent FROM owned ORDER BY 1;
SELECT elt.drop_pipeline('owned');
DROP TABLE owned;
REVOKE ALL ON ALL ROUTINES IN SCHEMA elt FROM params_owner;
REVOKE ALL ON SCHEMA elt FROM params_owner;

-- Params of other types, in windows: each combination has its own cursor, and one that goes holds back none.
CREATE FOREIGN TABLE daily (
	since date OPTIONS (param 'since'), flag bool OPTIONS (param 'flag'),
	day date OPTIONS (param 'window_start'), n int
) SERVER params_api OPTIONS (path '/echo', query 'body=%7B%22n%22:1%7D&type=application/json&since={since}&flag={flag}&from={window_start}',
	window '1 day', window_column 'day', window_format 'YYYY-MM-DD');
CREATE TABLE wanted (since date, flag bool);
INSERT INTO wanted VALUES ('2024-01-01', true), ('2024-01-02', false);
SET client_min_messages = error;
SELECT elt.create_pipeline('daily', 'params_test.daily', 'params_test.daily_rows', '{since,flag,day}',
	options => '{"params_query": "SELECT since, flag FROM params_test.wanted"}', start_at => current_date - 3);
CALL elt.run('daily');
SELECT params, window_end::date - current_date AS day FROM elt.cursors WHERE pipeline = 'daily';
SELECT since, flag, count(*) FROM daily_rows GROUP BY 1, 2 ORDER BY 1;
DELETE FROM wanted WHERE flag;
CALL elt.run('daily');
SELECT params, window_end::date - current_date AS day FROM elt.cursors WHERE pipeline = 'daily';
SELECT since, count(*) FROM daily_rows GROUP BY 1 ORDER BY 1;
SELECT elt.drop_pipeline('daily');
RESET client_min_messages;

-- Some fail: the others land, and the run says what the first failure was.
CREATE FOREIGN TABLE fragile (parent int OPTIONS (param 'parent'), status int OPTIONS (param 'status'), n int)
	SERVER params_api OPTIONS (path '/echo', query 'body=%7B%22n%22:{parent}%7D&type=application/json&status={status}');
CREATE TABLE tried (parent int, status int);
INSERT INTO tried SELECT n, CASE WHEN n % 3 = 0 THEN 400 ELSE 200 END FROM generate_series(1, 9) n;
SELECT elt.create_pipeline('fragile', 'params_test.fragile', 'params_test.fragile_rows', '{parent}',
	options => '{"params_query": "SELECT parent, status FROM params_test.tried", "fail_after": 0}');
SELECT elt.create_pipeline('fragile', 'params_test.fragile', 'params_test.fragile_rows', '{parent}',
	options => '{"params_query": "SELECT parent, status FROM params_test.tried"}');
\set VERBOSITY terse
CALL elt.run('fragile');
SELECT params->>'parent' AS parent, state, http_status, rows, sqlstate FROM elt.slices WHERE pipeline = 'fragile';
SELECT elt.alter_pipeline('fragile', options => '{"fail_after": -1}');
-- After two failures the rest is not asked for: it stays due.
SELECT elt.alter_pipeline('fragile', options => '{"fail_after": 2}');
SELECT elt.reset_pipeline('fragile');
CALL elt.run('fragile');
SELECT error, detail FROM elt.runs WHERE pipeline = 'fragile' ORDER BY run_id DESC LIMIT 1;
SELECT params->>'parent' AS parent, state FROM elt.slices WHERE pipeline = 'fragile';
-- All of them fail, the second is the last: nothing was left out.
UPDATE tried SET status = 400;
DELETE FROM tried WHERE parent > 2;
CALL elt.run('fragile');
-- Mended, and the limit taken away
UPDATE tried SET status = 200;
SELECT elt.alter_pipeline('fragile', options => '{"fail_after": null}');
CALL elt.run('fragile');
SELECT state, slices_landed, slices_unchanged, slices_failed, sqlstate FROM elt.runs WHERE pipeline = 'fragile' ORDER BY run_id;
SELECT elt.drop_pipeline('fragile');

-- A value that does not fit into its request fails its own slice, and is not asked for: no value leads out of its path
CREATE FUNCTION asked_of(pipeline text) RETURNS TABLE (params jsonb, state text, sqlstate text, requests bigint, error text) LANGUAGE sql AS $$
	SELECT s.params, s.state, s.sqlstate, (SELECT count(*) FROM elt.request_log l WHERE l.pipeline = s.pipeline AND l.params = s.params), s.error
	FROM elt.slices s WHERE s.pipeline = asked_of.pipeline ORDER BY s.params
$$;
CREATE FOREIGN TABLE reflected (part text OPTIONS (param 'part'), query jsonb OPTIONS (path '$.query')) SERVER params_api
	OPTIONS (path '/{part}/../reflect', query 'part={part}', records '$');
SELECT elt.create_pipeline('reflected', 'params_test.reflected', 'params_test.reflections', '{part}',
	params => '{"part": ["a", "..", ".", "../..", "...", "%2e%2e"]}');
CALL elt.run('reflected');
SELECT * FROM asked_of('reflected');
SELECT part, query FROM reflections ORDER BY part;
SELECT * FROM reflected WHERE part = '..';
CREATE FOREIGN TABLE numbered (n text OPTIONS (param 'n'), body text) SERVER params_api
	OPTIONS (path '/reflect', method 'POST', body '{"n": {n}}', records '$');
SELECT elt.create_pipeline('numbered', 'params_test.numbered', 'params_test.numbers', '{n}', params => '{"n": ["1", "x, 2", "true"]}');
CALL elt.run('numbered');
SELECT * FROM asked_of('numbered');
SELECT n, body FROM numbers ORDER BY n;
SELECT elt.drop_pipeline(p) FROM unnest('{reflected,numbered}'::text[]) p;

-- A source that is gone is said to be gone, whatever is asked for
SELECT elt.create_pipeline('orphan', 'params_test.children', 'params_test.orphans', '{parent,kind}', params => '{"parent": [1], "kind": ["a"]}');
CALL elt.run('orphan');
DROP FOREIGN TABLE children CASCADE;
CREATE FUNCTION said_by(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, regexp_replace(SQLERRM, '\d+', 'N'), hint);
END $$;
SELECT s, said_by(s) FROM unnest(ARRAY[$$SELECT elt.preview('orphan')$$, $$SELECT elt.merge_sql('orphan')$$,
	$$SELECT elt.add_check('orphan', 'one', 'n = 1')$$, $$SELECT elt.alter_pipeline('orphan', params => '{"parent": [2]}')$$,
	$$SELECT elt.backfill('orphan', '2024-01-01', '2024-01-02')$$]) s;
SELECT elt.drop_pipeline('orphan');

DROP SERVER params_api CASCADE;
DROP SCHEMA params_test CASCADE;
DROP OWNED BY params_owner;
DROP ROLE params_owner;
