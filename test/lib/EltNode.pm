# Servers for TAP tests: PostgreSQL::Test::Cluster with what pg_elt needs, and named waits.
package EltNode;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(start_node start_again kill_process wait_for sqlstate_of);

# start_node(NAME, preload => 1, conf => 'text', extension => 1): a started server; with preload
# pg_cron works in database postgres, with extension pg_elt is created there.
sub start_node
{
	my ($name, %option) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	# see bin/initdb
	local $ENV{ELT_TEMPLATE} = 'template.extensions' if $option{preload} && $option{extension};
	$node->init;
	$node->append_conf('postgresql.conf', "timezone = 'UTC'\nmax_worker_processes = 16\n");
	$node->append_conf('postgresql.conf',
		"shared_preload_libraries = 'pg_cron,pg_elt'\n"
		  . "cron.database_name = 'postgres'\ncron.use_background_workers = on\n"
		  . "elt.maintenance_schedule = ''\n")
	  if $option{preload};
	$node->append_conf('postgresql.conf', $option{conf}) if $option{conf};
	$node->start;
	my @extensions = ($option{preload} ? 'pg_cron' : (), $option{extension} ? 'pg_elt' : ());
	$node->safe_psql('postgres', join('', map { "CREATE EXTENSION IF NOT EXISTS $_;\n" } @extensions)) if @extensions;
	return $node;
}

# start_again(NODE): start a node whose postmaster was killed, once its orphans have noticed and gone.
sub start_again
{
	my ($node) = @_;
	my $deadline = time() + 180;

	until (start_once($node))
	{
		die 'the orphans of the killed postmaster do not go' if time() > $deadline;
		sleep(0.1);
	}
}

# A failed start leaves a stale pid behind in the node.
sub start_once
{
	my ($node) = @_;

	undef $node->{_pid};
	return $node->start(fail_ok => 1);
}

# Kill a process of the server, and return when the postmaster has seen its end: who connects from
# then on is let in after the recovery, not before it.
sub kill_process
{
	my ($pid) = @_;
	my $deadline = time() + 180;

	kill('KILL', $pid);
	while (kill(0, $pid))
	{
		die "process $pid does not go" if time() > $deadline;
		sleep(0.01);
	}
}

# wait_for(NODE, DATABASE, QUERY, WHAT, SECONDS): polls until the query gives t, or fails naming
# what it waited for. True when it came.
sub wait_for
{
	my ($node, $database, $query, $what, $seconds) = @_;
	my $deadline = time() + ($seconds // 180);
	my ($status, $answer, $error);

	do
	{
		# psql that cannot connect may be gone before it is given the query
		eval { ($status, $answer, $error) = $node->psql($database, $query); 1 } or ($answer, $error) = ('', $@);
		return 1 if defined $answer && $answer eq 't';
		sleep 0.1;
	} while (time() < $deadline);
	diag("waited in vain for: $what\nlast answer: "
		  . ($answer // '') . "\nlast error: " . ($error // ''));
	return 0;
}

# sqlstate_of(NODE, DATABASE, STATEMENT): of a statement run on its own, outside a transaction
# block; '00000' when it succeeds, 'dead' when the session ended.
sub sqlstate_of
{
	my ($node, $database, $statement) = @_;
	my ($status, $answer, $error) =
	  $node->psql($database, "\\set VERBOSITY sqlstate\n$statement;\n", on_error_stop => 1);

	return '00000' if $status == 0;
	return $1 if $error =~ /(?:ERROR|FATAL):\s+([0-9A-Z]{5})/;
	return 'dead';
}

1;
