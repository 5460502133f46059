# Captured answers of real APIs, played through declared foreign tables: the rows are those that
# Perl reads from the same answers, an error tells what the API said, and no answer is left out.
use strict;
use warnings;
use Encode ();
use Test::More;
use EltCaptures;
use EltNode;

my $fixtures = $ENV{ELT_FIXTURES} or plan skip_all => 'no captured responses';
my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('captured', extension => 1, conf => "elt.retry_base = 1\nelt.max_retry_wait = 10s\n");
captures($node, $replay, $fixtures);

sub body { return json()->decode(Encode::encode_utf8($_[0]{body})) }
# records(LIST OF RECORDS, NAMES): the values of these members of each
sub records { my ($list, @names) = @_; return [ map { my $record = $_; [ map { value($record, $_) } @names ] } @$list ] }
# value(RECORD, 'a.b'): a member of a member
sub value { my ($at, $path) = @_; $at = ref $at eq 'ARRAY' ? $at->[$_] : $at->{$_} for split /\./, $path; return $at }
sub mapping { sql("CREATE USER MAPPING FOR postgres SERVER api OPTIONS ($_[0])") }
sub no_mapping { sql('DROP USER MAPPING FOR postgres SERVER api') }

# GitHub
my @pages = exchanges('github/github_page_numbers_two_pages.json');
my $table = table('id bigint, name text, status text', q{query 'per_page=1', records '$.jobs[*]', paginate 'link_header', total_path '$.total_count'}, @pages);
rows_are($table, records([ map { @{ body($_)->{jobs} } } @pages ], qw(id name status)), 'GitHub, Link header');
my ($page) = exchanges('github/github_organizations_since.json');
$table = table('login text, id bigint, description text', q{paginate 'link_header'}, $page, { status => 200, body => '[]' });
rows_are($table, records(body($page), qw(login id description)), 'GitHub, a Link header with a URI template in it');
like((query_strings($table))[1], qr/^since=\d+$/, 'GitHub: the next page is the one of rel="next"');
($page) = exchanges('github/github_members_page1_of_3.json');
rows_are(table('login text, id bigint, site_admin boolean', '', $page), records(body($page), qw(login id site_admin)), 'GitHub, one page');
fails_with(table('login text', q{paginate 'link_header'}, $page), qr/pagination of foreign table .*page 2 links to a page that was already requested/,
	'GitHub: a next page that never comes is no list');
fails_with(table('id bigint', '', exchanges('github/github_404.json')), qr/HTTP 404: \{"message":"Not Found"\}/, 'GitHub, 404');
my ($unchanged, $limit, $secondary) = exchanges('github/conditional_and_limits_documented.json');
$table = table('id int', q{records '$'}, { status => 200, body => '{"id": 7}', headers => $unchanged->{headers} }, $unchanged);
sql("SELECT elt.create_pipeline('github', '$table', 'github_rows', '{id}')");
sql(q{CALL elt.run('github')}) for 1 .. 2;
is(sql(q{SELECT string_agg(slices_landed || ' ' || slices_unchanged, ', ' ORDER BY run_id) FROM elt.runs}), '1 0, 0 1', 'GitHub, 304 by its ETag');
$table = table('id int', q{records '$', rate_limited_on '403 x-ratelimit-remaining=0'}, $limit, { status => 200, body => '{"id": 7}' });
rows_are($table, [ [7] ], 'GitHub, a limit that is a 403 and over by now');
fails_with(table('id int', q{rate_limited_on '403'}, $secondary), qr/HTTP 403: .*secondary rate limit/, 'GitHub, a limit with a Retry-After of a minute');
sql("DROP SERVER api CASCADE");
captures($node, $replay, $fixtures);

# Stripe
@pages = exchanges('stripe/charges_list_cursor_pages.json');
my @charge = ('id text, amount bigint, currency text, created bigint', [ qw(id amount currency created) ]);
$table = table($charge[0], q{records '$.data[*]', paginate 'last_record', limit_param 'limit', page_size '2', cursor_param 'starting_after',
	record_id_path 'id', has_more_path '$.has_more'}, @pages);
rows_are($table, records([ map { @{ body($_)->{data} } } @pages ], @{ $charge[1] }), 'Stripe, last record');
is_deeply([ query_strings($table) ], [ 'limit=2', 'limit=2&starting_after=ch_fixture0004', 'limit=2&starting_after=ch_fixture0002' ],
	'Stripe: asked as it was recorded');
my ($too_many, $no_key) = exchanges('stripe/rate_limit_documented.json');
rows_are(table($charge[0], q{records '$.data[*]'}, $too_many, $pages[2]), records(body($pages[2])->{data}, @{ $charge[1] }), 'Stripe, 429 without a Retry-After');
fails_with(table('id text', '', $no_key), qr/HTTP 401: .*You did not provide an API key/, 'Stripe, 401');
my ($intent, @declined) = exchanges('stripe/recorded_payment_intent_and_error.json');
rows_are(table("$charge[0], intent text OPTIONS (path '\$.id')", q{method 'POST', records '$.charges.data[*]'}, $intent),
	[ map { [ @$_, body($intent)->{id} ] } @{ records(body($intent)->{charges}{data}, @{ $charge[1] }) } ], 'Stripe, a list in a record');
fails_with(table('id text', q{method 'POST'}, $_), qr/HTTP $_->{status}: .*"code": "/s, "Stripe, $_->{status}") for @declined;
for my $kind (qw(charge refund balance_transaction customer event))
{
	$page = part('stripe/fixtures_charge_refund_balance.json', $kind);
	rows_are(table('id text, object text, created bigint', '', $page), records([ body($page) ], qw(id object created)), "Stripe, a $kind");
}

# Shopify, WooCommerce
@pages = exchanges('shopify/orders_page.json', 0, 1);
$table = table('id bigint, total_price numeric, currency text, created_at text', q{query 'limit=1&status=any', records '$.orders[*]', paginate 'link_header'},
	exchanges('shopify/orders_page.json', 2), @pages);
rows_are($table, records([ map { @{ body($_)->{orders} } } @pages ], qw(id total_price currency created_at)),
	'Shopify, 429 with a decimal Retry-After, then Link header');
fails_with(table('id bigint', '', exchanges('shopify/orders_page.json', 3)), qr/HTTP 400: .*status cannot be passed/, 'Shopify, 400');
@pages = exchanges('woocommerce/orders_list.json', 0, 1);
rows_are(table('id bigint, total numeric, status text', q{paginate 'page_number', limit_param 'per_page', page_size '2', stop_on 'empty_page'}, @pages),
	records([ map { @{ body($_) } } @pages ], qw(id total status)), 'WooCommerce, pages until an empty one');
fails_with(table('id bigint', '', exchanges('woocommerce/orders_list.json', 2)), qr/HTTP 401: .*cannot list resources/, 'WooCommerce, 401');

# EIA
@pages = exchanges('eia/v2_region_data_offset_pages.json', 0, 1);
mapping(q{auth 'query', param 'api_key', value 'hush-hush-hush'});
$table = table('period text, respondent text, value numeric', q{query 'frequency=hourly', records '$.response.data[*]', paginate 'offset',
	limit_param 'length', page_size '2', total_path '$.response.total'}, exchanges('eia/v2_region_data_offset_pages.json', 4), @pages);
my @rows = map { @{ body($_)->{response}{data} } } @pages;
my $total = body($pages[0])->{response}{total};
if ($total == @rows)
{
	rows_are($table, records(\@rows, qw(period respondent value)), "EIA, 500 at first, offset until a total that is \"$total\"");
}
else
{
	fails_with($table, qr/pagination of foreign table ".*" failed: page \d+ is (identical|empty)/, "EIA: 2 pages of a list of $total are no list");
}
for my $response (exchanges('eia/v2_region_data_offset_pages.json', 2, 3))
{
	my $refused = table('period text', '', $response);
	fails_with($refused, qr/HTTP $response->{status}: \{.*"error"/, "EIA, $response->{status}");
	fails_with($refused, qr/^((?!hush).)*$/s, 'and the key is not told');
}
no_mapping();

# Plaid
my @transaction = ('transaction_id text, amount numeric, date text', [ qw(transaction_id amount date) ]);
my $get = q{method 'POST', body '{"options": {"count": 2, "offset": 1}}', records '$.transactions[*]', retry_on '400 $.error_code="PRODUCT_NOT_READY"'};
mapping(q{auth 'body', body '{"client_id": "loader-7", "secret": "hush-hush"}'});
@pages = exchanges('plaid/transactions_get_count_offset.json');
rows_are(table($transaction[0], $get, @pages), records(body($pages[1])->{transactions}, @{ $transaction[1] }), 'Plaid, not ready at first, credentials in the body');
($page) = exchanges('plaid/transactions_get_first_page_100_of_202.json');
rows_are(table($transaction[0], $get, $page), records(body($page)->{transactions}, @{ $transaction[1] }), 'Plaid, a hundred');
fails_with(table($transaction[0], q{method 'POST', records '$.transactions[*]', paginate 'offset', total_path '$.total_transactions'}, $page),
	qr/pagination of foreign table .*page 2 is identical/, 'Plaid: a hundred of 202 are no list');
$page = part('plaid/transactions_get_documented.json', 'example_response');
rows_are(table($transaction[0], $get, $page), records(body($page)->{transactions}, @{ $transaction[1] }), 'Plaid, as documented');
fails_with(table($transaction[0], $get, $_), qr/HTTP 400: .*INVALID_/s, 'Plaid, 400') for exchanges('plaid/transactions_get_errors.json');
my ($mutation, $busy, $login) = exchanges('plaid/sync_mutation_and_ratelimit_errors.json');
my $sync = part('plaid/transactions_sync_documented.json', 'example_response');
$table = table("change text OPTIONS (lineage 'records'), $transaction[0]", q{method 'POST', body '{"count": 500}', records '$.added[*], $.modified[*], $.removed[*]',
	paginate 'cursor', cursor_path '$.next_cursor', has_more_path '$.has_more', resume_path '$.next_cursor',
	restart_on '400 $.error_code="TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"'}, $mutation, $sync);
rows_are($table, [ map { my $list = $_; map { [ $list, @$_ ] } @{ records(body($sync)->{$list}, @{ $transaction[1] }) } } qw(added modified removed) ],
	'Plaid, changes, begun again after a mutation');
rows_are(table($transaction[0], $get, $busy, $page), records(body($page)->{transactions}, @{ $transaction[1] }), 'Plaid, 429');
fails_with(table($transaction[0], $get, $login), qr/HTTP 400: .*ITEM_LOGIN_REQUIRED/, 'Plaid, a login that has changed');
no_mapping();

# Weather
for my $city (qw(berlin vienna))
{
	$page = document("open_meteo/forecast_$city.json");
	my $hours = body($page)->{hourly};
	rows_are(table(q{at text OPTIONS (path '$.hourly.time[*]'), celsius numeric OPTIONS (path '$.hourly.temperature_2m[*]'), elevation numeric}, q{records '$'}, $page),
		[ map { [ $hours->{time}[$_], $hours->{temperature_2m}[$_], body($page)->{elevation} ] } 0 .. $#{ $hours->{time} } ], "Open-Meteo, $city, arrays side by side");
}
fails_with(table('at text', q{retry_on '429'}, $_), qr/HTTP $_->{status}.*"error":true/s, "Open-Meteo, $_->{status}") for exchanges('open_meteo/errors.json');
$page = document('openweather/forecast_3h_london.json');
rows_are(table(q{dt bigint, kelvin numeric OPTIONS (path 'main.temp'), rain numeric OPTIONS (path 'rain."3h"'), city text OPTIONS (path '$.city.name')},
	q{records '$.list[*]', fail_on '200 $.cod="401"'}, $page),
	[ map { [ @$_, body($page)->{city}{name} ] } @{ records(body($page)->{list}, qw(dt main.temp rain.3h)) } ], 'OpenWeather, keys that begin with a digit');
$page = document('openweather/current_london.json');
rows_are(table(q{name text, lon numeric OPTIONS (path 'coord.lon'), sky text OPTIONS (path 'weather[0].main'), cod int}, '', $page),
	records([ body($page) ], qw(name coord.lon weather.0.main cod)), 'OpenWeather, now');
$page = document('openweather/onecall.json');
rows_are(table(q{dt bigint, low numeric OPTIONS (path 'temp.min'), rain numeric, zone text OPTIONS (path '$.timezone')}, q{records '$.daily[*]'}, $page),
	[ map { [ @$_, body($page)->{timezone} ] } @{ records(body($page)->{daily}, qw(dt temp.min rain)) } ], 'OpenWeather, days');
fails_with(table('dt bigint', q{retry_on '429'}, $_), qr/HTTP $_->{status}.*"cod":"?$_->{status}"?/s, "OpenWeather, $_->{status}") for exchanges('openweather/errors.json');
$page = document('noaa_nws/gridpoints_stations.json');
rows_are(table(q{id text, name text OPTIONS (path 'properties.name'), lon numeric OPTIONS (path 'geometry.coordinates[0]'), metres numeric OPTIONS (path 'properties.elevation.value')},
	q{records '$.features[*]'}, $page), records(body($page)->{features}, qw(id properties.name geometry.coordinates.0 properties.elevation.value)), 'NWS, stations');
fails_with(table('id text', q{records '$.features[*]', paginate 'next_url', next_path '$.pagination.next'}, $page), qr/a different origin/, 'NWS: a next page elsewhere');
$page = document('noaa_nws/stations_observations.json');
rows_are(table(q{id text, celsius numeric OPTIONS (path 'properties.temperature.value'), quality text OPTIONS (path 'properties.windGust.qualityControl')},
	q{records '$.features[*]'}, $page), records(body($page)->{features}, qw(id properties.temperature.value properties.windGust.qualityControl)), 'NWS, observations');
$page = document('noaa_nws/gridpoints_forecast_us.json');
rows_are(table(q{number int, starts text OPTIONS (path '"startTime"'), day boolean OPTIONS (path '"isDaytime"'), rain numeric OPTIONS (path '"probabilityOfPrecipitation".value')},
	q{records '$.properties.periods[*]'}, $page), records(body($page)->{properties}{periods}, qw(number startTime isDaytime probabilityOfPrecipitation.value)), 'NWS, forecast');
$page = document('noaa_nws/points.json');
rows_are(table(q{id text OPTIONS (path 'properties."@id"'), x int OPTIONS (path 'properties."gridX"'), zone text OPTIONS (path 'properties."timeZone"')}, '', $page),
	records([ body($page) ], qw(properties.@id properties.gridX properties.timeZone)), 'NWS, a point');

# Transport
$page = document('transport/opensky_states.json');
rows_are(table(q{icao24 text OPTIONS (path '[0]'), country text OPTIONS (path '[2]'), ground boolean OPTIONS (path '[8]'), asked bigint OPTIONS (path '$.time')},
	q{records '$.states[*]'}, $page), [ map { [ @$_, body($page)->{time} ] } @{ records(body($page)->{states}, 0, 2, 8) } ], 'OpenSky, records by position');
$page = document('transport/gtfs_rt_vehicle_positions.json');
rows_are(table(q{id text, route text OPTIONS (path 'vehicle.trip.route_id'), lat numeric OPTIONS (path 'vehicle.position.latitude')}, q{records '$.entity[*]'}, $page),
	records(body($page)->{entity}, qw(id vehicle.trip.route_id vehicle.position.latitude)), 'GTFS realtime');
$page = document('transport/hsl_hfp_vp.json');
rows_are(table(q{kind text OPTIONS (path '$.key'), line int, at text OPTIONS (path 'tst'), stop text}, q{records '$.VP'}, $page),
	[ map { [ undef, @$_ ] } @{ records([ body($page)->{VP} ], qw(line tst stop)) } ], 'HSL, a position');

# Energy-Charts
opendir my $directory, "$fixtures/energy_charts" or die $!;
for my $name (sort grep { /^(public_power|price|installed_power)_/ } readdir $directory)
{
	$page = document("energy_charts/$name");
	my $document = body($page);
	my $key = exists $document->{time} ? 'time' : 'unix_seconds';
	my @series = $document->{production_types} ? @{ $document->{production_types} } : { name => undef, data => $document->{price} };
	my ($data, $records) = $document->{production_types} ? ('data[*]', '$.production_types[*]') : ('price[*]', '$');
	my @expected;
	for my $one (@series)
	{
		push @expected, map { [ $document->{$key}[$_], $one->{name}, $one->{data}[$_] ] } 0 .. $#{ $document->{$key} };
	}
	rows_are(table("at text OPTIONS (path '\$.$key\[*]'), name text, value numeric OPTIONS (path '$data')", "records '$records'", $page), \@expected, "Energy-Charts, $name");
}
my %shape = (signal_TrafficModel => [ 'share', 'signal' ], frequency_FrequencyModel => ['data'], 'ren_share_forecast_RenShareModel' => [ 'ren_share', 'solar_share' ],
	public_power_forecast_PublicPowerForecastModel => ['forecast_values']);
for my $model (sort keys %shape)
{
	$page = part('energy_charts/other_endpoint_shapes.json', $model);
	my @columns = ('unix_seconds', @{ $shape{$model} });
	rows_are(table(join(', ', map { "$_ numeric OPTIONS (path '\$.$_\[*]')" } @columns), q{records '$'}, $page),
		[ map { my $i = $_; [ map { body($page)->{$_}[$i] } @columns ] } 0 .. $#{ body($page)->{unix_seconds} } ], "Energy-Charts, $model");
}
my @errors = exchanges('energy_charts/errors_observed.json');
for my $i (0, 1, 2, 3, 4, 7, 8, 10)
{
	fails_with(table('at text', q{retry_on '429'}, $errors[$i]), qr/HTTP $errors[$i]{status}/, "Energy-Charts, $errors[$i]{status}");
}
$table = table('at text', q{not_yet_on '404 "no content available"'}, { %{ $errors[3] }, type => 'text/plain' });
is(sql("SELECT count(*) FROM $table"), '0', 'Energy-Charts, not yet');
sql("ALTER SERVER api OPTIONS (ADD timeout '200ms')");
fails_with(table('at text', '', { hang => 1 }), qr/request to server "api" failed \(2 attempts\): .*within/, "Energy-Charts, $errors[5]{transport_error}");
sql("ALTER SERVER api OPTIONS (DROP timeout)");
fails_with(table('at text', '', $errors[6]), qr/page is empty|not JSON|truncated/, 'Energy-Charts, 200 with nothing');
$table = table(q{at numeric OPTIONS (path '$.unix_seconds[*]'), share numeric OPTIONS (path '$.ren_share[*]')}, q{records '$'}, $errors[9]);
is(sql("SELECT count(*) FROM $table"), '0', 'Energy-Charts, 200 with empty arrays');

# What is left is no answer of an HTTP API: events of a stream, results for CSV files, an API's description.
is_deeply([ unplayed(qr{^(debezium|csv_spectrum|json_pointer_patch)/}, qr{/openapi_}) ], [], 'every captured answer was played');
$node->stop;
done_testing();
