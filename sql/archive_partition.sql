-- Retention by archive: rows leave the table only when a verified file has them.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = warning;
CREATE SCHEMA archive_test;
SET search_path = archive_test;
SELECT current_setting('data_directory') || '/elt_archive_test' AS root \gset
SELECT set_config('archive_test.root', :'root', false) IS NULL AS unset;
CREATE TEMP TABLE said (line text);
CREATE FUNCTION in_root(command text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE said;
	EXECUTE format('COPY said FROM PROGRAM %L', format('mkdir -p "%1$s" && cd "%1$s" && { %2$s; }', current_setting('archive_test.root'), command));
	RETURN QUERY TABLE said;
END $$;
-- every file below the root, hidden ones too
CREATE VIEW files AS SELECT in_root AS file FROM in_root('find . -type f | LC_ALL=C sort');
SELECT in_root('rm -rf *');
CREATE SERVER archive_lake FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE TABLE event (id int, ts timestamptz NOT NULL, amount numeric, note text, PRIMARY KEY (ts, id)) PARTITION BY RANGE (ts);
CREATE TABLE event_new PARTITION OF event FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
CREATE FOREIGN TABLE archived (id int, ts timestamptz, amount numeric, note text) SERVER archive_lake OPTIONS (glob '**/*.parquet', format 'parquet', settle '0');
CREATE VIEW states AS SELECT partition, state, action, step, held, error, archive, archived_rows FROM elt.partitions
	WHERE relation = 'event'::regclass AND state <> 'attached' ORDER BY lower_bound, partition;
-- A partition of a day with rows; detached, and with an action that a crash has left behind that step, if there is one.
CREATE PROCEDURE make_part(part text, day date, step text DEFAULT NULL) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %I PARTITION OF event FOR VALUES FROM (%L) TO (%L)', part, day, day + 1);
	EXECUTE format('INSERT INTO event SELECT i, %L::timestamptz + i * interval %L, i / 7.0, repeat(chr(64 + i), i) FROM generate_series(1, 20) i', day, '1 min');
	IF step IS NULL THEN RETURN; END IF;
	INSERT INTO elt_catalog.partition (relation, name, part, lower_bound, upper_bound, state, action, step, archive)
	VALUES ('event', part, format('%I', part)::regclass, day, day + 1, 'detached', 'archive', step,
		jsonb_build_object('server', 'archive_lake', 'path', 'cold/' || part || '.parquet'));
	EXECUTE format('ALTER TABLE event DETACH PARTITION %I', part);
END $$;

-- What a policy refuses
SELECT elt.set_policy('event', 'ts', '1 day', partition_premake => 0, retain => '1 year', retain_action => 'archive');
SELECT elt.set_policy('event', 'ts', '1 day', retain => '1 year', retain_action => 'archive', archive_server => 'nowhere', archive_path => 'cold');
SELECT elt.set_policy('event', 'ts', '1 day', retain => '1 year', retain_action => 'archive', archive_server => 'archive_lake', archive_path => '../cold');
SELECT elt.set_policy('event', 'ts', '1 day', retention => '[{"after": "1 year", "do": "archive", "server": "archive_lake", "path": "cold", "to": "ashes"}]');
SELECT elt.set_policy('event', 'ts', '1 day', retention => '[{"after": "1 year", "do": "archive", "server": "archive_lake", "path": "cold"}, {"after": "2 years", "do": "detach"}]');
CREATE ROLE archive_test_owner;
GRANT ALL ON SCHEMA archive_test TO archive_test_owner;
ALTER TABLE event OWNER TO archive_test_owner;
SELECT elt.set_policy('event', 'ts', '1 day', retain => '1 year', retain_action => 'archive', archive_server => 'archive_lake', archive_path => 'cold');
GRANT USAGE ON FOREIGN SERVER archive_lake TO archive_test_owner;
SELECT elt.set_policy('event', 'ts', '1 day', retain => '1 year', retain_action => 'archive', archive_server => 'archive_lake', archive_path => 'cold');
ALTER TABLE event OWNER TO current_user;

-- Rows move into a file.
SELECT elt.set_policy('event', 'ts', '1 day', partition_premake => 0, retain => '1 year', retain_action => 'archive',
	archive_server => 'archive_lake', archive_path => 'cold');
CALL make_part('event_a', '2020-01-01');
CREATE TABLE expected AS SELECT * FROM event;
SELECT action, partition, statement FROM elt.maintenance_plan('event') WHERE step = 'retention';
SELECT elt.hold('event', '2020-01-01', '2020-01-02', 'audit') > 0 AS held;
CALL elt_catalog.maintain();
SELECT count(*) FROM event;
SELECT elt.release(hold_id) FROM elt.holds WHERE reason = 'audit';
CALL elt_catalog.maintain();
SELECT * FROM states;
SELECT * FROM files;
SELECT count(*) FROM event;
SELECT to_regclass('event_a') AS dropped;
(TABLE archived EXCEPT TABLE expected) UNION ALL (TABLE expected EXCEPT TABLE archived);
CALL elt_catalog.maintain();
SELECT partition, state FROM states;

-- A chain takes server and path from the policy, and an action that needs none may replace it.
SELECT elt.set_policy('event', retention => '[{"after": "1 year", "do": "detach"}, {"after": "2 years", "do": "archive"}]');
CALL make_part('event_b', '2020-01-02');
CALL elt_catalog.maintain();
SELECT partition, state, archive, archived_rows FROM states;
SELECT elt.set_policy('event', retain => '1 year', retain_action => 'drop');
SELECT elt.set_policy('event', retain_action => 'archive');

-- Wherever it was interrupted it goes on, whatever the file is then.
CALL make_part('event_c', '2020-01-03', 'name archive');
CALL make_part('event_d', '2020-01-04', 'detach');
CALL make_part('event_e', '2020-01-05', 'write archive');
CALL make_part('event_f', '2020-01-06', 'write archive');
CALL make_part('event_g', '2020-01-07', 'write archive');
CALL make_part('event_h', '2020-01-08', 'write archive');
SELECT in_root('cd cold; cp event_a.parquet event_e.parquet; cp event_a.parquet event_f.parquet; head -c 500 event_a.parquet > event_d.parquet; head -c 500 event_a.parquet > event_g.parquet');
CALL elt_catalog.maintain();
SELECT partition, state, action, step, error, archived_rows FROM states WHERE partition >= 'event_c';
SELECT relation, step, sqlstate, message FROM elt.maintenance_errors;
SELECT part, (SELECT count(*) FROM elt.partitions WHERE partition = part AND to_regclass(part) IS NOT NULL) AS kept
FROM unnest('{event_e,event_f,event_g,event_h}'::text[]) AS part;
CALL elt_catalog.maintain();
SELECT partition, state, action, step, error, archived_rows FROM states WHERE partition >= 'event_c';
SELECT * FROM files;
SELECT count(*), count(DISTINCT ts) FROM archived;

-- What is written into the table after its archive has been verified is not lost.
CALL make_part('event_i', '2020-01-09');
BEGIN;
SELECT partition, action FROM elt.apply_retention('event');
SELECT partition, state, archived_rows FROM states WHERE partition = 'event_i';
ROLLBACK;
SELECT to_regclass('event_i') IS NOT NULL AS kept;
SELECT in_root('mv cold/event_i.*.parquet cold/event_i.parquet');
ALTER TABLE event DETACH PARTITION event_i;
INSERT INTO elt_catalog.partition (relation, name, part, lower_bound, upper_bound, state, action, step, archive)
VALUES ('event', 'event_i', 'event_i'::regclass, '2020-01-09', '2020-01-10', 'detached', 'archive', 'write archive', '{"server": "archive_lake", "path": "cold/event_i.parquet"}');
UPDATE event_i SET note = 'late' WHERE id = 1;
CALL elt_catalog.maintain();
SELECT partition, state, action, step, error, archived_rows FROM states WHERE partition = 'event_i';
SELECT count(*) FROM event_i;
INSERT INTO event_i VALUES (100, '2020-01-09 12:00', 1, 'later');
CALL elt_catalog.maintain();
SELECT partition, state, action, step, error, archived_rows FROM states WHERE partition = 'event_i';
SELECT count(*) FROM archived WHERE note LIKE 'late%';

-- By hand
CALL make_part('event_j', '2020-01-10');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT partition, action FROM elt.apply_retention('event');
ROLLBACK;
SELECT partition, action FROM elt.apply_retention('event');
SELECT partition, state, archived_rows FROM states WHERE partition = 'event_j';

-- A file that is not its own stays, and names are safe as names of files.
SELECT in_root('echo mine > cold/event_k.parquet');
CALL make_part('event_k', '2020-01-11');
CALL make_part('../"e*?/ä', '2020-01-12');
CALL make_part('_' || repeat('%', 62), '2020-01-13');
CALL elt_catalog.maintain();
SELECT partition, state, error, archive, archived_rows FROM states WHERE lower(partition) IN ('event_k') OR partition !~ '^event';
SELECT in_root('cat cold/event_k.parquet; rm cold/event_k.parquet');
SELECT count(*), count(DISTINCT ts) FROM archived;

-- A partition of a name that is in an archive does not overwrite it.
CALL make_part('event_a', '2020-01-14');
CALL elt_catalog.maintain();
SELECT partition, lower_bound, state, archive, archived_rows FROM elt.partitions WHERE archive ~ 'event_a';

-- Restored, byte by byte, with a hold that keeps it; triggers of the table are not executed.
CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''stopped''; END';
CREATE TRIGGER stop BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION stop();
ALTER TABLE event ADD COLUMN since int;
SELECT * FROM elt.restore_partition('event', '2020-01-02', '2020-01-01');
SELECT * FROM elt.restore_partition(NULL);
SELECT * FROM elt.restore_partition('expected');
SELECT * FROM elt.restore_partition('event', '2020-01-01 10:00', '2020-01-02 00:00');
SELECT md5(string_agg((id, ts, amount, note)::text, ',' ORDER BY ts)) = (SELECT md5(string_agg((id, ts, amount, note)::text, ',' ORDER BY ts)) FROM expected) AS same,
	count(*), count(since) FROM event WHERE ts < '2020-01-02';
SELECT relation, from_time, to_time, reason FROM elt.holds WHERE released_at IS NULL;
CALL elt_catalog.maintain();
SELECT partition, state, held IS NOT NULL AS held, archive, archived_rows FROM elt.partitions WHERE lower_bound = '2020-01-01';
SELECT count(*) FROM elt.restore_partition('event', '2020-01-01', '2020-01-02');
\set VERBOSITY sqlstate
SELECT in_root('cp cold/event_c.parquet cold/event_b.parquet');
SELECT count(*) FROM elt.restore_partition('event', '2020-01-02', '2020-01-03');
SELECT in_root('rm cold/event_b.parquet');
SELECT count(*) FROM elt.restore_partition('event', '2020-01-02', '2020-01-03');
\set VERBOSITY default
SELECT elt.release(hold_id) FROM elt.holds WHERE reason = 'restored';
CALL elt_catalog.maintain();
SELECT partition, state, archive, archived_rows FROM elt.partitions WHERE lower_bound = '2020-01-01';
DROP TRIGGER stop ON event;
ALTER TABLE event DROP COLUMN since CASCADE;

-- Rows that the owner does not see are not lost.
CALL make_part('event_l', '2020-01-15');
ALTER TABLE event_l ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY few ON event_l USING (id > 10);
ALTER TABLE event OWNER TO archive_test_owner;
ALTER TABLE event_l OWNER TO archive_test_owner;
GRANT pg_write_server_files TO archive_test_owner;
CALL elt_catalog.maintain();
SELECT partition, state, step, error FROM states WHERE partition = 'event_l';
SELECT count(*) FROM event_l;
ALTER TABLE event_l NO FORCE ROW LEVEL SECURITY;
CALL elt_catalog.maintain();
SELECT partition, state, error, archived_rows FROM states WHERE partition = 'event_l';

-- One whose table somebody drops is not archived.
ALTER TABLE event OWNER TO current_user;
CALL make_part('event_m', '2020-01-16', 'write archive');
DROP TABLE event_m;
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;
SELECT partition, state, action, archived_rows FROM states WHERE partition = 'event_m';
CALL elt_catalog.maintain();
SELECT message FROM elt.maintenance_errors;

-- What Parquet does not have is archived in the other format when the policy says so.
ALTER TABLE event ADD COLUMN marks int[];
CALL make_part('event_n', '2020-01-17');
UPDATE event SET marks = '[5:6]={1,2}' WHERE id = 3;
CREATE TABLE kept AS SELECT * FROM event WHERE ts >= '2020-01-17' AND ts < '2020-01-18';
CALL elt_catalog.maintain();
SELECT message, hint FROM elt.maintenance_errors;
SELECT elt.set_policy('event', archive_format => 'csv.zst');
CALL elt_catalog.maintain();
SELECT state, error, archive FROM states WHERE partition = 'event_n';
CALL elt_catalog.maintain();
SELECT state, error, archive, archived_rows FROM states WHERE partition = 'event_n';
CREATE VIEW came AS SELECT * FROM event_all WHERE ts >= '2020-01-17' AND ts < '2020-01-18';
SELECT count(*) FROM ((TABLE kept EXCEPT ALL TABLE came) UNION ALL (TABLE came EXCEPT ALL TABLE kept)) d;
DROP VIEW came;

SELECT elt.drop_policy('event');
SELECT in_root('rm -rf cold');
DROP SCHEMA archive_test CASCADE;
DROP SERVER archive_lake;
DROP ROLE archive_test_owner;
DELETE FROM elt_catalog.hold;
SELECT elt.rotate_partitions();
SELECT count(*) FROM elt.partitions;
