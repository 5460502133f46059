#!/usr/bin/env python3
"""The whole example over captured answers of the real API: the replay server repeats them word for
word, the pipelines pull them."""
import os
import sys

sys.dont_write_bytecode = True

import database
import feed
import oracle
from pipelines import Pipelines
from tap import Tap
from verify import verify

COUNTRIES = ("de", "fr", "it", "at", "se")
BIDDING_ZONES = ("DE-LU",)
START_AT = "2019-12-01"
WITHOUT_WINDOW = {"yearly": "installed_power_yearly", "monthly": "installed_power_monthly"}


def find_captures():
    root = os.environ.get("ELT_FIXTURES") or os.path.join(database.HERE, "../../../shared/fixtures")
    path = os.path.join(root, "energy_charts")
    return path if os.path.isdir(path) else None


def last_day(answer):
    """The window to ask for. An answer may hold more than its window; that is landed as well."""
    return oracle.local_date("de", max(second for _, second, _ in answer.points())).isoformat()


def pull(tap, pipelines, answer):
    """One captured answer to the one request that asks for its country or zone; nothing to others."""
    day = last_day(answer)
    pipelines.control("reset", what="faults")
    pipelines.control("fault", path="/" + answer.kind, query="=%s&" % answer.area, times=1, body=answer.body,
                      content_type="application/json")
    pipelines.control("fault", path="/", times=-1, status=404, body="no content available",
                      content_type="text/plain; charset=utf-8")
    run = pipelines.run(answer.kind, day, day)
    areas = COUNTRIES if answer.kind == "public_power" else BIDDING_ZONES
    rows = len(list(answer.points()))
    tap.equal((run["rows_read"], run["rows_inserted"] + run["rows_updated"] + run["rows_unchanged"],
               run["slices_landed"], run["slices_not_yet"]), (rows, rows, 1, len(areas) - 1),
              "%s %s %s: %d rows" % (answer.kind, answer.area, day, rows))


def pull_installed(tap, pipelines, answers):
    """Countries without a capture are answered by the replay server, and the oracle is told."""
    pipelines.control("reset", what="faults")
    for answer in answers:
        pipelines.control("fault", path="/installed_power", query="country=%s&time_step=%s" % (answer.area, answer.kind),
                          times=1, body=answer.body, content_type="application/json")
    for kind, name in WITHOUT_WINDOW.items():
        tap.equal(pipelines.run(name)["state"], "succeeded", name)
    captured = {(answer.area, answer.kind) for answer in answers}
    return [feed.fetch_installed(pipelines.base, country, "yearly")
            for country in COUNTRIES if (country, "yearly") not in captured]


def main(tap):
    path, base = find_captures(), os.environ.get("ELT_REPLAY")
    if not path or not base:
        tap.skip("captured answers", "no captures here; ELT_FIXTURES names their folder" if base
                 else "no replay server; ELT_REPLAY names one")
        return
    answers = list(feed.captures(path))
    db = database.Database("example_captures")
    pipelines = Pipelines(db, base, COUNTRIES, BIDDING_ZONES, START_AT)
    pipelines.control("reset")
    for answer in answers:
        if answer.kind not in WITHOUT_WINDOW:
            pull(tap, pipelines, answer)
    answers += pull_installed(tap, pipelines, [a for a in answers if a.kind in WITHOUT_WINDOW])
    pipelines.control("reset")
    for script in ("04_star.sql", "05_analyses.sql"):
        db.script(script)
    # Some captures are older than what the example keeps.
    db.sql("SELECT elt.alter_pipeline(name, retain => '50 years') FROM unnest('{generation,prices}'::name[]) name")
    db.transform()
    verify(tap, db, answers, COUNTRIES)


if __name__ == "__main__":
    sys.exit(Tap().run(main))
