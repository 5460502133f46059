"""Count instructions of a pull by callgrind and compare them with docs/benchmarks.md.

Each file is pulled in two sizes; what the larger one takes more, divided by the records that it has
more, leaves out what a run costs by itself.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/replay"))
import bulk  # noqa: E402

SIZES = (200, 1200)
POINTS, SERIES = (10, 160), 20
TOLERANCE = 0.05
ORDER = ("order_id bigint, ts timestamptz, store text, product text, qty int, price numeric, "
         "currency text, customer text, channel text")
POWER = ("ts timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'), "
         "production_type text OPTIONS (path 'name'), power_mw float8 OPTIONS (path 'data[*]')")
# What is counted: its row of the table, the name of its files, columns, options, units in each file.
KINDS = (
    ("JSON record of nine values", "json", ORDER, ", format 'json'", SIZES),
    ("CSV record of nine values", "csv", ORDER, "", SIZES),
    ("row of columnar JSON", "columnar", POWER, ", format 'json', records '$.production_types[*]'", [n * SERIES for n in POINTS]),
)


def write_files(folder):
    folder.mkdir()
    for at in range(2):
        for form in ("json", "csv"):
            (folder / ("%s%d.%s" % (form, at, form))).write_bytes(b"".join(bulk.records(form, SIZES[at], 1, None)))
        (folder / ("columnar%d.json" % at)).write_bytes(b"".join(bulk.columns(POINTS[at], SERIES, 1)))


def declarations(folder):
    yield "CREATE EXTENSION pg_elt"
    yield "CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % folder
    for _, name, columns, options, _ in KINDS:
        for at in range(2):
            yield "CREATE FOREIGN TABLE f_%s%d (%s) SERVER files OPTIONS (glob '%s%d.%s', settle '0'%s)" % (
                name, at, columns, name, at, "csv" if name == "csv" else "json", options)
            yield "SELECT elt.create_pipeline('%s%d', 'f_%s%d', 't_%s%d', '{%s}')" % (
                (name, at) * 3 + ("order_id" if columns == ORDER else "ts,production_type",))


def pulls():
    yield "CALL elt.pull('json0')"  # fills the caches
    for _, name, _, _, _ in KINDS:
        for at in range(2):
            yield "CALL elt.pull('%s%d')" % (name, at)


def single(home, prefix, statements):
    """Statements in one process that is the whole server."""
    command = prefix + [os.path.join(bindir(), "postgres"), "--single", "-D", str(home / "data"), "template1"]
    done = subprocess.run(command, input="".join(s + "\n" for s in statements), text=True, capture_output=True)
    if done.returncode != 0 or "ERROR:" in done.stderr:
        raise RuntimeError(done.stderr[-2000:])


def bindir():
    return subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"], check=True,
                          capture_output=True, text=True).stdout.strip()


def make_cluster(home):
    subprocess.run([os.path.join(bindir(), "initdb"), "-D", home / "data", "-A", "trust", "-U", "postgres",
                    "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], check=True, capture_output=True)
    paths = (pathlib.Path(os.environ["ELT_WORK"]) / "path.conf").read_text()
    with open(home / "data/postgresql.conf", "a") as conf:
        conf.write(paths + "fsync = off\nshared_buffers = 16MB\nautovacuum = off\njit = off\ntimezone = 'UTC'\n"
                   "log_min_messages = warning\n")


def counted(home):
    """Instructions of each pull, in order: callgrind writes a file whenever one has ended."""
    out = home / "count"
    single(home, ["valgrind", "--tool=callgrind", "--callgrind-out-file=%s" % out, "--toggle-collect=PullBatch",
                  "--dump-after=PullBatch"], pulls())
    totals = []
    for number in range(1, 2 + 2 * len(KINDS)):
        text = (home / ("count.%d" % number)).read_text()
        totals.append(int(re.search(r"^(?:summary|totals): (\d+)", text, re.M).group(1)))
    return totals[1:]


def expected():
    """The figures of the page, by the first column of its table."""
    page = (ROOT / "docs/benchmarks.md").read_text()
    return {what: int(figure.replace(",", "")) for what, figure in re.findall(r"^\| (.+?) \| ([0-9,]+) \|$", page, re.M)}


def check(totals):
    passed, figures = True, expected()
    for at, (what, _, _, _, units) in enumerate(KINDS):
        small, large = totals[2 * at:2 * at + 2]
        each = (large - small) / (units[1] - units[0])
        good = what in figures and abs(each / figures[what] - 1) <= TOLERANCE
        passed &= good
        print("%s %d - instructions for a %s: %s, within %d %% of %s" % (
            "ok" if good else "not ok", at + 1, what, format(round(each), ","), 100 * TOLERANCE,
            format(figures[what], ",") if what in figures else "a figure that docs/benchmarks.md lacks"))
    print("1..%d" % len(KINDS))
    return passed


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_count_"))
    try:
        write_files(home / "files")
        make_cluster(home)
        single(home, [], declarations(home / "files"))
        return 0 if check(counted(home)) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
