# Order between pipelines where workers run them: what follows what, what a failure holds, and that a
# killed worker neither loses a turn nor takes one twice.
use strict;
use warnings;
use Test::More;
use EltNode;
use EltRuns;

$ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';

my $db = 'postgres';
my $node = start_node('order', preload => 1, extension => 1, conf => "elt.retry_delay = 100\nrestart_after_crash = on\n");

sub sql { return $node->safe_psql($db, $_[0]) }

# How often each has succeeded, in the order of the ends.
sub done { return sql(q{SELECT string_agg(pipeline, ' ' ORDER BY finished_at) FROM elt.runs WHERE state = 'succeeded'}) }

sub wait_done
{
	my ($name, $times) = @_;
	return wait_for($node, $db, qq{SELECT count(*) = $times FROM elt.runs WHERE pipeline = '$name' AND state = 'succeeded'},
		"$times runs of $name");
}

# A diamond: root, then left and right, then the end.
declare($node, $db, 'root', seconds => 0.2);
declare($node, $db, $_, seconds => 0.3, options => { after => ['root'], tags => ['side'] }) for qw(left right);
declare($node, $db, 'finish', options => { after => [ 'left', 'right' ] });
sql(q{SELECT elt.enqueue('root')});
ok(wait_done('finish', 1), 'a run of the first is followed by all others');
like(done(), qr/^root (left right|right left) finish$/, 'each after those that it waits for, and once');

# A parent that fails holds the rest, and says why.
control('script', { id => 'right', responses => [ { status => 404 } ] });
sql(q{SELECT elt.alter_pipeline('right', options => '{"max_attempts": 1}'); SELECT elt.enqueue('root')});
ok(wait_done('left', 2), 'one side runs');
ok(wait_for($node, $db, q{SELECT waits_for ~ '^run \d+ of right failed: ' FROM elt.schedules WHERE pipeline = 'finish'}, 'the reason'),
	'the other one holds the end, with the reason');
control('script', { id => 'right', responses => [ { json => [ { id => 1 } ] } ] });
sql(q{SELECT elt.alter_pipeline('right', options => '{"max_attempts": null}'); SELECT elt.enqueue('right')});
ok(wait_done('finish', 2), 'which comes when it has succeeded');

# The same from the middle on, with a worker that is killed.
control('script', { id => 'left', responses => [ { json => [ { id => 1 } ], delay => 2 } ] });
is(sql(q{SELECT string_agg(pipeline || ':' || array_to_string(waits_for, ','), ' ') FROM elt.run_all('tag:side+')}),
	'finish:left,right left: right:', 'selected ones wait for each other only');
my $worker = wait_pid($node, $db, 'elt worker: left');
kill 'KILL', $worker;
ok(wait_for($node, $db, q{SELECT count(*) > 0 FROM elt.runs WHERE pipeline = 'left' AND state = 'abandoned'}, 'the repair'),
	'a worker is killed, and the server recovers');
ok(wait_done('finish', 3), 'its run is done again, and the end follows');
ok(wait_for($node, $db, q{SELECT NOT EXISTS (SELECT FROM elt.runs WHERE state IN ('queued', 'running'))}, 'the end'), 'nothing is left over');
is(sql(q{SELECT string_agg(n::text, ' ') FROM (SELECT count(*) AS n FROM elt.runs WHERE state = 'succeeded'
	GROUP BY pipeline ORDER BY pipeline) c}), '3 3 3 2', 'nobody had a turn twice');
$node->stop;
done_testing();
