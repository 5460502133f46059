-- Sketches of distinct values and of quantiles, against exact answers.
CREATE SCHEMA sketch_test;
SET search_path = sketch_test;
SET timezone = 'UTC';

-- Few values are counted exactly
SELECT n, elt.distinct_count(elt.sketch_distinct(g % n)) AS counted
FROM (VALUES (1), (10), (1000), (3000)) s (n), generate_series(1, 10000) g GROUP BY n ORDER BY n;
-- No value is a count of zero, null is no value
SELECT elt.sketch_distinct(NULL::int), elt.distinct_count(elt.sketch_distinct(NULL::int)),
	(SELECT elt.distinct_count(elt.sketch_distinct(1)) WHERE false) AS none,
	(SELECT elt.merge_distinct(NULL)) AS merged;

-- The error over seeds: the root of the mean square is that of 16,384 registers, none is far off
SELECT n, sqrt(avg(error * error)) BETWEEN 0.004 AND 0.012 AS as_documented, max(abs(error)) < 0.03 AS none_far_off,
	abs(avg(error)) < 0.004 AS unbiased
FROM (SELECT n, seed, elt.distinct_count(elt.sketch_distinct(seed * 10000000 + g))::float8 / n - 1 AS error
	FROM (VALUES (5000, 30), (20000, 30), (80000, 12)) s (n, seeds), generate_series(1, seeds) seed, generate_series(1, n) g
	GROUP BY n, seed) e
GROUP BY n ORDER BY n;
SELECT abs(elt.distinct_count(elt.sketch_distinct(md5(g::text)))::float8 / 100000 - 1) < 0.03 AS of_text FROM generate_series(1, 100000) g;

-- Equal values are one value
SELECT elt.distinct_count(elt.sketch_distinct(v)) AS numerics FROM (VALUES (1.0), (1.00), (1), (1e0), ('NaN')) s (v);
SELECT elt.distinct_count(elt.sketch_distinct(v)) AS floats FROM (VALUES (0::float8), ('-0'), ('NaN'), ('NaN')) s (v);
SELECT elt.distinct_count(elt.sketch_distinct(v)) AS padded FROM (VALUES ('a'::char(3)), ('a '::char(5))) s (v);
SELECT elt.distinct_count(elt.sketch_distinct(v)) AS intervals
FROM (VALUES (interval '1 day'), ('24:00'), ('1 month'), ('30 days'), ('-1 day 24:00'), ('0')) s (v);
SELECT elt.distinct_count(elt.sketch_distinct(v)) AS moments
FROM (VALUES (timestamptz '2024-01-01 00:00+00'), ('2024-01-01 01:00+01')) s (v);
SELECT elt.sketch_distinct(7::int2)::text = elt.sketch_distinct(7::int4)::text AND elt.sketch_distinct(7::int4)::text = elt.sketch_distinct(7::int8)::text
	AS integers_agree FROM (SELECT) s;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN code AS text;
SELECT elt.sketch_distinct('sad'::mood)::text = elt.sketch_distinct('sad'::text)::text AS label,
	elt.sketch_distinct('sad'::code)::text = elt.sketch_distinct('sad'::name)::text AS domain_and_name;
SELECT elt.distinct_count(elt.sketch_distinct(b)) AS bytes, elt.distinct_count(elt.sketch_distinct(encode(b, 'hex')::uuid)) AS uuids,
	elt.distinct_count(elt.sketch_distinct(n)) AS addresses, elt.distinct_count(elt.sketch_distinct(b = '\x')) AS booleans
FROM (SELECT decode(md5((g % 5)::text), 'hex') AS b, ('10.0.0.' || g % 7)::inet AS n FROM generate_series(1, 50) g) s;
-- The hash of a value is the same for ever
SELECT elt.sketch_distinct(42), elt.sketch_distinct('forty-two'::text), elt.sketch_distinct(0.42), elt.sketch_distinct(0.42::float8),
	elt.sketch_distinct(date '2024-02-29'), elt.sketch_distinct(interval '1 day'), elt.sketch_distinct(inet '10.0.0.1') \gx

-- What has no form of its own on every server
SELECT elt.sketch_distinct('{}'::jsonb);
SELECT elt.sketch_distinct(point '(1,2)');
SELECT elt.sketch_distinct('{1}'::int[]);
CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT elt.sketch_distinct('A'::text COLLATE caseless);
SELECT elt.distinct_count(elt.sketch_distinct(lower(v) COLLATE "C")) AS lowered FROM (VALUES ('A' COLLATE caseless), ('a')) s (v);

-- Merging is the same as building, on both sides of the limit of sparse sketches
SELECT setseed(0.23) \gset
CREATE TABLE sets AS
SELECT round, part, (random() * size)::int AS v
FROM (SELECT round, (ARRAY[30, 2000, 3950, 4100, 9000])[1 + round % 5] AS size FROM generate_series(1, 15) round) r,
	generate_series(1, 3) part, generate_series(1, size / 2) g;
SELECT count(*) AS rounds, count(*) FILTER (WHERE merged <> built::text) AS differ, count(*) FILTER (WHERE united <> built::text) AS unions_differ,
	count(*) FILTER (WHERE reversed <> built::text) AS orders_differ, count(*) FILTER (WHERE length(built::text) > 24000) AS dense
FROM (SELECT round, elt.sketch_distinct(v) AS built, elt.sketch_distinct(v ORDER BY v DESC)::text AS reversed FROM sets GROUP BY round) b
JOIN (SELECT round, elt.merge_distinct(part)::text AS merged, elt.union_distinct(elt.union_distinct((array_agg(part))[3], (array_agg(part))[1]), (array_agg(part))[2])::text AS united
	FROM (SELECT round, elt.sketch_distinct(v) AS part FROM sets GROUP BY round, sets.part) p GROUP BY round) m USING (round);
SELECT elt.distinct_count(elt.union_distinct(d.sketch, e.sketch)) = elt.distinct_count(d.sketch) AS empty_adds_nothing,
	pg_column_size(d.sketch) <= 12300 AS bounded
FROM (SELECT elt.sketch_distinct(g) AS sketch FROM generate_series(1, 50000) g) d, (SELECT elt.sketch_distinct(NULL::int) AS sketch) e;

-- Quantiles are within 1 % of percentile_disc
SELECT setseed(0.5) \gset
CREATE TABLE numbers AS
SELECT g % 500 AS part, random() AS uniform, -ln(1 - random()) * 1e-3 AS exponential,
	sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) * 1e6 AS normal, (random() * 50 - 10)::int AS integer,
	(random() * 1000)::numeric(10,2) AS price, power(10, random() * 16 - 8) AS decades, 42 AS constant
FROM generate_series(1, 20000) g;
CREATE VIEW answers AS
SELECT kind, p, percentile_disc(p) WITHIN GROUP (ORDER BY v) AS exact, elt.quantile(elt.sketch_quantiles(v), p) AS approximate
FROM numbers, LATERAL (VALUES ('uniform', uniform), ('exponential', exponential), ('normal', normal), ('integer', integer), ('price', price),
	('decades', decades), ('constant', constant)) k (kind, v), (VALUES (0), (0.001), (0.25), (0.5), (0.9), (0.99), (1)) f (p)
GROUP BY kind, p;
SELECT kind, count(*) AS answers, count(*) FILTER (WHERE abs(approximate - exact) > 0.01 * abs(exact)) AS beyond_one_percent
FROM answers GROUP BY kind ORDER BY kind;
SELECT elt.quantile_count(elt.sketch_quantiles(price)), pg_column_size(elt.sketch_quantiles(price)) < 1500 AS small FROM numbers;
-- In the order of PostgreSQL: what is not finite keeps its place
SELECT p, elt.quantile(elt.sketch_quantiles(v), p) AS approximate, percentile_disc(p) WITHIN GROUP (ORDER BY v) AS exact
FROM (VALUES ('-Infinity'::float8), (0), ('Infinity'), ('NaN')) s (v), (VALUES (0), (0.3), (0.7), (1)) f (p) GROUP BY p ORDER BY p;
-- The ends of what is told apart: 2^-64 and 2^128
SELECT to_char(elt.quantile(elt.sketch_quantiles(v), 0), '9.999EEEE') AS approximate
FROM (VALUES (1e-300), (5.4e-20), (5.5e-20), (-5.5e-20), (3.4e38), (3.5e38), (1e300), (-1e300)) s (v) GROUP BY v ORDER BY v;
SELECT abs(elt.quantile(elt.sketch_quantiles(v), 0.5) / v - 1) <= 0.01 AS near FROM (VALUES (1.0), (0.9999999999999999), (2.0), (1.0199996), (4503599627370497)) s (v)
GROUP BY v ORDER BY v;
SELECT elt.quantile(elt.sketch_quantiles(NULL), 0.5) IS NULL AS none, elt.quantile_count(elt.sketch_quantiles(NULL)),
	(SELECT elt.merge_quantiles(NULL)) AS merged;
SELECT elt.quantile(elt.sketch_quantiles(1), 1.5);
SELECT elt.quantile(elt.sketch_quantiles(1), 'NaN');
\set VERBOSITY sqlstate
SELECT elt.sketch_quantiles(1e400);
\set VERBOSITY default

-- A sum: merging is the same as building, what was added can be subtracted
SELECT count(*) AS parts,
	count(*) FILTER (WHERE elt.add_quantiles(a, b)::text <> ab::text OR elt.add_quantiles(b, a)::text <> ab::text) AS sums_differ,
	count(*) FILTER (WHERE elt.subtract_quantiles(ab, b)::text <> a::text) AS differences_differ,
	count(*) FILTER (WHERE elt.add_quantiles(ab, elt.subtract_quantiles(a, b))::text <> elt.add_quantiles(a, a)::text) AS deltas_differ
FROM (SELECT elt.sketch_quantiles(normal) FILTER (WHERE uniform < 0.5) AS a, elt.sketch_quantiles(normal) FILTER (WHERE uniform >= 0.5) AS b,
	elt.sketch_quantiles(normal) AS ab FROM numbers GROUP BY part) s;
SELECT (SELECT elt.merge_quantiles(s)::text FROM (SELECT elt.sketch_quantiles(normal) AS s FROM numbers GROUP BY part) p)
	= (SELECT elt.sketch_quantiles(normal ORDER BY uniform)::text FROM numbers) AS merged_as_built;
SELECT elt.quantile_count(elt.subtract_quantiles(elt.sketch_quantiles(1), elt.sketch_quantiles(v))) FROM (VALUES (2), (3)) s (v);
SELECT elt.quantile(elt.subtract_quantiles(elt.sketch_quantiles(1), elt.sketch_quantiles(2)), 0.5);
SELECT p, elt.quantile('01c23402c111fcffffffffffffffff01', p) > 0 AS is_last FROM (VALUES (0), (0.5), (1)) f (p);
SELECT elt.add_quantiles('01c268feffffffffffffffff01', '01c268feffffffffffffffff01');

-- Moving frames
SELECT count(*) AS frames,
	count(*) FILTER (WHERE moved <> (SELECT elt.sketch_quantiles(v)::text FROM unnest(normals) v)) AS quantiles_differ,
	count(*) FILTER (WHERE merged <> moved) AS merges_differ,
	count(*) FILTER (WHERE counted <> (SELECT count(DISTINCT v) FROM unnest(integers) v)) AS counts_differ
FROM (SELECT elt.sketch_quantiles(normal) OVER w::text AS moved, elt.merge_quantiles(one) OVER w::text AS merged, array_agg(normal) OVER w AS normals,
		elt.distinct_count(elt.sketch_distinct(integer) OVER w) AS counted, array_agg(integer) OVER w AS integers
	FROM (SELECT *, (SELECT elt.sketch_quantiles(v) FROM (SELECT normal) s (v)) AS one FROM numbers WHERE part < 10) n
	WINDOW w AS (ORDER BY uniform ROWS BETWEEN 7 PRECEDING AND 2 FOLLOWING)) f;

-- Distinct values with their rows: those of rows that went are taken out again
CREATE VIEW counted_parts AS
SELECT round, elt.sketch_distinct_counts(v, 1) FILTER (WHERE part < 3) AS a, elt.sketch_distinct_counts(v, 1) FILTER (WHERE part = 3) AS b,
	elt.sketch_distinct_counts(v, -1) FILTER (WHERE part = 3) AS gone, elt.sketch_distinct_counts(v, 1) AS ab, elt.sketch_distinct(v) AS plain,
	count(*) AS n, count(DISTINCT v) AS exactly FROM sets GROUP BY round;
SELECT count(*) AS rounds, count(*) FILTER (WHERE elt.add_distinct_counts(a, b)::text <> ab::text OR elt.add_distinct_counts(b, a)::text <> ab::text) AS sums_differ,
	count(*) FILTER (WHERE elt.counted_distinct(elt.add_distinct_counts(ab, gone)) <> elt.counted_distinct(a)) AS differences_differ,
	count(*) FILTER (WHERE elt.counted_rows(ab) <> n OR elt.counted_rows(elt.add_distinct_counts(ab, gone)) <> elt.counted_rows(a)) AS rows_differ,
	count(*) FILTER (WHERE exactly < 2900 AND elt.counted_distinct(ab) <> exactly) AS not_exact,
	count(*) FILTER (WHERE exactly NOT BETWEEN 2900 AND 3200 AND elt.counted_distinct(ab) <> elt.distinct_count(plain)) AS unlike_the_plain_one
FROM counted_parts;
SELECT elt.counted_distinct(many) = elt.distinct_count(plain) AS as_the_plain_one, elt.counted_distinct(elt.add_distinct_counts(many, most)) AS too_few_left,
	elt.counted_distinct(elt.add_distinct_counts(many, minus)) AS none_left, elt.counted_rows(elt.add_distinct_counts(many, minus)) AS no_rows,
	elt.counted_distinct(minus) AS more_went, elt.counted_rows(minus) AS gone, elt.add_distinct_counts(many, none)::text = many::text AS as_it_was
FROM (SELECT elt.sketch_distinct_counts(g, 1) AS many, elt.sketch_distinct_counts(g, -1) AS minus, elt.sketch_distinct_counts(g, -1) FILTER (WHERE g > 100) AS most,
	elt.sketch_distinct_counts(NULL::int, 1) AS none, elt.sketch_distinct(g) AS plain FROM generate_series(1, 20000) g) s;
SELECT elt.sketch_distinct_counts(NULL::text, 1), elt.sketch_distinct_counts(7, 1), elt.sketch_distinct_counts(7, -3), elt.counted_distinct(elt.sketch_distinct_counts(NULL::text, 1));
SELECT elt.add_distinct_counts('010103feffffffffffffffff01', '010103feffffffffffffffff01');

-- Parallel workers
CREATE FUNCTION pg_temp.plan_nodes(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		RETURN NEXT (regexp_match(line, '[A-Z][A-Za-z ]+Aggregate|Gather'))[1];
	END LOOP;
END $$;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
ALTER TABLE numbers SET (parallel_workers = 2);
ANALYZE numbers;
SELECT n FROM pg_temp.plan_nodes('SELECT elt.sketch_distinct(normal), elt.sketch_quantiles(normal), elt.sketch_distinct_counts(normal, 1) FROM sketch_test.numbers') n WHERE n IS NOT NULL;
SELECT md5(elt.sketch_distinct(normal)::text) AS distinct, md5(elt.sketch_distinct(integer)::text) AS sparse, md5(elt.sketch_quantiles(normal)::text) AS quantiles,
	md5(elt.sketch_distinct_counts(normal, 1)::text) AS counts, md5(elt.sketch_distinct_counts(integer, 2)::text) AS few FROM numbers \gset parallel_
SET max_parallel_workers_per_gather = 0;
SELECT md5(elt.sketch_distinct(normal)::text) = :'parallel_distinct' AS "distinct", md5(elt.sketch_distinct(integer)::text) = :'parallel_sparse' AS sparse,
	md5(elt.sketch_quantiles(normal)::text) = :'parallel_quantiles' AS quantiles,
	md5(elt.sketch_distinct_counts(normal, 1)::text) = :'parallel_counts' AS counts, md5(elt.sketch_distinct_counts(integer, 2)::text) = :'parallel_few' AS few FROM numbers;

-- As text and as bytes, which are checked
CREATE TABLE kept (id int, d elt.distinct_sketch, q elt.quantile_sketch, c elt.distinct_counts);
INSERT INTO kept SELECT part, elt.sketch_distinct(normal), elt.sketch_quantiles(normal), elt.sketch_distinct_counts(normal, 3) FROM numbers WHERE part < 20 GROUP BY part
UNION ALL SELECT 100, elt.sketch_distinct(normal), elt.sketch_quantiles(normal), elt.sketch_distinct_counts(normal, 1) FROM numbers
UNION ALL SELECT 101, elt.sketch_distinct(NULL::int), elt.sketch_quantiles(NULL), elt.sketch_distinct_counts(NULL::int, 1);
CREATE TABLE copied (LIKE kept);
SELECT current_setting('data_directory') || '/sketch_test.bin' AS file \gset
COPY kept TO :'file' (FORMAT binary);
COPY copied FROM :'file' (FORMAT binary);
SELECT count(*) AS rows, count(*) FILTER (WHERE k.d::text <> c.d::text OR k.q::text <> c.q::text OR k.c::text <> c.c::text) AS differ,
	count(*) FILTER (WHERE k.d::text::elt.distinct_sketch::text <> k.d::text OR k.q::text::elt.quantile_sketch::text <> k.q::text
		OR k.c::text::elt.distinct_counts::text <> k.c::text) AS text_differs
FROM kept k JOIN copied c USING (id);
COPY (SELECT 1, decode('0200', 'hex'), decode('01', 'hex'), NULL) TO :'file' (FORMAT binary);
COPY copied FROM :'file' (FORMAT binary);
COPY (SELECT 1, NULL::bytea, decode('010100', 'hex'), NULL) TO :'file' (FORMAT binary);
COPY copied FROM :'file' (FORMAT binary);
COPY (SELECT 1, NULL::bytea, NULL, decode('0102', 'hex')) TO :'file' (FORMAT binary);
COPY copied FROM :'file' (FORMAT binary);

CREATE FUNCTION pg_temp.fault(value text, type text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
	EXECUTE format('SELECT CASE WHEN s::text = %1$L THEN %3$s END FROM CAST(%1$L AS %2$s) s', value, type,
		CASE type WHEN 'elt.distinct_sketch' THEN 'elt.distinct_count(elt.union_distinct(s, s))::text'
			WHEN 'elt.distinct_counts' THEN 'coalesce(elt.counted_distinct(elt.add_distinct_counts(s, s)), elt.counted_rows(s))::text' ELSE 'elt.quantile_count(elt.subtract_quantiles(s, s))::text' END)
	INTO result;
	RETURN CASE WHEN result IS NULL THEN 'reads something else' ELSE 'sketch' END;
EXCEPTION WHEN numeric_value_out_of_range THEN
	RETURN 'sketch';
WHEN invalid_text_representation THEN
	GET STACKED DIAGNOSTICS result = PG_EXCEPTION_DETAIL;
	RETURN result;
END $$;
SELECT type, value, pg_temp.fault(value, type) FROM (VALUES
	('elt.distinct_sketch', ''), ('elt.distinct_sketch', 'x'), ('elt.distinct_sketch', '0'), ('elt.distinct_sketch', '02'), ('elt.distinct_sketch', '0200'),
	('elt.distinct_sketch', '0102'), ('elt.distinct_sketch', '010000'), ('elt.distinct_sketch', '010001000000'), ('elt.distinct_sketch', '01000100000001000000'),
	('elt.distinct_sketch', '010000000000'), ('elt.distinct_sketch', '010028000000'), ('elt.distinct_sketch', '010100'),
	('elt.distinct_counts', ''), ('elt.distinct_counts', '02'), ('elt.distinct_counts', '0102'), ('elt.distinct_counts', '0100'), ('elt.distinct_counts', '01008401'),
	('elt.distinct_counts', '010000'), ('elt.distinct_counts', '01008001'), ('elt.distinct_counts', '0100850102'), ('elt.distinct_counts', '0100850104'), ('elt.distinct_counts', '0100d001'),
	('elt.distinct_counts', '010185'), ('elt.distinct_counts', '0101828080018204'), ('elt.distinct_counts', '0101e8808001'), ('elt.distinct_counts', '01008401818080808080808080800101'),
	('elt.quantile_sketch', ''), ('elt.quantile_sketch', '02'), ('elt.quantile_sketch', '01'), ('elt.quantile_sketch', '0100'), ('elt.quantile_sketch', '010002'),
	('elt.quantile_sketch', '0101'), ('elt.quantile_sketch', '010100'), ('elt.quantile_sketch', '010102'), ('elt.quantile_sketch', '01818002'), ('elt.quantile_sketch', '0181000002'),
	('elt.quantile_sketch', '0185690102'), ('elt.quantile_sketch', '01ffffffffffffffffff0102'), ('elt.quantile_sketch', '0101ffffffffffffffffff01')) s (type, value);
SELECT pg_temp.fault('0101' || repeat('ff', 12288), 'elt.distinct_sketch') AS registers, pg_temp.fault('0100' || repeat('01000000', 3073), 'elt.distinct_sketch') AS too_many;
-- Damage at random is refused or read as what it says
SELECT setseed(0.1) \gset
SELECT type, count(*) AS damaged, count(*) FILTER (WHERE fault = 'reads something else') AS misread, count(*) FILTER (WHERE fault = 'sketch') > 0 AS some_accepted,
	count(DISTINCT fault) > 2 AS some_refused
FROM (SELECT type, pg_temp.fault(overlay(left(value, 2 + 2 * (random() * length(value) / 2)::int)
		PLACING lpad(to_hex((random() * 255)::int), 2, '0') FROM 1 + 2 * (random() * least(length(value), 40) / 2)::int), type) AS fault
	FROM kept, LATERAL (VALUES ('elt.distinct_sketch', d::text), ('elt.quantile_sketch', q::text), ('elt.distinct_counts', c::text)) v (type, value), generate_series(1, 40)) f
GROUP BY type ORDER BY type;

SET client_min_messages = warning;
DROP SCHEMA sketch_test CASCADE;
