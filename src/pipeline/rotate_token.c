/*
 * rotate_token.c
 *	  A refresh token that is spent for an access token, with nothing lost in between.
 *
 *		lock the mapping ──► read it ──► exchange ──► store, commit ──► use
 *
 * The lock keeps two processes from spending one token: who waited for it reads what the other
 * one stored, and most often finds its access token. Nothing but that lock, which ends with the
 * session, is held while the authorization server is waited for. The access token is used only
 * when the refresh token that came with it is on disk. What is between the two is no more than
 * that commit: a crash in it, and nothing else, loses the token.
 */
#include "base/compat.h"
#include "pipeline/rotate_token.h"

#include "base/attempt.h"
#include "base/lock.h"
#include "miscadmin.h"
#include "source/auth_store.h"
#include "source/oauth.h"
#include "utils/memutils.h"

/* A mapping that another session alters at the same instant is tried again. */
#define STORE_ATTEMPTS 3

#define NEW_TOKEN_HINT \
	"The refresh token may be spent or expired. Have a new one issued by the API and store it " \
	"with ALTER USER MAPPING ... OPTIONS (SET refresh_token '...')."

typedef struct Rotation
{
	Execution  *e;
	Auth	   *auth;
	OAuthGrant	grant;
	char	   *problem;		/* why there is no access token, or NULL */
	const char *hint;
	bool		temporary;		/* a later run may do better */
	ErrorData  *error;			/* that ends the run, or NULL */
} Rotation;

static void
LockMapping(void *arg)
{
	Rotation   *r = arg;

	SessionLockTake(LOCK_MAPPING, r->auth->mapping);
}

static void
ReadMapping(void *arg)
{
	Rotation   *r = arg;

	if (AuthReread(r->auth))
		return;
	r->problem = psprintf("the user mapping for server \"%s\" was changed during the run",
						  r->e->source->server_name);
	r->hint = "A later run takes it as it is now.";
	r->temporary = true;
}

static void
Exchange(void *arg)
{
	Rotation   *r = arg;

	r->problem = OAuthAsk(r->auth, r->e->source, PullRequestLog(r->e->pull), &r->grant,
						  &r->temporary);
	r->hint = r->temporary ? "A later run asks again." : NEW_TOKEN_HINT;
}

/* Until this is done, a cancel would lose the token. */
static void
Store(void *arg)
{
	Rotation   *r = arg;

	HOLD_INTERRUPTS();
	AuthStoreRefreshToken(r->auth, r->grant.refresh_token);
	RESUME_INTERRUPTS();
}

static void
StoreAndCommit(Rotation *r)
{
	ErrorData  *error = NULL;

	for (int i = 0; i == 0 || (error != NULL && i < STORE_ATTEMPTS); i++)
		error = Attempt(Store, r);
	if (error == NULL)
	{
		CommitPhase();
		r->auth->oauth->refresh_token = MemoryContextStrdup(r->auth->cxt,
															r->grant.refresh_token);
		AuthAddSecret(r->auth, r->grant.refresh_token);
		return;
	}
	r->problem = psprintf("the refresh token that server \"%s\" gave instead of the spent one "
						  "could not be stored: %s", r->e->source->server_name,
						  error->message);
}

/* May it go on after this attempt? */
static bool
Went(Rotation *r, void (*fn) (void *arg))
{
	r->error = Attempt(fn, r);
	return r->error == NULL && r->problem == NULL;
}

/* Has the one before us in the lock brought what we want? */
static bool
HasToken(const Rotation *r)
{
	return OAuthToken(r->auth) != NULL;
}

static void
Rotate(Rotation *r)
{
	/* A transaction that sees what the one before us in the lock has stored. */
	CommitPhase();
	if (!Went(r, ReadMapping) || HasToken(r))
		return;
	/* and one that holds nothing while it waits */
	CommitPhase();
	if (!Went(r, Exchange))
		return;
	if (r->grant.refresh_token != NULL)
		StoreAndCommit(r);
	if (r->problem == NULL)
		OAuthKeep(r->auth, &r->grant);
}

static void
TellPull(const Rotation *r)
{
	if (r->problem == NULL)
		PullHasToken(r->e->pull);
	else
		PullHasNoToken(r->e->pull, r->problem, r->hint, r->temporary);
}

ErrorData *
RotateToken(Execution *e)
{
	Rotation   *r = palloc0(sizeof(Rotation));

	r->e = e;
	r->auth = e->source->auth;
	r->error = Attempt(LockMapping, r);
	if (r->error != NULL)
		return r->error;
	PG_TRY();
	{
		Rotate(r);
	}
	PG_FINALLY();
	{
		SessionLockRelease(LOCK_MAPPING, r->auth->mapping);
	}
	PG_END_TRY();
	if (r->error == NULL)
		TellPull(r);
	return r->error;
}
