# Fifty pipelines that run after each other load from an API that misbehaves, while processes of every kind
# are killed. Left alone, their tables are what the API has, and every run has ended. Only kills that hit a
# process while a run is at work count. ELT_SOAK asks for many; ELT_KILLS and ELT_SEED set count and seed.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);
use EltCampaign;
use EltNode;
use EltRuns;

plan skip_all => 'the replay server is not running' unless $ENV{ELT_REPLAY};
my $kills = $ENV{ELT_KILLS} // ($ENV{ELT_SOAK} ? 100 : 10);
my $seed = $ENV{ELT_SEED} // int(time);
srand($seed);
note("seed $seed, $kills kills (ELT_SEED and ELT_KILLS set them)");

my $db = 'postgres';
my $node = start_node('order_kills', preload => 1, extension => 1, conf => "restart_after_crash = on\nfsync = off\n"
	. "elt.retry_base = 5\nelt.retry_delay = 100\nelt.max_workers = 4\n");
sub sql { return $node->safe_psql($db, $_[0]) }
sub try
{
	my ($status, $answer) = eval { $node->psql($db, $_[0]) };
	return $answer // '';
}

# Five roots, three levels of three pipelines each below every one of them: a tree of 50 with its sum.
my @roots = map { "root$_" } 0 .. 4;
my $options = q{"retry_period": "0.1 seconds", "suspend_after": 0, "max_attempts": 100};
for my $root (@roots)
{
	declare($node, $db, $root, parts => 3, rows => 20, options => { retry_period => '0.1 seconds', suspend_after => 0, max_attempts => 100 });
	for my $level (1 .. 3)
	{
		for my $n (1 .. 3)
		{
			my $parent = $level == 1 ? $root : "${root}_" . ($level - 1) . "_$n";
			sql(qq{CREATE VIEW ${root}_${level}_${n}_source AS SELECT part, id FROM $parent;
				SELECT elt.create_pipeline('${root}_${level}_$n', source => '${root}_${level}_${n}_source', target => '${root}_${level}_$n', key => '{part,id}',
				options => '{"load": "full", "after": ["$parent"], $options}')});
		}
	}
}
is(sql('SELECT count(*) FROM elt.pipelines'), '50', 'there are 50 pipelines');

my %process = (launcher => q{backend_type = 'elt launcher'}, scheduler => q{backend_type LIKE 'elt scheduler%'},
	worker => q{backend_type LIKE 'elt worker%'},
	backend => q{backend_type = 'client backend' AND query LIKE 'CALL elt.wait%' AND state = 'active'});
my @kinds = (sort(keys %process), 'postmaster');
my (%killed, @sessions);

sub kill_one
{
	my ($kind) = @_;
	my $deadline = time() + 120;

	while (time() < $deadline)
	{
		try(join ';', map { "SELECT elt.enqueue('$_')" } @roots);
		push @sessions, background($node, $db, "CALL elt.wait(elt.enqueue('$roots[rand @roots]'))") if $kind eq 'backend';
		sleep(rand(0.4));
		my $pid = $kind eq 'postmaster' ? '1' : "(SELECT pid FROM pg_stat_activity WHERE $process{$kind} ORDER BY random() LIMIT 1)";
		$pid = try("SELECT $pid WHERE EXISTS (SELECT FROM elt.progress)") or next;
		if ($kind eq 'postmaster') { $node->kill9; start_again($node) }
		else { kill_process($pid) }
		$killed{$kind}++;
		return 1;
	}
	return 0;
}

EltCampaign::misbehave();
my $hits = 0;
for my $n (0 .. $kills - 1)
{
	EltCampaign::misbehave() if $n % 10 == 9;
	$hits++ if kill_one($kinds[$n % @kinds]);
	wait_for($node, $db, 'SELECT true', "the server after kill $n") or last;
}
finish_background($_) for @sessions;
is($hits, $kills, "$kills kills hit a process while a run was at work");
is(join(' ', sort keys %killed), join(' ', sort @kinds), 'processes of every kind');

control('reset', { what => 'faults' });
my $left_alone = sql('SELECT clock_timestamp()');
sql(qq{SELECT elt.enqueue('$_')}) for @roots;
ok(wait_for($node, $db, q{SELECT count(*) = 0 FROM elt.pipelines p WHERE NOT EXISTS (SELECT FROM elt.runs r WHERE r.pipeline = p.name
		AND r.finished_at > '} . $left_alone . q{' AND r.state = 'succeeded')}, 'a success of each', 120), 'left alone, each pipeline succeeds');
ok(wait_for($node, $db, q{SELECT NOT EXISTS (SELECT FROM elt.runs WHERE state IN ('queued', 'running'))}, 'the end of all runs'),
	'no run is queued or running for ever');
is(sql(q{SELECT count(*) FROM elt.pipelines p WHERE (SELECT string_agg(part || ':' || id, ' ' ORDER BY part, id) FROM
	(SELECT (xpath('/row/part/text()', x))[1]::text AS part, (xpath('/row/id/text()', x))[1]::text::int AS id
	FROM unnest(xpath('/table/row', query_to_xml(format('SELECT part, id FROM %s', p.target), true, false, ''))) x) r)
	IS DISTINCT FROM (SELECT string_agg(a || ':' || b, ' ' ORDER BY a, b) FROM generate_series(1, 3) a, generate_series(1, 20) b)}), '0',
	'and the tables are what the API has');
is(sql(q{SELECT count(*) FROM elt.runs r WHERE state = 'abandoned' AND attempt < 100 AND origin <> 'call'
	AND NOT EXISTS (SELECT FROM elt_catalog.run n WHERE n.pipeline_id = (SELECT id FROM elt_catalog.pipeline WHERE name = r.pipeline) AND n.id > r.run_id)}),
	'0', 'no run is lost');
diag("$hits effective kills (" . join(', ', map { "$killed{$_} times $_" } sort keys %killed) . "), seed $seed");
unlike(PostgreSQL::Test::Utils::slurp_file($node->logfile), qr/terminated by signal (?!9\b)\d+|PANIC|TRAP:/,
	'no process died in another way');
$node->stop;
done_testing();
