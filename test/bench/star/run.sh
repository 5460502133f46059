#!/bin/bash
# A star of a table against aggregates of the same columns by hand, as a ratio measured interleaved
# in one run. ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_RECORDS how many rows.
# ELT_BENCH_CLOCK=cpu counts the time of the session's process, for a machine that others use.
exec python3 "$(dirname "$0")/run.py"
