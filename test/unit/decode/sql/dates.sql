-- What a date or an interval means does not depend on who reads it.
CREATE DOMAIN some_day AS date CHECK (VALUE <> '2024-12-24');
CREATE TYPE day_pair AS (day date, n int);
CREATE TYPE dates AS (d date, t timestamp, z timestamptz, i interval, m some_day, a date[], r daterange, s tsmultirange, p day_pair, q day_pair[]);
CREATE TYPE a_date AS (id int, d date);
CREATE TYPE a_value AS (v text);
CREATE TYPE formatted AS (d date, t timestamp, z timestamptz);

CREATE TYPE one_date AS (v date);
-- one value by every style, as ISO 8601; each of them as the reject when it is refused
CREATE FUNCTION in_styles(type text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	style text;
	page text;
	row record;
	refused text;
	seen text[] := '{}';
BEGIN
	EXECUTE format('DROP TYPE one_date; CREATE TYPE one_date AS (v %s)', type);
	FOREACH style IN ARRAY '{"ISO, MDY","ISO, DMY","SQL, DMY","German","Postgres, MDY"}'::text[] LOOP
		PERFORM set_config('datestyle', style, true),
			set_config('intervalstyle', CASE WHEN style ~ 'DMY' THEN 'sql_standard' ELSE 'iso_8601' END, true),
			set_config('array_nulls', CASE WHEN style ~ 'DMY' THEN 'off' ELSE 'on' END, true),
			set_config('xmloption', CASE WHEN style ~ 'DMY' THEN 'document' ELSE 'content' END, true);
		page := jsonb_build_array(jsonb_build_object('v', value))::text;
		EXECUTE 'SELECT * FROM decode_rows(NULL::one_date, $1)' INTO row USING page;
		EXECUTE 'SELECT string_agg(message, '' '') FROM decode_rejects(NULL::one_date, $1)' INTO refused USING page;
		PERFORM set_config('datestyle', 'ISO', true), set_config('intervalstyle', 'postgres', true);
		seen := seen || coalesce(refused, to_jsonb(row) ->> 'v');
	END LOOP;
	PERFORM set_config('datestyle', 'ISO, MDY', true), set_config('intervalstyle', 'postgres', true), set_config('array_nulls', 'on', true);
	RETURN (SELECT string_agg(DISTINCT s, E' or ') FROM unnest(seen) s);
END $$;
SELECT is(in_styles(type, value), want, format('%s of %s', value, type)) FROM (VALUES
	('date', '2024-01-02', '2024-01-02'),
	('date', '20240102', '2024-01-02'),
	('date', '2024-1-2', '2024-01-02'),
	('date', '2 Jan 2024', '2024-01-02'),
	('date', 'Tue, 02 Jan 2024', '2024-01-02'),
	('date', '02-Jan-2024', '2024-01-02'),
	('date', '2024.002', '2024-01-02'),
	('date', 'infinity', 'infinity'),
	('date', 'epoch', '1970-01-01'),
	('date', '0026-09-01', '0026-09-01'),
	('date', '01/02/2024', 'date "01/02/2024" is not in the order year, month, day; its column requires a format'),
	('date', '13/02/2024', 'date "13/02/2024" is not in the order year, month, day; its column requires a format'),
	('date', '1.2.2024', 'date "1.2.2024" is not in the order year, month, day; its column requires a format'),
	('date', '01-02-2024', 'date "01-02-2024" is not in the order year, month, day; its column requires a format'),
	('date', '01.09.26', 'date "01.09.26" has a two-digit year; its column requires a format'),
	('date', '24-01-02', 'date "24-01-02" has a two-digit year; its column requires a format'),
	('date', '240102', 'date "240102" has a two-digit year; its column requires a format'),
	('date', '2-Jan-24', 'date "2-Jan-24" has a two-digit year; its column requires a format'),
	('date', 'Jan 2 24', 'date "Jan 2 24" has a two-digit year; its column requires a format'),
	('date', 'nonsense', 'invalid input syntax for type date: "nonsense"'),
	('some_day', '01/02/2024', 'date "01/02/2024" is not in the order year, month, day; its column requires a format'),
	('some_day', '24 Dec 2024', 'value for domain some_day violates check constraint "some_day_check"'),
	('timestamp', '2024-01-02 10:11:12.5', '2024-01-02T10:11:12.5'),
	('timestamp', '20240102T101112', '2024-01-02T10:11:12'),
	('timestamp', 'Tue Jan 02 10:11:12 2024', '2024-01-02T10:11:12'),
	('timestamp', '2024-01-02 101112', '2024-01-02T10:11:12'),
	('timestamp', '240102T101112', 'date "240102T101112" has a two-digit year; its column requires a format'),
	('timestamp', '240102 1011', 'date "240102 1011" has a two-digit year; its column requires a format'),
	('timestamp', '01-02-03 10:11:12.123456', 'date "01-02-03 10:11:12.123456" has a two-digit year; its column requires a format'),
	('timestamp', '01/02/2024 10:00', 'date "01/02/2024 10:00" is not in the order year, month, day; its column requires a format'),
	('timestamptz', 'Tue, 02 Jan 2024 10:11:12 GMT', '2024-01-02T10:11:12+00:00'),
	('timestamptz', '2024-01-02 10:11:12 America/New_York', '2024-01-02T15:11:12+00:00'),
	('timestamptz', '2024-01-02 10:11 Etc/GMT-5', '2024-01-02T05:11:00+00:00'),
	('timestamptz', '01-02-03 10:11+0530', 'date "01-02-03 10:11+0530" has a two-digit year; its column requires a format'),
	('interval', '-1 2:03:04', '-1 days +02:03:04'),
	('interval', '-1-2', '-1 years -2 mons'),
	('interval', 'P-1DT-2H', '-1 days -02:00:00'),
	('interval[]', '{"-1 2:03:04",NULL}', '["-1 days +02:03:04", null]'),
	('text[]', '{NULL,x}', '[null, "x"]'),
	('xml', 'x<a/>', 'x<a/>'),
	('date[]', '{2024-01-02,NULL}', '["2024-01-02", null]'),
	('date[]', '{2024-01-02,{', 'malformed array literal: "{2024-01-02,{"'),
	('date[]', '{2024-01-02,"01/02/2024"}', 'date "01/02/2024" is not in the order year, month, day; its column requires a format'),
	('some_day[]', '{{24-01-02}}', 'date "24-01-02" has a two-digit year; its column requires a format'),
	('daterange', '[2024-01-02,2024-01-04)', '[2024-01-02,2024-01-04)'),
	('daterange', '[,01/02/2024)', 'date "01/02/2024" is not in the order year, month, day; its column requires a format'),
	('daterange', 'empty', 'empty'),
	('tstzrange', '["24-01-02 10:00",)', 'date "24-01-02 10:00" has a two-digit year; its column requires a format'),
	('datemultirange', '{[2024-01-02,2024-01-04),["2/1/2025",)}', 'date "2/1/2025" is not in the order year, month, day; its column requires a format'),
	('datemultirange', '{[2024-01-02,2024-01-04)}', '{[2024-01-02,2024-01-04)}'),
	('day_pair', '(2024-01-02,5)', '{"n": 5, "day": "2024-01-02"}'),
	('day_pair', '("01/02/2024",5)', 'date "01/02/2024" is not in the order year, month, day; its column requires a format'),
	('day_pair', '(,5)', '{"n": 5, "day": null}'),
	('day_pair', '(2024-01-02', 'malformed record literal: "(2024-01-02"'),
	('day_pair[]', '{"(2024-01-02,5)","(\"24-01-02\",6)"}', 'date "24-01-02" has a two-digit year; its column requires a format'),
	('day_pair[]', '{"(2024-01-02,5)"}', '[{"n": 5, "day": "2024-01-02"}]')) v (type, value, want);

-- a format may have any order, but four digits are four
SELECT decodes('formats', NULL::formatted, '[{"d":"01.02.2024","t":"01/02/24 10:00","z":"1.2.2024"},{"d":"01.02.24"},{"z":"1.2.24"},{"t":"01/02/2024 10:00"},{"d":"01.02.0024"},{"d":"1.2.0024"}]',
	E'(2024-02-01,"2024-01-02 10:00:00","2024-02-01 00:00:00+00")\n(,"2024-01-02 10:00:00",)\n(0024-02-01,,)\n(0024-02-01,,)\n'
	'reject: record 2 at 56, d parse 22007: time "01.02.24" has implausible year 24 in format "DD.MM.YYYY" << {"d":"01.02.24"}\n'
	'reject: record 3 at 73, z parse 22007: time "1.2.24" has implausible year 24 in format "DD.MM.YYYY" << {"z":"1.2.24"}', NULL, '{d:format=DD.MM.YYYY,t:format=MM/DD/YY HH24:MI,z:format=DD.MM.YYYY}');

-- CSV, shared values and params take the same way, and the session keeps its own
SET datestyle = 'SQL, DMY';
SELECT is((SELECT string_agg(format('%s %s', id, to_jsonb(d)), ' ') FROM decode_rows(NULL::a_date, E'1,2024-01-02\n2,02/01/2024\n3,20240103\n', NULL, '{:header=false}')), '1 "2024-01-02" 3 "2024-01-03"', 'dates of CSV');
SELECT is((SELECT string_agg(format('%s %s', id, to_jsonb(d)), ' ') FROM decode_rows(NULL::a_date, '{"r":[{"id":1},{"id":2}],"d":"20240102"}', '$.r[*]', '{d:path=$.d}')), '1 "2024-01-02" 2 "2024-01-02"', 'a date of an ancestor');
SELECT is((SELECT string_agg(message, ' ') FROM decode_rejects(NULL::a_date, '{"r":[{"id":1}],"d":"02/01/2024"}', '$.r[*]', '{d:path=$.d}')), 'date "02/01/2024" is not in the order year, month, day; its column requires a format', 'a date of an ancestor in another order');
SELECT is('02/01/2024'::date || ' ' || current_setting('datestyle'), '02/01/2024 SQL, DMY', 'the session reads as before');
RESET datestyle;

-- a function that a domain calls may set its own style
CREATE FUNCTION has_day(int) RETURNS bool LANGUAGE plpgsql SET datestyle = 'SQL, DMY' AS $$ BEGIN RETURN '13/01/2024'::date IS NOT NULL; END $$;
CREATE DOMAIN styled AS int CHECK (has_day(VALUE));
CREATE TYPE styled_date AS (s styled, d date);
SELECT decodes('a domain with a style of its own', NULL::styled_date, '[{"s":1,"d":"20240102"},{"s":2,"d":"20240203"},{"s":3,"d":"04/03/2024"}]',
	E'(1,2024-01-02)\n(2,2024-02-03)\nreject: record 3 at 47, d parse 22007: date "04/03/2024" is not in the order year, month, day; its column requires a format << {"s":3,"d":"04/03/2024"}');
