# Captured answers and files of every family, read with the options for values and layouts: the rows
# are those that Perl makes of the same bytes.
use strict;
use warnings;
use Encode ();
use Test::More;
use Time::Local qw(timegm);
use EltCaptures;
use EltNode;

my $fixtures = $ENV{ELT_FIXTURES} or plan skip_all => 'no captured responses';
my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('captured_values', extension => 1);
my (%seen, $files);
captures($node, $replay, $fixtures);
sql("CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '$fixtures')");

sub note_family { my ($name) = @_; $seen{ $name =~ s{/.*}{}r }++; return $name }
sub bytes { my ($name) = @_; open my $file, '<:raw', "$fixtures/" . note_family($name) or die "$name: $!"; local $/; return scalar <$file> }
sub body_of { my ($name, @numbers) = @_; note_family($name); my ($page) = exchanges($name, @numbers); return ($page, json()->decode(Encode::encode_utf8($page->{body}))) }
sub document_of { my ($name) = @_; note_family($name); my $page = document($name); return ($page, json()->decode(Encode::encode_utf8($page->{body}))) }
# file(COLUMNS, OPTIONS, NAME): a foreign table over a file
sub file
{
	my ($columns, $options, $name) = @_;
	my $table = 'f' . ++$files;

	sql("CREATE FOREIGN TABLE $table ($columns) SERVER files OPTIONS (glob '" . note_family($name) . "', settle '0'" . ($options ? ", $options)" : ')'));
	return $table;
}
# Fields of a CSV file in which none is quoted, without its header
sub plain_csv { my ($name) = @_; my @lines = split /\r?\n/, bytes($name); shift @lines; return map { [ split /,/, $_, -1 ] } @lines }
# A number as JSON has it, an instant as JSON of PostgreSQL has it
sub number { return $_[0] eq '' ? undef : 0 + $_[0] }
sub instant { my ($epoch) = @_; my @t = gmtime $epoch; return sprintf '%04d-%02d-%02dT%02d:%02d:%02d+00:00', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1, 0] }
sub epoch { my ($y, $m, $d, $h, $i, $s) = @_; return timegm($s // 0, $i // 0, $h // 0, $d, $m - 1, $y) }

# CSV: every file of the suite, from the directory and over HTTP
opendir my $suite, "$fixtures/csv_spectrum/csvs" or die $!;
for my $name (sort grep { /\.csv$/ } readdir $suite)
{
	my $text = bytes("csv_spectrum/csvs/$name");
	my @names = split /,/, ($text =~ /^([^\r\n]*)/)[0];
	my $columns = join ', ', map { "\"$_\" text" } @names;
	my $expected = [ map { my $row = $_; [ map { $row->{$_} } @names ] } @{ json()->decode(bytes('csv_spectrum/json/' . $name =~ s/csv$/json/r)) } ];
	rows_are(file($columns, '', "csv_spectrum/csvs/$name"), $expected, "CSV, $name");
	rows_are(table($columns, q{format 'csv'}, { status => 200, type => 'text/csv', body => Encode::decode_utf8($text) }), $expected, "CSV over HTTP, $name");
}

# Smart meters: dates and marks of each country
rows_are(file(q{kwh numeric OPTIONS (path 'Read Value'), kind text OPTIONS (path 'Read Type'),
	ends timestamptz OPTIONS (path 'Read Date and End Time', format 'DD-MM-YYYY HH24:MI', time_zone 'Europe/Dublin')}, '', 'smart_meter/esb_hdf_head_400.csv'),
	[ map { my @t = $_->[4] =~ /(\d+)/g; [ number($_->[2]), $_->[3], instant(epoch(@t[2, 1, 0, 3, 4]) - 3600) ] } plain_csv('smart_meter/esb_hdf_head_400.csv') ],
	'ESB, local time of the summer');
rows_are(file(q{day date OPTIONS (format 'MM/DD/YYYY'), energy_sum numeric}, '', 'smart_meter/london_daily_MAC000002.csv'),
	[ map { my @d = split m{/}, $_->[0]; [ sprintf('%04d-%02d-%02d', @d[2, 0, 1]), number($_->[1]) ] } plain_csv('smart_meter/london_daily_MAC000002.csv') ],
	'London, days without zeros');
rows_are(file(q{meter text OPTIONS (path 'LCLid'), at timestamptz OPTIONS (path 'DateTime', time_zone 'Europe/London'),
	kwh numeric OPTIONS (path 'KWH/hh (per half hour) ', trim 'true', null 'Null')}, '', 'smart_meter/london_lcl_raw_format.csv'),
	[ map { my @t = $_->[2] =~ /(\d+)/g; my $summer = "@t[0, 1, 2]" lt '2012 10 28';
		[ $_->[0], instant(epoch(@t[0 .. 5]) - ($summer ? 3600 : 0)), $_->[3] eq 'Null' ? undef : number($_->[3] =~ s/ //gr) ] } plain_csv('smart_meter/london_lcl_raw_format.csv') ],
	'London, values between spaces and Null');
rows_are(file(q{timestamp timestamptz, "R1" int, "R4" int}, '', 'smart_meter/spain_S02_hourly_head.csv'),
	[ map { [ $_->[0] =~ s/\.000Z$/+00:00/r, $_->[1], $_->[4] ] } plain_csv('smart_meter/spain_S02_hourly_head.csv') ], 'Spain, hours');
rows_are(file(q{month date OPTIONS (path 'start_date', expression '(value::timestamptz AT TIME ZONE ''Europe/Madrid'')::date'), "R1a" bigint}, '', 'smart_meter/spain_S04_monthly.csv'),
	[ map { my @t = $_->[0] =~ /(\d+)/g; my @day = gmtime(epoch(@t[0 .. 4]) + ($t[3] == 23 ? 3600 : 7200)); [ sprintf('%04d-%02d-%02d', $day[5] + 1900, $day[4] + 1, $day[3]), $_->[2] ] }
		plain_csv('smart_meter/spain_S04_monthly.csv') ], 'Spain, months of local midnights, computed');
my ($preamble, $usage) = bytes('smart_meter/green_button_pge.csv') =~ /^(.*?\n\r?\n)(.*)$/s;
rows_are(table(q{day date OPTIONS (path 'DATE', format 'MM/DD/YYYY'), starts time OPTIONS (path '"START TIME"'), kwh numeric OPTIONS (path '"USAGE (kWh)"'),
	cost numeric OPTIONS (path 'COST', currency '$'), at timestamptz OPTIONS (expression '(day + starts) AT TIME ZONE ''America/Los_Angeles''')},
	q{format 'csv'}, { status => 200, type => 'text/csv', body => $usage }),
	[ map { my @f = split /,/; my @d = split m{/}, $f[1]; my ($h) = split /:/, $f[2];
		[ sprintf('%04d-%02d-%02d', @d[2, 0, 1]), sprintf('%02d:00:00', $h), number($f[4]), number($f[5] =~ s/[\$ ]//gr), instant(epoch(@d[2, 0, 1], $h) + 7 * 3600) ] }
		grep { /\S/ } (split /\r?\n/, $usage)[1 .. 3] ], 'PG&E, dollars and a time of two columns');

# Transport
rows_are(file(q{"MMSI" bigint, at timestamptz OPTIONS (path 'BaseDateTime'), course numeric OPTIONS (path 'COG', null '360.0'), heading numeric OPTIONS (path 'Heading', null '511.0'), imo text OPTIONS (path 'IMO')},
	'', 'transport/ais_marinecadastre.csv'),
	[ map { [ $_->[0], "$_->[1]+00:00", $_->[5] eq '360.0' ? undef : number($_->[5]), undef, $_->[8] eq '' ? undef : $_->[8] ] } plain_csv('transport/ais_marinecadastre.csv') ],
	'MarineCadastre, numbers that mean none');
my @messages = map { json()->decode($_) } grep { /\S/ } split /\n/, bytes('transport/ais_aisstream_messages.jsonl');
rows_are(file(q{kind text OPTIONS (path '"MessageType"'), mmsi bigint OPTIONS (path '"MetaData"."MMSI"'), name text OPTIONS (path '"Message"."ShipStaticData"."Name"', expression 'rtrim(value, ''@ '')')},
	q{format 'jsonl'}, 'transport/ais_aisstream_messages.jsonl'),
	[ map { my $name = $_->{Message}{ShipStaticData}{Name}; [ $_->{MessageType}, $_->{MetaData}{MMSI}, defined $name ? $name =~ s/[@ ]+$//r : undef ] } @messages ],
	'AIS, messages of several kinds');
my ($page, $found) = document_of('transport/hsl_hfp_vp.json');
rows_are(table(q{kind text OPTIONS (lineage 'key'), line int, at timestamptz OPTIONS (path 'tsi', format 'unix')}, q{records '$.*'}, $page),
	[ map { [ $_, $found->{$_}{line}, instant($found->{$_}{tsi}) ] } sort keys %$found ], 'HSL, an object by kind of event');

# Members by name: of an object keyed by variable, and names that a pointer would escape
($page, $found) = document_of('open_meteo/forecast_berlin.json');
rows_are(table(q{variable text OPTIONS (lineage 'key'), unit text OPTIONS (path '$.hourly_units.*')}, q{records '$.hourly_units.*'}, $page),
	[ map { [ $_, $found->{hourly_units}{$_} ] } ($page->{body} =~ /"hourly_units"\s*:\s*\{([^}]*)\}/)[0] =~ /"([^"]+)"\s*:/g ], 'Open-Meteo, units keyed by variable');
rows_are(table(q{at timestamptz OPTIONS (path '$.hourly.time[*]', time_zone 'Europe/Berlin', ambiguous 'order'), celsius numeric OPTIONS (path '$.hourly.temperature_2m[*]')}, q{records '$'}, $page),
	[ map { my @t = $found->{hourly}{time}[$_] =~ /(\d+)/g; [ instant(epoch(@t) - $found->{utc_offset_seconds}), $found->{hourly}{temperature_2m}[$_] ] } 0 .. $#{ $found->{hourly}{time} } ],
	'Open-Meteo, local times');
($page, $found) = document_of('json_pointer_patch/rfc6901_examples.json');
my %member = ('a/b' => 'slash', 'c%d' => 'percent', 'e^f' => 'caret', 'g|h' => 'bar', ' ' => 'blank', 'm~n' => 'tilde');
rows_are(table(join(', ', q{foo text[]}, map { "$member{$_} int OPTIONS (path '\"$_\"')" } sort keys %member), q{records '$.document'}, $page),
	[ [ $found->{document}{foo}, map { $found->{document}{$_} } sort keys %member ] ], 'RFC 6901, names of members');

# Lists and objects as values
($page, $found) = document_of('openweather/onecall.json');
sql('CREATE TYPE sky AS (id int, main text, icon text)');
rows_are(table(q{at timestamptz OPTIONS (path 'dt', format 'unix'), weather sky[], rain numeric OPTIONS (path 'rain."1h"')}, q{records '$.hourly[*]'}, $page),
	[ map { [ instant($_->{dt}), [ map { { id => $_->{id}, main => $_->{main}, icon => $_->{icon} } } @{ $_->{weather} } ], $_->{rain}{'1h'} ] } @{ $found->{hourly} } ],
	'OpenWeather, a list of objects as an array of a composite type');
($page, $found) = document_of('noaa_nws/gridpoints_stations.json');
rows_are(table(q{place numeric[] OPTIONS (path 'geometry.coordinates'), name text OPTIONS (path 'properties.name')}, q{records '$.features[*]'}, $page),
	[ map { [ $_->{geometry}{coordinates}, $_->{properties}{name} ] } @{ $found->{features} } ], 'NWS, coordinates');
my ($answer, $answered) = body_of('plaid/transactions_get_first_page_100_of_202.json', 0);
rows_are(table(q{transaction_id text, day date OPTIONS (path 'date'), category text[], city text OPTIONS (path 'location.city')}, q{method 'POST', body '{}', records '$.transactions[*]'}, $answer),
	[ map { [ $_->{transaction_id}, $_->{date}, $_->{category}, $_->{location}{city} ] } @{ $answered->{transactions} } ], 'Plaid, categories');
($answer, $answered) = body_of('stripe/charges_list_cursor_pages.json', 0);
rows_are(table(q{id text, at timestamptz OPTIONS (path 'created', format 'unix'), paid boolean, euros numeric OPTIONS (path 'amount', expression 'value::numeric / 100')}, q{records '$.data[*]'}, $answer),
	[ map { [ $_->{id}, instant($_->{created}), $_->{paid}, $_->{amount} / 100 ] } @{ $answered->{data} } ], 'Stripe, times and cents');
($answer, $answered) = body_of('github/github_page_numbers_two_pages.json', 0);
rows_are(table(q{id bigint, started timestamptz OPTIONS (path 'started_at'), steps text[] OPTIONS (path 'labels')}, q{records '$.jobs[*]'}, $answer),
	[ map { [ $_->{id}, $_->{started_at} =~ s/Z$/+00:00/r, $_->{labels} ] } @{ $answered->{jobs} } ], 'GitHub, labels');
($answer, $answered) = body_of('shopify/orders_page.json', 0);
rows_are(table(q{"order" bigint OPTIONS (path '$.orders[*].id'), sku text, price numeric, grams int}, q{records '$.orders[*].line_items[*]'}, $answer),
	[ map { my $order = $_; map { [ $order->{id}, $_->{sku}, number($_->{price}), $_->{grams} ] } @{ $order->{line_items} } } @{ $answered->{orders} } ], 'Shopify, lines of orders');
($answer, $answered) = body_of('woocommerce/orders_list.json', 0);
rows_are(table(q{id bigint, at timestamptz OPTIONS (path 'date_created_gmt'), note text OPTIONS (path 'customer_note', null '')}, '', $answer),
	[ map { [ $_->{id}, "$_->{date_created_gmt}+00:00", $_->{customer_note} eq '' ? undef : $_->{customer_note} ] } @$answered ], 'WooCommerce, times of UTC, empty texts');
($answer, $answered) = body_of('eia/v2_region_data_offset_pages.json', 0);
rows_are(table(q{hour timestamptz OPTIONS (path 'period', format 'YYYY-MM-DD"T"HH24'), megawatts bigint OPTIONS (path 'value')}, q{records '$.response.data[*]'}, $answer),
	[ map { [ "$_->{period}:00:00+00:00", $_->{value} ] } @{ $answered->{response}{data} } ], 'EIA, hours and numbers as strings');

# Energy-Charts: years and months as times
for my $file ([ 'installed_power_de_yearly.json', 'YYYY' ], [ 'installed_power_de_monthly_2024-10_2026-09.json', 'MM.YYYY' ])
{
	($page, $found) = document_of("energy_charts/$file->[0]");
	my @days = map { my @p = reverse split /\./; sprintf '%04d-%02d-01', $p[0], $p[1] // 1 } @{ $found->{time} };
	rows_are(table(qq{day date OPTIONS (path '\$.time[*]', format '$file->[1]'), name text, gigawatts numeric OPTIONS (path 'data[*]')}, q{records '$.production_types[*]'}, $page),
		[ map { my $series = $_; map { [ $days[$_], $series->{name}, $series->{data}[$_] ] } 0 .. $#days } @{ $found->{production_types} } ], "Energy-Charts, $file->[0]");
}

# Changes: the key of a delete is in another member
for my $name (qw(debezium/postgres_1.2.1_replica_identity_default.jsonl debezium/mysql_schema_payload_products.jsonl))
{
	my @events = map { json()->decode($_) } grep { /\S/ } split /\n/, bytes($name);
	my $at = exists $events[0]{payload} ? 'payload.' : '';
	rows_are(file(qq{op text OPTIONS (path '${at}op'), now_id int OPTIONS (path '${at}after.id'), was_id int OPTIONS (path '${at}before.id'),
		weight float8 OPTIONS (path '${at}after.weight'), id int OPTIONS (expression 'coalesce(now_id, was_id)')}, q{format 'jsonl'}, $name),
		[ map { my $e = $at ? $_->{payload} : $_; my ($now, $was) = map { $e->{$_} && $e->{$_}{id} } qw(after before);
			[ $e->{op}, $now, $was, $e->{after} && $e->{after}{weight}, $now // $was ] } @events ], "Debezium, $name");
}

opendir my $families, $fixtures or die $!;
is_deeply([ grep { !/^\./ && -d "$fixtures/$_" && !$seen{$_} } sort readdir $families ], [], 'every family was read');
$node->stop;
done_testing();
