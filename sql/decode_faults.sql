-- Truncated pages and invalid values: rows that land, rejects, and slices that fail.
SET timezone = 'UTC';
SET datestyle = 'ISO';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA decode_faults;
SET search_path = decode_faults;

SELECT current_setting('data_directory') || '/elt_decode_faults' AS root \gset
CREATE FUNCTION shell(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'cat >/dev/null; ' || command);
END $$;
CREATE FUNCTION put(name text, content bytea) RETURNS void LANGUAGE sql AS $$
	SELECT shell(format('mkdir -p "%1$s/elt_decode_faults" && printf %%s %3$s | base64 -d >"%1$s/elt_decode_faults/%2$s"',
		current_setting('data_directory'), name, replace(encode(content, 'base64'), E'\n', ''))) $$;
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
CREATE SERVER decode_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

-- A page breaks off behind a value that its input function refuses
SELECT put('number.json', '[{"id":"abc",');
SELECT put('jsonb.json', '[{"j":{"a":"\u0000"},"v');
SELECT put('second.json', '[{"id":1},{"id":"abc"');
CREATE FOREIGN TABLE cut (id numeric, j jsonb) SERVER decode_files OPTIONS (glob 'number.json', settle '0', format 'json');
SELECT says('SELECT * FROM cut');
ALTER FOREIGN TABLE cut OPTIONS (SET glob 'jsonb.json');
SELECT says('SELECT * FROM cut');
ALTER FOREIGN TABLE cut OPTIONS (SET glob 'second.json');
SELECT says('SELECT * FROM cut');

-- The last of several members of one name counts, whatever the first ones were
SELECT put('twice.json', '[{"t":{"a":1},"t":"1:02","v":1},{"t":"x","t":"3:04","v":2},{"a":"{x}","a":null,"v":3},{"t":"1:02","t":{},"v":4}]');
CREATE FOREIGN TABLE twice (f text OPTIONS (lineage 'file'), v int, t time, a text[], vs int OPTIONS (path '$[*].v'))
	SERVER decode_files OPTIONS (glob 'twice.json', settle '0', format 'json', records '$[*]');
SELECT elt.create_pipeline('decode_twice', 'twice', 'decode_faults.from_twice', '{v}');
CALL elt.run('decode_twice');
SELECT f, v, t, a, vs FROM from_twice ORDER BY v;
SELECT column_name, raw FROM elt.rejects WHERE pipeline = 'decode_twice';
SELECT elt.drop_pipeline('decode_twice');

-- A null in a domain lands as null, unless the domain refuses it
CREATE DOMAIN above_zero AS int CHECK (VALUE > 0);
CREATE DOMAIN modern AS date CHECK (VALUE > '1900-01-01');
CREATE DOMAIN word AS text CHECK (VALUE <> '');
CREATE DOMAIN amount AS numeric CHECK (VALUE >= 0);
CREATE DOMAIN given AS text NOT NULL;
SELECT put('domains.csv', E'id,a,d,w,n,g\n1,,,,,x\n2,2,2024-02-02,b,2.5,y\n3,3,2024-03-03,c,3,\n');
SELECT put('domains.json', '[{"id":1,"a":null,"d":null,"w":null,"n":null,"g":"x"},{"id":4,"g":"z"},{"id":5,"g":null},{"id":6}]');
CREATE FOREIGN TABLE domains_csv (id int, a above_zero, d modern, w word, n amount, g given)
	SERVER decode_files OPTIONS (glob 'domains.csv', settle '0');
CREATE FOREIGN TABLE domains_json (id int, a above_zero, d modern, w word, n amount, g given)
	SERVER decode_files OPTIONS (glob 'domains.json', settle '0', format 'json');
SELECT says('SELECT * FROM domains_csv');
SELECT elt.create_pipeline('decode_csv', 'decode_faults.domains_csv', 'decode_faults.from_csv', '{id}');
CALL elt.run('decode_csv');
SELECT elt.create_pipeline('decode_json', 'decode_faults.domains_json', 'decode_faults.from_json', '{id}');
CALL elt.run('decode_json');
SELECT id, a, d, w, n, g, a IS NULL AS null_a FROM from_csv UNION ALL SELECT id, a, d, w, n, g, a IS NULL FROM from_json ORDER BY 1, 6;
SELECT pipeline, record, reason, column_name, message FROM elt.rejects WHERE pipeline IN ('decode_csv', 'decode_json') ORDER BY 1, 2;
SELECT elt.drop_pipeline('decode_csv');
SELECT elt.drop_pipeline('decode_json');

-- One bad record is one reject, wherever the columns beside its list stand; a null list has no records
SELECT put('units.json', convert_to('{"rows":[{"id":1},{"id":2,"name":"caf', 'UTF8') || '\xe9'::bytea || convert_to('"},{"id":3}],"unit":"MW"}', 'UTF8'));
CREATE FOREIGN TABLE units (id int, unit text OPTIONS (path '$.unit'))
	SERVER decode_files OPTIONS (glob 'units.json', settle '0', format 'json', records '$.rows[*]');
\getenv replay ELT_REPLAY
CREATE SERVER decode_replay FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE changes (id int) SERVER decode_replay OPTIONS (path '/echo',
	query 'type=application/json&body={{%22added%22:%5B{{%22id%22:1}},{{%22id%22:2,%22size%22:NaN}}%5D,%22modified%22:%5B%5D,%22removed%22:%5B{{%22id%22:3}}%5D}}',
	records '$.added[*], $.modified[*], $.removed[*]');
SELECT put('orders.json', '{"orders":[{"lines":null,"id":5},{"lines":[{"sku":"a"}],"id":6}]}');
CREATE FOREIGN TABLE orders (id int OPTIONS (path '$.orders[*].id'), sku text)
	SERVER decode_files OPTIONS (glob 'orders.json', settle '0', format 'json', records '$.orders[*].lines[*]');
SELECT * FROM orders;

-- A line lands whole or is one reject; what jsonb refuses is one reject
SELECT put('lines.jsonl', E'{"id":1,"v":{"x":1}}\n{"id":2}}\n{"id":3}{"id":4}\n[{"id":5},{"id":6}] x\n{"id":7,"v":{"x":NaN}}\n[{"id":8},{"id":9}]\n{"id":10,"v":');
CREATE FOREIGN TABLE lines (id int, v jsonb) SERVER decode_files OPTIONS (glob 'lines.jsonl', settle '0', format 'jsonl');

CREATE FUNCTION lands(source text) RETURNS text LANGUAGE sql AS
$$ SELECT elt.create_pipeline('decode_' || source, ('decode_faults.' || source)::regclass, 'decode_faults.landed_' || source, '{id}') $$;
SELECT lands('units'), lands('changes'), lands('lines');
CALL elt.run('decode_units');
CALL elt.run('decode_changes');
CALL elt.run('decode_lines');
SELECT id, unit FROM landed_units ORDER BY 1;
SELECT id FROM landed_changes ORDER BY 1;
SELECT id, v FROM landed_lines ORDER BY 1;
SELECT pipeline, record, reason, message FROM elt.rejects WHERE pipeline ~ '^decode_' ORDER BY 1, 2;
SELECT elt.drop_pipeline('decode_units'), elt.drop_pipeline('decode_changes'), elt.drop_pipeline('decode_lines');

-- What a date means does not depend on who reads it, and no year has two digits
SELECT put('dates.csv', E'id,d,t,i\n1,2024-02-01,2024-02-01 10:00,-1 2:03:04\n2,01/02/2024,,\n3,,01.02.24 10:00,\n4,240201,,\n5,Today,,\n6,,now,\n');
SELECT put('formatted.csv', E'id,d\n1,01.02.2024\n2,01.02.24\n');
CREATE FOREIGN TABLE dates (id int, d date, t timestamp, i interval) SERVER decode_files OPTIONS (glob 'dates.csv', settle '0');
CREATE FOREIGN TABLE formatted (id int, d date OPTIONS (format 'DD.MM.YYYY')) SERVER decode_files OPTIONS (glob 'formatted.csv', settle '0');
SELECT says('SELECT * FROM dates');
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SELECT says('SELECT * FROM dates');
SELECT lands('dates'), lands('formatted');
CALL elt.run('decode_dates');
CALL elt.run('decode_formatted');
SET datestyle = 'ISO';
SET intervalstyle = 'postgres';
SELECT id, d, t, i FROM landed_dates ORDER BY 1;
SELECT id, d FROM landed_formatted ORDER BY 1;
SELECT pipeline, record, reason, column_name, message FROM elt.rejects WHERE pipeline ~ '^decode_' ORDER BY 1, 2;
SELECT elt.drop_pipeline('decode_dates'), elt.drop_pipeline('decode_formatted');

-- Nor does a time or an abbreviation of a time zone
SELECT put('zones.csv', E'id,c,z,t\n1,10:00,10:00+02,"Sat, 6 Jul 2024 10:00 EST"\n2,now,,\n3,,Now,\n4,,,2024-07-06 10:00 Europe/Berlin\n5,12:00 PM,,2024-07-06 10:00 WAST\n6,,10:00 PM,\n7,,10:00 CET,\n');
CREATE FOREIGN TABLE zones (id int, c time, z timetz OPTIONS (time_zone 'Europe/Berlin'), t timestamptz) SERVER decode_files OPTIONS (glob 'zones.csv', settle '0');
SET timezone_abbreviations = 'Australia';
SELECT lands('zones');
CALL elt.run('decode_zones');
SHOW timezone_abbreviations;
RESET timezone_abbreviations;
SELECT id, c, z, t AT TIME ZONE 'UTC' AS utc FROM landed_zones ORDER BY 1;
SELECT record, reason, column_name, message FROM elt.rejects WHERE pipeline = 'decode_zones' ORDER BY 1;
SELECT elt.drop_pipeline('decode_zones');

-- A param is sent and read alike, too
CREATE FOREIGN TABLE spans (id int, span interval OPTIONS (param 'span')) SERVER decode_replay
	OPTIONS (path '/echo', query 'type=application/json&body=%5B{{%22id%22:1}}%5D&header=X-Span:{span}');
SET intervalstyle = 'sql_standard';
SELECT id FROM spans WHERE span = '-1 days -02:03:04'::interval;
SET intervalstyle = 'postgres';

-- Paths that read nothing are refused when they are declared
SELECT says($$CREATE FOREIGN TABLE wrong (id int OPTIONS (path '/id')) SERVER decode_replay OPTIONS (path '/echo')$$);
SELECT says($$CREATE FOREIGN TABLE wrong (id int OPTIONS (path '$.&')) SERVER decode_replay OPTIONS (path '/echo')$$);
SELECT says($$CREATE FOREIGN TABLE wrong (id int OPTIONS (path '$.1')) SERVER decode_replay OPTIONS (path '/echo')$$);
SELECT says($$CREATE FOREIGN TABLE wrong (id int) SERVER decode_replay OPTIONS (path '/echo', records '$.a[01].b[*]')$$);
CREATE FOREIGN TABLE wrong (id int, x int OPTIONS (path '$.c[*].x')) SERVER decode_replay OPTIONS (path '/echo', records '$.a[*], $.b[*]');
SELECT says($$SELECT elt.create_pipeline('decode_wrong', 'decode_faults.wrong', 'decode_faults.landed_wrong', '{id}')$$);
CREATE FOREIGN TABLE wrong_file (id int OPTIONS (path '/id')) SERVER decode_files OPTIONS (glob 'orders.json', settle '0', format 'json');
SELECT says($$SELECT elt.create_pipeline('decode_wrong', 'decode_faults.wrong_file', 'decode_faults.landed_wrong', '{id}')$$);

-- What is missing on the way to the records is named
CREATE FOREIGN TABLE absent (sku text) SERVER decode_files OPTIONS (glob 'orders.json', settle '0', format 'json', records '$.orders[0].items[*]');
SELECT says('SELECT * FROM absent');
ALTER FOREIGN TABLE absent OPTIONS (SET records '$.orders[2]');
SELECT says('SELECT * FROM absent');

SELECT shell('rm -r ' || current_setting('data_directory') || '/elt_decode_faults');
SET client_min_messages = error;
DROP SERVER decode_files, decode_replay CASCADE;
DROP SCHEMA decode_faults CASCADE;
