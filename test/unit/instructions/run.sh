#!/bin/bash
# Instructions that a record costs from its file to the staging table, against the figures of
# docs/benchmarks.md. Counted by callgrind, so that neither the machine nor its load matters; the
# compiler does. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export ELT_MEASURED_WITH="gcc 12, PostgreSQL 15, x86_64"
found="gcc $(gcc -dumpversion 2>/dev/null), PostgreSQL $("${PG_CONFIG:-pg_config}" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'), $(uname -m)"

skip() {
	echo "ok 1 # SKIP $1"
	echo "1..1"
	exit 0
}

command -v valgrind >/dev/null || skip "valgrind is not installed"
[ -z "${ELT_COVERAGE:-}${ELT_SANITIZE:-}" ] || skip "the library is not built as for users"
[ "$found" = "$ELT_MEASURED_WITH" ] || skip "measured with $ELT_MEASURED_WITH, this is $found"
exec python3 "$here/count.py"
