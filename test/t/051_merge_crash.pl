# A merge that is killed has landed whole or not at all: target, cursor and counts are all as before it
# or all as after it, the change log makes the target, and the next run makes the table that an undisturbed one makes. Only kills that
# hit a merge at work count. ELT_SOAK asks for many, the seed is printed and can be given.
use strict;
use warnings;
use IPC::Run;
use Test::More;
use Time::HiRes qw(sleep time);
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $kills = $ENV{ELT_KILLS} // ($ENV{ELT_SOAK} ? 60 : 6);
my $seed = $ENV{ELT_SEED} // int(time);
srand($seed);
note("seed $seed, $kills kills (ELT_SEED and ELT_KILLS set them)");

my $node = start_node('merge_crash', extension => 1,
	conf => "restart_after_crash = on\nautovacuum = off\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $columns = 'country, ts, production_type, power_mw';

sub declare
{
	my ($name) = @_;
	$sql->(qq{SELECT elt.create_pipeline('$name', 'public_power', '$name', '{country,production_type,ts}',
		params => '{"country": ["de", "fr"]}', start_at => '2024-03-25',
		options => jsonb_build_object('publication_delay', now() - '2024-04-06'), partition_by => 'ts', partition_interval => '1 day')});
}

sub same_rows
{
	my ($left, $right) = @_;
	return $sql->(qq{SELECT NOT EXISTS (
		(SELECT $columns FROM $left EXCEPT ALL SELECT $columns FROM $right)
		UNION ALL (SELECT $columns FROM $right EXCEPT ALL SELECT $columns FROM $left))}) eq 't';
}

# What was added less what was removed is what is there, and every change has a time.
sub log_agrees
{
	return $sql->(qq{WITH logged AS (SELECT $columns, _change_type IN ('insert', 'update_postimage') AS added FROM disturbed_changes),
		rest AS (SELECT $columns FROM logged WHERE added EXCEPT ALL SELECT $columns FROM logged WHERE NOT added)
		SELECT NOT EXISTS ((TABLE rest EXCEPT ALL SELECT $columns FROM disturbed)
			UNION ALL (SELECT $columns FROM disturbed EXCEPT ALL TABLE rest))
		AND (SELECT count(*) FROM disturbed_changes) = (SELECT count(*) FROM disturbed_change_log)}) eq 't';
}

sub cursors_of
{
	my ($name) = @_;
	return $sql->(qq{SELECT string_agg(concat_ws(' ', params, window_end), ', ' ORDER BY params)
		FROM elt.cursors WHERE pipeline = '$name'});
}

# What a merge changes, each as before, after or between.
sub state_of
{
	my ($run, $before, $expected) = @_;
	my $target = same_rows('disturbed', 'old') ? 'before' : same_rows('disturbed', 'quiet') ? 'after' : 'between';
	my $cursors = { $before => 'before', cursors_of('quiet') => 'after' }->{ cursors_of('disturbed') } // 'between';
	my $counts = $sql->(qq{SELECT concat_ws(' ', rows_inserted, rows_updated, rows_unchanged)
		FROM elt.runs WHERE run_id = $run});
	$counts = { '0 0 0' => 'before', $expected => 'after' }->{$counts} // "between ($counts)";
	return "target $target, cursors $cursors, counts $counts";
}

# The target as it was, nothing landed, and the batch staged; returns the run that pulled it.
sub stage
{
	$sql->(qq{SELECT elt.reset_pipeline('disturbed');
		TRUNCATE disturbed; INSERT INTO disturbed TABLE old});
	$sql->(q{CALL elt.pull('disturbed')});
	return $sql->(q{SELECT max(run_id) FROM elt.runs WHERE pipeline = 'disturbed'});
}

# A session that merges; its process id, and a function that sends the merge, one that hears of its end.
sub merger
{
	my ($in, $out, $err) = ('', '', '');
	my $psql = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') ],
		'<', \$in, '>', \$out, '2>', \$err, IPC::Run::timeout(300));

	$in = "SELECT 'pid ' || pg_backend_pid();\n";
	$psql->pump until $out =~ /pid (\d+)/;
	my $pid = $1;
	my $send = sub
	{
		$in = "SELECT 'merged ' || rows_inserted FROM elt.merge('disturbed');\n";
		$psql->pump_nb while length $in;
	};
	my $end = sub
	{
		eval { $psql->finish };
		return $out =~ /merged/;
	};
	return ($pid, $send, $end);
}

# The postmaster goes as a machine does: its processes with it, so that nobody ends the merge meanwhile.
sub kill_node
{
	my ($pid) = @_;
	$node->kill9;
	kill('KILL', $pid);
}

$sql->(qq{
	CREATE SERVER replay FOREIGN DATA WRAPPER elt_http
		OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', concurrency '3');
	CREATE FOREIGN TABLE public_power (
		country text OPTIONS (param 'country'),
		ts timestamptz OPTIONS (path '\$.unix_seconds[*]', format 'unix'),
		production_type text OPTIONS (path 'name'),
		power_mw float8 OPTIONS (path 'data[*]')
	) SERVER replay OPTIONS (path '/public_power',
		query 'country={country}&start={window_start}&end={window_last}',
		records '\$.production_types[*]', window '1 day', window_column 'ts',
		window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin', not_yet_on '404 text/plain')});
declare('quiet');
$sql->(q{CALL elt.run('quiet')});
# A run makes the partitions, too.
declare('disturbed');
$sql->(q{SELECT elt.alter_pipeline('disturbed', options => '{"change_log": "1 day"}')});
$sql->(q{CALL elt.run('disturbed')});

# Of the target a part is there already, of which a part is stale.
$sql->(q{CREATE TABLE old AS SELECT country, ts, production_type,
		CASE WHEN n % 3 = 0 THEN coalesce(power_mw, 0) + 1 ELSE power_mw END AS power_mw, _run_id, _loaded_at
	FROM (SELECT *, row_number() OVER (ORDER BY ts, country, production_type) AS n FROM quiet) q WHERE n % 2 = 0});
stage();
my $started = time;
my $expected = $sql->(q{SELECT concat_ws(' ', rows_inserted, rows_updated, rows_unchanged)
	FROM elt.merge('disturbed')});
my $duration = time - $started;
like($expected, qr/^[1-9]\d+ [1-9]\d+ [1-9]\d+$/, "the merge inserts, updates and leaves rows alone ($expected)");
ok(same_rows('disturbed', 'quiet'), 'undisturbed it lands the whole batch');

my %seen;
my $hit = 0;
for (my $try = 0; $hit < $kills && $try < 6 * $kills; $try++)
{
	my $run = stage();
	my $before = cursors_of('disturbed');
	my ($pid, $send, $end) = merger();
	my $what = $hit % 3 == 2 ? 'postmaster' : 'backend';

	$send->();
	sleep(rand($duration));
	$what eq 'backend' ? kill_process($pid) : kill_node($pid);
	my $late = $end->();
	start_again($node) if $what eq 'postmaster';
	wait_for($node, 'postgres', 'SELECT true', 'the server after its recovery') or last;

	my $state = state_of($run, $before, $expected);
	my ($when) = $state =~ /^target (before|after), cursors \1, counts \1$/;
	ok($when, "killed $what: $state");
	ok(log_agrees(), 'and the change log makes the target');
	$seen{"$what " . ($when // 'between')}++ unless $late;
	$hit++ unless $late;
	# What is too late says how long a merge takes here.
	$duration *= $late ? 0.9 : 1.02;

	$sql->(q{CALL elt.run('disturbed')});
	ok(same_rows('disturbed', 'quiet') && log_agrees(), 'and the next run makes the table whole');
}
is($hit, $kills, "$kills kills hit a merge at work");
note(join(', ', map { "$_: $seen{$_}" } sort keys %seen));
cmp_ok(scalar(grep { /before/ } keys %seen), '>=', 1, 'some of them before its commit');

$node->stop;
done_testing();
