#!/bin/bash
# Archives of partitions against their heap and key, in bytes, and against COPY of the same rows to zstd, in seconds of the
# processor, interleaved in one run. ELT_BENCH_RECORDS sets how many rows, ELT_BENCH_ROUNDS how often.
exec python3 "$(dirname "$0")/run.py"
