# A wait that is longer than a run may take ends the run, which then lands what it has and is
# repeated when it makes sense. A quota is such a wait; it outlives a restart.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use EltNode;
use EltRuns;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';

my $db = 'postgres';
my $node = start_node('quota', preload => 1, extension => 1, conf => "elt.retry_delay = 100\n");

sub sql { return $node->safe_psql($db, $_[0]) }

sub arrivals
{
	my ($name) = @_;
	return scalar grep { $_->{url} =~ m{^/script/$name\?} } @{ control('requests', { last => 1000 })->{requests} };
}

# A pipeline whose n requests are answered as told; each answer is a batch of its own.
sub answers
{
	my ($name, @responses) = @_;

	declare($node, $db, $name, parts => scalar @responses);
	control('script', { id => $name, responses => \@responses });
	control('reset', { what => 'counters' });
}
my $good = { json => [ { id => 1 }, { id => 2 } ] };
sub slices { return sql("SELECT string_agg(params->>'part' || ' ' || state, ', ' ORDER BY params) FROM elt.slices WHERE pipeline = '$_[0]'") }

# Retry-After beyond elt.max_retry_wait: the third slice is not asked for in vain.
answers('later', $good, { status => 503, headers => { 'Retry-After' => '2.5' } }, $good);
sql(q{ALTER SYSTEM SET elt.max_retry_wait = '1s'; SELECT pg_reload_conf()});
my $run = enqueue($node, $db, 'later');
wait_state($node, $db, $run, 'partial', 'a server that asks for patience ends the run');
is(arrivals('later'), 2, 'nothing was asked for after that');
is(slices('later'), '1 landed, 2 failed', 'what came before has landed');
like(sql("SELECT error FROM elt.runs WHERE run_id = $run"), qr/HTTP 503 with an empty body; server requested a pause of 3 s/, 'the run says why');
like(sql("SELECT hint FROM elt.runs WHERE run_id = $run"), qr/Run the pipeline again after \d{4}-/, 'and until when');
my $again = sql("SELECT id FROM elt_catalog.run WHERE retry_of = $run");
is(sql("SELECT r.attempt || ' ' || (r.not_before BETWEEN o.started_at + interval '2.5 s' AND o.finished_at + interval '4 s')
	FROM elt_catalog.run r JOIN elt_catalog.run o ON o.id = r.retry_of WHERE r.id = $again"), '1 true',
	'its repetition is due then, and counts its attempts anew');
wait_state($node, $db, $again, 'succeeded', 'the repetition succeeds');
is(slices('later'), '1 landed, 2 landed, 3 landed', 'all slices have landed');
is(rows_of($node, $db, 'later'), '6/0', 'each row once');

# One that lands nothing has failed, and counts.
answers('never', { status => 429, headers => { 'Retry-After' => '3600' } });
$run = enqueue($node, $db, 'never');
wait_state($node, $db, $run, 'failed', 'a run that lands nothing fails');
is(sql("SELECT r.attempt || ' ' || (r.not_before > o.finished_at + interval '59 min')
	FROM elt_catalog.run r JOIN elt_catalog.run o ON o.id = r.retry_of WHERE r.retry_of = $run"), '2 true', 'its repetition is attempt 2');
my (undef, undef, $error) = $node->psql($db, q{CALL elt.run('later')});
like($error, qr/ERROR:.*server "replay" requested a pause until \d{4}-/, 'CALL elt.run is told, too');
like($error, qr/HINT:.*Run the pipeline again after \d{4}-/, 'and when it is worth repeating');
sql(q{SELECT elt.drop_pipeline('never')});
$node->restart;

# A quota of ten requests a day, of a day that does not end soon.
my $zone = (gmtime)[2] < 12 ? 'UTC' : 'Etc/GMT+12';
my $midnight = "(date_trunc('day', now() AT TIME ZONE '$zone') + interval '1 day') AT TIME ZONE '$zone'";
answers('spent', ($good) x 8);
sql("ALTER SERVER replay OPTIONS (ADD quota '10/d', ADD quota_time_zone '$zone')");
$run = enqueue($node, $db, 'spent');
wait_state($node, $db, $run, 'succeeded', 'eight of ten requests');
is(sql(q{SELECT server || ' ' || spent FROM elt.quotas}), 'replay 8', 'which the landings wrote down');
$node->restart;
$run = enqueue($node, $db, 'spent');
wait_state($node, $db, $run, 'partial', 'after a restart two are left');
is(arrivals('spent'), 10, 'ten requests in all');
is(sql("SELECT error = format('pipeline \"spent\": slice {\"part\": \"3\"} failed: quota of server \"replay\" is exhausted until %s', $midnight)
	FROM elt.runs WHERE run_id = $run"), 't', 'the run says until when');
is(sql("SELECT not_before = $midnight + interval '1 s' FROM elt_catalog.run WHERE retry_of = $run"), 't', 'and is repeated then');
is(sqlstate_of($node, $db, q{SELECT * FROM spent_api WHERE part = '1'}), 'EL006', 'a SELECT is refused, too');
sql('CREATE ROLE analyst; GRANT USAGE ON FOREIGN SERVER replay TO analyst; GRANT SELECT ON spent_api TO analyst');
is(sqlstate_of($node, $db, q{SET ROLE analyst; SELECT * FROM spent_api WHERE part = '1'}), 'EL006', 'and so is one of another role');
is(arrivals('spent'), 10, 'before it asks');
sql("SELECT elt.cancel(id) FROM elt_catalog.run WHERE state = 'queued'");

# A crash forgets at most what was asked since the last landing.
sql(q{DELETE FROM elt_catalog.quota; ALTER SERVER replay OPTIONS (SET quota '30/d')});
$node->restart;
answers('crashed', map { { %$good, delay => 0.1 } } 1 .. 40);
$run = enqueue($node, $db, 'crashed');
wait_for($node, $db, q{SELECT spent >= 5 FROM elt.quotas}, 'a few landings');
$node->stop('immediate');
my $asked = arrivals('crashed');
$node->start;
my ($saved, $landed) = split /\|/, sql(q{SELECT spent, (SELECT count(*) FROM elt.slices WHERE pipeline = 'crashed' AND state = 'landed') FROM elt.quotas});
cmp_ok($saved, '>=', $landed, 'what has landed is known');
cmp_ok($asked - $saved, '<=', 3, "at most the batch at hand and what was in flight is forgotten ($saved of $asked)");
ok(wait_for($node, $db, q{SELECT count(*) > 0 FROM elt.runs WHERE pipeline = 'crashed' AND state = 'partial'}, 'the quota to end the repetition'), 'the repetition ends at the quota');
my $all = arrivals('crashed');
ok($all >= 29 && $all <= 33, "which holds, but for what was forgotten ($all)");
$node->stop;

# Without preload each session counts for itself, beginning with what is written down.
my $alone = start_node('alone', extension => 1, conf => "elt.max_retry_wait = 1s\n");
declare($alone, $db, 'alone', parts => 8);
control('reset', { what => 'counters' });
$alone->safe_psql($db, "ALTER SERVER replay OPTIONS (ADD quota '10/d', ADD quota_time_zone '$zone')");
is(sqlstate_of($alone, $db, q{CALL elt.run('alone')}), '00000', 'eight of ten requests in one session');
(undef, undef, $error) = $alone->psql($db, q{CALL elt.run('alone')});
like($error, qr/WARNING:.*quota of server "replay" is exhausted until/, 'two are left for the next one');
is(arrivals('alone'), 10, 'ten requests in all');
is($alone->safe_psql($db, 'SELECT spent FROM elt.quotas'), '10', 'all written down');
$alone->stop;
done_testing();
