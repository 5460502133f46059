"""What scheduling costs: the delay before the first request of a queued run, the processor time of the
scheduler while many pipelines are due at once, and that of an idle extension with its WAL.
"""
import http.server
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import line, plan  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "100"))
PIPELINES = int(os.environ.get("ELT_BENCH_PIPELINES", "500"))
IDLE_SECONDS = int(os.environ.get("ELT_BENCH_IDLE", "60"))
LATENCY_MS, SCHEDULER_PERCENT, IDLE_PERCENT = 50, 5, 0.1


class Arrivals(http.server.BaseHTTPRequestHandler):
    times = []

    def do_GET(self):
        Arrivals.times.append(time.perf_counter())
        body = b'[{"id": 1}]'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def pid_of(server, kind):
    return server.sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'elt %s'" % kind).strip()


def cpu(pid):
    with open("/proc/%s/schedstat" % pid) as file:
        return int(file.read().split()[0]) / 1e9


def latencies(server):
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Arrivals)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    server.sql("""
        CREATE SERVER web FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:%d', allow_private 'true', rate_limit '1000/s');
        CREATE FOREIGN TABLE quick_api (id int) SERVER web OPTIONS (path '/quick', records '$[*]');
        SELECT elt.create_pipeline('quick', source => 'quick_api', target => 'quick', key => '{id}')""" % web.server_port)
    session, found = server.session(), []
    for _ in range(ROUNDS + 5):
        before = len(Arrivals.times)
        began = time.perf_counter()
        run = session.ask("SELECT elt.enqueue('quick')")
        while len(Arrivals.times) == before:
            time.sleep(0.0005)
        found.append((Arrivals.times[before] - began) * 1000)
        session.ask("CALL elt.wait(%s)" % run)
        time.sleep(0.05)
    session.close()
    return sorted(found[5:])


def many(server):
    server.sql("""
        CREATE TABLE src (id int PRIMARY KEY);
        INSERT INTO src VALUES (1);
        SELECT count(elt.create_pipeline('p' || n, source => 'src', target => 't' || n, key => '{id}', schedule => 'every 10 hours'))
        FROM generate_series(1, %d) AS n""" % PIPELINES)
    scheduler = pid_of(server, "scheduler")
    ran, began = cpu(scheduler), time.perf_counter()
    server.sql("UPDATE elt_catalog.schedule SET next_slot = date_trunc('second', now()); SELECT elt.tick()")
    deadline = time.monotonic() + 600
    while server.sql("SELECT count(*) FROM elt_catalog.run WHERE slot IS NOT NULL AND state = 'succeeded'").strip() != str(PIPELINES):
        if time.monotonic() > deadline:
            break
        time.sleep(0.5)
    elapsed, ran = time.perf_counter() - began, cpu(scheduler) - ran
    done = server.sql("""SELECT count(*), count(DISTINCT pipeline_id), count(*) FILTER (WHERE state = 'succeeded')
        FROM elt_catalog.run WHERE slot IS NOT NULL""").strip()
    return elapsed, ran, done


def idle(server):
    # These queries prune pages of the catalog, after which the background writer logs the running
    # transactions once more, up to 25 seconds later.
    for pause in (40, 0):
        pids = [pid_of(server, kind) for kind in ("launcher", "scheduler")]
        lsn = server.sql("SELECT pg_current_wal_insert_lsn()").strip()
        time.sleep(pause)
    ran = sum(cpu(pid) for pid in pids)
    time.sleep(IDLE_SECONDS)
    ran = sum(cpu(pid) for pid in pids) - ran
    wal = server.sql("SELECT pg_current_wal_insert_lsn() - '%s'::pg_lsn" % lsn).strip()
    return 100 * ran / IDLE_SECONDS, int(wal)


def main():
    home = tempfile.mkdtemp(prefix="schedule.")
    try:
        with Server(home) as server:
            found = latencies(server)
            p99 = found[min(len(found) - 1, int(len(found) * 0.99))]
            line(p99 <= LATENCY_MS, "from elt.enqueue to the first request: p99 %.0f ms, median %.0f ms of %d, goal <= %d ms" % (
                p99, statistics.median(found), len(found), LATENCY_MS))
            elapsed, ran, done = many(server)
            line(done == "%d|%d|%d" % (PIPELINES, PIPELINES, PIPELINES), "%d pipelines due at once: each ran once (%s)" % (PIPELINES, done))
            line(ran <= 60 * SCHEDULER_PERCENT / 100, "they took %.0f s with 4 workers, and the scheduler %.2f s of processor: %.1f %% of a minute, goal <= %d %%" % (
                elapsed, ran, ran / 0.6, SCHEDULER_PERCENT))
            percent, wal = idle(server)
            line(percent <= IDLE_PERCENT, "idle with %d schedules: %.3f %% of a processor, goal <= %.1f %%" % (PIPELINES, percent, IDLE_PERCENT))
            line(wal == 0, "and %d bytes of WAL in %d s, goal 0" % (wal, IDLE_SECONDS))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    plan()


if __name__ == "__main__":
    main()
