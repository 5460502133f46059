-- Files as they are: encodings and byte order marks, lines around the records, odd separators.
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET statement_timeout = '60s';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA file_formats;
SET search_path = file_formats;

SELECT current_setting('data_directory') || '/elt_file_formats' AS root \gset
CREATE FUNCTION shell(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'cat >/dev/null; ' || command);
END $$;
CREATE FUNCTION in_root(command text) RETURNS void LANGUAGE sql AS
$$ SELECT shell(format('mkdir -p "%1$s/elt_file_formats" && cd "%1$s/elt_file_formats" && %2$s', current_setting('data_directory'), command)) $$;
CREATE FUNCTION put(name text, content bytea) RETURNS void LANGUAGE sql AS
$$ SELECT in_root(format('printf %%s %s | base64 -d >"%s"', replace(encode(content, 'base64'), E'\n', ''), name)) $$;
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE sql AS
$$ SELECT put(name, convert_to(content, 'UTF8')) $$;
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; state text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
	RETURN replace(concat_ws(E'\n', state || ': ' || message, nullif(detail, ''), nullif(hint, '')),
		current_setting('data_directory'), '...');
END $$;
CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

-- The text as UTF-16 or UTF-32: low byte first or last, with a mark or without
CREATE FUNCTION wide(content text, units int, low_first boolean, mark boolean DEFAULT true) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	result bytea := '';
	code int;
	word bytea;
	unit int;
BEGIN
	FOR code IN SELECT ascii(c) FROM regexp_split_to_table(CASE WHEN mark THEN E'\uFEFF' ELSE '' END || content, '') WITH ORDINALITY s(c, n) ORDER BY n LOOP
		FOREACH unit IN ARRAY CASE WHEN units = 2 AND code > 65535
				THEN ARRAY[55296 + (code - 65536) / 1024, 56320 + (code - 65536) % 1024] ELSE ARRAY[code] END LOOP
			word := substr(int4send(unit), 5 - units);
			result := result || CASE WHEN low_first THEN (SELECT string_agg(substr(word, i, 1), '' ORDER BY i DESC) FROM generate_series(1, units) i) ELSE word END;
		END LOOP;
	END LOOP;
	RETURN result;
END $$;
SELECT put('enc_16le.csv', wide(E'id,name\n1,Zo\u00eb\n2,\U0001F600\n3,"a\nb"\n', 2, true)),
	put('enc_16be.csv', wide(E'id,name\r\n1,Zo\u00eb\r\n', 2, false)),
	put('enc_32le.csv', wide(E'id,name\n1,\U0001F600\n', 4, true)),
	put('enc_32be.csv', wide(E'id,name\n1,\u20ac\n', 4, false)),
	put('enc_mark.csv', E'\uFEFFid,name\n1,\u20ac\n'),
	put('enc_plain.csv', '\x69642c6e616d650a312c800a'::bytea);
-- A mark beats the declared encoding, which is that of the files without one.
CREATE FOREIGN TABLE enc (id int, name text, _file text OPTIONS (lineage 'file'), _line int OPTIONS (lineage 'line'))
	SERVER files OPTIONS (glob 'enc_*.csv', settle '0', on_change 'merge', encoding 'WIN1252');
SELECT * FROM enc;
ALTER FOREIGN TABLE enc OPTIONS (SET glob 'unmarked.csv');
SELECT put('unmarked.csv', wide(E'id,name\n1,\u20ac\n', 2, true, false));
SELECT says(format('ALTER FOREIGN TABLE enc OPTIONS (SET encoding %L)', e)) FROM unnest('{UTF16,UTF17,utf-16le}'::text[]) e;
SELECT * FROM enc;
ALTER FOREIGN TABLE enc OPTIONS (SET encoding 'UTF-32');
SELECT says('SELECT * FROM enc');
-- Halves of pairs, and half a unit at the end, reject their records
SELECT put('broken.csv', wide(E'id,name\n1,ok\n2,', 2, false) || '\xd83d'::bytea || wide(E'\n3,', 2, false, false) || '\xde00d83d'::bytea
	|| wide(E'x\n4,', 2, false, false) || '\xd83dde00'::bytea || wide(E'\n5,x', 2, false, false) || '\x00'::bytea);
ALTER FOREIGN TABLE enc OPTIONS (SET glob 'broken.csv', SET encoding 'UTF8');
SELECT elt.create_pipeline('enc', 'file_formats.enc', 'file_formats.enc_landed', '{id}');
CALL elt.run('enc');
SELECT id, name, _line FROM enc_landed ORDER BY id;
SELECT record, reason, message FROM elt.rejects WHERE pipeline = 'enc' ORDER BY record;
SELECT elt.drop_pipeline('enc');
-- Conversion in many chunks
SELECT in_root('(printf "id,name\n"; seq 1 50000 | sed "s/.*/&,é€😀/") | iconv -f UTF-8 -t UTF-16 >many.csv');
ALTER FOREIGN TABLE enc OPTIONS (SET glob 'many.csv');
SELECT count(*), sum(id), min(name), max(name), max(_line) FROM enc;
-- JSON too
SELECT put('wide.jsonl', wide(E'{"id": 1, "name": "\u20ac"}\n{"id": 2, "name": "\U0001F600"}\n', 2, true));
CREATE FOREIGN TABLE wide_json (id int, name text) SERVER files OPTIONS (glob 'wide.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT * FROM wide_json;

-- A first line that names the delimiter, as spreadsheets write it
SELECT put('sep1.csv', E'sep=;\nid;name\n1;a,b\n'), put('sep2.csv', E'\uFEFF"SEP=|"\r\nid|name\r\n2|c;d\r\n'),
	put('sep3.csv', E'sep=\t\rid\tname\r3\te\r'), put('sep4.csv', E'id,name\n4,sep=;\n'), put('sep5.csv', 'sep=;');
CREATE FOREIGN TABLE csv (id int, name text, _file text OPTIONS (lineage 'file'), _line int OPTIONS (lineage 'line'))
	SERVER files OPTIONS (glob 'sep?.csv', settle '0', on_change 'merge');
SELECT * FROM csv;

-- A reject keeps the delimiter of its file
SELECT put('sep6.csv', E'sep=;\nname;id\na,b;x\n');
ALTER FOREIGN TABLE csv OPTIONS (SET glob 'sep6.csv');
SELECT elt.create_pipeline('sep', 'file_formats.csv', 'file_formats.sep_landed', '{name}');
CALL elt.run('sep');
ALTER FOREIGN TABLE csv ALTER id OPTIONS (null 'x');
SELECT rejects, replayed, rejected FROM elt.replay_rejects('sep');
SELECT id, name, _line FROM sep_landed;
SELECT elt.drop_pipeline('sep');
ALTER FOREIGN TABLE csv ALTER id OPTIONS (DROP null);

-- Lines above the header and below the last record, and comments
SELECT put('lines.csv', E'Report "of\n\nAll shops, 2024\n# id,name\nid,name\n# "a\n1,x\r\n2,"#y\n#z"\r3,#\n\n#end\nTotal,3,"\nPage 1 of 1\n\n');
ALTER FOREIGN TABLE csv OPTIONS (SET glob 'lines.csv', skip_lines '3', skip_footer '2', comment '#');
SELECT * FROM csv;
ALTER FOREIGN TABLE csv OPTIONS (DROP skip_lines, header_row 'find');
SELECT * FROM csv;
SELECT put('lines.csv', E'Report\nid,name\nTotal,3\n');
SELECT count(*) FROM csv;
SELECT put('lines.csv', E'Report\nid,names\n1,2\n');
SELECT says('SELECT * FROM csv');
SELECT put('lines.csv', (SELECT string_agg('x', E'\n') FROM generate_series(1, 1000)) || E'\nid,name\n1,2\n');
SELECT says('SELECT * FROM csv');
-- Green Button: two headers, and lines of text above each
SELECT put('green1.csv', E'\uFEFFName,A B\nAddress,"1 Main St, Town"\nAccount Number,123\nService,"x"\n\nTYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST,NOTES\nElectric usage,7/2/2026,0:00,0:59,-0.25,kWh,$0.12 ,\n'),
	put('green2.csv', E'Name,A B\nService,"x"\n\nTYPE,DATE,START TIME,USAGE (kWh),COST,NOTES\nElectric usage,7/2/2026,1:00,1.5,$1.00 ,\n');
CREATE FOREIGN TABLE green (type text OPTIONS (path 'TYPE'), day date OPTIONS (path 'DATE', format 'MM/DD/YYYY'), start_time time OPTIONS (path 'START TIME'),
	usage numeric OPTIONS (path 'USAGE', optional 'true'), usage_kwh numeric OPTIONS (path 'USAGE (kWh)', optional 'true'),
	cost numeric OPTIONS (path 'COST', currency '$', trim 'true')) SERVER files OPTIONS (glob 'green?.csv', settle '0', on_change 'merge', header_row 'find');
SELECT * FROM green;

-- A header that must be that of the columns
SELECT put('exact1.csv', E'id,name,note,,\n1,a,b\n'), put('exact2.csv', E'id,name\n2,a\n'), put('exact3.csv', E'id,note,name\n3,a,b\n'),
	put('exact4.csv', E'id,name,note,more\n4,a,b,c\n'), put('exact5.csv', E'id,ID,name,note\n5,5,a,b\n'), put('exact6.csv', E'title\nid,name,note\n6,a,b\n'),
	put('exact7.csv', E'id,note\n7,b\n');
CREATE FOREIGN TABLE exact (id int, same text OPTIONS (path 'id'), name text, note text OPTIONS (optional 'true'), _file text OPTIONS (lineage 'file'), twice int OPTIONS (expression 'id * 2'))
	SERVER files OPTIONS (glob 'exact?.csv', settle '0', header_match 'exact');
SELECT elt.create_pipeline('exact', 'file_formats.exact', 'file_formats.exact_landed', strategy => 'append');
SET client_min_messages = error;
CALL elt.run('exact');
SET client_min_messages = warning;
SELECT id, same, name, note, _file, twice FROM exact_landed ORDER BY id;
SELECT name, state, first_error FROM elt.files WHERE pipeline = 'exact' AND state <> 'landed' ORDER BY name;
SELECT elt.drop_pipeline('exact');
SELECT says($$SELECT * FROM exact WHERE _file = 'exact4.csv'$$);
ALTER FOREIGN TABLE exact OPTIONS (header_row 'find');
SELECT id, name FROM exact WHERE _file IN ('exact1.csv', 'exact6.csv');
SELECT says($$ALTER FOREIGN TABLE exact OPTIONS (SET header_match 'loose')$$), says($$ALTER FOREIGN TABLE exact OPTIONS (DROP header_row, header 'false')$$),
	says($$ALTER FOREIGN TABLE exact OPTIONS (DROP header_row, format 'jsonl')$$);
ALTER FOREIGN TABLE exact ALTER name OPTIONS (position '2');
SELECT says('SELECT * FROM exact');

-- Separators of several characters
SELECT put('several.csv', E'id||name\n1||a|b\n2||"c||d"||\n3||"e""|"\n4||"f"|x\n5||\n');
CREATE FOREIGN TABLE several (id int, name text, _line int OPTIONS (lineage 'line')) SERVER files OPTIONS (glob 'several.csv', settle '0', on_change 'merge', delimiter '||');
SELECT elt.create_pipeline('several', 'file_formats.several', 'file_formats.several_landed', '{id}');
CALL elt.run('several');
SELECT id, name, _line FROM several_landed ORDER BY id;
SELECT record, reason, message, raw FROM elt.rejects WHERE pipeline = 'several' ORDER BY record;
SELECT elt.drop_pipeline('several');
-- One that is no ASCII is looked for as each file writes it
SELECT put('para1.csv', E'\uFEFFid\u00a7name\n1\u00a7\u20ac\n'), put('para2.csv', '\x6964a76e616d650a32a7800a'::bytea);
ALTER FOREIGN TABLE several OPTIONS (SET delimiter '§', SET glob 'para?.csv', encoding 'WIN1252');
SELECT id, name FROM several;
ALTER FOREIGN TABLE several OPTIONS (SET encoding 'SJIS');
SELECT says('SELECT * FROM several');
SELECT says(format('ALTER FOREIGN TABLE several OPTIONS (SET delimiter %L)', d)) FROM unnest(ARRAY['', E'a\nb', '123456789', '-"-']) d;

-- Names that are empty or occur twice, separators at the end, records with too few fields
SELECT put('ragged.csv', E',value,value,unit,\n1,a,b,m,\n2,c,d,m\n3,e,f,m,,,\n4,g\n5,h,i,m,,x\n6\n');
CREATE FOREIGN TABLE ragged (id int OPTIONS (position '1'), value text OPTIONS (position '3'), unit text)
	SERVER files OPTIONS (glob 'ragged.csv', settle '0', on_change 'merge');
SELECT elt.create_pipeline('ragged', 'file_formats.ragged', 'file_formats.ragged_landed', '{id}');
CALL elt.run('ragged');
SELECT id, value, unit FROM ragged_landed ORDER BY id;
SELECT record, reason, message, raw FROM elt.rejects WHERE pipeline = 'ragged' ORDER BY record;
ALTER FOREIGN TABLE ragged OPTIONS (fill_missing 'true', null '-');
SELECT elt.reload_file('ragged', 'ragged.csv');
CALL elt.run('ragged');
SELECT id, value, unit FROM ragged_landed ORDER BY id;
SELECT elt.drop_pipeline('ragged');
ALTER FOREIGN TABLE ragged ALTER value OPTIONS (DROP position);
SELECT says('SELECT * FROM ragged');
ALTER FOREIGN TABLE ragged ALTER value OPTIONS (ADD position '9');
SELECT says('SELECT * FROM ragged');
ALTER FOREIGN TABLE ragged ALTER value OPTIONS (SET position '1-9');
SELECT says('SELECT * FROM ragged');
SELECT says(format('ALTER FOREIGN TABLE ragged ALTER value OPTIONS (SET position %L)', p)) FROM unnest('{0,x,-1,3-2,1-2-3,9999999}'::text[]) p;
SELECT says($$ALTER FOREIGN TABLE ragged ALTER value OPTIONS (path 'x')$$);
CREATE FOREIGN TABLE places (c text OPTIONS (position '3'), a text OPTIONS (position '1')) SERVER files OPTIONS (glob 'places.csv', settle '0', on_change 'merge', header 'false');
SELECT put('places.csv', E'1,2,3\n4,5,6,7\n8,9\n');
SELECT says('SELECT * FROM places');
ALTER FOREIGN TABLE places OPTIONS (skip_footer '1');
SELECT * FROM places;
ALTER FOREIGN TABLE places OPTIONS (SET header 'true', header_row 'find');
SELECT says('SELECT * FROM places');

-- Fixed width, in characters
SELECT put('fixed.txt', convert_to(E'HEAD\r\n00001Zoë  Smith 12.50   x\n00002  \u20ac          \n\n00003Bob           1\n# no\n00004Ann         7.00   tail\n00005', 'UTF8') || '\xe90a454e440a'::bytea);
CREATE FOREIGN TABLE fixed (id int OPTIONS (position '1-5'), name text OPTIONS (position '6-15'), amount numeric OPTIONS (position '16-22'),
	rest text OPTIONS (position '23-'), _line int OPTIONS (lineage 'line'))
	SERVER files OPTIONS (glob 'fixed.txt', settle '0', on_change 'merge', format 'fixed', skip_lines '1', skip_footer '1', comment '#');
SELECT elt.create_pipeline('fixed', 'file_formats.fixed', 'file_formats.fixed_landed', '{id}');
CALL elt.run('fixed');
SELECT id, name, amount, rest, _line FROM fixed_landed ORDER BY id;
SELECT record, reason, column_name, message, raw FROM elt.rejects WHERE pipeline = 'fixed' ORDER BY record;
ALTER FOREIGN TABLE fixed OPTIONS (fill_missing 'true');
SELECT rejects, replayed, rejected FROM elt.replay_rejects('fixed');
SELECT elt.reload_file('fixed', 'fixed.txt');
CALL elt.run('fixed');
SELECT id, name, amount, rest FROM fixed_landed ORDER BY id;
SELECT elt.drop_pipeline('fixed');
ALTER FOREIGN TABLE fixed OPTIONS (DROP fill_missing, SET glob 'fixed_1252.txt', encoding 'WIN1252', DROP skip_lines, DROP skip_footer);
SELECT put('fixed_1252.txt', '\x30303030315a6feb2020202020202020202020203120202078'::bytea);
SELECT * FROM fixed;
CREATE FOREIGN TABLE unfixed (id int) SERVER files OPTIONS (glob 'fixed.txt', settle '0', on_change 'merge', format 'fixed');
SELECT says('SELECT * FROM unfixed');
SELECT says(format('ALTER FOREIGN TABLE unfixed OPTIONS (%s)', o))
FROM unnest(ARRAY['delimiter '';''', 'header ''true''', 'quote ''''', 'records ''$.x''', 'comment ''##''', 'skip_lines ''-1''']) o;
SELECT says($$ALTER FOREIGN TABLE green OPTIONS (header 'false')$$);

-- A file of no bytes is empty, and only where a header should be does a warning say so
SELECT put('void1.txt', ''), put('void2.txt', '1');
CREATE FOREIGN TABLE void (id int, _file text OPTIONS (lineage 'file')) SERVER files OPTIONS (glob 'void?.txt', settle '0', on_change 'merge', header 'false');
SELECT elt.create_pipeline('void', 'file_formats.void', 'file_formats.void_landed', '{id}');
CALL elt.run('void');
SELECT params, state, rows FROM elt.slices WHERE pipeline = 'void' ORDER BY params::text;
SELECT elt.drop_pipeline('void');

-- Compression and archives
CREATE FUNCTION python(code text) RETURNS void LANGUAGE sql AS
$$ SELECT in_root(format('printf %%s %s | base64 -d | python3 -', replace(encode(convert_to(code, 'UTF8'), 'base64'), E'\n', ''))) $$;
CREATE FOREIGN TABLE packed (id int, name text, _file text OPTIONS (lineage 'file'), _member text OPTIONS (lineage 'member'))
	SERVER files OPTIONS (glob 'packed_*', settle '0', on_change 'merge');
SELECT python($py$
import bz2, lzma, struct
def lz4(data):
    return b"\x04\x22\x4d\x18\x60\x40\x82" + struct.pack("<I", 0x80000000 | len(data)) + data + b"\0\0\0\0"
for end, pack in (("bz2", bz2.compress), ("xz", lzma.compress), ("lz4", lz4)):
    whole = pack(b"id,name\n1,one\n") + pack(b"2," + b"two" * 20 + b"\n")
    open("packed_a." + end, "wb").write(whole)
    open("packed_b." + end, "wb").write(whole[:-9])
    open("packed_c." + end, "wb").write(whole + b"rubbish")
open("packed_d.xz", "wb").write(lzma.compress(b"id,name\n4,four\n") + bytes(8))
open("packed_e.csv", "wb").write(b"BZh,id,name\n,5,five\n")
$py$);
SELECT id, left(name, 6) AS name, _file FROM packed WHERE _file IN ('packed_a.bz2', 'packed_a.xz', 'packed_a.lz4', 'packed_d.xz', 'packed_e.csv');
SELECT f, split_part(says(format('SELECT * FROM packed WHERE _file = %L', f)), E'\n', 1)
FROM unnest('{packed_b.bz2,packed_b.xz,packed_b.lz4,packed_c.bz2,packed_c.xz,packed_c.lz4}'::text[]) f;
SELECT in_root('head -c 60000000 /dev/zero | python3 -c "import lzma, sys; sys.stdout.buffer.write(lzma.compress(sys.stdin.buffer.read(), preset=0))" >bomb.xz');
ALTER FOREIGN TABLE packed OPTIONS (SET glob 'bomb.xz');
ALTER SERVER files OPTIONS (max_file_bytes '1MB');
SELECT says('SELECT * FROM packed');
-- Each member of an archive is a file with a header of its own
SELECT python($py$
import zipfile
def archive(name, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(name, "w", method) as out:
        for member, text in members:
            out.writestr(member, text)
archive("a.zip", [("sales/", ""), ("sales/1.csv", "id,name\n1,one\n"), ("sales/2.CSV", "name,id\ntwo,2\n"), ("readme.txt", "no table"),
    ("sales/.hidden.csv", "x"), ("__MACOSX/sales/1.csv", "x"), ("gr\u00fc\u00df.csv", "id,name\n3,three\nx,four\n"), ("void.csv", "")])
archive("stored.zip", [("1.csv", "id,name\n5,five\n")], zipfile.ZIP_STORED)
archive("none.zip", [])
for at, name in enumerate(("../up.csv", "/etc/passwd", "a/../../b.csv", "..\\up.csv")):
    archive("outside%d.zip" % at, [("1.csv", "id,name\n7,seven\n"), (name, "id,name\n8,eight\n")])
archive("bomb.zip", [("%d.csv" % n, "id,name\n" + "1,%s\n" % ("x" * 1000) * 300) for n in range(4)])
whole = open("a.zip", "rb").read()
open("cut.zip", "wb").write(whole[:len(whole) // 2])
spoilt = bytearray(whole)
spoilt[whole.index(b"sales/1.csv") + 14] ^= 255
open("spoilt.zip", "wb").write(spoilt)
locked = bytearray(open("stored.zip", "rb").read())
locked[6] |= 1
locked[locked.index(b"PK\1\2") + 8] |= 1
open("locked.zip", "wb").write(locked)
archive("many.zip", [("%d.csv" % n, "") for n in range(10001)], zipfile.ZIP_STORED)
$py$);
ALTER FOREIGN TABLE packed OPTIONS (SET glob '[!b]*.zip', members '*.csv');
SELECT elt.create_pipeline('packed', 'file_formats.packed', 'file_formats.packed_landed', '{id}');
SET client_min_messages = error;
CALL elt.run('packed');
SET client_min_messages = warning;
SELECT id, name, _file, _member FROM packed_landed ORDER BY id;
SELECT params ->> 'file' AS file, state, rows, rejected, sqlstate, error FROM elt.slices WHERE pipeline = 'packed' ORDER BY 1;
SELECT params, message, raw FROM elt.rejects WHERE pipeline = 'packed';
SELECT elt.drop_pipeline('packed');
ALTER FOREIGN TABLE packed OPTIONS (SET glob 'a.zip', SET members 'sales/*.[cC]*');
SELECT id, name, _member FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET members '*.json');
SELECT says('SELECT * FROM packed');
ALTER FOREIGN TABLE packed OPTIONS (SET glob 'bomb.zip', DROP members);
SELECT says('SELECT * FROM packed');
ALTER SERVER files OPTIONS (DROP max_file_bytes);
SELECT count(*), count(DISTINCT _member) FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET glob 'stored.zip', compression 'zip');
SELECT id FROM packed;
ALTER FOREIGN TABLE packed OPTIONS (SET glob 'packed_e.csv');
SELECT says('SELECT * FROM packed');

SELECT shell('rm -r ' || current_setting('data_directory') || '/elt_file_formats');
SET client_min_messages = error;
DROP SERVER files CASCADE;
DROP SCHEMA file_formats CASCADE;
