-- Pages that are not JSON, and text that is not UTF-8.
SELECT decodes('HTML', NULL::ab, '<html><body>502 Bad Gateway</body></html>',
	'error EL005: page is not JSON: unexpected "<" at byte 0 | It begins with: <html><body>502 Bad Gateway</body></html>');
SELECT decodes('plain text', NULL::ab, 'no content available', 'error EL005: page is not JSON: unexpected "o" at byte 1 | It begins with: no content available');
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
	E'(,ok)\n(3,)\nreject: record 2 at 12,  encoding 22021: NaN, Infinity or text that is not UTF-8 at byte 18 (in the raw text, U+FFFD or ? stands for bytes that are no text) << {"b":"�","a":1}');
SELECT decodes('also where no column looks', NULL::ab, convert_to('[{"z":"', 'UTF8') || '\xe282'::bytea || convert_to('","a":1},{"a":3}]', 'UTF8'),
	E'(3,)\nreject: record 1 at 1,  encoding 22021: NaN, Infinity or text that is not UTF-8 at byte 7 (in the raw text, U+FFFD or ? stands for bytes that are no text) << {"z":"��","a":1}');
SELECT decodes('outside of records it is a fault of the page', NULL::ab, convert_to('{"z":"', 'UTF8') || '\xc0af'::bytea || convert_to('","d":[{"a":3}]}', 'UTF8'),
	'error EL005: page holds NaN, Infinity or text that is not UTF-8 at byte 6 | Line 1, byte 13 of the page; records are "$.d[*]".', '$.d[*]');
SELECT ok((SELECT count(*) = 1 FROM decode_rejects(NULL::ab, '\x5b7b2262223a22'::bytea || seq || '\x227d5d'::bytea)), 'not UTF-8: ' || seq::text) FROM unnest(ARRAY['\x80','\xc080','\xc3','\xe08080','\xeda080','\xedbfbf','\xf0808080','\xf4908080','\xf8888080','\xff','\xe28241','\xf09f98']::bytea[]) seq;
SELECT ok((SELECT b FROM decode_rows(NULL::ab, '\x5b7b2262223a22'::bytea || seq || '\x227d5d'::bytea)) = convert_from(seq, 'UTF8'), 'UTF-8: ' || seq::text) FROM unnest(ARRAY['\x7f','\xc280','\xdfbf','\xe0a080','\xed9fbf','\xee8080','\xefbfbf','\xf0908080','\xf48fbfbf']::bytea[]) seq;
SELECT decodes('NaN where no column looks', NULL::ab, '[{"a":1,"z":NaN},{"a":2,"z":[-Infinity]},{"a":3}]',
	E'(3,)\nreject: record 1 at 1,  encoding 22021: NaN, Infinity or text that is not UTF-8 at byte 12 << {"a":1,"z":NaN}\n'
	'reject: record 2 at 17,  encoding 22021: NaN, Infinity or text that is not UTF-8 at byte 29 << {"a":2,"z":[-Infinity]}');

-- raw text is clipped between characters
SELECT is((SELECT format('%s|%s|%s|%s', record, length(raw), octet_length(raw), message) FROM decode_rejects(NULL::ab, '[{"a":1},{"b":"' || repeat('ü', 6000) || '","a":"x"}]', chunk => c)),
	'2|4099|8192|invalid input syntax for type integer: "x" (raw text clipped to its first 8192 of 12016 bytes)', 'raw text of a long record, chunk ' || c) FROM unnest(ARRAY[0, 1, 5000, 9000]) c;
SELECT is((SELECT octet_length(raw)::text FROM decode_rejects(NULL::ab, '[{"a":"x","b":" ' || repeat('€', 6000) || '"}]')), '8190', 'a character that does not fit is left out');
SELECT ok((SELECT length(message) < 1100 FROM decode_rejects(NULL::ab, '[{"a":"' || repeat('y', 50000) || '"}]')), 'a message does not quote a whole long value');
