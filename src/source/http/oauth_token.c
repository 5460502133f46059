/*
 * oauth_token.c
 *	  Cache access tokens in shared memory for all processes.
 *
 * Some servers invalidate earlier tokens when they issue a new one, so concurrent runs must
 * share a token. A token is looked up by its user mapping and a hash of all options that it
 * depends on, so that only a process that has read the mapping finds it, and a changed mapping
 * gets a new token. The least recently used token is replaced.
 */
#include "base/compat.h"
#include "source/http/oauth.h"

#include <time.h>

#include "base/shmem.h"
#include "common/hashfn.h"
#include "miscadmin.h"

#define DEFAULT_LIFE_S 3600

/* Asked again so long before it expires, at most half of its life. */
#define EARLY_S 60

static const char *
OrEmpty(const char *text)
{
	return text == NULL ? "" : text;
}

static uint64
HashOptions(const OAuthClient *c)
{
	char	   *all = psprintf("%s\n%s\n%s\n%s\n%s\n%s", c->token_url, c->client_id,
							   OrEmpty(c->client_secret), OrEmpty(c->refresh_token),
							   OrEmpty(c->scope), OrEmpty(c->audience));
	uint64		hash = hash_bytes_extended((const unsigned char *) all, strlen(all), 0);

	pfree(all);
	return hash;
}

/* What follows, down to the next such line, is called with the lock held. */

static char *
TextOf(const TokenSlot *slot)
{
	return Shared()->token_texts[slot - Shared()->tokens];
}

static void
Free(TokenSlot *slot)
{
	explicit_bzero(TextOf(slot), TOKEN_BYTES);
	memset(slot, 0, sizeof(TokenSlot));
}

/* The slot of a token that has not expired, or NULL. */
static TokenSlot *
Find(const Auth *auth, uint64 options)
{
	EltShared  *s = Shared();

	for (int i = 0; i < MAX_TOKENS; i++)
	{
		TokenSlot  *slot = &s->tokens[i];

		if (slot->mapping != auth->mapping || slot->options != options ||
			slot->database != MyDatabaseId)
			continue;
		if (slot->expires > time(NULL))
		{
			slot->used = ++s->token_uses;
			return slot;
		}
		Free(slot);
		return NULL;
	}
	return NULL;
}

/* A free slot; if there is none, the one that nobody has used for longest is freed. */
static TokenSlot *
MakeRoom(void)
{
	EltShared  *s = Shared();
	TokenSlot  *oldest = &s->tokens[0];

	for (int i = 1; i < MAX_TOKENS; i++)
		if (s->tokens[i].used < oldest->used)
			oldest = &s->tokens[i];
	Free(oldest);
	return oldest;
}

/* What follows takes the lock. */

char *
OAuthToken(Auth *auth)
{
	uint64		options = HashOptions(auth->oauth);
	char	   *text = palloc(TOKEN_BYTES);
	TokenSlot  *slot;

	text[0] = '\0';
	LockShared();
	slot = Find(auth, options);
	if (slot != NULL)
		strlcpy(text, TextOf(slot), TOKEN_BYTES);
	UnlockShared();
	if (text[0] == '\0')
	{
		pfree(text);
		return NULL;
	}
	AuthAddSecret(auth, text);
	return repalloc(text, strlen(text) + 1);
}

bool
OAuthIsAtHand(const Auth *auth, const char *text)
{
	uint64		options = HashOptions(auth->oauth);
	TokenSlot  *slot;
	bool		at_hand;

	LockShared();
	slot = Find(auth, options);
	at_hand = slot != NULL && strcmp(TextOf(slot), text) == 0;
	UnlockShared();
	return at_hand;
}

bool
OAuthForget(const Auth *auth, const char *text)
{
	uint64		options = HashOptions(auth->oauth);
	TokenSlot  *slot;
	bool		found;

	LockShared();
	slot = Find(auth, options);
	found = slot != NULL && strcmp(TextOf(slot), text) == 0;
	if (found)
		Free(slot);
	UnlockShared();
	return found;
}

void
OAuthKeep(Auth *auth, const OAuthGrant *grant)
{
	uint64		options = HashOptions(auth->oauth);
	long		life_s = grant->life_s > 0 ? grant->life_s : DEFAULT_LIFE_S;
	TokenSlot  *slot;

	AuthAddSecret(auth, grant->access_token);
	LockShared();
	slot = Find(auth, options);
	if (slot == NULL)
		slot = MakeRoom();
	slot->database = MyDatabaseId;
	slot->mapping = auth->mapping;
	slot->options = options;
	slot->expires = time(NULL) + life_s - Min(EARLY_S, life_s / 2);
	slot->used = ++Shared()->token_uses;
	strlcpy(TextOf(slot), grant->access_token, TOKEN_BYTES);
	UnlockShared();
}
