-- The view <table>_all: rows of a table and of its archives, each once.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = warning;
CREATE SCHEMA all_test;
SET search_path = all_test;
SELECT current_setting('data_directory') || '/elt_all_test' AS root \gset
SELECT set_config('all_test.root', :'root', false) IS NULL AS unset;
CREATE TEMP TABLE said (line text);
CREATE FUNCTION in_root(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE said;
	EXECUTE format('COPY said FROM PROGRAM %L', format('mkdir -p "%1$s" && cd "%1$s" && { %2$s; }', current_setting('all_test.root'), command));
	RETURN QUERY TABLE said;
END $$;
SELECT in_root('rm -rf *');
CREATE SERVER all_lake FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE ROLE all_test_reader;
CREATE ROLE all_test_owner;
GRANT USAGE ON SCHEMA all_test TO all_test_reader;
GRANT ALL ON SCHEMA all_test TO all_test_owner;
GRANT USAGE ON FOREIGN SERVER all_lake TO all_test_owner;
GRANT pg_write_server_files, elt_admin TO all_test_owner;
CREATE TABLE reading (ts timestamptz NOT NULL, sensor int NOT NULL, value numeric, note text COLLATE "C", PRIMARY KEY (ts, sensor)) PARTITION BY RANGE (ts);
GRANT SELECT ON reading TO all_test_reader;
CREATE TABLE reading_new PARTITION OF reading FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
CREATE PROCEDURE make_part(month date) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %I PARTITION OF reading FOR VALUES FROM (%L) TO (%L)', 'reading_p' || to_char(month, 'YYYYMM'), month, month + interval '1 month');
	INSERT INTO reading SELECT month + i * interval '1 hour', i % 3, i / 7.0, chr(64 + i) FROM generate_series(1, 20) i;
END $$;
INSERT INTO reading VALUES ('2024-06-01', 1, 1, 'new');
CALL make_part('2020-01-01');
CALL make_part('2020-02-01');
CREATE TABLE expected AS SELECT * FROM reading;

-- Made with the policy, by names that are free.
CREATE TABLE reading_all ();
SELECT elt.set_policy('reading', 'ts', '1 month', partition_premake => 0, retain => '1 year', retain_action => 'archive', archive_server => 'all_lake', archive_path => 'cold');
DROP TABLE reading_all;
SELECT elt.set_policy('reading', 'ts', '1 month', partition_premake => 0, retain => '1 year', retain_action => 'archive', archive_server => 'all_lake', archive_path => 'cold');
SELECT relation, archive_server, archive_path, all_view FROM elt.policies WHERE relation = 'reading'::regclass;
SELECT count(*) FROM reading_all;
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT count(*) FROM reading;
(TABLE reading_all EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL TABLE reading_all);

-- Only the partitions and archives of the time are read.
EXPLAIN (COSTS off) SELECT * FROM reading_all WHERE ts >= '2020-01-01' AND ts < '2020-01-15';
EXPLAIN (COSTS off) SELECT * FROM reading_all WHERE ts >= '2024-01-01';
PREPARE since(timestamptz) AS SELECT count(*) FROM reading_all WHERE ts >= $1;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS off) EXECUTE since('2024-01-01');
RESET plan_cache_mode;

-- While a partition leaves it is read by itself, and once.
CALL make_part('2020-03-01');
INSERT INTO expected SELECT * FROM reading_p202003;
INSERT INTO elt_catalog.partition (relation, name, part, lower_bound, upper_bound, state, action)
VALUES ('reading', 'reading_p202003', 'reading_p202003'::regclass, '2020-03-01', '2020-04-01', 'detaching', 'archive');
SELECT elt.set_policy('reading');
EXPLAIN (COSTS off) SELECT * FROM reading_all WHERE ts >= '2020-03-05' AND ts < '2020-03-08';
(TABLE reading_all EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL TABLE reading_all);
SELECT count(*) FROM reading_all;
ALTER TABLE reading DETACH PARTITION reading_p202003;
SELECT count(*) FROM reading_all;
SELECT elt.set_policy('reading');
SELECT count(*) FROM reading_all;
SELECT pg_get_viewdef('reading_all');
CALL elt_catalog.maintain();
SELECT count(*) FROM reading_all;
SELECT pg_get_viewdef('reading_all');
SELECT relid, pg_get_expr(relpartbound, oid) FROM pg_partition_tree('reading_archive') JOIN pg_class ON oid = relid ORDER BY 1;

-- Who may read the table may read the view, and nobody else.
SET ROLE all_test_reader;
SELECT count(*) FROM reading_all;
RESET ROLE;
REVOKE SELECT ON reading FROM all_test_reader;
SET ROLE all_test_reader;
SELECT count(*) FROM reading_all;
RESET ROLE;
CALL elt_catalog.maintain();
SELECT count(*) FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'all_test'::regnamespace AND grantee = 'all_test_reader'::regrole;
GRANT SELECT ON reading TO all_test_reader;
CALL elt_catalog.maintain();
SET ROLE all_test_reader;
SELECT count(ts) FROM reading_all;
RESET ROLE;
ALTER TABLE reading ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON reading USING (true);
CALL elt_catalog.maintain();
SET ROLE all_test_reader;
SELECT count(ts) FROM reading_all;
RESET ROLE;
DROP POLICY everything ON reading;
ALTER TABLE reading DISABLE ROW LEVEL SECURITY;

-- Columns that are added are null in archives, and those that are renamed are the same ones, also if names are exchanged.
CREATE VIEW of_user AS SELECT ts, value, note FROM reading_all;
ALTER TABLE reading ADD COLUMN quality smallint NOT NULL DEFAULT 7;
ALTER TABLE reading RENAME COLUMN value TO amount;
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT * FROM reading_all WHERE ts IN ('2020-01-01 03:00', '2024-06-01');
ALTER TABLE reading RENAME COLUMN note TO was_note;
ALTER TABLE reading RENAME COLUMN amount TO note;
ALTER TABLE reading RENAME COLUMN was_note TO amount;
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT * FROM reading_all WHERE ts IN ('2020-01-01 03:00', '2024-06-01');
SELECT * FROM of_user WHERE ts = '2020-01-01 03:00';
ALTER TABLE reading RENAME COLUMN note TO value;
ALTER TABLE reading RENAME COLUMN amount TO note;
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT * FROM reading_all WHERE ts IN ('2020-01-01 03:00', '2024-06-01');
DROP VIEW of_user;

-- A column that is dropped is gone, and one of another type is refused unless its values mean the same.
ALTER TABLE reading DROP COLUMN quality CASCADE;
ALTER TABLE reading ALTER COLUMN sensor TYPE bigint;
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'reading_all'::regclass AND attnum > 0;
(SELECT ts, sensor, value, note FROM reading_all EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL SELECT ts, sensor, value, note FROM reading_all);
DROP VIEW reading_all;
ALTER TABLE reading ALTER COLUMN value TYPE text USING 'EUR ' || value;
CALL elt_catalog.maintain();
SELECT message, hint FROM elt.maintenance_errors;
SELECT * FROM elt.restore_partition('reading');
ALTER TABLE reading ALTER COLUMN value TYPE numeric USING substr(value, 5)::numeric;
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT count(*) FROM reading_all;

-- Two archives of a time
CALL make_part('2020-02-01');
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT count(*) FROM reading_all WHERE ts >= '2020-02-01' AND ts < '2020-03-01';
SELECT partition, archived_rows FROM elt.partitions WHERE state = 'archived' AND relation = 'reading'::regclass;

-- What is restored is in the view once.
SELECT * FROM elt.restore_partition('reading', '2020-01-01', '2020-02-01');
SELECT count(*) FROM reading_all WHERE ts < '2020-02-01';
SELECT count(*) FROM reading WHERE ts < '2020-02-01';

-- Another owner
ALTER TABLE reading OWNER TO all_test_owner;
ALTER TABLE reading_new OWNER TO all_test_owner;
SET ROLE all_test_owner;
SELECT elt.set_policy('reading');
SELECT relname, pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'all_test'::regnamespace AND relname ~ '^reading_a' ORDER BY 1;
SELECT count(*) FROM reading_all;
RESET ROLE;

-- Gone with the policy, and back with it
CREATE VIEW of_user AS SELECT ts FROM reading_all;
SELECT elt.drop_policy('reading');
DROP VIEW of_user;
SELECT elt.drop_policy('reading');
SELECT to_regclass('reading_all'), to_regclass('reading_archive');
SELECT elt.set_policy('reading', 'ts', '1 month', partition_premake => 0, retain => '1 year', retain_action => 'drop');
SELECT count(*) FROM reading_all;
DROP TABLE reading;
SELECT relname FROM pg_class WHERE relnamespace = 'all_test'::regnamespace AND relname ~ '^reading_' ORDER BY 1;
SELECT count(*) FROM in_root('find . -type f');

-- Long and hostile names, and a partition without a lower bound
\set long '"Drop"";x_________________________________________________________"'
CREATE TABLE :long ("ä ""b" date NOT NULL, "c.d" int) PARTITION BY RANGE ("ä ""b");
CREATE TABLE hostile_new PARTITION OF :long FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
CREATE TABLE hostile_old PARTITION OF :long FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
INSERT INTO hostile_old VALUES ('2019-12-31', 1), ('2000-01-01', 2);
SELECT elt.set_policy(:'long', 'ä "b', '1 month', partition_premake => 0, retain => '1 year', retain_action => 'archive', archive_server => 'all_lake', archive_path => 'hostile');
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT all_view FROM elt.policies WHERE relation = :'long'::regclass \gset
SELECT * FROM :all_view ORDER BY 1;
SELECT partition, lower_bound, upper_bound, rows FROM elt.restore_partition(:'long');
SELECT tableoid::regclass, * FROM :long ORDER BY 2;

SELECT in_root('rm -rf *');
DROP SCHEMA all_test CASCADE;
DROP SERVER all_lake CASCADE;
DROP ROLE all_test_reader;
DROP ROLE all_test_owner;
DELETE FROM elt_catalog.hold;
SELECT elt.rotate_partitions();
