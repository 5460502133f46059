# Replication from another PostgreSQL server: changes of its tables land as they were committed.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;

my $shop = start_node('shop', conf => "wal_level = logical\nmax_wal_senders = 6\nmax_slot_wal_keep_size = 64MB\n");
my $node = start_node('warehouse', preload => 1, extension => 1);
my ($host, $port) = ($shop->host, $shop->port);
my $user = $shop->safe_psql('postgres', 'SELECT current_user');

sub there { return $shop->safe_psql('postgres', $_[0]) }
sub sql { return $node->safe_psql('postgres', "SET client_min_messages = warning;\n$_[0]") }

sub run
{
	my ($status, $answer, $error) = $node->psql('postgres', "CALL elt.run('$_[0]')");

	return $error;
}

there(q{
	CREATE TABLE items (id int PRIMARY KEY, name text, price numeric(10,2), at timestamptz, tags text[], doc jsonb);
	CREATE PUBLICATION elt FOR TABLE items;
	INSERT INTO items SELECT n, 'item ' || n, n / 4.0, '2024-01-01'::timestamptz + n * interval '1 hour', ARRAY['a', 'b,c'],
		jsonb_build_object('n', n) FROM generate_series(1, 100) AS n;
});
sql(qq{
	CREATE SERVER shop FOREIGN DATA WRAPPER elt_postgres OPTIONS (host '$host', port '$port', dbname 'postgres', allow_private 'true');
	CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (user '$user');
	CREATE SCHEMA shop;
	CREATE FOREIGN TABLE shop.items (id int, name text, price numeric(10,2), at timestamptz, tags text[], doc jsonb,
		op text OPTIONS (lineage 'op'), lsn pg_lsn OPTIONS (lineage 'lsn'), n bigint OPTIONS (lineage 'position'))
		SERVER shop OPTIONS (relation 'items', publication 'elt', slot 'elt');
	SELECT elt.create_pipeline('items', source => 'shop.items', target => 'items', key => '{id}',
		options => '{"sequence_by": ["lsn", "n"], "delete_when": "op = ''delete''"}');
});

my $columns = 'id, name, price, at, tags, doc';

# Rows of the source that the target lacks, and the other way round
sub differences
{
	my ($table, $target) = @_;
	my $there = there("SELECT row_to_json(t)::text FROM (SELECT $columns FROM $table ORDER BY id) t");
	my $here = sql("SELECT row_to_json(t)::text FROM (SELECT $columns FROM $target ORDER BY id) t");

	return $there eq $here ? 'none' : "there:\n$there\nhere:\n$here";
}

like(run('items'), qr/100 rows read: 100 inserted/, 'rows that are there before the slot land');
is(differences('items', 'items_live'), 'none', 'as they are');
is(sql(q{SELECT string_agg(DISTINCT op, ',') || ' ' || count(DISTINCT lsn) || ' ' || min(n) || ' ' || max(n) FROM items}), 'read 1 1 100',
	'with a place in the order of changes');
there(q{
	INSERT INTO items VALUES (1001, 'new', 1, now(), '{}', '[1]');
	UPDATE items SET name = E'tab\there, line\nthere, back\\slash' WHERE id = 1001;
	UPDATE items SET id = 1002, price = NULL WHERE id = 1;
	DELETE FROM items WHERE id BETWEEN 50 AND 59;
	BEGIN; INSERT INTO items (id) VALUES (2000); ROLLBACK;
	BEGIN; INSERT INTO items (id) VALUES (2001); UPDATE items SET name = 'twice' WHERE id = 2001; DELETE FROM items WHERE id = 2001; COMMIT;
	BEGIN; DELETE FROM items WHERE id = 60; INSERT INTO items (id, name) VALUES (60, 'again'); COMMIT;
});
like(run('items'), qr/\d+ rows read/, 'changes land');
is(differences('items', 'items_live'), 'none', 'and the target is what the source is');
is(sql('SELECT count(*) FROM items WHERE _deleted'), 12, 'deleted rows leave tombstones');
like(run('items'), qr/ 0 rows read/, 'nothing comes twice');
is(there(q{SELECT confirmed_flush_lsn = pg_current_wal_lsn() OR confirmed_flush_lsn > pg_current_wal_lsn() - 1000 FROM pg_replication_slots}),
	't', 'the slot need not keep what has landed');

# Many transactions, in batches of any size, some of which cross it
there(q{CREATE PROCEDURE churn(rounds int, seed float8) LANGUAGE plpgsql AS $$
	DECLARE
		k int;
	BEGIN
		PERFORM setseed(seed);
		FOR i IN 1 .. rounds LOOP
			FOR j IN 1 .. 1 + (random() * random() * 8)::int LOOP
				k := (random() * 300)::int;
				CASE (random() * 4)::int
					WHEN 0 THEN DELETE FROM items WHERE id = k;
					WHEN 1 THEN UPDATE items SET id = 300 + (random() * 300)::int WHERE id = k AND NOT EXISTS (SELECT FROM items WHERE id >= 300);
					ELSE INSERT INTO items VALUES (k, 'name ' || i, i, clock_timestamp(), ARRAY[i::text], to_jsonb(j))
						ON CONFLICT (id) DO UPDATE SET name = excluded.name || ' updated', price = excluded.price, doc = excluded.doc;
				END CASE;
			END LOOP;
			IF random() < 0.1 THEN ROLLBACK; ELSE COMMIT; END IF;
		END LOOP;
	END $$});
sql(q{SELECT elt.alter_pipeline('items', options => '{"batch_rows": 150}')});
there('CALL churn(500, 0.5)');
my $notice = run('items');
is(differences('items', 'items_live'), 'none', 'many transactions land') or diag $notice;
cmp_ok(sql(q{SELECT max(batches) FROM elt.runs WHERE pipeline = 'items'}), '>', 5, 'in several batches');

done_testing();
