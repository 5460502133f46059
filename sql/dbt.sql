-- Each row of the tables of docs/dbt.md: rows that violate the expression, value of the measure.
SET timezone = 'UTC';
SET client_min_messages = error;
CREATE SCHEMA dbt_test;
SET search_path = dbt_test;
CREATE TABLE sale (id int, code text, shop int, country text, amount numeric, sold timestamptz, due timestamptz, note text);
CREATE TABLE shop (number int, valid_from timestamptz, valid_to timestamptz);
INSERT INTO shop VALUES (1, '-infinity', '2024-01-04'), (2, '-infinity', 'infinity');
SELECT elt.create_pipeline('dbt_sale', 'sale', 'dbt_test.sales', '{id}');
INSERT INTO sale VALUES (100, 'A-9', 2, 'de', 1, '2024-01-01', '2024-01-02', 'landed');
CALL elt.run('dbt_sale');
TRUNCATE sale;
INSERT INTO sale VALUES
	(1, 'A-1', 1, 'de', 10, '2024-01-01', '2024-01-02', 'a'),
	(2, 'A-2', 1, 'fr', NULL, '2024-01-02', '2024-01-03', ''),
	(3, 'A-2', 1, 'xx', 200, '2024-01-05', '2024-01-04', 'c'),
	(4, 'A-2', 3, 'de', -5, '2024-01-03', '2024-01-06', NULL),
	(5, 'A-9', 2, 'de', 50, '2024-01-04', '2024-01-05', 'e'),
	(6, 'B_123456', 2, 'fr', 7, '2024-01-06', '2024-01-07', 'f');

CREATE TABLE of_rows (n serial, expression text, expected int);
INSERT INTO of_rows (expression, expected) VALUES
	(elt.not_null('amount'), 1),
	(elt.is_unique('{code}'), 2),
	(elt.is_unique('{code}', in_target => true), 1),
	(elt.is_unique('{shop,code}'), 1),
	(elt.accepted_values('country', '{de,fr}'), 1),
	('country <> ''xx''', 1),
	(elt.refers_to('{shop}', 'shop', '{number}'), 1),
	(elt.refers_to('{shop}', 'shop', '{number}', as_of => 'sold'), 2),
	(elt.in_range('amount', '0', '100'), 2),
	('due > sold', 1),
	(elt.matches('code', '^[A-Z]-[0-9]+$'), 1),
	(elt.has_length('code', 3, 5), 1),
	('note <> ''''', 1);
CREATE TABLE of_batch (n serial, measure text, condition text, expected numeric);
INSERT INTO of_batch (measure, condition, expected) VALUES
	(elt.row_count(), 'NOT BETWEEN 1 AND 5', 6),
	(elt.difference('count(*)', 'SELECT count(*) FROM dbt_test.shop'), '<> 0', 4),
	(elt.null_ratio('amount'), '> 0.1', round(1 / 6.0, 16)),
	('count(note)', '< 10', 5),
	('count(DISTINCT country)', '< 5', 3),
	(elt.difference('count(DISTINCT shop)', 'SELECT count(DISTINCT number) FROM dbt_test.shop'), '<> 0', 1),
	(elt.freshness('sold'), '> 86400', NULL),
	(elt.gaps('sold', '1 day', '{shop}'), '> 0', 2),
	('(SELECT count(*) FROM (SELECT sold < lag(due) OVER (ORDER BY sold) AS bad FROM batch) AS s WHERE bad)', '> 0', 1),
	(elt.duplicates('{code}'), '> 0', 2),
	('avg(amount)', '> 20', 262 / 5.0),
	('sum(amount)', '> 100', 262),
	('percentile_cont(0.5) WITHIN GROUP (ORDER BY amount)', '< 10', 10),
	(elt.schema_differences('{"id": "integer", "code": "text"}'), '> 0', 6),
	(elt.psi('amount'), '> 0.25', NULL),
	(elt.deviation(elt.row_count()), 'NOT BETWEEN -3 AND 3', NULL),
	(elt.deviation('avg(amount)'), 'NOT BETWEEN -3 AND 3', NULL);
SELECT count(elt.add_check('dbt_sale', 'row ' || n, expression, 'warn')) FROM of_rows;
SELECT count(elt.add_batch_check('dbt_sale', 'batch ' || n, measure, warn_if => condition)) FROM of_batch;
CALL elt.run('dbt_sale');
SELECT o.expression, r.rows_failed, r.rows_failed = o.expected AS expected
FROM of_rows o LEFT JOIN elt.check_results r ON r.check_name = 'row ' || n AND r.pipeline = 'dbt_sale' ORDER BY n;
SELECT o.measure, o.condition, CASE WHEN o.measure !~ 'now' THEN r.value END AS value, r.verdict, abs(r.value - o.expected) < 0.000001 AS expected
FROM of_batch o LEFT JOIN elt.check_results r ON r.check_name = 'batch ' || n AND r.pipeline = 'dbt_sale' ORDER BY n;
SELECT elt.drop_pipeline('dbt_sale');
DROP SCHEMA dbt_test CASCADE;
