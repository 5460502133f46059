# Runs in the server log: as JSON a line for the start and the end of each, as text one for what fails.
use strict;
use warnings;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;

my $node = start_node('run_log', preload => 1, extension => 1);

$node->safe_psql('postgres', q{
	CREATE TABLE src (id int PRIMARY KEY, n int);
	INSERT INTO src VALUES (1, 1), (2, 2);
	SELECT elt.create_pipeline('good', 'src', 'good', '{id}'),
		elt.create_pipeline('bad', 'src', 'bad', '{id}', options => '{"on_landed": "select 1 / 0 as \"broken\n\"", "max_attempts": 1}');
	SELECT elt.add_check('good', 'small', 'n < 2', action => 'quarantine')});

sub run_both
{
	my $from = -s $node->logfile;

	$node->safe_psql('postgres', q{CALL elt.run('good')});
	my $failed = $node->safe_psql('postgres', q{SELECT elt.enqueue('bad')});
	wait_for($node, 'postgres', qq{SELECT state = 'failed' FROM elt.runs WHERE run_id = $failed}, 'the end of the run') or return;
	# it is told behind the commit
	wait_for($node, 'postgres', q{SELECT count(*) = 0 FROM elt.progress}, 'the end of its worker') or return;
	PostgreSQL::Test::Utils::slurp_file($node->logfile, $from);
}

my $text = run_both();
unlike($text, qr/run_started/, 'as text, nothing is told of a start');
like($text, qr/LOG:  run \d+ of pipeline "bad" ended as failed: division by zero/, 'but of a failure');

$node->safe_psql('postgres', q{ALTER SYSTEM SET elt.log_format = 'json'; SELECT pg_reload_conf()});
wait_for($node, 'postgres', q{SELECT current_setting('elt.log_format') = 'json'}, 'the setting');
my $log = run_both();
my @lines = map { decode_json($_) } $log =~ /LOG:  (\{"event".*\})$/mg;
is(scalar @lines, 4, 'as JSON there are two lines for each run');
is_deeply([sort map { "$_->{pipeline} $_->{event} $_->{state}" } @lines],
	['bad run_ended failed', 'bad run_started running', 'good run_ended succeeded', 'good run_started running'],
	'of its start and its end');
my ($good) = grep { $_->{pipeline} eq 'good' && $_->{event} eq 'run_ended' } @lines;
is_deeply([@$good{qw(rows_read rows_unchanged rows_quarantined origin)}], [2, 1, 1, 'call'], 'with its counts');
ok($good->{seconds} >= 0, 'and its time');
is($good->{run_id}, $node->safe_psql('postgres', q{SELECT max(run_id) FROM elt.runs WHERE pipeline = 'good'}), 'and its ID');
my ($bad) = grep { $_->{pipeline} eq 'bad' && $_->{event} eq 'run_ended' } @lines;
is_deeply([@$bad{qw(sqlstate error origin)}], ['22012', 'division by zero', 'queue'], 'what fails has its error');
unlike($log, qr/ended as failed/, 'which is not told twice');
is($node->safe_psql('postgres', q{SET elt.log_format = 'json'; CALL elt.run('good')}), '', 'the session is told as before');

$node->stop;
done_testing();
