# Replication while its processes are killed: workers, the server that is replicated, and this one. Whatever
# happens, two tables that change together are consistent in the target, and in the end equal those of
# the source. ELT_SOAK makes it 50 kills, ELT_SEED repeats their choices.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use EltNode;
use EltReplica;

my $seed = $ENV{ELT_SEED} // ($ENV{ELT_SOAK} ? time() : 21);
my $kills = $ENV{ELT_SOAK} ? 50 : 5;
my ($bank, $node) = start_replicated('bank', conf => "max_replication_slots = 6\n");

there(q{
	CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL, note text);
	CREATE TABLE moves (id bigserial PRIMARY KEY, from_id int, to_id int, amount int);
	CREATE PUBLICATION elt FOR TABLE accounts, moves;
	INSERT INTO accounts SELECT n, 1000 FROM generate_series(1, 2000) AS n;
	CREATE PROCEDURE work() LANGUAGE plpgsql AS $$
	DECLARE
		a int;
		b int;
	BEGIN
		LOOP
			FOR i IN 0 .. (random() * random() * 40)::int LOOP
				a := 1 + random() * 1999;
				b := 1 + random() * 1999;
				UPDATE accounts SET balance = balance - 1, note = 'from ' || i WHERE id = a;
				UPDATE accounts SET balance = balance + 1, note = 'to ' || i WHERE id = b;
				INSERT INTO moves (from_id, to_id, amount) VALUES (a, b, 1);
			END LOOP;
			IF random() < 0.05 THEN
				DELETE FROM moves WHERE id IN (SELECT id FROM moves ORDER BY id LIMIT 5);
			END IF;
			IF random() < 0.1 THEN ROLLBACK; ELSE COMMIT; END IF;
			PERFORM pg_sleep(0.004);
		END LOOP;
	END $$;
});
sql(qq{
	CREATE FOREIGN TABLE bank.accounts (id int, balance int, note text, op text OPTIONS (lineage 'op'),
		lsn pg_lsn OPTIONS (lineage 'lsn'), n bigint OPTIONS (lineage 'position'))
		SERVER bank OPTIONS (relation 'accounts', publication 'elt', slot 'elt');
	CREATE FOREIGN TABLE bank.moves (id bigint, from_id int, to_id int, amount int, op text OPTIONS (lineage 'op'),
		lsn pg_lsn OPTIONS (lineage 'lsn'), n bigint OPTIONS (lineage 'position'))
		SERVER bank OPTIONS (relation 'moves', publication 'elt', slot 'elt');
	CREATE FOREIGN TABLE bank.log (id bigint, amount int, op text OPTIONS (lineage 'op'),
		lsn pg_lsn OPTIONS (lineage 'lsn'), n bigint OPTIONS (lineage 'position'))
		SERVER bank OPTIONS (relation 'moves', publication 'elt', slot 'elt');
	SELECT elt.create_pipeline('bank', source => 'bank.accounts', target => 'accounts', key => '{id}', options =>
		'{"sequence_by": ["lsn", "n"], "delete_when": "op = ''delete''", "batch_rows": 1000}');
	SELECT elt.add_child('bank', source => 'bank.moves', target => 'moves', key => '{id}', options =>
		'{"sequence_by": ["lsn", "n"], "delete_when": "op = ''delete''"}');
	SELECT elt.add_child('bank', source => 'bank.log', target => 'moves_log', key => '{lsn,n}', options => '{"strategy": "append"}');
});

my $writer;

sub start_writer
{
	my ($in, $out, $err) = ('', '', '');

	$writer = IPC::Run::start([ 'psql', '-XqAt', '-d', $bank->connstr('postgres'), '-c', 'CALL work()' ], \$in, \$out, \$err);
}

sub stop_writer
{
	$writer->kill_kill if $writer;
	undef $writer;
}

my ($run, $run_out);

# A session that runs the pipeline; its pid.
sub start_run
{
	my ($in, $err) = ('', '');

	$run_out = '';
	$run = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-c', 'SELECT pg_backend_pid()', '-c', q{CALL elt.run('bank')} ],
		\$in, \$run_out, \$err);
	$run->pump_nb until $run_out =~ /\n/ || !$run->pumpable;
	return $run_out =~ /^(\d+)/ ? $1 : die "no session: $err";
}

sub end_run
{
	eval { $run->finish } if $run;
	undef $run;
}

# What the target shows is a state that the source had.
sub contradictions
{
	return sql(q{SELECT count(*) || ' ' || sum(balance) FROM accounts_live});
}

srand($seed);
start_writer();

# A first load that is interrupted goes on, and is consistent when the changes since it began have landed.
sql("SELECT pg_terminate_backend(${\start_run()})") if wait_for($bank, 'postgres', 'SELECT count(*) > 300 FROM moves', 'some moves');
end_run();
my ($status, $out, $error) = $node->psql('postgres', q{CALL elt.run('bank')});
is($status, 0, 'a first load that was interrupted goes on') or diag $error;

my %done;
my %inconsistent;
for my $kill (1 .. $kills)
{
	my $what = (qw(worker source target walsender))[$kill <= 4 ? $kill - 1 : int(rand(4))];
	my $pid = start_run();

	sleep rand(0.3);
	if ($what eq 'worker')
	{
		sql("SELECT pg_terminate_backend($pid)");
	}
	elsif ($what eq 'walsender')
	{
		there(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'});
	}
	elsif ($what eq 'source')
	{
		stop_writer();
		$bank->stop('immediate');
		$bank->start;
		start_writer();
	}
	else
	{
		$node->stop('immediate');
		$node->start;
	}
	end_run();
	$done{$what}++;
	my $state = contradictions();
	$inconsistent{"$what: $state"} = 1 unless $state eq '2000 2000000';
}
is(join(', ', sort keys %inconsistent), '', 'no batch lands a part of a transaction, seed ' . $seed);
is(scalar(keys %done), 4, 'after kills of all processes');
stop_writer();
there(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'CALL work()'});
wait_for($bank, 'postgres', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE query = 'CALL work()')}, 'the writer to go');
($status, $out, $error) = $node->psql('postgres', q{CALL elt.run('bank')});
is($status, 0, 'the next run succeeds') or diag $error;

# Equal, row for row
sub equal
{
	my ($what, $there, $here) = @_;
	my ($a, $b) = (there($there), sql($here));

	ok($a eq $b, $what) or diag "there: " . length($a) . " here: " . length($b) . "\n" . substr($a, 0, 300) . "\n" . substr($b, 0, 300);
}

equal('accounts are what they are there', 'SELECT id, balance, note FROM accounts ORDER BY id', 'SELECT id, balance, note FROM accounts_live ORDER BY id');
equal('moves too', 'SELECT id, from_id, to_id, amount FROM moves ORDER BY id', 'SELECT id, from_id, to_id, amount FROM moves_live ORDER BY id');
is(sql(q{SELECT count(*) FROM (SELECT id FROM moves_live EXCEPT SELECT id FROM moves_log WHERE op IN ('insert', 'read')) m}), 0, 'each move is in the log');
is(sql(q{SELECT count(*) FROM (SELECT id, op FROM moves_log GROUP BY 1, 2 HAVING count(*) > 1) twice}), 0, 'and nothing twice');
done_testing();
