# Several databases, and statements that need one of them empty: our processes leave in time, and
# come back when the statement fails.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;
use EltRuns;

$ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';

my $node = start_node('databases', preload => 1,
	conf => "elt.max_workers = 3\nelt.retry_delay = 100\n");

sub sql { return $node->safe_psql('postgres', $_[0]) }

sub wait_processes
{
	my ($database, $n, $what) = @_;
	ok(wait_for($node, 'postgres', qq{SELECT count(*) = $n FROM pg_stat_activity
		WHERE backend_type LIKE 'elt %' AND datname = '$database'}, "$n processes in $database"), $what);
}

sql("CREATE DATABASE $_") for qw(one two without);
$node->safe_psql($_, 'CREATE EXTENSION pg_elt') for qw(one two);
wait_processes($_, 1, "a scheduler in $_") for qw(one two);
is(processes($node, 'without'), '0', 'none where the extension is not');

# Both at once, each with its own queue.
declare($node, $_, 'slow', seconds => 2, parts => 2) for qw(one two);
my %run = map { $_ => enqueue($node, $_, 'slow') } qw(one two);
ok(wait_for($node, 'postgres', q{SELECT count(DISTINCT datname) = 2 FROM pg_stat_activity
	WHERE backend_type LIKE 'elt worker%'}, 'a worker in each'), 'two databases run at once');
wait_state($node, $_, $run{$_}, 'succeeded', "the run in $_") for qw(one two);
is(rows_of($node, $_, 'slow'), '4/0', "its rows in $_") for qw(one two);

# After a restart every database is looked at.
$node->restart;
wait_processes($_, 1, "after a restart a scheduler in $_") for qw(one two);

# A template: the copy has the extension, so it gets a scheduler.
sql('CREATE DATABASE copy TEMPLATE one');
wait_processes('copy', 1, 'a copy gets a scheduler');
wait_processes('one', 1, 'the template has its own again');

# Rename, other tablespace.
sql('ALTER DATABASE copy RENAME TO renamed');
wait_processes('renamed', 1, 'a renamed database has a scheduler');
my $path = $node->basedir . '/space';
mkdir $path;
sql("CREATE TABLESPACE space LOCATION '$path'");
sql('ALTER DATABASE renamed SET TABLESPACE space');
wait_processes('renamed', 1, 'a moved database has a scheduler');

# Who may not drop the database cannot end its runs.
declare($node, 'two', 'long', seconds => 60);
my $long = enqueue($node, 'two', 'long');
wait_state($node, 'two', $long, 'running', 'a long run');
my $worker = wait_pid($node, 'two', 'elt worker: long');
sql('CREATE ROLE somebody LOGIN');
my ($status, $out, $err) = $node->psql('postgres', 'DROP DATABASE two', extra_params => [ '-U', 'somebody' ]);
like($err, qr/must be owner/, 'DROP DATABASE by somebody else is refused');
is(pid_of($node, 'two', 'elt worker: long'), $worker, 'and ends no run');
($status, $out, $err) = $node->psql('postgres', 'BEGIN; DROP DATABASE two');
like($err, qr/cannot run inside a transaction block/, 'DROP DATABASE in a transaction block');
is(pid_of($node, 'two', 'elt worker: long'), $worker, 'ends no run either');

# A DROP that fails for another reason: they come back, and the run is done again.
my $session = $node->background_psql('two');
($status, $out, $err) = $node->psql('postgres', 'DROP DATABASE two');
like($err, qr/being accessed by other users/, 'DROP DATABASE fails while a session is there');
$session->quit;
wait_state($node, 'two', $long, 'abandoned', 'the run that had to leave');
ok(wait_for($node, 'two', "SELECT state = 'running' FROM elt_catalog.run WHERE retry_of = $long", 'the retry'),
	'is done again');

# DROP DATABASE while a run is on.
is(processes($node, 'two'), '2', 'a scheduler and a worker are there');
sql('DROP DATABASE two');
is(sql(q{SELECT count(*) FROM pg_database WHERE datname = 'two'}), '0', 'DROP DATABASE takes them away');
sql('DROP DATABASE IF EXISTS two');
sql('CREATE DATABASE two');
is(processes($node, 'two'), '0', 'a new database of that name has none');
sql('DROP DATABASE renamed WITH (FORCE)');
wait_processes('one', 1, 'the others go on');
is(sqlstate_of($node, 'one', q{CALL elt.wait(elt.enqueue('slow'), '1 minute')}), '00000', 'and work');

# More schedulers than the server has processes for: said once, and tried again.
$node->stop;
# Others take three of them: pg_cron, the launchers of logical replication and of pg_elt.
$node->append_conf('postgresql.conf', 'max_worker_processes = 5');
my $offset = -s $node->logfile;
$node->start;
wait_processes('one', 1, 'a scheduler');
sql("CREATE DATABASE more$_ TEMPLATE one") for 1 .. 3;
$node->wait_for_log(qr/could not start the scheduler of a database/, $offset);
ok(1, 'a missing process is said');
sql("DROP DATABASE more$_") for 1 .. 3;
is(sqlstate_of($node, 'one', q{CALL elt.wait(elt.enqueue('slow'), '1 minute')}), '00000',
	'and works when there are enough again');

$node->stop;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|terminated by signal/, 'nobody died');
done_testing();
