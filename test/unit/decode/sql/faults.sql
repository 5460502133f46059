-- Pages that are not JSON, and text that is not UTF-8.
SELECT decodes('HTML', NULL::ab, '<html><body>502 Bad Gateway</body></html>',
	'error EL005: page is not JSON: unexpected "<" at byte 0 | The page begins with: <html><body>502 Bad Gateway</body></html>');
SELECT decodes('plain text', NULL::ab, 'no content available', 'error EL005: page is not JSON: unexpected "o" at byte 1 | The page begins with: no content available');
SELECT decodes('empty', NULL::ab, '', 'error EL005: page is empty | ');
SELECT decodes('white space only', NULL::ab, E' \n ', 'error EL005: page is empty | ');
SELECT decodes('cut in a record', NULL::ab, E'[{"a":1},\n{"a":2},{"a"', 'error EL005: page is truncated: unexpected end at byte 22 | Line 2, near: [{"a":1}, {"a":2},{"a"');
SELECT decodes('cut in a string', NULL::ab, '[{"b":"xyz', 'error EL005: page is truncated: unexpected end at byte 10 | Line 1, near: [{"b":"xyz');
SELECT decodes('cut in an escape', NULL::ab, '[{"b":"xyz\u00', 'error EL005: page is truncated: unexpected end at byte 14 | Line 1, near: [{"b":"xyz\u00');
SELECT decodes('cut in a word', NULL::ab, '[{"b":tru', 'error EL005: page is truncated: unexpected end at byte 9 | Line 1, near: [{"b":tru');
SELECT decodes('cut in a number', NULL::ab, '[{"a":-', 'error EL005: page is truncated: unexpected end at byte 7 | Line 1, near: [{"a":-');
SELECT decodes('something behind', NULL::ab, '[{"a":1}] x', 'error EL005: page is not valid JSON: unexpected "x" at byte 10 | Line 1, near: [{"a":1}] x');
SELECT decodes('a comma too many', NULL::ab, E'[\n {"a":1,}]', 'error EL005: page is not valid JSON: unexpected "}" at byte 10 | Line 2, near: [  {"a":1,}]');
SELECT decodes('a control character in a string', NULL::ab, E'[{"b":"x\ty"}]', 'error EL005: page is not valid JSON: unexpected byte 0x09 at byte 8 | Line 1, near: [{"b":"x y"}]');
SELECT decodes('an unknown escape', NULL::ab, '[{"b":"\x41"}]', 'error EL005: page is not valid JSON: unexpected "x" at byte 8 | Line 1, near: [{"b":"\x41"}]');
SELECT decodes('an excerpt of a long page', NULL::ab, '[' || repeat('{"b":"äöü"},', 30) || '?' || repeat('{"b":"äöü"},', 30),
	'error EL005: page is not valid JSON: unexpected "?" at byte 451 | Line 1, near: ü"},' || repeat('{"b":"äöü"},', 5) || '?' || repeat('{"b":"äöü"},', 5) || '{"b"');
SELECT decodes('nesting', NULL::ab, '[{"c":' || repeat('[', 20) || repeat(']', 20) || ',"a":1}]', 'error EL005: page is not valid JSON: nesting deeper than 10 levels at byte 14 | Line 1, near: [{"c":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]],"a":1}]', NULL, '{:depth=10}');
SELECT decodes('nesting that just fits', NULL::ab, '[{"c":' || repeat('[', 8) || repeat(']', 8) || ',"a":1}]', '(1,)', NULL, '{:depth=10}');
SELECT decodes('byte order mark', NULL::ab, '\xEFBBBF5b7b2261223a317d5d'::bytea, '(1,)');

-- rows before the fault
CREATE FUNCTION rows_before_fault(page text, capacity int) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(*) FROM decode_rows(NULL::ab, page, capacity => capacity));
EXCEPTION WHEN OTHERS THEN RETURN -1;
END $$;
SELECT is(rows_before_fault('[{"a":1},{"a":2},', 1)::text, '-1', 'a truncated page is an error, not fewer rows');

-- text that is not UTF-8
SELECT decodes('invalid UTF-8 is a reject of its record', NULL::ab, convert_to('[{"b":"ok"},{"b":"', 'UTF8') || '\xfc'::bytea || convert_to('","a":1},{"a":3}]', 'UTF8'),
	E'(,ok)\n(3,)\nreject: record 2 at 12,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 18 (invalid bytes are shown as U+FFFD or ? in the raw text) << {"b":"�","a":1}');
SELECT decodes('also where no column looks', NULL::ab, convert_to('[{"z":"', 'UTF8') || '\xe282'::bytea || convert_to('","a":1},{"a":3}]', 'UTF8'),
	E'(3,)\nreject: record 1 at 1,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 7 (invalid bytes are shown as U+FFFD or ? in the raw text) << {"z":"��","a":1}');
SELECT decodes('outside of records it is a fault of the page', NULL::ab, convert_to('{"z":"', 'UTF8') || '\xc0af'::bytea || convert_to('","d":[{"a":3}]}', 'UTF8'),
	'error EL005: page contains NaN, Infinity or invalid UTF-8 at byte 6 | Line 1, byte 13 of the page; records are "$.d[*]".', '$.d[*]');
SELECT ok((SELECT count(*) = 1 FROM decode_rejects(NULL::ab, '\x5b7b2262223a22'::bytea || seq || '\x227d5d'::bytea)), 'not UTF-8: ' || seq::text) FROM unnest(ARRAY['\x80','\xc080','\xc3','\xe08080','\xeda080','\xedbfbf','\xf0808080','\xf4908080','\xf8888080','\xff','\xe28241','\xf09f98']::bytea[]) seq;
SELECT ok((SELECT b FROM decode_rows(NULL::ab, '\x5b7b2262223a22'::bytea || seq || '\x227d5d'::bytea)) = convert_from(seq, 'UTF8'), 'UTF-8: ' || seq::text) FROM unnest(ARRAY['\x7f','\xc280','\xdfbf','\xe0a080','\xed9fbf','\xee8080','\xefbfbf','\xf0908080','\xf48fbfbf']::bytea[]) seq;
SELECT decodes('NaN where no column looks', NULL::ab, '[{"a":1,"z":NaN},{"a":2,"z":[-Infinity]},{"a":3}]',
	E'(3,)\nreject: record 1 at 1,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 12 << {"a":1,"z":NaN}\n'
	'reject: record 2 at 17,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 29 << {"a":2,"z":[-Infinity]}');


-- one bad record is one reject, wherever the columns beside its list stand
CREATE TYPE listed AS (id int, unit text);
\set cafe 'convert_to(E\'{"id":1},{"id":2,"name":"caf\', \'UTF8\') || \'\\xe9\'::bytea || convert_to(\'"},{"id":3}\', \'UTF8\')'
SELECT decodes('a bad record before its unit', NULL::listed, convert_to('{"rows":[', 'UTF8') || :cafe || convert_to('],"unit":"MW"}', 'UTF8'),
	E'(1,MW)\n(3,MW)\nreject: record 2 at 18,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 37 (invalid bytes are shown as U+FFFD or ? in the raw text) << {"id":2,"name":"caf\uFFFD"}', '$.rows[*]', '{unit:path=$.unit}');
SELECT decodes('a bad record behind its unit', NULL::listed, convert_to('{"unit":"MW","rows":[', 'UTF8') || :cafe || convert_to(']}', 'UTF8'),
	E'(1,MW)\n(3,MW)\nreject: record 2 at 30,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 49 (invalid bytes are shown as U+FFFD or ? in the raw text) << {"id":2,"name":"caf\uFFFD"}', '$.rows[*]', '{unit:path=$.unit}');
SELECT decodes('a bad record deep before its unit', NULL::listed, convert_to('{"d":{"e":[0,{"rows":[', 'UTF8') || :cafe || convert_to(']}],"unit":"MW"}}', 'UTF8'),
	E'(1,MW)\n(3,MW)\nreject: record 2 at 31,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 50 (invalid bytes are shown as U+FFFD or ? in the raw text) << {"id":2,"name":"caf\uFFFD"}', '$.d.e[1].rows[*]', '{unit:path=$.d.unit}');
SELECT decodes('a bad record before its unit, in lines', NULL::listed, convert_to('{"rows":[', 'UTF8') || :cafe || convert_to(E'],"unit":"MW"}\n{"rows":[{"id":4}],"unit":"W"}', 'UTF8'),
	E'(1,MW)\n(3,MW)\n(4,W)\nreject: record 2 at 18,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 37 (invalid bytes are shown as U+FFFD or ? in the raw text) << {"id":2,"name":"caf\uFFFD"}', '$.rows[*]', '{unit:path=$.unit,:framing=lines}');
SELECT decodes('a bad record of one of several lists', NULL::listed, convert_to('{"added":[', 'UTF8') || :cafe || convert_to('],"modified":[],"removed":[{"id":4},{"id":NaN},{"id":5}]}', 'UTF8'),
	E'(1,)\n(3,)\n(4,)\n(5,)\nreject: record 2 at 19,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 38 (invalid bytes are shown as U+FFFD or ? in the raw text) << {"id":2,"name":"caf\uFFFD"}\n'
	'reject: record 5 at 86, id parse 22P02: column "id": NaN and Infinity are not valid JSON << {"id":NaN}', '$.added[*], $.modified[*], $.removed[*]');
SELECT decodes('a bad record of one of several elements', NULL::listed, convert_to('[{"l":[', 'UTF8') || :cafe || convert_to(']},{"l":[{"id":4}]}]', 'UTF8'),
	E'(1,)\n(3,)\n(4,)\nreject: record 2 at 16,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 35 (invalid bytes are shown as U+FFFD or ? in the raw text) << {"id":2,"name":"caf\uFFFD"}', '$[0].l[*], $[1].l[*]');
SELECT decodes('what no list holds is a fault of the page', NULL::listed, '{"added":[{"id":1}],"removed":[{"id":2}],"other":NaN}',
	'error EL005: page contains NaN, Infinity or invalid UTF-8 at byte 49 | Line 1, byte 53 of the page; records are "$.added[*]".', '$.added[*], $.removed[*]');

-- null has no records, wherever the columns beside it stand
CREATE TYPE line_of_order AS (id int, sku text);
SELECT decodes('a null list before its order', NULL::line_of_order, '{"orders":[{"lines":null,"id":5},{"lines":[{"sku":"a"}],"id":6}]}', '(6,a)', '$.orders[*].lines[*]', '{id:path=$.orders[*].id}');
SELECT decodes('a null list behind its order', NULL::line_of_order, '{"orders":[{"id":5,"lines":null},{"id":6,"lines":[{"sku":"a"}]}]}', '(6,a)', '$.orders[*].lines[*]', '{id:path=$.orders[*].id}');
SELECT decodes('a null list before its order, in lines', NULL::line_of_order, E'{"lines":null,"id":5}\n{"lines":[{"sku":"a"}],"id":6}', '(6,a)', '$.lines[*]', '{id:path=$.id,:framing=lines}');
SELECT decodes('no list before its order', NULL::line_of_order, '{"orders":[{"lines":7,"id":5},{"lines":"x","id":6},{"lines":NaN,"id":7},{"lines":[{"sku":"a"}],"id":8}]}',
	E'(8,a)\nreject: record 1 at 20,  type 42804: page has no array at "$.orders[*].lines" on the path to the records << 7\n'
	'reject: record 2 at 39,  type 42804: page has no array at "$.orders[*].lines" on the path to the records << "x"\n'
	'reject: record 3 at 60,  type 42804: page has no array at "$.orders[*].lines" on the path to the records << NaN', '$.orders[*].lines[*]', '{id:path=$.orders[*].id}');

-- what jsonb refuses is one reject, as with json
CREATE TYPE tq AS (q tsquery);
CREATE TYPE tree AS (id int, v jsonb, x float8);
SELECT decodes('NaN in jsonb', NULL::tree, '[{"id":1,"v":{"x":1}},{"id":2,"v":{"x":NaN}},{"id":3,"v":[-Infinity]},{"id":4,"v":{"x":4}}]',
	E'(1,"{""x"": 1}",)\n(4,"{""x"": 4}",)\nreject: record 2 at 22,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 39 << {"id":2,"v":{"x":NaN}}\n'
	'reject: record 3 at 45,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 58 << {"id":3,"v":[-Infinity]}');
SELECT decodes('NaN in jsonb and in a column below', NULL::tree, '[{"id":2,"v":{"x":NaN}},{"id":3,"v":{"x":3}}]',
	E'(3,"{""x"": 3}",3)\nreject: record 1 at 1, x parse 22P02: column "x": NaN and Infinity are not valid JSON << {"id":2,"v":{"x":NaN}}', NULL, '{x:path=v.x}');
SELECT decodes('NaN in jsonb beside other lines', NULL::tree, E'{"id":1,"v":{"x":1}}\n{"id":2,"v":{"x":NaN}}\n{"id":3,"v":{"x":3}}',
	E'(1,"{""x"": 1}",)\n(3,"{""x"": 3}",)\nreject: record 2 at 21,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 38 << {"id":2,"v":{"x":NaN}}', NULL, '{:framing=lines}');
SELECT decodes('text that is no text in jsonb', NULL::tree, convert_to('[{"id":1,"v":{"x":"', 'UTF8') || '\xe2'::bytea || convert_to('"}},{"id":2,"v":"ok"}]', 'UTF8'),
	E'(2,"""ok""",)\nreject: record 1 at 1,  encoding 22021: NaN, Infinity or invalid UTF-8 at byte 19 (invalid bytes are shown as U+FFFD or ? in the raw text) << {"id":1,"v":{"x":"\uFFFD"}}');
SELECT is((SELECT string_agg(id::text, ' ') FROM decode_rows(NULL::tree, page, NULL, options, 0, c)), '1 3', format('a number that jsonb cannot hold is one reject, capacity %s', c))
	FROM (VALUES ('[{"id":1},{"id":2,"v":[0.' || repeat('1', 20000) || ']},{"id":3}]', '{}'::text[]), (E'{"id":1}\n{"id":2,"v":[' || repeat('1', 140000) || E']}\n{"id":3}', '{:framing=lines}')) v (page, options), unnest('{1,100}'::int[]) c;
SELECT is((SELECT string_agg(id::text || coalesce(length(v::text), 0), ' ') FROM decode_rows(NULL::tree, '[{"id":1},{"id":2,"v":["' || repeat('1', 50000) || '",' || repeat('1', 15000) || ',1.' || repeat('1', 15000) || ']},{"id":3}]')), '10 280010 30', 'long numbers that jsonb holds');

SELECT decodes('a syntax error is the fault of its row', NULL::tq, '[{"q":"a & b"},{"q":"a &"},{"q":"c"}]', E'("''a'' & ''b''")\n(''c'')\nreject: record 2 at 15, q parse 42601: no operand in tsquery: "a &" << {"q":"a &"}');

-- a time that only the column's zone puts out of range is one reject
CREATE TYPE far AS (id int, t timestamp);
SELECT decodes('the beginning of time', NULL::far, '[{"id":1,"t":-210866803200},{"id":2,"t":-310866803200},{"id":3,"t":0}]',
	E'(3,"1969-12-31 19:00:00")\nreject: record 1 at 1, t parse 22008: timestamp out of range << {"id":1,"t":-210866803200}\nreject: record 2 at 28, t parse 22007: invalid time in seconds since 1970: "-310866803200" << {"id":2,"t":-310866803200}', NULL, '{t:format=unix,t:time_zone=America/New_York}');

-- raw text is clipped between characters
SELECT is((SELECT format('%s|%s|%s|%s', record, length(raw), octet_length(raw), message) FROM decode_rejects(NULL::ab, '[{"a":1},{"b":"' || repeat('ü', 40000) || '","a":"x"}]', chunk => c)),
	'2|32771|65536|invalid input syntax for type integer: "x" (raw text truncated to the first 65536 of 80016 bytes)', 'raw text of a long record, chunk ' || c) FROM unnest(ARRAY[0, 1, 5000, 70000]) c;
SELECT is((SELECT octet_length(raw)::text FROM decode_rejects(NULL::ab, '[{"a":"x","b":" ' || repeat('€', 40000) || '"}]')), '65535', 'a character that does not fit is left out');
SELECT ok((SELECT length(message) < 1100 FROM decode_rejects(NULL::ab, '[{"a":"' || repeat('y', 50000) || '"}]')), 'a message does not quote a whole long value');
