# Cancel, errors in between, leaks.

# timed LIMIT-MS NAME SQL EXPECTED: also fails when it takes longer
timed()
{
	local limit=$1 begun=${EPOCHREALTIME/./} got took

	got=$(sql "$3")
	took=$(((${EPOCHREALTIME/./} - begun) / 1000))
	if [ "$took" -gt "$limit" ]; then
		got="$got (after $took ms)"
	fi
	report "$got" "$4" "$2"
}

cancelled='ERROR:  canceling statement due to statement timeout'
timed 1500 "statement_timeout ends a hang" \
	"SET statement_timeout = 300; SELECT get_pages(ARRAY[:'api' || '/echo?fault={\"hang\":true}'])" "$cancelled"
timed 1500 "and 50 hangs" \
	"SET statement_timeout = 300; SELECT get_pages(ARRAY(SELECT :'api' || '/echo?fault={\"hang\":true}' FROM generate_series(1, 50)))" "$cancelled"
timed 1500 "and a name server that hangs" \
	"SET statement_timeout = 300; SELECT get_pages(ARRAY['http://slow.test/'])" "$cancelled"
timed 1500 "and a connection that hangs in TLS" \
	"SET statement_timeout = 300; SELECT get_pages(ARRAY[replace(:'raw', 'http:', 'https:') || '/hang'])" "$cancelled"

# in_background SQL: runs it, waits until it hangs in the server, prints its pid; its output goes to $work/background
in_background()
{
	local deadline=$((SECONDS + 120)) pid=""

	sql "$1" >"$work/background" &
	background=$!
	until [ -n "$pid" ] || [ $SECONDS -ge $deadline ]; do
		pid=$(sql "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%in_background%' AND wait_event_type = 'Extension'")
	done
	hanging=$pid
}

in_background "SELECT 'in_background', get_pages(ARRAY[:'api' || '/echo?fault={\"hang\":true}'])"
is "a waiting backend shows that it waits, and for what" \
	"SELECT wait_event_type, state, backend_xmin IS NOT NULL FROM pg_stat_activity WHERE pid = $hanging" "Extension|active|t"
cpu()
{
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}
before=$(cpu "$hanging")
sleep 1
after=$(cpu "$hanging")
report "$((after - before <= 1))" 1 "waiting takes no processor time"
begun=${EPOCHREALTIME/./}
sql "SELECT pg_cancel_backend($hanging)" >/dev/null
wait "$background"
took=$(((${EPOCHREALTIME/./} - begun) / 1000))
report "$((took < 1000)) $(cat "$work/background")" "1 ERROR:  canceling statement due to user request" "pg_cancel_backend ends it within a second"
in_background "SELECT 'in_background', get_pages(ARRAY['http://slow.test/'])"
begun=${EPOCHREALTIME/./}
sql "SELECT pg_terminate_backend($hanging)" >/dev/null
wait "$background"
took=$(((${EPOCHREALTIME/./} - begun) / 1000))
report "$((took < 1000)) $(head -n 1 "$work/background")" "1 FATAL:  terminating connection due to administrator command" "pg_terminate_backend too"

# An error while pages are in memory, in files, arriving and queued.
cat >"$work/leak.sql" <<END
CREATE FUNCTION break_off(api text) RETURNS void LANGUAGE plpgsql SET statement_timeout = 0 AS \$\$
BEGIN
	PERFORM get_pages(ARRAY[api || '/script/big', api || '/script/biggz', api || '/echo', api || '/script/big?fault', 'http://127.0.0.1:1/']
		|| ARRAY(SELECT api || '/echo?fault={"hang":true}' FROM generate_series(1, 70)), 1048576, total_timeout_ms => 60000);
END \$\$;
END
psql -Xq -f "$work/leak.sql"
is "an error mid-wait leaks no descriptor, no memory and no file" \
	"$(cat <<'END'
CREATE FUNCTION one_round(api text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM break_off(api);
	RETURN 'no error';
EXCEPTION WHEN query_canceled THEN
	RETURN 'cancelled';
END $$;
SET statement_timeout = 400;
SELECT one_round(:'api');
SELECT one_round(:'api');
SET statement_timeout = 0;
SELECT open_files() AS f, context_bytes() AS m, resident_kb() AS r \gset
SET statement_timeout = 400;
SELECT one_round(:'api');
SELECT one_round(:'api');
SELECT one_round(:'api');
SELECT one_round(:'api');
SELECT one_round(:'api');
SET statement_timeout = 0;
SELECT open_files() - :f AS files, context_bytes() - :m < 100000 AS contexts, resident_kb() - :r < 4000 AS resident, temporary_files();
DROP FUNCTION one_round;
END
)" $'cancelled\ncancelled\ncancelled\ncancelled\ncancelled\ncancelled\ncancelled\n0|t|t|0'

is "a resolver thread that was left behind takes its descriptor along when it ends" \
	"$(cat <<'END'
\set ON_ERROR_STOP 0
CREATE PROCEDURE wait_for_files(wanted bigint) LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..100 LOOP
		EXIT WHEN open_files() <= wanted;
		PERFORM pg_sleep(0.05);
	END LOOP;
END $$;
SET statement_timeout = 300;
SELECT get_pages(ARRAY['http://late.test:1/']);
SET statement_timeout = 0;
CALL wait_for_files(0);
SELECT open_files() AS f \gset
SET statement_timeout = 300;
SELECT get_pages(ARRAY['http://late.test:1/']);
SET statement_timeout = 0;
CALL wait_for_files(:f);
SELECT open_files() - :f;
END
)" "$cancelled"$'\n'"$cancelled"$'\n0'

many=1000
[ -z "${ELT_SOAK:-}" ] || many=100000
is "$many requests leave descriptors and memory as they were" \
	"SELECT fetch_many(:'api' || '/echo', 100, 20);
	 SELECT open_files() AS f, context_bytes() AS m, resident_kb() AS r \gset
	 SELECT fetch_many(:'api' || '/echo', $many, 20);
	 SELECT open_files() - :f AS files, context_bytes() - :m < 100000 AS contexts, resident_kb() - :r < 2000 AS resident" \
	$'100\n'"$many"$'\n0|t|t'
is "so do $((many / 10)) sessions" \
	"SELECT sum(fetch_many(:'api' || '/echo', 1, 1)) FROM generate_series(1, 20);
	 SELECT open_files() AS f, context_bytes() AS m, resident_kb() AS r \gset
	 SELECT sum(fetch_many(:'api' || '/echo', 1, 1)) FROM generate_series(1, $((many / 10)));
	 SELECT open_files() - :f AS files, context_bytes() - :m < 100000 AS contexts, resident_kb() - :r < 2000 AS resident" \
	$'20\n'"$((many / 10))"$'\n0|t|t'
is "memory stays bounded while a large body comes" \
	"SELECT count(*) FROM get_pages(ARRAY[:'api' || '/echo']);
	 SELECT resident_kb() AS r \gset
	 SELECT failure FROM get_pages(ARRAY[:'raw' || '/bomb'], 1048576, max_bytes => 200000000);
	 SELECT resident_kb() - :r < 40000" \
	$'1\ntoo_large\nt'
is "nothing has crashed or complained" \
	"SELECT count(*) FROM regexp_matches(pg_read_file('$work/server.log'), '(PANIC|WARNING|terminated by signal|TRAP)', 'g')" "0"
