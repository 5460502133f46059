# What the fault table needs beside the replay server: answers that no HTTP library would send, a
# certificate that has expired, and names that resolve as told.
package FaultServers;

use strict;
use warnings;
use Test::More;
use Time::HiRes qw(sleep time);

my $transport = 'test/unit/transport';

# FaultServers->start(DIR): "raw" and "expired" are URLs, "expired_ca" is the PEM text to trust,
# "fake_network" is a library for LD_PRELOAD.
sub start
{
	my ($class, $dir) = @_;
	my $self = bless { dir => $dir, turning => "$dir/turning", fake_network => "$dir/fake_network.so" }, $class;

	run("gcc -shared -fPIC -O1 -o $self->{fake_network} $transport/fake_network.c -ldl");
	expired_certificate($dir);
	$self->{expired_ca} = read_file("$dir/expired.crt");
	$self->{pids} = [ map { $self->launch(@$_) } [ 'raw', 'python3', "$transport/raw_server.py", "$dir/raw.port" ],
		[ 'expired', 'python3', 'test/replay/server.py', '--port', '0', '--port-file', "$dir/expired.port", '--cert', "$dir/expired.pem" ] ];
	$self->{raw} = 'http://127.0.0.1:' . port("$dir/raw.port");
	$self->{expired} = 'https://127.0.0.1:' . port("$dir/expired.port");
	return $self;
}

sub run
{
	my ($command) = @_;
	system("$command >/dev/null 2>&1") == 0 or die "failed: $command";
}

sub read_file
{
	my ($path) = @_;
	open my $handle, '<', $path or die "$path: $!";
	local $/;
	return scalar <$handle>;
}

sub expired_certificate
{
	my ($dir) = @_;

	open my $conf, '>', "$dir/ca.conf" or die $!;
	print $conf "[ca]\ndefault_ca = x\n[x]\ndatabase = $dir/index\nrand_serial = yes\nnew_certs_dir = $dir\n"
	  . "default_md = sha256\npolicy = p\nx509_extensions = e\n[p]\ncommonName = supplied\n"
	  . "[e]\nsubjectAltName = IP:127.0.0.1\nbasicConstraints = CA:true\n";
	close $conf;
	open my $index, '>', "$dir/index" or die $!;
	close $index;
	run("openssl req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout $dir/expired.key -out $dir/expired.csr");
	run("openssl ca -batch -selfsign -config $dir/ca.conf -keyfile $dir/expired.key -in $dir/expired.csr"
		  . " -startdate 20200101000000Z -enddate 20200201000000Z -notext -out $dir/expired.crt");
	run("sh -c 'cat $dir/expired.key $dir/expired.crt > $dir/expired.pem'");
}

sub launch
{
	my ($self, $name, @command) = @_;
	my $pid = fork // die "fork: $!";

	return $pid if $pid;
	open STDIN, '<', '/dev/null';
	open STDOUT, '>', "$self->{dir}/$name.log";
	open STDERR, '>&', \*STDOUT;
	exec @command;
	die "exec: $!";
}

sub port
{
	my ($file) = @_;
	my $deadline = time() + 120;

	sleep 0.05 until -s $file || time() > $deadline;
	my ($port) = read_file($file) =~ /(\d+)/;
	return $port;
}

# turning.test leads to a public address (0) or to a private one (1).
sub turn
{
	my ($self, $private) = @_;

	unlink $self->{turning};
	return if !$private;
	open my $handle, '>', $self->{turning} or die $!;
	close $handle;
}

sub stop
{
	my ($self) = @_;

	for my $pid (@{ $self->{pids} // [] })
	{
		kill 'TERM', $pid;
		waitpid $pid, 0;
	}
	$self->{pids} = [];
}

sub DESTROY { my ($self) = @_; local $?; $self->stop }

1;
