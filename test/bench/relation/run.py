"""A table as a source against INSERT ... SELECT of the same rows into a table with the same key.

What is compared is the time that the session's process ran, turn by turn; through postgres_fdw,
where another process works too, it is the clock's. Then transforms of one percent of changed keys
against the whole ones, in a session that has run them before, and memory by the number of rows.
"""
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import line, peak_mb, plan, seconds_of  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "5"))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
STAGED, LANDED, FOREIGN, CHANGED = 1.2, 1.7, 1.2, 0.05
MEMORY_MB = 2
FEW = RECORDS // 5 * 2
LONG = RECORDS * 10

TABLES = """
    CREATE EXTENSION postgres_fdw;
    CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL, product text, amount numeric(10,2), at timestamptz);
    INSERT INTO orders SELECT n, n %% 50000, 'product ' || n %% 1000, n %% 9973 / 10.0, '2024-01-01'::timestamptz
        + n * interval '1 second' FROM generate_series(1, %d) AS n;
    CREATE INDEX ON orders (customer);
    CREATE TABLE few AS SELECT * FROM orders ORDER BY id LIMIT %d;
    ALTER TABLE few ADD PRIMARY KEY (id);
    VACUUM ANALYZE;
    CREATE TABLE keyed (LIKE orders INCLUDING INDEXES);
    CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '%s', port '%s', dbname '%s', fetch_size '10000');
    CREATE USER MAPPING FOR CURRENT_USER SERVER there;
    CREATE FOREIGN TABLE remote (id bigint, customer int, product text, amount numeric(10,2), at timestamptz)
        SERVER there OPTIONS (table_name 'orders');
    SELECT elt.create_pipeline('whole', source => 'orders', target => 'whole', key => '{id}', options => '{"load": "full"}');
    SELECT elt.create_pipeline('batches', source => 'orders', target => 'batches', key => '{id}');
    SELECT elt.create_pipeline('few_batches', source => 'few', target => 'few_batches', key => '{id}');
    CREATE VIEW long_1 AS SELECT generate_series(1, %d) AS id;
    CREATE VIEW long_2 AS SELECT generate_series(1, %d) AS id;
    SELECT elt.create_pipeline(n, source => n::regclass, target => n || '_t', key => '{id}', options => '{"load": "full"}')
    FROM unnest('{long_1,long_2}'::text[]) AS n;
    SELECT elt.create_pipeline('there', source => 'remote', target => 'from_there', key => '{id}', options => '{"load": "full"}');
"""
TRANSFORM = """
    CREATE VIEW sums AS SELECT customer, count(*) AS n, sum(amount) AS amount FROM whole GROUP BY customer;
    CREATE INDEX ON whole (customer);
    SELECT elt.create_pipeline('all_sums', source => 'sums', target => 'all_sums', key => '{customer}', options => '{"load": "full"}');
    SELECT elt.create_pipeline('sums', source => 'sums', target => 'new_sums', key => '{customer}',
        options => $${"load": "full", "changes_of": ["whole"], "key_map":
        "SELECT DISTINCT customer FROM public.whole WHERE _loaded_at > elt.changed_since('whole')"}$$);
    CREATE VIEW clean AS SELECT id, customer, upper(product) AS product, amount FROM whole;
    SELECT elt.create_pipeline('all_clean', source => 'clean', target => 'all_clean', key => '{id}', options => '{"load": "full"}');
    SELECT elt.create_pipeline('clean', source => 'clean', target => 'new_clean', key => '{id}',
        options => '{"load": "full", "changes_of": ["whole"]}');
"""


def seconds(server, statement):
    """Of the session's process and of the clock."""
    return seconds_of(server, statement, "SET client_min_messages = error; SET elt.lock_timeout = 0",
                      "SELECT count(*) FROM elt.pipelines")


def medians(server, ways):
    """ways: name -> (before, statement); the first round warms up."""
    times = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, (before, statement) in ways.items():
            server.sql(before + "; CHECKPOINT")
            spent = seconds(server, statement)
            if turn > 0:
                times[name].append(spent)
    return {name: tuple(statistics.median(c) for c in zip(*spent)) for name, spent in times.items()}


def ratio(times, what, ours, base, goal, clock=False):
    a, b = times[ours][clock], times[base][clock]
    return line(a / b <= goal, "%s: %.2f, goal <= %g (%.0f ms, %.0f ms)" % (what, a / b, goal, a * 1000, b * 1000))


def copies(server):
    insert = "INSERT INTO keyed SELECT * FROM "
    times = medians(server, {
        "insert": ("TRUNCATE keyed", insert + "orders"),
        "pull": ("SELECT 1", "CALL elt.pull('whole')"),
        "run": ("TRUNCATE whole", "CALL elt.run('whole')"),
        "batches": ("TRUNCATE batches", "CALL elt.run('batches')"),
        "insert there": ("TRUNCATE keyed", insert + "remote"),
        "pull there": ("SELECT 1", "CALL elt.pull('there')"),
    })
    passed = ratio(times, "staged against INSERT ... SELECT", "pull", "insert", STAGED)
    passed &= ratio(times, "landed against the same", "run", "insert", LANDED)
    passed &= ratio(times, "landed in batches in the order of the key", "batches", "insert", LANDED)
    passed &= ratio(times, "staged through postgres_fdw against INSERT ... SELECT, on the clock",
                    "pull there", "insert there", FOREIGN, clock=True)
    return passed


def cpu_of(session, statement):
    began = session.cpu()
    session.ask(statement)
    return session.cpu() - began


def transform(server):
    server.sql(TRANSFORM)
    session = server.session()
    session.ask("SET client_min_messages = error")
    runs = ("sums", "all_sums", "clean", "all_clean")
    times = {name: [] for name in runs}
    for turn in range(ROUNDS + 2):
        server.sql("UPDATE orders SET amount = amount + 1 WHERE customer % 100 = 7")
        session.ask("CALL elt.run('whole')")
        # as autovacuum does
        server.sql("VACUUM ANALYZE whole; VACUUM ANALYZE new_sums; VACUUM ANALYZE all_sums; VACUUM ANALYZE new_clean;"
                   " VACUUM ANALYZE all_clean")
        for name in runs:
            spent = cpu_of(session, "CALL elt.run('%s')" % name)
            if turn > 1:
                times[name].append(spent)
    session.close()
    server.sql("DO $$ BEGIN ASSERT NOT EXISTS (SELECT customer, n, amount FROM new_sums EXCEPT"
               " SELECT customer, n, amount FROM all_sums), 'the sums differ'; ASSERT NOT EXISTS (SELECT id, amount"
               " FROM new_clean EXCEPT SELECT id, amount FROM all_clean), 'the rows differ'; END $$")
    some = {name: statistics.median(times[name]) for name in runs}
    passed = True
    for name, what in (("sums", "sums of 1 % changed groups"), ("clean", "1 % changed rows, one for each")):
        ours, base = some[name], some["all_" + name]
        passed &= line(ours / base <= CHANGED, "a transform, %s, against all of them: %.3f, goal <= %g (%.0f ms, %.0f ms)" % (
            what, ours / base, CHANGED, ours * 1000, base * 1000))
    return passed


def memory(server):
    """In full batches, since a smaller one needs less."""
    few = peak_mb(server, "CALL elt.run('few_batches')")
    server.sql("TRUNCATE batches")
    many = peak_mb(server, "CALL elt.run('batches')")
    passed = line(many - few <= MEMORY_MB, "memory of %d rows beyond that of %d: %.1f MB, goal <= %d (%.1f MB, %.1f MB)" % (
        RECORDS, FEW, many - few, MEMORY_MB, many, few))
    few = peak_mb(server, "CALL elt.pull('long_1')")
    many = peak_mb(server, "CALL elt.pull('long_2')")
    return passed & line(many - few <= MEMORY_MB, "memory of a statement of %d rows beyond that of %d: %.1f MB, goal <= %d"
                         " (%.1f MB, %.1f MB)" % (LONG, LONG // 10, many - few, MEMORY_MB, many, few))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            host, port, database = server.sql(
                "SELECT split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'),"
                " current_database()").strip().split("|")
            server.sql(TABLES % (RECORDS, FEW, host, port, database, LONG // 10, LONG))
            passed = copies(server)
            passed &= memory(server)
            passed &= transform(server)
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
