# A server that is killed while partitions move into an archive has each row once in the view of everything, whether it is in the table,
# in a detached partition, or in an archive, and the maintenance that follows archives them all. ELT_SOAK asks for many kills; ELT_KILLS and ELT_SEED set
# count and seed.
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

my $node = start_node('archive_crash', preload => 1, extension => 1,
	conf => "restart_after_crash = on\nautovacuum = off\nfsync = off\ntimezone = UTC\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $days = 6;
my $rows = 3000;
my $root = $node->basedir . '/lake';

mkdir $root or die;
$sql->(qq{
	CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root '$root');
	CREATE TABLE event (ts timestamptz, id int, note text, PRIMARY KEY (ts, id)) PARTITION BY RANGE (ts);
	CREATE TABLE event_new PARTITION OF event FOR VALUES FROM ('2024-01-01') TO (MAXVALUE)});

# Days of rows in a folder of its own, and a table of the same rows.
sub fill
{
	my ($try) = @_;
	my $first = 1 + $try * $days;

	$sql->(qq{
		DROP FOREIGN TABLE IF EXISTS archived;
		DROP TABLE IF EXISTS wanted;
		SELECT elt.drop_policy('event', if_exists => true);
		DELETE FROM elt_catalog.partition;
		SELECT elt.set_policy('event', 'ts', '1 day', partition_premake => 0, retain => '1 year', retain_action => 'archive',
			archive_server => 'lake', archive_path => 'try$try');
		CREATE FOREIGN TABLE archived (ts timestamptz, id int, note text) SERVER lake
			OPTIONS (glob 'try$try/*.parquet', format 'parquet', settle '0');
		CREATE TABLE wanted AS SELECT '2020-01-01'::timestamptz + interval '1 day' * d + interval '1 second' * i AS ts, i AS id, md5(i::text) AS note
			FROM generate_series($first, $first + $days - 1) d, generate_series(1, $rows) i;
		DO \$\$ BEGIN FOR d IN $first .. $first + $days - 1 LOOP
			EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES FROM (%L) TO (%L)', d, date '2020-01-01' + d, date '2020-01-01' + d + 1);
		END LOOP; END \$\$;
		INSERT INTO event SELECT * FROM wanted});
}

# Rows that the view of everything lacks, or has more than once.
sub wrong
{
	return $sql->(q{SELECT (SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE event_all) AS l)
		+ (SELECT count(*) FROM (TABLE event_all EXCEPT ALL TABLE wanted) AS m)});
}

sub kill_maintenance
{
	my ($longest) = @_;
	my $said = '';
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', q{CALL elt_catalog.maintain()} ],
		'<', \undef, '>', \$said, '2>', \$said);
	my $deadline = time() + 30;
	my $pid = '';

	while (time() < $deadline && $pid eq '' && IPC::Run::pumpable($session))
	{
		$pid = $sql->(q{SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query ~ '^CALL elt_catalog.maintain'});
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

fill(0);
my $started = time();
$sql->(q{CALL elt_catalog.maintain()});
my $duration = time() - $started;
is($sql->('SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE archived) AS l'), 0, 'all rows are archived');
is($sql->('SELECT count(*) FROM event'), 0, 'and nowhere else');

my ($killed, $lost, $left, $partly) = (0, 0, 0, 0);
for my $try (1 .. $kills)
{
	fill($try);
	$killed += kill_maintenance($duration);
	$lost += wrong();
	$partly++ if $sql->(q{SELECT count(*) FILTER (WHERE archived_rows IS NULL) > 0 FROM elt_catalog.partition WHERE name ~ '_[0-9]+$'}) eq 't';
	$sql->(q{CALL elt_catalog.maintain()});
	$lost += wrong();
	$left += $sql->(q{SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE archived) AS l)
		+ (SELECT count(*) FROM (TABLE archived EXCEPT ALL TABLE wanted) AS l)});
}
note("$killed killed, $partly of them before all were archived");
ok($killed > 0, 'maintenance was killed');
is($lost, 0, 'each row was in the view of everything once, always');
is($left, 0, 'the next maintenance archived each row once');
$node->stop;
done_testing();
