-- Change logs: what is logged, by whom, in which order, and as of when.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA change_test;
SET search_path = change_test;
CREATE SERVER change_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', conditional 'false');
CREATE FOREIGN TABLE item_api (answer text OPTIONS (param 'answer'), id int, name text, version int, gone boolean)
	SERVER change_api OPTIONS (path '/echo', query 'body={answer}');
CREATE FUNCTION land(pipeline text, body text) RETURNS text LANGUAGE sql AS
	$$SELECT elt.alter_pipeline(pipeline, params => jsonb_build_object('answer', jsonb_build_array(body)))$$;

SELECT elt.create_pipeline('change_item', 'item_api', 'item', '{id}', params => '{"answer": ["[]"]}',
	options => '{"sequence_by": ["version"], "delete_when": "gone", "change_log": "7 days"}');
\d+ item_changes
SELECT partition_interval, partition_premake, retain, retain_action FROM elt.policies WHERE relation = 'item_change_log'::regclass;

-- Inserts, an update and an unchanged row, a delete, and one that comes back.
SELECT land('change_item', '[{"id":1,"name":"a","version":1},{"id":2,"name":"b","version":1}]') \gset
CALL elt.run('change_item');
SELECT land('change_item', '[{"id":1,"name":"A","version":2},{"id":2,"name":"b","version":1},{"id":3,"name":"c","version":1}]') \gset
CALL elt.run('change_item');
SELECT land('change_item', '[{"id":1,"version":3,"gone":true},{"id":9,"version":1,"gone":true}]') \gset
CALL elt.run('change_item');
SELECT land('change_item', '[{"id":1,"name":"back","version":4}]') \gset
CALL elt.run('change_item');
SELECT _change_type, dense_rank() OVER (ORDER BY _run_id) AS run, id, name, version FROM item_changes ORDER BY _change_id;
SELECT count(DISTINCT _committed_at) FROM item_changes;

-- What is done by hand has no run; what becomes a tombstone is deleted, and its purge is no change.
BEGIN;
UPDATE item SET name = upper(name) WHERE id < 3;
SELECT count(*) FROM item_changes WHERE _run_id IS NULL;
SAVEPOINT s;
DELETE FROM item;
ROLLBACK TO s;
UPDATE item SET _deleted = true WHERE id = 2;
COMMIT;
DELETE FROM item WHERE _deleted;
TRUNCATE item;
SELECT _change_type, id, name FROM item_changes WHERE _run_id IS NULL ORDER BY _change_id;
BEGIN ISOLATION LEVEL REPEATABLE READ;
TRUNCATE item;
ROLLBACK;

-- What one statement removes from a key is before what it adds to it; of WITH and MERGE the inserts are seen first.
INSERT INTO item (id, name) VALUES (21, 'a'), (22, 'b'), (23, 'c'), (24, 'd');
CREATE VIEW newest AS SELECT _change_id, _change_type, id, name FROM item_changes
	WHERE _change_id > (SELECT max(_change_id) FROM item_changes WHERE _change_type = 'insert' AND id = 30);
INSERT INTO item (id) VALUES (30);
SELECT clock_timestamp() AS before \gset
MERGE INTO item t USING (VALUES (21, 31, NULL), (22, 22, 'B'), (24, 0, NULL), (31, 21, 'new 21'), (32, 24, 'new 24')) s(id, to_id, name)
	ON t.id = s.id
	WHEN MATCHED AND s.to_id = 0 THEN DELETE
	WHEN MATCHED THEN UPDATE SET id = to_id, name = coalesce(s.name, t.name)
	WHEN NOT MATCHED THEN INSERT (id, name) VALUES (to_id, s.name);
SELECT _change_type, id, name FROM newest WHERE id IN (21, 24) ORDER BY _change_id;
SELECT id, name FROM item_as_of(:'before') WHERE id > 20 ORDER BY id;
SELECT id, name FROM item_as_of(now()) WHERE id > 20 ORDER BY id;
SELECT clock_timestamp() AS before \gset
ALTER TABLE item DROP CONSTRAINT item_pkey;
WITH added AS (INSERT INTO item (id, name) VALUES (22, 'twice'), (23, 'newer')),
	updated AS (UPDATE item SET id = 33 WHERE id = 22)
DELETE FROM item WHERE id = 23;
SELECT _change_type, id, name FROM item_changes WHERE id IN (22, 23, 33) ORDER BY _change_id DESC LIMIT 6;
SELECT id, name FROM item_as_of(:'before') WHERE id IN (22, 23, 33) ORDER BY id;
DELETE FROM item WHERE id > 20;
ALTER TABLE item ADD PRIMARY KEY (id);
-- What triggers do to a row of the statement that calls them follows it; what they do to make place for one does not.
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() > 1 THEN
	ELSIF TG_WHEN = 'BEFORE' THEN
		DELETE FROM item WHERE id = NEW.id;
	ELSIF NEW.name = 'gone' THEN
		DELETE FROM item WHERE id = NEW.id;
	ELSE
		UPDATE item SET name = NEW.name || '!' WHERE id = NEW.id;
	END IF;
	RETURN NEW;
END $$;
INSERT INTO item (id, name) VALUES (40, 'a'), (41, 'same');
SELECT max(_change_id) AS last, clock_timestamp() AS before FROM item_changes \gset
CREATE TRIGGER touch AFTER INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION touch();
UPDATE item SET name = 'b' WHERE id = 40;
INSERT INTO item (id, name) VALUES (42, 'new'), (43, 'gone');
DROP TRIGGER touch ON item;
CREATE TRIGGER touch BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION touch();
INSERT INTO item (id, name) VALUES (41, 'same');
DROP TRIGGER touch ON item;
SELECT id, string_agg(_change_type || ' ' || name, ', ' ORDER BY _change_id) FROM item_changes WHERE _change_id > :last GROUP BY id ORDER BY id;
SELECT id, name FROM item_as_of(:'before') WHERE id >= 40 ORDER BY id;
-- So does what triggers do within triggers.
CREATE FUNCTION deeper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() < 5 THEN
		UPDATE item SET name = NEW.name || pg_trigger_depth() WHERE id = NEW.id;
		UPDATE item SET version = pg_trigger_depth() WHERE id = 41;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER deeper AFTER INSERT OR UPDATE ON item FOR EACH ROW WHEN (NEW.id > 41) EXECUTE FUNCTION deeper();
INSERT INTO item (id, name) VALUES (44, 'n');
DROP TRIGGER deeper ON item;
DROP FUNCTION deeper;
SELECT id, string_agg(_change_type || ' ' || name || coalesce(version, 0), ', ' ORDER BY _change_id) FROM item_changes WHERE _change_id > (SELECT max(_change_id) FROM item_changes WHERE id = 43) GROUP BY id ORDER BY id;
SELECT id, name, version FROM item WHERE id IN (41, 44) ORDER BY id;
DELETE FROM item WHERE id >= 40;
DROP FUNCTION touch;
DROP VIEW newest;

-- A log to which others have added a trigger is written by statements, to the same effect; large values are its own.
CREATE TABLE heard (change "char", id int);
CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO change_test.heard VALUES (NEW._change, NEW.id); RETURN NEW; END $$;
CREATE PROCEDURE change_some() LANGUAGE sql AS $$
	INSERT INTO item (id, name, version, _deleted) SELECT i, (SELECT string_agg(md5((i * 1000 + n)::text), '') FROM generate_series(1, 200) n), 1, i % 3 = 0 FROM generate_series(60, 70) i;
	UPDATE item SET version = 2, _deleted = id % 2 = 0 WHERE id >= 60;
	DELETE FROM item WHERE id >= 60;
$$;
SELECT max(_change_id) AS last FROM item_change_log \gset
CALL change_some();
CREATE TEMP TABLE in_bulk AS SELECT row_number() OVER (ORDER BY _change_id) AS n, _change, id, name, version, _deleted FROM item_change_log WHERE _change_id > :last;
SELECT max(_change_id) AS last FROM item_change_log \gset
CREATE TRIGGER hear BEFORE INSERT ON item_change_log FOR EACH ROW EXECUTE FUNCTION hear();
CALL change_some();
DROP TRIGGER hear ON item_change_log;
VACUUM item;
SELECT _change, count(*), min(length(name)), max(length(name)), count(DISTINCT version) AS versions FROM in_bulk GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM heard;
SELECT count(*) FROM (SELECT row_number() OVER (ORDER BY _change_id) AS n, _change, id, name, version, _deleted FROM item_change_log WHERE _change_id > :last EXCEPT TABLE in_bulk) d;
DROP TABLE heard, in_bulk;
DROP FUNCTION hear;
DROP PROCEDURE change_some;

-- The columns follow those of the target, as do the names in the function.
ALTER TABLE item ADD COLUMN note text DEFAULT 'none', ADD COLUMN size int;
ALTER TABLE item RENAME COLUMN name TO title;
INSERT INTO item (id, title, size) VALUES (5, 'x', 1);
ALTER TABLE item ALTER COLUMN size TYPE numeric(10,2);
UPDATE item SET size = 2.5;
SELECT _change_type, id, title, size, note FROM item_changes ORDER BY _change_id DESC LIMIT 3;
ALTER TABLE item DROP COLUMN note, DROP COLUMN size;
ALTER TABLE item RENAME TO thing;
CREATE SCHEMA change_other;
ALTER TABLE thing SET SCHEMA change_other;
ALTER SCHEMA change_other RENAME TO change_moved;
SELECT id, title FROM item_as_of(now());

-- The owner of a log who may not create there does not stop whoever renames a schema.
CREATE ROLE change_owner;
ALTER TABLE item_change_log OWNER TO change_owner;
ALTER SCHEMA change_test RENAME TO change_renamed;
ALTER SCHEMA change_renamed RENAME TO change_test;
-- Nor whoever changes the table: what the owner had is made again, without the right to create it.
DO $$ DECLARE part regclass; BEGIN
	FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'item_change_log'::regclass LOOP
		EXECUTE format('ALTER TABLE %s OWNER TO change_owner', part);
	END LOOP;
END $$;
ALTER TABLE item_change_commits OWNER TO change_owner;
ALTER VIEW item_changes OWNER TO change_owner;
ALTER FUNCTION item_as_of OWNER TO change_owner;
GRANT USAGE ON SCHEMA change_test, change_moved TO change_owner;
ALTER TABLE change_moved.thing OWNER TO change_owner;
ALTER TABLE change_moved.thing ADD COLUMN size int, ADD COLUMN "other size" int;
ALTER TABLE change_moved.thing ALTER COLUMN size TYPE bigint, DROP COLUMN "other size";
ALTER TABLE change_moved.thing RENAME COLUMN size TO width;
ALTER SCHEMA change_test RENAME TO change_renamed;
ALTER SCHEMA change_renamed RENAME TO change_test;
SELECT id, title, width FROM item_as_of(now());
SELECT c.relowner::regrole, f.proowner::regrole, (SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute a WHERE a.attrelid = c.oid)
	FROM pg_class c, pg_proc f WHERE c.oid = 'item_changes'::regclass AND f.oid = 'item_as_of'::regproc;
-- What cannot follow is said, and the next change tries again.
CREATE VIEW upon AS SELECT width FROM item_changes;
ALTER TABLE change_moved.thing DROP COLUMN width;
INSERT INTO change_moved.thing (id, title) VALUES (5, 'x') ON CONFLICT (id) DO UPDATE SET title = 'xx';
DROP VIEW upon;
INSERT INTO change_moved.thing (id, title) VALUES (5, 'x') ON CONFLICT (id) DO UPDATE SET title = 'xx';
SELECT _change_type, id, title, version FROM item_changes ORDER BY _change_id DESC LIMIT 1;
REASSIGN OWNED BY change_owner TO CURRENT_USER;
DROP OWNED BY change_owner;
DROP ROLE change_owner;
INSERT INTO change_moved.thing (id, title) VALUES (6, 'y');
SELECT _change_type, id, title, version FROM item_changes ORDER BY _change_id DESC LIMIT 1;
ALTER TABLE change_moved.thing RENAME COLUMN title TO name;
ALTER TABLE change_moved.thing SET SCHEMA change_test;
ALTER TABLE thing RENAME TO item;
DROP SCHEMA change_moved;

-- Who may read the target may read its changes.
CREATE ROLE change_reader;
GRANT USAGE ON SCHEMA change_test TO change_reader;
GRANT elt_reader TO change_reader;
SET ROLE change_reader;
SELECT count(*) > 0 FROM item_changes;
RESET ROLE;
GRANT SELECT ON item TO change_reader;
SET ROLE change_reader;
SELECT count(*) > 0 FROM item_changes;
SELECT count(*) FROM item_as_of(now());
SELECT elt.consumer('change_mine', 'item', from_start => true);
SELECT count(*) FROM elt.next_changes('change_mine', NULL::item_changes, max_rows => 3);
SELECT elt.drop_consumer('change_mine');
RESET ROLE;
REVOKE SELECT ON item FROM change_reader;
SET ROLE change_reader;
SELECT count(*) > 0 FROM item_changes;
RESET ROLE;

-- Rows as of a time, and times that the log does not reach.
\set VERBOSITY terse
SELECT count(*) FROM item_as_of('2020-01-01');
\set VERBOSITY default
BEGIN;
INSERT INTO item (id, name) VALUES (7, 'z');
SELECT count(*) FROM item_as_of(now());
ROLLBACK;
SELECT elt.check_change_log('item', NULL);
SELECT elt.check_change_log('pg_class', now());

-- A consumer reads on from where it has advanced to, at most what is asked for; not its own changes.
SELECT elt.consumer('change_new', 'item');
SELECT elt.consumer('change_all', 'item', from_start => true);
INSERT INTO item (id, name) VALUES (10, 'k'), (11, 'l'), (12, 'm');
SELECT _change_type, id, name FROM elt.next_changes('change_new', NULL::item_changes, max_rows => 2);
SELECT elt.advance('change_new', max(_change_id)) FROM elt.next_changes('change_new', NULL::item_changes, max_rows => 2);
BEGIN;
UPDATE item SET name = 'M' WHERE id = 12;
SELECT _change_type, id, name FROM elt.next_changes('change_new', NULL::item_changes);
COMMIT;
SELECT elt.advance('change_new', max(_change_id)) FROM elt.next_changes('change_new', NULL::item_changes);
SELECT elt.advance('change_new', max(_change_id)) FROM elt.next_changes('change_new', NULL::item_changes);
SELECT elt.advance('change_new', 1);
SELECT elt.advance('change_new', 1000000);
SELECT consumer, target, changes, lag_rows, lag < '1 hour' AS lag, advanced_at IS NULL AS never FROM elt.consumers;
SELECT elt.next_changes('change_new', NULL::item);
SELECT elt.next_changes('change_new', NULL::item_changes, 0);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT elt.next_changes('change_new', NULL::item_changes);
ROLLBACK;
SET ROLE change_reader;
SELECT elt.advance('change_new', 2000);
RESET ROLE;

-- Retention waits for it, and says so.
CREATE TABLE old_changes (LIKE item_change_log INCLUDING ALL EXCLUDING IDENTITY);
ALTER TABLE item_change_log ATTACH PARTITION old_changes FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
INSERT INTO old_changes (_change_id, _commit_id, _change, _logged_at, id) VALUES (1, 1, 'd', '2020-01-01', 1);
SELECT partition, action, reason FROM elt.apply_retention('item_change_log');
SELECT severity, message ~ 'change_all .* since .*2020' AS since, statement FROM elt.health WHERE subject = 'consumer';
SELECT elt.drop_consumer('change_all');
SELECT partition, action, reason FROM elt.apply_retention('item_change_log');
SELECT elt.drop_consumer('change_new');

-- The log ends with the option, not before its consumers.
SELECT elt.consumer('change_last', 'item');
SELECT elt.consumer('change_last', 'item');
SELECT elt.consumer('change_none', 'pg_class');
SELECT elt.alter_pipeline('change_item', options => '{"change_log": null}');
SELECT elt.drop_consumer('change_last');
SELECT elt.drop_consumer('change_last');
SELECT elt.drop_consumer('change_last', if_exists => true);
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "30 days"}');
SELECT retain FROM elt.policies WHERE relation = 'item_change_log'::regclass;
SELECT elt.alter_pipeline('change_item', options => '{"change_log": null}');
SELECT relname FROM pg_class WHERE relnamespace = 'change_test'::regnamespace AND relname ~ 'change|as_of' ORDER BY 1;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'item'::regclass;

-- Whoever drops parts of a log hinders no other statement; the option makes what can be made again.
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "7 days"}');
DROP FUNCTION item_as_of;
DROP VIEW item_changes;
GRANT SELECT ON item TO change_reader;
ALTER TABLE item ADD COLUMN more int;
ALTER TABLE item DROP COLUMN more;
INSERT INTO item (id) VALUES (50);
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "7 days"}');
SELECT _change_type, id FROM item_changes;
SELECT has_table_privilege('change_reader', 'item_changes', 'SELECT'), has_function_privilege('change_reader', 'item_as_of(timestamptz)', 'EXECUTE');
DROP TABLE item_change_commits CASCADE;
SELECT severity, pipeline, message, statement FROM elt.health WHERE subject = 'change log';
REVOKE SELECT ON item FROM change_reader;
ALTER TABLE item ADD COLUMN more int;
INSERT INTO item (id) VALUES (51);
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "7 days"}');
SELECT elt.alter_pipeline('change_item', options => '{"change_log": null}');
INSERT INTO item (id) VALUES (51);
ALTER TABLE item DROP COLUMN more;
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "7 days"}');
DROP TABLE item_change_log CASCADE;
SELECT elt.alter_pipeline('change_item', options => '{"change_log": null}');
DELETE FROM item WHERE id > 20;
SELECT relname FROM pg_class WHERE relnamespace = 'change_test'::regnamespace AND relname ~ 'change|as_of' ORDER BY 1;

-- One transaction can end a log and begin another.
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "7 days"}');
BEGIN;
INSERT INTO item (id) VALUES (52);
SELECT elt.alter_pipeline('change_item', options => '{"change_log": null}');
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "7 days"}');
DELETE FROM item WHERE id > 20;
COMMIT;
SELECT _change_type, id FROM item_changes;
SELECT elt.alter_pipeline('change_item', options => '{"change_log": null}');

-- What cannot have one.
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "0"}');
CREATE TABLE item_changes (x int);
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "1 hour"}');
DROP TABLE item_changes;
ALTER TABLE item ADD COLUMN _change_type text;
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "1 hour"}');
ALTER TABLE item DROP COLUMN _change_type;

-- It goes with its target, and stays with it when the pipeline goes.
SELECT elt.alter_pipeline('change_item', options => '{"change_log": "1 hour"}');
ALTER TABLE item ADD COLUMN _commit_id int;
INSERT INTO item (id) VALUES (60);
ALTER TABLE item RENAME COLUMN _commit_id TO commit_id;
DELETE FROM item WHERE id = 60;
ALTER TABLE item DROP COLUMN commit_id;
SELECT partition_interval FROM elt.policies WHERE relation = 'item_change_log'::regclass;
SELECT elt.drop_pipeline('change_item');
INSERT INTO item (id, name) VALUES (8, 'w');
SELECT _change_type, id, name FROM item_changes;
DROP TABLE item CASCADE;
SELECT relname FROM pg_class WHERE relnamespace = 'change_test'::regnamespace AND relname ~ '^item_[ca]' ORDER BY 1;
SELECT proname FROM pg_proc WHERE pronamespace = 'change_test'::regnamespace ORDER BY 1;

-- A name with quotes
CREATE TABLE quoted_rows ("i'd" int, "a""b" text);
SELECT elt.create_pipeline('change_quoted', 'quoted_rows', '"T "" ''q; $1"', $${"i'd"}$$, options => '{"change_log": "1 day"}');
INSERT INTO "T "" 'q; $1" VALUES (1, 'x');
UPDATE "T "" 'q; $1" SET "a""b" = 'y';
SELECT _change_type, "i'd", "a""b" FROM "T "" 'q; $1_changes" ORDER BY _change_id;
SELECT "i'd", "a""b" FROM "T "" 'q; $1_as_of"(now());
SELECT elt.drop_pipeline('change_quoted');

-- A MERGE into partitions that inserts and updates by turns
CREATE TABLE part_rows (id int, n int);
CREATE TABLE parted (id int PRIMARY KEY, n int, _run_id bigint, _loaded_at timestamptz) PARTITION BY RANGE (id);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_10 PARTITION OF parted FOR VALUES FROM (10) TO (20);
SELECT elt.create_pipeline('change_part', 'part_rows', 'parted', '{id}', options => '{"change_log": "1 day"}');
INSERT INTO parted (id, n) SELECT i, i FROM generate_series(0, 18, 2) AS i;
SET enable_hashjoin = off;
MERGE INTO parted AS t USING (SELECT i, i / 6 AS n FROM generate_series(0, 19) AS i) AS s ON t.id = s.i
	WHEN MATCHED AND s.i = 8 THEN DELETE
	WHEN MATCHED AND s.i % 6 = 0 THEN UPDATE SET n = s.n
	WHEN NOT MATCHED AND s.i % 3 = 2 THEN INSERT (id, n) VALUES (s.i, s.n);
RESET enable_hashjoin;
SELECT _change_type, id, n FROM parted_changes WHERE (id, n) NOT IN (SELECT i, i FROM generate_series(1, 18) AS i) OR _change_type <> 'insert'
	ORDER BY id, _change_type DESC;
SELECT elt.drop_pipeline('change_part');
DROP TABLE parted CASCADE;

-- An owner who may create nothing: what others write needs partitions of the log.
CREATE ROLE change_poor;
GRANT USAGE, CREATE ON SCHEMA change_test TO change_poor;
GRANT elt_admin TO change_poor;
CREATE TABLE poor_rows (id int, n int);
ALTER TABLE poor_rows OWNER TO change_poor;
SET ROLE change_poor;
SELECT elt.create_pipeline('change_poor', 'poor_rows', 'poor', '{id}', options => '{"change_log": "1 day"}');
RESET ROLE;
REVOKE CREATE ON SCHEMA change_test FROM change_poor;
DO $$ DECLARE part regclass; BEGIN
	FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'poor_change_log'::regclass LOOP
		EXECUTE format('DROP TABLE %s', part);
	END LOOP;
END $$;
INSERT INTO poor (id, n) VALUES (1, 1);
SELECT _change_type, id, n FROM poor_changes;
SELECT relowner::regrole, relhasindex FROM pg_class JOIN pg_inherits ON oid = inhrelid WHERE inhparent = 'poor_change_log'::regclass;
CALL elt_catalog.maintain();
SELECT count(*) > 1 AS ahead FROM pg_inherits WHERE inhparent = 'poor_change_log'::regclass;
SELECT message FROM elt.maintenance_errors WHERE relation = 'poor_change_log'::regclass;
-- Whoever the pipeline is handed over to with its tables approves the policy of the log.
CREATE ROLE change_heir;
GRANT elt_admin TO change_heir;
GRANT USAGE ON SCHEMA change_test TO change_heir;
REASSIGN OWNED BY change_poor TO change_heir;
SELECT elt.alter_pipeline('change_poor', owner => 'change_heir');
SELECT set_by FROM elt.policies WHERE relation = 'poor_change_log'::regclass;
SELECT elt.drop_pipeline('change_poor');
DROP TABLE poor CASCADE;
DROP OWNED BY change_poor, change_heir;
DROP ROLE change_poor, change_heir;

DROP SERVER change_api CASCADE;
DROP OWNED BY change_reader;
DROP ROLE change_reader;
DROP SCHEMA change_test CASCADE;
