#!/bin/bash
# Loads of which some or all rows are rejected against clean ones, and replays of the rejects, measured
# interleaved in one run. ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_RECORDS how many rows,
# ELT_BENCH_CLOCK=cpu that the time of the session's process counts, for a machine that others use.
exec python3 "$(dirname "$0")/run.py"
