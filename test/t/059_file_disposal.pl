# A run that is killed between the commit of a file's rows and its move, or between the move and the record of it: the next run
# moves what is left and records what was moved, and no row lands twice.
use strict;
use warnings;
use IPC::Run;
use Test::More;
use EltNode;

my $node = start_node('file_disposal', preload => 1, extension => 1, conf => "restart_after_crash = on\nautovacuum = off\nfsync = off\n");
my $root = $node->basedir . '/source';
my $sql = sub { return $node->safe_psql('postgres', $_[0]) };

sub write_file
{
	my ($name, $id) = @_;
	open my $file, '>', "$root/$name" or die "$root/$name: $!";
	print $file "id\n$id\n";
	close $file;
}

# A session that runs in parallel, as it waits for a lock.
sub start_session
{
	my ($statement, $waits_for) = @_;
	my $session = { said => '' };

	$session->{psql} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $statement ],
		'<', \undef, '>', \$session->{said}, '2>', \$session->{said});
	wait_for($node, 'postgres', waits($statement, $waits_for), "'$statement' waits");
	return $session;
}

sub waits
{
	my ($statement, $event) = @_;
	return qq{SELECT count(*) = 1 FROM pg_stat_activity WHERE query = \$\$$statement\$\$ AND wait_event = '$event'};
}

sub found
{
	return $sql->(q{SELECT concat_ws(' ', count(*), count(DISTINCT id), (SELECT string_agg(state, ',') FROM
		(SELECT DISTINCT state FROM elt.files ORDER BY 1) f)) FROM target});
}

sub files_there
{
	return join(' ', map { s{^\Q$root\E/}{}r } sort(glob("$root/*.csv"), glob("$root/done/*.csv")));
}

sub kill_run
{
	my ($run, @others) = @_;
	my $pid = $sql->(q{SELECT pid FROM pg_stat_activity WHERE query = $$CALL elt.run('p')$$ AND pid <> pg_backend_pid()});

	kill_process($pid);
	eval { $_->{psql}->finish } for $run, @others;
	wait_for($node, 'postgres', 'SELECT true', 'the server');
}

mkdir $root or die;
write_file("f$_.csv", $_) for 1 .. 3;
# At a lock, when rows have landed but are not committed, and when files have moved.
$sql->(qq{
	CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (root '$root');
	CREATE FOREIGN TABLE source (id int) SERVER files OPTIONS (glob '*.csv', settle '0', after_load 'move', loaded_to 'done');
	SELECT elt.create_pipeline('p', 'source', 'target', strategy => 'append');
	CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END';
	CREATE CONSTRAINT TRIGGER landed AFTER INSERT OR UPDATE ON elt_catalog.file DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW WHEN (NEW.state = 'disposing') EXECUTE FUNCTION stop();
	CREATE TRIGGER moved BEFORE UPDATE ON elt_catalog.file FOR EACH ROW WHEN (NEW.state = 'disposed') EXECUTE FUNCTION stop()});


# The commit waits for the lock, and who waits for the ledger meanwhile has it before files are moved.
my $holder = $node->background_psql('postgres');
$holder->query_safe('SELECT pg_advisory_lock(1)');
my $run = start_session(q{CALL elt.run('p')}, 'advisory');
my $locker = start_session('BEGIN; LOCK TABLE elt_catalog.file; SELECT pg_advisory_lock(2), pg_sleep(1000)', 'relation');
$holder->query_safe('SELECT pg_advisory_unlock(1)');
wait_for($node, 'postgres', waits(q{CALL elt.run('p')}, 'relation'), 'the run waits for the ledger');
is($sql->('SELECT count(*) FROM target'), 3, 'the rows are committed');
is(files_there(), 'f1.csv f2.csv f3.csv', 'and no file has moved');
kill_run($run, $locker);
eval { $holder->quit };
is(found(), '3 3 disposing', 'after the kill the ledger says what is to be done');
is(files_there(), 'f1.csv f2.csv f3.csv', 'nobody has moved a file');
write_file('f4.csv', 4);
$sql->(q{CALL elt.run('p')});
is(found(), '4 4 disposed', 'the next run loads what is new');
is(files_there(), 'done/f1.csv done/f2.csv done/f3.csv done/f4.csv', 'and moves what was left');

$holder = $node->background_psql('postgres');
$holder->query_safe('SELECT pg_advisory_lock(1)');
$sql->('DROP TRIGGER landed ON elt_catalog.file');
write_file("f$_.csv", $_) for 5 .. 6;
$run = start_session(q{CALL elt.run('p')}, 'advisory');
is(files_there(), join(' ', map { "done/f$_.csv" } 1 .. 6), 'files have moved');
kill_run($run);
eval { $holder->quit };
is(found(), '6 6 disposed,disposing', 'after the kill the ledger does not know it');
write_file('f5.csv', 7);
$sql->(q{CALL elt.run('p')});
is(found(), '7 7 disposed', 'the next run records it, and a file of the same name is another one');
is(files_there(), join(' ', map { "done/f$_.csv" } 1 .. 6), 'no file was overwritten');
is(join(' ', map { m{/done/(f5[.]csv[.]).*} ? $1 : () } glob("$root/done/*")), 'f5.csv.', 'it has its checksum as suffix');
is($sql->(q{SELECT sum(rows_inserted) FROM elt.runs}), 7, 'each row is counted once');
$node->stop;
done_testing();
