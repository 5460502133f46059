# Every variant of a Parquet file that pyarrow and DuckDB write, against the values it was made of.
use strict;
use warnings;
use Test::More;
use File::Basename;
use EltNode;

my $here = dirname(__FILE__);
my $python = `$here/../lib/parquet_python`;
chomp $python;
plan skip_all => $python if $? != 0;

my $node = start_node('parquet', extension => 1);
my $directory = $node->basedir . '/files';
mkdir $directory or die $!;
is(system($python, "$here/../parquet/matrix.py", $directory), 0, 'pyarrow and DuckDB write the files');

my @files = glob "$directory/matrix/*.parquet";
cmp_ok(scalar @files, '>=', 60, 'in many variants');

open my $file, '<', "$directory/columns.sql" or die $!;
my $columns = <$file>;
my @names = map { /(\w+)/ } split /, (?=\w+ )/, $columns;
my $differs = join ', ', map { "count(*) FILTER (WHERE g.$_ IS DISTINCT FROM e.$_) AS $_" } @names;

$node->safe_psql('postgres', "
	CREATE TYPE pair AS (a int, b text);
	CREATE TABLE expected (line bigint, $columns);
	COPY expected FROM '$directory/rows.tsv';
	ANALYZE expected;
	CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '$directory');
	CREATE FOREIGN TABLE matrix (line bigint OPTIONS (lineage 'line'), file text OPTIONS (lineage 'file'), $columns)
		SERVER files OPTIONS (glob 'matrix/*.parquet', format 'parquet');");
is($node->safe_psql('postgres', "SET enable_nestloop = off;
	SELECT name, differ FROM (SELECT file, count(*) AS rows, $differs FROM matrix g JOIN expected e USING (line) GROUP BY file) t,
		LATERAL jsonb_each_text(to_jsonb(t) - 'file' - 'rows') AS c (name, differ) WHERE differ <> '0' ORDER BY 1"),
	'', 'all values are those that were written');
is($node->safe_psql('postgres', 'SELECT DISTINCT n FROM (SELECT count(*) AS n FROM matrix GROUP BY file) t'),
	$node->safe_psql('postgres', 'SELECT count(*) FROM expected'), 'of all rows of every file');

$node->stop;
done_testing();
