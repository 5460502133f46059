# pg_cron is the clock: one job calls elt.tick, and what comes of that; what is said where it cannot.
use strict;
use warnings;
use Test::More;
use EltNode;
use EltRuns;

$ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';

my $db = 'postgres';
my $node = start_node('schedule', preload => 1, extension => 1);

sub sql { return $node->safe_psql($db, $_[0]) }
sub jobs { return sql(q{SELECT string_agg(jobname || ' ' || schedule || ' ' || command, E'\n' ORDER BY jobname)
	FROM cron.job}) }

# It may be running.
sub drop
{
	my ($name) = @_;

	sql(qq{SELECT elt.pause('$name')});
	wait_for($node, $db, qq{SELECT count(*) = 0 FROM elt.runs WHERE pipeline = '$name' AND state = 'running'}, "the end of $name");
	sql(qq{SELECT elt.drop_pipeline('$name')});
}

my $tick = q{elt:postgres:tick * * * * * SELECT elt.tick()};

declare($node, $db, 'hourly', schedule => '5 * * * *');
declare($node, $db, 'tick', schedule => '@daily');
is(jobs(), $tick, 'there is one job for all schedules');
sql(q{SELECT elt.alter_pipeline('hourly', schedule => '6 * * * *'); SELECT elt.rename_pipeline('hourly', 'each_hour');
	SELECT elt.drop_pipeline('tick')});
is(jobs(), $tick, 'whatever becomes of them');
sql(q{SELECT elt.alter_pipeline('each_hour', schedule => '')});
is(jobs(), '', 'without any schedule there is no job');

# A policy is maintained without any schedule of a pipeline.
sql(q{CREATE TABLE event (at timestamptz NOT NULL) PARTITION BY RANGE (at);
	SELECT elt.set_policy('event', 'at', '1 day', partition_premake => 3);
	ALTER SYSTEM SET elt.maintenance_schedule = 'every 1 second'; SELECT pg_reload_conf()});
ok(wait_for($node, $db, q{SELECT count(*) = 4 FROM elt.partitions WHERE relation = 'event'::regclass}, 'the maintenance'),
	'maintenance makes partitions');
# What retention detaches concurrently, the worker detaches.
sql(q{CREATE TABLE event_old PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
	SELECT elt.set_policy('event', retain => '1 year', retain_action => 'detach')});
ok(wait_for($node, $db, q{SELECT count(*) = 1 FROM elt.partitions WHERE partition = 'event_old' AND state = 'detached'
	AND action IS NULL}, 'retention', 60), 'and detaches them');
is(sql(q{SELECT count(*) FROM pg_constraint WHERE conrelid = 'event_old'::regclass AND contype = 'c'}), '1',
	'concurrently: its range stays as a constraint');
sql(q{ALTER SYSTEM SET elt.maintenance_schedule = ''; SELECT pg_reload_conf()});

# A slot has come. pg_cron calls at the next full minute, which make soak waits for; else what its job says is executed, in its
# database and by its role.
sub fire
{
	my ($database, $pipeline) = @_;
	my ($user, $in, $command) = split /\|/, sql(q{SELECT username, database, command FROM cron.job});

	return if $ENV{ELT_SOAK};
	$node->safe_psql($database, qq{UPDATE elt_catalog.schedule SET next_slot = date_trunc('minute', now()), decided_slot = now() - interval '1 minute'
		WHERE pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = '$pipeline')});
	is($in, $database, "the job calls in database $database");
	$node->safe_psql($in, "SET ROLE $user; $command");
}

# It fires: a slot is decided, a worker runs it.
declare($node, $db, 'often', schedule => '* * * * *');
fire($db, 'often');
ok(wait_for($node, $db, q{SELECT count(*) > 0 FROM elt.runs r JOIN elt.slots s USING (run_id) WHERE r.pipeline = 'often'
	AND r.state = 'succeeded' AND origin = 'schedule' AND s.slot BETWEEN r.enqueued_at - interval '2 minutes' AND r.enqueued_at}, 'the job'),
	'the job ticks and a worker runs the slot');
is(rows_of($node, $db, 'often'), '2/0', 'its rows are there');
is(sql(q{SELECT count(DISTINCT run_id) - count(*) FROM elt.slots WHERE pipeline = 'often'}), '0', 'each slot has one run');

# Two ticks at once decide each slot once, and neither waits for an open transaction that queues a run.
my @names = map { "many$_" } 1 .. 20;
declare($node, $db, $_, schedule => '0 0 1 1 *') for @names;
sql(q{UPDATE elt_catalog.schedule SET next_slot = date_trunc('minute', now()) WHERE pipeline_id IN
	(SELECT id FROM elt_catalog.pipeline WHERE name ~ '^many')});
my $held = $node->background_psql($db);
$held->query_safe(q{BEGIN; SELECT elt.enqueue('many1')});
my @ticks = map { background($node, $db, 'SELECT elt.tick()') } 1 .. 4;
finish_background($_) for @ticks;
is(sql(q{SELECT count(*), count(DISTINCT pipeline) FROM elt.slots WHERE pipeline ~ '^many'}), '19|19',
	'several ticks at once decide each slot once');
$held->query_safe('COMMIT');
$held->quit;
sql('SELECT elt.tick()');
ok(wait_for($node, $db, q{SELECT count(*) = 20 FROM elt.slots s JOIN elt.runs r USING (run_id)
	WHERE s.pipeline ~ '^many' AND r.state = 'succeeded'}, 'all runs'), 'and the one that was locked then');
wait_for($node, $db, q{SELECT NOT EXISTS (SELECT FROM elt.runs WHERE state IN ('queued', 'running'))}, 'the end of all runs');
sql(q{SELECT elt.pause_all()});
sql(q{SELECT elt.drop_pipeline(name) FROM elt.pipelines WHERE name ~ '^many'; SELECT elt.resume_all()});

# Intervals are timers of the scheduler, which a slow run does not pile up.
drop('often');
declare($node, $db, 'slowly', seconds => 1.5, schedule => 'every 1 second');
ok(wait_for($node, $db, q{SELECT count(*) > 2 FROM elt.runs WHERE pipeline = 'slowly' AND state = 'succeeded'}, 'three runs'),
	'an interval of seconds');
ok(wait_for($node, $db, q{SELECT bool_or(state = 'coalesced') FROM elt.slots WHERE pipeline = 'slowly'}, 'an overlap'),
	'whose overlaps are recorded');
is(jobs(), '', 'without a job of pg_cron');
drop('slowly');
declare($node, $db, 'always', schedule => 'continuous', options => { max_delay => '1 second' });
ok(wait_for($node, $db, q{SELECT count(*) > 2 FROM elt.runs WHERE pipeline = 'always' AND state = 'succeeded'}, 'three runs'),
	'a continuous schedule');
drop('always');

# Enough rows do not wait for max_delay, and fewer do not wait for longer.
sql(q{CREATE TABLE busy (id int PRIMARY KEY);
	SELECT elt.create_pipeline('busy', 'busy', 'busy_copy', '{id}', schedule => 'continuous', options => '{"max_delay": "1 hour"}');
	CREATE TRIGGER busy AFTER INSERT ON busy REFERENCING NEW TABLE AS new FOR EACH STATEMENT EXECUTE FUNCTION elt.enqueue_on_change('busy', '3')});
sql(q{INSERT INTO busy VALUES (1), (2)});
sql(q{INSERT INTO busy VALUES (3)});
ok(wait_for($node, $db, q{SELECT count(*) = 1 FROM elt.runs WHERE pipeline = 'busy' AND origin = 'change' AND state = 'succeeded'}, 'a run'),
	'rows enough for a run');
is(sql('SELECT count(*) FROM busy_copy'), '3', 'which reads them all');
sql(q{INSERT INTO busy VALUES (4); SELECT elt.alter_pipeline('busy', options => '{"max_delay": "1 second"}')});
ok(wait_for($node, $db, q{SELECT count(*) = 4 FROM busy_copy}, 'the rest'), 'the rest land after max_delay');
is(sql(q{SELECT count(*) FROM elt.runs WHERE pipeline = 'busy' AND origin = 'change'}), '1', 'in a run of the schedule');
drop('busy');

# It runs beside the others, however long these are.
sql(q{ALTER SYSTEM SET elt.max_workers = 1; SELECT pg_reload_conf()});
sql(q{CREATE VIEW sleeping AS SELECT 1 AS id FROM pg_sleep(600); SELECT elt.create_pipeline('hog', 'sleeping', 'hog', '{id}')});
my $hog = enqueue($node, $db, 'hog');
wait_state($node, $db, $hog, 'running', 'the only worker is busy');
declare($node, $db, 'beside', schedule => 'continuous', options => { max_delay => '1 second' });
ok(wait_for($node, $db, q{SELECT count(*) > 1 FROM elt.runs WHERE pipeline = 'beside' AND state = 'succeeded'}, 'two runs'),
	'a continuous schedule needs none');
is(state_of($node, $db, $hog), 'running', 'which is busy yet');
sql(qq{SELECT elt.cancel($hog), elt.cancel($hog)});
sql(q{ALTER SYSTEM RESET elt.max_workers; SELECT pg_reload_conf()});
wait_state($node, $db, $hog, 'cancelled', 'until it is stopped');
drop('beside');

# A pool with room for one.
sql(q{SELECT elt.set_pool('narrow', 1)});
declare($node, $db, "pooled$_", seconds => 0.3, options => { pool => 'narrow' }) for 1 .. 3;
my @runs = split /\n/, sql(join ' UNION ALL ', map { "SELECT elt.enqueue('pooled$_')" } 1 .. 3);
wait_state($node, $db, $_, 'succeeded', "run $_ of a pool") for @runs;
is(sql(q{SELECT count(*) FROM elt.runs a JOIN elt.runs b ON a.run_id < b.run_id AND a.pipeline ~ 'pooled' AND b.pipeline ~ 'pooled'
	AND (a.started_at, a.finished_at) OVERLAPS (b.started_at, b.finished_at)}), '0', 'one after the other');

# A dump is restored without the job; to resume a pipeline begins its schedule.
declare($node, $db, 'again', schedule => '* * * * *');
sql('CREATE DATABASE restored');
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'bash', '-c', "set -o pipefail; pg_dump --format custom $db > $dump"
	  . " && pg_restore --list $dump | grep -vE ' pg_cron | cron ' > $dump.list"
	  . " && pg_restore --exit-on-error --use-list $dump.list -d restored $dump" ], 'restored without pg_cron');
is($node->safe_psql('restored', q{SELECT pipeline, schedule, paused, next_slot FROM elt.schedules WHERE pipeline = 'again'}),
	'again|* * * * *|t|', 'with the schedule, which is paused');
my ($status, $out, $err) = $node->psql('restored', q{SELECT elt.resume('again')});
like($err, qr/WARNING:.*before pg_cron calls elt.tick.*HINT:/s, 'where pg_cron is elsewhere, to resume says what to run there');
is($node->safe_psql('restored', q{SELECT next_slot > now() FROM elt.schedules WHERE pipeline = 'again'}), 't', 'and it goes on');
sql('DROP DATABASE restored');
sql('DROP EXTENSION pg_elt CASCADE');
is(jobs(), '', 'a dropped extension has no job');

# In another database than that of pg_cron one statement is enough.
sql('CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION pg_elt');
declare($node, 'other', 'late');
($status, $out, $err) = $node->psql('other', q{SELECT elt.alter_pipeline('late', schedule => '* * * * *')});
my ($statement) = $err =~ /HINT:.*(SELECT cron\.schedule_in_database\(.*?\);)/;
sql($statement);
is(jobs(), 'elt:other:tick * * * * * SELECT elt.tick()', 'the hint is what to run where');
fire('other', 'late');
ok(wait_for($node, 'other', q{SELECT count(*) > 0 FROM elt.runs WHERE state = 'succeeded' AND origin = 'schedule'}, 'the job'),
	'and it runs');
($status, $out, $err) = $node->psql('other', q{SELECT elt.alter_pipeline('late', schedule => '@hourly')});
is($err, '', 'of which no more is said');

# An owner that pg_cron cannot connect as.
sql(q{CREATE EXTENSION pg_elt; CREATE ROLE nologin SUPERUSER NOLOGIN;
	UPDATE pg_extension SET extowner = 'nologin'::regrole WHERE extname = 'pg_elt'});
declare($node, $db, 'late');
($status, $out, $err) = $node->psql($db, q{SELECT elt.alter_pipeline('late', schedule => '* * * * *')});
like($err, qr/not permitted to log in/, 'an owner that may not log in');

$node->stop;
done_testing();
