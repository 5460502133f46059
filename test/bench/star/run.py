"""A star schema: a century of days with holidays; versions as of an event against a bare hash join; the thirteen queries of
the Star Schema Benchmark over stored keys and over views against a star built by hand. The data and queries of the latter are
those of sql/star_ssb.sql, at scale factor ELT_BENCH_SF (1)."""
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
from measure import CPU_CLOCK, line, milliseconds_of, plan, ratio  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
SCALE = os.environ.get("ELT_BENCH_SF", "1")
DAYS_GOAL, AS_OF_GOAL, STORED_GOAL, VIEWS_GOAL = 300, 1.2, 1.05, 1.5

AS_OF = """
CREATE SCHEMA history;
CREATE TABLE history.customer (id int, segment text, valid_from timestamptz, valid_to timestamptz, PRIMARY KEY (id, valid_from));
INSERT INTO history.customer SELECT id, 's' || (id + n) % 10, timestamptz '2024-01-01' + n * interval '100 days',
    CASE WHEN n < 2 THEN timestamptz '2024-01-01' + (n + 1) * interval '100 days' END
FROM generate_series(1, 110000) id, generate_series(0, 2) n;
CREATE TABLE history.sale (id int PRIMARY KEY, cust int, at timestamptz, amount int);
INSERT INTO history.sale SELECT n, (n * 7919::bigint) % 110000 + 1, timestamptz '2024-01-01' + (n % 300) * interval '1 day', n % 100
FROM generate_series(1, 500000) n;
SELECT elt.create_dimension('history.dim_customer', 'history.customer', '{id}', type => 2);
SELECT elt.create_fact('history.fact_sale', 'history.sale', '{id}', '{"dim_customer": "cust"}', as_of => 'at', measures => '{amount}');
VACUUM ANALYZE history.sale, history.dim_customer_members;
"""
BARE = ("SELECT count(*), sum(d.customer_key) FROM history.sale f JOIN history.dim_customer_members d"
        " ON d.id = f.cust AND f.at >= d.valid_from AND f.at < d.valid_to")
RESOLVED = "SELECT count(*), sum(customer_key) FROM history.fact_sale"

BY_HAND = """
SET search_path = ssb;
CREATE TABLE hand_date AS SELECT * FROM dim_date_days;
CREATE TABLE hand_customer AS SELECT customer_key, custkey, name, city, nation, region FROM dim_customer;
CREATE TABLE hand_supplier AS SELECT supplier_key, suppkey, name, city, nation, region FROM dim_supplier;
CREATE TABLE hand_part AS SELECT part_key, partkey, mfgr, category, brand FROM dim_part;
CREATE TABLE hand_lineorder AS SELECT customer_key, supplier_key, part_key, date_key, orderkey, quantity, extendedprice, revenue,
    supplycost, discount FROM fact_stored;
ALTER TABLE hand_date ADD PRIMARY KEY (date_key);
ALTER TABLE hand_customer ADD PRIMARY KEY (customer_key);
ALTER TABLE hand_supplier ADD PRIMARY KEY (supplier_key);
ALTER TABLE hand_part ADD PRIMARY KEY (part_key);
ALTER TABLE hand_lineorder ADD PRIMARY KEY (orderkey);
CREATE INDEX ON hand_lineorder (customer_key);
CREATE INDEX ON hand_lineorder (supplier_key);
CREATE INDEX ON hand_lineorder (part_key);
CREATE INDEX ON hand_lineorder (date_key);
CREATE INDEX ON lineorder (custkey);
CREATE INDEX ON lineorder (suppkey);
CREATE INDEX ON lineorder (partkey);
CREATE INDEX ON lineorder (orderdate);
VACUUM ANALYZE;
"""
SETTINGS = ("SET max_parallel_workers_per_gather = 0", "SET work_mem = '64MB'")


def century(server, calendar):
    times = []
    for n in range(ROUNDS):
        times.append(milliseconds_of(server, "SELECT elt.create_date_dimension('dates_%s_%d', '1970-01-01', '2069-12-31', calendar => %s)"
                                     % (calendar or "none", n, "'%s'" % calendar if calendar else "NULL")))
    return statistics.median(times)


def timed(session, statement):
    """Milliseconds of one statement in a session that stays."""
    ran, began = session.cpu(), time.perf_counter()
    session.ask(statement)
    elapsed = time.perf_counter() - began
    return 1000 * (session.cpu() - ran if CPU_CLOCK else elapsed)


def medians(session, ways):
    """Median milliseconds by name, in turn, after a round that warms up."""
    times = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, statement in ways.items():
            took = timed(session, statement)
            if turn > 0:
                times[name].append(took)
    return {name: statistics.median(values) for name, values in times.items()}


def quiet_session(server):
    session = server.session()
    for setting in SETTINGS:
        session.ask(setting)
    return session


def as_of(server):
    server.sql(AS_OF)
    session = quiet_session(server)
    times = medians(session, {"fact": RESOLVED, "bare": BARE})
    session.close()
    return ratio(times, "500k facts as of 330k versions against a bare hash join", "fact", "bare", AS_OF_GOAL)


def ssb_data():
    script = (ROOT / "sql/star_ssb.sql").read_text()
    return "\\set sf %s\n\\set skew 1\n%s" % (SCALE, script[:script.index("-- End of what the benchmark takes.")])


def ssb(server):
    server.sql(ssb_data())
    server.sql(BY_HAND)
    session = quiet_session(server)
    session.ask("SET search_path = ssb")
    totals = {"stored": 0, "views": 0, "hand": 0}
    for name in session.ask("SELECT name FROM query ORDER BY name").split("\n"):
        over = "SELECT over(q, '%s', '%s') FROM query q WHERE name = '" + name + "'"
        times = medians(session, {
            "hand": session.ask(over % ("hand_", "hand_lineorder")),
            "stored": session.ask(over % ("dim_", "fact_stored")),
            "views": session.ask(over % ("dim_", "fact_seen"))})
        print("# %s by hand %.0f ms, stored %.2f, views %.2f" % (
            name, times["hand"], times["stored"] / times["hand"], times["views"] / times["hand"]))
        for way in totals:
            totals[way] += times[way]
    session.close()
    passed = ratio(totals, "SSB at %s over stored keys against a star by hand" % SCALE, "stored", "hand", STORED_GOAL)
    return ratio(totals, "SSB at %s over views against a star by hand" % SCALE, "views", "hand", VIEWS_GOAL) and passed


def days(server):
    plain, holidays = century(server, None), century(server, "DE-BY")
    return line(holidays <= DAYS_GOAL, "100 years of days with holidays: %.0f ms, goal %d; without holidays %.0f ms"
                % (holidays, DAYS_GOAL, plain))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            passed = [part(server) for part in (days, as_of, ssb)]
            plan()
        return 0 if all(passed) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
