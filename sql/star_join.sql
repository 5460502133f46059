-- Facts that look keys up, joined with filtered dimensions: the same answers with elt.star_joins and without, and plans that begin
-- with the dimension where the filter leaves the fixed members out.
SET client_min_messages = warning;
CREATE SCHEMA joins;
SET search_path = joins;
CREATE TABLE customer (id int PRIMARY KEY, segment text, size int);
CREATE TABLE part (maker text, no int, color varchar(7), PRIMARY KEY (maker, no));
CREATE TABLE rate (id int, class text, valid_from timestamptz, valid_to timestamptz);
CREATE TABLE sale (id int PRIMARY KEY, cust int, maker text, no int, rate int, at timestamptz, sent date, amount int);
INSERT INTO customer SELECT n, 'segment ' || n % 4, n % 5 FROM generate_series(1, 40) n;
INSERT INTO part SELECT 'maker ' || n % 3, n, (ARRAY['red', 'blue', 'unknown'])[n % 3 + 1] FROM generate_series(1, 30) n;
INSERT INTO rate SELECT n, 'class ' || (n + v) % 3, timestamptz '2024-01-01' + v * interval '50 days',
	CASE v WHEN 0 THEN timestamptz '2024-02-20' END FROM generate_series(1, 10) n, generate_series(0, 1) v;
-- Every fifth sale has a null or a value that leads nowhere.
INSERT INTO sale SELECT n, CASE n % 15 WHEN 0 THEN NULL WHEN 5 THEN 99 WHEN 10 THEN -5 ELSE n % 40 + 1 END,
	CASE WHEN n % 20 <> 0 THEN 'maker ' || n % 3 END, n % 35 + 1, CASE WHEN n % 10 <> 5 THEN n % 12 END,
	timestamptz '2023-12-30' + n * interval '3 hours', CASE WHEN n % 7 <> 0 THEN date '2024-01-01' + n / 8 END, n
FROM generate_series(1, 600) n;
SELECT elt.create_date_dimension('joins.dim_date', '2024-01-01', '2024-12-31');
SELECT elt.create_role_dimension('joins.dim_sent_date', 'joins.dim_date');
SELECT elt.create_dimension('joins.dim_customer', 'joins.customer', '{id}', valid_when => 'id > 0');
SELECT elt.create_dimension('joins.dim_part', 'joins.part', '{maker,no}');
SELECT elt.create_dimension('joins.dim_rate', 'joins.rate', '{id}', type => 2, attributes => '{class}');
SELECT elt.create_fact('joins.fact_sale', 'joins.sale', '{id}',
	'{"dim_customer": "cust", "dim_part": ["maker", "no"], "dim_rate": "rate"}', '{"dim_date": "at", "dim_sent_date": "sent"}',
	'{amount}', infer_members => false, day_zone => 'UTC');
CREATE FUNCTION plan_looks_up(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	keys text[] = '{}';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS off) ' || query LOOP
		-- The keys that a join compares, and not what its output has.
		IF line ~ '(Cond|Filter): .*COALESCE' THEN
			keys = keys || (regexp_match(line, 'COALESCE\(\w+\.(\w+)'))[1];
		END IF;
	END LOOP;
	RETURN (SELECT string_agg(DISTINCT k, ',' ORDER BY k) FROM unnest(keys) k);
END $$;
CREATE FUNCTION answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	EXECUTE format('SELECT concat(count(*), '' '', md5(string_agg(a::text, E''\n'' ORDER BY a::text))) FROM (%s) a', query) INTO result;
	RETURN result;
END $$;
CREATE TABLE filter (no serial, dims text, condition text);
INSERT INTO filter (dims, condition) VALUES
	('c', 'c.segment = ''segment 1'''),
	('c', 'c.segment IN (''segment 1'', ''segment 2'') AND c.size > 1'),
	('c', 'c.segment IN (''segment 1'', ''unknown'')'),
	('c', 'c.segment <> ''missing'''),
	('c', 'c.segment > ''m'''),
	('c', 'c.size = 3'),
	('c', 'c.size IS NULL'),
	('c', 'NOT c.size = 3'),
	('c', 'c.size = 3 OR c.segment = ''invalid'''),
	('c', 'c.size + length(f.maker) > 8'),
	('c', 'c.id < 10'),
	('c', 'c.customer_key = 7'),
	('c', 'c.customer_key = -2'),
	('c', 'c.customer_key > 0'),
	('c', 'abs(c.size) = 2'),
	('c', 'c.segment LIKE ''segment%'''),
	('c', 'c IS NOT NULL'),
	('c', 'NOT c.is_inferred'),
	('p', 'p.color = ''red'''),
	('p', 'p.color = ''unknown'''),
	('p', 'p.maker = ''maker 1'' AND p.no > 5'),
	('r', 'r.class = ''class 1'''),
	('r', 'r.class = ''missing'''),
	('d', 'd.month = 2'),
	('d', 'd.date < ''2024-02-01'''),
	('d', 'd.days_ago > 0'),
	('d', 'd.day_name = ''Sunday'''),
	('s', 's.month = 1 AND NOT s.is_weekend'),
	('cd', 'c.size = 2 AND d.month = 1'),
	('cprds', 'c.segment = ''segment 1'' AND p.color = ''blue'' AND d.year = 2024 AND r.class <> ''class 0'' AND s.month < 6'),
	('cprds', 'c.segment = ''segment 1'' AND p.color >= ''blue''');
CREATE FUNCTION over(f filter) RETURNS text LANGUAGE sql
RETURN format('SELECT f.id, f.customer_key, f.part_key, f.rate_key, f.date_key, f.sent_date_key, f.amount FROM fact_sale f%s%s%s%s%s WHERE %s',
	CASE WHEN f.dims ~ 'c' THEN ' JOIN dim_customer c USING (customer_key)' END,
	CASE WHEN f.dims ~ 'p' THEN ' JOIN dim_part p USING (part_key)' END,
	CASE WHEN f.dims ~ 'r' THEN ' JOIN dim_rate r ON r.rate_key = f.rate_key' END,
	CASE WHEN f.dims ~ 'd' THEN ' JOIN dim_date d USING (date_key)' END,
	CASE WHEN f.dims ~ 's' THEN ' JOIN dim_sent_date s ON f.sent_date_key = s.sent_date_key' END, f.condition);
CREATE TABLE plain AS SELECT set_config('elt.star_joins', 'off', false), no, answer(over(f)) FROM filter f;
SET elt.star_joins = on;
-- What looked_up names is looked up for every fact.
SELECT f.dims, f.condition, split_part(answer(over(f)), ' ', 1) AS rows, answer(over(f)) = p.answer AS same, plan_looks_up(over(f)) AS looked_up
FROM filter f JOIN plain p USING (no) ORDER BY no;

-- Not below an outer join, whose rows stay without a member; and in levels of their own.
CREATE TABLE wide (no serial, query text);
INSERT INTO wide (query) VALUES
	('SELECT f.id, c.segment FROM fact_sale f LEFT JOIN dim_customer c ON c.customer_key = f.customer_key AND c.segment = ''segment 1'''),
	('SELECT c.id, count(f.id) FROM dim_customer c LEFT JOIN fact_sale f USING (customer_key) WHERE c.segment = ''segment 1'' GROUP BY 1'),
	('SELECT id FROM sale EXCEPT SELECT f.id FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.segment = ''segment 1'''),
	('WITH w AS MATERIALIZED (SELECT f.amount FROM fact_sale f, dim_customer c WHERE c.customer_key = f.customer_key AND c.segment = ''segment 1'') SELECT sum(amount) FROM w'),
	('SELECT id FROM sale s WHERE EXISTS (SELECT FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE f.id = s.id AND c.segment = ''segment 1'')'),
	('SELECT f FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.segment = ''segment 1'''),
	('SELECT f.id FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.segment = ''segment 1'' AND (SELECT to_jsonb(f) ->> ''maker'') = ''maker 1'''),
	('SELECT j FROM (fact_sale f JOIN dim_customer c USING (customer_key)) j WHERE segment = ''segment 1'''),
	('SELECT f.maker, c.segment, d.month, sum(amount) FROM fact_sale f JOIN dim_customer c USING (customer_key) JOIN dim_date d USING (date_key) WHERE c.size = 2 AND d.month < 3 GROUP BY CUBE (1, 2, 3)'),
	('SELECT f.customer_key, count(*) OVER (PARTITION BY c.segment) FROM fact_sale f, dim_customer c, dim_customer e WHERE f.customer_key = c.customer_key AND e.customer_key = f.customer_key AND e.size = 2'),
	('SELECT DISTINCT ON (c.segment) c.segment, f.id FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.size < 4 ORDER BY 1, 2 LIMIT 3'),
	('SELECT f.id FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.size = 2 UNION ALL SELECT f.id FROM fact_sale f JOIN dim_part p USING (part_key) WHERE p.color = ''red'''),
	('SELECT s.id, v.n FROM sale s, LATERAL (SELECT count(*) AS n FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.size = s.no % 5 AND c.segment = ''segment 1'') v'),
	('SELECT f.id, g.id FROM fact_sale f JOIN fact_sale g USING (customer_key) JOIN dim_customer c USING (customer_key) WHERE c.segment = ''segment 1'' AND f.id <> g.id');
CREATE TABLE plain_wide AS SELECT set_config('elt.star_joins', 'off', false), no, answer(query) FROM wide;
SET elt.star_joins = on;
SELECT no, split_part(answer(query), ' ', 1) AS rows, answer(query) = p.answer AS same FROM wide JOIN plain_wide p USING (no) ORDER BY no;

-- A parameter is known to the plan made for its value, and not to one for all values.
PREPARE sizes(text) AS SELECT count(*) FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.segment = $1;
SET plan_cache_mode = force_custom_plan;
EXECUTE sizes('segment 1');
EXECUTE sizes('unknown');
SET plan_cache_mode = force_generic_plan;
EXECUTE sizes('segment 1');
EXECUTE sizes('missing');
-- A plan that relies on the fixed members ends with the constraint that keeps them.
PREPARE ones AS SELECT count(*) FROM fact_sale f JOIN dim_customer c USING (customer_key) WHERE c.segment = 'segment 1';
EXECUTE ones;
UPDATE dim_customer_members SET segment = 'segment 1' WHERE customer_key = -1;
ALTER TABLE dim_customer_members DROP CONSTRAINT fixed_members;
UPDATE dim_customer_members SET segment = 'segment 1' WHERE customer_key = -1;
EXECUTE ones;
DROP SCHEMA joins CASCADE;
