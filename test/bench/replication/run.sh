#!/bin/bash
# Replication against a client that discards the same stream. ELT_BENCH_ROUNDS sets how often (5),
# ELT_BENCH_RECORDS how many rows; from five million on, only the first load is measured.
exec python3 "$(dirname "$0")/run.py"
