/*
 * curl_failure.c
 *	  Error messages of failed transfers.
 *
 * libcurl's own texts may quote the URL, so they are used only where they cannot.
 */
#include "base/compat.h"
#include "transport/curl_session.h"

#include "transport/readable.h"
#include "utils/guc.h"

typedef struct CodeClass
{
	CURLcode	code;
	TransportFailure failure;
} CodeClass;

static const CodeClass classes[] = {
	{CURLE_COULDNT_RESOLVE_HOST, TRANSPORT_RESOLVE},
	{CURLE_COULDNT_CONNECT, TRANSPORT_CONNECT},
	{CURLE_OPERATION_TIMEDOUT, TRANSPORT_TIMEOUT},
	{CURLE_SSL_CONNECT_ERROR, TRANSPORT_TLS},
	{CURLE_PEER_FAILED_VERIFICATION, TRANSPORT_CERTIFICATE},
	{CURLE_SSL_CERTPROBLEM, TRANSPORT_CERTIFICATE},
	{CURLE_SSL_CIPHER, TRANSPORT_TLS},
	{CURLE_SSL_CACERT_BADFILE, TRANSPORT_CERTIFICATE},
	{CURLE_SSL_ISSUER_ERROR, TRANSPORT_CERTIFICATE},
	{CURLE_SSL_INVALIDCERTSTATUS, TRANSPORT_CERTIFICATE},
	{CURLE_SSL_PINNEDPUBKEYNOTMATCH, TRANSPORT_TLS},
	{CURLE_GOT_NOTHING, TRANSPORT_RESET},
	{CURLE_RECV_ERROR, TRANSPORT_RESET},
	{CURLE_SEND_ERROR, TRANSPORT_RESET},
	{CURLE_HTTP2, TRANSPORT_RESET},
	{CURLE_HTTP2_STREAM, TRANSPORT_RESET},
	{CURLE_PARTIAL_FILE, TRANSPORT_PARTIAL},
	{CURLE_FILESIZE_EXCEEDED, TRANSPORT_TOO_LARGE},
	{CURLE_URL_MALFORMAT, TRANSPORT_BAD_URL},
	{CURLE_UNSUPPORTED_PROTOCOL, TRANSPORT_BAD_URL},
	{CURLE_LOGIN_DENIED, TRANSPORT_BAD_URL},	/* a user name in the URL */
};

/* Was the connection made, and the request sent? */
static bool
WasSent(const CurlTransfer *transfer)
{
	long		sent = 0;

	(void) curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &sent);
	return sent > 0;
}

static TransportFailure
Classify(const CurlTransfer *transfer, CURLcode code)
{
	int			i;

	if (transfer->no_room)
		return TRANSPORT_NO_ROOM;
	if (transfer->head_too_large)
		return TRANSPORT_HEAD_TOO_LARGE;
	if (transfer->body_too_large)
		return TRANSPORT_TOO_LARGE;
	if (code == CURLE_WRITE_ERROR && transfer->request.max_bytes > 0)
		return TRANSPORT_TOO_LARGE; /* not our callback's: since 8.20 libcurl counts unpacked bytes */
	if (code == CURLE_UNSUPPORTED_PROTOCOL && WasSent(transfer))
		return TRANSPORT_OTHER; /* the answer's protocol, not the URL's */
	if (code == CURLE_COULDNT_CONNECT && transfer->refused[0] != '\0' &&
		transfer->dialled == 0)
		return TRANSPORT_REFUSED_ADDRESS;
	if (code == CURLE_OPERATION_TIMEDOUT && transfer->page->status != 0 &&
		strstr(transfer->error, "too slow") != NULL)
		return TRANSPORT_STALLED;
	for (i = 0; i < lengthof(classes); i++)
		if (classes[i].code == code)
			return classes[i].failure;
	return TRANSPORT_OTHER;
}

/* "api.example.org" port 443, from the URL that is fit to be shown. */
static const char *
Peer(const CurlTransfer *transfer)
{
	CURLU	   *parser = curl_url();
	char	   *host = NULL;
	char	   *port = NULL;
	const char *peer = "the server";

	if (parser != NULL &&
		curl_url_set(parser, CURLUPART_URL, transfer->request.shown_url,
					 CURLU_ALLOW_SPACE) == CURLUE_OK &&
		curl_url_get(parser, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		curl_url_get(parser, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
		peer = psprintf("\"%s\" port %s", ReadableText(host, strlen(host), false), port);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(parser);
	return peer;
}

/* The system's words for the socket's error, begun in lower case as our messages are. */
static const char *
SocketError(CURL *easy)
{
	long		number = 0;
	char	   *text;

	(void) curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
	if (number == 0)
		return NULL;
	text = pstrdup(strerror((int) number));
	text[0] = pg_tolower((unsigned char) text[0]);
	return text;
}

static char *
Seconds(int64 ms)
{
	return psprintf("%g s", ms / 1000.0);
}

static char *
ExplainConnect(const CurlTransfer *transfer, const char *peer)
{
	const char *reason = SocketError(transfer->easy);

	if (reason == NULL)
		return psprintf("could not connect to %s", peer);
	return psprintf("could not connect to %s: %s", peer, reason);
}

static char *
ExplainTimeout(const CurlTransfer *transfer, const char *peer)
{
	const TransportRequest *request = &transfer->request;
	if (!WasSent(transfer))
		return psprintf("could not connect to %s within %s", peer,
						Seconds(Min(request->connect_timeout_ms,
									request->total_timeout_ms)));
	if (transfer->page->status == 0)
		return psprintf("%s did not respond within %.1f s", peer,
						transfer->page->total_us / 1000000.0);
	return psprintf("%s did not complete its response within %s, after " INT64_FORMAT " bytes",
					peer, Seconds(request->total_timeout_ms),
					transfer->page->bytes);
}

static char *
ExplainReset(const CurlTransfer *transfer, const char *peer)
{
	const char *reason = SocketError(transfer->easy);
	const char *when = "before a response was received";

	if (transfer->page->status != 0)
		when = psprintf("after " INT64_FORMAT " bytes of the response",
						transfer->page->bytes);
	if (reason == NULL)
		return psprintf("connection to %s was lost %s", peer, when);
	return psprintf("connection to %s was lost %s: %s", peer, when, reason);
}

static char *
ExplainPartial(const CurlTransfer *transfer, const char *peer)
{
	if (!transfer->head_ended)
		return psprintf("response from %s is truncated in its headers", peer);
	return psprintf("response from %s is truncated after " INT64_FORMAT " bytes", peer,
					transfer->page->bytes);
}

static char *
ExplainOther(const CurlTransfer *transfer, CURLcode code, const char *peer)
{
	if (transfer->unpacker.coding == CODING_UNKNOWN)
		return psprintf("response from %s has unsupported content encoding \"%s\"",
						peer, PageHeaderValue(transfer->page, "content-encoding"));
	if (code == CURLE_BAD_CONTENT_ENCODING)
		return psprintf("response from %s contains invalid compressed data", peer);
	if (code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UNSUPPORTED_PROTOCOL)
		return psprintf("%s did not return a valid HTTP response", peer);
	return psprintf("request to %s failed: %s", peer, curl_easy_strerror(code));
}

static char *
Explain(const CurlTransfer *transfer, TransportFailure failure, CURLcode code)
{
	const char *peer = Peer(transfer);

	switch (failure)
	{
		case TRANSPORT_RESOLVE:
			return psprintf("could not resolve the host name of %s", peer);
		case TRANSPORT_CONNECT:
			return ExplainConnect(transfer, peer);
		case TRANSPORT_TLS:
		case TRANSPORT_CERTIFICATE:
			return psprintf("could not establish a TLS connection to %s: %s", peer,
							ReadableText(transfer->error, strlen(transfer->error), false));
		case TRANSPORT_TIMEOUT:
			return ExplainTimeout(transfer, peer);
		case TRANSPORT_STALLED:
			return psprintf("%s sent less than 100 bytes per second for %s, after "
							INT64_FORMAT " bytes", peer,
							Seconds(transfer->request.stall_timeout_ms),
							transfer->page->bytes);
		case TRANSPORT_RESET:
			return ExplainReset(transfer, peer);
		case TRANSPORT_PARTIAL:
			return ExplainPartial(transfer, peer);
		case TRANSPORT_TOO_LARGE:
			return psprintf("response from %s exceeds the limit of " INT64_FORMAT " bytes",
							peer, transfer->request.max_bytes);
		case TRANSPORT_NO_ROOM:
			return psprintf("response from %s exceeds the temporary file space left by "
							"temp_file_limit (%d kB)", peer, temp_file_limit);
		case TRANSPORT_HEAD_TOO_LARGE:
			return psprintf("response headers from %s are too large", peer);
		case TRANSPORT_REFUSED_ADDRESS:
			return psprintf("connection to %s is not allowed: address %s is private",
							peer, transfer->refused);
		case TRANSPORT_BAD_URL:
			return psprintf("invalid URL: \"%s\"", transfer->request.shown_url);
		default:
			return ExplainOther(transfer, code, peer);
	}
}

void
PageFail(FetchedPage *page, TransportFailure failure, char *message)
{
	page->failure = failure;
	page->error = message;
}

void
PageExplainFailure(CurlTransfer *transfer, CURLcode code)
{
	TransportFailure failure = Classify(transfer, code);

	PageFail(transfer->page, failure, Explain(transfer, failure, code));
}
