"""A workbook into staging against openpyxl's read-only mode and COPY, in processor time, interleaved, medians as a ratio.

Ours is the time of the session. Theirs is that of Python and psql; what COPY costs the server is left
out. The workbook of the memory test is ten times as long.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(ROOT / "test/bench")]
from bench_server import Server  # noqa: E402
from measure import faster, interleaved, line, peak_mb, plan, seconds_of  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "50000"))
TIMES_LONGER = 10
COLUMNS = {"id": "bigint", "ts": "timestamp", "store": "text", "product": "text", "qty": "int", "price": "numeric",
           "paid": "boolean", "note": "text"}
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
STORES, PRODUCTS = 50, 9973


def relations(entries):
    return '<Relationships xmlns="%srelationships">%s</Relationships>' % (PACKAGE, "".join(
        '<Relationship Id="%s" Type="%s/%s" Target="%s"/>' % (name, REL, kind, target) for name, kind, target in entries))


def strings():
    return (list(COLUMNS) + ["store %d" % i for i in range(STORES)] + ["P-%05d &amp; more" % i for i in range(PRODUCTS)] +
            ["delivered on the same day"])


def row(number, i):
    at = len(COLUMNS)
    return ('<row r="{0}"><c r="A{0}"><v>{1}</v></c><c r="B{0}" s="1"><v>{2}</v></c><c r="C{0}" t="s"><v>{3}</v></c>'
            '<c r="D{0}" t="s"><v>{4}</v></c><c r="E{0}"><v>{5}</v></c><c r="F{0}"><v>{6}</v></c>'
            '<c r="G{0}" t="b"><v>{7}</v></c><c r="H{0}" t="s"><v>{8}</v></c></row>').format(
                number, i, 45292 + i / 96, at + i % STORES, at + STORES + i % PRODUCTS, i % 7 + 1, i % 30000 / 100, i % 2,
                at + STORES + PRODUCTS)


def write_book(path, count):
    head = "".join('<c r="%s1" t="s"><v>%d</v></c>' % ("ABCDEFGH"[i], i) for i in range(len(COLUMNS)))
    parts = {
        "[Content_Types].xml": '<Types xmlns="%scontent-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
        '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        "</Types>" % PACKAGE,
        "_rels/.rels": relations([("r1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": '<workbook xmlns="%s" xmlns:r="%s"><sheets><sheet name="orders" sheetId="1" r:id="s1"/></sheets></workbook>' % (MAIN, REL),
        "xl/_rels/workbook.xml.rels": relations([("s1", "worksheet", "worksheets/sheet1.xml"), ("s2", "sharedStrings", "sharedStrings.xml"),
                                                 ("s3", "styles", "styles.xml")]),
        "xl/styles.xml": '<styleSheet xmlns="%s"><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="22" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>' % MAIN,
        "xl/sharedStrings.xml": '<sst xmlns="%s">%s</sst>' % (MAIN, "".join("<si><t>%s</t></si>" % s for s in strings())),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in parts.items():
            out.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)
        with out.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(('<worksheet xmlns="%s"><sheetData><row r="1">%s</row>' % (MAIN, head)).encode())
            for i in range(count):
                sheet.write(row(i + 2, i).encode())
            sheet.write(b"</sheetData></worksheet>")


def make_objects(server, directory):
    columns = ", ".join("%s %s" % column for column in COLUMNS.items())
    server.sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s'); CREATE TABLE copied (%s)" % (directory, columns))
    for name in ("orders", "long"):
        server.sql("""
            CREATE FOREIGN TABLE %s (%s) SERVER files OPTIONS (glob '%s.xlsx', format 'xlsx');
            SELECT elt.create_pipeline('%s', '%s', '%s_target', '{id}',
                options => '{"batch_rows": 1000000000, "batch_bytes": 100000000000}')
            """ % (name, columns, name, name, name, name))


def openpyxl_and_copy(server, directory):
    """Milliseconds of the processor."""
    done = subprocess.run([os.environ["ELT_OPENPYXL"], HERE / "copy_sheet.py", directory / "orders.xlsx", "copied"], check=True,
                          capture_output=True, text=True, env=server.environment())
    return 1000 * float(done.stdout)


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    data = home / "data"
    try:
        data.mkdir()
        write_book(data / "orders.xlsx", RECORDS)
        write_book(data / "long.xlsx", TIMES_LONGER * RECORDS)
        with Server(home) as server:
            make_objects(server, data)
            times = interleaved(server, {
                "openpyxl": ("TRUNCATE copied", lambda: openpyxl_and_copy(server, data)),
                "xlsx": ("TRUNCATE copied", lambda: 1000 * seconds_of(server, "CALL elt.pull('orders')")[0]),
            }, ROUNDS)
            passed = [faster(times, "an Excel workbook, times as fast as openpyxl and COPY", "xlsx", "openpyxl", 2)]
            short, long = (peak_mb(server, "CALL elt.pull('%s')" % name) for name in ("orders", "long"))
            passed.append(line(long <= 32 and long <= short + 4,
                               "peak memory for %d times as many rows: %.1f MB, %.1f MB for one, goal <= 32 and flat" % (
                                   TIMES_LONGER, long, short)))
            server.sql("CALL elt.pull('orders')")
            openpyxl_and_copy(server, data)
            differing = server.sql("SELECT count(*) FROM (SELECT %s FROM elt_staging.orders EXCEPT TABLE copied) d" % ", ".join(COLUMNS))
            passed.append(line(int(differing) == 0, "rows that differ from what openpyxl reads: %s" % differing.strip()))
            plan()
        return 0 if all(passed) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
