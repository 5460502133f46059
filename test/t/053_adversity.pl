# A server that is stopped, rebuilt or short of something while runs go on: when it is over, the tables are
# those that undisturbed runs make. Only with ELT_SOAK; ELT_SEED sets the seed.
use strict;
use warnings;
use IPC::Run;
use Test::More;
use Time::HiRes qw(sleep time);
use EltCampaign;
use EltNode;

plan skip_all => 'the replay server is not running' unless $ENV{ELT_REPLAY};
plan skip_all => 'only in make soak' unless $ENV{ELT_SOAK};
my $seed = $ENV{ELT_SEED} // int(time);
srand($seed);
note("seed $seed (ELT_SEED sets it)");

my $conf = "fsync = off\nmax_connections = 20\nmax_locks_per_transaction = 10\nsuperuser_reserved_connections = 2\n"
  . "elt.retry_base = 5\nelt.retry_delay = 200\nelt.max_workers = 3\n";
my $node = start_node('adversity', preload => 1, extension => 1, conf => $conf);
my $campaign = EltCampaign->new($node, 'postgres');

# Runs of all pipelines, in workers and a few sessions, at work.
sub at_work
{
	$campaign->begin_again;
	EltCampaign::misbehave();
	$campaign->enqueue_all;
	$campaign->run_in_session for 1 .. 2;
	wait_for($node, 'postgres', 'SELECT count(*) > 0 FROM elt.progress', 'runs at work');
	sleep(rand(0.7));
}

# ---- stops ----

for my $mode (qw(immediate fast smart immediate fast smart))
{
	at_work();
	$campaign->end_sessions if $mode eq 'smart';
	$campaign->enqueue_all;
	sleep(rand(0.5));
	$node->stop($mode);
	$node->start;
	ok($campaign->settle, "a stop that is $mode");
}

# ---- short of something ----

# A session that executes these statements, one after the other, whatever becomes of them.
sub session
{
	my $said = '';
	return IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), map { ('-c', $_) } @_ ],
		'<', \undef, '>', \$said, '2>', \$said);
}

sub sleepers { return q{SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'} }

at_work();
my @crowd = map { session('SELECT pg_sleep(60)') } 1 .. 25;
my $refused = 0;
for (my $end = time() + 20; !$refused && time() < $end; sleep(0.1))
{
	$refused = $node->psql('postgres', 'SELECT 1') == 2;
}
ok($refused, 'no connection is left');
$campaign->run_in_session for 1 .. 3;
sleep(2);
eval { $_->kill_kill } for @crowd;
ok(wait_for($node, 'postgres', 'SELECT count(*) >= 0 FROM (' . sleepers() . ') s', 'a connection', 70), 'then there are some again');
ok($campaign->settle, 'out of connections');

# Locks of a session outlive the error that ends its statement.
at_work();
my $locks = session('SELECT count(pg_advisory_lock(i)) FROM generate_series(1, 200000) i', 'SELECT pg_sleep(60)');
my $met;
for (my $end = time() + 30; !$met && time() < $end; sleep(0.1))
{
	$met = PostgreSQL::Test::Utils::slurp_file($node->logfile) =~ /out of shared memory/;
}
ok($met, 'one session holds all locks');
$campaign->enqueue_all for 1 .. 3;
$campaign->run_in_session;
sleep(2);
eval { $locks->kill_kill };
wait_for($node, 'postgres', 'SELECT (' . sleepers() . ') = 0', 'the end of the session that holds the locks', 70);
ok($campaign->settle, 'out of locks');

# The launchers of the server, of pg_cron and of pg_elt, and a scheduler, leave none for a run.
at_work();
$campaign->end_sessions;
$node->append_conf('postgresql.conf', "max_worker_processes = 3\n");
$node->restart;
$campaign->enqueue_all;
ok(wait_for($node, 'postgres', q{SELECT count(*) > 0 FROM elt.runs WHERE state = 'queued'}, 'queued runs'), 'runs wait for a worker');
sleep(2);
$node->append_conf('postgresql.conf', "max_worker_processes = 16\n");
$node->restart;
ok($campaign->settle, 'out of workers');

# ---- rebuilt ----

$node->safe_psql('postgres', 'CREATE DATABASE gone');
$node->safe_psql('gone', 'CREATE EXTENSION pg_elt');
wait_for($node, 'postgres', q{SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type LIKE 'elt scheduler%' AND datname = 'gone'},
	'its scheduler');
at_work();
is($node->psql('postgres', q{SET statement_timeout = '60s'}) + $node->psql('postgres', 'DROP DATABASE gone'), 0,
	'a database is dropped');
ok($campaign->settle, 'while others go on');

at_work();
my $until = time() + 15;
my %refused;
while (time() < $until)
{
	my $table = (qw(elt_catalog.run elt_catalog.slice elt_catalog.pipeline elt_catalog.cursor elt_catalog.reject elt_catalog.staged_batch
		history history_observed upserted whole))[int(rand(10))];
	my $command = (("VACUUM FULL $table", "REINDEX TABLE $table", 'REINDEX SCHEMA elt_catalog', 'VACUUM FULL pg_class',
		'CLUSTER upserted USING upserted_pkey', 'REINDEX TABLE pg_attribute'))[int(rand(6))];
	my ($status, $out, $error) = $node->psql('postgres', "SET lock_timeout = '5s'; $command");
	$refused{$1}++ if $error =~ /ERROR:\s+(.*)/ && $1 !~ /lock timeout|deadlock detected/;
	$campaign->enqueue_all;
}
is(join(', ', sort keys %refused), '', 'VACUUM FULL, REINDEX and CLUSTER are carried out, or give up');
ok($campaign->settle, 'while the catalogue and targets are rebuilt');

is($campaign->sql(q{SELECT count(*) FROM elt.runs WHERE state = 'running'}), '0', 'no run is left running');
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP:/, 'no process died');
$node->stop;

# ---- the disk is full ----

# A tablespace of a few megabytes, in a name space of mounts that only this server sees.
my @namespace = qw(unshare --user --map-current-user --keep-caps --mount);
my $small = PostgreSQL::Test::Utils::tempdir() . '/small';
mkdir $small;
SKIP:
{
	skip 'no file system can be mounted here', 2
	  if system(@namespace, 'mount', '-t', 'tmpfs', '-o', 'size=30m', 'none', $small) != 0;
	my $full = PostgreSQL::Test::Cluster->new('full');
	$full->init;
	$full->append_conf('postgresql.conf', "timezone = 'UTC'\nmax_worker_processes = 16\n"
		. "shared_preload_libraries = 'pg_cron,pg_elt'\ncron.database_name = 'postgres'\n$conf");
	system(@namespace, 'sh', '-c', 'mount -t tmpfs -o size=30m none "$0" && exec "$@"', $small,
		'pg_ctl', '-w', '-s', '-D', $full->data_dir, '-l', $full->logfile, 'start') == 0 or die 'the server does not start';
	$full->_update_pid(1);
	$full->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$small'");
	$full->safe_psql('postgres', 'CREATE DATABASE tight TABLESPACE small');
	$full->safe_psql('tight', 'CREATE EXTENSION pg_elt');
	$node = $full;
	$campaign = EltCampaign->new($full, 'tight');
	for my $round (1 .. 4)
	{
		$campaign->begin_again;
		$full->psql('tight', 'CREATE TABLE filler (t text); ALTER TABLE filler ALTER t SET STORAGE EXTERNAL');
		$full->psql('tight', q{INSERT INTO filler SELECT repeat('x', 8000)}) for 1 .. 50 * int(rand(20));
		1 until $full->psql('tight', q{INSERT INTO filler SELECT repeat('x', 200000) FROM generate_series(1, 2)}) != 0;
		$campaign->enqueue_all;
		$campaign->run_in_session for 1 .. 3;
		sleep(3);
		$full->psql('tight', 'DROP TABLE filler; CHECKPOINT');
		ok($campaign->settle, "the disk was full, round $round");
	}
	my $log = PostgreSQL::Test::Utils::slurp_file($full->logfile);
	like($log, qr/ended as \w+: .*(?:No space left|could not extend)/, 'runs met it');
	unlike($log, qr/terminated by signal|PANIC|TRAP:/, 'no process died');
	$full->stop;
}
done_testing();
