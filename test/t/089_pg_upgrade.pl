# pg_upgrade: nothing of the old cluster runs meanwhile, and the new one goes on where the old one was.
use strict;
use warnings;
use Test::More;
use EltNode;
use PostgreSQL::Test::Utils;

$ENV{ELT_SOAK} or plan skip_all => 'pg_upgrade takes long: only in make soak';

my $old = start_node('old', preload => 1, extension => 1);
my $new = PostgreSQL::Test::Cluster->new('new');
my ($bin) = PostgreSQL::Test::Utils::run_command([ 'pg_config', '--bindir' ]);

$old->safe_psql('postgres', q{
	DO $$
	BEGIN
		EXECUTE format('COPY (SELECT generate_series(1, 3), 1) TO %L (FORMAT csv)', current_setting('data_directory') || '/rows.csv');
		EXECUTE format('CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root %L)', current_setting('data_directory'));
	END $$;
	CREATE FOREIGN TABLE source (id int, value int) SERVER files OPTIONS (glob 'rows.csv', settle '0', on_change 'merge', header 'false');
	CREATE TABLE plain (id int PRIMARY KEY);
	INSERT INTO plain VALUES (1);
	SELECT elt.create_pipeline('pipe', 'source', 'target', '{id}', schedule => '@yearly');
	SELECT elt.create_pipeline('often', 'plain', 'often', '{id}', schedule => 'every 1 second');
	CALL elt.run('pipe')});
ok(wait_for($old, 'postgres', q{SELECT count(*) > 0 FROM elt.runs WHERE pipeline = 'often' AND state = 'succeeded'}, 'a run'), 'runs before');
my $state = q{SELECT pipeline, schedule, next_slot, paused FROM elt.schedules WHERE pipeline = 'pipe'; SELECT count(*) FROM elt.slices WHERE pipeline = 'pipe';
	SELECT name, state, rows FROM elt.files};
my $before = $old->safe_psql('postgres', $state);
$old->stop;

$new->init;
$new->append_conf('postgresql.conf', slurp_file($old->data_dir . '/postgresql.conf') =~ s/^(?:port|unix_socket_directories|listen_addresses).*$//gmr);
$new->append_conf('postgresql.conf', 'port = ' . $new->port);
chdir $new->basedir or die "chdir: $!";
command_ok([ 'pg_upgrade', '--no-sync', '-b', $bin, '-B', $bin, '-d', $old->data_dir, '-D', $new->data_dir, '-s', $new->host,
		'-p', $old->port, '-P', $new->port ], 'pg_upgrade');
$new->start;
is($new->safe_psql('postgres', $state), $before, 'the new cluster has the state of the old one');
my $last = $new->safe_psql('postgres', q{SELECT max(run_id) FROM elt.runs WHERE pipeline = 'pipe'});
ok(wait_for($new, 'postgres', q{SELECT count(*) > 0 FROM elt.runs WHERE pipeline = 'often' AND state = 'succeeded'
	AND started_at > pg_postmaster_start_time()}, 'a run'), 'and its schedules go on');
is($new->safe_psql('postgres', q{CALL elt.wait(elt.enqueue('pipe')); SELECT rows_read FROM elt.runs WHERE pipeline = 'pipe' ORDER BY run_id DESC LIMIT 1}),
	0, 'files are known');
$new->stop;
done_testing();
