-- The database of another server in docs/databases.md: here it is one of this server.
DROP DATABASE IF EXISTS shop;
CREATE DATABASE shop;
\connect shop
CREATE SCHEMA sales;
CREATE TABLE sales.customers (id int PRIMARY KEY, name text);
INSERT INTO sales.customers VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Cleo');
CREATE TABLE sales.orders (id int PRIMARY KEY, customer int, amount numeric(10,2), note text, changed_at timestamptz);
INSERT INTO sales.orders VALUES (1, 1, 10, '17', now() - interval '2 days'), (2, 1, 20, 'by express', now() - interval '1 day'),
	(3, 2, 30, '18', now() - interval '1 hour');
CREATE TABLE sales.visits (at timestamp, page text, n int, PRIMARY KEY (at, page));
INSERT INTO sales.visits SELECT now() - h * interval '7 hours', '/', h FROM generate_series(1, 9) AS h;
