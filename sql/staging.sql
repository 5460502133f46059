-- The staging table: its owner, and changes of it or of the source.
\getenv replay ELT_REPLAY
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE SCHEMA staging_test;
CREATE SERVER staging_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE staging_owner;
GRANT elt_admin TO staging_owner;
GRANT USAGE ON FOREIGN SERVER staging_api TO staging_owner;
GRANT CREATE, USAGE ON SCHEMA staging_test TO staging_owner;
SET ROLE staging_owner;
SET search_path = staging_test;

-- A slice for each body; a value of the column's domain can make the source another one meanwhile.
CREATE FUNCTION allows(value text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF value LIKE 'ALTER %' THEN
		EXECUTE value;
	END IF;
	RETURN true;
END
$$;
CREATE DOMAIN note AS text CHECK (staging_test.allows(VALUE));
CREATE FOREIGN TABLE item_api (body text OPTIONS (param 'body'), id bigint, amount bigint, note note)
	SERVER staging_api OPTIONS (path '/echo', query 'body={body}');
SELECT elt.create_pipeline('stage_item', 'item_api', 'item', '{id}',
	params => '{"body": ["[{\"id\": 1, \"amount\": 10, \"note\": \"\"}]", "[{\"id\": 2, \"amount\": 20, \"note\": \"\"}]"]}');
CALL elt.run('stage_item');
SELECT id, amount FROM item ORDER BY id;

-- It belongs to the extension; the pipeline's owner has its rows, and nothing else of it.
SELECT tableowner = (SELECT extowner::regrole::text FROM pg_extension WHERE extname = 'pg_elt') AS of_the_extension
FROM pg_tables WHERE schemaname = 'elt_staging' AND tablename = 'stage_item';
SELECT id, _run_id IS NOT NULL AS has_run FROM elt_staging.stage_item ORDER BY id;
UPDATE elt_staging.stage_item SET amount = amount;
DELETE FROM elt_staging.stage_item WHERE id > 100;
ALTER TABLE elt_staging.stage_item ALTER _run_id TYPE text;
ALTER TABLE elt_staging.stage_item ADD COLUMN more text;
ALTER TABLE elt_staging.stage_item ENABLE ROW LEVEL SECURITY;
CREATE RULE gone AS ON INSERT TO elt_staging.stage_item DO INSTEAD NOTHING;
CREATE TRIGGER gone BEFORE INSERT ON elt_staging.stage_item FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE INDEX ON elt_staging.stage_item (id);
CREATE TABLE child () INHERITS (elt_staging.stage_item);
TRUNCATE elt_staging.stage_item;
DROP TABLE elt_staging.stage_item;

-- Whoever may change it all the same: the next batch makes it anew.
RESET ROLE;
CREATE TABLE change (statement text);
INSERT INTO change VALUES
	('ALTER TABLE elt_staging.stage_item ALTER _run_id TYPE text'),
	('ALTER TABLE elt_staging.stage_item ALTER _loaded_at TYPE text'),
	('ALTER TABLE elt_staging.stage_item ALTER _failed TYPE text'),
	('ALTER TABLE elt_staging.stage_item ALTER amount TYPE text'),
	('ALTER TABLE elt_staging.stage_item DROP COLUMN amount'),
	('ALTER TABLE elt_staging.stage_item ADD COLUMN more text NOT NULL'),
	('ALTER TABLE elt_staging.stage_item RENAME id TO other'),
	('ALTER TABLE elt_staging.stage_item ALTER amount SET DEFAULT 1'),
	('ALTER TABLE elt_staging.stage_item ALTER amount SET NOT NULL'),
	('ALTER TABLE elt_staging.stage_item ADD CHECK (amount > 100)'),
	('ALTER TABLE elt_staging.stage_item ENABLE ROW LEVEL SECURITY'),
	('ALTER TABLE elt_staging.stage_item OWNER TO staging_owner'),
	('CREATE RULE gone AS ON INSERT TO elt_staging.stage_item DO INSTEAD NOTHING'),
	('CREATE TRIGGER gone BEFORE INSERT ON elt_staging.stage_item FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()'),
	('CREATE UNIQUE INDEX ON elt_staging.stage_item ((1))'),
	('REVOKE ALL ON elt_staging.stage_item FROM staging_owner'),
	('REVOKE ALL ON SCHEMA elt_staging FROM staging_owner'),
	('DROP TABLE elt_staging.stage_item');
-- Merging what is staged, and checking it, notices too.
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; state text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, state = RETURNED_SQLSTATE;
	RETURN concat_ws(' | ', state, message, nullif(detail, ''));
END $$;
\pset format unaligned
\pset tuples_only on
SELECT 'CALL elt.pull(''stage_item'')', statement,
	'SELECT says(''SELECT elt.validate(''''stage_item'''')''), says(''SELECT elt.merge_sql(''''stage_item'''')'') = says(''SELECT elt.validate(''''stage_item'''')''),
	says(''SELECT elt.merge(''''stage_item'''')'')',
	'CALL elt.run(''stage_item'')'
FROM change ORDER BY ctid
\gexec
\pset format aligned
\pset tuples_only off
SELECT count(*) FROM elt.runs WHERE pipeline = 'stage_item' AND state <> 'succeeded';
SELECT id, amount FROM item ORDER BY id;
-- What is no table is not ours to remove.
DROP TABLE elt_staging.stage_item;
CREATE VIEW elt_staging.stage_item AS SELECT 1 AS id;
CALL elt.run('stage_item');
DROP VIEW elt_staging.stage_item;

-- Rows that its owner changes before they land are what lands.
SELECT elt.create_pipeline('stage_' || strategy, 'item_api', 'item_' || strategy, '{id}', strategy => strategy,
	params => '{"body": ["[{\"id\": 1, \"amount\": 10}, {\"id\": 2, \"amount\": 20}, {\"id\": 3, \"amount\": 30}]"]}')
FROM unnest('{upsert,append}'::text[]) strategy;
CALL elt.pull('stage_upsert');
DELETE FROM elt_staging.stage_upsert WHERE id = 2;
UPDATE elt_staging.stage_upsert SET amount = 31 WHERE id = 3;
INSERT INTO elt_staging.stage_upsert (id, amount, _run_id, _loaded_at)
	SELECT unnest('{4,5}'::int[]), 0, _run_id, _loaded_at FROM elt_staging.stage_upsert WHERE id = 1;
SELECT class, rows FROM elt.preview_merge('stage_upsert') WHERE rows IS NOT NULL;
SELECT rows_read, rows_inserted FROM elt.merge('stage_upsert');
SELECT id, amount FROM item_upsert ORDER BY id;
CALL elt.pull('stage_append');
DELETE FROM elt_staging.stage_append;
SELECT rows_read, rows_inserted FROM elt.merge('stage_append');
SELECT elt.drop_pipeline('stage_upsert'), elt.drop_pipeline('stage_append');

-- A source that changes between two slices of a batch, and between two batches, ends the run with the column's name.
SET ROLE staging_owner;
CREATE FUNCTION change_while_it_runs(statement text) RETURNS jsonb LANGUAGE sql AS $$
	SELECT jsonb_build_object('body', jsonb_build_array(
		jsonb_build_array(jsonb_build_object('id', 1, 'amount', 10, 'note', statement))::text,
		jsonb_build_array(jsonb_build_object('id', 2, 'amount', 4294967296, 'note', 'second'))::text))
$$;
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT elt.alter_pipeline('stage_item', params => change_while_it_runs('ALTER FOREIGN TABLE staging_test.item_api ALTER amount TYPE text'));
CALL elt.run('stage_item');
SELECT state, slices_landed, sqlstate FROM elt.runs WHERE pipeline = 'stage_item' ORDER BY run_id DESC LIMIT 1;
ALTER FOREIGN TABLE item_api ALTER amount TYPE bigint;
SELECT elt.alter_pipeline('stage_item', options => '{"batch_rows": 1}', params => change_while_it_runs('ALTER FOREIGN TABLE staging_test.item_api ALTER amount TYPE text'));
CALL elt.run('stage_item');
ALTER FOREIGN TABLE item_api ALTER amount TYPE bigint;
SELECT elt.alter_pipeline('stage_item', params => change_while_it_runs('ALTER FOREIGN TABLE staging_test.item_api ADD COLUMN extra text'));
CALL elt.run('stage_item');
ALTER FOREIGN TABLE item_api DROP COLUMN extra;
SELECT elt.alter_pipeline('stage_item', params => change_while_it_runs('ALTER FOREIGN TABLE staging_test.item_api RENAME amount TO quantity'));
CALL elt.run('stage_item');
ALTER FOREIGN TABLE item_api RENAME quantity TO amount;
SELECT elt.alter_pipeline('stage_item', options => '{"batch_rows": 1000}', params => change_while_it_runs('ALTER FOREIGN TABLE staging_test.item_api DROP COLUMN amount'));
CALL elt.run('stage_item');
ALTER FOREIGN TABLE item_api ADD COLUMN amount bigint;
-- Mended, it goes on.
SELECT elt.alter_pipeline('stage_item', params => change_while_it_runs('as it was'));
CALL elt.run('stage_item');
SELECT id, amount, note FROM item ORDER BY id;

\set VERBOSITY terse
-- A run that ends while it pulls, as on a full disk, keeps no room; a batch that is complete does.
CREATE OR REPLACE FUNCTION allows(value text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF value = 'full' THEN
		RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full';
	END IF;
	RETURN true;
END
$$;
CREATE FUNCTION room() RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN pg_relation_size('elt_staging.stage_item') > 0 THEN 'taken' ELSE 'free' END $$;
SELECT room();
SELECT elt.alter_pipeline('stage_item', params => '{"body": ["[{\"id\": 1, \"note\": \"fits\"}]", "[{\"id\": 2, \"note\": \"full\"}]"]}');
CALL elt.run('stage_item');
SELECT room();
SELECT elt.alter_pipeline('stage_item', params => change_while_it_runs('as it was'));
SELECT elt.add_check('stage_item', 'never', 'false', action => 'fail');
CALL elt.run('stage_item');
SELECT room();

RESET ROLE;
SELECT elt.drop_pipeline('stage_item');
DROP OWNED BY staging_owner CASCADE;
DROP SCHEMA staging_test CASCADE;
DROP SERVER staging_api CASCADE;
DROP ROLE staging_owner;
