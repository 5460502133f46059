#!/bin/bash
# What a change log costs a landing. ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_RECORDS the rows of the target (500000).
# ELT_BENCH_CLOCK=cpu counts the time of the session's process, for a machine that others use.
exec python3 "$(dirname "$0")/run.py"
