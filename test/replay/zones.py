"""Countries, bidding zones, their local days and steps, and the start/end forms.

European zones change their clocks together, at 01:00 UTC on the last Sundays of
March and October, so one rule with a base offset serves all of them.
"""
import datetime
import functools
import re

DAY = 86400
UTC_PLUS_0 = frozenset("ie uk pt PT".split())
UTC_PLUS_2 = frozenset("bg ee fi gr lt lv ro BG EE FI GR LT LV RO".split())

COUNTRIES = frozenset(
    "at ba be bg ch cz de dk ee es eu fi fr gr hr hu ie it lt lu lv me mk nl no pl pt"
    " ro rs se si sk uk xk".split())
BIDDING_ZONES = frozenset(
    "AT BE BG CH CZ DE-LU DE-AT-LU DK1 DK2 EE ES FI FR GR HR HU IT-Calabria"
    " IT-Centre-North IT-Centre-South IT-North IT-SACOAC IT-SACODC IT-Sardinia"
    " IT-Sicily IT-South LT LV ME NL NO1 NO2 NO3 NO4 NO5 PL PT RO RS SE1 SE2 SE3 SE4"
    " SI SK".split())

QUARTER_HOURLY = frozenset("at cz de eu hu lu nl pl".split())
QUARTER_HOURLY_FROM_2026 = frozenset("be dk fr".split())
FIRST_QUARTER_HOUR_PRICES = datetime.date(2025, 10, 1)
ALWAYS_HOURLY_PRICES = frozenset(["CH"])
BRUSSELS = "be"


class Unparsable(ValueError):
    """Not one of the forms that start and end may take."""


def epoch(date):
    return (date.toordinal() - 719163) * DAY


@functools.lru_cache(maxsize=256)
def summer(year):
    """First and last second of summer time, UTC."""
    def change(month):
        last = datetime.date(year, month, 31)
        sunday = last - datetime.timedelta(days=last.isoweekday() % 7)
        return epoch(sunday) + 3600
    return change(3), change(10)


def base_offset(area):
    hours = 0 if area in UTC_PLUS_0 else 2 if area in UTC_PLUS_2 else 1
    return hours * 3600


def offset_at(area, t):
    first, after = summer(datetime.datetime.fromtimestamp(t, datetime.timezone.utc).year)
    return base_offset(area) + (3600 if first <= t < after else 0)


def local_date(area, t):
    return datetime.date.fromordinal(719163 + int(t + offset_at(area, t)) // DAY)


@functools.lru_cache(maxsize=4096)
def midnight(area, date):
    """The first second of the local day; clocks never change at midnight here."""
    t = epoch(date) - base_offset(area)
    return t - (offset_at(area, t) - base_offset(area))


def next_day(date):
    return date + datetime.timedelta(days=1)


def grid(area, date, step):
    """The instants of one local day: 23, 24 or 25 hours of steps."""
    return range(midnight(area, date), midnight(area, next_day(date)), step)


def power_step(country, date):
    if country in QUARTER_HOURLY:
        return 900
    if country in QUARTER_HOURLY_FROM_2026 and date.year >= 2026:
        return 900
    return 3600


def price_step(zone, date):
    if zone in ALWAYS_HOURLY_PRICES or date < FIRST_QUARTER_HOUR_PRICES:
        return 3600
    return 900


def parse_bound(text, area, is_end):
    """Unix seconds of a start or end: a date, an ISO instant, or unix seconds."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            date = datetime.date.fromisoformat(text)
            return midnight(area, next_day(date)) - 60 if is_end else midnight(area, date)
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return float(text)
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (ValueError, OverflowError) as error:
        raise Unparsable(text) from error
    if moment.tzinfo is not None:
        return moment.timestamp()
    naive = moment.replace(tzinfo=datetime.timezone.utc).timestamp()
    return naive - offset_at(area, naive - base_offset(area))


def window(area, start, end, now):
    """First and last second wanted, both included.

    No end means the same as start, no start means today, and both missing means
    the whole of today, each in the area's own time.
    """
    today = local_date(area, now).isoformat()
    start = start or today
    end = end or start
    return parse_bound(start, area, False), parse_bound(end, area, True)


def days(area, first, last):
    """The local days that the window touches."""
    date, final = local_date(area, first), local_date(area, last)
    while date <= final:
        yield date
        date = next_day(date)
