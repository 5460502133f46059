"""What a history costs: strategy scd2 against the upsert of the same batch and against others' statements.

Of a batch 25 % are changed, 25 % come again with a newer time, 50 % are new; the keys that exist
lie scattered over the target. Turn by turn in one session, each rolled back and vacuumed away.
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
from merging import Batches, rolled_back  # noqa: E402
import others  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
ROWS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
GROWN = 10
MERGE = "SELECT * FROM elt.merge('%s')"
COLUMNS = "id bigint, name text, city text, amount numeric, changed_at timestamptz, position bigint"
TABLES = "latest, history, history_observed, history_restated"
ROW = """{key} AS id, 'name ' || {key} AS name, 'city ' || ({key} + {changed}) %% 997 AS city,
    ({key} * 31 + {changed}) %% 100000 / 100.0 AS amount, timestamptz '{since}' + {key} * interval '1 second' AS changed_at,
    {position} AS position"""
STORED = "SELECT " + ROW.format(key="i", changed="0", since="2020-01-01", position="i") + \
    " FROM generate_series(1::bigint, %d) AS i"
BATCH = "SELECT " + ROW.format(key="k", changed="(i %% 4 = 1)::int", since="2024-01-01", position="i") + """
    FROM (SELECT i, CASE WHEN i %% 2 = 0 THEN %(rows)d + i ELSE 1 + i * (%(rows)d / %(events)d) END AS k
        FROM generate_series(1::bigint, %(events)d) AS i) AS b"""
# Three events a key, in any order, of which one in ten lies before all that is stored.
LATE = "SELECT " + ROW.format(key="k", changed="i %% 5", since="2024-01-01", position="i").replace(
    "AS changed_at", "- (i %% 10 / 9) * interval '6 years' + i %% 7 * interval '1 hour' AS changed_at") + """
    FROM (SELECT i, 1 + i * 7919 %% (%(events)d / 3) * (3 * %(rows)d / %(events)d) AS k FROM generate_series(1::bigint, %(events)d) AS i) AS b"""


HASH = "hash_record_extended(ROW(name, city, amount), 0)"


def fill(batches, rows):
    """Targets of this size, as merges of their rows would have left them."""
    server = batches.server
    server.sql("TRUNCATE %s" % TABLES)
    batches.stage("history", STORED % 1000)
    server.sql("SELECT * FROM elt.merge('history'); TRUNCATE history_restated")
    server.sql("""
        CREATE TEMP TABLE stored AS %s;
        INSERT INTO latest SELECT *, 1, now() FROM stored;
        INSERT INTO history (id, name, city, amount, _hash, valid_from, _run_id, _loaded_at)
            SELECT id, name, city, amount, %s, changed_at, 1, now() FROM stored WHERE id > 1000;
        INSERT INTO history_observed (id, changed_at, position, name, city, amount, _deleted, _hash, _row_hash)
            SELECT id, changed_at, position, name, city, amount, false, %s, %s FROM stored WHERE id > 1000"""
               % (STORED % rows, *3 * [HASH]))
    others.fill(server, STORED % rows)
    server.sql("VACUUM (ANALYZE, FREEZE) %s, %s" % (TABLES, others.TABLES))


def measure(server, ways):
    """Median milliseconds by name; ways: name -> statement."""
    session = server.session()
    times = interleaved(server, {
        name: ("VACUUM %s, %s" % (TABLES, others.TABLES), rolled_back(session, statement))
        for name, statement in ways.items()}, ROUNDS, checkpoints=False)
    session.close()
    return times


def same_hash(server):
    return line(server.sql("SELECT count(*) FROM history WHERE _hash <> %s" % HASH) == "0",
                "the targets are filled with the program's hashes")


def same_history(server):
    """What the statements by hand leave is what the program leaves."""
    session = server.session()
    session.ask("BEGIN")
    session.ask("SELECT * FROM elt.merge('history')")
    session.ask(others.STATEMENTS["two statements by hand"])
    versions = "SELECT id, name, city, amount, valid_from, valid_to FROM %s"
    differences = session.ask("SELECT count(*) FROM ((%s EXCEPT ALL %s) UNION ALL (%s EXCEPT ALL %s)) AS d" % tuple(
        versions % table for table in ("history", "by_hand", "by_hand", "history")))
    session.ask("ROLLBACK")
    session.close()
    return line(differences == "0", "ours and the statements by hand leave the same versions")


def against(batches, rows, events):
    server = batches.server
    batch = BATCH % {"rows": rows, "events": events}
    for pipeline in ("latest", "history"):
        batches.stage(pipeline, batch)
    others.stage(server, batch)
    passed = same_history(server)
    times = measure(server, {"upsert": MERGE % "latest", "scd2": MERGE % "history", **others.STATEMENTS})
    what = "%d events into %d rows: " % (events, rows)
    passed &= ratio(times, what + "scd2 against upsert", "scd2", "upsert", 1.4)
    for name in others.STATEMENTS:
        line(True, what + "scd2 against %s: %.2f (%.0f ms, %.0f ms)" % (
            name, times["scd2"] / times[name], times["scd2"], times[name]))
    return passed, times["scd2"]


def linear(batches, rows, events):
    """Twice the events, late ones among them, cost about twice as much."""
    times = {}
    for name, count in (("half", events // 2), ("all", events)):
        batches.stage("history", LATE % {"rows": rows, "events": count})
        times[name] = measure(batches.server, {"late": MERGE % "history"})["late"]
    value = times["all"] / times["half"]
    return line(value <= 2.4, "%d events with late ones against half as many: %.2f, goal <= 2.4 (%.0f ms, %.0f ms)" % (
        events, value, times["all"], times["half"]))


def grown(batches, events, before):
    """The same number of events into a history ten times as long."""
    rows = GROWN * ROWS
    fill(batches, rows)
    batches.stage("history", BATCH % {"rows": rows, "events": events})
    times = {"before": before, **measure(batches.server, {"grown": MERGE % "history"})}
    return ratio(times, "%d events into %d rows against %d rows" % (events, rows, ROWS), "grown", "before", 1.3)


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            batches = Batches(server, home / "data")
            batches.pipeline("latest", COLUMNS, "'{id}'", '{"sequence_by": ["changed_at", "position"]}')
            batches.pipeline("history", COLUMNS, "'{id}', 'scd2'", '{"sequence_by": ["changed_at", "position"]}')
            others.make(server)
            fill(batches, ROWS)
            passed = same_hash(server)
            fine, small = against(batches, ROWS, ROWS // 100)
            passed &= fine
            fine, _ = against(batches, ROWS, ROWS // 10)
            passed &= fine & linear(batches, ROWS, 3 * ROWS // 10)
            passed &= grown(batches, ROWS // 100, small)
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
