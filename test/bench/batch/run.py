"""The cost of a row by the size of its batch: CSV file, ten checks, first load, committed.

Whole runs into new targets, turn by turn: a fifth of the rows, all of them, and all of them where
elt.batch_memory is small, so that keys go to disk. Of the rows 0.9 % break a check. The goals are
of the time that the session's process ran; what passed on the clock is told beside it.
"""
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from checked_orders import CHECKS, COLUMNS, ROWS  # noqa: E402
from measure import line, peak_mb, plan  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "5"))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "5000000"))
GROWTH = 1.1
MEMORY_MB = 320
SMALL = "SET elt.batch_memory = '16MB'"
WAYS = {"fifth": (RECORDS // 5, ""), "all": (RECORDS, ""), "disk": (RECORDS, SMALL)}


def make_pipeline(server, records):
    server.sql("""
        DROP TABLE IF EXISTS orders;
        SELECT elt.create_pipeline('orders', 'orders_%d', 'orders', '{order_id}',
            options => '{"batch_rows": 1000000000, "batch_bytes": 100000000000}')""" % records)
    for check, condition in CHECKS.items():
        server.sql("SELECT elt.add_check('orders', '%s', $check$%s$check$)" % (check, condition))
    server.sql("SELECT elt.add_check('orders', 'one_order', 'UNIQUE (order_id)'); CHECKPOINT")


def drop_pipeline(server):
    server.sql("SELECT elt.drop_pipeline('orders')")


def make_files(server, directory):
    server.sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % directory)
    for records in {records for records, _ in WAYS.values()}:
        server.sql("COPY (%s) TO '%s/orders_%d.csv' (FORMAT csv, HEADER)" % (ROWS % records, directory, records))
        server.sql("CREATE FOREIGN TABLE orders_%d (%s) SERVER files OPTIONS (glob 'orders_%d.csv', format 'csv',"
                   " header 'true')" % (records, COLUMNS, records))


def microseconds(server, way):
    """Of the processor and of the clock, for a row."""
    records, setting = WAYS[way]
    make_pipeline(server, records)
    session = server.session()
    statistics_file = "/proc/%s/schedstat" % session.ask("SELECT pg_backend_pid()")
    session.ask(setting or "SELECT 1")
    ran, began = int(open(statistics_file).read().split()[0]), time.perf_counter()
    session.ask("CALL elt.run('orders')")
    elapsed = time.perf_counter() - began
    ran = (int(open(statistics_file).read().split()[0]) - ran) / 1e9
    session.close()
    drop_pipeline(server)
    return ran / records * 1e6, elapsed / records * 1e6


def measure(server):
    done = {way: [] for way in WAYS}
    for turn in range(ROUNDS + 1):
        for way in WAYS:
            spent = microseconds(server, way)
            if turn > 0:
                done[way].append(spent)
    return {way: tuple(statistics.median(column) for column in zip(*spent)) for way, spent in done.items()}


def growth(medians, way, what):
    value = medians[way][0] / medians["fifth"][0]
    return line(value <= GROWTH, "a row of %s against one of a fifth of it: %.2f, goal <= %g (%.2f us, %.2f us; "
                "on the clock %.2f us, %.2f us)" % (what, value, GROWTH, medians[way][0], medians["fifth"][0],
                                                   medians[way][1], medians["fifth"][1]))


def memory(server):
    make_pipeline(server, RECORDS)
    peak = peak_mb(server, "CALL elt.run('orders')")
    drop_pipeline(server)
    return line(peak <= MEMORY_MB, "memory above idle: %.0f MB, goal <= %d" % (peak, MEMORY_MB))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            make_files(server, home / "data")
            medians = measure(server)
            passed = growth(medians, "all", "a batch of %d rows" % RECORDS)
            passed &= growth(medians, "disk", "the same batch with keys on disk")
            passed &= memory(server)
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
