"""The three analyses, computed from raw answers alone: no SQL, exact decimals throughout.

It is written from the definitions in docs/examples/energy, not from the views: steps come from the
distances between timestamps, days from zoneinfo, medians from statistics.
"""
import collections
import datetime
import decimal
import functools
import statistics
import zoneinfo

decimal.getcontext().prec = 60
D = decimal.Decimal

ZONES = {"de": "Europe/Berlin", "fr": "Europe/Paris", "at": "Europe/Vienna", "it": "Europe/Rome",
         "se": "Europe/Stockholm", "pt": "Europe/Lisbon",
         "DE-LU": "Europe/Berlin", "FR": "Europe/Paris", "CH": "Europe/Zurich", "PT": "Europe/Lisbon"}
COUNTRY_OF = {"DE-LU": "de", "FR": "fr", "CH": "ch", "PT": "pt"}
EURO_UNITS = ("EUR / MWh", "EUR/MWh", "EUR / megawatt_hour", "No Unit")

CONSUMPTION = {"Hydro pumped storage consumption", "Battery Consumption"}
NOT_PRODUCTION = {"Cross border electricity trading", "Load", "Residual load",
                  "Renewable share of load", "Renewable share of generation"}

HISTORY_DAYS = 28
HISTORY_LEAST = 14
HALF_HOUR = 1800


def local(area, second):
    return datetime.datetime.fromtimestamp(second, zoneinfo.ZoneInfo(ZONES[area]))


@functools.lru_cache(maxsize=None)
def local_date(area, second):
    return local(area, second).date()


@functools.lru_cache(maxsize=None)
def day_hours(area, date):
    """23, 24 or 25: the distance between two local midnights."""
    zone = zoneinfo.ZoneInfo(ZONES[area])
    edges = [datetime.datetime.combine(date + datetime.timedelta(days=n), datetime.time(), zone)
             for n in (0, 1)]
    return D(int(edges[1].timestamp() - edges[0].timestamp())) / 3600


class Series:
    """The points of one area and series name: {unix second: value or None}, a later answer wins."""

    def __init__(self, area, name):
        self.area = area
        self.name = name
        self.values = {}

    def steps(self):
        """{second: minutes}: the least distance to a neighbour on the same local day.

        The only point of a day is measured against its neighbours on other days, and one with
        no neighbour within an hour holds for the hour.
        """
        seconds = sorted(self.values)
        dates = [local_date(self.area, second) for second in seconds]
        result = {}
        for i, second in enumerate(seconds):
            near = [j for j in (i - 1, i + 1) if 0 <= j < len(seconds)]
            near = [j for j in near if dates[j] == dates[i]] or near
            distances = [abs(seconds[j] - second) // 60 for j in near]
            result[second] = min([60, *distances])
        return result

    def energy(self):
        """[(second, local date, hours, MWh or None)]"""
        return [(second, local_date(self.area, second), D(minutes) / 60,
                 None if self.values[second] is None else self.values[second] * minutes / 60)
                for second, minutes in self.steps().items()]


def collect(answers, kind):
    """{(area, name): Series} of the answers of one kind, in their order."""
    result = {}
    for answer in answers:
        if answer.kind == kind:
            for name, second, value in answer.points():
                key = (answer.area, name)
                result.setdefault(key, Series(*key)).values[second] = value
    return result


def is_generation(name):
    return name not in CONSUMPTION and name not in NOT_PRODUCTION


# -- price against wind -------------------------------------------------------------------------

def daily_prices(answers):
    """{(zone, date): [(hours, price)]} of the answers whose unit is EUR per MWh."""
    euro = [a for a in answers if a.kind == "price" and a.document["unit"] in EURO_UNITS]
    result = collections.defaultdict(list)
    for (zone, _), series in collect(euro, "price").items():
        for second, minutes in series.steps().items():
            if series.values[second] is not None:
                result[zone, local_date(zone, second)].append((D(minutes) / 60, series.values[second]))
    return result


def daily_wind(answers, name):
    """{(country, date): (hours, MWh)} where there is a value."""
    result = {}
    for (country, series_name), series in collect(answers, "public_power").items():
        if series_name == name:
            for _, date, hours, energy in series.energy():
                if energy is not None:
                    h, e = result.get((country, date), (D(0), D(0)))
                    result[country, date] = (h + hours, e + energy)
    return result


def daily_price_analysis(answers):
    onshore = daily_wind(answers, "Wind onshore")
    offshore = daily_wind(answers, "Wind offshore")
    result = {}
    for (zone, date), prices in daily_prices(answers).items():
        hours = sum(h for h, _ in prices)
        key = COUNTRY_OF[zone], date
        on_hours, on = onshore.get(key, (None, None))
        off_hours, off = offshore.get(key, (None, None))
        wind = [energy for energy in (on, off) if energy is not None]
        wind_hours = {h for h in (on_hours, off_hours) if h is not None}
        whole = day_hours(zone, date)
        result[zone, date.isoformat()] = {
            "day_hours": whole, "price_hours": hours,
            "price_avg": sum(h * p for h, p in prices) / hours,
            "price_min": min(p for _, p in prices), "price_max": max(p for _, p in prices),
            "onshore_hours": on_hours, "onshore_mwh": on,
            "offshore_hours": off_hours, "offshore_mwh": off,
            "wind_mwh": sum(wind) if wind else None,
            "is_complete": hours == whole and wind_hours == {whole}}
    return result


def correlation(pairs):
    pairs = [(x, y) for x, y in pairs if x is not None and y is not None]
    if len(pairs) < 2:
        return None
    mean_x = sum(x for x, _ in pairs) / len(pairs)
    mean_y = sum(y for _, y in pairs) / len(pairs)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in pairs)
    xx = sum((x - mean_x) ** 2 for x, _ in pairs)
    yy = sum((y - mean_y) ** 2 for _, y in pairs)
    return xy / (xx * yy).sqrt() if xx and yy else None


def price_wind_correlation(answers):
    groups = collections.defaultdict(list)
    for (zone, day), row in daily_price_analysis(answers).items():
        if row["is_complete"]:
            groups[zone, None].append(row)
            groups[zone, day[:8] + "01"].append(row)
    return {key: {"days": len(rows),
                  "price_onshore": correlation([(r["price_avg"], r["onshore_mwh"]) for r in rows]),
                  "price_offshore": correlation([(r["price_avg"], r["offshore_mwh"]) for r in rows]),
                  "price_wind": correlation([(r["price_avg"], r["wind_mwh"]) for r in rows])}
            for key, rows in groups.items()}


# -- net energy by production type --------------------------------------------------------------

def daily_production_trend(answers):
    result = {}
    for (country, name), series in collect(answers, "public_power").items():
        if name in NOT_PRODUCTION:
            continue
        for _, date, hours, energy in series.energy():
            row = result.setdefault((country, name, date.isoformat()), {
                "net_energy_mwh": None, "covered_hours": D(0), "null_points": 0,
                "day_hours": day_hours(country, date),
                "category": "consumption" if name in CONSUMPTION else "generation"})
            if energy is None:
                row["null_points"] += 1
            else:
                row["net_energy_mwh"] = (row["net_energy_mwh"] or D(0)) + energy
                row["covered_hours"] += hours
    for row in result.values():
        row["is_complete"] = row["covered_hours"] == row["day_hours"]
    return result


# -- underperformance ---------------------------------------------------------------------------

def half_hours(series):
    """{second: MW or None}: every half hour that a point touches; a number when covered whole."""
    pieces = collections.defaultdict(list)
    for second, minutes in series.steps().items():
        for start in range(second, second + minutes * 60, 900):
            pieces[start // HALF_HOUR * HALF_HOUR].append(series.values[second])
    return {start: sum(values) / 2 if len(values) == 2 and None not in values else None
            for start, values in pieces.items()}


class Underperformance:
    """One generating series in half hours."""

    def __init__(self, series):
        self.area = series.area
        self.power = half_hours(series)
        self.clock = {start: local(self.area, start) for start in self.power}
        self.by_clock = collections.defaultdict(list)
        for start, value in self.power.items():
            if value is not None:
                self.by_clock[self.clock[start].time(), self.clock[start].date()].append(value)

    def days_before(self, start, first, last):
        """The values at the same local time of day, first to last days before."""
        time, date = self.clock[start].time(), self.clock[start].date()
        return [value for n in range(first, last + 1)
                for value in self.by_clock.get((time, date - datetime.timedelta(days=n)), ())]

    def before(self, start, seconds):
        values = [self.power.get(start - back) for back in range(HALF_HOUR, seconds + 1, HALF_HOUR)]
        return [value for value in values if value is not None]

    def row(self, start):
        power = self.power[start]
        history = self.days_before(start, 1, HISTORY_DAYS)
        expected = statistics.median(history) if history else None
        mad = statistics.median(abs(v - expected) for v in history) if history else None
        judged = power is not None and history
        z = (power - expected) / max(D("1.4826") * mad, abs(expected) / 100, 1) if judged else None
        return {"power_mw": power, "history_values": len(history), "expected_mw": expected,
                "mad_mw": mad, "deviation_mw": power - expected if judged else None, "robust_z": z,
                "is_underperforming": self.verdict(z, len(history)), **self.features(start)}

    @staticmethod
    def verdict(z, values):
        """'either' where float8 and exact arithmetic may fall on different sides of the limit."""
        if z is None or values < HISTORY_LEAST:
            return None
        return "either" if abs(z + 3) < D("1e-9") else z <= -3

    def features(self, start):
        last_day, hours = self.before(start, 86400), self.before(start, 3 * 3600)
        return {"lag_30m_mw": self.power.get(start - HALF_HOUR),
                "lag_1h_mw": self.power.get(start - 2 * HALF_HOUR),
                "lag_1d_mw": mean(self.days_before(start, 1, 1)),
                "lag_7d_mw": mean(self.days_before(start, 7, 7)),
                "mean_3h_mw": mean(hours), "mean_24h_mw": mean(last_day),
                "stddev_24h_mw": deviation(last_day),
                "min_24h_mw": min(last_day, default=None), "max_24h_mw": max(last_day, default=None)}


def mean(values):
    return sum(values) / len(values) if values else None


def deviation(values):
    """Of a sample, in squares of its own: the variance of n values needs n sums, not n*n."""
    if len(values) < 2:
        return None
    total, squares = sum(values), sum(v * v for v in values)
    return ((squares - total * total / len(values)) / (len(values) - 1)).sqrt()


def underperformance(answers, countries):
    result = {}
    for (country, name), series in collect(answers, "public_power").items():
        if country in countries and is_generation(name):
            judge = Underperformance(series)
            for start in judge.power:
                result[country, name, start] = judge.row(start)
    return result
