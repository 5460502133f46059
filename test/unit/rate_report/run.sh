#!/bin/bash
# What rate limit headers mean: pure arithmetic, without a server. Prints TAP.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
pg_config=${PG_CONFIG:-pg_config}
work=$(mktemp -d "${TMPDIR:-/tmp}/rate_report.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

if ! gcc -std=gnu11 -Wall -Werror -I"$root/src" -I"$("$pg_config" --includedir-server)" -D_GNU_SOURCE \
	-o "$work/rate_report_test" "$here/rate_report_test.c" "$root/src/source/http/rate_report.c" \
	-L"$("$pg_config" --pkglibdir)" -L"$("$pg_config" --libdir)" -lpgport -lm >"$work/log" 2>&1; then
	echo "not ok 1 - build"
	sed 's/^/# /' "$work/log"
	echo "1..1"
	exit 1
fi
"$work/rate_report_test"
