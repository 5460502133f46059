-- The database of another server in docs/replication.md: here it is one of this server.
SELECT count(pg_drop_replication_slot(slot_name)) FROM pg_replication_slots;
DROP DATABASE IF EXISTS webshop;
CREATE DATABASE webshop;
CREATE SCHEMA sales;
CREATE TABLE sales.orders (id int PRIMARY KEY, customer int, amount numeric(10,2), note text);
CREATE TABLE sales.customers (id int PRIMARY KEY, name text);
\connect webshop
CREATE SCHEMA sales;
CREATE TABLE sales.orders (id int PRIMARY KEY, customer int, amount numeric(10,2), note text);
CREATE TABLE sales.customers (id int PRIMARY KEY, name text);
INSERT INTO sales.orders VALUES (1, 1, 10, 'gift'), (2, 1, 20, NULL), (3, 2, 30, 'by express');
INSERT INTO sales.customers VALUES (1, 'Ada'), (2, 'Bob');
CREATE PUBLICATION elt FOR TABLE sales.orders, sales.customers;
