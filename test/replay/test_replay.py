#!/usr/bin/env python3
"""The server's own behaviour: clients, control, faults, scripts, bulk bodies.

The suite also holds test_auth.py, test_energy.py and test_captures.py.
"""
import sys

sys.dont_write_bytecode = True

import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

from client import Replay, ReplayError
from testlib import HERE, ReplayCase

DEADLINE = 10


def quote(**pairs):
    return urllib.parse.urlencode(pairs)


def wait_until(what, condition):
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("waited %d s for %s" % (DEADLINE, what))
        time.sleep(0.02)


class Lifecycle(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="replay_test_")
        self.addCleanup(self.directory.cleanup)

    def replay(self, name):
        replay = Replay(os.path.join(self.directory.name, name))
        self.addCleanup(replay.stop)
        return replay

    def test_two_servers_side_by_side(self):
        one, two = self.replay("one"), self.replay("two")
        self.assertNotEqual(one.start(), two.start())
        one.control(now="2024-01-01T00:00Z")
        self.assertFalse(two.control("")["fixed"])
        one.stop()
        self.assertEqual(two.open("/reflect")[0], 200)

    def test_start_twice_is_refused_and_stop_twice_is_not(self):
        one = self.replay("one")
        one.start()
        with self.assertRaises(ReplayError):
            one.start()
        self.assertTrue(one.stop())
        self.assertFalse(one.stop())

    def test_ends_with_its_parent(self):
        parent = subprocess.Popen(["sleep", "60"])
        one = self.replay("one")
        one.start("--parent-pid", str(parent.pid))
        pid = one.pid()
        parent.kill()
        parent.wait()
        wait_until("the server to end", lambda: not one.running(pid))

    def test_sigterm_ends_a_server_that_hangs_for_a_client(self):
        one = self.replay("one")
        one.start()
        one.control("fault", path="/reflect", hang=True)
        client = socket.create_connection(("127.0.0.1", int(one.base().rpartition(":")[2])))
        self.addCleanup(client.close)
        client.sendall(b"GET /reflect HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_until("the request to arrive", lambda: one.control("counters")["in_flight"] == 1)
        pid = one.pid()
        os.kill(pid, signal.SIGTERM)
        wait_until("the server to end", lambda: not one.running(pid))

    def test_shell_client(self):
        def run(*words):
            return subprocess.run(
                [sys.executable, os.path.join(HERE, "client.py"), *words], text=True,
                capture_output=True, check=False)
        where = os.path.join(self.directory.name, "shell")
        self.addCleanup(run, "stop", "--dir", where)
        started = run("start", "--dir", where, "--rate", "5/1")
        self.assertRegex(started.stdout, r"^http://127\.0\.0\.1:\d+\n$")
        self.assertEqual(run("url", "--dir", where).stdout, started.stdout)
        answer = run("control", "--dir", where, "now=2024-03-01T12:00Z")
        self.assertEqual(json.loads(answer.stdout)["now"], "2024-03-01T12:00:00Z")
        self.assertEqual(json.loads(answer.stdout)["rate"]["limit"], 5)
        self.assertEqual(run("get", "--dir", where, "/echo?body=hi").stdout, "hi")
        self.assertEqual(run("control", "--dir", where, "nonsense=1").returncode, 1)
        self.assertEqual(run("stop", "--dir", where).returncode, 0)
        self.assertEqual(run("url", "--dir", where).returncode, 1)

    def test_log(self):
        one = self.replay("one")
        log = os.path.join(self.directory.name, "log")
        one.start("--log", log)
        one.open("/echo?body=abc")
        wait_until("the log line", lambda: os.path.getsize(log) > 0)
        with open(log) as file:
            self.assertRegex(file.read(), r"^\S+Z GET /echo\?body=abc 200 3\n$")


class Control(ReplayCase):
    def test_clock(self):
        self.assertEqual(self.replay.control("")["now"], self.NOW)
        self.replay.control(now="2024-03-01T12:00Z")
        self.assertEqual(self.replay.control(advance=3600)["now"], "2024-03-01T13:00:00Z")
        self.assertFalse(self.replay.control(now="real")["fixed"])
        self.replay.control("reset")
        self.assertEqual(self.replay.control("")["now"], self.NOW)

    def test_get_and_post_are_the_same(self):
        got = self.document("/_control/fault?path=/price&times=3&status=503&delay=0.5")
        sent = self.replay.control("fault", path="/price", times=3, status=503, delay=0.5)
        self.assertEqual({**got, "id": 0}, {**sent, "id": 0})

    def test_mistakes_are_refused(self):
        for action, arguments in (
                ("set", {"nwo": 1}), ("fault", {"path": "/price"}),
                ("fault", {"statsu": 500}), ("fault", {"path": "(", "status": 500}),
                ("script", {"id": "x", "responses": "[]"}), ("nothing", {}),
                ("reset", {"what": "half"})):
            with self.subTest(action=action, arguments=arguments):
                with self.assertRaises(ReplayError):
                    self.replay.control(action, **arguments)

    def test_counters(self):
        connection = http.client.HTTPConnection(self.base.removeprefix("http://"))
        for path in ("/echo?body=1", "/echo?body=1", "/echo?body=2", "/reflect"):
            connection.request("GET", path, headers={"X-Test": "yes"})
            connection.getresponse().read()
        counters = self.replay.control("counters")
        self.assertEqual(counters["requests"], 4)
        self.assertEqual(counters["connections"], 1)
        self.assertEqual(counters["by_path"], {"/echo": 3, "/reflect": 1})
        self.assertEqual(counters["by_url"]["/echo?body=1"], 2)
        self.assertEqual(counters["by_status"], {"200": 4})
        self.assertEqual(self.replay.control("counters", path="/echo"), {"requests": 3})
        last = self.replay.control("requests", last=1)["requests"][0]
        self.assertEqual(last["headers"]["x-test"], "yes")
        connection.close()

    def test_rate_limit_is_a_moving_window(self):
        self.replay.control(rate="2/0.5")
        self.fetch("/reflect")
        self.fetch("/reflect")
        headers, _ = self.fetch("/reflect", 429)
        self.assertEqual(headers["Retry-After"], "1")
        wait_until("the window to move", lambda: self.replay.open("/reflect")[0] == 200)
        self.assertGreaterEqual(self.replay.control("counters")["rejected_429"], 1)

    def test_concurrency_is_seen(self):
        self.replay.control("fault", path="/reflect", times=-1, delay=0.3)
        threads = [threading.Thread(target=self.replay.open, args=("/reflect",))
                   for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.replay.control("counters")["max_in_flight"], 4)


class Answers(ReplayCase):
    def test_echo(self):
        headers, body = self.fetch("/echo?" + quote(
            body='{"a": "ü & +"}', status=201, type="application/vnd.x+json",
            header="X-One: 1") + "&header=Link:%3C%7Bbase%7D/next%3E", 201)
        self.assertEqual(body.decode(), '{"a": "ü & +"}')
        self.assertEqual(headers["Content-Type"], "application/vnd.x+json")
        self.assertEqual(headers["X-One"], "1")
        self.assertEqual(headers["Link"], "<%s/next>" % self.base)

    def test_conditional_get(self):
        connection = http.client.HTTPConnection(self.base.removeprefix("http://"))
        url = "/echo?body=x&header=ETag:%22v1%22&header=Last-Modified:then"
        for headers, status, body in (({"If-None-Match": 'W/"v1"'}, 304, b""),
                                      ({"If-Modified-Since": "then"}, 304, b""),
                                      ({"If-None-Match": '"v2"', "If-Modified-Since": "then"}, 200, b"x")):
            connection.request("GET", url, headers=headers)
            answer = connection.getresponse()
            self.assertEqual((answer.status, answer.read()), (status, body))
        connection.close()

    def test_script_repeats_its_last_response(self):
        self.replay.control("script", id="s", responses=[
            {"status": 503, "headers": {"Retry-After": "2"}, "body": "later"},
            {"json": {"next": "{base}/b"}, "template": True}, {"json": [1]}])
        self.fetch("/script/s", 503)
        self.assertEqual(self.document("/script/s?page=2"), {"next": self.base + "/b"})
        self.assertEqual([self.document("/script/s") for _ in range(2)], [[1], [1]])

    def test_inline_script(self):
        url = "/script/inline?" + quote(responses='[{"json": 1}, {"json": 2}]')
        self.assertEqual([self.document(url) for _ in range(3)], [1, 2, 2])
        self.text("/script/unknown", 404)

    def test_reflect_sends_back_a_posted_body(self):
        _, _, body = self.replay.open("/reflect?a=1", b'{"x":1}')
        reflected = json.loads(body)
        self.assertEqual((reflected["method"], reflected["body"]), ("POST", '{"x":1}'))
        self.assertEqual(reflected["query"], {"a": "1"})

    def test_big(self):
        orders = self.document("/big?records=5000&seed=7")
        self.assertEqual([o["order_id"] for o in orders], list(range(1, 5001)))
        self.assertEqual(set(orders[0]), {"order_id", "ts", "store", "product", "qty",
                                          "price", "currency", "customer", "channel"})
        _, body = self.fetch("/big?records=5000&seed=7")
        self.assertTrue(155 < len(body) / 5000 < 175, len(body))
        self.assertEqual(body, self.fetch("/big?records=5000&seed=7&length=1")[1])
        self.assertNotEqual(body, self.fetch("/big?records=5000&seed=8")[1])
        self.assertEqual(self.document("/big?records=2&seed=7&wrap=data")["data"], orders[:2])
        rows = self.fetch("/big?records=5000&seed=7&format=tsv")[1].decode().splitlines()
        self.assertEqual(rows[4999].split("\t")[:3],
                         ["5000", orders[4999]["ts"], orders[4999]["store"]])
        self.assertEqual(self.document("/big?records=0"), [])
        self.text("/big?records=many", 400)

    def test_columnar(self):
        document = self.document("/columnar?points=4500&series=3")
        self.assertEqual(len(document["unix_seconds"]), 4500)
        self.assertEqual([len(s["data"]) for s in document["production_types"]], [4500] * 3)

    def test_items_by_page_offset_cursor_and_link(self):
        for first in ("page=1", "offset=0", "cursor="):
            url, ids = "/items?total=25&limit=10&" + first, []
            while url:
                page = self.document(url)
                ids += [item["id"] for item in page["items"]]
                url = (page["next"] or "").removeprefix(self.base)
            self.assertEqual(ids, list(range(1, 26)), first)
        headers, body = self.fetch("/items?total=25&limit=10&page=3&shape=array")
        self.assertEqual(len(json.loads(body)), 5)
        self.assertNotIn('rel="next"', headers["Link"])
        self.assertEqual(self.document("/items?total=25&since_id=20")["total"], 5)
        self.assertEqual(self.document("/items?total=25&since=2024-01-01T00:20:30Z")["total"], 5)

    def test_moving_lists(self):
        def ids(url):
            return [one["id"] for one in self.document(url)["items"]]

        self.document("/_control/moving?id=m&ids=[1,2,3,4]&moves=[{\"delete\":[1]},{\"insert\":[9]}]")
        self.assertEqual(ids("/moving/m?limit=2&page=1"), [1, 2])
        self.assertEqual(ids("/moving/m?limit=2&offset=2"), [4])
        page = self.document("/moving/m?limit=2&after=2")
        self.assertEqual([one["id"] for one in page["items"]], [3, 4])
        self.assertEqual((page["total"], page["next_cursor"], page["has_more"]), (4, 4, True))
        self.assertEqual(ids(page["next"]), [9])
        state = self.document("/_control/moving?id=m")
        self.assertEqual((state["ids"], state["gone"], state["turns"]), ([2, 3, 4, 9], [1], 4))
        self.fetch("/moving/unknown", 404)


class Faults(ReplayCase):
    def fault(self, **spec):
        self.replay.control("fault", **{"path": "/public_power", **spec})

    def get_raw(self, path, **headers):
        connection = http.client.HTTPConnection(self.base.removeprefix("http://"), timeout=20)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers=headers)
        return connection.getresponse()

    def test_matches_path_query_and_times(self):
        self.fault(query="country=fr", times=2, skip=1, status=500)
        statuses = [self.replay.open("/public_power?start=2024-01-01&country=" + country)[0]
                    for country in ("fr", "de", "fr", "fr", "fr")]
        self.assertEqual(statuses, [200, 200, 500, 500, 200])

    def test_status_body_and_headers(self):
        self.fault(status=503, body="busy", headers={"Retry-After": "7"},
                   content_type="text/plain")
        headers, body = self.fetch("/public_power", 503)
        self.assertEqual((body, headers["Retry-After"]), (b"busy", "7"))
        self.assertEqual(headers["Content-Type"], "text/plain")

    def test_cut_with_the_full_content_length(self):
        self.fault(cut=1000)
        answer = self.get_raw("/public_power?start=2024-01-01")
        self.assertGreater(int(answer.headers["Content-Length"]), 10000)
        with self.assertRaises(http.client.IncompleteRead) as raised:
            answer.read()
        self.assertEqual(len(raised.exception.partial), 1000)

    def test_reset_before_and_within_the_answer(self):
        self.fault(reset=True)
        with self.assertRaises(ConnectionResetError):
            self.get_raw("/public_power?start=2024-01-01")
        self.fault(reset=True, cut=100)
        with self.assertRaises((ConnectionResetError, http.client.IncompleteRead)):
            self.get_raw("/public_power?start=2024-01-01").read()

    def test_gzip_and_chunked_carry_the_same_body(self):
        plain = self.fetch("/public_power?start=2024-01-01")[1]
        self.fault(gzip=True, chunked=777)
        answer = self.get_raw("/public_power?start=2024-01-01")
        self.assertEqual(answer.headers["Content-Encoding"], "gzip")
        self.assertEqual(answer.headers["Transfer-Encoding"], "chunked")
        self.assertEqual(gzip.decompress(answer.read()), plain)
        self.fault(gzip="accept")
        self.assertIsNone(self.get_raw("/public_power").headers["Content-Encoding"])
        self.replay.control("fault", path="/big", gzip=True)
        streamed = gzip.decompress(self.get_raw("/big?records=9000").read())
        self.assertEqual(streamed, self.fetch("/big?records=9000")[1])

    def test_delay_hang_and_drip_take_time(self):
        for spec, least in (({"delay": 0.3}, 0.3), ({"hang": 0.3}, 0.3)):
            self.fault(**spec)
            begin = time.monotonic()
            self.fetch("/public_power?start=2024-01-01")
            self.assertGreaterEqual(time.monotonic() - begin, least)
        self.replay.control("fault", path="/echo", drip=100)
        begin = time.monotonic()
        self.assertEqual(len(self.fetch("/echo?body=" + "x" * 50)[1]), 50)
        self.assertGreaterEqual(time.monotonic() - begin, 0.4)

    def test_hang_ends_when_the_client_leaves(self):
        self.fault(hang=True)
        client = socket.create_connection(("127.0.0.1", int(self.base.rpartition(":")[2])))
        client.sendall(b"GET /public_power HTTP/1.1\r\nHost: x\r\n\r\n")
        flying = lambda: self.replay.control("counters")["in_flight"]
        wait_until("the request to arrive", lambda: flying() == 1)
        client.close()
        wait_until("the server to notice", lambda: flying() == 0)

    def test_close_after_does_not_announce_itself(self):
        self.fault(close_after=True)
        answer = self.get_raw("/public_power?start=2024-01-01")
        self.assertEqual(answer.headers["Connection"], "keep-alive")
        json.loads(answer.read())

    def test_html_and_truncated_json(self):
        self.fault(html=True)
        headers, body = self.fetch("/public_power")
        self.assertTrue(headers["Content-Type"].startswith("text/html"))
        self.fault(truncate=True)
        with self.assertRaises(ValueError):
            json.loads(self.fetch("/public_power?start=2024-01-01")[1])

    def test_damaged_content(self):
        url = "/public_power?start=2024-01-01"
        good = self.document(url)
        self.fault(drop_last="Solar", bad_value={"series": "Load", "index": 3, "value": "x"},
                   null_name="Waste", future=0)
        bad = self.document(url)
        self.assertEqual(bad["unix_seconds"][0] - good["unix_seconds"][0], 10 * 366 * 86400)
        data = {one["name"]: one["data"] for one in bad["production_types"]}
        self.assertEqual(len(data["Solar"]), 95)
        self.assertEqual(data["Load"][3], "x")
        self.assertIn(None, data)
        self.assertNotIn("Waste", data)
        self.fault(empty=True)
        self.assertEqual(self.document(url)["unix_seconds"], [])
        self.assertEqual(self.document(url), good)

    def test_damage_through_a_query_string(self):
        self.document("/_control/fault?path=/price&drop_last=1&bad_value=oops")
        document = self.document("/price?start=2024-01-01")
        self.assertEqual(len(document["price"]), 23)
        self.assertEqual(document["price"][0], "oops")


def load_tests(loader, tests, _pattern):
    """This file is the whole suite, however it is loaded."""
    tests.addTests(loader.loadTestsFromNames(["test_auth", "test_energy", "test_captures"]))
    return tests


if __name__ == "__main__":
    unittest.main()
