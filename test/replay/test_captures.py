"""Requests that captures of the real service answered, asked of this server.

The captures are not part of the project: ELT_FIXTURES names their directory, else
it is ../shared/fixtures beside the project. Without them these tests are skipped.
"""
import glob
import json
import os
import unittest

from testlib import HERE, REVISED, ReplayCase, power, utc

ROOT = os.path.dirname(os.path.dirname(HERE))
FIXTURES = os.path.join(
    os.environ.get("ELT_FIXTURES") or os.path.join(ROOT, "..", "shared", "fixtures"),
    "energy_charts")


@unittest.skipUnless(os.path.isdir(FIXTURES), "no captures of the real service here")
class AgainstCaptures(ReplayCase):
    """The same requests that the captures answered give the same structure."""

    def capture(self, name):
        with open(os.path.join(FIXTURES, name), encoding="utf-8") as file:
            return json.load(file)

    def check_power(self, real, ours, same_times=True):
        self.assertEqual(set(ours), set(real))
        if same_times:
            self.assertEqual(ours["unix_seconds"], real["unix_seconds"])
        names = [{one["name"] for one in document["production_types"]}
                 for document in (ours, real)]
        self.assertEqual(*names)
        kinds = [{type(value) for one in document["production_types"] for value in one["data"]}
                 for document in (ours, real)]
        self.assertLessEqual(kinds[0] - {type(None)}, kinds[1])
        load, really = ([value for one in document["production_types"]
                         if one["name"] == "Load" for value in one["data"] if value]
                        for document in (ours, real))
        ratio = (sum(load) / len(load)) / (sum(really) / len(really))
        self.assertTrue(0.6 < ratio < 1.6, ratio)

    def test_days_of_public_power(self):
        self.replay.control(now="2026-06-01T00:00Z")
        paths = glob.glob(os.path.join(FIXTURES, "public_power_de_20*.json"))
        self.assertGreater(len(paths), 5)
        for path in paths:
            date = os.path.basename(path)[16:26]
            with self.subTest(date=date):
                self.check_power(self.capture(path), self.document(power(start=date)))

    def test_what_we_revise_was_revised(self):
        one, two = ({s["name"]: s["data"] for s in self.capture(
            "public_power_de_2025-12-01_capture%d.json" % i)["production_types"]} for i in (1, 2))
        self.assertLessEqual(REVISED, {name for name in one if one[name] != two[name]})

    def test_live_windows(self):
        for name, country, now, hours, same in (
                ("public_power_de_live7d_2026-03-20T1042Z", "de", "2026-03-20T10:42:04Z", 168, True),
                ("public_power_fr_24h_2026-03-20T1120Z", "fr", "2026-03-20T11:20:00Z", 24, True),
                ("public_power_it_24h_2026-03-20T1058Z", "it", "2026-03-20T10:58:00Z", 24, True),
                ("public_power_se_24h_2026-03-20T1058Z", "se", "2026-03-20T10:58:00Z", 24, True),
                ("public_power_at_24h_2026-03-20T1120Z", "at", "2026-03-20T11:20:00Z", 24, False)):
            with self.subTest(name=name):
                self.replay.control(now=now)
                end = utc(now[:-1])
                ours = self.document(power(country=country, start=end - hours * 3600, end=end))
                self.check_power(self.capture(name + ".json"), ours, same)

    def test_prices(self):
        self.replay.control(now="2026-06-01T00:00Z")
        for name, start, end in (
                ("price_DE-LU_2024-12-08_unit_No_Unit", "2024-12-08", "2024-12-08"),
                ("price_DE-LU_2025-09-30", "2025-09-30", "2025-09-30"),
                ("price_DE-LU_2025-10-01", "2025-10-01", "2025-10-01"),
                ("price_DE-LU_2025-09-29_2025-10-02", "2025-09-29", "2025-10-02"),
                ("price_DE-LU_2025-12-01", "2025-12-01", "2025-12-01")):
            with self.subTest(name=name):
                real = self.capture(name + ".json")
                ours = self.document("/price?bzn=DE-LU&start=%s&end=%s" % (start, end))
                self.assertEqual(list(ours), list(real))
                self.assertEqual(len(real.pop("price")), len(ours.pop("price")))
                self.assertEqual(ours, real)

    def test_installed_power(self):
        real = self.capture("installed_power_de_yearly.json")
        ours = self.document("/installed_power?country=de&time_step=yearly")
        self.assertEqual(set(ours), set(real))
        self.assertEqual(ours["time"], real["time"])
        for mine, theirs in zip(ours["production_types"], real["production_types"]):
            self.assertEqual(mine["name"], theirs["name"])
            self.assertEqual([value is None for value in mine["data"]],
                             [value is None for value in theirs["data"]], mine["name"])
        for country in ("fr", "it"):
            real = self.capture("installed_power_%s_yearly.json" % country)
            ours = self.document("/installed_power?country=" + country)
            self.assertEqual(ours["time"], real["time"])

    def test_errors(self):
        for exchange in self.capture("errors_observed.json")["exchanges"]:
            url, answer = exchange["request"]["url"], exchange["response"]
            if "<" in url or answer.get("status") not in (400, 404, 422):
                continue
            with self.subTest(url=url):
                status, _, body = self.replay.open(url)
                self.assertEqual(status, answer["status"])
                if "body_text" in answer:
                    self.assertEqual(body.decode(), answer["body_text"])
                elif "body" in answer and status == 404:
                    self.assertEqual(json.loads(body), answer["body"])


if __name__ == "__main__":
    unittest.main()
