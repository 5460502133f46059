-- What a person looks at first: elt.pipeline_status, elt.health, elt.explain_pipeline; and the end of history.
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA st;
SET search_path = st, public;
CREATE TABLE src (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO src VALUES (1, 1), (2, 0);
SELECT elt.create_pipeline('good', source => 'src', target => 'st.good', key => '{id}', options => '{"max_staleness": "1 hour"}'),
	elt.create_pipeline('bad', source => 'src', target => 'st.bad', key => '{id}',
		options => '{"load": "full", "on_landed": "select 1 / min(n) from st.src"}'),
	elt.create_pipeline('next', source => 'src', target => 'st.next', key => '{id}', options => '{"after": ["good", "bad"]}'),
	elt.create_pipeline('never', source => 'src', target => 'st.never', key => '{id}', start_at => NULL);
CREATE VIEW status AS SELECT pipeline, state, age IS NOT NULL AS succeeded, late, rows_read, error,
	regexp_replace(waits_for, '\d+', 'N') AS waits_for
FROM elt.pipeline_status WHERE pipeline IN ('good', 'bad', 'next', 'never');
CREATE VIEW health AS SELECT severity, subject, pipeline, regexp_replace(message, '(?<=run )\d+|\d{2,}', 'N', 'g') AS message,
	regexp_replace(statement, '\d+', 'N', 'g') AS statement FROM elt.health WHERE pipeline IN ('good', 'bad', 'next', 'never') OR pipeline IS NULL;
SELECT * FROM status;
SELECT * FROM health;

CALL elt.run('good');
CALL elt.run('bad');
SELECT * FROM status;
\x
SELECT * FROM health;
\x
-- late, paused
BEGIN;
UPDATE elt_catalog.run_tally r SET last_success_at = last_success_at - interval '2 hours' FROM elt_catalog.pipeline p WHERE p.id = r.pipeline_id AND p.name = 'good';
SELECT severity, subject, pipeline, statement FROM health WHERE pipeline = 'good';
SELECT elt.pause('good');
SELECT state, waits_for FROM status WHERE pipeline = 'good';
SELECT count(*) FROM health WHERE pipeline = 'good';
SELECT elt.pause_all();
SELECT severity, subject, statement FROM health WHERE subject = 'pause';
ROLLBACK;
-- suspended
BEGIN;
INSERT INTO elt_catalog.failure SELECT id, 10, now(), now() + interval '1 hour' FROM elt_catalog.pipeline WHERE name = 'bad';
SELECT state FROM status WHERE pipeline = 'bad';
SELECT severity, subject, pipeline, statement FROM health WHERE subject = 'suspension';
ROLLBACK;
-- failed, and tried again
BEGIN;
INSERT INTO elt_catalog.run (pipeline_id, kind, origin, requested_by, attempt, retry_of, not_before, postponed_at)
SELECT r.pipeline_id, r.kind, 'retry', r.requested_by, 2, r.id, now() + interval '1 hour', now()
FROM elt_catalog.run r JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id WHERE p.name = 'bad';
SELECT state FROM status WHERE pipeline = 'bad';
SELECT severity, subject, pipeline, regexp_replace(message, ' at \S+ \S+ ', ' at ... ') AS message, statement FROM health WHERE subject IN ('run', 'retry');
ROLLBACK;
-- in a transaction block, or a function
\set VERBOSITY default
BEGIN;
CALL elt.drain();
ROLLBACK;
\set VERBOSITY terse
CALL elt.drain('-1 s');
SELECT elt.resume_all();

SELECT regexp_replace(l, '(?<=run is )\d+|\d\d+', 'N', 'g') FROM elt.explain_pipeline('good') AS l;
SELECT regexp_replace(l, '(?<=run is )\d+|\d\d+', 'N', 'g') FROM elt.explain_pipeline('bad') AS l;
BEGIN;
SELECT elt.enqueue('bad') > 0 AS queued;
SELECT regexp_replace(l, '(?<=run is )\d+', 'N') FROM elt.explain_pipeline('bad') AS l WHERE l ~ 'last run is|It is';
ROLLBACK;
SELECT elt.explain_pipeline('never');
SELECT elt.explain_pipeline('nevr');
SELECT l FROM elt.explain_pipeline('next') AS l WHERE l ~ 'whenever';

-- Old runs go, but the last success of each pipeline and what came after it.
CALL elt.run('good');
CALL elt.run('good');
UPDATE elt_catalog.run SET finished_at = finished_at - interval '100 days' WHERE pipeline_id IN (SELECT id FROM elt_catalog.pipeline WHERE name IN ('good', 'bad'));
CALL elt_catalog.maintain();
SELECT pipeline, state FROM elt.runs WHERE pipeline IN ('good', 'bad') ORDER BY pipeline, run_id;

SELECT elt.drop_pipeline(p) FROM unnest('{next,good,bad,never}'::text[]) AS p;
DROP SCHEMA st CASCADE;
