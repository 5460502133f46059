-- elt.try: what would be loaded, and nothing that remains.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE SCHEMA trial_test;
SET search_path = trial_test;
CREATE SERVER trial_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', concurrency '1');
CREATE SERVER trial_slow FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '1/h', concurrency '1');
SELECT current_setting('data_directory') || '/elt_trial_test' AS root \gset
CREATE SERVER trial_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT %L) TO PROGRAM %L', replace(encode(convert_to(content, 'UTF8'), 'base64'), E'\n', ''),
		format('mkdir -p %1$s/elt_trial_test && base64 -d >%1$s/elt_trial_test/%2$s', current_setting('data_directory'), name));
END $$;
-- All rows of the catalogues that a declaration or a run would change.
CREATE VIEW catalogues AS
SELECT r FROM (
	SELECT format('%s %s %s %s', oid, relname, relnamespace, relacl) FROM pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_(temp|toast)') UNION ALL
	SELECT format('%s %s', oid, nspname) FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast)' UNION ALL
	SELECT f::text FROM pg_foreign_table f UNION ALL SELECT d::text FROM pg_depend d UNION ALL
	SELECT p::text FROM elt_catalog.pipeline p UNION ALL SELECT x::text FROM elt_catalog.run x UNION ALL SELECT j::text FROM elt_catalog.reject j UNION ALL
	SELECT l::text FROM elt_catalog.slice l UNION ALL SELECT y::text FROM elt_catalog.file y) c(r);
CREATE TABLE before AS SELECT * FROM catalogues LIMIT 0;
INSERT INTO before SELECT * FROM catalogues;
\pset format unaligned
\set SHOW_CONTEXT never

-- Two pages of three.
SELECT * FROM elt.try('trial_api', '/items', 'limit=10&page=1', max_rows => 2);
-- One page.
SELECT * FROM elt.try('trial_api', '/items', 'shape=array&limit=10', name => 'things', max_rows => 0) WHERE part = 'table';
-- Windows, and values of a param.
SELECT * FROM elt.try('trial_api', '/public_power', 'country={country}&start=2024-01-01&end=2024-01-01', '{"country": ["de", "fr"]}', max_rows => 1);

-- Files, with what they reject; a file is a page.
SELECT put('a.csv', E'id,n,day\n1,1,2024-01-01\n2,2,2024-01-02\n');
SELECT put('b.csv', E'id,n,day\n2,3,2024-01-03\n3,many,2024-01-04\n4,4,soon\n');
SELECT put('c.csv', E'id,n,day\n5,5,2024-01-05\n');
SELECT * FROM elt.try('trial_files', '*.csv', options => '{"settle": "1h"}');
SELECT put('long.csv', (SELECT E'id,n\n' || string_agg(format(E'%s,%s\n', i, i), '') FROM generate_series(1, 20000) i));
SELECT result FROM elt.try('trial_files', 'long.csv') WHERE part = 'table';

-- Children land with their parents.
SELECT put('orders.json', '{"orders": [{"id": 1, "lines": [{"sku": "a"}, {"sku": "b"}]}, {"id": 2, "lines": []}]}');
SELECT * FROM elt.try('trial_files', 'orders.json') WHERE part <> 'column';
-- Several lists are several tables.
SELECT put('lists.json', '{"users": [{"id": 1}, {"id": 2}, {"id": 3}], "groups": [{"id": 1}, {"id": 2}]}');
SELECT target, result FROM elt.try('trial_files', 'lists.json', name => 'all') WHERE part = 'table';

-- Names that are in use are in no way.
CREATE TABLE items (x int);
SELECT statement FROM elt.infer('trial_api', '/items', 'limit=10&page=1', name => 'others') \gexec
SELECT result FROM elt.try('trial_api', '/items', 'limit=10&page=1', name => 'others') WHERE part = 'table';
SELECT elt.drop_pipeline('others');
DROP TABLE items, others;
DROP FOREIGN TABLE others_api;

-- Errors and cancels leave nothing either.
SELECT elt.try('trial_files', 'nothing*.csv');
SELECT elt.try('nobody');
SELECT elt.try(NULL);
SELECT elt.try('trial_files', 'a.csv', max_rows => -1);
SELECT elt.try('trial_files', 'a.csv', name => '');
SELECT elt.try('trial_files', 'a.csv', name => repeat('x', 58));
SELECT result FROM elt.try('trial_files', 'a.csv', name => repeat('x', 57)) WHERE part = 'table';
SELECT elt.try('trial_files', 'a.csv', options => '{"encoding": "nonsense"}');
SELECT put('zeros.csv', E'id\n' || repeat(E'1\n', 10000) || E'x\n');
SELECT result FROM elt.try('trial_files', 'zeros.csv') WHERE part = 'table';
SET statement_timeout = '400ms';
SELECT elt.try('trial_slow', '/items', 'limit=10&page=1');
RESET statement_timeout;
SET default_transaction_read_only = on;
SELECT elt.try('trial_files', 'a.csv');
RESET default_transaction_read_only;

-- With the rights of who calls, who needs no schema for it.
CREATE ROLE trial_nobody;
GRANT USAGE ON SCHEMA trial_test TO trial_nobody;
SET ROLE trial_nobody;
SELECT elt.try('trial_files', 'a.csv');
RESET ROLE;
GRANT elt_admin TO trial_nobody;
SET ROLE trial_nobody;
SELECT elt.try('trial_files', 'a.csv');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER trial_files TO trial_nobody;
SET ROLE trial_nobody;
SELECT result FROM elt.try('trial_files', 'a.csv') WHERE part = 'table';
SELECT current_user, current_setting('search_path'), current_setting('client_min_messages');
RESET ROLE;
DROP OWNED BY trial_nobody;
DROP ROLE trial_nobody;

-- In a transaction that goes on.
BEGIN;
CREATE TABLE mine AS SELECT count(*) FROM elt.try('trial_files', 'a.csv');
SELECT * FROM mine;
ROLLBACK;

(TABLE catalogues EXCEPT TABLE before) UNION ALL (TABLE before EXCEPT TABLE catalogues);
\pset format aligned
SET client_min_messages = warning;
DROP SCHEMA trial_test CASCADE;
DROP SERVER trial_api, trial_files, trial_slow;
