-- Privileges are checked when they are used: those of server owners and of code that runs.
\getenv replay ELT_REPLAY
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE rights_admin;
GRANT elt_admin TO rights_admin;
CREATE ROLE rights_owner;
CREATE ROLE rights_stranger;
CREATE ROLE rights_operator;
GRANT elt_operator TO rights_operator;
CREATE SCHEMA rights_test;
SET search_path = rights_test;
GRANT ALL ON SCHEMA rights_test TO PUBLIC;
GRANT USAGE ON FOREIGN DATA WRAPPER elt_http TO rights_owner;

-- A server with allow_private, whose owner is no longer who may have it, asks nobody.
SET ROLE rights_admin;
CREATE SERVER rights_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '1');
GRANT USAGE ON FOREIGN SERVER rights_api TO PUBLIC;
CREATE FOREIGN TABLE item (answer text OPTIONS (param 'answer'), id int)
	SERVER rights_api OPTIONS (path '/echo', query 'body={answer}');
SELECT elt.create_pipeline('rights', 'item', 'item_landed', '{id}', params => '{"answer": ["[{\"id\": 1}]"]}');
SELECT id FROM item WHERE answer = '[{"id":1}]';
CALL elt.run('rights');
RESET ROLE;
REVOKE elt_admin FROM rights_admin;
SELECT id FROM item WHERE answer = '[{"id":1}]';
CALL elt.run('rights');
SELECT elt.preview('rights');
SELECT state, error FROM elt.runs WHERE pipeline = 'rights' ORDER BY run_id;
GRANT elt_admin TO rights_admin;
CALL elt.run('rights');
ALTER SERVER rights_api OWNER TO rights_owner;
SELECT id FROM item WHERE answer = '[{"id":1}]';

-- Nor does it with a token from another origin, which its new owner names in the mapping for all.
SET ROLE rights_owner;
CREATE USER MAPPING FOR PUBLIC SERVER rights_api OPTIONS (auth 'oauth2', client_id 'me',
	client_secret 's3cr3t-client', token_url 'http://127.0.0.1:1/token');
RESET ROLE;
SELECT id FROM item WHERE answer = '[{"id":1}]';
DROP USER MAPPING FOR PUBLIC SERVER rights_api;
ALTER SERVER rights_api OPTIONS (DROP allow_private);
\set VERBOSITY sqlstate
SELECT id FROM item WHERE answer = '[{"id":1}]';
\set VERBOSITY default
ALTER SERVER rights_api OPTIONS (ADD allow_private 'true');
ALTER SERVER rights_api OWNER TO rights_admin;
SELECT id FROM item WHERE answer = '[{"id":1}]';

-- Nor does a directory.
GRANT USAGE ON FOREIGN DATA WRAPPER elt_file TO rights_owner;
GRANT pg_read_server_files TO rights_owner;
SET ROLE rights_owner;
CREATE SERVER rights_files FOREIGN DATA WRAPPER elt_file OPTIONS (root '/etc');
CREATE FOREIGN TABLE host (line text) SERVER rights_files OPTIONS (glob 'hostname', settle '0', header 'false');
SELECT count(*) > 0 AS is_read FROM host;
RESET ROLE;
REVOKE pg_read_server_files FROM rights_owner;
SELECT count(*) > 0 AS is_read FROM host;

-- An operator's preview does not run a third role's code with the owner's rights.
GRANT CREATE ON SCHEMA rights_test TO rights_stranger;
SET ROLE rights_stranger;
CREATE TABLE loot (who text);
GRANT ALL ON loot TO PUBLIC;
CREATE FUNCTION take(int) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO rights_test.loot VALUES (current_user);
	RETURN true;
END $$;
CREATE DOMAIN whole AS int CHECK (rights_test.take(VALUE));
CREATE TYPE pair AS (a int, b whole[]);
CREATE FOREIGN TABLE strange (answer text OPTIONS (param 'answer'), id int, n whole)
	SERVER rights_api OPTIONS (path '/echo', query 'body={answer}');
CREATE FOREIGN TABLE plain (answer text OPTIONS (param 'answer'), id int, n int)
	SERVER rights_api OPTIONS (path '/echo', query 'body={answer}');
GRANT SELECT ON strange, plain TO PUBLIC;
RESET ROLE;
GRANT elt_admin TO rights_owner;
SET ROLE rights_owner;
SELECT elt.create_pipeline('strange', 'strange', 'strange_landed', '{id}', params => '{"answer": ["[{\"id\": 1, \"n\": 2}]"]}');
SELECT elt.create_pipeline('plain', 'plain', 'plain_landed', '{id}', params => '{"answer": ["[{\"id\": 1, \"n\": 2}]"]}');
RESET ROLE;
DELETE FROM loot;
SET ROLE rights_operator;
SELECT elt.preview('strange');
SELECT elt.preview('plain');
RESET ROLE;
SELECT who FROM loot WHERE who <> 'rights_stranger';
SET ROLE rights_stranger;
ALTER FOREIGN TABLE plain ALTER n TYPE pair;
SET ROLE rights_operator;
SELECT elt.preview('plain');
SET ROLE rights_owner;
SELECT elt.preview('strange');
RESET ROLE;
ALTER DOMAIN whole OWNER TO rights_owner;
SET ROLE rights_operator;
SELECT elt.preview('strange');
RESET ROLE;

-- The key of a rejected line's parent becomes JSON by a cast of its owner, and with the owner's privileges.
DELETE FROM loot;
SET ROLE rights_owner;
CREATE TYPE crate AS ENUM ('a', 'b');
CREATE FUNCTION spill(crate) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO rights_test.loot (who) VALUES (current_user);
	RETURN '"spilled"';
END $$;
CREATE CAST (crate AS json) WITH FUNCTION spill(crate);
CREATE FOREIGN TABLE box (answer text OPTIONS (param 'answer'), k crate)
	SERVER rights_api OPTIONS (path '/echo', query 'body={answer}');
CREATE FOREIGN TABLE thing (answer text OPTIONS (param 'answer'), k crate OPTIONS (path '$[*].k'), n int)
	SERVER rights_api OPTIONS (path '/echo', query 'body={answer}', records '$[*].things[*]');
SELECT elt.create_pipeline('boxes', 'box', 'boxes_landed', '{k}', params => '{"answer": ["[{\"k\": \"a\", \"things\": [{\"n\": 1}, {\"n\": \"x\"}]}]"]}');
SELECT elt.add_child('boxes', 'thing', 'things_landed', '{k,n}', '{k}');
CALL elt.run('boxes');
RESET ROLE;
SELECT pipeline, reason, parent_key FROM elt.rejects WHERE pipeline LIKE 'boxes%';
SELECT DISTINCT who FROM loot;
SELECT elt.drop_pipeline('boxes');
DROP CAST (crate AS json);

SELECT elt.drop_pipeline(p) FROM unnest('{rights,strange,plain}'::text[]) AS p;
DROP SERVER rights_api, rights_files CASCADE;
DROP SCHEMA rights_test CASCADE;
DROP OWNED BY rights_admin, rights_owner, rights_stranger, rights_operator;
DROP ROLE rights_admin, rights_owner, rights_stranger, rights_operator;
