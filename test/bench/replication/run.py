"""Replication against pg_recvlogical, which discards the same changes, the first load against COPY | COPY,
and how long a commit takes to be seen.

The changes are read again and again from copies of one slot. Both servers and the client share the
machine, so what is compared is the clock, turn by turn.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import line, peak_mb, plan  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "5"))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
# Of so many rows only the first load is measured, which takes minutes and needs no round to warm up.
LARGE = RECORDS >= 5000000
WARM_UP = 0 if LARGE else 1
STAGED, LANDED, LOADED, MEMORY_MB, VISIBLE_S = 1.2, 2.0, 1.7, 64, 1.0

SOURCE = """
    CREATE TABLE orders (id bigint PRIMARY KEY, customer int NOT NULL, product text, amount numeric(10,2), at timestamptz);
    CREATE TABLE stock (id bigint PRIMARY KEY, customer int NOT NULL, product text, amount numeric(10,2), at timestamptz);
    CREATE TABLE one (id bigint PRIMARY KEY, customer int NOT NULL, product text, amount numeric(10,2), at timestamptz);
    INSERT INTO stock SELECT n, n %% 50000, 'product ' || n %% 1000, n %% 9973 / 10.0, '2024-01-01'::timestamptz
        + n * interval '1 second' FROM generate_series(1, %(rows)d) AS n;
    CREATE TABLE latest (id bigint PRIMARY KEY, customer int, product text, amount numeric(10,2), at timestamptz);
    CREATE PUBLICATION latest FOR TABLE latest;
    CREATE PUBLICATION elt FOR TABLE orders;
    CREATE PUBLICATION stock FOR TABLE stock;
    CREATE PUBLICATION one FOR TABLE one;
    VACUUM ANALYZE;
"""
# Ten rows to a transaction, a fifth of which change older ones. Plans are made while the table is empty.
CHANGES = """
    SET enable_seqscan = off;
    DO $$ BEGIN
        FOR i IN 0 .. %(rows)d / 10 - 1 LOOP
            INSERT INTO orders SELECT i * 8 + n, n * 7919, 'product ' || n, i / 10.0, '2024-01-01'::timestamptz + i * interval '1 second'
            FROM generate_series(1, 8) AS n;
            UPDATE orders SET amount = amount + 1 WHERE id IN (i * 4 + 1, i * 4 + 2);
            COMMIT;
        END LOOP;
    END $$;
"""
TARGET = """
    CREATE SERVER there FOREIGN DATA WRAPPER elt_postgres OPTIONS (host '%(home)s', port '5432', dbname 'postgres', allow_private 'true');
    CREATE USER MAPPING FOR CURRENT_USER SERVER there OPTIONS (user 'postgres');
    CREATE SCHEMA there;
"""
TABLE = """
    CREATE FOREIGN TABLE there.%(name)s (id bigint, customer int, product text, amount numeric(10,2), at timestamptz, op text OPTIONS (lineage 'op'),
        lsn pg_lsn OPTIONS (lineage 'lsn'), n bigint OPTIONS (lineage 'position'))
        SERVER there OPTIONS (relation '%(name)s', publication '%(publication)s', slot '%(slot)s', snapshot '%(snapshot)s');
    SELECT elt.create_pipeline('%(name)s', source => 'there.%(name)s', target => '%(name)s', key => '{id}', options =>
        '{"sequence_by": ["lsn", "n"], "delete_when": "op = ''delete''"%(options)s}');
"""
ONE_BATCH = ', "batch_rows": 1000000000, "batch_bytes": 100000000000, "batch_seconds": 3600'


def clock(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def discard(source, slot, publication, end):
    """What a client costs that throws everything away."""
    subprocess.run([source.bin / "pg_recvlogical", "-S", slot, "--start", "-f", "/dev/null", "--no-loop", "-d", "postgres",
                    "-E", end, "-o", "proto_version=1", "-o", "publication_names=" + publication],
                   env=source.environment(), check=True, capture_output=True)


def copy_slot(source, slot, copy):
    source.sql("SELECT pg_copy_logical_replication_slot('%s', '%s')" % (slot, copy))


def drop_slot(source, slot):
    """Its reader has gone, but the server may learn of it a little later."""
    while source.sql("SELECT active FROM pg_replication_slots WHERE slot_name = '%s'" % slot) == "t":
        time.sleep(0.05)
    source.sql("SELECT pg_drop_replication_slot('%s')" % slot)


def table(target, name, publication, slot, snapshot, options=""):
    target.sql(TABLE % {"name": name, "publication": publication, "slot": slot, "snapshot": snapshot, "options": options})


def medians(ways):
    """ways: name -> (before, what is timed, after); the first round may warm up."""
    times = {name: [] for name in ways}
    for turn in range(ROUNDS + WARM_UP):
        for name, (before, work, after) in ways.items():
            before()
            spent = clock(work)
            after()
            if turn >= WARM_UP:
                times[name].append(spent)
    return {name: statistics.median(spent) for name, spent in times.items()}


def ratio(times, what, ours, base, goal):
    value = times[ours] / times[base]
    line(value <= goal, "%s: %.2f, goal <= %g (%.0f ms, %.0f ms)" % (what, value, goal, 1000 * times[ours], 1000 * times[base]))


def changes(source, target):
    source.sql("SELECT pg_create_logical_replication_slot('base', 'pgoutput')")
    source.sql(CHANGES % {"rows": RECORDS})
    end = source.sql("SELECT pg_current_wal_lsn()")
    table(target, "orders", "elt", "turn", "never", ONE_BATCH)
    session = target.session()
    session.ask("SET client_min_messages = error")

    def begin():
        copy_slot(source, "base", "turn")
        session.ask("SELECT elt.reset_pipeline('orders'); TRUNCATE orders; CHECKPOINT")

    def end_turn():
        drop_slot(source, "turn")

    times = medians({
        "discard": (begin, lambda: discard(source, "turn", "elt", end), end_turn),
        "stage": (begin, lambda: session.ask("CALL elt.pull('orders')"), end_turn),
        "land": (begin, lambda: session.ask("CALL elt.run('orders')"), end_turn),
    })
    session.close()
    ratio(times, "%d changes staged" % RECORDS, "stage", "discard", STAGED)
    ratio(times, "%d changes landed by upsert" % RECORDS, "land", "discard", LANDED)
    drop_slot(source, "base")


def one_transaction(source, target):
    source.sql("SELECT pg_create_logical_replication_slot('one', 'pgoutput')")
    source.sql("INSERT INTO one SELECT * FROM stock")
    table(target, "one", "one", "one", "never")
    grown = peak_mb(target, "CALL elt.run('one')")
    line(grown <= MEMORY_MB, "a transaction of %d rows in %.0f MB, goal <= %d" % (RECORDS, grown, MEMORY_MB))
    drop_slot(source, "one")


def first_load(source, target):
    table(target, "stock", "stock", "stock", "initial", ', "batch_bytes": 1000000000, "batch_rows": 2000000')
    target.sql("CREATE TABLE plain (id bigint PRIMARY KEY, customer int NOT NULL, product text, amount numeric(10,2), at timestamptz)")
    pipe = "psql -Xqc 'COPY stock TO STDOUT' | PGHOST=%s psql -Xqc 'COPY plain FROM STDIN'" % target.home

    def begin():
        target.sql("SELECT elt.reset_pipeline('stock'); TRUNCATE stock; TRUNCATE plain; CHECKPOINT")

    def drop():
        if source.sql("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'stock'") == "1":
            drop_slot(source, "stock")

    times = medians({
        "copy": (begin, lambda: subprocess.run(pipe, shell=True, check=True, env=source.environment()), drop),
        "load": (begin, lambda: target.sql("CALL elt.run('stock')"), drop),
    })
    ratio(times, "first load of %d rows against COPY | COPY" % RECORDS, "load", "copy", LOADED)


def seen_at(target, seen, done):
    """When the rows of table latest were there, by id, until done."""
    session = target.session()
    last = 0
    while not done.is_set():
        newest = int(session.ask("SELECT coalesce(max(id), 0) FROM latest"))
        for row in range(last + 1, newest + 1):
            seen[row] = time.perf_counter()
        last = max(last, newest)
        time.sleep(0.005)
    session.close()


def latency(source, target):
    """From a commit there to the row that a query sees here, while a run follows the stream."""
    table(target, "latest", "latest", "latest", "initial", ', "max_delay": "1 second"')
    target.sql("SELECT elt.alter_pipeline('latest', schedule => 'continuous')")
    writer = source.session()
    writer.ask("INSERT INTO latest (id) VALUES (1)")
    while target.sql("SELECT count(*) FROM latest") == "0":
        time.sleep(0.1)
    committed, seen, done = {}, {}, threading.Event()
    watcher = threading.Thread(target=seen_at, args=(target, seen, done))
    watcher.start()
    for row in range(2, 2 + 200 * ROUNDS):
        writer.ask("INSERT INTO latest (id) VALUES (%d)" % row)
        committed[row] = time.perf_counter()
        time.sleep(0.02)
    time.sleep(2)
    done.set()
    watcher.join()
    writer.close()
    waits = sorted(seen[row] - committed[row] for row in committed if row in seen)
    p99 = waits[int(len(waits) * 0.99)]
    line(len(waits) == len(committed) and p99 <= VISIBLE_S, "commit to visible: p99 %.2f s, goal <= %g (median %.2f s, %d commits)"
         % (p99, VISIBLE_S, statistics.median(waits), len(waits)))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="replication."))
    try:
        (home / "source").mkdir()
        (home / "target").mkdir()
        with Server(home / "source") as source, Server(home / "target") as target:
            source.sql("ALTER SYSTEM SET wal_level = 'logical'")
            source.sql("ALTER SYSTEM SET synchronous_commit = 'off'")
            subprocess.run([source.bin / "pg_ctl", "-s", "-w", "-m", "fast", "-D", source.data, "-l", home / "source/log", "restart"], check=True)
            source.sql(SOURCE % {"rows": RECORDS})
            target.sql(TARGET % {"home": source.home})
            for part in [first_load] if LARGE else [changes, one_transaction, first_load, latency]:
                part(source, target)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    plan()


main()
