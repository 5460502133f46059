"""CSV files into staging against COPY of the same files, interleaved A B A B, medians as ratios.

One server of its own with fsync on, as in production. COPY fills a logged table of the same nine
columns, as its users do; staging is unlogged, and a second pull fills it logged.
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
sys.path[:0] = [str(ROOT / "test/bench"), str(ROOT / "test/replay")]
import bulk  # noqa: E402
from bench_server import Server  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "7")))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "1000000"))
COLUMNS = ("order_id bigint, ts timestamptz, store text, product text, qty int, price numeric, "
           "currency text, customer text, channel text")
PIPELINES = {"plain": "records.csv", "logged": "records.csv", "gzip": "records.csv.gz",
             "zstd": "records.csv.zst", "quoted": "quoted.csv"}
LARGE = 1_000_000_000


def write_records(path, count):
    with open(path, "wb") as out:
        for block in bulk.records("csv", count, 1, None):
            out.write(block)


def make_files(directory):
    directory.mkdir(exist_ok=True)
    write_records(directory / "records.csv", RECORDS)
    with open(directory / "records.csv") as plain, open(directory / "quoted.csv", "w") as quoted:
        for line in plain:
            quoted.write(",".join('"%s"' % field for field in line.rstrip("\n").split(",")) + "\n")
    subprocess.run(["gzip", "-k", "records.csv"], cwd=directory, check=True)
    subprocess.run(["zstd", "-q", "records.csv"], cwd=directory, check=True)


def make_pipeline(server, name, glob):
    server.sql("""
        CREATE FOREIGN TABLE %s (%s) SERVER files OPTIONS (glob '%s');
        SELECT elt.create_pipeline('%s', '%s', '%s_target', '{order_id}',
            batch_rows => 1000000000, batch_bytes => 100000000000)
        """ % (name, COLUMNS, glob, name, name, name))


def make_objects(server, directory):
    server.sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');"
               "CREATE TABLE copied (%s)" % (directory, COLUMNS))
    for name, glob in PIPELINES.items():
        make_pipeline(server, name, glob)
    server.sql("CALL elt.pull('logged')")
    server.sql("ALTER TABLE elt_staging.logged SET LOGGED")


def ways(directory):
    copy = "COPY copied FROM %s (FORMAT csv, HEADER)"
    program = "PROGRAM '%s -dc " + str(directory) + "/records.csv%s'"
    result = {
        "copy": copy % ("'%s/records.csv'" % directory),
        "copy_gzip": copy % (program % ("gzip", ".gz")),
        "copy_zstd": copy % (program % ("zstd", ".zst")),
        "copy_quoted": copy % ("'%s/quoted.csv'" % directory),
    }
    for name in PIPELINES:
        result[name] = "CALL elt.pull('%s')" % name
    return result


def interleaved(server, statements):
    """The median milliseconds of each statement; the first round warms up."""
    times = {name: [] for name in statements}
    for turn in range(ROUNDS + 1):
        for name, statement in statements.items():
            server.sql("TRUNCATE copied")
            server.sql("CHECKPOINT")
            milliseconds = server.timed(statement)
            if turn > 0:
                times[name].append(milliseconds)
    return {name: statistics.median(values) for name, values in times.items()}


count = 0


def line(passed, text):
    global count
    count += 1
    print("%s %d - %s" % ("ok" if passed else "not ok", count, text))
    sys.stdout.flush()
    return passed


def report(times, what, ours, base, goal):
    ratio = times[ours] / times[base]
    return line(ratio <= goal, "%s: %.2f, goal <= %.1f (%.0f ms, %.0f ms)" % (
        what, ratio, goal, times[ours], times[base]))


def anonymous_kb(pid):
    with open("/proc/%d/smaps_rollup" % pid) as rollup:
        for entry in rollup:
            if entry.startswith("Anonymous:"):
                return int(entry.split()[1])
    return 0


def peak_mb(server, pipeline):
    """Anonymous memory above idle of the session that pulls, sampled every 10 ms."""
    session = server.session()
    pid = int(session.ask("SELECT pg_backend_pid()"))
    session.ask("SELECT count(*) FROM elt.pipelines")
    idle, peak, done = anonymous_kb(pid), 0, threading.Event()

    def sample():
        nonlocal peak
        while not done.is_set():
            peak = max(peak, anonymous_kb(pid))
            time.sleep(0.01)

    sampler = threading.Thread(target=sample)
    sampler.start()
    session.ask("CALL elt.pull('%s')" % pipeline)
    done.set()
    sampler.join()
    session.close()
    return (peak - idle) / 1024


def large_file(server, directory):
    """A gigabyte with one bad record in the middle: all others land, memory stays flat."""
    path = directory / "large.csv"
    rows = int(RECORDS * LARGE / (directory / "records.csv").stat().st_size)
    write_records(path, rows)
    middle = path.stat().st_size // 2
    with open(path, "r+b") as large:
        large.seek(middle)
        large.readline()
        large.write(b"x")
    make_pipeline(server, "large", "large.csv")
    peak = peak_mb(server, "large")
    staged = int(server.sql("SELECT count(*) FROM elt_staging.large"))
    rejected = int(server.sql("SELECT count(*) FROM elt_catalog.staged_reject"))
    path.unlink()
    passed = line((staged, rejected) == (rows - 1, 1),
                  "a file of 1 GB with one bad record: %d rows, %d rejected" % (staged, rejected))
    return line(peak <= 32, "peak memory above idle for it: %.1f MB, goal <= 32" % peak) and passed


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    data = home / "data"
    try:
        make_files(data)
        with Server(home) as server:
            make_objects(server, data)
            times = interleaved(server, ways(data))
            passed = [
                report(times, "CSV against COPY csv", "plain", "copy", 0.7),
                report(times, "CSV, staging made logged, against COPY csv", "logged", "copy", 0.7),
                report(times, "CSV with all fields quoted against COPY csv", "quoted", "copy_quoted", 0.7),
                report(times, "gzip against COPY FROM PROGRAM", "gzip", "copy_gzip", 0.9),
                report(times, "zstd against COPY FROM PROGRAM", "zstd", "copy_zstd", 0.9),
                large_file(server, data),
            ]
            print("1..%d" % count)
        return 0 if all(passed) else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
