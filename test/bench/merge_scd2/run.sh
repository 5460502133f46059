#!/bin/bash
# A history's merge against the upsert of the same batch, SCD2 by hand, and dbt snapshot's statements, as ratios measured
# interleaved in one run. ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_RECORDS how many rows the targets have (1000000).
exec python3 "$(dirname "$0")/run.py"
