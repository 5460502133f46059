#!/usr/bin/env python3
"""Rare cases of the star schema, from answers written by hand."""
import datetime
import json
import sys

sys.dont_write_bytecode = True

import database
import feed
import verify
from tap import Tap

QUARTER, HOUR = 900, 3600


def second(text):
    return int(datetime.datetime.fromisoformat(text).timestamp())


def grid(first, last, step):
    """Unix seconds from first to last, both included."""
    return list(range(second(first), second(last) + 1, step))


def power(country, seconds, **series):
    """Each series is a list of values, or one value for every second."""
    return feed.Answer("public_power", country, json.dumps({
        "unix_seconds": seconds,
        "production_types": [
            {"name": name.replace("_", " "), "data": data if isinstance(data, list) else [data] * len(seconds)}
            for name, data in series.items()]}))


def price(zone, seconds, unit="EUR / MWh"):
    return feed.Answer("price", zone, json.dumps({
        "unix_seconds": seconds, "price": [10 + i * 1.25 for i in range(len(seconds))],
        "unit": unit, "license_info": "none"}))


def answers():
    # Quarter hours, and hours from a local midnight on.
    yield power("de", grid("2025-01-01T00:00+01:00", "2025-01-01T23:45+01:00", QUARTER),
                Wind_onshore=4000.4, Solar=100)
    yield power("de", grid("2025-01-02T00:00+01:00", "2025-01-02T22:00+01:00", HOUR),
                Wind_onshore=3000.1, Solar=100)
    # The newest point is the first of its day.
    yield power("fr", grid("2025-01-01T00:00+01:00", "2025-01-02T00:00+01:00", QUARTER),
                Wind_onshore=20, Wind_offshore=5)
    # Three quarter hours are missing after a full hour, in the middle of a day.
    yield power("at", grid("2025-01-01T08:00+01:00", "2025-01-01T10:00+01:00", QUARTER)
                + grid("2025-01-01T11:00+01:00", "2025-01-01T12:00+01:00", QUARTER), Biomass=240.5)
    # One point alone; nulls that leave half a half hour, in quarter hours and in hours.
    yield power("it", [second("2025-01-01T05:00+01:00")], Biomass=700)
    yield power("it", grid("2025-01-03T00:00+01:00", "2025-01-03T02:00+01:00", QUARTER),
                Geothermal=[1, None, 3, 4, None, None, 7, 8, 9])
    yield power("it", grid("2025-01-05T00:00+01:00", "2025-01-05T03:00+01:00", HOUR),
                Geothermal=[1, None, 3, 4])
    # Midnight of Berlin is not midnight in Lisbon, where a local day has both steps.
    yield price("PT", grid("2025-09-30T00:00+01:00", "2025-09-30T22:00+01:00", HOUR))
    yield price("PT", grid("2025-09-30T23:00+01:00", "2025-10-01T22:45+01:00", QUARTER))
    yield price("DE-LU", grid("2025-01-01T00:00+01:00", "2025-01-01T23:00+01:00", HOUR), "No Unit")
    yield price("DE-LU", grid("2025-01-02T00:00+01:00", "2025-01-02T23:00+01:00", HOUR), "EUR/MWh")


def strangers(tap, db):
    """Names that no dimension lists, and a unit that is not EUR."""
    before = db.value("SELECT count(*) FROM mart.daily_production_trend")
    db.sql("""
        INSERT INTO energy.public_power_text
        SELECT country, name, date_part('epoch', timestamptz '2025-01-01 12:00+00'), power
        FROM (VALUES ('de', 'Fusion', 7), ('zz', 'Solar', 8)) v (country, name, power);
        INSERT INTO energy.price_text
        SELECT zone, date_part('epoch', timestamptz '2025-01-03 12:00+00'), price, unit, 'none'
        FROM (VALUES ('DE-LU', 80, 'GBP / MWh'), ('ZZ', 90, 'EUR / MWh')) v (zone, price, unit);""")
    database.land(db, "public_power", "price")
    db.transform()
    tap.equal(db.value("""SELECT country, production_type, c.is_inferred, t.is_inferred, value, power_mw, energy_mwh
        FROM mart.fact_generation JOIN mart.dim_country c USING (country_key, country)
        JOIN mart.dim_production_type t USING (production_type_key, production_type)
        WHERE production_type = 'Fusion' OR country = 'zz' ORDER BY 1"""),
              "de|Fusion|f|t|7||\nzz|Solar|t|f|8|8|8", "facts of unlisted names stay, with inferred members")
    tap.equal(db.value("SELECT dimension, name FROM mart.unlisted_names ORDER BY 1"),
              "dim_bidding_zone|ZZ\ndim_country|zz\ndim_production_type|Fusion", "unlisted_names tells them")
    tap.equal(db.value("SELECT count(*) - %s FROM mart.daily_production_trend" % before), "1",
              "an unlisted series is not taken for production, a listed one of an unlisted country is")
    tap.equal(db.value("""SELECT bidding_zone, z.is_inferred, price, price_eur_mwh FROM mart.fact_price
        JOIN mart.dim_bidding_zone z USING (bidding_zone_key, bidding_zone) WHERE ts = '2025-01-03 12:00+00' ORDER BY 1"""),
              "DE-LU|f|80|\nZZ|t|90|90", "a price in another unit stays, and is no price in EUR")
    tap.equal(db.value("SELECT count(*) FILTER (WHERE NOT agrees), count(*) > 0 FROM elt.verify_star()"), "0|t", "totals agree")


def calendar(tap, db):
    tap.equal(db.value("""SELECT date_key, iso_year, iso_week, iso_day_of_week, year, quarter, day_name, month_name
        FROM mart.dim_date WHERE date IN ('2024-12-30', '2027-01-03') ORDER BY 1"""),
              "20241230|2025|1|1|2024|4|Monday|December\n20270103|2026|53|7|2027|1|Sunday|January",
              "ISO weeks belong to ISO years")
    tap.equal(db.value("SELECT count(*) FROM mart.dim_time WHERE time_key >= 0"), "96", "dim_time has every quarter of an hour")


def pruning(tap, db):
    plan = db.value("EXPLAIN SELECT power_mw FROM mart.fact_generation WHERE ts >= '2025-01-02' AND ts < '2025-01-03'")
    tap.ok("_p202501" in plan and "_p202412" not in plan, "a span on ts reads its own partitions alone", plan)


def main(tap):
    db = database.Database("example_edges")
    written = list(answers())
    database.copy_answers(db, written)
    for script in ("04_star.sql", "05_analyses.sql"):
        db.script(script)
        db.script(script)
        tap.ok(True, "%s runs, and runs again" % script)
    db.transform()
    verify.verify_steps(tap, db, written)
    verify.verify_prices(tap, db, written)
    verify.verify_trend(tap, db, written)
    verify.verify_underperformance(tap, db, written, ("de", "fr", "at", "it"))
    pruning(tap, db)
    strangers(tap, db)
    calendar(tap, db)


if __name__ == "__main__":
    sys.exit(Tap().run(main))
