-- Rows of an empty target are inserted before its key is built: same rows, same catalogue.
SET client_min_messages = warning;
SET timezone = 'UTC';
\set SHOW_CONTEXT never
CREATE ROLE first_loader;
GRANT elt_admin TO first_loader;
CREATE SCHEMA first_test;
SET search_path = first_test;
SELECT current_setting('data_directory') || '/elt_first_test' AS root \gset
SELECT format('cat >/dev/null; mkdir -p %s', :'root') AS mkdir, :'root' || '/meter.csv' AS meter \gset
COPY (SELECT 1) TO PROGRAM :'mkdir';
CREATE SERVER first_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
GRANT USAGE ON FOREIGN SERVER first_files TO first_loader;
CREATE FOREIGN TABLE meter (name text, ts timestamptz, value int) SERVER first_files OPTIONS (glob 'meter.csv', settle '0', on_change 'merge');
GRANT ALL ON SCHEMA first_test TO first_loader;
-- Every tenth key comes twice, half of these with other values.
COPY (
	SELECT 'meter ' || k * 7919 % 97 AS name, timestamptz '2024-01-01' + k * interval '10 minutes' AS ts,
		CASE WHEN i > 10000 AND i % 10 = 0 THEN 1 ELSE 0 END AS value
	FROM (SELECT i, i - (i % 10 = 0)::int AS k FROM generate_series(1, 20000) i) g
) TO :'meter' (FORMAT csv, HEADER);
GRANT SELECT ON meter TO first_loader;

CREATE VIEW keys AS
SELECT i.indrelid::regclass AS table, c.relname AS key, c.oid, i.indisprimary AS pk, i.indisunique AS uniq, i.indimmediate AS imm,
	i.indisvalid AS valid, i.indisready AS ready, i.indislive AS live, i.indisreplident AS ident, i.indcheckxmin AS checkxmin,
	n.conname, n.oid AS constraint_oid, obj_description(c.oid, 'pg_class') AS index_comment, obj_description(n.oid, 'pg_constraint') AS comment,
	(SELECT count(*) FROM pg_depend d WHERE d.objid IN (c.oid, n.oid) OR d.refobjid IN (c.oid, n.oid)) AS depends, t.relreplident
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_constraint n ON n.conindid = i.indexrelid AND n.contype IN ('p', 'u')
WHERE c.relnamespace = 'first_test'::regnamespace;
CREATE VIEW files AS SELECT c.oid, c.relname AS index, pg_relation_filenode(c.oid) AS file
FROM pg_class c WHERE c.relnamespace = 'first_test'::regnamespace AND c.relkind = 'i';
CREATE VIEW outcome AS
SELECT pipeline, state, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch, rows_duplicate AS dup, rows_conflicting AS conf
FROM elt.runs WHERE pipeline LIKE 'first_%' ORDER BY run_id;

SELECT elt.create_pipeline('first_upsert', 'meter', 'upserted', '{name,ts}');
SELECT elt.create_pipeline('first_append', 'meter', 'appended', '{name,ts}', 'append');
SELECT elt.create_pipeline('first_parts', 'meter', 'parted', '{ts,name}', partition_by => 'ts', partition_interval => '2 months');
-- With another index, by MERGE
SELECT elt.create_pipeline('first_plain', 'meter', 'plain', '{name,ts}');
CREATE INDEX ON plain (value);
SELECT elt.create_pipeline('first_plain_append', 'meter', 'plain_append', '{name,ts}', 'append');
CREATE INDEX ON plain_append (value);
COMMENT ON INDEX upserted_pkey IS 'told of the index';
COMMENT ON CONSTRAINT upserted_pkey ON upserted IS 'told of the key';
ALTER TABLE appended REPLICA IDENTITY USING INDEX appended_pkey;
CREATE VIEW depends AS SELECT name, ts, value FROM upserted GROUP BY name, ts;

CREATE TEMP TABLE keys_before AS SELECT * FROM keys;
CREATE TEMP TABLE files_before AS SELECT * FROM files;
CALL elt.pull('first_upsert');
SELECT elt.merge_sql('first_upsert');
\set VERBOSITY terse
CALL elt.run('first_upsert');
CALL elt.run('first_append');
CALL elt.run('first_parts');
CALL elt.run('first_plain');
CALL elt.run('first_plain_append');
\set VERBOSITY default
SELECT * FROM outcome WHERE ins > 0;
SELECT index FROM files f JOIN files_before b USING (oid, index) WHERE f.file <> b.file ORDER BY 1;
SELECT * FROM keys_before WHERE "table" <> 'parted'::regclass EXCEPT SELECT * FROM keys;
SELECT count(*), bool_and(valid AND ready AND pk AND file <> oid) AS built FROM keys JOIN files USING (oid) WHERE "table"::text LIKE 'parted_p%';
SELECT count(*) FROM (SELECT name, ts, value FROM upserted EXCEPT ALL SELECT name, ts, value FROM plain) d;
SELECT count(*) FROM (SELECT name, ts, value FROM parted EXCEPT ALL SELECT name, ts, value FROM plain) d;
SELECT count(*) FROM (SELECT name, ts, value FROM appended EXCEPT ALL SELECT name, ts, value FROM plain_append) d;
SELECT count(*) FROM depends;
-- The key is what finds rows and refuses them.
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT FROM upserted WHERE name = 'meter 1' AND ts = '2024-01-01';
RESET enable_seqscan;
INSERT INTO upserted SELECT * FROM upserted LIMIT 1;
-- Into what is not empty, by MERGE
CREATE TEMP TABLE files_loaded AS SELECT * FROM files;
\set VERBOSITY terse
SELECT elt.reload_file('first_upsert', 'meter.csv');
CALL elt.run('first_upsert');
\set VERBOSITY default
SELECT * FROM outcome OFFSET 5;
SELECT index FROM files f JOIN files_loaded b USING (oid, index) WHERE f.file <> b.file;

-- With an order and deletes, among them rows whose delete is all that is known
SELECT elt.create_pipeline('first_ordered', 'meter', 'ordered', '{name,ts}', options => '{"sequence_by": ["value"], "delete_when": "value = 1"}');
SELECT elt.create_pipeline('first_plain_ordered', 'meter', 'plain_ordered', '{name,ts}',
	options => '{"sequence_by": ["value"], "delete_when": "value = 1"}');
CREATE INDEX ON plain_ordered (value);
CREATE TEMP TABLE ordered_before AS SELECT * FROM files WHERE index LIKE 'ordered%';
\set VERBOSITY terse
CALL elt.run('first_ordered');
CALL elt.run('first_plain_ordered');
\set VERBOSITY default
SELECT index FROM files f JOIN ordered_before b USING (oid, index) WHERE f.file <> b.file;
SELECT rows_inserted, rows_deleted, rows_duplicate, count(*) FROM elt.runs WHERE pipeline IN ('first_ordered', 'first_plain_ordered') GROUP BY 1, 2, 3;
SELECT count(*) FROM (SELECT name, ts, value, _deleted FROM ordered EXCEPT ALL SELECT name, ts, value, _deleted FROM plain_ordered) d;

-- What goes wrong in the middle leaves all as it was; a table with the remains of rows is not empty, and merged into.
SELECT elt.create_pipeline('first_bad', 'meter', 'bad', '{name,ts}');
ALTER TABLE bad ADD CHECK (ts < '2024-05-01');
CREATE TEMP TABLE bad_before AS SELECT * FROM keys JOIN files USING (oid) WHERE "table" = 'bad'::regclass;
\set VERBOSITY terse
CALL elt.run('first_bad');
\set VERBOSITY default
SELECT * FROM bad_before EXCEPT SELECT * FROM keys JOIN files USING (oid);
ALTER TABLE bad DROP CONSTRAINT bad_ts_check;
\set VERBOSITY terse
SELECT rows_inserted FROM elt.merge('first_bad');
\set VERBOSITY default
SELECT valid, ready, f.file <> b.file AS built FROM keys k JOIN files f USING (oid) JOIN bad_before b USING (oid, valid, ready);

-- Nor is a key built that a cursor of the same session reads.
SELECT elt.create_pipeline('first_cursor', 'meter', 'cursored', '{name,ts}');
CREATE TEMP TABLE cursored_before AS SELECT * FROM files WHERE index = 'cursored_pkey';
CALL elt.pull('first_cursor');
BEGIN;
SET LOCAL enable_seqscan = off;
DECLARE reader CURSOR FOR SELECT name FROM cursored WHERE name = 'meter 1';
FETCH reader;
\set VERBOSITY terse
SELECT rows_inserted FROM elt.merge('first_cursor');
\set VERBOSITY default
COMMIT;
SELECT valid, ready, f.file <> b.file AS built FROM keys k JOIN files f USING (oid) JOIN cursored_before b USING (oid);
SELECT count(*) FROM cursored;

-- Triggers, row security and a foreign key ask for a merge; so does the table of somebody else.
CREATE TABLE other (name text, ts timestamptz, PRIMARY KEY (name, ts));
SELECT elt.create_pipeline('first_' || kind, 'meter', kind, '{name,ts}') FROM unnest('{triggered,secured,referred}'::text[]) kind;
CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN new; END$$;
CREATE TRIGGER pass BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION pass();
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
ALTER TABLE other ADD FOREIGN KEY (name, ts) REFERENCES referred;
SET ROLE first_loader;
SELECT elt.create_pipeline('first_others', 'meter', 'others', '{name,ts}');
RESET ROLE;
ALTER TABLE others OWNER TO CURRENT_USER;
GRANT ALL ON others TO first_loader;
CREATE TEMP TABLE files_merged AS SELECT * FROM files;
\set VERBOSITY terse
CALL elt.run('first_triggered');
CALL elt.run('first_secured');
CALL elt.run('first_referred');
CALL elt.run('first_others');
\set VERBOSITY default
SELECT * FROM outcome OFFSET 10;
SELECT index FROM files f JOIN files_merged b USING (oid, index) WHERE f.file <> b.file;

-- A large first load tells of a key that scatters what comes later; once.
COPY (SELECT 'meter ' || i % 97 AS name, timestamptz '2024-01-01' + i * interval '1 minute' AS ts, 0 AS value FROM generate_series(1, 100000) i)
	TO :'meter' (FORMAT csv, HEADER);
SELECT elt.create_pipeline('first_large', 'meter', 'large', '{name,ts}');
SELECT elt.create_pipeline('first_by_time', 'meter', 'by_time', '{ts,name}');
SET client_min_messages = notice;
CALL elt.run('first_large');
CALL elt.run('first_by_time');
TRUNCATE large;
SELECT elt.reload_file('first_large', 'meter.csv');
CALL elt.run('first_large');
RESET client_min_messages;

SELECT count(elt.drop_pipeline(name)) FROM elt.pipelines WHERE name LIKE 'first_%';
SET client_min_messages = error;
DROP SCHEMA first_test CASCADE;
DROP SERVER first_files;
DROP OWNED BY first_loader;
DROP ROLE first_loader;
