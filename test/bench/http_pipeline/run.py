"""Requests through a whole pipeline, interleaved A B C A B C, medians as ratios.

The API is a server in one thread that answers after a fixed delay; its bodies are the records of
the load benchmark. A bare libcurl loop asks the same server for the same answers.
"""
import os
import pathlib
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
sys.path.insert(0, str(ROOT / "test/bench/load"))
from bench_server import Server  # noqa: E402
from files import write_records  # noqa: E402
from latency import LatencyServer  # noqa: E402
from measure import line, peak_mb, plan  # noqa: E402

HTTP = ROOT / "test/bench/http"
ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
REQUESTS = 4000
AT_A_TIME = 100
IN_FLIGHT = 50
LATENCY = 20
BODIES = 400
BODY_RECORDS = 970
PAGES = 3000
LONG_LIST = 10 * 10**9
TIMED_PAGES = 300
PAGES_AT_A_TIME = 16
COLUMNS = ("order_id bigint, ts timestamptz, store text, product text, qty int, price numeric, "
           "currency text, customer text, channel text")


class Api(LatencyServer):
    def __init__(self, home, name, body, certificate=None, pages=0):
        super().__init__(home, name, "--body", body, "--pages", pages, *(["--cert", certificate] if certificate else []))

    def connections(self):
        """How many were made, this one not counted."""
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=ssl._create_unverified_context()))
        with opener.open(self.url + "/connections") as answer:
            return int(answer.read()[1:-1]) - 1


def declare(server, name, url, slices, concurrency, latency=LATENCY, more=""):
    server.sql("""
        CREATE SERVER %(name)s FOREIGN DATA WRAPPER elt_http OPTIONS (
            url '%(url)s', allow_private 'true', rate_limit '1000000/s', conditional 'false',
            concurrency '%(concurrency)d'%(more)s);
        CREATE FOREIGN TABLE %(name)s_api (n int OPTIONS (param 'n'), %(columns)s)
            SERVER %(name)s OPTIONS (path '/%(latency)d', query 'n={n}');
        SELECT elt.create_pipeline('%(name)s', '%(name)s_api', '%(name)s_target', '{n,order_id}',
            options => '{"batch_rows": 100000000, "batch_bytes": 100000000000}',
            params => jsonb_build_object('n', (SELECT jsonb_agg(i) FROM generate_series(1, %(slices)d) AS i)))
        """ % {"name": name, "url": url, "slices": slices, "concurrency": concurrency,
               "latency": latency, "columns": COLUMNS, "more": more})


def run(server, name):
    """Seconds of one run, and nothing may have failed."""
    seconds = server.timed("CALL elt.run('%s')" % name) / 1000
    failed = server.sql("SELECT slices_failed FROM elt.runs WHERE pipeline = '%s' ORDER BY run_id DESC LIMIT 1" % name)
    if failed != "0":
        raise RuntimeError("%s slices of %s failed" % (failed, name))
    return seconds


def bare(home, url, count, in_flight):
    done = subprocess.run([home / "bare_multi", "%s/%d" % (url, LATENCY), str(count), str(in_flight)],
                          check=True, capture_output=True, text=True)
    return float(done.stdout)


def bench_rate(server, home):
    body = home / "one.json"
    write_records(body, 1)
    api = Api(home, "small", body)
    declare(server, "many", api.url, REQUESTS, IN_FLIGHT)
    declare(server, "single", api.url, AT_A_TIME, 1)
    rates = {"bare": [], "many": [], "single": []}
    for turn in range(ROUNDS + 1):
        measured = {"bare": bare(home, api.url, REQUESTS, IN_FLIGHT),
                    "many": REQUESTS / run(server, "many"),
                    "single": AT_A_TIME / run(server, "single")}
        for name, rate in measured.items():
            if turn > 0:
                rates[name].append(rate)
    api.stop()
    median = {name: statistics.median(values) for name, values in rates.items()}
    rows = server.sql("SELECT count(*) FROM many_target")
    passed = line(rows == str(REQUESTS), "a row landed for each of %d requests" % REQUESTS)
    passed &= line(median["many"] >= 0.9 * median["bare"],
                   "of a bare libcurl loop, %d ms latency, %d in flight, a whole run: %.2f, goal >= 0.9 (%.0f/s, %.0f/s)" % (
                       LATENCY, IN_FLIGHT, median["many"] / median["bare"], median["many"], median["bare"]))
    return passed & line(median["many"] >= 30 * median["single"],
                         "times one request at a time: %.1f, goal >= 30 (%.0f/s, %.1f/s)" % (
                             median["many"] / median["single"], median["many"], median["single"]))


def bench_bodies(server, home):
    body = home / "body.json"
    write_records(body, BODY_RECORDS)
    folder = home / "data/bodies"
    folder.mkdir()
    for i in range(BODIES):
        shutil.copy(body, folder / ("%04d.json" % i))
    api = Api(home, "large", body)
    declare(server, "bodies", api.url, BODIES, 10, latency=0)
    server.sql("""
        CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');
        CREATE FOREIGN TABLE files_api (%s) SERVER files OPTIONS (glob 'bodies/*.json', settle '0', on_change 'merge', format 'json');
        SELECT elt.create_pipeline('files', 'files_api', 'files_target', '{order_id}',
            options => '{"batch_rows": 100000000, "batch_bytes": 100000000000}')""" % (home / "data", COLUMNS))
    times = {"files": [], "bodies": []}
    for turn in range(ROUNDS + 1):
        for name, measured in times.items():
            server.sql("TRUNCATE elt_staging.%s; CHECKPOINT" % name)
            elapsed = server.timed("CALL elt.pull('%s')" % name)
            if turn > 0:
                measured.append(elapsed)
    api.stop()
    counts = server.sql("SELECT (SELECT count(*) FROM elt_staging.files) || ' ' || (SELECT count(*) FROM elt_staging.bodies)")
    expected = BODIES * BODY_RECORDS
    passed = line(counts == "%d %d" % (expected, expected), "%d bodies of %d kB stage the rows of as many files" % (
        BODIES, body.stat().st_size // 1000))
    files, bodies = statistics.median(times["files"]), statistics.median(times["bodies"])
    return passed & line(files / bodies >= 0.8, "of the speed of the file path: %.2f, goal >= 0.8 (%.0f ms, %.0f ms)" % (
        files / bodies, bodies, files))


def bench_memory(server, home):
    api = Api(home, "slices", home / "one.json")
    peaks = []
    for slices in (1000, 10000):
        name = "slices_%d" % slices
        declare(server, name, api.url, slices, IN_FLIGHT, latency=0)
        peaks.append(peak_mb(server, "CALL elt.run('%s')" % name))
    api.stop()
    landed = server.sql("SELECT count(*) FROM slices_10000_target")
    passed = line(landed == "10000", "10,000 slices land in one run")
    return passed & line(peaks[1] - peaks[0] <= 4,
                         "memory that 10,000 slices take beyond 1,000: %.1f MB, goal <= 4 (peaks above idle %.1f MB, %.1f MB)" % (
                             peaks[1] - peaks[0], peaks[1], peaks[0]))


def declare_list(server, name, url, latency, concurrency, paging):
    server.sql("""
        CREATE SERVER %(name)s FOREIGN DATA WRAPPER elt_http OPTIONS (
            url '%(url)s', allow_private 'true', rate_limit '1000000/s', conditional 'false', concurrency '%(concurrency)d');
        CREATE FOREIGN TABLE %(name)s_api (%(columns)s) SERVER %(name)s OPTIONS (path '/%(latency)d', records '$.items[*]',
            max_pages '100000', %(paging)s);
        SELECT elt.create_pipeline('%(name)s', '%(name)s_api', '%(name)s_target', '{order_id}')
        """ % {"name": name, "url": url, "latency": latency, "concurrency": concurrency, "paging": paging, "columns": COLUMNS})


NUMBERED = "paginate 'page_number', pages_path '$.pages'"
BY_CURSOR = "query 'page=1', paginate 'cursor', cursor_param 'page', cursor_path '$.next'"


def bench_list_memory(server, home):
    """A list in pages, each of which names the next one or has a number."""
    api = Api(home, "pages", home / "body.json", pages=PAGES)
    passed = True
    for name, paging in (("numbered", NUMBERED), ("chained", BY_CURSOR)):
        declare_list(server, name, api.url, 0, PAGES_AT_A_TIME, paging)
        peak = peak_mb(server, "CALL elt.pull('%s')" % name)
        rows = int(server.sql("SELECT count(*) FROM elt_staging.%s" % name))
        passed &= line(rows == PAGES * BODY_RECORDS and peak <= 40,
                       "memory above idle for a list of %d pages of %d kB (%s): %.1f MB, goal <= 40" % (
                           PAGES, (home / "body.json").stat().st_size // 1000, name, peak))
        server.sql("TRUNCATE elt_staging.%s" % name)
    api.stop()
    return passed


def bench_long_list(server, home):
    """Ten gigabytes in pages, of each record only the key."""
    size = (home / "body.json").stat().st_size
    pages = LONG_LIST // size + 1
    api = Api(home, "long", home / "body.json", pages=pages)
    declare_list(server, "long", api.url, 0, PAGES_AT_A_TIME, BY_CURSOR)
    for column in COLUMNS.split(", ")[1:]:
        server.sql("ALTER FOREIGN TABLE long_api DROP COLUMN %s" % column.split()[0])
    server.sql("""SELECT elt.drop_pipeline('long'); DROP TABLE long_target;
        SELECT elt.create_pipeline('long', 'long_api', 'long_target', '{order_id}')""")
    peak = peak_mb(server, "CALL elt.pull('long')")
    rows = int(server.sql("SELECT count(*) FROM elt_staging.long"))
    api.stop()
    server.sql("TRUNCATE elt_staging.long")
    return line(rows == pages * BODY_RECORDS and peak <= 40, "memory above idle for a list of %d pages, %.1f GB: %.1f MB, goal <= 40" % (
        pages, pages * size / 1e9, peak))


def bench_pages_ahead(server, home):
    body = home / "page.json"
    write_records(body, 100)
    api = Api(home, "ahead", body, pages=TIMED_PAGES)
    times = {"one": [], "ahead": []}
    for name, at_a_time in (("one", 1), ("ahead", PAGES_AT_A_TIME)):
        declare_list(server, name, api.url, LATENCY, at_a_time, NUMBERED)
    for turn in range(ROUNDS):
        for name, measured in times.items():
            measured.append(server.timed("CALL elt.pull('%s')" % name))
    api.stop()
    one, ahead = statistics.median(times["one"]), statistics.median(times["ahead"])
    return line(ahead <= 0.25 * one,
                "of the time of one page after the other, %d pages, %d ms latency, %d in flight: %.2f, goal <= 0.25 (%.0f ms, %.0f ms)" % (
                    TIMED_PAGES, LATENCY, PAGES_AT_A_TIME, ahead / one, ahead, one))


def bench_tls(server, home):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", home / "key.pem", "-out", home / "crt.pem"],
                   check=True, capture_output=True)
    certificate = (home / "crt.pem").read_text()
    (home / "tls.pem").write_text((home / "key.pem").read_text() + certificate)
    api = Api(home, "tls", home / "one.json", home / "tls.pem")
    declare(server, "secure", api.url, REQUESTS, IN_FLIGHT, more=", ca '%s'" % certificate)
    run(server, "secure")
    connections = api.connections()
    api.stop()
    return line(0 < connections <= IN_FLIGHT, "TLS handshakes for %d requests, %d in flight: %d, goal <= %d" % (
        REQUESTS, IN_FLIGHT, connections, IN_FLIGHT))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        subprocess.run(["gcc", "-O2", "-o", home / "bare_multi", HTTP / "bare_multi.c", "-lcurl"], check=True)
        with Server(home) as server:
            passed = bench_rate(server, home)
            passed &= bench_bodies(server, home)
            passed &= bench_memory(server, home)
            passed &= bench_list_memory(server, home)
            passed &= bench_long_list(server, home)
            passed &= bench_pages_ahead(server, home)
            passed &= bench_tls(server, home)
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
