#!/usr/bin/env python3
"""Slots of schedules around changes of the clock, against every minute as zoneinfo tells it."""
import datetime
import json
import os
import random
import sys
import zoneinfo

from database import Database
from tap import Tap

UTC = datetime.timezone.utc
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)

# Clocks change at night, at midnight, by half an hour, by a whole day, and not at all.
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana",
         "Pacific/Apia", "Asia/Kolkata"]
YEARS = {"Pacific/Apia": (2011,), "America/Havana": (2012,)}
STATED = ["30 2 * * *", "15 2 * * *", "0 3 * * *", "0 2,3 * * *", "*/15 2 * * *", "45 1 * * *", "0 0 * * *", "30 0 * * *",
          "*/15 * * * *", "30 * * * *", "0 */2 * * *", "0 0 $ * *", "0 2 * * 0", "0 2 13 * 7", "59 23 30 12 *", "0 12 30 12 5"]
RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def transitions(zone, year):
    """The first minutes in UTC at which the offset is another one."""
    start = datetime.datetime(year, 1, 1, tzinfo=UTC)
    days = [start + DAY * i for i in range(367)]
    for left, right in zip(days, days[1:]):
        if left.astimezone(zone).utcoffset() == right.astimezone(zone).utcoffset():
            continue
        while right - left > MINUTE:
            middle = left + (right - left) // 2
            middle = middle.replace(second=0, microsecond=0)
            if middle.astimezone(zone).utcoffset() == left.astimezone(zone).utcoffset():
                left = middle
            else:
                right = middle
        yield right


def field(text, low, high):
    """The values of a field, with its own reading of the syntax."""
    values = set()
    for item in text.split(","):
        item, _, step = item.partition("/")
        first, _, last = item.partition("-")
        if item == "*":
            first, last = low, high
        values.update(range(int(first), int(last or first) + 1, int(step or 1)))
    return values


class Schedule:
    def __init__(self, text):
        minute, hour, day, month, weekday = text.split()
        self.last = day == "$"
        self.sets = [field(minute, 0, 59), field(hour, 0, 23), set() if self.last else field(day, 1, 31),
                     field(month, 1, 12), {value % 7 for value in field(weekday, 0, 7)}]
        self.both = day.startswith("*") or weekday.startswith("*")
        self.every_hour = len(self.sets[1]) == 24

    def matches(self, wall):
        minutes, hours, days, months, weekdays = self.sets
        if wall.minute not in minutes or wall.hour not in hours or wall.month not in months:
            return False
        of_month = wall.day in days or (self.last and (wall + DAY).day == 1)
        of_week = wall.isoweekday() % 7 in weekdays
        return of_month and of_week if self.both else of_month or of_week

    def slots(self, walls):
        """walls: (minute in UTC, minute on the wall), one after the other."""
        reached = None
        for at, wall in walls:
            if self.every_hour:
                if self.matches(wall):
                    yield at
                continue
            left_out = reached is not None and wall - reached > MINUTE
            if (reached is None or wall > reached) and (
                    self.matches(wall) or left_out and any(
                        self.matches(reached + MINUTE * i) for i in range(1, (wall - reached) // MINUTE))):
                yield at
            reached = wall if reached is None else max(wall, reached)


def random_field(dice, low, high):
    def number():
        return dice.randint(low, high)

    kind = dice.randrange(6)
    if kind < 2:
        return "*"
    if kind == 2:
        return "*/%d" % dice.randint(2, 12)
    if kind == 3:
        first, last = sorted((number(), number()))
        return "%d-%d/%d" % (first, last, dice.randint(1, 5))
    return ",".join(str(number()) for _ in range(dice.randint(1, 3)))


def windows():
    for name in ZONES:
        zone = zoneinfo.ZoneInfo(name)
        for year in YEARS.get(name, (2026,)):
            for change in list(transitions(zone, year)) or [datetime.datetime(year, 3, 1, tzinfo=UTC)]:
                begin = change - 2 * DAY
                minutes = [begin + MINUTE * i for i in range(4 * 1440)]
                yield name, begin, [(at, at.astimezone(zone).replace(tzinfo=None)) for at in minutes]


def main(tap):
    seed = int(os.environ.get("ELT_SEED", "17"))
    dice = random.Random(seed)
    database = Database("next_slots")
    database.sql("CREATE EXTENSION pg_elt")
    count = 2000 if os.environ.get("ELT_SOAK") else 6
    cases = []
    for name, begin, walls in windows():
        texts = STATED + [" ".join(random_field(dice, *limits) for limits in RANGES) for _ in range(count)]
        for text in texts:
            # what came before the window is not known: the first day is that
            wanted = [at for at in Schedule(text).slots(walls) if at >= begin + DAY]
            cases.append((text, name, begin + DAY, begin + 4 * DAY, wanted))
    got = json.loads(database.value(
        "SET timezone = 'UTC'; SELECT json_agg(c.slots ORDER BY c.n) FROM (SELECT c.n, (SELECT coalesce(json_agg(extract(epoch FROM s)::bigint ORDER BY s), '[]')"
        " FROM elt.next_slots(c.schedule, c.zone, 4500, c.after - interval '1 second') s WHERE s < c.until) AS slots"
        " FROM (VALUES %s) c(n, schedule, zone, after, until)) c" % ", ".join(
            "(%d, '%s', '%s', '%s'::timestamptz, '%s'::timestamptz)" % (n, text, zone, begin.isoformat(), end.isoformat())
            for n, (text, zone, begin, end, _) in enumerate(cases))))
    faults = ["'%s' in %s after %s: got %s, wanted %s" % (text, zone, begin, slots[:4], [int(at.timestamp()) for at in wanted][:4])
              for slots, (text, zone, begin, _, wanted) in zip(got, cases) if slots != [int(at.timestamp()) for at in wanted]]
    tap.ok(not faults and len(got) == len(cases), "%d schedules have the slots of every minute around changes of the clock"
           % len(cases), "seed %d, %d differ" % (seed, len(faults)), *faults[:10])
    tap.ok(sum(map(len, got)) > 10 * len(cases), "which are many")
    database.name = "postgres"
    database.sql("DROP DATABASE next_slots WITH (FORCE)")


if __name__ == "__main__":
    sys.exit(Tap().run(main))
