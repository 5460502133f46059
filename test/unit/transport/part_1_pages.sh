# Answers that are as they should be.

is "a small page has its facts" \
	"SELECT status, failure, error IS NULL, content_type, charset, bytes, spooled, http_version, excerpt
	 FROM get_pages(ARRAY[:'api' || '/echo?body=hello&type=text/csv;%20charset=utf-8'])" \
	"200|none|t|text/csv|utf-8|5|f|11|hello"
is "status, ETag and any header arrive" \
	"SELECT status, etag, headers LIKE E'%x-one: 1\n%' FROM get_pages(
	 ARRAY[:'api' || '/echo?status=404&header=ETag:%22v1%22&header=X-One:1'])" \
	'404|"v1"|t'
is "what was asked for is what was sent" \
	"SELECT j->>'method', j->'headers'->>'x-key', j->'headers'->>'user-agent', j->>'body',
	        j->'headers'->>'expect', j->'headers'->>'accept-encoding'
	 FROM get_pages(ARRAY[:'api' || '/reflect'], method => 'POST', body => 'a=1', headers => ARRAY['X-Key: k1']),
	      LATERAL (SELECT excerpt::jsonb) AS e(j)" \
	"POST|k1|pg_elt/1.0|a=1||gzip, deflate"
is "a POST after a GET on the same handles, and a GET after it" \
	"SELECT (SELECT excerpt::jsonb->>'method' FROM get_pages(ARRAY[:'api' || '/reflect'], method => m,
	         body => CASE m WHEN 'POST' THEN 'x' END)) FROM unnest(ARRAY['GET','POST','GET','PUT']) m" \
	$'GET\nPOST\nGET\nPUT'
is "an empty body is a page of no bytes" \
	"SELECT status, failure, bytes, md5 FROM get_pages(ARRAY[:'api' || '/echo?body='])" \
	"200|none|0|d41d8cd98f00b204e9800998ecf8427e"
is "304 has no body and no failure" \
	"SELECT status, failure, bytes FROM get_pages(ARRAY[:'api' || '/echo?body=a&header=ETag:%22v1%22'],
	 headers => ARRAY['If-None-Match: \"v1\"'])" \
	"304|none|0"
is "gzip is unpacked, and counted unpacked" \
	"SELECT failure, bytes, excerpt FROM get_pages(ARRAY[:'api' || '/echo?body=' || repeat('a', 300) || '&fault={\"gzip\":true}'])" \
	"none|300|$(printf 'a%.0s' {1..300})"
is "deflate is unpacked" \
	"SELECT failure, bytes FROM get_pages(ARRAY[:'raw' || '/deflate'])" \
	"none|1200"
is "so is deflate without zlib's frame" \
	"SELECT failure, bytes FROM get_pages(ARRAY[:'raw' || '/bare_deflate'])" \
	"none|1200"
is "and two gzip streams, one after the other" \
	"SELECT failure, bytes FROM get_pages(ARRAY[:'raw' || '/two_gzip'])" \
	"none|2400"
is "nothing is packed as nothing" \
	"SELECT failure, bytes FROM get_pages(ARRAY[:'raw' || '/packed_nothing'])" \
	"none|0"
is "chunks are put together" \
	"SELECT failure, bytes, excerpt FROM get_pages(ARRAY[:'api' || '/echo?body=abcdefgh&fault={\"chunked\":3}'])" \
	"none|8|abcdefgh"
is "a body that the end of the connection ends" \
	"SELECT failure, bytes FROM get_pages(ARRAY[:'raw' || '/until_close'])" \
	"none|1200"
is "HTTP/1.0" \
	"SELECT failure, http_version, excerpt FROM get_pages(ARRAY[:'raw' || '/http_1_0'])" \
	"none|10|old"
is "interim answers and trailers are not the answer's headers" \
	"SELECT status, excerpt, headers FROM get_pages(ARRAY[:'raw' || '/interim'])" \
	$'200|ok|transfer-encoding: chunked\nx-final: yes'
is "odd headers: names fold, repeats join, parameters part, control bytes show" \
	"SELECT content_type, charset, retry_after_ms, headers FROM get_pages(ARRAY[:'raw' || '/odd_headers'])" \
	'text/csv|iso-8859-1|1500|content-type: Text/CSV ; header=present; Charset="ISO-8859-1"
link: <a>; rel=next, <b>; rel=last
x-empty: 
x-folded: one, two; three: 3
x-binary: a\xffb\x1b[0m
retry-after: 1.5
content-length: 2'
is "Retry-After: seconds, dates by the server's own clock, nonsense ignored" \
	"SELECT (SELECT retry_after_ms FROM get_pages(ARRAY[:'api' || '/echo?status=429&header=Retry-After:' || v]))
	 FROM unnest(ARRAY['120','0','-5','1.5','1.5.5','abc','9999999999999','2 days',
	 'Wed,%2021%20Oct%202015%2007:28:30%20GMT&header=Date:Wed,%2021%20Oct%202015%2007:28:00%20GMT',
	 'Wed,%2021%20Oct%202015%2007:28:00%20GMT',
	 'Wed,%2021%20Oct%202015%2007:27:00%20GMT&header=Date:Wed,%2021%20Oct%202015%2007:28:00%20GMT']) v" \
	$'120000\n-1\n-1\n1500\n-1\n-1\n31622400000\n-1\n30000\n-1\n-1'
is "an excerpt is readable and keeps characters whole" \
	"SELECT excerpt(:'raw' || '/odd_body', 100),
	        excerpt(:'api' || '/echo?body=%C3%A4%C3%B6', 3), excerpt(:'api' || '/echo?body=abc', 0)" \
	'äö\n\x00\x1b\xc2\x9b\xff\xc3|ä|'
is "a body's hash is the same however it comes, and another body's is another" \
	"WITH p AS (SELECT n, hash FROM get_pages(ARRAY[
	   :'api' || '/echo?body=abcdefghijklmnopqrstuvwxyz',
	   :'api' || '/echo?body=abcdefghijklmnopqrstuvwxyz&fault={\"chunked\":1}',
	   :'api' || '/echo?body=abcdefghijklmnopqrstuvwxyz&fault={\"gzip\":true,\"chunked\":5}',
	   :'api' || '/echo?body=abcdefghijklmnopqrstuvwxyz%00',
	   :'api' || '/echo?body=abcdefghijklmnopqrstuvwxyy']))
	 SELECT count(DISTINCT hash) FILTER (WHERE n <= 3), count(DISTINCT hash) FROM p" \
	"1|3"
