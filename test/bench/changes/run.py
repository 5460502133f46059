"""What a change log costs: elt.merge of the same batch into two targets, one of them with a log.

A batch has a fifth of the target's rows: all new, all updated, or one in a hundred updated; and it is the first of an
empty target. Turn by turn in one session, each rolled back and vacuumed away.
"""
import os
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import interleaved, line, plan, ratio  # noqa: E402
from merging import Batches, outcome, rolled_back  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
ROWS = int(os.environ.get("ELT_BENCH_RECORDS", "500000"))
BATCH = ROWS // 5
COLUMNS = "id int, sku text, place text, price numeric, sold_at timestamptz"
NAMES = ("plain", "logged")
CONTENT = "SELECT count(*), sum(price) FROM %s"


def rows(first, last, differ="0"):
    return """
        SELECT n AS id, 'sku ' || n %% 1000 AS sku, 'place ' || n %% 77 AS place, (n %% 977 + %s)::numeric AS price,
            timestamptz '2024-01-01' + n * interval '1 second' AS sold_at FROM generate_series(%d, %d) AS n""" % (differ, first, last)


def declare(batches):
    for name in NAMES:
        options = '{"change_log": "7 days"}' if name == "logged" else "{}"
        batches.pipeline(name, COLUMNS, "'{id}'", options)


def fill(server):
    for name in NAMES:
        server.sql("INSERT INTO %(n)s (id, sku, place, price, sold_at) %(rows)s; VACUUM ANALYZE %(n)s"
                   % {"n": name, "rows": rows(1, ROWS)})


def merges(server, session, what, goal):
    if outcome(session, "SELECT * FROM elt.merge('plain')", CONTENT % "plain") != \
            outcome(session, "SELECT * FROM elt.merge('logged')", CONTENT % "logged"):
        line(False, "%s: the targets differ" % what)
    times = interleaved(server, {
        name: ("VACUUM %s" % name, rolled_back(session, "SELECT * FROM elt.merge('%s')" % name)) for name in NAMES},
        ROUNDS, checkpoints=False)
    return ratio(times, "%s, with a change log" % what, "logged", "plain", goal)


def measure(batches, what, query, goal):
    session = batches.server.session()
    for name in NAMES:
        batches.stage(name, query)
    passed = merges(batches.server, session, what, goal)
    session.close()
    return passed


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            batches = Batches(server, home / "data")
            declare(batches)
            passed = measure(batches, "%d rows into an empty target" % BATCH, rows(1, BATCH), 3)
            fill(server)
            passed &= measure(batches, "%d new rows" % BATCH, rows(ROWS + 1, ROWS + BATCH), 2.5)
            passed &= measure(batches, "%d updated rows" % BATCH, rows(1, BATCH, "1"), 2.5)
            passed &= measure(batches, "%d rows, 1 %% updated" % BATCH, rows(1, BATCH, "CASE WHEN n % 100 = 0 THEN 1 ELSE 0 END"), 1.1)
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
