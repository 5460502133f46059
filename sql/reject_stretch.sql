-- Many rejects that are settled at once: each has its state, whichever of them were settled before, and in whatever order.
SET timezone = 'UTC';
SET client_min_messages = error;
SELECT current_setting('data_directory') || '/elt_stretch_test' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA stretch_test;
SET search_path = stretch_test;
CREATE SERVER stretch_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
COPY (SELECT format('{"id": %s, "v": -%s}', i, i) FROM generate_series(1, 200) i) TO PROGRAM 'cat > elt_stretch_test/rows.jsonl';
CREATE FOREIGN TABLE item (id int, v int) SERVER stretch_files OPTIONS (glob 'rows.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT elt.create_pipeline('stretch', 'item', 'stretch_target', '{id}', options => '{"max_reject_percent": 100}');
SELECT elt.add_check('stretch', 'positive', 'v > 0');
CALL elt.run('stretch');
CREATE VIEW item_of AS SELECT reject_id, (raw::json ->> 'id')::int AS id, state, attempts, resolved_run_id, resolved_at, resolved_by FROM elt.rejects WHERE pipeline = 'stretch';
-- Stretches of rows with one state, by id.
CREATE VIEW states AS SELECT min(id) AS first, max(id) AS last, state, attempts, bool_and((resolved_run_id IS NOT NULL) = (state IN ('replayed', 'superseded'))
	AND (resolved_by IS NOT DISTINCT FROM current_user::regrole) = (state <> 'new')) AS told
FROM (SELECT *, id - row_number() OVER (PARTITION BY state, attempts ORDER BY id) AS part FROM item_of) i GROUP BY state, attempts, part ORDER BY 1;
CREATE FUNCTION replay(condition text DEFAULT NULL) RETURNS TABLE (rejects bigint, replayed bigint, superseded bigint, rejected bigint) LANGUAGE sql AS
$$ SELECT rejects, replayed, superseded, rejected FROM elt.replay_rejects('stretch', condition) $$;
CREATE FUNCTION id_in(condition text) RETURNS text LANGUAGE sql RETURN format('(raw::json ->> ''id'')::int %s', condition);

-- Some by themselves, before and within: a check refuses others again.
SELECT elt.discard_rejects('stretch', id_in('IN (50, 51, 120)'), 'nobody wants them');
SELECT elt.alter_check('stretch', 'positive', 'v > 0 OR id BETWEEN 41 AND 80');
SELECT * FROM replay(id_in('BETWEEN 31 AND 90'));
TABLE states;
SELECT elt.drop_check('stretch', 'positive');
-- Their keys were written since: 101 to 130 come too late.
INSERT INTO stretch_target (id, v, _run_id, _loaded_at) SELECT i, 0, 0, now() + interval '1 day' FROM generate_series(101, 130) i;
SELECT * FROM replay(id_in('BETWEEN 95 AND 160'));
TABLE states;
-- What is left, around and between.
SELECT elt.fix_reject(reject_id, '{"v": 7}') FROM item_of WHERE id = 170;
SELECT * FROM replay();
TABLE states;
SELECT count(*) AS stretches, bool_and(state <> 'discarded') AS none_discarded FROM elt_catalog.reject_settled;
SELECT count(*), count(DISTINCT id), sum(v) FILTER (WHERE v > 0) FROM stretch_target;
SELECT * FROM replay();
SELECT elt.discard_rejects('stretch', NULL, 'nothing is left') AS discarded;

-- They are found by their state, and none that is settled is forgotten or settled again when the slice lands once more.
SELECT state, count(*) FROM elt.rejects WHERE pipeline = 'stretch' GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM elt.rejects WHERE pipeline = 'stretch' AND state = 'replayed';
SELECT elt.add_check('stretch', 'positive', 'v > 0');
SELECT elt.reset_pipeline('stretch');
CALL elt.run('stretch');
SELECT state, count(*) FROM elt.rejects WHERE pipeline = 'stretch' GROUP BY 1 ORDER BY 1;
SELECT elt.drop_check('stretch', 'positive');
SELECT rejected, replayed + superseded AS settled FROM replay();
SELECT elt.reset_pipeline('stretch');
CALL elt.run('stretch');
SELECT state, count(*) FROM elt.rejects WHERE pipeline = 'stretch' GROUP BY 1 ORDER BY 1;

-- The maintenance deletes them when their time is over, and then what was known of them.
SELECT elt.alter_pipeline('stretch', options => '{"reject_retention": "30 days"}');
UPDATE elt_catalog.reject_settled SET settled_at = settled_at - interval '31 days';
CALL elt_catalog.maintain();
SELECT state, count(*) FROM elt.rejects WHERE pipeline = 'stretch' GROUP BY 1 ORDER BY 1;
SELECT message FROM elt.health WHERE pipeline = 'stretch' AND subject = 'rejects';
CALL elt_catalog.maintain();
SELECT count(*) FROM elt_catalog.reject_settled;
SELECT elt.drop_pipeline('stretch');
\! rm -r "$ROOT"
DROP SCHEMA stretch_test CASCADE;
DROP SERVER stretch_files;
