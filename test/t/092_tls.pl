# Who the server is: certificates that must not be trusted, each told with its reason and never
# worked around; an authority that the server option names; a client certificate of a user mapping.
use strict;
use warnings;
use File::Temp;
use Test::More;
use Time::HiRes qw(sleep);
use EltNode;

my $dir = File::Temp->newdir;

sub write_file
{
	my ($name, $text) = @_;
	open my $handle, '>', "$dir/$name" or die "$name: $!";
	print $handle $text;
	close $handle;
}

sub openssl { return system("openssl $_[0] >>$dir/openssl.log 2>&1") == 0 }

# An authority, and with it what it takes to sign certificates that were valid at any time.
sub make_authority
{
	my ($name) = @_;
	write_file("$name.cnf", <<"CONF");
[ca]
default_ca = here
[here]
database = $dir/$name.index
serial = $dir/$name.serial
new_certs_dir = $dir
certificate = $dir/$name.crt
private_key = $dir/$name.key
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
CONF
	write_file("$name.index", '');
	write_file("$name.serial", '1000');
	return openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=authority $name' -keyout $dir/$name.key -out $dir/$name.crt");
}

sub make_certificate
{
	my ($name, $authority, $address, $from, $to) = @_;
	return openssl("req -newkey rsa:2048 -nodes -subj /CN=$name -addext subjectAltName=IP:$address -keyout $dir/$name.key -out $dir/$name.csr")
	  && openssl("ca -batch -notext -config $dir/$authority.cnf -startdate $from -enddate $to -in $dir/$name.csr -out $dir/$name.crt");
}

my ($past, $future) = ('20200101000000Z', '20990101000000Z');
(make_authority('trusted') && make_authority('other')
	&& make_certificate('good', 'trusted', '127.0.0.1', $past, $future)
	&& make_certificate('client', 'trusted', '127.0.0.1', $past, $future)
	&& make_certificate('expired', 'trusted', '127.0.0.1', $past, '20210101000000Z')
	&& make_certificate('early', 'trusted', '127.0.0.1', '20980101000000Z', $future)
	&& make_certificate('elsewhere', 'trusted', '127.0.0.2', $past, $future)
	&& make_certificate('stranger', 'other', '127.0.0.1', $past, $future)
	&& openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout $dir/self.key -out $dir/self.crt"))
  or plan skip_all => 'no openssl that signs for any time';

# One listener for each certificate; each counts the connections that asked and the requests that came.
my $server = <<'PYTHON';
import http.server, json, os, ssl, sys, threading
folder = sys.argv[1] + "/"
served = {}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        served[self.server.name] = served.get(self.server.name, 0) + 1
        body = json.dumps([{"a": 1}] if self.path == "/" else [served]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
class Listener(http.server.ThreadingHTTPServer):
    def handle_error(self, *args):
        pass
    def get_request(self):
        connection, address = super().get_request()
        key = self.name + "_connections"
        served[key] = served.get(key, 0) + 1
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address
ports = {}
for name in sys.argv[2:]:
    listener = Listener(("127.0.0.1", 0), Handler)
    listener.name = name
    listener.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = "good" if name == "mutual" else name
    listener.context.load_cert_chain(folder + certificate + ".crt", folder + certificate + ".key")
    if name == "mutual":
        listener.context.load_verify_locations(folder + "trusted.crt")
        listener.context.verify_mode = ssl.CERT_REQUIRED
    ports[name] = listener.server_address[1]
    threading.Thread(target=listener.serve_forever, daemon=True).start()
with open(folder + "ports.new", "w") as file:
    json.dump(ports, file)
os.rename(folder + "ports.new", folder + "ports")
threading.Event().wait()
PYTHON

my @names = qw(good mutual expired early elsewhere stranger self);
my $pid = fork;
exec('python3', '-c', $server, "$dir", @names) if !$pid;
END { if ($pid) { my $status = $?; kill 'TERM', $pid; waitpid $pid, 0; $? = $status } }
for (1 .. 1200) { last if -e "$dir/ports"; sleep 0.1 }

sub file
{
	my ($name) = @_;
	open my $handle, '<', "$dir/$name" or die "$name: $!";
	local $/;
	return scalar <$handle>;
}

my %port = file('ports') =~ /"(\w+)": (\d+)/g;
my $node = start_node('tls', extension => 1, conf => "elt.retry_base = 1\n");

sub answer
{
	my ($name) = @_;
	my ($status, $rows, $error) = $node->psql('postgres', "SELECT a FROM t_$name");
	return $status == 0 ? $rows : $error;
}

# How many requests came to a listener, and how many connections were tried.
sub served
{
	my ($name) = @_;
	return $node->safe_psql('postgres', "SELECT coalesce(requests, 0) || '/' || coalesce(connections, 0) FROM counts_$name");
}

my $authority = file('trusted.crt');
for my $name (@names)
{
	$node->safe_psql('postgres', "CREATE SERVER s_$name FOREIGN DATA WRAPPER elt_http
			OPTIONS (url 'https://127.0.0.1:$port{$name}', allow_private 'true', rate_limit '10000/s', max_attempts '3', ca '$authority');
		CREATE FOREIGN TABLE t_$name (a int) SERVER s_$name OPTIONS (path '/');
		CREATE FOREIGN TABLE counts_$name (requests int OPTIONS (path '$name'), connections int OPTIONS (path '${name}_connections'))
			SERVER s_good OPTIONS (path '/counts')");
}

# Whom to trust
is(answer('good'), '1', 'a certificate of the authority that the server option names is trusted');
my %reason = (expired => qr/certificate has expired/, early => qr/certificate is not yet valid/,
	elsewhere => qr/no alternative certificate subject name matches target (?:host name|(?i:ipv4) address) '127\.0\.0\.1'|IP address mismatch/,
	stranger => qr/unable to get local issuer certificate/, self => qr/self.signed certificate/);
for my $name (sort keys %reason)
{
	my $error = answer($name);
	like($error, qr/could not establish a TLS connection to "127\.0\.0\.1" port $port{$name}: .*$reason{$name}/, "$name: refused for its reason");
	like($error, qr/HINT:  The server certificate is verified/, "$name: the hint says against what");
	is(served($name), '0/1', "$name: asked once, told nothing");
}
# and by the system's authorities, which do not know ours
$node->safe_psql('postgres', 'ALTER SERVER s_good OPTIONS (DROP ca)');
like(answer('good'), qr/could not establish a TLS connection.*(local issuer certificate|self.signed certificate in certificate chain)/,
	'without the option our authority is unknown');
$node->safe_psql('postgres', "ALTER SERVER s_good OPTIONS (ADD ca '" . file('other.crt') . "')");
like(answer('good'), qr/could not establish a TLS connection/, 'nor does another authority vouch for it');
$node->safe_psql('postgres', "ALTER SERVER s_good OPTIONS (SET url 'http://127.0.0.1:$port{good}')");
unlike(answer('good'), qr/^1$/, 'and http to a port that wants TLS gets no data');

# Who asks
unlike(answer('mutual'), qr/^1$/, 'without a certificate the server does not answer');
$node->safe_psql('postgres', "CREATE USER MAPPING FOR postgres SERVER s_mutual OPTIONS (auth 'none', client_cert '"
		. file('client.crt') . "', client_key '" . file('client.key') . "')");
is(answer('mutual'), '1', 'with the certificate of the mapping it does');
$node->safe_psql('postgres', "ALTER USER MAPPING FOR postgres SERVER s_mutual OPTIONS (SET client_key '" . file('good.key') . "')");
my $error = answer('mutual');
isnt($error, '1', 'a key that does not belong to the certificate is an error');
unlike($error, qr/BEGIN|PRIVATE|[A-Za-z0-9+\/]{64}/, 'and is not told');
done_testing();
