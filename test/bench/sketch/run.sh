#!/bin/bash
# Sketches against exact answers. ELT_BENCH_ROUNDS sets how often (5); ELT_BENCH_CLOCK=cpu counts the time of the
# session's process, for a machine that others use.
exec python3 "$(dirname "$0")/run.py"
