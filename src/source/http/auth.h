/*
 * auth.h
 *	  Authentication: read the user mapping of a role and apply it to requests.
 *
 * Secrets are kept only here and in requests. All text for users (errors, URLs, rejects, logs)
 * passes through AuthMask.
 */
#ifndef ELT_SOURCE_HTTP_AUTH_H
#define ELT_SOURCE_HTTP_AUTH_H

#include "postgres.h"
#include "nodes/pg_list.h"

typedef struct TransportRequest TransportRequest;

typedef struct Auth
{
	MemoryContext cxt;			/* holds all of it */
	Oid			role;			/* who asks */
	Oid			server;			/* whom */
	Oid			mapping;		/* a pg_user_mapping OID */
	Oid			user;			/* whose mapping it is; invalid: PUBLIC's, made by the server's owner */
	bool		may_reach_private;	/* its creator is permitted to set allow_private */
	TransactionId version;		/* that wrote the mapping */
	char	   *header;			/* "Name: value" to send, or NULL */
	char	   *param;			/* "name=value" for the query, encoded, or NULL */
	char	   *param_name;		/* encoded */
	char	   *path;			/* to add to the server's URL, or NULL */
	char	   *members;		/* of a JSON object, for the body, or NULL */
	char	   *fields;			/* the same for a form */
	struct OAuthClient *oauth;	/* where a token comes from, or NULL */
	struct AwsKey *aws;			/* what requests are signed with, or NULL */
	char	   *certificate;	/* PEM of the TLS client, or NULL */
	char	   *key;			/* PEM */
	char	   *proxy_user;		/* or NULL */
	char	   *proxy_password;
	List	   *secrets;		/* of char *, as they may appear in a text */
	struct SecretParts *parts;	/* of the long ones: secret_mask.h */
} Auth;

/* The mapping of a role for a server, else that for PUBLIC; NULL: no authentication. */
extern Auth *AuthRead(Oid role, Oid server);

/* The URL of the server, with what the mapping adds to its path. auth may be NULL. */
extern char *AuthUrl(const Auth *auth, char *url);

/* Put it into a request whose url and body, JSON or a form, are complete but for it. */
extern void AuthApply(const Auth *auth, TransportRequest *request, bool is_form);

/* Send it through a proxy (NULL: none), with the credentials for it. */
extern void AuthSetProxy(const Auth *auth, const char *proxy, TransportRequest *request);

/* text, with *** where it holds a secret or a part of one. auth may be NULL. */
extern char *AuthMask(const Auth *auth, const char *text);

/* Does text contain a secret or a part of one? Both arguments may be NULL. */
extern bool AuthIsToldBy(const Auth *auth, const char *text);

/* Identify the account that requests use, without secrets. */
extern char *AuthIdentity(const Auth *auth);

/* Add value to the secrets. */
extern void AuthAddSecret(Auth *auth, const char *value);

#endif
