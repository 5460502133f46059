"""CSV files into staging against COPY of the same files, interleaved A B A B, medians as ratios.

One server of its own with fsync on, as in production. COPY fills a logged table of the same nine
columns, as its users do; staging is unlogged, and a second pull fills it logged.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "test/bench"), str(ROOT / "test/replay")]
import bulk  # noqa: E402
from bench_server import Server  # noqa: E402
from measure import interleaved, line, peak_mb, plan, ratio  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "7")))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
COLUMNS = ("order_id bigint, ts timestamptz, store text, product text, qty int, price numeric, "
           "currency text, customer text, channel text")
PIPELINES = {"plain": "records.csv", "logged": "records.csv", "gzip": "records.csv.gz",
             "zstd": "records.csv.zst", "quoted": "quoted.csv"}
LARGE = 1_000_000_000


def write_records(path, count):
    with open(path, "wb") as out:
        for block in bulk.records("csv", count, 1, None):
            out.write(block)


def make_files(directory):
    directory.mkdir(exist_ok=True)
    write_records(directory / "records.csv", RECORDS)
    with open(directory / "records.csv") as plain, open(directory / "quoted.csv", "w") as quoted:
        for line in plain:
            quoted.write(",".join('"%s"' % field for field in line.rstrip("\n").split(",")) + "\n")
    subprocess.run(["gzip", "-k", "records.csv"], cwd=directory, check=True)
    subprocess.run(["zstd", "-q", "records.csv"], cwd=directory, check=True)


def make_pipeline(server, name, glob):
    server.sql("""
        CREATE FOREIGN TABLE %s (%s) SERVER files OPTIONS (glob '%s', settle '0', on_change 'merge');
        SELECT elt.create_pipeline('%s', '%s', '%s_target', '{order_id}',
            options => '{"batch_rows": 1000000000, "batch_bytes": 100000000000}')
        """ % (name, COLUMNS, glob, name, name, name))


def make_objects(server, directory):
    server.sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');"
               "CREATE TABLE copied (%s)" % (directory, COLUMNS))
    for name, glob in PIPELINES.items():
        make_pipeline(server, name, glob)
    server.sql("CALL elt.pull('logged')")
    server.sql("ALTER TABLE elt_staging.logged SET LOGGED")


def ways(directory):
    copy = "COPY copied FROM %s (FORMAT csv, HEADER)"
    program = "PROGRAM '%s -dc " + str(directory) + "/records.csv%s'"
    result = {
        "copy": copy % ("'%s/records.csv'" % directory),
        "copy_gzip": copy % (program % ("gzip", ".gz")),
        "copy_zstd": copy % (program % ("zstd", ".zst")),
        "copy_quoted": copy % ("'%s/quoted.csv'" % directory),
    }
    for name in PIPELINES:
        result[name] = "CALL elt.pull('%s')" % name
    return {name: ("TRUNCATE copied", statement) for name, statement in result.items()}


def large_file(server, directory):
    """A gigabyte with one bad record in the middle: all others land, memory stays flat."""
    path = directory / "large.csv"
    rows = int(RECORDS * LARGE / (directory / "records.csv").stat().st_size)
    write_records(path, rows)
    middle = path.stat().st_size // 2
    with open(path, "r+b") as large:
        large.seek(middle)
        large.readline()
        large.write(b"x")
    make_pipeline(server, "large", "large.csv")
    peak = peak_mb(server, "CALL elt.pull('large')")
    staged = int(server.sql("SELECT count(*) FROM elt_staging.large"))
    rejected = int(server.sql("SELECT count(*) FROM elt_catalog.staged_reject"))
    path.unlink()
    passed = line((staged, rejected) == (rows - 1, 1),
                  "a file of 1 GB with one bad record: %d rows, %d rejected" % (staged, rejected))
    return line(peak <= 32, "peak memory above idle for it: %.1f MB, goal <= 32" % peak) and passed


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    data = home / "data"
    try:
        make_files(data)
        with Server(home) as server:
            make_objects(server, data)
            times = interleaved(server, ways(data), ROUNDS)
            passed = [
                ratio(times, "CSV against COPY csv", "plain", "copy", 0.7),
                ratio(times, "CSV, staging made logged, against COPY csv", "logged", "copy", 0.7),
                ratio(times, "CSV with all fields quoted against COPY csv", "quoted", "copy_quoted", 0.7),
                ratio(times, "gzip against COPY FROM PROGRAM", "gzip", "copy_gzip", 0.9),
                ratio(times, "zstd against COPY FROM PROGRAM", "zstd", "copy_zstd", 0.9),
                large_file(server, data),
            ]
            plan()
        return 0 if all(passed) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
