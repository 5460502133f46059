#!/bin/bash
# Formats of values against plain ones, and expressions of columns against INSERT ... SELECT.
# ELT_BENCH_ROUNDS sets how often (7), ELT_BENCH_RECORDS how many rows.
exec python3 "$(dirname "$0")/run.py"
