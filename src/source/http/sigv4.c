/*
 * sigv4.c
 *	  Sign requests with AWS Signature Version 4.
 *
 * The signature is an HMAC over the hash of a canonical form of the request, which includes the
 * headers Host, Content-Type and X-Amz-*.
 */
#include "base/compat.h"
#include "source/http/sigv4.h"

#include "base/item_list.h"
#include "common/cryptohash.h"
#include "common/hmac.h"
#include "common/sha2.h"
#include "lib/stringinfo.h"
#include "pgtime.h"
#include "transport/transport.h"
#include "transport/url.h"

#define HEX_LENGTH (2 * PG_SHA256_DIGEST_LENGTH)

/* Between a name and its value while they are sorted: less than any byte of a name. */
#define SEPARATOR '\001'

typedef struct Signing
{
	const AwsKey *key;
	TransportRequest *request;
	char		stamp[17];		/* 20150830T123600Z */
	char	   *scope;			/* 20150830/us-east-1/iam/aws4_request */
	char		body_hash[HEX_LENGTH + 1];
	List	   *signed_headers; /* of char *, name, SEPARATOR, value */
} Signing;

static void
Hex(const uint8 *bytes, char *out)
{
	for (int i = 0; i < PG_SHA256_DIGEST_LENGTH; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void
Sha256(const char *text, char *hex)
{
	uint8		digest[PG_SHA256_DIGEST_LENGTH];
	pg_cryptohash_ctx *hash = pg_cryptohash_create(PG_SHA256);

	if (pg_cryptohash_init(hash) < 0 ||
		pg_cryptohash_update(hash, (const uint8 *) text, strlen(text)) < 0 ||
		pg_cryptohash_final(hash, digest, sizeof(digest)) < 0)
		elog(ERROR, "could not compute hash of request: %s", pg_cryptohash_error(hash));
	pg_cryptohash_free(hash);
	Hex(digest, hex);
}

static void
Hmac(const uint8 *key, size_t length, const char *text, uint8 *digest)
{
	pg_hmac_ctx *hmac = pg_hmac_create(PG_SHA256);

	if (pg_hmac_init(hmac, key, length) < 0 ||
		pg_hmac_update(hmac, (const uint8 *) text, strlen(text)) < 0 ||
		pg_hmac_final(hmac, digest, PG_SHA256_DIGEST_LENGTH) < 0)
		elog(ERROR, "could not sign a request: %s", pg_hmac_error(hmac));
	pg_hmac_free(hmac);
}

/* "host", the path and what follows it, of an absolute URL. */
static char *
SplitUrl(const char *url, const char **path)
{
	const char *host = strstr(url, "://") + 3;

	*path = host + strcspn(host, "/?#");
	return pnstrdup(host, *path - host);
}

/* The host as HTTP sends it: without the port that goes without saying. */
static char *
HostHeader(const char *url, char *host)
{
	const char *usual = pg_strncasecmp(url, "https:", 6) == 0 ? ":443" : ":80";
	size_t		length = strlen(host);

	if (length > strlen(usual) && strcmp(host + length - strlen(usual), usual) == 0)
		host[length - strlen(usual)] = '\0';
	return host;
}

static int
CompareTexts(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* S3 takes a path as it was sent; all others encode it once more. */
static void
AppendPath(StringInfo out, const AwsKey *key, const char *path)
{
	size_t		length = strcspn(path, "?#");

	if (length == 0)
		appendStringInfoChar(out, '/');
	for (size_t i = 0; i < length; i++)
	{
		char		one[] = {path[i], '\0'};

		if (path[i] == '/' || strcmp(key->service, "s3") == 0)
			appendStringInfoChar(out, path[i]);
		else
			UrlEncode(out, one);
	}
}

/* Part of a query, encoded in the one way that AWS does it. */
static void
AppendEncoded(StringInfo out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
	{
		int			value = UrlEncodedByte(text + i, length - i);
		char		one[] = {value < 0 ? text[i] : (char) value, '\0'};

		if (one[0] == '\0')
			appendStringInfoString(out, "%00");
		else
			UrlEncode(out, one);
		if (value >= 0)
			i += 2;
	}
}

static char *
QueryPair(const char *part, size_t length)
{
	const char *equals = memchr(part, '=', length);
	size_t		name = equals ? (size_t) (equals - part) : length;
	StringInfoData pair;

	initStringInfo(&pair);
	AppendEncoded(&pair, part, name);
	appendStringInfoChar(&pair, SEPARATOR);
	if (equals != NULL)
		AppendEncoded(&pair, equals + 1, length - name - 1);
	return pair.data;
}

static void
AppendQuery(StringInfo out, const char *path)
{
	const char *p = path + strcspn(path, "?#");
	List	   *pairs = NIL;
	ListCell   *lc;

	while (*p == '?' || *p == '&')
	{
		size_t		length = strcspn(++p, "&#");

		if (length > 0)
			pairs = lappend(pairs, QueryPair(p, length));
		p += length;
	}
	list_sort(pairs, CompareTexts);
	foreach(lc, pairs)
	{
		*strchr(lfirst(lc), SEPARATOR) = '=';
		appendStringInfo(out, "%s%s", lc == list_head(pairs) ? "" : "&", (char *) lfirst(lc));
	}
}

static bool
IsSigned(const char *header)
{
	return pg_strncasecmp(header, "x-amz-", 6) == 0 ||
		pg_strncasecmp(header, "host:", 5) == 0 ||
		pg_strncasecmp(header, "content-type:", 13) == 0;
}

/* Name in lower case, value without blanks around it and with single ones in between. */
static char *
CanonicalHeader(const char *header)
{
	StringInfoData out;
	const char *p = strchr(header, ':') + 1;

	initStringInfo(&out);
	for (const char *c = header; c < p - 1; c++)
		appendStringInfoChar(&out, pg_tolower((unsigned char) *c));
	appendStringInfoChar(&out, SEPARATOR);
	p += strspn(p, " \t");
	while (*p != '\0')
	{
		size_t		word = strcspn(p, " \t");

		appendBinaryStringInfo(&out, p, word);
		p += word;
		p += strspn(p, " \t");
		if (*p != '\0')
			appendStringInfoChar(&out, ' ');
	}
	return out.data;
}

static void
CollectHeaders(Signing *s)
{
	ListCell   *lc;

	foreach(lc, s->request->headers)
		if (IsSigned(lfirst(lc)))
			s->signed_headers = lappend(s->signed_headers, CanonicalHeader(lfirst(lc)));
	list_sort(s->signed_headers, CompareTexts);
}

static char *
SignedNames(const Signing *s)
{
	StringInfoData out;
	ListCell   *lc;

	initStringInfo(&out);
	foreach(lc, s->signed_headers)
	{
		const char *header = lfirst(lc);

		AppendItem(&out, ";", "%.*s", (int) (strchr(header, SEPARATOR) - header), header);
	}
	return out.data;
}

static char *
CanonicalRequest(const Signing *s)
{
	StringInfoData out;
	const char *path;
	ListCell   *lc;

	(void) SplitUrl(s->request->url, &path);
	initStringInfo(&out);
	appendStringInfo(&out, "%s\n", s->request->method);
	AppendPath(&out, s->key, path);
	appendStringInfoChar(&out, '\n');
	AppendQuery(&out, path);
	appendStringInfoChar(&out, '\n');
	foreach(lc, s->signed_headers)
	{
		char	   *header = pstrdup(lfirst(lc));

		*strchr(header, SEPARATOR) = ':';
		appendStringInfo(&out, "%s\n", header);
	}
	appendStringInfo(&out, "\n%s\n%s", SignedNames(s), s->body_hash);
	return out.data;
}

/* A key for one day, one region and one service, and with it the signature. */
static void
Signature(const Signing *s, char *hex)
{
	char	   *first = psprintf("AWS4%s", s->key->secret_key);
	char	   *parts = pstrdup(s->scope);
	char	   *part;
	char		request_hash[HEX_LENGTH + 1];
	uint8		digest[PG_SHA256_DIGEST_LENGTH];

	part = strsep(&parts, "/");
	Hmac((const uint8 *) first, strlen(first), part, digest);
	while ((part = strsep(&parts, "/")) != NULL)
		Hmac(digest, sizeof(digest), part, digest);
	Sha256(CanonicalRequest(s), request_hash);
	Hmac(digest, sizeof(digest), psprintf("AWS4-HMAC-SHA256\n%s\n%s\n%s", s->stamp, s->scope,
										  request_hash), digest);
	Hex(digest, hex);
	explicit_bzero(first, strlen(first));
}

static void
AddHeader(TransportRequest *request, const char *name, const char *value)
{
	request->headers = lappend(request->headers, psprintf("%s: %s", name, value));
}

static void
AddHeaders(Signing *s)
{
	TransportRequest *request = s->request;
	const char *path;
	char	   *host = SplitUrl(request->url, &path);

	request->headers = list_copy(request->headers);
	AddHeader(request, "Host", HostHeader(request->url, host));
	AddHeader(request, "X-Amz-Date", s->stamp);
	AddHeader(request, "X-Amz-Content-Sha256", s->body_hash);
	if (s->key->session_token != NULL)
		AddHeader(request, "X-Amz-Security-Token", s->key->session_token);
}

void
SigV4Sign(const AwsKey *key, TransportRequest *request, time_t now)
{
	Signing		s = {key, request};
	pg_time_t	at = (pg_time_t) now;
	char		signature[HEX_LENGTH + 1];

	pg_strftime(s.stamp, sizeof(s.stamp), "%Y%m%dT%H%M%SZ", pg_gmtime(&at));
	s.scope = psprintf("%.8s/%s/%s/aws4_request", s.stamp, key->region, key->service);
	Sha256(request->body ? request->body : "", s.body_hash);
	AddHeaders(&s);
	CollectHeaders(&s);
	Signature(&s, signature);
	AddHeader(request, "Authorization",
			  psprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
					   key->access_key, s.scope, SignedNames(&s), signature));
	request->max_redirects = 0;
}
