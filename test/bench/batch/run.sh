#!/bin/bash
# What a row of a batch costs, from reading a CSV file with ten checks to the committed target, by
# the size of the batch. ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_RECORDS the largest batch.
exec python3 "$(dirname "$0")/run.py"
