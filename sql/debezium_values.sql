-- Values of Debezium's events: types of Kafka Connect with their schema and without, and values that are not sent.
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SET statement_timeout = '60s';
\set VERBOSITY terse
CREATE SCHEMA debezium_values;
SET search_path = debezium_values;

SELECT current_setting('data_directory') || '/elt_debezium_values' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(lo, current_setting('data_directory') || '/elt_debezium_values/' || name), lo_unlink(lo);
END $$;
-- Events one a line
CREATE FUNCTION put_events(name text, VARIADIC events text[]) RETURNS void LANGUAGE sql AS
$$ SELECT put(name, array_to_string(events, E'\n') || E'\n') $$;
CREATE SERVER debezium_values FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

-- One value of one semantic type as each of several columns: "as" is the column's type
CREATE FUNCTION field(type text, name text, parameters text, value text) RETURNS text LANGUAGE sql AS
$$ SELECT format('{"schema":{"type":"struct","fields":[{"type":"struct","fields":[{"type":"int32","optional":false,"field":"id"},'
	'{"type":"%s","optional":true%s%s,"field":"v"}],"optional":true,"name":"t.Value","field":"after"}]},'
	'"payload":{"before":null,"after":{"id":1,"v":%s},"source":{"lsn":1},"op":"c","ts_ms":1}}',
	type, ',"name":"' || name || '"', ',"parameters":' || parameters, value) $$;
CREATE FUNCTION as_type("as" text, event text, options text DEFAULT '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	PERFORM put_events('one.jsonl', event);
	EXECUTE format('CREATE FOREIGN TABLE one (v %s %s) SERVER debezium_values OPTIONS (glob ''one.jsonl'', format ''jsonl'', envelope ''debezium'')', "as", options);
	BEGIN
		SELECT coalesce(v::text, 'NULL') INTO result FROM one;
	EXCEPTION WHEN OTHERS THEN
		result := regexp_replace(SQLERRM, 'could not convert record 1 to a row: ', '');
	END;
	DROP FOREIGN TABLE one;
	RETURN result;
END $$;

CREATE TABLE cases (n serial, "as" text, type text, name text, parameters text, value text);
INSERT INTO cases ("as", type, name, parameters, value) VALUES
	('date', 'int32', 'io.debezium.time.Date', NULL, '19675'),
	('date', 'int32', 'org.apache.kafka.connect.data.Date', NULL, '-719163'),
	('text', 'int32', 'io.debezium.time.Date', NULL, '19675'),
	('int', 'int32', 'io.debezium.time.Date', NULL, '19675'),
	('bytea', 'int32', 'io.debezium.time.Date', NULL, '19675'),
	('date', 'int32', 'io.debezium.time.Date', NULL, '99999999999'),
	('timestamp', 'int64', 'io.debezium.time.Timestamp', NULL, '1700000000123'),
	('timestamp', 'int64', 'org.apache.kafka.connect.data.Timestamp', NULL, '-1'),
	('timestamp', 'int64', 'io.debezium.time.MicroTimestamp', NULL, '1700000000123456'),
	('timestamp', 'int64', 'io.debezium.time.MicroTimestamp', NULL, '9223372036825200000'),
	('timestamp', 'int64', 'io.debezium.time.MicroTimestamp', NULL, '-9223372036832400000'),
	('timestamp', 'int64', 'io.debezium.time.NanoTimestamp', NULL, '1700000000123456000'),
	('timestamp', 'int64', 'io.debezium.time.NanoTimestamp', NULL, '1700000000123456789'),
	('text', 'int64', 'io.debezium.time.NanoTimestamp', NULL, '1700000000123456789'),
	('timestamptz', 'int64', 'io.debezium.time.Timestamp', NULL, '1700000000123'),
	('date', 'int64', 'io.debezium.time.Timestamp', NULL, '1700000000123'),
	('date', 'int64', 'io.debezium.time.Timestamp', NULL, '1700006400000'),
	('bigint', 'int64', 'io.debezium.time.Timestamp', NULL, '1700000000123'),
	('timestamptz', 'string', 'io.debezium.time.ZonedTimestamp', NULL, '"2023-11-14T22:13:20.123456Z"'),
	('timetz', 'string', 'io.debezium.time.ZonedTime', NULL, '"22:13:20.5Z"'),
	('time', 'int32', 'io.debezium.time.Time', NULL, '80000123'),
	('time', 'int64', 'io.debezium.time.MicroTime', NULL, '86400000000'),
	('time', 'int64', 'io.debezium.time.NanoTime', NULL, '80000123456001'),
	('time', 'int64', 'io.debezium.time.MicroTime', NULL, '-3020399000000'),
	('interval', 'int64', 'io.debezium.time.MicroTime', NULL, '-3020399000000'),
	('interval', 'int64', 'io.debezium.time.MicroDuration', NULL, '36093000000'),
	('interval', 'int64', 'io.debezium.time.NanoDuration', NULL, '1001'),
	('interval', 'string', 'io.debezium.time.Interval', NULL, '"P1Y2M3DT4H5M6.78S"'),
	('int', 'int32', 'io.debezium.time.Year', NULL, '2024'),
	('date', 'int32', 'io.debezium.time.Year', NULL, '2024'),
	('numeric', 'bytes', 'org.apache.kafka.connect.data.Decimal', '{"scale":"2","connect.decimal.precision":"10"}', '"AeJA"'),
	('numeric', 'bytes', 'org.apache.kafka.connect.data.Decimal', '{"scale":"2"}', '"/w=="'),
	('numeric', 'bytes', 'org.apache.kafka.connect.data.Decimal', '{"scale":"10"}', '"AEswO2nf8S4zeGoMAA=="'),
	('numeric', 'bytes', 'org.apache.kafka.connect.data.Decimal', '{"scale":"-2"}', '"Cg=="'),
	('numeric', 'bytes', 'org.apache.kafka.connect.data.Decimal', '{"scale":"0"}', '"AA=="'),
	('numeric', 'bytes', 'org.apache.kafka.connect.data.Decimal', '{"scale":"2"}', '12.50'),
	('numeric', 'bytes', 'org.apache.kafka.connect.data.Decimal', '{"scale":"2"}', '"not base64"'),
	('text', 'bytes', 'org.apache.kafka.connect.data.Decimal', '{"scale":"2"}', '"AeJA"'),
	('int', 'bytes', 'org.apache.kafka.connect.data.Decimal', '{"scale":"2"}', '"AeJA"'),
	('bytea', 'bytes', 'org.apache.kafka.connect.data.Decimal', '{"scale":"2"}', '"AeJA"'),
	('numeric', 'struct', 'io.debezium.data.VariableScaleDecimal', NULL, '{"scale":3,"value":"AeJA"}'),
	('numeric', 'struct', 'io.debezium.data.VariableScaleDecimal', NULL, '{"scale":3,"value":"?"}'),
	('numeric', 'string', NULL, NULL, '"1234.56"'),
	('numeric', 'double', NULL, NULL, '1234.56'),
	('float8', 'double', NULL, NULL, '1234.56'),
	('bytea', 'bytes', NULL, NULL, '"AQID"'),
	('text', 'bytes', NULL, NULL, '"AQID"'),
	('int', 'bytes', NULL, NULL, '"AQID"'),
	('bytea', 'string', NULL, NULL, '"AQID"'),
	('bit(4)', 'bytes', 'io.debezium.data.Bits', '{"length":"4"}', '"BQ=="'),
	('varbit', 'bytes', 'io.debezium.data.Bits', '{"length":"11"}', '"xwcAAAAAAAA="'),
	('text', 'bytes', 'io.debezium.data.Bits', '{"length":"11"}', '"xwc="'),
	('bit(3)', 'bytes', 'io.debezium.data.Bits', '{"length":"3"}', '"xwc="'),
	('bit(1)', 'boolean', NULL, NULL, 'true'),
	('boolean', 'boolean', NULL, NULL, 'true'),
	('jsonb', 'string', 'io.debezium.data.Json', NULL, '"{\"a\": [1, \"\\u00e9\"]}"'),
	('json', 'string', 'io.debezium.data.Json', NULL, '"{\"a\": 1}"'),
	('jsonb', 'string', 'io.debezium.data.Json', NULL, '"{broken"'),
	('text', 'string', 'io.debezium.data.Json', NULL, '"{\"a\": 1}"'),
	('uuid', 'string', 'io.debezium.data.Uuid', NULL, '"09fbaca7-ab24-4b4b-8a43-f3dc8f9ca3b1"'),
	('xml', 'string', 'io.debezium.data.Xml', NULL, '"<a>1</a>"'),
	('text', 'string', 'io.debezium.data.Enum', '{"allowed":"a,b"}', '"a"'),
	('text', 'string', 'io.debezium.data.EnumSet', '{"allowed":"a,b"}', '"a,b"'),
	('text', 'struct', 'io.debezium.data.geometry.Geometry', NULL, '{"wkb":"AQEAAAAAAAAAAADwPwAAAAAAAPA/","srid":null}'),
	('text', 'struct', 'io.debezium.data.geometry.Geometry', NULL, '{"wkb":"AQEAAAAAAAAAAADwPwAAAAAAAPA/","srid":4326}'),
	('bytea', 'struct', 'io.debezium.data.geometry.Geometry', NULL, '{"wkb":"AQEAAAAAAAAAAADwPwAAAAAAAPA/","srid":4326}'),
	('jsonb', 'struct', 'io.debezium.data.geometry.Geometry', NULL, '{"wkb":"AQ==","srid":null}'),
	('point', 'struct', 'io.debezium.data.geometry.Point', NULL, '{"x":1.5,"y":-2,"wkb":"AQEAAAAAAAAAAADwPwAAAAAAAPA/","srid":null}'),
	('text', 'struct', 'io.debezium.data.geometry.Geometry', NULL, '{"wkb":"AQ==","srid":null}'),
	('int[]', 'array', NULL, NULL, '[1,2,null]'),
	('text', 'string', NULL, NULL, '"plain"');
SELECT "as", coalesce(name, type) AS of, left(value, 30) AS value, as_type("as", field(type, name, parameters, value)) AS result FROM cases ORDER BY n;

-- Elements of another type than their JSON
SELECT as_type('date[]', replace(field('array', NULL, NULL, '[19675]'), '"type":"array"', '"type":"array","items":{"type":"int32","name":"io.debezium.time.Date"}'));

-- Without a schema the column's type decides, or its format
CREATE FUNCTION bare(value text) RETURNS text LANGUAGE sql AS $$ SELECT format('{"op":"c","after":{"v":%s},"source":{"lsn":1}}', value) $$;
SELECT n, as_type("as", bare(value), options) FROM (VALUES
	(1, 'date', '19675', ''), (2, 'timestamp', '1700000000123', ''), (3, 'timestamp', '1700000000123', $$OPTIONS (format 'unix_ms')$$),
	(4, 'timestamptz', '1700000000123456', $$OPTIONS (format 'unix_us')$$), (5, 'timestamp', '1700000000123456000', $$OPTIONS (format 'unix_ns')$$),
	(6, 'time', '80000123456', $$OPTIONS (format 'microseconds')$$), (7, 'time', '80000123', ''), (8, 'interval', '36093000000', ''),
	(9, 'numeric(10,2)', '"AeJA"', $$OPTIONS (format 'base64')$$), (10, 'numeric', '"AeJA"', $$OPTIONS (format 'base64')$$),
	(11, 'bytea', '"AQID"', ''), (12, 'bytea', '"010203"', $$OPTIONS (format 'hex')$$), (13, 'jsonb', '"{\"a\":1}"', ''),
	(14, 'bit(11)', '"xwc="', ''), (15, 'numeric', '{"scale":1,"value":"Cg=="}', ''), (16, 'jsonb', '[1]', ''),
	(17, 'timestamptz', '"2023-11-14T22:13:20Z"', '')) AS t (n, "as", value, options) ORDER BY n;

-- A schema that changes within a file: the types of each event are its own, and new fields are told
CREATE FOREIGN TABLE changing_in (id int, at timestamp, op text OPTIONS (lineage 'op'), lsn bigint OPTIONS (lineage 'sequence'))
	SERVER debezium_values OPTIONS (glob 'changing*.jsonl', format 'jsonl', envelope 'debezium', settle '0');
CREATE FUNCTION dated(id int, name text, at text, more text DEFAULT '') RETURNS text LANGUAGE sql AS
$$ SELECT format('{"schema":{"fields":[{"fields":[{"type":"int32","field":"id"},{"type":"int64","name":"io.debezium.time.%s","field":"at"}],"field":"after"}]},'
	'"payload":{"after":{"id":%s,"at":%s%s},"op":"c","source":{"lsn":%s}}}', name, id, at, more, id) $$;
SELECT put_events('changing.jsonl', dated(1, 'Timestamp', '1700000000000'), dated(2, 'Timestamp', '1700000000001'),
	dated(3, 'MicroTimestamp', '1700000000000002'), dated(4, 'Timestamp', '1700000000003'), '{"op":"c","after":{"id":5,"at":"2024-01-01"},"source":{"lsn":5}}');
SELECT * FROM changing_in;
SELECT elt.create_pipeline('changing', source => 'changing_in', target => 'debezium_values.changing', key => '{id}',
	options => $${"sequence_by": ["lsn"], "delete_when": "op = 'delete'", "on_new_field": "add"}$$);
CALL elt.run('changing');
SELECT put('changing2.jsonl', string_agg(dated(i, 'Timestamp', '1700000000000', CASE WHEN i > 20 THEN ',"added":' || i ELSE '' END), E'\n')) FROM generate_series(6, 40) i;
CALL elt.run('changing');
SELECT field, kind, records, proposal FROM elt.drift WHERE pipeline = 'changing';

-- Values that are not sent are those of the row before: in the same file, the same batch, the target
CREATE FOREIGN TABLE kept_in (id int, n int, long text, bytes bytea, list text[], op text OPTIONS (lineage 'op'), lsn bigint OPTIONS (lineage 'sequence'))
	SERVER debezium_values OPTIONS (glob 'kept*.jsonl', format 'jsonl', envelope 'debezium', settle '0');
CREATE FUNCTION kept(op text, lsn int, after text, before text DEFAULT 'null') RETURNS text LANGUAGE sql AS
$$ SELECT format('{"op":"%s","before":%s,"after":%s,"source":{"lsn":%s}}', op, before, after, lsn) $$;
SELECT elt.create_pipeline('kept', source => 'kept_in', target => 'debezium_values.kept', key => '{id}',
	options => $${"sequence_by": ["lsn"], "delete_when": "op = 'delete'"}$$);
SELECT put_events('kept1.jsonl',
	kept('c', 1, '{"id":1,"n":1,"long":"a","bytes":"AQI=","list":["x"]}'), kept('c', 2, '{"id":2,"n":1,"long":"b","bytes":null,"list":null}'),
	kept('u', 3, '{"id":1,"n":2,"long":"__debezium_unavailable_value","bytes":"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==","list":["__debezium_unavailable_value"]}'),
	kept('u', 4, '{"id":1,"n":3,"long":"__debezium_unavailable_value","bytes":"Aw==","list":["y"]}'));
CALL elt.run('kept');
SELECT id, n, long, bytes, list FROM kept ORDER BY id;
SELECT put_events('kept2.jsonl',
	kept('u', 5, '{"id":2,"n":2,"long":"__debezium_unavailable_value","bytes":null,"list":null}'),
	-- its key changes: the value is that of the old one
	kept('u', 6, '{"id":3,"n":4,"long":"__debezium_unavailable_value","bytes":null,"list":null}', '{"id":1}'),
	-- nobody has it
	kept('u', 7, '{"id":9,"n":1,"long":"__debezium_unavailable_value","bytes":null,"list":null}'),
	kept('c', 8, '{"id":8,"n":1,"long":"__debezium_unavailable_value","bytes":null,"list":null}'),
	kept('d', 9, 'null', '{"id":2,"n":2,"long":"__debezium_unavailable_value"}'),
	kept('u', 10, '{"id":2,"n":3,"long":"__debezium_unavailable_value","bytes":null,"list":null}'));
CALL elt.run('kept');
SELECT id, n, long, bytes, list FROM kept_live ORDER BY id;
SELECT reason, column_name, message FROM elt.rejects WHERE pipeline = 'kept' ORDER BY reject_id;
-- Many rows between, so that the row is staged in the same batch
SELECT put_events('kept3.jsonl', kept('c', 20, '{"id":20,"n":1,"long":"staged","bytes":null,"list":null}'),
	(SELECT string_agg(kept('c', 100 + i, format('{"id":%s,"n":1,"long":"z","bytes":null,"list":null}', 100 + i)), E'\n') FROM generate_series(1, 5000) i),
	kept('u', 9000, '{"id":20,"n":2,"long":"__debezium_unavailable_value","bytes":null,"list":null}'),
	kept('u', 9001, '{"id":20,"n":3,"long":"__debezium_unavailable_value","bytes":null,"list":null}'));
CALL elt.run('kept');
SELECT id, n, long FROM kept_live WHERE id = 20;
-- In a SELECT they are null, and can be told apart
ALTER FOREIGN TABLE kept_in ADD missing text[] OPTIONS (lineage 'unavailable');
SELECT id, n, long, missing FROM kept_in WHERE lsn IN (4, 5);
-- A log of changes has them as they come
SELECT elt.create_pipeline('kept_log', source => 'kept_in', target => 'debezium_values.kept_log', strategy => 'append');
CALL elt.run('kept_log');
SELECT id, n, long, missing, op, lsn FROM kept_log WHERE lsn < 20 ORDER BY lsn, op;

-- A history: true from the commit on, in the order of the log
CREATE FOREIGN TABLE history_in (id int, city text, op text OPTIONS (lineage 'op'), at timestamptz OPTIONS (lineage 'committed_at'),
	sequence bigint[] OPTIONS (lineage 'sequence')) SERVER debezium_values OPTIONS (glob 'history*.jsonl', format 'jsonl', envelope 'debezium', settle '0');
CREATE FUNCTION moved(op text, ms bigint, pos int, city text) RETURNS text LANGUAGE sql AS
$$ SELECT format('{"op":"%s","before":{"id":1},"after":%s,"source":{"ts_ms":%s,"file":"b.000009","pos":%s,"row":0}}', op,
	CASE op WHEN 'd' THEN 'null' ELSE format('{"id":1,"city":"%s"}', city) END, 1700000000000 + ms, pos) $$;
SELECT elt.create_pipeline('history', source => 'history_in', target => 'debezium_values.history', key => '{id}', strategy => 'scd2',
	options => $${"sequence_by": ["at", "sequence"], "delete_when": "op = 'delete'"}$$);
SELECT put_events('history1.jsonl', moved('c', 0, 4, 'Ulm'), moved('u', 2000, 8, 'Bonn'), moved('u', 2000, 12, 'Köln'), moved('d', 4000, 16, NULL));
CALL elt.run('history');
-- late, twice, and in another order
SELECT put_events('history2.jsonl', moved('u', 3000, 14, 'Kiel'), moved('u', 1000, 6, 'Jena'), moved('u', 2000, 12, 'Köln'), moved('c', 0, 4, 'Ulm'));
CALL elt.run('history');
SELECT city, valid_from, valid_to, is_current FROM history ORDER BY valid_from;

-- The rows of ExtractNewRecordState, with their schema and without
CREATE FOREIGN TABLE flat_in (id int, at timestamp OPTIONS (format 'unix_ms'), op text OPTIONS (lineage 'op'), sequence bigint[] OPTIONS (lineage 'sequence'),
	committed timestamptz OPTIONS (lineage 'committed_at')) SERVER debezium_values OPTIONS (glob 'flat.jsonl', format 'jsonl', envelope 'debezium_flat', settle '0');
SELECT put_events('flat.jsonl', '{"id":1,"at":1700000000000,"__op":"c","__lsn":7,"__source_ts_ms":1700000000001}',
	'{"id":1,"at":1700000000002,"__deleted":"false","__lsn":8}', '{"schema":null,"payload":{"id":1,"at":null,"__deleted":"true","__source_lsn":9}}', 'null');
SELECT * FROM flat_in;

-- Maxwell: the old values are those that have changed
CREATE FOREIGN TABLE maxwell_in (id int, name text, n int, op text OPTIONS (lineage 'op'), sequence bigint[] OPTIONS (lineage 'sequence'),
	at timestamptz OPTIONS (lineage 'committed_at'), xid bigint OPTIONS (lineage 'xid'))
	SERVER debezium_values OPTIONS (glob 'maxwell.jsonl', format 'jsonl', envelope 'maxwell', relation 'shop.items', settle '0');
CREATE FUNCTION maxwell(type text, pos int, data text, old text DEFAULT NULL, relation text DEFAULT 'items') RETURNS text LANGUAGE sql AS
$$ SELECT format('{"database":"shop","table":"%s","type":"%s","ts":1700000000,"xid":23396,"commit":true,"position":"master.000006:%s","data":%s%s}',
	relation, type, pos, data, ',"old":' || old) $$;
SELECT put_events('maxwell.jsonl', maxwell('bootstrap-start', 1, '{}'), maxwell('bootstrap-insert', 2, '{"id":1,"name":"a","n":1}'),
	maxwell('insert', 3, '{"id":2,"name":"b","n":1}'), maxwell('update', 4, '{"id":1,"name":"a","n":2}', '{"n":1}'),
	maxwell('update', 5, '{"id":3,"name":"b","n":1}', '{"id":2}'), maxwell('delete', 6, '{"id":1,"name":"a","n":2}'),
	maxwell('insert', 7, '{"id":9}', NULL, 'others'), '{"type":"table-alter","database":"shop","table":"items","ts":1700000000}');
SELECT * FROM maxwell_in;
SELECT elt.create_pipeline('maxwell', source => 'maxwell_in', target => 'debezium_values.maxwell', key => '{id}',
	options => $${"sequence_by": ["sequence"], "delete_when": "op = 'delete'"}$$);
CALL elt.run('maxwell');
SELECT id, name, n FROM maxwell_live;
-- The rows of a bootstrap have no position and are older than any change; a position that cannot be read is no order
CREATE FUNCTION bootstrap(data text) RETURNS text LANGUAGE sql AS
$$ SELECT format('{"database":"shop","table":"items","type":"bootstrap-insert","ts":1700000100,"data":%s}', data) $$;
SELECT put_events('maxwell2.jsonl', bootstrap('{"id":3,"name":"old","n":0}'), bootstrap('{"id":4,"name":"d","n":0}'),
	bootstrap('{"id":5,"name":"e","n":0}'), maxwell('update', 8, '{"id":4,"name":"d","n":1}', '{"n":0}'),
	replace(maxwell('insert', 9, '{"id":6,"name":"f","n":1}'), 'master.000006:9', 'master.000006'));
ALTER FOREIGN TABLE maxwell_in OPTIONS (SET glob 'maxwell2.jsonl');
SELECT id, sequence FROM maxwell_in;
CALL elt.run('maxwell');
SELECT id, name, n FROM maxwell_live ORDER BY id;
SELECT reason, message FROM elt.rejects WHERE pipeline = 'maxwell';

-- Canal: rows in a list, by paths alone
CREATE FOREIGN TABLE canal_in (id int, name text, op text OPTIONS (path '$.type'), at timestamptz OPTIONS (path '$.es', format 'unix_ms'))
	SERVER debezium_values OPTIONS (glob 'canal.jsonl', format 'jsonl', records '$.data[*]', settle '0');
SELECT put_events('canal.jsonl', '{"data":[{"id":"1","name":"a"},{"id":"2","name":"b"}],"old":null,"type":"INSERT","es":1700000000000,"isDdl":false}',
	'{"data":[{"id":"2","name":"b"}],"type":"DELETE","es":1700000001000}', '{"data":null,"type":"ALTER","isDdl":true,"es":1700000002000}');
SELECT * FROM canal_in;

SET client_min_messages = warning;
SELECT count(elt.drop_pipeline(pipeline)) FROM unnest('{changing,kept,kept_log,history,maxwell}'::text[]) AS pipeline;
DROP SERVER debezium_values CASCADE;
DROP SCHEMA debezium_values CASCADE;
