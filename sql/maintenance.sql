-- Maintenance: each table for itself, errors as rows, a bounded number of partitions at a time.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET datestyle = ISO;
CREATE SCHEMA maintenance_test;
SET search_path = maintenance_test;
CREATE VIEW errors AS SELECT relation, step, times, first_at < last_at AS again, sqlstate, message, hint
	FROM elt.maintenance_errors ORDER BY relation::text, step;
CREATE FUNCTION ahead(text) RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM elt.partitions WHERE relation = $1::regclass AND state = 'attached' AND upper_bound > now()$$;

-- A default partition with a row of today keeps its table from getting its partition, and no other one.
CREATE TABLE blocked (ts timestamptz NOT NULL) PARTITION BY RANGE (ts);
CREATE TABLE blocked_rest PARTITION OF blocked DEFAULT;
INSERT INTO blocked VALUES (now());
SET elt.drain_max_rows = 0;
CREATE TABLE free (ts timestamptz NOT NULL) PARTITION BY RANGE (ts);
SELECT elt.set_policy('blocked', 'ts', '1 day', partition_premake => 1), elt.set_policy('free', 'ts', '1 day', partition_premake => 1);
-- One WARNING when it begins; the name of the partition is today's.
SET client_min_messages = error;
CALL elt_catalog.maintain();
SET client_min_messages = notice;
SELECT ahead('free');
SELECT relation, step, times, again, sqlstate, hint, message FROM errors;
CALL elt_catalog.maintain();
SELECT relation, step, times, again FROM errors;
BEGIN;
DROP TABLE blocked;
SELECT count(*) FROM errors;
ROLLBACK;
DELETE FROM blocked;
CALL elt_catalog.maintain();
SELECT * FROM errors;
SELECT ahead('blocked');
-- By hand, of all tables: the same is a warning; of one table it is the error.
CREATE FUNCTION outcome(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN '00000';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
SELECT elt.set_policy('blocked', partition_premake => 2), elt.set_policy('free', partition_premake => 2);
INSERT INTO blocked VALUES (now() + interval '2 days');
SELECT outcome($$SELECT elt.rotate_partitions('blocked')$$);
SET client_min_messages = error;
SELECT relation FROM elt.rotate_partitions();
SET client_min_messages = notice;
-- What is no longer maintained has no errors.
SET client_min_messages = error;
CALL elt_catalog.maintain();
SET client_min_messages = notice;
SELECT relation, step FROM errors;
SELECT elt.drop_policy('blocked');
SELECT relation, step FROM errors;

RESET elt.drain_max_rows;

-- Partitions whose rows are referred to, or on which something depends, are held; dry_run says so.
CREATE TABLE parent (ts timestamptz, id int, PRIMARY KEY (ts, id)) PARTITION BY RANGE (ts);
CREATE TABLE parent_1 PARTITION OF parent FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
CREATE TABLE parent_2 PARTITION OF parent FOR VALUES FROM ('2020-02-01') TO ('2020-03-01');
CREATE TABLE parent_3 PARTITION OF parent FOR VALUES FROM ('2020-03-01') TO ('2020-04-01');
CREATE TABLE parent_4 PARTITION OF parent FOR VALUES FROM ('2020-04-01') TO (MAXVALUE);
CREATE TABLE child (parent_ts timestamptz, parent_id int, FOREIGN KEY (parent_ts, parent_id) REFERENCES parent);
CREATE VIEW march AS SELECT id FROM parent_3;
INSERT INTO parent VALUES ('2020-01-05', 1), ('2020-02-05', 2), ('2020-03-05', 3);
INSERT INTO child VALUES ('2020-02-05', 2), (NULL, 7);
SELECT elt.set_policy('parent', 'ts', '1 month', partition_premake => 0, retain => '1 year');
SELECT partition, action, reason FROM elt.apply_retention('parent', dry_run => true);
CALL elt_catalog.maintain();
SELECT * FROM errors;
SELECT to_regclass('parent_1') AS gone, count(*) FROM parent;
SELECT partition, action, reason FROM elt.apply_retention('parent');
CALL elt_catalog.maintain();
SELECT times FROM errors;
-- Detached, a partition keeps what depends on it.
SELECT elt.set_policy('parent', retain_action => 'detach');
SELECT partition, action, reason FROM elt.apply_retention('parent', dry_run => true);
DELETE FROM child;
CALL elt_catalog.maintain();
SELECT * FROM errors;
SELECT partition, state FROM elt.partitions WHERE relation = 'parent'::regclass ORDER BY 1;
SELECT id FROM march;
SELECT elt.drop_policy('parent');

-- A table that begins with many expired partitions loses them some at a time.
CREATE TABLE many (ts date) PARTITION BY RANGE (ts);
SELECT count(*) FROM (SELECT format('CREATE TABLE many_%s PARTITION OF many FOR VALUES FROM (%L) TO (%L)', i, d + i, d + i + 1)
	FROM generate_series(1, 120) i, (VALUES (date '2020-01-01')) v(d)) AS c(statement), LATERAL (SELECT outcome(statement)) AS o(state)
WHERE state = '00000';
SELECT elt.set_policy('many', 'ts', '1 day', partition_premake => 0, retain => '1 year');
SELECT count(*) FROM elt.apply_retention('many', dry_run => true);
SELECT count(*), min(partition), max(partition) FROM elt.apply_retention('many');
SELECT count(*) FROM elt.apply_retention();
CALL elt_catalog.maintain();
SELECT count(*) FROM pg_inherits WHERE inhparent = 'many'::regclass AND inhrelid::regclass::text ~ 'many_\d+$';
SELECT * FROM errors;
SELECT elt.drop_policy('many');
-- The same ahead
CREATE TABLE much (ts date) PARTITION BY RANGE (ts);
SELECT elt.set_policy('much', 'ts', '1 day', partition_premake => 110);
SELECT count(*) FROM elt.rotate_partitions('much');
CALL elt_catalog.maintain();
SELECT ahead('much');
SELECT elt.drop_policy('much');

-- Limits of a batch: partitions outside of its windows.
CREATE SERVER maintenance_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE reading_api (days text OPTIONS (param 'days'), ts timestamptz, mw int) SERVER maintenance_api
	OPTIONS (path '/echo', query 'body={days}&type=application/json');
SELECT elt.create_pipeline('reading', 'reading_api', 'reading', '{ts}', partition_by => 'ts', partition_interval => '1 day',
	options => '{"partition_premake": 0, "max_new_partitions": 3}', params => jsonb_build_object('days', jsonb_build_array(
	'[{"ts": "2024-01-01", "mw": 1}, {"ts": "2024-01-02", "mw": 2}, {"ts": "2024-01-03", "mw": 3}, {"ts": "2024-03-01", "mw": 4}]')));
CALL elt.run('reading');
SELECT state, sqlstate, rows_inserted, partitions FROM elt.runs WHERE pipeline = 'reading';
SELECT count(*) AS partitions FROM elt.partitions WHERE relation = 'reading'::regclass;
SELECT elt.alter_pipeline('reading', options => '{"max_new_partitions": 4}');
CALL elt.run('reading');
SELECT count(*) FROM reading;

-- Rights are those of the table's owner, when the policy is set and when maintenance goes by it.
CREATE ROLE maintenance_admin;
CREATE ROLE maintenance_owner;
CREATE ROLE maintenance_heir;
GRANT elt_admin TO maintenance_admin;
GRANT USAGE ON SCHEMA elt TO maintenance_owner;
GRANT EXECUTE ON FUNCTION elt.set_policy TO maintenance_owner;
GRANT ALL ON SCHEMA maintenance_test TO PUBLIC;
CREATE TABLE owned (ts date) PARTITION BY RANGE (ts);
CREATE TABLE owned_1 PARTITION OF owned FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
CREATE TABLE owned_2 PARTITION OF owned FOR VALUES FROM ('2020-01-02') TO ('2020-01-03');
ALTER TABLE owned OWNER TO maintenance_owner;
ALTER TABLE owned_1 OWNER TO maintenance_owner;
ALTER TABLE owned_2 OWNER TO maintenance_owner;
SET ROLE maintenance_admin;
SELECT elt.set_policy('owned', 'ts', '1 day', partition_premake => 0, retain => '1 day');
RESET ROLE;
SET ROLE maintenance_owner;
SELECT elt.set_policy('owned', 'ts', '1 day', partition_premake => 0, retain => '1 year');
RESET ROLE;
SET ROLE maintenance_admin;
SELECT elt.set_policy('owned', retain => '1 day');
SELECT * FROM elt.apply_retention('owned');
SELECT count(*) FROM elt.apply_retention();
SELECT elt.drop_policy('owned');
SELECT elt.alter_pipeline('reading', retain => '1 day');
RESET ROLE;
ALTER TABLE owned OWNER TO maintenance_heir;
CALL elt_catalog.maintain();
SELECT relation, step, sqlstate, message, hint FROM errors;
SELECT to_regclass('owned_1') AS stays;
ALTER TABLE owned OWNER TO maintenance_owner;
CALL elt_catalog.maintain();
SELECT * FROM errors;
SELECT to_regclass('owned_1') AS gone;
DROP TABLE owned;
REVOKE ALL ON SCHEMA elt FROM maintenance_owner;
REVOKE ALL ON FUNCTION elt.set_policy FROM maintenance_owner;
REVOKE ALL ON SCHEMA maintenance_test FROM PUBLIC;
DROP ROLE maintenance_admin, maintenance_owner, maintenance_heir;

-- It commits, so it is no part of a transaction.
BEGIN;
CALL elt_catalog.maintain();
ROLLBACK;

SELECT elt.drop_pipeline('reading');

SELECT count(elt.drop_policy(relation)) FROM elt.policies;
SET client_min_messages = warning;
DROP SCHEMA maintenance_test CASCADE;
DROP SERVER maintenance_api CASCADE;
SELECT elt.rotate_partitions();
SELECT count(*) FROM elt.partitions;
