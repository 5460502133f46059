# Build, stage, and throw-away servers. Sourced; ELT_WORK is the scratch directory.

stage=$ELT_WORK/stage
path_conf=$ELT_WORK/path.conf

# build_and_stage [FLAG...]: flags for the compiler beside those that everybody builds with; lines and
# functions are enough to debug by and take less time. Installs below $stage; path.conf makes a server
# find it there.
build_and_stage()
{
	local log=$ELT_WORK/build.log copt=(COPT="-g1 $*")

	[ -z "$ELT_COVERAGE" ] || copt=(COPT="-O0 --coverage -Wno-cpp $*" LDFLAGS_SL=--coverage)
	[ -z "${ELT_SANITIZE:-}" ] || copt=("${sanitizer_flags[@]}")
	drop_other_objects "${copt[*]}"
	if ! make -s -j"$ELT_JOBS" PG_CONFIG="$PG_CONFIG" "${copt[@]}" >"$log" 2>&1 ||
		! make -s PG_CONFIG="$PG_CONFIG" "${copt[@]}" install DESTDIR="$stage" >>"$log" 2>&1; then
		echo "FAIL build"
		tail -n 60 "$log"
		return 1
	fi
	write_path_conf "$stage" "$path_conf"
}

# Objects that an earlier run built with other flags.
drop_other_objects()
{
	local kept=$ELT_WORK/build.flags

	[ ! -e "$kept" ] || [ "$(cat "$kept")" = "$1" ] || make -s PG_CONFIG="$PG_CONFIG" clean >/dev/null
	echo "$1" >"$kept"
}

# write_path_conf STAGE FILE
write_path_conf()
{
	{
		echo "dynamic_library_path = '$1$("$PG_CONFIG" --pkglibdir):\$libdir'"
		if [ "$ELT_PG" -ge 18 ]; then
			echo "extension_control_path = '$1$("$PG_CONFIG" --sharedir):\$system'"
		else
			echo "extension_destdir = '$1'"
		fi
	} >"$2"
}

# Made once, copied for each server.
template_cluster()
{
	(
		flock 9
		[ -e "$ELT_WORK/template/ready" ] && exit 0
		rm -rf "$ELT_WORK/template"
		initdb -D "$ELT_WORK/template" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync \
			>"$ELT_WORK/initdb.log" 2>&1 || { cat "$ELT_WORK/initdb.log"; exit 1; }
		touch "$ELT_WORK/template/ready"
	) 9>"$ELT_WORK/template.lock"
}

# The same with both extensions in database postgres, for the servers of TAP tests.
template_with_extensions()
{
	(
		flock 9
		[ ! -e "$ELT_WORK/template.extensions" ] || exit 0
		rm -rf "$ELT_WORK/run/template"
		start_server template postgres && stop_server || exit 1
		cp "$ELT_WORK/template/postgresql.conf" "$server_dir/data" && mv -T "$server_dir/data" "$ELT_WORK/template.extensions"
	) 9>"$ELT_WORK/extensions.lock"
}

# start_server NAME DATABASE: preloads pg_cron and pg_elt, both created in DATABASE. It has no TCP
# port; PGHOST (a directory) leads to it. Sets PGHOST, PGDATABASE, PGUSER, server_dir, server_log.
start_server()
{
	server_dir=$ELT_WORK/run/$1
	server_log=$server_dir/log
	mkdir -p "$server_dir"
	template_cluster && cp -r "$ELT_WORK/template" "$server_dir/data" && rm "$server_dir/data/ready" &&
		chmod 700 "$server_dir/data" || return 1
	{
		cat "$path_conf"
		cat <<-END
			listen_addresses = ''
			unix_socket_directories = '$server_dir'
			shared_preload_libraries = 'pg_cron,pg_elt'
			cron.database_name = '$2'
			cron.use_background_workers = on
			elt.maintenance_schedule = ''
			max_worker_processes = 16
			max_connections = 50
			shared_buffers = 32MB
			max_wal_size = 256MB
			fsync = off
			log_line_prefix = '%m [%p] %b %q%a '
			timezone = 'UTC'
		END
		[ "$1" != docs ] || echo "wal_level = logical"
	} >>"$server_dir/data/postgresql.conf"
	export PGHOST=$server_dir PGUSER=postgres PGDATABASE=$2
	if ! pg_ctl -s -w -t 60 -D "$server_dir/data" -l "$server_log" start >&2; then
		tail -n 30 "$server_log"
		return 1
	fi
	{
		[ "$2" = postgres ] || createdb "$2"
		psql -Xqc 'CREATE EXTENSION pg_cron SCHEMA pg_catalog' && psql -Xqc 'CREATE EXTENSION pg_elt'
	} 2>&1
}

stop_server()
{
	pg_ctl -s -w -t 60 -m fast -D "$server_dir/data" stop || pg_ctl -s -w -m immediate -D "$server_dir/data" stop
}

# start_replay NAME: sets ELT_REPLAY (base URL) and ELT_REPLAY_DIR, when there is a replay server.
start_replay()
{
	[ -e test/replay/client.py ] || return 0
	export ELT_REPLAY_DIR=$ELT_WORK/run/$1.replay
	mkdir -p "$ELT_REPLAY_DIR"
	ELT_REPLAY=$(python3 test/replay/client.py start --dir "$ELT_REPLAY_DIR") || return 1
	export ELT_REPLAY
}

stop_replay()
{
	[ -z "${ELT_REPLAY_DIR:-}" ] || python3 test/replay/client.py stop --dir "$ELT_REPLAY_DIR" >/dev/null
	unset ELT_REPLAY ELT_REPLAY_DIR
}

# Whatever a test left running below a directory, known by its pid file.
stop_servers_below()
{
	local f

	find "$1" -name postmaster.pid 2>/dev/null | while read -r f; do
		pg_ctl -s -w -t 20 -m immediate -D "$(dirname "$f")" stop >/dev/null 2>&1
	done
}

stop_replays_below()
{
	local f

	[ -e test/replay/client.py ] || return 0
	find "$1" -name replay.pid 2>/dev/null | while read -r f; do
		python3 test/replay/client.py stop --dir "$(dirname "$f")" >/dev/null 2>&1
	done
}
