-- Rows of one key in one batch that differ and are not ordered.
\getenv replay ELT_REPLAY
\set VERBOSITY default
SET timezone = 'UTC';
CREATE SERVER conflict FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE SCHEMA conflict_test;
SET search_path = conflict_test;
CREATE FOREIGN TABLE echo (body text OPTIONS (param 'body'), id int, v text, j jsonb, n int) SERVER conflict
	OPTIONS (path '/echo', query 'type=application/json&body={body}');
CREATE FUNCTION body(text) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_build_object('body', jsonb_build_array($1)) $$;
CREATE VIEW counts AS
SELECT rows_read, rows_inserted, rows_updated, rows_duplicate, rows_conflicting FROM elt.runs ORDER BY run_id DESC LIMIT 1;

-- Of key 1 three differ from the last, one of them in a null; of key 2 none does; 3 comes once.
SELECT body('[{"id":1,"v":"a","n":1},{"id":1,"v":"b","n":1},{"id":1,"v":"b"},{"id":1,"v":"c","n":1},'
	'{"id":2,"v":"x","j":[1]},{"id":2,"v":"x","j":[1]},{"id":3,"v":"y"},{"id":null,"v":"a"},{"id":null,"v":"b"}]') AS rows \gset
SELECT elt.create_pipeline('conflict', 'echo', 'plain', '{id}', params => :'rows');
CALL elt.run('conflict');
SELECT * FROM counts;
SELECT id, v FROM plain ORDER BY id;
CALL elt.pull('conflict');
SELECT class, rows FROM elt.preview_merge('conflict', 0);
SELECT rows_duplicate, rows_conflicting FROM elt.merge('conflict');
SELECT elt.drop_pipeline('conflict');

-- A target with a rule is merged in classes.
CREATE TABLE ruled (LIKE plain INCLUDING ALL);
CREATE RULE nothing AS ON DELETE TO ruled DO ALSO SELECT 1;
SELECT elt.create_pipeline('conflict', 'echo', 'ruled', '{id}', params => :'rows');
CALL elt.run('conflict');
SELECT * FROM counts;
SELECT elt.drop_pipeline('conflict');

-- append: two of key 1 differ from the first.
SELECT elt.create_pipeline('conflict', 'echo', 'added', '{id}', 'append',
	params => body('[{"id":1,"v":"a"},{"id":1,"v":"a"},{"id":1,"v":"b"},{"id":1,"v":"c"}]'));
CALL elt.pull('conflict');
SELECT class, rows FROM elt.preview_merge('conflict', 0);
CALL elt.run('conflict');
SELECT * FROM counts;
SELECT v FROM added;
SELECT elt.drop_pipeline('conflict');

-- sequence_by orders them.
SELECT elt.create_pipeline('conflict', 'echo', 'ordered', '{id}', options => '{"sequence_by": ["n"]}',
	params => body('[{"id":1,"v":"a","n":1},{"id":1,"v":"b","n":2},{"id":2,"v":"a","n":1},{"id":2,"v":"b","n":1}]'));
CALL elt.run('conflict');
SELECT * FROM counts;
SELECT elt.drop_pipeline('conflict');

-- replace_window with a key.
CREATE FOREIGN TABLE hours (body text OPTIONS (param 'body'), id int, at timestamptz, v text) SERVER conflict
	OPTIONS (path '/echo', query 'type=application/json&body={body}&at={window_start}', window '1 hour', window_column 'at');
SELECT elt.create_pipeline('conflict', 'hours', 'replaced', '{id,at}', 'replace_window', start_at => '2024-01-01',
	params => body('[{"id":1,"at":"2024-01-01T00:10:00Z","v":"a"},{"id":1,"at":"2024-01-01T00:10:00Z","v":"b"},{"id":2,"at":"2024-01-01T00:10:00Z","v":"b"}]'));
CALL elt.run('conflict', '2024-01-01', '2024-01-01 01:00');
SELECT * FROM counts;
SELECT elt.drop_pipeline('conflict');
SET client_min_messages = warning;
DROP SCHEMA conflict_test CASCADE;
DROP SERVER conflict;
