"""Exports to Parquet against COPY csv with zstd -3 of the same table, interleaved A B A B, medians as ratios.

The table is of readings of 1,000 series as they arrive, four a second: a time, a text, a measured value with 0.1 %
nulls, a small integer. Processor seconds are those of the session and of the programs that it starts.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "test/bench")]
from bench_server import Server  # noqa: E402
from measure import line, peak_mb, plan  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "10000000"))
WIDE_COLUMNS, WIDE_ROWS = 200, 100000
TICK = os.sysconf("SC_CLK_TCK")

READINGS = """
CREATE TABLE reading AS
SELECT timestamptz '2024-01-01 00:00+00' + i * interval '250 ms' AS ts, 'series-' || to_char(i %% 1000, 'FM0000') AS series,
    CASE WHEN hashint8(i) %% 1000 <> 0
        THEN round((50 + 30 * sin(i / 15300.0 + i %% 1000) + (hashint8(i + 1) %% 100) / 20.0)::numeric, 1)::float8 END AS value,
    CASE WHEN hashint8(i + 2) %% 50 = 0 THEN 1 + (i %% 3)::integer ELSE 0 END AS quality
FROM generate_series(0, %d::bigint - 1) i;
VACUUM (ANALYZE, FREEZE) reading;
"""


class Cpu:
    """Processor seconds of a session's backend and of the children that it has waited for."""

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


def export(name, encoding="delta", query="reading"):
    return ("SELECT bytes FROM elt.export('%s', 'lake', '%s', if_exists => 'replace', encoding => '%s')"
            % (query, name, encoding))


def measure(server, lake):
    ways = {
        "csv": "COPY reading TO PROGRAM 'zstd -3 -q -f -o %s/reading.csv.zst' (FORMAT csv, HEADER)" % lake,
        "delta": export("delta.parquet"),
        "compatible": export("compatible.parquet", "compatible"),
    }
    cpu = Cpu(server)
    times = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, statement in ways.items():
            seconds = cpu.of(statement)
            if turn > 0:
                times[name].append(seconds)
    return {name: statistics.median(values) for name, values in times.items()}


def size(lake, name):
    return (lake / name).stat().st_size


def at_most(what, value, goal, note):
    return line(value <= goal, "%s: %.3f, goal <= %g (%s)" % (what, value, goal, note))


def compare_sizes(lake):
    csv, delta, compatible = (size(lake, name) for name in ("reading.csv.zst", "delta.parquet", "compatible.parquet"))
    passed = [at_most("size of Parquet against csv.zst", delta / csv, 0.40, "%.1f MB, %.1f MB" % (delta / 1e6, csv / 1e6))]
    arrow = arrow_size(lake)
    if arrow is None:
        return passed
    passed.append(at_most("size against pyarrow's, compatible", compatible / arrow, 1.05,
                          "%.1f MB, %.1f MB" % (compatible / 1e6, arrow / 1e6)))
    passed.append(at_most("size against pyarrow's, delta", delta / arrow, 0.75,
                          "%.1f MB, %.1f MB" % (delta / 1e6, arrow / 1e6)))
    return passed


def arrow_size(lake):
    """Bytes of pyarrow's file of the same rows, or None where pyarrow cannot be had."""
    python = subprocess.run([ROOT / "test/lib/parquet_python"], capture_output=True, text=True)
    if python.returncode:
        print("# %s" % python.stdout.strip())
        return None
    subprocess.run([python.stdout.strip(), "-c",
                    "import pyarrow.parquet as pq; pq.write_table(pq.read_table('%(lake)s/delta.parquet'), '%(lake)s/arrow.parquet', "
                    "compression='zstd', compression_level=3, row_group_size=1000000)" % {"lake": lake}], check=True)
    return size(lake, "arrow.parquet")


def memory(server):
    """A short export may peak between two samples, hence several."""
    few = export("small.parquet", query="SELECT * FROM reading LIMIT %d" % (RECORDS // 10))
    small = max(peak_mb(server, few) for _ in range(ROUNDS))
    large = max(peak_mb(server, export("large.parquet")) for _ in range(2))
    return at_most("memory for ten times the rows", large / small, 1.1, "%.1f MB, %.1f MB" % (large, small))


def wide(server, lake):
    columns = ", ".join("md5((g * %d)::text) AS c%d" % (n + 1, n) if n % 2 else "g * %d AS c%d" % (n + 1, n)
                        for n in range(WIDE_COLUMNS))
    peak = peak_mb(server, export("wide.parquet", query="SELECT %s FROM generate_series(1, %d) g" % (columns, WIDE_ROWS)))
    group = min(64 * 1024 * 1024, size(lake, "wide.parquet")) / 1024 / 1024
    return line(peak - group <= 64, "memory of %d wide columns beside a row group of %.0f MB: %.1f MB, goal <= 64"
                % (WIDE_COLUMNS, group, peak - group))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    lake = home / "lake"
    lake.mkdir()
    try:
        with Server(home) as server:
            server.sql("CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % lake)
            server.sql(READINGS % RECORDS)
            times = measure(server, lake)
            passed = [
                at_most("processor against COPY csv and zstd -3", times["delta"] / times["csv"], 0.45,
                        "%.2f s, %.2f s" % (times["delta"], times["csv"])),
                at_most("the same, compatible", times["compatible"] / times["csv"], 0.60,
                        "%.2f s, %.2f s" % (times["compatible"], times["csv"])),
                *compare_sizes(lake),
                memory(server),
                wide(server, lake),
            ]
            plan()
        return 0 if all(passed) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
