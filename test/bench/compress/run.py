"""Compressed partitions: size, an aggregate of a month, a lookup, against the partition as it was loaded."""
import os
import pathlib
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import interleaved, line, milliseconds_of, plan, ratio  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "5"))
ROWS = int(os.environ.get("ELT_BENCH_ROWS", "3000000"))
SERIES = 200
TOTAL = "SELECT count(*), sum(value), min(value), max(value) FROM %s WHERE ts >= '2024-01-01' AND ts < '2024-02-01'"
AGGREGATE = "SELECT series, count(*), sum(value), min(value), max(value) FROM %s GROUP BY series"
LOOKUPS = 2000
MANY = 160
LOOKUP = """DO $$ DECLARE found_value float8; n int := 0; BEGIN FOR i IN 0 .. %d LOOP
    SELECT value INTO found_value FROM %s WHERE series = i %% %d AND ts = at(i * 7 %% %d); n := n + (found_value IS NOT NULL)::int; END LOOP;
    ASSERT n = %d; END $$"""


def month(server, name, key):
    """Ten thousands of minutes of many series, as they come by day and series: a daily curve and noise, in steps of 0.1."""
    server.sql("""CREATE TABLE %(name)s (ts timestamptz NOT NULL, series int NOT NULL, value float8%(key)s) PARTITION BY RANGE (ts);
        CREATE TABLE %(name)s_1 PARTITION OF %(name)s FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
        CREATE TABLE %(name)s_2 PARTITION OF %(name)s FOR VALUES FROM ('2024-02-01') TO (MAXVALUE);
        %(index)s;
        INSERT INTO %(name)s SELECT '2024-01-01'::timestamptz + i / %(series)d * (interval '31 days' / (%(rows)d / %(series)d + 1)), i %% %(series)d,
            round((100 + i %% %(series)d + 50 * sin(i / %(series)d / 1440.0 * 6.28) + random() * 5)::numeric, 1)
            FROM generate_series(0, %(rows)d - 1) i
            ORDER BY i / %(series)d / (%(rows)d / %(series)d / 31 + 1), i %% %(series)d, i;
        SELECT elt.set_policy('%(name)s', 'ts', '1 month', partition_premake => 0);
        VACUUM (FREEZE, ANALYZE) %(name)s_1; CHECKPOINT""" % {
            "name": name, "series": SERIES, "rows": ROWS, "key": ", PRIMARY KEY (ts, series)" if key else "",
            "index": "SELECT" if key else "CREATE INDEX ON %s_1 (ts, series)" % name})


def took(server, statement):
    """Without parallel processes, which a foreign table of packed rows does not use, and whose time is not measured."""
    return lambda: milliseconds_of(server, statement, "SET max_parallel_workers_per_gather = 0")


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
    order = server.sql("SELECT sorted_by FROM elt.compress_partition('bare_1', brin => true)")
    compare_size(server, "rows sorted by %s, BRIN in place of the index" % order, before, "bare_1", 0.6)
    before = size(server, "keyed_1")
    server.sql("SELECT elt.compress_partition('keyed_1')")
    compare_size(server, "rows sorted, primary key kept (no goal)", before, "keyed_1", 1)
    server.sql("VACUUM bare_1; VACUUM plain_1; CHECKPOINT")
    times = interleaved(server, {name: ([], took(server, TOTAL % name)) for name in ("plain", "bare")}, 2 * ROUNDS + 1)
    ratio(times, "aggregate of the month, rows sorted against heap", "bare", "plain", 1.0)
    times = interleaved(server, {name: ([], took(server, AGGREGATE % name)) for name in ("plain", "bare")}, ROUNDS)
    print("# the same by key, which came key by key: %.2f" % (times["bare"] / times["plain"]))


def packed(server):
    """The table is read through the view in both cases: it plans the same."""
    month(server, "heap", True)
    month(server, "arrays", True)
    minutes = ROWS // SERIES
    server.sql("""CREATE FUNCTION at(i int) RETURNS timestamptz LANGUAGE sql STABLE AS
        $$SELECT '2024-01-01'::timestamptz + i * (interval '31 days' / %d)$$""" % (minutes + 1))
    before = size(server, "arrays_1")
    server.sql("SELECT elt.compress_partition('arrays_1', form => 'packed')")
    server.sql("VACUUM ANALYZE arrays_1_packed; CHECKPOINT")
    compare_size(server, "rows packed", before, "arrays_1_packed", 0.1)
    tables = {"heap": "heap", "arrays": "arrays_all"}
    times = interleaved(server, {name: ([], took(server, AGGREGATE % table)) for name, table in tables.items()}, ROUNDS)
    ratio(times, "aggregate of the month, rows packed against heap", "arrays", "heap", 1.4)
    times = interleaved(server, {name: ([], took(server, LOOKUP % (LOOKUPS - 1, table, SERIES, minutes, LOOKUPS)))
                                 for name, table in tables.items()}, ROUNDS)
    ratio(times, "%d lookups by key and time, rows packed against heap" % LOOKUPS, "arrays", "heap", 3)


def many_packed(server):
    """Small partitions, packed one by one: what the last ones take, of which others are there, against the first ones."""
    server.sql("""CREATE TABLE days (ts timestamptz, n int, PRIMARY KEY (n, ts)) PARTITION BY RANGE (ts);
        SELECT elt.set_policy('days', 'ts', '1 day', partition_premake => 0);
        DO $$ BEGIN FOR d IN 0 .. %d LOOP
            EXECUTE format('CREATE TABLE days_%%s PARTITION OF days FOR VALUES FROM (%%L) TO (%%L)', d, date '2020-01-01' + d, date '2020-01-01' + d + 1);
        END LOOP; END $$;
        INSERT INTO days SELECT date '2020-01-01' + i / 10 + i %% 10 * interval '1 hour', 1 FROM generate_series(0, %d) i"""
               % (MANY, 10 * MANY - 1))
    session = server.session()
    times = []
    for day in range(MANY):
        began = session.cpu()
        session.ask("SELECT elt.compress_partition('days_%d', form => 'packed')" % day)
        times.append(1000 * (session.cpu() - began))
    session.close()
    ratio({"last": statistics.median(times[-10:]), "first": statistics.median(times[5:15])},
          "packing a partition with %d packed, against 10" % MANY, "last", "first", 2)


with tempfile.TemporaryDirectory(dir=os.environ.get("ELT_WORK")) as home, Server(home) as server:
    sorted_rewrite(server)
    packed(server)
    many_packed(server)
    plan()
