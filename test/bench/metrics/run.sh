#!/bin/bash
# elt.metrics and the views that people watch, with many pipelines and a year of history.
# ELT_BENCH_PIPELINES sets how many pipelines there are (500), ELT_BENCH_ROUNDS how often each is timed (11).
exec python3 "$(dirname "$0")/run.py"
