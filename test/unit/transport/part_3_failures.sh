# Every way to fail, by name and in words.

# fails NAME FAILURE URL-SQL [OPTIONS-SQL] WORDS
fails()
{
	is "$1" "SELECT failure, regexp_replace(error, ' s, (after )?[0-9]+ bytes', ' s, \\1N bytes') FROM get_pages(ARRAY[$3]${4:+, $4})" "$2|$5"
}

fails "reset before the answer" reset ":'api' || '/echo?fault={\"reset\":true}'" "" \
	"connection to \"127.0.0.1\" port $api_port was lost before a response was received: connection reset by peer"
fails "reset in the body" reset ":'api' || '/echo?body=0123456789&fault={\"reset\":true,\"cut\":4}'" "" \
	"connection to \"127.0.0.1\" port $api_port was lost after 4 bytes of the response: connection reset by peer"
fails "closed without an answer" reset ":'raw' || '/empty'" "" \
	"connection to \"127.0.0.1\" port $raw_port was lost before a response was received"
fails "closed in the headers" partial ":'raw' || '/half_head'" "" \
	"response from \"127.0.0.1\" port $raw_port is truncated in its headers"
fails "cut body" partial ":'api' || '/echo?body=0123456789&fault={\"cut\":4}'" "" \
	"response from \"127.0.0.1\" port $api_port is truncated after 4 bytes"
fails "cut chunked body" partial ":'raw' || '/cut_chunked'" "" \
	"response from \"127.0.0.1\" port $raw_port is truncated after 1200 bytes"
fails "cut gzip body" partial ":'api' || '/echo?body=0123456789&fault={\"cut\":12,\"gzip\":true}'" "" \
	"response from \"127.0.0.1\" port $api_port is truncated after 1 bytes"
fails "damaged gzip" other ":'raw' || '/damaged_gzip'" "" \
	"response from \"127.0.0.1\" port $raw_port contains invalid compressed data"
fails "gzip whose checksum is wrong" other ":'raw' || '/wrong_crc_gzip'" "" \
	"response from \"127.0.0.1\" port $raw_port contains invalid compressed data"
fails "gzip that ends early, without a length" partial ":'raw' || '/cut_gzip'" "" \
	"response from \"127.0.0.1\" port $raw_port is truncated after 2 bytes"
fails "gzip and more" other ":'raw' || '/gzip_and_more'" "" \
	"response from \"127.0.0.1\" port $raw_port contains invalid compressed data"
fails "a coding that was not asked for" other ":'raw' || '/unknown_coding'" "" \
	"response from \"127.0.0.1\" port $raw_port has unsupported content encoding \"zebra\""
fails "bad chunk" reset ":'raw' || '/bad_chunk'" "" \
	"connection to \"127.0.0.1\" port $raw_port was lost after 5 bytes of the response"
fails "no HTTP at all" other ":'raw' || '/garbage'" "" \
	"\"127.0.0.1\" port $raw_port did not return a valid HTTP response"
fails "a header without a colon" other ":'raw' || '/header_without_colon'" "" \
	"\"127.0.0.1\" port $raw_port did not return a valid HTTP response"
fails "drip" stalled ":'api' || '/echo?body=' || repeat('a', 400) || '&fault={\"drip\":30}'" "stall_timeout_ms => 1000" \
	"\"127.0.0.1\" port $api_port sent less than 100 bytes per second for 1 s, after N bytes"
fails "hang" timeout ":'api' || '/echo?fault={\"hang\":true}'" "total_timeout_ms => 500" \
	"\"127.0.0.1\" port $api_port did not respond within 0.5 s"
fails "too slow in all" timeout ":'api' || '/echo?body=' || repeat('a', 4000) || '&fault={\"drip\":1000}'" "total_timeout_ms => 1000" \
	"\"127.0.0.1\" port $api_port did not complete its response within 1 s, after N bytes"
fails "refused port" connect "'http://127.0.0.1:1/'" "" \
	"could not connect to \"127.0.0.1\" port 1: connection refused"
fails "no such host" resolve "'http://nowhere.invalid/'" "" \
	"could not resolve the host name of \"nowhere.invalid\" port 80"
fails "a name server that hangs" timeout "'http://slow.test/'" "connect_timeout_ms => 400" \
	"could not connect to \"slow.test\" port 80 within 0.4 s"
fails "body over max_bytes, declared" too_large ":'api' || '/script/big'" "max_bytes => 1000000" \
	"response from \"127.0.0.1\" port $api_port exceeds the limit of 1000000 bytes"
fails "body over max_bytes, chunked" too_large ":'api' || '/script/bigchunk'" "max_bytes => 1000000" \
	"response from \"127.0.0.1\" port $api_port exceeds the limit of 1000000 bytes"
fails "gzip bomb" too_large ":'raw' || '/bomb'" "max_bytes => 20000000, page_memory => 1048576" \
	"response from \"127.0.0.1\" port $raw_port exceeds the limit of 20000000 bytes"
is "a body of exactly max_bytes passes" \
	"SELECT failure, bytes FROM get_pages(ARRAY[:'api' || '/script/biggz'], max_bytes => 5242880)" "none|5242880"
fails "endless headers" too_large ":'raw' || '/endless_head'" "" \
	"response headers from \"127.0.0.1\" port $raw_port are too large"
fails "one huge header" too_large ":'raw' || '/one_huge_header'" "" \
	"response headers from \"127.0.0.1\" port $raw_port are too large"
is "a scheme that is none of ours, after one that is" \
	"SELECT failure, error FROM get_pages(ARRAY['http://127.0.0.1:1/', 'gopher://127.0.0.1/']) WHERE n = 2" \
	'bad_url|invalid URL: "gopher://127.0.0.1/"'
fails "a bad port" bad_url "'http://127.0.0.1:99999/?secret=s3cr3t'" "" \
	'invalid URL: "http://127.0.0.1:99999/?secret=***"'
fails "a user name in the URL" bad_url "'http://me:pw@127.0.0.1/'" "" \
	'invalid URL: "http://me:pw@127.0.0.1/"'
is "a scheme that nothing speaks" "SELECT get_pages(ARRAY['ftp://127.0.0.1/?secret=s3cr3t'])" \
	'ERROR:  unsupported URL scheme: "ftp://127.0.0.1/?secret=***"'
is "a line break in a header" \
	"SELECT get_pages(ARRAY[:'api' || '/echo'], headers => ARRAY[E'X-Key: k1\r\nX-Evil: 1'])" \
	'ERROR:  request header "X-Key" contains a line break'
is "no failure shows the secret" \
	"SELECT count(*), count(*) FILTER (WHERE error LIKE '%s3cr3t%') FROM get_pages(ARRAY[
	 'http://127.0.0.1:1/?secret=s3cr3t', 'http://nowhere.invalid/?secret=s3cr3t', :'raw' || '/empty?secret=s3cr3t',
	 :'raw' || '/garbage?secret=s3cr3t', 'http://[bad/?secret=s3cr3t', 'https://127.0.0.1:1/?secret=s3cr3t',
	 :'api' || '/echo?secret=s3cr3t&header=Location:http://other.test/?secret=s3cr3t&status=302'])" "7|0"
