-- Slices that fail repeatedly: requested last, after increasing pauses, and removed with their params.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET client_min_messages = error;
SET elt.retry_base = 1;
CREATE SCHEMA failing_test;
SET search_path = failing_test;
CREATE SERVER failing_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', concurrency '1', max_attempts '1');
CREATE FOREIGN TABLE control (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER failing_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}', records '$');
CREATE FOREIGN TABLE sent (url text, last int OPTIONS (param 'last')) SERVER failing_api
	OPTIONS (path '/_control/requests', query 'last={last}', records '$.requests[*]');
CREATE FUNCTION answers(place text, status int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM control WHERE id = 'failing_' || place AND responses =
		json_build_array(json_build_object('status', status, 'json', '[{"n": 1}]'::json))::text;
END $$;
-- What has been asked for since one looked last, in the order of asking
CREATE TABLE looked (requests bigint);
INSERT INTO looked VALUES (0);
CREATE FUNCTION asked(OUT asked text) LANGUAGE plpgsql AS $$
DECLARE
	urls text[] := ARRAY(SELECT substring(url FROM 'failing_(.*)') FROM sent WHERE last = 10000 AND url LIKE '/script/failing%');
BEGIN
	asked := array_to_string(urls[1 + (SELECT requests FROM looked):], ' ');
	UPDATE looked SET requests = cardinality(urls);
END $$;
-- A run as the clock would start it
CREATE PROCEDURE scheduled(pipeline text) LANGUAGE plpgsql AS $$
DECLARE queued bigint;
BEGIN
	SELECT elt.enqueue(pipeline) INTO queued;
	UPDATE elt_catalog.run SET origin = 'schedule' WHERE id = queued;
	COMMIT;
	CALL elt.wait(queued);
END $$;
CREATE VIEW failing AS SELECT s.params->>'place' AS place, s.window_start::date AS day, s.state, s.failures,
	s.next_try_at - s.tried_at AS pause FROM elt_catalog.slice s JOIN elt_catalog.pipeline p ON p.id = s.pipeline_id
	WHERE p.name LIKE 'failing%' ORDER BY 1, 2;
CREATE VIEW outcome AS SELECT state, slices_landed, slices_unchanged, slices_failed, regexp_replace(regexp_replace(detail, 'until .*', 'until ...'), 'http://.*', '...') AS detail
	FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);

CREATE TABLE places (place text);
INSERT INTO places VALUES ('a'), ('b'), ('c');
CREATE FOREIGN TABLE api (place text OPTIONS (param 'place'), n int) SERVER failing_api OPTIONS (path '/script/failing_{place}');
SELECT answers('a', 404), answers('b', 200), answers('c', 200);
SELECT elt.create_pipeline('failing', 'api', 'failing_test.landed', '{place}', options => '{"params_query": "SELECT place FROM failing_test.places",
	"fail_after": 1, "max_attempts": 1}');
-- The first time nobody knows; then the good ones come first.
CALL elt.run('failing');
SELECT asked();
CALL elt.run('failing');
SELECT asked();
SELECT * FROM failing;
-- What will mend by itself is no refusal.
SELECT answers('b', 503);
CALL elt.run('failing');
SELECT * FROM failing;
SELECT answers('b', 200);
CALL elt.run('failing');
SELECT asked();
SELECT * FROM failing;
SELECT place, next_try_at > now() AS waits FROM elt.slices, LATERAL (SELECT params->>'place' AS place) p WHERE pipeline = 'failing' AND state = 'failed';
-- A run of the clock leaves it out and says so; who calls for it gets it.
CALL scheduled('failing');
SELECT asked();
SELECT * FROM outcome;
CALL elt.run('failing');
SELECT asked();
SELECT * FROM failing WHERE place = 'a';
-- When its time has come it is asked for again; what lands is as any other.
UPDATE elt_catalog.slice SET next_try_at = now() WHERE failures > 0;
SELECT answers('a', 200);
CALL scheduled('failing');
SELECT asked();
SELECT * FROM failing WHERE place = 'a';
-- Params that are gone are gone from the view, and known when they come back.
DELETE FROM places WHERE place = 'b';
CALL elt.run('failing');
SELECT params FROM elt.slices WHERE pipeline = 'failing';
INSERT INTO places VALUES ('b');
CALL elt.run('failing');
SELECT params, state FROM elt.slices WHERE pipeline = 'failing';
SELECT elt.alter_pipeline('failing', options => '{"params_query": ""}', params => '{"place": ["c"]}');
SELECT params FROM elt.slices WHERE pipeline = 'failing';
SELECT elt.drop_pipeline('failing');

-- A place that the source does not know costs one request, whatever windows are due.
DROP TABLE landed;
CREATE FOREIGN TABLE days (place text OPTIONS (param 'place'), day date OPTIONS (param 'window_start'), n int) SERVER failing_api
	OPTIONS (path '/script/failing_{place}', query 'from={window_start}', window '1 day', window_column 'day', window_format 'YYYY-MM-DD');
SELECT answers('a', 404), asked() IS NOT NULL AS looked;
SELECT elt.create_pipeline('failing_days', 'days', 'failing_test.landed', '{place,day}', params => '{"place": ["a", "b"]}',
	start_at => '2024-01-01', options => jsonb_build_object('publication_delay', now() - timestamptz '2024-01-03 12:00', 'max_attempts', 1));
CALL elt.run('failing_days');
CALL elt.run('failing_days');
CALL elt.run('failing_days');
SELECT place, state, max(failures) AS failures, count(*) FROM failing GROUP BY 1, 2 ORDER BY 1;
SELECT asked() IS NOT NULL AS asked;
CALL scheduled('failing_days');
SELECT asked();
SELECT * FROM outcome;
UPDATE elt_catalog.slice SET next_try_at = now() WHERE failures > 0;
CALL scheduled('failing_days');
SELECT asked();
SELECT place, day, failures, pause FROM failing WHERE place = 'a' ORDER BY day LIMIT 1;
-- As soon as it is known its windows come as they are due, but one that still waits.
SELECT answers('a', 200);
UPDATE elt_catalog.slice SET next_try_at = now() WHERE failures > 0;
CALL scheduled('failing_days');
SELECT asked();
CALL scheduled('failing_days');
SELECT asked();
SELECT state, count(*) FROM failing WHERE place = 'a' GROUP BY 1;
SELECT elt.drop_pipeline('failing_days');

DROP SERVER failing_api CASCADE;
DROP SCHEMA failing_test CASCADE;
