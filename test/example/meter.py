#!/usr/bin/env python3
"""The meter example: its files through its scripts, against sums that Python computes; then captured files of other suppliers."""
import collections
import csv
import datetime
import decimal
import os
import pathlib
import re
import shutil
import sys
import tempfile
import zoneinfo

sys.dont_write_bytecode = True
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "docs/examples/meter"
sys.path.append(str(EXAMPLE))

import database
import meter_files
from tap import Tap

SCRIPTS = ("01_source.sql", "02_pipelines.sql", "03_consumption.sql", "04_suppliers.sql")
LOCAL = {"esb": "Europe/Dublin", "london": "UTC", "spain": "UTC", "green_button": "America/Los_Angeles"}


def blocks():
    return re.findall(r"^```sql\n(.*?)^```", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.M | re.S)


def lines_of(root):
    return sum(len(path.read_text().splitlines()) for path in (root / "intervals").glob("*.csv"))


def consumption(db):
    return {(row["customer_id"], row["day"]): decimal.Decimal(row["kwh"]) for row in db.rows("SELECT customer_id, day, kwh FROM meter.consumption")}


def sums(usage):
    return {(customer, str(day)): kwh for (customer, day), kwh in meter_files.daily(usage).items()}


def day_with_errors():
    """The intervals that are valid, and the lines that are not, as the files are sent first."""
    start = meter_files.FIRST_DAY + datetime.timedelta(days=meter_files.BAD_DAY)
    day = [i for i in meter_files.intervals() if start <= i.start < start + datetime.timedelta(days=1)]
    bad = {at: day[at] for at in meter_files.FAULTS}
    return [i for i in meter_files.intervals() if i not in bad.values()], bad


def check_generated(tap, db, root):
    parts = blocks()
    valid, bad = day_with_errors()
    db.sql(parts[0])
    tap.equal(int(db.value("SELECT count(*) FROM meter.raw")), lines_of(root), "raw has every line")
    tap.equal(db.value("SELECT count(*) FROM meter.raw_files WHERE checksum ~ '^[0-9a-f]{16}$' AND received_at < landed_at"), str(meter_files.DAYS),
              "and each file its checksum")
    tap.equal(int(db.value("SELECT count(*) FROM meter.standard")), len(valid), "standard has the valid rows")
    tap.equal(sorted(line.split("|")[1] for line in db.sql(parts[1]).splitlines()),
              ["field_count", "has_offset", "null_key", "parse", "usage_in_range"], "rejection has the others, each with its reason")
    tap.equal(consumption(db), sums(valid), "consumption is that of the valid rows, by local days")
    wrong = {(i.customer, str(meter_files.local_day(i.customer, i.start))) for i in bad.values()}
    tap.equal({tuple(line.split("|")[:2]) for line in db.sql(parts[2]).splitlines()}, wrong, "the days that lack one differ from what was billed")
    meter_files.correct(root)
    tap.equal(db.sql(parts[3]), "0\n", "after the correction nothing differs")
    tap.equal(consumption(db), sums(meter_files.intervals()), "and consumption is that of all rows")
    tap.equal(db.value("SELECT count(*) FROM meter.rejection"), "0", "nothing is refused any more")
    db.sql(parts[0])
    tap.equal(db.value("SELECT string_agg(DISTINCT requests::text, ',') FROM (SELECT DISTINCT ON (pipeline) requests FROM elt.runs "
                       "WHERE pipeline IN ('raw', 'standard', 'customers', 'billed') ORDER BY pipeline, run_id DESC) r"), "0", "no file is opened twice")
    night = meter_files.dublin_night()
    db.sql(parts[4])
    tap.equal([tuple(row.values()) for row in db.rows("SELECT start_time AT TIME ZONE 'UTC' AS s, usage_kwh FROM meter.esb ORDER BY 1")],
              [(i.start.strftime("%Y-%m-%d %H:%M:%S"), str(i.kwh)) for i in night], "the night of 25 hours has its half hours in order")


# ---- captured files

def rows_of(path, encoding="utf-8-sig"):
    with open(path, encoding=encoding, newline="") as file:
        return list(csv.reader(file))


def start_of(row, kind):
    """The start of an interval in UTC, of a row as the supplier writes it."""
    zone = zoneinfo.ZoneInfo(LOCAL[kind])
    if kind == "esb":
        return datetime.datetime.strptime(row[4], "%d-%m-%Y %H:%M").replace(tzinfo=zone).astimezone(datetime.timezone.utc) - datetime.timedelta(minutes=30)
    if kind == "london":
        return datetime.datetime.fromisoformat(row[2][:19]).replace(tzinfo=zone)
    if kind == "spain":
        return datetime.datetime.fromisoformat(row[0][:19]).replace(tzinfo=zone)
    local = datetime.datetime.strptime("%s %s" % (row[1], row[2]), "%m/%d/%Y %H:%M")
    return local.replace(tzinfo=zone).astimezone(datetime.timezone.utc)


def captured(folder):
    """{supplier: {start: kWh}} of what was used, read by Python alone."""
    wanted = collections.defaultdict(dict)
    for row in rows_of(folder / "esb_hdf_head_400.csv")[1:]:
        if "Import" in row[3]:
            wanted["esb"][start_of(row, "esb")] = decimal.Decimal(row[2])
    for row in rows_of(folder / "london_lcl_raw_format.csv")[1:]:
        if row[3].strip() != "Null":
            wanted["london"][row[0], start_of(row, "london")] = decimal.Decimal(row[3].strip())
    for row in rows_of(folder / "spain_S02_hourly_head.csv")[1:]:
        wanted["spain"][start_of(row, "spain")] = decimal.Decimal(sum(map(int, row[1:]))) / 1000
    for row in rows_of(folder / "green_button_pge.csv"):
        if row and row[0] == "Electric usage":
            wanted["green_button"][start_of(row, "green_button")] = decimal.Decimal(row[4])
    return {kind: sorted((key[-1] if isinstance(key, tuple) else key, kwh) for key, kwh in rows.items()) for kind, rows in wanted.items()}


def check_captured(tap, fixtures):
    db = database.Database("example_meter_captured")
    for script in SCRIPTS:
        db.psql("-f", str(EXAMPLE / script), root=fixtures, suppliers="smart_meter")
    for kind in LOCAL:
        db.sql("CALL elt.run('%s')" % kind)
    for kind, wanted in captured(fixtures / "smart_meter").items():
        got = sorted((datetime.datetime.fromisoformat(row["s"] + "+00:00"), decimal.Decimal(row["usage_kwh"])) for row in db.rows(
            "SELECT start_time AT TIME ZONE 'UTC' AS s, usage_kwh FROM meter.all_intervals WHERE supplier = '%s'" % kind))
        tap.ok(wanted and got == wanted, "%s: %d intervals as captured" % (kind, len(wanted)), got[:3], wanted[:3], len(got))


def main(tap):
    root = pathlib.Path(tempfile.mkdtemp(prefix="elt_meter_"))
    try:
        meter_files.write_all(root)
        db = database.Database("example_meter")
        for script in SCRIPTS:
            db.psql("-f", str(EXAMPLE / script), root=root)
        check_generated(tap, db, root)
    finally:
        shutil.rmtree(root)
    fixtures = pathlib.Path(os.environ.get("ELT_FIXTURES") or os.path.join(database.HERE, "../../../shared/fixtures"))
    if (fixtures / "smart_meter").is_dir():
        check_captured(tap, fixtures.resolve())
    else:
        tap.skip("captured files of suppliers", "no captured files")


if __name__ == "__main__":
    sys.exit(Tap().run(main))
