-- A source that is altered or dropped: what still lands, and what is said of the rest.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA altered;
SET search_path = altered;
CREATE TABLE customer (id bigint PRIMARY KEY, name text, segment text);
CREATE TABLE price (id int, price int, valid_from timestamptz, valid_to timestamptz, PRIMARY KEY (id, valid_from));
CREATE TABLE sale (id bigint PRIMARY KEY, cust bigint, item int, at timestamptz, code text, share numeric, amount numeric(10,2));
INSERT INTO customer VALUES (1, 'Ann', 'home');
INSERT INTO price VALUES (1, 10, '2024-01-01', 'infinity');
SELECT elt.create_dimension('dim_customer', 'customer', '{id}'), elt.create_dimension('dim_price', 'price', '{id}', type => 2);

-- a column of a type that cannot be the natural key, or that would be rounded
SELECT elt.create_fact('fact_sale', 'sale', '{id}', dimensions => '{"dim_customer": "code"}');
SELECT elt.create_fact('fact_sale', 'sale', '{id}', dimensions => '{"dim_customer": "share"}');
SELECT elt.create_fact('fact_sale', 'sale', '{id}', dimensions => '{"dim_customer": "share"}', infer_members => false);
SELECT elt.drop_fact('fact_sale');

SELECT elt.create_fact('fact_sale', 'sale', '{id}', dimensions => '{"dim_customer": "cust", "dim_price": "item"}', measures => '{amount}', as_of => 'at', store_keys => true);
SELECT elt.create_fact('fact_looked_up', 'sale', '{id}', dimensions => '{"dim_customer": "cust", "dim_price": "item"}', as_of => 'at', measures => '{amount}');
SELECT elt.create_aggregate('by_name', 'fact_sale', '{name}', '{"total": "sum(amount)"}');
INSERT INTO sale VALUES (1, 1, 1, '2024-03-01', 'x', 1, 10);

-- columns of a dimension's source that get other names
ALTER TABLE customer RENAME name TO label;
INSERT INTO customer VALUES (2, 'Bob', 'office');
INSERT INTO sale VALUES (2, 2, 1, '2024-03-02', 'x', 1, 20);
ALTER TABLE customer RENAME label TO name;
INSERT INTO customer VALUES (2, 'Bob', 'office');
SELECT f.id, c.name, c.is_inferred FROM fact_sale f JOIN dim_customer c USING (customer_key) ORDER BY 1;

-- and of a fact's
ALTER TABLE sale RENAME cust TO customer;
INSERT INTO sale VALUES (3, 2, 1, '2024-03-02', 'x', 1, 20);
DELETE FROM sale;
SELECT elt.rebuild_star('fact_sale');
ALTER TABLE sale RENAME customer TO cust;

-- what the members of a dimension are found by
ALTER TABLE price RENAME valid_to TO ends;
SELECT relation, state, detail FROM elt.star_status WHERE state = 'no column';
ALTER TABLE price RENAME ends TO valid_to;

-- the views of an aggregate and of a dimension
SELECT elt.create_aggregate('by_many', 'fact_sale', '{customer_segment}',
	'{"n": "count(*)", "least": "min(amount)", "items": "count(DISTINCT item)", "half": "percentile_disc(0.5) WITHIN GROUP (ORDER BY amount)"}');
ALTER VIEW by_many RENAME TO by_segment;
INSERT INTO sale VALUES (3, 1, 1, '2024-03-02', 'x', 1, 40), (4, 1, 1, '2024-03-02', 'y', 1, 5);
DELETE FROM sale WHERE id = 4;
TABLE by_segment ORDER BY 1;
SELECT elt.rebuild_star('by_segment');
SELECT relname FROM pg_class WHERE relnamespace = 'altered'::regnamespace AND relkind = 'r' AND relname ~ '^by_(many|segment)' ORDER BY 1;
UPDATE sale SET amount = 41 WHERE id = 3;
SELECT * FROM elt.verify_aggregate('by_segment');
ALTER VIEW dim_customer RENAME TO dim_client;
ALTER VIEW dim_price RENAME TO dim_tariff;
INSERT INTO customer VALUES (4, 'Dan', 'office');
INSERT INTO sale VALUES (4, 4, 1, '2024-03-02', 'x', 1, 3);
UPDATE customer SET segment = 'shop' WHERE id = 4;
SELECT elt.rebuild_star('fact_sale');
SELECT elt.create_dimension('dim_client', 'customer', '{id}', replace => true);
SELECT customer_key = f.customer_key AS found, customer_segment, price_price FROM fact_sale_asof f WHERE id = 4;
TABLE by_segment ORDER BY 1;
SELECT * FROM elt.verify_aggregate('by_segment');
SELECT DISTINCT agrees FROM elt.verify_star('fact_sale');
ALTER VIEW dim_client RENAME TO dim_customer;
ALTER VIEW dim_tariff RENAME TO dim_price;
DROP TABLE by_segment_days;
INSERT INTO sale VALUES (5, 1, 1, '2024-03-02', 'x', 1, 40);
SELECT elt.rebuild_star('by_segment');
DELETE FROM sale WHERE id IN (3, 4);
DELETE FROM customer WHERE id = 4;
SELECT * FROM elt.verify_aggregate('by_segment');
SELECT elt.drop_aggregate('by_segment');

-- and those of a fact
ALTER VIEW fact_sale RENAME TO fact_sold;
INSERT INTO sale VALUES (3, 2, 1, '2024-03-02', 'x', 1, 20);
SELECT elt.rebuild_star('fact_sold');
DELETE FROM sale WHERE id = 3;
SELECT * FROM elt.verify_aggregate('by_name');
SELECT elt.create_fact('fact_sold', 'sale', '{id}', dimensions => '{"dim_customer": "cust", "dim_price": "item"}', measures => '{amount}', as_of => 'at', store_keys => true,
	replace => true);
SELECT id, customer_name FROM fact_sale_asof ORDER BY 1;
ALTER VIEW fact_sold RENAME TO fact_sale;
SELECT elt.rebuild_star('fact_sale');
SELECT relname FROM pg_class WHERE relnamespace = 'altered'::regnamespace AND relkind IN ('r', 'v') AND relname ~ '^fact_s' ORDER BY 1;

-- a source that is dropped: members stay, and facts land
DROP TABLE customer, price;
INSERT INTO sale VALUES (3, 1, 1, '2024-03-02', 'x', 1, 40), (4, 7, 2, '2024-03-02', 'x', 1, 80), (5, NULL, 1, '2023-01-01', 'x', 1, 160);
SELECT f.id, c.name, c.is_inferred, p.price FROM fact_sale f JOIN dim_customer c USING (customer_key) JOIN dim_price p USING (price_key) ORDER BY 1;
SELECT * FROM by_name ORDER BY 1;
SELECT * FROM elt.verify_aggregate('by_name');
SELECT elt.rebuild_star('fact_sale');
SELECT f.id, c.name, p.price FROM fact_looked_up f JOIN dim_customer c USING (customer_key) JOIN dim_price p USING (price_key) ORDER BY 1;
SELECT DISTINCT agrees FROM elt.verify_star('fact_sale');
SELECT relation, dimension, state, rows, detail FROM elt.star_status WHERE relation::text ~ '^(dim|fact)_' ORDER BY 1, 2, 3;
SELECT elt.rebuild_star('dim_customer');
CREATE TABLE customer (id bigint PRIMARY KEY, name text, segment text);
INSERT INTO customer VALUES (1, 'Eve', 'home'), (7, 'Gil', 'home');
SELECT elt.create_dimension('dim_customer', 'customer', '{id}', replace => true);
SELECT * FROM by_name ORDER BY 1;

-- the source of a fact
SELECT elt.drop_fact('fact_looked_up');
DROP TABLE sale;
SELECT count(*) FROM fact_sale;
SELECT elt.rebuild_star('fact_sale');
SELECT * FROM elt.verify_star('fact_sale');
SELECT relation, dimension, state, rows, detail FROM elt.star_status WHERE relation::text ~ '^fact_' ORDER BY 1, 2, 3;
SELECT elt.drop_aggregate('by_name'), elt.drop_fact('fact_sale');
SELECT elt.drop_dimension('dim_customer'), elt.drop_dimension('dim_price');
DROP SCHEMA altered CASCADE;
