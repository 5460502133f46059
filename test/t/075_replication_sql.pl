# Replication without connections for replication: changes are read by statements.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;
use EltReplica;

my $rounds = $ENV{ELT_SOAK} ? 30 : 3;
my $seed = $ENV{ELT_SEED} // ($ENV{ELT_SOAK} ? time() : 21);
my (undef, $node) = start_replicated('shop', conf => "max_wal_senders = 0\n", options => ", method 'sql'");

there(q{
	CREATE TABLE items (id int PRIMARY KEY, note text);
	CREATE PUBLICATION elt FOR TABLE items;
	INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 500) AS n;
	CREATE PROCEDURE churn(rounds int, seed float8) LANGUAGE plpgsql AS $$
	DECLARE
		k int;
	BEGIN
		PERFORM setseed(seed);
		FOR i IN 1 .. rounds LOOP
			FOR j IN 1 .. 1 + (random() * random() * 20)::int LOOP
				k := (random() * 700)::int;
				CASE (random() * 3)::int
					WHEN 0 THEN DELETE FROM items WHERE id = k;
					ELSE INSERT INTO items VALUES (k, i) ON CONFLICT (id) DO UPDATE SET note = i || ' updated';
				END CASE;
			END LOOP;
			IF random() < 0.1 THEN ROLLBACK; ELSE COMMIT; END IF;
		END LOOP;
	END $$;
});
sql(qq{
	IMPORT FOREIGN SCHEMA public FROM SERVER shop INTO shop OPTIONS (publication 'elt', slot 'elt');
	SELECT elt.create_pipeline('items', source => 'shop.items', target => 'items', key => '{id}',
		options => '{"sequence_by": ["lsn", "position"], "delete_when": "op = ''delete''", "batch_rows": 300}');
	SELECT elt.add_child('items', source => 'shop.items', target => 'log', key => '{lsn,position}', options => '{"strategy": "append"}');
});

sub differences
{
	my $there = there('SELECT id, note FROM items ORDER BY id');
	my $here = sql('SELECT id, note FROM items_live ORDER BY id');

	return $here eq $there ? '' : "there:\n$there\nhere:\n$here";
}

unlike(run(), qr/ERROR/, 'the first load');
is(differences(), '', 'lands what is there');
srand($seed);
for my $round (1 .. $rounds)
{
	my $long = $round % 2;

	there('CALL churn(' . ($long ? 200 : 10) . ', ' . rand() . ')');
	there(q{INSERT INTO items SELECT n, 'one transaction' FROM generate_series(1000, 2000) AS n ON CONFLICT (id) DO UPDATE SET note = 'another one'}) if $long;
	# the slot does not move when this lands
	sql(q{CALL elt.pull('items'); SELECT FROM elt.merge('items')}) if $round > 1;
	there('CALL churn(3, ' . rand() . ')');
	my $notice = run();
	is(differences(), '', "changes land, seed $seed") or diag $notice;
}
is(sql('SELECT count(*) FROM (SELECT lsn, position FROM log GROUP BY 1, 2 HAVING count(*) > 1) t'), 0, 'nothing comes twice');
cmp_ok(sql(q{SELECT max(batches) FROM elt.runs WHERE pipeline = 'items'}), '>', 5, 'in several batches');
my $end = there('SELECT pg_current_wal_flush_lsn()');
like(run(), qr/ 0 rows read/, 'there is no more');
is(there("SELECT confirmed_flush_lsn >= '$end' FROM pg_replication_slots"), 't', 'and the slot need not keep it');
is(sql(q{SELECT state FROM elt.replication_lag('items')}), 'idle', 'which is known');
sql(q{SELECT elt.alter_pipeline('items', schedule => 'continuous', options => '{"max_delay": "1 second"}')});
there(q{INSERT INTO items VALUES (5000, 'first')});
ok(wait_for($node, 'postgres', q{SELECT EXISTS (SELECT FROM items WHERE id = 5000)}, 'the first change'), 'a continuous schedule lands a change');
there(q{UPDATE items SET note = 'second' WHERE id = 5000});
ok(wait_for($node, 'postgres', q{SELECT EXISTS (SELECT FROM items WHERE id = 5000 AND note = 'second')}, 'the second change'), 'and what comes later');
done_testing();
