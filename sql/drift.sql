-- Fields that a source has stopped delivering.
\getenv replay ELT_REPLAY
\set VERBOSITY default
SET timezone = 'UTC';
SET elt.retry_base = 1;

CREATE SERVER drift FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', concurrency '1', conditional 'false');
CREATE SCHEMA drift_test;
SET search_path = drift_test;
CREATE FOREIGN TABLE echo (body text OPTIONS (param 'body'), id bigint, n text OPTIONS (path 'lines'),
	unit text OPTIONS (path '$.unit')) SERVER drift
	OPTIONS (path '/echo', query 'type=application/json&body={body}', records '$.r[*]');

-- Records first to last, each with this member beside its id.
CREATE FUNCTION page(first int, last int, member text, rest text DEFAULT ', "unit": "kW"') RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_build_object('body', jsonb_build_array('{"r": ' ||
	(SELECT json_agg(format('{"id": %s%s}', n, member)::json)::text FROM generate_series(first, last) AS n) || rest || '}')) $$;
CREATE VIEW drift AS
SELECT field, kind, first_seen = last_seen AS once, ended_at IS NOT NULL AS ended, records, sample FROM elt.drift;
CREATE FUNCTION say(body jsonb) RETURNS text LANGUAGE sql AS $$ SELECT elt.alter_pipeline('drift', params => body) $$;

SELECT elt.create_pipeline('drift', 'echo', 'target', '{id}', params => page(1, 20, ''), options => '{"on_missing_field": "stop"}');
SELECT elt.create_pipeline('drift', 'echo', 'target', '{id}', params => page(1, 20, ''));
SELECT elt.alter_pipeline('drift', options => '{"on_missing_field": ""}');

-- What has never come may be misspelled: a WARNING in the first batch, and no drift.
CALL elt.run('drift');
CALL elt.run('drift');
SELECT * FROM drift;

-- Null is there.
SELECT say(page(1, 20, ', "lines": null'));
CALL elt.run('drift');
SELECT * FROM drift;
SELECT say(page(1, 20, ', "lines": 5'));
CALL elt.run('drift');

-- 19 records do not say much, 20 do: once in a WARNING, then in elt.drift.
SELECT say(page(1, 19, ', "linez": 5'));
CALL elt.run('drift');
SELECT * FROM drift;
SELECT say(page(1, 20, ', "linez": 5'));
CALL elt.run('drift');
SELECT * FROM drift;
SELECT say(page(1, 25, ', "linez": 5'));
CALL elt.run('drift');
SELECT * FROM drift;
SELECT say(page(1, 3, ', "linez": 5'));
CALL elt.run('drift');
SELECT * FROM drift;
-- It comes again, and goes again.
SELECT say(page(1, 20, ', "lines": 6'));
CALL elt.run('drift');
SELECT * FROM drift;
SELECT say(page(1, 21, ', "linez": 6', ''));
CALL elt.run('drift');
SELECT * FROM drift;
SELECT count(n), count(unit) FROM target;

-- Held: nothing lands until somebody says so.
SELECT say(page(1, 20, ', "lines": 7'));
CALL elt.run('drift');
SELECT elt.alter_pipeline('drift', options => '{"on_missing_field": "hold"}');
SELECT say(page(1, 30, ', "linez": 7'));
CALL elt.run('drift');
CALL elt.run('drift');
SELECT * FROM drift;
SELECT count(*), count(n) FROM target;
SELECT last_state, last_success_at < last_finished_at AS stays FROM elt.pipelines WHERE name = 'drift';
SELECT sqlstate FROM elt.runs WHERE pipeline = 'drift' ORDER BY run_id DESC LIMIT 1;
SELECT * FROM elt.preview_merge('drift');
SELECT rows_inserted FROM elt.merge('drift');
SELECT elt.alter_pipeline('drift', options => '{"on_missing_field": "ignore"}');
SELECT rows_inserted, rows_updated FROM elt.merge('drift');
SELECT * FROM drift;
CALL elt.run('drift');
SELECT * FROM drift;

-- A column says that its absence is normal.
SELECT elt.alter_pipeline('drift', options => '{"on_missing_field": "warn"}');
ALTER FOREIGN TABLE echo ALTER unit OPTIONS (ADD optional 'true');
SELECT say(page(1, 20, ', "lines": 8'));
CALL elt.run('drift');
SELECT say(page(1, 20, ', "lines": 8', ''));
CALL elt.run('drift');
SELECT * FROM drift;
ALTER FOREIGN TABLE echo ALTER unit OPTIONS (SET optional 'perhaps');
ALTER FOREIGN TABLE echo ALTER body OPTIONS (ADD optional 'true');

-- A slice that fails says nothing; records of all slices count.
SELECT elt.alter_pipeline('drift', params => jsonb_build_object('body', jsonb_build_array(
	page(11, 20, ', "linez": 9')->'body'->0, page(21, 30, ', "linez": 9')->'body'->0,
	replace(page(1, 3, ', "lines": 9')#>>'{body,0}', '9}]', '9'))));
\set VERBOSITY terse
CALL elt.run('drift');
SELECT * FROM drift WHERE NOT ended;

-- Samples are data of the target.
CREATE ROLE drift_reader;
GRANT elt_reader TO drift_reader;
SET ROLE drift_reader;
SELECT count(*) > 0 AS fields, count(sample) AS samples FROM elt.drift WHERE pipeline = 'drift';
RESET ROLE;
SELECT count(*) = count(sample) AS samples FROM elt.drift WHERE pipeline = 'drift';
DROP ROLE drift_reader;

SELECT elt.drop_pipeline('drift');
SELECT count(*) FROM elt_catalog.delivered_field;
SELECT count(*) FROM elt_catalog.drift;
SET client_min_messages = warning;
DROP SCHEMA drift_test CASCADE;
DROP SERVER drift;
