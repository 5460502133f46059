# A partitioned table that is replicated: new partitions, retention and dividing a partition leave the subscriber with the rows that
# the publisher has, or had when they expired.
use strict;
use warnings;
use Test::More;
use EltNode;

my $publisher = start_node('parts_publisher', extension => 1, preload => 1, conf => "wal_level = logical\nmax_wal_senders = 6\nfsync = off\n");
my $subscriber = PostgreSQL::Test::Cluster->new('parts_subscriber');
$subscriber->init;
$subscriber->append_conf('postgresql.conf', "timezone = 'UTC'\nfsync = off\n");
$subscriber->start;
my $at = sub { return $publisher->safe_psql('postgres', $_[0]) };
my $copy = sub { return $subscriber->safe_psql('postgres', $_[0]) };

$at->(q{
	CREATE TABLE event (ts timestamptz, id int, note text, PRIMARY KEY (ts, id)) PARTITION BY RANGE (ts);
	CREATE TABLE event_old PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2020-04-01');
	INSERT INTO event SELECT timestamptz '2020-01-01' + i * interval '1 hour', i, 'first' FROM generate_series(1, 2000) i;
	SELECT elt.set_policy('event', 'ts', '1 month', partition_premake => 0);
	CREATE PUBLICATION events FOR TABLE event WITH (publish_via_partition_root = true)});
$copy->('CREATE TABLE event (ts timestamptz, id int, note text, PRIMARY KEY (ts, id))');
$copy->("CREATE SUBSCRIPTION events CONNECTION '" . $publisher->connstr . " dbname=postgres' PUBLICATION events");
$subscriber->wait_for_subscription_sync($publisher, 'events');

sub digest { return 'SELECT count(*), sum(hashtext(event::text)) FROM event' }

sub same
{
	my ($what) = @_;
	$publisher->wait_for_catchup('events');
	is($copy->(digest()), $at->(digest()), $what);
}

same('the rows that were there');
$at->(q{CALL elt_catalog.maintain(); });
$at->(q{INSERT INTO event VALUES (now(), 1, 'now')});
same('rows of a new partition');

$at->(q{UPDATE event SET note = 'second' WHERE id % 3 = 0});
$at->(q{CALL elt.split_partition('event_old')});
is($at->(q{SELECT count(*) FROM pg_inherits WHERE inhparent = 'event'::regclass}), 4, 'the partition is divided');
same('rows of a divided partition are sent once');
$at->(q{UPDATE event SET note = 'third', ts = ts + interval '28 days' WHERE id % 5 = 0 AND ts < '2020-02-01'; DELETE FROM event WHERE id % 7 = 0});
same('changes of its parts, and from one to another');

$at->(q{SELECT elt.set_policy('event', retain => '1 year')});
$at->(q{CALL elt_catalog.maintain()});
is($at->('SELECT count(*) FROM event'), 1, 'retention drops them here');
$publisher->wait_for_catchup('events');
ok($copy->('SELECT count(*) FROM event') > 1000, 'and not there');
$copy->('DROP SUBSCRIPTION events');
$subscriber->stop;
$publisher->stop;
done_testing();
