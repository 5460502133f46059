"""Debezium's events into a table, against the same rows as JSON Lines without an envelope, and against what
Debezium's JDBC sink takes of the processor for a message: what was measured of its JVM, and the backend of a
client that, as it does, executes a prepared INSERT ... ON CONFLICT for each message, measured here.

Prints TAP. Times are of the processor of the backend, medians of rounds that take turns.
"""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from bench_server import Server
from measure import line, plan, seconds_of

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "5"))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "200000"))
JDBC_SINK_US = 30
TIMES_LESS = 10
STAGED = 2.5

TYPES = [("id", "int64", None), ("customer", "int32", None), ("product", "string", None),
         ("amount", "bytes", "org.apache.kafka.connect.data.Decimal"), ("at", "int64", "io.debezium.time.MicroTimestamp"),
         ("note", "string", None)]
SOURCE = [("version", "string"), ("connector", "string"), ("name", "string"), ("ts_ms", "int64"), ("snapshot", "string"), ("db", "string"),
          ("sequence", "string"), ("schema", "string"), ("table", "string"), ("txId", "int64"), ("lsn", "int64"), ("xmin", "int64")]


def field(name, kind, meaning=None):
    described = {"type": kind, "optional": True, "field": name}
    if meaning:
        described.update(name=meaning, version=1)
    if meaning and meaning.endswith("Decimal"):
        described["parameters"] = {"scale": "2", "connect.decimal.precision": "10"}
    return described


def struct(name, fields):
    return {"type": "struct", "fields": fields, "optional": True, "field": name}


SCHEMA = {"type": "struct", "name": "shop.public.orders.Envelope", "fields": [
    struct("before", [field(*one) for one in TYPES]), struct("after", [field(*one) for one in TYPES]),
    struct("source", [field(*one) for one in SOURCE]), field("op", "string"), field("ts_ms", "int64")]}


def row(n):
    return {"id": n, "customer": n * 7919 % 50000, "product": "product %d" % (n % 1000), "amount": "AeJA",
            "at": 1700000000000000 + n, "note": "a note of some length for order %d" % n}


def event(n, op):
    lsn = 34078720 + 120 * n
    of = row(n if op == "c" else n * 3 // 4)
    return {"before": {"id": of["id"]} if op == "d" else None, "after": None if op == "d" else of,
            "source": {"version": "2.7.0.Final", "connector": "postgresql", "name": "shop", "ts_ms": 1700000000000 + n, "snapshot": "false",
                       "db": "shop", "sequence": "[\"%d\",\"%d\"]" % (lsn - 56, lsn), "schema": "public", "table": "orders", "txId": 600 + n,
                       "lsn": lsn, "xmin": None},
            "op": op, "ts_ms": 1700000000200 + n, "transaction": None}


def write(directory):
    with open(directory / "bare.jsonl", "w") as bare, open(directory / "wrapped.jsonl", "w") as wrapped, open(directory / "rows.jsonl", "w") as rows:
        schema = json.dumps(SCHEMA, separators=(",", ":"))
        for n in range(RECORDS):
            op = "d" if n % 10 == 9 else "u" if n % 10 in (3, 6, 8) else "c"
            text = json.dumps(event(n, op), separators=(",", ":"))
            bare.write(text + "\n")
            wrapped.write('{"schema":%s,"payload":%s}\n' % (schema, text))
            rows.write(json.dumps(dict(row(n), amount="1234.56", at="2023-11-14T22:13:20.123456", op=op, lsn=34078720 + 120 * n), separators=(",", ":")) + "\n")


COLUMNS = "id bigint, customer int, product text, amount numeric(10,2), at timestamp, note text"
EVENTS = COLUMNS + ", op text OPTIONS (lineage 'op'), lsn bigint OPTIONS (lineage 'sequence')"
BARE = EVENTS.replace("numeric(10,2)", "numeric(10,2) OPTIONS (format 'base64')").replace("timestamp,", "timestamp OPTIONS (format 'unix_us'),")


def declare(server, name, columns, envelope):
    server.sql("CREATE FOREIGN TABLE %s_in (%s) SERVER files OPTIONS (glob '%s.jsonl', format 'jsonl', settle '0'%s)" % (
        name, columns, name, envelope))


def create(server, name, delete):
    server.sql("""
        SELECT elt.drop_pipeline('%(name)s', if_exists => true);
        DROP TABLE IF EXISTS %(name)s CASCADE;
        SELECT elt.create_pipeline('%(name)s', source => '%(name)s_in', target => '%(name)s', key => '{id}', options =>
            '{"sequence_by": ["lsn"], "delete_when": "op = ''%(delete)s''", "batch_rows": 1000000000, "batch_bytes": 100000000000}');
        CHECKPOINT""" % {"name": name, "delete": delete})


def microseconds(server, statement):
    return 1e6 * seconds_of(server, statement, "SELECT count(*) FROM elt.pipelines")[0] / RECORDS


def measure(server, name):
    create(server, name, "d" if name == "rows" else "delete")
    return [microseconds(server, statement % name) for statement in (
        "SELECT count(*) FROM %s_in", "CALL elt.pull('%s')", "SELECT elt.merge('%s')")]


UPSERT = """INSERT INTO jdbc VALUES (:n + %d, :customer, 'product ' || :customer, 1234.56, '2023-11-14T22:13:20', 'a note of some length for order')
    ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, product = excluded.product, amount = excluded.amount, at = excluded.at, note = excluded.note;
"""
IN_ONE = 500


def sink_backend(server, directory):
    """Microseconds a row of the backend of a client that upserts by a prepared statement, as many rows to a transaction as the sink."""
    server.sql("DROP TABLE IF EXISTS jdbc; CREATE TABLE jdbc (id bigint PRIMARY KEY, customer int, product text, amount numeric(10,2), at timestamp, note text); CHECKPOINT")
    script = directory / "upsert.sql"
    script.write_text("\\set n :n + %d\n\\set customer random(1, 50000)\nBEGIN;\n%sCOMMIT;\n" % (IN_ONE, "".join(UPSERT % n for n in range(IN_ONE))))
    client = subprocess.Popen([server.bin / "pgbench", "-n", "-M", "prepared", "-D", "n=0", "-c", "1", "-t", str(RECORDS // IN_ONE // 4), "-f", script],
                              env=server.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ran, pid = 0, None
    while client.poll() is None:
        pid = pid or server.sql("SELECT pid FROM pg_stat_activity WHERE application_name = 'pgbench'")
        try:
            ran = int(pathlib.Path("/proc/%s/schedstat" % pid).read_text().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            pass
        time.sleep(0.02)
    return ran / 1000 / int(server.sql("SELECT count(*) FROM jdbc"))


def report(directory, medians, backend):
    sink = JDBC_SINK_US + backend
    for name, what in (("bare", "without their schema"), ("wrapped", "with their schema")):
        read, staged, landed = medians[name]
        size = (directory / (name + ".jsonl")).stat().st_size / RECORDS
        line(TIMES_LESS * staged <= JDBC_SINK_US,
             "events %s (%d bytes), to stage: %.2f us a message, %.1f times less than the %d us of the sink's JVM, goal >= %d (to read: %.2f us)" % (
                 what, size, staged, JDBC_SINK_US / staged, JDBC_SINK_US, TIMES_LESS, read))
        line(TIMES_LESS * (staged + landed) <= sink,
             "events %s, to stage and land in an indexed table: %.2f us a message, %.1f times less than the sink with its backend (%d + %.1f us), goal >= %d (to land: %.2f us)" % (
                 what, staged + landed, sink / (staged + landed), JDBC_SINK_US, backend, TIMES_LESS, landed))
    base = medians["rows"]
    line(medians["bare"][1] <= STAGED * base[1], "staging events: %.2f of the same rows as JSON Lines, goal <= %g (%.2f us, %.2f us)" % (
        medians["bare"][1] / base[1], STAGED, medians["bare"][1], base[1]))


def main():
    directory = pathlib.Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    try:
        write(directory)
        with Server(directory) as server:
            server.sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % directory)
            declare(server, "bare", BARE, ", envelope 'debezium'")
            declare(server, "wrapped", EVENTS, ", envelope 'debezium'")
            declare(server, "rows", COLUMNS + ", op text, lsn bigint", "")
            backends = []
            times = {name: [] for name in ("bare", "wrapped", "rows")}
            for turn in range(ROUNDS + 1):
                for name, measured in times.items():
                    figures = measure(server, name)
                    if turn > 0:
                        measured.append(figures)
                if turn > 0:
                    backends.append(sink_backend(server, directory))
            medians = {name: [statistics.median(column) for column in zip(*list_)] for name, list_ in times.items()}
            report(directory, medians, statistics.median(backends))
    finally:
        shutil.rmtree(directory)
    plan()


main()
