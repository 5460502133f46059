-- The thirteen queries of the Star Schema Benchmark, over data of our own: a star of views and one of stored keys answer as the
-- flat data do. The benchmark test/bench/star takes the data and the queries from here.
\if :{?sf}
\else
\set sf 0.005
\set skew 3
\endif
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET jit = off;
CREATE SCHEMA ssb;
SET search_path = ssb;

-- A number from 0 to n - 1 that depends on a row and on what it is for; with skew the small ones are frequent.
CREATE FUNCTION pick(id bigint, what int, n int, skew float8 DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(n * ((hashint8extended(id, what) & 1048575) / 1048576.0) ^ skew)::int;
CREATE TABLE place AS
SELECT n AS city_no, r.region, CASE n / 10 WHEN 0 THEN 'UNITED KINGDOM' WHEN 5 THEN 'UNITED STATES' ELSE r.region || n / 10 END AS nation
FROM generate_series(0, 249) n, LATERAL (SELECT (ARRAY['EUROPE', 'AMERICA', 'ASIA', 'AFRICA', 'MIDDLE EAST'])[n / 50 + 1]) r(region);
CREATE TABLE customer AS
SELECT n AS custkey, 'Customer ' || n AS name, p.nation || p.city_no % 10 AS city, p.nation, p.region
FROM generate_series(1, greatest(300, (30000 * :sf)::int)) n JOIN place p ON p.city_no = pick(n, 1, 250, :skew);
CREATE TABLE supplier AS
SELECT n AS suppkey, 'Supplier ' || n AS name, p.nation || p.city_no % 10 AS city, p.nation, p.region
FROM generate_series(1, greatest(200, (2000 * :sf)::int)) n JOIN place p ON p.city_no = pick(n, 2, 250, :skew);
CREATE TABLE part AS
SELECT n AS partkey, 'MFGR#' || b / 200 + 1 AS mfgr, 'MFGR#' || b / 200 + 1 || b / 40 % 5 + 1 AS category,
	'MFGR#' || b / 200 + 1 || b / 40 % 5 + 1 || b % 40 + 1 AS brand
FROM generate_series(1, greatest(2000, (200000 * :sf)::int)) n, LATERAL (SELECT pick(n, 3, 1000)) v(b);
CREATE TABLE lineorder AS
SELECT n AS orderkey, pick(n, 4, greatest(300, (30000 * :sf)::int)) + 1 AS custkey, pick(n, 5, greatest(200, (2000 * :sf)::int)) + 1 AS suppkey,
	pick(n, 6, greatest(2000, (200000 * :sf)::int)) + 1 AS partkey, date '1992-01-01' + pick(n, 7, 2406) AS orderdate,
	pick(n, 8, 50) + 1 AS quantity, pick(n, 9, 60000) + 1000 AS extendedprice, pick(n, 10, 11) AS discount,
	pick(n, 11, 60000) + 1000 AS revenue, pick(n, 12, 40000) + 100 AS supplycost
FROM generate_series(1, (6000000 * :sf)::bigint) n;
ALTER TABLE customer ADD PRIMARY KEY (custkey);
ALTER TABLE supplier ADD PRIMARY KEY (suppkey);
ALTER TABLE part ADD PRIMARY KEY (partkey);
ALTER TABLE lineorder ADD PRIMARY KEY (orderkey);
ANALYZE customer, supplier, part, lineorder;

SELECT elt.create_date_dimension('ssb.dim_date', '1992-01-01', '1998-12-31');
SELECT elt.create_dimension('ssb.dim_customer', 'ssb.customer', '{custkey}', hierarchies => '{"place": ["city", "nation", "region"]}');
SELECT elt.create_dimension('ssb.dim_supplier', 'ssb.supplier', '{suppkey}', hierarchies => '{"place": ["city", "nation", "region"]}');
SELECT elt.create_dimension('ssb.dim_part', 'ssb.part', '{partkey}', hierarchies => '{"product": ["brand", "category", "mfgr"]}');
SELECT elt.create_fact(name, 'ssb.lineorder', '{orderkey}',
	'{"dim_customer": "custkey", "dim_supplier": "suppkey", "dim_part": "partkey"}', '{"dim_date": "orderdate"}',
	'{quantity,extendedprice,revenue,supplycost}', non_additive => '{discount}', store_keys => stored)
FROM (VALUES ('ssb.fact_seen', false), ('ssb.fact_stored', true)) v(name, stored);

-- d, c, s and p are the dimensions, which the letters in tables name; flat data have d_year in place of d.year.
CREATE TABLE query (name text, tables text, columns text, condition text);
INSERT INTO query VALUES
	('Q1.1', 'd', 'sum(extendedprice::bigint * discount)', 'd.year = 1993 AND discount BETWEEN 1 AND 3 AND quantity < 25'),
	('Q1.2', 'd', 'sum(extendedprice::bigint * discount)', 'd.month_label = ''1994-01'' AND discount BETWEEN 4 AND 6 AND quantity BETWEEN 26 AND 35'),
	('Q1.3', 'd', 'sum(extendedprice::bigint * discount)', 'd.iso_week = 6 AND d.iso_year = 1994 AND discount BETWEEN 5 AND 7 AND quantity BETWEEN 26 AND 35'),
	('Q2.1', 'dps', 'd.year, p.brand, sum(revenue)', 'p.category = ''MFGR#12'' AND s.region = ''AMERICA'' GROUP BY d.year, p.brand'),
	('Q2.2', 'dps', 'd.year, p.brand, sum(revenue)', 'p.brand BETWEEN ''MFGR#2221'' AND ''MFGR#2228'' AND s.region = ''ASIA'' GROUP BY d.year, p.brand'),
	('Q2.3', 'dps', 'd.year, p.brand, sum(revenue)', 'p.brand = ''MFGR#2221'' AND s.region = ''EUROPE'' GROUP BY d.year, p.brand'),
	('Q3.1', 'dcs', 'c.nation, s.nation, d.year, sum(revenue)', 'c.region = ''ASIA'' AND s.region = ''ASIA'' AND d.year BETWEEN 1992 AND 1997 GROUP BY c.nation, s.nation, d.year'),
	('Q3.2', 'dcs', 'c.city, s.city, d.year, sum(revenue)', 'c.nation = ''UNITED STATES'' AND s.nation = ''UNITED STATES'' AND d.year BETWEEN 1992 AND 1997 GROUP BY c.city, s.city, d.year'),
	('Q3.3', 'dcs', 'c.city, s.city, d.year, sum(revenue)', 'c.city IN (''UNITED KINGDOM0'', ''UNITED KINGDOM1'') AND s.city IN (''UNITED KINGDOM0'', ''UNITED KINGDOM1'') AND d.year BETWEEN 1992 AND 1997 GROUP BY c.city, s.city, d.year'),
	('Q3.4', 'dcs', 'c.city, s.city, d.year, sum(revenue)', 'c.city IN (''UNITED KINGDOM0'', ''UNITED KINGDOM1'') AND s.city IN (''UNITED KINGDOM0'', ''UNITED KINGDOM1'') AND d.month_label = ''1997-12'' GROUP BY c.city, s.city, d.year'),
	('Q4.1', 'dcsp', 'd.year, c.nation, sum(revenue - supplycost)', 'c.region = ''AMERICA'' AND s.region = ''AMERICA'' AND p.mfgr IN (''MFGR#1'', ''MFGR#2'') GROUP BY d.year, c.nation'),
	('Q4.2', 'dcsp', 'd.year, s.nation, p.category, sum(revenue - supplycost)', 'c.region = ''AMERICA'' AND s.region = ''AMERICA'' AND d.year IN (1997, 1998) AND p.mfgr IN (''MFGR#1'', ''MFGR#2'') GROUP BY d.year, s.nation, p.category'),
	('Q4.3', 'dcsp', 'd.year, s.city, p.brand, sum(revenue - supplycost)', 's.nation = ''UNITED STATES'' AND d.year IN (1997, 1998) AND p.category = ''MFGR#14'' GROUP BY d.year, s.city, p.brand');
-- A query over a star whose relations have this prefix and the fact this name.
CREATE FUNCTION over(q query, prefix text, fact text) RETURNS text LANGUAGE sql
RETURN format('SELECT %s FROM %s f JOIN %sdate d USING (date_key)%s%s%s WHERE %s', q.columns, fact, prefix,
	CASE WHEN q.tables ~ 'c' THEN format(' JOIN %scustomer c USING (customer_key)', prefix) END,
	CASE WHEN q.tables ~ 's' THEN format(' JOIN %ssupplier s USING (supplier_key)', prefix) END,
	CASE WHEN q.tables ~ 'p' THEN format(' JOIN %spart p USING (part_key)', prefix) END, q.condition);
-- End of what the benchmark takes.

CREATE TABLE flat AS
SELECT l.*, c.city AS c_city, c.nation AS c_nation, c.region AS c_region, s.city AS s_city, s.nation AS s_nation, s.region AS s_region,
	p.mfgr AS p_mfgr, p.category AS p_category, p.brand AS p_brand, date_part('year', orderdate)::int AS d_year,
	to_char(orderdate, 'YYYY-MM') AS d_month_label, date_part('week', orderdate)::int AS d_iso_week, date_part('isoyear', orderdate)::int AS d_iso_year
FROM lineorder l JOIN customer c USING (custkey) JOIN supplier s USING (suppkey) JOIN part p USING (partkey);
CREATE FUNCTION answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT count(*) || '' rows '' || md5(string_agg(a::text, E''\n'' ORDER BY a::text)) FROM (%s) a', query) INTO result;
	RETURN result;
END $$;
SELECT q.name, f.answer LIKE '0 %' OR f.answer IS NULL AS empty, answer(over(q, 'ssb.dim_', 'ssb.fact_seen')) = f.answer AS looked_up,
	answer(over(q, 'ssb.dim_', 'ssb.fact_stored')) = f.answer AS stored
FROM query q, LATERAL (SELECT answer(regexp_replace(format('SELECT %s FROM flat WHERE %s', q.columns, q.condition), '\m([dcsp])\.', '\1_', 'g'))) f
ORDER BY q.name;
SELECT count(*) FROM elt.verify_star() WHERE NOT agrees AND fact::text LIKE '%fact_s%';
DROP SCHEMA ssb CASCADE;
