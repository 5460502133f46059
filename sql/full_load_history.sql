-- Full loads of a history: versions of missing keys are closed, those of returned keys are opened.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SERVER history_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE history_owner;
GRANT elt_admin TO history_owner;
GRANT USAGE ON FOREIGN SERVER history_api TO history_owner;
CREATE SCHEMA history_test AUTHORIZATION history_owner;
SET ROLE history_owner;
SET search_path = history_test;
CREATE FOREIGN TABLE customer_api (id int, city text, changed timestamptz, op text)
	SERVER history_api OPTIONS (path '/echo', query 'body=');
CREATE FUNCTION answer(body text, source regclass DEFAULT 'customer_api') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (SET query %L)', source,
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END
$$;
CREATE VIEW outcome AS
SELECT rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch, rows_stale AS stale,
	rows_deleted AS del, rows_removed AS removed, pending_deletes AS pending
FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);
-- Times of loads are not the same in two runs of a test.
CREATE FUNCTION told(t timestamptz) RETURNS text LANGUAGE sql AS
	$$ SELECT CASE WHEN t BETWEEN '2025-01-01' AND '9999-01-01' THEN 'a load' ELSE t::text END $$;

SELECT elt.create_pipeline('customer', 'customer_api', 'dim_customer', '{id}', 'scd2', options => '{"sequence_by": ["changed"],
	"load": "full", "absent": "delete", "deletes": "ignore"}');
SELECT elt.create_pipeline('customer', 'customer_api', 'dim_customer', '{id}', 'scd2', options => '{"sequence_by": ["changed"],
	"load": "full", "absent": "delete", "late_horizon": "1 day"}');
SELECT elt.create_pipeline('customer', 'customer_api', 'dim_customer', '{id}', 'scd2', options => '{"sequence_by": ["changed"],
	"track_columns": ["city"], "load": "full", "absent": "delete", "max_delete_percent": 50}');

SELECT answer('[{"id":1,"city":"Bonn","changed":"2024-01-01"},{"id":2,"city":"Kiel","changed":"2024-01-01"}]');
CALL elt.run('customer');
TABLE outcome;

-- Gone: closed when the load began, which is before it was merged; once.
SELECT answer('[{"id":1,"city":"Bonn","changed":"2024-01-01"}]');
CALL elt.pull('customer');
SELECT clock_timestamp() AS pulled \gset
SELECT rows_read, rows_unchanged, rows_deleted, rows_removed FROM elt.merge('customer');
SELECT id, city, valid_from, told(valid_to) AS valid_to, is_current, valid_to <= :'pulled' AS by_then FROM dim_customer ORDER BY id;
CALL elt.run('customer');
TABLE outcome;

-- Back, as it always was, and the other one changed: a new version with a gap before it
SELECT answer('[{"id":1,"city":"Ulm","changed":"2024-02-01"},{"id":2,"city":"Kiel","changed":"2024-01-01"}]');
CALL elt.run('customer');
TABLE outcome;
SELECT id, city, told(valid_from) AS valid_from, told(valid_to) AS valid_to, is_current,
	valid_from > lag(valid_to) OVER (PARTITION BY id ORDER BY valid_from) AS gap
FROM dim_customer c ORDER BY id, c.valid_from;
CALL elt.run('customer');
TABLE outcome;
SELECT id, _old_sk = -1 AS appears, _new_sk = -1 AS ends FROM dim_customer_restated ORDER BY _batch, id, valid_from;

-- Gone and back twice, back with another city of an older time
SELECT answer('[{"id":1,"city":"Ulm","changed":"2024-02-01"}]');
CALL elt.run('customer');
SELECT answer('[{"id":1,"city":"Ulm","changed":"2024-02-01"},{"id":2,"city":"Jena","changed":"2024-03-01"}]');
CALL elt.run('customer');
TABLE outcome;
SELECT id, city, told(valid_from) AS valid_from, told(valid_to) AS valid_to, is_current FROM dim_customer c
WHERE id = 2 ORDER BY c.valid_from;

-- A source whose clock is ahead: what is gone is gone.
SELECT answer(format('[{"id":1,"city":"Ulm","changed":"2024-02-01"},{"id":2,"city":"Rom","changed":"%s"}]',
	now() + interval '1 hour'));
CALL elt.run('customer');
SELECT answer('[{"id":1,"city":"Ulm","changed":"2024-02-01"}]');
CALL elt.run('customer');
TABLE outcome;
SELECT id, count(*) FILTER (WHERE is_current) AS current FROM dim_customer GROUP BY id ORDER BY id;
CALL elt.run('customer');
TABLE outcome;

-- Pending, and approved: the time is that of the load that missed it.
SELECT answer('[{"id":1,"city":"Ulm","changed":"2024-02-01"},{"id":3,"city":"Bern","changed":"2024-01-01"},{"id":4,"city":"Graz","changed":"2024-01-01"}]');
CALL elt.run('customer');
SELECT answer('[{"id":1,"city":"Ulm","changed":"2024-02-01"}]');
CALL elt.run('customer');
SELECT clock_timestamp() AS missed \gset
SELECT key, reason FROM elt.pending_deletes;
UPDATE dim_customer_observed SET _run_id = _run_id + 1000000 WHERE id = 4;
SELECT elt.approve_deletes(run_id) FROM elt.pending_deletes GROUP BY run_id;
SELECT id, city, told(valid_to) AS valid_to, valid_to <= :'missed' AS by_then, is_current FROM dim_customer WHERE id > 2 ORDER BY id;

-- Deletes that are told and deletes that are missed, as versions of their own; times are days.
CREATE FOREIGN TABLE day_api (id int, city text, day date, op text) SERVER history_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('marked', 'day_api', 'dim_marked', '{id}', 'scd2', options => $${"sequence_by": ["day"],
	"delete_when": "op = 'd'", "deletes": "mark", "track_columns": ["city"], "load": "full", "absent": "delete", "max_delete_percent": 100}$$);
SELECT answer('[{"id":1,"city":"Bonn","day":"2024-01-01"},{"id":2,"city":"Kiel","day":"2024-01-01"},{"id":3,"city":"Gent","day":"2024-01-01"}]', 'day_api');
CALL elt.run('marked');
SELECT answer('[{"id":1,"city":"Bonn","day":"2024-01-01"},{"id":2,"city":"Kiel","day":"2024-01-02","op":"d"}]', 'day_api');
CALL elt.run('marked');
TABLE outcome;
CALL elt.run('marked');
TABLE outcome;
SELECT id, city, told(valid_from) AS valid_from, told(valid_to) AS valid_to, is_current, _deleted FROM dim_marked m ORDER BY id, m.valid_from;
SELECT answer('[{"id":1,"city":"Bonn","day":"2024-01-01"},{"id":3,"city":"Gent","day":"2024-01-01"}]', 'day_api');
CALL elt.run('marked');
TABLE outcome;
SELECT id, city, told(valid_from) AS valid_from, told(valid_to) AS valid_to, is_current, _deleted FROM dim_marked m ORDER BY id, m.valid_from;

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name IN ('customer', 'marked') ORDER BY name;
RESET ROLE;
DROP SERVER history_api CASCADE;
DROP SCHEMA history_test CASCADE;
DROP OWNED BY history_owner;
DROP ROLE history_owner;
