-- A batch ends at the first slice after one of its limits: rows, bytes, slices, seconds.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET elt.retry_base = 1;

CREATE SERVER batch FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', concurrency '1', conditional 'false');
CREATE SCHEMA batch_test;
SET search_path = batch_test;
CREATE FOREIGN TABLE echo (body text OPTIONS (param 'body'), id bigint) SERVER batch
	OPTIONS (path '/echo', query 'type=application/json&body={body}');
CREATE FOREIGN TABLE slow (body text OPTIONS (param 'body'), id bigint) SERVER batch
	OPTIONS (path '/echo', query 'type=application/json&fault=%7B%22delay%22:0.6%7D&body={body}');

-- Six slices of two rows, 21 bytes each; and the first three.
SELECT jsonb_build_object('body', jsonb_agg(format('[{"id":%s},{"id":%s}]', n, n + 10))) AS params
FROM generate_series(11, 16) AS n \gset
SELECT jsonb_path_query_array(:'params'::jsonb, '$.body[0 to 2]') AS three \gset

CREATE FUNCTION batches(p text) RETURNS TABLE (batch int, rows bigint) LANGUAGE sql AS
$$ SELECT batch, rows_out FROM elt.steps
	WHERE step = 'pull' AND run_id = (SELECT max(run_id) FROM elt.runs WHERE pipeline = p) ORDER BY batch $$;

-- Bounds that are none.
SELECT elt.create_pipeline('bounds', 'echo', 'bounds', '{id}', params => :'params', options => '{"batch_rows": 0}');
SELECT elt.create_pipeline('bounds', 'echo', 'bounds', '{id}', params => :'params', options => '{"batch_bytes": -1}');
SELECT elt.create_pipeline('bounds', 'echo', 'bounds', '{id}', params => :'params', options => '{"batch_seconds": 0}');
SELECT elt.create_pipeline('bounds', 'echo', 'bounds', '{id}', params => :'params', options => '{"max_attempts": 0}');
SELECT elt.create_pipeline('bounds', 'echo', 'bounds', '{id}', params => :'params', options => '{"max_new_partitions": 0}');

SELECT elt.create_pipeline('bounds', 'echo', 'bounds', '{id}', params => :'params');
SELECT elt.alter_pipeline('bounds', options => '{"batch_rows": 0}');
SELECT elt.alter_pipeline('bounds', options => '{"batch_bytes": 0}');
SELECT elt.alter_pipeline('bounds', options => '{"batch_seconds": -1}');
SELECT elt.alter_pipeline('bounds', options => '{"max_attempts": -1}');
SELECT elt.alter_pipeline('bounds', options => '{"max_new_partitions": 0}');

CALL elt.run('bounds');
SELECT * FROM batches('bounds');

-- Rows.
SELECT elt.alter_pipeline('bounds', options => '{"batch_rows": 3}');
CALL elt.run('bounds');
SELECT * FROM batches('bounds');

-- Bytes.
SELECT elt.alter_pipeline('bounds', options => '{"batch_rows": 200000, "batch_bytes": 41}');
CALL elt.run('bounds');
SELECT * FROM batches('bounds');

-- Slices.
SELECT elt.alter_pipeline('bounds', options => '{"batch_bytes": 1000000}');
SET elt.batch_slices = 4;
CALL elt.run('bounds');
SELECT * FROM batches('bounds');

-- elt.pull stages one batch.
CALL elt.pull('bounds');
SELECT rows_read, rows_unchanged FROM elt.merge('bounds');
RESET elt.batch_slices;

-- A full load is one batch, whatever it holds.
SET elt.batch_slices = 1;
SELECT elt.create_pipeline('bounds_full', 'echo', 'bounds_full', '{id}', params => :'params', options => '{"load": "full",
	"batch_rows": 1, "batch_bytes": 1}');
CALL elt.run('bounds_full');
SELECT * FROM batches('bounds_full');
RESET elt.batch_slices;

-- Seconds: an answer takes 0.6 s at least, so that the first two make a batch of one second.
SELECT elt.create_pipeline('bounds_slow', 'slow', 'bounds_slow', '{id}', options => '{"batch_seconds": 1}',
	params => jsonb_build_object('body', :'three'::jsonb));
CALL elt.run('bounds_slow');
SELECT count(*) > 1 AS several, sum(rows) AS rows FROM batches('bounds_slow');
SELECT elt.alter_pipeline('bounds_slow', options => '{"batch_seconds": 3600}');
CALL elt.run('bounds_slow');
SELECT * FROM batches('bounds_slow');

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name LIKE 'bounds%' ORDER BY name;
SET client_min_messages = warning;
DROP SCHEMA batch_test CASCADE;
DROP SERVER batch;
