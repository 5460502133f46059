-- What may be wrong with a file, or happen to it while it is loaded: each has a state and a count, nothing lands twice or in part.
SET timezone = 'UTC';
SET statement_timeout = '60s';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA file_faults;
SET search_path = file_faults;

SELECT current_setting('data_directory') || '/elt_file_faults' AS root \gset
CREATE FUNCTION in_root(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; mkdir -p %1$s/elt_file_faults; cd %1$s/elt_file_faults; %2$s',
		current_setting('data_directory'), command));
END $$;
CREATE FUNCTION ledger(pipeline text) RETURNS TABLE (name text, state text, rows bigint, rejects bigint, error text)
LANGUAGE sql AS $$
	SELECT f.name, f.state, f.rows, f.rejects, replace(f.first_error, current_setting('data_directory'), '...')
	FROM elt.files f WHERE f.pipeline = $1 ORDER BY f.name COLLATE "C" $$;
CREATE VIEW last_run AS
SELECT DISTINCT ON (r.pipeline) r.pipeline, r.state, s.rows_in AS listed, s.rows_out AS due, r.requests AS opened, r.slices_landed AS landed,
	r.slices_failed AS failed, r.rows_inserted AS inserted
FROM elt.runs r JOIN elt.steps s ON s.run_id = r.run_id AND s.step = 'list' ORDER BY r.pipeline, r.run_id DESC;
SELECT in_root('true');
CREATE SERVER faulty FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root', max_file_bytes '100kB');

-- What happens while files are read: the value of a row says it, when it is read.
CREATE FUNCTION happens(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	IF what LIKE 'do %' THEN
		PERFORM file_faults.in_root(substr(what, 4));
	END IF;
	RETURN true;
END $$;
CREATE DOMAIN event AS text CHECK (file_faults.happens(VALUE));
CREATE FOREIGN TABLE events (what event, line int OPTIONS (lineage 'line'), file text OPTIONS (lineage 'file')) SERVER faulty OPTIONS (glob '*.csv', settle '0', delimiter '~', quote '');
SELECT elt.create_pipeline('events', 'file_faults.events', 'file_faults.landed', strategy => 'append');
SELECT in_root($$
write() { (echo what; echo "$2") >$1.csv; }
write grown 'do seq 20000 >>grown.csv'
write shorter 'do echo what >shorter.csv'
write touched 'do touch -d 2030-01-01 touched.csv'
write removed 'do rm removed.csv'
write renamed 'do (echo what; echo b; echo c) >renamed.new; mv renamed.new renamed.csv'
write a_removes_next 'do rm b_vanishes.csv'; write b_vanishes x
write c_makes_fifo 'do rm d_fifo.csv && mkfifo d_fifo.csv'; write d_fifo x
write e_makes_directory 'do rm f_directory.csv && mkdir f_directory.csv'; write f_directory x
write g_makes_link 'do ln -sf /etc/passwd h_link.csv'; write h_link x
write i_closes_next 'do chmod 0 j_closed.csv'; write j_closed x
write k_corrects_next 'do (echo what; echo corrected; echo twice) >l_corrected.csv'; write l_corrected x
$$);
SET client_min_messages = error;
CALL elt.run('events');
SET client_min_messages = warning;
TABLE last_run;
SELECT * FROM ledger('events');
SELECT file, count(*), max(what) FROM landed GROUP BY 1 ORDER BY file COLLATE "C";
-- The next run takes what is there by then, once.
SELECT in_root('rm -r d_fifo.csv f_directory.csv h_link.csv; chmod 644 j_closed.csv; sed -i s/do.*/done/ grown.csv touched.csv');
SET client_min_messages = error;
CALL elt.run('events');
SET client_min_messages = warning;
TABLE last_run;
SELECT name, state, rows FROM ledger('events') WHERE state <> 'landed' OR name IN ('grown.csv', 'shorter.csv', 'touched.csv', 'j_closed.csv', 'l_corrected.csv');
SELECT file, count(*), count(DISTINCT what) FROM landed WHERE file IN ('grown.csv', 'shorter.csv', 'touched.csv', 'renamed.csv') GROUP BY 1 ORDER BY 1;
SELECT elt.drop_pipeline('events');

-- Archives and files of which nothing lands
SELECT in_root($$rm -r *; python3 -c '
import gzip, lzma, zipfile
def archive(name, members):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as out:
        for member, text in members:
            out.writestr(member, text)
good = "id,what\n1,a\n"
whole = gzip.compress(good.encode() * 5000)
open("cut.csv.gz", "wb").write(whole[:len(whole) // 2])
open("gzip_bomb.csv.gz", "wb").write(gzip.compress(good.encode() + b"2,x\n" * 50000))
open("xz_bomb.csv.xz", "wb").write(lzma.compress(good.encode() + b"2,x\n" * 50000, preset=0))
archive("zip_bomb.zip", [("%d.csv" % n, good + "2,x\n" * 10000) for n in range(5)])
archive("outside.zip", [("1.csv", good), ("../2.csv", good)])
archive("good.zip", [("1.csv", good), ("2.csv", good)])
open("empty.csv", "w")
open("Case.csv", "w").write(good)
open("case.csv", "w").write(good)
open(b"\xe9.csv", "w").write(good)
'; mkfifo fifo.csv; mkdir directory.csv; ln -s /etc/passwd link.csv; cp case.csv closed.csv; chmod 0 closed.csv$$);
CREATE FOREIGN TABLE things (id int, what text, file text OPTIONS (lineage 'file'), member text OPTIONS (lineage 'member')) SERVER faulty OPTIONS (glob '*.*', settle '0');
SELECT elt.create_pipeline('first', 'file_faults.things', 'file_faults.first', strategy => 'append');
SELECT elt.create_pipeline('second', 'file_faults.things', 'file_faults.second', strategy => 'append');
SET client_min_messages = error;
CALL elt.run('first');
CALL elt.run('second');
SET client_min_messages = warning;
SELECT name, state, rows, rejects, regexp_replace(left(error, 150), '[0-9]+ bytes of data', 'some bytes of data') AS error FROM ledger('first');
SELECT pipeline, listed, due, opened, landed, failed, inserted FROM last_run WHERE pipeline IN ('first', 'second');
SELECT file, member, count(*) FROM first GROUP BY 1, 2 ORDER BY file COLLATE "C", 2;
-- Two pipelines over one folder have a ledger each.
SELECT count(*) AS files, count(*) FILTER (WHERE a.state = b.state AND a.rows = b.rows) AS same
FROM ledger('first') a JOIN ledger('second') b USING (name);
DELETE FROM first WHERE file = 'case.csv';
SELECT elt.forget_file('first', 'case.csv');
SET client_min_messages = error;
CALL elt.run('first');
CALL elt.run('second');
SET client_min_messages = warning;
SELECT pipeline, listed, due, opened, landed, failed, inserted FROM last_run WHERE pipeline IN ('first', 'second');
SELECT elt.drop_pipeline(p) FROM unnest('{first,second}'::text[]) p;

-- As many columns as a table can take, and a value of 100 MB
SELECT in_root($$chmod -R 755 .; rm -r *; python3 -c '
names = ["c%d" % n for n in range(1, 1501)]
open("wide.csv", "w").write("\n".join((",".join(reversed(names)), ",".join(map(str, range(1500, 0, -1))), ",".join(["-1"] * 1500), ",".join(["x"] * 1500))) + "\n")
with open("huge.csv", "w") as out:
    out.write("id,what\n1,a\n2,")
    for _ in range(100):
        out.write("x" * 1000000)
    out.write("\n3,c\n")
'$$);
DO $$
BEGIN
	EXECUTE (SELECT format('CREATE FOREIGN TABLE wide (%s) SERVER faulty OPTIONS (glob ''wide.csv'', settle ''0'')', string_agg('c' || i || ' int', ', ' ORDER BY i)) FROM generate_series(1, 1500) i);
END $$;
SELECT elt.create_pipeline('wide', 'file_faults.wide', 'file_faults.wide_landed', strategy => 'append');
CALL elt.run('wide');
SELECT c1, c750, c1500 FROM wide_landed ORDER BY 1;
SELECT * FROM ledger('wide');
SELECT elt.drop_pipeline('wide');
ALTER SERVER faulty OPTIONS (SET max_file_bytes '1GB');
CREATE FOREIGN TABLE huge (id int, what text) SERVER faulty OPTIONS (glob 'huge.csv', settle '0');
SELECT elt.create_pipeline('huge', 'file_faults.huge', 'file_faults.huge_landed', strategy => 'append');
CALL elt.run('huge');
SELECT * FROM ledger('huge');
SET elt.record_memory = '150MB';
SELECT elt.reload_file('huge', 'huge.csv');
CALL elt.run('huge');
RESET elt.record_memory;
SELECT id, length(what) FROM huge_landed ORDER BY id;
SELECT * FROM ledger('huge');
SELECT elt.drop_pipeline('huge');

SELECT in_root('rm -r ../elt_file_faults');
SET client_min_messages = error;
DROP SERVER faulty CASCADE;
DROP SCHEMA file_faults CASCADE;
