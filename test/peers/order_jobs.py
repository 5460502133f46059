"""Orders: a million JSON records in one answer and in pages, a CSV file with ten checks, small answers."""
import os
import shutil

import bulk
from checked_orders import CHECKS, ROWS
from latency import LatencyServer
from peer_job import compare, psql, run

RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
CSV_RECORDS = 5 * RECORDS
PAGES = max(1, RECORDS // 1000)
REQUESTS, LATENCY, IN_FLIGHT = 1000, 20, 50
COLUMNS = ("order_id bigint, ts timestamptz, store text, product text, qty int, price numeric, "
           "currency text, customer text, channel text")
NAMES = "order_id, ts, store, product, qty, price, currency, customer, channel"
UPSERT = ("INSERT INTO peer SELECT DISTINCT ON (order_id) %s FROM stage ORDER BY order_id ON CONFLICT (order_id) DO UPDATE SET "
          % NAMES + ", ".join("%s = excluded.%s" % (name, name) for name in NAMES.split(", ")[1:]) +
          " WHERE (peer.*) IS DISTINCT FROM (excluded.*)")
CHECKSUM = ("SELECT count(*) || ' ' || sum(hashtextextended(concat_ws(' ', order_id, ts, store, product, qty, "
            "price::numeric(12,2), currency, customer, channel), 0)) FROM %s")
PASSES = " AND ".join("(%s)" % condition for condition in CHECKS.values())


def prepare_orders(server, home):
    server.sql("""
        CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');
        CREATE TABLE peer (%s, PRIMARY KEY (order_id));
        CREATE UNLOGGED TABLE stage (%s)""" % (home / "data", COLUMNS, COLUMNS))


def api_server(job, name, url, options=""):
    job.server.sql("CREATE SERVER %s FOREIGN DATA WRAPPER elt_http OPTIONS (url '%s', allow_private 'true', "
                   "rate_limit '1000000/s'%s)" % (name, url, options))


def from_jsonb(job, path, records="doc::jsonb"):
    """Statements that put a document or one a line into raw, and the query that makes rows of it."""
    load = ("DROP TABLE IF EXISTS raw; CREATE UNLOGGED TABLE raw (doc text); "
            "COPY raw FROM '%s/%s' (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02'); " % (job.home, path))
    return load, "SELECT r.* FROM raw, jsonb_to_recordset(%s) AS r(%s)" % (records, COLUMNS)


def one_answer(job, table):
    with open(job.home / "large.json", "wb") as out:
        out.writelines(bulk.records("json", RECORDS, 1, None))
    with LatencyServer(job.home, "large", "--body", job.home / "large.json") as api:
        api_server(job, "large", api.url)
        job.server.sql("""
            CREATE FOREIGN TABLE orders (%s) SERVER large OPTIONS (path '/0', records '$[*]');
            SELECT elt.create_pipeline('orders', 'orders', 'orders_target', '{order_id}')""" % COLUMNS)
        return whole_list(job, table, "curl -sf -o body.json '%s/0'; " % api.url)


def whole_list(job, table, fetch):
    to_raw, rows = from_jsonb(job, "body.json")
    work = job.home / "dlt"
    title = "%s JSON records in one answer" % format(RECORDS, ",")
    copy = psql("COPY peer FROM '%s/ready.tsv'" % job.home)
    first = {"pg_elt": (run("orders"), "orders_target"),
             "curl + DuckDB": (fetch + job.script("duckdb_load.py", "body.json", "first"), "peer"),
             "curl + psql + jsonb": (fetch + psql(to_raw + "INSERT INTO peer " + rows), "peer"),
             "curl + pandas + COPY": (fetch + job.script("pandas_copy.py", "body.json", "peer"), "peer"),
             "curl + dlt": (fetch + job.script("dlt_load.py", "body.json", "append", work), "dlt.dlt_target")}

    def empty(target):
        shutil.rmtree(work, ignore_errors=True)
        job.server.sql("DROP SCHEMA IF EXISTS dlt CASCADE")
        if target == "orders_target":
            job.server.sql("SELECT elt.reset_pipeline('orders')")
        job.fresh([name for name in ("orders_target", "peer") if name == target])

    passed = compare(job, table, title, CHECKSUM, first, empty, [("curl + DuckDB", 2, 1.2)])
    job.server.sql("COPY (SELECT %s FROM orders_target) TO '%s/ready.tsv'" % (NAMES, job.home))
    ready = {"pg_elt": (run("orders"), "orders_target"), "COPY of a ready TSV": (copy, "peer")}
    passed &= compare(job, table, title + ", against its rows ready to copy", CHECKSUM, ready, empty,
                      [("COPY of a ready TSV", None, 1 / 1.7)])
    again = {"pg_elt": (run("orders"), "orders_target"),
             "curl + DuckDB": (fetch + psql("TRUNCATE stage") + "; " + job.script("duckdb_load.py", "body.json", "again") +
                               "; " + psql(UPSERT), "peer"),
             "curl + psql + jsonb": (fetch + psql("TRUNCATE stage; " + to_raw + "INSERT INTO stage " + rows + "; " + UPSERT), "peer")}
    return passed & compare(job, table, title + ", again, nothing changed", CHECKSUM, again,
                            lambda target: job.server.sql("CHECKPOINT"))


def in_pages(job, table):
    folder = job.home / "pages"
    folder.mkdir()
    records = b"".join(bulk.records("jsonl", RECORDS, 1, None)).splitlines()
    for page in range(1, PAGES + 1):
        mine = records[(page - 1) * len(records) // PAGES:page * len(records) // PAGES]
        (folder / str(page)).write_bytes(b'{"page":%d,"pages":%d,"items":[%s]}\n' % (page, PAGES, b",".join(mine)))
    with LatencyServer(job.home, "paged", "--folder", folder) as api:
        api_server(job, "paged", api.url)
        job.server.sql("""
            CREATE FOREIGN TABLE paged (%s) SERVER paged OPTIONS (path '/0', records '$.items[*]', paginate 'page_number',
                page_param 'name', pages_path '$.pages', max_pages '100000');
            SELECT elt.create_pipeline('paged', 'paged', 'paged_target', '{order_id}')""" % COLUMNS)
        fetch = ("rm -rf got; mkdir got; curl -sf -Z --parallel-max 8 -o 'got/#1.json' '%s/0?name=[1-%d]' 2>curl.log; "
                 % (api.url, PAGES))
        to_raw, rows = from_jsonb(job, "pages.jsonl", "doc::jsonb -> 'items'")
        ways = {"pg_elt": (run("paged"), "paged_target"),
                "curl -Z + DuckDB": (fetch + job.script("duckdb_load.py", "'got/*.json'", "pages"), "peer"),
                "curl -Z + psql + jsonb": (fetch + "cat got/*.json >pages.jsonl; " + psql(to_raw + "INSERT INTO peer " + rows), "peer")}

        def empty(target):
            if target == "paged_target":
                job.server.sql("SELECT elt.reset_pipeline('paged')")
            job.fresh([target])

        return compare(job, table, "%s JSON records in %s pages" % (format(RECORDS, ","), format(PAGES, ",")), CHECKSUM, ways, empty)


def csv_file(job, table):
    """Of the rows 0.9 % break one of ten checks; the tenth is a key that repeats."""
    path = job.home / "data/orders.csv"
    job.server.sql("""
        COPY (%s) TO '%s' (FORMAT csv, HEADER);
        CREATE TABLE bad (LIKE peer);
        CREATE FOREIGN TABLE file (%s) SERVER files OPTIONS (glob 'orders.csv', settle '0', on_change 'merge', format 'csv', header 'true');
        SELECT elt.create_pipeline('file', 'file', 'file_target', '{order_id}',
            options => '{"batch_rows": 1000000000, "batch_bytes": 100000000000}')""" % (ROWS % CSV_RECORDS, path, COLUMNS))
    for check, condition in CHECKS.items():
        job.server.sql("SELECT elt.add_check('file', '%s', $check$%s$check$)" % (check, condition))
    job.server.sql("SELECT elt.add_check('file', 'one_order', 'UNIQUE (order_id)')")
    (job.home / "checked.sql").write_text("""
        TRUNCATE stage; COPY stage FROM '%s' (FORMAT csv, HEADER);
        INSERT INTO peer SELECT * FROM stage WHERE %s ON CONFLICT DO NOTHING;
        INSERT INTO bad SELECT * FROM stage WHERE (%s) IS NOT TRUE""" % (path, PASSES, PASSES))
    ways = {"pg_elt": (run("file"), "file_target"),
            "DuckDB": (job.script("duckdb_load.py", path, "checked"), "peer"),
            "psql": ("psql -XqAt -v ON_ERROR_STOP=1 -f checked.sql", "peer")}

    def empty(target):
        if target == "file_target":
            job.server.sql("SELECT elt.reset_pipeline('file'); TRUNCATE elt_catalog.reject")
        job.fresh([target, "bad"])

    return compare(job, table, "%s CSV records, ten checks, 0.9 %% bad" % format(CSV_RECORDS, ","), CHECKSUM, ways, empty,
                   [("DuckDB", 1.6, 1.1), ("psql", 1.6, 1.1)])


def small_answers(job, table):
    """Each answer is one record; the number of the request becomes the key."""
    (job.home / "small").mkdir()
    with open(job.home / "one.json", "wb") as out:
        out.writelines(bulk.records("json", 1, 1, None))
    with LatencyServer(job.home, "one", "--body", job.home / "one.json") as api:
        (job.home / "small.cfg").write_text("".join(
            'url = "%s/%d?n=%d"\noutput = "small/%d.json"\n' % (api.url, LATENCY, n, n) for n in range(1, REQUESTS + 1)))
        api_server(job, "small", api.url, ", concurrency '%d', conditional 'false'" % IN_FLIGHT)
        wide = "n int, " + COLUMNS
        job.server.sql("""
            CREATE FOREIGN TABLE small (n int OPTIONS (param 'n'), %s) SERVER small OPTIONS (path '/%d', query 'n={n}');
            SELECT elt.create_pipeline('small', 'small', 'small_target', '{n,order_id}', params =>
                jsonb_build_object('n', (SELECT jsonb_agg(i) FROM generate_series(1, %d) AS i)));
            CREATE TABLE small_peer (%s, PRIMARY KEY (n, order_id))""" % (COLUMNS, LATENCY, REQUESTS, wide))
        by_hand = ("curl -sS -Z --parallel-max %d -K small.cfg 2>curl.log; cd small; " % IN_FLIGHT +
                   """awk 'FNR == 1 { n = FILENAME; sub(/[.]json/, "", n) } { print n "\\t" $0 }' *.json >../small.tsv; """)
        insert = ("DROP TABLE IF EXISTS raw; CREATE UNLOGGED TABLE raw (n int, doc jsonb); COPY raw FROM '%s/small.tsv'; "
                  "INSERT INTO small_peer SELECT n, r.* FROM raw, jsonb_to_recordset(doc) AS r(%s)" % (job.home, COLUMNS))
        ways = {"pg_elt": (run("small"), "small_target"), "curl -Z + psql": (by_hand + psql(insert), "small_peer")}
        return compare(job, table, "%s requests of %d ms" % (format(REQUESTS, ","), LATENCY), CHECKSUM, ways,
                       lambda target: job.fresh([target]), [("curl -Z + psql", 1 / 1.3, None)])
