"""Compressed partitions: size, an aggregate of a month, a lookup, against the partition as it was loaded."""
import os
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import interleaved, line, plan, ratio  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "5"))
ROWS = int(os.environ.get("ELT_BENCH_ROWS", "3000000"))
SERIES = 200
AGGREGATE = "SELECT series, count(*), sum(value), min(value), max(value) FROM %s GROUP BY series"
LOOKUP = "DO $$ BEGIN FOR i IN 0 .. 999 LOOP PERFORM value FROM %s WHERE series = i %% 200 AND ts = '2024-01-10'::timestamptz + i / 200 * interval '1 hour'; END LOOP; END $$"


def month(server, name, key):
    """Ten thousands of minutes of many series, in order of arrival: a daily curve and noise, in steps of 0.1."""
    server.sql("""CREATE TABLE %(name)s (ts timestamptz NOT NULL, series int NOT NULL, value float8%(key)s) PARTITION BY RANGE (ts);
        CREATE TABLE %(name)s_1 PARTITION OF %(name)s FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
        CREATE TABLE %(name)s_2 PARTITION OF %(name)s FOR VALUES FROM ('2024-02-01') TO (MAXVALUE);
        %(index)s;
        INSERT INTO %(name)s SELECT '2024-01-01'::timestamptz + i / %(series)d * (interval '31 days' / (%(rows)d / %(series)d + 1)), i %% %(series)d,
            round((100 + i %% %(series)d + 50 * sin(i / %(series)d / 1440.0 * 6.28) + random() * 5)::numeric, 1)
            FROM generate_series(0, %(rows)d - 1) i;
        SELECT elt.set_policy('%(name)s', 'ts', '1 month', partition_premake => 0);
        VACUUM (FREEZE, ANALYZE) %(name)s_1; CHECKPOINT""" % {
            "name": name, "series": SERIES, "rows": ROWS, "key": ", PRIMARY KEY (ts, series)" if key else "",
            "index": "SELECT" if key else "CREATE INDEX ON %s_1 (ts, series)" % name})


def size(server, table):
    return int(server.sql("SELECT pg_total_relation_size('%s')" % table))


def compare_size(server, what, before, table, goal):
    value = size(server, table) / before
    line(value <= goal, "%s, size against heap and key: %.3f, goal <= %g (%.1f MB, %.1f MB)" % (
        what, value, goal, size(server, table) / 1e6, before / 1e6))


def sorted_rewrite(server):
    month(server, "plain", False)
    month(server, "bare", False)
    month(server, "keyed", True)
    before = size(server, "plain_1")
    server.sql("SELECT elt.compress_partition('bare_1', order_by => 'time', brin => true)")
    compare_size(server, "rows sorted, BRIN in place of the index", before, "bare_1", 0.6)
    before = size(server, "keyed_1")
    server.sql("SELECT elt.compress_partition('keyed_1')")
    compare_size(server, "rows sorted, primary key kept (no goal)", before, "keyed_1", 1)
    server.sql("VACUUM bare_1; VACUUM plain_1; CHECKPOINT")
    times = interleaved(server, {"plain": ([], AGGREGATE % "plain"), "bare": ([], AGGREGATE % "bare")}, ROUNDS)
    ratio(times, "aggregate of the month, rows sorted against heap", "bare", "plain", 1.0)


with tempfile.TemporaryDirectory(dir=os.environ.get("ELT_WORK")) as home, Server(home) as server:
    sorted_rewrite(server)
    plan()
