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
	SERVER files OPTIONS (glob 'enc_*.csv', encoding 'WIN1252');
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
CREATE FOREIGN TABLE wide_json (id int, name text) SERVER files OPTIONS (glob 'wide.jsonl', format 'jsonl');
SELECT * FROM wide_json;

SELECT shell('rm -r ' || current_setting('data_directory') || '/elt_file_formats');
SET client_min_messages = error;
DROP SERVER files CASCADE;
DROP SCHEMA file_formats CASCADE;
