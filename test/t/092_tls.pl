# An authority that the server names, and a client certificate of a user mapping.
use strict;
use warnings;
use File::Temp;
use Test::More;
use Time::HiRes qw(sleep);
use EltNode;

my $dir = File::Temp->newdir;
my $names = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1";
for my $who (qw(server client))
{
	system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 $names -keyout $dir/$who.key -out $dir/$who.crt 2>$dir/openssl.log") == 0
		or plan skip_all => 'no openssl';
}

my $server = <<'PYTHON';
import http.server, os, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b'[{"a": 1}]')
    def log_message(self, *args):
        pass
folder = sys.argv[1] + "/"
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(folder + "server.crt", folder + "server.key")
context.load_verify_locations(folder + "client.crt")
context.verify_mode = ssl.CERT_REQUIRED
listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
listener.socket = context.wrap_socket(listener.socket, server_side=True)
with open(folder + "port.new", "w") as port:
    port.write(str(listener.server_address[1]))
os.rename(folder + "port.new", folder + "port")
listener.serve_forever()
PYTHON

my $pid = fork;
exec('python3', '-c', $server, "$dir") if !$pid;
END { if ($pid) { my $status = $?; kill 'TERM', $pid; waitpid $pid, 0; $? = $status } }
for (1 .. 200) { last if -e "$dir/port"; sleep 0.1 }

sub file
{
	my ($name) = @_;
	open my $handle, '<', "$dir/$name" or die "$name: $!";
	local $/;
	return scalar <$handle>;
}

my $port = file('port');
my $node = start_node('tls', extension => 1, conf => "elt.retry_base = 1\n");

sub answer
{
	my ($status, $rows, $error) = $node->psql('postgres', 'SELECT a FROM t');
	return $status == 0 ? $rows : $error;
}

$node->safe_psql('postgres', "CREATE SERVER api FOREIGN DATA WRAPPER elt_http
		OPTIONS (url 'https://127.0.0.1:$port', allow_private 'true', rate_limit '10000/s', max_attempts '1');
	CREATE FOREIGN TABLE t (a int) SERVER api OPTIONS (path '/')");
like(answer(), qr/could not secure the connection/, 'an unknown authority is refused');
$node->safe_psql('postgres', "ALTER SERVER api OPTIONS (ADD ca '" . file('server.crt') . "')");
unlike(answer(), qr/^1$/, 'without a certificate the server does not answer');
$node->safe_psql('postgres', "CREATE USER MAPPING FOR postgres SERVER api OPTIONS (auth 'none', client_cert '"
		. file('client.crt') . "', client_key '" . file('client.key') . "')");
is(answer(), '1', 'with the certificate of the mapping it does');
$node->safe_psql('postgres', "ALTER USER MAPPING FOR postgres SERVER api OPTIONS (SET client_key '" . file('server.key') . "')");
my $error = answer();
isnt($error, '1', 'a key that does not belong to the certificate is an error');
unlike($error, qr/BEGIN|PRIVATE|[A-Za-z0-9+\/]{64}/, 'and is not told');
done_testing();
