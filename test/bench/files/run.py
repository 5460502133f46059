"""What the ledger of files costs: known files against new ones, the listing against find, and many small
files against one at a time. Prints TAP. Times are of the processor."""
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from bench_server import Server
from measure import line, plan, seconds_of

KNOWN = (10_000, 100_000)
NEW = 10
SMALL = 10_000
APART = 500
ROUNDS = 5
WRITTEN = 1_700_000_000


def write(directory, names):
    directory.mkdir(exist_ok=True)
    for name in names:
        (directory / name).write_text("id,v\n1,a\n")
        os.utime(directory / name, (WRITTEN, WRITTEN))


def declare(server, name, options=""):
    server.sql("""
        CREATE FOREIGN TABLE %(name)s (id int, v text, file text OPTIONS (lineage 'file')) SERVER files
            OPTIONS (glob '%(name)s/*.csv'%(options)s);
        SELECT elt.create_pipeline('%(name)s', '%(name)s', '%(name)s_target', strategy => 'append')
        """ % {"name": name, "options": options})


def make_known(server, directory, count):
    """Files that have landed, as the ledger knows them."""
    name = "known_%d" % count
    write(directory / name, ("%06d.csv" % n for n in range(count)))
    declare(server, name)
    server.sql("""
        INSERT INTO elt_catalog.file (pipeline_id, name, size, modified, state, outcome, read_size, read_modified, checksum, rows, landed_at)
        SELECT p.id, format('%s/%%s.csv', lpad(n::text, 6, '0')), 9, to_timestamp(%d), 'landed', 'landed', 9, to_timestamp(%d),
            md5(n::text), 1, now()
        FROM elt_catalog.pipeline p, generate_series(0, %d) n WHERE p.name = '%s';
        VACUUM ANALYZE elt_catalog.file""" % (name, WRITTEN, WRITTEN, count - 1, name))
    return name


def cpu(server, statement):
    return 1000 * seconds_of(server, statement, "SELECT count(*) FROM elt.pipelines")[0]


def listing_of(server, name):
    """Of a SELECT that reads no file: it lists them twice, once to be planned."""
    return cpu(server, "SELECT count(*) FROM %s WHERE file = 'none'" % name) / 2


def find(directory):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["find", directory, "-name", "*.csv", "-printf", "%p %s %T@\n"], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def known(server, directory):
    names = {count: make_known(server, directory, count) for count in KNOWN}
    runs, lists, finds, opened = ({count: [] for count in KNOWN} for _ in range(4))
    for turn in range(ROUNDS + 1):
        for count, name in names.items():
            write(directory / name, ("new%d_%d.csv" % (turn, n) for n in range(NEW)))
            times = listing_of(server, name), cpu(server, "CALL elt.run('%s')" % name), find(directory / name)
            opened[count].append(int(server.sql("SELECT requests FROM elt.runs WHERE pipeline = '%s' ORDER BY run_id DESC LIMIT 1" % name)))
            if turn > 0:
                for list_, time in zip((lists, runs, finds), times):
                    list_[count].append(time)
    few, many = KNOWN
    beyond = {count: statistics.median(run - listing for run, listing in zip(runs[count], lists[count])) for count in KNOWN}
    listing = {count: statistics.median(lists[count]) for count in KNOWN}
    found = statistics.median(finds[many])
    return [line(set(opened[few] + opened[many]) == {NEW}, "%d of %d files are opened" % (NEW, many + NEW)),
            line(beyond[many] <= 1.3 * beyond[few], "a run beside %d known files, beyond the listing: %.2f of one beside %d, goal <= 1.3 (%.0f ms, %.0f ms)" % (
                many, beyond[many] / beyond[few], few, beyond[many], beyond[few])),
            line(listing[many] <= 1.5 * found, "listing %d files: %.2f of find, goal <= 1.5 (%.0f ms, %.0f ms)" % (
                many, listing[many] / found, listing[many], found))]


def small(server, directory):
    """All in batches, against some of them in a batch each."""
    times = {}
    for count, setting in ((APART, "SET elt.batch_slices = 1"), (SMALL, "RESET elt.batch_slices")):
        name = "small_%d" % count
        write(directory / name, ("%06d.csv" % n for n in range(count)))
        declare(server, name)
        times[count] = []
        for _ in range(ROUNDS):
            server.sql("TRUNCATE %(name)s_target; SELECT elt.reset_pipeline('%(name)s')" % {"name": name})
            times[count].append(1000 * seconds_of(server, "CALL elt.run('%s')" % name, setting)[1] / count)
    apart, together = (statistics.median(measured) for measured in times.values())
    return [line(apart >= 5 * together, "%d small files: %.1f times faster than one at a time, goal >= 5 (%.2f ms, %.2f ms a file on the clock)" % (
        SMALL, apart / together, together, apart))]


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            data = home / "data"
            server.sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % data)
            passed = known(server, data) + small(server, data)
            plan()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
