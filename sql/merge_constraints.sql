-- Deferred constraints and triggers are checked when a batch lands.
\getenv replay ELT_REPLAY
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE SCHEMA constraint_test;
SET search_path = constraint_test;
CREATE SERVER constraint_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE all_api (id int, shop int) SERVER constraint_api OPTIONS (path '/echo', query 'body=');
CREATE FUNCTION answer(body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE all_api OPTIONS (SET query %L)',
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END $$;
CREATE TABLE shop (id int PRIMARY KEY);
INSERT INTO shop VALUES (1), (2);
CREATE TABLE noted (what text);
CREATE TABLE note_of (sale int);
-- Of the target itself, of what refers to it, and of what a trigger of it writes
CREATE TABLE sale (id int PRIMARY KEY, shop int REFERENCES shop DEFERRABLE INITIALLY DEFERRED, _run_id bigint, _loaded_at timestamptz);
CREATE TABLE refund (sale int REFERENCES sale DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE receipt (shop int REFERENCES shop DEFERRABLE INITIALLY DEFERRED);
CREATE FUNCTION give_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO constraint_test.receipt VALUES (new.shop);
	RETURN NULL;
END $$;
CREATE TRIGGER give_receipt AFTER INSERT ON sale FOR EACH ROW EXECUTE FUNCTION give_receipt();
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO constraint_test.noted VALUES (tg_op);
	RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON sale DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION note();

SELECT elt.create_pipeline('sale', 'all_api', 'sale', '{id}', options => '{"load": "full", "absent": "delete",
	"max_delete_percent": 100, "min_rows_percent": 0}');
SELECT elt.create_pipeline('sale_once', 'all_api', 'sale', '{id}', 'append');
SELECT answer('[{"id": 1, "shop": 1}, {"id": 2, "shop": 2}]');
CALL elt.run('sale');
SELECT answer('[{"id": 1, "shop": 1}, {"id": 2, "shop": 2}, {"id": 3, "shop": 1}]');
CALL elt.run('sale_once');
SELECT id, shop FROM sale ORDER BY id;
-- A row that the constraint refuses goes to quarantine; that one is referred to and gone is no fault of a row of the batch.
SELECT answer('[{"id": 1, "shop": 9}, {"id": 2, "shop": 1}, {"id": 3, "shop": 1}]');
CALL elt.run('sale');
SELECT id, shop FROM sale ORDER BY id;
SELECT stage, reason, sqlstate, message, raw FROM elt.rejects WHERE pipeline = 'sale';
INSERT INTO refund VALUES (2);
SELECT answer('[{"id": 1, "shop": 2}]');
CALL elt.run('sale');
DELETE FROM refund;
CALL elt.run('sale');
SELECT id, shop FROM sale ORDER BY id;
SELECT what, count(*) FROM noted GROUP BY 1 ORDER BY 1;
-- In a transaction of one's own: what waits there is checked when the batch lands.
SELECT answer('[{"id": 1, "shop": 1}]');
CALL elt.pull('sale');
BEGIN;
INSERT INTO receipt VALUES (9);
SELECT rows_updated FROM elt.merge('sale');
ROLLBACK;
BEGIN;
INSERT INTO receipt VALUES (1);
SELECT rows_updated FROM elt.merge('sale');
COMMIT;
SELECT id, shop FROM sale ORDER BY id;

-- What another server refuses when the landing is committed: the run ends then, with its error.
CREATE EXTENSION postgres_fdw;
DO $$
BEGIN
	EXECUTE format('CREATE SERVER constraint_far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
END $$;
CREATE USER MAPPING FOR CURRENT_USER SERVER constraint_far;
CREATE TABLE counted (sale int);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'the books are closed'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON counted DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE FOREIGN TABLE counted_far (sale int) SERVER constraint_far OPTIONS (table_name 'counted');
CREATE FUNCTION tell_far() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO constraint_test.counted_far VALUES (new.id);
	RETURN NULL;
END $$;
CREATE TRIGGER tell_far AFTER INSERT ON sale FOR EACH ROW EXECUTE FUNCTION tell_far();
SELECT answer('[{"id": 1, "shop": 1}, {"id": 7, "shop": 1}]');
CALL elt.run('sale');
SELECT state, sqlstate, rows_read, error FROM elt.runs WHERE pipeline = 'sale' ORDER BY run_id DESC LIMIT 1;
SELECT id, shop FROM sale ORDER BY id;
DROP TRIGGER refuse ON counted;
CALL elt.run('sale');
SELECT id, shop FROM sale ORDER BY id;
SELECT sale FROM counted;
SELECT state, count(*) FROM elt.runs WHERE pipeline = 'sale' GROUP BY 1 ORDER BY 1;
DROP EXTENSION postgres_fdw CASCADE;

SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name LIKE 'sale%' ORDER BY name;
DROP SCHEMA constraint_test CASCADE;
DROP SERVER constraint_api CASCADE;
