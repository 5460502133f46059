-- Replay of records of XML and of arrays with a header: what they need beside their text is kept.
SET timezone = 'UTC';
SET datestyle = ISO;
SET client_min_messages = error;
\set VERBOSITY terse
SELECT current_setting('data_directory') || '/elt_replay_formats' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA replay_formats;
SET search_path = replay_formats;
CREATE SERVER replay_formats FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(file text, content text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lo oid := lo_from_bytea(0, convert_to(content, 'UTF8'));
BEGIN
	PERFORM lo_export(lo, current_setting('data_directory') || '/elt_replay_formats/' || file), lo_unlink(lo);
END $$;
CREATE DOMAIN amount AS text CHECK (VALUE !~ ',');

-- XML: values above and beside the records, attributes, namespaces, nil, arrays, markup, lines.
CREATE FOREIGN TABLE entry (shop text OPTIONS (path '$.feed.@shop'), updated timestamptz OPTIONS (path '$.feed.head.updated'), tags text[] OPTIONS (path '$.feed.tag'),
	day date OPTIONS (path '$.feed.day[*].@on'), id int OPTIONS (path '@id'), note text, amount amount, body xml, line int OPTIONS (lineage 'line'), file text OPTIONS (lineage 'file'))
	SERVER replay_formats OPTIONS (glob 'feed*.xml', settle '0', on_change 'merge', format 'xml', records '$.feed.day[*].e:entry[*]');
SELECT put('feed.xml', $$<?xml version="1.0"?>
<feed shop="a &quot;b&quot; é" xmlns:e="urn:e" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
	<head><updated>2024-01-01T00:00:00Z</updated></head><tag>x</tag><tag>y,z</tag>
	<day on="2024-01-01"><e:entry id="1"><amount>1</amount></e:entry>
		<e:entry id="2"><note xsi:nil="true"/><amount>2,5</amount><body><b e:k="v">t</b></body></e:entry></day>
	<day on="2024-01-02"><e:entry id="3"><note> n &lt;é&gt; </note><amount>3,5</amount></e:entry><e:entry id="4"><amount>4,5</amount></e:entry><e:entry id="5"><amount>5</amount><amount>6</amount></e:entry></day>
</feed>$$);
SELECT elt.create_pipeline('entries', 'entry', 'entries', '{id}', options => '{"max_reject_percent": 100}');
CALL elt.run('entries');
SELECT record, form, whole, raw, ancestors FROM elt.rejects JOIN elt_catalog.reject USING (record, whole, raw, ancestors) WHERE pipeline = 'entries' ORDER BY reject_id;
SELECT rejects, replayed, superseded, rejected FROM elt.replay_rejects('entries');
SELECT elt.fix_reject(reject_id, '{"amount": "4.5"}') FROM elt.rejects WHERE pipeline = 'entries' AND record = 4;
SELECT elt.fix_reject(reject_id, '"<e:entry id=\"5\"><amount>7</amount></e:entry>"') FROM elt.rejects WHERE pipeline = 'entries' AND record = 5;
SELECT elt.fix_reject(reject_id, '"<other id=\"3\"/>"') FROM elt.rejects WHERE pipeline = 'entries' AND record = 3;
SELECT elt.fix_reject(reject_id, '"<e:entry id=\"3\">"') FROM elt.rejects WHERE pipeline = 'entries' AND record = 3;
SELECT regexp_replace(message, 'valid XML: .*', 'valid XML') AS message FROM elt.rejects WHERE pipeline = 'entries' AND state = 'fixed' OR pipeline = 'entries' AND state = 'new' ORDER BY record;
UPDATE elt_catalog.reject SET patch = NULL, state = 'new' WHERE state = 'new' AND pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = 'entries');
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT rejects, replayed, superseded, rejected FROM elt.replay_rejects('entries');
SELECT shop, updated, tags, day, id, note, amount, body, line, file FROM entries ORDER BY id;
-- The same as a source without a fault would have given.
CREATE TABLE landed AS SELECT shop, updated, tags, day, id, note, amount, body::text, line, file FROM entries WHERE id IN (2, 3);
SELECT elt.reset_pipeline('entries');
TRUNCATE entries;
CALL elt.run('entries');
SELECT count(*) FROM landed JOIN entries e USING (id) WHERE landed::text = (e.shop, e.updated, e.tags, e.day, e.id, e.note, e.amount, e.body::text, e.line, e.file)::text;
SELECT place, rows FROM elt.erase('entries', '{"id": 5}') WHERE place = 'quarantine';
SELECT count(*) FROM elt.rejects WHERE pipeline = 'entries' AND record = 5;
SELECT elt.drop_pipeline('entries');

-- Arrays whose fields are named by a header in the first record, or elsewhere.
ALTER DOMAIN amount ADD CONSTRAINT amount_check CHECK (VALUE !~ ',') NOT VALID;
CREATE FOREIGN TABLE quote (symbol text OPTIONS (path '$.symbol'), day date, "a ""b"" é" amount, n int) SERVER replay_formats
	OPTIONS (glob 'quotes.json', settle '0', on_change 'merge', format 'json', records '$.rows[*]', header 'true');
SELECT put('quotes.json', '{"symbol": "S", "rows": [["day", "other", "a \"b\" \u00e9", "n"], ["2024-01-01", 1, "1", 1], ["2024-01-02", 2, "2,5", 2], ["2024-01-03", 3, "3", "x"], ["2024-01-04", 4]]}');
SELECT elt.create_pipeline('quotes', 'quote', 'quotes', '{day}', options => '{"max_reject_percent": 100}');
CALL elt.run('quotes');
SELECT record, whole, raw, header, ancestors, message FROM elt.rejects WHERE pipeline = 'quotes' ORDER BY reject_id;
SELECT elt.fix_reject(reject_id, '{"n": 3}') FROM elt.rejects WHERE pipeline = 'quotes' AND message ~ 'integer';
SELECT elt.fix_reject(reject_id, '"[\"2024-01-04\", 4, \"4\", 4]"') FROM elt.rejects WHERE pipeline = 'quotes' AND state = 'new' AND message ~ 'fields';
-- A column that the header has no name for.
ALTER FOREIGN TABLE quote ALTER n OPTIONS (ADD path 'm');
SELECT rejects, replayed, rejected FROM elt.replay_rejects('quotes');
SELECT message FROM elt.rejects WHERE pipeline = 'quotes' AND state = 'new';
ALTER FOREIGN TABLE quote ALTER n OPTIONS (DROP path);
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT rejects, replayed, rejected FROM elt.replay_rejects('quotes');
SELECT * FROM (SELECT symbol, day, "a ""b"" é", n FROM quotes) q ORDER BY day;
SELECT elt.drop_pipeline('quotes');
DROP FOREIGN TABLE quote;

ALTER DOMAIN amount ADD CONSTRAINT amount_check CHECK (VALUE !~ ',') NOT VALID;
CREATE FOREIGN TABLE quote (day date, v amount) SERVER replay_formats
	OPTIONS (glob 'named.json', settle '0', on_change 'merge', format 'json', records '$.rows[*]', header_path '$.columns[*].name');
SELECT put('named.json', '{"rows": [["1", "2024-01-01"], ["2,5", "2024-01-02"]], "columns": [{"name": "v"}, {"name": "day"}]}');
SELECT elt.create_pipeline('quotes', 'quote', 'named', '{day}', options => '{"max_reject_percent": 100}');
CALL elt.run('quotes');
ALTER DOMAIN amount DROP CONSTRAINT amount_check;
SELECT rejects, replayed, rejected FROM elt.replay_rejects('quotes');
SELECT day, v FROM named ORDER BY day;
SELECT elt.drop_pipeline('quotes');
DROP SCHEMA replay_formats CASCADE;
DROP SERVER replay_formats CASCADE;
