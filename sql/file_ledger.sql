-- The ledger of files: every file exactly once, whatever happens to it.
SET timezone = 'UTC';
SET statement_timeout = '60s';
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA ledger_test;
SET search_path = ledger_test;

SELECT current_setting('data_directory') || '/elt_ledger_test' AS root \gset
CREATE FUNCTION in_root(command text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; mkdir -p %1$s/elt_ledger_test; cd %1$s/elt_ledger_test; %2$s',
		current_setting('data_directory'), command));
END $$;
CREATE FUNCTION says(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	message text; detail text; hint text; state text;
BEGIN
	EXECUTE statement;
	RETURN 'nothing';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT, state = RETURNED_SQLSTATE;
	RETURN replace(concat_ws(E'\n', state || ': ' || message, nullif(detail, ''), nullif(hint, '')),
		current_setting('data_directory'), '...');
END $$;
-- Files of a pipeline, and what its last run did: how many files it listed, wanted and opened.
CREATE FUNCTION ledger(pipeline text) RETURNS TABLE (name text, state text, rows bigint, rejects bigint, line bigint, error text)
LANGUAGE sql AS $$
	SELECT f.name, f.state, f.rows, f.rejects, f.first_error_line, replace(f.first_error, current_setting('data_directory'), '...')
	FROM elt.files f WHERE f.pipeline = $1 ORDER BY f.name COLLATE "C" $$;
CREATE VIEW last_run AS
SELECT DISTINCT ON (r.pipeline) r.pipeline, r.state, s.rows_in AS listed, s.rows_out AS due, r.requests AS opened, r.slices_landed AS landed,
	r.slices_unchanged AS unchanged, r.slices_failed AS failed, r.rows_inserted AS inserted, r.rows_removed AS removed
FROM elt.runs r JOIN elt.steps s ON s.run_id = r.run_id AND s.step = 'list' ORDER BY r.pipeline, r.run_id DESC;

SELECT in_root('echo id,v >a.csv; echo 1,a >>a.csv; (echo id,v; echo 2,b) >b.csv');
CREATE SERVER ledger_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE src (id int, v text, file text OPTIONS (lineage 'file'))
	SERVER ledger_files OPTIONS (glob '*.csv', settle '0');

-- New files land once. What is known and unchanged is not opened: it could not be.
SELECT elt.create_pipeline('ledger', 'ledger_test.src', 'ledger_test.landed', options => '{"strategy": "append"}');
CALL elt.run('ledger');
SELECT * FROM ledger('ledger');
SELECT checksum, size, run_id = (SELECT max(run_id) FROM elt.runs) AS run,
	landed_at IS NOT NULL AS landed FROM elt.files WHERE pipeline = 'ledger' AND name = 'a.csv';
SELECT in_root('(echo id,v; echo 3,c) >c.csv; chmod 0 a.csv b.csv');
CALL elt.run('ledger');
TABLE last_run;
CALL elt.run('ledger');
TABLE last_run;
SELECT id, v, file FROM landed ORDER BY id;
SELECT * FROM ledger('ledger');

-- Bad lines, a bad file and an empty one; a rejected file is not opened again before it changes.
SELECT in_root('(echo id,v; echo x,1; echo 4,d; echo y,2) >d.csv; echo wrong >e.csv; : >f.csv; (echo id,v; head -c 100 /dev/zero) >g.csv');
CALL elt.run('ledger');
TABLE last_run;
SELECT * FROM ledger('ledger');
SELECT in_root('chmod 0 d.csv e.csv f.csv g.csv');
CALL elt.run('ledger');
TABLE last_run;
SELECT message, statement FROM elt.health WHERE pipeline = 'ledger' AND subject = 'files';
SELECT in_root('chmod 644 *.csv; (echo v,id; echo e,5) >e.csv');
CALL elt.run('ledger');
TABLE last_run;
-- Under another definition those that were rejected are tried again.
ALTER FOREIGN TABLE src OPTIONS (ADD encoding 'LATIN1');
CALL elt.run('ledger');
TABLE last_run;
SELECT in_root('rm g.csv');

-- What is not a file, is elsewhere, or cannot be read
SELECT in_root('mkfifo pipe.csv; mkdir dir.csv; ln -s /etc/passwd out.csv; ln -s nothing.csv broken.csv; ln -s a.csv link.csv; cp a.csv closed.csv; chmod 0 closed.csv; cp a.csv "$(printf "n\\351.csv")"; cp b.csv B.csv');
CALL elt.run('ledger');
TABLE last_run;
SELECT * FROM ledger('ledger') WHERE state <> 'landed' OR name IN ('B.csv', 'link.csv');
CALL elt.run('ledger');
TABLE last_run;
SELECT in_root('rm pipe.csv out.csv broken.csv link.csv n*.csv B.csv; chmod 644 closed.csv');
CALL elt.run('ledger');
TABLE last_run;
SELECT * FROM ledger('ledger') WHERE state <> 'landed';
SELECT id, v, file FROM landed ORDER BY id, file COLLATE "C";

-- A file that comes back is what it was; one that has changed since it landed fails, touched or not by its checksum.
SELECT in_root('mv a.csv a.away; touch -d 2020-01-01 b.csv; (echo id,v; echo 3,C) >c.csv');
CALL elt.run('ledger');
TABLE last_run;
SELECT * FROM ledger('ledger') WHERE name IN ('a.csv', 'b.csv', 'c.csv');
SELECT in_root('mv a.away a.csv');
CALL elt.run('ledger');
TABLE last_run;
SELECT error FROM elt.slices WHERE pipeline = 'ledger' AND params ->> 'file' = 'c.csv';
-- The file as it was is no change.
SELECT in_root('(echo id,v; echo 3,c) >c.csv');
CALL elt.run('ledger');
TABLE last_run;
SELECT in_root('(echo id,v; echo 3,C) >c.csv');
ALTER FOREIGN TABLE src OPTIONS (ADD on_change 'ignore');
CALL elt.run('ledger');
TABLE last_run;
SELECT * FROM ledger('ledger') WHERE name IN ('a.csv', 'c.csv');

-- Functions
SELECT says($$SELECT elt.reload_file('ledger', 'c.csv')$$);
DELETE FROM landed WHERE file = 'c.csv';
SELECT elt.reload_file('ledger', 'c.csv');
SELECT * FROM ledger('ledger') WHERE name = 'c.csv';
CALL elt.run('ledger');
TABLE last_run;
SELECT id, v FROM landed WHERE file = 'c.csv';
SELECT says($$SELECT elt.forget_file('ledger', 'a.csv')$$);
DELETE FROM landed WHERE file = 'a.csv';
SELECT elt.forget_file('ledger', 'a.csv');
SELECT says($$SELECT elt.forget_file('ledger', 'a.csv')$$), says($$SELECT elt.reload_file('ledger', 'none.csv')$$);
CALL elt.run('ledger');
TABLE last_run;
SELECT count(*), count(DISTINCT file) FROM landed;
-- The ledger commits with the rows: what was not merged is not known.
SELECT in_root('(echo id,v; echo 100,h) >h.csv');
CALL elt.pull('ledger');
SELECT state FROM elt.files WHERE pipeline = 'ledger' AND name = 'h.csv';
BEGIN;
SELECT rows_inserted FROM elt.merge('ledger');
SELECT state FROM elt.files WHERE pipeline = 'ledger' AND name = 'h.csv';
ROLLBACK;
SELECT state FROM elt.files WHERE pipeline = 'ledger' AND name = 'h.csv';
SELECT rows_inserted FROM elt.merge('ledger');
SELECT state FROM elt.files WHERE pipeline = 'ledger' AND name = 'h.csv';
SELECT says($$SELECT elt.reset_pipeline('ledger')$$);
-- An emptied target does not make files new, which is told.
CREATE TABLE kept AS TABLE landed;
TRUNCATE landed;
SET client_min_messages = notice;
\set VERBOSITY default
CALL elt.run('ledger');
\set VERBOSITY terse
SELECT detail, hint FROM elt.runs WHERE pipeline = 'ledger' ORDER BY run_id DESC LIMIT 1;
INSERT INTO landed TABLE kept;
CALL elt.run('ledger');
SET client_min_messages = warning;
TRUNCATE landed;
SELECT elt.reset_pipeline('ledger') > 0 AS reset;
SELECT count(*) FROM elt.files WHERE pipeline = 'ledger';
ALTER FOREIGN TABLE src OPTIONS (DROP on_change);
CALL elt.run('ledger');
TABLE last_run;
SELECT elt.drop_pipeline('ledger');

-- A corrected file replaces its rows, where the name of the file is what is replaced by.
SELECT in_root('rm -rf *; (echo id,v; echo 1,a; echo 2,b; echo 3,c) >a.csv; (echo id,v; echo 1,x) >b.csv');
CREATE FOREIGN TABLE by_key (id int, v text) SERVER ledger_files OPTIONS (glob '*.csv', settle '0', on_change 'reload');
SELECT says($$SELECT elt.create_pipeline('reloaded', 'ledger_test.by_key', 'ledger_test.reloaded', '{id}')$$);
CREATE FOREIGN TABLE nameless (id int, v text) SERVER ledger_files OPTIONS (glob 'b.csv', settle '0');
SELECT elt.create_pipeline('nameless', 'ledger_test.nameless', 'ledger_test.nameless_rows', strategy => 'append');
CALL elt.run('nameless');
SELECT says($$SELECT elt.reload_file('nameless', 'b.csv')$$);
SELECT elt.drop_pipeline('nameless');
SELECT elt.create_pipeline('reloaded', 'ledger_test.src', 'ledger_test.reloaded', strategy => 'replace', options => '{"replace_by": ["file"]}');
CALL elt.run('reloaded');
SELECT in_root('(echo id,v; echo 1,a; echo 3,C; echo 4,d) >a.csv; (echo id,v; echo 1,y) >c.csv');
CALL elt.run('reloaded');
TABLE last_run;
SELECT in_root('(echo id,v) >b.csv; rm c.csv; echo wrong >a.csv');
CALL elt.run('reloaded');
TABLE last_run;
SELECT id, v, file FROM reloaded ORDER BY file, id;
SELECT * FROM ledger('reloaded');
-- A full load opens every file.
SELECT elt.create_pipeline('whole', 'ledger_test.src', 'ledger_test.whole', '{id,file}', options => '{"load": "full"}');
SELECT in_root('rm a.csv; (echo id,v; echo 1,x) >b.csv');
CALL elt.run('whole');
CALL elt.run('whole');
TABLE last_run;
SELECT * FROM ledger('whole');
SELECT elt.drop_pipeline(p) FROM unnest('{reloaded,whole}'::text[]) p;
-- Merged again, what it lacks stays; without a key that would be twice.
ALTER FOREIGN TABLE src OPTIONS (ADD on_change 'merge');
SELECT says($$SELECT elt.create_pipeline('merged', 'ledger_test.src', 'ledger_test.merged', strategy => 'append')$$);
SELECT elt.create_pipeline('merged', 'ledger_test.src', 'ledger_test.merged', '{id}');
CALL elt.run('merged');
SELECT in_root('(echo id,v; echo 2,z) >b.csv');
CALL elt.run('merged');
SELECT id, v FROM merged ORDER BY id;
SELECT elt.drop_pipeline('merged');

-- With many files, digests tell which of them are as the ledger knows them.
SELECT in_root('rm *; seq 2500 | split -l 1 -a 4 --additional-suffix .csv - f');
CREATE FOREIGN TABLE numbers (id int, file text OPTIONS (lineage 'file')) SERVER ledger_files OPTIONS (glob '*.csv', settle '0', header 'false', on_change 'ignore');
SELECT elt.create_pipeline('many', 'ledger_test.numbers', 'ledger_test.many', strategy => 'append');
CREATE FUNCTION digests() RETURNS bigint LANGUAGE sql AS
$$ SELECT count(*) FROM elt_catalog.file_digest d JOIN elt_catalog.pipeline p ON p.id = d.pipeline_id WHERE p.name = 'many' $$;
CALL elt.run('many');
SELECT digests();
CALL elt.run('many');
SELECT digests(), * FROM last_run;
-- What is new, has changed, has gone and is back, and what a command changes, is looked at again.
SELECT in_root('echo 3000 >new.csv; echo 4000 >faaaa.csv; mv faaab.csv ../elt_ledger_away; touch faaac.csv');
DELETE FROM many WHERE file IN ('faaad.csv', 'faaae.csv');
SELECT elt.forget_file('many', 'faaad.csv'), elt.reload_file('many', 'faaae.csv');
CALL elt.run('many');
SELECT digests() < 1024 AS fewer, * FROM last_run;
SELECT name, state FROM ledger('many') WHERE state <> 'landed';
SELECT in_root('mv ../elt_ledger_away faaab.csv');
CALL elt.run('many');
SELECT digests(), * FROM last_run;
SELECT name, state FROM ledger('many') WHERE state <> 'landed';
SELECT count(*), count(DISTINCT file), sum(id) FROM many;
-- A restore brings none, and what a run lacks it makes.
DELETE FROM elt_catalog.file_digest;
CALL elt.run('many');
SELECT digests(), * FROM last_run;
SELECT elt.drop_pipeline('many');
SELECT in_root('find . -name "f*" -delete');

-- What may not be complete
SELECT in_root('rm *; echo id,v >a.csv; echo 1,a >>a.csv; cp a.csv b.csv; touch -d "1 hour ago" a.csv');
ALTER FOREIGN TABLE src OPTIONS (SET settle '500ms', SET on_change 'fail');
SELECT elt.create_pipeline('settling', 'ledger_test.src', 'ledger_test.settled', strategy => 'append');
SET client_min_messages = notice;
SELECT in_root('touch b.csv');
CALL elt.run('settling');
-- The clock of who writes may be ahead: then it is for us as old as we have seen it.
SELECT in_root('cp a.csv c.csv; touch -d "1 hour" c.csv');
CALL elt.run('settling');
ALTER FOREIGN TABLE src OPTIONS (SET settle '1h');
SELECT in_root('cp a.csv d.csv');
CALL elt.wait(elt.enqueue('settling'));
SELECT name, state FROM ledger('settling');
SELECT detail FROM elt.runs WHERE pipeline = 'settling' ORDER BY run_id DESC LIMIT 1;
SET client_min_messages = warning;
ALTER FOREIGN TABLE src OPTIONS (DROP settle, ADD done_file '{name}.done', SET glob '*.csv*');
SELECT in_root('cp a.csv e.csv; : >d.csv.done');
CALL elt.run('settling');
SELECT name, state FROM ledger('settling');
SELECT in_root(': >e.csv.done; rm d.csv.done');
CALL elt.run('settling');
SELECT name, state FROM ledger('settling');
TABLE last_run;
SELECT elt.drop_pipeline('settling');

-- In which order, and how many at a time
SELECT in_root('rm *; for i in 1 2 3 4 5; do (echo id,v; echo $i,a) >f$i.csv; touch -d "$((9 - i)) days ago" f$i.csv; done');
ALTER FOREIGN TABLE src OPTIONS (DROP done_file, ADD settle '0', ADD "order" 'modified', ADD max_files '2');
SELECT elt.create_pipeline('some', 'ledger_test.src', 'ledger_test.few', strategy => 'append');
CALL elt.run('some');
SELECT name, state FROM ledger('some');
ALTER FOREIGN TABLE src OPTIONS (SET "order" 'name', DROP max_files, ADD max_bytes '15B');
CALL elt.run('some');
SELECT name, state FROM ledger('some');
ALTER FOREIGN TABLE src OPTIONS (DROP max_bytes);
CALL elt.run('some');
SELECT string_agg(v || id, ' ' ORDER BY _loaded_at) FROM few;
SELECT elt.drop_pipeline('some');
SELECT says(format('ALTER FOREIGN TABLE src OPTIONS (ADD %s)', o)) FROM unnest(ARRAY[$$done_file 'x.done'$$, $$done_file '../{name}'$$,
	$$max_files '0'$$, $$max_bytes 'x'$$]) o;
SELECT says(format('ALTER FOREIGN TABLE src OPTIONS (SET %s)', o)) FROM unnest(ARRAY[$$settle '-1s'$$, $$on_change 'replace'$$, $$"order" 'size'$$]) o;

-- A file of which too much is bad is rejected whole.
SELECT in_root('rm -rf *; (echo id,v; seq 9; echo x,1) | sed "s/^[0-9]$/&,a/" >a.csv; (echo id,v; seq 9; echo x,1; echo y,1) | sed "s/^[0-9]$/&,b/" >b.csv');
ALTER FOREIGN TABLE src OPTIONS (ADD reject_file '10%', ADD on_reject 'move', ADD rejected_to 'bad', ADD after_load 'move', ADD loaded_to 'done', SET glob '**/*.csv');
ALTER FOREIGN TABLE src ADD COLUMN bytes int OPTIONS (lineage 'size'), ADD COLUMN changed timestamptz OPTIONS (lineage 'modified');
SELECT elt.create_pipeline('disposing', 'ledger_test.src', 'ledger_test.disposed', strategy => 'append');
CALL elt.run('disposing');
SELECT * FROM ledger('disposing');
SELECT file, count(*), min(bytes) AS bytes, bool_and(changed = (SELECT modified FROM elt.files WHERE pipeline = 'disposing' AND name = 'a.csv')) AS modified FROM disposed GROUP BY 1;
CREATE FUNCTION files_there() RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ledger_test.in_root('find . -type f | sort >../elt_ledger_list');
	RETURN QUERY SELECT regexp_replace(f, '\.[0-9a-f]{16}$', '.CHECKSUM') FROM regexp_split_to_table(trim(E'\n' FROM pg_read_file('elt_ledger_list')), E'\n') AS f;
END $$;
SELECT * FROM files_there();
-- A name that comes again is another file, unless it is the one that was moved; taken names get the checksum.
SELECT in_root('(echo id,v; echo 1,new) >a.csv; mv bad/b.csv b.csv');
CALL elt.run('disposing');
TABLE last_run;
SELECT name, state, rows FROM ledger('disposing');
SELECT * FROM files_there();
-- What could not be moved stays, and is moved by the next run; what a crash has left moved is found gone.
SELECT in_root('(echo id,v; echo 1,c) >c.csv; mkdir -p sub; (echo id,v; echo 1,d) >sub/d.csv; chmod 555 done');
\set VERBOSITY default
CALL elt.run('disposing');
\set VERBOSITY terse
SELECT name, state FROM ledger('disposing') WHERE state <> 'disposed';
SELECT subject, replace(message, current_setting('data_directory'), '...') AS message, statement FROM elt.health WHERE pipeline = 'disposing' ORDER BY 2;
SELECT in_root('chmod 755 done; mv c.csv done/');
CALL elt.run('disposing');
SELECT name, state FROM ledger('disposing') WHERE name ~ '[cd].csv';
SELECT * FROM files_there();
-- A file of two pipelines is moved by the one that lands it last.
SELECT elt.create_pipeline('second', 'ledger_test.src', 'ledger_test.second', strategy => 'append');
SELECT in_root('rm -rf *; (echo id,v; echo 1,e) >e.csv');
CALL elt.run('disposing');
SELECT * FROM files_there();
CALL elt.run('second');
SELECT * FROM files_there();
CALL elt.run('disposing');
SELECT pipeline, name, state FROM elt.files WHERE name = 'e.csv' ORDER BY 1;
SELECT elt.drop_pipeline('second');
ALTER FOREIGN TABLE src OPTIONS (SET after_load 'delete', DROP loaded_to);
SELECT in_root('(echo id,v; echo 1,f) >f.csv');
CALL elt.run('disposing');
SELECT * FROM files_there();
SELECT elt.drop_pipeline('disposing');
-- Who may
SELECT says($$ALTER FOREIGN TABLE src OPTIONS (SET after_load 'move')$$), says($$ALTER FOREIGN TABLE src OPTIONS (ADD loaded_to 'x')$$),
	says($$ALTER FOREIGN TABLE src OPTIONS (SET rejected_to '../x')$$), says($$ALTER FOREIGN TABLE src OPTIONS (SET reject_file '5')$$);
SELECT says($$SELECT elt.create_pipeline('none', 'ledger_test.src', 'ledger_test.none', '{id}', options => '{"load": "full"}')$$);
CREATE ROLE ledger_user;
GRANT ALL ON SCHEMA ledger_test TO ledger_user;
GRANT USAGE ON FOREIGN SERVER ledger_files TO ledger_user;
GRANT elt_admin, pg_read_all_settings TO ledger_user;
GRANT SELECT ON src TO ledger_user;
SET ROLE ledger_user;
SELECT says($$SELECT elt.create_pipeline('theirs', 'ledger_test.src', 'ledger_test.theirs', '{id}')$$);
SELECT says($$CREATE FOREIGN TABLE theirs (id int) SERVER ledger_files OPTIONS (glob '*', after_load 'delete')$$);
RESET ROLE;
DROP OWNED BY ledger_user;
DROP ROLE ledger_user;
SET client_min_messages = error;
SELECT in_root('chmod -R 755 .; rm -rf ../elt_ledger_test ../elt_ledger_list');
DROP SERVER ledger_files CASCADE;
DROP SCHEMA ledger_test CASCADE;
