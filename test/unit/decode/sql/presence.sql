-- Which columns a page lacks: path absent in every record, as against a value that is null.
CREATE TYPE present2 AS (a int, b text);
CREATE TYPE present3 AS (a int, b text, c text);

CREATE FUNCTION lacks(name text, shape anyelement, page text, want text, records text DEFAULT NULL,
	options text[] DEFAULT '{}', before text DEFAULT NULL) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	chunk int;
BEGIN
	FOREACH chunk IN ARRAY ARRAY[0, 1, 5] LOOP
		RETURN NEXT is(decode_missing(shape, convert_to(page, 'UTF8'), records, options, chunk, 1 + chunk,
			convert_to(before, 'UTF8')), want, name || ', chunk ' || chunk);
	END LOOP;
END $$;

SELECT lacks('missing: nothing', NULL::present2, '[{"a":1,"b":"x"},{"a":2}]', '<< {"a":1,"b":"x"}');
SELECT lacks('missing: one', NULL::present2, '[{"a":1,"z":"x"},{"a":2}]', 'b << {"a":1,"z":"x"}');
SELECT lacks('missing: an explicit null is there', NULL::present2, '[{"a":1},{"a":2,"b":null}]', '<< {"a":1}');
SELECT lacks('missing: a page of none says nothing', NULL::present2, '[]', 'a b ');
SELECT lacks('missing: what the page before had', NULL::present2, '[{"a":1},{"a":2}]', 'b << {"a":1}',
	before => '[{"a":1,"b":"x"}]');
SELECT lacks('missing: records that are refused count', NULL::present2, '[{"a":"no","b":"x"}]', '<< {"a":"no","b":"x"}');
SELECT lacks('missing: below', NULL::present2, '[{"a":1,"o":{"z":1}}]', 'b << {"a":1,"o":{"z":1}}', NULL, '{b:path=o.p}');
SELECT lacks('missing: below what is null', NULL::present2, '[{"a":1,"o":null}]', '<< {"a":1,"o":null}', NULL, '{b:path=o.p}');
SELECT lacks('missing: below what is absent', NULL::present2, '[{"a":1}]', 'b << {"a":1}', NULL, '{b:path=o.p}');
SELECT lacks('missing: an element', NULL::present2, '[[1],[2]]', 'b << [1]', NULL, '{a:path=[0],b:path=[1]}');
SELECT lacks('missing: an element of some', NULL::present2, '[[1],[2,"x"]]', '<< [1]', NULL, '{a:path=[0],b:path=[1]}');
SELECT lacks('missing: the record itself is there', NULL::present2, '[1]', '<< 1', NULL, '{a:path=$,b:path=$}');
SELECT lacks('missing: beside the records', NULL::present2, '{"r":[{"a":1}]}', 'b << {"a":1}', '$.r[*]', '{b:path=$.unit}');
SELECT lacks('missing: behind the records', NULL::present2, '{"r":[{"a":1}],"unit":"kW"}', '<< {"a":1}', '$.r[*]',
	'{b:path=$.unit}');
SELECT lacks('missing: of some parents', NULL::present2, '{"o":[{"l":[{"a":1}]},{"id":7,"l":[{"a":2}]},{"l":[]}]}',
	'<< {"a":1}', '$.o[*].l[*]', '{b:path=$.o[*].id}');
SELECT lacks('missing: of all parents', NULL::present2, '{"o":[{"l":[{"a":1}]},{"l":[{"a":2}]}]}', 'b << {"a":1}',
	'$.o[*].l[*]', '{b:path=$.o[*].id}', before => '{"o":[{"l":[{"a":1}],"id":7}]}');
SELECT lacks('missing: arrays', NULL::present2, '[{"t":[1,2]},{"t":[3]}]', 'b << {"t":[1,2]}', NULL,
	'{a:path=t[*],b:path=v[*]}');
SELECT lacks('missing: arrays of some', NULL::present2, '[{"t":[1,2],"v":["x","y"]},{"t":[]}]',
	'<< {"t":[1,2],"v":["x","y"]}', NULL, '{a:path=t[*],b:path=v[*]}');
SELECT lacks('missing: key and value', NULL::present2, '{"x":{"p":1},"y":{"p":2}}', '<< {"key": "x", "value": {"p":1}}',
	'$.keyvalue()', '{a:path=value.p,b:path=key}');
SELECT lacks('missing: below a value', NULL::present2, '{"x":{"q":1},"y":{"q":2}}', 'a << {"key": "x", "value": {"q":1}}',
	'$.keyvalue()', '{a:path=value.p,b:path=key}');
SELECT lacks('missing: in all lists', NULL::present2, '{"p":[{"a":1}],"q":[{"a":2}]}', 'b << {"a":1}', '$.p[*], $.q[*]');
SELECT lacks('missing: in one list of two', NULL::present2, '{"p":[{"a":1}],"q":[{"a":2,"b":"x"}]}', '<< {"a":1}',
	'$.p[*], $.q[*]');
SELECT lacks('missing: params are there', NULL::present3, '[{"a":1}]', 'c << {"a":1}', NULL, '{b:param=x}');
SELECT lacks('missing: fields of CSV are there', NULL::present2, E'a,b\n1,\n', '', NULL, '{:header=true}', E'a,b\n');
SELECT lacks('missing: the last of equal names', NULL::present2, '[{"a":1,"o":{"p":"x"},"o":{}}]',
	'<< {"a":1,"o":{"p":"x"},"o":{}}', NULL, '{b:path=o.p}');
