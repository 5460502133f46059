# Random tables exported to Parquet, and read again: by our reader all of them, and by pyarrow and DuckDB some, which
# write what they read to files that are compared with the tables. ELT_SEED repeats a run.
use strict;
use warnings;
use Test::More;
use File::Basename;
use EltNode;

my $here = dirname(__FILE__);
my $seed = $ENV{ELT_SEED} // time;
my $count = $ENV{ELT_SOAK} ? 2000 : 30;
my $rewritten = $ENV{ELT_SOAK} ? 400 : 10;
my $node = start_node('parquet_random');
$node->safe_psql('postgres', "CREATE DATABASE lake ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
my $directory = $node->basedir . '/files';
mkdir $directory or die $!;
$node->safe_psql('lake', "CREATE EXTENSION pg_elt; CREATE TYPE mood AS ENUM ('sad', 'happy');
	CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root '$directory')");
diag("seed $seed");

sub differences
{
	my $script = $node->basedir . '/random.sql';
	system("python3 '$here/../parquet/random_tables.py' @_ >'$script'") == 0 or die 'no statements';
	return $node->safe_psql('lake', "\\i $script");
}

is(differences($seed, $count), '', "$count tables are read as they were written");

my $python = `$here/../lib/parquet_python`;
chomp $python;
SKIP:
{
	skip $python, 2 if $? != 0;
	my @files = map { "$_.parquet" } 0 .. $rewritten - 1;
	my @written = split /\n/, `'$python' '$here/../parquet/rewrite.py' '$directory' @files`;
	is(scalar @written, 2 * $rewritten, 'pyarrow and DuckDB read them');
	is(differences($seed, $count, @written), '', 'and have what was written');
}

$node->stop;
done_testing();
