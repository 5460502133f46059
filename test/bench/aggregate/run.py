"""Aggregates of a large fact, kept while batches of 10,000 rows land: nine of ten are new rows of the newest day, the others correct rows
of the last ten days. What is kept costs what a landing takes longer than one into the same fact without an aggregate, in turn with it and
in processor time of the session, and is compared with that landing and with a full refresh."""
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import line, plan  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "7")))
ROWS = int(os.environ.get("ELT_BENCH_RECORDS", "10000000"))
REFRESH_GOAL, SUMS_GOAL, ALL_GOAL = 0.05, 0.3, 1.0

SETUP = """
CREATE SCHEMA %(schema)s;
SET search_path = %(schema)s;
CREATE TABLE customer (id int PRIMARY KEY, segment text);
INSERT INTO customer SELECT n, 's' || n %% 5 FROM generate_series(1, 20000) n;
CREATE TABLE batch (id bigint PRIMARY KEY, cust int, at timestamptz, amount numeric(10,2), visitor int);
SELECT elt.create_pipeline('%(schema)s_sales', source => '%(schema)s.batch', target => '%(schema)s.sale', key => '{id}', options => '{"load": "full"}');
INSERT INTO sale (id, cust, at, amount, visitor) SELECT %(row)s FROM generate_series(1, %(rows)d::bigint) n;
CREATE INDEX ON sale (at);
SELECT elt.create_dimension('%(schema)s.dim_customer', '%(schema)s.customer', '{id}');
SELECT elt.create_date_dimension('%(schema)s.dim_date', '2024-01-01', '2027-12-31');
SELECT elt.create_fact('%(schema)s.fact_sale', '%(schema)s.sale', '{id}', '{"dim_customer": "cust"}', '{"dim_date": "at"}', '{amount}', degenerate => '{visitor}');
VACUUM ANALYZE;
CHECKPOINT;
"""
SUMS = '{"n": "count(*)", "total": "sum(amount)", "mean": "avg(amount)"}'
ALL = ('{"n": "count(*)", "total": "sum(amount)", "mean": "avg(amount)", "least": "min(amount)", "most": "max(amount)",'
       ' "visitors": "approx_count_distinct(visitor)", "p50": "approx_percentile(amount, 0.5)",'
       ' "p90": "approx_percentile(amount, 0.9)", "p99": "approx_percentile(amount, 0.99)"}')


def row(seed):
    """The columns of row n; seed makes another version of it."""
    return ("n, (n * 7919 + %d) %% 20000 + 1, timestamptz '2024-01-01' + least(n, %d) * 1000 / %d * interval '1 day',"
            " (n * 31 + %d) %% 99991 / 100.0, (n * 104729 + %d) %% 300000" % (seed, ROWS, ROWS, seed * 17, seed))


class Batches:
    """Batches that land one after the other, in the fact of a schema."""

    def __init__(self, server, schema):
        self.server, self.schema, self.session, self.turn = server, schema, server.session(), 0
        server.sql(SETUP % {"rows": ROWS, "row": row(0), "schema": schema})
        self.session.ask("SET client_min_messages = error")

    def land(self):
        """Processor milliseconds of one."""
        self.turn += 1
        first = ROWS + self.turn * 9000
        self.server.sql("""
            SET search_path = %s;
            TRUNCATE batch;
            INSERT INTO batch SELECT %s FROM generate_series(%d::bigint, %d) n;
            INSERT INTO batch SELECT %s FROM (SELECT %d - m * %d AS n FROM generate_series(1, 1000::bigint) m) x;
            ANALYZE batch;
            CHECKPOINT""" % (self.schema, row(0), first, first + 8999, row(self.turn), ROWS, max(1, ROWS // 100000)))
        began = self.session.cpu()
        self.session.ask("CALL elt.run('%s_sales')" % self.schema)
        return 1000 * (self.session.cpu() - began)


def medians(alone, kept):
    """Of both, in turn; the first round warms up."""
    times = [(alone.land(), kept.land()) for _ in range(ROUNDS + 1)][1:]
    return statistics.median(first for first, _ in times), statistics.median(second for _, second in times)


def created(server, measures):
    """Processor milliseconds of computing it from all rows."""
    session = server.session()
    session.ask("SET max_parallel_workers_per_gather = 0")
    began = session.cpu()
    session.ask("SELECT elt.create_aggregate('big.kept', 'big.fact_sale', '{segment,month_label}', '%s')" % measures)
    spent = 1000 * (session.cpu() - began)
    session.close()
    return spent


def kept(what, server, facts, measures, goal):
    whole = created(server, measures)
    alone, both = medians(*facts)
    more = max(both - alone, 0)
    server.sql("SELECT elt.drop_aggregate('big.kept')")
    passed = line(more <= goal * alone, "%s kept for 10,000 of %d rows against landing them: %.2f, goal <= %g (%.0f ms, %.0f ms)"
                  % (what, ROWS, more / alone, goal, more, alone))
    return line(more <= REFRESH_GOAL * whole, "%s kept against a full refresh: %.3f, goal <= %g (%.0f ms, %.0f ms)"
                % (what, more / whole, REFRESH_GOAL, more, whole)) and passed


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            facts = Batches(server, "alone"), Batches(server, "big")
            passed = kept("count, sum and mean", server, facts, SUMS, SUMS_GOAL)
            passed = kept("with min, max, distinct and percentiles", server, facts, ALL, ALL_GOAL) and passed
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
