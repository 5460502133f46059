/*
 * oauth.h
 *	  Access tokens by client credentials or by a refresh token (RFC 6749, 4.4 and 6).
 *
 * An access token is kept until it expires, for all pulls of one user mapping; a mapping that
 * changes gets another one. oauth.c asks for them, oauth_token.c keeps them.
 */
#ifndef ELT_SOURCE_HTTP_OAUTH_H
#define ELT_SOURCE_HTTP_OAUTH_H

#include "postgres.h"
#include "source/http/auth.h"
#include "source/http/oauth_client.h"

typedef struct RequestLog RequestLog;
typedef struct SourceDefinition SourceDefinition;

/* The response of an authorization server. */
typedef struct OAuthGrant
{
	char	   *access_token;
	char	   *refresh_token;	/* instead of the one that was used, or NULL */
	long		life_s;			/* 0: it did not say */
} OAuthGrant;

/* A copy of the token at hand, or NULL when there is none or it has expired. */
extern char *OAuthToken(Auth *auth);
extern bool OAuthIsAtHand(const Auth *auth, const char *token);

/*
 * Ask for one, waiting for the answer; touches no catalogue. NULL when there is one now, else
 * why not, without secrets; *temporary when a later attempt may do better.
 *
 * A cancel waits a few seconds for the answer to a refresh token: the server may have spent it.
 */
extern char *OAuthAsk(const Auth *auth, const SourceDefinition *def, RequestLog *log,
					  OAuthGrant *grant, bool *temporary);

/* From now on its access token is at hand. */
extern void OAuthKeep(Auth *auth, const OAuthGrant *grant);

/* The server refused this token; false when it is not the one at hand any more. */
extern bool OAuthForget(const Auth *auth, const char *token);

#endif
