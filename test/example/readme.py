#!/usr/bin/env python3
"""The example's README: the scripts with few variables, then every SQL block in its order."""
import datetime
import os
import re
import sys

sys.dont_write_bytecode = True

import database
from pipelines import Pipelines
from tap import Tap

FEW_DAYS = datetime.timedelta(days=5)


def blocks():
    with open(os.path.join(database.EXAMPLE, "README.md"), encoding="utf-8") as file:
        return re.findall(r"^```sql\n(.*?)^```", file.read(), re.M | re.S)


def main(tap):
    base = os.environ.get("ELT_REPLAY")
    if not base:
        tap.skip("README", "no replay server; ELT_REPLAY names one")
        return
    db = database.Database("example_readme")
    pipelines = Pipelines(db, base, ["de", "fr"], ["DE-LU", "FR"],
                          (datetime.date.today() - FEW_DAYS).isoformat())
    pipelines.control("reset")
    for script in ("04_star.sql", "05_analyses.sql"):
        db.script(script)
        tap.ok(True, "%s runs before anything is loaded" % script)
    for block in blocks():
        lines = block.splitlines()
        if "drop_pipeline" in block:
            db.transform()
            tap.equal(db.value("SELECT count(*) > 0, count(*) = (SELECT count(*) FROM energy.price) FROM mart.fact_price"), "t|t",
                      "the star has every price, those of tomorrow too")
        try:
            db.sql(block)
            tap.ok(True, lines[0])
        except RuntimeError as error:
            tap.ok(False, lines[0], error)
    tap.equal(db.value("SELECT to_regnamespace('energy'), to_regnamespace('mart')"), "|", "and all of it is gone")


if __name__ == "__main__":
    sys.exit(Tap().run(main))
