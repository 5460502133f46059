"""Scopes that are replaced, against DELETE of the same scopes and INSERT of the same rows.

The target has orders of ten lines, or files of a tenth of it; a batch has a tenth of its scopes, of
which one row in a hundred differs, or none: half of those are changed, a quarter is missing, a
quarter is new. Turn by turn in one session, each rolled back and vacuumed away. Ours is elt.merge
whole. The statements by hand read an analysed copy of the batch.
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
from merging import Batches, outcome, rolled_back, wal_on  # noqa: E402

ROUNDS = max(3, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
ROWS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
BATCH = ROWS // 10
COLUMNS = "order_id, line, sku, price, file"
LINES = "order_id int, line int, sku text, price numeric, file text OPTIONS (lineage 'file')"
CONTENT = "SELECT count(*), sum(price), sum(hashtext(order_id || ' ' || line || sku)::bigint) FROM %s"

# Name, arguments, option replace_by, and the condition by which a row's scope is that of a row of the batch
WAYS = (
    ("orders with a key", "by_key", "'{order_id,line}'", '["order_id"]', "order_id"),
    ("orders without a key", "by_row", "'{}'", '["order_id"]', "order_id"),
    ("a file with a key", "file_key", "'{file,order_id,line}'", '["file"]', "file"),
    ("a file without a key", "file_row", "'{}'", '["file"]', "file"),
)


def rows(first, last, differ="false"):
    """Lines of orders: of a hundred that differ fifty have another price, 25 another number, 25 are gone."""
    return """
        SELECT n / 10 AS order_id, n %% 10 + CASE WHEN %(d)s AND n / 100 %% 4 = 1 THEN 20 ELSE 0 END AS line,
            'sku ' || n %% 1000 AS sku, (n %% 977 + CASE WHEN %(d)s THEN 0.5 ELSE 0 END)::numeric AS price
        FROM generate_series(%(first)d, %(last)d) AS n WHERE NOT (%(d)s AND n / 100 %% 4 = 3)""" % {
            "d": differ, "first": first, "last": last}


def declare(batches, name, key, replace_by):
    batches.pipeline(name, LINES, "%s, 'replace'" % key, '{"replace_by": %s}' % replace_by)
    batches.server.sql("""
        INSERT INTO %(name)s (%(columns)s) SELECT order_id, line, sku, price,
            CASE WHEN order_id < %(batch)d / 10 THEN '%(name)s.csv' ELSE 'file ' || order_id * 100 / %(batch)d END FROM (%(rows)s) AS r;
        CREATE UNLOGGED TABLE delta_%(name)s (LIKE %(name)s);
        VACUUM ANALYZE %(name)s""" % {"name": name, "columns": COLUMNS, "batch": BATCH, "rows": rows(0, ROWS - 1)})


def stage(batches, name, query):
    batches.stage(name, query)
    batches.server.sql("""
        TRUNCATE delta_%(n)s;
        INSERT INTO delta_%(n)s (%(c)s, _run_id, _loaded_at) SELECT %(c)s, _run_id, _loaded_at FROM elt_staging.%(n)s;
        VACUUM ANALYZE delta_%(n)s""" % {"n": name, "c": COLUMNS})


def by_hand(name, scope):
    return """
        DELETE FROM %(n)s AS t USING (SELECT DISTINCT %(s)s FROM delta_%(n)s) AS s WHERE t.%(s)s = s.%(s)s;
        INSERT INTO %(n)s (%(c)s, _run_id, _loaded_at) SELECT %(c)s, _run_id, _loaded_at FROM delta_%(n)s""" % {
            "n": name, "s": scope, "c": COLUMNS}


def compared(batches, session, name, scope):
    ours, hand = "SELECT * FROM elt.merge('%s')" % name, by_hand(name, scope)
    if outcome(session, ours, CONTENT % name) != outcome(session, hand, CONTENT % name):
        line(False, "%s: the outcome is not that of DELETE and INSERT" % name)
    return interleaved(batches.server, {
        way: ("VACUUM %s" % name, rolled_back(session, statement))
        for way, statement in (("ours", ours), ("by_hand", hand))}, ROUNDS, checkpoints=False)


def measure(batches, what, name, scope):
    server, session = batches.server, batches.server.session()
    stage(batches, name, rows(0, BATCH - 1, "n % 100 = 0"))
    passed = ratio(compared(batches, session, name, scope),
                   "%s, 1 %% changed, against DELETE and INSERT" % what, "ours", "by_hand", 0.5)
    stage(batches, name, rows(0, BATCH - 1))
    passed &= ratio(compared(batches, session, name, scope),
                    "%s, unchanged, against DELETE and INSERT" % what, "ours", "by_hand", 0.5)
    server.sql("VACUUM %s" % name)
    server.sql("CHECKPOINT")
    start = server.sql("SELECT pg_current_wal_insert_lsn()")
    rolled_back(session, "SELECT * FROM elt.merge('%s')" % name)()
    written = wal_on(server, start, server.sql("SELECT pg_switch_wal()"), name)
    passed &= line(written == 0, "%s, unchanged: %d bytes of WAL on the target, goal 0" % (what, written))
    session.close()
    return passed


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            batches, passed = Batches(server, home / "data"), True
            for what, name, key, replace_by, scope in WAYS:
                declare(batches, name, key, replace_by)
                passed &= measure(batches, what, name, scope)
                server.sql("SELECT elt.drop_pipeline('%s'); DROP TABLE %s, delta_%s" % (name, name, name))
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
