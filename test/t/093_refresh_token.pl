# A refresh token that is spent by its use: the one that comes instead is on disk before anything
# is done with the access token, whoever is killed or cancelled, and two runs never spend one twice.
use strict;
use warnings;
use Test::More;
use PostgreSQL::Test::Utils;
use EltNode;
use EltRuns;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
chomp(my $libraries = `pg_config --pkglibdir`);
my $statements = -e "$libraries/pg_stat_statements.so" ? 'pg_stat_statements' : '';
my $node = start_node('refresh', preload => 1, extension => 1,
	conf => "restart_after_crash = on\nelt.retry_base = 1\nlog_statement = all\nlog_min_duration_statement = 0\n"
	  . "track_activity_query_size = 16kB\nsynchronous_commit = off\n"
	  . ($statements && "shared_preload_libraries = 'pg_cron,pg_elt,$statements'\npg_stat_statements.track = all\n"));

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query) }
sub realm { my ($name) = @_; return control('oauth', { realm => $name }) }

# The refresh token that a server's mapping holds; the statement is not logged.
sub stored
{
	my ($server) = @_;
	return sql("SET log_statement = none; SET log_min_duration_statement = -1;
		SELECT split_part(o, '=', 2) FROM pg_user_mappings, unnest(umoptions) o
		WHERE srvname = '$server' AND o LIKE 'refresh_token=%'");
}

# A server with a realm of its own, and pipelines over it.
sub declare_realm
{
	my ($name, $token_query, @pipelines) = @_;
	sql("SET log_statement = none; SET log_min_duration_statement = -1; SET client_min_messages = warning;
		CREATE SERVER $name FOREIGN DATA WRAPPER elt_http
			OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', max_attempts '1');
		CREATE USER MAPPING FOR postgres SERVER $name OPTIONS (auth 'oauth2', grant 'refresh_token',
			token_url '$replay/oauth/$name/token?rotates=1$token_query', client_id 'me', refresh_token '$name-refresh-1')");
	for my $pipeline (@pipelines)
	{
		sql("SET client_min_messages = warning;
			CREATE FOREIGN TABLE ${pipeline}_api (id int) SERVER $name
				OPTIONS (path '/oauth/$name/items', query 'total=7&who=$pipeline', records '\$.items[*]');
			SELECT elt.create_pipeline('$pipeline', '${pipeline}_api', '$pipeline', '{id}', options => jsonb_build_object('max_attempts', 1))");
	}
}

# Until the authorization server has spent the token of a realm; the answer may still be held.
sub wait_exchange { my ($name) = @_; return until_true(sub { realm($name)->{exchanges} == 1 }) }

sub until_true
{
	my ($true) = @_;
	my $deadline = time + 180;

	select undef, undef, undef, 0.02 until $true->() || time > $deadline;
	return;
}

# How often the API itself was asked.
sub uses { my ($name) = @_; return control('counters', { path => "/oauth/$name/items" })->{requests} }

# Two runs at once, each of which needs a token: one is fetched for both
declare_realm('pair', '&delay=0.5', 'pair_a', 'pair_b');
my @runs = map { background($node, 'postgres', "CALL elt.run('$_')") } 'pair_a', 'pair_b';
is(join(',', map { finish_background($_) } @runs), '0,0', 'two runs at once succeed') or diag(map { $_->{err} } @runs);
is(realm('pair')->{refused}, 0, 'no token was spent twice');
is(realm('pair')->{exchanges}, 1, 'one access token was enough');
is(stored('pair'), realm('pair')->{refresh}, 'the mapping holds the last refresh token');
is(sql('SELECT count(*) FROM pair_a_api'), 7, 'another session has that token as well, for a SELECT');
# and if it expires meanwhile, on a server that voids the old tokens when it gives a new one
declare_realm('voids', '&rotates=2&delay=0.1&lives=60');
for my $pipeline ('voids_a', 'voids_b')
{
	sql("SET client_min_messages = warning;
		CREATE FOREIGN TABLE ${pipeline}_api (id int, total text OPTIONS (param 'total')) SERVER voids
			OPTIONS (path '/oauth/voids/items', query 'total={total}', records '\$.items[*]');
		SELECT elt.create_pipeline('$pipeline', '${pipeline}_api', '$pipeline', '{total,id}',
			params => jsonb_build_object('total', (SELECT jsonb_agg(n::text) FROM generate_series(1, 100) n)))");
}
@runs = map { background($node, 'postgres', "CALL elt.run('$_')") } 'voids_a', 'voids_b';
finish_background($_) for @runs;
is(sql('SELECT count(*) FROM voids_a') + sql('SELECT count(*) FROM voids_b'), 10100, 'two runs at once land all of their slices');
is(realm('voids')->{refused}, 0, 'no token was spent twice');
cmp_ok(realm('voids')->{exchanges}, '<=', 6, 'and few were fetched');

# While it waits for the authorization server, a run holds nothing
declare_realm('idle', '&gate=1', 'idle_p');
my $run = background($node, 'postgres', "CALL elt.run('idle_p')");
ok(wait_for($node, 'postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'CALL elt.run(''idle_p'')' AND wait_event = 'EltHttp'
		OR query LIKE 'CALL elt.run(''idle_p'')' AND wait_event_type = 'Extension'", 'the exchange'), 'the exchange takes a while');
wait_exchange('idle');
is(sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CALL elt.run(''idle_p'')' AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)"),
	0, 'with neither a snapshot nor a transaction id');
# a cancel in the meantime would lose the token, so it waits for the answer
sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL elt.run(''idle_p'')'");
control('oauth', { realm => 'idle', release => 1 });
isnt(finish_background($run), 0, 'cancelled in the exchange, the run ends');
is(sql("SELECT state FROM elt.runs WHERE pipeline = 'idle_p'"), 'cancelled', 'as cancelled');
is(realm('idle')->{refresh}, 'idle-refresh-2', 'the server has spent the token');
is(stored('idle'), 'idle-refresh-2', 'and the one that came instead is stored');

# but not for ever
declare_realm('mute', '&delay=60', 'mute_p');
$run = background($node, 'postgres', "CALL elt.run('mute_p')");
wait_exchange('mute');
my $started = time;
sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL elt.run(''mute_p'')'");
isnt(finish_background($run), 0, 'an authorization server that says nothing does not keep a cancelled run');
cmp_ok(time - $started, '<', 40, 'for long');
is(sql("SELECT state FROM elt.runs WHERE pipeline = 'mute_p'"), 'cancelled', 'and it ends as cancelled');

# The token cannot be stored for now: the API is not asked before it is
declare_realm('held', '', 'held_p');
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; LOCK TABLE pg_user_mapping IN SHARE MODE');
$run = background($node, 'postgres', "CALL elt.run('held_p')");
ok(wait_for($node, 'postgres', "SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND relation = 'pg_user_mapping'::regclass",
		'the run to wait for pg_user_mapping'), 'the run waits until it can store the token');
is(realm('held')->{exchanges}, 1, 'which it has');
is(uses('held'), 0, 'the access token is not used before');
sql("SELECT pg_cancel_backend(pid) FROM pg_locks WHERE NOT granted AND relation = 'pg_user_mapping'::regclass");
$holder->query_safe('COMMIT');
$holder->quit;
isnt(finish_background($run), 0, 'cancelled then, the run ends');
is(stored('held'), realm('held')->{refresh}, 'with the token stored');
is($node->psql('postgres', "CALL elt.run('held_p')"), 0, 'the next run works');

# Killed at the first use of the access token
declare_realm('crash', '', 'crash_p');
control('fault', { path => '/oauth/crash/items', hang => JSON::PP::true, times => 1 });
$run = background($node, 'postgres', "CALL elt.run('crash_p')");
until_true(sub { uses('crash') == 1 });
is(uses('crash'), 1, 'the access token is on its way to the API');
my $pid = sql("SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL elt.run(''crash_p'')' AND pid <> pg_backend_pid()");
kill 'KILL', $pid;
finish_background($run);
ok(wait_for($node, 'postgres', 'SELECT true', 'the server to recover'), 'after kill -9 the server recovers');
is(stored('crash'), 'crash-refresh-2', 'the mapping holds the new refresh token');
is($node->psql('postgres', "CALL elt.run('crash_p')"), 0, 'the next run works');
is(realm('crash')->{refused}, 0, 'no spent token was sent');
is(sql('SELECT count(*) FROM crash_p'), 7, 'its rows are there');

# Changed by a person in the meantime: theirs is kept
declare_realm('changed', '&gate=1', 'changed_p');
$run = background($node, 'postgres', "CALL elt.run('changed_p')");
wait_exchange('changed');
sql("ALTER USER MAPPING FOR postgres SERVER changed OPTIONS (SET refresh_token 'from-a-person')");
control('oauth', { realm => 'changed', release => 1 });
isnt(finish_background($run), 0, 'a mapping that was changed during the exchange fails the run');
like($run->{err}, qr/could not store the new refresh token .*: user mapping was concurrently updated/, 'and the error says so');
is(stored('changed'), 'from-a-person', 'what was written by hand stays');
is(uses('changed'), 0, 'the API was not asked');

# A worker rotates for its pipeline's owner, who may alter nothing
sql("CREATE ROLE modest LOGIN; GRANT elt_admin TO modest; CREATE SCHEMA modest AUTHORIZATION modest");
declare_realm('worked', '', 'unused');
sql("SET log_statement = none; SET log_min_duration_statement = -1;
	DROP USER MAPPING FOR postgres SERVER worked;
	CREATE USER MAPPING FOR PUBLIC SERVER worked OPTIONS (auth 'oauth2', grant 'refresh_token',
		token_url '$replay/oauth/worked/token?rotates=1', client_id 'me', refresh_token 'worked-refresh-1');
	GRANT USAGE ON FOREIGN SERVER worked TO modest");
sql("SET client_min_messages = warning; SET SESSION AUTHORIZATION modest;
	CREATE FOREIGN TABLE modest.api (id int) SERVER worked OPTIONS (path '/oauth/worked/items', query 'total=7', records '\$.items[*]');
	SELECT elt.create_pipeline('modest_p', 'modest.api', 'modest.landed', '{id}')");
my $id = enqueue($node, 'postgres', 'modest_p');
wait_state($node, 'postgres', $id, 'succeeded', 'a worker runs it');
is(stored('worked'), 'worked-refresh-2', 'the mapping for PUBLIC holds the new refresh token');

# What came from the authorization server is told nowhere
my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
my @told = grep { index($log, $_) >= 0 } map { ("$_-refresh-2", "$_-access-1") } qw(pair idle held crash changed worked);
is("@told", '', 'no token is in the log, though every statement is');
SKIP:
{
	skip 'no pg_stat_statements', 2 if !$statements;
	sql('CREATE EXTENSION pg_stat_statements');
	my $seen = sql("SELECT query FROM pg_stat_statements");
	like($seen, qr/CALL elt\.run/, 'pg_stat_statements saw the runs');
	unlike($seen, qr/-refresh-[2-9]|-access-/, 'and no token');
}
is(sql("SELECT count(*) FROM pg_stat_activity WHERE query ~ '-refresh-[23]'"), 0, 'nor in pg_stat_activity');

done_testing();
