#!/bin/bash
# Whole jobs of pg_elt against DuckDB, dlt, pandas, and curl with psql, on this machine. The peers come
# from PyPI into the work directory. Prints TAP and, as comments, the table.
set -u
here=$(cd "$(dirname "$0")" && pwd)
venv=$ELT_WORK/peers

if [ ! -e "$venv/ready" ]; then
	if ! { python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$here/requirements.txt"; } >"$ELT_WORK/peers.log" 2>&1; then
		echo "not ok 1 - the peers can be installed"
		sed 's/^/# /' "$ELT_WORK/peers.log"
		echo "1..1"
		exit 1
	fi
	touch "$venv/ready"
fi
exec "$venv/bin/python" "$here/run.py"
