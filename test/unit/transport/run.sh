#!/bin/bash
# The transport in a backend, against servers that misbehave. Prints TAP.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
if [ "$(id -u)" = 0 ]; then
	exec runuser -u postgres -- env TMPDIR="${TMPDIR:-/tmp}" PG_CONFIG="${PG_CONFIG:-pg_config}" \
		ELT_SOAK="${ELT_SOAK:-}" bash "$here/run.sh"
fi
cd "$root" || exit 1

pg_config=${PG_CONFIG:-pg_config}
bin=$("$pg_config" --bindir)
work=$(mktemp -d "${TMPDIR:-/tmp}/transport.XXXXXX") || exit 1
raw_pid=""

stop_all()
{
	"$bin/pg_ctl" -s -w -t 30 -m fast -D "$work/data" stop >/dev/null 2>&1
	python3 test/replay/client.py stop --dir "$work/replay" >/dev/null 2>&1
	python3 test/replay/client.py stop --dir "$work/tls" >/dev/null 2>&1
	[ -z "$raw_pid" ] || kill "$raw_pid" 2>/dev/null
	rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 1' INT TERM HUP

# must WHAT COMMAND...: the whole test ends where its preparation fails.
must()
{
	local what=$1

	shift
	if ! "$@" >"$work/log" 2>&1; then
		echo "not ok 1 - $what"
		tail -n 30 "$work/log" | sed 's/^/# /'
		echo "1..1"
		exit 1
	fi
}

build()
{
	mkdir -p "$work/build" && cd "$work/build" &&
		make -s -j2 -f "$here/Makefile" ROOT="$root" PG_CONFIG="$pg_config" COPT=-g1 &&
		gcc -shared -fPIC -O1 -Wall -o fake_network.so "$here/fake_network.c" -ldl
}

certificates()
{
	cd "$work" &&
		openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Test authority" \
			-keyout ca.key -out ca.pem &&
		openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr &&
		printf 'subjectAltName=DNS:localhost\n' >server.ext &&
		openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
			-extfile server.ext -out server.crt &&
		cat server.key server.crt >server.pem
}

start_cluster()
{
	"$bin/initdb" -D "$work/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync &&
		cat >>"$work/data/postgresql.conf" <<-END &&
			listen_addresses = ''
			unix_socket_directories = '$work'
			dynamic_library_path = '$work/build:\$libdir'
			fsync = off
			max_connections = 20
			shared_buffers = 16MB
		END
		http_proxy=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9 \
		LD_PRELOAD="$work/build/fake_network.so" \
			"$bin/pg_ctl" -s -w -D "$work/data" -l "$work/server.log" start
}

start_raw()
{
	local deadline=$((SECONDS + 120))

	python3 "$here/raw_server.py" "$work/raw.port" </dev/null >"$work/raw.log" 2>&1 &
	raw_pid=$!
	until [ -s "$work/raw.port" ]; do
		kill -0 "$raw_pid" && [ $SECONDS -lt $deadline ] || return 1
		sleep 0.05
	done
}

control()
{
	python3 test/replay/client.py control --dir "$work/replay" "$@" >/dev/null
}

must "the test module builds" build
cd "$root" || exit 1
must "certificates are made" certificates
cd "$root" || exit 1
must "the server starts" start_cluster
must "the replay server starts" python3 test/replay/client.py start --dir "$work/replay"
must "the replay server starts with TLS" \
	python3 test/replay/client.py start --dir "$work/tls" --cert "$work/server.pem"
start_raw
must "the raw server starts" test -s "$work/raw.port"

export PGHOST=$work PGUSER=postgres PGDATABASE=postgres PGOPTIONS="-c client_min_messages=warning"
api=http://127.0.0.1:$(cat "$work/replay/replay.port")
api_port=${api##*:}
raw=http://127.0.0.1:$(cat "$work/raw.port")
raw_port=${raw##*:}
tls=https://localhost:$(cat "$work/tls/replay.port")
must "the functions are made" psql -Xq -v ON_ERROR_STOP=1 -f "$here/setup.sql"

count=0
failed=0

report()
{
	count=$((count + 1))
	if [ "$1" = "$2" ]; then
		echo "ok $count - $3"
	else
		failed=$((failed + 1))
		echo "not ok $count - $3"
		printf '%s\n' "got:      $1" "expected: $2" | sed 's/^/# /'
	fi
}

sql()
{
	psql -XAtq -v ON_ERROR_STOP=1 -v api="$api" -v raw="$raw" -v tls="$tls" \
		-v ca="$(cat "$work/ca.pem")" -v VERBOSITY=terse 2>&1 <<<"$1" | sed 's/^psql:<stdin>:[0-9]*: //'
}

# is NAME SQL EXPECTED
is()
{
	report "$(sql "$2")" "$3" "$1"
}

# One file per subject, in the order of their names.
for part in "$here"/part_*.sh; do
	. "$part"
done

echo "1..$count"
exit "$failed"
