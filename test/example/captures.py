#!/usr/bin/env python3
"""The star schema and its analyses over captured answers of the real API."""
import os
import sys

sys.dont_write_bytecode = True

import database
import feed
from tap import Tap
from verify import verify


def find_captures():
    root = os.environ.get("ELT_FIXTURES") or os.path.join(database.HERE, "../../../shared/fixtures")
    path = os.path.join(root, "energy_charts")
    return path if os.path.isdir(path) else None


def main(tap):
    path = find_captures()
    if not path:
        tap.skip("captured answers", "no captures here; ELT_FIXTURES names their folder")
        return
    answers = list(feed.captures(path))
    db = database.Database("example_captures")
    database.copy_answers(db, answers)
    for script in ("04_star.sql", "05_analyses.sql"):
        db.script(script)
        db.script(script)
        tap.ok(True, "%s runs, and runs again" % script)
    verify(tap, db, answers, ["de", "it", "fr", "at", "se"])


if __name__ == "__main__":
    sys.exit(Tap().run(main))
