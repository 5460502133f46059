-- Metrics: elt.metrics, elt.metrics_text, and totals that outlive the history.
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA mt;
SET search_path = mt, public;
CREATE TABLE src (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO src VALUES (1, 1), (2, 2), (3, -3);
SELECT elt.create_pipeline('m_good', source => 'src', target => 'mt.good', key => '{id}',
		options => '{"load": "full", "max_staleness": "1 hour"}'),
	elt.create_pipeline('m_bad', source => 'src', target => 'mt.bad', key => '{id}', options => '{"on_landed": "select 1 / 0"}');
SELECT elt.add_check('m_good', 'positive', 'n > 0', action => 'quarantine');
CREATE VIEW samples AS SELECT name, labels - 'pipeline' AS labels, value, labels ->> 'pipeline' AS pipeline FROM elt.metrics
WHERE labels ->> 'pipeline' LIKE 'm\_%';

-- before the first run
SELECT name, labels, value FROM samples WHERE pipeline = 'm_good' AND name !~ 'timestamp|bucket' ORDER BY name, labels;
CALL elt.run('m_good');
UPDATE src SET n = 5 WHERE id = 1;
CALL elt.run('m_good');
\set VERBOSITY terse
CALL elt.run('m_bad');
SELECT pipeline, name, labels, value FROM samples WHERE name ~ '^elt_pipeline_(runs|rows|retries|failures)' ORDER BY 1, 2, 3;
SELECT labels ->> 'le' AS le, value FROM samples WHERE pipeline = 'm_good' AND name = 'elt_pipeline_run_duration_seconds_bucket'
	AND labels ->> 'le' IN ('7200.0', '+Inf') ORDER BY le;
SELECT name, value > 0 AS known FROM samples WHERE pipeline = 'm_good' AND name IN ('elt_pipeline_run_duration_seconds_sum',
	'elt_pipeline_last_success_timestamp_seconds') ORDER BY name;
SELECT s.value = date_part('epoch', r.finished_at + interval '1 hour') AS due
FROM samples s, (SELECT max(finished_at) AS finished_at FROM elt.runs WHERE pipeline = 'm_good') r
WHERE s.pipeline = 'm_good' AND s.name = 'elt_pipeline_success_due_timestamp_seconds';

-- Counts stay when runs are deleted, and grow with what is added to a run that has ended.
CREATE TABLE before AS SELECT * FROM samples WHERE name ~ '_(total|bucket|count|sum)$';
UPDATE elt_catalog.run SET finished_at = finished_at - interval '100 days' WHERE pipeline_id IN (SELECT id FROM elt_catalog.pipeline WHERE name LIKE 'm\_%');
CALL elt_catalog.maintain();
DELETE FROM elt_catalog.run WHERE pipeline_id IN (SELECT id FROM elt_catalog.pipeline WHERE name = 'm_bad');
SELECT count(*) FROM elt.runs WHERE pipeline LIKE 'm\_%';
SELECT b.name, b.value, s.value FROM before b LEFT JOIN samples s USING (name, labels, pipeline) WHERE s.value IS DISTINCT FROM b.value;
UPDATE elt_catalog.run SET rows_removed = rows_removed + 2 WHERE pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = 'm_good');
UPDATE elt_catalog.run SET detail = 'noted' WHERE pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = 'm_good');
SELECT s.name, s.labels, b.value AS before, s.value FROM samples s LEFT JOIN before b USING (name, labels, pipeline)
WHERE s.name ~ '_(total|bucket|count|sum)$' AND s.value IS DISTINCT FROM b.value;

-- Names: one type and help a family, _total for counters, base units, and no others.
SELECT name, count(DISTINCT (type, help)) FROM elt.metrics GROUP BY name HAVING count(DISTINCT (type, help)) > 1;
SELECT DISTINCT name, type FROM elt.metrics WHERE name !~ '^elt_[a-z_]+$' OR (type = 'counter') <> (name ~ '_total$')
	OR (type = 'histogram') <> (name ~ '_(bucket|count|sum)$') OR name ~ '(_ms|_minutes|_mb)($|_)';
SELECT name, labels FROM elt.metrics GROUP BY name, labels HAVING count(*) > 1;
-- Buckets do not fall, and the last is the count.
SELECT s.* FROM (SELECT name, labels - 'le' AS labels, value, lag(value) OVER (PARTITION BY name, labels - 'le'
	ORDER BY replace(labels ->> 'le', '+Inf', 'Infinity')::float8) AS smaller FROM elt.metrics WHERE name ~ '_bucket$') s WHERE value < smaller;
SELECT DISTINCT name, type, help FROM elt.metrics WHERE name !~ '^elt_(server|pool|health|partitions|tick|queue_oldest)' ORDER BY name;

-- As text: escaped, each family together, and an end.
BEGIN;
INSERT INTO elt_catalog.request_tally VALUES ('back\slash "quoted"', 'success', 100, 2, 300000, 1, 2, 2, 2, 2, 2, 2);
SELECT elt.set_pool(E'two\nlines "\\', 2);
SELECT l FROM regexp_split_to_table(elt.metrics_text(), E'\n') WITH ORDINALITY AS t(l, n)
WHERE l ~ '(back|two|EOF|^# .* elt_(server_requests|pool_runs_max) )' ORDER BY n;
CREATE SERVER "back\slash ""quoted""" FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://localhost', quota '1000/month');
SELECT l FROM regexp_split_to_table(elt.metrics_text(), E'\n') WITH ORDINALITY AS t(l, n)
WHERE l ~ 'back' OR l ~ '^# .* elt_server_request_duration' ORDER BY n;
ROLLBACK;
SELECT count(*) - count(DISTINCT family) AS scattered FROM (SELECT split_part(l, ' ', 3) AS family FROM regexp_split_to_table(elt.metrics_text(), E'\n') l
	WHERE l LIKE '# TYPE%') f;

-- Members of elt_reader read both.
SET ROLE elt_reader;
SELECT count(*) > 50 AS read FROM elt.metrics;
SELECT elt.metrics_text() ~ 'elt_pipeline_runs_total' AS read;
RESET ROLE;

SELECT elt.drop_pipeline(p) FROM unnest('{m_good,m_bad}'::text[]) AS p;
SELECT count(*) FROM elt.metrics WHERE labels ->> 'pipeline' LIKE 'm\_%';
DROP SCHEMA mt CASCADE;
