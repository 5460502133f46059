# One test session: build, run the jobs side by side, count. Started by test/run inside the scratch
# copy, as the user who will own the servers.
set -uo pipefail

cd "$ELT_WORK/tree"
lib=$ELT_WORK/tree/test/lib
. "$lib/server.sh"
. "$lib/sanitize.sh"
. "$lib/report.sh"
. "$lib/kinds.sh"

# An empty directory is none.
[ -n "$(ls "$ELT_FIXTURES" 2>/dev/null)" ] || ELT_FIXTURES=""
export ELT_FIXTURES
export ELT_SOAK ELT_SANITIZE ELT_PG ELT_WORK ELT_NAMES ELT_JOBS
export PG_CONFIG=/usr/lib/postgresql/$ELT_PG/bin/pg_config
export PGPORT=5432 PGCONNECT_TIMEOUT=30

stop_all()
{
	trap - EXIT INT TERM HUP
	local pid

	for pid in $(jobs -p); do
		kill -TERM "$pid" 2>/dev/null
	done
	wait
	stop_servers_below "$ELT_WORK"
	stop_replays_below "$ELT_WORK"
}

trap stop_all EXIT
trap 'stop_all; exit 130' INT
trap 'stop_all; exit 143' TERM HUP

rm -rf "$ELT_WORK"/{out,run,stage,tap,ports,template.extensions} "$ELT_WORK"/sanitize/{ready,bin,reports,stage}
mkdir -p "$ELT_WORK"/{out,run,stage,tap,ports}

if ! build_and_stage -Werror; then
	echo "0 passed, 1 failed"
	exit 1
fi
say "built in $(($(date +%s) - ELT_STARTED)) s after the start"

[ -z "$ELT_SANITIZE" ] || sanitize_servers session

run_pool "$ELT_JOBS" $(list_jobs)
[ -z "$ELT_SANITIZE" ] || record_reports sanitize session "$ELT_WORK/run" "$ELT_WORK/tap"
[ -z "$ELT_COVERAGE" ] || coverage_report
summary
