-- Partitions of times as integers and of numbers, divided partitions, what is carried to new ones.
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA kinds_test;
SET search_path = kinds_test;

-- What a policy refuses
CREATE TABLE ticks (at bigint NOT NULL, id int) PARTITION BY RANGE (at);
CREATE TABLE days (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE names (name text NOT NULL) PARTITION BY RANGE (name);
SELECT elt.set_policy('names', 'name', '1 day');
SELECT elt.set_policy('ticks', 'at');
SELECT elt.set_policy('ticks', 'at', '1 day');
SELECT elt.set_policy('ticks', 'at', '1 day', partition_epoch => 'h');
SELECT elt.set_policy('ticks', 'at', '1 day', partition_epoch => 's', partition_step => 10);
SELECT elt.set_policy('ticks', 'at', partition_step => 0);
SELECT elt.set_policy('days', 'at', '1 day', partition_epoch => 's');
SELECT elt.set_policy('days', 'at', '1 day', partition_rows => 10);
SELECT elt.set_policy('days', 'at', '1 day', retain_by => 'whim');

-- Seconds and milliseconds since 1970
SELECT elt.set_policy('ticks', 'at', '1 month', 'Europe/Berlin', partition_epoch => 'ms', partition_premake => 1, retain => '1 year');
SELECT count(*) FROM elt.rotate_partitions('ticks');
SELECT bool_and(pg_get_expr(c.relpartbound, c.oid) = format('FOR VALUES FROM (''%s'') TO (''%s'')',
		extract(epoch FROM p.lower_bound)::bigint * 1000, extract(epoch FROM p.upper_bound)::bigint * 1000)) AS bounds,
	bool_and(extract(day FROM p.lower_bound AT TIME ZONE 'Europe/Berlin') = 1) AS local_months
FROM elt.partitions p JOIN pg_class c ON c.relname = p.partition WHERE p.relation = 'ticks'::regclass;
INSERT INTO ticks SELECT extract(epoch FROM now())::bigint * 1000;
CREATE TABLE ticks_old PARTITION OF ticks FOR VALUES FROM (1577836800000) TO (1580515200000);
CREATE TABLE ticks_ancient PARTITION OF ticks FOR VALUES FROM (MINVALUE) TO (-9000000000000000);
SELECT partition, lower_bound, upper_bound, action FROM elt.apply_retention('ticks', dry_run => true);
CREATE TABLE seconds (at int NOT NULL) PARTITION BY RANGE (at);
SELECT elt.set_policy('seconds', 'at', '1 year', partition_epoch => 's', partition_premake => 0);
SELECT partition ~ '^seconds_p\d{4}0101$' AS named, extract(day FROM lower_bound) AS day FROM elt.rotate_partitions('seconds');
INSERT INTO seconds SELECT extract(epoch FROM now())::int;

-- Ahead of rows that lie in the future, with the gaps before them, but not with those of a mistake
SELECT elt.set_policy('days', 'at', '1 day', partition_premake => 1);
SELECT count(*) FROM elt.rotate_partitions('days');
SELECT elt.rotate_partitions('days');
INSERT INTO days VALUES (current_date + 1);
SELECT lower_bound - now()::date::timestamptz AS ahead FROM elt.rotate_partitions('days') ORDER BY 1;
DO $$ BEGIN EXECUTE format('CREATE TABLE days_far PARTITION OF days FOR VALUES FROM (%L) TO (%L)', current_date + 5, current_date + 6); END $$;
INSERT INTO days VALUES (current_date + 5);
SELECT lower_bound - now()::date::timestamptz AS ahead FROM elt.rotate_partitions('days') ORDER BY 1;
CREATE TABLE days_wrong PARTITION OF days FOR VALUES FROM ('2999-01-01') TO ('2999-01-02');
INSERT INTO days VALUES ('2999-01-01');
SELECT lower_bound FROM elt.rotate_partitions('days') ORDER BY 1;

-- Numbers: from the latest rows on, in steps that follow what a partition has become
CREATE TABLE orders (id bigint NOT NULL, note text) PARTITION BY RANGE (id);
SELECT elt.set_policy('orders', 'id', partition_rows => 1000, partition_premake => 1);
SELECT partition, lower_bound, upper_bound FROM elt.rotate_partitions('orders');
INSERT INTO orders SELECT i * 10 FROM generate_series(0, 99) i;
INSERT INTO orders SELECT i * 10 FROM generate_series(100, 110) i;
SELECT partition FROM elt.rotate_partitions('orders');
SELECT partition_step FROM elt.policies WHERE relation = 'orders'::regclass;
INSERT INTO orders SELECT i * 10 FROM generate_series(200, 210) i;
SELECT partition FROM elt.rotate_partitions('orders');
SELECT partition, lower_value, upper_value, lower_bound FROM elt.partitions WHERE relation = 'orders'::regclass;
SELECT elt.set_policy('orders', partition_bytes => 1000000);
SELECT partition_step, partition_rows, partition_bytes FROM elt.policies WHERE relation = 'orders'::regclass;
-- They expire by the time since when they are full.
SELECT elt.set_policy('orders', partition_step => 1000, retain => '1 day');
SELECT * FROM elt.apply_retention('orders');
UPDATE elt_catalog.partition SET created_at = now() - interval '2 days' WHERE relation = 'orders'::regclass AND lower_value <= 2000;
SELECT partition, lower_bound, action FROM elt.apply_retention('orders');
CALL elt_catalog.maintain();
SELECT partition, state FROM elt.partitions WHERE relation = 'orders'::regclass;
-- Numbers below 0
CREATE TABLE signed (id int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE signed_m PARTITION OF signed FOR VALUES FROM (-100) TO (0);
INSERT INTO signed VALUES (-5);
SELECT elt.set_policy('signed', 'id', partition_step => 100, partition_premake => 1);
SELECT partition FROM elt.rotate_partitions('signed');

-- By age of creation: old data that came lately are kept.
CREATE TABLE filled (at date NOT NULL) PARTITION BY RANGE (at);
SELECT elt.set_policy('filled', 'at', '1 month', partition_premake => 0, retain => '1 month', retain_by => 'creation');
SELECT count(*) FROM elt.rotate_partitions('filled');
CREATE TABLE filled_old PARTITION OF filled FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE filled_new PARTITION OF filled FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
INSERT INTO elt_catalog.partition (relation, name, part, lower_bound, upper_bound, state, created_at) VALUES
	('filled', 'filled_old', 'filled_old', '2020-01-01', '2020-02-01', 'attached', now() - interval '2 months'),
	('filled', 'filled_new', 'filled_new', '2020-02-01', '2020-03-01', 'attached', now());
SELECT partition, action FROM elt.apply_retention('filled');

-- Divided again
CREATE TABLE sales (at date NOT NULL, country text NOT NULL, id int, PRIMARY KEY (at, country, id)) PARTITION BY RANGE (at);
SELECT elt.set_policy('sales', 'at', '1 month', then_by => '{"hash": "id"}');
SELECT elt.set_policy('sales', 'at', '1 month', then_by => '{"list": "country", "values": {"x": 1}}');
SELECT elt.set_policy('sales', 'at', '1 month', then_by => '{"hash": "none", "partitions": 2}');
SELECT elt.set_policy('sales', 'at', '1 month', partition_premake => 0, retain => '1 year', then_by => '{"hash": "id", "partitions": 2}');
SELECT count(*) FROM elt.rotate_partitions('sales');
SELECT regexp_replace(relid::text, '\d{8}', 'DATE'), level, isleaf FROM pg_partition_tree('sales') ORDER BY level, relid::text;
CREATE TABLE sales_old PARTITION OF sales FOR VALUES FROM ('2020-01-01') TO ('2020-02-01') PARTITION BY LIST (country);
CREATE TABLE sales_old_de PARTITION OF sales_old FOR VALUES IN ('DE');
INSERT INTO sales VALUES ('2020-01-05', 'DE', 1), (current_date, 'DE', 1), (current_date, 'FR', 2), (current_date, 'XX', 3);
SELECT elt.set_policy('sales', partition_premake => 1, then_by => '{"list": "country", "values": {"eu": ["DE", "FR"], "rest": null}}');
SELECT count(*) FROM elt.rotate_partitions('sales');
SELECT regexp_replace(c.relname, '\d{8}', 'DATE'), pg_get_expr(relpartbound, oid) FROM pg_class c
WHERE relkind = 'r' AND relname ~ '^sales_p\d+_[er]' ORDER BY 1;
CALL elt_catalog.maintain();
SELECT partition, state FROM elt.partitions WHERE relation = 'sales'::regclass AND state <> 'attached';
SELECT to_regclass('sales_old_de'), count(*) FROM sales;

-- What LIKE and ATTACH omit is carried.
CREATE ROLE kinds_owner;
CREATE ROLE kinds_reader;
GRANT ALL ON SCHEMA kinds_test TO kinds_owner;
CREATE TABLE carried (at date NOT NULL, v int, PRIMARY KEY (at)) PARTITION BY RANGE (at);
ALTER TABLE carried OWNER TO kinds_owner;
ALTER TABLE carried ALTER v SET STATISTICS 500, ALTER v SET (n_distinct = 7), ALTER v SET STORAGE PLAIN;
ALTER TABLE carried REPLICA IDENTITY USING INDEX carried_pkey;
COMMENT ON TABLE carried IS 'it''s carried';
GRANT SELECT ON carried TO kinds_reader;
GRANT UPDATE (v), INSERT (v) ON carried TO kinds_reader WITH GRANT OPTION;
CREATE TABLE carried_old PARTITION OF carried FOR VALUES FROM ('2020-01-01') TO ('2020-02-01') WITH (fillfactor = 71);
ALTER TABLE carried_old OWNER TO kinds_owner;
SET client_min_messages = error;
CREATE PUBLICATION kinds_publication FOR TABLE carried_old;
RESET client_min_messages;
SELECT elt.set_policy('carried', 'at', '1 month', partition_premake => 0);
-- The publication is not the owner's: he is told.
SET client_min_messages = error;
SELECT count(*) FROM elt.rotate_partitions('carried');
RESET client_min_messages;
SELECT count(*) FROM pg_publication_tables WHERE pubname = 'kinds_publication';
ALTER PUBLICATION kinds_publication OWNER TO kinds_owner;
SET client_min_messages = error;
ALTER PUBLICATION kinds_publication DROP TABLE carried_old;
RESET client_min_messages;
DO $$ BEGIN EXECUTE format('ALTER PUBLICATION kinds_publication ADD TABLE %I', (SELECT partition FROM elt.partitions WHERE relation = 'carried'::regclass)); END $$;
SELECT elt.set_policy('carried', partition_premake => 1);
SELECT count(*) FROM elt.rotate_partitions('carried');
SELECT count(*) FROM pg_publication_tables WHERE pubname = 'kinds_publication';
SELECT DISTINCT c.relowner::regrole, c.reloptions, c.relreplident, c.relacl = p.relacl AS acl, obj_description(c.oid, 'pg_class'),
	a.attstattarget, (SELECT option_value FROM pg_options_to_table(a.attoptions) WHERE option_name = 'n_distinct') AS n_distinct, a.attacl = b.attacl AS column_acl
FROM pg_class c JOIN pg_inherits h ON h.inhrelid = c.oid JOIN pg_class p ON p.oid = h.inhparent
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'v' JOIN pg_attribute b ON b.attrelid = p.oid AND b.attname = 'v'
WHERE p.oid = 'carried'::regclass AND c.relname <> 'carried_old';
DROP PUBLICATION kinds_publication;

-- So is what cannot be set on the table, from the latest partition: unlogged, options of TOAST; and the tablespace.
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE kinds_space LOCATION '';
CREATE TABLE fleeting (at date NOT NULL, note text) PARTITION BY RANGE (at) TABLESPACE kinds_space;
CREATE UNLOGGED TABLE fleeting_old PARTITION OF fleeting FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')
	WITH (autovacuum_enabled = off, toast.autovacuum_enabled = off);
SELECT elt.set_policy('fleeting', 'at', '1 day', partition_premake => 0);
SELECT count(*) FROM elt.rotate_partitions('fleeting');
SELECT DISTINCT c.relpersistence, c.reloptions, t.reloptions AS toast, s.spcname FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
JOIN pg_class t ON t.oid = c.reltoastrelid JOIN pg_tablespace s ON s.oid = c.reltablespace WHERE h.inhparent = 'fleeting'::regclass;
DROP TABLE fleeting;
DROP TABLESPACE kinds_space;
RESET allow_in_place_tablespaces;

-- A default partition is drained, within the limit.
CREATE TABLE spilled (at date NOT NULL, v text, g int GENERATED ALWAYS AS (1) STORED) PARTITION BY RANGE (at);
CREATE TABLE spilled_rest (v text, g int GENERATED ALWAYS AS (1) STORED, at date NOT NULL);
ALTER TABLE spilled ATTACH PARTITION spilled_rest DEFAULT;
INSERT INTO spilled VALUES (current_date, 'a'), (current_date, 'b'), ('2000-01-01', 'c');
SELECT elt.set_policy('spilled', 'at', '1 day', partition_premake => 0);
SET elt.drain_max_rows = 1;
SELECT elt.rotate_partitions('spilled');
RESET elt.drain_max_rows;
SELECT count(*) FROM elt.rotate_partitions('spilled');
SELECT tableoid::regclass = 'spilled_rest'::regclass AS in_default, v, g FROM spilled ORDER BY v;

-- Hostile and long names, columns added since, partitions with indexes of their own
CREATE TABLE "Größe ""%s"" \; a name of which every byte counts, up to 63 b" ("at %I" timestamptz NOT NULL, "x""y" int) PARTITION BY RANGE ("at %I");
SELECT octet_length(relname) FROM pg_class WHERE relname ~ '^Größe' AND relkind = 'p';
SELECT elt.set_policy('"Größe ""%s"" \; a name of which every byte counts, up to 63 b"', 'at %I', '6 hours', partition_premake => 1, retain => '1 day',
	then_by => '{"hash": "x\"y", "partitions": 2}');
SELECT count(*), max(octet_length(partition)) <= 63 AS short, count(DISTINCT partition) FROM elt.rotate_partitions('"Größe ""%s"" \; a name of which every byte counts, up to 63 b"');
ALTER TABLE "Größe ""%s"" \; a name of which every byte counts, up to 63 b" ADD added text DEFAULT 'new';
CREATE TABLE "o'ld" PARTITION OF "Größe ""%s"" \; a name of which every byte counts, up to 63 b" FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
CREATE INDEX ON "o'ld" (added);
INSERT INTO "Größe ""%s"" \; a name of which every byte counts, up to 63 b" VALUES ('2020-01-01', 1), (now(), 2);
SELECT elt.set_policy('"Größe ""%s"" \; a name of which every byte counts, up to 63 b"', partition_premake => 2);
SELECT count(*) FROM elt.rotate_partitions('"Größe ""%s"" \; a name of which every byte counts, up to 63 b"');
CALL elt_catalog.maintain();
SELECT partition, state FROM elt.partitions WHERE state = 'dropped' AND partition ~ '''';
SELECT relation, message FROM elt.maintenance_errors;

SELECT count(elt.drop_policy(relation)) FROM elt.policies;
SET client_min_messages = warning;
DROP SCHEMA kinds_test CASCADE;
DROP ROLE kinds_owner, kinds_reader;
SELECT elt.rotate_partitions();
SELECT count(*) FROM elt.partitions;
