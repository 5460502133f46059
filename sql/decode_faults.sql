-- Pages that break off or hold what their columns refuse: what lands, what is a reject, what fails.
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
CREATE FOREIGN TABLE cut (id numeric, j jsonb) SERVER decode_files OPTIONS (glob 'number.json', format 'json');
SELECT says('SELECT * FROM cut');
ALTER FOREIGN TABLE cut OPTIONS (SET glob 'jsonb.json');
SELECT says('SELECT * FROM cut');
ALTER FOREIGN TABLE cut OPTIONS (SET glob 'second.json');
SELECT says('SELECT * FROM cut');

-- A null in a domain lands as null, unless the domain refuses it
CREATE DOMAIN above_zero AS int CHECK (VALUE > 0);
CREATE DOMAIN modern AS date CHECK (VALUE > '1900-01-01');
CREATE DOMAIN word AS text CHECK (VALUE <> '');
CREATE DOMAIN amount AS numeric CHECK (VALUE >= 0);
CREATE DOMAIN given AS text NOT NULL;
SELECT put('domains.csv', E'id,a,d,w,n,g\n1,,,,,x\n2,2,2024-02-02,b,2.5,y\n3,3,2024-03-03,c,3,\n');
SELECT put('domains.json', '[{"id":1,"a":null,"d":null,"w":null,"n":null,"g":"x"},{"id":4,"g":"z"},{"id":5,"g":null},{"id":6}]');
CREATE FOREIGN TABLE domains_csv (id int, a above_zero, d modern, w word, n amount, g given)
	SERVER decode_files OPTIONS (glob 'domains.csv');
CREATE FOREIGN TABLE domains_json (id int, a above_zero, d modern, w word, n amount, g given)
	SERVER decode_files OPTIONS (glob 'domains.json', format 'json');
SELECT says('SELECT * FROM domains_csv');
SELECT elt.create_pipeline('decode_csv', 'decode_faults.domains_csv', 'decode_faults.from_csv', '{id}');
CALL elt.run('decode_csv');
SELECT elt.create_pipeline('decode_json', 'decode_faults.domains_json', 'decode_faults.from_json', '{id}');
CALL elt.run('decode_json');
SELECT id, a, d, w, n, g, a IS NULL AS null_a FROM from_csv UNION ALL SELECT id, a, d, w, n, g, a IS NULL FROM from_json ORDER BY 1, 6;
SELECT pipeline, record, reason, column_name, message FROM elt.rejects WHERE pipeline IN ('decode_csv', 'decode_json') ORDER BY 1, 2;
SELECT elt.drop_pipeline('decode_csv');
SELECT elt.drop_pipeline('decode_json');

SELECT shell('rm -r ' || current_setting('data_directory') || '/elt_decode_faults');
SET client_min_messages = error;
DROP SERVER decode_files CASCADE;
DROP SCHEMA decode_faults CASCADE;
