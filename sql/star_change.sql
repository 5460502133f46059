-- Types that change in the source of a dimension: its members are stored with them by elt.rebuild_star, and the star stays.
\set ON_ERROR_STOP off
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA changing;
SET search_path = changing;
CREATE TABLE customer (id int PRIMARY KEY, segment varchar(4), score text, credit numeric(6,1));
CREATE TABLE sale (id int PRIMARY KEY, cust bigint, payer bigint, day date, amount numeric(10,2));
INSERT INTO customer VALUES (1, 'home', '10', 1.5), (2, 'firm', '20', 2.5), (3, 'firm', '30', 3.5);
INSERT INTO sale VALUES (1, 1, 2, '2024-01-01', 10), (2, 2, 2, '2024-01-02', 20), (3, 9, 3, '2024-01-02', 40), (4, NULL, NULL, NULL, 80);
SELECT elt.create_date_dimension('dim_date', '2024-01-01', '2024-12-31');
SELECT elt.create_dimension('dim_customer', 'customer', '{id}', valid_when => 'id > 0');
SELECT elt.create_role_dimension('dim_payer', 'dim_customer');
SELECT elt.create_fact('seen', 'sale', '{id}', '{"dim_customer": "cust", "dim_payer": "payer"}', '{"dim_date": "day"}', '{amount}');
SELECT elt.create_fact('stored', 'sale', '{id}', '{"dim_customer": "cust", "dim_payer": "payer"}', '{"dim_date": "day"}', '{amount}', store_keys => true);
SELECT elt.create_aggregate('grouped', 'stored', by => '{customer_segment}', measures => '{"n": "count(*)", "total": "sum(amount)"}');
-- What others have built on them
CREATE VIEW by_segment WITH (security_barrier) AS SELECT d.segment, sum(amount) AS total FROM seen JOIN dim_customer d USING (customer_key) GROUP BY 1;
CREATE VIEW best AS SELECT * FROM by_segment ORDER BY total DESC LIMIT 1;
COMMENT ON VIEW best IS 'the best one';
COMMENT ON COLUMN best.total IS 'in EUR';
CREATE ROLE elt_change_reader;
GRANT SELECT ON dim_customer, seen, stored_asof TO elt_change_reader;
GRANT SELECT (segment) ON best TO elt_change_reader;
CREATE TABLE keys AS SELECT customer_key, id FROM dim_customer;
CREATE VIEW columns AS
SELECT c.relname, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname ~ '^(id|segment|score|credit|customer_(segment|score|credit))$'
WHERE c.relname ~ '^(dim_customer_members|dim_customer|dim_payer|stored_asof|best)$' AND c.relnamespace = 'changing'::regnamespace GROUP BY 1 ORDER BY 1;
TABLE columns;

ALTER TABLE customer ALTER segment TYPE text, ALTER score TYPE int USING score::int, ALTER credit TYPE numeric(9,3), ALTER id TYPE bigint;
-- Until then what would be rounded is refused
UPDATE customer SET credit = 1.234 WHERE id = 1;
SELECT elt.rebuild_star('dim_customer');
TABLE columns;
UPDATE customer SET credit = 1.234, segment = 'household' WHERE id = 1;
INSERT INTO customer VALUES (9, 'state', 40, 9.999);
SELECT d.*, k.customer_key IS NOT NULL AS as_before FROM dim_customer d LEFT JOIN keys k ON k.customer_key = d.customer_key AND k.id IS NOT DISTINCT FROM d.id ORDER BY 1;
SELECT id, customer_segment, customer_credit, payer_score FROM stored_asof ORDER BY id;
TABLE by_segment ORDER BY 1;
TABLE best;
TABLE grouped ORDER BY 1;
SELECT * FROM elt.verify_aggregate('grouped');
SELECT fact, dimension, measure FROM elt.verify_star() WHERE fact::text IN ('seen', 'stored') AND NOT agrees;
(TABLE seen EXCEPT ALL TABLE stored) UNION ALL (TABLE stored EXCEPT ALL TABLE seen);
SELECT has_table_privilege('elt_change_reader', 'dim_customer', 'SELECT') AND has_table_privilege('elt_change_reader', 'stored_asof', 'SELECT') AS granted,
	has_column_privilege('elt_change_reader', 'best', 'segment', 'SELECT') AND NOT has_column_privilege('elt_change_reader', 'best', 'total', 'SELECT') AS on_a_column,
	obj_description('best'::regclass) AS comment, col_description('best'::regclass, 2) AS of_a_column,
	(SELECT reloptions FROM pg_class WHERE oid = 'by_segment'::regclass), col_description('dim_customer'::regclass, 1) IS NOT NULL AS of_dimension;
SELECT relation, base, newest, attributes FROM elt.dimensions WHERE relation::text ~ '^dim_(customer|payer)$' ORDER BY relation::text;
SELECT relation, as_of, dimensions FROM elt.facts WHERE relation::text IN ('seen', 'stored') ORDER BY relation::text;
-- The members are followed as before, and inferred with the new type of the key
INSERT INTO sale VALUES (5, 5000000000, 1, '2024-02-01', 160);
SELECT count(*) FROM seen JOIN dim_customer USING (customer_key) WHERE dim_customer.id = 5000000000 AND is_inferred;
-- Nothing has changed: nothing is dropped
SELECT 'dim_customer'::regclass::oid AS before \gset
SELECT elt.rebuild_star('dim_customer'), 'dim_customer'::regclass::oid = :before AS the_same_view;

-- What cannot be created again as it was is for its owner to drop; a member that is gone in the source keeps what can be converted.
CREATE MATERIALIZED VIEW kept AS SELECT segment FROM dim_customer;
ALTER TABLE customer ALTER segment TYPE varchar(20);
SELECT elt.rebuild_star('dim_customer');
DROP MATERIALIZED VIEW kept;
CREATE RULE no_delete AS ON DELETE TO best DO INSTEAD NOTHING;
SELECT elt.rebuild_star('dim_customer');
DROP RULE no_delete ON best;
DELETE FROM customer WHERE id = 2;
ALTER TABLE customer ALTER segment TYPE int USING 7;
SELECT elt.rebuild_star('dim_customer');
TABLE columns;
SELECT count(*) FROM seen JOIN dim_customer USING (customer_key);
ALTER TABLE customer ALTER segment TYPE text;
SELECT elt.rebuild_star('dim_customer');

-- A history
CREATE TABLE tariff (code text, price numeric(4,1), valid_from date, valid_to date);
INSERT INTO tariff VALUES ('a', 1.5, '2024-01-01', '2024-02-01'), ('a', 2.5, '2024-02-01', NULL);
SELECT elt.create_dimension('dim_tariff', 'tariff', '{code}', type => 6);
SELECT elt.create_fact('charged', 'sale', '{id}', '{"dim_customer": "cust"}', '{"dim_date": "day"}', '{amount}');
ALTER TABLE tariff ALTER price TYPE numeric(8,4), ALTER code TYPE varchar(10);
SELECT elt.rebuild_star('dim_tariff');
UPDATE tariff SET price = 2.3456 WHERE valid_to IS NULL;
SELECT tariff_key, code, price, current_price, is_current FROM dim_tariff ORDER BY 1;

-- Members known by other columns are another dimension: its facts are pointed to it, in one transaction.
ALTER TABLE customer ADD email text;
UPDATE customer SET email = 'c' || id;
ALTER TABLE sale ADD email text;
UPDATE sale SET email = 'c' || cust;
SELECT elt.create_dimension('dim_customer', 'customer', '{email}', replace => true);
BEGIN;
DROP VIEW best, by_segment;
SELECT elt.drop_aggregate('grouped');
SELECT elt.create_dimension('dim_person', 'customer', '{email}', '{segment}');
SELECT elt.create_fact(f, 'sale', '{id}', '{"dim_person": "email"}', '{"dim_date": "day"}', '{amount}', store_keys => f <> 'seen', replace => true)
FROM unnest('{seen,stored,charged}'::text[]) f;
SELECT elt.drop_dimension('dim_payer'), elt.drop_dimension('dim_customer');
COMMIT;
SELECT p.email, p.is_inferred, sum(amount) FROM stored JOIN dim_person p USING (person_key) GROUP BY 1, 2 ORDER BY 1;
SELECT fact, dimension, measure FROM elt.verify_star() WHERE fact::text IN ('seen', 'stored', 'charged') AND NOT agrees;

DROP VIEW columns;
DROP OWNED BY elt_change_reader;
DROP ROLE elt_change_reader;
SELECT elt.drop_fact(f) FROM unnest('{seen,stored,charged}'::regclass[]) f;
SELECT elt.drop_dimension(d) FROM unnest('{dim_person,dim_tariff,dim_date}'::regclass[]) d;
DROP SCHEMA changing CASCADE;
