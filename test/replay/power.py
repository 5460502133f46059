"""/public_power and /total_power: a day's values, then the live edge over them.

A day's values depend on (country, day, revision) alone. Only the last few points
before the edge depend on the clock: trailing nulls, and provisional numbers that
repeat an older value until the real one arrives.

A revision r > 0 changes every point of Hydro Run-of-River (+1.1 % a revision),
Biomass (-1 %), Geothermal (+0.5 MW) and both shares (-0.1); nothing else changes.
"""
import datetime
import functools
import math

from noise import jitter, pick, seed_of, smooth, unit
from profiles import (INTEGERS, LOAD, RENEWABLE, RESIDUAL, RIVER, SHARE_OF_GENERATION,
                      SHARE_OF_LOAD, SHARES, TRADE, VARIABLE, names_on, profile)
from zones import DAY, days, grid, local_date, midnight, offset_at, power_step

FIRST_DAY = datetime.date(2015, 1, 1)
DAYS_KEPT = 400
LAG = {"se": 9 * 3600, "it": 3 * 3600, "fr": 16200}
USUAL_LAG = 10500
CARRIED_POINTS = 3

# Points of trailing null per series, from-to; one draw per position of the edge.
TRAILING = {
    "de": {"Solar": (1, 5), "Wind onshore": (0, 8), "Load": (1, 2)},
    "at": {"Hydro pumped storage consumption": (5, 5), "Biomass": (5, 5),
           "Geothermal": (5, 5), "Others": (5, 5), "Waste": (5, 5),
           "Wind onshore": (5, 5), "Solar": (5, 5), "Load": (4, 4)},
    "it": {"Fossil hard coal": (9, 9), "Fossil oil": (9, 9), "Battery Consumption": (2, 4),
           "Hydro pumped storage consumption": (8, 11)},
    "fr": {}, "se": {},
}
USUAL_TRAILING = {"Solar": (1, 3), "Load": (1, 2)}

# Chance that an hour is null for ever, in the middle of a day.
GAPS = {("it", "Hydro pumped storage consumption"): 0.3, ("it", "Hydro pumped storage"): 0.4,
        ("it", "Battery Consumption"): 0.4, ("it", "Battery"): 0.4,
        ("it", "Fossil coal-derived gas"): 0.05}

LOAD_SHAPE = (-.75, -.85, -.9, -.9, -.8, -.5, 0, .5, .75, .8, .8, .85,
              .8, .7, .55, .5, .55, .8, 1, .95, .7, .4, 0, -.4)
STORAGE_SHAPE = (-.5, -.6, -.6, -.6, -.4, 0, .5, .8, .5, 0, -.4, -.7,
                 -.9, -.9, -.7, -.3, .2, .7, 1, .9, .7, .3, 0, -.3)


def shape(table, hour):
    low = int(hour) % 24
    part = hour - int(hour)
    return table[low] * (1 - part) + table[(low + 1) % 24] * part


def sunlight(t):
    """Sine of the sun's height at 50 degrees north, never below 0."""
    day = (t / DAY) % 365.2425
    declination = math.radians(-23.44) * math.cos(2 * math.pi * (day + 10) / 365.2425)
    latitude = math.radians(50)
    hour_angle = math.radians(((t % DAY) / 3600 + 0.67 - 12) * 15)
    return max(0.0, math.sin(latitude) * math.sin(declination)
               + math.cos(latitude) * math.cos(declination) * math.cos(hour_angle))


class Day:
    """One local day of one country before rounding."""

    def __init__(self, country, date, scale):
        self.country = country
        self.date = date
        self.scale = scale
        self.times = grid(country, date, power_step(country, date))
        self.series = {}

    def seed(self, name):
        return seed_of(self.country, name)

    def load(self, mean, swing):
        seed, weekday = self.seed(LOAD), self.date.weekday()
        level = mean * self.scale * (0.86 if weekday == 6 else 0.91 if weekday == 5 else 1)
        level *= 1 + 0.08 * math.cos(2 * math.pi * (self.date.timetuple().tm_yday - 20) / 365)
        for t in self.times:
            hour = ((t + offset_at(self.country, t)) % DAY) / 3600
            yield level * (1 + swing * shape(LOAD_SHAPE, hour) + 0.03 * smooth(seed, t, 21600)
                           + 0.004 * jitter(seed, t))

    def solar(self, peak, _):
        seed = self.seed("Solar")
        peak *= 1 + 0.09 * (self.date.year - 2022)
        for t in self.times:
            clouds = 0.55 + 0.4 * smooth(seed, t, 43200) + 0.05 * jitter(seed, t)
            yield max(0.0, peak * sunlight(t) * clouds)

    def wind(self, name, peak):
        # Onshore and offshore share the weather, so one seed for both.
        weather, seed = self.seed("weather"), self.seed(name)
        season = 1 + 0.25 * math.cos(2 * math.pi * self.date.timetuple().tm_yday / 365)
        for t in self.times:
            force = (0.36 + 0.3 * smooth(weather, t, 64800) + 0.06 * smooth(seed, t, 10800)
                     + 0.01 * jitter(seed, t))
            yield peak * min(1.0, max(0.02, force * season))

    def flat(self, name, mean, swing):
        seed = self.seed(name)
        for t in self.times:
            yield mean * (1 + swing * (0.7 * smooth(seed, t, 28800) + 0.3 * jitter(seed, t)))

    def river(self, name, mean, swing):
        seed = self.seed(name)
        season = 1 + swing * math.sin(2 * math.pi * (self.date.timetuple().tm_yday - 60) / 365)
        for t in self.times:
            yield mean * season * (1 + 0.1 * smooth(seed, t, 172800) + 0.02 * jitter(seed, t))

    def follow(self, name, mean, swing, need):
        seed = self.seed(name)
        for t, wanted in zip(self.times, need):
            level = 1 + swing * wanted + 0.05 * smooth(seed, t, 14400) + 0.01 * jitter(seed, t)
            yield mean * max(0.3, level)

    def storage(self, name, peak, direction):
        seed, floor = self.seed(name), 0.0 if self.country in ("at", "it") else 0.002
        for t in self.times:
            hour = ((t + offset_at(self.country, t)) % DAY) / 3600
            level = direction * shape(STORAGE_SHAPE, hour) + 0.2 * smooth(seed, t, 14400)
            yield direction * peak * max(floor * unit(seed, t), level * 0.8)

    def fill(self):
        """Series in order of need: what follows the weather comes after it."""
        known = profile(self.country)
        names = [name for name in names_on(self.country, self.date) if name in known]
        self.series[LOAD] = list(self.load(*known[LOAD][1:]))
        for name in names:
            kind, mean, swing = known[name]
            if kind == "solar":
                self.series[name] = list(self.solar(mean, swing))
            elif kind == "wind":
                self.series[name] = list(self.wind(name, mean))
            elif kind == "flat":
                self.series[name] = list(self.flat(name, mean, swing))
            elif kind == "river":
                self.series[name] = list(self.river(name, mean, swing))
            elif kind in ("up", "down"):
                direction = 1 if kind == "up" else -1
                self.series[name] = list(self.storage(name, mean, direction))
        residual = self.residual()
        mean_load = known[LOAD][1] * self.scale
        need = [(value - 0.62 * mean_load) / mean_load for value in residual]
        for name in names:
            kind, mean, swing = known[name]
            if kind == "follow":
                self.series[name] = list(self.follow(name, mean * self.scale, swing, need))
        self.balance(residual)

    def residual(self):
        sources = [self.series[name] for name in VARIABLE if name in self.series]
        return [load - sum(values) for load, *values in zip(self.series[LOAD], *sources)]

    def balance(self, residual):
        """Trade closes the gap between generation and load; shares follow."""
        made = [values for name, values in self.series.items() if name != LOAD]
        green = [values for name, values in self.series.items() if name in RENEWABLE]
        load = self.series[LOAD]
        generation = [sum(max(0.0, v) for v in values) for values in zip(*made)]
        renewable = [sum(values) for values in zip(*green)]
        self.series[TRADE] = [need - sum(values) for need, *values in zip(load, *made)]
        self.series[RESIDUAL] = residual
        self.series[SHARE_OF_LOAD] = [100 * g / l for g, l in zip(renewable, load)]
        self.series[SHARE_OF_GENERATION] = [100 * g / m
                                            for g, m in zip(renewable, generation)]


def rounded(country, name, values):
    """One decimal; whole MW where the country reports so. Keeps -0.0 for at."""
    places = 0 if country in INTEGERS and name not in (*SHARES, TRADE) else 1
    result = [round(value, places) for value in values]
    return result if country == "at" else [value + 0.0 for value in result]


def revised(name, values, revision):
    if name == RIVER:
        return [value * (1 + 0.011 * revision) for value in values]
    if name == "Biomass":
        return [value * (1 - 0.010 * revision) for value in values]
    if name == "Geothermal":
        return [value + 0.5 * revision for value in values]
    if name in SHARES:
        return [value - 0.1 * revision for value in values]
    return values


@functools.lru_cache(maxsize=DAYS_KEPT)
def final_day(country, date, revision, scale):
    """Values of a day when all data is in: (times, {name: values})."""
    day = Day(country, date, scale)
    day.fill()
    series = {}
    for name in names_on(country, date):
        values = rounded(country, name, day.series[name])
        if revision:
            values = [round(v, 1) for v in revised(name, values, revision)]
        series[name] = with_gaps(country, name, day.times, values)
    return day.times, series


def with_gaps(country, name, times, values):
    chance = GAPS.get((country, name))
    if not chance:
        return values
    seed = seed_of(country, name, "gaps")
    return [None if unit(seed, t // 3600) < chance else value
            for t, value in zip(times, values)]


def order_on(date, names):
    """On every third day or so the service lists series in another order."""
    turn = pick(seed_of("order"), date.toordinal(), 0, 2)
    return names if turn else names[5:] + names[:5]


class Answer:
    """The window of one request."""

    def __init__(self, country, first, last, now, revision_of, scale=1.0):
        self.country = country
        self.revision_of = revision_of
        self.scale = scale
        self.edge = self.last_point(now)
        self.first = max(first, midnight(country, FIRST_DAY))
        self.last = min(last, self.edge)
        self.times = []
        self.series = {}

    def last_point(self, now):
        seen = now - LAG.get(self.country, USUAL_LAG)
        step = power_step(self.country, local_date(self.country, seen))
        return int(seen) // step * step

    def day(self, date):
        revision = self.revision_of(self.country, date.isoformat())
        return final_day(self.country, date, revision, self.scale)

    def collect(self):
        """Joins days; a series that a day lacks is null on that day."""
        if self.last < self.first:
            return
        first_day = local_date(self.country, self.first)
        for name in order_on(first_day, names_on(self.country, first_day)):
            self.series[name] = []
        for date in days(self.country, self.first, self.last):
            times, series = self.day(date)
            wanted = [i for i, t in enumerate(times) if self.first <= t <= self.last]
            before = len(self.times)
            self.times.extend(times[i] for i in wanted)
            for name in series:
                self.series.setdefault(name, [None] * before)
            for name, values in self.series.items():
                source = series.get(name)
                values.extend([None] * len(wanted) if source is None
                              else [source[i] for i in wanted])

    def blur_edge(self):
        """Provisional and missing values of the last points before the edge."""
        step = power_step(self.country, local_date(self.country, self.edge))
        if not self.times or self.times[-1] < self.edge - 12 * step:
            return
        trails = {name: pick(seed_of(self.country, name), self.edge, low, high)
                  for name, (low, high)
                  in TRAILING.get(self.country, USUAL_TRAILING).items()}
        steady = self.edge - CARRIED_POINTS * step
        for name, values in self.series.items():
            trail = trails.get(name, 0)
            carries = name not in (*VARIABLE, LOAD, RESIDUAL, *SHARES)
            for i, t in enumerate(self.times):
                if t > self.edge - trail * step:
                    values[i] = None
                elif carries and t > steady:
                    values[i] = self.value_at(name, steady)
        self.derive()

    def value_at(self, name, t):
        times, series = self.day(local_date(self.country, t))
        return series[name][times.index(t)] if name in series else None

    def derive(self):
        """Residual load and shares are null where an input is; at ignores wind and sun."""
        load = self.series[LOAD]
        inputs = [self.series[name] for name in VARIABLE if name in self.series]
        for i, value in enumerate(load):
            missing = any(values[i] is None for values in inputs)
            if value is None or (missing and self.country != "at"):
                self.series[RESIDUAL][i] = self.series[SHARE_OF_LOAD][i] = None
                if self.country != "at":
                    self.series[SHARE_OF_GENERATION][i] = None
            elif missing:
                self.series[RESIDUAL][i] = value

    def document(self, load_name=LOAD):
        """The response, or None when the window holds no point."""
        self.collect()
        self.blur_edge()
        if not self.times:
            return None
        return {"unix_seconds": self.times,
                "production_types": [
                    {"name": load_name if name == LOAD else name, "data": values}
                    for name, values in self.series.items()],
                "deprecated": False}
