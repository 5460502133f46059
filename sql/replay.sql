-- Rejects that are replayed: decoded, checked and merged again under the definition of today.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET timezone = 'UTC';
SET datestyle = ISO;
SET elt.retry_base = 1;
SET client_min_messages = error;

SELECT current_setting('data_directory') || '/elt_replay_test' AS root \gset
CREATE SCHEMA replay_test;
SET search_path = replay_test;
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(lo, current_setting('data_directory') || '/elt_replay_test/' || name), lo_unlink(lo);
END $$;
SELECT put('price.jsonl', '');
CREATE SERVER replay_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE SERVER replay_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', concurrency '1');

CREATE VIEW rejects AS
SELECT pipeline, reason, column_name, message, raw, state, attempts FROM elt.rejects ORDER BY reject_id;
CREATE VIEW open_rejects AS
SELECT pipeline, reason, checks, message, attempts FROM elt.rejects WHERE state IN ('new', 'fixed') ORDER BY reject_id;
CREATE VIEW last_run AS
SELECT DISTINCT ON (pipeline) kind, state, rows_read AS read, rows_inserted AS inserted, rows_updated AS updated,
	rows_unchanged AS unchanged, rows_stale AS stale, rows_quarantined AS quarantined, rows_dropped AS dropped
FROM elt.runs ORDER BY pipeline, run_id DESC;
CREATE FUNCTION replay(pipeline text, condition text DEFAULT NULL, preview boolean DEFAULT false)
RETURNS TABLE (rejects bigint, replayed bigint, superseded bigint, rejected bigint) LANGUAGE sql AS
$$ SELECT rejects, replayed, superseded, rejected FROM elt.replay_rejects(pipeline, condition, preview) $$;

-- What a statement says, without numbers of rejects.
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN regexp_replace(concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, nullif(detail, '')), 'reject -?\d+', 'reject N');
END $$;

-- My source was broken for a day. The definition is mended, and what came lands.
SELECT put('price.jsonl', '{"id": 1, "price": 1.5, "day": "02.01.2024"}
{"id": 2, "price": "x", "day": "02.01.2024"}
{"id": 3, "price": 3, "day": "31.01.2024"}
{"id": "y", "price": 4, "day": "31.01.2024"}
{"id": 5, "price": 5,
');
CREATE FOREIGN TABLE price (id int, price numeric, day date OPTIONS (format 'MM.DD.YYYY')) SERVER replay_files
	OPTIONS (glob 'price.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT elt.create_pipeline('price', 'price', 'price_target', '{id}');
CALL elt.run('price');
SELECT * FROM rejects;
ALTER FOREIGN TABLE price ALTER day OPTIONS (SET format 'DD.MM.YYYY');
-- What would happen; nothing does.
SELECT * FROM replay('price', preview => true);
SELECT count(*), sum(attempts) FROM rejects;
SELECT count(*) FROM price_target;
SELECT * FROM replay('price', 'reason = ''parse'' AND column_name = ''day''');
SELECT * FROM last_run;
SELECT * FROM replay('price');
SELECT * FROM rejects;
-- A pause is one for replays too: they are seen before, but none starts.
SELECT elt.pause('price');
SELECT says($$SELECT replay('price')$$), says($$SELECT elt.fix_reject((SELECT min(reject_id) FROM elt.rejects WHERE pipeline = 'price' AND state = 'new'), '{"id": 1}')$$);
SELECT * FROM replay('price', preview => true);
SELECT elt.resume('price');
SELECT says($$SELECT elt.discard_rejects('price', NULL, ' ')$$);
-- By hand: values by column, or another text; what was there is kept, and who changed it.
SELECT reject_id AS x FROM elt.rejects WHERE column_name = 'price' \gset
SELECT reject_id AS y FROM elt.rejects WHERE column_name = 'id' \gset
SELECT reject_id AS cut FROM elt.rejects WHERE column_name IS NULL AND message ~ 'not valid JSON' \gset
SELECT reject_id AS done FROM elt.rejects WHERE state = 'replayed' \gset
SELECT elt.fix_reject(:x, '[1]');
SELECT elt.fix_reject(:x, '{}');
SELECT elt.fix_reject(:x, '{"cost": 1}');
SELECT elt.fix_reject(:x, '{"price": "z"}');
SELECT elt.fix_reject(:x, '{"price": 2.5}');
SELECT says(format('SELECT elt.fix_reject(%s, ''{"price": 2.5}'')', id)) FROM unnest(ARRAY[:x, :done, -1]) AS id;
SELECT message FROM elt.rejects WHERE reject_id = :x;
SELECT elt.fix_reject(:cut, '{"id": 5, "price": 5, "day": "2024-01-05"}');
SELECT elt.fix_reject(:cut, to_jsonb('{"id": 5, "price": 5, "day": "01.02.2024"}'::text));
SELECT raw, state, attempts, patch, fixed_by = current_user::regrole AS by_me, fixed_at IS NOT NULL AS at,
	resolved_by = current_user::regrole AS settled, resolution FROM elt.rejects ORDER BY reject_id;
SELECT id, price, day FROM price_target ORDER BY id;
-- Never mind.
SELECT elt.discard_rejects('price', 'column_name = ''id''', NULL);
SELECT elt.discard_rejects('price', 'column_name = ''id''', 'not an id');
SELECT elt.discard_rejects('price', NULL, 'none is left');
SELECT state, resolution FROM elt.rejects WHERE reject_id = :y;
SELECT * FROM elt.replay_rejects('price');
-- A condition is one, and no more.
SELECT * FROM replay('price', 'true) OR (true');
SELECT * FROM replay('price', 'SELECT true');
SELECT * FROM replay('price', 'raw');
SELECT * FROM replay('price', 'nothing = 1');
SELECT elt.drop_pipeline('price');

-- Rows that a check has refused, and one that another refuses then.
SELECT put('price.jsonl', '{"id": 1, "price": -1, "tags": ["a", "b"], "at": "2024-01-01T10:00:00+02:00"}
{"id": 2, "price": -2, "tags": [], "at": null}
{"id": 3, "price": 3, "tags": null, "at": "2024-01-03"}
');
CREATE FOREIGN TABLE tagged (id int, price numeric, tags jsonb, at timestamptz) SERVER replay_files
	OPTIONS (glob 'price.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT elt.create_pipeline('tagged', 'tagged', 'tagged_target', '{id}', options => '{"max_reject_percent": 100}');
SELECT elt.add_check('tagged', 'positive', 'price > 0');
CALL elt.run('tagged');
SELECT * FROM open_rejects;
SELECT elt.drop_check('tagged', 'positive');
SELECT elt.add_check('tagged', 'has_tags', 'tags <> ''[]''');
SELECT * FROM replay('tagged');
SELECT * FROM open_rejects;
-- A batch that must not land does not: nothing of a replay does.
SELECT elt.drop_check('tagged', 'has_tags');
SELECT elt.add_check('tagged', 'not_two', 'id <> 2', action => 'fail');
SELECT * FROM replay('tagged');
SELECT elt.drop_check('tagged', 'not_two');
SELECT elt.add_check('tagged', 'not_two', 'id <> 2', action => 'drop');
SELECT * FROM replay('tagged', preview => true);
SELECT elt.drop_check('tagged', 'not_two');
SELECT elt.fix_reject((SELECT reject_id FROM elt.rejects WHERE pipeline = 'tagged' AND state = 'new'),
	'{"price": "no number"}');
SELECT elt.fix_reject((SELECT reject_id FROM elt.rejects WHERE pipeline = 'tagged' AND state = 'new'),
	'{"price": 7, "at": "2024-01-02", "tags": ["c"]}');
SELECT id, price, tags, at, _run_id = (SELECT max(run_id) FROM elt.runs) AS by_last FROM tagged_target ORDER BY id;
SELECT elt.drop_pipeline('tagged');

-- What a record needs beside its text is kept: ancestors, arrays that are zipped, keys, lists, headers, lines.
SELECT put('orders.json', '{"shop": "s", "orders": [
	{"id": 10, "lines": [{"n": 1, "amount": 1}, {"n": 2, "amount": "2,5"}], "note": "a \"b\" \u00e9"},
	{"id": 11, "lines": [{"n": 3, "amount": "3,5"}], "note": null}]}');
CREATE FOREIGN TABLE lines (shop text OPTIONS (path '$.shop'), order_id int OPTIONS (path '$.orders[*].id'),
	note text OPTIONS (path '$.orders[*].note'), n int, amount text, file text OPTIONS (lineage 'file')) SERVER replay_files
	OPTIONS (glob 'orders.json', settle '0', on_change 'merge', format 'json', records '$.orders[*].lines[*]');
CREATE DOMAIN amount AS text CHECK (VALUE !~ ',');
ALTER FOREIGN TABLE lines ALTER amount TYPE amount;
SELECT elt.create_pipeline('lines', 'lines', 'lines_target', '{order_id,n}', options => '{"max_reject_percent": 100}');
CALL elt.run('lines');
SELECT raw, ancestors FROM elt.rejects WHERE pipeline = 'lines' ORDER BY reject_id;
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT * FROM replay('lines');
SELECT shop, order_id, note, n, amount, file FROM lines_target ORDER BY n;
SELECT elt.drop_pipeline('lines');

SELECT put('power.json', '{"unix_seconds": [0, 900, 1800], "production_types": [
	{"name": "wind", "data": [1, "2,5", 3]}, {"name": "solar", "data": [4, 5]}, {"name": "coal", "data": [6, 7, 8]}]}');
CREATE FOREIGN TABLE power (ts timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'),
	production_type text OPTIONS (path 'name'), power_mw amount OPTIONS (path 'data[*]')) SERVER replay_files
	OPTIONS (glob 'power.json', settle '0', on_change 'merge', format 'json', records '$.production_types[*]');
ALTER DOMAIN amount ADD CONSTRAINT amount_check CHECK (VALUE !~ ',') NOT VALID;
SELECT elt.create_pipeline('power', 'power', 'power_target', '{production_type,ts}');
CALL elt.run('power');
SELECT raw, ancestors, message FROM elt.rejects WHERE pipeline = 'power' ORDER BY reject_id;
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT * FROM replay('power');
SELECT elt.fix_reject((SELECT reject_id FROM elt.rejects WHERE pipeline = 'power' AND state = 'new'),
	to_jsonb('{"name": "solar", "data": [4, 5, null]}'::text));
SELECT production_type, ts, power_mw FROM power_target ORDER BY 1, 2;
SELECT elt.drop_pipeline('power');

SELECT put('rates.json', '{"base": "EUR", "rates": {"USD": {"r": 1.1}, "J\u00e4n": {"r": "x"}}}');
CREATE FOREIGN TABLE rate (base text OPTIONS (path '$.base'), currency text OPTIONS (path 'key'), r numeric OPTIONS (path 'value.r'))
	SERVER replay_files OPTIONS (glob 'rates.json', settle '0', on_change 'merge', format 'json', records '$.rates.keyvalue()');
SELECT elt.create_pipeline('rate', 'rate', 'rate_target', '{currency}');
CALL elt.run('rate');
SELECT * FROM replay('rate');
SELECT elt.fix_reject((SELECT reject_id FROM elt.rejects WHERE pipeline = 'rate' AND state = 'new'), '{"r": 2}');
SELECT base, currency, r FROM rate_target ORDER BY 2;
SELECT elt.drop_pipeline('rate');

-- The value of each member is a record, its key stands outside.
SELECT put('rates.json', '{"rates": {"USD": {"r": 1.1}, "J\u00e4n": {"r": "x"}}}');
CREATE FOREIGN TABLE value (currency text OPTIONS (path '$.rates.keyvalue().key'), r amount)
	SERVER replay_files OPTIONS (glob 'rates.json', settle '0', on_change 'merge', format 'json', records '$.rates.keyvalue().value');
ALTER DOMAIN amount ADD CONSTRAINT amount_check CHECK (VALUE !~ 'x') NOT VALID;
SELECT elt.create_pipeline('value', 'value', 'value_target', '{currency}');
CALL elt.run('value');
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT * FROM replay('value');
SELECT currency, r FROM value_target ORDER BY 1;
SELECT elt.drop_pipeline('value');

-- Positional records; the elements of a list are records.
SELECT put('states.json', '[["a", 1], ["b", "x"], ["c", "3,5"]]');
CREATE FOREIGN TABLE state (id text OPTIONS (path '[0]'), n amount OPTIONS (path '[1]')) SERVER replay_files
	OPTIONS (glob 'states.json', settle '0', on_change 'merge', format 'json');
ALTER DOMAIN amount ADD CONSTRAINT amount_check CHECK (VALUE !~ '[x,]') NOT VALID;
SELECT elt.create_pipeline('state', 'state', 'state_target', '{id}', options => '{"max_reject_percent": 100}');
CALL elt.run('state');
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT * FROM replay('state');
SELECT id, n FROM state_target ORDER BY id;
SELECT elt.drop_pipeline('state');

-- CSV: the header that it stood under, whose fields may come in any order, and the line.
SELECT put('a.csv', E'id;name;price\n1;"a;b";1,5\n2;"c\nd";x\n3;e\n');
SELECT put('b.csv', E'price;id;extra;name\ny;4;;"f ""g"""\n');
CREATE FOREIGN TABLE csv (id int, name text, price amount, file text OPTIONS (lineage 'file'), line bigint OPTIONS (lineage 'line'))
	SERVER replay_files OPTIONS (glob '?.csv', settle '0', on_change 'merge', format 'csv', delimiter ';');
ALTER DOMAIN amount ADD CONSTRAINT amount_check CHECK (VALUE !~ '[xy]') NOT VALID;
SELECT elt.create_pipeline('csv', 'csv', 'csv_target', '{id}');
CALL elt.run('csv');
SELECT raw, header, message FROM elt.rejects WHERE pipeline = 'csv' ORDER BY reject_id;
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT * FROM replay('csv');
SELECT elt.fix_reject((SELECT reject_id FROM elt.rejects WHERE pipeline = 'csv' AND state = 'new'), to_jsonb('3;e;6'::text));
SELECT id, name, price, file, line FROM csv_target ORDER BY id;
SELECT elt.drop_pipeline('csv');
-- An expression, which is evaluated again.
SELECT put('d.jsonl', '{"id": 1, "qty": "7 x", "day": "01.02.2024"}
{"id": 2, "qty": "3", "day": "02.02.2024"}
{"id": 3, "qty": "-1", "day": "03.02.2024"}');
CREATE FOREIGN TABLE computed (id int, qty int OPTIONS (expression 'value::int'), day date OPTIONS (format 'DD.MM.YYYY'),
	twice int OPTIONS (expression 'id * 2')) SERVER replay_files OPTIONS (glob 'd.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT elt.create_pipeline('computed', 'computed', 'computed_target', '{id}', options => '{"max_reject_percent": 100}');
SELECT elt.add_check('computed', 'positive', 'qty > 0');
CALL elt.run('computed');
SELECT raw, reason FROM elt.rejects WHERE pipeline = 'computed' ORDER BY reject_id;
SELECT elt.drop_check('computed', 'positive');
ALTER FOREIGN TABLE computed ALTER qty OPTIONS (SET expression $$replace(value, ' x', '')::int$$);
SELECT * FROM replay('computed');
SELECT id, qty, day, twice FROM computed_target ORDER BY id;
SELECT elt.drop_pipeline('computed');
-- Without a header a value by hand is in its place all the same.
SELECT put('c.csv', E'1;a;x\n');
CREATE FOREIGN TABLE bare (id int, name text, price numeric) SERVER replay_files
	OPTIONS (glob 'c.csv', settle '0', on_change 'merge', format 'csv', delimiter ';', header 'false');
SELECT elt.create_pipeline('bare', 'bare', 'bare_target', '{id}', options => '{"max_reject_percent": 100}');
SELECT put('c.csv', E'1;a;x\n2;b;2\n');
CALL elt.run('bare');
SELECT elt.fix_reject((SELECT reject_id FROM elt.rejects WHERE pipeline = 'bare' AND state = 'new'), '{"name": "A", "price": 1}');
SELECT id, name, price FROM bare_target ORDER BY id;
SELECT elt.drop_pipeline('bare');

-- Several lists, and the order of arrival.
CREATE FOREIGN TABLE change (script text OPTIONS (param 'script'), list text OPTIONS (lineage 'records'), id int, v amount,
	arrived bigint OPTIONS (lineage 'arrival')) SERVER replay_api
	OPTIONS (path '/script/change', query 'responses={script}', records '$.added[*], $.removed[*]');
ALTER DOMAIN amount ADD CONSTRAINT amount_check CHECK (VALUE !~ '[xy]') NOT VALID;
SELECT elt.create_pipeline('change', 'change', 'change_target', '{id}', options => '{"sequence_by": ["arrived"], "max_reject_percent": 100}',
	params => jsonb_build_object('script', jsonb_build_array(jsonb_build_array(jsonb_build_object('body',
		'{"added": [{"id": 1, "v": "a"}, {"id": 2, "v": "x"}, {"id": 4, "v": "old x"}], "removed": [{"id": 3, "v": "y"}, {"id": 4, "v": "new"}]}'))::text)));
CALL elt.run('change');
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT * FROM replay('change');
SELECT * FROM last_run;
SELECT id, v, list FROM change_target ORDER BY arrived;
SELECT raw, state FROM elt.rejects WHERE pipeline = 'change' ORDER BY reject_id;
SELECT elt.drop_pipeline('change');

-- What is longer than is kept cannot be decoded again, and says so.
SELECT put('price.jsonl', format(E'{"id": 1, "v": "ok"}\n{"id": "x", "v": "%s"}\n{"id": "y", "v": "%s"}\n', repeat('a', 60000), repeat('b', 70000)));
CREATE FOREIGN TABLE long (id int, v text) SERVER replay_files OPTIONS (glob 'price.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT elt.create_pipeline('long', 'long', 'long_target', '{id}', options => '{"max_reject_percent": 100}');
CALL elt.run('long');
SELECT length(raw), whole FROM elt.rejects WHERE pipeline = 'long' ORDER BY reject_id;
SELECT elt.fix_reject(reject_id, '{"id": 2}') FROM elt.rejects WHERE pipeline = 'long' ORDER BY reject_id;
SELECT id, length(v) FROM long_target ORDER BY id;
SELECT elt.drop_pipeline('long');

-- Newer rows stay: a key that was written since is superseded, one that was not lands in its turn.
CREATE FOREIGN TABLE item (id int, n date, v amount) SERVER replay_files OPTIONS (glob 'item*.jsonl', settle '0', on_change 'merge', format 'jsonl');
ALTER DOMAIN amount ADD CONSTRAINT amount_check CHECK (VALUE !~ 'x') NOT VALID;
SELECT put('item1.jsonl', '{"id": 1, "n": "2024-01-01", "v": "1x"}
{"id": 2, "n": "2024-01-01", "v": "1x"}
{"id": 3, "n": "2024-01-01", "v": "1"}
{"id": 3, "n": "2024-01-02", "v": "2x"}
{"id": 4, "n": "2024-01-01", "v": "1x"}
{"id": 5, "n": "2024-01-01", "v": "1"}');
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}', options => '{"max_reject_percent": 100}');
SELECT elt.create_pipeline('sorted', 'item', 'sorted_target', '{id}', options => '{"max_reject_percent": 100, "sequence_by": ["n"]}');
SELECT elt.create_pipeline('history', 'item', 'history_target', '{id}', 'scd2',
	options => '{"max_reject_percent": 100, "sequence_by": ["n"]}');
SELECT elt.create_pipeline('events', 'item', 'events_target', '{id}', 'append', options => '{"max_reject_percent": 100}');
CALL elt.run('item');
CALL elt.run('sorted');
CALL elt.run('history');
CALL elt.run('events');
SELECT put('item2.jsonl', '{"id": 1, "n": "2024-01-02", "v": "2"}
{"id": 4, "n": "2024-01-02", "v": "2x"}
{"id": 5, "n": "2024-01-02", "v": "2x"}');
SELECT count(elt.reset_pipeline(p)) FROM unnest('{item,sorted,history,events}'::text[]) AS p;
CALL elt.run('item');
CALL elt.run('sorted');
CALL elt.run('history');
CALL elt.run('events');
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
-- The older one of key 4 first, then the newer one.
SELECT * FROM replay('item', 'raw LIKE ''%"1x"%''');
SELECT * FROM last_run;
SELECT * FROM replay('item');
SELECT raw, state FROM elt.rejects WHERE pipeline = 'item' ORDER BY reject_id;
SELECT id, n, v FROM item_target ORDER BY id;
-- With sequence_by the order is that, whoever is replayed first.
SELECT * FROM replay('sorted', 'raw LIKE ''%"2x"%''');
SELECT * FROM replay('sorted');
SELECT raw, state FROM elt.rejects WHERE pipeline = 'sorted' ORDER BY reject_id;
SELECT id, n, v FROM sorted_target ORDER BY id;
SELECT * FROM replay('history');
SELECT id, v, valid_from, is_current FROM history_target ORDER BY id, valid_from;
SELECT * FROM replay('events');
SELECT id, n, v FROM events_target ORDER BY id, n;
SELECT elt.drop_pipeline(p) FROM unnest('{item,sorted,history,events}'::text[]) AS p;
DROP TABLE item_target;

-- Of slices that began a microsecond apart the second is newer, however many rejects it has.
ALTER DOMAIN amount ADD CONSTRAINT amount_check CHECK (VALUE !~ 'x') NOT VALID;
CREATE FOREIGN TABLE near (id int, v amount) SERVER replay_files OPTIONS (glob 'near*.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT put('near1.jsonl', E'{"id": 1, "v": "1"}\n{"id": 2, "v": "1x"}\n');
SELECT put('near2.jsonl', (SELECT string_agg(format('{"id": %s, "v": "2x"}', i), E'\n') FROM generate_series(1, 1000) AS i));
SELECT elt.create_pipeline('near', 'near', 'near_target', '{id}', options => '{"max_reject_percent": 100}');
CALL elt.run('near');
UPDATE near_target SET _loaded_at = '2024-01-01';
UPDATE elt_catalog.reject SET loaded_at = timestamptz '2024-01-01' + CASE WHEN raw LIKE '%2x%' THEN interval '1 microsecond' ELSE '0' END
WHERE pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = 'near');
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT * FROM replay('near', 'raw LIKE ''%2x%''');
SELECT * FROM replay('near');
SELECT v, _loaded_at, count(*) FROM near_target GROUP BY 1, 2;
-- A later load stages into the table that the replay has left.
SELECT put('near1.jsonl', E'{"id": 1, "v": "3"}\n');
CALL elt.run('near');
SELECT * FROM last_run;
SELECT v, count(*) FROM near_target GROUP BY 1 ORDER BY 1;
SELECT elt.drop_pipeline('near');

-- A slice that lands again supersedes what it had left; what it leaves again is the same reject, as old as before.
ALTER DOMAIN amount ADD CONSTRAINT amount_check CHECK (VALUE !~ 'x') NOT VALID;
SELECT put('item2.jsonl', '');
SELECT elt.create_pipeline('item', 'item', 'item_target', '{id}', options => '{"max_reject_percent": 100}');
CALL elt.run('item');
SELECT * FROM replay('item', 'raw LIKE ''%"id": 1,%''');
SELECT max(rejected_at) AS first FROM elt.rejects WHERE pipeline = 'item' \gset
SELECT put('item1.jsonl', '{"id": 1, "n": "2024-01-01", "v": "1x"}
{"id": 2, "n": "2024-01-01", "v": "1"}
{"id": 3, "n": "2024-01-01", "v": "1"}
{"id": 3, "n": "2024-01-02", "v": "2"}
{"id": 4, "n": "2024-01-01", "v": "4x"}');
CALL elt.run('item');
SELECT raw, state, attempts, rejected_at <= :'first' AS old, resolved_run_id IS NOT NULL AS run FROM elt.rejects
WHERE pipeline = 'item' ORDER BY raw, reject_id;
SELECT elt.drop_pipeline('item');

-- Windows: without a key a row lands once more only in its window, and a window keeps its other rows.
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER replay_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION answers(slice text, body text) RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM script
	WHERE id = 'replay-' || slice AND responses = jsonb_build_array(jsonb_build_object('body', body))::text $$;
CREATE FOREIGN TABLE sale (country text OPTIONS (param 'country'), at timestamptz, item text, price amount)
	SERVER replay_api OPTIONS (path '/script/replay-{country}-{window_start}', window '1 day', window_column 'at',
		window_format 'YYYY-MM-DD');
SELECT answers('de-2024-01-01', '[{"at": "2024-01-01T01:00:00Z", "item": "tea", "price": "1x"}, {"at": "2024-01-01T02:00:00Z", "item": "jam", "price": "2"}]'),
	answers('de-2024-01-02', '[{"at": "2024-01-02T01:00:00Z", "item": "tea", "price": "3x"}, {"at": "2024-01-03T02:00:00Z", "item": "late", "price": "4x"}]'),
	answers('de-2024-01-03', '[{"at": "2024-01-03T01:00:00Z", "item": "rye", "price": "5"}]') \gset
SELECT elt.create_pipeline('whole', 'sale', 'whole_target', strategy => 'replace_window', start_at => '2024-01-01',
	params => '{"country": ["de"]}', options => '{"max_reject_percent": 100, "publication_delay": "-1 day"}');
SELECT elt.create_pipeline('keyed', 'sale', 'keyed_target', '{item}', 'replace_window', start_at => '2024-01-01',
	params => '{"country": ["de"]}', options => '{"max_reject_percent": 100}');
SELECT elt.create_pipeline('loose', 'sale', 'loose_target', strategy => 'append', start_at => '2024-01-01',
	params => '{"country": ["de"]}', options => '{"max_reject_percent": 100}');
CALL elt.run('whole', '2024-01-01', '2024-01-04');
CALL elt.run('keyed', '2024-01-01', '2024-01-04');
CALL elt.run('loose', '2024-01-01', '2024-01-04');
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT * FROM replay('whole');
SELECT * FROM open_rejects WHERE pipeline = 'whole';
SELECT country, at, item, price FROM whole_target ORDER BY at;
SELECT * FROM replay('keyed');
SELECT at, item, price FROM keyed_target ORDER BY at;
SELECT * FROM replay('loose');
SELECT at, item, price FROM loose_target ORDER BY at;
-- It has landed: once is enough, and its window can be exchanged as before.
SELECT * FROM replay('loose');
CALL elt.run('whole', '2024-01-01', '2024-01-02');
SELECT at, item, price FROM whole_target ORDER BY at;
SELECT state, count(*) FROM elt.rejects WHERE pipeline = 'whole' GROUP BY 1 ORDER BY 1;
SELECT elt.drop_pipeline(p) FROM unnest('{whole,keyed,loose}'::text[]) AS p;

-- What was too early for the target is not once its retention is longer.
CREATE FOREIGN TABLE reading (at timestamptz, v int) SERVER replay_files OPTIONS (glob 'reading.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT put('reading.jsonl', format(E'{"at": "%s", "v": 1}\n{"at": "%s", "v": 2}\n', now() - interval '10 days', now()));
SELECT elt.create_pipeline('reading', 'reading', 'reading_target', '{at}', partition_by => 'at',
	partition_interval => '1 day', retain => '3 days');
CALL elt.run('reading');
SELECT reason FROM elt.rejects WHERE pipeline = 'reading';
SELECT * FROM replay('reading');
SELECT elt.alter_pipeline('reading', retain => '30 days');
SELECT * FROM replay('reading');
SELECT v FROM reading_target ORDER BY at;
SELECT elt.drop_pipeline('reading');
SELECT elt.drop_policy('reading_target');
DROP TABLE reading_target;

-- A column that went away.
CREATE FOREIGN TABLE moved (id int, old_name int, v int) SERVER replay_files OPTIONS (glob 'moved.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT put('moved.jsonl', E'{"id": 1, "old_name": 1, "v": -1}\n{"id": 2, "old_name": 2, "v": 2}\n');
SELECT elt.create_pipeline('moved', 'moved', 'moved_target', '{id}');
SELECT elt.add_check('moved', 'positive', 'v > 0');
CALL elt.run('moved');
SELECT elt.drop_check('moved', 'positive');
ALTER FOREIGN TABLE moved DROP old_name;
ALTER TABLE moved_target DROP old_name;
SELECT * FROM replay('moved');
SELECT * FROM open_rejects;
SELECT elt.drop_pipeline('moved');

-- Who may: those who operate the pipeline replay and discard, its owner also changes values.
CREATE ROLE replay_owner IN ROLE elt_admin, elt_reader;
GRANT USAGE ON FOREIGN SERVER replay_files TO replay_owner;
CREATE ROLE replay_operator IN ROLE elt_operator, elt_reader;
CREATE ROLE replay_reader IN ROLE elt_reader;
GRANT USAGE ON SCHEMA replay_test TO replay_owner, replay_operator, replay_reader;
GRANT CREATE ON SCHEMA replay_test TO replay_owner;
CREATE FOREIGN TABLE owned (id int, v int) SERVER replay_files OPTIONS (glob 'owned.jsonl', settle '0', on_change 'merge', format 'jsonl');
GRANT SELECT ON owned TO replay_owner;
SELECT put('owned.jsonl', E'{"id": 1, "v": -1}\n{"id": 2, "v": -2}\n{"id": 3, "v": -3}\n');
SET ROLE replay_owner;
SELECT elt.create_pipeline('owned', 'owned', 'owned_target', '{id}', options => '{"max_reject_percent": 100}');
SELECT elt.add_check('owned', 'positive', 'v > 0');
CALL elt.run('owned');
SELECT reject_id AS one FROM elt.rejects WHERE pipeline = 'owned' ORDER BY reject_id LIMIT 1 \gset
SET ROLE replay_reader;
SELECT reason, count(*), count(raw) AS texts, count(message) AS messages FROM elt.rejects WHERE pipeline = 'owned' GROUP BY 1;
SELECT elt.replay_rejects('owned');
SELECT elt.discard_rejects('owned', NULL, 'no');
SELECT elt.fix_reject(:one, '{"v": 1}');
SET ROLE replay_operator;
SELECT elt.fix_reject(:one, '{"v": 1}');
SELECT * FROM replay('owned');
SELECT elt.discard_rejects('owned', 'raw LIKE ''%-2%''', 'not ours');
SET ROLE replay_owner;
SELECT elt.discard_rejects('owned', 'raw LIKE ''%-2%''', 'not ours');
SELECT elt.fix_reject(:one, '{"v": 1}');
SELECT id, v FROM owned_target;
SELECT state, resolved_by FROM elt.rejects WHERE pipeline = 'owned' ORDER BY reject_id;
RESET ROLE;
SELECT elt.drop_pipeline('owned');
SELECT count(*) FROM elt_catalog.staged_replay;
