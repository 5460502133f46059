-- Incremental pipelines that load everything now and then: full_every.
\set VERBOSITY terse
SET timezone = 'UTC';
SET elt.retry_base = 1;
CREATE SCHEMA full_every;
SET search_path = full_every;
CREATE TABLE item (id int PRIMARY KEY, price int, changed timestamptz);
CREATE VIEW outcome AS SELECT kind, state, origin, rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch,
	rows_removed AS removed, detail FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);
CREATE PROCEDURE week_later() LANGUAGE sql AS $$
	UPDATE elt_catalog.pipeline SET full_load_at = full_load_at - interval '8 days', created_at = created_at - interval '8 days' WHERE name = 'items' $$;
CREATE FUNCTION create_items(options jsonb, strategy text DEFAULT 'upsert', key text[] DEFAULT '{id}') RETURNS text LANGUAGE sql AS $$
	SELECT elt.create_pipeline('items', 'item', 'full_every.landed', key, strategy, start_at => '2024-01-01', options => options) $$;

-- What does not fit
SELECT create_items('{"full_every": "0"}');
SELECT create_items('{"full_every": "7 days", "load": "full"}');
SELECT create_items('{"absent": "delete"}');
SELECT create_items('{"full_every": "7 days", "window_interval": "1 day", "window_column": "changed"}', 'append', '{}');
SELECT create_items('{"full_every": "7 days", "changes_of": ["p"]}');

-- In between it loads what is new.
INSERT INTO item SELECT n, n, '2024-01-01' FROM generate_series(1, 5) AS n;
SELECT create_items('{"full_every": "7 days", "absent": "delete", "cursor_column": "changed", "max_delete_percent": 100, "min_rows_percent": 0}');
CALL elt.run('items');
TABLE outcome;
DELETE FROM item WHERE id = 1;
INSERT INTO item VALUES (6, 6, '2024-01-02');
CALL elt.run('items');
TABLE outcome;
SELECT position FROM elt.cursors WHERE pipeline = 'items';
-- When the time has come everything, and what is missing is deleted.
CALL week_later();
UPDATE item SET price = 50 WHERE id = 5;
CALL elt.run('items');
TABLE outcome;
SELECT id, price FROM landed ORDER BY id;
CALL elt.run('items');
TABLE outcome;
SELECT position FROM elt.cursors WHERE pipeline = 'items';
-- A run from the queue becomes one.
CALL week_later();
DELETE FROM item WHERE id = 2;
CALL elt.wait(elt.enqueue('items'));
TABLE outcome;
CALL elt.wait(elt.enqueue('items'));
TABLE outcome;
-- One that fails does not count; its batch may land later, as what it is.
CALL week_later();
DELETE FROM item WHERE id = 3;
UPDATE item SET price = -1 WHERE id = 6;
SELECT elt.add_check('items', 'price', 'price > 0', 'fail');
CALL elt.run('items');
TABLE outcome;
CALL elt.run('items');
TABLE outcome;
SELECT elt.drop_check('items', 'price');
SELECT class, rows FROM elt.preview_merge('items', 0) WHERE rows > 0 ORDER BY class;
SELECT rows_updated, rows_removed FROM elt.merge('items');
CALL elt.run('items');
TABLE outcome;
-- A named batch is never one; a clock that ran ahead does not postpone it.
CALL week_later();
CALL elt.pull('items');
SELECT rows_read, rows_removed FROM elt.merge('items');
UPDATE elt_catalog.pipeline SET full_load_at = now() + interval '40 days' WHERE name = 'items';
CALL elt.run('items');
TABLE outcome;
-- What an incremental run reads again is there: its delete is not pending any more.
SELECT elt.alter_pipeline('items', options => '{"max_delete_percent": 0}');
SELECT id, price, changed FROM item WHERE id IN (5, 6) ORDER BY id;
CREATE TEMP TABLE gone AS SELECT * FROM item WHERE id IN (5, 6);
DELETE FROM item WHERE id IN (5, 6);
CALL week_later();
CALL elt.run('items');
SELECT key FROM elt.pending_deletes WHERE pipeline = 'items' ORDER BY key;
INSERT INTO item SELECT * FROM gone WHERE id = 6;
CALL elt.run('items');
TABLE outcome;
SELECT key FROM elt.pending_deletes WHERE pipeline = 'items';
SELECT elt.approve_deletes(run_id) FROM elt.pending_deletes WHERE pipeline = 'items';
SELECT id, price FROM landed ORDER BY id;
INSERT INTO item SELECT * FROM gone WHERE id = 5;
SELECT elt.alter_pipeline('items', options => '{"max_delete_percent": 100}');
-- Its interval is altered; without one there is nothing that deletes.
SELECT elt.alter_pipeline('items', options => '{"full_every": null}');
SELECT definition_version AS version FROM elt_catalog.pipeline WHERE name = 'items' \gset
SELECT elt.alter_pipeline('items', options => '{"full_every": "30 days"}');
SELECT definition_version - :version AS newer FROM elt_catalog.pipeline WHERE name = 'items';
CALL week_later();
CALL elt.run('items');
TABLE outcome;
SELECT bool_or(statement LIKE '%"full_every": "30 days"%') AS has_interval FROM elt.pipeline_sql('items') AS statement;
SELECT elt.drop_pipeline('items');
DROP TABLE landed;

-- A history keeps what incremental loads do not have, and closes it in a full one; of windows all are requested.
SELECT create_items('{"full_every": "7 days", "absent": "delete", "history_by": "load", "window_interval": "1 month", "window_column": "changed",
	"max_delete_percent": 100, "min_rows_percent": 0}', 'scd2');
UPDATE item SET changed = now() - interval '40 days';
SET client_min_messages = warning;
SELECT elt.alter_pipeline('items', start_at => now() - interval '100 days');
CALL elt.run('items');
DELETE FROM item WHERE id = 4;
CALL elt.run('items');
SELECT kind, rows_read, rows_removed FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);
CALL week_later();
CALL elt.run('items');
SELECT kind, rows_read, rows_removed FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);
SELECT id, is_current FROM landed ORDER BY id;
SELECT elt.drop_pipeline('items');
DROP SCHEMA full_every CASCADE;
