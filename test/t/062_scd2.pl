# Histories of random rows in random batches and any order end as the set of rows says, computed by
# itself; facts that follow the restatements have the key of their version; what comes again writes
# nothing. ELT_SEED repeats a run, ELT_TRIALS says how many histories.
use strict;
use warnings;
use Test::More;
use EltNode;

my $seed = $ENV{ELT_SEED} // ($ENV{ELT_SOAK} ? time() : 20240229);
my $trials = $ENV{ELT_TRIALS} // ($ENV{ELT_SOAK} ? 2000 : 200);
my @kinds = (
	[closed => 'deletes close', ''],
	[marked => 'deletes mark', q{"deletes": "mark"}],
	[ignored => 'deletes are ignored, the first version is endless', q{"deletes": "ignore", "first_valid_from": "-infinity"}],
	[strict => 'late rows are refused', q{"late_horizon": "2 days", "late_policy": "quarantine"}],
	[pruned => 'the log is kept short', q{"late_horizon": "2 days", "deletes": "mark"}]);
diag("seed $seed (ELT_SEED=$seed repeats it), $trials histories");

my $node = start_node('scd2', extension => 1, conf => "autovacuum = off\nfsync = off\nsynchronous_commit = off\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };

# In the columns of the source two are tracked (attr, size) and two are not (note, tags).
$sql->(q{
	SET client_min_messages = warning;
	CREATE SERVER api FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:1', allow_private 'true');
	CREATE FOREIGN TABLE source (b text, a int, at timestamptz, attr text, pos bigint, note text, op text, size numeric, tags json)
		SERVER api;
} . join('', map { qq{
	SELECT elt.create_pipeline('$_->[0]', 'source', '$_->[0]', '{a,b}', 'scd2', options => '{$_->[2]}'::jsonb
		|| \$\${"sequence_by": ["at", "pos"], "delete_when": "op = 'd'", "track_columns": ["attr", "size"]}\$\$);} } @kinds) . q{

	CREATE TABLE event (b text, a int, at timestamptz, attr text, pos bigint, note text, op text, size numeric, tags json);
	CREATE TABLE plan (LIKE event, batch int);
	CREATE TABLE accepted (LIKE event);
	CREATE TABLE fact (a int, b text, at timestamptz, sk bigint);
	CREATE TABLE failure (kind text, trial int, what text);
	CREATE TABLE forgotten (kind text, anchors bigint);

	-- What the set of accepted events says, without a look at the merge: for each key and time the greatest position;
	-- versions begin where the state is not the one before, and have the values of their last event.
	CREATE FUNCTION oracle(kind text)
	RETURNS TABLE (a int, b text, attr text, size numeric, note text, tags text, valid_from timestamptz, valid_to timestamptz)
	LANGUAGE sql AS $f$
		WITH won AS MATERIALIZED (
			SELECT DISTINCT ON (e.a, e.b, e.at) e.*,
				CASE WHEN op = 'd' THEN '-' ELSE json_build_array(e.attr, trim_scale(e.size))::text END AS state
			FROM accepted e WHERE kind <> 'ignored' OR op <> 'd'
			ORDER BY e.a, e.b, e.at, pos DESC
		), opened AS MATERIALIZED (
			SELECT w.*, (SELECT p.state FROM won p WHERE p.a = w.a AND p.b = w.b AND p.at < w.at ORDER BY p.at DESC LIMIT 1)
				IS DISTINCT FROM state AS opens
			FROM won w
		), bounded AS (
			SELECT o.*, coalesce((SELECT min(n.at) FROM opened n WHERE n.a = o.a AND n.b = o.b AND n.at > o.at AND n.opens), 'infinity') AS ends,
				NOT EXISTS (SELECT FROM opened n WHERE n.a = o.a AND n.b = o.b AND n.at < o.at) AS is_first
			FROM opened o WHERE o.opens
		)
		SELECT o.a, o.b, l.attr, l.size, l.note, l.tags::text,
			CASE WHEN kind = 'ignored' AND is_first THEN '-infinity' ELSE o.at END, ends
		FROM bounded o, LATERAL (SELECT * FROM won l WHERE l.a = o.a AND l.b = o.b AND l.at >= o.at AND l.at < o.ends
			ORDER BY l.at DESC LIMIT 1) l
		WHERE kind IN ('marked', 'pruned') OR o.op <> 'd'
	$f$;

	CREATE FUNCTION stage(kind text, picked text) RETURNS bigint LANGUAGE plpgsql AS $f$
	DECLARE
		n bigint;
		id int := (SELECT p.id FROM elt_catalog.pipeline p WHERE name = kind);
		run bigint;
	BEGIN
		EXECUTE format('DELETE FROM elt_staging.%I', kind);
		INSERT INTO elt_catalog.run (pipeline_id, kind, state, requested_by)
		VALUES (id, 'pull', 'running', current_user::regrole) RETURNING elt_catalog.run.id INTO run;
		EXECUTE format('INSERT INTO elt_staging.%I SELECT b, a, at, attr, pos, note, op, size, tags, %s, now() FROM %s ORDER BY random()',
			kind, run, picked);
		GET DIAGNOSTICS n = ROW_COUNT;
		DELETE FROM elt_catalog.staged_slice WHERE pipeline_id = id;
		DELETE FROM elt_catalog.staged_batch WHERE pipeline_id = id;
		INSERT INTO elt_catalog.staged_slice (pipeline_id, window_start, window_end, state, complete, attempts, tried_at, requests, rows, rejected, bytes)
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
			WITH stored AS (SELECT a, b, attr, size, note, tags::text, valid_from, valid_to FROM %1$I), must AS (SELECT * FROM oracle(%1$L))
			SELECT 'history' WHERE EXISTS ((TABLE stored EXCEPT ALL TABLE must) UNION ALL (TABLE must EXCEPT ALL TABLE stored))
			UNION ALL SELECT 'fact' WHERE EXISTS (SELECT FROM fact f WHERE f.sk IS DISTINCT FROM coalesce((SELECT d._sk FROM %1$I d
				WHERE d.a = f.a AND d.b = f.b AND d.valid_from <= f.at AND f.at < d.valid_to), -1))$q$, kind) INTO found;
		RETURN found;
	END
	$f$;

	-- One of the events may be a change of the key, which comes as a delete of one and a row of the other.
	CREATE PROCEDURE invent(start timestamptz) LANGUAGE plpgsql AS $p$
	DECLARE
		deleted float := random() * 0.3;
	BEGIN
		INSERT INTO event
		SELECT (ARRAY['x', '', 'NULL'])[1 + floor(random() * 2)::int], floor(random() * 2)::int,
			start + floor(random() * 7) * interval '1 day', (ARRAY['A', 'B', NULL, '', 'N'])[1 + floor(random() * 5)::int], g,
			(ARRAY['p', 'q', NULL, ''])[1 + floor(random() * 4)::int], CASE WHEN random() < deleted THEN 'd' ELSE 'u' END,
			(ARRAY[1, 1.0, NULL])[1 + floor(random() * 3)::int], (ARRAY['{}', '{"n": 1}', NULL]::json[])[1 + floor(random() * 3)::int]
		FROM generate_series(1, 4 + floor(random() * 16)::int) g;
		WITH changed AS (
			UPDATE event SET op = 'd' WHERE op = 'u' AND random() < 0.15 RETURNING *
		)
		INSERT INTO event SELECT b, 1 - a, at, attr, pos + 1000, note, 'u', size, tags FROM changed;
	END
	$p$;

	-- Land a batch; keep which of its rows were accepted.
	CREATE FUNCTION land(kind text, batch int) RETURNS text LANGUAGE plpgsql AS $f$
	DECLARE
		n bigint := stage(kind, format('plan WHERE batch = %s', batch));
		watermark timestamptz := (SELECT max(at) FROM accepted);
		r record;
	BEGIN
		DELETE FROM elt_catalog.reject;
		SELECT * INTO r FROM elt.merge(kind);
		INSERT INTO accepted SELECT b, a, at, attr, pos, note, op, size, tags FROM plan
		WHERE plan.batch = land.batch AND pos NOT IN (SELECT (raw::json->>'pos')::bigint FROM elt_catalog.reject);
		IF r.rows_read <> n OR n <> r.rows_inserted + r.rows_updated + r.rows_unchanged + r.rows_deleted + r.rows_stale
			+ r.rows_duplicate + r.rows_quarantined + r.rows_dropped THEN
			RETURN 'counts';
		END IF;
		IF r.rows_quarantined <> (SELECT count(*) FROM plan WHERE plan.batch = land.batch
			AND kind = 'strict' AND at < watermark - interval '2 days') AND kind <> 'pruned' THEN
			RETURN 'quarantine';
		END IF;
		RETURN NULL;
	END
	$f$;

	-- What is changed by hand is put right by the rows that come again; where the log has forgotten, not all of them may.
	-- The values of a version that is flagged as deleted are not looked at.
	CREATE PROCEDURE damage(kind text, trial int) LANGUAGE plpgsql AS $p$
	DECLARE
		harm text := (ARRAY['DELETE FROM %I', 'DELETE FROM %I WHERE random() < 0.4', 'DELETE FROM %I WHERE is_current',
			$q$UPDATE %I SET attr = 'hand' WHERE random() < 0.5$q$, 'UPDATE %I SET size = 7 WHERE is_current'])[1 + floor(random() * 5)::int];
	BEGIN
		IF kind = 'marked' AND harm LIKE 'UPDATE%' THEN
			harm := harm || ' AND NOT _deleted';
		END IF;
		EXECUTE format(harm, kind);
		PERFORM stage(kind, 'accepted');
		PERFORM elt.merge(kind);
		IF kind NOT IN ('strict', 'pruned') AND wrong(kind) = 'history' THEN
			INSERT INTO failure VALUES (kind, trial, format(harm, kind));
		END IF;
	END
	$p$;

	CREATE PROCEDURE trial(kind text, trial int) LANGUAGE plpgsql AS $p$
	DECLARE
		start timestamptz := '2024-01-01';
		batches int := 1 + floor(random() * 5);
		r record;
		before bigint;
		after bigint;
		what text;
	BEGIN
		EXECUTE format('DELETE FROM %1$I; DELETE FROM %1$I_observed; DELETE FROM %1$I_restated', kind);
		DELETE FROM event; DELETE FROM plan; DELETE FROM accepted; DELETE FROM fact;
		DELETE FROM elt_catalog.restated_fact;
		CALL invent(start);
		-- Every row in one batch, some of them in others too.
		INSERT INTO plan SELECT *, 1 + floor(random() * batches)::int FROM event
			UNION ALL SELECT *, 1 + floor(random() * batches)::int FROM event WHERE random() < 0.3;
		FOR i IN 1 .. batches LOOP
			what := land(kind, i);
			IF what IS NOT NULL THEN
				INSERT INTO failure VALUES (kind, trial, what);
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
		EXECUTE format('INSERT INTO forgotten SELECT %1$L, count(*) FROM %1$I_observed WHERE _pruned', kind);
		-- All of it again
		EXECUTE format('SELECT sum(hashtext(xmin::text || ctid::text || d::text)) + (SELECT count(*) FROM %1$I_restated) FROM %1$I d', kind) INTO before;
		PERFORM stage(kind, 'accepted');
		SELECT * INTO r FROM elt.merge(kind);
		EXECUTE format('SELECT sum(hashtext(xmin::text || ctid::text || d::text)) + (SELECT count(*) FROM %1$I_restated) FROM %1$I d', kind) INTO after;
		IF r.rows_inserted + r.rows_updated + r.rows_deleted > 0 OR after IS DISTINCT FROM before THEN
			INSERT INTO failure VALUES (kind, trial, 'resend');
		END IF;
		IF trial % 3 = 0 THEN
			CALL damage(kind, trial);
		END IF;
	END
	$p$;
});

sub seen
{
	my ($kind, $counts) = @_;
	my $all = join(' AND ', map { "bool_or($_ > 0)" } split / /, $counts);

	return $sql->("SELECT $all FROM elt.runs WHERE pipeline = '$kind'");
}

for (@kinds)
{
	my ($kind, $what) = @$_;
	my $count = int($trials * ($kind eq 'closed' ? 0.4 : 0.2));

	$sql->(sprintf q{SET client_min_messages = warning; SELECT setseed(%s);
		DO $$ BEGIN FOR t IN 1 .. %d LOOP CALL trial('%s', t); COMMIT; END LOOP; END $$},
		($seed % 100003) / 100003, $count, $kind);
	is($sql->("SELECT string_agg(what || ' in ' || trial, ', ' ORDER BY trial) FROM failure WHERE kind = '$kind'"), '',
		"$count histories, $what: versions, facts, counts and resends (seed $seed)");
	is(seen($kind, 'rows_inserted rows_updated rows_unchanged rows_stale rows_duplicate'
		. ($kind eq 'ignored' ? ' rows_dropped' : ' rows_deleted')
		. ($kind =~ /strict|pruned/ ? ' rows_quarantined' : '')), 't', "$kind: every kind of row came");
}
is($sql->("SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM forgotten WHERE anchors > 0"), 'pruned strict',
	'a log forgets with a horizon only');
is($sql->("SELECT bool_and(pg_relation_size(oid) = 0) FROM pg_class
	WHERE relname LIKE '%\$%' AND relkind = 'r' AND relnamespace = 'elt_staging'::regnamespace"), 't', 'work tables are left empty');

$node->stop;
done_testing();
