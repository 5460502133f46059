# The thirteen queries of the Star Schema Benchmark: a star whose keys are looked up, one whose keys are stored and the flat data
# answer as DuckDB does, which reads the same rows from files that elt.export has written.
use strict;
use warnings;
use Test::More;
use File::Basename;
use PostgreSQL::Test::Utils;
use EltNode;

my $here = dirname(__FILE__);
my $python = `$here/../lib/parquet_python`;
chomp $python;
plan skip_all => $python if $? != 0;

my $node = start_node('star_duckdb', extension => 1);
my $lake = $node->basedir . '/lake';
mkdir $lake or die $!;
my ($data) = slurp_file("$here/../../sql/star_ssb.sql") =~ /^(.*?)^-- End of what the benchmark takes/ms or die;
$node->safe_psql('postgres', sprintf("\\set sf %s\n\\set skew 3\n%s", $ENV{ELT_SOAK} ? 0.2 : 0.005, $data));
$node->safe_psql('postgres', "SET search_path = ssb;
	CREATE TABLE flat AS SELECT l.*, c.city AS c_city, c.nation AS c_nation, c.region AS c_region, s.city AS s_city,
		s.nation AS s_nation, s.region AS s_region, p.mfgr AS p_mfgr, p.category AS p_category, p.brand AS p_brand,
		d.year AS d_year, d.month_label AS d_month_label, d.iso_week AS d_iso_week, d.iso_year AS d_iso_year
	FROM lineorder l JOIN customer c USING (custkey) JOIN supplier s USING (suppkey) JOIN part p USING (partkey) JOIN dim_date d ON d.date = l.orderdate;
	CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root '$lake');
	SELECT elt.export('ssb.' || t, 'lake', t || '.parquet')
	FROM unnest('{dim_date,dim_customer,dim_supplier,dim_part,fact_seen,fact_stored,flat}'::text[]) t");

# name => star, looked up; star, stored; flat
my $statements = $node->safe_psql('postgres', q{SET search_path = ssb; SELECT name || E'\t' || over(q, 'dim_', 'fact_seen') || E'\t' || over(q, 'dim_', 'fact_stored')
	|| E'\t' || regexp_replace(format('SELECT %s FROM flat WHERE %s', columns, condition), '\m([dcsp])\.', '\1_', 'g') FROM query q ORDER BY name});
my $script = q{
import pathlib, sys, duckdb
con = duckdb.connect()
for path in pathlib.Path(sys.argv[1]).glob("*.parquet"):
    con.execute("CREATE VIEW %s AS SELECT * FROM read_parquet('%s')" % (path.stem, path))
for line in sys.stdin.read().splitlines():
    print("\n".join(sorted("|".join(map(str, row)) for row in con.execute(line).fetchall())) + "\n;")
};
my $file = $node->basedir . '/ask.py';
append_to_file($file, $script);
my @queries = map { [ split /\t/ ] } split /\n/, $statements;
my ($out, $err) = ('', '');
ok(IPC::Run::run([ $python, $file, $lake ], '<', \join("\n", map { @$_[1 .. 3] } @queries), '>', \$out, '2>', \$err), 'DuckDB reads the files')
  or diag($err);
my @theirs = split /\n;\n/, $out;
is(scalar @queries, 13, 'thirteen queries');
for my $query (@queries)
{
	my ($name, @statements) = @$query;

	for my $data ('looked up', 'stored', 'flat')
	{
		my $ours = join "\n", sort split /\n/, $node->safe_psql('postgres', 'SET search_path = ssb; ' . shift @statements);

		isnt($ours, '', "$name has an answer") if $data eq 'flat';
		is($ours, shift @theirs, "$name, $data");
	}
}
$node->stop;
done_testing();
