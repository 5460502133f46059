# Transactions that sessions leave open, endings that cannot be written, clocks that jump: none of
# them keeps our processes waiting or a run running for ever.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;
use EltRuns;

$ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';

my $db = 'postgres';
my $node = start_node('open', preload => 1, extension => 1,
	conf => "elt.max_workers = 2\nelt.retry_delay = 0\nlog_min_messages = warning\nwal_level = replica\nmax_wal_senders = 1\n");

sub sql { return $node->safe_psql($db, $_[0]) }

# A transaction that stays open after a statement, until it is let go.
sub leave_open
{
	my ($statement) = @_;
	my $session = background($node, $db, "BEGIN; $statement; SELECT pg_sleep(600)");

	wait_for($node, $db, q{SELECT count(*) = 1 FROM pg_stat_activity
		WHERE wait_event = 'PgSleep' AND query LIKE 'BEGIN;%'}, "the session after $statement");
	return $session;
}

sub let_go
{
	my ($session) = @_;

	sql(q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity
		WHERE wait_event = 'PgSleep' AND query LIKE 'BEGIN;%'});
	finish_background($session);
}

# Another pipeline is run as if nothing were: the scheduler turns, and no place is taken.
sub others_run
{
	my ($what) = @_;

	wait_state($node, $db, enqueue($node, $db, 'quick'), 'succeeded', "$what, another pipeline runs") for 1, 2;
	is(sql(q{SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
		WHERE NOT l.granted AND a.backend_type LIKE 'elt %' AND l.waitstart < clock_timestamp() - interval '1 s'}), 0,
		'and no process of ours waits for a lock');
}

declare($node, $db, 'quick');
declare($node, $db, 'slow', seconds => 60, parts => 2, window => 1);

# A queued run that somebody is about to cancel is passed over.
my $run = enqueue($node, $db, 'slow');
wait_state($node, $db, $run, 'running', 'a run');
my $next = enqueue($node, $db, 'slow');
my $open = leave_open("SELECT elt.cancel($next)");
sql("SELECT pg_cancel_backend(pid) FROM elt.runs WHERE run_id = $run");
wait_state($node, $db, $run, 'cancelled', 'it ends');
others_run('while the one behind it is locked');
is(state_of($node, $db, $next), 'queued', 'the locked one waits');
let_go($open);
wait_state($node, $db, $next, 'running', 'and runs when its lock is gone');

# A retry waits for an open transaction that queues the same pipeline; the scheduler does not.
my $worker = wait_pid($node, $db, 'elt worker: slow');
$open = leave_open(q{SELECT elt.enqueue('slow')});
sql("SELECT pg_terminate_backend($worker, 60000)");
others_run('while a session queues what is to be repeated');
let_go($open);
wait_state($node, $db, $next, 'abandoned', 'a run whose worker was terminated is abandoned');
my $retry = sql("SELECT id FROM elt_catalog.run WHERE retry_of = $next");
wait_state($node, $db, $retry, 'running', 'and repeated');
$worker = wait_pid($node, $db, 'elt worker: slow');

# A retry that is not committed has no worker yet.
sql(q{ALTER SYSTEM SET synchronous_standby_names = 'nobody'});
sql('SELECT pg_reload_conf()');
wait_for($node, $db, q{SELECT setting = 'nobody' FROM pg_settings WHERE name = 'synchronous_standby_names'}, 'the setting');
$node->psql($db, "SELECT pg_terminate_backend($worker, 60000)");
ok(wait_for($node, $db, q{SELECT count(*) > 0 FROM pg_stat_activity
	WHERE backend_type = 'elt scheduler' AND wait_event = 'SyncRep'}, 'the scheduler in its commit'), 'a commit that lasts');
sql(q{ALTER SYSTEM RESET synchronous_standby_names});
sql('SELECT pg_reload_conf()');
ok(wait_for($node, $db, "SELECT state = 'running' AND attempt = 3 FROM elt_catalog.run WHERE retry_of = $retry", 'the third attempt'),
	'the retry runs when it is committed');
unlike(slurp_file($node->logfile), qr/run \d+ does not exist/, 'and not before');
my $third = sql("SELECT id FROM elt_catalog.run WHERE retry_of = $retry");
sql("SELECT pg_cancel_backend(pid) FROM elt.runs WHERE run_id = $third");
wait_state($node, $db, $third, 'cancelled', 'it is cancelled');

# The ending of a run is recorded even when its log cannot be.
my $call = background($node, $db, q{CALL elt.run('slow')});
wait_for($node, $db, q{SELECT count(*) = 1 FROM elt.progress WHERE pipeline = 'slow' AND phase = 'pull'}, 'the CALL');
$run = sql(q{SELECT run_id FROM elt.progress WHERE pipeline = 'slow'});
$open = leave_open('LOCK TABLE elt_catalog.request_log');
sql("SELECT pg_cancel_backend(pid) FROM elt.runs WHERE run_id = $run");
isnt(finish_background($call), 0, 'a CALL whose requests cannot be logged ends');
like($call->{err}, qr/WARNING:\s+55P03.*could not store the last requests of run $run of pipeline "slow".*ERROR:\s+57014/s, 'it says so');
is(state_of($node, $db, $run), 'cancelled', 'and its ending is recorded');
let_go($open);

# elt.cancel lands the slices that are complete; asked again, it ends the run at once.
declare($node, $db, 'days', seconds => 0.3, parts => 100,);
sql(q{SELECT elt.alter_pipeline('days', options => '{"batch_rows": 100000}')});
$call = background($node, $db, q{CALL elt.run('days')});
wait_for($node, $db, q{SELECT count(*) = 1 FROM elt.progress WHERE pipeline = 'days' AND slices_done >= 3}, 'three slices');
$run = sql(q{SELECT run_id FROM elt.progress WHERE pipeline = 'days'});
is(sql("SELECT elt.cancel($run)"), 't', 'a run is cancelled amid its batch');
isnt(finish_background($call), 0, 'it ends');
like($call->{err}, qr/57014: run $run of pipeline "days" was cancelled\nDETAIL:\s+\d+ of 100 slices were complete/, 'and says how far it came');
is(sql("SELECT r.state, r.slices_landed BETWEEN 3 AND 99, r.rows_inserted = 2 * r.slices_landed, r.rows_inserted = (SELECT count(*) FROM days)
	FROM elt.runs r WHERE run_id = $run"), 'cancelled|t|t|t', 'what was complete has landed');
$call = background($node, $db, q{CALL elt.run('days')});
wait_for($node, $db, q{SELECT count(*) = 1 FROM elt.progress WHERE pipeline = 'days' AND slices_done >= 3}, 'three slices');
$run = sql(q{SELECT run_id FROM elt.progress WHERE pipeline = 'days'});
$open = leave_open('LOCK TABLE days');
is(sql("SELECT elt.cancel($run)"), 't', 'cancelled');
ok(wait_for($node, $db, "SELECT phase <> 'pull' FROM elt.progress WHERE run_id = $run", 'the landing'), 'a landing goes on');
is(sql("SELECT elt.cancel($run)"), 't', 'and again');
isnt(finish_background($call), 0, 'that ends it');
is(state_of($node, $db, $run), 'cancelled', 'as cancelled');
let_go($open);

# A landing waits for a lock for so long, and says for whom.
sql(q{ALTER DATABASE postgres SET elt.lock_timeout = '4s'});
for (['LOCK TABLE days IN SHARE MODE', 'has locked table "public.days"'], [q{INSERT INTO days VALUES ('1', 1, 1, now())}, 'is writing to table "public.days"'])
{
	my ($statement, $detail) = @$_;

	sql(q{DELETE FROM days; SELECT elt.reset_pipeline('days'), elt.alter_pipeline('days', params => '{"part": ["1"]}')});
	$open = leave_open($statement);
	my $holder = sql(q{SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE 'BEGIN;%'});
	$call = background($node, $db, q{CALL elt.run('days')});
	ok(wait_for($node, $db, "SELECT waits_for = '{$holder}' AND waits_for_lock <> '' FROM elt.progress WHERE pipeline = 'days'", 'the landing'),
		'elt.progress says for whom a landing waits');
	isnt(finish_background($call), 0, 'not for ever');
	like($call->{err}, qr/55P03: pipeline "days" timed out waiting for a lock.*DETAIL:\s+Process $holder $detail/s, 'its error says it too');
	let_go($open);
}
sql('ALTER DATABASE postgres RESET elt.lock_timeout');

# What says "running" without a process that has the pipeline's lock is over, though the process lives.
my $session = leave_open('SELECT 1');
my $orphan = q{INSERT INTO elt_catalog.run (pipeline_id, state, origin, requested_by, started_at, pid, backend_start)
	SELECT p.id, 'running', 'call', 'elt_admin', now(), a.pid, a.backend_start
	FROM elt_catalog.pipeline p, pg_stat_activity a WHERE p.name = 'quick' AND a.wait_event = 'PgSleep'};
sql("BEGIN; $orphan; SELECT elt.cancel(max(id)) FROM elt_catalog.run; COMMIT");
is(sql('SELECT state FROM elt_catalog.run ORDER BY id DESC LIMIT 1'), 'cancelled', 'elt.cancel ends a run that is none');
sql($orphan);
$run = sql('SELECT max(id) FROM elt_catalog.run');
wait_state($node, $db, enqueue($node, $db, 'quick'), 'succeeded', 'one that is none is not waited for');
is(state_of($node, $db, $run), 'abandoned', 'but abandoned');
let_go($session);

# A clock that was put back: what was computed from it is not waited for.
sql(q{BEGIN; SELECT elt.enqueue('quick');
	UPDATE elt_catalog.run SET postponed_at = now() + interval '40 days', not_before = now() + interval '41 days'
	WHERE state = 'queued' AND not_before IS NULL; COMMIT});
$run = sql('SELECT max(id) FROM elt_catalog.run');
wait_state($node, $db, $run, 'succeeded', 'a run that a clock ahead put off');
sql(q{BEGIN; SELECT elt.enqueue('quick');
	UPDATE elt_catalog.run SET postponed_at = now(), not_before = now() + interval '1 hour' WHERE state = 'queued'; COMMIT});
is(sql('SELECT waits_for FROM elt.queue'), 'time', 'a time that lies ahead by the same clock is waited for');
done_testing();
