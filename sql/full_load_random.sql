-- Random full loads compared with a model, and each preview with its merge.
\getenv replay ELT_REPLAY
\getenv seed ELT_SEED
\if :{?seed}
\else
\set seed 1
\endif
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
SET elt.retry_base = 1;
CREATE SERVER random_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE random_owner;
GRANT elt_admin TO random_owner;
GRANT USAGE ON FOREIGN SERVER random_api TO random_owner;
CREATE SCHEMA random_test AUTHORIZATION random_owner;
SET ROLE random_owner;
SET search_path = random_test;
CREATE FOREIGN TABLE script_of (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER random_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FOREIGN TABLE item_api (shop text OPTIONS (param 'shop'), id int, price int, changed timestamptz, op text)
	SERVER random_api OPTIONS (path '/script/random_{shop}');
SELECT elt.create_pipeline(name, 'item_api', name, '{shop,id}', strategy, params => '{"shop": ["a", "b"]}',
	options => jsonb_build_object('sequence_by', sequence_by, 'delete_when', delete_when, 'load', 'full', 'absent', 'delete',
	'max_delete_percent', 30, 'min_rows_percent', 60))
FROM (VALUES ('r_plain', 'upsert', '{}'::text[], NULL), ('r_soft', 'upsert', '{changed}', $$op = 'd'$$),
	('r_dim', 'scd2', '{changed}', $$op = 'd'$$)) AS p(name, strategy, sequence_by, delete_when);
SELECT elt.add_check(name, 'cheap', 'price < 9') FROM elt.pipelines WHERE name LIKE 'r\_%';

-- The source: rows that are there, of which an answer shows what it likes.
CREATE TABLE source (shop text, id int, price int, changed timestamptz, PRIMARY KEY (shop, id));
CREATE TABLE answered (shop text, id int, price int, changed timestamptz, op text);
CREATE TABLE fate (shop text PRIMARY KEY, failed bool);
CREATE TABLE model (name text, shop text, id int, PRIMARY KEY (name, shop, id));
CREATE TABLE pending (name text, shop text, id int);
CREATE TABLE last_complete (name text PRIMARY KEY, rows int);
CREATE TABLE last_pending (name text PRIMARY KEY, rows int);
CREATE TABLE compared (round int, name text);
CREATE TABLE verdict (round int, name text, problem text);

-- One round: the source changes, and each shop answers, or fails.
CREATE FUNCTION change(round int, seed int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	now timestamptz := timestamptz '2024-01-01' + round * interval '1 hour';
	share float8;
	s text;
BEGIN
	PERFORM setseed(((seed * 7919 + round * 104729) % 1000003) / 1000003.0);
	DELETE FROM answered;
	DELETE FROM fate;
	share := CASE WHEN random() < 0.3 THEN random() * 0.5 ELSE random() * 0.12 END;
	DELETE FROM source WHERE random() < share;
	UPDATE source SET price = floor(random() * 10), changed = now WHERE random() < 0.2;
	INSERT INTO source SELECT shop, id, floor(random() * 10), now
	FROM unnest('{a,b}'::text[]) AS shop, generate_series(1, 30) AS id WHERE random() < 0.15 ON CONFLICT DO NOTHING;
	FOREACH s IN ARRAY '{a,b}'::text[] LOOP
		INSERT INTO fate SELECT s, random() < 0.1;
		IF random() > 0.05 THEN
			INSERT INTO answered SELECT shop, id, price, changed, CASE WHEN random() < 0.03 THEN 'd' END
			FROM source WHERE shop = s;
			INSERT INTO answered SELECT shop, id, price - 1, changed - interval '1 minute' FROM source
			WHERE shop = s AND random() < 0.05;
			INSERT INTO answered SELECT s, NULL, 1, now WHERE random() < 0.05;
		END IF;
		PERFORM FROM script_of AS t WHERE t.id = 'random_' || s AND t.responses = (
			SELECT json_build_array(CASE WHEN failed THEN json_build_object('status', 404) ELSE json_build_object('body', (
				SELECT coalesce(json_agg(to_json(a) ORDER BY random()), '[]')::text FROM answered AS a WHERE a.shop = s)) END)
			FROM fate WHERE shop = s)::text;
	END LOOP;
	DELETE FROM answered WHERE shop IN (SELECT shop FROM fate WHERE failed);
END
$$;

-- What a load should do, by the words of the page.
CREATE FUNCTION expect(pipeline text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	staged int := (SELECT count(*) FROM answered);
	live int := (SELECT count(*) FROM model WHERE name = pipeline);
	before int := (SELECT rows FROM last_complete WHERE name = pipeline);
	holds bool;
BEGIN
	CREATE TEMP TABLE absent ON COMMIT DROP AS SELECT m.shop, m.id FROM model AS m WHERE m.name = pipeline
		AND NOT EXISTS (SELECT FROM answered AS a WHERE (a.shop, a.id) = (m.shop, m.id));
	DELETE FROM pending AS p USING answered AS a WHERE p.name = pipeline AND (p.shop, p.id) = (a.shop, a.id);
	-- the newest row of each key that no check takes out
	CREATE TEMP TABLE landed ON COMMIT DROP AS SELECT DISTINCT ON (shop, id) shop, id, op FROM answered
		WHERE id IS NOT NULL AND price < 9 ORDER BY shop, id, changed DESC;
	holds := staged = 0
		OR EXISTS (SELECT FROM model AS m WHERE m.name = pipeline AND NOT EXISTS (SELECT FROM answered AS a WHERE a.shop = m.shop))
		OR EXISTS (SELECT FROM answered WHERE id IS NULL)
		OR before > 0 AND staged * 100.0 / before < 60
		OR (SELECT count(*) FROM absent) * 100.0 / nullif(live, 0) > 30;
	IF pipeline <> 'r_plain' THEN
		DELETE FROM model AS m USING landed AS l WHERE m.name = pipeline AND (m.shop, m.id) = (l.shop, l.id) AND l.op = 'd';
		DELETE FROM landed WHERE op = 'd';
	END IF;
	INSERT INTO model SELECT pipeline, shop, id FROM landed ON CONFLICT DO NOTHING;
	IF NOT EXISTS (SELECT FROM fate WHERE failed) THEN
		DELETE FROM pending WHERE name = pipeline;
		IF EXISTS (SELECT FROM absent) AND holds THEN
			INSERT INTO pending SELECT pipeline, shop, id FROM absent;
			INSERT INTO last_pending VALUES (pipeline, staged) ON CONFLICT (name) DO UPDATE SET rows = excluded.rows;
		ELSE
			DELETE FROM model AS m USING absent AS a WHERE m.name = pipeline AND (m.shop, m.id) = (a.shop, a.id);
			INSERT INTO last_complete VALUES (pipeline, staged) ON CONFLICT (name) DO UPDATE SET rows = excluded.rows;
		END IF;
	END IF;
	DROP TABLE absent, landed;
END
$$;

CREATE FUNCTION live(pipeline text) RETURNS TABLE (shop text, id int) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT shop, id FROM %I%s', pipeline,
		CASE pipeline WHEN 'r_soft' THEN ' WHERE NOT _deleted' WHEN 'r_dim' THEN ' WHERE is_current' ELSE '' END);
END
$$;

CREATE FUNCTION compare(nr int, pipeline text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	saw jsonb;
	did jsonb;
BEGIN
	SELECT jsonb_object_agg(class, rows) INTO saw FROM elt.preview_merge(pipeline, 0) WHERE rows IS NOT NULL;
	PERFORM elt.merge(pipeline);
	SELECT jsonb_object_agg(replace(key, 'rows_', ''), value) INTO did FROM elt.runs AS r, jsonb_each(to_jsonb(r))
	WHERE r.run_id = (SELECT max(run_id) FROM elt.runs WHERE runs.pipeline = compare.pipeline)
		AND (key LIKE 'rows\_%' OR key = 'pending_deletes') AND (value <> '0' OR key = 'rows_read');
	INSERT INTO verdict SELECT nr, pipeline, format('the preview said %s, the merge %s', saw, did)
	WHERE coalesce(saw, '{}') <> coalesce(did, '{}');
	PERFORM expect(pipeline);
	INSERT INTO verdict SELECT nr, pipeline, 'live rows' FROM (
		(SELECT shop, id FROM model WHERE name = pipeline EXCEPT SELECT * FROM live(pipeline)) UNION ALL
		(SELECT * FROM live(pipeline) EXCEPT SELECT shop, id FROM model WHERE name = pipeline)) AS d LIMIT 1;
	INSERT INTO verdict SELECT nr, pipeline, 'pending' FROM (
		(SELECT shop, id FROM pending WHERE name = pipeline EXCEPT
			SELECT key->>'shop', (key->>'id')::int FROM elt.pending_deletes AS d WHERE d.pipeline = compare.pipeline) UNION ALL
		(SELECT key->>'shop', (key->>'id')::int FROM elt.pending_deletes AS d WHERE d.pipeline = compare.pipeline
			EXCEPT SELECT shop, id FROM pending WHERE name = pipeline)) AS d LIMIT 1;
	-- Now and then somebody looks at what is pending.
	IF random() < 0.4 AND EXISTS (SELECT FROM pending WHERE name = pipeline) THEN
		PERFORM elt.approve_deletes(run_id) FROM elt.pending_deletes AS d WHERE d.pipeline = compare.pipeline GROUP BY run_id;
		DELETE FROM model AS m USING pending AS p WHERE p.name = pipeline AND (m.name, m.shop, m.id) = (p.name, p.shop, p.id);
		DELETE FROM pending WHERE name = pipeline;
		INSERT INTO last_complete SELECT * FROM last_pending AS h WHERE h.name = compare.pipeline
		ON CONFLICT (name) DO UPDATE SET rows = excluded.rows;
	END IF;
	INSERT INTO compared VALUES (nr, pipeline);
END
$$;
\set ECHO none
SELECT format('DO $do$ BEGIN PERFORM random_test.change(%s, %s); END $do$', round, :seed) AS a,
	'CALL elt.pull(''r_plain'')' AS b, 'CALL elt.pull(''r_soft'')' AS c, 'CALL elt.pull(''r_dim'')' AS d,
	format('DO $do$ BEGIN PERFORM random_test.compare(%s, name) FROM unnest(''{r_plain,r_soft,r_dim}''::text[]) AS name; END $do$', round) AS e
FROM generate_series(1, 40) AS round \gexec
\set ECHO all
-- A row here names the seed that finds it again: ELT_SEED=... test/run --only regress --test full_load_random
SELECT :'seed' AS seed, round, name, problem FROM verdict ORDER BY round, name LIMIT 10;
SELECT name, count(*) FROM compared GROUP BY name ORDER BY name;
SELECT pipeline, sum(rows_removed) > 5 AS removed, sum(pending_deletes) > 5 AS pending, sum(rows_inserted) > 20 AS inserted,
	count(*) FILTER (WHERE detail LIKE '%Nothing%') > 2 AS unproven
FROM elt.runs WHERE pipeline LIKE 'r\_%' GROUP BY pipeline ORDER BY pipeline;
SELECT count(*) = 0 AS one_current FROM (SELECT FROM r_dim WHERE is_current GROUP BY shop, id HAVING count(*) > 1) AS d;

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name LIKE 'r\_%' ORDER BY name;
RESET ROLE;
DROP SERVER random_api CASCADE;
DROP SCHEMA random_test CASCADE;
DROP OWNED BY random_owner;
DROP ROLE random_owner;
