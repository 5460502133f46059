# A server that is replicated, and the warehouse that replicates it.
package EltReplica;

use strict;
use warnings;
use Exporter 'import';
use EltNode;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;

our @EXPORT = qw(start_replicated replicate_from cut_network there sql run);

my ($source, $target);

# start_replicated(NAME, conf => 'text', warehouse_conf => 'text', options => ", name 'value'"): both nodes. The warehouse has a
# server and a schema of that name; conf are settings of the other node, options those of the server.
sub start_replicated
{
	my ($name, %option) = @_;

	$source = start_node($name, conf => "wal_level = logical\nmax_wal_senders = 6\n" . ($option{conf} // ''));
	$target = start_node('warehouse', preload => 1, extension => 1, conf => $option{warehouse_conf});
	my ($host, $port, $user) = ($source->host, $source->port, there('SELECT current_user'));
	my $options = $option{options} // '';
	sql(qq{
		CREATE SERVER $name FOREIGN DATA WRAPPER elt_postgres OPTIONS (host '$host', port '$port', dbname 'postgres', allow_private 'true'$options);
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (user '$user');
		CREATE SCHEMA $name;
	});
	return ($source, $target);
}

# replicate_from(NODE): there is another node.
sub replicate_from
{
	($source) = @_;
}

# cut_network(BYTES): a port of 127.0.0.1 that leads to the other node, until so many bytes of it have come on one connection.
sub cut_network
{
	my ($limit) = @_;
	my $network = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die "no port: $!";
	my $socket = $source->host . '/.s.PGSQL.' . $source->port;
	my $parent = $$;

	return $network->sockport if fork();
	while (getppid() == $parent)
	{
		next unless IO::Select->new($network)->can_read(1);
		pass_on(scalar $network->accept, IO::Socket::UNIX->new(Peer => $socket), $limit);
	}
	require POSIX;
	POSIX::_exit(0);
}

# One connection after another: a run has one while it follows changes.
sub pass_on
{
	my ($here, $there, $limit) = @_;
	my $both = IO::Select->new($here, $there);

	for (;;)
	{
		for my $from ($both->can_read(1))
		{
			return unless sysread($from, my $bytes, 8192);
			$limit -= length($bytes) if $from == $there;
			return if $limit < 0;
			syswrite($from == $there ? $here : $there, $bytes);
		}
	}
}

sub there
{
	my ($statements) = @_;

	return $source->safe_psql('postgres', $statements);
}

# In the warehouse.
sub sql
{
	my ($statements) = @_;

	return $target->safe_psql('postgres', "SET client_min_messages = warning;\n$statements");
}

# run(PIPELINE): the messages of a run; of pipeline items unless another one is named.
sub run
{
	my ($pipeline) = @_;
	my ($status, $answer, $error) = $target->psql('postgres', "CALL elt.run('" . ($pipeline // 'items') . "')");

	return $error;
}

1;
