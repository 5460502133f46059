# What happens to tables that are replicated, beside changes of their rows: truncations, and other columns.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use EltReplica;

start_replicated('shop');

there(q{
	CREATE TABLE items (id int, part date, note text, PRIMARY KEY (part, id));
	CREATE PUBLICATION elt FOR TABLE items;
	INSERT INTO items SELECT n, '2024-01-01'::date + n % 3, 'item ' || n FROM generate_series(1, 3000) AS n;
});
my $lineage = q{op text OPTIONS (lineage 'op'), lsn pg_lsn OPTIONS (lineage 'lsn'), n bigint OPTIONS (lineage 'position'),
	at timestamptz OPTIONS (lineage 'committed_at')};
my %on_truncate = (items => 'apply', history => 'apply', log => 'apply', kept => 'ignore');
my $tables = join('', map { "CREATE FOREIGN TABLE shop.$_ (id int, part date, note text, $lineage)
	SERVER shop OPTIONS (relation 'items', publication 'elt', slot 'elt', on_truncate '$on_truncate{$_}');\n" } sort keys %on_truncate);
my $ordered = q{"sequence_by": ["lsn", "n"], "delete_when": "op = 'delete'"};
sql(qq{
	$tables
	SELECT elt.create_pipeline('items', source => 'shop.items', target => 'items', key => '{part,id}',
		options => \$\${$ordered, "tombstone_retention": "0", "batch_rows": 700}\$\$);
	SELECT elt.add_child('items', source => 'shop.history', target => 'history', key => '{part,id}', options =>
		\$\${"strategy": "scd2", "sequence_by": ["at", "lsn", "n"], "delete_when": "op = 'delete'", "track_columns": ["note"]}\$\$);
	SELECT elt.add_child('items', source => 'shop.log', target => 'log', key => '{lsn,n}', options => '{"strategy": "append"}');
	SELECT elt.add_child('items', source => 'shop.kept', target => 'kept', key => '{part,id}', options => \$\${$ordered}\$\$);
});

# Columns that do not differ are not shown
sub differences
{
	my $there = there('SELECT id, part, note FROM items ORDER BY part, id');

	return join(' ', grep { sql("SELECT id, part, note FROM $_ ORDER BY part, id") ne $there } 'items', '(SELECT * FROM history WHERE is_current) h');
}

# ---- the slot ----

# It was created, but the run that did so has landed nothing
sql(q{CALL elt.pull('items'); SELECT FROM elt.merge('items')});
is(sql(q{SELECT state FROM elt.replication_lag('items')}), 'new', 'the slot is about to be created');
there(q{SELECT pg_create_logical_replication_slot('elt', 'pgoutput'); UPDATE items SET note = 'updated' WHERE id = 1});
unlike(run(), qr/ERROR/, 'a run that was interrupted when it had created the slot');
is(differences(), '', 'goes on with it');

# ---- truncations ----

there('TRUNCATE items');
unlike(run(), qr/ERROR/, 'a table is truncated');
is(differences(), '', 'and so is the target');
is(sql(q{SELECT (SELECT count(*) FROM items) || ' ' || (SELECT count(*) FROM history WHERE valid_to <> 'infinity') || ' ' ||
	(SELECT count(*) FROM log WHERE op = 'truncate') || ' ' || (SELECT count(*) FROM kept_live)}), '0 3000 1 3000',
	'in a history all versions end, a log has one row more, and who ignores it keeps the rows');
there(q{
	INSERT INTO items SELECT n, '2024-02-01', 'before ' || n FROM generate_series(1, 1500) AS n;
	BEGIN;
	INSERT INTO items SELECT n, '2024-02-02', 'gone ' || n FROM generate_series(1, 1500) AS n;
	UPDATE items SET note = 'gone too' WHERE part = '2024-02-01';
	TRUNCATE items;
	INSERT INTO items SELECT n, '2024-02-02', 'after ' || n FROM generate_series(1000, 2000) AS n;
	UPDATE items SET note = 'updated' WHERE id < 1100;
	COMMIT;
	BEGIN; TRUNCATE items; INSERT INTO items VALUES (1, '2024-03-01', 'lost'); ROLLBACK;
});
unlike(run(), qr/ERROR/, 'within a transaction that goes on');
is(differences(), '', 'only what came before is deleted');
is(sql(q{SELECT count(*) FROM items WHERE _deleted}), '0', 'without tombstones, if none are kept');
there('BEGIN; TRUNCATE items; TRUNCATE items; COMMIT; TRUNCATE items');
unlike(run(), qr/ERROR/, 'an empty table');
is(differences(), '', 'is empty');

# ---- WAL of others ----

there(q{CREATE TABLE busy AS SELECT n FROM generate_series(1, 200000) AS n; CHECKPOINT});
cmp_ok(sql(q{SELECT retained_bytes FROM elt.replication_lag('items')}), '>', 10000000, 'a slot holds WAL');
like(run(), qr/ 0 rows read/, 'in which nothing is for the pipeline');
cmp_ok(sql(q{SELECT retained_bytes FROM elt.replication_lag('items')}), '<', 1000000, 'until the next run');

# ---- columns ----

sub drift { return sql(q{SELECT string_agg(pipeline || ' ' || kind || ' ' || field || coalesce(' ' || substring(proposal FROM 'adds column \w+ (.*)'), '') || CASE WHEN ended_at IS NULL THEN '' ELSE ' ended' END, ', '
	ORDER BY pipeline COLLATE "C", kind, field) FROM elt.drift}) }

my $before = there(q{INSERT INTO items SELECT n, '2024-04-01', 'item ' || n FROM generate_series(1, 200) AS n; SELECT pg_current_wal_lsn()});
run();
is(drift(), '', 'no column differs');
there(q{ALTER TABLE items ADD weight numeric(8,2), ADD mood text DEFAULT 'fine'; UPDATE items SET weight = id / 4.0 WHERE id <= 100});
sql(q{SELECT elt.alter_pipeline('items', options => '{"on_new_field": "add"}')});
like(run(), qr/WARNING:  pipeline "items": new fields "mood", "weight" have no column/, 'columns that were added are told of');
like(drift(), qr/^items new mood text, items new weight numeric\(8,2\), items_history new mood text, /, 'with their types');
is(differences(), '', 'the others land');
there(q{UPDATE items SET weight = id / 4.0 WHERE id > 100});
unlike(run(), qr/ERROR/, 'the next run');
is(sql(q{SELECT count(*) || ' ' || sum(weight) || ' ' || min(mood) FROM items WHERE id > 100}), there(q{SELECT count(*) || ' ' || sum(weight) || ' ' || min(mood) FROM items WHERE id > 100}),
	'has them, where that is wanted');
there('ALTER TABLE items ALTER id TYPE bigint; INSERT INTO items VALUES (3000000000, \'2024-04-02\', \'large\')');
like(run(), qr/1 rejected|1 quarantined|WARNING/, 'a value that a column cannot take');
like(sql(q{SELECT string_agg(DISTINCT proposal, ', ') FROM elt.drift WHERE pipeline = 'items' AND kind = 'type'}), qr/changes column id to bigint/, 'is refused, and another type proposed');
there(q{ALTER TABLE items ADD doc jsonb; UPDATE items SET doc = '[1]' WHERE id = 1});
run();
run();
there(q{INSERT INTO items (id, part, note, doc) VALUES (4000000000, '2024-04-02', E'"\\\\\t\n', '{"a": ["1, \\"id\\": 5"]}')});
run();
sql(q{SELECT elt.apply_drift('items', 'id')});
is(sql(q{SELECT replayed FROM elt.replay_rejects('items')}), 2, 'rows that were refused are replayed when they fit');
is(sql(q{SELECT id, part, note, doc, op, n > 0 AND lsn > '0/0' AND at < now() FROM items WHERE id > 2000000000 ORDER BY id}),
	there(q{SELECT id, part, note, doc, 'insert', true FROM items WHERE id > 2000000000 ORDER BY id}), 'as they were');
there(q{ALTER TABLE items DROP mood; UPDATE items SET weight = 1 WHERE id = 1});
like(run(), qr/WARNING:  table "public.items" of server "shop" has no column "mood"/, 'a column that was dropped');
is(sql(q{SELECT mood IS NULL AND weight = 1 FROM items WHERE id = 1}), 't', 'is null');
there(q{ALTER TABLE items RENAME weight TO mass; UPDATE items SET mass = 2 WHERE id = 1});
like(run(), qr/ERROR:  table "public.items" of server "shop" has no column "(weight|mood)".*HINT:  .*column_name to both names/s, 'one that may have been renamed stops the pipeline');

done_testing();
