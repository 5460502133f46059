#!/bin/bash
# An Excel workbook into staging against openpyxl and COPY. openpyxl comes from PyPI into the scratch
# directory. ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_RECORDS how many rows.
set -u
here=$(cd "$(dirname "$0")" && pwd)
venv=$ELT_WORK/openpyxl

if [ ! -e "$venv/ready" ]; then
	if ! { python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$here/requirements.txt"; } >"$ELT_WORK/openpyxl.log" 2>&1; then
		echo "ok 1 # SKIP openpyxl cannot be installed"
		echo "1..1"
		exit 0
	fi
	touch "$venv/ready"
fi
ELT_OPENPYXL=$venv/bin/python exec python3 "$here/run.py"
