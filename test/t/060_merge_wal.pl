# Loading again what is there already writes nothing to the target: no WAL record, no row version, no
# growth. What WAL there is belongs to other relations, which is how the test knows that it looks right.
use strict;
use warnings;
use Test::More;
use PostgreSQL::Test::Utils;
use EltNode;

my $node = start_node('wal', extension => 1, conf => "autovacuum = off\nwal_log_hints = on\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };

# Relations of a target: itself or its partitions, their indexes and TOAST tables.
my $relations = q{
	WITH heap AS (
		SELECT relid AS oid FROM pg_partition_tree('%1$s')
		UNION SELECT '%1$s'::regclass
	), toasted AS (
		SELECT oid FROM heap UNION SELECT reltoastrelid FROM pg_class JOIN heap USING (oid) WHERE reltoastrelid <> 0
	)
	SELECT pg_relation_filenode(oid) FROM (
		SELECT oid FROM toasted UNION SELECT indexrelid FROM pg_index JOIN toasted ON indrelid = oid) r(oid)
	WHERE pg_relation_filenode(oid) IS NOT NULL};

# WAL records since a position, by the relation of each block that they touch.
sub records_since
{
	my ($start) = @_;
	my %count;

	# Beyond the last record pg_waldump would wait for more.
	my $end = $sql->('SELECT pg_switch_wal()');
	my ($out, $err) = run_command([
		'pg_waldump', '--path', $node->data_dir . '/pg_wal', '--start', $start, '--end', $end ]);
	$count{$1}++ while $out =~ m{rel \d+/\d+/(\d+)}g;
	return \%count;
}

sub stage
{
	my ($pipeline, $rows) = @_;

	$sql->("TRUNCATE elt_staging.$pipeline; INSERT INTO elt_staging.$pipeline $rows");
	my $n = $sql->("SELECT count(*) FROM elt_staging.$pipeline");
	$sql->("WITH p AS (SELECT id FROM elt_catalog.pipeline WHERE name = '$pipeline'), r AS (
			INSERT INTO elt_catalog.run (pipeline_id, kind, state, requested_by)
			SELECT id, 'pull', 'running', current_user::regrole FROM p RETURNING id, pipeline_id), s AS (
			INSERT INTO elt_catalog.staged_slice (pipeline_id, window_start, window_end, state, complete,
				attempts, tried_at, requests, loaded_at, rows, rejected, bytes)
			SELECT id, '2024-01-01', '2024-04-01', 'landed', true, 1, now(), 1, '2024-04-01', $n, 0, 0 FROM p)
		INSERT INTO elt_catalog.staged_batch (pipeline_id, run_id, batch, definition_version, complete, planned, started_at)
		SELECT pipeline_id, id, 1, 1, true, 1, now() FROM r");
}

sub merge
{
	my ($pipeline) = @_;
	return $sql->("SELECT rows_inserted, rows_updated, rows_unchanged FROM elt.merge('$pipeline')");
}

my $rows = q{SELECT ts, 'series ' || s, s * extract(epoch FROM ts), repeat('long text ', s), 1, timestamptz '2024-04-01'
	FROM generate_series(timestamptz '2024-01-01', '2024-03-01', '1 hour') ts, generate_series(1, 5) s};
my $count = 1441 * 5;

$sql->(q{CREATE SERVER api FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:1', allow_private 'true');
	CREATE FOREIGN TABLE source (ts timestamptz, series text, value float8, note text) SERVER api
		OPTIONS (query 'from={window_start}', window '3 months', window_column 'ts')});

# Name, arguments, and what becomes of a row of which one value differs: inserted or updated.
my $monthly = q{, partition_by => 'ts', partition_interval => '1 month'};
for my $case (
	[ 'flat', q{key => '{series,ts}'}, 'updated' ],
	[ 'full', q{key => '{series,ts}', options => '{"load": "full", "absent": "delete"}'}, 'updated' ],
	[ 'partitioned', q{key => '{series,ts}'} . $monthly, 'updated' ],
	[ 'exchanged', q{strategy => 'replace_window'}, 'inserted' ],
	[ 'exchanged_parts', q{strategy => 'replace_window'} . $monthly, 'inserted' ],
	[ 'exchanged_keys', q{strategy => 'replace_window', key => '{series,ts}'}, 'updated' ],
	[ 'scoped', q{strategy => 'replace', key => '{series,ts}', options => '{"replace_by": ["ts"]}'}, 'updated' ],
	[ 'scoped_parts', q{strategy => 'replace', key => '{series,ts}', options => '{"replace_by": ["series"]}'} . $monthly, 'updated' ],
	[ 'scoped_rows', q{strategy => 'replace', options => '{"replace_by": ["series", "ts"]}'}, 'inserted' ],
	[ 'appended', q{strategy => 'append', key => '{series,ts}'}, 'left' ])
{
	my ($shape, $arguments, $fate) = @$case;

	$sql->("SELECT elt.create_pipeline('$shape', 'source', 'target_$shape', start_at => '2024-01-01', $arguments)");
	stage($shape, $rows);
	is(merge($shape), "$count|0|0", "$shape: first load inserts");

	$sql->("VACUUM (ANALYZE) target_$shape");
	$sql->('CHECKPOINT');
	my $size = $sql->("SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('target_$shape')");
	stage($shape, $rows);
	my $start = $sql->('SELECT pg_current_wal_insert_lsn()');
	is(merge($shape), "0|0|$count", "$shape: second load finds all unchanged");
	my $touched = records_since($start);
	my @files = split /\n/, $sql->(sprintf $relations, "target_$shape");
	cmp_ok(scalar(@files), '>=', 2, "$shape: the target has files");
	is(join(' ', grep { $touched->{$_} } @files), '', "$shape: no WAL record touches the target");
	cmp_ok(scalar(keys %$touched), '>', 0, "$shape: other WAL was seen");
	is($sql->("SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('target_$shape')"),
		$size, "$shape: the target did not grow");

	# One row in a thousand revised: only those are written.
	stage($shape, "SELECT ts, series, CASE WHEN extract(epoch FROM ts)::bigint % 360000 = 0 AND series = 'series 1' "
		. 'THEN -1 ELSE value END, note, _run_id, _loaded_at FROM (' . $rows . ') x(ts, series, value, note, _run_id, _loaded_at)');
	my $revised = $sql->("SELECT count(*) FROM elt_staging.$shape WHERE value = -1");
	$start = $sql->('SELECT pg_current_wal_insert_lsn()');
	is(merge($shape), join('|', $fate eq 'inserted' ? $revised : 0, $fate eq 'updated' ? $revised : 0, $count - $revised),
		"$shape: of a revision the revised rows are $fate");
	$revised = 0 if $fate eq 'left';
	$touched = records_since($start);
	cmp_ok(scalar(grep { $touched->{$_} } @files), $revised ? '>' : '==', 0, "$shape: their WAL is seen");
	is($sql->("SELECT count(*) FROM target_$shape WHERE value = -1"), $revised, "$shape: and they are there");
}

$node->stop;
done_testing();
