"""The Energy-Charts API that the server plays: forms, quirks, revisions, live edge."""
import datetime
import unittest

from testlib import REVISED, ReplayCase, power, steps, utc

try:
    import zoneinfo
    BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
except (ImportError, LookupError):
    zoneinfo = None


def trailing_nulls(values):
    return next((i for i, value in enumerate(reversed(values)) if value is not None),
                len(values))


class Windows(ReplayCase):
    def times(self, path):
        return self.document(path)["unix_seconds"]

    def test_a_date_is_a_local_day(self):
        times = self.times(power(start="2024-01-15"))
        self.assertEqual((len(times), times[0]), (96, utc("2024-01-14T23:00")))
        self.assertEqual(self.times(power(start="2024-01-15", end="2024-01-15")), times)
        self.assertEqual(self.times("/price?bzn=FI&start=2024-01-15")[0],
                         utc("2024-01-14T22:00"))
        self.assertEqual(self.times("/price?bzn=PT&start=2024-01-15")[0],
                         utc("2024-01-15T00:00"))

    def test_three_forms_and_rounding_up(self):
        wanted = [utc("2024-01-15T10:45"), utc("2024-01-15T11:00")]
        for start, end in (("2024-01-15T10:42Z", "2024-01-15T11:00Z"),
                           ("2024-01-15T11:42%2B01:00", "2024-01-15T12:00%2B01:00"),
                           (wanted[0] - 180, wanted[1])):
            self.assertEqual(self.times(power(start=start, end=end)), wanted)

    def test_raw_plus_and_other_forms_find_nothing(self):
        for start in ("2024-01-15T11:42+01:00", "P7D", "yesterday", "2024-13-01", "9" * 30):
            self.assertEqual(self.text(power(start=start), 404), "no content available")

    def test_days_when_clocks_change(self):
        for date, quarters in (("2024-03-31", 92), ("2024-10-27", 100), ("2024-06-01", 96)):
            times = self.times(power(start=date))
            self.assertEqual((len(times), steps(times)), (quarters, {900}))
            self.assertEqual(len(self.times("/price?start=" + date)), quarters // 4)
            if zoneinfo:
                local = datetime.datetime.fromisoformat(date).replace(tzinfo=BERLIN)
                self.assertEqual(times[0], int(local.timestamp()))

    def test_end_alone_and_nothing_mean_today(self):
        today = self.times("/price")
        self.assertEqual(today[0], utc("2026-03-19T23:00"))
        self.assertEqual(self.times("/price?end=2026-03-20"), today)

    def test_start_after_end(self):
        self.text(power(start="2024-01-02", end="2024-01-01"), 404)

    def test_many_days_are_the_days_joined(self):
        one, two = (self.series(power(start=d)) for d in ("2024-01-15", "2024-01-16"))
        both = self.series(power(start="2024-01-15", end="2024-01-16"))
        for name, values in both.items():
            self.assertEqual(values, one[name] + two[name], name)


class PublicPower(ReplayCase):
    NOW = "2026-03-20T10:42:04Z"

    def test_series_change_by_date(self):
        lists = {date: set(self.series(power(start=date)))
                 for date in ("2020-01-01", "2023-04-15", "2023-04-16", "2024-01-01")}
        self.assertIn("Nuclear", lists["2023-04-15"])
        self.assertNotIn("Nuclear", lists["2023-04-16"])
        self.assertNotIn("Fossil coal-derived gas", lists["2023-04-16"])
        self.assertIn("Fossil coal-derived gas", lists["2024-01-01"])
        self.assertEqual([len(names) for names in lists.values()], [21, 21, 20, 21])

    def test_a_window_over_a_change_has_nulls(self):
        nuclear = self.series(power(start="2023-04-15", end="2023-04-16"))["Nuclear"]
        self.assertNotIn(None, nuclear[:96])
        self.assertEqual(set(nuclear[96:]), {None})

    def test_series_differ_by_country(self):
        france = self.series(power(country="fr", start="2025-01-15"))
        self.assertLessEqual({"Nuclear", "Battery", "Battery Consumption"}, set(france))
        self.assertIn("Other renewables", self.series(power(country="pl", start="2025-01-15")))
        self.assertNotIn("Wind offshore", self.series(power(country="at", start="2025-01-15")))

    def test_order_is_not_stable(self):
        orders = {tuple(self.series(power(start="2024-01-%02d" % day))) for day in range(1, 11)}
        self.assertEqual(len(orders), 2)
        self.assertEqual(len({frozenset(order) for order in orders}), 1)

    def test_steps_by_country_and_date(self):
        for country, date, step in (
                ("de", "2025-06-01", 900), ("it", "2026-02-01", 3600), ("ch", "2026-02-01", 3600),
                ("se", "2026-02-01", 3600), ("fr", "2025-12-31", 3600), ("fr", "2026-01-01", 900)):
            times = self.document(power(country=country, start=date))["unix_seconds"]
            self.assertEqual(steps(times), {step}, (country, date))
        mixed = self.document(power(country="fr", start="2025-12-31", end="2026-01-01"))
        self.assertEqual(len(mixed["unix_seconds"]), 24 + 96)

    def test_values_are_one_decimal_and_add_up(self):
        series = self.series(power(start="2025-06-10"))
        for name, values in series.items():
            self.assertTrue(all(isinstance(v, float) and round(v, 1) == v for v in values), name)
        made = [name for name in series if "oad" not in name and "share" not in name]
        for i, load in enumerate(series["Load"]):
            self.assertAlmostEqual(load, sum(series[name][i] for name in made), delta=1.5)
        self.assertLessEqual(max(series["Hydro pumped storage consumption"]), 0)
        self.assertEqual(series["Solar"][0], 0)
        self.assertGreater(max(series["Solar"]), 10000)

    def test_minus_zero_for_at_only(self):
        body = self.fetch(power(country="at", start="2024-05-01", end="2024-05-03"))[1]
        self.assertIn(b"-0.0,", body)
        body = self.fetch(power(country="de", start="2024-05-01", end="2024-05-03"))[1]
        self.assertNotIn(b"-0.0,", body)

    def test_nulls_in_the_middle_for_it(self):
        values = self.series(power(country="it", start="2024-05-01"))["Battery"]
        self.assertIn(None, values)
        self.assertNotEqual(values, sorted(values, key=lambda value: value is None))

    def test_unknown_parameters_are_ignored(self):
        self.assertEqual(self.document("/public_power?start=2024-01-01&nonsense=1&subtype=x"),
                         self.document("/public_power?start=2024-01-01"))
        self.assertEqual(self.document("/price?country=nl&start=2024-01-01"),
                         self.document("/price?bzn=DE-LU&start=2024-01-01"))

    def test_total_power(self):
        total = self.series("/total_power?start=2024-01-01")
        self.assertIn("Load (incl. self-consumption)", total)
        self.assertNotIn("Load", total)
        public = self.series("/public_power?start=2024-01-01")
        self.assertGreater(total["Load (incl. self-consumption)"][0], public["Load"][0])
        self.text("/total_power?country=fr", 400)


class LiveEdge(ReplayCase):
    def live(self, now, country="de"):
        self.replay.control(now=now)
        document = self.document(power(country=country, start="2026-03-20T00:00Z",
                                       end="2026-03-20T23:00Z"))
        return document["unix_seconds"], {one["name"]: one["data"]
                                          for one in document["production_types"]}

    def test_data_ends_three_hours_ago(self):
        self.assertEqual(self.live("2026-03-20T10:42:04Z")[0][-1], utc("2026-03-20T07:45"))
        self.assertEqual(self.live("2026-03-20T10:58Z", "se")[0][-1], utc("2026-03-20T01:00"))
        self.assertEqual(self.live("2026-03-20T10:58Z", "it")[0][-1], utc("2026-03-20T07:00"))

    def test_a_day_not_begun_is_no_content(self):
        self.assertEqual(self.text(power(start="2026-03-21"), 404), "no content available")
        self.assertEqual(self.text(power(start="2026-03-20T09:00Z"), 404),
                         "no content available")

    def test_trailing_nulls_differ_by_series(self):
        lengths = set()
        for hour in range(9, 15):
            _, series = self.live("2026-03-20T%02d:42Z" % hour)
            self.assertGreaterEqual(trailing_nulls(series["Solar"]), 1)
            self.assertEqual(trailing_nulls(series["Biomass"]), 0)
            worst = max(trailing_nulls(series[name])
                        for name in ("Solar", "Wind onshore", "Load"))
            self.assertEqual(trailing_nulls(series["Residual load"]), worst)
            lengths.add(trailing_nulls(series["Wind onshore"]))
        self.assertGreater(len(lengths), 1)

    def test_provisional_values_repeat_and_then_change(self):
        times, early = self.live("2026-03-20T10:42:04Z")
        gas = early["Fossil gas"]
        self.assertEqual(gas[-3:], [gas[-4]] * 3)
        _, late = self.live("2026-03-20T14:25Z")
        self.assertEqual(late["Fossil gas"][:len(times) - 3], gas[:-3])
        self.assertNotEqual(late["Fossil gas"][len(times) - 3:len(times)], gas[-3:])
        self.assertIsNone(early["Solar"][-1])
        self.assertIsNotNone(late["Solar"][len(times) - 1])

    def test_the_edge_does_not_depend_on_the_window(self):
        times, series = self.live("2026-03-20T14:25Z")
        part = self.series(power(start=times[-5], end=times[-1]))
        for name, values in part.items():
            self.assertEqual(values, series[name][-5:], name)

    def test_at_computes_residual_load_without_wind_and_sun(self):
        _, series = self.live("2026-03-20T11:20Z", "at")
        self.assertIsNone(series["Solar"][-5])
        self.assertIsNotNone(series["Load"][-5])
        self.assertEqual(series["Residual load"][-5], series["Load"][-5])


class Revisions(ReplayCase):
    def changed(self, before, after):
        return {(name, i) for name in before for i, value in enumerate(before[name])
                if after[name][i] != value}

    def test_which_points_change(self):
        for country, date, points in (("de", "2025-12-01", 96), ("it", "2025-12-01", 24),
                                      ("at", "2025-12-01", 96), ("de", "2024-03-31", 92)):
            url = power(country=country, start=date)
            before = self.series(url)
            for revision in (1, 2):
                self.replay.control(revision=revision)
                changed = self.changed(before, self.series(url))
                self.assertEqual(changed, {(name, i) for name in REVISED & set(before)
                                           for i in range(points)}, (country, revision))
            self.replay.control(revision=0)
            self.assertEqual(self.series(url), before)

    def test_only_one_country_or_day(self):
        urls = [power(country=c, start=d) for c in ("de", "fr")
                for d in ("2024-01-01", "2024-01-02")]
        before = [self.series(url) for url in urls]

        def changed():
            return [self.series(url) != old for url, old in zip(urls, before)]
        self.replay.control("revision", revision=1, country="de", day="2024-01-01")
        self.assertEqual(changed(), [True, False, False, False])
        self.replay.control("revision", revision=1, country="fr")
        self.assertEqual(changed(), [True, False, True, True])

    def test_prices_and_capacities(self):
        before = self.document("/price?start=2024-01-01")["price"]
        caps = self.series("/installed_power?country=fr")
        self.replay.control(revision=1)
        after = self.document("/price?start=2024-01-01")["price"]
        self.assertEqual([i for i, price in enumerate(before) if after[i] != price], [0, 1, 2, 3])
        self.assertEqual(self.changed(caps, self.series("/installed_power?country=fr")),
                         {(name, i) for name in caps for i in (10, 11)})


class Price(ReplayCase):
    def test_quarter_hours_since_october_2025(self):
        document = self.document("/price?start=2025-09-29&end=2025-10-02")
        self.assertEqual(len(document["price"]), 240)
        self.assertEqual(steps(document["unix_seconds"]), {3600, 900})
        first = document["unix_seconds"].index(utc("2025-09-30T22:00"))
        self.assertEqual(steps(document["unix_seconds"][first:]), {900})
        self.assertEqual(len(self.document("/price?bzn=CH&start=2025-12-01")["price"]), 24)

    def test_unit_changes_by_date(self):
        units = [self.document("/price?start=" + date)["unit"]
                 for date in ("2023-01-01", "2024-12-08", "2025-01-01")]
        self.assertEqual(units, ["EUR / megawatt_hour", "No Unit", "EUR / MWh"])

    def test_no_prices_before_the_zone_existed(self):
        document = self.document("/price?start=2018-09-30&end=2018-10-01")
        self.assertEqual(set(document["price"][:24]), {None})
        self.assertNotIn(None, document["price"][24:])
        self.text("/price?start=2017-12-31", 404)
        self.assertNotIn(None, self.document("/price?bzn=DE-AT-LU&start=2018-09-30")["price"])
        self.text("/price?bzn=DE-AT-LU&start=2018-10-01", 404)

    def test_tomorrow_is_published_at_13_in_brussels(self):
        url = "/price?start=2026-03-21"
        self.replay.control(now="2026-03-20T11:59:59Z")
        self.assertEqual(self.text(url, 404), "no content available")
        both = self.document("/price?start=2026-03-20&end=2026-03-21")
        self.assertEqual(len(both["price"]), 96)
        self.replay.control(now="2026-03-20T12:00Z")
        self.assertEqual(len(self.document(url)["price"]), 96)
        self.replay.control(now="2026-03-29T10:59Z")
        self.text("/price?start=2026-03-30", 404)
        self.replay.control(now="2026-03-29T11:00Z")
        self.fetch("/price?start=2026-03-30")

    def test_prices_are_plausible(self):
        prices = self.document("/price?start=2025-01-01&end=2025-12-31")["price"]
        self.assertTrue(all(-500 <= price <= 936.28 for price in prices))
        self.assertTrue(40 < sum(prices) / len(prices) < 120)
        self.assertLess(min(prices), 0)

    def test_licence(self):
        texts = [self.document("/price?start=2024-01-01&bzn=" + zone)["license_info"]
                 for zone in ("DE-LU", "ES")]
        self.assertTrue(texts[0].startswith("CC BY 4.0"))
        self.assertIn("private and internal use only", texts[1])


class InstalledPower(ReplayCase):
    def test_yearly(self):
        document = self.document("/installed_power?country=de")
        self.assertEqual(document["time"], [str(year) for year in range(2002, 2031)])
        series = {one["name"]: one["data"] for one in document["production_types"]}
        self.assertEqual(series["Solar DC"][25:], [None] * 4)
        self.assertEqual(series["Wind onshore planned (EEG 2023)"][28], 115.0)
        self.assertIn("Other, non-renewable", series)
        self.assertEqual(self.document("/installed_power?country=fr")["time"],
                         [str(year) for year in range(2014, 2026)])

    def test_monthly(self):
        document = self.document("/installed_power?country=de&time_step=monthly")
        self.assertEqual((document["time"][0], document["time"][-1]), ("01.2002", "03.2026"))
        series = {one["name"]: one["data"] for one in document["production_types"]}
        self.assertIsNone(series["Battery storage (power)"][-1])
        self.assertEqual(series["Solar AC"][-1], series["Solar AC"][-2])
        self.text("/installed_power?country=fr&time_step=monthly", 404)

    def test_float_noise(self):
        body = self.fetch("/installed_power?country=de")[1].decode()
        self.assertRegex(body, r"\d\.\d{12,}")

    def test_net_changes(self):
        monthly = self.series("/installed_power?time_step=monthly&installation_decommission=true")
        self.assertIsNone(monthly["Solar AC"][0])
        self.assertGreater(monthly["Solar AC"][-3], 100)
        self.assertEqual(monthly["Solar AC"][-1], 0.0)
        yearly = self.series("/installed_power?installation_decommission=true")
        self.assertLess(yearly["Solar AC"][20], 100)

    def test_last_update_moves_and_names_were_changed(self):
        before = self.document("/installed_power")
        after_names = {one["name"] for one in before["production_types"]}
        self.replay.control(advance=7200)
        after = self.document("/installed_power")
        self.assertNotEqual(before.pop("last_update"), after.pop("last_update"))
        self.assertEqual(before, after)
        self.replay.control(now="2024-01-01T00:00Z")
        old_names = set(self.series("/installed_power"))
        self.assertEqual(after_names - old_names,
                         {"Battery storage (power)", "Battery storage (capacity)"})


class Errors(ReplayCase):
    def test_400_is_text(self):
        for url in ("/public_power?country=xx", "/public_power?country=DK1",
                    "/public_power?country=tr", "/price?bzn=de"):
            self.assertIn("is not the code for an available", self.text(url, 400))

    def test_404_of_a_wrong_path_is_json(self):
        self.assertEqual(self.document("/power", 404), {"detail": "Not Found"})

    def test_422(self):
        for url, field in (("/installed_power?installation_decommission=maybe",
                            "installation_decommission"),
                           ("/installed_power?time_step=weekly", "time_step")):
            detail = self.document(url, 422)["detail"][0]
            self.assertEqual(detail["loc"], ["query", field])
            self.assertLessEqual({"loc", "msg", "type"}, set(detail))

    def test_same_request_same_bytes(self):
        for url in ("/public_power?country=it&start=2024-01-01", "/price", "/installed_power"):
            self.assertEqual(self.fetch(url)[1], self.fetch(url)[1])

if __name__ == "__main__":
    unittest.main()
