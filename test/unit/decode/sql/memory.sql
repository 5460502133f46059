-- Memory: flat for records, bounded for one record.
SELECT is(decode_count(NULL::ab, (SELECT convert_to('[' || string_agg(format('{"a":%s,"b":"%s","z":{"q":[1,2,3]}}', i, md5(i::text)), ',') || ']', 'UTF8') FROM generate_series(1, 50000) i), options => '{:memory=1000}', chunk => c, capacity => 1000),
	'50000 rows, 0 rejects, 50000 records', 'records in little memory, chunk ' || c) FROM unnest(ARRAY[0, 100, 4096]) c;
CREATE FUNCTION memory_error(shape anyelement, page text, records text, options text[], chunk int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE hint text;
BEGIN
	PERFORM count(*) FROM decode_rows(shape, page, records, options, chunk);
	RETURN 'no error';
EXCEPTION WHEN program_limit_exceeded THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLERRM || '. ' || hint;
END $$;
\set too_large '\'record exceeds elt.record_memory (97 kB). Increase elt.record_memory, or request smaller pages.\''
SELECT is(memory_error(NULL::ab, '[{"b":"' || repeat('x', 200000) || '"}]', NULL, '{:memory=100000}', c), :too_large, 'a long text, chunk ' || c) FROM unnest(ARRAY[0, 1, 7000]) c;
SELECT is(memory_error(NULL::ab, '[{"zz":"' || repeat('x', 200000) || '"}]', NULL, '{:memory=100000}', c), 'no error', 'a long text that no column wants, chunk ' || c) FROM unnest(ARRAY[0, 1, 7000]) c;
SELECT is(memory_error(NULL::series, '{"d":[' || rtrim(repeat('1.25,', 50000), ',') || ']}', NULL, '{mw:path=d[*],:memory=100000}', c), :too_large, 'a long array, chunk ' || c) FROM unnest(ARRAY[0, 1, 7000]) c;
SELECT is(memory_error(NULL::zipped, '[{"b":[' || rtrim(repeat('1.25,', 50000), ',') || ']}]', NULL, '{:memory=100000}', c), :too_large, 'a large subtree, chunk ' || c) FROM unnest(ARRAY[0, 1, 7000]) c;
SELECT is(memory_error(NULL::ab, '[{"li":[' || rtrim(repeat('{"a":1},', 50000), ',') || '],"id":"x"}]', '$[*].li[*]', '{b:path=$[*].id,:memory=100000}', c), :too_large, 'many records before their ancestor, chunk ' || c) FROM unnest(ARRAY[0, 7000]) c;
SELECT is(memory_error(NULL::ab, '{"li":[' || rtrim(repeat('{"a":1},', 50000), ',') || '],"id":"x"}', '$.li[*]', '{b:path=$.id,:memory=100000}', c), 'no error', 'many records before a root value, chunk ' || c) FROM unnest(ARRAY[0, 7000]) c;
-- 16 bytes per value
SELECT is(memory_error(NULL::series, format('{"t":[%s],"d":[%s]}', (SELECT string_agg((1704067200 + i)::text, ',') FROM generate_series(1, 50000) i), (SELECT string_agg((i + 0.5)::text, ',') FROM generate_series(1, 50000) i)), NULL, '{ts:path=t[*],ts:format=unix,mw:path=d[*],:memory=1600000}', 0), 'no error', 'columnar arrays in 16 bytes per value');
SELECT is(memory_error(NULL::series, (SELECT '{"s":[' || string_agg(format('{"d":[%s]}', rtrim(repeat('1.25,', 5000), ',')), ',') || ']}' FROM generate_series(1, 50)), '$.s[*]', '{mw:path=d[*],:memory=100000}', 0), 'no error', 'the memory of one record serves the next');
