# Every kind of process is killed, whenever, while seven pipelines of all strategies load from an API that
# misbehaves: each round of kills ends in the tables that undisturbed runs make. Only kills that hit a
# process while a run is at work count. ELT_SOAK asks for many; ELT_KILLS and ELT_SEED set count and seed.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use EltCampaign;
use EltNode;

plan skip_all => 'the replay server is not running' unless $ENV{ELT_REPLAY};
my $kills = $ENV{ELT_KILLS} // ($ENV{ELT_SOAK} ? 500 : 5);
my $seed = $ENV{ELT_SEED} // int(time);
my $per_round = 10;
srand($seed);
note("seed $seed, $kills kills (ELT_SEED and ELT_KILLS set them)");

# A process that is killed loses nothing that it gave to the operating system.
my $node = start_node('campaign', preload => 1, extension => 1, conf => "restart_after_crash = on\nfsync = off\n"
	. "elt.retry_base = 5\nelt.retry_delay = 200\nelt.max_workers = 3\n");
my $campaign = EltCampaign->new($node, 'postgres');

my %process = (launcher => q{backend_type = 'elt launcher'}, scheduler => q{backend_type LIKE 'elt scheduler%'},
	worker => q{backend_type LIKE 'elt worker%'},
	backend => q{backend_type = 'client backend' AND query LIKE 'CALL elt.run%' AND state = 'active'});
my @kinds = (sort(keys %process), 'postmaster');
my %killed;

# Whom to kill, when a run is at work.
sub victim
{
	my ($kind) = @_;
	my $pid = $kind eq 'postmaster' ? '1' : "(SELECT pid FROM pg_stat_activity WHERE $process{$kind} ORDER BY random() LIMIT 1)";
	return $campaign->try("SELECT $pid WHERE EXISTS (SELECT FROM elt.progress)");
}

sub kill_one
{
	my ($kind) = @_;
	my $deadline = time() + 120;

	while (time() < $deadline)
	{
		$campaign->enqueue_all;
		$campaign->run_in_session if $kind eq 'backend';
		sleep(rand(0.5));
		my $pid = victim($kind) or next;
		if ($kind eq 'postmaster') { $node->kill9; start_again($node) }
		else { kill_process($pid) }
		$killed{$kind}++;
		return 1;
	}
	return 0;
}

my ($hits, $round, $whole) = (0, 0, 1);
while ($hits < $kills && $whole)
{
	my $end = $hits + $per_round < $kills ? $hits + $per_round : $kills;

	$campaign->begin_again if $round++ > 0;
	EltCampaign::misbehave();
	for (my $tries = 0; $hits < $end && $tries < 5 * $per_round; $tries++)
	{
		$hits++ if kill_one($kinds[$hits % @kinds]);
		wait_for($node, 'postgres', 'SELECT true', "the server after kill $hits") or last;
	}
	$whole = $campaign->settle;
	ok($whole, "round $round: all tables are the undisturbed ones after $hits kills");
	last if $hits < $end;
}

diag("$hits effective kills (" . join(', ', map { "$killed{$_} times $_" } sort keys %killed) . "), seed $seed");
is($hits, $kills, "$kills kills hit a process while a run was at work");
is(join(' ', sort keys %killed), join(' ', sort @kinds), 'processes of every kind');
is($campaign->sql(q{SELECT count(*) FROM elt.runs WHERE state = 'running'}), '0', 'no run is left running');
is($campaign->sql(q{SELECT count(*) FROM elt.cursors c
	JOIN elt.cursors q ON q.pipeline = 'quiet_' || c.pipeline AND q.params = c.params
	WHERE (c.window_end, c.position) IS DISTINCT FROM (q.window_end, q.position)}), '0', 'the cursors are where they belong');
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/terminated by signal (?!9\b)\d+|PANIC|TRAP:/,
	'no process died in another way');
$node->stop;
done_testing();
