/*
 * auth_store.h
 *	  A refresh token goes back into the user mapping that it came from.
 *
 * By the parse tree, not by a statement: no log, no statistics and no process title sees it.
 */
#ifndef ELT_SOURCE_HTTP_AUTH_STORE_H
#define ELT_SOURCE_HTTP_AUTH_STORE_H

#include "postgres.h"
#include "source/http/auth.h"

/*
 * Take over what the mapping says now; false when it is another one, or no longer one with a
 * refresh token.
 */
extern bool AuthReread(Auth *auth);

/*
 * Write token in place of the one that was read, in the current transaction, whose commit will
 * wait for the disk. Error when the mapping has another one by now, which is kept.
 */
extern void AuthStoreRefreshToken(const Auth *auth, char *token);

#endif
