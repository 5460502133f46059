#!/bin/bash
# Aggregates of a fact, kept as batches of 10,000 rows land. ELT_BENCH_ROUNDS sets how many (7), ELT_BENCH_RECORDS the rows of the fact
# (10,000,000).
exec python3 "$(dirname "$0")/run.py"
