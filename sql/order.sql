-- Order between pipelines. Everything that could start a run is in transactions that roll back, where
-- the end of a run is written by hand.
SET timezone = 'UTC';
SET client_min_messages = notice;
CREATE SCHEMA ord;
SET search_path = ord, public;
CREATE TABLE src (id int PRIMARY KEY);
INSERT INTO src VALUES (1);
SELECT elt.create_pipeline(p, source => 'src', target => 'ord.' || p, key => '{id}') FROM unnest('{price,power,fact,mart}'::text[]) AS p;
SELECT elt.alter_pipeline('fact', options => '{"after": ["price", "power"], "tags": ["nightly"]}'),
	elt.alter_pipeline('mart', options => '{"after": ["fact"], "tags": ["nightly", "weekly"]}');

-- what is refused
\set VERBOSITY default
SELECT elt.alter_pipeline('fact', options => '{"after": ["prices"]}');
SELECT elt.alter_pipeline('price', options => '{"after": ["price"]}');
SELECT elt.alter_pipeline('price', options => '{"after": ["mart"]}');
SELECT elt.alter_pipeline('fact', options => '{"after_rule": "some"}');
SELECT elt.alter_pipeline('fact', schedule => 'continuous');
SELECT elt.drop_pipeline('price');
\set VERBOSITY terse
SELECT elt.rename_pipeline('price', 'prices');
SELECT * FROM elt.dag ORDER BY 1, 2;
SELECT elt.dag_mermaid();

CREATE PROCEDURE finish(pipeline text, new_state text) LANGUAGE sql AS $$
	UPDATE elt_catalog.run r SET state = new_state, error = CASE new_state WHEN 'failed' THEN 'it went wrong' END
	FROM elt_catalog.pipeline p WHERE p.id = r.pipeline_id AND p.name = pipeline AND r.state = 'queued';
$$;
CREATE VIEW open AS SELECT pipeline, origin, slot IS NOT NULL AS has_slot FROM elt.runs WHERE state = 'queued' ORDER BY run_id;
CREATE VIEW waits AS SELECT pipeline, regexp_replace(waits_for, '\d+', 'N', 'g') AS waits_for FROM elt.schedules ORDER BY pipeline;

-- Without a schedule it follows: when all have succeeded for a later time.
BEGIN;
SELECT elt.tick(), elt.enqueue('prices') > 0;
SELECT * FROM waits;
UPDATE elt_catalog.run SET enqueued_at = clock_timestamp() WHERE state = 'queued';
CALL finish('prices', 'succeeded');
SELECT elt.tick(), elt.enqueue('power') > 0;
UPDATE elt_catalog.run SET enqueued_at = clock_timestamp() WHERE state = 'queued';
CALL finish('power', 'failed');
SELECT elt.tick();
SELECT * FROM waits;
SELECT elt.enqueue('power') > 0;
UPDATE elt_catalog.run SET enqueued_at = clock_timestamp() WHERE state = 'queued';
CALL finish('power', 'succeeded');
SELECT elt.tick(), elt.tick();
SELECT * FROM open;
CALL finish('fact', 'succeeded');
SELECT elt.tick(), elt.tick();
SELECT * FROM open;
SELECT pipeline, slot = first_slot AS one, state FROM elt.slots ORDER BY decided_at;
ROLLBACK;

-- rules any and always
BEGIN;
SELECT elt.alter_pipeline('fact', options => '{"after_rule": "any"}'), elt.enqueue('prices') > 0;
UPDATE elt_catalog.run SET enqueued_at = clock_timestamp() WHERE state = 'queued';
CALL finish('prices', 'succeeded');
SELECT elt.tick();
SELECT * FROM open;
ROLLBACK;
BEGIN;
SELECT elt.alter_pipeline('fact', options => '{"after_rule": "always"}'), elt.enqueue('prices') > 0, elt.enqueue('power') > 0;
UPDATE elt_catalog.run SET enqueued_at = clock_timestamp() WHERE state = 'queued';
CALL finish('prices', 'succeeded');
SELECT elt.tick();
CALL finish('power', 'failed');
SELECT elt.tick();
SELECT * FROM open;
ROLLBACK;

-- With a schedule it waits at each slot for the last slots of those before it.
BEGIN;
SELECT elt.alter_pipeline(p, schedule => format('%s * * * *', extract(minute FROM now()))) FROM unnest('{prices,power,fact}'::text[]) AS p;
UPDATE elt_catalog.schedule SET next_slot = date_trunc('minute', now()) WHERE kind = 'cron';
SELECT elt.tick();
SELECT * FROM open;
SELECT pipeline, state FROM elt.slots ORDER BY 1;
SELECT * FROM waits WHERE pipeline = 'fact';
CALL finish('prices', 'succeeded');
CALL finish('power', 'failed');
SELECT elt.tick();
SELECT * FROM waits WHERE pipeline = 'fact';
-- the next slot comes, which stands for both
UPDATE elt_catalog.slot SET slot = slot - interval '1 hour', first_slot = first_slot - interval '1 hour';
UPDATE elt_catalog.run SET slot = slot - interval '1 hour';
UPDATE elt_catalog.schedule SET next_slot = date_trunc('minute', now()) WHERE kind = 'cron';
SELECT elt.tick();
CALL finish('prices', 'succeeded');
CALL finish('power', 'succeeded');
SELECT elt.tick(), elt.tick();
SELECT * FROM open;
SELECT pipeline, state, slot - first_slot AS since FROM elt.slots WHERE pipeline = 'fact' ORDER BY slot;
ROLLBACK;

-- A parent whose slot is not decided yet is waited for.
BEGIN;
SELECT elt.alter_pipeline(p, schedule => format('%s * * * *', extract(minute FROM now()))) FROM unnest('{prices,fact}'::text[]) AS p;
UPDATE elt_catalog.schedule SET next_slot = date_trunc('minute', now()) WHERE kind = 'cron';
SELECT elt.pause('prices'), elt.tick();
SELECT waits_for FROM waits WHERE pipeline = 'fact';
ROLLBACK;

-- Selected ones, each after those that it waits for.
SELECT pipeline, run_id > 0 AS queued, waits_for FROM elt.run_all('nothing');
BEGIN;
SELECT pipeline, run_id > 0 AS queued, waits_for FROM elt.run_all('+fact');
SELECT * FROM waits;
CALL finish('power', 'succeeded');
SELECT elt.tick();
CALL finish('prices', 'succeeded');
SELECT elt.tick(), elt.tick();
SELECT * FROM open;
-- which do not run a second time for having followed
CALL finish('fact', 'succeeded');
SELECT elt.tick(), elt.tick();
SELECT * FROM open;
ROLLBACK;
BEGIN;
SELECT pipeline, run_id > 0 AS queued, waits_for FROM elt.run_all('tag:nightly');
ROLLBACK;
BEGIN;
SELECT pipeline, run_id > 0 AS queued, waits_for FROM elt.run_all('power+,tag:weekly prices');
ROLLBACK;
BEGIN;
SELECT elt.pause('fact');
SELECT pipeline, run_id > 0 AS queued, waits_for FROM elt.run_all();
ROLLBACK;

SELECT elt.alter_pipeline(p, options => '{"after": null}') FROM unnest('{fact,mart}'::text[]) AS p;
SELECT count(*) FROM elt.schedules;

-- Changes of tables.
CREATE TRIGGER changed AFTER INSERT OR DELETE ON src FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('prices');
CREATE TRIGGER lost AFTER DELETE ON src FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('nowhere');
INSERT INTO src VALUES (2);
CREATE PROCEDURE await(name text, wanted text) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. 3000 LOOP
		EXIT WHEN EXISTS (SELECT FROM elt.runs WHERE pipeline = name AND origin = 'change' AND state = wanted);
		COMMIT;
		PERFORM pg_sleep(0.02);
	END LOOP;
END $$;
CALL await('prices', 'succeeded');
SELECT origin, state, rows_read FROM elt.runs WHERE pipeline = 'prices' ORDER BY run_id LIMIT 1;
SELECT count(*) FROM price;
DROP TRIGGER changed ON src;
DELETE FROM src WHERE id = 2;
SELECT elt.enqueue_on_change();
CREATE TRIGGER early BEFORE INSERT ON src FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('prices');
INSERT INTO src VALUES (3);
DROP TRIGGER early ON src;

-- Counted changes wait until there are enough of them, or until a run waits, which reads them too.
CREATE TABLE busy (id int);
CREATE TRIGGER counted AFTER INSERT ON busy FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('prices', '3');
\set VERBOSITY default
INSERT INTO busy VALUES (1);
CREATE OR REPLACE TRIGGER counted AFTER INSERT ON busy FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('prices', '0');
INSERT INTO busy VALUES (1);
CREATE OR REPLACE TRIGGER counted AFTER INSERT ON busy FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('prices', '3', '4');
INSERT INTO busy VALUES (1);
\set VERBOSITY terse
CREATE OR REPLACE TRIGGER counted AFTER INSERT ON busy REFERENCING NEW TABLE AS changed
	FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('prices', '3');
CREATE TRIGGER counted_update AFTER UPDATE ON busy REFERENCING OLD TABLE AS old NEW TABLE AS new
	FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('prices', '3');
CREATE TRIGGER counted_delete AFTER DELETE ON busy FOR EACH ROW EXECUTE FUNCTION elt.enqueue_on_change('prices', '3');
CREATE TABLE bell (id int);
CREATE TRIGGER bell AFTER INSERT ON bell FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('mart');
-- when it returns, the scheduler has looked at all changes that were committed before
CREATE PROCEDURE ring() LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO bell VALUES (1);
	COMMIT;
	FOR i IN 1 .. 3000 LOOP
		EXIT WHEN NOT EXISTS (SELECT FROM elt_catalog.change WHERE at_least = 0);
		COMMIT;
		PERFORM pg_sleep(0.02);
	END LOOP;
END $$;
CREATE VIEW counted AS SELECT (SELECT sum(rows) FROM elt_catalog.change) AS waiting,
	(SELECT count(*) FROM elt.runs WHERE pipeline = 'prices' AND origin = 'change') AS runs;
INSERT INTO busy VALUES (1), (2);
UPDATE busy SET id = 3 WHERE id = 4;
CALL ring();
SELECT * FROM counted;
UPDATE busy SET id = 3 WHERE id = 2;
CALL ring();
SELECT * FROM counted;
SELECT max(run_id) AS run FROM elt.runs WHERE pipeline = 'prices' \gset
CALL elt.wait(:run);
BEGIN;
SELECT elt.enqueue('prices') AS run \gset
DELETE FROM busy;
SELECT elt.pause_all();
COMMIT;
CALL ring();
SELECT * FROM counted;
SELECT elt.resume_all();
CALL elt.wait(:run);
-- notes of many statements become one
CREATE OR REPLACE TRIGGER counted AFTER INSERT ON busy FOR EACH ROW EXECUTE FUNCTION elt.enqueue_on_change('prices', '1000');
INSERT INTO busy SELECT generate_series(1, 500);
CALL ring();
SELECT count(*), sum(rows) FROM elt_catalog.change;
INSERT INTO busy SELECT generate_series(1, 500);
CALL ring();
SELECT * FROM counted;
SELECT max(run_id) AS run FROM elt.runs WHERE pipeline = 'prices' \gset
CALL elt.wait(:run);
SELECT max(run_id) AS run FROM elt.runs WHERE pipeline = 'mart' \gset
CALL elt.wait(:run);
DROP TABLE busy, bell;

-- Conditions and statements of the owner.
\set VERBOSITY default
SELECT elt.alter_pipeline('power', options => '{"run_when": "1"}');
SELECT elt.alter_pipeline('power', options => '{"run_when": "true; drop table src"}');
SELECT elt.alter_pipeline('power', options => '{"run_when": "exists (select from src)"}');
SELECT elt.alter_pipeline('power', options => '{"on_landed": "commit"}');
SELECT elt.alter_pipeline('power', options => '{"before_landing": "rollback"}');
SELECT elt.alter_pipeline('power', options => '{"on_landed": "select ("}');
\set VERBOSITY terse
CREATE TABLE log (id int, rows bigint);
SELECT elt.alter_pipeline('power', options => '{"on_landed": "insert into ord.log select count(*) from ord.power; insert into ord.log values (7)"}');
CALL elt.run('power');
SELECT * FROM log;
SELECT elt.alter_pipeline('power', options => '{"before_landing": "insert into ord.log select -1, count(*) from ord.power", "on_landed": null}');
INSERT INTO src VALUES (3);
CALL elt.run('power');
SELECT rows < (SELECT count(*) FROM power) AS before FROM log WHERE id = -1;
SELECT elt.alter_pipeline('power', options => '{"before_landing": null, "on_landed": "insert into ord.nowhere values (1)"}');
INSERT INTO src VALUES (4);
\set VERBOSITY default
CALL elt.run('power');
\set VERBOSITY terse
SELECT count(*) FROM power;
SELECT state, sqlstate FROM elt.runs WHERE pipeline = 'power' ORDER BY run_id DESC LIMIT 1;
SELECT elt.alter_pipeline('power', options => '{"on_landed": null, "run_when": "exists (select from ord.log where id = 8)"}');
CREATE TRIGGER condition AFTER INSERT ON src FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('power');
INSERT INTO src VALUES (5);
CALL await('power', 'skipped');
SELECT max(run_id) AS run FROM elt.runs WHERE pipeline = 'power' \gset
CALL elt.wait(:run);
DROP TRIGGER condition ON src;
SELECT state, origin, detail FROM elt.runs WHERE pipeline = 'power' ORDER BY run_id DESC LIMIT 1;

SET client_min_messages = warning;
SELECT elt.drop_pipeline(p) FROM unnest('{prices,power,fact,mart}'::text[]) AS p;
DROP SCHEMA ord CASCADE;
