"""What rejected rows cost: loads of which a tenth or all are bad, against a clean one of as many rows,
and the replay of all rejects against the same load.

Rows are bad when they are decoded (the domain of a column refuses a value) or by a check. Each load is
one run into an empty table, whose index is built at its end. A replay merges into a table that has rows,
so it is compared with a load of the same rows into such a table too.
"""
import os
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import faster, interleaved, line, plan, seconds_of  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "100000"))
CPU_CLOCK = os.environ.get("ELT_BENCH_CLOCK") == "cpu"
# name -> (which rows are bad, what refuses them)
LOADS = {
    "clean": ("false", "small"),
    "tenth_domain": ("i % 10 = 0", "small"),
    "whole_domain": ("i % 1000 > 0", "small"),
    "tenth_check": ("i % 10 = 0", "big"),
    "whole_check": ("i % 1000 > 0", "big"),
}


def make(server, directory):
    server.sql("""
        CREATE DOMAIN small AS int CHECK (VALUE < 1000);
        CREATE DOMAIN big AS int;
        CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')""" % directory)
    for name, (bad, domain) in LOADS.items():
        server.sql("""
            COPY (SELECT json_build_object('id', i, 'ts', timestamptz '2024-01-01' + i * interval '1 second',
                'name', 'name ' || i %% 977, 'price', (i %% 10000) / 100.0, 'n', CASE WHEN %s THEN 1000 ELSE 1 END)
                FROM generate_series(1::bigint, %d) AS i) TO '%s/%s.jsonl';
            CREATE FOREIGN TABLE %s (id bigint, ts timestamptz, name text, price numeric, n %s)
                SERVER files OPTIONS (glob '%s.jsonl', format 'jsonl')""" % (
            bad, RECORDS, directory, name, name, domain, name))
        server.sql("""
            SELECT elt.create_pipeline('%s', '%s', '%s_target', '{id}',
                options => '{"max_reject_percent": 100}')""" % (name, name, name))


def empty(name):
    return """
        DELETE FROM elt_catalog.reject WHERE pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = '%s');
        DELETE FROM elt_catalog.reject_settled;
        VACUUM elt_catalog.reject;
        TRUNCATE %s_target;
        SELECT elt.reset_pipeline('%s')""" % (name, name, name)


def load(name):
    return (empty(name) + (";SELECT elt.add_check('%s', 'small', 'n < 1000') WHERE NOT EXISTS "
                           "(SELECT FROM elt.checks WHERE pipeline = '%s')" % (name, name) if name.endswith("check") else ""),
            lambda: timed("CALL elt.run('%s')" % name))


def timed(statement):
    ran, elapsed = seconds_of(server_of[0], statement)
    return (ran if CPU_CLOCK else elapsed) * 1000


def replay(name):
    """The load comes before, and what it rejected is right then."""
    def replayed():
        server_of[0].sql("CALL elt.run('%s')" % name)
        if name.endswith("check"):
            server_of[0].sql("SELECT elt.drop_check('%s', 'small')" % name)
        else:
            server_of[0].sql("ALTER DOMAIN small DROP CONSTRAINT small_check")
        milliseconds = timed("SELECT elt.replay_rejects('%s')" % name)
        if not name.endswith("check"):
            server_of[0].sql("ALTER DOMAIN small ADD CONSTRAINT small_check CHECK (VALUE < 1000) NOT VALID")
        return milliseconds
    return load(name)[0], replayed


server_of = []


def landed(server):
    counts = server.sql("SELECT string_agg(pipeline || ' ' || state || ' ' || n, ', ' ORDER BY pipeline, state) FROM "
                        "(SELECT pipeline, state, count(*) AS n FROM elt.rejects GROUP BY 1, 2) AS r")
    rows = server.sql("SELECT (SELECT count(*) FROM whole_check_target) || ' ' || (SELECT count(*) FROM whole_domain_target)")
    return line(rows == "%d %d" % (RECORDS, RECORDS), "every row has landed after the replays (%s)" % counts)


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            server_of.append(server)
            make(server, home / "data")
            ways = {name: load(name) for name in LOADS}
            ways["into_rows"] = (empty("clean") + ";INSERT INTO clean_target (id, _run_id, _loaded_at) VALUES (-1, 0, now())",
                                 lambda: timed("CALL elt.run('clean')"))
            ways["replay_check"] = replay("whole_check")
            ways["replay_domain"] = replay("whole_domain")
            times = interleaved(server, ways, ROUNDS)
            passed = landed(server)
            for what, goal in (("tenth", 0.6), ("whole", 0.25), ("replay", 0.5)):
                for how in ("domain", "check"):
                    passed &= faster(times, "%s of rows refused by a %s" % (what, how), what + "_" + how, "clean", goal)
            for how in ("domain", "check"):
                passed &= faster(times, "the same replay against a load into a table with rows (%s)" % how, "replay_" + how, "into_rows", 0.5)
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
