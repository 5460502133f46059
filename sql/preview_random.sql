-- The counts of elt.preview_merge are those of the merge that follows, on random batches of every strategy.
\getenv replay ELT_REPLAY
\getenv seed ELT_SEED
\if :{?seed}
\else
\set seed 1
\endif
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
CREATE SERVER batch_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE batch_owner;
GRANT elt_admin TO batch_owner;
GRANT USAGE ON FOREIGN SERVER batch_api TO batch_owner;
CREATE SCHEMA batch_test AUTHORIZATION batch_owner;
SET ROLE batch_owner;
SET search_path = batch_test;
CREATE FOREIGN TABLE row_api (id int, value numeric, note text, at timestamptz, position int, op text)
	SERVER batch_api OPTIONS (path '/echo', query 'body=');
CREATE FOREIGN TABLE day_api (id int, value numeric, note text, at timestamptz, position int, op text)
	SERVER batch_api OPTIONS (path '/echo', query 'from={window_start}&body=', window '1 month', window_column 'at');

SELECT elt.create_pipeline('p_' || name, source::regclass, 'p_' || name, key, strategy, options => jsonb_build_object('sequence_by', sequence_by,
	'delete_when', CASE WHEN deletes IS NOT NULL THEN $$op = 'd'$$ END, 'deletes', coalesce(nullif(deletes, 'soft'), 'close'),
	'insert_only_columns', insert_only, 'replace_by', CASE strategy WHEN 'replace' THEN '{note}'::text[] ELSE '{}' END, 'first_valid_from', first, 'late_horizon', late, 'late_policy', policy, 'publication_delay', now() - timestamptz '2024-01-20'),
	start_at => '2024-01-01')
FROM (VALUES
	('plain', 'row_api', '{id}'::text[], 'upsert', '{}'::text[], NULL, '{}'::text[], 'event', NULL::interval, 'rebuild'),
	('first', 'row_api', '{id}', 'upsert', '{at}', NULL, '{note}', 'event', NULL, 'rebuild'),
	('soft', 'row_api', '{id}', 'upsert', '{at,position}', 'soft', '{}', 'event', NULL, 'rebuild'),
	('log', 'row_api', '{id}', 'append', '{}', NULL, '{}', 'event', NULL, 'rebuild'),
	('window_keys', 'day_api', '{id}', 'replace_window', '{}', NULL, '{}', 'event', NULL, 'rebuild'),
	('window_rows', 'day_api', '{}', 'replace_window', '{}', NULL, '{}', 'event', NULL, 'rebuild'),
	('scope_keys', 'row_api', '{id}', 'replace', '{}', NULL, '{}', 'event', NULL, 'rebuild'),
	('scope_rows', 'row_api', '{}', 'replace', '{}', NULL, '{}', 'event', NULL, 'rebuild'),
	('closed', 'row_api', '{id}', 'scd2', '{at,position}', 'close', '{}', 'event', NULL, 'rebuild'),
	('marked', 'row_api', '{id}', 'scd2', '{at}', 'mark', '{}', '-infinity', NULL, 'rebuild'),
	('ignored', 'row_api', '{id}', 'scd2', '{at,position}', 'ignore', '{}', 'event', NULL, 'rebuild'),
	('late', 'row_api', '{id}', 'scd2', '{at,position}', 'close', '{}', 'event', '6 days', 'quarantine')
) AS p(name, source, key, strategy, sequence_by, deletes, insert_only, first, late, policy);
SELECT elt.add_check(name, 'low', 'value < 5') FROM elt.pipelines WHERE name LIKE 'p\_%';
SELECT elt.add_check(name, 'even', 'value <> 3', 'drop') FROM elt.pipelines WHERE name LIKE 'p\_%';
CREATE TABLE verdict (round int, name text, problem text);
CREATE TABLE compared (round int, name text, kinds int);

CREATE FUNCTION change(round int, seed int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	body text;
BEGIN
	PERFORM setseed(((seed * 7919 + round * 104729) % 1000003) / 1000003.0);
	SELECT coalesce(json_agg(json_strip_nulls(json_build_object('id', CASE WHEN random() > 0.03 THEN floor(random() * 12) END,
		'value', CASE WHEN random() > 0.02 THEN floor(random() * 6)::text ELSE 'x' END,
		'note', CASE WHEN random() < 0.5 THEN 'n' || floor(random() * 2) END,
		'at', CASE WHEN random() > 0.03 THEN timestamptz '2024-01-01' + (round + floor(random() * 6 - 3)) * interval '12 hours' END,
		'position', CASE WHEN random() > 0.03 THEN floor(random() * 3) END,
		'op', CASE WHEN random() < 0.2 THEN 'd' END))), '[]') INTO body
	FROM generate_series(1, floor(random() * 20)::int);
	EXECUTE format('ALTER FOREIGN TABLE row_api OPTIONS (SET query %L)',
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
	-- a window has rows of its own time alone
	body := regexp_replace(body, '"at":"2023-12-', '"at":"2024-01-', 'g');
	EXECUTE format('ALTER FOREIGN TABLE day_api OPTIONS (SET query %L)',
		'from={window_start}&body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END
$$;
CREATE FUNCTION compare(nr int, pipeline text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	saw jsonb;
	did jsonb;
BEGIN
	SELECT coalesce(jsonb_object_agg(class, rows), '{}') INTO saw FROM elt.preview_merge(pipeline) WHERE rows IS NOT NULL;
	PERFORM elt.merge(pipeline);
	SELECT coalesce(jsonb_object_agg(replace(key, 'rows_', ''), value), '{}') INTO did FROM elt.runs AS r, jsonb_each(to_jsonb(r))
	WHERE r.run_id = (SELECT max(run_id) FROM elt.runs WHERE runs.pipeline = compare.pipeline)
		AND key LIKE 'rows\_%' AND (value <> '0' OR key = 'rows_read');
	INSERT INTO verdict SELECT nr, pipeline, format('the preview said %s, the merge %s', saw, did) WHERE saw <> did;
	INSERT INTO compared SELECT nr, pipeline, count(*) FROM jsonb_object_keys(did);
END
$$;
\set ECHO none
SELECT format('DO $do$ BEGIN PERFORM batch_test.change(%s, %s); END $do$', round, :seed) AS a,
	'CALL elt.pull(''p_plain'')' AS b1, 'CALL elt.pull(''p_first'')' AS b2, 'CALL elt.pull(''p_soft'')' AS b3,
	'CALL elt.pull(''p_log'')' AS b4, 'CALL elt.pull(''p_window_keys'')' AS b5, 'CALL elt.pull(''p_window_rows'')' AS b6,
	'CALL elt.pull(''p_closed'')' AS b7, 'CALL elt.pull(''p_marked'')' AS b8, 'CALL elt.pull(''p_ignored'')' AS b9,
	'CALL elt.pull(''p_late'')' AS b10, 'CALL elt.pull(''p_scope_keys'')' AS b11, 'CALL elt.pull(''p_scope_rows'')' AS b12,
	format('DO $do$ BEGIN PERFORM batch_test.compare(%s, name) FROM (SELECT name FROM elt.pipelines WHERE name LIKE ''p\_%%'' ORDER BY name) AS p; END $do$', round) AS c
FROM generate_series(1, 15) AS round \gexec
\set ECHO all
-- A row here names the seed that finds it again: ELT_SEED=... test/run --only regress --test preview_random
SELECT :'seed' AS seed, round, name, problem FROM verdict ORDER BY round, name LIMIT 10;
SELECT name, count(*), max(kinds) > 4 AS many_kinds FROM compared GROUP BY name ORDER BY name;

SELECT elt.drop_pipeline(name) FROM (SELECT name FROM elt.pipelines WHERE name LIKE 'p\_%' ORDER BY name) AS p \g /dev/null
RESET ROLE;
DROP SERVER batch_api CASCADE;
DROP SCHEMA batch_test CASCADE;
DROP OWNED BY batch_owner;
DROP ROLE batch_owner;
