-- Rejected rows: failures, quarantine, and counts.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = ISO;
SET elt.retry_base = 1;

CREATE SERVER reject FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', concurrency '1');
CREATE SCHEMA reject_test;
SET search_path = reject_test;

-- Answers in turn, the last one again and again.
CREATE FUNCTION answers(VARIADIC bodies text[]) RETURNS text LANGUAGE sql AS
$$ SELECT jsonb_agg(jsonb_build_object('body', b) ORDER BY n)::text FROM unnest(bodies) WITH ORDINALITY AS u(b, n) $$;
-- Records first to last, of which those from bad on do not decode.
CREATE FUNCTION records(first int, last int, bad int DEFAULT 1000000) RETURNS text LANGUAGE sql AS
$$ SELECT coalesce(json_agg(json_build_object('id', CASE WHEN n < bad THEN n::text ELSE 'x' || n END,
	'n', n) ORDER BY n), '[]')::text FROM generate_series(first, last) AS n $$;
CREATE FUNCTION scripts(VARIADIC s text[]) RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_build_object('script', to_jsonb(s)) $$;

CREATE FOREIGN TABLE item (script text OPTIONS (param 'script'), id bigint, n int) SERVER reject
	OPTIONS (path '/script/reject', query 'responses={script}');
CREATE FOREIGN TABLE few (script text OPTIONS (param 'script'), id bigint, n int) SERVER reject
	OPTIONS (path '/script/few', query 'responses={script}');

CREATE VIEW last_run AS
SELECT DISTINCT ON (pipeline) pipeline, state, slices_landed AS landed, slices_failed AS failed, rows_read AS read,
	rows_inserted AS inserted, rows_quarantined AS quarantined, sqlstate, error, detail
FROM elt.runs ORDER BY pipeline, run_id DESC;
CREATE VIEW slices AS
SELECT md5(params::text) AS slice, state, rows, rejected, sqlstate, error FROM elt.slices ORDER BY rows, rejected;
CREATE VIEW rejects AS
SELECT stage, reason, count(*), count(params) AS with_params, count(DISTINCT run_id) AS runs
FROM elt.rejects WHERE state IN ('new', 'fixed') GROUP BY stage, reason ORDER BY stage, reason;

-- All of a slice: it fails, says why, and is asked for again; its rejects are kept, once.
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}',
	params => scripts(answers(records(1, 20, 1), records(1, 20, 1), records(1, 20, 20))));
CALL elt.run('item');
SELECT * FROM last_run;
SELECT state, rows, rejected, sqlstate, error FROM slices;
SELECT last_state, last_success_at IS NULL AS never FROM elt.pipelines WHERE name = 'item';
CALL elt.run('item');
SELECT * FROM rejects;
-- Mended but for one record: the others land, and only that one is left.
CALL elt.run('item');
SELECT state, rows, rejected, sqlstate, error FROM slices;
SELECT * FROM rejects;
SELECT count(*) FROM item_target;
SELECT last_state, last_success_at IS NULL AS never FROM elt.pipelines WHERE name = 'item';
SELECT elt.drop_pipeline('item');
DROP TABLE item_target;

-- Beside others that are well it is one slice that fails; 19 are not many.
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}',
	params => scripts(answers(records(1, 25, 1)), answers(records(26, 44, 1)), answers(records(45, 200))));
CALL elt.run('item');
SELECT * FROM last_run;
SELECT state, rows, rejected, sqlstate FROM slices;
SELECT elt.drop_pipeline('item');
DROP TABLE item_target;

-- A batch of nothing but refused records fails whatever its slices have. From the fourth request
-- on, which is the second run, one has two good ones.
SELECT elt.create_pipeline('item', 'few', 'item_target', '{id}', params => scripts(
	answers(records(1, 3, 1), records(1, 3, 1), records(1, 3, 1), records(1, 3, 3)), answers('[]'), answers(records(4, 4, 4))));
CALL elt.run('item');
SELECT * FROM last_run;
SELECT state, rows, rejected, sqlstate, error FROM slices;
SELECT * FROM rejects;
CALL elt.run('item');
SELECT state, rows, rejected, sqlstate, error FROM slices;
SELECT * FROM rejects;
SELECT elt.drop_pipeline('item');
DROP TABLE item_target;

-- More than max_reject_percent of 100 rows or more: nothing lands, verdicts and rejects are kept.
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}', options => '{"max_reject_percent": 101}');
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}', params => scripts('[]'), options => '{"max_reject_percent": -1}');
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}',
	params => scripts(answers(records(1, 100, 51)), answers(records(101, 110, 105))));
SELECT elt.alter_pipeline('item', options => '{"max_reject_percent": "NaN"}');
CALL elt.run('item');
SELECT * FROM last_run;
SELECT * FROM rejects;
SELECT count(*) FROM item_target;
SELECT count(*) FROM elt.slices;
SELECT last_state, last_success_at IS NULL AS never FROM elt.pipelines WHERE name = 'item';
-- The batch is still staged; once more is not twice.
SELECT rows_read FROM elt.merge('item');
SELECT * FROM rejects;
SELECT elt.alter_pipeline('item', options => '{"max_reject_percent": 51}');
SELECT rows_read, rows_inserted, rows_quarantined FROM elt.merge('item');
SELECT * FROM rejects;
SELECT state, rows, rejected FROM slices;
-- Each attempt to land it is a run, and says of which one the batch is.
SELECT kind, state, rows_read, rows_quarantined, rows_refused, slices_landed, error IS NOT NULL AS error,
	regexp_replace(detail, '\d+', 'N', 'g') AS detail
FROM elt.runs WHERE pipeline = 'item' ORDER BY run_id;
SELECT last_state, last_success_at IS NULL AS never FROM elt.pipelines WHERE name = 'item';
SELECT elt.drop_pipeline('item');
DROP TABLE item_target;

-- elt.pull tells how many rows are staged, and how many are not.
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}', params => scripts(answers(records(1, 10, 9))));
CALL elt.pull('item');
SELECT count(*) FROM elt_staging.item;
SELECT rows_read, rows_inserted, rows_quarantined FROM elt.merge('item');
SELECT elt.drop_pipeline('item');
DROP TABLE item_target;

-- Just so many land.
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}', params => scripts(answers(records(1, 100, 51))));
CALL elt.run('item');
SELECT elt.drop_pipeline('item');
-- Fewer rows than 100 do.
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}', params => scripts(answers(records(1, 99, 2))));
CALL elt.run('item');
SELECT elt.drop_pipeline('item');
-- 100 takes any part.
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}', params => scripts(answers(records(1, 200, 2))),
	options => '{"max_reject_percent": 100}');
CALL elt.run('item');
SELECT elt.drop_pipeline('item');
DROP TABLE item_target;

-- Decoding and checks count together; what is dropped does not.
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}',
	params => scripts(answers(records(1, 60, 41)), answers(records(61, 110, 101))));
SELECT elt.add_check('item', 'few', 'n > 35');
SELECT elt.add_check('item', 'odd', 'n % 2 = 1', action => 'drop');
CALL elt.run('item');
SELECT * FROM rejects;
SELECT check_name, rows_checked, rows_failed FROM elt.check_results ORDER BY check_name;
SELECT elt.preview_merge('item');
SELECT count(*) FROM elt_staging.item;
-- Without the check, and then with one that takes fewer: each slice knows how many it has lost.
SELECT elt.drop_check('item', 'few');
SELECT elt.add_check('item', 'few', 'n > 3 AND n <> 70');
SELECT rows_read, rows_inserted, rows_quarantined, rows_dropped FROM elt.merge('item');
SELECT * FROM rejects;
SELECT state, rows, rejected FROM slices;
SELECT j.reason, s.rejected, count(*) FROM elt.rejects j JOIN elt.slices s USING (params) GROUP BY 1, 2 ORDER BY 1, 2;
SELECT elt.drop_pipeline('item');
DROP TABLE item_target;

-- Rejects of a merge know their window too.
CREATE FOREIGN TABLE hour (script text OPTIONS (param 'script'), id bigint, at timestamptz) SERVER reject
	OPTIONS (path '/script/hour', query 'responses={script}&at={window_start}', window '1 hour', window_column 'at');
SELECT elt.create_pipeline('hour', 'hour', 'hour_target', '{id,at}', start_at => '2024-01-01', options => '{"max_future": "1 hour"}',
	params => scripts(answers('[{"id":1,"at":"2024-01-01T00:10:00Z"},{"id":null,"at":"2024-01-01T00:20:00Z"}]',
	'[{"id":1,"at":"2024-01-01T01:10:00Z"},{"id":"x"},{"id":7,"at":"2023-01-01T01:00:00Z"}]')));
CALL elt.run('hour', '2024-01-01', '2024-01-01 02:00');
SELECT stage, reason, window_start, window_end FROM elt.rejects ORDER BY window_start, reason;
SELECT window_start, state, rows, rejected FROM elt.slices;
SELECT elt.drop_pipeline('hour');

-- Rows out of range are refused and no reason to fail.
SELECT elt.create_pipeline('hour', 'hour', 'hour_target', '{id,at}', start_at => '2024-01-01', params => scripts(answers(
	(SELECT json_agg(json_build_object('id', n, 'at', '2023-01-01T01:00:00Z'))::text FROM generate_series(1, 120) AS n))));
CALL elt.run('hour', '2024-01-01', '2024-01-01 01:00');
SELECT * FROM rejects;
SELECT elt.drop_pipeline('hour');

-- A slice that goes on from a cursor has other records each time: what was refused before stays,
-- what comes once more does not double.
CREATE FOREIGN TABLE news (script text OPTIONS (param 'script'), id bigint, n int) SERVER reject
	OPTIONS (path '/script/news', query 'responses={script}&since={cursor}', cursor_column 'id', cursor_start '0');
SELECT elt.create_pipeline('news', 'news', 'news_target', '{id}', params => scripts(answers(
	records(1, 10, 10), records(9, 11, 10), records(12, 13))));
CALL elt.run('news');
SELECT raw, run_id = max(run_id) OVER () AS new FROM elt.rejects ORDER BY raw;
CALL elt.run('news');
SELECT raw, run_id = max(run_id) OVER () AS new FROM elt.rejects ORDER BY raw;
CALL elt.run('news');
SELECT raw FROM elt.rejects ORDER BY raw;
SELECT elt.drop_pipeline('news');

SELECT count(*) FROM elt_catalog.staged_slice;
SET client_min_messages = warning;
DROP SCHEMA reject_test CASCADE;
DROP SERVER reject;
