#!/bin/bash
# Ten checks of a load against the same rules as tests of dbt and as expectations of Great Expectations over the
# table that the load has filled. Both come from PyPI into the scratch directory, and are left out if they cannot.
# ELT_BENCH_ROUNDS sets how often (5), ELT_BENCH_RECORDS how many rows.
set -u
here=$(cd "$(dirname "$0")" && pwd)

install() {
	local venv=$ELT_WORK/$1
	[ -e "$venv/ready" ] && return
	python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$here/$1.txt" && touch "$venv/ready"
}

for peer in dbt great_expectations; do
	install $peer >"$ELT_WORK/$peer.log" 2>&1 || rm -rf "${ELT_WORK:?}/$peer"
done
exec python3 "$here/run.py"
