"""Partitions: creation against pg_partman, cost by the number present, retention against DELETE, readers."""
import os
import pathlib
import statistics
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import line, milliseconds_of, plan, ratio  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "5"))
PARTITIONS = int(os.environ.get("ELT_BENCH_PARTITIONS", "1000"))
BATCH_DAYS = int(os.environ.get("ELT_BENCH_DAYS", "4000"))
ROWS = int(os.environ.get("ELT_BENCH_ROWS", "3000000"))
READ_SECONDS = int(os.environ.get("ELT_BENCH_SECONDS", "20"))
READERS = 8
PARENT = """CREATE TABLE %s (at timestamptz NOT NULL, id int NOT NULL, v int, w int, PRIMARY KEY (at, id))
    PARTITION BY RANGE (at); CREATE INDEX ON %s (v); CREATE INDEX ON %s (w)"""


def parent(server, name):
    server.sql("DROP TABLE IF EXISTS %s; " % name + PARENT % (name, name, name))


def created_by_us(server):
    parent(server, "made")
    server.sql("SELECT elt.set_policy('made', 'at', '1 day', partition_premake => %d)" % (PARTITIONS - 1))
    took = milliseconds_of(server, "CALL elt_catalog.maintain()")
    assert server.sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'made'::regclass") == str(PARTITIONS)
    server.sql("SELECT elt.drop_policy('made')")
    return took


def created_by_partman(server):
    parent(server, "parted")
    server.sql("DELETE FROM partman.part_config")
    return milliseconds_of(server, "SELECT partman.create_parent('public.parted', 'at', 'native', 'daily', "
                           "p_premake := %d, p_jobmon := false)" % (PARTITIONS - 1))


def drop_all(server, table):
    """Some at a time: each takes locks."""
    names = server.sql("SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = '%s'::regclass" % table).split()
    for i in range(0, len(names), 50):
        server.sql("DROP TABLE %s" % ", ".join(names[i:i + 50]))
    server.sql("DROP TABLE %s" % table)


def creation(server):
    if server.sql("SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_partman'") == "0":
        print("# pg_partman is not installed")
        return
    server.sql("CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman")
    times = {"ours": [], "partman": []}
    for _ in range(ROUNDS):
        times["ours"].append(created_by_us(server))
        drop_all(server, "made")
        times["partman"].append(created_by_partman(server))
        drop_all(server, "parted")
    ratio({name: statistics.median(values) for name, values in times.items()},
          "%d daily partitions with a key and two indexes against pg_partman" % PARTITIONS, "ours", "partman", 0.6)


def batch(server):
    server.sql("""CREATE TABLE days (at timestamptz PRIMARY KEY, v int);
        INSERT INTO days SELECT timestamptz '2010-01-01' + i * interval '1 day', i FROM generate_series(1, %d) i;
        SELECT elt.create_pipeline('days', source => 'days', target => 'many', key => '{at}', partition_by => 'at',
            partition_interval => '1 day', options => '{"max_new_partitions": 100000, "partition_premake": 0}')""" % BATCH_DAYS)
    seconds = milliseconds_of(server, "CALL elt.run('days')") / 1000
    made = int(server.sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'many'::regclass"))
    assert made >= BATCH_DAYS, made
    assert server.sql("SELECT sum(rows_inserted) FROM elt.runs WHERE pipeline = 'days'") == str(BATCH_DAYS)
    line(seconds <= 60, "%d daily partitions for one batch: %.1f s, goal <= 60" % (BATCH_DAYS, seconds))


def adding_to(server, table, present):
    """Milliseconds to add one partition, of which so many are there."""
    server.sql("SELECT elt.set_policy('%s', partition_premake => %d)" % (table, present - 1))
    server.sql("CALL elt_catalog.maintain()")
    times = []
    for i in range(max(ROUNDS, 5)):
        server.sql("SELECT elt.set_policy('%s', partition_premake => %d)" % (table, present + i))
        times.append(milliseconds_of(server, "SELECT count(*) FROM elt.rotate_partitions('%s')" % table,
                                     "SELECT count(*) FROM elt.policies"))
    return statistics.median(times)


def adding_plainly(server, table):
    """The same by PostgreSQL's own statements, which read the bounds of all partitions twice."""
    times = []
    for i in range(max(ROUNDS, 5)):
        times.append(milliseconds_of(server, "CREATE TABLE %s_plain%d (LIKE %s INCLUDING ALL); ALTER TABLE %s ATTACH PARTITION "
                                     "%s_plain%d FOR VALUES FROM ('200%d-01-01') TO ('200%d-01-02')"
                                     % (table, i, table, table, table, i, i, i), "SELECT count(*) FROM elt.policies"))
    return statistics.median(times)


def adding(server):
    server.sql("""CREATE TABLE few (at timestamptz PRIMARY KEY, v int) PARTITION BY RANGE (at);
        SELECT elt.set_policy('few', 'at', '1 day')""")
    times = {"few": adding_to(server, "few", 10)}
    plain = {"few": adding_plainly(server, "few")}
    server.sql("SELECT elt.drop_policy('few')")
    times["many"] = adding_to(server, "many", 5000 - BATCH_DAYS)
    present = server.sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'many'::regclass")
    ratio(times, "adding a partition with %s present, against 10" % present, "many", "few", 3)
    plain["many"] = adding_plainly(server, "many")
    ratio({"ours": times["many"], "plain": plain["many"]}, "that partition against CREATE TABLE and ATTACH PARTITION, which take "
          "%.1fx of 10" % (plain["many"] / plain["few"]), "ours", "plain", 1.5)
    server.sql("SELECT elt.drop_pipeline('days'); SELECT elt.drop_policy('many')")


def months(server):
    server.sql("DROP TABLE IF EXISTS flat; DROP TABLE IF EXISTS kept; "
               "CREATE TABLE flat (at timestamptz, id int, v float8, PRIMARY KEY (at, id));" +
               "CREATE TABLE kept (at timestamptz, id int, v float8, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);" +
               "".join("CREATE TABLE kept_%d PARTITION OF kept FOR VALUES FROM ('2020-0%d-01') TO ('2020-0%d-01');" % (m, m, m + 1)
                       for m in range(1, 4)))
    for table in ("flat", "kept"):
        server.sql("""INSERT INTO %s SELECT '2020-01-01 00:00Z'::timestamptz + (i %% 129600) * interval '1 minute', i, i
            FROM generate_series(1, %d) i WHERE (i %% 129600) < 3 * 43200; VACUUM ANALYZE %s; CHECKPOINT""" % (table, ROWS, table))
    server.sql("""SELECT elt.set_policy('kept', 'at', '1 month', partition_premake => 0, retain => '1 year',
        retention => NULL)""")
    # January alone is due: the others are held
    server.sql("SELECT elt.hold('kept', '2020-02-01', NULL, 'not yet')")
    server.sql("SELECT count(*) FROM elt.rotate_partitions('kept')")
    # December goes first, with images of the catalogues' pages, which the first change after a checkpoint writes.
    server.sql("VACUUM")
    server.sql("CHECKPOINT")
    server.sql("SELECT elt.hold('kept', '2020-01-01', '2020-02-01', 'not now')")
    server.sql("CREATE TABLE kept_0 PARTITION OF kept FOR VALUES FROM ('2019-12-01') TO ('2020-01-01')")
    server.sql("CALL elt_catalog.maintain()")
    assert server.sql("SELECT to_regclass('kept_0') IS NULL, to_regclass('kept_1') IS NOT NULL") == "t|t"
    server.sql("SELECT elt.release(hold_id) FROM elt.holds WHERE reason = 'not now' AND released_at IS NULL")


def wal(server):
    return int(server.sql("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"))


def retention(server):
    times, written = {"retention": [], "delete": []}, []
    for _ in range(ROUNDS):
        months(server)
        began = wal(server)
        times["retention"].append(milliseconds_of(server, "CALL elt_catalog.maintain()"))
        written.append(wal(server) - began)
        assert server.sql("SELECT to_regclass('kept_1') IS NULL, to_regclass('kept_2') IS NOT NULL") == "t|t"
        times["delete"].append(milliseconds_of(server, "DELETE FROM flat WHERE at < '2020-02-01'") +
                               milliseconds_of(server, "VACUUM flat"))
        server.sql("SELECT elt.drop_policy('kept'); SELECT elt.release(hold_id) FROM elt.holds WHERE released_at IS NULL")
    ratio({name: statistics.median(values) for name, values in times.items()},
          "retention of a month of %d rows against DELETE and VACUUM" % (ROWS // 3), "retention", "delete", 0.1)
    megabytes = statistics.median(written) / 1048576
    line(megabytes <= 0.1, "WAL of that retention: %.3f MB, goal <= 0.1" % megabytes)


def read(server, stop, latencies, failures):
    session = server.session()
    while not stop.is_set():
        began = time.perf_counter()
        try:
            session.ask("SELECT count(*), min(pg_sleep(1)::text) FROM (SELECT FROM watched LIMIT 1) w")
        except RuntimeError as error:
            failures.append(error)
            return
        latencies.append(1000 * (time.perf_counter() - began))
    session.close()


def beside_readers(server, work):
    """Latencies of the readers while work is done again and again."""
    stop, latencies, failures = threading.Event(), [], []
    readers = [threading.Thread(target=read, args=(server, stop, latencies, failures)) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    end = time.monotonic() + READ_SECONDS
    turn = 0
    while time.monotonic() < end:
        work(turn)
        turn += 1
        time.sleep(0.5)
    stop.set()
    for reader in readers:
        reader.join()
    latencies.sort()
    return latencies[int(len(latencies) * 0.99)], len(failures), turn


def readers(server):
    server.sql("""CREATE TABLE watched (at timestamptz PRIMARY KEY, v int) PARTITION BY RANGE (at);
        SELECT elt.set_policy('watched', 'at', '1 day', partition_premake => 1, retain => '30 days');
        SELECT count(*) FROM elt.rotate_partitions('watched'); INSERT INTO watched VALUES (now(), 1)""")

    def maintain(turn):
        server.sql("""CREATE TABLE watched_old%d (LIKE watched INCLUDING ALL);
            ALTER TABLE watched ATTACH PARTITION watched_old%d FOR VALUES FROM ('%s-01-01') TO ('%s-01-02');
            SELECT elt.set_policy('watched', partition_premake => %d);
            CALL elt_catalog.maintain()""" % (turn, turn, 1900 + turn, 1900 + turn, turn + 2))

    quiet, failed, _ = beside_readers(server, lambda turn: None)
    busy, failed_too, turns = beside_readers(server, maintain)
    assert server.sql("SELECT count(*) FROM elt.partitions WHERE relation = 'watched'::regclass AND state = 'dropped'") == str(turns)
    line(busy - quiet <= 100 and failed + failed_too == 0,
         "%d rotations and retentions add %.0f ms to the p99 of %d readers of one second, goal <= 100 (%.0f, %.0f ms), "
         "%d failed" % (turns, busy - quiet, READERS, busy, quiet, failed + failed_too))


with tempfile.TemporaryDirectory(dir=os.environ.get("ELT_WORK")) as home, Server(home) as server:
    creation(server)
    retention(server)
    readers(server)
    batch(server)
    adding(server)
    plan()
