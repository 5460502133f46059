-- JSON Lines and concatenated JSON.
SELECT decodes('lines', NULL::ab, E'{"a":1}\n\n{"a":2,"b":"x"}\r\n{"a":3}', E'(1,)\n(2,x)\n(3,)', NULL, '{:framing=lines}');
SELECT decodes('a broken line is a reject', NULL::ab, E'{"a":1}\n{"a":2,"b"\n{"a":3}\ngarbage\n{"a":4}x\n{"a":5}{"a":6}\n{"b":"un', 
	E'(1,)\n(3,)\n'
	'reject: record 2 at 8,  parse 22P02: line is not valid JSON: unexpected end of line at byte 18 << {"a":2,"b"\n'
	'reject: record 4 at 27,  parse 22P02: line is not valid JSON: unexpected "g" at byte 27 << garbage\n'
	'reject: record 5 at 35,  parse 22P02: line is not valid JSON: unexpected "x" at byte 42 << {"a":4}x\n'
	'reject: record 6 at 44,  parse 22P02: line is not valid JSON: unexpected "{" at byte 51 << {"a":5}{"a":6}\n'
	'reject: record 7 at 59,  parse 22P02: line is not valid JSON: unexpected end at byte 67 << {"b":"un', NULL, '{:framing=lines}');
SELECT decodes('a bracket too many', NULL::ab, E'{"a":1}\n{"a":2}}\n{"a":3} \t\r\n{"a":4}', E'(1,)\n(3,)\n(4,)\nreject: record 2 at 8,  parse 22P02: line is not valid JSON: unexpected "}" at byte 15 << {"a":2}}', NULL, '{:framing=lines}');
SELECT decodes('scalars and what follows them', NULL::ab, E'1 2\n"x"y\ntrue,\n3.5 \n{"a":4}', E'(4,)\n'
	'reject: record 1 at 0,  parse 22P02: line is not valid JSON: unexpected "2" at byte 2 << 1 2\n'
	'reject: record 2 at 4,  parse 22P02: line is not valid JSON: unexpected "y" at byte 7 << "x"y\n'
	'reject: record 3 at 9,  parse 22P02: line is not valid JSON: unexpected "," at byte 13 << true,\n'
	'reject: record 4 at 15,  type 42804: record is a number, not an object << 3.5', NULL, '{:framing=lines}');
-- a line is taken whole or not at all, however many batches its rows would fill
SELECT decodes('a broken line of many rows', NULL::ab, E'{"a":0}\n[' || (SELECT string_agg(format('{"a":%s}', i), ',') FROM generate_series(1, 20) i) || E',{"a":"x"}] x\n[{"a":7},{"a":8},{"a":"9"}]',
	E'(0,)\n(7,)\n(8,)\n(9,)\nreject: record 2 at 8,  parse 22P02: line is not valid JSON: unexpected "x" at byte 191 << [' || (SELECT string_agg(format('{"a":%s}', i), ',') FROM generate_series(1, 20) i) || ',{"a":"x"}] x', NULL, '{:framing=lines}');
SELECT decodes('a broken line of columns', NULL::ab, E'{"r":[{"a":[1,2,3],"b":"x"},{"a":[4,5],"b":"y"}],"z":}\n{"r":[{"a":[6,7],"b":"z"}]}',
	E'(6,z)\n(7,z)\nreject: record 1 at 0,  parse 22P02: line is not valid JSON: unexpected "}" at byte 53 << {"r":[{"a":[1,2,3],"b":"x"},{"a":[4,5],"b":"y"}],"z":}', '$.r[*]', '{:framing=lines,a:path=a[*]}');
SELECT decodes('a line that is no text beside its records', NULL::ab, convert_to(E'{"r":[{"a":1}],"z":"', 'UTF8') || '\xff'::bytea || convert_to(E'"}\n{"z":NaN,"r":[{"a":2}]}\n{"r":[{"a":3}]}', 'UTF8'),
	E'(3,)\nreject: record 1 at 0,  parse 22P02: line contains NaN, Infinity or invalid UTF-8 at byte 20 (invalid bytes are shown as U+FFFD or ? in the raw text) << {"r":[{"a":1}],"z":"\uFFFD"}\n'
	'reject: record 2 at 24,  parse 22P02: line contains NaN, Infinity or invalid UTF-8 at byte 29 << {"z":NaN,"r":[{"a":2}]}', '$.r[*]', '{:framing=lines}');
SELECT decodes('a line that has its way twice', NULL::ab, E'{"r":[{"a":1}],"r":[{"a":2}]}\n{"r":[{"a":3}]}',
	E'(3,)\nreject: record 1 at 0,  parse 22P02: duplicate key "r" on the path to the records << {"r":[{"a":1}],"r":[{"a":2}]}', '$.r[*]', '{:framing=lines}');
SELECT decodes('a broken line of several lists', NULL::ab, E'{"p":[{"a":1}],"q":[{"a":2}]}\n{"p":[{"a":3}],"q":[{"a":4}]\n{"q":[{"a":5}],"p":[{"a":6}]}',
	E'(1,)\n(6,)\n(2,)\n(5,)\nreject: record 2 at 30,  parse 22P02: line is not valid JSON: unexpected end of line at byte 58 << {"p":[{"a":3}],"q":[{"a":4}]', '$.p[*], $.q[*]', '{:framing=lines}');
SELECT is(decoded(NULL::ab, E'{"a":0}\n[' || repeat('{"a":1},', 2000) || E'{"a":2}] x\n{"a":3}', NULL, '{:framing=lines,:memory=9000}', c, 10),
	'error EL005: page is not valid JSON: unexpected "x" at byte 16018 | Line 2, near: ' || right(repeat('{"a":1},', 10), 71) || '{"a":2}] x {"a":3}', 'a line that is longer than the memory breaks the page, chunk ' || c) FROM unnest('{0,1,1000}'::int[]) c;
SELECT is(decode_count(NULL::ab, convert_to(E'{"a":0}\n[' || repeat('{"a":1},', 2000) || E'{"a":2}]\n{"a":3}', 'UTF8'), NULL, '{:framing=lines,:memory=9000}', c, 10),
	'2003 rows, 0 rejects, 2003 records', 'a sound line may be longer than the memory, chunk ' || c) FROM unnest('{0,1,1000}'::int[]) c;
SELECT is(decode_count(NULL::ab, convert_to(string_agg(format('[{"a":%s},{"a":%s}]%s', i, i, CASE i % 3 WHEN 0 THEN 'x' END), E'\n'), 'UTF8'), NULL, '{:framing=lines}', 0, 7),
	'14 rows, 3 rejects, 17 records', 'lines over the end of a batch') FROM generate_series(1, 10) i;
SELECT decodes('a fault in a broken line is forgotten with it', NULL::ab, E'{"a":{},"b":\n{"a":1,"b":{}}', E'reject: record 1 at 0,  parse 22P02: line is not valid JSON: unexpected end of line at byte 12 << {"a":{},"b":\n'
	'reject: record 2 at 13, b type 42804: column "b" of type text cannot store an object << {"a":1,"b":{}}', NULL, '{:framing=lines}');
SELECT decodes('records and ancestors in lines', NULL::ab, E'{"o":[{"a":1},{"a":2}],"id":"p"}\n{"id":"q","o":[{"a":3}]}\n{"id":"r"}\n{"o":[{"a":4}', E'(1,p)\n(2,p)\n(3,q)\n'
	'reject: record 4 at 69,  parse 22P02: line is not valid JSON: unexpected end at byte 82 << {"o":[{"a":4}', '$.o[*]', '{b:path=$.id,:framing=lines}');
SELECT decodes('no lines', NULL::ab, E'\n\n', '', NULL, '{:framing=lines}');
SELECT decodes('nothing at all', NULL::ab, '', '', NULL, '{:framing=lines}');
SELECT decodes('arrays in lines', NULL::ab, E'[{"a":1},{"a":2}]\n{"a":3}\n7\n', E'(1,)\n(2,)\n(3,)\nreject: record 4 at 26,  type 42804: record is a number, not an object << 7', NULL, '{:framing=lines}');
SELECT decodes('documents one after another', NULL::ab, E'{"a":1}{"a":2}\n [ {"a":3}\n]{"a"\n:4}', E'(1,)\n(2,)\n(3,)\n(4,)', NULL, '{:framing=documents}');
SELECT decodes('a broken document ends them', NULL::ab, E'{"a":1}{"a":}', 'error EL005: page is not valid JSON: unexpected "}" at byte 12 | Line 1, near: {"a":1}{"a":}', NULL, '{:framing=documents}');
