"""/installed_power: capacities by year, and for de also by month.

A revision r > 0 of the country adds 0.012 r to the last two known values of each
series that is not a plan, as late registrations do.
"""
import datetime
import math

from noise import jitter, seed_of, unit
from profiles import PROFILES, profile
from zones import DAY

FIRST_YEAR = {"de": 2002}
USUAL_FIRST_YEAR = 2014
LAST_PLANNED_YEAR = 2030
RENAMED = datetime.date(2024, 7, 1)

# Year: GW (GWh for capacity); straight lines between, the last slope goes on.
GERMANY = {
    "Nuclear": {2002: 23.6, 2003: 22.1, 2010: 21.5, 2011: 12.1, 2015: 10.8, 2019: 9.5,
                2021: 8.1, 2022: 4.1, 2023: 0.0, 2024: 0.0},
    "Fossil brown coal / lignite": {2002: 20.3, 2015: 21.4, 2021: 19.8, 2024: 15.1, 2025: 15.0},
    "Fossil hard coal": {2002: 28.3, 2015: 28.6, 2021: 19.1, 2024: 15.6, 2025: 15.4},
    "Fossil gas": {2002: 20.3, 2010: 23.8, 2022: 35.1, 2025: 35.3},
    "Fossil oil": {2002: 5.3, 2011: 4.2, 2022: 5.1, 2024: 3.8, 2025: 3.8},
    "Other, non-renewable": {2011: 3.2, 2019: 3.3, 2023: 2.4, 2025: 2.3},
    "Hydro": {2002: 4.9, 2016: 5.5, 2017: 4.8, 2022: 4.9, 2025: 5.9},
    "Hydro pumped storage": {2011: 9.2, 2018: 9.8, 2025: 9.9},
    "Battery storage (power)": {2002: 0.001, 2013: 0.025, 2019: 1.0, 2022: 4.2, 2025: 16.6},
    "Battery storage (capacity)": {2002: 0.001, 2013: 0.033, 2019: 1.4, 2022: 6.3, 2025: 25.0},
    "Biomass": {2002: 0.7, 2011: 5.5, 2020: 8.6, 2025: 9.0},
    "Wind offshore": {2009: 0.035, 2014: 1.0, 2019: 7.6, 2025: 9.7},
    "Wind offshore planned (WindSeeG)": {2030: 30.0},
    "Wind onshore": {2002: 12.0, 2010: 26.8, 2017: 50.2, 2021: 56.0, 2025: 68.2},
    "Wind onshore planned (EEG 2023)": {2024: 69.0, 2026: 84.0, 2028: 99.0, 2030: 115.0},
    "Solar DC": {2002: 0.3, 2009: 10.5, 2012: 32.9, 2017: 42.4, 2021: 60.2, 2025: 117.7},
    "Solar AC": {2002: 0.28, 2009: 9.9, 2012: 31.1, 2017: 39.9, 2021: 56.1, 2025: 107.5},
    "Solar planned (EEG 2023)": {2024: 88.0, 2026: 128.0, 2028: 172.0, 2030: 215.0},
}
PLANNED = tuple(name for name in GERMANY if " planned " in name)
OLD_NAMES = {"Battery storage (power)": "Battery Storage (Power)",
             "Battery storage (capacity)": "Battery Storage (Capacity)"}
NOT_CAPACITY = ("Load", "Cross border electricity trading",
                "Hydro pumped storage consumption", "Battery Consumption")
# Installed GW for one MW of the profile: what runs all year needs less headroom.
HEADROOM = {"flat": 0.0014, "follow": 0.0025, "river": 0.0024, "up": 0.0011,
            "wind": 0.0015, "solar": 0.0015}
NUCLEAR_HEADROOM = 0.00148


def line(points, when):
    """The value at a moment in years, or None before the first point."""
    years = sorted(points)
    if when < years[0]:
        return None
    right = min((i for i, year in enumerate(years) if year >= when), default=len(years) - 1)
    right = max(1, right)
    low, high = years[right - 1], years[right]
    slope = (points[high] - points[low]) / (high - low)
    return max(0.0, points[low] + slope * (when - low))


def with_float_noise(value, seed, number):
    """Three decimals; now and then one bit off, as sums of floats are."""
    value = round(value, 3)
    if value and unit(seed, number) < 0.12:
        return math.nextafter(value, 0.0)
    return value


def anchors(country):
    """The capacity lines of a country that is not de, from its power profile."""
    lines = {}
    for name, (kind, mean, _) in profile(country).items():
        if name in NOT_CAPACITY:
            continue
        gigawatts = mean * (NUCLEAR_HEADROOM if name == "Nuclear" else HEADROOM[kind])
        grows = 0.35 if kind == "solar" else 0.55 if kind == "wind" else 0.95
        lines["Solar AC" if name == "Solar" else name] = {
            2014: gigawatts * grows, 2025: gigawatts}
    if country in PROFILES:
        lines["Marine"] = {2014: 0.24, 2025: 0.24}
    return lines


def values(country, name, points, moments):
    seed = seed_of("capacity", country, name)
    result = []
    for when in moments:
        value = line(points, when)
        if value is not None:
            wobble = 1 + 0.002 * jitter(seed, round(when * 12))
            value = with_float_noise(value * wobble, seed, round(when * 12))
        result.append(value)
    return result


def revise(data, revision):
    known = [i for i, value in enumerate(data) if value is not None]
    for i in known[-2:] if revision else ():
        data[i] = round(data[i] + 0.012 * revision, 3)
    return data


def yearly(country, today, revision):
    first = FIRST_YEAR.get(country, USUAL_FIRST_YEAR)
    current = today.year if country == "de" else today.year - 1
    last = max(LAST_PLANNED_YEAR, current) if country == "de" else current
    years = range(first, last + 1)
    series = {}
    for name, points in (GERMANY if country == "de" else anchors(country)).items():
        if name in PLANNED:
            series[name] = [points.get(year) for year in years]
            continue
        data = values(country, name, points, [year for year in years if year <= current])
        series[name] = revise(data, revision) + [None] * (last - current)
    return [str(year) for year in years], series


def monthly(today, revision):
    """The newest month repeats the one before it; for batteries it is null."""
    count = (today.year - 2002) * 12 + today.month
    months = [(2002 + i // 12, i % 12 + 1) for i in range(count)]
    moments = [year + (month - 1) / 12 for year, month in months]
    series = {}
    for name, points in GERMANY.items():
        if name in PLANNED:
            continue
        data = values("de", name, points, moments)
        data[-1] = None if name.startswith("Battery") else data[-2]
        series[name] = revise(data, revision)
    return ["%02d.%d" % (month, year) for year, month in months], series


def changes(data, scale, places):
    """What was added or taken away in each period."""
    result = [None]
    for before, after in zip(data, data[1:]):
        known = before is not None and after is not None
        result.append(round((after - before) * scale, places) + 0.0 if known else None)
    return result


def document(country, by_month, net_changes, now, revision):
    today = datetime.date(1970, 1, 1) + datetime.timedelta(int(now // DAY))
    time, series = (monthly(today, revision) if by_month
                    else yearly(country, today, revision))
    if net_changes:
        scale, places = (1000, 1) if by_month else (1, 3)
        series = {name: changes(data, scale, places) for name, data in series.items()
                  if name not in PLANNED}
    if today < RENAMED:
        series = {OLD_NAMES.get(name, name): data for name, data in series.items()}
    return {"time": time,
            "production_types": [{"name": name, "data": data}
                                 for name, data in series.items()],
            "last_update": last_update(now), "deprecated": False}


def last_update(now):
    """Moves every hour, though the data does not."""
    return int(now) // 3600 * 3600 + 315
