# Whatever is killed, and whenever: the next run goes on, and the final table is the one that an
# undisturbed run makes. ELT_SOAK asks for many kills, the seed is printed and can be given.
use strict;
use warnings;
use HTTP::Tiny;
use Test::More;
use Time::HiRes qw(sleep);
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $kills = $ENV{ELT_KILLS} // ($ENV{ELT_SOAK} ? 200 : 9);
my $seed = $ENV{ELT_SEED} // time;
srand($seed);
note("seed $seed, $kills kills (ELT_SEED and ELT_KILLS set them)");

my $node = start_node('crash', preload => 1, extension => 1,
	conf => "restart_after_crash = on\nelt.retry_base = 10\n");

sub control { HTTP::Tiny->new->get("$replay/_control/$_[0]")->{success} or die "control $_[0]" }

sub declare
{
	my ($name) = @_;
	$node->safe_psql('postgres', qq{
		SELECT elt.create_pipeline('$name', 'public_power', '$name', '{country,production_type,ts}',
			params => '{"country": ["de", "fr"]}', start_at => '2024-03-25',
			options => jsonb_build_object('publication_delay', now() - '2024-04-06', 'batch_rows', 5000,
			'max_attempts', 1), partition_by => 'ts',
			partition_interval => '1 day', lookback => '1 day')});
}

sub differences
{
	return $node->safe_psql('postgres', q{
		SELECT count(*) FROM (
			(SELECT country, ts, production_type, power_mw FROM disturbed
			 EXCEPT ALL SELECT country, ts, production_type, power_mw FROM quiet)
			UNION ALL
			(SELECT country, ts, production_type, power_mw FROM quiet
			 EXCEPT ALL SELECT country, ts, production_type, power_mw FROM disturbed)) d});
}

sub enqueue { return $node->safe_psql('postgres', q{SELECT elt.enqueue('disturbed')}) }

sub state_of
{
	my ($run) = @_;
	return $node->safe_psql('postgres', "SELECT state FROM elt.runs WHERE run_id = $run");
}

# Kill one of the processes that a run needs; returns what was killed, or undef when it was late.
sub kill_something
{
	my $what = (qw(worker worker postmaster scheduler))[int(rand(4))];

	if ($what eq 'postmaster')
	{
		$node->kill9;
		start_again($node);
		return $what;
	}
	my $pid = $node->safe_psql('postgres', qq{
		SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'elt $what%' LIMIT 1});
	return undef unless $pid;
	kill_process($pid);
	return $what;
}

$node->safe_psql('postgres', qq{
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

control('reset');
declare('quiet');
$node->safe_psql('postgres', q{CALL elt.run('quiet')});
my $expected = $node->safe_psql('postgres', 'SELECT count(*) FROM quiet');
cmp_ok($expected, '>', 30000, "an undisturbed run lands $expected rows");

declare('disturbed');
control('fault?path=/public_power&delay=0.03&times=1000000');
my %killed;
for (my $i = 0; $i < $kills;)
{
	my $run = enqueue();

	# From before the worker starts until after it has ended; a shot at nobody does not count.
	sleep(rand(1.2));
	my $what = kill_something();
	$killed{ $what // 'nobody' }++;
	$i++ if $what;
	wait_for($node, 'postgres', 'SELECT true', "the server after kill $i of " . ($what // 'nobody'))
	  or last;
	# Begin again, so that every kill meets work to do.
	if ($node->safe_psql('postgres', "SELECT count(*) = $expected FROM disturbed") eq 't')
	{
		wait_for($node, 'postgres', qq{SELECT NOT EXISTS (SELECT FROM elt.runs
			WHERE pipeline = 'disturbed' AND state IN ('queued', 'running'))}, 'idle');
		is(differences(), '0', "whole after $i kills");
		$node->safe_psql('postgres', q{SELECT elt.reset_pipeline('disturbed'); TRUNCATE disturbed});
	}
}
note(join(', ', map { "$killed{$_} times $_" } sort keys %killed));

control('reset');
my $last = enqueue();
ok(wait_for($node, 'postgres',
	"SELECT state NOT IN ('queued', 'running') FROM elt.runs WHERE run_id = $last", 'the last run'),
	'the last run ends by itself');
is(state_of($last), 'succeeded', 'and succeeds');
is(differences(), '0', "after $kills kills the table is the undisturbed one");
is($node->safe_psql('postgres', q{SELECT count(*) FROM elt.runs WHERE state = 'running'}), '0',
	'no run is left running');
is($node->safe_psql('postgres', q{SELECT count(*) FROM elt.cursors c WHERE c.pipeline = 'disturbed'
	AND c.window_end <> (SELECT window_end FROM elt.cursors q
		WHERE q.pipeline = 'quiet' AND q.params = c.params)}), '0', 'the cursors are where they belong');

my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
my $recoveries = () = $log =~ /all server processes terminated; reinitializing|database system was interrupted/g;
cmp_ok($recoveries, '>=', 1, "the server really recovered ($recoveries times)");
$node->stop;
done_testing();
