#!/bin/bash
# What compression of partitions saves, and what questions cost afterwards, against the same table before.
# ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_ROWS how many rows, ELT_BENCH_CLOCK=cpu that the time of the
# session's process counts, for a machine that others use.
exec python3 "$(dirname "$0")/run.py"
