# Captured answers of real APIs, played through declared foreign tables: the rows are those that
# Perl reads from the same answers.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use EltNode;

my $fixtures = $ENV{ELT_FIXTURES} or plan skip_all => 'no captured responses';
my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('captured', extension => 1, conf => "elt.retry_base = 1\n");
my $json = JSON::PP->new->canonical->allow_bignum;

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query) }

sub fixture
{
	my ($name) = @_;
	open my $file, '<:raw', "$fixtures/$name" or die "$name: $!";
	local $/;
	return $json->decode(scalar <$file>);
}

sub text_of
{
	my ($response) = @_;
	return $response->{body_text} // $json->encode($response->{body});
}

# The exchanges as the answers of /script/ID, links leading back to it.
sub play
{
	my ($id, @responses) = @_;
	my @answers;
	for my $response (@responses)
	{
		my %headers = %{ $response->{headers} // {} };
		for my $name (grep { lc $_ eq 'link' } keys %headers)
		{
			$headers{$name} =~ s{<https://[^?>]*}{<$replay/script/$id}g;
		}
		delete $headers{$_} for grep { /^(content-(length|encoding)|transfer-encoding|connection|date)$/i } keys %headers;
		push @answers, { status => $response->{status}, headers => \%headers, content_type => 'application/json',
			body => text_of($response) };
	}
	my $answer = HTTP::Tiny->new->post("$replay/_control/script",
		{ content => JSON::PP->new->encode({ id => $id, responses => \@answers }),
			headers => { 'Content-Type' => 'application/json' } });
	die "script $id: $answer->{content}" unless $answer->{success};
}

sub queries
{
	my ($id) = @_;
	my $seen = $json->decode(HTTP::Tiny->new->get("$replay/_control/requests?path=/script/$id")->{content});
	return map { $_->{url} =~ s/^[^?]*\?//r } @{ $seen->{requests} };
}

# Rows of a foreign table against rows that are lists of values; numbers are compared as such.
sub rows_are
{
	my ($table, $expected, $what) = @_;
	my @rows = map { [ split /\|/, $_, -1 ] } split /\n/, sql("SELECT * FROM $table");
	my $same = @rows == @$expected;

	for my $i (0 .. $#rows)
	{
		last unless $same;
		for my $j (0 .. $#{ $expected->[$i] })
		{
			my ($got, $want) = ($rows[$i][$j], $expected->[$i][$j] // '');
			$same &&= $got eq "$want" || ($got =~ /^-?[0-9.]+$/ && $want =~ /^-?[0-9.e+-]+$/i && $got == $want);
		}
	}
	ok($same && @rows, "$what: " . @rows . ' rows') or diag(explain { got => \@rows, expected => $expected });
}

sql("CREATE SERVER api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s')");

my @pages = map { $_->{response} } @{ fixture('github/github_page_numbers_two_pages.json')->{exchanges} };
play('github', @pages);
sql(q{CREATE FOREIGN TABLE github (id bigint, name text, status text) SERVER api OPTIONS (path '/script/github',
	query 'per_page=1', records '$.jobs[*]', paginate 'link_header', total_path '$.total_count')});
rows_are('github', [ map { map { [ @$_{qw(id name status)} ] } @{ $json->decode(text_of($_))->{jobs} } } @pages ], 'GitHub, Link header');

@pages = map { $_->{response} } @{ fixture('stripe/charges_list_cursor_pages.json')->{exchanges} };
play('stripe', @pages);
sql(q{CREATE FOREIGN TABLE stripe (id text, amount bigint, currency text, created bigint) SERVER api OPTIONS (path '/script/stripe',
	records '$.data[*]', paginate 'last_record', limit_param 'limit', page_size '2', cursor_param 'starting_after',
	record_id_path 'id', has_more_path '$.has_more')});
rows_are('stripe', [ map { map { [ @$_{qw(id amount currency created)} ] } @{ $json->decode(text_of($_))->{data} } } @pages ], 'Stripe, last record');
is_deeply([ queries('stripe') ], [ 'limit=2', 'limit=2&starting_after=ch_fixture0004', 'limit=2&starting_after=ch_fixture0002' ],
	'Stripe: asked as it was recorded');

my $shopify = fixture('shopify/orders_page.json')->{exchanges};
@pages = map { $_->{response} } @$shopify[0, 1];
play('shopify', $shopify->[2]{response}, @pages);
sql(q{CREATE FOREIGN TABLE shopify (id bigint, total_price numeric, currency text) SERVER api OPTIONS (path '/script/shopify',
	query 'limit=1&status=any', records '$.orders[*]', paginate 'link_header')});
rows_are('shopify', [ map { map { [ @$_{qw(id total_price currency)} ] } @{ $json->decode(text_of($_))->{orders} } } @pages ],
	'Shopify, 429 with a decimal Retry-After, then Link header');

@pages = map { $_->{response} } @{ fixture('woocommerce/orders_list.json')->{exchanges} }[0, 1];
play('woocommerce', @pages);
sql(q{CREATE FOREIGN TABLE woocommerce (id bigint, total numeric, status text) SERVER api OPTIONS (path '/script/woocommerce',
	paginate 'page_number', limit_param 'per_page', page_size '2', stop_on 'empty_page')});
rows_are('woocommerce', [ map { map { [ @$_{qw(id total status)} ] } @{ $json->decode(text_of($_)) } } @pages ], 'WooCommerce, pages until an empty one');

@pages = map { $_->{response} } @{ fixture('eia/v2_region_data_offset_pages.json')->{exchanges} }[0, 1];
my $total = $json->decode(text_of($pages[0]))->{response}{total};
play('eia', @pages);
sql("CREATE USER MAPPING FOR postgres SERVER api OPTIONS (auth 'query', param 'api_key', value 'hush-hush-hush')");
sql(q{CREATE FOREIGN TABLE eia (period text, respondent text, value numeric) SERVER api OPTIONS (path '/script/eia',
	query 'frequency=hourly', records '$.response.data[*]', paginate 'offset', limit_param 'length', page_size '2', total_path '$.response.total')});
my @eia = map { map { [ @$_{qw(period respondent value)} ] } @{ $json->decode(text_of($_))->{response}{data} } } @pages;
if ($total == @eia)
{
	rows_are('eia', \@eia, "EIA, offset until a total that is \"$total\"");
}
else
{
	my (undef, undef, $error) = $node->psql('postgres', 'SELECT * FROM eia');
	like($error, qr/paging through foreign table .*: page \d+ is (the same|empty)/, "EIA: 2 pages of a list of $total are no list");
	unlike($error, qr/hush/, 'EIA: the key is not told');
}
sql('DROP USER MAPPING FOR postgres SERVER api');

@pages = map { $_->{response} } @{ fixture('plaid/transactions_get_count_offset.json')->{exchanges} };
play('plaid', @pages);
sql(q{CREATE USER MAPPING FOR postgres SERVER api OPTIONS (auth 'body', body '{"client_id": "me", "secret": "hush-hush"}');
	CREATE FOREIGN TABLE plaid (transaction_id text, amount numeric, date text) SERVER api OPTIONS (path '/script/plaid',
	method 'POST', body '{"options": {"count": 2, "offset": 1}}', records '$.transactions[*]',
	retry_on '400 $.error_code="PRODUCT_NOT_READY"')});
rows_are('plaid', [ map { [ @$_{qw(transaction_id amount date)} ] } @{ $json->decode(text_of($pages[-1]))->{transactions} } ],
	'Plaid, not ready at first, credentials in the body');
my $sync = fixture('plaid/transactions_sync_documented.json')->{example_response};
my $mutation = fixture('plaid/sync_mutation_and_ratelimit_errors.json')->{exchanges}[0]{response};
my %first = (%$sync, added => [ { transaction_id => 'ghost' } ], modified => [], removed => [], has_more => JSON::PP::true, next_cursor => 'c-mid');
play('sync', { status => 200, body => \%first }, $mutation, { status => 200, body => $sync });
sql(q{CREATE FOREIGN TABLE sync (transaction_id text, amount numeric, date text, change text OPTIONS (lineage 'records'),
	arrived bigint OPTIONS (lineage 'arrival')) SERVER api OPTIONS (path '/script/sync', method 'POST', body '{"count": 500}',
	records '$.added[*], $.modified[*], $.removed[*]', paginate 'cursor', cursor_path '$.next_cursor', has_more_path '$.has_more',
	resume_path '$.next_cursor', restart_on '400 $.error_code="TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"');
	SELECT elt.create_pipeline('sync', source => 'sync', target => 'synced', key => '{transaction_id}', sequence_by => '{arrived}',
	delete_when => $$change = 'removed'$$);
	CALL elt.run('sync')});
rows_are('(SELECT transaction_id, amount, date, change, _deleted FROM synced ORDER BY arrived) AS s', [ map { my $change = $_; map { [ @$_{qw(transaction_id amount date)}, $change, $change eq 'removed' ? 't' : 'f' ] } @{ $sync->{$change} } } qw(added modified removed) ],
	'Plaid sync: added, modified, removed; the list that changed underway left nothing');
is(sql('SELECT position FROM elt.cursors'), $sync->{next_cursor}, 'Plaid sync: the cursor of the last page is kept');
sql('DROP USER MAPPING FOR postgres SERVER api');

my $meteo = fixture('open_meteo/forecast_berlin.json');
play('open_meteo', { status => 200, body => $meteo });
sql(q{CREATE FOREIGN TABLE open_meteo (at text OPTIONS (path '$.hourly.time[*]'), celsius numeric OPTIONS (path '$.hourly.temperature_2m[*]'))
	SERVER api OPTIONS (path '/script/open_meteo', records '$')});
rows_are('open_meteo', [ map { [ $meteo->{hourly}{time}[$_], $meteo->{hourly}{temperature_2m}[$_] ] } 0 .. $#{ $meteo->{hourly}{time} } ],
	'Open-Meteo, arrays side by side');

my $weather = fixture('openweather/forecast_3h_london.json');
play('openweather', { status => 200, body => $weather });
sql(q{CREATE FOREIGN TABLE openweather (dt bigint, kelvin numeric OPTIONS (path 'main.temp'), rain numeric OPTIONS (path 'rain."3h"'),
	city text OPTIONS (path '$.city.name')) SERVER api OPTIONS (path '/script/openweather', records '$.list[*]', fail_on '200 $.cod="401"')});
rows_are('openweather', [ map { [ $_->{dt}, $_->{main}{temp}, $_->{rain}{'3h'}, $weather->{city}{name} ] } @{ $weather->{list} } ],
	'OpenWeather, keys that begin with a digit');

my $sky = fixture('transport/opensky_states.json');
play('opensky', { status => 200, body => $sky });
sql(q{CREATE FOREIGN TABLE opensky (icao24 text OPTIONS (path '[0]'), country text OPTIONS (path '[2]'), asked bigint OPTIONS (path '$.time'))
	SERVER api OPTIONS (path '/script/opensky', records '$.states[*]')});
rows_are('opensky', [ map { [ $_->[0], $_->[2], $sky->{time} ] } @{ $sky->{states} } ], 'OpenSky, records by position');
done_testing();
