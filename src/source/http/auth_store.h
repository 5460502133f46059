/*
 * auth_store.h
 *	  Store a rotated refresh token in its user mapping.
 *
 * This uses a parse tree instead of SQL text, so that the token does not appear in logs,
 * statistics or process titles.
 */
#ifndef ELT_SOURCE_HTTP_AUTH_STORE_H
#define ELT_SOURCE_HTTP_AUTH_STORE_H

#include "postgres.h"
#include "source/http/auth.h"

/*
 * Reread the mapping; false when it was replaced or has no refresh token.
 */
extern bool AuthReread(Auth *auth);

/*
 * Replace the refresh token that was read by token, in the current transaction, with a
 * synchronous commit. Raises an error when the mapping was changed since.
 */
extern void AuthStoreRefreshToken(const Auth *auth, char *token);

#endif
