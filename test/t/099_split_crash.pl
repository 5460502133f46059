# A partition is divided while others write and read it, and the server is killed at random moments: each statement of the readers sees
# the rows that were written, no more and no less, before and after each crash; and called again the procedure, or the maintenance,
# completes the division. ELT_SOAK asks for many kills; ELT_KILLS and ELT_SEED set count and seed.
use strict;
use warnings;
use IPC::Run;
use Test::More;
use Time::HiRes qw(sleep time);
use EltNode;

my $kills = $ENV{ELT_KILLS} // ($ENV{ELT_SOAK} ? 50 : 3);
my $seed = $ENV{ELT_SEED} // int(time);
srand($seed);
note("seed $seed, $kills kills (ELT_SEED and ELT_KILLS set them)");

my $node = start_node('split_crash', preload => 1, extension => 1,
	conf => "restart_after_crash = on\nfsync = off\nshared_buffers = 64MB\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $rows = 12000;

$sql->(q{
	CREATE TABLE event (ts timestamptz, id int, note text, PRIMARY KEY (id, ts)) PARTITION BY RANGE (ts);
	CREATE TABLE event_new PARTITION OF event FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
	SELECT elt.set_policy('event', 'ts', '2 days', partition_premake => 0);
	CREATE TABLE wanted (ts timestamptz, id int PRIMARY KEY, note text);
	CREATE SEQUENCE ids START 100001});

# Clients write different rows, and each statement writes both tables.
my $random_day = q{timestamptz '2020-01-01' + random() * interval '28 days'};
my $write = $node->basedir . '/write.sql';
write_script($write, qq{
\\set what random(1, 4)
\\set id 3 * random(0, $rows / 3 - 1) + 1 + :client_id
\\if :what = 1
WITH i AS (INSERT INTO event SELECT $random_day, nextval('ids'), 'new' RETURNING *) INSERT INTO wanted SELECT * FROM i;
\\elif :what = 2
WITH d AS (DELETE FROM event WHERE id = :id RETURNING id) DELETE FROM wanted USING d WHERE wanted.id = d.id;
\\else
WITH u AS (UPDATE event SET note = note || 'x', ts = CASE :what WHEN 3 THEN ts ELSE $random_day END WHERE id = :id RETURNING *)
	UPDATE wanted SET ts = u.ts, note = u.note FROM u WHERE wanted.id = u.id;
\\endif
});
my $read = $node->basedir . '/read.sql';
write_script($read, q{
SELECT 1 / (e = w)::int AS the_rows FROM (SELECT count(*), sum(id), sum(length(note)), sum(extract(epoch FROM ts)) FROM event) e,
	(SELECT count(*), sum(id), sum(length(note)), sum(extract(epoch FROM ts)) FROM wanted) w;
});

sub write_script
{
	my ($file, $text) = @_;
	open my $out, '>', $file or die "$file: $!";
	print $out $text;
	close $out;
}

# A month of rows, in many blocks.
sub fill
{
	my $gone = $sql->(q{SELECT coalesce(string_agg(format('DROP TABLE %s;', inhrelid::regclass), ' '), '') FROM pg_inherits
		WHERE inhparent = 'event'::regclass AND inhrelid <> 'event_new'::regclass});

	$sql->(qq{$gone TRUNCATE wanted; DELETE FROM elt_catalog.partition;
		CREATE TABLE event_old PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2020-01-29') WITH (fillfactor = 10);
		INSERT INTO wanted SELECT $random_day, i, md5(i::text) FROM generate_series(1, $rows) i;
		INSERT INTO event TABLE wanted});
}

sub pgbench
{
	my ($said) = @_;
	my $started = IPC::Run::start([ 'pgbench', '-n', '--debug', '-c', '3', '-T', '600', '-f', "$write\@2", '-f', "$read\@1", $node->connstr('postgres') ],
		'<', \undef, '>', \my $out, '2>', $said);

	wait_for($node, 'postgres', q{SELECT count(*) >= 2 FROM pg_stat_activity WHERE query ~ '(the_rows|UPDATE|INSERT INTO|DELETE FROM) (wanted|FROM|event)' AND pid <> pg_backend_pid()}, 'pgbench')
	  or die "pgbench does not work: $$said";
	return $started;
}

# Errors that clients met, but for the loss of the server.
sub faults
{
	my ($said) = @_;
	return join("\n", grep { /ERROR/ && !/terminat|crash|closed the connection|recovery|starting up|shutting down/ } split(/\n/, $said));
}

sub different
{
	return $sql->('SELECT (SELECT count(*) FROM (TABLE event EXCEPT ALL TABLE wanted) m) + (SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE event) l)');
}

sub left_over
{
	return $sql->(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname ~ '_split|_group|_changes'});
}

# Divide what is left to be divided, beside clients; the time that it took.
sub divide
{
	my ($faults) = @_;
	my $said = '';
	my $clients = pgbench(\$said);
	my $began = time();

	$sql->(q{CALL elt.split_partition('event_old')}) if $sql->(q{SELECT to_regclass('event_old') IS NOT NULL}) eq 't';
	$sql->('CALL elt_catalog.maintain()');
	my $took = time() - $began;
	$clients->kill_kill;
	push @$faults, faults($said) if faults($said) ne '';
	return $took;
}

sub kill_division
{
	my ($longest, $faults) = @_;
	my ($said, $called) = ('', '');
	my $clients = pgbench(\$said);
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', q{CALL elt.split_partition('event_old')} ],
		'<', \undef, '>', \$called, '2>', \$called);
	my $deadline = time() + 180;
	my $pid = '';

	while (time() < $deadline && $pid eq '' && IPC::Run::pumpable($session))
	{
		$pid = $sql->(q{SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query ~ '^CALL elt.split_partition'});
	}
	if ($pid ne '')
	{
		sleep(rand($longest));
		kill_process($pid);
	}
	eval { $session->finish };
	wait_for($node, 'postgres', 'SELECT true', 'the server');
	eval { $clients->kill_kill };
	push @$faults, faults($said) if faults($said) ne '';
	return $pid ne '';
}

my @faults;
fill();
my $duration = divide(\@faults);
is(different(), 0, 'all rows are there once');
is($sql->(q{SELECT count(*) FROM elt.partitions WHERE relation = 'event'::regclass AND state = 'attached' AND partition ~ '_p20(19|20)'}), 15,
	'each partition has two days');

my ($killed, $different, $left, %phases) = (0, 0, 0);
for my $try (1 .. $kills)
{
	fill();
	$killed += kill_division($duration, \@faults);
	$phases{$sql->(q{SELECT coalesce((SELECT phase FROM elt.splits), 'none')})}++;
	$different += different();
	divide(\@faults);
	$different += different();
	$left += left_over() + $sql->('SELECT count(*) FROM elt.splits') + $sql->(q{SELECT (to_regclass('event_old') IS NOT NULL)::int});
}
note("$killed killed, found in phase " . join(', ', map { "$_: $phases{$_}" } sort keys %phases));
ok($killed > 0, 'the division was killed');
is($different, 0, 'no row was ever lost or doubled');
is($left, 0, 'each division was completed, and nothing was left over');
is(join("\n", @faults), '', 'no reader or writer met an error');
$node->stop;
done_testing();
