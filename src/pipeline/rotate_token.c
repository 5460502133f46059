/*
 * rotate_token.c
 *	  Exchange a refresh token for a new one without losing both.
 *
 *		lock the mapping ──► read it ──► exchange ──► store, commit ──► use
 *
 * The lock keeps two processes from spending one token: a process that waited for it reads the
 * token that the other one stored, and usually needs no exchange. Only that lock, which ends with
 * the session, is held while waiting for the server. The new access token is used only after the
 * new refresh token is on disk. Only a crash between the exchange and that commit loses the token.
 */
#include "base/compat.h"
#include "pipeline/rotate_token.h"

#include "base/attempt.h"
#include "base/lock.h"
#include "miscadmin.h"
#include "source/kind.h"
#include "source/token_rotation.h"

/* A mapping that another session alters at the same instant is tried again. */
#define STORE_ATTEMPTS 3

typedef struct Rotation
{
	const Execution *e;
	const TokenRotation *kind;
	Oid			mapping;
	bool		wanted;			/* nobody has brought it yet */
	void	   *grant;			/* what came in exchange, the kind's own; or NULL */
	PullProblem problem;		/* why there is no token */
	ErrorData  *error;			/* that ends the run, or NULL */
} Rotation;

static void
LockMapping(void *arg)
{
	Rotation   *r = arg;

	SessionLockTake(LOCK_MAPPING, r->mapping);
}

static void
ReadMapping(void *arg)
{
	Rotation   *r = arg;

	r->wanted = r->kind->read(r->e->source, &r->problem);
}

static void
Exchange(void *arg)
{
	Rotation   *r = arg;

	r->grant = r->kind->exchange(r->e->source, PullRequestLog(r->e->pull), &r->problem);
}

/* Until this is done, a cancel would lose the token. */
static void
Store(void *arg)
{
	Rotation   *r = arg;

	HOLD_INTERRUPTS();
	r->kind->store(r->e->source, r->grant);
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
		return;
	}
	r->problem.message = psprintf("could not store the new refresh token of server \"%s\": %s",
								  r->e->source->server_name, error->message);
}

/* May it go on after this attempt? */
static bool
Went(Rotation *r, void (*fn) (void *arg))
{
	r->error = Attempt(fn, r);
	return r->error == NULL && r->problem.message == NULL;
}

static void
Rotate(Rotation *r)
{
	/* A transaction that sees what the one before us in the lock has stored. */
	CommitPhase();
	if (!Went(r, ReadMapping) || !r->wanted)
		return;
	/* and one that holds nothing while it waits */
	CommitPhase();
	if (!Went(r, Exchange))
		return;
	if (r->kind->must_store(r->grant))
		StoreAndCommit(r);
	if (r->problem.message == NULL)
		r->kind->use(r->e->source, r->grant);
}

ErrorData *
RotateToken(Execution *e)
{
	Rotation   *r = palloc0(sizeof(Rotation));

	r->e = e;
	r->kind = e->source->kind->rotation;
	r->mapping = r->kind->mapping(e->source);
	r->error = Attempt(LockMapping, r);
	if (r->error != NULL)
		return r->error;
	PG_TRY();
	{
		Rotate(r);
	}
	PG_FINALLY();
	{
		SessionLockRelease(LOCK_MAPPING, r->mapping);
	}
	PG_END_TRY();
	if (r->error == NULL)
		PullHasToken(e->pull, &r->problem);
	return r->error;
}
