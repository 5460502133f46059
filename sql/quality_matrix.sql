-- Every action of a check, at every stage at which rows are rejected, with every strategy, for parents and children: exact
-- counts of what lands, what is rejected and what is replayed.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET client_min_messages = error;
\set VERBOSITY terse
CREATE SCHEMA matrix_test;
SET search_path = matrix_test;
CREATE SERVER matrix_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
-- 30 orders: 20 are fine, 3 cannot be decoded, 2 are out of range, 4 break the check, 1 is refused by its table. Two lines each;
-- of the first order also 3 lines that cannot be decoded, 2 that break the check, 1 that the table refuses: 66 lines.
SELECT 'body=' || regexp_replace(encode(convert_to(json_build_object('orders', json_agg(json_build_object('id', i,
	'at', CASE WHEN i IN (24, 25) THEN '2999-01-01' ELSE '2024-01-01' END, 'n', CASE WHEN i IN (21, 22, 23) THEN 'x' WHEN i IN (26, 27, 28, 29) THEN '-1' ELSE '1' END,
	'code', CASE i WHEN 30 THEN 'refused' ELSE 'fine' END,
	'lines', (SELECT json_agg(json_build_object('no', j, 'n', (ARRAY['1', '1', 'x', 'x', 'x', '-1', '-1', '999'])[j])) FROM generate_series(1, CASE i WHEN 1 THEN 8 ELSE 2 END) j))))::text, 'UTF8'), 'hex'), '(..)', '%\1', 'g')
	|| '&from={window_start}' AS query FROM generate_series(1, 30) i \gset
CREATE FOREIGN TABLE orders (id int, at timestamptz, n int, code text) SERVER matrix_api
	OPTIONS (path '/echo', query :'query', records '$.orders[*]', window '1 day', window_column 'at', window_format 'YYYY-MM-DD');
CREATE FOREIGN TABLE lines (order_id int OPTIONS (path '$.orders[*].id'), at timestamptz OPTIONS (path '$.orders[*].at'), no int, n int) SERVER matrix_api
	OPTIONS (path '/echo', query :'query', records '$.orders[*].lines[*]', window '1 day', window_column 'at', window_format 'YYYY-MM-DD');

CREATE TABLE cases AS
SELECT row_number() OVER () AS no, strategy, (ARRAY['replace', 'upsert', 'append'])[1 + row_number() OVER () % 3] AS child_strategy, options, action, checked
FROM (VALUES ('append', '{}'), ('upsert', '{}'), ('scd2', '{"sequence_by": ["at"]}'), ('replace', '{"replace_by": ["code"]}'), ('replace_window', '{}')) s(strategy, options),
	unnest('{warn,quarantine,drop,fail}'::text[]) action, unnest('{parent,child}'::text[]) checked;
SELECT count(elt.create_pipeline('matrix' || no, 'orders', 'matrix_' || no, '{id}', strategy, start_at => '2024-01-01', options => options::jsonb || '{"max_reject_percent": 100}')),
	count(elt.add_child('matrix' || no, 'lines', 'lines_' || no, '{order_id,no}', '{order_id}', jsonb_build_object('strategy', child_strategy, 'max_reject_percent', 100))) FROM cases;
SELECT format('ALTER TABLE matrix_%s ADD CHECK (code <> ''refused'')', no), format('ALTER TABLE lines_%s ADD CHECK (n <> 999)', no),
	format('SELECT elt.add_check(%L, ''positive'', ''n >= 0'', %L)', 'matrix' || no || CASE checked WHEN 'child' THEN '_lines_' || no ELSE '' END, action),
	format('CALL elt.run(''matrix%s'', ''2024-01-01'', ''2024-01-02'')', no) FROM cases ORDER BY no
\set ECHO none
\o /dev/null
\gexec
\o
\set ECHO all

-- What is expected of orders and lines.
CREATE TABLE expected (action text, checked text, pipeline text, inserted int, quarantined int, dropped int, refused int);
INSERT INTO expected VALUES
	('warn', 'parent', 'orders', 24, 6, 0, 0), ('warn', 'parent', 'lines', 50, 16, 0, 0), ('warn', 'child', 'orders', 24, 6, 0, 0), ('warn', 'child', 'lines', 50, 16, 0, 0),
	('quarantine', 'parent', 'orders', 20, 10, 0, 0), ('quarantine', 'parent', 'lines', 42, 24, 0, 0), ('quarantine', 'child', 'orders', 24, 6, 0, 0), ('quarantine', 'child', 'lines', 48, 18, 0, 0),
	('drop', 'parent', 'orders', 20, 6, 4, 0), ('drop', 'parent', 'lines', 42, 16, 8, 0), ('drop', 'child', 'orders', 24, 6, 0, 0), ('drop', 'child', 'lines', 48, 16, 2, 0),
	('fail', 'parent', 'orders', 0, 9, 0, 21), ('fail', 'parent', 'lines', 0, 3, 0, 63), ('fail', 'child', 'orders', 0, 5, 0, 25), ('fail', 'child', 'lines', 0, 5, 0, 61);
CREATE VIEW counted AS
SELECT c.no, c.strategy, c.child_strategy, c.action, c.checked, CASE WHEN t.pipeline ~ 'lines' THEN 'lines' ELSE 'orders' END AS pipeline, t.run_id, t.pipeline AS name, r.kind,
	t.rows_read AS read, t.rows_inserted AS inserted, t.rows_quarantined AS quarantined, t.rows_dropped AS dropped, t.rows_refused AS refused
FROM cases c JOIN elt.run_targets t ON t.pipeline IN ('matrix' || c.no, 'matrix' || c.no || '_lines_' || c.no) JOIN elt.runs r USING (run_id);
SELECT count(*) AS counted, count(*) FILTER (WHERE read = CASE pipeline WHEN 'orders' THEN 30 ELSE 66 END
	AND (k.inserted, k.quarantined, k.dropped, k.refused) = (e.inserted, e.quarantined, e.dropped, e.refused)) AS as_expected
FROM counted k JOIN expected e USING (action, checked, pipeline);
SELECT k.strategy, k.child_strategy, k.action, k.checked, k.pipeline, k.read, k.inserted, k.quarantined, k.dropped, k.refused
FROM counted k JOIN expected e USING (action, checked, pipeline) WHERE (k.inserted, k.quarantined, k.dropped, k.refused) <> (e.inserted, e.quarantined, e.dropped, e.refused) ORDER BY k.no;
-- Each reject is there, with the stage at which it was made.
SELECT action, checked, pipeline, stage, reason, min(n) AS rejects, count(*) AS cases, count(DISTINCT n) AS same FROM (
	SELECT k.no, k.action, k.checked, k.pipeline, j.stage, j.reason, count(*) AS n FROM counted k JOIN elt.rejects j ON j.pipeline = k.name GROUP BY 1, 2, 3, 4, 5, 6) s
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3 DESC, 4, 5;
-- A verdict for each check.
SELECT c.action, c.checked, r.verdict, r.rows_failed, count(*) FROM cases c JOIN elt.check_results r ON r.pipeline IN ('matrix' || c.no, 'matrix' || c.no || '_lines_' || c.no) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2;

-- The check was wrong: what it rejected lands, and the rows of children with their parents; nothing else does.
SELECT count(elt.drop_check(k.pipeline, 'positive')) FROM elt.checks k WHERE k.pipeline ~ '^matrix\d' AND k.action = 'quarantine';
CREATE TABLE replays AS
SELECT c.no, c.checked, pass, r.*
FROM (SELECT * FROM cases, generate_series(1, 2) pass WHERE action = 'quarantine' ORDER BY pass, no OFFSET 0) c,
	LATERAL elt.replay_rejects('matrix' || c.no || CASE pass WHEN 2 THEN '_lines_' || c.no ELSE '' END) r;
SELECT checked, CASE pass WHEN 1 THEN 'orders' ELSE 'lines' END AS pipeline, rejects, replayed, superseded, rejected, count(*) AS cases FROM replays GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1 DESC, 2 DESC;
CREATE TABLE landed (no int, orders int, lines int);
SELECT format('INSERT INTO landed SELECT %s, (SELECT count(DISTINCT id) FROM matrix_%1$s), (SELECT count(DISTINCT (order_id, no)) FROM lines_%1$s)', no) FROM cases WHERE action = 'quarantine'
\set ECHO none
\gexec
\set ECHO all
SELECT orders, lines, count(*) AS cases FROM landed GROUP BY 1, 2;

SELECT count(elt.drop_pipeline('matrix' || no)) FROM cases;
DROP SCHEMA matrix_test CASCADE;
DROP SERVER matrix_api CASCADE;
