# Exports that do not come to their end: the disk fills up, the query is cancelled, the session is terminated.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/../lib";
use EltNode;
use File::Find;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @namespace = qw(unshare --user --map-current-user --keep-caps --mount);
my $small = PostgreSQL::Test::Utils::tempdir() . '/small';
mkdir $small;
my $mounts = system(@namespace, 'mount', '-t', 'tmpfs', '-o', 'size=8m', 'none', $small) == 0;

# The file system is seen by the server alone, so the server lists it.
my $node = PostgreSQL::Test::Cluster->new('export');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nshared_preload_libraries = 'pg_elt'\n");
if ($mounts)
{
	system(@namespace, 'sh', '-c', 'mount -t tmpfs -o size=8m none "$0" && exec "$@"', $small,
		'pg_ctl', '-w', '-s', '-D', $node->data_dir, '-l', $node->logfile, 'start') == 0 or die 'the server does not start';
	$node->_update_pid(1);
}
else
{
	$node->start;
}
$node->safe_psql('postgres', "CREATE EXTENSION pg_elt; CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root '$small')");

sub left
{
	return $node->safe_psql('postgres', "SELECT string_agg(name, ' ') FROM pg_ls_dir('$small', true, false) AS name");
}

my $noise = q{SELECT g AS id, md5(g::text) AS text, %s AS key FROM generate_series(1, 2000000) g};

SKIP:
{
	skip 'no file system can be mounted here', 8 unless $mounts;
	for my $format (qw(parquet csv jsonl))
	{
		my ($status, $out, $error) = $node->psql('postgres',
			sprintf("SELECT elt.export('$noise', 'lake', 'a/b/full', format => '%s')", 1, $format));
		like($error, qr/could not write file "a\/b\/full" below ".*": No space left on device/, "the disk is full: $format");
		is(left(), '', 'and nothing is left');
	}
	my ($status, $out, $error) = $node->psql('postgres', sprintf(
		"SELECT elt.export('$noise', 'lake', 'parts', partition_by => '{key}', compression => 'none')", 'g % 3'));
	like($error, qr/No space left on device/, 'the disk is full in a later one of several files');
	is(left(), '', 'and none of them is left');
}

# Once a hidden file is there and grows.
sub begin_export
{
	my ($session) = @_;

	$session->query_until(qr/begun/, "\\echo begun\n" . sprintf("SELECT elt.export('$noise', 'lake', 'new/stopped.csv', format => 'csv', compression => 'gzip');\n", 1));
	wait_for($node, 'postgres', "SELECT coalesce(max((pg_stat_file('$small/new/' || name, true)).size), 0) > 0
		FROM pg_ls_dir('$small/new', true, false) AS name", 'bytes of the export');
}

for my $end (qw(pg_cancel_backend pg_terminate_backend))
{
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	begin_export($session);
	$node->safe_psql('postgres', "SELECT $end(pid) FROM pg_stat_activity WHERE query LIKE '%stopped.csv%' AND pid <> pg_backend_pid()");
	wait_for($node, 'postgres', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%stopped.csv%'
		AND state = 'active' AND pid <> pg_backend_pid())}, 'the end of the export');
	is(left(), '', "nothing is left after $end");
	eval { $session->quit };
}

$node->stop;
done_testing();
