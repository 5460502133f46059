-- Tombstones are purged when they are older than tombstone_retention, and not before.
\getenv replay ELT_REPLAY
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER tomb_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE tomb_owner;
CREATE ROLE tomb_other;
GRANT elt_admin TO tomb_owner;
GRANT USAGE ON FOREIGN SERVER tomb_api TO tomb_owner;
GRANT USAGE ON SCHEMA elt TO tomb_other;
GRANT EXECUTE ON FUNCTION elt.apply_retention TO tomb_other;
CREATE SCHEMA tomb_test AUTHORIZATION tomb_owner;
GRANT USAGE ON SCHEMA tomb_test TO tomb_other;
SET ROLE tomb_owner;
SET search_path = tomb_test;
CREATE FOREIGN TABLE device_api (answer text OPTIONS (param 'answer'), id int, value int, at timestamptz, op text)
	SERVER tomb_api OPTIONS (path '/echo', query 'body={answer}');
CREATE FUNCTION lands(pipeline text, body text) RETURNS text LANGUAGE sql AS
	$$SELECT elt.alter_pipeline(pipeline, params => jsonb_build_object('answer', jsonb_build_array(body)))$$;

-- It needs deletes that leave something.
SELECT elt.create_pipeline('devices', 'device_api', 'devices', '{id}', params => '{"answer": ["[]"]}', options => '{"tombstone_retention": "30 days"}');
SELECT elt.create_pipeline('devices', 'device_api', 'devices', '{id}', 'scd2', params => '{"answer": ["[]"]}',
	options => $${"sequence_by": ["at"], "delete_when": "op = 'd'", "tombstone_retention": "30 days"}$$);
SELECT elt.create_pipeline('devices', 'device_api', 'devices', '{id}', params => '{"answer": ["[]"]}',
	options => $${"sequence_by": ["at"], "delete_when": "op = 'd'", "tombstone_retention": "-1 day"}$$);
SELECT elt.create_pipeline('others', 'device_api', 'others', '{id}', params => '{"answer": ["[]"]}');
SELECT elt.alter_pipeline('others', options => '{"tombstone_retention": "30 days"}');
SELECT elt.drop_pipeline('others') \gset
DROP TABLE others;

SELECT elt.create_pipeline('devices', 'device_api', 'devices', '{id}', params => '{"answer": ["[]"]}',
	options => $${"sequence_by": ["at"], "delete_when": "op = 'd'"}$$);
SELECT lands('devices', '[{"id":1,"value":1,"at":"2024-01-01"},{"id":2,"at":"2024-01-02","op":"d"},{"id":3,"at":"2024-01-03","op":"d"},
	{"id":4,"at":"2024-01-03","op":"d"}]') \gset
CALL elt.run('devices');
UPDATE devices SET _loaded_at = now() - interval '31 days' WHERE id IN (1, 2, 3);
UPDATE devices SET _loaded_at = now() - interval '29 days' WHERE id = 4;

-- Without it they stay.
SELECT * FROM elt.apply_retention('devices');
SELECT count(*) FROM elt.apply_retention();
SELECT elt.alter_pipeline('devices', options => '{"tombstone_retention": "30 days"}') \gset
-- Another pipeline with the same target that keeps them for ever, or longer, has its way.
SELECT elt.create_pipeline('more', 'device_api', 'devices', '{id}', params => '{"answer": ["[]"]}',
	options => $${"sequence_by": ["at"], "delete_when": "op = 'd'"}$$);
SELECT count(*) FROM elt.apply_retention();
SELECT elt.alter_pipeline('more', options => '{"tombstone_retention": "1 year"}') \gset
SELECT count(*) FROM elt.apply_retention('devices', true);
SELECT elt.drop_pipeline('more') \gset
-- Who may not act for the pipeline purges nothing.
SET ROLE tomb_other;
SELECT count(*) FROM elt.apply_retention();
SELECT count(*) FROM elt.apply_retention('tomb_test.devices');
SET ROLE tomb_owner;

SELECT relation, partition, lower_bound, upper_bound < now() - interval '29 days' AS before, action, rows FROM elt.apply_retention('devices', dry_run => true);
SELECT id, _deleted FROM devices ORDER BY id;
SELECT relation, action, rows FROM elt.apply_retention();
SELECT id, _deleted FROM devices ORDER BY id;
SELECT count(*) FROM elt.apply_retention('devices');
-- A late update raises no tombstone that is there, and is a new row where it has gone.
SELECT lands('devices', '[{"id":2,"value":2,"at":"2024-01-01"},{"id":4,"value":4,"at":"2024-01-01"}]') \gset
CALL elt.run('devices');
SELECT rows_inserted, rows_stale FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);
SELECT id, value FROM devices_live ORDER BY id;
-- They are found by an index.
SELECT indexdef FROM pg_indexes WHERE tablename = 'devices' ORDER BY 1;
-- Where none are kept a delete removes its row at once, unless another pipeline of the target keeps it.
SELECT elt.alter_pipeline('devices', options => '{"tombstone_retention": "0"}') \gset
SELECT lands('devices', '[{"id":2,"at":"2024-02-01","op":"d"},{"id":8,"at":"2024-02-01","op":"d"},{"id":9,"value":9,"at":"2024-02-01"}]') \gset
CALL elt.pull('devices');
SELECT substring(elt.merge_sql('devices') FROM '-- No tombstones.*');
SELECT rows_inserted, rows_deleted FROM elt.merge('devices');
SELECT id, _deleted FROM devices ORDER BY id;
SELECT elt.create_pipeline('more', 'device_api', 'devices', '{id}', params => '{"answer": ["[]"]}',
	options => $${"sequence_by": ["at"], "delete_when": "op = 'd'"}$$);
SELECT lands('devices', '[{"id":9,"at":"2024-02-02","op":"d"}]') \gset
CALL elt.run('devices');
SELECT id, _deleted FROM devices ORDER BY id;
SELECT elt.drop_pipeline('more') \gset
SELECT elt.drop_pipeline('devices') \gset

-- A partitioned target: both, each by its own measure
SELECT elt.create_pipeline('parts', 'device_api', 'parts', '{id,at}', params => '{"answer": ["[]"]}', options => $${"sequence_by": ["value"],
	"delete_when": "op = 'd'", "tombstone_retention": "30 days", "partition_premake": 0}$$, partition_by => 'at', partition_interval => '1 month', retain => '1 year');
CREATE TABLE parts_old PARTITION OF parts FOR VALUES FROM ('2019-01-01') TO ('2020-01-01');
CREATE TABLE parts_new PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
INSERT INTO parts (id, at, _deleted, _loaded_at) VALUES (1, '2019-06-01', true, '2024-01-01'), (2, now(), true, '2024-01-01'), (3, now(), true, now());
SELECT partition, action, rows FROM elt.apply_retention('parts', true);
SELECT partition, action, rows FROM elt.apply_retention('parts');
SELECT id FROM parts;
-- The view follows columns that get another type, also those of partitions, and keeps what was granted.
GRANT SELECT ON parts_live TO tomb_other WITH GRANT OPTION;
COMMENT ON VIEW parts_live IS 'that are there';
ALTER TABLE parts ALTER COLUMN value TYPE bigint, ADD COLUMN extra int;
\d parts_live
SELECT has_table_privilege('tomb_other', oid, 'SELECT WITH GRANT OPTION'), obj_description(oid) FROM pg_class WHERE oid = 'parts_live'::regclass;
-- A statement that fails leaves it, and so does what comes after it.
UPDATE parts SET value = 7, _deleted = false;
BEGIN;
SAVEPOINT s;
ALTER TABLE parts ALTER COLUMN value TYPE date USING value::text::date;
ROLLBACK TO s;
ALTER TABLE parts ALTER COLUMN extra TYPE text, ALTER COLUMN value TYPE numeric;
ALTER TABLE parts ADD COLUMN more int;
COMMIT;
SELECT value, pg_typeof(value) FROM parts_live;
-- What others have put upon it is left to them.
CREATE VIEW upon AS SELECT value FROM parts_live;
ALTER TABLE parts ALTER COLUMN value TYPE text;
DROP VIEW upon;
ALTER VIEW parts_live ALTER COLUMN value SET DEFAULT 1;
ALTER TABLE parts ALTER COLUMN value TYPE text;
ALTER VIEW parts_live ALTER COLUMN value DROP DEFAULT;
SELECT elt.drop_pipeline('parts') \gset
SELECT elt.drop_policy('parts');

RESET ROLE;
REVOKE ALL ON FUNCTION elt.apply_retention FROM tomb_other;
REVOKE ALL ON SCHEMA elt FROM tomb_other;
DROP SERVER tomb_api CASCADE;
DROP SCHEMA tomb_test CASCADE;
REVOKE ALL ON SCHEMA elt_staging FROM tomb_owner;
DROP ROLE tomb_owner, tomb_other;
