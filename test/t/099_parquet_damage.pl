# Damaged Parquet files through a foreign table: every cut of a small one, and bytes changed in many. Each is an
# error of the file, or has rows; never an internal error, and the server stays.
use strict;
use warnings;
use Test::More;
use File::Basename;
use EltNode;

my $here = dirname(__FILE__);
my $node = start_node('parquet_damage', extension => 1);
my $directory = $node->basedir . '/files';
my $count = $ENV{ELT_SOAK} ? 40000 : 1500;
srand($ENV{ELT_SEED} // 1);
mkdir $directory or die $!;

sub write_file
{
	my ($name, $bytes) = @_;
	open my $file, '>:raw', "$directory/$name" or die "$name: $!";
	print $file $bytes;
	close $file;
}

sub read_file
{
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!";
	local $/;
	return scalar <$file>;
}

my @seeds = map { read_file($_) } sort glob "$here/../fuzz/parquet/seeds/*.parquet";
my $smallest = read_file("$here/../fuzz/parquet/seeds/dictionary_s.parquet");
write_file(sprintf('cut_%04d', $_), substr($smallest, 0, $_)) for 0 .. length($smallest) - 1;

# The same with the end of the file behind the cut: the footer is whole, what it tells of is not.
my $footer = unpack('V', substr($smallest, -8, 4)) + 8;
write_file(sprintf('short_%04d', $_), substr($smallest, 0, $_) . substr($smallest, -$footer)) for 0 .. length($smallest) - $footer - 1;

# Codec LZO, and an encoding that is only for levels
my $packed = read_file("$here/../fuzz/parquet/seeds/snappy.parquet");
write_file('codec', $packed =~ s/\x15\x02\x16\x18/\x15\x06\x16\x18/gr);
write_file('encoding', $packed =~ s/\x15\x18\x15\x10/\x15\x18\x15\x08/gr);

# Schemas that are no trees. The format has no references, so a circle can only be said by numbers of children.
sub element
{
	my ($children, $name) = @_;
	my $leaf = $children eq 'leaf';
	return ($leaf ? "\x15\x02\x25\x02\x18" : "\x48") . chr(length $name) . $name . ($leaf ? '' : "\x15" . varint($children < 0 ? -2 * $children - 1 : 2 * $children)) . "\x00";
}

# Seven bits a byte, lowest first.
sub varint
{
	my ($n) = @_;
	my $bytes = '';
	for (; $n >= 128; $n >>= 7) { $bytes .= chr($n & 127 | 128) }
	return $bytes . chr($n);
}

sub write_schema
{
	my ($name, @elements) = @_;
	my $footer = "\x15\x02\x19\xFC" . varint(scalar @elements) . join('', @elements) . "\x16\x00\x19\x0C\x00";
	write_file($name, "PAR1$footer" . pack('V', length $footer) . 'PAR1');
}

write_schema('schema_valid', element(1, 'root'), element('leaf', 'i'));
write_schema('schema_deep', (element(1, 'x')) x 99000, element('leaf', 'i'));
write_schema('schema_long', element(1000000, 'root'), element('leaf', 'i'));
write_schema('schema_negative', element(-1, 'root'), element('leaf', 'i'));
write_schema('schema_short', element(1, 'root'), element('leaf', 'i'), element('leaf', 'l'));
write_schema('schema_none', element(0, 'root'));
write_schema('schema_self', element(2, 'root'), element(2, 'root'), element('leaf', 'i'));

my @bytes = (0, 1, 2, 3, 0x0F, 0x15, 0x18, 0x19, 0x1C, 0x7E, 0x7F, 0x80, 0xFE, 0xFF);
for my $n (1 .. $count)
{
	my $bytes = $seeds[rand @seeds];
	my $start = rand() < 0.6 ? length($bytes) - 8 - unpack('V', substr($bytes, -8, 4)) : 0;
	substr($bytes, $start + int rand(length($bytes) - $start), 1) = chr(rand() < 0.5 ? $bytes[rand @bytes] : int rand 256)
	  for 1 .. 1 + int rand 3;
	write_file(sprintf('changed_%05d', $n), $bytes);
}

my $columns = join ', ', map { "$_ OPTIONS (optional 'true')" }
  'i int', 'l bigint', 'f float8', 'b bool', 's text', 'x bytea', 'd numeric(20,2)', 't timestamptz', 'a int[]', 'm jsonb';
$node->safe_psql('postgres', "
	CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '$directory');
	CREATE FOREIGN TABLE damaged ($columns) SERVER files OPTIONS (glob '*', format 'parquet');
	CREATE TABLE outcome (name text, state text, message text);
	SET statement_timeout = '120s';
	DO \$\$
	DECLARE
		name text;
		n bigint;
	BEGIN
		FOR name IN SELECT pg_ls_dir('$directory') LOOP
			BEGIN
				EXECUTE format('ALTER FOREIGN TABLE damaged OPTIONS (SET glob %L)', name);
				SELECT count(whole) INTO n FROM damaged AS whole;
				INSERT INTO outcome VALUES (name, 'rows', n);
			EXCEPTION WHEN OTHERS THEN
				INSERT INTO outcome VALUES (name, sqlstate, sqlerrm);
			END;
		END LOOP;
	END \$\$");
is($node->safe_psql('postgres', "SELECT count(*) FROM outcome"), $count + 2 * length($smallest) - $footer + 9, 'every file was read');
is($node->safe_psql('postgres', "SELECT name, state, message FROM outcome WHERE name LIKE 'cut%' AND state <> 'EL005'"), '',
	'each beginning of a file is an error');
is($node->safe_psql('postgres', "SELECT name, state, message FROM outcome WHERE name LIKE 'short%' AND state NOT IN ('EL005', '0A000')"), '',
	'each file without some of its pages is an error');

# 54000 is a limit of memory, and class 22 values that do not fit.
is($node->safe_psql('postgres', "SELECT name, state, message FROM outcome
	WHERE name LIKE 'changed%' AND state NOT IN ('rows', 'EL005', '0A000', '54000', '42804') AND state NOT LIKE '22%' LIMIT 10"), '',
	'changed files are errors of a file, or have rows');
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM outcome WHERE name LIKE 'changed%' AND state = 'EL005'"), '>=', $count / 4,
	'many of them are damaged');
is($node->safe_psql('postgres', "SELECT name, state, message FROM outcome WHERE name IN ('codec', 'encoding') ORDER BY 1"), join("\n",
		'codec|0A000|file uses a feature of Parquet that is not supported: codec LZO',
		'encoding|0A000|file uses a feature of Parquet that is not supported: encoding BIT_PACKED for values of column "i"'),
	'unknown features are refused by name');

is($node->safe_psql('postgres', "SELECT substr(name, 8), state, message FROM outcome WHERE name LIKE 'schema%' ORDER BY 1"), join("\n",
		'deep|EL005|file is truncated or not valid Parquet: its schema is nested too deeply',
		'long|EL005|file is truncated or not valid Parquet: its schema ends before the last child of a group',
		'negative|EL005|file is truncated or not valid Parquet: column "root" has neither a type nor children',
		'none|rows|0',
		'self|EL005|file is truncated or not valid Parquet: its schema ends before the last child of a group',
		'short|EL005|file is truncated or not valid Parquet: its schema has nodes outside of the root',
		'valid|rows|0'),
	'schemas that are no trees are errors');

$node->stop;
done_testing();
