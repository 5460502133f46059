# Connections, parallelism, large bodies.

python3 - "$work/replay" "$root" <<'END'
import sys
sys.path.insert(0, sys.argv[2] + "/test/replay")
import client
replay = client.Replay(sys.argv[1])
block = "".join("%07d\n" % number for number in range(655360))
replay.control("script", id="big", responses=[{"body": block}])
replay.control("script", id="biggz", responses=[{"body": block, "gzip": True}])
replay.control("script", id="bigchunk", responses=[{"body": block, "chunked": 10000}])
END
big_md5=$(seq 0 655359 | awk '{printf "%07d\n", $1}' | md5sum | cut -d' ' -f1)

is "one after the other: one connection" \
	"SELECT count(*) FILTER (WHERE NOT reused), count(*) FILTER (WHERE reused)
	 FROM (SELECT (get_pages(ARRAY[:'api' || '/echo'])).reused FROM generate_series(1, 3)) x" \
	"3|0"
is "a session keeps its connection" \
	"SELECT session_submit(:'api' || '/echo'), session_wait(5000);
	 SELECT session_submit(:'api' || '/echo'), session_wait(5000);
	 SELECT reused FROM session_page(0); SELECT reused FROM session_page(1)" \
	$'1|0\n1|1\nf\nt'
is "200 requests, 10 at a time: all whole" "SELECT fetch_many(:'api' || '/echo', 200, 10)" "200"
is "50 in flight really are: each waits 300 ms, all are there within 2 s" \
	"SELECT count(*), count(*) FILTER (WHERE failure = 'none'), count(DISTINCT n), max(total_ms) < 2000
	 FROM get_pages(ARRAY(SELECT :'api' || '/echo?fault={\"delay\":0.3}' FROM generate_series(1, 50)))" \
	"50|50|50|t"
is "more than the limit queue up and all come" \
	"SELECT count(*), count(*) FILTER (WHERE failure = 'none'), count(DISTINCT n)
	 FROM get_pages(ARRAY(SELECT :'api' || '/echo?fault={\"delay\":0.05}' FROM generate_series(1, 200)))" \
	"200|200|200"
is "a 5 MB body stays in memory when it may" \
	"SELECT failure, bytes, spooled, md5 FROM get_pages(ARRAY[:'api' || '/script/big'])" \
	"none|5242880|f|$big_md5"
is "a 5 MB body over page_memory is in a file" \
	"SELECT failure, bytes, spooled, md5 FROM get_pages(ARRAY[:'api' || '/script/big'], 1048576)" \
	"none|5242880|t|$big_md5"
is "so is a chunked one" \
	"SELECT failure, bytes, spooled, md5 FROM get_pages(ARRAY[:'api' || '/script/bigchunk'], 1048576)" \
	"none|5242880|t|$big_md5"
is "so is one that gzip made small" \
	"SELECT failure, bytes, spooled, md5 FROM get_pages(ARRAY[:'api' || '/script/biggz'], 1048576)" \
	"none|5242880|t|$big_md5"
is "page_memory may be tiny" \
	"SELECT failure, bytes, spooled, md5 FROM get_pages(ARRAY[:'api' || '/script/biggz'], 1)" \
	"none|5242880|t|$big_md5"
is "eight of them at a time" \
	"SELECT count(*), min(md5) FROM get_pages(ARRAY(SELECT :'api' || '/script/big' FROM generate_series(1, 8)), 1048576)
	 WHERE spooled AND failure = 'none' AND md5 = '$big_md5'" \
	"8|$big_md5"
is "pages that nobody frees make later ones go to files" \
	"SELECT count(session_submit(:'api' || '/script/big', 8388608)) FROM generate_series(1, 10);
	 SELECT count(session_wait(10000)) FROM generate_series(1, 10);
	 SELECT count(*) FILTER (WHERE spooled) BETWEEN 1 AND 9, count(*) FILTER (WHERE md5 = '$big_md5')
	 FROM generate_series(0, 9) g, session_page(g)" \
	$'10\n10\nt|10'
is "no temporary file stays" "SELECT temporary_files()" "0"
is "a file outlives the transaction that wrote it" \
	"BEGIN; SELECT session_submit(:'api' || '/script/big', 1048576); SELECT session_wait(10000); COMMIT;
	 SELECT spooled, md5 FROM session_page(0); SELECT temporary_files(); SELECT session_close(); SELECT temporary_files()" \
	$'1\n0\nt|'"$big_md5"$'\n1\n\n0'
is "a session may be left alone, with a request in flight, and used again" \
	"SELECT session_submit(:'api' || '/echo?body=late', total_timeout_ms => 1000, stall_timeout_ms => 1000);
	 SELECT session_wait(0); SELECT pg_sleep(2.5); SELECT session_wait(3000); SELECT failure, excerpt FROM session_page(0)" \
	$'1\n\n\n0\nnone|late'
is "what was left alone still times out" \
	"SELECT session_submit(:'api' || '/echo?fault={\"hang\":true}', total_timeout_ms => 1000);
	 SELECT session_wait(0); SELECT pg_sleep(1.5); SELECT session_wait(5000); SELECT failure, total_ms BETWEEN 1500 AND 4500 FROM session_page(0)" \
	$'1\n\n\n0\ntimeout|t'
is "waiting ends at its time limit, with nothing in flight at once" \
	"SELECT session_submit(:'api' || '/echo?fault={\"delay\":0.6}');
	 SELECT session_wait(100) IS NULL; SELECT session_wait(5000); SELECT session_wait(600000) IS NULL" \
	$'1\nt\n0\nt'
