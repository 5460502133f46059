-- Alerts: channels, conditions, what fires, is repeated, ends, and is silent. The messages stay in the
-- database here; t/087_alerts.pl has those that leave it.
SET timezone = 'UTC';
SET client_min_messages = notice;
CREATE SCHEMA alert_test;
SET search_path = alert_test, public;
CREATE TABLE src (id int PRIMARY KEY);
CREATE TABLE message (alert text, subject text, state text, severity text, message text, next_step text);
CREATE TABLE stock (item text, pieces int);
-- no worker of its own comes in between
ALTER SYSTEM SET elt.alert_interval = '1h';
SELECT pg_reload_conf();

-- what is refused
\set VERBOSITY default
SELECT elt.set_alert_channel('c', 'smoke');
SELECT elt.set_alert_channel('', 'log');
SELECT elt.set_alert_channel('c', 'log', destination => 'x');
SELECT elt.set_alert_channel('c', 'notify');
SELECT elt.set_alert_channel('c', 'notify', destination => repeat('x', 64));
SELECT elt.set_alert_channel('c', 'table', destination => 'alert_test.nothing');
SELECT elt.set_alert_channel('c', 'slack');
SELECT elt.set_alert_channel('c', 'slack', server => 'nowhere');
CREATE SERVER alert_hook FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:1', allow_private 'true');
SELECT elt.set_alert_channel('c', 'webhook', server => 'alert_hook', template => '[]');
SELECT elt.set_alert_channel('c', 'webhook', server => 'alert_hook', template => '{"text": "{titel}"}');
SELECT elt.set_alert_channel('c', 'webhook', server => 'alert_hook', template => '{"text": "{x}"}');
SELECT elt.drop_alert_channel('c');
SELECT elt.add_alert('a', 'failure', 'c');
SELECT elt.set_alert_channel('ops', 'table', destination => 'alert_test.message');
SELECT elt.add_alert('a', 'failures', 'ops');
SELECT elt.add_alert('a', 'delete from alert_test.stock', 'ops');
SELECT elt.add_alert('a', 'select 1 as subject; select 2 as subject', 'ops');
SELECT elt.add_alert('a', 'select item from alert_test.stock', 'ops');
SELECT elt.add_alert('a', 'select item as subject from stock', 'ops');
SELECT elt.add_alert('a', 'select item as subject from alert_test.stock', 'ops', threshold => '1');
SELECT elt.add_alert('a', 'rejects', 'ops', threshold => 'many');
SELECT elt.add_alert('a', 'drift', 'ops', threshold => '1');
SELECT elt.add_alert('a', 'failure', 'ops', severity => 'bad');
SELECT elt.add_alert('a', 'failure', 'ops', pending_for => '-1 second');
SELECT elt.add_alert('a', 'failure', 'ops', pipelines => '{nothing}');
SELECT elt.add_alert('*', 'failure', 'ops');
SELECT elt.alter_alert('a');
SELECT elt.drop_alert('a');
SELECT elt.silence_alert('a');
\set VERBOSITY terse

-- A test is sent by a worker at once, and then none comes until the end of this test.
SELECT elt.test_alert_channel('ops') IS NOT NULL AS queued;
DO $$
BEGIN
	FOR i IN 1 .. 3000 LOOP
		EXIT WHEN EXISTS (SELECT FROM alert_test.message)
			AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'elt alerts' AND datname = current_database());
		PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
	END LOOP;
END $$;
TABLE message;
SELECT event, state FROM elt.alert_deliveries;
TRUNCATE message;

-- A query: a row is a subject. What is told once is not told again, until it has ended.
INSERT INTO stock VALUES ('nuts', 5), ('bolts', 0), ('screws', 7);
SELECT elt.add_alert('stock', $$SELECT item AS subject, format('%s has %s pieces', item, pieces) AS message
	FROM alert_test.stock WHERE pieces < 3; $$, 'ops', severity => 'warning', next_step => 'Order more.');
SELECT elt.add_alert('stock', 'failure', 'ops');
CALL elt_catalog.send_alerts();
CALL elt_catalog.send_alerts();
TABLE message;
SELECT alert, state, subject, message, next_step, channel, severity FROM elt.alerts;
UPDATE stock SET pieces = CASE item WHEN 'bolts' THEN 9 ELSE 1 END WHERE item IN ('bolts', 'nuts');
CALL elt_catalog.send_alerts();
SELECT * FROM message ORDER BY subject, state;
SELECT alert, subject, event, channel, state, attempts, error, message, next_step FROM elt.alert_deliveries WHERE event <> 'test';
SELECT count(DISTINCT key) FROM elt.alert_deliveries WHERE subject = 'bolts';

-- It must hold for some time, and what nobody has heard of ends unheard.
TRUNCATE message;
SELECT elt.alter_alert('stock', pending_for => '1 hour');
UPDATE stock SET pieces = 0 WHERE item = 'screws';
CALL elt_catalog.send_alerts();
SELECT subject, state FROM elt.alerts ORDER BY subject;
UPDATE elt_catalog.alert_incident SET since = now() - interval '2 hours' WHERE subject = 'screws';
CALL elt_catalog.send_alerts();
TABLE message;
UPDATE stock SET pieces = 0 WHERE item = 'bolts';
CALL elt_catalog.send_alerts();
UPDATE stock SET pieces = 9 WHERE item = 'bolts';
CALL elt_catalog.send_alerts();
SELECT count(*) FROM message;
-- the clock was set back
UPDATE stock SET pieces = 0 WHERE item = 'bolts';
CALL elt_catalog.send_alerts();
UPDATE elt_catalog.alert_incident SET since = now() + interval '2 hours' WHERE subject = 'bolts';
CALL elt_catalog.send_alerts();
SELECT subject, state FROM message;

-- Repeated while it lasts.
TRUNCATE message;
SELECT elt.alter_alert('stock', pending_for => '0', repeat_every => '1 hour');
UPDATE elt_catalog.alert_incident SET told_at = now() - interval '2 hours' WHERE subject = 'bolts';
CALL elt_catalog.send_alerts();
CALL elt_catalog.send_alerts();
SELECT m.subject, m.state, d.event FROM message m JOIN elt.alert_deliveries d USING (subject) WHERE d.event = 'reminder';

-- Who has heard of it hears of its end, also when the alert has another channel since.
TRUNCATE message;
CREATE TABLE other_message (subject text, state text);
SELECT elt.set_alert_channel('other', 'table', destination => 'other_message');
SELECT elt.alter_alert('stock', channel => 'other');
UPDATE stock SET pieces = 9 WHERE item = 'bolts';
CALL elt_catalog.send_alerts();
SELECT subject, state FROM message;
TABLE other_message;
SELECT elt.alter_alert('stock', channel => 'ops');
SELECT elt.drop_alert_channel('other');
UPDATE stock SET pieces = 0 WHERE item = 'bolts';
CALL elt_catalog.send_alerts();

-- Silent: messages wait, and are not sent if it ends meanwhile.
TRUNCATE message;
SELECT elt.silence_alert('stock', now() + interval '1 hour');
UPDATE stock SET pieces = 9;
CALL elt_catalog.send_alerts();
UPDATE stock SET pieces = 0 WHERE item = 'nuts';
CALL elt_catalog.send_alerts();
SELECT count(*) FROM message;
SELECT subject, event, state FROM elt.alert_deliveries WHERE state = 'pending' ORDER BY subject;
UPDATE stock SET pieces = 9 WHERE item = 'nuts';
CALL elt_catalog.send_alerts();
SELECT subject, event, state FROM elt.alert_deliveries WHERE state = 'pending' ORDER BY subject, event;
SELECT elt.silence_alert('*');
CALL elt_catalog.send_alerts();
SELECT subject, state FROM message ORDER BY subject;
-- again and again
TRUNCATE message;
SELECT elt.silence_alert('stock', schedule => 'every 1 hour', silent_for => '2 hours');
UPDATE stock SET pieces = 0 WHERE item = 'nuts';
CALL elt_catalog.send_alerts();
SELECT count(*) FROM message;
SELECT elt.silence_alert('stock', schedule => format('0 0 %s 1 *', 1 + extract(month FROM now())::int % 2), silent_for => '1 hour', schedule_time_zone => 'Europe/Berlin');
CALL elt_catalog.send_alerts();
SELECT count(*) FROM message;
SELECT elt.silence_alert('stock', schedule => '0 22 * * *');
SELECT elt.silence_alert('stock', schedule => 'continuous', silent_for => '1 hour');
SELECT elt.silence_alert('stock', schedule => '0 22 * * *', silent_for => '0');

-- A condition that can no longer be evaluated is told too, and what was firing goes on.
TRUNCATE message;
ALTER TABLE stock RENAME TO stocks;
CALL elt_catalog.send_alerts();
SELECT subject, state, message, next_step FROM message;
SELECT subject, state FROM elt.alerts ORDER BY subject;
ALTER TABLE stocks RENAME TO stock;
CALL elt_catalog.send_alerts();
SELECT subject, state FROM message ORDER BY state, subject;

-- A channel that refuses: the message is kept, and tried a limited number of times.
TRUNCATE message;
SELECT elt.silence_alert('stock');
ALTER TABLE message RENAME TO messages;
UPDATE stock SET pieces = 9;
CALL elt_catalog.send_alerts();
SELECT subject, event, state, attempts, error FROM elt.alert_deliveries WHERE state <> 'sent';
UPDATE elt_catalog.alert_delivery SET attempts = 11, next_try_at = now() WHERE state = 'pending';
CALL elt_catalog.send_alerts();
SELECT subject, event, state, attempts, error FROM elt.alert_deliveries WHERE state <> 'sent';
UPDATE elt_catalog.alert_delivery SET state = 'pending', attempts = 0, next_try_at = now() WHERE state = 'failed';
ALTER TABLE messages RENAME TO message;
CALL elt_catalog.send_alerts();
SELECT subject, event, state, attempts, error FROM elt.alert_deliveries WHERE state <> 'sent';

-- The ready conditions, of which each pipeline is a subject. What they look at is put back in time.
CREATE TABLE heard AS SELECT alert, subject, state, message, next_step FROM message WHERE false;
SELECT elt.set_alert_channel('ops', 'table', destination => 'alert_test.heard');
SELECT elt.drop_alert('stock');
CREATE VIEW bad AS SELECT 1 / (id - id) AS id FROM src;
SELECT elt.create_pipeline('one', source => 'src', target => 'alert_test.one', key => '{id}', options => '{"max_staleness": "1 day"}');
SELECT elt.create_pipeline('two', source => 'bad', target => 'alert_test.two', key => '{id}');
SELECT elt.add_check('one', 'positive', 'id > 0');
SELECT condition, elt.add_alert('on_' || condition, condition, 'ops', pipelines => '{one,two}') FROM elt.alert_conditions
	WHERE condition <> 'health' ORDER BY condition;
CALL elt_catalog.send_alerts();
TABLE heard;
INSERT INTO elt_catalog.run (pipeline_id, state, requested_by, started_at, finished_at, rows_read, rows_inserted, requests)
	SELECT p.id, 'succeeded', current_user::regrole, now() - interval '1 hour', now() - interval '2 days', 1000, 1000, 4000
	FROM elt_catalog.pipeline p, generate_series(1, 5) WHERE name = 'one';
INSERT INTO src SELECT generate_series(-9, 90) EXCEPT SELECT 0;
CALL elt.run('one');
SELECT elt.alter_pipeline('one', options => '{"max_staleness": "0.001 ms"}');
\set VERBOSITY sqlstate
CALL elt.run('two');
\set VERBOSITY terse
INSERT INTO elt_catalog.drift (pipeline_id, field, kind, first_seen, last_seen, records)
	SELECT id, field, CASE field WHEN 'color' THEN 'new' WHEN 'weight' THEN 'type' ELSE 'missing' END, now(), now(), 1
	FROM elt_catalog.pipeline, unnest('{size,price,color,weight}'::text[]) field WHERE name = 'two';
INSERT INTO elt_catalog.cursor (pipeline_id, position, window_end, definition_version)
	SELECT id, 'x', now() - interval '2 days', 1 FROM elt_catalog.pipeline WHERE name = 'two';
CALL elt_catalog.send_alerts();
SELECT alert, subject, state, regexp_replace(message, '(run )\d+|(at )\d\S+ \S+', '\1\2...', 'g') AS message,
	regexp_replace(next_step, '\d+', '...') AS next_step FROM heard ORDER BY alert;
-- what each says to do can be done
DO $$
DECLARE statement text;
BEGIN
	FOR statement IN SELECT next_step FROM alert_test.heard LOOP
		EXECUTE statement;
	END LOOP;
END $$;
-- thresholds
TRUNCATE heard;
SELECT elt.alter_alert('on_failure', threshold => '2'), elt.alter_alert('on_rejects', threshold => '50'),
	elt.alter_alert('on_lag', threshold => '1 year'), elt.alter_alert('on_volume', threshold => '1000'),
	elt.alter_alert('on_cost', threshold => '1e9'), elt.alter_alert('on_staleness', pipelines => '{two}'),
	elt.alter_alert('on_drift', 'SELECT 1 AS subject WHERE false'), elt.alter_alert('on_new_field', 'SELECT 1 AS subject WHERE false'), elt.alter_alert('on_type_change', 'SELECT 1 AS subject WHERE false');
CALL elt_catalog.send_alerts();
SELECT alert, subject, state FROM heard ORDER BY alert;
SELECT DISTINCT state, subject FROM elt.alerts;
SELECT elt.alter_alert('on_failure', threshold => '');
CALL elt_catalog.send_alerts();
SELECT alert, state, subject FROM elt.alerts WHERE state <> 'ok';
TRUNCATE heard;
SELECT elt.add_alert('all', 'health', 'ops', pipelines => '{}', severity => 'critical');
CALL elt_catalog.send_alerts();
SELECT subject FROM heard WHERE alert = 'all' AND subject ~ 'two' ORDER BY subject;

-- Messages of all kinds of requests are valid, whatever is in them.
SELECT kind, replace(replace(template, '{severity}', 'x'), '{state}', 'y')::json IS NOT NULL AS valid FROM elt_catalog.alert_template ORDER BY kind;

-- Privileges: administrators define them; a condition and a channel act as their owner, not as who changed them.
CREATE ROLE alert_admin IN ROLE elt_admin;
GRANT USAGE ON SCHEMA alert_test TO alert_admin;
SET ROLE alert_admin;
SELECT elt.alter_alert('on_failure', condition => 'select 1 as subject');
SELECT elt.set_alert_channel('ops', 'log');
SELECT elt.set_alert_channel('mine', 'table', destination => 'alert_test.heard');
SELECT elt.set_alert_channel('mine', 'webhook', server => 'alert_hook');
SELECT elt.set_alert_channel('mine', 'log');
SELECT elt.add_alert('mine', 'select item as subject from alert_test.stock', 'ops');
SELECT elt.add_alert('mine', 'failure', 'mine');
SELECT elt.silence_alert('on_failure', 'infinity');
RESET ROLE;
CREATE ROLE alert_operator IN ROLE elt_operator;
GRANT EXECUTE ON FUNCTION elt.drop_alert TO alert_operator;
SET ROLE alert_operator;
SELECT elt.drop_alert('mine');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION elt.drop_alert FROM alert_operator;
-- an administrator who is one no longer
REVOKE elt_admin FROM alert_admin;
CALL elt_catalog.send_alerts();
SELECT subject, message FROM elt.alerts WHERE alert = 'mine';
-- and one who is gone
BEGIN;
DROP OWNED BY alert_admin;
DELETE FROM pg_auth_members WHERE member = 'alert_admin'::regrole;
DELETE FROM pg_authid WHERE rolname = 'alert_admin';
DO $$
DECLARE hint text;
BEGIN
	PERFORM elt.alter_alert('mine', channel => 'mine');
EXCEPTION WHEN undefined_object THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RAISE WARNING '%', hint;
END $$;
ROLLBACK;

SELECT elt.drop_alert_channel('ops');
SELECT count(elt.drop_alert(alert)) FROM (SELECT DISTINCT alert FROM elt.alerts) a;
SELECT elt.drop_alert('mine', if_exists => true);
SELECT elt.drop_alert_channel('ops'), elt.drop_alert_channel('mine'), elt.drop_alert_channel('none', if_exists => true);
SELECT elt.drop_pipeline('one'), elt.drop_pipeline('two');
-- Many at once: a minute has room for three messages, of which the last one stands for the rest.
SELECT elt.set_alert_channel('few', 'log', max_per_minute => 0);
SELECT elt.set_alert_channel('few', 'table', destination => 'alert_test.message', max_per_minute => 3);
SELECT elt.set_alert_channel('few', 'log', max_per_minute => 3);
SELECT channel, max_per_minute FROM elt.alert_channels WHERE channel = 'few';
SET client_min_messages = error;
CREATE TABLE many (n int);
INSERT INTO many SELECT generate_series(1, 30);
SELECT elt.add_alert('many', 'SELECT to_char(n, ''fm00'') AS subject, ''too many'' AS message FROM alert_test.many', 'few', severity => 'warning');
CREATE VIEW told AS SELECT event, state, count(*), min(subject), max(subject) FROM elt.alert_deliveries WHERE channel = 'few' GROUP BY 1, 2 ORDER BY 1, 2;
CALL elt_catalog.send_alerts();
TABLE told;
-- what comes within the same minute waits until the next one, and the summary counts both
INSERT INTO many VALUES (31);
DELETE FROM many WHERE n <= 10;
CALL elt_catalog.send_alerts();
TABLE told;
UPDATE elt_catalog.alert_delivery SET tried_at = tried_at - interval '1 minute', next_try_at = next_try_at - interval '1 minute';
CALL elt_catalog.send_alerts();
TABLE told;
SELECT facts ->> 'title' AS title, facts ->> 'state' AS state, facts ->> 'severity' AS severity, regexp_count(facts ->> 'text', E'\n') AS lines,
	substring(facts ->> 'text' FROM '.*\n.*$') AS last_lines
FROM elt_catalog.alert_delivery WHERE event = 'summary' ORDER BY id;
SELECT elt.drop_alert('many'), elt.drop_alert_channel('few');
-- too long for NOTIFY
SELECT elt.set_alert_channel('long', 'notify', destination => 'elt_alert_test');
SELECT elt.add_alert('long', 'SELECT ''one'' AS subject, repeat(''x'', 20000) AS message', 'long');
CALL elt_catalog.send_alerts();
SELECT l.state, length(message), elt_catalog.alert_notice(0, facts) - '{key,since,database,title}'::text[] AS notice
FROM elt.alert_deliveries l JOIN elt_catalog.alert_delivery d ON d.id = delivery_id WHERE d.alert = 'long';
SELECT elt.drop_alert('long'), elt.drop_alert_channel('long');
RESET client_min_messages;

SELECT elt_catalog.alert_facts(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL) IS NOT NULL AS facts;
DELETE FROM elt_catalog.alert_delivery;
ALTER SYSTEM RESET elt.alert_interval;
SELECT pg_reload_conf();
SET client_min_messages = warning;
DROP SERVER alert_hook;
DROP OWNED BY alert_admin, alert_operator;
DROP ROLE alert_admin, alert_operator;
DROP SCHEMA alert_test CASCADE;
