-- Aggregates of facts: kept as facts, members and versions come, change and go.
\set ON_ERROR_STOP off
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA agg;
SET search_path = agg;
CREATE TABLE customer (id int PRIMARY KEY, segment varchar(8), city text);
CREATE TABLE tariff (code text, band text, valid_from date, valid_to date);
CREATE TABLE sale (id int PRIMARY KEY, cust int, payer int, code text, at timestamptz, amount numeric(10,2), n int, weight float8, any_number numeric);
SELECT elt.create_dimension('dim_customer', 'customer', '{id}', valid_when => 'id > 0');
SELECT elt.create_role_dimension('dim_payer', 'dim_customer');
SELECT elt.create_dimension('dim_tariff', 'tariff', '{code}', type => 6);
SELECT elt.create_date_dimension('dim_date', '2024-01-01', '2024-03-31', calendar => 'DE');
SELECT elt.create_fact('fact_sale', 'sale', '{id}', '{"dim_customer": "cust", "dim_payer": "payer", "dim_tariff": "code"}', '{"dim_date": "at"}',
	'{amount,any_number}', semi_additive => '{n}', non_additive => '{weight}', units => '{"amount": "EUR"}', day_zone => 'Europe/Berlin');
INSERT INTO customer VALUES (1, 'home', 'Ulm'), (2, 'office', 'Bonn'), (3, NULL, 'Ulm');
INSERT INTO sale VALUES (1, 1, 2, 'a', '2024-01-01', 10, 1, 0.1, 1), (2, 2, 1, 'a', '2024-01-31 23:30', 20, NULL, 0.2, 0.50),
	(3, 3, 9, NULL, NULL, NULL, 3, 'NaN', NULL);

SELECT elt.create_aggregate('by_segment', 'fact_sale', by => '{customer_segment}',
	measures => '{"rows": "count(*)", "priced": "count(amount)", "total": "sum(amount)", "mean": "avg(amount)"}');
TABLE by_segment ORDER BY 1;
\d by_segment
SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute a WHERE a.attrelid = 'by_segment'::regclass AND attnum > 0 ORDER BY attnum;
SELECT obj_description('by_segment'::regclass), obj_description('by_segment_groups'::regclass);

-- Rows that come, change, move to another group, and go: a group without rows is none.
INSERT INTO sale VALUES (4, 1, 1, 'b', '2024-02-01', 0.05, 1, 1e300, 1e-20), (5, NULL, 2, 'b', '2024-02-02', 7, 1, 'Infinity', 'Infinity'), (6, -4, 2, 'c', '2024-02-03', 8, 1, 2, 'NaN');
UPDATE sale SET amount = amount * 2 WHERE id = 2;
UPDATE sale SET cust = 2 WHERE id = 1;
UPDATE sale SET n = 5 WHERE id = 1;
TABLE by_segment ORDER BY 1;
DELETE FROM sale WHERE id IN (5, 6);
TABLE by_segment ORDER BY 1;
SELECT * FROM elt.verify_aggregate('by_segment');

-- Members that change take their facts with them.
UPDATE customer SET segment = 'home' WHERE id = 3;
TABLE by_segment ORDER BY 1;
UPDATE customer SET city = 'Rom' WHERE id = 3;
DELETE FROM customer WHERE id = 2;
TABLE by_segment ORDER BY 1;
INSERT INTO customer VALUES (2, 'office', 'Rom');
SELECT * FROM elt.verify_aggregate('by_segment');

-- Versions, the newest ones, days, keys, and two roles of one dimension.
SELECT elt.create_aggregate('by_many', 'fact_sale', '{payer_city,customer_city,tariff_band,current_band,is_holiday,date_key,cust}',
	'{"rows": "count(*)", "total": "sum(amount)", "n": "avg(n)", "weight": "avg(weight)", "number": "sum(any_number)"}');
CREATE VIEW wanted AS
SELECT p.city AS payer_city, c.city AS customer_city, t.band AS tariff_band, t.current_band, d.is_holiday, f.date_key, f.cust, count(*), sum(amount), avg(n)
FROM fact_sale f JOIN dim_customer c USING (customer_key) JOIN dim_payer p USING (payer_key) JOIN dim_tariff t USING (tariff_key) JOIN dim_date d USING (date_key)
GROUP BY 1, 2, 3, 4, 5, 6, 7;
CREATE VIEW kept AS SELECT payer_city, customer_city, tariff_band, current_band, is_holiday, date_key, cust, rows, total, n FROM by_many;
CREATE VIEW faults AS SELECT 'by_many' AS of, to_jsonb(x) FROM ((TABLE kept EXCEPT ALL TABLE wanted) UNION ALL (TABLE wanted EXCEPT ALL TABLE kept)) x
UNION ALL SELECT 'verify', to_jsonb(v) FROM elt.verify_aggregate('by_many') v
UNION ALL SELECT 'verify', to_jsonb(v) FROM elt.verify_aggregate('by_segment') v;
TABLE faults;
SELECT payer_city, customer_city, date_key, is_holiday, rows, total, n, weight, number FROM by_many ORDER BY date_key, customer_city;
INSERT INTO tariff VALUES ('a', 'low', '2024-01-01', NULL), ('b', 'mid', '2024-02-02', NULL);
TABLE faults;
INSERT INTO tariff VALUES ('a', 'high', '2024-01-15', NULL);
TABLE faults;
SELECT tariff_band, current_band, sum(rows) FROM by_many GROUP BY 1, 2 ORDER BY 1, 2;
UPDATE tariff SET band = 'top' WHERE band = 'high';
UPDATE tariff SET valid_from = '2024-02-15' WHERE band = 'top';
TABLE faults;
SELECT tariff_band, current_band, sum(rows) FROM by_many GROUP BY 1, 2 ORDER BY 1, 2;
DELETE FROM tariff WHERE band = 'top';
UPDATE customer SET city = 'Kiel' WHERE id = 1;
DELETE FROM customer WHERE id = 1;
INSERT INTO customer VALUES (9, 'new', 'Oslo');
TABLE faults;
INSERT INTO sale VALUES (10, 20, 20, 'new', '2024-05-01', 1, 1, 1, 1), (11, 2, 2, 'a', '2024-02-10', 1, 1, 1, 1);
SELECT customer_city, date_key, rows FROM by_many WHERE cust = 20;
SELECT elt.refresh_date_dimension('dim_date', '2024-12-31') > 0 AS extended;
SELECT customer_city, date_key, is_holiday, rows FROM by_many WHERE cust = 20;
TABLE faults;
MERGE INTO sale s USING (VALUES (10, 2), (11, 30), (12, 31), (13, 9)) v(id, cust) ON v.id = s.id
	WHEN MATCHED AND s.id = 11 THEN DELETE WHEN MATCHED THEN UPDATE SET cust = v.cust, payer = v.cust
	WHEN NOT MATCHED THEN INSERT (id, cust, payer, code, amount) VALUES (v.id, v.cust, v.cust, 'd', 3);
TABLE faults;
INSERT INTO sale (id, cust, at) VALUES (13, 40, '2024-01-01'), (14, 41, '2024-01-02') ON CONFLICT (id) DO UPDATE SET cust = excluded.cust, at = excluded.at;
TABLE faults;
TRUNCATE sale;
SELECT (SELECT count(*) FROM by_segment), (SELECT count(*) FROM by_many);
INSERT INTO sale VALUES (1, 1, 2, 'a', '2024-01-01', 10, 1, 0.1, 1);
TABLE faults;

-- Floating-point sums are those of the decimals, whatever came in between.
CREATE TABLE reading (id int PRIMARY KEY, sensor int, at timestamp, f8 float8, f4 float4, i2 int2, i8 int8);
SELECT elt.create_fact('fact_reading', 'reading', '{id}', dates => '{"dim_date": "at"}', measures => '{f8,f4,i2,i8}', degenerate => '{sensor}', store_keys => true);
SELECT elt.create_aggregate('by_sensor', 'fact_reading', '{sensor}',
	'{"rows": "count(*)", "s8": "sum(f8)", "m8": "avg(f8)", "s4": "sum(f4)", "m4": "avg(f4)", "s2": "sum(i2)", "b": "sum(i8)", "mb": "avg(i8)"}');
INSERT INTO reading SELECT n, n % 2, timestamp '2024-01-01' + n * interval '1 hour', 0.1, 0.1, 32767, 9223372036854775807 FROM generate_series(1, 20) n;
INSERT INTO reading VALUES (21, 1, '2024-01-01', 1e300, 1e30, 1, 1);
DELETE FROM reading WHERE id = 21;
TABLE by_sensor ORDER BY 1;
INSERT INTO reading (id, sensor, f8, f4) VALUES (22, 1, 'Infinity', 'NaN'), (23, 0, '-Infinity', 'Infinity'), (24, 0, 'Infinity', 1);
SELECT sensor, s8, m8, s4 FROM by_sensor ORDER BY 1;
DELETE FROM reading WHERE id > 21;
SELECT sensor, s8, m8, s4 FROM by_sensor ORDER BY 1;
SELECT * FROM elt.verify_aggregate('by_sensor');
SELECT a.s8 = b.s8 AND a.b = b.b AS same, pg_typeof(a.s8), pg_typeof(a.s4), pg_typeof(a.s2), pg_typeof(a.b), pg_typeof(a.m4)
FROM by_sensor a, (SELECT sensor, sum(f8::numeric)::float8 AS s8, sum(i8) AS b FROM reading GROUP BY 1) b WHERE a.sensor = 1 AND b.sensor = 1;

-- Between infinite values percentiles are what PostgreSQL finds, and the last day that there is ends like others.
CREATE INDEX ON reading (at);
SELECT elt.create_aggregate('at_ends', 'fact_reading', '{sensor}',
	'{"mid": "percentile_cont(0.5) WITHIN GROUP (ORDER BY f8)", "low": "percentile_cont(0) WITHIN GROUP (ORDER BY f8)", "last": "max(at)"}');
INSERT INTO reading (id, sensor, at, f8) VALUES (31, 8, '2024-01-01', 'Infinity'), (32, 8, '294276-12-31 23:59:59.999999', 'Infinity'), (33, 8, '294276-12-31', 'Infinity'),
	(34, 9, '294276-12-31 12:00', '-Infinity'), (35, 9, NULL, 'Infinity'), (36, 8, 'infinity', 'Infinity');
SELECT sensor, mid, low, last FROM at_ends WHERE sensor > 7 ORDER BY 1;
SELECT sensor, percentile_cont(0.5) WITHIN GROUP (ORDER BY f8) AS mid, percentile_cont(0) WITHIN GROUP (ORDER BY f8) AS low FROM reading WHERE sensor > 7 GROUP BY 1 ORDER BY 1;
DELETE FROM reading WHERE id IN (32, 34, 36);
SELECT sensor, mid, low, last FROM at_ends WHERE sensor > 7 ORDER BY 1;
SELECT * FROM elt.verify_aggregate('at_ends');

-- Semi-additive measures, by the time of the grain.
CREATE TABLE stock (item text, day date, pieces int, price int, PRIMARY KEY (item, day));
SELECT elt.create_fact('fact_stock', 'stock', '{item,day}', dates => '{"dim_date": "day"}', semi_additive => '{pieces}', non_additive => '{price}', kind => 'periodic_snapshot');
SELECT elt.create_aggregate('stock_by_day', 'fact_stock', '{date}', '{"pieces": "sum(pieces)"}');
SELECT elt.create_aggregate('stock_by_month', 'fact_stock', '{month_label}', '{"pieces": "avg(pieces)"}');
INSERT INTO stock VALUES ('a', '2024-01-01', 1, 1), ('b', '2024-01-01', 2, 1), ('a', '2024-01-02', 4, 1), ('a', '2025-01-01', 5, 1);
TABLE stock_by_day ORDER BY 1;
TABLE stock_by_month ORDER BY 1;

-- What cannot be subtracted is kept by day; exact percentiles and distinct values, by value.
CREATE TABLE visit (id int PRIMARY KEY, page text, at timestamptz, who text, ms int, score float8);
CREATE INDEX ON visit (at);
SELECT elt.create_fact('fact_visit', 'visit', '{id}', dates => '{"dim_date": "at"}', measures => '{ms,score}', degenerate => '{page,who}', day_zone => 'America/New_York');
INSERT INTO visit SELECT n, 'p' || n % 3, timestamptz '2024-01-01 00:00-05' + n * interval '7 hours', 'w' || n % 7, n, n / 10.0 FROM generate_series(1, 30) n;
SELECT elt.create_aggregate('by_page', 'fact_visit', '{page}', '{"least": "min(ms)", "greatest": "max(score)", "first": "min(at)", "people": "approx_count_distinct(who)",
	"exactly": "count(DISTINCT who)", "p50": "approx_percentile(ms, 0.5)", "mid": "percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)", "d": "percentile_disc(0.25) WITHIN GROUP (ORDER BY score)", "sum": "sum(score)"}');
CREATE VIEW visits AS SELECT page, least, greatest, first, people, exactly, round(p50::numeric) AS p50, mid, d, sum FROM by_page ORDER BY page;
TABLE visits;
INSERT INTO visit VALUES (31, 'p0', '2023-05-05', 'w9', -5, 99), (32, 'p4', NULL, NULL, NULL, NULL), (33, 'p4', 'infinity', 'w1', 3, 'NaN');
TABLE visits;
-- Those that were the least go, from a day that has others, and from one that has none.
UPDATE visit SET ms = ms + 100 WHERE id IN (3, 31);
DELETE FROM visit WHERE id IN (1, 2, 30, 31);
TABLE visits;
UPDATE visit SET page = 'p5', who = 'w' || id WHERE id % 3 = 0;
UPDATE visit SET at = at + interval '40 days' WHERE id = 5;
TABLE visits;
SELECT * FROM elt.verify_aggregate('by_page');
SELECT count(*) FROM by_page_days WHERE _rows <> _seen;
MERGE INTO visit t USING (SELECT n, 'p5', timestamptz '2024-01-02', 'x', n FROM generate_series(4, 40, 4) n) s(id, page, at, who, ms) ON t.id = s.id
	WHEN MATCHED AND t.id > 20 THEN DELETE WHEN MATCHED THEN UPDATE SET page = s.page, ms = -s.ms WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.page, s.at, s.who, s.ms);
INSERT INTO visit VALUES (4, 'p5', '2024-01-02', 'y', 2), (50, 'p5', '2024-01-02', 'z', 1) ON CONFLICT (id) DO UPDATE SET ms = 0;
TABLE visits;
SELECT * FROM elt.verify_aggregate('by_page');
SELECT count(*) FROM by_page_days WHERE _rows <> _seen;
SELECT page, count(DISTINCT who) AS exactly, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS mid, percentile_disc(0.25) WITHIN GROUP (ORDER BY score) AS d FROM visit GROUP BY 1
EXCEPT SELECT page, exactly, mid, d FROM by_page;
SELECT details FROM elt_catalog.aggregate WHERE relation = 'by_page'::regclass;
DROP VIEW visits;
SELECT elt.create_aggregate('by_page', 'fact_visit', '{page,who}', '{"least": "min(ms)", "exactly": "count(DISTINCT ms)"}', replace => true);
SELECT * FROM elt.verify_aggregate('by_page');
TRUNCATE visit;
SELECT (SELECT count(*) FROM by_page), (SELECT count(*) FROM by_page_days), (SELECT count(*) FROM by_page_values1);
SELECT elt.rebuild_star('fact_visit');
INSERT INTO visit VALUES (1, 'p', '2024-01-01', 'w', 1, 1);
TABLE by_page;
SELECT elt.create_aggregate('by_page', 'fact_visit', '{page}', replace => true);
SELECT elt.create_aggregate('x', 'fact_visit', '{page}', '{"a": "approx_percentile(ms, 1.5)"}');
SELECT elt.create_aggregate('x', 'fact_visit', '{page}', '{"a": "approx_percentile(ms)"}');
SELECT elt.create_aggregate('x', 'fact_visit', '{page}', '{"a": "percentile_cont(0.5) WITHIN GROUP (ORDER BY who)"}');
SELECT elt.create_aggregate('x', 'fact_visit', '{page}', '{"a": "percentile_cont(0.5) WITHIN GROUP (ORDER BY ms DESC)"}');
SELECT elt.create_aggregate('x', 'fact_visit', '{page}', '{"a": "sum(DISTINCT ms)"}');
SELECT elt.create_aggregate('x', 'fact_visit', '{page}', '{"a": "max(nothing)"}');
SELECT elt.drop_aggregate('by_page');
SELECT to_regclass('by_page_days'), to_regclass('by_page_values1');

-- Of many distinct values so few are left that they are counted exactly, also while a statement does several things.
CREATE TABLE hit (id int PRIMARY KEY, page text, at date, who int);
INSERT INTO hit SELECT n, 'p' || n % 2, date '2024-01-01' + n % 20, n FROM generate_series(1, 9000) n;
SELECT elt.create_fact('fact_hit', 'hit', '{id}', dates => '{"dim_date": "at"}', degenerate => '{page,who}');
SELECT elt.create_aggregate('by_hit', 'fact_hit', '{page}', '{"people": "approx_count_distinct(who)", "latest": "max(at)"}');
SELECT elt.create_aggregate('all_hits', 'fact_hit', '{iso_week_label}', '{"people": "approx_count_distinct(who)"}');
SELECT page, latest, people BETWEEN 4300 AND 4700 AS about FROM by_hit ORDER BY page;
DELETE FROM hit WHERE id > 5000 OR at = '2024-01-20';
SELECT page, latest, people = (SELECT count(DISTINCT who) FROM hit h WHERE h.page = b.page) AS exact FROM by_hit b ORDER BY page;
INSERT INTO hit SELECT n, NULL, date '2024-01-01' + n % 20, n FROM generate_series(10001, 19000) n;
MERGE INTO hit t USING generate_series(9001, 18500) s(id) ON t.id = s.id WHEN MATCHED AND t.id % 2 = 0 THEN DELETE
	WHEN MATCHED AND t.id > 14000 THEN DELETE WHEN MATCHED THEN UPDATE SET who = 1, at = 'infinity' WHEN NOT MATCHED THEN INSERT VALUES (s.id, NULL, NULL, s.id);
INSERT INTO hit SELECT n, NULL, '2024-01-05', n % 3000 FROM generate_series(8001, 14000) n ON CONFLICT (id) DO UPDATE SET who = 2, page = 'p0', at = excluded.at;
SELECT page, latest, people = (SELECT count(DISTINCT who) FROM hit h WHERE h.page IS NOT DISTINCT FROM b.page) AS exact FROM by_hit b ORDER BY page;
SELECT count(*) AS different FROM (SELECT elt.verify_aggregate('by_hit') UNION ALL SELECT elt.verify_aggregate('all_hits')) v;

-- A column that has another name, and a fact that is gone.
ALTER TABLE hit RENAME who TO visitor;
INSERT INTO hit VALUES (0);
SELECT elt.verify_aggregate('all_hits');
ALTER TABLE hit RENAME visitor TO who;
ALTER TABLE hit RENAME at TO day;
DELETE FROM hit WHERE id = 1;
ALTER TABLE hit RENAME day TO at;
DELETE FROM hit WHERE id = 1;
SELECT elt.drop_aggregate('all_hits');
ALTER TABLE hit DROP COLUMN page CASCADE;
INSERT INTO hit VALUES (0);
SELECT elt.verify_aggregate('by_hit');
SELECT relation, state, detail FROM elt.star_status WHERE relation = 'by_hit'::regclass;
SELECT elt.rebuild_star('by_hit');
SELECT elt.create_fact('fact_hit', 'hit', '{id}', dates => '{"dim_date": "at"}', degenerate => '{who}');
SELECT elt.create_aggregate('by_hit', 'fact_hit', '{iso_week_label}', '{"people": "approx_count_distinct(who)"}', replace => true);
SELECT elt.verify_aggregate('by_hit');

-- Relations that are in the way.
CREATE TABLE w_days ();
CREATE TABLE w_values3 ();
SELECT elt.create_aggregate('w', 'fact_hit', '{at}', '{"a": "min(who)"}');
SELECT elt.create_aggregate('w', 'fact_hit', '{at}', '{"a": "count(DISTINCT at)", "b": "count(id)", "c": "count(DISTINCT who)"}');
SELECT elt.create_aggregate('w', 'fact_hit', '{at}', '{"a": "count(DISTINCT at)"}');
SELECT elt.create_aggregate('w', 'fact_hit', '{at}', '{"a": "max(who)"}', replace => true);
CREATE TABLE w_old1 ();
SELECT elt.rebuild_star('w');
DROP TABLE w_old1, w_days;
SELECT elt.create_aggregate('w', 'fact_hit', '{at}', '{"a": "max(who)", "b": "count(DISTINCT at)"}', replace => true);
SELECT to_regclass('w_days') IS NOT NULL AS days, to_regclass('w_old1') AS old;
SELECT elt.create_aggregate(repeat('w', 56), 'fact_hit', '{at}', '{"a": "count(DISTINCT who)"}');
SELECT elt.drop_aggregate('w'), elt.drop_aggregate('by_hit'), elt.drop_fact('fact_hit');

-- Another definition, built again, privileges.
DROP VIEW faults;
GRANT SELECT ON by_segment TO elt_reader;
SELECT elt.create_aggregate('by_segment', 'fact_sale', '{customer_segment,tariff_band}', '{"rows": "count(*)"}', replace => true);
TABLE by_segment;
SELECT has_table_privilege('elt_reader', 'by_segment', 'SELECT') AS granted, to_regclass('by_segment_old') AS old;
SELECT elt.rebuild_star('by_segment'), elt.rebuild_star('fact_sale');
SELECT elt.create_fact('fact_sale', 'sale', '{id}', '{"dim_customer": "cust"}', '{"dim_date": "at"}', '{amount}', replace => true);
DROP VIEW kept, wanted;
SELECT elt.create_fact('fact_sale', 'sale', '{id}', '{"dim_customer": "cust"}', '{"dim_date": "at"}', '{amount}', replace => true);
SELECT elt.drop_aggregate('by_many');
SELECT elt.create_fact('fact_sale', 'sale', '{id}', '{"dim_tariff": "code", "dim_customer": "cust"}', '{"dim_date": "at"}', '{amount}', replace => true);
INSERT INTO sale VALUES (2, 2, 2, 'a', '2024-01-01', 10, 1, 0.1, 1);
TABLE by_segment ORDER BY 1;
SELECT * FROM elt.verify_aggregate('by_segment');
SELECT relation, fact, by_columns, measures, stored FROM elt.aggregates;

-- What verify_aggregate finds.
UPDATE by_segment_groups SET _rows = 7 WHERE customer_segment = 'office';
INSERT INTO by_segment_groups (customer_segment, _rows) VALUES ('none', 1);
SELECT * FROM elt.verify_aggregate('by_segment') ORDER BY key;
SELECT elt.rebuild_star('by_segment');
SELECT * FROM elt.verify_aggregate('by_segment');

-- What is refused.
SELECT elt.create_aggregate('x', 'sale', '{id}');
SELECT elt.create_aggregate('x', 'fact_sale', '{}');
SELECT elt.create_aggregate('x', 'fact_sale', '{nothing}');
SELECT elt.create_aggregate('x', 'fact_sale', '{days_ago}');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust,cust}');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust}', '{"cust": "count(*)"}');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust}', '{"_rows": "count(*)"}');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust}', '["count(*)"]');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust}', '{"a": null}');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust}', '{"a": "median(amount)"}');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust}', '{"a": "sum(amount) + 1"}');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust}', '{"a": "sum(amount), (SELECT 1)"}');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust}', '{"a": "sum(amount"}');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust}', '{"a": "sum(amount * 2)"}');
SELECT elt.create_aggregate('x', 'fact_stock', '{item}', '{"a": "sum(price)"}');
SELECT elt.create_aggregate('x', 'fact_sale', '{cust}', '{"a": "sum(code)"}');
SELECT elt.create_aggregate('x', 'fact_stock', '{month_label}', '{"a": "sum(pieces)"}');
SELECT elt.create_aggregate('x', 'fact_reading', '{sensor}', '{"a": "sum(f8)"}', NULL);
SELECT elt.create_aggregate('by_segment', 'fact_sale', '{cust}');
SELECT elt.create_aggregate('pg_temp.x', 'fact_sale', '{cust}');
SELECT elt.drop_aggregate('fact_sale');
SELECT elt.drop_aggregate('fact_sale', if_exists => true);
SELECT elt.verify_aggregate('fact_sale');
SELECT elt.drop_fact('fact_sale');
CREATE VIEW sale_view AS TABLE sale;
SELECT elt.create_fact('fact_view', 'sale_view', '{id}', measures => '{amount}');
SELECT elt.create_aggregate('x', 'fact_view', '{cust}');
CREATE TABLE part (id int PRIMARY KEY, parent int, name text);
SELECT elt.create_dimension('dim_part', 'part', '{id}');
SELECT elt.create_fact('fact_part', 'part', '{id}', '{"dim_part": "parent"}');
SELECT elt.create_aggregate('x', 'fact_part', '{part_name}');
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO sale (id) VALUES (100);
ROLLBACK;
CREATE ROLE elt_agg_other;
GRANT elt_operator TO elt_agg_other;
GRANT USAGE ON SCHEMA agg TO elt_agg_other;
SET ROLE elt_agg_other;
SELECT elt.create_aggregate('agg.x', 'agg.fact_sale', '{cust}');
RESET ROLE;
DROP OWNED BY elt_agg_other;
DROP ROLE elt_agg_other;
-- Names that need quotes.
CREATE TABLE "Odd t" ("the ""id" text PRIMARY KEY, "Grö ße" int);
SELECT elt.create_fact('"odd F"', '"Odd t"', '{"the \"id"}', measures => '{"Grö ße"}');
SELECT elt.create_aggregate('"odd A"', '"odd F"', '{"the \"id"}', '{"Su m": "sum(\"Grö ße\")"}');
INSERT INTO "Odd t" VALUES ('a', 1);
TABLE "odd A";

SELECT elt.drop_aggregate(relation) FROM elt.aggregates WHERE relation::text NOT LIKE '%stock%';
SELECT elt.drop_aggregate('stock_by_day'), elt.drop_aggregate('stock_by_month');
SELECT elt.drop_fact(relation) FROM elt.facts WHERE source IN ('sale'::regclass, 'sale_view', 'reading', 'visit', 'stock', 'part', '"Odd t"');
SELECT elt.drop_dimension('dim_payer');
SELECT elt.drop_dimension(relation) FROM elt.dimensions WHERE relation IN ('dim_customer'::regclass, 'dim_tariff', 'dim_date', 'dim_part');
RESET search_path;
DROP SCHEMA agg CASCADE;
