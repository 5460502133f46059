-- A whole schema built again, and attributes that a dimension loses, with what depends on them.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA rebuilt;
SET search_path = rebuilt;
CREATE TABLE customer (id bigint PRIMARY KEY, name text, segment text, city text);
CREATE TABLE price (id int, price int, label text, valid_from timestamptz, valid_to timestamptz, PRIMARY KEY (id, valid_from));
CREATE VIEW item AS SELECT * FROM (VALUES (1, 'tea'), (2, 'mate')) v(id, item);
CREATE TABLE sale (id bigint PRIMARY KEY, cust bigint, payer bigint, item int, at timestamptz, amount numeric(10,2));
INSERT INTO customer VALUES (1, 'Ann', 'home', 'Ulm'), (2, 'Bob', 'office', 'Lyon');
INSERT INTO price VALUES (1, 10, 'old', '2024-01-01', '2024-02-01'), (1, 12, 'new', '2024-02-01', 'infinity');
INSERT INTO sale VALUES (1, 1, 2, 1, '2024-01-15', 10), (2, 2, 1, 1, '2024-02-15', 20);
SELECT elt.create_dimension('dim_customer', 'customer', '{id}'), elt.create_dimension('dim_price', 'price', '{id}', type => 6);
SELECT elt.create_dimension('dim_item', 'item', '{id}'), elt.create_role_dimension('dim_payer', 'dim_customer');
SELECT elt.create_fact('fact_sale', 'sale', '{id}', measures => '{amount}', as_of => 'at', store_keys => true,
	dimensions => '{"dim_customer": "cust", "dim_payer": "payer", "dim_price": "item", "dim_item": "item"}');
SELECT elt.create_aggregate('by_segment', 'fact_sale', '{customer_segment}', '{"total": "sum(amount)"}');
SELECT elt.create_aggregate('by_name', 'fact_sale', '{payer_name}', '{"total": "sum(amount)"}');
CREATE VIEW names AS SELECT customer_key, name FROM dim_customer;
CREATE VIEW name_counts AS SELECT count(*) FROM names;
CREATE VIEW payer_cities AS SELECT DISTINCT city FROM dim_payer;
CREATE VIEW sale_segments AS SELECT id, customer_segment FROM fact_sale_asof;
CREATE VIEW segment_counts AS SELECT customer_segment, count(*) FROM sale_segments GROUP BY 1;
CREATE VIEW now_labels AS SELECT current_label FROM dim_price;
CREATE ROLE elt_rebuilt_reader;
GRANT USAGE ON SCHEMA rebuilt TO elt_rebuilt_reader;
GRANT SELECT ON dim_customer, fact_sale_asof, names TO elt_rebuilt_reader;
GRANT SELECT (segment, name) ON dim_payer TO elt_rebuilt_reader;

-- what depends on attributes
SELECT elt.create_dimension('dim_customer', 'customer', '{id}', attributes => '{name,city}', replace => true);
SELECT elt.drop_aggregate('by_segment');
SELECT elt.create_dimension('dim_customer', 'customer', '{id}', attributes => '{name,city}', replace => true);
SELECT elt.create_dimension('dim_customer', 'customer', '{id}', attributes => '{name,segment}', replace => true);
SELECT elt.create_dimension('dim_price', 'price', '{id}', attributes => '{price}', type => 6, replace => true);
SELECT elt.create_aggregate('by_segment', 'fact_sale', '{customer_segment}', '{"total": "sum(amount)"}');
SET client_min_messages = notice;
SELECT elt.create_dimension('dim_customer', 'customer', '{id}', attributes => '{name,city}', replace => true, cascade => true);
SET client_min_messages = warning;
SELECT * FROM dim_customer ORDER BY 1;
SELECT * FROM fact_sale_asof ORDER BY id;
SELECT * FROM by_name ORDER BY 1;
SELECT table_name FROM information_schema.views WHERE table_schema = 'rebuilt' ORDER BY 1;
SET ROLE elt_rebuilt_reader;
SELECT count(*), (SELECT count(*) FROM fact_sale_asof), (SELECT count(name) FROM dim_payer), (SELECT count(*) FROM names) FROM dim_customer;
RESET ROLE;

-- one that gets another name in the source
ALTER TABLE customer RENAME city TO town;
SELECT elt.create_dimension('dim_customer', 'customer', '{id}', attributes => '{name,town}', replace => true, cascade => true);
UPDATE customer SET town = 'Bonn' WHERE id = 1;
SELECT customer_key, name, town FROM dim_customer ORDER BY 1;
SELECT DISTINCT dimension, agrees FROM elt.verify_star('fact_sale') ORDER BY 1;
SELECT relation, attributes FROM elt.dimensions WHERE relation IN ('dim_customer'::regclass, 'dim_payer'::regclass) ORDER BY 1;

-- a whole schema, in one call
CREATE OR REPLACE VIEW item AS SELECT * FROM (VALUES (1, 'green tea'), (2, 'mate'), (3, 'coffee')) v(id, item);
ALTER TABLE customer ALTER name TYPE varchar(30), ALTER id TYPE int;
ALTER TABLE sale ALTER amount TYPE numeric(12,3);
SELECT elt.rebuild_star(schema => 'rebuilt');
INSERT INTO sale VALUES (3, 1, 1, 3, '2024-02-15', 0.125);
SELECT f.id, f.amount, c.name, i.item FROM fact_sale f JOIN dim_customer c USING (customer_key) JOIN dim_item i USING (item_key) ORDER BY 1;
SELECT * FROM by_name ORDER BY 1;
SELECT * FROM elt.verify_aggregate('by_name');
SELECT * FROM names ORDER BY 1;
SELECT elt.rebuild_star('dim_customer', 'rebuilt');
SELECT elt.rebuild_star() > 0 AS rebuilt;
-- none of it is built again when a part cannot be
ALTER TABLE sale RENAME cust TO customer;
CREATE OR REPLACE VIEW item AS SELECT * FROM (VALUES (1, 'black tea')) v(id, item);
SELECT elt.rebuild_star(schema => 'rebuilt');
SELECT id, item FROM dim_item WHERE item_key > 0 ORDER BY 1;
SELECT elt.drop_aggregate('by_name'), elt.drop_fact('fact_sale'), elt.drop_dimension('dim_payer');
DROP VIEW name_counts, names, now_labels;
SELECT elt.drop_dimension('dim_customer'), elt.drop_dimension('dim_price'), elt.drop_dimension('dim_item');
DROP SCHEMA rebuilt CASCADE;
DROP ROLE elt_rebuilt_reader;
