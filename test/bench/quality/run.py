"""The same ten rules as checks of a load, as tests of dbt, and as expectations of Great Expectations.

Checks are decided before rows land, so their cost is what a load with them takes longer than one
without; the rows that break them are in quarantine then. dbt and Great Expectations are run as their
users run them, by their commands, over the table that was loaded: their cost is the whole command
and, beside it, what the server spends on its statements. Each finds the same rows.
"""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from checked_orders import CHECKS, COLUMNS, ROWS  # noqa: E402
from measure import line, plan, ratio, seconds_of  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
RECORDS = int(os.environ.get("ELT_BENCH_RECORDS", "200000"))
WORK = pathlib.Path(os.environ["ELT_WORK"])
HERE = pathlib.Path(__file__).resolve().parent


def make(server, directory):
    server.sql("COPY (SELECT row_to_json(r) FROM (%s) AS r) TO '%s/records.jsonl'" % (ROWS % RECORDS, directory))
    server.sql("""
        CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '%s');
        CREATE FOREIGN TABLE records (%s) SERVER files OPTIONS (glob 'records.jsonl', settle '0', on_change 'ignore', format 'jsonl')""" % (
        directory, COLUMNS))
    for name in ("plain", "checked"):
        server.sql("""
            SELECT elt.create_pipeline('%s', 'records', '%s_target', strategy => 'append',
                options => '{"batch_rows": 1000000000, "batch_bytes": 100000000000}')""" % (name, name))
    for name, condition in CHECKS.items():
        server.sql("SELECT elt.add_check('checked', '%s', $check$%s$check$)" % (name, condition))
    server.sql("SELECT elt.add_check('checked', 'one_order', 'UNIQUE (order_id)')")


def load(server, name):
    server.sql("DELETE FROM elt_catalog.reject; TRUNCATE %s_target; SELECT elt.reset_pipeline('%s')" % (name, name))
    server.sql("CHECKPOINT")
    return 1000 * seconds_of(server, "CALL elt.run('%s')" % name)[1]


def dbt_project(home, server):
    """A project with the table as a source, each rule as a test on it."""
    project = home / "project"
    (project / "models").mkdir(parents=True)
    (project / "tests").mkdir()
    (project / "dbt_project.yml").write_text("name: bench\nversion: '1.0'\nprofile: bench\nmodel-paths: [models]\n")
    (project / "profiles.yml").write_text(json.dumps({"bench": {"target": "out", "outputs": {"out": {
        "type": "postgres", "host": str(server.home), "user": "postgres", "password": "none", "port": 5432,
        "dbname": "postgres", "schema": "public", "threads": 1}}}}))
    (project / "models/sources.yml").write_text(json.dumps({"version": 2, "sources": [{
        "name": "public", "tables": [{"name": "plain_target", "columns": [
            {"name": "order_id", "tests": ["unique"]}]}]}]}))
    for name, condition in CHECKS.items():
        (project / ("tests/%s.sql" % name)).write_text(
            "SELECT * FROM {{ source('public', 'plain_target') }} WHERE NOT (%s)" % condition)
    return project


def run_command(command, **options):
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, **options)
    return 1000 * (time.perf_counter() - began), done


def dbt(project):
    """Exit status 1: a test has failed, as all of them do."""
    milliseconds, done = run_command([WORK / "dbt/bin/dbt", "test", "--no-use-colors", "--project-dir", project, "--profiles-dir", project],
                                     env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"})
    if done.returncode > 1:
        raise RuntimeError(done.stdout + done.stderr)
    results = json.loads((project / "target/run_results.json").read_text())["results"]
    return milliseconds, {r["unique_id"].split(".")[2].replace("source_unique_public_plain_target_order_id", "one_order"): r["failures"]
                          for r in results}


def great_expectations(server):
    url = "postgresql+psycopg2://postgres@/postgres?host=%s&port=5432" % server.home
    milliseconds, done = run_command([WORK / "great_expectations/bin/python", HERE / "expectations.py", url])
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return milliseconds, json.loads(done.stdout.splitlines()[-1])


def ours(server):
    rows = server.sql("SELECT json_object_agg(check_name, rows_failed) FROM elt.check_results WHERE run_id = "
                      "(SELECT max(run_id) FROM elt.runs WHERE pipeline = 'checked')")
    return json.loads(rows)


def peers(server, home):
    found = {}
    if (WORK / "dbt/ready").exists():
        project = dbt_project(home, server)
        found["dbt"] = lambda: dbt(project)
    if (WORK / "great_expectations/ready").exists():
        found["great_expectations"] = lambda: great_expectations(server)
    return found


def compare(server, home):
    times = {"plain": [], "checked": []}
    found = peers(server, home)
    verdicts = {}
    for turn in range(ROUNDS + 1):
        turn_times = {name: load(server, name) for name in ("plain", "checked")}
        for name, run in found.items():
            turn_times[name], verdicts[name] = run()
        if turn > 0:
            for name, milliseconds in turn_times.items():
                times.setdefault(name, []).append(milliseconds)
    medians = {name: statistics.median(values) for name, values in times.items()}
    medians["checks"] = max(statistics.median(c - p for c, p in zip(times["checked"], times["plain"])), 1)
    return medians, verdicts


def same_rows(mine, theirs):
    """They name each row of a repeated key, a check all but the first."""
    return all(theirs.get(name) in (failed, 2 * failed if name == "one_order" else failed) for name, failed in mine.items())


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            make(server, home / "data")
            medians, verdicts = compare(server, home)
            mine = ours(server)
            passed = True
            for name in ("dbt", "great_expectations"):
                if name not in verdicts:
                    line(True, "%s # SKIP it cannot be installed" % name)
                    continue
                passed &= line(same_rows(mine, verdicts[name]), "%s finds the rows that the checks find" % name)
                passed &= ratio(medians, "ten checks while loading against %s" % name, "checks", name, 1)
            line(True, "a load of %d rows: %.0f ms, with checks and quarantine %.0f ms" % (RECORDS, medians["plain"], medians["checked"]))
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
