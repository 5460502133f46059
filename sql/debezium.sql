-- Events of change: Debezium's envelope, and what is made of it.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET statement_timeout = '60s';
\set VERBOSITY terse
CREATE SCHEMA debezium;
SET search_path = debezium;

SELECT current_setting('data_directory') || '/elt_debezium' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(lo, current_setting('data_directory') || '/elt_debezium/' || name), lo_unlink(lo);
END $$;
-- Events one a line
CREATE FUNCTION put_events(name text, VARIADIC events text[]) RETURNS void LANGUAGE sql AS
$$ SELECT put(name, array_to_string(events, E'\n') || E'\n') $$;
-- An event of table orders
CREATE FUNCTION event(op text, lsn bigint, before text, after text) RETURNS text LANGUAGE sql AS
$$ SELECT format('{"before":%s,"after":%s,"source":{"version":"2.7.0.Final","connector":"postgresql","name":"shop","ts_ms":%s,'
	'"snapshot":"false","db":"shop","sequence":"[null,\"%s\"]","schema":"public","table":"orders","txId":%s,"lsn":%s,"xmin":null},'
	'"op":"%s","ts_ms":%s,"transaction":null}', coalesce(before, 'null'), coalesce(after, 'null'), 1700000000000 + lsn, lsn,
	700 + lsn, lsn, op, 1700000001000 + lsn) $$;

CREATE SERVER debezium FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE orders_in (
	id       int,
	customer int,
	amount   numeric(10,2),
	note     text,
	op       text        OPTIONS (lineage 'op'),
	sequence bigint[]    OPTIONS (lineage 'sequence'),
	at       timestamptz OPTIONS (lineage 'committed_at')
) SERVER debezium OPTIONS (glob 'orders*.jsonl', format 'jsonl', envelope 'debezium', settle '0');

SELECT put_events('orders1.jsonl',
	event('r', 10, NULL, '{"id":1,"customer":7,"amount":10.50,"note":"gift"}'),
	event('c', 11, NULL, '{"id":2,"customer":7,"amount":20.00,"note":null}'),
	event('u', 12, NULL, '{"id":2,"customer":8,"amount":21.00,"note":"é"}'),
	event('d', 13, '{"id":1,"customer":null,"amount":null,"note":null}', NULL),
	'null',
	event('c', 14, NULL, '{"id":3,"customer":9,"amount":30,"note":"x"}'),
	event('u', 15, '{"id":3}', '{"id":4,"customer":9,"amount":30,"note":"x"}'));
SELECT * FROM orders_in;

SELECT elt.create_pipeline('orders', source => 'orders_in', target => 'debezium.orders', key => '{id}',
	options => $${"sequence_by": ["sequence"], "delete_when": "op = 'delete'"}$$);
CALL elt.run('orders');
SELECT id, customer, amount, note, sequence, at FROM orders_live ORDER BY id;

-- The same events again, and older ones after newer: nothing changes
SELECT put_events('orders2.jsonl',
	event('c', 14, NULL, '{"id":3,"customer":9,"amount":30,"note":"x"}'),
	event('u', 12, NULL, '{"id":2,"customer":8,"amount":21.00,"note":"é"}'),
	event('u', 11, NULL, '{"id":2,"customer":8,"amount":1.00,"note":"old"}'),
	event('d', 9, '{"id":4}', NULL));
CALL elt.run('orders');
SELECT id, customer, amount, note FROM orders_live ORDER BY id;

-- An event without its operation, with an unknown one, without its row, without a key; a broken line, half of one
SELECT put_events('orders3.jsonl',
	'{"id":1}', '[]', event('x', 20, NULL, '{"id":5}'), event('c', 21, '{"id":5}', NULL), event('d', 22, NULL, NULL),
	'{"key":{"id":2},"value":' || event('d', 23, NULL, NULL) || '}',
	'{"key":{"id":2},"value":null}',
	event('m', 24, NULL, NULL),
	event('c', 25, NULL, '{"id":6,"customer":1,"amount":"1e400","note":"too large"}'),
	event('c', 26, NULL, '{"id":7,"customer":1,"amount":7,"note":"last"}'),
	left(event('c', 27, NULL, '{"id":8}'), 150));
CALL elt.run('orders');
SELECT reason, column_name, message FROM elt.rejects WHERE pipeline = 'orders' ORDER BY reject_id;
SELECT detail FROM elt.runs WHERE pipeline = 'orders' ORDER BY run_id DESC LIMIT 1;
SELECT id, customer, amount, note FROM orders_live ORDER BY id;

-- A rejected event is replayed as it came
DROP VIEW orders_live;
ALTER TABLE orders ALTER amount TYPE numeric;
ALTER FOREIGN TABLE orders_in ALTER amount TYPE numeric;
SELECT rejects, replayed, rejected FROM elt.replay_rejects('orders', $$column_name = 'amount'$$);
SELECT id, length(amount::text), note FROM orders WHERE id = 6;

-- A truncation stops the pipeline, unless it is ignored; rows before it do not land
SELECT put_events('orders4.jsonl', event('c', 30, NULL, '{"id":9,"customer":1,"amount":9,"note":null}'), event('t', 31, NULL, NULL),
	event('c', 32, NULL, '{"id":10,"customer":1,"amount":10,"note":null}'));
\set VERBOSITY default
CALL elt.run('orders');
\set VERBOSITY terse
SELECT count(*) FROM orders WHERE id > 8;
ALTER FOREIGN TABLE orders_in OPTIONS (ADD on_truncate 'ignore');
CALL elt.run('orders');
SELECT count(*) FROM orders WHERE id > 8;

-- Or its rows are deleted: those of the target and those that are staged
CREATE FOREIGN TABLE cut_in (id int, note text, op text OPTIONS (lineage 'op'), at timestamptz OPTIONS (lineage 'committed_at'), lsn bigint OPTIONS (lineage 'sequence'))
	SERVER debezium OPTIONS (glob 'cut*.jsonl', format 'jsonl', envelope 'debezium', on_truncate 'apply', settle '0');
SELECT count(elt.create_pipeline('cut_' || strategy, source => 'cut_in', target => 'debezium.cut_' || strategy, key => CASE strategy WHEN 'append' THEN NULL ELSE '{id}'::text[] END,
	strategy => strategy, options => CASE strategy WHEN 'append' THEN '{}' ELSE $${"sequence_by": ["at", "lsn"], "delete_when": "op = 'delete'"}$$ END::jsonb))
FROM unnest('{upsert,scd2,append}'::text[]) AS strategy;
SELECT put('cut1.jsonl', string_agg(event('c', i, NULL, format('{"id":%s,"note":"first"}', i)), E'\n')) FROM generate_series(1, 2500) i;
CALL elt.run('cut_upsert');
CALL elt.run('cut_scd2');
SELECT put_events('cut2.jsonl', event('c', 3000, NULL, '{"id":3000,"note":"staged"}'), event('t', 3001, NULL, NULL), event('c', 3002, NULL, '{"id":3,"note":"second"}'),
	event('u', 3003, NULL, '{"id":3,"note":"third"}'), event('t', 3004, NULL, NULL), event('c', 3005, NULL, '{"id":4,"note":"fourth"}'));
CALL elt.run('cut_upsert');
CALL elt.run('cut_scd2');
CALL elt.run('cut_append');
SELECT id, note FROM cut_upsert_live;
SELECT id, note, is_current FROM cut_scd2 WHERE id IN (1, 3, 4, 3000) ORDER BY id, valid_from;
SELECT count(*) FILTER (WHERE is_current) AS current, count(*) FROM cut_scd2;
SELECT op, count(*), count(id) FROM cut_append GROUP BY op ORDER BY op;

-- Rows that are older than a truncation which came before them are deleted at its place, those of a replay too
SELECT put_events('cut3.jsonl', event('c', 2999, NULL, '{"id":6001,"note":"before both"}'), event('c', 3003, NULL, '{"id":6002,"note":"between"}'),
	event('c', 3006, NULL, '{"id":6003,"note":"after"}'), event('c', 3002, NULL, '{"id":99999999999,"note":"rejected"}'), event('d', 3000, '{"id":6004}', NULL));
CALL elt.pull('cut_upsert');
SELECT class, rows FROM elt.preview_merge('cut_upsert', samples => 0);
SELECT count(*) FROM elt_staging.cut_upsert;
SELECT rows_read, rows_inserted, rows_deleted, rows_duplicate, rows_quarantined FROM elt.merge('cut_upsert');
CALL elt.run('cut_scd2');
SELECT id, note FROM cut_upsert_live ORDER BY id;
SELECT id, note, is_current, valid_from, valid_to FROM cut_scd2 WHERE id > 6000 ORDER BY id, valid_from;
SELECT elt.fix_reject(reject_id, '{"id": 6005}') FROM elt.rejects WHERE pipeline ~ '^cut_';
SELECT id, note FROM cut_upsert_live ORDER BY id;
SELECT id, note, is_current FROM cut_scd2 WHERE id = 6005;
-- Without a history the newest one is kept; the start of a pipeline knows of none, nor does a source that ignores them
SELECT p.name, told::jsonb->'op' AS op, (told::jsonb->'lsn')::text AS lsn FROM elt_catalog.truncated JOIN elt_catalog.pipeline p ON p.id = pipeline_id ORDER BY 1, 3;
-- Their columns are renamed with those of the source
ALTER FOREIGN TABLE cut_in RENAME lsn TO place;
ALTER TABLE cut_upsert RENAME lsn TO place;
SELECT elt.alter_pipeline('cut_upsert', renamed_columns => '{"lsn": "place"}');
SELECT put_events('cut3a.jsonl', event('c', 3000, NULL, '{"id":6007,"note":"old"}'));
CALL elt.run('cut_upsert');
SELECT count(*) FROM cut_upsert_live WHERE id = 6007;
ALTER FOREIGN TABLE cut_in RENAME place TO lsn;
ALTER TABLE cut_upsert RENAME place TO lsn;
SELECT elt.alter_pipeline('cut_upsert', renamed_columns => '{"place": "lsn"}');
-- Of those before the horizon of a history the newest one is kept
CREATE FOREIGN TABLE near_in (id int, op text OPTIONS (lineage 'op'), at timestamptz OPTIONS (lineage 'committed_at'), lsn bigint OPTIONS (lineage 'sequence'))
	SERVER debezium OPTIONS (glob 'near*.jsonl', format 'jsonl', envelope 'debezium', on_truncate 'apply', settle '0');
SELECT elt.create_pipeline('near', source => 'near_in', target => 'debezium.near', key => '{id}', strategy => 'scd2',
	options => $${"sequence_by": ["at", "lsn"], "delete_when": "op = 'delete'", "late_horizon": "1 second", "late_policy": "quarantine"}$$);
SELECT put_events('near1.jsonl', event('t', 1000, NULL, NULL), event('t', 1100, NULL, NULL), event('c', 5000, NULL, '{"id":1}'), event('t', 5001, NULL, NULL));
CALL elt.run('near');
SELECT told::jsonb->'lsn' AS lsn FROM elt_catalog.truncated JOIN elt_catalog.pipeline p ON p.id = pipeline_id WHERE p.name = 'near' ORDER BY 1;
SELECT put_events('near2.jsonl', event('c', 1050, NULL, '{"id":2}'), event('c', 4999, NULL, '{"id":3}'));
CALL elt.run('near');
SELECT told::jsonb->'lsn' AS lsn FROM elt_catalog.truncated JOIN elt_catalog.pipeline p ON p.id = pipeline_id WHERE p.name = 'near' ORDER BY 1;
SELECT id, is_current FROM near ORDER BY id;
SELECT elt.drop_pipeline('near');
SELECT elt.reset_pipeline('cut_upsert') IS NOT NULL;
ALTER FOREIGN TABLE cut_in OPTIONS (SET on_truncate 'ignore');
SELECT put_events('cut4.jsonl', event('c', 3000, NULL, '{"id":6006,"note":"old"}'));
CALL elt.run('cut_upsert');
CALL elt.run('cut_scd2');
SELECT count(*) FROM cut_upsert_live WHERE id = 6006;
SELECT count(*) FROM cut_scd2 WHERE id = 6006 AND is_current;
SELECT p.name, count(*) FROM elt_catalog.truncated JOIN elt_catalog.pipeline p ON p.id = pipeline_id GROUP BY 1;

-- Columns that take something else of an event; pages of several events, wrapped, with a schema or none
CREATE FOREIGN TABLE raw_in (
	number   int     OPTIONS (path 'id'),
	street   text    OPTIONS (path 'address.street'),
	version  text    OPTIONS (path '$.source.version'),
	op       text    OPTIONS (lineage 'op'),
	lsn      pg_lsn  OPTIONS (lineage 'lsn'),
	sequence bigint  OPTIONS (lineage 'sequence'),
	xid      bigint  OPTIONS (lineage 'xid'),
	event    jsonb   OPTIONS (path '$')
) SERVER debezium OPTIONS (glob 'raw.json', format 'json', envelope 'debezium', settle '0', relation 'public.orders');
SELECT put('raw.json', format('[{"schema":null,"payload":%s},{"key":{"schema":null,"payload":{"id":2}},"value":{"schema":{"type":"struct"},"payload":%s}},%s,%s]',
	event('c', 16, NULL, '{"id":1,"address":{"street":"A"}}'), event('d', 17, NULL, NULL),
	replace(event('c', 18, NULL, '{"id":3}'), '"table":"orders"', '"table":"others"'), event('r', 19, NULL, '{"id":4,"address":null}')));
SELECT number, street, version, op, lsn, sequence, xid, event->'after' AS after FROM raw_in;

-- Events of an API
CREATE SERVER debezium_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE api_in (body text OPTIONS (param 'body'), id int, op text OPTIONS (lineage 'op')) SERVER debezium_api
	OPTIONS (path '/echo', query 'body={body}', envelope 'debezium');
SELECT id, op FROM api_in WHERE body = format('[%s,%s,null]', event('c', 40, NULL, '{"id":1}'), event('d', 41, '{"id":1}', NULL));

-- Refused definitions
CREATE FOREIGN TABLE wrong (id int) SERVER debezium OPTIONS (glob 'x', envelope 'debezium');
CREATE FOREIGN TABLE wrong (id int) SERVER debezium OPTIONS (glob 'x', format 'jsonl', envelope 'canal');
CREATE FOREIGN TABLE wrong (id int) SERVER debezium OPTIONS (glob 'x', format 'jsonl', on_truncate 'ignore');
CREATE FOREIGN TABLE wrong (id int, op text OPTIONS (lineage 'op')) SERVER debezium OPTIONS (glob 'x', format 'jsonl');
SELECT * FROM wrong;
DROP FOREIGN TABLE wrong;
CREATE FOREIGN TABLE wrong (id int, op int OPTIONS (lineage 'op')) SERVER debezium OPTIONS (glob 'x', format 'jsonl', envelope 'debezium');
SELECT * FROM wrong;
DROP FOREIGN TABLE wrong;
CREATE FOREIGN TABLE wrong (id int OPTIONS (path 'items[*].id')) SERVER debezium OPTIONS (glob 'x', format 'jsonl', envelope 'debezium');
SELECT * FROM wrong;
SELECT elt.create_pipeline('wrong', source => 'orders_in', target => 'debezium.wrong', key => '{id}');

-- Positions in the logs of other databases
CREATE FOREIGN TABLE positions (id int, sequence bigint[] OPTIONS (lineage 'sequence'), xid text OPTIONS (lineage 'xid'),
	at timestamptz OPTIONS (lineage 'committed_at')) SERVER debezium OPTIONS (glob 'positions.jsonl', format 'jsonl', envelope 'debezium', settle '0');
CREATE FUNCTION at_source(id int, source text) RETURNS text LANGUAGE sql AS
$$ SELECT format('{"op":"c","after":{"id":%s},"source":%s,"ts_ms":1700000000000}', id, source) $$;
SELECT put_events('positions.jsonl',
	at_source(1, '{"connector":"mysql","ts_ms":0,"file":"mysql-bin.000003","pos":154,"row":0}'),
	at_source(2, '{"connector":"mysql","ts_ms":1600000000123,"file":"mysql-bin.1000000","pos":4,"row":2,"ts_us":1600000000123456}'),
	at_source(3, '{"connector":"oracle","scn":"2122185","ssn":3,"txId":"6.28.807"}'),
	at_source(4, '{"connector":"sqlserver","change_lsn":"00000027:00000758:0003","commit_lsn":"00000027:00000758:0005","event_serial_no":2}'),
	at_source(5, '{"connector":"sqlserver","change_lsn":null,"commit_lsn":"00000027:00000758:0001","event_serial_no":null}'),
	at_source(6, '{"connector":"mongodb","ts_ms":1700000000001,"ord":31}'));
SELECT * FROM positions ORDER BY sequence;

SET client_min_messages = warning;
SELECT count(elt.drop_pipeline(pipeline)) FROM unnest('{orders,cut_upsert,cut_scd2,cut_append}'::text[]) AS pipeline;
DROP SERVER debezium, debezium_api CASCADE;
DROP SCHEMA debezium CASCADE;
