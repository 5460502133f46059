"""A server of its own for a benchmark: fsync on, one user, found through a socket directory.

The harness gives ELT_WORK (whose path.conf makes a server find the staged extension) and
PG_CONFIG in the environment.
"""
import os
import pathlib
import subprocess
import time

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '%(home)s'
shared_preload_libraries = 'pg_elt'
shared_buffers = 2GB
max_wal_size = 16GB
checkpoint_timeout = 1h
autovacuum = off
jit = off
timezone = 'UTC'
"""


class Session:
    """One psql that stays: for measurements inside one backend."""

    def __init__(self, environment):
        self.psql = subprocess.Popen(
            ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1"], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.schedstat = None

    def ask(self, sql):
        self.psql.stdin.write(sql + ";\n\\echo :answered:\n")
        self.psql.stdin.flush()
        lines = []
        for line in self.psql.stdout:
            if line == ":answered:\n":
                return "".join(lines).strip()
            lines.append(line)
        raise RuntimeError("the session ended in: %s" % sql)

    def cpu(self):
        """Seconds that its backend has run on a processor so far."""
        if self.schedstat is None:
            self.schedstat = "/proc/%s/schedstat" % self.ask("SELECT pg_backend_pid()")
        with open(self.schedstat) as file:
            return int(file.read().split()[0]) / 1e9

    def close(self):
        self.psql.stdin.close()
        self.psql.wait(10)


class Server:
    def __init__(self, home):
        self.home = pathlib.Path(home)
        bindir = subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), "--bindir"],
                                capture_output=True, text=True, check=True).stdout.strip()
        self.bin = pathlib.Path(bindir)
        self.data = self.home / "pgdata"

    def environment(self):
        return {**os.environ, "PGHOST": str(self.home), "PGUSER": "postgres",
                "PGDATABASE": "postgres", "PGPORT": "5432"}

    def __enter__(self):
        (self.home / "data").mkdir(exist_ok=True)
        subprocess.run([self.bin / "initdb", "-D", self.data, "-A", "trust", "-U", "postgres",
                        "-E", "UTF8", "--locale=C.UTF-8"], check=True, capture_output=True)
        paths = (pathlib.Path(os.environ["ELT_WORK"]) / "path.conf").read_text()
        with open(self.data / "postgresql.conf", "a") as conf:
            conf.write(paths + SETTINGS % {"home": self.home})
        subprocess.run([self.bin / "pg_ctl", "-s", "-w", "-D", self.data, "-l",
                        self.home / "log", "start"], check=True)
        self.sql("CREATE EXTENSION pg_elt")
        return self

    def __exit__(self, *_):
        subprocess.run([self.bin / "pg_ctl", "-s", "-w", "-m", "immediate", "-D", self.data,
                        "stop"], check=False)

    def session(self):
        return Session(self.environment())

    def sql(self, text):
        done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"], input=text,
                              env=self.environment(), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError("%s\n%s" % (text, done.stderr))
        return done.stdout.strip()

    def timed(self, text):
        """Milliseconds of one statement, as the client sees them, without connecting."""
        session = self.session()
        session.ask("SELECT count(*) FROM pg_class")
        started = time.perf_counter()
        session.ask(text)
        elapsed = (time.perf_counter() - started) * 1000
        session.close()
        return elapsed
