-- elt.restore_partition brings back the bytes that were archived, whatever they are partitioned by.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = warning;
CREATE SCHEMA restore_test;
SET search_path = restore_test;
SELECT current_setting('data_directory') || '/elt_restore_test' AS root \gset
SELECT set_config('restore_test.root', :'root', false) IS NULL AS unset;
CREATE TEMP TABLE said (line text);
COPY said FROM PROGRAM 'mkdir -p elt_restore_test';
CREATE SERVER restore_lake FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

-- Every type that an export can write, in both formats
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE every (id int PRIMARY KEY, bool boolean, int2 smallint, int8 bigint, oid oid, float4 real, float8 double precision,
	numeric numeric, numeric2 numeric(12,2), wide numeric(60,5), date date, ts timestamp, tstz timestamptz, time time, timetz timetz,
	interval interval, text text, varchar varchar(10), char char(5), json json, jsonb jsonb, mood mood, bytea bytea, uuid uuid,
	inet inet, cidr cidr, mac macaddr, bits bit(5), varbits varbit, point point, range int4range, words tsvector,
	ints int[], texts text[], numerics numeric[], pair pair, pairs pair[], positive positive, doubled int GENERATED ALWAYS AS (id * 2) STORED)
	PARTITION BY RANGE (id);
CREATE TABLE every_p0 PARTITION OF every FOR VALUES FROM (MINVALUE) TO (100);
CREATE TABLE every_p100 PARTITION OF every FOR VALUES FROM (100) TO (200);
CREATE TABLE every_p200 PARTITION OF every FOR VALUES FROM (200) TO (300);
CREATE TABLE every_p300 PARTITION OF every FOR VALUES FROM (300) TO (400);
INSERT INTO every VALUES
	(1, true, 1, 2, 3, 1.5, 2.5, 1.10, 2.2, 3.3, '2024-02-29', '2024-02-29 12:00', '2024-02-29 12:00+02',
	'12:34:56.789', '12:34:56+05:30', '1 year 2 mons -3 days 04:05:06.7', 'text', 'varchar', 'char', '{"b":1, "a" : [1, null]}', '{"b":1, "a":[1,null]}',
	'ok', '\x00ff', '00000000-0000-4000-8000-000000000001', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', B'10101', B'101',
	'(1,2)', '[1,5)', 'a:1 b:2', '{1,NULL,3}', '{a,NULL,"c d",""}', '{1.10,2}', '(1,"x y")', '{"(1,a)","(,)"}', 7),
	(2, false, -32768, -9223372036854775808, 4294967295, '-0', '-0', -0.000, -9999999999.99, 1e50, '0001-01-01', '0001-01-01 00:00:00.000001', '9999-12-31 23:59:59.999999+00',
	'00:00', '00:00-12', '-178000000 years', E'ä"\n\r\t\\,\\.', '', '', '"\u00e4"', '"ä"',
	'sad', '', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '::1', '::/0', 'ff:ff:ff:ff:ff:ff', B'00000', B'',
	'(-0,1e300)', 'empty', '', '{}', '{}', '{}', '(,)', '{}', 1),
	(3, true, 32767, 9223372036854775807, 0, 'NaN', 'NaN', 123456789012345678901234567890.123456789012345678901234567890, 0.01, 0, '9999-12-31', '2024-01-01', '2024-01-01',
	'23:59:59.999999', '12:00+00', '0', 'NULL', 'null', ' a', 'null', 'null',
	'ok', '\x6e756c6c', '00000000-0000-0000-0000-000000000000', '0.0.0.0/0', '1.2.3.4/32', '00:00:00:00:00:00', B'11111', B'1',
	'(0,0)', '(,)', '''it''''s''', '{1}', '{NULL}', '{0}', NULL, '{NULL}', NULL);
INSERT INTO every (id, float4, float8) VALUES (4, 'Infinity', '-Infinity');
SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns FROM pg_attribute WHERE attrelid = 'every'::regclass AND attnum > 1 AND attgenerated = '' \gset
INSERT INTO every (id, :columns) SELECT id + 100, :columns FROM every_p0;
-- what only CSV has
INSERT INTO every_p100 (id, numeric, date, ts, tstz, time, ints) VALUES (105, 'NaN', 'infinity', '-infinity', '0044-03-15 BC', '24:00', '[2:3]={1,2}'), (106, 'Infinity', '0044-03-15 BC', NULL, 'infinity', NULL, '{{1,2},{3,4}}');
INSERT INTO every (id) VALUES (205), (305);
CREATE TABLE expected AS SELECT * FROM every;
CREATE VIEW different AS SELECT coalesce(e.id, o.id) AS id FROM expected e FULL JOIN every o ON o.id = e.id WHERE NOT coalesce(e *= o, false);

SELECT elt.set_policy('every', 'id', partition_step => 100, partition_premake => 0, retain => '1 year', retain_action => 'archive', archive_server => 'restore_lake', archive_path => 'every');
SELECT elt.rotate_partitions('every');
INSERT INTO elt_catalog.partition (relation, name, lower_value, upper_value, state, created_at) VALUES ('every', 'every_p100', 100, 200, 'attached', '2020-01-01');
CALL elt_catalog.maintain();
SELECT elt.set_policy('every', archive_format => 'csv.zst');
INSERT INTO elt_catalog.partition (relation, name, lower_value, upper_value, state, created_at) VALUES ('every', 'every_p200', 200, 300, 'attached', '2020-01-01');
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT partition, lower_value, upper_value, archive, archived_rows FROM elt.partitions WHERE relation = 'every'::regclass AND state = 'archived';
EXPLAIN (COSTS off) SELECT id FROM every_all WHERE id BETWEEN 100 AND 110;
SELECT coalesce(e.id, o.id) AS id FROM expected e FULL JOIN every_all o ON o.id = e.id WHERE NOT coalesce(e *= ROW(o.*)::every, false);
SELECT * FROM elt.restore_partition('every', from_time => '2024-01-01');
SELECT * FROM elt.restore_partition('every', from_value => 10, to_value => 10);
SELECT * FROM elt.restore_partition('every', from_value => 100, to_value => 150);
SELECT * FROM elt.restore_partition('every', to_value => 100);
SELECT * FROM different;
SELECT count(*) FROM every_all;
SELECT from_time, to_time, from_value, to_value, reason FROM elt.holds WHERE released_at IS NULL;
CALL elt_catalog.maintain();
SELECT partition, state, regexp_replace(held, '\d+', 'N') AS held FROM elt.partitions WHERE relation = 'every'::regclass AND upper_value <= 200 ORDER BY lower_value;
SELECT elt.release(hold_id) FROM elt.holds WHERE released_at IS NULL;
CALL elt_catalog.maintain();
SELECT partition, state, held, archive FROM elt.partitions WHERE relation = 'every'::regclass AND upper_value <= 200 ORDER BY lower_value;
DROP TABLE every CASCADE;

-- Columns that were added, dropped, renamed or widened since
CREATE TABLE changed (at bigint NOT NULL, id int, kept text, dropped text, renamed numeric(6,2)) PARTITION BY RANGE (at);
CREATE TABLE changed_new PARTITION OF changed FOR VALUES FROM (1700000000000) TO (MAXVALUE);
CREATE TABLE changed_old PARTITION OF changed FOR VALUES FROM (1577836800000) TO (1577923200000);
INSERT INTO changed_old SELECT 1577836800000 + i, i, i::text, 'gone', i / 10.0 FROM generate_series(1, 5) i;
SELECT elt.set_policy('changed', 'at', '1 day', partition_epoch => 'ms', partition_premake => 0, retain => '1 year', retain_action => 'archive', archive_server => 'restore_lake', archive_path => 'changed');
CALL elt_catalog.maintain();
SELECT partition, lower_bound, archived_rows FROM elt.partitions WHERE relation = 'changed'::regclass AND state = 'archived';
ALTER TABLE changed RENAME COLUMN renamed TO amount;
ALTER TABLE changed ADD COLUMN renamed date;
ALTER TABLE changed ADD COLUMN added int NOT NULL DEFAULT 1;
SELECT * FROM elt.restore_partition('changed', '2020-01-01', '2020-01-02');
CALL elt_catalog.maintain();
SELECT sum(amount), count(renamed) FROM changed_all;
ALTER TABLE changed RENAME COLUMN renamed TO re_renamed;
ALTER TABLE changed ALTER COLUMN added DROP NOT NULL;
ALTER TABLE changed DROP COLUMN dropped CASCADE;
ALTER TABLE changed ALTER COLUMN id TYPE numeric, ALTER COLUMN amount TYPE numeric(10,4);
SELECT partition, rows FROM elt.restore_partition('changed', '2020-01-01', '2020-01-02');
SELECT * FROM changed WHERE at < 1700000000000;
DROP TABLE changed CASCADE;

-- A file that was replaced by another with as many rows is refused, even if it differs in a column that has been dropped since.
CREATE TABLE replaced (day date NOT NULL, v real, gone int) PARTITION BY RANGE (day);
CREATE TABLE replaced_1 PARTITION OF replaced FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
CREATE TABLE replaced_2 PARTITION OF replaced FOR VALUES FROM ('2020-01-02') TO ('2020-01-03');
CREATE TABLE replaced_3 PARTITION OF replaced FOR VALUES FROM ('2020-01-03') TO (MAXVALUE);
INSERT INTO replaced SELECT date '2020-01-01' + i % 3, i / 10.0, i FROM generate_series(1, 9) i;
CREATE TABLE other AS SELECT day, v, gone + 1 AS gone FROM replaced_1;
SELECT elt.set_policy('replaced', 'day', '1 day', partition_premake => 0, retain => '1 year', retain_action => 'archive', archive_server => 'restore_lake', archive_path => 'replaced');
CALL elt_catalog.maintain();
COPY said FROM PROGRAM 'rm elt_restore_test/replaced/replaced_1.parquet';
SELECT rows FROM elt.make_archive('other', 'restore_lake', 'replaced/replaced_1.parquet');
SELECT partition, rows FROM elt.restore_partition('replaced', '2020-01-01', '2020-01-02');
ALTER TABLE replaced DROP COLUMN gone CASCADE;
ALTER TABLE replaced ALTER COLUMN v TYPE float8;
SELECT partition, rows FROM elt.restore_partition('replaced', '2020-01-01', '2020-01-02');
SELECT partition, rows FROM elt.restore_partition('replaced', '2020-01-02', '2020-01-03');
SET client_min_messages = notice;
SELECT partition, rows FROM elt.restore_partition('replaced', '1990-01-02', '1990-01-03');
SET client_min_messages = warning;
-- A hash of another database says nothing, and archives without one are compared by their number of rows.
BEGIN;
UPDATE elt_catalog.partition SET archive = jsonb_set(archive::jsonb, '{proof,of}', '".00000000"') WHERE name = 'replaced_1';
SELECT partition, rows FROM elt.restore_partition('replaced', '2020-01-01', '2020-01-02');
ROLLBACK;
UPDATE elt_catalog.partition SET archive = archive::jsonb - 'proof' WHERE name = 'replaced_1';
SELECT partition, rows FROM elt.restore_partition('replaced', '2020-01-01', '2020-01-02');
DROP TABLE replaced CASCADE;

DROP SCHEMA restore_test CASCADE;
DROP SERVER restore_lake CASCADE;
DELETE FROM elt_catalog.hold;
SELECT elt.rotate_partitions();
