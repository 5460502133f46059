/*
 * auth.c
 *	  Read credentials from a user mapping and add them to requests.
 */
#include "base/compat.h"
#include "source/http/auth.h"

#include "access/htup_details.h"
#include "base/identity.h"
#include "catalog/pg_user_mapping.h"
#include "common/base64.h"
#include "lib/stringinfo.h"
#include "source/http/auth_options.h"
#include "source/http/oauth_client.h"
#include "source/http/secret_mask.h"
#include "source/http/sigv4.h"
#include "source/option_read.h"
#include "source/options.h"
#include "source/user_mapping.h"
#include "transport/transport.h"
#include "transport/url.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

static char *
Encoded(const char *value)
{
	StringInfoData buf;

	initStringInfo(&buf);
	UrlEncode(&buf, value);
	return buf.data;
}

static char *
Base64(const char *text)
{
	int			len = strlen(text);
	int			size = pg_b64_enc_len(len);
	char	   *out = palloc(size + 1);
	int			written = pg_b64_encode((const void *) text, len, (void *) out, size);

	out[Max(written, 0)] = '\0';
	return out;
}

static void
AddText(Auth *auth, char *text)
{
	ListCell   *lc;

	foreach(lc, auth->secrets)
		if (strcmp(lfirst(lc), text) == 0)
			return;
	if (text[0] == '\0')
		return;
	auth->secrets = lappend(auth->secrets, text);
	auth->parts = SecretPartsAdd(auth->parts, text);
}

/* As JSON writes it, in so far as the value is visible ASCII. */
static char *
Escaped(const char *value)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (; *value != '\0'; value++)
	{
		if (*value == '"' || *value == '\\')
			appendStringInfoChar(&buf, '\\');
		appendStringInfoChar(&buf, *value);
	}
	return buf.data;
}

void
AuthAddSecret(Auth *auth, const char *value)
{
	MemoryContext old;
	ListCell   *lc;

	foreach(lc, auth->secrets)
		if (strcmp(lfirst(lc), value) == 0)
			return;
	old = MemoryContextSwitchTo(auth->cxt);
	AddText(auth, pstrdup(value));
	AddText(auth, Encoded(value));
	AddText(auth, Escaped(value));
	MemoryContextSwitchTo(old);
}

static void
ReadBasic(Auth *auth, List *options)
{
	char	   *password = OptionValue(options, "password");
	char	   *pair = Base64(psprintf("%s:%s", OptionValue(options, "user"), password));

	auth->header = psprintf("Authorization: Basic %s", pair);
	AuthAddSecret(auth, password);
	AuthAddSecret(auth, pair);
}

static void
ReadQuery(Auth *auth, List *options)
{
	char	   *value = OptionValue(options, "value");

	auth->param_name = Encoded(OptionValue(options, "param"));
	auth->param = psprintf("%s=%s", auth->param_name, Encoded(value));
	AuthAddSecret(auth, value);
}

static void
ReadBody(Auth *auth, List *options)
{
	List	   *strings;
	ListCell   *lc;

	auth->members = JsonObjectMembers(OptionValue(options, "body"), &strings, &auth->fields);
	foreach(lc, strings)
		AuthAddSecret(auth, lfirst(lc));
}

static void
ReadOAuth(Auth *auth, List *options)
{
	char	   *secret = OptionValue(options, "client_secret");
	char	   *way = OptionValue(options, "client_auth");
	OAuthClient *client = palloc0(sizeof(OAuthClient));

	client->token_url = OptionValue(options, "token_url");
	client->client_id = OptionValue(options, "client_id");
	client->client_secret = secret;
	client->refresh_token = OptionValue(options, "refresh_token");
	client->rotates = OptionBoolean(options, "rotates", true);
	client->scope = OptionValue(options, "scope");
	client->audience = OptionValue(options, "audience");
	client->in_body = secret == NULL || (way != NULL && strcmp(way, "body") == 0);
	auth->oauth = client;
	if (client->refresh_token != NULL)
		AuthAddSecret(auth, client->refresh_token);
	if (secret == NULL)
		return;
	client->basic = Base64(psprintf("%s:%s", Encoded(client->client_id), Encoded(secret)));
	AuthAddSecret(auth, secret);
	AuthAddSecret(auth, client->basic);
}

static void
ReadAws(Auth *auth, List *options)
{
	AwsKey	   *key = palloc0(sizeof(AwsKey));

	key->access_key = OptionValue(options, "access_key");
	key->secret_key = OptionValue(options, "secret_key");
	key->session_token = OptionValue(options, "session_token");
	key->region = OptionValue(options, "region");
	key->service = OptionValue(options, "service");
	auth->aws = key;
	AuthAddSecret(auth, key->access_key);
	AuthAddSecret(auth, key->secret_key);
	if (key->session_token != NULL)
		AuthAddSecret(auth, key->session_token);
}

static void
ReadClientCertificate(Auth *auth, List *options)
{
	auth->certificate = OptionValue(options, "client_cert");
	auth->key = OptionValue(options, "client_key");
	if (auth->key != NULL)
		AuthAddSecret(auth, auth->key);
}

static void
ReadProxy(Auth *auth, List *options)
{
	auth->proxy_user = OptionValue(options, "proxy_user");
	auth->proxy_password = OptionValue(options, "proxy_password");
	if (auth->proxy_password != NULL)
		AuthAddSecret(auth, auth->proxy_password);
}

/* The options have passed the validator. */
static void
ReadKind(Auth *auth, const char *kind, List *options)
{
	char	   *value = OptionValue(options, "value");

	if (strcmp(kind, "basic") == 0)
		ReadBasic(auth, options);
	else if (strcmp(kind, "bearer") == 0)
	{
		auth->header = psprintf("Authorization: Bearer %s", OptionValue(options, "token"));
		AuthAddSecret(auth, OptionValue(options, "token"));
	}
	else if (strcmp(kind, "header") == 0)
	{
		auth->header = psprintf("%s: %s", OptionValue(options, "header"), value);
		AuthAddSecret(auth, value);
	}
	else if (strcmp(kind, "query") == 0)
		ReadQuery(auth, options);
	else if (strcmp(kind, "body") == 0)
		ReadBody(auth, options);
	else if (strcmp(kind, "path") == 0)
	{
		auth->path = value;
		AuthAddSecret(auth, value);
	}
	else if (strcmp(kind, "oauth2") == 0)
		ReadOAuth(auth, options);
	else if (strcmp(kind, "aws_sigv4") == 0)
		ReadAws(auth, options);
}

Auth *
AuthRead(Oid role, Oid server)
{
	HeapTuple	tuple = UserMappingFind(role, server);
	Auth	   *auth;
	List	   *options;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	options = UserMappingOptions(tuple);
	auth = palloc0(sizeof(Auth));
	auth->cxt = CurrentMemoryContext;
	auth->role = role;
	auth->server = server;
	auth->mapping = ((Form_pg_user_mapping) GETSTRUCT(tuple))->oid;
	auth->user = ((Form_pg_user_mapping) GETSTRUCT(tuple))->umuser;
	auth->may_reach_private = !OidIsValid(auth->user) || MayReachPrivate(auth->user);
	auth->version = HeapTupleHeaderGetRawXmin(tuple->t_data);
	ReleaseSysCache(tuple);
	if (options == NIL)
		return NULL;
	AuthOptionsCheck(options);
	ReadKind(auth, OptionValue(options, "auth"), options);
	ReadClientCertificate(auth, options);
	ReadProxy(auth, options);
	return auth;
}

/* A change of a mapping may be another account, but for tokens that change with use. */
char *
AuthIdentity(const Auth *auth)
{
	const OAuthClient *client;

	if (auth == NULL)
		return pstrdup("nobody");
	client = auth->oauth;
	if (client == NULL || client->refresh_token == NULL || !client->rotates)
		return psprintf("mapping %u %u", auth->mapping, auth->version);
	return psprintf("mapping %u %s %s %s %s", auth->mapping, client->token_url,
					client->client_id, client->scope ? client->scope : "",
					client->audience ? client->audience : "");
}

static bool
QueryHas(const char *url, const char *name)
{
	size_t		length = strlen(name);
	const char *p = strchr(url, '?');

	for (; p != NULL; p = strchr(p + 1, '&'))
		if (strncmp(p + 1, name, length) == 0 && p[1 + length] == '=')
			return true;
	return false;
}

static bool
IsBlankObject(const char *body)
{
	const char *open = strchr(body, '{');

	return open == NULL || open[1 + strspn(open + 1, " \t\r\n")] == '}';
}

/* body is NULL or a JSON object. */
static char *
AddMembers(const char *body, const char *members)
{
	const char *close = body == NULL ? NULL : strrchr(body, '}');

	if (close == NULL || IsBlankObject(body))
		return psprintf("{%s}", members);
	return psprintf("%.*s, %s}", (int) (close - body), body, members);
}

static char *
AddFields(const char *form, const char *fields)
{
	return form == NULL || *form == '\0' ? pstrdup(fields) : psprintf("%s&%s", form, fields);
}

char *
AuthUrl(const Auth *auth, char *url)
{
	return auth == NULL || auth->path == NULL ? url : UrlJoin(url, auth->path, NULL);
}

void
AuthApply(const Auth *auth, TransportRequest *request, bool is_form)
{
	if (auth == NULL)
		return;
	if (auth->header != NULL)
		request->headers = lappend(request->headers, auth->header);
	/* A next page's URL may hold what the one before it held. */
	if (auth->param != NULL && !QueryHas(request->url, auth->param_name))
		request->url = UrlJoin(request->url, NULL, auth->param);
	if (auth->members != NULL && is_form)
		request->body = AddFields(request->body, auth->fields);
	else if (auth->members != NULL)
		request->body = AddMembers(request->body, auth->members);
	request->client_certificate_pem = auth->certificate;
	request->client_key_pem = auth->key;
}

char *
AuthMask(const Auth *auth, const char *text)
{
	if (text == NULL || auth == NULL || auth->secrets == NIL)
		return unconstify(char *, text);
	return SecretMask(auth->secrets, auth->parts, text);
}

void
AuthSetProxy(const Auth *auth, const char *proxy, TransportRequest *request)
{
	request->proxy = proxy;
	if (auth == NULL || proxy == NULL)
		return;
	request->proxy_user = auth->proxy_user;
	request->proxy_password = auth->proxy_password;
}

bool
AuthIsToldBy(const Auth *auth, const char *text)
{
	return text != NULL && strcmp(AuthMask(auth, text), text) != 0;
}
