#!/bin/bash
# The pull parser alone against json-c. An argument scales the texts (10: 33 MB and 5.5 MB).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/parser_bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

gcc -O2 -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -I"$root/test/lib/standalone" -I"$root/src" \
	-o "$work/parser_bench" "$here/parser_bench.c" "$root"/src/decode/json_*.c -ljson-c
"$work/parser_bench" "${1:-10}"
