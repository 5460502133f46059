# What a merge reads follows the batch: a target ten times as large costs about the same, with statistics and
# right after a load that has none. Counted in blocks, which do not depend on the machine.
use strict;
use warnings;
use Test::More;
use EltNode;

my $batch = 4000;
my $series = 40;
my $node = start_node('growth', extension => 1,
	conf => "autovacuum = off\nmax_wal_size = 4GB\nfsync = off\nshared_buffers = 512MB\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };

sub make_targets
{
	my ($rows) = @_;

	$sql->("DROP TABLE IF EXISTS flat, by_time, parts, scattered, recent;
		SELECT elt.drop_pipeline(name) FROM elt.pipelines");
	$sql->("SELECT elt.create_pipeline('flat', 'source', 'flat', '{series,ts}');
		SELECT elt.create_pipeline('by_time', 'source', 'by_time', '{ts,series}');
		SELECT elt.create_pipeline('parts', 'source', 'parts', '{series,ts}',
			partition_by => 'ts', partition_interval => '1 month')");
	$sql->("INSERT INTO flat SELECT timestamptz '2020-01-01' + i / $series * interval '15 min',
			'series ' || i % $series, i % 997, 1, now() FROM generate_series(0, $rows - 1) i;
		INSERT INTO by_time TABLE flat;
		DO \$\$
		DECLARE first date := '2020-01-01';
		BEGIN
			WHILE first <= (SELECT max(ts) + interval '7 days' FROM flat) LOOP
				EXECUTE format('CREATE TABLE parts_%s PARTITION OF parts FOR VALUES FROM (%L) TO (%L)',
					to_char(first, 'YYYYMM'), first, first + interval '1 month');
				first := first + interval '1 month';
			END LOOP;
		END
		\$\$;
		INSERT INTO parts TABLE flat;
		CREATE TABLE recent AS SELECT ts + interval '5 hours' AS ts, series, value + (value::int % 2), 2::bigint, now()
			FROM flat ORDER BY ts DESC LIMIT $batch;
		CREATE TABLE scattered AS SELECT ts, series, value + (value::int % 2), 2::bigint, now()
			FROM (SELECT *, row_number() OVER (ORDER BY ts, series) AS n FROM flat) x
			WHERE n % ($rows / $batch) = 0");
}

# Blocks that the statements of a merge touch: those of a plan's first node are those of all.
sub blocks
{
	my ($pipeline, $rows) = @_;
	my $blocks = 0;

	$sql->("TRUNCATE elt_staging.$pipeline; INSERT INTO elt_staging.$pipeline TABLE $rows");
	my $script = $sql->("SELECT elt.merge_sql('$pipeline')");
	$script =~ s/^MERGE/EXPLAIN (ANALYZE, BUFFERS) MERGE/gm;
	for my $plan (split /^(?=Merge on)/m, $sql->("BEGIN; $script ROLLBACK"))
	{
		my ($touched) = $plan =~ /Buffers: shared (.*)/ or die "no buffers in $plan";
		# Rows that are read again from memory for each staged row cost no block.
		die "rows are compared one by one in $plan" if $plan =~ /Rows Removed by Join Filter/;
		$blocks += $_ for $touched =~ /(?:hit|read)=(\d+)/g;
	}
	return $blocks;
}

sub measure
{
	my ($when, $into) = @_;

	for my $rows ('recent', 'scattered')
	{
		$into->{"$_, $rows rows, $when"} = blocks($_, $rows) for ('flat', 'by_time', 'parts');
	}
}

$sql->(q{CREATE SERVER api FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:1', allow_private 'true');
	CREATE FOREIGN TABLE source (ts timestamptz, series text, value float8) SERVER api});

my %blocks;
for my $rows (100_000, 1_000_000)
{
	make_targets($rows);
	measure('no statistics', $blocks{$rows} = {});
	$sql->("VACUUM (ANALYZE, INDEX_CLEANUP ON) $_") for ('flat', 'by_time', 'parts');
	measure('statistics', $blocks{$rows});
}
for my $what (sort keys %{ $blocks{100_000} })
{
	my ($small, $large) = map { $blocks{$_}{$what} } (100_000, 1_000_000);

	cmp_ok($large, '<=', 1.3 * $small, sprintf '%s: %d blocks, ten times the target %d', $what, $small, $large);
}

$node->stop;
done_testing();
