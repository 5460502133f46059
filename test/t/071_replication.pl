# Replication from another PostgreSQL server: changes of its tables land as they were committed.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;
use EltReplica;

my (undef, $node) = start_replicated('shop', conf => "max_slot_wal_keep_size = 64MB\n");

there(q{
	CREATE TABLE items (id int PRIMARY KEY, name text, price numeric(10,2), at timestamptz, tags text[], doc jsonb);
	CREATE PUBLICATION elt FOR TABLE items;
	INSERT INTO items SELECT n, 'item ' || n, n / 4.0, '2024-01-01'::timestamptz + n * interval '1 hour', ARRAY['a', 'b,c'],
		jsonb_build_object('n', n) FROM generate_series(1, 100) AS n;
});
sql(qq{
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

# A long value that an update leaves as it is does not come: it is what it was before, in the target or in the batch
my $long = q{(SELECT string_agg(md5(random()::text || i), '') FROM generate_series(1, 300) AS i)};
there(qq{
	UPDATE items SET doc = to_jsonb($long) WHERE id BETWEEN 100 AND 160;
	UPDATE items SET name = $long WHERE id BETWEEN 145 AND 155;
	INSERT INTO items (id, doc) SELECT n, to_jsonb($long) FROM generate_series(700, 720) AS n;
});
run('items');
there(qq{
	UPDATE items SET price = 7 WHERE id BETWEEN 100 AND 130;
	UPDATE items SET id = id + 100 WHERE id BETWEEN 700 AND 710;
	UPDATE items SET price = 8 WHERE id BETWEEN 800 AND 810;
	UPDATE items SET doc = to_jsonb($long) WHERE id BETWEEN 110 AND 115;
	UPDATE items SET price = 9 WHERE id BETWEEN 110 AND 120;
	INSERT INTO items (id, doc) SELECT n, to_jsonb($long) FROM generate_series(900, 920) AS n;
	UPDATE items SET price = 10, id = id + 50 WHERE id BETWEEN 900 AND 920;
	UPDATE items SET name = 'moved' WHERE id BETWEEN 950 AND 970;
	UPDATE items SET doc = NULL WHERE id BETWEEN 130 AND 140;
	UPDATE items SET name = $long WHERE id BETWEEN 150 AND 152;
	UPDATE items SET price = 11 WHERE id BETWEEN 130 AND 160;
});
run('items');
is(differences('items', 'items_live'), 'none', 'long values that an update leaves alone are kept');

# Every version of a row, and every change
sql(q{
	CREATE FOREIGN TABLE shop.prices (id int, name text, price numeric(10,2), op text OPTIONS (lineage 'op'), lsn pg_lsn OPTIONS (lineage 'lsn'),
		n bigint OPTIONS (lineage 'position'), at timestamptz OPTIONS (lineage 'committed_at'), xid bigint OPTIONS (lineage 'xid'))
		SERVER shop OPTIONS (relation 'public.prices', publication 'elt', slot 'elt_prices');
	CREATE FOREIGN TABLE shop.prices_log (id int, name text, price numeric(10,2), op text OPTIONS (lineage 'op'), lsn pg_lsn OPTIONS (lineage 'lsn'),
		n bigint OPTIONS (lineage 'position'), at timestamptz OPTIONS (lineage 'committed_at'), xid bigint OPTIONS (lineage 'xid'))
		SERVER shop OPTIONS (relation 'public.prices', publication 'elt', slot 'elt_prices');
	SELECT elt.create_pipeline('prices', source => 'shop.prices', target => 'prices', key => '{id}', strategy => 'scd2', options =>
		'{"sequence_by": ["at", "lsn", "n"], "delete_when": "op = ''delete''", "track_columns": ["price"]}');
	SELECT elt.add_child('prices', source => 'shop.prices_log', target => 'prices_log', key => '{lsn,n}', options => '{"strategy": "append"}');
});
there(q{CREATE TABLE prices (id int PRIMARY KEY, name text, price numeric(10,2)); ALTER PUBLICATION elt ADD TABLE prices; INSERT INTO prices VALUES (1, 'a', 1), (2, 'b', 2)});
run('prices');
there($_) for q{UPDATE prices SET price = 3 WHERE id = 1},
	q{BEGIN; UPDATE prices SET price = 4 WHERE id = 1; UPDATE prices SET price = 5 WHERE id = 1; COMMIT}, q{DELETE FROM prices WHERE id = 2};
like(run('prices'), qr/\d+ rows read/, 'into a history');
is(sql(q{SELECT string_agg(id || ':' || price || CASE WHEN is_current THEN '*' ELSE '' END, ' ' ORDER BY id, valid_from) FROM prices}), '1:1.00 1:3.00 1:5.00* 2:2.00',
	'each commit is a version, and a delete ends the last one');
is(sql(q{SELECT string_agg(op || ' ' || id || coalesce(' ' || price, ''), ', ' ORDER BY lsn, n) FROM prices_log}),
	'read 1 1.00, read 2 2.00, update 1 3.00, update 1 4.00, update 1 5.00, delete 2', 'and every change is in a log');
is(sql(q{SELECT count(DISTINCT xid) FROM prices_log}), 4, 'with its transaction');

# What stops it, each with a hint
sub fails
{
	my ($pipeline, $error, $hint, $what) = @_;
	my $notice = run($pipeline);

	like($notice, qr/ERROR:  .*$error.*HINT:  .*$hint/s, $what);
}

there('TRUNCATE prices');
fails('prices', 'table "public.prices" of server "shop" was truncated', q{on_truncate 'ignore'}, 'a table that was truncated');
sql(q{ALTER FOREIGN TABLE shop.prices OPTIONS (on_truncate 'ignore'); ALTER FOREIGN TABLE shop.prices_log OPTIONS (on_truncate 'ignore')});
there(q{ALTER TABLE prices RENAME price TO cost; INSERT INTO prices VALUES (3, 'c', 3)});
fails('prices', 'has no column "price"', 'column_name to both names', 'a column that was renamed');
sql(q{ALTER FOREIGN TABLE shop.prices ALTER price OPTIONS (column_name 'cost|price'); ALTER FOREIGN TABLE shop.prices_log ALTER price OPTIONS (column_name 'cost|price')});
like(run('prices'), qr/1 inserted|rows read/, 'lands under its new name');
is(sql(q{SELECT price FROM prices WHERE id = 3}), '3.00', 'with its values');
there(q{ALTER TABLE prices ADD colour text; UPDATE prices SET colour = 'red', cost = 4});
run('prices');
is(sql(q{SELECT price FROM prices WHERE id = 3 AND is_current}), '4.00', 'a column that was added is left out');
there('ALTER PUBLICATION elt DROP TABLE prices');
fails('prices', 'publication "elt" of server "shop" does not have table "public.prices"', 'ADD TABLE', 'a publication without the table');
there('ALTER PUBLICATION elt ADD TABLE prices');
there('ALTER TABLE prices DROP CONSTRAINT prices_pkey');
fails('prices', 'replica identity .* does not have key column "id"', 'REPLICA IDENTITY FULL', 'a table without a key');
there('ALTER TABLE prices REPLICA IDENTITY FULL');
there('DELETE FROM prices');
run('prices');
is(sql('SELECT count(*) FROM prices WHERE is_current AND id = 3'), 0, 'which all columns can stand in for');
there(q{INSERT INTO prices VALUES (5, 'e', 5)});
there(q{SELECT pg_replication_slot_advance('elt_prices', pg_current_wal_lsn())});
fails('prices', 'slot "elt_prices" of server "shop" has moved past pipeline "prices"', 'pg_drop_replication_slot', 'a slot that somebody has advanced');
there(q{SELECT pg_drop_replication_slot('elt_prices')});
fails('prices', 'slot "elt_prices" of server "shop" does not exist', 'reset_pipeline', 'a slot that was dropped');
sql(q{SELECT elt.reset_pipeline('prices')});
there(q{INSERT INTO prices VALUES (4, 'd', 4)});
like(run('prices'), qr/rows? read/, 'after a reset everything is loaded again');
sql(q{SELECT elt.reset_pipeline('prices')});
fails('prices', 'slot "elt_prices" of server "shop" exists, but pipeline "prices" has landed nothing', 'pg_drop_replication_slot', 'a slot of others');

# Tables of a publication, and how far behind
there(q{CREATE TYPE mood AS ENUM ('fine'); CREATE TABLE moods (id int PRIMARY KEY, op mood, tags text[]); CREATE TABLE keyless (id int); ALTER PUBLICATION elt ADD TABLE moods, keyless});
like(($node->psql('postgres', q{CREATE SCHEMA imported; IMPORT FOREIGN SCHEMA public FROM SERVER shop INTO imported OPTIONS (publication 'elt', slot 'elt_all')}))[2],
	qr/WARNING:  table "keyless" is left out.*HINT:  /s, 'an import leaves out tables without a key');
is(sql(q{SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'imported.moods'::regclass AND attnum > 0}),
	'id integer, op text, tags text[], op_of_change text, lsn pg_lsn, position bigint, committed_at timestamp with time zone', 'and makes the others');
is(sql(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'imported'::regnamespace}), 3, 'all of them');
is(sql(q{SELECT slot || ' ' || state || ' ' || (retained_bytes > 0) FROM elt.replication_lag('items')}), 'elt idle true', 'the state of a slot');
there(q{INSERT INTO items (id) VALUES (5000)});
is(sql(q{SELECT lag_bytes > 0 AND lag > '0' FROM elt.replication_lag('items')}), 't', 'what has not landed is its lag');
sql(q{SELECT elt.alter_pipeline('items', schedule => 'continuous', options => '{"max_delay": "1 second"}')});
ok(wait_for($node, 'postgres', q{SELECT EXISTS (SELECT FROM items WHERE id = 5000)}, 'the first change'), 'a continuous schedule lands it');
there(q{UPDATE items SET name = 'followed' WHERE id = 5000});
ok(wait_for($node, 'postgres', q{SELECT EXISTS (SELECT FROM items WHERE id = 5000 AND name = 'followed')}, 'the second change'), 'and what comes later');
is(sql(q{SELECT count(*) || ' ' || max(state) FROM elt.runs WHERE pipeline = 'items' AND origin = 'schedule'}), '1 running', 'in one run');
is(sql(q{SELECT state FROM elt.replication_lag('items')}), 'active', 'that reads the slot');
sql(q{SELECT elt.pause('items')});
sql(q{SELECT elt.cancel(run_id) FROM elt.runs WHERE pipeline = 'items' AND state = 'running'});
sql(q{SELECT elt.alter_pipeline('items', schedule => ''), elt.resume('items')}) if wait_for($node, 'postgres', q{SELECT NOT EXISTS (SELECT FROM elt.runs WHERE pipeline = 'items' AND state = 'running')}, 'the run to end');

# Who may connect, and how
sql(q{
	CREATE ROLE analyst;
	GRANT USAGE ON FOREIGN SERVER shop TO analyst;
	GRANT elt_admin TO analyst;
	CREATE SCHEMA lab AUTHORIZATION analyst;
	CREATE USER MAPPING FOR analyst SERVER shop OPTIONS (user 'nobody');
});
my $lab = q{
	SET ROLE analyst;
	SET client_min_messages = warning;
	CREATE FOREIGN TABLE lab.items_in (id int, op text OPTIONS (lineage 'op'), lsn pg_lsn OPTIONS (lineage 'lsn'))
		SERVER shop OPTIONS (relation 'items', publication 'elt', slot 'lab');
	SELECT elt.create_pipeline('lab', source => 'lab.items_in', target => 'lab.items', key => '{id}',
		options => '{"sequence_by": ["lsn"], "delete_when": "op = ''delete''"}');};
sql($lab);
like(run('lab'), qr/ERROR:  password is required/, 'nobody connects as the user of the server itself');
like(($node->psql('postgres', q{SET ROLE analyst; ALTER USER MAPPING FOR analyst SERVER shop OPTIONS (ADD password_required 'false')}))[2],
	qr/permission denied to set option "password_required"/, 'nor says that none is needed');
sql(q{ALTER USER MAPPING FOR analyst SERVER shop OPTIONS (ADD password 'guess me')});
unlike(run('lab'), qr/guess me/, 'a password is not shown');
like(run('lab'), qr/ERROR:  .*(password is required|could not connect)/, 'and has to be asked for');
sql(q{ALTER SERVER shop OPTIONS (ADD max_lag '1kB')});
there(q{SELECT pg_logical_emit_message(true, 'x', repeat('x', 100000))});
like(run('items'), qr/WARNING:  replication slot "elt" holds \d+ MB of WAL of server "shop"/, 'a slot that holds much WAL is told of');
sql(q{ALTER SERVER shop OPTIONS (SET allow_private 'false')});
like(run('items'), qr/ERROR:  connection to host .* refused.*HINT:  .*allow_private/s, 'private addresses are refused');

done_testing();
