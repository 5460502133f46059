"""A star schema: elt.create_date_dimension for a century, with holidays."""
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "test/bench"))
from bench_server import Server  # noqa: E402
from measure import line, milliseconds_of, plan  # noqa: E402

ROUNDS = max(5, int(os.environ.get("ELT_BENCH_ROUNDS", "5")))
GOAL = 300


def century(server, calendar):
    times = []
    for n in range(ROUNDS):
        times.append(milliseconds_of(server, "SELECT elt.create_date_dimension('dates_%s_%d', '1970-01-01', '2069-12-31', calendar => %s)"
                                     % (calendar or "none", n, "'%s'" % calendar if calendar else "NULL")))
    return statistics.median(times)


def main():
    home = pathlib.Path(tempfile.mkdtemp(prefix="elt_bench_"))
    try:
        with Server(home) as server:
            plain, holidays = century(server, None), century(server, "DE-BY")
            passed = holidays <= GOAL
            line(passed, "100 years of days with holidays: %.0f ms, goal %d; without holidays %.0f ms" % (holidays, GOAL, plain))
            plan()
        return 0 if passed else 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
