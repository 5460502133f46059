-- The source and the owner of a pipeline cannot be dropped, but replaced.
\getenv replay ELT_REPLAY
SET client_min_messages = warning;
SET timezone = 'UTC';
\set SHOW_CONTEXT never
CREATE SCHEMA hand_test;
CREATE SERVER hand_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE ROLE hand_anna IN ROLE elt_admin;
CREATE ROLE hand_bert IN ROLE elt_admin;
CREATE ROLE hand_lead IN ROLE hand_anna, hand_bert;
GRANT USAGE ON FOREIGN SERVER hand_api TO hand_anna, hand_bert;
GRANT CREATE, USAGE ON SCHEMA hand_test TO hand_anna, hand_bert;
SET ROLE hand_anna;
SET search_path = hand_test;
CREATE FOREIGN TABLE item_api (body text OPTIONS (param 'body'), id bigint, amount int, at timestamptz)
	SERVER hand_api OPTIONS (path '/echo', query 'body={body}');
CREATE FOREIGN TABLE item_api_2 (body text OPTIONS (param 'body'), id bigint, amount int, at timestamptz, unused text)
	SERVER hand_api OPTIONS (path '/echo', query 'body={body}&v=2');
ALTER FOREIGN TABLE item_api_2 DROP COLUMN unused;
CREATE FUNCTION asked(bodies jsonb[]) RETURNS jsonb LANGUAGE sql AS
	$$SELECT jsonb_build_object('body', (SELECT jsonb_agg(b::text) FROM unnest(bodies) b))$$;
SELECT elt.create_pipeline('hand_item', 'item_api', 'item', '{id}', options => '{"sequence_by": ["at"]}',
	params => asked(ARRAY['[{"id": 1, "amount": 10, "at": "2024-01-01"}, {"id": 2, "amount": -1, "at": "2024-01-01"}]'::jsonb]));
SELECT elt.add_check('hand_item', 'positive', 'amount > 0', 'quarantine');
CALL elt.run('hand_item');
CREATE VIEW state AS
SELECT (SELECT count(*) FROM elt.runs WHERE pipeline = p.name) AS runs,
	(SELECT count(*) FROM elt.rejects WHERE pipeline = p.name) AS rejects,
	(SELECT count(*) FROM elt.slices WHERE pipeline = p.name) AS slices,
	(SELECT count(*) FROM elt.checks WHERE pipeline = p.name) AS checks, name, owner, source, key
FROM elt.pipelines p WHERE name LIKE 'hand_%';
SELECT * FROM state;

-- The server refuses to drop what is needed, as it does for a view; types and columns can be changed.
DROP FOREIGN TABLE item_api;
ALTER FOREIGN TABLE item_api ALTER amount TYPE bigint;
ALTER FOREIGN TABLE item_api ADD COLUMN note text;
ALTER FOREIGN TABLE item_api DROP COLUMN note;
ALTER FOREIGN TABLE item_api ALTER amount TYPE int;
RESET ROLE;
DROP ROLE hand_anna;
-- Nobody but its owner can do anything with it, and there is nothing in it to read.
SELECT relname, relkind, relnatts, relowner::regrole, relacl FROM pg_class WHERE relname = 'hand_item$source';

-- Another name
SET ROLE hand_anna;
SELECT elt.rename_pipeline('hand_item', 'Hand');
SELECT elt.rename_pipeline('hand_item', NULL);
SELECT elt.rename_pipeline('nobody', 'hand_goods');
SELECT elt.rename_pipeline('hand_item', 'hand_item');
SELECT elt.create_pipeline('hand_goods', 'item_api', 'item_2', '{id}', params => asked('{[]}'));
SELECT elt.rename_pipeline('hand_item', 'hand_goods');
SELECT elt.drop_pipeline('hand_goods');
SELECT elt.rename_pipeline('hand_item', 'hand_goods');
CALL elt.run('hand_goods');
SELECT * FROM state;
SELECT relname FROM pg_class WHERE relnamespace = 'elt_staging'::regnamespace AND relname LIKE 'hand%' ORDER BY 1;
DROP FOREIGN TABLE item_api;
-- A check may call its row by the pipeline's name.
SELECT elt.add_check('hand_goods', 'named', $$hand_goods . "amount" < 100 AND amount<> 99/*hand_goods.amount*/ OR 'amount' = id::text$$);
SELECT elt.rename_pipeline('hand_goods', 'hand_item');
SELECT expression FROM elt.checks WHERE pipeline = 'hand_item' ORDER BY name;
SELECT elt.rename_pipeline('hand_item', 'hand_goods');
SELECT elt.drop_check('hand_goods', 'named');

-- Another owner: who may give it away, and to whom
-- (PostgreSQL 16 words the refusal in another way.)
\set VERBOSITY sqlstate
SELECT elt.alter_pipeline('hand_goods', owner => 'hand_bert');
\set VERBOSITY default
SELECT elt.alter_pipeline('hand_goods', owner => 'hand_nobody');
SET ROLE hand_lead;
SELECT elt.alter_pipeline('hand_goods', owner => '-');
SELECT elt.alter_pipeline('hand_goods', owner => 'hand_bert');
RESET ROLE;
GRANT SELECT ON hand_test.item_api TO hand_bert;
SET ROLE hand_lead;
SELECT elt.alter_pipeline('hand_goods', owner => 'hand_bert');
SELECT * FROM state;
CALL elt.run('hand_goods');
RESET ROLE;
GRANT SELECT, INSERT, UPDATE, DELETE ON item TO hand_bert;
SET ROLE hand_lead;
CALL elt.run('hand_goods');
SET ROLE hand_anna;
SELECT * FROM elt_staging.hand_goods;
SET ROLE hand_bert;
SELECT id FROM elt_staging.hand_goods;
RESET ROLE;
DROP ROLE hand_bert;

-- What REASSIGN OWNED gives away is noticed, and who gets it must be told to the pipeline as well.
SET ROLE hand_lead;
REASSIGN OWNED BY hand_bert TO hand_lead;
CALL elt.run('hand_goods');
RESET ROLE;
SELECT elt.alter_pipeline('hand_goods', owner => 'hand_anna');
SET ROLE hand_lead;
CALL elt.run('hand_goods');
RESET ROLE;
DROP OWNED BY hand_bert;
DROP ROLE hand_bert;
CREATE ROLE hand_bert IN ROLE elt_admin;
GRANT hand_bert TO hand_lead;
GRANT USAGE ON FOREIGN SERVER hand_api TO hand_bert;
GRANT USAGE ON SCHEMA hand_test TO hand_bert;
GRANT SELECT ON item_api TO hand_bert;
GRANT ALL ON item TO hand_bert;
-- DROP OWNED takes away what the server knows of; the role is still not dropped.
SELECT elt.alter_pipeline('hand_goods', owner => 'hand_bert');
SET ROLE hand_bert;
SELECT elt.set_alert_channel('hand_channel', 'notify', destination => 'hand');
SELECT elt.add_alert('hand_alert', 'failure', 'hand_channel');
RESET ROLE;
DROP OWNED BY hand_bert;
DROP ROLE hand_bert;
-- An owner who is gone all the same, as when the role is dropped in another database
DELETE FROM pg_auth_members WHERE 'hand_bert'::regrole IN (member, roleid);
DELETE FROM pg_authid WHERE rolname = 'hand_bert';
SELECT state, waits_for FROM elt.pipeline_status WHERE pipeline = 'hand_goods';
SELECT severity, pipeline, regexp_replace(message, 'OID \d+', 'OID'), replace(statement, current_user, 'me') FROM elt.health WHERE subject = 'owner' ORDER BY message;
SELECT elt.drop_alert('hand_alert'), elt.drop_alert_channel('hand_channel');
CALL elt.run('hand_goods');
SELECT regexp_replace(owner::text, '^\d+$', 'gone') AS owner FROM elt.pipelines WHERE name = 'hand_goods';
SELECT elt.alter_pipeline('hand_goods', owner => 'hand_anna');
CALL elt.run('hand_goods');
SELECT * FROM state;

-- Another source, of the same shape
SET ROLE hand_anna;
CREATE FOREIGN TABLE other_api (body text OPTIONS (param 'body'), id bigint, amount text, at timestamptz)
	SERVER hand_api OPTIONS (path '/echo', query 'body={body}');
CREATE FOREIGN TABLE short_api (body text OPTIONS (param 'body'), amount int, at timestamptz)
	SERVER hand_api OPTIONS (path '/echo', query 'body={body}');
SELECT elt.alter_pipeline('hand_goods', source => 'other_api');
SELECT elt.alter_pipeline('hand_goods', source => 'short_api');
SELECT elt.alter_pipeline('hand_goods', source => 'item');
SELECT elt.alter_pipeline('hand_goods', source => 0);
SELECT elt.alter_pipeline('hand_goods', source => 'item_api_2',
	params => asked(ARRAY['[{"id": 1, "amount": 11, "at": "2024-01-02"}]'::jsonb]));
CALL elt.run('hand_goods');
SELECT * FROM state;
SELECT id, amount FROM item ORDER BY id;
DROP FOREIGN TABLE item_api;
DROP FOREIGN TABLE item_api_2;
-- Dropped for good: the run says so, and another one takes its place.
CALL elt.pull('hand_goods');
RESET ROLE;
DROP FOREIGN TABLE item_api_2 CASCADE;
SET ROLE hand_anna;
CALL elt.run('hand_goods');
SELECT elt.validate('hand_goods');
SELECT elt.merge_sql('hand_goods');
SELECT elt.preview('hand_goods');
SELECT elt.preview_merge('hand_goods');
SELECT elt.merge('hand_goods');
SELECT elt.alter_pipeline('hand_goods', params => '{}');
SELECT elt.alter_pipeline('hand_goods', renamed_columns => '{"id": "item_id"}');
CREATE FOREIGN TABLE item_api (amount int, at timestamptz, body text OPTIONS (param 'body'), id bigint)
	SERVER hand_api OPTIONS (path '/echo', query 'body={body}');
SELECT elt.alter_pipeline('hand_goods', source => 'item_api');
CALL elt.run('hand_goods');
SELECT * FROM state;

-- Columns that are called otherwise: the run names the one that is gone, and follows when it is told.
ALTER FOREIGN TABLE item_api RENAME id TO item_id;
CALL elt.run('hand_goods');
ALTER TABLE item RENAME id TO item_id;
SELECT elt.alter_pipeline('hand_goods', renamed_columns => '{"id": 1}');
SELECT elt.alter_pipeline('hand_goods', renamed_columns => '["id"]');
SELECT elt.alter_pipeline('hand_goods', renamed_columns => '{"id": "item_number"}');
SELECT elt.alter_pipeline('hand_goods', renamed_columns => '{"id": "item_id", "nothing": "amount"}');
SELECT elt.alter_pipeline('hand_goods', renamed_columns => '{"id": "item_id", "amount": "ctid"}');
SELECT elt.alter_pipeline('hand_goods', renamed_columns => '{"id": "item_id"}');
CALL elt.run('hand_goods');
SELECT * FROM state;
SELECT item_id, amount FROM item ORDER BY item_id;
-- Of the sequence, of a check, of the target
ALTER FOREIGN TABLE item_api RENAME at TO changed_at;
CALL elt.run('hand_goods');
ALTER FOREIGN TABLE item_api RENAME changed_at TO at;
ALTER FOREIGN TABLE item_api RENAME amount TO quantity;
ALTER TABLE item RENAME amount TO quantity;
CALL elt.run('hand_goods');
SELECT elt.add_check('hand_goods', 'once', 'UNIQUE (quantity, at)', 'warn');
SELECT elt.alter_pipeline('hand_goods', renamed_columns => '{"amount": "quantity", "quantity": "Quantity here"}');
SELECT elt.alter_pipeline('hand_goods', renamed_columns => '{"amount": "quantity"}');
SELECT name, expression FROM elt.checks WHERE pipeline = 'hand_goods' ORDER BY name;
ALTER TABLE item RENAME quantity TO amount;
CALL elt.run('hand_goods');
ALTER TABLE item RENAME amount TO quantity;
CALL elt.run('hand_goods');
SELECT * FROM state;

-- Of a history the tables beside it are renamed, too; names may change places.
SET ROLE hand_anna;
CREATE TABLE person (id int, city text, street text, at timestamptz, n int);
SELECT elt.create_pipeline('hand_person', 'person', 'person_history', '{id}', strategy => 'scd2', options => '{"sequence_by": ["at", "n"]}');
INSERT INTO person VALUES (1, 'a', 's', '2024-01-01', 1), (1, 'b', 't', '2024-02-01', 2);
CALL elt.run('hand_person');
ALTER TABLE person RENAME at TO changed_at;
ALTER TABLE person RENAME id TO person_id;
ALTER TABLE person_history RENAME id TO person_id;
ALTER TABLE person RENAME city TO place;
ALTER TABLE person RENAME street TO city;
ALTER TABLE person RENAME place TO street;
ALTER TABLE person_history RENAME city TO place;
ALTER TABLE person_history RENAME street TO city;
ALTER TABLE person_history RENAME place TO street;
SELECT elt.alter_pipeline('hand_person', renamed_columns => '{"at": "changed_at", "id": "person_id", "city": "street", "street": "city"}');
SELECT options -> 'sequence_by' AS sequence_by FROM elt.pipelines WHERE name = 'hand_person';
INSERT INTO person VALUES (1, 'c', 'u', '2024-01-15', 3);
CALL elt.run('hand_person');
SELECT person_id, street, city, valid_from, is_current FROM person_history ORDER BY valid_from;
SELECT elt.drop_pipeline('hand_person');
DROP TABLE person_history, person_history_observed, person_history_restated, person CASCADE;
-- A target that was dropped
DROP TABLE item CASCADE;
CALL elt.run('hand_goods');

-- Nothing of it stays.
SELECT elt.drop_pipeline('hand_goods');
SELECT relname FROM pg_class WHERE relnamespace = 'elt_staging'::regnamespace AND relname LIKE 'hand%';
SELECT has_schema_privilege('hand_anna', 'elt_staging', 'USAGE') AS still_in_the_schema;
RESET ROLE;
DROP OWNED BY hand_anna, hand_lead CASCADE;
DROP SCHEMA hand_test CASCADE;
DROP SERVER hand_api CASCADE;
DROP ROLE hand_anna, hand_lead;
