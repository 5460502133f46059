-- Generated values and documents: decode against the server.
CREATE FUNCTION random_json(bigint) RETURNS text STRICT LANGUAGE c AS :'module';
CREATE FUNCTION compare_values(regtype, int, text, text, bigint, int) RETURNS bigint LANGUAGE c AS :'module';
CREATE FUNCTION compare_validity(bigint, int) RETURNS bigint STRICT LANGUAGE c AS :'module';
CREATE FUNCTION accepts_json(bytea, chunk int, skip bool) RETURNS bool STRICT LANGUAGE c AS :'module';
SELECT CASE WHEN :'soak' = '1' THEN 400000 ELSE 8000 END AS values_each,
	CASE WHEN :'soak' = '1' THEN 1000000 ELSE 20000 END AS documents \gset
SET timezone = 'UTC';

SELECT ok(compare_values(type, typmod, pattern, zone, 42, :values_each) > :values_each / 20,
	format('%s (%s) %s %s: what the fast way accepts is what the server says', type, typmod, pattern, zone))
FROM (VALUES ('int2'::regtype, -1, NULL, NULL), ('int4', -1, NULL, NULL), ('int8', -1, NULL, NULL), ('float4', -1, NULL, NULL), ('float8', -1, NULL, NULL),
	('numeric', -1, NULL, NULL), ('numeric', (10 << 16 | 2) + 4, NULL, NULL), ('numeric', (5 << 16) + 4, NULL, NULL), ('numeric', (38 << 16 | 10) + 4, NULL, NULL),
	('bool', -1, NULL, NULL), ('text', -1, NULL, NULL), ('varchar', 9, NULL, NULL), ('bpchar', 8, NULL, NULL), ('bpchar', -1, NULL, NULL),
	('date', -1, NULL, NULL), ('timestamp', -1, NULL, NULL), ('timestamp', 3, NULL, NULL), ('timestamptz', -1, NULL, NULL), ('timestamptz', 0, NULL, NULL),
	('timestamptz', -1, NULL, 'Europe/Berlin'), ('timestamptz', -1, NULL, 'America/St_Johns'), ('uuid', -1, NULL, NULL), ('json', -1, NULL, NULL), ('jsonb', -1, NULL, NULL),
	('date', -1, 'DD.MM.YYYY', NULL), ('timestamp', -1, 'DD.MM.YYYY', 'Europe/Berlin'), ('timestamptz', -1, 'DD.MM.YYYY', 'Europe/Berlin'),
	('date', -1, 'MM.YYYY', NULL), ('timestamptz', -1, 'MM.YYYY', 'Europe/Berlin')) v(type, typmod, pattern, zone);

SELECT ok(compare_validity(7, :documents) > :documents / 5, 'the reader refuses what json refuses, and nothing else');

-- times since 1970, against arithmetic
CREATE TYPE u AS (v timestamptz);
SELECT is(string_agg(n::text, ' '), NULL, 'unix: exact to the microsecond') FROM (
	SELECT setseed(0.5)) s, LATERAL (SELECT round((random() * 4e9)::numeric, (random() * 9)::int) AS n FROM generate_series(1, :documents / 4)) g,
	LATERAL decode_rows(NULL::u, '[{"v":' || n || '}]', NULL, '{v:format=unix}') r WHERE extract(epoch FROM r.v) <> round(n, 6);

-- documents, against jsonb operators
CREATE TYPE doc AS (a jsonb, b text, c jsonb, d jsonb);
CREATE FUNCTION document_difference(seed bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	page text := '[{"a":' || random_json(seed) || ',"b":' || random_json(seed + 1) || ',"x":' || random_json(seed + 2) || '}]';
	want jsonb := page::jsonb -> 0;
	got doc;
BEGIN
	SELECT * INTO got FROM decode_rows(NULL::doc, page, NULL, '{b:path=b.c,c:path=b,d:path=x[1].y}', (seed % 9)::int);
	IF FOUND THEN
		IF (got.a, got.b, got.c, got.d) IS DISTINCT FROM (nullif(want -> 'a', 'null'), want #>> '{b,c}',
			nullif(want -> 'b', 'null'), nullif(want #> '{x,1,y}', 'null')) THEN
			RETURN format('seed %s: %s decoded as %s', seed, page, got);
		END IF;
	ELSIF jsonb_typeof(want #> '{b,c}') NOT IN ('object', 'array') THEN
		RETURN format('seed %s: %s refused', seed, page);
	END IF;
	RETURN NULL;
END $$;
SELECT is((SELECT min(document_difference(seed)) FROM generate_series(1, :documents) seed), NULL, 'generated documents: as jsonb operators read them');
