-- A continuous schedule over files: a run is queued when there is something for it to do, and for nothing else.
SET timezone = 'UTC';
SET statement_timeout = '60s';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA arrival;
SET search_path = arrival;

SELECT current_setting('data_directory') || '/elt_arrival' AS root \gset
CREATE FUNCTION in_root(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; mkdir -p %1$s/elt_arrival; cd %1$s/elt_arrival; %2$s',
		current_setting('data_directory'), command));
END $$;
-- The look that the scheduler has made is that of this session: its next one is tomorrow's.
CREATE PROCEDURE look() LANGUAGE plpgsql AS $$
BEGIN
	CALL elt_catalog.look_for_files();
	FOR i IN 1 .. 3000 LOOP
		COMMIT;
		EXIT WHEN NOT EXISTS (SELECT FROM elt.runs WHERE pipeline = 'arrival' AND state IN ('queued', 'running'))
			AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'elt worker: arrival');
		PERFORM pg_sleep(0.01);
	END LOOP;
END $$;
CREATE VIEW done AS SELECT origin, state, rows_inserted, rows_updated, error IS NOT NULL AS error FROM elt.runs WHERE pipeline = 'arrival' ORDER BY run_id;

SELECT in_root('pwd') IS NULL AS made;
CREATE SERVER arrival_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE src (id int, v text) SERVER arrival_files OPTIONS (glob '*.csv', settle '1h', on_change 'merge');
SELECT elt.create_pipeline('arrival', 'arrival.src', 'arrival.landed', '{id}', schedule => 'continuous', options => '{"max_delay": "24 hours", "max_attempts": 1}');
SELECT schedule, next_slot, later_slots FROM elt.schedules WHERE pipeline = 'arrival';
SELECT state, waits_for FROM elt.pipeline_status WHERE pipeline = 'arrival';
SELECT l FROM elt.explain_pipeline('arrival') AS l WHERE l ~ 'runs when';

-- nothing is there, and what is there is not complete
CALL look();
SELECT in_root('(echo id,v; echo 1,a) >a.csv');
CALL look();
SELECT in_root('touch -d "2 hours ago" a.csv');
SELECT count(*) FROM done;
-- one is, and is loaded once
CALL look();
CALL look();
TABLE done;
-- it has changed; another one cannot be read as declared, and is not tried again and again
SELECT in_root('(echo id,v; echo 1,b) >a.csv; touch -d "2 hours ago" a.csv; echo wrong >b.csv; touch -d "2 hours ago" b.csv');
CALL look();
CALL look();
TABLE done;
SELECT name, state FROM elt.files WHERE pipeline = 'arrival' ORDER BY 1;
-- it is read again under another definition
ALTER FOREIGN TABLE src OPTIONS (ADD header 'false');
CALL look();
SELECT count(*) FROM done;
-- paused
SELECT elt.pause('arrival');
SELECT in_root('(echo id,v; echo 2,b) >c.csv; touch -d "2 hours ago" c.csv');
CALL look();
SELECT count(*) FROM done;
SELECT elt.resume('arrival');
ALTER FOREIGN TABLE src OPTIONS (DROP header);
CALL look();
TABLE done;
-- a rejected file that somebody has removed is not in elt.health for ever; one that has landed waits for the next run
SELECT in_root('rm b.csv');
CALL look();
CALL look();
SELECT name, state FROM elt.files WHERE pipeline = 'arrival' ORDER BY 1;
SELECT count(*) FROM done;
SELECT in_root('rm c.csv');
CALL look();
SELECT count(*) FROM done;
-- a folder that is gone is the error of a run
SELECT in_root('mv ../elt_arrival ../elt_arrival_gone');
CALL look();
SELECT state, replace(error, current_setting('data_directory'), '...') AS error FROM elt.runs WHERE pipeline = 'arrival' ORDER BY run_id DESC LIMIT 1;
-- and its end that of another, without which it would be in elt.health for ever
SELECT in_root('cd ..; rmdir elt_arrival; mv elt_arrival_gone elt_arrival');
CALL look();
CALL look();
SELECT state, rows_read, (SELECT count(*) FROM done) AS runs FROM elt.runs WHERE pipeline = 'arrival' ORDER BY run_id DESC LIMIT 1;

SELECT elt.pause('arrival');
SELECT elt.drop_pipeline('arrival');
SELECT in_root('rm -r ../elt_arrival') IS NULL AS removed;
DROP SCHEMA arrival CASCADE;
DROP SERVER arrival_files;
