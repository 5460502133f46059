-- Random answers replace scopes of random rows: the targets equal a model, which deletes the scopes and
-- inserts what came, and each preview equals its merge.
\getenv replay ELT_REPLAY
\getenv seed ELT_SEED
\if :{?seed}
\else
\set seed 1
\endif
\set soak ''
\getenv soak ELT_SOAK
SELECT CASE WHEN :'soak' = '' THEN 20 ELSE 1000 END AS rounds \gset
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
SET elt.retry_base = 1;
CREATE SERVER scopes_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE SCHEMA scopes_test;
SET search_path = scopes_test;
CREATE FOREIGN TABLE script_of (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER scopes_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FOREIGN TABLE row_api (part text OPTIONS (param 'part'), grp int, id int, value numeric, note text)
	SERVER scopes_api OPTIONS (path '/script/scopes_{part}', records '$.rows[*]');

-- Scopes that rows say, in the key, beside it and without a key; scopes that params determine.
CREATE TABLE way (name text PRIMARY KEY, scope text, key text[]);
INSERT INTO way VALUES ('s_moving', 'grp', '{id}'), ('s_inside', 'grp', '{grp,id}'), ('s_bag', 'grp', '{}'),
	('s_file', 'part', '{part,id}'), ('s_lines', 'part', '{}');
SELECT elt.create_pipeline(name, 'row_api', name, key, 'replace', params => '{"part": ["a", "b"]}',
	options => jsonb_build_object('replace_by', array[scope])) FROM way ORDER BY name;
SELECT elt.add_check(name, 'low', 'value < 5'), elt.add_check(name, 'no_three', 'value <> 3', 'drop') FROM way ORDER BY name;

CREATE TABLE answered (part text, n int, grp int, id int, value text, note text);
-- The order of requests, also after a failure.
CREATE TABLE fate (part text PRIMARY KEY, failed bool, place int);
CREATE TABLE model (name text, part text, grp int, id int, value numeric, note text);
CREATE TABLE compared (round int, name text);
CREATE TABLE verdict (round int, name text, problem text);

-- One round: what each part answers. Every second one has only good rows.
CREATE FUNCTION change(round int, seed int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	bad float8 := (round % 2) * 0.04;
	p text;
BEGIN
	PERFORM setseed(((seed * 7919 + round * 104729) % 1000003) / 1000003.0);
	DELETE FROM answered;
	FOREACH p IN ARRAY '{a,b}'::text[] LOOP
		INSERT INTO fate SELECT p, random() < 0.1, ascii(p)
		ON CONFLICT (part) DO UPDATE SET failed = excluded.failed;
		INSERT INTO answered SELECT p, n, CASE WHEN random() > 0.1 THEN ceil(random() * 4) + CASE p WHEN 'b' THEN 2 ELSE 0 END END,
			CASE WHEN random() >= bad THEN ceil(random() * 8) END,
			CASE WHEN random() < bad THEN 'x' WHEN random() < 2 * bad THEN '5' WHEN random() < 2 * bad THEN '3' WHEN random() < 0.2 THEN '1' ELSE '0' END,
			CASE WHEN random() < 0.1 THEN 'n' END
		FROM generate_series(1, floor(random() * 14)::int) AS n;
		-- In every third round no key repeats.
		DELETE FROM answered AS a USING answered AS b
		WHERE round % 3 = 0 AND a.part = p AND a.id = b.id AND (a.part, a.n) > (b.part, b.n);
		-- A batch of which nothing can be decoded fails.
		UPDATE answered SET value = '1' WHERE part = p AND n = 1;
		PERFORM FROM script_of AS t WHERE t.id = 'scopes_' || p AND t.responses = (
			SELECT json_build_array(CASE WHEN failed THEN json_build_object('status', 404) ELSE json_build_object('body',
				json_build_object('round', round, 'rows', (SELECT coalesce(json_agg(a ORDER BY n), '[]') FROM answered AS a WHERE a.part = p))::text) END)
			FROM fate WHERE part = p)::text;
	END LOOP;
	DELETE FROM answered WHERE part IN (SELECT part FROM fate WHERE failed);
END
$$;

CREATE FUNCTION expect(w way) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE came ON COMMIT DROP AS SELECT a.part, f.place, n, grp, a.id, value::numeric, note, value <> '3' AND value <> '5' AND full_key AS lands,
		CASE w.scope WHEN 'grp' THEN coalesce(grp::text, 'none') ELSE a.part END AS scope,
		CASE WHEN full_key THEN concat(CASE WHEN w.key[1] = 'grp' THEN grp::text WHEN w.key[1] = 'part' THEN a.part END, '/', a.id) END AS row_key
	FROM answered AS a JOIN fate AS f USING (part), LATERAL (SELECT w.key = '{}' OR a.id IS NOT NULL AND (w.key[1] <> 'grp' OR grp IS NOT NULL) AS full_key) AS k
	WHERE value <> 'x';
	CREATE TEMP TABLE doubt ON COMMIT DROP AS SELECT part FROM answered WHERE value = 'x'
		UNION SELECT part FROM came WHERE row_key IS NULL;
	-- the last part with rows of a scope counts
	DELETE FROM came AS c USING (SELECT DISTINCT ON (scope) scope, part, place FROM came ORDER BY scope, place DESC) AS l
	WHERE l.scope = c.scope AND c.place < l.place AND c.lands AND l.part NOT IN (TABLE doubt);
	CREATE TEMP TABLE whole ON COMMIT DROP AS
		SELECT scope FROM came WHERE w.scope = 'grp' GROUP BY scope HAVING bool_and(part NOT IN (TABLE doubt))
		UNION ALL SELECT part FROM fate WHERE w.scope = 'part' AND NOT failed AND part NOT IN (TABLE doubt);
	CREATE TEMP TABLE old ON COMMIT DROP AS SELECT m.part, grp, m.id, value, note,
		CASE w.scope WHEN 'grp' THEN coalesce(grp::text, 'none') ELSE m.part END AS scope,
		concat(CASE WHEN w.key[1] = 'grp' THEN grp::text WHEN w.key[1] = 'part' THEN m.part END, '/', m.id) AS row_key
	FROM model AS m WHERE name = w.name;
	DELETE FROM model WHERE name = w.name;
	IF w.key <> '{}' THEN
		DELETE FROM old WHERE scope IN (TABLE whole) AND row_key NOT IN (SELECT row_key FROM came WHERE NOT lands AND row_key IS NOT NULL);
		DELETE FROM old WHERE row_key IN (SELECT row_key FROM came WHERE lands);
		INSERT INTO old SELECT DISTINCT ON (row_key) part, grp, id, value, note, scope, row_key FROM came WHERE lands ORDER BY row_key, place DESC, n DESC;
	ELSE
		DELETE FROM old AS o WHERE scope IN (TABLE whole) AND NOT EXISTS (SELECT FROM came AS c
			WHERE NOT lands AND (c.part, c.grp, c.id, c.value, c.note) IS NOT DISTINCT FROM (o.part, o.grp, o.id, o.value, o.note));
		INSERT INTO old SELECT part, grp, id, value, note, scope FROM came WHERE lands AND scope IN (TABLE whole);
		INSERT INTO old SELECT part, grp, id, value, note, scope FROM came WHERE lands AND scope NOT IN (TABLE whole)
		EXCEPT ALL SELECT part, grp, id, value, note, scope FROM old;
	END IF;
	INSERT INTO model SELECT w.name, part, grp, id, value, note FROM old;
	DROP TABLE came, doubt, whole, old;
END
$$;

CREATE FUNCTION compare(nr int, w way) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	saw jsonb;
	did jsonb;
	run bigint;
	differing text;
	written bigint;
BEGIN
	SELECT coalesce(jsonb_object_agg(class, rows), '{}') INTO saw FROM elt.preview_merge(w.name, 0) WHERE rows IS NOT NULL;
	PERFORM elt.merge(w.name);
	SELECT max(run_id) INTO run FROM elt.runs WHERE pipeline = w.name;
	SELECT coalesce(jsonb_object_agg(replace(key, 'rows_', ''), value), '{}') INTO did FROM elt.runs AS r, jsonb_each(to_jsonb(r))
	WHERE r.run_id = run AND key LIKE 'rows\_%' AND (value <> '0' OR key = 'rows_read');
	INSERT INTO verdict SELECT nr, w.name, format('the preview said %s, the merge %s', saw, did) WHERE saw <> did;
	PERFORM expect(w);
	EXECUTE format($q$SELECT string_agg(d::text, ', ') FROM (
		(SELECT 'missing', part, grp, id, value, note FROM model WHERE name = %1$L EXCEPT ALL SELECT 'missing', part, grp, id, value, note FROM %1$I) UNION ALL
		(SELECT 'there', part, grp, id, value, note FROM %1$I EXCEPT ALL SELECT 'there', part, grp, id, value, note FROM model WHERE name = %1$L)) AS d$q$, w.name)
	INTO differing;
	INSERT INTO verdict SELECT nr, w.name, differing WHERE differing IS NOT NULL;
	-- what is equal was not written
	EXECUTE format('SELECT count(*) FROM %I WHERE _run_id = (SELECT max(run_id) FROM elt.runs WHERE pipeline = %1$L AND kind = ''pull'')', w.name) INTO written;
	INSERT INTO verdict SELECT nr, w.name, format('%s rows were written, but the counts are %s', written, did)
	WHERE w.key <> '{}' AND written <> coalesce((did->>'inserted')::bigint, 0) + coalesce((did->>'updated')::bigint, 0);
	INSERT INTO compared VALUES (nr, w.name);
END
$$;
\set ECHO none
SELECT format('DO $do$ BEGIN PERFORM scopes_test.change(%s, %s); END $do$', round, :seed) AS a,
	'CALL elt.pull(''s_moving'')' AS b, 'CALL elt.pull(''s_inside'')' AS c, 'CALL elt.pull(''s_bag'')' AS d,
	'CALL elt.pull(''s_file'')' AS e, 'CALL elt.pull(''s_lines'')' AS f,
	format('DO $do$ BEGIN PERFORM scopes_test.compare(%s, w) FROM scopes_test.way AS w ORDER BY w.name; END $do$', round) AS g
FROM generate_series(1, :rounds) AS round \gexec
\set ECHO all
-- A row here names the seed that finds it again: ELT_SEED=... test/run --only regress --test replace_by_random
SELECT :'seed' AS seed, round, name, problem FROM verdict ORDER BY round, name LIMIT 10;
SELECT name, count(*) = :rounds AS all_compared FROM compared GROUP BY name ORDER BY name;
SELECT pipeline, sum(rows_removed) > 10 AS removed, sum(rows_inserted) > 20 AS inserted, sum(rows_unchanged) > 2 AS unchanged,
	count(*) FILTER (WHERE detail LIKE 'Rows missing%') > 0 AS in_doubt, count(*) FILTER (WHERE detail LIKE '%gave way%') > 0 AS repeated
FROM elt.runs WHERE pipeline LIKE 's\_%' GROUP BY pipeline ORDER BY pipeline;

SELECT elt.drop_pipeline(name) FROM way ORDER BY name \g /dev/null
DROP SERVER scopes_api CASCADE;
DROP SCHEMA scopes_test CASCADE;
