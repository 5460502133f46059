# Recording results and counting them. Sourced.
#
# A result is out/KIND/NAME.tap (what the test printed, in TAP) with NAME.count beside it: passed,
# failed, skipped, seconds. Every line on the screen is one write, so that jobs do not mix.

# A test that hangs may not eat the time of the others, yet one is slow on a busy machine; the whole
# session has 14 minutes.
test_seconds=480
session_seconds=840

say()
{
	printf '%s\n' "$*"
}

# How long a test may take: for some tests that somebody runs there is no limit but patience.
seconds_left()
{
	local left=$((session_seconds - ($(date +%s) - ELT_STARTED)))

	if [ -n "$ELT_SOAK$ELT_COVERAGE$ELT_SANITIZE" ] || [ "${ELT_ONLY:-}" = bench ] || [ "${ELT_ONLY:-}" = peers ]; then
		echo 14400
	elif [ -n "${ELT_ONLY:-}${ELT_NAMES// /}" ]; then
		echo 1800
	elif [ $left -lt 1 ]; then
		echo 1
	elif [ $left -gt $test_seconds ]; then
		echo $test_seconds
	else
		echo $left
	fi
}

# wanted NAME: true when --test was not given or one of its words is part of NAME.
wanted()
{
	local word

	[ -n "${ELT_NAMES// /}" ] || return 0
	for word in $ELT_NAMES; do
		[[ $1 == *"$word"* ]] && return 0
	done
	return 1
}

# record KIND NAME COMMAND...: runs a command that prints TAP, keeps and counts what it printed.
record()
{
	local kind=$1 name=$2 base=$ELT_WORK/out/$1/$2 t0 t1 status passed failed skipped
	shift 2

	mkdir -p "$(dirname "$base")"
	t0=$(date +%s%N)
	timeout -k 10 "$(seconds_left)" "$@" >"$base.tap" 2>&1 </dev/null &
	current=$!
	wait $current
	status=$?
	current=""
	t1=$(date +%s%N)
	awk -v status=$status -f "$lib/tap.awk" "$base.tap" >"$base.sum"
	read -r passed failed skipped <"$base.sum"
	printf '%s %s %s %s\n' "$passed" "$failed" "$skipped" "$(((t1 - t0) / 1000000))" >"$base.count"
	print_result "$kind" "$name" "$base" "$passed" "$failed" "$skipped" "$(((t1 - t0) / 1000000))"
}

print_result()
{
	local verdict=ok tests="" text

	[ "$6" = 0 ] || [ "$4" != 0 ] || verdict=skip
	[ "$5" = 0 ] || verdict=FAIL
	[ $(($4 + $5 + $6)) = 1 ] || tests="$(($4 + $5 + $6)) tests"
	text=$(printf '%-4s %-36s %7d.%d s  %s' $verdict "$1/$2" $(($7 / 1000)) $(($7 % 1000 / 100)) "$tests")
	if [ $verdict = skip ]; then
		text+=$(grep -m1 -oi '# *skip.*' "$3.tap" | cut -c1-100)
	fi
	if [ $verdict = FAIL ]; then
		text+=$'\n'$(tail -n +2 "$3.sum")$'\n'$(failure_text "$3.tap")
	fi
	printf '%s\n' "$text"
}

# A short output whole; of a long one the failed lines with what follows each, and the end.
failure_text()
{
	if [ "$(wc -l <"$1")" -le 120 ]; then
		sed 's/^/    /' "$1"
	else
		grep -A12 '^not ok' "$1" | head -n 150 | sed 's/^/    /'
		echo "    ... the last lines:"
		tail -n 30 "$1" | sed 's/^/    /'
	fi
}

# A job that is told to end ends what it runs, for which timeout passes the signal on.
interruptible_job()
{
	current=""
	trap - EXIT
	trap '[ -z "$current" ] || kill -TERM "$current" && wait "$current"; exit 143' TERM
	run_job "$1"
}

# run_pool N JOB...: at most N jobs at a time; a job is KIND or KIND:NAME. One slot takes them from the
# front of the list, where they compute, the others from its end, where they wait for much of their time.
run_pool()
{
	local slots=$1 running=0 from_front="" pid
	shift
	local jobs=("$@")

	while [ ${#jobs[@]} -gt 0 ]; do
		if [ $running -ge "$slots" ]; then
			wait -n -p pid
			running=$((running - 1))
			[ "${pid-}" != "$from_front" ] || from_front=""
		fi
		if [ -z "$from_front" ]; then
			interruptible_job "${jobs[0]}" &
			from_front=$!
			jobs=("${jobs[@]:1}")
		else
			interruptible_job "${jobs[-1]}" &
			unset 'jobs[-1]'
		fi
		running=$((running + 1))
	done
	wait
}

# One line per kind, then the line that everything ends with.
summary()
{
	local f kind p fl s ms passed=0 failed=0 skipped=0 text

	say ""
	for kind in $(ls "$ELT_WORK/out"); do
		cat "$ELT_WORK/out/$kind"/*.count |
			awk -v kind="$kind" '{ p += $1; f += $2; s += $3; ms += $4 }
				END { printf "%-10s %5d passed %3d failed %3d skipped %7.1f s\n", kind, p, f, s, ms / 1000 }'
	done
	for f in "$ELT_WORK"/out/*/*.count; do
		read -r p fl s ms <"$f" || continue
		passed=$((passed + p)) failed=$((failed + fl)) skipped=$((skipped + s))
		[ "$fl" = 0 ] || { f=${f#"$ELT_WORK"/out/}; say "failed: ${f%.count}"; }
	done
	say "$(($(date +%s) - ELT_STARTED)) s in all"
	text="$passed passed, $failed failed"
	[ $skipped = 0 ] || text+=", $skipped skipped"
	say "$text"
	[ $failed = 0 ] && [ $passed -gt 0 ]
}

coverage_report()
{
	local total

	lcov -q -c -d src --no-external -o "$ELT_WORK/coverage.info" >"$ELT_WORK/lcov.log" 2>&1 &&
		genhtml -q -p "$PWD" -o coverage "$ELT_WORK/coverage.info" >>"$ELT_WORK/lcov.log" 2>&1
	if [ -e coverage/index.html ]; then
		total=$(lcov --summary "$ELT_WORK/coverage.info" 2>&1 | sed -n 's/^ *lines\.*: *//p')
		say "line coverage: $total (coverage/index.html)"
	else
		say "no coverage report:"
		tail -n 5 "$ELT_WORK/lcov.log"
	fi
}
