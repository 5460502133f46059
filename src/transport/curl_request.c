/*
 * curl_request.c
 *	  Set the options of a libcurl handle from a request.
 */
#include "base/compat.h"
#include "transport/curl_session.h"

#define CONNECT_TIMEOUT_MS	10000
#define TOTAL_TIMEOUT_MS	60000
#define STALL_TIMEOUT_MS	30000
#define STALL_BYTES_PER_S	100

typedef struct NumberOption
{
	CURLoption	option;
	long		value;
} NumberOption;

static const NumberOption number_options[] = {
	{CURLOPT_NOSIGNAL, 1},
	{CURLOPT_NOPROGRESS, 1},
	{CURLOPT_QUICK_EXIT, 1},	/* do not wait for a resolver thread */
	{CURLOPT_FOLLOWLOCATION, 0},
	{CURLOPT_HTTP_CONTENT_DECODING, 0}, /* unpack.h says why */
	{CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
	{CURLOPT_TCP_KEEPALIVE, 1},
	{CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
	{CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
	{CURLOPT_SSL_VERIFYPEER, 1},
	{CURLOPT_SSL_VERIFYHOST, 2},
	{CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_S},
};

typedef struct TextOption
{
	CURLoption	option;
	const char *value;
} TextOption;

static const TextOption text_options[] = {
	{CURLOPT_PROTOCOLS_STR, "http,https"},
	{CURLOPT_PROXY, ""},		/* the environment must not reroute */
	{CURLOPT_NOPROXY, "*"},
	{CURLOPT_ACCEPT_ENCODING, UNPACK_CODINGS},
	{CURLOPT_USERAGENT, "pg_elt/1.0"},
};

static void
Require(CURLcode code)
{
	if (code == CURLE_OUT_OF_MEMORY)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Failed while preparing an HTTP request.")));
	if (code != CURLE_OK)
		elog(ERROR, "could not set a libcurl option: %s", curl_easy_strerror(code));
}

static void
SetFixedOptions(CURL *easy)
{
	int			i;

	for (i = 0; i < lengthof(number_options); i++)
		Require(curl_easy_setopt(easy, number_options[i].option, number_options[i].value));
	for (i = 0; i < lengthof(text_options); i++)
		Require(curl_easy_setopt(easy, text_options[i].option, text_options[i].value));
}

static void
SetCallbacks(CurlTransfer *transfer)
{
	CURL	   *easy = transfer->easy;

	Require(curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer));
	Require(curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error));
	Require(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody));
	Require(curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer));
	Require(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader));
	Require(curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer));
	Require(curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OnOpenSocket));
	Require(curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer));
	Require(curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, OnCloseSocket));
	Require(curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, transfer->session));
}

/* A line break would smuggle in a header of its own. The value may be a secret. */
static void
CheckHeader(const char *header)
{
	const char *colon = strchr(header, ':');

	if (colon == NULL || colon == header)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("request header has no name"),
				 errhint("Specify headers as \"Name: value\".")));
	if (strpbrk(header, "\r\n") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("request header \"%.*s\" contains a line break",
						(int) strcspn(header, ":\r\n"), header)));
}

void
CheckRequestHeaders(const TransportRequest *request)
{
	ListCell   *cell;

	foreach(cell, request->headers)
		CheckHeader(lfirst(cell));
}

static void
AddHeader(CurlTransfer *transfer, const char *header)
{
	struct curl_slist *longer = curl_slist_append(transfer->headers, header);

	if (longer == NULL)
		Require(CURLE_OUT_OF_MEMORY);
	transfer->headers = longer;
}

static void
SetHeaders(CurlTransfer *transfer)
{
	ListCell   *cell;

	foreach(cell, transfer->request.headers)
		AddHeader(transfer, lfirst(cell));
	AddHeader(transfer, "Expect:"); /* no wait for permission to send a body */
	Require(curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers));
}

static void
SetMethod(CurlTransfer *transfer)
{
	CURL	   *easy = transfer->easy;
	const TransportRequest *request = &transfer->request;

	if (strcmp(request->method, "GET") == 0 && request->body == NULL)
	{
		Require(curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL));
		Require(curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L));
		return;
	}
	Require(curl_easy_setopt(easy, CURLOPT_POST, 1L));
	Require(curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body ? request->body : ""));
	Require(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
							 (curl_off_t) (request->body ? strlen(request->body) : 0)));
	if (strcmp(request->method, "POST") != 0)
		Require(curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method));
}

static void
SetBlob(CurlTransfer *transfer, CURLoption option, const char *pem)
{
	struct curl_blob blob = {(void *) pem, pem ? strlen(pem) : 0, CURL_BLOB_COPY};

	if (pem != NULL)
		Require(curl_easy_setopt(transfer->easy, option, &blob));
}

/* Headers of the request are for the server alone, and those of a tunnel no answer of it. */
static void
SetProxy(CurlTransfer *transfer)
{
	const TransportRequest *request = &transfer->request;
	CURL	   *easy = transfer->easy;

	if (request->proxy == NULL)
		return;
	Require(curl_easy_setopt(easy, CURLOPT_PROXY, request->proxy));
	Require(curl_easy_setopt(easy, CURLOPT_NOPROXY, ""));
	Require(curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long) CURLHEADER_SEPARATE));
	Require(curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L));
	if (request->proxy_user == NULL)
		return;
	Require(curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, request->proxy_user));
	Require(curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, request->proxy_password));
}

static void
SetLimits(CurlTransfer *transfer)
{
	const char *pem = transfer->request.ca_pem;

	/* Declared lengths only; the body callback counts what really comes. */
	if (transfer->request.max_bytes > 0)
		Require(curl_easy_setopt(transfer->easy, CURLOPT_MAXFILESIZE_LARGE,
								 (curl_off_t) transfer->request.max_bytes));
	SetBlob(transfer, CURLOPT_CAINFO_BLOB, pem);
	SetBlob(transfer, CURLOPT_SSLCERT_BLOB, transfer->request.client_certificate_pem);
	SetBlob(transfer, CURLOPT_SSLKEY_BLOB, transfer->request.client_key_pem);
}

/*
 * Time in which nobody called libcurl (a batch was landing) is not the server's fault: it
 * is added to every limit. What earlier hops of a redirect took is subtracted.
 */
void
TransferSetTimeouts(CurlTransfer *transfer)
{
	const TransportRequest *request = &transfer->request;
	long		away = (long) (transfer->away_us / 1000);
	long		total = request->total_timeout_ms + away;
	long		connect = request->connect_timeout_ms + away;
	long		stall = request->stall_timeout_ms + away;

	if (transfer->page->redirects > 0)
		total = Max(1, total - (long) ((NowUs() - transfer->started_us) / 1000));
	Require(curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, total));
	Require(curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS, connect));
	Require(curl_easy_setopt(transfer->easy, CURLOPT_LOW_SPEED_TIME,
							 Max(1, (stall + 999) / 1000)));
}

void
TransferSetUrl(CurlTransfer *transfer)
{
	const char *url = transfer->request.url;

	Require(curl_easy_setopt(transfer->easy, CURLOPT_URL, url));
	/* With TLS the handshake tells at once whether one connection carries many requests. */
	Require(curl_easy_setopt(transfer->easy, CURLOPT_PIPEWAIT,
							 pg_strncasecmp(url, "https:", 6) == 0 ? 1L : 0L));
	SetMethod(transfer);
}

static void
SetDefaults(TransportRequest *request)
{
	if (request->connect_timeout_ms <= 0)
		request->connect_timeout_ms = CONNECT_TIMEOUT_MS;
	if (request->total_timeout_ms <= 0)
		request->total_timeout_ms = TOTAL_TIMEOUT_MS;
	if (request->stall_timeout_ms <= 0)
		request->stall_timeout_ms = STALL_TIMEOUT_MS;
}

static void
TakeHandle(CurlTransfer *transfer)
{
	CurlSession *session = transfer->session;

	if (session->nidle > 0)
		transfer->easy = session->idle[--session->nidle];
	else
		transfer->easy = curl_easy_init();
	if (transfer->easy == NULL)
		Require(CURLE_OUT_OF_MEMORY);
}

void
TransferGiveBackHandle(CurlTransfer *transfer)
{
	CurlSession *session = transfer->session;

	if (transfer->easy == NULL)
		return;
	(void) curl_multi_remove_handle(transfer->lane->multi, transfer->easy);
	curl_easy_reset(transfer->easy);
	if (session->nidle < MAX_RUNNING)
		session->idle[session->nidle++] = transfer->easy;
	else
		curl_easy_cleanup(transfer->easy);
	transfer->easy = NULL;
}

void
TransferAddToMulti(CurlTransfer *transfer)
{
	CURLMcode	code;
	sigset_t	saved;

	BlockAllSignals(&saved);
	code = curl_multi_add_handle(transfer->lane->multi, transfer->easy);
	RestoreSignals(&saved);
	if (code != CURLM_OK)
		elog(ERROR, "could not start a libcurl transfer: %s", curl_multi_strerror(code));
}

void
TransferStart(CurlTransfer *transfer)
{
	SetDefaults(&transfer->request);
	TakeHandle(transfer);
	SetFixedOptions(transfer->easy);
	SetCallbacks(transfer);
	SetHeaders(transfer);
	SetProxy(transfer);
	SetLimits(transfer);
	TransferSetUrl(transfer);
	TransferSetTimeouts(transfer);
	transfer->started_us = NowUs();
	TransferAddToMulti(transfer);
}
