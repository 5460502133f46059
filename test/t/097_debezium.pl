# Every captured event of Debezium's connectors through foreign tables, as the connectors' documentation says:
# against rows that a few lines of Perl make of the same events.
use strict;
use warnings;
use Test::More;
use JSON::PP;
use EltNode;

my $events = ($ENV{ELT_FIXTURES} // '') . '/debezium';

plan skip_all => 'no captured events' unless -d $events;

my $node = start_node('debezium', extension => 1);
my $roles = q{op text OPTIONS (lineage 'op'), sequence bigint[] OPTIONS (lineage 'sequence'),
	at timestamptz OPTIONS (lineage 'committed_at')};

$node->safe_psql('postgres', "CREATE SERVER events FOREIGN DATA WRAPPER elt_file OPTIONS (root '$events')");

sub sql
{
	my ($text) = @_;
	my $answer = $node->safe_psql('postgres', "SET timezone = 'UTC'; SET intervalstyle = postgres; SET client_min_messages = error; $text");
	utf8::decode($answer);
	return $answer;
}

sub table
{
	my ($name, $columns, $glob, $options) = @_;
	sql("CREATE FOREIGN TABLE $name ($columns, $roles) SERVER events OPTIONS (glob '$glob', envelope 'debezium', settle '0', $options)");
}

sub pipeline
{
	my ($name, $options) = @_;
	sql("SELECT elt.create_pipeline('$name', source => '${name}_in', target => '$name', key => '{id}',
		options => '{\"sequence_by\": [\"sequence\"], \"delete_when\": \"op = ''delete''\"}')");
}

sub lines_of
{
	my ($name) = @_;
	open my $file, '<:raw', "$events/$name" or die "$name: $!";
	return grep { /\S/ } <$file>;
}

# ---- PostgreSQL, with REPLICA IDENTITY DEFAULT: the last event deletes a row and has no key

my $capture = 'postgres_1.2.1_replica_identity_default.jsonl';
my (%rows, $keyless);
for my $event (map { JSON::PP->new->allow_bignum->decode($_) } lines_of($capture))
{
	my $row = $event->{after} // $event->{before};
	if (!$row) { $keyless++ }
	elsif ($event->{op} eq 'd') { delete $rows{$row->{id}} }
	else { $rows{$row->{id}} = $row }
}
sub expected { return join "\n", map { join '|', @{$rows{$_}}{qw(id name description)}, 0 + $rows{$_}{weight} } sort keys %rows }

table('products_in', 'id int, name text, description text, weight float8', $capture, "format 'jsonl'");
pipeline('products');
sql("CALL elt.run('products')");
my $landed = 'SELECT id, name, description, weight FROM products_live ORDER BY id';
is(sql($landed), expected(), 'rows after a snapshot and changes');
is(sql("SELECT string_agg(reason, ',') FROM elt.rejects WHERE pipeline = 'products'"), join(',', ('no_key') x $keyless),
	'a delete without a key is a reject');
is(sql("SELECT sequence, at FROM products WHERE id = 106"), '{34131104}|2020-07-29 08:21:29.629+00', 'position and time of a change');

# the same delete as records of Kafka, with the key, and its tombstone
sql("ALTER FOREIGN TABLE products_in OPTIONS (SET glob 'kafka_records_with_tombstone.json', SET format 'json'); CALL elt.run('products')");
delete $rows{111};
is(sql($landed), expected(), 'a delete by its key, and a tombstone');

# ---- the events of the documentation, one of each operation

table('customers_in', 'id int, first_name text, last_name text, email text', 'postgres_connector_documented_events.json',
	"format 'json', records '\$[*].event', on_truncate 'ignore'");
sql("SELECT elt.create_pipeline('customers', source => 'customers_in', target => 'customers', strategy => 'append'); CALL elt.run('customers')");
is(sql('SELECT op, id, first_name, last_name, email, sequence, at FROM customers ORDER BY at, op'), join("\n",
	'insert|1|Anne|Kretchmar|annek@noanswer.org|{24023128}|2019-05-28 08:58:24.863123+00',
	'update|1|Anne Marie|Kretchmar|annek@noanswer.org|{24023128}|2019-05-28 08:58:24.863769+00',
	'delete|1||||{46523128}|2019-05-28 08:58:24.863852+00'), 'insert, update, delete, truncate and message of the documentation');
is(sql("SELECT string_agg(message, ',') FROM elt.rejects WHERE pipeline = 'customers'"), 'record is no event: it has no "op"', 'a key alone is no event');
sql("ALTER FOREIGN TABLE customers_in OPTIONS (DROP on_truncate);
	SELECT elt.create_pipeline('truncated', source => 'customers_in', target => 'truncated', strategy => 'append')");
my (undef, undef, $error) = $node->psql('postgres', "CALL elt.run('truncated')");
like($error, qr/table "customers" was truncated/, 'a truncation is no row');

# ---- MySQL

for (['serde-update.json', 'update'], ['serde-with-schema.json', 'insert'])
{
	my ($name, $op) = @$_;
	table('one', 'id int, first_name text, last_name text, email text', $name, "format 'json'");
	is(sql('SELECT id, first_name, last_name, email, op, sequence, at FROM one'),
		"1004|Anne|Kretchmar|annek\@noanswer.org|$op|{3,154,0}|2016-06-09 16:56:51.815+00", $name);
	sql('DROP FOREIGN TABLE one');
}
table('one', 'id int, name text, description text, weight float8', 'mysql_schema_payload_products.jsonl', "format 'jsonl'");
my @products = map { JSON::PP->new->decode($_)->{payload}{after} } lines_of('mysql_schema_payload_products.jsonl');
is(sql('SELECT id, name, description, weight FROM one ORDER BY id'),
	join("\n", map { join '|', @{$_}{qw(id name description weight)} } sort { $a->{id} <=> $b->{id} } @products), 'events with their schema');

# Every column type of MySQL
my @types = (
	[qw(_id int 1)], [qw(pt numeric 1.1)], [qw(_bit1 bit(1) 1)], ['_bit', 'bit(64)', sprintf('%064b', 0x07C7)], [qw(_tinyint1 smallint 1)],
	[qw(_boolean smallint 1)], [qw(_mediumint_unsigned_zerofill int 300000)], [qw(_bigint_unsigned numeric 20000000000)], [qw(_serial bigint 40000000000)],
	[qw(_float real 1.5)], [qw(_real_unsigned float8 2.000002)], [qw(_double_precision float8 1.000111)],
	['_numeric', 'numeric(8,3)', '12345.110'], ['_fixed', 'numeric(40,3)', '123456789876543212345678987654321.110'], [qw(_decimal numeric 11111)],
	['_big_decimal', 'numeric(38,10)', '2222222222222222300000001111.1234567890'], [qw(_date date 2023-03-23)],
	['_datetime', 'timestamp', '2023-03-23 14:30:05'], ['_datetime3', 'timestamp(3)', '2023-03-23 14:30:05.123'],
	['_datetime6', 'timestamp', '2023-03-23 14:30:05.123456'], ['_datetime_p2', 'timestamp', '2023-03-24 14:30:05.12'],
	['_timestamp', 'timestamptz', '2023-03-23 22:00:10.123456+00'], ['_timestamp0', 'timestamptz', '2023-03-23 07:10:00+00'],
	[qw(_char text Paimon)], ['_varchar', 'varchar(20)', 'Apache Paimon'], [qw(_bin bytea \x62797465730000000000)], ['_varbin', 'bytea', '\x6d6f7265206279746573'],
	['_json', 'jsonb', '{"a": "b"}'], [qw(_enum text value1)], [qw(_year int 2023)], [qw(_time time 10:13:23)], ['_point', 'point', '(1,1)'],
	['_geometry', 'text', '01030000000100000005000000000000000000f03f000000000000f03f0000000000000040000000000000f03f00000000000000400000000000000040000000000000f03f0000000000000040000000000000f03f000000000000f03f'],
	['_set', 'text', 'a,b']);
table('one_of_all', join(', ', map { "$_->[0] $_->[1]" } @types), 'mysql_schema_payload_alltypes.jsonl', "format 'jsonl'");
is(sql('SELECT ' . join(', ', map { $_->[0] } @types) . ' FROM one_of_all'), join('|', map { $_->[2] } @types), 'types of MySQL');

opendir my $dir, $events or die $!;
my %known = map { $_ => 1 } $capture, qw(kafka_records_with_tombstone.json postgres_connector_documented_events.json serde-update.json
	serde-with-schema.json mysql_schema_payload_products.jsonl mysql_schema_payload_alltypes.jsonl);
is(join(' ', grep { /\.jsonl?$/ && !$known{$_} } readdir $dir), '', 'no capture is left out');

done_testing();
