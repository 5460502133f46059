"""Archives of a partition of 1,000 regular series against its heap and key, and against COPY to zstd -3 of the same rows.

Each round archives the partition by the maintenance, which writes, verifies and drops it, and restores it, A B A B. Processor
seconds are those of the session and of the programs that it starts; medians as ratios.
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
from measure import line, plan  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "10000000"))
SERIES = 1000
TICK = os.sysconf("SC_CLK_TCK")
FORMATS = {"Parquet": "parquet", "CSV": "csv.zst"}

SETUP = """
CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root '%(lake)s');
CREATE TABLE reading (series int, ts timestamptz, value float8, quality smallint, PRIMARY KEY (series, ts)) PARTITION BY RANGE (ts);
CREATE TABLE reading_new PARTITION OF reading FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
CREATE TABLE reading_old PARTITION OF reading FOR VALUES FROM ('2020-01-01') TO ('2024-01-01');
INSERT INTO reading
SELECT i %% %(series)d, timestamptz '2020-01-01 00:00+00' + i / %(series)d * interval '10 s',
    round((50 + 30 * sin(i / 15300000.0 + i %% %(series)d) + (hashint8(i) %% 10) / 20.0)::numeric, 1)::float8,
    CASE WHEN hashint8(i + 2) %% 50 = 0 THEN 1 ELSE 0 END
FROM generate_series(0, %(rows)d::bigint - 1) i;
VACUUM (ANALYZE, FREEZE) reading_old;
SELECT elt.set_policy('reading', 'ts', '1 month', partition_premake => 0);
"""


class Session:
    """A session, and the processor seconds of its backend and of the children that that has waited for."""

    def __init__(self, server):
        self.session = server.session()
        self.stat = "/proc/%s/stat" % self.session.ask("SELECT pg_backend_pid()")

    def seconds(self):
        with open(self.stat) as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return sum(int(fields[i]) for i in range(11, 15)) / TICK

    def of(self, statement):
        before = self.seconds()
        self.session.ask(statement)
        return self.seconds() - before


def partition(server):
    return server.sql("SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'reading'::regclass "
                      "AND inhrelid <> 'reading_new'::regclass")


def archive(server, session, format):
    server.sql("SELECT elt.set_policy('reading', retain => '1 year', retain_action => 'archive', archive_server => 'lake', "
               "archive_path => 'cold', archive_format => '%s')" % format)
    seconds = session.of("CALL elt_catalog.maintain()")
    rows = server.sql("SELECT sum(archived_rows) FROM elt.partitions WHERE relation = 'reading'::regclass")
    assert rows == str(RECORDS), rows
    return seconds


def restore(server, session):
    """The table is as it was, and is not archived before the next round asks for it."""
    seconds = session.of("SELECT elt.restore_partition('reading')")
    server.sql("SELECT elt.set_policy('reading', retain => '1000 years')")
    server.sql("SELECT elt.release(hold_id) FROM elt.holds WHERE released_at IS NULL")
    server.sql("UPDATE elt_catalog.partition SET archive = NULL")
    server.sql("VACUUM (ANALYZE, FREEZE) %s" % partition(server))
    return seconds


def measure(server, lake):
    session = Session(server)
    times = {name: [] for name in ("copy", "insert", *FORMATS, *("restored " + name for name in FORMATS))}
    sizes = {"heap": int(server.sql("SELECT pg_relation_size('reading_old') + pg_relation_size('reading_old_pkey')"))}
    for turn in range(ROUNDS + 1):
        took = {}
        for name, format in FORMATS.items():
            source = partition(server)
            took["copy"] = session.of("COPY %s TO PROGRAM 'zstd -3 -q -f -o %s/copied.csv.zst' (FORMAT csv)" % (source, lake))
            took[name] = archive(server, session, format)
            sizes[name] = sum(file.stat().st_size for file in (lake / "cold").glob("*." + format))
            took["restored " + name] = restore(server, session)
            for file in (lake / "cold").iterdir():
                file.unlink()
        took["insert"] = session.of("CREATE TABLE filled (LIKE reading INCLUDING ALL); INSERT INTO filled TABLE reading; DROP TABLE filled")
        if turn > 0:
            for what, seconds in took.items():
                times[what].append(seconds)
    return {what: statistics.median(seconds) for what, seconds in times.items()}, sizes


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    lake = home / "lake"
    lake.mkdir()
    try:
        with Server(home) as server:
            server.sql(SETUP % {"lake": lake, "rows": RECORDS, "series": SERIES})
            times, sizes = measure(server, lake)
            passed = []
            for name, goal in (("Parquet", 0.06), ("CSV", None)):
                text = "size of the archive (%s) against heap and key: %.3f" % (name, sizes[name] / sizes["heap"])
                note = " (%.1f MB, %.1f MB)" % (sizes[name] / 1e6, sizes["heap"] / 1e6)
                passed.append(line(goal is None or sizes[name] <= goal * sizes["heap"],
                                   text + ("" if goal is None else ", goal <= %g" % goal) + note))
            for name, goal in (("Parquet", 0.7), ("CSV", None)):
                speed = times["copy"] / times[name]
                text = "speed of archiving, verifying and dropping (%s) against COPY to zstd: %.2f" % (name, speed)
                passed.append(line(goal is None or speed >= goal, text + ("" if goal is None else ", goal >= %g" % goal) +
                                   " (%.2f s, %.2f s)" % (times[name], times["copy"])))
            for name in FORMATS:
                line(True, "restoring (%s) against INSERT: %.2f (%.2f s, %.2f s)"
                     % (name, times["restored " + name] / times["insert"], times["restored " + name], times["insert"]))
            plan()
        return 0 if all(passed) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
