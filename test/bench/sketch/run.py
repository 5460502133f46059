"""Sketches of 2 million rows against count(distinct) and percentile_cont, and the merging of those of 1,000 days against reading
the rows of the days again."""
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
from measure import CPU_CLOCK, line, plan, ratio  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
ROWS = 2000000

DATA = """
CREATE TABLE visit AS
SELECT g %% 1000 AS day, (g * 7919::bigint) %% 500000 AS visitor, md5(((g * 7919::bigint) %% 500000)::text) AS name,
    ((g * 104729::bigint) %% 1000003 / 100.0)::numeric(10,2) AS amount, ((g * 104729::bigint) %% 1000003)::float8 AS seconds
FROM generate_series(1, %d) g;
CREATE TABLE by_day AS
SELECT day, elt.sketch_distinct(visitor) AS visitors, elt.sketch_quantiles(seconds) AS seconds FROM visit GROUP BY day;
VACUUM ANALYZE visit, by_day;
""" % ROWS

WAYS = [
    ("distinct bigints, sketch against count(distinct)", "SELECT elt.distinct_count(elt.sketch_distinct(visitor)) FROM visit",
     "SELECT count(DISTINCT visitor) FROM visit", 1.0),
    ("distinct texts", "SELECT elt.distinct_count(elt.sketch_distinct(name)) FROM visit", "SELECT count(DISTINCT name) FROM visit", 1.0),
    ("quantile of float8, sketch against percentile_cont", "SELECT elt.quantile(elt.sketch_quantiles(seconds), 0.9) FROM visit",
     "SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) FROM visit", 1.0),
    ("quantile of numeric", "SELECT elt.quantile(elt.sketch_quantiles(amount), 0.9) FROM visit",
     "SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY amount) FROM visit", 1.0),
    ("distinct values of 1,000 days from their sketches against the rows", "SELECT elt.distinct_count(elt.merge_distinct(visitors)) FROM by_day",
     "SELECT count(DISTINCT visitor) FROM visit", 0.1),
    ("quantile of 1,000 days from their sketches against the rows", "SELECT elt.quantile(elt.merge_quantiles(seconds), 0.9) FROM by_day",
     "SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) FROM visit", 0.1),
]


def timed(session, statement):
    ran, began = session.cpu(), time.perf_counter()
    session.ask(statement)
    elapsed = time.perf_counter() - began
    return 1000 * (session.cpu() - ran if CPU_CLOCK else elapsed)


def compared(session, what, ours, exact, goal):
    times = {"sketch": [], "exact": []}
    for turn in range(ROUNDS + 1):
        for name, statement in (("sketch", ours), ("exact", exact)):
            took = timed(session, statement)
            if turn > 0:
                times[name].append(took)
    return ratio({name: statistics.median(took) for name, took in times.items()}, what, "sketch", "exact", goal)


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            server.sql(DATA)
            session = server.session()
            session.ask("SET max_parallel_workers_per_gather = 0")
            session.ask("SET work_mem = '256MB'")
            passed = [compared(session, *way) for way in WAYS]
            error = float(session.ask("SELECT abs(elt.distinct_count(elt.merge_distinct(visitors)) / 500000.0 - 1) FROM by_day"))
            passed.append(line(error < 0.03, "error of the count of 500,000: %.2f %%" % (100 * error)))
            print("# bytes of a day: %s" % session.ask("SELECT avg(pg_column_size(visitors))::int || ' and ' || avg(pg_column_size(seconds))::int FROM by_day"))
            session.close()
            plan()
        return 0 if all(passed) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
