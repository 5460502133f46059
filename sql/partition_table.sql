-- A plain table becomes a partitioned one; retention of tables without partitions; the plan and history of maintenance.
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA table_test;
SET search_path = table_test;

CREATE TABLE place (id int PRIMARY KEY);
INSERT INTO place VALUES (1);
CREATE TABLE reading (id bigint GENERATED ALWAYS AS IDENTITY, s serial, at timestamptz NOT NULL, place int REFERENCES place, note text DEFAULT 'none',
	big bigint GENERATED ALWAYS AS (s * 2) STORED, CONSTRAINT positive CHECK (s > 0), CONSTRAINT reading_key PRIMARY KEY (at, id));
CREATE INDEX reading_place ON reading (place);
COMMENT ON TABLE reading IS 'measured';
GRANT SELECT ON reading TO elt_reader;
SET client_min_messages = error;
CREATE PUBLICATION table_publication FOR TABLE reading;
RESET client_min_messages;
INSERT INTO reading (at, place) SELECT timestamptz '2024-01-01' + i * interval '1 day', 1 FROM generate_series(0, 99) i;

-- What cannot follow refuses the call, and nothing has changed.
CREATE VIEW latest AS SELECT max(at) FROM reading;
CREATE TABLE remark (at timestamptz, id bigint, FOREIGN KEY (at, id) REFERENCES reading);
CREATE UNIQUE INDEX reading_s ON reading (s);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER watch AFTER INSERT ON reading EXECUTE FUNCTION nothing();
ALTER TABLE reading ENABLE ROW LEVEL SECURITY;
SET client_min_messages = error;
CREATE PUBLICATION table_some FOR TABLE reading WHERE (place > 0);
RESET client_min_messages;
CALL elt.partition_table('reading', 'at', '1 month');
ALTER TABLE reading DISABLE ROW LEVEL SECURITY;
DROP PUBLICATION table_some;
DROP VIEW latest;
DROP TABLE remark;
DROP INDEX reading_s;
DROP TRIGGER watch ON reading;
CALL elt.partition_table('latest', 'at', '1 month');
CALL elt.partition_table('reading', 'when', '1 month');
CALL elt.partition_table('reading', 'note', '1 month');
CALL elt.partition_table('reading', 'at', '7 hours');
CALL elt.partition_table('reading', 'at', NULL);
BEGIN;
CALL elt.partition_table('reading', 'at', '1 month');
ROLLBACK;
CREATE TABLE with_null (at timestamptz);
INSERT INTO with_null VALUES (NULL);
CALL elt.partition_table('with_null', 'at', '1 month');
-- Cancelled while the constraint is validated, the second ALTER TABLE.
DELETE FROM with_null;
CREATE SEQUENCE calls;
CREATE FUNCTION cancel_second() RETURNS event_trigger LANGUAGE plpgsql AS
$$ BEGIN IF nextval('table_test.calls') = 2 THEN RAISE query_canceled; END IF; END $$;
CREATE EVENT TRIGGER table_cancel ON ddl_command_start WHEN tag IN ('ALTER TABLE') EXECUTE FUNCTION cancel_second();
CALL elt.partition_table('with_null', 'at', '1 month');
DROP EVENT TRIGGER table_cancel;
CREATE TEMP TABLE passing (at timestamptz);
\set VERBOSITY sqlstate
CALL elt.partition_table('passing', 'at', '1 month');
\set VERBOSITY default
SELECT count(*) FROM pg_constraint WHERE conrelid IN ('reading'::regclass, 'with_null'::regclass) AND contype = 'c';
CREATE ROLE table_user;
GRANT USAGE ON SCHEMA table_test, elt TO table_user;
GRANT EXECUTE ON PROCEDURE elt.partition_table TO table_user;
SET ROLE table_user;
CALL elt.partition_table('reading', 'at', '1 month');
RESET ROLE;
REVOKE ALL ON SCHEMA table_test, elt FROM table_user;
REVOKE ALL ON PROCEDURE elt.partition_table FROM table_user;
DROP ROLE table_user;

-- No row moves; names, keys, references, privileges and sequences stay.
SELECT relfilenode AS node FROM pg_class WHERE oid = 'reading'::regclass \gset
CALL elt.partition_table('reading', 'at', '1 month', partition_premake => 1);
SELECT relname, relfilenode = :node AS same_file FROM pg_class WHERE relname ~ '^reading_oldest$';
SELECT relkind, relacl::text ~ 'elt_reader=r' AS granted, obj_description(oid, 'pg_class') FROM pg_class WHERE oid = 'reading'::regclass;
SELECT conname, contype FROM pg_constraint WHERE conrelid = 'reading'::regclass AND contype <> 'n' ORDER BY 1;
SELECT conname, contype FROM pg_constraint WHERE conrelid = 'reading_oldest'::regclass AND contype <> 'n' ORDER BY 1;
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid IN ('reading'::regclass, 'reading_oldest'::regclass) ORDER BY indexrelid::regclass::text;
SELECT count(*), max(id), max(s) FROM reading;
INSERT INTO reading (at, place) VALUES (now(), 1), ('2024-02-02', 1) RETURNING s, big, note, tableoid::regclass;
INSERT INTO reading (at, place) VALUES (now(), 2);
SELECT count(*) AS rows, max(id) - 100 AS new_ids, count(DISTINCT id) AS ids FROM reading;
SELECT lower_bound FROM elt.partitions WHERE relation = 'reading'::regclass ORDER BY lower_bound LIMIT 1;
SELECT count(*) > 1 AS ahead FROM elt.partitions WHERE relation = 'reading'::regclass;
SELECT count(*) FILTER (WHERE tablename = 'reading_oldest') AS oldest, count(*) > 2 AS others FROM pg_publication_tables WHERE pubname = 'table_publication';
SELECT partition_interval, partition_time_zone FROM elt.policies;
CALL elt.partition_table('reading', 'at', '1 month');

-- The plan of the next maintenance
SELECT elt.set_policy('reading', partition_premake => 2, retain => '1 month');
SELECT step, action, regexp_replace(partition, '\d{8}', 'DATE') AS partition, reason, regexp_replace(statement, '\d{4}-?\d\d-?\d\d', 'DATE', 'g') AS statement
FROM elt.maintenance_plan('reading') ORDER BY 1, 2 DESC;
CREATE TABLE old_part PARTITION OF reading FOR VALUES FROM ('2100-01-01') TO ('2100-02-01');
SELECT elt.hold('reading', '2024-01-01', '2024-01-02', 'case') > 0 AS held;
UPDATE elt_catalog.policy SET retain = '1 day' WHERE relation = 'reading'::regclass;
SELECT count(*) FROM elt.maintenance_plan();
CALL elt_catalog.maintain();
SELECT partitions_created > 0 AS created, partitions_removed, rows_deleted, errors, finished_at >= started_at AS finished
FROM elt.maintenance_runs ORDER BY maintenance_id DESC LIMIT 1;
SELECT elt.drop_policy('reading');

-- Rows of a table without partitions are deleted, some at a time, but for those that are held or not read.
CREATE TABLE visit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at date NOT NULL, ms bigint);
INSERT INTO visit (at, ms) SELECT current_date - i, floor(extract(epoch FROM now()))::bigint * 1000 - i * 86400000::bigint FROM generate_series(0, 999) i, generate_series(1, 25);
SELECT elt.set_policy('visit', 'id', retain => '100 days');
SELECT elt.set_policy('visit', 'none', retain => '100 days');
SELECT elt.set_policy('visit', 'at', retain => '100 days', retain_action => 'detach');
SELECT elt.set_policy('visit', 'at', retention => '[{"after": "1 day", "do": "drop"}]');
SELECT elt.set_policy('visit', 'at', retain => '100 days');
SELECT action, rows, partition, lower_bound FROM elt.apply_retention('visit', dry_run => true);
SELECT elt.rotate_partitions('visit');
SELECT elt.hold('visit', now() - interval '500 days', now() - interval '400 days', 'case') > 0 AS held;
SELECT count(*) FROM visit WHERE at >= (now() - interval '500 days')::date AND at < (now() - interval '400 days')::date;
SELECT step, action, statement ~ '^DELETE FROM ONLY table_test.visit WHERE ctid = ANY' AS deletes FROM elt.maintenance_plan('visit');
CALL elt_catalog.maintain();
SELECT count(*), current_date - min(at) AS oldest FROM visit;
SELECT rows_deleted FROM elt.maintenance_runs ORDER BY maintenance_id DESC LIMIT 1;
SELECT elt.create_pipeline('visits', source => 'visit', target => 'visited', key => '{id}', options => '{"cursor_column": "id"}');
SELECT bool_and(elt.release(hold_id)) FROM elt.holds WHERE released_at IS NULL;
SELECT rows FROM elt.apply_retention('visit');
CALL elt.run('visits');
SELECT rows FROM elt.apply_retention('visit');
SELECT elt.drop_pipeline('visits');
CREATE VIEW visit_view AS SELECT id AS number, at FROM visit;
SELECT elt.create_pipeline('views', source => 'visit_view', target => 'viewed', key => '{number}', options => '{"cursor_column": "number"}');
INSERT INTO visit (at) VALUES ('2001-01-01'), ('2001-01-02');
SELECT rows FROM elt.apply_retention('visit');
CALL elt.run('views');
INSERT INTO visit (at) VALUES ('2001-01-03');
SELECT rows FROM elt.apply_retention('visit');
SELECT elt.drop_pipeline('views');
SELECT elt.set_policy('visit', 'ms', partition_epoch => 'ms', retain => '50 days');
SELECT action, rows FROM elt.apply_retention('visit');
SELECT elt.drop_policy('visit');

SELECT count(elt.drop_policy(relation)) FROM elt.policies;
SET client_min_messages = warning;
DROP PUBLICATION table_publication;
DROP SCHEMA table_test CASCADE;
DELETE FROM elt_catalog.hold;
SELECT elt.rotate_partitions();
SELECT count(*) FROM elt.partitions;
