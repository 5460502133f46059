-- Dimensions and facts over the targets of pipelines and other tables: keys, members, totals.
\set ON_ERROR_STOP off
SET client_min_messages = warning;
CREATE SCHEMA star;
CREATE TABLE star.customers (id bigint PRIMARY KEY, name text, segment varchar(3), city text, country text);
COMMENT ON COLUMN star.customers.segment IS 'what the customer is to us';
INSERT INTO star.customers VALUES (1, 'Ann', 'B2C', 'Ulm', 'DE'), (2, 'Bob', 'B2B', 'Bonn', 'DE'), (3, 'Cleo', NULL, 'Lyon', 'FR');
SELECT elt.create_dimension('star.dim_customer', 'star.customers', '{id}', hierarchies => '{"geography": ["city", "country"]}',
	valid_when => 'id > 0');
SELECT * FROM star.dim_customer ORDER BY customer_key;
SELECT elt.create_date_dimension('star.dim_date', '2024-01-01', '2024-12-31');
CREATE TABLE star.sales (sale bigint PRIMARY KEY, cust bigint, at timestamptz, amount numeric(10,2), note text);
INSERT INTO star.sales VALUES (1, 1, '2024-03-01 23:30+01', 10, 'a'), (2, 2, '2024-03-02', 20, NULL), (3, NULL, '2024-03-03', 40, NULL),
	(4, -7, NULL, 80, NULL), (5, 9, '2025-01-01', 160, NULL), (6, 1, 'infinity', 320, NULL);

-- In the view; the natural key 9 comes before its member.
SELECT elt.create_fact('star.fact_sales', 'star.sales', '{sale}', '{"dim_customer": ["cust"]}', '{"dim_date": "at"}', '{amount}',
	units => '{"amount": "EUR"}', degenerate => '{note}', day_zone => 'Europe/Berlin');
SELECT * FROM star.fact_sales ORDER BY sale;
SELECT customer_key, id, name, segment, is_inferred FROM star.dim_customer WHERE is_inferred;
INSERT INTO star.customers VALUES (9, 'Ida', 'B2B', 'Rom', 'IT');
SELECT f.sale, d.customer_key, d.id, d.name, d.segment, d.is_inferred FROM star.fact_sales f JOIN star.dim_customer d USING (customer_key) WHERE sale = 5;

-- Stored, the same rows.
SELECT elt.create_fact('star.stored_sales', 'star.sales', '{sale}', '{"dim_customer": ["cust"]}', '{"dim_date": "at"}', '{amount}',
	units => '{"amount": "EUR"}', degenerate => '{note}', day_zone => 'Europe/Berlin', store_keys => true);
CREATE VIEW star.differences AS
(TABLE star.fact_sales EXCEPT ALL TABLE star.stored_sales) UNION ALL (TABLE star.stored_sales EXCEPT ALL TABLE star.fact_sales);
SELECT * FROM star.differences;
INSERT INTO star.sales VALUES (7, 10, '2024-04-01', 640, NULL), (8, 1, '2024-04-01', 1280, NULL);
UPDATE star.sales SET at = '2024-04-02', cust = 11 WHERE sale = 1;
UPDATE star.sales SET sale = 18 WHERE sale = 8;
DELETE FROM star.sales WHERE sale = 2;
SELECT * FROM star.differences;
SELECT * FROM star.stored_sales ORDER BY sale;
MERGE INTO star.customers c USING (VALUES (10, 'Jo'), (1, 'Anna')) s(id, name) ON s.id = c.id
	WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name);
DELETE FROM star.customers WHERE id = 2;
SELECT customer_key, id, name, is_inferred, is_deleted FROM star.dim_customer ORDER BY 1;
TRUNCATE star.sales;
SELECT * FROM star.differences;
SELECT count(*) FROM star.stored_sales;

SELECT c.relname, a.attname, col_description(c.oid, a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.oid IN ('star.dim_customer'::regclass, 'star.fact_sales_asof'::regclass) ORDER BY c.relname, a.attnum;
SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'star'::regnamespace AND conrelid = 'star.stored_sales_rows'::regclass
	AND contype <> 'n' ORDER BY 2;

-- Days that the dimension has from now on.
INSERT INTO star.sales VALUES (20, 1, '2025-03-01', 1, NULL);
SELECT date_key FROM star.stored_sales;
SELECT elt.refresh_date_dimension('star.dim_date', '2025-12-31') >= 365 AS extended;
SELECT date_key FROM star.stored_sales;
SELECT * FROM star.differences;

-- Roles, times of the day, distinct values, flags.
SELECT elt.create_role_dimension('star.dim_ship_date', 'star.dim_date');
COMMENT ON COLUMN star.dim_customer.name IS NULL;
SELECT elt.create_role_dimension('star.dim_payer', 'star.dim_customer');
SELECT elt.create_time_dimension('star.dim_time', '15 minutes');
CREATE TABLE star.orders (id int PRIMARY KEY, ordered timestamp, shipped date, cust bigint, payer bigint, is_gift boolean, channel text);
CREATE TABLE star.channels (channel text, name text);
INSERT INTO star.channels VALUES ('w', 'web');
SELECT elt.create_dimension('star.dim_flags', 'star.orders', '{is_gift,channel}', distinct_values => true);
SELECT elt.create_dimension('star.dim_channel', 'star.orders', '{channel}', mapping => 'star.channels');
SELECT elt.create_fact('star.fact_orders', 'star.orders', '{id}',
	'{"dim_customer": "cust", "dim_payer": "payer", "dim_flags": ["is_gift", "channel"], "dim_channel": "channel"}',
	'{"dim_date": "ordered", "dim_ship_date": "shipped", "dim_time": "ordered"}', kind => 'accumulating_snapshot', store_keys => true);
INSERT INTO star.orders VALUES (1, '2024-05-01 10:20', NULL, 1, 3, true, 'w'), (2, '2024-05-01 23:59:59', '2024-05-02', 77, 78, true, 'x'), (3, NULL, NULL, 1, 1, false, NULL);
UPDATE star.orders SET shipped = '2024-05-03' WHERE id = 1;
INSERT INTO star.channels VALUES ('x', 'xmas');
SELECT f.id, date_key, ship_date_key, time_key, customer_key > 0 AS customer, payer_key > 0 AS payer, c.name AS channel, g.is_gift
FROM star.fact_orders f JOIN star.dim_channel c USING (channel_key) JOIN star.dim_flags g USING (flags_key) ORDER BY f.id;
SELECT p.id, p.is_inferred FROM star.fact_orders f JOIN star.dim_payer p USING (payer_key) ORDER BY 1;

-- Another definition: surrogate keys, grants and what depends on the views stay.
GRANT SELECT ON star.fact_orders, star.dim_customer TO elt_reader;
CREATE VIEW star.needs_customers AS SELECT customer_key, segment FROM star.dim_customer;
CREATE TEMP TABLE keys AS SELECT customer_key, id FROM star.dim_customer;
ALTER TABLE star.customers ADD vip boolean, ADD label text;
UPDATE star.customers SET vip = id = 1, label = 'x';
SELECT elt.create_dimension('star.dim_customer', 'star.customers', '{id}', '{name,segment,city,country,vip,label}', replace => true);
SELECT d.customer_key, d.vip, d.label, k.id IS NOT DISTINCT FROM d.id AS same FROM star.dim_customer d LEFT JOIN keys k USING (customer_key) WHERE customer_key < 4 ORDER BY 1;
SELECT DISTINCT payer_label, customer_vip FROM star.fact_orders_asof ORDER BY 1, 2;
SELECT elt.create_fact('star.fact_orders', 'star.orders', '{id}', '{"dim_customer": "cust"}', '{"dim_date": "ordered"}',
	semi_additive => '{payer}', store_keys => true, replace => true);
\d star.fact_orders
SELECT has_table_privilege('elt_reader', 'star.fact_orders', 'SELECT') AND has_table_privilege('elt_reader', 'star.dim_customer', 'SELECT') AS granted;
SELECT to_regclass('star.fact_orders_old') AS old, stored FROM elt.facts WHERE relation = 'star.fact_orders'::regclass;
SELECT elt.create_fact('star.fact_orders', 'star.orders', '{id}', '{"dim_customer": "cust"}', replace => true);
SELECT stored, to_regclass('star.fact_orders_rows') FROM elt.facts WHERE relation = 'star.fact_orders'::regclass;
SELECT elt.rebuild_star('star.dim_customer'), elt.rebuild_star('star.stored_sales');
SELECT elt.create_dimension('star.dim_customer', 'star.customers', '{city}', replace => true);
SELECT elt.rebuild_star('star.dim_date');
SELECT elt.rebuild_star('star.orders');
DROP VIEW star.needs_customers;

-- What is refused.
SELECT elt.create_dimension('pg_temp.dim_customer', 'star.customers', '{id}');
SELECT elt.create_dimension('elt.dim_customer', 'star.customers', '{id}');
SELECT elt.create_date_dimension('pg_temp.dim_day');
SELECT elt.create_date_dimension('elt_catalog.dim_day');
SELECT elt.create_fact('elt_staging.f', 'star.orders', '{id}');
SELECT elt.create_role_dimension('pg_temp.dim_day', 'star.dim_date');
SELECT elt.create_dimension('star.dim_customer', 'star.customers', '{id}');
SELECT elt.create_dimension('star.dim_x', 'star.customers', '{}');
SELECT elt.create_dimension('star.dim_x', 'star.customers', '{nr}');
SELECT elt.create_dimension('star.dim_x', 'star.customers', '{id}', '{id}');
SELECT elt.create_dimension('star.dim_x', 'star.customers', '{id}', type => 2);
SELECT elt.create_dimension('star.dim_x', 'star.customers', '{id}', type => 3);
SELECT elt.create_dimension('star.dim_x', 'star.customers', '{id}', '{name}', hierarchies => '{"h": ["city", "country"]}');
SELECT elt.create_dimension('star.dim_x', 'star.customers', '{id}', hierarchies => '{"h": "city"}');
SELECT elt.create_dimension('star.dim_x', 'star.customers', '{id}', valid_when => 'true; DROP TABLE star.customers');
SELECT elt.create_dimension('star.dim_x', 'star.customers', '{id}', valid_when => 'nr > 0');
SELECT elt.create_dimension('star.dim_x', 'star.customers', '{city}', '{name}', distinct_values => true);
SELECT elt.create_fact('star.f', 'star.orders', '{}');
SELECT elt.create_fact('star.f', 'star.orders', '{nr}');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', '{"dim_nobody": "cust"}');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', '{"orders": "cust"}');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', '{"dim_date": "ordered"}');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', '{"dim_flags": "is_gift"}');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', dates => '{"dim_date": "id"}');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', dates => '{"dim_date": "ordered"}', kind => 'accumulating_snapshot');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', dates => '{"dim_date": "ordered"}', kind => 'periodic_snapshot');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', measures => '{cust}', kind => 'factless');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', kind => 'other');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', measures => '{cust}', non_additive => '{cust}');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', measures => '{cust}', units => '{"payer": "EUR"}');
SELECT elt.create_fact('star.f', 'star.customers', '{id}', measures => '{name}');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', '["dim_customer"]');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', dates => '"dim_date"');
SELECT elt.create_fact('star.f', 'star.orders', '{id}', measures => '{cust}', units => '["EUR"]');
SELECT elt.create_dimension('star.d', 'star.customers', '{id}', hierarchies => '["name"]');
SELECT elt.create_fact('star.f', 'star.orders', '{cust}', store_keys => true);
SELECT elt.create_fact('star.f', 'star.orders', '{id}', day_zone => 'Nowhere/Else');
SELECT elt.create_fact('star.fact_sales', 'star.orders', '{id}');
SELECT elt.drop_fact('star.orders');
SELECT elt.drop_dimension('star.dim_customer');
SELECT elt.drop_dimension('star.dim_date');
SELECT elt.star_changed();
CREATE ROLE elt_star_reader;
GRANT elt_admin TO elt_star_reader;
GRANT USAGE, CREATE ON SCHEMA star TO elt_star_reader;
GRANT SELECT ON star.customers TO elt_star_reader;
SET ROLE elt_star_reader;
SELECT elt.create_dimension('star.dim_own', 'star.customers', '{id}');
SELECT elt.drop_fact('star.fact_orders');
RESET ROLE;
DROP OWNED BY elt_star_reader;
DROP ROLE elt_star_reader;

-- A type that changes in the source does not round what is stored.
CREATE TABLE star.item (id int PRIMARY KEY, weight numeric(6,1));
CREATE TABLE star.parcel (id int PRIMARY KEY, item int, price numeric(8,2));
SELECT elt.create_dimension('star.dim_item', 'star.item', '{id}');
SELECT elt.create_fact('star.fact_parcel', 'star.parcel', '{id}', '{"dim_item": "item"}', measures => '{price}', store_keys => true);
ALTER TABLE star.item ALTER weight TYPE numeric(8,3), ALTER id TYPE bigint;
ALTER TABLE star.parcel ALTER price TYPE numeric(10,4), ALTER id TYPE bigint;
INSERT INTO star.item VALUES (1, 1.234);
INSERT INTO star.parcel VALUES (1, 1, 1.2345);
SELECT elt.rebuild_star('star.fact_parcel');
INSERT INTO star.parcel VALUES (1, 1, 1.2345);
SELECT item_key, price FROM star.fact_parcel;

-- A dimension that was dropped by hand is no obstacle to drop its facts.
DROP VIEW star.dim_item;
INSERT INTO star.parcel VALUES (2, 1, 1);
SELECT elt.drop_fact('star.fact_parcel');
INSERT INTO star.parcel VALUES (2, 1, 1);
DROP TABLE star.dim_item_members, star.item CASCADE;

-- Names that need quotes.
CREATE TABLE star."Odd ""source" ("the ""id" text PRIMARY KEY, "Grö ße" int);
INSERT INTO star."Odd ""source" VALUES ('a', 1);
SELECT elt.create_dimension('star."dim_Odd ""thing"', 'star."Odd ""source"', '{"the \"id"}');
TABLE star."dim_Odd ""thing";
SELECT elt.create_fact('star."Odd ""fact"', 'star."Odd ""source"', '{"the \"id"}', '{"star.\"dim_Odd \"\"thing\"": "the \"id"}', measures => '{"Grö ße"}', store_keys => true);
INSERT INTO star."Odd ""source" VALUES ('b', 2);
TABLE star."Odd ""fact_asof";
SELECT elt.drop_fact('star."Odd ""fact"'), elt.drop_dimension('star."dim_Odd ""thing"');

DROP VIEW star.differences;
SELECT elt.drop_fact('star.fact_orders');
SELECT elt.drop_dimension(relation) FROM elt.dimensions WHERE relation IN ('star.dim_ship_date'::regclass, 'star.dim_payer'::regclass,
	'star.dim_time'::regclass, 'star.dim_flags'::regclass, 'star.dim_channel'::regclass);
SELECT elt.drop_fact('star.fact_sales'), elt.drop_fact('star.stored_sales');
SELECT elt.drop_dimension('star.dim_customer'), elt.drop_dimension('star.dim_date');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE 'elt_star%';
DROP SCHEMA star CASCADE;
