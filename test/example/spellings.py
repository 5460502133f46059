#!/usr/bin/env python3
"""Values as files of other countries write them, against a reading by decimal, zoneinfo and dateutil.

Each case is a type with options and many texts, some of which are broken. A reading is a value, or REJECT.
"""
import calendar
import csv
import datetime
import decimal
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
import zoneinfo

sys.dont_write_bytecode = True

import database
from tap import Tap

try:
    import dateutil.parser
except ImportError:
    dateutil = None

REJECT = "reject"
SEED = os.environ.get("ELT_SEED") or "16"
TEXTS = 2000 if os.environ.get("ELT_SOAK") else 150
UTC = datetime.timezone.utc
decimal.getcontext().prec = 100
MANY_DIGITS = 40                # before the point: too many for every type but numeric and float8
ISO_DATE = "to_char(v, 'YYYY-MM-DD')"
SPACES = (" ", "\u00a0", "\u202f")


class Case:
    def __init__(self, type_name, options, texts, read, shown="v::text"):
        self.type = type_name
        self.options = options
        self.texts = texts
        self.read = read            # text -> value as it is shown, or REJECT
        self.shown = shown          # of the value, in SQL

    def option_list(self):
        return ", ".join("%s '%s'" % (name, value.replace("'", "''")) for name, value in self.options.items())


def broken(rng, text):
    """The text with a character removed, doubled, exchanged or replaced."""
    at = rng.randrange(len(text)) if text else 0
    return rng.choice([text[:at] + text[at + 1:], text[:at] + text[at:at + 1] * 2 + text[at + 1:],
                       text[:at] + rng.choice("0123456789.,-e %'x") + text[at + 1:]])


def some_broken(rng, texts):
    return [broken(rng, text) if rng.random() < 0.4 else text for text in texts]


# ---- numbers

def decimal_of(text, options):
    """A Decimal or None: by a pattern of the whole text, not character by character."""
    mark = re.escape(options.get("decimal", "."))
    group = options.get("grouping")
    whole = r"\d*"
    if group is not None:
        group = {" ": "[ \u00a0\u202f\u2009]", "'": "['\u2019]"}.get(group, re.escape(group))
        whole = r"(?:[1-9]\d{0,2}(?:%s\d{3})+|\d*)" % group
    space = "[ \t\n\r\f\v\u00a0\u202f\u2009\u3000]*"
    signs = "(?:%s)" % "|".join(map(re.escape, options["currency"].split("|"))) if "currency" in options else "(?!)"
    percent = "%" if "percent" in options else "(?!)"
    marks = "((?:%s(?:[-+\u2212]|%s|%s))*)%s" % (space, signs, percent, space)
    behind = "((?:%s(?:-|%s|%s))*)%s" % (space, signs, percent, space)
    found = re.fullmatch(marks + r"(%s)(?:%s(\d*))?([eE][+-]?\d+)?" % (whole, mark) + behind, text)
    if not found:
        return None
    before, digits, fraction, exponent, after = (part or "" for part in found.groups())
    if not digits and not fraction:
        return None
    beside = before + after
    percents = len(re.findall(percent, beside))
    signed = re.findall("[-+\u2212]", beside)
    if len(signed) > 1 or len(re.findall(signs, beside)) > 1 or percents != ("percent" in options):
        return None
    if exponent and options.get("percent") == "fraction":
        return None
    value = decimal.Decimal(re.sub(r"\D", "", digits) + "." + fraction + exponent)
    if options.get("percent") == "fraction":
        value = value.scaleb(-2)
    return -value if signed and signed[0] != "+" else value


def read_number(type_name, options):
    def read(text):
        value = decimal_of(text, options)
        if value is None:
            return REJECT
        if value != 0 and value.adjusted() > MANY_DIGITS and type_name in ("int", "numeric(10,2)"):
            return REJECT
        if type_name == "int":
            return str(int(value)) if value == value.to_integral_value() and -2**31 <= value < 2**31 else REJECT
        if type_name == "float8":
            number = float(value)
            return repr(number) if abs(number) < float("inf") and (number != 0 or value == 0) else REJECT
        if type_name == "numeric(10,2)":
            value = (value or decimal.Decimal(0)).quantize(decimal.Decimal("0.01"), rounding=decimal.ROUND_HALF_UP)
            return str(value) if abs(value) < 10**8 else REJECT
        return str(value)
    return read


def write_number(rng, options, whole):
    digits = rng.choice([1, 2, 3, 4, 5, 7, 9])
    text = str(rng.randrange(10**digits))
    if "grouping" in options and rng.random() < 0.7:
        text = "{:,}".format(int(text)).replace(",", options["grouping"])
    if not whole or rng.random() < 0.2:
        text += options.get("decimal", ".") + ("0" if whole else str(rng.randrange(10**rng.randrange(1, 5))))
    if rng.random() < 0.3:
        text = rng.choice(["-", "\u2212", "+"]) + text
    elif rng.random() < 0.1:
        text += "-"
    if "currency" in options and rng.random() < 0.7:
        sign = rng.choice(options["currency"].split("|"))
        text = rng.choice([sign + text, text + sign, sign + " " + text, text + rng.choice(SPACES) + sign])
    if "percent" in options:
        text += rng.choice(["%", " %", "\u00a0%"])
    return text


def number_cases(rng):
    shapes = [{"decimal": ","}, {"decimal": ",", "grouping": "."}, {"grouping": ","}, {"decimal": ",", "grouping": " "},
              {"grouping": "'"}, {"decimal": ",", "grouping": ".", "currency": "€|EUR"}, {"decimal": ",", "percent": "fraction"},
              {"percent": "number", "grouping": ","}]
    for options in shapes:
        for type_name in ("numeric", "numeric(10,2)", "int", "float8"):
            texts = some_broken(rng, [write_number(rng, options, type_name == "int") for _ in range(TEXTS)])
            yield Case(type_name, options, texts, read_number(type_name, options))


# ---- dates and times

PARTS = {"YYYY": (r"(\d{4})", "year"), "YY": (r"(\d{2})", "short"), "MM": (r"(\d{1,2})", "month"), "DD": (r"(\d{1,2})", "day"),
         "HH24": (r"(\d{1,2})", "hour"), "MI": (r"(\d{1,2})", "minute"), "SS": (r"(\d{1,2})", "second")}


def by_pattern(text, pattern):
    """A datetime, or None."""
    names, regex = [], ""
    for part in re.findall("YYYY|YY|MM|DD|HH24|MI|SS|.", pattern):
        regex += PARTS[part][0] if part in PARTS else re.escape(part)
        names += [PARTS[part][1]] if part in PARTS else []
    found = re.fullmatch(regex, text, re.A)
    if not found:
        return None
    fields = dict(zip(names, map(int, found.groups())))
    if "short" in fields:
        short = fields.pop("short")
        fields["year"] = short + (2000 if short < 70 else 1900)
    try:
        return datetime.datetime(**fields)
    except ValueError:
        return None


def first_pattern(text, formats):
    for pattern in formats.split("|"):
        found = by_pattern(text, pattern)
        if found:
            return found
    return None


def random_time(rng):
    return datetime.datetime(1950, 1, 1) + datetime.timedelta(minutes=rng.randrange(60 * 24 * 365 * 90))


def write_time(rng, pattern, when):
    text = pattern
    for part, shape in (("YYYY", "%Y"), ("YY", "%y"), ("MM", "%m"), ("DD", "%d"), ("HH24", "%H"), ("MI", "%M"), ("SS", "%S")):
        text = text.replace(part, when.strftime(shape))
    return re.sub(r"\b0(?=\d\b)", "", text) if rng.random() < 0.2 else text


def date_cases(rng):
    for formats in ("DD.MM.YYYY|YYYY-MM-DD", "MM/DD/YYYY|DD.MM.YY|YYYY-MM-DD", "DD/MM/YYYY|MM/DD/YYYY"):
        texts = some_broken(rng, [write_time(rng, rng.choice(formats.split("|")), random_time(rng)) for _ in range(TEXTS)])
        texts += ["29.02.2023", "29.02.2024", "2023-02-29", "02/29/2023", "31.04.24", "00.01.2024", "13/13/2024"]

        def read(text, formats=formats):
            found = first_pattern(text, formats)
            return found.date().isoformat() if found else REJECT
        yield Case("date", {"format": formats}, texts, read, ISO_DATE)
    if dateutil:
        months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
        texts = ["%d %s %d" % (rng.randrange(1, 32), rng.choice(months), rng.randrange(1950, 2040)) for _ in range(TEXTS)]

        def read_words(text):
            try:
                return dateutil.parser.parse(text).date().isoformat()
            except ValueError:
                return REJECT
        yield Case("date", {}, texts, read_words, ISO_DATE)


def changes_of(zone, years):
    """Local times around the hours in which the clock changes."""
    when = datetime.datetime(years[0], 1, 1, tzinfo=UTC)
    offset = when.astimezone(zone).utcoffset()
    while when.year < years[1]:
        when += datetime.timedelta(minutes=30)
        if when.astimezone(zone).utcoffset() != offset:
            offset = when.astimezone(zone).utcoffset()
            yield when.astimezone(zone).replace(tzinfo=None)


def instant(local, zone, ambiguous):
    """Microseconds since 1970. A time that no clock shows is read with the offset before the change."""
    early, late = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    twice = early.utcoffset() > late.utcoffset()
    chosen = late if twice and ambiguous == "second" else early
    return str((calendar.timegm(local.timetuple()) - int(chosen.utcoffset().total_seconds())) * 10**6)


def zone_cases(rng):
    for name in ("Europe/Berlin", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"):
        zone = zoneinfo.ZoneInfo(name)
        around = [change + datetime.timedelta(minutes=rng.randrange(-180, 180)) for change in changes_of(zone, (2015, 2025))]
        locals_ = around + [random_time(rng).replace(year=rng.randrange(1990, 2037), day=1) for _ in range(50)]
        for ambiguous in ("first", "second"):
            for pattern in (None, "DD.MM.YYYY HH24:MI"):
                options = {"time_zone": name, "ambiguous": ambiguous}
                if pattern:
                    options["format"] = pattern
                texts = [when.strftime("%d.%m.%Y %H:%M" if pattern else "%Y-%m-%d %H:%M") for when in locals_]

                def read(text, zone=zone, ambiguous=ambiguous, pattern=pattern):
                    when = by_pattern(text, pattern or "YYYY-MM-DD HH24:MI")
                    return instant(when, zone, ambiguous)
                yield Case("timestamptz", options, texts, read, "(extract(epoch FROM v) * 1000000)::bigint")


def order_cases(rng):
    """Every instant of some days, at several steps: the local times alone say which hour it is."""
    for name, step in (("Europe/Berlin", 15), ("Europe/Berlin", 60), ("America/New_York", 30), ("Australia/Lord_Howe", 10)):
        zone = zoneinfo.ZoneInfo(name)
        instants, texts = [], []
        for change in list(changes_of(zone, (2022, 2025))):
            start = change.replace(tzinfo=zone).astimezone(UTC) - datetime.timedelta(hours=6)
            start -= datetime.timedelta(minutes=start.minute % step)
            for n in range(12 * 60 // step):
                when = start + datetime.timedelta(minutes=n * step)
                instants.append(str(int(when.timestamp()) * 10**6))
                texts.append(when.astimezone(zone).strftime("%Y-%m-%d %H:%M"))
        wanted = iter(instants)
        yield Case("timestamptz", {"time_zone": name, "ambiguous": "order"}, texts, lambda text, wanted=wanted: next(wanted),
                   "(extract(epoch FROM v) * 1000000)::bigint")


# ---- words, intervals

def word_cases(rng):
    words = ["ja", "Ja", "J", "nein", "NEIN", "n", "true", "false", "", "x", "ja ", "NA", "-", " NA ", "1", "0", "jaja"]

    def read_bool(text):
        text = text.strip()
        if text in ("NA", "-", ""):
            return None
        return {"ja": "true", "j": "true", "nein": "false", "n": "false"}.get(text.lower(), REJECT)
    yield Case("boolean", {"true": "ja|j", "false": "nein|n", "null": "NA|-|", "trim": "true"}, words, read_bool)
    yield Case("text", {"null": "NA|-", "trim": "true"}, words, lambda text: None if text.strip() in ("NA", "-") else text.strip())


UNITS = {"milliseconds": 1000, "seconds": 10**6, "minutes": 60 * 10**6, "hours": 3600 * 10**6}


def interval_cases(rng):
    for unit, micros in UNITS.items():
        texts = some_broken(rng, [str(decimal.Decimal(rng.randrange(-10**9, 10**9)).scaleb(-rng.randrange(6))) for _ in range(TEXTS)])

        def read(text, micros=micros):
            if not re.fullmatch(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", text):
                return REJECT
            value = decimal.Decimal(text.strip()) * micros
            if value.adjusted() > MANY_DIGITS:
                return REJECT
            value = value.quantize(decimal.Decimal(1), rounding=decimal.ROUND_HALF_UP)
            return str(value) if abs(value) < 2**63 else REJECT
        yield Case("interval", {"format": unit}, texts, read, "(extract(epoch FROM v) * 1000000)::bigint")


def all_cases(rng):
    for make in (number_cases, date_cases, zone_cases, order_cases, word_cases, interval_cases):
        yield from make(rng)


# ---- the database

def as_lines(case, form):
    if form == "csv":
        return "".join("%d\t%s\n" % (n, text) for n, text in enumerate(case.texts))
    return "".join(json.dumps({"n": n, "v": text}) + "\n" for n, text in enumerate(case.texts))


def statements(cases, root):
    yield "CREATE EXTENSION pg_elt; CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');" % root
    yield "CREATE TABLE came (at int, form text, n bigint, v text, rejected boolean);"
    for at, case in enumerate(cases):
        for form in ("csv", "json"):
            name = "c%d_%s" % (at, form)
            with open(os.path.join(root, name), "w", encoding="utf-8") as out:
                out.write(as_lines(case, form))
            options = " OPTIONS (%s)" % case.option_list() if case.options else ""
            yield "CREATE FOREIGN TABLE %s (n int, v %s%s) SERVER files OPTIONS (glob '%s', settle '0', on_change 'merge', %s);" % (
                name, case.type, options, name, r"header 'false', delimiter E'\t', quote '', null E'\x01'" if form == "csv" else "format 'jsonl'")
            yield "SELECT elt.create_pipeline('%s', '%s', '%s_target', '{n}');" % (name, name, name)
            yield "CALL elt.pull('%s');" % name
            yield "INSERT INTO came SELECT %d, '%s', n, %s, false FROM elt_staging.%s;" % (at, form, "(%s)::text" % case.shown, name)
            yield "INSERT INTO came SELECT %d, '%s', record - 1, NULL, true FROM elt_catalog.staged_reject r" \
                " JOIN elt_catalog.pipeline p ON p.id = r.pipeline_id WHERE p.name = '%s';" % (at, form, name)


def came(db):
    rows = {}
    text = db.sql("COPY (SELECT at, form, n, rejected, v FROM came) TO STDOUT (FORMAT csv, NULL '\\N', FORCE_QUOTE (v))")
    for at, form, n, rejected, value in csv.reader(io.StringIO(text)):
        rows.setdefault((int(at), form), []).append((int(n), REJECT if rejected == "t" else None if value == "\\N" else value))
    return rows


def as_number(case, value):
    """Numbers are compared as such: a database writes 1e3 as 1000."""
    if value in (REJECT, None) or not case.type.startswith(("numeric", "float8")):
        return value
    return float(value) if case.type == "float8" else decimal.Decimal(value)


def main(tap):
    rng = random.Random(SEED)
    cases = list(all_cases(rng))
    root = tempfile.mkdtemp(prefix="elt_spellings_")
    os.chmod(root, 0o755)
    try:
        db = database.Database("example_spellings")
        db.sql("SET timezone = 'Asia/Tokyo'; SET datestyle = 'SQL, DMY';\n" + "\n".join(statements(cases, root)))
        got = came(db)
        for at, case in enumerate(cases):
            wanted = [as_number(case, case.read(text)) for text in case.texts]
            for form in ("csv", "json"):
                rows = dict(got.get((at, form), []))
                faults = ["%r: %s, computed %s" % (text, rows.get(n, "nothing"), wanted[n]) for n, text in enumerate(case.texts)
                          if as_number(case, rows.get(n, "nothing")) != wanted[n]]
                tap.ok(not faults and len(got.get((at, form), [])) == len(case.texts),
                       "%s %s in %s: %d texts, %d rejected" % (case.type, case.option_list(), form, len(wanted), wanted.count(REJECT)),
                       *faults[:10])
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(Tap().run(main))
