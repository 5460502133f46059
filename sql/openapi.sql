-- IMPORT FOREIGN SCHEMA openapi: foreign tables from the description of an API.
\getenv replay ELT_REPLAY
\set VERBOSITY default
SET timezone = 'UTC';
CREATE SCHEMA openapi_test;
SET search_path = openapi_test;
CREATE SERVER openapi_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
SELECT current_setting('data_directory') || '/elt_openapi_test' AS root \gset
CREATE SERVER openapi_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT %L) TO PROGRAM %L', replace(encode(convert_to(content, 'UTF8'), 'base64'), E'\n', ''),
		format('mkdir -p %1$s/elt_openapi_test && base64 -d >%1$s/elt_openapi_test/%2$s', current_setting('data_directory'), name));
END $$;
-- What was imported, as one could write it.
CREATE VIEW imported AS
SELECT c.relname AS "table", (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || coalesce(' ' || array_to_string(a.attfdwoptions, ', '), ''), E'\n' ORDER BY a.attnum)
	FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns, array_to_string(f.ftoptions, E'\n') AS options
FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid WHERE c.relnamespace = 'openapi_test'::regnamespace ORDER BY c.relname;

SELECT put('api.json', $${"openapi": "3.1.0", "paths": {
	"/items": {"get": {"parameters": [{"$ref": "#/components/parameters/limit"}, {"name": "page", "in": "query", "schema": {"type": "integer", "default": 1}}],
		"responses": {"200": {"content": {"application/json": {"schema": {"type": "object", "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
			"pages": {"type": "integer"}, "total": {"type": "integer"}}}}}}}}},
	"/price": {"get": {"parameters": [{"name": "bzn", "in": "query", "required": true, "schema": {"type": "string"}}, {"name": "start", "in": "query", "schema": {"type": "string", "format": "date"}}, {"name": "end", "in": "query", "schema": {"type": "string", "format": "date"}}],
		"responses": {"200": {"content": {"application/json": {"schema": {"type": "object", "properties": {"unix_seconds": {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "null"}]},
			"price": {"type": "array", "items": {"anyOf": [{"type": "number"}, {"type": "null"}]}}, "unit": {"type": "string"}}}}}}}}},
	"/users/{user-id}/orders": {"parameters": [{"name": "user-id", "in": "path", "required": true, "schema": {"type": "integer"}}], "get": {
		"responses": {"2XX": {"content": {"application/vnd.api+json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Order"}}}}}}}},
	"/tree": {"get": {"responses": {"default": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}}}}},
	"/lost": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Missing"}}}}}}},
	"/elsewhere": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "https://unreachable.example/schema.json"}}}}}}},
	"/page": {"get": {"responses": {"200": {"content": {"text/html": {}}}}}},
	"/orders": {"post": {"responses": {"200": {"content": {"application/json": {"schema": {"type": "object"}}}}}}}},
	"components": {"parameters": {"limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 50}}},
	"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
	"schemas": {"Item": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "amount": {"type": "number"}, "updated_at": {"type": "string", "format": "date-time"}}},
	"Base": {"type": "object", "properties": {"id": {"type": "integer", "format": "int32"}, "day": {"type": "string", "format": "date", "nullable": true}}},
	"Order": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "properties": {"paid": {"type": "boolean"}, "payment": {"oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Cash"}]},
		"either": {"oneOf": [{"type": "string"}, {"type": "integer"}]}, "tags": {"type": "object", "additionalProperties": {"type": "string"}},
		"lines": {"type": "array", "items": {"type": "object", "properties": {"sku": {"type": "string"}, "n": {"type": ["integer", "null"]}}}}}}]},
	"Card": {"type": "object", "properties": {"number": {"type": "string"}}}, "Cash": {"type": "object", "properties": {"till": {"type": "string", "format": "uuid"}}},
	"Tree": {"type": "object", "properties": {"name": {"type": "string"}, "parent": {"$ref": "#/components/schemas/Tree"}, "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}}}}$$);
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'api.json', spec_server 'openapi_files');
\pset format unaligned
SELECT * FROM imported;
\pset format aligned
CREATE TABLE of_json AS SELECT * FROM imported;
SELECT count(*), count(DISTINCT id), min(updated_at) IS NOT NULL AS times FROM items;
SELECT count(*) FROM price WHERE bzn = 'DE-LU' AND unix_seconds >= '2024-01-01' AND unix_seconds < '2024-01-02';
DROP FOREIGN TABLE items, price, users_orders, users_orders_lines, tree, lost, elsewhere;

-- The same in YAML.
SET client_min_messages = warning;
CREATE FUNCTION yaml(j json, margin text DEFAULT E'\n') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE json_typeof(j)
		WHEN 'object' THEN coalesce((SELECT string_agg(margin || CASE WHEN key ~ '^[a-z0-9]+$' THEN key ELSE to_json(key)::text END || ':' || yaml(value, margin || '  '), '') FROM json_each(j)), ' {}')
		WHEN 'array' THEN coalesce((SELECT string_agg(margin || '-' || yaml(value, margin || '  '), '') FROM json_array_elements(j)), ' []')
		WHEN 'string' THEN ' ' || CASE WHEN j #>> '{}' ~ '^[a-z]+$' AND j #>> '{}' <> 'null' THEN j #>> '{}' ELSE j::text END
		ELSE ' ' || j::text END;
END $$;
SELECT put('api.yaml', '# An API' || yaml(pg_read_file('elt_openapi_test/api.json')::json));
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'api.yaml', spec_server 'openapi_files');
SELECT count(*) AS tables FROM imported;
(TABLE imported EXCEPT TABLE of_json) UNION ALL (TABLE of_json EXCEPT TABLE imported);
SELECT count(*) FROM items;
DROP FOREIGN TABLE items, price, users_orders, users_orders_lines, tree, lost, elsewhere;

-- As people write it: anchors, merged mappings, texts over several lines, words that are no texts.
SELECT put('hand.yaml', $$---
openapi: 3.0.3
info:
  title: "Hand: made"
  description: >-
    over several
    lines
x-page: &page
  - {name: page, in: query, schema: {type: integer}}
x-base: &base
  id: &id {type: integer, format: int32}
  yes: {type: boolean}
  null: {type: string}
paths:
  /things:
    get:
      parameters: *page
      responses:
        200:
          content:
            application/json:
              schema:
                type: array
                items:
                  type: object
                  properties:
                    <<: *base
                    id: {type: string}
                    other: *id
                    list: {type: array, items: {type: object, properties: {<<: [*base, {more: *id}]}}}
...
$$);
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'hand.yaml', spec_server 'openapi_files');
\pset format unaligned
SELECT * FROM imported;
\pset format aligned
DROP FOREIGN TABLE things, things_list;

-- What refers to others many times is read less deep.
CREATE FUNCTION bomb(first text, link text) RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s: {"type": "object", "properties": {"name": {"type": "string"}%s}}', format(first, i), CASE WHEN i > 1 THEN (SELECT string_agg(format(', "p%s": %s', p, format(link, i - 1)), '') FROM generate_series(1, 10) p) ELSE '' END), E',\n' ORDER BY i)
	FROM generate_series(1, 12) i $$;
SELECT put('bomb.json', '{"openapi": "3.0.0", "components": {"schemas": {' || bomb('"s%s"', '{"$ref": "#/components/schemas/s%s"}') || '}},
	"paths": {"/bomb": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/s12"}}}}}}}}}');
SELECT put('bomb.yaml', 'x-schemas: {' || regexp_replace(bomb('"s%s"', '*a%s'), '"s(\d+)": ', '"s\1": &a\1 ', 'g') || E'}\nopenapi: 3.0.0\npaths: {/bomb: {get: {responses: {"200": {content: {application/json: {schema: *a12}}}}}}}');
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'bomb.json', spec_server 'openapi_files');
SELECT columns AS of_bomb FROM imported \gset
SELECT count(*), count(*) FILTER (WHERE atttypid = 'jsonb'::regtype) AS jsonb FROM pg_attribute WHERE attrelid = 'bomb'::regclass AND attnum > 0;
DROP FOREIGN TABLE bomb;
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'bomb.yaml', spec_server 'openapi_files');
SELECT columns = :'of_bomb' AS same FROM imported WHERE "table" = 'bomb';
DROP FOREIGN TABLE bomb;

-- What is no YAML, or too much of it.
CREATE PROCEDURE refused(content text) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM put('refused.yaml', content);
	IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'refused.yaml', spec_server 'openapi_files');
END $$;
\set SHOW_CONTEXT never
SELECT put('merged.yaml', (SELECT 'a0: &a0 {x: 1, y: 2}' || string_agg(format(E'\na%s: &a%s {<<: [*a%s, *a%s]}', i, i, i - 1, i - 1), '' ORDER BY i) FROM generate_series(1, 30) i));
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'merged.yaml', spec_server 'openapi_files');
CALL refused('a: ' || repeat('[', 300) || repeat(']', 300));
CALL refused('x: ' || repeat('{a: ', 300) || repeat('}', 300));
CALL refused('a: &a {b: *a}');
CALL refused('a: *nowhere');
CALL refused(E'a: 1\n---\nb: 2');
CALL refused(E'? [a]\n: 1');
CALL refused(E'a: b: c');
CALL refused(E'a:\n\t- b');
CALL refused(E'a: "\\0"');
CALL refused('');
CALL refused('# nothing');
CALL refused('<!DOCTYPE html><p>Not found</p>');
CALL refused(E'swagger: "2.0"\npaths: {}');
COPY (SELECT) TO PROGRAM 'head -c 68000000 /dev/zero | tr "\0" "#" >elt_openapi_test/huge.yaml';
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'huge.yaml', spec_server 'openapi_files');
COPY (SELECT) TO PROGRAM 'printf "a: \377" >elt_openapi_test/latin.yaml; rm elt_openapi_test/huge.yaml';
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'latin.yaml', spec_server 'openapi_files');

-- LIMIT TO and EXCEPT.
IMPORT FOREIGN SCHEMA openapi LIMIT TO (items, price) FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'api.json', spec_server 'openapi_files');
SELECT "table" FROM imported;
DROP FOREIGN TABLE items, price;
IMPORT FOREIGN SCHEMA openapi EXCEPT (items, price, tree, lost) FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'api.json', spec_server 'openapi_files');
SELECT "table" FROM imported;
DROP FOREIGN TABLE elsewhere, users_orders, users_orders_lines;

-- 3 MB, from the API itself, and what is no description.
SELECT put('large.json', (SELECT jsonb_build_object('openapi', '3.0.3', 'paths', jsonb_object_agg('/t' || i, jsonb_build_object('get', jsonb_build_object('description', repeat('x', 1500),
	'responses', '{"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}}}}}'::jsonb))))::text FROM generate_series(1, 2000) i));
IMPORT FOREIGN SCHEMA openapi LIMIT TO (t1, t2000) FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'large.json', spec_server 'openapi_files');
SELECT "table" FROM imported;
DROP FOREIGN TABLE t1, t2000;
SELECT put('large.yaml', (SELECT 'openapi: 3.0.3' || E'\npaths:' || string_agg(format(E'\n  /t%s:\n    get:\n      description: %s\n      responses:\n        "200":\n          content: {application/json: {schema: {type: array, items: {properties: {id: {type: integer}}}}}}',
	i, repeat('x', 1500)), '') FROM generate_series(1, 2000) i));
IMPORT FOREIGN SCHEMA openapi LIMIT TO (t1, t2000) FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'large.yaml', spec_server 'openapi_files');
SELECT "table" FROM imported;
DROP FOREIGN TABLE t1, t2000;
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec '/items');
SELECT :'replay' || '/items' AS spec \gset
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec :'spec');
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'https://api.example.com/openapi.json');
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test;
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'api.json', server 'x');
SELECT put('broken.json', '{"openapi": 3.0.0');
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'broken.json', spec_server 'openapi_files');
IMPORT FOREIGN SCHEMA other FROM SERVER openapi_api INTO openapi_test;
DROP SCHEMA openapi_test CASCADE;
DROP SERVER openapi_api, openapi_files;
