"""How a whole job is measured: processor time of the client and of all processes of the server, and the clock.

Every way of a job must leave the same rows. Ways are interleaved; medians are printed.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "test/peers"
sys.path[:0] = [str(ROOT / "test/bench"), str(ROOT / "test/replay")]
from measure import line  # noqa: E402

ROUNDS = int(os.environ.get("ELT_BENCH_ROUNDS", "5"))


def ticks(pid, fields):
    """Seconds of processor time; fields: which of utime, stime, cutime, cstime."""
    try:
        with open("/proc/%d/stat" % pid) as stat:
            values = stat.read().rsplit(")", 1)[1].split()[11:15]
    except OSError:
        return 0
    return sum(int(value) for value in values[:fields]) / os.sysconf("SC_CLK_TCK")


class Job:
    """What all ways of one job share."""

    def __init__(self, server, home):
        self.server, self.home = server, home
        self.postmaster = int((server.data / "postmaster.pid").read_text().split()[0])

    def server_seconds(self):
        children = subprocess.run(["pgrep", "-P", str(self.postmaster)], capture_output=True, text=True).stdout.split()
        return ticks(self.postmaster, 4) + sum(ticks(int(child), 2) for child in children)

    def measure(self, way):
        """CPU and wall seconds of a shell command of the client."""
        environment = {**self.server.environment(), "PATH": "%s:%s" % (self.server.bin, os.environ["PATH"]),
                       "PEER_URL": "postgresql://postgres:none@localhost/postgres?host=%s" % self.home}
        before, client, started = self.server_seconds(), os.times(), time.perf_counter()
        done = subprocess.run(["bash", "-euc", way], env=environment, capture_output=True, text=True, cwd=self.home)
        wall, client_after = time.perf_counter() - started, os.times()
        if done.returncode != 0:
            raise RuntimeError("%s\n%s" % (way, done.stderr[-3000:]))
        time.sleep(0.2)  # until the backend has ended and is counted
        used = client_after.children_user + client_after.children_system - client.children_user - client.children_system
        return used + self.server_seconds() - before, wall

    def fresh(self, names):
        for name in names:
            self.server.sql("TRUNCATE " + name)
        self.server.sql("CHECKPOINT")

    def script(self, name, *arguments):
        return " ".join([sys.executable, str(HERE / name)] + [str(argument) for argument in arguments])


class Table:
    """A line of the table for each way of a job."""

    def __init__(self):
        self.lines = ["| job | way | CPU | wall | CPU ratio | wall ratio |", "|---|---|---|---|---|---|"]

    def add(self, title, measured):
        """The ratios of each way to ours: name -> (CPU, wall)."""
        medians = {way: [statistics.median(values) for values in zip(*turns)] for way, turns in measured.items()}
        ratios = {way: tuple(other / ours for other, ours in zip(medians[way], medians["pg_elt"])) for way in medians}
        for way in medians:
            self.lines.append("| %s | %s | %.2f s | %.2f s | %.2f | %.2f |" % ((title, way) + tuple(medians[way]) + ratios[way]))
        return ratios

    def show(self):
        for text in self.lines:
            print("# " + text)


def compare(job, table, title, checksum, ways, prepare, goals=()):
    """ways: name -> (command, table where its rows are); goals: (way, least CPU ratio, least wall ratio or None)."""
    measured, sums = {name: [] for name in ways}, {}
    for _ in range(ROUNDS):
        for name, (command, target) in ways.items():
            prepare(target)
            measured[name].append(job.measure(command))
            sums[name] = job.server.sql(checksum % target)
    ratios = table.add(title, measured)
    passed = line(len(set(sums.values())) == 1, "%s: all ways leave the same rows (%s)" % (title, sums))
    for way, cpu_goal, wall_goal in goals:
        for what, value, goal in (("CPU", ratios[way][0], cpu_goal), ("wall", ratios[way][1], wall_goal)):
            if goal is not None:
                passed &= line(value >= goal, "%s: %s of %s against ours: %.2f, goal >= %g" % (title, what, way, value, goal))
    return passed


def psql(*statements):
    return "psql -XqAt -v ON_ERROR_STOP=1 " + " ".join('-c "%s"' % statement for statement in statements)


def run(pipeline, windows=""):
    return psql("CALL elt.run('%s'%s)" % (pipeline, windows))
