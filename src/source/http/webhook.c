/*
 * webhook.c
 *	  Build the request of a message that is posted, and judge its response.
 */
#include "base/compat.h"
#include "source/webhook.h"

#include <time.h>

#include "base/identity.h"
#include "foreign/foreign.h"
#include "source/http/answer_verdict.h"
#include "source/http/auth.h"
#include "source/http/body_template.h"
#include "source/http/http_request.h"
#include "source/http/http_source.h"
#include "source/http/sigv4.h"
#include "transport/url.h"

#define EXCERPT_BYTES 200
#define ANSWER_BYTES (64 * 1024)

/* A receiver that answers more slowly holds up no others for longer. */
#define LONGEST_MS 30000

bool
WebhookTemplateIsValid(const char *text, List **names)
{
	*names = BodyNames(text);
	return BodyIsObject(text);
}

char *
WebhookFill(const char *text, const char *(*value) (const char *name, void *arg), void *arg)
{
	const char *unfit = NULL;

	return BodyExpand(text, value, arg, &unfit);
}

/* Rights count when they are used. */
static void
CheckRights(Oid role, const ForeignServer *server, const HttpSource *http)
{
	RequireServerUsage(server->serverid, role);
	if ((http->allow_private || http->proxy != NULL) && !MayReachPrivate(server->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("owner of server \"%s\" must not set option \"%s\"", server->servername,
						http->allow_private ? "allow_private" : "proxy"),
				 errhint("Only a superuser or a member of role \"elt_admin\" may own a server with "
						 "this option.")));
}

static HttpSource *
ReadServer(Oid role, const char *name, ForeignServer **server)
{
	HttpSource *http;

	*server = GetForeignServerByName(name, false);
	if (strcmp(GetForeignDataWrapper((*server)->fdwid)->fdwname, "elt_http") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of elt_http", name),
				 errhint("Use CREATE SERVER ... FOREIGN DATA WRAPPER elt_http.")));
	http = HttpServerRead(*server);
	CheckRights(role, *server, http);
	return http;
}

void
WebhookCheck(Oid role, const char *server)
{
	ForeignServer *found;

	(void) ReadServer(role, server, &found);
}

static Auth *
ReadAuth(Oid role, const ForeignServer *server)
{
	Auth	   *auth = AuthRead(role, server->serverid);

	if (auth != NULL && auth->oauth != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("messages cannot be sent to server \"%s\" with auth \"oauth2\"",
						server->servername),
				 errhint("Use a user mapping with auth 'bearer', 'header', 'query', 'body' or "
						 "'path'.")));
	return auth;
}

Webhook *
WebhookCreate(Oid role, const char *server_name, const char *path, char *body, List *headers)
{
	ForeignServer *server;
	HttpSource *http = ReadServer(role, server_name, &server);
	Webhook    *webhook = palloc0(sizeof(Webhook));
	TransportRequest *request = &webhook->request;

	webhook->auth = ReadAuth(role, server);
	request->method = "POST";
	request->url = UrlJoin(AuthUrl(webhook->auth, http->url), path, NULL);
	request->headers = list_concat(list_copy(http->headers), headers);
	request->headers = lappend(request->headers, "Content-Type: application/json");
	request->headers = AddUserAgent(request->headers, http);
	request->body = body;
	AuthApply(webhook->auth, request, false);
	request->shown_url = AuthMask(webhook->auth, request->url);
	request->connect_timeout_ms = Min(http->connect_timeout_ms, LONGEST_MS);
	request->total_timeout_ms = Min(http->timeout_ms, LONGEST_MS);
	request->stall_timeout_ms = Min(http->stall_timeout_ms, LONGEST_MS);
	request->max_bytes = ANSWER_BYTES;
	request->allow_private = http->allow_private;
	request->ca_pem = http->ca;
	AuthSetProxy(webhook->auth, http->proxy, request);
	if (webhook->auth != NULL && webhook->auth->aws != NULL)
		SigV4Sign(webhook->auth->aws, request, time(NULL));
	return webhook;
}

/* What comes after the status does not matter: a receiver that has said 2xx has the message. */
char *
WebhookProblem(const Webhook *webhook, FetchedPage *page)
{
	if (page->status >= 200 && page->status < 300)
		return NULL;
	if (page->failure != TRANSPORT_NONE)
		return AuthMask(webhook->auth, page->error);
	return AuthMask(webhook->auth, psprintf("HTTP %d: %s", page->status,
											PageExcerpt(page, EXCERPT_BYTES)));
}
