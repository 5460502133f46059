/*
 * auth_options.c
 *	  Check the options of user mappings against each other.
 */
#include "base/compat.h"
#include "source/http/auth_options.h"

#include "base/item_list.h"
#include "commands/defrem.h"
#include "decode/json_reader.h"
#include "decode/json_string.h"
#include "lib/stringinfo.h"
#include "source/options.h"
#include "transport/url.h"

#define CREDENTIALS_MEMORY (64 * 1024)

typedef struct AuthKindOptions
{
	const char *kind;
	const char *grant;			/* of oauth2, else NULL */
	const char *required[4];
	const char *optional[6];
} AuthKindOptions;

#define CLIENT_CREDENTIALS "client_credentials"

static const AuthKindOptions kinds[] = {
	{"none", NULL, {NULL}, {NULL}},
	{"basic", NULL, {"user", "password"}, {NULL}},
	{"bearer", NULL, {"token"}, {NULL}},
	{"header", NULL, {"header", "value"}, {NULL}},
	{"query", NULL, {"param", "value"}, {NULL}},
	{"body", NULL, {"body"}, {NULL}},
	{"path", NULL, {"value"}, {NULL}},
	{"oauth2", CLIENT_CREDENTIALS, {"token_url", "client_id", "client_secret"},
	{"grant", "scope", "audience", "client_auth"}},
	{"oauth2", "refresh_token", {"grant", "token_url", "client_id", "refresh_token"},
	{"client_secret", "scope", "audience", "client_auth", "rotates"}},
	{"aws_sigv4", NULL, {"access_key", "secret_key", "region", "service"}, {"session_token"}},
};

/* What every kind may have beside its own. */
static const char *const common[] = {"auth", "client_cert", "client_key", "proxy_user",
"proxy_password"};

/* grant may be NULL: any, or that of client credentials. */
static const AuthKindOptions *
FindKind(const char *name, const char *grant)
{
	for (int i = 0; i < lengthof(kinds); i++)
		if (strcmp(kinds[i].kind, name) == 0 &&
			(kinds[i].grant == NULL || grant == NULL || strcmp(kinds[i].grant, grant) == 0))
			return &kinds[i];
	return NULL;
}

static char *
KindText(const AuthKindOptions *kind)
{
	if (kind->grant == NULL || strcmp(kind->grant, CLIENT_CREDENTIALS) == 0)
		return psprintf("auth \"%s\"", kind->kind);
	return psprintf("auth \"%s\" with grant \"%s\"", kind->kind, kind->grant);
}

static bool
IsIn(const char *const *names, int n, const char *name)
{
	for (int i = 0; i < n && names[i] != NULL; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static char *
Enumerate(const AuthKindOptions *kind)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < lengthof(kind->required) && kind->required[i] != NULL; i++)
		AppendItem(&buf, ", ", "%s", kind->required[i]);
	for (int i = 0; i < lengthof(kind->optional) && kind->optional[i] != NULL; i++)
		appendStringInfo(&buf, ", %s", kind->optional[i]);
	return buf.len > 0 ? buf.data : "none";
}

static void
CheckBelongs(const AuthKindOptions *kind, const char *name)
{
	if (IsIn(common, lengthof(common), name) ||
		IsIn(kind->required, lengthof(kind->required), name) ||
		IsIn(kind->optional, lengthof(kind->optional), name))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("option \"%s\" is not valid for %s", name, KindText(kind)),
			 errhint("Valid options of %s are %s.", KindText(kind), Enumerate(kind))));
}

static void
CheckHas(const AuthKindOptions *kind, List *options, const char *name)
{
	if (OptionValue(options, name) != NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
			 errmsg("%s requires option \"%s\"", KindText(kind), name),
			 errhint("Valid options of %s are %s.", KindText(kind), Enumerate(kind))));
}

static void
CheckPair(List *options, const char *one, const char *other)
{
	if ((OptionValue(options, one) == NULL) != (OptionValue(options, other) == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("options \"%s\" and \"%s\" must be specified together", one, other)));
}

/* It stands between the server's URL and the path of a request, so it must be no more than a path. */
static void
CheckPathValue(const char *kind, List *options)
{
	const char *value = OptionValue(options, "value");

	if (strcmp(kind, "path") == 0 && (value[0] != '/' || strpbrk(value, "?# ") != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("option \"value\" of auth \"path\" must be the path of a URL"),
				 errhint("Begin with a slash, and put a query into option \"query\" of the foreign "
						 "table.")));
}

void
AuthOptionsCheck(List *options)
{
	char	   *name = OptionValue(options, "auth");
	const AuthKindOptions *kind;
	ListCell   *lc;

	if (options == NIL)
		return;
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
				 errmsg("option \"auth\" is required"),
				 errhint("Valid values are 'basic', 'bearer', 'header', 'query', 'body', "
						 "'path', 'oauth2', 'aws_sigv4' and 'none'.")));
	kind = FindKind(name, OptionValue(options, "grant"));
	foreach(lc, options)
		CheckBelongs(kind, ((DefElem *) lfirst(lc))->defname);
	for (int i = 0; i < lengthof(kind->required) && kind->required[i] != NULL; i++)
		CheckHas(kind, options, kind->required[i]);
	CheckPathValue(name, options);
	CheckPair(options, "client_cert", "client_key");
	CheckPair(options, "proxy_user", "proxy_password");
}

bool
CheckAuthKind(const char *value, const char **detail)
{
	return FindKind(value, NULL) != NULL;
}

bool
CheckGrant(const char *value, const char **detail)
{
	return FindKind("oauth2", value) != NULL;
}

/* What may stand in a header: visible ASCII and blanks between. */
bool
CheckSecretText(const char *value, const char **detail)
{
	if (value[0] == '\0')
	{
		*detail = "The value must not be empty.";
		return false;
	}
	for (const char *p = value; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
		{
			*detail = "The value must not contain line breaks, control characters or non-ASCII "
				"characters.";
			return false;
		}
	return true;
}

bool
CheckUserName(const char *value, const char **detail)
{
	if (strchr(value, ':') == NULL)
		return CheckSecretText(value, detail);
	*detail = "A user name for basic authentication must not contain a colon.";
	return false;
}

bool
CheckHeaderName(const char *value, const char **detail)
{
	static const char *const reserved[] = {"host", "content-length", "transfer-encoding",
	"connection", "content-type"};

	for (int i = 0; i < lengthof(reserved); i++)
		if (pg_strcasecmp(value, reserved[i]) == 0)
		{
			*detail = "This header is set automatically.";
			return false;
		}
	return value[0] != '\0' &&
		value[strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789!#$%&'*+-.^_`|~")] == '\0';
}

bool
CheckQueryName(const char *value, const char **detail)
{
	return CheckSecretText(value, detail);
}

bool
CheckTokenUrl(const char *value, const char **detail)
{
	UrlCheck("option \"token_url\"", value);
	return true;
}

bool
CheckClientAuth(const char *value, const char **detail)
{
	return strcmp(value, "basic") == 0 || strcmp(value, "body") == 0;
}

bool
CheckAwsName(const char *value, const char **detail)
{
	return value[0] != '\0' && value[strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

bool
CheckPem(const char *value, const char **detail)
{
	return strncmp(value, "-----BEGIN ", 11) == 0 && strstr(value, "-----END ") != NULL;
}

bool
CheckCredentialsBody(const char *value, const char **detail)
{
	List	   *strings;
	char	   *form;

	if (JsonObjectMembers(value, &strings, &form) != NULL)
		return true;
	*detail = "The value must be a JSON object of strings and numbers.";
	return false;
}

static bool
IsPlain(JsonToken token)
{
	return token == JSON_STRING || token == JSON_NUMBER || token == JSON_TRUE ||
		token == JSON_FALSE;
}

static char *
TextOf(const JsonReader *reader)
{
	char	   *text = palloc(reader->len + 1);
	size_t		len = reader->len;

	if (!JsonUnescape(reader->text, reader->len, text, &len))
		return NULL;
	text[len] = '\0';
	return text;
}

/* Read {"a": "b", ...} up to its closing brace; false when it is something else. */
static bool
ReadMembers(JsonReader *reader, List **strings, StringInfo form)
{
	JsonToken	token = JsonNext(reader);

	if (token != JSON_OBJECT_START)
		return false;
	while ((token = JsonNext(reader)) == JSON_KEY)
	{
		char	   *name = TextOf(reader);
		char	   *text;

		token = JsonNext(reader);
		if (!IsPlain(token))
			return false;
		text = token == JSON_STRING || token == JSON_NUMBER ? TextOf(reader)
			: pstrdup(token == JSON_TRUE ? "true" : "false");
		if (name == NULL || text == NULL)
			return false;
		AppendItem(form, "&", "%s", "");
		UrlEncode(form, name);
		appendStringInfoChar(form, '=');
		UrlEncode(form, text);
		if (token == JSON_STRING)
			*strings = lappend(*strings, text);
	}
	return token == JSON_OBJECT_END && JsonNext(reader) == JSON_END;
}

char *
JsonObjectMembers(const char *object, List **strings, char **form)
{
	StringInfoData fields;
	JsonReader *reader = JsonReaderCreate(CREDENTIALS_MEMORY, 4);
	const char *open = strchr(object, '{');
	const char *close = strrchr(object, '}');

	*strings = NIL;
	initStringInfo(&fields);
	JsonReaderOpen(reader, MemoryByteSource(object, strlen(object)), JSON_ONE);
	if (!ReadMembers(reader, strings, &fields))
		return NULL;
	*form = fields.data;
	return pnstrdup(open + 1, close - open - 1);
}
