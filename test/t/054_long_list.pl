# A list whose pages are staged as they come: memory stays flat, and a session that is killed in the
# middle leaves nothing that counts.
use strict;
use warnings;
use HTTP::Tiny;
use IPC::Run;
use Test::More;
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $pages = $ENV{ELT_SOAK} ? 3000 : 200;
my $node = start_node('long', extension => 1,
	conf => "shared_preload_libraries = 'pg_elt'\nshared_buffers = 2MB\nfsync = off\nrestart_after_crash = on\nelt.retry_base = 10\n");

sub control { HTTP::Tiny->new->get("$replay/_control/$_[0]")->{success} or die "control $_[0]" }

# One more item than pages are full of, so that the last page is short.
sub declare
{
	my ($name, $pages) = @_;
	my $total = 1000 * $pages + 1;

	$node->safe_psql('postgres', qq{
		CREATE FOREIGN TABLE ${name}_api (id int, name text, amount numeric, updated_at timestamptz) SERVER replay
			OPTIONS (path '/items', query 'total=$total&of=$name', records '\$.items[*]', paginate 'offset', limit_param 'limit',
				page_size '1000', total_path '\$.total', max_pages '10000');
		SELECT elt.create_pipeline('$name', '${name}_api', '$name', '{id}')});
}

sub peak
{
	my ($name) = @_;

	return $node->safe_psql('postgres', qq{
		CALL elt.pull('$name');
		SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\\s+(\\d+) kB')::int / 1024});
}

control('reset');
$node->safe_psql('postgres', qq{
	CREATE SERVER replay FOREIGN DATA WRAPPER elt_http
		OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', concurrency '4')});
declare('short', 20);
declare('long', $pages);
my ($short, $long) = (peak('short'), peak('long'));

is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT id), sum(id) FROM elt_staging.long'),
	join('|', 1000 * $pages + 1, 1000 * $pages + 1, (1000 * $pages + 1) * (1000 * $pages + 2) / 2), "$pages pages are staged");
SKIP:
{
	skip 'the sanitizers keep freed memory', 1 if $ENV{ELT_SANITIZER_REPORTS};
	cmp_ok($long - $short, '<', 10, "memory does not grow with the list ($short MB, $long MB)");
}

# Killed once rows are staged, while pages are still to come
declare('killed', 40);
control('fault?path=/items&query=of=killed&delay=0.1&times=60');
my $session = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-c', "CALL elt.run('killed')" ],
	'<', \undef, '>', \my $out, '2>', \my $err);
ok(wait_for($node, 'postgres', 'SELECT count(*) > 1000 FROM elt_staging.killed', 'rows of the first pages'),
	'rows are staged while the list goes on');
is($node->safe_psql('postgres', q{SELECT count(*) FROM elt_catalog.staged_slice s
	JOIN elt_catalog.pipeline p ON p.id = s.pipeline_id AND p.name = 'killed'}), '0', 'and the slice does not count yet');
kill_process($node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL elt.run%' AND pid <> pg_backend_pid()}));
$session->finish;
ok(wait_for($node, 'postgres', 'SELECT true', 'the server after the kill'), 'the server recovers');
is($node->safe_psql('postgres', 'SELECT count(*) FROM killed'), '0', 'nothing has landed');
control('reset');
$node->safe_psql('postgres', q{CALL elt.run('killed')});
is($node->safe_psql('postgres', 'SELECT count(*), count(DISTINCT id) FROM killed'), '40001|40001', 'the next run lands the whole list');

# Ended by elt.cancel: what is staged of the list goes
declare('ended', 40);
control('fault?path=/items&query=of=ended&delay=0.1&times=60');
$session = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-c', "CALL elt.run('ended')" ],
	'<', \undef, '>', \$out, '2>', \$err);
ok(wait_for($node, 'postgres', 'SELECT count(*) > 1000 FROM elt_staging.ended', 'rows of the first pages'),
	'rows of another list are staged');
$node->safe_psql('postgres', q{SELECT elt.cancel(run_id) FROM elt.runs WHERE pipeline = 'ended' AND state = 'running'});
$session->finish;
is($node->safe_psql('postgres', q{SELECT state FROM elt.runs WHERE pipeline = 'ended'}), 'cancelled', 'a run can be cancelled in the middle');
is($node->safe_psql('postgres', 'SELECT count(*) FROM elt_staging.ended'), '0', 'and leaves no rows');
control('reset');
$node->stop;
done_testing();
