#!/bin/bash
# Fuzzes the CSV reader against a plain one under ASan and UBSan, with libFuzzer where clang has
# it, else with a driver of our own. ELT_FUZZ_SECONDS says how long. found/ holds inputs that once failed.
set -u
shopt -s nullglob
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/csv_fuzz.XXXXXX")
trap 'rm -rf "$work"' EXIT
seconds=${ELT_FUZZ_SECONDS:-${ELT_SOAK:+600}}
seconds=${seconds:-10}
fixtures=${ELT_FIXTURES-$root/../shared/fixtures}
sources=("$here/csv_fuzz.c" "$root"/src/decode/csv_reader.c "$root"/src/decode/csv_lines.c)
flags=(-g -O1 -DFIRST_SIZE=100 -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare
	"-I$root/test/lib/standalone" "-I$root/src" -fno-sanitize-recover=all)

mkdir "$work/seeds"
find "$here/found" -type f -exec cp {} "$work/seeds" \; 2>/dev/null
n=0
[ -d "$fixtures" ] && while IFS= read -r f; do
	n=$((n + 1))
	head -c 4000 "$f" >"$work/seeds/fixture_$n"
done < <(find "$fixtures" -name "*.csv")

fuzz() {
	local clang
	for clang in clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14; do
		"$clang" "${flags[@]}" -fsanitize=fuzzer,address,undefined "${sources[@]}" -o "$work/fuzz" 2>/dev/null || continue
		echo "# libFuzzer of $clang, $seconds s"
		"$work/fuzz" -max_total_time="$seconds" -timeout=20 -max_len=5000 -print_final_stats=1 -artifact_prefix="$work/" \
			-verbosity=0 "$work/seeds"
		return
	done
	echo "# our own driver, $seconds s"
	gcc "${flags[@]}" -fsanitize=address,undefined "${sources[@]}" "$here/../json/driver.c" -o "$work/fuzz" &&
		"$work/fuzz" "$seconds" "$work"/seeds/*
}

if fuzz >"$work/out" 2>&1; then
	grep -E "^# |number_of_executed" "$work/out"
	echo "ok 1 - the CSV reader agrees with a plain one, in chunks of any size"
	status=0
else
	tail -40 "$work/out" | sed 's/^/# /'
	for f in "$work"/crash-* "$work"/timeout-*; do
		[ -f "$f" ] && echo "# input (base64): $(base64 -w0 "$f")"
	done
	echo "not ok 1 - the CSV reader agrees with a plain one, in chunks of any size"
	status=1
fi
echo "1..1"
exit $status
