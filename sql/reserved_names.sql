-- Columns whose names begin with an underscore are allowed, except for those of a merge.
\getenv replay ELT_REPLAY
SET client_min_messages = warning;
SET timezone = 'UTC';
\set VERBOSITY terse
CREATE SCHEMA names_test;
SET search_path = names_test;
CREATE SERVER names_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE item_api (id int, at timestamptz, _file text, _line int, "_Odd" text) SERVER names_api
	OPTIONS (path '/echo', query 'body=%5B%7B%22id%22%3A1%2C%22at%22%3A%222024-01-01%22%2C%22_file%22%3A%22a%22%2C%22_line%22%3A7%2C%22_Odd%22%3A%22o%22%7D%5D');
CREATE FOREIGN TABLE day_api (at timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'), _file text OPTIONS (path 'name'),
	_line float8 OPTIONS (path 'data[*]'))
	SERVER names_api OPTIONS (path '/public_power', query 'country=de&start={window_start}&end={window_last}',
		records '$.production_types[*]', window '1 day', window_column 'at', window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin');
SELECT elt.create_pipeline('names_upsert', 'item_api', 'upserted', '{id}', options => '{"sequence_by": ["_line"], "delete_when": "\"_Odd\" = ''x''"}');
SELECT elt.create_pipeline('names_append', 'item_api', 'appended', '{id,_file}', 'append');
SELECT elt.create_pipeline('names_scd2', 'item_api', 'versions', '{_file}', 'scd2', options => '{"sequence_by": ["at", "_line"]}');
SELECT elt.create_pipeline('names_replace', 'day_api', 'days', '{at,_file}', 'replace_window', start_at => '2024-03-01',
	options => jsonb_build_object('publication_delay', now() - '2024-03-02'));
CALL elt.run('names_upsert');
CALL elt.run('names_append');
CALL elt.run('names_scd2');
CALL elt.run('names_replace');
CALL elt.run('names_replace', '2024-03-01', '2024-03-02');
SELECT id, _file, _line, "_Odd" FROM upserted;
SELECT id, _file, _line, "_Odd" FROM appended;
SELECT id, _file, "_Odd", is_current FROM versions;
SELECT count(*) > 100 AS many, count(DISTINCT _file) > 5 AS of_many FROM days;
SELECT pipeline, state, rows_inserted > 0 AS inserted, rows_unchanged > 0 AS unchanged FROM elt.runs WHERE pipeline LIKE 'names_%' ORDER BY run_id;
-- One of each strategy's own
CREATE FOREIGN TABLE taken_api (id int, at timestamptz, _sk text) SERVER names_api OPTIONS (path '/echo');
CREATE FOREIGN TABLE valid_api (id int, at timestamptz, valid_to text) SERVER names_api OPTIONS (path '/echo');
CREATE FOREIGN TABLE window_api (at timestamptz, _cover text) SERVER names_api
	OPTIONS (path '/echo', query 'day={window_start}', window '1 day', window_column 'at');
SELECT elt.create_pipeline('names_taken', 'taken_api', 'taken', '{id}');
SELECT elt.create_pipeline('names_taken', 'taken_api', 'taken', '{id}', 'append');
SELECT elt.create_pipeline('names_taken', 'taken_api', 'taken', '{id}', 'scd2', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('names_taken', 'valid_api', 'taken', '{id}', 'scd2', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('names_taken', 'window_api', 'taken', strategy => 'replace_window', start_at => '2024-01-01');
SELECT count(elt.drop_pipeline(name)) FROM elt.pipelines WHERE name LIKE 'names_%';
DROP SCHEMA names_test CASCADE;
DROP SERVER names_api CASCADE;
