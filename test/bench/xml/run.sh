#!/bin/bash
# XML files against xmltable over the same document, as a ratio measured interleaved in one run.
# ELT_BENCH_ROUNDS sets how often (7), ELT_BENCH_RECORDS how many rows.
exec python3 "$(dirname "$0")/run.py"
