# A dump carries definitions and state: the restored database goes on where the other one was.
use strict;
use warnings;
use Test::More;
use IPC::Run;
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('dump', extension => 1);

$node->safe_psql('postgres', qq{
	CREATE ROLE analyst;
	GRANT elt_admin TO analyst;
	GRANT CREATE ON SCHEMA public TO analyst;
	CREATE SERVER replay FOREIGN DATA WRAPPER elt_http
		OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', quota '1000/month');
	GRANT USAGE ON FOREIGN SERVER replay TO analyst;
	SET ROLE analyst;
	CREATE FOREIGN TABLE public_power (
		country text OPTIONS (param 'country'),
		ts timestamptz OPTIONS (path '\$.unix_seconds[*]', format 'unix'),
		production_type text OPTIONS (path 'name'),
		power_mw float8 OPTIONS (path 'data[*]')
	) SERVER replay OPTIONS (path '/public_power',
		query 'country={country}&start={window_start}&end={window_last}',
		records '\$.production_types[*]', window '1 day', window_column 'ts',
		window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin', not_yet_on '404 text/plain');
	SELECT elt.create_pipeline('power', 'public_power', 'power', '{country,production_type,ts}',
		params => '{"country": ["de", "fr"]}', start_at => '2024-03-01',
		options => jsonb_build_object('publication_delay', make_interval(secs => extract(epoch FROM now() - '2024-03-04'))), lookback => '1 day',
		partition_by => 'ts', partition_interval => '1 month', retain => '100 years');
	SELECT elt.add_check('power', 'no_waste', 'production_type <> ''Waste''')});
$node->safe_psql('postgres', q{SET ROLE analyst; CALL elt.run('power')});
$node->safe_psql('postgres', q{
	SET ROLE analyst;
	CREATE TABLE shop (id int PRIMARY KEY, town text);
	CREATE TABLE receipt (id int PRIMARY KEY, shop int, at date, total numeric);
	INSERT INTO shop VALUES (1, 'Ulm'), (2, 'Bonn');
	SELECT elt.create_dimension('dim_shop', 'shop', '{id}', hierarchies => '{"place": ["id", "town"]}', valid_when => 'id > 0');
	SELECT elt.create_role_dimension('dim_branch', 'dim_shop');
	SELECT elt.create_date_dimension('dim_date', '2024-01-01');
	SELECT elt.create_fact('fact_receipt', 'receipt', '{id}', '{"dim_shop": "shop"}', '{"dim_date": "at"}', '{total}',
		units => '{"total": "EUR"}', store_keys => true);
	SELECT elt.create_aggregate('by_town', 'fact_receipt', '{town}', '{"n": "count(*)", "total": "sum(total)", "most": "max(total)",
		"ids": "count(DISTINCT id)", "about": "approx_percentile(total, 0.5)"}');
	INSERT INTO receipt VALUES (1, 1, '2024-02-01', 10), (2, 7, '2024-02-01', 20);
	SELECT elt.create_dimension('dim_lost', 'shop', '{id}');
	SELECT elt.create_fact('fact_lost', 'receipt', '{id}', '{"dim_lost": "shop"}', measures => '{total}');
	SELECT elt.create_aggregate('by_lost', 'fact_lost', '{shop}', '{"n": "count(*)"}');
	DROP VIEW by_lost, fact_lost, fact_lost_asof, dim_lost, dim_lost_current;
	CREATE TABLE sketched AS SELECT n, elt.sketch_distinct(g) AS d, elt.sketch_quantiles(g - 50) AS q
		FROM unnest('{0,100,10000}'::int[]) n, generate_series(0, n) g GROUP BY n});
my $lake = $node->basedir . '/lake';
mkdir $lake or die;
$node->safe_psql('postgres', qq{
	CREATE SERVER lake FOREIGN DATA WRAPPER elt_file OPTIONS (root '$lake');
	CREATE TABLE history (at timestamptz, n int) PARTITION BY RANGE (at);
	CREATE TABLE history_new PARTITION OF history FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);
	CREATE TABLE history_old PARTITION OF history FOR VALUES FROM ('2020-01-01') TO ('2020-02-01');
	INSERT INTO history VALUES ('2020-01-02', 1), ('2024-01-02', 2);
	SELECT elt.set_policy('history', 'at', '1 month', partition_premake => 0, retain => '1 year', retain_action => 'archive',
		archive_server => 'lake', archive_path => 'history')});
$node->safe_psql('postgres', 'CALL elt_catalog.maintain()');

sub change
{
	my ($file, $op, $lsn, $row) = @_;
	open my $out, '>>', "$lake/$file" or die;
	print $out qq({"before":null,"after":$row,"op":"$op","source":{"lsn":$lsn,"ts_ms":1700000000000}}\n);
	close $out;
}

change('cut1.jsonl', 'c', 1, '{"id":1}');
change('cut1.jsonl', 't', 3, 'null');
$node->safe_psql('postgres', q{
	CREATE FOREIGN TABLE cut_in (id int, op text OPTIONS (lineage 'op'), lsn bigint OPTIONS (lineage 'sequence'))
		SERVER lake OPTIONS (glob 'cut*.jsonl', envelope 'debezium', format 'jsonl', on_truncate 'apply', settle '0');
	SELECT elt.create_pipeline('cut', 'cut_in', 'cut', '{id}', options => '{"sequence_by": ["lsn"], "delete_when": "op = ''delete''"}')});
$node->safe_psql('postgres', q{CALL elt.run('cut')});

$node->safe_psql('postgres', q{
	SET ROLE analyst;
	CREATE TABLE metric (ts timestamptz, id int, v float8, PRIMARY KEY (id, ts)) PARTITION BY RANGE (ts);
	CREATE TABLE metric_1 PARTITION OF metric FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
	CREATE TABLE metric_2 PARTITION OF metric FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
	CREATE INDEX metric_v ON metric_2 (v);
	INSERT INTO metric SELECT '2024-01-01'::timestamptz + i * interval '1 hour', i % 2, i / 7.0 FROM generate_series(0, 1400) i;
	SELECT elt.set_policy('metric', 'ts', '1 month', partition_premake => 0, retention => '[{"after": "500 years", "do": "pack"}, {"after": "900 years", "do": "drop"}]')});
$node->safe_psql('postgres', q{SET ROLE analyst; SELECT elt.compress_partition('metric_1', form => 'packed')});
$node->safe_psql('postgres', q{SET ROLE analyst; SELECT elt.compress_partition('metric_2', brin => true)});

# What describes a database, without what its run adds.
my $facts = q{
	SELECT concat_ws(' ', 'rows', count(*), sum(power_mw)::numeric(20,1)) FROM power
	UNION ALL SELECT concat_ws(' ', 'pipeline', name, source, target, key, owner) FROM elt.pipelines
	UNION ALL SELECT concat_ws(' ', 'slice', params, window_start, state, rows) FROM elt.slices
	UNION ALL SELECT concat_ws(' ', 'cursor', params, position) FROM elt.cursors
	UNION ALL SELECT concat_ws(' ', 'sketch', n, md5(d::text), md5(q::text), elt.distinct_count(d), elt.quantile_count(q)) FROM sketched
	UNION ALL SELECT concat_ws(' ', 'run', run_id, state, rows_read, rows_quarantined) FROM elt.runs
	UNION ALL SELECT concat_ws(' ', 'rejects', count(*), max(reject_id)) FROM elt.rejects
	UNION ALL SELECT concat_ws(' ', 'check', pipeline, name, action) FROM elt.checks
	UNION ALL SELECT concat_ws(' ', 'policy', relation, partition_interval, retain) FROM elt.policies
	UNION ALL SELECT concat_ws(' ', 'partition', partition, state, compression) FROM elt.partitions
	UNION ALL SELECT concat_ws(' ', 'metric', count(*), sum(v)::numeric(20, 6)) FROM metric_all
	UNION ALL SELECT concat_ws(' ', 'archive', archive, archived_rows, state) FROM elt.partitions
	UNION ALL SELECT concat_ws(' ', 'history', h.*) FROM history_all h
	UNION ALL SELECT concat_ws(' ', 'truncated', told) FROM elt_catalog.truncated
	UNION ALL SELECT concat_ws(' ', 'quota', server, spent) FROM elt.quotas
	UNION ALL SELECT concat_ws(' ', 'metric', name, labels, value) FROM elt.metrics WHERE name ~ '_(total|bucket|count|sum)$'
	UNION ALL SELECT concat_ws(' ', 'dimension', d.relation, d.base, d.source, d.natural_key, d.attributes, d.hierarchies, d.created_by) FROM elt.dimensions d
	UNION ALL SELECT concat_ws(' ', 'fact', f.relation, f.stored, f.dimensions, f.measures, f.infers) FROM elt.facts f
	UNION ALL SELECT concat_ws(' ', 'aggregate', a.relation, a.fact, a.by_columns, a.measures, a.stored) FROM elt.aggregates a
	UNION ALL SELECT concat_ws(' ', 'town', t.*) FROM by_town t
	UNION ALL SELECT concat_ws(' ', 'receipt', f.*) FROM fact_receipt f
	UNION ALL SELECT concat_ws(' ', 'star', s.relation, s.state, s.rows) FROM elt.star_status s
	ORDER BY 1};
my $before = $node->safe_psql('postgres', $facts);
cmp_ok(scalar(split /\n/, $before), '>', 10, 'there is state to carry');
like($before, qr/^rejects [1-9]/m, 'and quarantine');
like($before, qr/^truncated .*"lsn":3/m, 'and a truncation');
like($before, qr/^quota replay [1-9]/m, 'and what is spent of a quota');

$node->safe_psql('postgres', 'CREATE DATABASE restored');
my ($out, $err);
ok(run_restore(), 'dumped and restored');
my @warnings = $err =~ /WARNING:.*paused/g;
is(scalar @warnings, 1, 'with a warning that the pipelines are paused');
is($node->safe_psql('restored', $facts), $before, 'definitions and state are the same');

my $lost = q{SELECT count(*) FROM (SELECT relation FROM elt_catalog.dimension UNION ALL SELECT relation FROM elt_catalog.fact
	UNION ALL SELECT relation FROM elt_catalog.aggregate) r WHERE relation NOT IN (SELECT oid FROM pg_class)};
is($node->safe_psql('postgres', $lost) . $node->safe_psql('restored', $lost), '30', 'views that were dropped by hand are not carried');

# A star goes on as well, with the same keys.
$node->safe_psql('restored', q{SET ROLE analyst; INSERT INTO shop VALUES (7, 'Kiel'); INSERT INTO receipt VALUES (3, 7, '2024-02-02', 40)});
is($node->safe_psql('restored', q{SELECT string_agg(concat_ws(' ', f.id, d.town, f.date_key), ', ' ORDER BY f.id)
	FROM fact_receipt f JOIN dim_shop d USING (shop_key)}), '1 Ulm 20240201, 2 Kiel 20240201, 3 Kiel 20240202',
	'a restored star follows its sources');
is($node->safe_psql('restored', q{SELECT string_agg(concat_ws(' ', town, n, total, most, ids), ', ' ORDER BY town) FROM by_town}), 'Kiel 2 60 40 2, Ulm 1 10 10 1',
	'and so do its aggregates');

# What is compressed can be taken back.
is($node->safe_psql('restored', q{SET ROLE analyst; SELECT indexes_created FROM elt.decompress_partition('metric_2')}),
	'{"CREATE INDEX metric_v ON public.metric_2 USING btree (v)"}', 'a restored partition gets its indexes back');
is($node->safe_psql('restored', q{SET ROLE analyst; SELECT count(*) FROM elt.decompress_partition('metric_1')}), '1', 'a packed one its rows');
is($node->safe_psql('restored', 'SELECT count(*) FROM metric'), '1401', 'all of them');

# Its original may still load, and its maintenance must not remove what somebody wants to look at.
is($node->safe_psql('restored', 'SELECT count(*) FROM elt.pipelines WHERE NOT paused'), '0', 'every pipeline is paused');
is($node->safe_psql('postgres', 'SELECT count(*) FROM elt.pipelines WHERE paused'), '0', 'but not in the original');
is(sqlstate_of($node, 'restored', q{SET ROLE analyst; CALL elt.run('power')}), '55000', 'nothing runs');
for my $times (1, 2)
{
	$err = '';
	$node->psql('restored', 'CALL elt_catalog.maintain()', stderr => \$err);
	is($err =~ /WARNING:.*restored/ ? 1 : 0, $times == 1 ? 1 : 0, "nothing is maintained, call $times");
}
is($node->safe_psql('restored', 'SELECT step, times, sqlstate FROM elt.maintenance_errors'), 'begin|2|55000', 'which is kept');
$node->safe_psql('restored', q{SELECT elt.resume('power')});
is(sqlstate_of($node, 'restored', 'CALL elt_catalog.maintain()'), '00000', 'until one is resumed');
is($node->safe_psql('restored', 'SELECT count(*) FROM elt.maintenance_errors'), '0', 'then it is maintained');

# A copy of the copy is one more.
is($node->safe_psql('restored', q{SELECT count(DISTINCT home) FROM elt_catalog.pipeline
	WHERE home = elt_catalog.home()}), '1', 'the restored database is another one');

is(sqlstate_of($node, 'restored', 'DROP FOREIGN TABLE public_power'), '2BP01', 'its source cannot be dropped there either');
is($node->safe_psql('restored', q{SELECT relname, relowner::regrole FROM pg_class
	WHERE relnamespace = 'elt_staging'::regnamespace AND relkind = 'v' AND relname <> 'cut$source'}), 'power$source|analyst', 'nor its owner');

is($node->safe_psql('restored', q{SELECT max(run_id) FROM elt.runs}), '2', 'two runs so far');
is(sqlstate_of($node, 'restored', q{SET ROLE analyst; CALL elt.run('power')}), '00000',
	'the restored pipeline runs as its owner');
is($node->safe_psql('restored', q{SELECT run_id, slices_landed, rows_inserted, rows_updated
	FROM elt.runs ORDER BY run_id DESC LIMIT 1}), '3|4|0|0',
	'and goes on at its cursor: a day of lookback and the open one, nothing changed, the next number');

# Rows that are older than a truncation come too late there too.
change('cut2.jsonl', 'c', 2, '{"id":2}');
change('cut2.jsonl', 'c', 4, '{"id":4}');
$node->safe_psql('restored', q{SELECT elt.resume('cut')});
$node->safe_psql('restored', q{CALL elt.run('cut')});
is($node->safe_psql('restored', q{SELECT string_agg(id::text, ',') FROM cut_live}), '4', 'a restored pipeline knows of a truncation');
$node->safe_psql('restored', q{SELECT elt.drop_pipeline('cut')});
is(sqlstate_of($node, 'restored', q{SELECT elt.merge('power')}), 'EL002', 'no batch was carried over');
is(sqlstate_of($node, 'restored', q{SELECT elt.create_pipeline('other', 'public_power', 'other',
	'{country,production_type,ts}', params => '{"country": ["de"]}', start_at => '2024-03-01')}), '00000',
	'new definitions get new numbers');
is($node->safe_psql('restored', q{SELECT elt.set_policy('history'); SELECT rows FROM elt.restore_partition('history'); TABLE history ORDER BY n}),
	"history\n1\n2020-01-02 00:00:00+00|1\n2024-01-02 00:00:00+00|2", 'an archive is restored in the restored database');
is(sqlstate_of($node, 'restored', 'DROP TABLE history'), '00000', 'and what belongs to its table goes with that');

# What CREATE DATABASE copies is a copy as well, which its original knows nothing of.
$node->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE restored');

my $warned = '';
is(sqlstate_of($node, 'copied', q{CALL elt.run('power')}), '55000', 'nothing runs in a copy');
is($node->safe_psql('copied', 'SELECT count(*) FROM elt.pipelines WHERE NOT paused'), '0', 'every pipeline is paused there');
is($node->safe_psql('restored', q{SELECT paused FROM elt.pipelines WHERE name = 'power'}), 'f', 'but not in the original');
$node->psql('copied', 'CALL elt_catalog.maintain()', stderr => \$warned);
like($warned, qr/WARNING:.*copied/, 'nothing is maintained');
$node->safe_psql('copied', q{SELECT elt.resume('power')});
is(sqlstate_of($node, 'copied', q{SET ROLE analyst; CALL elt.run('power')}), '00000', 'until one is resumed');
is($node->safe_psql('copied', q{SELECT home = elt_catalog.home() FROM elt_catalog.pipeline WHERE name = 'other'}), 't',
	'it is another database');
$node->safe_psql('postgres', 'CREATE DATABASE resumed TEMPLATE restored');
$node->safe_psql('resumed', q{SELECT elt.resume('power')});
is($node->safe_psql('resumed', 'SELECT name FROM elt.pipelines WHERE paused'), 'other',
	'resumed before anything else, one pipeline runs');
# An extension without pipelines is no reason to pause anything.
$node->safe_psql('postgres', 'CREATE DATABASE empty TEMPLATE template0');
$node->safe_psql('empty', 'CREATE EXTENSION pg_elt');
$node->safe_psql('postgres', 'CREATE DATABASE fresh TEMPLATE empty');
is(sqlstate_of($node, 'fresh', 'CALL elt_catalog.maintain()'), '00000', 'a copy without pipelines is maintained');

# A change log goes on as well, with its consumers, and knows what was before.
my $seen = q{SELECT concat_ws(' ', 'change', c._change_type, c._committed_at, c.id, c.name) FROM meters_changes c
	UNION ALL SELECT concat_ws(' ', 'consumer', c.consumer, c.target, c.changes, c.position, c.lag_rows) FROM elt.consumers c
	UNION ALL SELECT concat_ws(' ', 'then', t.id, t.name) FROM moment, meters_as_of(moment.at) t ORDER BY 1};
$node->safe_psql('postgres', "SET ROLE analyst; $_") for (q{
	CREATE TABLE meters_source (id int, name text);
	INSERT INTO meters_source VALUES (1, 'hall'), (2, 'yard');
	SELECT elt.create_pipeline('meters', 'meters_source', 'meters', '{id}', options => '{"change_log": "7 days"}')},
	q{SELECT elt.consumer('index', 'meters', from_start => true), elt.consumer('new', 'meters')},
	q{CALL elt.run('meters')},
	q{SELECT elt.advance('index', min(_change_id)) FROM elt.next_changes('index', NULL::meters_changes)},
	q{CREATE TABLE moment AS SELECT clock_timestamp() AS at}, q{UPDATE meters SET name = 'attic' WHERE id = 1});
$before = $node->safe_psql('postgres', $seen);
like($before, qr/^then 1 hall\nthen 2 yard/m, 'there are changes to carry');
$node->safe_psql('postgres', 'DROP DATABASE restored');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
ok(run_restore(), 'dumped and restored');
is($node->safe_psql('restored', $seen), $before, 'they are carried');
$node->safe_psql('restored', q{SET ROLE analyst; ALTER TABLE meters ADD COLUMN size int; UPDATE meters SET size = 3 WHERE id = 2});
is($node->safe_psql('restored', q{SET ROLE analyst; SELECT string_agg(concat_ws(' ', _change_type, id, name, size), ', ' ORDER BY _change_id)
	FROM elt.next_changes('index', NULL::meters_changes)}),
	'insert 2 yard, update_preimage 1 hall, update_postimage 1 attic, update_preimage 2 yard, update_postimage 2 yard 3',
	'and others after them');
is(sqlstate_of($node, 'restored', 'DROP EXTENSION pg_elt CASCADE'), '00000', 'without the extension');
is($node->safe_psql('restored', 'INSERT INTO meters (id) VALUES (3); SELECT count(*) FROM meters_changes'), '6', 'the table and what was logged stay');
$node->stop;
done_testing();

sub run_restore
{
	local %ENV = $node->_get_env();
	return IPC::Run::run([ 'bash', '-c', 'set -o pipefail; pg_dump postgres | psql -qX -v ON_ERROR_STOP=1 restored' ],
		'>', \$out, '2>', \$err);
}
