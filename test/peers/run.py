"""Whole jobs, from the request to committed rows in a logged table with its key.

Every way of a job must leave the same checksum. CPU is that of the client and of all processes of the
server; the answers come from a server that is not counted. Ways are interleaved, medians are printed.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "test/peers"
sys.path[:0] = [str(ROOT / "test/bench"), str(ROOT / "test/replay")]
import bulk  # noqa: E402
from bench_server import Server  # noqa: E402
from measure import line, plan  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "3"))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
REQUESTS, LATENCY, IN_FLIGHT = 1000, 20, 50
COLUMNS = ("order_id bigint, ts timestamptz, store text, product text, qty int, price numeric, "
           "currency text, customer text, channel text")
NAMES = "order_id, ts, store, product, qty, price, currency, customer, channel"
UPSERT = ("INSERT INTO peer SELECT DISTINCT ON (order_id) %s FROM stage ORDER BY order_id ON CONFLICT (order_id) DO UPDATE SET "
          % NAMES + ", ".join("%s = excluded.%s" % (name, name) for name in NAMES.split(", ")[1:]) +
          " WHERE (peer.*) IS DISTINCT FROM (excluded.*)")
CHECKSUM = ("SELECT count(*) || ' ' || sum(hashtextextended(concat_ws(' ', order_id, ts, store, product, qty, "
            "price::numeric(12,2), currency, customer, channel), 0)) FROM ")


def ticks(pid, fields):
    """Seconds of processor time; fields: which of utime, stime, cutime, cstime."""
    try:
        with open("/proc/%d/stat" % pid) as stat:
            values = stat.read().rsplit(")", 1)[1].split()[11:15]
    except OSError:
        return 0
    return sum(int(value) for value in values[:fields]) / os.sysconf("SC_CLK_TCK")


class Job:
    """What all ways of one job share."""

    def __init__(self, server, home, api):
        self.server, self.home, self.api = server, home, api
        self.postmaster = int((server.data / "postmaster.pid").read_text().split()[0])

    def server_seconds(self):
        children = subprocess.run(["pgrep", "-P", str(self.postmaster)], capture_output=True, text=True).stdout.split()
        return ticks(self.postmaster, 4) + sum(ticks(int(child), 2) for child in children)

    def measure(self, way):
        """CPU and wall seconds of a shell command of the client."""
        environment = {**self.server.environment(), "PATH": "%s:%s" % (self.server.bin, os.environ["PATH"]),
                       "PEER_URL": "postgresql://postgres:none@localhost/postgres?host=%s" % self.home}
        before, client, started = self.server_seconds(), os.times(), time.perf_counter()
        done = subprocess.run(["bash", "-euc", way], env=environment, capture_output=True, text=True, cwd=self.home)
        wall, client_after = time.perf_counter() - started, os.times()
        if done.returncode != 0:
            raise RuntimeError("%s\n%s" % (way, done.stderr[-3000:]))
        time.sleep(0.2)  # until the backend has ended and is counted
        used = client_after.children_user + client_after.children_system - client.children_user - client.children_system
        return used + self.server_seconds() - before, wall

    def fresh(self, names):
        for name in names:
            self.server.sql("TRUNCATE " + name)
        self.server.sql("CHECKPOINT")

    def script(self, name, *arguments):
        return " ".join([sys.executable, str(HERE / name)] + [str(argument) for argument in arguments])


class Table:
    """A line of the table for each way of a job."""

    def __init__(self):
        self.lines = ["| job | way | CPU | wall | CPU ratio | wall ratio |", "|---|---|---|---|---|---|"]

    def add(self, job, measured):
        medians = {way: [statistics.median(values) for values in zip(*turns)] for way, turns in measured.items()}
        cpu, wall = medians["pg_elt"]
        for way, (way_cpu, way_wall) in medians.items():
            self.lines.append("| %s | %s | %.2f s | %.2f s | %.2f | %.2f |" % (
                job, way, way_cpu, way_wall, way_cpu / cpu, way_wall / wall))

    def show(self):
        for text in self.lines:
            print("# " + text)


def compare(job, table, title, ways, prepare):
    """ways: name -> (command, table where its rows are)."""
    measured, sums = {name: [] for name in ways}, {}
    for _ in range(ROUNDS):
        for name, (command, target) in ways.items():
            prepare(target)
            measured[name].append(job.measure(command))
            sums[name] = job.server.sql(CHECKSUM + target)
    table.add(title, measured)
    return line(len(set(sums.values())) == 1, "%s: all ways leave the same rows (%s)" % (title, sums))


def psql(*statements):
    return "psql -XqAt -v ON_ERROR_STOP=1 " + " ".join('-c "%s"' % statement for statement in statements)


def run(pipeline):
    return psql("CALL elt.run('%s')" % pipeline)


def json_jobs(job, table):
    url = job.api + "/0"
    fetch = "curl -sf -o body.json '%s'; " % url
    to_jsonb = ("DROP TABLE IF EXISTS raw; CREATE UNLOGGED TABLE raw (doc text); "
                "COPY raw FROM '%s/body.json' (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02'); " % job.home)
    rows = "SELECT r.* FROM raw, jsonb_to_recordset(doc::jsonb) AS r(%s)" % COLUMNS
    job.server.sql("""
        CREATE FOREIGN TABLE orders (%s) SERVER api OPTIONS (path '/0', records '$[*]');
        SELECT elt.create_pipeline('orders', 'orders', 'orders_target', '{order_id}')""" % COLUMNS)
    work = job.home / "dlt"
    first = {"pg_elt": (run("orders"), "orders_target"),
             "curl + DuckDB": (fetch + job.script("duckdb_load.py", "body.json", "first"), "peer"),
             "curl + psql + jsonb": (fetch + psql(to_jsonb + "INSERT INTO peer " + rows), "peer"),
             "curl + pandas + COPY": (fetch + job.script("pandas_copy.py", "body.json", "peer"), "peer"),
             "curl + dlt": (fetch + job.script("dlt_load.py", "body.json", "append", work), "dlt.dlt_target")}

    def empty(target):
        shutil.rmtree(work, ignore_errors=True)
        job.server.sql("DROP SCHEMA IF EXISTS dlt CASCADE")
        job.server.sql("SELECT elt.reset_pipeline('orders')")
        job.fresh([name for name in ("orders_target", "peer") if target != "dlt.dlt_target"])

    passed = compare(job, table, "%s JSON records in one answer" % format(RECORDS, ","), first, empty)
    again = {"pg_elt": (run("orders"), "orders_target"),
             "curl + DuckDB": (fetch + psql("TRUNCATE stage") + "; " + job.script("duckdb_load.py", "body.json", "again") +
                               "; " + psql(UPSERT), "peer"),
             "curl + psql + jsonb": (fetch + psql("TRUNCATE stage; " + to_jsonb + "INSERT INTO stage " + rows + "; " + UPSERT), "peer"),
             "curl + dlt": (fetch + job.script("dlt_load.py", "body.json", "merge", work), "dlt.dlt_target")}
    job.measure(run("orders"))
    job.measure(first["curl + psql + jsonb"][0] if job.server.sql("SELECT count(*) FROM peer") == "0" else "true")
    return passed & compare(job, table, "the same again, nothing changed", again, lambda target: job.server.sql("CHECKPOINT"))


def csv_job(job, table):
    path = job.home / "data/orders.csv"
    with open(path, "wb") as out:
        out.writelines(bulk.records("csv", RECORDS, 1, None))
    job.server.sql("""
        CREATE FOREIGN TABLE file (%s) SERVER files OPTIONS (glob 'orders.csv');
        SELECT elt.create_pipeline('file', 'file', 'file_target', '{order_id}')""" % COLUMNS)
    ways = {"pg_elt": (run("file"), "file_target"),
            "DuckDB": (job.script("duckdb_load.py", path, "first"), "peer"),
            "psql COPY": (psql("COPY peer FROM '%s' (FORMAT csv, HEADER)" % path), "peer"),
            "pandas + COPY": (job.script("pandas_copy.py", path, "peer"), "peer")}

    def empty(target):
        job.server.sql("SELECT elt.reset_pipeline('file')")
        job.fresh(["file_target", "peer"])

    return compare(job, table, "%s CSV records" % format(RECORDS, ","), ways, empty)


def small_job(job, table, api):
    """Each answer is one record; the number of the request becomes the key."""
    (job.home / "small").mkdir()
    (job.home / "small.cfg").write_text("".join(
        'url = "%s/%d?n=%d"\noutput = "small/%d.json"\n' % (api, LATENCY, n, n) for n in range(1, REQUESTS + 1)))
    wide = "n int, " + COLUMNS
    job.server.sql("""
        CREATE SERVER small FOREIGN DATA WRAPPER elt_http OPTIONS (url '%s', allow_private 'true',
            rate_limit '1000000/s', concurrency '%d', conditional 'false');
        CREATE FOREIGN TABLE small (n int OPTIONS (param 'n'), %s) SERVER small OPTIONS (path '/%d', query 'n={n}');
        SELECT elt.create_pipeline('small', 'small', 'small_target', '{n,order_id}', params =>
            jsonb_build_object('n', (SELECT jsonb_agg(i) FROM generate_series(1, %d) AS i)));
        CREATE TABLE small_peer (%s, PRIMARY KEY (n, order_id))""" % (api, IN_FLIGHT, COLUMNS, LATENCY, REQUESTS, wide))
    by_hand = ("curl -sS -Z --parallel-max %d -K small.cfg 2>curl.log; cd small; " % IN_FLIGHT +
               """awk 'FNR == 1 { n = FILENAME; sub(/[.]json/, "", n) } { print n "\\t" $0 }' *.json >../small.tsv; """)
    insert = ("DROP TABLE IF EXISTS raw; CREATE UNLOGGED TABLE raw (n int, doc jsonb); COPY raw FROM '%s/small.tsv'; "
              "INSERT INTO small_peer SELECT n, r.* FROM raw, jsonb_to_recordset(doc) AS r(%s)" % (job.home, COLUMNS))
    ways = {"pg_elt": (run("small"), "small_target"), "curl -Z + psql": (by_hand + psql(insert), "small_peer")}
    return compare(job, table, "%s requests of %d ms" % (format(REQUESTS, ","), LATENCY), ways,
                   lambda target: job.fresh(["small_target", "small_peer"]))


class Api:
    """Sends one body, whatever is asked for."""

    def __init__(self, home, name, body):
        port = home / (name + ".port")
        self.process = subprocess.Popen([sys.executable, str(ROOT / "test/bench/http/latency_server.py"), str(port),
                                         "--body", str(body)], stdin=subprocess.DEVNULL)
        while not port.exists() and self.process.poll() is None:
            time.sleep(0.05)
        self.url = "http://127.0.0.1:" + port.read_text().strip()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def write_json(path, records):
    with open(path, "wb") as out:
        out.writelines(bulk.records("json", records, 1, None))


def prepare(server, home, url):
    server.sql("""
        CREATE SERVER api FOREIGN DATA WRAPPER elt_http OPTIONS (url '%s', allow_private 'true', rate_limit '1000000/s');
        CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');
        CREATE TABLE peer (%s, PRIMARY KEY (order_id));
        CREATE UNLOGGED TABLE stage (%s)""" % (url, home / "data", COLUMNS, COLUMNS))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_peers_"))
    apis, table = [], Table()
    try:
        write_json(home / "large.json", RECORDS)
        write_json(home / "one.json", 1)
        apis += [Api(home, name, home / (name + ".json")) for name in ("large", "one")]
        with Server(home) as server:
            prepare(server, home, apis[0].url)
            job = Job(server, home, apis[0].url)
            passed = small_job(job, table, apis[1].url)
            passed &= csv_job(job, table)
            passed &= json_jobs(job, table)
        table.show()
        plan()
        return 0 if passed else 1
    finally:
        for api in apis:
            api.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
