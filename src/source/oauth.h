/*
 * oauth.h
 *	  Access tokens by client credentials (RFC 6749, 4.4).
 *
 * A token is kept in the memory of this process until it expires, for all pulls of one user
 * mapping; a mapping that changes gets another one.
 */
#ifndef ELT_SOURCE_OAUTH_H
#define ELT_SOURCE_OAUTH_H

#include "postgres.h"
#include "source/auth.h"

typedef struct SourceDefinition SourceDefinition;

typedef struct OAuthClient
{
	char	   *token_url;
	char	   *client_id;
	char	   *client_secret;
	char	   *scope;			/* or NULL */
	char	   *audience;		/* or NULL */
	bool		in_body;		/* credentials as form fields, not as basic authentication */
	char	   *basic;			/* base64 of the two */
} OAuthClient;

/* The token at hand, or NULL when there is none or it has expired. */
extern const char *OAuthToken(Auth *auth);

/*
 * Ask for one, waiting for the answer; touches no catalogue. NULL when there is one now, else
 * why not, without secrets; *temporary when a later attempt may do better.
 */
extern char *OAuthFetch(Auth *auth, const SourceDefinition *def, bool *temporary);

/* The server refused this token. */
extern void OAuthForget(Auth *auth, const char *token);

#endif
