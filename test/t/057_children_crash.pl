# A landing that is killed between the tables of a parent and its children has landed in all of them or in none: each order
# has the lines of its own version, whatever a reader sees. Only kills that hit a landing at work count. ELT_SOAK asks for
# many; ELT_KILLS and ELT_SEED set count and seed.
use strict;
use warnings;
use IPC::Run;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use EltNode;
use EltRuns qw(control);

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $kills = $ENV{ELT_KILLS} // ($ENV{ELT_SOAK} ? 50 : 4);
my $seed = $ENV{ELT_SEED} // int(time);
srand($seed);
note("seed $seed, $kills kills (ELT_SEED and ELT_KILLS set them)");

my $node = start_node('children_crash', preload => 1, extension => 1, conf => "restart_after_crash = on\nautovacuum = off\nfsync = off\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $orders = 4000;

# All orders with a number of lines that their version tells, each with that version.
sub answer_with
{
	my ($version) = @_;
	my @list = map { my $id = $_; { id => $id, version => $version,
		lines => [ map { { n => $_, version => $version, parts => [ { version => $version } ] } } 1 .. 1 + ($id + $version) % 4 ] } } 1 .. $orders;

	control('script', { id => 'torn', responses => [ { json => { orders => \@list } } ] });
}

$sql->(qq{
	CREATE SERVER api FOREIGN DATA WRAPPER elt_http OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s');
	CREATE FOREIGN TABLE order_api (id int, version int) SERVER api OPTIONS (path '/script/torn', records '\$.orders[*]');
	CREATE FOREIGN TABLE line_api (order_id int OPTIONS (path '\$.orders[*].id'), n int, version int)
		SERVER api OPTIONS (path '/script/torn', records '\$.orders[*].lines[*]');
	CREATE FOREIGN TABLE part_api (order_id int OPTIONS (path '\$.orders[*].id'), n int OPTIONS (path '\$.orders[*].lines[*].n'), version int)
		SERVER api OPTIONS (path '/script/torn', records '\$.orders[*].lines[*].parts[*]');
	SELECT elt.create_pipeline('torn', 'order_api', 'orders', '{id}', options => '{"sequence_by": ["version"]}');
	SELECT elt.add_child('torn', 'line_api', 'lines', '{order_id,n}', '{order_id}');
	SELECT elt.add_child('torn_lines', 'part_api', 'parts', '{order_id,n}', '{order_id,n}')});

# The version of all that is there, if it is one.
sub landed_version
{
	return $sql->(q{SELECT CASE WHEN count(DISTINCT v) = 1 AND min(n) = count(*) AND bool_and(whole) THEN min(v)::text
			ELSE 'torn: ' || string_agg(DISTINCT v::text, ',') END
		FROM (SELECT o.version AS v, (SELECT count(*) FROM orders) AS n,
			(SELECT count(*) = 1 + (o.id + o.version) % 4 AND bool_and(l.version = o.version) FROM lines l WHERE l.order_id = o.id)
			AND (SELECT count(*) = 1 + (o.id + o.version) % 4 AND bool_and(p.version = o.version) FROM parts p WHERE p.order_id = o.id) AS whole
			FROM orders o) AS s});
}

answer_with(1);
$sql->(q{CALL elt.run('torn')});
is(landed_version(), 1, 'an undisturbed run lands in all tables');

# Kill the session that loads when it lands.
sub kill_landing
{
	my $said = '';
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', q{CALL elt.run('torn')} ],
		'<', \undef, '>', \$said, '2>', \$said);
	my $deadline = time() + 180;
	my $pid = '';

	while (time() < $deadline && $pid eq '')
	{
		$pid = $sql->(q{SELECT pid FROM elt.progress WHERE phase = 'land'});
		last if !IPC::Run::pumpable($session) && $pid eq '';
	}
	my $hit = $pid ne '';
	if ($hit)
	{
		sleep(rand(0.15));
		kill_process($pid);
	}
	eval { $session->finish };
	wait_for($node, 'postgres', 'SELECT true', 'the server');
	return $hit;
}

my ($hits, $before, $after, $version) = (0, 0, 0, 1);
for (my $tries = 0; $hits < $kills && $tries < 4 * $kills; $tries++)
{
	answer_with($version + 1);
	next unless kill_landing();
	my $found = landed_version();

	$hits++;
	ok($found eq $version || $found eq $version + 1, "kill $hits: all tables have version $found");
	$found eq $version ? $before++ : $after++;
	$sql->(q{CALL elt.run('torn')});
	is(landed_version(), ++$version, "kill $hits: the next run completes it");
}
is($hits, $kills, "$kills kills hit a landing");
diag("$before landings were undone, $after had ended, seed $seed");
$node->stop;
done_testing();
