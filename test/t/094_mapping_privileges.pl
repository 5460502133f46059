# A role without the user mapping can neither read the secret nor use it: whatever it is granted
# on the server and its tables, in whatever way it asks.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use EltNode;
use EltRuns;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('mapping', preload => 1, extension => 1, conf => "elt.retry_base = 1\n");
my %secret = (owner => 'Own-7f3a91c2', common => 'Pub-55d0e8b1');
my $any = join '|', values %secret, 'priv-refresh-\d', 'priv-access-\d';

# What a role's statement printed and said, as one text.
sub told
{
	my ($role, $query) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $query, extra_params => [ '-U', $role, '-v', 'VERBOSITY=verbose' ]);
	return $out . $err;
}

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query) }

sub sql_as
{
	my ($role, $query) = @_;
	return $node->safe_psql('postgres', $query, extra_params => [ '-U', $role ]);
}

# The Authorization header of the last request that named this reason.
sub sent
{
	my ($reason) = @_;
	my ($last) = grep { $_->{url} =~ /[?&]why=$reason\b/ } reverse @{ control('requests', { last => 2000 })->{requests} };
	return defined $last ? $last->{headers}{authorization} // 'nothing' : 'no request';
}

# owner has the mapping; friend may use the server and read the tables; the others are members of our roles.
sql("SET client_min_messages = warning;
	CREATE ROLE owner LOGIN; GRANT elt_admin TO owner;
	CREATE ROLE friend LOGIN;
	CREATE ROLE operator LOGIN; GRANT elt_operator TO operator;
	CREATE ROLE reader LOGIN; GRANT elt_reader TO reader;
	CREATE ROLE admin LOGIN; GRANT elt_admin TO admin;
	CREATE SCHEMA data AUTHORIZATION owner;
	CREATE SERVER api FOREIGN DATA WRAPPER elt_http OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', max_attempts '1');
	CREATE SERVER oauth FOREIGN DATA WRAPPER elt_http OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', max_attempts '1');
	GRANT USAGE ON FOREIGN SERVER api, oauth TO owner, friend, operator, reader, admin;
	CREATE USER MAPPING FOR owner SERVER api OPTIONS (auth 'bearer', token '$secret{owner}');
	CREATE USER MAPPING FOR owner SERVER oauth OPTIONS (auth 'oauth2', grant 'refresh_token', client_id 'me',
		token_url '$replay/oauth/priv/token?rotates=1', refresh_token 'priv-refresh-1')");
sql_as('owner', "SET client_min_messages = warning;
	CREATE FOREIGN TABLE data.seen (sent text OPTIONS (path '\$.headers.authorization'), why text OPTIONS (param 'why'))
		SERVER api OPTIONS (path '/reflect', query 'why={why}', records '\$');
	CREATE VIEW data.lent AS SELECT * FROM data.seen;
	CREATE VIEW data.not_lent WITH (security_invoker) AS SELECT * FROM data.seen;
	CREATE FUNCTION data.lend(reason text) RETURNS text LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC
		SELECT sent IS NOT NULL FROM data.seen WHERE why = reason; END;
	CREATE FOREIGN TABLE data.refused (id int, why text OPTIONS (param 'why')) SERVER api
		OPTIONS (path '/oauth/nobody/items', query 'why={why}');
	CREATE FOREIGN TABLE data.rotating (id int, why text OPTIONS (param 'why')) SERVER oauth
		OPTIONS (path '/oauth/priv/items', query 'total=3&why={why}', records '\$.items[*]');
	SELECT elt.create_pipeline('landing', 'data.seen', 'data.landed', '{why}', params => '{\"why\": [\"run\"]}');
	SELECT elt.create_pipeline('failing', 'data.refused', 'data.failed', '{id}', params => '{\"why\": [\"fail\"]}', options => '{\"max_attempts\": 1}');
	SELECT elt.create_pipeline('rotating', 'data.rotating', 'data.rotated', '{id}', params => '{\"why\": [\"rotate\"]}');
	GRANT USAGE ON SCHEMA data TO PUBLIC;
	GRANT SELECT ON data.seen, data.lent, data.not_lent, data.refused, data.rotating TO PUBLIC");

# Use it
sql_as('owner', "SELECT * FROM data.seen WHERE why = 'owner'");
is(sent('owner'), "Bearer $secret{owner}", 'who has the mapping uses it');
for my $role (qw(friend operator reader admin))
{
	sql_as($role, "SELECT * FROM data.seen WHERE why = 'select_$role'");
	is(sent("select_$role"), 'nothing', "$role: a SELECT uses none");
	sql_as($role, "SELECT * FROM data.not_lent WHERE why = 'invoker_$role'");
	is(sent("invoker_$role"), 'nothing', "$role: nor through a view with security_invoker");
	sql_as($role, "SELECT * FROM data.lent WHERE why = 'view_$role'");
	is(sent("view_$role"), "Bearer $secret{owner}", "$role: an ordinary view lends its owner's");
	sql_as($role, "SELECT data.lend('function_$role')");
	is(sent("function_$role"), "Bearer $secret{owner}", "$role: and so does a function with SECURITY DEFINER");
	like(told($role, "CREATE USER MAPPING FOR owner SERVER api OPTIONS (auth 'none')"), qr/42501/, "$role: cannot make one for the owner");
	like(told($role, "ALTER USER MAPPING FOR owner SERVER api OPTIONS (SET token 'x')"), qr/42501/, "$role: nor alter the owner's");
	like(told($role, "ALTER SERVER api OPTIONS (SET url 'http://127.0.0.1:1')"), qr/42501/, "$role: nor send it elsewhere");
}
# One plan, two roles
sql("PREPARE q AS SELECT * FROM data.seen WHERE why = 'plan_1'; SET plan_cache_mode = force_generic_plan;
	SET ROLE owner; EXECUTE q; DEALLOCATE q; PREPARE q AS SELECT * FROM data.seen WHERE why = 'plan_2'; SET ROLE owner; EXECUTE q; SET ROLE friend; EXECUTE q");
is(sent('plan_2'), 'nothing', 'a prepared statement is run with the mapping of who runs it');
# No path leads out of the server
sql_as('owner', 'GRANT CREATE ON SCHEMA data TO friend');
for my $path ('//127.0.0.1:1/x', '.example.com/x', '@127.0.0.1:1/x', 'http://127.0.0.1:1/x')
{
	my $made = told('friend', "CREATE FOREIGN TABLE data.out (a int) SERVER api OPTIONS (path '$path')");
	like($made || told('friend', 'SELECT * FROM data.out'), qr/invalid value "\Q$path\E" for option "path"|returned HTTP 404.* GET $replay\//s,
		"path $path leads nowhere else");
	told('friend', 'DROP FOREIGN TABLE IF EXISTS data.out');
}

# A pipeline that others run uses its owner's
is($node->psql('postgres', "CALL elt.run('landing')", extra_params => [ '-U', 'operator' ]), 0, 'an operator runs a pipeline of the owner');
is(sent('run'), "Bearer $secret{owner}", "with the owner's mapping");
like(told('operator', "CALL elt.run('failing')"), qr/HTTP 401.*\*\*\*/, 'and one that is refused, whose answer repeats the token');
my $ran = told('operator', "CALL elt.run('rotating')");
like($ran, qr/3 rows read/, 'an operator spends the refresh token');
is(control('oauth', { realm => 'priv' })->{refresh}, 'priv-refresh-2', 'of the owner');
is(sql("SELECT count(*) FROM pg_user_mappings WHERE srvname = 'oauth' AND usename = 'owner' AND umoptions::text LIKE '%priv-refresh-2%'"), 1,
	'whose mapping holds the next one');
# The token is in the memory of the session that ran, which belongs to who ran it
like(told('operator', "CALL elt.run('rotating'); SELECT * FROM data.rotating WHERE why = 'after'"), qr/HTTP 401/,
	'the access token of a run is not for the selects of who ran it');
is(sent('after'), 'nothing', 'it is not sent');

# Read it: in the catalogues, in our views, in plans, in other sessions, in errors
control('fault', { path => '/reflect', query => 'why=slow', delay => 20 });
my $slow = background($node, 'postgres', "SET ROLE owner; SELECT * FROM data.seen WHERE why = 'slow'");
wait_for($node, 'postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%''slow''' AND pid <> pg_backend_pid() AND state = 'active'", 'a request in flight');
my @ours = split /\n/, sql("SELECT c.oid::regclass FROM pg_class c WHERE relnamespace IN ('elt'::regnamespace, 'elt_catalog'::regnamespace, 'elt_staging'::regnamespace)
	AND relkind IN ('r', 'v', 'p', 'm')");
cmp_ok(scalar @ours, '>', 20, 'relations of ours');
my @looks = (
	'SELECT * FROM pg_user_mappings', 'SELECT * FROM pg_user_mapping', 'SELECT umoptions FROM pg_user_mapping',
	'SELECT * FROM information_schema.user_mapping_options', 'SELECT * FROM information_schema.user_mappings', '\deu+', '\dew+', '\des+', '\det+',
	'SELECT * FROM pg_stat_activity', 'SELECT * FROM pg_foreign_server', 'SELECT * FROM pg_foreign_table', 'SELECT * FROM pg_stat_get_activity(NULL)',
	(map { "SELECT * FROM $_" } @ours),
	"EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM data.lent WHERE why = 'explain'", "EXPLAIN (VERBOSE) SELECT * FROM data.seen WHERE why = 'explain'",
	"SELECT * FROM data.refused WHERE why = 'error'", "SELECT * FROM elt.preview('failing', 1)", "CALL elt.run('failing')", "CALL elt.pull('failing')",
	"SELECT elt.merge_sql('landing')", 'SELECT pg_read_file(\'pg_hba.conf\')', "SELECT * FROM pg_options_to_table((SELECT umoptions FROM pg_user_mapping LIMIT 1))",
	"SET client_min_messages = debug5; SELECT sent IS NOT NULL FROM data.lent WHERE why = 'debug'");

# Those that tell a role something, all tried in one session.
sub telling
{
	my ($role) = @_;
	my $script = join '', map { "$looks[$_]" . ($looks[$_] =~ /^\\/ ? '' : ';') . "\n\\echo end of $_\n" } 0 .. $#looks;
	my $output = '';
	my @telling;

	IPC::Run::run([ 'stdbuf', '-oL', 'psql', '-XAt', '-v', 'VERBOSITY=verbose', '-U', $role, '-d', $node->connstr('postgres') ],
		'<', \$script, '>&', \$output);
	for my $n (0 .. $#looks)
	{
		$output =~ s/\A(.*?)^end of $n$//ms or die "$role: no answer to $looks[$n]";
		push @telling, $looks[$n] if $1 =~ $any;
	}
	return @telling;
}

for my $role (qw(friend operator reader admin))
{
	my @telling = telling($role);
	is("@telling", '', "$role: reads it nowhere in " . @looks . ' places');
}
my @owner_sees = telling('owner');
ok((grep { $_ eq 'SELECT * FROM pg_user_mappings' } @owner_sees), 'the owner sees it in pg_user_mappings, so the search can find it');
sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%''slow''' AND pid <> pg_backend_pid()");
finish_background($slow);

# A mapping for PUBLIC is used by all who may use the server, and read by its owner
sql("CREATE USER MAPPING FOR PUBLIC SERVER api OPTIONS (auth 'bearer', token '$secret{common}')");
sql_as('friend', "SELECT * FROM data.seen WHERE why = 'public'");
is(sent('public'), "Bearer $secret{common}", 'a mapping for PUBLIC is used by who has none');
my @telling = telling('friend');
is("@telling", '', 'and read by none of them');
sql('REVOKE USAGE ON FOREIGN SERVER api FROM friend, owner');
like(told('owner', "CALL elt.run('landing')"), qr/permission denied for foreign server api/, 'without USAGE on the server no run uses a mapping');
done_testing();
