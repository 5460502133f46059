#!/bin/bash
# From elt.enqueue to the first request, many pipelines due at once, and an idle extension.
# ELT_BENCH_ROUNDS sets how many runs are timed (100), ELT_BENCH_PIPELINES how many are due (500).
exec python3 "$(dirname "$0")/run.py"
