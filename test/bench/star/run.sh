#!/bin/bash
# The dimensions and facts of a star schema. ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_SF the scale factor (1); ELT_BENCH_PARTS is a
# list of what is measured, such as 'year'. ELT_BENCH_CLOCK=cpu counts the time of the session's process, for a machine that others use.
exec python3 "$(dirname "$0")/run.py"
