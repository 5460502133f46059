# Pages whose addresses are known are asked for ahead of their turn: as many at a time as the server
# may be asked, no faster than its rate, and with the rows of asking for one after the other.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use Time::HiRes qw(time);
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('ahead', extension => 1, conf => "fsync = off\nelt.retry_base = 10\n");

sub control
{
	my $answer = HTTP::Tiny->new->get("$replay/_control/$_[0]");

	$answer->{success} or die "control $_[0]";
	return $answer->{content};
}

# declare(NAME, OPTIONS): a pipeline over a list of 60 pages on a server of its own.
sub declare
{
	my ($name, $paging, %server) = @_;
	my $options = join(', ', map { "$_ '$server{$_}'" } sort keys %server);

	$node->safe_psql('postgres', qq{
		CREATE SERVER $name FOREIGN DATA WRAPPER elt_http OPTIONS (url '$replay', allow_private 'true', $options);
		CREATE FOREIGN TABLE ${name}_api (id int, name text, amount numeric, updated_at timestamptz) SERVER $name
			OPTIONS (path '/items', query 'total=595&of=$name', records '\$.items[*]', limit_param 'limit', page_size '10', $paging);
		SELECT elt.create_pipeline('$name', '${name}_api', '$name', '{id}')});
}

# measure(NAME, FAULT): requests, most at a time, and seconds of a run.
sub measure
{
	my ($name, $fault) = @_;

	control('reset');
	control("fault?path=/items&query=of=$name&$fault") if $fault;
	my $started = time();
	my ($status, $out, $err) = $node->psql('postgres', "SELECT elt.reset_pipeline('$name'); TRUNCATE $name; CALL elt.run('$name')");
	my $seconds = time() - $started;
	my $stats = decode_json(control('counters'));

	is($node->safe_psql('postgres', "SELECT count(*), min(id), max(id) FROM $name"), '595|1|595', "$name lands the list");
	return ($stats->{requests}, $stats->{max_in_flight}, $seconds);
}

my $slow = 'delay=0.02&times=-1';
my $total = q{paginate 'offset', total_path '$.total'};
declare('placed', $total, concurrency => 12, rate_limit => '10000/s');
declare('numbered', q{paginate 'page_number', pages_path '$.pages'}, concurrency => 12, rate_limit => '10000/s');
declare('few', $total, concurrency => 3, rate_limit => '10000/s');
declare('single', $total, concurrency => 1, rate_limit => '10000/s');
declare('rated', $total, concurrency => 12, rate_limit => '20/s');

my ($requests, $at_a_time, $one_by_one) = measure('single', $slow);
is("$requests $at_a_time", '60 1', 'one at a time, where the server may not be asked for more');
for my $name (qw(placed numbered))
{
	($requests, $at_a_time, my $seconds) = measure($name, $slow);
	is($requests, 60, 'no page is asked for twice');
	cmp_ok($at_a_time, '>=', 8, "$name: $at_a_time pages in flight");
	cmp_ok($at_a_time, '<=', 12, 'as many as the server may be asked for');
	cmp_ok($seconds, '<', $one_by_one, sprintf('in %.2f s, %.2f s one after the other', $seconds, $one_by_one));
}
($requests, $at_a_time) = measure('few', $slow);
cmp_ok($at_a_time, '<=', 3, 'no more at a time than concurrency');
($requests, $at_a_time, my $seconds) = measure('rated', '');
cmp_ok($seconds, '>', 1.8, 'and no faster than the rate, once its burst is spent');

# What is refused ahead is asked for once more in its turn.
($requests) = measure('placed', 'status=503&skip=20&times=3');
cmp_ok($requests, '>', 60, 'pages that fail for a while are asked for again');
control('reset');
control('fault?path=/items&query=of=placed&status=404&skip=30&times=-1');
my ($status, $out, $err) = $node->psql('postgres', q{SELECT elt.reset_pipeline('placed'); TRUNCATE placed; CALL elt.run('placed')});
like($err, qr/HTTP 404/, 'one that stays away fails the list');
is($node->safe_psql('postgres', 'SELECT count(*) FROM placed'), '0', 'of which nothing lands');
control('reset');
$node->stop;
done_testing();
