# A file with one bad record in the middle, 1 GB of it in the long runs: every other record is
# staged, the bad one is told with its place, and memory does not grow with the file. A session that
# is cancelled in the middle keeps nothing open.
use strict;
use warnings;
use Test::More;
use PostgreSQL::Test::Utils;
use EltNode;

my $bytes = $ENV{ELT_SOAK} ? 1_000_000_000 : 20_000_000;
my $node = start_node('large', conf => "shared_buffers = 16MB\nfsync = off\nautovacuum = off\nmax_wal_size = 4GB\n", extension => 1);
my $directory = $node->basedir . '/files';
my ($lines, $at, $bad_line, $bad_at) = (1, 0, 0, 0);

mkdir $directory or die "$directory: $!";
open my $file, '>', "$directory/large.csv" or die $!;
$at += length(my $header = "id,name,sold_at,amount\n");
print $file $header;
while ($at < $bytes)
{
	my $id = $lines++;
	my $bad = $bad_line == 0 && $at > $bytes / 2;
	my $record = sprintf("%d,\"shop number %d\",2024-01-%02dT00:00:00Z,%d.%02d\n",
		$id, $id % 1000, $id % 28 + 1, $id % 5000, $id % 100);

	# the record before and the one behind it must not suffer
	($bad_line, $bad_at, $record) = ($lines, $at, "$id,\"never closed\"x,2024-01-01,1\n") if $bad;
	$at += length $record;
	print $file $record;
}
close $file;

$node->safe_psql('postgres', qq{
	CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '$directory');
	CREATE FOREIGN TABLE large (id bigint, name text, sold_at timestamptz, amount numeric,
		_line bigint OPTIONS (lineage 'line')) SERVER files OPTIONS (glob 'large.csv', settle '0', on_change 'merge');
	SELECT elt.create_pipeline('large', 'large', 'landed', '{id}')});

my $peak = $node->safe_psql('postgres', q{
	CALL elt.pull('large');
	SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+) kB')::int / 1024});
is($node->safe_psql('postgres', 'SELECT count(*), bool_and(_line = id + 1) FROM elt_staging.large'),
	($lines - 2) . '|t', 'every record but one is staged, with its line');
is($node->safe_psql('postgres', 'SELECT record, byte_offset, reason, message FROM elt_catalog.staged_reject'),
	($bad_line - 1) . "|$bad_at|parse|line $bad_line: unexpected text after closing quote",
	'the bad one is told with its place');
SKIP:
{
	skip 'the sanitizers keep freed memory and shadow what is in use', 1 if $ENV{ELT_SANITIZER_REPORTS};
	cmp_ok($peak, '<', 100, "memory stays flat ($peak MB with 16 MB of shared buffers)");
}

my ($status, $out, $err) = $node->psql('postgres', q{
	SELECT count(*) AS before FROM pg_ls_dir('/proc/self/fd') \gset
	SET statement_timeout = '20ms';
	SELECT count(*) FROM large;
	RESET statement_timeout;
	SELECT count(*) - :before < 5 FROM pg_ls_dir('/proc/self/fd');}, on_error_stop => 0);
like($err, qr/canceling statement due to statement timeout/, 'a scan can be cancelled');
is($out, 't', 'and closes its file');
$node->stop;
done_testing();
