-- Where records lie in a page: objects keyed by id, optional members, JSON Lines, CSV and XML.
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET client_min_messages = warning;
CREATE SCHEMA layouts_test;
SET search_path = layouts_test;
\getenv replay ELT_REPLAY
CREATE SERVER layouts_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '1');

-- The rows that a foreign table with these columns and options reads from a body, or the error. What libxml2 says of XML
-- differs by its version, as does whether it or pg_elt is first to refuse an entity.
CREATE FUNCTION rows_of(columns text, options text, body text, type text DEFAULT 'application/json')
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	detail text; hint text;
BEGIN
	DROP FOREIGN TABLE IF EXISTS page;
	EXECUTE format('CREATE FOREIGN TABLE page (%s, of_body text OPTIONS (param ''body''), of_type text '
		'OPTIONS (param ''type'')) SERVER layouts_api OPTIONS (path ''/echo'', query ''type={type}&body={body}'', %s)',
		columns, options);
	RETURN QUERY EXECUTE format('SELECT (to_jsonb(p) - ''{of_body,of_type}''::text[])::text FROM page p '
		'WHERE of_body = %L AND of_type = %L', body, type);
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT regexp_replace(regexp_replace(regexp_replace(
		concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, nullif(detail, ''), nullif(hint, '')),
		'127.0.0.1:\d+', 'replay', 'g'),
		'is not valid XML: (Detected an entity|Entity ).*|(declares|refers to) entit.*', 'has entities'),
		'is not valid XML: [^\n]*', 'is not valid XML');
END $$;

-- An object keyed by id
SELECT rows_of($$currency text OPTIONS (lineage 'key'), rate numeric OPTIONS (path '$.rates.*'), base text OPTIONS (path '$.base')$$,
	$$records '$.rates.*'$$, '{"rates": {"EUR": 1.10, "JPY": 160}, "base": "USD"}');
SELECT rows_of($$id text OPTIONS (lineage 'key'), name text, tags int OPTIONS (path 'tags[1]')$$,
	$$records '$.*'$$, '{"a 1": {"name": "x", "tags": [1, 2]}, "b\"2": {"name": null}}');
SELECT rows_of($$day date OPTIONS (path '$.rates.*.key'), currency text OPTIONS (lineage 'key'), rate numeric OPTIONS (path '$.rates.*.*')$$,
	$$records '$.rates.*.*'$$, '{"rates": {"2024-01-01": {"EUR": 1}}}');
SELECT rows_of($$day date OPTIONS (path '$.rates.keyvalue().key'), currency text OPTIONS (lineage 'key'), rate numeric OPTIONS (path '$.rates.*.*')$$,
	$$records '$.rates.*.*'$$, '{"rates": {"2024-01-01": {"EUR": 1, "JPY": 2}, "2024-01-02": {"EUR": 3}}}');
SELECT rows_of($$sku text OPTIONS (path 'sku'), shop text OPTIONS (lineage 'key')$$,
	$$records '$.shops.*.items[*]'$$, '{"shops": {"one": {"items": [{"sku": "a"}, {"sku": "b"}]}, "two": {"items": []}}}');
SELECT rows_of($$id int OPTIONS (lineage 'key'), n int$$, $$records '$.*'$$, '{"1": {"n": 5}, "x": {"n": 6}}');
SELECT rows_of($$id text OPTIONS (lineage 'key'), n int$$, $$records '$.rows[*]'$$, '{}');
SELECT rows_of($$id text OPTIONS (lineage 'key', path 'a'), n int$$, $$records '$.*'$$, '{}');
SELECT rows_of($$n int OPTIONS (path 'a.*')$$, $$records '$.*'$$, '{}');
SELECT rows_of($$id text OPTIONS (lineage 'key'), n int$$, $$records '$.*'$$, '[{"n": 1}]');

-- A member on the way that is absent
SELECT rows_of('n int', $$records '$.a.b[*]'$$, '{"a": {}}');
SELECT rows_of('n int', $$records '$.a.b[*]', records_optional 'true'$$, '{"a": {}}');
SELECT rows_of('n int', $$records '$.a.b[*]', records_optional 'true'$$, '{}');
SELECT rows_of('n int', $$records '$.a[2].b[*]', records_optional 'true'$$, '{"a": [1]}');
SELECT rows_of('n int', $$records '$.a.b[*]', records_optional 'true'$$, '{"a": {"b": [{"n": 1}]}}');
SELECT rows_of('n int', $$records '$.a.b[*]', records_optional 'true'$$, '{"a": {"b": {"n": 1}}}');
SELECT rows_of('n int', $$records '$.a[*], $.b[*]', records_optional 'true'$$, '{"b": [{"n": 1}]}');
SELECT rows_of('n int', $$records '$.a[*]', records_optional 'maybe'$$, '{}');

-- Paths that are refused when they are declared, with a mark under what is wrong
SELECT rows_of('n int', $$records '/a/b'$$, '{}');
SELECT rows_of('n int', $$records '$.a[*].b[?(@.c)]'$$, '{}');
SELECT rows_of('n int', $$records '$.a[*], $.b[*], $.ü.1'$$, '{}');
SELECT rows_of('n int', $$records '$.a[*], $.a[*]'$$, '{}');
SELECT rows_of($$n int OPTIONS (path '$..n')$$, $$records '$.a[*]'$$, '{}');
SELECT rows_of($$n int OPTIONS (path '#/n')$$, $$records '$.a[*]'$$, '{}');
CREATE FOREIGN TABLE of_two (n int OPTIONS (path '$.a[*].n')) SERVER layouts_api OPTIONS (records '$.a[*], $.b[*]');
SELECT elt.create_pipeline('of_two', source => 'of_two', target => 'layouts_test.two', key => '{n}');

-- Parallel arrays of unequal depth
SELECT rows_of($$day text OPTIONS (path 'days[*]'), hour int OPTIONS (path 'hours[*][*]'), v numeric OPTIONS (path 'values[*][*]'), unit text$$,
	$$records '$'$$, '{"days": ["mon", "tue", "wed"], "hours": [[1, 2], [1], []], "values": [[0.1, null], [3], null], "unit": "kW"}');
SELECT rows_of($$ts int OPTIONS (path '$.ts[*]'), name text, v int OPTIONS (path 'data[*][*]')$$,
	$$records '$.series[*]'$$, '{"series": [{"name": "a", "data": [[1], [2, 3]]}, {"name": "b", "data": [[], [4]]}], "ts": [10, 20]}');
SELECT rows_of($$a jsonb OPTIONS (path 'm[*][*]')$$, $$records '$'$$, '{"m": [[[1, 2], {"b": "]"}], ["x\"y"]]}');
SELECT rows_of($$a int OPTIONS (path 'a[*][*]'), b int OPTIONS (path 'b[*][*]')$$, $$records '$'$$, '{"a": [[1], [2, 3]], "b": [[1], [2]]}');
SELECT rows_of($$a int OPTIONS (path 'a[*]'), b int OPTIONS (path 'b[*][*]')$$, $$records '$'$$, '{"a": [1, 2], "b": [[1]]}');
SELECT rows_of($$a int OPTIONS (path 'a[*]'), b int OPTIONS (path 'b[*][*]')$$, $$records '$'$$, '{"a": [1, 2], "b": [[1], 2]}');
SELECT rows_of($$a int OPTIONS (path 'a[*]'), b int OPTIONS (path 'b[*][*]')$$, $$records '$'$$, '{"a": [1, 2], "b": [[1, 2], ["x"]]}');
SELECT rows_of($$b int OPTIONS (path 'b[*][*][*]')$$, $$records '$'$$, '{"b": [[[1]]]}');

-- Arrays of arrays with a header row, or with names elsewhere
SELECT rows_of('id int, name text', $$header 'true'$$, '[["name", "x", "id"], ["a", 0, 1], [null, 0, 2]]');
SELECT rows_of('id int, name text, geo int OPTIONS (path ''geo.lat''), tags text[]', $$records '$.data.rows[*]', header 'true'$$,
	'{"data": {"rows": [["name", "id", "geo", "tags"], ["a", 1, {"lat": 5}, ["x"]]]}}');
SELECT rows_of('id int, name text', $$records '$.rows[*]', header_path '$.columns[*].name'$$,
	'{"rows": [[1, "a"], [2, "b"]], "columns": [{"name": "id", "type": "int"}, {"name": "na\u006de"}]}');
SELECT rows_of('id int, name text OPTIONS (optional ''true'')', $$header 'true'$$, '[["id"], [1]]');
SELECT rows_of('id int, name text', $$header 'true'$$, '[["id"], [1]]');
SELECT rows_of('id int', $$header 'true'$$, '[["id", "id"], [1, 2]]');
SELECT rows_of('id int', $$header 'true'$$, '[["id", "name"], [1]]');
SELECT rows_of('id int', $$header 'true'$$, '[["id"], {"id": 1}]');
SELECT rows_of('id int', $$header 'true'$$, '[[1, 2], [3, 4]]');
SELECT rows_of('id int', $$header 'true'$$, '[{"id": 1}]');
SELECT rows_of('id int', $$header 'true'$$, '[]');
SELECT rows_of('id int', $$records '$.rows[*]', header_path '$.columns[*]'$$, '{"rows": [[1]]}');
SELECT rows_of('id int', $$records '$.rows[*]', header_path '$.columns[*]'$$, '{"rows": [[1]], "columns": [["id"]]}');
SELECT rows_of('id int', $$records '$.rows[*]', header_path '$.columns[*]'$$, '{"rows": [[1]], "columns": ["id"');
SELECT rows_of('id int OPTIONS (path ''[0]'')', $$header 'true'$$, '[["id"], [1]]');
SELECT rows_of('id int', $$format 'jsonl', header 'true'$$, '');
SELECT rows_of('id int', $$header 'true', header_path '$.c[*]'$$, '');

-- JSON Lines
SELECT rows_of('id int, tag text', $$format 'jsonl'$$, E'{"id": 1, "tag": "a"}\n{"id": 2}\n', 'application/x-ndjson');
SELECT rows_of($$id int, list text OPTIONS (lineage 'records')$$, $$format 'jsonl', records '$.a[*], $.b[*]'$$,
	E'{"a": [{"id": 1}]}\n{"b": [{"id": 2}, {"id": 3}]}\n');
SELECT rows_of('id int', $$format 'jsonl'$$, E'{"id": 1}\nnot json\n');
SELECT rows_of('id int', $$format 'jsonl'$$, '<!DOCTYPE html><p>Sign in</p>', 'text/html');

-- CSV
SELECT rows_of($$id int, price numeric OPTIONS (path '"Price (EUR)"')$$, $$format 'csv', delimiter ';'$$,
	E'Price (EUR);id\r\n1.50;7\r\n;8\r\n', 'text/csv');
SELECT rows_of('id int, name text', $$format 'csv', header 'false', encoding 'LATIN1', null 'NA'$$, E'1,x\n2,NA\n', 'text/csv');
SELECT rows_of('id int', $$format 'csv'$$, E'name\nx\n', 'text/csv');
SELECT rows_of('id int', $$format 'csv'$$, '', 'text/csv');
SELECT rows_of('id int', $$format 'csv'$$, E'id\n', 'text/csv');
SELECT rows_of('id int', $$format 'csv'$$, E'id\n1,2\n', 'text/csv');
SELECT rows_of('id int', $$format 'csv'$$, '<html>Sign in</html>', 'text/csv');
SELECT rows_of($$id int OPTIONS (path '$.id')$$, $$format 'csv'$$, E'id\n1\n');
SELECT rows_of($$id int OPTIONS (path 'id')$$, $$format 'csv', header 'false'$$, E'1\n');
SELECT rows_of('id int', $$format 'csv', records '$.a[*]'$$, '');
SELECT rows_of('id int', $$format 'tsv'$$, '');
SELECT rows_of('id int', $$delimiter ';'$$, '');

-- Pages that are not JSON are counted by nobody
SELECT rows_of('id int', $$format 'csv', paginate 'offset', stop_on 'empty_page'$$, '');
SELECT rows_of('id int', $$format 'jsonl', paginate 'page_number', total_path 'header X-Total'$$, '');
SELECT rows_of('id int', $$format 'csv', paginate 'cursor', cursor_path '$.next'$$, '');
SELECT rows_of('id int', $$format 'csv', paginate 'page_number', stop_on 'empty_page'$$, '');
CREATE FOREIGN TABLE csv_pages (id int, script text OPTIONS (param 'script'), answers text OPTIONS (param 'answers'))
	SERVER layouts_api OPTIONS (path '/script/{script}', query 'responses={answers}', format 'csv',
	paginate 'cursor', cursor_path 'header X-Next');
SELECT id FROM csv_pages WHERE script = 'csv_pages'
	AND answers = '[{"body": "id\n1\n2\n", "headers": {"X-Next": "b"}}, {"body": "id\n3\n"}]';
ALTER FOREIGN TABLE csv_pages OPTIONS (SET paginate 'page_number', DROP cursor_path, ADD pages_path 'header X-Pages');
SELECT id FROM csv_pages WHERE script = 'csv_numbers'
	AND answers = '[{"body": "id\n1\n2\n", "headers": {"X-Pages": "2"}}, {"body": "id\n3\n", "headers": {"X-Pages": "2"}}]';

-- XML
\set books '<?xml version="1.0" encoding="UTF-8"?><catalog currency="EUR" xmlns:dc="urn:dc"><updated>2024-05-01</updated><book id="1"><dc:title>A &amp; B</dc:title><price> 9.90 </price><author>Ann</author><author>"Bob" \\</author><note>x <b>y</b> z</note></book><book id="2"><title>Plain</title><price/></book></catalog>'
\set columns 'id int OPTIONS (path ''@id''), title text, prefixed text OPTIONS (path ''dc:title''), price numeric, author text[], note text, currency text OPTIONS (path ''$.catalog.@currency''), updated date OPTIONS (path ''$.catalog.updated'')'
SELECT rows_of(:'columns', $$format 'xml', records '$.catalog.book[*]'$$, :'books', 'application/xml');
SELECT rows_of($$book xml OPTIONS (path '$.catalog.book[*]'), text text OPTIONS (path '$.catalog.book[*]')$$,
	$$format 'xml', records '$.catalog.book[*]'$$, :'books', 'text/xml');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*].c[*]'$$, '<a><b><c><n>1</n></c><c><n>2</n></c></b><b/><x><c/></x><b><c n="5"><n>3</n></c></b></a>');
SELECT rows_of($$day text OPTIONS (path '$.a.b[*].day'), kind text OPTIONS (path '$.a.b[*].@kind'), n int$$,
	$$format 'xml', records '$.a.b[*].c[*]'$$, '<a><b kind="x"><day>mon</day><c><n>1</n></c></b><b><c><n>2</n></c></b></a>');
SELECT rows_of($$n int, t text$$, $$format 'xml', records '$.a.b[*]'$$,
	'<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><b><n xsi:nil="true"/><t/></b><b><n>  </n><t xsi:nil="1"/></b><b><t><![CDATA[<1>]]></t></b></a>');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*]', encoding 'UTF8'$$, '<a/>');
SELECT rows_of('n int', $$format 'xml', records '$.a.b.c[*]'$$, '<a/>');
SELECT rows_of('n int', $$format 'xml', records '$.a.b.c[*]', records_optional 'true'$$, '<a/>');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*]'$$, '<a/>');

-- What is no such document
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*]'$$, '<other><b><n>1</n></b></other>');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*]'$$, '<a><b><n>1</n></b><b><n>2</n></a>');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*]'$$, '<a><b><n>1</n></b>');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*]'$$, '');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*]'$$, '{"n": 1}');
SELECT rows_of('n int', $$format 'xml', records '$.html.b[*]'$$, '<!doctype HTML><html><b/></html>');
SELECT rows_of('n int', $$format 'xml', records '$.a.b.c[*]'$$, '<a><b><c/></b><b/></a>');
SELECT rows_of($$n int, late text OPTIONS (path '$.a.late')$$, $$format 'xml', records '$.a.b[*]'$$, '<a><b><n>1</n></b><late>x</late></a>');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*]'$$, '<a><b><n>1</n><n>2</n></b></a>');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*]'$$, '<a><b><n>one</n></b></a>');

-- Entities and depth
SELECT rows_of('n text', $$format 'xml', records '$.a.b[*]'$$,
	'<!DOCTYPE a [<!ENTITY l0 "ha"><!ENTITY l1 "&l0;&l0;&l0;&l0;&l0;&l0;&l0;&l0;"><!ENTITY l2 "&l1;&l1;&l1;&l1;&l1;&l1;&l1;&l1;">]><a><b><n>&l2;</n></b></a>');
SELECT rows_of('n text', $$format 'xml', records '$.a.b[*]'$$, '<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a><b><n>&f;</n></b></a>');
SELECT rows_of('n text', $$format 'xml', records '$.a.b[*]'$$, '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a><b><n>&f;</n></b></a>');
SELECT rows_of('n text', $$format 'xml', records '$.a.b[*]'$$, '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a><b><n>&lt;&#65;</n></b></a>');
SELECT rows_of('n text', $$format 'xml', records '$.a.b[*]'$$, '<a><b><n>&f;</n></b></a>');
-- Well-formed, but not by the rules of namespaces: a prefix that is not declared, or is none, is part of the name.
SELECT rows_of('n text, m text OPTIONS (path ''o:m'')', $$format 'xml', records '$.a.b[*]'$$, '<a><b a:="1e10" :c="2" x:y="3"><n>1</n><o:m>2</o:m></b></a>');
SELECT rows_of('n text', $$format 'xml', records '$.a.b[*]'$$, '<a><b>' || repeat('<n>', 300) || repeat('</n>', 300) || '</b></a>');

-- What is no such declaration
SELECT rows_of('n int', $$format 'xml'$$, '');
SELECT rows_of('n jsonb', $$format 'xml', records '$.a.b[*]'$$, '');
SELECT rows_of('n int', $$format 'xml', records '$'$$, '');
SELECT rows_of('n int', $$format 'xml', records '$.a[*]'$$, '');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[0]'$$, '');
SELECT rows_of('n int', $$format 'xml', records '$.a.*'$$, '');
SELECT rows_of('n int', $$format 'xml', records '$.a.@b'$$, '');
SELECT rows_of('n int', $$format 'xml', records '$.a.b[*], $.a.c[*]'$$, '');
SELECT rows_of('n int', $$format 'xml', records '/a/b'$$, '');
SELECT rows_of($$n int OPTIONS (path 'n[*]')$$, $$format 'xml', records '$.a.b[*]'$$, '');
SELECT rows_of($$n int OPTIONS (path '@n.m')$$, $$format 'xml', records '$.a.b[*]'$$, '');
SELECT rows_of($$n int OPTIONS (path '$.x.n')$$, $$format 'xml', records '$.a.b[*]'$$, '');
SELECT rows_of($$n int OPTIONS (path '$.a.b.n')$$, $$format 'xml', records '$.a.b[*]'$$, '');
SELECT rows_of($$n int OPTIONS (path '$.a')$$, $$format 'xml', records '$.a.b[*]'$$, '');
SELECT rows_of($$n text OPTIONS (lineage 'key')$$, $$format 'xml', records '$.a.b[*]'$$, '');

-- Rejects of a pipeline keep the record
CREATE FOREIGN TABLE feed (n int, kind text OPTIONS (path '@kind'), answer text OPTIONS (param 'answer')) SERVER layouts_api
	OPTIONS (path '/echo', query 'body={answer}', format 'xml', records '$.a.b[*]');
SELECT elt.create_pipeline('layouts_feed', source => 'feed', target => 'layouts_test.landed', key => '{n}',
	params => jsonb_build_object('answer', '<a><b kind="x"><n>1</n></b><b><n>1</n><n>2</n></b><b kind="ü"><n>x</n></b></a>'));
CALL elt.run('layouts_feed');
SELECT n, kind FROM landed;
SELECT message, raw FROM elt.rejects WHERE pipeline = 'layouts_feed' ORDER BY raw;

SELECT elt.drop_pipeline('layouts_feed');
DROP SCHEMA layouts_test CASCADE;
DROP SERVER layouts_api CASCADE;
