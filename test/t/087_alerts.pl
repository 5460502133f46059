# Alerts reach receivers that fail in every way, once each, with a message when it has ended; what a kill
# does to them; what leaves the server, and what does not.
use strict;
use warnings;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);
use EltNode;
use EltRuns;

my $db = 'postgres';
my $node = start_node('alerts', preload => 1, extension => 1, conf => "elt.alert_interval = 200\nrestart_after_crash = on\n");
my ($port_file, $log) = map { $node->basedir . "/receiver.$_" } 'port', 'log';
my $receiver = fork // die "fork: $!";
exec 'python3', 'test/lib/alert_receiver.py', $port_file, $log unless $receiver;
my $deadline = time() + 180;
sleep 0.05 until -s $port_file || time() > $deadline;
my $url = 'http://127.0.0.1:' . PostgreSQL::Test::Utils::slurp_file($port_file);

sub sql { return $node->safe_psql($db, $_[0]) }
sub received { return map { decode_json($_) } split /\n/, -e $log ? PostgreSQL::Test::Utils::slurp_file($log) : '' }
sub all_sent
{
	my ($what) = @_;
	return wait_for($node, $db, q{SELECT count(*) > 0 AND bool_and(state = 'sent') FROM elt.alert_deliveries}, $what);
}

# Each receiver fails twice; nothing listens at the port of one.
my @ways = qw(500 404 429 redirect garbage cut slow hang reset ok);
sql(qq{
	CREATE TABLE trouble (subject text);
	CREATE SERVER hook FOREIGN DATA WRAPPER elt_http OPTIONS (url '$url', allow_private 'true', timeout '600ms', connect_timeout '500ms');
	CREATE SERVER closed FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:9', allow_private 'true', timeout '600ms')});
sql(qq{SELECT elt.set_alert_channel('$_', 'webhook', server => 'hook', destination => '/$_/x');
	SELECT elt.add_alert('on_$_', 'SELECT subject FROM public.trouble', '$_', next_step => 'Look at it.')}) for @ways;
sql(q{SELECT elt.set_alert_channel('closed', 'webhook', server => 'closed', destination => '/ok/closed');
	SELECT elt.add_alert('on_closed', 'SELECT subject FROM public.trouble', 'closed')});
sql(q{INSERT INTO trouble VALUES ('a "quoted" \ name')});
ok(wait_for($node, $db, q{SELECT error ~ 'onnect' FROM elt.alert_deliveries WHERE channel = 'closed' AND attempts > 1}, 'two attempts'),
	'a receiver that refuses is tried again');
sql(qq{ALTER SERVER closed OPTIONS (SET url '$url')});
ok(all_sent('all messages'), 'receivers that fail in every way get their message');
my @accepted = grep { $_->{accepted} } received();
is(join(' ', sort map { $_->{path} } @accepted), join(' ', sort '/ok/closed', map { "/$_/x" } @ways), 'each has accepted one');
is(join(' ', map { decode_json($_->{body})->{subject} eq 'a "quoted" \ name' ? 1 : 0 } @accepted), join(' ', (1) x @accepted),
	'which says what is wrong');
is(decode_json($accepted[0]{body})->{next_step}, 'Look at it.', 'and what to do next') if $accepted[0]{path} ne '/ok/closed';
is(sql(q{SELECT string_agg(channel || ' ' || attempts, ',' ORDER BY channel) FROM elt.alert_deliveries WHERE attempts <> 3 AND channel <> 'closed'}),
	'ok 1', 'the third attempt was accepted, where two failed');
is(sql(q{SELECT sent_at - created_at > '2 seconds' FROM elt.alert_deliveries WHERE channel = '429'}), 't', 'Retry-After is respected');
my %keys = map { ($_->{path}, decode_json($_->{body})->{key}) } @accepted;
my %ids = map { ($_->{headers}{'idempotency-key'}, 1) } grep { $_->{path} eq '/500/x' } received();
is(scalar(keys %ids), 1, 'attempts have one key');
sql('DELETE FROM trouble');
ok(wait_for($node, $db, q{SELECT count(*) = 22 AND bool_and(state = 'sent') FROM elt.alert_deliveries}, 'the ends'), 'and are told of the end');
my @ends = grep { decode_json($_->{body})->{state} eq 'resolved' } received();
is(join(' ', map { $keys{ $_->{path} } eq decode_json($_->{body})->{key} ? 1 : 0 } @ends), join(' ', (1) x 11), 'with the key of the beginning');
sql(q{SELECT elt.drop_alert(alert) FROM elt.alerts; DELETE FROM elt_catalog.alert_delivery});

# A kill in the midst of a message repeats it.
sql(q{SELECT elt.set_alert_channel('killed', 'webhook', server => 'hook', destination => '/stall/killed');
	ALTER SERVER hook OPTIONS (SET timeout '20s');
	SELECT elt.add_alert('killed', 'SELECT subject FROM public.trouble', 'killed');
	INSERT INTO trouble VALUES ('kill')});
$deadline = time() + 180;
sleep 0.05 until (grep { $_->{path} eq '/stall/killed' } received()) || time() > $deadline;
my $pid = wait_pid($node, $db, 'elt alerts');
ok($pid, 'a worker waits for a receiver');
is(sql(q{SELECT state, attempts FROM elt.alert_deliveries}), 'pending|1', 'its attempt is counted already');
kill_process($pid);
wait_for($node, $db, 'SELECT true', 'the server');
ok(all_sent('the message of a killed worker'), 'a message whose worker is killed is sent again');
is(sql(q{SELECT attempts FROM elt.alert_deliveries}), '2', 'and its attempts are counted');
$node->stop('immediate');
$node->start;
ok(wait_for($node, $db, q{SELECT state = 'firing' FROM elt.alerts}, 'the state'), 'an incident outlives a crash');
sql(q{SELECT elt.add_alert('later', 'SELECT subject FROM public.trouble', 'ok')});
ok(wait_for($node, $db, q{SELECT state = 'sent' FROM elt.alert_deliveries WHERE alert = 'later'}, 'another alert'), 'another one is told');
is(sql(q{SELECT count(*) FROM elt.alert_deliveries WHERE alert = 'killed'}), '1', 'and it is not told again');
sql(q{SELECT elt.drop_alert(alert) FROM elt.alerts; DELETE FROM elt_catalog.alert_delivery});

# Receivers of other shapes, with their secrets; what stays in the database.
sql(qq{
	CREATE SERVER slack FOREIGN DATA WRAPPER elt_http OPTIONS (url '$url', allow_private 'true');
	CREATE USER MAPPING FOR CURRENT_USER SERVER slack OPTIONS (auth 'path', value '/ok/T0/B0/secret-of-slack');
	CREATE SERVER pager FOREIGN DATA WRAPPER elt_http OPTIONS (url '$url', allow_private 'true');
	CREATE USER MAPPING FOR CURRENT_USER SERVER pager OPTIONS (auth 'body', body '{"routing_key": "secret-of-pager"}');
	CREATE SERVER teams FOREIGN DATA WRAPPER elt_http OPTIONS (url '$url', allow_private 'true');
	CREATE USER MAPPING FOR CURRENT_USER SERVER teams OPTIONS (auth 'query', param 'sig', value 'secret-of-teams');
	CREATE SERVER mail FOREIGN DATA WRAPPER elt_http OPTIONS (url '$url', allow_private 'true');
	CREATE USER MAPPING FOR CURRENT_USER SERVER mail OPTIONS (auth 'bearer', token 'secret-of-mail');
	CREATE SERVER public FOREIGN DATA WRAPPER elt_http OPTIONS (url '$url');
	SELECT elt.set_alert_channel('slack', 'slack', server => 'slack');
	SELECT elt.set_alert_channel('pager', 'pagerduty', server => 'pager', destination => '/ok/v2/enqueue');
	SELECT elt.set_alert_channel('teams', 'teams', server => 'teams', destination => '/ok/invoke?version=1');
	SELECT elt.set_alert_channel('mail', 'webhook', server => 'mail', destination => '/404/send',
		template => '{"to": ["ops\@example.com"], "subject": "{title}", "text": "{text}"}');
	SELECT elt.set_alert_channel('public', 'webhook', server => 'public', destination => '/ok/private');
	SELECT elt.set_alert_channel('note', 'notify', destination => 'alerts');
	SELECT elt.set_alert_channel('log', 'log');
	CREATE TABLE message (subject text, state text, message text);
	SELECT elt.set_alert_channel('table', 'table', destination => 'message')});
sql(q{TRUNCATE trouble; CREATE VIEW bad AS SELECT 1 / (random() * 0)::int AS id;
	SELECT elt.create_pipeline('broken', source => 'bad', target => 'broken', key => '{id}', options => '{"max_attempts": 1}')});
sql(qq{SELECT elt.add_alert('failed_$_', 'failure', '$_', severity => 'critical')}) for qw(slack pager teams mail public note log table);
my $listener = $node->background_psql($db);
$listener->query_safe('LISTEN alerts');
is(sqlstate_of($node, $db, q{CALL elt.wait(elt.enqueue('broken'))}), '22012', 'a pipeline fails');
ok(wait_for($node, $db, q{SELECT count(*) = 8 FROM elt.alert_deliveries
	WHERE CASE channel WHEN 'public' THEN state = 'pending' AND error ~ 'private' ELSE state = 'sent' END}, 'all messages'), 'and everybody hears of it, but no private address');
my %body = map { ($_->{path}, decode_json($_->{body})) } received();
like($body{'/ok/T0/B0/secret-of-slack'}{blocks}[1]{text}{text}, qr/run \d+ ended as failed: .*division by zero.*\nNext: SELECT error, detail, hint/s,
	'Slack, with what to do next');
is(join(' ', @{ $body{'/ok/v2/enqueue'} }{qw(routing_key event_action)}, $body{'/ok/v2/enqueue'}{payload}{severity}),
	'secret-of-pager trigger critical', 'PagerDuty');
like($body{'/ok/invoke?version=1&sig=secret-of-teams'}{attachments}[0]{content}{body}[0]{text}, qr/FIRING: failed_teams of broken/, 'Teams');
is(join(' ', $body{'/404/send'}{to}[0], $body{'/404/send'}{subject}), 'ops@example.com FIRING: failed_mail of broken in postgres', 'mail');
ok(!exists $body{'/ok/private'}, 'what may not be reached is not');
like($listener->query('SELECT 1'), qr/notification "alerts" with payload.*failed_note/s, 'a session that listens');
is(sql(q{SELECT subject, state FROM message}), 'broken|firing', 'a table');
my $server_log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
like($server_log, qr/WARNING:\s+FIRING: failed_log of broken in postgres/, 'the log');
is(sql(q{SELECT count(*) FROM elt.alert_deliveries d WHERE d::text ~ 'secret'}), '0', 'no view shows a secret');
unlike($server_log =~ s/^.*(CREATE|ALTER) USER MAPPING.*$//mgr, qr/secret-of-/, 'nor does the log');
is(sql(q{SELECT count(*) FROM elt.health WHERE subject = 'alert'}), '0', 'what is tried again needs nobody yet');
sql(q{UPDATE elt_catalog.alert_delivery SET attempts = 12, next_try_at = now() WHERE channel = 'public' AND state = 'pending'});
ok(wait_for($node, $db, q{SELECT count(*) = 1 FROM elt.health WHERE subject = 'alert'}, 'the last attempt'), 'what has failed for good does');

$listener->quit;
$node->stop;
kill 'TERM', $receiver;
waitpid $receiver, 0;
done_testing();
