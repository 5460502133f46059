#!/bin/bash
# Exports to Parquet against COPY csv with zstd: bytes, seconds of the processor and memory, as ratios measured in one
# run. ELT_BENCH_RECORDS sets how many rows, ELT_BENCH_ROUNDS how often. The size of pyarrow's file is compared where
# pyarrow can be installed.
exec python3 "$(dirname "$0")/run.py"
