"""Processor time of runs whose size grows fourfold from step to step: no step worse than n log n.

One dimension grows at a time. A run is measured in a session of its own, by the processor time of
its backend, which other processes on the machine disturb less than its duration.
"""
import math
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "test/bench"), str(ROOT / "test/replay")]
import bulk  # noqa: E402
from bench_server import Server  # noqa: E402
from client import Replay  # noqa: E402
from latency import LatencyServer  # noqa: E402
from measure import line, plan, seconds_of  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
# What a measured step may exceed n log n by.
SLACK = 1.15
COLUMNS = ("order_id bigint, ts timestamptz, store text, product text, qty int, price numeric, "
           "currency text, customer text, channel text")
WHOLE = "options => '{\"batch_rows\": 1000000000, \"batch_bytes\": 100000000000}'"


def cost(server, statement):
    return 1000 * seconds_of(server, statement, "SELECT count(*) FROM elt.pipelines")[0]


class Dimension:
    """Sizes, what is declared for one of them, and the statements of one round."""

    def __init__(self, server, home):
        self.server, self.home = server, home

    def prepare(self, size):
        """Before each measurement: what the run before has left goes."""
        self.server.sql("TRUNCATE %(name)s_target; SELECT elt.reset_pipeline('%(name)s')" % {"name": self.pipeline(size)})

    def pipeline(self, size):
        return "%s_%d" % (self.name, size)

    def statement(self, size):
        return "CALL elt.run('%s')" % self.pipeline(size)

    def file_pipeline(self, size, columns, options, key, more=""):
        name = self.pipeline(size)
        self.server.sql("""
            CREATE FOREIGN TABLE %(name)s_source (%(columns)s) SERVER files OPTIONS (glob '%(name)s.*', settle '0', on_change 'merge'%(options)s);
            SELECT elt.create_pipeline('%(name)s', '%(name)s_source', '%(name)s_target', '{%(key)s}', %(whole)s%(more)s)
            """ % {"name": name, "columns": columns, "options": options, "key": key, "whole": WHOLE, "more": more})


class Rows(Dimension):
    name, sizes = "rows", (25_000, 100_000, 400_000)

    def declare(self, size):
        with open(self.home / "data" / (self.pipeline(size) + ".csv"), "wb") as out:
            out.writelines(bulk.records("csv", size, 1, None))
        self.file_pipeline(size, COLUMNS, "", "order_id")


class Columns(Dimension):
    name, sizes = "columns", (16, 64, 256)

    def declare(self, size):
        names = ["c%d" % i for i in range(size)]
        with open(self.home / "data" / (self.pipeline(size) + ".csv"), "w") as out:
            out.write(",".join(names) + "\n")
            for row in range(10_000):
                out.write(",".join(str(row * size + i) for i in range(size)) + "\n")
        self.file_pipeline(size, ", ".join(name + " bigint" for name in names), "", "c0")


class Slices(Dimension):
    name, sizes = "slices", (250, 1_000, 4_000)

    def declare(self, size):
        self.server.sql("""
            CREATE FOREIGN TABLE %(name)s_source (n int OPTIONS (param 'n'), %(columns)s)
                SERVER single OPTIONS (path '/0', query 'n={n}');
            SELECT elt.create_pipeline('%(name)s', '%(name)s_source', '%(name)s_target', '{n,order_id}', params =>
                jsonb_build_object('n', (SELECT jsonb_agg(i) FROM generate_series(1, %(size)d) AS i)), %(whole)s)
            """ % {"name": self.pipeline(size), "size": size, "columns": COLUMNS, "whole": WHOLE})


class Pages(Dimension):
    name, sizes = "pages", (100, 400, 1_600)

    def declare(self, size):
        self.server.sql("""
            CREATE FOREIGN TABLE %(name)s_source (id bigint)
                SERVER replay OPTIONS (path '/items', query 'total=%(records)d&limit=10', records '$.items[*]',
                paginate 'next_url', next_path '$.next', max_pages '10000');
            SELECT elt.create_pipeline('%(name)s', '%(name)s_source', '%(name)s_target', '{id}', %(whole)s)
            """ % {"name": self.pipeline(size), "records": 10 * size, "whole": WHOLE})


class Partitions(Dimension):
    """The same batch, into the newest month of a table with so many months."""

    name, sizes = "partitions", (50, 200, 800)
    batch = 5_000

    def declare(self, size):
        name = self.pipeline(size)
        path = self.home / "data" / (name + ".csv")
        self.write(path, range(size), 1)
        self.file_pipeline(size, "ts timestamptz, id bigint", "", "ts,id",
                           ", partition_by => 'ts', partition_interval => '1 month', start_at => '1900-01-01'")
        self.server.sql("SELECT elt.alter_pipeline('%s', options => '{\"max_new_partitions\": 100000}')" % name)
        self.server.sql(self.statement(size))
        self.write(path, [size - 1], self.batch)

    def prepare(self, size):
        path = self.home / "data" / (self.pipeline(size) + ".csv")
        self.round = getattr(self, "round", 0) + 1
        self.write(path, [size - 1], self.batch, self.round * self.batch)

    @staticmethod
    def write(path, months, rows, first=0):
        with open(path, "w") as out:
            out.write("ts,id\n")
            for month in months:
                for row in range(rows):
                    out.write("%d-%02d-02T00:00:00Z,%d\n" % (1950 + month // 12, month % 12 + 1, first + row))


class Pipelines(Dimension):
    """The same run, beside so many other pipelines."""

    name, sizes = "pipelines", (50, 200, 800)

    def declare(self, size):
        if not self.server.sql("SELECT 1 FROM elt.pipelines WHERE name = 'one'"):
            (self.home / "data/one.csv").write_text("id\n1\n")
            self.server.sql("""
                CREATE FOREIGN TABLE one (id bigint) SERVER files OPTIONS (glob 'one.csv', settle '0', on_change 'merge');
                SELECT elt.create_pipeline('one', 'one', 'one_target', '{id}')""")
        self.server.sql("""
            SELECT elt.create_pipeline('other_' || i, 'one', 'other_target_' || i, '{id}')
            FROM generate_series((SELECT count(*) FROM elt.pipelines WHERE name ~ '^other_') + 1, %d) AS i""" % size)

    def prepare(self, size):
        self.server.sql("TRUNCATE one_target; SELECT elt.reset_pipeline('one')")

    def statement(self, size):
        return "CALL elt.run('one')"


DIMENSIONS = (Rows, Columns, Slices, Pages, Partitions, Pipelines)


def step_is_good(small, large, before, after):
    return after <= SLACK * before * (large * math.log(large)) / (small * math.log(small))


def bench(dimension):
    """Declared and measured size by size, since the number of pipelines is a size too."""
    medians = []
    for size in dimension.sizes:
        dimension.declare(size)
        times = []
        for _ in range(ROUNDS + 1):
            dimension.prepare(size)
            times.append(cost(dimension.server, dimension.statement(size)))
        medians.append(statistics.median(times[1:]))
    steps = zip(dimension.sizes, dimension.sizes[1:], medians, medians[1:])
    good = all(step_is_good(*step) for step in steps)
    return line(good, "%s: %s; each step at most n log n" % (dimension.name, ", ".join(
        "%s %.0f ms" % (format(size, ","), median) for size, median in zip(dimension.sizes, medians))))


def single_record(home):
    """An API that answers at once, always with the same record."""
    body = home / "single.json"
    body.write_bytes(b"".join(bulk.records("json", 1, 1, None)))
    return LatencyServer(home, "single", "--body", body)


def declare_servers(server, files, replay, single):
    server.sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s')" % files)
    for name, url in (("replay", replay), ("single", single)):
        server.sql("""CREATE SERVER %s FOREIGN DATA WRAPPER elt_http OPTIONS (url '%s', allow_private 'true',
            rate_limit '1000000/s', concurrency '16', conditional 'false')""" % (name, url))


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    replay, single = Replay(home / "replay"), single_record(home)
    try:
        with Server(home) as server:
            declare_servers(server, home / "data", replay.start(), single.url)
            passed = all([bench(kind(server, home)) for kind in DIMENSIONS])
            plan()
        return 0 if passed else 1
    finally:
        replay.stop()
        single.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
