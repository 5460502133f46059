-- Builders of checks: what they write, and that a check of each refuses the rows that SQL refuses.
SET timezone = 'UTC';
SET client_min_messages = error;
SELECT current_setting('data_directory') || '/elt_builder_test' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA builder_test;
SET search_path = builder_test;
CREATE SERVER builder_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

CREATE TABLE built AS
SELECT name, expression FROM (VALUES
	('not_null', elt.not_null('a b')),
	('between', elt.in_range('n', '0', '5')), ('between_null', elt.in_range('n', '0', '5', null_passes => false)),
	('at_least', elt.in_range('n', low => '2')), ('at_most', elt.in_range('at', high => '2024-06-01')),
	('accepted', elt.accepted_values('s', '{a@b.cd,it''s,"x, y"}')), ('accepted_null', elt.accepted_values('s', '{a@b.cd}', false)),
	('matches', elt.matches('s', '^[a-z]')), ('matches_null', elt.matches('s', '^[a-z]', false)),
	('length', elt.has_length('s', 2, 6)), ('length_null', elt.has_length('s', 2, 6, false)),
	('future', elt.not_future('at')), ('future_null', elt.not_future('at', false)),
	('positive', elt.is_positive('n')), ('positive_null', elt.is_positive('n', false)),
	('email', elt.is_email('s')), ('url', elt.is_url('s')), ('iban', elt.is_iban('s')), ('iban_null', elt.is_iban('s', false)),
	('unique', elt.is_unique('{n,a b}')), ('unique_null', elt.is_unique('{n,a b}', null_passes => false)),
	('at_least_null', elt.in_range('n', low => '2', null_passes => false)), ('email_null', elt.is_email('s', false)), ('url_null', elt.is_url('s', false))) AS b(name, expression);
SELECT * FROM built;
SELECT elt.in_range('n') IS NULL AS no_bounds, elt.not_null(NULL) IS NULL AS no_column;

CREATE TABLE plain AS
SELECT i AS id, CASE WHEN i % 11 > 0 THEN i % 9 - 2 END AS n,
	(ARRAY['a@b.cd', 'it''s', 'x, y', 'https://a.bc/d?e', 'http://', 'DE89370400440532013000', 'A@b', 'ö', '', NULL])[i % 10 + 1] AS s,
	CASE WHEN i % 7 > 0 THEN '2024-01-01'::timestamptz + i * interval '7 days' END AS at, i % 3 AS "a b"
FROM generate_series(1, 500) i;
SELECT format('COPY plain TO %L (FORMAT csv, HEADER)', current_setting('data_directory') || '/elt_builder_test/plain.csv') AS put \gset
:put;
CREATE FOREIGN TABLE rows (id int, n int, s text, at timestamptz, "a b" int) SERVER builder_files OPTIONS (glob 'plain.csv', settle '0', on_change 'merge', format 'csv');
SELECT elt.create_pipeline('rows', 'rows', 'rows_target', '{id}', options => '{"max_future": "100 years"}');
SELECT count(elt.add_check('rows', name, expression, action => 'warn')) FROM built;
CALL elt.pull('rows');
-- By SQL, for each row; of rows that are equal the first one is well.
CREATE FUNCTION refused(expression text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	IF expression LIKE 'UNIQUE%' THEN
		SELECT count(*) FILTER (WHERE p.n IS NOT NULL) - count(DISTINCT (p.n, p."a b")) FILTER (WHERE p.n IS NOT NULL)
			+ count(*) FILTER (WHERE p.n IS NULL AND expression LIKE '%NOT NULL') INTO n FROM plain p;
	ELSE
		EXECUTE format('SELECT count(*) FROM plain WHERE NOT (%s)', expression) INTO n;
	END IF;
	RETURN n;
END $$;
SELECT check_name, native, rows_failed > 0 AS some, rows_failed = refused(c.expression) AS as_sql
FROM elt.validate('rows') v JOIN elt.checks c ON c.name = v.check_name WHERE c.pipeline = 'rows' ORDER BY check_name;
SELECT elt.drop_pipeline('rows');
DROP SCHEMA builder_test CASCADE;
DROP SERVER builder_files;
