"""Merges of staged batches against the statements that people write, by the shape of batch and target.

Targets of two sizes, flat and in 185 monthly partitions; batches that are clustered or scattered.
Turn by turn in one session, each rolled back and vacuumed away. Ours is elt.merge whole: facts of
the batch, choice of plan, merge, counts, slices. The statements by hand read an analysed copy.
"""
import os
import pathlib
import re
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
import data  # noqa: E402
import statements  # noqa: E402
from bench_server import Server  # noqa: E402
from measure import interleaved, line, plan, ratio  # noqa: E402
from merging import Batches, outcome, rolled_back, wal_on  # noqa: E402

ROUNDS = max(3, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
LARGE = int(os.environ.get("ELT_BENCH_RECORDS", "10000000"))
SMALL = LARGE // 10
BATCHES = (LARGE // 1000, LARGE // 100)
BY_PROBES = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
CONTENT = "SELECT count(*), sum(value), sum(hashtext(ts::text || series)::bigint) FROM %s"
PARTITIONS = 5000


def by_hand(server, name):
    """What the statements by hand are, by name, for the batch that is staged."""
    delta = "delta_" + name
    server.sql(statements.sort_out(name, delta))
    leaves = server.sql("SELECT DISTINCT leaf FROM %s_changed ORDER BY 1" % delta).split()
    low, high = server.sql("SELECT min(ts), max(ts) FROM %s" % delta).split("|")
    return {
        "merge": statements.merge(name, delta),
        "range": statements.merge_range(name, delta, low, high),
        "conflict": statements.conflict(name, delta),
        "conflict_sorted": statements.conflict_sorted(name, delta),
        "delete_insert": statements.delete_insert(name, delta),
        "floor": BY_PROBES + statements.floor(name, delta, leaves),
    }


def ours(name):
    return "SELECT * FROM elt.merge('%s')" % name


def compared(batches, name, query, others):
    """Median milliseconds of ours and of the others, whose outcome must be the same."""
    server = batches.server
    data.stage(batches, name, query)
    chosen = {other: statement for other, statement in by_hand(server, name).items() if other in others}
    session = server.session()
    asked = CONTENT % name
    answers = {outcome(session, statement, asked) for statement in (ours(name), chosen[others[0]])}
    if len(answers) > 1:
        line(False, "%s: the outcome is not that of %s" % (name, others[0]))
    times = interleaved(server, {
        way: ("VACUUM %s" % name, rolled_back(session, statement))
        for way, statement in {"ours": ours(name), **chosen}.items()}, ROUNDS, checkpoints=False)
    session.close()
    return times


def alone(batches, name, query):
    server = batches.server
    data.stage(batches, name, query)
    session = server.session()
    times = interleaved(server, {"ours": ("VACUUM %s" % name, rolled_back(session, ours(name)))},
                        ROUNDS, checkpoints=False)
    session.close()
    return times["ours"]


def size(number):
    return "%gM" % (number / 1e6) if number >= 1e6 else "%gk" % (number / 1e3)


def side_by_side(what, times):
    """A table's row of every way, as a comment."""
    print("# %s: %s" % (what, ", ".join("%s %.0f ms" % pair for pair in sorted(times.items(), key=lambda p: p[1]))))
    sys.stdout.flush()


def best_plain(times):
    """The quickest statement without a hint, an order or a range that its writer had to know."""
    times["best"] = min(times[way] for way in ("merge", "conflict", "delete_insert"))


def clustered(batches, rows, batch):
    passed = True
    for name in data.TARGETS:
        times = compared(batches, name, data.clustered(rows, batch),
                         ("merge", "range", "conflict", "delete_insert", "floor"))
        what = "%s rows into %s %s, clustered" % (size(batch), size(rows), name)
        side_by_side(what, times)
        passed &= ratio(times, what + ": against plain MERGE", "ours", "merge",
                        0.2 if name == "parts" else 0.65)
        passed &= ratio(times, what + ": against the write floor", "ours", "floor", 1.3)
    return passed


def late_row(batches, rows, batch):
    times = {}
    for name in data.TARGETS:
        times["late"] = alone(batches, name, data.with_a_late_row(rows, batch))
        times["ours"] = alone(batches, name, data.clustered(rows, batch))
        ratio(times, "%s rows into %s %s, clustered but for one late row: against those without it" % (
            size(batch), size(rows), name), "late", "ours", 1.2)


def scattered(batches, rows, batch):
    passed = True
    for name in data.TARGETS:
        times = compared(batches, name, data.scattered(rows, batch),
                         ("merge", "conflict", "conflict_sorted", "delete_insert"))
        what = "%s rows into %s %s, scattered" % (size(batch), size(rows), name)
        side_by_side(what, times)
        best_plain(times)
        passed &= ratio(times, what + ": against the best plain statement", "ours", "best", 0.9)
        line(True, "%s: against sorted ON CONFLICT: %.2f (%.0f ms, %.0f ms)" % (
            what, times["ours"] / times["conflict_sorted"], times["ours"], times["conflict_sorted"]))
    return passed


def growth_part(batches, rows, batch):
    """Milliseconds of ours by shape, for one size of target."""
    return {(name, shape.__name__): alone(batches, name, shape(rows, batch))
            for name in data.TARGETS for shape in (data.clustered, data.scattered)}


def growth(when, small, large):
    passed = True
    for key, milliseconds in large.items():
        times = {"small": small[key], "large": milliseconds}
        passed &= ratio(times, "growth with ten times the target, %s, %s, %s" % (*key, when), "large", "small", 1.3)
    return passed


def unchanged(batches, rows, batch):
    """A load of what is there already: no WAL, and less time than a MERGE that updates all."""
    server, passed = batches.server, True
    for name in data.TARGETS:
        data.stage(batches, name, data.unchanged(rows, batch))
        session = server.session()
        what = "%s rows into %s %s, unchanged" % (size(batch), size(rows), name)
        server.sql("VACUUM %s" % name)
        server.sql("CHECKPOINT")
        start = server.sql("SELECT pg_current_wal_insert_lsn()")
        rolled_back(session, ours(name))()
        written = wal_on(server, start, server.sql("SELECT pg_switch_wal()"), name)
        passed &= line(written == 0, "%s: %d bytes of WAL on the target, goal 0" % (what, written))
        times = interleaved(server, {
            "ours": ("VACUUM %s" % name, rolled_back(session, ours(name))),
            "merge_all": ("VACUUM %s" % name,
                          rolled_back(session, statements.merge_all(name, "delta_" + name)))},
            ROUNDS, checkpoints=False)
        passed &= ratio(times, what + ": against MERGE that updates all", "ours", "merge_all", 0.3)
        session.close()
    return passed


def planning(batches):
    """Facts of the batch, choice of plan, statement and its planning; nothing of it runs."""
    server = batches.server
    batches.pipeline("many", data.READINGS, "'{ts,series}', partition_by => 'ts', partition_interval => '1 day'")
    server.sql("""
        DO $$ BEGIN FOR d IN 0 .. %d - 1 LOOP
            EXECUTE format('CREATE TABLE many_%%s PARTITION OF many FOR VALUES FROM (%%L) TO (%%L)',
                d, %s + d * interval '1 day', %s + (d + 1) * interval '1 day');
            IF d %% 500 = 0 THEN COMMIT; END IF;
        END LOOP; END $$""" % (PARTITIONS, data.FIRST, data.FIRST))
    batches.stage("many", "SELECT %s + interval '4000 days' + i * interval '1 minute' AS ts, 'series ' || i %% 40 AS series, "
                  "i::float8 AS value, 'MW' AS unit FROM generate_series(1, 1000) AS i" % data.FIRST)
    script = server.sql("SELECT elt.merge_sql('many')")
    explain = re.sub(r"^(?=MERGE|WITH)", "EXPLAIN ", script, flags=re.M)
    warm = server.session()
    for _ in range(3):
        rolled_back(warm, explain)()
    times = sorted(rolled_back(warm, explain)() for _ in range(ROUNDS))
    warm.close()
    passed = line(times[len(times) // 2] <= 2, "planning a merge at %d partitions, warm: %.1f ms, goal <= 2" % (
        PARTITIONS, times[len(times) // 2]))
    times = []
    for _ in range(ROUNDS):
        session = server.session()
        session.ask("SELECT count(*) FROM pg_class WHERE relname = 'many'")
        times.append(rolled_back(session, explain)())
        session.close()
    times.sort()
    passed &= line(times[len(times) // 2] <= 60, "in a new session: %.0f ms, goal <= 60" % times[len(times) // 2])
    return passed


def at_size(batches, rows):
    """Everything that needs targets of this size; growth is told by two of them."""
    data.fill(batches.server, rows)
    fresh = growth_part(batches, rows, BATCHES[0])
    for name in data.TARGETS:
        batches.server.sql("VACUUM ANALYZE %s" % name)
    passed = clustered(batches, rows, BATCHES[1])
    passed &= scattered(batches, rows, BATCHES[1])
    if rows == LARGE:
        passed &= clustered(batches, rows, BATCHES[0])
        passed &= scattered(batches, rows, BATCHES[0])
        late_row(batches, rows, BATCHES[1])
        passed &= unchanged(batches, rows, BATCHES[1])
    return passed, fresh, growth_part(batches, rows, BATCHES[0])


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            batches = Batches(server, home / "data")
            passed = planning(batches)
            data.declare(batches)
            small_passed, small_fresh, small = at_size(batches, SMALL)
            large_passed, large_fresh, large = at_size(batches, LARGE)
            passed &= small_passed & large_passed
            passed &= growth("without statistics", small_fresh, large_fresh)
            passed &= growth("with statistics", small, large)
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
