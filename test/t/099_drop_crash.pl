# A server that is killed while retention drops partitions has each of them whole or not at all: what is due is attached, detached or gone,
# what is not due stays, and the maintenance that follows drops the rest. ELT_SOAK asks for many kills; ELT_KILLS and ELT_SEED set count
# and seed.
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

my $node = start_node('drop_crash', preload => 1, extension => 1,
	conf => "restart_after_crash = on\nautovacuum = off\nfsync = off\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $days = 12;
my $rows = 200;

$sql->(qq{
	CREATE TABLE event (ts timestamptz, id int, PRIMARY KEY (ts, id)) PARTITION BY RANGE (ts);
	CREATE TABLE event_new PARTITION OF event FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
	INSERT INTO event SELECT timestamptz '2024-01-01' + i * interval '1 second', i FROM generate_series(1, $rows) i;
	SELECT elt.set_policy('event', 'ts', '1 day', partition_premake => 0, retain => '1 year')});

sub fill
{
	$sql->(qq{
		DELETE FROM elt_catalog.partition;
		DO \$\$ BEGIN FOR d IN 1 .. $days LOOP
			EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES FROM (%L) TO (%L)', d, date '2020-01-01' + d, date '2020-01-01' + d + 1);
		END LOOP; END \$\$;
		INSERT INTO event SELECT timestamptz '2020-01-01' + d * interval '1 day' + i * interval '1 second', i
		FROM generate_series(1, $days) d, generate_series(1, $rows) i});
}

# Tables of days, attached or not, that do not have all of their rows.
sub partial
{
	my $tables = $sql->(q{SELECT coalesce(string_agg(format('SELECT count(*) FROM %s', oid::regclass), ' UNION ALL '), 'SELECT 0 WHERE false')
		FROM pg_class WHERE relname ~ '^event_[0-9]+$' AND relkind = 'r'});

	return $sql->("SELECT count(*) FROM ($tables) t(n) WHERE n <> $rows");
}

sub kill_maintenance
{
	my ($longest) = @_;
	my $said = '';
	my $session = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', q{CALL elt_catalog.maintain()} ],
		'<', \undef, '>', \$said, '2>', \$said);
	my $deadline = time() + 180;
	my $pid = '';

	while (time() < $deadline && $pid eq '' && IPC::Run::pumpable($session))
	{
		$pid = $sql->(q{SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query ~ '^(CALL elt_catalog.maintain|ALTER TABLE)'});
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

fill();
my $started = time();
$sql->(q{CALL elt_catalog.maintain()});
my $duration = time() - $started;
is($sql->('SELECT count(*) FROM event'), $rows, 'what is due is dropped');

my ($killed, $partial, $left, $partly) = (0, 0, 0, 0);
for my $try (1 .. $kills)
{
	fill();
	$killed += kill_maintenance($duration);
	$partial += partial();
	$partial++ if $sql->(q{SELECT count(*) FROM event_new}) != $rows;
	$partly++ if $sql->(q{SELECT count(*) > 0 FROM pg_class WHERE relname ~ '^event_[0-9]+$' AND relkind = 'r'}) eq 't';
	$sql->(q{CALL elt_catalog.maintain()});
	$left += $sql->(q{SELECT count(*) FROM pg_class WHERE relname ~ '^event_[0-9]+$' AND relkind = 'r'})
	  + $sql->(q{SELECT count(*) FROM elt.partitions WHERE partition ~ '^event_[0-9]+$' AND state <> 'dropped'})
	  + $sql->(q{SELECT count(*) FROM elt.maintenance_errors}) + abs($sql->('SELECT count(*) FROM event') - $rows);
}
note("$killed killed, $partly of them before all were dropped");
ok($killed > 0, 'maintenance was killed');
is($partial, 0, 'no partition was dropped in part');
is($left, 0, 'the next maintenance dropped the rest, and nothing else');
$node->stop;
done_testing();
