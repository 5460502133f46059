"""Whole jobs, from the request to committed rows in a logged table with its key, against other ways.

The answers come from a server that is not counted. ELT_BENCH_ROUNDS sets how often (5),
ELT_BENCH_RECORDS how many records the jobs with orders have (1,000,000; the CSV file five times as
many), ELT_BENCH_JOBS which jobs run, by name.
"""
import os
import pathlib
import shutil
import sys
import tempfile

from peer_job import Job, Table  # first: it knows where the other modules are
from bench_server import Server
from measure import plan
from order_jobs import csv_file, in_pages, one_answer, prepare_orders, small_answers
from power_job import half_year

JOBS = {"power": half_year, "small": small_answers, "pages": in_pages, "json": one_answer, "csv": csv_file}


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_peers_"))
    table, passed = Table(), True
    try:
        with Server(home) as server:
            prepare_orders(server, home)
            job = Job(server, home)
            for name in os.environ.get("ELT_BENCH_JOBS", " ".join(JOBS)).split():
                passed &= JOBS[name](job, table)
        plan()
        return 0 if passed else 1
    finally:
        table.show()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
