#!/bin/bash
# What replacing scopes costs against deleting and inserting their rows. ELT_BENCH_ROUNDS sets how
# often (5), ELT_BENCH_RECORDS how many rows the target has, ELT_BENCH_CLOCK=cpu that the time of the
# session's process counts, for a machine that others use.
exec python3 "$(dirname "$0")/run.py"
