# Whatever an API answers: a clear message, the good rows landed, the bad ones in quarantine,
# nothing lost, nothing doubled, and the next run goes on by itself.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('bad', extension => 1, conf => "elt.retry_base = 1\n");
my $json = JSON::PP->new->canonical;

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query) }

# Answers of the case, then a good one for every later call. Times are those of 2024-06-01 in
# Berlin, hour by hour.
my $first = 1717192800;
my @times = map { $first + 3600 * $_ } 0 .. 23;
sub body { my (%body) = @_; return $json->encode({ unit => 'EUR / MWh', %body }) }
my %good = (unix_seconds => \@times, price => [ map { $_ + 0.5 } 0 .. 23 ]);

sub script
{
	my ($id, @responses) = @_;
	my $answer = HTTP::Tiny->new->post("$replay/_control/script",
		{ content => $json->encode({ id => $id, responses => [ @responses, { body => body(%good) } ] }),
			headers => { 'Content-Type' => 'application/json' } });
	die "script $id: $answer->{content}" unless $answer->{success};
}

sql(qq{
	CREATE SERVER replay FOREIGN DATA WRAPPER elt_http
		OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', timeout '2s')});

my $n = 0;

# One pipeline per case: a first run over the bad answer, a second over the good one.
sub bad_input
{
	my ($name, $responses, %expect) = @_;
	my $p = 'case_' . ++$n;

	subtest $name => sub {
		script($p, @$responses);
		sql(qq{
			CREATE FOREIGN TABLE source_$p (
				bzn text OPTIONS (param 'bzn'),
				ts timestamptz OPTIONS (path '\$.unix_seconds[*]', format 'unix'),
				price numeric(10,2) OPTIONS (path '\$.price[*]'),
				unit text OPTIONS (path '\$.unit')
			) SERVER replay OPTIONS (path '/script/$p',
				query 'bzn={bzn}&start={window_start}&end={window_last}', window '1 day',
				window_column 'ts', window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin',
				not_yet_on '404 text/plain');
			SELECT elt.create_pipeline('$p', 'source_$p', '$p', '{bzn,ts}',
				params => '{"bzn": ["DE-LU"]}', start_at => '2024-06-01 00:00 Europe/Berlin',
				publication_delay => make_interval(secs => extract(epoch FROM now() - '2024-06-01 23:00 Europe/Berlin')),
				partition_by => 'ts', partition_interval => '1 month')});

		my ($status, undef, $error) = $node->psql('postgres', "CALL elt.run('$p')");
		like($error, $expect{says}, 'says what came') if $expect{says};
		is(sql("SELECT state FROM elt.runs WHERE pipeline = '$p' ORDER BY run_id LIMIT 1"),
			$expect{state}, "the first run is $expect{state}");
		is(sql("SELECT status FROM elt.slices WHERE pipeline = '$p'"), $expect{slice},
			"the slice is $expect{slice}");
		is(sql("SELECT count(*) FROM $p"), $expect{rows} // 0, 'the good rows landed');
		is(sql("SELECT coalesce(string_agg(DISTINCT reason, ' '), '') || ' ' || count(*)
			FROM elt.rejects WHERE pipeline = '$p'"), $expect{rejects} // ' 0', 'the bad ones are kept');
		is(sql("SELECT count(*) FROM elt.rejects WHERE pipeline = '$p'
			AND (raw IS NULL OR message IS NULL OR run_id IS NULL OR rejected_at IS NULL)"), '0',
			'with text, reason, run and time');
		# The day is not over on the pipeline's clock, so it is asked again by itself.
		is(sqlstate_of($node, 'postgres', "CALL elt.run('$p')"), '00000', 'the next run succeeds');
		is(sql("SELECT count(*), count(DISTINCT ts), sum(price) FROM $p WHERE ts < '2024-06-02'"),
			'24|24|288.00', 'nothing is lost, nothing is doubled');
		sql("SELECT elt.drop_pipeline('$p')");
	};
}

my %failed = (state => 'failed', slice => 'failed');
my %landed = (state => 'succeeded', slice => 'landed');

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
			bad_input($name, [ ({ hang => JSON::PP::true }) x 5 ], %failed, says => qr/no answer|time/i);
		}
		elsif ($answer->{status} == 200)
		{
			bad_input($name, [ { body => body(unix_seconds => [], price => []) } ], %landed);
		}
		elsif ($answer->{status} == 429)
		{
			bad_input($name, [ \%response ], %landed, rows => 24);
		}
		elsif ($text eq 'no content available')
		{
			bad_input($name, [ \%response ], state => 'succeeded', slice => 'not_yet');
		}
		else
		{
			my $start = substr($text, 0, 20);
			bad_input($name, [ \%response ], %failed,
				says => qr/HTTP $answer->{status}\b.*\Q$start\E/s);
		}
	}
}

my $whole = body(%good);
bad_input('a truncated body', [ { body => substr($whole, 0, 200) } ], %failed,
	says => qr/truncated.*byte 200/s);
bad_input('a body cut by the connection', [ ({ body => $whole, cut => 100 }) x 5 ], %failed,
	says => qr/ended|closed|bytes/i);
bad_input('a page of HTML', [ { content_type => 'text/html', body => '<html>maintenance</html>' } ],
	%failed, says => qr/web page.*maintenance/s);
bad_input('HTML that says it is JSON', [ { body => '<html>maintenance</html>' } ], %failed,
	says => qr/web page.*maintenance/s);
bad_input('words instead of data', [ { body => 'maintenance' } ], %failed,
	says => qr/not JSON: unexpected "m" at byte 0/);
bad_input('arrays of different length', [ { body => body(%good, price => [ 1 .. 23 ]) } ], %landed,
	rejects => 'length_mismatch 1');
bad_input('a value that does not fit',
	[ { body => body(%good, price => [ 'much', 123456789012, map { $_ + 0.5 } 2 .. 23 ]) } ], %landed,
	rows => 22, rejects => 'parse 2');
bad_input('a key that is null',
	[ { body => body(%good, unix_seconds => [ undef, @times[ 1 .. 23 ] ]) } ], %landed,
	rows => 23, rejects => 'null_key 1');
bad_input('a time ten years ahead',
	[ { body => body(%good, unix_seconds => [ @times[ 0 .. 22 ], $times[23] + 86400 * 3653 ]) } ],
	%landed, rows => 23, rejects => 'out_of_range 1');
bad_input('an answer without end', [ { body => '[' x 2000 } ], %failed, says => qr/nest|depth|deep/);
bad_input('bytes that are no text', [ { body => "{\"unix_seconds\":[1],\"price\":[\"\\ud800\"]}" } ],
	%landed, rejects => 'encoding 1');

$node->stop;
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/,
	'nobody died');
done_testing();
