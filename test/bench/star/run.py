"""A star schema: a year of the energy example by day against a star by hand; a century of days with holidays; versions as of an event against a bare hash join; the thirteen queries of
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

NAMES = os.environ.get("ELT_BENCH_PARTS", "days as_of year ssb").split()
ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
SCALE = os.environ.get("ELT_BENCH_SF", "1")
DAYS_GOAL, AS_OF_GOAL, STORED_GOAL, VIEWS_GOAL, YEAR_GOAL = 300, 1.2, 1.05, 1.5, 1.3

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
# A year of one country by quarters of an hour and of another by hours; schema "hand" has the star as tables with indexes.
YEAR = """
CREATE SCHEMA energy;
CREATE VIEW energy.power_values AS SELECT country, production_type, ts, ((date_part('epoch', ts)::bigint / 900 * n) % 9973 / 10.0)::float8 AS power_mw
FROM (VALUES ('de', interval '15 minutes'), ('fr', interval '1 hour')) c (country, step),
    (VALUES (1, 'Solar'), (2, 'Biomass'), (3, 'Nuclear'), (4, 'Fossil gas'), (5, 'Fossil oil'), (6, 'Waste'), (7, 'Geothermal'), (8, 'Others'),
        (9, 'Wind onshore'), (10, 'Wind offshore'), (11, 'Fossil hard coal'), (12, 'Hydro pumped storage'), (13, 'Hydro Run-of-River'),
        (14, 'Hydro water reservoir'), (15, 'Hydro pumped storage consumption'), (16, 'Load')) s (n, production_type),
    generate_series(timestamptz '2023-12-31 23:00+00', timestamptz '2024-12-31 22:45+00', step) ts;
CREATE VIEW energy.price_values AS SELECT NULL::text AS bidding_zone, now() AS ts, NULL::numeric AS price, NULL::text AS unit, NULL::text AS license LIMIT 0;
CREATE TABLE energy.installed_power_yearly (country text, production_type text, period date, power_gw numeric);
CREATE TABLE energy.installed_power_monthly (LIKE energy.installed_power_yearly);
SELECT elt.create_pipeline('public_power', 'energy.power_values', 'energy.public_power', '{country,production_type,ts}',
    partition_by => 'ts', partition_interval => '1 month');
SELECT elt.create_pipeline('price', 'energy.price_values', 'energy.price', '{bidding_zone,ts}', partition_by => 'ts', partition_interval => '1 month');
CALL elt.run('public_power');
CALL elt.run('price');
"""
YEAR_BY_HAND = """
CALL elt.run('generation');
CREATE SCHEMA hand;
CREATE TABLE hand.fact_generation AS SELECT * FROM mart.fact_generation ORDER BY ts;
CREATE TABLE hand.dim_date AS SELECT * FROM mart.dim_date_days;
CREATE TABLE hand.dim_country AS SELECT * FROM mart.dim_country;
CREATE TABLE hand.dim_production_type AS SELECT * FROM mart.dim_production_type;
ALTER TABLE hand.dim_date ADD PRIMARY KEY (date_key);
ALTER TABLE hand.dim_country ADD PRIMARY KEY (country_key);
ALTER TABLE hand.dim_production_type ADD PRIMARY KEY (production_type_key);
CREATE INDEX ON hand.fact_generation (date_key);
CREATE INDEX ON hand.fact_generation (country_key);
CREATE INDEX ON hand.fact_generation (production_type_key);
VACUUM ANALYZE;
"""
BY_DAY = ("SELECT count(*), sum(mwh) FROM (SELECT d.date, t.production_type, sum(g.energy_mwh) AS mwh FROM %(schema)s.fact_generation g"
          " JOIN %(schema)s.dim_date d USING (date_key) JOIN %(schema)s.dim_country c USING (country_key)"
          " JOIN %(schema)s.dim_production_type t USING (production_type_key)"
          " WHERE c.country = 'de' AND d.year = 2024 AND t.category = 'generation' GROUP BY 1, 2) y")
TREND = "SELECT count(*), sum(net_energy_mwh) FROM %(schema)s.daily_production_trend WHERE country = 'de' AND day BETWEEN '2024-01-01' AND '2024-12-31'"
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


def year(server):
    example = ROOT / "docs/examples/energy"
    server.sql(YEAR)
    server.sql("\\i %s" % (example / "04_star.sql"))
    server.sql(YEAR_BY_HAND)
    analyses = (example / "05_analyses.sql").read_text()
    trend = analyses[analyses.index("CREATE OR REPLACE VIEW mart.daily_production_trend"):]
    trend = trend[:trend.index(";") + 1]
    server.sql(trend + trend.replace("mart.", "hand."))
    session = quiet_session(server)
    passed = []
    for what, query in (("by its star", BY_DAY), ("by the view of its analyses", TREND)):
        mart, hand = (session.ask(query % {"schema": schema}) for schema in ("mart", "hand"))
        assert mart == hand and not mart.startswith("0|"), (mart, hand)
        times = medians(session, {schema: query % {"schema": schema} for schema in ("mart", "hand")})
        passed.append(ratio(times, "a year of energy by day, %s, against a materialised star" % what, "mart", "hand", YEAR_GOAL))
    session.close()
    return all(passed)


def days(server):
    plain, holidays = century(server, None), century(server, "DE-BY")
    return line(holidays <= DAYS_GOAL, "100 years of days with holidays: %.0f ms, goal %d; without holidays %.0f ms"
                % (holidays, DAYS_GOAL, plain))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            passed = [part(server) for part in (days, as_of, year, ssb) if part.__name__ in NAMES]
            plan()
        return 0 if all(passed) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
