#!/usr/bin/env python3
"""The example's checks, each met by an answer that breaks it."""
import os
import sys

sys.dont_write_bytecode = True

import database
from pipelines import Pipelines
from tap import Tap

NOW = "2025-12-10T10:00:00Z"
DAY = "2025-12-01"
SERIES, POINTS = 21, 96


def one_answer(pipelines, path, **fault):
    pipelines.control("fault", path=path, times=1, **fault)


def quarantine(tap, db, pipelines):
    one_answer(pipelines, "/public_power", bad_value={"series": "Biomass", "index": 7, "value": 999999.5})
    run = pipelines.run("public_power", DAY, DAY)
    tap.equal((run["state"], run["rows_read"], run["rows_quarantined"], run["rows_inserted"]),
              ("succeeded", SERIES * POINTS, 1, SERIES * POINTS - 1),
              "quarantine: the row that breaks sane_power stays out, the others land")
    tap.equal(db.value("SELECT stage, checks, raw LIKE '%999999.5%' FROM elt.rejects"), "check|{sane_power}|t",
              "and waits in elt.rejects with its values")
    run = pipelines.run("public_power", DAY, DAY)
    tap.equal((run["rows_inserted"], run["rows_updated"], run["rows_unchanged"]), (1, 0, SERIES * POINTS - 1),
              "the next run brings the good value")


def off_the_grid(tap, db, pipelines):
    one_answer(pipelines, "/public_power", json={"unix_seconds": [1764630000, 1764630060], "production_types": [
        {"name": "Biomass", "data": [1, 2]}]})
    run = pipelines.run("public_power", "2025-12-02", "2025-12-02")
    tap.equal((run["rows_inserted"], run["rows_quarantined"]), (1, 1), "quarantine: a minute off the grid")
    tap.equal(db.value("SELECT checks FROM elt.rejects ORDER BY reject_id DESC LIMIT 1"), "{on_the_grid}",
              "and the reject names the check")


def warn(tap, db, pipelines):
    one_answer(pipelines, "/price", json={"unix_seconds": [1764543600, 1764547200], "price": [1, 20000],
                                          "unit": "GBP / MWh", "license_info": "none"})
    run = pipelines.run("price", DAY, DAY)
    tap.equal((run["state"], run["rows_inserted"], run["rows_quarantined"]), ("succeeded", 1, 1),
              "warn: an unknown unit lands; beside it, a price beyond belief does not")
    tap.equal(db.value("SELECT bidding_zone, price, unit FROM energy.price"), "DE-LU|1|GBP / MWh",
              "with the unit as it came")


def drop_and_fail(tap, db, pipelines):
    wrong = {"time": ["2024", "2025"], "production_types": [
        {"name": "Solar AC", "data": [88000.5, 99000.5]}, {"name": "Geothermal", "data": [40, None]}]}
    one_answer(pipelines, "/installed_power", json=wrong)
    try:
        state = pipelines.run("installed_power_yearly")["state"]
    except RuntimeError:
        state = db.value("SELECT state FROM elt.runs ORDER BY run_id DESC LIMIT 1")
    tap.equal((state, db.value("SELECT count(*) FROM energy.installed_power_yearly")), ("failed", "0"),
              "fail: one value in MW, and nothing of the answer lands")
    run = pipelines.run("installed_power_yearly")
    tap.ok(run["state"] == "succeeded" and run["rows_inserted"] > 0 and run["rows_dropped"] > 0
           and run["rows_inserted"] + run["rows_dropped"] == run["rows_read"],
           "drop: the next answer lands without its nulls", run)


def settings(tap, db):
    """What a run sets for itself does not stay behind in the session that called it."""
    changed = "SELECT name, setting FROM pg_settings WHERE source = 'session' AND name <> 'application_name'"
    before = db.value(changed)
    after = db.value("CALL elt.run('public_power'); CALL elt.run('price', '%s', '%s'); %s" % (DAY, "2025-12-03", changed))
    tap.equal(after, before, "CALL elt.run leaves the session's settings alone")


def main(tap):
    base = os.environ.get("ELT_REPLAY")
    if not base:
        tap.skip("answers that break checks", "no replay server; ELT_REPLAY names one")
        return
    db = database.Database("example_checks")
    pipelines = Pipelines(db, base, ["de"], ["DE-LU"], DAY)
    pipelines.control("reset")
    pipelines.control("set", now=NOW)
    quarantine(tap, db, pipelines)
    off_the_grid(tap, db, pipelines)
    warn(tap, db, pipelines)
    drop_and_fail(tap, db, pipelines)
    settings(tap, db)


if __name__ == "__main__":
    sys.exit(Tap().run(main))
