# The kinds of tests: which there are, and how each runs. Sourced. A job is what runs beside other
# jobs; most kinds are one job with a server of its own, kinds whose tests bring their own servers
# are one job per test.

# See run_pool for the order.
all_kinds="regress fuzz sanitize example unit docs lint pgtap replay isolation tap"

list_jobs()
{
	local kind f kinds=$all_kinds

	[ -z "$ELT_ONLY" ] || kinds=${ELT_ONLY//,/ }
	for kind in $kinds; do
		case $kind in
			tap) for f in test/t/*.pl; do job_for tap "$f" .pl; done ;;
			unit) for f in test/unit/*/run.sh; do job_for unit "$(dirname "$f")"; done ;;
			peers) job_for peers test/peers ;;
			fuzz | bench) for f in test/$kind/*/run.sh test/$kind/run.sh; do [ ! -f "$f" ] || job_for $kind "$(dirname "$f")"; done ;;
			sanitize) [ -n "$ELT_SANITIZE" ] || echo sanitize ;;
			regress | pgtap | isolation | replay | example | lint | docs) echo "$kind" ;;
			*) echo "test/run: unknown kind $kind" >&2 ;;
		esac
	done
}

# job_for KIND PATH [SUFFIX]
job_for()
{
	local name

	name=$(basename "$2" "${3:-}")
	[ -e "$2" ] && wanted "$name" && echo "$1:$name"
}

run_job()
{
	case $1 in
		*:*) "job_${1%%:*}" "${1#*:}" ;;
		*) "job_$1" ;;
	esac
}

# names_of GLOB SUFFIX: the tests of a folder that were asked for.
names_of()
{
	local f name

	for f in $1; do
		[ -e "$f" ] || continue
		name=$(basename "$f" "$2")
		wanted "$name" && echo "$name"
	done
}

# record_no_start KIND NAME FILE: a failed test that says what the file says.
record_no_start()
{
	record "$1" "$2" sh -c "echo 'not ok 1 - server started'; sed 's/^/# /' '$3'; echo 1..1"
}

# with_server KIND FUNCTION: starts server and replay, calls, looks at the server's log, stops.
with_server()
{
	local kind=$1 function=$2

	if ! { start_server "$kind" "elt_$kind" && start_replay "$kind"; } >"$ELT_WORK/run/$kind.start" 2>&1; then
		record_no_start "$kind" server "$ELT_WORK/run/$kind.start"
		stop_server >/dev/null 2>&1
		return
	fi
	"$function"
	stop_replay
	stop_server >/dev/null 2>&1
	[ -n "$ELT_KEEP" ] || rm -rf "$server_dir/data"
	record "$kind" server_log awk -f "$lib/server_log.awk" "$server_log"
}

job_regress()
{
	[ -z "$(names_of 'sql/*.sql' .sql)" ] || with_server regress each_regress
}

each_regress()
{
	local name

	for name in $(names_of 'sql/*.sql' .sql); do
		record regress "$name" bash "$lib/pg_regress.sh" pg_regress "$name" "$PWD"
	done
}

# Of the regression tests those that decode, stage, check and merge every kind of value, against a
# library built with the sanitizers. `test/run --sanitize` runs every test so.
sanitized_tests="check check_native decode_faults merge source"

job_sanitize()
{
	sanitized_names=""
	for name in $sanitized_tests; do
		! wanted "$name" || sanitized_names+=" $name"
	done
	[ -n "$sanitized_names" ] || return 0
	if ! build_sanitized; then
		record sanitize build sh -c "echo 'not ok 1 - built with the sanitizers'; echo 1..1"
		return
	fi
	sanitize_servers sanitize
	with_server sanitize each_sanitized
	record_reports sanitize sanitize "$ELT_WORK/run/sanitize"
}

each_sanitized()
{
	local name

	for name in $sanitized_names; do
		record sanitize "$name" bash "$lib/pg_regress.sh" pg_regress "$name" "$PWD"
	done
}

job_isolation()
{
	[ -z "$(names_of 'test/isolation/specs/*.spec' .spec)" ] || with_server isolation each_isolation
}

each_isolation()
{
	local name

	for name in $(names_of 'test/isolation/specs/*.spec' .spec); do
		record isolation "$name" bash "$lib/pg_regress.sh" pg_isolation_regress "$name" "$PWD/test/isolation"
	done
}

job_pgtap()
{
	[ -z "$(names_of 'test/pgtap/*.sql' .sql)" ] || with_server pgtap each_pgtap
}

each_pgtap()
{
	local name

	psql -Xqc 'CREATE EXTENSION pgtap'
	for name in $(names_of 'test/pgtap/*.sql' .sql); do
		record pgtap "$name" psql -XqAt -P pager=off -v ON_ERROR_STOP=1 -v ON_ERROR_ROLLBACK=1 -f "test/pgtap/$name.sql"
	done
}

job_tap()
{
	local pgxs dir=$ELT_WORK/tap/$1

	pgxs=$(dirname "$("$PG_CONFIG" --pgxs)")/../..
	mkdir -p "$dir"
	if ! { template_with_extensions && { ! asks_replay "test/t/$1.pl" || start_replay "tap.$1"; }; } >"$dir/start" 2>&1; then
		record_no_start tap "$1" "$dir/start"
		return
	fi
	record tap "$1" env PATH="$PWD/test/lib/bin:$PATH" TESTDIR="$dir" TESTLOGDIR="$dir/log" TESTDATADIR="$dir/data" \
		TEMP_CONFIG="$path_conf" PG_TEST_PORT_DIR="$ELT_WORK/ports" \
		PG_REGRESS="$pgxs/src/test/regress/pg_regress" PG_TEST_INITDB_EXTRA_OPTS= \
		perl -I"$pgxs/src/test/perl" -Itest/lib "test/t/$1.pl"
	stop_replay
	stop_servers_below "$dir"
	[ -n "$ELT_KEEP" ] || find "$dir" -maxdepth 3 -name pgdata -prune -exec rm -rf {} +
}

# Whether a test, or a module of ours that it uses, knows the replay server.
asks_replay()
{
	grep -q ELT_REPLAY "$1" $(sed -n 's|^use \(Elt[A-Za-z]*\)[ ;].*|test/lib/\1.pm|p' "$1")
}

job_unit()
{
	record unit "$1" bash "test/unit/$1/run.sh"
}

job_fuzz()
{
	local dir=test/fuzz/$1

	[ "$1" != fuzz ] || dir=test/fuzz
	record fuzz "$1" bash "$dir/run.sh"
}

job_bench()
{
	local dir=test/bench/$1

	[ "$1" != bench ] || dir=test/bench
	record bench "$1" bash "$dir/run.sh"
}

# The table is what it is for, so it is printed whatever passes.
job_peers()
{
	record peers "$1" bash test/peers/run.sh
	sed -n 's/^# //p' "$ELT_WORK/out/peers/$1.tap"
}

job_replay()
{
	[ ! -e test/replay/test_replay.py ] || ! wanted replay ||
		record replay replay python3 "$lib/unittest_tap.py" test/replay/test_replay.py
}

job_example()
{
	local f

	for f in test/example/*; do
		[ -f "$f" ] && [ -x "$f" ] && wanted "$(basename "$f")" && break
		f=""
	done
	[ -z "$f" ] || with_server example each_example
}

each_example()
{
	local f name

	for f in test/example/*; do
		name=$(basename "${f%.*}")
		[ -f "$f" ] && [ -x "$f" ] && wanted "$name" || continue
		record example "$name" "$PWD/$f"
	done
}

job_docs()
{
	[ ! -x test/docs/run.sh ] || with_server docs each_doc
}

each_doc()
{
	record docs docs test/docs/run.sh
}

job_lint()
{
	local f

	for f in test/lint/*.sh; do
		[ -e "$f" ] && wanted "$(basename "$f" .sh)" && record lint "$(basename "$f" .sh)" bash "$f"
	done
}
