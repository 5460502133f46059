# Where requests may go: addresses, redirects, certificates.

# redirect TARGET: a URL that redirects there
redirect()
{
	echo ":'api' || '/echo?status=${2:-302}&header=Location:$1'"
}

refused='connection to'
for host in 127.0.0.1 localhost '[::1]' 0.0.0.0 127.1 2130706433 '[::ffff:127.0.0.1]' 169.254.169.254 rebound.test; do
	is "$host is refused" \
		"SELECT failure, error LIKE '$refused %is private' FROM get_pages(ARRAY['http://$host:$api_port/echo'], allow_private => false)" \
		"refused_address|t"
done
is "the message names the host and the address that it has" \
	"SELECT error FROM get_pages(ARRAY['http://rebound.test:$api_port/echo'], allow_private => false)" \
	"connection to \"rebound.test\" port $api_port is not allowed: address 10.0.0.1 is private"
is "a public address is reached" \
	"SELECT failure, excerpt FROM get_pages(ARRAY['http://public.test:$api_port/echo?body=hi'], allow_private => false)" \
	"none|hi"
is "of a public and a private address the public one" \
	"SELECT failure, excerpt FROM get_pages(ARRAY['http://mixed.test:$api_port/echo?body=hi'], allow_private => false)" \
	"none|hi"
is "a connection that was allowed is not lent to a request that is not" \
	"SELECT session_submit(:'api' || '/echo'), session_wait(5000);
	 SELECT session_submit(:'api' || '/echo', allow_private => false), session_wait(5000);
	 SELECT failure FROM session_page(0); SELECT failure FROM session_page(1)" \
	$'1|0\n1|1\nnone\nrefused_address'
is "a redirect to a private address of the same name is checked like any other" \
	"SELECT failure, redirects FROM get_pages(ARRAY['http://public.test:$api_port/echo?status=302&header=Location:/echo'], allow_private => false)" \
	"none|1"
is "which addresses are public" \
	"SELECT string_agg(a, ' ') FILTER (WHERE address_is_public(a)) FROM unnest(ARRAY[
	 '0.0.0.0','0.1.2.3','1.1.1.1','9.255.255.255','10.0.0.0','10.255.255.255','11.0.0.0','100.63.255.255','100.64.0.0',
	 '100.127.255.255','100.128.0.0','126.255.255.255','127.0.0.1','127.255.255.255','128.0.0.1','168.63.129.16',
	 '168.63.129.17','169.253.0.1','169.254.169.254','169.255.0.1','172.15.255.255','172.16.0.1','172.31.255.255',
	 '172.32.0.1','192.0.0.1','192.0.2.1','192.88.99.1','192.167.0.1','192.168.0.1','192.169.0.1','198.17.0.1',
	 '198.18.0.1','198.19.255.255','198.20.0.1','198.51.100.1','203.0.113.1','223.255.255.255','224.0.0.1',
	 '239.255.255.255','240.0.0.1','255.255.255.255']) a" \
	"1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 168.63.129.17 169.253.0.1 169.255.0.1 172.15.255.255 172.32.0.1 192.167.0.1 192.169.0.1 198.17.0.1 198.20.0.1 223.255.255.255"
is "which IPv6 addresses are public" \
	"SELECT string_agg(a, ' ') FILTER (WHERE address_is_public(a)) FROM unnest(ARRAY[
	 '::','::1','::ffff:10.0.0.1','::ffff:8.8.8.8','::ffff:0:10.0.0.1','64:ff9b::10.0.0.1','64:ff9b::8.8.8.8','64:ff9b:1::1',
	 '100::1','2001::1','2001:db8::1','2002:0a00:0001::1','2002:0808:0808::1','2606:4700::1111','2a00:1450::1','fbff::1',
	 'fc00::1','fd00:ec2::254','fe80::1','febf::1','fec0::1','ff02::1']) a" \
	"::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:0808:0808::1 2606:4700::1111 2a00:1450::1 fbff::1"

is "a redirect within the origin is followed" \
	"SELECT status, redirects, excerpt FROM get_pages(ARRAY[$(redirect '/echo?body=there')])" "200|1|there"
is "only the last answer counts" \
	"SELECT bytes, excerpt, headers LIKE '%location%', hash = (SELECT hash FROM get_pages(ARRAY[:'api' || '/echo?body=there']))
	 FROM get_pages(ARRAY[$(redirect '/echo?body=there' '302&body=here')])" "5|there|f|t"
is "an absolute redirect within the origin is followed" \
	"SELECT redirects, excerpt FROM get_pages(ARRAY[$(redirect "$api/echo?body=there" 308)])" "1|there"
is "headers go along" \
	"SELECT excerpt::jsonb->'headers'->>'x-key' FROM get_pages(ARRAY[$(redirect /reflect)], headers => ARRAY['X-Key: k1'])" "k1"
is "a POST becomes a GET with 302, and stays one with 307" \
	"SELECT (SELECT excerpt::jsonb->>'method' || coalesce(excerpt::jsonb->>'body', '') FROM get_pages(ARRAY[:'api' || '/echo?header=Location:/reflect&status=' || s],
	         method => 'POST', body => 'x')) FROM unnest(ARRAY[301, 302, 303, 307, 308]) s" \
	$'GET\nGET\nGET\nPOSTx\nPOSTx'
is "a redirect to another port is not followed" \
	"SELECT status, failure, error FROM get_pages(ARRAY[$(redirect "$raw/interim?secret=s")])" \
	"302|redirect|redirect from http://127.0.0.1:$api_port to http://127.0.0.1:$raw_port was not followed because the origins differ"
is "nor to another host, scheme or nothing usable" \
	"SELECT string_agg(failure, ' ') FROM get_pages(ARRAY[$(redirect "http://localhost:$api_port/echo"),
	 $(redirect "https://127.0.0.1:$api_port/echo"), $(redirect 'file:///etc/passwd'), $(redirect '//other.test/'), $(redirect 'http://')])" \
	"redirect redirect redirect redirect redirect"
control script id=loop 'responses=[{"status":302,"headers":{"Location":"/script/loop"}}]'
is "a loop ends after max_redirects" \
	"SELECT failure, redirects, error FROM get_pages(ARRAY[:'api' || '/script/loop'])" \
	"redirect|5|http://127.0.0.1:$api_port redirected more than 5 times"
is "max_redirects 0 follows none" \
	"SELECT failure, redirects FROM get_pages(ARRAY[$(redirect /echo)], max_redirects => 0)" "redirect|0"
is "3xx without a location is an answer" \
	"SELECT status, failure FROM get_pages(ARRAY[:'api' || '/echo?status=302'])" "302|none"
is "redirects share the time limit" \
	"SELECT failure, total_ms < 1500 FROM get_pages(ARRAY[:'api' || '/echo?status=302&header=Location:/echo?fault=%7B%22hang%22:true%7D&fault={\"delay\":0.6}'], total_timeout_ms => 1000)" \
	"timeout|t"

# What libcurl puts around the words of OpenSSL differs between its versions.
is "a certificate of an unknown authority" \
	"SELECT failure, regexp_replace(error, ': SSL certificate .*(unable to get [a-z ]*[a-z]).*', ': \1') FROM get_pages(ARRAY[:'tls' || '/echo'])" \
	"certificate|could not establish a TLS connection to \"localhost\" port ${tls##*:}: unable to get local issuer certificate"
is "a certificate of an authority that was given" \
	"SELECT failure, excerpt FROM get_pages(ARRAY[:'tls' || '/echo?body=safe'], ca => :'ca')" "none|safe"
is "a certificate for another name" \
	"SELECT failure FROM get_pages(ARRAY[replace(:'tls', 'localhost', '127.0.0.1') || '/echo'], ca => :'ca')" "certificate"
is "a given authority is not trusted by the next request" \
	"SELECT session_submit(:'tls' || '/echo', ca => :'ca'), session_wait(5000);
	 SELECT session_submit(:'tls' || '/echo'), session_wait(5000);
	 SELECT failure FROM session_page(0); SELECT failure FROM session_page(1)" \
	$'1|0\n1|1\nnone\ncertificate'
is "TLS to a port that speaks plain HTTP" \
	"SELECT failure FROM get_pages(ARRAY[replace(:'api', 'http:', 'https:') || '/echo'])" "tls"
is "an authority that is no certificate" \
	"SELECT failure FROM get_pages(ARRAY[:'tls' || '/echo'], ca => 'nonsense')" "certificate"

is "values are encoded" "SELECT url_encode('a b&c=d/é?#%+~-._')" "a%20b%26c%3Dd%2F%C3%A9%3F%23%25%2B~-._"
is "URLs are joined with one slash" \
	"SELECT url_join(b, p, q) FROM (VALUES ('https://h', '/p', 'a=1'), ('https://h/', 'p', '?a=1'), ('https://h/v1/', '/p/', NULL),
	 ('https://h/v1', NULL, 'a=1'), ('https://h/v1?k=2', 'p', '&a=1'), ('https://h?k=2', NULL, NULL), ('https://h/#top', 'p', ''),
	 ('https://h', 'p?x=1', 'a=1')) v(b, p, q)" \
	$'https://h/p?a=1\nhttps://h/p?a=1\nhttps://h/v1/p/\nhttps://h/v1?a=1\nhttps://h/v1/p?k=2&a=1\nhttps://h?k=2\nhttps://h/p\nhttps://h/p?x=1&a=1'
for url in 'ftp://h/' 'h/p' 'https://u:p@h/' 'https://h:0x/' 'https://' 'https://h/a b' 'javascript:alert(1)' 'file:///etc/passwd' ''; do
	report "$(sql "SELECT url_check('$url')" | head -n 1)" 'ERROR:  invalid URL for option "url"' "\"$url\" is not a valid URL"
done
is "good URLs pass" "SELECT count(url_check(u)) FROM unnest(ARRAY['https://h', 'HTTP://H:80/p?q=1#f', 'http://[::1]:8080/']) u" "3"
is "an origin has its effective port, in lower case" \
	"SELECT coalesce(url_origin(u), 'none') FROM unnest(ARRAY['https://H/p', 'HTTP://h:80/', 'http://h:8080', 'ftp://h/', 'x']) u" \
	$'https://h:443\nhttp://h:80\nhttp://h:8080\nnone\nnone'
is "a location is resolved against its page" \
	"SELECT url_resolve('https://h/a/b?c=1', l) FROM unnest(ARRAY['d', '/d', '?e=2', '//i/d', 'http://i/', '../x y']) l" \
	$'https://h/a/d\nhttps://h/d\nhttps://h/a/b?e=2\nhttps://i/d\nhttp://i/\nhttps://h/x%20y'
