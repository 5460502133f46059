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

-- Triggers on the sources of a star depend on it, and have to be dropped; tables and views stay, with what they show.
CREATE TABLE left_member (id int PRIMARY KEY, name text);
CREATE TABLE left_sale (id int PRIMARY KEY, member int, amount int);
INSERT INTO left_member VALUES (1, 'Ann');
INSERT INTO left_sale VALUES (1, 1, 10), (2, 2, 20);
SELECT elt.create_dimension('dim_left', 'left_member', '{id}');
SELECT elt.create_fact('fact_left', 'left_sale', '{id}', '{"dim_left": "member"}', measures => '{amount}', store_keys => true);
BEGIN;
SAVEPOINT refused;
\set VERBOSITY terse
DROP EXTENSION pg_elt;
\set VERBOSITY default
ROLLBACK TO refused;
DROP EXTENSION pg_elt CASCADE;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN ('left_member'::regclass, 'left_sale'::regclass);
INSERT INTO left_sale VALUES (3, 1, 40);
SELECT d.name, sum(amount) FROM fact_left JOIN dim_left d USING (left_key) GROUP BY 1 ORDER BY 1;
ROLLBACK;
SELECT elt.drop_fact('fact_left'), elt.drop_dimension('dim_left');
DROP TABLE left_member, left_sale;
