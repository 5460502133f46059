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
SELECT count(*), count(DISTINCT id), min(updated_at) IS NOT NULL AS times FROM items;
SELECT count(*) FROM price WHERE bzn = 'DE-LU' AND unix_seconds >= '2024-01-01' AND unix_seconds < '2024-01-02';
DROP FOREIGN TABLE items, price, users_orders, users_orders_lines, tree, lost, elsewhere;

-- LIMIT TO and EXCEPT.
SET client_min_messages = warning;
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
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec '/items');
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'https://api.example.com/openapi.json');
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test;
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'api.json', server 'x');
SELECT put('broken.json', 'openapi: 3.0.0');
IMPORT FOREIGN SCHEMA openapi FROM SERVER openapi_api INTO openapi_test OPTIONS (spec 'broken.json', spec_server 'openapi_files');
IMPORT FOREIGN SCHEMA other FROM SERVER openapi_api INTO openapi_test;
DROP SCHEMA openapi_test CASCADE;
DROP SERVER openapi_api, openapi_files;
