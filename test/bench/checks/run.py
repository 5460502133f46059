"""Ten fused checks against ten SQL statements over the same staged rows.

The cost of the fused ones is what a pull with them and their verdicts take longer than the pull
without, turn by turn. Of the rows 0.9 % break a check; of the checks two are patterns, one is a
set and one is uniqueness.
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
from measure import line, milliseconds_of, plan, ratio  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "7")))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
REPEATED = """
    SELECT s.ctid FROM elt_staging.plain AS s
    JOIN (SELECT order_id FROM elt_staging.plain GROUP BY order_id HAVING count(*) > 1) AS r USING (order_id)"""


def make(server, directory):
    server.sql("COPY (SELECT row_to_json(r) FROM (%s) AS r) TO '%s/records.jsonl'" % (
        ROWS % RECORDS, directory))
    server.sql("""
        CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');
        CREATE FOREIGN TABLE records (%s) SERVER files OPTIONS (glob 'records.jsonl', settle '0', on_change 'merge', format 'jsonl');
        CREATE UNLOGGED TABLE rejects (check_name text, tid tid)""" % (directory, COLUMNS))
    for name in ("plain", "checked"):
        server.sql("""
            SELECT elt.create_pipeline('%s', 'records', '%s_target', '{order_id}',
                options => '{"batch_rows": 1000000000, "batch_bytes": 100000000000}')""" % (name, name))
    for name, condition in CHECKS.items():
        server.sql("SELECT elt.add_check('checked', '%s', $check$%s$check$)" % (name, condition))
    server.sql("SELECT elt.add_check('checked', 'one_order', 'UNIQUE (order_id)')")


def statements():
    one_each = ["INSERT INTO rejects SELECT '%s', ctid FROM elt_staging.plain WHERE NOT (%s)" % check
                for check in CHECKS.items()]
    return ";".join(one_each + ["INSERT INTO rejects SELECT 'one_order', r.ctid FROM (%s) AS r" % REPEATED])


def measure(server):
    """Milliseconds by what was done, in turns after one that warms up."""
    done = {"pull": [], "pull_checked": [], "verdicts": [], "statements": []}
    for turn in range(ROUNDS + 1):
        times = {}
        for name, statement in (("pull", "CALL elt.pull('plain')"),
                                ("pull_checked", "CALL elt.pull('checked')"),
                                ("verdicts", "SELECT sum(rows_failed) FROM elt.validate('checked')"),
                                ("statements", statements())):
            server.sql("TRUNCATE rejects")
            server.sql("CHECKPOINT")
            times[name] = milliseconds_of(server, statement, "SET max_parallel_workers_per_gather = 0")
        if turn > 0:
            for name, milliseconds in times.items():
                done[name].append(milliseconds)
    return done


def same_verdicts(server):
    """The statements name both rows of a pair, the check the second."""
    ours = server.sql("SELECT string_agg(check_name || ' ' || rows_failed, ', ' ORDER BY check_name) "
                      "FROM elt.validate('checked')")
    theirs = server.sql("""
        SELECT string_agg(name || ' ' || coalesce(n, 0), ', ' ORDER BY name) FROM elt.checks LEFT JOIN (
            SELECT check_name, count(*) / CASE check_name WHEN 'one_order' THEN 2 ELSE 1 END AS n
            FROM rejects GROUP BY check_name) AS r ON r.check_name = name""")
    native = server.sql("SELECT count(*) FROM elt.checks WHERE native")
    line(ours == theirs, "the same rows break each check: " + ours)
    return line(native == "10", native + " checks are native")


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            make(server, home / "data")
            done = measure(server)
            medians = {name: statistics.median(values) for name, values in done.items()}
            medians["fused"] = statistics.median(
                checked + verdicts - plain for plain, checked, verdicts
                in zip(done["pull"], done["pull_checked"], done["verdicts"]))
            passed = same_verdicts(server)
            passed &= ratio(medians, "ten fused checks against ten SQL statements", "fused", "statements", 0.1)
            passed &= ratio(medians, "a load with ten checks against one without", "pull_checked", "pull", 1.12)
            line(True, "verdicts: %.0f ms" % medians["verdicts"])
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
