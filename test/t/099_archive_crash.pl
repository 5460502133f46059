# A server that is killed while partitions move into an archive has each row once in the view of everything, whether it is in the table,
# in a detached or packed partition, or in an archive, and the maintenance that follows archives them all. One that is killed while archives are dropped
# has dropped each as a whole or not at all. No file is left that no row names. ELT_SOAK asks for many kills; ELT_KILLS and ELT_SEED
# set count and seed.
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
my $packed = 0;
my $root = $node->basedir . '/lake';

mkdir $root or die;
$sql->(qq{
	CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root '$root');
	CREATE TABLE event (ts timestamptz, id int, note numeric, PRIMARY KEY (ts, id)) PARTITION BY RANGE (ts);
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
		CREATE FOREIGN TABLE archived (ts timestamptz, id int, note numeric) SERVER lake
			OPTIONS (glob 'try$try/*.parquet', format 'parquet', settle '0');
		CREATE TABLE wanted AS SELECT '2020-01-01'::timestamptz + interval '1 day' * d + interval '1 second' * i AS ts, i AS id, i / 7.0 AS note
			FROM generate_series($first, $first + $days - 1) d, generate_series(1, $rows) i;
		DO \$\$ BEGIN FOR d IN $first .. $first + $days - 1 LOOP
			EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES FROM (%L) TO (%L)', d, date '2020-01-01' + d, date '2020-01-01' + d + 1);
		END LOOP; END \$\$;
		INSERT INTO event SELECT * FROM wanted});
}

# Packed partitions are archived as others are.
sub pack_days
{
	$sql->(q{SELECT elt.set_policy('event', retention => '[{"after": "6 months", "do": "pack"}]')});
	$sql->(q{CALL elt_catalog.maintain()});
	$sql->(q{SELECT elt.set_policy('event', retention => '[{"after": "6 months", "do": "pack"}, {"after": "1 year", "do": "archive"}]')});
	$packed += $sql->(q{SELECT count(*) FROM elt.partitions WHERE state = 'packed'});
}

# Rows that the view of everything lacks, or has more than once.
sub wrong
{
	return $sql->(q{SELECT (SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE event_all) AS l)
		+ (SELECT count(*) FROM (TABLE event_all EXCEPT ALL TABLE wanted) AS m)});
}

# Days of which the view has some of the rows, or that it lacks although they are not said to be dropped.
sub torn
{
	return $sql->(q{SELECT count(*) FROM (SELECT ts::date AS day, count(*) AS n FROM wanted GROUP BY 1) AS w
		LEFT JOIN (SELECT ts::date AS day, count(*) AS n FROM event_all GROUP BY 1) AS a USING (day)
		LEFT JOIN elt_catalog.partition p ON p.lower_bound::date = day
		WHERE a.n <> w.n OR (a.n IS NULL) <> (p.state IS NOT DISTINCT FROM 'dropped')});
}

# Files that no row names, and names of no file.
sub misnamed
{
	my ($try) = @_;
	my %named = map { $_ => 1 } split /\n/, $sql->(q{SELECT archive FROM elt.partitions WHERE archive IS NOT NULL});
	my %files = map { $_ => 1 } map { s{^\Q$root\E/}{}r } glob("$root/try$try/* $root/try$try/.*.elt");

	return grep { !$files{$_} || !$named{$_} } keys %{ { %named, %files } };
}

# The earlier days are due to be dropped.
sub expire_half
{
	my ($try) = @_;
	my $later = 1 + $try * $days + $days / 2;

	$sql->(qq{SELECT elt.set_policy('event', retention => jsonb_build_array('{"after": "1 year", "do": "archive"}'::jsonb,
		jsonb_build_object('after', (current_date - date '2020-01-01' - $later) || ' days', 'do', 'drop')))});
}

# By the job, or by hand.
sub kill_maintenance
{
	my ($longest) = @_;
	my $statement = rand() < 0.7 ? 'CALL elt_catalog.maintain()' : q{SELECT count(*) FROM elt.apply_retention('event')};
	my $said = '';
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $statement ],
		'<', \undef, '>', \$said, '2>', \$said);
	my $deadline = time() + 180;
	my $pid = '';

	while (time() < $deadline && $pid eq '' && IPC::Run::pumpable($session))
	{
		$pid = $sql->(q{SELECT pid FROM pg_stat_activity WHERE state = 'active'
			AND query ~ '^(CALL elt_catalog.maintain|SELECT count.* FROM elt.apply)'});
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

my ($killed, $lost, $left, $partly, $torn, $misnamed, $kept) = (0) x 7;
for my $try (1 .. $kills)
{
	fill($try);
	pack_days() if $try % 2;
	$killed += kill_maintenance($duration / 2);
	$lost += wrong();
	$partly++ if $sql->(q{SELECT count(*) FILTER (WHERE archived_rows IS NULL) > 0 FROM elt_catalog.partition WHERE name ~ '_[0-9]+$'}) eq 't';
	$sql->(q{CALL elt_catalog.maintain()});
	$lost += wrong();
	$left += $sql->(q{SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE archived) AS l)
		+ (SELECT count(*) FROM (TABLE archived EXCEPT ALL TABLE wanted) AS l)});
	$misnamed += misnamed($try);

	expire_half($try);
	$killed += kill_maintenance($duration / 4);
	$torn += torn();
	$sql->(q{CALL elt_catalog.maintain()});
	$torn += torn();
	$misnamed += misnamed($try);
	$kept += $sql->(q{SELECT count(DISTINCT ts::date) FROM event_all});
}
note("$killed killed, $partly of them before all were archived");
ok($killed > 0, 'maintenance was killed');
is($packed, int(($kills + 1) / 2) * $days, 'every other time partitions were packed before');
is($lost, 0, 'each row was in the view of everything once, always');
is($left, 0, 'the next maintenance archived each row once');
is($torn, 0, 'each archive was dropped as a whole');
is($kept, $kills * $days / 2, 'and the next maintenance dropped all that were due, and no other');
is($misnamed, 0, 'every file has a row, and every row a file');
$node->stop;
done_testing();
