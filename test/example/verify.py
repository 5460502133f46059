"""What must hold between raw answers and the views, whatever loaded the tables."""
import collections
import os
import re

import oracle
from database import EXAMPLE
from tap import close, exact, identical, rounded


def flag(got, wanted):
    return wanted == "either" or got == {True: "t", False: "f", None: None}[wanted]


def number(got, wanted):
    return int(got) == wanted


def verify(tap, database, answers, countries):
    """countries: those whose half hours are computed, which takes longest."""
    verify_rows(tap, database, answers)
    verify_dimensions(tap, database)
    verify_steps(tap, database, answers)
    verify_prices(tap, database, answers)
    verify_trend(tap, database, answers)
    verify_underperformance(tap, database, answers, countries)
    verify_names(tap, answers)


def verify_rows(tap, database, answers):
    """Timestamps x series, value beside its own timestamp; not every timestamp with every value."""
    wanted = collections.Counter()
    points = {}
    for (country, name), series in oracle.collect(answers, "public_power").items():
        for second, value in series.values.items():
            wanted[country, oracle.local_date(country, second).isoformat()] += 1
            points[country, name, str(second)] = value
    got = {(r["country"], r["day"]): int(r["n"]) for r in database.rows(
        "SELECT country, local_ts::date AS day, count(*) AS n FROM mart.fact_generation GROUP BY 1, 2")}
    tap.equal(got, dict(wanted), "rows per country and local day are timestamps x series")
    tap.same_table(
        database.table("""SELECT country, production_type, date_part('epoch', ts)::bigint AS second, value
            FROM mart.fact_generation""", ("country", "production_type", "second")),
        {key: {"value": value} for key, value in points.items()}, {"value": exact},
        "each value stands beside its own timestamp")
    crossed = sum(len(a.document["unix_seconds"]) ** 2 * len(a.document["production_types"])
                  for a in answers if a.kind == "public_power")
    tap.ok(sum(got.values()) < crossed / 10, "and nothing like timestamps squared x series",
           "%d rows, crossed %d" % (sum(got.values()), crossed))

    prices = {}
    for (zone, _), series in oracle.collect(answers, "price").items():
        prices.update({(zone, str(second)): {"price": v} for second, v in series.values.items()})
    tap.same_table(
        database.table("SELECT bidding_zone, date_part('epoch', ts)::bigint AS second, price"
                       " FROM mart.fact_price", ("bidding_zone", "second")),
        prices, {"price": exact}, "each price stands beside its own timestamp")
    verify_installed(tap, database, answers)


def verify_installed(tap, database, answers):
    wanted = {}
    for answer in answers:
        if answer.kind in ("yearly", "monthly"):
            for name, time, value in answer.points():
                month, _, year = time.rpartition(".")
                if value is not None:
                    wanted[answer.area, name, answer.kind, "%s-%s-01" % (year, month or "01")] = {"value": value}
    tap.same_table(
        database.table("""SELECT country, production_type, period, value,
                CASE resolution WHEN 'year' THEN 'yearly' ELSE 'monthly' END AS kind
            FROM mart.fact_installed_power""", ("country", "production_type", "kind", "period")),
        wanted, {"value": exact}, "installed power, without its nulls")


def verify_dimensions(tap, database):
    for fact, dimension in (
            ("fact_generation", "country"), ("fact_generation", "production_type"),
            ("fact_generation", "date"), ("fact_generation", "time"),
            ("fact_price", "bidding_zone"), ("fact_price", "country"),
            ("fact_price", "date"), ("fact_price", "time"),
            ("fact_installed_power", "country"), ("fact_installed_power", "production_type"),
            ("fact_installed_power", "date")):
        tap.equal(database.value("""
            SELECT count(*) FROM mart.%s f LEFT JOIN mart.dim_%s d USING (%s_key)
            WHERE d.%s_key IS NULL""" % (fact, dimension, dimension, dimension)), "0",
                  "every %s has its member in dim_%s" % (fact, dimension))
    for dimension in ("date", "time", "country", "bidding_zone", "production_type"):
        tap.equal(database.value("SELECT count(*) - count(DISTINCT %s_key), count(*) FILTER (WHERE %s_key = -1)"
                                 " FROM mart.dim_%s" % (dimension, dimension, dimension)), "0|1",
                  "keys of dim_%s are unique and -1 is one of them" % dimension)
    tap.equal(database.value("SELECT * FROM mart.unlisted_names"), "", "every name in the data is listed")


def verify_steps(tap, database, answers):
    wanted = {}
    for (country, name), series in oracle.collect(answers, "public_power").items():
        for second, minutes in series.steps().items():
            wanted[country, name, str(second)] = {"minutes": minutes}
    tap.same_table(
        database.table("""SELECT country, production_type, date_part('epoch', ts)::bigint AS second,
            date_part('epoch', step)::int / 60 AS minutes FROM mart.fact_generation""",
                       ("country", "production_type", "second")),
        wanted, {"minutes": number}, "steps of power")
    wanted = {}
    for (zone, _), series in oracle.collect(answers, "price").items():
        wanted.update({(zone, str(s)): {"minutes": m} for s, m in series.steps().items()})
    tap.same_table(
        database.table("""SELECT bidding_zone, date_part('epoch', ts)::bigint AS second,
            date_part('epoch', step)::int / 60 AS minutes FROM mart.fact_price""", ("bidding_zone", "second")),
        wanted, {"minutes": number}, "steps of prices")


def verify_prices(tap, database, answers):
    tap.same_table(
        database.table("SELECT * FROM mart.daily_price_analysis", ("bidding_zone", "day")),
        oracle.daily_price_analysis(answers),
        {"day_hours": exact, "price_hours": exact, "price_avg": rounded, "price_min": exact,
         "price_max": exact, "onshore_hours": exact, "onshore_mwh": exact, "offshore_hours": exact,
         "offshore_mwh": exact, "wind_mwh": exact, "is_complete": flag},
        "daily_price_analysis")
    tap.same_table(
        database.table("SELECT * FROM mart.price_wind_correlation", ("bidding_zone", "month")),
        oracle.price_wind_correlation(answers),
        {"days": number, "price_onshore": close, "price_offshore": close, "price_wind": close},
        "price_wind_correlation")


def verify_trend(tap, database, answers):
    tap.same_table(
        database.table("SELECT * FROM mart.daily_production_trend", ("country", "production_type", "day")),
        oracle.daily_production_trend(answers),
        {"net_energy_mwh": exact, "covered_hours": exact, "null_points": number, "day_hours": exact,
         "category": identical, "is_complete": flag},
        "daily_production_trend")


def verify_underperformance(tap, database, answers, countries):
    wanted = {(country, name, str(start)): row
              for (country, name, start), row in oracle.underperformance(answers, countries).items()}
    columns = ("power_mw", "expected_mw", "mad_mw", "deviation_mw", "robust_z", "lag_30m_mw", "lag_1h_mw",
               "lag_1d_mw", "lag_7d_mw", "mean_3h_mw", "mean_24h_mw", "stddev_24h_mw", "min_24h_mw",
               "max_24h_mw")
    tap.same_table(
        database.table("""SELECT date_part('epoch', interval_start)::bigint AS second, *
            FROM mart.underperformance WHERE country = ANY ('{%s}')""" % ",".join(countries),
                       ("country", "production_type", "second")),
        wanted, {**dict.fromkeys(columns, close), "history_values": number, "is_underperforming": flag},
        "underperformance")
    verdicts = collections.Counter(row["is_underperforming"] for row in wanted.values())
    tap.note("half hours judged: %s" % dict(verdicts))


def verify_names(tap, answers):
    """A filter on a name that no answer has would find nothing and say nothing."""
    seen = {name for answer in answers if answer.kind == "public_power" for name, _, _ in answer.points()}
    with open(os.path.join(EXAMPLE, "05_analyses.sql"), encoding="utf-8") as file:
        filters = re.findall(r"production_type (?:=|IN) \(?((?:'[^']*'(?:, )?)+)", file.read())
    used = {name for text in filters for name in re.findall(r"'([^']*)'", text)}
    tap.ok(used and used <= seen, "the series that the analyses filter on exist",
           "not in any answer: %s" % sorted(used - seen))

