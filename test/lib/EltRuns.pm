# Pipelines over the replay server that take as long as a test wants, and what became of their runs.
package EltRuns;

use strict;
use warnings;
use Exporter 'import';
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use EltNode;

our @EXPORT = qw(control declare enqueue state_of wait_state rows_of pid_of wait_pid processes
  background finish_background);

my $replay = $ENV{ELT_REPLAY};

# control(ACTION, { argument => value }): tell the replay server.
sub control
{
	my ($action, $arguments) = @_;
	my $answer = HTTP::Tiny->new->post("$replay/_control/$action",
		{ content => encode_json($arguments // {}), headers => { 'Content-Type' => 'application/json' } });

	$answer->{success} or die "control $action: $answer->{content}";
	return decode_json($answer->{content});
}

# One window is due: the first of January 2024, which is never over.
my $open_window = q{jsonb_build_object('publication_delay', now() - '2024-01-01 12:00')};

sub window_sql
{
	my ($name) = @_;
	return qq{
		ALTER FOREIGN TABLE ${name}_api ADD COLUMN day date OPTIONS (param 'window_start');
		ALTER FOREIGN TABLE ${name}_api OPTIONS (SET query 'part={part}&day={window_start}', ADD window '1 day',
			ADD window_column 'day', ADD window_format 'YYYY-MM-DD');};
}

# declare(NODE, DATABASE, NAME, seconds => 0, parts => 1, rows => 2, status => 200, schedule => '', options => {}):
# a pipeline with one request per part, each answered after so many seconds with so many rows.
# Every part is a batch of its own. With window => 1 each asks for one day.
sub declare
{
	my ($node, $database, $name, %o) = @_;
	my $parts = $o{parts} // 1;
	my $params = encode_json({ part => [ map { "$_" } 1 .. $parts ] });
	my @records = map { { id => $_ } } 1 .. ($o{rows} // 2);
	my $options = encode_json({ batch_rows => 1, %{ $o{options} // {} } });
	my %response = (json => \@records, status => $o{status} // 200);

	$response{delay} = $o{seconds} if $o{seconds};
	control('script', { id => $name, responses => [ \%response ] });
	$node->safe_psql($database, qq{
		SET client_min_messages = warning;
		CREATE SERVER IF NOT EXISTS replay FOREIGN DATA WRAPPER elt_http
			OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', concurrency '1', conditional 'false');
		CREATE FOREIGN TABLE ${name}_api (part text OPTIONS (param 'part'), id int) SERVER replay
			OPTIONS (path '/script/$name', query 'part={part}');
		@{[$o{window} ? window_sql($name) : '']}
		SELECT elt.create_pipeline('$name', '${name}_api', '$name', '{part,id}',
			params => '$params', start_at => @{[$o{window} ? q{'2024-01-01'} : 'NULL']}, schedule => '@{[$o{schedule} // '']}',
			options => '$options'::jsonb @{[$o{window} ? "|| $open_window" : '']})});
}

sub enqueue
{
	my ($node, $database, $name) = @_;
	return $node->safe_psql($database, "SELECT elt.enqueue('$name')");
}

sub state_of
{
	my ($node, $database, $run) = @_;
	return $node->safe_psql($database, "SELECT state FROM elt.runs WHERE run_id = $run");
}

# wait_state(NODE, DATABASE, RUN, STATE, WHAT): a test that the run comes into this state.
sub wait_state
{
	my ($node, $database, $run, $state, $what) = @_;

	wait_for($node, $database, "SELECT state = '$state' FROM elt.runs WHERE run_id = $run",
		"run $run to be $state");
	is(state_of($node, $database, $run), $state, $what);
}

# How many rows landed, and how many of them are wrong: 'n/0' is right.
sub rows_of
{
	my ($node, $database, $name) = @_;
	return $node->safe_psql($database,
		"SELECT count(*) || '/' || count(*) - count(DISTINCT (part, id)) FROM $name");
}

# The pid of one process of ours, by the start of its backend_type; empty when there is none.
sub pid_of
{
	my ($node, $database, $type) = @_;
	return $node->safe_psql('postgres', qq{SELECT pid FROM pg_stat_activity
		WHERE backend_type LIKE '$type%' AND datname IS NOT DISTINCT FROM nullif('$database', '')
		LIMIT 1});
}

sub wait_pid
{
	my ($node, $database, $type) = @_;

	wait_for($node, 'postgres', qq{SELECT count(*) > 0 FROM pg_stat_activity
		WHERE backend_type LIKE '$type%' AND datname IS NOT DISTINCT FROM nullif('$database', '')},
		"$type in '$database'");
	return pid_of($node, $database, $type);
}

# How many processes of ours are in a database.
sub processes
{
	my ($node, $database) = @_;
	return $node->safe_psql('postgres', qq{SELECT count(*) FROM pg_stat_activity
		WHERE backend_type LIKE 'elt %' AND datname = '$database'});
}

# A statement that goes on while the test does: background(...), then finish_background(...).
sub background
{
	my ($node, $database, $statement) = @_;
	my %b = (out => '', err => '');
	my $connection = $node->connstr($database);

	$b{run} = IPC::Run::start([ 'psql', '-XAt', '-v', 'VERBOSITY=verbose', '-d', $connection,
			'-c', $statement ], '>', \$b{out}, '2>', \$b{err});
	return \%b;
}

# Its exit code.
sub finish_background
{
	my ($b) = @_;
	IPC::Run::finish($b->{run});
	return $b->{run}->result(0);
}

1;
