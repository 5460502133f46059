-- Random dirty loads, then random fixes and replays: every row is counted where it went, and in the end the
-- targets are what a clean source would have given. Each of 34 keys of 3 pipelines has a sequence of its own
-- of loads, fixes and replays, so that a round tries about 100 of them.
\getenv seed ELT_SEED
\getenv soak ELT_SOAK
\if :{?seed}
\else
\set seed 1
\endif
\set rounds 2
\if :{?soak}
SELECT CASE WHEN :'soak' = '' THEN 2 ELSE 20 END AS rounds \gset
\endif
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
SELECT current_setting('data_directory') || '/elt_replay_random' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA replay_random;
SET search_path = replay_random;
CREATE SERVER random_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE DOMAIN clean AS text;
CREATE FOREIGN TABLE doc (id int, n date, v clean, w int) SERVER random_files OPTIONS (glob 'load*.jsonl', settle '0', on_change 'merge', format 'jsonl');

-- What the source would deliver if it were clean; dirt: 1 a value that its type refuses, 2 one that a check
-- refuses, 3 a line that is cut.
CREATE TABLE truth (load int, line int, id int, n date, v text, w int, dirt int);
CREATE FUNCTION dirty(t truth) RETURNS text LANGUAGE sql RETURN left(format('{"id": %s, "n": "%s", "v": "%s", "w": %s}', t.id, t.n, t.v, t.w),
	CASE WHEN t.dirt = 3 THEN -1 ELSE 1000 END);
-- The rows of a round; w alone says what dirt a row has, n is its place among those of its key.
CREATE FUNCTION make(seed float8) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setseed(seed);
	TRUNCATE truth;
	INSERT INTO truth SELECT load, line, (random() * 33)::int, '2024-01-01'::date + load * 100 + line, NULL, NULL, greatest((random() * 7)::int - 3, 0)
	FROM generate_series(1, 3) load, generate_series(1, 50) line;
	UPDATE truth SET v = CASE dirt WHEN 1 THEN 'x' ELSE 'v' END || load || '_' || line, w = CASE dirt WHEN 2 THEN -1 ELSE 1 END * line;
END $$;
CREATE FUNCTION put(loads int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid;
BEGIN
	FOR i IN 1..3 LOOP
		lo := lo_from_bytea(0, convert_to(coalesce((SELECT string_agg(dirty(t), E'\n' ORDER BY line) FROM truth t WHERE load = i AND i <= loads), ''), 'UTF8'));
		PERFORM lo_export(lo, current_setting('data_directory') || '/elt_replay_random/load' || i || '.jsonl'), lo_unlink(lo);
	END LOOP;
END $$;
CREATE VIEW pipelines AS
SELECT name FROM (VALUES ('r_upsert'), ('r_append'), ('r_history')) AS p(name);
CREATE FUNCTION expected(pipeline text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT concat_ws(' ', id, v, w) FROM truth WHERE pipeline = 'r_append' OR pipeline = 'r_history'
	UNION ALL
	(SELECT DISTINCT ON (id) concat_ws(' ', id, v, w) FROM truth WHERE pipeline = 'r_upsert' ORDER BY truth.id, n DESC) $$;
CREATE TABLE outcome (round int, pipeline text, missing bigint, extra bigint, open bigint, replayed bigint, superseded bigint, unaccounted bigint);
CREATE FUNCTION judge(round int, pipeline text, target text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TEMP VIEW got AS SELECT concat_ws('' '', id, v, w) AS r FROM %s', target);
	INSERT INTO outcome SELECT round, judge.pipeline,
		(SELECT count(*) FROM (SELECT expected(judge.pipeline) EXCEPT ALL SELECT r FROM got) e),
		(SELECT count(*) FROM (SELECT r FROM got EXCEPT ALL SELECT expected(judge.pipeline)) e),
		(SELECT count(*) FROM elt.rejects j WHERE j.pipeline = judge.pipeline AND state IN ('new', 'fixed')),
		(SELECT count(*) FROM elt.rejects j WHERE j.pipeline = judge.pipeline AND state = 'replayed'),
		(SELECT count(*) FROM elt.rejects j WHERE j.pipeline = judge.pipeline AND state = 'superseded'),
		(SELECT sum(rows_read - rows_inserted - rows_updated - rows_unchanged - rows_deleted - rows_stale - rows_duplicate
			- rows_quarantined - rows_dropped - rows_refused) FROM elt.runs r WHERE r.pipeline = judge.pipeline);
	DROP VIEW got;
END $$;

SELECT s || ';' FROM generate_series(1, :rounds) AS round,
LATERAL (SELECT :seed + round / 1000.0 AS x) AS seed,
LATERAL unnest(ARRAY[
	format('SELECT make(%s)', mod((x * 7919)::numeric, 2) - 1), 'SELECT put(0)',
	$$ALTER DOMAIN clean ADD CONSTRAINT clean_check CHECK (VALUE NOT LIKE 'x%') NOT VALID$$,
	$$SELECT elt.create_pipeline('r_upsert', 'doc', 'upsert_target', '{id}', options => '{"sequence_by": ["n"], "max_reject_percent": 100}')$$,
	$$SELECT elt.create_pipeline('r_append', 'doc', 'append_target', '{id,n}', 'append', options => '{"max_reject_percent": 100}')$$,
	$$SELECT elt.create_pipeline('r_history', 'doc', 'history_target', '{id}', 'scd2', options => '{"sequence_by": ["n"], "max_reject_percent": 100}')$$,
	$$SELECT elt.add_check(name, 'positive', 'w > 0') FROM pipelines$$]
	|| ARRAY(SELECT u FROM generate_series(1, 3) load, LATERAL unnest(ARRAY[format('SELECT put(%s)', load),
		$$CALL elt.run('r_upsert')$$, $$CALL elt.run('r_append')$$, $$CALL elt.run('r_history')$$,
		-- some come by before anything is mended, and stay
		format($$SELECT elt.replay_rejects(name, 'md5(raw || ''%s'') < ''4''') FROM pipelines$$, round * load)]) u)
	|| ARRAY['ALTER DOMAIN clean DROP CONSTRAINT clean_check']
	|| ARRAY(SELECT format($$SELECT elt.replay_rejects(name, 'md5(raw || ''%s'') < ''%s''') FROM pipelines$$, round * 17 + step, step * 3)
		FROM generate_series(1, 3) step)
	|| ARRAY[$$SELECT elt.drop_check(name, 'positive') FROM pipelines$$,
	format($$SELECT elt.fix_reject(reject_id, to_jsonb(raw || '}')) FROM elt.rejects WHERE state = 'new' AND raw NOT LIKE '%%}' AND pipeline LIKE 'r\_%%' AND md5(raw || '%s') < '8'$$, round),
	format($$SELECT elt.replay_rejects(name, 'md5(raw || ''%s'') > ''8''') FROM pipelines$$, round),
	$$SELECT elt.fix_reject(reject_id, to_jsonb(raw || '}')) FROM elt.rejects WHERE state = 'new' AND raw NOT LIKE '%}' AND pipeline LIKE 'r\_%'$$,
	'SELECT elt.replay_rejects(name) FROM pipelines',
	format($$SELECT judge(%s, 'r_upsert', 'upsert_target'), judge(%1$s, 'r_append', 'append_target'), judge(%1$s, 'r_history', 'history_target')$$, round),
	'SELECT elt.drop_pipeline(name) FROM pipelines', 'DROP TABLE upsert_target, append_target, history_target, history_target_observed, history_target_restated CASCADE']) WITH ORDINALITY AS t(s, step)
ORDER BY round, step \g (format=unaligned tuples_only=on) :root/statements.sql
\o /dev/null
\set ECHO none
\i :root/statements.sql
\set ECHO all
\o
SELECT count(DISTINCT round) = :rounds AS all_rounds, sum(missing) AS missing, sum(extra) AS extra, sum(open) AS open,
	sum(unaccounted) AS unaccounted, bool_and(replayed > 0) AS replayed, sum(superseded) > 0 AS superseded
FROM outcome;
SELECT * FROM outcome WHERE missing + extra + open + unaccounted > 0 ORDER BY round LIMIT 3;
DROP SCHEMA replay_random CASCADE;
DROP SERVER random_files;
