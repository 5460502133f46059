-- Archives that are dropped, files that nobody needs, and archives of pipelines.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = warning;
CREATE SCHEMA archive_drop;
SET search_path = archive_drop;
SELECT current_setting('data_directory') || '/elt_archive_drop' AS root \gset
SELECT set_config('archive_drop.root', :'root', false) IS NULL AS unset;
CREATE TEMP TABLE said (line text);
CREATE FUNCTION in_root(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE said;
	EXECUTE format('COPY said FROM PROGRAM %L', format('mkdir -p "%1$s" && cd "%1$s" && { %2$s; }', current_setting('archive_drop.root'), command));
	RETURN QUERY TABLE said;
END $$;
-- every file below the root, hidden ones too; the mark of those of transactions by hand differs everywhere
CREATE VIEW files AS SELECT regexp_replace(in_root, '\.[0-9a-f]{8}\.', '.MARK.') AS file FROM in_root('find . -type f | LC_ALL=C sort');
SELECT in_root('rm -rf *');
CREATE SERVER drop_lake FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE TABLE event (ts timestamptz NOT NULL, id int, note text) PARTITION BY RANGE (ts);
CREATE TABLE event_new PARTITION OF event FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
CREATE VIEW states AS SELECT partition, state, held, error, regexp_replace(archive, '\.[0-9a-f]{8}\.', '.MARK.') AS archive, archived_rows FROM elt.partitions
	WHERE relation = 'event'::regclass AND state <> 'attached' ORDER BY lower_bound, partition;
CREATE PROCEDURE make_part(day date) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %I PARTITION OF event FOR VALUES FROM (%L) TO (%L)', 'event_p' || to_char(day, 'YYYYMMDD'), day, day + 1);
	INSERT INTO event SELECT day + i * interval '1 min', i, repeat(chr(64 + i), i) FROM generate_series(1, 20) i;
END $$;

-- One that is due for both goes at once; the other one goes from the archive when that is due, unless it is held.
SELECT elt.set_policy('event', 'ts', '1 day', partition_premake => 0, archive_server => 'drop_lake', archive_path => 'cold',
	retention => '[{"after": "1 year", "do": "archive"}, {"after": "100 years", "do": "drop"}]');
CALL make_part('1900-01-01');
CALL make_part('2020-01-01');
CALL elt_catalog.maintain();
SELECT * FROM states;
SELECT * FROM files;
SELECT count(*) FROM event_all;
SELECT elt.set_policy('event', retention => '[{"after": "1 year", "do": "archive"}, {"after": "2 years", "do": "drop"}]');
SELECT elt.hold('event', '2020-01-01', '2020-01-02', 'audit') > 0 AS held;
SELECT action, partition, regexp_replace(reason, '\d+', 'N') AS reason, statement FROM elt.maintenance_plan('event') WHERE step = 'retention';
CALL elt_catalog.maintain();
SELECT count(*) FROM event_all;
SELECT elt.release(hold_id) FROM elt.holds WHERE reason = 'audit';
SELECT action, partition, regexp_replace(reason, '\d+', 'N') AS reason, statement FROM elt.maintenance_plan('event') WHERE step = 'retention';
BEGIN;
SELECT partition, action FROM elt.apply_retention('event');
SELECT count(*) FROM event_all;
ROLLBACK;
SELECT count(*) FROM event_all;
SELECT partition, action FROM elt.apply_retention('event');
SELECT count(*) FROM event_all;
SELECT * FROM states;
SELECT * FROM files;
CALL elt_catalog.maintain();
SELECT * FROM states;
SELECT * FROM files;

-- By the job
SELECT elt.set_policy('event', retention => '[{"after": "1 year", "do": "archive"}, {"after": "100 years", "do": "drop"}]');
CALL make_part('2020-01-02');
CALL elt_catalog.maintain();
SELECT elt.set_policy('event', retention => '[{"after": "1 year", "do": "archive"}, {"after": "2 years", "do": "drop"}]');
CALL elt_catalog.maintain();
SELECT * FROM states;
SELECT * FROM files;
SELECT message FROM elt.maintenance_errors;

-- What a transaction that is rolled back has written goes with the next maintenance, and so does what a crash has left; files of others stay.
SELECT elt.set_policy('event', retain => '1 year', retain_action => 'archive');
CALL make_part('2020-01-03');
BEGIN;
SELECT partition, action FROM elt.apply_retention('event');
ROLLBACK;
SELECT * FROM files;
SELECT in_root('touch cold/.event_p20200103.parquet.12-3.elt cold/.other.parquet.12-3.elt cold/event_p20200104.parquet cold/event_p20200103.zzzzzzzz.parquet cold/.event_p20200103.parquet.elt');
CALL elt_catalog.maintain();
SELECT * FROM states WHERE state = 'archived';
SELECT * FROM files;
SELECT in_root('cd cold && rm .other* event_p20200104.parquet event_p20200103.zzzzzzzz.parquet .event*');
CALL make_part('2020-01-04');
SELECT partition, action FROM elt.apply_retention('event');
CALL elt_catalog.maintain();
SELECT * FROM files;
SELECT count(*) FROM event_all;

-- A file that was written before the action became another one
CALL make_part('2020-01-05');
INSERT INTO elt_catalog.partition (relation, name, part, lower_bound, upper_bound, state, action, step, archive)
VALUES ('event', 'event_p20200105', 'event_p20200105'::regclass, '2020-01-05', '2020-01-06', 'detaching', 'archive', 'write archive', '{"server": "drop_lake", "path": "cold/event_p20200105.parquet"}');
SELECT in_root('touch cold/event_p20200105.parquet');
SELECT elt.set_policy('event', retain => '1 year', retain_action => 'drop');
CALL elt_catalog.maintain();
SELECT * FROM states;
SELECT * FROM files;

-- CSV, which also has values that Parquet has not
SELECT elt.set_policy('event', retain => '1 year', retain_action => 'archive', archive_format => 'tar');
SELECT elt.set_policy('event', retention => '[{"after": "1 year", "do": "archive", "format": "tar"}]');
SELECT elt.set_policy('event', retain => '1 year', retain_action => 'archive', archive_path => 'cold/*');
SELECT elt.set_policy('event', retain => '1 year', retain_action => 'archive', archive_format => 'csv.zst');
CALL make_part('2020-01-06');
INSERT INTO event VALUES ('2020-01-06', 21, NULL), ('2020-01-06', NULL, ''), ('2020-01-06', 22, E'a,"b"\n\\.\r\t ');
CREATE TABLE expected AS SELECT * FROM event;
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT * FROM files WHERE file ~ 'csv';
SELECT archive_format FROM elt.policies WHERE relation = 'event'::regclass;
SELECT count(*) FROM event;
(SELECT * FROM event_all WHERE ts >= '2020-01-06' EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL SELECT * FROM event_all WHERE ts >= '2020-01-06');
EXPLAIN (COSTS off) SELECT * FROM event_all WHERE ts >= '2020-01-06' AND ts < '2020-01-07';
SELECT partition, rows FROM elt.restore_partition('event', '2020-01-06', '2020-01-07');
(TABLE event EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL TABLE event);
SELECT elt.release(hold_id) FROM elt.holds WHERE released_at IS NULL;
CALL elt_catalog.maintain();
SELECT * FROM files WHERE file ~ 'csv';
SELECT in_root('zstd -dc cold/event_p20200106.csv.zst | head -3');

-- A pipeline says where the archives of its target go.
CREATE TABLE source (ts timestamptz, id int, note text);
INSERT INTO source SELECT now() - i * interval '30 days', i, 'x' FROM generate_series(0, 5) i;
SELECT elt.create_pipeline('archived', source => 'archive_drop.source', target => 'archive_drop.landed', key => '{ts,id}', strategy => 'upsert',
	partition_by => 'ts', partition_interval => '1 month', options => '{"retain_action": "archive", "partition_premake": 0}', retain => '10 years');
SELECT elt.create_pipeline('archived', source => 'archive_drop.source', target => 'archive_drop.landed', key => '{ts,id}', strategy => 'upsert',
	partition_by => 'ts', partition_interval => '1 month', retain => '10 years',
	options => '{"retain_action": "archive", "partition_premake": 0, "archive_server": "drop_lake", "archive_path": "landed", "archive_format": "csv.zst"}');
CALL elt.run('archived');
SELECT count(*) FROM landed_all;
SELECT elt.alter_pipeline('archived', retain => '1 month');
CALL elt_catalog.maintain();
SELECT count(*) >= 2 AS archived, sum(archived_rows) + (SELECT count(*) FROM landed) AS rows FROM elt.partitions WHERE relation = 'landed'::regclass AND state = 'archived';
SELECT count(*), count(DISTINCT id) FROM landed_all;
SELECT message FROM elt.maintenance_errors;
SELECT options->'archive_path' AS path FROM elt.pipelines WHERE name = 'archived';
SELECT elt.drop_pipeline('archived');

-- The file from which a partition was restored goes when that has been split, unless its rows are held.
CREATE TABLE halved (ts timestamptz NOT NULL, id int) PARTITION BY RANGE (ts);
CREATE TABLE halved_p20200101 PARTITION OF halved FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
CREATE TABLE halved_new PARTITION OF halved FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
INSERT INTO halved SELECT timestamptz '2020-01-01' + i * interval '1 hour', i FROM generate_series(0, 23) i;
SELECT elt.set_policy('halved', 'ts', '1 day', partition_premake => 0, archive_server => 'drop_lake', archive_path => 'halved',
	retention => '[{"after": "1 year", "do": "archive"}]');
CALL elt_catalog.maintain();
SELECT partition, rows FROM elt.restore_partition('halved');
CALL elt.split_partition('halved_p20200101', '12 hours');
CALL elt_catalog.maintain();
SELECT file FROM files WHERE file ~ 'halved';
SELECT elt.release(hold_id) FROM elt.holds WHERE reason = 'restored' AND released_at IS NULL;
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT partition, state, archive, archived_rows FROM elt.partitions WHERE relation = 'halved'::regclass AND state <> 'attached' ORDER BY 1;
SELECT file FROM files WHERE file ~ 'halved';
SELECT count(*), sum(id) FROM halved_all;

-- Packed partitions are archived, too, with null in columns that were added since.
CREATE TABLE packed (ts timestamptz NOT NULL, k int NOT NULL, v numeric, PRIMARY KEY (k, ts)) PARTITION BY RANGE (ts);
CREATE TABLE packed_1 PARTITION OF packed FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
CREATE TABLE packed_2 PARTITION OF packed FOR VALUES FROM ('2020-01-02') TO ('2020-01-03');
CREATE TABLE packed_new PARTITION OF packed FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
INSERT INTO packed SELECT timestamptz '2020-01-01' + i * interval '1 minute', i % 3, i / 7.0 FROM generate_series(0, 2879) i;
CREATE TABLE rows AS TABLE packed;
SELECT elt.set_policy('packed', 'ts', '1 day', partition_premake => 0, archive_server => 'drop_lake', archive_path => 'packed',
	retention => '[{"after": "1 year", "do": "pack"}, {"after": "900 years", "do": "archive"}]');
CALL elt_catalog.maintain();
ALTER TABLE packed ADD later int DEFAULT 1, ADD when_later timestamptz DEFAULT '2020-01-01';
SELECT elt.set_policy('packed', retention => '[{"after": "1 year", "do": "pack"}, {"after": "2 years", "do": "archive"}]');
SELECT action, partition, statement FROM elt.maintenance_plan('packed') WHERE step = 'retention';
BEGIN;
SELECT partition, action, reason FROM elt.apply_retention('packed');
SELECT count(*), sum(v) = (SELECT sum(v) FROM rows) AS same FROM packed_all;
ROLLBACK;
SELECT partition, state FROM elt.partitions WHERE relation = 'packed'::regclass AND state <> 'attached' ORDER BY 1;
SELECT elt.hold('packed', '2020-01-02', '2020-01-03', 'packed') > 0 AS held;
CALL elt_catalog.maintain();
SELECT partition, state, archive, archived_rows FROM elt.partitions WHERE relation = 'packed'::regclass AND state <> 'attached' ORDER BY 1;
SELECT file FROM files WHERE file ~ 'packed';
(SELECT ts, k, v FROM packed_all EXCEPT ALL TABLE rows) UNION ALL (TABLE rows EXCEPT ALL SELECT ts, k, v FROM packed_all);
SELECT relname, relkind, relispartition FROM pg_class WHERE relname ~ '^packed_' AND relkind IN ('r', 'f') AND relnamespace = 'archive_drop'::regnamespace ORDER BY 1;
SELECT partition, rows FROM elt.restore_partition('packed', '2020-01-01', '2020-01-02');
(SELECT ts, k, v FROM packed_all EXCEPT ALL TABLE rows) UNION ALL (TABLE rows EXCEPT ALL SELECT ts, k, v FROM packed_all);
SELECT count(*), count(later), count(when_later) FROM packed_all;
SELECT elt.release(hold_id) FROM elt.holds WHERE released_at IS NULL;
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT partition, state, archive, archived_rows FROM elt.partitions WHERE relation = 'packed'::regclass AND state <> 'attached' ORDER BY 1;
(SELECT ts, k, v FROM packed_all EXCEPT ALL TABLE rows) UNION ALL (TABLE rows EXCEPT ALL SELECT ts, k, v FROM packed_all);

SELECT in_root('rm -rf *');
DROP SCHEMA archive_drop CASCADE;
DROP SERVER drop_lake CASCADE;
DELETE FROM elt_catalog.hold;
SELECT elt.rotate_partitions();
