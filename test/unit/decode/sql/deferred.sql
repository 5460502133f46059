-- Values that only an input function reads, where input ends or breaks before their row is finished.
CREATE TYPE deferred AS (id numeric, j jsonb, tm time, iv interval, b inet);

-- an unfinished record already holds a value that its input function refuses
SELECT decodes('cut behind a refused number', NULL::deferred, '[{"id":"abc",', 'error EL005: page is truncated: unexpected end at byte 13 | Line 1, near: [{"id":"abc",');
SELECT decodes('cut behind refused JSON', NULL::deferred, '[{"j":{"a":"\u0000"},"v', 'error EL005: page is truncated: unexpected end at byte 23 | Line 1, near: [{"j":{"a":"\u0000"},"v');
SELECT decodes('cut in the second record', NULL::deferred, '[{"id":1},{"id":"abc"', 'error EL005: page is truncated: unexpected end at byte 21 | Line 1, near: [{"id":1},{"id":"abc"');
SELECT decodes('broken behind a refused number', NULL::deferred, '[{"id":"abc",x}]', 'error EL005: page is not valid JSON: unexpected "x" at byte 13 | Line 1, near: [{"id":"abc",x}]');

-- a fault between two rows leaves the finished one alone
SELECT decodes('a line breaks behind a finished row', NULL::deferred, E'{"id":1,"tm":"11:11","b":"10.0.0.1"}\n[{"id":2,"tm":"22:22","iv":"2 days"} x\n{"id":3,"b":"10.0.0.3"}',
	E'(1,,11:11:00,,10.0.0.1)\n(3,,,,10.0.0.3)\nreject: record 2 at 37,  parse 22P02: line is not valid JSON: unexpected "x" at byte 74 << [{"id":2,"tm":"22:22","iv":"2 days"} x', NULL, '{:framing=lines}');

-- null in a column of a domain is null, unless the domain refuses it
CREATE DOMAIN above_zero AS int CHECK (VALUE > 0);
CREATE DOMAIN modern AS date CHECK (VALUE > '1900-01-01');
CREATE DOMAIN word AS text CHECK (VALUE <> '');
CREATE DOMAIN amount AS numeric CHECK (VALUE >= 0);
CREATE DOMAIN given AS above_zero NOT NULL;
CREATE DOMAIN known AS text CHECK (VALUE IS NOT NULL);
CREATE TYPE domains AS (id int, a above_zero, d modern, t word, n amount);
CREATE TYPE strict_domains AS (id int, g given, k known);
SELECT decodes('null and absent in domains', NULL::domains, '[{"id":1,"a":null,"d":null,"t":null,"n":null},{"id":2},{"id":3,"a":3,"d":"2024-03-03","t":"c","n":3.5}]',
	E'(1,,,,)\n(2,,,,)\n(3,3,2024-03-03,c,3.5)');
SELECT decodes('null in domains of CSV', NULL::domains, E'1,,,,\n3,3,2024-03-03,c,3.5\n', E'(1,,,,)\n(3,3,2024-03-03,c,3.5)', NULL, '{:header=false}');
SELECT decodes('null in domains of arrays', NULL::domains, '[{"id":[1,2],"a":[null,2],"d":null,"t":["x",null],"n":[null,null]}]',
	E'(1,,,x,)\n(2,2,,,)', NULL, '{id:path=id[*],a:path=a[*],t:path=t[*],n:path=n[*]}');
SELECT decodes('null in domains of an ancestor', NULL::domains, '{"a":null,"rows":[{"id":1},{"id":2}]}', E'(1,,,,)\n(2,,,,)', '$.rows[*]', '{a:path=$.a,d:path=$.d}');
SELECT decodes('a domain that refuses null', NULL::strict_domains, '[{"id":1,"g":1,"k":"x"},{"id":2,"k":"x"},{"id":3,"g":3,"k":null},{"id":4,"g":-4,"k":"x"}]',
	E'(1,1,x)\nreject: record 2 at 24, g constraint 23502: domain given does not allow null values << {"id":2,"k":"x"}\n'
	'reject: record 3 at 41, k constraint 23514: value for domain known violates check constraint "known_check" << {"id":3,"g":3,"k":null}\n'
	'reject: record 4 at 65, g constraint 23514: value for domain given violates check constraint "above_zero_check" << {"id":4,"g":-4,"k":"x"}');

-- Wherever a page ends or has another byte, a value is one that was sent, or null, or its row is
-- not there.
CREATE FUNCTION strange_value(shape anyelement, page bytea, records text, options text[], chunk int, capacity int, sent text[])
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT string_agg(r::text, ' ') FROM decode_rows(shape, page, records, options, chunk, capacity) r, jsonb_each_text(to_jsonb(r))
		WHERE value <> ALL (sent));
EXCEPTION WHEN SQLSTATE 'EL005' THEN RETURN NULL;
END $$;
CREATE FUNCTION breaks(name text, shape anyelement, page text, records text, options text[]) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	bytes bytea := convert_to(page, 'UTF8');
	sent text[] := (SELECT array_agg(DISTINCT value) FROM decode_rows(shape, bytes, records, options) r, jsonb_each_text(to_jsonb(r)) WHERE value IS NOT NULL);
	broken bytea;
	strange text;
BEGIN
	FOR at IN 0 .. length(bytes) LOOP
		FOREACH broken IN ARRAY array_prepend(''::bytea, ARRAY['?', '\xff', '\x0a', '}', ']', '1 '' "']::bytea[]) LOOP
			broken := substr(bytes, 1, at) || CASE WHEN broken = '' THEN '' ELSE broken || substr(bytes, at + 1) END;
			strange := strange_value(shape, broken, records, options, at % 11, 1 + at % 3, sent);
			IF strange IS NOT NULL THEN
				RETURN is(strange, 'values that were sent', format('%s: %s', name, encode(broken, 'escape')));
			END IF;
		END LOOP;
	END LOOP;
	RETURN is(cardinality(sent)::text, '7', name);
END $$;
CREATE TYPE breaking AS (id numeric, tm time, b inet, g given);
\set sent '{"id":1,"tm":"11:11:00","b":"10.0.0.1","g":7},{"id":3,"tm":"22:22:00","b":"10.0.0.2","g":7}'
SELECT breaks('breaking records', NULL::breaking, '[' || :'sent' || ']', NULL, '{}');
SELECT breaks('breaking records of a list', NULL::breaking, '{"r":[' || :'sent' || '],"z":[]}', '$.r[*]', '{}');
SELECT breaks('breaking lines', NULL::breaking, replace(:'sent', '},{', E'}\n{'), NULL, '{:framing=lines}');
SELECT breaks('breaking lines of several records', NULL::breaking, '[' || replace(:'sent', '},{', E'}]\n[{') || ']', NULL, '{:framing=lines}');
SELECT breaks('breaking columns', NULL::breaking, '{"id":[1,3],"tm":["11:11:00","22:22:00"],"b":["10.0.0.1","10.0.0.2"],"g":7}', NULL, '{id:path=id[*],tm:path=tm[*],b:path=b[*]}');
SELECT breaks('breaking columns of lines', NULL::breaking, E'{"id":[1],"tm":["11:11:00"],"b":["10.0.0.1"],"g":7}\n{"g":7,"id":[3],"tm":["22:22:00"],"b":["10.0.0.2"]}', NULL, '{id:path=id[*],tm:path=tm[*],b:path=b[*],:framing=lines}');
SELECT breaks('breaking ancestors', NULL::breaking, '{"o":[{"id":1,"l":[{"tm":"11:11:00","b":"10.0.0.1"}]},{"l":[{"tm":"22:22:00","b":"10.0.0.2"}],"id":3}],"g":7}', '$.o[*].l[*]', '{id:path=$.o[*].id,g:path=$.g}');
SELECT breaks('breaking CSV', NULL::breaking, E'1,11:11:00,10.0.0.1,7\n3,22:22:00,"10.0.0.2",7\n', NULL, '{:header=false}');
