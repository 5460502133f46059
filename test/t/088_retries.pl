# Runs that fail: the delays of their retries, the suspension of a pipeline that fails again and again,
# and what ends it; runs that last too long; crashes count as failures.
use strict;
use warnings;
use Test::More;
use EltNode;
use EltRuns;

$ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';

my $db = 'postgres';
my $node = start_node('retries', preload => 1, extension => 1, conf => "elt.retry_delay = 100\nrestart_after_crash = on\n");

sub sql { return $node->safe_psql($db, $_[0]) }

sub is_quiet
{
	my ($name) = @_;
	return wait_for($node, $db, qq{SELECT NOT EXISTS (SELECT FROM elt.runs WHERE pipeline = '$name' AND state IN ('queued', 'running'))},
		"the end of $name");
}

sub failures { return sql(q{SELECT failures, suspended_until IS NOT NULL FROM elt.schedules WHERE pipeline = 'bad'}) }

# The delays are multiples of retry_period, an eighth more or less.
declare($node, $db, 'bad', status => 404, schedule => '@yearly',
	options => { max_attempts => 3, retry_period => '0.2 seconds', suspend_after => 4 });
enqueue($node, $db, 'bad');
ok(is_quiet('bad'), 'a run fails for good');
is(sql(q{SELECT string_agg(attempt || ':' || state, ' ' ORDER BY run_id) FROM elt.runs WHERE pipeline = 'bad'}),
	'1:failed 2:failed 3:failed', 'after its attempts');
is(sql(q{SELECT bool_and(extract(epoch FROM not_before - postponed_at) / (attempt - 1) BETWEEN 0.17 AND 0.23) FROM elt_catalog.run
	WHERE retry_of IS NOT NULL}), 't', 'whose delays grow with their number');
is(failures(), '3|f', 'failures in a row are counted');

# One more, and it is suspended.
enqueue($node, $db, 'bad');
ok(is_quiet('bad'), 'one more');
is(failures(), '4|t', 'and it is suspended');
is(sql(q{SELECT attempt FROM elt.runs WHERE pipeline = 'bad' ORDER BY run_id DESC LIMIT 1}), '1', 'without another retry');
is(sql(q{SELECT elt.resume('bad'), elt.resume('bad')}), 't|f', 'to resume it ends that');
is(failures(), '0|f', 'and forgets them');

# Slots are left out, and one is tried now and then, until one succeeds.
sql(q{CREATE TABLE switch (id int)});
declare($node, $db, 'tried', schedule => 'every 1 second', options => { suspend_after => 1, retry_period => '0.15 seconds',
	run_when => '1 / (select count(*) from public.switch) = 1' });
ok(wait_for($node, $db, q{SELECT bool_or(state = 'suspended') AND bool_or(state = 'queued' AND slot > (SELECT min(slot) FROM elt.slots
		WHERE pipeline = 'tried' AND state = 'suspended')) FROM elt.slots WHERE pipeline = 'tried'}, 'a try after a pause'),
	'slots are left out, and one is tried');
is(sql(q{SELECT DISTINCT state, sqlstate FROM elt.runs WHERE pipeline = 'tried' AND state NOT IN ('queued', 'running')}), 'failed|22012',
	'which fails');
sql(q{INSERT INTO switch VALUES (1)});
ok(wait_for($node, $db, q{SELECT count(*) > 1 FROM elt.runs WHERE pipeline = 'tried' AND state = 'succeeded'}, 'two runs'), 'until one succeeds');
ok(wait_for($node, $db, q{SELECT failures = 0 AND suspended_until IS NULL FROM elt.schedules WHERE pipeline = 'tried'}, 'the end'),
	'which ends the suspension');
sql(q{SELECT elt.pause('tried')});

# A run that lasts too long fails, in a worker and in a session.
declare($node, $db, 'slow', seconds => 60, options => { max_attempts => 1, max_runtime => '0.5 seconds' });
is(sqlstate_of($node, $db, q{CALL elt.wait(elt.enqueue('slow'))}), 'EL014', 'a run that lasts longer than max_runtime');
is(sqlstate_of($node, $db, q{CALL elt.run('slow')}), 'EL014', 'also one that is called');
is(sql(q{SELECT string_agg(DISTINCT state, ' ') FROM elt.runs WHERE pipeline = 'slow'}), 'failed', 'has failed');
is(sql(q{SELECT pg_sleep(0.1); SELECT 1}) =~ s/^\n//r, '1', 'and nothing else is cancelled');

# A window that fails leaves the pipeline to the run, which is seen to execute until its end.
sql(q{CREATE TABLE daily (id int, at timestamptz); INSERT INTO daily VALUES (1, '2024-01-01 12:00'), (2, '2024-01-02 12:00');
	CREATE VIEW half AS SELECT id, at, CASE id WHEN 1 THEN (1 / (id - id))::text ELSE pg_advisory_xact_lock_shared(1)::text END AS x FROM daily;
	SELECT elt.create_pipeline('halves', source => 'half', target => 'halves', key => '{id}', start_at => '2024-01-01',
		options => jsonb_build_object('window_interval', '1 day', 'window_column', 'at', 'publication_delay', now() - '2024-01-03', 'max_attempts', 1))});
my $holder = $node->background_psql($db);
$holder->query_safe('SELECT pg_advisory_lock(1)');
my $half = enqueue($node, $db, 'halves');
ok(wait_for($node, $db, q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND backend_type = 'elt worker: halves')},
	'the second window'), 'a part of a run has failed, and another one is loaded');
is(sql(q{SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'userlock' AND l.classid = 1
	AND l.objid = (SELECT id FROM elt_catalog.pipeline WHERE name = 'halves') AND a.backend_type = 'elt worker: halves'}), '1', 'under the lock of the pipeline');
$holder->quit;
wait_state($node, $db, $half, 'partial', 'that lands');

# Code that catches the cancellation does not outlive it for long.
declare($node, $db, 'deaf', options => { max_attempts => 1, max_runtime => '0.5 seconds',
	on_landed => 'do $$ begin loop begin perform pg_sleep(60); exception when query_canceled then null; end; end loop; end $$' });
my $deaf = enqueue($node, $db, 'deaf');
wait_state($node, $db, $deaf, 'abandoned', 'a worker that does not end at max_runtime is terminated');
is(rows_of($node, $db, 'deaf'), '0/0', 'and nothing of it has landed');

# Before a maintenance runs end, or are stopped and go on afterwards.
declare($node, $db, 'brief', seconds => 0.7);
declare($node, $db, 'long', seconds => 60);
enqueue($node, $db, $_) for qw(brief long);
ok(wait_for($node, $db, q{SELECT count(*) = 2 FROM elt.runs WHERE pipeline IN ('brief', 'long') AND state <> 'queued'}, 'two runs'), 'two runs');
like(sql(q{CALL elt.drain('6 seconds')}), qr/\|1$/, 'one is stopped when the server is drained');
is(sql(q{SELECT state FROM elt.runs WHERE pipeline = 'brief'}), 'succeeded', 'and one ends by itself');
is(sql(q{SELECT count(*) FROM elt.runs WHERE state = 'running'}), '0', 'then none is running');
is(sql(q{SELECT waits_for FROM elt.queue WHERE pipeline = 'long'}), 'resume', 'and what was stopped waits');
$node->stop('smart');
$node->start;
is(sql(q{SELECT elt.resume_all()}), 't', 'until the pause ends');
ok(wait_for($node, $db, q{SELECT count(*) = 1 FROM elt.progress WHERE pipeline = 'long'}, 'its next run'), 'when it goes on');
sql(q{SELECT elt.cancel(run_id) FROM elt.runs WHERE pipeline = 'long' AND state = 'running'});

# A crash is counted, as the run was running before its work began.
declare($node, $db, 'killed', seconds => 60, schedule => '@yearly');
my $run = enqueue($node, $db, 'killed');
wait_state($node, $db, $run, 'running', 'a run to be killed');
kill_process(wait_pid($node, $db, 'elt worker: killed'));
wait_state($node, $db, $run, 'abandoned', 'it is abandoned');
is(sql(q{SELECT failures FROM elt.schedules WHERE pipeline = 'killed'}), '1', 'which is a failure');
ok(wait_for($node, $db, qq{SELECT count(*) = 1 FROM elt_catalog.run WHERE retry_of = $run AND state = 'running'}, 'the retry'),
	'and it is tried again');
$node->stop;
done_testing();
