-- New fields of formats other than JSON, and columns that are added for them.
SET timezone = 'UTC';
CREATE SCHEMA drift_formats;
SET search_path = drift_formats;
SELECT current_setting('data_directory') || '/elt_formats_test' AS root \gset
CREATE SERVER format_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT %L) TO PROGRAM %L', replace(encode(convert_to(content, 'UTF8'), 'base64'), E'\n', ''),
		format('mkdir -p %1$s/elt_formats_test && base64 -d >%1$s/elt_formats_test/%2$s', current_setting('data_directory'), name));
END $$;
-- A workbook with these rows, a cell for each word.
CREATE FUNCTION put_sheet(name text, rows text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT %L) TO PROGRAM %L', replace(encode(convert_to(rows, 'UTF8'), 'base64'), E'\n', ''), format($p$python3 -c '
import base64, sys, zipfile
rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
rels = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"" + rel + "/%%s\" Target=\"%%s\"/></Relationships>"
rows = base64.b64decode(sys.stdin.read()).decode().split("\n")
cell = "<c r=\"%%s%%d\" t=\"inlineStr\"><is><t>%%s</t></is></c>"
data = "".join("<row r=\"%%d\">%%s</row>" %% (i + 1, "".join(cell %% ("ABCDEF"[k], i + 1, w) for k, w in enumerate(row.split()))) for i, row in enumerate(rows))
with zipfile.ZipFile("%1$s/elt_formats_test/%2$s", "w") as out:
    out.writestr("_rels/.rels", rels %% ("officeDocument", "xl/workbook.xml"))
    out.writestr("xl/_rels/workbook.xml.rels", rels %% ("worksheet", "worksheets/sheet1.xml"))
    out.writestr("xl/workbook.xml", "<workbook xmlns=\"%%s\" xmlns:r=\"%%s\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>" %% (main, rel))
    out.writestr("xl/worksheets/sheet1.xml", "<worksheet xmlns=\"%%s\"><sheetData>%%s</sheetData></worksheet>" %% (main, data))
'$p$, current_setting('data_directory'), name));
END $$;
CREATE VIEW drift AS
SELECT field, records, left(sample, 50) AS sample, proposal, applied_at IS NOT NULL AS applied FROM elt.drift ORDER BY field COLLATE "C";
-- A pipeline whose source has this definition.
CREATE PROCEDURE begin_with(columns text, options text) LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE IF EXISTS target;
	DROP FOREIGN TABLE IF EXISTS source;
	EXECUTE format('CREATE FOREIGN TABLE source (id int%s) SERVER format_files OPTIONS (%s, settle ''0'', on_change ''merge'')', columns, options);
	PERFORM elt.create_pipeline('formats', 'source', 'target', '{id}');
END $$;
SET client_min_messages = error;

-- XML: elements and attributes, in namespaces or not, within what columns read or not.
SELECT put('a.xml', '<shop><item no="1"><id>1</id><part><code>a</code></part><old>x</old></item></shop>');
CALL begin_with(', code text OPTIONS (path ''part.code'')', $$glob 'a.xml', format 'xml', records '$.shop.item[*]'$$);
CALL elt.run('formats');
SELECT put('a.xml', '<shop xmlns:s="urn:s" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><item no="1" seen="2024-01-02"><id>1</id><part size="5"><code>a</code><color>red</color></part><tag>x</tag><tag>y</tag><s:price>1.50</s:price></item>
	<item no="2" seen="2024-01-03" xsi:nil="false"><id>2</id><part size="6"><code>b</code></part><tag>z</tag><old>y</old><box><w>1</w></box><lot><n>1</n></lot><lot><n>2</n></lot><odd-name>7</odd-name></item></shop>');
CALL elt.run('formats');
SELECT * FROM drift;
SELECT elt.alter_pipeline('formats', options => '{"on_new_field": "add"}');
CALL elt.run('formats');
SELECT put('a.xml', '<shop><item seen="2024-02-02"><id>3</id><part size="7"><code>a</code><color>blue</color></part><tag>x</tag><tag>y</tag><price>2.5</price><box><w>1</w></box><odd-name>8</odd-name></item><item><id>4</id></item></shop>');
CALL elt.run('formats');
SELECT id, code, seen, part_size, part_color, tag, price, box, odd_name FROM target ORDER BY id;
SELECT count(*) FROM elt.rejects WHERE pipeline = 'formats';
-- A key under another name.
SELECT put('a.xml', '<shop><item><code>1</code><number>5</number></item><item><number>6</number></item></shop>');
\set VERBOSITY default
CALL elt.run('formats');
\set VERBOSITY terse
SELECT elt.drop_pipeline('formats');

-- Arrays whose fields a header names: in the first record, or elsewhere.
SELECT put('b.json', '[["id", "n"], [1, 5]]');
CALL begin_with(', n int', $$glob 'b.json', format 'json', header 'true'$$);
CALL elt.run('formats');
SELECT put('b.json', '[["id", "n", "Shop No", "twin", "twin", ""], [1, 5, "x", 1, 2, 3], [2, 6, 7, 1, 2, 3]]');
CALL elt.run('formats');
SELECT * FROM drift;
SELECT elt.apply_drift('formats', '"Shop No"');
SELECT put('b.json', '[["Shop No", "id", "n"], ["y", 3, 5], [7, 4, 6]]');
CALL elt.run('formats');
SELECT put('b.json', '[["id", "n"], [5, 5]]');
CALL elt.run('formats');
SELECT id, n, shop_no FROM target ORDER BY id;
SELECT elt.drop_pipeline('formats');
SELECT put('c.json', '{"head": [{"name": "id"}], "rows": [[1]]}');
CALL begin_with('', $$glob 'c.json', format 'json', records '$.rows[*]', header_path '$.head[*].name'$$);
CALL elt.run('formats');
SELECT put('c.json', '{"head": [{"name": "id"}, {"name": "a"}], "rows": [[1, 2], [2, null]]}');
CALL elt.run('formats');
SELECT * FROM drift;
SELECT elt.drop_pipeline('formats');

-- Workbooks.
SELECT put_sheet('d.xlsx', E'id n\n1 2');
CALL begin_with(', n int', $$glob 'd.xlsx', format 'xlsx'$$);
CALL elt.run('formats');
SELECT put_sheet('d.xlsx', E'id n place\n1 2 Graz\n2 3 Linz');
CALL elt.run('formats');
SELECT * FROM drift;
SELECT elt.apply_drift('formats', 'place');
SELECT put_sheet('d.xlsx', E'place id n\nWels 3 4');
CALL elt.run('formats');
SELECT put_sheet('d.xlsx', E'id n\n4 4');
CALL elt.run('formats');
SELECT id, n, place FROM target ORDER BY id;
SELECT elt.drop_pipeline('formats');

-- Parquet.
SELECT rows FROM elt.export('SELECT 1 AS id, 2 AS n', 'format_files', 'e.parquet');
CALL begin_with(', n int', $$glob 'e.parquet', format 'parquet'$$);
CALL elt.run('formats');
SELECT rows FROM elt.export('SELECT 2 AS id, 2 AS n, 1.5::numeric(5,2) AS price, ''{"a": [1]}''::jsonb AS more', 'format_files', 'e.parquet', if_exists => 'replace');
CALL elt.run('formats');
SELECT * FROM drift;
SELECT elt.apply_drift('formats', 'price'), elt.apply_drift('formats', 'more');
SELECT rows FROM elt.export('SELECT 3 AS id, 2.25::numeric(5,2) AS price, 2 AS n, ''{"a": [2]}''::jsonb AS more', 'format_files', 'e.parquet', if_exists => 'replace');
CALL elt.run('formats');
SELECT rows FROM elt.export('SELECT 4 AS id, 4 AS n', 'format_files', 'e.parquet', if_exists => 'replace');
CALL elt.run('formats');
SELECT id, n, price, more FROM target ORDER BY id;
SELECT elt.drop_pipeline('formats');

-- A header with a field twice.
SELECT put('f.csv', E'id\n1\n');
CALL begin_with('', $$glob 'f.csv'$$);
CALL elt.run('formats');
SELECT put('f.csv', E'id,x,y,x\n2,a,b,c\n');
CALL elt.run('formats');
SELECT field FROM drift;

-- max_new_columns is told when it leaves fields out.
SELECT elt.alter_pipeline('formats', options => '{"on_new_field": "add", "max_new_columns": 1}');
SELECT put('f.csv', E'id,y,z,w\n3,a,b,c\n');
RESET client_min_messages;
\set VERBOSITY default
CALL elt.run('formats');
CALL elt.run('formats');
SELECT message ~ 'field y has' AS y, message ~ 'and the 1 columns of a day \(max_new_columns\) have been added$' AS told, count(*) FROM elt.health WHERE subject = 'field' GROUP BY 1, 2;
SELECT elt.drop_pipeline('formats');
SET client_min_messages = error;
DROP SCHEMA drift_formats CASCADE;
DROP SERVER format_files;
