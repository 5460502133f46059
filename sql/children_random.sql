-- Random parents and children over random rounds compared with a model: lines removed, moved to another order, wrong or no
-- list at all, orders deleted, resent, late, and several versions of one in a response.
\getenv replay ELT_REPLAY
\getenv seed ELT_SEED
\if :{?seed}
\else
\set seed 1
\endif
\set soak ''
\getenv soak ELT_SOAK
SELECT CASE WHEN :'soak' = '' THEN 200 ELSE 2000 END AS rounds \gset
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
CREATE SERVER chance_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE SCHEMA chance_test;
SET search_path = chance_test;
CREATE FOREIGN TABLE script_of (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER chance_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FOREIGN TABLE order_api (id int, changed timestamptz OPTIONS (format 'unix'), note int, op text)
	SERVER chance_api OPTIONS (path '/script/chance', records '$.orders[*]');
CREATE FOREIGN TABLE line_api (order_id int OPTIONS (path '$.orders[*].id'), line_id int OPTIONS (path 'id'), n int)
	SERVER chance_api OPTIONS (path '/script/chance', records '$.orders[*].lines[*]');
CREATE FOREIGN TABLE parcel_api (line_id int OPTIONS (path '$.orders[*].lines[*].id'), place int OPTIONS (lineage 'index'),
	weight int OPTIONS (path '$.orders[*].lines[*].parcels[*].w'))
	SERVER chance_api OPTIONS (path '/script/chance', records '$.orders[*].lines[*].parcels[*]');
CREATE FOREIGN TABLE tag_api (order_id int OPTIONS (path '$.orders[*].id'), name text)
	SERVER chance_api OPTIONS (path '/script/chance', records '$.orders[*].tags[*]');

-- Three ways to keep orders, each with the same children.
CREATE TABLE way (way int PRIMARY KEY, name text, strategy text, options jsonb);
INSERT INTO way VALUES (0, 'c_plain', 'upsert', '{}'),
	(1, 'c_soft', 'upsert', $${"sequence_by": ["changed"], "delete_when": "op = 'd'"}$$),
	(2, 'c_dim', 'scd2', $${"sequence_by": ["changed"], "delete_when": "op = 'd'"}$$);
SELECT elt.create_pipeline(name, 'order_api', name, '{id}', strategy, options => options) FROM way ORDER BY way;
SELECT elt.add_child(name, 'line_api', name || '_lines', '{line_id}', '{order_id}') FROM way ORDER BY way;
SELECT elt.add_child(name || '_lines', 'parcel_api', name || '_parcels', '{line_id,place}', '{line_id}') FROM way ORDER BY way;
SELECT elt.add_child(name, 'tag_api', name || '_tags', '{order_id,name}', '{order_id}', '{"strategy": "upsert"}') FROM way ORDER BY way;
ALTER TABLE c_plain_lines ADD FOREIGN KEY (order_id) REFERENCES c_plain;
ALTER TABLE c_soft_parcels ADD FOREIGN KEY (line_id) REFERENCES c_soft_lines;

-- Versions of orders as the source has them, the newest of each first.
CREATE TABLE version (way int, id int, changed int, body json, PRIMARY KEY (way, id, changed));
CREATE TABLE m_order (way int, id int, changed int, PRIMARY KEY (way, id));
CREATE TABLE m_line (way int, line_id int, order_id int, n int, PRIMARY KEY (way, line_id));
CREATE TABLE m_parcel (way int, line_id int, place int, weight int, PRIMARY KEY (way, line_id, place));
CREATE TABLE m_tag (way int, order_id int, name text, PRIMARY KEY (way, order_id, name));
CREATE TABLE compared (round int, way int, lines int);
CREATE TABLE verdict (round int, way int, problem text);

CREATE FUNCTION some_parcels(n int) RETURNS json LANGUAGE sql AS
	$$SELECT coalesce(json_agg(json_build_object('w', floor(random() * 3)::int)), '[]') FROM generate_series(1, n)$$;
CREATE FUNCTION some_lines() RETURNS json LANGUAGE sql AS $$
	SELECT coalesce(json_agg(json_build_object('id', id, 'n', CASE WHEN random() < 0.03 THEN to_json('many'::text)
		ELSE to_json(floor(random() * 3)::int) END, 'parcels', some_parcels(floor(random() * 3)::int))), '[]')
	FROM (SELECT id FROM generate_series(1, 15) AS id WHERE random() < 0.2 ORDER BY random()) AS l $$;
CREATE FUNCTION some_list() RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN r < 0.04 THEN ', "lines": null' WHEN r < 0.08 THEN '' WHEN r < 0.12 THEN ', "lines": {"id": 1}'
		ELSE ', "lines": ' || some_lines() END FROM random() AS r $$;
CREATE FUNCTION some_order(id int, changed int) RETURNS json LANGUAGE sql AS $$
	SELECT CASE WHEN random() < 0.5 THEN ('{"id": ' || id || rest || '}')::json
		ELSE ('{' || substr(rest, 3) || ', "id": ' || id || '}')::json END
	FROM (SELECT format(', "changed": %s, "note": %s, "op": "%s"%s, "tags": [{"name": "t%s"}]', changed, floor(random() * 2),
		CASE WHEN random() < 0.12 THEN 'd' ELSE 'u' END, some_list(), floor(random() * 4)) AS rest) AS o $$;

-- A round: some orders change, and a response has some versions of some orders.
CREATE FUNCTION response(w int, round int, seed int) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	answer json;
BEGIN
	PERFORM setseed(((seed * 7919 + round * 104729) % 1000003) / 1000003.0);
	INSERT INTO version SELECT w, id, round * 10, some_order(id, round * 10) FROM generate_series(1, 6) AS id WHERE random() < 0.4;
	SELECT coalesce(json_agg(body ORDER BY random()), '[]') INTO answer FROM (
		SELECT body FROM (SELECT DISTINCT ON (id) id, body FROM version WHERE way = w ORDER BY id, changed DESC) AS newest WHERE random() < 0.6
		UNION ALL SELECT body FROM (SELECT body FROM version WHERE way = w AND random() < 0.5 ORDER BY random() LIMIT 2) AS older) AS s;
	RETURN answer;
END $$;

-- What must have landed then.
CREATE FUNCTION expect(w int, answer json) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMP TABLE winner ON COMMIT DROP AS
	SELECT DISTINCT ON (id) * FROM (SELECT (o->>'id')::int AS id, (o->>'changed')::int AS changed, o->>'op' = 'd' AND w > 0 AS gone, o, nr
		FROM json_array_elements(answer) WITH ORDINALITY AS a(o, nr)) AS v
	ORDER BY id, CASE WHEN w > 0 THEN changed END DESC, nr DESC;
	DELETE FROM winner AS v USING m_order AS m WHERE w > 0 AND m.way = w AND m.id = v.id AND m.changed > v.changed;
	INSERT INTO m_order SELECT w, id, changed FROM winner ON CONFLICT (way, id) DO UPDATE SET changed = excluded.changed;
	-- all that deleted orders had
	CREATE TEMP TABLE lost ON COMMIT DROP AS SELECT line_id FROM m_line JOIN winner ON id = order_id WHERE way = w AND gone;
	DELETE FROM m_tag USING winner WHERE way = w AND order_id = id AND gone;
	DELETE FROM winner WHERE gone;
	-- the lines of the others, of which the last one of a key counts, and those that no list has any more
	CREATE TEMP TABLE line ON COMMIT DROP AS
	SELECT DISTINCT ON (line_id) * FROM (SELECT (l->>'id')::int AS line_id, v.id AS order_id, l->>'n' AS n, l, v.nr, p
		FROM winner AS v, json_array_elements(CASE json_typeof(o->'lines') WHEN 'array' THEN o->'lines' ELSE '[]' END) WITH ORDINALITY AS x(l, p)) AS s
	WHERE n <> 'many' ORDER BY line_id, nr DESC, p DESC;
	INSERT INTO lost SELECT m.line_id FROM m_line AS m JOIN winner AS v ON v.id = m.order_id
	WHERE m.way = w AND m.line_id NOT IN (SELECT line_id FROM line)
		AND coalesce(json_typeof(o->'lines'), 'null') <> 'object' AND (o->'lines')::text NOT LIKE '%many%' IS NOT FALSE;
	DELETE FROM m_line WHERE way = w AND line_id IN (SELECT line_id FROM lost);
	DELETE FROM m_parcel WHERE way = w AND line_id IN (SELECT line_id FROM lost UNION SELECT line_id FROM line);
	INSERT INTO m_line SELECT w, line_id, order_id, n::int FROM line
	ON CONFLICT (way, line_id) DO UPDATE SET order_id = excluded.order_id, n = excluded.n;
	INSERT INTO m_parcel SELECT w, line_id, place, (x->>'w')::int FROM line, json_array_elements(l->'parcels') WITH ORDINALITY AS y(x, place);
	INSERT INTO m_tag SELECT w, id, t->>'name' FROM winner, json_array_elements(o->'tags') AS t ON CONFLICT DO NOTHING;
	DROP TABLE winner, lost, line;
END $$;

CREATE FUNCTION differs(round int, w int, what text, columns text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n text := (SELECT name FROM way WHERE way = w);
	found text;
BEGIN
	EXECUTE format('SELECT string_agg(d, E''\n'') FROM (
		(SELECT ''missing '' || r::text AS d FROM (SELECT %1$s FROM m_%2$s WHERE way = %3$s EXCEPT SELECT %1$s FROM %4$I) AS r) UNION ALL
		(SELECT ''more '' || r::text FROM (SELECT %1$s FROM %4$I EXCEPT SELECT %1$s FROM m_%2$s WHERE way = %3$s) AS r)) AS x',
		columns, what, w, n || '_' || what || 's') INTO found;
	IF found IS NOT NULL THEN
		INSERT INTO verdict VALUES (round, w, what || ': ' || found);
	END IF;
END $$;
CREATE FUNCTION compare(round int, w int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM differs(round, w, 'line', 'line_id, order_id, n');
	PERFORM differs(round, w, 'parcel', 'line_id, place, weight');
	PERFORM differs(round, w, 'tag', 'order_id, name');
	INSERT INTO verdict SELECT round, w, 'a run failed: ' || error FROM elt.runs
	WHERE run_id = (SELECT max(run_id) FROM elt.runs) AND state <> 'succeeded';
	INSERT INTO compared SELECT round, w, count(*) FROM m_line WHERE way = w;
END $$;
-- In every fourth round the previews of the children are compared with the merge.
CREATE FUNCTION merge_as_previewed(round int, w int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	n text := (SELECT name FROM way WHERE way = w);
BEGIN
	CREATE TEMP TABLE previewed ON COMMIT DROP AS SELECT p.name, (SELECT jsonb_object_agg(class, rows) FROM elt.preview_merge(p.name, 1) WHERE rows > 0) AS said
	FROM elt.pipelines AS p WHERE p.name LIKE n || '\_%';
	PERFORM elt.merge(n);
	INSERT INTO verdict SELECT round, w, format('the preview of %s said %s, the merge %s', name, said, did) FROM (
		SELECT name, said, (SELECT jsonb_object_agg(replace(key, 'rows_', ''), value) FROM jsonb_each(to_jsonb(t)) WHERE key LIKE 'rows\_%' AND value <> '0') AS did
		FROM previewed JOIN elt.run_targets AS t ON t.pipeline = name AND run_id = (SELECT max(run_id) FROM elt.runs)) AS x WHERE said IS DISTINCT FROM did;
	INSERT INTO as_previewed SELECT name FROM previewed WHERE said ?& '{read,inserted}';
	DROP TABLE previewed;
END $$;
CREATE TABLE as_previewed (name text);
CREATE TABLE answered (answer json);
\set ECHO none
SELECT format('TRUNCATE answered; INSERT INTO answered SELECT response(%s, %s, %s);'
	' SELECT count(*) AS ignored FROM script_of WHERE id = ''chance'' AND responses = (SELECT jsonb_build_array(jsonb_build_object('
	'''body'', json_build_object(''round'', %s, ''orders'', answer)::text))::text FROM answered)', round % 3, round, :seed, round) AS a,
	format('CALL elt.%s(%L)', CASE round % 4 WHEN 0 THEN 'pull' ELSE 'run' END, (SELECT name FROM way WHERE way = round % 3)) AS b,
	CASE round % 4 WHEN 0 THEN format('DO $do$ BEGIN PERFORM merge_as_previewed(%s, %s); END $do$', round, round % 3) ELSE 'SELECT' END AS b2,
	format('DO $do$ BEGIN PERFORM expect(%s, answer) FROM answered; PERFORM compare(%s, %s); END $do$', round % 3, round, round % 3) AS c
FROM generate_series(1, :rounds) AS round
\o /dev/null
\gexec
\o
\set ECHO all
-- A row here names the seed that finds it again: ELT_SEED=... test/run --only regress --test children_random
SELECT round, way, problem FROM verdict ORDER BY round LIMIT 5;
SELECT count(*) >= 200 AS compared, count(*) FILTER (WHERE lines > 3) > 100 AS with_lines FROM compared;
SELECT pipeline ~ '_lines$' AS lines, sum(rows_removed) > 5 AS removed, sum(rows_stale) > 5 AS stale, sum(rows_duplicate) > 5 AS duplicate,
	sum(rows_unchanged) > 5 AS unchanged, sum(rows_deleted) > 5 AS deleted, sum(rows_quarantined) > 5 AS quarantined
FROM elt.run_targets WHERE pipeline ~ '^c_(soft|dim)_(lines|parcels)$' GROUP BY 1 ORDER BY 1;
SELECT count(*) > 10 AS previewed FROM as_previewed;

SELECT elt.drop_pipeline(name) FROM way ORDER BY way;
DROP SCHEMA chance_test CASCADE;
DROP SERVER chance_api CASCADE;
