#!/bin/bash
# What partitions cost: creating many, adding one to many, those of one batch, retention, and readers beside
# both. pg_partman is compared where it is installed. ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_CLOCK=cpu
# that the time of the session's process counts, for a machine that others use.
exec python3 "$(dirname "$0")/run.py"
