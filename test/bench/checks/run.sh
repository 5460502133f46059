#!/bin/bash
# Ten checks evaluated while rows are loaded against ten SQL statements afterwards, as a ratio
# measured interleaved in one run. ELT_BENCH_ROUNDS sets how often (7), ELT_BENCH_RECORDS how many rows.
# ELT_BENCH_CLOCK=cpu counts the time of the session's process, for a machine that others use.
exec python3 "$(dirname "$0")/run.py"
