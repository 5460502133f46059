"""The documentation, held to the program.

Every sql block of README.md and docs/*.md runs, in the order of its page and in one psql session
per page, as a reader would type it (page.py says what it is compared with); reference tables are
compared with the program (reference.py); links lead somewhere. Prints TAP.

  run.py [--show] [PAGE ...]      --show prints what each block printed, to paste into a page

A page begins in a database that holds what PREPARED says. What a test cannot do as written is
substituted, and nothing else: the API's address becomes the replay server's, its rate the
fastest, another database server this one, the directory of files test/docs/files, that of exports a
directory of the page, and the first day to load a few days ago.
"""
import datetime
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading

sys.dont_write_bytecode = True

import page as pages
import reference

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
API_ADDRESS = "https://api.energy-charts.info"
ANOTHER_ADDRESS = "https://api.example.com"
SHOP = "host 'shop.example.com'"
SHOP_USER = r"user '(reader|replicator)', password 'secret'"
FILES = "/srv/data"
LAKE = "/srv/lake"
LAKE_HERE = HERE / "lake"
RECENT = (datetime.date.today() - datetime.timedelta(days=4)).isoformat()
BLOCK_SECONDS = 100

# Scripts that run before a page; pages that are not named here have both.
PREPARED = {
    "README.md": [],
    "docs/databases.md": ["shop.sql"],
    "docs/pipeline.md": ["source.sql"],
    "docs/replication.md": ["replication.sql"],
    "docs/worker.md": ["source.sql"],
}
EVERYTHING = ["source.sql", "pipeline.sql"]

# The server is the harness's; pages find it as it was, with both extensions, by a copy of its data.
HOME = pathlib.Path(os.environ["PGHOST"])
DATA = HOME / "data"
KEPT = HOME / "kept"


def to_replay(sql):
    address = "allow_private 'true', url '%s'" % os.environ["ELT_REPLAY"]
    for api in (API_ADDRESS, ANOTHER_ADDRESS):
        sql = sql.replace("url '%s'" % api, address)
    sql = sql.replace("root '%s'" % FILES, "root '%s'" % (HERE / "files"))
    sql = sql.replace("root '%s'" % LAKE, "root '%s'" % LAKE_HERE)
    if "elt_postgres" in sql:
        sql = sql.replace(SHOP, SHOP + ", allow_private 'true'")
    sql = sql.replace(SHOP, "host '%s', port '%s'" % (os.environ["PGHOST"], os.environ.get("PGPORT", "5432")))
    sql = re.sub(SHOP_USER, "user '%s'" % os.environ["PGUSER"], sql)
    sql = re.sub(r"rate_limit '[^']*'", "rate_limit '10000/s'", sql)
    return sql.replace("start_at => '2024-01-01'", "start_at => '%s'" % RECENT)


def from_replay(output):
    return output.replace(os.environ["ELT_REPLAY"], API_ADDRESS).replace(str(HERE / "files"), FILES).replace(str(LAKE_HERE), LAKE)


class Session:
    """One psql. An ERROR ends a block, not the session."""

    END = "-- the end of the block --"

    def __init__(self, *options):
        # stdbuf: what a block printed is there when its end is.
        self.process = subprocess.Popen(
            ["stdbuf", "-oL", "psql", "-Xq", "-P", "pager=off", *options], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, sql):
        """What it printed, messages included."""
        watchdog = threading.Timer(BLOCK_SECONDS, self.process.kill)
        watchdog.start()
        try:
            self.process.stdin.write("%s\n\\echo %s\n" % (to_replay(sql), self.END))
            self.process.stdin.flush()
            lines = list(self._lines())
        except BrokenPipeError:
            lines = [self.ENDED]
        finally:
            watchdog.cancel()
        return from_replay("".join(lines))

    ENDED = "FATAL:  psql has ended, or the block took %d seconds\n" % BLOCK_SECONDS

    def _lines(self):
        for line in self.process.stdout:
            if line == self.END + "\n":
                return
            yield line
        yield self.ENDED

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def psql(sql, *options):
    """What one script printed in a session of its own."""
    session = Session(*options)
    try:
        return session.run(sql)
    finally:
        session.close()


def query(sql):
    """The rows of one query, as lists of text."""
    output = psql(sql + ";", "-At", "-F", "\x1f")
    assert not pages.failed(output), output
    return [line.split("\x1f") for line in output.splitlines()]


def server(*arguments):
    subprocess.run(["pg_ctl", "-s", "-w", "-D", DATA, *arguments], check=True)


def start_anew():
    if not KEPT.exists():
        server("-m", "fast", "stop")
        DATA.rename(KEPT)
    else:
        server("-m", "immediate", "stop")
        shutil.rmtree(DATA)
    subprocess.run(["cp", "-r", KEPT, DATA], check=True)
    DATA.chmod(0o700)
    server("-l", HOME / "log", "start")


def prepare(name):
    scripts = PREPARED.get(name, EVERYTHING)
    start_anew()
    shutil.rmtree(LAKE_HERE, ignore_errors=True)
    LAKE_HERE.mkdir()
    output = psql(("DROP EXTENSION pg_elt;\n" if name == "README.md" else "")
                  + "".join((HERE / script).read_text() for script in scripts))
    assert not pages.failed(output), output


class Report:
    """Counts and prints TAP."""

    def __init__(self):
        self.count = self.failed = 0

    def __call__(self, name, problem):
        self.count += 1
        self.failed += problem is not None
        print("%s %d - %s" % ("not ok" if problem else "ok", self.count, name.replace("#", "")))
        if problem is not None:
            print("\n".join("# " + line for line in problem.strip().splitlines()))
        sys.stdout.flush()


def stop_the_clock(session):
    """A schedule that a page has set does not fire between its blocks."""
    output = session.run("UPDATE cron.job SET active = false WHERE active;")
    assert not pages.failed(output), output


def await_runs():
    """A cancelled run still lands what is complete; a reader does not type faster than that."""
    psql("""DO $$
    BEGIN
        FOR i IN 1 .. 300 LOOP
            EXIT WHEN NOT EXISTS (SELECT FROM elt.runs WHERE state = 'running');
            PERFORM pg_sleep(0.1);
            COMMIT;
        END LOOP;
    END $$;""")


def run_page(name, text, report, show):
    blocks = list(pages.sql_blocks(text))
    if not blocks:
        return
    prepare(name)
    session, beside = Session(), Session()
    for block in blocks:
        output = session.run(block.sql)
        if "elt.cancel(" in block.sql:
            await_runs()
        stop_the_clock(beside)
        title = "%s line %d: %s" % (name, block.line, block.sql.strip().splitlines()[0])
        report(title, block.problem(output))
        if show:
            print(output)
    session.close()
    beside.close()


def main():
    show = "--show" in sys.argv
    wanted = [word for word in sys.argv[1:] if not word.startswith("--")]
    report = Report()
    files = [ROOT / "README.md"] + sorted((ROOT / "docs").glob("*.md"))
    for file in files:
        name = str(file.relative_to(ROOT))
        if wanted and name not in wanted:
            continue
        text = file.read_text()
        run_page(name, text, report, show)
        report("%s: fences" % name, pages.fence_problem(text))
        report("%s: links" % name, pages.link_problem(file, text))
    if not wanted:
        report("README.md names every page", pages.map_problem(files))
        prepare("")
        for title, problem in reference.compare(ROOT / "docs", query, psql):
            report(title, problem)
    print("1..%d" % report.count)
    return 1 if report.failed or not report.count else 0


if __name__ == "__main__":
    sys.exit(main())
