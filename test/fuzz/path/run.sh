#!/bin/bash
# Pages and files of every format through columns of every type, from the bytes to the target, in a
# server whose extension has ASan and UBSan. ELT_FUZZ_SECONDS says how long, ELT_SEED repeats a run;
# found/ holds cases that once failed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
lib=$here/../../lib
. "$lib/server.sh"
. "$lib/sanitize.sh"
seconds=${ELT_FUZZ_SECONDS:-${ELT_SOAK:+1800}}
seconds=${seconds:-20}

build_sanitized && sanitize_servers fuzz_path && start_server fuzz_path elt_fuzz 2>&1 || {
	echo "not ok 1 - a server with the sanitizers"
	echo "1..1"
	exit 1
}
trap 'stop_server >/dev/null 2>&1' EXIT
python3 "$here/fuzz.py" "$seconds" "$server_dir"
status=$?
stop_server >/dev/null 2>&1
for said in "$(sanitizer_verdict fuzz_path "$server_dir")" "$(awk -f "$lib/server_log.awk" "$server_log")"; do
	! grep -q '^not ok' <<<"$said" || { sed 's/^not ok [0-9]* -/# not so:/; /^ok\|^1\.\./d' <<<"$said"; status=1; }
done
exit $status
