#include "base/compat.h"
#include "source/oauth.h"

#include <time.h>

#include "common/hashfn.h"
#include "decode/json_reader.h"
#include "decode/json_string.h"
#include "lib/stringinfo.h"
#include "source/definition.h"
#include "source/rules.h"
#include "transport/transport.h"
#include "transport/url.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define ANSWER_BYTES (1024 * 1024)
#define EXCERPT_BYTES 200
#define DEFAULT_LIFE_S 3600

/* Asked again so long before it expires, at most half of its life. */
#define EARLY_S 60

typedef struct TokenKey
{
	Oid			mapping;
	uint32		padding;
	uint64		options;		/* hash of all that the token depends on */
} TokenKey;

typedef struct Token
{
	TokenKey	key;
	char	   *text;			/* NULL: none */
	time_t		expires;
} Token;

static HTAB *tokens = NULL;

static TokenKey
KeyOf(const Auth *auth)
{
	const OAuthClient *c = auth->oauth;
	TokenKey	key = {auth->mapping, 0, 0};
	char	   *all = psprintf("%s\n%s\n%s\n%s\n%s", c->token_url, c->client_id,
							   c->client_secret, c->scope ? c->scope : "",
							   c->audience ? c->audience : "");

	key.options = hash_bytes_extended((const unsigned char *) all, strlen(all), 0);
	return key;
}

static Token *
FindToken(const Auth *auth)
{
	TokenKey	key = KeyOf(auth);
	Token	   *token;
	bool		found;

	if (tokens == NULL)
	{
		HASHCTL		control = {0};

		control.keysize = sizeof(TokenKey);
		control.entrysize = sizeof(Token);
		control.hcxt = TopMemoryContext;
		tokens = hash_create("elt access tokens", 8, &control,
							 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	token = hash_search(tokens, &key, HASH_ENTER, &found);
	if (!found)
		token->text = NULL;
	return token;
}

const char *
OAuthToken(Auth *auth)
{
	Token	   *token = FindToken(auth);

	if (token->text == NULL || token->expires <= time(NULL))
		return NULL;
	AuthAddSecret(auth, token->text);
	return token->text;
}

static void
DropToken(Token *token)
{
	if (token->text == NULL)
		return;
	explicit_bzero(token->text, strlen(token->text));
	pfree(token->text);
	token->text = NULL;
}

void
OAuthForget(Auth *auth, const char *text)
{
	Token	   *token = FindToken(auth);

	if (token->text != NULL && strcmp(token->text, text) == 0)
		DropToken(token);
}

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
	AddField(&form, "grant_type", "client_credentials");
	AddField(&form, "scope", client->scope);
	AddField(&form, "audience", client->audience);
	if (client->in_body)
	{
		AddField(&form, "client_id", client->client_id);
		AddField(&form, "client_secret", client->client_secret);
	}
	return form.data;
}

static TransportRequest
TokenRequest(const Auth *auth, const SourceDefinition *def)
{
	const OAuthClient *client = auth->oauth;
	TransportRequest request = {0};

	request.method = "POST";
	request.url = client->token_url;
	request.shown_url = AuthMask(auth, client->token_url);
	request.headers = list_make2("Content-Type: application/x-www-form-urlencoded",
								 "Accept: application/json");
	if (!client->in_body)
		request.headers = lappend(request.headers,
								  psprintf("Authorization: Basic %s", client->basic));
	request.body = TokenForm(client);
	request.connect_timeout_ms = def->connect_timeout_ms;
	request.total_timeout_ms = def->timeout_ms;
	request.stall_timeout_ms = def->stall_timeout_ms;
	request.max_bytes = ANSWER_BYTES;
	request.allow_private = def->allow_private;
	request.ca_pem = def->ca;
	request.client_certificate_pem = auth->certificate;
	request.client_key_pem = auth->key;
	return request;
}

static char *
TokenText(const JsonReader *reader)
{
	char	   *text = palloc(reader->len + 1);
	size_t		len = 0;

	if (!JsonUnescape(reader->text, reader->len, text, &len))
		return NULL;
	text[len] = '\0';
	return text;
}

/* The members that matter of {"access_token": "...", "expires_in": 3600, ...}. */
static char *
ReadAnswer(FetchedPage *page, long *life_s)
{
	JsonReader *reader = JsonReaderCreate(ANSWER_BYTES, 16);
	ByteSource	bytes = {PageNextChunk, PageRewind, page};
	char	   *found = NULL;

	PageRewind(page);
	JsonReaderOpen(reader, &bytes, JSON_ONE);
	if (JsonNext(reader) != JSON_OBJECT_START)
		return NULL;
	while (JsonNext(reader) == JSON_KEY)
	{
		char	   *name = pnstrdup(reader->text, reader->len);
		bool		is_token = strcmp(name, "access_token") == 0;

		if (!is_token && strcmp(name, "expires_in") != 0)
		{
			(void) JsonSkip(reader);
			continue;
		}
		switch (JsonNext(reader))
		{
			case JSON_STRING:
				if (is_token)
					found = TokenText(reader);
				else
					*life_s = strtol(TokenText(reader), NULL, 10);
				break;
			case JSON_NUMBER:
				if (!is_token)
					*life_s = strtol(pnstrdup(reader->text, reader->len), NULL, 10);
				break;
			case JSON_OBJECT_START:
			case JSON_ARRAY_START:
				(void) JsonSkipRest(reader);
				break;
			default:
				break;
		}
	}
	return found;
}

static void
KeepToken(Auth *auth, const char *text, long life_s)
{
	Token	   *token = FindToken(auth);

	DropToken(token);
	if (life_s <= 0)
		life_s = DEFAULT_LIFE_S;
	token->text = MemoryContextStrdup(TopMemoryContext, text);
	token->expires = time(NULL) + life_s - Min(EARLY_S, life_s / 2);
	AuthAddSecret(auth, text);
}

static bool
IsHeaderText(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static char *
TakeAnswer(Auth *auth, FetchedPage *page)
{
	long		life_s = 0;
	char	   *text;

	if (page->failure != TRANSPORT_NONE)
		return page->error;
	if (page->status != 200)
		return psprintf("HTTP %d: %s", page->status,
						AuthMask(auth, PageExcerpt(page, EXCERPT_BYTES)));
	text = ReadAnswer(page, &life_s);
	if (text == NULL || *text == '\0' || !IsHeaderText(text))
		return "the answer holds no access_token";
	KeepToken(auth, text, life_s);
	return NULL;
}

char *
OAuthFetch(Auth *auth, const SourceDefinition *def, bool *temporary)
{
	Transport  *transport = TransportOpen(ANSWER_BYTES);
	TransportRequest request = TokenRequest(auth, def);
	FetchedPage *page;
	char	   *problem;

	TransportSubmit(transport, &request);
	page = TransportWait(transport, -1);
	problem = TakeAnswer(auth, page);
	if (problem != NULL)
	{
		Verdict		verdict = RulesApply(NIL, page);

		*temporary = verdict == VERDICT_RETRY || verdict == VERDICT_RATE_LIMITED;
		problem = psprintf("server \"%s\": no access token from %s: %s", def->server_name,
						   AuthMask(auth, auth->oauth->token_url), problem);
	}
	TransportClose(transport);
	return problem;
}
