# Enqueue, the scheduler, run workers: what starts, what waits, what is cancelled, terminated or
# killed, and that each of these touches one run alone.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;
use EltRuns;

$ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';

my $db = 'postgres';
my $node = start_node('worker', preload => 1,
	conf => "elt.max_workers = 2\nelt.retry_delay = 100\nrestart_after_crash = on\n"
	  . "log_min_messages = debug1\nmax_prepared_transactions = 1\n");

sub sql { return $node->safe_psql($db, $_[0]) }

ok(wait_pid($node, '', 'elt launcher'), 'there is a launcher');
sql('CREATE EXTENSION pg_elt');
ok(wait_pid($node, $db, 'elt scheduler'), 'CREATE EXTENSION brought a scheduler');

# Enqueue to rows.
declare($node, $db, 'quick', parts => 3);
my $run = enqueue($node, $db, 'quick');
wait_state($node, $db, $run, 'succeeded', 'an enqueued run is executed');
is(rows_of($node, $db, 'quick'), '6/0', 'and its rows are there');
is(sql("SELECT origin, attempt FROM elt.runs WHERE run_id = $run"), 'queue|1', 'from the queue');
is(sqlstate_of($node, $db, q{CALL elt.wait(elt.enqueue('quick'))}), '00000', 'enqueue and wait');
is(sql(q{CALL elt.wait(elt.enqueue('quick')); SELECT elt.alter_pipeline('quick', options => '{"max_attempts": 5}')}), 'quick',
	'after waiting the pipeline can be altered') for 1 .. 5;
my $starts = () = slurp_file($node->logfile) =~ /starting background worker process "elt worker: quick"/g;
is($starts, 7, 'one worker per run');
is(sql(q{SELECT rows_unchanged FROM elt.runs ORDER BY run_id DESC LIMIT 1}), '6', 'nothing new');

# Waiting.
is(sqlstate_of($node, $db, 'CALL elt.wait(NULL)'), '22004', 'wait for null');
is(sqlstate_of($node, $db, 'CALL elt.wait(999999)'), '42704', 'wait for no run');
is(sqlstate_of($node, $db, "DO 'BEGIN CALL elt.wait(1); END'"), '00000',
	'wait in a DO block outside of a transaction');
is(sqlstate_of($node, $db, "BEGIN; CALL elt.wait($run)"), '25001', 'wait in a transaction block');
declare($node, $db, 'slow', seconds => 60, parts => 2, window => 1);
$run = enqueue($node, $db, 'slow');
is(sqlstate_of($node, $db, "CALL elt.wait($run, '300 ms')"), 'EL010', 'wait with a timeout');
wait_state($node, $db, $run, 'running', 'the run goes on');

# What can be seen of it.
my $worker = wait_pid($node, $db, 'elt worker: slow');
is(sql(qq{SELECT pipeline, pid FROM elt.progress WHERE run_id = $run}), "slow|$worker",
	'elt.progress shows it');
is(sql(qq{SELECT slices_done, slices_total > 1, percent, pages, time_left IS NULL FROM elt.progress WHERE run_id = $run}), '0|t|0.0|0|t',
	'with what it has before it, but not how long that takes');
sql(qq{INSERT INTO elt_catalog.run (pipeline_id, kind, state, requested_by, started_at, finished_at)
	SELECT pipeline_id, kind, 'succeeded', requested_by, now() - interval '1 hour', now() FROM elt_catalog.run WHERE id = $run});
is(sql(qq{SELECT time_left BETWEEN '50 minutes' AND '1 hour' FROM elt.progress WHERE run_id = $run}), 't', 'unless one of its kind has ended');
sql(q{DELETE FROM elt_catalog.run WHERE state = 'succeeded' AND finished_at - started_at = interval '1 hour'});
ok(wait_for($node, $db, qq{SELECT a.backend_xid IS NULL AND a.backend_xmin IS NULL
		AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'relation')
	FROM pg_stat_activity a WHERE a.pid = $worker}, 'the worker holding nothing'),
	'while it waits for the network it holds no snapshot, no transaction id, no table');
my $waiter = background($node, $db, "CALL elt.wait($run)");
ok(wait_for($node, $db, qq{SELECT count(*) = 1 AND bool_and(backend_xmin IS NULL)
	FROM pg_stat_activity WHERE query = 'CALL elt.wait($run)' AND wait_event = 'Extension'},
	'the session that waits'), 'who waits holds nothing either');

# At most one waits.
my $next = enqueue($node, $db, 'slow');
isnt($next, $run, 'enqueue while one runs: another waits');
is(enqueue($node, $db, 'slow'), $next, 'enqueue while one waits: the same');
is(sql("SELECT waits_for, detail FROM elt.queue WHERE run_id = $next"), "run|run $run of the same pipeline",
	'elt.queue says what it waits for');
is(sqlstate_of($node, $db, q{SELECT elt.enqueue('slow', '2024-01-01', '2024-02-01')}), 'EL001',
	'a waiting run is not taken for one with another window');
is(sqlstate_of($node, $db, q{SELECT elt.enqueue('slow', '2024-01-01')}), '22023', 'half a window');
is(sqlstate_of($node, $db, q{SELECT elt.enqueue('slow', '2024-02-01', '2024-01-01')}), '22023',
	'a window that ends before it begins');
my @backfills = map { sql(qq{SELECT elt.backfill('slow', '2024-0$_-01', '2024-0$_-02')}) } 1, 2;
isnt($backfills[0], $backfills[1], 'backfills may wait in any number');
is(sql("SELECT string_agg(run_id::text, ',') FROM elt.queue"), join(',', $next, @backfills),
	'and come after live runs');

# Cancel.
is(sql("SELECT elt.cancel($next)"), 't', 'cancel a waiting run');
is(state_of($node, $db, $next), 'cancelled', 'it is cancelled at once');
is(sql("SELECT elt.cancel($_)"), 't', 'cancel a backfill') for @backfills;
is(sql("SELECT elt.cancel($run)"), 't', 'cancel the running one');
wait_state($node, $db, $run, 'cancelled', 'it ends as cancelled');
isnt(finish_background($waiter), 0, 'who waited for it fails');
like($waiter->{err}, qr/EL009.*run $run of pipeline "slow" was cancelled/s, 'and is told');
is(sql("SELECT elt.cancel($run)"), 'f', 'it cannot be cancelled again');
is(sqlstate_of($node, $db, 'SELECT elt.cancel(999999)'), '42704', 'cancel no run');

$run = enqueue($node, $db, 'slow');
$worker = wait_pid($node, $db, 'elt worker: slow');
wait_state($node, $db, $run, 'running', 'again');
is(sql("SELECT pg_cancel_backend($worker)"), 't', 'pg_cancel_backend');
wait_state($node, $db, $run, 'cancelled', 'cancels the run too');

# A run that a session called is cancelled the same way.
my $call = background($node, $db, q{CALL elt.run('slow')});
ok(wait_for($node, $db, q{SELECT count(*) = 1 FROM elt.progress WHERE pipeline = 'slow'}, 'the CALL'),
	'elt.progress shows a run of a session');
$run = sql(q{SELECT run_id FROM elt.progress WHERE pipeline = 'slow'});
my $behind = enqueue($node, $db, 'slow');
is(sql("SELECT elt.cancel($run)"), 't', 'cancel it');
isnt(finish_background($call), 0, 'the CALL fails');
like($call->{err}, qr/57014/, 'as cancelled');
wait_state($node, $db, $behind, 'running', 'the run behind it starts then');
sql("SELECT elt.cancel($behind)");
wait_state($node, $db, $behind, 'cancelled', 'and is cancelled');

# An enqueue that rolls back leaves nothing and starts nothing.
my $before = sql('SELECT count(*) FROM elt.runs');
sql(q{BEGIN; SELECT elt.enqueue('quick'); ROLLBACK});
sql(q{BEGIN; SAVEPOINT s; SELECT elt.enqueue('quick'); ROLLBACK TO s; COMMIT});
is(sql('SELECT count(*) FROM elt.runs'), $before, 'an enqueue that rolls back is none');

# Prepared transactions.
$run = (split /\n/, sql(q{BEGIN; SELECT elt.enqueue('quick'); PREPARE TRANSACTION 'p'}))[0];
is(sql('SELECT count(*) FROM elt.runs'), $before, 'a prepared enqueue is none yet');
sql(q{COMMIT PREPARED 'p'});
wait_state($node, $db, $run, 'succeeded', 'it is one when it is committed');

# The error of a run is the error of who waits for it.
declare($node, $db, 'broken', status => 404, options => { max_attempts => 1 });
is(sqlstate_of($node, $db, q{CALL elt.wait(elt.enqueue('broken'))}),
	sql(q{SELECT sqlstate FROM elt.runs WHERE pipeline = 'broken'}), 'its SQLSTATE');
is(sql(q{SELECT state FROM elt.runs WHERE pipeline = 'broken'}), 'failed', 'the run failed');

# Paused.
sql(q{SELECT elt.pause('quick')});
is(sql(q{SELECT elt.enqueue('quick') IS NULL}), 't', 'a paused pipeline is not enqueued');
sql(q{SELECT elt.resume('quick')});
$run = sql(q{BEGIN; SELECT elt.enqueue('quick'); DO 'BEGIN PERFORM elt.pause(''quick''); END'; COMMIT});
is(sql("SELECT waits_for, detail FROM elt.queue WHERE run_id = $run"), 'resume|the pipeline is paused',
	'paused behind an enqueue: the run waits');
sql(q{SELECT elt.resume('quick')});
wait_state($node, $db, $run, 'succeeded', 'resume starts it');

# A worker that ends before it begins is not started over and over.
declare($node, $db, 'stillborn', options => { max_attempts => 2 });
sql('ALTER PROCEDURE elt_catalog.execute_run RENAME TO gone');
$run = enqueue($node, $db, 'stillborn');
wait_state($node, $db, $run, 'failed', 'a run that no worker can begin fails');
is(sql("SELECT sqlstate, attempt FROM elt.runs WHERE run_id = $run"), 'EL009|2', 'after its attempts');
sql('ALTER PROCEDURE elt_catalog.gone RENAME TO execute_run');

# A backfill makes way for a live run between two batches, and goes on behind it.
declare($node, $db, 'yielding', seconds => 0.5, parts => 5, window => 1);
my $backfill = sql(q{SELECT elt.backfill('yielding', '2024-01-01', '2024-01-02')});
wait_state($node, $db, $backfill, 'running', 'a backfill');
my $live = enqueue($node, $db, 'yielding');
wait_state($node, $db, $live, 'running', 'a live run need not wait for its end');
is(state_of($node, $db, $backfill), 'queued', 'the backfill waits');
wait_state($node, $db, $_, 'succeeded', 'both are done') for $live, $backfill;
is(sql("SELECT b.batches BETWEEN 1 AND 4, b.attempt, b.finished_at > l.finished_at
	FROM elt_catalog.run b, elt_catalog.run l WHERE b.id = $backfill AND l.id = $live"), 't|1|t',
	'the backfill asked for nothing that landed since it began');
is(rows_of($node, $db, 'yielding'), '10/0', 'and the rows are right');

# More runs than workers.
my @names = map { "many$_" } 1 .. 5;
declare($node, $db, $_, seconds => 1) for @names;
my @runs = split /\n/, sql(join ' UNION ALL ', map { "SELECT elt.enqueue('$_')" } @names);
ok(wait_for($node, $db, q{SELECT count(*) = 2 FROM elt.progress}, 'two runs'), 'elt.max_workers run');
my $most = 2;
wait_for($node, $db, q{SELECT count(*) > 2 FROM pg_stat_activity WHERE backend_type LIKE 'elt worker%'
	UNION ALL SELECT NOT EXISTS (SELECT FROM elt.queue) ORDER BY 1 DESC LIMIT 1}, 'the queue');
is(sql(q{SELECT count(*) <= 2 FROM pg_stat_activity WHERE backend_type LIKE 'elt worker%'}), 't',
	'never more');
wait_state($node, $db, $_, 'succeeded', "run $_ of a full queue") for @runs;

# Terminate: that run alone ends, and is done again.
declare($node, $db, 'long', seconds => 2, parts => 3);
declare($node, $db, 'other', seconds => 3);
my $other = enqueue($node, $db, 'other');
$run = enqueue($node, $db, 'long');
ok(wait_for($node, $db, q{SELECT count(*) = 2 FROM elt.runs WHERE state = 'running'}, 'both'), 'two runs');
$worker = wait_pid($node, $db, 'elt worker: long');
$waiter = background($node, $db, "CALL elt.wait($run)");
sql("SELECT pg_terminate_backend($worker)");
wait_state($node, $db, $run, 'abandoned', 'a terminated run is abandoned');
is(sql("SELECT origin, attempt, retry_of FROM elt_catalog.run WHERE retry_of = $run"), "retry|2|$run",
	'and queued again');
wait_state($node, $db, $other, 'succeeded', 'another run is not touched');
is(finish_background($waiter), 0, 'who waited for it waited for the retry');
is(sql("SELECT state FROM elt_catalog.run WHERE retry_of = $run"), 'succeeded', 'which succeeded');
is(rows_of($node, $db, 'long'), '6/0', 'its rows are there once');

# The scheduler and the launcher may be terminated at any time.
my $scheduler = pid_of($node, $db, 'elt scheduler');
my $launcher = pid_of($node, '', 'elt launcher');
$run = enqueue($node, $db, 'other');
wait_pid($node, $db, 'elt worker: other');
sql("SELECT pg_terminate_backend($scheduler), pg_terminate_backend($launcher)");
ok(wait_for($node, $db, qq{SELECT count(*) = 2 FROM pg_stat_activity
	WHERE backend_type IN ('elt scheduler', 'elt launcher') AND pid NOT IN ($scheduler, $launcher)},
	'another scheduler and launcher'), 'others take their place');
wait_state($node, $db, $run, 'succeeded', 'the run was not disturbed');
is(sqlstate_of($node, $db, q{CALL elt.wait(elt.enqueue('quick'), '1 minute')}), '00000',
	'the new ones work');

# An owner of the extension that may not log in.
sql(q{CREATE ROLE nologin SUPERUSER NOLOGIN; UPDATE pg_extension SET extowner = 'nologin'::regrole
	WHERE extname = 'pg_elt'});
is(sqlstate_of($node, $db, q{CALL elt.wait(elt.enqueue('quick'), '1 minute')}), '00000',
	'the owner of the extension need not be able to log in');
sql(q{UPDATE pg_extension SET extowner = 10 WHERE extname = 'pg_elt'});

# kill -9: the server recovers, the run is repaired and done again.
$run = enqueue($node, $db, 'long');
wait_state($node, $db, $run, 'running', 'a run to be killed');
ok(wait_for($node, $db, "SELECT batches >= 1 FROM elt.runs WHERE run_id = $run", 'a batch'),
	'which has landed a batch');
my $offset = -s $node->logfile;
kill 'KILL', pid_of($node, $db, 'elt worker: long');
$node->wait_for_log(qr/all server processes terminated; reinitializing/, $offset);
ok(1, 'the server has really crashed');
ok(wait_for($node, $db, "SELECT state = 'abandoned' FROM elt.runs WHERE run_id = $run", 'the repair'),
	'the run is found and abandoned');
ok(wait_for($node, $db, "SELECT state = 'succeeded' FROM elt_catalog.run WHERE retry_of = $run",
	'the retry'), 'and done again');
is(rows_of($node, $db, 'long'), '6/0', 'with the right rows');

# DROP EXTENSION sends the scheduler home, and workers whatever they do, but refuses to while a session runs a pipeline.
# CREATE EXTENSION brings a scheduler.
my $session = background($node, $db, q{CALL elt.run('long')});
wait_for($node, $db, q{SELECT count(*) = 1 FROM elt.progress WHERE pipeline = 'long'}, 'a run of a session');
is(sqlstate_of($node, $db, 'DROP EXTENSION pg_elt CASCADE'), '55006', 'DROP EXTENSION: not while a session runs a pipeline');
sql(q{SELECT pg_cancel_backend(pid) FROM elt.progress WHERE pipeline = 'long'});
finish_background($session);
$run = enqueue($node, $db, 'long');
wait_state($node, $db, $run, 'running', 'a run of a worker');
sql('DROP EXTENSION pg_elt CASCADE');
ok(wait_for($node, $db, q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'elt scheduler'},
	'no scheduler'), 'DROP EXTENSION: the scheduler leaves');
sql('CREATE EXTENSION pg_elt');
ok(wait_pid($node, $db, 'elt scheduler'), 'CREATE EXTENSION: another one');

$node->stop;
my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC:|TRAP:|terminated by signal (?!9)/, 'nobody died that was not killed');
done_testing();
