-- Values as files and APIs of other countries write them: column options, types, what is refused.
SET timezone = 'America/New_York';
SET datestyle = 'German';
SET intervalstyle = 'iso_8601';
SET statement_timeout = '60s';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA values_test;
SET search_path = values_test;

SELECT current_setting('data_directory') || '/elt_values_test' AS root \gset
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format(
		'cat >/dev/null; mkdir -p "%1$s/elt_values_test" && printf %%s %3$s | base64 -d >"%1$s/elt_values_test/%2$s"',
		current_setting('data_directory'), name, replace(encode(convert_to(content, 'UTF8'), 'base64'), E'\n', '')));
END $$;
CREATE FUNCTION in_root(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; cd "%s/elt_values_test" && %s',
		current_setting('data_directory'), command));
END $$;
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; state text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
	RETURN concat_ws(E'\n', state || ': ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;
SELECT put('none', '');
CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

-- What a column of this type and these options makes of each text: in a CSV file, in JSON as a string, or in JSON as it
-- stands. What is refused is shown as its message.
CREATE FUNCTION reads(form text, type text, options text, texts text[]) RETURNS TABLE (given text, becomes text)
LANGUAGE plpgsql AS $$
DECLARE
	lines text[];
BEGIN
	SELECT array_agg(CASE form WHEN 'csv' THEN t WHEN 'string' THEN format('{"v": %s}', to_json(t))
		ELSE format('{"v": %s}', t) END ORDER BY n) INTO lines FROM unnest(texts) WITH ORDINALITY AS u(t, n);
	PERFORM put('lines', array_to_string(lines, E'\n') || E'\n');
	PERFORM in_root('rm -f in.* && split -l 1 -d -a 3 lines in.');
	EXECUTE format('CREATE FOREIGN TABLE read_in (v %s OPTIONS (%s), file text OPTIONS (lineage ''file''))
		SERVER files OPTIONS (glob ''in.*'', %s)', type, options,
		CASE form WHEN 'csv' THEN $o$header 'false', delimiter E'\t', quote ''$o$ ELSE $o$format 'jsonl'$o$ END);
	FOR n IN 1 .. cardinality(texts) LOOP
		given := texts[n];
		becomes := NULL;
		BEGIN
			EXECUTE 'SELECT v::text FROM read_in WHERE file = $1' INTO becomes USING 'in.' || to_char(n - 1, 'FM000');
		EXCEPTION WHEN OTHERS THEN
			becomes := SQLSTATE || ' ' || regexp_replace(SQLERRM, '^could not convert record 1 (for column "v"|to a row): (line 1: )?', '');
		END;
		RETURN NEXT;
	END LOOP;
	DROP FOREIGN TABLE read_in;
END $$;

-- Numbers
SELECT * FROM reads('csv', 'numeric', $$decimal ',', grouping '.'$$, array['1.234,5', '-1.234.567,89', '1,5', ',5',
	'5,', '7', '-0,00', '1.5', '1.2345', '12.34', '1234.567', '.5', '1,2,3', '1,5E+03', '+3', '-', '1 2', 'NaN',
	'3,50-', U&'\22122,5', '--1', '-5-', '1.234.5', '0.123', '1..234', 'x', ' 1,5 ']);
SELECT * FROM reads('csv', 'numeric(8,2)', $$decimal ','$$, array['1,005', '1.5', '1234567,5', repeat('9', 200),
	'1,' || repeat('0', 200)]);
SELECT * FROM reads('csv', 'int', $$grouping ','$$, array['1,234', '1,234,567', '12,34', '1,234.0', '1,234.5',
	'3,000,000,000', '1e3']);
SELECT * FROM reads('csv', 'float8', $$decimal ',', grouping ' '$$, array['1 234,5', U&'1\00A0234,5', U&'1\202F234\202F567,5',
	'1 23', '12 345 ', '1,5e-3']);
SELECT * FROM reads('csv', 'numeric', $$grouping ''''$$, array['1''234.50', U&'1\2019234.50']);
SELECT * FROM reads('csv', 'numeric', $$decimal ',', grouping '.', currency '€|EUR'$$, array['1.234,50 €', '€ 5', '-€5', '€-5',
	'EUR5,00', '5,00EUR', '5', '$5', '€5€', '€', U&'5\00A0€']);
SELECT * FROM reads('csv', 'numeric', $$grouping ' ', currency 'kr'$$, array['1 234 kr', '12 kr', '1 kr 5']);
SELECT * FROM reads('csv', 'numeric', $$decimal ',', currency 'EUR|E', trim 'true', null 'NA|5 E'$$, array['12,5EUR', 'EUR12', 'E 7', '1E5', '1E5 EUR',
	'EUR 1 EUR', '-EUR 3', '3- E', '5 E', ' 5E ', 'NA', 'E', '12 e', '1.5 EUR']);
SELECT * FROM reads('csv', 'numeric', $$percent 'number', currency '€', decimal ','$$, array['12,5 %', '12 % €', '12 € %', '€ 12%', '12 %%', '%', '12 €']);
SELECT * FROM reads('csv', 'numeric', $$decimal ',', percent 'fraction'$$, array['12,5 %', '12%', '%12', '5%', '-0,5%',
	'100%', '1234,5%', '12', '12%%', '1e2%']);
SELECT * FROM reads('csv', 'int', $$percent 'number'$$, array['12 %', '12']);
-- In JSON a number is one of JSON, whatever its texts look like.
SELECT * FROM reads('json', 'numeric', $$decimal ',', grouping '.', null '-999|NA'$$, array['1.234', '"1.234"', '"1,5"',
	'1.5', '1e3', '"NA"', '-999', '"-999"', 'null', 'true', '[1]', '"\u0031,5"']);
SELECT * FROM reads('string', 'int', $$null ''$$, array['8.0', '1e3', '', '8.5']);
SELECT * FROM reads('string', 'timestamptz', $$format 'unix'$$, array['1704067200', '1704067200.5', 'soon']);

-- Words
SELECT * FROM reads('csv', 'bool', $$true 'ja|j', false 'nein|n'$$, array['ja', 'J', 'NEIN', 'n', 'true', 'jawohl', '1', '']);
SELECT * FROM reads('csv', 'bool', $$true 'wahr', false 'unwahr', trim 'true'$$, array[' wahr', 'unwahr ', 'falsch']);
SELECT * FROM reads('json', 'bool', $$true 'x', false ''$$, array['true', 'false', '"x"', '""', '"true"', '1', 'null']);
SELECT * FROM reads('csv', 'text', $$null 'NA|-', trim 'true'$$, array['NA', ' - ', 'x y ', '  ', 'na', U&'\00A0\3000z']);
SELECT * FROM reads('csv', 'int', $$null 'NA', trim 'true'$$, array['NA', ' NA', ' 5 ', ' ', 'x']);
SELECT * FROM reads('string', 'text', $$trim 'true'$$, array['  ', ' a ', E'\ta\n']);

-- Dates
SELECT * FROM reads('csv', 'date', $$format 'DD.MM.YYYY|YYYY-MM-DD|DD Mon YYYY'$$, array['03.02.2024', '2024-02-03', '3.2.2024',
	'2024-2-3', '03 Feb 2024', '29.02.2023', '29.02.2024', '03/02/2024', '03-02-2024', '2012-11-3', '03.02.24', 'x']);
SELECT * FROM reads('csv', 'date', $$format 'MM/DD/YYYY|DD/MM/YYYY'$$, array['02/03/2024', '13/02/2024', '2/3/2024', '13/13/2024']);
SELECT * FROM reads('csv', 'date', $$format 'DD.MM.YY'$$, array['03.02.24', '03.02.69', '03.02.70', '03.02.2024']);
SELECT * FROM reads('csv', 'date', $$format 'FMDD.FMMM.YYYY'$$, array['3.2.2024', '03.12.2024', '31.4.2024']);
SELECT * FROM reads('csv', 'timestamptz', $$format 'DD.MM.YYYY HH24:MI|YYYY-MM-DD"T"HH24:MI:SSTZH', time_zone 'Europe/Berlin'$$,
	array['03.07.2024 12:00', '3.7.2024 1:05', '2024-07-03T12:00:00+05', '03.07.2024']);

-- The hour that comes twice
SELECT * FROM reads('csv', 'timestamptz', $$time_zone 'Europe/Berlin', ambiguous 'first'$$, array['2024-10-27 02:30', '2024-10-27 01:30',
	'2024-10-27 03:30', '2024-10-27 02:30+01', '27 Oct 2024 02:30', '2024-10-27 02:30 CET', 'infinity', '2024-03-31 02:30']);
SELECT * FROM reads('csv', 'timestamptz', $$time_zone 'Europe/Berlin', ambiguous 'second'$$, array['2024-10-27 02:30']);
SELECT * FROM reads('csv', 'timestamptz', $$time_zone 'Europe/London', ambiguous 'first', format 'DD.MM.YYYY HH24:MI'$$,
	array['27.10.2024 01:30', '27.10.2024 1:30', '27.10.2024 02:30']);
CREATE FUNCTION in_order(texts text[], zone text) RETURNS TABLE (becomes timestamptz) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM put('lines', array_to_string(texts, E'\n') || E'\n');
	EXECUTE format('CREATE FOREIGN TABLE read_in (v timestamptz OPTIONS (ambiguous ''order'', time_zone %L)) SERVER files
		OPTIONS (glob ''lines'', header ''false'')', zone);
	RETURN QUERY EXECUTE 'SELECT v FROM read_in';
	DROP FOREIGN TABLE read_in;
END $$;
SET datestyle = 'ISO';
SET timezone = 'Europe/Berlin';
SELECT * FROM in_order(array['2024-10-27 01:30', '2024-10-27 02:00', '2024-10-27 02:30', '2024-10-27 02:00', '2024-10-27 02:30',
	'2024-10-27 03:00'], 'Europe/Berlin');
SELECT * FROM in_order(array['2024-10-27 02:00', '2024-10-27 02:00', '2024-10-27 03:00', '2024-10-27 02:00'], 'Europe/Berlin');
SELECT says($$SELECT * FROM in_order(array['2024-10-27 02:00', '2024-10-27 02:15', '2024-10-27 02:15'], 'Europe/Berlin')$$);
SELECT says($$SELECT * FROM in_order(array['2024-10-27 02:00', '2024-10-27 02:00', '2024-10-27 02:00'], 'Europe/Berlin')$$);
SET timezone = 'America/New_York';

-- Arrays, objects, ranges
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE place AS (name text, at date, tags text[], n int);
CREATE DOMAIN two AS int[] CHECK (cardinality(VALUE) <= 2);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
SELECT * FROM reads('json', 'text[]', $$path 'v'$$, array['["a", "b"]', '[]', '[null, "", "x,\"y\\", "NULL", 1.50, true]',
	'"{a,b}"', '{"a": 1}', '"[1]"', '5', '[["a", "b"], ["c", "d"]]', '[["a"], ["c", "d"]]', '[{"a": 1}]', 'null',
	'["\u00fc\u4e2d"]', '["\u0000"]']);
SELECT * FROM reads('json', 'int[]', $$path 'v'$$, array['[1, 8.0, 1e3]', '[1.5]', '["7"]', '[3000000000]', '[[1, 2], [3, 4]]']);
SELECT * FROM reads('json', 'jsonb[]', $$path 'v'$$, array['[1, {"a": [2]}, "x", [3]]']);
SELECT * FROM reads('json', 'date[]', $$path 'v'$$, array['["2024-02-03"]', '["03.02.2024"]', '["today"]']);
SELECT * FROM reads('json', 'two', $$path 'v'$$, array['[1, 2]', '[1, 2, 3]']);
SELECT * FROM reads('json', 'mood[]', $$path 'v'$$, array['["sad", "ok"]', '["glad"]']);
SELECT * FROM reads('json', 'mood', $$path 'v'$$, array['"sad"', '"glad"', '["sad"]']);
SELECT * FROM reads('json', 'positive', $$decimal ',', grouping '.'$$, array['"1.000"', '"-1"', '1e2']);
SELECT * FROM reads('json', 'place', $$path 'v'$$, array['{"name": "a \"b\", c", "at": "2024-02-03", "tags": ["x", "y z"], "n": 2.0, "more": 1}',
	'{"tags": null}', '{}', '"(a,2024-02-03,,1)"', '["a"]', '{"at": "3.2.2024"}', '{"tags": {"a": 1}}']);
SELECT * FROM reads('json', 'place[]', $$path 'v'$$, array['[{"name": "a"}, null, {"n": 1}]']);
SELECT * FROM reads('json', 'int4range', $$path 'v'$$, array['[1, 5]', '[null, 5]', '[1, null]', '[5, 1]', '[1]', '"[1,5]"', '[1, 5, 6]']);
SELECT * FROM reads('json', 'daterange', $$path 'v'$$, array['["2024-01-01", "2024-02-01"]', '["01.02.2024", null]']);
SELECT * FROM reads('json', 'int4multirange', $$path 'v'$$, array['[[1, 3], [5, 7]]', '[]', '[[1, 3], null]', '[1, 3]']);
SELECT * FROM reads('json', 'daterange[]', $$path 'v'$$, array['[["2024-01-01", "2024-02-01"]]']);
-- A type that an extension brought reads objects and arrays as texts, unless it would keep any text.
CREATE TYPE shape;
CREATE FUNCTION shape_in(cstring) RETURNS shape LANGUAGE internal IMMUTABLE STRICT AS 'jsonb_in';
CREATE FUNCTION shape_out(shape) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'jsonb_out';
CREATE TYPE shape (INPUT = shape_in, OUTPUT = shape_out, LIKE = jsonb);
CREATE TYPE any_text;
CREATE FUNCTION any_text_in(cstring) RETURNS any_text LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION any_text_out(any_text) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE any_text (INPUT = any_text_in, OUTPUT = any_text_out, LIKE = text, CATEGORY = 'S');
SELECT * FROM reads('json', 'shape', $$path 'v'$$, array['{"type": "Point", "coordinates": [1, 2]}', '[1]', '"{}"', '"x"', 'null']);
SELECT * FROM reads('json', 'any_text', $$path 'v'$$, array['"x"', '{"a": 1}']);
-- [*] makes a row of each element.
SELECT put('zip', '{"id": [1, 2], "tags": [["a", "b"], []]}');
CREATE FOREIGN TABLE zipped (id int OPTIONS (path 'id[*]'), tags text[] OPTIONS (path 'tags[*]')) SERVER files OPTIONS (glob 'zip', format 'json');
SELECT * FROM zipped;
SELECT put('shared', '{"tags": ["x"], "data": [{"id": 1}, {"id": 2}]}');
CREATE FOREIGN TABLE shared (id int, tags text[] OPTIONS (path '$.tags')) SERVER files OPTIONS (glob 'shared', format 'json', records '$.data[*]');
SELECT * FROM shared;

-- Bytes and intervals
SELECT * FROM reads('string', 'bytea', $$format 'base64'$$, array['aGVsbG8=', '', 'aGVsbG8', '*']);
SELECT * FROM reads('string', 'bytea', $$format 'hex'$$, array['68656c6c6f', 'ABCD', '\x00', '123']);
SELECT * FROM reads('json', 'interval', $$format 'seconds'$$, array['90', '1.5', '"0.0000015"', '1e3', '"x"', '-5']);
SELECT * FROM reads('json', 'interval', $$format 'hours'$$, array['36', '0.1', '1e20']);
SELECT * FROM reads('json', 'interval', $$format 'milliseconds'$$, array['1500']);
SELECT * FROM reads('json', 'interval', $$format 'days'$$, array['2', '1.5', '2.0', '1e10']);
SELECT * FROM reads('json', 'interval', $$format 'months'$$, array['14']);
SELECT * FROM reads('json', 'interval', $$path 'v'$$, array['"PT15M"', '"P1Y2M3DT4H5M6.5S"', '"15 minutes"', '"P1W"']);

-- What is refused when it is declared, or with the first scan
CREATE FOREIGN TABLE wrong (v numeric) SERVER files OPTIONS (glob 'lines', header 'false');
SELECT says('ALTER FOREIGN TABLE wrong ALTER v OPTIONS (' || o || ')') AS declared FROM unnest(array[
	$$decimal '.', grouping '.'$$, $$grouping '.'$$, $$decimal ',,'$$, $$decimal '1'$$, $$grouping 'x'$$, $$currency '5'$$,
	$$percent 'yes'$$, $$true 'ja'$$, $$false 'nein'$$, $$true 'ja|x', false 'X'$$, $$ambiguous 'third'$$, $$format 'a||b'$$,
	$$trim 'perhaps'$$, $$lineage 'file', null 'x'$$]) AS o;
CREATE FUNCTION scanned(type text, options text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	what text;
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE scanned (v %s OPTIONS (%s)) SERVER files OPTIONS (glob ''nowhere*'', header ''false'')', type, options);
	what := says('SELECT * FROM scanned');
	DROP FOREIGN TABLE scanned;
	RETURN what;
END $$;
SELECT scanned(t, o) FROM (VALUES ('text', $$decimal ','$$), ('text[]', $$grouping ','$$), ('date', $$percent 'number'$$),
	('int', $$true 'x', false 'y'$$), ('date', $$ambiguous 'first'$$), ('timestamptz', $$ambiguous 'first', format 'unix'$$),
	('text', $$format 'hex'$$), ('int', $$format 'seconds'$$), ('interval', $$format 'unix'$$)) AS v(t, o);
DROP FOREIGN TABLE wrong;

DROP SCHEMA values_test CASCADE;
DROP SERVER files CASCADE;
