-- Rejects of families: a parent is replayed, then its children, whose rows wait in quarantine for it.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = warning;
\set SHOW_CONTEXT never
SELECT current_setting('data_directory') || '/elt_replay_children_test' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA replay_family;
SET search_path = replay_family;
CREATE SERVER family_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(content text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(lo, current_setting('data_directory') || '/elt_replay_children_test/orders.json'), lo_unlink(lo);
END $$;
CREATE DOMAIN word AS text CHECK (VALUE <> 'bad');
CREATE FOREIGN TABLE orders (id int, v int, s word, gone boolean OPTIONS (optional 'true')) SERVER family_files
	OPTIONS (glob '*.json', settle '0', on_change 'merge', format 'json', records '$[*]');
CREATE FOREIGN TABLE lines (order_id int OPTIONS (path '$[*].id'), no int, s word) SERVER family_files
	OPTIONS (glob '*.json', settle '0', on_change 'merge', format 'json', records '$[*].lines[*]');
CREATE FOREIGN TABLE parts (order_id int OPTIONS (path '$[*].id'), line int OPTIONS (path '$[*].lines[*].no'), part text, s word) SERVER family_files
	OPTIONS (glob '*.json', settle '0', on_change 'merge', format 'json', records '$[*].lines[*].parts[*]');
SELECT elt.create_pipeline('family', 'orders', 'order_rows', '{id}', options => '{"max_reject_percent": 100, "delete_when": "gone", "sequence_by": ["v"]}');
SELECT elt.add_child('family', 'lines', 'line_rows', '{order_id,no}', '{order_id}');
SELECT elt.add_child('family_line_rows', 'parts', 'part_rows', '{order_id,line,part}', '{order_id,line}');
SELECT put('[{"id": 1, "v": 1, "s": "bad", "lines": [{"no": 1, "s": "a", "parts": [{"part": "x", "s": "a"}, {"part": "y", "s": "bad"}]}]},
{"id": 2, "v": 1, "s": "b", "lines": [{"no": 1, "s": "bad", "parts": [{"part": "x", "s": "a"}]}, {"no": 2, "s": "b"}]},
{"id": 3, "v": 1, "s": "c", "lines": [{"no": 1, "s": "c", "parts": [{"part": "x", "s": "bad"}]}]}]');
CALL elt.run('family');
CREATE VIEW landed AS
SELECT 'order' AS t, id::text AS key, s FROM order_rows UNION ALL SELECT 'line', concat_ws(' ', order_id, no), s FROM line_rows
UNION ALL SELECT 'part', concat_ws(' ', order_id, line, part), s FROM part_rows;
SELECT * FROM landed ORDER BY 1, 2;
SELECT pipeline, reason, raw, ancestors, parent_key FROM elt.rejects WHERE pipeline LIKE 'family%' ORDER BY reject_id;
-- Before its parent no row of a child lands.
ALTER DOMAIN word DROP CONSTRAINT word_check;
SELECT rejects, replayed, superseded, rejected FROM elt.replay_rejects('family_line_rows', 'reason = ''parent''');
SELECT rejects, replayed, superseded, rejected FROM elt.replay_rejects('family_line_rows_part_rows');
SELECT pipeline, reason, state, attempts, raw FROM elt.rejects WHERE pipeline LIKE 'family%' ORDER BY reject_id;
SELECT rejects, replayed, superseded, rejected FROM elt.replay_rejects('family');
SELECT rejects, replayed, superseded, rejected FROM elt.replay_rejects('family_line_rows');
SELECT rejects, replayed, superseded, rejected FROM elt.replay_rejects('family_line_rows_part_rows');
SELECT * FROM landed ORDER BY 1, 2;
SELECT pipeline, state, count(*) FROM elt.rejects WHERE pipeline LIKE 'family%' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT pipeline, kind, state, rows_read, rows_inserted, rows_quarantined FROM elt.runs WHERE pipeline LIKE 'family%' AND kind = 'replay' ORDER BY run_id;

-- A reject that is a delete takes the children along; a batch that was staged before is pulled again.
ALTER DOMAIN word ADD CONSTRAINT word_check CHECK (VALUE <> 'bad') NOT VALID;
SELECT put('[{"id": 3, "v": 2, "s": "bad", "gone": true, "lines": []}, {"id": 4, "v": 1, "s": "d", "lines": [{"no": 1, "s": "d"}]}]');
CALL elt.run('family');
CALL elt.pull('family');
ALTER DOMAIN word DROP CONSTRAINT word_check;
SELECT replayed, rejected FROM elt.replay_rejects('family');
SELECT * FROM landed WHERE key ~ '^[34]' ORDER BY 1, 2;
SELECT elt.merge('family');
CALL elt.run('family');
SELECT * FROM landed WHERE key ~ '^[34]' ORDER BY 1, 2;

-- Nor do rows of a child land under an older version of the parent that they came with, be it typed or not.
ALTER DOMAIN word ADD CONSTRAINT word_check CHECK (VALUE <> 'bad') NOT VALID;
SELECT put('[{"id": 5, "v": 1, "s": "e", "lines": [{"no": 1, "s": "e"}]}, {"id": 6, "v": 1, "s": "f", "lines": [{"no": 1, "s": "f"}]}, {"id": 7, "v": 1, "s": "g", "lines": [{"no": 1, "s": "g"}]}]');
CALL elt.run('family');
SELECT elt.add_check('family', 'not_six', 's <> ''six''');
SELECT put('[{"id": 5, "v": 2, "s": "bad", "lines": [{"no": 1, "s": "e2"}, {"no": 2, "s": "e2"}]}, {"id": 6, "v": 2, "s": "six", "lines": [{"no": 1, "s": "f2"}, {"no": 2, "s": "bad"}]},
	{"id": 7, "v": 2, "s": "seven", "lines": [{"no": 1, "s": "bad"}]}]');
CALL elt.run('family');
ALTER DOMAIN word DROP CONSTRAINT word_check;
SELECT replayed, rejected FROM elt.replay_rejects('family_line_rows');
SELECT t.raw, t.message FROM elt.rejects t WHERE t.pipeline = 'family_line_rows' AND t.state = 'new' ORDER BY reject_id;
SELECT elt.drop_check('family', 'not_six');
SELECT replayed, rejected FROM elt.replay_rejects('family', 'reason = ''not_six''');
SELECT replayed, rejected FROM elt.replay_rejects('family_line_rows');
SELECT replayed, rejected FROM elt.replay_rejects('family');
SELECT replayed, rejected FROM elt.replay_rejects('family_line_rows');
SELECT * FROM landed WHERE key ~ '^[567]' ORDER BY 1, 2;

SELECT elt.drop_pipeline('family');
DROP TABLE order_rows, line_rows, part_rows CASCADE;

-- A full load that could not read a key leaves deletes pending. What a replay finds to be there is not deleted, even unchanged.
ALTER DOMAIN word ADD CONSTRAINT word_check CHECK (VALUE <> 'bad') NOT VALID;
CREATE FOREIGN TABLE clients (id int, s word) SERVER family_files OPTIONS (glob '*.json', settle '0', on_change 'merge', format 'json', records '$[*]');
CREATE FOREIGN TABLE visits (client int OPTIONS (path '$[*].id'), no int) SERVER family_files OPTIONS (glob '*.json', settle '0', on_change 'merge', format 'json', records '$[*].visits[*]');
SELECT elt.create_pipeline('clients_' || strategy, 'clients', 'client_' || strategy, '{id}', strategy, options => options || '{"load": "full", "absent": "delete", "max_reject_percent": 100, "max_delete_percent": 100}'),
	elt.add_child('clients_' || strategy, 'visits', 'visit_' || strategy, '{client,no}', '{client}') IS NOT NULL AS child
FROM (VALUES ('upsert', '{}'::jsonb), ('scd2', '{"history_by": "load"}')) AS v(strategy, options);
SELECT put('[{"id": 1, "s": "a", "visits": [{"no": 1}]}, {"id": 2, "s": "b", "visits": [{"no": 1}]}, {"id": 3, "s": "c", "visits": [{"no": 1}]}]');
CALL elt.run('clients_upsert');
CALL elt.run('clients_scd2');
SELECT put('[{"id": 1, "s": "a", "visits": [{"no": 1}]}, {"id": 2, "s": "bad", "visits": [{"no": 1}]}]');
SET client_min_messages = error;
CALL elt.run('clients_upsert');
CALL elt.run('clients_scd2');
SELECT pipeline, key FROM elt.pending_deletes WHERE pipeline LIKE 'clients%' ORDER BY 1, 2;
SELECT pipeline, elt.fix_reject(reject_id, '{"s": "b"}') FROM elt.rejects WHERE pipeline IN ('clients_upsert', 'clients_scd2') ORDER BY 1;
SELECT pipeline, key FROM elt.pending_deletes WHERE pipeline LIKE 'clients%' ORDER BY 1, 2;
SELECT pipeline, elt.approve_deletes(run_id) FROM elt.pending_deletes WHERE pipeline LIKE 'clients%' GROUP BY pipeline, run_id ORDER BY 1;
SELECT id, s FROM client_upsert ORDER BY id;
SELECT id, s, is_current FROM client_scd2 ORDER BY id;
SELECT client, no FROM visit_upsert ORDER BY client;
SELECT client, no FROM visit_scd2 ORDER BY client;
SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name IN ('clients_upsert', 'clients_scd2') ORDER BY name;
DROP SCHEMA replay_family CASCADE;
DROP SERVER family_files CASCADE;
