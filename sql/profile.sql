-- What elt.profile says of a relation, beside what statements say.
SET timezone = 'UTC';
SET datestyle = German;
CREATE SCHEMA profile_test;
SET search_path = profile_test;
CREATE DOMAIN percent AS numeric CHECK (VALUE BETWEEN 0 AND 100);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE small AS
SELECT i AS id, (i % 7)::smallint AS few, i * 10000000000 AS big, CASE WHEN i % 5 > 0 THEN i / 4.0::float8 END AS f8, (i % 3 - 1)::float4 * 0 AS zero,
	(i % 11 + 0.50)::percent AS share, i % 2 = 0 AS even, '2024-01-01'::date + i AS day, '2024-01-01'::timestamptz + i * interval '1 hour' AS at,
	(ARRAY['DE-1234', 'FR-55', 'IT-987', 'x', NULL])[i % 5 + 1] AS code, chr(65 + i % 26)::char(3) AS fixed, md5(i::text)::uuid AS u,
	(ARRAY['sad', 'ok', 'happy'])[i % 3 + 1]::mood AS mood, (ARRAY['a', 'A', 'b'])[i % 3 + 1] COLLATE folded AS fold, jsonb_build_object('i', i % 4) AS doc,
	json_build_object('i', i) AS raw, point(i, 0) AS place, interval '1 month' * (i % 2) AS span, ARRAY[i % 2] AS list, NULL::int AS nothing, ''::text AS empty
FROM generate_series(1, 1000) i;
SELECT column_name, data_type, row_count AS rows, null_count AS nulls, distinct_count AS distinct, distinct_method AS method, min_value AS min, max_value AS max, round(mean::numeric, 4) AS mean
FROM elt.profile('small');
SELECT column_name, quantiles, top_values FROM elt.profile('small') WHERE column_name <> 'zero';
SELECT column_name, pattern, pattern_share FROM elt.profile('small') WHERE pattern IS NOT NULL;

-- Few rows are the sample: quantiles are those of SQL.
SELECT p.quantiles ->> '0.25' = q[1]::text AND p.quantiles ->> '0.95' = q[2]::text AS same
FROM elt.profile('small') p, (SELECT percentile_disc('{0.25,0.95}'::float8[]) WITHIN GROUP (ORDER BY f8) AS q FROM small) s WHERE column_name = 'f8';

-- Many rows: estimates within 5 %, the rest exact.
CREATE TABLE large AS
SELECT i, i % 1000 AS thousand, i % 1001 AS more, 'user' || i AS name, (i::bigint * 7919 % 100003)::float8 AS f, (i % 20000)::numeric AS n, repeat('x', 9000) || i % 2 AS long
FROM generate_series(1, 30000) i;
SELECT column_name, distinct_method, abs(distinct_count - true_count) <= 0.05 * true_count AS near, null_count
FROM elt.profile('large') JOIN (VALUES ('i', 30000), ('thousand', 1000), ('more', 1001), ('name', 30000), ('f', 30000), ('n', 20000), ('long', 2)) t(column_name, true_count) USING (column_name);
SELECT p.min_value = min(f)::text AND p.max_value = max(f)::text AND abs(p.mean - avg(f)) < 1e-6 AS limits,
	bool_and(abs((quantiles ->> k)::float8 - k::float8 * 100003) < 3000) AS quantiles
FROM elt.profile('large') p, large, unnest('{0.05,0.25,0.5,0.75,0.95}'::text[]) k WHERE column_name = 'f' GROUP BY p.min_value, p.max_value, p.mean;
SELECT column_name, pattern, pattern_share = 1 AS "all", length(min_value) FROM elt.profile('large') WHERE column_name IN ('name', 'long');

-- Nothing, a view, a relation that one may not read, and none.
CREATE TABLE empty (a int, b text);
SELECT * FROM elt.profile('empty');
CREATE VIEW only_few AS SELECT few FROM small WHERE few < 2;
SELECT column_name, row_count, distinct_count, top_values FROM elt.profile('only_few');
CREATE TABLE no_columns ();
SELECT count(*) FROM elt.profile('no_columns');
SELECT elt.profile(NULL);
CREATE ROLE profile_reader;
GRANT elt_reader TO profile_reader;
GRANT USAGE ON SCHEMA profile_test TO profile_reader;
GRANT SELECT (id) ON small TO profile_reader;
ALTER TABLE large ENABLE ROW LEVEL SECURITY;
CREATE POLICY first_rows ON large TO profile_reader USING (i <= 10);
GRANT SELECT ON large TO profile_reader;
SET ROLE profile_reader;
SELECT elt.profile('small');
SELECT max_value FROM elt.profile('large') LIMIT 1;
RESET ROLE;
RESET datestyle;
SET client_min_messages = warning;
DROP SCHEMA profile_test CASCADE;
REVOKE elt_reader FROM profile_reader;
DROP ROLE profile_reader;
