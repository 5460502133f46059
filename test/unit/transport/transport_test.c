/*
 * transport_test.c
 *	  The transport's functions for SQL, without the rest of the extension.
 */
#include "base/compat.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "catalog/pg_type.h"
#include "common/md5.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "transport/address.h"
#include "transport/body.h"
#include "transport/curl.h"
#include "transport/transport.h"
#include "transport/url.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

PG_MODULE_MAGIC;

#define PAGE_COLUMNS 21
#define MAX_KEPT 16

PGDLLEXPORT void _PG_init(void);

/* The session of the functions that keep one over several statements. */
static Transport *kept_session = NULL;
static FetchedPage *kept[MAX_KEPT];
static int	nkept = 0;

/* Of base/extension.c, which would need the rest of the extension. */
void
ReportMissingArgument(FunctionCallInfo fcinfo)
{
	elog(ERROR, "function has %d arguments, fewer than it reads", fcinfo->nargs);
}

void
_PG_init(void)
{
	CurlTransportInit();
}

static char *
TextArg(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static List *
StringList(Datum array)
{
	Datum	   *values;
	int			count;
	int			i;
	List	   *list = NIL;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &values,
					  NULL, &count);
	for (i = 0; i < count; i++)
		list = lappend(list, TextDatumGetCString(values[i]));
	return list;
}

/* What stands between "secret=" and the next "&" becomes ***. */
static char *
Shown(const char *url)
{
	const char *secret = strstr(url, "secret=");

	if (secret == NULL)
		return pstrdup(url);
	secret += strlen("secret=");
	return psprintf("%.*s***%s", (int) (secret - url), url, secret + strcspn(secret, "&"));
}

/* Reads the body to its end. */
static char *
BodyMd5(FetchedPage *page)
{
	StringInfoData all;
	const char *data;
	size_t		len;
	char	   *md5 = palloc0(33);
	const char *problem = NULL;

	initStringInfo(&all);
	PageRewind(page);
	while (PageNextChunk(page, &data, &len))
		appendBinaryStringInfo(&all, data, len);
	if (all.len != page->bytes)
		elog(ERROR, "read %d bytes of " INT64_FORMAT, all.len, page->bytes);
	if (!pg_md5_hash(all.data, all.len, md5, &problem))
		elog(ERROR, "%s", problem);
	pfree(all.data);
	return md5;
}

static Datum
TextOrNull(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

static char *
AllHeaders(FetchedPage *page)
{
	StringInfoData out;
	int			i;

	initStringInfo(&out);
	for (i = 0; i < page->nheaders; i++)
		appendStringInfo(&out, "%s: %s\n", page->headers[i].name, page->headers[i].value);
	return out.data;
}

static void
PutPage(ReturnSetInfo *result, FetchedPage *page)
{
	Datum		values[PAGE_COLUMNS];
	bool		nulls[PAGE_COLUMNS] = {0};
	char	   *md5 = BodyMd5(page);

	if (strcmp(md5, BodyMd5(page)) != 0)
		elog(ERROR, "a body reads differently the second time");
	values[0] = Int32GetDatum((int) (intptr_t) page->tag);
	values[1] = Int32GetDatum(page->status);
	values[2] = CStringGetTextDatum(TransportFailureName(page->failure));
	values[3] = TextOrNull(page->error, &nulls[3]);
	values[4] = TextOrNull(page->content_type, &nulls[4]);
	values[5] = TextOrNull(page->charset, &nulls[5]);
	values[6] = TextOrNull(page->etag, &nulls[6]);
	values[7] = TextOrNull(page->last_modified, &nulls[7]);
	values[8] = Int64GetDatum(page->retry_after_ms);
	values[9] = Int64GetDatum(page->bytes);
	values[10] = Int64GetDatum((int64) page->body_hash);
	values[11] = CStringGetTextDatum(md5);
	values[12] = BoolGetDatum(page->body->file >= 0);
	values[13] = BoolGetDatum(page->reused_connection);
	values[14] = Int32GetDatum(page->http_version);
	values[15] = Int32GetDatum(page->redirects);
	values[16] = CStringGetTextDatum(PageExcerpt(page, 4000));
	values[17] = CStringGetTextDatum(AllHeaders(page));
	values[18] = Float8GetDatum(page->total_us / 1000.0);
	values[19] = Float8GetDatum(page->first_byte_us / 1000.0);
	values[20] = Float8GetDatum((page->dns_us + page->connect_us + page->tls_us) / 1000.0);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* Arguments from n on: the options, in the order of the SQL declaration. */
static void
TakeOptions(FunctionCallInfo fcinfo, int n, TransportRequest *request)
{
	request->method = TextArg(fcinfo, n);
	request->headers = PG_ARGISNULL(n + 1) ? NIL : StringList(PG_GETARG_DATUM(n + 1));
	request->body = TextArg(fcinfo, n + 2);
	request->connect_timeout_ms = PG_GETARG_INT32(n + 3);
	request->total_timeout_ms = PG_GETARG_INT32(n + 4);
	request->stall_timeout_ms = PG_GETARG_INT32(n + 5);
	request->max_bytes = PG_GETARG_INT64(n + 6);
	request->allow_private = PG_GETARG_BOOL(n + 7);
	request->max_redirects = PG_GETARG_INT32(n + 8);
	request->ca_pem = TextArg(fcinfo, n + 9);
}

static void
SubmitUrl(Transport *session, TransportRequest *request, char *url, int number)
{
	request->url = url;
	request->shown_url = Shown(url);
	request->tag = (void *) (intptr_t) number;
	TransportSubmit(session, request);
}

/* get_pages(urls, page_memory, options...): one row per page, in the order of their ends */
PG_FUNCTION_INFO_V1(get_pages);
PGDLLEXPORT Datum
get_pages(PG_FUNCTION_ARGS)
{
	List	   *urls = StringList(PG_GETARG_DATUM(0));
	Transport  *session = TransportOpen(PG_GETARG_INT64(1));
	TransportRequest request = {0};
	ListCell   *cell;
	FetchedPage *page;
	int			number = 0;

	InitMaterializedSRF(fcinfo, 0);
	TakeOptions(fcinfo, 2, &request);
	foreach(cell, urls)
		SubmitUrl(session, &request, lfirst(cell), ++number);
	while ((page = TransportWait(session, -1)) != NULL)
	{
		PutPage((ReturnSetInfo *) fcinfo->resultinfo, page);
		PageFree(page);
	}
	if (TransportInFlight(session) != 0)
		elog(ERROR, "%d requests are still in flight", TransportInFlight(session));
	TransportClose(session);
	return (Datum) 0;
}

/* excerpt(url, maxlen) */
PG_FUNCTION_INFO_V1(excerpt);
PGDLLEXPORT Datum
excerpt(PG_FUNCTION_ARGS)
{
	Transport  *session = TransportOpen(1024);
	TransportRequest request = {.method = "GET", .allow_private = true};
	FetchedPage *page;
	text	   *result;

	SubmitUrl(session, &request, TextArg(fcinfo, 0), 1);
	page = TransportWait(session, -1);
	result = cstring_to_text(PageExcerpt(page, PG_GETARG_INT32(1)));
	TransportClose(session);
	PG_RETURN_TEXT_P(result);
}

/* fetch_many(url, count, in_flight): the number of pages that are whole, without reading them */
PG_FUNCTION_INFO_V1(fetch_many);
PGDLLEXPORT Datum
fetch_many(PG_FUNCTION_ARGS)
{
	char	   *url = TextArg(fcinfo, 0);
	int			count = PG_GETARG_INT32(1);
	int			in_flight = PG_GETARG_INT32(2);
	Transport  *session = TransportOpen(8 * 1024 * 1024);
	TransportRequest request = {.method = "GET", .allow_private = true};
	int			submitted = 0;
	int			good = 0;

	for (;;)
	{
		FetchedPage *page;

		while (submitted < count && TransportInFlight(session) < in_flight)
			SubmitUrl(session, &request, url, ++submitted);
		page = TransportWait(session, -1);
		if (page == NULL)
			break;
		good += page->failure == TRANSPORT_NONE && page->status == 200;
		PageFree(page);
	}
	TransportClose(session);
	PG_RETURN_INT32(good);
}

/* session_submit(url, page_memory, options...) */
PG_FUNCTION_INFO_V1(session_submit);
PGDLLEXPORT Datum
session_submit(PG_FUNCTION_ARGS)
{
	TransportRequest request = {0};
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

	if (kept_session == NULL)
		kept_session = TransportOpen(PG_GETARG_INT64(1));
	MemoryContextSwitchTo(caller);
	TakeOptions(fcinfo, 2, &request);
	SubmitUrl(kept_session, &request, TextArg(fcinfo, 0), nkept);
	PG_RETURN_INT32(TransportInFlight(kept_session));
}

/* session_wait(timeout_ms): the number of the page that it kept, or NULL */
PG_FUNCTION_INFO_V1(session_wait);
PGDLLEXPORT Datum
session_wait(PG_FUNCTION_ARGS)
{
	FetchedPage *page = TransportWait(kept_session, PG_GETARG_INT32(0));

	if (page == NULL)
		PG_RETURN_NULL();
	if (nkept == MAX_KEPT)
		elog(ERROR, "too many pages are kept");
	kept[nkept] = page;
	PG_RETURN_INT32(nkept++);
}

PG_FUNCTION_INFO_V1(session_page);
PGDLLEXPORT Datum
session_page(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	PutPage((ReturnSetInfo *) fcinfo->resultinfo, kept[PG_GETARG_INT32(0)]);
	return (Datum) 0;
}

PG_FUNCTION_INFO_V1(session_close);
PGDLLEXPORT Datum
session_close(PG_FUNCTION_ARGS)
{
	if (kept_session != NULL)
		TransportClose(kept_session);
	kept_session = NULL;
	nkept = 0;
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(url_encode);
PGDLLEXPORT Datum
url_encode(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	UrlEncode(&out, TextArg(fcinfo, 0));
	PG_RETURN_TEXT_P(cstring_to_text(out.data));
}

PG_FUNCTION_INFO_V1(url_join);
PGDLLEXPORT Datum
url_join(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(UrlJoin(TextArg(fcinfo, 0), TextArg(fcinfo, 1),
											 TextArg(fcinfo, 2))));
}

PG_FUNCTION_INFO_V1(url_check);
PGDLLEXPORT Datum
url_check(PG_FUNCTION_ARGS)
{
	UrlCheck("option \"url\"", TextArg(fcinfo, 0));
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(url_origin);
PGDLLEXPORT Datum
url_origin(PG_FUNCTION_ARGS)
{
	char	   *origin = UrlOrigin(TextArg(fcinfo, 0));

	if (origin == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(origin));
}

PG_FUNCTION_INFO_V1(url_resolve);
PGDLLEXPORT Datum
url_resolve(PG_FUNCTION_ARGS)
{
	char	   *url = UrlResolve(TextArg(fcinfo, 0), TextArg(fcinfo, 1));

	if (url == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(url));
}

PG_FUNCTION_INFO_V1(address_is_public);
PGDLLEXPORT Datum
address_is_public(PG_FUNCTION_ARGS)
{
	char	   *text = TextArg(fcinfo, 0);
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		PG_RETURN_BOOL(AddressIsPublic((struct sockaddr *) &v4));
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
		PG_RETURN_BOOL(AddressIsPublic((struct sockaddr *) &v6));
	elog(ERROR, "\"%s\" is no address", text);
}
