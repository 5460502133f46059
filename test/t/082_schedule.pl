# pg_cron is the clock: what a schedule creates, that it fires, and what is said where it cannot.
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

my $enqueue = q{elt:postgres:hourly 5 * * * * SELECT elt.enqueue('hourly')};
my $maintain = q{elt:postgres::maintenance 7 * * * * CALL elt_catalog.maintain()};

declare($node, $db, 'hourly', schedule => '5 * * * *');
is(jobs(), "$maintain\n$enqueue", 'a schedule is a job of pg_cron, and maintenance is one');
my ($status, $out, $err) = $node->psql($db, q{SELECT elt.alter_pipeline('hourly', schedule => '6 * * * *')});
like($err, qr/NOTICE:.*time zone "GMT"/, 'in which time zone is said');
is(jobs(), "$maintain\n" . $enqueue =~ s/5/6/r, 'another schedule replaces it');
($status, $out, $err) = $node->psql($db, q{SELECT elt.alter_pipeline('hourly', schedule => 'daily at noon')});
like($err, qr/ERROR:.*invalid schedule.*CONTEXT:.*schedule of pipeline "hourly"/s, 'a schedule that is none');
($status, $out, $err) = $node->psql($db, q{SELECT elt.alter_pipeline('hourly', schedule => '0 0 3 * * *')});
like($err, qr/ERROR:.*must have five fields, not 6.*DETAIL:.*seconds or years/s, 'a schedule with seconds is refused, as pg_cron would mean another one');
sql(q{SELECT cron.alter_job(jobid, active => false) FROM cron.job WHERE jobname ~ 'hourly';
	SELECT elt.rename_pipeline('hourly', 'each_hour')});
is(jobs() =~ s/each_hour/hourly/gr, "$maintain\n" . $enqueue =~ s/5/6/r, 'its job follows a renamed pipeline');
is(sql(q{SELECT active FROM cron.job WHERE jobname ~ 'each_hour'}), 'f', 'and stays as active as it was');
sql(q{SELECT elt.rename_pipeline('each_hour', 'hourly')});
sql(q{SELECT elt.alter_pipeline('hourly', schedule => '')});
is(jobs(), '', 'without any schedule there is no job');

# A pipeline may have any name.
declare($node, $db, 'maintenance', schedule => '5 * * * *');
is(jobs(), "$maintain\n" . $enqueue =~ s/hourly/maintenance/gr, 'also that of the maintenance');
sql(q{SELECT elt.drop_pipeline('maintenance')});
is(jobs(), '', 'which goes as every other one');

# It fires: in pg_cron's worker, and our worker runs it.
declare($node, $db, 'often', schedule => '* * * * *');
sql(q{SELECT cron.schedule('elt:postgres::maintenance', '* * * * *', 'CALL elt_catalog.maintain()')});
sql(q{CREATE TABLE event (at timestamptz NOT NULL) PARTITION BY RANGE (at);
	SELECT elt.set_policy('event', 'at', '1 day', partition_premake => 60)});
ok(wait_for($node, $db, q{SELECT count(*) > 0 FROM elt.runs WHERE pipeline = 'often' AND state = 'succeeded'
	AND origin = 'schedule'}, 'pg_cron to fire', 130), 'pg_cron enqueues and the worker runs it');
is(rows_of($node, $db, 'often'), '2/0', 'its rows are there');
ok(wait_for($node, $db, q{SELECT count(*) > 0 FROM cron.job_run_details
	WHERE command ~ 'maintain' AND status = 'succeeded'}, 'pg_cron to maintain', 60), 'pg_cron calls the maintenance');
is(sql(q{SELECT count(*) FROM elt.partitions WHERE relation = 'event'::regclass}), '61', 'which commits as it goes');

# Elsewhere the jobs of the original are of no use: a dump is restored without them.
sql('CREATE DATABASE restored');
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'bash', '-c', "set -o pipefail; pg_dump --format custom $db > $dump"
	  . " && pg_restore --list $dump | grep -vE ' pg_cron | cron ' > $dump.list"
	  . " && pg_restore --exit-on-error --use-list $dump.list -d restored $dump" ], 'restored without pg_cron');
is($node->safe_psql('restored', 'SELECT name, schedule, paused FROM elt.pipelines WHERE schedule IS NOT NULL'),
	'often|* * * * *|t', 'with the schedule, which is paused');
sql('DROP DATABASE restored');

sql(q{SELECT elt.drop_pipeline('often')});
is(jobs(), '', 'a dropped pipeline has no job');
sql(q{SELECT elt.alter_pipeline('hourly', schedule => '5 * * * *')});
sql('DROP EXTENSION pg_elt CASCADE');
is(jobs(), '', 'nor has a dropped extension');

# Elsewhere pg_cron is not in reach.
sql('CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION pg_elt');
($status, $out, $err) = declare_fails('other');
like($err, qr/"pg_cron", which is configured for database "postgres".*HINT:/s, 'in another database the hint is what to run where');
my @statements = $err =~ /(SELECT cron\.schedule_in_database\(.*?\);)/g;
sql($_) for @statements;
is(jobs(), q{elt:other::maintenance 7 * * * * CALL elt_catalog.maintain()} . "\n"
	  . q{elt:other:late * * * * * SELECT elt.enqueue('late')}, 'and it runs: pipeline and maintenance');

# An owner that pg_cron cannot connect as.
sql(q{CREATE EXTENSION pg_elt; CREATE ROLE nologin SUPERUSER NOLOGIN;
	UPDATE pg_extension SET extowner = 'nologin'::regrole WHERE extname = 'pg_elt'});
($status, $out, $err) = declare_fails($db);
like($err, qr/not permitted to log in/, 'an owner that may not log in');

sub declare_fails
{
	my ($database) = @_;
	declare($node, $database, 'late');
	return $node->psql($database, q{SELECT elt.alter_pipeline('late', schedule => '* * * * *')});
}

$node->stop;
done_testing();
