# On a standby what only reads works, and everything else is refused cleanly. When it is promoted it goes on where the
# primary was.
use strict;
use warnings;
use Test::More;
use EltNode;

my $primary = start_node('primary', preload => 1, extension => 1, conf => "elt.retry_delay = 100\nwal_level = replica\nmax_wal_senders = 4\nhot_standby = on\n");
my $standby = PostgreSQL::Test::Cluster->new('standby');

$primary->safe_psql('postgres', q{
	DO $$
	BEGIN
		EXECUTE format('COPY (SELECT generate_series(1, 3), 1) TO %L (FORMAT csv)', current_setting('data_directory') || '/rows.csv');
		EXECUTE format('CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root %L)', current_setting('data_directory'));
	END $$;
	CREATE FOREIGN TABLE source (id int, value int) SERVER files OPTIONS (glob 'rows.csv', settle '0', on_change 'merge', header 'false');
	SELECT elt.create_pipeline('pipe', 'source', 'target', '{id}');
	CALL elt.run('pipe');
	CALL elt.pull('pipe');
	CREATE TABLE hold (seconds int);
	INSERT INTO hold VALUES (3600);
	SELECT elt.create_pipeline('held', 'source', 'held', '{id}', options => '{"on_landed": "select pg_sleep(seconds) from public.hold"}')});
$primary->backup('base');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

like($standby->safe_psql('postgres', q{SELECT elt.merge_sql('pipe')}), qr/Nothing is staged.*(?:INSERT|MERGE)/s, 'elt.merge_sql shows statements');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM elt.preview('pipe')}), 3, 'elt.preview asks the source');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM elt.runs, elt.pipelines, elt.slices}), 4, 'views are read');
is($standby->safe_psql('postgres', q{SELECT value FROM elt.metrics WHERE name = 'elt_pipeline_runs_total' AND labels @> '{"state": "succeeded", "pipeline": "pipe"}'}),
	2, 'elt.metrics too');
for my $statement (q{CALL elt.run('pipe')}, q{CALL elt.pull('pipe')}, q{SELECT elt.merge('pipe')}, q{SELECT elt.validate('pipe')},
	q{SELECT elt.preview_merge('pipe')}, q{SELECT elt.alter_pipeline('pipe', options => '{"max_attempts": 2}')}, q{SELECT elt.reset_pipeline('pipe')},
	q{SELECT elt.rename_pipeline('pipe', 'other')}, q{SELECT elt.drop_pipeline('pipe')}, q{SELECT elt.pause('pipe')},
	q{SELECT elt.create_pipeline('new', 'source', 'target', '{id}')}, q{SELECT elt.add_check('pipe', 'c', 'id > 0')}, q{SELECT elt.cancel(1)})
{
	like(sqlstate_of($standby, 'postgres', $statement), qr/^(?:25006|0A000)$/, "$statement is refused");
}
is($standby->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE locktype = 'userlock'}), 0, 'and leaves no lock');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ 'elt (scheduler|worker)'}), 0, 'nor does it run anything');

my $run = $primary->safe_psql('postgres', q{SELECT elt.enqueue('held')});
wait_for($primary, 'postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND backend_type ~ 'elt worker'", 'a run');
$primary->safe_psql('postgres', 'DELETE FROM hold');
my $waiting = $primary->safe_psql('postgres', q{SELECT elt.enqueue('held')});
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
$primary->stop('immediate');
$standby->promote;
ok(wait_for($standby, 'postgres', "SELECT state = 'abandoned' FROM elt.runs WHERE run_id = $run", 'the repair'), 'promoted, it repairs the run of the primary');
ok(wait_for($standby, 'postgres', "SELECT state = 'succeeded' FROM elt.runs WHERE run_id = $waiting", 'the queued run'), 'and executes what was queued');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM held}), 3, 'with the right rows');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM elt.pipelines WHERE paused}), 0, 'and pauses nothing');
$standby->stop;
done_testing();
