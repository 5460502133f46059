# A storm of DDL: what a pipeline stands on is altered, dropped, renamed and given away while pipelines of
# every strategy are run by two sessions and a worker. Errors are clean, no process dies, and when all is
# mended the targets are what a calm run makes. ELT_SOAK makes it long, ELT_SEED repeats a choice of statements.
use strict;
use warnings;
use File::Temp;
use IPC::Run;
use Test::More;
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $seconds = $ENV{ELT_SECONDS} // ($ENV{ELT_SOAK} ? 600 : 20);
my $seed = $ENV{ELT_SEED} // int(time);
srand($seed);
diag("seed $seed (ELT_SEED=$seed repeats the statements), $seconds s (ELT_SECONDS)");

my $node = start_node('ddl_storm', preload => 1, extension => 1,
	conf => "restart_after_crash = off\nlog_error_verbosity = verbose\ndeadlock_timeout = '100ms'\nelt.retry_base = 1\n");
my $dir = File::Temp->newdir;
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };

# Name, strategy and further arguments; each has a source of its own, and a twin that stays calm.
my %pipelines = (
	ups => q{'{id}', 'upsert', options => '{"sequence_by": ["at"]}'},
	app => q{'{id}', 'append'},
	scd => q{'{id}', 'scd2', options => '{"sequence_by": ["at"]}'},
	ful => q{'{id}', 'upsert', options => '{"load": "full", "absent": "delete"}'},
	win => q{'{production_type,ts}', 'replace_window', start_at => '2024-03-01',
		options => jsonb_build_object('publication_delay', now() - '2024-03-04')});
my @names = sort keys %pipelines;

sub source
{
	my ($name, $schema) = @_;
	return qq{CREATE FOREIGN TABLE $schema.s_$name (country text OPTIONS (param 'country'),
		ts timestamptz OPTIONS (path '\$.unix_seconds[*]', format 'unix'), production_type text OPTIONS (path 'name'),
		amount numeric OPTIONS (path 'data[*]')) SERVER api OPTIONS (path '/public_power',
		query 'country={country}&start={window_start}&end={window_last}', records '\$.production_types[*]',
		window '1 day', window_column 'ts', window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin')} if $name eq 'win';
	return qq{CREATE FOREIGN TABLE $schema.s_$name (body text OPTIONS (param 'body'), id bigint, name text, amount numeric,
		at timestamptz, note jsonb, addr inet) SERVER api OPTIONS (path '/echo', query 'body={body}')};
}

sub params
{
	my ($name) = @_;
	return q{'{"country": ["de"]}'} if $name eq 'win';
	return q{(SELECT jsonb_build_object('body', jsonb_agg(body::text)) FROM (SELECT jsonb_agg(jsonb_build_object(
		'id', i, 'name', 'n' || i, 'amount', i * 1000000007::bigint, 'at', '2024-01-01'::timestamptz + i * interval '1 hour',
		'note', jsonb_build_array(i), 'addr', '10.0.0.' || i)) AS body FROM generate_series(1, 240) i GROUP BY i / 20) b)};
}

sub declare_in
{
	my ($name, $schema) = @_;
	my $prefix = $schema eq 'calm' ? 'calm_' : '';
	return source($name, $schema) . qq{;
		SELECT elt.create_pipeline('$prefix$name', '$schema.s_$name', '$schema.t_$name', $pipelines{$name}, params => @{[params($name)]});
		} . ($name eq 'win' ? '' : qq{SELECT elt.add_check('$prefix$name', 'positive', 'amount > 0', 'quarantine');
		SELECT elt.add_check('$prefix$name', 'once', 'UNIQUE (id)', 'warn');
		SELECT elt.add_check('$prefix$name', 'slow', 'length(name) < 100 AND host(addr) <> ''''', 'warn');
		SELECT elt.alter_pipeline('$prefix$name', options => '{"batch_rows": 50}');});
}

$sql->(qq{CREATE ROLE anna LOGIN IN ROLE elt_admin;
	CREATE ROLE bert LOGIN IN ROLE elt_admin;
	CREATE SCHEMA storm AUTHORIZATION anna; CREATE SCHEMA calm AUTHORIZATION anna; CREATE SCHEMA aside AUTHORIZATION anna;
	GRANT USAGE ON SCHEMA storm TO bert;
	CREATE SERVER api FOREIGN DATA WRAPPER elt_http OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s');
	GRANT USAGE ON FOREIGN SERVER api TO anna, bert});
for my $name (@names)
{
	$sql->('SET ROLE anna; ' . declare_in($name, $_)) for ('calm', 'storm');
	$sql->("SET ROLE anna; CALL elt.run('calm_$name')");
	$sql->("SET ROLE anna; CALL elt.run('$name')");
}

# A change and what mends it; %s is a pipeline.
my @changes = (
	# the source
	[ 'ALTER FOREIGN TABLE storm.s_%s ALTER amount TYPE text', 'ALTER FOREIGN TABLE storm.s_%s ALTER amount TYPE numeric' ],
	[ 'ALTER FOREIGN TABLE storm.s_%s ALTER amount TYPE bigint', 'ALTER FOREIGN TABLE storm.s_%s ALTER amount TYPE numeric' ],
	[ 'ALTER FOREIGN TABLE storm.s_%s ALTER name TYPE bytea', 'ALTER FOREIGN TABLE storm.s_%s ALTER name TYPE text' ],
	[ 'ALTER FOREIGN TABLE storm.s_%s ALTER id TYPE text', 'ALTER FOREIGN TABLE storm.s_%s ALTER id TYPE bigint' ],
	[ 'ALTER FOREIGN TABLE storm.s_%s DROP COLUMN amount', 'ALTER FOREIGN TABLE storm.s_%s ADD COLUMN amount numeric OPTIONS (path PATH)' ],
	[ 'ALTER FOREIGN TABLE storm.s_%s DROP COLUMN id', 'ALTER FOREIGN TABLE storm.s_%s ADD COLUMN id bigint' ],
	[ 'ALTER FOREIGN TABLE storm.s_%s ADD COLUMN extra text', 'ALTER FOREIGN TABLE storm.s_%s DROP COLUMN extra' ],
	[ 'ALTER FOREIGN TABLE storm.s_%s RENAME at TO seen_at', 'ALTER FOREIGN TABLE storm.s_%s RENAME seen_at TO at' ],
	[ 'ALTER FOREIGN TABLE storm.s_%s RENAME TO elsewhere', 'ALTER FOREIGN TABLE storm.elsewhere RENAME TO s_%s' ],
	[ 'ALTER FOREIGN TABLE storm.s_%s SET SCHEMA aside', 'ALTER FOREIGN TABLE aside.s_%s SET SCHEMA storm' ],
	[ 'ALTER FOREIGN TABLE storm.s_%s OWNER TO bert', 'ALTER FOREIGN TABLE storm.s_%s OWNER TO anna' ],
	[ 'DROP FOREIGN TABLE storm.s_%s', 'CREATE', q{SELECT elt.alter_pipeline('%s', source => 'storm.s_%1$s')} ],
	[ 'DROP FOREIGN TABLE storm.s_%s CASCADE', 'CREATE', q{SELECT elt.alter_pipeline('%s', source => 'storm.s_%1$s')} ],
	[ 'REVOKE SELECT ON storm.s_%s FROM anna', 'GRANT SELECT ON storm.s_%s TO anna' ],
	# the staging table
	[ 'ALTER TABLE elt_staging.%s ALTER _run_id TYPE text', 'SELECT 1' ],
	[ 'ALTER TABLE elt_staging.%s ALTER _failed TYPE text', 'SELECT 1' ],
	[ 'ALTER TABLE elt_staging.%s ALTER amount TYPE text', 'SELECT 1' ],
	[ 'ALTER TABLE elt_staging.%s ALTER name TYPE bytea USING NULL', 'SELECT 1' ],
	[ 'ALTER TABLE elt_staging.%s DROP COLUMN amount', 'SELECT 1' ],
	[ 'ALTER TABLE elt_staging.%s ADD COLUMN extra text', 'SELECT 1' ],
	[ 'ALTER TABLE elt_staging.%s ENABLE ROW LEVEL SECURITY', 'SELECT 1' ],
	[ 'CREATE RULE gone AS ON INSERT TO elt_staging.%s DO INSTEAD NOTHING', 'SELECT 1' ],
	[ 'CREATE INDEX ON elt_staging.%s (amount)', 'SELECT 1' ],
	[ 'TRUNCATE elt_staging.%s', 'SELECT 1' ],
	[ 'DROP TABLE elt_staging.%s', 'SELECT 1' ],
	[ 'DROP TABLE elt_staging.%s; CREATE VIEW elt_staging.%1$s AS SELECT 1 AS id', 'DROP VIEW elt_staging.%s' ],
	[ 'DROP VIEW elt_staging."%s$source"', 'SELECT 1' ],
	# the target
	[ 'ALTER TABLE storm.t_%s ALTER amount TYPE text', 'ALTER TABLE storm.t_%s ALTER amount TYPE numeric USING amount::numeric' ],
	[ 'ALTER TABLE storm.t_%s RENAME amount TO quantity', 'ALTER TABLE storm.t_%s RENAME quantity TO amount' ],
	[ 'ALTER TABLE storm.t_%s RENAME TO t_elsewhere', 'ALTER TABLE storm.t_elsewhere RENAME TO t_%s' ],
	[ 'ALTER TABLE storm.t_%s ADD COLUMN needed int NOT NULL DEFAULT 1; ALTER TABLE storm.t_%1$s ALTER needed DROP DEFAULT',
		'ALTER TABLE storm.t_%s DROP COLUMN needed' ],
	[ 'ALTER TABLE storm.t_%s OWNER TO bert', 'ALTER TABLE storm.t_%s OWNER TO anna' ],
	[ 'ALTER TABLE storm.t_%s DROP CONSTRAINT t_%1$s_pkey', 'ALTER TABLE storm.t_%s ADD CONSTRAINT t_%1$s_pkey PRIMARY KEY (COLUMNS)' ],
	[ 'CREATE RULE gone AS ON INSERT TO storm.t_%s DO INSTEAD NOTHING', 'DROP RULE gone ON storm.t_%s' ],
	[ 'REVOKE ALL ON storm.t_%s FROM anna', 'GRANT ALL ON storm.t_%s TO anna' ],
	# roles and server
	[ 'REVOKE USAGE ON FOREIGN SERVER api FROM anna', 'GRANT USAGE ON FOREIGN SERVER api TO anna' ],
	[ 'ALTER SERVER api RENAME TO other_api', 'ALTER SERVER other_api RENAME TO api' ],
	[ 'ALTER SERVER api OWNER TO bert', 'ALTER SERVER api OWNER TO postgres' ],
	[ q{ALTER SERVER api OPTIONS (SET url 'http://127.0.0.1:9')}, "ALTER SERVER api OPTIONS (SET url '$replay')" ],
	[ 'DROP SERVER api', 'SELECT 1' ],
	[ 'ALTER ROLE anna RENAME TO hanna', 'ALTER ROLE hanna RENAME TO anna' ],
	[ 'DROP ROLE anna', 'SELECT 1' ],
	[ 'REASSIGN OWNED BY anna TO bert', 'REASSIGN OWNED BY bert TO anna' ],
	[ 'REVOKE elt_admin FROM anna', 'GRANT elt_admin TO anna' ],
	# the pipeline
	[ q{SELECT elt.rename_pipeline('%s', 'renamed')}, q{SELECT elt.rename_pipeline('renamed', '%s')} ],
	[ q{SELECT elt.alter_pipeline('%s', owner => 'bert')}, q{SELECT elt.alter_pipeline('%s', owner => 'anna')} ],
	[ q{SELECT elt.drop_check('%s', 'slow', if_exists => true)}, q{SELECT elt.add_check('%s', 'slow', 'length(name) < 100 AND host(addr) <> ''''', 'warn')} ],
);

my @calls = (q{CALL elt.run('%s')}) x 8;
push @calls, (map { "CALL elt.pull('%s');\nSELECT pg_sleep(0.01);\nSELECT $_('%1\$s')" } qw(elt.merge elt.merge elt.validate elt.preview_merge elt.merge_sql)),
  q{SELECT elt.preview('%s', 3)}, q{SELECT elt.enqueue('%s')}, q{SELECT elt.enqueue('%s')};

# What mends has to come through: it is tried again when it met a lock in a circle, or a run.
$sql->(q{CREATE FUNCTION try(statement text) RETURNS void LANGUAGE plpgsql AS $$
	BEGIN
		FOR i IN 1 .. 100 LOOP
			BEGIN
				EXECUTE statement;
				RETURN;
			EXCEPTION WHEN deadlock_detected OR SQLSTATE 'EL001' THEN
				PERFORM pg_sleep(0.05);
			END;
		END LOOP;
		EXECUTE statement;
	END $$});
my $deadline = $sql->("SELECT clock_timestamp() + interval '$seconds seconds'");
my $more = "SELECT clock_timestamp() > '$deadline' AS done \\gset\n\\if :done\n\\q\n\\endif\n";

sub pick { return $_[int(rand(@_))] }

sub quoted { return "'" . $_[0] =~ s/'/''/gr . "'" }

sub mending
{
	my ($change, $name) = @_;
	my ($first, @rest) = @$change[1 .. $#$change];
	my $key = $name eq 'win' ? 'production_type, ts' : 'id';
	my $path = $name eq 'win' ? q{'data[*]'} : q{'amount'};

	$first = source($name, 'storm') . "; ALTER FOREIGN TABLE storm.s_$name OWNER TO anna" if $first eq 'CREATE';
	return map { 'SELECT try(' . quoted(sprintf($_, $name) =~ s/COLUMNS/$key/r =~ s/PATH/$path/r) . ");\n" } (s_percent($first), @rest);
}

# A source's text has no places to fill in.
sub s_percent { return $_[0] =~ /^CREATE FOREIGN/ ? $_[0] =~ s/%/%%/gr : $_[0] }

sub storm_script
{
	my $text = '';

	for (1 .. 60 * $seconds)
	{
		my ($name, $change) = (pick(@names), pick(@changes));
		my $pause = sprintf('SELECT pg_sleep(%.3f);' . "\n", rand() * rand() * 0.1);

		# all of a change or nothing of it, and only what was changed is mended
		$text .= $more . sprintf($change->[0], $name) =~ s/; /\\; /gr . ";\n\\if :ERROR\n\\else\n$pause"
		  . join('', mending($change, $name)) . "\\endif\n$pause";
	}
	return $text;
}

sub run_script
{
	my $text = "SET statement_timeout = '60s';\n";

	$text .= $more . sprintf(pick(@calls), pick(@names)) . ";\n" for 1 .. 200 * $seconds;
	return $text;
}

sub session
{
	my ($what, $text) = @_;
	my ($script, $log) = ("$dir/$what.sql", "$dir/$what.log");

	open(my $file, '>', $script) or die $!;
	print $file "\\set VERBOSITY verbose\nSET client_min_messages = error;\n$text";
	close $file;
	return { what => $what, log => $log, handle => IPC::Run::start([ 'psql', '-qXAt', '-d', $node->connstr('postgres'), '-f', $script ],
		'>', $log, '2>&1', IPC::Run::timeout($seconds + 120)) };
}

my @sessions = (session('ddl', storm_script()), map { session("run $_", run_script()) } 1 .. 2);
my %errors;
for my $session (@sessions)
{
	$session->{handle}->finish;
	is($session->{handle}->result(0), 0, "session $session->{what} came to its end");
	my $said = PostgreSQL::Test::Utils::slurp_file($session->{log});
	$errors{ $session->{what} } = [ $said =~ /(?:ERROR|FATAL|PANIC): +(\w{5}: .*)/g ];
}
my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
unlike($log, qr/terminated by signal|TRAP:|PANIC/, 'no process died');
# Two statements of DDL, GRANT among them, that meet at one row of the catalogue: the server's own words.
my $meeting = qr/tuple concurrently (?:updated|deleted)/;
my @internal = grep { !/$meeting/ } $log =~ /(?:ERROR|FATAL): +(XX\w{3}: .*)/g;
is(join("\n", @internal), '', 'no error is internal');
my $ran = $sql->(q{SELECT count(*) FILTER (WHERE state = 'succeeded') || ' ' || count(*) FILTER (WHERE state = 'failed') FROM elt.runs});
diag("succeeded and failed runs: $ran; errors of sessions: " . join(', ', map { "$_ " . @{ $errors{$_} } } sort keys %errors));
cmp_ok((split / /, $ran)[0], '>', 20, 'runs went through');
cmp_ok((split / /, $ran)[1], '>', 5, 'and met changes');

# After the storm
$sql->(q{SELECT elt.cancel(run_id) FROM elt.runs WHERE state IN ('queued', 'running')});
wait_for($node, 'postgres', q{SELECT NOT EXISTS (SELECT FROM elt.runs WHERE state IN ('queued', 'running'))}, 'runs to end');
for my $name (@names)
{
	my $columns = $name eq 'win' ? 'production_type, ts, amount' : 'id, name, amount, note, addr';

	$columns .= $name eq 'scd' ? ', valid_from, valid_to' : ', at' if $name ne 'win';
	is(sqlstate_of($node, 'postgres', "SET ROLE anna; SELECT elt.reset_pipeline('$name', '-infinity')"), '00000', "$name begins again") if $name eq 'win';
	is(sqlstate_of($node, 'postgres', "SET ROLE anna; CALL elt.run('$name')"), '00000', "$name runs when all is mended")
	  or diag(($node->psql('postgres', "SET ROLE anna; CALL elt.run('$name')"))[2]);
	is($sql->(qq{SELECT count(*) FROM ((SELECT $columns FROM storm.t_$name EXCEPT ALL SELECT $columns FROM calm.t_$name)
		UNION ALL (SELECT $columns FROM calm.t_$name EXCEPT ALL SELECT $columns FROM storm.t_$name)) d}), 0, "$name is what a calm run makes")
	  or diag($sql->("SELECT count(*) || ' rows, calm ' || (SELECT count(*) FROM calm.t_$name) FROM storm.t_$name"));
}
$node->stop;
done_testing();
