"""Run the SQL blocks of the documentation, page by page, each page in a database of its own state.

README.md starts from an empty database; every other page from test/docs/setup.sql. What a test
cannot do as written is substituted, and nothing else: the API's address becomes the replay
server's, its rate the fastest, the directory of files test/docs/files, and the first day to
load a few days ago.
"""
import datetime
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = "url 'https://api.energy-charts.info'"
FILES = "root '/srv/data'"
RECENT = (datetime.date.today() - datetime.timedelta(days=4)).isoformat()


def blocks(page):
    """(line number, text) of each sql block."""
    text = page.read_text()
    for match in re.finditer(r"^```sql\n(.*?)^```", text, re.S | re.M):
        yield text[: match.start()].count("\n") + 2, match.group(1)


def substitute(sql):
    sql = sql.replace(API, "allow_private 'true', url '%s'" % os.environ["ELT_REPLAY"])
    sql = sql.replace(FILES, "root '%s'" % (ROOT / "test/docs/files"))
    sql = re.sub(r"rate_limit '[^']*'", "rate_limit '10000/s'", sql)
    return sql.replace("start_at => '2024-01-01'", "start_at => '%s'" % RECENT)


def psql(sql):
    return subprocess.run(
        ["psql", "-Xq", "-P", "pager=off", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        input=sql, capture_output=True, text=True, timeout=100)


def reset():
    """An empty database: nothing of the page before."""
    done = psql("""
        SELECT format('SELECT elt.drop_pipeline(%L)', name) FROM elt.pipelines \\gexec
        DROP EXTENSION pg_elt CASCADE;
        DROP SCHEMA public CASCADE;
        CREATE SCHEMA public;
        CREATE EXTENSION IF NOT EXISTS pg_cron;
        """)
    assert done.returncode == 0, done.stderr


def run_page(page, report):
    reset()
    if page.name != "README.md":
        setup = (ROOT / "test/docs/setup.sql").read_text()
        done = psql(substitute(setup))
        assert done.returncode == 0, done.stderr
    for line, sql in blocks(page):
        name = "%s line %d: %s" % (page.relative_to(ROOT), line, sql.strip().splitlines()[0])
        try:
            done = psql(substitute(sql))
        except subprocess.TimeoutExpired:
            report(False, name, "took more than 100 seconds")
            continue
        report(done.returncode == 0, name, done.stdout + done.stderr)


def main():
    count, failed = 0, 0

    def report(passed, name, output):
        nonlocal count, failed
        count += 1
        failed += not passed
        print("%s %d - %s" % ("ok" if passed else "not ok", count, name.replace("#", "")))
        if not passed:
            print("\n".join("# " + text for text in output.strip().splitlines()))
        sys.stdout.flush()

    for page in [ROOT / "README.md"] + sorted((ROOT / "docs").glob("*.md")):
        if any(True for _ in blocks(page)):
            run_page(page, report)
    print("1..%d" % count)
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main())
