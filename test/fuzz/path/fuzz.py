#!/usr/bin/env python3
"""Sends random pages through random tables, from the file to the target, in a server that runs already.

  fuzz.py SECONDS DIRECTORY    the directory is for the files, and what failed
"""
import sys

sys.dont_write_bytecode = True

import glob
import json
import os
import random
import re
import time

import psycopg2

import cases
import database
import judge
import pages
from database import declarations

HERE = os.path.dirname(os.path.abspath(__file__))

# The first line of a report that is not one of leaks. A report that is still being written may lack
# it: then the next case finds it, or the verdict on all reports at the end.
FAULT = re.compile(r"^==\d+==ERROR: (?!LeakSanitizer)", re.M)


def reports_of_sanitizers():
    """What ASan has written, and what UBSan has said in the server's log."""
    found = []
    for path in sorted(glob.glob(os.path.join(os.environ["ELT_SANITIZER_REPORTS"], "*"))):
        with open(path, errors="replace") as file:
            text = file.read()
        if FAULT.search(text):
            found.append(text[:4000])
    with open(os.path.join(os.environ["PGHOST"], "log"), errors="replace") as file:
        found += [line for line in file if "runtime error: " in line]
    return found


def run(court, case):
    """What is wrong with a case, or None."""
    try:
        court.judge(case)
    except (database.Fault, psycopg2.Error) as fault:
        return "%s: %s" % (type(fault).__name__, fault)
    finally:
        reports = reports_of_sanitizers()
    return "\n".join(reports) or None


def report(case, what, seed):
    """All that a person needs to see it again in psql."""
    print("# %s" % what.replace("\n", "\n# "))
    print("# again: ELT_SEED=%s, or this as a file of test/fuzz/path/found:" % seed)
    print("# %s" % json.dumps(case))
    print("# in psql, with a server fuzz_files of the files below:")
    for statement in declarations(case):
        print("# %s;" % statement)
    for n, text in enumerate(case["files"]):
        print("#   %s: %r" % (database.file_name(n), text.encode("latin-1")))


def main(seconds, directory):
    seed = os.environ.get("ELT_SEED") or str(random.SystemRandom().randrange(1 << 32))
    root = os.path.join(directory, "files")
    os.mkdir(root)
    db = database.Database(root, os.path.join(HERE, "types.sql"), pages.serve(root))
    court = judge.Judge(db)
    kept = sorted(glob.glob(os.path.join(HERE, "found", "*.json")))
    bad = 0
    for path in kept:
        with open(path) as file:
            case = json.load(file)
        what = run(court, case)
        bad += what is not None
        print("%s %d - %s" % ("not ok" if what else "ok", kept.index(path) + 1, os.path.basename(path)))
        if what:
            report(case, what, seed)
            return finish(kept.index(path) + 1)
    print("# seed %s, %s s" % (seed, seconds))
    sys.stdout.flush()
    started, n, what = time.monotonic(), 0, None
    while what is None and time.monotonic() < started + seconds:
        case = cases.random_case(random.Random("%s/%d" % (seed, n)))
        what = run(court, case)
        n += 1
    print("# %d cases of %d files in %.1f s" % (n, cases.FILES, time.monotonic() - started))
    print("# %s" % ", ".join("%d %s" % (count, name) for name, count in sorted(court.counts.items())))
    print("%s %d - pages of every kind come out as an independent reading says" % ("not ok" if what else "ok",
                                                                               len(kept) + 1))
    if what:
        report(case, what, "%s" % seed)
    return finish(len(kept) + 1, what)


def finish(n, what=True):
    print("1..%d" % n)
    return 1 if what else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2]))
