"""Raw answers of the API, from captured files or from a server, with every number's digits.

An answer keeps its body as it came. Nothing here or in oracle.py looks at the database.
"""
import datetime
import decimal
import glob
import json
import os
import re
import urllib.request

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Answer:
    """One response: kind is public_power, price, yearly or monthly; area a country or a zone."""

    def __init__(self, kind, area, body):
        self.kind = kind
        self.area = area
        self.body = body if isinstance(body, str) else body.decode()
        self.document = json.loads(body, parse_float=decimal.Decimal, parse_int=decimal.Decimal)

    def points(self):
        """(series name, time as text or unix seconds, value) by position; lengths must agree."""
        document = self.document
        if self.kind == "price":
            columns = {None: document["price"]}
        else:
            columns = {series["name"]: series["data"] for series in document["production_types"]}
        times = document["time"] if "time" in document else document["unix_seconds"]
        for name, values in columns.items():
            for time, value in zip(times, values, strict=True):
                yield name, time if isinstance(time, str) else int(time), value


CAPTURES = (
    (r"public_power_([a-z]{2})_.*", "public_power"),
    (r"price_(DE-LU)_.*", "price"),
    (r"installed_power_([a-z]{2})_yearly", "yearly"),
    (r"installed_power_([a-z]{2})_monthly.*", "monthly"),
)


def captures(directory):
    """Captured answers in the order of their names, so that a later capture of a day comes later."""
    for path in sorted(glob.glob(os.path.join(directory, "*.json"))):
        name = os.path.splitext(os.path.basename(path))[0]
        for pattern, kind in CAPTURES:
            match = re.fullmatch(pattern, name)
            if match:
                with open(path, encoding="utf-8") as file:
                    yield Answer(kind, match.group(1), file.read())


def days(first, last):
    date = datetime.date.fromisoformat(first)
    while date <= datetime.date.fromisoformat(last):
        yield date.isoformat()
        date += datetime.timedelta(days=1)


def fetch(base, path):
    with OPENER.open(base + path, timeout=60) as response:
        return response.read()


def fetch_power(base, country, first, last):
    for day in days(first, last):
        yield Answer("public_power", country, fetch(
            base, "/public_power?country=%s&start=%s&end=%s" % (country, day, day)))


def fetch_price(base, zone, first, last):
    for day in days(first, last):
        yield Answer("price", zone, fetch(
            base, "/price?bzn=%s&start=%s&end=%s" % (zone, day, day)))


def fetch_installed(base, country, time_step):
    return Answer(time_step, country, fetch(
        base, "/installed_power?country=%s&time_step=%s" % (country, time_step)))
