/*
 * oauth.c
 *	  Obtain OAuth 2.0 access tokens: client credentials and refresh tokens.
 */
#include "base/compat.h"
#include "source/http/oauth.h"

#include "base/json_document.h"
#include "base/pause.h"
#include "base/shmem.h"
#include "common/pg_prng.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "source/http/answer_verdict.h"
#include "source/http/http_settings.h"
#include "source/http/http_source.h"
#include "source/http/log_request.h"
#include "transport/readable.h"
#include "transport/transport.h"
#include "transport/url.h"

#define ANSWER_BYTES (1024 * 1024)
#define EXCERPT_BYTES 200

/* A token that is said to live longer is asked for again after so long. */
#define MAX_LIFE_S (365L * 24 * 3600)

/* How long a cancel waits for an answer that may hold the successor of a spent token. */
#define CANCEL_GRACE_MS 5000
#define CANCEL_POLL_MS 100

static void
AddField(StringInfo form, const char *name, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(form, "%s%s=", form->len > 0 ? "&" : "", name);
	UrlEncode(form, value);
}

static char *
TokenForm(const OAuthClient *client)
{
	StringInfoData form;

	initStringInfo(&form);
	AddField(&form, "grant_type", client->refresh_token ? "refresh_token" :
			 "client_credentials");
	AddField(&form, "refresh_token", client->refresh_token);
	AddField(&form, "scope", client->scope);
	AddField(&form, "audience", client->audience);
	if (client->in_body)
	{
		AddField(&form, "client_id", client->client_id);
		AddField(&form, "client_secret", client->client_secret);
	}
	return form.data;
}

/* For people: a query may hold what is nobody's business. */
static char *
ShownTokenUrl(const Auth *auth)
{
	const char *url = auth->oauth->token_url;
	size_t		length = strcspn(url, "?");

	return AuthMask(auth, psprintf("%.*s%s", (int) length, url, url[length] ? "?***" : ""));
}

/* Who may use the server, and has a mapping, must not choose which of its neighbours is asked. */
static bool
MayBePrivate(const Auth *auth, const SourceDefinition *def)
{
	const HttpSource *http = def->own;

	return http->allow_private &&
		(auth->may_reach_private || UrlSameOrigin(auth->oauth->token_url, http->url));
}

static TransportRequest
TokenRequest(const Auth *auth, const SourceDefinition *def)
{
	const HttpSource *http = def->own;
	const OAuthClient *client = auth->oauth;
	TransportRequest request = {0};

	request.method = "POST";
	request.url = client->token_url;
	request.shown_url = ShownTokenUrl(auth);
	request.headers = list_make2("Content-Type: application/x-www-form-urlencoded",
								 "Accept: application/json");
	if (!client->in_body)
		request.headers = lappend(request.headers,
								  psprintf("Authorization: Basic %s", client->basic));
	request.body = TokenForm(client);
	request.connect_timeout_ms = http->connect_timeout_ms;
	request.total_timeout_ms = http->timeout_ms;
	request.stall_timeout_ms = http->stall_timeout_ms;
	request.max_bytes = ANSWER_BYTES;
	request.allow_private = MayBePrivate(auth, def);
	request.ca_pem = http->ca;
	request.client_certificate_pem = auth->certificate;
	request.client_key_pem = auth->key;
	AuthSetProxy(auth, http->proxy, &request);
	return request;
}

/* The whole body, which is at most ANSWER_BYTES long. */
static StringInfo
BodyOf(FetchedPage *page)
{
	StringInfo	body = makeStringInfo();
	const char *data;
	size_t		length;

	PageRewind(page);
	while (PageNextChunk(page, &data, &length))
		appendBinaryStringInfo(body, data, (int) length);
	PageRewind(page);
	return body;
}

/* Seconds; 0 when the answer does not say. */
static long
LifeOf(const char *expires_in)
{
	if (expires_in == NULL)
		return 0;
	return Max(Min(strtol(expires_in, NULL, 10), MAX_LIFE_S), 0);
}

/* NULL, or why {"access_token": "...", "expires_in": 3600, ...} cannot be read. */
static char *
ReadGrant(FetchedPage *page, OAuthGrant *grant)
{
	StringInfo	body = BodyOf(page);
	const char *problem;
	JsonDocument *answer = JsonDocumentParse(body->data, body->len, &problem);

	if (answer == NULL)
		return psprintf("response is not valid JSON: %s", problem);
	grant->access_token = JsonDocumentText(answer, "access_token");
	grant->refresh_token = JsonDocumentText(answer, "refresh_token");
	grant->life_s = LifeOf(JsonDocumentText(answer, "expires_in"));
	return NULL;
}

/* Member of an error answer (RFC 6749, 5.2) as it can stand in a message; or NULL. */
static char *
ErrorMember(const JsonDocument *answer, const char *member)
{
	char	   *text = JsonDocumentText(answer, member);

	return text == NULL ? NULL : ReadableText(text, strlen(text), false);
}

/* "invalid_grant: the token is spent", or the beginning of an answer of another form. */
static char *
RefusalOf(FetchedPage *page)
{
	StringInfo	body = BodyOf(page);
	const char *problem;
	JsonDocument *answer = JsonDocumentParse(body->data, body->len, &problem);
	char	   *code = answer == NULL ? NULL : ErrorMember(answer, "error");
	char	   *description = answer == NULL ? NULL : ErrorMember(answer, "error_description");

	if (code == NULL || description == NULL)
		return PageExcerpt(page, EXCERPT_BYTES);
	return psprintf("%s: %s", code, description);
}

static bool
IsHeaderText(const char *text)
{
	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

/* Many servers repeat the refresh token that goes on being good. */
static void
DropSameRefreshToken(const OAuthClient *client, OAuthGrant *grant)
{
	if (grant->refresh_token != NULL &&
		(client->refresh_token == NULL || *grant->refresh_token == '\0' ||
		 strcmp(client->refresh_token, grant->refresh_token) == 0))
		grant->refresh_token = NULL;
}

static char *
TakeAnswer(const Auth *auth, FetchedPage *page, OAuthGrant *grant)
{
	char	   *problem;

	if (page->failure != TRANSPORT_NONE)
		return page->error;
	if (page->status != 200)
		return psprintf("HTTP %d: %s", page->status, AuthMask(auth, RefusalOf(page)));
	problem = ReadGrant(page, grant);
	if (problem != NULL)
		return problem;
	if (grant->access_token == NULL || !IsHeaderText(grant->access_token))
		return "response contains no valid access_token";
	if (strlen(grant->access_token) >= TOKEN_BYTES)
		return psprintf("access_token exceeds %d bytes", TOKEN_BYTES - 1);
	DropSameRefreshToken(auth->oauth, grant);
	return NULL;
}

static FetchedPage *
AwaitSpending(Transport *transport)
{
	FetchedPage *page;
	int			waited_ms = 0;

	HOLD_INTERRUPTS();
	do
	{
		page = TransportWait(transport, CANCEL_POLL_MS);
		if (InterruptPending)
			waited_ms += CANCEL_POLL_MS;
	} while (page == NULL && waited_ms < CANCEL_GRACE_MS);
	RESUME_INTERRUPTS();
	return page != NULL ? page : TransportWait(transport, -1);
}

/* What one request for a token came to. */
typedef struct Asked
{
	char	   *problem;		/* NULL: there is a token */
	AnswerVerdict verdict;
	int64		retry_after_ms; /* -1: it did not say */
} Asked;

static Asked
AskOnce(const Auth *auth, const SourceDefinition *def, RequestLog *log, int attempt,
		OAuthGrant *grant)
{
	Transport  *transport = TransportOpen(ANSWER_BYTES);
	TransportRequest request = TokenRequest(auth, def);
	LoggedRequest logged = {NULL, 1, attempt, &request, ANSWER_SUCCESS};
	Asked		asked = {NULL, ANSWER_SUCCESS, -1};
	FetchedPage *page;

	memset(grant, 0, sizeof(OAuthGrant));
	TransportSubmit(transport, &request);
	page = auth->oauth->refresh_token ? AwaitSpending(transport) : TransportWait(transport, -1);
	asked.problem = TakeAnswer(auth, page, grant);
	if (asked.problem != NULL)
	{
		logged.verdict = ANSWER_FAIL;
		logged.error = asked.problem;
		asked.verdict = VerdictOfPage(page);
		asked.retry_after_ms = page->retry_after_ms;
		asked.problem = psprintf("server \"%s\": could not get an access token from %s: %s",
								 def->server_name,
								 ShownTokenUrl(auth), asked.problem);
	}
	LogRequest(log, auth, &logged, page);
	TransportClose(transport);
	return asked;
}

char *
OAuthAsk(const Auth *auth, const SourceDefinition *def, RequestLog *log, OAuthGrant *grant,
		 bool *temporary)
{
	const HttpSource *http = def->own;
	RetryPolicy policy = RequestRetryPolicy(http->max_attempts);
	int64		waited_ms = 0;
	int64		wait_ms;

	for (int attempt = 1;; attempt++)
	{
		Asked		asked = AskOnce(auth, def, log, attempt, grant);

		*temporary = asked.verdict == ANSWER_RETRY || asked.verdict == ANSWER_RATE_LIMITED;
		if (!*temporary ||
			RetryDecide(&policy, attempt, waited_ms, asked.retry_after_ms,
						pg_prng_double(&pg_global_prng_state), &wait_ms) != RETRY_AGAIN)
			return asked.problem;
		waited_ms += wait_ms;
		PauseFor(wait_ms);
	}
}
