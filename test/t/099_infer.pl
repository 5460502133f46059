# Proposals of elt.infer for captured answers and files: all of them declare, and most load every row
# into typed columns without a change by hand.
use strict;
use warnings;
use Encode ();
use File::Find;
use Test::More;
use EltCaptures;
use EltNode;
use FindBin;
use IPC::Open3;

my $fixtures = $ENV{ELT_FIXTURES} or plan skip_all => 'no captured responses';
my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('infer', extension => 1, conf => "elt.retry_base = 1\nelt.max_retry_wait = 10s\n");
captures($node, $replay, $fixtures);

# One session for all that is asked.
my $psql = open3(my $questions, my $answers, undef, 'psql', '-XAtq', '-d', $node->connstr('postgres'));
binmode $_, ':utf8' for $questions, $answers;
$questions->autoflush;
ask('SET client_min_messages = error');

# ask(SCRIPT): what psql prints, and whether it printed an error.
sub ask
{
	my ($script) = @_;
	my $answer = '';

	print $questions "$script\n;\n\\echo :end:\n";
	while (defined(my $line = <$answers>))
	{
		$answer .= $line;
		next unless $answer =~ s/^:end:\n\z//m;
		chomp $answer;
		return ($answer, $answer =~ /^ERROR: /m);
	}
	die "psql has ended: $answer";
}

sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '$fixtures')");
sql('CREATE TABLE proposal (n serial, what text, part text, statement text, reason text, doubt text)');

my ($declared, $loaded, %kept) = (0, 0);

# What is in the catalogue: inference leaves nothing behind.
my $catalogue = q{(SELECT count(*) FROM pg_class) || ' ' || (SELECT count(*) FROM pg_attribute) || ' ' ||
	(SELECT count(*) FROM pg_foreign_table) || ' ' || (SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp')};

# proposed(NAME, CALL): the statements of a proposal are executed.
sub proposed
{
	my ($what, $call) = @_;
	my ($answer, $failed) = ask("SELECT $catalogue AS before \\gset
		INSERT INTO proposal (what, part, statement, reason, doubt) SELECT '$what', part, statement, reason, doubt FROM elt.infer($call);
		SELECT CASE :'before' WHEN $catalogue THEN 'nothing' ELSE 'something' END;
		SELECT statement FROM proposal WHERE what = '$what' AND statement IS NOT NULL ORDER BY n \\gexec");

	like($answer, qr/^nothing$/m, "$what: nothing is declared by asking");
	if (ok(!$failed, "$what: declares")) { $declared++ }
	else { diag($answer) }
}

# loads(WHAT, PIPELINE, ROWS, TYPES): a run lands all rows and rejects none, and these columns have
# these types.
sub loads
{
	my ($what, $pipeline, $rows, %types) = @_;
	my $names = join("', '", keys %types);
	my ($answer) = ask("CALL elt.run('$pipeline');
		SELECT count(*) || ' ' || (SELECT count(*) FROM elt.rejects WHERE pipeline = '$pipeline') FROM $pipeline;
		SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '$pipeline'::regclass AND attname IN ('$names')");
	my ($landed, @found) = split /\n/, $answer;

	if (is($landed, "$rows 0", "$what: $rows rows land")) { $loaded++ }
	else { diag($answer, sql("SELECT string_agg(message || ' ' || coalesce(raw, ''), E'\n') FROM elt.rejects WHERE pipeline = '$pipeline'")) }
	is_deeply({ map { split /\|/ } @found }, \%types, "$what: types") if %types;
}

# count_of(RELATION)
sub count_of { my ($from) = @_; my ($count) = ask("SELECT count(*) FROM $from"); return $count }

# api(NAME, QUERY, RESPONSES): an answer at /script/NAME, and its proposal.
my $number = 0;
sub api
{
	my ($name, $query, @responses) = @_;
	EltCaptures::play($name, @responses);
	proposed($name, "'api', '/script/$name'" . ($query ? ", '$query'" : ''));
	EltCaptures::play($name, @responses);
}

sub rows { my ($page, $path) = @_; my $at = json()->decode(Encode::encode_utf8($page->{body})); $at = $at->{$_} for split /\./, $path; return scalar @$at }

# Lists of real APIs.
my @pages = exchanges('github/github_page_numbers_two_pages.json');
api('jobs', 'per_page=1', @pages);
loads('GitHub, jobs', 'jobs', scalar(map { @{ json()->decode(Encode::encode_utf8($_->{body}))->{jobs} } } @pages),
	id => 'bigint', started_at => 'timestamp with time zone', run_id => 'bigint', name => 'text');
my ($page) = exchanges('github/github_organizations_since.json');
api('organizations', '', $page, { status => 200, body => '[]' });
loads('GitHub, organizations', 'organizations', rows({ body => qq({"list": $page->{body}}) }, 'list'));
($page) = exchanges('github/github_members_page1_of_3.json');
delete $page->{headers};
api('members', '', $page);
loads('GitHub, members', 'members', rows({ body => qq({"list": $page->{body}}) }, 'list'),
	site_admin => 'boolean', id => 'bigint');

@pages = exchanges('stripe/charges_list_cursor_pages.json');
api('charges', 'limit=2', @pages);
loads('Stripe, charges', 'charges', scalar(map { @{ json()->decode(Encode::encode_utf8($_->{body}))->{data} } } @pages),
	id => 'text', amount => 'integer', created => 'timestamp with time zone', livemode => 'boolean');
for my $kind (qw(charge refund balance_transaction customer event))
{
	api("stripe_$kind", '', part('stripe/fixtures_charge_refund_balance.json', $kind));
	loads("Stripe, $kind", "stripe_$kind", 1,
		created => 'timestamp with time zone');
}
($page) = exchanges('stripe/recorded_payment_intent_and_error.json', 0);
api('payment_intents', '', $page);
loads('Stripe, payment intents', 'payment_intents', 1, id => 'text', created => 'timestamp with time zone');

@pages = exchanges('shopify/orders_page.json', 0, 1);
api('orders', 'limit=1&status=any', @pages);
loads('Shopify, orders', 'orders', scalar(map { @{ json()->decode(Encode::encode_utf8($_->{body}))->{orders} } } @pages),
	total_price => 'numeric', created_at => 'timestamp with time zone', id => 'bigint');
@pages = exchanges('woocommerce/orders_list.json', 0, 1);
delete $_->{headers} for @pages;	# they count orders that were left out
api('woo_orders', 'per_page=2&page=1', @pages);
loads('WooCommerce, orders', 'woo_orders', scalar(map { @{ json()->decode(Encode::encode_utf8($_->{body})) } } @pages),
	total => 'numeric', date_created => 'timestamp without time zone');

($page) = exchanges('plaid/transactions_get_first_page_100_of_202.json');
{
	my $body = json()->decode(Encode::encode_utf8($page->{body}));
	$body->{total_transactions} = 100;
	my $text = json()->encode($body);
	utf8::decode($text);
	api('transactions', '', { status => 200, body => $text });
	loads('Plaid, transactions', 'transactions', 100,
		amount => 'numeric', date => 'date', category_id => 'text', pending => 'boolean');
}
for my $kind (qw(get sync))
{
	api("plaid_$kind", '', part("plaid/transactions_${kind}_documented.json", 'example_response'));
}
($page) = exchanges('plaid/transactions_get_count_offset.json', 1);
api('plaid_counted', '', $page);
@pages = exchanges('eia/v2_region_data_offset_pages.json', 0);
api('region_data', 'frequency=hourly', @pages);
loads('EIA, region data', 'region_data', rows($pages[0], 'response.data'));

# Weather and energy.
for my $city (qw(berlin vienna))
{
	$page = document("open_meteo/forecast_$city.json");
	api("forecast_$city", '', $page);
	loads("Open-Meteo, $city", "forecast_${city}_hourly", rows($page, 'hourly.time'),
		hourly_time => 'timestamp without time zone', latitude => 'numeric');
}
for my $name (qw(forecast_3h_london onecall current_london))
{
	api($name, '', document("openweather/$name.json"));
}
loads('OpenWeather, three hours', 'forecast_3h_london', rows(document('openweather/forecast_3h_london.json'), 'list'));
for my $name (qw(gridpoints_stations stations_observations points gridpoints_forecast_us))
{
	$page = document("noaa_nws/$name.json");
	$page->{body} =~ s/"next"/"of_another_server"/;
	api($name, '', $page);
}
loads('NWS, stations', 'gridpoints_stations', rows(document('noaa_nws/gridpoints_stations.json'), 'features'));
loads('NWS, forecast', 'gridpoints_forecast_us', rows(document('noaa_nws/gridpoints_forecast_us.json'), 'properties.periods'));
api('opensky', '', document('transport/opensky_states.json'));
loads('OpenSky, positions', 'opensky', rows(document('transport/opensky_states.json'), 'states'));

find({ no_chdir => 1, preprocess => sub { sort @_ }, wanted => sub { $kept{$File::Find::name =~ s{^\Q$fixtures\E/}{}r} = 1 if -f } }, "$fixtures/energy_charts", "$fixtures/transport", "$fixtures/debezium", "$fixtures/json_pointer_patch");
for my $name (grep { m{^energy_charts/.*\.json$} && !/openapi|error|quirk/ } sort keys %kept)
{
	$page = document($name);
	my $document = json()->decode(Encode::encode_utf8($page->{body}));
	next if ref $document ne 'HASH' || exists $document->{exchanges};
	my $id = 'e' . ++$number;
	api($id, '', $page);
	next unless ref $document->{production_types} eq 'ARRAY' || ref $document->{price} eq 'ARRAY';
	my @series = @{ $document->{production_types} // [ { data => $document->{price} } ] };
	loads("Energy-Charts, $name", $id, scalar map { @{ $_->{data} } } @series);
}

# Files.
for my $name (grep { /\.(json|jsonl|csv)$/ && m{^(transport|debezium|json_pointer_patch)/} } sort keys %kept)
{
	proposed("file $name", "'files', '$name', name => 'f" . ++$number . "'");
	loads("file $name", "f$number", count_of("f${number}_files")) if $name =~ /jsonl|csv/;
}
find({ no_chdir => 1, preprocess => sub { sort @_ }, wanted => sub
{
	my $name = $File::Find::name =~ s{^\Q$fixtures\E/}{}r;
	return unless -f && $name =~ /\.csv$/;
	my ($empty) = $name =~ m{csv_spectrum/.*/empty};
	proposed("file $name", "'files', '$name', name => 'f" . ++$number . "'");
	my $count = count_of("f${number}_files");
	cmp_ok($count, '>', 0, "file $name: has rows") unless $empty;
	loads("file $name", "f$number", $count) if $name =~ /smart_meter/;
} }, "$fixtures/smart_meter", "$fixtures/csv_spectrum");

# A description of an API: each of its tables is declared, and those that the replay server answers pull.
sql("CREATE SCHEMA described; CREATE SERVER energy FOREIGN DATA WRAPPER elt_http OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s');
	IMPORT FOREIGN SCHEMA openapi FROM SERVER energy INTO described OPTIONS (spec 'energy_charts/openapi_v1.5.json', spec_server 'files')");
cmp_ok(sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'described'::regnamespace"), '>=', 17, 'OpenAPI, 17 tables');
cmp_ok(count_of("described.$_"), '>', 90, "OpenAPI, $_ pulls")
	for "public_power WHERE country = 'de' AND unix_seconds >= '2024-01-01' AND unix_seconds < '2024-01-02'",
	"total_power WHERE country = 'de' AND unix_seconds >= '2024-01-01' AND unix_seconds < '2024-01-02'",
	"price WHERE bzn = 'DE-LU' AND unix_seconds >= '2024-01-01' AND unix_seconds < '2024-01-08'",
	"installed_power WHERE country = 'de' AND time_step = 'yearly'";

cmp_ok($loaded, '>=', 15, "$loaded captures load as proposed");

# expected/infer_captures.txt holds the proposals; what they are now is kept beside the server's log.
my $found = sql(q{SELECT string_agg('== ' || what || E'\n' || parts, E'\n\n' ORDER BY n) FROM (SELECT what, min(n) AS n,
	string_agg(concat_ws(E'\n', '-- ' || part, statement, '-- ' || reason, '-- doubt: ' || doubt), E'\n' ORDER BY n) AS parts FROM proposal GROUP BY what) p}) . "\n";
$found =~ s/\Q$replay\E/REPLAY/g;
my $kept = $node->basedir . '/infer_captures.txt';
open my $out, '>:utf8', $kept or die "$kept: $!";
print $out $found;
close $out;
open my $in, '<:utf8', "$FindBin::Bin/../../expected/infer_captures.txt" or die "infer_captures.txt: $!";
my $expected = do { local $/; <$in> };
my ($was, $is) = map { { map { /^(== .*)\n/ ? ($1 => $_) : () } split /\n\n(?==)/, $_ } } $expected, $found;
is_deeply([ grep { ($was->{$_} // '') ne ($is->{$_} // '') } sort keys %{ { %$was, %$is } } ], [], 'proposals are those that are expected') or diag("see $kept");
close $questions;
waitpid $psql, 0;
note("$declared proposals declare, $loaded load all rows");
$node->stop;
done_testing();
