-- Checks that compare a batch with another table: references, also as of a time, and uniqueness in the target.
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA set_test;
SET search_path = set_test;
SELECT current_setting('data_directory') || '/elt_set_test' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SERVER set_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE sale (id int, country text, "Shop" int, mail text, sold_at timestamptz) SERVER set_files OPTIONS (glob 'sale.csv', settle '0', on_change 'merge', format 'csv');
CREATE TABLE "Country" (code text PRIMARY KEY, continent text);
INSERT INTO "Country" VALUES ('de', 'eu'), ('fr', 'eu');
CREATE TABLE shop (number int, valid_from timestamptz, valid_to timestamptz);
INSERT INTO shop VALUES (1, '-infinity', '2024-02-01'), (1, '2024-03-01', 'infinity'), (2, '2024-02-01', 'infinity');
SELECT elt.create_pipeline('set_sale', 'sale', 'set_test.sales', '{id}');

-- What builders write, and what is refused.
CREATE TABLE built AS SELECT name, expression FROM (VALUES
	('country', elt.refers_to('{country}', '"Country"', '{code}')), ('shop', elt.refers_to('{Shop}', 'shop', '{number}', as_of => 'sold_at')),
	('mail', elt.is_unique('{mail}', in_target => true))) AS b(name, expression);
SELECT elt.refers_to('{country}', '"Country"', '{code}', null_passes => false), elt.refers_to('{Shop}', 'shop', '{number}', 'sold_at', false), elt.is_unique('{mail}', true, false);
SELECT * FROM built;
CREATE FUNCTION said(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	hint text;
BEGIN
	PERFORM elt.add_check('set_sale', 'x', expression);
	RETURN 'added, ' || elt.drop_check('set_sale', 'x') || ' dropped';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' / ', SQLSTATE, SQLERRM, nullif(hint, ''));
END $$;
SELECT e, said(e) FROM unnest(ARRAY['foreign key (country) references set_test."Country" (code)', 'FOREIGN KEY (country) REFERENCES set_test."Country"', 'FOREIGN KEY (country) REFERENCES "Country" (code)',
	'FOREIGN KEY (town) REFERENCES set_test."Country" (code)', 'FOREIGN KEY (country) REFERENCES set_test."Country" (id)', 'FOREIGN KEY (id) REFERENCES set_test."Country" (code)',
	'FOREIGN KEY (country) REFERENCES set_test."Country" (code) ON DELETE CASCADE', 'FOREIGN KEY (country) REFERENCES set_test."Country" (code) MATCH FULL',
	'FOREIGN KEY (country) REFERENCES set_test."Country" (code) DEFERRABLE', 'FOREIGN KEY (country, id) REFERENCES set_test."Country" (code)', 'FOREIGN KEY (country) REFERENCES set_test."Country" (code) AS OF now()',
	'FOREIGN KEY (country) REFERENCES set_test."Country" (code) AS OF sold_at', 'FOREIGN KEY (country) REFERENCES set_test."Country" (code), true', 'FOREIGN KEY', 'FOREIGN DATA',
	'UNIQUE (mail) in target', 'UNIQUE (mail) IN TARGET x', 'UNIQUE (town) IN TARGET', 'UNIQUE NULLS NOT DISTINCT (mail) IN TARGET', 'UNIQUE (mail) IN', 'UNIQUE IN TARGET',
	'UNIQUE (mail) NOT NULL', 'unique (mail) in target not  null', 'UNIQUE (mail) NOT NULL IN TARGET', 'UNIQUE NULLS NOT DISTINCT (mail) NOT NULL', 'FOREIGN KEY (country) REFERENCES set_test."Country" (code) NOT NULL',
	'FOREIGN KEY ("Shop") REFERENCES set_test.shop (number) AS OF sold_at NOT NULL', 'FOREIGN KEY (country) REFERENCES set_test."Country" (code) NOT NULL x']) AS e;

-- By rows, beside statements.
SELECT elt.add_check('set_sale', name, expression) FROM built;
SELECT name, native FROM elt.checks WHERE pipeline = 'set_sale';
CREATE TABLE plain (id int, country text, "Shop" int, mail text, sold_at timestamptz);
INSERT INTO plain SELECT i, (ARRAY['de', 'fr', 'xx', NULL])[i % 4 + 1], i % 3 + 1, 'm' || i, '2024-01-15'::timestamptz + i % 4 * interval '1 month' FROM generate_series(1, 12) i;
UPDATE plain SET sold_at = NULL WHERE id = 2;
CREATE PROCEDURE write() LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY plain TO %L (FORMAT csv, HEADER)', current_setting('data_directory') || '/elt_set_test/sale.csv');
END $$;
CALL write();
CALL elt.run('set_sale');
SELECT reason, array_agg((raw::jsonb ->> 'id')::int ORDER BY reject_id) AS ids, min(message) AS message FROM elt.rejects WHERE pipeline = 'set_sale' GROUP BY 1;
SELECT array_agg(id ORDER BY id) AS no_country FROM plain WHERE country NOT IN (SELECT code FROM "Country");
SELECT array_agg(id ORDER BY id) AS no_shop FROM plain p WHERE sold_at IS NOT NULL AND NOT EXISTS (SELECT FROM shop WHERE number = "Shop" AND tstzrange(valid_from, valid_to) @> sold_at);
SELECT check_name, rows_failed, sample_keys FROM elt.check_results WHERE pipeline = 'set_sale';
-- The same where null does not pass, beside statements and as elt.try_check counts them.
CREATE TABLE strict AS SELECT name, expression, rows FROM (VALUES
	('strict_country', elt.refers_to('{country}', '"Country"', '{code}', null_passes => false), (SELECT count(*) FROM plain WHERE country IS NULL OR country NOT IN (SELECT code FROM "Country"))),
	('strict_shop', elt.refers_to('{Shop}', 'shop', '{number}', 'sold_at', false), (SELECT count(*) FROM plain p WHERE NOT EXISTS (SELECT FROM shop WHERE number = "Shop" AND sold_at >= valid_from AND sold_at < valid_to))),
	('strict_mail', elt.is_unique('{country}', true, false), (SELECT count(*) FROM plain p WHERE country IS NULL OR EXISTS (SELECT FROM sales s WHERE s.country = p.country AND s.id <> p.id))),
	('strict_once', elt.is_unique('{country}', null_passes => false), (SELECT count(*) - count(DISTINCT country) FROM plain))) AS s(name, expression, rows);
SELECT count(elt.reset_pipeline('set_sale'));
CALL elt.pull('set_sale');
SELECT elt.add_check('set_sale', name, expression, 'warn') FROM strict;
SELECT s.name, v.rows_failed > 0 AS some, v.rows_failed = s.rows AS as_sql, t.rows_failed = s.rows AS as_tried
FROM strict s JOIN elt.validate('set_sale') v ON v.check_name = s.name, elt.try_check('set_sale', s.expression) t WHERE t.rows_of = 'batch';
SELECT count(elt.drop_check('set_sale', name)) FROM strict;

-- Rows of the same key have their values again; those of others may not. Deleted ones are none.
UPDATE plain SET country = 'de', "Shop" = 1, sold_at = '2024-05-01';
UPDATE plain SET mail = 'm3' WHERE id IN (4, 12);
UPDATE plain SET mail = NULL WHERE id = 8;
CALL write();
CALL elt.run('set_sale');
SELECT reason, raw::jsonb ->> 'id' AS id, raw::jsonb ->> 'mail' AS mail FROM elt.rejects WHERE pipeline = 'set_sale' AND run_id = (SELECT max(run_id) FROM elt.runs) ORDER BY reject_id;
SELECT elt.alter_check('set_sale', 'mail', action => 'warn', fail_if => '> 1', description => 'addresses are personal');
SELECT elt.reload_file('set_sale', 'sale.csv');
\set VERBOSITY terse
CALL elt.run('set_sale');
-- Renamed columns.
ALTER FOREIGN TABLE sale RENAME "Shop" TO store;
ALTER FOREIGN TABLE sale RENAME mail TO email;
ALTER TABLE sales RENAME "Shop" TO store;
ALTER TABLE sales RENAME mail TO email;
SELECT elt.alter_pipeline('set_sale', renamed_columns => '{"Shop": "store", "mail": "email"}');
SELECT name, expression, action, fail_if, description FROM elt.checks WHERE pipeline = 'set_sale';
SELECT s FROM elt.pipeline_sql('set_sale') AS s WHERE s LIKE '%\_check(%';

-- In a history, only current versions; where deletes are marked, only rows that are there.
CREATE TABLE person (id int, mail text, gone boolean, seq date);
INSERT INTO person VALUES (1, 'a', false, '2024-01-01'), (2, 'b', false, '2024-01-01');
SELECT elt.create_pipeline('set_past', 'person', 'set_test.past', '{id}', strategy => 'scd2', options => '{"sequence_by": ["seq"]}');
SELECT elt.create_pipeline('set_gone', 'person', 'set_test.gone', '{id}', options => '{"delete_when": "gone", "sequence_by": ["seq"]}');
SELECT elt.add_check(p, 'mail', elt.is_unique('{mail}', true)) FROM unnest('{set_past,set_gone}'::text[]) AS p;
CALL elt.run('set_past');
CALL elt.run('set_gone');
UPDATE person SET mail = 'c', gone = true, seq = '2024-01-02' WHERE id = 1;
CALL elt.run('set_past');
CALL elt.run('set_gone');
DELETE FROM person WHERE id = 1;
UPDATE person SET mail = 'c', seq = '2024-01-03';
INSERT INTO person VALUES (3, 'a', false, '2024-01-03');
CALL elt.run('set_past');
CALL elt.run('set_gone');
SELECT pipeline, reason, raw::jsonb ->> 'id' AS id, raw::jsonb ->> 'mail' AS mail FROM elt.rejects WHERE pipeline IN ('set_past', 'set_gone') ORDER BY reject_id;

-- A relation that the owner may not read.
CREATE ROLE set_owner;
GRANT elt_admin TO set_owner;
GRANT USAGE, CREATE ON SCHEMA set_test TO set_owner;
SET ROLE set_owner;
CREATE TABLE mine (code text);
INSERT INTO mine VALUES ('de');
SELECT elt.create_pipeline('set_mine', 'mine', 'set_test.mine_target', '{code}');
SELECT elt.add_check('set_mine', 'known', elt.refers_to('{code}', '"Country"'));
CALL elt.run('set_mine');
RESET ROLE;
SELECT elt.drop_pipeline(p) FROM unnest('{set_sale,set_past,set_gone,set_mine}'::text[]) AS p;
DROP SCHEMA set_test CASCADE;
DROP SERVER set_files;
REVOKE elt_admin FROM set_owner;
DROP ROLE set_owner;
