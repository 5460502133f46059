-- Packed partitions: rows as arrays, read by a foreign table and by <table>_all.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = warning;
CREATE SCHEMA packed_test;
SET search_path = packed_test;
CREATE ROLE packed_test_reader;
GRANT USAGE ON SCHEMA packed_test TO packed_test_reader;

-- Each kind of measure, nulls, regular and irregular times, more rows than one array has, times that come twice
CREATE TABLE power (ts timestamptz NOT NULL, gone int, site text COLLATE "C", unit int, value float8, amount numeric, n int, at timestamptz, ok boolean,
	doubled float8 GENERATED ALWAYS AS (value * 2) STORED) PARTITION BY RANGE (ts);
CREATE INDEX ON power (site, unit, ts);
CREATE TABLE power_1 PARTITION OF power FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE power_2 PARTITION OF power FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
CREATE TABLE power_3 PARTITION OF power FOR VALUES FROM ('2020-03-01') TO (MAXVALUE);
ALTER TABLE power DROP COLUMN gone;
INSERT INTO power (ts, site, unit, value, amount, n, at, ok)
SELECT '2020-01-01'::timestamptz + i * interval '1 minute', s, u, i / 10.0, CASE WHEN i % 3 > 0 THEN i / 100.0 END, i % 7, now(), i % 2 = 0
FROM generate_series(0, 9999) i, unnest('{a,Ä}'::text[]) s, generate_series(1, 2) u
WHERE NOT (s = 'a' AND u = 1 AND i % 50 = 3) ORDER BY md5((i, s, u)::text);
INSERT INTO power (ts, site, unit, value, amount) VALUES ('2020-01-05 00:00:00.5', 'a', 1, 'NaN', 'NaN'), ('2020-01-05', 'a', 1, '-0', 1.10), ('2020-01-06', NULL, NULL, NULL, NULL),
	('2020-01-06', 'one', 7, 'Infinity', 1e100), ('2020-02-10', 'a', 1, 1, 1), ('2020-03-01', 'b', 1, 1, 1);
CREATE TABLE expected AS SELECT * FROM power;
SELECT elt.set_policy('power', 'ts', '1 month', partition_premake => 0);

-- What is refused
SELECT elt.compress_partition('power_1', form => 'tar');
CREATE TABLE wide (ts date NOT NULL, note text) PARTITION BY RANGE (ts);
CREATE TABLE wide_1 PARTITION OF wide FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE wide_2 PARTITION OF wide FOR VALUES FROM ('2020-02-01') TO (MAXVALUE);
SELECT elt.set_policy('wide', 'ts', '1 month', partition_premake => 0);
SELECT elt.compress_partition('wide_1', form => 'packed');
SELECT elt.set_policy('wide', retain => '1 year', retain_action => 'pack');
SELECT elt.set_policy('power', retention => '[{"after": "1 month", "do": "pack"}, {"after": "1 year", "do": "compress"}]');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT elt.compress_partition('power_1', form => 'packed');
ROLLBACK;
SELECT elt.hold('power', '2020-01-01', '2020-01-02', 'audit') > 0 AS held;
\set VERBOSITY terse
SELECT elt.compress_partition('power_1', form => 'packed');
\set VERBOSITY default
SELECT elt.release(hold_id) FROM elt.holds WHERE reason = 'audit' AND released_at IS NULL;

-- Advice
SELECT form, partition, sorted_by, rows > 35000 AS rows, bytes_after > 100000 AS big, ratio < 1 AS smaller, ratio < 0.4 AS much_smaller, reason, statement FROM elt.compression_advice('power');
SELECT form, reason FROM elt.compression_advice('wide');
SELECT sorted_by, rows > 35000 AS rows, bytes_before > 3 * bytes_after AS smaller FROM elt.compress_partition('power_1', form => 'packed', dry_run => true);
SELECT count(*) FROM pg_class WHERE relname ~ 'sample|packed' AND relnamespace = 'packed_test'::regnamespace;

-- Packed
SELECT partition, sorted_by, rows, bytes_before > 3 * bytes_after AS smaller, bytes_after > 100000 AS big, indexes_kept FROM elt.compress_partition('power_1', form => 'packed');
SELECT partition, state, action, step, rows, bytes > 0 AS bytes, compression - '{bytes_before,bytes_after}'::text[] AS compression FROM elt.partitions WHERE relation = 'power'::regclass;
SELECT count(*) FROM power;
SELECT count(*) FROM ((TABLE power_all EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL TABLE power_all)) AS d;
SELECT site, unit, sum(elt_rows) AS rows, max(elt_rows) AS most, min(elt_step), max(elt_step), sum(cardinality(elt_times)) AS times FROM power_1_packed GROUP BY 1, 2 ORDER BY 1, 2;

-- Conditions: each gives what the table gave.
CREATE FUNCTION same(condition text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	equal boolean;
BEGIN
	EXECUTE format('SELECT count(*) > 0 AND NOT EXISTS ((SELECT * FROM power_1 WHERE %1$s EXCEPT ALL SELECT * FROM expected WHERE %1$s)
		UNION ALL (SELECT * FROM expected WHERE %1$s AND ts < ''2020-02-01'' EXCEPT ALL SELECT * FROM power_1 WHERE %1$s)) FROM power_1 WHERE %1$s', condition) INTO equal;
	RETURN equal;
END $$;
SELECT condition, same(condition) FROM unnest(ARRAY[
	$$site = 'a'$$, $$site = 'a' AND unit = 1$$, $$site IS NULL$$, $$unit = 1$$, $$unit > 1$$, $$unit = 1::bigint$$, $$site >= 'one'$$, $$site < 'b' AND unit <= 1$$,
	$$ts = '2020-01-03'$$, $$ts < '2020-01-02'$$, $$ts <= '2020-01-02'$$, $$ts > '2020-01-07'$$, $$ts >= '2020-01-07 22:38'$$, $$'2020-01-04' <= ts AND ts < '2020-01-05'$$,
	$$site = 'a' AND unit = 2 AND ts = '2020-01-04 01:02'$$, $$site = 'a' AND unit = 1 AND ts BETWEEN '2020-01-05' AND '2020-01-05 00:01'$$,
	$$ts = date '2020-01-03'$$, $$ts >= now() - interval '100 years' AND site = 'one'$$, $$value > 990$$, $$doubled = 8$$, $$ok AND n = 3$$, $$amount IS NULL AND site = 'Ä'$$]) condition;
SELECT count(*) FROM power_1 WHERE ts < NULL;
SELECT count(*), count(site), sum(n) FROM power_1;
SELECT tableoid::regclass, power_1 FROM power_1 WHERE site = 'one';
PREPARE at(timestamptz, text) AS SELECT unit, value FROM power_all WHERE ts = $1 AND site = $2 ORDER BY unit;
EXECUTE at('2020-01-02', 'a');
SET plan_cache_mode = force_generic_plan;
EXECUTE at('2020-01-02', 'Ä');
RESET plan_cache_mode;
SELECT count(*) FROM generate_series(timestamptz '2020-01-02', '2020-01-04', '1 day') t, LATERAL (SELECT * FROM power_1 p WHERE p.ts = t AND p.site = 'a' OFFSET 0) p;
EXPLAIN (COSTS off) SELECT * FROM power_all WHERE ts >= '2020-02-10' AND ts < '2020-02-11';
EXPLAIN (COSTS off) SELECT * FROM power_all WHERE ts < '2020-01-02';

-- Read only, with the readers of the table
INSERT INTO power_1 (ts) VALUES ('2020-01-01');
DELETE FROM power_1;
GRANT SELECT ON power TO packed_test_reader;
SELECT elt.set_policy('power', partition_premake => 0);
SET ROLE packed_test_reader;
SELECT count(*) FROM packed_test.power_all;
SELECT count(*) FROM packed_test.power_1_packed;
RESET ROLE;

-- Late rows land in a partition of their own, and are told with the others.
SELECT elt.set_policy('power', retain_by => 'data');
CREATE TABLE power_late PARTITION OF power FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
INSERT INTO power (ts, site, unit, value) VALUES ('2020-01-20', 'late', 1, 1);
SELECT count(*) FROM power_all;
SELECT elt.decompress_partition('power_1');
ALTER TABLE power DETACH PARTITION power_late;

-- Unpacked
SELECT partition, indexes_created FROM elt.decompress_partition('power_1', dry_run => true);
ALTER TABLE power ADD COLUMN later int DEFAULT 5;
ALTER TABLE power RENAME n TO site_n;
ALTER TABLE power RENAME unit TO n;
ALTER TABLE power RENAME site_n TO unit;
SELECT elt.set_policy('power', partition_premake => 0);
SELECT count(*), count(later), max(n) FROM power_all WHERE ts < '2020-02-01';
SELECT partition, to_regclass(quote_ident(partition)) IS NOT NULL AS found, bytes_after > 3 * bytes_before AS bigger FROM elt.decompress_partition('power_1');
SELECT count(*), count(later) FROM power WHERE ts < '2020-02-01';
SELECT partition, state, compression IS NOT NULL AS compressed FROM elt.partitions WHERE relation = 'power'::regclass ORDER BY 1, 2;
ALTER TABLE power DROP COLUMN later CASCADE;
ALTER TABLE power RENAME n TO site_n;
ALTER TABLE power RENAME unit TO n;
ALTER TABLE power RENAME site_n TO unit;
SELECT count(*) FROM ((TABLE power EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL TABLE power)) AS d;
SELECT to_regclass('power_1_packed') AS packed;

-- By a chain: packed, then dropped
SELECT elt.set_policy('power', retention => '[{"after": "3 months", "do": "pack"}, {"after": "500 years", "do": "drop"}]');
SELECT action, partition, statement FROM elt.maintenance_plan('power') WHERE step = 'retention';
CALL elt_catalog.maintain();
SELECT step, message FROM elt.maintenance_errors;
SELECT partition, state, action, step, rows FROM elt.partitions WHERE relation = 'power'::regclass AND state <> 'dropped' ORDER BY 1;
SELECT count(*) FROM ((TABLE power_all EXCEPT ALL TABLE expected) UNION ALL (TABLE expected EXCEPT ALL TABLE power_all)) AS d;
SELECT partition, state FROM elt.partitions WHERE relation = 'power'::regclass ORDER BY 1;
CALL elt_catalog.maintain();
SELECT elt.set_policy('power', retention => '[{"after": "1 month", "do": "pack"}, {"after": "1 year", "do": "drop"}]');
CALL elt_catalog.maintain();
SELECT step, message FROM elt.maintenance_errors;
SELECT partition, state FROM elt.partitions WHERE relation = 'power'::regclass AND state <> 'dropped' ORDER BY 1;
SELECT count(*) FROM power_all;
SELECT count(*) FROM pg_class WHERE relname ~ 'packed' AND relnamespace = 'packed_test'::regnamespace;

-- Dates, numbers, no key, hostile names
CREATE TABLE "a ""b" ("t'" int NOT NULL, "k %" int, "m$1" smallint, PRIMARY KEY ("k %", "t'")) PARTITION BY RANGE ("t'");
CREATE TABLE "p ;--" PARTITION OF "a ""b" FOR VALUES FROM (0) TO (1000);
CREATE TABLE p_2 PARTITION OF "a ""b" FOR VALUES FROM (1000) TO (2000);
INSERT INTO "a ""b" SELECT i * 3 % 1000, i % 3, i FROM generate_series(1, 999) i;
SELECT elt.set_policy('"a ""b"', 't''', partition_step => 1000);
SELECT sorted_by, rows FROM elt.compress_partition('"p ;--"', form => 'packed');
SELECT count(*), sum("t'"), sum("m$1") FROM "a ""b_all" WHERE "t'" BETWEEN 100 AND 199;
SELECT partition, to_regclass(quote_ident(partition)) IS NOT NULL AS found FROM elt.decompress_partition('"p ;--"');
SELECT count(*), sum("t'"), sum("m$1") FROM "a ""b" WHERE "t'" BETWEEN 100 AND 199;
CREATE TABLE daily (day date NOT NULL, v numeric(10,2)) PARTITION BY RANGE (day);
CREATE TABLE daily_1 PARTITION OF daily FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE daily_2 PARTITION OF daily FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO daily SELECT date '2020-01-01' + i, i FROM generate_series(0, 365) i;
SELECT elt.set_policy('daily', 'day', '1 year', partition_premake => 0);
SELECT rows FROM elt.compress_partition('daily_1', form => 'packed');
SELECT elt_rows, elt_step FROM daily_1_packed;
SELECT * FROM daily_all WHERE day IN ('2020-02-29', '2020-12-31') ORDER BY 1;
SELECT xmin AS made FROM pg_rewrite WHERE ev_class = 'daily_all'::regclass \gset
SELECT rows FROM elt.compress_partition('daily_2', form => 'packed');
SELECT elt.set_policy('daily', partition_premake => 0);
SELECT xmin = :'made' AS kept, (SELECT count(*) FROM pg_inherits WHERE inhparent = 'daily_archive'::regclass) AS attached FROM pg_rewrite WHERE ev_class = 'daily_all'::regclass;
SELECT elt.compress_partition('daily_1', form => 'packed');

-- Packed rows that have not the columns of the table, or the range of others, stay parts of their own.
CREATE TABLE typed (day date NOT NULL, v int) PARTITION BY RANGE (day);
CREATE TABLE typed_1 PARTITION OF typed FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE typed_2 PARTITION OF typed FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
CREATE TABLE typed_3 PARTITION OF typed FOR VALUES FROM ('2020-03-01') TO ('2020-04-01');
INSERT INTO typed SELECT date '2020-01-01' + i, i FROM generate_series(0, 89) i;
SELECT elt.set_policy('typed', 'day', '1 month', partition_premake => 0);
SELECT rows FROM elt.compress_partition('typed_1', form => 'packed');
DROP VIEW typed_all;
ALTER TABLE typed ALTER v TYPE bigint, ADD later int DEFAULT 7;
SELECT rows FROM elt.compress_partition('typed_2', form => 'packed');
CREATE TABLE typed_late PARTITION OF typed FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
INSERT INTO typed VALUES ('2020-02-10', 100);
SELECT rows FROM elt.compress_partition('typed_late', form => 'packed');
SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'typed_archive'::regclass;
SELECT count(*), sum(v), count(later), pg_typeof(max(v)) FROM typed_all;
ALTER TABLE typed ADD day_2 date DEFAULT '2020-01-01';
ALTER TABLE typed RENAME day_2 TO day_3;
SELECT elt.set_policy('typed', partition_premake => 0);
ALTER TABLE typed RENAME day_3 TO day_2;
SELECT elt.set_policy('typed', partition_premake => 0);
SELECT count(*), sum(v), count(later), count(day_2) FROM typed_all WHERE day < '2020-03-01';
SELECT count(*) FROM typed_all WHERE day_2 = '2020-01-01';
SELECT count(*) FROM elt.decompress_partition('typed_late');
ALTER TABLE typed DETACH PARTITION typed_p20200201;
SELECT count(*) FROM elt.decompress_partition('typed_2');
SELECT count(*) FROM elt.decompress_partition('typed_1');
SELECT count(*), sum(v), count(later), count(day_2) FROM typed;
CREATE ROLE packed_test_owner;
GRANT CREATE, USAGE ON SCHEMA packed_test TO packed_test_owner;
SELECT rows FROM elt.compress_partition('typed_p20200101', form => 'packed');
ALTER TABLE typed OWNER TO packed_test_owner;
SELECT elt.set_policy('typed', partition_premake => 0);
SELECT relname, relowner::regrole FROM pg_class WHERE relname IN ('typed_archive', 'typed_p20200101', 'typed_p20200101_packed') ORDER BY 1;
SELECT count(*), count(day_2) FROM typed_all WHERE day < '2020-02-01';
SELECT elt.drop_policy('typed');
SELECT count(*) FROM typed_p20200101;
DROP TABLE typed;
SELECT relname, relkind FROM pg_class WHERE relnamespace = 'packed_test'::regnamespace AND relname ~ 'typed' ORDER BY 1;

-- Identity columns, divided partitions, and rows that were compressed before
CREATE TABLE numbered (id bigint GENERATED ALWAYS AS IDENTITY, ts date NOT NULL, v int, PRIMARY KEY (id, ts)) PARTITION BY RANGE (ts);
CREATE TABLE numbered_1 PARTITION OF numbered FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE numbered_2 PARTITION OF numbered FOR VALUES FROM ('2020-02-01') TO (MAXVALUE);
INSERT INTO numbered (ts, v) SELECT date '2020-01-01' + i % 31, i FROM generate_series(1, 100) i;
SELECT elt.set_policy('numbered', 'ts', '1 month', partition_premake => 0);
SELECT rows FROM elt.compress_partition('numbered_1');
SELECT rows FROM elt.compress_partition('numbered_1', form => 'packed');
SELECT count(*), count(DISTINCT id), sum(v) FROM numbered_all;
SELECT count(*) FROM elt.decompress_partition('numbered_1');
INSERT INTO numbered (ts, v) VALUES ('2020-01-05', 101) RETURNING id;
SELECT count(*), count(DISTINCT id), sum(v) FROM numbered;
CREATE TABLE divided (ts date NOT NULL, k int, v int, PRIMARY KEY (k, ts)) PARTITION BY RANGE (ts);
SELECT elt.set_policy('divided', 'ts', '1 month', partition_premake => 0, then_by => '{"hash": "k", "partitions": 2}');
CREATE TABLE divided_1 PARTITION OF divided FOR VALUES FROM ('2020-01-01') TO ('2020-02-01') PARTITION BY HASH (k);
CREATE TABLE divided_1a PARTITION OF divided_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE divided_1b PARTITION OF divided_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE divided_2 PARTITION OF divided FOR VALUES FROM ('2020-02-01') TO ('2020-03-01') PARTITION BY HASH (k);
INSERT INTO divided SELECT date '2020-01-01' + i % 31, i / 31, i FROM generate_series(0, 309) i;
SELECT form, partition, sorted_by, rows > 0 AS rows, ratio > 0.95 AS large, reason, statement FROM elt.compression_advice('divided') WHERE ratio IS NOT NULL ORDER BY 1;
SELECT rows FROM elt.compress_partition('divided_1');
SELECT rows, bytes_before > 0 AS before, bytes_after > 0 AS after FROM elt.compress_partition('divided_1', form => 'packed');
SELECT count(*), sum(v), max(tableoid::regclass::text) FROM divided_1 WHERE k < 5;
SELECT count(*), sum(v) FROM divided_all;
SELECT count(*) FROM elt.decompress_partition('divided_1');
SELECT count(*), sum(v) FROM divided;

-- What somebody else has made of packed rows is an error, not a crash.
DROP INDEX daily_1_packed_elt_first_elt_last_idx;
CREATE INDEX ON daily_1_packed (elt_last, elt_first);
SELECT * FROM daily_1 WHERE day = '2020-02-29';
UPDATE daily_1_packed SET elt_rows = 367;
SELECT count(v) FROM daily_1;
UPDATE daily_1_packed SET elt_rows = 366, v = array_fill(1.0, '{2,183}');
SELECT count(v) FROM daily_1;
ALTER TABLE daily_1_packed ALTER v TYPE text[];
SELECT count(v) FROM daily_1;
DROP TABLE daily_1_packed;
SELECT count(v) FROM daily_1;
CREATE FOREIGN TABLE none (ts date) SERVER elt_packed;
SELECT * FROM none;
CREATE FOREIGN TABLE bad (ts date) SERVER elt_packed OPTIONS (path 'x');

-- Columns that are renamed, or exchange their names, without maintenance in between, also where the view was dropped
CREATE TABLE renamed (ts timestamptz NOT NULL, id int, a int, b int) PARTITION BY RANGE (ts);
CREATE INDEX ON renamed (id, ts);
CREATE TABLE renamed_1 PARTITION OF renamed FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE renamed_2 PARTITION OF renamed FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
CREATE TABLE renamed_3 PARTITION OF renamed FOR VALUES FROM ('2020-03-01') TO (MAXVALUE);
INSERT INTO renamed SELECT '2020-01-01'::timestamptz + i * interval '1 day', 1, 1, 100 FROM generate_series(0, 89) i;
SELECT elt.set_policy('renamed', 'ts', '1 month', partition_premake => 0);
SELECT rows FROM elt.compress_partition('renamed_1', form => 'packed');
CALL elt.split_partition('renamed_1');
ALTER TABLE renamed RENAME a TO c;
ALTER TABLE renamed RENAME b TO a;
ALTER TABLE renamed RENAME c TO b;
SELECT rows FROM elt.compress_partition('renamed_2', form => 'packed');
SELECT count(*), sum(a), sum(b) FROM renamed_all;
ALTER TABLE renamed RENAME a TO c;
DROP VIEW renamed_all;
ALTER TABLE renamed ALTER COLUMN b TYPE bigint;
CALL elt_catalog.maintain();
SELECT count(*), sum(c), sum(b) FROM renamed_all;
ALTER TABLE renamed RENAME c TO a;
SELECT count(*) FROM elt.decompress_partition('renamed_1');
SELECT count(*), sum(a), sum(b) FROM renamed;
SELECT count(*), sum(a), sum(b) FROM renamed_all;
-- A table that a chain has detached does not follow the table by itself.
SELECT elt.set_policy('renamed', retention => '[{"after": "1 month", "do": "detach"}, {"after": "900 years", "do": "pack"}]');
SELECT partition, action FROM elt.apply_retention('renamed');
ALTER TABLE renamed RENAME a TO c;
CALL elt_catalog.maintain();
SELECT count(*), sum(c), sum(b) FROM renamed_all;

-- Nor do the names of tables with packed rows follow their schema.
CREATE SCHEMA packed_moved;
CREATE TABLE packed_moved.moved (ts date NOT NULL, id int, v int) PARTITION BY RANGE (ts);
CREATE INDEX ON packed_moved.moved (id, ts);
CREATE TABLE packed_moved."1""moved" PARTITION OF packed_moved.moved FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE packed_moved.moved_2 PARTITION OF packed_moved.moved FOR VALUES FROM ('2020-02-01') TO (MAXVALUE);
INSERT INTO packed_moved.moved SELECT date '2020-01-01' + i, 1, i FROM generate_series(0, 40) i;
SELECT elt.set_policy('packed_moved.moved', 'ts', '1 month', partition_premake => 0);
SELECT rows FROM elt.compress_partition('packed_moved."1""moved"', form => 'packed');
ALTER SCHEMA packed_moved RENAME TO "packed Moved";
CALL elt_catalog.maintain();
SELECT count(*), sum(v) FROM "packed Moved".moved_all;
ALTER SCHEMA "packed Moved" RENAME TO packed_moved;
SELECT count(*) FROM elt.decompress_partition('packed_moved."1""moved"');
SELECT count(*), sum(v) FROM packed_moved.moved;
DROP SCHEMA packed_moved CASCADE;

SELECT count(elt.drop_policy(relation)) FROM elt.policies WHERE relation::text ~ 'renamed|power|wide|daily|numbered|divided|a ""b';
SELECT relname, relkind FROM pg_class WHERE relnamespace = 'packed_test'::regnamespace AND relname ~ 'power' AND relkind IN ('r', 'p', 'f', 'v') ORDER BY 1;
DROP SCHEMA packed_test CASCADE;
DROP ROLE packed_test_reader;
DROP ROLE packed_test_owner;
DELETE FROM elt_catalog.hold;
SELECT elt.rotate_partitions();
SELECT count(*) FROM elt.partitions;
