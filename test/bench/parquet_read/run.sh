#!/bin/bash
# Reading Parquet files: into a typed logged table against COPY of the same rows, some columns against all, and
# one of ten row groups against the file. DuckDB, which writes the files, comes from PyPI into the scratch
# directory. ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_RECORDS how many rows (10,000,000).
here=$(cd "$(dirname "$0")" && pwd)
if ! ELT_PARQUET_PYTHON=$("$here/../../lib/parquet_python"); then
	echo "ok 1 # SKIP $ELT_PARQUET_PYTHON"
	echo "1..1"
	exit 0
fi
export ELT_PARQUET_PYTHON
exec python3 "$here/run.py"
