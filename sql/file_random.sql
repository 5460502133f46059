-- Random sequences of what happens to files, against a model: every version once, nothing twice, nothing half.
SET client_min_messages = warning;
SET statement_timeout = '3000s';
CREATE SCHEMA file_random;
SET search_path = file_random;
SELECT current_setting('data_directory') || '/elt_file_random' AS root \gset
CREATE FUNCTION shell(commands text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'cat >/dev/null; ' || replace(commands, 'ROOT', current_setting('data_directory') || '/elt_file_random'));
END $$;
SELECT shell('mkdir ROOT');
CREATE SERVER random_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE src (id int, file text OPTIONS (lineage 'file')) SERVER random_files OPTIONS (glob '*/*.csv', settle '0');
SELECT elt.create_pipeline('random_files', 'file_random.src', 'file_random.target', strategy => 'replace', options => '{"replace_by": ["file"]}');
-- So many files are known that a run does not read the ledger of all.
INSERT INTO elt_catalog.file (pipeline_id, name, state) SELECT p.id, format('former/f%s.csv', n), 'gone' FROM elt_catalog.pipeline p, generate_series(1, 2000) AS n WHERE p.name = 'random_files';

-- Each sequence has a folder of its own, and one run takes a round of all of them. What is there, and what has been read of
-- it: a stamp for each version, which is the time of the file.
CREATE TABLE model (sequence int, name text PRIMARY KEY, content int[], stamp int, there boolean, landed int[] NOT NULL DEFAULT '{}', read int);
CREATE INDEX ON model (sequence);
CREATE TABLE command (round int, sequence int, n int GENERATED ALWAYS AS IDENTITY, line text);
CREATE SEQUENCE stamps START 1000000000;
CREATE SEQUENCE ids;
CREATE FUNCTION name_of(sequence int, n int) RETURNS text LANGUAGE sql AS $$ SELECT format('s%s/f%s.csv', sequence, n) $$;

-- The version of a file, as the command that writes it.
CREATE FUNCTION put(file text, sequence int, lines int[], stamp int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO model (sequence, name, content, stamp, there) VALUES (sequence, file, lines, stamp, true)
	ON CONFLICT (name) DO UPDATE SET content = excluded.content, stamp = excluded.stamp, there = true;
	RETURN format('write %s %s %s', file, stamp, array_to_string(lines, ' '));
END $$;
CREATE FUNCTION event(seq int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file model;
	unused text := (SELECT name_of(seq, n) FROM generate_series(1, 6) AS n
		WHERE NOT EXISTS (SELECT FROM model m WHERE m.name = name_of(seq, n) AND m.there) ORDER BY random() LIMIT 1);
	what int := random() * 7;
	stamp int := nextval('stamps');
BEGIN
	SELECT * INTO file FROM model m WHERE m.sequence = seq AND m.there ORDER BY random() LIMIT 1;
	IF file IS NULL OR what = 0 AND unused IS NOT NULL THEN		-- new
		RETURN put(coalesce(unused, name_of(seq, 1)), seq, ARRAY(SELECT nextval('ids')::int FROM generate_series(1, (random() * 4)::int)), stamp);
	ELSIF what = 1 THEN				-- grown
		RETURN put(file.name, seq, file.content || nextval('ids')::int, stamp);
	ELSIF what = 2 THEN				-- corrected
		RETURN put(file.name, seq, ARRAY(SELECT CASE WHEN random() < 0.5 THEN id ELSE nextval('ids')::int END FROM unnest(file.content) AS id), stamp);
	ELSIF what = 3 THEN				-- shortened
		RETURN put(file.name, seq, trim_array(file.content, least(1, cardinality(file.content))), stamp);
	ELSIF what = 4 AND unused IS NOT NULL THEN	-- renamed
		PERFORM put(unused, seq, file.content, file.stamp);
		UPDATE model SET there = false WHERE name = file.name;
		RETURN format('move %s %s', file.name, unused);
	ELSIF what = 5 THEN				-- deleted
		UPDATE model SET there = false WHERE name = file.name;
		RETURN format('remove %s', file.name);
	ELSIF what = 6 THEN				-- moved away and back, as it was
		RETURN format('touch %s', file.name);
	END IF;
	-- what was deleted or renamed comes back as it was
	SELECT * INTO file FROM model m WHERE m.sequence = seq AND NOT m.there AND m.read IS NOT NULL ORDER BY random() LIMIT 1;
	RETURN CASE WHEN file IS NOT NULL THEN put(file.name, seq, file.content, file.stamp) END;
END $$;
CREATE FUNCTION differences() RETURNS TABLE (sequence int, difference text) LANGUAGE sql AS $$
	SELECT m.sequence, format('rows of %s: %s, not %s', name, t.ids, m.landed) FROM model m
	FULL JOIN (SELECT file AS name, array_agg(id ORDER BY id) AS ids FROM target GROUP BY 1) t USING (name)
	WHERE coalesce(t.ids, '{}') <> coalesce(ARRAY(SELECT unnest(m.landed) ORDER BY 1), '{}')
	UNION ALL SELECT m.sequence, format('state of %s: %s', name, f.state) FROM model m
	FULL JOIN (SELECT name, state FROM elt.files WHERE pipeline = 'random_files' AND name !~ '^former') f USING (name)
	WHERE f.state IS DISTINCT FROM CASE WHEN m.there THEN 'landed' WHEN m.read IS NOT NULL THEN 'gone' END $$;
CREATE FUNCTION do_commands(of_round int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT line FROM file_random.command WHERE round = %s ORDER BY n) TO PROGRAM %L', of_round, format('python3 -c %L', format($py$
import os, sys
os.chdir("%s")
def write(name, stamp, *ids):
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "w") as out:
        print("id", *ids, sep=chr(10), file=out)
    os.utime(name, (int(stamp), int(stamp)))
def touch(name):
    os.rename(name, "away")
    os.rename("away", name)
for line in sys.stdin:
    what, *args = line.split()
    dict(write=write, move=os.rename, remove=os.remove, touch=touch)[what](*args)
$py$, current_setting('data_directory') || '/elt_file_random')));
END $$;
CREATE PROCEDURE play(sequences int, rounds int) LANGUAGE plpgsql AS $$
DECLARE
	expected int; opened int; failed record;
BEGIN
	FOR this_round IN 1 .. rounds LOOP
		INSERT INTO command (round, sequence, line)
		SELECT this_round, seq, event(seq) FROM generate_series(1, sequences) AS seq, LATERAL generate_series(1, 1 + (random() * 3)::int + 0 * seq) AS n;
		DELETE FROM command WHERE line IS NULL;
		PERFORM do_commands(this_round);
		SELECT count(*) INTO expected FROM model WHERE there AND stamp IS DISTINCT FROM read;
		UPDATE model SET landed = content, read = stamp WHERE there;
		COMMIT;
		CALL elt.run('random_files');
		SELECT requests INTO opened FROM elt.runs WHERE pipeline = 'random_files' ORDER BY run_id DESC LIMIT 1;
		IF opened <> expected THEN
			RAISE WARNING 'round %: % files opened, not %', this_round, opened, expected;
		END IF;
		FOR failed IN SELECT d.*, (SELECT string_agg(line, E'\n' ORDER BY n) FROM command c WHERE c.sequence = d.sequence) AS lines FROM differences() AS d LIMIT 5 LOOP
			RAISE WARNING E'round %: %\n%', this_round, failed.difference, failed.lines;
		END LOOP;
	END LOOP;
END $$;
\getenv soak ELT_SOAK
\if :{?soak}
\else
\set soak ''
\endif
\getenv seed ELT_SEED
\if :{?seed}
\else
\set seed 0.15
\endif
SELECT CASE WHEN :'soak' = '' THEN 200 ELSE 2000 END AS sequences, setseed(:seed) \gset
\set ECHO none
CALL play(:sequences, 6);
\set ECHO all
SELECT count(*) AS runs, count(DISTINCT state) AS states, sum(requests) > 1000 AS opened FROM elt.runs WHERE pipeline = 'random_files';
SELECT count(DISTINCT sequence) = :sequences AS sequences, count(*) > 1000 AS events FROM command;
-- Rounds are compared by digests where these are left.
CALL elt.run('random_files');
SELECT count(*) AS digests FROM elt_catalog.file_digest d JOIN elt_catalog.pipeline p ON p.id = d.pipeline_id WHERE p.name = 'random_files';
SELECT shell('rm -r ROOT');
SET client_min_messages = error;
SELECT elt.drop_pipeline('random_files');
DROP SERVER random_files CASCADE;
DROP SCHEMA file_random CASCADE;
