"""Reading Parquet files, as ratios of processor time; bytes are counted by EXPLAIN ANALYZE."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import interleaved, line, plan, ratio, seconds_of  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "5"))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "10000000"))
COLUMNS = "ts timestamptz, series text, value float8, quality int"
WIDE = ", ".join("c%d %s" % (k, "text" if k and k % 2 == 0 else "numeric" if k else "bigint") for k in range(20))


def prepare(server, directory):
    subprocess.run([os.environ["ELT_PARQUET_PYTHON"], ROOT / "test/bench/parquet_read/make_files.py", directory, str(RECORDS)],
                   check=True)
    server.sql("""
        CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');
        CREATE FOREIGN TABLE rows (%s) SERVER files
            OPTIONS (glob 'rows.parquet', format 'parquet', settle '0', on_change 'merge');
        CREATE FOREIGN TABLE wide (%s) SERVER files OPTIONS (glob 'wide.parquet', format 'parquet');
        COPY (SELECT * FROM rows) TO '%s/rows.tsv';
        CREATE TABLE copied (%s);
        SELECT elt.create_pipeline('logged', 'rows', 'logged_target', '{series,ts}',
            options => '{"batch_rows": 100000000, "batch_bytes": 100000000000}');
        ALTER TABLE elt_staging.logged SET LOGGED""" % (directory, COLUMNS, WIDE, directory, COLUMNS))


def processor(server, statement):
    """Milliseconds of the processor that the session takes."""
    return lambda: 1000 * seconds_of(server, statement)[0]


def bench_times(server, directory):
    times = interleaved(server, {
        "copy": ("TRUNCATE copied", processor(server, "COPY copied FROM '%s/rows.tsv'" % directory)),
        "pull": ("TRUNCATE elt_staging.logged", processor(server, "CALL elt.pull('logged')")),
        "all": (None, processor(server, "SELECT %s FROM wide" % ", ".join("count(c%d)" % k for k in range(20)))),
        "two": (None, processor(server, "SELECT count(c7), count(c8) FROM wide")),
    }, ROUNDS)
    return ratio(times, "Parquet into a typed logged table, against COPY of the same rows from TSV", "pull", "copy", 0.8) & \
        ratio(times, "2 of 20 columns against all", "two", "all", 0.25)


def bytes_read(server, condition):
    text = server.sql("EXPLAIN (ANALYZE, TIMING off) SELECT * FROM rows WHERE %s" % condition)
    return int(re.search(r"Bytes Decoded: (\d+)", text).group(1))


def bench_bytes(server):
    part = server.sql("SELECT count(*) FROM rows WHERE ts < '2024-01-01 00:10+00'")
    read, whole = bytes_read(server, "ts < '2024-01-01 00:10+00'"), bytes_read(server, "true")
    return line(read <= 0.15 * whole and int(part) == 1000,
                "a filter on one of ten sorted row groups reads %.3f of the bytes, goal <= 0.15 (%d, %d)" % (
                    read / whole, read, whole))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            prepare(server, home / "data")
            passed = bench_times(server, home / "data") & bench_bytes(server)
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
