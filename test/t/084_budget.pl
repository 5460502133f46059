# The rate and the concurrency of a server hold for all workers together, and what a worker held
# is given back when it is terminated.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use EltNode;
use EltRuns;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';

my $db = 'postgres';
my $node = start_node('budget', preload => 1, extension => 1, conf => "elt.retry_delay = 100\n");

sub sql { return $node->safe_psql($db, $_[0]) }

# When the requests of these pipelines arrived, in order, in seconds.
sub arrivals
{
	my $names = join '|', @_;
	my $answer = control('requests', { last => 1000 });
	my @at = sort { $a <=> $b } map { $_->{at} } grep { $_->{url} =~ m{^/script/($names)\?} }
	  @{ $answer->{requests} };
	return @at;
}

sub wait_arrival
{
	my ($name) = @_;
	my $deadline = time() + 180;

	sleep 0.05 until arrivals($name) || time() > $deadline;
	return scalar arrivals($name);
}

# Two pipelines of one server: 4 requests a second, 2 at a time.
declare($node, $db, $_, parts => 8) for qw(left right);
sql(q{ALTER SERVER replay OPTIONS (SET rate_limit '4/s', SET concurrency '2')});
control('reset', { what => 'counters' });
my @runs = map { enqueue($node, $db, $_) } qw(left right);
ok(wait_for($node, $db, q{SELECT count(*) = 2 FROM elt.progress}, 'both'), 'two workers at once');
wait_state($node, $db, $_, 'succeeded', 'within the rate') for @runs;

my @at = arrivals('left', 'right');
is(scalar @at, 16, 'sixteen requests');
my $most = 0;
for my $i (0 .. $#at)
{
	my $n = grep { $_ >= $at[$i] && $_ < $at[$i] + 1 } @at;
	$most = $n if $n > $most;
}
# A full bucket of 4, and the 4 that drip into it within the second.
cmp_ok($most, '<=', 9, "never more than burst and rate in a second ($most)");
cmp_ok($at[-1] - $at[0], '>=', 2.9, 'so they take the time that the rate says');

# The places in flight are shared, and come back when a worker is terminated.
declare($node, $db, 'hanging', seconds => 60);
sql(q{ALTER SERVER replay OPTIONS (SET rate_limit '10000/s', SET concurrency '1')});
my $run = enqueue($node, $db, 'hanging');
is(wait_arrival('hanging'), 1, 'one request is in flight');
my $behind = enqueue($node, $db, 'left');
wait_state($node, $db, $behind, 'running', 'another run wants to ask');
my $before = scalar arrivals('left');
sql(q{SELECT pg_sleep(0.5)});
is(scalar arrivals('left'), $before, 'it waits for the place');
sql(q{UPDATE elt_catalog.pipeline SET max_attempts = 1 WHERE name = 'hanging'});
my $worker = wait_pid($node, $db, 'elt worker: hanging');
sql("SELECT pg_terminate_backend($worker)");
wait_state($node, $db, $behind, 'succeeded', 'and gets it when the holder is terminated');

# Who holds no request in flight holds no place: neither an idle cursor nor a run that waits to land.
my $holder = $node->background_psql($db);
$holder->query_safe(q{BEGIN; DECLARE c CURSOR FOR SELECT id FROM left_api WHERE part IN ('1', '2', '3', '4', '5', '6')});
is($holder->query_safe('FETCH 3 FROM c'), "1\n2\n1", 'a cursor has read half of what is in flight');
my $other = q{SET statement_timeout = '60s'; SELECT count(*) FROM right_api WHERE part = '1'};
is(sql($other), 2, 'while it is idle its places are free');
is($holder->query_safe('FETCH 100 FROM c'), join("\n", 2, (1, 2) x 4), 'and it goes on');
$holder->query_safe(q{COMMIT; BEGIN; LOCK TABLE "left" IN ACCESS EXCLUSIVE MODE});
$run = enqueue($node, $db, 'left');
ok(wait_for($node, $db, q{SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'left'::regclass}, 'lands'),
	'a run waits to land its first batch');
is(sql($other), 2, 'its places are free as well');
$holder->query_safe('COMMIT');
$holder->quit;
wait_state($node, $db, $run, 'succeeded', 'and it goes on');

# What the server's headers say is left holds for all, too: six requests, then nothing for two
# seconds after the answer that said 0.
my @reports = map { { json => [ { id => 1 } ], headers => { 'X-RateLimit-Remaining' => 5 - $_ % 6, 'X-RateLimit-Reset' => 2 } } } 0 .. 15;
sub share
{
	my ($id, @responses) = @_;

	control('script', { id => $id, responses => \@responses });
	sql("ALTER FOREIGN TABLE ${_}_api OPTIONS (SET path '/script/$id')") for qw(left right);
	control('reset', { what => 'counters' });
}
share('reported', @reports);
sql(q{ALTER SERVER replay OPTIONS (SET concurrency '2')});
@runs = map { enqueue($node, $db, $_) } qw(left right);
wait_state($node, $db, $_, 'succeeded', 'within what the server says is left') for @runs;
@at = arrivals('reported');
is(scalar @at, 16, 'sixteen requests');
for my $spent (5, 11)
{
	my $pause = $at[ $spent + 1 ] - $at[$spent];
	cmp_ok($pause, '>=', 2, "none before the reset after number $spent");
}

# Nobody waits because of a number that cannot be: one of them names a day in 2100.
share('lies', map { { json => [ { id => 1 } ], headers => { 'RateLimit-Remaining' => 0, 'RateLimit-Reset' => $_ } } }
	-5, 0, 4102444800, 'soon');
$run = enqueue($node, $db, 'left');
wait_state($node, $db, $run, 'succeeded', 'a reset that cannot be is none');
is(scalar arrivals('lies'), 8, 'all was asked for');

# What was spent stays spent when the transaction rolls back.
share('rolled_back', { json => [ { id => 1 } ], headers => { RateLimit => '"hour";r=0;t=3600' } });
sql(q{BEGIN; SELECT * FROM left_api WHERE part = '1'; ROLLBACK});
my (undef, undef, $error) = $node->psql($db, q{SELECT * FROM right_api WHERE part = '1'});
like($error, qr/server "replay" requested a pause until/, 'the next session is told to wait');
is(scalar arrivals('rolled_back'), 1, 'and does not ask');

# One role's servers do not crowd out another's, however many they are, and what is spent of their
# quotas is written down instead.
my $crowd = 300;
sql(qq{CREATE SERVER alone FOREIGN DATA WRAPPER elt_http OPTIONS (url '$replay', allow_private 'true');
	CREATE FOREIGN TABLE alone (id bigint) SERVER alone OPTIONS (path '/script/crowd')});
control('script', { id => 'crowd', responses => [ { json => [ { id => 1 } ] } ] });
sql(q{CREATE ROLE crowd; GRANT elt_admin TO crowd; GRANT CREATE ON SCHEMA public TO crowd});
sql(qq{SET ROLE crowd; DO \$\$ BEGIN FOR i IN 1 .. $crowd LOOP
	EXECUTE format('CREATE SERVER crowd%s FOREIGN DATA WRAPPER elt_http
		OPTIONS (url %L, allow_private ''true'', quota ''1000/month'')', i, '$replay');
	EXECUTE format('CREATE FOREIGN TABLE crowd%s (id bigint) SERVER crowd%s
		OPTIONS (path ''/script/crowd'')', i, i); END LOOP; END \$\$});
sql(qq{SET statement_timeout = '60s'; SET ROLE crowd; DO \$\$ BEGIN FOR i IN 1 .. $crowd LOOP
	EXECUTE format('SELECT * FROM crowd%s', i); END LOOP; END \$\$});
is(sql(q{SET statement_timeout = '60s'; SELECT count(*) FROM alone}), '1',
	'another role is served');
cmp_ok(sql(q{SELECT count(*) FROM elt.quotas WHERE server LIKE 'crowd%' AND spent = 1}), '>=', $crowd - 256,
	'what made room is written down');
is(sql(q{SELECT count(*) FROM elt.quotas WHERE server LIKE 'crowd%' AND spent <> 1}), '0', 'and nothing else');

$node->stop;
done_testing();
