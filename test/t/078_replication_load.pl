# The first load of tables that are replicated: in ranges of the key, by several connections at once, which go
# on where they have landed.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use EltReplica;

my ($shop, $node) = start_replicated('shop', conf => "log_statement = 'all'\n", options => ", load_connections '4'");

# Keys of two columns, with letters that have to be quoted, in blocks that are not in their order
there(q{
	CREATE TABLE items (code text, id int, note text, pad text, PRIMARY KEY (code, id));
	INSERT INTO items SELECT (ARRAY['a', 'B', 'c''d', 'é', E'f\\\\', 'g"h', E'i\tj'])[1 + n % 7], n, 'item ' || n, repeat('pad ', 60)
		FROM generate_series(1, 40000) AS n ORDER BY n % 101;
	CREATE TABLE few (id int PRIMARY KEY, note text);
	INSERT INTO few VALUES (1, 'one'), (2, 'two');
	CREATE TABLE loose (id int, note text);
	ALTER TABLE loose REPLICA IDENTITY FULL;
	INSERT INTO loose VALUES (1, 'one'), (2, 'two'), (3, 'three');
	CREATE TABLE parts (id int, note text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
	CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (5000);
	CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (5000) TO (20000);
	INSERT INTO parts SELECT n, repeat('part ', 100) FROM generate_series(1, 10000) AS n;
	CREATE PUBLICATION elt FOR TABLE items, few, loose, parts WITH (publish_via_partition_root = true);
});
my $lineage = q{op text OPTIONS (lineage 'op'), lsn pg_lsn OPTIONS (lineage 'lsn'), position bigint OPTIONS (lineage 'position')};
my %columns = (items => 'code text, id int, note text', few => 'id int, note text', loose => 'id int, note text', parts => 'id int, note text');
my $options = q{"sequence_by": ["lsn", "position"], "delete_when": "op = 'delete'"};
sql(join '', map { "CREATE FOREIGN TABLE shop.$_ ($columns{$_}, $lineage) SERVER shop OPTIONS (relation '$_', publication 'elt', slot 'elt');\n" } sort keys %columns);
sql(qq{SELECT elt.create_pipeline('items', source => 'shop.items', target => 'items', key => '{code,id}', options => \$\${$options, "batch_rows": 3000}\$\$)});
sql(qq{SELECT elt.add_child('items', source => 'shop.$_', target => '$_', key => '{id}', options => \$\${$options}\$\$)}) for qw(few loose parts);

sub differences
{
	return join(' ', grep { my $columns = $columns{$_} =~ s/ (text|int)//gr;
		there("SELECT $columns FROM $_ ORDER BY " . ($columns =~ s/code/code COLLATE "C"/r)) ne
			sql("SELECT $columns FROM ${_}_live ORDER BY " . ($columns =~ s/code/code COLLATE "C"/r)) } sort keys %columns);
}

# What was read of a table since the last time: conditions on its key
my $offset = 0;
sub ranges
{
	my ($table) = @_;
	my $log = substr(slurp_file($shop->logfile), $offset);

	return $log =~ /COPY \(SELECT [^\n]* FROM "public"\."$table" WHERE true([^\n]*?) ORDER BY/g;
}

# ---- until something is wrong with a row of the target ----

sql(q{
	CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'refused'; END$$;
});
run();    # lands that the slot is about to be created, if nothing else
is(differences(), '', 'tables are loaded');
my @read = ranges('items');
is(scalar(@read), 4, 'a large one in ranges') or diag "@read";
is(scalar(grep { />/ } @read) . ' ' . scalar(grep { /<=/ } @read), '3 3', 'that are between two keys');
is(scalar(@read = ranges('parts')), 2, 'partitions together') or diag "@read";
is(join(' ', ranges('few')), '', 'and a small one as a whole');
is(() = slurp_file($shop->logfile) =~ /SET TRANSACTION SNAPSHOT/g, 4, 'in one snapshot');

there(q{SELECT pg_drop_replication_slot('elt')});
sql(q{SELECT elt.reset_pipeline('items'); TRUNCATE items, few, loose, parts});
sql(q{CREATE TRIGGER refuse BEFORE INSERT ON items FOR EACH ROW WHEN (new.id = 39999) EXECUTE FUNCTION refuse()});
$offset = -s $shop->logfile;
like(run(), qr/ERROR:  .*refused/, 'a load that fails');
my $landed = sql('SELECT count(*) FROM items');
cmp_ok($landed, '>', 0, 'has landed some rows');
cmp_ok($landed, '<', 40000, 'but not all');
my $left = sql(q{SELECT jsonb_array_length(landed_position::jsonb -> 'ranges') FROM elt.replication_lag('items')});
cmp_ok($left, '>', 0, 'and knows which ranges are left');
is(sql(q{SELECT state FROM elt.replication_lag('items')}), 'loading', 'as its state says');
is(sql(q{SELECT bool_and(lsn < (landed_position::jsonb ->> 'lsn')::pg_lsn) FROM items, elt.replication_lag('items')}), 't', 'rows are older than a commit at which the slot begins');
$offset = -s $shop->logfile;
sql('DROP TRIGGER refuse ON items');

# Rows change meanwhile: some have landed, some have not, and some move from one range to another
there(q{
	UPDATE items SET note = 'changed' WHERE id % 10 = 0;
	DELETE FROM items WHERE id % 10 = 1;
	UPDATE items SET code = 'a' WHERE code = 'é' AND id % 10 = 2;
	UPDATE items SET code = 'é' WHERE code = 'a' AND id % 10 = 3;
	INSERT INTO items SELECT 'B', n, 'new' FROM generate_series(40001, 41000) AS n;
	BEGIN; INSERT INTO items VALUES ('a', 0, 'gone'); ROLLBACK;
});
unlike(run(), qr/ERROR/, 'the next run goes on');
is(differences(), '', 'until tables are the same');
is(scalar(@read = ranges('items')), $left, 'with the ranges that were left') or diag "@read";
is(scalar(grep { !/ > / } @read), 0, 'behind what has landed');
cmp_ok(sql(q{SELECT count(*) FROM items WHERE op = 'read'}), '>', 0, 'rows that were read are as they were');

# ---- a long value that nobody has any more ----

there(q{
	CREATE TABLE long (id int PRIMARY KEY, n int, note text);
	ALTER TABLE long ALTER note SET STORAGE EXTERNAL;
	INSERT INTO long SELECT n, 0, repeat('long', 1000) FROM generate_series(1, 10) AS n;
	ALTER PUBLICATION elt ADD TABLE long;
});
sql(qq{
	CREATE FOREIGN TABLE shop.long (id int, n int, note text, $lineage) SERVER shop OPTIONS (relation 'long', publication 'elt', slot 'elt_long');
	SELECT elt.create_pipeline('long', source => 'shop.long', target => 'long', key => '{id}', options => \$\${$options, "batch_rows": 3}\$\$);
	CREATE FUNCTION refuse_6() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF new.id = 6 THEN RAISE EXCEPTION ''refused''; END IF; RETURN new; END';
	CREATE TRIGGER refuse BEFORE INSERT ON long FOR EACH ROW EXECUTE FUNCTION refuse_6();
});
like(run('long'), qr/ERROR:  .*refused/, 'a load that fails');
sql('DROP TRIGGER refuse ON long');
there('UPDATE long SET n = 1 WHERE id IN (1, 9); DELETE FROM long WHERE id IN (1, 9)');
like(run('long'), qr/ERROR:  value of column "note" .* is not known.*HINT:  .*pg_drop_replication_slot.*elt.reset_pipeline/s,
	'an update of a row that is gone has no value for it');
there(q{SELECT pg_drop_replication_slot('elt_long')});
sql(q{SELECT elt.reset_pipeline('long'); TRUNCATE long});
unlike(run('long'), qr/ERROR/, 'but a new load has');
is(sql('SELECT count(*) FROM long_live'), 8, 'with the rows that are there');

# ---- the option ----

like(($node->psql('postgres', "ALTER SERVER shop OPTIONS (SET load_connections '$_')"))[2], qr/ERROR:  .*"load_connections".*HINT:  .*from 1 to 16/s,
	"load_connections '$_' is refused") for '0', '17', 'many';
done_testing();
