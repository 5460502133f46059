/*
 * oauth_rotation.c
 *	  Exchange a refresh token of a user mapping and store the new one.
 */
#include "base/compat.h"
#include "source/http/oauth_rotation.h"

#include "source/http/auth_store.h"
#include "source/http/http_source.h"
#include "source/http/oauth.h"
#include "utils/memutils.h"

#define NEW_TOKEN_HINT \
	"The refresh token may have been used or expired. Obtain a new one from the API and store it " \
	"with ALTER USER MAPPING ... OPTIONS (SET refresh_token '...')."

static Auth *
AuthOf(const SourceDefinition *def)
{
	return ((const HttpSource *) def->own)->auth;
}

static Oid
Mapping(const SourceDefinition *def)
{
	return AuthOf(def)->mapping;
}

/* Who held the lock before has most often brought the access token. */
static bool
Read(const SourceDefinition *def, PullProblem *problem)
{
	if (AuthReread(AuthOf(def)))
		return OAuthToken(AuthOf(def)) == NULL;
	problem->message = psprintf("user mapping for server \"%s\" was changed during the run",
								def->server_name);
	problem->hint = "Run the pipeline again to use the new user mapping.";
	problem->temporary = true;
	return false;
}

static void *
Exchange(const SourceDefinition *def, RequestLog *log, PullProblem *problem)
{
	OAuthGrant *grant = palloc0(sizeof(OAuthGrant));

	problem->message = OAuthAsk(AuthOf(def), def, log, grant, &problem->temporary);
	problem->hint = problem->temporary ? "Run the pipeline again later." : NEW_TOKEN_HINT;
	return problem->message == NULL ? grant : NULL;
}

static bool
MustStore(const void *grant)
{
	return ((const OAuthGrant *) grant)->refresh_token != NULL;
}

static void
Store(const SourceDefinition *def, const void *grant)
{
	AuthStoreRefreshToken(AuthOf(def), ((const OAuthGrant *) grant)->refresh_token);
}

static void
Use(const SourceDefinition *def, const void *arg)
{
	const OAuthGrant *grant = arg;
	Auth	   *auth = AuthOf(def);

	if (grant->refresh_token != NULL)
	{
		auth->oauth->refresh_token = MemoryContextStrdup(auth->cxt, grant->refresh_token);
		AuthAddSecret(auth, grant->refresh_token);
	}
	OAuthKeep(auth, grant);
}

const TokenRotation OAuthRotation = {
	.mapping = Mapping,
	.read = Read,
	.exchange = Exchange,
	.must_store = MustStore,
	.store = Store,
	.use = Use,
};
