#!/bin/bash
# Tests of src/decode inside a backend of a throw-away cluster. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/decode_test.XXXXXX")
PG_CONFIG=${PG_CONFIG:-pg_config}
bin=$("$PG_CONFIG" --bindir)
fixtures=${ELT_FIXTURES-$root/../shared/fixtures}
[ -n "$(ls "$fixtures" 2>/dev/null)" ] || fixtures=

# initdb and the server refuse root
as_postgres() {
	if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

finish() {
	[ -f "$work/data/postmaster.pid" ] && as_postgres "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1
	rm -rf "$work"
}
trap finish EXIT

give_up() {
	echo "not ok 1 - $1"
	[ -n "${2:-}" ] && sed 's/^/# /' "$2" | tail -40
	echo "1..1"
	exit 1
}

mkdir "$work/build"
make -s -C "$work/build" -f "$here/Makefile" ROOT="$root" PG_CONFIG="$PG_CONFIG" COPT=-g1 >"$work/build.log" 2>&1 ||
	give_up "the test module builds" "$work/build.log"
[ "$(id -u)" = 0 ] && chown -R postgres: "$work"

as_postgres "$bin/initdb" -D "$work/data" -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8 \
	>"$work/initdb.log" 2>&1 || give_up "initdb" "$work/initdb.log"
as_postgres "$bin/pg_ctl" -D "$work/data" -l "$work/server.log" -w -o \
	"-c listen_addresses='' -c unix_socket_directories='$work' -c fsync=off -c jit=off" start \
	>"$work/start.log" 2>&1 || give_up "the server starts" "$work/server.log"

run_sql() {
	as_postgres env PGCLIENTENCODING=UTF8 "$bin/psql" -X -q -A -t -h "$work" -U postgres -d "$1" \
		-v ON_ERROR_STOP=1 -v module="$work/build/decode_test" -v soak="${ELT_SOAK:+1}" \
		-v fixtures="$fixtures" -f "$2"
}

status=0
as_postgres "$bin/createdb" -h "$work" -U postgres -E LATIN1 --locale=C -T template0 latin1
for part in setup values dates deferred paths presence zip order faults framing memory differential layouts fixtures csv csv_spectrum; do
	[ -f "$here/sql/$part.sql" ] || continue
	run_sql postgres "$here/sql/$part.sql" >>"$work/out" 2>"$work/err" || {
		echo "not ok - $part.sql runs to its end" >>"$work/out"
		sed 's/^/# /' "$work/err" | head -20 >>"$work/out"
	}
done
cat "$here/sql/setup.sql" "$here/sql/latin1.sql" >"$work/latin1.sql"
run_sql latin1 "$work/latin1.sql" >>"$work/out" 2>"$work/err" || {
	echo "not ok - latin1.sql runs to its end" >>"$work/out"
	sed 's/^/# /' "$work/err" | head -20 >>"$work/out"
}
# one numbering over all parts
awk '/^(not )?ok - / { n++; sub(/ok - /, "ok " n " - ") } { print } /^not ok/ { bad = 1 } END { print "1.." n; exit bad }' \
	"$work/out" || status=1
exit $status
