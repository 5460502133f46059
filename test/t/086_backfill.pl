# A backfill: several requests at a time, progress, the live cursor where it was, and after the
# death of its process it goes on with what has not landed.
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('backfill', preload => 1, extension => 1,
	conf => "restart_after_crash = on\nelt.retry_delay = 100\nlog_min_messages = warning\n");
my $days = 30;

sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query) }

# Every day has the same answer, 0.2 s after it was asked for.
my $script = HTTP::Tiny->new->post("$replay/_control/script",
	{ content => encode_json({ id => 'backfill_days', responses => [ { json => { n => 1 }, delay => 0.2 } ] }),
		headers => { 'Content-Type' => 'application/json' } });
die $script->{content} unless $script->{success};

# What was asked for: the day, and when.
sub asked
{
	my $seen = decode_json(HTTP::Tiny->new->get("$replay/_control/requests?last=100&path=/script/backfill_days")->{content});
	return map { [ $_->{url} =~ s/.*day=//r, $_->{at} ] } @{ $seen->{requests} };
}

sql(qq{CREATE SERVER api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url '$replay', allow_private 'true', rate_limit '1000/s', concurrency '3');
	CREATE FOREIGN TABLE days (day date OPTIONS (param 'window_start'), n int) SERVER api
		OPTIONS (path '/script/backfill_days', query 'day={window_start}', window '1 day', window_column 'day', window_format 'YYYY-MM-DD');
	SELECT elt.create_pipeline('days', 'days', 'landed', '{day}', start_at => '2024-03-25', batch_rows => 1,
		publication_delay => now() - '2024-03-26 12:00');
	CALL elt.run('days')});
my $cursor = sql('SELECT window_end, moved_at, run_id FROM elt.cursors');
like($cursor, qr/^2024-03-26/, 'a live run has come to a day');

my $run = sql(qq{SELECT elt.backfill('days', '2024-02-01', timestamptz '2024-02-01' + $days * interval '1 day')});
ok(wait_for($node, 'postgres', qq{SELECT count(*) = 1 FROM elt.progress WHERE run_id = $run AND kind = 'backfill'
	AND slices_total = $days AND slices_done BETWEEN 4 AND slices_total - 1
	AND abs(extract(epoch FROM time_left - running_for * (slices_total - slices_done) / slices_done)) < 1
	AND percent = round(100.0 * slices_done / slices_total, 1)}, 'progress'), 'progress tells how much is done and how long it will take');

kill('KILL', sql("SELECT pid FROM elt.runs WHERE run_id = $run")) or die "no worker: $!";
ok(wait_for($node, 'postgres', "SELECT state = 'abandoned' FROM elt.runs WHERE run_id = $run", 'repair'), 'its process was killed');
my $landed = sql("SELECT slices_landed FROM elt.runs WHERE run_id = $run");
# The last day that progress counted may have been on its way to the target.
ok($landed >= 3 && $landed < $days, "after $landed of $days days");
ok(wait_for($node, 'postgres', "SELECT r.state = 'succeeded' FROM elt.runs r JOIN elt_catalog.run q ON q.id = r.run_id
	WHERE q.retry_of = $run", 'the run that goes on', 90), 'another run goes on');
is(sql("SELECT sum(slices_landed) FROM elt.runs WHERE kind = 'backfill'"), $days, 'with the days that had not landed');
is(sql('SELECT count(*), min(day), max(day) FROM landed'), ($days + 2) . '|2024-02-01|2024-03-26', 'no day is missing');
is(sql('SELECT window_end, moved_at, run_id FROM elt.cursors'), $cursor, 'the live cursor is where it was');

my (%times, @at);
for (asked())
{
	$times{ $_->[0] }++;
	push @at, $_->[1];
}
is(keys %times, $days + 2, 'every day was asked for');
my $repeated = grep { $_ > 1 } values %times;
cmp_ok($repeated, '<=', 6 + 1, "twice only what was in flight or not landed when the process died ($repeated days)");
# Each of the two runs begins with as many as may be in flight; later ones go out as days land.
cmp_ok((grep { $at[$_] - $at[ $_ - 1 ] < 0.1 } 1 .. $#at), '>=', 2 * (3 - 1), 'several at a time');

# Without windows it is the same: a run whose process dies is repeated without what has landed.
sql(q{CREATE FOREIGN TABLE parts (part int OPTIONS (param 'part'), n int) SERVER api OPTIONS (path '/script/backfill_days', query 'part={part}');
	SELECT elt.create_pipeline('parts', 'parts', 'parts_landed', '{part}', batch_rows => 1,
		params_query => 'SELECT n AS part FROM generate_series(1, 20) n')});
$run = sql(q{SELECT elt.enqueue('parts')});
ok(wait_for($node, 'postgres', "SELECT slices_landed > 3 FROM elt.runs WHERE run_id = $run", 'some parts'), 'one request for each row of a query');
kill('KILL', sql("SELECT pid FROM elt.runs WHERE run_id = $run")) or die "no worker: $!";
ok(wait_for($node, 'postgres', "SELECT r.state = 'succeeded' FROM elt.runs r JOIN elt_catalog.run q ON q.id = r.run_id
	WHERE q.retry_of = $run", 'the run that goes on', 90), 'another run goes on');
is(sql(q{SELECT sum(slices_landed) || '|' || (SELECT count(*) FROM parts_landed) FROM elt.runs WHERE pipeline = 'parts'}), '20|20', 'with the rest');

# Who asks for what is new while such a run waits gets all of it.
sql(q{CREATE FOREIGN TABLE broken (n int) SERVER api OPTIONS (path '/nothing');
	SELECT elt.create_pipeline('broken', 'broken', 'broken_rows', '{n}')});
$run = sql(q{SELECT elt.enqueue('broken')});
ok(wait_for($node, 'postgres', "SELECT count(*) = 1 FROM elt.queue WHERE retry_of = $run AND origin = 'retry'", 'the retry'), 'a run that fails is queued again');
is(sql(q{SELECT elt.enqueue('broken')}), sql("SELECT run_id FROM elt.queue WHERE retry_of = $run AND origin = 'queue'"), 'and is a whole one when somebody asks');

# A span is for sources with windows.
sql(q{CREATE FOREIGN TABLE whole (n int) SERVER api OPTIONS (path '/script/backfill_days');
	SELECT elt.create_pipeline('whole', 'whole', 'whole_rows', '{n}')});
is(sqlstate_of($node, 'postgres', "SELECT elt.backfill('whole', '2024-01-01', '2024-01-02')"), '22023', 'no backfill without windows');
is(sqlstate_of($node, 'postgres', "SELECT elt.enqueue('whole', '2024-01-01', '2024-01-02')"), '22023', 'nor a span');
$node->stop;
done_testing();
