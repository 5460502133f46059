# pgbench writes while its tables are loaded and followed: in the end they are the same.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;
use EltReplica;

my $seconds = $ENV{ELT_SOAK} ? 120 : 3;
my $scale = $ENV{ELT_SOAK} ? 10 : 1;
my ($bank, $node) = start_replicated('bank');

$bank->command_ok([ 'pgbench', '-q', '-i', '-s', $scale, 'postgres' ], 'tables of pgbench');
there(q{CREATE PUBLICATION elt FOR ALL TABLES; ALTER TABLE pgbench_history REPLICA IDENTITY FULL});
my @keys = (pgbench_accounts => 'aid', pgbench_branches => 'bid', pgbench_tellers => 'tid');
my $options = q{"sequence_by": ["lsn", "position"], "delete_when": "op = 'delete'"};
sql(qq{
	IMPORT FOREIGN SCHEMA public FROM SERVER bank INTO bank OPTIONS (publication 'elt', slot 'elt');
	SELECT elt.create_pipeline('accounts', source => 'bank.pgbench_accounts', target => 'pgbench_accounts', key => '{aid}', options => \$\${$options, "batch_rows": 30000}\$\$);
	SELECT elt.add_child('accounts', source => 'bank.pgbench_branches', target => 'pgbench_branches', key => '{bid}', options => \$\${$options}\$\$);
	SELECT elt.add_child('accounts', source => 'bank.pgbench_tellers', target => 'pgbench_tellers', key => '{tid}', options => \$\${$options}\$\$);
	SELECT elt.add_child('accounts', source => 'bank.pgbench_history', target => 'pgbench_history', key => '{lsn,position}', options => '{"strategy": "append"}');
});
my ($out, $err) = ('', '');
my $writer = IPC::Run::start([ 'pgbench', '-n', '-c', '3', '-T', $seconds, $bank->connstr('postgres') ], \undef, \$out, \$err);

wait_for($bank, 'postgres', 'SELECT count(*) > 10 FROM pgbench_history', 'the writer');
my $runs = 0;
while ($writer->pumpable)
{
	my ($status, $answer, $error) = $node->psql('postgres', q{CALL elt.run('accounts')});

	last if !is($status, 0, 'a run while it writes') && diag $error;
	$runs++;
	$writer->pump_nb;
}
$writer->finish;
sql(q{CALL elt.run('accounts')});
cmp_ok($runs, '>', 1, 'it was loaded and followed while it changed');

# The rows of both, without what one of them does not have
sub same
{
	my ($table, $columns, $target) = @_;
	my $file = $node->basedir . "/$table";

	there("COPY (SELECT $columns FROM $table) TO '$file'");
	sql("CREATE TABLE there_$table AS SELECT $columns FROM $target LIMIT 0; COPY there_$table FROM '$file'");
	is(sql("SELECT count(*) FROM ((SELECT * FROM there_$table EXCEPT ALL SELECT $columns FROM $target)
		UNION ALL (SELECT $columns FROM $target EXCEPT ALL SELECT * FROM there_$table)) d"), 0, "$table is the same");
}

same('pgbench_accounts', 'aid, bid, abalance, filler', 'pgbench_accounts_live');
same('pgbench_branches', 'bid, bbalance, filler', 'pgbench_branches_live');
same('pgbench_tellers', 'tid, bid, tbalance, filler', 'pgbench_tellers_live');
same('pgbench_history', 'tid, bid, aid, delta, mtime, filler', 'pgbench_history');
done_testing();
