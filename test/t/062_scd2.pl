# Histories of random rows in random batches and any order end as the set of rows says, computed by
# itself; facts that follow the restatements have the key of their version; what comes again writes
# nothing. ELT_SEED repeats a run, ELT_TRIALS says how many.
use strict;
use warnings;
use Test::More;
use EltNode;

my $seed = $ENV{ELT_SEED} // ($ENV{ELT_SOAK} ? time() : 20240229);
my $trials = $ENV{ELT_TRIALS} // ($ENV{ELT_SOAK} ? 2000 : 200);
diag("seed $seed (ELT_SEED=$seed repeats it), $trials histories of each kind");

my $node = start_node('scd2', extension => 1, conf => "autovacuum = off\nfsync = off\nsynchronous_commit = off\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };

$sql->(q{
	SET client_min_messages = warning;
	CREATE SERVER api FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:1', allow_private 'true');
	CREATE FOREIGN TABLE source (b text, a int, at timestamptz, attr text, pos bigint, note text, op text) SERVER api;
	SELECT elt.create_pipeline('closed', 'source', 'closed', '{a,b}', 'scd2', sequence_by => '{at,pos}',
		delete_when => $$op = 'd'$$, track_columns => '{attr}');
	SELECT elt.create_pipeline('marked', 'source', 'marked', '{a,b}', 'scd2', sequence_by => '{at,pos}',
		delete_when => $$op = 'd'$$, track_columns => '{attr}', deletes => 'mark');
	SELECT elt.create_pipeline('ignored', 'source', 'ignored', '{a,b}', 'scd2', sequence_by => '{at,pos}',
		delete_when => $$op = 'd'$$, track_columns => '{attr}', deletes => 'ignore', first_valid_from => '-infinity');

	CREATE TABLE event (b text, a int, at timestamptz, attr text, pos bigint, note text, op text);
	CREATE TABLE plan (LIKE event, batch int);
	CREATE TABLE fact (a int, b text, at timestamptz, sk bigint);
	CREATE TABLE failure (kind text, trial int, what text);

	-- What the set of events says, without a look at the merge: for each key and time the greatest
	-- position; versions begin where the state is not the one before.
	CREATE FUNCTION oracle(kind text) RETURNS TABLE (a int, b text, attr text, note text, valid_from timestamptz, valid_to timestamptz)
	LANGUAGE sql AS $f$
		WITH won AS (
			SELECT DISTINCT ON (e.a, e.b, e.at) e.*, CASE WHEN op = 'd' THEN '-' ELSE coalesce('v' || e.attr, 'n') END AS state
			FROM event e WHERE kind <> 'ignored' OR op <> 'd'
			ORDER BY e.a, e.b, e.at, pos DESC
		), opened AS (
			SELECT w.*, (SELECT p.state FROM won p WHERE p.a = w.a AND p.b = w.b AND p.at < w.at ORDER BY p.at DESC LIMIT 1)
				IS DISTINCT FROM state AS opens
			FROM won w
		), bounded AS (
			SELECT o.*, coalesce((SELECT min(n.at) FROM opened n WHERE n.a = o.a AND n.b = o.b AND n.at > o.at AND n.opens), 'infinity') AS ends,
				NOT EXISTS (SELECT FROM opened n WHERE n.a = o.a AND n.b = o.b AND n.at < o.at) AS is_first
			FROM opened o WHERE o.opens
		)
		SELECT a, b, (SELECT l.attr FROM won l WHERE l.a = o.a AND l.b = o.b AND l.at >= o.at AND l.at < o.ends ORDER BY l.at DESC LIMIT 1), (SELECT l.note FROM won l WHERE l.a = o.a AND l.b = o.b AND l.at >= o.at AND l.at < o.ends ORDER BY l.at DESC LIMIT 1),
			CASE WHEN kind = 'ignored' AND is_first THEN '-infinity' ELSE at END, ends
		FROM bounded o WHERE kind = 'marked' OR op <> 'd'
	$f$;

	CREATE FUNCTION stage(kind text, picked text) RETURNS bigint LANGUAGE plpgsql AS $f$
	DECLARE
		n bigint;
		id int := (SELECT p.id FROM elt_catalog.pipeline p WHERE name = kind);
		run bigint;
	BEGIN
		EXECUTE format('TRUNCATE elt_staging.%I', kind);
		INSERT INTO elt_catalog.run (pipeline_id, kind, state, requested_by)
		VALUES (id, 'pull', 'running', current_user::regrole) RETURNING elt_catalog.run.id INTO run;
		EXECUTE format('INSERT INTO elt_staging.%I SELECT b, a, at, attr, pos, note, op, %s, now() FROM %s ORDER BY random()', kind, run, picked);
		GET DIAGNOSTICS n = ROW_COUNT;
		DELETE FROM elt_catalog.staged_slice WHERE pipeline_id = id;
		DELETE FROM elt_catalog.staged_batch WHERE pipeline_id = id;
		INSERT INTO elt_catalog.staged_slice (pipeline_id, window_start, window_end, status, complete, attempts, tried_at, requests, rows, rejected, bytes)
		VALUES (id, '-infinity', 'infinity', 'landed', true, 1, now(), 1, n, 0, 0);
		INSERT INTO elt_catalog.staged_batch (pipeline_id, run_id, batch, definition_version, complete) VALUES (id, run, 1, 1, true);
		RETURN n;
	END
	$f$;

	CREATE FUNCTION wrong(kind text) RETURNS text LANGUAGE plpgsql AS $f$
	DECLARE
		found text;
	BEGIN
		EXECUTE format($q$
			WITH stored AS (SELECT a, b, attr, note, valid_from, valid_to FROM %1$I), must AS (SELECT * FROM oracle(%1$L))
			SELECT 'history' WHERE EXISTS ((TABLE stored EXCEPT ALL TABLE must) UNION ALL (TABLE must EXCEPT ALL TABLE stored))
			UNION ALL SELECT 'fact' WHERE EXISTS (SELECT FROM fact f WHERE f.sk IS DISTINCT FROM coalesce((SELECT d._sk FROM %1$I d
				WHERE d.a = f.a AND d.b = f.b AND d.valid_from <= f.at AND f.at < d.valid_to), -1))$q$, kind) INTO found;
		RETURN found;
	END
	$f$;

	CREATE PROCEDURE trial(kind text, trial int) LANGUAGE plpgsql AS $p$
	DECLARE
		start timestamptz := '2024-01-01';
		batches int := 1 + floor(random() * 6);
		deleted float := random() * 0.3;
		n bigint;
		r record;
		before bigint;
		what text;
	BEGIN
		EXECUTE format('TRUNCATE %1$I, %1$I_observed, %1$I_restated, event, plan, fact', kind);
		DELETE FROM elt_catalog.restated_fact;
		INSERT INTO event
		SELECT (ARRAY['x', '', 'NULL'])[1 + floor(random() * 2)::int], floor(random() * 2)::int,
			start + floor(random() * 7) * interval '1 day', (ARRAY['A', 'B', NULL, '', 'N'])[1 + floor(random() * 5)::int], g,
			(ARRAY['p', 'q', NULL, ''])[1 + floor(random() * 4)::int], CASE WHEN random() < deleted THEN 'd' ELSE 'u' END
		FROM generate_series(1, 4 + floor(random() * 16)::int) g;
		-- Every row in one batch, some of them in others too.
		INSERT INTO plan SELECT *, 1 + floor(random() * batches)::int FROM event
			UNION ALL SELECT *, 1 + floor(random() * batches)::int FROM event WHERE random() < 0.3;
		FOR i IN 1 .. batches LOOP
			n := stage(kind, format('plan WHERE batch = %s', i));
			SELECT * INTO r FROM elt.merge(kind);
			IF r.rows_read <> n OR n <> r.rows_inserted + r.rows_updated + r.rows_unchanged + r.rows_deleted + r.rows_stale
				+ r.rows_duplicate + r.rows_quarantined + r.rows_dropped THEN
				INSERT INTO failure VALUES (kind, trial, 'counts');
			END IF;
			IF random() < 0.7 OR i = batches THEN
				PERFORM elt.apply_restatements(kind, 'fact', 'sk', 'at');
				EXECUTE format('INSERT INTO fact SELECT q.a, q.b, q.at, coalesce((SELECT d._sk FROM %I d
					WHERE d.a = q.a AND d.b = q.b AND d.valid_from <= q.at AND q.at < d.valid_to), -1)
					FROM (SELECT floor(random() * 2)::int a, (ARRAY[''x'', ''''])[1 + floor(random() * 2)::int] b,
						$1 - interval ''1 day'' + random() * interval ''10 days'' AS at FROM generate_series(1, 5)) q', kind) USING start;
			END IF;
		END LOOP;
		what := wrong(kind);
		IF what IS NOT NULL THEN
			INSERT INTO failure VALUES (kind, trial, what);
		END IF;
		-- All of it again
		EXECUTE format('SELECT sum(hashtext(xmin::text || ctid::text || d::text)) + (SELECT count(*) FROM %1$I_restated) FROM %1$I d', kind) INTO before;
		PERFORM stage(kind, 'event');
		SELECT * INTO r FROM elt.merge(kind);
		EXECUTE format('SELECT sum(hashtext(xmin::text || ctid::text || d::text)) + (SELECT count(*) FROM %1$I_restated) FROM %1$I d', kind) INTO n;
		IF r.rows_inserted + r.rows_updated + r.rows_deleted > 0 OR n IS DISTINCT FROM before THEN
			INSERT INTO failure VALUES (kind, trial, 'resend');
		END IF;
	END
	$p$;
});

for my $kind (qw(closed marked ignored))
{
	my $count = $kind eq 'closed' ? $trials : int($trials / 4);

	$sql->(sprintf q{SET client_min_messages = warning; SELECT setseed(%s);
		DO $$ BEGIN FOR t IN 1 .. %d LOOP CALL trial('%s', t); COMMIT; END LOOP; END $$},
		($seed % 100003) / 100003, $count, $kind);
	is($sql->("SELECT string_agg(what || ' in ' || trial, ', ' ORDER BY trial) FROM failure WHERE kind = '$kind'"), '',
		"$count histories with deletes $kind: versions, facts, counts and resends (seed $seed)");
	is($sql->("SELECT bool_or(rows_stale > 0)::text || bool_or(rows_duplicate > 0) || bool_or(rows_unchanged > 0) || bool_or(rows_updated > 0)
		FROM elt.runs WHERE pipeline = '$kind'"), 'truetruetruetrue', "$kind: every kind of row came");
}
is($sql->("SELECT count(*) FROM pg_class WHERE relname LIKE '%\$%' AND relnamespace = 'elt_staging'::regnamespace"), 0, 'no work table is left');

$node->stop;
done_testing();
