-- Procedures that commit, with NULL for one argument at a time, outside of a transaction block.
\getenv replay ELT_REPLAY
\set VERBOSITY sqlstate
SET client_min_messages = error;
CREATE SERVER null_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE null_days (day date OPTIONS (param 'window_start'), a int) SERVER null_api
	OPTIONS (path '/echo', query 'body=[]&day={window_start}', window '1 day', window_column 'day', window_format 'YYYY-MM-DD');
SELECT elt.create_pipeline('null_days', 'null_days', 'null_target', '{day,a}', start_at => '2024-01-01',
	options => jsonb_build_object('publication_delay', now() - '2024-01-03'));
CALL elt.run(NULL);
CALL elt.run(NULL, '2024-01-01', '2024-01-02');
CALL elt.run('null_days', NULL, '2024-01-02');
CALL elt.run('null_days', '2024-01-01', NULL);
CALL elt.run('null_days', NULL, NULL);
CALL elt.pull(NULL);
CALL elt.wait(NULL, '1 second');
CALL elt.wait(elt.enqueue('null_days'), NULL);
CALL elt_catalog.execute_run(NULL);
SELECT state, count(*) FROM elt.runs WHERE pipeline = 'null_days' GROUP BY state;
SELECT elt.drop_pipeline('null_days');
DROP TABLE null_target;
DROP SERVER null_api CASCADE;
