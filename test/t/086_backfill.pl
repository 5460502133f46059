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

# The same answer to every request, but that some come late, or one never.
my $answer = { json => { n => 1 } };
my $late = { %$answer, delay => 3 };
my $never = { %$answer, hang => 3600 };
sub answers
{
	my ($id, @responses) = @_;
	my $script = HTTP::Tiny->new->post("$replay/_control/script",
		{ content => encode_json({ id => $id, responses => \@responses }), headers => { 'Content-Type' => 'application/json' } });
	die $script->{content} unless $script->{success};
}
answers('backfill_days', ($answer) x 2, ($late) x 2, ($answer) x 10, $never, $answer);
answers('backfill_parts', ($answer) x 12, $never, $answer);

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
	SELECT elt.create_pipeline('days', 'days', 'landed', '{day}', start_at => '2024-03-25', options => jsonb_build_object('batch_rows', 1,
		'publication_delay', now() - '2024-03-26 12:00'));
	CALL elt.run('days')});
my $cursor = sql('SELECT window_end, moved_at, run_id FROM elt.cursors');
like($cursor, qr/^2024-03-26/, 'a live run has come to a day');

my $run = sql(qq{SELECT elt.backfill('days', '2024-02-01', timestamptz '2024-02-01' + $days * interval '1 day')});
ok(wait_for($node, 'postgres', "SELECT slices_landed >= 4 FROM elt.runs WHERE run_id = $run", 'some days'), 'days land one by one');
ok(wait_for($node, 'postgres', qq{SELECT count(*) = 1 FROM elt.progress WHERE run_id = $run AND kind = 'backfill'
	AND slices_total = $days AND slices_done BETWEEN 4 AND slices_total - 1
	AND abs(extract(epoch FROM time_left - running_for * (slices_total - slices_done) / slices_done)) < 1
	AND percent = round(100.0 * slices_done / slices_total, 1)
	AND pages = slices_done AND requests >= pages AND rows >= slices_done AND bytes > 0}, 'progress'), 'progress tells how much is done and how long it will take');

# The answer that never comes keeps the run from its end.
my $tries = 1800;
select(undef, undef, undef, 0.1) while asked() < 15 && $tries-- > 0;
my @asked = asked();
cmp_ok($asked[4][1] - $asked[2][1], '<', 3, 'a third day is asked for before the first one is answered');

kill('KILL', sql("SELECT pid FROM elt.runs WHERE run_id = $run")) or die "no worker: $!";
ok(wait_for($node, 'postgres', "SELECT state = 'abandoned' FROM elt.runs WHERE run_id = $run", 'repair'), 'its process was killed');
my $landed = sql("SELECT slices_landed FROM elt.runs WHERE run_id = $run");
my $in_flight = @asked - 2 - $landed;
ok(wait_for($node, 'postgres', "SELECT r.state = 'succeeded' FROM elt.runs r JOIN elt_catalog.run q ON q.id = r.run_id
	WHERE q.retry_of = $run", 'the run that goes on'), 'another run goes on');
is(sql("SELECT sum(slices_landed) FROM elt.runs WHERE kind = 'backfill'"), $days, 'with the days that had not landed');
is(sql('SELECT count(*), min(day), max(day) FROM landed'), ($days + 2) . '|2024-02-01|2024-03-26', 'no day is missing');
is(sql('SELECT window_end, moved_at, run_id FROM elt.cursors'), $cursor, 'the live cursor is where it was');

my %times;
$times{ $_->[0] }++ for asked();
is(keys %times, $days + 2, 'every day was asked for');
is(scalar(grep { $_ > 1 } values %times), $in_flight, "twice only what had not landed when the process died ($in_flight days)");
cmp_ok($in_flight, '<=', 6 + 1, 'which is what may be in flight or wait to land');

# Without windows it is the same: a run whose process dies is repeated without what has landed.
sql(q{CREATE FOREIGN TABLE parts (part int OPTIONS (param 'part'), n int) SERVER api OPTIONS (path '/script/backfill_parts', query 'part={part}');
	SELECT elt.create_pipeline('parts', 'parts', 'parts_landed', '{part}', options => '{"batch_rows": 1,
		"params_query": "SELECT n AS part FROM generate_series(1, 20) n"}')});
$run = sql(q{SELECT elt.enqueue('parts')});
ok(wait_for($node, 'postgres', "SELECT slices_landed > 3 FROM elt.runs WHERE run_id = $run", 'some parts'), 'one request for each row of a query');
kill('KILL', sql("SELECT pid FROM elt.runs WHERE run_id = $run")) or die "no worker: $!";
ok(wait_for($node, 'postgres', "SELECT r.state = 'succeeded' FROM elt.runs r JOIN elt_catalog.run q ON q.id = r.run_id
	WHERE q.retry_of = $run", 'the run that goes on'), 'another run goes on');
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
