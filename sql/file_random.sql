-- Random sequences of what happens to files, against a model: every version once, nothing twice, nothing half.
SET client_min_messages = warning;
SET statement_timeout = '3000s';
CREATE SCHEMA file_random;
SET search_path = file_random;
SELECT current_setting('data_directory') || '/elt_file_random' AS root \gset
CREATE FUNCTION shell(commands text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', format('cat >/dev/null; mkdir -p %1$s/elt_file_random && cd %1$s/elt_file_random; %2$s',
		current_setting('data_directory'), commands));
END $$;
SELECT shell('true');
CREATE SERVER random_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE src (id int, file text OPTIONS (lineage 'file')) SERVER random_files OPTIONS (glob '*.csv', settle '0');
SELECT elt.create_pipeline('random_files', 'file_random.src', 'file_random.target', strategy => 'replace', options => '{"replace_by": ["file"]}');

-- What is there, and what has been read of it: a stamp for each version, which is the time of the file.
CREATE TABLE model (name text PRIMARY KEY, content int[], stamp int, there boolean, landed int[] NOT NULL DEFAULT '{}', read int);
CREATE SEQUENCE stamps START 1000000000;
CREATE SEQUENCE ids;

CREATE FUNCTION write(file text, lines int[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	now int := nextval('stamps');
BEGIN
	INSERT INTO model (name, content, stamp, there) VALUES (file, lines, now, true)
	ON CONFLICT (name) DO UPDATE SET content = lines, stamp = now, there = true;
	RETURN format('(echo id%s) >%s; touch -d @%s %2$s; ', (SELECT coalesce(string_agg('; echo ' || l, ''), '') FROM unnest(lines) AS l), file, now);
END $$;
-- One event, as commands of the shell.
CREATE FUNCTION event() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file model;
	unused text := (SELECT 'f' || n || '.csv' FROM generate_series(1, 6) AS n WHERE NOT EXISTS (SELECT FROM model WHERE name = 'f' || n || '.csv' AND there) ORDER BY random() LIMIT 1);
	what int := random() * 7;
BEGIN
	SELECT * INTO file FROM model WHERE there ORDER BY random() LIMIT 1;
	IF file IS NULL OR what = 0 AND unused IS NOT NULL THEN
		RETURN write(coalesce(unused, 'f1.csv'), ARRAY(SELECT nextval('ids')::int FROM generate_series(1, (random() * 4)::int)));
	ELSIF what = 1 THEN				-- grown
		RETURN write(file.name, file.content || nextval('ids')::int);
	ELSIF what = 2 THEN				-- corrected
		RETURN write(file.name, ARRAY(SELECT CASE WHEN random() < 0.5 THEN id ELSE nextval('ids')::int END FROM unnest(file.content) AS id));
	ELSIF what = 3 THEN				-- shortened
		RETURN write(file.name, trim_array(file.content, least(1, cardinality(file.content))));
	ELSIF what = 4 AND unused IS NOT NULL THEN	-- renamed
		INSERT INTO model (name, content, stamp, there) VALUES (unused, file.content, file.stamp, true)
		ON CONFLICT (name) DO UPDATE SET content = file.content, stamp = file.stamp, there = true;
		UPDATE model SET there = false WHERE name = file.name;
		RETURN format('mv %s %s; ', file.name, unused);
	ELSIF what = 5 THEN				-- deleted
		UPDATE model SET there = false WHERE name = file.name;
		RETURN format('rm %s; ', file.name);
	ELSIF what = 6 THEN				-- moved away and back, as it was
		RETURN format('mv %1$s away; mv away %1$s; ', file.name);
	END IF;
	SELECT * INTO file FROM model WHERE NOT there AND read IS NOT NULL ORDER BY random() LIMIT 1;
	IF file IS NULL THEN
		RETURN '';
	END IF;
	-- what was deleted or renamed comes back as it was
	UPDATE model SET there = true WHERE name = file.name;
	RETURN format('(echo id%s) >%s; touch -d @%s %2$s; ', (SELECT coalesce(string_agg('; echo ' || l, ''), '') FROM unnest(file.content) AS l), file.name, file.stamp);
END $$;
CREATE FUNCTION differences() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('rows of %s: %s, not %s', name, t.ids, m.landed) FROM model m
	FULL JOIN (SELECT file AS name, array_agg(id ORDER BY id) AS ids FROM target GROUP BY 1) t USING (name)
	WHERE coalesce(t.ids, '{}') <> coalesce(ARRAY(SELECT unnest(m.landed) ORDER BY 1), '{}')
	UNION ALL SELECT format('state of %s: %s', name, f.state) FROM model m
	FULL JOIN (SELECT name, state FROM elt.files WHERE pipeline = 'random_files') f USING (name)
	WHERE f.state IS DISTINCT FROM CASE WHEN m.there THEN 'landed' WHEN m.read IS NOT NULL THEN 'gone' END $$;
CREATE PROCEDURE play(sequences int) LANGUAGE plpgsql AS $$
DECLARE
	commands text; expected int; opened int; difference text;
BEGIN
	FOR sequence IN 1 .. sequences LOOP
		PERFORM shell('rm -f *');
		TRUNCATE target, model;
		PERFORM elt.reset_pipeline('random_files');
		FOR round IN 1 .. 2 LOOP
			commands := '';
			FOR n IN 1 .. 1 + (random() * 3)::int LOOP
				commands := commands || event();
			END LOOP;
			PERFORM shell(commands);
			SELECT count(*) INTO expected FROM model WHERE there AND stamp IS DISTINCT FROM read;
			UPDATE model SET landed = content, read = stamp WHERE there;
			COMMIT;
			CALL elt.run('random_files');
			SELECT requests INTO opened FROM elt.runs WHERE pipeline = 'random_files' ORDER BY run_id DESC LIMIT 1;
			IF opened <> expected THEN
				RAISE WARNING 'sequence %, round %: % files opened, not %: %', sequence, round, opened, expected, commands;
			END IF;
			FOR difference IN SELECT differences() LOOP
				RAISE WARNING 'sequence %, round %: %: %', sequence, round, difference, commands;
			END LOOP;
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
CALL play(:sequences);
\set ECHO all
SELECT count(*) >= 400 AS runs, count(DISTINCT state) AS states, sum(requests) > 200 AS opened FROM elt.runs WHERE pipeline = 'random_files';
SELECT shell('rm -rf ../elt_file_random');
SET client_min_messages = error;
SELECT elt.drop_pipeline('random_files');
DROP SERVER random_files CASCADE;
DROP SCHEMA file_random CASCADE;
