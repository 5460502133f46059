-- Compressed partitions: rewritten sorted and dense, and everything that belongs to them stays.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = warning;
CREATE SCHEMA compress_test;
SET search_path = compress_test;
CREATE ROLE compress_test_reader;

-- A table with a key, a partition with an index of its own, TOAST, dropped and later columns
CREATE TABLE sensor (id int PRIMARY KEY);
INSERT INTO sensor SELECT generate_series(0, 9);
CREATE TABLE reading (ts timestamptz, gone int, sensor int REFERENCES sensor, value float8, note text,
	doubled float8 GENERATED ALWAYS AS (value * 2) STORED, PRIMARY KEY (ts, sensor)) PARTITION BY RANGE (ts);
CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM ('2020-01-01') TO ('2020-02-01') WITH (fillfactor = 70);
CREATE TABLE reading_2 PARTITION OF reading FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
CREATE TABLE reading_3 PARTITION OF reading FOR VALUES FROM ('2020-03-01') TO (MAXVALUE);
CREATE INDEX reading_value ON reading_1 (value, sensor);
CREATE INDEX reading_odd ON reading_1 (sensor) WHERE sensor % 2 = 1;
INSERT INTO reading (ts, gone, sensor, value, note)
SELECT '2020-01-01'::timestamptz + i / 10 * interval '1 minute', i, i % 10, i % 10 * 1000 + i / 1000,
	CASE WHEN i % 1000 = 0 THEN repeat(md5(i::text), 500) ELSE md5((i % 10)::text) END
FROM generate_series(0, 19999) i ORDER BY md5(i::text);
DELETE FROM reading WHERE sensor = 3 AND ts >= '2020-01-01 10:00';
ALTER TABLE reading DROP COLUMN gone;
ALTER TABLE reading ADD COLUMN later int DEFAULT 7;
ALTER TABLE reading_1 ALTER value SET STATISTICS 50;
GRANT SELECT ON reading_1 TO compress_test_reader;
COMMENT ON TABLE reading_1 IS 'January';
COMMENT ON INDEX reading_odd IS 'odd ones';
CREATE VIEW january AS SELECT * FROM reading_1;
SET client_min_messages = error;
CREATE PUBLICATION compress_test FOR TABLE reading_1;
SET client_min_messages = warning;
CREATE TABLE remark (ts timestamptz, sensor int, text text, FOREIGN KEY (ts, sensor) REFERENCES reading);
INSERT INTO remark VALUES ('2020-01-01 00:05', 4, 'odd');
CREATE TABLE expected AS SELECT * FROM reading;
CREATE VIEW differences AS (TABLE reading EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL TABLE reading);
CREATE VIEW about AS SELECT c.oid = 'reading_1'::regclass AS is_same, c.reloptions, c.relacl::text ~ 'compress_test_reader=r' AS granted,
	obj_description(c.oid, 'pg_class') AS comment, obj_description('reading_odd'::regclass, 'pg_class') AS index_comment,
	(SELECT attstattarget FROM pg_attribute WHERE attrelid = c.oid AND attname = 'value') AS target,
	(SELECT count(*) FROM pg_publication_tables WHERE tablename = 'reading_1' AND pubname = 'compress_test') AS published
FROM pg_class c WHERE c.oid = 'reading_1'::regclass;
SELECT elt.compress_partition('reading_1');
SELECT elt.set_policy('reading', 'ts', '1 month', partition_premake => 0);

-- What is refused
SELECT elt.compress_partition(NULL);
SELECT elt.compress_partition('sensor');
SELECT elt.compress_partition('reading_1', order_by => 'name');
SELECT elt.decompress_partition('reading_1');
SELECT elt.set_policy('reading', retention => '[{"after": "1 month", "do": "compress", "brin": 1}]');
SELECT elt.set_policy('reading', retention => '[{"after": "1 month", "do": "compress", "order_by": "hash"}]');
SELECT elt.set_policy('reading', retention => '[{"after": "1 month", "do": "compress", "level": 9}]');
SELECT elt.set_policy('reading', retention => '[{"after": "1 month", "do": "detach"}, {"after": "2 months", "do": "compress"}]');
BEGIN;
INSERT INTO reading VALUES ('2020-01-31', 1, 1, 'mine');
SELECT elt.compress_partition('reading_1');
ROLLBACK;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM reading_1;
FETCH c;
SELECT elt.compress_partition('reading_1');
ROLLBACK;

-- A dry run changes nothing; the order of the key compresses better here.
SELECT partition, sorted_by, rows > 18000 AS rows, bytes_before > bytes_after AS smaller, indexes_kept, indexes_replaced
FROM elt.compress_partition('reading_1', brin => true, dry_run => true);
SELECT count(*) FROM pg_class WHERE relname ~ 'sample';
SELECT * FROM about;

-- By key
SELECT pg_relation_filenode('reading_1') AS before \gset
SELECT partition, sorted_by, rows, bytes_before > bytes_after * 1.3 AS smaller, indexes_kept, indexes_replaced
FROM elt.compress_partition('reading_1');
SELECT pg_relation_filenode('reading_1') <> :before AS rewritten;
SELECT * FROM about;
TABLE differences;
SELECT bool_and(sensor >= before) AS by_key FROM (SELECT sensor, lag(sensor, 1, 0) OVER (ORDER BY ctid) AS before FROM reading_1) s;
SELECT DISTINCT pg_column_compression(note) FROM reading_1 WHERE length(note) > 1000;
SELECT partition, state, action, compression - '{bytes_before,bytes_after}'::text[] AS compression FROM elt.partitions WHERE relation = 'reading'::regclass;
SELECT relname ~ '^pg_toast_\d+$' AND relname = 'pg_toast_' || 'reading_1'::regclass::oid AS named, relrewrite FROM pg_class
WHERE oid = (SELECT reltoastrelid FROM pg_class WHERE oid = 'reading_1'::regclass);
SELECT correlation = 1 AS analyzed FROM pg_stats WHERE schemaname = 'compress_test' AND tablename = 'reading_1' AND attname = 'sensor';
VACUUM reading_1;

-- Keys hold, late rows land, the indexes find them.
INSERT INTO reading VALUES ('2020-01-01', 1);
INSERT INTO reading VALUES ('2020-01-20', 11);
-- its name depends on the version
\set VERBOSITY sqlstate
DELETE FROM reading WHERE ts = '2020-01-01 00:05' AND sensor = 4;
\set VERBOSITY default
INSERT INTO reading VALUES ('2020-01-20', 1, 5, 'late');
UPDATE reading SET note = 'changed' WHERE ts = '2020-01-01 00:07';
UPDATE reading SET note = repeat(md5('x'), 500) WHERE ts = '2020-01-01 00:08';
SET enable_seqscan = off;
SELECT count(*) FROM reading WHERE ts BETWEEN '2020-01-01 00:07' AND '2020-01-20';
SELECT count(*), min(ts), max(ts) FROM reading_1 WHERE value = 5;
SELECT count(*) FROM reading_1 WHERE sensor = 7 AND sensor % 2 = 1;
RESET enable_seqscan;
DROP TABLE expected CASCADE;
CREATE TABLE expected AS SELECT * FROM reading;
CREATE VIEW differences AS (TABLE reading EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL TABLE reading);

-- By time, with BRIN in place of what may go, and back again
SELECT partition, sorted_by, rows, bytes_before > bytes_after AS smaller, indexes_kept, indexes_replaced
FROM elt.compress_partition('reading_1', order_by => 'time', brin => true);
SELECT indexdef FROM pg_indexes WHERE schemaname = 'compress_test' AND tablename = 'reading_1' ORDER BY 1;
TABLE differences;
SET enable_seqscan = off;
SET enable_indexscan = off;
EXPLAIN (COSTS off) SELECT * FROM reading_1 WHERE value = 5;
SELECT count(*), min(ts), max(ts) FROM reading_1 WHERE value = 5;
RESET enable_seqscan;
RESET enable_indexscan;
SELECT elt.decompress_partition('reading_1', dry_run => true) IS NOT NULL AS dry;
SELECT partition, bytes_before < bytes_after AS bigger, indexes_created FROM elt.decompress_partition('reading_1');
SELECT indexdef FROM pg_indexes WHERE schemaname = 'compress_test' AND tablename = 'reading_1' ORDER BY 1;
SELECT compression FROM elt.partitions WHERE partition = 'reading_1';
TABLE differences;
SELECT * FROM about;

-- The chain compresses what is old enough, once, and goes on.
SELECT elt.set_policy('reading', retention => '[{"after": "3 months", "do": "compress", "order_by": "time", "brin": true}, {"after": "1000 years", "do": "drop"}]');
SELECT action, partition, statement FROM elt.maintenance_plan('reading') WHERE step = 'retention';
SELECT partition, action FROM elt.apply_retention('reading', dry_run => true);
CALL elt_catalog.maintain();
SELECT partition, state, action, step, error, compression ->> 'order_by' AS order_by FROM elt.partitions WHERE relation = 'reading'::regclass;
SELECT partition, action FROM elt.apply_retention('reading', dry_run => true);
TABLE differences;
SELECT elt.set_policy('reading', retain => '3 months', retain_action => 'compress');
SELECT retain, retain_action, retention FROM elt.policies WHERE relation = 'reading'::regclass;

-- Hostile and long names, divided partitions, unlogged ones, and what cannot be rewritten
CREATE TABLE "O'Brien ""x"" ééééééééééééééééééééééééééééééééééééééé" ("a b" date, "ctid'" text, PRIMARY KEY ("a b", "ctid'")) PARTITION BY RANGE ("a b");
SELECT elt.set_policy('"O''Brien ""x"" ééééééééééééééééééééééééééééééééééééééé"', 'a b', '1 year', partition_premake => 0,
	then_by => '{"hash": "ctid''", "partitions": 2}');
CREATE TABLE "%s ""$1"" éééééééééééééééééééééééééééééééééééééééééé" PARTITION OF "O'Brien ""x"" ééééééééééééééééééééééééééééééééééééééé"
	FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY HASH ("ctid'");
CREATE TABLE ".;--" PARTITION OF "%s ""$1"" éééééééééééééééééééééééééééééééééééééééééé" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE UNLOGGED TABLE "elt_sample" PARTITION OF "%s ""$1"" éééééééééééééééééééééééééééééééééééééééééé" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX "'" ON ".;--" ("ctid'");
INSERT INTO "O'Brien ""x"" ééééééééééééééééééééééééééééééééééééééé" SELECT date '2020-01-01' + i % 300, i FROM generate_series(1, 500) i;
CREATE TABLE same AS SELECT * FROM "O'Brien ""x"" ééééééééééééééééééééééééééééééééééééééé";
SELECT rows, indexes_kept, indexes_replaced FROM elt.compress_partition('"%s ""$1"" éééééééééééééééééééééééééééééééééééééééééé"', brin => true);
SELECT rows, indexes_created FROM (SELECT 1 AS rows, d.* FROM elt.decompress_partition('"%s ""$1"" éééééééééééééééééééééééééééééééééééééééééé"') d) s;
SELECT count(*) FROM (TABLE same EXCEPT TABLE "O'Brien ""x"" ééééééééééééééééééééééééééééééééééééééé") s;
CREATE TABLE other (ts date NOT NULL) PARTITION BY RANGE (ts);
CREATE TABLE other_1 PARTITION OF other FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE other_d PARTITION OF other DEFAULT;
SELECT elt.set_policy('other', 'ts', '1 month', partition_premake => 0);
SELECT elt.compress_partition('other_d');
SELECT rows FROM elt.compress_partition('other_1');
INSERT INTO other VALUES ('2020-01-02');
ALTER TABLE other_1 ADD CONSTRAINT one EXCLUDE USING btree (ts WITH =);
SELECT elt.compress_partition('other_1');
ALTER TABLE other_1 DROP CONSTRAINT one;
CREATE INDEX other_bad ON other_1 (ts);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'other_bad'::regclass;
SELECT elt.compress_partition('other_1');

-- Only the owner
GRANT elt_admin TO compress_test_reader;
GRANT USAGE ON SCHEMA compress_test TO compress_test_reader;
SET ROLE compress_test_reader;
SELECT elt.compress_partition('compress_test.reading_1');
RESET ROLE;

SELECT count(elt.drop_policy(relation)) FROM elt.policies WHERE relation::text ~ 'compress_test|reading|other|O''B';
DROP PUBLICATION compress_test;
DROP SCHEMA compress_test CASCADE;
DROP ROLE compress_test_reader;
SELECT elt.rotate_partitions();
SELECT count(*) FROM elt.partitions;
