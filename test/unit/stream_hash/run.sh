#!/bin/bash
# A hash of bytes that come in pieces, without a server. Prints TAP.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/stream_hash.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

if ! gcc -std=gnu11 -Wall -Werror -I"$root/src" -I"$("${PG_CONFIG:-pg_config}" --includedir-server)" -D_GNU_SOURCE \
	-o "$work/stream_hash_test" "$here/stream_hash_test.c" "$root/src/transport/stream_hash.c" >"$work/log" 2>&1; then
	echo "not ok 1 - build"
	sed 's/^/# /' "$work/log"
	echo "1..1"
	exit 1
fi
"$work/stream_hash_test"
