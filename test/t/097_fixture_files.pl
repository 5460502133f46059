# Every captured file of smart meters, and the public suite of CSV files, through foreign tables with
# the options that each needs, against their own text read by a few lines of Perl.
use strict;
use warnings;
use Test::More;
use File::Basename;
use JSON::PP;
use EltNode;

my $fixtures = $ENV{ELT_FIXTURES} // '';

plan skip_all => 'no captured files' unless -d "$fixtures/smart_meter" && -d "$fixtures/csv_spectrum";

my $node = start_node('fixtures', extension => 1);
my %played;

$node->safe_psql('postgres', "CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '$fixtures')");

sub text_of
{
	my ($name) = @_;
	open my $file, '<:raw', "$fixtures/$name" or die "$name: $!";
	local $/;
	return scalar <$file>;
}

# The answer of a query about a table over one file; {} is the table.
sub ask
{
	my ($name, $columns, $options, $query) = @_;
	$played{$name} = 1;
	$query =~ s/\{\}/captured/g;
	my $answer = $node->safe_psql('postgres', "SET timezone = 'UTC'; SET client_min_messages = error;
		CREATE FOREIGN TABLE captured ($columns) SERVER files OPTIONS (glob '$name'$options);
		$query;
		DROP FOREIGN TABLE captured");
	utf8::decode($answer);
	return $answer;
}

sub records_of { return scalar(grep { /\S/ } split /\r\n|\n|\r/, text_of($_[0])) - 1 }

# ---- smart meters

my $meter = 'smart_meter/esb_hdf_head_400.csv';
is( ask($meter, q{mprn text OPTIONS (path 'MPRN'), value numeric OPTIONS (path 'Read Value'), kind text OPTIONS (path 'Read Type'),
			ended timestamptz OPTIONS (path 'Read Date and End Time', format 'DD-MM-YYYY HH24:MI', time_zone 'Europe/Dublin')}, '',
		'SELECT count(*), count(DISTINCT kind), count(value), max(ended) > min(ended) FROM {}'),
	join('|', records_of($meter), scalar(keys %{{map { (split /,/)[3] => 1 } grep { /^\w/ && !/^MPRN/ } split /\r?\n/, text_of($meter)}}), records_of($meter), 't'),
	'ESB: local times at the end of intervals');

# The sum of a column, by the number of its field.
sub sum_of
{
	my ($name, $at) = @_;
	my @lines = split /\r?\n/, text_of($name);
	my $sum = 0;
	$sum += (split /,/)[$at] for @lines[1 .. $#lines];
	return sprintf '%.3f', $sum;
}

my $hourly = 'smart_meter/spain_S02_hourly_head.csv';
is( ask($hourly, q{timestamp timestamptz, r1 int OPTIONS (path 'R1'), r4 int OPTIONS (path 'R4')}, '',
		'SELECT count(timestamp), sum(r1)::numeric(20, 3), sum(r4)::numeric(20, 3) FROM {}'),
	join('|', records_of($hourly), sum_of($hourly, 1), sum_of($hourly, 4)), 'Spain: hourly registers');

my $monthly = 'smart_meter/spain_S04_monthly.csv';
is( ask($monthly, q{start_date timestamptz, end_date timestamptz, r4a int OPTIONS (path 'R4a')}, '',
		q{SELECT count(*), sum(r4a)::numeric(20, 3), bool_and(extract(day FROM end_date AT TIME ZONE 'Europe/Madrid') = 1) FROM {}}),
	join('|', records_of($monthly), sum_of($monthly, 5), 't'), 'Spain: months that are bounded by local midnight');

my $daily = 'smart_meter/london_daily_MAC000002.csv';
is( ask($daily, q{day date OPTIONS (format 'MM/DD/YYYY'), energy_sum numeric}, '', 'SELECT count(day), sum(energy_sum)::numeric(20, 3) FROM {}'),
	join('|', records_of($daily), sum_of($daily, 1)), 'London: daily values');

my $raw = 'smart_meter/london_lcl_raw_format.csv';
is( ask($raw, q{id text OPTIONS (path 'LCLid'), ts timestamp OPTIONS (path 'DateTime'),
			kwh numeric OPTIONS (path 'KWH/hh (per half hour) ', null 'Null', trim 'true')}, '',
		'SELECT count(*), count(*) FILTER (WHERE kwh IS NULL) FROM {}'),
	join('|', records_of($raw), scalar(() = text_of($raw) =~ /,Null\b/g)), 'London: padded values, Null, a name that ends with a space');

my $green = 'smart_meter/green_button_pge.csv';
my @usages = map { (split /,/)[4] } grep { /^Electric/ } split /\r?\n/, text_of($green);
is( ask($green, q{kind text OPTIONS (path 'TYPE'), day date OPTIONS (path 'DATE', format 'MM/DD/YYYY'), started time OPTIONS (path 'START TIME'),
			usage numeric OPTIONS (path 'USAGE', optional 'true'), usage_kwh numeric OPTIONS (path 'USAGE (kWh)', optional 'true'),
			cost numeric OPTIONS (path 'COST', currency '$', trim 'true')}, q{, header_row 'find'},
		q{SELECT string_agg(coalesce(usage, usage_kwh)::text, ',' ORDER BY day, started), bool_and(cost IS NOT NULL) FROM {}}),
	join(',', @usages) . '|t', 'Green Button: a mark, lines above the header, money');

# ---- the suite: every field is a text

for my $path (glob "$fixtures/csv_spectrum/csvs/*.csv")
{
	my $name = basename($path, '.csv');
	my $wanted = JSON::PP->new->utf8->decode(text_of("csv_spectrum/json/$name.json"));
	my $columns = join ', ', map { s/"/""/gr =~ s/^(.*)$/"$1" text/sr } sort keys %{$wanted->[0]};
	my $found = ask("csv_spectrum/csvs/$name.csv", $columns, q{, null '(none)'},
		q{SELECT coalesce(json_agg(to_json(whole_row)), '[]') FROM {} whole_row});
	is_deeply(JSON::PP->new->decode($found), $wanted, "csv-spectrum: $name");
}

my @unplayed = grep { !$played{$_} } map { substr $_, length("$fixtures/") } glob "$fixtures/smart_meter/*.csv $fixtures/csv_spectrum/csvs/*.csv";
is(join(' ', @unplayed), '', 'no file is left out');

done_testing();
