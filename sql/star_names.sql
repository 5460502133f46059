-- Names that SQL requires to be quoted, in every function of a star.
\set VERBOSITY terse
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA "My Mart";
CREATE TABLE "My Mart"."Cust Table" ("Id" bigint PRIMARY KEY, "Name of" text, seg text);
CREATE TABLE "My Mart"."Sales" ("Sale No" bigint PRIMARY KEY, "Cust" int, "At" timestamptz, "Amt." numeric(10,2));
INSERT INTO "My Mart"."Cust Table" VALUES (1, 'Ann', 'home');
INSERT INTO "My Mart"."Sales" VALUES (1, 1, '2024-03-01', 10), (2, NULL, '2024-03-01', 5);
\set VERBOSITY default
SELECT elt.create_dimension('My Mart.Dim Customer', '"My Mart"."Cust Table"', '{Id}');
\set VERBOSITY terse
SELECT elt.create_dimension('"My Mart"."Dim Customer"', '"My Mart"."Cust Table"', '{Id}', hierarchies => '{"G H": ["Name of", "seg"]}');
SELECT elt.create_date_dimension('"My Mart"."Dim Date"', '2024-01-01', '2024-12-31');
SELECT elt.create_time_dimension('"My Mart"."Dim Time"', '1 hour');
SELECT elt.create_role_dimension('"My Mart"."Ship Date"', '"My Mart"."Dim Date"');
SELECT elt.create_role_dimension('"My Mart"."Payer ""P"""', '"My Mart"."Dim Customer"');
SELECT elt.create_fact('"My Mart"."Fact Sales"', '"My Mart"."Sales"', '{Sale No}', dimensions => '{"Nobody!": ["Cust"]}');
-- by its bare name, as in SQL, and with its schema
SELECT elt.create_fact('"My Mart"."Fact Sales"', '"My Mart"."Sales"', '{Sale No}', measures => '{Amt.}', units => '{"Amt.": "EU''R"}', store_keys => true,
	dimensions => '{"Dim Customer": ["Cust"], "\"My Mart\".\"Payer \"\"P\"\"\"": "Cust"}',
	dates => '{"\"Dim Date\"": "At", "Ship Date": "At", "Dim Time": "At"}');
SELECT elt.create_aggregate('"My Mart"."Agg X"', '"My Mart"."Fact Sales"', '{Dim Customer_Name of,Ship Date_month_label}',
	'{"N n": "count(*)", "To\"tal": "sum(\"Amt.\")", "p": "approx_percentile(\"Amt.\", 0.9)", "cd": "count(DISTINCT \"Cust\")"}');
INSERT INTO "My Mart"."Sales" VALUES (3, 7, '2024-03-01', 10), (4, 1, '2024-04-01', 5.5);
UPDATE "My Mart"."Cust Table" SET "Name of" = 'Bob';
DELETE FROM "My Mart"."Sales" WHERE "Sale No" = 1;
SELECT * FROM "My Mart"."Agg X" ORDER BY 1, 2;
SELECT * FROM elt.verify_aggregate('"My Mart"."Agg X"');
SELECT DISTINCT fact, dimension, agrees FROM elt.verify_star('"My Mart"."Fact Sales"') ORDER BY 1, 2;
SELECT relation, dimension, state, rows FROM elt.star_status WHERE relation::text LIKE '"My Mart%' ORDER BY 1, 2, 3;
SELECT elt.describe_star('"My Mart"');
SELECT line FROM regexp_split_to_table(elt.describe_star('"My Mart"', 'markdown'), '\n') line WHERE line ~ 'Pay|Amt';
SELECT elt.describe_star('"My Mart"', format => 'dbt') LIKE '%- name: "Dim Customer"%' AS is_there;
SELECT elt.rebuild_star('"My Mart"."Dim Customer"'), elt.rebuild_star('"My Mart"."Fact Sales"'), elt.rebuild_star('"My Mart"."Agg X"');
SELECT elt.refresh_date_dimension('"My Mart"."Dim Date"', '2025-02-01') > 0 AS extended;
ALTER TABLE "My Mart"."Cust Table" ALTER "Name of" TYPE varchar(40), ALTER "Id" TYPE int;
SELECT elt.rebuild_star('"My Mart"."Dim Customer"');
SELECT DISTINCT agrees FROM elt.verify_star('"My Mart"."Fact Sales"');
SELECT elt.drop_aggregate('"My Mart"."Agg X"');
SELECT elt.drop_fact('"My Mart"."Fact Sales"');
SELECT elt.drop_dimension('"My Mart"."Payer ""P"""'), elt.drop_dimension('"My Mart"."Ship Date"'), elt.drop_dimension('"My Mart"."Dim Time"');
SELECT elt.drop_dimension('"My Mart"."Dim Customer"'), elt.drop_dimension('"My Mart"."Dim Date"');
DROP SCHEMA "My Mart" CASCADE;
