"""The cost of a row by the size of its batch: CSV file, ten checks, first load, committed.

Whole runs into new targets, turn by turn: a fifth of the rows, all of them, and all of them where
elt.batch_memory is small, so that keys go to disk. Of the rows 0.9 % break a check. Then the first
load of half a year of power generation, whose key begins with texts: the key built afterwards
against a merge, which row security on the target asks for. The goals are of the time that the
session's process ran; what passed on the clock is told beside it. The WAL of a run against that of
COPY has no goal.
"""
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from checked_orders import CHECKS, COLUMNS, ROWS  # noqa: E402
from measure import line, peak_mb, plan, seconds_of  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "5"))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "5000000"))
GROWTH = 1.1
MEMORY_MB = 320
SMALL = "SET elt.batch_memory = '16MB'"
WAYS = {"fifth": (RECORDS // 5, ""), "all": (RECORDS, ""), "disk": (RECORDS, SMALL)}
FIRST_LOAD = 0.9
POWER = "country text, production_type text, ts timestamptz, power_mw float8"
# Days one by one, each with all its series one by one: 345,760 rows
POWER_ROWS = """
    SELECT 'de' AS country, 'production type ' || type AS production_type,
        timestamptz '2024-01-01' + day * interval '1 day' + quarter * interval '15 minutes' AS ts,
        (day * 131 + type * 17 + quarter) % 9973 / 10.0 AS power_mw
    FROM generate_series(0, 180) day, generate_series(1, 20) type, generate_series(0, 95) quarter
    ORDER BY day, type, quarter LIMIT 345760"""
LANDINGS = {"built": "SELECT", "merged": "ALTER TABLE power ENABLE ROW LEVEL SECURITY"}


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
        server.sql("CREATE FOREIGN TABLE orders_%d (%s) SERVER files OPTIONS (glob 'orders_%d.csv', settle '0', on_change 'merge', format 'csv',"
                   " header 'true')" % (records, COLUMNS, records))


def seconds(server, statement, setting=""):
    """Of the processor and of the clock, in a session of its own."""
    # what helps in building an index is a process of its own
    return seconds_of(server, statement, setting or "SELECT 1", "SET max_parallel_maintenance_workers = 0")


def microseconds(server, way):
    """The same for a row."""
    records, setting = WAYS[way]
    make_pipeline(server, records)
    spent = seconds(server, "CALL elt.run('orders')", setting)
    drop_pipeline(server)
    return tuple(part / records * 1e6 for part in spent)


def land_power(server, landing):
    server.sql("""
        DROP TABLE IF EXISTS power;
        SELECT elt.create_pipeline('power', 'power_file', 'power', '{country,production_type,ts}');
        %s; CALL elt.pull('power'); CHECKPOINT""" % LANDINGS[landing])
    spent = seconds(server, "SELECT elt.merge('power')")
    server.sql("SELECT elt.drop_pipeline('power')")
    return spent


def medians_of(server, ways, spent_by):
    done = {way: [] for way in ways}
    for turn in range(ROUNDS + 1):
        for way in ways:
            spent = spent_by(server, way)
            if turn > 0:
                done[way].append(spent)
    return {way: tuple(statistics.median(column) for column in zip(*spent)) for way, spent in done.items()}


def growth(medians, way, what):
    value = medians[way][0] / medians["fifth"][0]
    return line(value <= GROWTH, "a row of %s against one of a fifth of it: %.2f, goal <= %g (%.2f us, %.2f us; "
                "on the clock %.2f us, %.2f us)" % (what, value, GROWTH, medians[way][0], medians["fifth"][0],
                                                   medians[way][1], medians["fifth"][1]))


def first_load(server, directory):
    server.sql("COPY (%s) TO '%s/power.csv' (FORMAT csv, HEADER)" % (POWER_ROWS, directory))
    server.sql("CREATE FOREIGN TABLE power_file (%s) SERVER files OPTIONS (glob 'power.csv', settle '0', on_change 'merge', format 'csv',"
               " header 'true')" % POWER)
    medians = medians_of(server, LANDINGS, land_power)
    value = medians["built"][0] / medians["merged"][0]
    return line(value <= FIRST_LOAD, "a first load of 345,760 rows, its key built afterwards against a merge: %.2f, "
                "goal <= %g (%.0f ms, %.0f ms; on the clock %.0f ms, %.0f ms)" % (
                    value, FIRST_LOAD, medians["built"][0] * 1000, medians["merged"][0] * 1000,
                    medians["built"][1] * 1000, medians["merged"][1] * 1000))


def memory(server):
    make_pipeline(server, RECORDS)
    peak = peak_mb(server, "CALL elt.run('orders')")
    drop_pipeline(server)
    return line(peak <= MEMORY_MB, "memory above idle: %.0f MB, goal <= %d" % (peak, MEMORY_MB))


def written(server, statement):
    """Bytes of WAL."""
    before = server.sql("SELECT pg_current_wal_insert_lsn()")
    server.sql(statement)
    return int(server.sql("SELECT pg_current_wal_insert_lsn() - '%s'" % before))


def wal(server, directory):
    """Of the run against COPY of the rows that it landed, into a table with the same key."""
    make_pipeline(server, RECORDS)
    ours = written(server, "CALL elt.run('orders')")
    drop_pipeline(server)
    server.sql("COPY (SELECT %s FROM orders) TO '%s/ready.tsv'; CREATE TABLE copied (%s, PRIMARY KEY (order_id)); CHECKPOINT" % (
        ", ".join(column.split()[0] for column in COLUMNS.split(", ")), directory, COLUMNS))
    copied = written(server, "COPY copied FROM '%s/ready.tsv'" % directory)
    print("# WAL of the run against COPY of its rows into a table with the key: %.2f (%.0f MB, %.0f MB)" % (
        ours / copied, ours / 1e6, copied / 1e6))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            make_files(server, home / "data")
            passed = first_load(server, home / "data")
            medians = medians_of(server, WAYS, microseconds)
            passed &= growth(medians, "all", "a batch of %d rows" % RECORDS)
            passed &= growth(medians, "disk", "the same batch with keys on disk")
            passed &= memory(server)
            wal(server, home / "data")
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
