-- XML, header rows and nested arrays in chunks of any size and batches of any length; XML against xmltable.
CREATE TYPE xml_row AS (id int, title text, price numeric, place text, unit text, line bigint);
CREATE FUNCTION xml_page(n int) RETURNS bytea LANGUAGE sql AS $$
	SELECT convert_to(format('<?xml version="1.0"?>%s<r unit="kW">%s</r>', E'\n<!-- records -->\n', string_agg(format(
		E'<c id="%s"><title>%s</title><skip><title>no</title></skip>%s<o><place>%s</place></o></c>\n', i,
		CASE i % 4 WHEN 0 THEN 'a &amp; b' WHEN 1 THEN '<![CDATA[<&>]]>' WHEN 2 THEN 'käse <i>' || i || '</i>' ELSE repeat('x', i) END,
		CASE i % 3 WHEN 0 THEN '' WHEN 1 THEN format('<price> %s.5 </price>', i) ELSE '<price/>' END,
		CASE i % 5 WHEN 0 THEN '' ELSE '日本 &#228;' END), '' ORDER BY i)), 'UTF8') FROM generate_series(1, n) i $$;
CREATE FUNCTION xml_rows(page bytea, chunk int, capacity int) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(x::text, E'\n') FROM decode_rows(NULL::xml_row, page, '$.r.c[*]',
		'{:xml=true,id:path=@id,place:path=o.place,unit:path=$.r.@unit,line:line=}', chunk, capacity) x $$;
SELECT is(xml_rows(xml_page(40), chunk, capacity), (
	SELECT string_agg(ROW(x.id, x.title, nullif(trim(x.price), '')::numeric, x.place, x.unit, x.id + 2)::xml_row::text, E'\n')
	FROM xmltable('/r/c' PASSING (convert_from(xml_page(40), 'UTF8')::xml) COLUMNS id int PATH '@id', title text PATH 'string(title)',
		price text PATH 'string(price)', place text PATH 'string(o/place)', unit text PATH '../@unit') x),
	format('XML as xmltable reads it, chunk %s, capacity %s', chunk, capacity))
FROM unnest(ARRAY[0, 1, 2, 3, 7, 64, 511, 4000]) chunk, unnest(ARRAY[1, 3, 1000]) capacity;
SELECT is(decode_count(NULL::xml_row, xml_page(30000), '$.r.c[*]', '{:xml=true,id:path=@id,:memory=100000}', 65536, 500),
	'30000 rows, 0 rejects, 30000 records', 'a page that is longer than a record may be');
SELECT ok(decoded(NULL::xml_row, format('<r><c id="1"><title>%s</title></c></r>', repeat('x', 200000)), '$.r.c[*]',
	'{:xml=true,id:path=@id,:memory=100000}', 65536, 100) LIKE 'error 54000: record exceeds elt.record\_memory (97 kB)%', 'a record that is longer');
SELECT ok(decoded(NULL::xml_row, page, '$.r.c[*]', '{:xml=true,id:path=@id}', chunk, 100) ~ '^error EL005: page (is not valid XML|declares|refers)',
	format('a bomb: %s, chunk %s', left(page, 40), chunk))
FROM unnest(ARRAY[
	'<!DOCTYPE r [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><r><c id="1"><title>&c;</title></c></r>',
	'<!DOCTYPE r [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><r><c id="&c;"/></r>',
	'<!DOCTYPE r [<!ENTITY a SYSTEM "/etc/passwd">]><r><c id="1"><title>&a;</title></c></r>',
	'<!DOCTYPE r [<!ENTITY % a SYSTEM "/etc/passwd"> %a;]><r><c id="1"/></r>',
	'<!DOCTYPE r [<!ATTLIST c id CDATA "5">]><r><c/></r>',
	'<r><c id="1">' || repeat('<x>', 400) || repeat('</x>', 400) || '</c></r>']) page, unnest(ARRAY[0, 1, 100]) chunk;

-- Names of a header, and arrays of arrays
CREATE TYPE headed AS (id int, name text, tag text);
SELECT is(decoded(NULL::headed, '{"rows": [[1, ["x", "y"], "a"], [2, [], "b"]], "columns": ["id", "tags", "name"]}', '$.rows[*]',
	'{tag:path=tags[*],:header_path=$.columns[*]}', chunk, 1), E'(1,a,x)\n(1,a,y)', format('a header behind the records, chunk %s', chunk))
FROM unnest(ARRAY[0, 1, 5]) chunk;
SELECT is(decoded(NULL::headed, '{"rows": [["name", "x", "id"], ["a", 0, 1], ["b", 0], ["c", 0, "x"]]}', '$.rows[*]', '{tag:path=x,:header_row=true}', chunk, 1),
	E'(1,a,0)\nreject: record 2 at 44,  field_count 22P04: record has 2 fields, but the header has 3 << ["b", 0]\n'
	'reject: record 3 at 54, id parse 22P02: invalid input syntax for type integer: "x" << ["c", 0, "x"]', format('a header row, chunk %s', chunk))
FROM unnest(ARRAY[0, 1, 5]) chunk;
CREATE TYPE matrix AS (day text, v numeric, unit text);
SELECT is(decoded(NULL::matrix, '{"m": [[1, null], [], [3.5]], "d": ["a", "b", "c"], "unit": "kW"}', '$', '{day:path=d[*],v:path=m[*][*]}', chunk, capacity),
	E'(a,1,kW)\n(a,,kW)\n(c,3.5,kW)', format('arrays of arrays, chunk %s, capacity %s', chunk, capacity))
FROM unnest(ARRAY[0, 1, 5]) chunk, unnest(ARRAY[1, 2, 100]) capacity;
