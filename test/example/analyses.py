#!/usr/bin/env python3
"""The star schema and its analyses over months of generated answers of the replay server.

The spans hold what the captures lack: enough history to judge half hours, both days on which the
clock changes, the switch of prices and of one country's power from hours to quarter hours (in Lisbon
in the middle of a local day), hourly countries, nulls inside a day, and the live edge.
"""
import os
import sys

sys.dont_write_bytecode = True

import database
import feed
from tap import Tap
from verify import verify

NOW = "2026-01-03T10:42:00Z"
SPRING = ("2025-03-28", "2025-04-01")
AUTUMN = ("2025-09-24", "2025-11-04")
WINTER = ("2025-12-30", "2026-01-03")
COUNTRIES = ("de", "fr", "it", "pt")
BIDDING_ZONES = ("DE-LU", "FR", "CH", "PT")
JUDGED = ("de", "it")


def fetch(base):
    answers = []
    for first, last in (SPRING, AUTUMN, WINTER):
        for country in COUNTRIES:
            answers += feed.fetch_power(base, country, first, last)
        for zone in BIDDING_ZONES:
            answers += feed.fetch_price(base, zone, first, last)
    answers += [feed.fetch_installed(base, country, "yearly") for country in COUNTRIES]
    answers.append(feed.fetch_installed(base, "de", "monthly"))
    return answers


def main(tap):
    if not os.environ.get("ELT_REPLAY"):
        tap.skip("generated answers", "no replay server; ELT_REPLAY names one")
        return
    base = os.environ["ELT_REPLAY"]
    feed.fetch(base, "/_control/set?now=" + NOW)
    answers = fetch(base)
    db = database.Database("example_analyses")
    database.copy_answers(db, answers)
    db.script("04_star.sql")
    db.script("05_analyses.sql")
    verify(tap, db, answers, JUDGED)


if __name__ == "__main__":
    sys.exit(Tap().run(main))
