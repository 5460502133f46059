-- Bad input of a star: totals are right at each step, and elt.star_status says what waits for what.
\set ON_ERROR_STOP off
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA bad;
CREATE TABLE bad.customer (id int, name text, city text, country text);
CREATE TABLE bad.tariff (code text, price numeric, valid_from date, valid_to date);
CREATE TABLE bad.sale (id int PRIMARY KEY, cust int, code text, at date, amount bigint, price float8);
SELECT elt.create_dimension('bad.dim_customer', 'bad.customer', '{id}', valid_when => 'id > 0', hierarchies => '{"geo": ["city", "country"]}');
SELECT elt.create_dimension('bad.dim_tariff', 'bad.tariff', '{code}', type => 2);
SELECT elt.create_date_dimension('bad.dim_date', '2024-01-01', '2024-12-31');
SELECT elt.create_fact('bad.seen', 'bad.sale', '{id}', '{"dim_customer": "cust", "dim_tariff": "code"}', '{"dim_date": "at"}', '{amount}',
	non_additive => '{price}', infer_members => false);
SELECT elt.create_fact('bad.stored', 'bad.sale', '{id}', '{"dim_customer": "cust", "dim_tariff": "code"}', '{"dim_date": "at"}', '{amount}',
	non_additive => '{price}', infer_members => false, store_keys => true);
CREATE VIEW bad.waiting AS
SELECT relation, dimension, state, rows, newest_event FROM elt.star_status WHERE relation::text LIKE 'bad.%' ORDER BY relation::text, dimension::text, state;
CREATE VIEW bad.wrong AS
SELECT fact, dimension, measure FROM elt.verify_star() WHERE NOT agrees
UNION ALL (SELECT 'bad.seen', 'bad.seen', x::text FROM (TABLE bad.seen EXCEPT ALL TABLE bad.stored) x)
UNION ALL (SELECT 'bad.stored', 'bad.stored', x::text FROM (TABLE bad.stored EXCEPT ALL TABLE bad.seen) x);

-- Facts before their dimensions; a natural key that is null, unknown, failed; a sum beyond bigint.
INSERT INTO bad.sale VALUES (1, 1, 'a', '2024-05-01', 9223372036854775807, 1.5), (2, 2, 'a', '2024-05-02', 9223372036854775807, 'NaN'),
	(3, NULL, NULL, NULL, 1, 0.1), (4, -5, 'b', '2025-05-01', -1, 0.2);
TABLE bad.waiting;
TABLE bad.wrong;
-- The dimensions come: with two versions that overlap, a member twice, and one without a key.
INSERT INTO bad.customer VALUES (1, 'Ann', 'Ulm', 'DE'), (1, 'Anna', 'Ulm', 'DE'), (NULL, 'Nobody', NULL, NULL), (2, 'Bob', 'Ulm', 'AT');
INSERT INTO bad.tariff VALUES ('a', 1, '2024-05-02', '2024-05-09'), ('a', 2, '2024-05-03', NULL);
TABLE bad.waiting;
TABLE bad.wrong;
SELECT * FROM elt.verify_star('bad.seen');
-- A member is deleted in the source, a fact moves to another day, and its version with it.
DELETE FROM bad.customer WHERE id = 2;
UPDATE bad.sale SET at = '2024-05-04' WHERE id = 1;
TABLE bad.waiting;
TABLE bad.wrong;
SELECT id, date_key, tariff_price, customer_name FROM bad.stored_asof WHERE id < 3 ORDER BY id;
-- Two facts of one grain: of a source that does not forbid it, both count.
CREATE TABLE bad.twice (id int, amount numeric(4,2));
INSERT INTO bad.twice VALUES (1, 10), (1, 20), (2, 30);
SELECT elt.create_fact('bad.twice_seen', 'bad.twice', '{id}', measures => '{amount}');
SELECT relation, state, rows FROM elt.star_status WHERE relation = 'bad.twice_seen'::regclass ORDER BY state;
SELECT count(*), sum(amount) FROM bad.twice_seen;
-- One that finds its rows by their grain does not take them.
SELECT elt.create_fact('bad.twice_stored', 'bad.twice', '{id}', measures => '{amount}', store_keys => true);
-- A value that overflows its measure is refused, and nothing of its statement is there.
INSERT INTO bad.twice VALUES (3, 1), (4, 100);
SELECT count(*), sum(amount) FROM bad.twice_seen;
-- A child with two parents counts once in either level: by the values of its own row.
SELECT d.city, d.country, count(*) FROM bad.dim_customer d WHERE customer_key > 0 GROUP BY 1, 2 ORDER BY 1, 2;
SELECT sum(n) = (SELECT count(*) FROM bad.seen) AS adds_up FROM (SELECT count(*) AS n FROM bad.seen JOIN bad.dim_customer d USING (customer_key) GROUP BY d.country) c;
-- Inferred members wait, and the facts of them.
DROP VIEW bad.wrong;
SELECT elt.create_fact('bad.seen', 'bad.sale', '{id}', '{"dim_customer": "cust"}', measures => '{amount}', replace => true);
INSERT INTO bad.sale VALUES (5, 77, 'a', '2024-05-05', 5, 5);
SELECT relation, dimension, state, rows, detail FROM elt.star_status WHERE state = 'inferred' ORDER BY relation::text;
SELECT count(*) FROM elt.verify_star() WHERE NOT agrees;
-- The member comes: nothing waits for it any more, and it keeps its key. It is deleted, and the fact keeps it.
SELECT customer_key AS key_of_77 FROM bad.dim_customer WHERE id = 77 \gset
INSERT INTO bad.customer VALUES (77, 'Zoe', 'Wien', 'AT');
SELECT relation, dimension, state, rows FROM elt.star_status WHERE state = 'inferred' AND relation::text LIKE 'bad.%' ORDER BY relation::text;
SELECT d.customer_key = :key_of_77 AS same_key, d.name, d.is_inferred, f.id FROM bad.seen f JOIN bad.dim_customer d USING (customer_key) WHERE d.id = 77;
DELETE FROM bad.customer WHERE id = 77;
SELECT relation, state, rows FROM elt.star_status WHERE state = 'deleted' AND relation::text LIKE 'bad.%' ORDER BY relation::text;
SELECT d.customer_key = :key_of_77 AS same_key, d.name, d.is_deleted FROM bad.seen f JOIN bad.dim_customer d USING (customer_key) WHERE d.id = 77;
SELECT count(*) FROM elt.verify_star() WHERE NOT agrees;
-- The source of a dimension is dropped: the others are shown, and the dimension can be given another one.
CREATE TABLE bad.region (id int, name text);
SELECT elt.create_dimension('bad.dim_region', 'bad.region', '{id}');
DROP TABLE bad.region;
SELECT relation, state, rows, detail FROM elt.star_status WHERE state = 'no source';
CREATE TABLE bad.area (id int, name text);
SELECT elt.create_dimension('bad.dim_region', 'bad.area', '{id}', replace => true);
SELECT count(*) FROM elt.star_status WHERE state = 'no source';
SELECT elt.drop_dimension('bad.dim_region');

-- What a client finds.
SELECT * FROM elt.star_keys WHERE fact::text LIKE 'bad.%';
SELECT relation, source, stored, grain, dimensions, measures FROM elt.facts WHERE relation::text LIKE 'bad.%';
\pset format unaligned
\pset tuples_only on
SELECT line FROM regexp_split_to_table(elt.describe_star('bad'), '\n') line WHERE line !~ '(day|week|month|quarter|year|label)';
SELECT line FROM regexp_split_to_table(elt.describe_star('bad', 'markdown'), '\n') line WHERE line !~ '(day|week|month|quarter|year|label)';
SELECT line FROM regexp_split_to_table(elt.describe_star('bad', format => 'dbt'), '\n') line WHERE line !~ '(day|week|month|quarter|year|label)';
\pset tuples_only off
\pset format aligned
SELECT elt.describe_star('bad', 'html');
CREATE ROLE elt_bad_reader;
GRANT elt_reader TO elt_bad_reader;
SET ROLE elt_bad_reader;
SELECT length(elt.describe_star('bad')) > 100 AS described;
SELECT count(*) > 0 AS known FROM elt.star_status;
SELECT * FROM elt.verify_star();
RESET ROLE;
DROP ROLE elt_bad_reader;
DROP VIEW bad.waiting;
SELECT elt.drop_fact(relation) FROM elt.facts WHERE relation::text LIKE 'bad.%';
SELECT elt.drop_dimension(relation) FROM elt.dimensions WHERE relation::text LIKE 'bad.%';
DROP SCHEMA bad CASCADE;
