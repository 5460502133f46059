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
is "an empty body is a page of no bytes" \
	"SELECT status, failure, bytes, md5 FROM get_pages(ARRAY[:'api' || '/echo?body='])" \
	"200|none|0|d41d8cd98f00b204e9800998ecf8427e"
