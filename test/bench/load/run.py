"""Loads of the same rows by different ways, interleaved A B C A B C, medians as ratios.

One server of its own with fsync on, as in production; checkpoints are kept out of the timed
part. Every way loads the same 1,000,000 rows of nine typed columns (or 35,040 x 20 values).
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
sys.path.insert(0, str(ROOT / "test/bench/load"))
from files import write_columns, write_parts, write_records  # noqa: E402
from bench_server import Server  # noqa: E402
from measure import faster, interleaved, line, peak_mb, plan, ratio  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "7"))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
COLUMNS = ("order_id bigint, ts timestamptz, store text, product text, qty int, price numeric, "
           "currency text, customer text, channel text")
SERIES, POINTS = 20, 35040

# Ten checks as a person would write them: two patterns, a set, ranges, lengths, a prefix.
CHECKS = [
    ("id_positive", "order_id > 0"),
    ("ts_range", "ts BETWEEN '2000-01-01' AND '2100-01-01'"),
    ("store_code", "store ~ '^store-[0-9]{2}$'"),
    ("customer_code", "customer ~ '^c[0-9]{6}$'"),
    ("qty_range", "qty BETWEEN 1 AND 1000"),
    ("price_positive", "price >= 0"),
    ("currency_set", "currency IN ('EUR', 'USD', 'GBP', 'CHF')"),
    ("product_length", "length(product) BETWEEN 1 AND 40"),
    ("channel_given", "channel IS NOT NULL"),
    ("channel_length", "length(channel) <= 20"),
]


def make_files(directory):
    write_records(directory / "records.json", RECORDS)
    write_records(directory / "records.tsv", RECORDS, "tsv")
    write_parts(directory / "parts", directory / "records.json")
    write_columns(directory, POINTS, SERIES)


def source(server, directory):
    server.sql("""
        CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');
        CREATE FOREIGN TABLE records (%s) SERVER files OPTIONS (glob 'records.json', settle '0', on_change 'merge', format 'json');
        CREATE FOREIGN TABLE columns (series text OPTIONS (path 'name'),
            ts timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'),
            value float8 OPTIONS (path 'data[*]'))
            SERVER files OPTIONS (glob 'columns.json', settle '0', on_change 'merge', format 'json', records '$.series[*]');
        CREATE TABLE copied (%s);
        CREATE TABLE copied_columns (series text, ts timestamptz, value float8);
        SELECT elt.create_pipeline('logged', 'records', 'logged_target', '{order_id}', options => '{"batch_rows": 100000000, "batch_bytes": 100000000000}');
        SELECT elt.create_pipeline('unlogged', 'records', 'unlogged_target', '{order_id}', options => '{"batch_rows": 100000000, "batch_bytes": 100000000000}');
        SELECT elt.create_pipeline('checked', 'records', 'checked_target', '{order_id}', options => '{"batch_rows": 100000000, "batch_bytes": 100000000000}');
        SELECT elt.create_pipeline('columnar', 'columns', 'columns_target', '{series,ts}', options => '{"batch_rows": 100000000, "batch_bytes": 100000000000}');
        ALTER TABLE elt_staging.logged SET LOGGED;
        """ % (directory, COLUMNS, COLUMNS))
    for name, expression in CHECKS:
        server.sql("SELECT elt.add_check('checked', '%s', $check$%s$check$)" % (name, expression))


def script(server, directory, name):
    """What people write in Python: python_copy.py, execute_values.py."""
    def run():
        started = time.perf_counter()
        subprocess.run(["/usr/bin/python3", str(ROOT / "test/bench/load" / name),
                        str(directory / "records.json")], env=server.environment(), check=True)
        return (time.perf_counter() - started) * 1000
    return run


RECORDSET = """
DO $do$
DECLARE
    part text;
BEGIN
    FOR part IN SELECT '%s/parts/' || name FROM pg_ls_dir('%s/parts') AS name ORDER BY 1 LOOP
        INSERT INTO copied SELECT * FROM jsonb_to_recordset(pg_read_file(part)::jsonb) AS r(%s);
    END LOOP;
END $do$"""


def pull(pipeline):
    """Into an empty table, as COPY is timed too."""
    return "TRUNCATE elt_staging.%s" % pipeline, "CALL elt.pull('%s')" % pipeline


def bench_times(server, directory):
    times = interleaved(server, {
        "copy": ("TRUNCATE copied", "COPY copied FROM '%s/records.tsv'" % directory),
        "logged": pull("logged"),
        "unlogged": pull("unlogged"),
        "checked": pull("checked"),
        "copy_columns": ("TRUNCATE copied_columns",
                         "COPY copied_columns FROM '%s/columns.tsv'" % directory),
        "columnar": pull("columnar"),
    }, ROUNDS)
    slow = interleaved(server, {
        "unlogged": pull("unlogged"),
        "recordset": ("TRUNCATE copied", RECORDSET % (directory, directory, COLUMNS)),
        "python_copy": ("TRUNCATE copied", script(server, directory, "python_copy.py")),
        "execute_values": ("TRUNCATE copied", script(server, directory, "execute_values.py")),
    }, max(5, ROUNDS - 2))
    goals = [
        ratio(times, "JSON records, logged, against COPY of a ready TSV", "logged", "copy", 1.0),
        ratio(times, "JSON records, unlogged as staging is", "unlogged", "copy", 0.6),
        ratio(times, "JSON records, unlogged, with ten checks", "checked", "copy", 0.9),
        ratio(times, "columnar JSON against COPY of the same rows", "columnar", "copy_columns", 1.0),
        faster(slow, "times faster than jsonb_to_recordset", "unlogged", "recordset", 4),
        faster(slow, "times faster than Python json and COPY", "unlogged", "python_copy", 4),
        faster(slow, "times faster than Python execute_values", "unlogged", "execute_values", 12),
    ]
    return all(goals)


def bench_memory(server, directory):
    one = (directory / "records.json").stat().st_size
    passed = True
    for megabytes in (10, 100, 1000):
        count = max(1, int(RECORDS * megabytes * 1e6 / one))
        name = "memory_%d" % megabytes
        write_records(directory / (name + ".json"), count)
        server.sql("""
            CREATE FOREIGN TABLE %s (%s) SERVER files OPTIONS (glob '%s.json', settle '0', on_change 'merge', format 'json');
            SELECT elt.create_pipeline('%s', '%s', '%s_target', '{order_id}',
                options => '{"batch_rows": 100000000, "batch_bytes": 100000000000}')""" % (name, COLUMNS, name, name, name, name))
        peak = peak_mb(server, "CALL elt.pull('%s')" % name)
        server.sql("SELECT elt.drop_pipeline('%s')" % name)
        (directory / (name + ".json")).unlink()
        passed &= line(peak <= 32, "peak memory above idle for %d MB of records: %.1f MB, goal <= 32" % (
            megabytes, peak))
    return passed & bench_columnar_memory(server, directory)


def bench_columnar_memory(server, directory):
    """Memory grows with the arrays of one record: how much a value more costs."""
    peaks = []
    for points in (200000, 1200000):
        write_columns(directory, points, 2, "wide")
        server.sql("""
            CREATE FOREIGN TABLE wide (series text OPTIONS (path 'name'),
                ts timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'),
                value float8 OPTIONS (path 'data[*]'))
                SERVER files OPTIONS (glob 'wide.json', settle '0', on_change 'merge', format 'json', records '$.series[*]');
            SELECT elt.create_pipeline('wide', 'wide', 'wide_target', '{series,ts}')""")
        peaks.append(peak_mb(server, "CALL elt.pull('wide')") * 1024 * 1024)
        server.sql("SELECT elt.drop_pipeline('wide'); DROP FOREIGN TABLE wide; DROP TABLE wide_target")
    # Two arrays are held: the times of the page and the values of the record.
    per_value = (peaks[1] - peaks[0]) / (2 * 1000000)
    return line(0 < per_value <= 16, "columnar: %.1f bytes per value, goal <= 16 (peak %.0f MB for 1,200,000 points)" % (
        per_value, peaks[1] / 1024 / 1024))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    data = home / "data"
    try:
        with Server(home) as server:
            make_files(data)
            source(server, data)
            passed = bench_times(server, data)
            passed &= bench_memory(server, data)
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
