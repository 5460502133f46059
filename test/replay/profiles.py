"""What each country's electricity looks like: series, magnitudes, list changes.

A series is (kind, mean MW, swing). Kinds: flat (slow noise), river (slow, by
season), follow (runs when wind and sun do not), solar and wind (mean is the peak
reached in practice), up and down (storage discharging and charging), trade, load.
"""
import datetime

PUMPING = "Hydro pumped storage consumption"
CHARGING = "Battery Consumption"
TRADE = "Cross border electricity trading"
RIVER = "Hydro Run-of-River"
LOAD = "Load"
TOTAL_LOAD = "Load (incl. self-consumption)"
RESIDUAL = "Residual load"
SHARE_OF_LOAD = "Renewable share of load"
SHARE_OF_GENERATION = "Renewable share of generation"
SHARES = (SHARE_OF_LOAD, SHARE_OF_GENERATION)
VARIABLE = ("Wind offshore", "Wind onshore", "Solar")

ORDER = (
    PUMPING, CHARGING, TRADE, "Nuclear", RIVER, "Biomass",
    "Fossil brown coal / lignite", "Fossil hard coal", "Fossil oil",
    "Fossil coal-derived gas", "Fossil gas", "Geothermal", "Hydro water reservoir",
    "Hydro pumped storage", "Battery", "Others", "Other renewables", "Waste",
    "Wind offshore", "Wind onshore", "Solar", LOAD, RESIDUAL, *SHARES)

RENEWABLE = frozenset((RIVER, "Biomass", "Geothermal", "Hydro water reservoir",
                       "Other renewables", *VARIABLE))

GERMANY = {
    LOAD: ("load", 55000, 0.24), PUMPING: ("down", 4800, 0), TRADE: ("trade", 0, 0),
    "Nuclear": ("flat", 7900, 0.03), RIVER: ("river", 1700, 0.3),
    "Biomass": ("flat", 4350, 0.12), "Fossil brown coal / lignite": ("follow", 8800, 0.8),
    "Fossil hard coal": ("follow", 3600, 1.1), "Fossil oil": ("flat", 330, 0.3),
    "Fossil coal-derived gas": ("flat", 480, 0.3), "Fossil gas": ("follow", 7000, 1.0),
    "Geothermal": ("flat", 18.5, 0.2), "Hydro water reservoir": ("up", 520, 0),
    "Hydro pumped storage": ("up", 5200, 0), "Others": ("flat", 230, 0.3),
    "Waste": ("flat", 1080, 0.15), "Wind offshore": ("wind", 7600, 0),
    "Wind onshore": ("wind", 44000, 0), "Solar": ("solar", 60000, 0)}

FRANCE = {
    LOAD: ("load", 50500, 0.2), PUMPING: ("down", 3200, 0), CHARGING: ("down", 70, 0),
    TRADE: ("trade", 0, 0), "Nuclear": ("follow", 42500, 0.2), RIVER: ("river", 4900, 0.3),
    "Biomass": ("flat", 450, 0.08), "Fossil oil": ("flat", 60, 0.6),
    "Fossil gas": ("follow", 2600, 1.2), "Hydro water reservoir": ("follow", 2100, 0.9),
    "Hydro pumped storage": ("up", 4400, 0), "Battery": ("up", 60, 0),
    "Waste": ("flat", 390, 0.08), "Wind offshore": ("wind", 1700, 0),
    "Wind onshore": ("wind", 15000, 0), "Solar": ("solar", 17000, 0)}

AUSTRIA = {
    LOAD: ("load", 7200, 0.2), PUMPING: ("down", 900, 0), TRADE: ("trade", 0, 0),
    RIVER: ("river", 2800, 0.35), "Biomass": ("flat", 241, 0.02),
    "Fossil gas": ("follow", 1000, 0.8), "Geothermal": ("flat", 0.1, 0),
    "Hydro water reservoir": ("follow", 550, 0.8), "Hydro pumped storage": ("up", 2000, 0),
    "Others": ("flat", 22, 0), "Other renewables": ("flat", 3, 0.4),
    "Waste": ("flat", 100, 0), "Wind onshore": ("wind", 3000, 0),
    "Solar": ("solar", 5200, 0)}

ITALY = {
    LOAD: ("load", 32500, 0.24), PUMPING: ("down", 1600, 0), CHARGING: ("down", 1600, 0),
    TRADE: ("trade", 0, 0), RIVER: ("river", 2600, 0.3), "Biomass": ("flat", 710, 0.1),
    "Fossil hard coal": ("flat", 350, 0.2), "Fossil oil": ("flat", 10, 0.1),
    "Fossil coal-derived gas": ("flat", 174, 0.15), "Fossil gas": ("follow", 10800, 0.8),
    "Geothermal": ("flat", 590, 0.02), "Hydro water reservoir": ("up", 1200, 0),
    "Hydro pumped storage": ("up", 1500, 0), "Battery": ("up", 1700, 0),
    "Others": ("flat", 1930, 0.03), "Waste": ("flat", 9, 0.9),
    "Wind offshore": ("wind", 30, 0), "Wind onshore": ("wind", 7500, 0),
    "Solar": ("solar", 17500, 0)}

SWITZERLAND = {
    LOAD: ("load", 7000, 0.18), PUMPING: ("down", 2200, 0), TRADE: ("trade", 0, 0),
    "Nuclear": ("flat", 2900, 0.03), RIVER: ("river", 1600, 0.4),
    "Hydro water reservoir": ("follow", 1900, 0.9), "Hydro pumped storage": ("up", 1800, 0),
    "Wind onshore": ("wind", 60, 0), "Solar": ("solar", 3200, 0)}

SWEDEN = {
    LOAD: ("load", 16000, 0.14), TRADE: ("trade", 0, 0), "Nuclear": ("flat", 5200, 0.08),
    "Fossil gas": ("flat", 4, 0.6), "Hydro water reservoir": ("follow", 7200, 0.4),
    "Others": ("flat", 1150, 0.15), "Wind onshore": ("wind", 11000, 0),
    "Solar": ("solar", 1600, 0)}

POLAND = {
    LOAD: ("load", 19500, 0.2), PUMPING: ("down", 1300, 0), TRADE: ("trade", 0, 0),
    RIVER: ("river", 220, 0.4), "Biomass": ("flat", 260, 0.2),
    "Fossil brown coal / lignite": ("follow", 3900, 0.7),
    "Fossil hard coal": ("follow", 7600, 0.7), "Fossil oil": ("flat", 170, 0.2),
    "Fossil gas": ("follow", 1800, 0.8), "Hydro water reservoir": ("up", 150, 0),
    "Hydro pumped storage": ("up", 1300, 0), "Others": ("flat", 110, 0.2),
    "Other renewables": ("flat", 30, 0.3), "Wind offshore": ("wind", 20, 0),
    "Wind onshore": ("wind", 8500, 0), "Solar": ("solar", 13000, 0)}

NETHERLANDS = {
    LOAD: ("load", 12800, 0.18), TRADE: ("trade", 0, 0), "Nuclear": ("flat", 480, 0.02),
    "Biomass": ("flat", 180, 0.3), "Fossil hard coal": ("follow", 1500, 0.9),
    "Fossil gas": ("follow", 4800, 0.7), "Others": ("flat", 900, 0.2),
    "Waste": ("flat", 260, 0.1), "Wind offshore": ("wind", 4200, 0),
    "Wind onshore": ("wind", 5200, 0), "Solar": ("solar", 15000, 0)}

# Every other country: shares of this load mix, scaled by its own mean load.
ANY = {
    LOAD: ("load", 1000, 0.2), TRADE: ("trade", 0, 0), RIVER: ("river", 120, 0.3),
    "Biomass": ("flat", 40, 0.15), "Fossil hard coal": ("follow", 180, 0.8),
    "Fossil gas": ("follow", 220, 0.8), "Geothermal": ("flat", 2, 0.1),
    "Others": ("flat", 20, 0.2), "Waste": ("flat", 10, 0.1),
    "Wind onshore": ("wind", 400, 0), "Solar": ("solar", 350, 0)}

PROFILES = {"de": GERMANY, "fr": FRANCE, "at": AUSTRIA, "it": ITALY, "ch": SWITZERLAND,
            "se": SWEDEN, "pl": POLAND, "nl": NETHERLANDS}
MEAN_LOAD = {"be": 9300, "cz": 7300, "dk": 4200, "es": 27000, "eu": 290000, "fi": 9300,
             "gr": 5700, "hu": 5200, "ie": 3700, "no": 15000, "pt": 5800, "ro": 6000,
             "uk": 29000}
INTEGERS = frozenset(["it"])    # countries that report whole MW

# (country, series): the first local day with it, the first local day without it.
EXISTS = {
    ("de", "Nuclear"): (None, datetime.date(2023, 4, 16)),
    ("de", "Fossil coal-derived gas"): (datetime.date(2024, 1, 1), None),
    ("fr", "Battery"): (datetime.date(2024, 1, 1), None),
    ("fr", CHARGING): (datetime.date(2024, 1, 1), None),
    ("at", "Other renewables"): (None, datetime.date(2026, 1, 1)),
}


def profile(country):
    if country in PROFILES:
        return PROFILES[country]
    scale = MEAN_LOAD.get(country, 2500) / 1000
    return {name: (kind, mean * scale, swing)
            for name, (kind, mean, swing) in ANY.items()}


def exists(country, name, date):
    first, after = EXISTS.get((country, name), (None, None))
    return (first is None or date >= first) and (after is None or date < after)


def names_on(country, date):
    """The series of a day, in the usual order."""
    known = profile(country)
    return [name for name in ORDER
            if (name in known or name in (RESIDUAL, *SHARES))
            and exists(country, name, date)]
