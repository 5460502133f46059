-- Paths, records, ancestors.
CREATE TYPE ab AS (a int, b text);

SELECT decodes('root array', NULL::ab, '[{"a":1,"b":"x"},{"b":"y","a":2}]', E'(1,x)\n(2,y)');
SELECT decodes('root object', NULL::ab, '{"a":1,"b":"x"}', '(1,x)');
SELECT decodes('absent and null', NULL::ab, '[{},{"a":null,"b":"y"},{"a":3}]', E'(,)\n(,y)\n(3,)');
SELECT decodes('white space', NULL::ab, E' [ {\r\n\t"a" : 1 , "b" : "x" } ,\n {"a":2} ] \n', E'(1,x)\n(2,)');
SELECT decodes('escaped key', NULL::ab, '[{"\u0061":1,"\u0062":"\ud83d\ude00"}]', '(1,😀)');
SELECT decodes('the last of two equal keys', NULL::ab, '[{"a":1,"a":2,"b":"x","b":null}]', '(2,)');
SELECT decodes('the last of two equal keys, the first one bad', NULL::ab, '[{"a":"z","a":2,"b":{},"b":"u"}]', '(2,u)');
SELECT decodes('skipped members', NULL::ab,
	'[{"z":{"a":[1,{"b":2}],"q":"\ud800"},"a":1,"y":[[]],"b":"x","w":1e5}]', '(1,x)');
SELECT decodes('records below members', NULL::ab,
	'{"meta":{"a":9},"data":{"items":[{"a":1},{"a":2}]},"x":0}', E'(1,)\n(2,)', '$.data.items[*]');
SELECT decodes('records is one object', NULL::ab, '{"q":0,"data":{"a":1}}', '(1,)', '$.data');
SELECT decodes('a relative records path', NULL::ab, '{"data":[{"a":1}]}', '(1,)', 'data[*]');
SELECT decodes('no records', NULL::ab, '{"data":[]}', '', '$.data[*]');
SELECT decodes('records null', NULL::ab, '{"data":null}', '', '$.data[*]');
SELECT decodes('nested members and elements', NULL::ab, '[{"x":{"y":[5,{"z":7}]},"b":"k"}]', '(7,k)',
	NULL, '{a:path=x.y[1].z}');
SELECT decodes('through null and absent parents', NULL::ab, '[{"x":null,"b":"k"},{"b":"l"},{"x":{},"b":"m"}]',
	E'(,k)\n(,l)\n(,m)', NULL, '{a:path=x.y}');
SELECT decodes('quoted names', NULL::ab, '[{"a.b":{"x \"y\"":1},"1h":"z"}]', '(1,z)', NULL,
	ARRAY['a:path="a.b"."x \"y\""', 'b:path=1h']);
SELECT decodes('two columns of one place', NULL::ab, '[{"v":1}]', '(1,1)', NULL, '{a:path=v,b:path=$[*].v}');
SELECT decodes('positional records', NULL::ab, '{"t":0,"states":[[1,"x",true],[2,null],[]]}', E'(1,x)\n(2,)\n(,)',
	'$.states[*]', '{a:path=[0],b:path=[1]}');
SELECT decodes('records in the second element', NULL::ab, '[{"b":"head"},[{"a":1},{"a":2}]]', E'(1,head)\n(2,head)',
	'$[1][*]', '{b:path=$[0].b}');
SELECT decodes('records in the first element, head behind it', NULL::ab, '[[{"a":1},{"a":2}],{"b":"tail"}]', E'(1,tail)\n(2,tail)',
	'$[0][*]', '{b:path=$[1].b}');
SELECT decodes('map', NULL::ab, '{"rates":{"usd":1,"e\"r":2,"gbp":null}}', E'(1,usd)\n(2,"e""r")\n(,gbp)',
	'$.rates.keyvalue()', '{a:path=value,b:path=key}');
SELECT decodes('map of objects', NULL::ab, '{"usd":{"v":1},"eur":{"v":2}}', E'(1,usd)\n(2,eur)',
	'$.keyvalue()', '{a:path=value.v,b:path=key}');
SELECT decodes('map of arrays', NULL::ab, '{"DE":[{"v":1},{"v":2}],"FR":[],"AT":null,"IT":[{"v":3}]}',
	E'(1,DE)\n(2,DE)\n(3,IT)', '$.keyvalue().value[*]', '{a:path=v,b:path=$.keyvalue().key}');

-- ancestors
SELECT decodes('ancestor before', NULL::ab, '{"orders":[{"id":"o1","li":[{"a":1},{"a":2}]},{"id":"o2","li":[{"a":3}]}]}',
	E'(1,o1)\n(2,o1)\n(3,o2)', '$.orders[*].li[*]', '{b:path=$.orders[*].id}');
SELECT decodes('ancestor behind', NULL::ab, '{"orders":[{"li":[{"a":1},{"a":2}],"id":"o1"},{"li":[{"a":3}],"id":"o2"},{"li":[{"a":4}]},{"id":"o4"}]}',
	E'(1,o1)\n(2,o1)\n(3,o2)\n(4,)', '$.orders[*].li[*]', '{b:path=$.orders[*].id}');
SELECT decodes('ancestor nested and behind', NULL::ab, '[{"li":{"x":[{"a":1}]},"m":{"n":[0,"q"]}}]', '(1,q)',
	'$[*].li.x[*]', '{b:path=$[*].m.n[1]}');
SELECT decodes('root value behind', NULL::ab, '{"data":[{"a":1},{"a":2}],"meta":{"who":"me"}}', E'(1,me)\n(2,me)',
	'$.data[*]', '{b:path=$.meta.who}');
SELECT decodes('root value absent', NULL::ab, '{"data":[{"a":1},{"a":2}]}', E'(1,)\n(2,)', '$.data[*]', '{b:path=$.meta.who}');
CREATE TYPE abc AS (a int, b text, c text);
SELECT decodes('ancestors of two levels, all behind', NULL::abc,
	'{"shops":[{"orders":[{"li":[{"a":1}],"id":"o1"},{"li":[{"a":2}],"id":"o2"}],"name":"s1"},{"orders":[{"li":[{"a":3}]}],"name":"s2"}]}',
	E'(1,o1,s1)\n(2,o2,s1)\n(3,,s2)', '$.shops[*].orders[*].li[*]', '{b:path=$.shops[*].orders[*].id,c:path=$.shops[*].name}');
SELECT decodes('root and ancestor, both behind', NULL::abc,
	'{"o":[{"li":[{"a":1}],"id":"o1"},{"li":[{"a":2}],"id":"o2"}],"v":"root"}',
	E'(1,o1,root)\n(2,o2,root)', '$.o[*].li[*]', '{b:path=$.o[*].id,c:path=$.v}');
SELECT decodes('duplicate key on the way', NULL::ab, '{"data":[{"a":1}],"data":[{"a":2}]}',
	'error EL005: duplicate key "data" on the path to the records | Line 1, byte 24 of the page; records are "$.data[*]".', '$.data[*]');
SELECT decodes('duplicate ancestor', NULL::ab, '{"v":"x","v":"y","data":[{"a":1}]}',
	'error EL005: duplicate key "v" on the path to the records | Line 1, byte 12 of the page; records are "$.data[*]".', '$.data[*]', '{b:path=$.v}');

-- the page does not have what records says
SELECT decodes('records absent', NULL::ab, '{"error":true}',
	'error EL005: page has no member "data" on the path to the records | Line 1, byte 14 of the page; records are "$.data[*]".', '$.data[*]');
SELECT decodes('records not an array', NULL::ab, '{"data":{"a":1}}',
	'error EL005: page has no array at "$.data" on the path to the records | Line 1, byte 9 of the page; records are "$.data[*]".', '$.data[*]');
SELECT decodes('a member absent on the way', NULL::ab, '{"data":{"items":[]}}',
	'error EL005: page has no member "rows" in "$.data" on the path to the records | Line 1, byte 20 of the page; records are "$.data.rows[*]".', '$.data.rows[*]');
SELECT decodes('an element absent on the way', NULL::ab, '{"data":[{},{}]}',
	'error EL005: page has no element [2] in "$.data" on the path to the records | Line 1, byte 15 of the page; records are "$.data[2]".', '$.data[2]');
SELECT decodes('the record itself absent', NULL::ab, '{"data":{}}',
	'error EL005: page has no member "c" on the path to the records | Line 1, byte 11 of the page; records are "$.c".', '$.c');
SELECT decodes('an order without lines is no fault', NULL::ab, '{"o":[{"id":1},{"id":2,"li":[{"a":1}]},{"li":null}]}', '(1,)', '$.o[*].li[*]');
SELECT decodes('a record of the wrong kind', NULL::ab, '[1,{"a":1},"x",null,[2]]',
	E'(1,)\nreject: record 1 at 1,  type 42804: record is a number, not an object << 1\n'
	'reject: record 3 at 11,  type 42804: record is a string, not an object << "x"\n'
	'reject: record 4 at 15,  type 42804: record is null, not an object << null\n'
	'reject: record 5 at 20,  type 42804: record is an array, not an object << [2]');
SELECT decodes('one wrong order among many', NULL::ab, '{"o":[{"li":5},{"li":[{"a":1}]}]}',
	E'(1,)\nreject: record 1 at 12,  type 42804: page has no array at "$.o[*].li" on the path to the records << 5', '$.o[*].li[*]');

-- paths that are refused
SELECT ok(check_path(p), 'accepts ' || p) FROM unnest(ARRAY['$', '$.a', 'a.b', '$."a b"[0]', '[1]', '$.x[*]', '$.x.keyvalue()',
	'$.x.keyvalue().value.y', 'ü', 'a-b', '"\u00e4"', '$.@id', '#text', 'a:b', 'km/h', '$."/id"', '$."1"', '$."&"', '24h', '$[0]', '$[10]', '_', '%x']) p;
CREATE FUNCTION refused(p text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
	PERFORM check_path(p);
	RETURN 'accepted';
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN split_part(detail, E'\n', 1);
END $$;
SELECT is(refused(p), want, 'refuses ' || p) FROM (VALUES
	('', 'At character 1: expected a name, in double quotes if it has special characters.'),
	('$.', 'At character 3: expected a name, in double quotes if it has special characters.'),
	('$a', 'accepted'), ('$..a', 'At character 3: expected a name, in double quotes if it has special characters.'),
	('$.*', 'accepted'), ('#/a', 'At character 1: JSON pointers are not supported, and a name that starts with / or #/ must be quoted.'),
	('$[', 'At character 3: subscript must be a nonnegative integer or *.'), ('$[-1]', 'At character 3: subscript must be a nonnegative integer or *.'),
	('$[1', 'At character 4: expected ].'), ('$[99999999999]', 'At character 12: subscript is out of range.'),
	('$."a', 'At character 3: unterminated quoted name.'), ('$.a b', 'At character 4: expected ., [ or the end of the path.'),
	('$.size()', 'At character 7: .keyvalue() is the only supported method.'), ('$.a?(@.b)', 'At character 4: expected ., [ or the end of the path.'),
	('$."\u0000"', 'At character 3: quoted name cannot be converted to text.'),
	('/id', 'At character 1: JSON pointers are not supported, and a name that starts with / or #/ must be quoted.'),
	('/a/0/b', 'At character 1: JSON pointers are not supported, and a name that starts with / or #/ must be quoted.'),
	('$.&', 'At character 3: a name with special characters must be quoted.'),
	('$.@', 'At character 3: a name with special characters must be quoted.'),
	('a|b', 'At character 1: a name with special characters must be quoted.'),
	('$.a,$.b', 'At character 3: a name with special characters must be quoted.'),
	('$.1', 'At character 3: a name of digits must be quoted, and an array index must be in brackets.'),
	('12', 'At character 1: a name of digits must be quoted, and an array index must be in brackets.'),
	('$[01]', 'At character 5: subscript must not have leading zeros.'),
	('$[00]', 'At character 5: subscript must not have leading zeros.')) v(p, want);
CREATE FUNCTION misfit(records text, path text) RETURNS text LANGUAGE sql AS
$$ SELECT decoded(NULL::ab, '[]', records, ARRAY['a:path=' || path], 0, 1) $$;
SELECT ok(misfit(r, p) LIKE 'error 22023: ' || want || '%', format('refuses %s with records %s', p, r)) FROM (VALUES
	('$.x[*]', '$.x', '%contains the records%'), ('$.x[*]', '$.x[0].a', '%path diverges%'), ('$.x[*]', '$', '%contains the records%'),
	('$.x[*]', 'a[*].b', '%must be the last step%'), ('$.x[*]', 'a.keyvalue()', '%supported in option%'),
	('$.x.keyvalue()', 'foo', '%"key" and "value"%'), ('$.x.keyvalue().foo', 'a', '%Only .value can follow%'),
	('$.x.keyvalue()', '$.x.keyvalue()', '%"key" and "value"%'), ('$.x..', 'a', '%expected a name%')) v(r, p, want);
