-- Each column alone, and pairs, by fingerprints and by window function.
SELECT is(compare_unique('t', ARRAY[a.attname], false, 1000000), 'same', 'unique ' || a.attname)
FROM pg_attribute a WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped
	AND atttypid IN ('bool'::regtype, 'int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'float4'::regtype, 'float8'::regtype,
		'date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) ORDER BY attname;
SELECT is(string_agg(DISTINCT compare_unique('t', ARRAY[a.attname], nulls_equal, 1000000), ','), 'gave up',
	'hashes of ' || a.attname || ' repeat')
FROM pg_attribute a, (VALUES (true), (false)) AS v (nulls_equal)
WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'j'
	AND (nulls_equal OR atttypid IN ('text'::regtype, 'numeric'::regtype, 'varchar'::regtype, 'bpchar'::regtype, 'uuid'::regtype))
GROUP BY attname ORDER BY attname;
SELECT ok(bool_and(compare_unique('t', ARRAY[a.attname, b.attname], nulls_equal, 1000000) IN ('same', 'gave up')),
	'hashes of ' || a.attname || ' and another')
FROM pg_attribute a, pg_attribute b, (VALUES (true), (false)) AS v (nulls_equal)
WHERE a.attrelid = 't'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'j'
	AND b.attrelid = 't'::regclass AND b.attnum > 0 AND NOT b.attisdropped AND b.attname NOT IN ('j', a.attname)
GROUP BY a.attname ORDER BY a.attname;
-- One row of each value
CREATE FUNCTION compare_distinct(columns text[], nulls_equal boolean, memory bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE IF EXISTS d;
	EXECUTE format('CREATE TABLE d AS SELECT DISTINCT ON (%1$s) * FROM t ORDER BY %1$s',
		(SELECT string_agg(quote_ident(c), ', ') FROM unnest(columns) c));
	RETURN compare_unique('d', columns, nulls_equal, memory);
END $$;
SET client_min_messages = warning;
SELECT is(string_agg(DISTINCT compare_distinct(ARRAY[a.attname], nulls_equal, memory), ','), 'same', 'distinct ' || a.attname)
FROM pg_attribute a, (VALUES (true), (false)) AS v (nulls_equal), (VALUES (1000000), (0)) AS m (memory)
WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'j' GROUP BY attname ORDER BY attname;
SELECT is(string_agg(DISTINCT compare_distinct(ARRAY[a.attname, b.attname], true, 1000000), ','), 'same',
	'distinct ' || a.attname || ' and the next')
FROM pg_attribute a JOIN pg_attribute b ON b.attrelid = a.attrelid AND b.attnum = a.attnum + 1
WHERE a.attrelid = 't'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'j'
	AND NOT b.attisdropped AND b.attname <> 'j' GROUP BY a.attname ORDER BY a.attname;
SELECT is(compare_unique('t', '{j}', true, 1000000), NULL, 'jsonb has no native form');

CREATE TABLE many AS SELECT i AS n, (i * 7919) % 15000 AS a, 'key ' || i AS b, 'key ' || i % 18000 AS c, repeat('x', i % 50) AS d
	FROM generate_series(1, 20000) i;
SELECT is(compare_unique('many', '{a}', false, 10000000), 'same', 'many values of a key');
SELECT is(compare_unique('many', '{b}', false, 10000000), 'same', 'many texts');
SELECT is(compare_unique('many', '{d,b}', false, 10000000), 'same', 'many pairs');
SELECT is(compare_unique('many', '{c}', false, 10000000), 'gave up', 'a text among many repeats');
-- 16 bytes a row, and less with a log
SELECT is(compare_unique('many', '{n}', false, 20000 * 16), 'same', 'many values in 16 bytes each');
SELECT is(compare_unique('many', ARRAY[c], false, memory), 'same', format('%s beyond a memory of %s', c, memory))
FROM unnest('{n,b}'::text[]) c, unnest('{200000,64000,1000}'::bigint[]) memory;
SELECT is(compare_unique('many', ARRAY[c], false, memory), 'gave up', format('%s repeats beyond a memory of %s', c, memory))
FROM unnest('{a,c}'::text[]) c, unnest('{100000,64000,1000}'::bigint[]) memory;
CREATE TABLE long AS SELECT repeat('y', 20000) || n AS a FROM generate_series(1, 100) n;
SELECT is(compare_unique('long', '{a}', false, 10000000), 'same', 'long values');
-- The parts of a key cannot be shifted from one column to the next.
CREATE TABLE shifted AS SELECT * FROM (VALUES ('a', 'bc'), ('ab', 'c'), ('', 'abc'), ('abc', ''), ('a', '')) AS v (a, b);
SELECT is(compare_unique('shifted', '{a,b}', false, 1000000), 'same', 'parts of a key stay apart');

-- Keys in every order: rising with some that come late or twice, falling, in several rising parts, in no order.
CREATE TABLE orders (r int, late int, twice int, falling int, parts int, mixed int, few int);
INSERT INTO orders SELECT i, CASE WHEN i % 50 = 7 THEN i - 40000 ELSE i END, CASE i % 100 WHEN 3 THEN i - 1 WHEN 4 THEN i - 90 ELSE i END,
	-i, i % 5000, (i * 7919) % 30011, CASE WHEN i % 2 = 0 THEN i ELSE i % 10 END
FROM generate_series(1, 30000) i;
SELECT is(compare_unique('orders', ARRAY[c], false, memory), 'same', format('%s in a memory of %s', c, memory))
FROM unnest('{r,late,twice,falling,parts,mixed,few}'::text[]) c, unnest('{10000000,480000}'::bigint[]) memory;
SELECT is(compare_unique('orders', ARRAY[c], false, 100000), result, format('%s beyond the memory', c))
FROM (VALUES ('r', 'same'), ('late', 'same'), ('falling', 'same'), ('mixed', 'same'), ('twice', 'gave up')) o(c, result);
