/*
 * fetch_token.c
 *	  The access token of a pull's requests.
 *
 * Client credentials are exchanged here, in between. A refresh token may be spent by that, and
 * the one that replaces it must be committed before anything else is done, which a SELECT
 * cannot: only a caller that can is asked to.
 */
#include "base/compat.h"
#include "source/fetch.h"

#include "base/errors.h"
#include "base/shmem.h"
#include "source/oauth.h"
#include "utils/memutils.h"

bool
PullNeedsToken(const Pull *pull)
{
	return pull->def->auth != NULL && pull->def->auth->oauth != NULL;
}

static void
TakeProblem(Pull *pull, char *problem, const char *hint, bool temporary)
{
	pull->token_problem = problem;
	pull->token_hint = hint;
	pull->token_problem_temporary = temporary;
}

static void
Ask(Pull *pull)
{
	Auth	   *auth = pull->def->auth;
	OAuthGrant	grant;
	bool		temporary = false;
	char	   *problem = OAuthAsk(auth, pull->def, pull->log, &grant, &temporary);

	if (problem != NULL)
		TakeProblem(pull, problem, "Check the user mapping of the role that asks.", temporary);
	else
		OAuthKeep(auth, &grant);
}

static void
RefuseToSpend(Pull *pull)
{
	TakeProblem(pull,
				psprintf("server \"%s\": an access token is needed, for which this statement "
						 "will not spend the refresh token", pull->def->server_name),
				psprintf("Its transaction may roll back the refresh token that comes instead. "
						 "CALL elt.run of a pipeline over this server first%s, whose access "
						 "token it shares; or set option rotates 'false' on the user mapping if "
						 "the API lets one refresh token be used again and again.",
						 IsPreloaded() ? "" : " in this session"), false);
}

/* What fails here, fails all that follow. */
static void
Obtain(Pull *pull)
{
	const OAuthClient *client = pull->def->auth->oauth;

	if (client->refresh_token == NULL || (!pull->may_rotate && !client->rotates))
		Ask(pull);
	else if (!pull->may_rotate)
		RefuseToSpend(pull);
	else
		pull->wants_token = true;
}

static void
FailWithoutToken(Pull *pull, Fetch *fetch)
{
	fetch->result.error = pull->token_problem;
	fetch->result.sqlstate = MemoryContextStrdup(fetch->cxt, SqlStateText(ERRCODE_ELT_HTTP));
	fetch->result.hint = pull->token_hint;
	FetchFail(fetch, pull->token_problem_temporary);
}

/* The token at hand becomes the fetch's: it may be gone from hand before the fetch is sent. */
static bool
TakeToken(Pull *pull, Fetch *fetch)
{
	MemoryContext old = MemoryContextSwitchTo(fetch->cxt);

	if (fetch->token != NULL)
		pfree(fetch->token);
	fetch->token = OAuthToken(pull->def->auth);
	MemoryContextSwitchTo(old);
	return fetch->token != NULL;
}

bool
FetchHaveToken(Pull *pull, Fetch *fetch)
{
	if (!PullNeedsToken(pull))
		return true;
	while (!TakeToken(pull, fetch))
	{
		if (pull->token_problem == NULL)
			Obtain(pull);
		if (pull->wants_token)
			return false;
		if (pull->token_problem != NULL)
		{
			FailWithoutToken(pull, fetch);
			return false;
		}
	}
	return true;
}

void
PullMayRotate(Pull *pull)
{
	pull->may_rotate = true;
}

void
PullHasToken(Pull *pull)
{
	pull->wants_token = false;
}

void
PullHasNoToken(Pull *pull, const char *problem, const char *hint, bool temporary)
{
	pull->wants_token = false;
	TakeProblem(pull, MemoryContextStrdup(pull->cxt, problem), hint, temporary);
}
