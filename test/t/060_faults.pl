# Whatever an API does: a clear message, the good rows landed, the bad ones in quarantine, nothing
# lost, nothing doubled, and the next run goes on by itself. One table of faults and end states.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use EltNode;
use FaultServers;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my ($replay_port) = $replay =~ /:(\d+)$/;
my $servers = FaultServers->start(PostgreSQL::Test::Utils::tempdir());
my $node = do
{
	local @ENV{qw(LD_PRELOAD TURNING)} = ($servers->{fake_network}, $servers->{turning});
	start_node('faults', extension => 1, conf => "elt.retry_base = 1\n");
};
my $json = JSON::PP->new->canonical;

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query) }

# Answers of the case, then a good one for every later call. Times are those of 2024-06-01 in
# Berlin, hour by hour.
my $first = 1717192800;
my @times = map { $first + 3600 * $_ } 0 .. 23;
sub body { my (%body) = @_; return $json->encode({ unit => 'EUR / MWh', %body }) }
my %good = (unix_seconds => \@times, price => [ map { $_ + 0.5 } 0 .. 23 ]);

sub control
{
	my ($action, $arguments) = @_;
	my $answer = HTTP::Tiny->new->post("$replay/_control/$action",
		{ content => $json->encode($arguments), headers => { 'Content-Type' => 'application/json' } });
	die "$action: $answer->{content}" unless $answer->{success};
	return $json->decode($answer->{content});
}

# How many requests came for a path, and for all others.
sub seen
{
	my ($path) = @_;
	my @urls = map { $_->{url} } @{ control('requests', { last => 1000 })->{requests} };
	my $there = grep { /^\Q$path\E(\?|$)/ } @urls;
	return $there . ' ' . (@urls - $there);
}

my $n = 0;

# One pipeline per case: a first run over the bad answer, a second over the good one. The case is
# a list of answers, or a hash with "answers", the "url" and "path" that are asked instead of the
# replay server's, "server" and "table" options, and "secret", a header that is sent along.
# Expected: run and slice states, sqlstate, "says", rows, rejects, and how many requests came.
sub fault
{
	my ($name, $case, %expect) = @_;
	my $p = 'case_' . ++$n;
	my %case = ref $case eq 'ARRAY' ? (answers => $case) : %$case;
	my @good = ({ body => body(%good) });
	my %server = (timeout => '2s', stall_timeout => '1s', allow_private => 'true', %{ $case{server} // {} });

	subtest $name => sub {
		control('script', { id => $p, responses => [ @{ $case{answers} // [] }, @good ] });
		control('reset', { what => 'counters' });
		my $url = $case{url} // $replay;
		my $path = $case{path} // "/script/$p";
		my $options = join '', map { ", $_ '$server{$_}'" } sort keys %server;
		sql(qq{
			CREATE SERVER server_$p FOREIGN DATA WRAPPER elt_http OPTIONS (url '$url', rate_limit '10000/s'$options);
			CREATE FOREIGN TABLE source_$p (
				bzn text OPTIONS (param 'bzn'),
				ts timestamptz OPTIONS (path '\$.unix_seconds[*]', format 'unix'),
				price numeric(10,2) OPTIONS (path '\$.price[*]'),
				unit text OPTIONS (path '\$.unit')
			) SERVER server_$p OPTIONS (path '$path',
				query 'bzn={bzn}&start={window_start}&end={window_last}', window '1 day',
				window_column 'ts', window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin',
				not_yet_on '404 text/plain'@{[$case{table} // '']});
			SELECT elt.create_pipeline('$p', 'source_$p', '$p', '{bzn,ts}',
				params => '{"bzn": ["DE-LU"]}', start_at => '2024-06-01 00:00 Europe/Berlin',
				options => jsonb_build_object('publication_delay', make_interval(secs => extract(epoch FROM now() - '2024-06-01 23:00 Europe/Berlin'))),
				partition_by => 'ts', partition_interval => '1 month')});
		sql("CREATE USER MAPPING FOR CURRENT_USER SERVER server_$p OPTIONS (auth 'header', header 'X-Key', value '$case{secret}')")
		  if $case{secret};

		my (undef, undef, $error) = $node->psql('postgres', "CALL elt.run('$p')");
		like($error, $expect{says}, 'says what came') if $expect{says};
		unlike($error, qr/\Q$case{secret}\E/, 'without the secret') if $case{secret};
		# States, rows, rejects, rejects that do not tell all, and cursors beyond the day that is open.
		is(sql("SELECT concat_ws(', ', (SELECT concat_ws(' ', state, sqlstate) FROM elt.runs WHERE pipeline = '$p'),
				(SELECT concat_ws(' ', state, sqlstate) FROM elt.slices WHERE pipeline = '$p'),
				(SELECT count(*) || ' rows' FROM $p),
				(SELECT coalesce(string_agg(DISTINCT reason, ' ') || ' ', '') || count(*) || ' rejects' FROM elt.rejects WHERE pipeline = '$p'),
				(SELECT count(*) FROM elt.rejects WHERE pipeline = '$p'
					AND (raw IS NULL OR message IS NULL OR run_id IS NULL OR rejected_at IS NULL)),
				(SELECT count(*) FROM elt.cursors WHERE pipeline = '$p' AND window_end > '2024-06-01 00:00 Europe/Berlin'))"),
			join(', ', $expect{state}, $expect{slice}, ($expect{rows} // 0) . ' rows', ($expect{rejects} // '0') . ' rejects', 0, 0),
			'the end state');
		is(seen($path), $expect{requests} . ' 0', "$expect{requests} requests came, and none for another path")
		  if defined $expect{requests};

		# The day is not over on the pipeline's clock, so it is asked again by itself.
		my $mend = $case{url} ? "ALTER SERVER server_$p OPTIONS (SET url '$replay', SET allow_private 'true');
			ALTER FOREIGN TABLE source_$p OPTIONS (SET path '/script/$p');" : '';
		$mend .= "ALTER FOREIGN TABLE source_$p OPTIONS (@{[join ', ', map { qq{DROP $_} } $case{table} =~ /(\w+) '/g]});" if $case{table};
		is(sqlstate_of($node, 'postgres', "$mend CALL elt.run('$p')"), '00000', 'the next run succeeds');
		is(sql("SELECT concat_ws(' ', count(*), count(DISTINCT ts), sum(price)) FROM $p WHERE ts < '2024-06-02';
			SELECT elt.drop_pipeline('$p')"), "24 24 288.00\n$p", 'nothing is lost, nothing is doubled');
	};
}

my %failed = (state => 'failed EL006', slice => 'failed EL006');
# Every record of the batch was refused.
my %refused = (state => 'failed EL012', slice => 'failed EL012');
my %unreadable = (state => 'failed EL005', slice => 'failed EL005');
my %landed = (state => 'succeeded', slice => 'landed');
my %all = (%landed, rows => 24);

# What was seen of the real service, where the captures are at hand.
my $captures = ($ENV{ELT_FIXTURES} // '/nowhere') . '/energy_charts/errors_observed.json';
SKIP:
{
	skip 'the captured errors are not at hand', 1 unless -e $captures;
	my $seen = $json->decode(PostgreSQL::Test::Utils::slurp_file($captures));

	for my $exchange (@{ $seen->{exchanges} })
	{
		my $answer = $exchange->{response};
		my $text = $answer->{body_text} // ($answer->{body} ? $json->encode($answer->{body}) : '');
		my %response = (status => $answer->{status}, body => $text,
			headers => $answer->{headers} // {},
			content_type => $answer->{headers}{'content-type'} // ($answer->{body} ? 'application/json' : 'text/plain'));
		my $name = "captured: $exchange->{request}{url}";

		# A forecast with empty arrays is, in the shape of prices, a day without prices.
		if (!defined $answer->{status})
		{
			fault($name, { answers => [ ({ hang => JSON::PP::true }) x 5 ], server => { timeout => '300ms' } },
				%failed, says => qr/did not respond|time/i);
		}
		elsif ($answer->{status} == 200)
		{
			fault($name, [ { body => body(unix_seconds => [], price => []) } ], %landed);
		}
		elsif ($answer->{status} == 429)
		{
			fault($name, [ \%response ], %all);
		}
		elsif ($text eq 'no content available')
		{
			fault($name, [ \%response ], state => 'succeeded', slice => 'not_yet');
		}
		else
		{
			my $start = substr($text, 0, 20);
			fault($name, [ \%response ], %failed, says => qr/HTTP $answer->{status}\b.*\Q$start\E/s);
		}
	}
}

# Bodies
my $whole = body(%good);
fault('a truncated body', [ { body => substr($whole, 0, 200) } ], %unreadable,
	says => qr/truncated.*byte 200/s, requests => 1);
fault('a page of HTML', [ { content_type => 'text/html', body => '<html>maintenance</html>' } ],
	%unreadable, says => qr/web page.*maintenance/s);
fault('a login page that says it is JSON, with status 200', [ { body => '<!DOCTYPE html><form action="/login">' } ], %unreadable,
	says => qr/web page.*login/s);
fault('words instead of data', [ { body => 'maintenance' } ], %unreadable,
	says => qr/not JSON: unexpected "m" at byte 0/);
fault('arrays of different length', [ { body => body(%good, price => [ 1 .. 23 ]) } ], %refused,
	rejects => 'length_mismatch 1');
fault('a value that does not fit',
	[ { body => body(%good, price => [ 'much', 123456789012, map { $_ + 0.5 } 2 .. 23 ]) } ], %landed,
	rows => 22, rejects => 'parse 2');
fault('a key that is null',
	[ { body => body(%good, unix_seconds => [ undef, @times[ 1 .. 23 ] ]) } ], %landed,
	rows => 23, rejects => 'null_key 1');
fault('a time ten years ahead',
	[ { body => body(%good, unix_seconds => [ @times[ 0 .. 22 ], $times[23] + 86400 * 3653 ]) } ],
	%landed, rows => 23, rejects => 'out_of_range 1');
fault('an answer without end', [ { body => '[' x 2000 } ], %unreadable, says => qr/nest|depth|deep/);
fault('bytes that are no text', [ { body => "{\"unix_seconds\":[1],\"price\":[\"\\ud800\"]}" } ],
	%refused, rejects => 'encoding 1');
fault('charset latin-1', { url => $servers->{raw}, path => '/latin_1' }, %refused, rejects => 'encoding 1');

# Statuses
my @burst = map { { status => $_ } } 500, 502, 503, 504;
fault('a burst of 5xx', \@burst, %all, requests => 5);
fault('5xx for longer', [ @burst, { status => 500 } ], %failed, requests => 5, says => qr/HTTP 500 .*\(5 attempts\)/);
fault('501', [ { status => 501 } ], %failed, requests => 1, says => qr/HTTP 501/);
fault('429 without Retry-After', [ ({ status => 429 }) x 2 ], %all, requests => 3);
fault('429 with Retry-After', [ { status => 429, headers => { 'Retry-After' => '0.2' } } ], %all, requests => 2);
fault('429 with a long Retry-After', [ { status => 429, headers => { 'Retry-After' => '3600' } } ], %failed,
	requests => 1, says => qr/HTTP 429 .*server requested a pause of 3600 s/);

# The connection
fault('no such host', { url => 'http://nowhere.invalid' }, %failed, says => qr/could not resolve the host name of "nowhere.invalid" port 80/);
fault('nobody listens', { url => 'http://127.0.0.1:1' }, %failed, says => qr/could not connect .*: connection refused/);
fault('a reset before the answer', [ ({ reset => JSON::PP::true }) x 5 ], %failed, requests => 5, says => qr/was lost before a response was received/);
fault('a reset within the answer', [ { body => $whole, cut => 100, reset => JSON::PP::true } ], %all, requests => 2);
fault('closed without an answer', { url => $servers->{raw}, path => '/empty' }, %failed, says => qr/was lost before a response was received/);
fault('no HTTP', { url => $servers->{raw}, path => '/garbage' }, %failed, says => qr/did not return a valid HTTP response/);
fault('a hang before the headers', { answers => [ ({ hang => JSON::PP::true }) x 2 ], server => { timeout => '300ms', max_attempts => 2 } },
	%failed, requests => 2, says => qr/did not respond within 0\.\d s/);
fault('a drip', { answers => [ { body => $whole, drip => 20 } ], server => { timeout => '20s', max_attempts => 1 } }, %failed,
	says => qr/sent less than 100 bytes per second/);
fault('a body cut by the connection', [ ({ body => $whole, cut => 100 }) x 5 ], %failed,
	requests => 5, says => qr/is truncated after 100 bytes/);
fault('a Content-Length that is too long', { answers => [ { body => $whole, headers => { 'Content-Length' => 5000, Connection => 'close' }, close_after => JSON::PP::true } ],
	server => { max_attempts => 1 } }, %failed, says => qr/is truncated after \d+ bytes/);
fault('a Content-Length that is too short', [ { body => $whole, headers => { 'Content-Length' => 100 } } ], %unreadable,
	says => qr/truncated.*byte 100/s);
fault('chunks that end in the middle', { url => $servers->{raw}, path => '/cut_chunked' }, %failed, says => qr/is truncated after 1200 bytes/);
fault('chunks that stop', { url => $servers->{raw}, path => '/unended_chunks', server => { max_attempts => 1, timeout => '300ms' } },
	%failed, says => qr/did not complete its response within 0\.3 s, after 1200 bytes/);
fault('chunks without end', { url => $servers->{raw}, path => '/endless_chunks', server => { max_response_bytes => '5MB' } },
	%failed, says => qr/exceeds the limit of 5242880 bytes/);
fault('a gzip bomb', { url => $servers->{raw}, path => '/bomb', server => { max_response_bytes => '20MB' } },
	%failed, says => qr/exceeds the limit of 20971520 bytes/);
fault('damaged gzip', { url => $servers->{raw}, path => '/damaged_gzip' }, %failed, says => qr/contains invalid compressed data/);
fault('gzip that is cut short, without a length', { url => $servers->{raw}, path => '/cut_gzip' }, %failed, says => qr/is truncated after 2 bytes/);

# TLS
fault('TLS to a port that does not speak it', { url => "https://127.0.0.1:$replay_port" }, %failed, says => qr/could not establish a TLS connection/);
fault('an unknown authority', { url => $servers->{expired} }, %failed, says => qr/could not establish a TLS connection/);
fault('an expired certificate', { url => $servers->{expired}, server => { ca => $servers->{expired_ca} } },
	%failed, says => qr/could not establish a TLS connection.*expired/);

# Where requests may go
sub redirect { return { status => 302, headers => { Location => $_[0] } } }
fault('a redirect loop', [ (redirect('/script/case_' . ($n + 1))) x 6 ], %failed, requests => 6, says => qr/redirected more than 5 times/);
fault('a redirect to another origin, with credentials', { answers => [ redirect("http://localhost:$replay_port/reflect") ], secret => 's3cr3t-1' },
	%failed, requests => 1, says => qr/redirect from .* to .* was not followed because the origins differ/);
fault('a redirect to the metadata service', { answers => [ redirect('http://169.254.169.254/latest/meta-data') ], secret => 's3cr3t-2' },
	%failed, requests => 1, says => qr/to http:\/\/169\.254\.169\.254:80 was not followed/);
for my $host (qw(127.0.0.1 localhost [::1] [::ffff:127.0.0.1] 0.0.0.0 127.1 2130706433 0x7f000001 017700000001 rebound.test))
{
	fault("the private address $host", { url => "http://$host:$replay_port", path => '/reflect', server => { allow_private => 'false' } },
		%failed, requests => 0, says => qr/connection to .* is not allowed: address [0-9a-f.:]+ is private/);
}

# Pages
my $paging = ", paginate 'cursor', cursor_param 'c', cursor_path '\$.next'";
fault('pages that repeat at once', { answers => [ ({ body => body(%good, next => 'a') }) x 2 ], table => $paging }, %unreadable,
	requests => 2, says => qr/pagination of foreign table/);
fault('pages that repeat after three', { answers => [ map { { body => body(%good, next => $_) } } qw(a b c a) ], table => $paging }, %unreadable,
	requests => 4, says => qr/pagination of foreign table/);

# A name that is public when it is declared and private when it is asked again.
$servers->turn(0);
fault('a name that turns', { url => "http://turning.test:$replay_port", server => { allow_private => 'false' } },
	%all, requests => 1);
$servers->turn(1);
fault('a name that has turned', { url => "http://turning.test:$replay_port", server => { allow_private => 'false' } },
	%failed, requests => 0, says => qr/address 10\.0\.0\.1 is private/);

$node->stop;
$servers->stop;
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/,
	'nobody died');
done_testing();
