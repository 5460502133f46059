-- Strategy scd2: rows too far in the future or the past, and pruning of the log.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER late FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', conditional 'false');
CREATE ROLE late_owner;
GRANT elt_admin TO late_owner;
GRANT USAGE ON FOREIGN SERVER late TO late_owner;
CREATE SCHEMA late_test AUTHORIZATION late_owner;
SET ROLE late_owner;
SET search_path = late_test;
CREATE FOREIGN TABLE prices (answer text OPTIONS (param 'answer'), item text, price int, since date)
	SERVER late OPTIONS (path '/echo', query 'body={answer}');

-- What means nothing is refused.
SELECT elt.create_pipeline('strict', 'prices', 'strict', '{item}', 'scd2', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["since"], "late_policy": "quarantine"}');
SELECT elt.create_pipeline('strict', 'prices', 'strict', '{item}', 'scd2', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["since"], "late_horizon": "10 days", "late_policy": "drop"}');
SELECT elt.create_pipeline('strict', 'prices', 'strict', '{item}', 'upsert', params => '{"answer": ["[]"]}',
	options => '{"late_horizon": "10 days"}');
SELECT elt.create_pipeline('latest', 'prices', 'latest', '{item}', 'upsert', params => '{"answer": ["[]"]}');
SELECT elt.alter_pipeline('latest', options => '{"late_horizon": "10 days"}');
SELECT elt.drop_pipeline('latest');

SELECT elt.create_pipeline('strict', 'prices', 'strict', '{item}', 'scd2', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["since"], "late_horizon": "10 days", "late_policy": "quarantine"}');
SELECT elt.create_pipeline('mild', 'prices', 'mild', '{item}', 'scd2', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["since"], "late_horizon": "10 days"}');
CREATE FUNCTION answer(body text) RETURNS text LANGUAGE sql AS
	$$SELECT max(elt.alter_pipeline(p, params => jsonb_build_object('answer', jsonb_build_array(body))))
		FROM unnest('{strict,mild}'::text[]) AS p$$;
CREATE VIEW history AS
	SELECT 'strict' AS pipeline, item, price, valid_from, valid_to FROM strict
	UNION ALL SELECT 'mild', item, price, valid_from, valid_to FROM mild
	ORDER BY pipeline, item, valid_from;
CREATE VIEW log AS
	SELECT 'strict' AS pipeline, item, since, price, _pruned FROM strict_observed
	UNION ALL SELECT 'mild', item, since, price, _pruned FROM mild_observed
	ORDER BY pipeline, item, since;

-- Nothing is late in the first batch, whatever its order. What lies ahead of now + max_future is no price yet.
SELECT answer('[{"item":"tea","price":1,"since":"2024-03-20"}, {"item":"tea","price":2,"since":"2024-01-01"},
	{"item":"ink","price":5,"since":"2024-01-05"}, {"item":"tea","price":3,"since":"2024-02-01"},
	{"item":"tea","price":9,"since":"9999-01-01"}, {"item":"tea","price":9,"since":"infinity"}]') \gset
CALL elt.run('strict');
CALL elt.run('mild');
TABLE history;

-- Of each key in the batch the log keeps the horizon and one row before it.
TABLE log;

-- The horizon lies at 2024-03-10. One in time; one late where the log reaches back; one where it does not; one late of
-- a new key; one late of a key that has lost nothing.
SELECT answer('[{"item":"tea","price":4,"since":"2024-03-15"}, {"item":"tea","price":6,"since":"2024-03-01"},
	{"item":"tea","price":7,"since":"2024-02-01"}, {"item":"oil","price":8,"since":"2024-01-01"},
	{"item":"ink","price":4,"since":"2024-01-02"}]') \gset
CALL elt.run('strict');
CALL elt.run('mild');
TABLE history;
TABLE log;
SELECT pipeline, reason, message, raw::json->>'item' AS item FROM elt.rejects
WHERE pipeline IN ('strict', 'mild') ORDER BY reject_id;
SELECT pipeline, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_quarantined
FROM elt.runs WHERE pipeline IN ('strict', 'mild') ORDER BY run_id;

-- A wider horizon does not bring back what was forgotten.
SELECT elt.alter_pipeline('strict', options => '{"late_horizon": "1 year"}');
SELECT answer('[{"item":"tea","price":4,"since":"2024-01-15"}, {"item":"tea","price":9,"since":"2024-02-15"}]') \gset
CALL elt.run('strict');
SELECT item, price, valid_from, valid_to FROM history WHERE pipeline = 'strict' AND item = 'tea';
SELECT message FROM elt.rejects WHERE pipeline = 'strict' ORDER BY reject_id DESC LIMIT 1;

SELECT elt.drop_pipeline(p) FROM unnest('{strict,mild}'::text[]) AS p;
RESET ROLE;
DROP SERVER late CASCADE;
DROP SCHEMA late_test CASCADE;
REVOKE ALL ON SCHEMA elt_staging FROM late_owner;
DROP ROLE late_owner;
