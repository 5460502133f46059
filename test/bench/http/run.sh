#!/bin/bash
# Requests per second of the transport in a backend, as a ratio to a bare libcurl loop in a
# program of its own. Variants take turns; medians of five. Prints TAP, with the numbers.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
if [ "$(id -u)" = 0 ]; then
	exec runuser -u postgres -- env TMPDIR="${TMPDIR:-/tmp}" PG_CONFIG="${PG_CONFIG:-pg_config}" bash "$here/run.sh"
fi
pg_config=${PG_CONFIG:-pg_config}
bin=$("$pg_config" --bindir)
work=$(mktemp -d "${TMPDIR:-/tmp}/http_bench.XXXXXX") || exit 1
server=""

stop_all()
{
	"$bin/pg_ctl" -s -w -t 30 -m fast -D "$work/data" stop >/dev/null 2>&1
	[ -z "$server" ] || kill "$server" 2>/dev/null
	rm -rf "$work"
}
trap stop_all EXIT
trap 'exit 1' INT TERM HUP

prepare()
{
	local deadline=$((SECONDS + 20))

	mkdir "$work/build" && cd "$work/build" &&
		make -s -j2 -f "$root/test/unit/transport/Makefile" ROOT="$root" PG_CONFIG="$pg_config" &&
		gcc -O2 -o bare_multi "$here/bare_multi.c" -lcurl &&
		"$bin/initdb" -D "$work/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync &&
		printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$work'" \
			"dynamic_library_path = '$work/build:\$libdir'" >>"$work/data/postgresql.conf" &&
		"$bin/pg_ctl" -s -w -D "$work/data" -l "$work/server.log" start &&
		psql -Xq -v ON_ERROR_STOP=1 -f "$root/test/unit/transport/setup.sql" || return 1
	python3 "$here/latency_server.py" "$work/port" --bytes 1000 </dev/null >"$work/latency.log" 2>&1 &
	server=$!
	until [ -s "$work/port" ]; do
		kill -0 "$server" && [ $SECONDS -lt $deadline ] || return 1
		sleep 0.05
	done
}

export PGHOST=$work PGUSER=postgres PGDATABASE=postgres
if ! prepare >"$work/log" 2>&1; then
	sed 's/^/# /' "$work/log"
	echo "not ok 1 - preparation"
	echo "1..1"
	exit 1
fi
url=http://127.0.0.1:$(cat "$work/port")

bare()
{
	"$work/build/bare_multi" "$url/$1" "$2" "$3"
}

ours()
{
	psql -XAtq <<-END
		SELECT clock_timestamp() AS begun \gset
		SELECT fetch_many('$url/$1', $2, $3) AS good \gset
		SELECT CASE :good WHEN $2 THEN round($2 / extract(epoch FROM clock_timestamp() - :'begun')) ELSE 0 END;
	END
}

median()
{
	sort -n | sed -n 3p
}

number=0
# compare LATENCY-MS COUNT IN-FLIGHT LEAST-PERCENT
compare()
{
	local a b word=ok

	number=$((number + 1))
	: >"$work/bare"
	: >"$work/ours"
	bare "$1" 200 "$3" >/dev/null
	for _ in 1 2 3 4 5; do
		bare "$@" >>"$work/bare"
		ours "$@" >>"$work/ours"
	done
	a=$(median <"$work/bare") b=$(median <"$work/ours")
	[ $((b * 100)) -ge $((a * $4)) ] || word="not ok"
	echo "$word $number - $1 ms latency, $3 in flight: $b requests/s, bare libcurl $a, $((b * 100 / a)) % (wanted $4 %)"
}

compare 20 4000 50 80
compare 20 1000 10 80
compare 0 10000 10 40
echo "1..$number"
