# A server that is killed while partitions are compressed, and late rows come in, or while they are packed, has each row exactly once, and
# the maintenance that follows compresses or packs them all. Nothing of the compression is decoded. ELT_SOAK asks for many kills;
# ELT_KILLS and ELT_SEED set count and seed.
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

my $node = start_node('compress_crash', preload => 1, extension => 1,
	conf => "restart_after_crash = on\nautovacuum = off\nfsync = off\ntimezone = UTC\nwal_level = logical\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };
my $days = 4;
my $rows = 4000;

# The writer lands each row twice in one transaction: where it belongs, and beside the rows that are wanted.
$sql->(qq{
	CREATE EXTENSION amcheck;
	CREATE TABLE event (ts timestamptz, id int, note text, PRIMARY KEY (ts, id)) PARTITION BY RANGE (ts);
	CREATE TABLE event_new PARTITION OF event FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
	CREATE TABLE wanted (LIKE event);
	CREATE SEQUENCE late START 1000000;
	CREATE PROCEDURE write_late(days int) LANGUAGE plpgsql AS \$\$
	BEGIN
		FOR i IN 1 .. 100000 LOOP
			WITH late AS (INSERT INTO event VALUES ('2020-01-01 12:00'::timestamptz + interval '1 day' * (1 + i % days), nextval('late'), 'late')
				RETURNING *) INSERT INTO wanted SELECT * FROM late;
			COMMIT;
			PERFORM pg_sleep(0.02 * random());
		END LOOP;
	END \$\$;
	SELECT elt.set_policy('event', 'ts', '1 day', partition_premake => 0, retain => '1 year', retain_action => 'compress');
	UPDATE elt_catalog.policy SET lock_timeout = '200 milliseconds'});

sub fill
{
	$sql->(qq{
		DELETE FROM elt_catalog.partition;
		TRUNCATE wanted;
		INSERT INTO wanted SELECT '2020-01-01'::timestamptz + interval '1 day' * d + interval '1 second' * i, i,
			CASE WHEN i % 500 = 0 THEN repeat(md5(i::text), 300) ELSE md5(i::text) END
			FROM generate_series(1, $days) d, generate_series(1, $rows) i;
		DO \$\$ BEGIN FOR d IN 1 .. $days LOOP
			EXECUTE format('DROP TABLE IF EXISTS event_%s', d);
			EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES FROM (%L) TO (%L)', d, date '2020-01-01' + d, date '2020-01-01' + d + 1);
			EXECUTE format('CREATE INDEX ON event_%s (note text_pattern_ops) WHERE length(note) < 100', d);
		END LOOP; END \$\$;
		INSERT INTO event SELECT * FROM wanted ORDER BY note});
}

sub differences
{
	return $sql->('SELECT (SELECT count(*) FROM (TABLE wanted EXCEPT ALL TABLE event) AS l)
		+ (SELECT count(*) FROM (TABLE event EXCEPT ALL TABLE wanted) AS l)');
}

# Damage of tables and indexes that PostgreSQL finds.
sub damage
{
	return $sql->(q{SELECT count(*) FROM pg_inherits, verify_heapam(inhrelid) WHERE inhparent = 'event'::regclass})
		. $sql->(q{SELECT count(bt_index_parent_check(i.indexrelid, true)::text) * 0 FROM pg_inherits JOIN pg_index i ON i.indrelid = inhrelid
			WHERE inhparent = 'event'::regclass AND (SELECT relkind = 'i' FROM pg_class WHERE oid = i.indexrelid)});
}

sub start_psql
{
	my ($command, $said) = @_;
	return IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $command ], '<', \undef, '>', $said, '2>', $said);
}

sub kill_maintenance
{
	my ($longest, $beside) = @_;
	my $said = '';
	my $writer = start_psql($beside, \$said);
	my $session = start_psql('CALL elt_catalog.maintain()', \$said);
	my $deadline = time() + 180;
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
	else
	{
		$sql->(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^CALL write_late'});
	}
	eval { $session->finish };
	eval { $writer->finish };
	wait_for($node, 'postgres', 'SELECT true', 'the server');
	return $pid ne '';
}

my $compressed = q{SELECT count(*) FROM elt.partitions WHERE compression IS NOT NULL AND action IS NULL};

fill();
$sql->(q{CREATE PUBLICATION all_events FOR TABLE event WITH (publish_via_partition_root = true);
	SELECT pg_create_logical_replication_slot('watch', 'pgoutput')});
my $started = time();
$sql->(q{CALL elt_catalog.maintain()});
my $duration = time() - $started;
is($sql->($compressed), $days, 'all partitions are compressed');
is(differences(), 0, 'with their rows');
is(damage(), '00', 'tables and indexes are sound');
my $changes = q{SELECT count(*) FROM pg_logical_slot_get_binary_changes('watch', NULL, NULL, 'proto_version', '1', 'publication_names', 'all_events')
	WHERE substr(data, 1, 1) IN ('I', 'U', 'D', 'T')};
is($sql->($changes), 0, 'nothing of it is replicated as a change');
$sql->(q{INSERT INTO event VALUES ('2020-01-02 12:00', 0, 'late'); UPDATE event SET note = 'x' WHERE ts = '2020-01-03 00:00:01'});
is($sql->($changes), 2, 'but late rows are');
$sql->(q{SELECT pg_drop_replication_slot('watch')});

my ($killed, $wrong, $left, $partly) = (0, 0, 0, 0);
for my $try (1 .. $kills)
{
	fill();
	$killed += kill_maintenance($duration, "CALL write_late($days)");
	$wrong += differences();
	$partly++ if $sql->($compressed) < $days;
	$sql->(q{CALL elt_catalog.maintain()});
	$left += $days - $sql->($compressed);
	$wrong += differences() + damage();
}
note("$killed killed, $partly of them before all were compressed");
ok($killed > 0, 'maintenance was killed');
is($wrong, 0, 'each row was always there, once');
is($left, 0, 'the next maintenance compressed the rest');

# Packed: what the view has is what there was, however far it came.
sub fill_metric
{
	$sql->(qq{
		DROP TABLE IF EXISTS metric CASCADE;
		DO \$\$ DECLARE t regclass; BEGIN
			FOR t IN SELECT oid FROM pg_class WHERE relname LIKE 'metric_%' AND relkind = 'f' LOOP EXECUTE format('DROP FOREIGN TABLE %s CASCADE', t); END LOOP;
			FOR t IN SELECT oid FROM pg_class WHERE relname LIKE 'metric_%' AND relkind = 'r' LOOP EXECUTE format('DROP TABLE %s', t); END LOOP;
		END \$\$;
		CREATE TABLE metric (ts timestamptz, id int, v float8, PRIMARY KEY (id, ts)) PARTITION BY RANGE (ts);
		DO \$\$ BEGIN FOR d IN 1 .. $days LOOP
			EXECUTE format('CREATE TABLE metric_%s PARTITION OF metric FOR VALUES FROM (%L) TO (%L)', d, date '2020-01-01' + d, date '2020-01-01' + d + 1);
		END LOOP; END \$\$;
		CREATE TABLE metric_new PARTITION OF metric FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
		INSERT INTO metric SELECT '2020-01-01'::timestamptz + interval '1 day' * d + interval '1 second' * i, i % 5, i / 7.0
			FROM generate_series(1, $days) d, generate_series(1, $rows) i;
		SELECT elt.set_policy('metric', 'ts', '1 day', partition_premake => 0, retain => '1 year', retain_action => 'pack')});
}

my $sum = 'SELECT count(*), sum(hashtext(m::text)::bigint) FROM %s m';
my $packed = q{SELECT count(*) FROM elt.partitions WHERE state = 'packed' AND action IS NULL};

($killed, $wrong, $left, $partly) = (0, 0, 0, 0);
for my $try (1 .. ($ENV{ELT_SOAK} ? $kills : 2))
{
	fill_metric();
	my $had = $sql->(sprintf $sum, 'metric');
	$killed += kill_maintenance($duration, 'SELECT');
	$wrong++ if $sql->(sprintf $sum, 'metric_all') ne $had;
	$partly++ if $sql->($packed) < $days;
	$sql->(q{CALL elt_catalog.maintain()});
	$left += $days - $sql->($packed);
	$wrong++ if $sql->(sprintf $sum, 'metric_all') ne $had;
}
note("$killed killed, $partly of them before all were packed");
is($wrong, 0, 'packed or not, each row was there once');
is($left, 0, 'the next maintenance packed the rest');
$node->stop;
done_testing();
