#!/usr/bin/env python3
"""The whole example over months of generated answers: pipelines pull them from the replay server, and
the oracle reads the same answers for itself.

The spans hold what the captures lack: enough history to judge half hours, both days on which the
clock changes, the switch of prices and of one country's power from hours to quarter hours, hourly
countries, nulls inside a day, and the live edge.
"""
import datetime
import os
import sys

sys.dont_write_bytecode = True

import database
import feed
import oracle
import verify
from pipelines import Pipelines
from tap import Tap, exact

NOW = "2026-01-03T10:42:00Z"
SPANS = (("2025-03-28", "2025-04-01"), ("2025-09-24", "2025-11-04"), ("2025-12-30", "2026-01-03"))
COUNTRIES = ("de", "fr", "it", "pt")
BIDDING_ZONES = ("DE-LU", "FR", "CH", "PT")
JUDGED = ("de", "it")
REVISED_DAY = "2025-10-26"
RENEWABLE = {"Hydro Run-of-River", "Hydro water reservoir", "Biomass", "Geothermal", "Wind offshore",
             "Wind onshore", "Solar"}
STAR_SECONDS = 20    # a bad plan takes minutes, a good one less than a second


def fetch(base, first, last):
    """{pipeline: answers} of one span."""
    return {"public_power": [answer for country in COUNTRIES
                             for answer in feed.fetch_power(base, country, first, last)],
            "price": [answer for zone in BIDDING_ZONES
                      for answer in feed.fetch_price(base, zone, first, last)]}


def fetch_installed(base):
    return {"installed_power_yearly": [feed.fetch_installed(base, c, "yearly") for c in COUNTRIES],
            "installed_power_monthly": [feed.fetch_installed(base, "de", "monthly")]}


def points(answers):
    return [value for answer in answers for _, _, value in answer.points()]


def load(tap, pipelines, base):
    """Runs every pipeline and returns the answers that it should have landed."""
    everything = []
    for first, last in SPANS:
        for name, answers in fetch(base, first, last).items():
            run = pipelines.run(name, first, last)
            rows = len(points(answers))
            wanted = {"state": "succeeded", "rows_read": rows, "rows_inserted": rows, "rows_updated": 0,
                      "rows_unchanged": 0, "rows_quarantined": 0, "rows_dropped": 0,
                      "slices_landed": len(answers), "slices_not_yet": 0, "slices_failed": 0}
            tap.equal(run, wanted, "%s from %s: as many rows as timestamps x series" % (name, first))
            everything += answers
    for name, answers in fetch_installed(base).items():
        run = pipelines.run(name)
        rows, nulls = len(points(answers)), points(answers).count(None)
        tap.equal([run[c] for c in ("state", "rows_read", "rows_inserted", "rows_dropped")],
                  ["succeeded", rows, rows - nulls, nulls], "%s: all but the nulls" % name)
        everything += answers
    return everything


def star_join(tap, db, answers):
    """Renewable energy by ISO week through the dimensions: the same sums, and no plan that compares
    every fact with every day, with statistics or without."""
    weeks = {}
    for (country, name, day), row in oracle.daily_production_trend(answers).items():
        if country == "de" and name in RENEWABLE and row["net_energy_mwh"] is not None:
            year, week, _ = datetime.date.fromisoformat(day).isocalendar()
            group = weeks.setdefault((str(year), str(week), name), {"mwh": 0})
            group["mwh"] += row["net_energy_mwh"]
    for state in ("as loaded", "analyzed"):
        got = db.table("""SELECT d.iso_year, d.iso_week, t.production_type, sum(g.energy_mwh) AS mwh
            FROM mart.fact_generation g
            JOIN mart.dim_date d USING (date_key)
            JOIN mart.dim_time m USING (time_key)
            JOIN mart.dim_country c USING (country_key)
            JOIN mart.dim_production_type t USING (production_type_key)
            WHERE c.country = 'de' AND t.category = 'generation' AND t.is_renewable
            GROUP BY 1, 2, 3""", ("iso_year", "iso_week", "production_type"), seconds=STAR_SECONDS)
        tap.same_table(got, weeks, {"mwh": exact}, "energy by ISO week through the star, " + state)
        db.sql("ANALYZE energy.generation")


def run_again(tap, db, pipelines):
    """The same span once more: nothing is written."""
    before = db.value("SELECT max(xmin::text::bigint), max(_run_id) FROM energy.public_power")
    for name in ("public_power", "price"):
        run = pipelines.run(name, *SPANS[-1])
        tap.equal((run["state"], run["rows_inserted"], run["rows_updated"], run["rows_unchanged"]),
                  ("succeeded", 0, 0, run["rows_read"]), "%s again: no row is new or changed" % name)
    tap.equal(db.value("SELECT max(xmin::text::bigint), max(_run_id) FROM energy.public_power"), before,
              "and no row was written")


def revise(tap, db, pipelines, base, answers):
    """Corrected values of one day change exactly the rows whose value changed."""
    pipelines.control("set", revision=1, country="de", day=REVISED_DAY)
    old = oracle.collect(answers, "public_power")
    revised = list(feed.fetch_power(base, "de", REVISED_DAY, REVISED_DAY))
    changed = sum(old[country, name].values[second] != value
                  for (country, name), series in oracle.collect(revised, "public_power").items()
                  for second, value in series.values.items())
    run = pipelines.run("public_power", REVISED_DAY, REVISED_DAY)
    tap.equal((run["state"], run["rows_inserted"], run["rows_updated"]), ("succeeded", 0, changed),
              "a revision changes the %d revised rows and no other" % changed)
    tap.ok(changed > 0, "some rows were revised")
    db.transform()
    verify.verify_rows(tap, db, answers + revised)
    verify.verify_trend(tap, db, answers + revised)


def main(tap):
    base = os.environ.get("ELT_REPLAY")
    if not base:
        tap.skip("generated answers", "no replay server; ELT_REPLAY names one")
        return
    db = database.Database("example_analyses")
    pipelines = Pipelines(db, base, COUNTRIES, BIDDING_ZONES, SPANS[0][0])
    pipelines.control("reset")
    pipelines.control("set", now=NOW)
    answers = load(tap, pipelines, base)
    for script in ("04_star.sql", "05_analyses.sql"):
        db.script(script)
    db.transform()
    verify.verify(tap, db, answers, JUDGED)
    star_join(tap, db, answers)
    run_again(tap, db, pipelines)
    revise(tap, db, pipelines, base, answers)
    db.round_trip(tap)


if __name__ == "__main__":
    sys.exit(Tap().run(main))
