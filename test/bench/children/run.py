"""Orders and their lines from one response, against two pipelines over the same response.

From a file the measure is the processor time of the session that loads, over HTTP the time that passes.
Each way has targets of its own; the first round warms up.
"""
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from latency import LatencyServer  # noqa: E402
from measure import line, plan  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
ORDERS = int(os.environ.get("ELT_BENCH_RECORDS", "40000"))
LINES = 5
LATENCY = 20
REQUESTS = 200
PER_REQUEST = 20


def order(number, wide):
    """Narrow: what is loaded; wide: with as much again that nobody loads, as APIs answer."""
    result = {"id": number, "at": "2024-01-%02dT10:00:00Z" % (1 + number % 28), "note": "order %d" % number}
    if wide:
        result["address"] = {"street": "Street %d" % number, "city": "City", "lines": ["a" * 40, "b" * 40]}
        result["attributes"] = [{"name": "attribute %d" % i, "value": "v" * 30} for i in range(20)]
    result["lines"] = [{"sku": "sku-%05d" % ((number * 7 + i) % 9973), "pieces": 1 + i, "price": "%d.%02d" % (number % 90, i)}
                       for i in range(LINES)]
    if wide:
        for item in result["lines"]:
            item["taxes"] = [{"title": "VAT", "rate": 0.19, "amount": 1.5} for _ in range(3)]
            item["properties"] = {"color": "red", "size": "XL", "gift": None, "text": "t" * 80}
    return result


def write(path, orders, wide):
    with open(path, "w") as out:
        out.write('{"orders": [')
        for number in range(orders):
            out.write((", " if number else "") + json.dumps(order(number, wide)))
        out.write("]}")


def declare(server, name, options, param=""):
    """Tables NAME_order and NAME_line, a pipeline NAME with a child, and pipelines NAME_o and NAME_l."""
    column = "n int OPTIONS (param 'n'), " if param else ""
    key = "n," if param else ""
    more = ", params => '%s'" % param if param else ""
    server.sql("""
        CREATE FOREIGN TABLE %(n)s_order (%(c)sid bigint, at timestamptz, note text)
            SERVER %(n)s OPTIONS (%(o)s, records '$.orders[*]');
        CREATE FOREIGN TABLE %(n)s_line (%(c)sorder_id bigint OPTIONS (path '$.orders[*].id'), line int OPTIONS (lineage 'index'),
            sku text, pieces int, price numeric) SERVER %(n)s OPTIONS (%(o)s, records '$.orders[*].lines[*]');
        SELECT elt.create_pipeline('%(n)s', '%(n)s_order', '%(n)s_t', '{%(k)sid}'%(m)s, options => '%(b)s');
        SELECT elt.add_child('%(n)s', '%(n)s_line', '%(n)s_tl', '{%(k)sorder_id,line}', '{%(k)sorder_id}');
        SELECT elt.create_pipeline('%(n)s_o', '%(n)s_order', '%(n)s_to', '{%(k)sid}'%(m)s, options => '%(b)s');
        SELECT elt.create_pipeline('%(n)s_l', '%(n)s_line', '%(n)s_tol', '{%(k)sorder_id,line}', 'replace'%(m)s,
            options => jsonb '%(b)s' || '{"replace_by": [%(r)s]}')
        """ % {"n": name, "c": column, "k": key, "o": options, "m": more,
               "b": '{"batch_rows": 100000000, "batch_bytes": 100000000000}',
               "r": ('"n", ' if param else "") + '"order_id"'})


def measure(server, name, prepare, clock):
    """Milliseconds of the family and of the two pipelines, medians, by interleaved rounds."""
    times = {"family": [], "two": []}
    session = server.session()
    session.ask("SET client_min_messages = error")
    now = (lambda: session.cpu() * 1000) if clock == "cpu" else (lambda: time.monotonic() * 1000)
    for turn in range(ROUNDS + 1):
        for way, pipelines in (("family", [name]), ("two", [name + "_o", name + "_l"])):
            elapsed = 0
            for pipeline in pipelines:
                prepare(session, pipeline)
                session.ask("CHECKPOINT")
                began = now()
                session.ask("CALL elt.run('%s')" % pipeline)
                elapsed += now() - began
            if turn > 0:
                times[way].append(elapsed)
    session.close()
    return {way: statistics.median(values) for way, values in times.items()}


def same(server, name):
    return server.sql("""SELECT (SELECT count(*) FROM %(n)s_tl) || ' ' || (SELECT count(*) FROM (
        SELECT order_id, line, sku, pieces, price FROM %(n)s_tl EXCEPT ALL SELECT order_id, line, sku, pieces, price FROM %(n)s_tol) d)
        """ % {"n": name})


def report(times, what, goal):
    return line(times["family"] <= goal * times["two"], "%s: %.2f, goal <= %g (%.0f ms, %.0f ms)" % (
        what, times["family"] / times["two"], goal, times["family"], times["two"]))


def bench_file(server, home, name, wide):
    folder = home / "data" / name
    folder.mkdir()
    write(folder / "orders.json", ORDERS, wide)
    server.sql("CREATE SERVER %s FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % (name, folder))
    declare(server, name, "glob '*.json', settle '0', on_change 'merge', format 'json'")
    size = "%s orders of %d bytes" % ("wide" if wide else "narrow", (folder / "orders.json").stat().st_size // ORDERS)

    def again(session, pipeline):
        session.ask("SELECT elt.reset_pipeline('%s')" % pipeline)

    def empty(session, pipeline):
        again(session, pipeline)
        tables = {name: "%s_t, %s_tl" % (name, name), name + "_o": name + "_to", name + "_l": name + "_tol"}
        session.ask("TRUNCATE %s" % tables[pipeline])

    first = measure(server, name, empty, "cpu")
    passed = line(same(server, name) == "%d 0" % (ORDERS * LINES), "%s: both ways load the same lines" % size)
    passed &= report(first, "a file of %s, into empty tables, processor time" % size, 0.8)
    return passed & report(measure(server, name, again, "cpu"), "the same again, unchanged", 0.8)


def bench_http(server, home):
    body = home / "page.json"
    write(body, PER_REQUEST, False)
    api = LatencyServer(home, "api", "--body", body)
    server.sql("CREATE SERVER web FOREIGN DATA WRAPPER elt_http OPTIONS (url '%s', allow_private 'true',"
               " rate_limit '1000000/s', conditional 'false', concurrency '4')" % api.url)
    declare(server, "web", "path '/%d', query 'n={n}'" % LATENCY, json.dumps({"n": list(range(REQUESTS))}))
    times = measure(server, "web", lambda session, pipeline: session.ask("SELECT elt.reset_pipeline('%s')" % pipeline), "wall")
    passed = line(same(server, "web") == "%d 0" % (REQUESTS * PER_REQUEST * LINES), "both ways load the same lines over HTTP")
    return passed & report(times, "%d requests with %d ms latency, 4 at a time, the time that passes" % (REQUESTS, LATENCY), 0.55)


def main():
    with tempfile.TemporaryDirectory(dir=os.environ["ELT_WORK"]) as folder:
        home = pathlib.Path(folder)
        with Server(home) as server:
            passed = bench_file(server, home, "narrow", False)
            passed &= bench_file(server, home, "wide", True)
            passed &= bench_http(server, home)
    plan()
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
