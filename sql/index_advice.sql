-- Advice on indexes: unused, doubled and missing ones.
CREATE SCHEMA advice_test;
SET search_path = advice_test;
CREATE TABLE visit (at date NOT NULL, id int NOT NULL, "Page ""x""" text, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX visit_page ON visit ("Page ""x""");
CREATE INDEX visit_page_id ON visit ("Page ""x""", id);
CREATE INDEX visit_at ON visit (at);
CREATE INDEX visit_some ON visit ("Page ""x""") WHERE id > 5;
INSERT INTO visit SELECT date '2024-01-01' + i % 360, i, 'p' || i FROM generate_series(1, 10000) i;
ANALYZE visit;
SELECT advice, index, reason, statement, bytes > 0 AS sized FROM elt.index_advice('visit', '{}') ORDER BY 1, 2, 3;
SELECT advice, reason, statement FROM elt.index_advice('visit', ARRAY['SELECT * FROM advice_test.visit WHERE id = 7',
	'SELECT * FROM advice_test.visit WHERE id = $1', 'SELECT * FROM advice_test.visit WHERE id > 1', 'SELECT * FROM advice_test.visit WHERE id = 1; DROP TABLE advice_test.visit',
	'not a query', 'SELECT 1 FROM nothing']) WHERE advice = 'missing';
DROP INDEX visit_page, visit_page_id, visit_some;
SELECT advice, reason, statement FROM elt.index_advice('visit',
	ARRAY['DELETE FROM advice_test.visit WHERE "Page ""x""" = $1 AND id < $2']) WHERE advice = 'missing';
-- The size of a missing one is estimated; a table without partitions
CREATE TABLE plain AS TABLE visit;
ANALYZE plain;
SELECT advice, reason, statement, bytes BETWEEN 200000 AND 300000 AS sized FROM elt.index_advice('plain', ARRAY['SELECT * FROM advice_test.plain WHERE id = 7']);
SELECT count(*) FROM visit;
SELECT count(*) FROM pg_prepared_statements;
SELECT * FROM elt.index_advice(NULL);
SET client_min_messages = warning;
DROP SCHEMA advice_test CASCADE;
