# A replay that is killed has landed all of its rejects or none: what is in quarantine is not in the target, and the other way
# round. The next replay lands them, each once. ELT_SOAK asks for many kills; ELT_KILLS and ELT_SEED set count and seed.
use strict;
use warnings;
use IPC::Run;
use Test::More;
use Time::HiRes qw(sleep time);
use EltNode;

my $kills = $ENV{ELT_KILLS} // ($ENV{ELT_SOAK} ? 50 : 4);
my $seed = $ENV{ELT_SEED} // int(time);
srand($seed);
note("seed $seed, $kills kills (ELT_SEED and ELT_KILLS set them)");

my $node = start_node('replay_crash', preload => 1, extension => 1, conf => "restart_after_crash = on\nautovacuum = off\nfsync = off\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $rows = 3000;
my $root = $node->basedir . '/source';

# Of these rows all are refused by a check or by the type of a column, and none when both are gone.
mkdir $root or die;
open my $file, '>', "$root/rows.jsonl" or die;
print $file join('', map { sprintf qq({"id": %d, "v": %d}\n), $_, $_ % 2 ? -$_ : 1_000_000 + $_ } 1 .. $rows);
print $file qq({"id": 0, "v": 1}\n);
close $file;
$sql->(qq{
	CREATE DOMAIN small AS int CONSTRAINT small CHECK (VALUE < 1000000);
	CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '$root');
	CREATE FOREIGN TABLE source (id int, v small) SERVER files OPTIONS (glob 'rows.jsonl', format 'jsonl');
	SELECT elt.create_pipeline('p', 'source', 'target', '{id}', options => '{"max_reject_percent": 100}');
	SELECT elt.add_check('p', 'positive', 'v > 0')});
$sql->(q{CALL elt.run('p')});
$sql->(q{ALTER DOMAIN small DROP CONSTRAINT small});
$sql->(q{SELECT elt.drop_check('p', 'positive')});
is($sql->(q{SELECT count(*) FROM elt.rejects WHERE state = 'new'}), $rows, 'all rows but one are in quarantine');

sub found
{
	return $sql->(q{SELECT concat_ws(' ', (SELECT count(*) FROM target WHERE id > 0),
		(SELECT string_agg(concat_ws(' ', state, attempts, n), ', ') FROM
			(SELECT state, attempts, count(*) AS n FROM elt.rejects GROUP BY 1, 2) AS j),
		(SELECT count(*) FROM elt.rejects j JOIN target t ON t.id = substring(j.raw from '[0-9]+')::int AND j.state = 'new'))});
}

# Everything as it was before the replay.
sub undo
{
	$sql->(q{DELETE FROM target WHERE id > 0;
		DELETE FROM elt_catalog.reject_settled;
		UPDATE elt_catalog.reject SET state = 'new', attempts = 0, resolved_run_id = NULL, resolved_at = NULL, resolved_by = NULL});
}

sub kill_replay
{
	my ($longest) = @_;
	my $said = '';
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', q{SELECT elt.replay_rejects('p')} ],
		'<', \undef, '>', \$said, '2>', \$said);
	my $deadline = time() + 180;
	my $pid = '';

	while (time() < $deadline && $pid eq '' && IPC::Run::pumpable($session))
	{
		$pid = $sql->(q{SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query ~ '^SELECT elt.replay_rejects'});
	}
	if ($pid ne '')
	{
		sleep(rand($longest));
		kill_process($pid);
	}
	eval { $session->finish };
	wait_for($node, 'postgres', 'SELECT true', 'the server');
	return $pid ne '';
}

my $undone = "0 new 0 $rows 0";
my $done = "$rows replayed 1 $rows 0";
my $started = time();
$sql->(q{SELECT elt.replay_rejects('p')});
my $duration = time() - $started;
is(found(), $done, 'an undisturbed replay lands them');
undo();

my ($hits, $before, $after) = (0, 0, 0);
for (my $tries = 0; $hits < $kills && $tries < 4 * $kills; $tries++)
{
	next unless kill_replay($duration);
	my $found = found();

	$hits++;
	ok($found eq $undone || $found eq $done, "kill $hits: all have landed, or none") or diag($found);
	$found eq $undone ? $before++ : $after++;
	$sql->(q{SELECT elt.replay_rejects('p')});
	is(found(), $done, "kill $hits: the next replay lands what is left, each once");
	undo();
}
is($hits, $kills, "$kills kills hit a replay");
diag("$before replays were undone, $after had ended, seed $seed");
$node->stop;
done_testing();
