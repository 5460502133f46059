# Everybody at once: twenty sessions run, queue, cancel, pause, alter, rename, reset, drop, create, preview,
# merge, validate and backfill the same pipelines at random, beside the workers. Afterwards the targets are
# what an oracle says, no run runs and no lock is held, and nobody has met an error but those that are meant.
use strict;
use warnings;
use IO::Handle;
use IPC::Open2;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use EltNode;
use EltRuns;

$ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';

my $sessions = 20;
my $seconds = $ENV{ELT_SOAK} ? 600 : 20;
my $seed = $ENV{ELT_SEED} || int(rand(2**31));
note("ELT_SEED=$seed, $seconds s");

my $db = 'postgres';
my $node = start_node('everybody', preload => 1, extension => 1,
	conf => "max_connections = 60\nelt.max_workers = 3\nelt.retry_delay = 50\nlog_min_messages = warning\n"
	  . "restart_after_crash = off\nfsync = off\n");

sub sql { return $node->safe_psql($db, $_[0]) }

# A busy pipeline, one that is not there or there already, paused, cancelled, nothing staged, what was queued
# with another window, rows that would come twice, what another transaction changed, a transaction that failed.
my %meant = map { $_ => 1 } qw(EL001 EL002 42704 42710 55000 57014 40001 25P02 EL009);

# Each pipeline with what declares it. Days are windows; each has the same two rows.
my $windows = q{start_at => '2024-01-01', options => jsonb_build_object('publication_delay', now() - '2024-01-06 12:00')};
my %pipeline = (
	upsert => "'days_api', 'upsert_rows', '{day,id}', $windows",
	once => "'days_api', 'once_rows', strategy => 'append', $windows",
	window => "'days_api', 'window_rows', strategy => 'replace_window', $windows",
	history => "'list_api', 'history_rows', '{id}', strategy => 'scd2', options => jsonb_build_object('sequence_by', ARRAY['at'])",
	whole => "'list_api', 'whole_rows', '{id}', options => jsonb_build_object('load', 'full', 'absent', 'delete')",
);
my @names = sort keys %pipeline;

sub create
{
	my ($name) = @_;
	my ($source, @rest) = split /, /, $pipeline{$name};
	return "SELECT elt.create_pipeline('$name', " . join(', ', $source, @rest) . ')';
}

# What appends without a key would have its rows twice.
sub empty { return $_[0] eq 'once' ? 'TRUNCATE once_rows; ' : '' }

# While it has the other name a pipeline may be created under its own. The two have one target then, which has rows
# twice where there is no key: such a name is given and taken back at once.
sub rename_twice
{
	my ($name) = @_;
	my $statements = "SELECT elt.rename_pipeline('$name', '${name}_2'); SELECT elt.rename_pipeline('${name}_2', '$name')";

	return $name eq 'once' ? "BEGIN; $statements; COMMIT" : $statements;
}

control('script', { id => 'days', responses => [ { json => [ { id => 1 }, { id => 2 } ] } ] });
control('script', { id => 'list', responses => [ { json => [ map { { id => $_, at => '2024-01-01T00:00:00Z' } } 1 .. 50 ] } ] });
sql(qq{SET client_min_messages = warning;
	CREATE SERVER replay FOREIGN DATA WRAPPER elt_http OPTIONS (url '$ENV{ELT_REPLAY}', allow_private 'true', rate_limit '10000/s');
	CREATE FOREIGN TABLE days_api (day date OPTIONS (param 'window_start'), id int) SERVER replay
		OPTIONS (path '/script/days', query 'day={window_start}', window '1 day', window_column 'day', window_format 'YYYY-MM-DD');
	CREATE FOREIGN TABLE list_api (id int, at timestamptz) SERVER replay OPTIONS (path '/script/list');
	@{[map { create($_) . ';' } @names]}});

# What can be said of a pipeline, by its name; other is a name that it may get.
my @acts = (
	([ run => sub { "CALL elt.run('$_[0]')" } ]) x 6,
	[ some => sub { "CALL elt.run('$_[0]', '2024-01-02', '2024-01-04')" } ],
	([ enqueue => sub { "SELECT elt.enqueue('$_[0]')" } ]) x 3,
	([ backfill => sub { "SELECT elt.backfill('$_[0]', '2024-01-02', '2024-01-04')" } ]) x 2,
	([ cancel => sub { q{SELECT elt.cancel(run_id) FROM (SELECT run_id FROM elt.runs WHERE state IN ('queued', 'running') LIMIT 2) r} } ]) x 2,
	[ interrupt => sub { q{SELECT pg_cancel_backend(pid) FROM elt.progress LIMIT 1} } ],
	[ pause => sub { "SELECT elt.pause('$_[0]'); SELECT elt.resume('$_[0]')" } ],
	([ alter => sub { "SELECT elt.alter_pipeline('$_[0]', options => jsonb_build_object('batch_rows', " . (1 + int(rand(8))) . ", 'max_attempts', " . (1 + int(rand(3))) . '))' } ]) x 2,
	[ rename => sub { rename_twice($_[0]) } ],
	([ reset => sub { "SELECT elt.reset_pipeline('$_[0]')" } ]) x 2,
	[ anew => sub { "BEGIN; " . empty($_[0]) . "SELECT elt.reset_pipeline('$_[0]'); COMMIT" } ],
	[ drop => sub { "BEGIN; SELECT elt.drop_pipeline('$_[0]'); " . empty($_[0]) . 'COMMIT; ' . create($_[0]) } ],
	[ create => sub { create($_[0]) } ],
	[ preview => sub { "SELECT count(*) FROM elt.preview('$_[0]')" } ],
	[ pull => sub { "CALL elt.pull('$_[0]')" } ],
	([ merge => sub { "SELECT rows_read FROM elt.merge('$_[0]')" } ]) x 2,
	[ look => sub { "SELECT count(*) FROM elt.preview_merge('$_[0]'); SELECT elt.merge_sql('$_[0]') IS NULL" } ],
	[ validate => sub { "SELECT count(*) FROM elt.validate('$_[0]')" } ],
	[ check => sub { "SELECT elt.add_check('$_[0]', 'sane', '1 / id >= 0', 'warn'); SELECT elt.drop_check('$_[0]', 'sane')" } ],
	[ watch => sub { 'SELECT count(*) FROM elt.progress, elt.pipelines; SELECT count(*) FROM elt.queue' } ],
	[ hold => sub { "BEGIN; SELECT elt.enqueue('$_[0]'); SELECT pg_sleep(0.05); ROLLBACK" } ],
	[ stage => sub { "BEGIN; SELECT count(*) FROM elt_staging.$_[0]; SELECT pg_sleep(0.02); COMMIT" } ],
	[ locks => sub { 'SELECT pg_advisory_lock(c, o), pg_advisory_unlock(c, o) FROM generate_series(1, 4) c, generate_series(1, 9) o' } ],
);

# One session: a psql that is given one act at a time. What it found goes to a file, a line each.
sub session
{
	my ($number, $report) = @_;
	my $deadline = time() + $seconds;
	my $calls = 0;
	my ($out, $in);

	srand($seed + $number);
	open(my $file, '>', $report) or die "$report: $!";
	my $connection = $node->connstr($db);
	my $pid = open2($out, $in, "psql -XAtq -v VERBOSITY=verbose -v SHOW_CONTEXT=never -d '$connection' 2>&1");
	$in->autoflush(1);
	print $in "SET client_min_messages = error; SET statement_timeout = '60s';\n";
	while (time() < $deadline)
	{
		my $act = $acts[ rand @acts ];
		my $name = $names[ rand @names ];
		my $statement = $act->[1]->($name);
		my @errors;

		print $in "$statement;\n@{[$statement =~ /^BEGIN/ ? 'ROLLBACK;' : '']}\n\\echo done\n";
		while (1)
		{
			my $line = readline $out;

			unless (defined $line) { print $file "dead\t$statement\n"; close $file; return }
			last if $line =~ /^done$/;
			push @errors, $1 if $line =~ /(?:ERROR|FATAL|PANIC):\s+(.*)/;
		}
		$calls++;
		for (@errors)
		{
			my ($code, $message) = /^([0-9A-Z]{5}): (.*)/ ? ($1, $2) : ('none', $_);
			next if $meant{$code} && $message !~ /statement timeout/;
			next if $code eq '22023' && $message =~ /cannot run pipeline .* for a window/;
			next if $code eq '42P01' && $act->[0] eq 'stage';
			print $file "error\t$code\t$message\t$statement\n";
		}
	}
	print $in "\\q\n";
	waitpid($pid, 0);
	print $file "calls\t$calls\n";
	close $file;
}

my @reports = map { $node->basedir . "/session_$_" } 1 .. $sessions;
my @children;
for my $n (1 .. $sessions)
{
	my $pid = fork() // die "fork: $!";

	if ($pid == 0)
	{
		eval { session($n, $reports[ $n - 1 ]); 1 } or print STDERR $@;
		POSIX::_exit(0);
	}
	push @children, $pid;
}
waitpid($_, 0) for @children;

my ($calls, @bad) = (0);
for (map { split /\n/, slurp_file($_) } @reports)
{
	/^calls\t(\d+)/ ? ($calls += $1) : push @bad, $_;
}
note("$calls calls");
cmp_ok($calls, '>', $sessions, 'everybody has called');
is(join("\n", @bad[ 0 .. ($#bad > 19 ? 19 : $#bad) ]), '', 'no error but those that are meant');
my $log = slurp_file($node->logfile);
unlike($log, qr/terminated by signal|PANIC|TRAP|you don't own a lock|leak/, 'no process crashed and nothing leaked');
$node->psql($db, 'SELECT 1') == 0 or BAIL_OUT('the server is gone');

# Quiet: nothing is queued or running any more.
for my $name (@names)
{
	$node->psql($db, "SELECT elt.rename_pipeline('${name}_2', '$name')");
	$node->psql($db, create($name));
	sql("SELECT elt.pause('$name')");
}
sql(q{SELECT elt.cancel(run_id) FROM elt.queue});
ok(wait_for($node, $db, q{SELECT count(*) = 0 FROM elt.runs WHERE state IN ('queued', 'running')}, 'the runs to end'), 'no run goes on for ever');
is(sql(q{SELECT count(*) FROM pg_locks WHERE locktype = 'userlock'}), 0, 'no lock is left');
is(sql('SELECT sum(deadlocks) FROM pg_stat_database'), 0, 'no deadlock');
sql("SELECT elt.resume('$_'); CALL elt.run('$_')") for @names;
sub days { return "SELECT '2024-01-01'::date + d AS day, i AS id FROM generate_series(0, $_[0] - 1) d, generate_series(1, 2) i" }

# The sixth is not over: it is asked for again and again, but not where a row that comes twice would be there twice.
my $list = 'SELECT i AS id FROM generate_series(1, 50) i';
my %oracle = (upsert => days(6), once => days(5), window => days(6), whole => $list, history => $list);

# Rows that one has and the other has not, or not as often.
for my $name (@names)
{
	my $columns = $name =~ /history|whole/ ? 'id' : 'day, id';
	my $rows = "SELECT $columns FROM ${name}_rows" . ($name eq 'history' ? ' WHERE is_current' : '');

	is(sql("SELECT count(*) FROM ((TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) d"
		=~ s/TABLE a/$rows/gr =~ s/TABLE b/$oracle{$name}/gr), 0, "$name: the rows of the oracle")
		or diag(sql("SELECT count(*) || ' rows from ' || count(DISTINCT _run_id) || ' runs' FROM ${name}_rows"),
			"\n", sql("SELECT name, target FROM elt_catalog.pipeline"), "\n", sql("SELECT run_id, kind, state, started_at, rows_inserted, error FROM elt.runs WHERE pipeline = '$name' ORDER BY run_id DESC LIMIT 12"));
}
done_testing();
