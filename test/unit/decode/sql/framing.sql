-- JSON Lines and concatenated JSON.
SELECT decodes('lines', NULL::ab, E'{"a":1}\n\n{"a":2,"b":"x"}\r\n{"a":3}', E'(1,)\n(2,x)\n(3,)', NULL, '{:framing=lines}');
SELECT decodes('a broken line is a reject', NULL::ab, E'{"a":1}\n{"a":2,"b"\n{"a":3}\ngarbage\n{"a":4}x\n{"a":5}{"a":6}\n{"b":"un', 
	E'(1,)\n(3,)\n(4,)\n(5,)\n(6,)\n'
	'reject: record 2 at 8,  parse 22P02: line is not valid JSON: unexpected end of line at byte 18 << {"a":2,"b"\n'
	'reject: record 4 at 27,  parse 22P02: line is not valid JSON: unexpected "g" at byte 27 << garbage\n'
	'reject: record 6 at 42,  parse 22P02: line is not valid JSON: unexpected "x" at byte 42 << x\n'
	'reject: record 9 at 59,  parse 22P02: line is not valid JSON: unexpected end at byte 67 << {"b":"un', NULL, '{:framing=lines}');
SELECT decodes('records and ancestors in lines', NULL::ab, E'{"o":[{"a":1},{"a":2}],"id":"p"}\n{"id":"q","o":[{"a":3}]}\n{"id":"r"}\n{"o":[{"a":4}', E'(1,p)\n(2,p)\n(3,q)\n'
	'reject: record 4 at 69,  parse 22P02: line is not valid JSON: unexpected end at byte 82 << {"o":[{"a":4}', '$.o[*]', '{b:path=$.id,:framing=lines}');
SELECT decodes('no lines', NULL::ab, E'\n\n', '', NULL, '{:framing=lines}');
SELECT decodes('nothing at all', NULL::ab, '', '', NULL, '{:framing=lines}');
SELECT decodes('arrays in lines', NULL::ab, E'[{"a":1},{"a":2}]\n{"a":3}\n7\n', E'(1,)\n(2,)\n(3,)\nreject: record 4 at 26,  type 42804: record is a number, not an object << 7', NULL, '{:framing=lines}');
SELECT decodes('documents one after another', NULL::ab, E'{"a":1}{"a":2}\n [ {"a":3}\n]{"a"\n:4}', E'(1,)\n(2,)\n(3,)\n(4,)', NULL, '{:framing=documents}');
SELECT decodes('a broken document ends them', NULL::ab, E'{"a":1}{"a":}', 'error EL005: page is not valid JSON: unexpected "}" at byte 12 | Line 1, near: {"a":1}{"a":}', NULL, '{:framing=documents}');
