#!/bin/bash
# Relations as sources against INSERT ... SELECT of the same rows. ELT_BENCH_ROUNDS sets how often
# (5), ELT_BENCH_RECORDS how many rows.
exec python3 "$(dirname "$0")/run.py"
