-- Settings of the session and names of columns do not change the result of a merge.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SERVER session_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE SCHEMA session_test;
SET search_path = session_test;
CREATE FUNCTION answer(source regclass, body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE %s OPTIONS (SET query %L)', source,
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END
$$;
CREATE VIEW outcome AS
SELECT pipeline, rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch, rows_duplicate AS dup
FROM elt.runs WHERE run_id = (SELECT max(run_id) FROM elt.runs);

-- IST is a time zone of India where it is written here, and of Israel where it is read
CREATE FOREIGN TABLE tick_api (at timestamptz, day date, local timestamp, span interval, place point, worth float8)
	SERVER session_api OPTIONS (path '/echo', query 'body=');
SELECT answer('tick_api', '[{"at":"2023-10-29T00:30:00Z","day":"2023-02-01","local":"2023-02-01 00:00:00.000001","span":"-1 day 02:00","place":"(0.3,0.1)","worth":0.3},
	{"at":"2023-11-30T19:30:00Z","day":"0044-03-15 BC","local":"infinity","span":"1 mon -1 day","place":"(1,2)","worth":"NaN"},
	{"at":"2023-12-01T00:30:00Z","day":"-infinity","local":"0044-03-15 01:00 BC","span":"0","place":"(1,3)","worth":0}]');
SELECT elt.create_pipeline('tick', 'tick_api', 'tick', '{at}', start_at => '2023-01-01', partition_by => 'at',
	partition_interval => '1 month');
SELECT elt.create_pipeline('tick_day', 'tick_api', 'tick_day', '{day}');
SELECT elt.create_pipeline('tick_local', 'tick_api', 'tick_local', '{local}', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('tick_span', 'tick_api', 'tick_span', '{span}', strategy => 'append');
SET timezone = 'Asia/Kolkata';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET extra_float_digits = -15;
CALL elt.run('tick');
TABLE outcome;
CALL elt.run('tick');
TABLE outcome;
CALL elt.run('tick_day');
CALL elt.run('tick_local');
CALL elt.run('tick_span');
SET timezone = 'America/New_York';
SET datestyle = 'Postgres, MDY';
SET intervalstyle = 'iso_8601';
CALL elt.run('tick');
TABLE outcome;
CALL elt.run('tick_day');
TABLE outcome;
CALL elt.run('tick_local');
TABLE outcome;
CALL elt.run('tick_span');
TABLE outcome;
-- Rounded for the session, not for the comparison
SELECT answer('tick_api', '[{"at":"2023-10-29T00:30:00Z","day":"2023-02-01","local":"2023-02-01 00:00:00.000001","span":"-1 day 02:00","place":"(0.30000000000000004,0.1)","worth":0.3}]');
CALL elt.run('tick');
TABLE outcome;
SET timezone = 'UTC';
SET datestyle = ISO;
RESET intervalstyle;
RESET extra_float_digits;
CALL elt.run('tick');
TABLE outcome;
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = inhrelid
WHERE inhparent = 'tick'::regclass AND relname < 'tick_p2024' ORDER BY 1;
SELECT at, day, local, span, place, worth FROM tick ORDER BY at;

-- default_tablespace is for the tables that the user asks for, not for those that a run needs
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE session_space LOCATION '';
SET default_tablespace = 'session_space';
SELECT elt.create_pipeline('tick_history', 'tick_api', 'tick_history', '{day}', strategy => 'scd2', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('tick_wide', 'tick_api', 'tick_wide', '{day,at}');
SET default_tablespace = 'pg_global';
CALL elt.run('tick_history');
TABLE outcome;
CALL elt.run('tick_wide');
TABLE outcome;
SELECT answer('tick_api', '[{"at":"2024-02-29T00:30:00Z","day":"2024-02-29"}]');
CALL elt.run('tick');
TABLE outcome;
RESET default_tablespace;
SELECT c.oid::regclass FROM pg_class c JOIN pg_tablespace t ON t.oid = c.reltablespace WHERE spcname = 'session_space'
	AND relkind IN ('r', 'i') AND relnamespace <> 'pg_toast'::regnamespace ORDER BY 1;
SELECT elt.drop_pipeline('tick_history'), elt.drop_pipeline('tick_wide');
DROP TABLE tick_history, tick_history_observed, tick_history_restated, tick_wide;
DROP TABLESPACE session_space;

-- Columns that are called as the statements call their tables
CREATE FOREIGN TABLE letter_api (s int, t text, c int, d int, e int, k int, o int, p int, r int, w int, x int, side int,
	"select" int, "Quo""ted" int) SERVER session_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('letter', 'letter_api', 'letter', '{s,"Quo\"ted"}', options => '{"load": "full", "absent": "delete", "max_delete_percent": 100, "min_rows_percent": 0}');
SELECT elt.create_pipeline('letter_new', 'letter_api', 'letter_new', '{t}', options => '{"sequence_by": ["s"], "delete_when": "k = 0"}');
SELECT elt.create_pipeline('letter_add', 'letter_api', 'letter_add', '{x,t}', strategy => 'append');
SELECT elt.add_check('letter', 'low', 'x < 100');
SELECT answer('letter_api', '[{"s":1,"t":"a","x":1,"side":1,"k":1,"Quo\"ted":1},{"s":2,"t":"b","x":1,"k":1,"Quo\"ted":1},{"s":3,"t":"b","x":100,"k":0,"Quo\"ted":1}]');
CREATE PROCEDURE land(pipeline text) LANGUAGE sql AS $$ SELECT elt.merge(pipeline) $$;
CALL elt.pull('letter');
SELECT * FROM elt.preview_merge('letter');
CALL land('letter');
CALL elt.pull('letter_new');
SELECT * FROM elt.preview_merge('letter_new');
CALL land('letter_new');
CALL elt.pull('letter_add');
SELECT * FROM elt.preview_merge('letter_add');
CALL land('letter_add');
SELECT answer('letter_api', '[{"s":1,"t":"b","x":1,"side":2,"Quo\"ted":1}]');
CALL elt.pull('letter');
SELECT * FROM elt.preview_merge('letter');
CALL land('letter');
CALL elt.pull('letter_new');
SELECT * FROM elt.preview_merge('letter_new');
CALL land('letter_new');
CALL elt.pull('letter_add');
SELECT * FROM elt.preview_merge('letter_add');
CALL land('letter_add');
SELECT s, t, x, side, "Quo""ted" FROM letter ORDER BY 1;
SELECT s, t, x, side, k, _deleted FROM letter_new ORDER BY 2;

-- Names that the statements keep for themselves, for a target that is there too
CREATE FOREIGN TABLE kept_api (id int, _is_stale bool) SERVER session_api OPTIONS (path '/echo', query 'body=');
CREATE TABLE kept (id int PRIMARY KEY, _is_stale bool, _run_id bigint, _loaded_at timestamptz);
SELECT elt.create_pipeline('kept', 'kept_api', 'kept', '{id}');

-- What cannot be a target
CREATE FOREIGN TABLE item_api (id int, price int) SERVER session_api OPTIONS (path '/echo', query 'body=');
CREATE TEMP TABLE item (id int PRIMARY KEY, price int, _run_id bigint, _loaded_at timestamptz);
SELECT elt.create_pipeline('item', 'item_api', 'item', '{id}');
SELECT elt.create_pipeline('item', 'item_api', 'pg_temp.item2', '{id}');
SELECT elt.create_pipeline('item', 'item_api', 'elt_staging.item', '{id}');
DROP TABLE item;
CREATE TABLE item (id int PRIMARY KEY, price int, _run_id bigint, _loaded_at timestamptz);
CREATE RULE elsewhere AS ON INSERT TO item WHERE id = 2 DO INSTEAD NOTHING;
SELECT elt.create_pipeline('item', 'item_api', 'item', '{id}');
DROP RULE elsewhere ON item;

-- Histories: a time without a zone is one of UTC, and a day of late_horizon as long as there
CREATE FOREIGN TABLE move_api (id int, city text, at timestamp) SERVER session_api OPTIONS (path '/echo', query 'body=');
CREATE FOREIGN TABLE stay_api (id int, city text, at timestamptz) SERVER session_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('move', 'move_api', 'move', '{id}', strategy => 'scd2', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('stay', 'stay_api', 'stay', '{id}', strategy => 'scd2', options => '{"sequence_by": ["at"],
	"late_horizon": "1 mon 1 day", "late_policy": "quarantine"}');
SELECT answer('move_api', format('[{"id":1,"city":"Ulm","at":"%s"}]', (now() AT TIME ZONE 'UTC' + interval '29 hours')::text));
SELECT answer('stay_api', '[{"id":1,"city":"Ulm","at":"2024-04-01T12:00:00Z"}]');
SET timezone = 'Etc/GMT-14';
CALL elt.run('move');
SELECT rows_inserted, rows_quarantined FROM elt.runs WHERE pipeline = 'move';
SET timezone = 'Europe/Berlin';
SET intervalstyle = 'sql_standard';
CALL elt.run('stay');
SELECT answer('stay_api', '[{"id":1,"city":"Bonn","at":"2024-02-29T12:00:00Z"},{"id":1,"city":"Kiel","at":"2024-02-29T11:59:59Z"}]');
CALL elt.run('stay');
SET timezone = 'UTC';
RESET intervalstyle;
SELECT id, city, valid_from FROM stay ORDER BY valid_from;
SELECT message FROM elt.rejects WHERE pipeline = 'stay';

-- What cannot be a key, and a condition that ends in a comment
CREATE FOREIGN TABLE note_api (id int, tags json, at int, op text) SERVER session_api OPTIONS (path '/echo', query 'body=');
SELECT elt.create_pipeline('note', 'note_api', 'note', '{tags}');
SELECT elt.create_pipeline('note', 'note_api', 'note', '{id,id}');
CREATE TABLE note (id int PRIMARY KEY, tags json, at int, op text, _run_id bigint, _loaded_at timestamptz);
SELECT elt.create_pipeline('note', 'note_api', 'note', '{id}', options => '{"sequence_by": ["at"], "delete_when": "op = ''d'' -- deleted"}');
ALTER TABLE note ADD _deleted boolean;
SELECT elt.create_pipeline('note', 'note_api', 'note', '{id}', options => '{"sequence_by": ["at"], "delete_when": "op = ''d'' -- deleted",
	"load": "full", "absent": "delete", "max_delete_percent": 100}');
SELECT answer('note_api', '[{"id":1,"at":2},{"id":2,"at":2,"op":"d"}]');
INSERT INTO note (id, at) VALUES (3, 1);
SELECT id FROM note_live;
CALL elt.run('note');
SELECT id, _deleted FROM note ORDER BY id;
SELECT id FROM note_live;

SELECT answer('note_api', '[]');
CALL elt.pull('note');
SELECT * FROM elt.preview_merge('note');

-- A trigger that skips an update
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER skips BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION skip();
SELECT answer('note_api', '[{"id":1,"at":3},{"id":2,"at":2,"op":"d"}]');
\set VERBOSITY default
CALL elt.run('note');
\set VERBOSITY terse

-- A source that is changed between pull and merge
\set VERBOSITY default
SELECT elt.create_pipeline('item', 'item_api', 'item', '{id}');
SELECT answer('item_api', '[{"id":1,"price":1}]');
CALL elt.pull('item');
ALTER FOREIGN TABLE item_api ADD COLUMN unit text;
ALTER TABLE item ADD COLUMN unit text;
SELECT elt.merge('item');
SELECT elt.preview_merge('item');
SELECT elt.merge_sql('item');
SELECT elt.validate('item');
CALL elt.pull('item');
SELECT rows_read, rows_inserted FROM elt.merge('item');
\set VERBOSITY terse
-- a column that is gone, by which rows are known
CREATE FOREIGN TABLE lost_api (id int, at int, price int) SERVER session_api OPTIONS (path '/echo', query 'body=');
SELECT answer('lost_api', '[{"price":1}]');
CREATE TABLE lost (id int UNIQUE, at int, price int, _run_id bigint, _loaded_at timestamptz);
SELECT elt.create_pipeline('lost', 'lost_api', 'lost', '{id}', options => '{"sequence_by": ["at"], "update_columns": ["price"]}');
ALTER FOREIGN TABLE lost_api DROP COLUMN id;
CALL elt.run('lost');
SELECT elt.merge_sql('lost');
ALTER FOREIGN TABLE lost_api ADD COLUMN id int;
ALTER FOREIGN TABLE lost_api DROP COLUMN at;
CALL elt.run('lost');
ALTER FOREIGN TABLE lost_api ADD COLUMN at int;
ALTER FOREIGN TABLE lost_api DROP COLUMN price;
CALL elt.run('lost');

-- windows that are gone, by which rows are exchanged or known
CREATE FOREIGN TABLE days_api (at timestamptz) SERVER session_api
	OPTIONS (path '/echo', query 'body=&from={window_start}', window '1 day', window_column 'at');
SELECT elt.create_pipeline('lost_days', 'days_api', 'lost_days', strategy => 'replace_window', start_at => '2024-01-01');
SELECT elt.create_pipeline('lost_log', 'days_api', 'lost_log', strategy => 'append', start_at => '2024-01-01');
ALTER FOREIGN TABLE days_api OPTIONS (SET query 'body=', DROP "window", DROP window_column);
CALL elt.run('lost_days');
CALL elt.run('lost_log');
SELECT elt.merge_sql('lost_days');

-- and one that is gone
CALL elt.pull('item');
DROP FOREIGN TABLE item_api CASCADE;
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	RETURN regexp_replace(sqlerrm, '\d+', 'N');
END $$;
SELECT says($$SELECT elt.merge('item')$$), says($$SELECT elt.preview_merge('item')$$), says($$SELECT elt.merge_sql('item')$$);

SELECT count(elt.drop_pipeline(name)) FROM elt.pipelines WHERE name ~ '^(tick|letter|item|note|move|stay|lost)';
DROP SCHEMA session_test CASCADE;
DROP SERVER session_api;
