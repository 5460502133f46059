# Holidays of every built-in calendar, over thirty years, against the Python package holidays. Only with
# ELT_SOAK.
use strict;
use warnings;
use File::Temp qw(tempdir);
use Test::More;
use EltNode;

plan skip_all => 'only in make soak' unless $ENV{ELT_SOAK};
my $packages = tempdir(CLEANUP => 1);
plan skip_all => 'the Python package holidays cannot be installed'
  if system("python3 -m pip install --quiet --target $packages holidays >$packages/log 2>&1") != 0;
my $node = start_node('holidays', extension => 1);

# UK is what its countries share; ES leaves out Sundays, which regions replace by days of their own.
my %of_package = ('DE' => 'DE', 'FR' => 'FR', 'UK' => 'GB', 'US' => 'US', 'AT' => 'AT', 'CH' => 'CH', 'NL' => 'NL',
	'ES' => 'ES', 'IT' => 'IT');
my ($first, $last) = (2000, 2029);

# From 2008 on is what the package knows of Spain.
sub first_year { return $_[0] eq 'ES' ? 2008 : $first }

sub theirs
{
	my ($calendar) = @_;
	my ($country, $part) = split /-/, $calendar;
	my $subdivision = defined $part ? "'$part'" : 'None';
	my $years = 'range(' . first_year($calendar) . ', ' . ($last + 1) . ')';
	my $script = "import holidays\nfor d in sorted(holidays.country_holidays('$of_package{$country}', subdiv=$subdivision, years=$years)):\n print(d)";

	my $days = `PYTHONPATH=$packages python3 -c "$script"`;
	chomp $days;
	return $days;
}

sub ours
{
	my ($calendar) = @_;
	my $year = first_year($calendar);
	my $but = $calendar eq 'ES' ? q{AND date_part('isodow', date) <> 7} : '';

	return $node->safe_psql('postgres', qq{SET DateStyle = 'ISO'; SELECT DISTINCT date
		FROM elt.holidays('$calendar', '$year-01-01', '$last-12-31') WHERE true $but ORDER BY date});
}

my @calendars = split /\n/, $node->safe_psql('postgres', 'SELECT DISTINCT calendar FROM elt.holiday_rules ORDER BY 1');
cmp_ok(scalar(@calendars), '>', 20, 'there are calendars to compare');
for my $calendar (@calendars)
{
	my (%ours, %theirs);

	@ours{ split /\n/, ours($calendar) } = ();
	@theirs{ split /\n/, theirs($calendar) } = ();
	cmp_ok(scalar(keys %theirs), '>', 90, "the package has holidays of $calendar");
	is(join(' ', map({ "-$_" } grep { !exists $ours{$_} } sort keys %theirs),
			map { "+$_" } grep { !exists $theirs{$_} } sort keys %ours), '', "$calendar is the same");
}
done_testing();
