#!/bin/bash
# Native conditions of src/predicate beside the executor, inside backends of a throw-away cluster, in
# databases of several encodings and collations. Prints TAP.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/native_test.XXXXXX")
PG_CONFIG=${PG_CONFIG:-pg_config}
bin=$("$PG_CONFIG" --bindir)

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

latin_texts='{"",é,"aé"," ","ab    ","a\nb",°,"ß"}'
all_texts='{"",é,"aé"," ","ab    ","a\nb",日本,"٣","a٣","É","𝄞","\u2003","ſ","K"}'

# run DATABASE ENCODING-OPTIONS TEXTS ICU: all parts in a database of its own
seed=${ELT_SEED:-1}
run() {
	local part

	as_postgres "$bin/createdb" -h "$work" -U postgres -T template0 $2 "$1" >"$work/err" 2>&1 || {
		echo "not ok - database $1" >>"$work/out"
		return
	}
	cat "$here/sql/setup.sql" >"$work/$1.sql"
	[ "$4" = false ] || echo "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);" >>"$work/$1.sql"
	cat "$here/sql/condition.sql" "$here/sql/unique.sql" >>"$work/$1.sql"
	echo "# database $1" >>"$work/out"
	as_postgres env PGCLIENTENCODING=UTF8 "$bin/psql" -X -q -A -t -F $'\n' -h "$work" -U postgres -d "$1" \
		-v ON_ERROR_STOP=1 -v module="$work/build/native_test" ${ELT_SOAK:+-v soak=1} -v texts="$3" -v icu="$4" \
		-v seed=$((seed++)) -f "$work/$1.sql" >>"$work/out" 2>"$work/err" || {
		echo "not ok - all of it ran in database $1" >>"$work/out"
		sed 's/^/# /' "$work/err" | head -20 >>"$work/out"
	}
}

run utf8 "-E UTF8 --locale=C.UTF-8" "$all_texts" true
run latin1 "-E LATIN1 --locale=C" "$latin_texts" false
run icu "-E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=tr-TR" "$all_texts" true

# one numbering over all parts
awk '/^(not )?ok - / { n++; sub(/ok - /, "ok " n " - ") } { print } /^not ok/ { bad = 1 } END { print "1.." n; exit bad }' \
	"$work/out"
