-- Each column alone, and pairs, by bytes and by window function.
SELECT is(string_agg(DISTINCT compare_unique('t', ARRAY[a.attname], nulls_equal, 1000000), ','), 'same',
	'unique ' || a.attname)
FROM pg_attribute a, (VALUES (true), (false)) AS v (nulls_equal)
WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'j' GROUP BY attname ORDER BY attname;
SELECT is(string_agg(DISTINCT compare_unique('t', ARRAY[a.attname, b.attname], nulls_equal, 1000000), ','), 'same',
	'unique ' || a.attname || ' and another')
FROM pg_attribute a, pg_attribute b, (VALUES (true), (false)) AS v (nulls_equal)
WHERE a.attrelid = 't'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'j'
	AND b.attrelid = 't'::regclass AND b.attnum > 0 AND NOT b.attisdropped AND b.attname NOT IN ('j', a.attname)
GROUP BY a.attname ORDER BY a.attname;
SELECT is(compare_unique('t', '{j}', true, 1000000), NULL, 'jsonb has no native form');

CREATE TABLE many AS SELECT (i * 7919) % 15000 AS a, 'key ' || (i * 31) % 18000 AS b, repeat('x', i % 50) AS c
	FROM generate_series(1, 20000) i;
SELECT is(compare_unique('many', '{a}', false, 10000000), 'same', 'many values of a key');
SELECT is(compare_unique('many', '{b}', false, 10000000), 'same', 'many texts');
SELECT is(compare_unique('many', '{c,b}', false, 10000000), 'same', 'many pairs');
SELECT is(compare_unique('many', '{b}', false, 700000), 'gave up', 'too many for the memory');
CREATE TABLE long AS SELECT repeat('y', 20000) AS a;
SELECT is(compare_unique('long', '{a}', false, 10000000), 'gave up', 'a value too long to be kept');
-- The parts of a key cannot be shifted from one column to the next.
CREATE TABLE shifted AS SELECT * FROM (VALUES ('a', 'bc'), ('ab', 'c'), ('', 'abc'), ('abc', ''), ('a', 'bc')) AS v (a, b);
SELECT is(compare_unique('shifted', '{a,b}', false, 1000000), 'same', 'parts of a key stay apart');
