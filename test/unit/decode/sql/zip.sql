-- Arrays zipped by position.
CREATE TYPE series AS (ts timestamptz, name text, mw float8);
\set energy '\'{"unix_seconds":[1704067200,1704068100,1704069000],"production_types":[{"name":"Solar","data":[1.5,null,-0.25]},{"name":"Wind","data":[4,5,6]}],"deprecated":false}\''
SET timezone = 'UTC';
SELECT decodes('Energy-Charts', NULL::series, :energy,
	E'("2024-01-01 00:00:00+00",Solar,1.5)\n("2024-01-01 00:15:00+00",Solar,)\n("2024-01-01 00:30:00+00",Solar,-0.25)\n'
	'("2024-01-01 00:00:00+00",Wind,4)\n("2024-01-01 00:15:00+00",Wind,5)\n("2024-01-01 00:30:00+00",Wind,6)',
	'$.production_types[*]', '{ts:path=$.unix_seconds[*],ts:format=unix,mw:path=data[*]}');
SELECT decodes('Energy-Charts, times behind', NULL::series, '{"production_types":[{"data":[4,5],"name":"Wind"}],"unix_seconds":[0,900]}',
	E'("1970-01-01 00:00:00+00",Wind,4)\n("1970-01-01 00:15:00+00",Wind,5)',
	'$.production_types[*]', '{ts:path=$.unix_seconds[*],ts:format=unix,mw:path=data[*]}');
SELECT decodes('price: arrays in the record', NULL::series, '{"license_info":"x","unix_seconds":[0,900],"price":[-1.5,2],"unit":"EUR / MWh"}',
	E'("1970-01-01 00:00:00+00","EUR / MWh",-1.5)\n("1970-01-01 00:15:00+00","EUR / MWh",2)', NULL, '{ts:path=unix_seconds[*],ts:format=unix,name:path=unit,mw:path=price[*]}');
SELECT decodes('lengths differ', NULL::series, '{"unix_seconds":[0,900],"production_types":[{"name":"a","data":[1]},{"name":"b","data":[1,2]},{"name":"c","data":null},{"name":"d"},{"name":"e","data":[]},{"name":"f","data":7}]}',
	E'("1970-01-01 00:00:00+00",b,1)\n("1970-01-01 00:15:00+00",b,2)\n'
	'reject: record 1 at 44,  length_mismatch 2202E: arrays have different lengths: "ts" has 2, "mw" has 1 << {"name":"a","data":[1]}\n'
	'reject: record 3 at 94,  length_mismatch 2202E: arrays have different lengths: "ts" has 2, "mw" is absent or null << {"name":"c","data":null}\n'
	'reject: record 4 at 119,  length_mismatch 2202E: arrays have different lengths: "ts" has 2, "mw" is absent or null << {"name":"d"}\n'
	'reject: record 5 at 132,  length_mismatch 2202E: arrays have different lengths: "ts" has 2, "mw" has 0 << {"name":"e","data":[]}\n'
	'reject: record 6 at 155, mw type 42804: column "mw": [*] requires an array << {"name":"f","data":7}',
	'$.production_types[*]', '{ts:path=$.unix_seconds[*],ts:format=unix,mw:path=data[*]}');
SELECT decodes('all empty or absent: no rows', NULL::series, '{"unix_seconds":[],"production_types":[{"name":"a","data":[]},{"name":"b","data":null},{"name":"c"}]}', '',
	'$.production_types[*]', '{ts:path=$.unix_seconds[*],ts:format=unix,mw:path=data[*]}');
SELECT is((SELECT string_agg(format('%s %s %s', j.column, j.reason, j.raw), E'\n' ORDER BY raw) FROM decode_rejects(NULL::series,
	'{"n":"x\u00e9","t":[0,"u",2,3,4,5],"d":[1,2,"y",{"k":1},NaN,6]}', NULL, '{ts:path=t[*],ts:format=unix,mw:path=d[*],name:path=n}', 3, 2) j),
	E'ts parse {"ts": "u", "name": "x\\u00e9", "mw": 2}\nmw parse {"ts": 2, "name": "x\\u00e9", "mw": "y"}\nmw type {"ts": 3, "name": "x\\u00e9", "mw": {"k":1}}\nmw parse {"ts": 4, "name": "x\\u00e9", "mw": NaN}',
	'a bad element is a reject of its row alone, with the row''s values');
SELECT is((SELECT string_agg(r::text, ' ') FROM decode_rows(NULL::series,
	'{"n":"x\u00e9","t":[0,"u",2,3,4,5],"d":[1,2,"y",{"k":1},NaN,6]}', NULL, '{ts:path=t[*],ts:format=unix,mw:path=d[*],name:path=n}', 3, 2) r),
	'("1970-01-01 00:00:00+00",xé,1) ("1970-01-01 00:00:05+00",xé,6)', 'the rows around it are made');
CREATE TYPE zipped AS (k text, a int, b jsonb, c mood);
SELECT decodes('escaped strings, containers and an enum', NULL::zipped, '[{"k":"p","a":["1","2",3],"b":["x\u00e9",[1,[2]],{"q":"\n"}],"c":["sad",null,"glad"]}]',
	E'(p,1,"""xé""",sad)\n(p,2,"[1, [2]]",)\n(p,3,"{""q"": ""\\\\n""}",glad)', NULL, '{a:path=a[*],b:path=b[*],c:path=c[*]}');
SELECT decodes('a scalar beside arrays that no fast way reads', NULL::zipped, '[{"c":"sad","a":[1,2]},{"c":"mad","a":[3,4]},{"c":null,"a":[5]}]',
	E'(,1,,sad)\n(,2,,sad)\n(,5,,)\nreject: record 2 at 23, c parse 22P02: invalid input value for enum mood: "mad" << {"c":"mad","a":[3,4]}', NULL, '{a:path=a[*]}');
SELECT decodes('a whole array and its elements', NULL::zipped, '[{"a":[1,2]}]', E'(,1,"[1, 2]",)\n(,2,"[1, 2]",)', NULL, '{a:path=a[*],b:path=a}');
SELECT decodes('an element and all elements', NULL::zipped, '[{"a":[1,{"x":"u"}]}]', E'(u,,1,)\n(u,,"{""x"": ""u""}",)', NULL, '{k:path=a[1].x,b:path=a[*],a:path=none}');
SELECT decodes('the last of two equal arrays', NULL::zipped, '[{"a":[1,2,3],"a":[7]}]', '(,7,,)', NULL, '{a:path=a[*]}');
SELECT decodes('arrays of an ancestor and of the record', NULL::zipped, '{"g":[{"t":[1,2],"s":[{"c":["sad","glad"]}]},{"s":[{"c":["sad"]}],"t":[9]}]}',
	E'(,1,,sad)\n(,2,,glad)\n(,9,,sad)', '$.g[*].s[*]', '{a:path=$.g[*].t[*],c:path=c[*]}');
SELECT is((SELECT format('%s %s %s', count(*), sum(mw), max(ts)) FROM decode_rows(NULL::series,
	convert_to((SELECT format('{"t":[%s],"d":[%s],"n":"long"}', string_agg(i::text, ','), string_agg((i / 8.0)::text, ',')) FROM generate_series(1, 40000) i), 'UTF8'),
	NULL, '{ts:path=t[*],ts:format=unix,mw:path=d[*],name:path=n}', c, 1000)), '40000 100002500 1970-01-01 11:06:40+00', 'long arrays, chunk ' || c) FROM unnest(ARRAY[0, 1, 1000, 65536]) c;
