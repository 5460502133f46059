/*
 * fetch_token.c
 *	  The access token of a pull's requests.
 *
 * Client credentials are exchanged here. Exchanging a refresh token may invalidate it, and the
 * new one must be committed first, which a SELECT cannot do; so that is left to callers that can
 * commit.
 */
#include "base/compat.h"
#include "source/http/fetch.h"

#include "base/errors.h"
#include "base/shmem.h"
#include "source/http/oauth.h"
#include "utils/memutils.h"

bool
PullNeedsToken(const HttpPull *pull)
{
	return pull->source->auth != NULL && pull->source->auth->oauth != NULL;
}

static void
Ask(HttpPull *pull)
{
	Auth	   *auth = pull->source->auth;
	OAuthGrant	grant;
	PullProblem problem = {NULL, "Check the user mapping of the role that makes the request."};

	problem.message = OAuthAsk(auth, pull->base.def, pull->base.log, &grant,
							   &problem.temporary);
	if (problem.message != NULL)
		pull->base.problem = problem;
	else
		OAuthKeep(auth, &grant);
}

static void
RefuseToSpend(HttpPull *pull)
{
	PullProblem *problem = &pull->base.problem;

	problem->message = psprintf("server \"%s\": a query cannot use a rotating refresh token",
								pull->base.def->server_name);
	problem->hint = psprintf("The new refresh token could be lost in a rollback. CALL elt.run for "
							 "a pipeline of this server first%s to obtain an access token, or set "
							 "option rotates 'false' on the user mapping if the API allows reuse "
							 "of refresh tokens.", IsPreloaded() ? "" : " in this session");
}

/* What fails here, fails all that follow. */
static void
Obtain(HttpPull *pull)
{
	const OAuthClient *client = pull->source->auth->oauth;

	if (client->refresh_token == NULL || (!pull->base.may_rotate && !client->rotates))
		Ask(pull);
	else if (!pull->base.may_rotate)
		RefuseToSpend(pull);
	else
		pull->base.wants_token = true;
}

static void
FailWithoutToken(HttpPull *pull, Fetch *fetch)
{
	fetch->result.error = pull->base.problem.message;
	fetch->result.sqlstate = MemoryContextStrdup(fetch->cxt, SqlStateText(ERRCODE_ELT_HTTP));
	fetch->result.hint = pull->base.problem.hint;
	FetchFail(fetch, pull->base.problem.temporary);
}

/* The token at hand becomes the fetch's: it may be gone from hand before the fetch is sent. */
static bool
TakeToken(HttpPull *pull, Fetch *fetch)
{
	MemoryContext old = MemoryContextSwitchTo(fetch->cxt);

	if (fetch->token != NULL)
		pfree(fetch->token);
	fetch->token = OAuthToken(pull->source->auth);
	MemoryContextSwitchTo(old);
	return fetch->token != NULL;
}

bool
FetchHaveToken(HttpPull *pull, Fetch *fetch)
{
	if (!PullNeedsToken(pull))
		return true;
	while (!TakeToken(pull, fetch))
	{
		if (pull->base.problem.message == NULL)
			Obtain(pull);
		if (pull->base.wants_token)
			return false;
		if (pull->base.problem.message != NULL)
		{
			FailWithoutToken(pull, fetch);
			return false;
		}
	}
	return true;
}
