#include "base/compat.h"
#include "source/oauth.h"

#include <time.h>

#include "common/hashfn.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

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

static const char *
OrEmpty(const char *text)
{
	return text == NULL ? "" : text;
}

static TokenKey
KeyOf(const Auth *auth)
{
	const OAuthClient *c = auth->oauth;
	TokenKey	key = {auth->mapping, 0, 0};
	char	   *all = psprintf("%s\n%s\n%s\n%s\n%s\n%s", c->token_url, c->client_id,
							   OrEmpty(c->client_secret), OrEmpty(c->refresh_token),
							   OrEmpty(c->scope), OrEmpty(c->audience));

	key.options = hash_bytes_extended((const unsigned char *) all, strlen(all), 0);
	pfree(all);
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

void
OAuthKeep(Auth *auth, const OAuthGrant *grant)
{
	Token	   *token = FindToken(auth);
	long		life_s = grant->life_s > 0 ? grant->life_s : DEFAULT_LIFE_S;

	DropToken(token);
	token->text = MemoryContextStrdup(TopMemoryContext, grant->access_token);
	token->expires = time(NULL) + life_s - Min(EARLY_S, life_s / 2);
	AuthAddSecret(auth, grant->access_token);
}
