-- Responses larger than elt.page_memory: temporary files, and the limit on their size.
CREATE SCHEMA large_test;
SET search_path = large_test;
SET elt.page_memory = '64kB';
\getenv replay ELT_REPLAY
CREATE SERVER large_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE big (n int OPTIONS (param 'n'), id int OPTIONS (path 'order_id')) SERVER large_api OPTIONS (path '/big', query 'records={n}');

-- In the tablespaces that temp_tablespaces names, and gone with the scan
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE large_space LOCATION '';
SET temp_tablespaces = large_space;
CREATE FUNCTION kept(OUT files bigint, OUT large bool) LANGUAGE sql AS $$
	SELECT count(*), coalesce(sum(size) > 1000000, false)
	FROM pg_ls_tmpdir((SELECT oid FROM pg_tablespace WHERE spcname = 'large_space')) $$;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM big WHERE n = 10000;
FETCH 1 FROM c;
SELECT * FROM kept();
COMMIT;
SELECT * FROM kept();
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM big WHERE n = 10000;
FETCH 1 FROM c;
SELECT 1 / 0;
ROLLBACK;
SELECT * FROM kept();
SELECT count(*) FROM big WHERE n = 10000;
-- also those that outlive the transactions of a run
SELECT elt.create_pipeline('large_list', 'big', 'large_test.list', '{n,id}', params => '{"n": [10, 10000]}', options => '{"batch_rows": 1}');
CALL elt.run('large_list');
SELECT * FROM kept();
RESET temp_tablespaces;
DROP TABLESPACE large_space;

-- One that temp_file_limit has no room for fails its slice, and no other
TRUNCATE list;
SELECT elt.reset_pipeline('large_list');
SET temp_file_limit = '500kB';
SET client_min_messages = error;
CALL elt.run('large_list');
RESET client_min_messages;
SELECT n, count(*) FROM list GROUP BY n;
SELECT params, state, sqlstate, regexp_replace(error, 'port \d+', 'port') AS error FROM elt.slices WHERE pipeline = 'large_list';
RESET temp_file_limit;
CALL elt.run('large_list');
SELECT elt.drop_pipeline('large_list');

SET client_min_messages = warning;
DROP SERVER large_api CASCADE;
DROP SCHEMA large_test CASCADE;
