/*
 * url.c
 *	  Build, check and compare URLs.
 */
#include "base/compat.h"
#include "transport/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include "transport/address.h"
#include "transport/readable.h"

#define LONGEST_HOST 256

/* What identifies an origin; fixed sizes, so that nothing throws while curl's parser lives. */
typedef struct Origin
{
	char		scheme[8];
	char		host[LONGEST_HOST];
	char		port[8];
} Origin;

void
UrlEncode(StringInfo out, const char *value)
{
	const char *p;

	for (p = value; *p; p++)
	{
		unsigned char c = (unsigned char) *p;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '.' || c == '_' || c == '~')
			appendStringInfoChar(out, *p);
		else
			appendStringInfo(out, "%%%02X", c);
	}
}

int
UrlEncodedByte(const char *text, size_t length)
{
	char		digits[] = {0, 0, 0};

	if (length < 3 || text[0] != '%' || !isxdigit((unsigned char) text[1]) ||
		!isxdigit((unsigned char) text[2]))
		return -1;
	memcpy(digits, text + 1, 2);
	return (int) strtol(digits, NULL, 16);
}

static void
AppendPath(StringInfo out, const char *path)
{
	while (*path == '/')
		path++;
	while (out->len > 0 && out->data[out->len - 1] == '/')
		out->data[--out->len] = '\0';
	appendStringInfoChar(out, '/');
	appendStringInfoString(out, path);
}

static void
AppendQuery(StringInfo out, const char *query)
{
	if (query == NULL || *query == '\0')
		return;
	while (*query == '?' || *query == '&')
		query++;
	appendStringInfoChar(out, strchr(out->data, '?') == NULL ? '?' : '&');
	appendStringInfoString(out, query);
}

char *
UrlJoin(const char *base, const char *path, const char *query)
{
	size_t		base_len = strcspn(base, "?#");
	size_t		base_query_len = strcspn(base + base_len, "#");
	StringInfoData out;

	initStringInfo(&out);
	appendBinaryStringInfo(&out, base, base_len);
	if (path != NULL && *path != '\0')
		AppendPath(&out, path);
	if (base_query_len > 1)
		AppendQuery(&out, pnstrdup(base + base_len + 1, base_query_len - 1));
	AppendQuery(&out, query);
	return out.data;
}

static bool
CopyPart(CURLU *parser, CURLUPart part, unsigned int flags, char *to, size_t size)
{
	char	   *text = NULL;
	bool		fits;

	if (curl_url_get(parser, part, &text, flags) != CURLUE_OK)
		return false;
	fits = strlcpy(to, text, size) < size;
	curl_free(text);
	return fits;
}

static CURLUcode
Parse(const char *url, Origin *origin)
{
	CURLU	   *parser = curl_url();
	CURLUcode	code;

	if (parser == NULL)
		return CURLUE_OUT_OF_MEMORY;
	code = curl_url_set(parser, CURLUPART_URL, url, CURLU_DISALLOW_USER);
	if (code == CURLUE_OK &&
		!(CopyPart(parser, CURLUPART_SCHEME, 0, origin->scheme, sizeof(origin->scheme)) &&
		  CopyPart(parser, CURLUPART_HOST, 0, origin->host, sizeof(origin->host)) &&
		  CopyPart(parser, CURLUPART_PORT, CURLU_DEFAULT_PORT, origin->port,
				   sizeof(origin->port))))
		code = CURLUE_MALFORMED_INPUT;
	curl_url_cleanup(parser);
	return code;
}

static bool
IsHttp(const Origin *origin)
{
	return strcmp(origin->scheme, "http") == 0 || strcmp(origin->scheme, "https") == 0;
}

static const char *
WhyNot(CURLUcode code)
{
	if (code == CURLUE_USER_NOT_ALLOWED)
		return "The URL must not contain a user name or password.";
	if (code == CURLUE_UNSUPPORTED_SCHEME)
		return "The URL scheme must be http or https.";
	if (code == CURLUE_BAD_SCHEME)
		return "The URL has no scheme.";
	if (code == CURLUE_BAD_PORT_NUMBER)
		return "The port must be a number from 1 to 65535.";
	if (code == CURLUE_NO_HOST || code == CURLUE_BAD_HOSTNAME)
		return "The URL has no valid host name.";
	return "The URL is malformed.";
}

void
UrlCheck(const char *what, const char *url)
{
	Origin		origin;
	CURLUcode	code = Parse(url, &origin);

	if (code == CURLUE_OK && IsHttp(&origin))
		return;
	if (code == CURLUE_OK)
		code = CURLUE_UNSUPPORTED_SCHEME;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid URL for %s", what),
			 errdetail_internal("%s", WhyNot(code)),
			 code == CURLUE_USER_NOT_ALLOWED ?
			 errhint("Store the credentials in a user mapping.") :
			 errhint("Specify a URL such as https://api.example.org/v1.")));
}

char *
UrlOrigin(const char *url)
{
	Origin		origin;
	char	   *p;

	if (Parse(url, &origin) != CURLUE_OK || !IsHttp(&origin))
		return NULL;
	for (p = origin.host; *p; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	return psprintf("%s://%s:%s", origin.scheme,
					ReadableText(origin.host, strlen(origin.host), false), origin.port);
}

/* A number in brackets or without; libcurl's parser has made one of whatever form it had. */
static bool
IsPrivateAddress(const char *host)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	char		bare[LONGEST_HOST];

	strlcpy(bare, host + (host[0] == '['), sizeof(bare));
	bare[strcspn(bare, "]%")] = '\0';
	if (inet_pton(AF_INET, bare, &v4.sin_addr) == 1)
		return !AddressIsPublic((struct sockaddr *) &v4);
	return inet_pton(AF_INET6, bare, &v6.sin6_addr) == 1 &&
		!AddressIsPublic((struct sockaddr *) &v6);
}

static bool
IsThisMachine(const char *host)
{
	static const char name[] = "localhost";
	size_t		len = strlen(host);

	len -= len > 0 && host[len - 1] == '.';
	return len >= strlen(name) &&
		pg_strncasecmp(host + len - strlen(name), name, strlen(name)) == 0 &&
		(len == strlen(name) || host[len - strlen(name) - 1] == '.');
}

char *
UrlPrivateHost(const char *url)
{
	Origin		origin;

	if (Parse(url, &origin) != CURLUE_OK ||
		!(IsPrivateAddress(origin.host) || IsThisMachine(origin.host)))
		return NULL;
	return ReadableText(origin.host, strlen(origin.host), false);
}

bool
UrlIsOrigin(const char *url)
{
	const char *host = strstr(url, "://");
	size_t		len;

	if (host == NULL)
		return false;
	len = strcspn(host + 3, "/?#");
	return host[3 + len] == '\0' || strcmp(host + 3 + len, "/") == 0;
}

bool
UrlSameOrigin(const char *a, const char *b)
{
	char	   *origin_a = UrlOrigin(a);
	char	   *origin_b = UrlOrigin(b);

	return origin_a != NULL && origin_b != NULL && strcmp(origin_a, origin_b) == 0;
}

/* Into malloc'd text, so that the parser is gone before anything can throw. */
static char *
Resolve(const char *base, const char *location)
{
	CURLU	   *parser = curl_url();
	char	   *text = NULL;

	if (parser != NULL &&
		curl_url_set(parser, CURLUPART_URL, base, 0) == CURLUE_OK &&
		curl_url_set(parser, CURLUPART_URL, location, CURLU_URLENCODE) == CURLUE_OK &&
		curl_url_set(parser, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK)
		(void) curl_url_get(parser, CURLUPART_URL, &text, 0);
	curl_url_cleanup(parser);
	return text;
}

char *
UrlResolve(const char *base, const char *location)
{
	char	   *text = Resolve(base, location);
	char	   *copy;
	size_t		size;

	if (text == NULL)
		return NULL;
	size = strlen(text) + 1;
	copy = MemoryContextAllocExtended(CurrentMemoryContext, size, MCXT_ALLOC_NO_OOM);
	if (copy != NULL)
		memcpy(copy, text, size);
	curl_free(text);
	return copy;
}
