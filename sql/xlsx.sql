-- Excel workbooks: sheets, types of cells, dates by style, gaps, errors, broken files.
SET timezone = 'UTC';
SET datestyle = 'ISO';
SET statement_timeout = '60s';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA xlsx_test;
SET search_path = xlsx_test;

SELECT current_setting('data_directory') || '/elt_xlsx_test' AS root \gset
CREATE FUNCTION python(code text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; mkdir -p "%1$s/elt_xlsx_test" && cd "%1$s/elt_xlsx_test" && printf %%s %2$s | base64 -d | python3 -',
		current_setting('data_directory'), replace(encode(convert_to(code, 'UTF8'), 'base64'), E'\n', '')));
END $$;
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; state text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
	RETURN replace(concat_ws(E'\n', state || ': ' || message, nullif(detail, ''), nullif(hint, '')),
		current_setting('data_directory'), '...');
END $$;
CREATE SERVER books FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');

-- Workbooks, with as little around their cells as there can be
SELECT python($py$
open("book.py", "w").write('''
import zipfile
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FORMATS = {164: "yyyy\\\\-mm\\\\-dd", 165: "[h]:mm:ss", 166: "0.00 \\"day\\"", 167: "[Red]0.0;[$-409]d", 168: "hh:mm:ss.000", 169: "mmm"}
STYLES = (0, 14, 164, 22, 20, 165, 166, 167, 2, 168, 169)
def part(out, name, text):
    out.writestr(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text)
def rels(entries):
    return '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>' % "".join(
        '<Relationship Id="%s" Type="%s/%s" Target="%s"/>' % (id, REL, type, target) for id, type, target in entries)
def book(name, sheets, strings=(), epoch="", without=(), base="xl/"):
    parts = {
        "_rels/.rels": rels([("r1", "officeDocument", base + "workbook.xml")]),
        base + "workbook.xml": '<workbook xmlns="%s" xmlns:r="%s"><workbookPr%s/><sheets>%s</sheets></workbook>' % (MAIN, REL, epoch, "".join(
            '<sheet name="%s" sheetId="%d" r:id="s%d"/>' % (title, 7 + at, at) for at, (title, rows) in enumerate(sheets))),
        base + "_rels/workbook.xml.rels": rels([("s%d" % at, "worksheet", "worksheets/sheet%d.xml" % at) for at in range(len(sheets))] +
            [("t", "sharedStrings", "/" + base + "sharedStrings.xml"), ("u", "styles", "styles.xml")]),
        base + "styles.xml": '<styleSheet xmlns="%s"><numFmts>%s</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>%s</cellXfs></styleSheet>' % (MAIN,
            "".join('<numFmt numFmtId="%d" formatCode="%s"/>' % (n, c.replace('"', "&quot;")) for n, c in FORMATS.items()),
            "".join('<xf numFmtId="%d"/>' % n for n in STYLES)),
        base + "sharedStrings.xml": '<sst xmlns="%s">%s</sst>' % (MAIN, "".join("<si>%s</si>" % s for s in strings)),
    }
    for at, (title, rows) in enumerate(sheets):
        parts[base + "worksheets/sheet%d.xml" % at] = '<worksheet xmlns="%s"><dimension ref="A1"/><sheetData>%s</sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>' % (MAIN, rows)
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as out:
        for path, text in parts.items():
            if path not in without:
                part(out, path, text)
def text(ref, value):
    return '<c r="%s" t="inlineStr"><is><t>%s</t></is></c>' % (ref, value)
''')
from book import *
header = "<row>" + "".join(text("ABCDEFG"[i] + "1", n) for i, n in enumerate(("id", "name", "amount", "day", "at", "flag", "note"))) + "</row>"
book("types.xlsx", [("first", header +
    '<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="s"><v>0</v></c><c r="C2" s="8"><v>1.1000000000000001</v></c><c r="D2" s="1"><v>45293</v></c><c r="E2" s="3"><v>45293.520833333336</v></c><c r="F2" t="b"><v>1</v></c></row>'
    '<row r="4"><c r="A4"><v>2</v></c><c r="C4"><v>12345678901234567890</v></c><c r="G4" t="s"><v>1</v></c></row>'
    '<row r="5"></row><row r="6"><c r="B6" s="3"/></row>'
    '<row><c><v>3</v></c><c t="str"><f>A1&amp;"x"</f><v>a &lt;b&gt;</v></c><c><f>1/4</f><v>0.25</v></c><c r="F7" t="b"><v>0</v></c><c t="str"><v></v></c><c><v>9</v></c></row>'
    '<row r="9"><c r="A9"><v>4</v></c><c r="B9" t="s"><v>2</v></c><c r="C9"><v>1E-3</v></c><c r="D9" t="d"><v>2024-02-29</v></c><c r="E9" s="2"><v>60.5</v></c></row>'),
    ("2", '<row r="3"><c r="B3" t="inlineStr"><is><t>Shop</t></is></c></row><row r="5"><c r="B5"><v>7</v></c></row>'),
    ("Gr\u00f6\u00dfen", header + '<row r="2"><c r="A2"><v>5</v></c></row>')],
    ["<t>plain</t>", "<r><t>two </t></r><r><rPr><b/></rPr><t xml:space=\"preserve\">runs _x0041__x000A_ </t></r><rPh><t>no</t></rPh>", "<t>\u20ac _x _xD83D_</t>"])
$py$);
CREATE FOREIGN TABLE types (id int, name text, amount numeric, day date, at timestamp, flag bool, note text, _line int OPTIONS (lineage 'line'))
	SERVER books OPTIONS (glob 'types.xlsx', settle '0', on_change 'merge', format 'xlsx');
SELECT elt.create_pipeline('types', 'xlsx_test.types', 'xlsx_test.types_landed', '{id}');
CALL elt.run('types');
SELECT id, name, amount, day, at, flag, note, _line FROM types_landed ORDER BY id;
SELECT record, reason, column_name, message, raw FROM elt.rejects WHERE pipeline = 'types';
SELECT elt.drop_pipeline('types');

-- Sheets by name and by number
ALTER FOREIGN TABLE types OPTIONS (sheet 'Größen');
SELECT id FROM types;
ALTER FOREIGN TABLE types OPTIONS (SET sheet '3');
SELECT id FROM types;
CREATE FOREIGN TABLE second (shop int OPTIONS (path 'Shop'), _line int OPTIONS (lineage 'line')) SERVER books OPTIONS (glob 'types.xlsx', settle '0', on_change 'merge', format 'xlsx', sheet '2');
SELECT * FROM second;
ALTER FOREIGN TABLE second OPTIONS (SET sheet '4');
SELECT says('SELECT * FROM second');
ALTER FOREIGN TABLE types OPTIONS (SET sheet '2');
SELECT says('SELECT * FROM types');

-- Dates: both bases, times, durations, numbers that look like dates and are none
SELECT python($py$
from book import *
values = (("D", 1, "0"), ("D", 1, "1"), ("D", 1, "59"), ("D", 1, "60"), ("D", 1, "61"), ("D", 1, "2958465"), ("D", 1, "2958466"), ("D", 1, "-1"), ("D", 1, "45293.25"),
    ("D", 3, "45292.999999994"), ("D", 4, "0.75"), ("D", 4, "1.5"), ("D", 5, "1.5"), ("D", 5, "-0.25"), ("D", 9, "0.000011574"), ("D", 10, "45293"),
    ("D", 6, "2"), ("D", 7, "2"), ("D", 99, "2"), ("D", 1, "x"))
rows = "<row>" + text("A1", "v") + text("B1", "n") + "</row>" + "".join('<row><c s="%d"><v>%s</v></c><c><v>%d</v></c></row>' % (style, v, n) for n, (_, style, v) in enumerate(values, 1))
book("dates1900.xlsx", [("x", rows)])
book("dates1904.xlsx", [("x", rows)], epoch=' date1904="1"')
$py$);
CREATE FOREIGN TABLE dates (n int, v text, _file text OPTIONS (lineage 'file')) SERVER books OPTIONS (glob 'dates*.xlsx', settle '0', on_change 'merge', format 'xlsx');
SELECT elt.create_pipeline('dates', 'xlsx_test.dates', 'xlsx_test.dates_landed', '{n,_file}');
CALL elt.run('dates');
SELECT n, max(v) FILTER (WHERE _file ~ '1900') AS v1900, max(v) FILTER (WHERE _file ~ '1904') AS v1904 FROM dates_landed GROUP BY n ORDER BY n;
SELECT params ->> 'file' AS file, record, reason, message, raw FROM elt.rejects WHERE pipeline = 'dates' ORDER BY 1, 2;
SELECT elt.drop_pipeline('dates');

-- Errors of cells reject their rows, unless the column has them for nulls or is not read
SELECT python($py$
from book import *
book("errors.xlsx", [("x", "<row>" + text("A1", "id") + text("B1", "name") + text("C1", "n") + text("D1", "other") + "</row>" +
    "".join('<row><c r="A%d"><v>%d</v></c>%s</row>' % (at, at, cells) for at, cells in enumerate((
        '<c t="e"><v>#N/A</v></c><c><v>1</v></c>', text("B3", "#N/A, =x"), '<c r="C4" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<c r="D5" t="e"><v>#REF!</v></c>', '<c r="C6"><f>A1*2</f></c>', text("B7", "a&quot;b,c") + '<c><v>x</v></c>'), 2)))])
$py$);
CREATE FOREIGN TABLE errors (id int, name text, n int) SERVER books OPTIONS (glob 'errors.xlsx', settle '0', on_change 'merge', format 'xlsx');
SELECT elt.create_pipeline('errors', 'xlsx_test.errors', 'xlsx_test.errors_landed', '{id}');
CALL elt.run('errors');
SELECT id, name, n FROM errors_landed ORDER BY id;
SELECT record, column_name, message, raw FROM elt.rejects WHERE pipeline = 'errors' ORDER BY record;
-- A replay reads the row as it was, and sees the same errors
SELECT rejects, replayed, rejected FROM elt.replay_rejects('errors');
SELECT record, column_name, message, raw FROM elt.rejects WHERE pipeline = 'errors' AND state = 'new' ORDER BY record;
ALTER FOREIGN TABLE errors ALTER name OPTIONS (null '#N/A'), ALTER n OPTIONS (null '#DIV/0!|x');
SELECT rejects, replayed, rejected FROM elt.replay_rejects('errors');
SELECT id, name, n FROM errors_landed ORDER BY id;
SELECT elt.drop_pipeline('errors');

-- Lines above the header and below the table, fields by position
SELECT python($py$
from book import *
book("report.xlsx", [("x", "<row>" + text("A1", "Report") + "</row>" + '<row r="3">' + text("B3", "Shop") + text("C3", "Sum") + text("E3", "a note") + "</row>" +
    '<row r="4">' + text("B4", "Graz") + '<c r="C4"><v>3</v></c>' + text("F4", "beside") + "</row>" + '<row r="6">' + text("B6", "Linz") + "</row>" +
    '<row r="7">' + text("B7", "Total") + '<c r="C7"><v>3</v></c></row><row r="9"/>')])
$py$);
CREATE FOREIGN TABLE report (shop text OPTIONS (path 'Shop'), sum int OPTIONS (path 'Sum'), _line int OPTIONS (lineage 'line'))
	SERVER books OPTIONS (glob 'report.xlsx', settle '0', on_change 'merge', format 'xlsx', header_row 'find', skip_footer '1');
SELECT * FROM report;
ALTER FOREIGN TABLE report OPTIONS (header_match 'exact');
SELECT says('SELECT * FROM report');
ALTER FOREIGN TABLE report OPTIONS (DROP header_match);
ALTER FOREIGN TABLE report OPTIONS (DROP header_row, skip_lines '3', header 'false');
ALTER FOREIGN TABLE report ALTER shop OPTIONS (DROP path), ALTER sum OPTIONS (DROP path);
ALTER FOREIGN TABLE report ALTER shop OPTIONS (position '2'), ALTER sum OPTIONS (position '3');
SELECT * FROM report;
SELECT says(format('ALTER FOREIGN TABLE report OPTIONS (%s)', o))
FROM unnest(ARRAY['delimiter '';''', 'encoding ''UTF8''', 'comment ''#''', 'fill_missing ''true''', 'records ''$''']) o;

-- Many strings and rows: what does not fit into memory is in a temporary file
SELECT python($py$
from book import *
n = 60000
book("many.xlsx", [("x", "<row>" + text("A1", "id") + text("B1", "name") + "</row>" + "".join(
    '<row><c><v>%d</v></c><c t="s"><v>%d</v></c></row>' % (i, i * 7919 % n) for i in range(n)))], ["<t>%d %s</t>" % (i, "x" * 200) for i in range(n)])
$py$);
CREATE FOREIGN TABLE many (id int, name text) SERVER books OPTIONS (glob 'many.xlsx', settle '0', on_change 'merge', format 'xlsx');
SELECT count(*), count(*) FILTER (WHERE name = (id::bigint * 7919 % 60000) || ' ' || repeat('x', 200)) AS right FROM many;

-- What is no workbook, or not a whole one, says so
SELECT python($py$
from book import *
row = "<row>" + text("A1", "id") + '</row><row><c r="A2"><v>1</v></c></row>'
book("bad_missing.xlsx", [("x", row)], without=["xl/worksheets/sheet0.xml"])
book("bad_rels.xlsx", [("x", row)], without=["_rels/.rels"])
book("bad_string.xlsx", [("x", row + '<row><c t="s"><v>5</v></c></row>')])
book("bad_column.xlsx", [("x", row + '<row><c r="XFE9"><v>5</v></c></row>')])
book("bad_xml.xlsx", [("x", row + "<row><c>")])
book("bad_void.xlsx", [])
book("good_base.xlsx", [("x", row)], base="")
whole = open("good_base.xlsx", "rb").read()
open("bad_cut.xlsx", "wb").write(whole[:-30])
open("bad_old.xlsx", "wb").write(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
open("bad_csv.xlsx", "wb").write(b"id,name\n")
open("bad_empty.xlsx", "wb")
with zipfile.ZipFile("bad_entity.xlsx", "w") as out:
    for path, content in ((i.filename, zipfile.ZipFile("good_base.xlsx").read(i)) for i in zipfile.ZipFile("good_base.xlsx").infolist()):
        if path == "sharedStrings.xml":
            content = b'<!DOCTYPE sst [<!ENTITY a "aaaa">]><sst><si><t>&a;</t></si></sst>'
        out.writestr(path, content)
$py$);
CREATE FOREIGN TABLE broken (id int, _file text OPTIONS (lineage 'file')) SERVER books OPTIONS (glob '*_*.xlsx', settle '0', on_change 'merge', format 'xlsx');
SELECT f, replace(says(format('SELECT * FROM broken WHERE _file = %L', f || '.xlsx')), E'\n', ' | ')
FROM unnest('{bad_missing,bad_rels,bad_string,bad_column,bad_xml,bad_void,bad_entity,bad_cut,bad_old,bad_csv,bad_empty}'::text[]) f;
SELECT id FROM broken WHERE _file = 'good_base.xlsx';
-- A row of little text and endless strings
SELECT python($py$
from book import *
book("bomb.xlsx", [("x", "<row>" + text("A1", "id") + "</row><row>" + '<c t="s"><v>0</v></c>' * 16000 + "</row>")], ["<t>" + "x" * 100000 + "</t>"])
$py$);
CREATE FOREIGN TABLE bomb (id text) SERVER books OPTIONS (glob 'bomb.xlsx', settle '0', on_change 'merge', format 'xlsx');
SELECT says('SELECT * FROM bomb');
CREATE SERVER web FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://localhost/');
CREATE FOREIGN TABLE downloaded (id int) SERVER web OPTIONS (format 'xlsx');
SELECT says('SELECT * FROM downloaded');

COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; rm -r elt_xlsx_test';
SET client_min_messages = error;
DROP SERVER books CASCADE;
DROP SERVER web CASCADE;
DROP SCHEMA xlsx_test CASCADE;
