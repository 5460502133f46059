#!/bin/bash
# A parent and a child from one response against two pipelines over the same one: processor time from a file, wall time over HTTP.
# ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_RECORDS how many orders.
exec python3 "$(dirname "$0")/run.py"
