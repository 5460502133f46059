-- CSV: records, quotes, line ends, nulls, faults, headers, encodings. Header off unless it says so.
CREATE TYPE csv3 AS (a int, b text, c text);
CREATE TYPE csv2 AS (a text, b text);
CREATE TYPE csv1 AS (a text);
\set csv '\'{:header=false}\''
\set head '\'{:header=true}\''

-- records
SELECT decodes('csv: three fields', NULL::csv3, E'1,x,y\n2,z,w\n', E'(1,x,y)\n(2,z,w)', NULL, :csv);
SELECT decodes('csv: no line end behind the last record', NULL::csv3, E'1,x,y\n2,z,w', E'(1,x,y)\n(2,z,w)', NULL, :csv);
SELECT decodes('csv: CRLF', NULL::csv3, E'1,x,y\r\n2,z,w\r\n', E'(1,x,y)\n(2,z,w)', NULL, :csv);
SELECT decodes('csv: CR', NULL::csv3, E'1,x,y\r2,z,w\r', E'(1,x,y)\n(2,z,w)', NULL, :csv);
SELECT decodes('csv: CR behind the last record', NULL::csv3, E'1,x,y\r', '(1,x,y)', NULL, :csv);
SELECT decodes('csv: line ends of all kinds', NULL::csv3, E'1,a,b\n2,c,d\r\n3,e,f\r4,g,h', E'(1,a,b)\n(2,c,d)\n(3,e,f)\n(4,g,h)', NULL, :csv);
SELECT decodes('csv: blank lines', NULL::csv3, E'\n1,x,y\n\r\n\n2,z,w\n\n', E'(1,x,y)\n(2,z,w)', NULL, :csv);
SELECT decodes('csv: a blank line is a record of one field', NULL::csv1, E'x\n\ny\n', E'(x)\n()\n(y)', NULL, :csv);
SELECT decodes('csv: nothing', NULL::csv3, '', '', NULL, :csv);
SELECT decodes('csv: nothing but a header', NULL::csv3, 'a,b,c', '', NULL, :head);
SELECT decodes('csv: not even a header', NULL::csv3, '', '', NULL, :head);
SELECT decodes('csv: a byte order mark', NULL::csv3, E'\uFEFF1,x,y\n', '(1,x,y)', NULL, :csv);
SELECT decodes('csv: a byte order mark before a quote', NULL::csv3, E'\uFEFF"1",x,y\n', '(1,x,y)', NULL, :csv);
SELECT decodes('csv: a byte order mark before a header', NULL::csv2, E'\uFEFFb,a\n1,2\n', '(2,1)', NULL, :head);
SELECT decodes('csv: only one byte order mark is none', NULL::csv1, E'\uFEFF\uFEFFx', E'(\uFEFFx)', NULL, :csv);

-- optional fields
SELECT decodes('csv: the header lacks an optional field', NULL::csv3, E'a,c\n1,x\n', '(1,,x)', NULL,
	'{:header=true,b:optional=true}');
SELECT decodes('csv: the header has an optional field', NULL::csv3, E'b,a,c\ny,1,x\n', '(1,y,x)', NULL,
	'{:header=true,b:optional=true}');
SELECT ok(decoded(NULL::csv3, E'a,c\n1,x\n', options => '{:header=true}') LIKE 'error EL005:%', 'csv: the header lacks a field');

-- quotes
SELECT decodes('csv: quoted', NULL::csv3, E'"1","x,y","z\nw"\n', E'(1,"x,y","z\nw")', NULL, :csv);
SELECT decodes('csv: doubled quotes', NULL::csv2, E'"""x""","a""""b"\n""""\x2c""""""', E'("""x""","a""""b")\n("""","""""")', NULL, :csv);
SELECT decodes('csv: line ends stay as they are inside quotes', NULL::csv1, E'"a\r\nb\rc\nd"\n', E'("a\r\nb\rc\nd")', NULL, :csv);
SELECT decodes('csv: a quoted field is the last thing', NULL::csv2, E'x,"y"', '(x,y)', NULL, :csv);
SELECT decodes('csv: spaces belong to the field', NULL::csv2, E' x , y ', '(" x "," y ")', NULL, :csv);
SELECT decodes('csv: another quote and escape', NULL::csv2, E'\'a\\\'b\',"c"\n\'\\\\\',\'\\n\'\n', E'(a''b,"""c""")\n("\\\\","\\\\n")', NULL, ARRAY[':quote=''', ':escape=\']);
SELECT decodes('csv: an escape outside quotes is text', NULL::csv2, E'a\\,b\\\n', E'("a\\\\","b\\\\")', NULL, ARRAY[':escape=\']);
SELECT decodes('csv: an escape at the end', NULL::csv1, E'"a\\', E'reject: record 1 at 0,  parse 22P04: line 1: unterminated quoted field << "a\\', NULL, ARRAY[':escape=\']);
SELECT decodes('csv: without quotes', NULL::csv2, E'"a,b"\n"x"y,z', E'("""a","b""")\n("""x""y",z)', NULL, '{:quote=}');
SELECT decodes('csv: another delimiter', NULL::csv2, E'a;b\n"c;d";e,f\n', E'(a,b)\n(c;d,"e,f")', NULL, '{:delimiter=;}');
SELECT decodes('csv: tabs', NULL::csv2, E'a\tb\n', '(a,b)', NULL, ARRAY[E':delimiter=\t']);

-- null as COPY has it
SELECT decodes('csv: empty and quoted empty', NULL::csv2, E',""\n"",\n', E'(,"")\n("",)', NULL, :csv);
SELECT decodes('csv: a word for null', NULL::csv2, E'Null,"Null"\n,NULL\n', E'(,Null)\n("",NULL)', NULL, '{:null=Null}');
SELECT decodes('csv: a quoted empty is no number', NULL::csv3, E'"",x,y\n1,x,y', E'(1,x,y)\nreject: record 1 at 0, a parse 22P02: line 1: invalid input syntax for type integer: "" << "",x,y', NULL, :csv);

-- faults: the record is a reject, its neighbours are not
SELECT decodes('csv: too few and too many fields', NULL::csv3, E'1,x,y\n2,x\n3,x,y,z\n4,x,y',
	E'(1,x,y)\n(4,x,y)\n'
	'reject: record 2 at 6,  field_count 22P04: line 2: record has 2 fields, but the table expects 3 << 2,x\n'
	'reject: record 3 at 10,  field_count 22P04: line 3: record has 4 fields, but the table expects 3 << 3,x,y,z', NULL, :csv);
SELECT decodes('csv: text behind a closing quote', NULL::csv2, E'"a"x,"b\n"\nc,d', 
	E'(c,d)\nreject: record 1 at 0,  parse 22P04: line 1: unexpected text after closing quote << "a"x,"b\n'
	'reject: record 2 at 8,  parse 22P04: line 2: unterminated quoted field << "', NULL, :csv);
SELECT decodes('csv: a quote inside a field', NULL::csv2, E'5" pipe,b\nc,d\n',
	E'(c,d)\nreject: record 1 at 0,  parse 22P04: line 1: unexpected quote in unquoted field << 5" pipe,b', NULL, :csv);
SELECT decodes('csv: a quote that is never closed costs one line', NULL::csv2, E'a,b\nc,"d\ne,f\r\ng,h\n',
	E'(a,b)\n(e,f)\n(g,h)\nreject: record 2 at 4,  parse 22P04: line 2: unterminated quoted field << c,"d', NULL, :csv);
SELECT decodes('csv: a fault on a line of several', NULL::csv2, E'"x\ny"z,b\nc,d',
	E'(c,d)\nreject: record 1 at 0,  parse 22P04: line 1: unexpected text after closing quote << "x\ny"z,b', NULL, :csv);
SELECT decodes('csv: a value that does not fit', NULL::csv3, E'1,x,y\ntwo,"x,\nz",y\n3,x,y',
	E'(1,x,y)\n(3,x,y)\nreject: record 2 at 6, a parse 22P02: line 2: invalid input syntax for type integer: "two" << two,"x,\nz",y', NULL, :csv);
SELECT decodes('csv: invalid UTF-8', NULL::csv2, '\x612c620a632cff640a652cc3a90a'::bytea,
	E'(a,b)\n(e,é)\nreject: record 2 at 4,  encoding 22021: line 2: invalid byte 0xff for encoding "UTF8" at offset 6 (invalid bytes are shown as U+FFFD or ? in the raw text) << c,\uFFFDd', NULL, :csv);
SELECT decodes('csv: a zero byte', NULL::csv2, '\x612c620a632c00640a652c660a'::bytea,
	E'(a,b)\n(e,f)\nreject: record 2 at 4,  encoding 22021: line 2: invalid byte 0x00 for encoding "UTF8" at offset 6 (invalid bytes are shown as U+FFFD or ? in the raw text) << c,\uFFFDd', NULL, :csv);

-- headers
SELECT decodes('csv: fields are found by name', NULL::csv3, E'c,x,a,b\nC,X,1,B\n', '(1,B,C)', NULL, :head);
SELECT decodes('csv: a field of another name', NULL::csv2, E'LCLid,"KWh/hh ""x"" "\n1,2\n', '(1,2)', NULL, ARRAY[':header=true', 'a:path=LCLid', 'b:path=KWh/hh "x" ']);
SELECT decodes('csv: names are taken to the letter', NULL::csv2, E'A,b \n1,2\n',
	'error EL005: field "a" for column "a" not found in the CSV header | The header is: A,b ', NULL, :head);
SELECT decodes('csv: a name that occurs twice', NULL::csv2, E'a,b,a\n1,2,3\n',
	'error EL005: field "a" occurs more than once in the CSV header | The header is: a,b,a', NULL, :head);
SELECT decodes('csv: a broken header', NULL::csv2, E'a,"b"x\n1,2\n',
	'error EL005: CSV header is not valid: unexpected text after closing quote | The page begins with: a,"b"x', NULL, :head);
SELECT decodes('csv: field counts follow the header', NULL::csv2, E'a,b,c\n1,2\n1,2,3\n',
	E'(1,2)\nreject: record 1 at 6,  field_count 22P04: line 2: record has 2 fields, but the header has 3 << 1,2', NULL, :head);
SELECT decodes('csv: blank lines before the header', NULL::csv2, E'\n\r\na,b\n1,2\n3\n',
	E'(1,2)\nreject: record 2 at 11,  field_count 22P04: line 5: record has 1 field, but the header has 2 << 3', NULL, :head);
SELECT decodes('csv: a header over two lines', NULL::csv2, E'"a\n",b\n1,2\n3\n',
	E'(1,2)\nreject: record 2 at 11,  field_count 22P04: line 4: record has 1 field, but the header has 2 << 3', NULL, ARRAY[':header=true', E'a:path=a\n']);

-- lines and parameters
CREATE TYPE csv_line AS (a text, line bigint, file text);
SELECT decodes('csv: the number of the line', NULL::csv_line, E'a\r\n"x\ny"\n\nz\r\nw\rv',
	E'("x\ny",2,f)\n(,4,f)\n(z,5,f)\n(w,6,f)\n(v,7,f)', NULL, '{:header=true,line:line=on,file:param=f}');
SELECT decodes('csv: lines without a header', NULL::csv_line, E'x\ny\n', E'(x,1,f)\n(y,2,f)', NULL, '{:header=false,line:line=on,file:param=f}');
CREATE TYPE csv_param AS (a text, n int);
SELECT decodes('csv: a parameter that does not fit', NULL::csv_param, 'x',
	'error 22P02: invalid input syntax for type integer: "f" | Column "n" takes this value from the slice.', NULL, '{:header=false,n:param=f}');
CREATE TYPE csv_text_line AS (a text, line text);
SELECT decodes('csv: a line number wants an integer', NULL::csv_text_line, 'x',
	'error 42804: column "line" with lineage "line" cannot have type text | ', NULL, '{:header=false,line:line=on}');

-- types by the same ways as from JSON
CREATE DOMAIN csv_positive AS int CHECK (value > 0) NOT NULL;
CREATE TYPE csv_types AS (i int2, n numeric(6,2), f float8, t timestamptz, d date, u bool, j jsonb, p csv_positive);
SELECT decodes('csv: types', NULL::csv_types, E'1,2.345,1e3,2024-01-01T00:00:00Z,31.12.2023,yes,"{""a"": [1]}",4\n,,,,,,,5\n',
	E'(1,2.35,1000,"2024-01-01 00:00:00+00",2023-12-31,t,"{""a"": [1]}",4)\n(,,,,,,,5)', NULL, '{:header=false,d:format=DD.MM.YYYY}');
SELECT decodes('csv: a domain that refuses null', NULL::csv_types, E',,,,,,,\n',
	'reject: record 1 at 0, p constraint 23502: line 1: domain csv_positive does not allow null values << ,,,,,,,', NULL, :csv);
SELECT decodes('csv: JSON in a field', NULL::csv_types, E',,,,,,{,1\n', 
	'reject: record 1 at 0, j parse 22P02: line 1: invalid input syntax for type json << ,,,,,,{,1', NULL, :csv);

-- encodings
SELECT decodes('csv: LATIN1, offsets of the page', NULL::csv3, '\x312ce92cfc0a322cfc2c0a782c22e92222222ce40a'::bytea,
	E'(1,é,ü)\n(2,ü,)\nreject: record 3 at 11, a parse 22P02: line 3: invalid input syntax for type integer: "x" << x,"é""",ä', NULL, '{:encoding=LATIN1}');
SELECT decodes('csv: a word for null in LATIN1', NULL::csv2, '\xfc2c22fc220a'::bytea, '(,ü)', NULL, '{:encoding=LATIN1,:null=ü}');
SELECT decodes('csv: a header in LATIN1', NULL::csv2, '\xe42c620a312c320a'::bytea, '(1,2)', NULL, '{:header=true,:encoding=LATIN1,a:path=ä}');
SELECT decodes('csv: bytes that WIN1252 does not have', NULL::csv2, '\x802c620a812c640a'::bytea,
	E'(€,b)\nreject: record 2 at 4, a encoding 22021: line 2: invalid byte 0x81 for encoding "WIN1252" at offset 4 (invalid bytes are shown as U+FFFD or ? in the raw text) << \uFFFD,d', NULL, '{:encoding=WIN1252}');
SELECT decodes('csv: SJIS, whose second byte may be a letter', NULL::csv2, '\x835c2c22835c220a'::bytea, '(ソ,ソ)', NULL, '{:encoding=SJIS}');
SELECT decodes('csv: SJIS and a delimiter that may be half a letter', NULL::csv2, 'x|y',
	'error 0A000: encoding "SJIS" cannot be used with this delimiter, quote or escape | With this encoding they must not be letters, digits or any of @[\]^_`{|}~, nor other characters than ASCII, because multibyte characters can contain these bytes.', NULL, '{:encoding=SJIS,:delimiter=|}');

-- long fields and the memory of a record
SELECT is(decode_rows(NULL::csv2, convert_to(repeat('x', 3000000) || ',"' || repeat('""y' || E'\n', 500000) || '"', 'UTF8'), NULL, :csv, chunk, 10)::text,
	(ROW(repeat('x', 3000000), repeat('"y' || E'\n', 500000)))::text, 'csv: fields of megabytes in chunks of ' || chunk)
	FROM unnest('{1,1000,65536,0}'::int[]) chunk;
SELECT is(decoded(NULL::csv2, convert_to(E'a,b\n' || repeat('x', 3000000), 'UTF8'), NULL, '{:header=false,:memory=1000000}', 4096, 10),
	'error 54000: record exceeds elt.record_memory (976 kB) | The record begins on line 2, at byte 4 of the page.', 'csv: a record beyond the memory');
SELECT is((SELECT string_agg(a || b, ' ') FROM decode_rows(NULL::csv2, convert_to(E'a,b\nc,"d\n' || repeat(E'e,f\n', 500000), 'UTF8'), NULL, '{:header=false,:memory=1000000}', 4096, 10) WHERE a <> 'e'),
	'ab', 'csv: a quote that is not closed within the memory costs one line: the rows before');
SELECT is((SELECT count(*) FROM decode_rows(NULL::csv2, convert_to(E'a,b\nc,"d\n' || repeat(E'e,f\n', 500000), 'UTF8'), NULL, '{:header=false,:memory=1000000}', 4096, 10))::text,
	'500001', 'csv: a quote that is not closed within the memory costs one line: the rows behind');
SELECT is((SELECT string_agg(message || ' << ' || raw, ' ') FROM decode_rejects(NULL::csv2, convert_to(E'a,b\nc,"d\n' || repeat(E'e,f\n', 500000), 'UTF8'), NULL, '{:header=false,:memory=1000000}', 4096, 10)),
	'line 2: unterminated quoted field within elt.record_memory << c,"d', 'csv: the reject says so');
SELECT is(decoded(NULL::csv2, convert_to(repeat(',', 3000000), 'UTF8'), NULL, '{:header=false,:memory=1000000}', 4096, 10),
	'error 54000: record exceeds elt.record_memory (976 kB) | The record begins on line 1, at byte 0 of the page.', 'csv: more fields than the memory holds');


-- the number of the line in JSON as well
SELECT decodes('json: the number of the line', NULL::csv_line, E'\n[{"a":\n"x"},\n\n{"a":"y"}, {"a":"z"}]',
	E'(x,2,f)\n(y,5,f)\n(z,5,f)', NULL, '{line:line=on,file:param=f}');
SELECT decodes('json: the number of the line in JSON Lines', NULL::csv_line, E'{"a":"x"}\n\n{"a":"y"}\r\n{"a"}\n{"a":"z"}',
	E'(x,1,f)\n(y,3,f)\n(z,5,f)\nreject: record 3 at 22,  parse 22P02: line is not valid JSON: unexpected "}" at byte 26 << {"a"}', NULL, '{:framing=lines,line:line=on,file:param=f}');
SELECT decodes('json: the number of the line in many lines', NULL::csv_line,
	(SELECT string_agg(format('{"a":"%s"}', n), E'\n') FROM generate_series(1, 30) n),
	(SELECT string_agg(format('(%s,%s,f)', n, n), E'\n') FROM generate_series(1, 30) n), NULL, '{:framing=lines,line:line=on,file:param=f}');
SELECT is((SELECT count(*) FROM decode_rows(NULL::csv_line, convert_to((SELECT string_agg(format('{"a":"%s"}', n), E'\n') FROM generate_series(1, 200000) n), 'UTF8'),
	NULL, '{:framing=lines,line:line=on,file:param=f}', 0, 1000) WHERE a::bigint = line)::text, '200000', 'json: the number of the line in a long chunk');
