-- Columns that are computed from others and from their own text.
SET timezone = 'America/New_York';
SET datestyle = 'German';
SET statement_timeout = '60s';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA expression_test;
SET search_path = expression_test;

SELECT current_setting('data_directory') || '/elt_expression_test' AS root \gset
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format(
		'cat >/dev/null; mkdir -p "%1$s/elt_expression_test" && printf %%s %3$s | base64 -d >"%1$s/elt_expression_test/%2$s"',
		current_setting('data_directory'), name, replace(encode(convert_to(content, 'UTF8'), 'base64'), E'\n', '')));
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

SELECT put('sales.csv', E'id;Preis;qty;day\n1;1,50;2;03.02.2024\n2;10;3;04.02.2024\n3;x;1;05.02.2024\n4;;1;31.02.2024\n');
CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE sales (
	id int,
	price numeric OPTIONS (path 'Preis', expression $$replace(value, ',', '.')::numeric$$),
	qty int,
	day date OPTIONS (expression $$to_date(value, 'DD.MM.YYYY')$$),
	twice int OPTIONS (expression 'qty * 2'),
	label text OPTIONS (expression $$id || '/' || coalesce(qty, 0)$$),
	_file text OPTIONS (lineage 'file'),
	source text OPTIONS (expression 'upper(_file)')
) SERVER files OPTIONS (glob 'sales.csv', settle '0', delimiter ';');
SELECT says('SELECT * FROM sales');
SELECT elt.create_pipeline('sales', 'sales', 'sales_landed', '{id}', options => '{"max_reject_percent": 100}');
SELECT elt.add_check('sales', 'dear', 'price > 5', action => 'quarantine');
SELECT elt.preview('sales');
CALL elt.run('sales');
SELECT id, price, qty, to_char(day, 'YYYY-MM-DD') AS day, twice, label, _file, source FROM sales_landed ORDER BY id;
SELECT stage, reason, column_name, record, sqlstate, message, raw FROM elt.rejects ORDER BY record;
SELECT elt.drop_pipeline('sales');
DROP TABLE sales_landed;

-- One row in ten fails; the others land, in their order.
SELECT put('tenth.csv', E'id,n\n' || string_agg(i || ',' || i % 10, E'\n' ORDER BY i) || E'\n') FROM generate_series(1, 3000) AS i;
CREATE FOREIGN TABLE tenth (id int, n numeric OPTIONS (expression '1 / value::numeric')) SERVER files OPTIONS (glob 'tenth.csv', settle '0');
SELECT elt.create_pipeline('tenth', 'tenth', 'tenth_landed', '{id}', options => '{"max_reject_percent": 100}');
CALL elt.run('tenth');
SELECT count(*), sum(id), count(*) FILTER (WHERE n <> 1::numeric / (id % 10)) AS wrong FROM tenth_landed;
SELECT count(*), min(record), max(record), min(raw), reason, column_name, sqlstate, message FROM elt.rejects GROUP BY 5, 6, 7, 8;
SELECT elt.drop_pipeline('tenth');
DROP TABLE tenth_landed;

-- JSON: texts of scalars, objects and arrays; a value that several rows share; arrays side by side.
SELECT put('list.json', '{"unit": "kW", "data": [{"v": 1.50, "o": {"a": [1, 2]}, "s": "a\"b"}, {"v": "x", "o": [3], "s": null}, {"o": null}]}');
CREATE FOREIGN TABLE list (
	v text OPTIONS (expression 'value || ''!'''),
	first int OPTIONS (path 'o', expression $$(value::jsonb #>> '{a,0}')::int$$),
	s text OPTIONS (expression $$coalesce(value, 'nothing')$$),
	unit text OPTIONS (path '$.unit', expression 'lower(value)')
) SERVER files OPTIONS (glob 'list.json', settle '0', format 'json', records '$.data[*]');
SELECT * FROM list;
SELECT put('arrays.json', '{"t": [1, 2, 3], "v": ["1,5", null, "2"]}');
CREATE FOREIGN TABLE arrays (t int OPTIONS (path 't[*]'), v float8 OPTIONS (path 'v[*]', expression $$replace(value, ',', '.')::float8$$),
	next int OPTIONS (expression 't + 1')) SERVER files OPTIONS (glob 'arrays.json', settle '0', format 'json');
SELECT * FROM arrays;

-- A table may have a column named value.
SELECT put('named.csv', E'key,value\na,1\n');
CREATE FOREIGN TABLE named (key text OPTIONS (expression $$value || named.value$$), value text) SERVER files OPTIONS (glob 'named.csv', settle '0');
SELECT * FROM named;

-- Without a header, columns that are not read have no field.
SELECT put('bare.csv', E'1,2\n');
CREATE FOREIGN TABLE bare (a int, sum int OPTIONS (expression 'a + b'), b int) SERVER files OPTIONS (glob 'bare.csv', settle '0', header 'false');
SELECT * FROM bare;

-- Texts can be trimmed and be null before.
SELECT put('null.csv', E'a\n NA \n x\n');
CREATE FOREIGN TABLE nulls (a text OPTIONS (trim 'true', null 'NA', expression $$coalesce(value, 'none') || '.'$$)) SERVER files OPTIONS (glob 'null.csv', settle '0');
SELECT * FROM nulls;

-- Times are read in the column's zone, and dates as ISO 8601, whatever the session does.
SELECT put('time.csv', E'a,b\n2024-07-01 12:00,2024-07-01 12:00\n');
CREATE FOREIGN TABLE times (a timestamptz OPTIONS (time_zone 'Europe/Berlin', expression 'value::timestamptz'),
	b text OPTIONS (expression $$value::timestamptz::text || current_date - current_date || '2024-01-02'::date$$))
	SERVER files OPTIONS (glob 'time.csv', settle '0');
SELECT a AT TIME ZONE 'UTC' AS a, b FROM times;

-- What is computed without the executor is what the executor computes: each expression of each text, in a file and in SQL.
CREATE FUNCTION in_root(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; cd "%s/elt_expression_test" && %s',
		current_setting('data_directory'), command));
END $$;
CREATE TABLE texts AS SELECT row_number() OVER () - 1 AS n, t FROM unnest(array['1,50', '1.234,50', '-7', '+7', ' 7 ', '7.0', '7e2', '99999999999',
	'0', '', ' ', 'ja', 'TRUE', 'of', 'Straße', 'STRASSE', 'aXbXc', 'XX', 'X', 'abc', 'a b  c', '--', 'NA', '2024-02-03', '2024-02-30',
	'03.02.2024', '3.2.2024', '29.02.2023', '01.09.26', 'é,è', 'aaaaaaa', 'NaN', 'Infinity', '0x1', '1_000', '.5', '5.', '1e400',
	'123456789012345678901234567890.123456789', 'İıI', ',', E'a\\b']) AS t;
SELECT put('all', string_agg(t, E'\n' ORDER BY n) || E'\n') FROM texts;
SELECT in_root('rm -f in.* && split -l 1 -d -a 3 all in.');
CREATE FUNCTION differs(expression text, type text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	text_at record; computed text; wanted text;
BEGIN
	EXECUTE format('CREATE FOREIGN TABLE by_file (v %s OPTIONS (expression %L, time_zone ''Europe/Berlin''), file text OPTIONS (lineage ''file''))
		SERVER files OPTIONS (glob ''in.*'', header ''false'', delimiter E''\t'', quote '''', null E''\x01'')', type, expression);
	FOR text_at IN SELECT * FROM texts ORDER BY n LOOP
		BEGIN
			EXECUTE 'SELECT v::text FROM by_file WHERE file = $1' INTO computed USING 'in.' || to_char(text_at.n, 'FM000');
		EXCEPTION WHEN OTHERS THEN
			computed := SQLSTATE;
		END;
		BEGIN
			EXECUTE format('SELECT (%s)::text FROM (SELECT $1::text AS value) AS t', expression) INTO wanted USING text_at.t;
		EXCEPTION WHEN OTHERS THEN
			wanted := SQLSTATE;
		END;
		IF computed IS DISTINCT FROM wanted THEN
			RETURN NEXT format('%s of %L: %s, not %s', expression, text_at.t, computed, wanted);
		END IF;
	END LOOP;
	DROP FOREIGN TABLE by_file;
END $$;
SET datestyle = 'ISO, YMD';
SET timezone = 'Europe/Berlin';
SELECT d FROM (VALUES ($$replace(value, ',', '.')::numeric$$, 'numeric'), ($$replace(value, ',', '.')::numeric(8,2)$$, 'numeric(8,2)'),
	($$replace(replace(value, '.', ''), ',', '.')::numeric$$, 'numeric'), ('value::int', 'int'), ('value::bigint', 'bigint'), ('value::int2', 'int2'),
	('btrim(value)::int', 'int'), ('value::float8', 'float8'), ('value::boolean', 'boolean'), ('left(value, 0)::boolean', 'boolean'), ('value::date', 'date'),
	($$to_date(value, 'DD.MM.YYYY')$$, 'date'), ($$to_timestamp(value, 'YYYY-MM-DD')$$, 'timestamptz'), ('upper(value)', 'text'), ('lower(value)', 'text'),
	($$replace(value, 'a', 'bb')$$, 'text'), ($$replace(value, 'aa', '')$$, 'text'), ($$replace(value, '', 'x')$$, 'text'),
	($$split_part(value, 'X', 1) || '/' || split_part(value, 'X', 2) || '/' || split_part(value, 'X', 4)$$, 'text'),
	('left(value, 2)', 'text'), ('substr(value, 2)', 'text'), ('substr(value, 2, 3)', 'text'), ('substring(value from 3 for 0)', 'text'),
	($$ltrim(value, 'aX ')$$, 'text'), ($$rtrim(value, 'cX')$$, 'text'), ($$trim(both 'é' from value)$$, 'text'),
	($$nullif(nullif(value, ''), 'NA')$$, 'text'), ($$coalesce(nullif(value, 'X'), 'none') || '!'$$, 'text'),
	($$nullif(btrim(value), '')::numeric$$, 'numeric'), ($$CASE WHEN value LIKE '%,%' THEN split_part(value, ',', 1) END$$, 'text'),
	('length(value)', 'int'), ('value || value', 'text'), ($$replace(value, ',', '.')::numeric * 2$$, 'numeric')) AS e(expression, type),
	LATERAL differs(e.expression, e.type) AS d;
SET timezone = 'America/New_York';

-- Domains
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE FOREIGN TABLE domains (b positive OPTIONS (expression '-1')) SERVER files OPTIONS (glob 'time.csv', settle '0');
SELECT says('SELECT * FROM domains');

-- What is refused when it is declared
CREATE FOREIGN TABLE wrong (a int, b int, c int OPTIONS (expression 'a')) SERVER files OPTIONS (glob 'bare.csv', settle '0', header 'false');
SELECT says(format('ALTER FOREIGN TABLE wrong ALTER b OPTIONS (%s)', o)) FROM unnest(array[
	$$expression '1; SELECT 2'$$, $$expression '1, 2'$$, $$expression ''$$, $$expression 'a +'$$, $$expression '(SELECT 1)'$$,
	$$expression 'count(*)'$$, $$expression 'sum(a)'$$, $$expression 'row_number() OVER ()'$$, $$expression 'random()'$$,
	$$expression 'a IN (SELECT 1)'$$, $$expression 'a', path 'x'$$, $$expression 'a', null 'x'$$, $$expression 'value', format 'unix'$$,
	$$expression 'value', lineage 'file'$$, $$expression 'clock_timestamp()::text'$$]) AS o;
CREATE FOREIGN TABLE cut (a numeric, b numeric OPTIONS (expression 'round(a *')) SERVER files OPTIONS (glob 'cut.csv', settle '0');
-- ... and by the first scan
CREATE FUNCTION wild(int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT $1';
CREATE FUNCTION scanned(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	what text;
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE wrong ALTER b OPTIONS (ADD expression %L)', expression);
	what := says('SELECT * FROM wrong');
	EXECUTE 'ALTER FOREIGN TABLE wrong ALTER b OPTIONS (DROP expression)';
	RETURN what;
EXCEPTION WHEN OTHERS THEN
	RETURN 'declared: ' || SQLERRM;
END $$;
SELECT scanned(e) FROM unnest(array['x', 'a::text', 'a * 1.5', 'expression_test.wild(a)', 'c', 'b', 'wrong', 'tableoid::int', 'nobody(a)',
	'$1', 'generate_series(1, 2)', '''x''']) AS e;
ALTER FOREIGN TABLE wrong ALTER b OPTIONS (ADD expression 'a::text');
SELECT says($$SELECT elt.create_pipeline('wrong', 'wrong', 'wrong_landed', '{a}')$$);
DROP FOREIGN TABLE wrong;

-- The rights are those of the foreign table's owner, in a restricted operation, whoever reads it.
CREATE ROLE expression_owner;
CREATE ROLE expression_reader;
GRANT USAGE ON SCHEMA expression_test TO expression_owner, expression_reader;
CREATE FUNCTION who() RETURNS text LANGUAGE plpgsql STABLE AS 'BEGIN RETURN current_user; END';
CREATE FUNCTION secret() RETURNS text LANGUAGE sql STABLE AS 'SELECT ''secret''::text';
REVOKE EXECUTE ON FUNCTION secret() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION secret() TO expression_reader;
CREATE FUNCTION meddle() RETURNS text LANGUAGE plpgsql STABLE AS $$BEGIN RETURN set_config('role', 'expression_reader', false); END$$;
CREATE FOREIGN TABLE mine (a int, b int, who text OPTIONS (expression 'expression_test.who()')) SERVER files OPTIONS (glob 'bare.csv', settle '0', header 'false');
ALTER FOREIGN TABLE mine OWNER TO expression_owner;
GRANT SELECT ON mine TO expression_reader;
SET ROLE expression_reader;
SELECT * FROM mine;
RESET ROLE;
-- What a function raises rejects a row, too; what is not the row's fault does not.
CREATE FUNCTION picky(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN IF $1 = 2 THEN RAISE 'not %', $1; ELSIF $1 = 3 THEN PERFORM 1 FROM nowhere; END IF; RETURN $1; END$$;
SELECT put('picky.csv', E'a\n1\n2\n');
CREATE FOREIGN TABLE picked (a int, b int OPTIONS (expression 'expression_test.picky(a)')) SERVER files OPTIONS (glob 'picky.csv', settle '0');
SELECT says('SELECT * FROM picked');
SELECT put('picky.csv', E'a\n1\n3\n');
SELECT says('SELECT * FROM picked');
ALTER FOREIGN TABLE mine ALTER who OPTIONS (SET expression 'expression_test.secret()');
SET ROLE expression_reader;
SELECT says('SELECT * FROM mine');
RESET ROLE;
ALTER FOREIGN TABLE mine ALTER who OPTIONS (SET expression 'expression_test.meddle()');
SELECT says('SELECT * FROM mine');
DROP FOREIGN TABLE mine;
DROP SCHEMA expression_test CASCADE;
DROP SERVER files CASCADE;
DROP ROLE expression_owner, expression_reader;
