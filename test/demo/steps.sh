# The steps of the demo. Sourced by session.sh; home is the demo's directory.

example=$home/tree/docs/examples/energy
pipelines="public_power price installed_power_yearly installed_power_monthly"
load_seconds=600
after=0					# only runs with a higher id count

step()
{
	printf '\n\033[1m%s\033[0m\n' "$*"
}

fail()
{
	printf 'pg_elt demo: %s\n' "$*" >&2
	exit 1
}

start()
{
	local before

	step "Building"
	build_and_stage || exit 1
	before=$(cat "$home/built" 2>/dev/null)
	cat "$stage$("$PG_CONFIG" --pkglibdir)/pg_elt.so" "$stage$("$PG_CONFIG" --sharedir)"/extension/pg_elt* docs/examples/energy/0[1-4]*.sql |
		sha256sum >"$home/built.new"
	echo "$DEMO_URL" >>"$home/built.new"
	if running && [ "$before" = "$(cat "$home/built.new")" ]; then
		step "The demo runs already, from the same sources: it pulls once more, and what it finds unchanged it does not write"
		connect_as_owner
		start_api || exit 1
		psql -Xqc "ALTER SERVER energy_charts OPTIONS (SET url '$api')" || exit 1
		after=$(psql -XAtqc 'SELECT coalesce(max(run_id), 0) FROM elt.runs') || exit 1
		psql -Xqo /dev/null -c 'SELECT elt.enqueue(name) FROM elt.pipelines' || exit 1
	else
		if [ -e "$home/data" ]; then
			step "Sources or API changed: starting afresh"
			stop || fail "the old cluster would not stop"
			rm -rf "$home/data" "$home/sock" "$home/replay" "$home/log"
		fi
		start_cluster || exit 1
		start_api || exit 1
		load_example
	fi
	mv "$home/built.new" "$home/built"
	wait_for_load || exit 1
	show_answers
	show_connection
}

running()
{
	[ -e "$home/data/postmaster.pid" ] && pg_ctl -D "$home/data" status >/dev/null 2>&1
}

stop()
{
	python3 test/replay/client.py stop --dir "$home/replay" >/dev/null 2>&1
	if running; then
		pg_ctl -s -w -t 60 -m fast -D "$home/data" stop ||
			pg_ctl -s -w -t 30 -m immediate -D "$home/data" stop || return 1
	fi
}

free_port()
{
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

connect_as_owner()
{
	export PGHOST=127.0.0.1 PGUSER=postgres PGDATABASE=energy PGPASSFILE=$home/pgpass
	PGPORT=$(cat "$home/port")
	export PGPORT
}

start_cluster()
{
	local port password

	step "Starting a cluster of its own"
	port=$(free_port) || return 1
	password=$(python3 -c 'import secrets; print(secrets.token_urlsafe(12))')
	echo "$DEMO_PG" >"$home/pg"
	echo "$port" >"$home/port"
	(umask 077 && echo "$password" >"$home/password" && echo "127.0.0.1:$port:*:postgres:$password" >"$home/pgpass")
	initdb -D "$home/data" -A scram-sha-256 --pwfile="$home/password" -U postgres -E UTF8 --locale=C.UTF-8 --no-sync \
		>"$home/initdb.log" 2>&1 || { tail "$home/initdb.log"; return 1; }
	{
		cat "$home/path.conf"
		cat <<-END
			port = $port
			listen_addresses = '127.0.0.1'
			unix_socket_directories = ''
			shared_preload_libraries = 'pg_cron,pg_elt'
			cron.database_name = 'energy'
			cron.use_background_workers = on
			max_worker_processes = 16
			wal_level = logical
			log_line_prefix = '%m [%p] %b %q%a '
			timezone = 'UTC'
		END
	} >>"$home/data/postgresql.conf"
	connect_as_owner
	if ! pg_ctl -s -w -t 60 -D "$home/data" -l "$home/log" start; then
		tail -n 20 "$home/log"
		return 1
	fi
	createdb energy && psql -Xqc 'CREATE EXTENSION pg_cron' && psql -Xqc 'CREATE EXTENSION pg_elt' || return 1
	echo "PostgreSQL $DEMO_PG on 127.0.0.1 port $port, in $home"
}

# The API: the one that was named, or the replay server.
start_api()
{
	if [ -n "$DEMO_URL" ]; then
		api=$DEMO_URL
	else
		api=$(python3 test/replay/client.py url --dir "$home/replay" 2>/dev/null) &&
			python3 test/replay/client.py get --dir "$home/replay" /_control >/dev/null 2>&1 ||
			api=$(python3 test/replay/client.py start --dir "$home/replay") || return 1
	fi
	echo "API: $api"
}

load_example()
{
	local f variables=(-v "url=$api" -v "start_at=$(date -u -d '42 days ago' +%F)")

	step "Creating the example: servers, foreign tables, pipelines, checks, star schema"
	if [ -z "$DEMO_URL" ]; then
		variables+=(-v allow_private=true -v rate_limit=200/s -v "schedule=* * * * *" -v "schedule_slow=* * * * *")
	else
		variables+=(-v "schedule=*/2 * * * *" -v "schedule_slow=*/2 * * * *")
	fi
	for f in 01_source 02_pipelines 03_checks 04_star; do
		psql -Xq -v ON_ERROR_STOP=1 "${variables[@]}" -f "$example/$f.sql" >"$home/$f.out" 2>&1 ||
			{ cat "$home/$f.out"; fail "docs/examples/energy/$f.sql failed"; }
		echo "  $f.sql"
	done
}

# pg_cron fires, the worker pulls; this session only looks.
wait_for_load()
{
	local deadline=$(($(date +%s) + load_seconds)) state line last=""

	if [ "$after" = 0 ]; then
		step "Waiting for pg_cron's next minute, then for the worker"
	else
		step "Waiting for the worker"
	fi
	while :; do
		state=$(psql -XAtq -F ' ' -c "
			SELECT count(*) FILTER (WHERE ok), count(*) FILTER (WHERE NOT ok AND bad)
			FROM (SELECT p.name, coalesce(bool_or(r.state = 'succeeded'), false) AS ok,
					coalesce(bool_or(r.state = 'failed'), false) AS bad
				FROM elt.pipelines p LEFT JOIN elt.runs r ON r.pipeline = p.name AND r.run_id > $after GROUP BY 1) s") || return 1
		line=$(progress_line)
		if [ "$line" != "$last" ]; then
			printf '%s  %s\n' "$(date +%T)" "$line"
			last=$line
		fi
		[ "${state% *}" -lt 6 ] || return 0
		if [ "${state#* }" -gt 0 ]; then
			psql -Xq -x -c "SELECT pipeline, sqlstate, error, detail, hint FROM elt.runs WHERE state = 'failed'"
			fail "a pipeline failed; the server's log is $home/log"
		fi
		if [ "$(date +%s)" -gt $deadline ]; then
			psql -Xq -c 'SELECT run_id, pipeline, state, slices_landed, error FROM elt.runs' -c 'SELECT * FROM elt.progress'
			fail "not loaded after $load_seconds s; the server's log is $home/log"
		fi
		sleep 1
	done
}

progress_line()
{
	psql -XAtq -c "
		SELECT coalesce(string_agg(format('%s: %s', p.name, CASE
			WHEN r.run_id IS NULL THEN 'waiting'
			WHEN g.run_id IS NOT NULL THEN format('%s of %s slices, %s rows', g.slices_done, coalesce(g.slices_total::text, '?'), g.rows)
			WHEN r.state = 'succeeded' THEN format('done, %s rows new', r.rows_inserted)
			ELSE r.state END), '   ' ORDER BY p.name), 'no pipeline')
		FROM elt.pipelines p
		LEFT JOIN LATERAL (SELECT * FROM elt.runs r WHERE r.pipeline = p.name
			AND r.run_id > $after ORDER BY r.run_id LIMIT 1) r ON true
		LEFT JOIN elt.progress g ON g.run_id = r.run_id"
}

show_answers()
{
	step "What landed"
	table -c "SELECT pipeline, state, requests, slices_landed AS slices, rows_read AS read, rows_inserted AS new,
			rows_updated AS changed, rows_unchanged AS same, rows_quarantined AS refused, rows_dropped AS dropped,
			round(extract(epoch FROM duration)::numeric, 1) AS seconds
		FROM elt.runs ORDER BY run_id DESC LIMIT 12"
	table -v ON_ERROR_STOP=1 -f "$example/05_analyses.sql" || fail "docs/examples/energy/05_analyses.sql failed"
}

table()
{
	PGOPTIONS='-c client_min_messages=warning' psql -Xq -P pager=off -P footer=off -P linestyle=unicode -P border=2 -P null=- "$@"
}

show_connection()
{
	step "Have a look yourself"
	cat <<-END
		  psql postgresql://postgres:$(cat "$home/password")@127.0.0.1:$PGPORT/energy

		  SELECT * FROM elt.pipelines;                 what is declared, and how far it has come
		  SELECT * FROM elt.runs;                      pg_cron goes on: later runs find nothing new
		  SELECT * FROM mart.daily_price_analysis;     the star schema and its analyses are in schema mart

		  CREATE DATABASE mine;                        and CREATE EXTENSION pg_elt there: room for the steps of README.md

		The server's log is $home/log. 'make demo-stop' removes everything.
	END
}
