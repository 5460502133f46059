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

my $node = start_node('parquet');
$node->safe_psql('postgres', "CREATE DATABASE lake ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0");
$node->safe_psql('lake', 'CREATE EXTENSION pg_elt');
my $directory = $node->basedir . '/files';
mkdir $directory or die $!;
is(system($python, "$here/../parquet/matrix.py", $directory), 0, 'pyarrow and DuckDB write the files');

my @files = glob "$directory/matrix/*.parquet";
cmp_ok(scalar @files, '>=', 60, 'in many variants');

open my $file, '<', "$directory/columns.sql" or die $!;
my $columns = <$file>;
my @names = map { /(\w+)/ } split /, (?=\w+ )/, $columns;
my $differs = join ', ', map { "count(*) FILTER (WHERE g.$_ IS DISTINCT FROM e.$_) AS $_" } @names;

$node->safe_psql('lake', "
	CREATE TYPE pair AS (a int, b text);
	CREATE TABLE expected (line bigint, $columns);
	COPY expected FROM '$directory/rows.tsv';
	ANALYZE expected;
	CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '$directory');
	CREATE FOREIGN TABLE matrix (line bigint OPTIONS (lineage 'line'), file text OPTIONS (lineage 'file'), $columns)
		SERVER files OPTIONS (glob 'matrix/*.parquet', format 'parquet');");
is($node->safe_psql('lake', "SET enable_nestloop = off;
	SELECT name, differ FROM (SELECT file, count(*) AS rows, $differs FROM matrix g JOIN expected e USING (line) GROUP BY file) t,
		LATERAL jsonb_each_text(to_jsonb(t) - 'file' - 'rows') AS c (name, differ) WHERE differ <> '0' ORDER BY 1"),
	'', 'all values are those that were written');
is($node->safe_psql('lake', 'SELECT DISTINCT n FROM (SELECT count(*) AS n FROM matrix GROUP BY file) t'),
	$node->safe_psql('lake', 'SELECT count(*) FROM expected'), 'of all rows of every file');

# What bounds of row groups leave out: the rows that a condition finds are those of a table with all rows.
is(system($python, "$here/../parquet/groups.py", "$directory/groups.parquet"), 0, 'pyarrow writes row groups');
my $fields = 'id int, big bigint, un numeric, ts timestamptz, da date, nan float8, price numeric(9,2), name text COLLATE "C",
	long text COLLATE "C", few int, list int[], pad bigint';
$node->safe_psql('lake', "
	CREATE FOREIGN TABLE groups ($fields) SERVER files OPTIONS (glob 'groups.parquet', format 'parquet');
	CREATE TABLE stored AS SELECT * FROM groups;");
my @values = (
	['id', -1, 0, 999, 1000, 4567, 9999, 10000, '5000::bigint', '(SELECT 77)'],
	['big', 0, '100000000000000::bigint', -1], ['un', '18446744073709541616', '18446744073709551615', 5],
	['ts', "'2024-01-03 12:00+00'", "'2023-01-01'::date", "'infinity'"], ['da', "'2024-02-15'", "'2024-02-15 12:00'::timestamp"],
	['nan', 100, 0, "'NaN'", "'Infinity'", 1250], ['price', 0, -5, '12.345', 94.99], ['name', "'04000'", "'04000 '", "''"],
	['long', "'0500'", "repeat('z', 99)"], ['few', 3500, 1], ['pad', 500]);
my @conditions = map { my ($name, $first, @of) = @$_;
	((map { "$name $_ $first" } '<', '<=', '=', '>=', '>'), map { ("$name <= $_", "$name = $_", "$name > $_") } @of) } @values;
push @conditions, 'id > 2500 AND ts < \'2024-01-02\'', '4000 > id', 'id = NULL', 'name COLLATE "en-x-icu" > \'04000\'',
  'id BETWEEN 10 AND 20 OR few = 3100', 'few IS NULL', 'id <> 4';
my $sums = 'count(*), sum(id), sum(pad), min(name), max(long), count(list), sum(cardinality(list)), sum(list[1])';
is($node->safe_psql('lake', join ';', map { "SELECT \$q\$$_\$q\$ FROM (SELECT $sums FROM groups WHERE $_) a, (SELECT $sums FROM stored WHERE $_) b
	WHERE a IS DISTINCT FROM b" } @conditions), '', 'no row is lost by ' . @conditions . ' conditions');

is($node->safe_psql('lake', "ALTER FOREIGN TABLE groups ADD COLUMN line bigint OPTIONS (lineage 'line');
	SELECT count(*), count(*) FILTER (WHERE line = id + 1) FROM groups WHERE ts > '2024-01-05 10:00' AND id % 7 = 3"), '520|520',
	'rows keep their numbers');

sub bytes_of
{
	my ($condition) = @_;
	my ($bytes) = $node->safe_psql('lake', "EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT * FROM groups WHERE $condition") =~
	  /Bytes Decoded: (\d+)/;
	return $bytes;
}

my $all = bytes_of('true');
cmp_ok(bytes_of($_), '<=', 0.15 * $all, "one of ten row groups is read for $_")
  for 'id BETWEEN 4100 AND 4200', "ts < '2024-01-01 03:00'", "name = '07500 '", 'few = 3500', "da = '2024-02-15'", 'price > 94';
cmp_ok(bytes_of('nan > 100000'), '>=', 0.9 * $all, 'bounds do not tell of NaN');

# By several processes
my $parallel = "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off";
my $sum = "$sums, sum(line) FROM groups";
like($node->safe_psql('lake', "$parallel; EXPLAIN (ANALYZE, COSTS off, TIMING off) SELECT $sum"),
	qr/Workers Launched: 2.*Parallel Foreign Scan on groups.*Files: 1.*Bytes Decoded: [1-9]/s, 'two workers read one file');
is($node->safe_psql('lake', "$parallel; SELECT $sum"), $node->safe_psql('lake', "SELECT $sum"), 'and each row once');

# Sizes
is(system($python, "$here/../parquet/limits.py", $directory), 0, 'pyarrow writes unusual files');
$node->safe_psql('lake', "
	CREATE FOREIGN TABLE wide (c0 int, c9999 int, c5000 bigint) SERVER files OPTIONS (glob 'wide.parquet', format 'parquet');
	CREATE FOREIGN TABLE none (i int, l text[]) SERVER files OPTIONS (glob 'none.parquet', format 'parquet');
	CREATE FOREIGN TABLE large (s text, l jsonb, file text OPTIONS (lineage 'file')) SERVER files
		OPTIONS (glob 'large_*.parquet', format 'parquet');
	CREATE FOREIGN TABLE dictionary (s text) SERVER files OPTIONS (glob 'dictionary.parquet', format 'parquet');
	CREATE FOREIGN TABLE bomb (s bytea) SERVER files OPTIONS (glob 'bomb.parquet', format 'parquet');");
$node->safe_psql('lake', "
	CREATE FOREIGN TABLE row_group (i int, l text[]) SERVER files OPTIONS (glob 'no_rows_in_a_group.parquet', format 'parquet');
	CREATE FOREIGN TABLE encrypted (open int, shut int) SERVER files OPTIONS (glob 'encrypted_column.parquet', format 'parquet');
	CREATE FOREIGN TABLE bloom (number int, name text) SERVER files OPTIONS (glob 'bloom.parquet', format 'parquet');");
is($node->safe_psql('lake', 'SELECT count(*) FROM row_group WHERE i > 0'), 0, 'a row group without rows');
is($node->safe_psql('lake', "SELECT count(*), sum(number) FROM bloom WHERE name = 'text 7'"), '200|1991400', 'beside bloom filters');
is($node->safe_psql('lake', 'SELECT open FROM encrypted'), 1, 'a column beside an encrypted one');
my ($status, $out, $error) = $node->psql('lake', 'SELECT shut FROM encrypted');
like($error, qr/not supported: encrypted column "shut"/, 'which is refused by name');
is($node->safe_psql('lake', 'SELECT * FROM wide'), "0|9999|5000\n||\n0|-9999|-5000", 'three of 10,000 columns');
is($node->safe_psql('lake', 'SELECT count(*) FROM none'), 0, 'no rows');
is($node->safe_psql('lake', "SELECT string_agg(coalesce(length(s)::text || left(s, 1), '-') || coalesce(length(l ->> 0), 0), ' ' ORDER BY s)
	FROM large GROUP BY file"), join("\n", ('3000000x3000000 1y1 3000000z3000000 -0') x 2), 'values of 3 MB');
is($node->safe_psql('lake', "SELECT count(DISTINCT s), min(s), max(length(s)) FROM dictionary"),
	'100000|a value that occurs once, number 0|38', 'a dictionary of 100,000 values');
is(sqlstate_of($node, 'lake', "SET elt.record_memory = '1MB'; SELECT count(s) FROM dictionary"), '54000', 'and with less memory an error');
is(sqlstate_of($node, 'lake', 'SELECT length(s) FROM bomb'), '54000', 'what decompresses to 100 MB is refused');

$node->stop;
done_testing();
