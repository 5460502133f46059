# A secret of a user mapping reaches the API and nobody else: not the server's log, no table or
# view of ours, no statistics.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use PostgreSQL::Test::Utils;
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('secrets', preload => 1, extension => 1, conf => "elt.retry_base = 1\nlog_min_messages = debug1\n");
my $json = JSON::PP->new->canonical;
my $secret = 'Zq7-hush/+&=value';

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query) }

sub script
{
	my ($id, @responses) = @_;
	my $answer = HTTP::Tiny->new->post("$replay/_control/script",
		{ content => $json->encode({ id => $id, responses => \@responses }),
			headers => { 'Content-Type' => 'application/json' } });
	die "script $id: $answer->{content}" unless $answer->{success};
}

# What reached the API at a path, as one text.
sub reached
{
	my ($path) = @_;
	return HTTP::Tiny->new->get("$replay/_control/requests?path=$path")->{content};
}

# The statements that name the secret are the test's own: they must not be the server's to log.
sub mapping
{
	my ($options) = @_;
	sql("SET log_min_messages = panic; DROP USER MAPPING IF EXISTS FOR postgres SERVER api;
		CREATE USER MAPPING FOR postgres SERVER api OPTIONS ($options)");
}

sql("CREATE SERVER api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', max_attempts '2')");

# Parts of the secret and its encodings: what a search has to find if it is anywhere.
my $encoded = $secret =~ s/([^A-Za-z0-9._~-])/sprintf '%%%02X', ord $1/ger;
my @forms = ('Zq7-hush', $encoded, 'access-Zq7-hush');

sub is_nowhere
{
	my ($what) = @_;
	my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
	my @found = grep { index($log, $_) >= 0 } @forms;

	is("@found", '', "$what: not in the server's log");
	my @relations = split /\n/, sql("SELECT c.oid::regclass::text FROM pg_class c
		WHERE c.relnamespace IN ('elt'::regnamespace, 'elt_catalog'::regnamespace, 'elt_staging'::regnamespace)
		AND c.relkind IN ('r', 'v', 'p', 'm')
		UNION ALL VALUES ('pg_stat_activity'), ('pg_foreign_table'), ('pg_foreign_server')");
	my ($status, $rows, $error) = $node->psql('postgres',
		join('', map { "SELECT * FROM $relations[$_];\n\\echo end of $_ :SQLSTATE\n" } 0 .. $#relations), on_error_stop => 0);
	my @telling;
	for my $n (0 .. $#relations)
	{
		my ($found, $state) = $rows =~ s/\A(.*?)^end of $n (\w+)$//ms ? ($1, $2) : ('', 'no answer');
		is($state, '00000', "$what: $relations[$n] is read") or diag($error);
		push @telling, $relations[$n] if index($found, 'Zq7-hush') >= 0;
	}

	cmp_ok(scalar @relations, '>', 20, "$what: relations looked at");
	is("@telling", '', "$what: in no table and no view");
}

my $wrong = { status => 401, body => "who is $secret? or $encoded?" };
my $bad = { json => { items => [ { id => "not $secret" }, { id => 1 } ], next => "?page=2&key=$encoded" } };
my $broken = { body => qq({"items": [$secret) };
my %ways = (
	basic => "auth 'basic', \"user\" 'me', password '$secret'",
	bearer => "auth 'bearer', token '$secret'",
	header => "auth 'header', header 'X-API-Key', value '$secret'",
	query => "auth 'query', param 'key', value '$secret'",
	body => "auth 'body', body '{\"secret\": \"$secret\"}'",
	oauth2 => "auth 'oauth2', token_url '$replay/script/token', client_id 'me', client_secret '$secret', client_auth 'body'",
	refresh => "auth 'oauth2', grant 'refresh_token', token_url '$replay/script/token', client_id 'me', refresh_token '$secret'",
	aws => "auth 'aws_sigv4', access_key 'id-Zq7-hush', secret_key '$secret', session_token 'session-$secret', region 'eu-west-1', service 's3'");
my %sent = (oauth2 => 'access-Zq7-hush', refresh => 'access-Zq7-hush', aws => 'id-Zq7-hush');

for my $way (sort keys %ways)
{
	my $p = "p_$way";
	my $method = $way eq 'body' ? ", method 'POST', body '{}'" : '';

	mapping($ways{$way});
	script('token', map { { json => { access_token => 'access-Zq7-hush', expires_in => 60,
			$way eq 'refresh' ? (refresh_token => "refresh-Zq7-hush-$_") : () } } } 1 .. 5);
	script("$p", $wrong, $wrong, $bad, $broken, { json => { items => [ { id => 2 } ] } });
	sql("CREATE FOREIGN TABLE source_$p (id int) SERVER api OPTIONS (path '/script/$p', records '\$.items[*]',
			paginate 'next_url', next_path '\$.next'$method);
		SELECT elt.create_pipeline('$p', 'source_$p', '$p', '{id}')");
	isnt($node->psql('postgres', "CALL elt.run('$p')"), 0, "$way: a run that is refused fails");
	$node->psql('postgres', "CALL elt.run('$p')") for 1 .. 3;
	$node->psql('postgres', "EXPLAIN ANALYZE SELECT * FROM source_$p");
	is(sql("SELECT state FROM elt.runs WHERE pipeline = '$p' ORDER BY run_id DESC LIMIT 1"), 'succeeded',
		"$way: at last the rows come");
	my $sent = $json->decode(reached("/script/$p"))->{requests};
	my $header = $sent->[0]{headers}{authorization} // $sent->[0]{headers}{'x-api-key'} // '';
	ok(index($json->encode($sent), $sent{$way} // 'Zq7-hush') >= 0 || $header =~ /^Basic /,
		"$way: the secret reached the API");
	is_nowhere($way);
}

like(sql("SELECT string_agg(umoptions::text, '') FROM pg_user_mappings WHERE srvname = 'api'"), qr/refresh-Zq7-hush-\d/,
	'a refresh token that came from the server is where it belongs');
like(sql("SELECT string_agg(error, ' ') FROM elt.runs"), qr/\*\*\*/, 'messages say that something was there');
# Rows that a preview would refuse are for the session that asks.
mapping("auth 'none'");
script('preview', { body => '[{"id":"refused-in-preview"}]' });
sql("CREATE FOREIGN TABLE previewed (id bigint) SERVER api OPTIONS (path '/script/preview');
	SELECT elt.create_pipeline('previewed', 'previewed', 'previewed_target', '{id}')");
my ($result, $output, $error) = $node->psql('postgres', "SELECT elt.preview('previewed')");
like($error, qr/refused-in-preview/, 'a preview shows what would be refused');
is(index(PostgreSQL::Test::Utils::slurp_file($node->logfile), 'refused-in-preview'), -1, 'and the log does not');

done_testing();
