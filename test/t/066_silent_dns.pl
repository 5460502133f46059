# A name server that never answers, and a port that never accepts: whoever waits for them can be
# cancelled within a second, and is as good as before.
#
# The name server is a real one where this test may have namespaces of its own, in which it runs
# itself once more; elsewhere it is a getaddrinfo that hangs.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);

BEGIN
{
	my @namespace = qw(unshare --user --map-current-user --keep-caps --mount --net);

	if (!$ENV{ELT_SILENT})
	{
		my $possible = system("@namespace mount --bind /etc/hosts /etc/hosts >/dev/null 2>&1") == 0;

		$ENV{ELT_SILENT} = $possible ? 'dns' : 'getaddrinfo';
		exec @namespace, $^X, (map { "-I$_" } @INC), $0 if $possible;
	}
}
use EltNode;
use EltRuns;

my $real = $ENV{ELT_SILENT} eq 'dns';
my $dir = PostgreSQL::Test::Utils::tempdir();
my $pid = fork // die "fork: $!";
exec 'python3', 'test/lib/silent_network.py', $dir, $real ? '--private-names' : () if !$pid;
END { if ($pid) { my $status = $?; kill 'TERM', $pid; waitpid $pid, 0; $? = $status } }
my $deadline = time() + 180;
sleep 0.05 until -s "$dir/port" || time() > $deadline;
my ($port) = PostgreSQL::Test::Utils::slurp_file("$dir/port") =~ /(\d+)/;

my $db = 'postgres';
my $node = do
{
	local $ENV{LD_PRELOAD} = $ENV{LD_PRELOAD};
	if (!$real)
	{
		system("gcc -shared -fPIC -O1 -o $dir/fake_network.so test/unit/transport/fake_network.c -ldl") == 0 or die 'no gcc';
		$ENV{LD_PRELOAD} = "$dir/fake_network.so";
	}
	start_node('silent', preload => 1, extension => 1);
};
my $name = $real ? 'api.example.org' : 'slow.test';
diag($real ? 'with a name server' : 'no namespaces here: with a getaddrinfo that hangs');

for my $way ([ 'dns', "http://$name" ], [ 'connect', "http://127.0.0.1:$port" ])
{
	$node->safe_psql($db, "CREATE SERVER $way->[0] FOREIGN DATA WRAPPER elt_http OPTIONS (url '$way->[1]', allow_private 'true');
		CREATE FOREIGN TABLE $way->[0]_api (id int) SERVER $way->[0];
		SELECT elt.create_pipeline('$way->[0]', '$way->[0]_api', '$way->[0]_target', '{id}')");
}

sub asked { return -s "$dir/asked" // 0 }

# The pid of the one that waits for the network.
sub waiting
{
	my $query = q{FROM pg_stat_activity WHERE wait_event_type = 'Extension' AND (query LIKE '%_api%' OR query LIKE '%elt.run%' OR query LIKE '%execute_run%')};

	wait_for($node, $db, "SELECT count(*) = 1 $query", 'a session that waits');
	return $node->safe_psql($db, "SELECT pid $query");
}

# How long it takes until the process that waits has heard of it, without psql's own time.
sub seconds_until
{
	my ($what, $over) = @_;
	$node->safe_psql($db, $what);
	my $begun = time();
	$over->();
	return time() - $begun;
}

for my $way (qw(dns connect))
{
	for my $statement ("SELECT * FROM ${way}_api", "CALL elt.run('$way')")
	{
		my $before = asked();
		my $b = background($node, $db, "$statement");
		my $backend = waiting();
		my $took = seconds_until("SELECT pg_cancel_backend($backend)", sub { finish_background($b) });
		like($b->{err}, qr/57014.*canceling statement due to user request/s, "$way: $statement is cancelled");
		cmp_ok($took, '<', 1, 'within a second');
		ok(!$real || $way ne 'dns' || asked() > $before, 'the name server was asked') if $way eq 'dns';
	}

	my $begun = time();
	my (undef, $out, $error) = $node->psql($db, "SET statement_timeout = '300ms'; SELECT * FROM ${way}_api;\nSELECT 'alive'", on_error_stop => 0);
	cmp_ok(time() - $begun, '<', 1.3, "$way: so does statement_timeout end it");
	like($error, qr/statement timeout/, 'as such');
	is($out, 'alive', 'and the session lives on');

	my $b = background($node, $db, "SELECT * FROM ${way}_api");
	my $backend = waiting();
	my $took = seconds_until("SELECT pg_terminate_backend($backend)", sub { sleep 0.01 while kill 0, $backend });
	cmp_ok($took, '<', 1, "$way: a session that is terminated is gone within a second, threads and all");
	finish_background($b);

	my $run = enqueue($node, $db, $way);
	waiting();
	$took = seconds_until("SELECT elt.cancel($run)", sub { wait_for($node, $db, "SELECT state = 'cancelled' FROM elt.runs WHERE run_id = $run", 'the run to end') });
	cmp_ok($took, '<', 1.5, "$way: elt.cancel ends a run of the queue");
	is(state_of($node, $db, $run), 'cancelled', 'as cancelled');
}

# Twenty times in one session: nothing is left behind that hinders it.
my (undef, $out) = $node->psql($db, "SET statement_timeout = '50ms';\n" . "SELECT * FROM dns_api;\n" x 20 . "SELECT 'alive'", on_error_stop => 0);
is($out, 'alive', 'a session whose requests were given up twenty times lives on');
my $b = background($node, $db, 'SELECT * FROM dns_api');
waiting();
my $begun = time();
$node->stop('fast');
cmp_ok(time() - $begun, '<', 5, 'the server stops while somebody waits');
finish_background($b);
done_testing();
