-- Values and types.
CREATE TYPE v_int AS (v int); CREATE TYPE v_int2 AS (v int2); CREATE TYPE v_int8 AS (v int8);
CREATE TYPE v_num AS (v numeric); CREATE TYPE v_num102 AS (v numeric(10,2));
CREATE TYPE v_f8 AS (v float8); CREATE TYPE v_f4 AS (v float4);
CREATE TYPE v_text AS (v text); CREATE TYPE v_vc3 AS (v varchar(3)); CREATE TYPE v_c3 AS (v char(3));
CREATE TYPE v_bool AS (v bool); CREATE TYPE v_date AS (v date); CREATE TYPE v_ts AS (v timestamp);
CREATE TYPE v_tz AS (v timestamptz); CREATE TYPE v_ts0 AS (v timestamp(0)); CREATE TYPE v_uuid AS (v uuid);
CREATE TYPE v_jsonb AS (v jsonb); CREATE TYPE v_json AS (v json); CREATE TYPE v_inet AS (v inet);
CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TYPE v_mood AS (v mood, n int);
CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TYPE v_pos AS (v positive);
CREATE DOMAIN present AS text NOT NULL; CREATE TYPE v_present AS (v present, n int);
CREATE TYPE v_iv AS (v interval); CREATE TYPE v_bytea AS (v bytea);
SET timezone = 'America/New_York';
SET datestyle = 'ISO';

-- one value per record: what became of each
CREATE FUNCTION each(shape anyelement, vals text[], options text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(regexp_replace(decoded(shape, convert_to('[{"v":' || v || '}]', 'UTF8'), NULL, options, 0, 10),
		'^reject: record 1 at 1, v (\S+) (\S+): (.*) <<.*$', '!\2'), ' ') FROM unnest(vals) v $$;

SELECT is(each(NULL::v_int8, ARRAY['1','-5','0','9223372036854775807','-9223372036854775808','9223372036854775808',
	'18446744073709551616','1.0','1e3','"12"','" 12 "','"x"','true','null','{}','[]','"+5"','1.5','-0']),
	'(1) (-5) (0) (9223372036854775807) (-9223372036854775808) !22003 !22003 (1) (1000) (12) (12) !22P02 !22P02 () !42804 !42804 (5) !22P02 (0)', 'bigint');
SELECT is(each(NULL::v_int, ARRAY['2147483647','2147483648','-2147483648','-2147483649','007']), '(2147483647) !22003 (-2147483648) !22003 '
	|| each(NULL::v_int, '{007}'), 'integer');
SELECT is(each(NULL::v_int2, ARRAY['32767','32768','-32768','"-1"']), '(32767) !22003 (-32768) (-1)', 'smallint');
SELECT is(each(NULL::v_num, ARRAY['18446744073709551616','1.50','-0.0','1e5','1E-3','123456789012345678901234567890.123456789','"NaN"','NaN','"1,5"','0.000','100','1e400']),
	'(18446744073709551616) (1.50) (0.0) (100000) (0.001) (123456789012345678901234567890.123456789) (NaN) !22P02 !22P02 (0.000) (100) (1' || repeat('0', 400) || ')', 'numeric keeps its digits');
SELECT is(each(NULL::v_num102, ARRAY['1','1.5','1.005','99999999.99','99999999.995','100000000','-1.2','"7"','12345678901']),
	'(1.00) (1.50) (1.01) (99999999.99) !22003 !22003 (-1.20) (7.00) !22003', 'numeric(10,2)');
SELECT is(each(NULL::v_f8, ARRAY['1.5','-0.0','11.975999999999999','1e308','1e309','5e-324','1e-400','"Infinity"','0.1','123456789012345678901234567890','Infinity','-Infinity']),
	'(1.5) (-0) (11.975999999999999) (1e+308) !22003 (5e-324) !22003 (Infinity) (0.1) (1.2345678901234568e+29) !22P02 !22P02', 'double precision');
SELECT is(each(NULL::v_f4, ARRAY['1.5','0.1','16777217','1e39','3.4028235e38','1e-46']), '(1.5) (0.1) (1.6777216e+07) !22003 (3.4028235e+38) !22003', 'real');
SELECT is(each(NULL::v_text, ARRAY['"x"','1.50','1E5','true','null','""','"\u0000"','"\ud800"','"\ud83d\ude00"','"\udc00\ud800"','"\ud800\u0041"','{"a":1}','["x"]']),
	'(x) (1.50) (1E5) (true) () ("") !22P05 !22P05 (😀) !22P05 !22P05 !42804 !42804', 'text');
SELECT is((SELECT v FROM decode_rows(NULL::v_text, '{"v":"a\"b\\\u00e9\n\/\b\f\r\t\u20ac"}')), E'a"b\\é\n/\b\f\r\t€', 'every escape');
SELECT is(each(NULL::v_vc3, ARRAY['"abc"','"abcd"','"ab "','"abc  "','"äöü"','"äöüx"','1234']), '(abc) !22001 ("ab ") (abc) (äöü) !22001 !22001', 'varchar(3)');
SELECT is(each(NULL::v_c3, ARRAY['"abc"','"a"','"ä"','"abcd"','""','"abc "']), '(abc) ("a  ") ("ä  ") !22001 ("   ") (abc)', 'char(3)');
SELECT is(each(NULL::v_bool, ARRAY['true','false','"t"','"off"','1','0','2','"x"','null']), '(t) (f) (t) (f) (t) (f) !22P02 !22P02 ()', 'boolean');
SELECT is(each(NULL::v_date, ARRAY['"2024-02-29"','"2023-02-29"','"2024-01-01T10:00:00Z"','20240131','"0001-01-01"','"0000-01-01"','"Jan 5 2024"','"2024-13-01"','"infinity"']),
	'(2024-02-29) !22008 (2024-01-01) (2024-01-31) (0001-01-01) !22008 (2024-01-05) !22008 (infinity)', 'date');
SELECT is(each(NULL::v_ts, ARRAY['"2024-01-01T10:00:00"','"2024-01-01 10:00"','"2024-01-01"','"2024-01-01T10:00:00.123456"','"2024-01-01T10:00:00+02:00"','"2024-01-01T24:00:00"','"2024-01-01T10:00:60"','"2012-10-12 00:30:00.0000000"','"2024-01-01T25:00"']),
	'("2024-01-01 10:00:00") ("2024-01-01 10:00:00") ("2024-01-01 00:00:00") ("2024-01-01 10:00:00.123456") ("2024-01-01 10:00:00") ("2024-01-02 00:00:00") ("2024-01-01 10:01:00") ("2012-10-12 00:30:00") !22008', 'timestamp');
SET timezone = 'UTC';
SELECT is(each(NULL::v_tz, ARRAY['"2024-01-01T10:00:00Z"','"2024-01-01T10:00:00+02:00"','"2024-01-01T10:00:00-0330"','"2024-01-01T10:00+01"','"2024-07-01T10:00:00"','"2024-07-01 10:00:00 Europe/Berlin"','"2024-01-01T10:00:00+16:00"']),
	'("2024-01-01 10:00:00+00") ("2024-01-01 08:00:00+00") ("2024-01-01 13:30:00+00") ("2024-01-01 09:00:00+00") ("2024-07-01 10:00:00+00") ("2024-07-01 08:00:00+00") !22009', 'timestamptz');
SET timezone = 'America/New_York';
SELECT is(each(NULL::v_tz, ARRAY['"2024-07-01T10:00:00"','"Jul 1 2024 10:00"']), '("2024-07-01 06:00:00-04") ("2024-07-01 06:00:00-04")', 'a time without an offset is UTC, whatever the session says');
SET timezone = 'UTC';
SELECT is(each(NULL::v_tz, ARRAY['"2024-07-01T10:00:00"','"Jul 1 2024 10:00"','"2024-03-31T02:30:00"','"2024-10-27T02:30:00"'], '{v:time_zone=Europe/Berlin}'),
	(SELECT string_agg(format('("%s")', v::timestamp AT TIME ZONE 'Europe/Berlin'), ' ') FROM unnest(ARRAY['2024-07-01T10:00:00','Jul 1 2024 10:00','2024-03-31T02:30:00','2024-10-27T02:30:00']) v), 'a time without an offset is read in the column''s zone');
SELECT is(each(NULL::v_uuid, ARRAY['"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"','"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"','"{a0eebc999c0b4ef8bb6d6bb9bd380a11}"','"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g"','"a0eebc999-c0b-4ef8-bb6d-6bb9bd380a11"']),
	'(a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11) (a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11) (a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11) !22P02 !22P02', 'uuid');
SELECT is(each(NULL::v_jsonb, ARRAY['{"b": [1, 2.50],"a":"x"}','"x"','1.0','true','null','[ ]','"\u0000"','{"a":"\ud800"}']), '("{""a"": ""x"", ""b"": [1, 2.50]}") ("""x""") (1.0) (true) () ([]) !22P05 !22P02', 'jsonb takes the subtree');
SELECT is(each(NULL::v_json, ARRAY['{"b": [1, 2.50],"a":"x"}','"x"','{ }']), '("{""b"": [1, 2.50],""a"":""x""}") ("""x""") ("{ }")', 'json keeps its text');
SELECT is(each(NULL::v_inet, ARRAY['"10.0.0.1"','"10.0.0.300"','null']), '(10.0.0.1) !22P02 ()', 'a type without a fast way');
SELECT is(each(NULL::v_iv, ARRAY['"1 day"','"P1D"','"soon"']), '("1 day") ("1 day") !22007', 'interval');
SELECT is(each(NULL::v_pos, ARRAY['5','-1','"x"']), '(5) !23514 !22P02', 'domain');
SELECT is(each(NULL::v_present, ARRAY['"x"','null']), '(x,) !23502', 'domain that refuses null');
SELECT is(decoded(NULL::v_present, '[{"n":1},{"n":2,"v":"y"}]', NULL, '{}', 0, 9), E'(y,2)\nreject: record 1 at 1, v constraint 23502: domain present does not allow null values << {"n":1}', 'domain that refuses null, value absent');
SELECT is(each(NULL::v_ts0, ARRAY['"2024-01-01T10:00:00.4"','"2024-01-01T10:00:00.6"']), '("2024-01-01 10:00:00") ("2024-01-01 10:00:01")', 'timestamp(0)');
SELECT is(each(NULL::v_tz, ARRAY['0','1704067200','1704067200.123456','1704067200.1234565','1704067200.12345649999999999999','-1.5','1.7040672e9','"1704067200"','17040672001234567','"x"','1e30','null','true'], '{v:format=unix}'), 
	'("1970-01-01 00:00:00+00") ("2024-01-01 00:00:00+00") ("2024-01-01 00:00:00.123456+00") ("2024-01-01 00:00:00.123457+00") ("2024-01-01 00:00:00.123456+00") ("1969-12-31 23:59:58.5+00") ("2024-01-01 00:00:00+00") ("2024-01-01 00:00:00+00") !22007 !22007 !22007 () !22007', 'unix');
SELECT is(each(NULL::v_tz, ARRAY['1704067200123','1704067200123.4567','1704067200123.45678'], '{v:format=unix_ms}'),
	'("2024-01-01 00:00:00.123+00") ("2024-01-01 00:00:00.123457+00") ("2024-01-01 00:00:00.123457+00")', 'unix_ms');
SELECT is(each(NULL::v_ts, ARRAY['1719828000'], '{v:format=unix,v:time_zone=Europe/Berlin}'), '("2024-07-01 12:00:00")', 'unix into timestamp: the column''s zone');
SELECT is(each(NULL::v_date, ARRAY['1704063600','1704066000'], '{v:format=unix,v:time_zone=Europe/Berlin}'), '(2024-01-01) (2024-01-01)', 'unix into date: the column''s zone');
SELECT is(each(NULL::v_ts0, ARRAY['1.4','1.5'], '{v:format=unix}'), '("1970-01-01 00:00:01") ("1970-01-01 00:00:01")', 'unix into timestamp(0)');
SELECT is(decoded(NULL::v_int, '[{"v":1}]', NULL, '{v:format=unix}', 0, 9),
	'error 42804: column "v" of type integer cannot have option "format" | ', 'a time format needs a time');

-- patterns
SELECT is(each(NULL::v_date, ARRAY['"01.2024"','"13.2024"','"1.2024"','"x"'], '{v:format=MM.YYYY}'), '(2024-01-01) !22008 (2024-01-01) !22007', 'MM.YYYY into date');
SELECT is(each(NULL::v_tz, ARRAY['"07.2024"','"01.2024"','"7.2024"'], '{v:format=MM.YYYY,v:time_zone=Europe/Berlin}'), '("2024-06-30 22:00:00+00") ("2023-12-31 23:00:00+00") ("2024-06-30 22:00:00+00")', 'MM.YYYY into timestamptz');
SELECT is(each(NULL::v_ts, ARRAY['"2024"','2024','"99999"'], '{v:format=YYYY}'), '("2024-01-01 00:00:00") ("2024-01-01 00:00:00") ' || each(NULL::v_ts, '{"\"99999\""}', '{v:format=YYYY}'), 'YYYY into timestamp');
SELECT is(each(NULL::v_date, ARRAY['"31.12.2024"','"30.02.2024"'], '{v:format=DD.MM.YYYY}'), '(2024-12-31) !22008', 'DD.MM.YYYY');
SELECT is(each(NULL::v_ts, ARRAY['"31.03.2024 02:30:15"'], '{"v:format=DD.MM.YYYY HH24:MI:SS",v:time_zone=Europe/Berlin}'), '("2024-03-31 02:30:15")', 'a local time in a gap stays what it is');
SELECT is(each(NULL::v_ts, ARRAY['"5 Mar 2024 1:02 PM"','"31 Mar 2024 2:30 AM"'], '{"v:format=DD Mon YYYY HH:MI AM",v:time_zone=Europe/Berlin}'), '("2024-03-05 13:02:00") ("2024-03-31 02:30:00")', 'a pattern only the server knows');
SELECT is(each(NULL::v_tz, ARRAY['"2024-05-01T10:11"'], '{"v:format=YYYY-MM-DD\"T\"HH24:MI",v:time_zone=Europe/Berlin}'), '("2024-05-01 08:11:00+00")', 'quoted text in a pattern');

-- good rows go on
SELECT decodes('bad values among good ones', NULL::v_mood,
	'[{"v":"sad","n":1},{"v":"mad","n":2},{"v":"glad","n":"x"},{"v":"glad","n":4},{"v":null,"n":5},{"v":{},"n":6}]',
	E'(sad,1)\n(glad,4)\n(,5)\n'
	'reject: record 2 at 19, v parse 22P02: invalid input value for enum mood: "mad" << {"v":"mad","n":2}\n'
	'reject: record 3 at 37, n parse 22P02: invalid input syntax for type integer: "x" << {"v":"glad","n":"x"}\n'
	'reject: record 6 at 94, v type 42804: column "v" of type mood cannot store an object << {"v":{},"n":6}');
SELECT is((SELECT string_agg(r::text, ' ') FROM decode_rows(NULL::v_mood, '[{"v":"sad","n":1},{"v":"mad","n":2},{"v":"glad","n":"x"},{"v":"glad","n":4}]', chunk => c, capacity => p) r),
	'(sad,1) (glad,4)', format('order of rows kept, chunk %s, batches of %s', c, p)) FROM unnest(ARRAY[1, 7, 0]) c, unnest(ARRAY[1, 2, 100]) p;
SELECT is((SELECT count(*)::text FROM decode_rejects(NULL::v_int, (SELECT '[' || string_agg(CASE WHEN i % 3 = 0 THEN '{"v":"bad"}' ELSE '{"v":1}' END, ',') || ']' FROM generate_series(1, 3000) i), capacity => 500)),
	'1000', 'a thousand bad values');

-- params
CREATE TYPE v_par AS (country text, n int, day date);
SELECT decodes('params', NULL::v_par, '[{"n":1,"country":"page"},{"n":2}]', E'(de,1,2024-01-01)\n(de,2,2024-01-01)', NULL, '{country:param=de,day:param=2024-01-01}');
SELECT decodes('a param that does not fit', NULL::v_par, '[{"n":1}]', 'error 22007: invalid input syntax for type date: "soon" | Column "day" takes this value from the slice.', NULL, '{day:param=soon}');

CREATE TYPE v_jpar AS (j json, n int);
SELECT decodes('a json param', NULL::v_jpar, '[{"n":1}]', '("{""a"": 1}",1)', NULL, '{"j:param={\"a\": 1}"}');
SELECT decodes('a json param that is none', NULL::v_jpar, '[{"n":1}]', 'error 22P02: invalid input syntax for type json | Column "j" takes this value from the slice.', NULL, '{j:param=x}');

-- an input function that asks for something else than a value
CREATE FUNCTION cancels(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stop' USING ERRCODE = '57014'; END $$;
CREATE DOMAIN cancelling AS int CHECK (cancels(VALUE)); CREATE TYPE v_cancel AS (v cancelling);
CREATE FUNCTION cancels_in_block() RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM * FROM decode_rows(NULL::v_cancel, '[{"v":1}]'); RETURN 'no error'; EXCEPTION WHEN query_canceled THEN RETURN 'cancelled'; END $$;
SELECT is(cancels_in_block(), 'cancelled', 'an error that is not the value''s is thrown on');

-- whole numbers, however they are written
CREATE DOMAIN whole_domain AS int CHECK (VALUE <> 13);
CREATE TYPE whole_numbers AS (s int2, i int4, b int8, d whole_domain);
SELECT decodes('whole numbers', NULL::whole_numbers, '[{"s":8.0,"i":1e3,"b":9.223372036854775807E18,"d":7.0},{"s":"-8.00","i":"-1.5e1","b":-1200e-2,"d":"1e2"},{"s":0.0e99,"i":-0.0,"b":1.00000000000000000000000,"d":0e-5},{"b":-9223372036854775808.0}]',
	E'(8,1000,9223372036854775807,7)\n(-8,-15,-12,100)\n(0,0,1,0)\n(,,-9223372036854775808,)');
SELECT decodes('numbers that are not whole, or too large', NULL::whole_numbers, '[{"s":8.5},{"i":1.5e0},{"b":1e19},{"s":1e5},{"i":3e9},{"d":1.3e1},{"d":0.5},{"i":"1."},{"i":"1e"},{"b":-9223372036854775809}]',
	E'reject: record 1 at 1, s parse 22P02: invalid input syntax for type smallint: "8.5" << {"s":8.5}\n'
	'reject: record 2 at 11, i parse 22P02: invalid input syntax for type integer: "1.5e0" << {"i":1.5e0}\n'
	'reject: record 3 at 23, b parse 22P02: invalid input syntax for type bigint: "1e19" << {"b":1e19}\n'
	'reject: record 4 at 34, s parse 22003: value "100000" is out of range for type smallint << {"s":1e5}\n'
	'reject: record 5 at 44, i parse 22003: value "3000000000" is out of range for type integer << {"i":3e9}\n'
	'reject: record 6 at 54, d constraint 23514: value for domain whole_domain violates check constraint "whole_domain_check" << {"d":1.3e1}\n'
	'reject: record 7 at 66, d parse 22P02: invalid input syntax for type integer: "0.5" << {"d":0.5}\n'
	'reject: record 8 at 76, i parse 22P02: invalid input syntax for type integer: "1." << {"i":"1."}\n'
	'reject: record 9 at 87, i parse 22P02: invalid input syntax for type integer: "1e" << {"i":"1e"}\n'
	'reject: record 10 at 98, b parse 22003: value "-9223372036854775809" is out of range for type bigint << {"b":-9223372036854775809}');
