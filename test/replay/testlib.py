"""What the tests of the replay server share: one server per test class."""
import datetime
import json
import os
import shutil
import tempfile
import unittest

from client import Replay

HERE = os.path.dirname(os.path.abspath(__file__))

REVISED = {"Hydro Run-of-River", "Biomass", "Geothermal", "Renewable share of load",
           "Renewable share of generation"}


def utc(text):
    return int(datetime.datetime.fromisoformat(text + "+00:00").timestamp())


def power(**params):
    return "/public_power?" + "&".join("%s=%s" % pair for pair in params.items())


class ReplayCase(unittest.TestCase):
    """A server with a fixed clock, reset before each test."""

    NOW = "2026-03-20T10:42:04Z"
    maxDiff = 2000

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="replay_test_")
        cls.replay = Replay(cls.directory)
        cls.base = cls.replay.start("--fixed-now", cls.NOW,
                                    "--parent-pid", str(os.getpid()))

    @classmethod
    def tearDownClass(cls):
        cls.replay.stop()
        shutil.rmtree(cls.directory)

    def setUp(self):
        self.replay.control("reset")

    def fetch(self, path, status=200):
        got, headers, body = self.replay.open(path)
        self.assertEqual(got, status, "%s: %r" % (path, body[:200]))
        return headers, body

    def document(self, path, status=200):
        headers, body = self.fetch(path, status)
        self.assertEqual(headers["Content-Type"], "application/json")
        return json.loads(body)

    def text(self, path, status):
        headers, body = self.fetch(path, status)
        self.assertTrue(headers["Content-Type"].startswith("text/plain"))
        return body.decode()

    def series(self, path):
        """{name: values} of /public_power and its like."""
        document = self.document(path)
        length = len(document.get("unix_seconds", document.get("time")))
        for one in document["production_types"]:
            self.assertEqual(len(one["data"]), length, one["name"])
        return {one["name"]: one["data"] for one in document["production_types"]}


def steps(times):
    return {after - before for before, after in zip(times, times[1:])}
