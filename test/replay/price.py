"""/price: day-ahead prices per bidding zone.

The market day is the Brussels day: tomorrow's prices exist from 13:00 there.
A revision r > 0 adds r EUR to the first four points of the local day.
"""
import datetime
import functools
import math

from noise import jitter, seed_of, smooth, unit
from power import shape, sunlight
from zones import (BRUSSELS, DAY, days, grid, local_date, midnight, next_day, offset_at,
                   price_step)

CC_BY = "CC BY 4.0 (creativecommons.org/licenses/by/4.0) from Bundesnetzagentur | SMARD.de"
RESTRICTED = (
    "The data provided herein is for private and internal use only. The utilization of any"
    " data, whether in its raw or derived form, for external or commercial purposes is"
    " expressly prohibited. Should you require licensing for market-related data, please"
    " direct your inquiries to the original data providers, including but not limited to"
    " EPEX SPOT SE.")
OPEN_ZONES = frozenset("AT BE CH CZ DE-LU DE-AT-LU DK1 DK2 FR HU IT-North NL NO2 PL SE4"
                       " SI".split())

FIRST_DAY = datetime.date(2015, 1, 1)
DE_LU_LISTED = datetime.date(2018, 1, 1)
DE_LU_TRADED = datetime.date(2018, 10, 1)
PUBLICATION = 13 * 3600
LOWEST, HIGHEST = -500.0, 936.28
REVISED_POINTS = 4

YEAR_LEVEL = {2015: 32, 2016: 29, 2017: 34, 2018: 44, 2019: 38, 2020: 30, 2021: 97,
              2022: 235, 2023: 95, 2024: 79, 2025: 89}
USUAL_LEVEL = 88
PRICE_SHAPE = (-.3, -.35, -.4, -.4, -.3, -.05, .3, .5, .4, .15, 0, -.1,
               -.2, -.25, -.15, 0, .15, .45, .8, .75, .4, .15, 0, -.2)


def unit_on(date):
    """The unit's spelling changed over time."""
    if date < datetime.date(2024, 12, 1):
        return "EUR / megawatt_hour"
    return "No Unit" if date.year == 2024 else "EUR / MWh"


def span(zone):
    """The first local day listed, and the first one after the zone's end."""
    if zone == "DE-LU":
        return DE_LU_LISTED, None
    return FIRST_DAY, DE_LU_TRADED if zone == "DE-AT-LU" else None


@functools.lru_cache(maxsize=2000)
def day_prices(zone, date, revision):
    """Instants and prices of one local day."""
    times = grid(zone, date, price_step(zone, date))
    if zone == "DE-LU" and date < DE_LU_TRADED:
        return times, [None] * len(times)
    seed = seed_of("price", zone)
    level = YEAR_LEVEL.get(date.year, USUAL_LEVEL) * (0.9 + 0.2 * unit(seed, 0))
    spike = 4 if unit(seed, date.toordinal()) < 0.003 else 1
    prices = [price_at(zone, seed, level, spike, t) for t in times]
    for i in range(REVISED_POINTS):
        prices[i] = round(prices[i] + revision, 2)
    return times, prices


def price_at(zone, seed, level, spike, t):
    hour = ((t + offset_at(zone, t)) % DAY) / 3600
    wind = max(0.0, smooth(seed_of("weather"), t, 64800) + 0.25 * smooth(seed, t, 21600))
    price = level * (1 + 0.45 * shape(PRICE_SHAPE, hour) - 0.75 * wind)
    price -= 0.9 * level * sunlight(t) * (0.6 + 0.4 * smooth(seed, t, 43200))
    price += 0.04 * level * jitter(seed, t) + 0.15 * level * math.sin(hour % 1 * 6.28)
    if 17 <= hour < 20:
        price *= spike
    return round(min(HIGHEST, max(LOWEST, price)), 2) + 0.0


def published_until(now):
    """The first instant without a price yet."""
    today = local_date(BRUSSELS, now)
    start = midnight(BRUSSELS, today)
    opens = start + PUBLICATION
    # 13:00 on the wall, also on a day whose clocks changed in the night.
    opens -= offset_at(BRUSSELS, opens) - offset_at(BRUSSELS, start)
    last = next_day(today) if now >= opens else today
    return midnight(BRUSSELS, next_day(last))


def document(zone, first, last, now, revision_of):
    """The response, or None when the window holds no point."""
    begin, after = span(zone)
    first = max(first, midnight(zone, begin))
    last = min(last, published_until(now) - 1)
    if after:
        last = min(last, midnight(zone, after) - 1)
    times, prices = [], []
    for date in days(zone, first, last) if first <= last else ():
        day_times, day_values = day_prices(zone, date, revision_of(zone, date.isoformat()))
        for t, price in zip(day_times, day_values):
            if first <= t <= last:
                times.append(t)
                prices.append(price)
    if not times:
        return None
    return {"license_info": CC_BY if zone in OPEN_ZONES else RESTRICTED,
            "unix_seconds": times, "price": prices,
            "unit": unit_on(local_date(zone, times[0])), "deprecated": False}
