# Without shared_preload_libraries: runs in the session work, the rest says what is missing.
use strict;
use warnings;
use Test::More;
use EltNode;
use EltRuns;

$ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';

my $node = start_node('no_preload');
my ($status, $out, $err) = $node->psql('postgres', 'CREATE EXTENSION pg_elt');
is($status, 0, 'the extension can be created');
like($err, qr/WARNING:.*shared_preload_libraries/, 'with a warning');

declare($node, 'postgres', 'plain', parts => 2);
is(sqlstate_of($node, 'postgres', q{CALL elt.run('plain')}), '00000', 'CALL elt.run works');
is(rows_of($node, 'postgres', 'plain'), '4/0', 'with the right rows');
is($node->safe_psql('postgres', 'SELECT count(*) FROM elt.progress'), '0', 'elt.progress is empty');
for my $statement (q{SELECT elt.enqueue('plain')}, q{SELECT elt.backfill('plain', '2024-01-01', '2024-01-02')},
	'CALL elt.wait(1)', q{SELECT elt.alter_pipeline('plain', schedule => '* * * * *')})
{
	($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$statement");
	like($err, qr/ERROR:  EL007: .*shared_preload_libraries.*HINT:/s, "$statement names the setting");
}
is(sqlstate_of($node, 'postgres', 'SELECT elt.cancel(1)'), '00000', 'a run that has ended is not cancelled');
$node->stop;
done_testing();
