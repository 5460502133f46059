#!/bin/bash
# Replication against a client that discards the same stream. ELT_BENCH_ROUNDS sets how often (5),
# ELT_BENCH_RECORDS how many rows; ELT_BENCH_PARTS is a list of what is measured, such as 'first_load'.
exec python3 "$(dirname "$0")/run.py"
