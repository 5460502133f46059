"""An XML file into staging against xmltable over the same document, in processor time of the session, interleaved, medians as a ratio.

xmltable fills a logged table of the same columns, as its users do. The document of the memory test
is ten times as long.
"""
import os
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "test/bench")]
from bench_server import Server  # noqa: E402
from measure import interleaved, line, peak_mb, plan, ratio, seconds_of  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "7")))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "50000"))
TIMES_LONGER = 10
COLUMNS = {"id": ("bigint", "@id"), "ts": ("timestamptz", "ts"), "store": ("text", "store"),
           "product": ("text", "product"), "qty": ("int", "qty"), "price": ("numeric", "price"),
           "note": ("text", "note")}


def write_document(path, count):
    with open(path, "w") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<orders>\n')
        for i in range(count):
            out.write('<order id="%d"><ts>2024-01-%02dT%02d:00:00Z</ts><store>store %d</store>'
                      "<product>P-%05d &amp; more</product><qty>%d</qty><price>%d.%02d</price>"
                      "<note>delivered on the same day</note></order>\n"
                      % (i, i % 28 + 1, i % 24, i % 50, i % 9973, i % 7 + 1, i % 300, i % 100))
        out.write("</orders>\n")


def make_objects(server, directory):
    columns = ", ".join("%s %s OPTIONS (path '%s')" % (name, kind, path)
                        for name, (kind, path) in COLUMNS.items())
    server.sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');"
               "CREATE TABLE copied (%s)" % (directory, ", ".join(
                   "%s %s" % (name, kind) for name, (kind, _) in COLUMNS.items())))
    for name in ("orders", "long"):
        server.sql("""
            CREATE FOREIGN TABLE %s (%s) SERVER files
                OPTIONS (glob '%s.xml', settle '0', on_change 'merge', format 'xml', records '$.orders.order[*]');
            SELECT elt.create_pipeline('%s', '%s', '%s_target', '{id}',
                options => '{"batch_rows": 1000000000, "batch_bytes": 100000000000}')
            """ % (name, columns, name, name, name, name))


def ways(server, directory):
    xmltable = ("INSERT INTO copied SELECT x.* FROM xmltable('/orders/order' PASSING "
                "(pg_read_file('%s/orders.xml')::xml) COLUMNS %s) x" % (directory, ", ".join(
                    "%s %s PATH '%s'" % (name, kind, path)
                    for name, (kind, path) in COLUMNS.items())))
    return {name: ("TRUNCATE copied", lambda statement=statement: 1000 * seconds_of(server, statement)[0])
            for name, statement in (("xmltable", xmltable), ("xml", "CALL elt.pull('orders')"))}


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    data = home / "data"
    try:
        data.mkdir()
        write_document(data / "orders.xml", RECORDS)
        write_document(data / "long.xml", RECORDS * TIMES_LONGER)
        with Server(home) as server:
            make_objects(server, data)
            times = interleaved(server, ways(server, data), ROUNDS)
            passed = [ratio(times, "XML against xmltable", "xml", "xmltable", 0.33)]
            peak = peak_mb(server, "CALL elt.pull('long')")
            staged = int(server.sql("SELECT count(*) FROM elt_staging.long"))
            size = (data / "long.xml").stat().st_size / 1e6
            passed += [line(staged == RECORDS * TIMES_LONGER, "%d rows of %.0f MB" % (staged, size)),
                       line(peak <= 32, "peak memory above idle for them: %.1f MB, goal <= 32" % peak)]
            plan()
        return 0 if all(passed) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
