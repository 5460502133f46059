-- Erasing a key: from the target, its history, children, staging tables and quarantine, and nothing else.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
\set SHOW_CONTEXT never
SELECT current_setting('data_directory') || '/elt_erase_test' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA erase_test;
SET search_path = erase_test;
CREATE SERVER erase_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(file text, content text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(lo, current_setting('data_directory') || '/elt_erase_test/' || file), lo_unlink(lo);
END $$;
CREATE FOREIGN TABLE person (id int, name text, n int) SERVER erase_files
	OPTIONS (glob 'people.json', settle '0', on_change 'merge', format 'json', records '$[*]');
CREATE FOREIGN TABLE visit (person int OPTIONS (path '$[*].id'), no int, at date) SERVER erase_files
	OPTIONS (glob 'people.json', settle '0', on_change 'merge', format 'json', records '$[*].visits[*]');
CREATE FOREIGN TABLE note (person int OPTIONS (path '$[*].id'), visit int OPTIONS (path '$[*].visits[*].no'), line int, s text) SERVER erase_files
	OPTIONS (glob 'people.json', settle '0', on_change 'merge', format 'json', records '$[*].visits[*].notes[*]');
SELECT elt.create_pipeline('erase_people', 'person', 'people', '{id}');
SELECT elt.add_child('erase_people', 'visit', 'visits', '{person,no}', '{person}');
SELECT elt.add_child('erase_people_visits', 'note', 'notes', '{person,visit,line}', '{person,visit}');
SELECT put('people.json', (SELECT json_agg(json_build_object('id', i, 'name', 'p' || i, 'n', i, 'visits', (SELECT json_agg(json_build_object('no', v, 'at', '2024-01-01'::date + v,
	'notes', (SELECT json_agg(json_build_object('line', l, 's', i || '/' || v || '/' || l)) FROM generate_series(1, 2) l))) FROM generate_series(1, 3) v))) FROM generate_series(1, 12) i)::text);
-- Of what is logged consumers are told that it is gone, by its key.
SELECT elt.alter_pipeline(name, options => '{"change_log": "1 day"}') FROM unnest('{erase_people,erase_people_visits_notes}'::text[]) name;
CALL elt.run('erase_people');
CREATE VIEW of_people AS SELECT id, n FROM people WHERE n > 0;
SELECT elt.create_pipeline('erase_reader', 'of_people', 'numbers', '{id}');
SELECT * FROM elt.erase('erase_people', '{"id": 1}');
SELECT (SELECT count(*) FROM people) AS people, (SELECT count(*) FROM visits) AS visits, (SELECT count(*) FROM notes) AS notes,
	(SELECT count(*) FROM people WHERE id = 1) + (SELECT count(*) FROM visits WHERE person = 1) + (SELECT count(*) FROM notes WHERE person = 1) AS of_one;
SELECT _change_type, id, name, n FROM people_changes WHERE id < 3 ORDER BY _change_id;
SELECT count(*) FROM people_as_of((SELECT min(_committed_at) FROM people_changes)) WHERE id < 3;
SELECT _change_type, count(*), count(s) FROM notes_changes WHERE person = 1 GROUP BY 1;
-- A child's own key
SELECT place, relation, rows FROM elt.erase('erase_people_visits', '{"no": 2, "person": 2}') WHERE rows > 0;
SELECT no FROM visits WHERE person = 2 ORDER BY 1;

-- In quarantine, in whatever form: typed rows, records, lines, and texts that cannot be decoded
CREATE FOREIGN TABLE event (id int, at date, n int, s text) SERVER erase_files OPTIONS (glob 'events.jsonl', settle '0', on_change 'merge', format 'jsonl');
CREATE FOREIGN TABLE sheet (id int, at date, n int, s text) SERVER erase_files OPTIONS (glob 'events.csv', settle '0', on_change 'merge', format 'csv');
SELECT elt.create_pipeline('erase_history', 'event', 'history', '{id}', 'scd2', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('erase_sheet', 'sheet', 'sheet_rows', '{id,at}');
SELECT elt.add_check('erase_history', 'small', 'n < 100'), elt.add_check('erase_sheet', 'small', 'n < 100');
SELECT put('events.jsonl', $${"id": 1, "at": "2024-01-01", "n": 11, "s": "1"}
{"id": 1, "at": "2024-01-02", "n": 200, "s": "checked"}
{"id": 1, "at": "2024-01-03", "n": "x", "s": "parsed"}
{"id": 1, "at": "2024-01-04", "n": 1, "s": "cut"
{"id": 11, "at": "2024-01-04", "n": 200, "s": "1"}
{"id": 11, "at": "2024-01-01", "n": "1x", "s": "1"}
{"id": 11, "at": "2024-01-02", "n": 1, "s": "1"
{"id": 11, "at": "2024-01-03", "n": 1, "s": "1"}
{"id": 1, "at": "2024-01-05", "n": 2, "s": "2"}
$$);
SELECT put('events.csv', $$id,at,n,s
1,2024-01-01,1,a
1,2024-01-01,x,b
1,2024-01-02,x,2024-01-01
1,2024-01-01,300,c
2,2024-01-01,x,1
$$);
CALL elt.run('erase_history');
CALL elt.run('erase_sheet');
SELECT pipeline, raw FROM elt.rejects WHERE pipeline LIKE 'erase%' ORDER BY reject_id;
SELECT place, relation, rows FROM elt.erase('erase_history', '{"id": 1}') WHERE rows IS NOT NULL;
SELECT place, relation, rows FROM elt.erase('erase_sheet', '{"id": 1, "at": "2024-01-01"}') WHERE rows IS NOT NULL;
-- A line that is cut is gone if it has the value as a word: 1 was in s.
SELECT pipeline, raw FROM elt.rejects WHERE pipeline LIKE 'erase%' ORDER BY reject_id;
SELECT id, valid_from FROM history ORDER BY 1, 2;
SELECT id, at FROM history_observed ORDER BY 1, 2;
SELECT id, at FROM sheet_rows ORDER BY 1, 2;

-- In a staged batch, which lands without it
SELECT put('events.csv', $$id,at,n,s
1,2024-01-01,1,a
3,2024-01-01,1,a
$$);
CALL elt.pull('erase_sheet');
SELECT place, rows FROM elt.erase('erase_sheet', '{"id": 1, "at": "2024-01-01"}') WHERE rows > 0;
SELECT rows_read, rows_inserted FROM elt.merge('erase_sheet');
SELECT id, at FROM sheet_rows ORDER BY 1, 2;

-- What is no key, and whose it is not
SELECT elt.erase('erase_sheet', '{"id": 1}');
SELECT elt.erase('erase_sheet', '{"id": 1, "n": 1}');
SELECT elt.erase('erase_sheet', '{"id": 1, "at": null}');
SELECT elt.erase('erase_sheet', '{"id": "x", "at": "2024-01-01"}');
SELECT elt.erase('erase_sheet', '[1]');
CREATE ROLE erase_operator IN ROLE elt_operator;
GRANT USAGE ON SCHEMA erase_test TO erase_operator;
SET ROLE erase_operator;
SELECT elt.erase('erase_sheet', '{"id": 3, "at": "2024-01-01"}');
RESET ROLE;

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name IN ('erase_people', 'erase_reader', 'erase_history', 'erase_sheet') ORDER BY name;
DROP SCHEMA erase_test CASCADE;
DROP SERVER erase_files CASCADE;
DROP ROLE erase_operator;
