# What version 0.9 has loaded survives ALTER EXTENSION UPDATE: definitions and state are the same, and
# every pipeline goes on where it was.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use EltNode;
use EltRuns;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('upgrade_state', preload => 1);
my $files = $node->basedir . '/files';

# What the update renames and drops, by table; everything else stays as it was.
my %renamed = (
	run => { rows_held => 'pending_deletes' },
	held_load => { held_at => 'pending_since' },
	partition => { parent => 'relation' },
	slice => { status => 'state' },
	reject => { status => 'state' },
	policy => { time_zone => 'partition_time_zone', premake => 'partition_premake' });
my %dropped = (
	pipeline => [ 'options', 'schedule' ],
	policy => ['options'],
	check_rule => ['options'],
	check_result => ['passed'],
	run => [ 'max_event_time', 'wal_lsn' ]);
my %renamed_table = (held_load => 'pending_load');

sub sql { return $node->safe_psql('postgres', $_[0]) }

sub write_file
{
	my ($name, $text) = @_;
	open my $file, '>', "$files/$name" or die "$files/$name: $!";
	print $file $text;
	close $file;
}

# Every row of every table that a dump carries: table => [row, ...], each a hash.
sub state_of_all
{
	my %state;

	for my $table (split /\n/, sql(q{SELECT relname FROM pg_class WHERE relkind = 'r'
		AND relnamespace = 'elt_catalog'::regnamespace AND oid = ANY (
			(SELECT extconfig FROM pg_extension WHERE extname = 'pg_elt')::oid[])}))
	{
		my @rows = split /\n/, sql("SELECT to_jsonb(t) FROM elt_catalog.$table t");

		$state{$table} = [ map { decode_json($_) } @rows ];
	}
	return \%state;
}

# As the new version has it.
sub moved
{
	my ($state) = @_;
	my %moved;

	for my $table (keys %$state)
	{
		for my $row (@{ $state->{$table} })
		{
			delete @$row{ @{ $dropped{$table} // [] } };
			for my $old (keys %{ $renamed{$table} // {} })
			{
				my $new = $renamed{$table}{$old};

				$row->{$new} = delete $row->{$old} if exists $row->{$old};
			}
		}
		$moved{ $renamed_table{$table} // $table } = $state->{$table};
	}
	return \%moved;
}

# The columns that the table had before.
sub only_columns_of
{
	my ($rows, $before) = @_;

	for my $row (@$rows)
	{
		exists $before->[0]{$_} or delete $row->{$_} for keys %$row;
	}
	return $rows;
}

sub as_text
{
	my $json = JSON::PP->new->canonical->allow_nonref;

	return join "\n", sort map { $json->encode($_) } @{ $_[0] };
}

# An answer of the replay server to the next requests of a path.
sub answers { return control('script', { id => $_[0], responses => [ { json => $_[1] } ] }) }

sub run_ok
{
	my ($pipeline, $what) = @_;
	my ($status, $out, $error) = $node->psql('postgres', "SET ROLE analyst; CALL elt.run('$pipeline')");

	is(sql("SELECT state FROM elt.runs WHERE pipeline = '$pipeline' ORDER BY run_id DESC LIMIT 1"), 'succeeded', $what)
	  or diag($error);
}

# As a restored dump, but of this database: its pipelines are not paused.
sql(q{
	CREATE ROLE analyst;
	CREATE EXTENSION pg_elt VERSION '0.9';
	GRANT elt_admin, pg_read_server_files TO analyst;
	GRANT CREATE ON SCHEMA public TO analyst;
	UPDATE elt_catalog.home SET id = '00000000-0000-4000-8000-000000000009'});
$node->command_ok([ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'),
	'-f', 'test/upgrade/pg_elt_0.9.sql' ], 'version 0.9 has loaded something');
mkdir $files;
# A minute that begins meanwhile would start a run.
my $often = $ENV{ELT_SOAK} ? '* * * * *' : '0 0 1 1 *';
sql(qq{
	ALTER SERVER replay OPTIONS (SET url '$replay');
	ALTER SERVER files OPTIONS (SET root '$files');
	SELECT cron.schedule('elt:postgres::maintenance', '0 0 29 2 *', 'CALL elt_catalog.maintain()');
	SELECT cron.schedule('elt:postgres:' || p, s, format('SELECT elt.enqueue(%L)', p))
	FROM (VALUES ('prices', '$often'), ('events', '0 0 29 2 *')) AS v(p, s);
	SELECT cron.alter_job(jobid, active => false) FROM cron.job WHERE jobname = 'elt:postgres:events';
	UPDATE elt_catalog.pipeline SET schedule = '0 0 29 2 *' WHERE name IN ('prices', 'events', 'customers');
	SELECT cron.schedule('mine', '0 0 29 2 *', 'CALL elt.run(''orders'')')});

my $before = moved(state_of_all());
my ($status, $out, $warnings) = $node->psql('postgres', 'ALTER EXTENSION pg_elt UPDATE', on_error_die => 1);
my $after = state_of_all();
for my $table (sort keys %$before)
{
	is(as_text(only_columns_of($after->{$table}, $before->{$table})), as_text($before->{$table}), "table $table is as it was");
}
is(sql(q{SELECT DISTINCT rows_failed > 0, verdict FROM elt.check_results ORDER BY 1}), "f|passed\nt|warned",
	'results of checks have a verdict');
is(sql(q{SELECT labels ->> 'pipeline', labels ->> 'state', value FROM elt.metrics WHERE name = 'elt_pipeline_runs_total' AND value > 0 ORDER BY 1, 2}),
	sql(q{SELECT pipeline, state, count(*) FROM elt.runs WHERE finished_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2}), 'runs are counted');
is(sql(q{SELECT count(*) FROM elt.pipeline_status s JOIN elt.pipelines p ON p.name = s.pipeline
	WHERE s.last_success_at IS DISTINCT FROM p.last_success_at}), 0, 'with their last success');
is(sql('SELECT jobname, command FROM cron.job ORDER BY jobname'), "elt:postgres:tick|SELECT elt.tick()\nmine|CALL elt.run('orders')",
	'one job of pg_cron takes the place of those of pipelines');
is(sql('SELECT pipeline, schedule, schedule_time_zone, next_slot > now() FROM elt.schedules'), "prices|$often|UTC|t", 'whose schedules are what the jobs were');
like($warnings, qr/WARNING:.*pipeline "$_" has no schedule any more.*inactive or had been removed/s, "and of $_, which had no active one, that is told") for qw(events customers);

# They go on.
sql(q{SET ROLE analyst; SELECT elt.alter_pipeline('prices',
	options => jsonb_build_object('publication_delay', now() - '2024-03-05 12:00'))});
run_ok('prices', 'an upsert by windows goes on');
is(sql(q{SELECT count(*), sum(price) FROM price}),
	sql(q{SELECT count(*), sum(price) FROM price_api WHERE zone IN ('DE-LU', 'FR')
		AND ts >= '2024-03-01 00:00 Europe/Berlin' AND ts < '2024-03-06 00:00 Europe/Berlin' AND price < 80}),
	'with the rows of all days that pass its checks');
is(sql(q{SELECT count(*) FROM elt.slices WHERE pipeline = 'prices' AND window_start < '2024-03-01 12:00' AND run_id > 1}),
	'0', 'and does not ask again for what lies behind its cursor');
is(sql(q{SELECT count(*) FROM elt.rejects WHERE pipeline = 'prices' AND reason = 'cheap'}),
	sql(q{SELECT count(*) FROM price_api WHERE zone IN ('DE-LU', 'FR')
		AND ts >= '2024-03-01 00:00 Europe/Berlin' AND ts < '2024-03-06 00:00 Europe/Berlin' AND price >= 80}),
	'and the others in quarantine');

answers('events', [ map { { id => $_, at => "2024-01-0$_" } } 1 .. 4 ]);
run_ok('events', 'an append whose last run failed');
is(sql(q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM event}), '1 2 3 4', 'takes what it has not had');
is(sql(q{SELECT string_agg(DISTINCT state, ' ') FROM elt.rejects WHERE pipeline = 'events'}), 'superseded', 'and its reject is superseded');

answers('customers', [
	{ id => 2, city => 'Lund', changed_at => '2024-05-01' },
	{ id => 1, city => 'Bonn', changed_at => '2024-01-15' },
	{ id => 1, city => 'Hof', changed_at => '2024-02-10' } ]);
run_ok('customers', 'a history');
is(sql(q{SET timezone = 'UTC'; SELECT id, city, valid_from::date, valid_to::date FROM dim_customer ORDER BY id, valid_from}),
	join("\n", '1|Bonn|2024-01-01|2024-02-01', '1|Jena|2024-02-01|2024-02-10', '1|Hof|2024-02-10|2024-03-01',
		'1|Ulm|2024-03-01|infinity', '2|Kiel|2024-01-01|2024-05-01', '2|Lund|2024-05-01|infinity'),
	'knows its past');
is(sql(q{SET ROLE analyst; SELECT elt.apply_restatements('customers', 'fact_order', 'customer_sk', 'ordered_at')}),
	'1', 'and restates facts');
is(sql(q{SELECT city FROM fact_order JOIN dim_customer ON _sk = customer_sk}), 'Hof', 'from the batch on that comes next');

answers('sales-de-2024-01-02', [ { at => '2024-01-02 08:00', item => 'plum', price => 3 } ]);
answers('sales-de-2024-01-03', []);
sql(q{SET ROLE analyst; SELECT elt.alter_pipeline('sales',
	options => jsonb_build_object('publication_delay', now() - '2024-01-03 12:00'))});
run_ok('sales', 'a replacement of windows');
is(sql(q{SELECT string_agg(item, ' ' ORDER BY at) FROM sale}), 'pear fig plum', 'goes on with the window that was not published');

is(sql(q{SET ROLE analyst; SELECT elt.approve_deletes(8)}), '4', 'pending deletes are carried out');
answers('stock', [ map { { id => $_, item => "item $_" } } 2 .. 7 ]);
sql(q{SET ROLE analyst; SELECT elt.alter_pipeline('stock', options => '{"max_delete_percent": 50}')});
run_ok('stock', 'a full load');
is(sql(q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM stock}), '2 3 4 5 6 7', 'deletes what is absent');

answers('readings', [ { id => 1, version => 3, value => 9 }, { id => 3, version => 4, value => 1 } ]);
is(sqlstate_of($node, 'postgres', q{SET ROLE analyst; CALL elt.run('readings')}), '55000', 'a paused pipeline stays paused');
sql(q{SET ROLE analyst; SELECT elt.resume('readings')});
run_ok('readings', 'until it is resumed');
is(sql(q{SELECT id, value FROM reading_live WHERE id IN (1, 2, 3) ORDER BY id}), "1|9\n2|", 'and its tombstones stay');
is(sql(q{SELECT count(*) FROM elt.drift WHERE pipeline = 'readings' AND ended_at IS NOT NULL}), '1', 'its drift has ended');

write_file('orders.csv', "id,amount\n1,10.50\n2,21\n");
write_file('more.csv', "id,amount\n3,30\n");
run_ok('orders', 'files');
is(sql('SELECT id, amount FROM orders ORDER BY id'), "1|10.50\n2|21\n3|30", 'are read again when they changed');

# What 0.9 has scheduled goes on, and so does what a user has. pg_cron fires at the next minute, which only the soak waits for.
is(sql(q{SELECT string_agg(jobname, ' ' ORDER BY jobname) FROM cron.job WHERE active}), 'elt:postgres:tick mine', 'the jobs are there');
is(sql(q{SELECT next_slot > now() FROM elt.schedules WHERE pipeline = 'prices'}), 't', 'and the schedule of version 0.9 has its next slot');
if ($ENV{ELT_SOAK})
{
	sql(q{SELECT cron.alter_job(jobid, schedule => '* * * * *') FROM cron.job WHERE jobname = 'mine'});
	ok(wait_for($node, 'postgres', q{SELECT count(*) > 0 FROM elt.runs WHERE pipeline = 'prices'
		AND origin = 'schedule' AND state = 'succeeded'}, 'pg_cron to fire', 130), 'it queues a run, which succeeds');
	ok(wait_for($node, 'postgres', q{SELECT bool_or(status = 'succeeded') FROM cron.job_run_details
		WHERE command = 'CALL elt.run(''orders'')'}, 'pg_cron to run', 70), "a job of one's own too");
}
cmp_ok(sql('SELECT spent FROM elt.quotas'), '>', 25, 'requests are counted where the count was');
$node->stop;
done_testing();
