-- Late rows and deletes: sequence_by orders rows, delete_when makes them deletes.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA sequence_test;
SET search_path = sequence_test;
CREATE SERVER sequence_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', conditional 'false');

CREATE FUNCTION answer(source regclass, body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (SET query %L)', source,
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END
$$;
CREATE VIEW outcome AS
SELECT rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch,
	rows_deleted AS del, rows_stale AS stale, rows_duplicate AS dup, rows_quarantined AS quar,
	(SELECT detail->>'sequence_ties' FROM elt.steps s WHERE s.run_id = r.run_id AND step = 'merge') AS ties
FROM elt.runs r WHERE run_id = (SELECT max(run_id) FROM elt.runs);

CREATE FOREIGN TABLE meter_api (id int, value int, changed_at timestamptz, lsn bigint, op text)
	SERVER sequence_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('meter', 'meter_api', 'meter', '{id}', options => '{"sequence_by": ["changed_at", "lsn"]}');
SELECT answer('meter_api', '[{"id":1,"value":2,"changed_at":"2024-01-02T00:00:00Z","lsn":2},
	{"id":1,"value":1,"changed_at":"2024-01-01T00:00:00Z","lsn":9},
	{"id":2,"value":1,"changed_at":"2024-01-01T00:00:00Z","lsn":1}]');
CALL elt.pull('meter');
\t on
\pset format unaligned
SELECT elt.merge_sql('meter');
\t off
\pset format aligned
SELECT * FROM elt.merge('meter') \gset
SELECT :rows_read AS read, :rows_inserted AS ins, :rows_duplicate AS dup;
SELECT id, value, lsn FROM meter ORDER BY id;

-- Older by the first column, older by the second, the same again, a tie that the later arrival wins, newer
SELECT answer('meter_api', '[{"id":1,"value":9,"changed_at":"2024-01-01T00:00:00Z","lsn":99}]');
CALL elt.run('meter');
TABLE outcome;
SELECT answer('meter_api', '[{"id":1,"value":9,"changed_at":"2024-01-02T00:00:00Z","lsn":1}]');
CALL elt.run('meter');
TABLE outcome;
SELECT answer('meter_api', '[{"id":1,"value":2,"changed_at":"2024-01-02T00:00:00Z","lsn":2}]');
CALL elt.run('meter');
TABLE outcome;
SELECT answer('meter_api', '[{"id":1,"value":3,"changed_at":"2024-01-02T00:00:00Z","lsn":2},
	{"id":3,"value":1,"changed_at":"2024-01-02T00:00:00Z","lsn":2},
	{"id":3,"value":2,"changed_at":"2024-01-02T00:00:00Z","lsn":2}]');
CALL elt.run('meter');
TABLE outcome;
SELECT answer('meter_api', '[{"id":1,"value":4,"changed_at":"2024-01-02T00:00:00Z","lsn":3}]');
CALL elt.run('meter');
TABLE outcome;
SELECT id, value, lsn FROM meter ORDER BY id;

-- A row without a place in the order goes to quarantine.
SELECT answer('meter_api', '[{"id":1,"value":5,"lsn":3}, {"id":4,"value":1,"changed_at":"2024-01-02T00:00:00Z"},
	{"value":1}, {"id":5,"value":1,"changed_at":"2024-01-02T00:00:00Z","lsn":1}]');
CALL elt.run('meter');
TABLE outcome;
SELECT reason, column_name, message FROM elt.rejects WHERE pipeline = 'meter' ORDER BY reject_id;

-- A delete leaves a tombstone that a late update cannot raise.
SELECT elt.create_pipeline('device', 'meter_api', 'device', '{id}', options => $${"sequence_by": ["lsn"], "delete_when": "op = 'd'"}$$);
\d device
\d device_live
SELECT answer('meter_api', '[{"id":1,"value":1,"lsn":1,"op":"c"}, {"id":2,"value":1,"lsn":2,"op":"c"}, {"id":3,"lsn":9,"op":"d"}]');
CALL elt.run('device');
TABLE outcome;
SELECT answer('meter_api', '[{"id":1,"lsn":5,"op":"d"}, {"id":2,"value":2,"lsn":6}]');
CALL elt.pull('device');
\t on
\pset format unaligned
SELECT elt.merge_sql('device');
\t off
\pset format aligned
CALL elt.run('device');
TABLE outcome;
SELECT id, value, lsn FROM device_live ORDER BY id;
SELECT answer('meter_api', '[{"id":1,"value":4,"lsn":4,"op":"u"}, {"id":3,"value":4,"lsn":4,"op":"u"}]');
CALL elt.run('device');
TABLE outcome;
SELECT id, value, lsn, _deleted FROM device ORDER BY id;

-- A newer one raises it, a delete that comes again changes nothing.
SELECT answer('meter_api', '[{"id":1,"value":7,"lsn":7,"op":"u"}, {"id":3,"lsn":9,"op":"d"}]');
CALL elt.run('device');
TABLE outcome;
SELECT id, value, lsn FROM device_live ORDER BY id;

-- Random batches in any order leave what the newest row of each key says.
CREATE TABLE event (n int, id int, value int, lsn int, op text);
SELECT elt.create_pipeline('random', 'meter_api', 'random_target', '{id}', options => $${"sequence_by": ["lsn"], "delete_when": "op = 'd'"}$$);
SET client_min_messages = error;
DO $$
BEGIN
	PERFORM setseed(0.25);
	INSERT INTO event SELECT n, (random() * 20)::int, (random() * 3)::int, n, CASE WHEN random() < 0.2 THEN 'd' ELSE 'u' END
	FROM generate_series(1, 300) n;
	FOR i IN 1 .. 25 LOOP
		PERFORM answer('meter_api', (SELECT json_agg(json_build_object('id', id, 'value', value, 'lsn', lsn, 'op', op) ORDER BY random())::text
			FROM event WHERE random() < 0.1));
		CALL elt.run('random');
	END LOOP;
	PERFORM answer('meter_api', (SELECT json_agg(json_build_object('id', id, 'value', value, 'lsn', lsn, 'op', op) ORDER BY random())::text FROM event));
	CALL elt.run('random');
END
$$;
RESET client_min_messages;
SELECT count(*) FROM (SELECT DISTINCT ON (id) id, value, lsn, op = 'd' FROM event ORDER BY id, lsn DESC) AS newest;
(SELECT DISTINCT ON (id) id, value, lsn, op = 'd' FROM event ORDER BY id, lsn DESC) EXCEPT SELECT id, value, lsn, _deleted FROM random_target;
SELECT count(*) FROM random_target;
SELECT sum(rows_stale) > 0 AS stale, sum(rows_deleted) > 0 AS deleted, sum(rows_duplicate) > 0 AS duplicate FROM elt.runs WHERE pipeline = 'random';

-- What is refused
SELECT elt.create_pipeline('no', 'meter_api', 'no', '{id}', options => '{"sequence_by": ["nothing"]}');
SELECT elt.create_pipeline('no', 'meter_api', 'no', '{id,lsn}', options => '{"sequence_by": ["lsn"]}');
SELECT elt.create_pipeline('no', 'meter_api', 'no', '{id}', options => $${"delete_when": "op = 'd'"}$$);
SELECT elt.create_pipeline('no', 'meter_api', 'no', '{id}', options => '{"sequence_by": ["lsn"], "delete_when": "op"}');
SELECT elt.create_pipeline('no', 'meter_api', 'meter', '{id}', options => $${"sequence_by": ["lsn"], "delete_when": "op = 'd'"}$$);

SELECT elt.drop_pipeline(p.name) FROM elt.pipelines p WHERE p.name IN ('meter', 'device', 'random')
ORDER BY p.name;
SET client_min_messages = warning;
DROP SCHEMA sequence_test CASCADE;
DROP SERVER sequence_api;
