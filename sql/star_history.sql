-- Facts of a dimension with a history: the version as of the event, whatever comes first.
\set ON_ERROR_STOP off
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SERVER star_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', conditional 'false');
CREATE ROLE star_owner;
GRANT elt_admin TO star_owner;
GRANT USAGE ON FOREIGN SERVER star_api TO star_owner;
CREATE SCHEMA star_test AUTHORIZATION star_owner;
SET ROLE star_owner;
SET search_path = star_test;
CREATE FOREIGN TABLE customers (answer text OPTIONS (param 'answer'), id bigint, city text, changed_at timestamptz, op text)
	SERVER star_api OPTIONS (path '/echo', query 'body={answer}');
SELECT elt.create_pipeline('star_customers', 'customers', 'customer', '{id}', 'scd2', params => '{"answer": ["[]"]}',
	options => $${"sequence_by": ["changed_at"], "delete_when": "op = 'd'"}$$);
CREATE FUNCTION answer(body text) RETURNS text LANGUAGE sql AS
	$$SELECT elt.alter_pipeline('star_customers', params => jsonb_build_object('answer', jsonb_build_array(body)))$$;
CREATE TABLE orders (id int PRIMARY KEY, cust bigint, at timestamptz, amount int);

-- Facts first: their member is inferred, then completed in place.
SELECT elt.create_dimension('dim_customer', 'customer', '{id}', '{city}', type => 6);
SELECT elt.create_date_dimension('dim_date', '2024-01-01', '2024-12-31');
SELECT elt.create_fact('looked_up', 'orders', '{id}', '{"dim_customer": ["cust"]}', '{"dim_date": "at"}', '{amount}');
SELECT elt.create_fact('stored', 'orders', '{id}', '{"dim_customer": ["cust"]}', '{"dim_date": "at"}', '{amount}', store_keys => true);
CREATE VIEW differences AS
(TABLE looked_up EXCEPT ALL TABLE stored) UNION ALL (TABLE stored EXCEPT ALL TABLE looked_up);
CREATE VIEW cities AS
SELECT s.id, d.customer_key, s.customer_durable_key, d.city, d.current_city, d.is_inferred FROM stored s JOIN dim_customer d USING (customer_key) ORDER BY id;
INSERT INTO orders SELECT n, 1, make_date(2024, n, 15), 10 ^ n FROM generate_series(1, 6) n;
INSERT INTO orders VALUES (7, 2, '2024-05-05', 1000000);
TABLE cities;
SELECT answer('[{"id":1,"city":"Bonn","changed_at":"2024-02-01"},{"id":1,"city":"Ulm","changed_at":"2024-04-01"}]') \gset
CALL elt.run('star_customers');
TABLE cities;
TABLE differences;

-- A late version between them, one before the first, a delete, and the next member.
SELECT answer('[{"id":1,"city":"Jena","changed_at":"2024-03-01"}]') \gset
CALL elt.run('star_customers');
TABLE cities;
SELECT answer('[{"id":1,"city":"Kiel","changed_at":"2024-01-01"},{"id":1,"op":"d","changed_at":"2024-06-01"},{"id":2,"city":"Rom","changed_at":"2024-05-01"},{"id":3,"city":"Lyon","changed_at":"2024-05-20"}]') \gset
CALL elt.run('star_customers');
TABLE cities;
TABLE differences;
-- The member is known, and had no version then.
INSERT INTO orders VALUES (8, 3, '2024-05-05', 1), (9, 3, '2024-05-25', 2), (10, 3, NULL, 3);
SELECT id, cust, customer_key, customer_durable_key > 0 AS durable FROM stored WHERE id > 7 ORDER BY id;
SELECT answer('[{"id":3,"city":"Nice","changed_at":"2024-05-01"}]') \gset
CALL elt.run('star_customers');
SELECT id, city FROM cities WHERE id > 7;
TABLE differences;
-- By the durable key, without the history.
SELECT c.id, c.city, c.is_deleted, sum(amount) FROM stored JOIN dim_customer_current c USING (customer_durable_key) GROUP BY 1, 2, 3 ORDER BY 1;
SELECT id, customer_city FROM stored_asof ORDER BY id;
SELECT customer_key, customer_durable_key, id, city, valid_from, valid_to, is_current, is_deleted FROM dim_customer WHERE id = 1 ORDER BY valid_from;

-- A history that nobody merges: versions may overlap, and an order has one all the same.
CREATE TABLE tariff (code text, price numeric, valid_from date, valid_to date);
INSERT INTO tariff VALUES ('a', 1, '2024-01-01', '2024-12-31'), ('a', 2, '2024-03-01', NULL), ('a', 3, '2024-03-01', '2024-03-01'), (NULL, 4, '2024-01-01', NULL);
CREATE TABLE usages (id int PRIMARY KEY, code text, day date, kwh int);
INSERT INTO usages SELECT n, 'a', date '2024-02-28' + n, 1 FROM generate_series(0, 3) n;
SELECT elt.create_dimension('dim_tariff', 'tariff', '{code}', type => 2);
SELECT elt.create_fact('used', 'usages', '{id}', '{"dim_tariff": "code"}', '{"dim_date": "day"}', '{kwh}');
SELECT elt.create_fact('used_stored', 'usages', '{id}', '{"dim_tariff": "code"}', '{"dim_date": "day"}', '{kwh}', store_keys => true);
SELECT id, day, tariff_price FROM used_asof ORDER BY id;
UPDATE tariff SET valid_from = '2024-02-29' WHERE price = 2;
SELECT id, day, tariff_price FROM used_stored_asof ORDER BY id;
(TABLE used EXCEPT TABLE used_stored) UNION ALL (TABLE used_stored EXCEPT TABLE used);
DELETE FROM tariff;
SELECT id, day, tariff_price FROM used_stored_asof ORDER BY id;

-- The target of an upsert, landed by MERGE.
CREATE TABLE item_rows (id int PRIMARY KEY, name text, day date);
INSERT INTO item_rows VALUES (1, 'a', '2024-01-01'), (2, 'b', '2024-01-01');
SELECT elt.create_pipeline('star_items', 'item_rows', 'item', '{id}');
CALL elt.run('star_items');
SELECT elt.create_dimension('dim_item', 'item', '{id}', '{name}');
SELECT elt.create_fact('items', 'item', '{id}', '{"dim_item": "id"}', '{"dim_date": "day"}', kind => 'factless', store_keys => true);
UPDATE item_rows SET name = 'A', day = '2024-02-01' WHERE id = 1;
INSERT INTO item_rows VALUES (3, 'c', '2024-03-01');
CALL elt.run('star_items');
SELECT i.id, d.name, i.date_key FROM items i JOIN dim_item d USING (item_key) ORDER BY 1;
SELECT elt.drop_pipeline('star_items');

-- Of a history of one's own, type 1 has the newest version of each member.
CREATE TABLE price (id int, price int, valid_from date, valid_to date, PRIMARY KEY (id, valid_from));
INSERT INTO price VALUES (1, 30, '2024-01-01', '2024-02-01'), (1, 20, '2024-02-01', NULL), (2, 50, '2024-01-01', 'infinity'), (2, 40, '2023-01-01', '2024-01-01'), (3, 60, '2024-01-01', '2024-02-01');
SELECT elt.create_dimension('dim_price', 'price', '{id}', type => 1);
INSERT INTO price VALUES (1, 10, '2024-03-01', 'infinity'), (3, 70, '2024-03-01', 'infinity');
UPDATE price SET valid_to = '2024-03-01' WHERE id = 1 AND price = 20;
SELECT id, price, is_deleted FROM dim_price WHERE price_key > 0 ORDER BY 1;

-- Whoever is to be forgotten is nobody in the dimension.
SELECT count(*) > 0 AS erased FROM elt.erase('star_customers', '{"id": 1}') WHERE rows > 0;
SELECT id, city, current_city FROM cities WHERE customer_durable_key = 1;
SELECT count(*) FILTER (WHERE id IS NULL AND city IS NULL) AS forgotten, count(*) FROM dim_customer WHERE customer_durable_key = 1;

RESET ROLE;
RESET search_path;
SELECT elt.drop_pipeline('star_customers');
DROP SCHEMA star_test CASCADE;
SELECT count(*) FROM elt.dimensions;
DROP SERVER star_api CASCADE;
DROP OWNED BY star_owner;
DROP ROLE star_owner;
