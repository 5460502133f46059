#!/usr/bin/env python3
"""Generate the files of the meter example: usage of customers in half hours, as a metering company sends it.

  meter_files.py DIRECTORY           write the files as they are sent first
  meter_files.py DIRECTORY correct   write the day with errors anew
"""
import collections
import datetime
import decimal
import os
import pathlib
import random
import sys
import zoneinfo

ZONES = ("Europe/Dublin", "Europe/Vienna", "America/New_York", "Asia/Kolkata", "UTC")
FIRST_DAY = datetime.datetime(2024, 10, 25, tzinfo=datetime.timezone.utc)
DAYS = 5
BAD_DAY = 2
HALF_HOUR = datetime.timedelta(minutes=30)
DUBLIN = zoneinfo.ZoneInfo("Europe/Dublin")

Interval = collections.namedtuple("Interval", "customer start kwh")


def customers():
    """{customer: time zone}"""
    return {"C%03d" % number: ZONES[number % len(ZONES)] for number in range(1, 11)}


def intervals(seed=1):
    """What was used, by customer and start."""
    chance = random.Random(seed)
    return [Interval(customer, FIRST_DAY + step * HALF_HOUR, decimal.Decimal(chance.randrange(0, 2500)) / 1000)
            for step in range(DAYS * 48) for customer in customers()]


def local_day(customer, start):
    return start.astimezone(zoneinfo.ZoneInfo(customers()[customer])).date()


def daily(usage):
    """{(customer, local day): kWh}"""
    sums = collections.defaultdict(decimal.Decimal)
    for interval in usage:
        sums[interval.customer, local_day(interval.customer, interval.start)] += interval.kwh
    return dict(sums)


def line_of(interval):
    start = interval.start.astimezone(zoneinfo.ZoneInfo(customers()[interval.customer]))
    return "%s,%s,%s" % (interval.customer, interval.kwh, start.isoformat())


# What is wrong with some lines of the bad day, by their numbers below the header.
FAULTS = {
    3: lambda i: "%s,n/a,%s" % (i.customer, i.start.isoformat()),
    20: lambda i: "%s,%s,%s" % (i.customer, i.kwh, i.start.replace(tzinfo=None).isoformat()),
    33: lambda i: "%s,%s" % (i.customer, i.kwh),
    47: lambda i: "%s,-%s,%s" % (i.customer, i.kwh + 1, i.start.isoformat()),
    60: lambda i: ",%s,%s" % (i.kwh, i.start.isoformat()),
}


def write(path, text, modified):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (modified.timestamp(), modified.timestamp()))


def write_day(directory, number, with_faults, hours_later=1):
    day = FIRST_DAY + datetime.timedelta(days=number)
    end = day + datetime.timedelta(days=1)
    usage = [i for i in intervals() if day <= i.start < end]
    lines = [FAULTS[at](i) if with_faults and at in FAULTS else line_of(i) for at, i in enumerate(usage)]
    write(directory / "intervals" / ("%s.csv" % day.date()), "customer_id,usage_kwh,start_time\n" + "\n".join(lines) + "\n",
          end + datetime.timedelta(hours=hours_later))


def dublin_night(customer="C010001"):
    """Half hours of a local day on which clocks are set back, as (end in local time, kWh)."""
    chance = random.Random(2)
    start = datetime.datetime(2024, 10, 26, 23, tzinfo=datetime.timezone.utc)
    return [Interval(customer, start + step * HALF_HOUR, decimal.Decimal(chance.randrange(0, 900)) / 1000) for step in range(50)]


def write_supplier(directory):
    """A file with local times without offset, at the ends of the half hours."""
    rows = ["%s,M1,%s,Active Import Interval (kWh),%s" % (i.customer, i.kwh, (i.start + HALF_HOUR).astimezone(DUBLIN).strftime("%d-%m-%Y %H:%M"))
            for i in dublin_night()]
    write(directory / "suppliers" / "esb_1.csv", "MPRN,Meter Serial Number,Read Value,Read Type,Read Date and End Time\n" + "\n".join(rows) + "\n",
          FIRST_DAY + datetime.timedelta(days=DAYS))


def write_all(directory):
    directory = pathlib.Path(directory)
    written = FIRST_DAY + datetime.timedelta(days=DAYS)
    write(directory / "customers.csv", "customer_id,time_zone\n" + "".join("%s,%s\n" % c for c in customers().items()), written)
    write(directory / "billed.csv", "customer_id,day,kwh\n" + "".join(
        "%s,%s,%s\n" % (customer, day, kwh) for (customer, day), kwh in sorted(daily(intervals()).items())), written)
    for number in range(DAYS):
        write_day(directory, number, with_faults=number == BAD_DAY)
    write_supplier(directory)


def correct(directory):
    write_day(pathlib.Path(directory), BAD_DAY, with_faults=False, hours_later=30)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["correct"]):
        sys.exit(__doc__)
    (correct if sys.argv[2:] else write_all)(sys.argv[1])
