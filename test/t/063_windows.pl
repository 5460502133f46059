# Random slices, resent, changed, emptied, failed and in any order: each window of the target ends as
# what was loaded for it last, computed by itself; appended rows are the first of their keys. What
# comes again writes nothing. ELT_SEED repeats a run, ELT_TRIALS says how many.
use strict;
use warnings;
use Test::More;
use EltNode;

my $seed = $ENV{ELT_SEED} // ($ENV{ELT_SOAK} ? time() : 20240229);
my $trials = $ENV{ELT_TRIALS} // ($ENV{ELT_SOAK} ? 500 : 20);
diag("seed $seed (ELT_SEED=$seed repeats it), $trials trials of each kind");

my $node = start_node('windows', extension => 1, conf => "autovacuum = off\nfsync = off\nsynchronous_commit = off\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };

$sql->(q{
	SET client_min_messages = warning;
	CREATE SERVER api FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:1', allow_private 'true');
	CREATE FOREIGN TABLE source (area text OPTIONS (param 'area'), at timestamptz, item int, price numeric, note text, doc json)
		SERVER api OPTIONS (query 'area={area}&day={window_start}', window '1 day', window_column 'at');
	SELECT elt.create_pipeline('bag', 'source', 'bag', strategy => 'replace_window', start_at => '2024-01-01', params => '{"area": ["x"]}');
	SELECT elt.create_pipeline('parts', 'source', 'parts', strategy => 'replace_window', start_at => '2024-01-01', params => '{"area": ["x"]}',
		partition_by => 'at', partition_interval => '1 day');
	SELECT elt.create_pipeline('keyed', 'source', 'keyed', '{item,at,area}', strategy => 'replace_window', start_at => '2024-01-01', params => '{"area": ["x"]}');
	SELECT elt.create_pipeline('moving', 'source', 'moving', '{item}', strategy => 'replace_window', start_at => '2024-01-01', params => '{"area": ["x"]}');
	SELECT elt.create_pipeline('added', 'source', 'added', '{item,at,area}', strategy => 'append', start_at => '2024-01-01', params => '{"area": ["x"]}');

	SELECT format('CREATE TABLE parts_%s PARTITION OF parts FOR VALUES FROM (%L) TO (%L)', n, timestamptz '2023-12-31' + n * interval '1 day',
		timestamptz '2024-01-01' + n * interval '1 day') FROM generate_series(0, 7) n \\gexec

	-- Of the batch at hand, and what each slice was when it landed last
	CREATE TABLE slice (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, area text, day timestamptz, status text);
	CREATE TABLE sent (ord int GENERATED ALWAYS AS IDENTITY, n int, area text, at timestamptz, item int, price numeric, note text, doc json);
	CREATE TABLE latest (LIKE sent, day timestamptz);
	-- Rows of the key's own history: the last of each, or the first
	CREATE TABLE must (area text, at timestamptz, item int, price numeric, note text, doc json);
	CREATE TABLE theirs (LIKE must);
	INSERT INTO theirs VALUES ('z', '2024-01-02', 100, 1, 'another area', NULL), (NULL, '2024-01-02', 101, 1, 'no area', NULL),
		('x', '2023-12-31 23:59:59.999999+00', 102, 1, 'before', NULL), ('x', '2024-01-07', 103, 1, 'after', NULL);
	CREATE TABLE failure (kind text, trial int, what text);

	CREATE FUNCTION draw() RETURNS void LANGUAGE plpgsql AS $f$
	BEGIN
		TRUNCATE slice, sent RESTART IDENTITY;
		INSERT INTO slice (area, day, status)
		SELECT a, d, CASE WHEN random() < 0.1 THEN 'failed' WHEN random() < 0.1 THEN 'not_yet' WHEN random() < 0.15 THEN 'empty' ELSE 'landed' END
		FROM unnest('{x,y,it''s}'::text[]) a, generate_series(timestamptz '2024-01-01', '2024-01-06', '1 day') d
		WHERE random() < 0.4 ORDER BY random();
		-- The last answer again, without some rows and with some twice; or another one
		INSERT INTO sent (n, area, at, item, price, note, doc)
		SELECT s.n, l.area, l.at, l.item, l.price, l.note, l.doc
		FROM slice s JOIN latest l USING (area, day), generate_series(1, (1 + (random() < 0.1)::int - (random() < 0.15)::int))
		WHERE s.status = 'landed' AND s.n % 2 = 0 ORDER BY random();
		INSERT INTO sent (n, area, at, item, price, note, doc)
		SELECT s.n, s.area, s.day + floor(random() * 3) * interval '8 hours' - CASE WHEN random() < 0.1 THEN interval '0' ELSE interval '-1 microsecond' END,
			nullif(floor(random() * 6)::int, 5), (ARRAY[1, 1.0, 2, NULL])[1 + floor(random() * 4)::int],
			(ARRAY['a', '', NULL])[1 + floor(random() * 3)::int], (ARRAY['{"a":1}', '{"a": 1}', NULL])[1 + floor(random() * 3)::int]::json
		FROM slice s, generate_series(1, (random() * 5)::int)
		WHERE s.status = 'landed' AND (s.n % 2 = 1 OR random() < 0.1) ORDER BY random();
		DELETE FROM latest l USING slice s WHERE l.area = s.area AND l.day = s.day AND s.status IN ('landed', 'empty');
		INSERT INTO latest SELECT l.*, s.day FROM sent l JOIN slice s USING (n);
	END
	$f$;

	CREATE FUNCTION stage(kind text) RETURNS bigint LANGUAGE plpgsql AS $f$
	DECLARE
		id int := (SELECT p.id FROM elt_catalog.pipeline p WHERE name = kind);
		run bigint;
	BEGIN
		EXECUTE format('TRUNCATE elt_staging.%I', kind);
		INSERT INTO elt_catalog.run (pipeline_id, kind, state, requested_by)
		VALUES (id, 'pull', 'running', current_user::regrole) RETURNING elt_catalog.run.id INTO run;
		EXECUTE format('INSERT INTO elt_staging.%I SELECT area, at, item, price, note, doc, %s, now() + n * interval ''1 microsecond'' FROM sent ORDER BY ord', kind, run);
		DELETE FROM elt_catalog.staged_slice WHERE pipeline_id = id;
		DELETE FROM elt_catalog.staged_batch WHERE pipeline_id = id;
		INSERT INTO elt_catalog.staged_slice (pipeline_id, params, window_start, window_end, state, complete, attempts, tried_at, requests, loaded_at, rows, rejected, bytes)
		SELECT id, jsonb_build_object('area', area), day, day + interval '1 day', status, true, 1, now(), 1,
			CASE status WHEN 'landed' THEN now() + n * interval '1 microsecond' END, (SELECT count(*) FROM sent l WHERE l.n = s.n), 0, 0 FROM slice s;
		INSERT INTO elt_catalog.staged_batch (pipeline_id, run_id, batch, definition_version, complete) VALUES (id, run, 1, 1, true);
		RETURN (SELECT count(*) FROM sent);
	END
	$f$;

	-- One row after the other
	CREATE FUNCTION replay(kind text) RETURNS void LANGUAGE plpgsql AS $f$
	DECLARE
		l sent;
	BEGIN
		IF kind = 'added' THEN
			FOR l IN SELECT * FROM sent WHERE item IS NOT NULL ORDER BY ord LOOP
				IF NOT EXISTS (SELECT FROM must m WHERE m.item = l.item AND m.at = l.at AND m.area = l.area) THEN
					INSERT INTO must VALUES (l.area, l.at, l.item, l.price, l.note, l.doc);
				END IF;
			END LOOP;
		ELSIF kind = 'moving' THEN
			DELETE FROM must m USING slice s WHERE m.area = s.area AND m.at >= s.day AND m.at < s.day + interval '1 day' AND s.status IN ('landed', 'empty');
			FOR l IN SELECT * FROM sent WHERE item IS NOT NULL ORDER BY ord LOOP
				DELETE FROM must m WHERE m.item = l.item;
				INSERT INTO must VALUES (l.area, l.at, l.item, l.price, l.note, l.doc);
			END LOOP;
		ELSE
			TRUNCATE must;
			INSERT INTO must SELECT area, at, item, price, note, doc FROM latest;
			IF kind = 'keyed' THEN
				TRUNCATE must;
				INSERT INTO must SELECT DISTINCT ON (item, at, area) area, at, item, price, note, doc FROM latest WHERE item IS NOT NULL ORDER BY item, at, area, ord DESC;
			END IF;
		END IF;
	END
	$f$;

	CREATE FUNCTION differs(kind text) RETURNS boolean LANGUAGE plpgsql AS $f$
	DECLARE
		found boolean;
	BEGIN
		EXECUTE format($q$
			WITH stored AS (SELECT area, at, item, price, note, doc::text FROM %I),
				must AS (SELECT area, at, item, price, note, doc::text FROM must UNION ALL SELECT area, at, item, price, note, doc::text FROM theirs WHERE %2$L NOT IN ('keyed', 'added') OR area IS NOT NULL)
			SELECT EXISTS ((TABLE stored EXCEPT ALL TABLE must) UNION ALL (TABLE must EXCEPT ALL TABLE stored))$q$, kind, kind) INTO found;
		RETURN found;
	END
	$f$;

	CREATE FUNCTION state(kind text, OUT size bigint, OUT versions numeric) LANGUAGE plpgsql AS $f$
	BEGIN
		EXECUTE format('SELECT count(*), coalesce(sum(hashtextextended(tableoid::text || xmin::text || ctid::text, 0)), 0) FROM %I', kind) INTO size, versions;
	END
	$f$;

	CREATE PROCEDURE trial(kind text, trial int) LANGUAGE plpgsql AS $p$
	DECLARE
		n bigint;
		r record;
		before record;
		after record;
	BEGIN
		EXECUTE format('TRUNCATE %I, latest, must', kind);
		EXECUTE format('INSERT INTO %I SELECT area, at, item, price, note, doc FROM theirs WHERE %L NOT IN (''keyed'', ''added'') OR area IS NOT NULL', kind, kind);
		FOR i IN 1 .. 2 + floor(random() * 5)::int LOOP
			PERFORM draw();
			PERFORM replay(kind);
			n := stage(kind);
			before := state(kind);
			SELECT * INTO r FROM elt.merge(kind);
			after := state(kind);
			IF r.rows_read <> n OR n <> r.rows_inserted + r.rows_updated + r.rows_unchanged + r.rows_duplicate + r.rows_quarantined THEN
				INSERT INTO failure VALUES (kind, trial, 'counts');
			END IF;
			IF after.size - before.size <> r.rows_inserted - r.rows_removed THEN
				INSERT INTO failure VALUES (kind, trial, 'size');
			END IF;
			IF differs(kind) THEN
				INSERT INTO failure VALUES (kind, trial, 'rows');
			END IF;
		END LOOP;
		-- The last batch again
		PERFORM stage(kind);
		SELECT * INTO r FROM elt.merge(kind);
		IF r.rows_inserted + r.rows_updated + r.rows_removed > 0 OR state(kind) IS DISTINCT FROM after THEN
			INSERT INTO failure VALUES (kind, trial, 'resend');
		END IF;
		IF random() < 0.3 AND kind <> 'added' THEN
			CALL astray(kind, trial, after);
		END IF;
	END
	$p$;

	-- A row beside the window of its slice, wherever it lies, refuses the batch.
	CREATE PROCEDURE astray(kind text, trial int, before record) LANGUAGE plpgsql AS $p$
	BEGIN
		INSERT INTO sent (n, area, at, item) SELECT s.n, s.area, s.day + (ARRAY['1 day', '-1 microsecond', '3 days'])[1 + floor(random() * 3)::int]::interval, 1
		FROM slice s WHERE status = 'landed' LIMIT 1;
		IF NOT FOUND THEN
			RETURN;
		END IF;
		PERFORM stage(kind);
		BEGIN
			PERFORM elt.merge(kind);
			INSERT INTO failure VALUES (kind, trial, 'landed astray');
		EXCEPTION WHEN data_exception THEN
			IF state(kind) IS DISTINCT FROM before THEN
				INSERT INTO failure VALUES (kind, trial, 'refused and written');
			END IF;
		END;
	END
	$p$;
});

for my $kind (qw(bag parts keyed moving added))
{
	$sql->(sprintf q{SET client_min_messages = warning; SELECT setseed(%s);
		DO $$ BEGIN FOR t IN 1 .. %d LOOP CALL trial('%s', t); COMMIT; END LOOP; END $$},
		($seed % 100003) / 100003, $trials, $kind);
	is($sql->("SELECT string_agg(what || ' in ' || trial, ', ' ORDER BY trial) FROM failure WHERE kind = '$kind'"), '',
		"$kind: $trials trials end as their oracle says, in rows, counts and resends (seed $seed)");
}
is($sql->(q{SELECT string_agg(pipeline, ',' ORDER BY pipeline) FROM (SELECT pipeline FROM elt.runs WHERE pipeline <> 'added' GROUP BY 1
	HAVING sum(rows_removed) > 0 AND sum(rows_unchanged) > 0 AND sum(rows_inserted) > 0) x}), 'bag,keyed,moving,parts', 'every kind of row came');
is($sql->(q{SELECT string_agg(pipeline, ',' ORDER BY pipeline) FROM (SELECT pipeline FROM elt.runs GROUP BY 1
	HAVING sum(rows_duplicate) > 0 AND sum(rows_quarantined) > 0) x}), 'added,keyed,moving', 'duplicates and rows without a key where there is one');
cmp_ok($sql->("SELECT sum(rows_updated) FROM elt.runs WHERE pipeline IN ('keyed', 'moving')"), '>', 0, 'updates of a key');

$node->stop;
done_testing();
