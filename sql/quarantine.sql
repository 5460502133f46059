-- Quarantine: how much it keeps of a batch and of a record, for how long, and for whom.
SET timezone = 'UTC';
SET client_min_messages = warning;
\set VERBOSITY terse
SELECT current_setting('data_directory') || '/elt_quarantine_test' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA quarantine_test;
SET search_path = quarantine_test;
CREATE SERVER quarantine_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(file text, content text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(lo, current_setting('data_directory') || '/elt_quarantine_test/' || file), lo_unlink(lo);
END $$;

-- Of each check and reason a batch keeps so many; the others are counted, wherever rejects are.
CREATE FUNCTION lines(day int, mended boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
	SELECT put('day' || day || '.jsonl', string_agg(format('{"id": %s, "n": %s, "v": "%s"}', day * 100 + i,
		CASE WHEN mended OR i % 2 = 0 THEN '1' WHEN i % 4 = 1 THEN '"x"' ELSE '-1' END, repeat('v', 3)), E'\n' ORDER BY i) || E'\n')
	FROM generate_series(1, 40) i
$$;
CREATE FOREIGN TABLE day (id int, n int, v text) SERVER quarantine_files OPTIONS (glob 'day*.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT elt.create_pipeline('quarantine', 'day', 'day_target', '{id}', options => '{"max_reject_percent": 100, "max_rejects_kept": 3}');
SELECT elt.add_check('quarantine', 'positive', 'n > 0');
SELECT lines(1), lines(2);
CALL elt.run('quarantine');
CREATE VIEW counts AS SELECT state, rows_read, rows_inserted, rows_quarantined, rejects_not_kept FROM elt.runs WHERE pipeline = 'quarantine' ORDER BY run_id;
SELECT * FROM counts;
SELECT stage, reason, state, count(*) FROM elt.rejects WHERE pipeline = 'quarantine' GROUP BY 1, 2, 3 ORDER BY 1;
SELECT rows_checked, rows_failed, rejects_not_kept FROM elt.check_results WHERE pipeline = 'quarantine';
SELECT params, rows, rejected FROM elt.slices WHERE pipeline = 'quarantine';
SELECT message, statement FROM elt.health WHERE subject <> 'field' AND pipeline = 'quarantine';
-- What is kept is replayed; what is not comes again with its slice.
SELECT elt.alter_check('quarantine', 'positive', 'n <> 0');
SELECT rejects, replayed, superseded, rejected FROM elt.replay_rejects('quarantine');
SELECT elt.alter_check('quarantine', 'positive', 'n > 0');
SELECT lines(1, true);
CALL elt.run('quarantine');
SELECT message FROM elt.health WHERE subject <> 'field' AND pipeline = 'quarantine';
SELECT lines(2, true);
CALL elt.run('quarantine');
SELECT message FROM elt.health WHERE subject <> 'field' AND pipeline = 'quarantine';
SELECT * FROM counts;
SELECT count(*) FROM day_target;
-- A batch that is refused keeps as much, however often it is merged.
SELECT lines(3);
SELECT elt.alter_pipeline('quarantine', options => '{"max_reject_percent": 50, "max_rejects_kept": 8}');
SELECT elt.add_check('quarantine', 'never', 'id < 300', action => 'fail');
CALL elt.pull('quarantine');
SELECT rows_quarantined FROM elt.merge('quarantine');
SELECT rows_quarantined FROM elt.merge('quarantine');
SELECT elt.drop_check('quarantine', 'never');
SELECT rows_inserted, rows_quarantined FROM elt.merge('quarantine');
SELECT reason, count(*) FROM elt.rejects WHERE pipeline = 'quarantine' AND state = 'new' GROUP BY 1 ORDER BY 1;
SELECT sum(rejects_not_kept) FROM elt.runs WHERE pipeline = 'quarantine' AND kind = 'pull';
-- Discarding all ends it.
SELECT elt.discard_rejects('quarantine', NULL, 'known');
SELECT message FROM elt.health WHERE subject <> 'field' AND pipeline = 'quarantine';

-- Old ones are deleted by the maintenance: settled ones first, open ones are counted.
SELECT lines(4);
CALL elt.run('quarantine');
SELECT state, count(*) FROM elt.rejects WHERE pipeline = 'quarantine' GROUP BY 1 ORDER BY 1;
SELECT elt.alter_pipeline('quarantine', options => '{"reject_retention": "30 days"}');
CALL elt_catalog.maintain();
SELECT state, count(*) FROM elt.rejects WHERE pipeline = 'quarantine' GROUP BY 1 ORDER BY 1;
UPDATE elt_catalog.reject SET resolved_at = resolved_at - interval '31 days' WHERE state = 'discarded';
UPDATE elt_catalog.reject SET rejected_at = rejected_at - interval '29 days' WHERE state = 'new';
CALL elt_catalog.maintain();
SELECT state, count(*) FROM elt.rejects WHERE pipeline = 'quarantine' GROUP BY 1 ORDER BY 1;
UPDATE elt_catalog.reject SET rejected_at = rejected_at - interval '2 days' WHERE state = 'new' AND stage = 'check';
CALL elt_catalog.maintain();
SELECT state, count(*) FROM elt.rejects WHERE pipeline = 'quarantine' GROUP BY 1 ORDER BY 1;
SELECT message, statement FROM elt.health WHERE subject <> 'field' AND pipeline = 'quarantine' AND message LIKE '%retention%';
UPDATE elt_catalog.reject_overflow SET counted_at = counted_at - interval '31 days';
CALL elt_catalog.maintain();
SELECT count(*) FROM elt_catalog.reject_overflow;

-- Of a long record as much as is wanted.
CREATE FOREIGN TABLE long (id int, n int, v text) SERVER quarantine_files OPTIONS (glob 'long.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT put('long.jsonl', string_agg(format('{"id": %s, "n": "x", "v": "%s"}', i, repeat('v', bytes)), E'\n') || E'\n')
FROM (VALUES (1, 1000), (2, 70000), (3, 1000000), (4, 1100000)) r(i, bytes);
SELECT elt.create_pipeline('long', 'long', 'long_target', '{id}', options => '{"max_reject_percent": 100}');
CALL elt.run('long');
SELECT record, length(raw), byte_offset, whole FROM elt.rejects WHERE pipeline = 'long' ORDER BY record;
SELECT pg_column_size(raw) < 20000 AS compressed FROM elt_catalog.reject WHERE record = 3 AND raw LIKE '{"id": 3%';
SELECT elt.alter_pipeline('long', options => '{"reject_raw_bytes": 65536}');
SELECT elt.reset_pipeline('long');
CALL elt.run('long');
SELECT record, length(raw), byte_offset, whole FROM elt.rejects WHERE pipeline = 'long' AND state = 'new' ORDER BY record;
SELECT elt.alter_pipeline('long', options => '{"reject_raw_bytes": 10}');

-- Only those who may read the target read what was rejected.
CREATE ROLE quarantine_reader IN ROLE elt_reader;
GRANT USAGE ON SCHEMA quarantine_test TO quarantine_reader;
SET ROLE quarantine_reader;
SELECT count(*) > 0 AS known, count(raw) + count(message) + count(patch) + count(ancestors) + count(header) + count(parent_key) AS read
FROM elt.rejects WHERE pipeline = 'long';
SELECT count(*) FROM elt_catalog.reject;
RESET ROLE;
GRANT SELECT ON long_target TO quarantine_reader;
SET ROLE quarantine_reader;
SELECT count(*) = count(raw) AS read FROM elt.rejects WHERE pipeline = 'long';
RESET ROLE;

-- Nothing of them is left.
SELECT elt.drop_pipeline('long'), elt.drop_pipeline('quarantine');
SELECT count(*) FROM elt_catalog.reject j WHERE NOT EXISTS (SELECT FROM elt_catalog.pipeline p WHERE p.id = j.pipeline_id);
REVOKE ALL ON SCHEMA quarantine_test FROM quarantine_reader;
DROP SCHEMA quarantine_test CASCADE;
DROP SERVER quarantine_files CASCADE;
DROP ROLE quarantine_reader;
