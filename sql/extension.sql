-- Objects that CREATE EXTENSION leaves in a database.
SELECT extversion, extowner::regrole FROM pg_extension WHERE extname = 'pg_elt';
SELECT nspname FROM pg_namespace WHERE nspname LIKE 'elt%' ORDER BY 1;

-- Creating it twice is refused, dropping and creating it again works.
CREATE EXTENSION pg_elt;
BEGIN;
DROP EXTENSION pg_elt;
SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'elt%';
CREATE EXTENSION pg_elt;
SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'elt%';
ROLLBACK;

-- A session that has used the one before goes on with the one that is there.
SET client_min_messages = warning;
\set make 'CREATE SERVER again FOREIGN DATA WRAPPER elt_http OPTIONS (url \'http://example.com\'); CREATE FOREIGN TABLE again (id int) SERVER again; SELECT elt.create_pipeline(\'again\', \'again\', \'again_target\', \'{id}\');'
:make
SELECT elt.pause('again');
BEGIN;
DROP EXTENSION pg_elt CASCADE;
CREATE EXTENSION pg_elt;
DROP TABLE again_target;
:make
SELECT elt.pause('again'), elt.pause('again');
ROLLBACK;
SELECT elt.pause('again'), elt.resume('again');
SELECT elt.drop_pipeline('again');
DROP SERVER again CASCADE;
DROP TABLE again_target;
