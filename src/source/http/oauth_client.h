/*
 * oauth_client.h
 *	  OAuth clients, as defined by user mappings.
 */
#ifndef ELT_SOURCE_HTTP_OAUTH_CLIENT_H
#define ELT_SOURCE_HTTP_OAUTH_CLIENT_H

#include "postgres.h"

typedef struct OAuthClient
{
	char	   *token_url;
	char	   *client_id;
	char	   *client_secret;	/* NULL: a public client */
	char	   *refresh_token;	/* NULL: the grant is client credentials */
	bool		rotates;		/* its use may spend a refresh token */
	char	   *scope;			/* or NULL */
	char	   *audience;		/* or NULL */
	bool		in_body;		/* credentials as form fields, not as basic authentication */
	char	   *basic;			/* base64 of id and secret; NULL without a secret */
} OAuthClient;

#endif
