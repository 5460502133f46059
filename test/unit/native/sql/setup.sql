SET client_min_messages = warning;
SET timezone = 'Europe/Berlin';
CREATE FUNCTION compare_condition(regclass, text) RETURNS text AS :'module', 'compare_condition' LANGUAGE C STRICT;
CREATE FUNCTION compare_random(regclass, kind text, seed bigint, n int, OUT native bigint, OUT telling bigint,
	OUT differences text) AS :'module', 'compare_random' LANGUAGE C STRICT;
CREATE FUNCTION compare_unique(regclass, columns text[], nulls_equal boolean, memory bigint) RETURNS text
	AS :'module', 'compare_unique' LANGUAGE C STRICT;
CREATE FUNCTION random_text(bigint) RETURNS text AS :'module', 'random_text' LANGUAGE C STRICT;

CREATE FUNCTION is(got text, wanted text, what text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN got IS NOT DISTINCT FROM wanted THEN 'ok - ' || what
		ELSE 'not ok - ' || what || E'\n# got ' || coalesce(got, 'null') || E'\n# not ' || coalesce(wanted, 'null') END
$$;
CREATE FUNCTION ok(fine boolean, what text) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN fine THEN '' ELSE 'not ' END || 'ok - ' || what
$$;

CREATE DOMAIN small AS int4 CHECK (value < 1000000);
CREATE DOMAIN label AS text;
CREATE DOMAIN bytewise AS text COLLATE "POSIX";
CREATE TABLE t (
	gone int, b bool, b2 bool, i2 int2, i4 int4, i4b int4, i8 int8, dom small, f4 float4, f8 float8, f8b float8,
	n numeric, n2 numeric(20, 4), d date, d2 date, ts timestamp, ts2 timestamp, tz timestamptz, tz2 timestamptz,
	x text, x2 text, v varchar(30), c char(6), c2 char(6), xc text COLLATE "C", xp text COLLATE "POSIX",
	domx label, xd bytewise, u uuid, j jsonb);
ALTER TABLE t DROP COLUMN gone;

-- The n-th of some texts, read as another type where need be.
CREATE FUNCTION one_of(choices text[], seed bigint) RETURNS text LANGUAGE sql AS $$
	SELECT choices[1 + abs(hashint8(seed)) % cardinality(choices)]
$$;
SET test.texts = :'texts';
CREATE FUNCTION some_text(seed bigint) RETURNS text LANGUAGE sql AS $$
	SELECT CASE abs(hashint8(seed * 7)) % 8 WHEN 0 THEN one_of(current_setting('test.texts')::text[], seed) WHEN 1 THEN NULL ELSE random_text(seed) END
$$;
INSERT INTO t SELECT
	one_of('{t,f,NULL}', s + 1)::bool, one_of('{t,f,NULL}', s + 2)::bool,
	one_of('{0,1,-1,2,5,7,100,32767,-32768,NULL}', s + 3)::int2,
	one_of('{0,1,-1,2,3,7,100,2147483647,-2147483648,16777217,NULL}', s + 4)::int4,
	one_of('{0,1,-1,2,3,7,100,2147483647,-2147483648,32767,NULL}', s + 5)::int4,
	one_of('{0,1,-1,2,3,7,100,9223372036854775807,-9223372036854775808,9007199254740993,99999999999,NULL}', s + 6)::int8,
	one_of('{0,1,2,7,100,-2147483648,NULL}', s + 7)::int4,
	one_of('{0,-0,1,0.1,1.5,NaN,Infinity,-Infinity,3.4e38,16777216,1e-45,-1,NULL}', s + 8)::float4,
	one_of('{0,-0,1,0.1,1.5,NaN,Infinity,-Infinity,1e308,-1e300,1e-320,16777217,2,NULL}', s + 9)::float8,
	one_of('{0,-0,1,0.1,1.5,NaN,Infinity,-Infinity,1e308,-1e300,5e-324,16777217,2,NULL}', s + 10)::float8,
	one_of('{0,0.00,1,-1,0.1,0.10,1.00,1e20,-99999999999999999999.9999,NaN,Infinity,-Infinity,12.34,12.3400,100,100.0,9999.9999,10000,0.00000000000000000000001,NULL}', s + 11)::numeric,
	one_of('{0,1,-1,0.1,1e15,NaN,12.34,100,9999.9999,10000,0.0001,NULL}', s + 12)::numeric,
	one_of('{2024-01-01,1999-12-31,infinity,-infinity,4713-01-01 BC,2024-02-29,5874897-12-31,NULL}', s + 13)::date,
	one_of('{2024-01-01,1999-12-31,infinity,-infinity,2023-12-31,NULL}', s + 14)::date,
	one_of('{2024-01-01 00:00:00,1999-12-31 23:59:59.999999,infinity,-infinity,294276-12-31 23:59:59,4713-01-01 BC,NULL}', s + 15)::timestamp,
	one_of('{2024-01-01 00:00:00,1999-12-31 23:59:59,infinity,-infinity,NULL}', s + 16)::timestamp,
	one_of('{2024-01-01 00:00:00,1999-12-31 23:59:59.999999,infinity,-infinity,294276-12-31 00:00:00,4713-01-01 BC,NULL}', s + 17)::timestamptz,
	one_of('{2024-01-01 00:00:00,2024-01-01 00:00:00Z,infinity,-infinity,NULL}', s + 18)::timestamptz,
	some_text(s + 19), some_text(s + 20), some_text(s + 21)::varchar(30), some_text(s + 22)::char(6),
	some_text(s + 23)::char(6), some_text(s + 24), some_text(s + 25), some_text(s + 26), some_text(s + 27),
	one_of('{00000000-0000-0000-0000-000000000000,ffffffff-ffff-ffff-ffff-ffffffffffff,NULL}', s + 28)::uuid,
	one_of('{"{}",null,NULL}', s + 29)::jsonb
FROM generate_series(1, 30000, 100) s;
-- Long enough to be compressed.
UPDATE t SET x = repeat('ab', 5000), v = repeat('é', 30) WHERE ctid IN (SELECT ctid FROM t LIMIT 3);
-- A NaN with its sign set, as arithmetic makes it.
UPDATE t SET f8 = float8 'Infinity' + float8 '-Infinity' WHERE f8 = 'NaN' AND i2 > 0;
