-- A partition is divided: rows, properties, changes meanwhile, interruptions at each statement.
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA split_test;
SET search_path = split_test;

CREATE TABLE visit (id bigint NOT NULL, at timestamptz NOT NULL, page text DEFAULT 'none', double bigint GENERATED ALWAYS AS (id * 2) STORED, gone int,
	CONSTRAINT positive CHECK (id > 0), PRIMARY KEY (id, at));
ALTER TABLE visit DROP COLUMN gone;
CREATE INDEX visit_page ON visit (page);
COMMENT ON TABLE visit IS 'visits';
GRANT SELECT ON visit TO elt_reader;
INSERT INTO visit SELECT i, timestamptz '2024-01-10' + i * interval '1 hour', '/' || i FROM generate_series(1, 2000) i;
CALL elt.partition_table('visit', 'at', '1 month', partition_premake => 0);
CREATE INDEX visit_own ON visit_oldest (double);
CREATE TABLE wanted AS TABLE visit;
CREATE VIEW difference AS SELECT (SELECT count(*) FROM (TABLE visit EXCEPT ALL TABLE wanted) m) AS more, (SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE visit) l) AS less;

-- What is refused
CALL elt.split_partition(NULL);
CALL elt.split_partition('visit_oldest', dry_run => NULL);
CALL elt.split_partition('visit');
CALL elt.split_partition('wanted');
CALL elt.split_partition('visit_oldest', '7 hours');
CALL elt.split_partition('visit_oldest', partition_step => 5);
CALL elt.split_partition('visit_oldest', partition_step => 0);
CALL elt.split_partition('visit_oldest', '1000 years');
CALL elt.split_partition('visit_oldest', '1 hour');
BEGIN;
CALL elt.split_partition('visit_oldest');
ROLLBACK;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER watch AFTER INSERT ON visit_oldest FOR EACH ROW EXECUTE FUNCTION nothing();
CALL elt.split_partition('visit_oldest');
DROP TRIGGER watch ON visit_oldest;
CREATE VIEW oldest AS TABLE visit_oldest;
CALL elt.split_partition('visit_oldest');
DROP VIEW oldest;
CREATE UNIQUE INDEX visit_id ON visit_oldest (id);
CALL elt.split_partition('visit_oldest', dry_run => true);
DROP INDEX visit_id;
CREATE TABLE remark (id bigint, at timestamptz, FOREIGN KEY (id, at) REFERENCES visit);
INSERT INTO remark SELECT id, at FROM visit LIMIT 1;
CALL elt.split_partition('visit_oldest');
DROP TABLE remark;
SET client_min_messages = error;
CREATE PUBLICATION split_all FOR ALL TABLES;
RESET client_min_messages;
CALL elt.split_partition('visit_oldest');
DROP PUBLICATION split_all;
SET client_min_messages = error;
CREATE PUBLICATION split_one FOR TABLE visit_oldest;
RESET client_min_messages;
CALL elt.split_partition('visit_oldest');
DROP PUBLICATION split_one;
CREATE ROLE split_user;
GRANT USAGE ON SCHEMA split_test, elt TO split_user;
GRANT EXECUTE ON PROCEDURE elt.split_partition TO split_user;
SET ROLE split_user;
CALL elt.split_partition('visit_oldest');
RESET ROLE;
CREATE TABLE loose (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE loose_rest PARTITION OF loose DEFAULT;
CALL elt.split_partition('loose_rest');
SELECT elt.set_policy('loose', 'at', '1 day');
CALL elt.split_partition('loose_rest');
SELECT elt.drop_policy('loose');
SELECT * FROM elt.splits;

-- All rows, and nothing is left over; the new partitions have what the old one had.
CALL elt.split_partition('visit_oldest', dry_run => true) \gset dry_
CALL elt.split_partition('visit_oldest') \gset
SELECT :rows AS rows, :partitions > 20 AS some, :rows = :dry_rows AND :partitions = :dry_partitions AS as_planned;
SELECT * FROM difference;
SELECT c.relname, regexp_replace(pg_get_expr(c.relpartbound, c.oid), '\d{4}-.*', 'END') LIKE '%MINVALUE%' AS is_open, c.relkind, count(i.*) AS indexes,
	bool_and(i.indisvalid) AS valid, count(h.*) AS attached, obj_description(c.oid, 'pg_class') AS comment, c.relacl::text ~ 'elt_reader=r' AS granted,
	(SELECT string_agg(conname, ', ' ORDER BY conname) FROM pg_constraint k WHERE k.conrelid = c.oid AND contype = 'c') AS checks
FROM pg_class c LEFT JOIN pg_index i ON i.indrelid = c.oid LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
WHERE c.relnamespace = 'split_test'::regnamespace AND c.relname ~ '^visit_(p2024(0[1-4])|oldest|split|group)' AND c.relkind IN ('r', 'p') GROUP BY c.oid ORDER BY 1;
SELECT partition, lower_bound, state, rows FROM elt.partitions WHERE relation = 'visit'::regclass AND lower_bound < '2024-05-01' ORDER BY lower_bound;
SELECT count(*) FROM pg_class WHERE relnamespace = 'split_test'::regnamespace AND relname ~ 'changes|split|group';
SELECT * FROM elt.splits;
-- One of them again, by days; late rows find their place.
CALL elt.split_partition('visit_p20240201', '7 days');
INSERT INTO visit VALUES (5000, '2024-02-05'), (5001, '2024-02-28 23:59'), (5002, '1999-01-01') RETURNING tableoid::regclass, at;
DELETE FROM visit WHERE id >= 5000;
SELECT * FROM difference;
-- Retention takes one of them.
SELECT elt.set_policy('visit', retain => '1 day');
SELECT partition FROM elt.apply_retention('visit') ORDER BY 1 LIMIT 2;
SELECT elt.drop_policy('visit');
DROP TABLE visit, wanted CASCADE;

-- Interrupted at each statement that defines something, it goes on or begins anew, and no row is lost or doubled meanwhile.
CREATE TABLE event (ts date NOT NULL, n int, note text) PARTITION BY RANGE (ts);
CREATE TABLE event_old PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE event_new PARTITION OF event FOR VALUES FROM ('2024-02-01') TO (MAXVALUE);
SELECT elt.set_policy('event', 'ts', '7 days', partition_premake => 0);
INSERT INTO event SELECT date '2024-01-01' + i % 31, i % 10, 'x' FROM generate_series(1, 1000) i;
INSERT INTO event SELECT * FROM event LIMIT 100;
CREATE TABLE wanted AS TABLE event;
CREATE VIEW difference AS SELECT (SELECT count(*) FROM (TABLE event EXCEPT ALL TABLE wanted) m) AS more, (SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE event) l) AS less;
CREATE TABLE outcome (n int GENERATED ALWAYS AS IDENTITY, phase text, more bigint, less bigint);
CREATE SEQUENCE calls;
CREATE FUNCTION cancel_some() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	IF coalesce((SELECT phase FROM elt.splits), 'none') = current_setting('split.in_phase') AND nextval('split_test.calls') = current_setting('split.at')::int THEN
		RAISE query_canceled;
	END IF;
END $$;
-- A late row, a changed one, and one of several equal ones that goes, in both tables.
CREATE PROCEDURE change(i int) LANGUAGE plpgsql AS $$
BEGIN
	FOR t IN 1 .. 2 LOOP
		EXECUTE format('INSERT INTO split_test.%I VALUES (%L, %s, ''late'')', (ARRAY['event', 'wanted'])[t], date '2024-01-01' + i % 31, i);
		EXECUTE format('UPDATE split_test.%I SET ts = ts + 7, note = ''moved'' WHERE n = %s AND ts = ''2024-01-03''', (ARRAY['event', 'wanted'])[t], i % 10);
	END LOOP;
	WITH gone AS (DELETE FROM event WHERE (tableoid, ctid) = (SELECT tableoid, ctid FROM event WHERE n = i % 10 ORDER BY ts, note LIMIT 1) RETURNING *)
	DELETE FROM wanted WHERE ctid = (SELECT w.ctid FROM wanted w JOIN gone g USING (ts, n, note) LIMIT 1);
	PERFORM setval('calls', 1, false);
	PERFORM set_config('split.at', i::text, false);
END $$;
\set VERBOSITY sqlstate
\set split 'SELECT format(\'CALL change(%s)\', i), \'CALL elt.split_partition(\'\'event_old\'\')\', \'INSERT INTO outcome (phase, more, less) SELECT coalesce((SELECT phase FROM elt.splits), \'\'none\'\'), more, less FROM difference\' FROM generate_series'
\set maintain 'SELECT format(\'CALL change(%s)\', i), \'CALL elt_catalog.maintain()\', \'INSERT INTO outcome (phase, more, less) SELECT coalesce((SELECT phase FROM elt.splits), \'\'none\'\'), more, less FROM difference\' FROM generate_series'
SET split.in_phase = 'make';
CREATE EVENT TRIGGER split_cancel ON ddl_command_start EXECUTE FUNCTION cancel_some();
:split(1, 15) i \gexec
SET split.in_phase = 'undo';
:split(1, 2) i \gexec
SET split.in_phase = 'copy';
:split(1, 7) i \gexec
SET split.in_phase = 'attach';
:split(1, 1) i \gexec
:maintain(2, 18) i \gexec
DROP EVENT TRIGGER split_cancel;
\set VERBOSITY default
SELECT phase, more, less, count(*), min(n), max(n) FROM outcome GROUP BY 1, 2, 3 ORDER BY 5;
SELECT tableoid::regclass AS part, min(ts), max(ts), count(*) FROM event GROUP BY tableoid ORDER BY 1;
SELECT * FROM elt.splits;

-- An alteration meanwhile is not lost: it has to be undone. Retention waits, and the maintenance tells of it.
CREATE TABLE event_2023 (LIKE event INCLUDING ALL);
INSERT INTO event_2023 SELECT date '2023-01-01' + i, i, 'y' FROM generate_series(0, 364) i;
ALTER TABLE event ATTACH PARTITION event_2023 FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
SELECT elt.set_policy('event', partition_interval => '1 month', retain => '1 year');
CREATE FUNCTION hinder() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT FROM elt.splits WHERE phase = 'copy') THEN RAISE query_canceled; END IF; END $$;
CREATE EVENT TRIGGER split_hinder ON ddl_command_start EXECUTE FUNCTION hinder();
\set VERBOSITY sqlstate
CALL elt.split_partition('event_2023');
\set VERBOSITY default
DROP EVENT TRIGGER split_hinder;
SELECT relation, partition, phase, partitions, rows FROM elt.splits;
SELECT step, action, partition, reason, statement FROM elt.maintenance_plan('event') WHERE step = 'split';
SELECT partition, action, reason FROM elt.apply_retention('event', dry_run => true) WHERE partition = 'event_2023';
SET client_min_messages = error;
CALL elt_catalog.maintain();
RESET client_min_messages;
SELECT step, message, hint FROM elt.maintenance_errors;
INSERT INTO event VALUES ('2023-05-05', 1000, 'late');
ALTER TABLE event ADD added text DEFAULT 'new';
INSERT INTO event VALUES ('2023-05-05', 1001, 'later', 'x');
CALL elt.split_partition('event_2023');
CALL elt.split_partition('event_2023', undo => true);
CALL elt.split_partition('event_2023', undo => true);
SELECT count(*) FROM pg_class WHERE relnamespace = 'split_test'::regnamespace AND relname ~ 'changes|split|group';
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'event_2023'::regclass;
CALL elt.split_partition('event_2023');
CALL elt_catalog.maintain();
SELECT * FROM elt.maintenance_errors;
SELECT elt.drop_policy('event');

-- Numbers, in an unlogged partition with a foreign key and rows of several pages
CREATE TABLE product (id int PRIMARY KEY);
INSERT INTO product SELECT generate_series(1, 10);
CREATE TABLE sale (id int NOT NULL, product int REFERENCES product, note text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE UNLOGGED TABLE sale_all PARTITION OF sale FOR VALUES FROM (MINVALUE) TO (MAXVALUE) WITH (fillfactor = 55, toast.autovacuum_enabled = off);
INSERT INTO sale SELECT i, abs(i) % 10 + 1, repeat('x', 500) FROM generate_series(-20, 20000) i;
SELECT elt.set_policy('sale', 'id', partition_step => 5000);
CALL elt.split_partition('sale_all', '1 day');
CALL elt.split_partition('sale_all');
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) AS bounds, c.relpersistence, c.reloptions, t.reloptions AS toast,
	(SELECT count(*) FILTER (WHERE convalidated AND conparentid <> 0) FROM pg_constraint k WHERE conrelid = c.oid AND contype = 'f') AS keys
FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_class t ON t.oid = c.reltoastrelid WHERE inhparent = 'sale'::regclass ORDER BY c.relname;
SELECT tableoid::regclass, min(id), max(id), count(*), sum(length(note)) FROM sale GROUP BY tableoid ORDER BY 2;
INSERT INTO sale VALUES (-100, 11);
SELECT partition, lower_value, upper_value, state FROM elt.partitions WHERE relation = 'sale'::regclass;

SELECT count(elt.drop_policy(relation)) FROM elt.policies;
SET client_min_messages = warning;
DROP SCHEMA split_test CASCADE;
REVOKE ALL ON SCHEMA elt FROM split_user;
REVOKE ALL ON PROCEDURE elt.split_partition FROM split_user;
DROP ROLE split_user;
SELECT elt.rotate_partitions();
SELECT count(*) FROM elt.partitions;
