-- Definition of a source: errors of the validator, and those of the whole definition.
CREATE SCHEMA source_test;
SET search_path = source_test;

-- Options of a server
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http;
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (uri 'https://api.example.com');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'ftp://api.example.com');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://me:secret@api.example.com');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com/v1?lang=en');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', ratelimit '2/s');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', something_else 'x');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', window '1 day');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', rate_limit '2 per second');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', rate_limit '0/s');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', quota '1000/s');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', quota '0/d');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', quota '1.5/d');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', quota '1000/d', quota_time_zone 'Mars/Utopia');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', concurrency '0');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', timeout '10');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', connect_timeout '-1s');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', stall_timeout '9999h');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', max_attempts 'many');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', max_response_bytes '1 GiB');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', allow_private 'maybe');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', headers 'Accept');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', headers E'Accept: a/b\rX: y');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', headers 'authorization: Bearer s3cr3t');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', headers E'Accept: text/json\nContent-Length: 5');
CREATE SERVER refused FOREIGN DATA WRAPPER elt_http OPTIONS (url 'https://api.example.com', user_agent E'me\n');
CREATE SERVER source_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url 'https://api.example.com/v1/', rate_limit '90 / min', concurrency '3', connect_timeout '500ms',
	timeout '2min', stall_timeout '1.5s', max_attempts '2', max_response_bytes '64MB',
	user_agent 'pg_elt test', headers E'Accept: application/json\nX-Version: 2');
ALTER SERVER source_api OPTIONS (DROP url);
ALTER SERVER source_api OPTIONS (SET concurrency 'five');
CREATE USER MAPPING FOR PUBLIC SERVER source_api OPTIONS (token 's3cr3t');
ALTER FOREIGN DATA WRAPPER elt_http OPTIONS (ADD url 'https://api.example.com');

-- Options of foreign tables
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (pth '/a');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (rate_limit '1/s');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (path 'a');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (path '/a b');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (path '/a?b=c');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (path '/{a');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (query '?a=1');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (query 'a=}');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (query 'a=ü');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (method 'DELETE');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (window '1 day');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (window_format 'unix');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (window 'daily', window_column 'a');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (window '1 day 1 hour', window_column 'a');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (window '24 hours', window_column 'a');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (window '36 hours', window_column 'a');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (window '-1 day', window_column 'a');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (window '0.5 s', window_column 'a');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (window '1 day', window_column 'a', window_time_zone 'Europe/Berlino');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (not_yet_on 'never');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (not_yet_on '404 nothing');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (not_yet_on '404 "nothing');
CREATE FOREIGN TABLE refused (a int) SERVER source_api OPTIONS (empty_on '404; 200 "[]" text');

-- Options of columns
CREATE FOREIGN TABLE refused (a int OPTIONS (pth 'b')) SERVER source_api;
CREATE FOREIGN TABLE refused (a int OPTIONS (records '$')) SERVER source_api;
CREATE FOREIGN TABLE refused (a int OPTIONS (param 'b c')) SERVER source_api;
CREATE FOREIGN TABLE refused (a int OPTIONS (param 'b', path 'c')) SERVER source_api;
CREATE FOREIGN TABLE refused (a timestamp OPTIONS (format '')) SERVER source_api;
CREATE FOREIGN TABLE refused (a timestamp OPTIONS (time_zone 'Mars/Olympus')) SERVER source_api;

-- A definition that contradicts itself is found when it is read
CREATE FOREIGN TABLE t (a int, b text OPTIONS (param 'contry')) SERVER source_api OPTIONS (query 'country={country}');
EXPLAIN SELECT * FROM t;
ALTER FOREIGN TABLE t OPTIONS (SET query 'region={region}');
EXPLAIN SELECT * FROM t;
ALTER FOREIGN TABLE t OPTIONS (SET query 'a=1');
EXPLAIN SELECT * FROM t;
ALTER FOREIGN TABLE t OPTIONS (SET query 'country={contry}&from={window_start}');
EXPLAIN SELECT * FROM t;
ALTER FOREIGN TABLE t OPTIONS (ADD window '1 day', ADD window_column 'ts');
EXPLAIN SELECT * FROM t;
ALTER FOREIGN TABLE t OPTIONS (SET window_column 'a');
EXPLAIN SELECT * FROM t;
ALTER FOREIGN TABLE t ADD COLUMN ts date;
ALTER FOREIGN TABLE t OPTIONS (SET window_column 'ts', ADD window_format 'YYYY-MM');
EXPLAIN SELECT * FROM t;
ALTER FOREIGN TABLE t OPTIONS (SET window_format 'YYYY-MM-DD', SET query 'country={contry}');
EXPLAIN SELECT * FROM t;
ALTER FOREIGN TABLE t OPTIONS (SET query 'country={contry}&from={window_start}');
EXPLAIN SELECT * FROM t;
EXPLAIN (COSTS OFF) SELECT * FROM t WHERE b = 'de' AND ts = '2024-01-01';
ALTER FOREIGN TABLE t ADD COLUMN twice int GENERATED ALWAYS AS (a * 2) STORED;
EXPLAIN SELECT * FROM t;

-- Only who administers loads may reach into private networks
CREATE ROLE source_test_user;
GRANT USAGE ON FOREIGN DATA WRAPPER elt_http TO source_test_user;
SET ROLE source_test_user;
CREATE SERVER source_private FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://10.0.0.1', allow_private 'true');
CREATE SERVER source_private FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://10.0.0.1', allow_private 'false');
RESET ROLE;
GRANT elt_admin TO source_test_user;
SET ROLE source_test_user;
ALTER SERVER source_private OPTIONS (SET allow_private 'true');
RESET ROLE;
REVOKE elt_admin FROM source_test_user;
SET ROLE source_test_user;
ALTER SERVER source_private OPTIONS (SET url 'http://10.0.0.2');
RESET ROLE;

-- Nothing is granted to everyone
SELECT fdwacl FROM pg_foreign_data_wrapper WHERE fdwname = 'elt_http' AND 0 = ANY
	(SELECT grantee FROM aclexplode(fdwacl));

DROP SERVER source_private;
REVOKE USAGE ON FOREIGN DATA WRAPPER elt_http FROM source_test_user;
DROP ROLE source_test_user;
SET client_min_messages = warning;
DROP SERVER source_api CASCADE;
DROP SCHEMA source_test CASCADE;
