"""Loads of the same rows by different ways, interleaved A B C A B C, medians as ratios.

One server of its own with fsync on, as in production; checkpoints are kept out of the timed
part. Every way loads the same 1,000,000 rows of nine typed columns (or 35,040 x 20 values).
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
sys.path.insert(0, str(ROOT / "test/bench/load"))
from files import write_columns, write_parts, write_records  # noqa: E402
from bench_server import Server  # noqa: E402

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


def median_ms(times):
    return statistics.median(times)


class Ways:
    """name -> (prepare, timed) statements; run interleaved."""

    def __init__(self, server):
        self.server = server
        self.ways = {}

    def add(self, name, timed, prepare=""):
        self.ways[name] = (prepare, timed)

    def run(self, rounds):
        times = {name: [] for name in self.ways}
        for turn in range(rounds + 1):
            for name, (prepare, timed) in self.ways.items():
                self.server.sql(prepare + ";CHECKPOINT" if prepare else "CHECKPOINT")
                ms = timed() if callable(timed) else self.server.timed(timed)
                if turn > 0:  # the first round warms up
                    times[name].append(ms)
        return {name: median_ms(values) for name, values in times.items()}


count = 0


def line(passed, text):
    """A TAP line: a goal that is missed counts as a failed test."""
    global count
    count += 1
    print("%s %d - %s" % ("ok" if passed else "not ok", count, text))
    sys.stdout.flush()
    return passed


def report(name, ours, base, goal, times, better="<="):
    ratio = times[ours] / times[base] if better == "<=" else times[base] / times[ours]
    passed = ratio <= goal if better == "<=" else ratio >= goal
    return line(passed, "%s: %.2f, goal %s %.1f (%.0f ms, %.0f ms)" % (
        name, ratio, better, goal, times[ours], times[base]))


def source(server, directory):
    server.sql("""
        CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');
        CREATE FOREIGN TABLE records (%s) SERVER files OPTIONS (glob 'records.json', format 'json');
        CREATE FOREIGN TABLE columns (series text OPTIONS (path 'name'),
            ts timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'),
            value float8 OPTIONS (path 'data[*]'))
            SERVER files OPTIONS (glob 'columns.json', format 'json', records '$.series[*]');
        CREATE TABLE copied (%s);
        CREATE TABLE copied_columns (series text, ts timestamptz, value float8);
        SELECT elt.create_pipeline('logged', 'records', 'logged_target', '{order_id}', batch_rows => 100000000, batch_bytes => 100000000000);
        SELECT elt.create_pipeline('unlogged', 'records', 'unlogged_target', '{order_id}', batch_rows => 100000000, batch_bytes => 100000000000);
        SELECT elt.create_pipeline('checked', 'records', 'checked_target', '{order_id}', batch_rows => 100000000, batch_bytes => 100000000000);
        SELECT elt.create_pipeline('columnar', 'columns', 'columns_target', '{series,ts}', batch_rows => 100000000, batch_bytes => 100000000000);
        ALTER TABLE elt_staging.logged SET LOGGED;
        """ % (directory, COLUMNS, COLUMNS))
    for name, expression in CHECKS:
        server.sql("SELECT elt.add_check('checked', '%s', $check$%s$check$)" % (name, expression))


def python_copy(server, directory):
    """What people write: json.load, csv, COPY FROM STDIN."""
    def run():
        started = time.perf_counter()
        subprocess.run([sys.executable, str(ROOT / "test/bench/load/python_copy.py"),
                        str(directory / "records.json")],
                       env=server.environment(), check=True)
        return (time.perf_counter() - started) * 1000
    return run


def execute_values(server, directory):
    """What people write with a driver: INSERT ... VALUES of 1,000 rows at a time."""
    def run():
        started = time.perf_counter()
        subprocess.run([sys.executable, str(ROOT / "test/bench/load/execute_values.py"),
                        str(directory / "records.json")],
                       env=server.environment(), check=True)
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


def bench_times(server, directory):
    ways = Ways(server)
    ways.add("copy", "COPY copied FROM '%s/records.tsv'" % directory, "TRUNCATE copied")
    ways.add("logged", "CALL elt.pull('logged')")
    ways.add("unlogged", "CALL elt.pull('unlogged')")
    ways.add("checked", "CALL elt.pull('checked')")
    ways.add("copy_columns", "COPY copied_columns FROM '%s/columns.tsv'" % directory,
             "TRUNCATE copied_columns")
    ways.add("columnar", "CALL elt.pull('columnar')")
    times = ways.run(ROUNDS)

    slow = Ways(server)
    slow.add("unlogged", "CALL elt.pull('unlogged')")
    slow.add("recordset", RECORDSET % (directory, directory, COLUMNS), "TRUNCATE copied")
    slow.add("python_copy", python_copy(server, directory), "TRUNCATE copied")
    slow.add("execute_values", execute_values(server, directory), "TRUNCATE copied")
    slow_times = slow.run(max(5, ROUNDS - 2))

    goals = [
        report("JSON records, logged, against COPY of a ready TSV", "logged", "copy", 1.0, times),
        report("JSON records, unlogged as staging is", "unlogged", "copy", 0.6, times),
        report("JSON records, unlogged, with ten checks", "checked", "copy", 0.9, times),
        report("columnar JSON against COPY of the same rows", "columnar", "copy_columns", 1.0, times),
        report("times faster than jsonb_to_recordset", "unlogged", "recordset", 4, slow_times, ">="),
        report("times faster than Python json and COPY", "unlogged", "python_copy", 4, slow_times, ">="),
        report("times faster than Python execute_values", "unlogged", "execute_values", 12, slow_times, ">="),
    ]
    return all(goals)


def anonymous_kb(pid):
    with open("/proc/%d/smaps_rollup" % pid) as lines:
        for line in lines:
            if line.startswith("Anonymous:"):
                return int(line.split()[1])
    return 0


def peak_memory_mb(server, pipeline):
    """Anonymous memory of the session above idle while it pulls, sampled every 10 ms."""
    session = server.session()
    pid = int(session.ask("SELECT pg_backend_pid()"))
    session.ask("SELECT count(*) FROM elt.pipelines")
    idle, peak, done = anonymous_kb(pid), 0, threading.Event()

    def sample():
        nonlocal peak
        while not done.is_set():
            peak = max(peak, anonymous_kb(pid))
            time.sleep(0.01)

    sampler = threading.Thread(target=sample)
    sampler.start()
    session.ask("CALL elt.pull('%s')" % pipeline)
    done.set()
    sampler.join()
    session.close()
    return (peak - idle) / 1024


def bench_memory(server, directory):
    one = (directory / "records.json").stat().st_size
    passed = True
    for megabytes in (10, 100, 1000):
        count = max(1, int(RECORDS * megabytes * 1e6 / one))
        name = "memory_%d" % megabytes
        write_records(directory / (name + ".json"), count)
        server.sql("""
            CREATE FOREIGN TABLE %s (%s) SERVER files OPTIONS (glob '%s.json', format 'json');
            SELECT elt.create_pipeline('%s', '%s', '%s_target', '{order_id}',
                batch_rows => 100000000, batch_bytes => 100000000000)""" % (name, COLUMNS, name, name, name, name))
        peak = peak_memory_mb(server, name)
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
                SERVER files OPTIONS (glob 'wide.json', format 'json', records '$.series[*]');
            SELECT elt.create_pipeline('wide', 'wide', 'wide_target', '{series,ts}')""")
        peaks.append(peak_memory_mb(server, "wide") * 1024 * 1024)
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
            print("1..%d" % count)
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
