-- Retention: holds, readers, chains of actions, a state for each partition.
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA retention_test;
SET search_path = retention_test;

-- What a chain refuses
CREATE TABLE event (ts timestamptz NOT NULL) PARTITION BY RANGE (ts);
CREATE VIEW states AS SELECT partition, state, action, step, held, error FROM elt.partitions
	WHERE relation = 'event'::regclass ORDER BY lower_bound, partition;
SELECT elt.set_policy('event', 'ts', '1 month', partition_premake => 0, retention => '{}');
SELECT elt.set_policy('event', 'ts', '1 month', retention => '[]');
SELECT elt.set_policy('event', 'ts', '1 month', retention => '[1]');
SELECT elt.set_policy('event', 'ts', '1 month', retention => '[{"do": "drop"}]');
SELECT elt.set_policy('event', 'ts', '1 month', retention => '[{"after": "soon", "do": "drop"}]');
SELECT elt.set_policy('event', 'ts', '1 month', retention => '[{"after": "1 day", "do": "burn"}]');
SELECT elt.set_policy('event', 'ts', '1 month', retention => '[{"after": "1 day", "do": "drop", "to": "ashes"}]');
SELECT elt.set_policy('event', 'ts', '1 month', retention => '[{"after": "0 days", "do": "drop"}]');
SELECT elt.set_policy('event', 'ts', '1 month', retention => '[{"after": "2 years", "do": "detach"}, {"after": "1 year", "do": "drop"}]');
SELECT elt.set_policy('event', 'ts', '1 month', retention => '[{"after": "1 year", "do": "drop"}, {"after": "2 years", "do": "detach"}]');
SELECT elt.set_policy('event', 'ts', '1 month', retain => '1 day', retention => '[{"after": "1 day", "do": "drop"}]');

-- Each partition goes as far as its age says.
SELECT elt.set_policy('event', 'ts', '1 month', partition_premake => 0,
	retention => '[{"after": "1 year", "do": "detach"}, {"after": "1000 months", "do": "drop"}]');
SELECT retain, retention FROM elt.policies WHERE relation = 'event'::regclass;
CREATE TABLE event_ancient PARTITION OF event FOR VALUES FROM ('1900-01-01') TO ('1900-02-01');
CREATE TABLE event_old PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE event_new PARTITION OF event FOR VALUES FROM ('2020-02-01') TO (MAXVALUE);
INSERT INTO event VALUES ('1900-01-10'), ('2020-01-10'), (now());
SELECT partition, action, reason FROM elt.apply_retention('event', dry_run => true);
CALL elt_catalog.maintain();
SELECT * FROM states;
SELECT to_regclass('event_ancient') AS dropped, (SELECT count(*) FROM event_old) AS detached, (SELECT count(*) FROM event) AS kept;
CALL elt_catalog.maintain();
SELECT * FROM states;
-- What the chain detached it drops, once it is old enough.
SELECT elt.set_policy('event', retention => '[{"after": "1 year", "do": "detach"}, {"after": "2 years", "do": "drop"}]');
SELECT partition, action, reason FROM elt.apply_retention('event', dry_run => true);
CALL elt_catalog.maintain();
SELECT * FROM states;
SELECT to_regclass('event_old') AS dropped;
-- A single action replaces the chain, and the other way round. What is detached by itself stays.
CREATE TABLE event_p20200101 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
SELECT elt.set_policy('event', retain => '1 year', retain_action => 'detach');
SELECT retain, retain_action, retention FROM elt.policies WHERE relation = 'event'::regclass;
CALL elt_catalog.maintain();
SELECT elt.set_policy('event', retain_action => 'drop');
CALL elt_catalog.maintain();
SELECT * FROM states;
-- Attached again it is as any other.
ALTER TABLE event ATTACH PARTITION event_p20200101 FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CALL elt_catalog.maintain();
SELECT * FROM states;

-- Holds
SELECT elt.hold('event', '2020-01-31', '2020-03-01', NULL);
SELECT elt.hold('event', '2020-01-31', '2020-01-31', 'nothing');
SELECT elt.hold('event', '2020-01-31', '2020-03-01', E' \t');
SELECT elt.hold('event', '2020-01-31', '2020-03-01', 'case 4711') > 0 AS held;
SELECT relation, from_time, to_time, reason, held_by = current_user AS by_me, released_at FROM elt.holds;
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2019-12-01') TO ('2020-01-01');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
SELECT partition, action, regexp_replace(reason, '\d+', 'N') AS reason FROM elt.apply_retention('event', dry_run => true);
CALL elt_catalog.maintain();
SELECT partition, state, regexp_replace(held, '\d+', 'N') AS held FROM states WHERE state = 'attached';
-- It is what somebody wants, no error.
SELECT * FROM elt.maintenance_errors;
SELECT elt.release(hold_id) FROM elt.holds;
SELECT elt.release(hold_id) FROM elt.holds;
SELECT elt.release(-1);
-- A table that is dropped needs no hold.
CREATE TABLE gone (ts date);
SELECT elt.hold('gone', NULL, NULL, 'gone') > 0 AS held;
DROP TABLE gone;
SELECT elt.release(hold_id) FROM elt.holds WHERE reason = 'gone';
SELECT elt.release(NULL);
SELECT elt.hold(NULL, NULL, NULL, 'case');
CALL elt_catalog.maintain();
SELECT partition, state, held FROM states WHERE partition IN ('event_1', 'event_2');

-- A pipeline that has not read a partition keeps it.
CREATE TABLE reading (id bigint GENERATED ALWAYS AS IDENTITY, ts timestamptz NOT NULL, PRIMARY KEY (ts, id)) PARTITION BY RANGE (ts);
CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE reading_2 PARTITION OF reading FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
CREATE TABLE reading_3 PARTITION OF reading FOR VALUES FROM ('2020-03-01') TO (MAXVALUE);
INSERT INTO reading (ts) VALUES ('2020-01-10'), ('2020-02-10');
SELECT elt.create_pipeline('copied', source => 'reading', target => 'copied', key => '{id}', options => '{"cursor_column": "id"}');
SELECT elt.set_policy('reading', 'ts', '1 month', partition_premake => 0, retain => '1 year');
CALL elt_catalog.maintain();
SELECT partition, action, reason FROM elt.apply_retention('reading', dry_run => true);
CALL elt.run('copied');
INSERT INTO reading (ts) VALUES ('2020-02-20');
SELECT partition, action, reason FROM elt.apply_retention('reading');
CALL elt.run('copied');
CALL elt_catalog.maintain();
SELECT partition, state, held FROM elt.partitions WHERE relation = 'reading'::regclass;
SELECT count(*) FROM copied;
SELECT elt.drop_pipeline('copied');

-- So does one that reads it through views, one of which shows when, the other not.
CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE reading_2 PARTITION OF reading FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
INSERT INTO reading (ts) VALUES ('2020-01-10'), (now());
CREATE VIEW inner_view AS SELECT ts AS "when ""s", id AS number, 1 AS one FROM reading;
CREATE VIEW outer_view AS SELECT number, "when ""s" AS at FROM inner_view WHERE one = 1;
SELECT elt.create_pipeline('through', source => 'outer_view', target => 'through', key => '{number}', options => '{"cursor_column": "number"}');
SELECT partition, action, reason FROM elt.apply_retention('reading', dry_run => true);
CALL elt.run('through');
INSERT INTO reading (ts) VALUES ('2020-02-20'), (now());
SELECT partition, action, reason FROM elt.apply_retention('reading', dry_run => true);
SELECT elt.drop_pipeline('through');
CREATE VIEW blind_view AS SELECT id + 0 AS number FROM reading;
SELECT elt.create_pipeline('blind', source => 'blind_view', target => 'blind', key => '{number}', options => '{"cursor_column": "number"}');
CALL elt.run('blind');
SELECT partition, action, reason FROM elt.apply_retention('reading', dry_run => true);
INSERT INTO reading (ts) VALUES (now());
SELECT partition, action, reason FROM elt.apply_retention('reading', dry_run => true);
CALL elt.run('blind');
SELECT partition, action, reason FROM elt.apply_retention('reading');
SELECT elt.drop_pipeline('blind');

-- A detachment that somebody else began and left is finished, and no more than that.
CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM ('2019-12-01') TO ('2020-01-01');
CREATE TABLE event_4 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'event_3'::regclass;
CALL elt_catalog.maintain();
SELECT partition, state, action FROM states WHERE partition IN ('event_3', 'event_4');
SELECT count(*) FROM pg_inherits WHERE inhrelid = 'event_3'::regclass;
DROP TABLE event_3;

-- Maintenance goes on from wherever a crash has left the ledger and the table.
CREATE PROCEDURE crash(day date, state text, step text, detached boolean, dropped boolean) LANGUAGE plpgsql AS $$
DECLARE
	part text := 'event_' || to_char(day, 'YYYYMMDD');
BEGIN
	EXECUTE format('CREATE TABLE %I PARTITION OF event FOR VALUES FROM (%L) TO (%L)', part, day, day + 1);
	EXECUTE format('INSERT INTO event VALUES (%L)', day);
	INSERT INTO elt_catalog.partition (relation, name, part, lower_bound, upper_bound, state, action, step)
	VALUES ('event', part, part::regclass, day, day + 1, state, 'drop', step);
	IF detached THEN EXECUTE format('ALTER TABLE event DETACH PARTITION %I', part); END IF;
	IF dropped THEN EXECUTE format('DROP TABLE %I', part); END IF;
END
$$;
CALL crash('2019-01-01', 'detaching', NULL, false, false);
CALL crash('2019-01-02', 'detaching', NULL, true, false);
CALL crash('2019-01-03', 'detached', 'detach', true, false);
CALL crash('2019-01-04', 'detached', 'detach', true, true);
CALL crash('2019-01-05', 'attached', NULL, false, false);
CALL elt_catalog.maintain();
SELECT partition, state, action, step, error, to_regclass(partition) FROM states WHERE partition ~ '_2019';
SELECT count(*) FROM event;
-- What is no longer due stays, wherever it is.
CALL crash('2019-01-06', 'detaching', NULL, false, false);
CALL crash('2019-01-07', 'detached', 'detach', true, false);
SELECT elt.set_policy('event', retain => '900 years');
CALL elt_catalog.maintain();
SELECT partition, state, to_regclass(partition) FROM states WHERE partition ~ '_2019010[67]';
SELECT elt.set_policy('event', retain => '1 year');
CALL elt_catalog.maintain();

-- In a block of code the table is locked instead.
CREATE TABLE event_5 PARTITION OF event FOR VALUES FROM ('2019-11-01') TO ('2019-12-01');
DO $$ BEGIN CALL elt_catalog.maintain(); END $$;
SELECT to_regclass('event_5') AS dropped;

SELECT count(elt.drop_policy(relation)) FROM elt.policies;
SET client_min_messages = warning;
DROP SCHEMA retention_test CASCADE;
DELETE FROM elt_catalog.hold;
SELECT elt.rotate_partitions();
SELECT count(*) FROM elt.partitions;
