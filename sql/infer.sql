-- Proposals from samples: elt.infer.
\getenv replay ELT_REPLAY
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET client_min_messages = warning;
CREATE SCHEMA infer_test;
SET search_path = infer_test;
CREATE SERVER infer_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s', concurrency '1');
SELECT current_setting('data_directory') || '/elt_infer_test' AS root \gset
CREATE SERVER infer_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(name text, content bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT %L) TO PROGRAM %L', replace(encode(content, 'base64'), E'\n', ''),
		format('mkdir -p %1$s/elt_infer_test && base64 -d >%1$s/elt_infer_test/%2$s', current_setting('data_directory'), name));
END $$;
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE sql AS $$ SELECT put(name, convert_to(content, 'UTF8')) $$;
-- The proposal for a body of JSON.
CREATE FUNCTION proposed(body text) RETURNS TABLE (part text, statement text, reason text, doubt text) LANGUAGE sql AS $$
	SELECT put('sample.json', body);
	SELECT part, statement, reason, doubt FROM elt.infer('infer_files', 'sample.json');
$$;
-- What is in the catalogue.
CREATE VIEW everything AS
SELECT (SELECT count(*) FROM pg_class) AS relations, (SELECT count(*) FROM pg_attribute) AS columns, (SELECT count(*) FROM pg_depend) AS dependencies,
	(SELECT count(*) FROM pg_foreign_table) AS foreign_tables, (SELECT count(*) FROM elt_catalog.pipeline) AS pipelines;
CREATE TEMP TABLE before AS SELECT * FROM everything;
\pset format unaligned

-- Three statements: the server, what is proposed, a run.
SELECT * FROM elt.infer('infer_api', '/public_power', 'country=de&start=2024-01-01&end=2024-01-01');
SELECT statement FROM elt.infer('infer_api', '/public_power', 'start=2024-01-01&end=2024-01-01&country={country}', params => '{"country": ["de", "fr"]}', name => 'power') \gexec
CALL elt.run('power', '2024-01-01', '2024-01-03');
SELECT country, count(*), count(DISTINCT name), min(unix_seconds), max(unix_seconds) FROM power GROUP BY country ORDER BY 1;
SELECT elt.drop_pipeline('power');
DROP TABLE power;
DROP FOREIGN TABLE power_api;

-- Days of the session's time zone, if the first record begins one.
SET timezone = 'Europe/Berlin';
SELECT statement FROM elt.infer('infer_api', '/public_power', 'country=de&start=2024-01-01&end=2024-01-01') WHERE part IN ('foreign table', 'pipeline');
SELECT reason, doubt FROM elt.infer('infer_api', '/public_power', 'country=de&start=2024-01-01&end=2024-01-01') WHERE part = 'window';
SELECT result FROM elt.try('infer_api', '/public_power', 'country=de&start=2024-01-01&end=2024-01-01') WHERE part = 'table';
SET timezone = 'UTC';

-- Pages.
SELECT * FROM elt.infer('infer_api', '/items', 'limit=100&page=1') WHERE part IN ('foreign table', 'pagination', 'key', 'pipeline');
SELECT statement FROM elt.infer('infer_api', '/items', 'limit=100&page=1') \gexec
CALL elt.run('items');
SELECT count(*) FROM items;
SELECT elt.drop_pipeline('items');
DROP TABLE items;
DROP FOREIGN TABLE items_api;
SELECT reason, doubt FROM elt.infer('infer_api', '/items', 'cursor=') WHERE part = 'pagination';
SELECT reason, doubt FROM elt.infer('infer_api', '/items', 'shape=array') WHERE part = 'pagination';
SELECT reason, doubt FROM elt.infer('infer_api', '/items', 'limit=10&offset=0&updated_since=2024-01-01') WHERE part IN ('pagination', 'cursor');

-- Lists in records are children; objects are flattened two levels deep.
SELECT * FROM proposed('{"orders": [
	{"id": 1, "createdAt": "2024-01-02T03:04:05+01:00", "customer": {"id": 7, "address": {"zip": "01234", "geo": {"lat": 1.5}}}, "lines": [{"sku": "a", "n": 1}, {"sku": "a", "n": 2}], "tags": ["x"]},
	{"id": 2, "createdAt": "2024-01-02T03:04:06Z", "customer": {"id": 7, "address": {"zip": "99999", "geo": null}}, "lines": [], "tags": []}]}');
SELECT statement FROM elt.infer('infer_files', 'sample.json', name => 'orders') \gexec
ALTER FOREIGN TABLE orders_files OPTIONS (ADD settle '0');
ALTER FOREIGN TABLE orders_lines_files OPTIONS (ADD settle '0');
CALL elt.run('orders');
SELECT to_jsonb(o) - '{_run_id,_loaded_at}'::text[] FROM orders o ORDER BY id;
SELECT to_jsonb(l) - '{_run_id,_loaded_at}'::text[] FROM orders_lines l ORDER BY position;
SELECT elt.drop_pipeline('orders');
DROP TABLE orders, orders_lines;
DROP FOREIGN TABLE orders_files, orders_lines_files;

-- Types are the narrowest that lose nothing.
SELECT statement, doubt FROM proposed('[
	{"n": 1, "n_big": 3000000000, "n_huge": 18446744073709551616, "dec": 1.50, "ok": true, "zeros": "007", "digits": "12", "money": "9.90", "product_code": "12", "day": "2024-02-29",
	 "local": "2024-02-29 10:00", "zone": "2024-02-29T10:00:00Z", "mixed": "2024-02-29", "created": 1709200000, "amount": 1709200000, "sent_at": 1709200000123, "uuid": "6c2d7d2e-5f6a-4c57-9d5e-1d9a3b5c7d8e",
	 "maybe": "", "kinds": 1, "mess": {"a": 1}, "none": null, "nano": "2024-02-29T10:00:00.123456789Z", "german": "29.02.2024", "american": "02/29/2024 10:15", "unclear": "01/02/2024", "no_day": "2024-02-30"},
	{"n": -2, "n_big": 1, "n_huge": 1, "dec": 2, "ok": false, "zeros": "8", "digits": "-13", "money": "10.00", "product_code": "13", "day": "2024-03-01",
	 "local": "2024-03-01T10:00:30.5", "zone": "2024-03-01 10:00+02", "mixed": "2024-03-01T10:00:00", "created": 1709300000, "amount": 1709300000, "sent_at": 1709300000123, "uuid": "7c2d7d2e-5f6a-4c57-9d5e-1d9a3b5c7d8e",
	 "maybe": "3", "kinds": "1.5", "mess": [1], "none": null, "nano": "2024-02-29T10:00:00.123456780Z", "german": "1.3.2024", "american": "03/01/2024 23:59", "unclear": "03/04/2024", "no_day": "2024-02-28"}]')
WHERE part = 'foreign table';

-- Codes are digits, but none is below zero.
SELECT put('codes.csv', E'code,zip\n7,1010\n-1,8010\n');
SELECT statement, doubt FROM elt.infer('infer_files', 'codes.csv') WHERE part = 'foreign table';

-- Names: folded, cleaned, told apart.
SELECT statement FROM proposed('[{"Id": 1, "ID": 2, "order-no": 3, "order no": 4, "HTTPStatus": 5, "1h": 6, "": 7, "\"q\"\\": 8, "ctid": 9, "_id": 10, "größe": 11, "a.b": 12, "a": {"b": 13}}]') WHERE part = 'foreign table';
SELECT statement FROM elt.infer('infer_files', 'sample.json') WHERE part = 'foreign table' \gexec
SELECT * FROM sample_files;
DROP FOREIGN TABLE sample_files;

-- Keys that are unique by chance, and none; no record, one, and only some that have fields.
SELECT part, reason, doubt FROM proposed('[{"temp": 1.5, "place": "a"}, {"temp": 1.6, "place": "b"}]') WHERE part IN ('key', 'strategy');
SELECT part, reason, doubt FROM proposed('[{"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 2, "c": 1}, {"a": 2, "b": 1, "c": 1}]') WHERE part IN ('key', 'strategy');
SELECT part, reason, doubt FROM proposed('[{"a": 1}, {"a": 1}]') WHERE part IN ('key', 'strategy');
SELECT * FROM proposed('{"data": []}') WHERE part IN ('foreign table', 'key');
SELECT * FROM proposed('[]') WHERE part = 'foreign table';
SELECT * FROM proposed('{"id": 7, "name": "x"}') WHERE part IN ('foreign table', 'key');
SELECT statement FROM proposed('[1, 2, 3]') WHERE part = 'foreign table';
SELECT statement FROM proposed('[["a", 1, null], ["b", 2, 1.5]]') WHERE part = 'foreign table';
SELECT statement FROM proposed('{"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}') WHERE part = 'foreign table';
SELECT length(statement) < 300, doubt FROM proposed((SELECT jsonb_build_object('id', 1, 'map', jsonb_object_agg('key' || i, i))::text FROM generate_series(1, 10000) i)) WHERE part = 'foreign table';

-- CSV: delimiter, encoding, header, dates, words for null.
SELECT put('de.csv', convert_to(E'Artikel;Preis;seit;Menge\nKaffeemühle;1.249,50;01.05.2023;3\nTee;7,50;30.11.2022;NA\n', 'WIN1252'));
SELECT * FROM elt.infer('infer_files', 'de.csv');
SELECT statement FROM elt.infer('infer_files', 'de.csv') WHERE part = 'foreign table' \gexec
SELECT * FROM de_files;
DROP FOREIGN TABLE de_files;
SELECT doubt FROM proposed('[{"a": "1,234"}, {"a": "5,678"}]') WHERE part = 'foreign table';
SELECT put('title.csv', E'Sales of May\nprinted today\n\nday,shop,amount\n2024-05-01,Graz,1\n2024-05-02,Graz,2\n2024-05-02,Linz,\n');
SELECT statement, reason FROM elt.infer('infer_files', 'title.csv') WHERE part IN ('foreign table', 'key');
SELECT put('bare.csv', E'1\t2024-05-01\tx\n2\t2024-05-02\ty\n');
SELECT statement FROM elt.infer('infer_files', 'bare.csv') WHERE part = 'foreign table';
SELECT put('twins.csv', E'id,name,name\n1,a,b\n');
SELECT statement FROM elt.infer('infer_files', 'twins.csv') WHERE part = 'foreign table';
SELECT put('lines.jsonl', E'{"id": 1, "at": "2024-01-01"}\n{"id": 2, "at": "2024-01-02", "more": [{"x": 1}]}\n');
SELECT statement FROM elt.infer('infer_files', '*.jsonl') WHERE part = 'foreign table';
SELECT put('books.xml', '<catalog currency="EUR"><book id="1"><title lang="en">Salt</title><price>9.90</price><author>Ann</author><author>Bo</author></book><book id="2"><title>Tides</title><price/></book></catalog>');
SELECT statement, reason FROM elt.infer('infer_files', 'books.xml') WHERE part IN ('foreign table', 'key');
SELECT statement FROM elt.infer('infer_files', 'books.xml') WHERE part = 'foreign table' \gexec
SELECT * FROM books_files;
DROP FOREIGN TABLE books_files;

-- 10 MB.
SELECT part, reason, doubt FROM elt.infer('infer_api', '/big', 'records=60000&wrap=data') WHERE part IN ('foreign table', 'key');

-- What cannot be inferred, or not by this role.
\set VERBOSITY terse
SELECT elt.infer('infer_api', '/nowhere');
\set VERBOSITY default
SELECT elt.infer('infer_files', 'nothing*.csv');
SELECT elt.infer('nobody');
SELECT elt.infer(NULL);
SELECT elt.infer('infer_api', '/items', options => '[1]');
SELECT elt.infer('infer_api', '/items', options => '{"recrods": "$"}');
SELECT elt.infer('infer_api', '/items', options => '{"format": "fixed"}');
SELECT elt.infer('infer_api', '/items', options => '{"envelope": "debezium"}');
-- Events of Debezium are records like others, but it is said how their rows are read.
SELECT doubt FROM proposed('[{"before": null, "after": {"id": 1}, "source": {"lsn": 7}, "op": "c"}]') WHERE part = 'foreign table';
SELECT doubt FROM proposed('[{"schema": {}, "payload": {"before": {"id": 1}, "source": {"lsn": 8}, "op": "d"}}]') WHERE part = 'foreign table';
SELECT elt.infer('infer_api', '/items', 'x={y}');
SELECT elt.infer('infer_api', '/items', 'from={window_start}');
SELECT put('broken.json', '{"a": 1, ');
SELECT elt.infer('infer_files', 'broken.json');
SELECT elt.infer('infer_files', '*.parquet');
SELECT put('parquet.bin', 'PAR1'), put('zero.csv', '\x3100'::bytea), put('empty.csv', '');
SELECT elt.infer('infer_files', 'parquet.bin');
SELECT elt.infer('infer_files', 'zero.csv');
SELECT elt.infer('infer_files', 'empty.csv');
\set VERBOSITY terse
CREATE ROLE infer_nobody;
GRANT USAGE ON SCHEMA infer_test TO infer_nobody;
GRANT elt_admin TO infer_nobody;
SET ROLE infer_nobody;
SELECT elt.infer('infer_api', '/items');
RESET ROLE;
DROP OWNED BY infer_nobody;
DROP ROLE infer_nobody;

-- Random records: what is proposed loads each of them as it is.
CREATE FUNCTION random_value(kind int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE kind
		WHEN 0 THEN to_jsonb((random() * 1000)::int)
		WHEN 1 THEN to_jsonb((random() * 1e17)::bigint)
		WHEN 2 THEN to_jsonb(round((random() * 1e6)::numeric, 4))
		WHEN 3 THEN to_jsonb(random() < 0.5)
		WHEN 4 THEN to_jsonb(lpad((random() * 1000)::int::text, 5, '0'))
		WHEN 5 THEN to_jsonb(('2024-01-01'::date + (random() * 300)::int)::text)
		WHEN 6 THEN to_jsonb(to_char('2024-01-01'::timestamp + random() * interval '300 days', 'YYYY-MM-DD"T"HH24:MI:SS.US'))
		WHEN 7 THEN jsonb_build_object('x', random(), 'y', jsonb_build_object('z', random()))
		WHEN 8 THEN jsonb_build_array(random(), 'a')
		WHEN 9 THEN to_jsonb(md5(random()::text))
		WHEN 10 THEN (ARRAY['1', '"x"', 'true', 'null', '1.5', '"01"', '{"a": 1}'])[1 + (random() * 6)::int]::jsonb
		ELSE 'null' END $$;
CREATE FUNCTION check_random(seed float8) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	records jsonb;
	statement text;
	fault text;
BEGIN
	PERFORM setseed(seed);
	WITH kinds AS MATERIALIZED (SELECT c, (random() * 11)::int AS kind, random() AS absent FROM generate_series(1, 8) c)
	SELECT jsonb_agg(r.record) INTO records
	FROM (SELECT jsonb_object_agg('c' || c, CASE WHEN random() < absent / 3 THEN 'null' ELSE random_value(kind + i * 0) END) || jsonb_build_object('id', i) AS record
		FROM generate_series(1, 40) i, kinds GROUP BY i) r;
	FOR statement IN SELECT p.statement FROM proposed(records::text) p WHERE p.part = 'foreign table' LOOP
		EXECUTE statement;
	END LOOP;
	EXECUTE $q$SELECT string_agg(format('%s: %s is %s', s.id, e.key, l.r -> e.key), ', ') FROM
		(SELECT (r ->> 'id')::int AS id, r FROM jsonb_array_elements($1) r) s
		JOIN (SELECT id, to_jsonb(f) AS r FROM sample_files f) l USING (id), jsonb_each(s.r) e
		WHERE e.key <> 'id' AND l.r ? e.key AND e.value IS DISTINCT FROM l.r -> e.key
			AND NOT (jsonb_typeof(l.r -> e.key) = 'string' AND e.value #>> '{}' = l.r ->> e.key)
			AND NOT (e.value = 'null' AND l.r -> e.key = 'null')
			AND NOT coalesce(pg_input_time(e.value #>> '{}') = pg_input_time(l.r ->> e.key), false)$q$ INTO fault USING records;
	EXECUTE 'SELECT coalesce($1, CASE WHEN count(*) = 40 THEN ''same'' ELSE count(*) || '' rows'' END) FROM sample_files' INTO fault USING fault;
	DROP FOREIGN TABLE sample_files;
	RETURN fault;
END $$;
CREATE FUNCTION pg_input_time(value text) RETURNS timestamp LANGUAGE plpgsql AS $$
BEGIN
	RETURN value::timestamp;
EXCEPTION WHEN OTHERS THEN
	RETURN NULL;
END $$;
\getenv soak ELT_SOAK
SELECT CASE WHEN :'soak' IN ('', ':soak') THEN 12 ELSE 500 END AS cases \gset
SELECT outcome, count(*) = :cases AS "all" FROM (SELECT check_random(i / 1000.0) AS outcome FROM generate_series(1, :cases) i) o GROUP BY outcome;

-- Nothing of all this is left.
SELECT b.pipelines = e.pipelines AS pipelines, e.foreign_tables - b.foreign_tables AS foreign_tables FROM before b, everything e;
\pset format aligned
DROP SCHEMA infer_test CASCADE;
DROP SERVER infer_api, infer_files;
