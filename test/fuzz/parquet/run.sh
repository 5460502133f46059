#!/bin/bash
# Fuzzes the Parquet reader under ASan and UBSan: mutations of the files in seeds/, which pyarrow and DuckDB have
# written, and every cut of the small ones. ELT_FUZZ_SECONDS says how long. found/ holds inputs that once failed.
set -u
shopt -s nullglob
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/parquet_fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
seconds=${ELT_FUZZ_SECONDS:-${ELT_SOAK:+1800}}
seconds=${seconds:-20}
sources=("$here"/*.c "$root"/src/parquet/parquet_read*.c "$root"/src/parquet/thrift_read.c
	"$root"/src/parquet/decompress.c)
flags=(-g -O1 -std=gnu99 -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare "-I$here/server" "-I$root/src"
	-fsanitize=address,undefined -fno-sanitize-recover=all)

if gcc "${flags[@]}" "${sources[@]}" -o "$work/fuzz" -lz -lzstd -llz4 -lsnappy -lbrotlidec >"$work/out" 2>&1 &&
	ASAN_OPTIONS=allocator_may_return_null=1 "$work/fuzz" "$seconds" "$here"/seeds/* "$here"/found/* >>"$work/out" 2>&1; then
	grep -E "^# " "$work/out"
	echo "ok 1 - the Parquet reader stays within its bytes and its memory, whatever a file says"
	status=0
else
	tail -90 "$work/out" | sed 's/^/# /'
	echo "not ok 1 - the Parquet reader stays within its bytes and its memory, whatever a file says"
	status=1
fi
echo "1..1"
exit $status
