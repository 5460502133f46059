# What goes wrong with a server that is replicated: each has a message with a hint, and nothing is lost.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;
use EltReplica;

my $small = $ENV{ELT_SOAK} ? 10000 : 1000;
my ($shop, $node) = start_replicated('shop', conf => "max_slot_wal_keep_size = 16MB\nwal_keep_size = 0\nmax_prepared_transactions = 2\n",
	warehouse_conf => "wal_writer_delay = 10s\n");
my ($host, $port) = ($shop->host, $shop->port);

sub fails
{
	my ($error, $hint, $what) = @_;

	like(run(), qr/ERROR:  .*$error.*HINT:  .*$hint/s, $what);
}

sub differences
{
	my $there = there('SELECT id, note FROM items ORDER BY id');

	return $there eq sql('SELECT id, note FROM items_live ORDER BY id') ? '' : "$_[0] differ";
}

# A standby keeps the slot once it has moved past where the standby began, and moves only as changes are read.
sub slot_comes
{
	my ($standby) = @_;
	my $deadline = time + 60;

	until ($standby->safe_psql('postgres', q{SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'elt' AND synced AND NOT temporary}))
	{
		return 0 if time > $deadline;
		there(q{INSERT INTO items (note) VALUES ('for the standby'); SELECT pg_log_standby_snapshot()});
		run();
	}
	return 1;
}

there(q{
	CREATE TABLE items (id serial PRIMARY KEY, note text);
	CREATE UNLOGGED TABLE fleeting (id int PRIMARY KEY);
	CREATE PUBLICATION elt FOR ALL TABLES;
	INSERT INTO items (note) SELECT 'item ' || n FROM generate_series(1, 100) AS n;
});
sql(qq{
	IMPORT FOREIGN SCHEMA public FROM SERVER shop INTO shop OPTIONS (publication 'elt', slot 'elt');
	SELECT elt.create_pipeline('items', source => 'shop.items', target => 'items', key => '{id}',
		options => '{"sequence_by": ["lsn", "position"], "delete_when": "op = ''delete''"}');
});
unlike(run(), qr/ERROR/, 'the first load');

# ---- transactions ----

# What has a smaller number may be committed later: before that nothing of it lands
there(q{BEGIN; INSERT INTO items (note) VALUES ('prepared'); PREPARE TRANSACTION 'p'});
there(q{INSERT INTO items (note) VALUES ('after')});
run();
is(differences(), '', 'a prepared transaction does not land');
there(q{COMMIT PREPARED 'p'});
run();
is(differences(), '', 'before it is committed, though its numbers are smaller');
there(q{BEGIN; INSERT INTO items (note) VALUES ('lost'); PREPARE TRANSACTION 'p'});
there(q{ROLLBACK PREPARED 'p'});
there("DO \$\$ BEGIN FOR i IN 1 .. $small LOOP INSERT INTO items (note) VALUES (i); COMMIT; END LOOP; END \$\$");
like(run(), qr/ $small rows read/, 'many small transactions');
is(differences(), '', 'land');
$shop->restart;
there(q{UPDATE items SET note = 'restarted' WHERE id < 10});
run();
is(differences(), '', 'a server that was restarted');

# ---- the network ----

there(q{INSERT INTO items (note) SELECT repeat('cut ', 30) || n FROM generate_series(1, 10000) AS n});
my $landed = sql('SELECT count(*) FROM items');
my $cut = cut_network(500000);
sql("ALTER SERVER shop OPTIONS (SET host '127.0.0.1', SET port '$cut')");
fails('connection to server "shop" was lost', 'Nothing is lost', 'a network that is cut within a transaction');
is(sql('SELECT count(*) FROM items'), $landed, 'of which nothing lands');
is(sql(q{SELECT state FROM elt.runs WHERE pipeline = 'items' ORDER BY run_id DESC LIMIT 1}), 'failed', 'is what the run says');
sql("ALTER SERVER shop OPTIONS (SET host '$host', SET port '$port')");
unlike(run(), qr/ERROR/, 'until it is there again');
is(differences(), '', 'and nothing is lost');

# ---- clocks ----

# A transaction that came from elsewhere has the time of its first commit, as if another clock had told it
there(q{CREATE TABLE prices (id int PRIMARY KEY, price int); INSERT INTO prices VALUES (1, 1), (2, 1)});
sql(q{
	CREATE FOREIGN TABLE shop.prices (id int, price int, op text OPTIONS (lineage 'op'), lsn pg_lsn OPTIONS (lineage 'lsn'), n bigint OPTIONS (lineage 'position'),
		at timestamptz OPTIONS (lineage 'committed_at')) SERVER shop OPTIONS (relation 'prices', publication 'elt', slot 'elt_prices');
	SELECT elt.create_pipeline('prices', source => 'shop.prices', target => 'prices', key => '{id}', strategy => 'scd2',
		options => '{"sequence_by": ["at", "lsn", "n"], "delete_when": "op = ''delete''"}');
});
run('prices');
there(q{SELECT pg_replication_origin_create('elsewhere')});

sub at_times
{
	my ($number, $in) = (0, "SELECT pg_replication_origin_session_setup('elsewhere');\n");

	$in .= "BEGIN; SELECT pg_replication_origin_xact_setup('0/1', now() + '$_'); UPDATE prices SET price = price + 1 WHERE id = 1; COMMIT;\n" for @_;
	there($in);
}

at_times('1 day', '-1 day');
run('prices');
at_times('-2 days', '1 day', '3 days');
there('UPDATE prices SET price = 9 WHERE id = 2');
run('prices');
is(sql(q{SELECT string_agg(id || ':' || price || CASE WHEN is_current THEN '*' ELSE '' END, ' ' ORDER BY id, valid_from) FROM prices}), '1:1 1:2 1:3 1:4 1:5 1:6* 2:1 2:9*',
	'a clock that goes back changes no order');
is(sql(q{SELECT count(*) FROM prices WHERE valid_from >= valid_to}), 0, 'no version ends before it begins');
is(sql(q{SELECT lag >= '0' AND lag_bytes >= 0 AND retained_bytes >= 0 FROM elt.replication_lag('prices')}), 't', 'and nothing is behind by less than nothing');
there('UPDATE prices SET price = 10');
is(sql(q{SELECT lag >= '0' AND lag < '1 hour' AND lag_bytes > 0 FROM elt.replication_lag('prices')}), 't', 'as long as it was not looked for');
sql(q{SELECT elt.drop_pipeline('prices'); DROP FOREIGN TABLE shop.prices});
there(q{SELECT pg_drop_replication_slot('elt_prices')});

# ---- this server ----

there(q{UPDATE items SET note = 'not waited for' WHERE id < 10});
sql(q{SET synchronous_commit = off; CALL elt.run('items')});
$node->stop('immediate');
$node->start;
unlike(run(), qr/ERROR/, 'a commit that was not waited for');
is(differences(), '', 'is not lost');

# ---- tables ----

there('ALTER TABLE items REPLICA IDENTITY NOTHING');
fails('replica identity of table "public.items" .* does not have key column "id"', 'REPLICA IDENTITY FULL', 'REPLICA IDENTITY NOTHING');
there('ALTER TABLE items REPLICA IDENTITY DEFAULT');
unlike(run(), qr/ERROR/, 'goes on when it has one');
sql(q{ALTER FOREIGN TABLE shop.items OPTIONS (SET relation 'fleeting')});
fails('publication "elt" of server "shop" does not have table "public.fleeting".*unlogged', 'SET LOGGED', 'an unlogged table');
sql(q{ALTER FOREIGN TABLE shop.items OPTIONS (SET relation 'items')});

# Types that this server does not have are text
there(q{
	CREATE TYPE mood AS ENUM ('fine', 'so, so');
	CREATE TYPE pair AS (a int, b text);
	CREATE DOMAIN whole AS int;
	CREATE TABLE feelings (id int PRIMARY KEY, mood mood, pair pair, number whole, moods mood[], span int4range);
	INSERT INTO feelings VALUES (1, 'fine', (1, 'b,"'), 7, '{fine,"so, so"}', '[1,5)');
});
sql(q{
	IMPORT FOREIGN SCHEMA public LIMIT TO (feelings) FROM SERVER shop INTO shop OPTIONS (publication 'elt', slot 'elt_feelings');
	SELECT elt.create_pipeline('feelings', source => 'shop.feelings', target => 'feelings', key => '{id}',
		options => '{"sequence_by": ["lsn", "position"], "delete_when": "op = ''delete''"}');
});
unlike(run('feelings'), qr/ERROR/, 'types that are not here');
there(q{INSERT INTO feelings VALUES (2, 'so, so', (NULL, E'\\\\'), NULL, '{}', 'empty'); UPDATE feelings SET mood = 'so, so' WHERE id = 1});
unlike(run('feelings'), qr/ERROR/, 'also in changes');
is(sql(q{SELECT mood, pair, number, moods, span FROM feelings ORDER BY id}), there(q{SELECT mood, pair, number, moods, span FROM feelings ORDER BY id}), 'are texts');
sql(q{SELECT elt.drop_pipeline('feelings')});
there(q{SELECT pg_drop_replication_slot('elt_feelings')});

# ---- passwords ----

there(q{CREATE ROLE expiring LOGIN REPLICATION PASSWORD 'secret' VALID UNTIL '2020-01-01'; GRANT SELECT ON items TO expiring});
my $hba = $shop->data_dir . '/pg_hba.conf';
my $trust = slurp_file($hba);
open(my $file, '>', $hba) or die;
print $file "local all,replication expiring scram-sha-256\n$trust";
close($file);
$shop->reload;
sql(q{ALTER USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (SET user 'expiring', ADD password 'secret')});
fails('could not connect to server "shop"', 'may have expired', 'a password that has expired');
is(sql(q{SELECT state || ' ' || (error ~ 'could not connect') FROM elt.runs WHERE pipeline = 'items' ORDER BY run_id DESC LIMIT 1}), 'failed true',
	'is what the run says');
there(q{ALTER ROLE expiring VALID UNTIL 'infinity'});
unlike(run(), qr/ERROR/, 'until it is renewed');

# ---- the server ----

# It keeps no more WAL than it may
there(q{INSERT INTO items (note) VALUES ('too late'); CHECKPOINT});
there(q{DO $$ BEGIN FOR i IN 1 .. 4 LOOP PERFORM pg_logical_emit_message(false, 'x', repeat('x', 9000000)); PERFORM pg_switch_wal(); END LOOP; END $$; CHECKPOINT});
fails('replication slot "elt" of server "shop" has been invalidated', 'pg_drop_replication_slot.*elt.reset_pipeline', 'a slot that is lost');
is(sql(q{SELECT state FROM elt.replication_lag('items')}), 'lost', 'is a state');
there(q{SELECT pg_drop_replication_slot('elt')});
sql(q{SELECT elt.reset_pipeline('items')});
unlike(run(), qr/ERROR/, 'and begins again');
is(differences(), '', 'with everything');

# A standby takes over, which has the slot only from version 17 on
my $has_slot = $shop->pg_version >= 17;
$shop->append_conf('postgresql.conf', "synchronized_standby_slots = 'standby'\n") if $has_slot;
there(q{SELECT pg_create_physical_replication_slot('standby', true)});
$shop->reload;
$shop->backup('standby');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($shop, 'standby', has_streaming => 1);
$standby->append_conf('postgresql.conf', "primary_slot_name = 'standby'\nhot_standby_feedback = on\n");
$standby->append_conf('postgresql.conf', "sync_replication_slots = on\nsynchronized_standby_slots = ''\nprimary_conninfo = 'host=$host port=$port dbname=postgres'\n") if $has_slot;
$standby->start;
ok(slot_comes($standby), 'a standby has the slot') if $has_slot;
there(q{INSERT INTO items (note) VALUES ('before the failover')});
there(q{INSERT INTO items (note) VALUES ('just before the failover')});
$shop->wait_for_catchup($standby, 'replay');
$shop->stop('immediate');
fails('could not connect to server "shop"', 'Nothing is lost', 'a server that is gone');
$standby->promote;
replicate_from($standby);
sql('ALTER SERVER shop OPTIONS (SET port ' . "'" . $standby->port . "')");
there(q{INSERT INTO items (note) VALUES ('after the failover')});
if (!$has_slot)
{
	fails('replication slot "elt" of server "shop" does not exist', 'elt.reset_pipeline', 'a standby that took over');
	is(sql(q{SELECT state FROM elt.replication_lag('items')}), 'missing', 'has no slot');
	sql(q{SELECT elt.reset_pipeline('items')});
}
unlike(run(), qr/ERROR/, 'a standby that took over is followed');
is(differences(), '', 'with everything');
done_testing();
