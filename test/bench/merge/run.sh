#!/bin/bash
# What a merge costs against plain statements, the write floor, and itself on a target ten times as
# large. ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_RECORDS how many rows the larger target has,
# ELT_BENCH_CLOCK=cpu that the time of the session's process counts, for a machine that others use.
exec python3 "$(dirname "$0")/run.py"
